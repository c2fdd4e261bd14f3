/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_POP3_CMD_H
#define LIBMAIL_POP3_CMD_H

/*
 * cmd - between session.c, which finds the command, and the files cmd_*.c, which carry it out. Nobody else includes
 * this.
 *
 * session.c has checked the state and whether there is an argument, by its table. A command answers exactly
 * once; if the answer is long it sets s->more, which goes on with it whenever there is room in *s->out.
 */

#include "pop3/session.h"

typedef void pop3_cmd_fn(struct pop3_session *s, struct span argument);

pop3_cmd_fn pop3_cmd_user, pop3_cmd_pass, pop3_cmd_auth;		/* cmd_auth.c */
pop3_cmd_fn pop3_cmd_stat, pop3_cmd_list, pop3_cmd_uidl, pop3_cmd_last; /* cmd_list.c */
pop3_cmd_fn pop3_cmd_retr, pop3_cmd_top;				/* cmd_retr.c */
pop3_cmd_fn pop3_cmd_dele, pop3_cmd_rset, pop3_cmd_quit;		/* cmd_dele.c */

/* A line that is the response to a challenge. */
void pop3_auth_feed(struct pop3_session *s, struct span line, bool too_long);
/* What AUTH offers now, each with a blank in front of it. */
void pop3_auth_offer(const struct pop3_session *s, struct buf *out);

void pop3_set_state(struct pop3_session *s, enum pop3_state state);

/* "+OK text", "-ERR text", with its line end. */
void pop3_ok(struct pop3_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void pop3_err(struct pop3_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* -ERR to a command that is wrong; ends the session when there were too many. */
void pop3_wrong(struct pop3_session *s, const char *text);

/* The message with this number, which is not deleted: 0, or -1 and -ERR was said. */
int pop3_find(struct pop3_session *s, struct span number, size_t *i);

bool pop3_is_set(const uint8_t *bits, size_t i);
void pop3_set(uint8_t *bits, size_t i);

/* Logged in, mailbox opened: make room for what is remembered of it. */
void pop3_begin_transaction(struct pop3_session *s);
/* What there is, for LIST and RSET. */
void pop3_ok_total(struct pop3_session *s);
/* LAST counts it: RFC 1460. */
void pop3_accessed(struct pop3_session *s, size_t i);
/* The session is over: mark what was read and is still there. */
void pop3_mark_read(struct pop3_session *s);
/* RETR or TOP will not go on. */
void pop3_break_off(struct pop3_session *s);

#endif
