/* SPDX-License-Identifier: ISC */
#include "imap/section.h"
#include "support/check_main.h"

enum { ROOM = 1 << 16 };

static const char message[] =
	"From: a@b\nSubject: s\nX: 1\nthis is no field\nx : 2\n\tfolded\nContent-Type: multipart/mixed; boundary=b\n\n"
	"pre\n"
	"--b\nX: p\n\none\nline two\n"
	"--b\nContent-Type: message/rfc822\n\n"
	"From: c@d\nX: 3\nContent-Type: multipart/alternative; boundary=c\n\n"
	"--c\n\nalt one\n--c\nContent-Type: text/html\n\n<b>\n--c--\n"
	"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner text\n"
	"--b--\nepilogue\n";

/* What is asked for, as it is named in the answer, and the file's octets; NULL: there is no such part. */
static const struct {
	const char *in, *put, *octets;
} rows[] = {
	{ "[HEADER]", "[HEADER]",
	  "From: a@b\nSubject: s\nX: 1\nthis is no field\nx : 2\n\tfolded\nContent-Type: multipart/mixed; "
	  "boundary=b\n\n" },
	{ "[1]", "[1]", "one\nline two" },
	{ "[1.MIME]", "[1.MIME]", "X: p\n\n" },
	{ "[1.mime]<3.9>", "[1.MIME]<3>", "X: p\n\n" },
	{ "[1.HEADER]", "[1.HEADER]", NULL },
	{ "[1.TEXT]", "[1.TEXT]", NULL },
	{ "[1.1]", "[1.1]", NULL },
	{ "[4]", "[4]", NULL },
	{ "[99999999999999999999]", "[99999999999999999999]", NULL },
	{ "[2.HEADER]", "[2.HEADER]", "From: c@d\nX: 3\nContent-Type: multipart/alternative; boundary=c\n\n" },
	{ "[2.MIME]", "[2.MIME]", "Content-Type: message/rfc822\n\n" },
	{ "[2.TEXT]", "[2.TEXT]", "--c\n\nalt one\n--c\nContent-Type: text/html\n\n<b>\n--c--" },
	{ "[2.1]", "[2.1]", "alt one" },
	{ "[2.2]", "[2.2]", "<b>" },
	{ "[2.2.MIME]", "[2.2.MIME]", "Content-Type: text/html\n\n" },
	{ "[3]", "[3]", "Subject: inner\n\ninner text" },
	{ "[3.1]", "[3.1]", "inner text" },
	{ "[3.1.MIME]", "[3.1.MIME]", "Subject: inner\n\n" },
	{ "[3.TEXT]", "[3.TEXT]", "inner text" },
	{ "[3.HEADER.FIELDS.NOT (a)]", "[3.HEADER.FIELDS.NOT (a)]", "Subject: inner\n\n" },
};

static int parse(struct arena *a, const char *text, struct imap_section *s)
{
	struct imap_parse p;

	imap_parse_init(&p, a, span_str(text), false);
	if (imap_section_parse(&p, s) < 0) {
		ck_assert_ptr_nonnull(p.wrong);
		return -1;
	}
	return imap_parse_is_end(&p) ? 0 : -1;
}

START_TEST(test_find)
{
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, SPAN(message));
	struct mime_place from, to;
	struct imap_section s;
	struct buf put;

	ck_assert_int_eq(parse(&a, rows[_i].in, &s), 0);
	buf_init(&put, ROOM);
	imap_section_put(&put, &s);
	ck_assert_str_eq(buf_str(&put), rows[_i].put);
	buf_clear(&put);
	ck_assert(imap_section_find(&s, root, &from, &to) == (rows[_i].octets != NULL));
	if (rows[_i].octets)
		ck_assert_str_eq(arena_span(&a, span_of(message + from.at, (size_t)mime_octets(from, to))),
				 rows[_i].octets);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *in, *put, *fields;
} fields[] = {
	{ "[HEADER.FIELDS (x)]", "[HEADER.FIELDS (x)]", "X: 1\r\nx : 2\r\n\tfolded\r\n\r\n" },
	{ "[HEADER.FIELDS (Subject \"FROM\")]<0.5>", "[HEADER.FIELDS (Subject FROM)]<0>",
	  "From: a@b\r\nSubject: s\r\n\r\n" },
	{ "[HEADER.FIELDS (nothing {3}\r\na b \"\")]", "[HEADER.FIELDS (nothing \"a b\" \"\")]", "\r\n" },
	{ "[HEADER.FIELDS.NOT (X content-type)]", "[HEADER.FIELDS.NOT (X content-type)]",
	  "From: a@b\r\nSubject: s\r\nthis is no field\r\n\r\n" },
	{ "[2.HEADER.FIELDS (X)]", "[2.HEADER.FIELDS (X)]", "X: 3\r\n\r\n" },
};

