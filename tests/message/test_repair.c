/* SPDX-License-Identifier: ISC */
#include "message/repair.h"
#include "message/header.h"
#include "support/check_main.h"
#include "support/content.h"

#include <time.h>

enum { ROOM = 1 << 24 };

#define X10   "xxxxxxxxxx"
#define X100  X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100

#define DATE   "Date: Fri, 21 Nov 1997 15:55:06 +0000\n"
#define ID     "Message-ID: <ID1@mail.example.org>\n"
#define FROM   "From: al@example.org\n"
#define NOBODY "To: undisclosed-recipients:;\n"
#define WHOLE  FROM NOBODY DATE ID
#define FULL   "From: a@b\nTo: c@d\n" DATE "Message-ID: <x@y>\n"

static const struct repair_rules usual = {
	.origin = "example.org",
	.host = "mail.example.org",
	.id = "ID1",
	.sender = "al",
	.now = 880127706,
	.recipients = true,
};

struct repaired {
	struct arena arena;
	struct repair_scan scan;
	struct repair_result result;
	struct buf header, body;
	struct fault fault;
	int rc;
};

static size_t limit = REPAIR_HEADER_LIMIT;

static void setup(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
}

static int scan_all(struct repaired *r, struct span in, size_t piece)
{
	for (size_t i = 0; i < in.n; i += piece) {
		struct span at = span_of(in.p + i, in.n - i < piece ? in.n - i : piece);

		if (repair_scan_feed(&r->scan, at, &r->fault) < 0)
			return -1;
	}
	return repair_scan_end(&r->scan, &r->fault);
}

static int body_all(struct repaired *r, struct span in, size_t piece)
{
	struct repair_body body;
	struct buf out;
	int rc = 0;

	buf_init(&out, REPAIR_GROWTH * (piece < in.n ? piece : in.n) + REPAIR_ROOM);
	repair_body_init(&body, &r->scan);
	for (size_t i = 0; i < in.n && rc == 0; i += piece) {
		rc = repair_body_feed(&body, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), &out, &r->fault);
		buf_put_span(&r->body, buf_span(&out));
		buf_reset(&out);
	}
	if (rc == 0)
		rc = repair_body_end(&body, &out, &r->fault);
	buf_put_span(&r->body, buf_span(&out));
	buf_clear(&out);
	repair_body_clear(&body);
	return rc;
}

static void repair(struct repaired *r, struct span in, const struct repair_rules *rules, bool dot_ends, size_t piece)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->header, ROOM);
	buf_init(&r->body, ROOM);
	repair_scan_init(&r->scan, limit, dot_ends);
	r->rc = scan_all(r, in, piece);
	if (r->rc == 0)
		r->rc = repair_header(&r->arena, &r->scan, rules, &r->header, &r->result, &r->fault);
	if (r->rc == 0)
		r->rc = body_all(r, in, piece);
}

static void forget(struct repaired *r)
{
	repair_scan_clear(&r->scan);
	buf_clear(&r->header);
	buf_clear(&r->body);
	arena_clear(&r->arena);
}

static const char *join(struct arena *a, const struct repair_list *list)
{
	const char *all = "";

	for (size_t i = 0; i < list->n; i++)
		all = arena_printf(a, "%s%s%s", all, i ? "," : "", list->v[i]);
	return all;
}

/* What holds of every result. */
static void check_result(const struct repaired *r)
{
	struct span text[2] = { buf_span(&r->header), buf_span(&r->body) };

	for (int i = 0; i < 2; i++) {
		ck_assert(span_find(text[i], '\r') == text[i].n && span_find(text[i], '\0') == text[i].n);
		ck_assert(text[i].n == 0 || text[i].p[text[i].n - 1] == '\n');
		while (text[i].n)
			ck_assert_uint_le(span_cut(&text[i], '\n').n, HEADER_LINE_MAX);
	}
	ck_assert_uint_eq(header_length(buf_span(&r->header), 0), r->header.n);
}

