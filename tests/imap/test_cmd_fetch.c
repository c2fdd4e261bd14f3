/* SPDX-License-Identifier: ISC */
#include "imap/session.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/imaptest.h"

#define OK "a OK Fetched" CR

static const char multipart[] =
	"From: Al <al@b>\nTo: g:;\nSubject: =?utf-8?q?x?=\nDate: Sat, 22 Nov 2025 10:00:00 +0000\n"
	"Message-ID: <1@b>\nContent-Type: multipart/mixed; boundary=b\n\n"
	"--b\n\nfirst\n"
	"--b\nContent-Type: application/x\nContent-Transfer-Encoding: base64\n\nYQAKYg==\n"
	"--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\nx=3D\ny=0Az\n"
	"--b\nContent-Type: x/y\nContent-Transfer-Encoding: x-own\n\n??\n"
	"--b--\n";

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1700000001.a.h:2,S", "Subject: one\n\n1\n");
	imapcase_put(&c, "cur/1700000002.b.h:2,", multipart);
	imapcase_put(&c, "cur/1700000003.c.h:2,F", "Subject: three\n\n3\n");
	imapcase_select(&c);
}

/* Behind "a ", and what comes. None sets \Seen. */
static const struct {
	const char *in, *want;
} rows[] = {
	{ "FETCH 1 FLAGS", "* 1 FETCH (FLAGS (\\Seen))" CR OK },
	{ "FETCH 1:* (FLAGS)",
	  "* 1 FETCH (FLAGS (\\Seen))" CR "* 2 FETCH (FLAGS ())" CR "* 3 FETCH (FLAGS (\\Flagged))" CR OK },
	{ "FETCH 3,1 UID", "* 1 FETCH (UID 1)" CR "* 3 FETCH (UID 3)" CR OK },
	{ "UID FETCH 2:9 FLAGS", "* 2 FETCH (UID 2 FLAGS ())" CR "* 3 FETCH (UID 3 FLAGS (\\Flagged))" CR OK },
	{ "UID FETCH 9:* FLAGS", "* 3 FETCH (UID 3 FLAGS (\\Flagged))" CR OK },
	{ "UID FETCH 7:9 RFC822.SIZE", OK },
	{ "FETCH 1 (RFC822.SIZE UID)", "* 1 FETCH (UID 1 RFC822.SIZE 19)" CR OK },
	{ "FETCH 2 ENVELOPE",
	  "* 2 FETCH (ENVELOPE (\"Sat, 22 Nov 2025 10:00:00 +0000\" \"=?utf-8?q?x?=\" ((\"Al\" NIL \"al\" "
	  "\"b\")) ((\"Al\" NIL \"al\" \"b\")) ((\"Al\" NIL \"al\" \"b\")) ((NIL NIL \"g\" NIL)(NIL NIL NIL "
	  "NIL)) NIL NIL NIL \"<1@b>\"))" CR OK },
	{ "FETCH 1 (BODY BODYSTRUCTURE)",
	  "* 1 FETCH (BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1) BODYSTRUCTURE "
	  "(\"text\" "
	  "\"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1 NIL NIL NIL NIL))" CR OK },
	{ "FETCH 1 BODY.PEEK[]", "* 1 FETCH (BODY[] {19}" CR "Subject: one" CR CR "1" CR ")" CR OK },
	{ "FETCH 1 (BODY.PEEK[]<9.3> BODY.PEEK[]<19.1> BODY.PEEK[TEXT]<2.100>)",
	  "* 1 FETCH (BODY[]<9> {3}" CR "one BODY[]<19> {0}" CR " BODY[TEXT]<2> {1}" CR "\n)" CR OK },
	{ "FETCH 1 (BODY.PEEK[HEADER] BODY.PEEK[TEXT] RFC822.HEADER)",
	  "* 1 FETCH (BODY[HEADER] {16}" CR "Subject: one" CR CR " BODY[TEXT] {3}" CR "1" CR " RFC822.HEADER {16}" CR
	  "Subject: one" CR CR ")" CR OK },
	{ "FETCH 2 BODY.PEEK[HEADER.FIELDS (to SUBJECT x)]", "* 2 FETCH (BODY[HEADER.FIELDS (to SUBJECT x)] {35}" CR
							     "To: g:;" CR "Subject: =?utf-8?q?x?=" CR CR ")" CR OK },
	{ "FETCH 2 BODY.PEEK[HEADER.FIELDS (x-unusual To)]<1.4>",
	  "* 2 FETCH (BODY[HEADER.FIELDS (x-unusual To)]<1> {4}" CR "o: g)" CR OK },
	{ "FETCH 2 BODY.PEEK[HEADER.FIELDS.NOT (To Subject Date From Content-Type)]",
	  "* 2 FETCH (BODY[HEADER.FIELDS.NOT (To Subject Date From Content-Type)] {21}" CR "Message-ID: <1@b>" CR CR
	  ")" CR OK },
	{ "FETCH 2 (BODY.PEEK[1] BODY.PEEK[2.MIME] BODY.PEEK[9] BODY.PEEK[1.HEADER])",
	  "* 2 FETCH (BODY[1] {5}" CR "first BODY[2.MIME] {66}" CR "Content-Type: application/x" CR
	  "Content-Transfer-Encoding: base64" CR CR " BODY[9] NIL BODY[1.HEADER] NIL)" CR OK },
	{ "FETCH 2 (BINARY.SIZE[2] BINARY.SIZE[3] BINARY.PEEK[3] BINARY.PEEK[3]<1.2> BINARY.SIZE[9] BINARY.PEEK[9])",
	  "* 2 FETCH (BINARY.SIZE[2] 4 BINARY.SIZE[3] 7 BINARY[3] ~{7}" CR "x=" CR "y\nz BINARY[3]<1> ~{2}" CR
	  "=\r BINARY.SIZE[9] 0 BINARY[9] NIL)" CR OK },
	{ "FETCH 2 (FLAGS BINARY.PEEK[4])",
	  "* 2 FETCH (FLAGS () BINARY[4] NIL)" CR "a NO [UNKNOWN-CTE] A part has an encoding that is not known" CR },
	{ "FETCH 2 PREVIEW", "* 2 FETCH (PREVIEW \"first\")" CR OK },
	{ "FETCH 3 (PREVIEW (LAZY))", "* 3 FETCH (PREVIEW NIL)" CR OK },
	{ "FETCH 1 (SAVEDATE EMAILID THREADID)",
	  "* 1 FETCH (SAVEDATE \"14-Nov-2023 22:13:21 +0000\" EMAILID (1700000001_2ea_2eh) THREADID "
	  "(T0ba938d330b66cb730621172c8b66f35))" CR OK },
	{ "UID FETCH 1:* FLAGS (PARTIAL 1:2)",
	  "* 1 FETCH (UID 1 FLAGS (\\Seen))" CR "* 2 FETCH (UID 2 FLAGS ())" CR OK },
	{ "UID FETCH 1:* FLAGS (PARTIAL -1:-2)",
	  "* 2 FETCH (UID 2 FLAGS ())" CR "* 3 FETCH (UID 3 FLAGS (\\Flagged))" CR OK },
	{ "UID FETCH 1:* FLAGS (PARTIAL 3:9)", "* 3 FETCH (UID 3 FLAGS (\\Flagged))" CR OK },
	{ "UID FETCH 1:* FLAGS (PARTIAL 4:9)", OK },
	{ "UID FETCH 1:* FLAGS (PARTIAL -3:-9)", "* 1 FETCH (UID 1 FLAGS (\\Seen))" CR OK },
	{ "FETCH 1 (MODSEQ)", "* OK [HIGHESTMODSEQ N] The last change" CR "* 1 FETCH (MODSEQ (N))" CR OK },
	{ "FETCH 1:* FLAGS (CHANGEDSINCE 9000000000000000000)", "* OK [HIGHESTMODSEQ N] The last change" CR OK },
	{ "FETCH 3:* FLAGS (CHANGEDSINCE 1)",
	  "* OK [HIGHESTMODSEQ N] The last change" CR "* 3 FETCH (FLAGS (\\Flagged) MODSEQ (N))" CR OK },
	{ "UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)", "a BAD VANISHED needs QRESYNC to be enabled" CR },
	{ "FETCH 4 FLAGS", "a BAD There are not so many messages" CR },
	{ "FETCH 1", "a BAD An argument is missing" CR },
	{ "FETCH 1 FLAG", "a BAD Unknown item of FETCH" CR },
};

