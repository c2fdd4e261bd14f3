/* SPDX-License-Identifier: ISC */
#include "list/outbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/post_case.h"
#include "support/tempdir.h"

#define HASH "0123456789abcdef"
#define TEXT "Author: Al <al@x>\nFrom: friends@example.org\nSubject: =?utf-8?q?gr=C3=BCn?=\n\nhi\n"

static struct post_case c;

static int commit_text(uint64_t number, const char *hash, bool nobody, const char *text, struct fault *f)
{
	struct envelope_rcpt rcpt = { .address = "al@x" };
	struct envelope e = { .sender = "", .n = 1, .rcpts = &rcpt, .arrived_us = 1 };
	struct spool_writer w;

	ck_assert_int_eq(spool_begin(&c.spool, &w, &e, 0, f), 0);
	spool_put(&w, text, strlen(text));
	return outbox_commit(&c.run, &w, number, hash, nobody, f);
}

static int commit(uint64_t number, const char *hash, bool nobody, struct fault *f)
{
	return commit_text(number, hash, nobody, TEXT, f);
}

static const char *sent(void)
{
	struct span rest = span_str(mailing_list_file(&c.list, "posts")), line;
	struct buf out;
	const char *text;

	buf_init(&out, 10000);
	while (rest.n) {
		line = span_cut(&rest, '\n');
		buf_put_span(&out, span_cut(&line, ' '));
		span_cut(&line, ' ');
		buf_printf(&out, " %.*s\n", SPAN_ARG(line));
	}
	text = arena_span(&c.arena, buf_span(&out));
	buf_clear(&out);
	return text;
}

/* Nothing is in the queue until it is written down; then all of it is, once. */
START_TEST(test_order)
{
	struct fault f;

	post_case_open(&c, "", "");
	ck_assert_msg(commit(1, HASH, false, &f) == 0, "%s", f.text);
	ck_assert_str_eq(post_case_queue(&c), "");
	ck_assert_str_eq(sent(), "");
	ck_assert_msg(outbox_recover(&c.run, &f) == 0, "%s", f.text);
	ck_assert_str_eq(post_case_queue(&c), "<> al@x\n");
	ck_assert_str_eq(sent(), "1 " HASH " 79 al@x grün\n");
	ck_assert_int_eq(outbox_recover(&c.run, &f), 0);
	ck_assert_str_eq(post_case_queue(&c), "<> al@x\n");
	ck_assert_str_eq(sent(), "1 " HASH " 79 al@x grün\n");
	post_case_close(&c);
}
END_TEST

static const char *const foreign[] = {
	"12.what",
	"1.what",
	"0." HASH ".nobody",
	"2." HASH "0.nobody",
	"3." HASH ".somebody",
	"4294967295." HASH ".nobody",
	"5." HASH ".0123456789ABCDEF.swp",
	"x." HASH ".0123456789ABCDEF",
};

/* Several that were left there, in their order; one that was written down already; what is no post is left alone. */
START_TEST(test_recover)
{
	struct fault f;

	post_case_open(&c, "archive=no", "");
	ck_assert_int_eq(commit(10, "aaaaaaaaaaaaaaaa", false, &f), 0);
	ck_assert_int_eq(commit(9, "bbbbbbbbbbbbbbbb", false, &f), 0);
	ck_assert_int_eq(outbox_recover(&c.run, &f), 0);
	ck_assert_int_eq(commit(10, "aaaaaaaaaaaaaaaa", false, &f), 0);
	ck_assert_int_eq(commit(11, "cccccccccccccccc", true, &f), 0);
	for (int i = 0; i < COUNT(foreign); i++)
		tempdir_write(arena_printf(&c.arena, "lists/friends/outbox/%s", foreign[i]), "is this", 0600);
	ck_assert_int_eq(outbox_recover(&c.run, &f), 0);
	ck_assert_str_eq(post_case_queue(&c), "<> al@x\n<> al@x\n<> al@x\n");
	ck_assert_str_eq(sent(), "9 bbbbbbbbbbbbbbbb 79 al@x grün\n10 aaaaaaaaaaaaaaaa 79 al@x grün\n"
				 "11 cccccccccccccccc 79 al@x grün\n");
	ck_assert_int_eq(faccessat(c.list.dir, "archive", F_OK, 0), -1);
	for (int i = 0; i < COUNT(foreign); i++)
		ck_assert_int_eq(unlink(tempdir_path(arena_printf(&c.arena, "lists/friends/outbox/%s", foreign[i]))),
				 0);
	ck_assert_int_eq(unlinkat(c.list.dir, "outbox", AT_REMOVEDIR), 0);
	post_case_close(&c);
}
END_TEST

/* Who wrote it. */
START_TEST(test_author)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "From: Bo <bo@x>\nSubject: a\n\n", "1 " HASH " 28 bo@x a\n" },
		{ "Subject: a\n\n", "1 " HASH " 12 - a\n" },
		{ "From: nobody at all\nSubject: a\n\n", "1 " HASH " 32 - a\n" },
	};
	struct fault f;

	post_case_open(&c, "", "");
	ck_assert_int_eq(commit_text(1, HASH, true, rows[_i].text, &f), 0);
	ck_assert_int_eq(outbox_recover(&c.run, &f), 0);
	ck_assert_str_eq(sent(), rows[_i].want);
	post_case_close(&c);
}
END_TEST

/* What cannot be done now leaves it where it is. */
START_TEST(test_trouble)
{
	struct fault f;

	post_case_open(&c, "", "");
	ck_assert_int_eq(commit(1, HASH, false, &f), 0);
	post_case_write(&c, "archive", "in the way");
	ck_assert_int_eq(outbox_recover(&c.run, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(post_case_queue(&c), "");
	ck_assert_int_eq(unlinkat(c.list.dir, "archive", 0), 0);
	ck_assert_int_eq(outbox_recover(&c.run, &f), 0);
	ck_assert_str_eq(post_case_queue(&c), "<> al@x\n");
	/* And one that finds no place is not accepted. */
	ck_assert_int_eq(unlinkat(c.list.dir, "outbox", AT_REMOVEDIR), 0);
	post_case_write(&c, "outbox", "in the way");
	ck_assert_int_eq(commit(2, HASH, false, &f), -1);
	ck_assert_int_eq(unlinkat(c.spool.dir, "tmp", AT_REMOVEDIR), 0);
	ck_assert_int_eq(outbox_recover(&c.run, &f), -1);
	post_case_close(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_recover);
	tcase_add_loop_test(tc, test_author, 0, 3);
	tcase_add_test(tc, test_trouble);
}

CHECK_MAIN(outbox, add_tests)
