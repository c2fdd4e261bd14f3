/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_BASE64_H
#define LIBMAIL_BASE_BASE64_H

/*
 * base64 - RFC 4648 section 4, whole strings without line breaks: SASL
 * exchanges and encoded words.
 */

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"

/* Octets that n bytes become, padding included. */
static inline size_t base64_size(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* Append the encoded bytes, padded. */
void base64_put(struct buf *out, struct span bytes);

/* Is it a character of the alphabet (padding is not)? */
bool base64_is_digit(char c);

enum { BASE64_UNPADDED = 1 /* the padding may be missing, as some mailers write it */ };

/*
 * Append the decoded bytes. -1, and nothing appended, for whatever is not the one encoding of some
 * bytes: another character (blanks and line ends too), padding in the wrong place, left-over
 * bits that are not zero. An overflow of *out is *out's.
 */
int base64_parse(struct buf *out, struct span text, unsigned how);

#endif
