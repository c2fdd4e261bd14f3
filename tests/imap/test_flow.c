/* SPDX-License-Identifier: ISC */
#include "imap/flow.h"

#include "support/sourcetest.h"

enum { ROOM = 4 << 20 };

/* A mailbox with this as its only message, opened. */
static void open_message(struct span text)
{
	make_box();
	write_message("1.a", text);
	open_box();
	imap_source_turn(&source, 0);
	ck_assert_int_eq(imap_source_open(&source, &fault), 0);
}

static void put_all(struct imap_flow *w, struct buf *out, struct imap_flow *mark)
{
	while (!imap_flow_is_done(w)) {
		*mark = *w;
		ck_assert_int_eq(imap_flow_put(w, &source, out, &fault), 0);
	}
}

static const struct {
	enum encoding encoding;
	bool binary;
	struct span in, want;
} rows[] = {
	{ ENCODING_7BIT, false, SPAN_INIT(""), SPAN_INIT("") },
	{ ENCODING_7BIT, false, SPAN_INIT("a\nb\r\nc\0\n"), SPAN_INIT("a\r\nb\r\nc\x80\r\n") },
	{ ENCODING_BINARY, true, SPAN_INIT("a\nb\r\nc\0\n"), SPAN_INIT("a\r\nb\r\nc\0\r\n") },
	{ ENCODING_BASE64, true, SPAN_INIT("YQpi\nDQpj\nAA==\n"), SPAN_INIT("a\nb\r\nc\0") },
	{ ENCODING_BASE64, true, SPAN_INIT("YWI"), SPAN_INIT("ab") },
	{ ENCODING_QP, true, SPAN_INIT("a=\nb \n=0A=0D=0A=00=C3=A9\r\nx="), SPAN_INIT("ab\r\n\n\r\n\0\xc3\xa9\r\nx") },
};

START_TEST(test_rows)
{
	struct imap_flow w, mark;
	uint64_t octets;
	struct buf out;

	open_message(rows[_i].in);
	buf_init(&out, ROOM);
	imap_flow_init(&w, 0, rows[_i].in.n, rows[_i].encoding, rows[_i].binary);
	ck_assert_int_eq(imap_flow_measure(&w, &source, &octets, &fault), 0);
	ck_assert_uint_eq(octets, rows[_i].want.n);
	for (size_t from = 0; from <= octets; from++)
		for (size_t n = 0; n <= octets - from; n++) {
			buf_reset(&out);
			imap_flow_init(&w, 0, rows[_i].in.n, rows[_i].encoding, rows[_i].binary);
			imap_flow_window(&w, from, n);
			put_all(&w, &out, &mark);
			ck_assert(span_is(buf_span(&out), span_of(rows[_i].want.p + from, n)));
		}
	buf_clear(&out);
}
END_TEST

static const enum encoding encodings[] = { ENCODING_8BIT, ENCODING_BASE64, ENCODING_QP };

/* Bit by bit, each from where the last one stopped: it is the whole, and no octet of the file is read often. */
START_TEST(test_bits)
{
	struct buf file, whole, bits;
	struct imap_flow w, mark;
	uint64_t steps = 0;

	buf_init(&file, ROOM);
	buf_init(&whole, ROOM);
	buf_init(&bits, ROOM);
	for (int i = 0; i < 40000; i++)
		buf_printf(&file, encodings[_i] == ENCODING_QP ? "%d=3D\n" : "%d+AB\n", i);
	open_message(buf_span(&file));
	imap_flow_init(&w, 5, file.n - 1, encodings[_i], false);
	imap_flow_window(&w, 0, UINT64_MAX);
	put_all(&w, &whole, &mark);
	ck_assert_uint_gt(whole.n, 100000);
	imap_flow_init(&mark, 5, file.n - 1, encodings[_i], false);
	for (uint64_t at = 0; at < whole.n; at += 1000) {
		w = mark;
		ck_assert_uint_le(w.passed, at);
		imap_flow_window(&w, at, 1000);
		for (; !imap_flow_is_done(&w); steps++) {
			mark = w;
			ck_assert_int_eq(imap_flow_put(&w, &source, &bits, &fault), 0);
		}
	}
	ck_assert(span_is(buf_span(&bits), buf_span(&whole)));
	ck_assert_uint_le(steps, 2 * (whole.n / 1000 + file.n / IMAP_FLOW_PIECE + 2));
	buf_clear(&file);
	buf_clear(&whole);
	buf_clear(&bits);
}
END_TEST

START_TEST(test_names)
{
	open_message(SPAN(""));
	ck_assert(imap_flow_decodes(ENCODING_7BIT) && imap_flow_decodes(ENCODING_BINARY));
	ck_assert(imap_flow_decodes(ENCODING_QP) && imap_flow_decodes(ENCODING_BASE64));
	ck_assert(!imap_flow_decodes(ENCODING_OTHER) && !imap_flow_decodes(ENCODING_UUENCODE));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_bits, 0, COUNT(encodings));
	tcase_add_test(tc, test_names);
}

CHECK_MAIN(flow, add_tests)
