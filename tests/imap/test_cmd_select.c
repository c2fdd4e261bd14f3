/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include "support/imaptest.h"

#include <sys/stat.h>
#include <unistd.h>

#define FLAGS  "\\Answered \\Flagged \\Deleted \\Seen \\Draft"
#define HEAD   "* FLAGS (" FLAGS ")" CR "* OK [PERMANENTFLAGS (" FLAGS " \\*)] These can be changed" CR
#define HEAD_R "* FLAGS (" FLAGS ")" CR "* OK [PERMANENTFLAGS ()] None can be changed" CR
#define VALID  "* OK [UIDVALIDITY N] UIDs are valid" CR
#define NEXT(n)                                                                                                        \
	"* OK [UIDNEXT " n "] The next UID" CR "* OK [HIGHESTMODSEQ N] The last change" CR                             \
	"* OK [MAILBOXID (G)] Its id" CR
#define RW	 "a OK [READ-WRITE] Selected" CR
#define RO	 "a OK [READ-ONLY] Selected" CR
#define CLOSED	 "* OK [CLOSED] The mailbox from before is closed" CR
#define FIRST(n) "* OK [UNSEEN " n "] The first that is not seen" CR

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,S", "Subject: one\n\n1\n");
	imapcase_put(&c, "cur/2.a.h:2,", "Subject: two\n\n2\n");
	imapcase_put(&c, "new/3.a.h", "Subject: three\n\n3\n");
	imapcase_log_in(&c);
}

START_TEST(test_select)
{
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT INBOX" CR),
			 HEAD "* 3 EXISTS" CR "* 1 RECENT" CR FIRST("2") VALID NEXT("4") RW);
	ck_assert(imapcase_is_there(&c, "cur/3.a.h:2,"));
	/* Only the first who sees it is told that it is recent. */
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT inbox" CR),
			 CLOSED HEAD "* 3 EXISTS" CR "* 0 RECENT" CR FIRST("2") VALID NEXT("4") RW);
}
END_TEST

/* What is new stays in new/, and recent, as often as it is looked at. */
START_TEST(test_examine)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_str_eq(imapcase_ask(&c, "a EXAMINE INBOX" CR),
				 HEAD_R "* 3 EXISTS" CR "* 1 RECENT" CR FIRST("2") VALID NEXT("4") RO);
		ck_assert(imapcase_is_there(&c, "new/3.a.h"));
		ck_assert_str_eq(imapcase_ask(&c, "a UNSELECT" CR), "a OK Closed, nothing was removed" CR);
	}
}
END_TEST

START_TEST(test_rev2)
{
	imapcase_make_folder(&c, "Entw&APw-rfe");
	imapcase_ask(&c, "a ENABLE IMAP4rev2" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT INBOX" CR),
			 HEAD "* 3 EXISTS" CR VALID NEXT("4") "* LIST () \"/\" \"INBOX\"" CR RW);
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT \"Entw\xc3\xbcrfe\"" CR),
			 CLOSED HEAD "* 0 EXISTS" CR VALID NEXT("1") "* LIST () \"/\" \"Entw\xc3\xbcrfe\"" CR RW);
}
END_TEST

/* A SELECT that fails has closed what was selected before. */
START_TEST(test_none)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
		{ "nowhere", "a NO [NONEXISTENT] There is no such mailbox" },
		{ "../x", "a NO [" },
		{ "a/../../x", "a NO [" },
		{ "/etc/passwd", "a NO [CANNOT]" },
		{ "~root/x", "a NO [NONEXISTENT]" },
		{ ".", "a NO [NONEXISTENT]" },
		{ "..", "a NO [NONEXISTENT]" },
		{ "cur", "a NO [NONEXISTENT]" },
		{ "INBOX/../x", "a NO [NONEXISTENT]" },
		{ "a//b", "a NO [CANNOT]" },
		{ "\"\"", "a NO [CANNOT]" },
		{ "&AC4ALg-/x", "a NO [CANNOT]" },
		{ "&AAA-", "a NO [CANNOT]" },
		{ "{3+}" CR "a\nb", "a NO [CANNOT]" },
		{ "{10+}" CR "a\r\n* BYE x", "a NO [CANNOT]" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		const char *said;

		imapcase_select(&c);
		said = imapcase_ask(&c, arena_printf(&c.arena, "a SELECT %s" CR, rows[i].name));
		ck_assert_msg(strstr(said, rows[i].want) != NULL, "%s: %s", rows[i].name, said);
		ck_assert_ptr_null(strstr(said, CR "* BYE"));
		imapcase_ask(&c, "a UNSELECT" CR);
	}
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT nowhere" CR "b CLOSE" CR),
			 CLOSED "a NO [NONEXISTENT] There is no such mailbox" CR "b BAD Select a mailbox first" CR);
}
END_TEST

