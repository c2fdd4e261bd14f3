/* SPDX-License-Identifier: ISC */
#include "net/peer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/check_main.h"

START_TEST(test_unix)
{
	struct peer p;
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ck_assert(peer_of_socket(pair[0], &p));
	ck_assert(!p.is_network);
	ck_assert_str_eq(p.text, "local");
	ck_assert_int_eq(p.uid, getuid());
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(test_inet)
{
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listening = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), fd;
	socklen_t n = sizeof(sa);
	struct peer p;

	ck_assert_int_eq(bind(listening, (struct sockaddr *)&sa, sizeof(sa)), 0);
	ck_assert_int_eq(listen(listening, 1), 0);
	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&sa, &n), 0);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&sa, sizeof(sa)), 0);
	fd = accept(listening, NULL, NULL);
	ck_assert(peer_of_socket(fd, &p));
	ck_assert(p.is_network);
	ck_assert_str_eq(p.text, "127.0.0.1");
	ck_assert_int_eq(p.uid, -1);
	ck_assert(!peer_of_socket(listening, &p));
	close(fd);
	close(client);
	close(listening);
}
END_TEST

START_TEST(test_no_socket)
{
	struct peer p;
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert(!peer_of_socket(fds[0], &p));
	ck_assert(!peer_of_socket(-1, &p));
	peer_of_process(&p);
	ck_assert_int_eq(p.uid, getuid());
	ck_assert(!p.is_network);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_unix);
	tcase_add_test(tc, test_inet);
	tcase_add_test(tc, test_no_socket);
}

CHECK_MAIN(peer, add_tests)
