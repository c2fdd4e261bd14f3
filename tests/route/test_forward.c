/* SPDX-License-Identifier: ISC */
#include "route/forward.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

enum { NOBODY = 65534 };

static struct account owner(void)
{
	return (struct account){ .name = "al",
				 .uid = geteuid(),
				 .gid = getegid(),
				 .home = tempdir_path("home"),
				 .full_name = "",
				 .mail = "" };
}

/* Prepare something at T/home/.forward, whose content would be "ok\n". */
static void plain(void)
{
	tempdir_write("home/.forward", "ok\n", 0600);
}

static void group_readable(void)
{
	tempdir_write("home/.forward", "ok\n", 0644);
}

static void missing(void)
{
}

static void no_home(void)
{
	rmdir(tempdir_path("home"));
}

static void group_writable(void)
{
	tempdir_write("home/.forward", "ok\n", 0620);
}

static void world_writable(void)
{
	tempdir_write("home/.forward", "ok\n", 0602);
}

static void home_group_writable(void)
{
	plain();
	chmod(tempdir_path("home"), 0770);
}

static void home_world_writable(void)
{
	plain();
	chmod(tempdir_path("home"), 0703);
}

static void fifo(void)
{
	mkfifo(tempdir_path("home/.forward"), 0600);
}

static void directory(void)
{
	mkdir(tempdir_path("home/.forward"), 0700);
}

static void device(void)
{
	/* Needs root; a link to it is as good a test elsewhere. */
	if (mknod(tempdir_path("home/.forward"), S_IFCHR | 0600, 0x103) < 0)
		ck_assert_int_eq(symlink("/dev/null", tempdir_path("home/.forward")), 0);
}

static void link_outside(void)
{
	tempdir_write("other", "ok\n", 0600);
	ck_assert_int_eq(symlink("../other", tempdir_path("home/.forward")), 0);
}

static void link_absolute(void)
{
	ck_assert_int_eq(symlink("/etc/passwd", tempdir_path("home/.forward")), 0);
}

static void link_dangling(void)
{
	ck_assert_int_eq(symlink("gone", tempdir_path("home/.forward")), 0);
}

static void link_to_itself(void)
{
	ck_assert_int_eq(symlink(".forward", tempdir_path("home/.forward")), 0);
}

static void link_inside(void)
{
	tempdir_write("home/dotfiles/forward", "ok\n", 0600);
	ck_assert_int_eq(symlink("dotfiles/forward", tempdir_path("home/.forward")), 0);
}

static void huge(void)
{
	plain();
	ck_assert_int_eq(truncate(tempdir_path("home/.forward"), 1 << 30), 0);
}

static void largest(void)
{
	plain();
	ck_assert_int_eq(truncate(tempdir_path("home/.forward"), FORWARD_MAX), 0);
}

struct row {
	void (*prepare)(void);
	const char *want; /* "ok", "" for none, or the fault */
};

static const struct row rows[] = {
	{ plain, "ok" },
	{ group_readable, "ok" },
	{ largest, "ok" },
	{ missing, "" },
	{ no_home, "" },
	{ link_dangling, "" },
	{ link_inside, "ok" },
	{ group_writable, "T/home/.forward: others may write to it" },
	{ world_writable, "T/home/.forward: others may write to it" },
	{ home_group_writable, "T/home/.forward: others may write to the home directory" },
	{ home_world_writable, "T/home/.forward: others may write to the home directory" },
	{ fifo, "T/home/.forward: it is not a regular file" },
	{ directory, "T/home/.forward: it is not a regular file" },
	{ link_outside, "T/home/.forward: a symbolic link leads out of the home directory" },
	{ link_absolute, "T/home/.forward: a symbolic link leads out of the home directory" },
	{ link_to_itself, "T/home/.forward: a symbolic link leads out of the home directory" },
	{ huge, "T/home/.forward: it is larger than 65536 bytes" },
};

/* Without openat2(2) no link is followed at all. */
static bool kernel_follows_inside(void)
{
	struct arena a = { 0 };
	struct account who = owner();
	struct span text;
	int rc;

	tempdir_write("home/probe", "x", 0600);
	ck_assert_int_eq(symlink("probe", tempdir_path("home/probe-link")), 0);
	rc = forward_read(NULL, &a, tempdir_path("home/probe-link"), &who, true, &text, NULL);
	arena_clear(&a);
	return rc == 1;
}

START_TEST(test_forward)
{
	const struct row *row = &rows[_i];
	struct arena a = { 0 };
	struct account who;
	struct span text = { 0 };
	struct fault f;
	int rc;

	tempdir_remove();
	who = owner();
	mkdir(who.home, 0700);
	if (row->prepare == link_inside && !kernel_follows_inside())
		return;
	row->prepare();
	alarm(10);
	rc = forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f);
	alarm(0);
	if (rc > 0)
		ck_assert_msg(strcmp(row->want, "ok") == 0 && span_starts(text, SPAN("ok\n")), "read");
	else if (rc == 0)
		ck_assert_str_eq(row->want, "");
	else
		ck_assert_str_eq(tempdir_hide(f.text), row->want);
	if (rc < 0)
		ck_assert_int_eq(f.kind, FAULT_PERM);
	arena_clear(&a);
}
END_TEST

