/* SPDX-License-Identifier: ISC */
#include "store/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/mboxlock.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { WHEN = 1763791200 };
#define FROM_LINE "From al@example.org Sat Nov 22 06:00:00 2025\n"

static struct fault fault;
static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
	tempdir_remove();
}

static const char *content(const char *name)
{
	struct span text;

	ck_assert_int_eq(disk_read_file(&arena, AT_FDCWD, tempdir_path(name), 1 << 20, &text, &fault), 0);
	return arena_span(&arena, text);
}

static int append_to(const char *path, const char *text)
{
	struct mbox_writer w;

	if (mbox_begin(&w, path, "al@example.org", WHEN, &fault) < 0)
		return -1;
	mbox_put(&w, text, strlen(text));
	return mbox_commit(&w, &fault);
}

static int append(const char *name, const char *text)
{
	return append_to(tempdir_path(name), text);
}

/* ---- quoting ---- */

static const struct {
	const char *in, *out;
} rows[] = {
	{ "", "" },
	{ "Subject: x\n\nbody\n", "Subject: x\n\nbody\n" },
	{ "From me\n", ">From me\n" },
	{ "a\nFrom me\n>From you\n>>From all\n", "a\n>From me\n>>From you\n>>>From all\n" },
	{ "From\nFrom: x\nFro\nfrom me\n From me\n", "From\nFrom: x\nFro\nfrom me\n From me\n" },
	{ ">From x", ">>From x\n" },
	{ ">\n>>\n> From me\n>Fr\n>>>x\n", ">\n>>\n> From me\n>Fr\n>>>x\n" },
	{ "x From me\nFFrom me\n>F>From me\nFrFrom me\n", "x From me\nFFrom me\n>F>From me\nFrFrom me\n" },
	{ "\n\nFrom \n", "\n\n>From \n" },
	{ "no end", "no end\n" },
	{ "From", "From\n" },
	{ ">>", ">>\n" },
	{ "From ", ">From \n" },
	{ ">>From x", ">>>From x\n" },
};

enum { SHORT = 9 /* octets; a text that is longer is cut once, not twice */ };

/* Cut at every place, the quoting is the same. */
START_TEST(test_quoting)
{
	const char *in = rows[_i].in, *want = arena_printf(&arena, FROM_LINE "%s\n", rows[_i].out);
	size_t n = strlen(in);

	for (size_t first = 0; first <= n; first++) {
		for (size_t second = n > SHORT ? n : first; second <= n; second++) {
			struct mbox_writer w;

			unlink(tempdir_path("mbox"));
			ck_assert_int_eq(mbox_begin(&w, tempdir_path("mbox"), "al@example.org", WHEN, &fault), 0);
			mbox_put(&w, in, first);
			mbox_put(&w, in + first, second - first);
			mbox_put(&w, in + second, n - second);
			ck_assert_int_eq(mbox_commit(&w, &fault), 0);
			ck_assert_str_eq(content("mbox"), want);
		}
	}
	unlink(tempdir_path("mbox"));
	struct mbox_writer w;

	ck_assert_int_eq(mbox_begin(&w, tempdir_path("mbox"), "al@example.org", WHEN, &fault), 0);
	for (size_t i = 0; i < n; i++)
		mbox_put(&w, in + i, 1);
	ck_assert_int_eq(mbox_commit(&w, &fault), 0);
	ck_assert_str_eq(content("mbox"), want);
}
END_TEST

