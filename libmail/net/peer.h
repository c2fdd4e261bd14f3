/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_PEER_H
#define LIBMAIL_NET_PEER_H

/*
 * peer - who is at the other end of a descriptor.
 */

#include <stdbool.h>

#include "net/addr.h"

struct peer {
	bool is_network;	  /* else a process of this machine: UNIX socket, pipe, terminal */
	struct addr addr;	  /* all zero when it is not */
	char text[ADDR_TEXT_MAX]; /* "192.0.2.1", "2001:db8::1", "local" */
	long uid;		  /* of a local process, -1: not known */
	bool is_nameless;	  /* a proxy, that does not say whose connection it is: its address earns no trust */
};

/* Is it a connected stream socket? Then *out says with whom; the uid is the kernel's word (SO_PEERCRED). */
bool peer_of_socket(int fd, struct peer *out);

/* The peer behind a pipe or a terminal: whoever started this process. */
void peer_of_process(struct peer *out);

#endif
