/* SPDX-License-Identifier: ISC */
#include "route/aliases.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "support/check_main.h"
#include "support/tempdir.h"

struct maps_row {
	const char *maps;
	const char *want; /* paths, each with "|"; or "! fault" */
};

static const struct maps_row maps_rows[] = {
	{ "", "" },
	{ "/etc/aliases", "/etc/aliases|" },
	{ "hash:/etc/aliases, /etc/more\t texthash:/a,lmdb:/b", "/etc/aliases|/etc/more|/a|/b|" },
	{ "proxy:hash:/etc/aliases", "/etc/aliases|" },
	{ "nis:mail.aliases", "! alias_maps: \"nis:mail.aliases\" is not the absolute name of a text file" },
	{ "pcre:/etc/x", "! alias_maps: \"pcre:/etc/x\" is not the absolute name of a text file" },
	{ "/a aliases", "! alias_maps: \"aliases\" is not the absolute name of a text file" },
	{ "hash:", "! alias_maps: \"hash:\" is not the absolute name of a text file" },
};

START_TEST(test_open)
{
	const struct maps_row *row = &maps_rows[_i];
	struct arena a = { 0 };
	struct route_aliases t;
	struct fault f;
	struct buf out;

	buf_init(&out, 10000);
	if (aliases_open(&a, row->maps, &t, &f) < 0)
		buf_printf(&out, "! %s", f.text);
	else
		for (size_t i = 0; i < t.n; i++)
			buf_printf(&out, "%s|", t.v[i].path);
	ck_assert_str_eq(buf_str(&out), row->want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void open_two(struct arena *a, struct route_aliases *t, const char *one, const char *two)
{
	struct fault f;
	const char *maps =
		arena_printf(a, "hash:%s, %s", tempdir_write("one", one, 0600), tempdir_write("two", two, 0644));

	ck_assert_int_eq(aliases_open(a, maps, t, &f), 0);
	ck_assert_int_eq(aliases_refresh(t, &f), 0);
}

START_TEST(test_find)
{
	struct arena a = { 0 };
	struct route_aliases t;
	struct alias alias;
	struct entries list;
	struct entry e;
	char longest[ALIASES_NAME_MAX + 1];

	memset(longest, 'l', sizeof(longest));
	open_two(&a, &t, "al: one,\n\tmore\n\"a b\": x\n",
		 arena_printf(&a, "bo: two\nAL: never\n%.*s: x\n%.*s: x\n", ALIASES_NAME_MAX, longest,
			      (int)sizeof(longest), longest));
	ck_assert(aliases_find(&t, SPAN("Al"), &alias));
	ck_assert_uint_eq(alias.line, 1);
	ck_assert_str_eq(tempdir_hide(alias.file->path), "T/one");
	aliases_entries(&alias, &list);
	ck_assert_int_eq(entry_next(&list, &a, &e, NULL), 1);
	ck_assert_str_eq(e.text, "one");
	ck_assert_int_eq(entry_next(&list, &a, &e, NULL), 1);
	ck_assert_str_eq(e.text, "more");
	ck_assert_uint_eq(e.line, 2);
	ck_assert_int_eq(entry_next(&list, &a, &e, NULL), 0);
	ck_assert(aliases_find(&t, SPAN("A B"), &alias));
	ck_assert(aliases_find(&t, SPAN("bo"), &alias));
	ck_assert_str_eq(tempdir_hide(alias.file->path), "T/two");
	ck_assert(!aliases_find(&t, SPAN("carla"), &alias));
	ck_assert(!aliases_find(&t, SPAN(""), &alias));
	ck_assert(aliases_find(&t, span_of(longest, ALIASES_NAME_MAX), &alias));
	ck_assert(!aliases_find(&t, span_of(longest, sizeof(longest)), &alias));
	aliases_close(&t);
	arena_clear(&a);
}
END_TEST

START_TEST(test_refresh)
{
	struct arena a = { 0 };
	struct route_aliases t;
	struct alias alias;
	struct fault f;

	open_two(&a, &t, "al: one\n", "bo: two\n");
	unlink(tempdir_path("one"));
	ck_assert_int_eq(aliases_refresh(&t, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(tempdir_hide(f.text), "alias_maps: there is no T/one");
	tempdir_write("one", "", 0600);
	tempdir_write("two", "carla: three\n", 0600);
	ck_assert_int_eq(aliases_refresh(&t, &f), 0);
	ck_assert(!aliases_find(&t, SPAN("al"), &alias));
	ck_assert(!aliases_find(&t, SPAN("bo"), &alias));
	ck_assert(aliases_find(&t, SPAN("carla"), &alias));
	tempdir_write("two", "carla: |/bin/rm\n", 0602);
	ck_assert_int_eq(aliases_refresh(&t, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(tempdir_hide(f.text), "alias_maps: everybody may write to T/two");
	/* Not read is not the same as missing. */
	unlink(tempdir_path("two"));
	ck_assert_int_eq(mkdir(tempdir_path("two"), 0700), 0);
	ck_assert_int_eq(aliases_refresh(&t, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	aliases_close(&t);
	arena_clear(&a);
}
END_TEST

/* There it may be that there is none. */
START_TEST(test_usual)
{
	struct arena a = { 0 };
	struct route_aliases t;
	struct fault f;

	ck_assert_int_eq(aliases_open(&a, ALIASES_USUAL, &t, &f), 0);
	ck_assert_msg(aliases_refresh(&t, &f) == 0 || access(ALIASES_USUAL, F_OK) == 0, "%s", f.text);
	aliases_close(&t);
	arena_clear(&a);
}
END_TEST

struct line_row {
	const char *text;
	const char *want; /* of each alias "LINE name|", or "! fault|" */
};

static const struct line_row line_rows[] = {
	{ "al: x\nbo : y\n", "1 al|2 bo|" },
	{ "", "" },
	{ "# only\n\n", "" },
	{ "\"a b\": x\n\"c:d\" : y\n", "1 a b|2 c:d|" },
	{ "a b: x\nc: y\n", "! T/file:1: a name with a blank in it must be in double quotes|2 c|" },
	{ "al x\nc: y\n", "! T/file:1: there is no \"name:\" at the start of the line|2 c|" },
	{ " al: x\nc: y\n",
	  "! T/file:1: this line begins with a blank, but there is no alias before it to continue|2 c|" },
	{ "al@example.org: x\n", "! T/file:1: an alias has no domain: its name is that of a user of this machine|" },
	{ "@: x\n\"a\x01\": y\n", "1 @|! T/file:2: there is a control byte in the name|" },
	{ "a: x\n : y\nb: z", "1 a|3 b|" },
	{ "a,b: x\n\"a,b\": y\n", "! T/file:1: an alias has no comma in its name; write a line for each|2 a,b|" },
};

START_TEST(test_next)
{
	const struct line_row *row = &line_rows[_i];
	struct arena a = { 0 };
	struct route_aliases t;
	struct textmap_walk walk = { 0 };
	struct alias alias;
	struct fault f;
	struct buf out;
	int rc;

	buf_init(&out, 10000);
	ck_assert_int_eq(aliases_open(&a, tempdir_write("file", row->text, 0600), &t, &f), 0);
	ck_assert_int_eq(aliases_refresh(&t, &f), 0);
	while ((rc = aliases_next(&t.v[0], &walk, &alias, &f)) != 0) {
		if (rc > 0)
			buf_printf(&out, "%zu %.*s|", alias.line, SPAN_ARG(alias.name));
		else
			buf_printf(&out, "! %s|", tempdir_hide(f.text));
	}
	ck_assert_str_eq(buf_str(&out), row->want);
	buf_clear(&out);
	aliases_close(&t);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_open, 0, COUNT(maps_rows));
	tcase_add_test(tc, test_find);
	tcase_add_test(tc, test_refresh);
	tcase_add_test(tc, test_usual);
	tcase_add_loop_test(tc, test_next, 0, COUNT(line_rows));
}

CHECK_MAIN(aliases, add_tests)
