/* SPDX-License-Identifier: ISC */
#include "list/edits.h"

#include <stdio.h>

#include "base/base64.h"
#include "message/encoding.h"
#include "support/check_main.h"

static struct arena arena;
static struct spill spill;
static struct buf out;
static struct edits edits;

static void setup(void)
{
	spill_init(&spill, 0);
	buf_init(&out, 64 << 20);
	edits_init(&edits, &arena);
}

static void teardown(void)
{
	spill_clear(&spill);
	buf_clear(&out);
	arena_clear(&arena);
}

static int put(void *ctx, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(ctx, piece);
	return 0;
}

static const char *written(void)
{
	struct fault f;

	buf_reset(&out);
	ck_assert_int_eq(edits_write(&edits, &spill, put, &out, &f), 0);
	return buf_str(&out);
}

START_TEST(test_replace)
{
	static const struct {
		struct {
			off_t from, to;
			const char *put;
		} edits[3];
		const char *want;
	} rows[] = {
		{ { { 0, 0, "" } }, "0123456789" },
		{ { { 0, 0, "ab" } }, "ab0123456789" },
		{ { { 10, 10, "ab" } }, "0123456789ab" },
		{ { { 2, 4, "" }, { 4, 6, "x" } }, "01x6789" },
		{ { { 4, 6, "x" }, { 2, 4, "" } }, "01x6789" },
		{ { { 4, 4, "x" }, { 4, 4, "y" }, { 2, 4, "z" } }, "01zxy456789" },
		{ { { 0, 10, "all" } }, "all" },
	};
	struct fault f;

	ck_assert_int_eq(spill_put(&spill, SPAN("0123456789"), &f), 0);
	for (int i = 0; i < 3 && rows[_i].edits[i].put; i++)
		edits_replace(&edits, rows[_i].edits[i].from, rows[_i].edits[i].to, span_str(rows[_i].edits[i].put));
	ck_assert_str_eq(written(), rows[_i].want);
	ck_assert_str_eq(written(), rows[_i].want);
}
END_TEST

/* Larger than memory, with edits at the edges of what is read at once. */
START_TEST(test_large)
{
	enum { N = 3 * SPILL_PIECE + SPILL_MEMORY };
	struct buf want;
	struct fault f;

	buf_init(&want, 2 * N);
	for (size_t i = 0; i < N; i++)
		ck_assert_int_eq(spill_put(&spill, span_of(&"abcdefghij\n"[i % 11], 1), &f), 0);
	for (size_t i = 0; i < N; i++) {
		if (i % (SPILL_PIECE / 2 - 1) == 0)
			buf_put_str(&want, "<edit>");
		else
			buf_put_char(&want, "abcdefghij\n"[i % 11]);
	}
	for (off_t i = 0; i < N; i += SPILL_PIECE / 2 - 1)
		edits_replace(&edits, i, i + 1, SPAN("<edit>"));
	ck_assert_str_eq(written(), buf_str(&want));
	buf_clear(&want);
}
END_TEST

static const struct {
	const char *text, *append, *want;
} texts[] = {
	{ "hello\n", "bye\n", "hello\nbye\n" },
	{ "hello", "bye\n", "hello\nbye\n" },
	{ "", "bye\n", "bye\n" },
	{ "a\r\nb\r\n", "x\n\ny\n", "a\r\nb\r\nx\r\n\r\ny\r\n" },
	{ "a\r\nb", "x\n", "a\r\nb\r\nx\r\n" },
	{ "grün\n", "schön\n", "grün\nschön\n" },
};

static void check_base64(const char *text, const char *append, const char *want)
{
	struct encoding_decode d;
	struct buf b, decoded;
	struct fault f;
	struct span got;

	buf_init(&b, 16 << 20);
	buf_init(&decoded, 16 << 20);
	buf_put_str(&b, "head\n\n");
	struct encoding_encode e;
	encoding_encode_init(&e, ENCODING_BASE64);
	encoding_encode_feed(&e, span_str(text), &b);
	encoding_encode_end(&e, &b);
	size_t end = b.n;
	buf_put_str(&b, "--tail\n");
	ck_assert_int_eq(spill_put(&spill, buf_span(&b), &f), 0);
	edits_append_base64(&edits, 6, (off_t)end, span_str(append));
	got = span_str(written());
	ck_assert(span_starts(got, SPAN("head\n\n")));
	ck_assert(span_ends_nocase(got, SPAN("\n--tail\n")));
	got = span_of(got.p + 6, got.n - 6 - 7);
	for (struct span rest = got; rest.n;)
		ck_assert_uint_le(span_cut(&rest, '\n').n, 76);
	encoding_decode_init(&d, ENCODING_BASE64);
	encoding_decode_feed(&d, got, &decoded);
	encoding_decode_end(&d, &decoded);
	ck_assert_uint_eq(encoding_decode_junk(&d), 0);
	ck_assert_str_eq(buf_str(&decoded), want);
	buf_clear(&b);
	buf_clear(&decoded);
}

START_TEST(test_base64)
{
	check_base64(texts[_i].text, texts[_i].append, texts[_i].want);
}
END_TEST

START_TEST(test_base64_large)
{
	enum { N = 300000 };
	static char text[N + 1], want[N + 5];

	for (size_t i = 0; i < N; i++)
		text[i] = i % 50 == 49 ? '\n' : 'x';
	memcpy(want, text, N);
	memcpy(want + N, "bye\n", 5);
	check_base64(text, "bye\n", want);
}
END_TEST

static int refuse(void *ctx, struct span piece, struct fault *f)
{
	(void)ctx;
	(void)piece;
	return fault_temp(f, 452, "4.3.1", "full");
}

START_TEST(test_sink_fails)
{
	struct fault f;

	ck_assert_int_eq(spill_put(&spill, SPAN("aGVsbG8K\n"), &f), 0);
	ck_assert_int_eq(edits_write(&edits, &spill, refuse, NULL, &f), -1);
	ck_assert_str_eq(f.text, "full");
	edits_append_base64(&edits, 0, 9, SPAN("x\n"));
	f.text[0] = '\0';
	ck_assert_int_eq(edits_write(&edits, &spill, refuse, NULL, &f), -1);
	ck_assert_str_eq(f.text, "full");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_replace, 0, 7);
	tcase_add_test(tc, test_large);
	tcase_add_loop_test(tc, test_base64, 0, COUNT(texts));
	tcase_add_test(tc, test_base64_large);
	tcase_add_test(tc, test_sink_fails);
}

CHECK_MAIN(edits, add_tests)
