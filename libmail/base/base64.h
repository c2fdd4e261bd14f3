/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_BASE64_H
#define LIBMAIL_BASE_BASE64_H

/*
 * base64 - RFC 4648 section 4: whole strings without line breaks (SASL exchanges and encoded words), strictly; and
 * MIME bodies (RFC 2045 6.8), streaming, in lines and tolerantly.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

enum {
	BASE64_LINE_BYTES = 57, /* that a line stands for */
	BASE64_LINE = 76,	/* octets in a line, without its end */
	BASE64_ROOM = 256,	/* what a feed or an end asks for at most, besides what it puts */
};

/* A body, in lines. The result does not depend on the pieces; what they leave of a line waits for the next. */
struct base64_encode {
	unsigned char held[BASE64_LINE_BYTES];
	size_t n;
	bool crlf; /* CR LF ends lines, not LF */
};

void base64_encode_init(struct base64_encode *e, bool crlf);
void base64_encode_feed(struct base64_encode *e, struct span piece, struct buf *out);
/* The last line, ended as the others. */
void base64_encode_end(struct base64_encode *e, struct buf *out);

/* Octets that n bytes become, in lines that are all ended. */
uint64_t base64_lines_size(uint64_t n, bool crlf);

/*
 * Read a body as RFC 2045 6.8 says: what is no character of the alphabet is passed over, and padding ends it all.
 * `junk` counts what an encoder would not have written: characters passed over (line ends, blanks not), whatever is
 * behind the padding, a character too few or left-over bits at the end.
 */
struct base64_decode {
	uint32_t bits;
	unsigned digits; /* of the group at hand */
	unsigned pads;	 /* that may still come */
	bool padded;
	uint64_t junk;
};

void base64_decode_init(struct base64_decode *d);
void base64_decode_feed(struct base64_decode *d, struct span piece, struct buf *out);
/* Whole bytes of a last group without padding are put. */
void base64_decode_end(struct base64_decode *d, struct buf *out);

/*
 * The ways to compute the same. The best that the processor has is used; tests and measurements choose another: false
 * when the machine, or the compiler, does not have it. Not for programs with threads that are encoding.
 */
enum base64_kernel { BASE64_PORTABLE, BASE64_VECTOR, BASE64_WIDE };
bool base64_use(enum base64_kernel kernel);

#endif
