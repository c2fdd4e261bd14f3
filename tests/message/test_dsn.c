/* SPDX-License-Identifier: ISC */
#include "message/dsn.h"

#include <stdio.h>

#include "base/disk.h"
#include "message/header.h"
#include "support/check_main.h"

#include <fcntl.h>

#define CORPUS "tests/fuzz/corpus/dsn/"

enum { ROOM = 1 << 24 };

/* What was read, as text. */
static const char *tell(struct arena *a, const struct dsn *d)
{
	static const char *const kinds[] = { "none", "status", "complaint" };
	static const char *const actions[] = { "failed", "delayed", "delivered", "relayed", "expanded" };
	struct buf out;
	const char *told;

	buf_init(&out, ROOM);
	buf_printf(&out, "%s%s envid=%s id=%s", kinds[d->kind], d->cut ? " cut" : "", d->envelope_id, d->message_id);
	if (d->kind == DSN_COMPLAINT)
		buf_printf(&out, " %s from=%s", d->feedback, d->sender);
	for (size_t i = 0; i < d->n; i++) {
		const struct dsn_recipient *r = &d->list[i];

		buf_printf(&out, "\n%s final=%s original=%s status=%s %u remote=%s: %s",
			   r->known ? actions[r->action] : "?", r->final, r->original, r->status, r->reply, r->remote,
			   r->diagnostic);
	}
	told = arena_span(a, buf_span(&out));
	buf_clear(&out);
	return told;
}

static const char *read_pieces(struct arena *a, struct span message, size_t piece)
{
	struct dsn d;

	dsn_init(&d, a);
	for (; message.n; message = span_from(message, piece))
		dsn_feed(&d, span_of(message.p, message.n < piece ? message.n : piece));
	dsn_end(&d);
	return tell(a, &d);
}

/* What real programs write. */
static const struct row {
	const char *name, *want;
} rows[] = {
	{ "postfix", "status envid=list-7-abc id=<lunch.1@example.org>\n"
		     "failed final=al@example.net original=al@example.net status=5.1.1 550 remote=mx.example.net: "
		     "550 5.1.1 <al@example.net>: Recipient address rejected:    User unknown\n"
		     "failed final=bo@example.net original=bo@example.net status=4.4.1 0 remote=: "
		     "connect to mx2.example.net[192.0.2.8]:25:    Connection timed out" },
	{ "postfix_utf8", "status envid= id=<lunch.2@x@example.org>\n"
			  "failed final=d\303\266rte@example.net original=d\303\266rte@example.net status=5.2.2 552 "
			  "remote=: 552 5.2.2 full" },
	{ "exim", "status envid= id=<lunch.1@example.org>\n"
		  "failed final=al@example.net original= status=5.1.1 550 remote=lmtp.example.net: "
		  "550-5.1.1 <al@example.net> User doesn't exist: al@example.net" },
	{ "exim_delayed", "status envid= id=<lunch.1@example.org>\n"
			  "delayed final=al@example.net original= status=4.0.0 0 remote=lmtp.example.net: " },
	{ "sendmail", "status envid= id=<lunch.1@example.org>\n"
		      "failed final=al@example.net original=sales@example.net status=5.1.1 550 "
		      "remote=inner.example.net: 550 5.1.1 <al@example.net>... User unknown" },
	{ "exchange", "status envid= id=<lunch.1@example.org>\n"
		      "failed final=al@example.net original=al@example.net status=5.1.10 550 remote=: "
		      "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup" },
	{ "gmail",
	  "status envid= id=<lunch.1@example.org>\n"
	  "failed final=al@example.net original= status=5.7.26 550 remote=mx.example.net. (192.0.2.7, the server "
	  "for the domain example.net.): 550-5.7.26 Unauthenticated email from example.org is not accepted due "
	  "to domain's DMARC policy." },
	/* Prose is not read. */
	{ "qmail", "none envid= id=" },
	{ "gateway", "status envid= id=\n"
		     "failed final= original=al@example.net status=5.0.0 554 remote=: 554" },
	/* It is what somebody attached, and not what is said of a message of ours. */
	{ "forwarded", "none envid= id=" },
	{ "complaint", "complaint envid= id=<lunch.1@example.org> abuse "
		       "from=friends+bounces-00p4x0123456789abcdef-al=example.net@example.org\n"
		       "? final= original=al@example.net status= 0 remote=: " },
	{ "hostile", "status envid= id=<a@b>\n"
		     "failed final=al@example.net original= status=5.1.1 0 remote=: 999 9.9.9 x\n"
		     "? final= original= status= 550 remote=: 550\n"
		     "? final=al@example.net original= status= 0 remote=: " },
};

