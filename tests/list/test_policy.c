/* SPDX-License-Identifier: ISC */
#include "list/policy.h"

#include <stdlib.h>

#include "support/check_main.h"
#include "support/nameserver.h"
#include "support/post_case.h"

#define FROM  "From: Al <al@x.example>\n"
#define TO    "To: friends@example.org\n"
#define GOOD  FROM TO "Subject: hi\n\nhello\n"
#define HELLO "\nhello, this is a text\n"

static const struct {
	const char *config, *members, *posters, *sender, *message;
	enum policy_verdict verdict;
	const char *rule;
} rows[] = {
	/* Who it is. */
	{ "", "al@x.example\n", "", "al@x.example", GOOD, POLICY_POST, "post" },
	{ "", "AL@X.example\n", "", "z@y", GOOD, POLICY_POST, "post" },
	{ "", "bo@x.example\n", "", "al@x.example", GOOD, POLICY_HOLD, "members" },
	{ "", "bo@x.example\n", "", "bo@x.example", GOOD, POLICY_POST, "post" },
	{ "", "al@x.example\n", "", "al+work@x.example", "From: al+work@x.example\n" TO HELLO, POLICY_POST, "post" },
	{ "", "al+list@x.example\n", "", "z@y", GOOD, POLICY_POST, "post" },
	{ "", "al+list@x.example\n", "", "z@y", "From: al+work@x.example\n" TO HELLO, POLICY_POST, "post" },
	{ "", "al+list@x.example\n", "", "z@y", "From: alan@x.example\n" TO HELLO, POLICY_HOLD, "members" },
	{ "", "al@x.example moderated\n", "", "z@y", GOOD, POLICY_HOLD, "moderated" },
	{ "", "", "al@x.example\n", "z@y", GOOD, POLICY_POST, "post" },
	{ "", "", "@x.example\n", "z@y", GOOD, POLICY_POST, "post" },
	{ "", "", "@example\n", "z@y", GOOD, POLICY_HOLD, "members" },
	{ "", "al@x.example\n", "# no\n@x.example deny\n", "z@y", GOOD, POLICY_DISCARD, "posters" },
	{ "", "al@x.example\n", "@x.example deny\nAl@X.example\n", "z@y", GOOD, POLICY_POST, "post" },
	{ "", "al@x.example\n", "al@x.example moderate\n", "z@y", GOOD, POLICY_HOLD, "moderated" },
	{ "posting=open", "", "", "z@y", GOOD, POLICY_POST, "post" },
	{ "posting=moderated", "al@x.example\n", "", "z@y", GOOD, POLICY_HOLD, "moderated" },
	{ "posting=moderated", "", "", "boss@example.net", "From: boss@example.net\n" TO HELLO, POLICY_POST, "post" },
	{ "posting=moderators", "al@x.example\n", "", "z@y", GOOD, POLICY_REJECT, "moderators" },
	{ "posting=moderators", "", "", "boss@example.net", "From: boss@example.net\n" TO HELLO, POLICY_POST, "post" },
	{ "posting=moderators", "boss@example.net moderated\n", "", "boss@example.net",
	  "From: boss@example.net\n" TO HELLO, POLICY_HOLD, "moderated" },
	/* Loops. */
	{ "posting=open", "", "", "z@y", FROM TO "List-Id: Friends of mine <FRIENDS.example.org>\n" HELLO,
	  POLICY_DISCARD, "loop" },
	{ "posting=open", "", "", "z@y", FROM TO "List-Id: <foes.example.org>\nList-Post: NO\n" HELLO, POLICY_POST,
	  "post" },
	{ "posting=open", "", "", "z@y",
	  FROM TO "X-BeenThere: foes@example.org\nX-BeenThere: Friends@example.org\n" HELLO, POLICY_DISCARD, "loop" },
	{ "posting=open\nmax_hops=2", "", "", "z@y", "Received: a\nReceived: b\nReceived: c\n" GOOD, POLICY_DISCARD,
	  "hops" },
	{ "posting=open\nmax_hops=3", "", "", "z@y", "Received: a\nReceived: b\nReceived: c\n" GOOD, POLICY_POST,
	  "post" },
	/* Machines: what answers is no post, what writes on its own may be. */
	{ "posting=open", "", "", "", GOOD, POLICY_DISCARD, "automatic" },
	{ "posting=open", "", "", "z@y", "Auto-Submitted: auto-replied (vacation)\n" GOOD, POLICY_DISCARD,
	  "automatic" },
	{ "posting=open", "", "", "z@y", "Auto-Submitted: auto-replied\n" GOOD, POLICY_DISCARD, "automatic" },
	{ "posting=open", "", "", "z@y", "Auto-Submitted: Auto-Replied; x=y\n" GOOD, POLICY_DISCARD, "automatic" },
	{ "posting=open", "", "", "z@y", "Auto-Submitted: no\n" GOOD, POLICY_POST, "post" },
	{ "posting=open", "", "", "z@y", "Auto-Submitted: auto-generated\n" GOOD, POLICY_POST, "post" },
	{ "posting=open", "", "", "z@y", "X-Autoreply: yes\n" GOOD, POLICY_DISCARD, "automatic" },
	{ "posting=open", "", "", "z@y", "Precedence: auto_reply\n" GOOD, POLICY_DISCARD, "automatic" },
	{ "posting=open", "", "", "z@y", "Precedence: list\n" GOOD, POLICY_POST, "post" },
	{ "posting=open", "", "", "z@y", "Content-Type: multipart/report; report-type=delivery-status\n" GOOD,
	  POLICY_DISCARD, "automatic" },
	/* The header. */
	{ "posting=open", "", "", "z@y", FROM "To: other@x\n" HELLO, POLICY_HOLD, "destination" },
	{ "posting=open", "", "", "z@y", FROM "Bcc: friends@example.org\n" HELLO, POLICY_HOLD, "destination" },
	{ "posting=open\naddressed_only=no", "", "", "z@y", FROM "To: other@x\n" HELLO, POLICY_POST, "post" },
	{ "posting=open", "", "", "z@y", FROM "To: a@x\nCC: b@x, \"F\" <Friends+beer@Example.ORG>\n" HELLO, POLICY_POST,
	  "post" },
	{ "posting=open", "", "", "z@y", FROM "To: friendship@example.org\n" HELLO, POLICY_HOLD, "destination" },
	{ "posting=open\nmax_recipients_in_header=2", "", "", "z@y", FROM TO "Cc: a@x, b@x\n" HELLO, POLICY_HOLD,
	  "destination" },
	{ "posting=open\nmax_recipients_in_header=0", "", "", "z@y", FROM TO "Cc: a@x, b@x\n" HELLO, POLICY_POST,
	  "post" },
	{ "posting=open", "", "", "z@y", FROM "To: enemies@example.org\n" HELLO, POLICY_HOLD, "destination" },
	{ "posting=open\nmax_message_size=0", "", "", "z@y", FROM TO HELLO HELLO, POLICY_POST, "post" },
	{ "posting=open\nmax_message_size=50", "", "", "z@y", FROM TO HELLO HELLO, POLICY_REJECT, "size" },
	/* Commands that were meant for another address. */
	{ "posting=open", "", "", "z@y", FROM TO "Subject: Unsubscribe\n" HELLO, POLICY_HOLD, "command" },
	{ "posting=open", "", "", "z@y", FROM TO "Subject: =?utf-8?q?unsubscribe?=\n" HELLO, POLICY_HOLD, "command" },
	{ "posting=open", "", "", "z@y", FROM TO "Subject: unsubscribe is broken for me\n" HELLO, POLICY_POST, "post" },
	{ "posting=open", "", "", "z@y", FROM TO "\nunsubscribe al@x.example\n\n-- \nAl\n1\n2\n3\n4\n5\n6\n",
	  POLICY_HOLD, "command" },
	{ "posting=open", "", "", "z@y", FROM TO "\nsubscribe\n1\n2\n3\n4\n5\n6\n", POLICY_POST, "post" },
	{ "posting=open", "", "", "z@y", FROM TO "\nsubscribe to this view if you like\n", POLICY_POST, "post" },
	/* Parts. */
	{ "posting=open\nstrip_types=text/html\nattachment_action=hold", "", "", "z@y",
	  FROM TO "Content-Type: text/html\n" HELLO, POLICY_HOLD, "parts" },
	{ "posting=open\nkeep_types=text/plain\nattachment_action=reject", "", "", "z@y",
	  FROM TO "Content-Type: text/html\n" HELLO, POLICY_REJECT, "parts" },
	{ "posting=open\nkeep_types=text/plain", "", "", "z@y", FROM TO "Content-Type: text/html\n" HELLO, POLICY_POST,
	  "post" },
};

