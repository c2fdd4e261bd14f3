/* SPDX-License-Identifier: ISC */
#include "message/fold.h"
#include "message/address.h"
#include "message/words.h"
#include "support/check_main.h"

enum { ROOM = 1 << 22 };

static char *put(struct arena *a, struct span field)
{
	struct header_field at;
	struct buf out;
	char *z;

	buf_init(&out, ROOM);
	ck_assert_int_eq(header_next(&field, &at), 1);
	fold_put_field(a, &out, &at);
	ck_assert(!out.overflow);
	z = arena_span(a, buf_span(&out));
	ck_assert_uint_eq(strlen(z), out.n);
	buf_clear(&out);
	return z;
}

static const struct {
	struct span in;
	const char *want;
} short_ones[] = {
	{ SPAN_INIT("Subject: x\n"), "Subject: x\n" },
	{ SPAN_INIT("Subject :  x  y \n\t z\n"), "Subject :  x  y \n\t z\n" },
	{ SPAN_INIT("Subject: x\r\n y\r\n"), "Subject: x\n y\n" },
	{ SPAN_INIT("Subject: x"), "Subject: x\n" },
	{ SPAN_INIT("Subject: x\n \t \n y\n"), "Subject: x\n y\n" },
	{ SPAN_INIT("Subject: x\n \n"), "Subject: x\n" },
	{ SPAN_INIT("Subject: a\0b\n"), "Subject: a b\n" },
	{ SPAN_INIT("Subject: caf\xc3\xa9\n"), "Subject: caf\xc3\xa9\n" },
};

START_TEST(test_short)
{
	struct arena a = { 0 };

	ck_assert_str_eq(put(&a, short_ones[_i].in), short_ones[_i].want);
	arena_clear(&a);
}
END_TEST

static void check_lines(const char *field)
{
	struct span rest = span_str(field);

	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		ck_assert_msg(line.n <= HEADER_LINE_MAX, "a line of %zu in %.60s", line.n, field);
		ck_assert_msg(span_trim(line).n > 0, "an empty line in %.60s", field);
	}
}

/* A field of `count` times `piece`; its name as written. */
static char *make(struct arena *a, const char *name, const char *piece, size_t count)
{
	char *field = arena_alloc(a, strlen(name) + 4 + strlen(piece) * count), *to = field;

	to = stpcpy(stpcpy(to, name), ": ");
	while (count-- > 0)
		to = stpcpy(to, piece);
	stpcpy(to, "\n");
	return field;
}

static size_t count_addresses(struct arena *a, const char *field)
{
	struct span rest = span_from(span_str(field), 4);
	struct address at;
	size_t n = 0;

	while (address_next(&rest, a, &at) == 1)
		n++;
	ck_assert_uint_eq(rest.n, 0);
	return n;
}

/* The limit, to the octet. */
START_TEST(test_limit)
{
	struct arena a = { 0 };
	char *field = make(&a, "Subject", "x", HEADER_LINE_MAX - 9);

	ck_assert_uint_eq(strlen(field), HEADER_LINE_MAX + 1);
	ck_assert_str_eq(put(&a, span_str(field)), field);
	field = make(&a, "Subject", "x", HEADER_LINE_MAX - 8);
	check_lines(put(&a, span_str(field)));
	ck_assert_str_ne(put(&a, span_str(field)), field);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *name, *piece;
	size_t count;
} lists[] = {
	{ "To", "al@example.org, ", 1000 },
	{ "To", "al@example.org,", 1000 },
	{ "Cc", "<al@example.org>;", 300 },
	{ "To", "\"A very long name, with a comma\" <al@example.org>, ", 100 },
};

/* No address is lost or becomes another one. */
START_TEST(test_addresses)
{
	struct arena a = { 0 };
	char *field = make(&a, lists[_i].name, lists[_i].piece, lists[_i].count), *got = put(&a, span_str(field));

	check_lines(got);
	ck_assert_uint_eq(count_addresses(&a, field), lists[_i].count);
	ck_assert_uint_eq(count_addresses(&a, got), lists[_i].count);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *name, *piece;
	size_t count;
} texts[] = {
	{ "Subject", "x", 5000 },
	{ "Subject", "word ", 500 },
	{ "Subject", "caf\xc3\xa9 ", 500 },
	{ "Subject", "\xe2\x82\xac", 5000 },
	{ "X-Anything", "a,b;c", 1000 },
	{ "Subject", "                                                  x", 100 },
	{ "An-Uncommonly-Long-Name-That-Leaves-Little-Of-A-Line", "y", 5000 },
};

/* Unfolded and decoded, text is what it was. */
START_TEST(test_texts)
{
	struct arena a = { 0 };
	char *field = make(&a, texts[_i].name, texts[_i].piece, texts[_i].count), *got = put(&a, span_str(field));
	struct header_field at;
	struct span rest = span_str(got);
	struct buf out;

	check_lines(got);
	ck_assert_int_eq(header_next(&rest, &at), 1);
	ck_assert(span_is(at.name, span_str(texts[_i].name)) && rest.n == 0);
	buf_init(&out, ROOM);
	words_decode(&out, span_str(header_unfold(&a, at.body)));
	rest = span_trim(span_from(span_str(field), strlen(texts[_i].name) + 1));
	ck_assert(span_is(buf_span(&out), rest));
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *name, *piece;
	size_t count;
} structured[] = {
	{ "References", "<0123456789@example.org>", 200 },
	{ "DKIM-Signature", "v=1;d=example.org;", 200 },
	{ "References", "x", 5000 },
	{ "Received", "from x;", 1000 },
	{ "Content-Type", "text/plain;name=\"a\"", 200 },
};

static char *without_blanks(struct arena *a, const char *text)
{
	char *out = arena_alloc(a, strlen(text) + 1), *to = out;

	for (; *text; text++)
		if (!strchr(" \t\n", *text))
			*to++ = *text;
	return out;
}

/* Structured fields are only folded, where that can be done between tokens. */
START_TEST(test_structured)
{
	struct arena a = { 0 };
	char *field = make(&a, structured[_i].name, structured[_i].piece, structured[_i].count);
	char *got = put(&a, span_str(field));

	check_lines(got);
	if (strlen(structured[_i].piece) > 1)
		ck_assert_str_eq(without_blanks(&a, got), without_blanks(&a, field));
	else
		ck_assert(strstr(got, "=?") != NULL);
	arena_clear(&a);
}
END_TEST

static const char *const floods[] = { "x", ",", " ", "\n ", "<", "\xff", "x,", "\t\t\t\tx", "=?", "\r" };

START_TEST(test_linear)
{
	static const char *const names[] = { "To", "Subject" };

	for (int i = 0; i < COUNT(names); i++) {
		struct arena a = { 0 };

		check_lines(put(&a, span_str(make(&a, names[i], floods[_i], (1 << 20) / strlen(floods[_i])))));
		arena_clear(&a);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_short, 0, COUNT(short_ones));
	tcase_add_test(tc, test_limit);
	tcase_add_loop_test(tc, test_addresses, 0, COUNT(lists));
	tcase_add_loop_test(tc, test_texts, 0, COUNT(texts));
	tcase_add_loop_test(tc, test_structured, 0, COUNT(structured));
	tcase_add_loop_test(tc, test_linear, 0, COUNT(floods));
}

CHECK_MAIN(fold, add_tests)
