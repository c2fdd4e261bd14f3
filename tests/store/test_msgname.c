/* SPDX-License-Identifier: ISC */
#include "store/msgname.h"

#include "support/check_main.h"

#define SEEN MSGNAME_SEEN
#define NO   MSGNAME_UNKNOWN

static const struct {
	const char *name, *base;
	uint32_t flags;
	uint64_t size, virtual;
} rows[] = {
	{ "1.M2P3.h", "1.M2P3.h", 0, NO, NO },
	{ "1.M2P3.h,S=12,W=34:2,", "1.M2P3.h,S=12,W=34", 0, 12, 34 },
	{ "1.h,W=34,S=12:2,FS", "1.h,W=34,S=12", MSGNAME_FLAGGED | SEEN, 12, 34 },
	{ "1.h:2,DFPRSTaz", "1.h", ~UINT32_C(0) << 26 | 1 | 1 << 25, NO, NO },
	{ "1.h:2,S,ab", "1.h", SEEN, NO, NO },
	{ "1.h:2,SXyS", "1.h", SEEN | 1 << 24, NO, NO },
	{ "1.h:1,S", "1.h", 0, NO, NO },
	{ "1.h:2", "1.h", 0, NO, NO },
	{ "1.h:", "1.h", 0, NO, NO },
	{ ":2,S", "", SEEN, NO, NO },
	{ "1.h,S=:2,S", "1.h,S=", SEEN, NO, NO },
	{ "1.h,S=-1:2,", "1.h,S=-1", 0, NO, NO },
	{ "1.h,S=99999999999999999999", "1.h,S=99999999999999999999", 0, NO, NO },
	{ "1.h,S=1x,W=2", "1.h,S=1x,W=2", 0, NO, 2 },
	{ "1.h:2,S,S=5", "1.h", SEEN, NO, NO },
};

START_TEST(test_parse)
{
	struct msgname got;

	msgname_parse(span_str(rows[_i].name), &got);
	ck_assert(span_is(got.base, span_str(rows[_i].base)));
	ck_assert_uint_eq(got.flags, rows[_i].flags);
	ck_assert_uint_eq(got.size, rows[_i].size);
	ck_assert_uint_eq(got.virtual, rows[_i].virtual);
}
END_TEST

static const struct {
	const char *name;
	uint32_t flags;
	const char *want;
} sets[] = {
	{ "1.h", 0, "1.h:2," },
	{ "1.h", SEEN, "1.h:2,S" },
	{ "1.h:2,S", 0, "1.h:2," },
	{ "1.h:2,S", SEEN | MSGNAME_DRAFT | 5, "1.h:2,DSac" },
	{ "1.h:2,AXZ", SEEN | MSGNAME_FLAGGED | 1, "1.h:2,AFSXZa" },
	{ "1.h:2,S,more", MSGNAME_DELETED, "1.h:2,T,more" },
	{ "1.h:1,old", SEEN, "1.h:2,S" },
	{ "1.h,S=1:2,TSRFD", SEEN, "1.h,S=1:2,S" },
};

START_TEST(test_set_flags)
{
	char out[NAME_MAX + 1];

	ck_assert_int_eq(msgname_set_flags(out, span_str(sets[_i].name), sets[_i].flags), 0);
	ck_assert_str_eq(out, sets[_i].want);
}
END_TEST

START_TEST(test_too_long)
{
	char name[NAME_MAX + 1], out[NAME_MAX + 1];

	memset(name, 'x', NAME_MAX);
	name[NAME_MAX] = '\0';
	ck_assert_int_eq(msgname_set_flags(out, span_str(name), 0), -1);
	name[NAME_MAX - 4] = '\0';
	ck_assert_int_eq(msgname_set_flags(out, span_str(name), SEEN), 0);
	ck_assert_uint_eq(strlen(out), NAME_MAX);
	ck_assert_int_eq(msgname_set_flags(out, span_str(name), SEEN | 1), -1);
}
END_TEST

/* In ascending order. */
static const char *const order[] = {
	"abc.h",     "1.M3.a", "1.M3.b", "2.M1.z", "2.M000002.h",  "2.M10.h",	       "3.P1M7.h",
	"3.P1M08.h", "3.R5.h", "9.h",	 "10.h",   "1700000000.x", "1700000000.x:2,S",
};

START_TEST(test_compare)
{
	for (int k = 0; k < COUNT(order); k++) {
		struct msgname_order a = msgname_order(order[_i]), b = msgname_order(order[k]);
		int got = msgname_compare(&a, &b);

		ck_assert_msg((got > 0) - (got < 0) == (_i > k) - (_i < k), "%s %s", order[_i], order[k]);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_set_flags, 0, COUNT(sets));
	tcase_add_test(tc, test_too_long);
	tcase_add_loop_test(tc, test_compare, 0, COUNT(order));
}

CHECK_MAIN(msgname, add_tests)
