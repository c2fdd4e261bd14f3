/* SPDX-License-Identifier: ISC */
#include "net/splice.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"

/* A child carries between one end of each of two socket pairs; its exit status is how it ended. */
struct bridge {
	int client, host;
	pid_t pid;
};

static volatile sig_atomic_t told_to_end;

static void on_term(int number)
{
	(void)number;
	told_to_end = 1;
}

static int carry(int client, int host, const char *rest, long timeout)
{
	struct stream a, b;
	sigset_t block, unblocked;
	struct splice s = { .client = &a,
			    .host = &b,
			    .rest = span_str(rest),
			    .timeout = timeout,
			    .told_to_end = &told_to_end,
			    .unblocked = &unblocked };

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &unblocked);
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	stream_plain(&a, client, client);
	stream_plain(&b, host, host);
	return splice_run(&s);
}

static struct bridge start(const char *rest, long timeout)
{
	struct bridge x;
	int c[2], h[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, c), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, h), 0);
	x.pid = fork();
	ck_assert_int_ge(x.pid, 0);
	if (x.pid == 0) {
		close(c[0]);
		close(h[0]);
		_exit(carry(c[1], h[1], rest, timeout));
	}
	close(c[1]);
	close(h[1]);
	x.client = c[0];
	x.host = h[0];
	return x;
}

static int end_of(const struct bridge *x)
{
	int status;

	ck_assert_int_eq(waitpid(x->pid, &status, 0), x->pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void say(int fd, const char *text)
{
	ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Exactly this is heard next; "" is the end. */
static void hear(int fd, const char *want)
{
	char got[100] = "";
	size_t n = 0;

	while (n < strlen(want)) {
		ssize_t more = read(fd, got + n, strlen(want) - n);

		ck_assert_int_gt(more, 0);
		n += (size_t)more;
	}
	ck_assert_str_eq(got, want);
	if (!want[0])
		ck_assert_int_eq(read(fd, got, 1), 0);
}

START_TEST(test_both_ways)
{
	struct bridge x = start("said before\n", 60);

	hear(x.host, "said before\n");
	say(x.host, "+OK\n");
	hear(x.client, "+OK\n");
	say(x.client, "STAT\n");
	hear(x.host, "STAT\n");
	/* What is said last is heard. */
	say(x.host, "bye\n");
	close(x.host);
	hear(x.client, "bye\n");
	hear(x.client, "");
	ck_assert_int_eq(end_of(&x), SPLICE_DONE);
	close(x.client);
}
END_TEST

START_TEST(test_client_leaves)
{
	struct bridge x = start("", 60);

	say(x.client, "QUIT\n");
	close(x.client);
	hear(x.host, "QUIT\n");
	hear(x.host, "");
	ck_assert_int_eq(end_of(&x), SPLICE_DONE);
	close(x.host);
}
END_TEST

START_TEST(test_timeout)
{
	struct bridge x = start("", 1);
	int64_t begin = clock_mono_ms();

	hear(x.client, "");
	ck_assert_int_eq(end_of(&x), SPLICE_TIMEOUT);
	ck_assert_int_ge(clock_mono_ms() - begin, 900);
	close(x.client);
	close(x.host);
}
END_TEST

START_TEST(test_told_to_end)
{
	struct bridge x = start("", 600);

	say(x.client, "one\n");
	hear(x.host, "one\n");
	kill(x.pid, SIGSTOP);
	kill(x.pid, SIGTERM);
	/* What is under way goes on, also when it takes longer than the time in which both would be found silent. */
	say(x.host, "two\n");
	usleep((SPLICE_QUIET_MS + 100) * 1000);
	kill(x.pid, SIGCONT);
	hear(x.client, "two\n");
	hear(x.client, "");
	ck_assert_int_eq(end_of(&x), SPLICE_SHUTDOWN);
	close(x.client);
	close(x.host);
}
END_TEST

enum { MUCH = 8 << 20 };

static void *write_much(void *fd)
{
	static const char piece[65536] = { 'x' };

	for (size_t n = 0; n < MUCH; n += sizeof(piece))
		ck_assert_int_eq(send(*(int *)fd, piece, sizeof(piece), MSG_NOSIGNAL), sizeof(piece));
	shutdown(*(int *)fd, SHUT_WR);
	return NULL;
}

/* More than the sockets hold, to one who does not read at first. */
START_TEST(test_much)
{
	struct bridge x = start("", 60);
	char piece[65536];
	pthread_t writer;
	size_t got = 0;
	ssize_t n;

	ck_assert_int_eq(pthread_create(&writer, NULL, write_much, &x.host), 0);
	usleep(50000);
	while ((n = read(x.client, piece, sizeof(piece))) > 0)
		got += (size_t)n;
	ck_assert_uint_eq(got, MUCH);
	pthread_join(writer, NULL);
	ck_assert_int_eq(end_of(&x), SPLICE_DONE);
	close(x.client);
	close(x.host);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_both_ways);
	tcase_add_test(tc, test_client_leaves);
	tcase_add_test(tc, test_timeout);
	tcase_add_test(tc, test_told_to_end);
	tcase_add_test(tc, test_much);
}

CHECK_MAIN(splice, add_tests)
