/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_SESSION_H
#define LIBMAIL_SMTP_SESSION_H

/*
 * session - the server's half of an SMTP or LMTP conversation, without I/O.
 *
 * Bytes of the client go in by smtp_session_feed(), replies come out in a buf,
 * and what happens to mail is decided by callbacks. Fed in pieces of any size
 * it does the same. A message streams through: a session holds at most one
 * command line, the envelope, and SMTP_PIECE octets of a message.
 *
 * RFC 5321; AUTH RFC 4954; LMTP RFC 2033; PIPELINING RFC 2920; SIZE RFC 1870; 8BITMIME RFC
 * 6152; SMTPUTF8 RFC 6531; CHUNKING RFC 3030; DSN RFC 3461; enhanced codes RFC
 * 2034; LIMITS RFC 9422; STARTTLS RFC 3207; ETRN RFC 1985; DELIVERBY RFC 2852; FUTURERELEASE RFC
 * 4865; MT-PRIORITY RFC 6710; REQUIRETLS RFC 8689; XCLIENT and XVERP as Postfix has them.
 *
 * Decided here, as the RFCs leave it open or have been got wrong elsewhere:
 * - Only CR LF "." CR LF ends DATA, whatever the policy for bare LF is. A bare
 *   LF in a message is a line end of the message (or makes it refused), a bare
 *   CR a blank; a message with NUL is refused: 554 5.6.0.
 * - The octets that BDAT announces are swallowed exactly, even when the command
 *   is refused for its place or its arguments. Only when there is no number to
 *   go by can nothing be swallowed. A refused BDAT ends the transaction.
 * - A message that fails at its end ends the transaction.
 * - Over the size limit the rest is read and dropped, the answer comes where
 *   the protocol has one.
 * - HELO or EHLO must come before MAIL.
 * - What comes in one piece with STARTTLS, behind it, is thrown away; after the handshake the session is as it was when
 *   the client connected. With SMTP_TLS_ENCRYPT local processes need no TLS.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/sasl.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "message/lines.h"
#include "net/tlsio.h"
#include "queue/envelope.h"
#include "smtp/head.h"

enum {
	SMTP_LINE_MAX = 2048,	    /* octets in a command line and its end: RFC 5321's 512, and what extensions add */
	SMTP_AUTH_LINE_MAX = 12288, /* octets in an AUTH command or a response, with its end: RFC 4954 4 */
	SMTP_HELO_MAX = 255,	    /* octets in the client's name: RFC 5321 4.5.3.1.2 */
	SMTP_RCPT_OVERSHOOT = 1000, /* recipients over the limit that are answered 452 before they count as errors */
	SMTP_PIECE = 8192,	    /* octets of a message that are looked at at a time */
};

enum smtp_tls {
	SMTP_TLS_NONE,	  /* not offered */
	SMTP_TLS_MAY,	  /* offered */
	SMTP_TLS_ENCRYPT, /* no mail without */
};

/* What holds for every session of a server. The strings outlive them. */
struct smtp_server {
	const char *hostname;
	const char *banner; /* behind "220 " */
	bool lmtp;
	uint64_t message_size_limit; /* octets with LF line ends; 0: none */
	uint64_t header_size_limit;  /* octets; 0: none */
	long hopcount_limit;	     /* Received fields */
	long recipient_limit;	     /* in one message */
	long hard_error_limit;	     /* refused commands since the last message, then 421 */
	long junk_command_limit;     /* commands that bring no mail on, since the last message, then 421 */
	bool reject_bare_newline;    /* else a bare LF in a command ends it, and in a message is a line end of it */
	long hold_limit;	     /* seconds that a message may be held by FUTURERELEASE; 0: it is not offered */
	const char *verp_delimiters; /* of XVERP without any: "+=" */
	bool show_user;		     /* the Received field names who has authenticated */
	enum smtp_tls tls;
	bool disable_vrfy; /* VRFY is answered 252 whoever is asked for */
};

