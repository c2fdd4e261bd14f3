/* SPDX-License-Identifier: ISC */
#include "auth/prep.h"

#include "support/check_main.h"

/* The first ones are RFC 4013's examples. */
static const struct {
	const char *in, *want; /* NULL: refused */
} rows[] = {
	{ "I\xc2\xadX", "IX" },
	{ "user", "user" },
	{ "USER", "USER" },
	{ "\xc2\xaa", "a" },
	{ "\xe2\x85\xa8", "IX" },
	{ "\x07", NULL },
	{ "\xd8\xa7\x31", NULL },
	{ "e\xcc\x81t\xc3\xa9", "\xc3\xa9t\xc3\xa9" },
	/* What is not allowed may come out of what would be. */
	{ "\xe2\x84\xa8\xee\x80\x80", NULL },
	{ "", "" },
	{ "pass word ~!", "pass word ~!" },
	{ "a\xc2\xa0"
	  "b\xe3\x80\x80"
	  "c",
	  "a b c" },
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "\xef\xbb\xbfx", "x" },
	{ "a\tb", NULL },
	{ "a\x7f", NULL },
	{ "a\xc2\x85", NULL },
	{ "a\xe2\x80\xa8", NULL },
	{ "\xef\xbf\xbe", NULL },
	{ "\xf0\x9f\xbf\xbf", NULL },
	{ "\xee\x80\x80", NULL },
	/* To the left from end to end; in two directions, also when that comes of a full-width letter. */
	{ "\xd7\xa9\xd7\x9c 1 \xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c 1 \xd7\x95\xd7\x9d" },
	{ "\xd7\xa9 x \xd7\x9d", NULL },
	{ "\xd7\xa9 \xef\xbc\xa1 \xd7\x9d", NULL },
	{ "\xff", NULL },
	{ "a\xc3", NULL },
};

START_TEST(test_prep)
{
	struct buf out;
	int rc;

	buf_init(&out, 100);
	rc = prep_put(&out, span_str(rows[_i].in));
	ck_assert_int_eq(rc, rows[_i].want ? 0 : -1);
	if (rc == 0)
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_prep, 0, COUNT(rows));
}

CHECK_MAIN(prep, add_tests)
