/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_NFKC_H
#define LIBMAIL_MESSAGE_NFKC_H

/*
 * nfkc - text in Unicode's normalisation form KC (UAX 15): one spelling for what looks the same, and plain letters for
 * full-width ones, ligatures and the like. For names and passwords, which keyboards and systems write differently.
 */

#include "base/buf.h"
#include "base/span.h"

enum {
	NFKC_MAX = 4096,  /* octets of text at a time: marks are put in order pair by pair */
	NFKC_GROWTH = 11, /* octets of output for one of input at most */
};

/* Append the text: 0, or -1 when it is no UTF-8 or longer than NFKC_MAX. What was in memory of it is overwritten. */
int nfkc_put(struct buf *out, struct span text);

#endif
