/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_SORTER_H
#define LIBMAIL_RELAY_SORTER_H

/*
 * sorter - messages that are to be tried are claimed, and each recipient goes to the queue of its destination.
 */

#include "relay/scheduler.h"

/* Begin what the worklist has, as far as active_limit allows, but at most a burst: answers wait meanwhile. */
void sorter_start(struct scheduler *s);

/*
 * What an alias made of a recipient of a message under way, to its destination: it is not expanded again. Strings live
 * as long as the message. An address that has no destination gets its outcome at once.
 */
void sorter_forward(struct scheduler *s, struct active *a, const struct job_rcpt *rcpt, const char *sender,
		    const char *delivered_to);

/* The destination has fewer tasks: what was too much for it may come, as much as there is room for. */
void sorter_make_room(struct scheduler *s, struct destination *d);

/* The message has no open recipient any more: bring its queue file up to date and free it. */
void sorter_finish(struct scheduler *s, struct active *a);

#endif
