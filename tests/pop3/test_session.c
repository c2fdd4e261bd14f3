/* SPDX-License-Identifier: ISC */
#include "pop3/session.h"

#include "support/check_main.h"
#include "support/fake_drop.h"

#define CR    "\r\n"
#define LOGIN "USER al" CR "PASS secret" CR
#define OK_IN "+OK Send PASS" CR "+OK Logged in, 3 messages" CR
#define ROW(text)                                                                                                      \
	{                                                                                                              \
		(text), sizeof(text) - 1                                                                               \
	}
#define TEN(x)	x x x x x x x x x x
#define UNKNOWN "-ERR Unknown command" CR
#define FIRST	"-ERR Log in first" CR

/* What is said whole, and all that is answered. */
static const struct {
	const char *name;
	struct {
		const char *p;
		size_t n;
	} in;
	const char *want;
} rows[] = {
	{ "login and QUIT", ROW(LOGIN "QUIT" CR), OK_IN "+OK Bye" CR },
	{ "lower case, bare LF, blanks", ROW("user al\npass secret\nstat  \n Stat\nNOOP whatever\n"),
	  OK_IN "+OK 3 76" CR UNKNOWN "+OK done" CR },
	{ "QUIT before login", ROW("QUIT" CR "NOOP" CR), "+OK Bye" CR },
	{ "nothing after QUIT", ROW(LOGIN "QUIT" CR "STAT" CR), OK_IN "+OK Bye" CR },
	{ "before login",
	  ROW("STAT" CR "LIST" CR "RETR 1" CR "DELE 1" CR "NOOP" CR "RSET" CR "TOP 1 1" CR "UIDL" CR "LAST" CR),
	  FIRST FIRST FIRST FIRST FIRST FIRST FIRST FIRST FIRST },
	{ "after login", ROW(LOGIN "USER al" CR "PASS secret" CR "AUTH" CR "STLS" CR "UTF8" CR),
	  OK_IN "-ERR Only before login" CR "-ERR Only before login" CR "-ERR Only before login" CR
		"-ERR Only before login" CR "-ERR Only before login" CR },
	{ "unknown", ROW("APOP al x" CR CR " " CR "\xc3\xa9" CR "XTND" CR), UNKNOWN UNKNOWN UNKNOWN UNKNOWN UNKNOWN },
	{ "bytes", ROW("ST\0AT" CR "CAPA\r" CR "\x01" CR), UNKNOWN UNKNOWN UNKNOWN },
	{ "arguments", ROW(LOGIN "STAT 1" CR "RETR" CR "DELE" CR "RSET 1" CR "TOP" CR "QUIT now" CR "CAPA x" CR),
	  OK_IN "-ERR Syntax: STAT" CR "-ERR Syntax: RETR number" CR "-ERR Syntax: DELE number" CR
		"-ERR Syntax: RSET" CR "-ERR Syntax: TOP number lines" CR "-ERR Syntax: QUIT" CR
		"-ERR Syntax: CAPA" CR },
	{ "USER and PASS without", ROW("USER" CR "PASS" CR "PASS " CR "PASS x" CR),
	  "-ERR Syntax: USER name" CR "-ERR Syntax: PASS password" CR "-ERR Syntax: PASS password" CR
	  "-ERR Send USER first" CR },
	{ "a web server", ROW("GET / HTTP/1.1" CR "USER al" CR), "-ERR This is POP3" CR },
	{ "SMTP", ROW("EHLO x" CR "USER al" CR), "-ERR This is POP3" CR },
	{ "TLS", ROW("\x16\x03\x01\x02" LOGIN), "-ERR TLS is not spoken here before STLS" CR },
	{ "TLS behind a command", ROW("QUITE" CR "\x16\x03\x01" CR LOGIN),
	  UNKNOWN "-ERR TLS is not spoken here before STLS" CR },
	{ "too many errors", ROW(TEN("X" CR) "X" CR "QUIT" CR), TEN(UNKNOWN) UNKNOWN "-ERR Too many errors" CR },
	{ "errors before login are forgotten", ROW(TEN("X" CR) LOGIN TEN("X" CR) TEN("Y" CR) "X" CR "NOOP" CR),
	  TEN(UNKNOWN) OK_IN TEN(UNKNOWN) TEN(UNKNOWN) UNKNOWN "-ERR Too many errors" CR },
	{ "LANG", ROW("LANG" CR "LANG en" CR "LANG *" CR "LANG fr" CR LOGIN "LANG" CR),
	  "+OK Languages follow" CR "en English" CR "." CR "+OK en English it is" CR "+OK en English it is" CR
	  "-ERR Only English (en) is spoken here" CR OK_IN "+OK Languages follow" CR "en English" CR "." CR },
	{ "classics",
	  ROW("USER %n%n%s" CR "PASS %s%s%n" CR LOGIN "RETR 0" CR "RETR -1" CR "RETR 99999999999999999999" CR
	      "RETR 1 2" CR "TOP 1 -1" CR "DELE 4" CR),
	  "+OK Send PASS" CR "-ERR [AUTH] Authentication failed" CR OK_IN "-ERR This is no message number" CR
	  "-ERR This is no message number" CR "-ERR This is no message number" CR "-ERR This is no message number" CR
	  "-ERR Syntax: TOP number lines" CR "-ERR There is no such message" CR },
};

