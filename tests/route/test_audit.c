/* SPDX-License-Identifier: ISC */
#include "route/audit.h"

#include <stdio.h>

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

struct row {
	const char *aliases;
	const char *want; /* findings: "LINE E|W text\n" */
};

#define POSTMASTER "postmaster: al\n"

static const struct row rows[] = {
	{ POSTMASTER "dupont: al\n", "" },
	{ "", "0 W there is no alias postmaster; that mail goes to root\n" },
	{ "postmaster: root\n", "" },
	/* lines */
	{ POSTMASTER "no colon\n", "2 E there is no \"name:\" at the start of the line\n" },
	{ " x\n" POSTMASTER, "1 E this line begins with a blank, but there is no alias before it to continue\n" },
	{ POSTMASTER "x@y.example: al\n", "2 E an alias has no domain: its name is that of a user of this machine\n" },
	{ POSTMASTER "empty:\n", "2 E empty: there is no target behind the colon\n" },
	{ POSTMASTER "x: al,\n\ta b,\n\t\"|open\n", "3 E an address has a blank in it; a comma separates addresses\n"
						    "4 E a quote, parenthesis or angle bracket is not closed\n" },
	{ POSTMASTER "al: bo\nAL: carla\n", "3 W AL: the alias in T/aliases:2 counts, this one does not\n" },
	/* targets */
	{ POSTMASTER "x: gone, gone+y@localhost, \\gone, gone@example.org, bo+z\n",
	  "2 W there is no user gone\n2 W there is no user gone\n2 W there is no user gone\n" },
	{ POSTMASTER "x: |/bin/sh -c y, |/nonexistent/z, |name, /var/x, /dev/null\n",
	  "2 W there is no program /nonexistent/z\n" },
	{ POSTMASTER "x: :include:/nonexistent/list\n", "2 W there is no /nonexistent/list\n" },
	/* loops, each once */
	{ POSTMASTER "a: b\nb: A\n", "3 E aliases lead in a loop: a -> b -> a\n" },
	{ POSTMASTER "al: al, bo\n", "" },
	{ POSTMASTER "me: me, bo\n", "2 E aliases lead in a loop: me -> me\n" },
	{ POSTMASTER "x: a\ny: a\na: b\nb: c, bo\nc: a\n", "6 E aliases lead in a loop: x -> a -> b -> c -> a\n" },
	{ "root: postmaster\n", "0 W there is no alias postmaster; that mail goes to root\n" },
};

static void collect(void *ctx, const struct audit_finding *f)
{
	struct buf *out = ctx;

	ck_assert_ptr_nonnull(f->file);
	buf_printf(out, "%zu %c %s\n", f->line, f->error ? 'E' : 'W', tempdir_hide(f->text));
}

START_TEST(test_findings)
{
	const struct row *row = &rows[_i];
	struct village v;
	struct buf out;
	struct fault f;

	buf_init(&out, 100000);
	village_init(&v, row->aliases);
	village_start(&v);
	struct audit au = { .route = &v.route, .ctx = &out, .report = collect };

	ck_assert_int_eq(audit_run(&au, &f), 0);
	ck_assert_str_eq(buf_str(&out), row->want);
	buf_clear(&out);
	village_clear(&v);
}
END_TEST

static void collect_counts(void *ctx, const struct audit_counts *c)
{
	buf_printf(ctx, "%s %d %zu %zu %zu\n", tempdir_hide(c->file), c->exists, c->aliases, c->longest, c->bytes);
}

START_TEST(test_counts)
{
	struct village v;
	struct buf out;
	struct fault f;

	buf_init(&out, 100000);
	village_init(&v, "postmaster: al\nx: al, bo\n\"a b\": y\n");
	v.route.alias_maps = arena_printf(&v.arena, "%s %s", tempdir_path("aliases"), tempdir_path("more"));
	village_start(&v);
	struct audit au = { .route = &v.route, .ctx = &out, .report = collect, .summary = collect_counts };

	ck_assert_int_eq(audit_run(&au, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "alias_maps: there is no T/more");
	tempdir_write("more", "", 0600);
	ck_assert_int_eq(audit_run(&au, &f), 0);
	ck_assert_str_eq(buf_str(&out), "3 W there is no user y\nT/aliases 1 3 6 23\nT/more 1 0 0 0\n");
	ck_assert_uint_eq(au.errors, 0);
	ck_assert_uint_eq(au.warnings, 1);
	buf_clear(&out);
	village_clear(&v);
}
END_TEST

/* What is in :include: files is checked too, once. */
START_TEST(test_include)
{
	struct village v;
	struct buf out;
	struct fault f;

	buf_init(&out, 100000);
	village_init(&v, "");
	tempdir_write("list", arena_printf(&v.arena, "al\n|x\nl1\n:include:%s\n", tempdir_path("list")), 0644);
	tempdir_write("none", "# none\n", 0644);
	tempdir_write("aliases",
		      arena_printf(&v.arena,
				   "postmaster: al\nl1: :include:%s/list\nl2: :include:%s/list\nn: :include:%s/none\n",
				   tempdir(), tempdir(), tempdir()),
		      0600);
	village_start(&v);
	struct audit au = { .route = &v.route, .ctx = &out, .report = collect };

	ck_assert_int_eq(audit_run(&au, &f), 0);
	ck_assert_str_eq(buf_str(&out), "2 E an :include: file may not name a command\n0 W the list has no members\n"
					"3 E aliases lead in a loop: l1 -> T/list -> l1\n"
					"4 E aliases lead in a loop: l1 -> T/list -> T/list\n");
	buf_clear(&out);
	village_clear(&v);
}
END_TEST

static void count_only(void *ctx, const struct audit_finding *f)
{
	(void)ctx;
	(void)f;
}

/* A chain of fifty thousand, and a list that a thousand others name. */
START_TEST(test_large)
{
	enum { LINES = 50000, LISTS = 1000, MEMBERS = 1000 };
	struct village v;
	struct buf text;
	struct fault f;

	buf_init(&text, 10 << 20);
	buf_put_str(&text, POSTMASTER);
	for (int i = 0; i < LINES; i++)
		buf_printf(&text, "a%d: a%d\n", i, i + 1);
	buf_printf(&text, "a%d: al\n", LINES);
	for (int i = 0; i < LISTS; i++)
		buf_printf(&text, "list%d: big\n", i);
	buf_put_str(&text, "big: al");
	for (int i = 0; i < MEMBERS; i++)
		buf_printf(&text, ", a%d", LINES);
	village_init(&v, buf_str(&text));
	buf_clear(&text);
	village_start(&v);
	struct audit au = { .route = &v.route, .report = count_only };

	ck_assert_int_eq(audit_run(&au, &f), 0);
	/* The chain is too deep wherever the walk begins anew. */
	ck_assert_uint_gt(au.errors, 0);
	ck_assert_uint_eq(au.warnings, 0);
	village_clear(&v);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_findings, 0, COUNT(rows));
	tcase_add_test(tc, test_counts);
	tcase_add_test(tc, test_include);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(audit, add_tests)
