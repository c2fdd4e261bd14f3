/* SPDX-License-Identifier: ISC */
#include "store/objectid.h"

#include <stdio.h>

#include "support/check_main.h"

static const struct {
	const char *name, *guid, *want;
} rows[] = {
	{ "1763812345.M5P6Q7.host.example,S=10,W=12:2,FS", "", "M1763812345_2eM5P6Q7_2ehost_2eexample" },
	{ "1.h:2,", "", "M1_2eh" },
	{ "1.h", "18cf150821ab026ba014000083ecc375", "M18cf150821ab026ba014000083ecc375" },
	{ "2.h,S=1:2,", "1.h,S=1", "M1_2eh" },
	{ "a_b/c\xc3\xa4:2,", "", "Ma_5fb_2fc_c3_a4" },
	{ "x", "", "Mx" },
};

static const char *put(const char *name, const char *guid, struct buf *out)
{
	struct cache_name n = { .in_new = false };

	snprintf(n.name, sizeof(n.name), "%s", name);
	snprintf(n.guid, sizeof(n.guid), "%s", guid);
	buf_reset(out);
	objectid_put_message(out, &n);
	return buf_str(out);
}

START_TEST(test_message)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_str_eq(put(rows[_i].name, rows[_i].guid, &out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

/* Two that differ at the end only stay two. */
START_TEST(test_long)
{
	char name[NAME_MAX + 1], first[300];
	struct buf out;

	buf_init(&out, 1000);
	memset(name, '.', sizeof(name));
	name[NAME_MAX] = '\0';
	snprintf(first, sizeof(first), "%s", put(name, "", &out));
	ck_assert_uint_le(strlen(first), OBJECTID_MAX);
	name[NAME_MAX - 1] = 'x';
	ck_assert_str_ne(put(name, "", &out), first);
	buf_clear(&out);
}
END_TEST

START_TEST(test_folder)
{
	struct buf out;

	buf_init(&out, 100);
	objectid_put_folder(&out, "18cf150821ab026ba014000083ecc375");
	ck_assert_str_eq(buf_str(&out), "F18cf150821ab026ba014000083ecc375");
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_message, 0, COUNT(rows));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_folder);
}

CHECK_MAIN(objectid, add_tests)
