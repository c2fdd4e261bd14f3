/* SPDX-License-Identifier: ISC */
#include "auth/keeper.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/tempdir.h"

struct host {
	struct users users;
	struct authority_local local;
	struct keeper keeper;
	struct authority authority;
};

static void start(struct host *h)
{
	struct fault f;

	/* Whoever the keeper becomes may read no more than its one right lets it: the file is private. */
	users_init(&h->users, tempdir_write("users", "al:{PLAIN}pencil:::::\ngus:{ROT13}x:::::\n", 0600), "maildir:~");
	h->local = (struct authority_local){ .users = &h->users };
	ck_assert_int_eq(keeper_start(&h->keeper, &h->local, true, &f), 0);
	h->authority = keeper_authority(&h->keeper);
}

static void stop(struct host *h)
{
	pid_t pid = h->keeper.pid;
	int status;

	keeper_stop(&h->keeper);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	users_clear(&h->users);
}

static int ask(struct host *h, enum authority_form form, const char *name, const char *password, struct fault *f)
{
	struct authority_question q = { .form = form, .name = span_str(name), .password = span_str(password) };
	struct authority_answer a;

	return h->authority.ask(h->authority.ctx, &q, &a, f);
}

START_TEST(test_answers)
{
	struct authority_question q = { .form = AUTHORITY_KEYS, .name = SPAN("AL") };
	struct arena arena = { 0 };
	struct authority_answer a;
	struct account namesake;
	struct host h;
	struct fault f;

	start(&h);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "pencil", &f), 1);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "Pencil", &f), 0);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "", "", &f), 0);
	ck_assert_int_eq(ask(&h, AUTHORITY_FIND, "al", "", &f), 1);
	ck_assert_int_eq(h.authority.ask(h.authority.ctx, &q, &a, &f), 1);
	ck_assert_str_eq(a.name, "al");
	ck_assert_uint_eq(a.keys.iterations, SCHEME_ITERATIONS);
	ck_assert_uint_eq(a.is_virtual, account_find(&arena, "al", &namesake, &f) == 0);
	arena_clear(&arena);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "gus", "x", &f), -1);
	ck_assert_str_eq(f.text, "the secret of gus has a scheme that is not known here");
	stop(&h);
}
END_TEST

START_TEST(test_long)
{
	char name[USERS_NAME_MAX + 2], password[DIGEST_PASSWORD_MAX + 2];
	struct host h;
	struct fault f;

	memset(name, 'n', sizeof(name));
	memset(password, 'p', sizeof(password));
	name[sizeof(name) - 1] = password[sizeof(password) - 1] = '\0';
	start(&h);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, name, "x", &f), 0);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", password, &f), 0);
	name[USERS_NAME_MAX] = password[DIGEST_PASSWORD_MAX] = '\0';
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, name, password, &f), 0);
	stop(&h);
}
END_TEST

/* Each hears its own answer. */
START_TEST(test_many)
{
	enum { PROCESSES = 8, ROUNDS = 50 };
	struct host h;
	struct fault f;
	int status;

	start(&h);
	for (int i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			int wrong = 0;

			keeper_leave(&h.keeper);
			for (int n = 0; n < ROUNDS; n++)
				wrong += ask(&h, AUTHORITY_VERIFY, "al", i % 2 ? "pencil" : "x", &f) != i % 2;
			_exit(wrong);
		}
	for (int i = 0; i < PROCESSES; i++) {
		ck_assert_int_ne(wait(&status), h.keeper.pid);
		ck_assert_int_eq(status, 0);
	}
	stop(&h);
}
END_TEST

