/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

#define PLEASED "* ID (\"name\" \"letterbox\")" CR "a OK Pleased to meet you" CR

static const struct {
	const char *say, *want;
} ids[] = {
	{ "ID NIL", PLEASED },
	{ "ID ()", PLEASED },
	{ "ID (\"name\" \"x\")", PLEASED },
	{ "ID (\"name\" NIL \"version\" {3+}" CR "1.0)", PLEASED },
	{ "ID", "a BAD An argument is missing" CR },
	{ "ID x", "a BAD Expected (" CR },
	{ "ID (\"name\")", "a BAD Expected a blank" CR },
	{ "ID (NIL \"x\")", "a BAD Expected a string" CR },
	{ "ID (\"a\" \"b\"\"c\" \"d\")", "a BAD Expected a blank" CR },
	{ "ID (\"a\" \"b\") x", "a BAD Too many arguments, or something is behind them" CR },
	{ "ID ((((", "a BAD Expected a string" CR },
	{ "ID (\"a234567890123456789012345678901\" \"x\")", "a BAD A field has at most 30 octets, its value 1024" CR },
};

START_TEST(test_id)
{
	ck_assert_str_eq(imapcase_ask(&c, arena_printf(&c.arena, "a %s" CR, ids[_i].say)), ids[_i].want);
}
END_TEST

START_TEST(test_id_flood)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int n = 30; n <= 31; n++) {
		buf_reset(&text);
		buf_put_str(&text, "a ID (");
		for (int i = 0; i < n; i++)
			buf_printf(&text, "%s\"f%d\" \"v\"", i ? " " : "", i);
		buf_put_str(&text, ")" CR);
		ck_assert_str_eq(imapcase_ask(&c, buf_str(&text)), n == 30 ? PLEASED : "a BAD More than 30 fields" CR);
	}
	buf_reset(&text);
	buf_put_str(&text, "a ID (\"f\" \"");
	for (int i = 0; i < 1025; i++)
		buf_put_char(&text, 'v');
	buf_put_str(&text, "\")" CR);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, buf_str(&text)), "at most 30 octets"));
	/* Brackets without end: RFC 9051 has no such command, and no depth is followed. */
	buf_reset(&text);
	buf_put_str(&text, "a ID ");
	while (text.n < 10000)
		buf_put_char(&text, '(');
	buf_put_str(&text, CR);
	ck_assert_str_eq(imapcase_ask(&c, buf_str(&text)), "a BAD Expected a string" CR);
	buf_clear(&text);
}
END_TEST

START_TEST(test_enable)
{
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE CONDSTORE" CR), "a BAD Log in first" CR);
	imapcase_log_in(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE" CR), "a BAD An argument is missing" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE (x)" CR), "a BAD Expected an atom" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE FOO" CR), "* ENABLED" CR "a OK As you like" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE foo condstore UTF8=ACCEPT" CR),
			 "* ENABLED UTF8=ACCEPT CONDSTORE" CR "a OK As you like" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE CONDSTORE" CR), "* ENABLED" CR "a OK As you like" CR);
	ck_assert_uint_eq(c.s.enabled, IMAP_CONDSTORE | IMAP_UTF8);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE QRESYNC IMAP4rev2 UIDONLY" CR),
			 "* ENABLED IMAP4rev2 QRESYNC UIDONLY" CR "a OK As you like" CR);
	ck_assert_uint_eq(c.s.enabled, IMAP_CONDSTORE | IMAP_QRESYNC | IMAP_UTF8 | IMAP_REV2 | IMAP_UIDONLY);
}
END_TEST

/* What is selected already gets its mod-sequences. */
START_TEST(test_enable_selected)
{
	imapcase_put(&c, "cur/1.a.h:2,S", "x\n");
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE QRESYNC" CR),
			 "* ENABLED QRESYNC" CR "* OK [HIGHESTMODSEQ N] The last change" CR "a OK As you like" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 FLAGS ()" CR),
			 "* 1 FETCH (UID 1 FLAGS () MODSEQ (N))" CR "a OK Stored" CR);
}
END_TEST

START_TEST(test_compress)
{
	ck_assert_str_eq(imapcase_ask(&c, "a COMPRESS DEFLATE" CR), "a BAD Log in first" CR);
	imapcase_log_in(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a COMPRESS" CR), "a BAD An argument is missing" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a COMPRESS FOO" CR), "a BAD Only DEFLATE is known" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a COMPRESS DEFLATE x" CR),
			 "a BAD Too many arguments, or something is behind them" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a COMPRESS DEFLATE" CR "b NOOP" CR),
			 "a BAD Wait for the answer to COMPRESS" CR "b OK Done" CR);
	c.login.fail_tls = true;
	ck_assert(span_starts(span_str(imapcase_ask(&c, "a COMPRESS DEFLATE" CR)), SPAN("a NO [UNAVAILABLE] ")));
	c.login.fail_tls = false;
	ck_assert(!imap_session_wants_deflate(&c.s));
	ck_assert_str_eq(imapcase_ask(&c, "a compress deflate" CR), "a OK From here on" CR);
	ck_assert(imap_session_wants_deflate(&c.s));
	ck_assert(!imap_session_wants_deflate(&c.s));
	ck_assert_str_eq(imapcase_ask(&c, "a COMPRESS DEFLATE" CR),
			 "a NO [COMPRESSIONACTIVE] It is compressed already" CR);
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "a CAPABILITY" CR), "COMPRESS"));
}
END_TEST

START_TEST(test_logout)
{
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a LOGOUT" CR "b NOOP" CR), "* BYE Logging out" CR "a OK Goodbye" CR);
	ck_assert(!imap_session_is_open(&c.s));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, connect_client, teardown);
	tcase_add_loop_test(tc, test_id, 0, COUNT(ids));
	tcase_add_test(tc, test_id_flood);
	tcase_add_test(tc, test_enable);
	tcase_add_test(tc, test_enable_selected);
	tcase_add_test(tc, test_compress);
	tcase_add_test(tc, test_logout);
}

CHECK_MAIN(cmd_basic, add_tests)
