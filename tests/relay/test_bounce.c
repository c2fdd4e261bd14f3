/* SPDX-License-Identifier: ISC */
#include "relay/bounce.h"

#include <stdio.h>

#include "base/clock.h"
#include "support/check_main.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;
static struct arena notes;

#define MESSAGE "Subject: the original\nX-Mark: here\n\nthe body\n.\nFrom x\n"

static void setup(void)
{
	station_init(&s, "");
	station_start(&s);
}

static void teardown(void)
{
	arena_clear(&notes);
	station_clear(&s);
}

static struct active *take(struct envelope *e, const char *text)
{
	struct arena a = { 0 };
	struct spool_message m;
	struct fault f;
	const char *id = station_enqueue_as(&s, e, text);

	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_NEW, id, SPOOL_CLAIM_WORK, &a, &m, &f), 1);
	return active_new(&s.rules, &m, &a);
}

static struct active_note *note(struct active *a, struct active_note *next, uint32_t index, const char *sender,
				bool failed)
{
	struct active_note *n = arena_alloc(&notes, sizeof(*n));

	*n = (struct active_note){
		.next = next, .index = index, .address = a->m.envelope.rcpts[index].address, .sender = sender
	};
	if (failed)
		fault_perm(&n->outcome, 550, "5.1.1", "no such user <%s>", n->address);
	else
		n->outcome = (struct fault){ .reply = 250, .status = "2.0.0", .text = "250 Ok" };
	return n;
}

/* The message in the queue with this id, whole. */
static const char *text_of(const char *id, struct envelope *e)
{
	struct spool_message m;
	struct fault f;
	char *p;

	ck_assert_int_eq(spool_claim(&s.spool, SPOOL_NEW, id, SPOOL_CLAIM_LOOK, &s.arena, &m, &f), 1);
	*e = m.envelope;
	p = arena_alloc(&s.arena, (size_t)e->message_size + 1);
	ck_assert_int_eq(disk_read_at(m.fd, p, (size_t)e->message_size, e->message_at, id, &f), 0);
	spool_release(&m);
	return p;
}

static void has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) == NULL, "\"%s\" in:\n%s", part, text);
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* It is in quotes, and the second one ends it. */
static const char *boundary_of(const char *text)
{
	static const char before[] = "boundary=\"";

	has(text, before);
	return strstr(text, before) + strlen(before);
}

START_TEST(test_failure)
{
	struct envelope_rcpt rcpts[] = { { .address = "a@x", .orcpt = "rfc822;alias@y" }, { .address = "b@x" } };
	struct envelope e = { .sender = "al@m.example", .rcpts = rcpts, .n = 2, .envid = "QQ7" }, report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, note(a, NULL, 1, e.sender, true), 0, e.sender, true);
	char id[ENTROPY_ID + 1] = "";
	struct fault f;
	const char *text;

	n->peer = "mx[192.0.2.1]";
	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	ck_assert(n->handled);
	ck_assert(n->next->handled);
	text = text_of(id, &report);
	ck_assert_str_eq(report.sender, "");
	ck_assert_uint_eq(report.n, 1);
	ck_assert_str_eq(report.rcpts[0].address, "al@m.example");
	/* RFC 3464, and what keeps it from being answered (RFC 3834). */
	has(text, "From: Mail Delivery System <MAILER-DAEMON@m.example>\n");
	has(text, "To: <al@m.example>\n");
	has(text, "Auto-Submitted: auto-replied\n");
	has(text, "multipart/report");
	has(text, "report-type=delivery-status");
	has(text, "Reporting-MTA: dns; m.example\n");
	has(text, "Original-Envelope-Id: QQ7\n");
	has(text, "Original-Recipient: rfc822;alias@y\n");
	has(text, "Final-Recipient: rfc822; a@x\n");
	has(text, "Final-Recipient: rfc822; b@x\n");
	has(text, "Action: failed\n");
	has(text, "Status: 5.1.1\n");
	/* What a server said is the whole of its reply; what we say has no code. */
	has(text, "Remote-MTA: dns; mx\n");
	has(text, "Diagnostic-Code: smtp; 550 5.1.1 no such user <a@x>\n");
	has(text, "Diagnostic-Code: X-Letterbox; no such user <b@x>\n");
	has(text, "Content-Type: message/rfc822\n");
	has(text, "\n\n" MESSAGE);
	has(text, e.id);
	/* Nothing twice, and the last part is ended. */
	ck_assert_uint_eq(count(text, "Reporting-MTA:"), 1);
	ck_assert_uint_eq(count(text, "Original-Recipient:"), 1);
	ck_assert_uint_eq(count(text, "Subject: "), 2);
	ck_assert_str_eq(
		strstr(text, MESSAGE) + strlen(MESSAGE),
		arena_printf(&notes, "\n--%.*s--\n", (int)strcspn(boundary_of(text), "\""), boundary_of(text)));
	active_abandon(a);
}
END_TEST

