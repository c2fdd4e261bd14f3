/* SPDX-License-Identifier: ISC */
#include "list/migration.h"

#include <stdio.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static struct arena arena;
static char notes[2000];

static void note(void *ctx, const char *text)
{
	size_t n = strlen(notes);

	(void)ctx;
	snprintf(notes + n, sizeof(notes) - n, "%s\n", text);
}

static void begin(struct migration *m)
{
	notes[0] = '\0';
	*m = (struct migration){ .arena = &arena, .note = note };
}

/* The members, a line each. */
static const char *members(const struct migration *m)
{
	struct buf b;
	const char *text;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < m->members.n; i++)
		member_put(&b, &m->members.v[i]);
	text = arena_str(&arena, buf_str(&b));
	buf_clear(&b);
	return text;
}

static const struct {
	const char *text, *members, *notes;
} rows[] = {
	{ "al@example.net\n\n# remark\nBo Green <bo@example.net>\n",
	  "al@example.net\nbo@example.net name=\"Bo Green\"\n", "" },
	{ "al@example.net digest since=2026-11-22 topics=beer\n",
	  "al@example.net digest since=2026-11-22 topics=beer\n", "" },
	{ "al@example.net,", "al@example.net\n", "" },
	{ "al@example.net, bo@example.net\n", "", "this is no address: \"al@example.net,\"\n" },
	{ "nobody\n", "", "this is no address: \"nobody\"\n" },
	/* A table: quotes, line ends in them, columns that are not known, and rows that are too short or too long. */
	{ "email,name\nal@example.net,\"Al \"\"A\"\"\"\n", "al@example.net name=\"Al 'A'\"\n", "" },
	{ "Name,Address,Age\n\"Al\nGreen\",al@example.net,7,8,9\nbo\nCa,ca@example.net\n",
	  "al@example.net name=\"Al Green\"\nca@example.net name=\"Ca\"\n", "the column \"Age\" is not known\n" },
	{ "email\tdelivery_mode\tdelivery_status\r\nal@example.net\tplaintext_digests\tby_bounces\r\n",
	  "al@example.net digest plain paused\n", "" },
	{ "email;options\nal@example.net;digest,hidden\nbo@example.net;by_user\n",
	  "al@example.net digest hidden\nbo@example.net nomail\n", "" },
	{ "\"email\"\n\"al@example.net", "al@example.net\n", "" },
	{ "[{\"email\":\"al@example.net\"}]", "al@example.net\n", "" },
	{ "{\"entries\":[]}", "", "" },
};

START_TEST(test_text)
{
	struct migration m;
	struct fault f = { 0 };

	begin(&m);
	ck_assert_msg(migration_read(&m, NULL, tempdir_write("people", rows[_i].text, 0600), &f) == 0, "%s", f.text);
	ck_assert_str_eq(members(&m), rows[_i].members);
	ck_assert_str_eq(notes, rows[_i].notes);
}
END_TEST

static const struct {
	const char *kind, *text, *want;
} bad[] = {
	{ "csv", "a,b\n", "no column" },
	{ "mailman3", "{\"a\":", "JSON" },
	{ "mailman3", "[1]", "JSON" },
	{ "mailman3", "[{\"email\":}]", "JSON" },
	{ "mailman2", "K\x01.", "configuration" },
	{ "mailman2", "nonsense", "people: at octet" },
	{ "mailman2", "# x\na = b\n", "line 2" },
	{ "ezmlm", "", "is not mlmmj" },
};

START_TEST(test_bad)
{
	struct migration m;
	struct fault f = { 0 };

	begin(&m);
	ck_assert_int_eq(migration_read(&m, bad[_i].kind, tempdir_write("people", bad[_i].text, 0600), &f), -1);
	ck_assert_msg(strstr(f.text, bad[_i].want), "%s", f.text);
}
END_TEST

START_TEST(test_missing)
{
	static const char *const kinds[] = { "mailman2", "mailman3", "majordomo", "csv", "text" };
	struct migration m;
	struct fault f = { 0 };

	begin(&m);
	ck_assert_int_eq(migration_read(&m, kinds[_i], tempdir_path("nothing"), &f), -1);
	ck_assert_str_eq(f.status, FAULT_NO_INPUT);
}
END_TEST

/* Values cannot become more than one line of a config, and "$" is no name of a parameter. */
START_TEST(test_set)
{
	struct migration m;

	begin(&m);
	migration_set(&m, "description", SPAN("a $5\nposting = open"));
	migration_set(&m, "posting", SPAN("open"));
	migration_set(&m, "posting", SPAN("members"));
	ck_assert_uint_eq(m.assignments.n, 2);
	ck_assert_str_eq(m.assignments.v[0], "description=a $$5 posting = open");
	ck_assert_str_eq(m.assignments.v[1], "posting=members");
	migration_poster(&m, SPAN("@example.net"), "allow");
	migration_poster(&m, SPAN("al@example.net\nx@y deny"), "allow");
	ck_assert_uint_eq(m.posters.n, 1);
	ck_assert_str_eq(m.posters.v[0], "@example.net allow");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_loop_test(tc, test_text, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_loop_test(tc, test_missing, 0, 5);
	tcase_add_test(tc, test_set);
}

CHECK_MAIN(migration, add_tests)
