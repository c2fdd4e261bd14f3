/* SPDX-License-Identifier: ISC */
#include "imap/parse.h"
#include "support/check_main.h"

static struct arena arena;
static struct imap_parse p;

static void begin(struct span text, bool utf8)
{
	imap_parse_init(&p, &arena, text, utf8);
}

static size_t left(void)
{
	return (size_t)(p.end - p.p);
}

/* ---- strings ---- */

enum form { ATOM, STRING, NSTRING, ASTRING, LITERAL8, NSTRING8, FORMS };

static int (*const forms[])(struct imap_parse *, struct span *) = {
	imap_parse_atom,    imap_parse_string,	 imap_parse_nstring,
	imap_parse_astring, imap_parse_literal8, imap_parse_nstring8,
};

#define WRONG                                                                                                          \
	{                                                                                                              \
		NULL, 99                                                                                               \
	}
#define NIL                                                                                                            \
	{                                                                                                              \
		NULL, 0                                                                                                \
	}
#define NOT(form)  (1u << (form))
#define ANY_STRING NOT(ATOM)

static const struct {
	struct span text;
	struct span want; /* of those that take it */
	unsigned wrong;	  /* the forms that do not */
	unsigned left;
	bool utf8;
} strings[] = {
	{ SPAN_INIT("abc"), SPAN_INIT("abc"), NOT(STRING) | NOT(NSTRING) | NOT(LITERAL8) | NOT(NSTRING8), 0, 0 },
	{ SPAN_INIT("abc def"), SPAN_INIT("abc"), NOT(STRING) | NOT(NSTRING) | NOT(LITERAL8) | NOT(NSTRING8), 4, 0 },
	{ SPAN_INIT("]b"), SPAN_INIT("]b"), NOT(ATOM) | NOT(STRING) | NOT(NSTRING) | NOT(LITERAL8) | NOT(NSTRING8), 0,
	  0 },
	{ SPAN_INIT("\"a b\" c"), SPAN_INIT("a b"), NOT(ATOM), 2, 0 },
	{ SPAN_INIT("\"\""), SPAN_INIT(""), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("\"a\\\"b\\\\\""), SPAN_INIT("a\"b\\"), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("\"\xc3\xa4\""), SPAN_INIT("\xc3\xa4"), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("\"\xc3\xa4\""), SPAN_INIT("\xc3\xa4"), NOT(ATOM), 0, 1 },
	{ SPAN_INIT("\"\xc3\""), SPAN_INIT("\xc3"), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("\"\xc3\""), WRONG, ~0u, 3, 1 },
	{ SPAN_INIT("\"a\\b\""), WRONG, ~0u, 5, 0 },
	{ SPAN_INIT("\"a"), WRONG, ~0u, 2, 0 },
	{ SPAN_INIT("\"a\\"), WRONG, ~0u, 3, 0 },
	{ SPAN_INIT("\""), WRONG, ~0u, 1, 0 },
	{ SPAN_INIT("\"a\rb\""), WRONG, ~0u, 5, 0 },
	{ SPAN_INIT("\"a\0b\""), WRONG, ~0u, 5, 0 },
	{ SPAN_INIT("{3}\r\nabc d"), SPAN_INIT("abc"), NOT(ATOM), 2, 0 },
	{ SPAN_INIT("{3+}\r\nabc"), SPAN_INIT("abc"), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("{3}\nabc"), SPAN_INIT("abc"), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("{0}\r\n"), SPAN_INIT(""), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("{4}\r\na\r\nb"), SPAN_INIT("a\r\nb"), NOT(ATOM), 0, 0 },
	{ SPAN_INIT("{3}\r\na\0b"), WRONG, ~0u, 8, 0 },
	{ SPAN_INIT("{4}\r\nabc"), WRONG, ~0u, 8, 0 },
	{ SPAN_INIT("{}\r\n"), WRONG, ~0u, 4, 0 },
	{ SPAN_INIT("{-1}\r\n"), WRONG, ~0u, 6, 0 },
	{ SPAN_INIT("{3"), WRONG, ~0u, 2, 0 },
	{ SPAN_INIT("{99999999999999999999}\r\n"), WRONG, ~0u, 24, 0 },
	{ SPAN_INIT("~{3}\r\na\0b"), SPAN_INIT("a\0b"), NOT(ATOM) | NOT(STRING) | NOT(NSTRING) | NOT(ASTRING), 0, 0 },
	{ SPAN_INIT(""), WRONG, ~0u, 0, 0 },
	{ SPAN_INIT("("), WRONG, ~0u, 1, 0 },
	{ SPAN_INIT(" a"), WRONG, ~0u, 2, 0 },
	{ SPAN_INIT("\xc3\xa4"), WRONG, ~0u, 2, 0 },
	{ SPAN_INIT("nil)"), NIL, NOT(ATOM) | NOT(STRING) | NOT(ASTRING) | NOT(LITERAL8), 1, 0 },
};

