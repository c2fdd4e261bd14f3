/* SPDX-License-Identifier: ISC */
#include "smtp/session.h"

#include <stdio.h>

#include "support/check_main.h"
#include "support/fake_host.h"

#define CR	 "\r\n"
#define HELLO	 "EHLO c.example" CR
#define FROM	 "MAIL FROM:<al@c.example>" CR
#define TO	 "RCPT TO:<bo@example>" CR
#define BEGIN	 HELLO FROM TO
#define TWICE(x) x x
#define TEN(x)	 x x x x x x x x x x

static const struct fake_host_dialogue rows[] = {
	{ "one message", SPAN_INIT(BEGIN "DATA" CR "Subject: x" CR CR "y" CR "." CR "QUIT" CR),
	  "250 250 250 354 250 221", "<al@c.example> <bo@example>\nSubject: x\n\ny\n--\n" },
	{ "two messages", SPAN_INIT(BEGIN "DATA" CR "a" CR "." CR FROM TO "DATA" CR "b" CR "." CR),
	  "250 250 250 354 250 250 250 354 250",
	  "<al@c.example> <bo@example>\na\n--\n<al@c.example> <bo@example>\nb\n--\n" },
	{ "lower case", SPAN_INIT("ehlo c\r\nmail from:<al>\r\nrcpt to:<bo>\r\ndata\r\n.\r\nquit\r\n"),
	  "250 250 250 354 250 221", "<al> <bo>\n--\n" },
	{ "HELO", SPAN_INIT("HELO c" CR FROM TO "DATA" CR "." CR), "250 250 250 354 250",
	  "<al@c.example> <bo@example>\n--\n" },
	{ "null sender", SPAN_INIT(HELLO "MAIL FROM:<>" CR TO "DATA" CR "." CR), "250 250 250 354 250",
	  "<> <bo@example>\n--\n" },
	{ "several recipients", SPAN_INIT(BEGIN "RCPT TO:<no@x>" CR "RCPT TO:<cy@x>" CR "DATA" CR "." CR),
	  "250 250 250 550 250 354 250", "<al@c.example> <bo@example> <cy@x>\n--\n" },
	{ "blanks around", SPAN_INIT("EHLO  c " CR "RSET  " CR "NOOP anything" CR), "250 250 250", "" },
	{ "bare LF ends commands", SPAN_INIT("EHLO c\nMAIL FROM:<al>\nRCPT TO:<bo>\n"), "250 250 250", "" },

	{ "unknown command", SPAN_INIT("HELP ME" CR "FROB x" CR CR " " CR "\xc3\xa9" CR), "214 500 500 500 500", "" },
	{ "LHLO is LMTP's", SPAN_INIT("LHLO c" CR), "500", "" },
	{ "control bytes", SPAN_INIT("EHLO a\0b" CR "EHLO a\rb" CR "EHLO a\tb" CR "NOOP \x1b" CR), "500 500 500 500",
	  "" },
	{ "arguments",
	  SPAN_INIT("EHLO" CR "EHLO c" CR "RSET x" CR "QUIT x" CR "MAIL" CR "VRFY" CR "BDAT" CR "HELP x" CR),
	  "501 250 501 501 501 501 501 214", "" },
	{ "DATA x", SPAN_INIT(BEGIN "DATA x" CR "DATA" CR "." CR), "250 250 250 501 354 250",
	  "<al@c.example> <bo@example>\n--\n" },
	{ "EXPN, VRFY", SPAN_INIT("EXPN list" CR "VRFY bo" CR "VRFY no@x" CR "VRFY <>" CR "VRFY <\xc3\xa9@x>" CR),
	  "502 252 550 501 553", "" },
	{ "crash of others: VRFY within", SPAN_INIT(BEGIN "VRFY <\xc3\xa9@x>" CR "DATA" CR "." CR),
	  "250 250 250 553 354 250", "<al@c.example> <bo@example>\n--\n" },

	{ "MAIL refused", SPAN_INIT(HELLO "MAIL FROM:<bad@x>" CR TO "DATA" CR), "250 550 503 503", "" },
	{ "no recipient", SPAN_INIT(HELLO FROM "DATA" CR "RCPT TO:<no@x>" CR "DATA" CR TO "DATA" CR "." CR),
	  "250 250 554 550 554 250 354 250", "<al@c.example> <bo@example>\n--\n" },
	{ "nested MAIL", SPAN_INIT(BEGIN FROM "DATA" CR "." CR), "250 250 250 503 354 250",
	  "<al@c.example> <bo@example>\n--\n" },
	{ "RSET", SPAN_INIT(BEGIN "RSET" CR "DATA" CR TO), "250 250 250 250 503 503", "" },
	{ "EHLO resets", SPAN_INIT(BEGIN HELLO "DATA" CR), "250 250 250 250 503", "" },
	{ "declared size",
	  SPAN_INIT(HELLO "MAIL FROM:<al> SIZE=100000" CR "RSET" CR "MAIL FROM:<al> SIZE=100001" CR TO),
	  "250 250 250 552 503", "" },
	{ "too many recipients", SPAN_INIT(BEGIN TO TO TO TO "DATA" CR "." CR), "250 250 250 250 250 452 452 354 250",
	  "<al@c.example> <bo@example> <bo@example> <bo@example>\n--\n" },

	{ "web server", SPAN_INIT("GET / HTTP/1.1" CR "Host: x" CR CR BEGIN), "554", "" },
	{ "POST in the middle", SPAN_INIT(HELLO "POST / HTTP/1.1" CR BEGIN), "250 554", "" },
	{ "TLS", SPAN_INIT("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" BEGIN), "554", "" },
	{ "errors", SPAN_INIT(TEN("X" CR) TEN("Y" CR) "Z" CR "NOOP" CR),
	  "500 500 500 500 500 500 500 500 500 500 500 500 500"
	  " 500 500 500 500 500 500 500 500 421",
	  "" },
	{ "junk", SPAN_INIT(TEN("NOOP" CR) "NOOP" CR "NOOP" CR), "250 250 250 250 250 250 250 250 250 250 250 421",
	  "" },
	{ "junk of other kinds",
	  SPAN_INIT(TWICE("EHLO c" CR "RSET" CR "HELP" CR "VRFY a" CR "EHLO c" CR) "RSET" CR "QUIT" CR),
	  "250 250 214 252 250 250 250 214 252 250 250 421", "" },
	{ "MAIL and RSET", SPAN_INIT(HELLO TEN("MAIL FROM:<a>" CR "RSET" CR) "NOOP" CR),
	  "250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 250 421", "" },
	{ "mail forgives", SPAN_INIT(TEN("NOOP" CR) FROM TO "HELO c" CR "NOOP" CR),
	  "250 250 250 250 250 250 250 250 250 250 503 503 250 421", "" },
};

