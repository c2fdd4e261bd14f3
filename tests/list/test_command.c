/* SPDX-License-Identifier: ISC */
#include "list/command.h"

#include <stdio.h>

#include "list/member.h"
#include "support/check_main.h"

/* "verb word operand ..." of a command, "-" of what is none. */
static const char *show(const struct command *c)
{
	static char text[2000];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s%s", c->is_quiet ? "quiet " : "", c->verb);

	for (size_t i = 0; i < c->n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %.*s", SPAN_ARG(c->operands[i]));
	return text;
}

static const struct {
	const char *line, *want;
} lines[] = {
	/* Majordomo */
	{ "subscribe", "subscribe" },
	{ "subscribe friends al@example.net", "subscribe friends al@example.net" },
	{ "  Subscribe\tFRIENDS \r", "subscribe FRIENDS" },
	{ "unsubscribe friends", "unsubscribe friends" },
	{ "which", "which" },
	{ "who friends", "who friends" },
	{ "intro friends", "info friends" },
	{ "auth 12ab34 ", "confirm 12ab34" },
	{ "help ../../../../etc/passwd", "help ../../../../etc/passwd" },
	/* Sympa, LISTSERV */
	{ "SUB friends Al Green", "subscribe friends Al Green" },
	{ "SIGNOFF *", "unsubscribe *" },
	{ "sig friends al@example.net", "unsubscribe friends al@example.net" },
	{ "REV friends", "who friends" },
	{ "REVIEW friends", "who friends" },
	{ "IND friends", "index friends" },
	{ "LIS", "lists" },
	{ "SET friends DIGEST", "set friends DIGEST" },
	{ "INV friends al@example.net", "subscribe friends al@example.net" },
	{ "QUIET DEL friends al@example.net", "quiet delete friends al@example.net" },
	{ "ADD friends al@example.net Al", "add friends al@example.net Al" },
	/* people */
	{ "unsubscribe.", "unsubscribe" },
	{ "Help!", "help" },
	{ "?", "help" },
	{ "subscribe <al@example.net>, please", "subscribe al@example.net please" },
	{ "subscribe mailto:al@example.net", "subscribe al@example.net" },
	{ "subscribe\xc2\xa0"
	  "friends",
	  "subscribe friends" },
	{ "get 1 2 3-5", "get 1 2 3-5" },
	/* none */
	{ "", NULL },
	{ "su friends", NULL },
	{ "Dear list,", NULL },
	{ "subscriber", NULL },
	{ "helpful people", NULL },
	{ "the rest", NULL },
	{ "quiet", NULL },
	{ "quiet please", NULL },
	{ "help \x1b[2J", NULL },
	{ "get 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17", NULL },
};

START_TEST(test_line)
{
	struct command c = { .line = 7 };
	bool is = command_parse(span_str(lines[_i].line), &c);

	if (lines[_i].want)
		ck_assert_str_eq(is ? show(&c) : "none", lines[_i].want);
	else
		ck_assert_msg(!is, "%s is %s", lines[_i].line, show(&c));
	ck_assert_uint_eq(c.line, 7);
}
END_TEST

/* "NUMBER:command" of each line, "NUMBER!" of what is none. */
static const struct {
	const char *text, *want;
} texts[] = {
	{ "", "" },
	{ "help\n", "1:help " },
	{ "\n\n  \nhelp\nwho friends", "4:help 5:who friends " },
	{ "> subscribe friends\nhelp\n", "2:help " },
	{ "help\n-- \nunsubscribe\n", "1:help " },
	{ "help\n--\nunsubscribe\n", "1:help " },
	{ "help\n____________\nunsubscribe\n", "1:help " },
	{ "help\nend\nunsubscribe\n", "1:help " },
	{ "Hello,\nsubscribe friends\nThanks\n", "1! 2:subscribe friends 3! " },
	{ "help\r\nwho\r\n", "1:help 2:who " },
};

START_TEST(test_text)
{
	struct command_walk w = { .rest = span_str(texts[_i].text) };
	struct command c;
	char got[400];
	size_t n = 0;
	int rc;

	got[0] = '\0';
	while ((rc = command_next(&w, &c)) != 0)
		n += (size_t)(rc > 0 ? snprintf(got + n, sizeof(got) - n, "%zu:%s ", c.line, show(&c))
				     : snprintf(got + n, sizeof(got) - n, "%zu! ", c.line));
	ck_assert_str_eq(got, texts[_i].want);
	ck_assert_int_eq(command_next(&w, &c), 0);
}
END_TEST

static const struct {
	const char *word, *rest, *want;
} addresses[] = {
	{ "subscribe", "", "subscribe" },
	{ "join", "digest", "subscribe digest" },
	{ "subscribe", "nomail-al=example.net", "subscribe nomail al@example.net" },
	{ "subscribe", "al=example.net", "subscribe al@example.net" },
	{ "subscribe", "a-l=b=example.net", "subscribe a-l=b@example.net" },
	{ "leave", "al-b=example.net", "unsubscribe al-b@example.net" },
	{ "get", "12-20", "get 12-20" },
	{ "thread", "3", "thread 3" },
	{ "help", "", "help" },
	{ "sub", "", NULL },
	{ "owner", "", NULL },
	{ "", "", NULL },
};

START_TEST(test_address)
{
	struct arena a = { 0 };
	struct command c;
	bool is = command_of_address(&a, addresses[_i].word, addresses[_i].rest, &c);

	if (addresses[_i].want)
		ck_assert_str_eq(is ? show(&c) : "none", addresses[_i].want);
	else
		ck_assert(!is);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *word;
	uint32_t from, to;
} ranges[] = {
	{ "1", 1, 1 },	   { "12-20", 12, 20 }, { "7-7", 7, 7 },	{ "12-", 12, UINT32_MAX },
	{ "0", 0, 0 },	   { "", 0, 0 },	{ "-5", 0, 0 },		{ "20-12", 0, 0 },
	{ "1-2-3", 0, 0 }, { "1x", 0, 0 },	{ "4294967296", 0, 0 }, { "+1", 0, 0 },
};

START_TEST(test_range)
{
	uint32_t from = 0, to = 0;
	int rc = command_range(span_str(ranges[_i].word), &from, &to);

	ck_assert_int_eq(rc, ranges[_i].from ? 0 : -1);
	ck_assert_uint_eq(from, ranges[_i].from);
	ck_assert_uint_eq(to, ranges[_i].to);
}
END_TEST

START_TEST(test_option)
{
	unsigned set, clear;

	ck_assert(command_option(SPAN("DIGEST"), &set, &clear));
	ck_assert_uint_eq(set, MEMBER_DIGEST);
	ck_assert_uint_eq(clear, MEMBER_NOMAIL);
	ck_assert(command_option(SPAN("mail"), &set, &clear));
	ck_assert_uint_eq(set, 0);
	ck_assert_uint_eq(clear, MEMBER_NOMAIL | MEMBER_DIGEST);
	ck_assert(!command_option(SPAN("moderated"), &set, &clear));
	ck_assert(!command_option(SPAN(""), &set, &clear));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_line, 0, COUNT(lines));
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_address, 0, COUNT(addresses));
	tcase_add_loop_test(tc, test_range, 0, COUNT(ranges));
	tcase_add_test(tc, test_option);
}

CHECK_MAIN(command, add_tests)
