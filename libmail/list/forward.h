/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_FORWARD_H
#define LIBMAIL_LIST_FORWARD_H

/*
 * forward - what came for a list's owners goes to them as it is.
 *
 * One field is put in front, "X-Loop: friends+owner@example.org": what has that already was here before, so an owner's
 * address that leads back is a loop, 554 5.4.6. The sender is the list's bounces address, which takes no bounce
 * of what is not the list's for one; mail from the null sender keeps it.
 */

#include "list/run.h"

/* r->in, to everybody in `owners`: 0, -1. A list without owners refuses it, 550 5.1.1. */
int forward_to_owners(struct list_run *r, struct fault *f);

#endif
