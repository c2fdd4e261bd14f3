/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_CLIENT_H
#define LIBMAIL_SMTP_CLIENT_H

/*
 * client - a connection to an SMTP or LMTP server: greeting, EHLO, commands out, replies in.
 *
 * RFC 5321, 2033, 2920, 3207. Every wait has a deadline. While we write, what the
 * server writes is read, so that a long pipeline cannot block both sides. The mail transactions are in
 * transaction.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "net/dial.h"
#include "net/stream.h"
#include "net/tlsio.h"
#include "smtp/reply.h"

enum {
	CLIENT_OUT_MAX = 1 << 20,   /* octets queued for the server at most */
	CLIENT_OUT_HIGH = 64 << 10, /* the body is sent when as much is queued */
	CLIENT_IN_MAX = 256 << 10,  /* octets of replies not looked at yet */
};

enum smtp_extension {
	SMTP_PIPELINING = 1,
	SMTP_8BITMIME = 2,
	SMTP_SIZE = 4,
	SMTP_DSN = 8,
	SMTP_SMTPUTF8 = 16,
	SMTP_ENHANCEDSTATUSCODES = 32,
	SMTP_CHUNKING = 64,
	SMTP_STARTTLS = 128,
	SMTP_FUTURERELEASE = 1 << 16, /* RFC 4865 */
	SMTP_DELIVERBY = 1 << 17,     /* RFC 2852 */
	SMTP_MT_PRIORITY = 1 << 18,   /* RFC 6710 */
	SMTP_REQUIRETLS = 1 << 19,    /* RFC 8689 */
	SMTP_XVERP = 1 << 20,	      /* Postfix's */
};

enum client_tls_level {
	CLIENT_TLS_NONE,    /* never */
	CLIENT_TLS_MAY,	    /* if the server offers it; in clear if it refuses or cannot */
	CLIENT_TLS_ENCRYPT, /* or no mail; whoever the server is */
	CLIENT_TLS_VERIFY,  /* and its certificate is for one of the names, by a CA that we trust: TLSIO_PKIX */
	CLIENT_TLS_DANE, /* and it agrees with one of the TLSA records: TLSIO_DANE; with none that is usable, ENCRYPT */
};

/* May change from one connection to the next, but for ca_file and min_protocol. */
struct client_tls {
	enum client_tls_level level;
	bool wrapper; /* TLS comes before the greeting (port 465), and level is at least ENCRYPT */
	const char *ca_file, *min_protocol; /* as in tlsio_client_rules */
	long timeout;			    /* seconds, for STARTTLS and the handshake each */
	const char *host; /* of SNI, and a name to match; the TLSA base domain. NULL: the host we connected to */
	const char *names[TLSIO_NAMES_MAX]; /* more names to match */
	size_t n_names;
	bool only_names; /* the host is none */
	const struct tlsio_tlsa *tlsa;
	size_t n_tlsa;
};

struct client_rules {
	const char *helo; /* our name */
	bool lmtp;
	/* seconds */
	long connect_timeout, helo_timeout, mail_timeout, rcpt_timeout, data_init_timeout, data_xfer_timeout,
		data_done_timeout, quit_timeout;
	struct client_tls tls;
	/* The dialogue, a line at a time without line end: '>' what we said, '<' what the server said. May be NULL. */
	void (*trace)(void *ctx, char direction, struct span line);
	void (*greeted)(void *ctx); /* the server welcomes us; EHLO and TLS are still to come. May be NULL. */
	void *ctx;
};

struct client {
	const struct client_rules *rules;
	struct stream stream;	  /* both ways on one descriptor */
	struct tlsio_client *tls; /* the context, when there has been TLS */
	struct tlsio_info secure; /* of this connection; protocol "": in clear */
	char host[DIAL_HOST_MAX + 1];
	char address[DIAL_ADDRESS_MAX];
	unsigned extensions;
	uint64_t size_limit; /* SIZE: 0 none said */
	uint64_t rcpt_max;   /* LIMITS RCPTMAX, RFC 9422: 0 none said */
	bool tls_failed;     /* the last connection ended because the handshake did not succeed */
	bool in_clear;	     /* the next one is without TLS */
	bool needs_reset;    /* a transaction was left half-way: RSET comes before the next MAIL */
	unsigned transactions;
	struct buf in, out;
	struct reply reply; /* the last one that was read */
};

void client_init(struct client *c, const struct client_rules *rules);
void client_clear(struct client *c);

/*
 * Connect, read the greeting, say EHLO (HELO if that is not known; LHLO), begin TLS as the rules say, and say EHLO
 * again. With CLIENT_TLS_MAY a handshake that fails is followed by another connection, in clear. On a fault it is
 * closed.
 */
int client_open(struct client *c, const struct dial_target *to, struct fault *f);
/* On a connected socket, which is closed by client_close(). */
int client_greet(struct client *c, int fd, const char *host, struct fault *f);
/* It failed: was it the handshake, and may mail go in clear? Then the next client_greet() does without TLS. */
bool client_retries_in_clear(struct client *c);
/*
 * On a channel that somebody else has opened, greeted on, secured and authenticated: EHLO only. It is the client's from
 * here on.
 */
int client_adopt(struct client *c, const struct stream *channel, const char *host, struct fault *f);
bool client_is_secure(const struct client *c);
/* QUIT, if the connection still stands, and close. */
void client_quit(struct client *c);
void client_close(struct client *c);

/* Queue a command; CR LF is added. Nothing is sent before client_read_reply() or client_flush(). */
void client_command(struct client *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
int client_flush(struct client *c, int64_t deadline_ms, const char *stage, struct fault *f);

/*
 * Send what is queued and read the next reply into c->reply. `stage` is what the reply is to, for the fault: "MAIL
 * FROM". A fault of this function is one of the connection, which is closed then. 421 is a reply like others.
 */
int client_read_reply(struct client *c, long seconds, const char *stage, struct fault *f);

/* "host[192.0.2.1]" for people. */
const char *client_peer(const struct client *c, char *out, size_t size);

/*
 * The handshake (client_tls.c), for client.c: after the reply to STARTTLS, or first of all. What the server
 * has said before it is not looked at: it is a fault, as somebody may have put it there. On a fault the connection is
 * closed.
 */
int client_secure(struct client *c, struct fault *f);
/* The context for it, which outlives the connection: the fault says why this machine has no TLS. */
int client_open_tls(struct client *c, struct fault *f);
/* The connection broke: a fault that says with whom, and it is closed. -1. */
int client_lost(struct client *c, const char *what, const char *stage, struct fault *f);
void client_trace(const struct client *c, char direction, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool client_is_connected(const struct client *c);
/* Has the server closed or spoken without being asked? Asked before a connection is used again. */
bool client_is_stale(struct client *c);

#endif
