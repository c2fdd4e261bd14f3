/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

#define OK "a OK Stored" CR

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,S", "1\n");
	imapcase_put(&c, "cur/2.a.h:2,P", "2\n");
	imapcase_put(&c, "cur/3.a.h:2,", "3\n");
	imapcase_put(&c, "dovecot-keywords", "0 $Junk\n");
	imapcase_select(&c);
}

/* On messages 1 (\Seen), 2 (with a flag of the file that IMAP does not have) and 3 (nothing). */
static const struct {
	const char *say, *want;
	const char *file; /* that is then there */
} rows[] = {
	{ "STORE 1 FLAGS (\\Flagged)", "* 1 FETCH (FLAGS (\\Flagged))" CR OK, "1.a.h:2,F" },
	{ "STORE 1 +FLAGS (\\Flagged)", "* 1 FETCH (FLAGS (\\Flagged \\Seen))" CR OK, "1.a.h:2,FS" },
	{ "STORE 1 -FLAGS (\\Seen)", "* 1 FETCH (FLAGS ())" CR OK, "1.a.h:2," },
	{ "STORE 1 +FLAGS \\Answered \\Draft", "* 1 FETCH (FLAGS (\\Answered \\Seen \\Draft))" CR OK, "1.a.h:2,DRS" },
	{ "STORE 1 FLAGS ()", "* 1 FETCH (FLAGS ())" CR OK, "1.a.h:2," },
	{ "STORE 1 +FLAGS ()", "* 1 FETCH (FLAGS (\\Seen))" CR OK, "1.a.h:2,S" },
	{ "STORE 1:3 +FLAGS.SILENT (\\Seen)", OK, "3.a.h:2,S" },
	{ "store 3,1 flags.silent \\deleted", OK, "1.a.h:2,T" },
	{ "STORE 1 -FLAGS.SILENT (\\Seen)", OK, "1.a.h:2," },
	{ "UID STORE 3:* FLAGS (\\Seen)", "* 3 FETCH (UID 3 FLAGS (\\Seen))" CR OK, "3.a.h:2,S" },
	{ "UID STORE 9 FLAGS (\\Seen)", OK, "3.a.h:2," },
	{ "STORE * FLAGS (\\Seen)", "* 3 FETCH (FLAGS (\\Seen))" CR OK, "3.a.h:2,S" },
	{ "STORE 1 +FLAGS ($junk)", "* 1 FETCH (FLAGS (\\Seen $Junk))" CR OK, "1.a.h:2,Sa" },
	{ "STORE 1 -FLAGS ($junk unheard)", "* 1 FETCH (FLAGS (\\Seen))" CR OK, "1.a.h:2,S" },
	{ "STORE 2 FLAGS (\\Recent \\Seen)", "* 2 FETCH (FLAGS (\\Seen))" CR OK, "2.a.h:2,PS" },
	{ "STORE 2 FLAGS ()", "* 2 FETCH (FLAGS ())" CR OK, "2.a.h:2,P" },
	{ "STORE 1 +FLAGS (new $Junk)",
	  "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk new)" CR
	  "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk new \\*)] These can be changed" CR
	  "* 1 FETCH (FLAGS (\\Seen $Junk new))" CR OK,
	  "1.a.h:2,Sab" },
	{ "STORE 4 FLAGS ()", "a BAD There are not so many messages" CR, NULL },
	{ "STORE 1:4 FLAGS ()", "a BAD There are not so many messages" CR, NULL },
	{ "STORE 7:* FLAGS (\\Seen)", "* 3 FETCH (FLAGS (\\Seen))" CR OK, "3.a.h:2,S" },
	{ "STORE 0 FLAGS ()", "a BAD Expected a set of messages, as 1,3:5,7:*" CR, NULL },
	{ "STORE 1", "a BAD An argument is missing" CR, NULL },
	{ "STORE 1 FLAGS", "a BAD An argument is missing" CR, NULL },
	{ "STORE 1 FLAGS (\\Foo)", "a BAD There is no such flag" CR, NULL },
	{ "STORE 1 FLAGS (\\*)", "a BAD There is no such flag" CR, NULL },
	{ "STORE 1 FLAGS (a]b)", "a BAD Expected a blank" CR, NULL },
	{ "STORE 1 FLAGS () x", "a BAD Too many arguments, or something is behind them" CR, NULL },
	{ "STORE 1 FLAG ()", "a BAD Expected FLAGS, +FLAGS or -FLAGS, with .SILENT or without" CR, NULL },
	{ "STORE 1 (FOO 1) FLAGS ()", "a BAD Unknown modifier of STORE" CR, NULL },
	{ "STORE 1 (UNCHANGEDSINCE x) FLAGS ()", "a BAD Expected a number" CR, NULL },
	{ "STORE $ FLAGS (\\Seen)", OK, NULL },
};

START_TEST(test_store)
{
	const char *said = imapcase_ask(&c, arena_printf(&c.arena, "a %s" CR, rows[_i].say));

	ck_assert_str_eq(said, rows[_i].want);
	if (rows[_i].file)
		ck_assert(imapcase_is_there(&c, arena_printf(&c.arena, "cur/%s", rows[_i].file)));
}
END_TEST

START_TEST(test_long_keyword)
{
	char keyword[302] = "";

	memset(keyword, 'k', 300);
	ck_assert_str_eq(imapcase_ask(&c, arena_printf(&c.arena, "a STORE 1 FLAGS (%s)" CR, keyword)),
			 "a NO [CANNOT] A keyword is too long" CR);
}
END_TEST

