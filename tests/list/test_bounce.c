/* SPDX-License-Identifier: ISC */
#include "list/bounce.h"

#include "list/members.h"
#include "list/posts.h"
#include "list/score.h"
#include "list/token.h"
#include "support/check_main.h"
#include "support/mailroom.h"

#define LONG	"a.name.that.is.quite.long@and.a.domain.that.is.long.as.well.example"
#define MEMBERS "Al@example.net name=\"Al\"\nbo@example.net\ncy@example.com\ndi@example.com\n"

static const char *report(struct mailroom *c, const char *envid, const char *recipients)
{
	return arena_printf(&c->arena,
			    "From: MAILER-DAEMON@mx.example.net\nContent-Type: multipart/report; boundary=b\n\n--b\n"
			    "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n%s%s\n\n%s\n--b\n"
			    "Content-Type: text/rfc822-headers\n\nMessage-ID: <12@x>\n\n--b--\n",
			    envid[0] ? "Original-Envelope-Id: " : "X-None: ", envid, recipients);
}

static const char *failed(struct mailroom *c, const char *address, const char *status)
{
	return arena_printf(&c->arena, "Final-Recipient: rfc822; %s\nAction: failed\nStatus: %s\n\n", address, status);
}

/* What follows "bounces-" in the sender that mail for this member has. */
static const char *signed_rest(struct mailroom *c, enum token_action action, const char *who)
{
	const char *address = token_address(&c->list, &c->arena, action, who, c->run.now, NULL), *hyphen;

	ck_assert_ptr_nonnull(address);
	hyphen = strchr(address, '-');
	return arena_span(&c->arena, span_of(hyphen + 1, strcspn(hyphen + 1, "@")));
}

static int come(struct mailroom *c, const char *rest, const char *message)
{
	const struct list_target t = { .role = LIST_BOUNCES, .name = "friends", .word = "bounces", .rest = rest };
	struct fault f = { 0 };

	mailroom_take(c, "", message);
	return bounce_run(&c->run, &t, &f);
}

/* A member's score in halves, -1: nothing is known. */
static int halves(struct mailroom *c, const char *who)
{
	struct scores s;
	struct score *m;
	int n;

	ck_assert_int_eq(scores_read(&s, &c->list, NULL, 0, 0, c->run.now, NULL), 0);
	m = scores_find(&s, who);
	n = m ? (int)m->halves : -1;
	scores_close(&s);
	return n;
}

static void send_post(struct mailroom *c, uint64_t number, const char *id)
{
	const struct post p = { .number = number,
				.when = c->run.now,
				.hash = posts_hash(&c->arena, span_str(id), NULL) };

	ck_assert_int_eq(posts_append(&c->list, &p, NULL), 0);
}

/* The address says whom it is about, whatever the report says of somebody else. */
START_TEST(test_signed)
{
	struct mailroom c;

	mailroom_begin(&c, MEMBERS, NULL);
	send_post(&c, 12, "<12@x>");
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"),
			      report(&c, "", failed(&c, "inner@backend.example", "5.1.1"))),
			 0);
	ck_assert_int_eq(halves(&c, "al@example.net"), 2);
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "bounces"), " bounce al@example.net 2 5.1.1 12 "));
	/* The same post again is the same bounce. */
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"),
			      report(&c, "", failed(&c, "al@example.net", "5.1.1"))),
			 0);
	c.run.now += SCORE_DAY;
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"),
			      report(&c, "", failed(&c, "al@example.net", "5.1.1"))),
			 0);
	ck_assert_int_eq(halves(&c, "al@example.net"), 2);
	/* Somebody who has left the list is nobody's business. */
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "gone@example.net"),
			      report(&c, "", failed(&c, "al@example.net", "5.1.1"))),
			 0);
	ck_assert_int_eq(halves(&c, "gone@example.net"), -1);
	mailroom_end(&c);
}
END_TEST

/* One whose address does not fit into a local part. */
START_TEST(test_hashed)
{
	struct mailroom c;
	const char *rest;

	mailroom_begin(&c, MEMBERS LONG "\n", NULL);
	rest = signed_rest(&c, TOKEN_BOUNCES, LONG);
	ck_assert_ptr_nonnull(strstr(rest, "-="));
	ck_assert_int_eq(come(&c, rest, report(&c, "", failed(&c, LONG, "5.1.1"))), 0);
	ck_assert_int_eq(halves(&c, LONG), 2);
	mailroom_end(&c);
}
END_TEST

