/* SPDX-License-Identifier: ISC */
#include "message/encoding.h"
#include "base/entropy.h"
#include "support/check_main.h"

enum { ROOM = 1 << 22 };

START_TEST(test_names)
{
	static const enum encoding all[] = { ENCODING_7BIT, ENCODING_8BIT,   ENCODING_BINARY,
					     ENCODING_QP,   ENCODING_BASE64, ENCODING_UUENCODE };

	for (int i = 0; i < COUNT(all); i++)
		ck_assert_int_eq(encoding_parse(span_str(encoding_name(all[i]))), all[i]);
	ck_assert_int_eq(encoding_parse(SPAN("BASE64")), ENCODING_BASE64);
	ck_assert_int_eq(encoding_parse(SPAN("8-bit")), ENCODING_8BIT);
	ck_assert_int_eq(encoding_parse(SPAN("")), ENCODING_7BIT);
	ck_assert_int_eq(encoding_parse(SPAN("base64x")), ENCODING_OTHER);
	ck_assert_ptr_null(encoding_name(ENCODING_OTHER));
}
END_TEST

static void decode(enum encoding encoding, struct span in, size_t piece, struct buf *out, uint64_t *junk)
{
	struct encoding_decode d;

	buf_reset(out);
	encoding_decode_init(&d, encoding);
	for (size_t i = 0; i < in.n; i += piece)
		encoding_decode_feed(&d, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	encoding_decode_end(&d, out);
	*junk = encoding_decode_junk(&d);
}

static const struct {
	enum encoding encoding;
	const char *in, *want;
	uint64_t junk;
} decodes[] = {
	{ ENCODING_7BIT, "a=3D\n", "a=3D\n", 0 },    { ENCODING_OTHER, "a=3D\n", "a=3D\n", 0 },
	{ ENCODING_QP, "a=3Db=\nc\n", "a=bc\n", 0 }, { ENCODING_BASE64, "Zm9v\nYg==\n", "foob", 0 },
	{ ENCODING_BASE64, "Zm9v!", "foo", 1 },	     { ENCODING_UUENCODE, "begin 644 x\n#86)C\n`\nend\n", "abc", 0 },
};

START_TEST(test_decode)
{
	struct span in = span_str(decodes[_i].in);
	struct buf out;
	uint64_t junk;

	buf_init(&out, ROOM);
	for (size_t piece = 1; piece <= in.n; piece++) {
		decode(decodes[_i].encoding, in, piece, &out, &junk);
		ck_assert_str_eq(buf_str(&out), decodes[_i].want);
		ck_assert_uint_eq(junk, decodes[_i].junk);
	}
	buf_clear(&out);
}
END_TEST

#define X100 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X900 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X98  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	struct span in;
	unsigned how;
	enum encoding want;
} choices[] = {
	{ SPAN_INIT(""), ENCODING_TEXT, ENCODING_7BIT },
	{ SPAN_INIT("text\n"), ENCODING_TEXT, ENCODING_7BIT },
	{ SPAN_INIT("text\n"), 0, ENCODING_BASE64 },
	{ SPAN_INIT("text \n.\n"), ENCODING_TEXT, ENCODING_7BIT },
	{ SPAN_INIT("caf\xc3\xa9 au lait, croissant\n"), ENCODING_TEXT, ENCODING_QP },
	{ SPAN_INIT("caf\xc3\xa9\n"), ENCODING_TEXT | ENCODING_8BIT_OK, ENCODING_8BIT },
	{ SPAN_INIT("\xd0\xb0\xd0\xb0\xd0\xb0\xd0\xb0\xd0\xb0\xd0\xb0\n"), ENCODING_TEXT, ENCODING_BASE64 },
	{ SPAN_INIT("a\0b\n"), ENCODING_TEXT | ENCODING_8BIT_OK, ENCODING_BASE64 },
	{ SPAN_INIT("a long enough text\r\nwith lines\r\n"), ENCODING_TEXT | ENCODING_8BIT_OK, ENCODING_QP },
	{ SPAN_INIT("a long enough text\rwith a CR\n"), ENCODING_TEXT, ENCODING_QP },
	{ SPAN_INIT("x\nFrom here on it is not safe\n"), ENCODING_TEXT, ENCODING_QP },
	{ SPAN_INIT("x From here\n>From\nFro\nFrom\n"), ENCODING_TEXT, ENCODING_7BIT },
	{ SPAN_INIT(X900 X98 "\n"), ENCODING_TEXT, ENCODING_7BIT },
	{ SPAN_INIT(X900 X98 "x\n"), ENCODING_TEXT, ENCODING_QP },
	{ SPAN_INIT(X900 X98 "x"), ENCODING_TEXT | ENCODING_8BIT_OK, ENCODING_QP },
};

START_TEST(test_choose)
{
	struct span in = choices[_i].in;

	for (size_t piece = 1; piece <= in.n + 1; piece += 1 + piece / 30) {
		struct encoding_survey s = { 0 };

		for (size_t i = 0; i < in.n; i += piece)
			encoding_survey_feed(&s, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
		ck_assert_int_eq(encoding_choose(&s, choices[_i].how), choices[_i].want);
		ck_assert_uint_eq(s.bytes, in.n);
	}
}
END_TEST

/* Whatever is chosen, decoded it is the same, and its lines are short; the size is what was said. */
START_TEST(test_round_trip)
{
	static const char *const alphabets[] = { "x", "x \n", "x\xff\n", "=\n ", "\r\n", "From \n", "x.\n-" };
	unsigned char random[3000];
	struct encoding_survey s = { 0 };
	struct encoding_encode e;
	struct buf in, out, back;
	enum encoding encoding;
	uint64_t junk, size;

	buf_init(&in, ROOM);
	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	entropy_fill(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		buf_put_char(&in, alphabets[_i][random[i] % strlen(alphabets[_i])]);
	encoding_survey_feed(&s, buf_span(&in));
	for (unsigned how = 0; how < 4; how++) {
		encoding = encoding_choose(&s, how);
		encoding_encode_init(&e, encoding);
		buf_reset(&out);
		for (size_t i = 0; i < in.n; i += 100)
			encoding_encode_feed(&e, span_of(in.p + i, in.n - i < 100 ? in.n - i : 100), &out);
		encoding_encode_end(&e, &out);
		decode(encoding, buf_span(&out), 1 + random[0], &back, &junk);
		ck_assert(span_is(buf_span(&back), buf_span(&in)));
		ck_assert_uint_eq(junk, 0);
		size = encoding_size(&s, encoding);
		if (encoding == ENCODING_QP)
			ck_assert(size > out.n * 9 / 10 && size < out.n * 12 / 10);
		else
			ck_assert_uint_eq(size, out.n);
	}
	buf_clear(&in);
	buf_clear(&out);
	buf_clear(&back);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_names);
	tcase_add_loop_test(tc, test_decode, 0, COUNT(decodes));
	tcase_add_loop_test(tc, test_choose, 0, COUNT(choices));
	tcase_add_loop_test(tc, test_round_trip, 0, 7);
}

CHECK_MAIN(encoding, add_tests)
