/* SPDX-License-Identifier: ISC */
#include "message/qp.h"
#include "base/entropy.h"
#include "support/check_main.h"

#define X10 "xxxxxxxxxx"
#define X70 X10 X10 X10 X10 X10 X10 X10

enum { ROOM = 1 << 20 };

enum way { ENCODE, DECODE, WRAP };

static void feed(enum way way, struct span in, size_t piece, struct buf *out)
{
	struct qp_encode encode;
	struct qp_decode decode;
	struct qp_wrap wrap;

	qp_encode_init(&encode);
	qp_decode_init(&decode);
	qp_wrap_init(&wrap);
	for (size_t i = 0; i < in.n; i += piece) {
		struct span at = span_of(in.p + i, in.n - i < piece ? in.n - i : piece);

		if (way == ENCODE)
			qp_encode_feed(&encode, at, out);
		else if (way == DECODE)
			qp_decode_feed(&decode, at, out);
		else
			qp_wrap_feed(&wrap, at, out);
	}
	if (way == ENCODE)
		qp_encode_end(&encode, out);
	else if (way == DECODE)
		qp_decode_end(&decode, out);
	else
		qp_wrap_end(&wrap, out);
	ck_assert(!out->overflow);
}

static const struct {
	struct span in;
	const char *want;
} encodes[] = {
	{ SPAN_INIT(""), "" },
	{ SPAN_INIT("plain text\n"), "plain text\n" },
	{ SPAN_INIT("a = b\n"), "a =3D b\n" },
	{ SPAN_INIT("caf\xc3\xa9\n"), "caf=C3=A9\n" },
	{ SPAN_INIT("a \n"), "a=20\n" },
	{ SPAN_INIT("a \t\n"), "a =09\n" },
	{ SPAN_INIT(" a\tb"), " a\tb" },
	{ SPAN_INIT("a "), "a=20" },
	{ SPAN_INIT("a\0b\rc\r\n"), "a=00b=0Dc=0D\n" },
	{ SPAN_INIT(".\n..a\nb.\n"), "=2E\n=2E.a\nb.\n" },
	{ SPAN_INIT("From me\nFrom\nFrom: x\n>From y\n From z\n"), "=46rom me\nFrom\nFrom: x\n>From y\n From z\n" },
	{ SPAN_INIT("From "), "=46rom=20" },
	{ SPAN_INIT("From \n"), "=46rom=20\n" },
	{ SPAN_INIT("FFrom x\nFroFrom x\n"), "FFrom x\nFroFrom x\n" },
	{ SPAN_INIT("Fro"), "Fro" },
	{ SPAN_INIT("--x\n"), "--x\n" },
	{ SPAN_INIT("\n\n"), "\n\n" },
	{ SPAN_INIT("\x7f\x01~!\n"), "=7F=01~!\n" },
	{ SPAN_INIT(X70 "12345\n"), X70 "12345\n" },
	{ SPAN_INIT(X70 "123456\n"), X70 "12345=\n6\n" },
	{ SPAN_INIT(X70 "123\xff\n"), X70 "123=\n=FF\n" },
	{ SPAN_INIT(X70 "12345.\n"), X70 "12345=\n=2E\n" },
	{ SPAN_INIT(X70 "12345--b\n"), X70 "12345=\n=2D-b\n" },
	{ SPAN_INIT(X70 "12345From b\n"), X70 "12345=\n=46rom b\n" },
	{ SPAN_INIT(X70 "1234  \n"), X70 "1234 =\n=20\n" },
	{ SPAN_INIT(X70 "12345 \n"), X70 "12345=\n=20\n" },
};

START_TEST(test_encode)
{
	struct buf out, back;

	for (size_t piece = 1; piece < 200; piece += 3) {
		buf_init(&out, ROOM);
		buf_init(&back, ROOM);
		feed(ENCODE, encodes[_i].in, piece, &out);
		ck_assert_str_eq(buf_str(&out), encodes[_i].want);
		feed(DECODE, buf_span(&out), piece, &back);
		ck_assert(span_is(buf_span(&back), encodes[_i].in));
		buf_clear(&out);
		buf_clear(&back);
	}
}
END_TEST

