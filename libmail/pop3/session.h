/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_POP3_SESSION_H
#define LIBMAIL_POP3_SESSION_H

/*
 * session - the server's half of a POP3 conversation, without I/O.
 *
 *	pop3_session_greet(&s);
 *	while (pop3_session_is_open(&s)) {
 *		while (pop3_session_produce(&s))       until it has no more to say
 *			... write *out, and empty it
 *		... write *out, and empty it
 *		... STLS: pop3_session_wants_tls(), then _secured()
 *		... pop3_session_is_elsewhere(): carry bytes to and from the other host, first those of _rest()
 *		... pop3_session_prepare(&s), if there is time
 *		... read; pop3_session_feed(&s, p, n)
 *	}
 *	pop3_session_clear(&s);
 *
 * Commands are answered one after another, and one whose answer is long is answered in parts: a session holds the
 * commands that were fed, POP3_FULL octets of answers and a little more, and of messages no more than POP3_PIECE
 * octets. What happens to mail is done by callbacks. Fed in pieces of any size it does the same.
 *
 * RFC 1939; CAPA, PIPELINING and response codes RFC 2449, 3206; STLS RFC 2595; AUTH RFC 1734, 5034; UTF8 and LANG
 * RFC 6856; LAST RFC 1460. No APOP: it needs passwords that are stored as they are.
 *
 * Decided here, as the RFCs leave it open or have been got wrong elsewhere:
 * - Messages are deleted by QUIT and by nothing else. A connection that is lost, a time-out or a server that
 *   goes down delete none.
 * - A login after which the mailbox cannot be opened ends the session: its process is the user's by then.
 * - A message is sent as it is stored, also one with UTF-8 in its header to a client that has not said UTF8. RFC 6856
 *   would have it refused; but then old mail with such headers could not be fetched by most clients.
 * - CR LF and LF end a command. Numbers are decimal digits. Blanks around arguments do not matter, but in PASS.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/sasl.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "pop3/dots.h"

enum {
	POP3_LINE_MAX = 2048,	    /* octets in a command and its end: RFC 2449's 255, and room for long names */
	POP3_AUTH_LINE_MAX = 12288, /* in an AUTH command or a response to it: RFC 5034 4, RFC 4954 4.3 */
	POP3_PIECE = 8192,	    /* octets fed at a time at most */
	POP3_READ = 16384,	    /* octets of a message that are asked for at a time */
	POP3_FULL = 65536,	    /* octets of answers after which produce() stops */
	POP3_OUT_MAX = POP3_FULL + 2 * POP3_READ + 4096,
	POP3_LOGIN_FAILURES_MAX = 3, /* failed logins in a session */
	POP3_LOGIN_ERRORS_MAX = 10,  /* commands that are wrong, before login */
	POP3_ERRORS_MAX = 20,	     /* and in all */
};

/* What holds for every session of a server. The strings outlive them. */
struct pop3_server {
	const char *greeting; /* behind "+OK " */
	bool offers_tls;
};

/* What login opens: numbers are indexes here, from 0. It stays as it is until the end of the session. */
struct pop3_maildrop {
	size_t n;
	const uint64_t *size; /* of each, in octets with CR LF lines */
	size_t last;	      /* how many there are up to the last one that was read before: LAST */
};

/* `ctx` is the caller's. Faults are for its log, but those of start_tls: clients hear no more than "later". */
struct pop3_callbacks {
	/* STLS: 0 when the handshake can begin; else the client reads the fault. */
	int (*start_tls)(void *ctx, struct fault *f);
	/* A login has ended: well, then f is NULL, or with the fault that the client reads. May be NULL. */
	void (*authenticated)(void *ctx, const struct sasl *sasl, const struct fault *f);
	/*
	 * Is the account served by another host? Then connect to that, as the user: 1; 0: it is served here; -1, 535:
	 * the host says that the password is wrong. May be NULL.
	 */
	int (*hand_over)(void *ctx, const struct sasl *sasl, struct fault *f);
	/* Act as the user from now on, and open the mailbox: 0; 1 when somebody else has it; -1. */
	int (*open)(void *ctx, const char *user, struct pop3_maildrop *out, struct fault *f);

