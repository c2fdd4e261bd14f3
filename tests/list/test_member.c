/* SPDX-License-Identifier: ISC */
#include "list/member.h"

#include "support/check_main.h"

static const struct {
	const char *line, *address;
	unsigned flags;
	int64_t since;
	const char *topics, *name;
} good[] = {
	{ "al@example.net", "al@example.net", 0, 0, "", "" },
	{ "  Al@Example.NET\t\r", "Al@Example.NET", 0, 0, "", "" },
	{ "al@example.net digest nomail noack notmetoo", "al@example.net",
	  MEMBER_DIGEST | MEMBER_NOMAIL | MEMBER_NOACK | MEMBER_NOTMETOO, 0, "", "" },
	{ "al@example.net moderated hidden plain paused", "al@example.net",
	  MEMBER_MODERATED | MEMBER_HIDDEN | MEMBER_PLAIN_DIGEST | MEMBER_PAUSED, 0, "", "" },
	{ "al@example.net since=2026-11-22", "al@example.net", 0, 1795305600, "", "" },
	{ "al@example.net name=\"Al Green\" digest", "al@example.net", MEMBER_DIGEST, 0, "", "Al Green" },
	{ "al@example.net topics=beer,wine name=\"\303\204l\"", "al@example.net", 0, 0, "beer,wine", "\303\204l" },
	{ "\"al green\"@example.net digest", "\"al green\"@example.net", MEMBER_DIGEST, 0, "", "" },
	{ "\"a\\\"l\"@example.net", "\"a\\\"l\"@example.net", 0, 0, "", "" },
	{ "al=x+y@example.net", "al=x+y@example.net", 0, 0, "", "" },
	{ "d\303\266rte@example.net", "d\303\266rte@example.net", 0, 0, "", "" },
};

START_TEST(test_parse)
{
	struct member m;
	struct fault f = { 0 };

	ck_assert_msg(member_parse(span_str(good[_i].line), &m, &f) == 1, "%s: %s", good[_i].line, f.text);
	ck_assert(span_is(m.address, span_str(good[_i].address)));
	ck_assert_uint_eq(m.flags, good[_i].flags);
	ck_assert_int_eq(m.since, good[_i].since);
	ck_assert(span_is(m.topics, span_str(good[_i].topics)));
	ck_assert(span_is(m.name, span_str(good[_i].name)));
}
END_TEST

static const char *const bad[] = {
	"al",
	"al@",
	"@example.net",
	"al@example.net extra",
	"al@example.net Digest=yes",
	"al@example.net since=yesterday",
	"al@example.net since=2026-13-01",
	"al@example.net since=2026-11-22x",
	"al@example.net name=\"Al",
	"al@example.net name=\"Al\"digest",
	"al@example.net,bo@example.net",
	"Al Green <al@example.net>",
	"\"al green@example.net",
	"al\001@example.net",
};

START_TEST(test_bad)
{
	struct member m;
	struct fault f = { 0 };

	ck_assert_msg(member_parse(span_str(bad[_i]), &m, &f) == -1, "%s", bad[_i]);
	ck_assert_int_eq(f.kind, FAULT_PERM);
}
END_TEST

START_TEST(test_nobody)
{
	struct member m;

	ck_assert_int_eq(member_parse(SPAN(""), &m, NULL), 0);
	ck_assert_int_eq(member_parse(SPAN(" \t"), &m, NULL), 0);
	ck_assert_int_eq(member_parse(SPAN("# al@example.net"), &m, NULL), 0);
}
END_TEST

/* What is written is read as it was; in a name what would end it, or the line, is something else. */
START_TEST(test_put)
{
	struct member m = { .address = SPAN("Al@example.net"),
			    .flags = MEMBER_DIGEST | MEMBER_HIDDEN,
			    .since = 1795305600 + 3600,
			    .topics = SPAN("beer"),
			    .name = SPAN("Al \"A\"\nmallory@example.net") };
	struct buf b;

	buf_init(&b, 1000);
	member_put(&b, &m);
	ck_assert_str_eq(buf_str(&b), "Al@example.net digest hidden since=2026-11-22 topics=beer "
				      "name=\"Al 'A' mallory@example.net\"\n");
	ck_assert_int_eq(member_parse(span_of(b.p, b.n - 1), &m, NULL), 1);
	ck_assert(span_is(m.name, SPAN("Al 'A' mallory@example.net")));
	buf_clear(&b);
}
END_TEST

START_TEST(test_flags)
{
	size_t n = 0;

	for (unsigned flag = 1; flag < MEMBER_FLAGS; flag *= 2, n++)
		ck_assert_uint_eq(member_flag_parse(span_str(member_flag_name(flag))), flag);
	ck_assert_uint_eq(n, 9);
	ck_assert(!member_flag_name(MEMBER_FLAGS));
	ck_assert_uint_eq(member_flag_parse(SPAN("digests")), 0);
}
END_TEST

static const struct {
	const char *address, *want;
} identities[] = {
	{ "al@example.net", "al@example.net" },
	{ "AL@Example.NET", "al@example.net" },
	{ "al@example.net.", "al@example.net" },
	{ "\"al\"@example.net", "al@example.net" },
	{ "\"al.green\"@example.net", "al.green@example.net" },
	{ "\"al green\"@example.net", "\"al green\"@example.net" },
	{ "al+x@example.net", "al+x@example.net" },
	{ "al@m\303\274ller.example", "al@xn--mller-kva.example" },
	{ "al@xn--mller-kva.example", "al@xn--mller-kva.example" },
	{ "al", NULL },
	{ "", NULL },
	{ "al@", NULL },
	{ "a b@example.net", NULL },
	{ "al@example.net\n", NULL },
	{ "al@example..net", NULL },
};

START_TEST(test_identity)
{
	struct arena a = { 0 };
	const char *got = member_identity(&a, span_str(identities[_i].address));

	ck_assert_msg(!got == !identities[_i].want && (!got || strcmp(got, identities[_i].want) == 0), "%s: %s",
		      identities[_i].address, got ? got : "none");
	arena_clear(&a);
}
END_TEST

/* Letters that differ by case or form only, one being e and an accent. */
START_TEST(test_identity_utf8)
{
	struct arena a = { 0 };
	const char *one = member_identity(&a, SPAN("REN\303\211@example.net"));

	ck_assert_str_eq(one, member_identity(&a, SPAN("ren\303\251@example.net")));
	ck_assert_str_eq(one, member_identity(&a, SPAN("rene\314\201@EXAMPLE.net")));
	ck_assert_str_ne(one, member_identity(&a, SPAN("rene@example.net")));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, (int)(sizeof(good) / sizeof(good[0])));
	tcase_add_loop_test(tc, test_bad, 0, (int)(sizeof(bad) / sizeof(bad[0])));
	tcase_add_test(tc, test_nobody);
	tcase_add_test(tc, test_put);
	tcase_add_test(tc, test_flags);
	tcase_add_loop_test(tc, test_identity, 0, (int)(sizeof(identities) / sizeof(identities[0])));
	tcase_add_test(tc, test_identity_utf8);
}

CHECK_MAIN(member, add_tests)
