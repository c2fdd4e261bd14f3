/* SPDX-License-Identifier: ISC */
#include "message/report.h"
#include "base/arena.h"
#include "message/header.h"
#include "message/mime.h"
#include "support/check_main.h"

#include <time.h>

enum { ROOM = 1 << 22 };

static const struct report_recipient failed = {
	.action = REPORT_FAILED,
	.final = "nobody@example.com",
	.original = "rfc822;friend@example.com",
	.status = "5.1.1",
	.remote = "mx.example.com",
	.text = "550 5.1.1 <nobody@example.com>: no such user",
	.last_attempt = 880127706,
};

static const struct report usual = {
	.reporting_mta = "mail.example.org",
	.from = "MAILER-DAEMON@mail.example.org",
	.to = "al@example.org",
	.queue_id = "ID1",
	.envid = "QQ314159",
	.message_id = "<ID2@mail.example.org>",
	.boundary = "=_ID1_ID2",
	.now = 880127706,
	.arrived = 880120000,
	.recipients = &failed,
	.n = 1,
};

#define ORIGINAL "Subject: hello\n\nthe text\n"

static void setup(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

static char *put(struct arena *a, const struct report *r, bool headers_only)
{
	struct buf out;
	char *z;

	buf_init(&out, ROOM);
	report_put_head(&out, r, headers_only);
	buf_put_str(&out, ORIGINAL);
	report_put_tail(&out, r);
	ck_assert(!out.overflow);
	z = arena_span(a, buf_span(&out));
	ck_assert_uint_eq(strlen(z), out.n);
	buf_clear(&out);
	return z;
}

static void check_lines(const char *text, bool utf8)
{
	struct span rest = span_str(text);

	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		ck_assert_uint_le(line.n, HEADER_LINE_MAX);
		for (size_t i = 0; i < line.n; i++) {
			ck_assert(line.p[i] == '\t' || (unsigned char)line.p[i] >= 0x20);
			ck_assert(utf8 || (unsigned char)line.p[i] < 0x7f);
		}
	}
}

START_TEST(test_whole)
{
	static const char want[] = "From: Mail Delivery System <MAILER-DAEMON@mail.example.org>\n"
				   "To: <al@example.org>\n"
				   "Date: Fri, 21 Nov 1997 15:55:06 +0000\n"
				   "Message-ID: <ID2@mail.example.org>\n"
				   "Subject: Undelivered Mail Returned to Sender\n"
				   "Auto-Submitted: auto-replied\n"
				   "MIME-Version: 1.0\n"
				   "Content-Type: multipart/report; report-type=delivery-status;\n"
				   "\tboundary=\"=_ID1_ID2\"\n"
				   "\n"
				   "--=_ID1_ID2\n"
				   "Content-Description: Notification\n"
				   "Content-Type: text/plain; charset=us-ascii\n"
				   "\n"
				   "This is the mail system at mail.example.org.\n"
				   "\n"
				   "Your message could not be delivered to the recipients below. It is returned\n"
				   "to you, and will not be tried again.\n"
				   "\n"
				   "<nobody@example.com>:\n"
				   "\tmx.example.com said:\n"
				   "\t550 5.1.1 <nobody@example.com>: no such user\n"
				   "\n"
				   "--=_ID1_ID2\n"
				   "Content-Description: Delivery report\n"
				   "Content-Type: message/delivery-status\n"
				   "\n"
				   "Original-Envelope-Id: QQ314159\n"
				   "Reporting-MTA: dns; mail.example.org\n"
				   "X-Letterbox-Queue-ID: ID1\n"
				   "Arrival-Date: Fri, 21 Nov 1997 13:46:40 +0000\n"
				   "\n"
				   "Original-Recipient: rfc822;friend@example.com\n"
				   "Final-Recipient: rfc822; nobody@example.com\n"
				   "Action: failed\n"
				   "Status: 5.1.1\n"
				   "Remote-MTA: dns; mx.example.com\n"
				   "Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.com>: no such user\n"
				   "Last-Attempt-Date: Fri, 21 Nov 1997 15:55:06 +0000\n"
				   "\n"
				   "--=_ID1_ID2\n"
				   "Content-Description: The message\n"
				   "Content-Type: message/rfc822\n"
				   "\n" ORIGINAL "\n--=_ID1_ID2--\n";
	struct arena a = { 0 };

	ck_assert_str_eq(put(&a, &usual, false), want);
	arena_clear(&a);
}
END_TEST

