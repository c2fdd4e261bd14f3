/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_PARAMS_H
#define LIBMAIL_MESSAGE_PARAMS_H

/*
 * params - the parameters of Content-Type and Content-Disposition: "; name=value".
 *
 * RFC 2045 5.1, with RFC 2231's continuations (name*0, name*1) and extended values (name*=charset'language'%E9).
 * They are kept as written, which is what IMAP's BODYSTRUCTURE wants; params_find() tells what one means.
 * Linear in the input; beyond PARAMS_MAX parameters of a field the rest is not looked at, and `problems` says so.
 *
 * Real mail is read as it was meant: comments and blanks anywhere, missing semicolons, values that should have been
 * quoted ("filename=two words.txt"), a quote that is not closed (the value goes to the end), encoded words in
 * values. Where it says two things, one rule holds and `problems` names it: of equal names the first counts;
 * name* counts more than name*0 name*1, and these more than name; sections count up to the first that is missing,
 * in the order of their numbers.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

enum { PARAMS_MAX = 100 };

enum params_problem {
	PARAMS_MANY = 1 << 0,	/* more than PARAMS_MAX */
	PARAMS_SYNTAX = 1 << 1, /* something that is no parameter, or a quote that is not closed */
	PARAMS_TWICE = 1 << 2,	/* two of one name */
	PARAMS_BOTH =
		1 << 3, /* a plain value and an extended or continued one; usual, but programs choose differently */
	PARAMS_GAP = 1 << 4,	 /* a section is missing */
	PARAMS_WORDS = 1 << 5,	 /* encoded words where RFC 2047 forbids them */
	PARAMS_CHARSET = 1 << 6, /* unknown charset, or bytes that are none of its characters */
	PARAMS_CONTROL = 1 << 7, /* NUL, a line end or another control character; U+FFFD stands for it */
};

struct params {
	struct param {
		struct span name;  /* as written, with RFC 2231's asterisks */
		struct span value; /* without quotes and backslashes */
	} * v;
	size_t n;
	unsigned problems; /* PARAMS_MANY, PARAMS_SYNTAX */
};

/*
 * Read them: `text` is what follows the type, unfolded (header_unfold()). It is written to, and must live as long as
 * *out.
 */
void params_parse(struct arena *a, char *text, struct params *out);

struct params_value {
	const char *text;     /* UTF-8 without control characters; see PARAMS_CHARSET and charset.h's CHARSET_EXACT */
	const char *charset;  /* as the value names it, "" when it does not */
	const char *language; /* likewise, RFC 2231 4 */
	unsigned problems;
};

/* What the parameter of that name (case ignored) means; false when there is none. */
bool params_find(struct arena *a, const struct params *p, const char *name, struct params_value *out);

/* The same, its text alone; NULL when there is none. */
const char *params_text(struct arena *a, const struct params *p, const char *name);

/*
 * Append "; name=value", folded with LF and a blank where the line would be longer than HEADER_LINE_WANTED: as a
 * token, quoted, or by RFC 2231 when the value is not ASCII or too long for a line. `value` is UTF-8, or any bytes;
 * with PARAMS_UTF8 (RFC 6532) UTF-8 stays as it is. 0, or -1 and nothing put when `name` is no token or the value has a
 * control byte in it: no line end gets out.
 */
enum { PARAMS_UTF8 = 1 };
int params_put(struct buf *out, const char *name, struct span value, unsigned how);

#endif
