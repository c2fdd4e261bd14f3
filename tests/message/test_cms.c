/* SPDX-License-Identifier: ISC */
#include "message/cms.h"

#include <stdio.h>

#include "support/check_main.h"

/*
 * A structure in a notation of its own, so that a row can be read: hexadecimal digits; ( and ) around the octets of
 * an element, whose length is put in front; [ and ] around those of an indefinite length. Blanks mean nothing.
 */
static void encode(struct buf *out, const char **text, char until)
{
	for (; **text && **text != until; ++*text) {
		char c = **text;

		if (c == '(' || c == '[') {
			struct buf in;

			buf_init(&in, 1 << 16);
			++*text;
			encode(&in, text, c == '(' ? ')' : ']');
			ck_assert(**text != '\0');
			if (c == '[')
				buf_put_char(out, (char)0x80);
			else if (in.n < 0x80)
				buf_put_char(out, (char)in.n);
			else
				buf_printf(out, "\x82%c%c", (int)(in.n >> 8), (int)(in.n & 0xff));
			buf_put_span(out, buf_span(&in));
			if (c == '[')
				buf_put(out, "\0\0", 2);
			buf_clear(&in);
		} else if (c != ' ') {
			unsigned octet;

			ck_assert_int_eq(sscanf(*text, "%2x", &octet), 1);
			buf_put_char(out, (char)octet);
			++*text;
		}
	}
}

static const struct {
	const char *in, *frame, *content; /* frame NULL: a fault */
} rows[] = {
	/* signed: version, digests, content, certificates, signers */
	{ "30(06(01) a0(30(02(01) 31() 30(06(02) a0(04(616263))) a0(0500) 31(0500))))",
	  "30[06(01) a0[30[02(01) 31() 30[06(02)] a0(0500) 31(0500)]]]", "abc" },
	/* all of it indefinite, the content in pieces, in two levels */
	{ "30[06(01) a0[30[02(01) 31() 30[06(02) a0[24[04(61) 24[04(62) 04()] 04(63)]]] 31[0500]]]]",
	  "30[06(01) a0[30[02(01) 31() 30[06(02)] 31[0500]]]]", "abc" },
	/* a content that is cut into pieces of a definite length */
	{ "30(06(01) a0(30(02(01) 31() 30(06(02) a0(24(04(61) 04(6263)))) 31())))",
	  "30[06(01) a0[30[02(01) 31() 30[06(02)] 31()]]]", "abc" },
	/* encrypted: version, recipients, content; primitive and not */
	{ "30(06(01) a0(30(02(01) 31(3000) 30(06(02) 30() 80(616263)) a1(0500))))",
	  "30[06(01) a0[30[02(01) 31(3000) 30[06(02) 30()] a1(0500)]]]", "abc" },
	{ "30[06(01) a0[30[02(01) a0(0500) 31(3000) 30[06(02) 30() a0[04(61) 04(62)]]]]]",
	  "30[06(01) a0[30[02(01) a0(0500) 31(3000) 30[06(02) 30()]]]]", "ab" },
	/* an empty content, and none */
	{ "30(06(01) a0(30(02(01) 31() 30(06(02) a0(04())) 31())))", "30[06(01) a0[30[02(01) 31() 30[06(02)] 31()]]]",
	  "" },
	{ "30(06(01) a0(30(02(01) 31() 30(06(02)) 31())))", "30[06(01) a0[30[02(01) 31() 30[06(02)] 31()]]]", "" },
	/* what is behind it does not count */
	{ "30(06(01) a0(30(02(01) 31() 30(06(02) a0(04(61))) 31()))) ffffff",
	  "30[06(01) a0[30[02(01) 31() 30[06(02)] 31()]]]", "a" },
	/* damaged */
	{ "", NULL, "" },
	{ "31()", NULL, "" },
	{ "30 0a 06(01) a0 05 30", NULL, "" },
	{ "3084ffffffff 06(01)", NULL, "" },
	{ "3089010101010101010101 06(01)", NULL, "" },
	{ "3088ffffffffffffffff 06(01)", NULL, "" },
	{ "3f01", NULL, "" },
	{ "30(06 05 01)", NULL, "" },
	{ "30(06(01) a0(30(02(01) 30(a0(30())))))", NULL, "" },
	{ "30(06(01) a0(31(02(01))))", NULL, "" },
	{ "0000", NULL, "" },
	{ "30(0000)", NULL, "" },
	{ "30(06(01) a0(30(02(01) 31[])))", NULL, "" },
	{ "30(06(01) a0(30(02(01) 0480)))", NULL, "" },
};

