/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_TEXTPART_H
#define LIBMAIL_LIST_TEXTPART_H

/*
 * textpart - a part of plain text that the list adds to somebody else's message: its footer, or a note in the place of
 * something that it has taken out.
 */

#include "base/arena.h"
#include "base/span.h"

/*
 * The part, header and content, in the arena: 7bit or quoted-printable, LF lines, the last one ended. `text` is UTF-8;
 * what of it is not is replaced. With `boundary` (which may be NULL) no line of it can be that boundary.
 */
struct span textpart_make(struct arena *a, struct span text, const char *disposition, struct span boundary);

#endif
