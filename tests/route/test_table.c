/* SPDX-License-Identifier: ISC */
#include "route/table.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const char text[] = "# a table\n"
			   "al@x.example  1\n"
			   "al+work@x.example 2\n"
			   "bo@x.example  3\n"
			   "local  4\n"
			   "local+ext 5\n"
			   "\"a b\"@x.example 6\n"
			   "@x.example 7\n"
			   "x.example 8\n"
			   ".x.example 9\n"
			   "inner.x.example 10\n"
			   "xn--mller-kva.example 12\n"
			   "b\xc3\xbc\x63her.example 13\n"
			   "al@xn--mller-kva.example 14\n"
			   "example 11\n";

static struct arena arena;
static struct table table;

static void open_table(const char *list, unsigned flags)
{
	struct fault f;

	ck_assert_msg(table_open(&arena, "some_maps", list, flags, &table, &f) == 0, "%s", f.text);
	ck_assert_msg(table_refresh(&table, &f) == 0, "%s", f.text);
}

static void open_text(void)
{
	open_table(arena_printf(&arena, "hash:%s", tempdir_write("table", text, 0600)), 0);
}

static void close_table(void)
{
	table_close(&table);
	arena_clear(&arena);
	tempdir_remove();
}

static const struct {
	const char *list;
	unsigned flags;
	const char *fault; /* NULL: fine */
} lists[] = {
	{ "", 0, NULL },
	{ NULL, 0, NULL },
	{ " , ", 0, NULL },
	{ "/a hash:/b,proxy:btree:/c texthash:/d", 0, NULL },
	{ "static:x", 0, NULL },
	{ "x.example, [192.0.2.1]", TABLE_WORDS, NULL },
	{ "static:", 0, "some_maps: tables of type \"static\" are not read here; hash, texthash, lmdb and static are" },
	{ "regexp:/etc/x", 0,
	  "some_maps: tables of type \"regexp\" are not read here; hash, texthash, lmdb and static are" },
	{ "pcre:/x", TABLE_WORDS,
	  "some_maps: tables of type \"pcre\" are not read here; hash, texthash, lmdb and static are" },
	{ "hash:relative", 0, "some_maps: \"hash:relative\" is not the absolute name of a text file" },
	{ "x.example", 0, "some_maps: \"x.example\" is not the absolute name of a text file" },
	{ "-x", TABLE_WORDS, "some_maps: \"-x\" is neither a domain nor the absolute name of a text file" },
	{ "*.x.example", TABLE_WORDS,
	  "some_maps: \"*.x.example\" is neither a domain nor the absolute name of a text file" },
	{ "x.example.", TABLE_WORDS,
	  "some_maps: \"x.example.\" is neither a domain nor the absolute name of a text file" },
};

START_TEST(test_open)
{
	struct fault f;
	int rc = table_open(&arena, "some_maps", lists[_i].list, lists[_i].flags, &table, &f);

	ck_assert_int_eq(rc, lists[_i].fault ? -1 : 0);
	if (rc < 0) {
		ck_assert_str_eq(f.text, lists[_i].fault);
		ck_assert_int_eq(f.kind, FAULT_USAGE);
	}
	close_table();
}
END_TEST

static const struct {
	const char *address;
	bool bare;
	const char *want; /* VALUE EXTENSION, or NULL */
} addresses[] = {
	{ "al@x.example", false, "1 " },
	{ "AL@X.Example", false, "1 " },
	{ "\"al\"@x.example", false, "1 " },
	{ "al+work@x.example", false, "2 " },
	{ "al+other@x.example", false, "1 +other" },
	{ "al+work+more@x.example", false, "1 +work+more" },
	{ "local@x.example", true, "4 " },
	{ "local@x.example", false, "7 " },
	{ "local+ext@x.example", true, "5 " },
	{ "local+others@x.example", true, "4 +others" },
	{ "carla+z@x.example", false, "7 " },
	{ "\"a b\"@x.example", false, "6 " },
	{ "\"a b+c\"@x.example", false, "7 " },
	{ "postmaster+x@x.example", false, "7 " },
	{ "al@y.example", false, NULL },
	{ "local", true, "4 " },
	{ "al@m\xc3\xbcller.example", false, "14 " },
	{ "al+x@m\xc3\xbcller.example", false, "14 +x" },
	{ "", true, NULL },
	{ "@x.example", false, "7 " },
	{ "x.example", false, "8 " },
	{ "a%b@y.example", true, NULL },
	{ "-oQ/tmp@y.example", true, NULL },
};

