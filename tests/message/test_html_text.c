/* SPDX-License-Identifier: ISC */
#include "message/html_text.h"
#include "support/check_main.h"

enum { ROOM = 1 << 24 };

static const struct {
	const char *html, *want;
} rows[] = {
	{ "", "" },
	{ "plain text", "plain text\n" },
	{ "  two \n words ", "two words\n" },
	/* Blocks. */
	{ "<p>one</p><p>two</p>", "one\n\ntwo\n" },
	{ "<P>one<P>two", "one\n\ntwo\n" },
	{ "one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour\n" },
	{ "one<br><br><br><br>two", "one\n\ntwo\n" },
	{ "<div>one</div><div>two</div>three", "one\ntwo\nthree\n" },
	{ "<div><div><div>one</div></div></div>two", "one\ntwo\n" },
	{ "<h1>Title</h1>text", "Title\n\ntext\n" },
	{ "one<hr>two", "one\n--------\ntwo\n" },
	{ "a<b>b</b>c <i>d</i>", "abc d\n" },
	{ "<ul><li>one<li>two</ul>after", "* one\n* two\nafter\n" },
	{ "<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol>", "1. one\n2. two\n  * in\n" },
	{ "<blockquote>one<blockquote>two</blockquote></blockquote>three", "> one\n> > two\nthree\n" },
	{ "<blockquote><p>one</p><p>two</p></blockquote>", "> one\n>\n> two\n" },
	{ "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc\n" },
	{ "<pre>  a\n\tb  c</pre>d", "  a\n\tb  c\n\nd\n" },
	/* What is not shown. */
	{ "<head><title>t</title><style>p { x: '</p>' }</style></head>text", "text\n" },
	{ "a<script>if (1 < 2) document.write('<p>x</p>')</script>b", "ab\n" },
	{ "a<!-- <p> -- > x -->b", "ab\n" },
	{ "a<!-->b", "ab\n" },
	{ "<!DOCTYPE html><?xml x?>a", "a\n" },
	{ "<div style='display:none'>hidden <div>more</div> rest</div>shown", "shown\n" },
	{ "<span style=\"color: red; DISPLAY : none !important\">x</span>y", "y\n" },
	{ "<div hidden>x</div>y", "y\n" },
	{ "a&zwnj;&nbsp;&#8203;\xc2\xad"
	  "b",
	  "a b\n" },
	{ "a<script>never ends", "a\n" },
	/* Links and images. */
	{ "<a href=\"https://x.example/\">here</a>.", "here <https://x.example/>.\n" },
	{ "<a href='https://x.example/?a=1&amp;b=2'>https://x.example/?a=1&amp;b=2</a>",
	  "https://x.example/?a=1&b=2\n" },
	{ "<a href=mailto:al@x.example>al@x.example</a>", "al@x.example\n" },
	{ "<a href=\"javascript:x\">here</a> <a name=y>there</a>", "here there\n" },
	{ "<img alt=\"a &amp; b\" src=x><img src=y alt=''>", "[a & b]\n" },
	{ "<a href=http://x.example/><img alt=logo></a>", "[logo] <http://x.example/>\n" },
	/* Characters. */
	{ "&lt;&amp;&gt;&quot;&eacute;&euro;&#8364;&#x20AC;&#128;",
	  "<&>\"\xc3\xa9\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\n" },
	{ "a&nosuch;b & c &", "a&nosuch;b & c &\n" },
	{ "&amp &ampx", "& &ampx\n" },
	{ "&#0;&#xd800;&#99999999999;", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\n" },
	{ "\xff", "\xef\xbf\xbd\n" },
	/* What is no tag. */
	{ "1 < 2 and 3 <4", "1 < 2 and 3 <4\n" },
	{ "a<", "a<\n" },
	{ "a<b", "a\n" },
	{ "<p title=\"a > b\">x", "x\n" },
	{ "<p title=a\"b>x", "x\n" },
	{ "</ul></blockquote></pre></p></nosuch>x", "x\n" },
};

static void render(struct buf *out, struct span html, size_t piece)
{
	struct html_text h;

	buf_init(out, ROOM);
	html_text_init(&h);
	for (size_t i = 0; i < html.n; i += piece)
		html_text_feed(&h, span_of(html.p + i, html.n - i < piece ? html.n - i : piece), out);
	html_text_end(&h, out);
	html_text_clear(&h);
	ck_assert(!out->overflow);
}

START_TEST(test_rows)
{
	for (size_t piece = 1; piece < 9; piece += 3) {
		struct buf out;

		render(&out, span_str(rows[_i].html), piece);
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
		buf_clear(&out);
	}
}
END_TEST

START_TEST(test_width)
{
	struct buf html, out;
	struct span rest;

	buf_init(&html, ROOM);
	buf_put_str(&html, "<blockquote>");
	for (int i = 0; i < 200; i++)
		buf_printf(&html, "w\xc3\xb6rd%d ", i);
	render(&out, buf_span(&html), html.n);
	rest = buf_span(&out);
	while (rest.n > 0) {
		struct span line = span_cut(&rest, '\n');

		ck_assert(span_starts(line, SPAN("> w\xc3\xb6rd")));
		ck_assert_uint_le(line.n, HTML_TEXT_WIDTH + 2 * 12);
		ck_assert_uint_ge(line.n, rest.n > 0 ? HTML_TEXT_WIDTH - 10 : 1);
	}
	buf_clear(&html);
	buf_clear(&out);
}
END_TEST

/* Pieces of megabytes that are made to be slow, or to need memory. */
START_TEST(test_floods)
{
	static const char *const units[] = { "<",
					     "<p",
					     "&",
					     "&a",
					     "<!--",
					     "<b>",
					     "<blockquote>",
					     "<li>",
					     "x",
					     "<a href='",
					     "<div style='display:none'>",
					     "\xf0",
					     "<a href=http://x>y",
					     "<p a=\"" };
	struct buf html, out;

	buf_init(&html, ROOM);
	while (html.n < 1 << 20)
		buf_put_str(&html, units[_i]);
	render(&out, buf_span(&html), 4096);
	ck_assert_uint_le(out.n, html.n * HTML_TEXT_GROWTH + HTML_TEXT_ROOM);
	buf_clear(&html);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *html, *want;
} charsets[] = {
	{ "<html><head><meta charset=\"koi8-r\">", "koi8-r" },
	{ "<META http-equiv=Content-Type content=\"text/html; charset=Windows-1251\">", "Windows-1251" },
	{ "<p>charset=x</p><meta name=a>", "" },
	{ "", "" },
	{ "<meta charset=", "" },
};

START_TEST(test_charset)
{
	struct span found = html_text_charset(span_str(charsets[_i].html));

	ck_assert(span_is(found, span_str(charsets[_i].want)));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_width);
	tcase_add_loop_test(tc, test_floods, 0, 14);
	tcase_add_loop_test(tc, test_charset, 0, COUNT(charsets));
}

CHECK_MAIN(html_text, add_tests)
