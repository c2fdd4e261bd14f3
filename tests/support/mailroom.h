/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_MAILROOM_H
#define TESTS_SUPPORT_MAILROOM_H

/*
 * mailroom - the list friends@example.org with a spool: messages come, and what it sends is looked at.
 */

#include "list/incoming.h"
#include "list/run.h"
#include "support/mailing_list.h"

#define MAILROOM_NOW INT64_C(1795348800) /* 2026-11-22T12:00:00Z */

enum { MAILROOM_SENT_MAX = 100 };

struct mailroom {
	struct arena arena;
	struct spool spool;
	struct list list;
	struct list_run run;
	struct incoming in;
	char ids[MAILROOM_SENT_MAX][ENTROPY_ID + 1]; /* of what was queued, in order */
	size_t n;
};

/* `members` is the file's text. */
void mailroom_begin(struct mailroom *c, const char *members, const char *const *assignments);
void mailroom_end(struct mailroom *c);

/* c->run.in becomes this message. */
void mailroom_take(struct mailroom *c, const char *sender, const char *message);

/* The i-th that was queued: its envelope and its message, as they are in the queue file. */
const char *mailroom_sent(struct mailroom *c, size_t i);

/* Its envelope sender, or that of its first recipient. */
const char *mailroom_sender(struct mailroom *c, size_t i);

#endif
