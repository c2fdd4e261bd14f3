/* SPDX-License-Identifier: ISC */
#include "store/folders.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/maildir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;
static struct folders t;

static void setup(void)
{
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &fault), 0);
	maildir_close(&md);
	ck_assert_int_eq(folders_open(&t, tempdir_path("m"), &fault), 0);
}

static void teardown(void)
{
	folders_close(&t);
	arena_clear(&arena);
	tempdir_remove();
}

static void create(const char *name)
{
	ck_assert_msg(folders_create(&t, span_str(name), &fault) == 0, "%s: %s", name, fault.text);
}

static bool is_there(const char *disk)
{
	return faccessat(t.fd, disk, F_OK, 0) == 0;
}

static const char *list(void)
{
	const char *const *names, *all = "";
	size_t n;

	ck_assert_int_eq(folders_list(&t, &arena, &names, &n, &fault), 0);
	for (size_t i = 0; i < n; i++)
		all = arena_printf(&arena, "%s%s%s", all, i ? "|" : "", names[i]);
	return all;
}

/* ---- names ---- */

static const struct {
	const char *name, *disk; /* disk NULL: it cannot be a name */
} names[] = {
	{ "a", ".a" },
	{ "a/b", ".a.b" },
	{ "W\xc3\xb6rld", ".W&APY-rld" },
	{ "a.b/c", ".a\\2eb.c" },
	{ "back\\slash", ".back\\5cslash" },
	{ "\\2e", ".\\5c2e" },
	{ "R&D", ".R&-D" },
	{ "...", ".\\2e\\2e\\2e" },
	{ ".hidden", ".\\2ehidden" },
	{ "cur", ".cur" },
	{ "~root/x", ".~root.x" },
	{ "a b", ".a b" },
	{ "*%", ".*%" },
	{ "inbox/x", ".INBOX.x" },
	{ "", NULL },
	{ "/", NULL },
	{ "/etc/passwd", NULL },
	{ "a/", NULL },
	{ "a//b", NULL },
	{ "a\nb", NULL },
	{ "a\x7f", NULL },
	{ "\xff", NULL },
	{ "\xc0\xae\xc0\xae/x", NULL },
};

