/* SPDX-License-Identifier: ISC */
#include "list/incoming.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static int read_text_of(struct incoming *in, const char *text, size_t n, long max, const char *sender, struct fault *f)
{
	int fd = open(tempdir_write_bytes("message", text, n, 0600), O_RDONLY), rc;

	rc = incoming_read(in, fd, max, sender, "friends@example.org", f);
	close(fd);
	return rc;
}

static void read_good(struct incoming *in, const char *text, const char *sender)
{
	struct fault f = { 0 };

	ck_assert_msg(read_text_of(in, text, strlen(text), 0, sender, &f) == 0, "%s", f.text);
}

/* All of it as one text. */
static const char *content(struct incoming *in)
{
	struct span piece;
	struct buf all;
	char *z;
	off_t at = 0;

	buf_init(&all, 1 << 20);
	while (spill_next(&in->raw, &at, &piece, NULL) > 0)
		buf_put_span(&all, piece);
	z = arena_span(&in->arena, buf_span(&all));
	buf_clear(&all);
	return z;
}

START_TEST(test_fields)
{
	struct incoming in;

	read_good(&in, "From: Al <al@example.net>\nSubject: =?utf-8?q?a?=\n b\nMessage-ID: <1@a>\nTo: x\n\nBody\n",
		  "al@a");
	ck_assert_str_eq(in.from, "al@example.net");
	ck_assert_str_eq(in.subject, "=?utf-8?q?a?= b");
	ck_assert_str_eq(in.message_id, "<1@a>");
	ck_assert_str_eq(in.sender, "al@a");
	ck_assert_str_eq(in.recipient, "friends@example.org");
	ck_assert_str_eq(content(&in) + in.body_at, "Body\n");
	ck_assert_uint_eq(in.header.n, (size_t)in.body_at);
	ck_assert_str_eq(incoming_field(&in, SPAN("to")), "x");
	ck_assert(!incoming_field(&in, SPAN("Cc")));
	ck_assert_uint_eq(incoming_count(&in, SPAN("FROM")), 1);
	incoming_clear(&in);
}
END_TEST

/* Line ends, and what is in front of the header. */
START_TEST(test_forms)
{
	static const char *const forms[] = {
		"From: a@b\n\nBody\n",
		"From: a@b\r\n\r\nBody\r\n",
		"From: a@b\n\nBody",
		"From al@example.net Sun Nov 22 06:00:00 2026\nFrom: a@b\n\nBody\n",
		"From al\r\nFrom: a@b\r\n\r\nBody",
	};
	struct incoming in;

	read_good(&in, forms[_i], "");
	ck_assert_str_eq(content(&in), "From: a@b\n\nBody\n");
	ck_assert_int_eq(in.body_at, 11);
	incoming_clear(&in);
}
END_TEST

static const struct {
	const char *header, *from;
} authors[] = {
	{ "From: al@example.net\n\n", "al@example.net" },
	{ "From: al@example.net, bo@example.net\n\n", "" },
	{ "From: al@example.net\nFrom: bo@example.net\n\n", "" },
	{ "From: al\n\n", "" },
	{ "Subject: x\n\n", "" },
	{ "From: team: al@example.net;\n\n", "al@example.net" },
};

START_TEST(test_author)
{
	struct incoming in;

	read_good(&in, authors[_i].header, "");
	ck_assert_str_eq(in.from, authors[_i].from);
	incoming_clear(&in);
}
END_TEST

START_TEST(test_refused)
{
	struct incoming in;
	struct fault f = { 0 };
	size_t n = INCOMING_HEADER_MAX + 100;
	char *big = arena_heap(n);

	ck_assert_int_eq(read_text_of(&in, "", 0, 0, "", &f), -1);
	ck_assert_str_eq(f.status, "5.6.0");
	ck_assert_int_eq(read_text_of(&in, "no header\n", 10, 0, "", &f), -1);
	ck_assert_str_eq(f.status, "5.6.0");
	ck_assert_int_eq(read_text_of(&in, "From: a@b\n\nBody\n", 16, 10, "", &f), -1);
	ck_assert_str_eq(f.status, "5.3.4");
	memset(big, 'x', n);
	memcpy(big, "Subject: ", 9);
	ck_assert_int_eq(read_text_of(&in, big, n, 0, "", &f), -1);
	ck_assert_str_eq(f.status, "5.3.4");
	free(big);
}
END_TEST

/* A message that is larger than memory should be. */
START_TEST(test_large)
{
	size_t n = 3 << 20;
	char *big = arena_heap(n);
	struct incoming in;
	struct fault f;

	memset(big, 'x', n);
	memcpy(big, "Subject: y\n\n", 12);
	big[n - 1] = '\n';
	ck_assert_int_eq(read_text_of(&in, big, n, 0, "", &f), 0);
	ck_assert_int_ge(in.raw.fd, 0);
	ck_assert_int_eq(in.raw.size, (off_t)n);
	ck_assert_int_eq(in.body_at, 12);
	incoming_clear(&in);
	free(big);
}
END_TEST

static const struct {
	const char *header, *sender, *want;
} automatic[] = {
	{ "From: al@example.net\n", "al@example.net", NULL },
	{ "From: al@example.net\n", "", "the null sender" },
	{ "From: al@example.net\n", "MAILER-DAEMON@example.net", "the sender's name" },
	{ "From: majordomo@example.net\n", "al@example.net", "the sender's name" },
	{ "Auto-Submitted: auto-replied\n", "al@a", "Auto-Submitted" },
	{ "Auto-Submitted: auto-generated; x=y\n", "al@a", "Auto-Submitted" },
	{ "Auto-Submitted: No (really)\n", "al@a", NULL },
	{ "Auto-Submitted: no; x=y\n", "al@a", NULL },
	{ "Precedence: Bulk\n", "al@a", "Precedence" },
	{ "Precedence: auto_reply\n", "al@a", "Precedence" },
	{ "Precedence: first-class\n", "al@a", NULL },
	{ "X-Autoreply: yes\n", "al@a", "X-Autoreply" },
	{ "X-Auto-Response-Suppress: All\n", "al@a", "X-Auto-Response-Suppress" },
	{ "List-Id: <x.example.net>\n", "al@a", "List-Id" },
};

START_TEST(test_automatic)
{
	struct incoming in;
	const char *got;

	read_good(&in, automatic[_i].header, automatic[_i].sender);
	got = incoming_automatic(&in);
	ck_assert_msg(!got == !automatic[_i].want && (!got || strcmp(got, automatic[_i].want) == 0), "%s: %s",
		      automatic[_i].header, got ? got : "no");
	incoming_clear(&in);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_test(tc, test_fields);
	tcase_add_loop_test(tc, test_forms, 0, 5);
	tcase_add_loop_test(tc, test_author, 0, (int)(sizeof(authors) / sizeof(authors[0])));
	tcase_add_test(tc, test_refused);
	tcase_add_test(tc, test_large);
	tcase_add_loop_test(tc, test_automatic, 0, (int)(sizeof(automatic) / sizeof(automatic[0])));
}

CHECK_MAIN(incoming, add_tests)