START_TEST(test_find_address)
{
	const struct table_search how = { .delimiters = "+", .bare = addresses[_i].bare };
	struct table_entry e;
	struct span extension;

	open_text();
	if (!table_find_address(&table, &arena, &how, span_str(addresses[_i].address), &e, &extension))
		ck_assert_msg(!addresses[_i].want, "not found: %s", addresses[_i].address);
	else
		ck_assert_pstr_eq(arena_printf(&arena, "%.*s %.*s", SPAN_ARG(e.value), SPAN_ARG(extension)),
				  addresses[_i].want);
	close_table();
}
END_TEST

static const struct {
	const char *domain;
	bool parents;
	const char *want;
} domains[] = {
	{ "x.example", false, "8" },
	{ "X.EXAMPLE.", false, "8" },
	{ "a.x.example", false, "9" },
	{ "a.b.x.example", false, "9" },
	{ "inner.x.example", false, "10" },
	{ "z.inner.x.example", false, "9" },
	{ "z.inner.x.example", true, "10" },
	{ "y.example", false, NULL },
	{ "y.example", true, "11" },
	{ "m\xc3\xbcller.example", false, "12" },
	{ "xn--bcher-kva.example", false, "13" },
	{ "a.m\xc3\xbcller.example", true, "12" },
	{ "[192.0.2.1]", true, NULL },
	{ "", true, NULL },
	{ "...", true, NULL },
};

START_TEST(test_find_domain)
{
	struct table_entry e;
	bool found;

	open_text();
	found = table_find_domain(&table, span_str(domains[_i].domain), domains[_i].parents, &e);
	ck_assert_msg(found == (domains[_i].want != NULL), "%s", domains[_i].domain);
	if (found)
		ck_assert_msg(span_is(e.value, span_str(domains[_i].want)), "%.*s", SPAN_ARG(e.value));
	close_table();
}
END_TEST

static const struct {
	const char *value, *original, *extension, *want;
} replacements[] = {
	{ "bo", "al@x", "", "bo" },
	{ "bo@y", "al@x", "", "bo@y" },
	{ "bo@y", "al+e@x", "+e", "bo+e@y" },
	{ "bo", "al+e@x", "+e", "bo+e" },
	{ "\"b o\"@y", "al+e@x", "+e", "\"b o+e\"@y" },
	{ "@y", "al+e@x", "+e", "al+e@y" },
	{ "@y", "\"a@b\"@x", "", "\"a@b\"@y" },
};

START_TEST(test_replace)
{
	ck_assert_str_eq(table_replace(&arena, span_str(replacements[_i].value), span_str(replacements[_i].original),
				       span_str(replacements[_i].extension)),
			 replacements[_i].want);
	close_table();
}
END_TEST

/* The first source that has the key; a static one has all. */
START_TEST(test_several)
{
	struct table_entry e;
	const char *one = arena_str(&arena, tempdir_write("one", "a 1\n", 0600));
	const char *two = arena_str(&arena, tempdir_write("two", "a 2\nb 2\n", 0600));

	open_table(arena_printf(&arena, "%s, hash:%s static:all", one, two), 0);
	ck_assert(table_find(&table, SPAN("a"), &e) && span_is(e.value, SPAN("1")));
	ck_assert_str_eq(tempdir_hide(table_place(&arena, &table, &e)), "T/one:1: ");
	ck_assert(table_find(&table, SPAN("b"), &e) && span_is(e.value, SPAN("2")));
	ck_assert_str_eq(tempdir_hide(table_place(&arena, &table, &e)), "T/two:2: ");
	ck_assert(table_find(&table, SPAN("c"), &e) && span_is(e.value, SPAN("all")));
	ck_assert_str_eq(table_place(&arena, &table, &e), "some_maps: ");
	close_table();
}
END_TEST