START_TEST(test_rows)
{
	const char *said, *want = rows[_i].want;

	/* What answers are made of does not depend on what was asked before. */
	for (int again = 0; again < 2; again++) {
		said = imapcase_ask(&c, arena_printf(&c.arena, "a %s" CR, rows[_i].in));
		if (again && strncmp(want, "* OK [HIGHESTMODSEQ", 19) == 0)
			want = strchr(want, '\n') + 1;
		ck_assert_str_eq(said, want);
	}
	ck_assert(imapcase_is_there(&c, "cur/1700000002.b.h:2,"));
}
END_TEST

/* A NUL is one only in BINARY. */
START_TEST(test_nul)
{
	struct span said;

	imapcase_ask(&c, "a FETCH 2 BINARY.PEEK[2]" CR);
	said = buf_span(&c.said);
	ck_assert(memmem(said.p, said.n, "BINARY[2] ~{4}\r\na\0\nb)", 21));
}
END_TEST

/* What sets \Seen, and says so. */
static const struct {
	const char *in, *want;
	bool sets;
} reads[] = {
	{ "FETCH 3 BODY[TEXT]", "* 3 FETCH (FLAGS (\\Flagged \\Seen) BODY[TEXT] {3}" CR "3" CR ")" CR OK, true },
	{ "FETCH 3 (FLAGS BODY[1]<0.1>)", "* 3 FETCH (FLAGS (\\Flagged \\Seen) BODY[1]<0> {1}" CR "3)" CR OK, true },
	{ "UID FETCH 3 BINARY[1]", "* 3 FETCH (UID 3 FLAGS (\\Flagged \\Seen) BINARY[1] ~{3}" CR "3" CR ")" CR OK,
	  true },
	{ "FETCH 3 RFC822.TEXT", "* 3 FETCH (FLAGS (\\Flagged \\Seen) RFC822.TEXT {3}" CR "3" CR ")" CR OK, true },
	{ "FETCH 3 RFC822",
	  "* 3 FETCH (FLAGS (\\Flagged \\Seen) RFC822 {21}" CR "Subject: three" CR CR "3" CR ")" CR OK, true },
	{ "FETCH 1 BODY[TEXT]", "* 1 FETCH (BODY[TEXT] {3}" CR "1" CR ")" CR OK, false },
	{ "FETCH 3 (RFC822.HEADER BODY.PEEK[TEXT] BINARY.SIZE[1] BODY)",
	  "* 3 FETCH (RFC822.HEADER {18}" CR "Subject: three" CR CR " BODY[TEXT] {3}" CR "3" CR
	  " BINARY.SIZE[1] 3 BODY (\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 3 1))" CR OK,
	  false },
};

