/* SPDX-License-Identifier: ISC */
#include "message/preview.h"
#include "base/utf8.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define HTML "Content-Type: text/html\n\n"

static const struct {
	const char *in, *want;
} rows[] = {
	{ "\nHello  there,\n\n\thow are you?\n", "Hello there, how are you?" },
	{ "\n", "" },
	{ "", "" },
	{ "\n> quoted\nanswer\n> more\n-- \nsignature\n", "answer" },
	{ "\n> only\n> quoted\n", "> only > quoted" },
	{ "\nYes.\nAl wrote:\n\n> quoted\n> more\nNo: never\n>quoted\n", "Yes. No: never" },
	{ "\nAl wrote:\n> quoted\n", "Al wrote: > quoted" },
	{ "Content-Transfer-Encoding: base64\n\naGVsbG8=\n", "hello" },
	{ "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9=\n!\n",
	  "caf\xc3\xa9!" },
	{ "Content-Type: text/plain; charset=x-unknown\n\na\xff"
	  "b\n",
	  "a\xef\xbf\xbd"
	  "b" },
	{ "\na\x01\x7f"
	  "b\xe2\x80\x8b\xe2\x80\xae"
	  "c\xc2\xa0"
	  "d\xef\xbb\xbf\n",
	  "a bc d" },
	{ HTML
	  "<html><head><title>T</title><style>x{}</style></head><body><p>One<br>two &amp; <b>th</b>ree&nbsp;&#8364;"
	  "&#x41;&bogus;&</p></body>",
	  "One two & three \xe2\x82\xac"
	  "A&bogus;&" },
	{ HTML "<!-- hidden <p> -->shown <script>if (a<b) x</script>1 < 2 <blockquote>old</blockquote>new <open",
	  "shown 1 < 2 new" },
	{ HTML "<blockquote>old</blockquote>", "old" },
	{ HTML "<style>never ends", "" },
	{ HTML "&#0;&#xD800;&#99999999;&#;", "&#0;\xef\xbf\xbd\xef\xbf\xbd&#;" },
	/* Which part. */
	{ "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\n" HTML "<p>html\n--b--\n", "plain" },
	{ "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\n" HTML "<p>html\n--b--\n", "html" },
	{ "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Disposition: attachment\n\nno\n--b\nContent-Type: "
	  "image/png\n\nno\n--b\n\nyes\n--b--\n",
	  "yes" },
	{ "Content-Type: message/rfc822\n\nSubject: x\n\nwithin\n", "within" },
	{ "Content-Type: application/pdf\n\nx\n", "" },
	{ "Content-Type: multipart/mixed\n\nno boundary\n", "no boundary" },
};

static void put(struct buf *out, struct span message)
{
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, message);

	for (const struct mime_node *node = preview_first(root); node; node = preview_next(node))
		if (preview_put(out, &node->part.entity,
				span_of(message.p + node->part.body.at,
					(size_t)mime_octets(node->part.body, node->part.end))))
			break;
	arena_clear(&a);
}

START_TEST(test_rows)
{
	struct buf out;

	buf_init(&out, ROOM);
	put(&out, span_str(rows[_i].in));
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

static size_t count_characters(struct span s)
{
	size_t n = 0;
	uint32_t c;

	while (utf8_next(&s, &c) != 0)
		n++;
	return n;
}

/* Of long texts of any kind: a line of valid UTF-8, no longer than it may be, in linear time. */
static const char *const repeated[] = { "a",	 "a ",	 "\xc3\xa9", "\xe2\x82\xac ", "<b>x",	      "<",   "&",
					"&amp;", "<!--", "\xff",     "> a\n",	      "<blockquote>", "</p>" };

START_TEST(test_long)
{
	static const char *const headers[] = { "\n", HTML };
	struct buf message, out;

	for (size_t i = 0; i < 2; i++) {
		buf_init(&message, ROOM);
		buf_init(&out, ROOM);
		buf_put_str(&message, headers[i]);
		while (message.n < 300000)
			buf_put_str(&message, repeated[_i]);
		put(&out, buf_span(&message));
		ck_assert(utf8_is_valid(buf_span(&out)));
		ck_assert_uint_le(count_characters(buf_span(&out)), PREVIEW_CHARACTERS);
		if (_i < 4)
			ck_assert_uint_ge(count_characters(buf_span(&out)), PREVIEW_CHARACTERS - 1);
		buf_clear(&out);
		buf_clear(&message);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_long, 0, COUNT(repeated));
}

CHECK_MAIN(preview, add_tests)