START_TEST(test_words)
{
	struct table_entry e;

	open_table("x.example Y.example", TABLE_WORDS);
	ck_assert(table_find(&table, SPAN("X.example"), &e) && !e.file);
	ck_assert(table_find(&table, SPAN("y.example"), &e));
	ck_assert(!table_find(&table, SPAN("example"), &e));
	close_table();
}
END_TEST

/* What is wrong with a file makes mail wait, and is read again. */
START_TEST(test_files)
{
	const char *path = arena_str(&arena, tempdir_path("table"));
	struct table_entry e;
	struct fault f;

	ck_assert_int_eq(table_open(&arena, "some_maps", path, 0, &table, &f), 0);
	ck_assert_int_eq(table_refresh(&table, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(tempdir_hide(f.text), "some_maps: there is no T/table");
	tempdir_write("table", "a 1\n", 0600);
	ck_assert_int_eq(table_refresh(&table, &f), 0);
	ck_assert(table_find(&table, SPAN("a"), &e) && span_is(e.value, SPAN("1")));
	tempdir_write("table", "a 2\n", 0600);
	ck_assert_int_eq(table_refresh(&table, &f), 0);
	ck_assert(table_find(&table, SPAN("a"), &e) && span_is(e.value, SPAN("2")));
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(table_refresh(&table, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "some_maps: everybody may write to T/table");
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(table_refresh(&table, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "some_maps: T/table is not a regular file");
	close_table();
}
END_TEST

/* Two parameters with one file read it once. */
START_TEST(test_share)
{
	struct table other;
	struct table_entry e;
	struct fault f;

	open_text();
	ck_assert_int_eq(table_open(&arena, "others", tempdir_path("table"), 0, &other, &f), 0);
	table_share(&other, &table);
	ck_assert_ptr_eq(other.v[0].map, table.v[0].map);
	unlink(tempdir_path("table"));
	ck_assert_int_eq(table_refresh(&other, &f), 0);
	ck_assert(table_find(&other, SPAN("x.example"), &e));
	ck_assert_int_eq(table_refresh(&table, &f), -1);
	table_close(&other);
	close_table();
}
END_TEST

/* A hundred thousand lines, each found: by scans it would be minutes. */
START_TEST(test_large)
{
	enum { LINES = 100000 };
	const struct table_search how = { .delimiters = "+" };
	struct arena scratch = { 0 };
	struct table_entry e;
	struct span extension;
	struct buf b;

	buf_init(&b, 10000000);
	for (int i = 0; i < LINES; i++)
		buf_printf(&b, "user%06d@x.example someone%06d@y.example\n", i, i);
	open_table(tempdir_write_bytes("table", b.p, b.n, 0600), 0);
	buf_clear(&b);
	for (int i = 0; i < LINES; i++) {
		char address[40];

		snprintf(address, sizeof(address), "user%06d+ext@x.example", i);
		ck_assert(table_find_address(&table, &scratch, &how, span_str(address), &e, &extension));
		ck_assert_uint_eq(e.line, (size_t)i + 1);
		arena_reset(&scratch);
	}
	arena_clear(&scratch);
	close_table();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_open, 0, COUNT(lists));
	tcase_add_loop_test(tc, test_find_address, 0, COUNT(addresses));
	tcase_add_loop_test(tc, test_find_domain, 0, COUNT(domains));
	tcase_add_loop_test(tc, test_replace, 0, COUNT(replacements));
	tcase_add_test(tc, test_several);
	tcase_add_test(tc, test_words);
	tcase_add_test(tc, test_files);
	tcase_add_test(tc, test_share);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(table, add_tests)
