/* SPDX-License-Identifier: ISC */
#include "message/body.h"
#include "support/check_main.h"

enum { ROOM = 1 << 24 };

#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b\n\n"
#define PLAIN	    "Content-Type: text/plain; charset=utf-8\n\n"
#define HTML	    "Content-Type: text/html; charset=utf-8\n\n"

/* A message, and what is read of it: its parts, one after the other. */
static const struct {
	const char *message, *want;
} rows[] = {
	{ "Subject: x\n\ntext\n", "text\n" },
	{ PLAIN "gr\xc3\xbc\xc3\x9f\n", "gr\xc3\xbc\xc3\x9f\n" },
	{ "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ngr=FC=DF=\n!\n",
	  "gr\xc3\xbc\xc3\x9f!\n" },
	{ "Content-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n0NLJ18XU\n",
	  "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82" },
	/* Broken bytes are seen. */
	{ PLAIN "a\xff\n", "a\xef\xbf\xbd"
			   "FF\n" },
	{ "\na\xff\xc3\xa9\n", "a\xef\xbf\xbd"
			       "FF\xc3\xa9\n" },
	{ "Content-Type: text/plain; charset=nosuch\n\n\xc3\xa9\n", "\xc3\xa9\n" },
	{ "Content-Type: text/plain; charset=us-ascii\n\n\xc3\xa9\n", "\xc3\xa9\n" },
	/* Line ends. */
	{ "Content-Type: text/plain\r\n\r\na\r\nb\rc\r\n", "a\nb\rc\n" },
	/* Flowed. */
	{ "Content-Type: text/plain; format=flowed\n\none \ntwo\n>q \n>r\n", "one two\n> q r\n" },
	{ "Content-Type: text/plain; format=flowed; delsp=yes\n\non \ne\n", "one\n" },
	/* Alternatives. */
	{ ALTERNATIVE "--b\n" PLAIN "plain\n--b\n" HTML "<p>html</p>\n--b--\n", "plain" },
	{ ALTERNATIVE "--b\n" PLAIN "\n--b\n" HTML "<p>html</p>\n--b--\n", "html\n" },
	{ ALTERNATIVE "--b\n" HTML "<p>html</p>\n--b\nContent-Type: image/png\n\nx\n--b--\n", "html\n" },
	{ ALTERNATIVE "--b\nContent-Type: image/png\n\nx\n--b--\n", "" },
	{ ALTERNATIVE "--b\nContent-Type: multipart/related; boundary=c\n\n--c\n" HTML "rel\n--c--\n--b\n" PLAIN
		      "plain\n--b--\n",
	  "plain" },
	/* Attachments are not read, what is shown inline is. */
	{ "Content-Type: multipart/mixed; boundary=b\n\n--b\n" PLAIN
	  "one\n--b\nContent-Disposition: attachment\n\ntwo\n"
	  "--b\nContent-Type: text/plain; name=x\n\nthree\n--b\nContent-Disposition: inline\nContent-Type: text/plain; "
	  "name=x\n\nfour\n--b--\n",
	  "onefour" },
	/* A message within. */
	{ "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: message/rfc822\n\nSubject: "
	  "y\n\ntwo\n--b--\n",
	  "onetwo" },
	/* Files in uuencode. */
	{ "\nsee\nbegin 644 a.txt\n#86)C\n`\nend\nbye\n", "see\n[file: a.txt]\nbye\n" },
	/* The charset of HTML. */
	{ "Content-Type: text/html\n\n<meta charset=iso-8859-1>\xe9", "\xc3\xa9\n" },
	{ "Content-Type: text/html; charset=utf-8\n\n<meta charset=iso-8859-1>\xc3\xa9", "\xc3\xa9\n" },
};

static void read_body(struct buf *out, struct span message, size_t piece)
{
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, message);

	buf_init(out, ROOM);
	for (struct mime_node *node = body_first(root); node; node = body_next(root, node)) {
		struct body body;

		body_init(&body, &a, &node->part.entity);
		for (uint64_t at = node->part.body.at; at < node->part.end.at; at += piece)
			body_feed(&body,
				  span_of(message.p + at,
					  node->part.end.at - at < piece ? node->part.end.at - at : piece),
				  out);
		body_end(&body, out);
		body_clear(&body);
	}
	arena_clear(&a);
}

START_TEST(test_rows)
{
	for (size_t piece = 1; piece < 100; piece += 33) {
		struct buf out;

		read_body(&out, span_str(rows[_i].message), piece);
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
		buf_clear(&out);
	}
}
END_TEST

/* A paragraph of megabytes is divided, not kept. */
START_TEST(test_long_paragraph)
{
	struct buf message, one, two;

	buf_init(&message, ROOM);
	buf_put_str(&message, "Content-Type: text/plain; format=flowed\n\n");
	while (message.n < 3 << 20)
		buf_put_str(&message, _i ? "words that flow \n" : "x");
	read_body(&one, buf_span(&message), 4000);
	read_body(&two, buf_span(&message), 70001);
	ck_assert(span_is(buf_span(&one), buf_span(&two)));
	ck_assert_uint_gt(one.n, 2 << 20);
	buf_clear(&message);
	buf_clear(&one);
	buf_clear(&two);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_long_paragraph, 0, 2);
}

CHECK_MAIN(body, add_tests)
