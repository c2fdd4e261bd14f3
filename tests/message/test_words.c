/* SPDX-License-Identifier: ISC */
#include "message/words.h"
#include "message/header.h"
#include "support/check_main.h"

#define X10   "xxxxxxxxxx"
#define X50   X10 X10 X10 X10 X10
#define E10   "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define SMILE "\xf0\x9f\x98\x80"

static const struct {
	const char *in, *want; /* behind "Subject: " */
} texts[] = {
	{ "", "" },
	{ "hello world", "hello world" },
	{ "  hello  world ", "hello  world" },
	{ "a\tb", "a b" },
	{ "a\nBcc: b\r\n\r\nx", "a Bcc: b    x" },
	{ "Gr\xc3\xbc\xc3\x9f"
	  "e",
	  "=?UTF-8?B?R3LDvMOfZQ==?=" },
	{ "Gr\xc3\xbc\xc3\x9f"
	  "e aus Bonn",
	  "=?UTF-8?B?R3LDvMOfZQ==?= aus Bonn" },
	{ "Ein caf\xc3\xa9 bitte", "Ein =?UTF-8?B?Y2Fmw6k=?= bitte" },
	{ "un caf\xc3\xa9 et\xc3\xa9 fini", "un =?UTF-8?B?Y2Fmw6kgZXTDqQ==?= fini" },
	{ "internationali\xc3\xa9 word", "=?UTF-8?Q?internationali=C3=A9?= word" },
	{ "raw \xe9\xe8 bytes", "raw =?unknown-8bit?B?6eg=?= bytes" },
	{ "looks =?like?Q?this?= one", "looks =?UTF-8?B?PT9saWtlP1E/dGhpcz89?= one" },
	{ "100% =?", "100% =?UTF-8?B?PT8=?=" },
	{ X50 " " X50, X50 "\n " X50 },
	{ X50 X50 X50, X50 X50 X50 },
	{ E10 E10 E10, "=?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6nDqcOpw6k=?=\n"
		       " =?UTF-8?B?w6nDqcOpw6nDqcOpw6nDqcOpw6nDqQ==?=" },
};

static char *put(struct arena *a, void (*fn)(struct buf *, struct span), const char *name, struct span text)
{
	struct buf out;
	char *z;

	buf_init(&out, 64 * text.n + 1000);
	buf_put_str(&out, name);
	fn(&out, text);
	ck_assert(!out.overflow);
	z = arena_span(a, span_from(buf_span(&out), strlen(name)));
	ck_assert_uint_eq(strlen(z), out.n - strlen(name));
	buf_clear(&out);
	return z;
}

static char *decode(struct arena *a, const char *text)
{
	struct buf out;
	char *z;

	buf_init(&out, 4 * strlen(text) + 10);
	words_decode(&out, span_str(text));
	z = arena_span(a, buf_span(&out));
	buf_clear(&out);
	return z;
}

START_TEST(test_text)
{
	struct arena a = { 0 };

	ck_assert_str_eq(put(&a, words_put_text, "Subject: ", span_str(texts[_i].in)), texts[_i].want);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *in, *want; /* behind "From: " */
} phrases[] = {
	{ "Al", "Al" },
	{ "Al Doe", "Al Doe" },
	{ "Al  Doe", "\"Al  Doe\"" },
	{ " Al ", "Al" },
	{ "Doe, Al", "\"Doe, Al\"" },
	{ "a@b", "\"a@b\"" },
	{ "\"", "\"\\\"\"" },
	{ "x\ny", "\"x y\"" },
	{ "Jos\xc3\xa9", "=?UTF-8?B?Sm9zw6k=?=" },
	{ "Jos\xc3\xa9 Garc\xc3\xad"
	  "a y Vega",
	  "=?UTF-8?Q?Jos=C3=A9_Garc=C3=ADa_y_Vega?=" },
	{ "=?UTF-8?Q?x?=", "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=" },
};

