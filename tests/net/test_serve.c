/* SPDX-License-Identifier: ISC */
#include "net/serve.h"

#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/dial.h"
#include "support/check_main.h"
#include "support/echo.h"

enum { MANY = 200 };

static struct {
	pid_t pid;
	int warnings; /* a pipe: a line for each */
	struct dial_target where;
} server;

static struct {
	bool enter_fails, reload_fails, has_child, is_spent;
	int warnings;
} behaviour;

static int on_enter(void *ctx, struct fault *f)
{
	(void)ctx;
	return behaviour.enter_fails ? fault_temp(f, 451, "4.3.0", "cannot enter") : 0;
}

/* Asked before each wait for a connection: not before the first. */
static bool is_spent(void *ctx)
{
	static int asked;

	(void)ctx;
	return behaviour.is_spent && asked++ > 0;
}

static int on_reload(void *ctx, struct serve_rules *rules, struct fault *f)
{
	(void)ctx;
	(void)rules;
	if (!behaviour.reload_fails)
		dprintf(behaviour.warnings, "reloading\n");
	return behaviour.reload_fails ? fault_temp(f, 451, "4.3.0", "bad file") : 0;
}

/* What is not the server's own is a child that was there before it. */
static void on_reaped(void *ctx, pid_t pid)
{
	(void)ctx;
	(void)pid;
	dprintf(behaviour.warnings, "reaped\n");
}

static void on_warn(void *ctx, const char *text)
{
	(void)ctx;
	dprintf(behaviour.warnings, "%s\n", text);
}

static void run_server(struct listen_sockets *l, long process_limit, long client_limit)
{
	struct serve_rules rules = {
		.protocol = &echo_protocol,
		.timeout = 60,
		.process_limit = process_limit,
		.client_limit = client_limit,
		.full = "full\n",
		.crowd = "crowd\n",
		.enter = on_enter,
		.is_spent = is_spent,
		.reload = on_reload,
		.reaped = on_reaped,
		.warn = on_warn,
	};
	struct fault f;
	int rc;

	if (behaviour.has_child && fork() == 0)
		_exit(0);
	rc = serve_listen(&rules, l, &f);
	/* Being told once more changes nothing. */
	raise(SIGTERM);
	raise(SIGINT);
	exit(rc == 0 ? 0 : 1);
}

static void start(long process_limit, long client_limit)
{
	struct listen_sockets l = { .n = 0 };
	struct buf name;
	struct fault f;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	behaviour.warnings = fds[1];
	server.warnings = fds[0];
	ck_assert_int_eq(listen_open(&l, "127.0.0.1:0", 0600, &f), 0);
	buf_init(&name, 100);
	listen_put(&name, l.v[0].fd);
	ck_assert_int_eq(dial_parse(buf_span(&name), "", &server.where, &f), 0);
	buf_clear(&name);
	server.pid = fork();
	ck_assert_int_ge(server.pid, 0);
	if (server.pid == 0) {
		close(fds[0]);
		run_server(&l, process_limit, client_limit);
	}
	close(fds[1]);
	listen_close(&l);
}

static int stop(void)
{
	int status;

	kill(server.pid, SIGTERM);
	ck_assert_int_eq(waitpid(server.pid, &status, 0), server.pid);
	close(server.warnings);
	return status;
}

static int connect_to_server(void)
{
	char address[DIAL_ADDRESS_MAX];
	struct fault f;
	int fd = dial_connect(&server.where, 10, address, &f);

	ck_assert_msg(fd >= 0, "%s", f.text);
	return fd;
}

/* The next n bytes, or less at the end of file. */
static const char *read_text(int fd, char *text, size_t n)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t at = 0;

	while (at < n && poll(&p, 1, 10000) == 1) {
		ssize_t got = read(fd, text + at, n - at);

		if (got <= 0)
			break;
		at += (size_t)got;
	}
	text[at] = '\0';
	return text;
}

static const char *ask(int fd, const char *question, char *text, size_t n)
{
	ck_assert_int_eq(write(fd, question, strlen(question)), (ssize_t)strlen(question));
	return read_text(fd, text, n);
}

static void ask_pid(int fd, char pid[12])
{
	size_t n = 0;

	ask(fd, "pid\n", pid, 1);
	do
		read_text(fd, pid + ++n, 1);
	while (n < 10 && pid[n] != '\n');
	ck_assert_int_gt(strtol(pid, NULL, 10), 0);
}

