/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "base/base64.h"
#include "support/imaptest.h"

#define WRONG  "a NO [AUTHENTICATIONFAILED] Authentication failed" CR
#define PLAIN  "AGFsAHNlY3JldA==" /* al, secret */
#define PLAIN2 "YWwAYWwAc2VjcmV0" /* al as al */
#define OTHER  "Ym8AYWwAc2VjcmV0" /* al as bo */

static bool is_in(const char *said)
{
	return span_starts(span_str(said), SPAN("a OK [CAPABILITY IMAP4rev1 ")) &&
	       span_ends_nocase(span_str(said), SPAN("] Logged in" CR));
}

/* What lets al in. */
static const char *const good[] = {
	"a LOGIN al secret" CR,
	"a LOGIN \"al\" \"secret\"" CR,
	"a AUTHENTICATE PLAIN " PLAIN CR,
	"a authenticate plain " PLAIN2 CR,
};

START_TEST(test_good)
{
	ck_assert(is_in(imapcase_ask(&c, good[_i])));
	ck_assert_str_eq(buf_str(&c.login.log), "open al\n");
}
END_TEST

static const struct {
	const char *say, *want;
} bad[] = {
	{ "a LOGIN al wrong", WRONG },
	{ "a LOGIN nobody secret", WRONG },
	{ "a LOGIN al \"\"", WRONG },
	{ "a LOGIN \"\" \"\"", WRONG },
	{ "a LOGIN ../x secret", WRONG },
	{ "a LOGIN a/b secret", WRONG },
	{ "a LOGIN \"\xc3\xa4\" secret", WRONG },
	{ "a LOGIN al\tx secret", "a BAD Expected a blank" CR },
	{ "a LOGIN \"al\tx\" secret", "a BAD This is no name of a user" CR },
	{ "a LOGIN * secret", "a BAD Expected a string" CR },
	{ "a LOGIN later secret", "a NO [UNAVAILABLE] Not now" CR },
	{ "a AUTHENTICATE", "a BAD An argument is missing" CR },
	{ "a AUTHENTICATE FOO", "a NO [CANNOT] This mechanism is not offered" CR },
	{ "a AUTHENTICATE PLAIN x", "a BAD The response is no base64" CR },
	{ "a AUTHENTICATE PLAIN AGFs", "a BAD " },
	{ "a AUTHENTICATE PLAIN =", "a BAD " },
	{ "a AUTHENTICATE PLAIN " PLAIN " x", "a BAD Too many arguments, or something is behind them" CR },
	{ "a AUTHENTICATE PLAIN " OTHER, WRONG },
	{ "a AUTHENTICATE PLAIN AGFs" CR, "a BAD " },
};

START_TEST(test_bad)
{
	const char *said = imapcase_ask(&c, arena_printf(&c.arena, "%s" CR, bad[_i].say));

	ck_assert_msg(span_starts(span_str(said), span_str(bad[_i].want)), "%s: %s", bad[_i].say, said);
	ck_assert_ptr_null(c.s.user);
}
END_TEST

START_TEST(test_steps)
{
	ck_assert_str_eq(imapcase_ask(&c, "a AUTHENTICATE PLAIN" CR), "+ " CR);
	ck_assert_str_eq(imapcase_ask(&c, "*" CR), "a BAD Authentication cancelled" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a AUTHENTICATE PLAIN" CR "x NOOP" CR),
			 "+ " CR "a BAD The response is no base64" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a AUTHENTICATE LOGIN" CR), "+ VXNlcm5hbWU6" CR);
	ck_assert_str_eq(imapcase_ask(&c, "YWw=" CR), "+ UGFzc3dvcmQ6" CR);
	ck_assert(is_in(imapcase_ask(&c, "c2VjcmV0" CR)));
}
END_TEST

/* Whoever gives up keeps nothing here, however often. */
START_TEST(test_cancelled)
{
	for (int i = 0; i < IMAP_LOGIN_ERRORS_MAX; i++)
		ck_assert_str_eq(imapcase_ask(&c, "a AUTHENTICATE PLAIN" CR "*" CR),
				 "+ " CR "a BAD Authentication cancelled" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a AUTHENTICATE PLAIN" CR "*" CR),
			 "+ " CR "a BAD Authentication cancelled" CR "* BYE Too many errors" CR);
}
END_TEST

START_TEST(test_disconnected)
{
	imapcase_ask(&c, "a AUTHENTICATE PLAIN" CR "AGFsAHN");
}
END_TEST

START_TEST(test_too_long)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	while (text.n <= IMAP_LINE_LOGIN_MAX)
		buf_put_str(&text, "AAAA");
	imapcase_ask(&c, "a AUTHENTICATE PLAIN" CR);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), 1000),
			 "a BAD [TOOBIG] The command is too long" CR "* BYE The command is too long" CR);
	buf_clear(&text);
}
END_TEST

