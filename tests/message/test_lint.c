/* SPDX-License-Identifier: ISC */
#include "message/lint_rows.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

/* What every message needs. */
#define HEAD  "From: a@b.example\nDate: Sun, 22 Nov 2026 06:00:00 +0000\n"
#define MIME  HEAD "MIME-Version: 1.0\n"
#define TYPE  MIME "Content-Type: "
#define MIXED TYPE "multipart/mixed; boundary=b\n\n"

/* A message, and what is found in it: "LINE part CODE", separated by ";". */
static const struct {
	struct span message;
	const char *want;
} rows[] = {
	{ SPAN_INIT(HEAD "\ntext\n"), "" },
	{ SPAN_INIT(MIXED "--b\n\none\n--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
			  "8bit\n\n\xc3\xa9\n--b--\n"),
	  "" },
	/* The header. */
	{ SPAN_INIT("Subject: x\n\n"), "1 1 date-missing;1 1 from-missing;" },
	{ SPAN_INIT(HEAD "no field\nSubject: x\n\n"), "3 1 no-field;" },
	{ SPAN_INIT(HEAD "Subject: x\nSUBJECT: y\n\n"), "4 1 field-twice SUBJECT;" },
	{ SPAN_INIT(HEAD "Subject : x\n\n"), "3 1 field-blank-colon Subject;" },
	{ SPAN_INIT(HEAD "Subject: x\n \t\n y\n\n"), "4 1 field-blank-line Subject;" },
	{ SPAN_INIT(HEAD "Subject: a\0b\n\n"), "3 1 field-control Subject;" },
	{ SPAN_INIT(HEAD "Subject: a\rb\n\n"), "3 1 field-bare-cr Subject;" },
	{ SPAN_INIT(HEAD "Subject: x\n \xc3\xa9\n\n"), "4 1 field-8bit Subject;" },
	{ SPAN_INIT(HEAD "Subject: x"), "3 1 header-cut;" },
	{ SPAN_INIT("From: a@b.example\nDate: yesterday\n\n"), "2 1 date-bad Date;" },
	{ SPAN_INIT(HEAD "To: a@b@c, d@e\n\n"), "3 1 address-bad To;" },
	{ SPAN_INIT("From: a@b, c@d\nDate: Sun, 22 Nov 2026 06:00:00 +0000\n\n"), "1 1 sender-missing;" },
	{ SPAN_INIT(HEAD "Message-ID: x\n\n"), "3 1 message-id-bad Message-ID;" },
	{ SPAN_INIT(HEAD "Content-Type: text/plain\n\n"), "1 1 mime-version-missing;" },
	{ SPAN_INIT(HEAD "MIME-Version: 2.0\n\n"), "3 1 mime-version-bad MIME-Version;" },
	{ SPAN_INIT(HEAD "MIME-Version: 1 (x) .0\n\n"), "" },
	/* The type and its parameters. */
	{ SPAN_INIT(TYPE "text\n\n"), "4 1 type-bad;" },
	{ SPAN_INIT(TYPE "multipart/mixed\n\n"), "4 1 boundary-missing;" },
	{ SPAN_INIT(TYPE "text/plain; charset=utf-8; charset=latin1\n\n"), "4 1 parameter-twice charset;" },
	{ SPAN_INIT(TYPE "text/plain; name=x; name*=utf-8''y\n\n"), "4 1 parameter-both name;" },
	{ SPAN_INIT(TYPE "text/plain; name*0=x; name*2=y\n\n"), "4 1 parameter-gap name;" },
	{ SPAN_INIT(TYPE "text/plain; name=\"x\n\n"), "4 1 parameter-syntax;" },
	{ SPAN_INIT(TYPE "text/plain; name=\"=?utf-8?q?x?=\"\n\n"), "4 1 parameter-words name;" },
	{ SPAN_INIT(TYPE "text/plain; name*=utf-8''%FF\n\n"), "4 1 parameter-charset name;" },
	{ SPAN_INIT(TYPE "text/plain; name*=utf-8''a%00b\n\n"), "4 1 parameter-control name;" },
	{ SPAN_INIT(TYPE "text/plain; name=a\nContent-Disposition: attachment; filename=b\n\n"), "5 1 names-differ;" },
	{ SPAN_INIT(MIME "Content-Disposition: attachment; filename=\"../x\"\n\n"), "4 1 name-path;" },
	{ SPAN_INIT(TYPE "text/plain; charset=nosuch\n\n"), "4 1 charset-unknown;" },
	{ SPAN_INIT(MIME "Content-Transfer-Encoding: x-odd\n\n"), "4 1 encoding-unknown;" },
	{ SPAN_INIT(TYPE "multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\n--b--\n"),
	  "5  multipart-encoded;" },
	{ SPAN_INIT(TYPE "message/rfc822\nContent-Transfer-Encoding: base64\n\n"), "5 1 message-encoded;" },
	/* Boundaries. */
	{ SPAN_INIT(TYPE "multipart/mixed; boundary=b; boundary=c\n\n--b\n\n--b--\n"),
	  "4  boundary-twice boundary;4  parameter-twice boundary;" },
	{ SPAN_INIT(TYPE "multipart/mixed; boundary=\"b!\"\n\n--b!\n\n--b!--\n"), "4  boundary-characters;" },
	{ SPAN_INIT(MIXED "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\nx\n--bb--\n--b--\n"),
	  "7 1 boundary-prefix;" },
	{ SPAN_INIT(MIXED "--b\n\n--bb\n--b--\n"), "8 1 boundary-like;" },
	{ SPAN_INIT(MIXED "--b\n\n--b--\n\n--b\n"), "10  boundary-like;" },
	{ SPAN_INIT(MIXED "--b\n\nx\n"), "9  unclosed;" },
	{ SPAN_INIT(MIXED "--b--\n"), "7  empty-multipart;" },
	{ SPAN_INIT(MIXED "pre\n--b\n\n--b--\n\nfooter\n"), "11  epilogue;" },
	/* Bodies. */
	{ SPAN_INIT(TYPE "text/plain; charset=utf-8\n\n\nx\xc3\xa9\n"), "7 1 body-8bit;" },
	{ SPAN_INIT(HEAD "\na\0b\n"), "4 1 body-nul;" },
	{ SPAN_INIT(HEAD "\na\rb\n"), "4 1 body-bare-cr;" },
	{ SPAN_INIT(MIME "Content-Transfer-Encoding: base64\n\nQUJD\nQ!UJD\n"), "7 1 base64-damaged;" },
	{ SPAN_INIT(MIME "Content-Transfer-Encoding: base64\n\nQUJ\n"), "7 1 base64-damaged;" },
	{ SPAN_INIT(MIME "Content-Transfer-Encoding: quoted-printable\n\nx=3D=\ny\n=ZZ\n"), "8 1 qp-damaged;" },
	{ SPAN_INIT(MIME "Content-Transfer-Encoding: 8bit\n\n\xc3\xa9\n"), "6 1 charset-missing;" },
	{ SPAN_INIT(TYPE "text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nx\n\xff\n"),
	  "8 1 charset-broken;" },
	{ SPAN_INIT(HEAD "\nbegin 644 a\n#86)C\n`\nend\n"), "5 1 uuencoded-file;" },
	{ SPAN_INIT("From: a@b.example\r\nDate: Sun, 22 Nov 2026 06:00:00 +0000\n\r\n"), "2  line-ends;" },
};

