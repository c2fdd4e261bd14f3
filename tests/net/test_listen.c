/* SPDX-License-Identifier: ISC */
#include "net/listen.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/dial.h"
#include "support/check_main.h"

static char directory[64];

static void make_directory(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(directory, sizeof(directory), "%s/listen.XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void remove_directory(void)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/s", directory);
	unlink(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

static const char *name_of(int fd, struct buf *out)
{
	buf_reset(out);
	listen_put(out, fd);
	return buf_str(out);
}

static const struct {
	const char *text, *name; /* what the name begins with */
} opens[] = {
	{ "127.0.0.1:0", "127.0.0.1:" },
	{ "localhost:0", "" },
	{ "*:0", "0.0.0.0:" },
};

START_TEST(test_open)
{
	struct listen_sockets l = { .n = 0 };
	char address[DIAL_ADDRESS_MAX];
	struct dial_target t;
	struct fault f;
	struct buf name;
	int fd;

	buf_init(&name, 200);
	ck_assert_msg(listen_open(&l, opens[_i].text, 0600, &f) == 0, "%s", f.text);
	ck_assert_int_ge(l.n, 1);
	ck_assert(fcntl(l.v[0].fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(l.v[0].fd, F_GETFD) & FD_CLOEXEC);
	ck_assert_ptr_nonnull(strstr(name_of(l.v[0].fd, &name), opens[_i].name));
	ck_assert(!strstr(buf_str(&name), ":0"));
	ck_assert_int_eq(dial_parse(buf_span(&name), "", &t, &f), 0);
	fd = dial_connect(&t, 5, address, &f);
	ck_assert_msg(fd >= 0, "%s", f.text);
	close(fd);
	listen_close(&l);
	buf_clear(&name);
}
END_TEST

static const struct {
	const char *text, *fault;
} bad[] = {
	{ "", "\"\" is not ADDRESS:PORT" },
	{ "25", "\"25\" is not ADDRESS:PORT" },
	{ "127.0.0.1", "\"127.0.0.1\" is not ADDRESS:PORT" },
	{ "127.0.0.1:", "\"127.0.0.1:\" is not ADDRESS:PORT" },
	{ ":25", "\":25\" is not ADDRESS:PORT" },
	{ "[::1:25", "\"[::1:25\" is not ADDRESS:PORT" },
	{ "127.0.0.1:no-such-service", "cannot listen on 127.0.0.1:no-such-service: " },
	{ "192.0.2.1:0", "cannot listen on 192.0.2.1:0: " },
	{ "unix:/no/such/place", "cannot listen on unix:/no/such/place: " },
	{ "unix:", "\"unix:\" is not ADDRESS:PORT" },
	{ "/tmp/"
	  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	  "xxxx",
	  "\"/tmp/xxx" },
};

START_TEST(test_bad)
{
	struct listen_sockets l = { .n = 0 };
	struct fault f;

	ck_assert_int_eq(listen_open(&l, bad[_i].text, 0600, &f), -1);
	ck_assert_msg(strncmp(f.text, bad[_i].fault, strlen(bad[_i].fault)) == 0, "%s", f.text);
	ck_assert_int_eq(l.n, 0);
}
END_TEST

START_TEST(test_unix)
{
	struct listen_sockets first = { .n = 0 }, second = { .n = 0 };
	char text[100];
	const char *path = text + 5;
	struct stat st;
	struct fault f;
	mode_t mask = umask(077);

	make_directory();
	snprintf(text, sizeof(text), "unix:%s/s", directory);
	ck_assert_int_eq(listen_open(&first, text, 0666, &f), 0);
	ck_assert_int_eq(umask(mask), 077);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0666);

	/* Somebody listens. */
	ck_assert_int_eq(listen_open(&second, text, 0600, &f), -1);
	ck_assert_ptr_nonnull(strstr(f.text, "another process does"));

	/* Nobody listens any more: what a killed server leaves. */
	close(first.v[0].fd);
	ck_assert_int_eq(listen_open(&second, path, 0600, &f), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);

	/* The first one's close does not take the second one's name. */
	first.v[0].fd = dup(0);
	listen_close(&first);
	ck_assert_int_eq(stat(path, &st), 0);
	listen_close(&second);
	ck_assert_int_eq(stat(path, &st), -1);
	remove_directory();
}
END_TEST

/* What is no socket is never removed, nor what a symbolic link points to. */
START_TEST(test_unix_in_the_way)
{
	struct listen_sockets l = { .n = 0 };
	char path[100];
	struct stat st;
	struct fault f;

	make_directory();
	snprintf(path, sizeof(path), "%s/s", directory);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(listen_open(&l, path, 0600, &f), -1);
	ck_assert_int_eq(stat(path, &st), 0);
	unlink(path);
	ck_assert_int_eq(symlink("/nowhere", path), 0);
	ck_assert_int_eq(listen_open(&l, path, 0600, &f), -1);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert_int_eq(l.n, 0);
	remove_directory();
}
END_TEST

/* As systemd hands over: two listening sockets and, or, a connected one, from descriptor 3 on. */
static void hand_over(const char *fds, long pid_offset)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", (long)getpid() + pid_offset);
	setenv("LISTEN_FDS", fds, 1);
	setenv("LISTEN_PID", text, 1);
	setenv("LISTEN_FDNAMES", "smtp", 1);
}

/* In a child: descriptors from 3 on belong to others here. */
static int adopt_in_child(const char *fds, long pid_offset, int kind, int want, size_t want_n, bool want_connected)
{
	struct listen_sockets l = { .n = 0 };
	int listening = socket(AF_INET, SOCK_STREAM, 0), pair[2], connected, rc;
	struct fault f = { .kind = FAULT_NONE };

	listen(listening, 1);
	socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
	dup2(kind == 'l' ? listening : pair[0], 103);
	dup2(listening, 104);
	dup2(103, 3);
	dup2(104, 4);
	hand_over(fds, pid_offset);
	rc = listen_adopt(&l, &connected, &f);
	if (getenv("LISTEN_FDS") || getenv("LISTEN_PID") || getenv("LISTEN_FDNAMES"))
		return 2;
	if (rc != want || l.n != want_n || (connected >= 0) != want_connected)
		return 3;
	return rc > 0 && !(fcntl(3, F_GETFD) & FD_CLOEXEC) ? 4 : 0;
}

static const struct {
	const char *fds;
	long pid_offset;
	int kind, want;
	size_t n;
	bool connected;
} adopts[] = {
	{ "2", 0, 'l', 2, 2, false }, { "1", 0, 'l', 1, 1, false }, { "1", 0, 'c', 1, 0, true },
	{ "2", 0, 'c', 2, 1, true },  { "2", 1, 'l', 0, 0, false }, { "0", 0, 'l', 0, 0, false },
	{ "", 0, 'l', 0, 0, false },  { "x", 0, 'l', 0, 0, false }, { "100", 0, 'l', -1, 0, false },
};

START_TEST(test_adopt)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(adopt_in_child(adopts[_i].fds, adopts[_i].pid_offset, adopts[_i].kind, adopts[_i].want,
				     adopts[_i].n, adopts[_i].connected));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_open, 0, COUNT(opens));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_unix);
	tcase_add_test(tc, test_unix_in_the_way);
	tcase_add_loop_test(tc, test_adopt, 0, COUNT(adopts));
}

CHECK_MAIN(listen, add_tests)
