/* SPDX-License-Identifier: ISC */
#include "net/upstream.h"

#include <sys/socket.h>
#include <unistd.h>

#include "support/check_main.h"

static struct arena arena;
static struct addr_networks networks;

static const struct {
	const char *peer, *pieces[3];
	int rc;
	const char *want, *rest;
	bool is_nameless;
} rows[] = {
	{ "192.0.2.7",
	  { "PROXY TCP4 203.0.113.5 192.0.2.1 1234 25\r\nEHLO x\r\n" },
	  0,
	  "203.0.113.5",
	  "EHLO x\r\n",
	  false },
	{ "192.0.2.7",
	  { "PRO", "XY TCP4 203.0.113.5 192.0.2.1 1234 25\r", "\nEHLO x\r\n" },
	  0,
	  "203.0.113.5",
	  "EHLO x\r\n",
	  false },
	{ "192.0.2.7", { "PROXY UNKNOWN\r\n" }, 0, "192.0.2.7", "", true },
	{ "192.0.2.7", { "EHLO x\r\n" }, -1, NULL, "", false },
	{ "192.0.2.7", { "PROXY TCP4 1.2.3" }, -1, NULL, "", false },
	{ "192.0.2.7", { NULL }, -1, NULL, "", false },
	/* From others it is the session that reads it. */
	{ "198.51.100.1", { "PROXY UNKNOWN\r\n" }, 0, "198.51.100.1", "PROXY UNKNOWN\r\n", false },
};

static int read_header(const struct upstream *u, int i, int fds[2], struct peer *peer, struct fault *f)
{
	pid_t pid;
	int rc;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	pid = fork();
	if (pid == 0) {
		for (int n = 0; n < 3 && rows[i].pieces[n]; n++) {
			if (send(fds[1], rows[i].pieces[n], strlen(rows[i].pieces[n]), 0) < 0)
				_exit(1);
			usleep(20000);
		}
		_exit(0);
	}
	close(fds[1]);
	*peer = (struct peer){ .is_network = true };
	ck_assert_int_eq(addr_parse(rows[i].peer, &peer->addr), 0);
	addr_text(&peer->addr, peer->text);
	rc = upstream_read(u, fds[0], peer, f);
	return rc;
}

START_TEST(test_read)
{
	struct upstream u = { .trusted = &networks, .timeout = 10 };
	struct peer peer;
	struct fault f;
	char rest[100];
	size_t n = 0;
	ssize_t got;
	int fds[2];

	ck_assert_int_eq(addr_networks_parse(&arena, "192.0.2.0/24", &networks, &f), 0);
	ck_assert_int_eq(read_header(&u, _i, fds, &peer, &f), rows[_i].rc);
	if (rows[_i].rc == 0) {
		ck_assert_str_eq(peer.text, rows[_i].want);
		ck_assert_int_eq(peer.is_nameless, rows[_i].is_nameless);
		while ((got = read(fds[0], rest + n, sizeof(rest) - 1 - n)) > 0)
			n += (size_t)got;
		rest[n] = '\0';
		ck_assert_str_eq(rest, rows[_i].rest);
	}
	close(fds[0]);
	arena_clear(&arena);
}
END_TEST

/* Without a proxy nothing is read, and nobody waited for. A local process is never one. */
START_TEST(test_none)
{
	struct upstream none = { .trusted = NULL }, some = { .trusted = &networks, .timeout = 1000 };
	struct peer peer = { .is_network = true }, local = { .is_network = false };
	struct fault f;

	ck_assert_int_eq(addr_networks_parse(&arena, "0.0.0.0/0 ::/0", &networks, &f), 0);
	ck_assert_int_eq(upstream_read(&none, -1, &peer, &f), 0);
	ck_assert_int_eq(upstream_read(&some, -1, &local, &f), 0);
	arena_clear(&arena);
}
END_TEST

START_TEST(test_timeout)
{
	struct upstream u = { .trusted = &networks, .timeout = 1 };
	struct peer peer = { .is_network = true };
	struct fault f;
	int fds[2];

	ck_assert_int_eq(addr_networks_parse(&arena, "0.0.0.0/0 ::/0", &networks, &f), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(send(fds[1], "PROXY ", 6, 0), 6);
	ck_assert_int_eq(upstream_read(&u, fds[0], &peer, &f), -1);
	ck_assert_str_eq(f.text, "no PROXY header in time");
	close(fds[0]);
	close(fds[1]);
	arena_clear(&arena);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_read, 0, COUNT(rows));
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_timeout);
}

CHECK_MAIN(upstream, add_tests)
