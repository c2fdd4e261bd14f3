/* SPDX-License-Identifier: ISC */
#include "pop3/session.h"

#include "support/check_main.h"
#include "support/fake_drop.h"

#define CR    "\r\n"
#define OK_IN "+OK Logged in, 3 messages" CR
#define NO    "-ERR [AUTH] Authentication failed" CR

/* "al" and "secret", "busy" and so on, for PLAIN. */
#define AL    "AGFsAHNlY3JldA=="
#define WRONG "AGFsAHdyb25n"
#define LATER "AGxhdGVyAHg="

static const struct {
	const char *in, *want, *log;
} rows[] = {
	{ "USER al" CR "PASS secret" CR, "+OK Send PASS" CR OK_IN, "open al\n" },
	{ "USER bo" CR "USER al" CR "PASS secret" CR, "+OK Send PASS" CR "+OK Send PASS" CR OK_IN, "open al\n" },
	/* A password may have blanks, also at its end; a name stays only for one. */
	{ "USER al" CR "PASS secret " CR "PASS secret" CR, "+OK Send PASS" CR NO "-ERR Send USER first" CR,
	  "auth 535\npause 2000\n" },
	{ "USER nobody" CR "PASS secret" CR, "+OK Send PASS" CR NO, "auth 535\npause 2000\n" },
	{ "USER a\tl" CR, "-ERR This is no name of a user" CR, "" },
	{ "USER later" CR "PASS x" CR, "+OK Send PASS" CR "-ERR [SYS/TEMP] Not now" CR, "auth 454\n" },
	{ "USER busy" CR "PASS secret" CR "QUIT" CR,
	  "+OK Send PASS" CR "-ERR [IN-USE] The mailbox is in use by another session" CR, "open busy\n" },
	{ "USER broken" CR "PASS secret" CR "QUIT" CR,
	  "+OK Send PASS" CR "-ERR [SYS/TEMP] The mailbox cannot be opened now" CR, "open broken\n" },
	{ "USER mbox" CR "PASS secret" CR "QUIT" CR,
	  "+OK Send PASS" CR "-ERR [SYS/PERM] The mailbox cannot be opened" CR, "open mbox\n" },
	{ "USER gone" CR "PASS secret" CR "QUIT" CR,
	  "+OK Send PASS" CR "-ERR [SYS/TEMP] The host that has the mailbox cannot be reached now" CR, "" },
	{ "USER theirs" CR "PASS secret" CR "QUIT" CR, "+OK Send PASS" CR NO, "auth 535\n" },
	/* Three of them. */
	{ "USER al" CR "PASS 1" CR "USER al" CR "PASS 2" CR "USER al" CR "PASS 3" CR "USER al" CR,
	  "+OK Send PASS" CR NO "+OK Send PASS" CR NO "+OK Send PASS" CR NO "-ERR Too many failed logins" CR,
	  "auth 535\npause 2000\nauth 535\npause 2000\nauth 535\n" },
	{ "USER \xc3\xa9" CR "UTF8" CR "USER \xc3\xa9" CR "PASS secret" CR,
	  "-ERR [UTF8] Say UTF8 before a name that is not in ASCII" CR "+OK UTF-8 it is" CR "+OK Send PASS" CR OK_IN,
	  "open \xc3\xa9\n" },

	{ "AUTH" CR, "+OK Mechanisms follow" CR "PLAIN" CR "LOGIN" CR "." CR, "" },
	{ "AUTH PLAIN " AL CR, OK_IN, "open al\n" },
	{ "auth plain " AL CR, OK_IN, "open al\n" },
	{ "AUTH PLAIN" CR AL CR, "+ " CR OK_IN, "open al\n" },
	{ "AUTH LOGIN" CR "YWw=" CR "c2VjcmV0" CR, "+ VXNlcm5hbWU6" CR "+ UGFzc3dvcmQ6" CR OK_IN, "open al\n" },
	{ "AUTH PLAIN" CR "*" CR "AUTH PLAIN " AL CR, "+ " CR "-ERR Authentication cancelled" CR OK_IN, "open al\n" },
	{ "AUTH PLAIN" CR "QUIT" CR, "+ " CR NO, NULL },
	{ "AUTH PLAIN" CR "Q=IT" CR "QUIT" CR, "+ " CR "-ERR The response is no base64" CR "+OK Bye" CR, "" },
	{ "AUTH PLAIN " WRONG CR, NO, "auth 535\npause 2000\n" },
	{ "AUTH PLAIN " LATER CR, "-ERR [SYS/TEMP] Not now" CR, "auth 454\n" },
	{ "AUTH PLAIN a\tb" CR, "-ERR The response is no base64" CR, "" },
};

START_TEST(test_logins)
{
	static const size_t pieces[] = { POP3_PIECE, 1, 5 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fake_drop d;
		const char *got;

		fake_drop_init(&d);
		got = fake_drop_say(&d, span_str(rows[_i].in), pieces[i]);
		if (rows[_i].log) {
			ck_assert_str_eq(got, rows[_i].want);
			ck_assert_str_eq(buf_str(&d.login.log), rows[_i].log);
		} else {
			/* What exactly a mechanism says to nonsense is its own. */
			ck_assert_int_eq(strncmp(got, "+ \r\n-ERR ", 9), 0);
		}
		fake_drop_clear(&d);
	}
}
END_TEST

/* Where somebody may listen no password is asked for. */
START_TEST(test_not_private)
{
	struct fake_drop d;

	fake_drop_init(&d);
	d.login.rules.is_private = false;
	ck_assert_str_eq(fake_drop_ask(&d, "USER al" CR "PASS secret" CR),
			 "-ERR [AUTH] Passwords are not taken without TLS" CR
			 "-ERR [AUTH] Passwords are not taken without TLS" CR);
	ck_assert_str_eq(fake_drop_ask(&d, "AUTH" CR), "+OK Mechanisms follow" CR "." CR);
	ck_assert_int_eq(strncmp(fake_drop_ask(&d, "AUTH PLAIN " AL CR), "-ERR ", 5), 0);
	ck_assert_ptr_null(strstr(buf_str(&d.login.log), "open"));
	fake_drop_clear(&d);
}
END_TEST

START_TEST(test_unknown_mechanism)
{
	struct fake_drop d;

	fake_drop_init(&d);
	ck_assert_int_eq(strncmp(fake_drop_ask(&d, "AUTH CRAM-MD5" CR), "-ERR ", 5), 0);
	ck_assert_str_eq(fake_drop_ask(&d, "AUTH PLAIN " AL CR), OK_IN);
	fake_drop_clear(&d);
}
END_TEST

/* What comes behind the login is for the other host. */
START_TEST(test_elsewhere)
{
	struct fake_drop d;

	fake_drop_init(&d);
	ck_assert_str_eq(fake_drop_ask(&d, "USER far" CR "PASS secret" CR "STAT" CR "QU"),
			 "+OK Send PASS" CR "+OK Logged in" CR);
	ck_assert(pop3_session_is_open(&d.session));
	ck_assert(pop3_session_is_elsewhere(&d.session));
	ck_assert(span_is(pop3_session_rest(&d.session), SPAN("STAT" CR "QU")));
	ck_assert_str_eq(buf_str(&d.login.log), "hand over far\n");
	fake_drop_clear(&d);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_elsewhere);
	tcase_add_loop_test(tc, test_logins, 0, COUNT(rows));
	tcase_add_test(tc, test_not_private);
	tcase_add_test(tc, test_unknown_mechanism);
}

CHECK_MAIN(cmd_auth, add_tests)
