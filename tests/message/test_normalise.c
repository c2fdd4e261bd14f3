/* SPDX-License-Identifier: ISC */
#include "message/normalise.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define MIME "MIME-Version: 1.0\n"

static const struct {
	struct span message;
	const char *want; /* NULL: as it is */
} rows[] = {
	{ SPAN_INIT("From: a@b\nSubject: x\n\ntext\n"), NULL },
	{ SPAN_INIT("From: a@b\r\n\r\ntext\r\n"), NULL },
	{ SPAN_INIT(MIME
		    "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nx=3D\n"),
	  NULL },
	/* Fields. */
	{ SPAN_INIT("Subject: a\nno field\nSubject: b\n\n"),
	  "Subject: a\nX-Removed: no field\nX-Removed: Subject: b\n\n" },
	{ SPAN_INIT("Subject : a\nTo:\tb\n \n c\n\n"), "Subject: a\nTo:\tb\n c\n\n" },
	{ SPAN_INIT("Subject: a\0b\rc\x01"
		    "d\n\n"),
	  "Subject: a b c d\n\n" },
	{ SPAN_INIT("From: J\xc3\xb6rg <a@b>\n\n"), "From: =?UTF-8?B?SsO2cmc=?= <a@b>\n\n" },
	{ SPAN_INIT("Subject: =?utf-8?q?=C3=A9?= \xc3\xa9\n\n"), "Subject: =?UTF-8?B?w6kgw6k=?=\n\n" },
	{ SPAN_INIT("Subject: x"), "Subject: x\n\n" },
	/* The type. */
	{ SPAN_INIT("Content-Type: text/html; charset=utf-8; charset=latin1\nX: y\n\n"),
	  "X: y\n" MIME "Content-Type: text/html; charset=utf-8\n\n" },
	{ SPAN_INIT("Content-Type: text/plain\nContent-Type: text/html\n\n"),
	  "X-Removed: Content-Type: text/html\n" MIME "Content-Type: text/plain\n\n" },
	{ SPAN_INIT("Content-Type: nothing\n\n"),
	  "X-Removed: Content-Type: nothing\n" MIME "Content-Type: text/plain\n\n" },
	{ SPAN_INIT(MIME "Content-Type: text/plain; name*1=b; name*0=a (c)\n\n"),
	  MIME "Content-Type: text/plain; name=ab\n\n" },
	{ SPAN_INIT(MIME "Content-Disposition: attachment; filename=\"=?utf-8?q?=C3=A9?=\"\nContent-Type: text/plain; "
			 "name=x\n\n"),
	  MIME "Content-Type: text/plain; name*=utf-8''%C3%A9\nContent-Disposition: attachment; "
	       "filename*=utf-8''%C3%A9\n\n" },
	{ SPAN_INIT(MIME "Content-Type: text/plain; name*=utf-8''a%00b\n\n"),
	  MIME "Content-Type: text/plain; name=a_b\n\n" },
	/* Encodings. */
	{ SPAN_INIT("\ngr\xc3\xbc\xc3\x9f\n"), MIME "Content-Transfer-Encoding: quoted-printable\n\ngr=C3=BC=C3=9F\n" },
	{ SPAN_INIT("\na\rb\0\n"), MIME "Content-Transfer-Encoding: quoted-printable\n\na=0Db=00\n" },
	{ SPAN_INIT("Content-Type: image/png\nContent-Transfer-Encoding: binary\n\nA\0\xff\r\n"),
	  MIME "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nQQD/DQo=\n" },
	{ SPAN_INIT("Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nQ!UJ\nD\nRA==junk\n"),
	  MIME "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nQUJDRA==\n" },
	{ SPAN_INIT("Content-Type: image/png\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#86)C\n`\nend\n"),
	  MIME "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\nYWJj\n" },
	{ SPAN_INIT("Content-Type: text/plain\nContent-Transfer-Encoding: x-odd\n\nabc"),
	  "X-Removed: Content-Type: text/plain\nX-Removed: Content-Transfer-Encoding: x-odd\n" MIME
	  "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nYWJj\n" },
	/* Boundaries. */
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: "
		    "base64\n\npre\n--b\n\none\n--b "
		    "\nA: b\n--bb\n\nx\n--b--\nepi\n"),
	  MIME "Content-Type: multipart/mixed; boundary=\"=_0_00000\"\n\n--=_0_00000\n\none\n--=_0_00000\nA: "
	       "b\nX-Removed: --bb\n\nx\n--=_0_00000--\n" },
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--=_0_x\n--b\n\n--=_1_x"),
	  MIME "Content-Type: multipart/mixed; boundary=\"=_2_00000\"\n\n--=_2_00000\n\n--=_0_x\n--=_2_00000\n\n--=_1_"
	       "x\n--=_2_00000--\n" },
	{ SPAN_INIT("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; "
		    "boundary=b\n\n--b\n\nx\n--b--\n"),
	  MIME "Content-Type: multipart/mixed; boundary=\"=_0_00000\"\n\n--=_0_00000\nContent-Type: multipart/mixed; "
	       "boundary=\"=_0_00001\"\n\n--=_0_00001\n\nx\n--=_0_00001--\n--=_0_00000--\n" },
	{ SPAN_INIT("Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\ny\n--b--\n"), MIME
	  "Content-Type: multipart/digest; boundary=\"=_0_00000\"\n\n--=_0_00000\n\nSubject: x\n\ny\n--=_0_00000--\n" },
	/* What is signed stays; what is around it says that it is 8bit. */
	{ SPAN_INIT("Content-Type: multipart/signed; boundary=b\n\n--b\nContent-Type : text/plain\n\n\xc3\xa9 "
		    "\n--b\nContent-Type : text/plain\n\nx\n--b--\n"),
	  MIME
	  "Content-Type: multipart/signed; boundary=\"=_0_00000\"\nContent-Transfer-Encoding: 8bit\n\n--=_0_00000\n"
	  "Content-Type : text/plain\n\n\xc3\xa9 \n--=_0_00000\nContent-Type: text/plain\n\nx\n--=_0_00000--\n" },
	/* Line ends are those of the first line. */
	{ SPAN_INIT("A: b\r\nC: d\n\nx\ny\r\n"), "A: b\r\nC: d\r\n\r\nx\r\ny\r\n" },
	{ SPAN_INIT("A: b\nC: d\r\n\r\nx\r\n"), "A: b\nC: d\n\nx\n" },
	{ SPAN_INIT(""), "\n" },
};

