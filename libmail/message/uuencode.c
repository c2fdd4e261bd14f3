/* SPDX-License-Identifier: ISC */
/*
 * uuencode - files in the text of a message.
 *
 * By lines, as the form is one of lines. A "begin" line is only that if a line of data, or the end, follows it: until
 * then both are kept.
 */
#include "message/uuencode.h"

#include <string.h>

enum state { TEXT, BEGUN /* a "begin" line waits for what follows */, DATA, BASE64 };

enum { BYTES_MAX = 45, MODE_MAX = 07777 };

void uuencode_init(struct uuencode *u, const struct uuencode_events *events, void *context)
{
	u->events = events;
	u->context = context;
	u->state = TEXT;
	u->broken = u->long_line = false;
	u->junk = 0;
	u->begin = u->n = 0;
}

static void tell_text(struct uuencode *u, struct span piece)
{
	if (piece.n > 0 && u->events->text)
		u->events->text(u->context, piece);
}

static void tell_data(struct uuencode *u, struct span bytes)
{
	if (bytes.n > 0 && u->events->data)
		u->events->data(u->context, bytes);
}

static void end_file(struct uuencode *u, bool whole)
{
	u->state = TEXT;
	if (u->events->end)
		u->events->end(u->context, whole && !u->broken);
}

static struct span without_end(struct span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

/* "begin 644 name" or "begin-base64 644 name" */
static bool parse_begin(struct span line, bool *base64, unsigned *mode, struct span *name)
{
	struct span rest = without_end(line), word;

	if (!span_starts(rest, SPAN("begin")))
		return false;
	word = span_cut(&rest, ' ');
	*base64 = span_is(word, SPAN("begin-base64"));
	if (!*base64 && !span_is(word, SPAN("begin")))
		return false;
	word = span_cut(&rest, ' ');
	*mode = 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '7' || i > 4)
			return false;
		*mode = *mode * 8 + (unsigned)(word.p[i] - '0');
	}
	*name = span_trim(rest);
	return word.n >= 3 && *mode <= MODE_MAX && name->n > 0;
}

/* Bytes of one data line, or -1 when it is none. A line may lack blanks at its end, or have a checksum there. */
static int decode_line(struct span line, char bytes[UUENCODE_PIECE])
{
	size_t n, want, at = 0;

	line = without_end(line);
	if (line.n == 0 || line.p[0] < ' ' || line.p[0] > '`')
		return -1;
	n = (size_t)(line.p[0] - ' ') & 63;
	want = (n + 2) / 3 * 4;
	if (line.n > 1 + want + 2)
		return -1;
	for (size_t i = 1; i < line.n; i++)
		if (line.p[i] < ' ' || line.p[i] > '`')
			return -1;
	for (size_t i = 0; i < want; i += 4) {
		uint32_t bits = 0;

		for (size_t k = 1; k <= 4; k++)
			bits = bits << 6 | (i + k < line.n ? (uint32_t)(line.p[i + k] - ' ') & 63 : 0);
		bytes[at++] = (char)(bits >> 16);
		bytes[at++] = (char)(bits >> 8);
		bytes[at++] = (char)bits;
	}
	/* Blanks at the end of a line get lost on the way; all of a line does not. */
	return n > 0 && line.n < 2 ? -1 : (int)n;
}

static bool is_end(struct span line)
{
	return span_is(span_trim(line), SPAN("end"));
}

static void take_data(struct uuencode *u, struct span line)
{
	char bytes[UUENCODE_PIECE];
	int n;

	if (is_end(line)) {
		end_file(u, true);
		return;
	}
	n = decode_line(line, bytes);
	if (n < 0 && without_end(line).n > 0) {
		u->junk += line.n;
		end_file(u, false);
		tell_text(u, line);
		return;
	}
	if (n > 0)
		tell_data(u, span_of(bytes, (size_t)n));
}

static void take_base64(struct uuencode *u, struct span line)
{
	struct span text = without_end(line);
	char store[UUENCODE_PIECE];
	struct buf out;

	(void)store;
	if (span_is(text, SPAN("===="))) {
		end_file(u, true);
		return;
	}
	buf_init(&out, UUENCODE_PIECE + BASE64_ROOM);
	base64_decode_init(&u->base64);
	base64_decode_feed(&u->base64, text, &out);
	base64_decode_end(&u->base64, &out);
	u->junk += u->base64.junk;
	u->broken |= u->base64.junk > 0;
	tell_data(u, buf_span(&out));
	buf_clear(&out);
}

