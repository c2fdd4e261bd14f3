/* SPDX-License-Identifier: ISC */
#include "base/spill.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/descriptors.h"

static struct spill spill;
static struct fault fault;

static void setup(void)
{
	spill_init(&spill, 0);
}

static void teardown(void)
{
	spill_clear(&spill);
}

/* A byte that says where it should be. */
static char byte_at(size_t i)
{
	return (char)(i * 31 + i / 257);
}

static void fill(size_t n, size_t piece)
{
	char bytes[5000];

	for (size_t done = 0; done < n;) {
		size_t k = n - done < piece ? n - done : piece;

		for (size_t i = 0; i < k; i++)
			bytes[i] = byte_at(done + i);
		ck_assert_msg(spill_put(&spill, span_of(bytes, k), &fault) == 0, "%s", fault.text);
		done += k;
	}
}

static void check_content(size_t n)
{
	struct span piece;
	off_t at = 0;
	size_t seen = 0;
	int rc;

	while ((rc = spill_next(&spill, &at, &piece, &fault)) == 1) {
		ck_assert_uint_le(piece.n, SPILL_PIECE);
		ck_assert_uint_gt(piece.n, 0);
		for (size_t i = 0; i < piece.n; i++)
			if (piece.p[i] != byte_at(seen + i))
				ck_abort_msg("byte %zu", seen + i);
		seen += piece.n;
		ck_assert_int_eq(at, (off_t)seen);
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(seen, n);
	ck_assert_int_eq(spill.size, (off_t)n);
}

/* On both sides of every limit, in pieces that do not divide it. */
static const size_t sizes[] = {
	0,
	1,
	SPILL_PIECE - 1,
	SPILL_PIECE,
	SPILL_PIECE + 1,
	SPILL_MEMORY - 1,
	SPILL_MEMORY,
	SPILL_MEMORY + 1,
	3 * SPILL_MEMORY + 17,
};

START_TEST(test_content)
{
	fill(sizes[_i], 4999);
	ck_assert_int_eq(spill.fd >= 0, sizes[_i] > SPILL_MEMORY);
	check_content(sizes[_i]);
	check_content(sizes[_i]);
}
END_TEST

START_TEST(test_reset)
{
	fill(SPILL_MEMORY + 1, 5000);
	spill_reset(&spill);
	ck_assert_int_eq(spill.fd, -1);
	check_content(0);
	fill(100, 7);
	check_content(100);
}
END_TEST

START_TEST(test_more_after_reading)
{
	fill(SPILL_MEMORY + 1000, 4999);
	check_content(SPILL_MEMORY + 1000);
	for (size_t i = SPILL_MEMORY + 1000; i < SPILL_MEMORY + 1010; i++) {
		char byte = byte_at(i);

		ck_assert_int_eq(spill_put(&spill, span_of(&byte, 1), &fault), 0);
	}
	check_content(SPILL_MEMORY + 1010);
}
END_TEST

START_TEST(test_file)
{
	char got[10];
	int fd;

	fill(10, 10);
	fd = spill_file(&spill, &fault);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(spill_file(&spill, &fault), fd);
	ck_assert_int_eq(disk_read_at(fd, got, 10, 0, "spill", &fault), 0);
	for (size_t i = 0; i < 10; i++)
		ck_assert_int_eq(got[i], byte_at(i));
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	check_content(10);
}
END_TEST

START_TEST(test_maximum)
{
	spill_clear(&spill);
	spill_init(&spill, 10);
	ck_assert_int_eq(spill_put(&spill, SPAN("0123456789"), &fault), 0);
	ck_assert_int_eq(spill_put(&spill, SPAN(""), &fault), 0);
	ck_assert_int_eq(spill_put(&spill, SPAN("x"), &fault), -1);
	ck_assert_int_eq(fault.reply, 552);
	ck_assert_str_eq(fault.status, "5.3.4");
	ck_assert_int_eq(spill.size, 10);
}
END_TEST

START_TEST(test_put_all)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	for (size_t i = 0; i < 3000; i++) {
		char byte = byte_at(i);

		ck_assert_int_eq(write(ends[1], &byte, 1), 1);
	}
	close(ends[1]);
	ck_assert_int_eq(spill_put_all(&spill, ends[0], &fault), 0);
	close(ends[0]);
	check_content(3000);
	ck_assert_int_eq(spill_put_all(&spill, ends[0], &fault), -1);
}
END_TEST

/* A TMPDIR that is not there, or not for us, is passed over. */
START_TEST(test_other_place)
{
	const char *old = getenv("TMPDIR");
	char *saved = old ? strdup(old) : NULL;

	setenv("TMPDIR", "/nonexistent", 1);
	fill(SPILL_MEMORY, 4096);
	ck_assert_int_eq(spill_put(&spill, SPAN("x"), &fault), 0);
	ck_assert_int_ge(spill.fd, 0);
	if (saved)
		setenv("TMPDIR", saved, 1);
	else
		unsetenv("TMPDIR");
	free(saved);
}
END_TEST

/* Where there is no place for the file it is a temporary failure, and nothing is lost of what there is. */
START_TEST(test_no_place)
{
	fill(SPILL_MEMORY, 4096);
	descriptors_allow(0);
	ck_assert_int_eq(spill_put(&spill, SPAN("x"), &fault), -1);
	descriptors_restore();
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	check_content(SPILL_MEMORY);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_content, 0, COUNT(sizes));
	tcase_add_test(tc, test_other_place);
	tcase_add_test(tc, test_reset);
	tcase_add_test(tc, test_more_after_reading);
	tcase_add_test(tc, test_file);
	tcase_add_test(tc, test_maximum);
	tcase_add_test(tc, test_put_all);
	tcase_add_test(tc, test_no_place);
}

CHECK_MAIN(spill, add_tests)
