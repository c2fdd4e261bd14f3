/* SPDX-License-Identifier: ISC */
#include "auth/penalty.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static const uint8_t one[PENALTY_ADDRESS] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };
static const uint8_t two[PENALTY_ADDRESS] = { [10] = 0xff, 0xff, 192, 0, 2, 2 };

static int dir(void)
{
	int fd;

	/* Without what another test has left. */
	tempdir_remove();
	fd = open(tempdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static unsigned guess(struct penalty *p, const uint8_t client[PENALTY_ADDRESS], unsigned number)
{
	char text[32];

	return penalty_add(p, client, span_of(text, (size_t)snprintf(text, sizeof(text), "al%c%u", 0, number)));
}

/* Another guess, the next that counts: of a guess 8 bits are kept, which one in 256 others has, too. */
static unsigned other(struct penalty *p, const uint8_t client[PENALTY_ADDRESS], unsigned *number)
{
	unsigned before = penalty_count(p, client), count = before;

	for (int i = 0; i < 8 && count == before; i++)
		count = guess(p, client, ++*number);
	return count;
}

START_TEST(test_count)
{
	struct penalty p;
	struct fault f;
	unsigned number = 1;

	ck_assert_int_eq(penalty_share(&p, &f), 0);
	ck_assert_uint_eq(penalty_count(&p, one), 0);
	ck_assert_uint_eq(guess(&p, one, 1), 1);
	/* The same again is no other guess. */
	ck_assert_uint_eq(guess(&p, one, 1), 1);
	ck_assert_uint_eq(other(&p, one, &number), 2);
	ck_assert_uint_eq(guess(&p, one, 1), 3);
	ck_assert_uint_eq(penalty_count(&p, two), 0);
	ck_assert_uint_eq(guess(&p, two, 1), 1);
	ck_assert_uint_eq(penalty_count(&p, one), 3);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_uint_le(guess(&p, one, i + 10), PENALTY_MAX);
	ck_assert_uint_eq(penalty_count(&p, one), PENALTY_MAX);
	penalty_close(&p);
	ck_assert_uint_eq(penalty_count(&p, one), 0);
	ck_assert_uint_eq(guess(&p, one, 1), 1);
}
END_TEST

/* One that had the table before, and one that opens it later, see the same. */
START_TEST(test_file)
{
	struct penalty p, q;
	struct fault f;
	struct stat st;
	unsigned number = 1;
	int fd = dir();

	ck_assert_msg(penalty_open(&p, fd, "failures", &f) == 0, "%s", f.text);
	ck_assert_int_eq(fstatat(fd, "failures", &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	guess(&p, one, 1);
	ck_assert_int_eq(penalty_open(&q, fd, "failures", &f), 0);
	ck_assert_uint_eq(penalty_count(&q, one), 1);
	ck_assert_uint_eq(other(&q, one, &number), 2);
	ck_assert_uint_eq(penalty_count(&p, one), 2);
	ck_assert(span_is(penalty_secret(&p), penalty_secret(&q)));
	ck_assert_uint_eq(penalty_secret(&p).n, PENALTY_SECRET);
	penalty_close(&p);
	penalty_close(&q);
	close(fd);
}
END_TEST

enum { PROCESSES = 8, ROUNDS = 500 };

/* None of the clients of others is lost, nor one failure of a client that all have. */
START_TEST(test_concurrent)
{
	struct penalty p;
	struct fault f;
	int fd = dir(), status;

	ck_assert_int_eq(penalty_open(&p, fd, "failures", &f), 0);
	for (unsigned i = 0; i < PROCESSES; i++)
		if (fork() == 0) {
			uint8_t own[PENALTY_ADDRESS] = { (uint8_t)(i + 1) };

			for (unsigned n = 0; n < ROUNDS; n++) {
				if (n < PENALTY_MAX / PROCESSES - 1)
					guess(&p, one, n * PROCESSES + i);
				guess(&p, own, n);
			}
			_exit(penalty_count(&p, own) == PENALTY_MAX ? 0 : 1);
		}
	for (unsigned i = 0; i < PROCESSES; i++) {
		wait(&status);
		ck_assert_int_eq(status, 0);
	}
	/* Neighbours may have had guesses with the same mark. */
	ck_assert_uint_gt(penalty_count(&p, one), PENALTY_MAX * 3 / 4);
	ck_assert_uint_le(penalty_count(&p, one), (PENALTY_MAX / PROCESSES - 1) * PROCESSES);
	penalty_close(&p);
	close(fd);
}
END_TEST

/* More clients than there is room for: those that failed last are known. */
START_TEST(test_bounded)
{
	struct penalty p;
	struct fault f;
	uint8_t client[PENALTY_ADDRESS] = { 0 };

	ck_assert_int_eq(penalty_share(&p, &f), 0);
	for (uint32_t i = 1; i <= 20 * PENALTY_CLIENTS; i++) {
		memcpy(client, &i, sizeof(i));
		ck_assert_uint_eq(guess(&p, client, i), 1);
		ck_assert_uint_eq(penalty_count(&p, client), 1);
	}
	penalty_close(&p);
}
END_TEST

static const struct {
	const char *what;
	size_t n;
	int byte;
	mode_t mode;
	bool opens;
} files[] = {
	{ "empty", 0, 0, 0600, true },		 { "short", 100, 'x', 0600, true },
	{ "zero", 40000, 0, 0600, true },	 { "garbage", 40000, 0xff, 0600, true },
	{ "more garbage", 1, 0x55, 0600, true }, { "not private", 0, 0, 0644, false },
};

START_TEST(test_garbage)
{
	char *bytes = malloc(files[_i].n + 1);
	struct penalty p;
	struct fault f;
	int fd = dir(), rc;

	memset(bytes, files[_i].byte, files[_i].n + 1);
	tempdir_write_bytes("failures", bytes, files[_i].n, files[_i].mode);
	free(bytes);
	rc = penalty_open(&p, fd, "failures", &f);
	ck_assert_msg(rc == (files[_i].opens ? 0 : -1), "%s", files[_i].what);
	if (rc == 0) {
		ck_assert_uint_eq(penalty_count(&p, one), 0);
		ck_assert_uint_eq(guess(&p, one, 1), 1);
		ck_assert_uint_eq(penalty_count(&p, one), 1);
	}
	penalty_close(&p);
	close(fd);
}
END_TEST

/* A right head, and behind it bytes of any kind: counts may be wrong, and nothing else. */
START_TEST(test_garbage_in_words)
{
	struct penalty p;
	struct fault f;
	char bytes[4096];
	int fd = dir(), file;

	ck_assert_int_eq(penalty_open(&p, fd, "failures", &f), 0);
	file = openat(fd, "failures", O_WRONLY);
	for (int i = 0; i < 8; i++) {
		memset(bytes, i * 37 + 1, sizeof(bytes));
		ck_assert_int_eq(pwrite(file, bytes, sizeof(bytes), 48 + i * (off_t)sizeof(bytes)), sizeof(bytes));
	}
	close(file);
	for (unsigned i = 0; i < 100; i++) {
		uint8_t client[PENALTY_ADDRESS] = { (uint8_t)i };
		unsigned before = penalty_count(&p, client);

		ck_assert_uint_le(before, 255);
		guess(&p, client, 1);
		guess(&p, client, 2);
		ck_assert_uint_gt(penalty_count(&p, client), 0);
	}
	penalty_close(&p);
	close(fd);
}
END_TEST

START_TEST(test_links)
{
	struct penalty p;
	struct fault f;
	int fd = dir();

	tempdir_write("other", "", 0600);
	ck_assert_int_eq(symlinkat("other", fd, "link"), 0);
	ck_assert_int_eq(penalty_open(&p, fd, "link", &f), -1);
	ck_assert_int_eq(linkat(fd, "other", fd, "second", 0), 0);
	ck_assert_int_eq(penalty_open(&p, fd, "other", &f), -1);
	ck_assert_int_eq(mkfifoat(fd, "fifo", 0600), 0);
	ck_assert_int_eq(penalty_open(&p, fd, "fifo", &f), -1);
	ck_assert_ptr_null(p.tally.table);
	close(fd);
}
END_TEST

static const struct {
	unsigned count;
	long seconds, want;
} delays[] = {
	{ 1, 2, 2000 }, { 2, 2, 4000 }, { 3, 2, 8000 }, { 4, 2, 15000 },  { 250, 2, 15000 },
	{ 0, 2, 2000 }, { 1, 0, 0 },	{ 250, 0, 0 },	{ 1, 20, 20000 }, { 9, 20, 20000 },
};

START_TEST(test_delay)
{
	ck_assert_int_eq(penalty_delay_ms(delays[_i].count, delays[_i].seconds), delays[_i].want);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_count);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_concurrent);
	tcase_add_test(tc, test_bounded);
	tcase_add_loop_test(tc, test_garbage, 0, COUNT(files));
	tcase_add_test(tc, test_garbage_in_words);
	tcase_add_test(tc, test_links);
	tcase_add_loop_test(tc, test_delay, 0, COUNT(delays));
}

CHECK_MAIN(penalty, add_tests)