START_TEST(test_dialogue)
{
	fake_host_check(&rows[_i]);
}
END_TEST

/* Each command in each state: the code of its reply. BDAT has its octets behind it. */
static const struct {
	const char *state, *how;
} states[] = {
	{ "start", "" },
	{ "ready", HELLO },
	{ "mail, no recipient", HELLO FROM },
	{ "mail", BEGIN },
	{ "chunks", BEGIN "BDAT 1" CR "x" },
};

static const struct {
	const char *command;
	int codes[5];
} matrix[] = {
	{ "EHLO x" CR, { 250, 250, 250, 250, 250 } },
	{ "HELO x" CR, { 250, 250, 250, 250, 250 } },
	{ "LHLO x" CR, { 500, 500, 500, 500, 500 } },
	{ FROM, { 503, 250, 503, 503, 503 } },
	{ TO, { 503, 503, 250, 250, 503 } },
	{ "DATA" CR, { 503, 503, 554, 354, 503 } },
	{ "BDAT 1" CR "x", { 503, 503, 554, 250, 250 } },
	{ "BDAT 1 LAST" CR "x", { 503, 503, 554, 250, 250 } },
	{ "BDAT x" CR, { 501, 501, 501, 501, 501 } },
	{ "BDAT 1 FIRST" CR "x", { 501, 501, 501, 501, 501 } },
	{ "RSET" CR, { 250, 250, 250, 250, 250 } },
	{ "VRFY a" CR, { 252, 252, 252, 252, 252 } },
	{ "EXPN a" CR, { 502, 502, 502, 502, 502 } },
	{ "ETRN x.example" CR, { 503, 459, 503, 503, 503 } },
	{ "XCLIENT ADDR=192.0.2.9" CR, { 550, 550, 503, 503, 503 } },
	{ "HELP" CR, { 214, 214, 214, 214, 214 } },
	{ "NOOP" CR, { 250, 250, 250, 250, 250 } },
	{ "QUIT" CR, { 221, 221, 221, 221, 221 } },
	{ "STARTTLS" CR, { 502, 502, 503, 503, 503 } },
	{ "STARTTLS x" CR, { 501, 501, 503, 503, 503 } },
	{ "FROB" CR, { 500, 500, 500, 500, 500 } },
};

