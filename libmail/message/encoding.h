/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_ENCODING_H
#define LIBMAIL_MESSAGE_ENCODING_H

/*
 * encoding - Content-Transfer-Encoding, RFC 2045 section 6: names, decoding and encoding as a stream, and which one
 * is the smallest that is safe for a content.
 *
 * Decoding gives the bytes that the encoding stands for and no conversion of line ends: what was in base64
 * comes out as it was, text in 7bit, 8bit or quoted-printable has the line ends of the file (qp.h makes LF
 * of a line break).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/qp.h"
#include "message/uuencode.h"

enum encoding {
	ENCODING_7BIT, /* also when there is no field */
	ENCODING_8BIT,
	ENCODING_BINARY,
	ENCODING_QP,
	ENCODING_BASE64,
	ENCODING_UUENCODE, /* x-uuencode, x-uue */
	ENCODING_OTHER,	   /* a name that is not known: nothing is decoded */
};

/* By the name in the field, case ignored; also "7-bit", "8-bit" and the like. */
enum encoding encoding_parse(struct span name);
/* "7bit", "quoted-printable" ...; NULL for ENCODING_OTHER. */
const char *encoding_name(enum encoding encoding);
/* 7bit, 8bit, binary: the content is as it is. */
bool encoding_is_identity(enum encoding encoding);

/*
 * Decode. A feed asks *out for QP_GROWTH times the piece and QP_ROOM bytes at most. Of uuencode the bytes of the files
 * come, one behind the other, and not the text around them: use uuencode.h to tell them apart.
 */
struct encoding_decode {
	enum encoding encoding;
	struct base64_decode base64;
	struct qp_decode qp;
	struct uuencode uuencode;
	struct buf *out;
};

void encoding_decode_init(struct encoding_decode *d, enum encoding encoding);
void encoding_decode_feed(struct encoding_decode *d, struct span piece, struct buf *out);
void encoding_decode_end(struct encoding_decode *d, struct buf *out);
/* Octets that no encoder would have written, or were not there at the end: of base64 and uuencode. */
uint64_t encoding_decode_junk(const struct encoding_decode *d);

/* What a content is like, before it is encoded. Start with a zeroed struct; the result does not depend on the pieces.
 */
struct encoding_survey {
	uint64_t bytes;
	uint64_t lines;	     /* LFs */
	uint64_t longest;    /* octets in the longest line, without its end */
	uint64_t bits8;	     /* octets with the high bit */
	uint64_t controls;   /* C0 but tab, CR and LF; DEL */
	uint64_t bare_cr;    /* CRs that no LF follows */
	uint64_t crlf;	     /* CR LF line ends */
	uint64_t equals;     /* "=" */
	uint64_t blank_ends; /* lines that end with a blank */
	bool has_nul;
	bool from_line; /* a line begins with "From ", which mbox would change */
	bool dot_line;	/* a line is a single dot */
	bool ends_line; /* the last byte is LF, or there is none */

	uint64_t column; /* private, as what follows */
	char start[8], last;
};

void encoding_survey_feed(struct encoding_survey *s, struct span piece);

enum {
	ENCODING_TEXT = 1,    /* lines: an LF is a line break and may become CR LF on the way */
	ENCODING_8BIT_OK = 2, /* 8BITMIME: text may stay 8bit */
};

/*
 * The smallest safe one: 7bit or 8bit only where no line is over 998 octets and there is no NUL, bare CR or "From " at
 * the start of a line; quoted-printable or base64, whichever is shorter, quoted-printable only for text.
 * What is no text (binary with line ends that matter) is always base64.
 */
enum encoding encoding_choose(const struct encoding_survey *s, unsigned how);

/* Octets that it will have, within a few per cent for quoted-printable; exact for the others. */
uint64_t encoding_size(const struct encoding_survey *s, enum encoding encoding);

/* Encode as a stream, LF lines. For 7bit, 8bit and binary the bytes are passed on. Room: as for decoding. */
struct encoding_encode {
	enum encoding encoding;
	struct base64_encode base64;
	struct qp_encode qp;
};

void encoding_encode_init(struct encoding_encode *e, enum encoding encoding);
void encoding_encode_feed(struct encoding_encode *e, struct span piece, struct buf *out);
/* Base64's last line is ended; of the others the last line is as the content's. */
void encoding_encode_end(struct encoding_encode *e, struct buf *out);

#endif
