/* SPDX-License-Identifier: ISC */
#include "message/params.h"
#include "base/entropy.h"
#include "message/header.h"
#include "support/check_main.h"

enum { ROOM = 1 << 22 };

/* Text behind the type, what is looked for in it, what it means (NULL: there is none), what is wrong. */
static const struct {
	const char *text, *name, *want;
	unsigned problems;
} finds[] = {
	{ "", "a", NULL, 0 },
	{ "; a=b", "a", "b", 0 },
	{ ";a=b;A=c", "a", "b", PARAMS_TWICE },
	{ "; aa=b", "a", NULL, 0 },
	{ "; a=b; c=d", "C", "d", 0 },
	{ "; a=\"b;c\\\"d\\\\\"; e=f", "a", "b;c\"d\\", 0 },
	{ "; a=\"b;c\\\"d\\\\\"; e=f", "e", "f", 0 },
	{ " ; (c) a (d;) = (e) b (f) ; g=h", "a", "b", 0 },
	{ "; (never closed a=b", "a", NULL, 0 },
	{ "; x; ;; =; a=b", "a", "b", PARAMS_SYNTAX },
	{ " a=b", "a", "b", 0 },
	{ "; a=b c=d", "c", "d", 0 },
	{ "; a=\"b", "a", "b", PARAMS_SYNTAX },
	{ "; a=", "a", "", 0 },
	{ "; a=\"\"", "a", "", 0 },
	{ "; a=b/c?d", "a", "b/c?d", 0 },
	/* A name that should have been quoted. */
	{ "; name=bad boy.exe; x=y", "name", "bad boy.exe", PARAMS_SYNTAX },
	{ "; name=bad boy.exe; x=y", "x", "y", PARAMS_SYNTAX },
	{ "; name=bad x=y", "name", "bad", 0 },
	/* RFC 2231. */
	{ "; a*=utf-8'en'%c3%a9%20x", "a", "\xc3\xa9 x", 0 },
	{ "; a*=iso-8859-1''%E9", "a", "\xc3\xa9", 0 },
	{ "; a*=x-none''%E9", "a",
	  "\xef\xbf\xbd"
	  "E9",
	  PARAMS_CHARSET },
	{ "; a*=utf-8''%E9", "a",
	  "\xef\xbf\xbd"
	  "E9",
	  PARAMS_CHARSET },
	{ "; a*=''%41%zz%4", "a", "A%zz%4", 0 },
	{ "; a*=plain", "a", "plain", PARAMS_SYNTAX },
	{ "; a*0=b; a*1=\"c d\"", "a", "bc d", 0 },
	{ "; a*1=c; a*0=b", "a", "bc", 0 },
	{ "; a*0*=utf-8''%c3; a*1*=%a9; a*2=%41", "a", "\xc3\xa9%41", 0 },
	{ "; a*0=b; a*2=c", "a", "b", PARAMS_GAP },
	{ "; a*1=c", "a", NULL, PARAMS_GAP },
	{ "; a*0=b; a*0=c", "a", "b", PARAMS_TWICE },
	{ "; a*0=b; a*x=c", "a", "b", PARAMS_SYNTAX },
	{ "; a*0=b; a*4294967296=c; a*100=d", "a", "b", PARAMS_SYNTAX },
	{ "; a=plain; a*=utf-8''ext", "a", "ext", PARAMS_BOTH },
	{ "; a*0=sec; a=plain", "a", "sec", PARAMS_BOTH },
	{ "; boundary*0=one; boundary*1=two", "boundary", "onetwo", 0 },
	{ "; filename*0=\"a.\"; filename*1=\"exe\"", "filename", "a.exe", 0 },
	{ "; filename*0=\"../\"; filename*1=\"x\"", "filename", "../x", 0 },
	{ "; filename*=utf-8''..%2F..%2Fx", "filename", "../../x", 0 },
	{ "; filename*=utf-8''safe.txt%00.exe", "filename",
	  "safe.txt\xef\xbf\xbd"
	  "00.exe",
	  PARAMS_CONTROL },
	{ "; filename*=utf-8''a%0D%0ABcc%1B", "filename",
	  "a\xef\xbf\xbd"
	  "0D\xef\xbf\xbd"
	  "0ABcc\xef\xbf\xbd"
	  "1B",
	  PARAMS_CONTROL },
	{ "; name*0=\"", "name", "", PARAMS_SYNTAX },
	/* RFC 2047 forbids it, and many do it. */
	{ "; name=\"=?utf-8?Q?caf=C3=A9?=\"", "name", "caf\xc3\xa9", PARAMS_WORDS },
	{ "; name==?utf-8?Q?..=2Fx?=", "name", "../x", PARAMS_WORDS },
	{ "; name=\"=?x?\"", "name", "=?x?", 0 },
	{ "; name=\"caf\xc3\xa9\"", "name", "caf\xc3\xa9", 0 },
	{ "; name=\"caf\xe9\"", "name",
	  "caf\xef\xbf\xbd"
	  "E9",
	  PARAMS_CHARSET },
};

