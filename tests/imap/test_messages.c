/* SPDX-License-Identifier: ISC */
#include "imap/cmd.h"

#include "support/imaptest.h"

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "dovecot-uidlist",
		     "3 V1 N100 G18cf150821ab026ba014000083ecc375\n2 :1.a.h\n3 :2.a.h\n7 :3.a.h\n20 :4.a.h\n");
	for (int i = 1; i <= 4; i++)
		imapcase_put(&c, arena_printf(&c.arena, "cur/%d.a.h:2,", i), "x\n");
	imapcase_select(&c);
}

/* Messages 1 to 4 have the UIDs 2, 3, 7, 20. */
static const struct {
	const char *text;
	unsigned how;
	const char *want; /* NULL: wrong */
} rows[] = {
	{ "1", 0, "1" },
	{ "1:*", 0, "1:4" },
	{ "*", 0, "4" },
	{ "9:*", 0, "4" },
	{ "*:9", 0, "4" },
	{ "4,2", 0, "2,4" },
	{ "5", 0, NULL },
	{ "1:5", 0, NULL },
	{ "4294967295", 0, NULL },
	{ "0", 0, NULL },
	{ "$", 0, "2:3" },
	{ "1", IMAP_UID, "" },
	{ "2:3", IMAP_UID, "1:2" },
	{ "1:19", IMAP_UID, "1:3" },
	{ "*", IMAP_UID, "4" },
	{ "100:*", IMAP_UID, "4" },
	{ "4:6", IMAP_UID, "" },
	{ "2,7,20", IMAP_UID, "1,3:4" },
	{ "1:4294967295", IMAP_UID, "1:4" },
	{ "20:4294967295,2", IMAP_UID, "1,4" },
	{ "$", IMAP_UID, "2:3" },
};

START_TEST(test_messages)
{
	struct imap_parse p;
	struct seqset got;
	struct buf text;
	int rc;

	/* Of the last search one message is gone. */
	c.s.saved = (struct seqset){ 0 };
	seqset_add(&c.s.saved_in, &c.s.saved, 3, 7);
	seqset_add(&c.s.saved_in, &c.s.saved, 9, 9);
	imap_parse_init(&p, &c.arena, span_str(rows[_i].text), false);
	rc = imap_parse_messages(&c.s, &p, rows[_i].how, &got);
	ck_assert_int_eq(rc, rows[_i].want ? 0 : -1);
	if (rc < 0)
		return;
	buf_init(&text, 100);
	imap_put_seqset(&text, &got);
	ck_assert_str_eq(buf_str(&text), rows[_i].want);
	buf_clear(&text);
}
END_TEST

/* In an empty mailbox "*" is nothing, which is not wrong. */
START_TEST(test_empty)
{
	static const struct {
		const char *text;
		unsigned how;
		bool wrong;
	} all[] = {
		{ "1:*", 0, false }, { "*", 0, false },		 { "1", 0, true },
		{ "$", 0, false },   { "1:*", IMAP_UID, false }, { "5", IMAP_UID, false },
	};

	imapcase_make_folder(&c, "empty");
	imapcase_ask(&c, "a SELECT empty\r\n");
	for (int i = 0; i < COUNT(all); i++) {
		struct imap_parse p;
		struct seqset got;

		imap_parse_init(&p, &c.arena, span_str(all[i].text), false);
		ck_assert_int_eq(imap_parse_messages(&c.s, &p, all[i].how, &got), all[i].wrong ? -1 : 0);
		if (!all[i].wrong)
			ck_assert_uint_eq(got.n, 0);
	}
}
END_TEST

START_TEST(test_fetch)
{
	imap_fetch_begin(&c.s, 3, true, false);
	imap_fetch_end(&c.s);
	imap_fetch_begin(&c.s, 3, false, true);
	imap_fetch_end(&c.s);
	c.s.enabled |= IMAP_UIDONLY;
	imap_fetch_begin(&c.s, 3, true, true);
	imap_fetch_end(&c.s);
	imap_fetch_begin(&c.s, 3, true, false);
	imap_fetch_end(&c.s);
	imap_say_flags(&c.s, 3, true);
	ck_assert_str_eq(buf_str(&c.out), "* 4 FETCH (UID 20)\r\n* 4 FETCH ()\r\n* 20 UIDFETCH ()\r\n"
					  "* 20 UIDFETCH (UID 20)\r\n* 20 UIDFETCH (FLAGS ())\r\n");
}
END_TEST

START_TEST(test_find_from)
{
	const struct cache *view = &c.s.box->view;

	ck_assert_uint_eq(imap_find_from(view, 0), 0);
	ck_assert_uint_eq(imap_find_from(view, 3), 1);
	ck_assert_uint_eq(imap_find_from(view, 4), 2);
	ck_assert_uint_eq(imap_find_from(view, 20), 3);
	ck_assert_uint_eq(imap_find_from(view, 21), 4);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_messages, 0, COUNT(rows));
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_fetch);
	tcase_add_test(tc, test_find_from);
}

CHECK_MAIN(messages, add_tests)
