/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_SASL_H
#define LIBMAIL_AUTH_SASL_H

/*
 * sasl - the server's half of an authentication, RFC 4422, without I/O: shared by SMTP (RFC 4954), POP3 (RFC 5034)
 * and IMAP.
 *
 * PLAIN (RFC 4616), LOGIN, SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, 7677), EXTERNAL (a client certificate).
 * What comes in and goes out are the mechanism's own bytes; the base64 lines of all three protocols are put and read
 * by functions of their own.
 *
 *	turn = sasl_begin(&s, &rules, name, initial, &f);      or sasl_login(): name and password as they are
 *	while (turn == SASL_CONTINUE)                          send s.challenge, read a response
 *		turn = sasl_step(&s, response, &f);
 *	pause for s.pause_ms
 *	... SASL_SUCCESS: s.user; SASL_FAILURE: f
 *	sasl_clear(&s);
 *
 * A failure is one of: 535 5.7.8 (not accepted, for whatever reason; s.reason is for the log), 501 5.5.2 (not the
 * mechanism's form), 504 5.5.4 (no such mechanism), 538 5.7.11 (not without TLS), 454 4.7.0 (later). Nobody may act
 * as somebody else: an authorisation identity is empty or the user's own.
 *
 * Failed attempts are counted and answered late (penalty.h); whoever has failed too often is not listened to.
 */

#include <stdbool.h>
#include <stdint.h>

#include "auth/authority.h"
#include "auth/penalty.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	SASL_RESPONSE_MAX = 9216,  /* octets of a response: RFC 4954's 12288 in base64 */
	SASL_CHALLENGE_MAX = 2048, /* octets of a challenge */
	SASL_NAME_MAX = 20,	   /* octets of a mechanism's name: RFC 4422 */
	SASL_NONCE_MAX = 512,	   /* octets of a client's nonce */
	SASL_STEPS_MAX = 4,	   /* responses in an exchange */
};

/* What holds for a connection now; what STARTTLS changes is for attempts that begin after it. */
struct sasl_rules {
	const struct authority *authority;
	const char *mechanisms; /* that are allowed, in the order in which they are offered, separated by blanks */
	bool is_private; /* nobody can listen: TLS, or both on this machine; or the administrator does not mind */
	bool is_network; /* the client is at `client`; else it is a process of this machine */
	uint8_t client[AUTHORITY_CLIENT];    /* its whole address */
	uint8_t counted_as[PENALTY_ADDRESS]; /* the part of it that penalties are for */

	/* From TLS; empty: there are none. */
	struct span tls_exporter, tls_server_end_point; /* channel bindings: RFC 9266, RFC 5929 */
	struct span certificate_user;			/* who the verified client certificate is for */

	bool hands_over; /* who is served by another host is connected to it: the password is kept for that */

	struct penalty *penalty;
	long failure_delay; /* seconds: see penalty_delay_ms(); 0: none */
	long failure_limit; /* failures after which a client is not listened to; 0: no limit */
};

enum sasl_turn { SASL_FAILURE = -1, SASL_SUCCESS, SASL_CONTINUE };

struct sasl_scram;

struct sasl {
	const struct sasl_rules *rules;
	const struct sasl_mechanism *mechanism; /* NULL: sasl_login() */
	int steps;				/* responses so far */
	struct buf challenge;
	char user[USERS_NAME_MAX + 1];	/* SUCCESS: the account */
	char tried[USERS_NAME_MAX + 1]; /* FAILURE: the account that was tried, if there is one, else "" */
	const char *reason;		/* FAILURE: why, as far as only the log should say; or NULL */
	long pause_ms;			/* before the answer is sent */
	struct authority_answer answer;
	struct buf password; /* SUCCESS, where rules->hands_over and the account is elsewhere: what the client gave */
	struct arena arena;
	struct sasl_scram *scram;
};

/* Append the names of what is offered now, each with a blank in front of it: " PLAIN LOGIN"; nothing, if nothing is. */
void sasl_put_offers(struct buf *out, const struct sasl_rules *rules);

/* The most important thing first: *s need not be zeroed. initial: the initial response, NULL if there is none. */
enum sasl_turn sasl_begin(struct sasl *s, const struct sasl_rules *rules, struct span mechanism,
			  const struct span *initial, struct fault *f);
enum sasl_turn sasl_step(struct sasl *s, struct span response, struct fault *f);

/* Append the challenge as a line: the protocol's word ("334 ", "+ "), base64, CR LF. An empty one is the word alone. */
void sasl_put_challenge(struct buf *out, const char *word, const struct sasl *s);
/*
 * The bytes of a response, or of an initial one, in which "=" stands for none at all: 0, or -1 when the text is no
 * base64 or too long. *out is made here, and has a password in it: buf_wipe() it in any case.
 */
int sasl_parse_response(struct buf *out, struct span text);
int sasl_parse_initial(struct buf *out, struct span text);

/* POP3's USER and PASS, IMAP's LOGIN: an attempt with name and password. */
enum sasl_turn sasl_login(struct sasl *s, const struct sasl_rules *rules, struct span name, struct span password,
			  struct fault *f);

/* The host that serves the account did not take the password: it was wrong. Also after SASL_SUCCESS. */
enum sasl_turn sasl_refuse(struct sasl *s, struct fault *f);

/* Also when the client has cancelled. Secrets are overwritten. */
void sasl_clear(struct sasl *s);

/* The name of the mechanism, as it is registered; "password" for sasl_login(). */
const char *sasl_name(const struct sasl *s);

/* Are the words all names of mechanisms? A usage fault names the one that is not. */
int sasl_check_mechanisms(const char *mechanisms, struct fault *f);

#endif
