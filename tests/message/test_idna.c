/* SPDX-License-Identifier: ISC */
#include "message/idna.h"

#include "support/check_main.h"

static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
}

/* Most of them from RFC 3492 7.1. */
static const struct {
	const char *domain;
	const char *want; /* NULL: none */
} rows[] = {
	{ "example.org", "example.org" },
	{ "Example.ORG.", "Example.ORG." },
	{ "", "" },
	{ "m\xc3\xbcller.example", "xn--mller-kva.example" },
	{ "b\xc3\xbc\x63her", "xn--bcher-kva" },
	{ "\xc3\xbc", "xn--tda" },
	{ "gr\xc3\xbc\xc3\x9f\x65.example", "xn--gre-6ka8l.example" },
	{ "mail.m\xc3\xbcller.b\xc3\xbc\x63her", "mail.xn--mller-kva.xn--bcher-kva" },
	/* (A) Egyptian, (B) Chinese, (L) with digits and dashes */
	{ "\xd9\x84\xd9\x8a\xd9\x87\xd9\x85\xd8\xa7\xd8\xa8\xd8\xaa\xd9\x83\xd9\x84\xd9\x85\xd9\x88\xd8\xb4\xd8\xb9\xd8"
	  "\xb1"
	  "\xd8\xa8\xd9\x8a\xd8\x9f",
	  "xn--egbpdaj6bu4bxfgehfvwxn" },
	{ "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96"
	  "\x87",
	  "xn--ihqwcrb4cv8a8dqg056pqjye" },
	{ "3\xe5\xb9\xb4\x42\xe7\xb5\x84\xe9\x87\x91\xe5\x85\xab\xe5\x85\x88\xe7\x94\x9f",
	  "xn--3B-ww4c5e180e575a65lsy2b" },
	/* beyond the basic plane */
	{ "\xf0\x9f\x98\x80", "xn--e28h" },
	{ "m\xfcller", NULL },
	{ "\xc0\xaf", NULL },
	{ "\xed\xa0\x80", NULL },
	{ "m\xc3", NULL },
	/* a label of 63 octets, and of more */
	{ "\xc3\xbc"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  "xn--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-oxf" },
	{ "\xc3\xbc"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  NULL },
};

START_TEST(test_rows)
{
	const char *got = idna_to_ascii(&arena, span_str(rows[_i].domain));

	if (!rows[_i].want)
		ck_assert_msg(!got, "%s", got);
	else
		ck_assert_str_eq(got, rows[_i].want);
}
END_TEST

START_TEST(test_length)
{
	char text[IDNA_DOMAIN_MAX + 1];

	memset(text, 'a', sizeof(text));
	ck_assert_ptr_nonnull(idna_to_ascii(&arena, span_of(text, IDNA_DOMAIN_MAX)));
	ck_assert_ptr_null(idna_to_ascii(&arena, span_of(text, sizeof(text))));
}
END_TEST

/* Back again: what the first table gives, and what nobody would have made. */
static const struct {
	const char *domain, *want;
} backs[] = {
	{ "xn--mller-kva.example", "m\xc3\xbcller.example" },
	{ "XN--Mller-KVA.Example.", "M\xc3\xbcller.Example." },
	{ "a.xn--tda.b", "a.\xc3\xbc.b" },
	{ "xn--ihqwcrb4cv8a8dqg056pqjye", "\xe4\xbb\x96\xe4\xbb\xac\xe4\xb8\xba\xe4\xbb\x80\xe4\xb9\x88\xe4\xb8\x8d"
					  "\xe8\xaf\xb4\xe4\xb8\xad\xe6\x96\x87" },
	{ "xn--e28h", "\xf0\x9f\x98\x80" },
	{ "example.org", "example.org" },
	{ "", "" },
	{ "xn--", "xn--" },
	{ "xn--a", "xn--a" },
	{ "xn--abc-", "xn--abc-" },
	{ "xn--99999999999999999999999", "xn--99999999999999999999999" },
	{ "xn--\xc3\xbc", "xn--\xc3\xbc" },
	{ "xn---", "xn---" },
};

START_TEST(test_back)
{
	ck_assert_str_eq(idna_to_utf8(&arena, span_str(backs[_i].domain)), backs[_i].want);
}
END_TEST

/* Every name of the first table comes back. */
START_TEST(test_round)
{
	if (!rows[_i].want || !span_has_8bit(span_str(rows[_i].domain)))
		return;
	ck_assert_str_eq(idna_to_utf8(&arena, span_str(rows[_i].want)), rows[_i].domain);
	ck_assert_str_eq(idna_other_form(&arena, span_str(rows[_i].want)), rows[_i].domain);
	ck_assert_str_eq(idna_other_form(&arena, span_str(rows[_i].domain)), rows[_i].want);
}
END_TEST

START_TEST(test_one_form)
{
	static const char *const domains[] = { "example.org", "", "[192.0.2.1]", "xn--a", "m\xfcller" };

	for (size_t i = 0; i < COUNT(domains); i++)
		ck_assert_ptr_null(idna_other_form(&arena, span_str(domains[i])));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_back, 0, COUNT(backs));
	tcase_add_loop_test(tc, test_round, 0, COUNT(rows));
	tcase_add_test(tc, test_one_form);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_length);
}

CHECK_MAIN(idna, add_tests)
