/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_CMD_H
#define LIBMAIL_SMTP_CMD_H

/*
 * cmd - between session.c, which finds the command, and the files cmd_*.c,
 * which carry it out. Nobody else includes this.
 *
 * session.c has checked the state and whether there is an argument, by its
 * table. A command answers exactly once, by smtp_reply() or smtp_refuse().
 */

#include "smtp/session.h"

typedef void smtp_cmd_fn(struct smtp_session *s, struct span argument);

smtp_cmd_fn smtp_cmd_mail, smtp_cmd_rcpt; /* cmd_mail.c */
smtp_cmd_fn smtp_cmd_data;		  /* cmd_data.c */
smtp_cmd_fn smtp_cmd_bdat;		  /* cmd_bdat.c */
smtp_cmd_fn smtp_cmd_etrn;		  /* cmd_etrn.c */
smtp_cmd_fn smtp_cmd_xclient;		  /* cmd_xclient.c */
smtp_cmd_fn smtp_cmd_auth;		  /* cmd_auth.c */

/* Which parameters this client may use now: PATH_* (cmd_mail.c). */
unsigned smtp_offered(const struct smtp_session *s);
/* Is ETRN, is XCLIENT offered to it? */
bool smtp_offers_etrn(const struct smtp_session *s);
bool smtp_offers_xclient(const struct smtp_session *s);
/* The keyword and its arguments for EHLO (cmd_xclient.c). */
#define SMTP_XCLIENT_KEYWORD "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"

/* A response to a challenge; too_long: it is not whole. And its keyword for EHLO. */
void smtp_auth_feed(struct smtp_session *s, struct span line, bool too_long);
void smtp_auth_offer(const struct smtp_session *s, struct buf *text);

/* Bytes of a message: how many were its own, the rest are commands again. */
size_t smtp_data_feed(struct smtp_session *s, struct span bytes);
size_t smtp_chunk_feed(struct smtp_session *s, struct span bytes);

void smtp_set_state(struct smtp_session *s, enum smtp_state state);
void smtp_reply(struct smtp_session *s, int code, const char *status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The fault as this client may see it; NULL, or the id that is in the reply instead of the text. */
const char *smtp_put_fault(struct smtp_session *s, const struct fault *f);
/* Answer with the fault, count it as an error, tell the log; closes the session when there were too many. */
void smtp_refuse(struct smtp_session *s, const char *what, const struct fault *f);
/* A command that brings no mail on. */
void smtp_count_junk(struct smtp_session *s);
/* Forget sender, recipients and an unfinished message. */
void smtp_reset(struct smtp_session *s);

/*
 * A message, for DATA and BDAT alike (cmd_data.c). Begin makes the Received
 * field; put looks at and hands on what `lines` made of the client's bytes; what
 * is wrong is kept in s->failure, and nothing is handed on any more; fail says
 * that the message is over whatever comes; end replies and ends the transaction.
 */
int smtp_message_begin(struct smtp_session *s, struct fault *f);
void smtp_message_put(struct smtp_session *s);
void smtp_message_fail(struct smtp_session *s, const struct fault *f);
void smtp_message_end(struct smtp_session *s, const char *what);
/* The reply to a message that is refused: one, or with LMTP one for each recipient. */
void smtp_message_refuse(struct smtp_session *s, const char *what, const struct fault *f);

#endif