START_TEST(test_seen)
{
	ck_assert_str_eq(imapcase_ask(&c, arena_printf(&c.arena, "a %s" CR, reads[_i].in)), reads[_i].want);
	ck_assert(imapcase_is_there(&c, reads[_i].sets ? "cur/1700000003.c.h:2,FS" : "cur/1700000003.c.h:2,F"));
}
END_TEST

START_TEST(test_examine)
{
	imapcase_ask(&c, "a EXAMINE INBOX" CR);
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 3 BODY[TEXT]" CR), "* 3 FETCH (BODY[TEXT] {3}" CR "3" CR ")" CR OK);
	ck_assert(imapcase_is_there(&c, "cur/1700000003.c.h:2,F"));
}
END_TEST

START_TEST(test_condstore)
{
	uint64_t modseq;

	imapcase_ask(&c, "a ENABLE QRESYNC" CR);
	imapcase_ask_raw(&c, "a SELECT INBOX" CR);
	modseq = imapcase_number(&c, "HIGHESTMODSEQ");
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 3 BODY[TEXT]" CR),
			 "* 3 FETCH (FLAGS (\\Flagged \\Seen) MODSEQ (N) BODY[TEXT] {3}" CR "3" CR ")" CR OK);
	imapcase_ask(&c, "a STORE 1 +FLAGS.SILENT (\\Deleted)" CR "b EXPUNGE" CR);
	ck_assert_str_eq(
		imapcase_ask(&c, arena_printf(&c.arena, "a UID FETCH 1:* (FLAGS) (CHANGEDSINCE %llu VANISHED)" CR,
					      (unsigned long long)modseq)),
		"* VANISHED (EARLIER) 1" CR "* 2 FETCH (UID 3 FLAGS (\\Flagged \\Seen) MODSEQ (N))" CR OK);
	ck_assert_str_eq(
		imapcase_ask(&c, arena_printf(&c.arena, "a UID FETCH 2:* (FLAGS) (VANISHED CHANGEDSINCE %llu)" CR,
					      (unsigned long long)modseq)),
		"* 2 FETCH (UID 3 FLAGS (\\Flagged \\Seen) MODSEQ (N))" CR OK);
}
END_TEST

