/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_BOUNCE_H
#define LIBMAIL_RELAY_BOUNCE_H

/*
 * bounce - tell a sender what became of a message: RFC 3464 reports into the queue,
 * or, where there is nobody to tell, the message into the dead-letter Maildir.
 */

#include "relay/active.h"

/*
 * One report for this note and all others of the message that have the same kind (failure or success) and the
 * same sender and are not handled yet; they are then. With NOTIFY=NEVER nothing is sent; a failure of a
 * message without sender goes to dead/. `id` receives the report's queue id, or stays "".
 * -1: it could not be made durable.
 */
int bounce_send(struct active *a, struct active_note *first, char id[ENTROPY_ID + 1], struct fault *f);

#endif
