/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "support/check_main.h"

START_TEST(test_puts)
{
	struct buf b;

	buf_init(&b, 100);
	ck_assert_str_eq(buf_str(&b), "");
	buf_put_str(&b, "MAIL FROM:<");
	buf_put_span(&b, SPAN("a@b"));
	buf_put_char(&b, '>');
	buf_printf(&b, " SIZE=%d", 10);
	buf_put(&b, "\0x", 2);
	ck_assert(span_is(buf_span(&b), SPAN("MAIL FROM:<a@b> SIZE=10\0x")));
	ck_assert(!b.overflow);
	buf_clear(&b);
	ck_assert_str_eq(buf_str(&b), "");
	buf_put_str(&b, "again");
	ck_assert_str_eq(buf_str(&b), "again");
	buf_clear(&b);
}
END_TEST

START_TEST(test_put_number)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put_number(&b, 0);
	buf_put_char(&b, ' ');
	buf_put_number(&b, 1070);
	buf_put_char(&b, ' ');
	buf_put_number(&b, UINT64_MAX);
	ck_assert_str_eq(buf_str(&b), "0 1070 18446744073709551615");
	buf_clear(&b);
}
END_TEST

/* What does not fit is dropped whole, and so is all that follows it. */
START_TEST(test_overflow)
{
	struct buf b;

	buf_init(&b, 8);
	buf_put_str(&b, "12345678");
	ck_assert(!b.overflow);
	buf_put(&b, "", 0);
	ck_assert(!b.overflow);
	buf_cut(&b, 6);
	buf_put_str(&b, "abc");
	ck_assert(b.overflow);
	buf_put_char(&b, 'x');
	buf_printf(&b, "y");
	ck_assert_ptr_null(buf_room(&b, 1));
	ck_assert_str_eq(buf_str(&b), "123456");
	buf_reset(&b);
	ck_assert(!b.overflow);
	buf_printf(&b, "%s", "123456789");
	ck_assert(b.overflow);
	ck_assert_str_eq(buf_str(&b), "");
	buf_clear(&b);
}
END_TEST

START_TEST(test_overflow_of_size)
{
	struct buf b;

	buf_init(&b, 100);
	buf_put_char(&b, 'a');
	ck_assert_ptr_null(buf_room(&b, SIZE_MAX));
	ck_assert(b.overflow);
	buf_clear(&b);
}
END_TEST

START_TEST(test_consume_and_cut)
{
	struct buf b;

	buf_init(&b, 100);
	buf_consume(&b, 0);
	buf_put_str(&b, "first\nsecond");
	buf_consume(&b, 6);
	ck_assert_str_eq(buf_str(&b), "second");
	buf_cut(&b, 99);
	buf_cut(&b, 3);
	ck_assert_str_eq(buf_str(&b), "sec");
	buf_consume(&b, 3);
	ck_assert_str_eq(buf_str(&b), "");
	buf_clear(&b);
}
END_TEST

START_TEST(test_room)
{
	struct buf b;
	char *room;

	buf_init(&b, 10000);
	room = buf_room(&b, 9000);
	ck_assert_ptr_nonnull(room);
	memset(room, 'x', 9000);
	buf_added(&b, 5);
	ck_assert_str_eq(buf_str(&b), "xxxxx");
	buf_clear(&b);
}
END_TEST

START_TEST(test_growth_keeps_content)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_put_char(&b, (char)('a' + i % 26));
	ck_assert_uint_eq(b.n, 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(b.p[i], 'a' + i % 26);
	ck_assert_int_eq(b.p[b.n], '\0');
	buf_clear(&b);
}
END_TEST

/* A buf that was wiped is an empty one; that the bytes are gone, only the allocator could see. */
START_TEST(test_wipe)
{
	struct buf b;

	buf_init(&b, 10);
	buf_wipe(&b);
	buf_put_str(&b, "secret");
	buf_wipe(&b);
	ck_assert_ptr_null(b.p);
	ck_assert_uint_eq(b.n, 0);
	buf_put_str(&b, "0123456789");
	ck_assert(!b.overflow);
	buf_clear(&b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_wipe);
	tcase_add_test(tc, test_puts);
	tcase_add_test(tc, test_put_number);
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_overflow_of_size);
	tcase_add_test(tc, test_consume_and_cut);
	tcase_add_test(tc, test_room);
	tcase_add_test(tc, test_growth_keeps_content);
}

CHECK_MAIN(buf, add_tests)
