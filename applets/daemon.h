/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_DAEMON_H
#define APPLETS_DAEMON_H

/*
 * daemon - how a server's applet starts: its options, its log, and what it serves: a connected socket on descriptor
 * 0 (inetd) or from systemd, listening sockets from systemd or of its own, or standard input and output.
 */

#include <stdbool.h>

#include "applet.h"
#include "base/fault.h"
#include "base/opt.h"
#include "net/listen.h"
#include "net/peer.h"

struct daemon_options {
	struct opt_list listen, listen_tls;
	bool tls, foreground, verbose;
};

/* Rows for an applet's option table; `member` is the daemon_options in its options structure. */
#define DAEMON_OPTS(type, member, tls_port)                                                                            \
	{ .name = "--listen",                                                                                          \
	  .arg = "ADDR:PORT|PATH",                                                                                     \
	  .kind = OPT_LIST,                                                                                            \
	  .at = offsetof(type, member.listen),                                                                         \
	  .help = "listen here; may be repeated; port 0: any, printed" },                                              \
		{ .name = "--listen-tls",                                                                              \
		  .arg = "ADDR:PORT",                                                                                  \
		  .kind = OPT_LIST,                                                                                    \
		  .at = offsetof(type, member.listen_tls),                                                             \
		  .help = "listen here, and begin with TLS: port " tls_port },                                         \
		{ .name = "--tls",                                                                                     \
		  .kind = OPT_BOOL,                                                                                    \
		  .at = offsetof(type, member.tls),                                                                    \
		  .help = "begin with TLS on each connection" },                                                       \
		{ .name = "--foreground",                                                                              \
		  .kind = OPT_BOOL,                                                                                    \
		  .at = offsetof(type, member.foreground),                                                             \
		  .help = "log to standard error" },                                                                   \
	{                                                                                                              \
		.name = "-v", .kind = OPT_BOOL, .at = offsetof(type, member.verbose), .help = "log more"               \
	}

/*
 * The system's log, unless there is none; but never into a client's connection, which standard error may be. Lines
 * begin with `name`.
 */
void daemon_open_log(const struct daemon_options *o, const char *name);

struct daemon_sockets {
	struct listen_sockets listening;
	int connected;	/* -1: none was handed over */
	bool announces; /* they are ours to name: whoever hands us some knows them */
};

/*
 * Take over systemd's; else open those that the options name, and `local`, which has no TLS, unless it is NULL. inetd's
 * socket is none of these. `local` must outlive them.
 */
int daemon_open_sockets(struct daemon_sockets *s, const struct daemon_options *o, const char *local, struct fault *f);
/* Say on standard output where they listen. */
void daemon_announce(const struct daemon_sockets *s);
void daemon_close_sockets(struct daemon_sockets *s);

/* Is it served at this TCP port? */
bool daemon_has_port(const struct daemon_sockets *s, unsigned port);

/* Without listening sockets: who is at which descriptors. */
void daemon_find_client(const struct daemon_sockets *s, int *in, int *out, struct peer *peer);

/*
 * End with this fault: a client that is connected already reads `sorry`, a line with its end, and the reason is for
 * the log; else it is for standard error. Returns the exit code.
 */
int daemon_fail(const struct applet *applet, const struct daemon_sockets *s, const char *sorry, const struct fault *f);

#endif