START_TEST(test_matrix)
{
	for (int state = 0; state < COUNT(states); state++) {
		struct fake_host h;
		size_t before;

		fake_host_init(&h);
		fake_host_feed(&h, span_str(states[state].how), SMTP_PIECE);
		before = h.replies.n;
		fake_host_feed(&h, span_str(matrix[_i].command), SMTP_PIECE);
		ck_assert_msg(strtol(buf_str(&h.replies) + before, NULL, 10) == matrix[_i].codes[state],
			      "%s in state %s: %s", matrix[_i].command, states[state].state,
			      buf_str(&h.replies) + before);
		ck_assert_msg(strstr(buf_str(&h.replies) + before, "\n") != NULL, "not a whole line");
		fake_host_clear(&h);
	}
}
END_TEST

START_TEST(test_ehlo)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, SPAN(HELLO), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), "250-mx.example\r\n"
					      "250-PIPELINING\r\n"
					      "250-8BITMIME\r\n"
					      "250-SMTPUTF8\r\n"
					      "250-CHUNKING\r\n"
					      "250-DSN\r\n"
					      "250-ENHANCEDSTATUSCODES\r\n"
					      "250-DELIVERBY\r\n"
					      "250-MT-PRIORITY\r\n"
					      "250-SIZE 100000\r\n"
					      "250 LIMITS RCPTMAX=3\r\n");
	fake_host_clear(&h);
}
END_TEST

/* ---- STARTTLS ---- */

static bool tls_fails;

static int begin_tls(void *ctx, struct fault *f)
{
	(void)ctx;
	return tls_fails ? fault_temp(f, 454, "4.7.0", "TLS is not available now") : 0;
}

/* Over the network, with TLS as the level says. */
static struct smtp_callbacks with_tls(struct fake_host *h, enum smtp_tls level)
{
	struct smtp_callbacks call;

	fake_host_init(h);
	call = *h->session.call;
	call.start_tls = begin_tls;
	h->server.tls = level;
	tls_fails = false;
	return call;
}

static const struct tlsio_info tls_info = { .protocol = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .bits = 256 };

static const struct {
	enum smtp_tls level;
	bool secured;
	const char *in, *codes; /* after that */
} tls_rows[] = {
	{ SMTP_TLS_NONE, false, HELLO "STARTTLS" CR, "250 502" },
	{ SMTP_TLS_MAY, false, HELLO FROM TO "DATA" CR "." CR, "250 250 250 354 250" },
	{ SMTP_TLS_MAY, false, HELLO FROM "STARTTLS" CR, "250 250 503" },
	{ SMTP_TLS_MAY, false, "STARTTLS" CR, "220" },
	{ SMTP_TLS_MAY, false, HELLO "STARTTLS now" CR, "250 501" },
	/* CVE-2011-0411, NO STARTTLS: what rides behind it is never looked at. */
	{ SMTP_TLS_MAY, false, HELLO "STARTTLS" CR "RSET" CR, "250 220" },
	{ SMTP_TLS_MAY, false, HELLO "STARTTLS" CR FROM TO "DATA" CR, "250 220" },
	{ SMTP_TLS_MAY, false, HELLO "STARTTLS" CR "STARTTLS" CR, "250 220" },
	{ SMTP_TLS_MAY, true, HELLO "STARTTLS" CR, "250 503" },
	{ SMTP_TLS_MAY, true, FROM, "503" },
	{ SMTP_TLS_ENCRYPT, false, HELLO FROM TO "DATA" CR "RSET" CR "VRFY bo" CR "EXPN x" CR,
	  "250 530 530 530 530 530 530" },
	{ SMTP_TLS_ENCRYPT, false, HELLO "NOOP" CR "HELP" CR "FROB" CR "STARTTLS" CR, "250 250 214 500 220" },
	{ SMTP_TLS_ENCRYPT, false, HELLO "QUIT" CR, "250 221" },
	/* Its octets are no commands. */
	{ SMTP_TLS_ENCRYPT, false, HELLO "BDAT 6 LAST" CR "QUIT" CR "NOOP" CR, "250 503 250" },
	{ SMTP_TLS_ENCRYPT, true, BEGIN "DATA" CR "." CR, "250 250 250 354 250" },
};

