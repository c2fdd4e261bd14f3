/* SPDX-License-Identifier: ISC */
#include "list/record.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { ROOM = 1 << 20 };

static const struct {
	struct span word;
	const char *want;
} rows[] = {
	{ SPAN_INIT("al@example.net"), "al@example.net " },
	{ SPAN_INIT(""), "- " },
	{ SPAN_INIT("-"), "%2D " },
	{ SPAN_INIT("--"), "-- " },
	{ SPAN_INIT("\"a b\"@c"), "\"a%20b\"@c " },
	{ SPAN_INIT("100%20"), "100%2520 " },
	{ SPAN_INIT("a\nb\r\0\x7f"), "a%0Ab%0D%00%7F " },
	{ SPAN_INIT("d\303\266rte"), "d\303\266rte " },
};

START_TEST(test_word)
{
	struct arena a = { NULL };
	struct span line;
	struct buf out;

	buf_init(&out, ROOM);
	record_put_word(&out, rows[_i].word);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_put_str(&out, "next");
	line = buf_span(&out);
	ck_assert(span_is(record_cut_word(&line, &a), rows[_i].word));
	ck_assert(span_is(line, SPAN("next")));
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* What is no escape stays as it is. */
START_TEST(test_odd)
{
	struct arena a = { NULL };
	struct span line = SPAN("50% %4 %zz%41%");

	ck_assert(span_is(record_cut_word(&line, &a), SPAN("50%")));
	ck_assert(span_is(record_cut_word(&line, &a), SPAN("%4")));
	ck_assert(span_is(record_cut_word(&line, &a), SPAN("%zzA%")));
	ck_assert_uint_eq(record_cut_word(&line, &a).n, 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_file)
{
	struct list l = { .path = tempdir(), .dir = disk_open_dir(AT_FDCWD, tempdir(), NULL) };
	struct arena a = { NULL };
	struct fault f;
	struct span text, line;

	ck_assert_int_eq(record_read(&l, "posts", &a, &text, NULL), 0);
	ck_assert_uint_eq(text.n, 0);
	ck_assert_int_eq(record_append(&l, "posts", SPAN("one\n"), NULL), 0);
	tempdir_write("posts", "one\ntw", 0600);
	ck_assert_int_eq(record_read(&l, "posts", &a, &text, NULL), 0);
	ck_assert(record_next(&text, &line) == 1 && span_is(line, SPAN("one")));
	ck_assert_int_eq(record_next(&text, &line), 0);
	ck_assert_int_eq(record_append(&l, "posts", SPAN("three\n"), NULL), 0);
	ck_assert_int_eq(record_read(&l, "posts", &a, &text, NULL), 0);
	ck_assert(span_is(text, SPAN("one\ntw\nthree\n")));
	/* No link is followed. */
	ck_assert_int_eq(symlink("posts", tempdir_path("bounces")), 0);
	ck_assert_int_eq(record_append(&l, "bounces", SPAN("x\n"), &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	arena_clear(&a);
	close(l.dir);
	tempdir_remove();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_word, 0, COUNT(rows));
	tcase_add_test(tc, test_odd);
	tcase_add_test(tc, test_file);
}

CHECK_MAIN(record, add_tests)
