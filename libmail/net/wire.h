/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_NET_WIRE_H
#define LIBMAIL_NET_WIRE_H

/*
 * wire - one session of a protocol on descriptors.
 *
 * The protocol is a table of functions that know no socket (see
 * smtp/session.h). The wire reads, feeds, writes each batch of replies with one
 * system call, and watches the clock.
 *
 * Time. A client has `timeout` seconds to bring about a reply. Bytes that do not
 * (a message, half a command) prolong that by one second for every
 * WIRE_RATE_MIN of them, never beyond `timeout` from now: who is slower than
 * that loses the connection in the end. Under stress `timeout` is WIRE_STRESS_SECONDS.
 * A protocol may have a rule of its own.
 */

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/peer.h"
#include "net/stream.h"
#include "net/tlsio.h"

enum {
	WIRE_PIECE = 8192,  /* octets fed at a time at most */
	WIRE_RATE_MIN = 50, /* octets a second */
	WIRE_STRESS_SECONDS = 10,
	WIRE_TICK_SECONDS = 10,
	WIRE_GRACE_SECONDS = 30,     /* for a transaction to finish when the server goes down */
	WIRE_HANDSHAKE_SECONDS = 60, /* for TLS to begin, where `timeout` is not less */
	WIRE_REST_MS = 500,	     /* of silence, after which a session gives up memory that it may need again */
	WIRE_LINGER_MS = 500,	     /* for the peer to read our last words, when it still sends */
};

enum wire_end {
	WIRE_DONE, /* the session closed itself */
	WIRE_LOST, /* the peer is gone */
	WIRE_TIMEOUT,
	WIRE_SHUTDOWN,
};

/* Somebody else with whom the client speaks from now on. */
struct wire_other {
	struct stream *stream; /* the session's to close */
	struct span rest;      /* what the client has said and the session has left to it; SPLICE_PIECE at most */
	long timeout;	       /* seconds in which neither says anything */
};

struct wire_protocol {
	/* A new session; its greeting goes to *out, which wire_run() makes with out_max and empties. Never NULL. */
	void *(*open)(void *ctx, const struct peer *peer, struct buf *out);
	/* The most that one feed writes. */
	size_t (*out_max)(void *ctx);
	/* 1 <= n <= WIRE_PIECE */
	void (*feed)(void *session, const char *p, size_t n);
	/*
	 * For protocols with answers that are longer than memory should be: put the next part to *out, out_max at most.
	 * true: it is to be called again when that is written; nothing is fed before. May be NULL.
	 */
	bool (*produce)(void *session);
	bool (*is_open)(void *session);
	/* May it be ended without anybody losing anything? */
	bool (*is_idle)(void *session);
	/* When is the client's time up (monotonic ms)? Takes the place of all that is said above of time. May be NULL.
	 */
	int64_t (*deadline)(void *session, bool is_under_stress);
	/* All is said, and the client is waited for: time to do what it may want next. May be NULL. */
	void (*prepare)(void *session);
	/* Called every WIRE_TICK_SECONDS or more often while the client is waited for. May be NULL. */
	void (*tick)(void *session);
	/*
	 * For protocols in which the server speaks unasked: a descriptor that becomes readable when there may be
	 * something to say, -1 for none; *wait_ms: how long to wait for it or for the client at most, -1 for ever. Then
	 * look() is called, and what it wrote, or produce(), is sent: true, it has used memory, and may rest again.
	 * Both may be NULL.
	 */
	int (*watched)(void *session, int *wait_ms);
	bool (*look)(void *session);
	/* The client has said nothing for WIRE_REST_MS: give up what memory can be spared. May be NULL. */
	void (*rest)(void *session);
	/* After feed() and produce(): milliseconds to wait before its replies are sent, for who guesses passwords. May
	 * be NULL. */
	long (*pause_ms)(void *session);
	/* WIRE_TIMEOUT or WIRE_SHUTDOWN: say so and close. */
	void (*stop)(void *session, enum wire_end why);
	/* Frees it. */
	void (*close)(void *session, enum wire_end why);

	/* For protocols with TLS; may be NULL. Asked when all replies are written: shall the handshake begin now? */
	bool (*wants_tls)(void *session);
	/* Asked when all replies are written: shall what is said be compressed from now on? May be NULL. */
	bool (*wants_deflate)(void *session);
	/* And shall it not be any more? May be NULL. */
	bool (*wants_plain)(void *session);
	/* Put TLS on the stream (tlsio_accept). */
	int (*start_tls)(void *session, struct stream *s, struct fault *f);
	/* Asked when all replies are written: is the client handed over (splice.h)? May be NULL. */
	bool (*other)(void *session, struct wire_other *out);
	/* The handshake is done; or info is NULL, and the connection will be closed because of the fault. */
	void (*tls_ended)(void *session, const struct tlsio_info *info, const struct fault *f);
};

struct wire {
	const struct wire_protocol *protocol;
	void *ctx;	/* of open and out_max */
	int in, out;	/* sockets, pipes or terminals, blocking or not; not closed by wire_run() */
	long timeout;	/* seconds, 1 to WIRE_TIMEOUT_MAX; unused where the protocol has a deadline() */
	bool tls_first; /* the handshake comes before the greeting */

	/* For a server that may be told to go down; all may be zero. */
	const volatile sig_atomic_t *told_to_end;
	const sigset_t *unblocked;	/* the signal mask while it waits */
	void (*draining)(void *server); /* called once, when *told_to_end was seen */
	bool (*is_under_stress)(void *server);
	void *server;

	/* The wire's own. */
	struct stream stream;
	void *session;
	const char *peer;
	bool is_draining, is_resting;
	int64_t deadline, grace; /* monotonic ms */
};

enum { WIRE_TIMEOUT_MAX = 1000000 };

void wire_run(struct wire *w, const struct peer *peer);

/* A socket for dialogues: no delay for small packets. */
void wire_tune(int fd);
/* Tell a client why it is not served. The caller closes. */
void wire_refuse(int fd, const char *text);

#endif
