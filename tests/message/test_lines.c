/* SPDX-License-Identifier: ISC */
#include "message/lines.h"
#include "support/check_main.h"
#include "support/naive_lines.h"

enum { ROOM = 1 << 16 };

static const struct {
	struct span in;
	const char *want;
	bool ended;
	int left; /* bytes behind the end */
	int bare_lf, bare_cr;
} data[] = {
	{ SPAN_INIT(".\r\n"), "", true, 0, 0, 0 },
	{ SPAN_INIT("a\r\n.\r\n"), "a\n", true, 0, 0, 0 },
	{ SPAN_INIT("a\r\n.\r\nQUIT\r\n"), "a\n", true, 6, 0, 0 },
	{ SPAN_INIT("\r\n.\r\n"), "\n", true, 0, 0, 0 },
	{ SPAN_INIT("..\r\n...\r\n.a\r\n.\r\n"), ".\n..\na\n", true, 0, 0, 0 },
	{ SPAN_INIT("a.\r\n.b.\r\n.\r\n"), "a.\nb.\n", true, 0, 0, 0 },
	/* Nothing else is an end: what follows it would be commands to whom takes it for one. */
	{ SPAN_INIT("a\n.\nb\r\n"), "a\n.\nb\n", false, 0, 2, 0 },
	{ SPAN_INIT("a\n.\r\nb\r\n"), "a\n.\nb\n", false, 0, 1, 0 },
	{ SPAN_INIT("a\r\n.\nb\r\n"), "a\n\nb\n", false, 0, 1, 0 },
	{ SPAN_INIT("a\r.\rb\r\n"), "a . b\n", false, 0, 0, 2 },
	{ SPAN_INIT("a\r\n.\rb\r\n"), "a\n b\n", false, 0, 0, 1 },
	{ SPAN_INIT("a\r.\r\nb\r\n"), "a .\nb\n", false, 0, 0, 1 },
	{ SPAN_INIT("a\n.\rb\r\n"), "a\n. b\n", false, 0, 1, 1 },
	{ SPAN_INIT("a\r\r\n.\r\r\nb\r\n"), "a \n \nb\n", false, 0, 0, 2 },
	{ SPAN_INIT("a\r\n.\r\r\n"), "a\n \n", false, 0, 0, 1 },
	{ SPAN_INIT(".\n"), "\n", false, 0, 1, 0 },
	{ SPAN_INIT("\n.\r\n"), "\n.\n", false, 0, 1, 0 },
	{ SPAN_INIT("a\r\n. \r\n"), "a\n \n", false, 0, 0, 0 },
	{ SPAN_INIT("a"), "a", false, 0, 0, 0 },
	{ SPAN_INIT(""), "", false, 0, 0, 0 },
	{ SPAN_INIT("a\r\n.\r"), "a\n", false, 0, 0, 0 },
};

START_TEST(test_data)
{
	struct lines l;
	struct buf out;
	size_t taken;

	buf_init(&out, ROOM);
	lines_smtp_in_init(&l);
	taken = lines_smtp_in_feed(&l, data[_i].in, &out);
	ck_assert_str_eq(buf_str(&out), data[_i].want);
	ck_assert_int_eq(lines_is_ended(&l), data[_i].ended);
	ck_assert_int_eq(data[_i].in.n - taken, data[_i].left);
	ck_assert_uint_eq(l.facts.bare_lf, data[_i].bare_lf);
	ck_assert_uint_eq(l.facts.bare_cr, data[_i].bare_cr);
	ck_assert_uint_eq(l.facts.bytes, out.n);
	buf_clear(&out);
}
END_TEST

START_TEST(test_data_nul)
{
	static const struct span ins[] = { SPAN_INIT("a\r\n\0.\r\nb\r\n"), SPAN_INIT("a\r\n.\0\r\nb\r\n") };
	struct lines l;
	struct buf out;

	for (int i = 0; i < COUNT(ins); i++) {
		buf_init(&out, ROOM);
		lines_smtp_in_init(&l);
		ck_assert_uint_eq(lines_smtp_in_feed(&l, ins[i], &out), ins[i].n);
		ck_assert(!lines_is_ended(&l) && l.facts.has_nul);
		ck_assert(span_is(buf_span(&out), i ? SPAN("a\n\0\nb\n") : SPAN("a\n\0.\nb\n")));
		buf_clear(&out);
	}
}
END_TEST