/* What is no question is not answered, and the next one is. */
START_TEST(test_garbage)
{
	static char bytes[100000];
	static const size_t sizes[] = { 1, 4, 32, 40, 44, 100, 1600, 65536 };
	struct host h;
	struct fault f;

	start(&h);
	for (int i = 0; i < COUNT(sizes); i++) {
		struct iovec v = { bytes, sizes[i] };
		char room[CMSG_SPACE(sizeof(int))] = { 0 };
		struct msghdr m = {
			.msg_iov = &v, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room)
		};
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		int pair[2];
		char byte;

		memset(bytes, i % 2 ? 0xff : 1, sizeof(bytes));
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pair[1], sizeof(int));
		ck_assert_int_eq(sendmsg(h.keeper.ask, &m, 0), (ssize_t)sizes[i]);
		close(pair[1]);
		ck_assert_int_eq(recv(pair[0], &byte, 1, 0), 0);
		close(pair[0]);
	}
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "pencil", &f), 1);
	stop(&h);
}
END_TEST

/* Another takes its place, and those who have the socket do not see the difference. */
START_TEST(test_killed)
{
	struct host h;
	struct fault f;
	pid_t first;

	start(&h);
	first = h.keeper.pid;
	ck_assert(!keeper_reaped(&h.keeper, first + 1));
	kill(first, SIGKILL);
	ck_assert_int_eq(waitpid(first, NULL, 0), first);
	ck_assert(keeper_reaped(&h.keeper, first));
	ck_assert_int_ne(h.keeper.pid, first);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "pencil", &f), 1);
	stop(&h);
}
END_TEST

/* What is sent to the whole group is the server's, whose sessions may still log in. */
START_TEST(test_group_signals)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	struct host h;
	struct fault f;

	start(&h);
	/* It has begun, and so it has set up its signals. */
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "pencil", &f), 1);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		kill(h.keeper.pid, signals[i]);
	ck_assert_int_eq(ask(&h, AUTHORITY_VERIFY, "al", "pencil", &f), 1);
	ck_assert_int_eq(waitpid(h.keeper.pid, NULL, WNOHANG), 0);
	stop(&h);
}
END_TEST

/* It ends with who has started it, even when others still have the socket. */
START_TEST(test_ends)
{
	int report[2], left[2];
	pid_t keeper = 0, parent;
	int64_t until = clock_mono_ms() + 20000;

	ck_assert_int_eq(pipe(report), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, left), 0);
	parent = fork();
	if (parent == 0) {
		struct host h;

		start(&h);
		if (write(report[1], &h.keeper.pid, sizeof(h.keeper.pid)) < 0)
			_exit(1);
		pause();
	}
	ck_assert_int_eq(read(report[0], &keeper, sizeof(keeper)), sizeof(keeper));
	ck_assert_int_eq(kill(keeper, 0), 0);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	while (kill(keeper, 0) == 0 && clock_mono_ms() < until) {
		char path[64], state[256] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%ld/stat", (long)keeper);
		file = fopen(path, "re");
		if (!file || !fgets(state, sizeof(state), file) || strstr(state, ") Z"))
			until = 0;
		if (file)
			fclose(file);
	}
	ck_assert(until == 0 || kill(keeper, 0) < 0);
	close(report[0]);
	close(report[1]);
	close(left[0]);
	close(left[1]);
}
END_TEST

/* What it does not need it cannot do: the kernel filters its calls (2), where it knows how to on this machine. */
START_TEST(test_enclosed)
{
	char path[64], line[200];
	int mode = -1;
	struct host h;
	FILE *status;

	start(&h);
	/* It is ready when it has answered. */
	ck_assert_int_eq(ask(&h, AUTHORITY_FIND, "al", "", NULL), 1);
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)h.keeper.pid);
	status = fopen(path, "r");
	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "Seccomp: %d", &mode);
	if (status)
		fclose(status);
#if defined(__x86_64__) || defined(__aarch64__)
	ck_assert_msg(mode == 2 || mode == -1, "%d", mode);
#endif
	stop(&h);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_enclosed);
	tcase_add_test(tc, test_answers);
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_garbage);
	tcase_add_test(tc, test_killed);
	tcase_add_test(tc, test_group_signals);
	tcase_add_test(tc, test_ends);
}

CHECK_MAIN(keeper, add_tests)