/* Where mailboxes are is for those who are here; others have an id. */
static const struct {
	const char *sender, *has, *has_not;
} readers[] = {
	{ "al@far.example", "Diagnostic-Code: X-Letterbox; Local problem, try again later\n", "/home/bo" },
	{ "al@m.example", "Diagnostic-Code: X-Letterbox; cannot open /home/bo/Maildir", "Local problem" },
};

START_TEST(test_private)
{
	struct envelope_rcpt rcpts[] = { { .address = "a@x", .notify = ENVELOPE_NOTIFY_SUCCESS },
					 { .address = "b@x", .notify = ENVELOPE_NOTIFY_SUCCESS } };
	struct envelope e = { .sender = readers[_i].sender, .rcpts = rcpts, .n = 2 }, report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, note(a, NULL, 1, e.sender, false), 0, e.sender, false);
	char id[ENTROPY_ID + 1] = "";
	struct fault f;
	const char *text;

	fault_temp(&n->outcome, 451, "4.3.5", "cannot open /home/bo/Maildir");
	snprintf(n->next->outcome.text, sizeof(n->outcome.text), "delivered to /home/bo/mbox");
	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	text = text_of(id, &report);
	has(text, readers[_i].has);
	has_not(text, readers[_i].has_not);
	active_abandon(a);
}
END_TEST

/* What came of an alias is told by the address that the author knows, too. */
START_TEST(test_alias)
{
	struct envelope_rcpt rcpt = { .address = "alias@m.example" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1 }, report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, NULL, 0, e.sender, true);
	char id[ENTROPY_ID + 1] = "";
	struct fault f;
	const char *text;

	n->address = "real@z";
	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	text = text_of(id, &report);
	has(text, "Original-Recipient: rfc822;alias@m.example\n");
	has(text, "Final-Recipient: rfc822; real@z\n");
	active_abandon(a);
}
END_TEST

/* Who is told what: one report a sender, none to who does not want it. */
START_TEST(test_wanted)
{
	static const struct {
		unsigned notify;
		bool failed, told;
	} rows[] = {
		{ ENVELOPE_NOTIFY_UNSET, true, true },
		{ ENVELOPE_NOTIFY_NEVER, true, false },
		{ ENVELOPE_NOTIFY_FAILURE, true, true },
		{ ENVELOPE_NOTIFY_SUCCESS, true, false },
		{ ENVELOPE_NOTIFY_DELAY, true, false },
		{ ENVELOPE_NOTIFY_SUCCESS | ENVELOPE_NOTIFY_FAILURE, true, true },
		{ ENVELOPE_NOTIFY_UNSET, false, false },
		{ ENVELOPE_NOTIFY_SUCCESS, false, true },
		{ ENVELOPE_NOTIFY_FAILURE, false, false },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct envelope_rcpt rcpt = { .address = "a@x", .notify = rows[i].notify };
		struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1 };
		struct active *a = take(&e, MESSAGE);
		struct active_note *n = note(a, NULL, 0, e.sender, rows[i].failed);
		char id[ENTROPY_ID + 1] = "";
		struct fault f;

		ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
		ck_assert(n->handled);
		ck_assert_int_eq(id[0] != '\0', rows[i].told);
		ck_assert_int_eq(station_mail_count("spool/dead"), 0);
		active_abandon(a);
	}
}
END_TEST