/* "~" is an atom character, so that "~{3}" begins with an atom for those that take one. */
static bool is_tilde(int row, enum form form)
{
	return strings[row].text.n && strings[row].text.p[0] == '~' && (form == ATOM || form == ASTRING);
}

static bool is_nil_word(int row, enum form form)
{
	return strings[row].text.n && strings[row].text.p[0] == 'n' && (form == ATOM || form == ASTRING);
}

START_TEST(test_strings)
{
	for (enum form form = 0; form < FORMS; form++) {
		bool wrong = strings[_i].wrong & NOT(form);
		struct span got = { 0 };
		int rc;

		if (is_tilde(_i, form) || is_nil_word(_i, form))
			continue;
		begin(strings[_i].text, strings[_i].utf8);
		rc = forms[form](&p, &got);
		ck_assert_msg(rc == (wrong ? -1 : 0), "row %d form %d gives %d", _i, (int)form, rc);
		ck_assert((p.wrong != NULL) == wrong);
		ck_assert_uint_eq(left(), wrong ? strings[_i].text.n : strings[_i].left);
		if (!wrong) {
			ck_assert(span_is(got, strings[_i].want));
			ck_assert((got.p == NULL) == (strings[_i].want.p == NULL));
		}
	}
	arena_clear(&arena);
}
END_TEST

/* ---- marks ---- */

START_TEST(test_marks)
{
	begin(SPAN("  (body[a] NOT x) "), false);
	ck_assert(imap_parse_is(&p, ' '));
	ck_assert_int_eq(imap_parse_sp(&p), 0);
	ck_assert_int_eq(imap_parse_close(&p), -1);
	ck_assert_int_eq(imap_parse_open(&p), 0);
	ck_assert(!imap_parse_is_word(&p, "BOD"));
	ck_assert(imap_parse_is_word(&p, "BODY"));
	ck_assert(!imap_parse_take_word(&p, "BODY.PEEK"));
	ck_assert(imap_parse_take_word(&p, "BODY"));
	ck_assert(imap_parse_take(&p, '['));
	ck_assert(!imap_parse_take(&p, '['));
	ck_assert(imap_parse_take_word(&p, "A"));
	ck_assert_int_eq(imap_parse_char(&p, ']'), 0);
	ck_assert_int_eq(imap_parse_end(&p), -1);
	ck_assert_int_eq(imap_parse_sp(&p), 0);
	ck_assert(imap_parse_take_word(&p, "not"));
	ck_assert_int_eq(imap_parse_sp(&p), 0);
	ck_assert(imap_parse_take_word(&p, "X"));
	ck_assert_int_eq(imap_parse_sp(&p), -1);
	ck_assert_int_eq(imap_parse_close(&p), 0);
	ck_assert(imap_parse_is_end(&p));
	ck_assert_int_eq(imap_parse_end(&p), 0);
	ck_assert_int_eq(imap_parse_sp(&p), -1);
	ck_assert_str_eq(p.wrong, "An argument is missing");
}
END_TEST

START_TEST(test_announced)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{ "{3}\r\n", true },   { "{3+}\r\n", true }, { "~{3}\r\n", true }, { "{3}", true },
		{ "{3}\r\na", false }, { "{}\r\n", false },  { "", false },	   { "a {3}\r\n", false },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		begin(span_str(rows[i].text), false);
		ck_assert_int_eq(imap_parse_is_announced(&p), rows[i].want);
		ck_assert_uint_eq(left(), strlen(rows[i].text));
	}
}
END_TEST

/* ---- numbers, sets ---- */

START_TEST(test_numbers)
{
	uint32_t n;
	uint64_t wide;

	begin(SPAN("0 1 4294967295 4294967296 9223372036854775807 9223372036854775808 x 12a"), false);
	ck_assert_int_eq(imap_parse_nz_number(&p, &n), -1);
	ck_assert_int_eq(imap_parse_number(&p, &n), 0);
	ck_assert_uint_eq(n, 0);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_nz_number(&p, &n), 0);
	ck_assert_uint_eq(n, 1);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_number(&p, &n), 0);
	ck_assert_uint_eq(n, UINT32_MAX);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_number(&p, &n), -1);
	ck_assert_int_eq(imap_parse_number64(&p, &wide), 0);
	ck_assert_uint_eq(wide, UINT64_C(4294967296));
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_number64(&p, &wide), 0);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_number64(&p, &wide), -1);
	ck_assert_str_eq(p.wrong, "A number is too large");
	p.p += 20;
	ck_assert_int_eq(imap_parse_number(&p, &n), -1);
	p.p += 2;
	ck_assert_int_eq(imap_parse_number(&p, &n), 0);
	ck_assert(imap_parse_is(&p, 'a'));
}
END_TEST

