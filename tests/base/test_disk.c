/* SPDX-License-Identifier: ISC */
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const char *place;
static struct arena arena;
static struct fault fault;
static int dir = -1;

static void setup(void)
{
	place = tempdir();
	dir = disk_open_dir(AT_FDCWD, place, &fault);
	ck_assert_int_ge(dir, 0);
	fault = (struct fault){ 0 };
}

static void teardown(void)
{
	close(dir);
	tempdir_remove();
	arena_clear(&arena);
}

static void put(const char *name, const char *content)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(disk_write(fd, content, strlen(content), name, &fault), 0);
	close(fd);
}

static struct span get(const char *name)
{
	struct span content = { 0 };

	ck_assert_msg(disk_read_file(&arena, dir, name, 1 << 20, &content, &fault) == 0, "%s", fault.text);
	return content;
}

START_TEST(test_make_dirs)
{
	struct stat st;
	const char *path = arena_printf(&arena, "%s/a/b//c", place);

	ck_assert_msg(disk_make_dirs(path, 0750, &fault) == 0, "%s", fault.text);
	ck_assert_int_eq(disk_make_dirs(path, 0700, &fault), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_int_eq(st.st_mode & 07, 0);
	put("file", "");
	ck_assert_int_eq(disk_make_dirs(arena_printf(&arena, "%s/file/x", place), 0700, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.text, "file/x"));
	ck_assert_int_eq(disk_make_dirs("", 0700, &fault), -1);
}
END_TEST

START_TEST(test_make_dirs_relative)
{
	struct stat st;

	ck_assert_int_eq(fchdir(dir), 0);
	ck_assert_msg(disk_make_dirs("x", 0700, &fault) == 0, "%s", fault.text);
	ck_assert_msg(disk_make_dirs("y/z/", 0700, &fault) == 0, "%s", fault.text);
	ck_assert_int_eq(fstatat(dir, "y/z", &st, 0), 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

/* What must not be opened, and the errno that tells why. */
START_TEST(test_open_single)
{
	struct stat st;
	int fd;

	put("one", "x");
	fd = disk_open_single(dir, "one", O_RDONLY, &st, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(st.st_size, 1);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);

	ck_assert_int_eq(linkat(dir, "one", dir, "two", 0), 0);
	ck_assert_int_eq(disk_open_single(dir, "one", O_RDONLY, &st, &fault), -1);
	ck_assert_int_eq(errno, EMLINK);
	unlinkat(dir, "two", 0);

	ck_assert_int_eq(symlinkat("one", dir, "link"), 0);
	ck_assert_int_eq(disk_open_single(dir, "link", O_RDONLY, &st, &fault), -1);
	ck_assert_int_eq(errno, ELOOP);

	ck_assert_int_eq(disk_open_single(dir, "none", O_RDONLY, &st, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);

	ck_assert_int_eq(mkfifoat(dir, "fifo", 0600), 0);
	ck_assert_int_eq(disk_open_single(dir, "fifo", O_RDONLY, &st, &fault), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);

	ck_assert_int_eq(disk_open_single(dir, ".", O_RDONLY, &st, &fault), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(test_read_file)
{
	struct span content;

	put("f", "four");
	ck_assert(span_is(get("f"), SPAN("four")));
	ck_assert_int_eq(disk_read_file(&arena, dir, "f", 4, &content, &fault), 0);
	errno = ENOENT;
	ck_assert_int_eq(disk_read_file(&arena, dir, "f", 3, &content, &fault), -1);
	ck_assert_int_eq(errno, EFBIG);
	ck_assert_ptr_nonnull(strstr(fault.text, "larger than 3"));
	errno = ENOENT;
	ck_assert_int_eq(disk_read_file(&arena, dir, ".", 9, &content, &fault), -1);
	ck_assert_int_ne(errno, ENOENT);
	ck_assert_int_eq(disk_read_file(&arena, dir, "gone", 9, &content, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(test_replace)
{
	struct stat st;

	ck_assert_int_eq(disk_replace(dir, "f", SPAN("old\n"), 0640, &fault), 0);
	ck_assert_int_eq(disk_replace(dir, "f", SPAN("new\n"), 0600, &fault), 0);
	ck_assert(span_is(get("f"), SPAN("new\n")));
	ck_assert_int_eq(fstatat(dir, "f", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(disk_replace_as(dir, "f", SPAN("mine\n"), 0640, geteuid(), getegid(), &fault), 0);
	ck_assert(span_is(get("f"), SPAN("mine\n")));
	/* The mode is what it was, also for those who make their own files more private. */
	umask(077);
	ck_assert_int_eq(disk_replace_as(dir, "f", SPAN("mine\n"), 0644, (uid_t)-1, (gid_t)-1, &fault), 0);
	ck_assert_int_eq(fstatat(dir, "f", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0644);
	if (geteuid() == 0) {
		ck_assert_int_eq(disk_replace_as(dir, "f", SPAN("others\n"), 0640, 12, 34, &fault), 0);
		ck_assert_int_eq(fstatat(dir, "f", &st, 0), 0);
		ck_assert(st.st_uid == 12 && st.st_gid == 34 && (st.st_mode & 0777) == 0640);
	}
	umask(022);
	ck_assert_int_eq(disk_replace(dir, "empty", (struct span){ NULL, 0 }, 0600, &fault), 0);
	ck_assert_uint_eq(get("empty").n, 0);
	ck_assert_int_eq(disk_replace(dir, "sub/f", SPAN("x"), 0600, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_BUG);
}
END_TEST

/* A disk that is full leaves the old content, and nothing beside it. */
START_TEST(test_replace_fails_whole)
{
	static char big[8192];
	struct rlimit old, tiny;
	int rc;

	put("f", "old");
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	getrlimit(RLIMIT_FSIZE, &old);
	tiny = (struct rlimit){ 4096, old.rlim_max };
	setrlimit(RLIMIT_FSIZE, &tiny);
	rc = disk_replace(dir, "f", span_of(big, sizeof(big)), 0600, &fault);
	setrlimit(RLIMIT_FSIZE, &old);
	ck_assert_int_eq(rc, -1);
	ck_assert_str_eq(fault.status, "4.3.1");
	ck_assert(span_is(get("f"), SPAN("old")));
	ck_assert_int_eq(unlinkat(dir, "f", 0), 0);
	/* Now the directory is empty: it can be removed. */
	ck_assert_int_eq(rmdir(place), 0);
	ck_assert_int_eq(mkdir(place, 0700), 0);
}
END_TEST

START_TEST(test_read_write_at)
{
	int fd = openat(dir, "f", O_RDWR | O_CREAT, 0600);
	char got[4] = "";

	ck_assert_int_eq(disk_write_at(fd, "abcdef", 6, 0, "f", &fault), 0);
	ck_assert_int_eq(disk_write_at(fd, "XY", 2, 2, "f", &fault), 0);
	ck_assert_int_eq(disk_read_at(fd, got, 3, 1, "f", &fault), 0);
	ck_assert_str_eq(got, "bXY");
	ck_assert_int_eq(disk_read_at(fd, got, 3, 4, "f", &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.text, "shorter"));
	close(fd);
	ck_assert_int_eq(disk_write(fd, "x", 1, "f", &fault), -1);
	ck_assert_int_eq(disk_write_at(fd, "x", 1, 0, "f", &fault), -1);
	ck_assert_int_eq(disk_read_at(fd, got, 1, 0, "f", &fault), -1);
}
END_TEST

static void collect(void *to, const void *p, size_t n)
{
	buf_put(to, p, n);
}

/* More than one piece, from the middle; and a file that is too short. */
START_TEST(test_feed)
{
	struct buf content, got;
	int fd;

	buf_init(&content, 1 << 20);
	buf_init(&got, 1 << 20);
	for (int i = 0; i < 100000; i++)
		buf_put_char(&content, (char)('a' + i % 23));
	put("file", buf_str(&content));
	fd = openat(dir, "file", O_RDONLY);
	ck_assert_int_eq(disk_feed(fd, 7, 99990, collect, &got, "file", &fault), 0);
	ck_assert_uint_eq(got.n, 99990);
	ck_assert_int_eq(memcmp(got.p, content.p + 7, got.n), 0);
	ck_assert_int_eq(disk_feed(fd, 7, 99994, collect, &got, "file", &fault), -1);
	ck_assert_str_eq(fault.text, "file is shorter than it should be");
	close(fd);
	buf_clear(&content);
	buf_clear(&got);
}
END_TEST

START_TEST(test_sync)
{
	int ends[2];

	ck_assert_int_eq(disk_sync(dir, place, &fault), 0);
	/* What cannot be synced needs it not. */
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(disk_sync(ends[1], "pipe", &fault), 0);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_eq(disk_sync(ends[1], "pipe", &fault), -1);
}
END_TEST

START_TEST(test_out)
{
	struct disk_out o;
	struct buf want;
	char piece[5000];
	int fd = openat(dir, "f", O_RDWR | O_CREAT, 0600);

	buf_init(&want, 1 << 20);
	disk_out_init(&o, fd, "f");
	/* Sizes on both sides of the buffer's, so that every path through it is taken. */
	for (int i = 0; i < 40; i++) {
		memset(piece, 'a' + i % 26, sizeof(piece));
		disk_out_put(&o, piece, (size_t)i * 125);
		buf_put(&want, piece, (size_t)i * 125);
	}
	disk_out_put(&o, want.p, 50000);
	buf_put(&want, arena_span(&arena, span_of(want.p, 50000)), 50000);
	ck_assert_int_eq(o.written, (off_t)want.n);
	ck_assert_int_eq(disk_out_flush(&o, &fault), 0);
	ck_assert_int_eq(disk_out_flush(&o, &fault), 0);
	close(fd);
	ck_assert(span_is(get("f"), buf_span(&want)));
	buf_clear(&want);
}
END_TEST

START_TEST(test_out_fault_is_sticky)
{
	struct disk_out o;
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0)
		return;
	disk_out_init(&o, fd, "full");
	for (int i = 0; i < 20000; i++)
		disk_out_put(&o, "line\n", 5);
	ck_assert_int_eq(disk_out_flush(&o, &fault), -1);
	ck_assert_str_eq(fault.status, "4.3.1");
	ck_assert_int_eq(disk_out_flush(&o, NULL), -1);
	close(fd);
}
END_TEST

START_TEST(test_lock)
{
	int a, b;

	put("f", "");
	a = openat(dir, "f", O_RDWR);
	b = openat(dir, "f", O_RDWR);
	ck_assert_int_eq(disk_lock(a, true, "f", &fault), 0);
	ck_assert_int_eq(disk_lock(b, false, "f", &fault), 1);
	close(a);
	ck_assert_int_eq(disk_lock(b, false, "f", &fault), 0);
	close(b);
	ck_assert_int_eq(disk_lock(b, false, "f", &fault), -1);
}
END_TEST

START_TEST(test_sync_ahead)
{
	struct fault f;
	int fd = open(tempdir_write("ahead", "some text\n", 0600), O_RDWR), ends[2];

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(disk_sync_ahead(fd, "ahead", &f), 0);
	close(fd);
	ck_assert_int_eq(disk_sync_ahead(fd, "ahead", &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "cannot sync ahead"));
	/* What has nothing to sync is taken as synced, as by disk_sync(). */
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(disk_sync_ahead(ends[1], "pipe", &f), 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

START_TEST(test_sync_name)
{
	int at = open(tempdir(), O_RDONLY | O_DIRECTORY), fd = open(tempdir_write("begun", "text\n", 0600), O_RDWR);
	struct fault f;

	disk_write_begin(fd);
	ck_assert_int_eq(disk_write_ahead(fd, "begun", &f), 0);
	ck_assert_int_eq(renameat(at, "begun", at, "named"), 0);
	ck_assert_int_eq(disk_sync_name(fd, at, "named", &f), 0);
	close(fd);
	/* A hint, which nobody is told of. */
	disk_write_begin(fd);
	ck_assert_int_eq(disk_write_ahead(fd, "begun", &f), -1);
	/* Where it is not known what one sync does for the others, that of the directory does. */
	ck_assert(disk_syncs_all_names(fd));
	ck_assert_int_eq(disk_sync_name(fd, at, "named", &f), 0);
	close(at);
}
END_TEST

static const struct {
	mode_t mode;
	bool good;
} secrets[] = {
	{ 0600, true },	 { 0400, true },  { 0640, true },  { 0644, false },
	{ 0601, false }, { 0660, false }, { 0602, false },
};

START_TEST(test_secret)
{
	const char *path = tempdir_write("secret", "x", 0600);
	struct stat st;
	struct fault f;

	ck_assert_int_eq(chmod(path, secrets[_i].mode), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(disk_check_secret(&st, path, &f), secrets[_i].good ? 0 : -1);
	if (!secrets[_i].good)
		ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(stat("/dev/null", &st), 0);
	ck_assert_int_eq(disk_check_secret(&st, "/dev/null", &f), -1);
}
END_TEST

START_TEST(test_private_dir)
{
	struct stat st;
	struct fault f;
	int fd;

	for (int i = 0; i < 2; i++) {
		fd = disk_open_private_dir(tempdir(), "private", &f);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(fstat(fd, &st), 0);
		ck_assert_int_eq(st.st_mode & 07777, 0700);
		close(fd);
	}
	tempdir_write("file", "", 0600);
	ck_assert_int_eq(disk_open_private_dir(tempdir(), "file", &f), -1);
	ck_assert_int_eq(disk_open_private_dir("/no/such", "private", &f), -1);
}
END_TEST

/* What a process makes up is not a disk's. */
START_TEST(test_local)
{
	ck_assert(disk_is_local("/dev/shm"));
	ck_assert(!disk_is_local("/proc"));
	ck_assert(!disk_is_local("/nonexistent/x"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_local);
	tcase_add_loop_test(tc, test_secret, 0, COUNT(secrets));
	tcase_add_test(tc, test_private_dir);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_sync_ahead);
	tcase_add_test(tc, test_sync_name);
	tcase_add_test(tc, test_make_dirs);
	tcase_add_test(tc, test_make_dirs_relative);
	tcase_add_test(tc, test_open_single);
	tcase_add_test(tc, test_read_file);
	tcase_add_test(tc, test_replace);
	tcase_add_test(tc, test_replace_fails_whole);
	tcase_add_test(tc, test_read_write_at);
	tcase_add_test(tc, test_feed);
	tcase_add_test(tc, test_sync);
	tcase_add_test(tc, test_out);
	tcase_add_test(tc, test_out_fault_is_sticky);
	tcase_add_test(tc, test_lock);
}

CHECK_MAIN(disk, add_tests)
