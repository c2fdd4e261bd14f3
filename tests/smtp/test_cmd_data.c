/* SPDX-License-Identifier: ISC */
#include "smtp/cmd.h"

#include "support/check_main.h"
#include "support/fake_host.h"

#define BEGIN	    "EHLO c.example\r\nMAIL FROM:<al@x>\r\nRCPT TO:<bo@x>\r\nDATA\r\n"
#define NEXT	    "MAIL FROM:<evil@x>\r\nRCPT TO:<eve@x>\r\nDATA\r\nsmuggled\r\n.\r\n"
#define BEGIN_REPLY "250 250 250 354"

/*
 * What comes behind DATA, the codes of the replies to it, and the message that is accepted. In the first part
 * what looks like an end is none: with it another message would be smuggled in.
 */
static const struct {
	struct span in;
	const char *codes, *message;
} rows[] = {
	{ SPAN_INIT("a\n.\n" NEXT), "250", "a\n.\nMAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\n.\r\n" NEXT), "250", "a\n.\nMAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\r\n.\n" NEXT), "250", "a\n\nMAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\r.\r" NEXT), "250", "a . MAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\r\n.\r" NEXT), "250", "a\n MAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\r.\r\n" NEXT), "250", "a .\nMAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\n.\r" NEXT), "250", "a\n. MAIL FROM:<evil@x>\nRCPT TO:<eve@x>\nDATA\nsmuggled\n" },
	{ SPAN_INIT("a\r\n\0.\r\n" NEXT), "554", NULL },
	{ SPAN_INIT("a\r\n.\0\r\n" NEXT), "554", NULL },

	{ SPAN_INIT(".\r\n"), "250", "" },
	{ SPAN_INIT("\r\n.\r\n"), "250", "\n" },
	{ SPAN_INIT("a\r\n..\r\n..b\r\n.c\r\n.\r\n"), "250", "a\n.\n.b\nc\n" },
	{ SPAN_INIT("a\r\n.\r\nNOOP\r\n"), "250 250", "a\n" },
	{ SPAN_INIT("8 bit: \xc3\xa9\r\n.\r\n"), "250", "8 bit: \xc3\xa9\n" },
	{ SPAN_INIT("NUL: \0\r\n.\r\nNOOP\r\n"), "554 250", NULL },
	{ SPAN_INIT("Received: a\r\nReceived: b\r\nReceived: c\r\nReceived: d\r\nreceived: e\r\n\r\nReceived: "
		    "f\r\n.\r\n"),
	  "250", "Received: a\nReceived: b\nReceived: c\nReceived: d\nreceived: e\n\nReceived: f\n" },
	{ SPAN_INIT("Received: a\r\nReceived: b\r\nReceived: c\r\nReceived: d\r\nreceived: e\r\nReceived: "
		    "f\r\n\r\n.\r\n"),
	  "554", NULL },
};

START_TEST(test_data)
{
	static const size_t pieces[] = { SMTP_PIECE, 1, 2, 3, 5, 11 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fake_host h;
		struct buf want;

		buf_init(&want, 10000);
		fake_host_init(&h);
		fake_host_feed(&h, SPAN(BEGIN), pieces[i]);
		fake_host_feed(&h, rows[_i].in, pieces[i]);
		buf_printf(&want, BEGIN_REPLY " %s", rows[_i].codes);
		ck_assert_str_eq(fake_host_codes(&h), buf_str(&want));
		buf_reset(&want);
		if (rows[_i].message)
			buf_printf(&want, "<al@x> <bo@x>\n%s--\n", rows[_i].message);
		ck_assert_str_eq(buf_str(&h.accepted), buf_str(&want));
		ck_assert_int_eq(h.ended + h.aborted, h.begun);
		fake_host_clear(&h);
		buf_clear(&want);
	}
}
END_TEST

/* Wrong in two ways: the reason given does not depend on how it comes. */
START_TEST(test_two_reasons)
{
	static const size_t pieces[] = { 1, 100, SMTP_PIECE };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fake_host h;

		fake_host_init(&h);
		h.server.header_size_limit = 10;
		h.server.message_size_limit = 100;
		fake_host_feed(&h, SPAN(BEGIN), SMTP_PIECE);
		buf_reset(&h.replies);
		for (int n = 0; n < 20; n++)
			fake_host_feed(&h, SPAN("NUL: \0 and more\r\n"), pieces[i]);
		fake_host_feed(&h, SPAN(".\r\n"), pieces[i]);
		ck_assert_str_eq(buf_str(&h.replies), "552 5.3.4 Message size exceeds the limit of 100 octets\r\n");
		ck_assert_int_eq(h.aborted, 1);
		fake_host_clear(&h);
	}
}
END_TEST

