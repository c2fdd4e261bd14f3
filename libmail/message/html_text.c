/* SPDX-License-Identifier: ISC */
/*
 * html_text - HTML as plain text.
 *
 * Three layers: a tokenizer by characters (tags, comments, entities), a table of elements that says what each does to
 * the layout, and the layout, which knows words, wanted line breaks and the prefix of lines. There is no tree: mail is
 * full of elements that are never closed, and a counter too many does less harm than a tree too deep.
 */
#include "message/html_text.h"

#include <string.h>
#include <strings.h>

#include "base/hex.h"

enum state { TEXT, ENTITY, LESS /* "<" */, TAG, DECLARATION, COMMENT };

enum { LOOK_MAX = 4096 /* octets in which a charset is looked for */ };
enum { SOFT_HYPHEN = 0xad, NO_BREAK_SPACE = 0xa0, CHARACTER_MAX = 0x10ffff };

/* ---- layout ---- */

static void put_newline(struct html_text *h, struct buf *out)
{
	buf_put_char(out, '\n');
	h->column = 0;
}

static void put_prefix(struct html_text *h, struct buf *out)
{
	for (unsigned i = 0; i < h->quotes && i < HTML_TEXT_QUOTES_MAX; i++)
		buf_put_str(out, "> ");
	for (size_t i = 0; i < h->nlists; i++)
		buf_put_str(out, "  ");
	h->column = 2 * (h->nlists + (h->quotes < HTML_TEXT_QUOTES_MAX ? h->quotes : HTML_TEXT_QUOTES_MAX));
}

/* The line ends that are due. Those in front of the first word are not. */
static void put_lines(struct html_text *h, struct buf *out)
{
	if (!h->any) {
		put_prefix(h, out);
	} else if (h->newlines > 0) {
		put_newline(h, out);
		for (unsigned i = 1; i < h->newlines; i++) {
			for (unsigned q = 0; q < h->quotes && q < HTML_TEXT_QUOTES_MAX; q++)
				buf_put_str(out, q ? " >" : ">");
			put_newline(h, out);
		}
		put_prefix(h, out);
	}
	h->any = true;
	h->newlines = 0;
}

/* The word at hand, whole or the front of one that is very long. */
static void put_word(struct html_text *h, struct buf *out, bool whole)
{
	bool starts_line = !h->any || h->newlines > 0;

	if (h->word.n > 0 && !h->in_word_put) {
		put_lines(h, out);
		if (!starts_line && h->blank && !h->pre && h->column + 1 + h->word_width > HTML_TEXT_WIDTH) {
			put_newline(h, out);
			put_prefix(h, out);
		} else if (!starts_line && h->blank) {
			buf_put_char(out, ' ');
			h->column++;
		}
		h->blank = false;
	}
	buf_put_span(out, buf_span(&h->word));
	h->column += h->word_width;
	h->in_word_put = !whole && (h->in_word_put || h->word.n > 0);
	h->word_width = 0;
	buf_reset(&h->word);
}

/* At least n line ends before what comes. */
static void want_lines(struct html_text *h, struct buf *out, unsigned n)
{
	put_word(h, out, true);
	h->blank = false;
	if (h->newlines < n)
		h->newlines = n;
}

static void put_preformatted_blank(struct html_text *h, struct buf *out, uint32_t c)
{
	put_word(h, out, true);
	if (c == '\n') {
		h->newlines += h->newlines < 2;
		return;
	}
	if (c == '\r')
		return;
	put_lines(h, out);
	buf_put_char(out, c == '\t' ? '\t' : ' ');
	h->column++;
}

static bool is_blank(uint32_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == NO_BREAK_SPACE;
}

/* Of no width, and in HTML mail only ever filling. */
static bool is_filler(uint32_t c)
{
	return c == SOFT_HYPHEN || c == 0x34f || c == 0x200b || c == 0xfeff;
}