/* Is it a line that may follow "begin"? */
static bool is_data(struct span line, bool base64)
{
	char bytes[UUENCODE_PIECE];
	struct span text = without_end(line);

	if (base64)
		return text.n > 0 && (base64_is_digit(text.p[0]) || text.p[0] == '=');
	return decode_line(line, bytes) >= 0 || is_end(line);
}

static void take_line(struct uuencode *u, struct span line);

/* The line behind "begin": both are known now. */
static void decide(struct uuencode *u, struct span line)
{
	struct span begin = span_of(u->line, u->begin), name;
	unsigned mode;
	bool base64 = false;

	parse_begin(begin, &base64, &mode, &name);
	if (!is_data(line, base64)) {
		u->state = TEXT;
		tell_text(u, begin);
		take_line(u, line);
		return;
	}
	u->state = base64 ? BASE64 : DATA;
	u->broken = false;
	if (u->events->begin)
		u->events->begin(u->context, name, mode);
	take_line(u, line);
}

static void take_line(struct uuencode *u, struct span line)
{
	struct span name;
	unsigned mode;
	bool base64;

	if (u->state == BEGUN)
		decide(u, line);
	else if (u->state == DATA)
		take_data(u, line);
	else if (u->state == BASE64)
		take_base64(u, line);
	else if (parse_begin(line, &base64, &mode, &name))
		u->state = BEGUN;
	else
		tell_text(u, line);
}

/* A whole line is in u->line behind the "begin" that may wait there. */
static void end_line(struct uuencode *u)
{
	struct span line = span_of(u->line + u->begin, u->n - u->begin);

	take_line(u, line);
	if (u->state == BEGUN) {
		/* It waits at the front. */
		memmove(u->line, line.p, line.n);
		u->begin = u->n = line.n;
		return;
	}
	u->begin = u->n = 0;
}

/* A line that is too long is no part of a file. */
static void give_up_line(struct uuencode *u)
{
	struct span line = span_of(u->line, u->n);

	if (u->state == DATA || u->state == BASE64) {
		u->junk += line.n;
		end_file(u, false);
	}
	u->state = TEXT;
	tell_text(u, line);
	u->begin = u->n = 0;
	u->long_line = true;
}

void uuencode_feed(struct uuencode *u, struct span piece)
{
	while (piece.n > 0) {
		size_t lf = span_find(piece, '\n');
		size_t n = lf < piece.n ? lf + 1 : lf;

		if (!u->long_line && u->n - u->begin + n > UUENCODE_LINE_MAX)
			give_up_line(u);
		if (u->long_line) {
			tell_text(u, span_of(piece.p, n));
			u->long_line = lf == piece.n;
		} else {
			memcpy(u->line + u->n, piece.p, n);
			u->n += n;
			if (lf < piece.n)
				end_line(u);
		}
		piece = span_from(piece, n);
	}
}

void uuencode_end(struct uuencode *u)
{
	if (u->n > u->begin)
		end_line(u);
	if (u->state == BEGUN)
		tell_text(u, span_of(u->line, u->begin));
	if (u->state == DATA || u->state == BASE64)
		end_file(u, false);
	u->state = TEXT;
	u->n = u->begin = 0;
}

static char digit(uint32_t bits)
{
	/* A grave accent, not a blank: blanks get lost at the end of lines. */
	return (char)((bits & 63) + ((bits & 63) ? ' ' : '`'));
}

int uuencode_put(struct buf *out, const char *name, unsigned mode, struct span bytes)
{
	if (span_has_control(span_str(name)) || !*name)
		return -1;
	buf_printf(out, "begin %03o %s\n", mode & MODE_MAX, name);
	for (size_t at = 0; at < bytes.n; at += BYTES_MAX) {
		struct span line = span_from(bytes, at);

		line.n = line.n < BYTES_MAX ? line.n : BYTES_MAX;
		buf_put_char(out, digit((uint32_t)line.n));
		for (size_t i = 0; i < line.n; i += 3) {
			const unsigned char *p = (const unsigned char *)line.p + i;
			size_t left = line.n - i;
			uint32_t bits =
				(uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);

			buf_put(out,
				(const char[]){ digit(bits >> 18), digit(bits >> 12), digit(bits >> 6), digit(bits) },
				4);
		}
		buf_put_char(out, '\n');
	}
	buf_put_str(out, "`\nend\n");
	return 0;
}
