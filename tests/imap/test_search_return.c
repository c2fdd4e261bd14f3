/* SPDX-License-Identifier: ISC */
#include "imap/search_return.h"

#include <string.h>

#include "imap/put.h"
#include "support/check_main.h"

#define ANY (~0u)

static const struct {
	const char *text;
	struct search_return want;
} rows[] = {
	{ "ALL", { .what = SEARCH_RETURN_ALL } },
	{ "RETURN () x", { .is_extended = true, .what = SEARCH_RETURN_ALL } },
	{ "return (min MAX count) x",
	  { .is_extended = true, .what = SEARCH_RETURN_MIN | SEARCH_RETURN_MAX | SEARCH_RETURN_COUNT } },
	{ "RETURN (SAVE) x", { .is_extended = true, .what = SEARCH_RETURN_SAVE } },
	{ "RETURN (CONTEXT UPDATE) x",
	  { .is_extended = true, .what = SEARCH_RETURN_CONTEXT | SEARCH_RETURN_UPDATE | SEARCH_RETURN_ALL } },
	{ "RETURN (PARTIAL 1:10) x", { .is_extended = true, .what = SEARCH_RETURN_PARTIAL, .first = 1, .last = 10 } },
	{ "RETURN (PARTIAL 10:1 COUNT) x",
	  { .is_extended = true, .what = SEARCH_RETURN_PARTIAL | SEARCH_RETURN_COUNT, .first = 1, .last = 10 } },
	{ "RETURN (PARTIAL -1:-100) x",
	  { .is_extended = true, .what = SEARCH_RETURN_PARTIAL, .first = 1, .last = 100, .from_end = true } },
};

START_TEST(test_parse)
{
	const struct search_return *want = &rows[_i].want;
	struct arena a = { 0 };
	struct imap_parse p;
	struct search_return r;

	imap_parse_init(&p, &a, span_str(rows[_i].text), false);
	ck_assert_int_eq(search_return_parse(&p, ANY, &r), 0);
	ck_assert_int_eq(r.is_extended, want->is_extended);
	ck_assert_uint_eq(r.what, want->what);
	ck_assert_uint_eq(r.first, want->first);
	ck_assert_uint_eq(r.last, want->last);
	ck_assert_int_eq(r.from_end, want->from_end);
	arena_clear(&a);
}
END_TEST

static const char *const bad[] = {
	"RETURN",
	"RETURN ALL",
	"RETURN (ALL)",
	"RETURN (FOO) x",
	"RETURN (ALL,MIN) x",
	"RETURN (ALLMIN) x",
	"RETURN (PARTIAL) x",
	"RETURN (PARTIAL 5) x",
	"RETURN (PARTIAL 1:2 PARTIAL 1:2) x",
	"RETURN (PARTIAL 1:*) x",
	"RETURN (PARTIAL 0:5) x",
	"RETURN (PARTIAL -1:5) x",
	"RETURN (PARTIAL 1:-5) x",
	"RETURN (ALL PARTIAL 1:2) x",
	"RETURN (MIN) ",
	"RETURN (RELEVANCY) x",
};

START_TEST(test_bad)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search_return r;
	int rc;

	imap_parse_init(&p, &a, span_str(bad[_i]), false);
	rc = search_return_parse(&p, ANY, &r);
	ck_assert(rc < 0 || imap_parse_is_end(&p));
	arena_clear(&a);
}
END_TEST

START_TEST(test_not_allowed)
{
	struct arena a = { 0 };
	struct imap_parse p;
	struct search_return r;

	imap_parse_init(&p, &a, SPAN("RETURN (UPDATE) x"), false);
	ck_assert_int_eq(search_return_parse(&p, SEARCH_RETURN_ALL, &r), -1);
	arena_clear(&a);
}
END_TEST

static const struct {
	uint32_t first, last;
	bool from_end;
	uint64_t n, from, to;
} parts[] = {
	{ 1, 10, false, 100, 0, 10 },  { 91, 110, false, 100, 90, 100 }, { 101, 110, false, 100, 100, 100 },
	{ 1, 10, false, 0, 0, 0 },     { 1, 10, true, 100, 90, 100 },	 { 11, 20, true, 100, 80, 90 },
	{ 91, 110, true, 100, 0, 10 }, { 101, 110, true, 100, 0, 0 },	 { 1, UINT32_MAX, true, 5, 0, 5 },
	{ 5, 5, false, 5, 4, 5 },
};

START_TEST(test_part)
{
	struct search_return r = { .first = parts[_i].first, .last = parts[_i].last, .from_end = parts[_i].from_end };
	uint64_t from, to;

	search_return_part(&r, parts[_i].n, &from, &to);
	ck_assert_uint_eq(to - from, parts[_i].to - parts[_i].from);
	if (from < to)
		ck_assert_uint_eq(from, parts[_i].from);
}
END_TEST

/* The results are 2, 3, 4, 8, 9; sorted: 8, 2, 9, 4, 3. */
static const uint32_t order[] = { 8, 2, 9, 4, 3 };