static const struct {
	const char *in, *header, *body, *recipients, *bad;
} rows[] = {
	/* No header, no body, neither. */
	{ "", WHOLE "\n", "", "", "" },
	{ "hello\n", WHOLE "\n", "hello\n", "", "" },
	{ "hello", WHOLE "\n", "hello\n", "", "" },
	{ "\nhello\n", WHOLE "\n", "hello\n", "", "" },
	{ "\r\nhello\r\n", WHOLE "\n", "hello\n", "", "" },
	{ "hello\nSubject: x\n\nbye\n", WHOLE "\n", "hello\nSubject: x\n\nbye\n", "", "" },
	{ " indented\nSubject: x\n", WHOLE "\n", " indented\nSubject: x\n", "", "" },
	{ "Subject: x", "Subject: x\n" WHOLE "\n", "", "", "" },
	{ "Subject: x\n", "Subject: x\n" WHOLE "\n", "", "", "" },
	{ "Subject: x\n\n", "Subject: x\n" WHOLE "\n", "", "", "" },
	{ "Subject: x\n\nbody\n", "Subject: x\n" WHOLE "\n", "body\n", "", "" },
	{ "Subject: x\r\n\r\nbody\r\nmore", "Subject: x\n" WHOLE "\n", "body\nmore\n", "", "" },
	{ "Subject: x\r\n\nbody\rmore\r\n", "Subject: x\n" WHOLE "\n", "body more\n", "", "" },
	{ "Subject: x\nno colon here\nBcc: y\n\nz\n", "Subject: x\n" WHOLE "\n", "no colon here\nBcc: y\n\nz\n", "",
	  "" },
	{ "Subject: x\n:y\n", "Subject: x\n" WHOLE "\n", ":y\n", "", "" },
	{ ":x\n", WHOLE "\n", ":x\n", "", "" },
	{ "no\n", WHOLE "\n", "no\n", "", "" },
	/* Nothing is touched that is right. */
	{ FULL "\nbody\n", FULL "\n", "body\n", "c@d", "" },
	{ "from:a@b\nTO :  c@d\nSubject :  x \n\ty\nX: z\nX: z\n" DATE "message-id: <x@y>\n\n",
	  "from:a@b\nTO :  c@d\nSubject :  x \n\ty\nX: z\nX: z\n" DATE "message-id: <x@y>\n\n", "", "c@d", "" },
	{ "Subject: caf\xc3\xa9\n" FULL "\n", "Subject: caf\xc3\xa9\n" FULL "\n", "", "c@d", "" },
	/* mbox's line, at the very start only. */
	{ "From root Fri Nov 21 09:55:06 1997\n" FULL "\nb\n", FULL "\n", "b\n", "c@d", "" },
	{ "From root\n" FULL "\nb\n", FULL "\n", "b\n", "c@d", "" },
	{ "From root Fri Nov 21 09:55:06 1997\n\nb\n", WHOLE "\n", "b\n", "", "" },
	{ "From root Fri Nov 21 09:55:06 1997\nhello\n", WHOLE "\n", "hello\n", "", "" },
	{ "From root Fri Nov 21 09:55:06 1997", WHOLE "\n", "", "", "" },
	{ "From now on\nwe are closed\n", WHOLE "\n", "From now on\nwe are closed\n", "", "" },
	{ "From now on\n\nwe are closed\n", WHOLE "\n", "From now on\n\nwe are closed\n", "", "" },
	{ "From now on", WHOLE "\n", "From now on\n", "", "" },
	{ "From \n", WHOLE "\n", "From \n", "", "" },
	{ "From \nX: y\n", "X: y\n" WHOLE "\n", "", "", "" },
	{ "From", WHOLE "\n", "From\n", "", "" },
	{ "From a 10:00\nFrom b 10:00\nX: y\n", "X: y\n" WHOLE "\n", "", "", "" },
	{ "From a\n>From b\nX: y\n", "X: y\n" WHOLE "\n", "", "", "" },
	{ ">From b 10:00 remote from c\nX: y\n", "X: y\n" WHOLE "\n", "", "", "" },
	{ ">From b\n\nX: y\n", WHOLE "\n", ">From b\n\nX: y\n", "", "" },
	{ "From a\nFrom b\nwe are closed\n", WHOLE "\n", "From a\nFrom b\nwe are closed\n", "", "" },
	{ ">>From b 10:00\nX: y\n", WHOLE "\n", ">>From b 10:00\nX: y\n", "", "" },
	{ "X: y\nFrom a 10:00\n", "X: y\n" WHOLE "\n", "From a 10:00\n", "", "" },
	{ "From : a@b\nTo: c@d\n" DATE ID "\n", "From : a@b\nTo: c@d\n" DATE ID "\n", "", "c@d", "" },
	/* Unqualified addresses. */
	{ "From: root (Cron Daemon)\nTo: root\n" DATE ID "\n",
	  "From: root@example.org (Cron Daemon)\nTo: root@example.org\n" DATE ID "\n", "", "root@example.org", "" },
	{ "From: Al <al>\nTo: a, \"b c\" <d>,\n e@f,(x)g\nCc: x y, h\nReply-To: i\nSender: j\nErrors-To: k\n" DATE ID
	  "\n",
	  "From: Al <al@example.org>\nTo: a@example.org, \"b c\" <d@example.org>,\n e@f,(x)g@example.org\n"
	  "Cc: x y, h@example.org\nReply-To: i@example.org\nSender: j@example.org\nErrors-To: k@example.org\n" DATE ID
	  "\n",
	  "", "a@example.org,d@example.org,e@f,g@example.org,h@example.org", "x y" },
	{ "From: a@b\nTo: M <al@m\xc3\xbcller.example>, \xc3\xbc@b\xc3\xbc.example\n" DATE ID "\n",
	  "From: a@b\nTo: M <al@xn--mller-kva.example>, \xc3\xbc@b\xc3\xbc.example\n" DATE ID "\n", "",
	  "al@m\xc3\xbcller.example,\xc3\xbc@b\xc3\xbc.example", "" },
	{ "From: a@b\nTo: list: x, y@z;\n" DATE ID "\n", "From: a@b\nTo: list: x@example.org, y@z;\n" DATE ID "\n", "",
	  "x@example.org,y@z", "" },
	{ "From: a@b\nTo: a.(c) , <>, \"q r\"\n" DATE ID "\n",
	  "From: a@b\nTo: \"a.\"@example.org(c) , <>, \"q r\"@example.org\n" DATE ID "\n", "",
	  "\"a.\"@example.org,\"q r\"@example.org", "<>" },
	{ "From: a@b\nTo: undisclosed-recipients:;\n" DATE ID "\n",
	  "From: a@b\nTo: undisclosed-recipients:;\n" DATE ID "\n", "", "", "" },
	/* Whom it goes to. */
	{ "From: a@b\nTo: c@d, c@d\nCc: e@f, C@d\nBcc: g@h,\n i@j\nbcc: k\nApparently-To: l\n" DATE ID "\nx\n",
	  "From: a@b\nTo: c@d, c@d\nCc: e@f, C@d\nApparently-To: l@example.org\n" DATE ID "\n", "x\n",
	  "c@d,e@f,C@d,g@h,i@j,k@example.org,l@example.org", "" },
	{ "From: a@b\nBcc: c@d\n" DATE ID "\n", "From: a@b\n" DATE ID NOBODY "\n", "", "c@d", "" },
	{ "From: a@b\nTo: (nobody)\n" DATE ID "\n", "From: a@b\nTo: (nobody)\n" DATE ID "\n", "", "", "" },
	{ "From: a@b\nTo: a@b@c, d@\n" DATE ID "\n", "From: a@b\nTo: a@b@c, d@\n" DATE ID "\n", "", "", "a@b@c,d@" },
	{ "From: a@b\nTo: j\xc3\xb6@d, j\xff@d\n" DATE ID "\n", "From: a@b\nTo: j\xc3\xb6@d, j\xff@d\n" DATE ID "\n",
	  "", "j\xc3\xb6@d", "j\xff@d" },
	/* What is empty is missing. */
	{ "From:\nTo: \nCc:\n \nDate:\nMessage-Id:\nSubject:\n\nx\n", "Subject:\n" WHOLE "\n", "x\n", "", "" },
	{ "Return-Path: <x@y>\nContent-Length: 7\n" FULL "\n", FULL "\n", "", "c@d", "" },
	/* Sent again. */
	{ "Resent-To: e@f\nFrom: a\nTo: c@d\nBcc: g\n\n",
	  "Resent-From: al@example.org\nResent-Date: Fri, 21 Nov 1997 15:55:06 +0000\n"
	  "Resent-Message-ID: <ID1@mail.example.org>\nResent-To: e@f\nFrom: a@example.org\nTo: c@d\n\n",
	  "", "e@f", "" },
	{ "Received: x\nResent-From: a\nResent-Bcc: e@f\nResent-Date: d\nResent-Message-ID: <i@j>\n"
	  "Resent-To: k\nResent-From: b\nResent-To: old@x\nTo: c@d\n\n",
	  "Received: x\nResent-From: a@example.org\nResent-Date: d\nResent-Message-ID: <i@j>\nResent-To: "
	  "k@example.org\n"
	  "Resent-From: b@example.org\nResent-To: old@x\nTo: c@d\n\n",
	  "", "e@f,k@example.org", "" },
	{ "Resent-From: a@b\nResent-To: e@f\nReceived: y\nResent-To: old@x\nTo: c@d\n\n",
	  "Resent-Date: Fri, 21 Nov 1997 15:55:06 +0000\nResent-Message-ID: <ID1@mail.example.org>\n"
	  "Resent-From: a@b\nResent-To: e@f\nReceived: y\nResent-To: old@x\nTo: c@d\n\n",
	  "", "e@f", "" },
	{ "Resent-From: a@b\nResent-To: e@f\nResent-To: g@h\nResent-Date: d\nResent-Message-ID: <i@j>\n\n",
	  "Resent-From: a@b\nResent-To: e@f\nResent-To: g@h\nResent-Date: d\nResent-Message-ID: <i@j>\n\n", "",
	  "e@f,g@h", "" },
	/* A label for 8-bit text. */
	{ FULL "\ncaf\xc3\xa9\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n",
	  "caf\xc3\xa9\n", "c@d", "" },
	{ FULL "\ncaf\xe9\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: 8bit\n\n",
	  "caf\xe9\n", "c@d", "" },
	{ FULL "MIME-Version: 1.0\nContent-Type: text/plain; charset=x\nContent-Transfer-Encoding: 8bit\n\n\xe9\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/plain; charset=x\nContent-Transfer-Encoding: 8bit\n\n", "\xe9\n",
	  "c@d", "" },
	{ FULL "MIME-Version: 1.0\nContent-Type: text/html\n\n\xe9\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n", "\xe9\n", "c@d", "" },
	{ FULL "MIME-Version: 1.0\n\n\xe9\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\nContent-Transfer-Encoding: 8bit\n\n",
	  "\xe9\n", "c@d", "" },
	/* Lines that are too long. */
	{ FULL "\n" X1000 "\n.\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"
	       "Content-Transfer-Encoding: quoted-printable\n\n",
	  NULL, "c@d", "" },
	{ FULL "MIME-Version: 1.0\nContent-Type: text/html; charset=x\nContent-Transfer-Encoding: 7bit\n\n" X1000 "\n",
	  FULL "MIME-Version: 1.0\nContent-Type: text/html; charset=x\nContent-Transfer-Encoding: quoted-printable\n\n",
	  NULL, "c@d", "" },
	{ FULL "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n" X1000 "=3D\n",
	  FULL "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n", NULL, "c@d", "" },
	{ FULL "Content-Transfer-Encoding: x-uuencode\n\n" X1000 "\n", FULL "Content-Transfer-Encoding: x-uuencode\n\n",
	  NULL, "c@d", "" },
};

