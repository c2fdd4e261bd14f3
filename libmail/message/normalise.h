/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_NORMALISE_H
#define LIBMAIL_MESSAGE_NORMALISE_H

/*
 * normalise - the same message, written so that every program reads the same: what lint.h calls `mended` is gone.
 *
 * It takes two passes over the same input, both streams:
 *
 *	normalise_init(&n, &limits, NORMALISE_7BIT);
 *	... normalise_survey_feed(&n, piece) ...
 *	normalise_survey_end(&n, &f);
 *	normalise_begin(&n, sink, context);
 *	... normalise_feed(&n, piece, &f) ...
 *	normalise_end(&n, &f);
 *	normalise_clear(&n);
 *
 * The parts, their order and what their contents decode to stay as mime.h reads them. What becomes different:
 *
 *   - each header has Content-Type, Content-Transfer-Encoding and Content-Disposition at its end, once, with each
 *parameter once, as a token, quoted, or by RFC 2231 in UTF-8; a name= that differs becomes what filename= says;
 *   - of fields that may be there once the first stays. Whatever is taken out (the others, lines that are no fields, a
 *     Content-Type that is none) is kept in X-Removed fields;
 *   - fields are ASCII, without control characters, in lines of at most 998 octets; those that are so already stay byte
 *     for byte, in their order;
 *   - boundaries are new, and stand in no content; text in front of the first and behind the last is left out;
 *   - text is 7bit, or quoted-printable if that does not go; other content is 7bit if it can be, else base64; base64
 *     stays base64. A content in an unknown encoding becomes an octet-stream as it stands, RFC 2045 6.4;
 *   - lines all end as the first does. In a content that is not encoded the line ends are the file's, so they change,
 *too;
 *   - what is signed (the first part of a multipart/signed) stays as it is, save for line ends.
 *
 * Done twice it is the same, unless what is signed has a CR in front of a line end. Nothing is invented: a message that
 * lacks a Date still does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "message/encoding.h"
#include "message/mime.h"

/* Lines of the contents that may look like boundaries of ours: 64 different ones, and there is none left. */
enum { NORMALISE_SALTS = 64, NORMALISE_HEADER_MAX = 8 << 20 /* octets of a header that is written */ };

/*
 * What becomes of 8-bit text. NORMALISE_KEEP_8BIT: what is not encoded stays so, labelled 8bit; NORMALISE_TO_8BIT: so
 * does what is quoted-printable and has lines that allow it.
 */
enum normalise_eight { NORMALISE_7BIT, NORMALISE_KEEP_8BIT, NORMALISE_TO_8BIT };

typedef int (*normalise_sink)(void *context, struct span piece, struct fault *f);

/* Of lines that go by: which of our boundaries they could be. */
struct normalise_marks {
	uint64_t salts; /* bits */
	size_t column;
	char start[8];
};

struct normalise {
	struct mime mime;
	struct mime_limits limits;
	enum normalise_eight eight;
	struct arena arena;   /* of the part at hand */
	unsigned char *plans; /* by number of the part */
	size_t nplans, room;
	bool known, crlf; /* how lines end */
	char last;	  /* of what came, then of what was written */
	uint64_t cut_at;  /* where headers that were broken off end... */
	unsigned cuts;	  /* ...and how many */
	unsigned salt;
	uint64_t taken;
	unsigned problems;

	size_t verbatim; /* depth of a part that is passed on as it is; 0: none */
	bool held_cr;	 /* a CR, and it is not known whether an LF follows */
	bool filters;	 /* line ends of the leaf at hand are the file's */
	const struct mime_part *part;
	struct encoding_survey survey;
	struct normalise_marks marks, verbatim_marks;
	struct encoding_decode decode;
	struct encoding_encode encode;
	struct buf decoded, text, out, head;

	normalise_sink sink;
	void *context;
	struct fault fault;
	bool failed, behind_boundary;
};

/* `limits` may be NULL. */
void normalise_init(struct normalise *n, const struct mime_limits *limits, enum normalise_eight eight);
void normalise_survey_feed(struct normalise *n, struct span piece);
/* -1, permanent: the message goes beyond a limit, or has lines like all of our boundaries. */
int normalise_survey_end(struct normalise *n, struct fault *f);
void normalise_begin(struct normalise *n, normalise_sink sink, void *context);
/* -1: a fault of the sink. */
int normalise_feed(struct normalise *n, struct span piece, struct fault *f);
int normalise_end(struct normalise *n, struct fault *f);
void normalise_clear(struct normalise *n);

/*
 * The new header of a part, with its empty line, LF lines: normalise_header.c. `plan` is its new encoding; `boundary`
 * the new one of a multipart.
 */
void normalise_put_header(struct arena *a, struct buf *out, const struct mime_part *part, struct span header,
			  enum encoding plan, const char *boundary);

#endif
