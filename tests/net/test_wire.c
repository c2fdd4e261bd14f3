/* SPDX-License-Identifier: ISC */
#include "net/wire.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/echo.h"

/* A child serves one end of a socket pair; what it does to the other end is looked at. */
struct pair {
	int fd;
	pid_t pid;
};

static volatile sig_atomic_t told_to_end;

static void on_term(int number)
{
	(void)number;
	told_to_end = 1;
}

static void serve_echo(int in, int out, long timeout)
{
	struct wire w = {
		.protocol = &echo_protocol, .in = in, .out = out, .timeout = timeout, .told_to_end = &told_to_end
	};
	struct sigaction sa = { .sa_handler = on_term };
	sigset_t block, unblocked;
	struct peer p;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &unblocked);
	w.unblocked = &unblocked;
	sigaction(SIGTERM, &sa, NULL);
	peer_of_process(&p);
	wire_run(&w, &p);
}

static struct pair start(long timeout)
{
	struct pair p;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p.pid = fork();
	ck_assert_int_ge(p.pid, 0);
	if (p.pid == 0) {
		close(fds[0]);
		serve_echo(fds[1], fds[1], timeout);
		_exit(0);
	}
	close(fds[1]);
	p.fd = fds[0];
	return p;
}

/* Everything up to the end of file; the child must have ended well. */
static const char *rest_of(struct pair *p, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got;
	int status;

	while (n < size - 1 && (got = read(p->fd, text + n, size - 1 - n)) > 0)
		n += (size_t)got;
	text[n] = '\0';
	close(p->fd);
	ck_assert_int_eq(waitpid(p->pid, &status, 0), p->pid);
	ck_assert_int_eq(status, 0);
	return text;
}

static void say(const struct pair *p, const char *text)
{
	if (text[0])
		ck_assert_int_eq(send(p->fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

START_TEST(test_session)
{
	struct pair p = start(60);
	char text[100];

	say(&p, "one\ntw");
	say(&p, "o\nquit\nnot read\n");
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "hello\none\ntwo\nbye\n");
}
END_TEST

START_TEST(test_lost)
{
	struct pair p = start(60);
	char text[100];

	say(&p, "half");
	shutdown(p.fd, SHUT_WR);
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "hello\n");
}
END_TEST

/* Nobody reads, and then nobody is there: the wire ends without a signal. */
START_TEST(test_broken)
{
	struct pair p = start(60);
	int status;

	say(&p, "one\n");
	close(p.fd);
	ck_assert_int_eq(waitpid(p.pid, &status, 0), p.pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(test_timeout)
{
	struct pair p = start(1);
	int64_t begin = clock_mono_ms();
	char text[100];

	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "hello\ntimeout\n");
	ck_assert_int_ge(clock_mono_ms() - begin, 900);
}
END_TEST

/* A byte now and then is not enough. */
START_TEST(test_dribble)
{
	struct pair p = start(1);
	char text[100];
	int sent = 0;

	while (sent < 100 && send(p.fd, "x", 1, MSG_NOSIGNAL) == 1) {
		sent++;
		usleep(100000);
	}
	ck_assert_int_lt(sent, 100);
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "hello\ntimeout\n");
}
END_TEST

/* Replies are: a slow dialogue may go on. */
START_TEST(test_slow_dialogue)
{
	struct pair p = start(2);
	char text[100];

	for (int i = 0; i < 6; i++) {
		usleep(400000);
		say(&p, "x\n");
	}
	say(&p, "quit\n");
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "hello\nx\nx\nx\nx\nx\nx\nbye\n");
}
END_TEST

/* A client that sends fast but reads nothing is ended by the clock too. */
START_TEST(test_never_reads)
{
	struct pair p = start(1);
	int64_t begin = clock_mono_ms();
	char block[4096];
	int status;

	memset(block, '\n', sizeof(block));
	fcntl(p.fd, F_SETFL, O_NONBLOCK);
	do {
		while (send(p.fd, block, sizeof(block), MSG_NOSIGNAL) > 0)
			continue;
		usleep(50000);
	} while (waitpid(p.pid, &status, WNOHANG) == 0 && clock_mono_ms() - begin < 10000);
	ck_assert_int_lt(clock_mono_ms() - begin, 10000);
	close(p.fd);
}
END_TEST

/* SIGTERM: an idle session ends at once, one with half a command when it is idle again. */
static const struct {
	const char *before, *after, *want;
} drains[] = {
	{ "one\n", "", "hello\none\nshutdown\n" },
	{ "one\ntw", "o\n", "hello\none\ntwo\nshutdown\n" },
};

START_TEST(test_drain)
{
	struct pair p = start(60);
	char text[100];

	say(&p, drains[_i].before);
	while (recv(p.fd, text, sizeof(text), MSG_PEEK) < 10)
		usleep(1000);
	kill(p.pid, SIGTERM);
	usleep(100000);
	say(&p, drains[_i].after);
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), drains[_i].want);
}
END_TEST