START_TEST(test_dialogue)
{
	static const size_t pieces[] = { POP3_PIECE, 1, 2, 3, 7, 64 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fake_drop d;
		const char *got;

		fake_drop_init(&d);
		got = fake_drop_say(&d, span_of(rows[_i].in.p, rows[_i].in.n), pieces[i]);
		ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s, in pieces of %zu:\n%s", rows[_i].name, pieces[i],
			      got);
		fake_drop_clear(&d);
	}
}
END_TEST

START_TEST(test_greeting)
{
	struct fake_drop d;

	fake_drop_init(&d);
	pop3_session_greet(&d.session);
	ck_assert_str_eq(buf_str(&d.out), "+OK ready\r\n");
	ck_assert(pop3_session_is_open(&d.session) && pop3_session_is_idle(&d.session));
	fake_drop_clear(&d);
}
END_TEST

#define CAPA_HEAD                                                                                                      \
	"+OK Capabilities follow" CR "TOP" CR "UIDL" CR "RESP-CODES" CR "AUTH-RESP-CODE" CR "PIPELINING" CR            \
	"EXPIRE NEVER" CR "UTF8 USER" CR "LANG" CR
#define CAPA_TAIL "IMPLEMENTATION letterbox" CR "." CR

START_TEST(test_capa)
{
	struct fake_drop d;
	const char *before = CAPA_HEAD "STLS" CR "USER" CR "SASL PLAIN LOGIN" CR CAPA_TAIL;

	fake_drop_init(&d);
	ck_assert_str_eq(fake_drop_ask(&d, "CAPA" CR), before);
	d.login.rules.is_private = false;
	ck_assert_str_eq(fake_drop_ask(&d, "CAPA" CR), CAPA_HEAD "STLS" CR CAPA_TAIL);
	d.login.rules.is_private = true;
	fake_drop_log_in(&d);
	ck_assert_str_eq(fake_drop_ask(&d, "CAPA" CR), before);
	fake_drop_clear(&d);

	fake_drop_init(&d);
	d.server.offers_tls = false;
	ck_assert_str_eq(fake_drop_ask(&d, "CAPA" CR), CAPA_HEAD "USER" CR "SASL PLAIN LOGIN" CR CAPA_TAIL);
	ck_assert_str_eq(fake_drop_ask(&d, "STLS" CR), "-ERR TLS is not available" CR);
	fake_drop_clear(&d);
}
END_TEST

/* What comes with STLS or between it and the handshake was not said under TLS. */
START_TEST(test_stls)
{
	struct fake_drop d;

	fake_drop_init(&d);
	ck_assert_str_eq(fake_drop_ask(&d, "UTF8" CR "USER al" CR "STLS" CR "CAPA" CR "PASS secret" CR "ST"),
			 "+OK UTF-8 it is" CR "+OK Send PASS" CR "+OK Begin TLS negotiation now" CR);
	ck_assert(pop3_session_wants_tls(&d.session) && !pop3_session_is_idle(&d.session));
	ck_assert_str_eq(fake_drop_ask(&d, "CAPA" CR), "");
	pop3_session_secured(&d.session);
	ck_assert(!pop3_session_wants_tls(&d.session) && !d.session.utf8);
	ck_assert_str_eq(fake_drop_ask(&d, "PASS secret" CR), "-ERR Send USER first" CR);
	ck_assert_str_eq(fake_drop_ask(&d, "STLS" CR), "-ERR TLS is active already" CR);
	ck_assert_ptr_null(strstr(fake_drop_ask(&d, "CAPA" CR), "STLS"));
	ck_assert_str_eq(fake_drop_ask(&d, LOGIN), OK_IN);
	fake_drop_clear(&d);

	fake_drop_init(&d);
	d.login.fail_tls = true;
	ck_assert_str_eq(fake_drop_ask(&d, "STLS" CR "USER al" CR),
			 "-ERR [SYS/TEMP] TLS is broken" CR "+OK Send PASS" CR);
	fake_drop_clear(&d);
}
END_TEST

