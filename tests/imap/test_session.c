/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR "\r\n"
#define ROW(text)                                                                                                      \
	{                                                                                                              \
		(text), sizeof(text) - 1                                                                               \
	}
#define TEN(x)	x x x x x x x x x x
#define IN	"x OK [CAPABILITY *] Logged in" CR
#define BYE	"* BYE Logging out" CR
#define SAID	"* ID (\"name\" \"letterbox\")" CR
#define PLEASED " OK Pleased to meet you" CR
#define UNKNOWN "x BAD Unknown command" CR
#define NOTAG	"* BAD A command begins with a tag" CR
#define HELLO	"x LOGIN al secret" CR
#define READY	"+ Ready for it" CR

static struct imapcase c;

static void teardown(void)
{
	tempdir_remove();
}

/* The capabilities that a login tells are in test_capability.c. */
static const char *hide_capabilities(char *text)
{
	char *at = strstr(text, "[CAPABILITY "), *end = at ? strchr(at, ']') : NULL;

	if (end) {
		at[12] = '*';
		memmove(at + 13, end, strlen(end) + 1);
	}
	return text;
}

/* What is said whole, and all that is answered. */
static const struct {
	const char *name;
	struct span in;
	const char *want;
} rows[] = {
	{ "login and out", ROW(HELLO "a2 LOGOUT" CR "a3 NOOP" CR), IN BYE "a2 OK Goodbye" CR },
	{ "lower case, bare LF", ROW("x login al secret\na noop\n"), IN "a OK Done" CR },
	{ "blanks", ROW("a  NOOP" CR "a NOOP " CR "x LOGIN  al   secret " CR), "a OK Done" CR "a OK Done" CR IN },
	{ "quoted and literal", ROW("x LOGIN \"al\" {6+}" CR "secret" CR), IN },
	{ "two literals", ROW("x LOGIN {2+}" CR "al {6+}" CR "secret" CR), IN },
	{ "literals that wait", ROW("x LOGIN {2}" CR "al {6}" CR "secret" CR), READY READY IN },
	{ "a literal with a line end in it", ROW("x LOGIN {4+}" CR "a" CR "l {6+}" CR "secret" CR "y NOOP" CR),
	  "x BAD This is no name of a user" CR "y OK Done" CR },
	{ "a literal that ends as one begins", ROW("x LOGIN {4+}" CR "a{3} {6+}" CR "secret" CR "y NOOP" CR),
	  "x NO [AUTHENTICATIONFAILED] Authentication failed" CR "y OK Done" CR },
	{ "empty literals", ROW("x LOGIN {0+}" CR " {0+}" CR CR "y NOOP" CR),
	  "x NO [AUTHENTICATIONFAILED] Authentication failed" CR "y OK Done" CR },
	{ "tags", ROW("a001 NOOP" CR "* NOOP" CR "+ NOOP" CR "a+b NOOP" CR "(x NOOP" CR " NOOP" CR CR "]! NOOP" CR),
	  "a001 OK Done" CR NOTAG NOTAG NOTAG NOTAG NOTAG NOTAG "]! OK Done" CR },
	{ "a tag that is a string", ROW("\"a\" NOOP" CR "{1+}" CR "b NOOP" CR "x NOOP" CR),
	  NOTAG NOTAG "* BYE The literal is too large" CR },
	{ "no name", ROW("x" CR "x " CR "x (" CR "x UID" CR "x UID (" CR),
	  "x BAD An argument is missing" CR "x BAD Expected the name of a command" CR
	  "x BAD Expected the name of a command" CR "x BAD An argument is missing" CR
	  "x BAD Expected the name of a command" CR },
	{ "unknown", ROW("x APOP al x" CR "x UID NOOP" CR "x UID LOGIN a b" CR "x \xc3\xa9" CR),
	  UNKNOWN UNKNOWN UNKNOWN "x BAD Expected the name of a command" CR },
	{ "bytes", ROW("x NO\0OP" CR "x NOOP\r" CR "\x01 NOOP" CR),
	  UNKNOWN "x BAD Too many arguments, or something is behind them" CR NOTAG },
	{ "before login", ROW("x SELECT INBOX" CR "x ENABLE CONDSTORE" CR "x IDLE" CR "x NAMESPACE" CR "x EXPUNGE" CR),
	  "x BAD Log in first" CR "x BAD Log in first" CR "x BAD Log in first" CR "x BAD Log in first" CR
	  "x BAD Log in first" CR },
	{ "after login",
	  ROW(HELLO "x LOGIN al secret" CR "x AUTHENTICATE PLAIN" CR "x STARTTLS" CR "x CLOSE" CR
		    "x STORE 1 FLAGS ()" CR),
	  IN "x BAD Only before login" CR "x BAD Only before login" CR "x BAD Only before login" CR
	     "x BAD Select a mailbox first" CR "x BAD Select a mailbox first" CR },
	{ "arguments", ROW("x NOOP 1" CR "x LOGIN" CR "x LOGIN al" CR "x LOGIN al b c" CR "x LOGOUT now" CR),
	  "x BAD Too many arguments, or something is behind them" CR "x BAD An argument is missing" CR
	  "x BAD An argument is missing" CR "x BAD Too many arguments, or something is behind them" CR
	  "x BAD Too many arguments, or something is behind them" CR },
	{ "no literals",
	  ROW("x LOGIN {-1}" CR "x LOGIN {}" CR "x LOGIN {12 }" CR "x LOGIN {+}" CR "x LOGIN {3++}" CR "x LOGIN {a}" CR
	      "y NOOP" CR),
	  "x BAD A literal is not whole" CR "x BAD A literal is not whole" CR "x BAD A literal is not whole" CR
	  "x BAD A literal is not whole" CR "x BAD A literal is not whole" CR "x BAD A literal is not whole" CR
	  "y OK Done" CR },
	{ "literals that are too large are not asked for",
	  ROW("x LOGIN {1025}" CR "x LOGIN {400000000}" CR "x LOGIN {2147483647}" CR "x LOGIN {4294967296}" CR
	      "x LOGIN {9999999999999999999}" CR "x LOGIN {99999999999999999999999999}" CR "y NOOP" CR),
	  "x BAD [TOOBIG] The literal is too large" CR "x BAD [TOOBIG] The literal is too large" CR
	  "x BAD [TOOBIG] The literal is too large" CR "x BAD [TOOBIG] The literal is too large" CR
	  "x BAD [TOOBIG] The literal is too large" CR "x BAD [TOOBIG] The literal is too large" CR "y OK Done" CR },
	{ "and end the session when they come all the same", ROW("x LOGIN {1025+}" CR "y NOOP" CR),
	  "x BAD [TOOBIG] The literal is too large" CR "* BYE The literal is too large" CR },
	{ "also where there is no such number", ROW("x LOGIN {99999999999999999999+}" CR "y NOOP" CR),
	  "x BAD [TOOBIG] The literal is too large" CR "* BYE The literal is too large" CR },
	{ "the literal of a command that is refused, before login", ROW("x SELECT {5+}" CR "INBOX" CR "y NOOP" CR),
	  "x BAD Log in first" CR "* BYE The literal is too large" CR },
	{ "and after it", ROW(HELLO "y LOGIN {10+}" CR "z LOGOUT" CR " {3+}" CR "a" CR CR "y NOOP" CR),
	  IN "y BAD Only before login" CR "y OK Done" CR },
	{ "one that waits is not asked for", ROW(HELLO "y LOGIN {10}" CR "y NOOP" CR),
	  IN "y BAD Only before login" CR "y OK Done" CR },
	{ "a refused command, and one that waits in it", ROW(HELLO "y LOGIN {3+}" CR "abc {4}" CR "y NOOP" CR),
	  IN "y BAD Only before login" CR "y OK Done" CR },
	{ "a web server", ROW("GET / HTTP/1.1" CR "x NOOP" CR), "* BYE This is IMAP" CR },
	{ "SMTP", ROW("EHLO x" CR "x NOOP" CR), "* BYE This is IMAP" CR },
	{ "TLS", ROW("\x16\x03\x01\x02" HELLO), "* BYE TLS is not spoken here before STARTTLS" CR },
	{ "too many errors", ROW(TEN("x X" CR) "x X" CR "x NOOP" CR), TEN(UNKNOWN) UNKNOWN "* BYE Too many errors" CR },
	{ "a good command before login forgives nothing", ROW(TEN("x X" CR) "x NOOP" CR "x X" CR "x NOOP" CR),
	  TEN(UNKNOWN) "x OK Done" CR UNKNOWN "* BYE Too many errors" CR },
	{ "errors are forgotten by a login, and by what is right",
	  ROW(TEN("x X" CR) HELLO TEN("x X" CR) TEN("x X" CR) "y NOOP" CR TEN("x X" CR) TEN("x X" CR) "x X" CR
												      "y NOOP" CR),
	  TEN(UNKNOWN) IN TEN(UNKNOWN) TEN(UNKNOWN) "y OK Done" CR TEN(UNKNOWN) TEN(UNKNOWN) UNKNOWN
	  "* BYE Too many errors" CR },
	{ "format strings", ROW("%n%s LOGIN %n%n%s %s%s%n" CR "x NOOP" CR),
	  "* BAD A command begins with a tag" CR "x OK Done" CR },
	{ "pipelined with what waits", ROW("x LOGIN {2}" CR "al secret" CR "y NAMESPACE" CR),
	  READY IN "* NAMESPACE ((\"\" \"/\")) NIL NIL" CR "y OK That is all" CR },
};

