/* SPDX-License-Identifier: ISC */
#include "imap/source.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/summary.h"
#include "support/sourcetest.h"

static const char message[] = "From: a@b\nX-Other: 1\nDate: Sat, 22 Nov 2025 22:00:00 +0100\nSubject: "
			      "s\n\tfolded\nContent-Type: text/plain\n\nthe text\nof it\n";

static void setup(void)
{
	make_box();
	write_message("1.a", SPAN(message));
}

static void check_text(int rc, struct span got, const char *want)
{
	struct arena a = { 0 };

	ck_assert_int_eq(rc, 0);
	ck_assert_str_eq(arena_span(&a, got), want);
	arena_clear(&a);
}

static void check_all(void)
{
	struct imap_sent sent;
	struct span text;
	uint64_t size;
	int64_t when;
	int rc;

	imap_source_turn(&source, 0);
	rc = imap_source_fields(&source, &text, &fault);
	check_text(
		rc, text,
		"From: a@b\nDate: Sat, 22 Nov 2025 22:00:00 +0100\nSubject: s\n\tfolded\nContent-Type: text/plain\n");
	rc = imap_source_envelope(&source, &text, &fault);
	check_text(rc, text,
		   "(\"Sat, 22 Nov 2025 22:00:00 +0100\" \"s\tfolded\" ((NIL NIL \"a\" \"b\")) ((NIL NIL \"a\" \"b\")) "
		   "((NIL NIL \"a\" \"b\")) NIL NIL "
		   "NIL NIL NIL)");
	rc = imap_source_structure(&source, &text, &fault);
	check_text(rc, text, "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 17 2 NIL NIL NIL NIL)");
	rc = imap_source_preview(&source, &text, &fault);
	check_text(rc, text, "the text of it");
	ck_assert_int_eq(imap_source_size(&source, &size, &fault), 0);
	ck_assert_uint_eq(size, sizeof(message) - 1 + 9);
	ck_assert_int_eq(imap_source_date(&source, &when, &fault), 0);
	ck_assert_int_eq(when, WHEN);
	ck_assert_int_eq(imap_source_sent(&source, &sent, &fault), 0);
	ck_assert(sent.is_known && sent.when == 1763848800 - 3600 && sent.day == 1763848800 / 86400);
	imap_source_end(&source);
}

/* From the file, and the second time from what was kept, which must not need the file. */
START_TEST(test_kept)
{
	struct span text;

	open_box();
	check_all();
	check_all();
	imap_source_rest(&source);
	check_all();
	close_box();
	open_box();
	if (_i == 0) {
		ck_assert_int_eq(unlink(tempdir_path("box/" SUMMARY_FILE)), 0);
	} else {
		ck_assert_int_eq(truncate(tempdir_path("box/cur/1.a:2,"), 0), 0);
		imap_source_turn(&source, 0);
		ck_assert(imap_source_has_preview(&source, &text));
	}
	check_all();
}
END_TEST

START_TEST(test_header)
{
	struct span text;

	open_box();
	imap_source_turn(&source, 0);
	ck_assert_int_eq(imap_source_header(&source, &text, &fault), 0);
	ck_assert_uint_eq(text.n, strstr(message, "\n\n") + 2 - message);
	ck_assert(imap_source_keeps(SPAN("sUBJECT")));
	ck_assert(!imap_source_keeps(SPAN("X-Other")));
	ck_assert(!imap_source_keeps(SPAN("")));
}
END_TEST

/* Headers that are longer than a piece, longer than the limit, and never end. */
static const struct {
	size_t lines;
	bool ends;
} headers[] = { { 1, false }, { 1000, true }, { 1000, false }, { 4000, true }, { 4000, false } };

START_TEST(test_long_header)
{
	static const char line[] = "X-A: 0123456789012345678901234567890123456789012345678901234567890123456789\n";
	size_t n = sizeof(line) - 1, all = headers[_i].lines * n;
	struct span text;
	struct buf file;

	buf_init(&file, 1 << 20);
	for (size_t i = 0; i < headers[_i].lines; i++)
		buf_put_str(&file, line);
	if (headers[_i].ends)
		buf_put_str(&file, "\nbody\n");
	write_message("2.b", buf_span(&file));
	buf_clear(&file);
	open_box();
	imap_source_turn(&source, 1);
	ck_assert_int_eq(imap_source_header(&source, &text, &fault), 0);
	if (all <= MIME_HEADER_MAX)
		ck_assert_uint_eq(text.n, all + headers[_i].ends);
	else
		ck_assert(text.n <= MIME_HEADER_MAX && text.n > MIME_HEADER_MAX - n && text.n % n == 0);
}
END_TEST

/* A message that is gone, and one that cannot be read, before and after it was opened. */
START_TEST(test_gone)
{
	struct mime_place end;
	struct span text;

	write_message("2.b", SPAN(message));
	open_box();
	imap_source_turn(&source, 0);
	ck_assert_int_eq(imap_source_open(&source, &fault), 0);
	ck_assert_int_eq(unlink(tempdir_path("box/cur/1.a:2,")), 0);
	ck_assert_int_eq(imap_source_measure(&source, &end, &fault), 0);
	ck_assert_uint_eq(end.at, sizeof(message) - 1);
	imap_source_turn(&source, 0);
	ck_assert_int_eq(imap_source_header(&source, &text, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	imap_source_turn(&source, 1);
	ck_assert_int_eq(imap_source_open(&source, &fault), 0);
	ck_assert_int_eq(truncate(tempdir_path("box/cur/2.b:2,"), 3), 0);
	ck_assert_int_eq(imap_source_read(&source, 3, 10, &text, &fault), -1);
	ck_assert_int_eq(errno, EIO);
	ck_assert_int_eq(imap_source_read(&source, 0, 10, &text, &fault), 0);
	ck_assert_uint_eq(text.n, 3);
	ck_assert_int_eq(imap_source_structure(&source, &text, &fault), -1);
}
END_TEST

/* A wrong size in the name is corrected by who reads it. */
START_TEST(test_wrong_size)
{
	struct mime_place end;
	uint64_t size;

	write_message("2.b,S=5,W=6", SPAN(message));
	open_box();
	imap_source_turn(&source, 1);
	ck_assert_int_eq(imap_source_size(&source, &size, &fault), 0);
	ck_assert_uint_eq(size, 6);
	ck_assert_int_eq(imap_source_measure(&source, &end, &fault), 0);
	ck_assert_int_eq(imap_source_size(&source, &size, &fault), 0);
	ck_assert_uint_eq(size, sizeof(message) - 1 + 9);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_kept, 0, 2);
	tcase_add_test(tc, test_header);
	tcase_add_loop_test(tc, test_long_header, 0, COUNT(headers));
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_wrong_size);
}

CHECK_MAIN(source, add_tests)
