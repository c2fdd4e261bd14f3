/* SPDX-License-Identifier: ISC */
#include "base/textmap.h"

#include <stdio.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const char aliases_text[] = "# comment\n"
				   "first: 1\n"
				   "\n"
				   "Second :\t2,\n"
				   "\t3\n"
				   "# within\n"
				   "   # within, indented\n"
				   "\n"
				   " 4\n"
				   "\"quoted name\" : 5\n"
				   "\"a \\\"b\\\" \\\\c\": 6\n"
				   "FIRST: again\n"
				   "no colon\n"
				   "\"open: 7\n"
				   "\"x\" y: 8\n"
				   ": 9\n"
				   "empty:\n"
				   "crlf: 10\r\n"
				   "last: 11";

struct row {
	const char *key;
	const char *value; /* NULL: not found */
	size_t line;
};

static const struct row alias_rows[] = {
	{ "first", " 1\n\n", 2 },
	{ "FiRsT", " 1\n\n", 2 },
	{ "second", "\t2,\n\t3\n# within\n   # within, indented\n\n 4\n", 4 },
	{ "quoted name", " 5\n", 10 },
	{ "a \"b\" \\c", " 6\n", 11 },
	{ "empty", "\n", 17 },
	{ "crlf", " 10\r\n", 18 },
	{ "last", " 11", 19 },
	{ "no colon", NULL, 0 },
	{ "open", NULL, 0 },
	{ "x", NULL, 0 },
	{ "", NULL, 0 },
	{ "fir", NULL, 0 },
	{ "firstx", NULL, 0 },
	{ "# comment", NULL, 0 },
	{ "3", NULL, 0 },
	{ "4", NULL, 0 },
};

static const char users_text[] = "# comment:1\nal:x:1\n\nAl:y\nbo\n co:2\nal:again\nda: z \r\n:e\nlast:";

static const struct row user_rows[] = {
	{ "al", "x:1", 2 }, { "Al", "y", 4 },	{ "AL", NULL, 0 }, { "bo", NULL, 0 },
	{ "da", " z ", 8 }, { "last", "", 10 }, { "", NULL, 0 },   { "# comment", NULL, 0 },
};

static const char table_text[] = "# comment\n"
				 "al@example.org  bo\n"
				 "\n"
				 "Example.ORG\tsmtp:[relay]\t\n"
				 "   # comment\n"
				 "list@example.org a,\n"
				 "\tb,\n"
				 "# within\n"
				 "   # within, indented\n"
				 " \n"
				 "  c\n"
				 "key\n"
				 "  on the next line\n"
				 "nothing\n"
				 "nothing something\n"
				 "\"a b\"@example.org quoted\n"
				 "\"a \\\" b\"@example.org escaped\n"
				 "\"open value\n"
				 "AL@example.org again\n"
				 "crlf value\r\n"
				 "name: colon\n"
				 "last one";

static const struct row table_rows[] = {
	{ "al@example.org", "bo", 2 },
	{ "AL@EXAMPLE.ORG", "bo", 2 },
	{ "example.org", "smtp:[relay]", 4 },
	{ "list@example.org", "a,\tb,  c", 6 },
	{ "key", "on the next line", 12 },
	{ "nothing", "something", 15 },
	{ "\"A b\"@example.org", "quoted", 16 },
	{ "\"a \\\" b\"@example.org", "escaped", 17 },
	{ "\"a", NULL, 0 },
	{ "\"open", NULL, 0 },
	{ "crlf", "value", 20 },
	{ "name:", "colon", 21 },
	{ "name", NULL, 0 },
	{ "last", "one", 22 },
	{ "on", NULL, 0 },
	{ "b,", NULL, 0 },
	{ "#", NULL, 0 },
	{ "", NULL, 0 },
};

static void check_rows(struct textmap *t, const struct row *rows, int n)
{
	for (int i = 0; i < n; i++) {
		struct textmap_entry e = { 0 };
		bool found = textmap_find(t, span_str(rows[i].key), &e);

		ck_assert_msg(found == (rows[i].value != NULL), "row %d: \"%s\"", i, rows[i].key);
		if (!found)
			continue;
		ck_assert_msg(span_is(e.value, span_str(rows[i].value)), "row %d: \"%.*s\"", i, SPAN_ARG(e.value));
		ck_assert_msg(e.line == rows[i].line, "row %d: line %zu", i, e.line);
	}
}

/* The same from the scan and from the index. */
static void check_map(enum textmap_form form, const char *text, const struct row *rows, int n)
{
	struct textmap t;
	struct fault f;

	textmap_init(&t, tempdir_write("map", text, 0600), form, 100000);
	ck_assert(!textmap_find(&t, SPAN("first"), &(struct textmap_entry){ 0 }));
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	for (int i = 0; i < n; i++) {
		t.scans = 0;
		check_rows(&t, &rows[i], 1);
	}
	ck_assert(!t.index.arena);
	t.scans = TEXTMAP_SCANS;
	check_rows(&t, rows, n);
	ck_assert(t.index.arena);
	textmap_clear(&t);
}

START_TEST(test_find)
{
	check_map(TEXTMAP_ALIASES, aliases_text, alias_rows, COUNT(alias_rows));
	check_map(TEXTMAP_PLAIN, users_text, user_rows, COUNT(user_rows));
	check_map(TEXTMAP_TABLE, table_text, table_rows, COUNT(table_rows));
}
END_TEST

struct walk_row {
	int rc;
	const char *key;
	size_t line;
};