static void keep(void *context, struct span piece)
{
	buf_put_span(context, piece);
}

static int split(struct span in, size_t step, struct buf *content, struct buf *frame, struct fault *f)
{
	struct cms c;
	int rc = 0;

	cms_init(&c, keep, content);
	for (size_t at = 0; at < in.n && rc == 0; at += step)
		rc = cms_feed(&c, span_of(in.p + at, in.n - at < step ? in.n - at : step), f);
	if (rc == 0)
		rc = cms_end(&c, f);
	ck_assert_uint_eq(c.content, content->n);
	buf_put_span(frame, buf_span(&c.frame));
	cms_clear(&c);
	return rc;
}

START_TEST(test_split)
{
	struct buf in, want, frame, content;
	const char *text = rows[_i].in;

	buf_init(&in, 1 << 16);
	buf_init(&want, 1 << 16);
	buf_init(&frame, 1 << 16);
	buf_init(&content, 1 << 16);
	encode(&in, &text, '\0');
	text = rows[_i].frame;
	if (text)
		encode(&want, &text, '\0');
	for (size_t step = 1; step <= 64; step *= 2) {
		struct fault f = { 0 };
		int rc;

		buf_reset(&frame);
		buf_reset(&content);
		rc = split(buf_span(&in), step, &content, &frame, &f);
		if (!rows[_i].frame) {
			ck_assert_int_eq(rc, -1);
			ck_assert_int_eq(f.kind, FAULT_PERM);
			continue;
		}
		ck_assert_msg(rc == 0, "%s: %s", rows[_i].in, f.text);
		ck_assert_str_eq(buf_str(&content), rows[_i].content);
		ck_assert_uint_eq(frame.n, want.n);
		ck_assert_mem_eq(frame.p, want.p, want.n);
	}
	buf_clear(&in);
	buf_clear(&want);
	buf_clear(&frame);
	buf_clear(&content);
}
END_TEST

/* Whatever is not content is bounded. */
START_TEST(test_limits)
{
	static const char front[] = "\x30\x80\x06\x01\x01\xa0\x80\x30\x80";
	static char zeros[1 << 16];
	struct fault f = { 0 };
	struct cms c;
	int rc = 0;

	cms_init(&c, NULL, NULL);
	ck_assert_int_eq(cms_feed(&c, span_of(front, sizeof(front) - 1), &f), 0);
	ck_assert_int_eq(cms_feed(&c, SPAN("\x31\x84\x7f\xff\xff\xff"), &f), 0);
	for (int i = 0; i < 17 && rc == 0; i++)
		rc = cms_feed(&c, span_of(zeros, sizeof(zeros)), &f);
	ck_assert_int_eq(rc, -1);
	ck_assert(strstr(f.text, "1048576 octets"));
	ck_assert(c.frame.n <= CMS_FRAME_MAX);
	cms_clear(&c);

	cms_init(&c, NULL, NULL);
	ck_assert_int_eq(cms_feed(&c, span_of(front, sizeof(front) - 1), &f), 0);
	for (rc = 0; rc < CMS_DEPTH_MAX; rc++)
		if (cms_feed(&c, SPAN("\x31\x80"), &f) < 0)
			break;
	ck_assert_int_lt(rc, CMS_DEPTH_MAX);
	ck_assert(strstr(f.text, "too deeply"));
	cms_clear(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_split, 0, COUNT(rows));
	tcase_add_test(tc, test_limits);
}

CHECK_MAIN(cms, add_tests)
