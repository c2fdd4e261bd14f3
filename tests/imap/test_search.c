/* SPDX-License-Identifier: ISC */
#include "imap/search.h"

#include "support/check_main.h"

/* A program in words: "and(set:N not:flags:S1/C0/R0 or(...))". */
static void put_key(struct buf *out, const struct search *s, size_t i)
{
	const struct search_key *k = &s->v[i];

	if (k->negate)
		buf_put_str(out, "not:");
	switch (k->kind) {
	case SEARCH_AND:
	case SEARCH_OR:
		buf_put_str(out, k->kind == SEARCH_AND ? "and(" : "or(");
		for (size_t n = 0, c = i + 1; c < s->n; c++)
			if (s->v[c].parent == i) {
				buf_put_str(out, n++ ? " " : "");
				put_key(out, s, c);
			}
		buf_put_str(out, ")");
		break;
	case SEARCH_FLAGS:
		buf_printf(out, "flags:%x/%x/%d", k->flags.set / (MSGNAME_SEEN / 8),
			   k->flags.clear / (MSGNAME_SEEN / 8), k->flags.recent);
		break;
	case SEARCH_KEYWORD:
		buf_printf(out, "keyword:%.*s", SPAN_ARG(k->keyword));
		break;
	case SEARCH_EMAILID:
	case SEARCH_THREADID:
		buf_printf(out, "id:%.*s", SPAN_ARG(k->id));
		break;
	case SEARCH_NUMBERS:
	case SEARCH_UIDS:
		buf_put_str(out, k->kind == SEARCH_UIDS ? "uid:" : "set:");
		buf_put_str(out, k->set.is_saved ? "$" : "");
		for (size_t r = 0; r < k->set.n; r++)
			buf_printf(out, "%s%u-%u", r ? "," : "", k->set.v[r].first, k->set.v[r].last);
		break;
	case SEARCH_MODSEQ:
		buf_printf(out, "modseq:%ju", (uintmax_t)k->modseq);
		break;
	case SEARCH_SIZE:
		buf_printf(out, "size:%ju-", (uintmax_t)k->size.least);
		if (k->size.most != UINT64_MAX)
			buf_printf(out, "%ju", (uintmax_t)k->size.most);
		break;
	case SEARCH_ARRIVED:
	case SEARCH_SAVED:
	case SEARCH_SENT:
		buf_put_str(out, k->kind == SEARCH_SENT ? "sent:" : k->kind == SEARCH_SAVED ? "saved:" : "arrived:");
		if (k->days.first != INT64_MIN)
			buf_printf(out, "%jd", (intmax_t)k->days.first);
		buf_put_char(out, '-');
		if (k->days.end != INT64_MAX)
			buf_printf(out, "%jd", (intmax_t)k->days.end);
		break;
	case SEARCH_AGE:
		buf_printf(out, "%s:%u", k->age.older ? "older" : "younger", k->age.seconds);
		break;
	case SEARCH_FIELD:
		buf_printf(out, "field%d:%.*s", (int)k->text.field, SPAN_ARG(k->text.needle.text));
		break;
	case SEARCH_KEPT:
	case SEARCH_HEADER:
		buf_printf(out, "%s:%.*s:%.*s", k->kind == SEARCH_KEPT ? "kept" : "header", SPAN_ARG(k->text.name),
			   SPAN_ARG(k->text.needle.text));
		break;
	case SEARCH_BODY:
	case SEARCH_TEXT:
		buf_printf(out, "%s%zu:%.*s", k->kind == SEARCH_BODY ? "body" : "text", k->text.index,
			   SPAN_ARG(k->text.needle.text));
		break;
	}
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "ALL", "and(flags:0/0/0)" },
	{ "all", "and(flags:0/0/0)" },
	{ "SEEN", "and(flags:8/0/0)" },
	{ "UNSEEN", "and(flags:0/8/0)" },
	{ "NEW OLD RECENT", "and(flags:0/8/1 flags:0/0/-1 flags:0/0/1)" },
	{ "1,5:7,9:*", "and(set:1-1,5-7,9-0)" },
	{ "*", "and(set:0-0)" },
	{ "$", "and(set:$)" },
	{ "UID 5:10 UID $", "and(uid:5-10 uid:$)" },
	{ "KEYWORD $Junk UNKEYWORD x", "and(keyword:$Junk not:keyword:x)" },
	{ "NOT UNKEYWORD x", "and(keyword:x)" },
	{ "NOT NOT NOT SEEN NOT NOT 1", "and(not:flags:8/0/0 set:1-1)" },
	{ "OR SEEN 1", "and(or(flags:8/0/0 set:1-1))" },
	{ "OR OR 1 2 NOT OR 3 4 5", "and(or(or(set:1-1 set:2-2) not:or(set:3-3 set:4-4)) set:5-5)" },
	{ "(1 2) NOT (3 (4))", "and(and(set:1-1 set:2-2) not:and(set:3-3 and(set:4-4)))" },
	{ "OR (1 2) (OR 3 4)", "and(or(and(set:1-1 set:2-2) and(or(set:3-3 set:4-4))))" },
	{ "LARGER 100 SMALLER 100", "and(size:101- size:0-99)" },
	{ "SMALLER 0", "and(size:1-0)" },
	{ "BEFORE 2-Jan-1970 ON \"3-Jan-1970\" SINCE 11-Jan-1970", "and(arrived:-1 arrived:2-3 arrived:10-)" },
	{ "SENTBEFORE 2-Jan-1970 SENTON 2-Jan-1970 SENTSINCE 2-Jan-1970", "and(sent:-1 sent:1-2 sent:1-)" },
	{ "SAVEDBEFORE 2-Jan-1970 SAVEDON 2-Jan-1970 SAVEDSINCE 2-Jan-1970 SAVEDATESUPPORTED",
	  "and(saved:-1 saved:1-2 saved:1- flags:0/0/0)" },
	{ "OLDER 3600 YOUNGER 60", "and(older:3600 younger:60)" },
	{ "MODSEQ 7", "and(modseq:7)" },
	{ "MODSEQ \"/flags/\\\\draft\" all 620162338", "and(modseq:620162338)" },
	{ "EMAILID M1 THREADID \"T1\"", "and(id:M1 id:T1)" },
	{ "FROM a TO b CC c BCC d SUBJECT e", "and(field2:A field3:B field4:C field5:D field1:E)" },
	{ "HEADER subject \"x y\" HEADER List-Id l HEADER X-Foo \"\"", "and(field1:X Y kept:List-Id:L header:X-Foo:)" },
	{ "BODY a TEXT b BODY c", "and(body0:A text0:B body1:C)" },
	{ "TEXT {3}\r\na b SEEN", "and(text0:A B flags:8/0/0)" },
	{ "CHARSET UTF-8 TEXT {2}\r\n\xc3\xbc", "and(text0:U\xcc\x88)" },
	{ "CHARSET ISO-8859-1 TEXT {1}\r\n\xfc", "and(text0:U\xcc\x88)" },
	{ "CHARSET us-ascii TEXT a", "and(text0:A)" },
};

