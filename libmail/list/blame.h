/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_BLAME_H
#define LIBMAIL_LIST_BLAME_H

/*
 * blame - whether a bounce says something about the member's address, by its enhanced status (RFC 3463).
 *
 * That there is no such mailbox, or no such host, does. That it is full, or that its host could not be reached for
 * days, does half. That a message was refused for what it is or where it comes from (policy, DMARC, spam, size,
 * content) does not: the member would be the wrong one to suffer for it.
 */

#include "message/dsn.h"

/* In halves of a bounce. */
enum blame { BLAME_NONE = 0, BLAME_HALF = 1, BLAME_WHOLE = 2 };

/* Of one recipient in a report: what is not a failure is nobody's. */
enum blame blame_of(const struct dsn_recipient *r);

/* Of a status alone: "5.1.1"; "" or one that is none is not known, and half. */
enum blame blame_of_status(const char *status);

#endif