START_TEST(test_rows)
{
	struct span in = span_str(rows[_i].in);

	for (size_t piece = 1; piece <= in.n + 1; piece = piece * 2 + (piece > 8)) {
		struct repaired r;

		repair(&r, in, &usual, false, piece);
		ck_assert_int_eq(r.rc, 0);
		ck_assert_str_eq(buf_str(&r.header), rows[_i].header);
		if (rows[_i].body)
			ck_assert_str_eq(buf_str(&r.body), rows[_i].body);
		ck_assert_str_eq(join(&r.arena, &r.result.recipients), rows[_i].recipients);
		ck_assert_str_eq(join(&r.arena, &r.result.bad), rows[_i].bad);
		check_result(&r);
		/* What was repaired needs no repair. */
		if (rows[_i].body && strcmp(rows[_i].in, rows[_i].header) == 0)
			ck_assert_uint_eq(r.result.changes.n, 0);
		forget(&r);
	}
}
END_TEST

/* The result is a message that passes as it is. */
START_TEST(test_idempotent)
{
	struct span in = span_str(rows[_i].in);
	struct repaired r, again;
	struct buf all;

	repair(&r, in, &usual, false, in.n + 1);
	buf_init(&all, ROOM);
	buf_put_span(&all, buf_span(&r.header));
	buf_put_span(&all, buf_span(&r.body));
	repair(&again, buf_span(&all), &usual, false, 4096);
	ck_assert_int_eq(again.rc, 0);
	ck_assert_str_eq(buf_str(&again.header), buf_str(&r.header));
	ck_assert_str_eq(buf_str(&again.body), buf_str(&r.body));
	ck_assert_msg(again.result.changes.n == 0, "%s", again.result.changes.n ? again.result.changes.v[0] : "");
	buf_clear(&all);
	forget(&r);
	forget(&again);
}
END_TEST

