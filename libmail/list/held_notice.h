/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_HELD_NOTICE_H
#define LIBMAIL_LIST_HELD_NOTICE_H

/*
 * held_notice - what moderators and author are told of a message that waits.
 */

#include "list/held.h"

/*
 * To the moderators: why, the first lines, the message itself, and an address each to accept and to reject; who replies
 * accepts. To the author: that it waits, if he may be told anything (list/reply.h). fd is the held file.
 */
int held_notice(struct list_run *r, struct arena *a, const struct held *h, int fd, struct fault *f);

#endif
