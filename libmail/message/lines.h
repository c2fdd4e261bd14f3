/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_LINES_H
#define LIBMAIL_MESSAGE_LINES_H

/*
 * lines - line ends and transparency, streaming, in both directions.
 *
 * Inside letterbox a message has LF lines, no CR, and its last line is ended.
 * These filters make that of what comes in, and CR LF lines of what goes out.
 * They are fed pieces of any size, and the result does not depend on where the
 * pieces were cut. No line end gets in or out that was not meant as one: a CR
 * that no LF follows becomes a blank.
 *
 * The input filters ask *out for piece.n + LINES_ROOM bytes in one go, the
 * output filters for twice the piece and LINES_ROOM. If *out cannot give them
 * nothing of the piece is taken, and *out has overflowed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum { LINES_ROOM = 4 };

/* What has come by so far. The output filters do not look for NUL and 8-bit bytes. */
struct lines_facts {
	uint64_t bytes;	  /* put to *out */
	uint64_t longest; /* octets in the longest line, without its end; an unfinished last line counts */
	uint64_t bare_cr; /* CRs that were made blanks */
	uint64_t bare_lf; /* LFs without CR: usual in local input, a violation in SMTP */
	bool has_nul;
	bool has_8bit;
};

struct lines {
	struct lines_facts facts;
	uint64_t column; /* octets of the line that has no end yet */
	const struct lines_mode *mode;
	int state;
};

/*
 * Local input: LF and CR LF both end a line, mixed as they like, so that UNIX
 * and DOS text give the same. With dot_ends a line that is a single dot
 * ends the input and is not part of it (sendmail without -i). lines_in_end() ends the last line if nothing else did.
 *
 * Returns the number of bytes taken: less than piece.n only when the
 * dot has ended it, see lines_is_ended(). After that nothing more is taken.
 */
void lines_in_init(struct lines *l, bool dot_ends);
size_t lines_in_feed(struct lines *l, struct span piece, struct buf *out);
void lines_in_end(struct lines *l, struct buf *out);
bool lines_is_ended(const struct lines *l);

/*
 * The content of SMTP's DATA (RFC 5321 4.1.1.4, 4.5.2): a dot that begins a
 * CR LF line is taken away, and only CR LF "." CR LF is the end (at the very
 * start "." CR LF, as the command's own line end counts). A bare LF becomes a line
 * end of the message, is counted, and is never a line end of SMTP: a dot behind
 * it is text, and neither LF "." LF nor LF "." CR LF nor CR LF "." LF nor any
 * form with a bare CR or a NUL ends anything.
 *
 * Returns the number of bytes taken, the end mark included: less than piece.n only
 * when lines_is_ended(). After that nothing more is taken. Where the input breaks off without
 * its mark, the message is not whole: there is no end function.
 */
void lines_smtp_in_init(struct lines *l);
size_t lines_smtp_in_feed(struct lines *l, struct span piece, struct buf *out);

/*
 * BDAT's content (RFC 3030): the same without dots and without an end mark; its
 * lengths tell the end, and a CR LF may be cut by that of a chunk. lines_bdat_in_end() is for
 * the end of the last chunk.
 */
void lines_bdat_in_init(struct lines *l);
void lines_bdat_in_feed(struct lines *l, struct span piece, struct buf *out);
void lines_bdat_in_end(struct lines *l, struct buf *out);

/*
 * LF lines to SMTP: CR LF, and a dot before a dot that begins a line. CR LF in
 * the input is one line end, any other CR a blank. lines_smtp_out_end() ends the last line; the
 * end mark "." CR LF is the caller's. The bdat functions add no dots.
 */
void lines_smtp_out_init(struct lines *l);
void lines_smtp_out_feed(struct lines *l, struct span piece, struct buf *out);
void lines_smtp_out_end(struct lines *l, struct buf *out);
void lines_bdat_out_init(struct lines *l);
void lines_bdat_out_feed(struct lines *l, struct span piece, struct buf *out);
void lines_bdat_out_end(struct lines *l, struct buf *out);

/* Only the facts, of text that has LF lines already: bytes, longest, has_nul, has_8bit. Start with a zeroed struct. */
void lines_count(struct lines *l, struct span piece);

#endif
