/* SPDX-License-Identifier: ISC */
#include "list/outmail.h"

#include "base/disk.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

struct sent {
	struct arena arena;
	struct spool spool;
	struct list list;
	struct list_run run;
	char id[ENTROPY_ID + 1];
	struct spool_message m;
	const char *text; /* of the message */
};

static void remember(void *ctx, const char *id)
{
	struct sent *s = ctx;

	memcpy(s->id, id, sizeof(s->id));
}

static void begin(struct sent *s)
{
	struct fault f = { 0 };

	*s = (struct sent){ 0 };
	ck_assert_msg(spool_open(&s->spool, tempdir_path("spool"), NULL, &f) == 0, "%s", f.text);
	mailing_list_open(&s->list, "friends", NULL);
	s->run = (struct list_run){ .places = mailing_list_places(),
				    .spool = &s->spool,
				    .list = &s->list,
				    .hostname = "mx.example.org",
				    .now = 1795305600,
				    .queued = remember,
				    .ctx = s };
}

static void end(struct sent *s)
{
	list_close(&s->list);
	spool_close(&s->spool);
	arena_clear(&s->arena);
}

static void send_it(struct sent *s, const struct outmail *m, const char *const *to, size_t n)
{
	struct fault f = { 0 };
	char *text;

	ck_assert_msg(outmail_send(&s->run, m, to, n, &f) == 0, "%s", f.text);
	ck_assert_msg(spool_claim(&s->spool, SPOOL_NEW, s->id, SPOOL_CLAIM_LOOK, &s->arena, &s->m, &f) == 1, "%s",
		      f.text);
	text = arena_alloc(&s->arena, (size_t)s->m.envelope.message_size + 1);
	ck_assert_int_eq(
		disk_read_at(s->m.fd, text, (size_t)s->m.envelope.message_size, s->m.envelope.message_at, "it", &f), 0);
	s->text = text;
	spool_release(&s->m);
}

START_TEST(test_reply)
{
	static const char *const to[] = { "al@example.net" };
	const struct compose_field more = { "List-Help", "<mailto:friends+help@example.org>", COMPOSE_PLAIN };
	const struct outmail m = { .subject = "Gr\303\274\303\237e",
				   .body = SPAN("Hello \303\204l\n"),
				   .auto_replied = true,
				   .in_reply_to = "<1@a>",
				   .reply_to = "friends+owner@example.org",
				   .fields = &more,
				   .nfields = 1 };
	struct sent s;

	begin(&s);
	send_it(&s, &m, to, 1);
	ck_assert_str_eq(s.m.envelope.sender, "");
	ck_assert_uint_eq(s.m.envelope.n, 1);
	ck_assert_str_eq(s.m.envelope.rcpts[0].address, "al@example.net");
	ck_assert_int_eq(s.m.envelope.body, ENVELOPE_7BIT);
	for (const char *const *want =
		     (const char *const[]){
			     "From: friends list <friends+owner@example.org>\n", "\nTo: al@example.net\n",
			     "\nSubject: =?", "\nReply-To: friends+owner@example.org\n", "\nIn-Reply-To: <1@a>\n",
			     "\nReferences: <1@a>\n", "\nAuto-Submitted: auto-replied\n", "\nPrecedence: bulk\n",
			     "\nList-Id: <friends.example.org>\n", "\nList-Help: <mailto:friends+help@example.org>\n",
			     "\nMessage-ID: <", "@mx.example.org>\n", "\nMIME-Version: 1.0\n",
			     "\nContent-Type: text/plain; charset=utf-8\n", "Hello =C3=84l\n", NULL };
	     *want; want++)
		ck_assert_msg(strstr(s.text, *want), "\"%s\" is not in:\n%s", *want, s.text);
	end(&s);
}
END_TEST

START_TEST(test_senders)
{
	static const char *const to[] = { "al@example.net", "bo@example.net" };
	static const char *const senders[] = { "b+al@example.org", "b+bo@example.org" };
	const struct outmail m = { .subject = "x",
				   .body = SPAN("y\n"),
				   .sender = "b@example.org",
				   .senders = senders,
				   .precedence = "list",
				   .no_list_id = true };
	struct sent s;

	begin(&s);
	send_it(&s, &m, to, 2);
	ck_assert_str_eq(s.m.envelope.sender, "b@example.org");
	ck_assert_str_eq(s.m.envelope.rcpts[1].sender, "b+bo@example.org");
	ck_assert(strstr(s.text, "\nTo: friends@example.org\n"));
	ck_assert(strstr(s.text, "\nPrecedence: list\n"));
	ck_assert(strstr(s.text, "\nAuto-Submitted: auto-generated\n"));
	ck_assert(!strstr(s.text, "List-Id"));
	end(&s);
}
END_TEST

/* A tree of parts, in which 8-bit text stays so. */
START_TEST(test_parts)
{
	static const char *const to[] = { "al@example.net" };
	struct compose_bytes one = { .bytes = SPAN("Subject: a\n\n\303\204\n") }, two = { .bytes = SPAN("text\n") };
	struct compose_part message = { .type = "message/rfc822", .source = compose_bytes(&one) };
	struct compose_part text = { .type = "text/plain", .source = compose_bytes(&two), .next = &message };
	struct compose_part root = { .type = "multipart/mixed", .children = &text };
	const struct outmail m = { .subject = "x", .parts = &root };
	struct sent s;

	begin(&s);
	send_it(&s, &m, to, 1);
	ck_assert_int_eq(s.m.envelope.body, ENVELOPE_8BITMIME);
	ck_assert(strstr(s.text, "\nSubject: a\n\n\303\204\n"));
	end(&s);
}
END_TEST

START_TEST(test_refused)
{
	static const char *const good[] = { "al@example.net" }, *const bad[] = { "al@example.net>\nRCPT TO:<bo@b" };
	const struct outmail m = { .subject = "x\nBcc: bo@example.net", .body = SPAN("y\n") };
	const struct outmail n = { .subject = "x", .body = SPAN("y\n") };
	struct fault f = { 0 };
	struct sent s;

	begin(&s);
	ck_assert_int_eq(outmail_send(&s.run, &m, good, 1, &f), -1);
	ck_assert_int_eq(outmail_send(&s.run, &n, bad, 1, &f), -1);
	ck_assert_str_eq(s.id, "");
	end(&s);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_test(tc, test_reply);
	tcase_add_test(tc, test_senders);
	tcase_add_test(tc, test_parts);
	tcase_add_test(tc, test_refused);
}

CHECK_MAIN(outmail, add_tests)
