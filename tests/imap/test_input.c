/* SPDX-License-Identifier: ISC */
/* What a command may be made of, and how long it may be. That the pieces do not matter is in test_session.c. */
#include "imap/session.h"

#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR    "\r\n"
#define READY "+ Ready for it" CR

static struct imapcase c;

static void teardown(void)
{
	tempdir_remove();
}

/* As long as it may be, and longer. */
START_TEST(test_limits)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	imapcase_init(&c);
	buf_put_str(&text, "a LOGIN al ");
	while (text.n < IMAP_LINE_LOGIN_MAX)
		buf_put_char(&text, 'x');
	buf_put_str(&text, CR);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), 100), "* BYE The command is too long" CR);
	imapcase_clear(&c);

	/* Without a line end it is not waited for any longer. */
	imapcase_init(&c);
	buf_reset(&text);
	while (text.n <= IMAP_LINE_LOGIN_MAX)
		buf_put_char(&text, 'x');
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), 100), "* BYE The command is too long" CR);
	ck_assert(!imap_session_is_open(&c.s));
	imapcase_clear(&c);

	imapcase_init(&c);
	imapcase_log_in(&c);
	buf_reset(&text);
	buf_put_str(&text, "a ENABLE ");
	while (text.n < IMAP_LINE_MAX - 2)
		buf_put_char(&text, 'x');
	buf_put_str(&text, CR);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), 4096), "* ENABLED" CR "a OK As you like" CR);
	text.n -= 2;
	buf_put_str(&text, "xxx" CR);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), 4096), "* BYE The command is too long" CR);
	imapcase_clear(&c);

	imapcase_init(&c);
	imapcase_log_in(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a ENABLE {65536}" CR "b SELECT {60000}" CR),
			 "a BAD [TOOBIG] The literal is too large" CR READY);
	imapcase_clear(&c);
	buf_clear(&text);
}
END_TEST

START_TEST(test_many_literals)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	imapcase_init(&c);
	imapcase_log_in(&c);
	buf_put_str(&text, "a ENABLE");
	for (int i = 0; i <= IMAP_LITERALS_MAX; i++)
		buf_put_str(&text, " {1+}" CR "x");
	buf_put_str(&text, CR);
	ck_assert_str_eq(imapcase_say(&c, buf_span(&text), IMAP_PIECE),
			 "a BAD [TOOBIG] The literal is too large" CR "* BYE The literal is too large" CR);
	imapcase_clear(&c);
	buf_clear(&text);
}
END_TEST

/* A session that goes on for ever takes no more memory than one command. */
START_TEST(test_flood)
{
	struct buf text;

	buf_init(&text, 16 << 20);
	for (int i = 0; i < 100000; i++)
		buf_put_str(&text, "a NOOP" CR);
	imapcase_init(&c);
	imapcase_say(&c, buf_span(&text), IMAP_PIECE);
	ck_assert_uint_eq(c.said.n, 100000 * strlen("a OK Done" CR));
	imap_session_rest(&c.s);
	ck_assert(imap_session_is_idle(&c.s));
	ck_assert_str_eq(imapcase_ask(&c, "a NOOP" CR), "a OK Done" CR);
	imapcase_clear(&c);
	buf_clear(&text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_many_literals);
	tcase_add_test(tc, test_flood);
}

CHECK_MAIN(input, add_tests)