/* On pipes and files, too. */
START_TEST(test_pipes)
{
	int in[2], out[2], status;
	char text[100];
	struct pair p;

	ck_assert(pipe(in) == 0 && pipe(out) == 0);
	ck_assert_int_eq(write(in[1], "one\nquit\n", 9), 9);
	p.pid = fork();
	ck_assert_int_ge(p.pid, 0);
	if (p.pid == 0) {
		serve_echo(in[0], out[1], 60);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(p.pid, &status, 0), p.pid);
	close(out[1]);
	ck_assert_int_eq(read(out[0], text, sizeof(text)), 14);
	ck_assert_int_eq(strncmp(text, "hello\none\nbye\n", 14), 0);
	close(in[0]);
	close(in[1]);
	close(out[0]);
}
END_TEST

/* Replies that wait come all the same; who has left is not waited for. */
START_TEST(test_pause)
{
	struct pair p = start(60);
	char text[100];
	int64_t since = clock_mono_ms();

	say(&p, "pause 200\nquit\n");
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "hello\npaused\nbye\n");
	ck_assert_int_ge(clock_mono_ms() - since, 200);
	p = start(60);
	ck_assert_int_eq(read(p.fd, text, sizeof(text)), 6);
	say(&p, "pause 50000\n");
	ck_assert_int_eq(shutdown(p.fd, SHUT_RDWR), 0);
	rest_of(&p, text, sizeof(text));
}
END_TEST

/* ---- a protocol with long answers: whoever has said something gets FLOOD octets ---- */

enum { FLOOD = 8 << 20, FLOOD_PART = 65536 };

struct flood {
	struct buf *out;
	size_t left;
	bool is_over, is_prepared;
	int64_t until;
};

static struct flood flood;

static void *flood_open(void *ctx, const struct peer *peer, struct buf *out)
{
	(void)peer;
	flood = (struct flood){ .out = out, .until = ctx ? clock_mono_ms() : INT64_MAX };
	return &flood;
}

static size_t flood_out_max(void *ctx)
{
	(void)ctx;
	return FLOOD_PART;
}

static void flood_feed(void *session, const char *p, size_t n)
{
	struct flood *x = session;

	(void)p;
	(void)n;
	/* The wire has given it time before it waited. */
	x->left = x->is_prepared ? FLOOD : 0;
	x->is_over = true;
}

static bool flood_produce(void *session)
{
	struct flood *x = session;
	size_t n = x->left < FLOOD_PART ? x->left : FLOOD_PART;

	if (n == 0)
		return false;
	memset(buf_room(x->out, n), 'x', n);
	buf_added(x->out, n);
	x->left -= n;
	return true;
}

static void flood_prepare(void *session)
{
	struct flood *x = session;

	x->is_prepared = true;
}

static bool flood_is_open(void *session)
{
	const struct flood *x = session;

	return !x->is_over;
}

static int64_t flood_deadline(void *session, bool is_under_stress)
{
	const struct flood *x = session;

	(void)is_under_stress;
	return x->until;
}

static void flood_stop(void *session, enum wire_end why)
{
	struct flood *x = session;

	x->is_over = true;
	buf_put_str(x->out, why == WIRE_TIMEOUT ? "timeout" : "shutdown");
}

static void flood_close(void *session, enum wire_end why)
{
	(void)session;
	(void)why;
}

static const struct wire_protocol flood_protocol = {
	.open = flood_open,
	.out_max = flood_out_max,
	.feed = flood_feed,
	.produce = flood_produce,
	.prepare = flood_prepare,
	.deadline = flood_deadline,
	.is_open = flood_is_open,
	.is_idle = flood_is_open,
	.stop = flood_stop,
	.close = flood_close,
};

static struct pair start_flood(void *ctx)
{
	struct wire w = { .protocol = &flood_protocol, .ctx = ctx, .timeout = 60 };
	struct pair p;
	struct peer peer;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p.pid = fork();
	if (p.pid == 0) {
		close(fds[0]);
		w.in = w.out = fds[1];
		peer_of_process(&peer);
		wire_run(&w, &peer);
		_exit(0);
	}
	close(fds[1]);
	p.fd = fds[0];
	return p;
}

