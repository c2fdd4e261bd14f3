/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_IMAPCASE_H
#define TESTS_SUPPORT_IMAPCASE_H

/*
 * imapcase - an IMAP session in this process, with a Maildir in tempdir() behind it: the directory "m".
 *
 *	imapcase_init(&c);
 *	imapcase_put(&c, "cur/1.a.h:2,S", "Subject: x\n\ntext\n");      a message
 *	imapcase_select(&c);                                            al logs in, and selects INBOX
 *	ck_assert_str_eq(imapcase_ask(&c, "a1 NOOP\r\n"), "a1 OK Done\r\n");
 *	imapcase_clear(&c);
 *
 * The accounts are fake_login's; the mail of "busy" cannot be opened now, that of "mbox" never, and the Maildir of
 * "blocked" cannot be made. Several may be open at once on the same Maildir.
 */

#include "imap/session.h"
#include "support/fake_login.h"

struct imapcase {
	struct fake_login login; /* in its log: "open al", "failed TEXT", "auth 535" */
	struct imap_server server;
	struct imap_callbacks callbacks;
	struct imap_session s;
	struct buf out;
	struct buf said;    /* the last answer */
	struct arena arena; /* of names */
};

void imapcase_init(struct imapcase *c);
/* The Maildir stays until tempdir_remove(). */
void imapcase_clear(struct imapcase *c);

/* From here on there is UNAUTHENTICATE; "leave al" in the log. */
void imapcase_may_leave(struct imapcase *c);

/* A file below the Maildir: "cur/1.a.h:2,S", ".a/new/2.b.h"; its directories are made. */
void imapcase_put(struct imapcase *c, const char *name, const char *text);
void imapcase_move(struct imapcase *c, const char *from, const char *to);
void imapcase_remove(struct imapcase *c, const char *name);
bool imapcase_is_there(struct imapcase *c, const char *name);
/* As imapcase_put(), in another folder: made as a Maildir++ folder ("a.b"; "": INBOX). */
void imapcase_make_folder(struct imapcase *c, const char *disk_name);

/*
 * Say this, in pieces of so many octets, and get all that is answered. Numbers that differ from run to run are made
 * equal: those of UIDVALIDITY, APPENDUID, COPYUID, MODSEQ and HIGHESTMODSEQ are "N", that of MAILBOXID is "G".
 */
const char *imapcase_say(struct imapcase *c, struct span text, size_t piece);
const char *imapcase_ask(struct imapcase *c, const char *text);
/* The same as it is. */
const char *imapcase_ask_raw(struct imapcase *c, const char *text);
/* Time passes, and somebody else has done something: what is said unasked. */
const char *imapcase_look(struct imapcase *c);
/* The same, where there may be nothing: what there is to be noticed at once. */
const char *imapcase_glance(struct imapcase *c);

void imapcase_log_in(struct imapcase *c);
void imapcase_select(struct imapcase *c);

/* The number behind the last "NAME " that was said: imapcase_number(&c, "UIDVALIDITY"). */
uint64_t imapcase_number(struct imapcase *c, const char *name);

#endif