static void note(void *context, const struct lint_finding *found)
{
	struct buf section;

	ck_assert_ptr_nonnull(found->text);
	buf_init(&section, ROOM);
	mime_put_section(&section, found->part);
	buf_printf(context, "%llu %s %s%s%.*s;", (unsigned long long)found->line,
		   strcmp(found->code, "line-ends") ? buf_str(&section) : "", found->code, found->name.n ? " " : "",
		   SPAN_ARG(found->name));
	buf_clear(&section);
}

static void lint_all(struct span message, const struct mime_limits *limits, size_t piece, struct buf *out)
{
	static struct lint l;

	buf_init(out, ROOM);
	lint_init(&l, limits, note, out);
	for (size_t i = 0; i < message.n; i += piece)
		lint_feed(&l, span_of(message.p + i, message.n - i < piece ? message.n - i : piece));
	lint_end(&l);
	lint_clear(&l);
}

START_TEST(test_rows)
{
	for (size_t piece = 1; piece < 1000; piece += 333) {
		struct buf out;

		lint_all(rows[_i].message, NULL, piece, &out);
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
		buf_clear(&out);
	}
}
END_TEST

/* Lines that are too long, each where it is allowed to be a little shorter. */
static const struct {
	const char *head;
	size_t most;
	const char *code;
} lengths[] = {
	{ HEAD "Subject: ", 998 - 9, "3 1 field-long Subject;" },
	{ HEAD "\n", 998, "4 1 body-long;" },
	{ MIME "Content-Transfer-Encoding: base64\n\n", 76, "6 1 base64-long;" },
	{ MIME "Content-Transfer-Encoding: quoted-printable\n\n", 76, "6 1 qp-long;" },
};

