/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_CLIENT_H
#define LIBMAIL_SMTP_CLIENT_H

/*
 * client - a connection to an SMTP or LMTP server: greeting, EHLO, commands out, replies in.
 *
 * RFC 5321, 2033, 2920. Every wait has a deadline. While we write, what the
 * server writes is read, so that a long pipeline cannot block both sides. The mail transactions are in
 * transaction.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "net/dial.h"
#include "net/stream.h"
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
	SMTP_FUTURERELEASE = 1 << 16, /* RFC 4865 */
	SMTP_DELIVERBY = 1 << 17,     /* RFC 2852 */
	SMTP_MT_PRIORITY = 1 << 18,   /* RFC 6710 */
	SMTP_REQUIRETLS = 1 << 19,    /* RFC 8689 */
};

struct client_rules {
	const char *helo; /* our name */
	bool lmtp;
	/* seconds */
	long connect_timeout, helo_timeout, mail_timeout, rcpt_timeout, data_init_timeout, data_xfer_timeout,
		data_done_timeout, quit_timeout;
	/* The dialogue, a line at a time without line end: '>' what we said, '<' what the server said. May be NULL. */
	void (*trace)(void *ctx, char direction, struct span line);
	void *ctx;
};

struct client {
	const struct client_rules *rules;
	struct stream stream;
	char host[DIAL_HOST_MAX + 1];
	char address[DIAL_ADDRESS_MAX];
	unsigned extensions;
	uint64_t size_limit; /* SIZE: 0 none said */
	uint64_t rcpt_max;   /* LIMITS RCPTMAX, RFC 9422: 0 none said */
	bool needs_reset;    /* a transaction was left half-way: RSET comes before the next MAIL */
	unsigned transactions;
	struct buf in, out;
	struct reply reply; /* the last one that was read */
};

void client_init(struct client *c, const struct client_rules *rules);
void client_clear(struct client *c);

/* Connect, read the greeting, say EHLO (HELO if that is not known; LHLO). On a fault it is closed. */
int client_open(struct client *c, const struct dial_target *to, struct fault *f);
/* On a connected socket, which is closed by client_close(). */
int client_greet(struct client *c, int fd, const char *host, struct fault *f);
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

bool client_is_connected(const struct client *c);
/* Has the server closed or spoken without being asked? Asked before a connection is used again. */
bool client_is_stale(struct client *c);

#endif
