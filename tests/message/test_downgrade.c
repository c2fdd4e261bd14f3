/* SPDX-License-Identifier: ISC */
#include "message/downgrade.h"

#include "support/check_main.h"

static const struct {
	const char *in, *out; /* NULL: the same */
} rows[] = {
	/* Nothing to do. */
	{ "Subject: x\n\nbody\n", NULL },
	{ "Subject: x\nContent-Transfer-Encoding: 8bit\n\nbody\n", NULL },
	{ "", NULL },
	{ "Subject: x\n", NULL },
	/* Text. */
	{ "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
	  "\nGr\xc3\xbc\xc3\x9f"
	  "e\na=b\n",
	  "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	  "Content-Transfer-Encoding: quoted-printable\n\nGr=C3=BC=C3=9Fe\na=3Db\n" },
	/* Without MIME fields: what it is can be guessed. */
	{ "Subject: x\n\n\xc3\xbc\n", "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
				      "Content-Transfer-Encoding: quoted-printable\n\n=C3=BC\n" },
	{ "Subject: x\n\n\xfc\n", "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\n"
				  "Content-Transfer-Encoding: quoted-printable\n\n=FC\n" },
	/* The parts that need it. */
	{ "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
	  "--b\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xbc\n"
	  "--b\nContent-Type: text/html\n\n<p>a=b</p>\n"
	  "--b\nContent-Type: text/plain; charset=utf-8\n\n\xc3\x9f\n"
	  "--b\nContent-Transfer-Encoding: base64\n\nw7w=\n--b--\n",
	  "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n"
	  "--b\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n=C3=BC\n"
	  "--b\nContent-Type: text/html\n\n<p>a=b</p>\n"
	  "--b\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n=C3=9F\n"
	  "--b\nContent-Transfer-Encoding: base64\n\nw7w=\n--b--\n" },
	/* A message in a message. */
	{ "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"
	  "Subject: y\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: "
	  "8bit\n\n"
	  "--c\n\n\xc3\xbc\n--c--\n",
	  "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\n"
	  "Subject: y\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: "
	  "7bit\n\n"
	  "--c\nContent-Transfer-Encoding: quoted-printable\n\n=C3=BC\n--c--\n" },
	/* Fields are not ours. */
	{ "Subject: \xc3\xbc\n\nbody\n", NULL },
};

static void run(struct buf *out, struct span in, size_t step)
{
	struct downgrade d;
	struct fault f;

	buf_reset(out);
	downgrade_init(&d);
	for (size_t i = 0; i < in.n; i += step)
		ck_assert_int_eq(downgrade_scan(&d, span_of(in.p + i, in.n - i < step ? in.n - i : step), &f), 0);
	if (downgrade_begin(&d, out, &f) == 1) {
		buf_put_span(out, in);
		downgrade_clear(&d);
		return;
	}
	for (size_t i = 0; i < in.n; i += step)
		ck_assert_int_eq(downgrade_feed(&d, span_of(in.p + i, in.n - i < step ? in.n - i : step), out, &f), 0);
	ck_assert_int_eq(downgrade_end(&d, out, &f), 0);
	downgrade_clear(&d);
}

/* However it is cut; and what has come out of it is not changed by it again. */
START_TEST(test_rows)
{
	struct span in = span_str(rows[_i].in);
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, 8 << 20);
	for (size_t step = 1; step <= in.n + 1; step = step * 3 + 1) {
		run(&out, in, step);
		ck_assert_str_eq(buf_str(&out), rows[_i].out ? rows[_i].out : rows[_i].in);
	}
	if (rows[_i].out) {
		const char *once = arena_str(&a, buf_str(&out));

		run(&out, span_str(once), 7);
		ck_assert_str_eq(buf_str(&out), once);
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

START_TEST(test_long_header)
{
	struct downgrade d;
	struct fault f = { 0 };
	char piece[1 << 16];
	int rc = 0;

	memset(piece, 'x', sizeof(piece));
	downgrade_init(&d);
	ck_assert_int_eq(downgrade_scan(&d, SPAN("X: "), &f), 0);
	for (size_t n = 0; rc == 0 && n < 2 * DOWNGRADE_HEADER_MAX; n += sizeof(piece))
		rc = downgrade_scan(&d, span_of(piece, sizeof(piece)), &f);
	ck_assert_int_eq(rc, -1);
	downgrade_clear(&d);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_long_header);
}

CHECK_MAIN(downgrade, add_tests)