START_TEST(test_reject_bare_newline)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.reject_bare_newline = true;
	fake_host_feed(&h, SPAN(BEGIN "a\n.\n" NEXT), SMTP_PIECE);
	ck_assert_ptr_nonnull(strstr(buf_str(&h.replies), "550 5.5.2 Bare <LF> received\r\n"));
	ck_assert_int_eq(h.begun, 1);
	ck_assert_str_eq(buf_str(&h.accepted), "");
	fake_host_clear(&h);
}
END_TEST

/* Over a limit the rest is swallowed, nothing is stored any more, and there is one reply, at the end. */
static const struct {
	size_t header, body;
	const char *reply;
} sizes[] = {
	{ 0, 99999, "250 2.0.0" },
	{ 0, 100000, "552 5.3.4 Message size" },
	{ 9999, 10, "250 2.0.0" },
	{ 10000, 10, "552 5.3.4 Message header" },
	{ 0, 1 << 20, "552 5.3.4 Message size" },
};

static void put_line(struct buf *out, size_t n)
{
	while (n > 1000) {
		for (int i = 0; i < 998; i++)
			buf_put_char(out, 'x');
		buf_put_str(out, "\r\n");
		n -= 999;
	}
	for (size_t i = 0; i + 1 < n; i++)
		buf_put_char(out, 'x');
	buf_put_str(out, n ? "\r\n" : "");
}

START_TEST(test_size)
{
	struct fake_host h;
	struct buf in;

	buf_init(&in, 4 << 20);
	buf_put_str(&in, BEGIN);
	put_line(&in, sizes[_i].header);
	buf_put_str(&in, "\r\n");
	put_line(&in, sizes[_i].body);
	buf_put_str(&in, ".\r\nRCPT TO:<bo@x>\r\n");
	fake_host_init(&h);
	fake_host_feed(&h, buf_span(&in), 1000);
	ck_assert_msg(strstr(buf_str(&h.replies), sizes[_i].reply) != NULL, "%s", buf_str(&h.replies));
	ck_assert_ptr_nonnull(strstr(buf_str(&h.replies), "503 5.5.1 Send MAIL first"));
	ck_assert_int_le(h.message.n, 100000);
	ck_assert_int_eq(h.ended + h.aborted, 1);
	fake_host_clear(&h);
	buf_clear(&in);
}
END_TEST

/* A message refused at its end takes the transaction with it. */
START_TEST(test_end_resets)
{
	struct fake_host h;

	fake_host_init(&h);
	h.fail_end = true;
	fake_host_feed(&h, SPAN(BEGIN "x\r\n.\r\n"), SMTP_PIECE);
	h.fail_end = false;
	fake_host_feed(&h, SPAN("RCPT TO:<bo@x>\r\nDATA\r\nBDAT 1 LAST\r\nx"), SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), BEGIN_REPLY " 452 503 503 503");
	ck_assert_str_eq(buf_str(&h.accepted), "");
	fake_host_clear(&h);
}
END_TEST

/* Refused before it began, what the client does not send is not waited for. */
START_TEST(test_begin_fails)
{
	struct fake_host h;

	fake_host_init(&h);
	h.fail_begin = true;
	fake_host_feed(&h, SPAN(BEGIN "NOOP\r\nRCPT TO:<bo@x>\r\n"), SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), "250 250 250 452 250 503");
	ck_assert_int_eq(h.ended + h.aborted, 0);
	fake_host_clear(&h);
}
END_TEST

/* LMTP: as many replies to a message as it has recipients, also when it is refused. */
static const struct {
	const char *in;
	bool fail;
	const char *codes;
} lmtps[] = {
	{ "x\r\n.\r\nNOOP\r\n", false, "250 250 250 250 354 250 250 250" },
	{ "x\r\n.\r\nNOOP\r\n", true, "250 250 250 250 354 452 452 250" },
};

START_TEST(test_lmtp)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.lmtp = true;
	h.fail_end = lmtps[_i].fail;
	fake_host_feed(&h, SPAN("LHLO c\r\nMAIL FROM:<al@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"),
		       SMTP_PIECE);
	fake_host_feed(&h, span_str(lmtps[_i].in), SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), lmtps[_i].codes);
	fake_host_clear(&h);
}
END_TEST

/* RFC 2033 4.2 wants 503 where SMTP has 554; and LMTP is not SMTP. */
START_TEST(test_lmtp_commands)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.lmtp = true;
	fake_host_feed(&h,
		       SPAN("HELO c\r\nEHLO c\r\nMAIL FROM:<al>\r\nLHLO c\r\nMAIL FROM:<al>\r\nRCPT TO:<no@x>\r\n"
			    "DATA\r\n"),
		       SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), "500 500 503 250 250 550 503");
	fake_host_clear(&h);
}
END_TEST

