/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_HEAD_H
#define LIBMAIL_SMTP_HEAD_H

/*
 * head - what must be known of a message's header while it streams by.
 *
 * Counts octets and Received fields up to the empty line, in constant memory. Lines end with LF.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct head {
	uint64_t octets;   /* of the header, its empty line included */
	uint64_t received; /* Received fields: a sign of a loop when there are many */
	bool over;	   /* the empty line has been seen */
	size_t column;	   /* of the unfinished line */
	size_t matched;	   /* how much of "received:" it has matched */
};

/* Zeroed is initialised. */
void head_feed(struct head *h, struct span piece);

#endif
