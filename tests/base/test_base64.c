/* SPDX-License-Identifier: ISC */
#include "base/base64.h"
#include "base/arena.h"
#include "base/entropy.h"
#include "support/check_main.h"

static const struct {
	struct span bytes;
	const char *text;
} pairs[] = {
	/* RFC 4648 section 10 */
	{ SPAN_INIT(""), "" },
	{ SPAN_INIT("f"), "Zg==" },
	{ SPAN_INIT("fo"), "Zm8=" },
	{ SPAN_INIT("foo"), "Zm9v" },
	{ SPAN_INIT("foob"), "Zm9vYg==" },
	{ SPAN_INIT("fooba"), "Zm9vYmE=" },
	{ SPAN_INIT("foobar"), "Zm9vYmFy" },
	{ SPAN_INIT("\0user\0secret"), "AHVzZXIAc2VjcmV0" },
	{ SPAN_INIT("\xff\xfe\xfb"), "//77" },
	{ SPAN_INIT("\xfb\xef\xbe"), "++++" },
};

START_TEST(test_pairs)
{
	struct buf out;

	buf_init(&out, 100);
	base64_put(&out, pairs[_i].bytes);
	ck_assert_str_eq(buf_str(&out), pairs[_i].text);
	ck_assert_uint_eq(out.n, base64_size(pairs[_i].bytes.n));
	buf_reset(&out);
	ck_assert_int_eq(base64_parse(&out, span_str(pairs[_i].text), 0), 0);
	ck_assert_msg(span_is(buf_span(&out), pairs[_i].bytes), "row %d", _i);
	buf_clear(&out);
}
END_TEST

static const struct {
	struct span text;
	const char *unpadded; /* what it is with BASE64_UNPADDED, NULL: refused too */
} refused[] = {
	{ SPAN_INIT("Z"), NULL },	 { SPAN_INIT("Zg"), "f" },	{ SPAN_INIT("Zg="), NULL },
	{ SPAN_INIT("Zg==="), NULL },	 { SPAN_INIT("Zm8"), "fo" },	{ SPAN_INIT("Zm9vYg"), "foob" },
	{ SPAN_INIT("="), NULL },	 { SPAN_INIT("===="), NULL },	{ SPAN_INIT("Z==="), NULL },
	{ SPAN_INIT("Zg==Zg=="), NULL }, { SPAN_INIT("Zm9v\n"), NULL }, { SPAN_INIT("Zm 9v"), NULL },
	{ SPAN_INIT(" Zm9v"), NULL },	 { SPAN_INIT("Zm\0v"), NULL },	{ SPAN_INIT("Zm9-"), NULL },
	{ SPAN_INIT("Zm9\xff"), NULL },	 { SPAN_INIT("Zh=="), NULL }, /* left-over bits */
	{ SPAN_INIT("Zm9="), NULL },	 { SPAN_INIT("Zh"), NULL },	{ SPAN_INIT("*"), NULL },
};

START_TEST(test_refused)
{
	const char *want = refused[_i].unpadded;
	struct buf out;

	buf_init(&out, 100);
	buf_put_str(&out, "kept ");
	ck_assert_int_eq(base64_parse(&out, refused[_i].text, 0), -1);
	ck_assert_str_eq(buf_str(&out), "kept ");
	ck_assert_int_eq(base64_parse(&out, refused[_i].text, BASE64_UNPADDED), want ? 0 : -1);
	ck_assert_str_eq(buf_str(&out) + 5, want ? want : "");
	buf_clear(&out);
}
END_TEST

/* Where there is room for the bytes and no more. */
START_TEST(test_exact_room)
{
	struct buf out;

	buf_init(&out, pairs[_i].bytes.n + 1);
	buf_put_str(&out, ">");
	ck_assert_int_eq(base64_parse(&out, span_str(pairs[_i].text), 0), 0);
	ck_assert(!out.overflow);
	ck_assert_uint_eq(out.n, pairs[_i].bytes.n + 1);
	buf_clear(&out);
}
END_TEST

START_TEST(test_overflow)
{
	struct buf out;

	buf_init(&out, 7);
	base64_put(&out, SPAN("fooba"));
	ck_assert(out.overflow);
	ck_assert_uint_eq(out.n, 0);
	buf_clear(&out);
}
END_TEST

START_TEST(test_digits)
{
	int n = 0;

	for (int c = 0; c < 256; c++)
		n += base64_is_digit((char)c);
	ck_assert_int_eq(n, 64);
	ck_assert(!base64_is_digit('=') && !base64_is_digit('\0') && base64_is_digit('/'));
}
END_TEST

enum { ROOM = 1 << 20, LONGEST = 700 };

static void encode_lines(struct span in, size_t piece, bool crlf, struct buf *out)
{
	struct base64_encode e;

	buf_reset(out);
	base64_encode_init(&e, crlf);
	for (size_t i = 0; i < in.n; i += piece)
		base64_encode_feed(&e, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	base64_encode_end(&e, out);
}

static uint64_t decode_lines(struct span in, size_t piece, struct buf *out)
{
	struct base64_decode d;

	buf_reset(out);
	base64_decode_init(&d);
	for (size_t i = 0; i < in.n; i += piece)
		base64_decode_feed(&d, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), out);
	base64_decode_end(&d, out);
	return d.junk;
}

