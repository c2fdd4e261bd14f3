/* SPDX-License-Identifier: ISC */
#include "message/prose.h"
#include "support/check_main.h"

enum { ROOM = 64 << 20, MANY = 200000 };

#define P(text)		"<p dir=\"auto\">" text "</p>\n"
#define LINK(url, text) "<a href=\"" url "\" rel=\"nofollow noopener\">" text "</a>"

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "one\ntwo\n\nthree", P("one\ntwo") P("three") },
	{ "<script>alert(1)</script>\n", P("&lt;script&gt;alert(1)&lt;/script&gt;") },
	/* links, and what is not theirs */
	{ "see http://a.example/b, and", P("see " LINK("http://a.example/b", "http://a.example/b") ", and") },
	{ "(https://a.example/b_(c))", P("(" LINK("https://a.example/b_(c)", "https://a.example/b_(c)") ")") },
	{ "<HTTPS://A.example/?x=1&y=2>.",
	  P("&lt;" LINK("HTTPS://A.example/?x=1&amp;y=2", "HTTPS://A.example/?x=1&amp;y=2") "&gt;.") },
	{ "http://a/\"onmouseover=\"x", P(LINK("http://a/", "http://a/") "&quot;onmouseover=&quot;x") },
	{ "url=http://a.example!", P("url=" LINK("http://a.example", "http://a.example") "!") },
	{ "xhttp://a https:// http://? javascript:alert(1) data:text/html,x ftp://a",
	  P("xhttp://a https:// http://? javascript:alert(1) data:text/html,x ftp://a") },
	{ "http://a/\xe3\x82\x92", P(LINK("http://a/", "http://a/") "\xe3\x82\x92") },
	/* addresses */
	{ "write to al@example.net, <bob+x@a-b.example>",
	  P("write to al at example.net, &lt;bob+x at a-b.example&gt;") },
	{ "http://x.example/?m=al@example.net",
	  P(LINK("http://x.example/?m=al%40example.net", "http://x.example/?m=al at example.net")) },
	{ "@ a@ @b @@ -1 a @ b HEAD@{1}", P("@ a@ @b @@ -1 a @ b HEAD@{1}") },
	/* quotations */
	{ "> one\n> two\nanswer\n", "<blockquote class=\"q1\">\n" P("one\ntwo") "</blockquote>\n" P("answer") },
	{ ">> a\n> > b\n>c\n", "<blockquote class=\"q1\">\n<blockquote class=\"q2\">\n" P("a\nb") "</blockquote>\n" P(
				       "c") "</blockquote>\n" },
	{ "> al@example.net wrote\n>\n> x\n",
	  "<blockquote class=\"q1\">\n" P("al at example.net wrote") P("x") "</blockquote>\n" },
	{ ">>>>>>>> x\n",
	  "<blockquote class=\"q1\">\n<blockquote class=\"q2\">\n<blockquote class=\"q3\">\n<blockquote class=\"q4\">\n"
	  "<blockquote class=\"q5\">\n<blockquote class=\"q6\">\n" P(
		  "&gt;&gt; x") "</blockquote>\n</blockquote>\n</blockquote>\n</blockquote>\n</blockquote>\n</"
				"blockquote>\n" },
	{ "> 1\n> 2\n> 3\n> 4\n> 5\n> 6\n> 7\n> 8\n> 9\n> 10\n> 11\n>> 12\nyes",
	  "<details class=\"quoted\"><summary>12 quoted lines</summary>\n<blockquote class=\"q1\">\n" P(
		  "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11") "<blockquote class=\"q2\">\n" P("12") "</blockquote>\n</"
											     "blockquote>\n</"
											     "details>\n" P("yes") },
	/* columns, tables, patches */
	{ "name     size\na        1\nend\n\nText.",
	  "<pre dir=\"auto\">name     size\na        1\nend</pre>\n" P("Text.") },
	{ "End.  Begin.", P("End.  Begin.") },
	{ "Hello\n\ndiff --git a/x b/x\n@@ -1 +1 @@\n-a\n\n+b\n",
	  P("Hello") "<pre dir=\"auto\">diff --git a/x b/x\n@@ -1 +1 @@\n-a\n\n+b</pre>\n" },
	/* the signature */
	{ "bye\n-- \nAl\n\nx\n", P("bye") "<div class=\"sig\">\n" P("Al") P("x") "</div>\n" },
	{ "--\n> -- \n", P("--") "<blockquote class=\"q1\">\n" P("-- ") "</blockquote>\n" },
};

START_TEST(test_put)
{
	struct buf out;

	buf_init(&out, ROOM);
	prose_put(&out, span_str(rows[_i].text), PROSE_AT);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

static const struct {
	enum prose_addresses addresses;
	const char *text, *want;
} lines[] = {
	{ PROSE_AT, "Al <al@example.net>", "Al &lt;al at example.net&gt;" },
	{ PROSE_HIDDEN, "Al <al@example.net> b@c", "Al &lt;al@\xe2\x80\xa6&gt; b@\xe2\x80\xa6" },
	{ PROSE_SHOWN, "Al <al@example.net>", "Al &lt;al@example.net&gt;" },
	{ PROSE_AT, "a@b@c@d", "a at b at c at d" },
	{ PROSE_HIDDEN, "a@b@c", "a@\xe2\x80\xa6@\xe2\x80\xa6" },
	{ PROSE_AT, "http://x", "http://x" },
};

START_TEST(test_line)
{
	struct buf out;

	buf_init(&out, ROOM);
	prose_put_line(&out, span_str(lines[_i].text), lines[_i].addresses);
	ck_assert_str_eq(buf_str(&out), lines[_i].want);
	buf_clear(&out);
}
END_TEST

/* What would be slow if anything were looked at again and again. */
static const char *const many[] = { "a@", "http://", "http://a", ">",	    "> \n", "> x\n\n",
				    "(",  "h",	     " ",	 "a\n>b\n", "\t\n", "\xff" };

START_TEST(test_linear)
{
	struct buf in, out;

	buf_init(&in, ROOM);
	buf_init(&out, ROOM);
	for (int i = 0; i < MANY; i++)
		buf_put_str(&in, many[_i]);
	prose_put(&out, buf_span(&in), PROSE_AT);
	ck_assert(!out.overflow);
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_line, 0, COUNT(lines));
	tcase_add_loop_test(tc, test_linear, 0, COUNT(many));
}

CHECK_MAIN(prose, add_tests)
