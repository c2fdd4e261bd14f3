/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_CHECK_MAIN_H
#define TESTS_SUPPORT_CHECK_MAIN_H

/*
 * check_main - the main() of a unit test.
 *
 *	START_TEST(test_trim)
 *	{
 *		const struct row *row = &rows[_i];
 *		...
 *	}
 *	END_TEST
 *
 *	static void add_tests(TCase *tc)
 *	{
 *		tcase_add_loop_test(tc, test_trim, 0, COUNT(rows));
 *	}
 *
 *	CHECK_MAIN(span, add_tests)
 *
 * It has the usual umask. Each test is a process of its own unless CK_FORK=no. The program's exit
 * status is 1 if a test failed; `-v` as its argument lists those that passed.
 */

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Each assertion would tell the parent process where it is, whether it holds or not: for loops that is most of the time
 * that they take. A test that crashes is found in a debugger, with CK_FORK=no. */
#define _mark_point(file, line) ((void)0)

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

/* What is to take linear time has megabytes of input in its test: were it quadratic, this would end it. */
enum { CHECK_SECONDS = 60 };

static inline int check_main(const char *noun, void (*add)(TCase *), int argc, char **argv)
{
	Suite *suite = suite_create(noun);
	TCase *tc = tcase_create(noun);
	SRunner *runner = srunner_create(suite);
	int failed, run;

	umask(022);
	tcase_set_timeout(tc, CHECK_SECONDS);
	suite_add_tcase(suite, tc);
	add(tc);
	srunner_run_all(runner, argc > 1 && strcmp(argv[1], "-v") == 0 ? CK_VERBOSE : CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	run = srunner_ntests_run(runner);
	srunner_free(runner);
	return failed > 0 || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define CHECK_MAIN(noun, add)                                                                                          \
	int main(int argc, char **argv)                                                                                \
	{                                                                                                              \
		return check_main(#noun, add, argc, argv);                                                             \
	}

#endif