START_TEST(test_append)
{
	struct stat st;

	tempdir_write("mbox", "From before Sat Nov 22 05:00:00 2025\n\nold\n\n", 0640);
	ck_assert_int_eq(append("mbox", "new\n"), 0);
	ck_assert_str_eq(content("mbox"), "From before Sat Nov 22 05:00:00 2025\n\nold\n\n" FROM_LINE "new\n\n");
	ck_assert_int_eq(stat(tempdir_path("mbox"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_int_eq(append("fresh", "new\n"), 0);
	ck_assert_int_eq(stat(tempdir_path("fresh"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
}
END_TEST

START_TEST(test_from_line)
{
	static const struct {
		const char *sender, *shown;
	} senders[] = {
		{ "", "MAILER-DAEMON" },
		{ "\"a b\"@c", "MAILER-DAEMON" },
		{ "a@b", "a@b" },
	};

	for (int i = 0; i < COUNT(senders); i++) {
		struct mbox_writer w;

		unlink(tempdir_path("mbox"));
		ck_assert_int_eq(mbox_begin(&w, tempdir_path("mbox"), senders[i].sender, WHEN, &fault), 0);
		ck_assert_int_eq(mbox_commit(&w, &fault), 0);
		ck_assert_str_eq(content("mbox"),
				 arena_printf(&arena, "From %s Sat Nov 22 06:00:00 2025\n\n", senders[i].shown));
	}
}
END_TEST

/* ---- failure ---- */

START_TEST(test_abort)
{
	struct mbox_writer w;
	char large[40000];

	memset(large, 'x', sizeof(large));
	tempdir_write("mbox", "before\n", 0600);
	ck_assert_int_eq(mbox_begin(&w, tempdir_path("mbox"), "", WHEN, &fault), 0);
	ck_assert_int_eq(access(tempdir_path("mbox.lock"), F_OK), 0);
	mbox_put(&w, large, sizeof(large));
	mbox_abort(&w);
	ck_assert_str_eq(content("mbox"), "before\n");
	ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
}
END_TEST

START_TEST(test_full_disk)
{
	struct rlimit limit, before;
	struct mbox_writer w;
	char large[40000];

	memset(large, 'x', sizeof(large));
	tempdir_write("mbox", "before\n", 0600);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (rlim_t max = 8; max < sizeof(large); max += 8000) {
		int rc;

		limit = before;
		limit.rlim_cur = max;
		ck_assert_int_eq(mbox_begin(&w, tempdir_path("mbox"), "", WHEN, &fault), 0);
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		for (size_t i = 0; i < sizeof(large); i += 1000)
			mbox_put(&w, large + i, 1000);
		rc = mbox_commit(&w, &fault);
		setrlimit(RLIMIT_FSIZE, &before);
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(fault.reply, 452);
		ck_assert_str_eq(content("mbox"), "before\n");
		ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
	}
}
END_TEST

START_TEST(test_planted)
{
	tempdir_write("victim", "precious\n", 0600);
	ck_assert_int_eq(symlink(tempdir_path("victim"), tempdir_path("link")), 0);
	ck_assert_int_eq(link(tempdir_path("victim"), tempdir_path("hard")), 0);
	ck_assert_int_eq(mkfifo(tempdir_path("fifo"), 0600), 0);
	ck_assert_int_eq(mkdir(tempdir_path("dir"), 0700), 0);
	ck_assert_int_eq(append("link", "x\n"), -1);
	ck_assert_int_eq(append("hard", "x\n"), -1);
	ck_assert_str_eq(tempdir_hide(fault.text), "mailbox T/hard is not a regular file with one link");
	ck_assert_int_eq(append("fifo", "x\n"), -1);
	ck_assert_int_eq(append("dir", "x\n"), -1);
	ck_assert_int_eq(append("none/mbox", "x\n"), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_str_eq(content("victim"), "precious\n");
	/* Nor does the lock's name lead anywhere: it is there, so the mailbox is locked until it is stale. */
	ck_assert_int_ne(access(tempdir_path("link.lock"), F_OK), 0);
}
END_TEST

/* ---- locks ---- */

/* For children: the names belong to the process that made them. */
static const char *mbox_path, *lock_path;

/* A process that holds something for `ms`; returns when it does. */
static pid_t hold(void (*take)(void), int ms)
{
	int ready[2];
	char c;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		take();
		if (write(ready[1], "x", 1) == 1)
			usleep((useconds_t)ms * 1000);
		unlink(lock_path);
		_exit(0);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void take_fcntl(void)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(mbox_path, O_RDWR);

	if (fd < 0 || fcntl(fd, F_SETLK, &whole) < 0)
		_exit(1);
}

static void take_dot(void)
{
	int fd = open(lock_path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0)
		_exit(1);
	close(fd);
}

static void (*const takers[])(void) = { take_fcntl, take_dot };

START_TEST(test_waits_for_lock)
{
	enum { HELD_MS = 400 };
	int64_t begin;
	pid_t pid;

	mbox_path = tempdir_write("mbox", "", 0600);
	lock_path = tempdir_path("mbox.lock");
	begin = clock_mono_ms();
	pid = hold(takers[_i], HELD_MS);
	ck_assert_int_eq(append("mbox", "x\n"), 0);
	ck_assert_int_ge(clock_mono_ms() - begin, HELD_MS - 50);
	ck_assert_str_eq(content("mbox"), FROM_LINE "x\n\n");
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
}
END_TEST

/* Its process has ended; of one that says nothing the age counts, which tests cannot make up. */
START_TEST(test_stale_lock)
{
	struct timespec old[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = clock_wall() - 10 } };
	char host[HOST_NAME_MAX + 1] = "", text[HOST_NAME_MAX + 20];
	int64_t begin = clock_mono_ms();
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(gethostname(host, sizeof(host) - 1), 0);
	snprintf(text, sizeof(text), "%ld:%s", (long)pid, host);
	tempdir_write("mbox.lock", text, 0600);
	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("mbox.lock"), old, 0), 0);
	ck_assert_int_eq(append("mbox", "x\n"), 0);
	ck_assert_int_lt(clock_mono_ms() - begin, MBOXLOCK_WAIT_SECONDS * 1000);
	ck_assert_int_ne(access(tempdir_path("mbox.lock"), F_OK), 0);
}
END_TEST

/* /var/mail where users may not create files: fcntl alone must do. */
START_TEST(test_no_dot_lock)
{
	int status;

	if (geteuid() != 0)
		return;
	mbox_path = tempdir_write("spool/mbox", "", 0600);
	ck_assert_int_eq(chown(mbox_path, 65534, 65534), 0);
	if (fork() == 0)
		_exit(setgid(65534) < 0 || setuid(65534) < 0 || append_to(mbox_path, "x\n") < 0);
	wait(&status);
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(content("spool/mbox"), FROM_LINE "x\n\n");
}
END_TEST

START_TEST(test_together)
{
	enum { PROCESSES = 8, EACH = 5 };
	const char *at;
	int n = 0;

	mbox_path = tempdir_path("mbox");
	for (int i = 0; i < PROCESSES; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < EACH; k++)
			if (append_to(mbox_path, "Subject: x\n\nbody\n") < 0)
				_exit(1);
		_exit(0);
	}
	for (int i = 0, status; i < PROCESSES; i++) {
		wait(&status);
		ck_assert_int_eq(status, 0);
	}
	for (at = content("mbox"); *at; at += strlen(FROM_LINE "Subject: x\n\nbody\n\n"), n++)
		ck_assert_int_eq(
			strncmp(at, FROM_LINE "Subject: x\n\nbody\n\n", strlen(FROM_LINE "Subject: x\n\nbody\n\n")), 0);
	ck_assert_int_eq(n, PROCESSES * EACH);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_quoting, 0, COUNT(rows));
	tcase_add_test(tc, test_append);
	tcase_add_test(tc, test_from_line);
	tcase_add_test(tc, test_abort);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_planted);
	tcase_add_loop_test(tc, test_waits_for_lock, 0, COUNT(takers));
	tcase_add_test(tc, test_stale_lock);
	tcase_add_test(tc, test_no_dot_lock);
	tcase_add_test(tc, test_together);
}

CHECK_MAIN(mbox, add_tests)
