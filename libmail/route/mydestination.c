/* SPDX-License-Identifier: ISC */
/*
 * mydestination - the domains whose mail is delivered on this machine.
 */
#include "route/mydestination.h"

#include <ifaddrs.h>
#include <string.h>

#include "message/idna.h"
#include "route/host.h"

int mydestination_check(const char *list, struct fault *f)
{
	struct span rest = span_str(list), word;
	struct host_address address;

	while ((word = span_list_word(&rest)).n)
		if (!host_is_domain(word) && !host_parse_literal(word, &address))
			return fault_usage(f, "mydestination: \"%.*s\" is not a domain", SPAN_ARG(word));
	return 0;
}

bool mydestination_has(const char *list, struct span domain)
{
	struct arena a = { 0 };
	const char *other;
	bool has = span_list_has(span_str(list), domain);

	if (has)
		return true;
	/* A domain that is not ASCII has two forms. */
	other = idna_other_form(&a, domain);
	has = other && span_list_has(span_str(list), span_str(other));
	arena_clear(&a);
	return has;
}

static bool is_loopback(const struct host_address *address)
{
	static const struct in6_addr loopback = IN6ADDR_LOOPBACK_INIT;

	return address->family == AF_INET ? address->bytes[0] == 127
					  : memcmp(address->bytes, &loopback, sizeof(loopback)) == 0;
}

/* Copied, as a sockaddr need not be aligned for what it holds. */
static bool has_address(const struct sockaddr *sa, const struct host_address *address)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (!sa || sa->sa_family != address->family)
		return false;
	if (address->family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		return memcmp(&in.sin_addr, address->bytes, sizeof(in.sin_addr)) == 0;
	}
	memcpy(&in6, sa, sizeof(in6));
	return memcmp(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr)) == 0;
}

bool mydestination_is_own_address(struct span domain)
{
	struct host_address address;
	struct ifaddrs *list;
	bool found = false;

	if (!host_parse_literal(domain, &address))
		return false;
	if (is_loopback(&address))
		return true;
	if (getifaddrs(&list) < 0)
		return false;
	for (const struct ifaddrs *i = list; i && !found; i = i->ifa_next)
		found = has_address(i->ifa_addr, &address);
	freeifaddrs(list);
	return found;
}
