/* SPDX-License-Identifier: ISC */
/*
 * reply - what an SMTP or LMTP server says.
 *
 * A peer's reply ends up in queue files, logs and bounces; so it is made safe
 * here, once, and what does not look like a reply is refused rather than guessed at.
 */
#include "smtp/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/printable.h"

/* How much of s fits on a line with `room` octets: up to a blank, if one is in the later half. */
static size_t line_part(struct span s, size_t room)
{
	size_t at = room;

	if (s.n <= room)
		return s.n;
	while (at > room / 2 && s.p[at] != ' ')
		at--;
	return at > room / 2 ? at : room;
}

static void put_safe(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		buf_put_char(out, c >= 0x20 && c < 0x7f ? (char)c : '?');
	}
}

static void put_lines(struct buf *out, int code, const char *status, struct span text)
{
	size_t head = 4 + (status ? strlen(status) + 1 : 0);
	bool last;

	do {
		struct span rest = text, line = span_cut(&rest, '\n');
		size_t n = line_part(line, REPLY_PUT_MAX - 2 - head);

		if (n < line.n)
			rest = span_from(text, n + (text.p[n] == ' '));
		last = rest.n == 0;
		buf_printf(out, "%03d%c%s%s", code, last ? ' ' : '-', status ? status : "", status ? " " : "");
		put_safe(out, span_of(line.p, n));
		buf_put(out, "\r\n", 2);
		text = rest;
	} while (!last);
}

void reply_vput(struct buf *out, int code, const char *status, const char *format, va_list args)
{
	char text[REPLY_SAY_MAX];

	vsnprintf(text, sizeof(text), format, args);
	put_lines(out, code, status, span_str(text));
}

void reply_put(struct buf *out, int code, const char *status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	reply_vput(out, code, status, format, args);
	va_end(args);
}

int reply_code(const struct fault *f)
{
	if (f->reply)
		return f->reply;
	switch (f->kind) {
	case FAULT_PERM:
		return 554;
	case FAULT_USAGE:
		return 501;
	default:
		return 451;
	}
}

void reply_put_fault(struct buf *out, const struct fault *f)
{
	reply_put(out, reply_code(f), f->status[0] ? f->status : NULL, "%s", f->text);
}

void reply_init(struct reply *r)
{
	*r = (struct reply){ .code = 0 };
	buf_init(&r->text, REPLY_TEXT_MAX);
}

void reply_clear(struct reply *r)
{
	buf_clear(&r->text);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "250-text", "250 text", "250": the code, and what follows it; -1 if it is none. */
static int line_code(struct span line, struct span *text)
{
	if (line.n < 3 || line.p[0] < '2' || line.p[0] > '5' || !is_digit(line.p[1]) || !is_digit(line.p[2]))
		return -1;
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return -1;
	*text = span_from(line, 4);
	return (line.p[0] - '0') * 100 + (line.p[1] - '0') * 10 + (line.p[2] - '0');
}

static size_t digits(struct span s)
{
	size_t n = 0;

	while (n < s.n && is_digit(s.p[n]))
		n++;
	return n;
}

/* Octets of an enhanced status code at the front of s that goes with the reply code; 0 when there is none. */
static size_t status_length(struct span s, int code)
{
	size_t subject, detail, n;

	if (s.n < 5 || s.p[0] - '0' != code / 100 || s.p[0] == '3' || s.p[1] != '.')
		return 0;
	subject = digits(span_from(s, 2));
	if (subject < 1 || subject > 3 || 2 + subject >= s.n || s.p[2 + subject] != '.')
		return 0;
	detail = digits(span_from(s, 3 + subject));
	n = 3 + subject + detail;
	if (detail < 1 || detail > 3 || (n < s.n && s.p[n] != ' '))
		return 0;
	return n;
}

static int fail(struct reply *r, struct fault *f, const char *what)
{
	struct buf shown;

	buf_init(&shown, REPLY_PUT_MAX);
	printable_put(&shown, span_of(r->line, r->n < 100 ? r->n : 100));
	fault_temp(f, 0, "4.5.0", "Protocol error: the server's reply %s: \"%s\"", what, buf_str(&shown));
	buf_clear(&shown);
	return -1;
}

/* A whole line, without its end. */
static int take_line(struct reply *r, struct fault *f)
{
	struct span line = span_of(r->line, r->n), text;
	int code;
	size_t status;

	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	code = line_code(line, &text);
	if (code < 0)
		return fail(r, f, "has no code");
	if (r->lines && code != r->code)
		return fail(r, f, "changes its code");
	if (++r->lines > REPLY_LINES_MAX)
		return fail(r, f, "has too many lines");
	r->code = code;
	status = status_length(text, code);
	if (status && !r->status[0])
		memcpy(r->status, text.p, status);
	if (status)
		text = span_from(text, status + (status < text.n));
	if (r->lines > 1)
		buf_put_char(&r->text, '\n');
	printable_put(&r->text, text);
	if (r->text.overflow)
		return fail(r, f, "is too long");
	r->complete = line.n == 3 || line.p[3] == ' ';
	r->n = 0;
	return r->complete;
}

void reply_begin(struct reply *r)
{
	buf_reset(&r->text);
	r->code = 0;
	r->lines = 0;
	r->n = 0;
	r->complete = false;
	memset(r->status, 0, sizeof(r->status));
}

int reply_feed(struct reply *r, const char *p, size_t n, size_t *used, struct fault *f)
{
	*used = 0;
	if (r->complete)
		reply_begin(r);
	while (*used < n) {
		struct span rest = span_of(p + *used, n - *used);
		size_t at = span_find(rest, '\n');
		size_t room = sizeof(r->line) - r->n;
		int done;

		memcpy(r->line + r->n, rest.p, at < room ? at : room);
		r->n += at < room ? at : room;
		*used += at < rest.n ? at + 1 : at;
		if (at >= room)
			return fail(r, f, "has a line that is too long");
		if (at == rest.n)
			return 0;
		done = take_line(r, f);
		if (done != 0)
			return done;
	}
	return 0;
}

int reply_fault(const struct reply *r, struct fault *f)
{
	const char *status = r->status[0] ? r->status : r->code >= 500 ? "5.0.0" : "4.0.0";

	if (r->code >= 500)
		fault_perm(f, r->code, status, "%s", buf_str(&r->text));
	else if (r->code >= 400)
		fault_temp(f, r->code, status, "%s", buf_str(&r->text));
	else
		fault_temp(f, r->code, "4.5.0", "Unexpected reply: %d %s", r->code, buf_str(&r->text));
	for (char *p = f ? strchr(f->text, '\n') : NULL; p; p = strchr(p, '\n'))
		*p = ' ';
	return -1;
}
