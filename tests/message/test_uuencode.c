/* SPDX-License-Identifier: ISC */
#include "message/uuencode.h"
#include "base/entropy.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

struct tale {
	struct buf text;
	char in; /* what the last event was: 't' text, 'd' data */
};

static void change(struct tale *t, char to)
{
	if (t->in != to)
		buf_put_str(&t->text, to == 't' ? "(" : to == 'd' ? "{" : t->in == 't' ? ")" : "}");
	t->in = to;
}

static void leave(struct tale *t)
{
	if (t->in)
		change(t, '\0');
}

static void tell_begin(void *context, struct span name, unsigned mode)
{
	struct tale *t = context;

	leave(t);
	buf_printf(&t->text, "[%.*s %o]", SPAN_ARG(name), mode);
}

static void tell_data(void *context, struct span bytes)
{
	struct tale *t = context;

	change(t, 'd');
	buf_put_span(&t->text, bytes);
}

static void tell_end(void *context, bool whole)
{
	struct tale *t = context;

	leave(t);
	buf_put_str(&t->text, whole ? "." : "!");
}

static void tell_text(void *context, struct span piece)
{
	struct tale *t = context;

	change(t, 't');
	buf_put_span(&t->text, piece);
}

static const struct uuencode_events events = { tell_begin, tell_data, tell_end, tell_text };

static void decode(struct tale *t, struct span in, size_t piece)
{
	static struct uuencode u;

	*t = (struct tale){ 0 };
	buf_init(&t->text, ROOM);
	uuencode_init(&u, &events, t);
	for (size_t i = 0; i < in.n; i += piece)
		uuencode_feed(&u, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
	uuencode_end(&u);
	leave(t);
}

static const struct {
	const char *in, *want;
} rows[] = {
	{ "", "" },
	{ "text\n", "(text\n)" },
	{ "begin 644 x\n#86)C\n`\nend\n", "[x 644]{abc}." },
	{ "begin 644 x\r\n#86)C\r\n`\r\nend\r\n", "[x 644]{abc}." },
	{ "a\nbegin 600 two words\n#86)C\n`\nend\nb\n", "(a\n)[two words 600]{abc}.(b\n)" },
	{ "begin 644 x\n#86)C\n \nend\nbegin 644 y\n`\nend\n", "[x 644]{abc}.[y 644]." },
	{ "begin 4755 /etc/passwd\n#86)C\n`\nend\n", "[/etc/passwd 4755]{abc}." },
	{ "begin 644 ../x\nend\n", "[../x 644]." },
	/* Blanks that got lost at the end of a line; a checksum there. */
	{ "begin 644 x\n#``\n`\nend\n", "[x 644]{" },
	{ "begin 644 x\n#86)CX\n`\nend\n", "[x 644]{abc}." },
	/* Breaks off; has a line that is none. */
	{ "begin 644 x\n#86)C\n", "[x 644]{abc}!" },
	{ "begin 644 x\n#86)C\nthis is no data at all, is it\nend\n",
	  "[x 644]{abc}!(this is no data at all, is it\nend\n)" },
	/* Text that looks like it. */
	{ "begin 644 x\nbut that is text\n", "(begin 644 x\nbut that is text\n)" },
	{ "begin 644 x\nbegin 644 y\n#86)C\n`\nend\n", "(begin 644 x\n)[y 644]{abc}." },
	{ "begin 644 x", "(begin 644 x)" },
	{ "begin the work\n#86)C\n", "(begin the work\n#86)C\n)" },
	{ "begin 888 x\n#86)C\n", "(begin 888 x\n#86)C\n)" },
	{ "begin 644 \n#86)C\n", "(begin 644 \n#86)C\n)" },
	{ " begin 644 x\n#86)C\n", "( begin 644 x\n#86)C\n)" },
	{ "begin-base64 644 x\nZm9v\nYg==\n====\n", "[x 644]{foob}." },
	{ "begin-base64 644 x\nZm*9v\n====\n", "[x 644]{foo}!" },
};

START_TEST(test_decode)
{
	struct span in = span_str(rows[_i].in);

	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		struct tale t;

		decode(&t, in, piece);
		if (strcmp(rows[_i].want, "[x 644]{") == 0)
			ck_assert(span_is(buf_span(&t.text), SPAN("[x 644]{\0\0\0}.")));
		else
			ck_assert_str_eq(buf_str(&t.text), rows[_i].want);
		buf_clear(&t.text);
	}
}
END_TEST

START_TEST(test_long_line)
{
	struct buf in;
	struct tale t;

	buf_init(&in, ROOM);
	buf_put_str(&in, "begin 644 x\n#86)C\n");
	for (int i = 0; i < 3 * UUENCODE_LINE_MAX; i++)
		buf_put_char(&in, 'M');
	buf_put_str(&in, "\nend\n");
	for (size_t piece = 1; piece < in.n; piece += piece) {
		decode(&t, buf_span(&in), piece);
		ck_assert(span_starts(buf_span(&t.text), SPAN("[x 644]{abc}!(MMM")));
		ck_assert(span_ends_nocase(buf_span(&t.text), SPAN("M\nend\n)")));
		buf_clear(&t.text);
	}
	buf_clear(&in);
}
END_TEST

static void collect(void *context, struct span bytes)
{
	buf_put_span(context, bytes);
}

START_TEST(test_round_trip)
{
	static const struct uuencode_events only = { .data = collect };
	static struct uuencode u;
	unsigned char random[400];
	struct buf out, back;

	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	for (size_t n = 0; n < sizeof(random); n++) {
		struct span in = span_of((char *)random, n);

		entropy_fill(random, sizeof(random));
		if (n % 3 == 0)
			memset(random, '\0', n);
		buf_reset(&out);
		buf_reset(&back);
		ck_assert_int_eq(uuencode_put(&out, "name", 0644, in), 0);
		uuencode_init(&u, &only, &back);
		uuencode_feed(&u, buf_span(&out));
		uuencode_end(&u);
		ck_assert(span_is(buf_span(&back), in));
		ck_assert_uint_eq(u.junk, 0);
	}
	ck_assert_int_eq(uuencode_put(&out, "a\nb", 0644, SPAN("")), -1);
	ck_assert_int_eq(uuencode_put(&out, "", 0644, SPAN("")), -1);
	buf_clear(&out);
	buf_clear(&back);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_decode, 0, COUNT(rows));
	tcase_add_test(tc, test_long_line);
	tcase_add_test(tc, test_round_trip);
}

CHECK_MAIN(uuencode, add_tests)
