/* SPDX-License-Identifier: ISC */
#include "base/opt.h"

#include <limits.h>
#include <stdio.h>

#include "base/buf.h"
#include "support/check_main.h"

/* Modelled on sendmail's: clusters, prefixed names, arguments in the same or the next word. */
struct options {
	bool t, i, v, bs, listen_all;
	const char *f, *q, *wait, *o;
	struct opt_list listen;
	long n;
	const char *called;
};

static int call(struct arena *a, void *options, const char *value, struct fault *f)
{
	struct options *o = options;

	if (value && strcmp(value, "bad") == 0)
		return fault_usage(f, "option -c does not like \"%s\"", value);
	o->called = value ? arena_printf(a, "<%s>", value) : "<none>";
	return 0;
}

#define AT(member) .at = offsetof(struct options, member)

static const struct opt table[] = {
	{ "-t", .kind = OPT_BOOL, AT(t) },
	{ "-i", .kind = OPT_BOOL, AT(i) },
	{ "-v", .kind = OPT_BOOL, AT(v) },
	{ "-oi", .kind = OPT_BOOL, AT(i), .flags = OPT_ANY_REST },
	{ "-oA", .arg = "FILE", .kind = OPT_IGNORE },
	{ "-o", .arg = "NAME=VALUE", .kind = OPT_STRING, AT(o) },
	{ "-bs", .kind = OPT_BOOL, AT(bs) },
	{ "-f", .arg = "ADDR", .kind = OPT_STRING, AT(f) },
	{ "-q", .arg = "TIME", .kind = OPT_STRING, AT(q), .flags = OPT_ATTACHED },
	{ "-n", .arg = "NUMBER", .kind = OPT_NUMBER, AT(n) },
	{ "-c", .arg = "VALUE", .kind = OPT_CALL, .call = call, .flags = OPT_ATTACHED },
	{ "-G", .kind = OPT_IGNORE },
	{ "-X", .arg = "FILE", .help = "it would write a file", .kind = OPT_REFUSE },
	{ "--listen", .arg = "ADDR:PORT", .kind = OPT_LIST, AT(listen) },
	{ "--listen-all", .kind = OPT_BOOL, AT(listen_all) },
	{ "--wait", .arg = "WHAT", .kind = OPT_STRING, AT(wait), .flags = OPT_ATTACHED },
	{ "--help", .kind = OPT_STOP },
	OPT_END,
};

static void show(struct buf *b, const struct options *o, char **operands)
{
	if (o->t)
		buf_put_str(b, "t ");
	if (o->i)
		buf_put_str(b, "i ");
	if (o->v)
		buf_put_str(b, "v ");
	if (o->bs)
		buf_put_str(b, "bs ");
	if (o->listen_all)
		buf_put_str(b, "all ");
	if (o->f)
		buf_printf(b, "f=%s ", o->f);
	if (o->q)
		buf_printf(b, "q=%s ", o->q);
	if (o->o)
		buf_printf(b, "o=%s ", o->o);
	if (o->wait)
		buf_printf(b, "wait=%s ", o->wait);
	for (size_t i = 0; i < o->listen.n; i++)
		buf_printf(b, "listen=%s ", o->listen.v[i]);
	if (o->n)
		buf_printf(b, "n=%ld ", o->n);
	if (o->called)
		buf_printf(b, "c=%s ", o->called);
	buf_put_str(b, "|");
	while (*operands)
		buf_printf(b, " %s", *operands++);
}

enum { WORDS = 10 };

