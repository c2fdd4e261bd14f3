/* SPDX-License-Identifier: ISC */
#include "list/prefix.h"

#include <stdio.h>

#include "message/header.h"
#include "message/words.h"
#include "support/check_main.h"

enum { OUT_MAX = 1 << 20 };

/* "-": it stays as it is. */
static const struct {
	const char *mark, *in, *want;
} rows[] = {
	{ "[x]", " lunch", "[x] lunch" },
	{ "[x]", "", "[x] (no subject)" },
	{ "[x]", " ", "[x] (no subject)" },
	{ "[x]", " [x]", "[x] (no subject)" },
	{ "", " lunch", "-" },
	{ "[x]", " [x] lunch", "-" },
	{ "[x]", " Re: [x] lunch", "-" },
	{ "[x]", " [X] lunch", "[x] lunch" },
	{ "[x]", " Re: lunch", "Re: [x] lunch" },
	{ "[x]", " Re:", "Re: [x]" },
	{ "[x]", " [x] Re: lunch", "Re: [x] lunch" },
	{ "[x]", " Re: [x] Re: [x] lunch", "Re: [x] lunch" },
	{ "[x]", " Re: [x] RE: Re[2]: [x]  Re^3: lunch", "Re: [x] lunch" },
	{ "[x]", " Fwd: [x] lunch", "[x] Fwd: lunch" },
	{ "[x]", " AW: [x] lunch", "[x] AW: lunch" },
	{ "[x]", " Reality: lunch", "[x] Reality: lunch" },
	{ "[x]", " a[x]b", "[x] a[x]b" },
	{ "[x]", " [y] lunch", "[x] [y] lunch" },
	{ "[x]", " [x][y] lunch", "[x] [y] lunch" },
	{ "[x %d]", " lunch", "[x 12] lunch" },
	{ "[x %d]", " Re: [x 11] lunch", "Re: [x 12] lunch" },
	{ "[x %d]", " Re: [x ] lunch", "Re: [x 12] [x ] lunch" },
	{ "[x]", " =?utf-8?q?gr=C3=BCn?= tea", "[x] grün tea" },
	{ "[x]", " =?iso-8859-1?q?Re=3A_[x]_gr=FCn?=", "-" },
	{ "[x]", " =?iso-8859-1?q?[x]_Re=3A_gr=FCn?=", "Re: [x] grün" },
	{ "[x]", " Re: =?utf-8?b?W3hdIGdyw7xu?=", "-" },
	{ "[ü]", " lunch", "[ü] lunch" },
	{ "[x]", " =?x-klingon?q?nuqneH?=", "[x] =?x-klingon?q?nuqneH?=" },
	{ "[x]", " [x] =?x-klingon?q?nuqneH?=", "-" },
};

START_TEST(test_prefix)
{
	struct arena a = { 0 };
	struct buf out, text;
	struct header_field field;
	struct span rest;
	bool put;

	buf_init(&out, OUT_MAX);
	buf_init(&text, OUT_MAX);
	put = prefix_put(&a, &out, span_str(rows[_i].in), rows[_i].mark, 12);
	ck_assert_int_eq(put, strcmp(rows[_i].want, "-") != 0);
	ck_assert_int_eq(put, out.n > 0);
	if (put) {
		rest = buf_span(&out);
		ck_assert_int_eq(header_next(&rest, &field), 1);
		ck_assert_uint_eq(rest.n, 0);
		ck_assert(span_is(field.name, SPAN("Subject")));
		words_decode(&text, span_str(header_unfold(&a, field.body)));
		ck_assert_str_eq(buf_str(&text), rows[_i].want);
	}
	buf_clear(&out);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

/* Done again, as when the post comes back in an answer, nothing changes; whatever the text. */
START_TEST(test_again)
{
	struct arena a = { 0 };
	struct buf out, again;
	struct header_field field;
	struct span rest;

	buf_init(&out, OUT_MAX);
	buf_init(&again, OUT_MAX);
	if (prefix_put(&a, &out, span_str(rows[_i].in), "[x]", 1)) {
		rest = buf_span(&out);
		ck_assert_int_eq(header_next(&rest, &field), 1);
		ck_assert(!prefix_put(&a, &again, field.body, "[x]", 2));
	}
	buf_clear(&out);
	buf_clear(&again);
	arena_clear(&a);
}
END_TEST

/* Long ones are folded, and no line end of theirs gets out. */
START_TEST(test_long)
{
	static char body[20000];
	struct arena a = { 0 };
	struct buf out;

	memset(body, 'x', sizeof(body) - 1);
	for (size_t i = 0; i < sizeof(body) - 1; i += 70)
		memcpy(body + i, "\n ", 2);
	buf_init(&out, OUT_MAX);
	ck_assert(prefix_put(&a, &out, span_str(body), "[x]", 1));
	for (struct span rest = buf_span(&out); rest.n;) {
		struct span line = span_cut(&rest, '\n');

		ck_assert_uint_le(line.n, 78);
		ck_assert(rest.n == 0 || rest.p[0] == ' ');
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_prefix, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_again, 0, COUNT(rows));
	tcase_add_test(tc, test_long);
}

CHECK_MAIN(prefix, add_tests)
