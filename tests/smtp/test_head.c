/* SPDX-License-Identifier: ISC */
#include "smtp/head.h"

#include "support/check_main.h"

static const struct {
	const char *text;
	unsigned octets, received;
	bool over;
} rows[] = {
	{ "", 0, 0, false },
	{ "Subject: x\n", 11, 0, false },
	{ "Subject: x\n\nReceived: y\n", 12, 0, true },
	{ "\nReceived: y\n", 1, 0, true },
	{ "Received: a\n\tb\nReceived: c\n\n", 28, 2, true },
	{ "RECEIVED:a\nreceived :b\nReceived \t: c\n\n", 38, 3, true },
	{ "Receive: a\nReceivedx: b\nX-Received: c\n Received: d\nReceived\n\n", 61, 0, true },
	{ "Received:", 9, 1, false },
	{ "Received", 8, 0, false },
};

START_TEST(test_head)
{
	for (size_t piece = 1; piece < 70; piece += 3) {
		struct head h = { 0 };
		struct span rest = span_str(rows[_i].text);

		while (rest.n) {
			size_t n = rest.n < piece ? rest.n : piece;

			head_feed(&h, span_of(rest.p, n));
			rest = span_from(rest, n);
		}
		ck_assert_int_eq(h.octets, rows[_i].octets);
		ck_assert_int_eq(h.received, rows[_i].received);
		ck_assert_int_eq(h.over, rows[_i].over);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_head, 0, COUNT(rows));
}

CHECK_MAIN(head, add_tests)