static int outcome(void *ctx, const struct envelope *e, size_t i, struct fault *f)
{
	(void)ctx;
	return strcmp(e->rcpts[i].address, "full@x") == 0 ? fault_perm(f, 552, "5.2.2", "Mailbox full") : 0;
}

START_TEST(test_lmtp_outcome)
{
	struct smtp_callbacks call;
	struct fake_host h;

	fake_host_init(&h);
	h.server.lmtp = true;
	call = *h.session.call;
	call.outcome = outcome;
	h.session.call = &call;
	fake_host_feed(&h,
		       SPAN("LHLO c\r\nMAIL FROM:<al>\r\nRCPT TO:<a@x>\r\nRCPT TO:<full@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n"
			    ".\r\n"),
		       SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), "250 250 250 250 250 354 250 552 250");
	fake_host_clear(&h);
}
END_TEST

/* The Received field: who, by what protocol, for whom. */
static const struct {
	const char *in;
	bool lmtp, local;
	const char *want[3], *unwanted;
} traces[] = {
	{ "HELO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<bo@x>\r\n",
	  false,
	  false,
	  { "Received: from c.example (unknown [192.0.2.1])", "with SMTP", "for <bo@x>" },
	  "ESMTP" },
	{ "EHLO c.example\r\nMAIL FROM:<>\r\nRCPT TO:<bo@x>\r\nRCPT TO:<cy@x>\r\n",
	  false,
	  false,
	  { "from c.example", "with ESMTP", "id ID1" },
	  "for <" },
	{ "EHLO c\r\nMAIL FROM:<> SMTPUTF8\r\nRCPT TO:<bo@x>\r\n",
	  false,
	  false,
	  { "with UTF8SMTP", "by mx.example", "" },
	  "ESMTP" },
	{ "LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bo@x>\r\n", true, false, { "with LMTP", "", "" }, "SMTP" },
	{ "EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bo@x>\r\n",
	  false,
	  true,
	  { "from userid 1000", "with ESMTP", "" },
	  "from c" },
	{ "EHLO a (b\\ \"\xc3\xa9 %s%n\r\nMAIL FROM:<>\r\nRCPT TO:<bo@x>\r\n",
	  false,
	  false,
	  { "from a", "with ESMTP", "" },
	  "%" },
};

START_TEST(test_received)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.lmtp = traces[_i].lmtp;
	if (traces[_i].local)
		h.client = (struct smtp_client){ .uid = 1000 };
	fake_host_feed(&h, span_str(traces[_i].in), SMTP_PIECE);
	fake_host_feed(&h, SPAN("DATA\r\n.\r\n"), SMTP_PIECE);
	for (int i = 0; i < 3; i++)
		ck_assert_msg(strstr(buf_str(&h.received), traces[_i].want[i]) != NULL, "%s", buf_str(&h.received));
	ck_assert_msg(!strstr(buf_str(&h.received), traces[_i].unwanted), "%s", buf_str(&h.received));
	fake_host_clear(&h);
}
END_TEST

/* Who has logged in is told of where that is wanted, and nowhere else. */
START_TEST(test_received_user)
{
	static const struct {
		bool authenticated, show, told;
	} users[] = { { false, false, false }, { true, false, false }, { false, true, false }, { true, true, true } };
	struct fake_host h;

	fake_host_init(&h);
	h.server.show_user = users[_i].show;
	fake_host_feed(&h, SPAN("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<bo@x>\r\n"), SMTP_PIECE);
	h.session.authenticated = users[_i].authenticated;
	memcpy(h.session.sasl.user, "whoami", sizeof("whoami"));
	fake_host_feed(&h, SPAN("DATA\r\n.\r\n"), SMTP_PIECE);
	ck_assert_int_eq(strstr(buf_str(&h.received), "whoami") != NULL, users[_i].told);
	ck_assert_int_eq(strstr(buf_str(&h.received), "with ESMTPA") != NULL, users[_i].authenticated);
	fake_host_clear(&h);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_data, 0, COUNT(rows));
	tcase_add_test(tc, test_two_reasons);
	tcase_add_test(tc, test_reject_bare_newline);
	tcase_add_loop_test(tc, test_size, 0, COUNT(sizes));
	tcase_add_test(tc, test_end_resets);
	tcase_add_test(tc, test_begin_fails);
	tcase_add_loop_test(tc, test_lmtp, 0, COUNT(lmtps));
	tcase_add_test(tc, test_lmtp_commands);
	tcase_add_test(tc, test_lmtp_outcome);
	tcase_add_loop_test(tc, test_received, 0, COUNT(traces));
	tcase_add_loop_test(tc, test_received_user, 0, 4);
}

CHECK_MAIN(cmd_data, add_tests)