START_TEST(test_starttls)
{
	struct fake_host h;
	struct smtp_callbacks call = with_tls(&h, tls_rows[_i].level);

	h.session.call = &call;
	if (tls_rows[_i].secured)
		smtp_session_secured(&h.session, &tls_info);
	fake_host_feed(&h, span_str(tls_rows[_i].in), SMTP_PIECE);
	ck_assert_msg(strcmp(fake_host_codes(&h), tls_rows[_i].codes) == 0, "%s", buf_str(&h.replies));
	ck_assert_int_eq(smtp_session_wants_tls(&h.session), strstr(tls_rows[_i].codes, "220") != NULL);
	fake_host_clear(&h);
}
END_TEST

/* The whole way; afterwards nothing of what was said before is left. */
START_TEST(test_secured)
{
	struct fake_host h;
	struct smtp_callbacks call = with_tls(&h, SMTP_TLS_ENCRYPT);
	const char *text;

	h.session.call = &call;
	fake_host_feed(&h, SPAN("EHLO before" CR), SMTP_PIECE);
	ck_assert(strstr(buf_str(&h.replies), "\r\n250-STARTTLS\r\n") != NULL);
	fake_host_feed(&h, SPAN("STARTTLS" CR "EHLO injected" CR), SMTP_PIECE);
	fake_host_feed(&h, SPAN("EHLO again" CR), SMTP_PIECE);
	ck_assert_str_eq(h.session.helo, "before");
	smtp_session_secured(&h.session, &tls_info);
	ck_assert_str_eq(h.session.helo, "");
	ck_assert(!smtp_session_wants_tls(&h.session));
	buf_reset(&h.replies);
	fake_host_feed(&h, SPAN(FROM "EHLO after" CR), SMTP_PIECE);
	ck_assert(strncmp(buf_str(&h.replies), "503 ", 4) == 0);
	ck_assert(strstr(buf_str(&h.replies), "STARTTLS") == NULL);
	fake_host_feed(&h, SPAN(FROM TO "DATA" CR "." CR), SMTP_PIECE);
	text = buf_str(&h.received);
	ck_assert_msg(strstr(text, " with ESMTPS\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256 bits))\n") !=
			      NULL,
		      "%s", text);
	ck_assert(strstr(text, "before") == NULL && strstr(text, "injected") == NULL);
	fake_host_clear(&h);
}
END_TEST

START_TEST(test_no_tls)
{
	struct fake_host h;
	struct smtp_callbacks call = with_tls(&h, SMTP_TLS_MAY);

	h.session.call = &call;
	tls_fails = true;
	fake_host_feed(&h, SPAN("STARTTLS" CR "NOOP" CR), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), "454 4.7.0 TLS is not available now\r\n250 2.0.0 Ok\r\n");
	fake_host_clear(&h);
}
END_TEST

/* Whoever is on this machine needs no TLS. */
START_TEST(test_local_needs_none)
{
	struct fake_host h;
	struct smtp_callbacks call = with_tls(&h, SMTP_TLS_ENCRYPT);
	struct smtp_client local = { .uid = 1000 };

	h.session.call = &call;
	h.session.client = &local;
	fake_host_feed(&h, SPAN(HELLO), SMTP_PIECE);
	buf_reset(&h.replies);
	fake_host_feed(&h, SPAN(FROM), SMTP_PIECE);
	ck_assert_int_eq(strtol(buf_str(&h.replies), NULL, 10), 250);
	fake_host_clear(&h);
}
END_TEST

START_TEST(test_greeting)
{
	struct fake_host h;

	fake_host_init(&h);
	smtp_session_greet(&h.session);
	ck_assert_str_eq(buf_str(&h.replies), "220 mx.example ESMTP\r\n");
	ck_assert(smtp_session_is_idle(&h.session));
	fake_host_clear(&h);
}
END_TEST

/* A name as long as allowed is kept, one octet more is not; neither hurts. */
START_TEST(test_long_name)
{
	char line[SMTP_HELO_MAX + 16];
	struct fake_host h;

	fake_host_init(&h);
	snprintf(line, sizeof(line), "EHLO %0*d\r\n", SMTP_HELO_MAX + 1, 0);
	fake_host_feed(&h, span_str(line), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), "501 5.5.4 Name too long\r\n");
	ck_assert_str_eq(h.session.helo, "");
	snprintf(line, sizeof(line), "EHLO %0*d\r\n", SMTP_HELO_MAX, 0);
	fake_host_feed(&h, span_str(line), SMTP_PIECE);
	ck_assert_int_eq(strlen(h.session.helo), SMTP_HELO_MAX);
	fake_host_clear(&h);
}
END_TEST

