/* SPDX-License-Identifier: ISC */
#include "store/metadata.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct arena arena;
static struct fault fault;
static int dir;

static void setup(void)
{
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(dir, 0);
}

static void teardown(void)
{
	arena_clear(&arena);
	close(dir);
	tempdir_remove();
}

static const struct {
	const char *name;
	bool want;
} names[] = {
	{ "/private/comment", true }, { "/SHARED/vendor/x/y", true },
	{ "/private/", false },	      { "/private", false },
	{ "/private//x", false },     { "/private/x/", false },
	{ "/other/x", false },	      { "private/x", false },
	{ "/private/a b", false },    { "/private/a*", false },
	{ "/private/a%", false },     { "/private/\xc3\xa4", false },
	{ "/private/a\nb", false },   { "", false },
};

START_TEST(test_names)
{
	ck_assert_int_eq(metadata_check_name(span_str(names[_i].name), &fault) == 0, names[_i].want);
	if (!names[_i].want)
		ck_assert_int_eq(fault.kind, FAULT_PERM);
}
END_TEST

/* What is written of what was read. */
static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "/private/comment My%20own\n", "/private/comment My%20own\n" },
	{ "/Private/A b\n/private/a c\n/shared/b \n", "/private/a b\n/shared/b \n" },
	{ "garbage\n/private/x %4\n/private/y %zz\n/private/z %41%0a%00", "/private/z A%0A%00\n" },
	{ "\n\n/private/x a b\n", "/private/x a%20b\n" },
};

START_TEST(test_parse)
{
	struct metadata m;
	struct buf out;

	buf_init(&out, 1000);
	metadata_parse(&arena, span_str(rows[_i].text), &m);
	metadata_put(&out, &m);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

static int set(const char *name, const char *value)
{
	struct metadata_entry e = { span_str(name), span_str(value) };

	return metadata_set(dir, METADATA_FOLDER, &e, 1, &fault);
}

static const char *get(const char *name)
{
	struct metadata m;
	struct span value;

	ck_assert_int_eq(metadata_read(&arena, dir, METADATA_FOLDER, &m, &fault), 0);
	value = metadata_find(&m, span_str(name));
	return value.p ? arena_span(&arena, value) : NULL;
}

START_TEST(test_set)
{
	ck_assert_ptr_null(get("/private/a"));
	ck_assert_int_eq(set("/private/a", "1\n2"), 0);
	ck_assert_int_eq(set("/private/B", ""), 0);
	ck_assert_str_eq(get("/PRIVATE/a"), "1\n2");
	ck_assert_str_eq(get("/private/b"), "");
	ck_assert_int_eq(set("/private/A", NULL), 0);
	ck_assert_ptr_null(get("/private/a"));
	struct metadata account;

	ck_assert_int_eq(metadata_read(&arena, dir, METADATA_ACCOUNT, &account, &fault), 0);
	ck_assert_uint_eq(account.n, 0);
}
END_TEST

/* All or nothing. */
START_TEST(test_limits)
{
	static char large[METADATA_VALUE_MAX + 2];
	const struct metadata_entry two[] = { { SPAN("/private/ok"), SPAN("x") },
					      { SPAN("/private/large"), { large, METADATA_VALUE_MAX + 1 } } };

	memset(large, 'x', sizeof(large) - 1);
	ck_assert_int_eq(metadata_set(dir, METADATA_FOLDER, two, 2, &fault), -1);
	ck_assert_str_eq(fault.status, "5.3.4");
	ck_assert_ptr_null(get("/private/ok"));
	large[METADATA_VALUE_MAX] = '\0';
	ck_assert_int_eq(set("/private/large", large), 0);
	for (int i = 1; i < METADATA_ENTRIES_MAX; i++)
		ck_assert_int_eq(set(arena_printf(&arena, "/private/%d", i), "x"), 0);
	ck_assert_int_eq(set("/private/last", "x"), -1);
	ck_assert_str_eq(fault.status, "5.3.0");
	ck_assert_int_eq(set("/private/1", "y"), 0);
}
END_TEST

START_TEST(test_full_disk)
{
	struct rlimit before, limit;

	ck_assert_int_eq(set("/private/a", "old"), 0);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 10;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(set("/private/a", "new"), -1);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_str_eq(get("/private/a"), "old");
}
END_TEST

START_TEST(test_rivals)
{
	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < 10; k++)
			if (set(arena_printf(&arena, "/private/%d-%d", i, k), "x") < 0)
				_exit(1);
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	for (int i = 0; i < 4; i++)
		for (int k = 0; k < 10; k++)
			ck_assert_ptr_nonnull(get(arena_printf(&arena, "/private/%d-%d", i, k)));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_names, 0, COUNT(names));
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_set);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_rivals);
}

CHECK_MAIN(metadata, add_tests)
