/* SPDX-License-Identifier: ISC */
#include "net/dnsmsg.h"

#include <stdio.h>

#include "support/check_main.h"

static struct arena arena;
static struct fault fault;

static void teardown(void)
{
	arena_clear(&arena);
}

static const struct {
	const char *name;
	size_t want; /* octets of the query */
} names[] = {
	{ "example.org", 12 + 13 + 4 + 11 },
	{ "example.org.", 12 + 13 + 4 + 11 },
	{ "_25._tcp.mail.example.org", 12 + 27 + 4 + 11 },
	{ "", 0 },
	{ ".", 0 },
	{ "..", 0 },
	{ "a..b", 0 },
	{ ".a", 0 },
	{ "a.b..", 0 },
	{ "a b", 0 },
	{ "a\nb", 0 },
	{ "m\xc3\xbcller.example", 0 },
	{ "012345678901234567890123456789012345678901234567890123456789012.org", 12 + 64 + 5 + 4 + 11 },
	{ "0123456789012345678901234567890123456789012345678901234567890123.org", 0 },
};

START_TEST(test_query)
{
	uint8_t out[DNSMSG_QUERY_MAX];
	size_t n = dnsmsg_put_query(out, 0x1234, names[_i].name, DNS_MX);

	ck_assert_uint_eq(n, names[_i].want);
	if (n == 0)
		return;
	ck_assert_mem_eq(out, "\x12\x34\x01\x20\0\1\0\0\0\0\0\1", 12);
	ck_assert_mem_eq(out + n - 16, "\0\0\x0f\0\1\0\0\x29\x04\xd0\0\0\0\0\0\0", 16);
	ck_assert_uint_eq(dnsmsg_drop_edns(out, n), n - 11);
	ck_assert_mem_eq(out + 10, "\0\0", 2);
}
END_TEST

