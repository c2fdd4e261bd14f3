/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_REQUEST_H
#define LIBMAIL_LIST_REQUEST_H

/*
 * request - what people ask of a list by mail: a word in the address, commands in the body or the subject, the answer
 * to a question of the list's.
 *
 * Who asks is believed to be the mailbox in From where nothing depends on it. Where something does, either the question
 * goes to that address and only who reads its mail can confirm it, or the answer goes there. What is no person's mail
 * (reply_bar()) neither asks nor confirms anything, and is never answered. The answer to commands says of each line
 * what came of it, and has no word of what was written but our own names of commands and lists.
 */

#include "list/place.h"
#include "list/run.h"

enum {
	REQUEST_COMMANDS_MAX = 25,	 /* commands of one message */
	REQUEST_ERRORS_MAX = 5,		 /* lines that are none, then the rest is not looked at */
	REQUEST_RESULTS_MAX = 256 << 10, /* octets of an answer */
	REQUEST_LISTS_MAX = 1000,	 /* lists that "lists", "which" and "*" look at */
	REQUEST_POSTS_MAX = 50,		 /* posts in one answer */
	REQUEST_POSTS_SIZE = 5 << 20,	 /* octets of them, unless it is one */
	REQUEST_INDEX_MAX = 500,	 /* lines of an index */
};

/* The message r->in for the address t: 0 all that is to be done about it is; -1: temporary, the same again later, or
 * permanent: it goes back. */
int request_run(struct list_run *r, const struct list_target *t, struct fault *f);

#endif