START_TEST(test_find)
{
	struct arena a = { 0 };
	struct params_value value;
	struct params params;

	params_parse(&a, arena_str(&a, finds[_i].text), &params);
	if (finds[_i].want) {
		ck_assert(params_find(&a, &params, finds[_i].name, &value));
		ck_assert_str_eq(value.text, finds[_i].want);
	} else {
		ck_assert(!params_find(&a, &params, finds[_i].name, &value));
	}
	ck_assert_uint_eq(value.problems, finds[_i].problems);
	arena_clear(&a);
}
END_TEST

START_TEST(test_language)
{
	struct arena a = { 0 };
	struct params_value value;
	struct params params;

	params_parse(&a, arena_str(&a, "; x*=iso-8859-15'de-AT'%A4"), &params);
	ck_assert(params_find(&a, &params, "x", &value));
	ck_assert_str_eq(value.text, "\xe2\x82\xac");
	ck_assert_str_eq(value.charset, "iso-8859-15");
	ck_assert_str_eq(value.language, "de-AT");
	/* As written, for IMAP. */
	ck_assert(span_is(params.v[0].name, SPAN("x*")));
	ck_assert(span_is(params.v[0].value, SPAN("iso-8859-15'de-AT'%A4")));
	arena_clear(&a);
}
END_TEST

START_TEST(test_many)
{
	struct arena a = { 0 };
	struct params_value value;
	struct params params;
	struct buf text;

	buf_init(&text, ROOM);
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "; name*%d=x", i);
	params_parse(&a, arena_span(&a, buf_span(&text)), &params);
	ck_assert_uint_eq(params.n, PARAMS_MAX);
	ck_assert_uint_eq(params.problems, PARAMS_MANY);
	ck_assert(params_find(&a, &params, "name", &value));
	ck_assert_uint_eq(strlen(value.text), PARAMS_MAX);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *name, *value;
	unsigned how;
	const char *want;
} puts_[] = {
	{ "charset", "utf-8", 0, "; charset=utf-8" },
	{ "name", "a b", 0, "; name=\"a b\"" },
	{ "name", "", 0, "; name=\"\"" },
	{ "name", "a\"b\\c", 0, "; name=\"a\\\"b\\\\c\"" },
	{ "name", "caf\xc3\xa9 1", 0, "; name*=utf-8''caf%C3%A9%201" },
	{ "name", "caf\xc3\xa9 1", PARAMS_UTF8, "; name=\"caf\xc3\xa9 1\"" },
	{ "name", "caf\xe9", PARAMS_UTF8, "; name*=unknown-8bit''caf%E9" },
	{ "name", "=?utf-8?q?a?=", 0, "; name*=utf-8''%3D%3Futf-8%3Fq%3Fa%3F%3D" },
	{ "name", "x\ny", 0, NULL },
	{ "name", "x\ry", 0, NULL },
	{ "na me", "x", 0, NULL },
	{ "", "x", 0, NULL },
};

START_TEST(test_put)
{
	struct buf out;
	int r;

	buf_init(&out, ROOM);
	r = params_put(&out, puts_[_i].name, span_str(puts_[_i].value), puts_[_i].how);
	ck_assert_int_eq(r, puts_[_i].want ? 0 : -1);
	ck_assert_str_eq(buf_str(&out), puts_[_i].want ? puts_[_i].want : "");
	buf_clear(&out);
}
END_TEST

/* Whatever is put is read again, and its lines are within the limit. */
START_TEST(test_round_trip)
{
	static const char *const alphabets[] = {
		"abc", "a b;\"\\", "\xc3\xa9", "\xf0\x9f\x98\x80 x", "%'*=?", "=?u?q?"
	};
	unsigned char random[400];
	struct arena a = { 0 };
	struct params params;
	struct buf value, out;
	struct span rest;

	buf_init(&value, ROOM);
	buf_init(&out, ROOM);
	for (size_t n = 0; n < 300; n += 1 + n / 7) {
		buf_reset(&value);
		buf_reset(&out);
		entropy_fill(random, sizeof(random));
		for (size_t i = 0; i < n; i++) {
			const char *alphabet = alphabets[_i];

			if ((unsigned char)alphabet[0] >= 0x80)
				buf_put_str(&value, alphabet);
			else
				buf_put_char(&value, alphabet[random[i] % strlen(alphabet)]);
		}
		buf_put_str(&out, "Content-Disposition: attachment");
		ck_assert_int_eq(params_put(&out, "filename", buf_span(&value), 0), 0);
		for (rest = buf_span(&out); rest.n > 0;)
			ck_assert_uint_le(span_cut(&rest, '\n').n, HEADER_LINE_WANTED);
		params_parse(&a, header_unfold(&a, span_from(buf_span(&out), 31)), &params);
		ck_assert_uint_eq(params.problems, 0);
		ck_assert_str_eq(params_text(&a, &params, "filename"), buf_str(&value));
	}
	buf_clear(&value);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(finds));
	tcase_add_test(tc, test_language);
	tcase_add_test(tc, test_many);
	tcase_add_loop_test(tc, test_put, 0, COUNT(puts_));
	tcase_add_loop_test(tc, test_round_trip, 0, 6);
}

CHECK_MAIN(params, add_tests)
