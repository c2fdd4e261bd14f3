/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

static bool has(const char *word)
{
	struct span rest = span_str(imapcase_ask(&c, "a CAPABILITY" CR)), line = span_cut(&rest, '\r');

	for (struct span name = span_word(&line); name.n; name = span_word(&line))
		if (span_is(name, span_str(word)))
			return true;
	return false;
}

START_TEST(test_before_login)
{
	ck_assert(has("IMAP4rev1") && has("IMAP4rev2") && has("LITERAL+") && has("SASL-IR"));
	ck_assert(has("STARTTLS") && has("AUTH=PLAIN") && has("AUTH=LOGIN") && !has("LOGINDISABLED"));
	ck_assert(!has("UIDPLUS"));
	c.server.offers_tls = false;
	ck_assert(!has("STARTTLS"));
}
END_TEST

START_TEST(test_in_clear)
{
	c.login.rules.is_private = false;
	ck_assert(has("STARTTLS") && has("LOGINDISABLED") && !has("AUTH=PLAIN"));
	imapcase_ask(&c, "a STARTTLS" CR);
	imap_session_secured(&c.s);
	c.login.rules.is_private = true;
	ck_assert(!has("STARTTLS") && !has("LOGINDISABLED") && has("AUTH=PLAIN"));
}
END_TEST

START_TEST(test_after_login)
{
	imapcase_log_in(&c);
	ck_assert(has("IMAP4rev1") && has("IMAP4rev2") && has("LITERAL+") && has("IDLE") && has("UIDPLUS"));
	ck_assert(!has("STARTTLS") && !has("AUTH=PLAIN") && !has("SASL-IR") && !has("LOGINDISABLED"));
	/* Its process is the user's by then. */
	ck_assert(!has("UNAUTHENTICATE"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, connect_client, teardown);
	tcase_add_test(tc, test_before_login);
	tcase_add_test(tc, test_in_clear);
	tcase_add_test(tc, test_after_login);
}

CHECK_MAIN(capability, add_tests)
