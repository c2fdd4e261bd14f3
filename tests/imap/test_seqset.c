/* SPDX-License-Identifier: ISC */
#include "imap/seqset.h"
#include "imap/put.h"
#include "support/check_main.h"

static const struct {
	const char *text;
	uint32_t star;
	const char *want; /* resolved; NULL: it is no set */
	unsigned count;
} rows[] = {
	{ "1", 5, "1", 1 },
	{ "*", 5, "5", 1 },
	{ "*", 0, "", 0 },
	{ "3:1", 5, "1:3", 3 },
	{ "1:*", 5, "1:5", 5 },
	{ "*:1", 5, "1:5", 5 },
	{ "7:*", 5, "5:7", 3 },
	{ "1:*,3", 0, "3", 1 },
	{ "*:*", 9, "9", 1 },
	{ "1,2,3", 9, "1:3", 3 },
	{ "3,1,2", 9, "1:3", 3 },
	{ "1:3,2:9,20,5", 9, "1:9,20", 10 },
	{ "5:6,1:2,2:4,8", 9, "1:6,8", 7 },
	{ "1:100,50", 9, "1:100", 100 },
	{ "4294967295", 9, "4294967295", 1 },
	{ "4294967294:4294967295,1", 9, "1,4294967294:4294967295", 3 },
	{ "*:4294967295", 4294967293, "4294967293:4294967295", 3 },
	{ "1,1,1,1", 9, "1", 1 },
	{ "", 9, NULL, 0 },
	{ "0", 9, NULL, 0 },
	{ "01", 9, NULL, 0 },
	{ "1,", 9, NULL, 0 },
	{ ",1", 9, NULL, 0 },
	{ "1:", 9, NULL, 0 },
	{ ":1", 9, NULL, 0 },
	{ "1:2:3", 9, NULL, 0 },
	{ "1,,2", 9, NULL, 0 },
	{ "-1", 9, NULL, 0 },
	{ "+1", 9, NULL, 0 },
	{ "4294967296", 9, NULL, 0 },
	{ "99999999999999999999999", 9, NULL, 0 },
	{ "1 ", 9, NULL, 0 },
	{ "**", 9, NULL, 0 },
	{ "$,1", 9, NULL, 0 },
	{ "1:0", 9, NULL, 0 },
	{ "a", 9, NULL, 0 },
};

START_TEST(test_parse)
{
	struct arena a = { 0 };
	struct seqset s;
	struct buf out;
	int rc = seqset_parse(&a, span_str(rows[_i].text), &s);

	ck_assert_int_eq(rc, rows[_i].want ? 0 : -1);
	if (rc == 0) {
		buf_init(&out, 1000);
		seqset_resolve(&s, rows[_i].star);
		imap_put_seqset(&out, &s);
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
		ck_assert_uint_eq(seqset_count(&s), rows[_i].count);
		buf_clear(&out);
	}
	arena_clear(&a);
}
END_TEST

START_TEST(test_saved)
{
	struct arena a = { 0 };
	struct seqset s;

	ck_assert_int_eq(seqset_parse(&a, SPAN("$"), &s), 0);
	ck_assert(s.is_saved);
	ck_assert_uint_eq(s.n, 0);
	ck_assert_int_eq(seqset_parse(&a, SPAN("1"), &s), 0);
	ck_assert(!s.is_saved);
	arena_clear(&a);
}
END_TEST

START_TEST(test_add)
{
	struct arena a = { 0 };
	struct seqset s = { 0 };
	struct seqset_iter it = { 0 };
	uint32_t number, sum = 0, n = 0;

	ck_assert(!seqset_next(&s, &it, &number));
	ck_assert_uint_eq(seqset_last(&s), 0);
	ck_assert(!seqset_has(&s, 1));
	for (uint32_t i = 1; i <= 100; i++)
		if (i % 10)
			seqset_add(&a, &s, i, i);
	ck_assert_uint_eq(s.n, 10);
	ck_assert_uint_eq(seqset_count(&s), 90);
	ck_assert_uint_eq(seqset_last(&s), 99);
	for (uint32_t i = 0; i <= 101; i++)
		ck_assert_int_eq(seqset_has(&s, i), i > 0 && i < 100 && i % 10 != 0);
	for (it = (struct seqset_iter){ 0 }; seqset_next(&s, &it, &number); n++)
		sum += number;
	ck_assert_uint_eq(n, 90);
	ck_assert_uint_eq(sum, 5050 - 550);
	ck_assert(!seqset_next(&s, &it, &number));
	/* Behind the last, touching it, in it, and before it. */
	seqset_add(&a, &s, 100, 200);
	ck_assert_uint_eq(s.n, 10);
	seqset_add(&a, &s, 150, 160);
	ck_assert_uint_eq(seqset_last(&s), 200);
	seqset_add(&a, &s, 10, 10);
	seqset_resolve(&s, 0);
	ck_assert_uint_eq(s.n, 9);
	arena_clear(&a);
}
END_TEST

/* The largest number there is has none behind it. */
START_TEST(test_end_of_numbers)
{
	struct arena a = { 0 };
	struct seqset s = { 0 };
	struct seqset_iter it = { 0 };
	uint32_t number, n = 0;

	seqset_add(&a, &s, UINT32_MAX - 1, UINT32_MAX);
	seqset_add(&a, &s, UINT32_MAX, UINT32_MAX);
	ck_assert_uint_eq(s.n, 1);
	while (seqset_next(&s, &it, &number))
		n++;
	ck_assert_uint_eq(n, 2);
	ck_assert(seqset_has(&s, UINT32_MAX));
	arena_clear(&a);
}
END_TEST

/* 64 KiB of text that jumps up and down. */
START_TEST(test_large)
{
	struct arena a = { 0 };
	struct seqset s;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (unsigned i = 0; i < 30000; i++)
		buf_printf(&text, "%s%u", i ? "," : "", i % 2 ? 60000 - i : i + 1);
	ck_assert_int_eq(seqset_parse(&a, buf_span(&text), &s), 0);
	seqset_resolve(&s, 1);
	ck_assert_uint_eq(seqset_count(&s), 30000);
	ck_assert_uint_eq(s.n, 30000);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_saved);
	tcase_add_test(tc, test_add);
	tcase_add_test(tc, test_end_of_numbers);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(seqset, add_tests)