START_TEST(test_longest_name)
{
	uint8_t out[DNSMSG_QUERY_MAX];
	char name[300];

	for (int i = 0; i < 254; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	ck_assert_uint_eq(dnsmsg_put_query(out, 1, name, DNS_A), 12 + 255 + 4 + 11);
	name[253] = 'b';
	name[254] = '\0';
	ck_assert_uint_eq(dnsmsg_put_query(out, 1, name, DNS_A), 0);
}
END_TEST

/*
 * Answers to "MX a.b". Each begins with a header (given as its flags and counts) and the question, at offset 12;
 * what follows begins at offset 21.
 */
#define QUESTION "\1a\1b\0\0\x0f\0\1"
#define OWNER	 "\xc0\x0c"
#define MX	 "\0\x0f\0\1\0\0\1\0"
#define CNAME	 "\0\5\0\1\0\0\0\x10"
#define TEXT(literal)                                                                                                  \
	{                                                                                                              \
		(literal), sizeof(literal) - 1                                                                         \
	}

static const struct {
	const char *what;
	uint16_t flags;
	uint8_t answers, others;
	struct span rest;
	const char *want; /* records and more, or the end of the fault's text */
} rows[] = {
	{ "one", 0x8180, 1, 0, TEXT(OWNER MX "\0\6\0\5\1m" OWNER), "5:m.a.b ttl 256" },
	{ "authentic", 0x81a0, 1, 0, TEXT(OWNER MX "\0\6\0\5\1m" OWNER), "5:m.a.b ttl 256 secure" },
	{ "null MX", 0x8180, 1, 0, TEXT(OWNER MX "\0\3\0\0\0"), "0:. ttl 256" },
	{ "no data", 0x8180, 0, 0, TEXT(""), "no data" },
	{ "no data, from who knows", 0x8500, 0, 0, TEXT(""), "no data" },
	{ "no such name", 0x8183, 0, 0, TEXT(""), "no such name" },
	{ "an alias", 0x8180, 2, 0, TEXT(OWNER CNAME "\0\3\1c\0\1c\0" MX "\0\5\0\5\1m\0"), "5:m ttl 16 name c" },
	{ "an alias behind its records", 0x8180, 2, 0, TEXT("\1c\0" MX "\0\5\0\5\1m\0" OWNER CNAME "\0\3\1c\0"),
	  "5:m ttl 16 name c" },
	{ "an alias for nothing", 0x8180, 1, 0, TEXT(OWNER CNAME "\0\3\1c\0"), "no data name c" },
	{ "an alias for what is not", 0x8183, 1, 0, TEXT(OWNER CNAME "\0\3\1c\0"), "no such name name c" },
	{ "an alias for itself", 0x8180, 1, 0, TEXT(OWNER CNAME "\0\2" OWNER), "more than 16 aliases" },
	{ "an alias for no host", 0x8180, 1, 0, TEXT(OWNER CNAME "\0\3\1 \0"), "an alias for what is no host name" },
	{ "another name's", 0x8180, 1, 0, TEXT("\1c\0" MX "\0\5\0\5\1m\0"), "no data" },
	{ "another class", 0x8180, 1, 0, TEXT(OWNER "\0\x0f\0\3\0\0\1\0\0\5\0\5\1m\0"), "no data" },
	{ "another type", 0x8180, 1, 0, TEXT(OWNER "\0\1\0\1\0\0\1\0\0\4\x7f\0\0\1"), "no data" },
	{ "in the wrong section", 0x8180, 0, 1, TEXT(OWNER MX "\0\5\0\5\1m\0"), "no data" },
	{ "negative time to live", 0x8180, 1, 0, TEXT(OWNER "\0\x0f\0\1\x80\0\1\0\0\5\0\5\1m\0"), "5:m ttl 0" },
	{ "control bytes, and a good one", 0x8180, 2, 0, TEXT(OWNER MX "\0\6\0\5\2\r\n\0" OWNER MX "\0\5\0\6\1m\0"),
	  "6:m ttl 256" },
	{ "only control bytes", 0x8180, 1, 0, TEXT(OWNER MX "\0\6\0\5\2\r\n\0"), "has no usable record" },
	{ "NUL", 0x8180, 1, 0, TEXT(OWNER MX "\0\6\0\5\2m\0\0"), "has no usable record" },
	{ "a dot in a label", 0x8180, 1, 0, TEXT(OWNER MX "\0\7\0\5\3m.n\0"), "has no usable record" },
	{ "8-bit", 0x8180, 1, 0, TEXT(OWNER MX "\0\6\0\5\2\xc3\xbc\0"), "has no usable record" },
	{ "data behind the name", 0x8180, 1, 0, TEXT(OWNER MX "\0\6\0\5\1m\0x"), "has no usable record" },
	{ "name behind the data", 0x8180, 1, 0, TEXT(OWNER MX "\0\4\0\5\1m\0"), "has no usable record" },
	{ "data too short", 0x8180, 1, 0, TEXT(OWNER MX "\0\1\0"), "has no usable record" },
	{ "a pointer to itself", 0x8180, 1, 0, TEXT("\xc0\x15" MX "\0\5\0\5\1m\0"), "is malformed" },
	{ "a pointer forward", 0x8180, 1, 0, TEXT("\xc0\x1f" MX "\0\5\0\5\1m\0"), "is malformed" },
	{ "a pointer beyond the end", 0x8180, 1, 0, TEXT("\xff\xff" MX "\0\5\0\5\1m\0"), "is malformed" },
	{ "a pointer into the header", 0x8180, 1, 0, TEXT("\xc0\x02" MX "\0\5\0\5\1m\0"), "is malformed" },
	{ "pointers in a loop", 0x8180, 1, 0, TEXT(OWNER MX "\0\6\0\5\1m\xc0\x23"), "has no usable record" },
	{ "a label of another kind", 0x8180, 1, 0, TEXT("\x41m\0" MX "\0\5\0\5\1m\0"), "is malformed" },
	{ "half a pointer", 0x8180, 1, 0, TEXT("\xc0"), "is malformed" },
	{ "half a record", 0x8180, 1, 0, TEXT(OWNER "\0\x0f\0\1\0\0"), "is malformed" },
	{ "data that is not there", 0x8180, 1, 0, TEXT(OWNER MX "\0\x50\0\5\1m\0"), "is malformed" },
	{ "fewer records than it says", 0x8180, 9, 0, TEXT(OWNER MX "\0\5\0\5\1m\0"), "is malformed" },
	{ "more records than it says", 0x8180, 1, 0, TEXT(OWNER MX "\0\5\0\5\1m\0" OWNER MX "\0\5\0\6\1n\0"),
	  "5:m ttl 256" },
	{ "others that are broken", 0x8180, 1, 1, TEXT(OWNER MX "\0\5\0\5\1m\0\xc0"), "is malformed" },
	{ "an extended code", 0x8180, 0, 1, TEXT("\0\0\x29\4\xd0\1\0\0\0\0\0"), "is malformed" },
	{ "failure", 0x8182, 0, 0, TEXT(""), "is SERVFAIL" },
	{ "refusal", 0x8185, 0, 0, TEXT(""), "is REFUSED" },
	{ "an unheard-of code", 0x818b, 0, 0, TEXT(""), "is an unknown error" },
	{ "cut short", 0x8380, 0, 0, TEXT(""), "is cut short" },
	{ "a referral", 0x8100, 0, 0, TEXT(""), "is a referral: it does no recursion" },
	{ "a question", 0x0100, 0, 0, TEXT(""), "is no answer" },
	{ "another operation", 0xa180, 0, 0, TEXT(""), "is no answer" },
};

static struct span message(uint16_t flags, unsigned questions, unsigned answers, unsigned others, struct span rest)
{
	const char header[] = {
		0, 1, (char)(flags >> 8), (char)flags, 0, (char)questions, (char)(answers >> 8), (char)answers, 0,
		0, 0, (char)others
	};
	char *p = arena_alloc(&arena, sizeof(header) + rest.n);

	memcpy(p, header, sizeof(header));
	memcpy(p + sizeof(header), rest.p, rest.n);
	return span_of(p, sizeof(header) + rest.n);
}

static struct span with_question(struct span rest)
{
	char *p = arena_alloc(&arena, sizeof(QUESTION) - 1 + rest.n);

	memcpy(p, QUESTION, sizeof(QUESTION) - 1);
	memcpy(p + sizeof(QUESTION) - 1, rest.p, rest.n);
	return span_of(p, sizeof(QUESTION) - 1 + rest.n);
}

static const char *show(const struct dns_answer *r)
{
	const char *text = r->status == DNS_NODATA ? "no data" : r->status == DNS_NXDOMAIN ? "no such name" : "";

	for (size_t i = 0; i < r->n; i++)
		text = arena_printf(&arena, "%s%s%d:%s", text, i ? " " : "", r->v[i].preference, r->v[i].name);
	return arena_printf(&arena, "%s%s%s%s%s", text, r->n ? arena_printf(&arena, " ttl %u", r->ttl) : "",
			    r->secure ? " secure" : "", r->is_alias ? " name " : "", r->is_alias ? r->name : "");
}

START_TEST(test_parse)
{
	struct span m = message(rows[_i].flags, 1, rows[_i].answers, rows[_i].others, with_question(rows[_i].rest));
	struct dns_answer out;
	const char *got;

	if (dnsmsg_parse(&arena, m, "A.b", DNS_MX, &out, &fault) < 0) {
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert_str_eq(fault.status, "4.4.3");
		got = strlen(fault.text) > strlen(rows[_i].want)
			      ? fault.text + strlen(fault.text) - strlen(rows[_i].want)
			      : fault.text;
	} else {
		got = show(&out);
	}
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s: %s, not %s", rows[_i].what, got, rows[_i].want);
}
END_TEST

static const struct {
	unsigned questions;
	struct span rest;
} questions[] = {
	{ 1, TEXT("\1a\1c\0\0\x0f\0\1") },
	{ 1, TEXT("\1a\1b\0\0\1\0\1") },
	{ 1, TEXT("\1a\1b\0\0\x0f\0\3") },
	{ 0, TEXT("\1a\1b\0\0\x0f\0\1") },
	{ 2, TEXT("\1a\1b\0\0\x0f\0\1") },
	{ 1, TEXT("\1a\1b\0\0\x0f\0") },
	{ 1, TEXT("\1a\1b") },
	{ 1, TEXT("") },
};

START_TEST(test_question)
{
	struct span m = message(0x8180, questions[_i].questions, 0, 0, questions[_i].rest);
	struct dns_answer out;

	ck_assert_int_eq(dnsmsg_parse(&arena, m, "a.b", DNS_MX, &out, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
}
END_TEST

START_TEST(test_every_length)
{
	struct span m = message(0x8180, 1, 2, 0, with_question(SPAN(OWNER CNAME "\0\3\1c\0\1c\0" MX "\0\5\0\5\1m\0")));
	struct dns_answer out;

	for (size_t n = 0; n < m.n; n++)
		ck_assert_int_eq(dnsmsg_parse(&arena, span_of(m.p, n), "a.b", DNS_MX, &out, &fault), -1);
	ck_assert_int_eq(dnsmsg_parse(&arena, m, "a.b", DNS_MX, &out, &fault), 0);
}
END_TEST

/* Each name a chain of pointers through the whole of the message: it must not cost their product. */
START_TEST(test_pointer_chains)
{
	enum { RECORDS = 4000 };
	char *p = arena_alloc(&arena, DNSMSG_MAX);
	struct dns_answer out;
	size_t n = 0;

	memcpy(p, QUESTION, sizeof(QUESTION) - 1);
	n = sizeof(QUESTION) - 1;
	for (unsigned i = 0; i < RECORDS; i++) {
		size_t before = i ? n + 12 - 16 : 12;

		p[n++] = (char)(0xc0 | (before >> 8 & 0x3f));
		p[n++] = (char)before;
		memcpy(p + n, "\0\1\0\1\0\0\0\0\0\4\0\0\0\0", 14);
		n += 14;
	}
	ck_assert_int_eq(
		dnsmsg_parse(&arena, message(0x8180, 1, RECORDS, 0, span_of(p, n)), "a.b", DNS_MX, &out, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.text, "is malformed"));
}
END_TEST

START_TEST(test_txt)
{
	struct span m = message(0x8180, 1, 1, 0, SPAN("\1a\1b\0\0\x10\0\1" OWNER "\0\x10\0\1\0\0\1\0\0\7\3v=1\2;x"));
	struct span bad = message(0x8180, 1, 1, 0, SPAN("\1a\1b\0\0\x10\0\1" OWNER "\0\x10\0\1\0\0\1\0\0\4\4v=1"));
	struct dns_answer out;

	ck_assert_msg(dnsmsg_parse(&arena, m, "a.b", DNS_TXT, &out, &fault) == 0, "%s", fault.text);
	ck_assert(span_is(out.v[0].data, SPAN("v=1;x")));
	ck_assert_int_eq(dnsmsg_parse(&arena, bad, "a.b", DNS_TXT, &out, &fault), -1);
}
END_TEST

/* 16 KB of text in one record is text like any other, and as long as its parts say. */
START_TEST(test_large_txt)
{
	enum { STRINGS = 64, DATA = STRINGS * 256 };
	static const char head[] = "\1a\1b\0\0\x10\0\1" OWNER "\0\x10\0\1\0\0\1\0\x40\0";
	size_t n = sizeof(head) - 1;
	char *p = arena_alloc(&arena, n + DATA);
	struct dns_answer out;

	memcpy(p, head, n);
	memset(p + n, 'x', DATA);
	for (size_t i = 0; i < STRINGS; i++)
		p[n + i * 256] = '\xff';
	ck_assert_int_eq(
		dnsmsg_parse(&arena, message(0x8180, 1, 1, 0, span_of(p, n + DATA)), "a.b", DNS_TXT, &out, &fault), 0);
	ck_assert_uint_eq(out.v[0].data.n, STRINGS * 255);
	ck_assert_ptr_null(memchr(out.v[0].data.p, '\xff', out.v[0].data.n));
	/* The last one says more than there is. */
	p[n + DATA - 2] = '\2';
	p[n + DATA - 256] = '\xfd';
	ck_assert_int_eq(
		dnsmsg_parse(&arena, message(0x8180, 1, 1, 0, span_of(p, n + DATA)), "a.b", DNS_TXT, &out, &fault), -1);
}
END_TEST

/* RFC 6698: usage, selector, type and at least an octet of data. */
START_TEST(test_tlsa)
{
	struct span two = message(0x8180, 1, 2, 0,
				  SPAN("\1a\1b\0\0\x34\0\1" OWNER "\0\x34\0\1\0\0\1\0\0\3\3\1\1" OWNER
				       "\0\x34\0\1\0\0\1\0\0\5\3\1\1\xab\xcd"));
	struct span none = message(0x8180, 1, 1, 0, SPAN("\1a\1b\0\0\x34\0\1" OWNER "\0\x34\0\1\0\0\1\0\0\0"));
	struct dns_answer out;

	ck_assert_int_eq(dnsmsg_parse(&arena, two, "a.b", DNS_TLSA, &out, &fault), 0);
	ck_assert_uint_eq(out.n, 1);
	ck_assert_int_eq(out.v[0].usage, 3);
	ck_assert(span_is(out.v[0].data, SPAN("\xab\xcd")));
	ck_assert_int_eq(dnsmsg_parse(&arena, none, "a.b", DNS_TLSA, &out, &fault), -1);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_query, 0, COUNT(names));
	tcase_add_test(tc, test_longest_name);
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_question, 0, COUNT(questions));
	tcase_add_test(tc, test_every_length);
	tcase_add_test(tc, test_pointer_chains);
	tcase_add_test(tc, test_txt);
	tcase_add_test(tc, test_large_txt);
	tcase_add_test(tc, test_tlsa);
}

CHECK_MAIN(dnsmsg, add_tests)
