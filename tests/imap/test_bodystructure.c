/* SPDX-License-Identifier: ISC */
#include "imap/bodystructure.h"
#include "support/check_main.h"

enum { ROOM = 16 << 20 };

#define PLAIN	 "\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" "
#define NO_MORE	 " NIL NIL NIL NIL)"
#define NO_ADDR	 "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
#define FROM(at) "(NIL NIL (" at ") (" at ") (" at ") NIL NIL NIL NIL NIL)"

static const struct {
	const char *in, *structure, *body;
} rows[] = {
	{ "", "(" PLAIN "0 0" NO_MORE, "(" PLAIN "0 0)" },
	{ "Subject: x", "(" PLAIN "0 0" NO_MORE, "(" PLAIN "0 0)" },
	{ "\none\ntwo", "(" PLAIN "8 1" NO_MORE, "(" PLAIN "8 1)" },
	{ "Content-Type: TEXT/Html; charset=\"x\\\"y\"; a=b\nContent-Transfer-Encoding: BASE64\nContent-ID: <i@d>\n"
	  "Content-Description: d\nContent-MD5: m\nContent-Disposition: attachment; filename=\"a b\"\n"
	  "Content-Language: en, (x) , de-AT (y)\nContent-Location: http://x/y z\n\nx\n",
	  "(\"TEXT\" \"Html\" (\"charset\" \"x\\\"y\" \"a\" \"b\") \"<i@d>\" \"d\" \"BASE64\" 3 1 \"m\" "
	  "(\"attachment\" "
	  "(\"filename\" \"a b\")) (\"en\" \"de-AT\") \"http://x/y z\")",
	  "(\"TEXT\" \"Html\" (\"charset\" \"x\\\"y\" \"a\" \"b\") \"<i@d>\" \"d\" \"BASE64\" 3 1)" },
	{ "Content-Type: text/plain; charset*=utf-8''x\nContent-Disposition: inline\n\n",
	  "(\"text\" \"plain\" (\"charset*\" \"utf-8''x\") NIL NIL \"7bit\" 0 0 NIL (\"inline\" NIL) NIL NIL)",
	  "(\"text\" \"plain\" (\"charset*\" \"utf-8''x\") NIL NIL \"7bit\" 0 0)" },
	{ "Content-Type: application/pdf; name*0=\"a)(\"; name*1=\"{5}\"\n\nx\n",
	  "(\"application\" \"pdf\" (\"name*0\" \"a)(\" \"name*1\" \"{5}\") NIL NIL \"7bit\" 3" NO_MORE,
	  "(\"application\" \"pdf\" (\"name*0\" \"a)(\" \"name*1\" \"{5}\") NIL NIL \"7bit\" 3)" },
	{ "Content-Type: image/x; name=\xc3\xbc\n\n",
	  "(\"image\" \"x\" (\"name\" {2}\r\n\xc3\xbc) NIL NIL \"7bit\" 0" NO_MORE,
	  "(\"image\" \"x\" (\"name\" {2}\r\n\xc3\xbc) NIL NIL \"7bit\" 0)" },
	{ "Content-Type: bogus\n\n", "(" PLAIN "0 0" NO_MORE, "(" PLAIN "0 0)" },
	/* Multiparts: usual, without a part, without a boundary. */
	{ "Content-Type: multipart/mixed; boundary=b\nContent-Disposition: inline\n\npre\n--b\n\nx\n--b\nContent-Type: "
	  "image/png\n\ny\n--b--\n",
	  "((" PLAIN "1 0" NO_MORE "(\"image\" \"png\" NIL NIL NIL \"7bit\" 1" NO_MORE
	  " \"mixed\" (\"boundary\" \"b\") "
	  "(\"inline\" NIL) NIL NIL)",
	  "((" PLAIN "1 0)(\"image\" \"png\" NIL NIL NIL \"7bit\" 1) \"mixed\")" },
	{ "Content-Type: multipart/mixed; boundary=b\n\nnothing\n",
	  "((" PLAIN "0 0" NO_MORE " \"mixed\" (\"boundary\" \"b\") NIL NIL NIL)", "((" PLAIN "0 0) \"mixed\")" },
	{ "Content-Type: multipart/mixed\n\nx\n", "(" PLAIN "3 1" NO_MORE, "(" PLAIN "3 1)" },
	/* Messages: usual, with a multipart, encoded. */
	{ "Content-Type: message/rfc822\n\nFrom: a@b\n\nx\n",
	  "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 16 " FROM("(NIL NIL \"a\" \"b\")") " (" PLAIN "3 1" NO_MORE
											   " 3" NO_MORE,
	  "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 16 " FROM("(NIL NIL \"a\" \"b\")") " (" PLAIN "3 1) 3)" },
	{ "Content-Type: message/rfc822\n\nContent-Type: multipart/x; boundary=q\n\n--q\n\ny\n--q--\n",
	  "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 58 " NO_ADDR " ((" PLAIN "1 0" NO_MORE
	  " \"x\" (\"boundary\" \"q\") NIL NIL NIL) 6" NO_MORE,
	  "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 58 " NO_ADDR " ((" PLAIN "1 0) \"x\") 6)" },
	{ "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nRnJvbTogYUBiCgpoaQo=\n",
	  "(\"message\" \"rfc822\" NIL NIL NIL \"base64\" 22 " NO_ADDR " (" PLAIN "0 0" NO_MORE " 1" NO_MORE,
	  "(\"message\" \"rfc822\" NIL NIL NIL \"base64\" 22 " NO_ADDR " (" PLAIN "0 0) 1)" },
};

