/* SPDX-License-Identifier: ISC */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "support/check_main.h"

START_TEST(test_zeroed_aligned_distinct)
{
	struct arena a = { 0 };
	unsigned char *last = NULL;

	for (size_t n = 0; n < 3000; n += 7) {
		unsigned char *p = arena_alloc(&a, n);

		ck_assert_uint_eq((uintptr_t)p % alignof(max_align_t), 0);
		ck_assert_ptr_ne(p, last);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xff, n);
		last = p;
	}
	arena_clear(&a);
	ck_assert_ptr_null(a.blocks);
}
END_TEST

START_TEST(test_reset_zeroes_again)
{
	struct arena a = { 0 };

	for (int round = 0; round < 100; round++) {
		char *p = arena_alloc(&a, 100);

		ck_assert_int_eq(p[99], 0);
		memset(p, 'x', 100);
		/* More than any block holds, among the small ones. */
		memset(arena_alloc(&a, 1 << 20), 'y', 1 << 20);
		arena_reset(&a);
	}
	arena_clear(&a);
	arena_clear(&a);
	arena_reset(&a);
	arena_wipe(&a);
}
END_TEST

/* The block is looked at through the allocator's eyes: after arena_wipe() it has been freed, and malloc gives it again.
 * Whatever malloc wrote there of its own, addresses among it, may hold one such octet, but not many in a row.
 */
START_TEST(test_wipe)
{
	enum { SECRET_LEN = 1000, IN_A_ROW = 16 };
	struct arena a = { 0 };
	char secret[SECRET_LEN + 1];
	void *again[200];

	memset(secret, 0xa5, SECRET_LEN);
	secret[SECRET_LEN] = '\0';
	/* So much that it is a text that finds the first block full. */
	arena_alloc(&a, 600);
	for (int i = 0; i < 50; i++) {
		memset(arena_alloc(&a, SECRET_LEN), 0xa5, SECRET_LEN);
		arena_printf(&a, "%s", secret);
	}
	arena_wipe(&a);
	ck_assert_ptr_null(a.blocks);
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++) {
		volatile const unsigned char *p = again[i] = arena_heap(SECRET_LEN);

		for (size_t k = 0, row = 0; k < SECRET_LEN; k++) {
			row = p[k] == 0xa5 ? row + 1 : 0;
			ck_assert_uint_lt(row, IN_A_ROW);
		}
	}
	for (size_t i = 0; i < sizeof(again) / sizeof(again[0]); i++)
		free(again[i]);
}
END_TEST

START_TEST(test_text)
{
	struct arena a = { 0 };
	char long_text[5001];

	ck_assert_str_eq(arena_str(&a, "abc"), "abc");
	ck_assert_str_eq(arena_str(&a, ""), "");
	ck_assert_str_eq(arena_str(&a, NULL), "");
	ck_assert_str_eq(arena_span(&a, span_of("abcdef", 3)), "abc");
	ck_assert_str_eq(arena_span(&a, (struct span){ NULL, 0 }), "");
	ck_assert_str_eq(arena_printf(&a, "%s:%d", "x", 12), "x:12");
	ck_assert_str_eq(arena_printf(&a, "%s", ""), "");
	memset(long_text, 'z', 5000);
	long_text[5000] = '\0';
	ck_assert_str_eq(arena_printf(&a, "%s", long_text), long_text);
	arena_clear(&a);
}
END_TEST

/* Wherever a block ends: before the text, in it, behind it, and with something too large for a block in between. */
START_TEST(test_text_at_the_end_of_a_block)
{
	struct arena a = { 0 };
	const char *texts[400];

	for (size_t large = 0; large < 2; large++) {
		for (size_t i = 0; i < 400; i++) {
			texts[i] = arena_printf(&a, "%0*zu", (int)(i % 97) + 1, i);
			if (large && i % 50 == 0)
				memset(arena_alloc(&a, 100000 + i), 'x', 100000 + i);
		}
		for (size_t i = 0; i < 400; i++) {
			ck_assert_uint_eq(strtoul(texts[i], NULL, 10), i);
			ck_assert_uint_ge(strlen(texts[i]), i % 97 + 1);
			ck_assert_uint_le(strlen(texts[i]), i % 97 + 3);
		}
		arena_reset(&a);
	}
	arena_clear(&a);
}
END_TEST

/* Whoever cannot have memory tells its caller to try again later. */
START_TEST(test_out_of_memory_is_temporary)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct arena a = { 0 };
		volatile size_t huge = SIZE_MAX - 100;

		close(STDERR_FILENO);
		arena_alloc(&a, huge);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), EX_TEMPFAIL);
}
END_TEST

START_TEST(test_heap)
{
	char *p = arena_heap(0);

	p = arena_heap_resize(p, 3);
	memcpy(p, "ab", 3);
	p = arena_heap_resize(p, 1000);
	ck_assert_str_eq(p, "ab");
	free(p);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_zeroed_aligned_distinct);
	tcase_add_test(tc, test_reset_zeroes_again);
	tcase_add_test(tc, test_text);
	tcase_add_test(tc, test_text_at_the_end_of_a_block);
	tcase_add_test(tc, test_wipe);
	tcase_add_test(tc, test_out_of_memory_is_temporary);
	tcase_add_test(tc, test_heap);
}

CHECK_MAIN(arena, add_tests)
