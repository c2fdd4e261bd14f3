/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_VERP_H
#define LIBMAIL_MESSAGE_VERP_H

/*
 * verp - variable envelope return paths: a sender address for each recipient, so that a bounce tells by its own
 * recipient whom it is about, whatever its text says.
 *
 *	sender list-owner@example.org, recipient al@example.net, delimiters "+=":
 *	list-owner+al=example.net@example.org
 *
 * As Postfix writes it (VERP_README) for "sendmail -XV" and XVERP, and as list managers expect it.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

#define VERP_DELIMITERS "-=+" /* that can be asked for */

/* May the two be delimiters: are they two, and of VERP_DELIMITERS? */
bool verp_is_delimiters(struct span s);

/*
 * The sender for this recipient. NULL where there is none: the sender is the null sender, either has no domain, or what
 * came of them would be no address.
 */
const char *verp_sender(struct arena *a, struct span sender, struct span recipient, const char delimiters[2]);

#endif
