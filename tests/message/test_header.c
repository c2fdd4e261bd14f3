/* SPDX-License-Identifier: ISC */
#include "message/header.h"
#include "support/check_main.h"

static const struct {
	struct span in;
	int rc;
	const char *name, *body;
	size_t whole;
	const char *rest;
} nexts[] = {
	{ SPAN_INIT("A: b\nC: d\n"), 1, "A", " b", 5, "C: d\n" },
	{ SPAN_INIT("A: b\r\nC: d\r\n"), 1, "A", " b", 6, "C: d\r\n" },
	{ SPAN_INIT("A:b"), 1, "A", "b", 3, "" },
	{ SPAN_INIT("A:\n"), 1, "A", "", 3, "" },
	{ SPAN_INIT("A:"), 1, "A", "", 2, "" },
	{ SPAN_INIT("A: b\n c\n\td\nE: f\n"), 1, "A", " b\n c\n\td", 11, "E: f\n" },
	{ SPAN_INIT("A: b\r\n c\r\n\r\nx"), 1, "A", " b\r\n c", 10, "\r\nx" },
	{ SPAN_INIT("A: b\n \nC: d\n"), 1, "A", " b\n ", 7, "C: d\n" },
	{ SPAN_INIT("From : x\n"), 1, "From", " x", 9, "" },
	{ SPAN_INIT("From \t: x\n"), 1, "From", " x", 10, "" },
	{ SPAN_INIT("a:b:c\n"), 1, "a", "b:c", 6, "" },
	{ SPAN_INIT("!#$~: x\n"), 1, "!#$~", " x", 8, "" },
	{ SPAN_INIT("\nbody"), 0, "", "", 0, "body" },
	{ SPAN_INIT("\r\nbody"), 0, "", "", 0, "body" },
	{ SPAN_INIT("\n"), 0, "", "", 0, "" },
	{ SPAN_INIT(""), 0, "", "", 0, "" },
	{ SPAN_INIT("no colon here\nA: b\n"), -1, "", "", 0, "no colon here\nA: b\n" },
	{ SPAN_INIT("nocolon\n"), -1, "", "", 0, "nocolon\n" },
	{ SPAN_INIT(" A: b\n"), -1, "", "", 0, " A: b\n" },
	{ SPAN_INIT("\tA: b\n"), -1, "", "", 0, "\tA: b\n" },
	{ SPAN_INIT(":x\n"), -1, "", "", 0, ":x\n" },
	{ SPAN_INIT(" :x\n"), -1, "", "", 0, " :x\n" },
	{ SPAN_INIT("A b: x\n"), -1, "", "", 0, "A b: x\n" },
	{ SPAN_INIT("A\x01: x\n"), -1, "", "", 0, "A\x01: x\n" },
	{ SPAN_INIT("A\x7f: x\n"), -1, "", "", 0, "A\x7f: x\n" },
	{ SPAN_INIT("\xc3\xa4: x\n"), -1, "", "", 0, "\xc3\xa4: x\n" },
	{ SPAN_INIT("From root Fri Nov 21 09:55:06 1997\n"), -1, "", "", 0, "From root Fri Nov 21 09:55:06 1997\n" },
	/* The colon of the next line does not make a field of this one. */
	{ SPAN_INIT("A\nB: c\n"), -1, "", "", 0, "A\nB: c\n" },
	{ SPAN_INIT("A\rB: c\n"), -1, "", "", 0, "A\rB: c\n" },
};

START_TEST(test_next)
{
	struct header_field field = { 0 };
	struct span rest = nexts[_i].in;

	ck_assert_int_eq(header_next(&rest, &field), nexts[_i].rc);
	ck_assert_msg(span_is(field.name, span_str(nexts[_i].name)), "name \"%.*s\"", SPAN_ARG(field.name));
	ck_assert_msg(span_is(field.body, span_str(nexts[_i].body)), "body \"%.*s\"", SPAN_ARG(field.body));
	ck_assert_uint_eq(field.whole.n, nexts[_i].whole);
	ck_assert_msg(span_is(rest, span_str(nexts[_i].rest)), "rest \"%.*s\"", SPAN_ARG(rest));
}
END_TEST

START_TEST(test_nul_in_name)
{
	struct header_field field;
	struct span rest = SPAN("Sub\0ject: x\n"), body = SPAN("Subject: x\0y\n");

	ck_assert_int_eq(header_next(&rest, &field), -1);
	ck_assert_int_eq(header_next(&body, &field), 1);
	ck_assert_uint_eq(field.body.n, 4);
}
END_TEST