/* "old@x" has another name, by the side that it is on; "bad@x" cannot be known. */
static int map(void *ctx, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
	       struct fault *f)
{
	(void)ctx;
	*out = mailbox;
	if (strcmp(mailbox, "bad@x") == 0)
		return fault_temp(f, 451, "4.3.5", "the table is gone");
	if (strcmp(mailbox, "old@x") == 0 || strcmp(mailbox, "old@example.org") == 0)
		*out = arena_str(a, side == REWRITE_SENDER ? "sender@new" : "recipient@new");
	return 0;
}

START_TEST(test_map)
{
	static const char in[] =
		"From: old@x (Old)\nTo: \"O\" <old@x>,\n\told, al@y, a b@c\nBcc: old@x\nSubject: old@x\n\nold@x\n";
	struct repair_rules rules = usual;
	struct repaired r;

	rules.map = map;
	rules.recipients = true;
	repair(&r, span_str(in), &rules, false, 100);
	ck_assert_int_eq(r.rc, 0);
	ck_assert_ptr_nonnull(strstr(buf_str(&r.header),
				     "From: sender@new (Old)\nTo: \"O\" <recipient@new>,\n\trecipient@new, al@y, a "
				     "b@c\nSubject: old@x\n"));
	ck_assert_str_eq(buf_str(&r.body), "old@x\n");
	ck_assert_str_eq(join(&r.arena, &r.result.recipients), "old@x,old@example.org,al@y");
	check_result(&r);
	forget(&r);
	rules.sender = "old@x";
	repair(&r, SPAN("To: al@y\n\n"), &rules, false, 100);
	ck_assert_msg(strstr(buf_str(&r.header), "From: sender@new\n") != NULL, "%s", buf_str(&r.header));
	forget(&r);
	repair(&r, SPAN("To: bad@x\n\n"), &rules, false, 100);
	ck_assert_int_eq(r.rc, -1);
	forget(&r);
}
END_TEST