START_TEST(test_phrase)
{
	struct arena a = { 0 };

	ck_assert_str_eq(put(&a, words_put_phrase, "From: ", span_str(phrases[_i].in)), phrases[_i].want);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *in, *want;
} decodes[] = {
	{ "plain", "plain" },
	{ "=?utf-8?q?a=C3=A9?=", "a\xc3\xa9" },
	{ "=?UTF-8*en?B?w6k=?= x", "\xc3\xa9 x" },
	{ "=?ISO-8859-1?Q?a?=", "a" },
	{ "=?ISO-8859-1?Q?a?= b", "a b" },
	{ "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
	{ "=?ISO-8859-1?Q?a?=\r\n   =?ISO-8859-1?Q?b?=", "ab" },
	{ "=?ISO-8859-1?Q?a_b?=", "a b" },
	{ "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?_b?=", "a b" },
	{ "=?iso-8859-1?q?=E9=DF?=", "\xc3\xa9\xc3\x9f" },
	{ "=?us-ascii?q?=E9x?=", "\xef\xbf\xbdx" },
	{ "=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "\xc3\xa9" }, /* split character */
	{ "=?utf-8?q?=C3?= =?iso-8859-1?q?=A9?=", "\xef\xbf\xbd\xc2\xa9" },
	{ "=?utf-8?q?=FFa?=", "\xef\xbf\xbd"
			      "a" },
	{ "=?utf-8?b?w6k?=", "\xc3\xa9" }, /* padding is missing */
	{ "=?utf-8?q?=00=0A=0D=1B=7F?=", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "=?iso-8859-1?q?=80=81?=", "\xe2\x82\xac\xef\xbf\xbd" },
	{ "=?utf-8?q?a_b=5F?=", "a b_" },
	{ "=?utf-8?q?"
	  "?=",
	  "" },
	{ "(=?utf-8?q?a?=)", "(a)" },
	/* As written. */
	{ "=?koi8-r?q?=C1?=", "\xd0\xb0" },
	{ "=?x-none?q?=C1?=", "=?x-none?q?=C1?=" },
	{ "=?utf-8?q?a?= =?x-none?q?=C1?=", "a =?x-none?q?=C1?=" },
	{ "=?utf-8?q?a?= =?koi8-r?q?=C1?=", "a\xd0\xb0" },
	{ "=?x-none?q?=C1?= =?utf-8?q?a?=", "=?x-none?q?=C1?= a" },
	{ "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
	{ "=?utf-8?q?a=?=", "=?utf-8?q?a=?=" },
	{ "=?utf-8?q?=C?=", "=?utf-8?q?=C?=" },
	{ "=?utf-8?q?=ZZ?=", "=?utf-8?q?=ZZ?=" },
	{ "=?utf-8?b?w6k*?=", "=?utf-8?b?w6k*?=" },
	{ "=?utf-8?q?a", "=?utf-8?q?a" },
	{ "=?utf-8?q?a?", "=?utf-8?q?a?" },
	{ "=?utf-8?q", "=?utf-8?q" },
	{ "=?"
	  "?q?a?=",
	  "=?"
	  "?q?a?=" },
	{ "=?", "=?" },
	{ "=?utf-8?q?a?= =?", "a =?" },
	{ "=", "=" },
	{ "", "" },
};

START_TEST(test_decode)
{
	struct arena a = { 0 };

	ck_assert_str_eq(decode(&a, decodes[_i].in), decodes[_i].want);
	arena_clear(&a);
}
END_TEST

/* RFC 2047 2: 75 octets in an encoded word, 76 in its line; whole characters in each. */
static void check_limits(struct arena *a, const char *name, const char *field)
{
	struct span rest = span_str(arena_printf(a, "%s%s", name, field));

	while (rest.n) {
		struct span line = span_cut(&rest, '\n'), words = line;
		bool encoded = memmem(line.p, line.n, "=?UTF-8?", 8) != NULL;

		ck_assert_msg(line.n <= (encoded ? 76 : HEADER_LINE_MAX), "a line of %zu: %.*s", line.n,
			      SPAN_ARG(line));
		ck_assert_msg(span_trim(line).n > 0, "an empty line in %s", field);
		while (words.n) {
			struct span word = span_word(&words);
			char *one = decode(a, arena_span(a, word));

			ck_assert(!encoded || word.n <= WORDS_MAX);
			ck_assert_msg(strstr(one, "\xef\xbf\xbd") == NULL, "part of a character: %.*s", SPAN_ARG(word));
		}
	}
}

static const char *const pieces[] = {
	"a",  "\xc3\xa9", "\xe2\x82\xac",	   SMILE, " ", " x ", " \xc3\xa9 ", "  ", "=?", "word ",
	"?=", X50 X50,	  "                     ",
};

/* What is put comes back, whatever it is and however long it is. */
START_TEST(test_round_trip)
{
	for (size_t n = 1; n < 2000; n = n * 2 + 1) {
		struct arena a = { 0 };
		char *text = arena_alloc(&a, n * 16 + 200), *to = text;
		const char *field;

		while ((size_t)(to - text) < n)
			for (int i = 0; i <= _i % 3; i++)
				to = stpcpy(to, pieces[(size_t)(_i + i * 5) % COUNT(pieces)]);
		text = arena_span(&a, span_trim(span_str(text)));
		field = put(&a, words_put_text, "Subject: ", span_str(text));
		check_limits(&a, "Subject: ", field);
		ck_assert_str_eq(decode(&a, header_unfold(&a, span_str(field))), text);
		field = put(&a, words_put_text, X50 "-Name: ", span_str(text));
		check_limits(&a, X50 "-Name: ", field);
		arena_clear(&a);
	}
}
END_TEST

START_TEST(test_break)
{
	struct buf out;

	buf_init(&out, 1000);
	buf_put_str(&out, X50);
	words_put_gap(&out, SPAN(" "), 27);
	ck_assert_str_eq(buf_str(&out), X50 " ");
	buf_cut(&out, 50);
	words_put_gap(&out, SPAN("  "), 27);
	ck_assert_str_eq(buf_str(&out), X50 "\n  ");
	words_put_gap(&out, SPAN(""), 100);
	ck_assert_str_eq(buf_str(&out), X50 "\n  ");
	buf_clear(&out);
}
END_TEST

static const char *const floods[] = {
	"=?", "=?utf-8?q?", "=?utf-8?q?a?= ",  "=?utf-8?b?", "?", "=", "=?a?q?b?=", "\xc3\xa9", "x",
	" ",  "\n",	    "=?utf-8?q?a?=\n",
};

START_TEST(test_linear)
{
	const size_t n = 1 << 20, step = strlen(floods[_i]);
	char *text = arena_heap(n);
	struct buf out;

	for (size_t i = 0; i < n; i++)
		text[i] = floods[_i][i % step];
	buf_init(&out, 16 * n);
	words_decode(&out, span_of(text, n));
	words_put_text(&out, span_of(text, n));
	words_put_phrase(&out, span_of(text, n));
	ck_assert(!out.overflow);
	buf_clear(&out);
	free(text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_text, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_phrase, 0, COUNT(phrases));
	tcase_add_loop_test(tc, test_decode, 0, COUNT(decodes));
	tcase_add_loop_test(tc, test_round_trip, 0, 3 * COUNT(pieces));
	tcase_add_test(tc, test_break);
	tcase_add_loop_test(tc, test_linear, 0, COUNT(floods));
}

CHECK_MAIN(words, add_tests)