static const struct {
	const char *in;
	size_t want;
} lengths[] = {
	{ "A: b\n\nbody", 6 },
	{ "A: b\r\n\r\nbody", 8 },
	{ "A: b\r\n\nbody", 7 },
	{ "A: b\n\r\nbody", 7 },
	{ "\nbody", 1 },
	{ "\r\nbody", 2 },
	{ "", 0 },
	{ "A: b", 0 },
	{ "A: b\n", 0 },
	{ "A: b\n\r", 0 },
	{ "A: b\n\rx\n\n", 9 },
	{ "A: b\n c\n\n\n", 9 },
	{ "\rx", 0 },
	{ "A: b\n \nC: d\n\n", 13 },
};

/* Whatever was seen before, the answer is the same. */
START_TEST(test_length)
{
	struct span in = span_str(lengths[_i].in);
	size_t found = 0;

	ck_assert_uint_eq(header_length(in, 0), lengths[_i].want);
	for (size_t n = 0; n <= in.n && found == 0; n++)
		found = header_length(span_of(in.p, n), n ? n - 1 : 0);
	ck_assert_uint_eq(found, lengths[_i].want);
}
END_TEST

static const struct {
	const char *name, *want;
} finds[] = {
	{ "subject", " one" }, { "SUBJECT", " one" }, { "To", " x\n y" },
	{ "sub", NULL },       { "Late", NULL },      { "", NULL },
};

START_TEST(test_find)
{
	struct span header = SPAN("Subject: one\nTo: x\n y\nSubject: two\nno field\nLate: z\n\nBody: w\n");
	struct header_field field;

	ck_assert_int_eq(header_find(header, span_str(finds[_i].name), &field), finds[_i].want != NULL);
	if (finds[_i].want)
		ck_assert(span_is(field.body, span_str(finds[_i].want)));
}
END_TEST

static const struct {
	struct span in;
	const char *want;
} unfolds[] = {
	{ SPAN_INIT(" a b "), "a b" },
	{ SPAN_INIT(" a\n b"), "a b" },
	{ SPAN_INIT(" a\r\n\tb\r\n"), "a\tb" },
	{ SPAN_INIT("a\n  b\n c"), "a  b c" },
	{ SPAN_INIT("a\n\n b"), "a  b" },
	{ SPAN_INIT("a\nb"), "a b" },
	{ SPAN_INIT("a\rb"), "a b" },
	{ SPAN_INIT("a\r\r\n b"), "a  b" },
	{ SPAN_INIT("a\0b"), "a b" },
	{ SPAN_INIT("\n \n"), "" },
	{ SPAN_INIT(""), "" },
};

START_TEST(test_unfold)
{
	struct arena a = { 0 };

	ck_assert_str_eq(header_unfold(&a, unfolds[_i].in), unfolds[_i].want);
	arena_clear(&a);
}
END_TEST

static const struct {
	struct span in;
	bool want;
} names[] = {
	{ SPAN_INIT("Subject"), true },	  { SPAN_INIT("X-1_!"), true }, { SPAN_INIT(""), false },
	{ SPAN_INIT("a b"), false },	  { SPAN_INIT("a:"), false },	{ SPAN_INIT("a\n"), false },
	{ SPAN_INIT("\xc3\xa4"), false }, { SPAN_INIT("a\0"), false },
};

START_TEST(test_is_name)
{
	ck_assert_int_eq(header_is_name(names[_i].in), names[_i].want);
}
END_TEST

/* A megabyte of each must not take longer than a moment. */
START_TEST(test_linear)
{
	static const char *const pieces[] = { "x", "a:\n", "\n ", "a\r\n ", "\r", "a:b\n c\n" };
	const size_t n = 1 << 20;
	char *text = arena_heap(n + 8);

	for (int i = 0; i < COUNT(pieces); i++) {
		struct arena a = { 0 };
		struct header_field field;
		struct span rest = span_of(text, 2);

		memcpy(text, "A:", 2);
		for (size_t at = 2; at < n; at += strlen(pieces[i]))
			memcpy(text + at, pieces[i], strlen(pieces[i]));
		rest.n = n;
		ck_assert_uint_eq(header_length(rest, 0), 0);
		ck_assert_uint_gt(strlen(header_unfold(&a, rest)), 0);
		while (header_next(&rest, &field) == 1)
			;
		arena_clear(&a);
	}
	free(text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_next, 0, COUNT(nexts));
	tcase_add_test(tc, test_nul_in_name);
	tcase_add_loop_test(tc, test_length, 0, COUNT(lengths));
	tcase_add_loop_test(tc, test_find, 0, COUNT(finds));
	tcase_add_loop_test(tc, test_unfold, 0, COUNT(unfolds));
	tcase_add_loop_test(tc, test_is_name, 0, COUNT(names));
	tcase_add_test(tc, test_linear);
}

CHECK_MAIN(header, add_tests)
