/* SPDX-License-Identifier: ISC */
#include "imap/sort.h"

#include "support/check_main.h"

/* Message number n is row n - 1. */
static const struct {
	int64_t arrival, sent;
	uint64_t size;
	const char *header;
} messages[] = {
	{ 50, 30, 300, "Subject: Re: beta\nFrom: Zoe <a@x>\nTo: k@x\nDate: Thu, 1 Jan 1970 00:00:30 +0000\n" },
	{ 40, 20, 200,
	  "Subject: Alpha\nFrom: b@x\nTo: =?utf-8?q?=C3=84rger?= <l@x>\nCc: z@x\n"
	  "Date: Thu, 1 Jan 1970 01:00:20 +0100\n" },
	{ 10, 10, 100, "Subject: alpha\nFrom: \"Bob\" <C@x>\nTo: m@x\n" },
	{ 20, 20, 200, "From: nobody in particular\nDate: someday\n" },
	{ 30, 5, 100, "Subject: [list] Gamma\nFrom: adam <d@x>\nDate: Thu, 1 Jan 1970 00:00:05 +0000\n" },
};

static const struct {
	const char *keys;
	uint32_t want[COUNT(messages)];
} rows[] = {
	{ "(ARRIVAL)", { 3, 4, 5, 2, 1 } },
	{ "(REVERSE ARRIVAL)", { 1, 2, 5, 4, 3 } },
	{ "(SIZE)", { 3, 5, 2, 4, 1 } },
	{ "(REVERSE SIZE)", { 1, 2, 4, 3, 5 } },
	{ "(size reverse arrival)", { 5, 3, 2, 4, 1 } },
	{ "(DATE)", { 5, 3, 2, 4, 1 } },
	{ "(SUBJECT)", { 4, 2, 3, 1, 5 } },
	{ "(REVERSE SUBJECT)", { 5, 1, 2, 3, 4 } },
	{ "(REVERSE SUBJECT REVERSE ARRIVAL)", { 5, 1, 2, 3, 4 } },
	{ "(FROM)", { 4, 1, 2, 3, 5 } },
	{ "(CC)", { 1, 3, 4, 5, 2 } },
	{ "(TO)", { 4, 5, 1, 2, 3 } },
	{ "(DISPLAYFROM)", { 4, 5, 2, 3, 1 } },
	{ "(DISPLAYTO)", { 4, 5, 2, 1, 3 } },
};

START_TEST(test_order)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct sort_keys keys;
	struct sort s;

	imap_parse_init(&p, &a, span_str(rows[_i].keys), false);
	ck_assert_int_eq(sort_parse(&p, &keys), 0);
	ck_assert(imap_parse_is_end(&p));
	sort_init(&s, &keys, &a, COUNT(messages));
	for (uint32_t i = 0; i < COUNT(messages); i++) {
		struct fields fields;

		fields_find(span_str(messages[i].header), &fields);
		sort_add(&s, i + 1,
			 &(struct sort_facts){
				 .arrival = messages[i].arrival,
				 .sent = messages[i].sent,
				 .size = messages[i].size,
				 .fields = &fields,
			 });
	}
	sort_run(&s);
	ck_assert_uint_eq(s.n, COUNT(messages));
	for (size_t i = 0; i < s.n; i++)
		ck_assert_uint_eq(s.number[i], rows[_i].want[i]);
	arena_clear(&a);
}
END_TEST

static const char *const bad[] = {
	"",
	"()",
	"SIZE",
	"(SIZE",
	"(SIZE )",
	"( SIZE)",
	"(REVERSE)",
	"(REVERSE )",
	"(RELEVANCE)",
	"(REVERSE REVERSE SIZE)",
	"(SIZES)",
	"(SIZE,DATE)",
	"(SIZE (DATE))",
	"(TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO TO)",
};

START_TEST(test_bad)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct sort_keys keys;

	imap_parse_init(&p, &a, span_str(bad[_i]), false);
	ck_assert_int_eq(sort_parse(&p, &keys), -1);
	ck_assert_ptr_nonnull(p.wrong);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *keys;
	unsigned want;
} needs[] = {
	{ "(ARRIVAL)", SORT_NEEDS_ARRIVAL },
	{ "(SIZE)", SORT_NEEDS_SIZE },
	{ "(SIZE SUBJECT)", SORT_NEEDS_SIZE | SORT_NEEDS_FIELDS },
	{ "(DATE FROM)", SORT_NEEDS_SENT | SORT_NEEDS_FIELDS },
};

START_TEST(test_needs)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct sort_keys keys;

	imap_parse_init(&p, &a, span_str(needs[_i].keys), false);
	ck_assert_int_eq(sort_parse(&p, &keys), 0);
	ck_assert_uint_eq(sort_needs(&keys), needs[_i].want);
	arena_clear(&a);
}
END_TEST

/* What is longer than what is compared is in its place all the same. */
START_TEST(test_long)
{
	struct arena a = { 0 };
	struct sort_keys keys = { { { SORT_SUBJECT, false } }, 1 };
	char *subject = arena_alloc(&a, 200001);
	struct fields long_one = { 0 }, other = { 0 };
	struct sort s;

	memset(subject, 'b', 200000);
	long_one.body[FIELD_SUBJECT] = span_of(subject, 200000);
	other.body[FIELD_SUBJECT] = SPAN("a");
	sort_init(&s, &keys, &a, 3);
	sort_add(&s, 1, &(struct sort_facts){ .fields = &long_one });
	sort_add(&s, 2, &(struct sort_facts){ .fields = &other });
	other.body[FIELD_SUBJECT] = SPAN("c");
	sort_add(&s, 3, &(struct sort_facts){ .fields = &other });
	sort_run(&s);
	ck_assert(s.number[0] == 2 && s.number[1] == 1 && s.number[2] == 3);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_order, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_loop_test(tc, test_needs, 0, COUNT(needs));
	tcase_add_test(tc, test_long);
}

CHECK_MAIN(sort, add_tests)