/* Octets before the CR LF, and whether that is a line too long. */
static const struct {
	size_t n;
	bool fits;
} lengths[] = {
	{ 512, true },
	{ 513, true },
	{ SMTP_LINE_MAX - 2, true },
	{ SMTP_LINE_MAX - 1, false },
	{ SMTP_LINE_MAX, false },
	{ 4096, false },
	{ 1 << 20, false },
};

START_TEST(test_line_length)
{
	struct fake_host h;
	struct buf line;

	buf_init(&line, 2 << 20);
	buf_put_str(&line, "NOOP ");
	while (line.n < lengths[_i].n)
		buf_put_char(&line, 'x');
	buf_put_str(&line, "\r\nNOOP\r\n");
	fake_host_init(&h);
	fake_host_feed(&h, buf_span(&line), 1000);
	ck_assert_str_eq(buf_str(&h.replies), lengths[_i].fits ? "250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n"
							       : "500 5.5.2 Line too long\r\n250 2.0.0 Ok\r\n");
	fake_host_clear(&h);
	buf_clear(&line);
}
END_TEST

/* The end of a line that was too long is not taken for a command, however it is cut. */
START_TEST(test_long_line_is_no_command)
{
	struct fake_host h;
	char line[SMTP_LINE_MAX + 6];

	memset(line, 'x', SMTP_LINE_MAX);
	memcpy(line + SMTP_LINE_MAX, "QUIT\r\n", 6);
	for (size_t piece = 1; piece <= SMTP_LINE_MAX + 6; piece += 409) {
		fake_host_init(&h);
		fake_host_feed(&h, span_of(line, sizeof(line)), piece);
		ck_assert_str_eq(buf_str(&h.replies), "500 5.5.2 Line too long\r\n");
		ck_assert(smtp_session_is_open(&h.session));
		fake_host_clear(&h);
	}
}
END_TEST

START_TEST(test_reject_bare_newline)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.reject_bare_newline = true;
	fake_host_feed(&h, SPAN("EHLO c\r\nNOOP\nQUIT\r\n"), SMTP_PIECE);
	ck_assert_ptr_nonnull(strstr(buf_str(&h.replies), "554 5.5.2 Bare <LF> received\r\n"));
	ck_assert(!smtp_session_is_open(&h.session));
	fake_host_clear(&h);
}
END_TEST

START_TEST(test_disable_vrfy)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.disable_vrfy = true;
	fake_host_feed(&h, SPAN("VRFY no@x\r\n"), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.replies), "252 2.0.0 Mail for <no@x> is accepted, as far as can be told\r\n");
	fake_host_clear(&h);
}
END_TEST

/* Wherever it happens, an unfinished message leaves no trace, and a reply is the last one. */
static const struct {
	const char *in;
	bool idle;
} stops[] = {
	{ "", true },
	{ "NO", false },
	{ HELLO, true },
	{ BEGIN, false },
	{ BEGIN "DATA" CR, false },
	{ BEGIN "DATA" CR "half a li", false },
	{ BEGIN "DATA" CR "x" CR ".", false },
	{ BEGIN "BDAT 10" CR "12345", false },
	{ BEGIN "BDAT 3" CR "123", false },
};

START_TEST(test_stop)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, span_str(stops[_i].in), SMTP_PIECE);
	ck_assert_int_eq(smtp_session_is_idle(&h.session), stops[_i].idle);
	buf_reset(&h.replies);
	smtp_session_stop(&h.session, "4.4.2", "Timeout");
	fake_host_feed(&h, SPAN("x\r\n.\r\nNOOP\r\n"), SMTP_PIECE);
	smtp_session_stop(&h.session, "4.4.2", "Timeout");
	ck_assert_str_eq(buf_str(&h.replies), "421 4.4.2 mx.example Timeout\r\n");
	ck_assert(!smtp_session_is_open(&h.session));
	ck_assert_int_eq(h.ended, 0);
	ck_assert_int_eq(h.aborted, h.begun);
	fake_host_clear(&h);
}
END_TEST

START_TEST(test_lost)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, span_str(stops[_i].in), SMTP_PIECE);
	fake_host_clear(&h);
	ck_assert_int_eq(h.ended, 0);
	ck_assert_int_eq(h.aborted, h.begun);
}
END_TEST