/* Who it is that speaks. The strings outlive the session. */
struct smtp_client {
	const char *address; /* for Received: "192.0.2.1", "IPv6:2001:db8::1"; NULL: a local process */
	const char *name;    /* its verified host name, or NULL */
	long uid;	     /* of a local process, -1: not known */
	unsigned may;	     /* SMTP_MAY_*; it may change while the session goes on */
	/* NULL: there is no AUTH. What is in it may change between two commands. */
	const struct sasl_rules *sasl;
};

/* What is offered to some clients only. */
enum {
	SMTP_MAY_HOLD = 1,	  /* FUTURERELEASE: it submits, and does not relay */
	SMTP_MAY_PRIORITY = 2,	  /* a higher MT-PRIORITY than 0; else it is lowered */
	SMTP_MAY_FLUSH = 4,	  /* ETRN */
	SMTP_MAY_XCLIENT = 8,	  /* say that it is somebody else */
	SMTP_MAY_VERP = 16,	  /* have a sender made for each recipient: XVERP */
	SMTP_MAY_REQUIRETLS = 32, /* also without TLS: nobody else hears what it says */
	SMTP_MAY_SEE_LOCAL =
		64, /* is told all of what is wrong on this machine, with paths and names: it is a user's */
};

/* What XCLIENT told. NULL: nothing about that; "": [UNAVAILABLE] or [TEMPUNAVAIL]. */
struct smtp_xclient {
	const char *name, *addr, *port, *proto, *helo, *login, *destaddr, *destport;
};

/*
 * What becomes of the mail. `ctx` is the caller's. A fault's reply code and text are what the client reads, but for
 * what is private of this machine (fault_hide()).
 */
struct smtp_callbacks {
	/* MAIL: sender and parameters are in *e, and may be changed. The arena lives as long as the transaction. */
	int (*sender)(void *ctx, struct arena *a, struct envelope *e, struct fault *f);
	/* RCPT: may change *r. */
	int (*recipient)(void *ctx, struct arena *a, const struct envelope *e, struct envelope_rcpt *r,
			 struct fault *f);
	/*
	 * The message begins: sets e->id. Then come the Received field and the message by put(), in LF lines, and
	 * then either end() or abort(), unless begin() failed.
	 */
	int (*begin)(void *ctx, struct arena *a, struct envelope *e, struct fault *f);
	void (*put)(void *ctx, const void *p, size_t n);
	/* 0: the message is durable, and the client may be told so. `octets` is its size without the Received field. */
	int (*end)(void *ctx, const struct envelope *e, uint64_t octets, struct fault *f);
	void (*abort)(void *ctx);
	/* LMTP, after end() returned 0: how it stands with the recipient e->rcpts[i]. May be NULL: all are well. */
	int (*outcome)(void *ctx, const struct envelope *e, size_t i, struct fault *f);
	/* VRFY: 0 when mail for the address is accepted. */
	int (*verify)(void *ctx, const char *address, struct fault *f);
	/* ETRN: have tried what waits for "example.org", or with "@" in front also for what is below it. Or NULL. */
	int (*flush)(void *ctx, const char *domain, struct fault *f);
	/* XCLIENT, from one who may: the session begins anew, as that client's. The strings do not last. Or NULL. */
	int (*xclient)(void *ctx, const struct smtp_xclient *x, struct fault *f);
	/* STARTTLS: 0 when the handshake can begin. NULL: there is no TLS. */
	int (*start_tls)(void *ctx, struct fault *f);
	/* AUTH has ended: well, then f is NULL, or with the fault that the client reads. May be NULL. */
	void (*authenticated)(void *ctx, const struct sasl *sasl, const struct fault *f);
	/*
	 * For the log, may be NULL: a command or message was refused with this fault. `what` is the verb. Where the
	 * client was not told the text, `id` is what it was told to ask for; else it is NULL.
	 */
	void (*refused)(void *ctx, const char *what, const struct fault *f, const char *id);
};

