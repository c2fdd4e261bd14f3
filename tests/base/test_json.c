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

static const struct {
	const char *text;
	const char *want; /* "key=value " for each member, the value as it is written, and how it ends */
} objects[] = {
	{ "{}", "end" },
	{ " { } \n", "end" },
	{ "{\"a\":1}", "a=1(1) end" },
	{ "{ \"access_token\" : \"x\\\"y\" , \"expires_in\":3600,\"ok\":true }\n",
	  "access_token=x\\\"y(0) expires_in=3600(1) ok=true(2) end" },
	{ "{\"a\":{\"b\":[1,{\"c\":\"}]\"}]},\"d\":null}", "a={\"b\":[1,{\"c\":\"}]\"}]}(3) d=null(2) end" },
	{ "{\"a\":[],\"b\":-1.5e+3}", "a=[](4) b=-1.5e+3(1) end" },
	{ "", "wrong" },
	{ "[]", "wrong" },
	{ "{", "wrong" },
	{ "{\"a\"", "wrong" },
	{ "{\"a\":}", "wrong" },
	{ "{\"a\":1", "a=1(1) wrong" },
	{ "{\"a\":1,}", "a=1(1) wrong" },
	{ "{\"a\":1 \"b\":2}", "a=1(1) wrong" },
	{ "{,\"a\":1}", "wrong" },
	{ "{\"a\":tru}", "wrong" },
	{ "{\"a\":\"x}", "wrong" },
	{ "{\"a\":\"x\ny\"}", "wrong" },
	{ "{\"a\":[}", "wrong" },
	{ "{\"a\":[1}]", "wrong" },
	{ "{} {}", "wrong" },
	{ "<html>", "wrong" },
};

START_TEST(test_read)
{
	struct json_reader r;
	struct json_member m;
	int rc;

	json_read(&r, span_str(objects[_i].text));
	while ((rc = json_next(&r, &m)) > 0)
		buf_printf(&out, "%.*s=%.*s(%d) ", SPAN_ARG(m.key), SPAN_ARG(m.value), m.type);
	buf_put_str(&out, rc == 0 ? "end" : "wrong");
	ck_assert_str_eq(buf_str(&out), objects[_i].want);
	if (rc == 0)
		ck_assert_int_eq(json_next(&r, &m), 0);
}
END_TEST

START_TEST(test_read_depth)
{
	struct json_reader r;
	struct json_member m;

	for (int n = JSON_DEPTH; n <= JSON_DEPTH + 1; n++) {
		buf_reset(&out);
		buf_put_str(&out, "{\"a\":");
		for (int i = 0; i < n; i++)
			buf_put_char(&out, '[');
		for (int i = 0; i < n; i++)
			buf_put_char(&out, ']');
		buf_put_char(&out, '}');
		json_read(&r, buf_span(&out));
		ck_assert_int_eq(json_next(&r, &m), n == JSON_DEPTH ? 1 : -1);
	}
}
END_TEST

static const struct {
	const char *value;
	const char *want; /* NULL: it is no string */
} values[] = {
	{ "", "" },
	{ "abc", "abc" },
	{ "a\\/b\\n\\t\\\"\\\\", "a/b\n\t\"\\" },
	{ "\\u00e9\\u20AC", "\xc3\xa9\xe2\x82\xac" },
	{ "\\ud83d\\ude00", "\xf0\x9f\x98\x80" },
	{ "\\ud83dx", "\xef\xbf\xbdx" },
	{ "\\ude00", "\xef\xbf\xbd" },
	{ "\\u12g4", NULL },
	{ "\\u12", NULL },
	{ "\\x", NULL },
	{ "a\\", NULL },
};

START_TEST(test_value)
{
	int rc = json_put_value(&out, span_str(values[_i].value));

	ck_assert_int_eq(rc, values[_i].want ? 0 : -1);
	if (values[_i].want)
		ck_assert_str_eq(buf_str(&out), values[_i].want);
}
END_TEST

/* What is written is read again. */
START_TEST(test_round_trip)
{
	static const char text[] = "a\"b\\c\n\t\x01\xc3\xa9\xf0\x9f\x98\x80/";
	struct json_reader r;
	struct json_member m;
	struct buf again;

	json_begin(&out, NULL, '{');
	json_put_string(&out, "text", text);
	json_end(&out, '}');
	json_read(&r, buf_span(&out));
	ck_assert_int_eq(json_next(&r, &m), 1);
	buf_init(&again, 1000);
	ck_assert_int_eq(json_put_value(&again, m.value), 0);
	ck_assert_str_eq(buf_str(&again), text);
	buf_clear(&again);
	ck_assert_int_eq(json_next(&r, &m), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_structure);
	tcase_add_test(tc, test_lines);
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_any_byte, 0, 256);
	tcase_add_loop_test(tc, test_read, 0, COUNT(objects));
	tcase_add_test(tc, test_read_depth);
	tcase_add_loop_test(tc, test_value, 0, COUNT(values));
	tcase_add_test(tc, test_round_trip);
}

CHECK_MAIN(json, add_tests)