START_TEST(test_forged)
{
	struct mailroom c;
	char *rest;

	mailroom_begin(&c, MEMBERS, NULL);
	rest = arena_str(&c.arena, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"));
	rest[5] = rest[5] == '0' ? '1' : '0';
	ck_assert_int_eq(come(&c, rest, report(&c, "", failed(&c, "al@example.net", "5.1.1"))), -1);
	/* What is for one member is not for another, and a probe's address is no bounce's. */
	rest = arena_printf(&c.arena, "%.19s-bo=example.net", signed_rest(&c, TOKEN_BOUNCES, "al@example.net"));
	ck_assert_int_eq(come(&c, rest, report(&c, "", failed(&c, "bo@example.net", "5.1.1"))), -1);
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_UNSUBSCRIBE, "al@example.net"),
			      report(&c, "", failed(&c, "al@example.net", "5.1.1"))),
			 -1);
	/* The plain address proves nothing, nor does a post's number without what it was signed with. */
	ck_assert_int_eq(come(&c, "", report(&c, "", failed(&c, "al@example.net", "5.1.1"))), 0);
	ck_assert_int_eq(come(&c, "", report(&c, "post-12", failed(&c, "al@example.net", "5.1.1"))), 0);
	ck_assert_int_eq(come(&c, "", report(&c, "0000000000000000000-post-12", failed(&c, "al@example.net", "5.1.1"))),
			 0);
	/* One who knows the signed sender of his own mail has no envelope id for others' bounces. */
	ck_assert_int_eq(come(&c, "",
			      report(&c, signed_rest(&c, TOKEN_BOUNCES, "bo@example.net"),
				     failed(&c, "al@example.net", "5.1.1"))),
			 0);
	ck_assert_str_eq(mailing_list_file(&c.list, "bounces"), "");
	ck_assert_uint_eq(c.n, 0);
	mailroom_end(&c);
}
END_TEST

/* One report about several: those count that are members, and whose fault it is. */
START_TEST(test_plain)
{
	struct mailroom c;
	const char *all;

	mailroom_begin(&c, MEMBERS, NULL);
	all = arena_printf(&c.arena, "%s%s%s%s%s", failed(&c, "AL@Example.NET", "4.2.2"),
			   failed(&c, "al@example.net", "5.1.1"), failed(&c, "cy@example.com", "5.7.26"),
			   failed(&c, "stranger@example.com", "5.1.1"),
			   "Original-Recipient: rfc822;bo@example.net\nFinal-Recipient: rfc822;x@inner.example\n"
			   "Action: failed\nStatus: 5.2.2\n");
	ck_assert_int_eq(come(&c, "", report(&c, bounce_envid(&c.list, &c.arena, "post-7", c.run.now, NULL), all)), 0);
	ck_assert_int_eq(halves(&c, "al@example.net"), 2);
	ck_assert_int_eq(halves(&c, "bo@example.net"), 1);
	ck_assert_int_eq(halves(&c, "cy@example.com"), 0);
	ck_assert_int_eq(halves(&c, "stranger@example.com"), -1);
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "bounces"), " bounce al@example.net 2 5.1.1 7 "));
	mailroom_end(&c);
}
END_TEST

static const struct {
	const char *what, *message;
	int want;
} others[] = {
	{ "delayed",
	  "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
	  "Final-Recipient: rfc822; al@example.net\nAction: delayed\nStatus: 4.4.1\n\n--b--\n",
	  -1 },
	{ "delivered",
	  "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
	  "Final-Recipient: rfc822; al@example.net\nAction: delivered\nStatus: 2.1.5\n\n--b--\n",
	  -1 },
	{ "a vacation message", "From: al@example.net\nAuto-Submitted: auto-replied\nSubject: away\n\nI am away\n",
	  -1 },
	{ "one that does not say so", "From: al@example.net\nSubject: away\n\nI am away\n", -1 },
	{ "qmail",
	  "From: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n\nHi. This is the qmail-send program\n", 1 },
	{ "Exim without a report",
	  "From: Mail System <x@mx.example.net>\nAuto-Submitted: auto-replied\n"
	  "X-Failed-Recipients: al@example.net\n\nsorry\n",
	  1 },
	{ "a warning of a daemon's", "From: MAILER-DAEMON@mx.example.net\nAuto-Submitted: auto-replied\n\ndelayed\n",
	  -1 },
};

START_TEST(test_others)
{
	struct mailroom c;

	mailroom_begin(&c, MEMBERS, NULL);
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"), others[_i].message), 0);
	ck_assert_msg(halves(&c, "al@example.net") == others[_i].want, "%s", others[_i].what);
	mailroom_end(&c);
}
END_TEST

/* Many send the same post back: nobody's score rises, and the owners are told once. */
START_TEST(test_weather)
{
	static const char *const terms[] = { "bounce_pause_percent=40", NULL };
	struct mailroom c;

	mailroom_begin(&c, MEMBERS "ed@example.com\nfi@example.com\ngu@example.com\nhe@example.com\nio@example.com\n",
		       terms);
	send_post(&c, 12, "<12@x>");
	for (const char *const *who = (const char *const[]){ "al@example.net", "bo@example.net", "cy@example.com",
							     "di@example.com", "ed@example.com", NULL };
	     *who; who++)
		ck_assert_int_eq(
			come(&c, signed_rest(&c, TOKEN_BOUNCES, *who), report(&c, "", failed(&c, *who, "5.1.1"))), 0);
	ck_assert_int_eq(halves(&c, "al@example.net"), 0);
	ck_assert_int_eq(halves(&c, "ed@example.com"), -1);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "<boss@example.net>"));
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "4 of the 9 members"));
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "Post:   12\n"));
	/* The next post counts. */
	send_post(&c, 13, "<13@x>");
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"),
			      report(&c, bounce_envid(&c.list, &c.arena, "post-13", c.run.now, NULL),
				     failed(&c, "al@example.net", "5.1.1"))),
			 0);
	ck_assert_int_eq(halves(&c, "al@example.net"), 2);
	mailroom_end(&c);
}
END_TEST