static int collect(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(context, piece);
	return 0;
}

static enum normalise_eight eight = NORMALISE_7BIT;

static int normalise_all(struct span in, const struct mime_limits *limits, size_t piece, struct buf *out,
			 struct fault *f)
{
	static struct normalise n;
	int rc;

	buf_init(out, ROOM);
	normalise_init(&n, limits, eight);
	for (size_t i = 0; i < in.n; i += piece)
		normalise_survey_feed(&n, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
	rc = normalise_survey_end(&n, f);
	if (rc == 0)
		normalise_begin(&n, collect, out);
	for (size_t i = 0; rc == 0 && i < in.n; i += piece)
		rc = normalise_feed(&n, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), f);
	if (rc == 0)
		rc = normalise_end(&n, f);
	normalise_clear(&n);
	return rc;
}

START_TEST(test_rows)
{
	for (size_t piece = 1; piece < 1000; piece += 333) {
		struct span in = rows[_i].message;
		struct buf out;

		ck_assert_int_eq(normalise_all(in, NULL, piece, &out, NULL), 0);
		ck_assert_str_eq(buf_str(&out), rows[_i].want ? rows[_i].want : in.p);
		buf_clear(&out);
	}
}
END_TEST

START_TEST(test_limit)
{
	const struct mime_limits limits = { .parts = 2 };
	struct fault f;
	struct buf out;

	ck_assert_int_eq(normalise_all(SPAN("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\n\ny\n"),
				       &limits, 100, &out, &f),
			 -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	buf_clear(&out);
}
END_TEST

/* 8-bit text may stay, or become so. */
static const struct {
	enum normalise_eight eight;
	const char *message, *want;
} eights[] = {
	{ NORMALISE_KEEP_8BIT, "\n\xc3\xa9\n", MIME "Content-Transfer-Encoding: 8bit\n\n\xc3\xa9\n" },
	{ NORMALISE_KEEP_8BIT, MIME "Content-Transfer-Encoding: quoted-printable\n\n=C3=A9\n",
	  MIME "Content-Transfer-Encoding: quoted-printable\n\n=C3=A9\n" },
	{ NORMALISE_TO_8BIT, MIME "Content-Transfer-Encoding: quoted-printable\n\n=C3=A9\n",
	  MIME "Content-Transfer-Encoding: 8bit\n\n\xc3\xa9\n" },
	{ NORMALISE_TO_8BIT, MIME "Content-Transfer-Encoding: quoted-printable\n\n=3D\n", MIME "\n=\n" },
	{ NORMALISE_TO_8BIT, MIME "Content-Transfer-Encoding: quoted-printable\n\n=00\n",
	  MIME "Content-Transfer-Encoding: quoted-printable\n\n=00\n" },
	{ NORMALISE_KEEP_8BIT, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\xc3\xa9\n--b--\n",
	  MIME "Content-Type: multipart/mixed; boundary=\"=_0_00000\"\nContent-Transfer-Encoding: "
	       "8bit\n\n--=_0_00000\nContent-Transfer-Encoding: 8bit\n\n\xc3\xa9\n--=_0_00000--\n" },
};

START_TEST(test_eight)
{
	struct buf out;

	eight = eights[_i].eight;
	ck_assert_int_eq(normalise_all(span_str(eights[_i].message), NULL, 100, &out, NULL), 0);
	ck_assert_str_eq(buf_str(&out), eights[_i].want);
	buf_clear(&out);
	eight = NORMALISE_7BIT;
}
END_TEST

/* Somebody has guessed all our boundaries. */
START_TEST(test_salts)
{
	struct buf in, out;
	struct fault f;

	for (int taken = NORMALISE_SALTS - 1; taken <= NORMALISE_SALTS; taken++) {
		buf_init(&in, ROOM);
		buf_put_str(&in, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n");
		for (int i = 0; i < taken; i++)
			buf_printf(&in, "--=_%d_\n", i);
		ck_assert_int_eq(normalise_all(buf_span(&in), NULL, 1000, &out, &f), taken < NORMALISE_SALTS ? 0 : -1);
		buf_clear(&in);
		buf_clear(&out);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_eight, 0, COUNT(eights));
	tcase_add_test(tc, test_limit);
	tcase_add_test(tc, test_salts);
}

CHECK_MAIN(normalise, add_tests)
