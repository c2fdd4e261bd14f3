/* SPDX-License-Identifier: ISC */
#include "list/page.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "list/webname.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

static const char *const assignments[] = { "archive_access=public", "archive_url=https://lists.example.org/friends",
					   "description=Friends <of> \"tests\"", "subject_prefix=[friends]", NULL };

static struct list list;
static struct arena arena;

/* A message of the archive; `n` orders them. */
static void post(int n, const char *text)
{
	char name[100];

	snprintf(name, sizeof(name), "lists/friends/archive/new/%d.M%d.test", 1700000000 + n, n);
	tempdir_write(name, text, 0600);
}

static void open_friends(void)
{
	mailing_list_open(&list, "friends", assignments);
	tempdir_write("lists/friends/archive/cur/.keep", "", 0600);
	tempdir_write("lists/friends/archive/tmp/.keep", "", 0600);
}

static void close_friends(void)
{
	list_close(&list);
	arena_clear(&arena);
	tempdir_remove();
}

static struct page_report build(bool rebuild)
{
	struct page_report report;
	struct fault f;

	ck_assert_msg(page_build(&list, &(struct page_options){ .rebuild = rebuild }, &report, &f) == 0, "%s", f.text);
	return report;
}

static bool exists(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "lists/friends/html/%s", name);
	return access(tempdir_path(path), F_OK) == 0;
}

static const char *page(const char *name)
{
	char path[200];
	struct span text;
	struct fault f;

	snprintf(path, sizeof(path), "lists/friends/html/%s", name);
	ck_assert_msg(disk_read_file(&arena, AT_FDCWD, tempdir_path(path), 1 << 20, &text, &f) == 0, "%s", f.text);
	return arena_span(&arena, text);
}

#define HAS(name, text)	  ck_assert_msg(strstr(page(name), text) != NULL, "%s in %s:\n%s", text, name, page(name))
#define LACKS(name, text) ck_assert_msg(strstr(page(name), text) == NULL, "%s in %s:\n%s", text, name, page(name))

#define ONE                                                                                                            \
	"From: Al Green <al@example.net>\nDate: Sun, 22 Nov 2026 08:00:00 +0000\nMessage-ID: <one@x>\n"                \
	"Subject: [friends] Lunch\n\nShall we? Write to al@example.net\n"
#define TWO                                                                                                            \
	"From: =?utf-8?q?J=C3=B6rg?= <jo@example.net>\nDate: Sun, 22 Nov 2026 09:00:00 +0000\nMessage-ID: <two@x>\n"   \
	"In-Reply-To: <one@x>\nSubject: Re: [friends] Lunch\n\n> Shall we?\nYes\n"
#define OTHER                                                                                                          \
	"From: bo@example.net\nDate: Thu, 1 Oct 2026 09:00:00 +0000\nMessage-ID: <three@x>\nSubject: "                 \
	"Winter\n\nCold.\n"

static const char *name_of(const char *id)
{
	char hash[WEBNAME_HASH + 1];

	ck_assert_int_eq(webname_hash(span_str(id), hash, NULL), 0);
	return arena_printf(&arena, "%s.html", hash);
}

START_TEST(test_pages)
{
	open_friends();
	post(1, ONE);
	post(2, TWO);
	post(3, OTHER);
	ck_assert_uint_eq(build(false).messages, 3);
	HAS("1.html", "<h1><bdi>Lunch</bdi></h1>");
	HAS("1.html", "Write to al at example.net");
	HAS("1.html", "<link rel=\"canonical\" href=\"https://lists.example.org/friends/");
	LACKS("1.html", "al@example.net");
	HAS(name_of("<two@x>"), "J\303\266rg");
	HAS(name_of("<two@x>"), "<blockquote class=\"q1\">");
	HAS("thread-1.html", "2 messages");
	ck_assert(!exists("thread-3.html"));
	HAS("2026-11.html", "thread-1.html");
	HAS("2026-10.html", "bo at example.net");
	HAS("2026-11-date.html", "Lunch");
	HAS("2026-11-author.html", "J\303\266rg");
	HAS("index.html", "Friends &lt;of&gt; &quot;tests&quot;");
	HAS("index.html", "November 2026");
	HAS("feed.atom", "urn:sha1:");
	HAS("sitemap.xml", "sitemap-2026-10.xml");
	HAS("sitemap-2026-11.xml", name_of("<one@x>"));
	HAS("style.css", "prefers-color-scheme");
	close_friends();
}
END_TEST

