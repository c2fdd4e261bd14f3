/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_LISTEN_H
#define LIBMAIL_NET_LISTEN_H

/*
 * listen - sockets that wait for connections: opened here, or handed over by
 * systemd (sd_listen_fds(3)).
 *
 * All are close-on-exec and non-blocking. IPv6 sockets take IPv6 only, so that
 * "0.0.0.0:25" and "[::]:25" can both be listened on.
 */

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"

enum { LISTEN_MAX = 64 /* sockets of one server */ };

struct listen_sockets {
	size_t n;
	struct listen_socket {
		int fd;
		bool tls;	  /* TLS comes before the greeting; the caller's to set */
		const char *path; /* of a UNIX socket made here, else NULL; removed by listen_close() */
		struct stat made; /* it, as it was then */
	} v[LISTEN_MAX];
};

/*
 * Add "192.0.2.1:25", "[2001:db8::1]:25", "localhost:smtp", "*:25" (every
 * address of both families), "unix:PATH" or "/PATH" with that mode. Port 0: the
 * kernel chooses. A UNIX socket that nobody listens on any more is replaced; any other file in
 * its place is a fault, as is one that answers. `text` must outlive the sockets.
 */
int listen_open(struct listen_sockets *l, const char *text, mode_t mode, struct fault *f);

/*
 * Take over the sockets in LISTEN_FDS, if LISTEN_PID is this process; the
 * variables are removed. Returns how many descriptors there were. A connected socket
 * (systemd's Accept=yes) is not added but returned in *connected, else -1 is.
 */
int listen_adopt(struct listen_sockets *l, int *connected, struct fault *f);

/* Where a socket listens, as text: "127.0.0.1:34567", "[::1]:25", "unix:/run/x". */
void listen_put(struct buf *out, int fd);

/* Close them, and remove the UNIX sockets made here unless somebody has put another in their place. */
void listen_close(struct listen_sockets *l);

#endif