static const struct {
	enum report_action action;
	bool headers_only, utf8, has_8bit;
	const char *has[4];
} kinds[] = {
	{ REPORT_FAILED, true, false, false, { "Content-Type: text/rfc822-headers\n", "Action: failed\n" } },
	{ REPORT_DELAYED,
	  false,
	  false,
	  false,
	  { "Subject: Delayed Mail", "Action: delayed\n", "Will-Retry-Until: Sun, 23 Nov 1997", "You need not\n" } },
	{ REPORT_DELIVERED, false, false, false, { "Subject: Successful", "Action: delivered\n" } },
	{ REPORT_RELAYED, false, false, false, { "Subject: Mail Relay", "Action: relayed\n" } },
	{ REPORT_EXPANDED, false, false, false, { "Subject: Mail Expansion", "Action: expanded\n" } },
	{ REPORT_FAILED,
	  false,
	  true,
	  false,
	  { "report-type=global-delivery-status", "message/global-delivery-status\n", "message/global\n",
	    "Final-Recipient: utf-8; j\xc3\xb6@b\xc3\xbc.de\n" } },
	{ REPORT_FAILED, true, true, false, { "message/global-headers\n" } },
	{ REPORT_FAILED, false, false, true, { "message/rfc822\nContent-Transfer-Encoding: 8bit\n" } },
};

START_TEST(test_kinds)
{
	struct report_recipient to = failed;
	struct report r = usual;
	struct arena a = { 0 };
	char *text;

	to.action = kinds[_i].action;
	to.will_retry_until = 880300506;
	to.final = kinds[_i].utf8 ? "j\xc3\xb6@b\xc3\xbc.de" : to.final;
	r.recipients = &to;
	r.utf8 = kinds[_i].utf8;
	r.has_8bit = kinds[_i].has_8bit;
	text = put(&a, &r, kinds[_i].headers_only);
	for (int i = 0; i < COUNT(kinds[_i].has) && kinds[_i].has[i]; i++)
		ck_assert_msg(strstr(text, kinds[_i].has[i]) != NULL, "no %s in %s", kinds[_i].has[i], text);
	ck_assert_int_eq(strstr(text, "Will-Retry-Until") != NULL, to.action == REPORT_DELAYED);
	ck_assert_int_eq(strstr(text, "Content-Transfer-Encoding: 8bit") != NULL, r.utf8 || r.has_8bit);
	check_lines(text, r.utf8);
	arena_clear(&a);
}
END_TEST

/* Several recipients: each with his sentence, the worst names the report. */
START_TEST(test_several)
{
	struct report_recipient to[3] = { failed, failed, failed };
	struct report r = usual;
	struct arena a = { 0 };
	char *text;

	to[0].action = REPORT_DELIVERED;
	to[0].final = "good@x";
	to[0].remote = NULL;
	to[0].text = "delivered to mailbox";
	to[1].original = NULL;
	to[2].action = REPORT_DELAYED;
	r.recipients = to;
	r.n = 3;
	r.envid = NULL;
	text = put(&a, &r, false);
	ck_assert(strstr(text, "Subject: Undelivered") != NULL);
	ck_assert(strstr(text, "<good@x>:\n\tdelivered to mailbox\n") != NULL);
	ck_assert(strstr(text, "Diagnostic-Code: X-Letterbox; delivered to mailbox\n") != NULL);
	ck_assert(strstr(text, "Original-Envelope-Id") == NULL);
	ck_assert(strstr(text, "could not be delivered to the recipients below yet") != NULL);
	ck_assert(strstr(text, "Your message was delivered") > strstr(text, "It is returned"));
	arena_clear(&a);
}
END_TEST

/* The leaves of the report, as a program sees them. */
static void see_content(void *context, const struct mime_part *part, struct span piece)
{
	struct buf *leaves = context;

	/* The message that is returned is the third part, and its text is within. */
	buf_put_span(&leaves[part->depth > 1 ? 2 : part->index < 3 ? part->index : 3], piece);
}

static void take_apart(const char *text, struct buf leaves[4])
{
	static const struct mime_events events = { .content = see_content };
	static struct mime mime;

	for (int i = 0; i < 4; i++)
		buf_init(&leaves[i], ROOM);
	mime_init(&mime, NULL, NULL, &events, leaves);
	mime_feed(&mime, span_str(text));
	mime_end(&mime);
	mime_clear(&mime);
}

static const char *const hostile[] = {
	"553-\r\n553\r\n",
	"550 x\r\nBcc: evil@example.com\r\n\r\n--=_ID1_ID2--\r\nMAIL FROM:<x>",
	"\n\n--=_ID1_ID2\nContent-Type: text/html\n\n<b>",
	"\x1b]0;title\x07\x1b[2J",
	"\xff\xfe caf\xc3\xa9 \xe2\x80\xae",
	"",
	"\t \r\n",
};

