/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_XTEXT_H
#define LIBMAIL_MESSAGE_XTEXT_H

/*
 * xtext - RFC 3461 section 4: any bytes as printable ASCII without blanks, "+" and "=".
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

void xtext_put(struct buf *out, struct span bytes);

/* 0, or -1 if it is no xtext, or would decode to a control byte (no use of xtext in mail has one, attacks do). */
int xtext_parse(struct arena *a, struct span text, const char **out);

#endif
