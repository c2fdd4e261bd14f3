/* SPDX-License-Identifier: ISC */
#include "imap/notify.h"

#include "base/buf.h"
#include "support/check_main.h"

static struct arena a;

static void teardown(void)
{
	arena_clear(&a);
}

#define NEW_GONE (NOTIFY_MESSAGE_NEW | NOTIFY_MESSAGE_EXPUNGE)
#define ALL	 NOTIFY_MESSAGES

/* What is asked of INBOX, of Lists, of Lists/a, of Sent (subscribed), and of the selected mailbox. -2: the rest is
 * wrong. */
static const struct {
	const char *in;
	int rc;
	bool status;
	unsigned inbox, lists, below, sent, selected;
} rows[] = {
	{ "NONE", 0, false, 0, 0, 0, 0, 0 },
	{ "none", 0, false, 0, 0, 0, 0, 0 },
	{ "SET (selected (MessageNew MessageExpunge))", 0, false, 0, 0, 0, 0, NEW_GONE },
	{ "SET (selected-delayed (MessageExpunge FlagChange MessageNew))", 0, false, 0, 0, 0, 0, ALL },
	{ "SET STATUS (personal (MessageNew MessageExpunge))", 0, true, NEW_GONE, NEW_GONE, NEW_GONE, NEW_GONE, 0 },
	{ "SET (inboxes (MailboxName))", 0, false, NOTIFY_MAILBOX_NAME, NOTIFY_MAILBOX_NAME, NOTIFY_MAILBOX_NAME,
	  NOTIFY_MAILBOX_NAME, 0 },
	{ "SET (subscribed (SubscriptionChange))", 0, false, 0, 0, 0, NOTIFY_SUBSCRIPTION_CHANGE, 0 },
	{ "SET (subtree Lists (MailboxMetadataChange))", 0, false, 0, NOTIFY_MAILBOX_METADATA, NOTIFY_MAILBOX_METADATA,
	  0, 0 },
	{ "SET (mailboxes Lists (MailboxName))", 0, false, 0, NOTIFY_MAILBOX_NAME, 0, 0, 0 },
	{ "SET (mailboxes (inbox \"Lists/a\") (MailboxName))", 0, false, NOTIFY_MAILBOX_NAME, 0, NOTIFY_MAILBOX_NAME, 0,
	  0 },
	{ "SET (subtree (List Sent) (MailboxName))", 0, false, 0, 0, 0, NOTIFY_MAILBOX_NAME, 0 },
	/* Without brackets; several groups; the events of all that name a mailbox. */
	{ "SET (selected MessageNew (UID) MessageExpunge) (mailboxes INBOX MailboxName) (personal SubscriptionChange)",
	  0, false, NOTIFY_MAILBOX_NAME | NOTIFY_SUBSCRIPTION_CHANGE, NOTIFY_SUBSCRIPTION_CHANGE,
	  NOTIFY_SUBSCRIPTION_CHANGE, NOTIFY_SUBSCRIPTION_CHANGE, NEW_GONE },
	{ "SET (selected NONE) (personal NONE)", 0, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (ServerMetadataChange))", 0, false, NOTIFY_SERVER_METADATA, NOTIFY_SERVER_METADATA,
	  NOTIFY_SERVER_METADATA, NOTIFY_SERVER_METADATA, 0 },
	/* Events that there are not. */
	{ "SET (selected (MessageNew MessageExpunge AnnotationChange))", 1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (FooChange))", 1, false, 0, 0, 0, 0, 0 },
	/* RFC 5465 5, 6.1. */
	{ "SET (personal (MessageNew))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (MessageExpunge))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (FlagChange))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (FlagChange MessageNew))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (selected (MailboxName))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (selected NONE) (selected-delayed NONE)", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (MessageNew (UID) MessageExpunge))", -1, false, 0, 0, 0, 0, 0 },
	/* What is no NOTIFY. */
	{ "", -1, false, 0, 0, 0, 0, 0 },
	{ "SET", -1, false, 0, 0, 0, 0, 0 },
	{ "SET STATUS", -1, false, 0, 0, 0, 0, 0 },
	{ "NONE x", -1, false, 0, 0, 0, 0, 0 },
	{ "SET ()", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (everything (MailboxName))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal)", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal ())", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (MailboxName)", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (personal (MailboxName))x", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (subtree (MailboxName))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (mailboxes () (MailboxName))", -1, false, 0, 0, 0, 0, 0 },
	{ "SET (selected (MessageNew (NONSENSE) MessageExpunge))", -1, false, 0, 0, 0, 0, 0 },
};

