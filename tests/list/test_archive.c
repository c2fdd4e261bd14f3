/* SPDX-License-Identifier: ISC */
#include "list/archive.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "message/prose.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct mailbox box;
static int dir;
static struct archive archive;
static const struct archive_rules rules = { .prefix = "[l %d]", .addresses = PROSE_HIDDEN };

static void post(int n, const char *text)
{
	char name[100];

	snprintf(name, sizeof(name), "box/new/%d.M%d.test", 1700000000 + n, n);
	tempdir_write(name, text, 0600);
}

static void begin(bool anew)
{
	struct fault f;

	tempdir_write("box/cur/.keep", "", 0600);
	tempdir_write("box/tmp/.keep", "", 0600);
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("box"), MAILBOX_CREATE | MAILBOX_MOVE_NEW, &f), 0);
	ck_assert_msg(archive_open(&archive, dir, 7, anew, &f) == 0, "%s", f.text);
	ck_assert_msg(archive_sync(&archive, &box, &rules, &f) == 0, "%s", f.text);
	archive_arrange(&archive);
}

static void end(bool save)
{
	struct fault f;

	if (save)
		ck_assert_msg(archive_save(&archive, dir, &f) == 0, "%s", f.text);
	archive_close(&archive);
	mailbox_close(&box);
	close(dir);
}

#define IS(span, text) ck_assert_msg(span_is(span, span_str(text)), "%.*s", SPAN_ARG(span))

static void tear_down(void)
{
	tempdir_remove();
}

START_TEST(test_facts)
{
	post(1,
	     "From: \"Green, Al\" <al@example.net>\nSubject: Re: [l 12] lunch\nDate: Sun, 1 Feb 2026 10:00:00 +0100\n"
	     "Message-ID: <one@x>\n\nCome, bo@x\n");
	post(2, "From: al@example.net\nReferences: <a@x> <one@x>\nDate: yesterday\n\n");
	begin(false);
	ck_assert_uint_eq(archive.n, 2);
	IS(archive.v[0].author, "Green, Al");
	IS(archive.v[0].subject, "Re: lunch");
	IS(archive.v[0].preview, "Come, bo@\xe2\x80\xa6");
	ck_assert_int_eq(archive.v[0].date, 1769936400);
	IS(archive.v[1].author, "al@\xe2\x80\xa6");
	IS(archive.v[1].subject, "(no subject)");
	ck_assert(span_is(archive.v[0].author_key, archive.v[1].author_key));
	ck_assert_uint_eq(archive.v[1].references.n, 2 * ARCHIVE_ID);
	ck_assert_uint_eq(archive.v[0].hash.n, WEBNAME_HASH);
	ck_assert_uint_eq(archive.v[1].hash.n, 0);
	end(false);
}
END_TEST

START_TEST(test_arrange)
{
	post(1, "Message-ID: <b@x>\nIn-Reply-To: <a@x>\nDate: Sun, 1 Feb 2026 10:00:00 +0000\n\n");
	post(2, "Message-ID: <a@x>\nDate: Sat, 31 Jan 2026 10:00:00 +0000\n\n");
	post(3, "Message-ID: <c@x>\nIn-Reply-To: <a@x>\nDate: Mon, 2 Feb 2026 10:00:00 +0000\n\n");
	post(4, "Message-ID: <a@x>\nDate: Mon, 2 Feb 2026 11:00:00 +0000\n\n");
	begin(false);
	ck_assert_uint_eq(archive.nmonths, 2);
	ck_assert_int_eq(archive.months[1].key, 2026 * 12 + 1);
	ck_assert_uint_eq(archive.months[1].n, 3);
	ck_assert_int_eq(archive.v[0].parent, 1);
	ck_assert_int_eq(archive.v[1].first_child, 0);
	ck_assert_int_eq(archive.v[0].next_sibling, 2);
	ck_assert_int_eq(archive.v[1].date_next, 0);
	ck_assert_int_eq(archive.v[0].date_previous, 1);
	ck_assert_uint_eq(archive.nthreads, 2);
	ck_assert_int_eq(archive.threads[0], 1);
	ck_assert_uint_eq(archive.v[1].thread_count, 3);
	ck_assert_int_eq(archive.v[1].thread_latest, 2);
	ck_assert(archive.v[1].has_permalink && !archive.v[3].has_permalink);
	end(false);
}
END_TEST

/* What is written is read again; what is appended counts, and what is torn does not. */
START_TEST(test_file)
{
	post(1, "From: a@x\nSubject: one\nMessage-ID: <a@x>\n\nHello\n");
	begin(false);
	archive_note_page(&archive, &archive.v[0], 5);
	archive_note_month(&archive, archive.months[0].key, 6);
	end(true);
	post(2, "From: b@x\nSubject: two\n\n");
	begin(false);
	ck_assert(!archive.is_anew && !archive.v[0].is_new && archive.v[1].is_new);
	ck_assert_uint_eq(archive.v[0].page_sum, 5);
	ck_assert_uint_eq(archive_month_sum(&archive, archive.months[0].key), 6);
	IS(archive.v[0].preview, "Hello");
	archive_note_thread(&archive, &archive.v[1], 9);
	end(true);
	begin(false);
	ck_assert_uint_eq(archive.v[1].thread_sum, 9);
	archive_note_gone(&archive, &archive.v[0]);
	end(true);
	begin(false);
	/* It is in the box, so it is read again. */
	ck_assert(archive.v[0].is_new && !archive.v[0].is_gone && archive.v[0].page_sum == 0);
	end(false);
	begin(true);
	ck_assert(archive.is_anew && archive.v[0].is_new && archive.v[1].is_new);
	end(false);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tear_down);
	tcase_add_test(tc, test_facts);
	tcase_add_test(tc, test_arrange);
	tcase_add_test(tc, test_file);
}

CHECK_MAIN(archive, add_tests)