START_TEST(test_seqset)
{
	struct seqset s;

	begin(SPAN("1:*,7 $ (5)"), false);
	ck_assert_int_eq(imap_parse_seqset(&p, &s), 0);
	ck_assert_uint_eq(s.n, 2);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_seqset(&p, &s), 0);
	ck_assert(s.is_saved);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_seqset(&p, &s), -1);
	imap_parse_open(&p);
	ck_assert_int_eq(imap_parse_seqset(&p, &s), 0);
	ck_assert_int_eq(imap_parse_close(&p), 0);
	arena_clear(&arena);
}
END_TEST

/* ---- mailboxes ---- */

static const struct {
	struct span text;
	const char *want; /* NULL: wrong */
	bool utf8, cannot;
} mailboxes[] = {
	{ SPAN_INIT("inbox"), "INBOX", false, false },
	{ SPAN_INIT("\"InBox/a\""), "INBOX/a", false, false },
	{ SPAN_INIT("inboxes"), "inboxes", false, false },
	{ SPAN_INIT("a/b"), "a/b", false, false },
	{ SPAN_INIT("Entw&APw-rfe"), "Entw\xc3\xbcrfe", false, false },
	{ SPAN_INIT("Entw&APw-rfe"), "Entw&APw-rfe", true, false },
	{ SPAN_INIT("\"Entw\xc3\xbcrfe\""), "Entw\xc3\xbcrfe", true, false },
	{ SPAN_INIT("INBOX.Sent.2026"), "Sent/2026", false, false },
	{ SPAN_INIT("inbox.inbox"), "inbox", false, false },
	{ SPAN_INIT("a.b"), "a.b", false, false },
	{ SPAN_INIT("{4}\r\na b "), "a b ", false, false },
	{ SPAN_INIT("a&-b"), "a&b", false, false },
	{ SPAN_INIT("\"Entw\xc3\xbcrfe\""), NULL, false, true },
	{ SPAN_INIT("{1}\r\n\xff"), NULL, true, true },
	{ SPAN_INIT("\"\""), NULL, false, true },
	{ SPAN_INIT("a//b"), NULL, false, true },
	{ SPAN_INIT("/a"), NULL, false, true },
	{ SPAN_INIT("INBOX."), NULL, false, true },
	{ SPAN_INIT("INBOX.a..b"), NULL, false, true },
	{ SPAN_INIT("&AC4ALg-/x"), NULL, false, true },
	{ SPAN_INIT("&AC8-"), NULL, false, true },
	{ SPAN_INIT("&AAA-"), NULL, false, true },
	{ SPAN_INIT("&AA0ACg-"), NULL, false, true },
	{ SPAN_INIT("&AG0-"), NULL, false, true },
	{ SPAN_INIT("&"), NULL, false, true },
	{ SPAN_INIT("&2AA-"), NULL, false, true },
	{ SPAN_INIT("{3}\r\na\nb"), NULL, false, true },
	{ SPAN_INIT("{3}\r\na\0b"), NULL, false, false },
	{ SPAN_INIT("("), NULL, false, false },
	{ SPAN_INIT("a%"), "a", false, false },
};

START_TEST(test_mailboxes)
{
	const char *got = NULL;
	int rc;

	begin(mailboxes[_i].text, mailboxes[_i].utf8);
	rc = imap_parse_mailbox(&p, &got);
	ck_assert_int_eq(rc, mailboxes[_i].want ? 0 : -1);
	if (rc == 0)
		ck_assert_str_eq(got, mailboxes[_i].want);
	else
		ck_assert(p.wrong && p.cannot == mailboxes[_i].cannot);
	arena_clear(&arena);
}
END_TEST

START_TEST(test_long_mailbox)
{
	struct buf text;
	const char *got;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 20000; i++)
		buf_put_char(&text, i % 3 == 2 ? '/' : 'a');
	buf_put_char(&text, 'a');
	begin(buf_span(&text), false);
	ck_assert_int_eq(imap_parse_mailbox(&p, &got), -1);
	ck_assert(p.cannot);
	begin(buf_span(&text), true);
	ck_assert_int_eq(imap_parse_mailbox(&p, &got), -1);
	buf_clear(&text);
	arena_clear(&arena);
}
END_TEST