/* A line may have POP3_LINE_MAX octets without its end, an AUTH command more; none has memory for more than that. */
START_TEST(test_long_lines)
{
	static const struct {
		const char *verb;
		size_t n;
		const char *want;
	} lines[] = {
		{ "NOPE ", POP3_LINE_MAX, UNKNOWN },
		{ "NOPE ", POP3_LINE_MAX + 1, "-ERR Line too long" CR },
		{ "NOPE ", POP3_AUTH_LINE_MAX, "-ERR Line too long" CR },
		{ "NOPE ", 10 * POP3_AUTH_LINE_MAX, "-ERR Line too long" CR },
		{ "AUTH PLAIN ", POP3_LINE_MAX + 1, "-ERR The response is no base64" CR },
		{ "AUTH PLAIN ", POP3_AUTH_LINE_MAX - 1, "-ERR The response is no base64" CR },
		{ "AUTH PLAIN ", POP3_AUTH_LINE_MAX + 1, "-ERR Line too long" CR },
	};
	static const size_t pieces[] = { POP3_PIECE, 1, 1000 };
	struct fake_drop d;
	struct buf in;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		buf_init(&in, 1 << 20);
		buf_put_str(&in, lines[_i].verb);
		while (in.n < lines[_i].n)
			buf_put_char(&in, '!');
		buf_put_str(&in, CR "USER al" CR);
		fake_drop_init(&d);
		fake_drop_say(&d, buf_span(&in), pieces[i]);
		ck_assert_int_eq(strncmp(buf_str(&d.replies), lines[_i].want, strlen(lines[_i].want)), 0);
		ck_assert_str_eq(buf_str(&d.replies) + strlen(lines[_i].want), "+OK Send PASS" CR);
		fake_drop_clear(&d);
		buf_clear(&in);
	}
}
END_TEST

/* Whatever is asked for at once, no more than POP3_OUT_MAX is ever held. */
START_TEST(test_bounds)
{
	enum { TEXT = 500000 };
	char *text = arena_heap(TEXT + 1);
	struct fake_drop d;
	struct buf in;

	memset(text, '\n', TEXT);
	text[TEXT] = '\0';
	fake_drop_init(&d);
	fake_drop_set(&d, (const char *const[]){ text }, 1);
	fake_drop_log_in(&d);
	buf_init(&in, 1 << 20);
	for (int i = 0; i < 20; i++)
		buf_put_str(&in, "RETR 1" CR "LIST" CR "CAPA" CR);
	fake_drop_say(&d, buf_span(&in), POP3_PIECE);
	ck_assert_uint_gt(d.replies.n, (size_t)20 * 2 * TEXT);
	ck_assert_uint_le(d.most, POP3_OUT_MAX);
	ck_assert(!d.out.overflow && !d.replies.overflow);
	fake_drop_clear(&d);
	buf_clear(&in);
	free(text);
}
END_TEST

START_TEST(test_stop)
{
	struct fake_drop d;
	char *text;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	pop3_session_stop(&d.session, "Going down");
	ck_assert_str_eq(buf_str(&d.out), "-ERR Going down\r\n");
	ck_assert(!pop3_session_is_open(&d.session));
	fake_drop_clear(&d);

	/* In the middle of a message nothing can be said. */
	text = arena_heap(POP3_FULL + 1);
	memset(text, '\n', POP3_FULL);
	text[POP3_FULL] = '\0';
	fake_drop_init(&d);
	fake_drop_set(&d, (const char *const[]){ text }, 1);
	fake_drop_log_in(&d);
	pop3_session_feed(&d.session, "RETR 1\r\n", 8);
	ck_assert(pop3_session_produce(&d.session));
	buf_reset(&d.out);
	pop3_session_stop(&d.session, "Going down");
	ck_assert_uint_eq(d.out.n, 0);
	ck_assert(!pop3_session_is_open(&d.session) && !pop3_session_produce(&d.session));
	ck_assert_str_eq(buf_str(&d.login.log), "begin 1\nend 1 part\n");
	fake_drop_clear(&d);
	free(text);
}
END_TEST

