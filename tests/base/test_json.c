/* SPDX-License-Identifier: ISC */
#include "base/json.h"
#include "support/check_main.h"

static struct buf out;

static void setup(void)
{
	buf_init(&out, 1 << 16);
}

static void teardown(void)
{
	buf_clear(&out);
}

START_TEST(test_structure)
{
	json_begin(&out, NULL, '{');
	json_put_string(&out, "id", "0ABC");
	json_put_number(&out, "size", INT64_MIN);
	json_put_bool(&out, "hold", false);
	json_put_string(&out, "reply", NULL);
	json_begin(&out, "recipients", '[');
	json_begin(&out, NULL, '{');
	json_end(&out, '}');
	json_put_string(&out, NULL, "a@b");
	json_put_number(&out, NULL, -1);
	json_put_bool(&out, NULL, true);
	json_begin(&out, NULL, '[');
	json_end(&out, ']');
	json_end(&out, ']');
	json_put_number(&out, "next", 0);
	json_end(&out, '}');
	ck_assert_str_eq(buf_str(&out), "{\"id\":\"0ABC\",\"size\":-9223372036854775808,\"hold\":false,\"reply\":null,"
					"\"recipients\":[{},\"a@b\",-1,true,[]],\"next\":0}");
}
END_TEST

/* One object a line: no comma between the lines. */
START_TEST(test_lines)
{
	for (int i = 0; i < 2; i++) {
		json_begin(&out, NULL, '{');
		json_put_number(&out, "n", i);
		json_end(&out, '}');
		buf_put_char(&out, '\n');
	}
	ck_assert_str_eq(buf_str(&out), "{\"n\":0}\n{\"n\":1}\n");
}
END_TEST

static const struct {
	const char *in;
	size_t n;
	const char *want;
} texts[] = {
	{ "", 0, "\"\"" },
	{ "plain text", 10, "\"plain text\"" },
	{ "a\"b\\c/", 6, "\"a\\\"b\\\\c/\"" },
	{ "a\nb\tc\r", 6, "\"a\\nb\\tc\\u000d\"" },
	{ "\0\x1f\x7f", 3, "\"\\u0000\\u001f\\u007f\"" },
	{ "\x1b[2J", 4, "\"\\u001b[2J\"" },
	{ "\xc3\xa4", 2, "\"\xc3\xa4\"" },
	{ "\xf0\x9f\x93\xac", 4, "\"\xf0\x9f\x93\xac\"" },
	/* what is not UTF-8: a stray byte, a cut character, an overlong form, a surrogate */
	{ "a\xe4"
	  "b",
	  3,
	  "\"a\xef\xbf\xbd"
	  "b\"" },
	{ "\xff", 1, "\"\xef\xbf\xbd\"" },
	/* C1 controls, marks that turn the direction, invisible characters */
	{ "\xc2\x9b", 2, "\"\\u009b\"" },
	{ "\xe2\x80\xae", 3, "\"\\u202e\"" },
	{ "\xf3\xa0\x80\x81", 4, "\"\\udb40\\udc01\"" },
	{ "[", 1, "\"[\"" },
};

START_TEST(test_text)
{
	json_put_span(&out, NULL, span_of(texts[_i].in, texts[_i].n));
	ck_assert_str_eq(buf_str(&out), texts[_i].want);
	/* A value that ends like an opening bracket does not eat the comma. */
	json_put_number(&out, NULL, 7);
	ck_assert_str_eq(buf_str(&out) + strlen(texts[_i].want), ",7");
}
END_TEST

/* Each byte that is no UTF-8 gives at least one U+FFFD, and nothing that a reader could refuse. */
START_TEST(test_any_byte)
{
	char byte = (char)_i;

	json_put_span(&out, NULL, span_of(&byte, 1));
	if (_i >= 0x80)
		ck_assert_str_eq(buf_str(&out), "\"\xef\xbf\xbd\"");
	for (size_t i = 0; i < out.n; i++)
		ck_assert_int_ge((unsigned char)out.p[i], 0x20);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_structure);
	tcase_add_test(tc, test_lines);
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_any_byte, 0, 256);
}

CHECK_MAIN(json, add_tests)