/* One character of text. */
static void put_text(struct html_text *h, struct buf *out, uint32_t c)
{
	if (h->skip[0] || is_filler(c))
		return;
	if (is_blank(c)) {
		if (h->pre) {
			put_preformatted_blank(h, out, c);
			return;
		}
		put_word(h, out, true);
		h->blank = h->any;
		return;
	}
	utf8_put(&h->word, c);
	h->word_width++;
	if (h->in_link)
		utf8_put(&h->label, c);
	if (h->word.n + UTF8_MAX > HTML_TEXT_WORD_MAX)
		put_word(h, out, false);
}

static void put_string(struct html_text *h, struct buf *out, struct span s)
{
	uint32_t c;

	while (s.n > 0)
		put_text(h, out, utf8_next(&s, &c) > 0 ? c : 0xfffd);
}

/* ---- names of characters ---- */

static const struct {
	char name[12];
	uint32_t c;
} names[] = {
	{ "amp", '&' },	      { "lt", '<' },	    { "gt", '>' },	  { "quot", '"' },	{ "apos", '\'' },
	{ "nbsp", 0xa0 },     { "iexcl", 0xa1 },    { "cent", 0xa2 },	  { "pound", 0xa3 },	{ "curren", 0xa4 },
	{ "yen", 0xa5 },      { "brvbar", 0xa6 },   { "sect", 0xa7 },	  { "uml", 0xa8 },	{ "copy", 0xa9 },
	{ "ordf", 0xaa },     { "laquo", 0xab },    { "not", 0xac },	  { "shy", 0xad },	{ "reg", 0xae },
	{ "macr", 0xaf },     { "deg", 0xb0 },	    { "plusmn", 0xb1 },	  { "sup2", 0xb2 },	{ "sup3", 0xb3 },
	{ "acute", 0xb4 },    { "micro", 0xb5 },    { "para", 0xb6 },	  { "middot", 0xb7 },	{ "cedil", 0xb8 },
	{ "sup1", 0xb9 },     { "ordm", 0xba },	    { "raquo", 0xbb },	  { "frac14", 0xbc },	{ "frac12", 0xbd },
	{ "frac34", 0xbe },   { "iquest", 0xbf },   { "Agrave", 0xc0 },	  { "Aacute", 0xc1 },	{ "Acirc", 0xc2 },
	{ "Atilde", 0xc3 },   { "Auml", 0xc4 },	    { "Aring", 0xc5 },	  { "AElig", 0xc6 },	{ "Ccedil", 0xc7 },
	{ "Egrave", 0xc8 },   { "Eacute", 0xc9 },   { "Ecirc", 0xca },	  { "Euml", 0xcb },	{ "Igrave", 0xcc },
	{ "Iacute", 0xcd },   { "Icirc", 0xce },    { "Iuml", 0xcf },	  { "ETH", 0xd0 },	{ "Ntilde", 0xd1 },
	{ "Ograve", 0xd2 },   { "Oacute", 0xd3 },   { "Ocirc", 0xd4 },	  { "Otilde", 0xd5 },	{ "Ouml", 0xd6 },
	{ "times", 0xd7 },    { "Oslash", 0xd8 },   { "Ugrave", 0xd9 },	  { "Uacute", 0xda },	{ "Ucirc", 0xdb },
	{ "Uuml", 0xdc },     { "Yacute", 0xdd },   { "THORN", 0xde },	  { "szlig", 0xdf },	{ "agrave", 0xe0 },
	{ "aacute", 0xe1 },   { "acirc", 0xe2 },    { "atilde", 0xe3 },	  { "auml", 0xe4 },	{ "aring", 0xe5 },
	{ "aelig", 0xe6 },    { "ccedil", 0xe7 },   { "egrave", 0xe8 },	  { "eacute", 0xe9 },	{ "ecirc", 0xea },
	{ "euml", 0xeb },     { "igrave", 0xec },   { "iacute", 0xed },	  { "icirc", 0xee },	{ "iuml", 0xef },
	{ "eth", 0xf0 },      { "ntilde", 0xf1 },   { "ograve", 0xf2 },	  { "oacute", 0xf3 },	{ "ocirc", 0xf4 },
	{ "otilde", 0xf5 },   { "ouml", 0xf6 },	    { "divide", 0xf7 },	  { "oslash", 0xf8 },	{ "ugrave", 0xf9 },
	{ "uacute", 0xfa },   { "ucirc", 0xfb },    { "uuml", 0xfc },	  { "yacute", 0xfd },	{ "thorn", 0xfe },
	{ "yuml", 0xff },     { "OElig", 0x152 },   { "oelig", 0x153 },	  { "Scaron", 0x160 },	{ "scaron", 0x161 },
	{ "Yuml", 0x178 },    { "fnof", 0x192 },    { "circ", 0x2c6 },	  { "tilde", 0x2dc },	{ "Omega", 0x3a9 },
	{ "alpha", 0x3b1 },   { "beta", 0x3b2 },    { "gamma", 0x3b3 },	  { "delta", 0x3b4 },	{ "epsilon", 0x3b5 },
	{ "lambda", 0x3bb },  { "mu", 0x3bc },	    { "pi", 0x3c0 },	  { "sigma", 0x3c3 },	{ "omega", 0x3c9 },
	{ "ensp", ' ' },      { "emsp", ' ' },	    { "thinsp", ' ' },	  { "zwnj", 0x200b },	{ "zwj", 0x200d },
	{ "lrm", 0x200b },    { "rlm", 0x200b },    { "ndash", 0x2013 },  { "mdash", 0x2014 },	{ "lsquo", 0x2018 },
	{ "rsquo", 0x2019 },  { "sbquo", 0x201a },  { "ldquo", 0x201c },  { "rdquo", 0x201d },	{ "bdquo", 0x201e },
	{ "dagger", 0x2020 }, { "Dagger", 0x2021 }, { "bull", 0x2022 },	  { "hellip", 0x2026 }, { "permil", 0x2030 },
	{ "prime", 0x2032 },  { "Prime", 0x2033 },  { "lsaquo", 0x2039 }, { "rsaquo", 0x203a }, { "euro", 0x20ac },
	{ "trade", 0x2122 },  { "larr", 0x2190 },   { "uarr", 0x2191 },	  { "rarr", 0x2192 },	{ "darr", 0x2193 },
	{ "harr", 0x2194 },   { "minus", 0x2212 },  { "infin", 0x221e },  { "asymp", 0x2248 },	{ "ne", 0x2260 },
	{ "le", 0x2264 },     { "ge", 0x2265 },	    { "check", 0x2713 },  { "starf", 0x2605 },	{ "hearts", 0x2665 },
};

