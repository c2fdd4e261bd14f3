/* SPDX-License-Identifier: ISC */
#include "message/entity.h"
#include "message/mime.h"
#include "support/check_main.h"

static const struct {
	const char *header;
	bool digest;
	enum entity_kind kind;
	enum encoding encoding;
	const char *type, *boundary;
	unsigned problems;
} rows[] = {
	{ "", false, ENTITY_LEAF, ENCODING_7BIT, "text/plain", "", 0 },
	{ "", true, ENTITY_MESSAGE, ENCODING_7BIT, "message/rfc822", "", 0 },
	{ "Content-Type: text/html\n", true, ENTITY_LEAF, ENCODING_7BIT, "text/html", "", 0 },
	{ "Content-Type: text\n", false, ENTITY_LEAF, ENCODING_7BIT, "text/plain", "", ENTITY_TYPE_BAD },
	{ "Content-Type: text\n", true, ENTITY_LEAF, ENCODING_7BIT, "text/plain", "", ENTITY_TYPE_BAD },
	{ "Content-Type: /x\n", false, ENTITY_LEAF, ENCODING_7BIT, "text/plain", "", ENTITY_TYPE_BAD },
	{ "Content-Type:\n", false, ENTITY_LEAF, ENCODING_7BIT, "text/plain", "", ENTITY_TYPE_BAD },
	{ "content-type: MULTIPART/mixed; boundary=abc\n", false, ENTITY_MULTIPART, ENCODING_7BIT, "MULTIPART/mixed",
	  "abc", 0 },
	{ "Content-Type : multipart/x; boundary=a\r\n", false, ENTITY_MULTIPART, ENCODING_7BIT, "multipart/x", "a", 0 },
	{ "Content-Type: multipart/x; boundary=\"a b;c\\\"d\"\n", false, ENTITY_MULTIPART, ENCODING_7BIT, "multipart/x",
	  "a b;c\"d", 0 },
	{ "Content-Type: multipart/x; boundary=a; boundary=b\n", false, ENTITY_MULTIPART, ENCODING_7BIT, "multipart/x",
	  "a", ENTITY_BOUNDARY_TWICE },
	{ "Content-Type: multipart/x; boundary*0=a; boundary*1=b\n", false, ENTITY_MULTIPART, ENCODING_7BIT,
	  "multipart/x", "ab", 0 },
	{ "Content-Type: multipart/mixed;\n\tboundary=\n\t\"a\"\n", false, ENTITY_MULTIPART, ENCODING_7BIT,
	  "multipart/mixed", "a", 0 },
	{ "Content-Type: (c) multipart (d) / (e) mixed (f;) ; (g) boundary (h) = (i) a/b?c\n", false, ENTITY_MULTIPART,
	  ENCODING_7BIT, "multipart/mixed", "a/b?c", 0 },
	{ "Content-Type: multipart/mixed; x; ;; =; boundary=a\n", false, ENTITY_MULTIPART, ENCODING_7BIT,
	  "multipart/mixed", "a", ENTITY_PARAMS },
	{ "Content-Type: multipart/mixed; boundary=\"a  \"\n", false, ENTITY_MULTIPART, ENCODING_7BIT,
	  "multipart/mixed", "a", 0 },
	{ "Content-Type: multipart/mixed; boundary=\"\"\n", false, ENTITY_LEAF, ENCODING_7BIT, "multipart/mixed", "",
	  ENTITY_BOUNDARY_NONE },
	{ "Content-Type: multipart/mixed; boundary=\"a", false, ENTITY_MULTIPART, ENCODING_7BIT, "multipart/mixed", "a",
	  ENTITY_PARAMS },
	{ "Content-Type: multipart/mixed; xboundary=a\n", false, ENTITY_LEAF, ENCODING_7BIT, "multipart/mixed", "",
	  ENTITY_BOUNDARY_NONE },
	{ "Content-Type: message/rfc822\n", false, ENTITY_MESSAGE, ENCODING_7BIT, "message/rfc822", "", 0 },
	{ "Content-Type: message/GLOBAL\n", false, ENTITY_MESSAGE, ENCODING_7BIT, "message/GLOBAL", "", 0 },
	{ "Content-Type: message/delivery-status\n", false, ENTITY_LEAF, ENCODING_7BIT, "message/delivery-status", "",
	  0 },
	{ "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n", false, ENTITY_LEAF, ENCODING_BASE64,
	  "message/rfc822", "", ENTITY_ENCODED },
	{ "Content-Type: multipart/x; boundary=a\nContent-Transfer-Encoding: base64\n", false, ENTITY_MULTIPART,
	  ENCODING_8BIT, "multipart/x", "a", ENTITY_ENCODED },
	{ "Content-Transfer-Encoding: QUOTED-printable (x)\n", false, ENTITY_LEAF, ENCODING_QP, "text/plain", "", 0 },
	{ "Content-Transfer-Encoding: x-uuencode\n", false, ENTITY_LEAF, ENCODING_UUENCODE, "text/plain", "", 0 },
	{ "Content-Transfer-Encoding: rot13\n", false, ENTITY_LEAF, ENCODING_OTHER, "text/plain", "",
	  ENTITY_ENCODING_UNKNOWN },
	{ "Content-Transfer-Encoding:\n", false, ENTITY_LEAF, ENCODING_7BIT, "text/plain", "", 0 },
	{ "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n", false, ENTITY_LEAF, ENCODING_7BIT,
	  "text/plain", "", ENTITY_ENCODING_TWICE },
	{ "Content-Type: a/b\nContent-Type: c/d\n", false, ENTITY_LEAF, ENCODING_7BIT, "a/b", "", ENTITY_TYPE_TWICE },
	{ "no field\nContent-Type: a/b\n", false, ENTITY_LEAF, ENCODING_7BIT, "a/b", "", ENTITY_BAD_LINE },
	{ "Content-Type: a/b\n\nContent-Type: c/d\n", false, ENTITY_LEAF, ENCODING_7BIT, "a/b", "", 0 },
};

