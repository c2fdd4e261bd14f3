/* SPDX-License-Identifier: ISC */
/*
 * filename - names of files that strangers have given, made safe to create.
 */
#include "message/filename.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/printable.h"
#include "base/utf8.h"

/* What follows the last separator of a directory, of Unix or Windows. */
static struct span base_name(struct span name)
{
	for (size_t i = name.n; i-- > 0;)
		if (name.p[i] == '/' || name.p[i] == '\\')
			return span_from(name, i + 1);
	return name;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span trim(struct span s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = span_from(s, 1);
	while (s.n > 0 && (is_blank(s.p[s.n - 1]) || s.p[s.n - 1] == '.'))
		s.n--;
	return s;
}

static bool is_safe(uint32_t c)
{
	return printable_is(c) && !(c < 0x80 && strchr("<>:\"|?*", (int)c));
}

static void put_characters(struct buf *out, struct span s, char replacement)
{
	bool first = true;

	while (s.n > 0) {
		struct span at = s;
		uint32_t c;
		bool safe = utf8_next(&s, &c) > 0 && is_safe(c) && !(first && (c == '.' || c == '-' || c == '~'));

		if (safe)
			buf_put(out, at.p, at.n - s.n);
		else
			buf_put_char(out, replacement);
		first = false;
	}
}

/* "com1" and the like; blanks between the name and its extension do not help. */
static bool is_device(struct span name)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul", "conin$", "conout$", "clock$" };
	struct span stem = span_trim(span_of(name.p, span_find(name, '.')));

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (span_is_nocase(stem, span_str(devices[i])))
			return true;
	/* Also with the superscripts 1, 2 and 3, which Windows takes for digits. */
	if (!span_starts_nocase(stem, SPAN("com")) && !span_starts_nocase(stem, SPAN("lpt")))
		return false;
	stem = span_from(stem, 3);
	return (stem.n == 1 && stem.p[0] >= '0' && stem.p[0] <= '9') || span_is(stem, SPAN("\xc2\xb9")) ||
	       span_is(stem, SPAN("\xc2\xb2")) || span_is(stem, SPAN("\xc2\xb3"));
}

/* Where the extension begins: at its dot, or at the end when there is none. "x.tar.gz" has ".gz". */
static size_t extension_at(struct span name)
{
	size_t dot = span_find_last(name, '.');

	return dot == 0 || dot == name.n || name.n - dot > FILENAME_EXTENSION_MAX ? name.n : dot;
}

/* At most n octets from the front, whole characters, without blanks and dots at the end. */
static struct span cut(struct span s, size_t n)
{
	if (s.n > n) {
		while (n > 0 && (s.p[n] & 0xc0) == 0x80)
			n--;
		s.n = n;
	}
	while (s.n > 0 && (is_blank(s.p[s.n - 1]) || s.p[s.n - 1] == '.'))
		s.n--;
	return s;
}

/* In place: at most n octets, with the extension. */
static void shorten(struct buf *name, size_t n)
{
	struct span all = buf_span(name), extension, stem;

	if (all.n <= n)
		return;
	extension = span_from(all, extension_at(all));
	stem = cut(span_of(all.p, all.n - extension.n), n - extension.n);
	memmove(name->p + stem.n, extension.p, extension.n);
	buf_cut(name, stem.n + extension.n);
}

void filename_put(struct buf *out, struct span name)
{
	filename_put_with(out, name, '_');
}

void filename_put_with(struct buf *out, struct span name, char replacement)
{
	struct buf text;

	name = trim(base_name(name));
	buf_init(&text, name.n + 1);
	put_characters(&text, name, replacement);
	shorten(&text, FILENAME_MAX_OCTETS);
	if (is_device(buf_span(&text))) {
		shorten(&text, FILENAME_MAX_OCTETS - 1);
		buf_put_char(out, '_');
	}
	buf_put_span(out, buf_span(&text));
	buf_clear(&text);
}

void filename_put_numbered(struct buf *out, struct span name, unsigned n)
{
	size_t at = extension_at(name);

	buf_put(out, name.p, at);
	buf_printf(out, "-%u", n);
	buf_put_span(out, span_from(name, at));
}

const char *filename_extension(const char *type, const char *subtype)
{
	static const struct {
		char type[12], subtype[20], extension[8];
	} rows[] = {
		{ "text", "plain", ".txt" },
		{ "text", "html", ".html" },
		{ "text", "calendar", ".ics" },
		{ "text", "csv", ".csv" },
		{ "text", "vcard", ".vcf" },
		{ "text", "rtf", ".rtf" },
		{ "text", "xml", ".xml" },
		{ "text", "x-patch", ".patch" },
		{ "text", "x-diff", ".diff" },
		{ "text", "", ".txt" },
		{ "image", "png", ".png" },
		{ "image", "jpeg", ".jpg" },
		{ "image", "gif", ".gif" },
		{ "image", "svg+xml", ".svg" },
		{ "image", "webp", ".webp" },
		{ "image", "tiff", ".tif" },
		{ "image", "bmp", ".bmp" },
		{ "audio", "mpeg", ".mp3" },
		{ "audio", "ogg", ".ogg" },
		{ "audio", "wav", ".wav" },
		{ "video", "mp4", ".mp4" },
		{ "video", "mpeg", ".mpg" },
		{ "video", "webm", ".webm" },
		{ "message", "rfc822", ".eml" },
		{ "message", "global", ".eml" },
		{ "message", "", ".txt" },
		{ "application", "pdf", ".pdf" },
		{ "application", "zip", ".zip" },
		{ "application", "gzip", ".gz" },
		{ "application", "json", ".json" },
		{ "application", "xml", ".xml" },
		{ "application", "rtf", ".rtf" },
		{ "application", "ms-tnef", ".tnef" },
		{ "application", "pgp-signature", ".asc" },
		{ "application", "pgp-keys", ".asc" },
		{ "application", "pkcs7-signature", ".p7s" },
		{ "application", "pkcs7-mime", ".p7m" },
		{ "application", "msword", ".doc" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcasecmp(type, rows[i].type) == 0 &&
		    (!rows[i].subtype[0] || strcasecmp(subtype, rows[i].subtype) == 0))
			return rows[i].extension;
	return ".bin";
}