START_TEST(test_name)
{
	char path[PATH_MAX];
	const char *name = names[_i].name, *disk = names[_i].disk;

	if (!disk) {
		ck_assert_int_eq(folders_check_name(span_str(name), &fault), -1);
		ck_assert_int_eq(folders_create(&t, span_str(name), &fault), -1);
		ck_assert_int_eq(folders_find(&t, span_str(name), path, &fault), -1);
		ck_assert_int_eq(fault.kind, FAULT_PERM);
		ck_assert_str_eq(list(), "INBOX");
		return;
	}
	ck_assert_int_eq(folders_find(&t, span_str(name), path, &fault), 0);
	create(name);
	ck_assert_msg(is_there(arena_printf(&arena, "%s/cur", disk)), "%s", disk);
	ck_assert(is_there(arena_printf(&arena, "%s/maildirfolder", disk)));
	ck_assert_int_eq(folders_find(&t, span_str(name), path, &fault), 1);
	ck_assert_str_eq(path, arena_printf(&arena, "%s/%s", t.root, disk));
	ck_assert_str_eq(list(), arena_printf(&arena, "INBOX|%s", folders_normal_name(&arena, span_str(name))));
	ck_assert_int_eq(folders_create(&t, span_str(name), &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(folders_remove(&t, span_str(name), &fault), 0);
	ck_assert(!is_there(disk));
}
END_TEST

START_TEST(test_long_name)
{
	char name[FOLDERS_NAME_MAX + 2];

	memset(name, 'x', sizeof(name));
	ck_assert_int_eq(folders_check_name(span_of(name, NAME_MAX - 1), &fault), 0);
	ck_assert_int_eq(folders_check_name(span_of(name, NAME_MAX), &fault), -1);
	ck_assert_int_eq(folders_check_name(span_of(name, sizeof(name)), &fault), -1);
	ck_assert_int_eq(folders_check_name(span_of("a\0b", 3), &fault), -1);
}
END_TEST

START_TEST(test_inbox)
{
	char path[PATH_MAX];

	ck_assert_int_eq(folders_find(&t, SPAN("InBox"), path, &fault), 1);
	ck_assert_str_eq(path, t.root);
	ck_assert_int_eq(folders_create(&t, SPAN("inbox"), &fault), -1);
	ck_assert_int_eq(folders_remove(&t, SPAN("INBOX"), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("INBOX"), SPAN("x"), &fault), -1);
	ck_assert(is_there("cur"));
}
END_TEST

/* ---- what is there ---- */

static void make(const char *disk)
{
	tempdir_write(arena_printf(&arena, "m/%s/cur/1.h:2,", disk), "x", 0600);
}

START_TEST(test_odd_names)
{
	char path[PATH_MAX];

	make(".W\xc3\xb6rld"); /* UTF-8, as some write it */
	make(".a&b");	       /* no encoding */
	make(".\xff\xfe");     /* no text */
	make("..");
	make("..letterbox-removed.x");
	make(".INBOX");
	make(".line\nend");
	make("plain");
	tempdir_write("m/.file", "", 0600);
	ck_assert_int_eq(symlinkat("/etc", t.fd, ".link"), 0);
	make(".empty");
	ck_assert_int_eq(unlinkat(t.fd, ".empty/cur/1.h:2,", 0) + unlinkat(t.fd, ".empty/cur", AT_REMOVEDIR), 0);
	make(".z..y");
	ck_assert_str_eq(list(), "INBOX|W\xc3\xb6rld|a&b|z//y");
	ck_assert_int_eq(folders_find(&t, SPAN("W\xc3\xb6rld"), path, &fault), 1);
	ck_assert_str_eq(path, arena_printf(&arena, "%s/.W\xc3\xb6rld", t.root));
	ck_assert_int_eq(folders_find(&t, SPAN("a&b"), path, &fault), 1);
	ck_assert_int_eq(folders_find(&t, SPAN("link"), path, &fault), 0);
}
END_TEST

START_TEST(test_order)
{
	create("b");
	create("a-x");
	create("a/z");
	create("a");
	create("a/b/c");
	ck_assert_str_eq(list(), "INBOX|a|a/b/c|a/z|a-x|b");
}
END_TEST

/* ---- changes ---- */

START_TEST(test_remove)
{
	create("a");
	create("a/b");
	tempdir_write("m/.a/cur/1.h:2,", "x", 0600);
	ck_assert_int_eq(folders_remove(&t, SPAN("a"), &fault), 0);
	ck_assert(!is_there(".a") && is_there(".a.b"));
	ck_assert_int_eq(folders_remove(&t, SPAN("a"), &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_str_eq(list(), "INBOX|a/b");
}
END_TEST

START_TEST(test_rename)
{
	create("a");
	create("a/b");
	create("ab");
	tempdir_write("m/.a/cur/1.h:2,", "x", 0600);
	ck_assert_int_eq(folders_rename(&t, SPAN("a"), SPAN("n\xc3\xbc/x"), &fault), 0);
	ck_assert_str_eq(list(), "INBOX|ab|n\xc3\xbc/x|n\xc3\xbc/x/b");
	ck_assert(is_there(".n&APw-.x/cur/1.h:2,"));
	ck_assert_int_eq(folders_rename(&t, SPAN("ab"), SPAN("n\xc3\xbc/x"), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("ab"), SPAN("ab/c"), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("none"), SPAN("c"), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("ab"), SPAN("../x"), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("ab"), SPAN("x/."), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("ab"), SPAN("x/..."), &fault), 0);
	ck_assert(is_there(".x.\\2e\\2e\\2e"));
}
END_TEST

/* Dovecot makes no folder of a level that only has others below it, and clients show it all the same. */
START_TEST(test_rename_level)
{
	create("a/b");
	create("ab");
	ck_assert_int_eq(folders_rename(&t, SPAN("a"), SPAN("a/c"), &fault), -1);
	ck_assert_int_eq(folders_rename(&t, SPAN("a"), SPAN("c"), &fault), 0);
	ck_assert_str_eq(list(), "INBOX|ab|c/b");
	ck_assert_int_eq(folders_rename(&t, SPAN("a"), SPAN("d"), &fault), -1);
	ck_assert_str_eq(fault.status, "5.1.1");
}
END_TEST

/* Nothing is renamed unless all can be. */
START_TEST(test_rename_refused)
{
	create("a");
	create("a/b");
	create("c/b");
	ck_assert_int_eq(folders_rename(&t, SPAN("a"), SPAN("c"), &fault), -1);
	ck_assert_str_eq(list(), "INBOX|a|a/b|c/b");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_name, 0, COUNT(names));
	tcase_add_test(tc, test_long_name);
	tcase_add_test(tc, test_inbox);
	tcase_add_test(tc, test_odd_names);
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_remove);
	tcase_add_test(tc, test_rename);
	tcase_add_test(tc, test_rename_level);
	tcase_add_test(tc, test_rename_refused);
}

CHECK_MAIN(folders, add_tests)
