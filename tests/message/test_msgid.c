/* SPDX-License-Identifier: ISC */
#include "message/msgid.h"
#include "support/check_main.h"

static const struct {
	const char *id, *host, *want;
} writes[] = {
	{ "0123ABC", "mail.example.org", "<0123ABC@mail.example.org>" },
	{ "a.b", "c", "<a.b@c>" },
	{ "", "", "<unknown@unknown>" },
	{ "a b\n<x>", "h\r\nBcc: y", "<a_b__x_@h__Bcc__y>" },
	{ ".a..b.", "h.", "<_a._b_@h_>" },
	{ "a@b", "c@d", "<a_b@c_d>" },
	{ "j\xc3\xb6", "h", "<j__@h>" },
};

START_TEST(test_put)
{
	struct span rest, got;
	struct buf out;

	buf_init(&out, 1000);
	msgid_put(&out, writes[_i].id, writes[_i].host);
	ck_assert_str_eq(buf_str(&out), writes[_i].want);
	ck_assert(msgid_is_valid(buf_span(&out)));
	rest = buf_span(&out);
	ck_assert_int_eq(msgid_next(&rest, &got), 1);
	ck_assert(span_is(got, buf_span(&out)));
	buf_clear(&out);
}
END_TEST

START_TEST(test_put_long)
{
	char text[2000];
	struct buf out;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	buf_init(&out, 1000);
	msgid_put(&out, text, text);
	ck_assert_uint_eq(out.n, 255 + 255 + 3);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *in, *want[3];
} lists[] = {
	{ " <a@b>\n", { "<a@b>" } },
	{ "<a@b> <c@d>\r\n\t<e@f>", { "<a@b>", "<c@d>", "<e@f>" } },
	{ "<a@b><c@d>", { "<a@b>", "<c@d>" } },
	{ "Your message of <date> <a@b> (x)", { "<a@b>" } },
	{ "<<a@b>", { "<a@b>" } },
	{ "<a <b@c>", { "<b@c>" } },
	{ "<a b@c> <d@e>", { "<d@e>" } },
	{ "<a@[192.0.2.1]> <\"x\"@y>", { "<a@[192.0.2.1]>", "<\"x\"@y>" } },
	{ "<@b> <a@> <@> <> <a> <a@b", { NULL } },
	{ "<j\xc3\xb6@b> <j\xff@b>", { "<j\xc3\xb6@b>" } },
	{ "", { NULL } },
};

START_TEST(test_next)
{
	struct span rest = span_str(lists[_i].in), got;
	int n = 0;

	while (msgid_next(&rest, &got) == 1) {
		ck_assert_msg(n < 3 && lists[_i].want[n] && span_is(got, span_str(lists[_i].want[n])), "%d: %.*s", n,
			      SPAN_ARG(got));
		n++;
	}
	ck_assert(n == 3 || !lists[_i].want[n]);
	ck_assert_uint_eq(rest.n, 0);
}
END_TEST

START_TEST(test_limit)
{
	char text[MSGID_MAX + 1];

	memset(text, 'x', sizeof(text));
	text[0] = '<';
	text[5] = '@';
	text[MSGID_MAX - 1] = '>';
	ck_assert(msgid_is_valid(span_of(text, MSGID_MAX)));
	text[MSGID_MAX - 1] = 'x';
	text[MSGID_MAX] = '>';
	ck_assert(!msgid_is_valid(span_of(text, MSGID_MAX + 1)));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_put, 0, COUNT(writes));
	tcase_add_test(tc, test_put_long);
	tcase_add_loop_test(tc, test_next, 0, COUNT(lists));
	tcase_add_test(tc, test_limit);
}

CHECK_MAIN(msgid, add_tests)