/* Nobody comes out of the mail directory by a link. */
START_TEST(test_link)
{
	ck_assert_int_eq(symlink("/etc", arena_str(&c.arena, tempdir_path("m/.link"))), 0);
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT link" CR), "a NO [NONEXISTENT] There is no such mailbox" CR);
}
END_TEST

START_TEST(test_inbox_is_made)
{
	static const char *const parts[] = { "m/cur", "m/new", "m/tmp", "m" };

	imapcase_clear(&c);
	tempdir_remove();
	imapcase_init(&c);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		ck_assert_int_eq(rmdir(tempdir_path(parts[i])), 0);
	imapcase_log_in(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a SELECT INBOX" CR),
			 HEAD "* 0 EXISTS" CR "* 0 RECENT" CR VALID NEXT("1") RW);
}
END_TEST

START_TEST(test_read_only_folder)
{
	imapcase_make_folder(&c, "ro");
	imapcase_put(&c, ".ro/cur/1.a.h:2,", "x\n");
	imapcase_ask(&c, "a SELECT ro" CR);
	imapcase_ask(&c, "a UNSELECT" CR);
	if (geteuid() == 0)
		return;
	ck_assert_int_eq(chmod(arena_str(&c.arena, tempdir_path("m/.ro")), 0500), 0);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a SELECT ro" CR), RO));
	ck_assert_int_eq(chmod(arena_str(&c.arena, tempdir_path("m/.ro")), 0700), 0);
}
END_TEST

START_TEST(test_parameters)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "()", "a BAD Unknown parameter of SELECT" },
		{ "(FOO)", "a BAD Unknown parameter of SELECT" },
		{ "(CONDSTORE", "a BAD Expected )" },
		{ "CONDSTORE", "a BAD Expected (" },
		{ "(CONDSTORE) x", "a BAD Too many arguments" },
		{ "(QRESYNC (1 1))", "a BAD Say ENABLE QRESYNC first" },
	};
	static const struct {
		const char *text, *want;
	} qresync[] = {
		{ "(QRESYNC)", "a BAD Expected a blank" },
		{ "(QRESYNC (0 1))", "a BAD A number must not be 0" },
		{ "(QRESYNC (1))", "a BAD Expected a blank" },
		{ "(QRESYNC (1 x))", "a BAD Expected a number" },
		{ "(QRESYNC (1 1 1:*))", "a BAD What is known cannot have" },
		{ "(QRESYNC (1 1 $))", "a BAD What is known cannot be $" },
		{ "(QRESYNC (1 1 1:2 (1:2 3)))", "a BAD There are not as many" },
		{ "(QRESYNC (1 1 1:2 (1:2 3:4))", "a BAD Expected )" },
		{ "(QRESYNC (1 1 1:2 (1:2 3:4)))", RW },
		{ "(QRESYNC (1 1 (1:2 3:4)))", RW },
		{ "(QRESYNC (1 1) CONDSTORE)", RW },
		{ "(CONDSTORE QRESYNC (1 1 1:2))", RW },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		const char *said = imapcase_ask(&c, arena_printf(&c.arena, "a SELECT INBOX %s" CR, rows[i].text));

		ck_assert_msg(strstr(said, rows[i].want) != NULL, "%s: %s", rows[i].text, said);
	}
	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	for (int i = 0; i < COUNT(qresync); i++) {
		const char *said = imapcase_ask(&c, arena_printf(&c.arena, "a SELECT INBOX %s" CR, qresync[i].text));

		ck_assert_msg(strstr(said, qresync[i].want) != NULL, "%s: %s", qresync[i].text, said);
	}
}
END_TEST

