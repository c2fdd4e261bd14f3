/* SPDX-License-Identifier: ISC */
#include "route/step.h"

#include "support/check_main.h"

static const struct fault unknown = { .kind = FAULT_PERM, .reply = 550, .status = "5.1.1", .text = "no such user" };

#define MAILBOX(location, d)                                                                                           \
	{                                                                                                              \
		.kind = ROUTE_MAILBOX, .as = { .name = "al", .mail = location }, .detail = d                           \
	}

static const struct {
	struct route_target target;
	const char *want;
} rows[] = {
	{ MAILBOX("maildir:/home/al/Maildir", ""), "account al: maildir /home/al/Maildir" },
	{ MAILBOX("mbox:/var/mail/al:INDEX=/x", "lists"), "account al: mbox /var/mail/al:INDEX=/x, detail lists" },
	{ MAILBOX("/var/mail/al", ""), "account al: /var/mail/al" },
	{ { .kind = ROUTE_FILE, .argument = "/x", .as = { .name = "nobody" } }, "file /x as nobody" },
	{ { .kind = ROUTE_COMMAND, .argument = "cat >x", .as = { .name = "al" } }, "command cat >x as al" },
	{ { .kind = ROUTE_COMMAND, .argument = "cat" }, "command cat" },
	{ { .kind = ROUTE_REMOTE, .transport = ROUTE_SMTP, .nexthop = "[relay]:25" }, "remote: smtp to [relay]:25" },
	{ { .kind = ROUTE_REMOTE, .transport = ROUTE_LMTP, .nexthop = "unix:/x" }, "remote: lmtp to unix:/x" },
	{ { .kind = ROUTE_REMOTE, .transport = ROUTE_PIPE, .nexthop = "host", .argument = "uux x" },
	  "remote: pipe to host by uux x" },
	{ { .kind = ROUTE_LIST, .argument = "friends" }, "mailing list friends" },
	{ { .kind = ROUTE_LIST, .argument = "" }, "commands for mailing lists" },
	{ { .kind = ROUTE_DISCARD }, "discard" },
	{ { .kind = ROUTE_FAULT, .fault = &unknown }, "fault: 550 5.1.1 no such user" },
};

START_TEST(test_target)
{
	struct buf out;

	buf_init(&out, STEP_MAX);
	step_put_target(&out, &rows[_i].target);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
}
END_TEST

START_TEST(test_alias)
{
	static const struct aliases_file file = { .path = "/etc/aliases" };
	struct alias alias = {
		.name = SPAN("list"), .value = SPAN(" al,\n# hidden\n\tbo\n"), .file = &file, .line = 12
	};
	char long_value[1000];
	struct buf out;

	buf_init(&out, STEP_MAX);
	step_put_alias(&out, &alias);
	ck_assert_str_eq(buf_str(&out), "list: alias in /etc/aliases:12 -> al, bo");
	buf_reset(&out);
	memset(long_value, 'x', sizeof(long_value));
	alias.value = span_of(long_value, sizeof(long_value));
	step_put_alias(&out, &alias);
	ck_assert(span_ends_nocase(buf_span(&out), SPAN("xxx ... (1000 bytes)")));
	ck_assert_uint_lt(out.n, 2 * STEP_VALUE_MAX);
	buf_clear(&out);
}
END_TEST

START_TEST(test_entry)
{
	const struct table_entry in_file = {
		.key = SPAN("info@x"), .value = SPAN("al,  bo"), .file = "/etc/v", .line = 3
	};
	const struct table_entry fixed = { .key = SPAN("info@x"), .value = SPAN("5000") };
	struct buf b;

	buf_init(&b, 1000);
	step_put_entry(&b, "virtual alias", &in_file);
	ck_assert_str_eq(buf_str(&b), "info@x: virtual alias in /etc/v:3 -> al, bo");
	buf_reset(&b);
	step_put_entry(&b, "uid", &fixed);
	ck_assert_str_eq(buf_str(&b), "info@x: uid -> 5000");
	buf_clear(&b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_entry);
	tcase_add_loop_test(tc, test_target, 0, COUNT(rows));
	tcase_add_test(tc, test_alias);
}

CHECK_MAIN(step, add_tests)