START_TEST(test_rules)
{
	struct post_case c;
	struct policy p;
	struct fault f;

	post_case_open(&c, rows[_i].config, rows[_i].members);
	if (rows[_i].posters[0])
		post_case_write(&c, "posters", rows[_i].posters);
	post_case_receive(&c, rows[_i].sender, rows[_i].message);
	ck_assert_msg(policy_judge(&c.run, &c.arena, "", &p, &f) == 0, "%s", f.text);
	ck_assert_str_eq(p.rule, rows[_i].rule);
	ck_assert_int_eq(p.verdict, rows[_i].verdict);
	ck_assert_int_eq(p.why[0] != '\0', p.verdict != POLICY_POST);
	post_case_close(&c);
}
END_TEST

static const char script[] = "_dmarc.strict.example TXT v=DMARC1; p=reject\n";

static const struct {
	const char *config, *from;
	enum policy_verdict verdict;
	enum shape_guard guard;
} domains[] = {
	{ "", "al@strict.example", POLICY_POST, SHAPE_MUNGE },
	{ "", "al@other.example", POLICY_POST, SHAPE_AS_IT_IS },
	{ "", "al@other.example, bo@mail.strict.example", POLICY_POST, SHAPE_MUNGE },
	{ "dmarc_when=always", "al@other.example", POLICY_POST, SHAPE_MUNGE },
	{ "dmarc=wrap", "al@strict.example", POLICY_POST, SHAPE_WRAP },
	{ "dmarc=none", "al@strict.example", POLICY_POST, SHAPE_AS_IT_IS },
	{ "dmarc=hold", "al@strict.example", POLICY_HOLD, SHAPE_AS_IT_IS },
	{ "dmarc=reject", "al@strict.example", POLICY_REJECT, SHAPE_AS_IT_IS },
	/* What this machine sends for its own domain is genuine. */
	{ "address=friends@lists.strict.example", "al@strict.example", POLICY_POST, SHAPE_AS_IT_IS },
	{ "address=friends@strict.example", "al@mail.strict.example", POLICY_POST, SHAPE_AS_IT_IS },
	{ "address=friends@notstrict.example", "al@strict.example", POLICY_POST, SHAPE_MUNGE },
};

