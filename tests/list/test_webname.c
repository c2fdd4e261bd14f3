/* SPDX-License-Identifier: ISC */
#include "list/webname.h"

#include "support/check_main.h"

enum { ROOM = 4096 };

/* What Mailman 3 makes of them (the first is the example of its documentation). */
static const struct {
	const char *id, *want;
} hashes[] = {
	{ "<87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp>", "JJIGKPKB6CVDX6B2CUG4IHAJRIQIOUTP" },
	{ " 87myycy5eh.fsf@uwakimon.sk.tsukuba.ac.jp\n", "JJIGKPKB6CVDX6B2CUG4IHAJRIQIOUTP" },
};

START_TEST(test_hash)
{
	char out[WEBNAME_HASH + 1];

	ck_assert_int_eq(webname_hash(span_str(hashes[_i].id), out, NULL), 0);
	ck_assert_str_eq(out, hashes[_i].want);
}
END_TEST

static const struct {
	const char *wanted, *type, *subtype, *want;
} attachments[] = {
	{ "plan.pdf", "application", "pdf", "1-plan.pdf" },
	{ "Plan f\xc3\xbcr 2026.PDF", "application", "pdf", "1-Plan-f-r-2026.pdf" },
	{ "", "image", "png", "1-file.png" },
	{ "", "application", "x-unknown", "1-file.bin" },
	{ "../../etc/passwd", "text", "plain", "1-passwd.txt" },
	{ "..\\boot.ini", "text", "plain", "1-boot-ini.txt" },
	{ ".htaccess", "text", "plain", "1-_htaccess.txt" },
	/* what a server or a browser could run */
	{ "page.html", "text", "html", "1-page-html.txt" },
	{ "", "text", "html", "1-file-html.txt" },
	{ "x.xhtml", "application", "xhtml+xml", "1-x-xhtml.bin" },
	{ "evil.svg", "image", "svg+xml", "1-evil-svg.bin" },
	{ "a.css", "text", "css", "1-a-css.txt" },
	{ "shell.php.png", "image", "png", "1-shell-php.png" },
	{ "x.php\xe2\x80\xaegpj.exe", "image", "jpeg", "1-x-php_gpj-exe.bin" },
	{ "a\"><script>.txt", "text", "plain", "1-a___script_.txt" },
	{ "\xe8\xb3\x87\xe6\x96\x99.docx", "application", "octet-stream", "1-file.docx" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.zip",
	  "application", "zip", "1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.zip" },
};

START_TEST(test_attachment)
{
	struct buf out;

	buf_init(&out, ROOM);
	webname_put_attachment(&out, 1, span_str(attachments[_i].wanted), attachments[_i].type,
			       attachments[_i].subtype);
	ck_assert_str_eq(buf_str(&out), attachments[_i].want);
	ck_assert(webname_is_valid(buf_span(&out)));
	buf_clear(&out);
}
END_TEST

static const struct {
	struct span name;
	const char *type;
} names[] = {
	{ SPAN_INIT("index.html"), "text/html; charset=utf-8" },
	{ SPAN_INIT("style.css"), "text/css; charset=utf-8" },
	{ SPAN_INIT("1-a.txt"), "text/plain" },
	{ SPAN_INIT(""), NULL },
	{ SPAN_INIT("."), NULL },
	{ SPAN_INIT(".."), NULL },
	{ SPAN_INIT(".pages"), NULL },
	{ SPAN_INIT(".html"), NULL },
	{ SPAN_INIT("a/b.html"), NULL },
	{ SPAN_INIT("a\0.html"), NULL },
	{ SPAN_INIT("a%2e.html"), NULL },
	{ SPAN_INIT("a.php"), NULL },
	{ SPAN_INIT("html"), NULL },
	{ SPAN_INIT("-x.html"), NULL },
};

START_TEST(test_valid)
{
	ck_assert_int_eq(webname_is_valid(names[_i].name), names[_i].type != NULL);
	if (names[_i].type)
		ck_assert_str_eq(webname_type(names[_i].name), names[_i].type);
}
END_TEST

START_TEST(test_picture)
{
	ck_assert(webname_is_picture(SPAN("1-a.png")) && webname_is_picture(SPAN("1-a.jpg")));
	ck_assert(!webname_is_picture(SPAN("1-a.txt")) && !webname_is_picture(SPAN("png")));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_hash, 0, COUNT(hashes));
	tcase_add_loop_test(tc, test_attachment, 0, COUNT(attachments));
	tcase_add_loop_test(tc, test_valid, 0, COUNT(names));
	tcase_add_test(tc, test_picture);
}

CHECK_MAIN(webname, add_tests)