START_TEST(test_two_senders)
{
	struct envelope_rcpt rcpts[] = { { .address = "a@x" },
					 { .address = "b@x" },
					 { .address = "c@x", .notify = ENVELOPE_NOTIFY_NEVER } };
	struct envelope e = { .sender = "al@m.example", .rcpts = rcpts, .n = 3 }, report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n =
		note(a, note(a, note(a, NULL, 2, e.sender, true), 1, "owner-l", true), 0, e.sender, true);
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	ck_assert(!n->next->handled);
	ck_assert(n->next->next->handled);
	text = text_of(id, &report);
	has(text, "a@x");
	has_not(text, "b@x");
	has_not(text, "c@x");
	id[0] = '\0';
	ck_assert_int_eq(bounce_send(a, n->next, id, &f), 0);
	text = text_of(id, &report);
	ck_assert_str_eq(report.rcpts[0].address, "owner-l@m.example");
	has(text, "b@x");
	active_abandon(a);
}
END_TEST

/* What was let in as 8-bit, or with UTF-8 addresses, goes back as that; such addresses make the report itself 8-bit. */
START_TEST(test_8bit)
{
	struct envelope_rcpt rcpt = { .address = "gr\xc3\xbc\xc3\x9f@x" };
	struct envelope e = { .sender = "j\xc3\xb6@m.example",
			      .rcpts = &rcpt,
			      .n = 1,
			      .body = _i == 2 ? ENVELOPE_7BIT : ENVELOPE_8BITMIME,
			      .smtputf8 = _i >= 1 },
			report;
	struct active *a = take(&e, _i == 2 ? "Subject: x\n\nx\n" : "Subject: x\n\n\xc3\xbc\n");
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	ck_assert_int_eq(bounce_send(a, note(a, NULL, 0, e.sender, true), id, &f), 0);
	text = text_of(id, &report);
	ck_assert_int_eq(report.body, ENVELOPE_8BITMIME);
	ck_assert_int_eq(report.smtputf8, _i >= 1);
	has(text, "Content-Transfer-Encoding: 8bit\n");
	active_abandon(a);
}
END_TEST

START_TEST(test_headers_only)
{
	struct envelope_rcpt rcpt = { .address = "a@x" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1, .ret = ENVELOPE_RET_HDRS }, report;
	struct active *a;
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	if (_i == 1) {
		e.ret = ENVELOPE_RET_FULL;
		s.rules.bounce_size_limit = strlen(MESSAGE) - 1;
	}
	if (_i == 2) {
		e.ret = ENVELOPE_RET_FULL;
		e.require_tls = true;
	}
	a = take(&e, MESSAGE);
	ck_assert_int_eq(bounce_send(a, note(a, NULL, 0, e.sender, true), id, &f), 0);
	text = text_of(id, &report);
	has(text, "X-Mark: here\n");
	has_not(text, "the body");
	has(text, "text/rfc822-headers");
	active_abandon(a);
}
END_TEST

/* For how long it was tried is told where that was the reason. */
START_TEST(test_expired)
{
	struct envelope_rcpt rcpt = { .address = "a@x" };
	struct envelope e = { .sender = "al@m.example",
			      .rcpts = &rcpt,
			      .n = 1,
			      .arrived_us = (clock_wall() - 3 * 86400) * 1000000 },
			report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, NULL, 0, e.sender, true);
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	n->expired = _i == 1;
	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	text = text_of(id, &report);
	(_i == 1 ? has : has_not)(text, "It was tried for 3 days");
	active_abandon(a);
}
END_TEST