/* Of a client that comes back, each row: what it says that it knows, and what it hears besides the usual. */
START_TEST(test_qresync)
{
	static const struct {
		const char *known;
		const char *want;
	} rows[] = {
		{ "", "* VANISHED (EARLIER) 2" CR "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen) MODSEQ (N))" CR
		      "* 3 FETCH (UID 4 FLAGS () MODSEQ (N))" CR },
		{ " 1:3", "* VANISHED (EARLIER) 2" CR "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen) MODSEQ (N))" CR },
		{ " 3", "" },
		{ " 2", "* VANISHED (EARLIER) 2" CR },
		{ " 1:2 (1 1)",
		  "* VANISHED (EARLIER) 2" CR "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen) MODSEQ (N))" CR },
	};
	uint64_t validity, modseq;

	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	imapcase_ask_raw(&c, "a SELECT INBOX" CR);
	validity = imapcase_number(&c, "UIDVALIDITY");
	modseq = imapcase_number(&c, "HIGHESTMODSEQ");
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1 +FLAGS.SILENT (\\Flagged)" CR
					  "b STORE 2 +FLAGS.SILENT (\\Deleted)" CR "c EXPUNGE" CR),
			 "* 1 FETCH (UID 1 MODSEQ (N))" CR "a OK Stored" CR "* 2 FETCH (UID 2 MODSEQ (N))" CR
			 "b OK Stored" CR "* VANISHED 2" CR "c OK [HIGHESTMODSEQ N] Removed" CR);
	imapcase_put(&c, "new/4.a.h", "Subject: four\n\n4\n");
	imapcase_ask(&c, "a NOOP" CR);
	for (int i = 0; i < COUNT(rows); i++) {
		const char *said = imapcase_ask(&c, arena_printf(&c.arena, "a SELECT INBOX (QRESYNC (%llu %llu%s))" CR,
								 (unsigned long long)validity,
								 (unsigned long long)modseq, rows[i].known));
		const char *at = strstr(said, "Its id" CR);

		ck_assert_ptr_nonnull(at);
		ck_assert_str_eq(at + strlen("Its id" CR), arena_printf(&c.arena, "%s" RW, rows[i].want));
	}
	/* Of another mailbox that had the name. */
	ck_assert_ptr_null(strstr(imapcase_ask(&c, "a SELECT INBOX (QRESYNC (1 1))" CR), "VANISHED"));
}
END_TEST

START_TEST(test_close)
{
	imapcase_select(&c);
	ck_assert_str_eq(imapcase_ask(&c, "a STORE 1,3 +FLAGS.SILENT (\\Deleted)" CR "b UNSELECT" CR),
			 "a OK Stored" CR "b OK Closed, nothing was removed" CR);
	ck_assert(imapcase_is_there(&c, "cur/1.a.h:2,ST"));
	imapcase_ask(&c, "a EXAMINE INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a CLOSE" CR), "a OK Closed" CR);
	ck_assert(imapcase_is_there(&c, "cur/1.a.h:2,ST"));
	imapcase_ask(&c, "a SELECT INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a CLOSE" CR "b CLOSE" CR),
			 "a OK Closed" CR "b BAD Select a mailbox first" CR);
	ck_assert(!imapcase_is_there(&c, "cur/1.a.h:2,ST") && !imapcase_is_there(&c, "cur/3.a.h:2,T"));
	ck_assert(imapcase_is_there(&c, "cur/2.a.h:2,"));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_select);
	tcase_add_test(tc, test_examine);
	tcase_add_test(tc, test_rev2);
	tcase_add_test(tc, test_none);
	tcase_add_test(tc, test_link);
	tcase_add_test(tc, test_inbox_is_made);
	tcase_add_test(tc, test_read_only_folder);
	tcase_add_test(tc, test_parameters);
	tcase_add_test(tc, test_qresync);
	tcase_add_test(tc, test_close);
}

CHECK_MAIN(cmd_select, add_tests)
