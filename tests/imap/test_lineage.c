/* SPDX-License-Identifier: ISC */
#include "imap/lineage.h"

#include <unistd.h>

#include "store/summary.h"
#include "support/sourcetest.h"

static void check_text(struct span got, const char *want)
{
	ck_assert_msg(span_is(got, span_str(want)), "%.*s, not %s", SPAN_ARG(got), want);
}

static const struct {
	const char *text;
	int64_t date;
	const char *id, *references, *reply_to, *subject;
	bool is_reply;
} rows[] = {
	{ "Message-ID: <1@x>\nDate: Sat, 22 Nov 2025 22:00:00 +0100\nSubject: Re: =?utf-8?q?Hello?=\n"
	  "References: <2@x>\n\t<3@x>\nIn-Reply-To: <4@x>\n\nx\n",
	  1763848800 - 3600, " <1@x>", " <2@x>\n\t<3@x>", " <4@x>", "HELLO", true },
	{ "X-Other: 1\n\nx\n", WHEN, "", "", "", "", false },
};

static void check_row(int i)
{
	struct thread_message m = { .number = 7 };

	imap_source_turn(&source, 0);
	ck_assert_int_eq(lineage_find(&source, &m, &fault), 0);
	ck_assert_uint_eq(m.number, 7);
	ck_assert_int_eq(m.date, rows[i].date);
	check_text(m.id, rows[i].id);
	check_text(m.references, rows[i].references);
	check_text(m.reply_to, rows[i].reply_to);
	ck_assert_int_eq(m.is_reply, rows[i].is_reply);
	check_text(m.subject, rows[i].subject);
}

/* Out of the message, then out of what was kept, for which the message is not needed. */
START_TEST(test_kept)
{
	write_message("1.a", span_str(rows[_i].text));
	open_box();
	check_row(_i);
	close_box();
	ck_assert_int_eq(truncate(tempdir_path("box/cur/1.a:2,"), 0), 0);
	open_box();
	check_row(_i);
	check_row(_i);
}
END_TEST

/* A record that was not written by us is no answer. */
START_TEST(test_nonsense)
{
	static const char *const records[] = { "", "short", "0123456701230123012301230123" };

	write_message("1.a", span_str(rows[0].text));
	open_box();
	summary_add(mailbox_summary(&box), SUMMARY_LINEAGE, box.view.uid[0], span_str(records[_i]));
	summary_flush(mailbox_summary(&box));
	check_row(0);
}
END_TEST

/* What is longer than a record may be is found again each time. */
START_TEST(test_long)
{
	enum { LENGTH = SUMMARY_RECORD_MAX };
	struct thread_message m;
	struct buf text;

	buf_init(&text, 2 * LENGTH);
	buf_put_str(&text, "Message-ID: <1@x>\nReferences:");
	while (text.n < LENGTH + 100)
		buf_put_str(&text, " <0123456789012345678901234567890123456789@x>\n");
	buf_put_str(&text, "\nx\n");
	write_message("1.a", buf_span(&text));
	open_box();
	for (int i = 0; i < 2; i++) {
		imap_source_turn(&source, 0);
		ck_assert_int_eq(lineage_find(&source, &m, &fault), 0);
		check_text(m.id, " <1@x>");
		ck_assert_uint_gt(m.references.n, LENGTH);
	}
	buf_clear(&text);
}
END_TEST

START_TEST(test_gone)
{
	struct thread_message m;

	write_message("1.a", span_str(rows[0].text));
	open_box();
	ck_assert_int_eq(unlink(tempdir_path("box/cur/1.a:2,")), 0);
	imap_source_turn(&source, 0);
	ck_assert_int_eq(lineage_find(&source, &m, &fault), -1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, make_box, teardown);
	tcase_add_loop_test(tc, test_kept, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_nonsense, 0, 3);
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_gone);
}

CHECK_MAIN(lineage, add_tests)