START_TEST(test_parse)
{
	struct arena a = { 0 };
	struct entity e;

	entity_parse(&a, span_str(rows[_i].header), rows[_i].digest, &e);
	ck_assert_int_eq(e.kind, rows[_i].kind);
	ck_assert_int_eq(e.encoding, rows[_i].encoding);
	ck_assert_str_eq(arena_printf(&a, "%s/%s", e.type, e.subtype), rows[_i].type);
	ck_assert(span_is(e.boundary, span_str(rows[_i].boundary)));
	ck_assert_uint_eq(e.problems, rows[_i].problems);
	arena_clear(&a);
}
END_TEST

START_TEST(test_fields)
{
	struct arena a = { 0 };
	struct params_value value;
	struct entity e;

	entity_parse(&a,
		     SPAN("Content-Type: image/png; name=\"a.png\"\r\nContent-Disposition: (c) attachment; "
			  "filename=b.png\r\n"
			  "Content-ID: <x@y>\r\nContent-Description: two\r\n words\r\nContent-Language: de, en\r\n"
			  "Content-Location: http://h/p\r\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\nContent-X: y\r\n"),
		     false, &e);
	ck_assert_str_eq(e.disposition, "attachment");
	ck_assert_str_eq(e.id, "<x@y>");
	ck_assert_str_eq(e.description, "two words");
	ck_assert_str_eq(e.language, "de, en");
	ck_assert_str_eq(e.location, "http://h/p");
	ck_assert_str_eq(e.md5, "Q2hlY2sgSW50ZWdyaXR5IQ==");
	ck_assert(entity_filename(&a, &e, &value));
	ck_assert_str_eq(value.text, "b.png");
	ck_assert(entity_is(&e, "IMAGE", NULL) && entity_is(&e, "image", "PNG") && !entity_is(&e, "image", "gif"));
	ck_assert_uint_eq(e.problems, ENTITY_NAMES_DIFFER);
	entity_parse(&a, SPAN("Content-Type: image/png; name=\"a.png\"\n"), false, &e);
	ck_assert(entity_filename(&a, &e, &value));
	ck_assert_str_eq(value.text, "a.png");
	ck_assert_ptr_null(e.disposition);
	ck_assert_uint_eq(e.problems, 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_boundary_lengths)
{
	char header[400] = "Content-Type: multipart/x; boundary=";
	size_t start = strlen(header);
	struct arena a = { 0 };
	struct entity e;

	memset(header + start, 'b', ENTITY_BOUNDARY_MAX + 1);
	entity_parse(&a, span_of(header, start + 70), false, &e);
	ck_assert(e.kind == ENTITY_MULTIPART && e.problems == 0);
	entity_parse(&a, span_of(header, start + ENTITY_BOUNDARY_MAX), false, &e);
	ck_assert(e.kind == ENTITY_MULTIPART && e.problems == ENTITY_BOUNDARY_LONG);
	entity_parse(&a, span_of(header, start + ENTITY_BOUNDARY_MAX + 1), false, &e);
	ck_assert(e.kind == ENTITY_LEAF && e.problems == (ENTITY_BOUNDARY_LONG | ENTITY_BOUNDARY_NONE));
	arena_clear(&a);
}
END_TEST

/* Every bit has a sentence. */
START_TEST(test_problems)
{
	for (unsigned bit = 1; bit <= ENTITY_NAMES_DIFFER; bit <<= 1)
		ck_assert_ptr_nonnull(entity_problem(bit));
	for (unsigned bit = MIME_HEADER_CUT; bit <= MIME_HEADER_LONG; bit <<= 1)
		ck_assert_ptr_nonnull(entity_problem(bit));
	ck_assert_ptr_null(entity_problem(1u << 31));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_fields);
	tcase_add_test(tc, test_boundary_lengths);
	tcase_add_test(tc, test_problems);
}

CHECK_MAIN(entity, add_tests)
