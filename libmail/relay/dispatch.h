/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_DISPATCH_H
#define LIBMAIL_RELAY_DISPATCH_H

/*
 * dispatch - tasks go from destinations to worker processes, and their answers to the messages.
 */

#include "relay/scheduler.h"

/* Give workers what they can take. */
void dispatch_all(struct scheduler *s);

/* The worker's socket is readable: take an answer packet, or learn that it has died. */
void dispatch_read(struct scheduler *s, struct process *p);

/* The time is up: end the workers. What is delivered must not be forgotten because of what is not. */
void dispatch_stop(struct scheduler *s);

#endif