START_TEST(test_dialogue)
{
	static const size_t pieces[] = { IMAP_PIECE, 1, 2, 3, 7, 64 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const char *got;

		imapcase_init(&c);
		imapcase_say(&c, rows[_i].in, pieces[i]);
		got = hide_capabilities(c.said.p ? c.said.p : &(char){ 0 });
		ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s, in pieces of %zu:\n%s", rows[_i].name, pieces[i],
			      got);
		imapcase_clear(&c);
	}
}
END_TEST

START_TEST(test_greeting)
{
	imapcase_init(&c);
	imap_session_greet(&c.s);
	ck_assert(span_starts(buf_span(&c.out), SPAN("* OK [CAPABILITY IMAP4rev1 ")));
	ck_assert(span_ends_nocase(buf_span(&c.out), SPAN("] ready\r\n")));
	ck_assert(imap_session_is_open(&c.s) && imap_session_is_idle(&c.s));
	imapcase_clear(&c);
}
END_TEST

/* What comes with STARTTLS or between it and the handshake was not said under TLS. */
START_TEST(test_starttls)
{
	imapcase_init(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a STARTTLS" CR "b NOOP" CR "c LOGIN al secret" CR "d NO"),
			 "a OK Begin TLS negotiation now" CR);
	ck_assert(imap_session_wants_tls(&c.s) && !imap_session_is_idle(&c.s));
	ck_assert_str_eq(imapcase_ask(&c, "b NOOP" CR), "");
	imap_session_secured(&c.s);
	ck_assert(!imap_session_wants_tls(&c.s));
	ck_assert_str_eq(imapcase_ask(&c, "OP" CR "a STARTTLS" CR),
			 "OP BAD An argument is missing" CR "a BAD TLS is active already" CR);
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "a CAPABILITY" CR), "STARTTLS"));
	imapcase_log_in(&c);
	imapcase_clear(&c);

	/* A literal that has begun is no part of it either. */
	imapcase_init(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a STARTTLS" CR "b LOGIN {2+}" CR "al {6+}" CR),
			 "a OK Begin TLS negotiation now" CR);
	imap_session_secured(&c.s);
	ck_assert_str_eq(imapcase_ask(&c, "secret" CR "c NOOP" CR),
			 "secret BAD An argument is missing" CR "c OK Done" CR);
	imapcase_clear(&c);

	imapcase_init(&c);
	c.login.fail_tls = true;
	ck_assert_str_eq(imapcase_ask(&c, "a STARTTLS" CR "b NOOP" CR),
			 "a NO [UNAVAILABLE] TLS is broken" CR "b OK Done" CR);
	c.server.offers_tls = false;
	ck_assert_str_eq(imapcase_ask(&c, "a STARTTLS" CR), "a BAD TLS is not available" CR);
	imapcase_clear(&c);
}
END_TEST

