/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_HEADER_H
#define LIBMAIL_MESSAGE_HEADER_H

/*
 * header - split a message header into fields, unfold them, find them.
 *
 * RFC 5322 2.2. Lines end with LF or CR LF. Fields are spans into the caller's
 * bytes; nothing is copied until it is unfolded.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"

enum {
	HEADER_LINE_MAX = 998,	/* octets in a line without its end, RFC 5322 2.1.1 */
	HEADER_LINE_WANTED = 78 /* where lines that we write are folded, same section */
};

struct header_field {
	struct span whole; /* name, colon, body, all its lines and their line ends */
	struct span name;  /* without trailing blanks */
	struct span body;  /* behind the colon, folded, without the last line end */
};

/*
 * The next field from the front of *rest: 1; 0 at the empty line that ends the
 * header or at the end of the bytes (*rest is then what follows the empty line);
 * -1 at a line that cannot be part of a header (no colon, nothing before it, a name with a blank,
 * a control byte or a byte above 0x7e in it, or a continuation at the very start): *rest then
 * still starts with that line.
 */
int header_next(struct span *rest, struct header_field *field);

/* May s be the name of a field: one to 997 bytes in 33..126 without the colon (RFC 5322 3.6.8)? */
bool header_is_name(struct span s);

/*
 * Length of the header with its empty line; 0 when the empty line is not among
 * the bytes yet. Linear: `from` is how many bytes an earlier call has seen.
 */
size_t header_length(struct span bytes, size_t from);

/*
 * The first field with that name (case ignored). 1 found, 0 not. The search ends with the header, so also
 * at a line that cannot be part of it.
 */
int header_find(struct span header, struct span name, struct header_field *field);

/*
 * One line: line ends before blanks removed, blanks at both ends trimmed; NUL, CR and LF elsewhere become a blank.
 * A C string in the arena, so NUL-free.
 */
char *header_unfold(struct arena *a, struct span body);

#endif