START_TEST(test_three_failures)
{
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN al x" CR "a LOGIN al y" CR "a LOGIN al z" CR "a LOGIN al secret" CR),
			 WRONG WRONG WRONG "* BYE Too many errors" CR);
	ck_assert_str_eq(buf_str(&c.login.log), "auth 535\nauth 535\nauth 535\n");
}
END_TEST

/* A login after which there is no mail: the process is the user's by then, and the session over. */
START_TEST(test_no_mail)
{
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN busy secret" CR "b NOOP" CR),
			 "* BYE The mail cannot be opened" CR "a NO [UNAVAILABLE] The mail cannot be opened now" CR);
	imapcase_clear(&c);
	imapcase_init(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN mbox secret" CR "b NOOP" CR),
			 "* BYE The mail cannot be opened" CR "a NO [CONTACTADMIN] The mail cannot be opened" CR);
}
END_TEST

/* The client need not know why, but whoever reads the log. */
START_TEST(test_no_directory)
{
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN blocked secret" CR),
			 "* BYE The mail cannot be opened" CR "a NO [UNAVAILABLE] The mail cannot be opened now" CR);
	ck_assert_ptr_nonnull(strstr(buf_str(&c.login.log), "open blocked\nfailed "));
	ck_assert_ptr_nonnull(strstr(buf_str(&c.login.log), "/dev/null/m"));
}
END_TEST

/* What comes behind the login is for the other host, however it is cut. */
START_TEST(test_elsewhere)
{
	static const char *const logins[] = {
		"a LOGIN far secret" CR,
		"a LOGIN {3+}" CR "far {6+}" CR "secret" CR,
		"a AUTHENTICATE PLAIN AGZhcgBzZWNyZXQ=" CR,
		"a AUTHENTICATE PLAIN" CR "AGZhcgBzZWNyZXQ=" CR,
	};
	const char *rest = "b SELECT {5+}" CR "INBOX" CR "c NO";
	const char *in = arena_printf(&c.arena, "%s%s", logins[_i], rest);
	const char *said = imapcase_ask(&c, in);

	ck_assert_msg(span_ends_nocase(span_str(said), SPAN("a OK Logged in" CR)), "%s", said);
	ck_assert_ptr_null(strstr(said, "CAPABILITY"));
	ck_assert(imap_session_is_open(&c.s));
	ck_assert(imap_session_is_elsewhere(&c.s));
	ck_assert(span_is(imap_session_unanswered(&c.s), span_str(rest)));
	ck_assert_str_eq(buf_str(&c.login.log), "hand over far\n");
	ck_assert_str_eq(imapcase_ask(&c, "d NOOP" CR), "");
	imap_session_stop(&c.s, "Going down");
	ck_assert_uint_eq(c.out.n, 0);
}
END_TEST

/* The right to become somebody was given up for it. */
START_TEST(test_no_other_host)
{
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN gone secret" CR "b LOGIN al secret" CR),
			 "a NO [UNAVAILABLE] The host that has the mail cannot be reached now" CR
			 "* BYE The host that has the mail cannot be reached now" CR);
	ck_assert(!imap_session_is_open(&c.s));
	ck_assert_str_eq(buf_str(&c.login.log), "");
	imapcase_clear(&c);
	imapcase_init(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN theirs secret" CR "b LOGIN al secret" CR),
			 WRONG "* BYE Connect anew for another attempt" CR);
	ck_assert_str_eq(buf_str(&c.login.log), "auth 535\n");
}
END_TEST

START_TEST(test_in_clear)
{
	c.login.rules.is_private = false;
	ck_assert_str_eq(imapcase_ask(&c, "a LOGIN al secret" CR),
			 "a NO [PRIVACYREQUIRED] Passwords are not taken without TLS" CR);
	ck_assert(span_starts(span_str(imapcase_ask(&c, "a AUTHENTICATE PLAIN " PLAIN CR)),
			      SPAN("a NO [PRIVACYREQUIRED] ")));
	ck_assert_ptr_null(c.s.user);
}
END_TEST