static const struct {
	const char *sender, *full_name, *want;
} senders[] = {
	{ "al", NULL, "From: al@example.org\n" },
	{ "al@x", "Al Doe", "From: Al Doe <al@x>\n" },
	{ "al@x", "Doe, Al", "From: \"Doe, Al\" <al@x>\n" },
	{ "al@x", "J\xc3\xb6rg M\xc3\xbcller", "From: =?UTF-8?B?SsO2cmcgTcO8bGxlcg==?= <al@x>\n" },
	{ "al@x", "a\nBcc: b\r\n\r\nc", "From: \"a Bcc: b    c\" <al@x>\n" },
	{ "", NULL, "From: MAILER-DAEMON@example.org\n" },
	{ "a b", NULL, "From: MAILER-DAEMON@example.org\n" },
	{ "a\n@b", "x", "From: x <MAILER-DAEMON@example.org>\n" },
	{ "\"a b\"", NULL, "From: \"a b\"@example.org\n" },
};

START_TEST(test_sender)
{
	struct repair_rules rules = usual;
	struct repaired r;

	rules.sender = senders[_i].sender;
	rules.full_name = senders[_i].full_name;
	repair(&r, SPAN("hello\n"), &rules, false, 100);
	ck_assert_int_eq(r.rc, 0);
	ck_assert_msg(span_starts(buf_span(&r.header), span_str(senders[_i].want)), "%s", buf_str(&r.header));
	check_result(&r);
	forget(&r);
}
END_TEST

/* A name of a megabyte is folded, not cut, and makes one field. */
START_TEST(test_long_name)
{
	struct repair_rules rules = usual;
	char *name = arena_heap((1 << 20) + 1);
	struct header_field field;
	struct repaired r;

	memset(name, 'N', 1 << 20);
	name[1 << 20] = '\0';
	rules.full_name = name;
	repair(&r, SPAN("hello\n"), &rules, false, 100);
	ck_assert_int_eq(r.rc, 0);
	check_result(&r);
	ck_assert_int_eq(header_find(buf_span(&r.header), SPAN("From"), &field), 1);
	ck_assert(span_ends_nocase(field.body, SPAN(" <al@example.org>")));
	ck_assert_uint_gt(field.body.n, 1 << 20);
	forget(&r);
	free(name);
}
END_TEST

START_TEST(test_flags)
{
	static const struct {
		struct span in;
		bool header_8bit, body_8bit, from_line, no_header, no_blank, nul, recode, resent;
	} want[] = {
		{ SPAN_INIT(FULL "\nx\n"), false, false, false, false, false, false, false, false },
		{ SPAN_INIT("Subject: \xe9\n\nx\n"), true, false, false, false, false, false, false, false },
		{ SPAN_INIT("Subject: x\n\n\xe9\n"), false, true, false, false, false, false, false, false },
		{ SPAN_INIT("Subject: x\n\n\xe9\0\n"), false, false, false, false, false, false, true, false },
		{ SPAN_INIT("From a 10:00\nSubject: x\ny\n"), false, false, true, false, true, false, false, false },
		{ SPAN_INIT("text\n"), false, false, false, true, false, false, false, false },
		{ SPAN_INIT("Subject: a\0b\n\n"), false, false, false, false, false, true, false, false },
		{ SPAN_INIT("Sub\0ject: a\n"), false, false, false, true, false, false, true, false },
		{ SPAN_INIT("Resent-To: a\n\n"), false, false, false, false, false, false, false, true },
	};

	for (int i = 0; i < COUNT(want); i++) {
		struct repaired r;

		repair(&r, want[i].in, &usual, false, 5);
		ck_assert_int_eq(r.rc, 0);
		ck_assert_int_eq(r.result.has_8bit_header, want[i].header_8bit);
		ck_assert_int_eq(r.result.has_8bit_body, want[i].body_8bit);
		ck_assert_int_eq(r.scan.from_line, want[i].from_line);
		ck_assert_int_eq(r.scan.no_header, want[i].no_header);
		ck_assert_int_eq(r.scan.no_blank, want[i].no_blank);
		ck_assert_int_eq(r.scan.header_nul, want[i].nul);
		ck_assert_int_eq(r.scan.recode, want[i].recode);
		ck_assert_int_eq(r.result.resent, want[i].resent);
		check_result(&r);
		forget(&r);
	}
}
END_TEST

