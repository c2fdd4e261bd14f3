/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_SUBJECT_H
#define LIBMAIL_MESSAGE_SUBJECT_H

/*
 * subject - what a message is about without the marks of replies, forwards and mailing lists: the base subject of RFC
 * 5256 2.1, "Re: [list] Re[2]: lunch (fwd)" being "lunch".
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

/*
 * The base of a Subject, which has been unfolded and decoded (words.h). Linear. *is_reply (may be NULL) says whether it
 * had the mark of a reply or a forward.
 */
struct span subject_base(struct arena *a, struct span text, bool *is_reply);

#endif
