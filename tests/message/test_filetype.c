/* SPDX-License-Identifier: ISC */
#include "message/filetype.h"

#include "base/module.h"
#include "support/check_main.h"

#define BYTES(literal)                                                                                                 \
	{                                                                                                              \
		(literal), sizeof(literal) - 1                                                                         \
	}

/* What does not need libmagic. */
static const struct {
	const char *name;
	struct span front;
	const char *want;
} rows[] = {
	{ "a.pdf", BYTES("%PDF-1.7\n"), "application/pdf" },
	{ "dir.d/A.PDF", BYTES("%PDF-1.7\n"), "application/pdf" },
	{ "a.docx", BYTES("PK\003\004 word"),
	  "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ "a.odt", BYTES("PK\003\004mimetype"), "application/vnd.oasis.opendocument.text" },
	{ "a.epub", BYTES("PK\003\004mimetype"), "application/epub+zip" },
	{ "a.ics", BYTES("BEGIN:VCALENDAR\r\n"), "text/calendar" },
	{ "a.patch", BYTES("--- a\n+++ b\n"), "text/x-patch" },
	{ "a.svg", BYTES("<?xml version='1.0'?><svg/>"), "image/svg+xml" },
	{ "a.csv", BYTES("a;b\n1;2\n"), "text/csv" },
	{ "a.csv", BYTES(""), "text/csv" },
	{ "a.jpg", BYTES("\xff\xd8\xff\xe0"), "image/jpeg" },
	{ "a.tif", BYTES("MM\0*"), "image/tiff" },
	{ "a.webp", BYTES("RIFF\0\0\0\0WEBP"), "image/webp" },
	{ "a.txt", BYTES("<html>"), "text/plain" },
	{ "a.txt", BYTES("caf\xc3\xa9\n"), "text/plain" },
	{ "a.bin", BYTES("MZ\0\0"), "application/octet-stream" },
	{ "a.tar.gz", BYTES("\x1f\x8b\x08"), "application/gzip" },
	{ NULL, BYTES(""), "text/plain" },
	{ "", BYTES(""), "text/plain" },
	{ "empty", BYTES(""), "text/plain" },
	{ "a.docx", BYTES(""), "text/plain" },
};

START_TEST(test_table)
{
	struct arena a = { 0 };

	ck_assert_str_eq(filetype_guess(&a, rows[_i].name, rows[_i].front), rows[_i].want);
	arena_clear(&a);
}
END_TEST

/* What does, and what is said without it. */
static const struct {
	const char *name;
	struct span front;
	const char *want, *without;
} content[] = {
	{ "picture", BYTES("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\1\0\0\0\0"), "image/png",
	  "application/octet-stream" },
	/* The name lies. */
	{ "a.jpg", BYTES("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\1\0\0\0\1\1\0\0\0\0"), "image/png", "image/jpeg" },
	{ "a.txt", BYTES("%PDF-1.4\n\0\1\2\n"), "application/pdf", "application/octet-stream" },
	{ "script", BYTES("#!/bin/sh\necho hello\n"), "text/x-shellscript", "text/plain" },
	{ "notes", BYTES("just some words\n"), "text/plain", "text/plain" },
	{ ".docx", BYTES("just some words\n"), "text/plain", "text/plain" },
	{ "noise", BYTES("\x00\x01\x02\x03\xf0\xf1\xf2\xf3"), "application/octet-stream", "application/octet-stream" },
	/* UTF-16 is no text for mail. */
	{ "a.txt", BYTES("\xff\xfeh\0i\0\n\0"), "application/octet-stream", "application/octet-stream" },
};

START_TEST(test_content)
{
	struct arena a = { 0 };
	bool has_magic = module_open("magic", NULL) != NULL;

	ck_assert_str_eq(filetype_guess(&a, content[_i].name, content[_i].front),
			 has_magic ? content[_i].want : content[_i].without);
	arena_clear(&a);
}
END_TEST

START_TEST(test_is_text)
{
	ck_assert(filetype_is_text(SPAN("a\tb\r\n\f\x1b[1m\xc3\xa9\xff")));
	ck_assert(filetype_is_text(SPAN("")));
	ck_assert(!filetype_is_text(SPAN("a\0b")));
	ck_assert(!filetype_is_text(SPAN("a\x7f")));
	ck_assert(!filetype_is_text(SPAN("a\x08")));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_table, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_content, 0, COUNT(content));
	tcase_add_test(tc, test_is_text);
}

CHECK_MAIN(filetype, add_tests)
