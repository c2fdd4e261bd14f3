/* SPDX-License-Identifier: ISC */
#include "list/textpart.h"

#include "support/check_main.h"

#define ASCII "Content-Type: text/plain; charset=us-ascii\n"
#define UTF8  "Content-Type: text/plain; charset=utf-8\n"
#define HEAD  "Content-Disposition: inline\n\n"

static const struct {
	const char *text, *boundary, *want;
} rows[] = {
	{ "hello\n", "", ASCII HEAD "hello\n" },
	{ "hello", "B", ASCII HEAD "hello\n" },
	{ "", "", ASCII HEAD },
	{ "how grün the grass is\n", "",
	  UTF8 "Content-Transfer-Encoding: quoted-printable\n" HEAD "how gr=C3=BCn the grass is\n" },
	{ "how gr\xfcn the grass is\n", "",
	  UTF8 "Content-Transfer-Encoding: quoted-printable\n" HEAD "how gr=EF=BF=BDn the grass is\n" },
	{ "grün\n", "", UTF8 "Content-Transfer-Encoding: base64\n" HEAD "Z3LDvG4K\n" },
	{ "From me, who writes\n", "",
	  ASCII "Content-Transfer-Encoding: quoted-printable\n" HEAD "=46rom me, who writes\n" },
	{ "a\n--Bar\n", "B", ASCII "Content-Transfer-Encoding: base64\n" HEAD "YQotLUJhcgo=\n" },
	{ "a\n--Bar\n", "C", ASCII HEAD "a\n--Bar\n" },
};

START_TEST(test_make)
{
	struct arena a = { 0 };
	struct span got = textpart_make(&a, span_str(rows[_i].text), "inline", span_str(rows[_i].boundary));

	ck_assert_str_eq(got.p, rows[_i].want);
	ck_assert_uint_eq(got.n, strlen(got.p));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_make, 0, COUNT(rows));
}

CHECK_MAIN(textpart, add_tests)