/* A million of each must neither keep the session nor grow it. */
static const char *const floods[] = { "NOOP\r\n",   "RSET\r\n",
				      "FROB\r\n",   "\r\n",
				      "EHLO x\r\n", "MAIL FROM:<a>\r\nRSET\r\n",
				      "VRFY a\r\n", "BDAT 0\r\n",
				      "QUIT x\r\n", "RCPT TO:<no@x>\r\n" };

START_TEST(test_flood)
{
	struct fake_host h;
	struct span one = span_str(floods[_i]);

	fake_host_init(&h);
	fake_host_feed(&h, SPAN(BEGIN), SMTP_PIECE);
	for (int i = 0; i < 1000000; i++)
		smtp_session_feed(&h.session, one.p, one.n);
	ck_assert(!smtp_session_is_open(&h.session));
	ck_assert_int_lt(h.replies.n, 10000);
	fake_host_clear(&h);
}
END_TEST

/* Recipients over the limit are no errors at first, but they are bounded. */
START_TEST(test_recipient_flood)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, SPAN(BEGIN), SMTP_PIECE);
	for (int i = 0; i < SMTP_RCPT_OVERSHOOT; i++)
		fake_host_feed(&h, SPAN(TO), SMTP_PIECE);
	ck_assert(smtp_session_is_open(&h.session));
	ck_assert_int_eq(h.session.envelope.n, 3);
	for (int i = 0; i < 100; i++)
		fake_host_feed(&h, SPAN(TO), SMTP_PIECE);
	ck_assert(!smtp_session_is_open(&h.session));
	fake_host_clear(&h);
}
END_TEST

/* What the operator's log hears of. */
START_TEST(test_refused)
{
	struct fake_host h;

	fake_host_init(&h);
	fake_host_feed(&h, SPAN("FROB\r\nMAIL\r\n" HELLO "MAIL FROM:<bad@x>\r\n" FROM "RCPT TO:<no@x>\r\nDATA\r\n"),
		       SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.refused), "command 500\nMAIL 503\nMAIL 550\nRCPT 550\nDATA 554\n");
	fake_host_clear(&h);
}
END_TEST

/* The replies to one feed fit, whatever is in it: out_max() is the caller's promise. */
static const char *const dense[] = { "EHLO x\r\n", "RSET\r\n", "\n", "BDAT 0 LAST\r\n", "RCPT TO:<a>\r\n" };

START_TEST(test_out_max)
{
	struct fake_host h;
	struct buf in;
	char name[SMTP_HELO_MAX + 1];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	buf_init(&in, SMTP_PIECE);
	while (!in.overflow)
		buf_put_str(&in, dense[_i]);
	fake_host_init(&h);
	h.server.hostname = name;
	h.server.lmtp = false;
	h.server.junk_command_limit = h.server.hard_error_limit = 1000000;
	fake_host_feed(&h, SPAN(BEGIN), SMTP_PIECE);
	buf_reset(&h.replies);
	fake_host_feed(&h, buf_span(&in), SMTP_PIECE);
	ck_assert_int_gt(h.replies.n, 0);
	ck_assert_int_lt(h.replies.n, smtp_session_out_max(&h.server));
	fake_host_clear(&h);
	buf_clear(&in);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_dialogue, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_matrix, 0, COUNT(matrix));
	tcase_add_test(tc, test_ehlo);
	tcase_add_loop_test(tc, test_starttls, 0, COUNT(tls_rows));
	tcase_add_test(tc, test_secured);
	tcase_add_test(tc, test_no_tls);
	tcase_add_test(tc, test_local_needs_none);
	tcase_add_test(tc, test_greeting);
	tcase_add_test(tc, test_long_name);
	tcase_add_loop_test(tc, test_line_length, 0, COUNT(lengths));
	tcase_add_test(tc, test_long_line_is_no_command);
	tcase_add_test(tc, test_reject_bare_newline);
	tcase_add_test(tc, test_disable_vrfy);
	tcase_add_loop_test(tc, test_stop, 0, COUNT(stops));
	tcase_add_loop_test(tc, test_lost, 0, COUNT(stops));
	tcase_add_loop_test(tc, test_flood, 0, COUNT(floods));
	tcase_add_test(tc, test_recipient_flood);
	tcase_add_test(tc, test_refused);
	tcase_add_loop_test(tc, test_out_max, 0, COUNT(dense));
}

CHECK_MAIN(session, add_tests)