/* No STARTTLS and no login where the client is somebody already. */
START_TEST(test_welcome)
{
	imapcase_init(&c);
	imap_session_welcome(&c.s, "al");
	ck_assert(span_starts(buf_span(&c.out), SPAN("* PREAUTH [CAPABILITY IMAP4rev1 ")));
	ck_assert_ptr_null(strstr(buf_str(&c.out), "STARTTLS"));
	ck_assert_str_eq(imapcase_ask(&c, "") + c.said.n - 7, "ready" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN al secret" CR "b STARTTLS" CR),
			 "a BAD Only before login" CR "b BAD Only before login" CR);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a SELECT INBOX" CR), "a OK "));
	imapcase_clear(&c);

	imapcase_init(&c);
	imap_session_welcome(&c.s, "busy");
	ck_assert_str_eq(buf_str(&c.out), "* BYE The mail cannot be opened" CR);
	ck_assert_str_eq(buf_str(&c.login.log), "open busy\n");
	ck_assert(!imap_session_is_open(&c.s));
	imapcase_clear(&c);
}
END_TEST

START_TEST(test_stop)
{
	imapcase_init(&c);
	imap_session_stop(&c.s, "Going down");
	ck_assert_str_eq(buf_str(&c.out), "* BYE Going down" CR);
	imap_session_stop(&c.s, "again");
	ck_assert_str_eq(buf_str(&c.out), "* BYE Going down" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "* BYE Going down" CR);
	imapcase_clear(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_dialogue, 0, COUNT(rows));
	tcase_add_test(tc, test_greeting);
	tcase_add_test(tc, test_starttls);
	tcase_add_test(tc, test_welcome);
	tcase_add_test(tc, test_stop);
}

CHECK_MAIN(session, add_tests)