/* What a second run writes: nothing; behind a new message the pages that lead to it. */
START_TEST(test_incremental)
{
	struct page_report report;

	open_friends();
	post(1, ONE);
	post(3, OTHER);
	build(false);
	report = build(false);
	ck_assert_uint_eq(report.written, 0);
	ck_assert_uint_eq(report.removed, 0);
	post(4, TWO);
	report = build(false);
	/* Its page and that of what it answers, by two names; the thread, a month and its sitemap, front and feed. */
	ck_assert_uint_eq(report.written, 2 + 2 + 1 + 3 + 1 + 1 + 1);
	HAS(name_of("<one@x>"), name_of("<two@x>"));
	HAS(name_of("<two@x>"), "In reply to");
	ck_assert_uint_eq(build(false).written, 0);
	ck_assert_uint_ge(build(true).written, 10);
	close_friends();
}
END_TEST

static void remove_message(const char *end)
{
	const char *path = tempdir_path("lists/friends/archive/cur");
	DIR *d = opendir(path);
	const struct dirent *e;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		if (strstr(e->d_name, end))
			ck_assert_int_eq(unlinkat(dirfd(d), e->d_name, 0), 0);
	closedir(d);
}

START_TEST(test_removed)
{
	open_friends();
	post(1, ONE);
	post(2, TWO);
	post(3, OTHER);
	build(false);
	remove_message("M2.test");
	remove_message("M3.test");
	build(false);
	ck_assert(!exists("2.html") && !exists("3.html") && !exists("thread-1.html") && !exists("2026-10.html"));
	ck_assert(!exists(name_of("<two@x>")));
	LACKS("1.html", "Answers");
	LACKS("index.html", "October");
	close_friends();
}
END_TEST

#define FILES                                                                                                          \
	"From: al@example.net\nDate: Sun, 22 Nov 2026 08:00:00 +0000\nMessage-ID: <f@x>\nSubject: files\n"             \
	"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n"                                 \
	"--b\nContent-Type: text/html; name=\"../x<y>.html\"\nContent-Disposition: attachment\n\n<script>1</script>\n" \
	"--b\nContent-Type: image/png; name=dot.png\nContent-Transfer-Encoding: base64\n\niVBORw==\n--b--\n"

START_TEST(test_files)
{
	open_friends();
	post(1, FILES);
	build(false);
	HAS("1.html", "attachments/1/1-x_y_-html.txt");
	HAS("1.html", "<img loading=\"lazy\" src=\"attachments/1/2-dot.png\" alt=\"dot.png\">");
	LACKS("1.html", "<script");
	HAS("attachments/1/1-x_y_-html.txt", "<script>1</script>");
	ck_assert_str_eq(page("attachments/1/2-dot.png"), "\x89PNG");
	remove_message("M1.test");
	build(false);
	ck_assert(!exists("attachments/1"));
	close_friends();
}
END_TEST

/* Nothing of it is more than text, wherever it stands. */
#define EVIL "\\\"><script>alert(1)</script>&lt;\xe2\x80\xae"

static const char *const evil_pages[] = { "1.html",	"2026-11.html", "2026-11-date.html", "2026-11-author.html",
					  "index.html", "feed.atom",	"thread-1.html" };

