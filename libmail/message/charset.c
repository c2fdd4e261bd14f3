/* SPDX-License-Identifier: ISC */
/*
 * charset - text in any charset that mail uses, to UTF-8.
 *
 * Whatever a converter made passes the same filter at the end, which makes what is no character, or has no place in a
 * line, visible.
 */
#include "message/charset.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#include "base/utf8.h"

/* Of what is wrong in UTF-7, glibc takes more or less, as it sees more or less of what follows: it sees an octet. */
enum kind { BY_ICONV, BY_ICONV_IN_OCTETS, UTF8, ASCII, WINDOWS_1252 };

struct charset_row {
	char name[16]; /* as IANA prefers it, and as iconv knows it unless `iconv` says otherwise */
	char iconv[16];
	char aliases[100]; /* separated by blanks, each with one at both ends */
	enum kind kind;
};

static const struct charset_row rows[] = {
	/* First, as what is not known is taken for it. */
	{ "utf-8", "", " utf8 unicode-1-1-utf-8 unicode-2-0-utf-8 x-unicode-2-0-utf-8 ", UTF8 },
	{ "us-ascii", "", " ascii ansi_x3.4-1968 iso646-us iso-ir-6 646 7bit us default none ", ASCII },
	{ "iso-8859-1", "", " latin1 latin-1 l1 iso8859-1 iso88591 iso_8859-1 8859-1 iso-ir-100 cp819 ibm819 ",
	  WINDOWS_1252 },
	{ "windows-1252", "", " cp1252 x-cp1252 cp-1252 win-1252 1252 ansi ", WINDOWS_1252 },
	{ "iso-8859-2", "", " latin2 l2 iso8859-2 iso_8859-2 ", BY_ICONV },
	{ "iso-8859-3", "", " latin3 l3 iso8859-3 iso_8859-3 ", BY_ICONV },
	{ "iso-8859-4", "", " latin4 l4 iso8859-4 iso_8859-4 ", BY_ICONV },
	{ "iso-8859-5", "", " cyrillic iso8859-5 iso_8859-5 ", BY_ICONV },
	{ "iso-8859-6", "", " arabic iso8859-6 iso_8859-6 iso-8859-6-i iso-8859-6-e ", BY_ICONV },
	{ "iso-8859-7", "", " greek iso8859-7 iso_8859-7 ", BY_ICONV },
	{ "iso-8859-8", "", " hebrew iso8859-8 iso_8859-8 iso-8859-8-i iso-8859-8-e ", BY_ICONV },
	{ "iso-8859-9", "windows-1254", " latin5 l5 iso8859-9 iso_8859-9 ", BY_ICONV },
	{ "iso-8859-10", "", " latin6 l6 iso8859-10 iso_8859-10 ", BY_ICONV },
	{ "iso-8859-13", "", " latin7 iso8859-13 iso_8859-13 ", BY_ICONV },
	{ "iso-8859-14", "", " latin8 iso8859-14 iso_8859-14 ", BY_ICONV },
	{ "iso-8859-15", "", " latin9 latin-9 iso8859-15 iso_8859-15 ", BY_ICONV },
	{ "iso-8859-16", "", " latin10 iso8859-16 iso_8859-16 ", BY_ICONV },
	{ "windows-1250", "", " cp1250 x-cp1250 cp-1250 win-1250 ", BY_ICONV },
	{ "windows-1251", "", " cp1251 x-cp1251 cp-1251 win-1251 ", BY_ICONV },
	{ "windows-1253", "", " cp1253 x-cp1253 cp-1253 ", BY_ICONV },
	{ "windows-1254", "", " cp1254 x-cp1254 cp-1254 ", BY_ICONV },
	{ "windows-1255", "", " cp1255 x-cp1255 cp-1255 ", BY_ICONV },
	{ "windows-1256", "", " cp1256 x-cp1256 cp-1256 ", BY_ICONV },
	{ "windows-1257", "", " cp1257 x-cp1257 cp-1257 ", BY_ICONV },
	{ "windows-1258", "", " cp1258 x-cp1258 cp-1258 ", BY_ICONV },
	{ "windows-874", "CP874", " cp874 tis-620 tis620 iso-8859-11 dos-874 ", BY_ICONV },
	{ "koi8-r", "", " koi8 koi koi8_r cskoi8r ", BY_ICONV },
	{ "koi8-u", "", " koi8-ru ", BY_ICONV },
	{ "gb18030", "", " gb2312 gb_2312 gb_2312-80 gbk cp936 936 ms936 x-gbk euc-cn eucgb2312_cn csgb2312 ",
	  BY_ICONV },
	{ "big5", "BIG5-HKSCS", " big-5 big5-hkscs cn-big5 x-x-big5 csbig5 cp950 950 ", BY_ICONV },
	{ "euc-kr", "CP949",
	  " ks_c_5601-1987 ks_c_5601-1989 ksc5601 ks_c_5601 korean cp949 949 windows-949 cseuckr uhc ", BY_ICONV },
	{ "iso-2022-kr", "", " csiso2022kr ", BY_ICONV },
	{ "iso-2022-jp", "", " csiso2022jp iso-2022-jp-1 iso-2022-jp-ms cp50220 cp50221 ", BY_ICONV },
	{ "euc-jp", "", " eucjp x-euc-jp ujis cseucpkdfmtjapanese ", BY_ICONV },
	{ "shift_jis", "CP932", " shift-jis sjis x-sjis ms_kanji ms932 cp932 windows-31j csshiftjis ", BY_ICONV },
	{ "utf-16", "", " utf16 ucs-2 iso-10646-ucs-2 unicode ", BY_ICONV },
	{ "utf-16le", "", " utf16le unicodefeff ", BY_ICONV },
	{ "utf-16be", "", " utf16be unicodefffe ", BY_ICONV },
	{ "utf-32", "", " utf32 ucs-4 iso-10646-ucs-4 ", BY_ICONV },
	{ "utf-7", "", " utf7 unicode-1-1-utf-7 unicode-2-0-utf-7 x-unicode-2-0-utf-7 csunicode11utf7 ",
	  BY_ICONV_IN_OCTETS },
	{ "macintosh", "", " mac macroman x-mac-roman csmacintosh ", BY_ICONV },
	{ "ibm437", "CP437", " cp437 437 ", BY_ICONV },
	{ "ibm850", "CP850", " cp850 850 ", BY_ICONV },
	{ "ibm852", "CP852", " cp852 852 ", BY_ICONV },
	{ "ibm866", "CP866", " cp866 866 csibm866 ", BY_ICONV },
};

