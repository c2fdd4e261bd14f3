/* SPDX-License-Identifier: ISC */
#include "base/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "support/check_main.h"
#include "support/tempdir.h"

/* A copy of this program, run with this in its environment, opens a module and says how it went. */
#define WHICH "TEST_MODULE"

__attribute__((constructor)) static void be_the_copy(void)
{
	const char *name = getenv(WHICH);
	struct fault f = { 0 };

	if (!name)
		return;
	printf("%s\n", module_open(name, &f) ? "opened" : f.text);
	fflush(stdout);
	_exit(0);
}

static void copy(const char *from, const char *to, mode_t mode)
{
	char bytes[1 << 16];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	ssize_t n;

	ck_assert_int_ge(in, 0);
	ck_assert_int_ge(out, 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(write(out, bytes, (size_t)n), n);
	close(in);
	close(out);
	ck_assert_int_eq(chmod(to, mode), 0);
}

/* What the copy in T says. */
static const char *ask(const char *name)
{
	static char said[PROC_OUTPUT_MAX];
	struct buf output;
	const char *const argv[] = { tempdir_path("program"), NULL };
	char which[100];
	const char *const env[] = { which, "PATH=/bin", NULL };
	const struct proc_command c = { .argv = argv, .env = env, .input = -1, .time_limit = 30 };
	struct fault f;
	int status;

	snprintf(which, sizeof(which), WHICH "=%s", name);
	buf_init(&output, PROC_OUTPUT_MAX);
	if (proc_run(&c, &output, &status, &f) < 0)
		ck_abort_msg("%s", f.text);
	snprintf(said, sizeof(said), "%s", buf_str(&output));
	buf_clear(&output);
	return said;
}

static void make_program(void)
{
	tempdir_remove();
	copy("/proc/self/exe", tempdir_path("program"), 0755);
	mkdir(tempdir_path("modules"), 0755);
}

/* The module as it was built; no program has been told where T is. */
static const char *built(void)
{
	static char path[4096 + 20];
	ssize_t n = readlink("/proc/self/exe", path, 4096);

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	memcpy(strrchr(path, '/'), "/modules/tls.so", sizeof("/modules/tls.so"));
	return path;
}

START_TEST(test_opens)
{
	struct fault f;
	const void *first = module_open("tls", &f);

	ck_assert_msg(first != NULL, "%s", f.text);
	ck_assert_ptr_eq(module_open("tls", &f), first);
}
END_TEST

START_TEST(test_unknown)
{
	struct fault f;

	ck_assert_ptr_null(module_open("../tls", &f));
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(f.text, "../tls is not available: this program was built without it");
}
END_TEST

START_TEST(test_beside)
{
	make_program();
	copy(built(), tempdir_path("modules/tls.so"), 0644);
	ck_assert_str_eq(ask("tls"), "opened\n");
}
END_TEST

/* What others may have put there is as good as nothing. */
static const struct {
	mode_t dir, file;
} writable[] = { { 0775, 0644 }, { 0757, 0644 }, { 0755, 0664 }, { 0755, 0646 }, { 01777, 0644 } };

START_TEST(test_writable)
{
	make_program();
	copy(built(), tempdir_path("modules/tls.so"), writable[_i].file);
	ck_assert_int_eq(chmod(tempdir_path("modules"), writable[_i].dir), 0);
	ck_assert_msg(strstr(ask("tls"), "TLS is not available: there is no /") != NULL, "%s", ask("tls"));
}
END_TEST

START_TEST(test_strangers)
{
	if (geteuid() != 0)
		return;
	make_program();
	copy(built(), tempdir_path("modules/tls.so"), 0644);
	ck_assert_int_eq(chown(tempdir_path("modules/tls.so"), 65534, 65534), 0);
	ck_assert_msg(strstr(ask("tls"), "there is no /") != NULL, "%s", ask("tls"));
	ck_assert_int_eq(chown(tempdir_path("modules/tls.so"), 0, 0), 0);
	ck_assert_str_eq(ask("tls"), "opened\n");
	ck_assert_int_eq(chown(tempdir_path("modules"), 65534, 65534), 0);
	ck_assert_msg(strstr(ask("tls"), "there is no /") != NULL, "%s", ask("tls"));
	/* They are the program's owner's. */
	ck_assert_int_eq(chown(tempdir_path("program"), 65534, 65534), 0);
	ck_assert_str_eq(ask("tls"), "opened\n");
}
END_TEST

START_TEST(test_link)
{
	make_program();
	copy(built(), tempdir_path("real.so"), 0644);
	ck_assert_int_eq(symlink(tempdir_path("real.so"), tempdir_path("modules/tls.so")), 0);
	ck_assert_msg(strstr(ask("tls"), "there is no /") != NULL, "%s", ask("tls"));
}
END_TEST

START_TEST(test_garbage)
{
	make_program();
	tempdir_write("modules/tls.so", "this is no library", 0644);
	ck_assert_msg(strstr(ask("tls"), "TLS is not available: ") != NULL, "%s", ask("tls"));
}
END_TEST

/* One digit of its build is another one. */
START_TEST(test_stale)
{
	char bytes[1 << 16], *at;
	int fd;
	ssize_t n;

	make_program();
	copy(built(), tempdir_path("modules/tls.so"), 0644);
	fd = open(tempdir_path("modules/tls.so"), O_RDWR);
	for (off_t from = 0;; from += (off_t)sizeof(bytes) / 2) {
		n = pread(fd, bytes, sizeof(bytes), from);
		ck_assert_int_gt(n, 0);
		at = memmem(bytes, (size_t)n, LETTERBOX_VERSION "/", sizeof(LETTERBOX_VERSION "/") - 1);
		if (at) {
			ck_assert_int_eq(pwrite(fd, "9", 1, from + (at - bytes)), 1);
			break;
		}
	}
	close(fd);
	ck_assert_msg(strstr(ask("tls"), "TLS is not available: tls.so is of another version (9") != NULL, "%s",
		      ask("tls"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_opens);
	tcase_add_test(tc, test_unknown);
	tcase_add_test(tc, test_beside);
	tcase_add_loop_test(tc, test_writable, 0, COUNT(writable));
	tcase_add_test(tc, test_strangers);
	tcase_add_test(tc, test_link);
	tcase_add_test(tc, test_garbage);
	tcase_add_test(tc, test_stale);
}

CHECK_MAIN(module, add_tests)