/* Whatever a peer says, the report has three leaves, its fields are those that we wrote, and no byte is strange. */
START_TEST(test_hostile)
{
	struct report_recipient to = failed;
	struct report r = usual;
	const char **const places[] = { &to.text, &to.final, &to.remote, &to.original, &r.envid };

	for (int where = 0; where < COUNT(places); where++)
		for (int utf8 = 0; utf8 <= 1; utf8++) {
			struct arena a = { 0 };
			struct buf leaves[4];
			struct header_field field;
			struct span rest;
			char *text;
			int n = 0;

			to = failed;
			r = usual;
			*places[where] = hostile[_i];
			r.recipients = &to;
			r.utf8 = utf8;
			text = put(&a, &r, false);
			check_lines(text, utf8);
			take_apart(text, leaves);
			ck_assert_str_eq(buf_str(&leaves[2]), "the text\n");
			ck_assert_uint_eq(leaves[3].n, 0);
			rest = buf_span(&leaves[1]);
			while (header_next(&rest, &field) == 1)
				n++;
			while (header_next(&rest, &field) == 1)
				n++;
			ck_assert_int_eq(n, 11);
			ck_assert_uint_eq(span_trim(rest).n, 0);
			for (int i = 0; i < 4; i++)
				buf_clear(&leaves[i]);
			arena_clear(&a);
		}
}
END_TEST

/* A megabyte of reply is shortened, and that is said. */
START_TEST(test_long)
{
	static const char *const pieces[] = { "x", "\xe2\x82\xac", "\x01", "word ", " ", "\xff" };

	for (int i = 0; i < COUNT(pieces); i++) {
		const size_t n = 1 << 20;
		struct report_recipient to = failed;
		struct report r = usual;
		struct arena a = { 0 };
		char *reply = arena_alloc(&a, n + 1), *text;

		for (size_t k = 0; k < n; k++)
			reply[k] = pieces[i][k % strlen(pieces[i])];
		to.text = to.final = to.remote = reply;
		r.recipients = &to;
		r.utf8 = i % 2;
		text = put(&a, &r, false);
		check_lines(text, r.utf8);
		ck_assert_uint_lt(strlen(text), 1 << 17);
		ck_assert(strstr(text, "more octets]") != NULL);
		arena_clear(&a);
	}
}
END_TEST

/* First what has happened, why, and what to do; then what the server said. */
START_TEST(test_reasons)
{
	struct arena a = { 0 };
	struct report_recipient to = failed;
	struct report r = usual;
	const char *text;

	r.recipients = &to;
	to.advice = "There is no such mailbox.";
	to.remote = "mx.example.com[192.0.2.1]";
	r.tried = 5 * 86400 + 7;
	text = put(&a, &r, true);
	ck_assert_msg(strstr(text, "\nIt was tried for 5 days.\n\n<nobody@example.com>:\n\tThere is no such mailbox.\n"
				   "\tmx.example.com[192.0.2.1] said:\n\t550 5.1.1 "),
		      "%s", text);
	/* The field has room for a name. */
	ck_assert_ptr_nonnull(strstr(text, "\nRemote-MTA: dns; mx.example.com\n"));
	ck_assert_ptr_null(strstr(text, "Deliver-By-Date"));
	arena_clear(&a);
}
END_TEST

START_TEST(test_delayed)
{
	struct arena a = { 0 };
	struct report_recipient to = failed;
	struct report r = usual;
	const char *text;

	r.recipients = &to;
	to.action = REPORT_DELAYED;
	to.will_retry_until = 880127706 + 86400;
	r.tried = 4 * 3600;
	r.deliver_by = 880127706;
	text = put(&a, &r, true);
	ck_assert_ptr_nonnull(strstr(text, "\nSubject: Delayed Mail (still being retried)\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nIt has been tried for 4 hours.\n"));
	ck_assert_ptr_nonnull(strstr(text, "\tIt will be tried until Sat, 22 Nov 1997 15:55:06 +0000.\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nAction: delayed\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nWill-Retry-Until: Sat, 22 Nov 1997 15:55:06 +0000\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nDeliver-By-Date: Fri, 21 Nov 1997 15:55:06 +0000\n"));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(tc, test_whole);
	tcase_add_loop_test(tc, test_kinds, 0, COUNT(kinds));
	tcase_add_test(tc, test_several);
	tcase_add_loop_test(tc, test_hostile, 0, COUNT(hostile));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_reasons);
	tcase_add_test(tc, test_delayed);
}

CHECK_MAIN(report, add_tests)