/* RFC 8437: nothing is left of who was there, and the next one can be said with it. */
START_TEST(test_leave)
{
	const char *said;

	imapcase_may_leave(&c);
	imapcase_put(&c, "cur/1.a.h:2,", "1\n");
	ck_assert_str_eq(imapcase_ask(&c, "a UNAUTHENTICATE" CR), "a BAD Log in first" CR);
	imapcase_select(&c);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a CAPABILITY" CR), " UNAUTHENTICATE "));
	imapcase_ask(&c, "a ENABLE QRESYNC UTF8=ACCEPT" CR "a SEARCH RETURN (SAVE UPDATE) ALL" CR
			 "a NOTIFY SET (selected (MessageNew MessageExpunge))" CR);
	said = imapcase_ask(&c, "a UNAUTHENTICATE" CR "b SELECT INBOX" CR "c LOGIN al secret" CR "d FETCH 1 UID" CR);
	ck_assert_msg(span_starts(span_str(said), SPAN("a OK [CAPABILITY IMAP4rev1 ")), "%s", said);
	ck_assert_ptr_nonnull(strstr(said, " AUTH=PLAIN"));
	ck_assert_ptr_nonnull(strstr(said, "] You are nobody now" CR "b BAD Log in first" CR "c OK [CAPABILITY "));
	ck_assert_ptr_nonnull(strstr(said, "d BAD Select a mailbox first" CR));
	ck_assert_str_eq(buf_str(&c.login.log), "open al\nleave al\nopen al\n");
	ck_assert_uint_eq(c.s.enabled, 0);
	ck_assert_ptr_null(c.s.lookout);
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a UID FETCH $ FLAGS" CR "a CANCELUPDATE \"a\"" CR),
			 "a OK Fetched" CR "a BAD There is no search with that tag to be updated" CR);
	/* Passwords that were tried in vain count on. */
	imapcase_ask(&c, "a UNAUTHENTICATE" CR "a LOGIN al x" CR "a LOGIN al x" CR "a LOGIN al secret" CR
			 "a UNAUTHENTICATE" CR "a LOGIN al x" CR);
	ck_assert(!imap_session_is_open(&c.s));
}
END_TEST

START_TEST(test_no_leave)
{
	imapcase_log_in(&c);
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "a CAPABILITY" CR), "UNAUTHENTICATE"));
	ck_assert_str_eq(imapcase_ask(&c, "a UNAUTHENTICATE" CR), "a BAD That is not offered" CR);
	imapcase_may_leave(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a UNAUTHENTICATE now" CR),
			 "a BAD Too many arguments, or something is behind them" CR);
}
END_TEST

/* With compression on: behind the answer there is none; who does not wait for it cannot be understood. */
START_TEST(test_leave_compressed)
{
	imapcase_may_leave(&c);
	imapcase_log_in(&c);
	imapcase_ask(&c, "a COMPRESS DEFLATE" CR);
	ck_assert(imap_session_wants_deflate(&c.s));
	ck_assert(!imap_session_wants_plain(&c.s));
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a UNAUTHENTICATE" CR), "a OK "));
	ck_assert(imap_session_wants_plain(&c.s));
	ck_assert(!imap_session_wants_plain(&c.s));
	imapcase_log_in(&c);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a CAPABILITY" CR), "COMPRESS=DEFLATE"));
	imapcase_ask(&c, "a COMPRESS DEFLATE" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UNAUTHENTICATE" CR "b NOOP" CR),
			 "a BAD Where compression is on, wait for the answer" CR
			 "* BYE What comes behind UNAUTHENTICATE cannot be read" CR);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, connect_client, teardown);
	tcase_add_loop_test(tc, test_good, 0, COUNT(good));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_steps);
	tcase_add_test(tc, test_cancelled);
	tcase_add_test(tc, test_disconnected);
	tcase_add_test(tc, test_too_long);
	tcase_add_test(tc, test_three_failures);
	tcase_add_test(tc, test_no_mail);
	tcase_add_test(tc, test_no_directory);
	tcase_add_loop_test(tc, test_elsewhere, 0, 4);
	tcase_add_test(tc, test_no_other_host);
	tcase_add_test(tc, test_in_clear);
	tcase_add_test(tc, test_leave);
	tcase_add_test(tc, test_no_leave);
	tcase_add_test(tc, test_leave_compressed);
}

CHECK_MAIN(cmd_auth, add_tests)
