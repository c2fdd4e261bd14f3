/* SPDX-License-Identifier: ISC */
#include "list/keep.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

#define TEXT "Subject: x\n\nhi\n"

static struct list list;
static int fd;

static void setup(void)
{
	mailing_list_open(&list, "friends", NULL);
	fd = memfd_create("queue file", MFD_CLOEXEC);
	ck_assert_int_eq(pwrite(fd, "envelope" TEXT "log", 8 + sizeof(TEXT) - 1 + 3, 0), 8 + sizeof(TEXT) - 1 + 3);
}

static void teardown(void)
{
	close(fd);
	list_close(&list);
	tempdir_remove();
}

static int keep(uint64_t number, struct fault *f)
{
	const struct keep_post p = { .number = number,
				     .hash = "0123456789abcdef",
				     .when = 1795305600,
				     .fd = fd,
				     .at = 8,
				     .size = sizeof(TEXT) - 1 };

	return keep_post(&list, "archive", &p, f);
}

/* "UID UID ", of the whole folder. */
static const char *uids(void)
{
	static char text[200];
	struct mailbox m;
	struct fault f;
	size_t n = 0;

	text[0] = '\0';
	ck_assert_msg(mailbox_open(&m, tempdir_path("lists/friends/archive"), 0, &f) == 0, "%s", f.text);
	for (size_t i = 0; i < m.view.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%u ", m.view.uid[i]);
	mailbox_close(&m);
	return text;
}

/* Numbers are UIDs, also when some are left out; and what is done twice is there once. */
START_TEST(test_numbers)
{
	struct fault f;

	ck_assert_msg(keep(1, &f) == 0, "%s", f.text);
	ck_assert_int_eq(keep(1, &f), 0);
	ck_assert_int_eq(keep(2, &f), 0);
	ck_assert_int_eq(keep(7, &f), 0);
	ck_assert_int_eq(keep(7, &f), 0);
	ck_assert_str_eq(uids(), "1 2 7 ");
	ck_assert_int_eq(keep(0, &f), -1);
	ck_assert_int_eq(keep(UINT32_MAX, &f), -1);
}
END_TEST

/* Killed between the name and the uidlist: the file is there, and gets its number when it is done again. */
START_TEST(test_killed)
{
	char *before = NULL;
	size_t n = 0;
	FILE *file;
	struct fault f;

	ck_assert_int_eq(keep(1, &f), 0);
	file = fopen(tempdir_path("lists/friends/archive/dovecot-uidlist"), "r");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_gt(getdelim(&before, &n, '\0', file), 0);
	fclose(file);
	ck_assert_int_eq(keep(2, &f), 0);
	tempdir_write("lists/friends/archive/dovecot-uidlist", before, 0600);
	free(before);
	ck_assert_int_eq(keep(2, &f), 0);
	ck_assert_str_eq(uids(), "1 2 ");
	ck_assert_int_eq(keep(3, &f), 0);
	ck_assert_str_eq(uids(), "1 2 3 ");
}
END_TEST

START_TEST(test_short_file)
{
	struct fault f;

	ck_assert_int_eq(ftruncate(fd, 10), 0);
	ck_assert_int_eq(keep(1, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(uids(), "");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_numbers);
	tcase_add_test(tc, test_killed);
	tcase_add_test(tc, test_short_file);
}

CHECK_MAIN(keep, add_tests)
