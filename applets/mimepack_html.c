/* SPDX-License-Identifier: ISC */
/*
 * mimepack_html - the text beside an HTML text that comes without one: made of it while it is read.
 */
#include <string.h>

#include "content.h"
#include "message/charset.h"
#include "message/html_text.h"
#include "mimepack.h"

enum {
	PIECE = 2048, /* octets of HTML that become text at once */
	UTF8_MAX_OUT = PIECE * CHARSET_GROWTH + CHARSET_ROOM,
	TEXT_MAX_OUT = UTF8_MAX_OUT * HTML_TEXT_GROWTH + HTML_TEXT_ROOM,
};

struct rendering {
	struct content html;
	struct compose_source source;
	const char *charset;
	struct charset decoder;
	struct html_text reader;
	struct buf utf8, text;
	size_t at; /* octets of the text that were given */
	bool is_open, ended;
};

static void end_rendering(struct rendering *r)
{
	if (!r->is_open)
		return;
	charset_close(&r->decoder);
	html_text_clear(&r->reader);
	buf_clear(&r->utf8);
	buf_clear(&r->text);
	r->is_open = false;
}

static int begin_rendering(struct rendering *r, struct fault *f)
{
	end_rendering(r);
	if (charset_open(&r->decoder, span_str(r->charset), 0) < 0)
		return fault_usage(f, "the charset %.80s is not known here, so that no text can be made of the HTML",
				   r->charset);
	html_text_init(&r->reader);
	buf_init(&r->utf8, UTF8_MAX_OUT);
	buf_init(&r->text, TEXT_MAX_OUT);
	r->at = 0;
	r->ended = false;
	r->is_open = true;
	return r->source.rewind(r->source.context, f);
}

/* Read on until there is text. */
static int render_more(struct rendering *r, struct fault *f)
{
	char piece[PIECE];
	size_t n;

	buf_reset(&r->text);
	r->at = 0;
	while (r->text.n == 0 && !r->ended) {
		if (r->source.read(r->source.context, piece, sizeof(piece), &n, f) < 0)
			return -1;
		buf_reset(&r->utf8);
		if (n > 0)
			charset_feed(&r->decoder, span_of(piece, n), &r->utf8);
		else
			charset_end(&r->decoder, &r->utf8);
		html_text_feed(&r->reader, buf_span(&r->utf8), &r->text);
		r->ended = n == 0;
		if (r->ended)
			html_text_end(&r->reader, &r->text);
	}
	return r->text.overflow ? fault_bug(f, "text of HTML is longer than it can be") : 0;
}

static int read_text(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct rendering *r = context;
	struct span rest;

	if (!r->is_open && begin_rendering(r, f) < 0)
		return -1;
	if (r->at == r->text.n && render_more(r, f) < 0)
		return -1;
	rest = span_from(buf_span(&r->text), r->at);
	*got = rest.n < n ? rest.n : n;
	if (*got > 0)
		memcpy(to, rest.p, *got);
	else
		end_rendering(r);
	r->at += *got;
	return 0;
}

static int rewind_text(void *context, struct fault *f)
{
	end_rendering(context);
	(void)f;
	return 0;
}

int mimepack_render(struct mimepack_tree *t, const struct mimepack_piece *html, struct compose_part **out,
		    struct fault *f)
{
	struct rendering *r = arena_alloc(t->arena, sizeof(*r));
	struct span front, name;

	*out = NULL;
	if (content_open(&r->html, html->path, NULL, f) < 0)
		return -1;
	/* What cannot be read again is not spent on this. */
	if (!r->html.is_regular)
		return 0;
	if (content_look(&r->html, t->arena, &front, f) < 0)
		return -1;
	name = html_text_charset(front);
	r->charset = html->charset ? html->charset : name.n ? arena_span(t->arena, name) : "utf-8";
	r->source = content_source(&r->html);
	*out = arena_alloc(t->arena, sizeof(**out));
	(*out)->type = "text/plain";
	(*out)->source = (struct compose_source){ read_text, rewind_text, r };
	return 0;
}