/* There are letters for 26 of them. */
START_TEST(test_too_many_keywords)
{
	struct buf text;

	buf_init(&text, 10000);
	buf_put_str(&text, "a STORE 1 +FLAGS.SILENT (");
	for (int i = 1; i < 26; i++)
		buf_printf(&text, "%sk%d", i > 1 ? " " : "", i);
	buf_put_str(&text, ")" CR);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, buf_str(&text)), "k25)] These can be changed" CR OK));
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 +FLAGS (more)" CR),
			 "a NO [LIMIT] all 26 keywords of the folder are taken" CR);
	buf_clear(&text);
}
END_TEST

START_TEST(test_read_only)
{
	imapcase_ask(&c, "a EXAMINE INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 FLAGS ()" CR),
			 "a NO [READ-ONLY] The mailbox was opened for reading only" CR);
}
END_TEST

/* Somebody else had the message meanwhile: his flags stay, and are told. */
START_TEST(test_others)
{
	imapcase_move(&c, "cur/1.a.h:2,S", "cur/1.a.h:2,FS");
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 +FLAGS.SILENT (\\Answered)" CR),
			 "* 1 FETCH (FLAGS (\\Answered \\Flagged \\Seen))" CR OK);
	imapcase_remove(&c, "cur/2.a.h:2,P");
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1:3 +FLAGS (\\Draft)" CR),
			 "* 1 FETCH (FLAGS (\\Answered \\Flagged \\Seen \\Draft))" CR "* 3 FETCH (FLAGS (\\Draft))" CR
			 "a NO [EXPUNGEISSUED] Some of the messages are gone" CR);
}
END_TEST

START_TEST(test_unchangedsince)
{
	uint64_t before;
	const char *said;

	imapcase_ask_raw(&c, "a SELECT INBOX (CONDSTORE)" CR);
	before = imapcase_number(&c, "HIGHESTMODSEQ");
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 +FLAGS (\\Flagged)" CR),
			 "* 1 FETCH (FLAGS (\\Flagged \\Seen) MODSEQ (N))" CR OK);
	said = imapcase_ask(&c, arena_printf(&c.arena, "a STORE 1:3 (UNCHANGEDSINCE %llu) +FLAGS.SILENT (\\Draft)" CR,
					     (unsigned long long)before));
	ck_assert_str_eq(said, "* 2 FETCH (MODSEQ (N))" CR "* 3 FETCH (MODSEQ (N))" CR
			       "a OK [MODIFIED 1] Some have changed since" CR);
	said = imapcase_ask(&c, arena_printf(&c.arena, "a UID STORE 1:3 (UNCHANGEDSINCE %llu) +FLAGS (\\Draft)" CR,
					     (unsigned long long)before));
	ck_assert_str_eq(said, "a OK [MODIFIED 1:3] Some have changed since" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 2 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)" CR),
			 "a OK [MODIFIED 2] Some have changed since" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 2 (UNCHANGEDSINCE 9223372036854775807) +FLAGS (\\Seen)" CR),
			 "* 2 FETCH (FLAGS (\\Seen \\Draft) MODSEQ (N))" CR OK);
}
END_TEST

/* The first UNCHANGEDSINCE is a word for CONDSTORE. */
START_TEST(test_implied_condstore)
{
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 (UNCHANGEDSINCE 9223372036854775807) +FLAGS (\\Draft)" CR),
			 "* OK [HIGHESTMODSEQ N] The last change" CR
			 "* 1 FETCH (FLAGS (\\Seen \\Draft) MODSEQ (N))" CR OK);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 3 +FLAGS (\\Draft)" CR),
			 "* 3 FETCH (FLAGS (\\Draft) MODSEQ (N))" CR OK);
}
END_TEST

START_TEST(test_uidonly)
{
	imapcase_ask(&c, "a ENABLE UIDONLY" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 FLAGS ()" CR),
			 "a BAD [UIDREQUIRED] UIDONLY is enabled: say UID STORE" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a UID STORE 3 FLAGS (\\Seen)" CR), "* 3 UIDFETCH (FLAGS (\\Seen))" CR OK);
}
END_TEST

/* More than are changed at a time. */
START_TEST(test_many)
{
	const char *at;
	int n = 0;

	for (int i = 10; i < 1300; i++)
		imapcase_put(&c, arena_printf(&c.arena, "cur/%d.a.h:2,", i), "x\n");
	imapcase_select(&c);
	at = imapcase_ask(&c, "a STORE 1:* +FLAGS (\\Draft)" CR);
	while ((at = strstr(at, "\\Draft")))
		at++, n++;
	ck_assert_int_eq(n, 1293);
	ck_assert(imapcase_is_there(&c, "cur/1299.a.h:2,D"));
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1:* -FLAGS.SILENT (\\Draft)" CR), OK);
	ck_assert(imapcase_is_there(&c, "cur/1299.a.h:2,"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_store, 0, COUNT(rows));
	tcase_add_test(tc, test_long_keyword);
	tcase_add_test(tc, test_too_many_keywords);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_others);
	tcase_add_test(tc, test_unchangedsince);
	tcase_add_test(tc, test_implied_condstore);
	tcase_add_test(tc, test_uidonly);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(cmd_store, add_tests)
