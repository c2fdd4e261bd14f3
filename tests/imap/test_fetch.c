/* SPDX-License-Identifier: ISC */
#include "imap/fetch.h"
#include "support/check_main.h"

enum { ROOM = 1 << 16 };

/* The items, "!" before those that set \Seen; u, f and m where UID, FLAGS and MODSEQ are told. NULL: it is wrong. */
static const struct {
	bool uid;
	const char *in, *want;
} rows[] = {
	{ false, "FLAGS", "f" },
	{ false, "flags", "f" },
	{ true, "FLAGS", "uf" },
	{ false, "(UID FLAGS UID)", "uf" },
	{ false, "ALL", "f INTERNALDATE RFC822.SIZE ENVELOPE" },
	{ false, "fast", "f INTERNALDATE RFC822.SIZE" },
	{ false, "FULL", "f INTERNALDATE RFC822.SIZE ENVELOPE BODY" },
	{ false, "(ALL)", NULL },
	{ false, "BODY", " BODY" },
	{ false, "BODYSTRUCTURE", " BODYSTRUCTURE" },
	{ false, "BODY[]", " !BODY[]" },
	{ false, "BODY.PEEK[]", " BODY[]" },
	{ false, "(BODY.PEEK[1.MIME]<1.2> BODY[TEXT])", " BODY[1.MIME]<1> !BODY[TEXT]" },
	{ false, "(BODY.PEEK[HEADER.FIELDS (From To)] FLAGS)", "f BODY[HEADER.FIELDS (From To)]" },
	{ false, "(RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)", " !RFC822 RFC822.HEADER !RFC822.TEXT RFC822.SIZE" },
	{ false, "(BINARY[1] BINARY.PEEK[1]<2.3> BINARY.SIZE[1] BINARY[])",
	  " !BINARY[1] BINARY[1]<2> BINARY.SIZE[1] "
	  "!BINARY[]" },
	{ false, "(PREVIEW SAVEDATE EMAILID THREADID)", " PREVIEW SAVEDATE EMAILID THREADID" },
	{ false, "(PREVIEW (LAZY) UID)", "u LAZY PREVIEW" },
	{ false, "PREVIEW (LAZY)", " LAZY PREVIEW" },
	{ false, "PREVIEW (CHANGEDSINCE 5)", "m PREVIEW since=5" },
	{ false, "PREVIEW (LAZY) (CHANGEDSINCE 5)", "m LAZY PREVIEW since=5" },
	{ false, "MODSEQ", "m" },
	{ false, "FLAGS (CHANGEDSINCE 0)", "fm since=0" },
	{ true, "FLAGS (CHANGEDSINCE 9223372036854775807 VANISHED)", "ufm since=9223372036854775807 vanished" },
	{ true, "FLAGS (VANISHED CHANGEDSINCE 1)", "ufm since=1 vanished" },
	{ true, "FLAGS (PARTIAL 1:30)", "uf 1..30" },
	{ true, "FLAGS (PARTIAL -30:-1 CHANGEDSINCE 2)", "ufm since=2 -1..30" },
	{ true, "FLAGS (PARTIAL 30:1)", "uf 1..30" },
	{ false, "FLAGS ", "f" },
	/* What is wrong. */
	{ false, "", NULL },
	{ false, "()", NULL },
	{ false, "(FLAGS", NULL },
	{ false, "(FLAGS UID ", NULL },
	{ false, "FLAGS UID", NULL },
	{ false, "FLAGSX", NULL },
	{ false, "BODY.PEEK", NULL },
	{ false, "BODYX[]", NULL },
	{ false, "BODY[", NULL },
	{ false, "RFC822.PEEK", NULL },
	{ false, "RFC822[]", NULL },
	{ false, "BINARY", NULL },
	{ false, "BINARY[HEADER]", NULL },
	{ false, "BINARY.SIZE[1]<0.1>", NULL },
	{ false, "(PREVIEW (FAST))", NULL },
	{ false, "FLAGS (VANISHED)", NULL },
	{ true, "FLAGS (VANISHED)", NULL },
	{ false, "FLAGS (PARTIAL 1:2)", NULL },
	{ true, "FLAGS (PARTIAL 1:-2)", NULL },
	{ true, "FLAGS (PARTIAL 0:2)", NULL },
	{ true, "FLAGS (PARTIAL 1)", NULL },
	{ true, "FLAGS ()", NULL },
	{ true, "FLAGS (CHANGEDSINCE)", NULL },
	{ true, "FLAGS (CHANGEDSINCE -1)", NULL },
	{ true, "FLAGS (CHANGEDSINCE 9223372036854775808)", NULL },
};

static void put(struct buf *out, const struct imap_fetch *f)
{
	buf_printf(out, "%s%s%s", f->has_uid ? "u" : "", f->has_flags ? "f" : "", f->has_modseq ? "m" : "");
	for (size_t i = 0; i < f->n; i++) {
		buf_printf(out, " %s%s%s", f->items[i].reads ? "!" : "", f->items[i].lazy ? "LAZY " : "",
			   f->items[i].name);
		if (f->items[i].shows_section)
			imap_section_put(out, &f->items[i].section);
	}
	if (f->has_since)
		buf_printf(out, " since=%ju", (uintmax_t)f->since);
	if (f->vanished)
		buf_put_str(out, " vanished");
	if (f->has_range)
		buf_printf(out, " %s%u..%u", f->from_end ? "-" : "", (unsigned)f->first, (unsigned)f->last);
}

START_TEST(test_rows)
{
	struct arena a = { 0 };
	struct imap_fetch f;
	struct imap_parse p;
	struct buf got;

	imap_parse_init(&p, &a, span_str(rows[_i].in), false);
	if (imap_fetch_parse(&p, rows[_i].uid, &f) < 0) {
		ck_assert_ptr_nonnull(p.wrong);
		ck_assert_ptr_null(rows[_i].want);
	} else {
		buf_init(&got, ROOM);
		put(&got, &f);
		ck_assert_str_eq(buf_str(&got), rows[_i].want ? rows[_i].want : "(wrong)");
		buf_clear(&got);
	}
	arena_clear(&a);
}
END_TEST

START_TEST(test_many)
{
	struct arena a = { 0 };
	struct imap_fetch f;
	struct imap_parse p;
	struct buf text;

	buf_init(&text, ROOM);
	buf_put_char(&text, '(');
	for (int i = 0; i < IMAP_FETCH_ITEMS_MAX + _i; i++)
		buf_put_str(&text, i ? " ENVELOPE" : "ENVELOPE");
	buf_put_char(&text, ')');
	imap_parse_init(&p, &a, buf_span(&text), false);
	ck_assert_int_eq(imap_fetch_parse(&p, false, &f), -_i);
	if (_i == 0)
		ck_assert_uint_eq(f.n, IMAP_FETCH_ITEMS_MAX);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_many, 0, 2);
}

CHECK_MAIN(fetch, add_tests)