/* One way to do it after the other, where the machine has it: the same as the whole string, cut into lines. */
START_TEST(test_lines)
{
	struct buf whole, want, got, back;
	char *bytes = arena_heap(LONGEST);

	if (!base64_use((enum base64_kernel)_i)) {
		free(bytes);
		return;
	}
	buf_init(&whole, ROOM);
	buf_init(&want, ROOM);
	buf_init(&got, ROOM);
	buf_init(&back, ROOM);
	for (size_t n = 0; n <= LONGEST; n++) {
		struct span in = span_of(bytes + LONGEST - n, n);

		entropy_fill(bytes, LONGEST);
		buf_reset(&whole);
		buf_reset(&want);
		base64_put(&whole, in);
		for (size_t i = 0; i < whole.n; i += BASE64_LINE) {
			buf_put(&want, whole.p + i, whole.n - i < BASE64_LINE ? whole.n - i : BASE64_LINE);
			buf_put_str(&want, n % 2 ? "\r\n" : "\n");
		}
		encode_lines(in, n % 5 ? n + 1 : 1 + n % 60, n % 2, &got);
		ck_assert_str_eq(buf_str(&got), buf_str(&want));
		ck_assert_uint_eq(got.n, base64_lines_size(n, n % 2));
		ck_assert_uint_eq(decode_lines(buf_span(&got), n % 3 ? got.n + 1 : 1 + n % 50, &back), 0);
		ck_assert(span_is(buf_span(&back), in));
	}
	free(bytes);
	buf_clear(&whole);
	buf_clear(&want);
	buf_clear(&got);
	buf_clear(&back);
}
END_TEST

/* Each way finds the same characters among all there are, at every place of a block. */
START_TEST(test_ways)
{
	char text[100];
	struct buf want, got;

	if (!base64_use((enum base64_kernel)_i))
		return;
	buf_init(&want, ROOM);
	buf_init(&got, ROOM);
	for (int c = 0; c < 256; c++)
		for (size_t place = 0; place < 80; place++) {
			uint64_t junk;

			memset(text, 'Q', sizeof(text));
			text[place] = (char)c;
			base64_use(BASE64_PORTABLE);
			junk = decode_lines(span_of(text, sizeof(text)), sizeof(text), &want);
			base64_use((enum base64_kernel)_i);
			ck_assert_uint_eq(decode_lines(span_of(text, sizeof(text)), sizeof(text), &got), junk);
			ck_assert(span_is(buf_span(&got), buf_span(&want)));
		}
	buf_clear(&want);
	buf_clear(&got);
}
END_TEST

static const struct {
	const char *in, *want;
	uint64_t junk;
} bodies[] = {
	{ "", "", 0 },
	{ "Zm9v\r\nYmFy\r\n", "foobar", 0 },
	{ "Zm 9v\tYm\nFy", "foobar", 0 },
	{ "Zm9v\nYg==\n", "foob", 0 },
	{ "Zm9vYmE=\n\n", "fooba", 0 },
	{ "Zm9vYmE", "fooba", 1 },
	{ "Zm9vYg", "foob", 1 },
	{ "Zm9vY", "foo", 2 },
	{ "Zm9v*Ym!Fy", "foobar", 2 },
	{ "Zm9vYmF=", "fooba", 1 },
	/* Padding ends it: what is behind it is not part of it for some readers, and so for none. */
	{ "Zg==Zm9v", "f", 4 },
	{ "Zg==\nfooter text\n", "f", 10 },
	{ "Zg=", "f", 1 },
	{ "Zg===", "f", 1 },
	{ "=Zm9v", "foo", 1 },
	{ "Z=m9v", "foo", 1 },
};

START_TEST(test_bodies)
{
	struct span in = span_str(bodies[_i].in);
	struct buf out;

	buf_init(&out, ROOM);
	for (int kernel = BASE64_PORTABLE; kernel <= BASE64_WIDE; kernel++)
		for (size_t piece = 1; base64_use((enum base64_kernel)kernel) && piece <= in.n + 1; piece++) {
			ck_assert_uint_eq(decode_lines(in, piece, &out), bodies[_i].junk);
			ck_assert_str_eq(buf_str(&out), bodies[_i].want);
		}
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_lines, BASE64_PORTABLE, BASE64_WIDE + 1);
	tcase_add_loop_test(tc, test_ways, BASE64_VECTOR, BASE64_WIDE + 1);
	tcase_add_loop_test(tc, test_bodies, 0, COUNT(bodies));
	tcase_add_loop_test(tc, test_pairs, 0, COUNT(pairs));
	tcase_add_loop_test(tc, test_exact_room, 0, COUNT(pairs));
	tcase_add_loop_test(tc, test_refused, 0, COUNT(refused));
	tcase_add_test(tc, test_overflow);
	tcase_add_test(tc, test_digits);
}

CHECK_MAIN(base64, add_tests)
