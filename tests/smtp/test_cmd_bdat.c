/* SPDX-License-Identifier: ISC */
#include "smtp/cmd.h"

#include "support/check_main.h"
#include "support/fake_host.h"

#define HELLO "EHLO c.example\r\n"
#define FROM  "MAIL FROM:<al@x>\r\n"
#define TO    "RCPT TO:<bo@x>\r\n"
#define BEGIN HELLO FROM TO
#define HEAD  "<al@x> <bo@x>\n"

/* "QUIT\r\n" as a payload must never be obeyed: the code 221 would tell. */
static const struct fake_host_dialogue rows[] = {
	{ "one chunk", SPAN_INIT(BEGIN "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), "250 250 250 250 250", HEAD "QUIT\n--\n" },
	{ "chunks", SPAN_INIT(BEGIN "BDAT 3\r\na\r\nBDAT 2\r\nb\rBDAT 1 LAST\r\n\n"), "250 250 250 250 250 250",
	  HEAD "a\nb\n--\n" },
	{ "empty last", SPAN_INIT(BEGIN "BDAT 3\r\na\r\nBDAT 0 LAST\r\n"), "250 250 250 250 250", HEAD "a\n--\n" },
	{ "empty message", SPAN_INIT(BEGIN "BDAT 0 LAST\r\n"), "250 250 250 250", HEAD "--\n" },
	{ "no line end", SPAN_INIT(BEGIN "bdat 1 last\r\nx"), "250 250 250 250", HEAD "x\n--\n" },
	{ "dots are nothing", SPAN_INIT(BEGIN "BDAT 12 LAST\r\n.\r\n..\r\n.x\r\n.NOOP\r\n"), "250 250 250 250 250",
	  HEAD ".\n..\n.x\n.\n--\n" },
	{ "end mark in it", SPAN_INIT(BEGIN "BDAT 7 LAST\r\na\r\n.\r\n\nNOOP\r\n"), "250 250 250 250 250",
	  HEAD "a\n.\n\n--\n" },
	{ "bare CR, bare LF", SPAN_INIT(BEGIN "BDAT 5 LAST\r\na\rb\nc"), "250 250 250 250", HEAD "a b\nc\n--\n" },
	{ "NUL",
	  SPAN_INIT(BEGIN "BDAT 3 LAST\r\na\0b"
			  "NOOP\r\n"),
	  "250 250 250 554 250", "" },
	{ "one that is refused, then a good one", SPAN_INIT(BEGIN "BDAT 3 LAST\r\na\0b" FROM TO "BDAT 1 LAST\r\nx"),
	  "250 250 250 554 250 250 250", HEAD "x\n--\n" },
	{ "leading zeros", SPAN_INIT(BEGIN "BDAT 0001 LAST\r\nx"), "250 250 250 250", HEAD "x\n--\n" },

	{ "before EHLO", SPAN_INIT("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), "503 250", "" },
	{ "before MAIL", SPAN_INIT(HELLO "BDAT 6\r\nQUIT\r\nNOOP\r\n"), "250 503 250", "" },
	{ "before RCPT", SPAN_INIT(HELLO FROM "BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"), "250 250 554 250", "" },
	{ "all recipients refused",
	  SPAN_INIT(HELLO FROM "RCPT TO:<no@x>\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"),
	  "250 250 550 554 503 250", "" },
	{ "no number", SPAN_INIT(BEGIN "BDAT x\r\nDATA\r\n"), "250 250 250 501 503", "" },
	{ "minus", SPAN_INIT(BEGIN "BDAT -1\r\nDATA\r\n"), "250 250 250 501 503", "" },
	{ "hexadecimal", SPAN_INIT(BEGIN "BDAT 0x10\r\nRCPT TO:<bo@x>\r\n"), "250 250 250 501 503", "" },
	{ "too large a number", SPAN_INIT(BEGIN "BDAT 99999999999999999999\r\nDATA\r\n"), "250 250 250 501 503", "" },
	{ "two to the 63rd", SPAN_INIT(BEGIN "BDAT 9223372036854775808\r\nDATA\r\n"), "250 250 250 501 503", "" },
	{ "LASTX", SPAN_INIT(BEGIN "BDAT 6 LASTX\r\nQUIT\r\nDATA\r\n"), "250 250 250 501 503", "" },
	{ "three words", SPAN_INIT(BEGIN "BDAT 6 LAST x\r\nQUIT\r\nDATA\r\n"), "250 250 250 501 503", "" },
	{ "bad one between", SPAN_INIT(BEGIN "BDAT 1\r\nxBDAT 6 LASTX\r\nQUIT\r\nBDAT 1 LAST\r\nx"),
	  "250 250 250 250 501 503", "" },

	{ "DATA between", SPAN_INIT(BEGIN "BDAT 1\r\nxDATA\r\nBDAT 1 LAST\r\ny"), "250 250 250 250 503 250",
	  HEAD "xy\n--\n" },
	{ "MAIL and RCPT between", SPAN_INIT(BEGIN "BDAT 1\r\nx" FROM TO "BDAT 1 LAST\r\ny"),
	  "250 250 250 250 503 503 250", HEAD "xy\n--\n" },
	{ "RSET between", SPAN_INIT(BEGIN "BDAT 1\r\nxRSET\r\nBDAT 1 LAST\r\ny"), "250 250 250 250 250 503", "" },
	{ "EHLO between", SPAN_INIT(BEGIN "BDAT 1\r\nx" HELLO "BDAT 1 LAST\r\ny"), "250 250 250 250 250 503", "" },
	{ "QUIT between", SPAN_INIT(BEGIN "BDAT 1\r\nxQUIT\r\n"), "250 250 250 250 221", "" },
	{ "BDAT after 354", SPAN_INIT(BEGIN "DATA\r\nBDAT 1 LAST\r\nx\r\n.\r\n"), "250 250 250 354 250",
	  HEAD "BDAT 1 LAST\nx\n--\n" },
	{ "then a transaction", SPAN_INIT(BEGIN "BDAT 1 LAST\r\nx" FROM TO "DATA\r\ny\r\n.\r\n"),
	  "250 250 250 250 250 250 354 250", HEAD "x\n--\n" HEAD "y\n--\n" },
};

START_TEST(test_bdat)
{
	fake_host_check(&rows[_i]);
}
END_TEST

/* A million chunks of one octet: the message grows by them, the session does not. */
START_TEST(test_tiny_chunks)
{
	enum { CHUNKS = 1000000 };
	struct fake_host h;

	fake_host_init(&h);
	h.server.message_size_limit = 2 * CHUNKS;
	h.server.header_size_limit = 2 * CHUNKS;
	fake_host_feed(&h, SPAN(BEGIN), SMTP_PIECE);
	buf_reset(&h.replies);
	for (int i = 0; i < CHUNKS; i++) {
		fake_host_feed(&h, SPAN("BDAT 1\r\nx"), SMTP_PIECE);
		ck_assert_str_eq(buf_str(&h.replies), "250 2.0.0 1 octets received\r\n");
		buf_reset(&h.replies);
	}
	ck_assert_int_eq(h.message.n, CHUNKS);
	ck_assert_int_le(h.session.clean.size, 2 * SMTP_PIECE);
	fake_host_clear(&h);
}
END_TEST

/* Over the limit: each chunk is swallowed to its end; the first that is too much is refused, and the message with it.
 */
START_TEST(test_size)
{
	struct fake_host h;
	struct buf in;

	buf_init(&in, 1 << 20);
	fake_host_init(&h);
	h.server.header_size_limit = 0;
	buf_put_str(&in, BEGIN "BDAT 60000\r\n");
	for (int i = 0; i < 60000; i++)
		buf_put_char(&in, 'x');
	buf_put_str(&in, "BDAT 60000 LAST\r\n");
	for (int i = 0; i < 10000; i++)
		buf_put_str(&in, "QUIT\r\n");
	buf_put_str(&in, "NOOP\r\n");
	fake_host_feed(&h, buf_span(&in), 4096);
	ck_assert_str_eq(fake_host_codes(&h), "250 250 250 250 552 250");
	ck_assert_int_le(h.message.n, 100000);
	ck_assert_int_eq(h.aborted, 1);
	fake_host_clear(&h);
	buf_clear(&in);
}
END_TEST

/* Nothing is kept of what cannot fit any more. */
START_TEST(test_beyond_doubt)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.message_size_limit = 10;
	fake_host_feed(&h, SPAN(BEGIN "BDAT 21\r\n"), SMTP_PIECE);
	ck_assert_int_eq(h.aborted, 0);
	fake_host_feed(&h, SPAN("012345678901234567890RSET\r\n" FROM TO "BDAT 22\r\n"), SMTP_PIECE);
	ck_assert_int_eq(h.aborted, 2);
	fake_host_feed(&h, SPAN("0123456789012345678901"), SMTP_PIECE);
	ck_assert_ptr_nonnull(strstr(buf_str(&h.replies), "552 5.3.4 Message size exceeds the limit of 10 octets\r\n"));
	/* The next one is another. */
	fake_host_feed(&h, SPAN(FROM TO "BDAT 1 LAST\r\nx"), SMTP_PIECE);
	ck_assert_str_eq(buf_str(&h.accepted), HEAD "x\n--\n");
	fake_host_clear(&h);
}
END_TEST

START_TEST(test_begin_fails)
{
	struct fake_host h;

	fake_host_init(&h);
	h.fail_begin = true;
	fake_host_feed(&h, SPAN(BEGIN "BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nRCPT TO:<bo@x>\r\n"), SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), "250 250 250 452 503 503");
	ck_assert_int_eq(h.ended + h.aborted, 0);
	fake_host_clear(&h);
}
END_TEST

/* LMTP: only the last chunk is answered for each recipient. */
static const struct {
	const char *in, *codes;
	bool fail;
} lmtps[] = {
	{ "BDAT 1\r\nxBDAT 1 LAST\r\ny", "250 250 250 250 250 250 250", false },
	{ "BDAT 1\r\nxBDAT 1 LAST\r\ny", "250 250 250 250 250 452 452", true },
	{ "BDAT 1 LASTX\r\nxNOOP\r\n", "250 250 250 250 501 250", false },
};

START_TEST(test_lmtp)
{
	struct fake_host h;

	fake_host_init(&h);
	h.server.lmtp = true;
	h.fail_end = lmtps[_i].fail;
	fake_host_feed(&h, SPAN("LHLO c\r\nMAIL FROM:<al@x>\r\nRCPT TO:<a@x>\r\nRCPT TO:<b@x>\r\n"), SMTP_PIECE);
	fake_host_feed(&h, span_str(lmtps[_i].in), SMTP_PIECE);
	ck_assert_str_eq(fake_host_codes(&h), lmtps[_i].codes);
	fake_host_clear(&h);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_bdat, 0, COUNT(rows));
	tcase_add_test(tc, test_tiny_chunks);
	tcase_add_test(tc, test_size);
	tcase_add_test(tc, test_beyond_doubt);
	tcase_add_test(tc, test_begin_fails);
	tcase_add_loop_test(tc, test_lmtp, 0, COUNT(lmtps));
}

CHECK_MAIN(cmd_bdat, add_tests)