/* All of it arrives by way of a buffer that holds a small part. */
START_TEST(test_produce)
{
	struct pair p = start_flood(NULL);
	char piece[10000], rest[10];
	size_t n = 0;
	ssize_t got;

	say(&p, "go");
	while (n < FLOOD && (got = read(p.fd, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < got; i++)
			ck_assert_int_eq(piece[i], 'x');
		n += (size_t)got;
	}
	ck_assert_uint_eq(n, FLOOD);
	ck_assert_str_eq(rest_of(&p, rest, sizeof(rest)), "");
}
END_TEST

/* A client that goes away in the middle is no reason to go on. */
START_TEST(test_produce_broken)
{
	struct pair p = start_flood(NULL);
	char rest[10];

	say(&p, "go");
	ck_assert_int_eq(read(p.fd, rest, 1), 1);
	shutdown(p.fd, SHUT_RD);
	ck_assert_int_ge(rest_of(&p, rest, sizeof(rest))[0], 0);
}
END_TEST

START_TEST(test_deadline)
{
	struct pair p = start_flood(&flood);
	char rest[10];

	ck_assert_str_eq(rest_of(&p, rest, sizeof(rest)), "timeout");
}
END_TEST

/* ---- a server that speaks unasked ---- */

struct herald {
	struct buf *out;
	int from; /* what is written to it is said, but not "." */
	bool is_over;
};

static int rested[2] = { -1, -1 }; /* a pipe that is told whenever it rests */

static struct herald herald;

static void *herald_open(void *ctx, const struct peer *peer, struct buf *out)
{
	(void)peer;
	herald = (struct herald){ .out = out, .from = *(int *)ctx };
	return &herald;
}

static void herald_feed(void *session, const char *p, size_t n)
{
	struct herald *x = session;

	(void)p;
	(void)n;
	x->is_over = true;
}

/* Without a descriptor it is asked every 20 ms. */
static int herald_watched(void *session, int *wait_ms)
{
	const struct herald *x = session;

	*wait_ms = x->from < 0 ? 20 : -1;
	return x->from;
}

static bool herald_look(void *session)
{
	struct herald *x = session;
	char text[10];
	ssize_t n = x->from < 0 ? 0 : read(x->from, text, sizeof(text));

	if (n == 1 && text[0] == '.')
		return true;
	if (n > 0)
		buf_put(x->out, text, (size_t)n);
	else
		buf_put_str(x->out, "asked ");
	x->is_over |= n <= 0;
	return false;
}

/* What rests has nothing more to say. */
static void herald_rest(void *session)
{
	const struct herald *x = session;

	ck_assert_uint_eq(x->out->n, 0);
	if (rested[1] >= 0)
		ck_assert_int_eq(write(rested[1], "r", 1), 1);
}

static bool herald_is_open(void *session)
{
	const struct herald *x = session;

	return !x->is_over;
}

static const struct wire_protocol herald_protocol = {
	.open = herald_open,
	.out_max = flood_out_max,
	.feed = herald_feed,
	.watched = herald_watched,
	.look = herald_look,
	.rest = herald_rest,
	.is_open = herald_is_open,
	.is_idle = herald_is_open,
	.stop = flood_stop,
	.close = flood_close,
};

static void start_herald(struct pair *p, int news[2])
{
	struct wire w = { .protocol = &herald_protocol, .timeout = 60 };
	struct peer peer;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	p->pid = fork();
	if (p->pid == 0) {
		close(fds[0]);
		close(news[1]);
		w.ctx = &news[0];
		w.in = w.out = fds[1];
		peer_of_process(&peer);
		wire_run(&w, &peer);
		_exit(0);
	}
	close(fds[1]);
	p->fd = fds[0];
}

START_TEST(test_watched)
{
	char text[100];
	int news[2];
	struct pair p;

	ck_assert_int_eq(pipe(news), 0);
	if (_i == 1)
		news[0] = -1;
	start_herald(&p, news);
	if (_i == 0) {
		ck_assert_int_eq(write(news[1], "one ", 4), 4);
		ck_assert_int_eq(read(p.fd, text, sizeof(text)), 4);
		ck_assert_int_eq(write(news[1], "two ", 4), 4);
		ck_assert_int_eq(read(p.fd, text, sizeof(text)), 4);
		ck_assert_int_eq(memcmp(text, "two ", 4), 0);
	}
	close(news[1]);
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "asked ");
}
END_TEST

/* After what it was told, and after what it has noticed and had nothing to say of. */
START_TEST(test_rests_again)
{
	char text[100];
	struct pair p;
	int news[2];

	ck_assert_int_eq(pipe(news), 0);
	ck_assert_int_eq(pipe(rested), 0);
	start_herald(&p, news);
	ck_assert_int_eq(read(rested[0], text, 1), 1);
	ck_assert_int_eq(write(news[1], "one ", 4), 4);
	ck_assert_int_eq(read(p.fd, text, sizeof(text)), 4);
	ck_assert_int_eq(read(rested[0], text, 1), 1);
	ck_assert_int_eq(write(news[1], ".", 1), 1);
	ck_assert_int_eq(read(rested[0], text, 1), 1);
	close(news[1]);
	ck_assert_str_eq(rest_of(&p, text, sizeof(text)), "asked ");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_rests_again);
	tcase_add_loop_test(tc, test_watched, 0, 2);
	tcase_add_test(tc, test_pause);
	tcase_add_test(tc, test_session);
	tcase_add_test(tc, test_lost);
	tcase_add_test(tc, test_broken);
	tcase_add_test(tc, test_produce);
	tcase_add_test(tc, test_produce_broken);
	tcase_add_test(tc, test_deadline);
	tcase_add_test(tc, test_timeout);
	tcase_add_test(tc, test_dribble);
	tcase_add_test(tc, test_slow_dialogue);
	tcase_add_test(tc, test_never_reads);
	tcase_add_loop_test(tc, test_drain, 0, COUNT(drains));
	tcase_add_test(tc, test_pipes);
}

CHECK_MAIN(wire, add_tests)