/* The days add up to a probe, which has a signed sender; one that comes back too often is the end. */
START_TEST(test_life)
{
	static const char *const terms[] = { "bounce_score_limit=2", "remove_after=2", "probe_after=7d", NULL };
	struct mailroom c;
	const char *rest;

	mailroom_begin(&c, MEMBERS, terms);
	for (uint64_t post = 1; post <= 3; post++, c.run.now += SCORE_DAY) {
		const char *id = arena_printf(&c.arena, "post-%d", (int)post);

		send_post(&c, post, id);
		ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "al@example.net"),
				      report(&c, bounce_envid(&c.list, &c.arena, id, c.run.now, NULL),
					     failed(&c, "al@example.net", "5.1.1"))),
				 0);
	}
	ck_assert_uint_eq(c.n, 1);
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "rcpt Q <Al@example.net>"));
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "Posts that you have missed: 1, 2\n"));
	/* It was refused for another reason than him: nothing happens. */
	rest = strstr(mailroom_sender(&c, 0), "+bounces-") + 9;
	rest = arena_span(&c.arena, span_of(rest, strcspn(rest, "@")));
	ck_assert_int_eq(come(&c, rest, report(&c, "", failed(&c, "al@example.net", "5.7.1"))), 0);
	ck_assert_ptr_null(strstr(mailing_list_file(&c.list, "members"), "paused"));
	ck_assert_int_eq(come(&c, rest, report(&c, "", failed(&c, "al@example.net", "5.1.1"))), 0);
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "members"), "Al@example.net paused"));
	/* Twice the same is once. */
	ck_assert_int_eq(come(&c, rest, report(&c, "", failed(&c, "al@example.net", "5.1.1"))), 0);
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "members"), "Al@example.net"));
	mailroom_end(&c);
}
END_TEST

static const char *complaint(struct mailroom *c, const char *type, const char *sender)
{
	return arena_printf(&c->arena,
			    "From: feedback@isp.example\nContent-Type: multipart/report; boundary=b\n\n--b\n"
			    "Content-Type: message/feedback-report\n\nFeedback-Type: %s\nOriginal-Mail-From: <%s>\n"
			    "Original-Rcpt-To: <bo@example.net>\n\n--b--\n",
			    type, sender);
}

START_TEST(test_complaint)
{
	struct mailroom c;
	const char *sender;

	mailroom_begin(&c, MEMBERS, NULL);
	sender = token_address(&c.list, &c.arena, TOKEN_BOUNCES, "al@example.net", c.run.now, NULL);
	/* Without a sender that is signed it is anybody's word. */
	ck_assert_int_eq(come(&c, "", complaint(&c, "abuse", "friends+bounces@example.org")), 0);
	ck_assert_int_eq(
		come(&c, "", complaint(&c, "abuse", "friends+bounces-0000000000000000000-al=example.net@example.org")),
		0);
	ck_assert_int_eq(come(&c, "", complaint(&c, "not-spam", sender)), 0);
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "members"), "Al@example.net"));
	ck_assert_int_eq(come(&c, "", complaint(&c, "abuse", sender)), 0);
	ck_assert_ptr_null(strstr(mailing_list_file(&c.list, "members"), "Al@example.net"));
	ck_assert_ptr_nonnull(strstr(mailing_list_file(&c.list, "members"), "bo@example.net"));
	ck_assert_uint_eq(c.n, 1);
	ck_assert_ptr_nonnull(strstr(mailroom_sent(&c, 0), "rcpt Q <boss@example.net>"));
	/* To the address itself it is the same. */
	ck_assert_int_eq(come(&c, signed_rest(&c, TOKEN_BOUNCES, "bo@example.net"), complaint(&c, "opt-out", "")), 0);
	ck_assert_ptr_null(strstr(mailing_list_file(&c.list, "members"), "bo@example.net"));
	mailroom_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_signed);
	tcase_add_test(tc, test_hashed);
	tcase_add_test(tc, test_forged);
	tcase_add_test(tc, test_plain);
	tcase_add_loop_test(tc, test_others, 0, COUNT(others));
	tcase_add_test(tc, test_weather);
	tcase_add_test(tc, test_life);
	tcase_add_test(tc, test_complaint);
}

CHECK_MAIN(bounce, add_tests)
