/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_FOLD_H
#define LIBMAIL_MESSAGE_FOLD_H

/*
 * fold - header fields whose lines are too long.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "message/header.h"

/*
 * Put a field, its lines ended with LF. If all its lines are within HEADER_LINE_MAX it stays as it is, except that
 * continuation lines of nothing but blanks, which some programs take for the end of the header, are left out, and
 * NULs and CRs become blanks. Else it is folded again at HEADER_LINE_WANTED: at its blanks; where there are none,
 * structured fields behind "," ";" and ">"; all else, and what is still too long, by encoded words. Nothing is cut.
 * `a` is for the unfolded text.
 */
void fold_put_field(struct arena *a, struct buf *out, const struct header_field *field);

#endif
