/* SPDX-License-Identifier: ISC */
#include "message/subject.h"

#include "base/buf.h"
#include "support/check_main.h"

static const struct {
	const char *text, *want;
	bool is_reply;
} rows[] = {
	{ "", "", false },
	{ "lunch", "lunch", false },
	{ "  two \t words\r\n here ", "two words here", false },
	{ "Re: lunch", "lunch", true },
	{ "RE:lunch", "lunch", true },
	{ "re : lunch", "lunch", true },
	{ "Fwd: Fw: Re: lunch", "lunch", true },
	{ "Re[2]: lunch", "lunch", true },
	{ "Re [x y] : lunch", "lunch", true },
	{ "Re(2): lunch", "Re(2): lunch", false },
	{ "[list] lunch", "lunch", false },
	{ "[list] Re: lunch", "lunch", true },
	{ "Re: [list] lunch", "lunch", true },
	{ "[a][b] [c] Re: [d] lunch", "lunch", true },
	{ "[a] [b]", "[b]", false },
	{ "[only]", "[only]", false },
	{ "Re: [only]", "[only]", true },
	{ "[open lunch", "[open lunch", false },
	{ "[a[b]] lunch", "[a[b]] lunch", false },
	{ "lunch (fwd)", "lunch", true },
	{ "lunch (FWD) (fwd) ", "lunch", true },
	{ "(fwd)", "", true },
	{ "Re:", "", true },
	{ "Re: Re: ", "", true },
	{ "[fwd: lunch]", "lunch", true },
	{ "[Fwd: Re: [x] lunch (fwd)]", "lunch", true },
	{ "[fwd:]", "", true },
	{ "[fwd: [fwd: lunch (fwd)] (fwd)]", "lunch", true },
	{ "[fwd: lunch", "[fwd: lunch", false },
	{ "Return: lunch", "Return: lunch", false },
	{ "reply", "reply", false },
	{ "Re", "Re", false },
	{ "R\xc3\xa9: x", "R\xc3\xa9: x", false },
};

START_TEST(test_base)
{
	struct arena a = { 0 };
	bool is_reply;
	struct span got = subject_base(&a, span_str(rows[_i].text), &is_reply);

	ck_assert_str_eq(arena_span(&a, got), rows[_i].want);
	ck_assert_int_eq(is_reply, rows[_i].is_reply);
	arena_clear(&a);
}
END_TEST

/* Long ones of each kind: that they come to an end soon is the test. */
START_TEST(test_long)
{
	static const char *const units[] = { "[a]", "re:", "[fwd:", "(fwd)", "re[", "[a]re:", " ", "[" };
	struct arena a = { 0 };
	struct buf in;

	buf_init(&in, 1 << 20);
	while (in.n < (1 << 20) - 10)
		buf_put_str(&in, units[_i]);
	ck_assert_uint_le(subject_base(&a, buf_span(&in), NULL).n, in.n);
	buf_clear(&in);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_base, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_long, 0, 8);
}

CHECK_MAIN(subject, add_tests)
