/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <string.h>

#include "base/disk.h"
#include "message/tnef.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

#define CORPUS "tests/fuzz/corpus/tnef/"

static void load(struct arena *a, const char *name, struct span *bytes, struct tnef *t, int want)
{
	struct tnef_source source;

	ck_assert_int_eq(disk_read_file(a, AT_FDCWD, arena_printf(a, CORPUS "%s", name), ROOM, bytes, NULL), 0);
	source = tnef_bytes(bytes);
	ck_assert_int_eq(tnef_parse(a, &source, t), want);
}

/* What is in the samples, in order. */
static const struct {
	const char *sample;
	enum tnef_kind kind;
	const char *name, *type, *id;
	int64_t modified;
	uint64_t size;
} rows[] = {
	{ "full", TNEF_FILE, "Pl\xc3\xa4ne f\xc3\xbcr 2027.pdf", "application/pdf", "<x@y>", 1795000000, 10249 },
	{ "full", TNEF_FILE, "../note.txt", NULL, NULL, 1795000000, 8 },
	{ "full", TNEF_BODY_HTML, NULL, NULL, NULL, 0, 12 },
	{ "full", TNEF_BODY_RTF, NULL, NULL, NULL, 0, 49 },
	{ "message", TNEF_MESSAGE, "Re: meeting", NULL, NULL, 0, 0 },
	{ "body", TNEF_BODY_TEXT, NULL, NULL, NULL, 0, 12 },
	{ "named", TNEF_FILE, "a.txt", NULL, NULL, 1795000000, 1 },
};

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

START_TEST(test_rows)
{
	struct arena a = { 0 };
	struct span bytes;
	struct tnef t;
	size_t found = 0;

	load(&a, rows[_i].sample, &bytes, &t, 0);
	ck_assert_uint_eq(t.problems, 0);
	ck_assert_uint_eq(t.codepage, 1252);
	for (size_t i = 0; i < t.n; i++)
		found += t.items[i].kind == rows[_i].kind && is_same(t.items[i].name, rows[_i].name) &&
			 is_same(t.items[i].type, rows[_i].type) && is_same(t.items[i].id, rows[_i].id) &&
			 t.items[i].modified == rows[_i].modified &&
			 (rows[_i].size == 0 || t.items[i].size == rows[_i].size);
	ck_assert_uint_eq(found, 1);
	arena_clear(&a);
}
END_TEST

START_TEST(test_content)
{
	struct arena a = { 0 };
	struct span bytes;
	struct tnef t;

	load(&a, "full", &bytes, &t, 0);
	ck_assert_uint_eq(t.n, 4);
	ck_assert(span_is(span_of(bytes.p + t.items[1].at, t.items[1].size), SPAN("a note\r\n")));
	ck_assert(span_is(span_of(bytes.p + t.items[2].at, t.items[2].size), SPAN("<p>h\xe9llo</p>")));
	/* A message within is a stream of its own. */
	load(&a, "message", &bytes, &t, 0);
	bytes = span_of(bytes.p + t.items[2].at, t.items[2].size);
	ck_assert(tnef_is(bytes));
	arena_clear(&a);
}
END_TEST