START_TEST(test_list_mailbox)
{
	static const struct {
		struct span text;
		const char *want;
	} rows[] = {
		{ SPAN_INIT("*"), "*" },	 { SPAN_INIT("%/%"), "%/%" },
		{ SPAN_INIT("\"\""), "" },	 { SPAN_INIT("&APw-*"), "\xc3\xbc*" },
		{ SPAN_INIT("&APw*"), "&APw*" }, { SPAN_INIT("\"a b*\""), "a b*" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		const char *got;

		begin(rows[i].text, false);
		ck_assert_int_eq(imap_parse_list_mailbox(&p, &got), 0);
		ck_assert_str_eq(got, rows[i].want);
		ck_assert_int_eq(imap_parse_end(&p), 0);
	}
	begin(SPAN("(x)"), false);
	ck_assert_int_eq(imap_parse_list_mailbox(&p, &(const char *){ NULL }), -1);
	arena_clear(&arena);
}
END_TEST

/* ---- flags and dates ---- */

static const struct {
	const char *text;
	uint32_t bits;
	const char *keywords; /* NULL: wrong */
	size_t left;
} flags[] = {
	{ "()", 0, "", 0 },
	{ "(\\Seen)", MSGNAME_SEEN, "", 0 },
	{ "(\\seen \\DELETED)", MSGNAME_SEEN | MSGNAME_DELETED, "", 0 },
	{ "\\Answered \\Flagged \\Draft", MSGNAME_ANSWERED | MSGNAME_FLAGGED | MSGNAME_DRAFT, "", 0 },
	{ "(\\Recent)", 0, "", 0 },
	{ "($Junk a) x", 0, " $Junk a", 2 },
	{ "$Junk", 0, " $Junk", 0 },
	{ "(a A b)", 0, " a b", 0 },
	{ "", 0, NULL, 0 },
	{ "(\\Foo)", 0, NULL, 0 },
	{ "(\\)", 0, NULL, 0 },
	{ "(\\*)", 0, NULL, 0 },
	{ "(a", 0, NULL, 0 },
	{ "(a]b)", 0, NULL, 0 },
	{ "(\"a\")", 0, NULL, 0 },
	{ "((a))", 0, NULL, 0 },
};

START_TEST(test_flags)
{
	struct imap_flags got;
	struct buf names;
	int rc;

	begin(span_str(flags[_i].text), false);
	rc = imap_parse_flags(&p, &got);
	ck_assert_int_eq(rc, flags[_i].keywords ? 0 : -1);
	if (rc == 0) {
		buf_init(&names, 1000);
		for (size_t i = 0; i < got.n; i++)
			buf_printf(&names, " %.*s", SPAN_ARG(got.keywords[i]));
		ck_assert_uint_eq(got.bits, flags[_i].bits);
		ck_assert_str_eq(buf_str(&names), flags[_i].keywords);
		ck_assert_uint_eq(left(), flags[_i].left);
		buf_clear(&names);
	}
	arena_clear(&arena);
}
END_TEST

/* A million flags, and a keyword that is longer than one may be. */
START_TEST(test_many_flags)
{
	struct imap_flags got;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_put_char(&text, '(');
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "k%d ", i);
	buf_put_str(&text, "k)");
	begin(buf_span(&text), false);
	ck_assert_int_eq(imap_parse_flags(&p, &got), -1);
	ck_assert(p.cannot);
	buf_reset(&text);
	for (int i = 0; i < 300; i++)
		buf_put_char(&text, 'k');
	begin(buf_span(&text), false);
	ck_assert_int_eq(imap_parse_flags(&p, &got), -1);
	ck_assert(p.cannot);
	buf_clear(&text);
	arena_clear(&arena);
}
END_TEST

START_TEST(test_dates)
{
	struct date when;
	int64_t days;

	begin(SPAN("1-Feb-1994 \"1-Jan-1970\" 30-Feb-2000"), false);
	ck_assert_int_eq(imap_parse_date(&p, &days), 0);
	ck_assert_int_eq(days, 8797);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_date(&p, &days), 0);
	ck_assert_int_eq(days, 0);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_date(&p, &days), -1);
	begin(SPAN("\"17-Jul-1996 02:44:25 -0700\" {5}"), false);
	ck_assert_int_eq(imap_parse_date_time(&p, &when), 0);
	ck_assert_int_eq(when.when, 837596665);
	ck_assert_int_eq(when.zone, -420);
	imap_parse_sp(&p);
	ck_assert_int_eq(imap_parse_date_time(&p, &when), -1);
	begin(SPAN("\"99-Zzz-9999\""), false);
	ck_assert_int_eq(imap_parse_date_time(&p, &when), -1);
	arena_clear(&arena);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_strings, 0, COUNT(strings));
	tcase_add_test(tc, test_marks);
	tcase_add_test(tc, test_announced);
	tcase_add_test(tc, test_numbers);
	tcase_add_test(tc, test_seqset);
	tcase_add_loop_test(tc, test_mailboxes, 0, COUNT(mailboxes));
	tcase_add_test(tc, test_long_mailbox);
	tcase_add_test(tc, test_list_mailbox);
	tcase_add_loop_test(tc, test_flags, 0, COUNT(flags));
	tcase_add_test(tc, test_many_flags);
	tcase_add_test(tc, test_dates);
}

CHECK_MAIN(parse, add_tests)