static const struct {
	const char *argv[WORDS]; /* behind argv[0] */
	unsigned how;
	int rc;
	const char *want; /* what show() says, or the fault's text */
} rows[] = {
	{ { NULL }, 0, 0, "|" },
	{ { "-t", "-i" }, 0, 0, "t i |" },
	{ { "-ti" }, 0, 0, "t i |" },
	{ { "-tiv", "a@b", "-t" }, 0, 0, "t i v | a@b -t" },
	/* what cron, PHP and mutt say */
	{ { "-FCronDaemon" }, 0, -1, "unknown option -FCronDaemon" },
	{ { "-i", "-odi", "-oem", "-oi" }, 0, 0, "i o=em |" },
	{ { "-oiem" }, 0, 0, "i |" },
	{ { "-oi", "-fme@x", "-t" }, 0, 0, "t i f=me@x |" },
	{ { "-f", "me@x", "you" }, 0, 0, "f=me@x | you" },
	{ { "-f", "", "you" }, 0, 0, "f= | you" },
	{ { "-f", "-t", "you" }, 0, 0, "f=-t | you" },
	{ { "-tfme@x" }, 0, 0, "t f=me@x |" },
	{ { "-tf", "me@x" }, 0, 0, "t f=me@x |" },
	{ { "-f", "a", "-fb" }, 0, 0, "f=b |" },
	/* longer names */
	{ { "-bs" }, 0, 0, "bs |" },
	{ { "-tbs" }, 0, 0, "t bs |" },
	{ { "-bsx" }, 0, -1, "unknown option -bsx" },
	{ { "-b" }, 0, -1, "unknown option -b" },
	{ { "-oA/etc/aliases", "x" }, 0, 0, "| x" },
	{ { "-oA", "/etc/aliases", "x" }, 0, 0, "| x" },
	{ { "-o", "a=b" }, 0, 0, "o=a=b |" },
	/* an argument only in the same word */
	{ { "-q", "30m" }, 0, 0, "q= | 30m" },
	{ { "-q30m" }, 0, 0, "q=30m |" },
	{ { "-c", "x" }, 0, 0, "c=<none> | x" },
	{ { "-cx" }, 0, 0, "c=<x> |" },
	{ { "-cbad" }, 0, -1, "option -c does not like \"bad\"" },
	{ { "--wait", "x" }, 0, 0, "wait= | x" },
	{ { "--wait=delivered" }, 0, 0, "wait=delivered |" },
	/* long options */
	{ { "--listen", ":25", "--listen=[::1]:0" }, 0, 0, "listen=:25 listen=[::1]:0 |" },
	{ { "--listen=" }, 0, 0, "listen= |" },
	{ { "--listen-all" }, 0, 0, "all |" },
	{ { "--listen-all=yes" }, 0, -1, "option --listen-all takes no argument" },
	{ { "--liste", "x" }, 0, -1, "unknown option --liste (did you mean --listen?)" },
	{ { "--listen" }, 0, -1, "option --listen needs an argument (ADDR:PORT)" },
	{ { "--frobnicate=1" }, 0, -1, "unknown option --frobnicate" },
	{ { "---t" }, 0, -1, "unknown option ---t" },
	/* the end of the options */
	{ { "--", "-t" }, 0, 0, "| -t" },
	{ { "-t", "--", "--" }, 0, 0, "t | --" },
	{ { "-", "-t" }, 0, 0, "| - -t" },
	{ { "", "-t" }, 0, 0, "|  -t" },
	{ { "--help", "--frobnicate" }, 0, 1, "| --help --frobnicate" },
	{ { "-f", "--help" }, 0, 0, "f=--help |" },
	/* operands anywhere */
	{ { "a", "-t", "b", "-f", "x", "c" }, OPT_PERMUTE, 0, "t f=x | a b c" },
	{ { "a", "--", "-t", "b" }, OPT_PERMUTE, 0, "| a -t b" },
	{ { "-", "a", "-v" }, OPT_PERMUTE, 0, "v | - a" },
	{ { "a", "b" }, OPT_PERMUTE, 0, "| a b" },
	{ { "a", "--help", "b" }, OPT_PERMUTE, 1, "| --help a b" },
	/* numbers */
	{ { "-n7" }, 0, 0, "n=7 |" },
	{ { "-n", "0x7" }, 0, -1, NULL },
	{ { "-n", "-7" }, 0, -1, NULL },
	{ { "-n", "" }, 0, -1, NULL },
	{ { "-n", "99999999999999999999" }, 0, -1, NULL },
	/* faults */
	{ { "-tZi" }, 0, -1, "unknown option -Zi in -tZi" },
	{ { "-t", "-f" }, 0, -1, "option -f needs an argument (ADDR)" },
	{ { "-X/tmp/log" }, 0, -1, "option -X is refused: it would write a file" },
	{ { "-X" }, 0, -1, "option -X is refused: it would write a file" },
	{ { "-G", "-tG" }, 0, 0, "t |" },
};

START_TEST(test_parse)
{
	char *argv[WORDS + 2] = { 0 };
	struct arena a = { 0 };
	struct options o = { 0 };
	struct fault f;
	struct buf got;
	int argc = 1, first, rc;

	buf_init(&got, 1000);
	argv[0] = arena_str(&a, "test");
	for (; rows[_i].argv[argc - 1]; argc++)
		argv[argc] = arena_str(&a, rows[_i].argv[argc - 1]);
	rc = opt_parse(&a, table, argc, argv, rows[_i].how, &o, &first, &f);
	ck_assert_int_eq(rc, rows[_i].rc);
	if (rc < 0) {
		ck_assert_int_eq(f.kind, FAULT_USAGE);
		if (rows[_i].want)
			ck_assert_str_eq(f.text, rows[_i].want);
		else
			ck_assert_int_eq(strncmp(f.text, "option -n needs a number from 0 to ", 35), 0);
	} else {
		show(&got, &o, argv + first);
		ck_assert_str_eq(buf_str(&got), rows[_i].want);
	}
	buf_clear(&got);
	arena_clear(&a);
}
END_TEST

START_TEST(test_no_argv)
{
	char *argv[] = { NULL };
	struct arena a = { 0 };
	struct options o = { 0 };
	int first = -1;

	ck_assert_int_eq(opt_parse(&a, table, 0, argv, OPT_PERMUTE, &o, &first, NULL), 0);
	ck_assert_int_eq(first, 0);
	ck_assert_ptr_null(argv[first]);
}
END_TEST

START_TEST(test_number_limits)
{
	struct arena a = { 0 };
	struct options o = { 0 };
	char *argv[] = { arena_str(&a, "x"), arena_printf(&a, "-n%ld", LONG_MAX), NULL };
	int first;

	ck_assert_int_eq(opt_parse(&a, table, 2, argv, 0, &o, &first, NULL), 0);
	ck_assert_int_eq(o.n, LONG_MAX);
	arena_clear(&a);
}
END_TEST

START_TEST(test_list_keeps_order)
{
	struct arena a = { 0 };
	struct opt_list list = { 0 };

	for (int i = 0; i < 1000; i++)
		opt_list_add(&a, &list, arena_printf(&a, "%d", i));
	ck_assert_uint_eq(list.n, 1000);
	for (int i = 0; i < 1000; i++)
		ck_assert_str_eq(list.v[i], arena_printf(&a, "%d", i));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_no_argv);
	tcase_add_test(tc, test_number_limits);
	tcase_add_test(tc, test_list_keeps_order);
}

CHECK_MAIN(opt, add_tests)