static int parse(struct arena *a, const char *text, unsigned how, struct imap_parse *p, struct search *out)
{
	imap_parse_init(p, a, span_str(text), false);
	return search_parse(p, how, SPAN("x-unknown"), out);
}

START_TEST(test_parse)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search s;
	struct buf out;

	buf_init(&out, 10000);
	ck_assert_msg(parse(&a, rows[_i].text, 0, &p, &s) == 0, "%s", p.wrong);
	put_key(&out, &s, 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *text;
	int want;
	unsigned how;
} bad[] = {
	{ "", -1, 0 },
	{ "FOO", -1, 0 },
	{ "SEEN ", 0, 0 },
	{ "SEENX", -1, 0 },
	{ "()", -1, 0 },
	{ "(SEEN", -1, 0 },
	{ "SEEN)", -1, 0 },
	{ "(SEEN))", -1, 0 },
	{ "( SEEN)", -1, 0 },
	{ "OR SEEN", -1, 0 },
	{ "OR (SEEN ALL)", -1, 0 },
	{ "NOT", -1, 0 },
	{ "NOT ", -1, 0 },
	{ "SEEN,ALL", -1, 0 },
	{ "0", -1, 0 },
	{ "1:", -1, 0 },
	{ "1,,2", -1, 0 },
	{ "4294967296", -1, 0 },
	{ "UID", -1, 0 },
	{ "UID x", -1, 0 },
	{ "KEYWORD", -1, 0 },
	{ "KEYWORD (x)", -1, 0 },
	{ "KEYWORD {3}\r\na b", -1, 0 },
	{ "LARGER x", -1, 0 },
	{ "LARGER -1", -1, 0 },
	{ "OLDER 0", -1, 0 },
	{ "BEFORE yesterday", -1, 0 },
	{ "ON 30-Feb-2020", -1, 0 },
	{ "MODSEQ \"/flags/x\" some 1", -1, 0 },
	{ "TEXT", -1, 0 },
	{ "HEADER Subject", -1, 0 },
	{ "CHARSET", -1, 0 },
	{ "CHARSET UTF-8", -1, 0 },
	{ "CHARSET X-NOBODY TEXT x", 1, 0 },
	{ "CHARSET UTF-8 SEEN", -1, SEARCH_NO_CHARSET },
	{ "SEEN", 1, SEARCH_HAS_CHARSET },
};

