/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_PREFIX_H
#define LIBMAIL_LIST_PREFIX_H

/*
 * prefix - a list's mark in the subjects of its posts, once: "[friends] lunch", and "Re: [friends] lunch" however many
 * of them an answer has collected on its way. In front of the mark is at most one "Re:", as programs that sort by
 * subject know it there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

enum { PREFIX_SUBJECT_MAX = 64 << 10 /* octets; a longer subject is left alone */ };

/*
 * Put the field "Subject: ..." with the mark, folded, with its line end. `body` is that of the field as it stands in
 * the post, folded and encoded; empty where there is none. `mark` is "[friends]" or "[friends %d]", where %d is this
 * post's number, and in what is taken away any number. What is in encoded words that cannot be decoded stays as it is.
 * False, and nothing put, when the subject is right already: then its field may stay byte for byte.
 */
bool prefix_put(struct arena *a, struct buf *out, struct span body, const char *mark, uint64_t number);

#endif