enum { NAME_MAX_OCTETS = 40 };

/* Is the name, between blanks, among the aliases? */
static bool is_alias(const char *aliases, struct span name)
{
	struct span rest = span_str(aliases), word;

	while ((word = span_word(&rest)).n > 0)
		if (span_is_nocase(word, name))
			return true;
	return false;
}

static const struct charset_row *find_row(struct span name)
{
	name = span_trim(span_of(name.p, span_find(name, '*')));
	if (name.n == 0 || name.n > NAME_MAX_OCTETS)
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (span_is_nocase(name, span_str(rows[i].name)))
			return &rows[i];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (is_alias(rows[i].aliases, name))
			return &rows[i];
	return NULL;
}

const char *charset_name(struct span name)
{
	const struct charset_row *row = find_row(name);

	return row ? row->name : NULL;
}

static bool is_iconv(const struct charset *c)
{
	return c->row->kind == BY_ICONV || c->row->kind == BY_ICONV_IN_OCTETS;
}

int charset_open(struct charset *c, struct span name, unsigned how)
{
	*c = (struct charset){ .row = find_row(name), .how = how };
	if (!c->row)
		return -1;
	if (is_iconv(c))
		c->iconv = iconv_open("UTF-8", c->row->iconv[0] ? c->row->iconv : c->row->name);
	if (c->iconv == (iconv_t)-1)
		c->row = NULL;
	return c->row ? 0 : -1;
}

void charset_close(struct charset *c)
{
	if (c->row && is_iconv(c))
		iconv_close(c->iconv);
	c->row = NULL;
}

bool charset_has_ascii(const struct charset *c)
{
	static const struct span others[] = { SPAN_INIT("iso-2022"), SPAN_INIT("utf-7"), SPAN_INIT("utf-16"),
					      SPAN_INIT("utf-32") };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (span_starts(span_str(c->row->name), others[i]))
			return false;
	return true;
}

static void put_broken(struct charset *c, struct buf *out, struct span bytes)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char byte = (unsigned char)bytes.p[i];

		buf_put_str(out, "\xef\xbf\xbd");
		if (c->how & CHARSET_EXACT)
			buf_put(out, (const char[]){ hex[byte >> 4], hex[byte & 15] }, 2);
	}
}

/* C0 but the tab, DEL, C1. */
static bool is_control(uint32_t character)
{
	return (character < 0x20 && character != '\t') || (character >= 0x7f && character < 0xa0);
}

static bool is_plain(const struct charset *c, uint32_t character)
{
	return !(is_control(character) && (c->how & CHARSET_LINE)) &&
	       !(character == 0xfffd && (c->how & CHARSET_EXACT));
}

/* Octets of ASCII at the front of s that need no second look. */
static size_t plain_length(const struct charset *c, struct span s)
{
	size_t n = 0;

	while (n < s.n && (unsigned char)s.p[n] < 0x7f && ((unsigned char)s.p[n] >= 0x20 || !(c->how & CHARSET_LINE)))
		n++;
	return n;
}

/* A character that has no place: a control character, or U+FFFD itself, which its bytes in UTF-8 stand for. */
static void put_hidden(struct charset *c, struct buf *out, struct span utf8, uint32_t character)
{
	c->broken++;
	if (utf8.n == 1 || (c->how & CHARSET_EXACT))
		put_broken(c, out, utf8);
	else
		utf8_put(out, is_control(character) ? 0xfffd : character);
}