static const struct {
	const char *options;
	bool sorted, none;
	const char *want, *saved;
} answers[] = {
	{ "()", false, false, " ALL 2:4,8:9", "2:4,8:9" },
	{ "(MIN MAX COUNT)", false, false, " MIN 2 MAX 9 COUNT 5", "2:4,8:9" },
	{ "(MIN MAX)", false, false, " MIN 2 MAX 9", "2,9" },
	{ "(MIN)", false, false, " MIN 2", "2" },
	{ "(MAX)", false, false, " MAX 9", "9" },
	{ "(SAVE)", false, false, "", "2:4,8:9" },
	{ "(PARTIAL 2:4)", false, false, " PARTIAL (2:4 3:4,8)", "3:4,8" },
	{ "(PARTIAL -1:-2)", false, false, " PARTIAL (-1:-2 8:9)", "8:9" },
	{ "(PARTIAL 6:9)", false, false, " PARTIAL (6:9 NIL)", "" },
	{ "(PARTIAL 1:2 COUNT)", false, false, " PARTIAL (1:2 2:3) COUNT 5", "2:4,8:9" },
	{ "(MIN MAX ALL COUNT)", false, true, " COUNT 0", "" },
	{ "(PARTIAL 1:2)", false, true, " PARTIAL (1:2 NIL)", "" },
	{ "()", true, false, " ALL 8,2,9,4,3", "2:4,8:9" },
	{ "(MIN MAX)", true, false, " MIN 8 MAX 3", "3,8" },
	{ "(PARTIAL 2:3)", true, false, " PARTIAL (2:3 2,9)", "2,9" },
	/* The range as it was said: RFC 9394 4. */
	{ "(PARTIAL 4:2)", false, false, " PARTIAL (4:2 3:4,8)", "3:4,8" },
	{ "(PARTIAL -2:-1)", false, false, " PARTIAL (-2:-1 8:9)", "8:9" },
	/* What "$" is beside SAVE: the table of RFC 9394 3.2. */
	{ "(PARTIAL 2:3 MIN)", false, false, " MIN 2 PARTIAL (2:3 3:4)", "2:4" },
	{ "(PARTIAL 2:3 MAX)", false, false, " MAX 9 PARTIAL (2:3 3:4)", "3:4,9" },
	{ "(PARTIAL 3:3 MIN MAX)", false, false, " MIN 2 MAX 9 PARTIAL (3:3 4)", "2,4,9" },
	{ "(PARTIAL 7:8 MIN)", false, false, " MIN 2 PARTIAL (7:8 NIL)", "2" },
	{ "(PARTIAL 2:3 MIN COUNT)", false, false, " MIN 2 PARTIAL (2:3 3:4) COUNT 5", "2:4,8:9" },
	{ "(PARTIAL 2:3 MIN MAX)", true, false, " MIN 8 MAX 3 PARTIAL (2:3 2,9)", "2:3,8:9" },
};

static void make_results(struct arena *a, bool sorted, bool none, struct search_results *out)
{
	*out = (struct search_results){ .n = none ? 0 : 5, .order = sorted ? order : NULL };
	if (none)
		return;
	seqset_add(a, &out->set, 2, 4);
	seqset_add(a, &out->set, 8, 9);
}

START_TEST(test_put)
{
	struct search_results results;
	struct arena a = { 0 };
	struct seqset saved;
	struct imap_parse p;
	struct search_return r;
	struct buf out;

	buf_init(&out, 1000);
	imap_parse_init(&p, &a, span_str(arena_printf(&a, "RETURN %s x", answers[_i].options)), false);
	ck_assert_int_eq(search_return_parse(&p, ANY, &r), 0);
	make_results(&a, answers[_i].sorted, answers[_i].none, &results);
	search_return_put(&out, &a, &r, SPAN("TAG \"a\""), true, &results);
	buf_cut(&out, out.n - 2);
	ck_assert_str_eq(buf_str(&out) + strlen("* ESEARCH (TAG \"a\") UID"), answers[_i].want);
	search_return_choose(&r, &a, &results, &saved);
	buf_reset(&out);
	imap_put_seqset(&out, &saved);
	ck_assert_str_eq(buf_str(&out), answers[_i].saved);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

START_TEST(test_put_list)
{
	struct search_results results;
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, 1000);
	make_results(&a, false, false, &results);
	search_return_put_list(&out, "SEARCH", &results);
	results.modseq = 17;
	search_return_put_list(&out, "SEARCH", &results);
	search_return_put(&out, &a, &(struct search_return){ .what = SEARCH_RETURN_ALL }, SPAN("TAG \"a\""), false,
			  &results);
	results.order = order;
	results.modseq = 0;
	search_return_put_list(&out, "SORT", &results);
	make_results(&a, false, true, &results);
	results.modseq = 17;
	search_return_put_list(&out, "SEARCH", &results);
	ck_assert_str_eq(buf_str(&out),
			 "* SEARCH 2 3 4 8 9\r\n* SEARCH 2 3 4 8 9 (MODSEQ 17)\r\n"
			 "* ESEARCH (TAG \"a\") ALL 2:4,8:9 MODSEQ 17\r\n* SORT 8 2 9 4 3\r\n* SEARCH\r\n");
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_not_allowed);
	tcase_add_loop_test(tc, test_part, 0, COUNT(parts));
	tcase_add_loop_test(tc, test_put, 0, COUNT(answers));
	tcase_add_test(tc, test_put_list);
}

CHECK_MAIN(search_return, add_tests)
