/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_NAIVE_LINES_H
#define TESTS_SUPPORT_NAIVE_LINES_H

/*
 * naive_lines - what message/lines.h does, written for the eye: whole inputs,
 * byte by byte, in the words of the RFC. The tests and the fuzz target compare.
 */

#include "base/buf.h"
#include "base/span.h"

struct naive {
	size_t taken;
	bool ended;
	unsigned long bare_cr, bare_lf;
};

static inline bool naive_at(struct span s, size_t i, const char *want)
{
	return span_starts(span_from(s, i), span_str(want));
}

/* One byte or line end that is no dot at the start of a line. Returns the bytes it has. */
static inline size_t naive_byte(struct span in, size_t i, struct naive *n, struct buf *out)
{
	if (naive_at(in, i, "\r\n")) {
		buf_put_char(out, '\n');
		return 2;
	}
	n->bare_cr += in.p[i] == '\r';
	n->bare_lf += in.p[i] == '\n';
	buf_put_char(out, in.p[i] == '\r' ? ' ' : in.p[i]);
	return 1;
}

/* DATA. A CR, a dot or dot CR at the end of the input are not put: nobody can know yet what they are. */
static inline struct naive naive_smtp_in(struct span in, struct buf *out)
{
	struct naive n = { 0 };
	bool start = true;

	for (size_t i = 0; i < in.n;) {
		struct span left = span_from(in, i);

		if (start && naive_at(in, i, ".\r\n"))
			return (struct naive){ i + 3, true, n.bare_cr, n.bare_lf };
		if (span_is(left, SPAN("\r")) || (start && (span_is(left, SPAN(".")) || span_is(left, SPAN(".\r")))))
			break;
		if (start && in.p[i] == '.') {
			start = false;
			i++;
			continue;
		}
		start = naive_at(in, i, "\r\n");
		i += naive_byte(in, i, &n, out);
	}
	n.taken = in.n;
	return n;
}

static inline struct naive naive_bdat_in(struct span in, struct buf *out)
{
	struct naive n = { .taken = in.n };

	for (size_t i = 0; i < in.n;)
		i += naive_byte(in, i, &n, out);
	if (out->n && out->p[out->n - 1] != '\n')
		buf_put_char(out, '\n');
	return n;
}

/* Local input: the same lines, up to one that is a dot if that ends it. */
static inline struct naive naive_in(struct span in, bool dot_ends, struct buf *out)
{
	struct naive n = { 0 };
	struct span rest = in;

	while (rest.n) {
		size_t length = span_find(rest, '\n');
		struct span line = span_of(rest.p, length);
		bool has_end = length < rest.n;
		bool has_cr = has_end && line.n && line.p[line.n - 1] == '\r';

		n.taken += length + has_end;
		line.n -= has_cr;
		rest = span_from(rest, length + 1);
		if (dot_ends && (span_is(line, SPAN(".")) || (!has_end && span_is(line, SPAN(".\r"))))) {
			n.ended = true;
			return n;
		}
		n.bare_lf += has_end && !has_cr;
		for (size_t i = 0; i < line.n; i++) {
			n.bare_cr += line.p[i] == '\r';
			buf_put_char(out, line.p[i] == '\r' ? ' ' : line.p[i]);
		}
		buf_put_char(out, '\n');
	}
	return n;
}

/* To SMTP: lines end with CR LF, and one that begins with a dot gets another. */
static inline void naive_smtp_out(struct span in, bool dots, struct buf *out)
{
	struct buf lines;

	buf_init(&lines, in.n + 2);
	naive_in(in, false, &lines);
	for (size_t i = 0; i < lines.n; i++) {
		if (dots && lines.p[i] == '.' && (i == 0 || lines.p[i - 1] == '\n'))
			buf_put_char(out, '.');
		if (lines.p[i] == '\n')
			buf_put_char(out, '\r');
		buf_put_char(out, lines.p[i]);
	}
	buf_clear(&lines);
}

#endif