START_TEST(test_escaped)
{
	open_friends();
	post(1,
	     "From: \"" EVIL "\" <a@x>\nSubject: " EVIL "\nMessage-ID: <e@x>\nDate: Sun, 22 Nov 2026 08:00:00 +0000\n"
	     "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" EVIL "\nhttp://x/" EVIL "\n--b\n"
	     "Content-Type: application/x-\"><script>; name=\"" EVIL ".pdf\"\n\nx\n--b--\n");
	post(2, "From: \"" EVIL "\" <a@x>\nSubject: " EVIL
		"\nIn-Reply-To: <e@x>\nDate: Sun, 22 Nov 2026 08:00:00 +0000\n\n" EVIL);
	build(false);
	for (size_t i = 0; i < sizeof(evil_pages) / sizeof(evil_pages[0]); i++) {
		LACKS(evil_pages[i], "<script");
		LACKS(evil_pages[i], "\xe2\x80\xae");
		HAS(evil_pages[i], "&lt;script&gt;alert(1)");
	}
	close_friends();
}
END_TEST

/* An answer that comes before what it answers; two messages with one id; none at all; a date that cannot be. */
START_TEST(test_odd)
{
	open_friends();
	post(1, TWO);
	build(false);
	post(2, ONE);
	post(3, ONE);
	post(4, "From: x\nDate: Tue, 1 Jan 2126 00:00:00 +0000\n\n");
	build(false);
	HAS("2.html", "Answers");
	ck_assert(!exists("thread-1.html") && exists("thread-2.html"));
	HAS("3.html", "canonical\" href=\"https://lists.example.org/friends/3.html");
	HAS("4.html", "(no subject)");
	HAS("4.html", "This message has no text");
	LACKS("4.html", "2126");
	/* The name passes on when the first goes. */
	remove_message("M2.test");
	build(false);
	HAS(name_of("<one@x>"), "#3");
	close_friends();
}
END_TEST

/* Whatever is in the file beside the pages, the pages are right afterwards. */
static const char *const damaged[] = { "", "pages 1 0000000000000000\n", "junk", "pages 1 zz\nm\t1\n", NULL };

START_TEST(test_damaged)
{
	open_friends();
	post(1, ONE);
	build(false);
	if (damaged[_i])
		tempdir_write("lists/friends/html/.pages", damaged[_i], 0600);
	else
		ck_assert_int_eq(truncate(tempdir_path("lists/friends/html/.pages"), 60), 0);
	ck_assert_int_eq(unlink(tempdir_path("lists/friends/html/1.html")), 0);
	tempdir_write("lists/friends/html/thread-9.html", "old", 0600);
	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("lists/friends/html/thread-9.html"),
				   (struct timespec[]){ { 1000000000, 0 }, { 1000000000, 0 } }, 0),
			 0);
	build(false);
	ck_assert(exists("1.html"));
	ck_assert(!damaged[_i] || !exists("thread-9.html"));
	ck_assert_uint_eq(build(false).written, 0);
	close_friends();
}
END_TEST

START_TEST(test_not_public)
{
	static const char *const members_only[] = { "archive_access=members", NULL };

	open_friends();
	post(1, FILES);
	build(false);
	list_close(&list);
	tempdir_write("lists/friends/config", "archive_access = members\n", 0600);
	ck_assert_int_eq(list_open(&list, mailing_list_places(), "friends", NULL), 0);
	build(false);
	ck_assert(!exists("1.html") && !exists("index.html") && !exists(".pages") && !exists("attachments"));
	close_friends();
	mailing_list_open(&list, "others", members_only);
	ck_assert_int_eq(page_update(&list, NULL), 0);
	ck_assert_int_lt(access(tempdir_path("lists/others/html"), F_OK), 0);
	close_friends();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_pages);
	tcase_add_test(tc, test_incremental);
	tcase_add_test(tc, test_removed);
	tcase_add_test(tc, test_files);
	tcase_add_test(tc, test_escaped);
	tcase_add_test(tc, test_odd);
	tcase_add_loop_test(tc, test_damaged, 0, COUNT(damaged));
	tcase_add_test(tc, test_not_public);
}

CHECK_MAIN(page, add_tests)
