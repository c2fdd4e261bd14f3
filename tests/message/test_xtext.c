/* SPDX-License-Identifier: ISC */
#include "message/xtext.h"

#include "support/check_main.h"

#define TEXT(literal)                                                                                                  \
	{                                                                                                              \
		(literal), sizeof(literal) - 1                                                                         \
	}

static const struct {
	struct span bytes;
	const char *text;
} pairs[] = {
	{ TEXT(""), "" },
	{ TEXT("QQ314159"), "QQ314159" },
	{ TEXT("al+detail=x@example.org"), "al+2Bdetail+3Dx@example.org" },
	{ TEXT("a b"), "a+20b" },
	{ TEXT("!~*"), "!~*" },
	{ TEXT("gr\xc3\xbc\xc3\x9f"), "gr+C3+BC+C3+9F" },
	{ TEXT("\xff\x80"), "+FF+80" },
};

START_TEST(test_pairs)
{
	struct arena a = { 0 };
	struct buf out;
	const char *back = NULL;

	buf_init(&out, 1000);
	xtext_put(&out, pairs[_i].bytes);
	ck_assert_str_eq(buf_str(&out), pairs[_i].text);
	ck_assert_int_eq(xtext_parse(&a, buf_span(&out), &back), 0);
	ck_assert_uint_eq(strlen(back), pairs[_i].bytes.n);
	ck_assert_mem_eq(back, pairs[_i].bytes.p, pairs[_i].bytes.n);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

START_TEST(test_every_byte)
{
	struct arena a = { 0 };
	struct buf out;
	const char *back;

	buf_init(&out, 10);
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;
		bool is_control = c < 0x20 || c == 0x7f;

		buf_reset(&out);
		xtext_put(&out, span_of(&byte, 1));
		for (size_t i = 0; i < out.n; i++)
			ck_assert(out.p[i] > 0x20 && out.p[i] < 0x7f && out.p[i] != '=');
		ck_assert_int_eq(xtext_parse(&a, buf_span(&out), &back), is_control ? -1 : 0);
		if (!is_control)
			ck_assert_int_eq(back[0], byte);
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* What the attacks on Exim's spool were made of, and what is cut. */
static const struct span bad[] = {
	TEXT("+00"), TEXT("+0A"),  TEXT("+0D"),	 TEXT("a+0Ab"), TEXT("+7F"),	  TEXT("+1F"),	TEXT("+ZZ"),
	TEXT("+"),   TEXT("+4"),   TEXT("a+4"),	 TEXT("+2b"),	TEXT("+-1"),	  TEXT("+ 1"),	TEXT("a b"),
	TEXT("a=b"), TEXT("a\tb"), TEXT("a\nb"), TEXT("a\0b"),	TEXT("\xc3\xbc"), TEXT("\x7f"),
};

START_TEST(test_bad)
{
	struct arena a = { 0 };
	const char *back = "untouched";

	ck_assert_int_eq(xtext_parse(&a, bad[_i], &back), -1);
	ck_assert_str_eq(back, "untouched");
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_pairs, 0, COUNT(pairs));
	tcase_add_test(tc, test_every_byte);
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
}

CHECK_MAIN(xtext, add_tests)
