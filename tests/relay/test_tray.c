/* SPDX-License-Identifier: ISC */
#include "relay/tray.h"

#include <stdio.h>

#include "support/check_main.h"

static void make_id(char id[ENTROPY_ID + 1], int n)
{
	snprintf(id, ENTROPY_ID + 1, "%016d", n);
}

/* First in, first out, however both mix. */
START_TEST(test_order)
{
	enum { N = 2000 };
	struct tray t = { 0 };
	char id[ENTROPY_ID + 1], want[ENTROPY_ID + 1];
	int in = 0, out = 0;

	ck_assert(!tray_take(&t, id));
	for (int round = 0; out < N; round++) {
		for (int i = 0; i < 1 + round % 7 && in < N; i++) {
			make_id(id, in++);
			tray_add(&t, id);
		}
		for (int i = 0; i < 1 + round % 5 && out < in; i++) {
			make_id(want, out++);
			ck_assert(tray_take(&t, id));
			ck_assert_str_eq(id, want);
		}
		ck_assert_uint_eq(tray_count(&t), in - out);
		/* What was taken makes room. */
		ck_assert_uint_le(t.room, 4 * N);
	}
	ck_assert(!tray_take(&t, id));
	tray_add(&t, id);
	tray_clear(&t);
	ck_assert_uint_eq(tray_count(&t), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_order);
}

CHECK_MAIN(tray, add_tests)
