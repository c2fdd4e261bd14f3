/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_MSGID_H
#define LIBMAIL_MESSAGE_MSGID_H

/*
 * msgid - Message-ID values, RFC 5322 3.6.4: "<left@right>".
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

enum { MSGID_MAX = 995 /* octets with the angle brackets: one must fit on a line with a blank before it */ };

/*
 * Put "<id@host>". Bytes that may not stand in one become "_", an empty part becomes "unknown": the result is
 * always valid. Each part is at most 255 octets long.
 */
void msgid_put(struct buf *out, const char *id, const char *host);

/*
 * Is s one message id: "<", a left part, "@", a right part, ">", nothing but printable ASCII (or UTF-8, RFC 6532)
 * without blanks, at most MSGID_MAX? Quoted left parts and domain literals are taken as they are in the wild,
 * that is without their inner grammar.
 */
bool msgid_is_valid(struct span s);

/*
 * The next valid one from the front of *rest (a Message-ID, In-Reply-To or References body, folded or not): 1; 0
 * when there is no more. Whatever is between them is skipped.
 */
int msgid_next(struct span *rest, struct span *out);

#endif
