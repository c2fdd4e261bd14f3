/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_UTF8_H
#define LIBMAIL_BASE_UTF8_H

/*
 * utf8 - characters in UTF-8, RFC 3629: no overlong forms, no surrogates,
 * nothing above U+10FFFF.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum { UTF8_MAX = 4 /* octets in one character */ };

/* Octets in the character at the front of s: 1 to UTF8_MAX; 0 when s is empty or starts with none. */
size_t utf8_length(struct span s);

/* Is all of s the beginning of one character, whose end it lacks? */
bool utf8_is_begun(struct span s);

/* The next character: 1; 0 at the end; -1 at a byte that begins none, which is skipped. */
int utf8_next(struct span *rest, uint32_t *character);

bool utf8_is_valid(struct span s);

/* Octets at the front of s that are valid; what follows begins no character, or one that s does not hold whole. */
size_t utf8_prefix(struct span s);

/* Is a stream valid UTF-8? Start with a zeroed struct; the answer does not depend on where the pieces were cut. */
struct utf8_check {
	char tail[UTF8_MAX]; /* the beginning of a character that a piece cut */
	size_t n;
	bool bad;
};

void utf8_check_feed(struct utf8_check *u, struct span piece);
bool utf8_check_end(const struct utf8_check *u);

/* Append one character; a value that is none (a surrogate, above U+10FFFF) as U+FFFD. */
void utf8_put(struct buf *out, uint32_t character);

#endif
