/* SPDX-License-Identifier: ISC */
#include "store/uidl.h"

#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct mailbox box;

static void setup(void)
{
	tempdir_write("m/cur/1700000000.M1P2.Host,S=5:2,S", "x", 0600);
	tempdir_write("m/cur/2.h:2,", "x", 0600);
	tempdir_write("m/cur/3.a-name-that-is-longer-than-the-seventy-octets-that-a-unique-id-may-have.h:2,", "x",
		      0600);
	tempdir_write("m/new/.x", "", 0600);
	tempdir_write("m/tmp/.x", "", 0600);
	tempdir_write("m/dovecot-uidlist",
		      "3 V1795336993 N1 G18cf150821ab026ba014000083ecc375\n"
		      "26 :1700000000.M1P2.Host,S=5\n27 Pold-id G77 :2.h\n"
		      "28 :3.a-name-that-is-longer-than-the-seventy-octets-that-a-unique-id-may-have.h\n",
		      0600);
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("m"), 0, &fault), 0);
}

static void teardown(void)
{
	mailbox_close(&box);
	tempdir_remove();
}

static const struct {
	const char *format;
	size_t i;
	const char *want; /* NULL: 32 hex digits */
} rows[] = {
	{ UIDL_FORMAT_DEFAULT, 0, "0000001a6b02ab21" },
	{ "%v-%u", 0, "1795336993-26" },
	{ "%Xv.%8Xu", 0, "6b02ab21.1a" },
	{ "%01u", 0, "26" },
	{ "%04u", 0, "0026" },
	{ "%08UXu", 0, "0000001a" },
	{ "%ULf", 0, "1700000000.m1p2.host,s=5" },
	{ "%LUf", 0, "1700000000.M1P2.HOST,S=5" },
	{ "%030f", 0, "0000001700000000.M1P2.Host,S=5" },
	{ "%05f", 0, "1700000000.M1P2.Host,S=5" },
	{ "%08XUu%%", 0, "0000001A%" },
	{ "%3v%u", 0, "17926" },
	{ "%g", 0, "1700000000.M1P2.Host,S=5" },
	{ "%f", 0, "1700000000.M1P2.Host,S=5" },
	{ "%Lf", 0, "1700000000.m1p2.host,s=5" },
	{ UIDL_FORMAT_DEFAULT, 1, "old-id" },
	{ UIDL_FORMAT_DEFAULT, 2, "0000001c6b02ab21" },
	{ "%f", 2, "3.a-name-that-is-longer-than-the-seventy-octets-that-a-unique-id-may-have.h" },
	{ "%0250f%0250f", 0, NULL },
	{ "a b%u", 0, NULL },
};

START_TEST(test_format)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_int_eq(uidl_check(rows[_i].format, &fault), 0);
	buf_put_char(&out, '>');
	ck_assert_int_eq(uidl_put(&out, rows[_i].format, &box, rows[_i].i, &fault), 0);
	if (rows[_i].want)
		ck_assert_str_eq(buf_str(&out) + 1, rows[_i].want);
	else
		ck_assert_uint_eq(strspn(buf_str(&out) + 1, "0123456789abcdef"), 32);
	buf_clear(&out);
}
END_TEST

static const char *const bad[] = { "",	    "fixed",  "%v",  "%",     "%u%",  "%m",  "%q%u",
				   "%999u", "%u\r\n", "%4u", "%v%9u", "%7Xu", "%Xf", "%XLg" };

START_TEST(test_bad)
{
	ck_assert_int_eq(uidl_check(bad[_i], &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_USAGE);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_format, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
}

CHECK_MAIN(uidl, add_tests)
