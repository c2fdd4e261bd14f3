/* SPDX-License-Identifier: ISC */
#include "base/utf8.h"
#include "message/filename.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

/* What senders have tried, and what it becomes. */
static const struct {
	const char *given, *want;
} rows[] = {
	{ "plan.pdf", "plan.pdf" },
	{ "Jahresbericht f\xc3\xbcr 2026.pdf", "Jahresbericht f\xc3\xbcr 2026.pdf" },
	{ "", "" },
	/* Directories. */
	{ "../../etc/passwd", "passwd" },
	{ "/etc/passwd", "passwd" },
	{ "..\\..\\boot.ini", "boot.ini" },
	{ "C:\\Users\\al\\plan.pdf", "plan.pdf" },
	{ "a/", "" },
	{ "..", "" },
	{ ".", "" },
	{ "...", "" },
	{ "../", "" },
	{ "/", "" },
	{ "c:plan", "c_plan" },
	/* What shells and programs would take for something else. */
	{ "-rf", "_rf" },
	{ ".bashrc", "_bashrc" },
	{ "~root", "_root" },
	{ "  blanks  ", "blanks" },
	{ "dots...", "dots" },
	{ "a|b", "a_b" },
	{ "what?*.txt", "what__.txt" },
	{ "stream.txt:$DATA", "stream.txt_$DATA" },
	/* What cannot be seen, or shows something else than it is. */
	{ "a\nb", "a_b" },
	{ "a\rb\x1b[2J", "a_b_[2J" },
	{ "a\x7f", "a_" },
	{ "fdp\xe2\x80\xae"
	  "exe",
	  "fdp_exe" },
	{ "a\xe2\x80\x8b"
	  "b",
	  "a_b" },
	{ "\xff\xfe", "__" },
	{ "a\xc2\x9b"
	  "b",
	  "a_b" },
	/* Devices of Windows. */
	{ "con", "_con" },
	{ "CON.txt", "_CON.txt" },
	{ "nul .tar.gz", "_nul .tar.gz" },
	{ "com1", "_com1" },
	{ "LPT9.pdf", "_LPT9.pdf" },
	{ "com\xc2\xb9", "_com\xc2\xb9" },
	{ "com", "com" },
	{ "com10", "com10" },
	{ "console.log", "console.log" },
};

static void put(struct buf *out, struct span name)
{
	buf_init(out, ROOM);
	filename_put(out, name);
}

START_TEST(test_names)
{
	struct buf once, twice;

	put(&once, span_str(rows[_i].given));
	ck_assert_str_eq(buf_str(&once), rows[_i].want);
	put(&twice, buf_span(&once));
	ck_assert_str_eq(buf_str(&twice), rows[_i].want);
	buf_clear(&once);
	buf_clear(&twice);
}
END_TEST

START_TEST(test_nul)
{
	struct buf out;

	put(&out, SPAN("safe.txt\0.exe"));
	ck_assert_str_eq(buf_str(&out), "safe.txt_.exe");
	buf_clear(&out);
}
END_TEST

/* A name of any length is cut between characters and keeps its extension. */
START_TEST(test_long)
{
	static const char *const extensions[] = { "", ".pdf", ".averyveryverylongextensionthatisnone" };
	static const char *const fills[] = { "x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x93\x8e" };
	const char *extension = extensions[_i % 3], *fill = fills[_i / 3];
	struct buf name, once, twice;

	for (size_t n = 1; n < 400; n++) {
		buf_init(&name, ROOM);
		for (size_t i = 0; i < n; i++)
			buf_put_str(&name, fill);
		buf_put_str(&name, extension);
		put(&once, buf_span(&name));
		ck_assert_uint_le(once.n, FILENAME_MAX_OCTETS);
		ck_assert(name.n > FILENAME_MAX_OCTETS || span_is(buf_span(&once), buf_span(&name)));
		ck_assert(_i % 3 == 2 || span_ends_nocase(buf_span(&once), span_str(extension)));
		ck_assert(utf8_is_valid(buf_span(&once)));
		put(&twice, buf_span(&once));
		ck_assert_str_eq(buf_str(&twice), buf_str(&once));
		buf_clear(&name);
		buf_clear(&once);
		buf_clear(&twice);
	}
}
END_TEST

START_TEST(test_replacement)
{
	struct buf out;

	buf_init(&out, ROOM);
	filename_put_with(&out, SPAN("../-a|b\n"), 'X');
	ck_assert_str_eq(buf_str(&out), "XaXbX");
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *name;
	unsigned n;
	const char *want;
} numbered[] = {
	{ "plan.pdf", 2, "plan-2.pdf" },
	{ "README", 10, "README-10" },
	{ "a.tar.gz", 3, "a.tar-3.gz" },
	{ "_bashrc", 2, "_bashrc-2" },
};

START_TEST(test_numbered)
{
	struct buf out;

	buf_init(&out, ROOM);
	filename_put_numbered(&out, span_str(numbered[_i].name), numbered[_i].n);
	ck_assert_str_eq(buf_str(&out), numbered[_i].want);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *type, *subtype, *want;
} types[] = {
	{ "text", "plain", ".txt" },	  { "TEXT", "HTML", ".html" },	   { "text", "x-whatever", ".txt" },
	{ "image", "jpeg", ".jpg" },	  { "message", "rfc822", ".eml" }, { "application", "octet-stream", ".bin" },
	{ "application", "pdf", ".pdf" },
};

START_TEST(test_extensions)
{
	ck_assert_str_eq(filename_extension(types[_i].type, types[_i].subtype), types[_i].want);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_names, 0, COUNT(rows));
	tcase_add_test(tc, test_nul);
	tcase_add_test(tc, test_replacement);
	tcase_add_loop_test(tc, test_long, 0, 12);
	tcase_add_loop_test(tc, test_numbered, 0, COUNT(numbered));
	tcase_add_loop_test(tc, test_extensions, 0, COUNT(types));
}

CHECK_MAIN(filename, add_tests)