START_TEST(test_bad)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search s;

	ck_assert_int_eq(parse(&a, bad[_i].text, bad[_i].how, &p, &s), bad[_i].want);
	ck_assert((p.wrong != NULL) == (bad[_i].want < 0));
	arena_clear(&a);
}
END_TEST

/* As many as a command has room for, of what nests: refused at the limit, and no sooner. */
static const struct {
	const char *unit, *end;
	size_t n;
	int want;
} deep[] = {
	{ "NOT ", "SEEN", 16000, 0 },
	{ "(", "SEEN", 9000, -1 },
	{ "OR 1 ", "2", 4900, 0 },
	{ "OR 1 ", "2", 6000, -1 },
	{ "OR ", "1", 16000, -1 },
	{ "(NOT (", "SEEN", 6000, -1 },
	{ "SEEN ", "SEEN", 9000, 0 },
	{ "SEEN ", "SEEN", 10000, -1 },
	{ "TEXT a ", "SEEN", SEARCH_TEXTS_MAX, 0 },
	{ "TEXT a ", "SEEN", SEARCH_TEXTS_MAX + 1, -1 },
};

START_TEST(test_deep)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search s;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (size_t i = 0; i < deep[_i].n; i++)
		buf_put_str(&text, deep[_i].unit);
	buf_put_str(&text, deep[_i].end);
	ck_assert_int_eq(parse(&a, buf_str(&text), 0, &p, &s), deep[_i].want);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

START_TEST(test_brackets)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search s;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 9000; i++)
		buf_put_char(&text, '(');
	buf_put_str(&text, "SEEN");
	for (int i = 0; i < 9000; i++)
		buf_put_char(&text, ')');
	ck_assert_int_eq(parse(&a, buf_str(&text), 0, &p, &s), 0);
	ck_assert_uint_eq(s.n, 9002);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

START_TEST(test_costs)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search s;

	ck_assert_int_eq(parse(&a, "SEEN OR SINCE 1-Jan-2020 TEXT x", 0, &p, &s), 0);
	ck_assert_uint_eq(s.costs, 1 << SEARCH_INDEX | 1 << SEARCH_STATUS | 1 << SEARCH_MESSAGE);
	ck_assert(!s.has_numbers && !s.has_modseq);
	ck_assert_int_eq(parse(&a, "NOT (1 MODSEQ 5 SUBJECT x)", 0, &p, &s), 0);
	ck_assert_uint_eq(s.costs, 1 << SEARCH_INDEX | 1 << SEARCH_ENVELOPE);
	ck_assert(s.has_numbers && s.has_modseq);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_loop_test(tc, test_deep, 0, COUNT(deep));
	tcase_add_test(tc, test_brackets);
	tcase_add_test(tc, test_costs);
}

CHECK_MAIN(search, add_tests)