START_TEST(test_idle)
{
	struct fake_drop d;

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	ck_assert(pop3_session_is_idle(&d.session));
	fake_drop_ask(&d, "NO");
	ck_assert(!pop3_session_is_idle(&d.session));
	fake_drop_ask(&d, "OP" CR);
	ck_assert(pop3_session_is_idle(&d.session));
	fake_drop_ask(&d, "DELE 1" CR);
	ck_assert(!pop3_session_is_idle(&d.session));
	fake_drop_ask(&d, "RSET" CR);
	ck_assert(pop3_session_is_idle(&d.session));
	fake_drop_clear(&d);
}
END_TEST

/* Nothing is answered before the pause for a wrong password is over. */
START_TEST(test_pause)
{
	struct fake_drop d;
	const char in[] = "USER al" CR "PASS x" CR "CAPA" CR;

	fake_drop_init(&d);
	pop3_session_feed(&d.session, in, sizeof(in) - 1);
	ck_assert(pop3_session_produce(&d.session));
	ck_assert_str_eq(buf_str(&d.out), "+OK Send PASS" CR "-ERR [AUTH] Authentication failed" CR);
	ck_assert_int_eq(pop3_session_pause_ms(&d.session), 2000);
	ck_assert_int_eq(pop3_session_pause_ms(&d.session), 0);
	buf_reset(&d.out);
	ck_assert(!pop3_session_produce(&d.session));
	ck_assert_ptr_nonnull(strstr(buf_str(&d.out), "PIPELINING"));
	fake_drop_clear(&d);
}
END_TEST

/* Who takes messages one after the other from the first on gets the next one sooner; others cost nothing. */
START_TEST(test_prepare)
{
	static const struct {
		const char *in, *want;
	} steps[] = {
		{ "RETR 2" CR, "" },  { "RETR 1" CR, "" },	     { "RETR 2" CR, "prepare 3\n" },
		{ "TOP 3 0" CR, "" }, { "NOOP" CR "RETR 3" CR, "" },
	};
	struct fake_drop d;

	fake_drop_init(&d);
	pop3_session_prepare(&d.session);
	fake_drop_log_in(&d);
	pop3_session_prepare(&d.session);
	ck_assert_str_eq(buf_str(&d.login.log), "");
	for (int i = 0; i < COUNT(steps); i++) {
		fake_drop_ask(&d, steps[i].in);
		buf_reset(&d.login.log);
		pop3_session_prepare(&d.session);
		pop3_session_prepare(&d.session);
		ck_assert_msg(strcmp(buf_str(&d.login.log), steps[i].want) == 0, "%s: %s", steps[i].in,
			      buf_str(&d.login.log));
	}
	fake_drop_clear(&d);

	fake_drop_init(&d);
	fake_drop_log_in(&d);
	fake_drop_ask(&d, "RETR 1" CR);
	pop3_session_prepare(&d.session);
	ck_assert_ptr_nonnull(strstr(buf_str(&d.login.log), "prepare 2\n"));
	fake_drop_ask(&d, "DELE 3" CR "RETR 2" CR);
	buf_reset(&d.login.log);
	pop3_session_prepare(&d.session);
	ck_assert_str_eq(buf_str(&d.login.log), "");
	fake_drop_clear(&d);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_dialogue, 0, COUNT(rows));
	tcase_add_test(tc, test_greeting);
	tcase_add_test(tc, test_capa);
	tcase_add_test(tc, test_stls);
	tcase_add_loop_test(tc, test_long_lines, 0, 7);
	tcase_add_test(tc, test_bounds);
	tcase_add_test(tc, test_stop);
	tcase_add_test(tc, test_idle);
	tcase_add_test(tc, test_pause);
	tcase_add_test(tc, test_prepare);
}

CHECK_MAIN(session, add_tests)