static const struct {
	const char *in;
	struct span want;
	const char *wrap;
} decodes[] = {
	{ "", SPAN_INIT(""), "" },
	{ "a=3Db\n", SPAN_INIT("a=b\n"), "a=3Db\n" },
	{ "a=3db\n", SPAN_INIT("a=b\n"), "a=3Db\n" },
	{ "a=\nb\n", SPAN_INIT("ab\n"), "a=\nb\n" },
	{ "a= \t\nb\n", SPAN_INIT("ab\n"), "a=\nb\n" },
	{ "a=\r\nb\r\n", SPAN_INIT("ab\n"), "a=\nb\n" },
	{ "a=20=\nb\n", SPAN_INIT("a b\n"), "a=20=\nb\n" },
	{ "a =\nb\n", SPAN_INIT("a b\n"), "a =\nb\n" },
	{ "a  \nb \t\r\n", SPAN_INIT("a\nb\n"), "a\nb\n" },
	{ "=00=0A=0D\n", SPAN_INIT("\0\n\r\n"), "=00=0A=0D\n" },
	{ "a=", SPAN_INIT("a"), "a" },
	{ "a= ", SPAN_INIT("a"), "a" },
	{ "a ", SPAN_INIT("a"), "a" },
	{ "=\n=\na\n", SPAN_INIT("a\n"), "a\n" },
	/* What is none, as it is. */
	{ "a=b\n", SPAN_INIT("a=b\n"), "a=3Db\n" },
	{ "a=4\n", SPAN_INIT("a=4\n"), "a=3D4\n" },
	{ "a=4", SPAN_INIT("a=4"), "a=3D4" },
	{ "a=4g=\n", SPAN_INIT("a=4g"), "a=3D4g=\n" },
	{ "a= b\n", SPAN_INIT("a= b\n"), "a=3D b\n" },
	{ "==41\n", SPAN_INIT("=A\n"), "=3D=41\n" },
	{ "=4=41\n", SPAN_INIT("=4A\n"), "=3D4=41\n" },
	{ "a\rb\n", SPAN_INIT("a\rb\n"), "a=0Db\n" },
	{ "caf\xc3\xa9\n", SPAN_INIT("caf\xc3\xa9\n"), "caf=C3=A9\n" },
};

START_TEST(test_decode)
{
	struct span in = span_str(decodes[_i].in);

	for (size_t piece = 1; piece <= in.n + 1; piece++) {
		struct buf out;

		buf_init(&out, ROOM);
		feed(DECODE, in, piece, &out);
		ck_assert(span_is(buf_span(&out), decodes[_i].want));
		buf_reset(&out);
		feed(WRAP, in, piece, &out);
		ck_assert_str_eq(buf_str(&out), decodes[_i].wrap);
		buf_clear(&out);
	}
}
END_TEST

static void check_lines(struct span encoded)
{
	ck_assert(!span_has_8bit(encoded));
	while (encoded.n) {
		struct span line = span_cut(&encoded, '\n');

		ck_assert_uint_le(line.n, QP_LINE_MAX);
		ck_assert(line.n == 0 || (line.p[line.n - 1] != ' ' && line.p[line.n - 1] != '\t'));
		ck_assert(line.n == 0 || line.p[0] != '.');
		ck_assert(!span_starts(line, SPAN("From ")));
		ck_assert(span_find(line, '\r') == line.n && span_find(line, '\0') == line.n);
	}
}

/* Long lines, blanks in the last columns, random bytes: decoded they are what they were, wrapped too. */
START_TEST(test_round_trip)
{
	static const char *const alphabets[] = { "x", " x", "=4A\n ", "\xff\xc3 ", "F", "-. ", "From ", "= \t\n\rAx" };
	unsigned char random[3000];
	struct buf text, out, back;

	buf_init(&text, ROOM);
	buf_init(&out, ROOM);
	buf_init(&back, ROOM);
	entropy_fill(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		buf_put_char(&text, alphabets[_i][random[i] % strlen(alphabets[_i])]);
	feed(ENCODE, buf_span(&text), 1 + random[0], &out);
	check_lines(buf_span(&out));
	feed(DECODE, buf_span(&out), 1 + random[1], &back);
	ck_assert(span_is(buf_span(&back), buf_span(&text)));
	/* The same bytes taken for quoted-printable. */
	buf_reset(&out);
	buf_reset(&back);
	feed(DECODE, buf_span(&text), 7, &back);
	feed(WRAP, buf_span(&text), 1 + random[2], &out);
	check_lines(buf_span(&out));
	buf_reset(&text);
	feed(DECODE, buf_span(&out), 1 + random[3], &text);
	ck_assert(span_is(buf_span(&back), buf_span(&text)));
	buf_clear(&text);
	buf_clear(&out);
	buf_clear(&back);
}
END_TEST

/* A run of blanks without end takes no memory without end. */
START_TEST(test_blanks)
{
	static char blanks[QP_BLANKS_MAX * 3 + 1];
	struct qp_decode q;
	struct buf out;

	memset(blanks, ' ', sizeof(blanks) - 1);
	buf_init(&out, ROOM);
	qp_decode_init(&q);
	qp_decode_feed(&q, span_str(blanks), &out);
	ck_assert_uint_ge(out.n, QP_BLANKS_MAX);
	qp_decode_feed(&q, SPAN("\n"), &out);
	ck_assert_int_eq(out.p[out.n - 1], '\n');
	buf_clear(&out);
}
END_TEST

/* Line breaks for the wire, and what only looks like one. */
START_TEST(test_decode_crlf)
{
	struct qp_decode q;
	struct buf out;

	buf_init(&out, 1 << 20);
	qp_decode_init(&q);
	q.crlf = true;
	qp_decode_feed(&q, SPAN("a\nb \r\nc=\nd=0A=0D=0A\n"), &out);
	qp_decode_end(&q, &out);
	ck_assert_str_eq(buf_str(&out), "a\r\nb\r\ncd\n\r\n\r\n");
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_decode_crlf);
	tcase_add_loop_test(tc, test_encode, 0, COUNT(encodes));
	tcase_add_loop_test(tc, test_decode, 0, COUNT(decodes));
	tcase_add_loop_test(tc, test_round_trip, 0, 8);
	tcase_add_test(tc, test_blanks);
}

CHECK_MAIN(qp, add_tests)
