/* SPDX-License-Identifier: ISC */
#include "pop3/dots.h"

#include <stdlib.h>

#include "support/check_main.h"

#define ALL DOTS_ALL
#define ROW(text)                                                                                                      \
	{                                                                                                              \
		(text), sizeof(text) - 1                                                                               \
	}

static const struct {
	const char *name;
	uint64_t lines;
	struct {
		const char *p;
		size_t n;
	} in, want;
	uint64_t octets;
} rows[] = {
	{ "nothing", ALL, ROW(""), ROW(".\r\n"), 0 },
	{ "a message", ALL, ROW("A: b\n\nc\n"), ROW("A: b\r\n\r\nc\r\n.\r\n"), 11 },
	{ "CR LF stays", ALL, ROW("A: b\r\n\r\nc\r\n"), ROW("A: b\r\n\r\nc\r\n.\r\n"), 11 },
	{ "mixed", ALL, ROW("a\r\nb\nc\r\n"), ROW("a\r\nb\r\nc\r\n.\r\n"), 9 },
	{ "no final newline", ALL, ROW("a\nb"), ROW("a\r\nb\r\n.\r\n"), 4 },
	{ "ends with CR", ALL, ROW("a\r"), ROW("a\r\n.\r\n"), 2 },
	{ "dots", ALL, ROW(".\n..\n.a\nb.\n.\n"), ROW("..\r\n...\r\n..a\r\nb.\r\n..\r\n.\r\n"), 18 },
	{ "an end in it", ALL, ROW("a\r\n.\r\nRETR\r\n"), ROW("a\r\n..\r\nRETR\r\n.\r\n"), 12 },
	{ "dot behind a bare CR", ALL, ROW("a\r.\r\nb\r.c\n"), ROW("a\r..\r\nb\r..c\r\n.\r\n"), 11 },
	{ "CR CR LF", ALL, ROW("a\r\r\n.\n"), ROW("a\r\r\n..\r\n.\r\n"), 7 },
	{ "NUL and 8 bits", ALL, ROW("a\0\xff\n\0.\n"), ROW("a\0\xff\r\n\0.\r\n.\r\n"), 9 },
	{ "only a dot", ALL, ROW("."), ROW("..\r\n.\r\n"), 1 },
	{ "only line ends", ALL, ROW("\n\n\n"), ROW("\r\n\r\n\r\n.\r\n"), 6 },

	{ "TOP 0", 0, ROW("A: b\nC: d\n\ne\n"), ROW("A: b\r\nC: d\r\n\r\n.\r\n"), 14 },
	{ "TOP 1", 1, ROW("A: b\n\ne\nf\n"), ROW("A: b\r\n\r\ne\r\n.\r\n"), 11 },
	{ "TOP 2 of CR LF", 2, ROW("A: b\r\n\r\ne\r\n\r\nf\r\n"), ROW("A: b\r\n\r\ne\r\n\r\n.\r\n"), 13 },
	{ "TOP of more than there is", 9, ROW("A: b\n\ne"), ROW("A: b\r\n\r\ne\r\n.\r\n"), 9 },
	{ "TOP without a body", 5, ROW("A: b\n"), ROW("A: b\r\n.\r\n"), 6 },
	{ "TOP without a header", 1, ROW("\na\nb\n"), ROW("\r\na\r\n.\r\n"), 5 },
	{ "TOP: a line of CR CR LF is not empty", 0, ROW("A: b\n\r\r\n\nc\n"), ROW("A: b\r\n\r\r\n\r\n.\r\n"), 11 },
	{ "TOP with dots", 1, ROW(".A: b\n\n.\n.\n"), ROW("..A: b\r\n\r\n..\r\n.\r\n"), 12 },
};

static void put(struct span in, uint64_t lines, size_t piece, struct buf *out, struct dots *d)
{
	dots_init(d, lines);
	while (in.n && !dots_is_full(d)) {
		size_t n = in.n < piece ? in.n : piece, used = dots_feed(d, span_of(in.p, n), out);

		ck_assert(used == n || dots_is_full(d));
		in = span_from(in, n);
	}
	dots_end(d, out);
}

START_TEST(test_rows)
{
	static const size_t pieces[] = { 1000, 1, 2, 3, 5 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct dots d;
		struct buf out;

		buf_init(&out, 1000);
		put(span_of(rows[_i].in.p, rows[_i].in.n), rows[_i].lines, pieces[i], &out, &d);
		ck_assert_msg(span_is(buf_span(&out), span_of(rows[_i].want.p, rows[_i].want.n)),
			      "%s, in pieces of %zu", rows[_i].name, pieces[i]);
		ck_assert_uint_eq(d.octets, rows[_i].octets);
		buf_clear(&out);
	}
}
END_TEST

/* One octet at a time, without any cleverness. */
static void put_naively(struct span in, struct buf *out)
{
	char before = '\n';

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '.' && (before == '\n' || before == '\r'))
			buf_put_char(out, '.');
		if (in.p[i] == '\n' && before != '\r')
			buf_put_char(out, '\r');
		buf_put_char(out, before = in.p[i]);
	}
	if (before == '\r')
		buf_put_str(out, "\n.\r\n");
	else
		buf_put_str(out, before == '\n' ? ".\r\n" : "\r\n.\r\n");
}

START_TEST(test_random)
{
	static const char alphabet[] = "\n\n\r..ab";
	unsigned seed = 7;

	for (int round = 0; round < 3000; round++) {
		char text[40];
		size_t n = (size_t)rand_r(&seed) % sizeof(text);
		struct buf got, want;
		struct dots d;

		for (size_t i = 0; i < n; i++)
			text[i] = alphabet[(size_t)rand_r(&seed) % (sizeof(alphabet) - 1)];
		buf_init(&got, 1000);
		buf_init(&want, 1000);
		put(span_of(text, n), ALL, 1 + (size_t)rand_r(&seed) % 9, &got, &d);
		put_naively(span_of(text, n), &want);
		ck_assert(span_is(buf_span(&got), buf_span(&want)));
		buf_clear(&got);
		buf_clear(&want);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_random);
}

CHECK_MAIN(dots, add_tests)