START_TEST(test_options)
{
	struct repair_rules rules = usual;
	struct repaired r;

	rules.keep_bcc = true;
	rules.recipients = false;
	repair(&r, SPAN("Bcc: x\n\na\n.\nb\n"), &rules, true, 3);
	ck_assert_str_eq(buf_str(&r.header), "Bcc: x@example.org\n" FROM DATE ID "\n");
	ck_assert_str_eq(buf_str(&r.body), "a\n");
	ck_assert(repair_scan_is_ended(&r.scan));
	ck_assert_uint_eq(r.result.recipients.n, 0);
	forget(&r);
	repair(&r, SPAN("Subject: x\n.\nTo: y\n"), &usual, true, 1);
	ck_assert_str_eq(buf_str(&r.header), "Subject: x\n" WHOLE "\n");
	ck_assert_str_eq(buf_str(&r.body), "");
	forget(&r);
}
END_TEST

static bool is_noted(const struct repaired *r, const char *change)
{
	for (size_t i = 0; i < r->result.changes.n; i++)
		if (strcmp(r->result.changes.v[i], change) == 0)
			return true;
	return false;
}

START_TEST(test_changes)
{
	static const char *const want[] = {
		"removed the mbox \"From \" line",
		"added @example.org to 2 addresses in To",
		"removed Bcc",
		"added From",
		"added Date",
		"added Message-ID",
		"put the missing empty line behind the header",
	};
	struct repaired r;

	repair(&r, SPAN("From a 10:00\nTo: a,b\nBcc: c\nhello\n"), &usual, false, 100);
	for (int i = 0; i < COUNT(want); i++)
		ck_assert_msg(is_noted(&r, want[i]), "not noted: %s", want[i]);
	ck_assert_uint_eq(r.result.changes.n, COUNT(want));
	forget(&r);
}
END_TEST

/* The limit counts the header alone, and a long text without a colon is no header. */
START_TEST(test_header_limit)
{
	struct repaired r;
	struct buf in;

	for (int over = 0; over <= 1; over++) {
		buf_init(&in, ROOM);
		buf_put_str(&in, "X:");
		while (in.n < (size_t)(REPAIR_HEADER_LIMIT + over - 1))
			buf_put_char(&in, 'x');
		buf_put_str(&in, "\n\nbody\n");
		repair(&r, buf_span(&in), &usual, false, 1000);
		ck_assert_int_eq(r.rc, over ? -1 : 0);
		if (over) {
			ck_assert_int_eq(r.fault.reply, 552);
			ck_assert_str_eq(r.fault.status, "5.3.4");
			ck_assert(strstr(r.fault.text, "102400") != NULL);
		} else {
			check_result(&r);
		}
		forget(&r);
		buf_clear(&in);
	}
	buf_init(&in, ROOM);
	for (size_t i = 0; i < 10 * REPAIR_HEADER_LIMIT; i++)
		buf_put_char(&in, 'x');
	for (int from = 0; from <= 1; from++) {
		if (from)
			memcpy(in.p, "From ", 5);
		repair(&r, buf_span(&in), &usual, false, 7000);
		ck_assert_int_eq(r.rc, 0);
		ck_assert(r.scan.no_header && r.scan.recode && !r.scan.from_line);
		check_result(&r);
		forget(&r);
	}
	buf_clear(&in);
}
END_TEST

/* A result that the caller has no room for is a fault, not a header cut short. */
START_TEST(test_no_room)
{
	struct repaired r;

	memset(&r, 0, sizeof(r));
	buf_init(&r.header, 100);
	buf_init(&r.body, 100);
	repair_scan_init(&r.scan, 1000, false);
	ck_assert_int_eq(repair_scan_feed(&r.scan, SPAN("Subject: hello\n"), &r.fault), 0);
	ck_assert_int_eq(repair_scan_end(&r.scan, &r.fault), 0);
	ck_assert_int_eq(repair_header(&r.arena, &r.scan, &usual, &r.header, &r.result, &r.fault), -1);
	ck_assert_int_eq(r.fault.kind, FAULT_PERM);
	ck_assert_str_eq(r.fault.status, "5.3.4");
	forget(&r);
}
END_TEST

#define MIXED	 FULL "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
#define B64	 "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
#define B64_LONG "QUJD" X1000 "QUJD"