/* "#233", "#xE9"; what 0x80 to 0x9f are in windows-1252 is what their authors mean. 0 when it is no number. */
static uint32_t character_by_number(const char *text)
{
	static const uint16_t windows[32] = { 0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
					      0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
					      0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
					      0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178 };
	unsigned base = (text[1] | 0x20) == 'x' ? 16 : 10;
	const char *p = text + (base == 16 ? 2 : 1);
	uint32_t c = 0;

	if (!*p)
		return 0;
	for (; *p; p++) {
		int digit = hex_value(*p);

		if (digit < 0 || digit >= (int)base)
			return 0;
		if (c <= CHARACTER_MAX)
			c = c * base + (uint32_t)digit;
	}
	if (c >= 0x80 && c < 0xa0)
		return windows[c - 0x80];
	return c == 0 || c > CHARACTER_MAX ? 0xfffd : c;
}

/* 0 when there is none of that name. */
static uint32_t character_by_name(const char *text)
{
	if (text[0] == '#')
		return character_by_number(text);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].name[0] == text[0] && strcmp(names[i].name, text) == 0)
			return names[i].c;
	return 0;
}

/* What began with "&" is over; what is no name of a character is text. */
static void end_entity(struct html_text *h, struct buf *out, bool semicolon)
{
	uint32_t c;

	h->entity[h->nentity] = '\0';
	h->state = TEXT;
	c = character_by_name(h->entity);
	if (c) {
		put_text(h, out, c);
		return;
	}
	put_text(h, out, '&');
	put_string(h, out, span_of(h->entity, h->nentity));
	if (semicolon)
		put_text(h, out, ';');
}