START_TEST(test_uidonly)
{
	imapcase_ask(&c, "a ENABLE UIDONLY" CR);
	if (!(c.s.enabled & IMAP_UIDONLY))
		c.s.enabled |= IMAP_UIDONLY;
	ck_assert_str_eq(imapcase_ask(&c, "a UID FETCH 3 (UID FLAGS)" CR), "* 3 UIDFETCH (FLAGS (\\Flagged))" CR OK);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a FETCH 3 FLAGS" CR), "a BAD "));
}
END_TEST

/* Gone, renamed, unreadable, no file: the others are told of, and what is said is whole. */
START_TEST(test_missing)
{
	imapcase_remove(&c, "cur/1700000001.a.h:2,S");
	imapcase_move(&c, "cur/1700000003.c.h:2,F", "cur/1700000003.c.h:2,FS");
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 1:* (UID BODY.PEEK[TEXT]<0.1>)" CR),
			 "* 2 FETCH (UID 2 BODY[TEXT]<0> {1}" CR "-)" CR "* 3 FETCH (UID 3 BODY[TEXT]<0> {1}" CR "3)" CR
			 "a OK [EXPUNGEISSUED] Some of the messages are gone" CR);
	imapcase_remove(&c, "cur/1700000003.c.h:2,FS");
	ck_assert_int_eq(mkdir(tempdir_path("m/cur/1700000003.c.h:2,FS"), 0700), 0);
	ck_assert_str_eq(imapcase_ask(&c, "a FETCH 3 ENVELOPE" CR), "a NO Some of the messages cannot be read" CR);
	ck_assert_ptr_nonnull(strstr(buf_str(&c.login.log), "failed "));
}
END_TEST

/* It has become shorter behind our back, and the client waits for octets: nothing can be said any more. */
START_TEST(test_shrunk)
{
	struct buf large;

	buf_init(&large, 1 << 20);
	while (large.n < 600000)
		buf_put_str(&large, "a line of text that makes it large\n");
	imapcase_put(&c, "new/1700000004.d.h", buf_str(&large));
	imapcase_ask(&c, "a NOOP" CR);
	ck_assert_ptr_nonnull(strstr(imapcase_ask(&c, "a FETCH 4 RFC822.SIZE" CR), "RFC822.SIZE 617"));
	imapcase_ask(&c, "a FETCH 4 BODY.PEEK[]<0.1>" CR);
	ck_assert_int_eq(truncate(tempdir_path("m/cur/1700000004.d.h:2,"), 300000), 0);
	imapcase_ask(&c, "a FETCH 4 BODY.PEEK[]" CR);
	ck_assert(!imap_session_is_open(&c.s));
	buf_clear(&large);
}
END_TEST

/* All of a large message, and bit by bit: the same. */
START_TEST(test_large)
{
	struct buf large, whole, bits;
	char head[60];

	buf_init(&large, 1 << 20);
	buf_init(&whole, 2 << 20);
	buf_init(&bits, 2 << 20);
	buf_put_str(&large, "Subject: large\n\n");
	for (int i = 0; large.n < 500000; i++)
		buf_printf(&large, "line %d\n", i);
	imapcase_put(&c, "new/1700000004.d.h", buf_str(&large));
	imapcase_ask(&c, "a NOOP" CR);
	for (const char *p = buf_str(&large); *p; p++) {
		if (*p == '\n')
			buf_put_char(&whole, '\r');
		buf_put_char(&whole, *p);
	}
	imapcase_ask(&c, "a FETCH 4 BODY.PEEK[]" CR);
	snprintf(head, sizeof(head), "* 4 FETCH (BODY[] {%zu}" CR, whole.n);
	ck_assert_uint_gt(c.said.n, whole.n);
	ck_assert_mem_eq(c.said.p, head, strlen(head));
	ck_assert_mem_eq(c.said.p + strlen(head), whole.p, whole.n);
	ck_assert_str_eq(c.said.p + strlen(head) + whole.n, ")" CR OK);
	for (size_t at = 0; at < whole.n; at += 50000) {
		const char *said = imapcase_ask(&c, arena_printf(&c.arena, "a FETCH 4 BODY.PEEK[]<%zu.50000>" CR, at));
		size_t n = whole.n - at < 50000 ? whole.n - at : 50000;

		said = strchr(said, '\n') + 1;
		buf_put(&bits, said, n);
	}
	ck_assert(span_is(buf_span(&bits), buf_span(&whole)));
	buf_clear(&large);
	buf_clear(&whole);
	buf_clear(&bits);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_nul);
	tcase_add_loop_test(tc, test_seen, 0, COUNT(reads));
	tcase_add_test(tc, test_examine);
	tcase_add_test(tc, test_condstore);
	tcase_add_test(tc, test_uidonly);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_shrunk);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(cmd_fetch, add_tests)
