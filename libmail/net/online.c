/* SPDX-License-Identifier: ISC */
/*
 * online - has this machine a network at all?
 */
#include "net/online.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

static bool leads_out(const struct ifaddrs *i)
{
	const unsigned wanted = IFF_UP | IFF_RUNNING;

	if (!i->ifa_addr || (i->ifa_flags & wanted) != wanted || (i->ifa_flags & IFF_LOOPBACK))
		return false;
	if (i->ifa_addr->sa_family == AF_INET6)
		return !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr);
	return i->ifa_addr->sa_family == AF_INET;
}

bool online(void)
{
	struct ifaddrs *list;
	bool found = false;

	if (getifaddrs(&list) < 0)
		return true;
	for (const struct ifaddrs *i = list; i && !found; i = i->ifa_next)
		found = leads_out(i);
	freeifaddrs(list);
	return found;
}
