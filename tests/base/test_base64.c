/* SPDX-License-Identifier: ISC */
#include "base/base64.h"
#include "support/check_main.h"

static const struct {
	struct span bytes;
	const char *text;
} pairs[] = {
	/* RFC 4648 section 10 */
	{ SPAN_INIT(""), "" },
	{ SPAN_INIT("f"), "Zg==" },
	{ SPAN_INIT("fo"), "Zm8=" },
	{ SPAN_INIT("foo"), "Zm9v" },
	{ SPAN_INIT("foob"), "Zm9vYg==" },
	{ SPAN_INIT("fooba"), "Zm9vYmE=" },
	{ SPAN_INIT("foobar"), "Zm9vYmFy" },
	{ SPAN_INIT("\0user\0secret"), "AHVzZXIAc2VjcmV0" },
	{ SPAN_INIT("\xff\xfe\xfb"), "//77" },
	{ SPAN_INIT("\xfb\xef\xbe"), "++++" },
};

START_TEST(test_pairs)
{
	struct buf out;

	buf_init(&out, 100);
	base64_put(&out, pairs[_i].bytes);
	ck_assert_str_eq(buf_str(&out), pairs[_i].text);
	ck_assert_uint_eq(out.n, base64_size(pairs[_i].bytes.n));
	buf_reset(&out);
	ck_assert_int_eq(base64_parse(&out, span_str(pairs[_i].text), 0), 0);
	ck_assert_msg(span_is(buf_span(&out), pairs[_i].bytes), "row %d", _i);
	buf_clear(&out);
}
END_TEST

static const struct {
	struct span text;
	const char *unpadded; /* what it is with BASE64_UNPADDED, NULL: refused too */
} refused[] = {
	{ SPAN_INIT("Z"), NULL },	 { SPAN_INIT("Zg"), "f" },	{ SPAN_INIT("Zg="), NULL },
	{ SPAN_INIT("Zg==="), NULL },	 { SPAN_INIT("Zm8"), "fo" },	{ SPAN_INIT("Zm9vYg"), "foob" },
	{ SPAN_INIT("="), NULL },	 { SPAN_INIT("===="), NULL },	{ SPAN_INIT("Z==="), NULL },
	{ SPAN_INIT("Zg==Zg=="), NULL }, { SPAN_INIT("Zm9v\n"), NULL }, { SPAN_INIT("Zm 9v"), NULL },
	{ SPAN_INIT(" Zm9v"), NULL },	 { SPAN_INIT("Zm\0v"), NULL },	{ SPAN_INIT("Zm9-"), NULL },
	{ SPAN_INIT("Zm9\xff"), NULL },	 { SPAN_INIT("Zh=="), NULL }, /* left-over bits */
	{ SPAN_INIT("Zm9="), NULL },	 { SPAN_INIT("Zh"), NULL },	{ SPAN_INIT("*"), NULL },
};

START_TEST(test_refused)
{
	const char *want = refused[_i].unpadded;
	struct buf out;

	buf_init(&out, 100);
	buf_put_str(&out, "kept ");
	ck_assert_int_eq(base64_parse(&out, refused[_i].text, 0), -1);
	ck_assert_str_eq(buf_str(&out), "kept ");
	ck_assert_int_eq(base64_parse(&out, refused[_i].text, BASE64_UNPADDED), want ? 0 : -1);
	ck_assert_str_eq(buf_str(&out) + 5, want ? want : "");
	buf_clear(&out);
}
END_TEST

START_TEST(test_overflow)
{
	struct buf out;

	buf_init(&out, 7);
	base64_put(&out, SPAN("fooba"));
	ck_assert(out.overflow);
	ck_assert_uint_eq(out.n, 0);
	buf_clear(&out);
}
END_TEST

START_TEST(test_digits)
{
	int n = 0;

	for (int c = 0; c < 256; c++)
		n += base64_is_digit((char)c);
	ck_assert_int_eq(n, 64);
	ck_assert(!base64_is_digit('=') && !base64_is_digit('\0') && base64_is_digit('/'));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_pairs, 0, COUNT(pairs));
	tcase_add_loop_test(tc, test_refused, 0, COUNT(refused));
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_digits);
}

CHECK_MAIN(base64, add_tests)