START_TEST(test_programs)
{
	const struct row *row = &rows[_i];
	struct arena a = { NULL };
	struct span message;

	ck_assert_int_eq(disk_read_file(&a, AT_FDCWD, arena_printf(&a, CORPUS "%s", row->name), ROOM, &message, NULL),
			 0);
	ck_assert_str_eq(read_pieces(&a, message, message.n), row->want);
	ck_assert_str_eq(read_pieces(&a, message, 1), row->want);
	arena_clear(&a);
}
END_TEST

/* What we write we can read, whatever the recipient. */
START_TEST(test_own)
{
	struct report_recipient list[] = {
		{ .action = REPORT_FAILED,
		  .final = "al@example.net",
		  .original = "rfc822;bo@example.net",
		  .status = "5.1.1",
		  .remote = "mx.example.net[192.0.2.1]",
		  .text = "550 5.1.1 no such user" },
		{ .action = REPORT_DELAYED,
		  .final = "d\303\266rte@example.net",
		  .status = "4.4.1",
		  .text = "no route" },
	};
	struct report r = { .reporting_mta = "mail.example.org",
			    .from = "MAILER-DAEMON@mail.example.org",
			    .to = "x@example.org",
			    .queue_id = "ID",
			    .envid = "friends-7",
			    .message_id = "<r@x>",
			    .boundary = "=_b",
			    .now = 1,
			    .arrived = 1,
			    .recipients = list,
			    .n = 2,
			    .utf8 = true };
	struct arena a = { NULL };
	struct buf out;

	buf_init(&out, ROOM);
	report_put_head(&out, &r, true);
	buf_put_str(&out, "Message-ID:\n <post@example.org>\n\n");
	report_put_tail(&out, &r);
	ck_assert_str_eq(read_pieces(&a, buf_span(&out), 7),
			 "status envid=friends-7 id=<post@example.org>\n"
			 "failed final=al@example.net original=bo@example.net status=5.1.1 550 remote=mx.example.net: "
			 "550 5.1.1 no such user\n"
			 "delayed final=d\303\266rte@example.net original= status=4.4.1 0 remote=: no route");
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* More recipients, or more text, than is read: what is left out is told. */
START_TEST(test_limits)
{
	struct arena a = { NULL };
	struct buf out;
	const char *told;

	buf_init(&out, ROOM);
	buf_put_str(&out,
		    "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n\n");
	for (int i = 0; i < DSN_RECIPIENTS_MAX + 1; i++)
		buf_printf(&out, "Final-Recipient: rfc822;u%d@example.net\nAction: failed\n\n", i);
	told = read_pieces(&a, buf_span(&out), 4096);
	ck_assert(span_starts(span_str(told), SPAN("status cut ")));
	ck_assert_ptr_nonnull(strstr(told, "final=u9999@example.net "));
	ck_assert_ptr_null(strstr(told, "final=u10000@example.net "));

	buf_reset(&out);
	buf_put_str(&out,
		    "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n");
	buf_put_str(&out, "Final-Recipient: rfc822;al@example.net\nDiagnostic-Code: smtp; 550 ");
	for (int i = 0; i < DSN_STATUS_MAX; i++)
		buf_put_str(&out, "x ");
	told = read_pieces(&a, buf_span(&out), 4096);
	ck_assert(span_starts(span_str(told), SPAN("status cut ")));
	ck_assert_ptr_nonnull(strstr(told, "final=al@example.net "));
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *text;
	int rc;
	unsigned numbers[3];
} statuses[] = {
	{ "5.1.1", 0, { 5, 1, 1 } }, { "4.4.7", 0, { 4, 4, 7 } }, { "5.7.509", 0, { 5, 7, 509 } },
	{ "2.0.0", 0, { 2, 0, 0 } }, { "3.0.0", -1, { 0 } },	  { "5.1", -1, { 0 } },
	{ "5.1.1.1", -1, { 0 } },    { "5.1.1000", -1, { 0 } },	  { "5..1", -1, { 0 } },
	{ "", -1, { 0 } },	     { "5.1.1 ", -1, { 0 } },	  { "0005.1.1", -1, { 0 } },
};

START_TEST(test_status)
{
	unsigned numbers[3] = { 0 };

	ck_assert_int_eq(dsn_parse_status(span_str(statuses[_i].text), numbers), statuses[_i].rc);
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(numbers[i], statuses[_i].numbers[i]);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_programs, 0, COUNT(rows));
	tcase_add_test(tc, test_own);
	tcase_add_test(tc, test_limits);
	tcase_add_loop_test(tc, test_status, 0, COUNT(statuses));
}

CHECK_MAIN(dsn, add_tests)
