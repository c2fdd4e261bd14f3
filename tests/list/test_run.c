/* SPDX-License-Identifier: ISC */
#include "list/run.h"

#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static void remember(void *ctx, const char *id)
{
	*(const char **)ctx = id;
}

START_TEST(test_queued)
{
	const char *seen = NULL;
	struct list_run r = { .queued = remember, .ctx = &seen };

	list_run_queued(&r, "0123456789ABCDEF");
	ck_assert_str_eq(seen, "0123456789ABCDEF");
}
END_TEST

/* Without a callback a relay that listens is told. */
START_TEST(test_kick)
{
	struct fault f = { 0 };
	struct spool spool;
	struct list_run r = { .spool = &spool };
	char line[ENTROPY_ID + 2] = "";
	int fd;

	ck_assert_msg(spool_open(&spool, tempdir_path("spool"), NULL, &f) == 0, "%s", f.text);
	fd = spool_listen(&spool, &f);
	ck_assert_int_ge(fd, 0);
	list_run_queued(&r, "0123456789ABCDEF");
	ck_assert_int_eq(read(fd, line, sizeof(line) - 1), ENTROPY_ID + 1);
	ck_assert_str_eq(line, "0123456789ABCDEF\n");
	close(fd);
	spool_close(&spool);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_test(tc, test_queued);
	tcase_add_test(tc, test_kick);
}

CHECK_MAIN(run, add_tests)