START_TEST(test_lengths)
{
	for (size_t more = 0; more < 2; more++) {
		struct buf message, out;

		buf_init(&message, ROOM);
		buf_put_str(&message, lengths[_i].head);
		for (size_t i = 0; i < lengths[_i].most + 4 * more; i++)
			buf_put_char(&message, 'A');
		buf_put_str(&message, "\n\n");
		lint_all(buf_span(&message), NULL, message.n, &out);
		if (_i == 0 || _i == 1 || more)
			ck_assert_str_eq(buf_str(&out), more ? lengths[_i].code : "");
		buf_clear(&message);
		buf_clear(&out);
	}
}
END_TEST

START_TEST(test_limit)
{
	const struct mime_limits limits = { .parts = 2 };
	struct buf out;

	lint_all(SPAN(MIXED "--b\n\none\n--b\n\ntwo\n--b--\n"), &limits, 100, &out);
	ck_assert_ptr_nonnull(strstr(buf_str(&out), "limit;"));
	buf_clear(&out);
}
END_TEST

/* What is signed is not mended. */
static void note_mended(void *context, const struct lint_finding *found)
{
	size_t *counts = context;

	counts[found->mended]++;
}

START_TEST(test_signed)
{
	static const char message[] = TYPE "multipart/signed; boundary=s\n\n--s\nContent-Type : text/plain\n\nx\n"
					   "--s\nContent-Type : application/pgp-signature\n\nx\n--s--\n";
	size_t counts[2] = { 0, 0 };
	static struct lint l;

	lint_init(&l, NULL, note_mended, counts);
	lint_feed(&l, SPAN(message));
	lint_end(&l);
	lint_clear(&l);
	ck_assert_uint_eq(counts[0], 1);
	ck_assert_uint_eq(counts[1], 1);
}
END_TEST

/* A compiler leaves the NUL away where there is no room for it. */
static void assert_ends(const char *text, size_t size)
{
	ck_assert_ptr_nonnull(memchr(text, '\0', size));
}

/* Every row says all that it should, and has a code of its own. */
START_TEST(test_table)
{
	for (int i = 0; i < ROWS; i++) {
		assert_ends(lint_rows[i].code, sizeof(lint_rows[i].code));
		assert_ends(lint_rows[i].text, sizeof(lint_rows[i].text));
		assert_ends(lint_rows[i].reference, sizeof(lint_rows[i].reference));
		ck_assert_str_ne(lint_rows[i].code, "");
		ck_assert_str_ne(lint_rows[i].text, "");
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(lint_rows[i].code, lint_rows[k].code);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_lengths, 0, COUNT(lengths));
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_signed);
	tcase_add_test(tc, test_table);
}

CHECK_MAIN(lint, add_tests)