/* What belongs to somebody else, or is on a device, takes root to prepare. */
START_TEST(test_owners)
{
	struct arena a = { 0 };
	struct account who;
	struct span text;
	struct fault f;

	if (geteuid() != 0)
		return;
	tempdir_remove();
	who = owner();
	mkdir(who.home, 0755);
	who.uid = who.gid = NOBODY;
	who.name = "nobody";
	/* Root's file in the user's home, and the user's own, are fine. */
	tempdir_write("home/.forward", "ok\n", 0644);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), 1);
	ck_assert_int_eq(chown(who.home, NOBODY, NOBODY), 0);
	ck_assert_int_eq(chown(tempdir_path("home/.forward"), NOBODY, NOBODY), 0);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), 1);
	ck_assert_int_eq(geteuid(), 0);
	/* Nor does it take a list of what is in the home. */
	ck_assert_int_eq(chmod(who.home, 0100), 0);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), 1);
	ck_assert_int_eq(chmod(who.home, 0755), 0);
	/* Somebody else's are not. */
	ck_assert_int_eq(chown(tempdir_path("home/.forward"), 12345, NOBODY), 0);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "T/home/.forward: it belongs to somebody else");
	ck_assert_int_eq(chown(tempdir_path("home/.forward"), NOBODY, NOBODY), 0);
	ck_assert_int_eq(chown(who.home, 12345, NOBODY), 0);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "T/home/.forward: the home directory belongs to somebody else");
	/* Root's rights are not used: what the user may not read is not read. */
	ck_assert_int_eq(chown(who.home, NOBODY, NOBODY), 0);
	ck_assert_int_eq(chown(tempdir_path("home/.forward"), 0, 0), 0);
	ck_assert_int_eq(chmod(tempdir_path("home/.forward"), 0600), 0);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), -1);
	ck_assert_str_eq(tempdir_hide(f.text), "T/home/.forward: its owner may not read it");
	ck_assert_int_eq(geteuid(), 0);
	unlink(tempdir_path("home/.forward"));
	device();
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("home/.forward"), &who, true, &text, &f), -1);
	arena_clear(&a);
}
END_TEST

struct include_row {
	mode_t file, directory;
	const char *want;
};

static const struct include_row include_rows[] = {
	{ 0644, 0755, "ok" },
	{ 0664, 0775, "ok" },
	{ 0644, 01777, "ok" },
	{ 0646, 0755, "T/lists/x: everybody may write to it" },
	{ 0644, 0777, "T/lists/x: everybody may write to its directory" },
};

START_TEST(test_include)
{
	const struct include_row *row = &include_rows[_i];
	struct arena a = { 0 };
	struct span text = { 0 };
	struct fault f;
	const char *path;
	int rc;

	tempdir_remove();
	path = tempdir_write("lists/x", "ok", row->file);
	ck_assert_int_eq(chmod(tempdir_path("lists"), row->directory), 0);
	rc = forward_read(NULL, &a, path, NULL, false, &text, &f);
	ck_assert_str_eq(rc == 1 ? arena_span(&a, text) : tempdir_hide(f.text), row->want);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("lists/none"), NULL, false, &text, &f), 0);
	ck_assert_int_eq(mkfifo(tempdir_path("lists/fifo"), 0600), 0);
	chmod(tempdir_path("lists"), 0755);
	ck_assert_int_eq(forward_read(NULL, &a, tempdir_path("lists/fifo"), NULL, false, &text, &f), -1);
	arena_clear(&a);
}
END_TEST

/* A process that is not root cannot read as somebody else; that is temporary, not the file's fault. */
START_TEST(test_not_permitted)
{
	struct arena a = { 0 };
	struct account who;
	struct span text;
	struct fault f;
	const char *path;
	int status;
	pid_t pid;

	tempdir_remove();
	who = owner();
	mkdir(who.home, 0755);
	plain();
	path = tempdir_path("home/.forward");
	pid = fork();
	if (pid == 0) {
		who.uid = 12345;
		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(2);
		_exit(forward_read(NULL, &a, path, &who, true, &text, &f) == -1 && f.kind == FAULT_TEMP ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	/* Nor is another's file one of his. */
	ck_assert_int_eq(forward_read(NULL, &a, "/etc/passwd", &who, true, &text, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_BUG);
	ck_assert_int_eq(forward_read(NULL, &a, "home/.forward", &who, true, &text, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_BUG);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_forward, 0, COUNT(rows));
	tcase_add_test(tc, test_owners);
	tcase_add_loop_test(tc, test_include, 0, COUNT(include_rows));
	tcase_add_test(tc, test_not_permitted);
}

CHECK_MAIN(forward, add_tests)
