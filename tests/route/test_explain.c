/* SPDX-License-Identifier: ISC */
#include "route/explain.h"

#include "support/check_main.h"

static const struct fault unknown = { .kind = FAULT_PERM, .reply = 550, .status = "5.1.1", .text = "no such user" };
static const struct fault later = { .kind = FAULT_TEMP, .reply = 451, .status = "4.3.0", .text = "cannot read \033x" };

static const struct {
	struct route_target target;
	const char *want;
} rows[] = {
	{ { .kind = ROUTE_MAILBOX, .recipient = "al@m", .as = { .name = "al" }, .detail = "" },
	  "al@m... deliverable: mailer local, user al\n" },
	{ { .kind = ROUTE_MAILBOX, .recipient = "al+x@m", .as = { .name = "al" }, .detail = "x" },
	  "al+x@m... deliverable: mailer local, user al, detail x\n" },
	{ { .kind = ROUTE_FILE, .recipient = "f@m", .as = { .name = "nobody" }, .argument = "/var/x" },
	  "f@m... deliverable: mailer *file*, path /var/x, as nobody\n" },
	{ { .kind = ROUTE_COMMAND, .recipient = "c@m", .as = { .name = "al" }, .argument = "vacation al" },
	  "c@m... deliverable: mailer prog, command vacation al, as al\n" },
	{ { .kind = ROUTE_REMOTE, .transport = ROUTE_SMTP, .recipient = "x@far", .nexthop = "[relay]:25" },
	  "x@far... deliverable: mailer esmtp, host [relay]:25, user x@far\n" },
	{ { .kind = ROUTE_REMOTE, .transport = ROUTE_LMTP, .recipient = "x@far", .nexthop = "unix:/run/lmtp" },
	  "x@far... deliverable: mailer lmtp, host unix:/run/lmtp, user x@far\n" },
	{ { .kind = ROUTE_REMOTE, .transport = ROUTE_PIPE, .recipient = "x@far", .argument = "uux -" },
	  "x@far... deliverable: mailer pipe, command uux -, user x@far\n" },
	{ { .kind = ROUTE_LIST, .recipient = "friends+help@m", .argument = "friends" },
	  "friends+help@m... deliverable: mailer list, list friends\n" },
	{ { .kind = ROUTE_LIST, .recipient = "listmgr@m", .argument = "" }, "listmgr@m... deliverable: mailer list\n" },
	{ { .kind = ROUTE_DISCARD, .recipient = "null@m" }, "null@m... deliverable: mailer discard\n" },
	{ { .kind = ROUTE_FAULT, .recipient = "no@m", .fault = &unknown }, "no@m... User unknown\n" },
	{ { .kind = ROUTE_FAULT, .recipient = "no@m", .fault = &later }, "no@m... cannot read \\033x\n" },
	{ { .kind = ROUTE_MAILBOX, .recipient = "a\xe2\x80\xae@m", .as = { .name = "al" }, .detail = "\n" },
	  "a\\u{202e}@m... deliverable: mailer local, user al, detail \\012\n" },
};

START_TEST(test_explain)
{
	struct buf b;

	buf_init(&b, 1000);
	explain_put(&b, &rows[_i].target);
	ck_assert_str_eq(buf_str(&b), rows[_i].want);
	buf_clear(&b);
}
END_TEST

START_TEST(test_fault)
{
	struct buf b;

	buf_init(&b, 1000);
	explain_put_fault(&b, "x", &unknown);
	ck_assert_str_eq(buf_str(&b), "x... User unknown\n");
	buf_clear(&b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_explain, 0, COUNT(rows));
	tcase_add_test(tc, test_fault);
}

CHECK_MAIN(explain, add_tests)
