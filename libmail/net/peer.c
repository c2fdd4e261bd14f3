/* SPDX-License-Identifier: ISC */
/*
 * peer - who is at the other end of a descriptor.
 */
#include "net/peer.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool peer_of_socket(int fd, struct peer *out)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	struct sockaddr *sa = (struct sockaddr *)&ss;
	socklen_t n = sizeof(ss);
	struct ucred cred;

	*out = (struct peer){ .uid = -1, .text = "local" };
	if (getpeername(fd, sa, &n) < 0)
		return false;
	out->is_network = addr_from(sa, &out->addr);
	if (out->is_network) {
		addr_text(&out->addr, out->text);
		return true;
	}
	n = sizeof(cred);
	if (sa->sa_family == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
	    cred.uid != (uid_t)-1)
		out->uid = (long)cred.uid;
	return sa->sa_family == AF_UNIX;
}

void peer_of_process(struct peer *out)
{
	*out = (struct peer){ .uid = (long)getuid(), .text = "local" };
}