static const struct {
	const char *in;
	bool dot_ends;
	const char *want;
	int left;
} locals[] = {
	{ "a\nb\n", false, "a\nb\n", 0 },
	{ "a\r\nb\r\n", false, "a\nb\n", 0 },
	{ "a\r\nb\nc", false, "a\nb\nc\n", 0 },
	{ "a\rb\r", false, "a b \n", 0 },
	{ "a\r\r\nb", false, "a \nb\n", 0 },
	{ "\r\n\n\r\n", false, "\n\n\n", 0 },
	{ "", false, "", 0 },
	{ "a\n.\nb\n", false, "a\n.\nb\n", 0 },
	{ "a\n.\nb\n", true, "a\n", 2 },
	{ "a\r\n.\r\nb\n", true, "a\n", 2 },
	{ ".\nb\n", true, "", 2 },
	{ "a\n.", true, "a\n", 0 },
	{ "a\n..\n.b\n. \n", true, "a\n..\n.b\n. \n", 0 },
	{ "a\n.\rb\n", true, "a\n. b\n", 0 },
	{ "a.\n", true, "a.\n", 0 },
};

START_TEST(test_local)
{
	struct span in = span_str(locals[_i].in);
	struct lines l;
	struct buf out;

	buf_init(&out, ROOM);
	lines_in_init(&l, locals[_i].dot_ends);
	ck_assert_int_eq(in.n - lines_in_feed(&l, in, &out), locals[_i].left);
	lines_in_end(&l, &out);
	ck_assert_str_eq(buf_str(&out), locals[_i].want);
	ck_assert_uint_eq(l.facts.bytes, out.n);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *in, *smtp, *bdat;
} outs[] = {
	{ "", "", "" },
	{ "a\n", "a\r\n", "a\r\n" },
	{ "a", "a\r\n", "a\r\n" },
	{ ".\n", "..\r\n", ".\r\n" },
	{ "..a\nb.\n.c\n", "...a\r\nb.\r\n..c\r\n", "..a\r\nb.\r\n.c\r\n" },
	{ "\n\n", "\r\n\r\n", "\r\n\r\n" },
	{ "a\r\nb\r\n", "a\r\nb\r\n", "a\r\nb\r\n" },
	{ "a\rb\n", "a b\r\n", "a b\r\n" },
	{ "\r.\n", " .\r\n", " .\r\n" },
	{ "a\n.\r\n", "a\r\n..\r\n", "a\r\n.\r\n" },
	{ "a\n\r.\r\n", "a\r\n .\r\n", "a\r\n .\r\n" },
	{ "a\r", "a \r\n", "a \r\n" },
};

START_TEST(test_out)
{
	struct lines l;
	struct buf out;

	buf_init(&out, ROOM);
	lines_smtp_out_init(&l);
	lines_smtp_out_feed(&l, span_str(outs[_i].in), &out);
	lines_smtp_out_end(&l, &out);
	ck_assert_str_eq(buf_str(&out), outs[_i].smtp);
	buf_reset(&out);
	lines_bdat_out_init(&l);
	lines_bdat_out_feed(&l, span_str(outs[_i].in), &out);
	lines_bdat_out_end(&l, &out);
	ck_assert_str_eq(buf_str(&out), outs[_i].bdat);
	buf_clear(&out);
}
END_TEST

static const struct {
	struct span in;
	unsigned longest;
	bool nul, eight;
} facts[] = {
	{ SPAN_INIT(""), 0, false, false },
	{ SPAN_INIT("abc\nde\n"), 3, false, false },
	{ SPAN_INIT("a\nabcd"), 4, false, false },
	{ SPAN_INIT("a\0c\n"), 3, true, false },
	{ SPAN_INIT("01234567\0"), 9, true, false },
	{ SPAN_INIT("0123456\0\x01\x80"), 10, true, true },
	{ SPAN_INIT("\x01\x01\x01\x01\x01\x01\x01\x01\x01"), 9, false, false },
	{ SPAN_INIT("0123456789abcdef\xff"), 17, false, true },
	{ SPAN_INIT("\x7f\x80\n"), 2, false, true },
};