START_TEST(test_success)
{
	struct envelope_rcpt rcpt = { .address = "a@x", .notify = ENVELOPE_NOTIFY_SUCCESS };
	struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1 }, report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, NULL, 0, e.sender, false);
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	n->relayed = _i == 1;
	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	text = text_of(id, &report);
	has(text, _i == 1 ? "Action: relayed\n" : "Action: delivered\n");
	has(text, "Status: 2.0.0\n");
	has_not(text, "the body");
	active_abandon(a);
}
END_TEST

/* A bounce that fails is kept, not answered. */
START_TEST(test_dead_letter)
{
	struct envelope_rcpt rcpts[] = { { .address = "a@x" }, { .address = "b@x" }, { .address = "owners@x" } };
	struct envelope e = { .sender = "", .rcpts = rcpts, .n = 3 };
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, note(a, note(a, NULL, 2, "owner-l", true), 1, "", true), 0, "", true);
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	ck_assert_str_eq(id, "");
	ck_assert(n->handled && n->next->handled);
	ck_assert_int_eq(station_mail_count("spool/dead"), 1);
	text = station_mail(&s, "spool/dead");
	has(text, "Return-Path: <>\n");
	has(text, "<a@x> no such user <a@x>\n");
	has(text, "<b@x> no such user <b@x>\n");
	has_not(text, "owners@x");
	has(text, MESSAGE);
	has(buf_str(&s.trouble), "undeliverable bounce kept in T/spool/dead: no such user <a@x>\n");
	active_abandon(a);
}
END_TEST

START_TEST(test_dead_letter_cannot_be_kept)
{
	struct envelope_rcpt rcpt = { .address = "a@x" };
	struct envelope e = { .sender = "", .rcpts = &rcpt, .n = 1 };
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, NULL, 0, "", true);
	char id[ENTROPY_ID + 1] = "";
	struct fault f;

	tempdir_write("spool/dead", "in the way", 0600);
	ck_assert_int_eq(bounce_send(a, n, id, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert(!n->handled);
	active_abandon(a);
}
END_TEST

/* What a peer said is shown, and starts nothing: no header, no boundary, no control character. */
START_TEST(test_hostile_text)
{
	struct envelope_rcpt rcpt = { .address = "\"a\\\"<b>\"@x" };
	struct envelope e = { .sender = "al@m.example", .rcpts = &rcpt, .n = 1 }, report;
	struct active *a = take(&e, MESSAGE);
	struct active_note *n = note(a, NULL, 0, e.sender, true);
	char id[ENTROPY_ID + 1] = "";
	const char *text;
	struct fault f;

	snprintf(n->outcome.text, sizeof(n->outcome.text), "bad\r\nBcc: evil@x\r\n\r\n--=_\033]0;x\007");
	n->peer = "mx\r\nX-Evil: 1[192.0.2.1]";
	ck_assert_int_eq(bounce_send(a, n, id, &f), 0);
	text = text_of(id, &report);
	has_not(text, "\nBcc:");
	has_not(text, "\nX-Evil:");
	has_not(text, "\033");
	has_not(text, "\r");
	active_abandon(a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_private, 0, COUNT(readers));
	tcase_add_test(tc, test_failure);
	tcase_add_test(tc, test_alias);
	tcase_add_test(tc, test_wanted);
	tcase_add_test(tc, test_two_senders);
	tcase_add_loop_test(tc, test_8bit, 0, 3);
	tcase_add_loop_test(tc, test_headers_only, 0, 3);
	tcase_add_loop_test(tc, test_expired, 0, 2);
	tcase_add_loop_test(tc, test_success, 0, 2);
	tcase_add_test(tc, test_dead_letter);
	tcase_add_test(tc, test_dead_letter_cannot_be_kept);
	tcase_add_test(tc, test_hostile_text);
}

CHECK_MAIN(bounce, add_tests)
