/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_SPAN_H
#define LIBMAIL_BASE_SPAN_H

/*
 * span - borrowed bytes: a pointer and a length, not NUL-terminated.
 *
 * A span lives as long as the bytes it points into; whoever returns one says
 * whose bytes they are. The empty span may have a NULL pointer. Comparison
 * "nocase" is ASCII only, as every mail protocol defines it (RFC 5321 2.4),
 * and does not depend on the locale.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })
/* The same in a static table. */
#define SPAN_INIT(literal)                                                                                             \
	{                                                                                                              \
		(literal), sizeof(literal) - 1                                                                         \
	}
/* For printf: "%.*s", SPAN_ARG(s). */
#define SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct span span_of(const char *p, size_t n)
{
	return (struct span){ p, n };
}

static inline struct span span_str(const char *z)
{
	return (struct span){ z, z ? strlen(z) : 0 };
}

/* The part of s from offset i on; empty when i is past the end. */
static inline struct span span_from(struct span s, size_t i)
{
	return i < s.n ? span_of(s.p + i, s.n - i) : span_of(s.p, 0);
}

bool span_is(struct span s, struct span want);
bool span_is_nocase(struct span s, struct span want);
bool span_starts(struct span s, struct span prefix);
bool span_starts_nocase(struct span s, struct span prefix);
bool span_ends_nocase(struct span s, struct span suffix);

/* First position of c, or s.n when there is none. */
size_t span_find(struct span s, char c);
/* Last position of c, or s.n when there is none. */
size_t span_find_last(struct span s, char c);

/* Is there a byte below 0x20 or 0x7f? Such a span never becomes part of a line. */
bool span_has_control(struct span s);
/* Is there a byte with the high bit set? */
bool span_has_8bit(struct span s);

/* Without blanks (space, tab, CR, LF) at both ends. */
struct span span_trim(struct span s);

/*
 * Cut the bytes before the first `sep` off the front of *rest and return them;
 * *rest then starts behind the separator. Without a separator the whole is
 * returned and *rest becomes empty.
 */
struct span span_cut(struct span *rest, char sep);
/* The next run of non-blank bytes; empty at the end. */
struct span span_word(struct span *rest);
/* The next word of a list as parameters have them, separated by commas and blanks; empty at the end. */
struct span span_list_word(struct span *rest);
/* Is the word in such a list (case ignored)? */
bool span_list_has(struct span list, struct span word);

/* Decimal number without sign, all of s, at most max: 0, or -1 and *out untouched. */
int span_number(struct span s, uint64_t max, uint64_t *out);

#endif