static const struct {
	struct span in;
	const char *has[3], *has_not;
} recodes[] = {
	{ SPAN_INIT(FULL "\n" X1000 "\n"), { "\nContent-Transfer-Encoding: quoted-printable\n" }, NULL },
	{ SPAN_INIT(FULL "\na\0b\n\xe9\n.\nFrom x\n"),
	  { "a=00b\n=E9\n=2E\n=46rom x\n", "charset=unknown-8bit" },
	  NULL },
	{ SPAN_INIT(FULL "Content-Transfer-Encoding: 8bit\n\n" X1000), { "Encoding: quoted-printable" }, "8bit" },
	{ SPAN_INIT(FULL "Content-Transfer-Encoding: base64\n\n" B64_LONG "\n"), { "base64", "QUJDxxx" }, "quoted" },
	{ SPAN_INIT(FULL "Content-Transfer-Encoding: quoted-printable\n\n=41" X1000 "=3D\n b =\n c\n"),
	  { "=41xx" },
	  NULL },
	/* Only the part that needs it. */
	{ SPAN_INIT(MIXED "pre\n--b\n\nshort \xe9=\n--b\nContent-Type: text/plain\n\n" X1000 "=\n\n--b--\npost\n"),
	  { "--b\n\nshort \xe9=\n--b\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain\n\nxx" },
	  NULL },
	{ SPAN_INIT(MIXED "--b\nContent-Transfer-Encoding: 7bit\nX: y\n\na\0b\n--b--\n"),
	  { "--b\nContent-Transfer-Encoding: quoted-printable\nX: y\n\na=00b\n--b--\n" },
	  "7bit" },
	{ SPAN_INIT(MIXED "--b\nContent-Transfer-Encoding: base64\n\n" B64 "\n" B64_LONG "\n--b\n\nx\n--b--\n"),
	  { B64 "QUJDxx" },
	  NULL },
	/* Nested: a multipart, a message, a message with a boundary. */
	{ SPAN_INIT(MIXED "--b\nContent-Type: multipart/alternative; boundary=\"c d\"\n\n--c d\n\n" X1000
			  "\n--c d--\n--b\nContent-Type: message/rfc822\n\nSubject: inner\n\na\0b\n--b--\n"),
	  { "--c d\nContent-Transfer-Encoding: quoted-printable\n\nxx",
	    "\n\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\nSubject: inner\n\na=00b\n--b--\n" },
	  NULL },
	{ SPAN_INIT(FULL
		    "Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=q\nMIME-Version: 1.0\n\n"
		    "--q\n\na\0b\n--q--\n"),
	  { "--q\nContent-Transfer-Encoding: quoted-printable\n\na=00b\n--q--\n" },
	  NULL },
	{ SPAN_INIT(FULL "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\na\0b\n--b--\n"),
	  { "--b\n\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\nSubject: x\n\na=00b\n" },
	  NULL },
	/* A boundary must not come into being where a line is broken. */
	{ SPAN_INIT(MIXED "--b\n\n" X10 X10 X10 X10 X10 X10 X10 "xxxxx--b\n" X1000 "\n--b--\n"), { "=2D-b" }, NULL },
	/* A broken structure. */
	{ SPAN_INIT(MIXED "--b\n\n" X1000 "\n"), { "--b\nContent-Transfer-Encoding" }, NULL },
	{ SPAN_INIT(FULL "Content-Type: multipart/mixed\n\n--b\n\n" X1000 "\n"),
	  { "quoted-printable\n\n--b\n" },
	  NULL },
	{ SPAN_INIT(MIXED "--b\nX: y\nno field\n\n" X1000 "\n--b--\n"),
	  { "quoted-printable\nX: y\nno field\n\nxx" },
	  NULL },
};

START_TEST(test_recode)
{
	struct span in = recodes[_i].in;
	struct content before, after;
	struct repaired r;
	struct buf all;

	content_see(&before, in);
	for (size_t piece = 1; piece <= in.n + 1; piece = piece * 3 + 1) {
		repair(&r, in, &usual, false, piece);
		ck_assert_int_eq(r.rc, 0);
		ck_assert(r.scan.recode);
		check_result(&r);
		buf_init(&all, ROOM);
		buf_put_span(&all, buf_span(&r.header));
		buf_put_span(&all, buf_span(&r.body));
		for (int i = 0; i < COUNT(recodes[_i].has) && recodes[_i].has[i]; i++)
			ck_assert_msg(strstr(buf_str(&all), recodes[_i].has[i]), "no %s in %s", recodes[_i].has[i],
				      buf_str(&all));
		ck_assert(!recodes[_i].has_not || !strstr(buf_str(&all), recodes[_i].has_not));
		content_see(&after, buf_span(&all));
		ck_assert_msg(content_is_same(&after, &before), "the content differs: %s", buf_str(&all));
		content_clear(&after);
		buf_clear(&all);
		forget(&r);
	}
	content_clear(&before);
}
END_TEST

