/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_SERVE_H
#define LIBMAIL_NET_SERVE_H

/*
 * serve - all connections that arrive at listening sockets, each in a process.
 *
 * A parent keeps processes that wait in accept(2): at least one idle, at most
 * `process_limit` in all. A process serves one connection at a time, up to
 * SERVE_REUSE_MAX after another, and ends when it has been idle for
 * SERVE_IDLE_SECONDS and is not the last idle one. So a connection costs no
 * fork(2) where there are many, and there are few processes where there are few
 * connections.
 *
 * SIGTERM, SIGINT: nothing is accepted any more, idle sessions are told so and
 * ended, others may finish their transaction within WIRE_GRACE_SECONDS. SIGHUP:
 * rules->reload(), and new processes for new connections.
 */

#include "base/fault.h"
#include "net/listen.h"
#include "net/upstream.h"
#include "net/wire.h"

enum {
	SERVE_REUSE_MAX = 1000, /* connections of one process */
	SERVE_IDLE_SECONDS = 10,
	SERVE_FULL_SECONDS = 1, /* all places taken for so long: connections are refused and not kept waiting */
	SERVE_PROCESSES_MAX = 10000,
	SERVE_REFRESH_SECONDS = 60,
};

struct serve_rules {
	const struct wire_protocol *protocol;
	void *ctx;		  /* of the protocol and of the functions below */
	long timeout;		  /* seconds, see wire.h */
	long process_limit;	  /* connections in all */
	long client_limit;	  /* connections of one client (addr_client()), 0: no limit */
	long rate_limit;	  /* and how many it may begin in a minute, 0: no limit */
	struct upstream upstream; /* trusted proxies; their clients are the ones that are counted */
	const char *full;	  /* what a connection over process_limit is told, with its line end */
	const char *crowd;	  /* and one over client_limit or rate_limit */

	/* In each new process before it accepts: give up rights. May be NULL. */
	int (*enter)(void *ctx, struct fault *f);
	/* SIGHUP: bring *rules up to date, all but process_limit. On a fault nothing has changed. May be NULL. */
	int (*reload)(void *ctx, struct serve_rules *rules, struct fault *f);
	/*
	 * Is there something that should be made anew without being told, as a certificate? Called before each new
	 * process, and every SERVE_REFRESH_SECONDS; then 1 is as if SIGHUP had come and been heeded, 0: no. May be
	 * NULL.
	 */
	int (*refresh)(void *ctx);
	/* May the client be beyond client_limit and rate_limit? May be NULL. */
	bool (*is_exempt)(void *ctx, const struct peer *peer);
	/* After a connection: is the process good for no other, as it gave up what it takes? May be NULL. */
	bool (*is_spent)(void *ctx);
	/* Signals are heeded and the sockets served from here on: the moment to say so. May be NULL. */
	void (*ready)(void *ctx, const struct listen_sockets *sockets);
	/* A child has ended that is no process of the server's. May be NULL. */
	void (*reaped)(void *ctx, pid_t pid);
	/* What the operator should know: a process that crashed, a refused client. */
	void (*warn)(void *ctx, const char *text);
};

/*
 * Serve until SIGTERM or SIGINT: 0, when all processes have ended. The sockets
 * are closed. Uses SIGTERM, SIGINT, SIGHUP and SIGCHLD, and restores the last two:
 * the first two are ignored from then on, so that being told twice is no death.
 * Every child of this process is reaped, whoever started it.
 */
int serve_listen(struct serve_rules *rules, struct listen_sockets *sockets, struct fault *f);

#endif