/* Put UTF-8; returns what was taken: all, but for the beginning of a character at the end. */
static size_t put_utf8(struct charset *c, struct buf *out, struct span s)
{
	size_t at = 0;

	while (at < s.n) {
		struct span rest = span_from(s, at);
		size_t n = plain_length(c, rest);
		uint32_t character = 0;
		struct span one;

		buf_put(out, rest.p, n);
		at += n;
		if (at == s.n)
			break;
		rest = one = span_from(s, at);
		if (utf8_next(&rest, &character) < 0) {
			if (one.n < UTF8_MAX && utf8_is_begun(one))
				break;
			c->broken++;
			put_broken(c, out, span_of(one.p, 1));
			at++;
			continue;
		}
		one.n -= rest.n;
		if (is_plain(c, character))
			buf_put_span(out, one);
		else
			put_hidden(c, out, one, character);
		at += one.n;
	}
	return at;
}

static size_t put_ascii(struct charset *c, struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t n = plain_length(c, span_from(s, i));

		buf_put(out, s.p + i, n);
		i += n;
		if (i == s.n)
			break;
		if (is_plain(c, (unsigned char)s.p[i]) && (unsigned char)s.p[i] < 0x80) {
			buf_put_char(out, s.p[i]);
			continue;
		}
		c->broken++;
		put_broken(c, out, span_of(s.p + i, 1));
	}
	return s.n;
}

/* 0x80 to 0x9f in windows-1252; 0: none. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0,	0x017d, 0,	0,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,	0x017e, 0x0178,
};

static size_t put_windows_1252(struct charset *c, struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		size_t n = plain_length(c, span_from(s, i));
		uint32_t character;

		buf_put(out, s.p + i, n);
		i += n;
		if (i == s.n)
			break;
		character = (unsigned char)s.p[i];
		if (character >= 0x80 && character < 0xa0)
			character = windows_1252[character - 0x80];
		if ((character != 0 || s.p[i] == '\0') && is_plain(c, character)) {
			utf8_put(out, character);
			continue;
		}
		c->broken++;
		put_broken(c, out, span_of(s.p + i, 1));
	}
	return s.n;
}

enum { CONVERTED = 1024 };

/* What iconv made is whole characters. */
static size_t put_converted(struct charset *c, struct buf *out, struct span s)
{
	char *from = (char *)(uintptr_t)s.p;
	size_t left = s.n;

	while (left > 0) {
		char text[CONVERTED], *to = text;
		size_t room = sizeof(text);
		size_t r = iconv(c->iconv, &from, &left, &to, &room);
		int why = r == (size_t)-1 ? errno : 0;

		put_utf8(c, out, span_of(text, sizeof(text) - room));
		if (why == EINVAL)
			break;
		if (why == EILSEQ) {
			c->broken++;
			put_broken(c, out, span_of(from, 1));
			from++;
			left--;
		}
	}
	return s.n - left;
}

static size_t put_some(struct charset *c, struct buf *out, struct span s)
{
	static size_t (*const puts[])(struct charset * c, struct buf * out, struct span s) = {
		[UTF8] = put_utf8,
		[ASCII] = put_ascii,
		[WINDOWS_1252] = put_windows_1252,
	};

	return is_iconv(c) ? put_converted(c, out, s) : puts[c->row->kind](c, out, s);
}

/* Complete the character at the end of the last piece, byte by byte. Returns what is left of the piece. */
static struct span finish_held(struct charset *c, struct span piece, struct buf *out)
{
	while ((c->nheld > 0 || c->row->kind == BY_ICONV_IN_OCTETS) && piece.n > 0) {
		size_t n;

		c->held[c->nheld++] = piece.p[0];
		piece = span_from(piece, 1);
		n = put_some(c, out, span_of(c->held, c->nheld));
		if (n == 0 && c->nheld == sizeof(c->held)) {
			c->broken++;
			put_broken(c, out, span_of(c->held, 1));
			n = 1;
		}
		c->nheld -= n;
		memmove(c->held, c->held + n, c->nheld);
	}
	return piece;
}

void charset_feed(struct charset *c, struct span piece, struct buf *out)
{
	piece = finish_held(c, piece, out);
	piece = span_from(piece, put_some(c, out, piece));
	if (piece.n > sizeof(c->held) - 1) {
		c->broken += piece.n;
		put_broken(c, out, piece);
		return;
	}
	if (piece.n > 0)
		memcpy(c->held, piece.p, piece.n);
	c->nheld += piece.n;
}

void charset_end(struct charset *c, struct buf *out)
{
	c->broken += c->nheld;
	put_broken(c, out, span_of(c->held, c->nheld));
	c->nheld = 0;
	if (is_iconv(c))
		iconv(c->iconv, NULL, NULL, NULL, NULL);
}

int charset_put(struct buf *out, struct span name, struct span text, unsigned how, size_t *broken)
{
	struct charset c;
	int r = charset_open(&c, name, how);

	if (r < 0)
		c.row = &rows[0];
	charset_feed(&c, text, out);
	charset_end(&c, out);
	if (broken)
		*broken = c.broken;
	charset_close(&c);
	return r;
}
