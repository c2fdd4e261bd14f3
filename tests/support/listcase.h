/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_LISTCASE_H
#define TESTS_SUPPORT_LISTCASE_H

/*
 * listcase - a list with a spool: mail comes in, and what the list sends is looked at.
 *
 *	struct listcase c;
 *
 *	listcase_begin(&c, assignments);                     friends@example.org; see mailing_list.h
 *	listcase_mail(&c, "al@example.net", "friends+help@example.org", "From: al@example.net\n\n");
 *	ck_assert_uint_eq(c.n, 1);
 *	ck_assert_str_eq(c.sent[0].to, "al@example.net");
 *	listcase_end(&c);
 */

#include "list/incoming.h"
#include "list/place.h"
#include "list/run.h"

enum { LISTCASE_SENT_MAX = 32 /* messages that are remembered */ };

struct listcase {
	struct arena arena;
	struct spool spool;
	struct list list;
	struct list_run run; /* .now is now: place_check() knows no other */
	struct incoming in;
	size_t n; /* messages in all since the last listcase_forget() */
	struct listcase_sent {
		const char *sender, *to; /* recipients, separated by blanks */
		const char *text;
		const char *body; /* decoded, as a person reads it */
	} sent[LISTCASE_SENT_MAX];
};

void listcase_begin(struct listcase *c, const char *const *assignments);
void listcase_end(struct listcase *c);

/* Forget what was sent. */
void listcase_forget(struct listcase *c);

/* The message is c->in from now on; lines with LF. */
void listcase_incoming(struct listcase *c, const char *sender, const char *recipient, const char *text);

/*
 * The same, and it is worked on as `listmgr deliver` would: request_run(). The return value, *f as it was given. An
 * address that is none, or that place_check() refuses, is -1 with that fault.
 */
int listcase_mail(struct listcase *c, const char *sender, const char *recipient, const char *text, struct fault *f);

/* The value of a field in the header of sent message i; "" none. */
const char *listcase_field(struct listcase *c, size_t i, const char *name);

#endif
