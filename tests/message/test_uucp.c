/* SPDX-License-Identifier: ISC */
#include "message/uucp.h"

#include "base/buf.h"
#include "support/check_main.h"

static const struct {
	const char *line, *user, *host; /* user NULL: no such line */
} froms[] = {
	{ "From al Sat Nov 22 05:40:00 1997 remote from hosta", "al", "hosta" },
	{ ">From al Sat Nov 22 05:40:00 1997 remote from hosta", "al", "hosta" },
	{ "From al Sat Nov 22 05:40:00 1997", "al", "" },
	{ "From al@x.example Sat Nov 22 05:40:00 1997\r", "al@x.example", "" },
	{ "From al", "al", "" },
	{ "From remote remote from from", "remote", "from" },
	{ "From al remote from a remote from b", "al", "b" },
	{ "From al remote from", "al", "" },
	{ "From ", NULL, NULL },
	{ "From", NULL, NULL },
	{ "From: al", NULL, NULL },
	{ ">>From al", NULL, NULL },
	{ "", NULL, NULL },
};

START_TEST(test_parse_from)
{
	struct uucp_from from;
	bool is = uucp_parse_from(span_str(froms[_i].line), &from);

	ck_assert_msg(is == (froms[_i].user != NULL), "row %d", _i);
	if (!is)
		return;
	ck_assert_msg(span_is(from.user, span_str(froms[_i].user)), "row %d: %.*s", _i, SPAN_ARG(from.user));
	ck_assert_msg(span_is(from.host, span_str(froms[_i].host)), "row %d: %.*s", _i, SPAN_ARG(from.host));
}
END_TEST

static const struct {
	const char *message, *path, *rest; /* path NULL: there is no such line */
} paths[] = {
	{ "Subject: x\n", NULL, "Subject: x\n" },
	{ "", NULL, "" },
	{ "From al d\nSubject: x\n", "al", "Subject: x\n" },
	{ "From al d remote from h\n", "h!al", "" },
	{ "From al d remote from h", "h!al", "" },
	{ "From al d remote from b\n>From al d remote from a\nx", "b!a!al", "x" },
	{ "From a!al d remote from b\n>From al d remote from a\nx", "b!a!al", "x" },
	{ "From c!al d remote from b\n>From al d\nx", "b!c!al", "x" },
	{ "From al d remote from b\n>From uucp d remote from b\nx", "b!uucp", "x" },
	{ "From al@a.example d remote from b\n", "al@a.example", "" },
	{ "From c!al@a.example d remote from b\n", "al@a.example", "" },
	{ "From uucp d remote from b\n>From al@a.example d remote from a\nx", "al@a.example", "x" },
	{ "From c!al@a.example d\n", "c!al@a.example", "" },
	{ "From al d remote from c\n>From al d remote from b\n>From al d remote from a\n\n", "c!b!a!al", "\n" },
};

START_TEST(test_path)
{
	struct arena a = { 0 };
	struct span rest = span_str(paths[_i].message);
	const char *path = NULL;

	ck_assert_int_eq(uucp_path(&a, &rest, &path), paths[_i].path != NULL);
	ck_assert_pstr_eq(path, paths[_i].path);
	ck_assert_msg(span_is(rest, span_str(paths[_i].rest)), "row %d: rest %.*s", _i, SPAN_ARG(rest));
	arena_clear(&a);
}
END_TEST

START_TEST(test_limits)
{
	struct arena a = { 0 };
	struct buf b;
	struct span rest;
	const char *path;

	buf_init(&b, 1 << 20);
	for (int i = 0; i < UUCP_LINES_MAX; i++)
		buf_put_str(&b, "From al d remote from h\n");
	rest = buf_span(&b);
	ck_assert_int_eq(uucp_path(&a, &rest, &path), 1);
	buf_put_str(&b, "From al d remote from h\n");
	rest = buf_span(&b);
	ck_assert_int_eq(uucp_path(&a, &rest, &path), -1);
	buf_reset(&b);
	buf_put_str(&b, "From ");
	for (int i = 0; i < UUCP_LINE_MAX; i++)
		buf_put_char(&b, 'x');
	rest = buf_span(&b);
	ck_assert_int_eq(uucp_path(&a, &rest, &path), -1);
	buf_clear(&b);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *path, *address;
} addresses[] = {
	{ "al", "al" },	    { "h!al", "al@h" }, { "h!g!al", "g!al@h" }, { "h!al@x.example", "h!al@x.example" },
	{ "al@x", "al@x" }, { "!al", "!al" },	{ "h!", "h!" },		{ "a.example!b", "b@a.example" },
	{ "", "" },
};

START_TEST(test_address)
{
	struct arena a = { 0 };

	ck_assert_str_eq(uucp_address(&a, addresses[_i].path), addresses[_i].address);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse_from, 0, COUNT(froms));
	tcase_add_loop_test(tc, test_path, 0, COUNT(paths));
	tcase_add_test(tc, test_limits);
	tcase_add_loop_test(tc, test_address, 0, COUNT(addresses));
}

CHECK_MAIN(uucp, add_tests)
