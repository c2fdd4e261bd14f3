/* SPDX-License-Identifier: ISC */
#include "imap/objectid.h"
#include "support/check_main.h"

static const struct {
	const char *in, *want;
} rows[] = {
	{ "1700000000.M123P45.host:2,S", "1700000000_2eM123P45_2ehost" },
	{ "1700000000.M123P45.host,S=10,W=12:2,", "1700000000_2eM123P45_2ehost" },
	{ "a-b_c", "a-b_5fc" },
	{ "x\xff y", "x_ff_20y" },
};

static const char *put(struct buf *out, struct span name)
{
	buf_reset(out);
	imap_objectid_put(out, name);
	return buf_str(out);
}

START_TEST(test_rows)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_str_eq(put(&out, span_str(rows[_i].in)), rows[_i].want);
	buf_clear(&out);
}
END_TEST

/* However long, however odd: one to 255 of the characters, and others for others. */
START_TEST(test_long)
{
	struct buf out, other;
	char name[256];

	buf_init(&out, 1000);
	buf_init(&other, 1000);
	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, _i, n);
		put(&out, span_of(name, n));
		ck_assert_uint_ge(out.n, 1);
		ck_assert_uint_le(out.n, IMAP_OBJECTID_MAX);
		ck_assert_uint_eq(
			strspn(buf_str(&out), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
			out.n);
		ck_assert_str_ne(buf_str(&out), put(&other, span_of(name, n - 1)));
	}
	buf_clear(&out);
	buf_clear(&other);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_long, '.', '4');
}

CHECK_MAIN(objectid, add_tests)
