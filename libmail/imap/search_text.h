/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_TEXT_H
#define LIBMAIL_IMAP_SEARCH_TEXT_H

/*
 * search_text - BODY and TEXT of SEARCH: which texts are in a message, RFC 9051 6.4.4.
 *
 * What a reader of the message could find is found: the header with its encoded words decoded and its lines unfolded,
 * and of each part its header and its content, decoded and converted to UTF-8. Content that is encoded and no text
 * (pictures, archives) is passed over. What stands between parts is looked at, too. Of HTML the source is looked at.
 *
 * TEXT is the whole message, BODY all but its own header. A text is not found across the end of a line or of a part; in
 * a header lines are unfolded first.
 *
 * Time is linear in the message, memory bounded: pieces of it, and what mime.h keeps.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "message/charset.h"
#include "message/encoding.h"
#include "message/mime.h"
#include "message/needle.h"

enum { SEARCH_TEXT_PIECE = 64 << 10 /* octets fed at a time at most */ };

/* All of it is private. */
struct search_text {
	struct haystack text, body;
	struct mime mime;
	struct arena scratch;
	struct buf header, decoded, converted;
	enum { SEARCH_SKIP, SEARCH_PLAIN, SEARCH_DECODE } mode; /* of the part at hand */
	struct encoding_decode decode;
	struct charset charset;
	bool has_charset;
};

/* found[i] will tell of needles[i]. For many messages, one after the other. */
void search_text_init(struct search_text *t, const struct needle *text, size_t ntext, bool *text_found,
		      const struct needle *body, size_t nbody, bool *body_found);
void search_text_begin(struct search_text *t);
/* At most SEARCH_TEXT_PIECE octets of a message, as it is stored. False: all is found, the rest need not be fed. */
bool search_text_feed(struct search_text *t, struct span piece);
void search_text_end(struct search_text *t);
void search_text_clear(struct search_text *t);

#endif
