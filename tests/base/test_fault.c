/* SPDX-License-Identifier: ISC */
#include "base/fault.h"

#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "support/check_main.h"

START_TEST(test_fill)
{
	struct fault f;

	ck_assert_int_eq(fault_temp(&f, 451, "4.3.0", "cannot %s %d", "sync", 7), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(f.reply, 451);
	ck_assert_str_eq(f.status, "4.3.0");
	ck_assert_str_eq(f.text, "cannot sync 7");
	ck_assert_int_eq(fault_perm(&f, 550, "5.1.1", "no such user"), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	ck_assert_int_eq(f.reply, 550);
	ck_assert_int_eq(fault_usage(&f, "x"), -1);
	ck_assert_int_eq(f.kind, FAULT_USAGE);
	ck_assert_int_eq(fault_bug(&f, "x"), -1);
	ck_assert_int_eq(f.kind, FAULT_BUG);
}
END_TEST

START_TEST(test_nobody_reads_it)
{
	errno = ENOSPC;
	ck_assert_int_eq(fault_temp(NULL, 451, "4.3.0", "x"), -1);
	ck_assert_int_eq(fault_perm(NULL, 550, "5.1.1", "x"), -1);
	ck_assert_int_eq(fault_usage(NULL, "x"), -1);
	ck_assert_int_eq(fault_bug(NULL, "x"), -1);
	ck_assert_int_eq(fault_errno(NULL, "x"), -1);
}
END_TEST

START_TEST(test_text_is_bounded)
{
	struct fault f;
	char path[2000];

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	fault_temp(&f, 451, "4.3.0", "cannot open %s", path);
	ck_assert_uint_eq(strlen(f.text), sizeof(f.text) - 1);
	errno = EIO;
	fault_errno(&f, "cannot open %s", path);
	ck_assert_uint_eq(strlen(f.text), sizeof(f.text) - 1);
}
END_TEST

static const struct {
	int number, reply;
	const char *status;
} numbers[] = {
	{ ENOSPC, 452, "4.3.1" }, { EDQUOT, 452, "4.3.1" }, { EFBIG, 452, "4.3.1" },  { EACCES, 451, "4.3.5" },
	{ EPERM, 451, "4.3.5" },  { EIO, 451, "4.3.0" },    { EMFILE, 451, "4.3.0" }, { ENOENT, 451, "4.3.0" },
};

START_TEST(test_errno)
{
	struct fault f;

	errno = numbers[_i].number;
	ck_assert_int_eq(fault_errno(&f, "cannot write %s", "q/1"), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(f.reply, numbers[_i].reply);
	ck_assert_str_eq(f.status, numbers[_i].status);
	ck_assert_int_eq(strncmp(f.text, "cannot write q/1: ", 18), 0);
	ck_assert_str_eq(f.text + 18, strerror(numbers[_i].number));
}
END_TEST

static const struct {
	enum fault_kind kind;
	const char *status;
	int want;
} exits[] = {
	{ FAULT_NONE, "", EX_OK },
	{ FAULT_TEMP, "4.3.0", EX_TEMPFAIL },
	{ FAULT_TEMP, "5.1.1", EX_TEMPFAIL },
	{ FAULT_USAGE, "5.3.5", EX_USAGE },
	{ FAULT_BUG, "4.3.0", EX_SOFTWARE },
	{ FAULT_PERM, "5.1.1", EX_NOUSER },
	{ FAULT_PERM, "5.1.2", EX_NOHOST },
	{ FAULT_PERM, "5.1.3", EX_DATAERR },
	{ FAULT_PERM, "5.3.4", EX_DATAERR },
	{ FAULT_PERM, "5.3.5", EX_CONFIG },
	{ FAULT_PERM, "5.7.1", EX_NOPERM },
	{ FAULT_PERM, FAULT_NO_INPUT, EX_NOINPUT },
	{ FAULT_PERM, FAULT_NO_OUTPUT, EX_CANTCREAT },
	{ FAULT_PERM, "5.0.0", EX_UNAVAILABLE },
	{ FAULT_PERM, "", EX_UNAVAILABLE },
};

START_TEST(test_exit)
{
	struct fault f = { .kind = exits[_i].kind };

	memcpy(f.status, exits[_i].status, strlen(exits[_i].status) + 1);
	ck_assert_int_eq(fault_exit(&f), exits[_i].want);
}
END_TEST

static const struct {
	enum fault_kind kind;
	const char *status;
	enum fault_kind want;
	const char *want_status;
} deferred[] = {
	{ FAULT_PERM, "5.3.5", FAULT_TEMP, "4.3.5" }, { FAULT_USAGE, "5.3.5", FAULT_TEMP, "4.3.5" },
	{ FAULT_BUG, "4.3.0", FAULT_TEMP, "4.3.0" },  { FAULT_TEMP, "4.2.2", FAULT_TEMP, "4.2.2" },
	{ FAULT_PERM, "5.1.1", FAULT_PERM, "5.1.1" }, { FAULT_NONE, "2.0.0", FAULT_NONE, "2.0.0" },
};

START_TEST(test_defer)
{
	struct fault f = { .kind = deferred[_i].kind };

	memcpy(f.status, deferred[_i].status, strlen(deferred[_i].status) + 1);
	fault_defer(&f);
	ck_assert_int_eq(f.kind, deferred[_i].want);
	ck_assert_str_eq(f.status, deferred[_i].want_status);
}
END_TEST

static const struct {
	enum fault_kind kind;
	const char *status, *id;
	const char *want; /* status and text; NULL: as it was */
} hidden[] = {
	{ FAULT_TEMP, "4.3.0", "ID", "4.3.0 Local problem, try again later (ID)" },
	{ FAULT_TEMP, "4.3.5", NULL, "4.3.0 Local problem, try again later" },
	{ FAULT_TEMP, "4.3.1", "ID", "4.3.1 Insufficient storage, try again later (ID)" },
	{ FAULT_PERM, "5.3.5", "ID", "5.3.0 Local problem (ID)" },
	{ FAULT_BUG, "4.3.0", "ID", "4.3.0 Local problem, try again later (ID)" },
	{ FAULT_BUG, "", NULL, "4.3.0 Local problem, try again later" },
	{ FAULT_USAGE, "5.3.5", NULL, "4.3.0 Local problem, try again later" },
	{ FAULT_TEMP, "4.3.2", "ID", NULL },
	{ FAULT_PERM, "5.3.4", "ID", NULL },
	{ FAULT_PERM, "5.3.0", "ID", NULL },
	{ FAULT_PERM, "5.1.1", "ID", NULL },
	{ FAULT_TEMP, "", "ID", NULL },
	{ FAULT_NONE, "2.3.0", "ID", NULL },
};

START_TEST(test_hide)
{
	struct fault f = { .kind = hidden[_i].kind, .reply = 451, .text = "cannot open /secret" };
	char got[sizeof(f.status) + sizeof(f.text) + 1];

	memcpy(f.status, hidden[_i].status, strlen(hidden[_i].status) + 1);
	ck_assert_int_eq(fault_is_private(&f), hidden[_i].want != NULL);
	fault_hide(&f, hidden[_i].id);
	snprintf(got, sizeof(got), "%s %s", f.status, f.text);
	ck_assert_int_eq(f.kind, hidden[_i].kind);
	ck_assert_int_eq(f.reply, 451);
	if (hidden[_i].want)
		ck_assert_str_eq(got, hidden[_i].want);
	else
		ck_assert_str_eq(f.text, "cannot open /secret");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_fill);
	tcase_add_test(tc, test_nobody_reads_it);
	tcase_add_test(tc, test_text_is_bounded);
	tcase_add_loop_test(tc, test_errno, 0, COUNT(numbers));
	tcase_add_loop_test(tc, test_exit, 0, COUNT(exits));
	tcase_add_loop_test(tc, test_defer, 0, COUNT(deferred));
	tcase_add_loop_test(tc, test_hide, 0, COUNT(hidden));
}

CHECK_MAIN(fault, add_tests)