	/* Append the unique id of a message. */
	int (*uidl)(void *ctx, size_t i, struct buf *out, struct fault *f);
	/* RETR, TOP: open it; read as read(2); close it, having sent so many octets, POP3_PART if not all. */
	int (*begin)(void *ctx, size_t i, struct fault *f);
	long (*read)(void *ctx, void *p, size_t n, struct fault *f);
	void (*end)(void *ctx, size_t i, uint64_t octets);
	/* It is probably the next one that begins. May be NULL. */
	void (*prepare)(void *ctx, size_t i);
	/* At the end of the session: it was read; at QUIT: it is to be deleted, also when it is gone already. */
	void (*mark_read)(void *ctx, size_t i);
	int (*remove)(void *ctx, size_t i, struct fault *f);
};

#define POP3_PART UINT64_MAX
#define POP3_NONE SIZE_MAX /* no message */

enum pop3_state {
	POP3_AUTHORIZATION,
	POP3_RESPONSE, /* the next line is a response to a challenge */
	POP3_SECURING, /* what comes is dropped until the handshake begins */
	POP3_TRANSACTION,
	POP3_ELSEWHERE, /* the client speaks with another host */
	POP3_CLOSED,
};

struct pop3_session {
	const struct pop3_server *server;
	const struct sasl_rules *rules; /* what is in it may change between two commands */
	const struct pop3_callbacks *call;
	void *ctx;
	struct buf *out;
	enum pop3_state state;
	bool is_secure; /* TLS is there, or has been from the start */
	bool utf8;
	long errors, failures;
	long pause_ms;		       /* see pop3_session_pause_ms() */
	char name[USERS_NAME_MAX + 1]; /* USER's; "": none */
	const char *user;	       /* who has logged in, or NULL; in the arena */

	struct arena arena;
	struct pop3_maildrop drop;
	uint8_t *deleted, *seen; /* bits */
	size_t last;		 /* as drop.last, with what this session did */
	size_t count;		 /* messages that are not deleted, and their octets */
	uint64_t octets;

	/* An answer that is not whole yet: false when it is. NULL: there is none. */
	bool (*more)(struct pop3_session *s);
	size_t at;		    /* the message it is about, or comes next */
	size_t retrieved, expected; /* the last message of RETR, and the next one of a client that takes them in turn */
	struct dots dots;

	/* What was fed and not used: in[in_at .. in_n-1]; there is no line end before in_looked. */
	bool line_long;
	size_t in_at, in_n, in_looked;
	char in[POP3_AUTH_LINE_MAX + POP3_PIECE];

	/* Of the login that is under way. */
	struct sasl sasl;
};

/* `out` is the caller's, with a maximum of POP3_OUT_MAX. Everything pointed to outlives the session. */
void pop3_session_init(struct pop3_session *s, const struct pop3_server *server, const struct sasl_rules *rules,
		       const struct pop3_callbacks *call, void *ctx, struct buf *out);
/* The connection is gone. Messages that were read are marked, none is deleted. */
void pop3_session_clear(struct pop3_session *s);

void pop3_session_greet(struct pop3_session *s);

/* At most POP3_PIECE octets, when produce() has returned false since the last time. */
void pop3_session_feed(struct pop3_session *s, const char *p, size_t n);
/* Answer. true: *out is to be written and emptied, then there is more to come. */
bool pop3_session_produce(struct pop3_session *s);

/* While nothing is to be done: get ready the message that the client is likely to want next. */
void pop3_session_prepare(struct pop3_session *s);

/* STLS was said: when all is written the handshake begins. */
bool pop3_session_wants_tls(const struct pop3_session *s);
/* It is done, after STLS or before the first command: what was said before is forgotten. */
void pop3_session_secured(struct pop3_session *s);
/* The account is served by another host: when all is written, the client speaks with that one. */
bool pop3_session_is_elsewhere(const struct pop3_session *s);
/* What it has said and was not answered here. */
struct span pop3_session_rest(const struct pop3_session *s);
/* How long the caller should wait before it writes what is in *out: a login failed. Asking makes it 0. */
long pop3_session_pause_ms(struct pop3_session *s);

/* Say why, unless that would be in the middle of an answer, and end it. */
void pop3_session_stop(struct pop3_session *s, const char *text);

/* false: write what is in *out and close the connection. */
bool pop3_session_is_open(const struct pop3_session *s);
/* May it be ended without the client losing anything: nothing is under way, and nothing is marked to be deleted? */
bool pop3_session_is_idle(const struct pop3_session *s);

#endif