START_TEST(test_serve)
{
	char text[100];
	int fd;

	start(4, 0);
	fd = connect_to_server();
	ck_assert_str_eq(ask(fd, "one\nquit\n", text, 100 - 1), "hello\none\nbye\n");
	close(fd);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* One after another: served by few processes; at the same time: each by its own. */
START_TEST(test_processes)
{
	char text[100], pids[8][12];
	int fds[8];

	start(8, 0);
	for (int i = 0; i < MANY; i++) {
		int fd = connect_to_server();

		ck_assert_str_eq(ask(fd, "quit\n", text, 99), "hello\nbye\n");
		close(fd);
	}
	for (int i = 0; i < 8; i++) {
		fds[i] = connect_to_server();
		read_text(fds[i], text, 6);
		ask_pid(fds[i], pids[i]);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(pids[i], pids[j]);
	}
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* Over the limit: kept waiting for a moment, then refused; and served again when there is a place. */
START_TEST(test_full)
{
	char text[100];
	int64_t begin;
	int a, b, c;

	start(2, 0);
	a = connect_to_server();
	b = connect_to_server();
	ck_assert_str_eq(read_text(a, text, 6), "hello\n");
	ck_assert_str_eq(read_text(b, text, 6), "hello\n");
	begin = clock_mono_ms();
	c = connect_to_server();
	ck_assert_str_eq(read_text(c, text, 99), "full\n");
	ck_assert_int_ge(clock_mono_ms() - begin, SERVE_FULL_SECONDS * 1000 - 200);
	close(c);
	ck_assert_str_eq(ask(a, "quit\n", text, 99), "bye\n");
	c = connect_to_server();
	ck_assert_str_eq(read_text(c, text, 6), "hello\n");
	close(a);
	close(b);
	close(c);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

START_TEST(test_crowd)
{
	char text[100];
	int a, b, c;

	start(10, 2);
	a = connect_to_server();
	b = connect_to_server();
	ck_assert_str_eq(read_text(a, text, 6), "hello\n");
	ck_assert_str_eq(read_text(b, text, 6), "hello\n");
	c = connect_to_server();
	ck_assert_str_eq(read_text(c, text, 99), "crowd\n");
	close(c);
	ck_assert_str_eq(read_text(server.warnings, text, 36), "too many connections from 127.0.0.1\n");
	close(a);
	close(b);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* A process that dies takes its connection with it and nothing else. */
START_TEST(test_crash)
{
	char text[100];
	int fd;

	start(2, 0);
	for (int i = 0; i < 3; i++) {
		fd = connect_to_server();
		ck_assert_str_eq(ask(fd, "die\n", text, 99), "hello\n");
		close(fd);
	}
	fd = connect_to_server();
	ck_assert_str_eq(ask(fd, "quit\n", text, 99), "hello\nbye\n");
	close(fd);
	read_text(server.warnings, text, 10);
	ck_assert_int_eq(strncmp(text, "process ", 8), 0);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* Each process serves one connection, and there is always another. */
START_TEST(test_spent)
{
	char first[100], second[100];
	int fd;

	behaviour.is_spent = true;
	start(3, 0);
	fd = connect_to_server();
	ask(fd, "pid\nquit\n", first, 99);
	close(fd);
	fd = connect_to_server();
	ask(fd, "pid\nquit\n", second, 99);
	close(fd);
	ck_assert_str_ne(first, second);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* A child of another kind is told of, and is nobody who serves. */
START_TEST(test_reaped)
{
	char text[100];
	int fd;

	behaviour.has_child = true;
	start(2, 0);
	behaviour.has_child = false;
	ck_assert_str_eq(read_text(server.warnings, text, 7), "reaped\n");
	fd = connect_to_server();
	ck_assert_str_eq(ask(fd, "quit\n", text, 99), "hello\nbye\n");
	close(fd);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* A process that cannot start is not started again and again. */
START_TEST(test_enter_fails)
{
	char text[100];
	int64_t begin = clock_mono_ms();

	behaviour.enter_fails = true;
	start(2, 0);
	behaviour.enter_fails = false;
	for (int i = 0; i < 3; i++)
		ck_assert_str_eq(read_text(server.warnings, text, 13), "cannot enter\n");
	/* A second between two of them. */
	ck_assert_int_ge(clock_mono_ms() - begin, 1500);
	stop();
}
END_TEST

/* SIGTERM: idle sessions are told, the port is free at once, and who is in the middle may finish. */
START_TEST(test_drain)
{
	char text[100];
	int idle, busy, status;
	struct listen_sockets l = { .n = 0 };
	struct fault f;

	start(4, 0);
	idle = connect_to_server();
	busy = connect_to_server();
	ck_assert_str_eq(read_text(idle, text, 6), "hello\n");
	ck_assert_str_eq(ask(busy, "ha", text, 6), "hello\n");
	kill(server.pid, SIGTERM);
	ck_assert_str_eq(read_text(idle, text, 99), "shutdown\n");
	snprintf(text, sizeof(text), "127.0.0.1:%s", server.where.port);
	for (int i = 0; i < 1000 && listen_open(&l, text, 0600, &f) < 0; i++)
		usleep(10000);
	ck_assert_msg(l.n == 1, "%s", f.text);
	listen_close(&l);
	ck_assert_int_eq(waitpid(server.pid, &status, WNOHANG), 0);
	ck_assert_str_eq(ask(busy, "lf\n", text, 99), "half\nshutdown\n");
	ck_assert_int_eq(waitpid(server.pid, &status, 0), server.pid);
	ck_assert_int_eq(status, 0);
	close(idle);
	close(busy);
	close(server.warnings);
}
END_TEST

/* When it begins for the second time, all processes have been told once. */
static void reload(void)
{
	char text[100];

	for (int i = 0; i < 2; i++) {
		kill(server.pid, SIGHUP);
		ck_assert_str_eq(read_text(server.warnings, text, 10), "reloading\n");
	}
}

/* SIGHUP: sessions go on, and new ones come to new processes. */
START_TEST(test_reload)
{
	char before[12], after[12], text[100];
	int fd, other;

	start(4, 0);
	fd = connect_to_server();
	read_text(fd, text, 6);
	ask_pid(fd, before);
	reload();
	ck_assert_str_eq(ask(fd, "x\n", text, 2), "x\n");
	ck_assert_str_eq(ask(fd, "quit\n", text, 99), "bye\n");
	for (int i = 0; i < 10; i++) {
		other = connect_to_server();
		read_text(other, text, 6);
		ask_pid(other, after);
		ck_assert_str_ne(before, after);
		close(other);
	}
	close(fd);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

/* Also when a process that waits gets no time until there is a connection, too. */
START_TEST(test_reload_late)
{
	char before[12], after[12], text[100];
	int fd;

	start(4, 0);
	fd = connect_to_server();
	read_text(fd, text, 6);
	ask_pid(fd, before);
	ck_assert_str_eq(ask(fd, "quit\n", text, 99), "bye\n");
	close(fd);
	kill((pid_t)strtol(before, NULL, 10), SIGSTOP);
	reload();
	fd = connect_to_server();
	kill((pid_t)strtol(before, NULL, 10), SIGCONT);
	ck_assert_str_eq(read_text(fd, text, 6), "hello\n");
	ask_pid(fd, after);
	ck_assert_str_ne(before, after);
	close(fd);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

START_TEST(test_reload_fails)
{
	char text[100];
	int fd;

	behaviour.reload_fails = true;
	start(4, 0);
	behaviour.reload_fails = false;
	fd = connect_to_server();
	ck_assert_str_eq(read_text(fd, text, 6), "hello\n");
	kill(server.pid, SIGHUP);
	ck_assert_str_eq(read_text(server.warnings, text, 23), "not reloaded: bad file\n");
	ck_assert_str_eq(ask(fd, "quit\n", text, 99), "bye\n");
	close(fd);
	fd = connect_to_server();
	ck_assert_str_eq(ask(fd, "quit\n", text, 99), "hello\nbye\n");
	close(fd);
	ck_assert_int_eq(stop(), 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_serve);
	tcase_add_test(tc, test_processes);
	tcase_add_test(tc, test_full);
	tcase_add_test(tc, test_crowd);
	tcase_add_test(tc, test_crash);
	tcase_add_test(tc, test_spent);
	tcase_add_test(tc, test_reaped);
	tcase_add_test(tc, test_enter_fails);
	tcase_add_test(tc, test_drain);
	tcase_add_test(tc, test_reload);
	tcase_add_test(tc, test_reload_late);
	tcase_add_test(tc, test_reload_fails);
}

CHECK_MAIN(serve, add_tests)