START_TEST(test_dmarc)
{
	struct nameserver server;
	struct post_case c;
	struct policy p;
	struct arena text = { NULL };
	struct dns dns;
	struct fault f;

	setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
	nameserver_start(&server, script);
	ck_assert_int_eq(dns_init(&dns, server.address, false, &f), 0);
	post_case_open(&c, arena_printf(&text, "posting=open\naddressed_only=no\n%s", domains[_i].config), "");
	c.run.dns = &dns;
	post_case_receive(&c, "z@y", arena_printf(&c.arena, "From: %s\n\nhello\n", domains[_i].from));
	ck_assert_msg(policy_judge(&c.run, &c.arena, "", &p, &f) == 0, "%s", f.text);
	ck_assert_int_eq(p.verdict, domains[_i].verdict);
	ck_assert_int_eq(p.guard, domains[_i].guard);
	/* A moderator's word changes nothing about that. */
	ck_assert_int_eq(policy_accepted(&c.run, &c.arena, "", &p, &f), 0);
	ck_assert_int_eq(p.verdict, POLICY_POST);
	ck_assert_int_eq(p.guard, domains[_i].guard);
	post_case_close(&c);
	dns_clear(&dns);
	nameserver_end(&server);
	arena_clear(&text);
}
END_TEST

static const struct {
	const char *subject, *asked, *want;
} topics[] = {
	{ "hi", "", "" },
	{ "[beer] hi", "", "beer" },
	{ "Re: [Beer] hi", "", "beer" },
	{ "beer: hi", "", "beer" },
	{ "Re: wine: hi", "", "wine" },
	{ "rootbeer: hi", "", "" },
	{ "beer and wine", "", "" },
	{ "[beer] [wine] hi", "", "beer,wine" },
	{ "hi", "wine", "wine" },
	{ "(beer] hi", "", "" },
	{ "=?utf-8?q?=5Bbeer=5D?= hi", "", "beer" },
};

START_TEST(test_topics)
{
	struct post_case c;
	struct policy p;
	struct fault f;

	post_case_open(&c, "posting=open\ntopics=beer, wine", "");
	post_case_receive(&c, "z@y", arena_printf(&c.arena, FROM TO "Subject: %s\n\nx\n", topics[_i].subject));
	ck_assert_int_eq(policy_judge(&c.run, &c.arena, topics[_i].asked, &p, &f), 0);
	ck_assert_str_eq(arena_span(&c.arena, p.topics), topics[_i].want);
	post_case_close(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rules, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_dmarc, 0, COUNT(domains));
	tcase_add_loop_test(tc, test_topics, 0, COUNT(topics));
}

CHECK_MAIN(policy, add_tests)