enum smtp_state {
	SMTP_START,    /* connected */
	SMTP_READY,    /* greeted, no transaction */
	SMTP_MAIL,     /* in a transaction */
	SMTP_CHUNKS,   /* between two BDAT commands */
	SMTP_AUTH,     /* the next line is a response to a challenge */
	SMTP_DATA,     /* the bytes are a message */
	SMTP_CHUNK,    /* the bytes are a chunk */
	SMTP_SECURING, /* the bytes are dropped until the handshake begins */
	SMTP_CLOSED,   /* nothing is read any more */
};

struct smtp_session {
	const struct smtp_server *server;
	const struct smtp_client *client;
	const struct smtp_callbacks *call;
	void *ctx;
	struct buf *out;
	enum smtp_state state;
	bool esmtp;		       /* greeted with EHLO or LHLO */
	char helo[SMTP_HELO_MAX + 1];  /* "" before */
	const struct tlsio_info *tls;  /* NULL: in clear */
	long errors, junk;	       /* since the last message */
	char incident[ENTROPY_ID + 1]; /* the id of the last fault whose text was kept back */
	bool authenticated;	       /* sasl.user is the account; until the end of the session, or a new layer */
	long pause_ms;		       /* see smtp_session_pause_ms() */

	/* The transaction; the arena holds it. */
	struct arena arena;
	struct envelope envelope;
	size_t rcpt_room;
	uint64_t size;	/* as MAIL has said, SIZE=; 0: it has not */
	long overshoot; /* recipients over the limit */

	/* The message. */
	bool begun;	      /* begin() has been, end() and abort() have not */
	bool is_watched;      /* lines and head see its bytes, also when it is to be refused */
	struct fault failure; /* why it will be refused at its end */
	struct lines lines;
	struct head head;
	struct buf clean;

	/* BDAT */
	uint64_t chunk_left, chunk_size;
	bool chunk_last;

	/* The command line that is not whole yet. */
	bool line_long;
	size_t line_n;
	char line[SMTP_AUTH_LINE_MAX];

	/* Of the AUTH command that is under way, or was successful. */
	struct sasl sasl;
};

/*
 * `out` is the caller's, who writes and empties it; smtp_session_out_max() is the
 * maximum that it needs. Everything pointed to outlives the session.
 */
size_t smtp_session_out_max(const struct smtp_server *server);
void smtp_session_init(struct smtp_session *s, const struct smtp_server *server, const struct smtp_client *client,
		       const struct smtp_callbacks *call, void *ctx, struct buf *out);
/* The connection is gone: an unfinished message leaves no trace. */
void smtp_session_clear(struct smtp_session *s);

/* The banner. */
void smtp_session_greet(struct smtp_session *s);

/* All n bytes are used. Feed at most SMTP_PIECE bytes between two times that *out is emptied. */
void smtp_session_feed(struct smtp_session *s, const char *p, size_t n);

/* STARTTLS has been accepted: when *out is written the handshake begins. */
bool smtp_session_wants_tls(const struct smtp_session *s);
/* It is done, after STARTTLS or before the first command: all that was said before is forgotten. *info outlives *s. */
void smtp_session_secured(struct smtp_session *s, const struct tlsio_info *info);
/* How long the caller should wait before it sends what is in *out: a login failed. Asking makes it 0. */
long smtp_session_pause_ms(struct smtp_session *s);

/* Say 421 and end it: time is up, or the server is going down. */
void smtp_session_stop(struct smtp_session *s, const char *status, const char *text);

/* false: write what is in *out and close the connection. */
bool smtp_session_is_open(const struct smtp_session *s);
/* No transaction, and no unfinished command: nobody loses anything by the end of the session. */
bool smtp_session_is_idle(const struct smtp_session *s);

#endif