START_TEST(test_fields)
{
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, SPAN(message));
	struct mime_place from, to;
	struct imap_section s;
	struct buf out;

	ck_assert_int_eq(parse(&a, fields[_i].in, &s), 0);
	buf_init(&out, ROOM);
	imap_section_put(&out, &s);
	ck_assert_str_eq(buf_str(&out), fields[_i].put);
	buf_reset(&out);
	ck_assert(imap_section_find(&s, root, &from, &to));
	imap_section_put_fields(&out, &s, span_of(message + from.at, (size_t)mime_octets(from, to)));
	ck_assert_str_eq(buf_str(&out), fields[_i].fields);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* A header that ends without a line end, and CR LF lines. */
START_TEST(test_ends)
{
	struct arena a = { 0 };
	struct imap_section s;
	struct buf out;

	ck_assert_int_eq(parse(&a, "[HEADER.FIELDS (a)]", &s), 0);
	buf_init(&out, ROOM);
	imap_section_put_fields(&out, &s, SPAN("b: 1\r\na: 2\r\n 3\nA: 4\0"));
	ck_assert_str_eq(buf_str(&out), "a: 2\r\n 3\r\nA: 4\x80\r\n\r\n");
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const char *const wrong[] = {
	"",
	"[",
	"[]x",
	"[1.]",
	"[.1]",
	"[0]",
	"[01]",
	"[1.0]",
	"[1..2]",
	"[MIME]",
	"[1.2.FOO]",
	"[HEADER.FIELDS]",
	"[HEADER.FIELDS ()]",
	"[HEADER.FIELDS (a]",
	"[HEADER.FIELDS (a)",
	"[HEADER.FIELDS (a(]",
	"[TEXT]<",
	"[TEXT]<1>",
	"[TEXT]<1.>",
	"[TEXT]<.1>",
	"[TEXT]<1.2",
	"[TEXT]<99999999999999999999.1>",
	"[TEXT1]",
	"[HEADER ]",
	"[ ]",
	"[-1]",
};

START_TEST(test_wrong)
{
	struct arena a = { 0 };
	struct imap_section s;

	ck_assert_int_eq(parse(&a, wrong[_i], &s), -1);
	arena_clear(&a);
}
END_TEST

START_TEST(test_limits)
{
	struct arena a = { 0 };
	struct imap_section s;
	struct buf text;

	buf_init(&text, ROOM);
	buf_put_str(&text, "[HEADER.FIELDS (a");
	for (int i = 1; i < IMAP_SECTION_NAMES_MAX; i++)
		buf_put_str(&text, " a");
	ck_assert_int_eq(parse(&a, arena_printf(&a, "%s)]", buf_str(&text)), &s), 0);
	ck_assert_int_eq(parse(&a, arena_printf(&a, "%s a)]", buf_str(&text)), &s), -1);
	buf_reset(&text);
	buf_put_str(&text, "[1");
	while (text.n <= IMAP_SECTION_PART_MAX)
		buf_put_str(&text, ".1");
	ck_assert_int_eq(parse(&a, arena_printf(&a, "%s.1]", buf_str(&text)), &s), -1);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *in, *put;
	bool partial;
} binary[] = {
	{ "[]", "[]", true },	  { "[1.2]", "[1.2]", true },  { "[1.2]<5.6>", "[1.2]<5>", true },
	{ "[1]", "[1]", false },  { "[1]<5.6>", NULL, false }, { "[1.TEXT]", NULL, true },
	{ "[TEXT]", NULL, true }, { "[1.]", NULL, true },
};

START_TEST(test_binary)
{
	struct arena a = { 0 };
	struct imap_section s;
	struct imap_parse p;
	struct buf put;
	bool is_right;

	imap_parse_init(&p, &a, span_str(binary[_i].in), false);
	is_right = imap_section_parse_binary(&p, binary[_i].partial, &s) == 0 && imap_parse_is_end(&p);
	ck_assert(is_right == (binary[_i].put != NULL));
	if (is_right) {
		buf_init(&put, ROOM);
		imap_section_put(&put, &s);
		ck_assert_str_eq(buf_str(&put), binary[_i].put);
		buf_clear(&put);
	}
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_fields, 0, COUNT(fields));
	tcase_add_test(tc, test_ends);
	tcase_add_loop_test(tc, test_wrong, 0, COUNT(wrong));
	tcase_add_test(tc, test_limits);
	tcase_add_loop_test(tc, test_binary, 0, COUNT(binary));
}

CHECK_MAIN(section, add_tests)