static void check_walk(enum textmap_form form, const char *text, const struct walk_row *rows, int n)
{
	struct textmap t;
	struct textmap_walk walk = { 0 };
	struct fault f;

	textmap_init(&t, tempdir_write("map", text, 0600), form, 100000);
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	for (int i = 0; i < n; i++) {
		struct textmap_entry e = { 0 };

		ck_assert_msg(textmap_next(&t, &walk, &e) == rows[i].rc, "row %d", i);
		if (rows[i].rc == 1)
			ck_assert_msg(span_is(e.key, span_str(rows[i].key)), "row %d: %.*s", i, SPAN_ARG(e.key));
		if (rows[i].rc != 0)
			ck_assert_msg(e.line == rows[i].line, "row %d: line %zu", i, e.line);
	}
	textmap_clear(&t);
}

START_TEST(test_next)
{
	static const struct walk_row rows[] = {
		{ 1, "first", 2 },  { 1, "Second", 4 }, { 1, "quoted name", 10 }, { 1, "a \"b\" \\c", 11 },
		{ 1, "FIRST", 12 }, { -1, "", 13 },	{ -1, "", 14 },		  { -1, "", 15 },
		{ -1, "", 16 },	    { 1, "empty", 17 }, { 1, "crlf", 18 },	  { 1, "last", 19 },
		{ 0, "", 0 },
	};
	static const struct walk_row in_table[] = {
		{ 1, "al@example.org", 2 },
		{ 1, "Example.ORG", 4 },
		{ 1, "list@example.org", 6 },
		{ 1, "key", 12 },
		{ -1, "", 14 },
		{ 1, "nothing", 15 },
		{ 1, "\"a b\"@example.org", 16 },
		{ 1, "\"a \\\" b\"@example.org", 17 },
		{ -1, "", 18 },
		{ 1, "AL@example.org", 19 },
		{ 1, "crlf", 20 },
		{ 1, "name:", 21 },
		{ 1, "last", 22 },
		{ 0, "", 0 },
	};

	check_walk(TEXTMAP_ALIASES, aliases_text, rows, COUNT(rows));
	check_walk(TEXTMAP_TABLE, table_text, in_table, COUNT(in_table));
}
END_TEST

START_TEST(test_next_begins_with_continuation)
{
	struct textmap t;
	struct textmap_walk walk = { 0 };
	struct textmap_entry e;
	struct fault f;

	textmap_init(&t, tempdir_write("map", "  stray\n  # fine\nname: x\n", 0600), TEXTMAP_ALIASES, 100000);
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	ck_assert_int_eq(textmap_next(&t, &walk, &e), -1);
	ck_assert_uint_eq(e.line, 1);
	ck_assert_int_eq(textmap_next(&t, &walk, &e), 1);
	ck_assert_uint_eq(e.line, 3);
	ck_assert_int_eq(textmap_next(&t, &walk, &e), 0);
	textmap_clear(&t);
}
END_TEST

/* A change is seen at the next refresh, even one that comes at once and changes neither size nor name. */
START_TEST(test_refresh)
{
	const char *path = tempdir_path("changing");
	struct textmap t;
	struct textmap_entry e;
	struct fault f;

	textmap_init(&t, path, TEXTMAP_PLAIN, 10);
	ck_assert_int_eq(textmap_refresh(&t, &f), 0);
	tempdir_write("changing", "a:1\n", 0600);
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	ck_assert(textmap_find(&t, SPAN("a"), &e) && span_is(e.value, SPAN("1")));
	tempdir_write("changing", "a:2\n", 0600);
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	ck_assert(textmap_find(&t, SPAN("a"), &e) && span_is(e.value, SPAN("2")));
	tempdir_write("changing", "a:12345678\n", 0600);
	ck_assert_int_eq(textmap_refresh(&t, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(tempdir_hide(f.text), "T/changing is larger than 10 bytes");
	ck_assert(!textmap_find(&t, SPAN("a"), &e));
	unlink(path);
	ck_assert_int_eq(textmap_refresh(&t, &f), 0);
	ck_assert(!textmap_find(&t, SPAN("a"), &e));
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(textmap_refresh(&t, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "T/changing is not a regular file");
	textmap_clear(&t);
}
END_TEST

/* What did not change is not read again. */
START_TEST(test_refresh_keeps)
{
	const struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
	const char *path = tempdir_write("map", "a:1\n", 0600);
	struct textmap t;
	struct fault f;
	const char *text;

	ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
	textmap_init(&t, path, TEXTMAP_PLAIN, 100);
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	t.unsettled = false;
	text = t.text.p;
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	ck_assert_ptr_eq(t.text.p, text);
	textmap_clear(&t);
}
END_TEST

/* 5 MB: one look-up takes a moment, and as many as there are lines take little more. */
START_TEST(test_large)
{
	enum { LINES = 150000 };
	struct buf b;
	struct textmap t;
	struct textmap_entry e;
	struct fault f;

	buf_init(&b, 10000000);
	for (int i = 0; i < LINES; i++)
		buf_printf(&b, "user%06d: someone%06d@example.org\n", i, i);
	textmap_init(&t, tempdir_write_bytes("map", b.p, b.n, 0600), TEXTMAP_ALIASES, 10000000);
	buf_clear(&b);
	ck_assert_int_eq(textmap_refresh(&t, &f), 1);
	ck_assert(textmap_find(&t, SPAN("USER149999"), &e));
	ck_assert_uint_eq(e.line, LINES);
	for (int i = 0; i < LINES; i++) {
		char name[20];

		snprintf(name, sizeof(name), "user%06d", i);
		ck_assert(textmap_find(&t, span_str(name), &e));
		ck_assert_uint_eq(e.line, (size_t)i + 1);
	}
	textmap_clear(&t);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_next);
	tcase_add_test(tc, test_next_begins_with_continuation);
	tcase_add_test(tc, test_refresh);
	tcase_add_test(tc, test_refresh_keeps);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(textmap, add_tests)
