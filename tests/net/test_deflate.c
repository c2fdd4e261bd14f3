/* SPDX-License-Identifier: ISC */
#include "net/deflate.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/check_main.h"

static struct stream a, b;
static struct fault fault;

static void setup(void)
{
	int fds[2];

	if (deflate_load(&fault) < 0)
		return;
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	stream_plain(&a, fds[0], fds[0]);
	stream_plain(&b, fds[1], fds[1]);
	ck_assert_int_eq(deflate_begin(&a, &fault), 0);
}

static void teardown(void)
{
	stream_close(&a);
	stream_close(&b);
}

/* Both ends, in pieces of a size, with as much on its way as the sockets hold. */
static void pass(const char *text, size_t n, size_t piece)
{
	size_t sent = 0, got = 0;
	char *read = arena_heap(n + 1);

	while (got < n) {
		ssize_t k = sent < n ? stream_write(&a, text + sent, n - sent < piece ? n - sent : piece) : -1;

		ck_assert(k > 0 || sent == n || errno == EAGAIN);
		sent += k > 0 ? (size_t)k : 0;
		k = stream_read(&b, read + got, n - got < piece ? n - got + 1 : piece);
		ck_assert(k > 0 || (k < 0 && errno == EAGAIN));
		got += k > 0 ? (size_t)k : 0;
	}
	ck_assert_uint_eq(got, n);
	ck_assert_int_eq(memcmp(text, read, n), 0);
	free(read);
}

static const size_t pieces[] = { 1, 100, 8192, 100000 };

START_TEST(test_there_and_back)
{
	size_t n = pieces[_i] < 100 ? 3000 : 1 << 20;
	char *text = arena_heap(n);
	struct stream other;

	if (!a.ops)
		return;
	ck_assert_int_eq(deflate_begin(&b, &fault), 0);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 1000 < 500 ? (char)(i * 2654435761u >> 13) : "abc"[i % 3];
	pass(text, n, pieces[_i]);
	other = a;
	a = b;
	b = other;
	pass(text, n, pieces[_i]);
	ck_assert_int_eq(stream_read(&b, text, 1), -1);
	ck_assert(!stream_is_pending(&b));
	ck_assert_int_eq(stream_events(&a, POLLIN), POLLIN);
	free(text);
}
END_TEST

/* How long a part is does not depend on what went before it. */
START_TEST(test_parts_stand_alone)
{
	static const char secret[] = "the password is swordfish, the password is swordfish";
	char bytes[1000];
	ssize_t alone, behind;

	if (!a.ops)
		return;
	ck_assert_int_gt(stream_write(&a, secret, sizeof(secret)), 0);
	alone = stream_read(&b, bytes, sizeof(bytes));
	ck_assert_int_gt(stream_write(&a, secret, sizeof(secret)), 0);
	behind = stream_read(&b, bytes, sizeof(bytes));
	ck_assert_int_gt(alone, 0);
	ck_assert_int_eq(alone, behind);
}
END_TEST

/* What is not compressed is no end, and what is cut off is waited for. */
START_TEST(test_wrong)
{
	static const char garbage[] = "\xff\xff\xff\xff garbage", empty[] = "\x00\x00\x00\xff\xff", end[] = "\x03\x00";
	char text[10];

	if (!a.ops)
		return;
	if (_i == 0) {
		ck_assert_int_gt(stream_write(&b, garbage, sizeof(garbage)), 0);
		ck_assert_int_eq(stream_read(&a, text, sizeof(text)), -1);
		ck_assert_int_eq(errno, EPROTO);
	} else if (_i == 1) {
		ck_assert_int_gt(stream_write(&b, empty, sizeof(empty) - 1), 0);
		ck_assert_int_eq(stream_read(&a, text, sizeof(text)), -1);
		ck_assert_int_eq(errno, EAGAIN);
		ck_assert(!stream_is_pending(&a));
	} else if (_i == 2) {
		ck_assert_int_gt(stream_write(&b, end, sizeof(end) - 1), 0);
		ck_assert_int_eq(stream_read(&a, text, sizeof(text)), 0);
	} else {
		stream_close(&b);
		ck_assert_int_eq(stream_read(&a, text, sizeof(text)), 0);
		ck_assert_int_eq(stream_write(&a, "x", 1), -1);
	}
}
END_TEST

/* Much from little comes in the pieces that are asked for. */
START_TEST(test_bomb)
{
	char *much, piece[1000];
	size_t got = 0;
	ssize_t n;

	if (!a.ops)
		return;
	ck_assert_int_eq(deflate_begin(&b, &fault), 0);
	much = arena_heap(DEFLATE_PIECE);
	memset(much, 'x', DEFLATE_PIECE);
	ck_assert_int_eq(stream_write(&a, much, DEFLATE_PIECE), DEFLATE_PIECE);
	while ((n = stream_read(&b, piece, sizeof(piece))) > 0) {
		got += (size_t)n;
		ck_assert(got == DEFLATE_PIECE || stream_is_pending(&b));
	}
	ck_assert_uint_eq(got, DEFLATE_PIECE);
	free(much);
}
END_TEST

/* It ends on both sides, and what follows is as it is said; where it follows too early, that is noticed. */
START_TEST(test_end)
{
	char text[20];

	if (!a.ops)
		return;
	ck_assert_int_eq(deflate_begin(&b, &fault), 0);
	pass("compressed", 10, 100);
	ck_assert_int_eq(deflate_end(&a), 0);
	ck_assert_int_eq(deflate_end(&b), 0);
	pass("as it is", 8, 100);
	ck_assert_int_eq(stream_write(&a, "clear", 5), 5);
	ck_assert_int_eq(read(b.in, text, sizeof(text)), 5);
	ck_assert_int_eq(memcmp(text, "clear", 5), 0);
	ck_assert_int_eq(deflate_begin(&a, &fault), 0);
	ck_assert_int_eq(deflate_begin(&b, &fault), 0);
	ck_assert_int_eq(stream_write(&a, "0123456789", 10), 10);
	ck_assert_int_eq(stream_read(&b, text, 1), 1);
	ck_assert_int_eq(deflate_end(&a), 0);
	ck_assert_int_eq(stream_write(&a, "\xff\xff\xff\xff", 4), 4);
	while (stream_read(&b, text, 1) == 1)
		;
	ck_assert_int_eq(deflate_end(&b), -1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_there_and_back, 0, COUNT(pieces));
	tcase_add_test(tc, test_parts_stand_alone);
	tcase_add_loop_test(tc, test_wrong, 0, 4);
	tcase_add_test(tc, test_bomb);
	tcase_add_test(tc, test_end);
}

CHECK_MAIN(deflate, add_tests)