/* Whichever way in, whichever pieces, the facts are the same. */
START_TEST(test_facts)
{
	struct span in = facts[_i].in;

	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		struct lines l[3] = { 0 };
		struct buf out;

		buf_init(&out, ROOM);
		lines_in_init(&l[0], false);
		lines_bdat_in_init(&l[1]);
		for (size_t i = 0; i < in.n; i += piece) {
			struct span at = span_of(in.p + i, in.n - i < piece ? in.n - i : piece);

			lines_in_feed(&l[0], at, &out);
			lines_bdat_in_feed(&l[1], at, &out);
			lines_count(&l[2], at);
		}
		for (int i = 0; i < COUNT(l); i++) {
			ck_assert_uint_eq(l[i].facts.longest, facts[_i].longest);
			ck_assert_int_eq(l[i].facts.has_nul, facts[_i].nul);
			ck_assert_int_eq(l[i].facts.has_8bit, facts[_i].eight);
		}
		buf_clear(&out);
	}
}
END_TEST

struct ways {
	struct buf want, got;
	struct naive naive;
	struct lines l;
	size_t taken;
};

static void compare(struct ways *w, struct span in, size_t piece, const char *what)
{
	ck_assert_msg(span_is(buf_span(&w->got), buf_span(&w->want)), "%s differs for %zu octets in pieces of %zu",
		      what, in.n, piece);
	ck_assert_uint_eq(w->taken, w->naive.taken);
	ck_assert_int_eq(lines_is_ended(&w->l), w->naive.ended);
	ck_assert_msg(w->l.facts.bare_cr == w->naive.bare_cr, "%s: other bare CRs in %.*s", what, SPAN_ARG(in));
	ck_assert_msg(w->l.facts.bare_lf == w->naive.bare_lf, "%s: other bare LFs in %.*s", what, SPAN_ARG(in));
}

static void start(struct ways *w)
{
	buf_reset(&w->want);
	buf_reset(&w->got);
	w->taken = 0;
}

static void feed(struct ways *w, size_t (*fn)(struct lines *, struct span, struct buf *), struct span in, size_t piece)
{
	for (size_t i = 0; i < in.n; i += piece)
		w->taken += fn(&w->l, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), &w->got);
}

static size_t bdat_feed(struct lines *l, struct span piece, struct buf *out)
{
	lines_bdat_in_feed(l, piece, out);
	return piece.n;
}

static size_t out_feed(struct lines *l, struct span piece, struct buf *out)
{
	lines_smtp_out_feed(l, piece, out);
	return piece.n;
}

static void try(struct ways *w, struct span in, size_t piece)
{
	start(w);
	w->naive = naive_smtp_in(in, &w->want);
	lines_smtp_in_init(&w->l);
	feed(w, lines_smtp_in_feed, in, piece);
	compare(w, in, piece, "DATA");
	start(w);
	w->naive = naive_bdat_in(in, &w->want);
	lines_bdat_in_init(&w->l);
	feed(w, bdat_feed, in, piece);
	lines_bdat_in_end(&w->l, &w->got);
	compare(w, in, piece, "BDAT");
	for (int dot_ends = 0; dot_ends <= 1; dot_ends++) {
		start(w);
		w->naive = naive_in(in, dot_ends, &w->want);
		lines_in_init(&w->l, dot_ends);
		feed(w, lines_in_feed, in, piece);
		lines_in_end(&w->l, &w->got);
		compare(w, in, piece, "local input");
	}
	start(w);
	naive_smtp_out(in, true, &w->want);
	lines_smtp_out_init(&w->l);
	feed(w, out_feed, in, piece);
	lines_smtp_out_end(&w->l, &w->got);
	ck_assert_msg(span_is(buf_span(&w->got), buf_span(&w->want)), "output differs for pieces of %zu", piece);
}