/* The short name stands for a long one that is missing; the time too. */
START_TEST(test_old)
{
	static const char stream[] = "\x78\x9f\x3e\x22\x01\x00"
				     "\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00"
				     "\x02\x10\x80\x01\x00\x04\x00\x00\x00"
				     "a.b\0"
				     "\x25\x01"
				     "\x02\x13\x80\x03\x00\x0e\x00\x00\x00"
				     "\xea\x07\x0b\x00\x16\x00\x06\x00\x1e\x00\x0f\x00\x00\x00"
				     "\x5b\x01"
				     "\x02\x0f\x80\x06\x00\x02\x00\x00\x00"
				     "xy"
				     "\xf1\x00";
	struct span bytes = SPAN(stream);
	struct tnef_source source = tnef_bytes(&bytes);
	struct arena a = { 0 };
	struct tnef t;

	ck_assert_int_eq(tnef_parse(&a, &source, &t), 0);
	ck_assert_uint_eq(t.n, 1);
	ck_assert_str_eq(t.items[0].name, "a.b");
	ck_assert_int_eq(t.items[0].modified, 1795329015);
	ck_assert_uint_eq(t.problems & ~(unsigned)TNEF_CHECKSUM, 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_damage)
{
	struct arena a = { 0 };
	struct span bytes, front;
	struct tnef t;

	load(&a, "none", &bytes, &t, -1);
	load(&a, "empty", &bytes, &t, 0);
	ck_assert_uint_eq(t.n, 0);
	load(&a, "checksum", &bytes, &t, 0);
	ck_assert_uint_eq(t.problems, TNEF_CHECKSUM);
	load(&a, "cut", &bytes, &t, 0);
	ck_assert_uint_eq(t.problems, TNEF_CUT);
	ck_assert_uint_gt(t.n, 0);
	/* Cut off anywhere, what was found is within. */
	load(&a, "message", &bytes, &t, 0);
	for (size_t n = 6; n < bytes.n; n += n < 2000 ? 1 : 97) {
		struct tnef_source source;

		front = span_of(bytes.p, n);
		source = tnef_bytes(&front);
		ck_assert_int_eq(tnef_parse(&a, &source, &t), 0);
		for (size_t i = 0; i < t.n; i++)
			ck_assert(t.items[i].at <= n && t.items[i].size <= n - t.items[i].at);
	}
	arena_clear(&a);
}
END_TEST

/* The example of [MS-OXRTFCP] 4.1.1. */
START_TEST(test_rtf)
{
	static const char packed[] = "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00"
				     "\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65\x6c\x09\x00\x20\x62\x77"
				     "\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0";
	struct tnef_rtf r;
	struct buf out;

	for (size_t piece = 1; piece < sizeof(packed); piece += 7) {
		buf_init(&out, ROOM);
		tnef_rtf_init(&r);
		for (size_t i = 0; i < sizeof(packed) - 1; i += piece)
			tnef_rtf_feed(
				&r,
				span_of(packed + i, sizeof(packed) - 1 - i < piece ? sizeof(packed) - 1 - i : piece),
				&out);
		tnef_rtf_end(&r);
		ck_assert_str_eq(buf_str(&out), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
		ck_assert(!r.broken);
		buf_clear(&out);
	}
}
END_TEST

static const struct {
	struct span packed;
	const char *want;
	bool broken;
} rtfs[] = {
	{ SPAN_INIT("\x0f\0\0\0\x03\0\0\0MELA\0\0\0\0abc"), "abc", false },
	{ SPAN_INIT("\x0f\0\0\0\x03\0\0\0MELA\0\0\0\0abcdef"), "abc", false },
	{ SPAN_INIT("\x0f\0\0\0\x05\0\0\0MELA\0\0\0\0abc"), "abc", true },
	{ SPAN_INIT("\x0f\0\0\0\x03\0\0\0XXXX\0\0\0\0abc"), "", true },
	{ SPAN_INIT("\x0f\0\0\0"), "", true },
};

START_TEST(test_rtf_damage)
{
	struct tnef_rtf r;
	struct buf out;

	buf_init(&out, ROOM);
	tnef_rtf_init(&r);
	tnef_rtf_feed(&r, rtfs[_i].packed, &out);
	tnef_rtf_end(&r);
	ck_assert_str_eq(buf_str(&out), rtfs[_i].want);
	ck_assert_int_eq(r.broken, rtfs[_i].broken);
	buf_clear(&out);
}
END_TEST

START_TEST(test_charset)
{
	ck_assert_str_eq(tnef_charset(1251), "windows-1251");
	ck_assert_ptr_null(tnef_charset(0));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_content);
	tcase_add_test(tc, test_old);
	tcase_add_test(tc, test_damage);
	tcase_add_test(tc, test_rtf);
	tcase_add_loop_test(tc, test_rtf_damage, 0, COUNT(rtfs));
	tcase_add_test(tc, test_charset);
}

CHECK_MAIN(tnef, add_tests)