START_TEST(test_words)
{
	struct imap_parse p;
	struct notify n;
	int rc;

	imap_parse_init(&p, &a, span_str(rows[_i].in), false);
	rc = notify_parse(&p, &n);
	ck_assert_msg(rc == rows[_i].rc, "%s: %d", rows[_i].in, rc);
	ck_assert_msg((rc < 0) == (p.wrong != NULL), "%s", rows[_i].in);
	if (rc != 0)
		return;
	ck_assert_int_eq(n.wants_status, rows[_i].status);
	ck_assert_uint_eq(notify_events(&n, "INBOX", false), rows[_i].inbox);
	ck_assert_uint_eq(notify_events(&n, "Lists", false), rows[_i].lists);
	ck_assert_uint_eq(notify_events(&n, "Lists/a", false), rows[_i].below);
	ck_assert_uint_eq(notify_events(&n, "Sent", true), rows[_i].sent);
	ck_assert_uint_eq(n.selected ? n.selected->events : 0, rows[_i].selected);
	ck_assert_uint_eq(notify_all_events(&n), rows[_i].inbox | rows[_i].lists | rows[_i].below | rows[_i].sent);
}
END_TEST

START_TEST(test_items)
{
	struct imap_parse p;
	struct notify n;

	imap_parse_init(&p, &a, SPAN("SET (selected (MessageNew (UID FLAGS BODY[]) MessageExpunge))"), false);
	ck_assert_int_eq(notify_parse(&p, &n), 0);
	ck_assert(n.selected->fetches);
	ck_assert(n.selected->fetch.has_uid && n.selected->fetch.has_flags);
	ck_assert_uint_eq(n.selected->fetch.n, 1);
	/* Nobody has read it. */
	ck_assert(!n.selected->fetch.reads);
}
END_TEST

/* So many groups and names, and no more. */
START_TEST(test_limits)
{
	struct imap_parse p;
	struct notify n;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_put_str(&text, "SET (mailboxes (a");
	for (int i = 1; i < NOTIFY_NAMES_MAX; i++)
		buf_put_str(&text, " a");
	buf_put_str(&text, ") NONE)");
	imap_parse_init(&p, &a, buf_span(&text), false);
	ck_assert_int_eq(notify_parse(&p, &n), 0);
	buf_put_str(&text, " (mailboxes b NONE)");
	imap_parse_init(&p, &a, buf_span(&text), false);
	ck_assert_int_eq(notify_parse(&p, &n), -1);
	buf_reset(&text);
	buf_put_str(&text, "SET (personal NONE)");
	for (int i = 1; i < NOTIFY_GROUPS_MAX; i++)
		buf_put_str(&text, " (personal NONE)");
	imap_parse_init(&p, &a, buf_span(&text), false);
	ck_assert_int_eq(notify_parse(&p, &n), 0);
	buf_put_str(&text, " (personal NONE)");
	imap_parse_init(&p, &a, buf_span(&text), false);
	ck_assert_int_eq(notify_parse(&p, &n), -1);
	buf_clear(&text);
}
END_TEST

START_TEST(test_names)
{
	struct buf out;

	buf_init(&out, 1000);
	notify_put_events(&out);
	ck_assert_str_eq(buf_str(&out), "MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange "
					"MailboxMetadataChange ServerMetadataChange");
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_words, 0, COUNT(rows));
	tcase_add_test(tc, test_items);
	tcase_add_test(tc, test_limits);
	tcase_add_test(tc, test_names);
}

CHECK_MAIN(notify, add_tests)