/* Every text of up to seven of the bytes that matter, whole and byte by byte. */
START_TEST(test_all_short)
{
	static const char alphabet[] = { '\r', '\n', '.', 'a', '\0' };
	struct ways w;
	char text[7];

	buf_init(&w.want, ROOM);
	buf_init(&w.got, ROOM);
	for (size_t n = 0, count = 1; n <= sizeof(text); n++, count *= sizeof(alphabet))
		for (size_t k = 0; k < count; k++) {
			for (size_t i = 0, rest = k; i < n; i++, rest /= sizeof(alphabet))
				text[i] = alphabet[rest % sizeof(alphabet)];
			try(&w, span_of(text, n), n + 1);
			try(&w, span_of(text, n), 1);
			try(&w, span_of(text, n), 2);
		}
	buf_clear(&w.want);
	buf_clear(&w.got);
}
END_TEST

/* Dots and line ends around the places where buffers are cut. */
START_TEST(test_edges)
{
	static const char *const ends[] = { "\r\n.\r\n", "\r\n..\r\n", "\n.\r\n",    "\r\n.\n",
					    "\r.\r\n",	 "\r\n.\r",    "\r\n\0.\r\n" };
	static char text[9000];
	struct ways w;

	buf_init(&w.want, ROOM);
	buf_init(&w.got, ROOM);
	memset(text, 'x', sizeof(text));
	for (int e = 0; e < COUNT(ends); e++)
		for (size_t at = 4090; at < 4100; at++) {
			memset(text, 'x', 4200);
			memcpy(text + at, ends[e], strlen(ends[e]));
			try(&w, span_of(text, sizeof(text)), 4096);
			try(&w, span_of(text, sizeof(text)), 1000);
		}
	buf_clear(&w.want);
	buf_clear(&w.got);
}
END_TEST

/* What has no room is not taken, and it is known. */
START_TEST(test_overflow)
{
	struct lines l;
	struct buf out;

	buf_init(&out, 10);
	lines_smtp_in_init(&l);
	ck_assert_uint_eq(lines_smtp_in_feed(&l, SPAN("abcdefghij\r\n.\r\n"), &out), 0);
	ck_assert(out.overflow && out.n == 0 && !lines_is_ended(&l));
	buf_reset(&out);
	ck_assert_uint_eq(lines_smtp_in_feed(&l, SPAN("abc\r\n"), &out), 5);
	lines_smtp_out_init(&l);
	buf_reset(&out);
	lines_smtp_out_feed(&l, SPAN("abcdefghij\n"), &out);
	ck_assert(out.overflow && out.n == 0);
	buf_clear(&out);
}
END_TEST

/* A text that goes out and comes in is what it was. */
START_TEST(test_round_trip)
{
	static const char text[] = "a\n.\n..\n\nb.c\n. d\n\n\n.";
	struct buf wire, back;
	struct lines l;

	buf_init(&wire, ROOM);
	buf_init(&back, ROOM);
	lines_smtp_out_init(&l);
	lines_smtp_out_feed(&l, span_str(text), &wire);
	lines_smtp_out_end(&l, &wire);
	buf_put_str(&wire, ".\r\nNOOP\r\n");
	lines_smtp_in_init(&l);
	ck_assert_uint_eq(lines_smtp_in_feed(&l, buf_span(&wire), &back), wire.n - 6);
	ck_assert(lines_is_ended(&l));
	ck_assert_uint_eq(l.facts.bare_cr + l.facts.bare_lf, 0);
	ck_assert(span_starts(buf_span(&back), span_str(text)) && back.n == sizeof(text));
	buf_clear(&wire);
	buf_clear(&back);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_data, 0, COUNT(data));
	tcase_add_test(tc, test_data_nul);
	tcase_add_loop_test(tc, test_local, 0, COUNT(locals));
	tcase_add_loop_test(tc, test_out, 0, COUNT(outs));
	tcase_add_loop_test(tc, test_facts, 0, COUNT(facts));
	tcase_add_test(tc, test_all_short);
	tcase_add_test(tc, test_edges);
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_round_trip);
}

CHECK_MAIN(lines, add_tests)
