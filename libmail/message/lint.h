/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_LINT_H
#define LIBMAIL_MESSAGE_LINT_H

/*
 * lint - where a message violates the RFCs, and where two programs that are in use would read it differently, as a
 * stream: RFC 5322, 2045-2047, 2183, 2231.
 *
 * Each kind of finding is reported at most once for each field, and once for the content of each part, at the line
 * where it was met first; the order of findings on one line may depend on how the message was cut into pieces. See
 * VIOLATIONS.md for what we read where others read something else, and normalise.h, which writes a message that has no
 * such findings.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/linescan.h"
#include "base/span.h"
#include "base/utf8.h"
#include "message/encoding.h"
#include "message/mime.h"
#include "message/uuencode.h"

enum lint_kind {
	LINT_VIOLATION, /* an RFC forbids it; programs agree what is meant */
	LINT_AMBIGUOUS, /* programs read different things */
	LINT_LIMIT,	/* beyond the limits of mime.h: what is in it was not looked at */
};

struct lint_finding {
	enum lint_kind kind;
	const char *code;      /* "boundary-twice": for programs; stays */
	const char *text;      /* a sentence for people */
	const char *reference; /* "RFC 2046 5.1.1" */
	uint64_t line;	       /* from 1 */
	const struct mime_part *part;
	struct span name; /* of the field or parameter that it is about; may be empty */
	bool mended;	  /* normalise.h mends it */
};

typedef void (*lint_report)(void *context, const struct lint_finding *finding);

enum { LINT_LINE_START = 256 /* octets of a line that may look like a boundary */ };

struct lint {
	lint_report report;
	void *context;
	struct mime mime;
	struct arena arena;
	size_t findings, ambiguous;

	/* Private. */
	struct mime_part nothing;
	const struct mime_part *part; /* the innermost that is open */
	size_t signed_depth;	      /* of a part that somebody has signed, as are those in it; 0: none */
	uint64_t told;		      /* rows of findings of the field, or the content, at hand */
	uint64_t line;		      /* LFs in front of the place at hand, in a body */
	uint64_t column;
	char last;
	char start[LINT_LINE_START]; /* of the line at hand */
	bool epilogue;		     /* the multipart at hand is closed */
	struct linescan ends;	     /* line ends of both kinds so far */
	uint64_t mixed_line;	     /* the first that ends otherwise than those before it */
	char last_fed;
	struct encoding_decode decode;
	struct uuencode uuencode;
	struct utf8_check utf8;
	int escape; /* of quoted-printable */
	bool is_text, looks_for_files, charset_missing, charset_is_utf8;
	struct buf out;
};

/* `limits` may be NULL. */
void lint_init(struct lint *l, const struct mime_limits *limits, lint_report report, void *context);
void lint_restart(struct lint *l);
void lint_feed(struct lint *l, struct span piece);
void lint_end(struct lint *l);
void lint_clear(struct lint *l);

const char *lint_kind_name(enum lint_kind kind);

#endif