/* What cannot be encoded is broken into lines, and nothing of it is lost. */
START_TEST(test_break)
{
	struct repaired r;
	size_t n = 0;

	repair(&r,
	       SPAN(FULL "Content-Type: multipart/mixed; boundary=b\n\npre " X1000 "\0x\n--b\n\ny\n--b--\n" X1000 "\n"),
	       &usual, false, 50);
	ck_assert_int_eq(r.rc, 0);
	check_result(&r);
	for (size_t i = 0; i < r.body.n; i++)
		n += r.body.p[i] == 'x';
	ck_assert_uint_eq(n, 2001);
	ck_assert(strstr(buf_str(&r.body), "\n--b\n\ny\n--b--\n") != NULL);
	forget(&r);
}
END_TEST

/* More parts than are told apart: those behind are one, whose lines are broken and whose NULs are question marks. */
START_TEST(test_many_parts)
{
	struct repaired r;
	struct buf in;

	buf_init(&in, ROOM);
	buf_put_str(&in, MIXED);
	for (int i = 0; i < REPAIR_PARTS_MAX + 10; i++)
		buf_put_str(&in, "--b\n\n=\n");
	buf_put(&in, "--b\n\n\0\n--b--\n", 13);
	repair(&r, buf_span(&in), &usual, false, 10000);
	ck_assert_int_eq(r.rc, 0);
	check_result(&r);
	ck_assert(span_starts(buf_span(&r.body), SPAN("--b\n\n=\n--b\n\n=\n")));
	ck_assert(span_ends_nocase(buf_span(&r.body), SPAN("--b\n\n=\n--b\n\n?\n--b--\n")));
	forget(&r);
	buf_clear(&in);
}
END_TEST

/* A header that is too long to be looked at as that of a part: the body is not looked into, its long lines are broken.
 */
START_TEST(test_huge_header)
{
	struct repaired r;
	struct buf in;

	buf_init(&in, ROOM);
	buf_put_str(&in, MIXED);
	in.n--;
	while (in.n < REPAIR_PART_HEADER_MAX + 1000)
		buf_put_str(&in, "X: "
				 "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"
				 "yyyyyyyy\n");
	buf_put_str(&in, "\n--b\n\n");
	for (int i = 0; i < 2000; i++)
		buf_put_char(&in, 'x');
	buf_put_str(&in, "\n--b--\n");
	limit = in.n;
	repair(&r, buf_span(&in), &usual, false, 10000);
	limit = REPAIR_HEADER_LIMIT;
	ck_assert_int_eq(r.rc, 0);
	check_result(&r);
	ck_assert(span_starts(buf_span(&r.body), SPAN("--b\n\nxxx")));
	ck_assert_uint_eq(r.body.n, strlen("--b\n\n") + 2000 + 2 + strlen("\n--b--\n"));
	forget(&r);
	buf_clear(&in);
}
END_TEST

static const struct {
	const char *head, *piece;
} floods[] = {
	{ "To: ", "," },
	{ "To: ", "(" },
	{ "To: ", "a," },
	{ "To: ", "x" },
	{ "Subject: ", "x" },
	{ "Bcc: a\n", "Bcc: a\n" },
	{ "Resent-To: a\n", "Resent-To: a\n" },
	{ "X: y\n", "X: y\n" },
	{ "X: y\n", " \n" },
	{ "", "\n" },
	{ "", "x" },
	{ "", "a:" },
	{ "", "" },
	{ "From ", "x" },
	{ "From a 10:00\n", "From a 10:00\n" },
	{ "\n", "\r" },
	{ "\n", "." },
	{ MIXED, "--b\n" },
	{ MIXED, "--b\nA: b\n\nx" },
};

/* A megabyte of each: in linear time, either a message or a fault that says what is wrong. */
START_TEST(test_linear)
{
	const size_t n = 1 << 20, step = strlen(floods[_i].piece);
	struct repaired r;
	struct buf in;

	buf_init(&in, n);
	buf_put_str(&in, floods[_i].head);
	while (in.n + step <= n && step > 0)
		buf_put_str(&in, floods[_i].piece);
	repair(&r, buf_span(&in), &usual, false, 8192);
	if (r.rc == 0)
		check_result(&r);
	else
		ck_assert_str_eq(r.fault.status, "5.3.4");
	forget(&r);
	buf_clear(&in);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_idempotent, 0, COUNT(rows));
	tcase_add_test(tc, test_map);
	tcase_add_loop_test(tc, test_sender, 0, COUNT(senders));
	tcase_add_test(tc, test_long_name);
	tcase_add_test(tc, test_flags);
	tcase_add_test(tc, test_options);
	tcase_add_test(tc, test_changes);
	tcase_add_test(tc, test_header_limit);
	tcase_add_test(tc, test_no_room);
	tcase_add_loop_test(tc, test_recode, 0, COUNT(recodes));
	tcase_add_test(tc, test_break);
	tcase_add_test(tc, test_many_parts);
	tcase_add_test(tc, test_huge_header);
	tcase_add_loop_test(tc, test_linear, 0, COUNT(floods));
}

CHECK_MAIN(repair, add_tests)
