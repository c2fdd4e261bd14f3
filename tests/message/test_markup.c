/* SPDX-License-Identifier: ISC */
#include "message/markup.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

static const struct {
	struct span text;
	const char *line, *lines;
} texts[] = {
	{ SPAN_INIT(""), "", "" },
	{ SPAN_INIT("plain"), "plain", "plain" },
	{ SPAN_INIT("<a href=\"x\" b='y'>&amp;"), "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;",
	  "&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;" },
	{ SPAN_INIT("a\tb\nc\rd"), "a b cd", "a\tb\ncd" },
	{ SPAN_INIT("a\0b\x1b[31m\x7f"), "ab[31m", "ab[31m" },
	{ SPAN_INIT("caf\xc3\xa9"), "caf\xc3\xa9", "caf\xc3\xa9" },
	/* C1, a byte that is none, a noncharacter */
	{ SPAN_INIT("\xc2\x9b!\xff!\xef\xbf\xbe"), "!\xef\xbf\xbd!\xef\xbf\xbd", "!\xef\xbf\xbd!\xef\xbf\xbd" },
	/* right-to-left override and isolates are left out, marks and joiners stay */
	{ SPAN_INIT("\xe2\x80\xae"
		    "abc\xe2\x81\xa6"),
	  "abc", "abc" },
	{ SPAN_INIT("\xe2\x80\x8f\xe2\x80\x8d"), "\xe2\x80\x8f\xe2\x80\x8d", "\xe2\x80\x8f\xe2\x80\x8d" },
	/* a character cut at the end */
	{ SPAN_INIT("x\xe2\x82"), "x\xef\xbf\xbd\xef\xbf\xbd", "x\xef\xbf\xbd\xef\xbf\xbd" },
};

START_TEST(test_text)
{
	struct buf out;

	buf_init(&out, ROOM);
	markup_put(&out, texts[_i].text);
	ck_assert_str_eq(buf_str(&out), texts[_i].line);
	buf_reset(&out);
	markup_put_lines(&out, texts[_i].text);
	ck_assert_str_eq(buf_str(&out), texts[_i].lines);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *url, *want, *component;
} urls[] = {
	{ "https://x.example/a?b=c&d=%20", "https://x.example/a?b=c&amp;d=%20", NULL },
	{ "http://x/\"onclick='y'", "http://x/%22onclick=%27y%27", NULL },
	{ "http://x/al@example.net", "http://x/al%40example.net", NULL },
	{ "a/../b", "a/../b", "a%2F..%2Fb" },
	{ "a b\xc3\xa9#", "a%20b%C3%A9#", "a%20b%C3%A9%23" },
};

START_TEST(test_url)
{
	struct buf out;

	buf_init(&out, ROOM);
	markup_put_url(&out, span_str(urls[_i].url));
	ck_assert_str_eq(buf_str(&out), urls[_i].want);
	buf_reset(&out);
	markup_put_component(&out, span_str(urls[_i].url));
	if (urls[_i].component)
		ck_assert_str_eq(buf_str(&out), urls[_i].component);
	buf_clear(&out);
}
END_TEST

START_TEST(test_time)
{
	struct buf out;

	buf_init(&out, ROOM);
	markup_put_time(&out, 1795334400, true);
	ck_assert_str_eq(buf_str(&out), "<time datetime=\"2026-11-22T08:00:00Z\">22 Nov 2026, 08:00 UTC</time>");
	buf_reset(&out);
	markup_put_time(&out, 1795334400, false);
	ck_assert_str_eq(buf_str(&out), "<time datetime=\"2026-11-22T08:00:00Z\">22 Nov 2026</time>");
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_url, 0, COUNT(urls));
	tcase_add_test(tc, test_time);
}

CHECK_MAIN(markup, add_tests)