/* The value of an attribute, its entities decoded. */
static void put_value(struct buf *out, struct span value)
{
	while (value.n > 0) {
		size_t amp = span_find(value, '&'), end = span_find(span_from(value, amp), ';');
		char name[HTML_TEXT_ENTITY_MAX + 1];
		uint32_t c = 0;

		buf_put(out, value.p, amp);
		value = span_from(value, amp);
		if (value.n == 0)
			return;
		if (end < value.n && end > 1 && end <= HTML_TEXT_ENTITY_MAX) {
			memcpy(name, value.p + 1, end - 1);
			name[end - 1] = '\0';
			c = character_by_name(name);
		}
		if (c)
			utf8_put(out, c);
		else
			buf_put_char(out, '&');
		value = span_from(value, c ? end + 1 : 1);
	}
}

/* ---- elements ---- */

enum effect {
	LINE = 1,      /* begins and ends a line */
	PARAGRAPH = 2, /* the same with an empty line */
	SKIP = 4,      /* its content is left out */
	RAW = 8,       /* and has no tags in it */
	CELL = 16,     /* divides words */
	HIDEABLE = 32, /* may say that it is not displayed */
};

static void do_br(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_hr(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_pre(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_quote(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_list(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_item(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_link(struct html_text *h, struct span tag, struct buf *out, bool end);
static void do_image(struct html_text *h, struct span tag, struct buf *out, bool end);

static const struct element {
	const char *name;
	unsigned effects;
	void (*act)(struct html_text *h, struct span tag, struct buf *out, bool end);
} elements[] = {
	{ "br", 0, do_br },
	{ "p", PARAGRAPH, NULL },
	{ "div", LINE | HIDEABLE, NULL },
	{ "span", HIDEABLE, NULL },
	{ "a", 0, do_link },
	{ "img", 0, do_image },
	{ "td", CELL | HIDEABLE, NULL },
	{ "th", CELL | HIDEABLE, NULL },
	{ "tr", LINE | HIDEABLE, NULL },
	{ "table", LINE | HIDEABLE, NULL },
	{ "ul", LINE, do_list },
	{ "ol", LINE, do_list },
	{ "li", LINE, do_item },
	{ "blockquote", 0, do_quote },
	{ "pre", 0, do_pre },
	{ "hr", 0, do_hr },
	{ "h1", PARAGRAPH, NULL },
	{ "h2", PARAGRAPH, NULL },
	{ "h3", PARAGRAPH, NULL },
	{ "h4", PARAGRAPH, NULL },
	{ "h5", PARAGRAPH, NULL },
	{ "h6", PARAGRAPH, NULL },
	{ "dl", PARAGRAPH, NULL },
	{ "dt", LINE, NULL },
	{ "dd", LINE, NULL },
	{ "center", LINE, NULL },
	{ "form", LINE, NULL },
	{ "fieldset", LINE, NULL },
	{ "address", LINE, NULL },
	{ "section", LINE, NULL },
	{ "article", LINE, NULL },
	{ "header", LINE, NULL },
	{ "footer", LINE, NULL },
	{ "caption", LINE, NULL },
	{ "option", LINE, NULL },
	{ "script", SKIP | RAW, NULL },
	{ "style", SKIP | RAW, NULL },
	{ "title", SKIP | RAW, NULL },
	{ "template", SKIP, NULL },
	{ "object", SKIP, NULL },
};

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The name at the front of a tag, which *tag is then behind. */
static struct span take_name(struct span *tag)
{
	struct span name = *tag;

	while (tag->n > 0 && is_name_char(tag->p[0]))
		*tag = span_from(*tag, 1);
	name.n -= tag->n;
	return name;
}

static struct span skip_blanks(struct span s)
{
	while (s.n > 0 && is_blank((unsigned char)s.p[0]))
		s = span_from(s, 1);
	return s;
}

/* Up to a blank or one of `stop`, off the front of *rest. */
static struct span take_until(struct span *rest, const char *stop)
{
	struct span word = *rest;

	while (rest->n > 0 && !is_blank((unsigned char)rest->p[0]) && !strchr(stop, rest->p[0]))
		*rest = span_from(*rest, 1);
	word.n -= rest->n;
	return word;
}

static struct span take_value(struct span *rest)
{
	struct span value;
	char quote;

	*rest = skip_blanks(*rest);
	if (rest->n == 0 || (rest->p[0] != '"' && rest->p[0] != '\''))
		return take_until(rest, "");
	quote = rest->p[0];
	*rest = span_from(*rest, 1);
	value = span_cut(rest, quote);
	return value;
}

/* An attribute of a tag, as it is written: false when it is not there. */
static bool find_attribute(struct span tag, const char *wanted, struct span *value)
{
	for (tag = skip_blanks(tag); tag.n > 0; tag = skip_blanks(tag)) {
		struct span name = take_until(&tag, "=/");

		tag = skip_blanks(tag);
		*value = span_of(NULL, 0);
		if (tag.n > 0 && tag.p[0] == '=') {
			tag = span_from(tag, 1);
			*value = take_value(&tag);
		} else if (name.n == 0) {
			tag = span_from(tag, 1);
		}
		if (span_is_nocase(name, span_str(wanted)))
			return true;
	}
	return false;
}

static void do_br(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	(void)tag;
	(void)end;
	put_word(h, out, true);
	h->blank = false;
	h->newlines += h->newlines < 2;
}

static void do_hr(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	(void)tag;
	(void)end;
	want_lines(h, out, 1);
	put_string(h, out, SPAN("--------"));
	want_lines(h, out, 1);
}

static void do_pre(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	(void)tag;
	want_lines(h, out, 2);
	if (end)
		h->pre -= h->pre > 0;
	else
		h->pre++;
}

static void do_quote(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	(void)tag;
	want_lines(h, out, 1);
	if (end)
		h->quotes -= h->quotes > 0;
	else
		h->quotes++;
}

static void do_list(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	(void)out;
	if (end)
		h->nlists -= h->nlists > 0;
	else if (h->nlists < HTML_TEXT_LISTS_MAX)
		h->lists[h->nlists++] = (struct html_text_list){ .ordered = (tag.p[0] | 0x20) == 'o' };
}

static void do_item(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	struct html_text_list *list = h->nlists > 0 ? &h->lists[h->nlists - 1] : NULL;
	size_t depth = h->nlists;

	(void)tag;
	if (end)
		return;
	/* The mark stands where the text of the level above does. */
	h->nlists -= depth > 0;
	put_lines(h, out);
	if (list && list->ordered)
		buf_printf(out, "%u. ", ++list->number);
	else
		buf_put_str(out, "* ");
	h->nlists = depth;
	h->column += 2;
}

/* Where a link leads is shown unless its text says so; only addresses that mean something to a person. */
static void end_link(struct html_text *h, struct buf *out)
{
	struct span href = buf_span(&h->href), label = buf_span(&h->label);

	h->in_link = false;
	if (href.n > 0 && !span_is(href, label) &&
	    !(span_starts_nocase(href, SPAN("mailto:")) && span_is(span_from(href, 7), label))) {
		put_word(h, out, true);
		h->blank = h->any;
		put_text(h, out, '<');
		put_string(h, out, href);
		put_text(h, out, '>');
	}
	buf_reset(&h->href);
	buf_reset(&h->label);
}

static void do_link(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	struct span value;

	end_link(h, out);
	if (end || !find_attribute(tag, "href", &value))
		return;
	value = span_trim(value);
	if (span_starts_nocase(value, SPAN("http:")) || span_starts_nocase(value, SPAN("https:")) ||
	    span_starts_nocase(value, SPAN("mailto:")) || span_starts_nocase(value, SPAN("ftp:")) ||
	    span_starts_nocase(value, SPAN("tel:")))
		put_value(&h->href, value);
	h->in_link = h->href.n > 0;
}

static void do_image(struct html_text *h, struct span tag, struct buf *out, bool end)
{
	struct span value;
	struct buf text;

	if (end || !find_attribute(tag, "alt", &value) || span_trim(value).n == 0)
		return;
	buf_init(&text, 4 * value.n + 4);
	put_value(&text, span_trim(value));
	put_text(h, out, '[');
	put_string(h, out, buf_span(&text));
	put_text(h, out, ']');
	buf_clear(&text);
}

static const struct element *find_element(struct span name)
{
	for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
		if (span_is_nocase(name, span_str(elements[i].name)))
			return &elements[i];
	return NULL;
}

/* "display: none" and the attribute "hidden": the text that fills previews. */
static bool is_hidden(struct span tag)
{
	struct span value;

	if (find_attribute(tag, "hidden", &value))
		return true;
	if (!find_attribute(tag, "style", &value))
		return false;
	while (value.n > 0) {
		struct span rule = span_cut(&value, ';'), property = span_trim(span_cut(&rule, ':'));

		if (span_is_nocase(property, SPAN("display")) && span_starts_nocase(span_trim(rule), SPAN("none")))
			return true;
	}
	return false;
}

/* In an element that is left out only its own tags count. */
static void end_tag_in_skipped(struct html_text *h, struct span name, bool end)
{
	if (!span_is_nocase(name, span_str(h->skip)))
		return;
	if (!end)
		h->skipped += !h->raw;
	else if (--h->skipped == 0)
		h->skip[0] = '\0';
}

static void skip_element(struct html_text *h, const struct element *element)
{
	memcpy(h->skip, element->name, strlen(element->name) + 1);
	h->skipped = 1;
	h->raw = element->effects & RAW;
}

/* A tag is complete, without its brackets. */
static void end_tag(struct html_text *h, struct buf *out)
{
	struct span tag = buf_span(&h->tag), name, rest;
	bool end = tag.n > 0 && tag.p[0] == '/';
	const struct element *element;

	tag = rest = span_from(tag, end);
	name = take_name(&rest);
	h->state = TEXT;
	if (h->skip[0]) {
		end_tag_in_skipped(h, name, end);
		return;
	}
	element = find_element(name);
	if (!element)
		return;
	if (!end && ((element->effects & SKIP) || ((element->effects & HIDEABLE) && is_hidden(rest)))) {
		skip_element(h, element);
		return;
	}
	if (element->effects & (LINE | PARAGRAPH))
		want_lines(h, out, element->effects & PARAGRAPH ? 2 : 1);
	if (element->effects & CELL)
		put_text(h, out, ' ');
	if (element->act)
		element->act(h, element->act == do_list ? tag : rest, out, end);
}

/* ---- tokenizer ---- */

static void begin_tag(struct html_text *h, struct buf *out, char c)
{
	bool in_raw = h->skip[0] && h->raw;

	buf_reset(&h->tag);
	h->tag_cut = false;
	h->quote = '\0';
	h->after_equals = false;
	if ((c == '!' || c == '?') && !in_raw) {
		h->state = DECLARATION;
		h->dashes = c == '!' ? 0 : 3;
	} else if (c == '/' || (is_name_char(c) && !in_raw && (c < '0' || c > '9'))) {
		h->state = TAG;
		buf_put_char(&h->tag, c);
	} else {
		h->state = TEXT;
		put_text(h, out, '<');
	}
}

/* An end tag in a script counts only if it is the script's. */
static bool is_raw_mismatch(const struct html_text *h)
{
	struct span name = span_from(buf_span(&h->tag), 1);
	size_t n = name.n < strlen(h->skip) ? name.n : strlen(h->skip);

	return h->skip[0] && h->raw && strncasecmp(name.p, h->skip, n) != 0;
}

static void take_tag(struct html_text *h, struct buf *out, char c)
{
	if (h->quote) {
		if (c == h->quote)
			h->quote = '\0';
	} else if (c == '>') {
		end_tag(h, out);
		return;
	} else if ((c == '"' || c == '\'') && h->after_equals) {
		h->quote = c;
	}
	if (!is_blank((unsigned char)c))
		h->after_equals = c == '=' && !h->quote;
	if (h->tag.n < HTML_TEXT_TAG_MAX) {
		buf_put_char(&h->tag, c);
		if (is_raw_mismatch(h))
			h->state = TEXT;
	}
}

/* "<!": two hyphens make it a comment, else it goes to ">". */
static void take_declaration(struct html_text *h, char c)
{
	if (c == '-' && h->dashes < 2 && ++h->dashes == 2) {
		h->state = COMMENT;
		h->dashes = 2;
	} else if (c == '>') {
		h->state = TEXT;
	} else if (c != '-') {
		h->dashes = 3;
	}
}

static void take_comment(struct html_text *h, char c)
{
	if (c == '>' && h->dashes >= 2)
		h->state = TEXT;
	h->dashes = c == '-' ? h->dashes + (h->dashes < 2) : 0;
}

static void take_text(struct html_text *h, struct buf *out, char c)
{
	struct span held;
	uint32_t character;

	if (h->nheld == 0 && !(c & 0x80)) {
		if (c == '<')
			h->state = LESS;
		else if (c == '&' && !h->skip[0])
			h->state = ENTITY, h->nentity = 0;
		else
			put_text(h, out, (unsigned char)c);
		return;
	}
	h->held[h->nheld++] = c;
	held = span_of(h->held, h->nheld);
	if (utf8_length(held) == 0 && utf8_is_begun(held))
		return;
	h->nheld = 0;
	while (held.n > 0)
		put_text(h, out, utf8_next(&held, &character) > 0 ? character : 0xfffd);
}

static void take(struct html_text *h, struct buf *out, char c)
{
	switch ((enum state)h->state) {
	case ENTITY:
		if ((is_name_char(c) || (c == '#' && h->nentity == 0)) && h->nentity < HTML_TEXT_ENTITY_MAX) {
			h->entity[h->nentity++] = c;
			return;
		}
		end_entity(h, out, c == ';');
		if (c != ';')
			take_text(h, out, c);
		break;
	case LESS:
		begin_tag(h, out, c);
		if (h->state == TEXT)
			take_text(h, out, c);
		break;
	case TAG:
		take_tag(h, out, c);
		break;
	case DECLARATION:
		take_declaration(h, c);
		break;
	case COMMENT:
		take_comment(h, c);
		break;
	case TEXT:
		take_text(h, out, c);
		break;
	}
}

void html_text_init(struct html_text *h)
{
	memset(h, 0, sizeof(*h));
	buf_init(&h->tag, HTML_TEXT_TAG_MAX);
	buf_init(&h->word, HTML_TEXT_WORD_MAX);
	buf_init(&h->href, HTML_TEXT_TAG_MAX);
	buf_init(&h->label, HTML_TEXT_TAG_MAX);
}

void html_text_feed(struct html_text *h, struct span piece, struct buf *out)
{
	for (size_t i = 0; i < piece.n; i++)
		take(h, out, piece.p[i]);
}

void html_text_end(struct html_text *h, struct buf *out)
{
	if (h->state == ENTITY)
		end_entity(h, out, false);
	else if (h->state == LESS)
		put_text(h, out, '<');
	for (size_t i = 0; i < h->nheld; i++)
		put_text(h, out, 0xfffd);
	h->nheld = 0;
	end_link(h, out);
	put_word(h, out, true);
	if (h->any)
		put_newline(h, out);
	h->state = TEXT;
}

void html_text_clear(struct html_text *h)
{
	buf_clear(&h->tag);
	buf_clear(&h->word);
	buf_clear(&h->href);
	buf_clear(&h->label);
}

struct span html_text_charset(struct span start)
{
	const char *meta = start.p, *end = start.p + (start.n < LOOK_MAX ? start.n : LOOK_MAX);

	while (meta && (meta = memchr(meta, '<', (size_t)(end - meta))) != NULL) {
		struct span tag = span_of(meta + 1, (size_t)(end - meta) - 1), value;

		tag.n = span_find(tag, '>');
		meta++;
		if (!span_is_nocase(take_name(&tag), SPAN("meta")))
			continue;
		if (find_attribute(tag, "charset", &value))
			return value;
		if (!find_attribute(tag, "content", &value))
			continue;
		while (value.n > 0) {
			struct span word = span_trim(span_cut(&value, ';'));

			if (span_starts_nocase(word, SPAN("charset=")))
				return span_from(word, 8);
		}
	}
	return span_of(NULL, 0);
}