static struct span put(struct arena *a, struct span message)
{
	struct mime_node *root = mime_tree_parse(a, message);
	struct span text;
	struct buf out;

	buf_init(&out, ROOM);
	imap_bodystructure_put(&out, a, root);
	ck_assert(!out.overflow);
	text = span_of(arena_span(a, buf_span(&out)), out.n);
	buf_clear(&out);
	return text;
}

START_TEST(test_rows)
{
	struct arena a = { 0 };
	struct span structure = put(&a, span_str(rows[_i].in));
	struct buf body;

	ck_assert_str_eq(structure.p, rows[_i].structure);
	buf_init(&body, ROOM);
	ck_assert_int_eq(imap_bodystructure_put_body(&body, structure), 0);
	ck_assert_str_eq(buf_str(&body), rows[_i].body);
	buf_clear(&body);
	arena_clear(&a);
}
END_TEST

/* Beyond the limits it is valid all the same: brackets match, and a body can be made of it. */
static const struct {
	const char *once, *again;
	size_t times;
} deep[] = {
	{ "", "Content-Type: multipart/x; boundary=%zu\n\n--%zu\n", 300 },
	{ "", "Content-Type: message/rfc822\n\n", 300 },
	{ "Content-Type: multipart/x; boundary=b\n\n", "--b\n\nx\n", 12000 },
	{ "Content-Type: text/x", "; p%zu=v%zu", 1000 },
};

START_TEST(test_limits)
{
	struct arena a = { 0 };
	struct buf message, body;
	struct span structure;

	buf_init(&message, ROOM);
	buf_put_str(&message, deep[_i].once);
	for (size_t i = 0; i < deep[_i].times; i++) {
		const char *number = arena_printf(&a, "%zu", i);

		for (const char *p = deep[_i].again; *p; p++) {
			if (*p != '%') {
				buf_put_char(&message, *p);
				continue;
			}
			buf_put_str(&message, number);
			p += 2;
		}
	}
	structure = put(&a, buf_span(&message));
	buf_init(&body, ROOM);
	ck_assert_int_eq(imap_bodystructure_put_body(&body, structure), 0);
	ck_assert_uint_gt(body.n, 0);
	buf_clear(&body);
	buf_clear(&message);
	arena_clear(&a);
}
END_TEST

/* No front of one is one. */
START_TEST(test_damaged)
{
	struct arena a = { 0 };
	struct span structure = put(&a, span_str(rows[_i].in));
	struct buf body;

	buf_init(&body, ROOM);
	for (size_t n = 0; n < structure.n; n++) {
		ck_assert_int_eq(imap_bodystructure_put_body(&body, span_of(structure.p, n)), -1);
		ck_assert_uint_eq(body.n, 0);
	}
	buf_clear(&body);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_limits, 0, COUNT(deep));
	tcase_add_loop_test(tc, test_damaged, 0, COUNT(rows));
}

CHECK_MAIN(bodystructure, add_tests)
