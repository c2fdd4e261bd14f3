/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_HTML_TEXT_H
#define LIBMAIL_MESSAGE_HTML_TEXT_H

/*
 * html_text - HTML as plain text, for reading in a terminal: streaming, UTF-8 in and out.
 *
 * It knows the elements that mail is made of: paragraphs and line breaks, headings, lists, quotations ("> "), tables
 * (a row is a line), preformatted text, rules; links show where they lead, images their alternative text. Scripts,
 * styles, comments, and what is not displayed are left out. Nothing is ever fetched. Whatever comes, time is linear and
 * memory is bounded; tags that never end, and entities that are none, are text or nothing, as in browsers.
 *
 * The result does not depend on where the pieces were cut. Invisible characters that senders fill up
 * their previews with are left out; other control characters come through and are for printable.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "base/utf8.h"

enum {
	HTML_TEXT_WIDTH = 78,	   /* columns, unless a word is longer */
	HTML_TEXT_TAG_MAX = 8192,  /* octets of a tag that are looked at: attributes behind that do not count */
	HTML_TEXT_WORD_MAX = 4096, /* octets in a word; what is longer is put as it comes */
	HTML_TEXT_ENTITY_MAX = 32, /* octets in the name of a character */
	HTML_TEXT_LISTS_MAX = 8,   /* lists within each other that are told apart */
	HTML_TEXT_QUOTES_MAX = 10, /* quotations likewise */
	HTML_TEXT_GROWTH = 16,	   /* octets of output for one of input at most, and HTML_TEXT_ROOM */
	HTML_TEXT_ROOM = 1 << 15,
};

struct html_text {
	int state;
	char quote;	   /* of an attribute's value */
	bool after_equals; /* in a tag: a value begins */
	unsigned dashes;   /* of a comment's end, or of its beginning */
	char skip[16];	   /* the element whose content is left out; "": none */
	unsigned skipped;  /* of the same name that are open in it */
	bool raw;	   /* it is a script or the like: nothing but its own end tag counts */
	struct buf tag;	   /* behind its "<" */
	bool tag_cut;
	char entity[HTML_TEXT_ENTITY_MAX + 1];
	size_t nentity;
	char held[UTF8_MAX]; /* the beginning of a character */
	size_t nheld;
	struct buf word;
	size_t word_width, column;
	unsigned newlines;    /* to be put before the next word */
	bool blank, any;      /* a blank before the next word; something has been put */
	bool in_word_put;     /* the front of the word was put already */
	unsigned pre, quotes; /* depths */
	size_t nlists;
	struct html_text_list {
		bool ordered;
		unsigned number;
	} lists[HTML_TEXT_LISTS_MAX];
	bool in_link;
	struct buf href;
	struct buf label; /* the link's text, to compare */
};

void html_text_init(struct html_text *h);
void html_text_feed(struct html_text *h, struct span piece, struct buf *out);
/* The last line is ended. */
void html_text_end(struct html_text *h, struct buf *out);
void html_text_clear(struct html_text *h);

/*
 * The charset that a document names in a <meta> element at its beginning, for content whose header does not say it:
 * what is between the quotes, in `start`; empty when there is none.
 */
struct span html_text_charset(struct span start);

#endif
