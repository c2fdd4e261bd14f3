/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_POST_CASE_H
#define TESTS_SUPPORT_POST_CASE_H

/*
 * post_case - a list at work: the list friends@example.org of mailing_list.h, a queue, and a message that comes for it.
 */

#include "list/incoming.h"
#include "list/list.h"
#include "list/run.h"
#include "queue/spool.h"

struct post_case {
	struct arena arena;
	struct spool spool;
	struct list list;
	struct list_run run; /* now is 2026-11-22T00:00:00Z; its message is the one that was received last */
	struct incoming in;
	bool received;
};

/* `config`: "name=value" each, separated by LF. Members: one line each. */
void post_case_open(struct post_case *c, const char *config, const char *members);
void post_case_close(struct post_case *c);

/* A file of the list, which is written whole. */
void post_case_write(struct post_case *c, const char *file, const char *text);

/* A message comes, from an envelope sender. */
void post_case_receive(struct post_case *c, const char *sender, const char *text);

/* What is in the queue, the oldest first: "<SENDER> RECIPIENT RECIPIENT\n" of each. Lives as long as the case. */
const char *post_case_queue(struct post_case *c);
/* All of the queue's n-th message, the oldest being 0: envelope and text. */
struct envelope post_case_envelope(struct post_case *c, size_t n);
const char *post_case_text(struct post_case *c, size_t n);

/* The list's log without times. */
const char *post_case_log(struct post_case *c);

#endif
