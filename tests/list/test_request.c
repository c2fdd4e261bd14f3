/* SPDX-License-Identifier: ISC */
/* Through the address, as mail comes; what the list sends is taken from the queue. */
#include "list/request.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "list/members.h"
#include "list/posts.h"
#include "list/token.h"
#include "store/mailbox.h"
#include "support/check_main.h"
#include "support/listcase.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

static const char from_al[] =
	"From: Al Green <Al@example.net>\nTo: friends\nMessage-ID: <1@example.net>\nSubject: x\n\n";

static int mail(struct listcase *c, const char *to, const char *text)
{
	struct fault f = { 0 };
	int rc = listcase_mail(c, "al@example.net", to, text, &f);

	ck_assert_msg(rc == 0, "%s", f.text);
	return rc;
}

/* Commands from al. */
static void say(struct listcase *c, const char *commands)
{
	listcase_forget(c);
	mail(c, "friends-request@example.org", arena_printf(&c->arena, "%s%s", from_al, commands));
}

/* The file of that name, without the day on which they came. */
static const char *members(struct listcase *c)
{
	char *text = arena_str(&c->arena, mailing_list_file(&c->list, "members")), *at;
	const size_t n = sizeof(" since=2026-11-22") - 1;

	while ((at = strstr(text, " since=")))
		memmove(at, at + n, strlen(at + n) + 1);
	return text;
}

/* A reply to sent message i, as mail programs make it. */
static const char *reply_to(struct listcase *c, size_t i, const char *fields)
{
	return arena_printf(&c->arena, "From: Al Green <al@example.net>\nTo: %s\nSubject: Re: %s\n%s\n> quoted\n",
			    listcase_field(c, i, "Reply-To"), listcase_field(c, i, "Subject"), fields);
}

START_TEST(test_subscribe)
{
	struct listcase c;
	const char *confirm;

	listcase_begin(&c, NULL);
	mail(&c, "friends+subscribe@example.org", from_al);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.sent[0].sender, "");
	ck_assert_str_eq(c.sent[0].to, "Al@example.net");
	ck_assert_str_eq(listcase_field(&c, 0, "Auto-Submitted"), "auto-replied");
	ck_assert_str_eq(listcase_field(&c, 0, "In-Reply-To"), "<1@example.net>");
	confirm = listcase_field(&c, 0, "Reply-To");
	ck_assert_ptr_nonnull(strstr(confirm, "friends+confirm-"));
	ck_assert_ptr_nonnull(strstr(c.sent[0].body, confirm));
	ck_assert_str_eq(members(&c), "");

	mail(&c, confirm, reply_to(&c, 0, ""));
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(listcase_field(&c, 1, "Subject"), "Welcome to friends");
	ck_assert_str_eq(c.sent[1].to, "al@example.net");
	ck_assert_str_eq(members(&c), "al@example.net name=\"Al Green\"\n");
	/* Twice does no harm, and welcomes once. */
	mail(&c, confirm, reply_to(&c, 0, ""));
	ck_assert_uint_eq(c.n, 2);

	mail(&c, "friends-leave@example.org", from_al);
	ck_assert_uint_eq(c.n, 3);
	mail(&c, listcase_field(&c, 2, "Reply-To"), reply_to(&c, 2, ""));
	ck_assert_str_eq(listcase_field(&c, 3, "Subject"), "You have left friends");
	ck_assert_str_eq(members(&c), "");
	listcase_end(&c);
}
END_TEST

static const struct {
	const char *address, *member;
} options[] = {
	{ "friends+subscribe-digest@example.org", "al@example.net digest name=\"Al Green\"\n" },
	{ "friends+join-nomail@example.org", "al@example.net nomail name=\"Al Green\"\n" },
};

START_TEST(test_options)
{
	struct listcase c;

	listcase_begin(&c, NULL);
	mail(&c, options[_i].address, from_al);
	mail(&c, listcase_field(&c, 0, "Reply-To"), reply_to(&c, 0, ""));
	ck_assert_str_eq(members(&c), options[_i].member);
	listcase_end(&c);
}
END_TEST

/* A token with a hash alone: the address is in From, or in the subject of the reply. */
START_TEST(test_hash)
{
	static const char person[] = "christopher.with.a.long.name@mail.example.net";
	struct listcase c;
	struct fault f;
	const char *confirm;

	listcase_begin(&c, NULL);
	mail(&c, arena_printf(&c.arena, "friends+subscribe-christopher.with.a.long.name=mail.example.net@example.org"),
	     from_al);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.sent[0].to, person);
	confirm = listcase_field(&c, 0, "Reply-To");
	ck_assert_ptr_null(strstr(confirm, "christopher"));
	if (_i == 0)
		mail(&c, confirm, arena_printf(&c.arena, "From: %s\n\n", person));
	else if (_i == 1)
		mail(&c, confirm, arena_printf(&c.arena, "From: chris@example.com\n\n> to put %s\n> on", person));
	else
		ck_assert_int_eq(listcase_mail(&c, "x@example.com", confirm, "From: x@example.com\n\nyes\n", &f), 0);
	ck_assert_int_eq(strncmp(members(&c), person, strlen(person)) == 0, _i < 2);
	ck_assert_uint_eq(c.n, 2);
	listcase_end(&c);
}
END_TEST

/* (g) Who comes with one spelling of an address leaves with another: case, a dot behind the domain, UTF-8. */
static const struct {
	const char *join, *confirm, *leave;
} spellings[] = {
	{ "al@example.net", "AL@EXAMPLE.NET", "Al@Example.Net" },
	{ "al@b\303\274cher.example", "al@xn--bcher-kva.example", "AL@b\303\274cher.example" },
	{ "ren\303\251@example.net", "ren\303\251@example.net", "REN\303\211@EXAMPLE.net" },
};

START_TEST(test_spelling)
{
	struct listcase c;
	struct fault f = { 0 };

	listcase_begin(&c, NULL);
	ck_assert_msg(listcase_mail(&c, spellings[_i].join, "FRIENDS+Subscribe@EXAMPLE.org",
				    arena_printf(&c.arena, "From: %s\n\n", spellings[_i].join), &f) == 0,
		      "%s", f.text);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_int_eq(listcase_mail(&c, spellings[_i].confirm, listcase_field(&c, 0, "Reply-To"),
				       arena_printf(&c.arena, "From: %s\n\n", spellings[_i].confirm), &f),
			 0);
	ck_assert_str_eq(members(&c), arena_printf(&c.arena, "%s\n", spellings[_i].confirm));
	listcase_forget(&c);
	ck_assert_int_eq(listcase_mail(&c, spellings[_i].leave, "friends-leave@example.org",
				       arena_printf(&c.arena, "From: %s\n\n", spellings[_i].leave), &f),
			 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_int_eq(listcase_mail(&c, spellings[_i].leave, listcase_field(&c, 0, "Reply-To"),
				       arena_printf(&c.arena, "From: %s\n\n", spellings[_i].leave), &f),
			 0);
	ck_assert_str_eq(members(&c), "");
	listcase_end(&c);
}
END_TEST

/* (a) Subscribed a thousand times by a stranger: one message, and nothing of his in it. */
START_TEST(test_bombing)
{
	struct listcase c;
	struct fault f;

	listcase_begin(&c, NULL);
	for (int i = 0; i < 1000; i++) {
		const char *text = arena_printf(&c.arena,
						"From: Buy pills <victim@example.com>\nSubject: Buy pills\n"
						"Message-ID: <%d@spam>\n\nsubscribe friends Buy pills\nBuy pills\n",
						i);

		ck_assert_int_eq(listcase_mail(&c, i % 2 ? "victim@example.com" : "spammer@example.com",
					       i % 3 ? "friends+subscribe@example.org" : "friends-request@example.org",
					       text, &f),
				 0);
	}
	for (size_t i = 0; i < c.n && i < LISTCASE_SENT_MAX; i++)
		ck_assert_ptr_null(strcasestr(c.sent[i].text, "pills"));
	/* One question; and answers about the line that is no command, reply_rate for each of the two. */
	ck_assert_uint_le(c.n, 1 + 10 + 10);
	listcase_forget(&c);
	for (int i = 0; i < 1000; i++)
		listcase_mail(&c, "spammer@example.com", "friends+subscribe-other=example.com@example.org",
			      "From: spammer@example.com\n\n", &f);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.sent[0].to, "other@example.com");
	listcase_end(&c);
}
END_TEST

/* (c) What machines write confirms nothing and is not answered. */
static const char *const automatic[] = {
	"Auto-Submitted: auto-replied\n",
	"Precedence: bulk\n",
	"Precedence: junk\n",
	"X-Autoreply: yes\n",
	"List-Id: <other.example>\n",
	"X-Auto-Response-Suppress: All\n",
	"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n",
};

START_TEST(test_automatic)
{
	struct listcase c;
	const char *confirm;

	listcase_begin(&c, NULL);
	mail(&c, "friends+subscribe@example.org", from_al);
	confirm = listcase_field(&c, 0, "Reply-To");
	mail(&c, confirm, reply_to(&c, 0, automatic[_i]));
	mail(&c, "friends+help@example.org", arena_printf(&c.arena, "From: al@example.net\n%s\n", automatic[_i]));
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(members(&c), "");
	listcase_end(&c);
}
END_TEST

static const struct {
	const char *sender, *from, *subject;
} robots[] = {
	{ "", "al@example.net", "x" },
	{ "al@example.net", "MAILER-DAEMON@example.net", "x" },
	{ "al@example.net", "al@example.net", "Out of office: Re: please confirm" },
	{ "al@example.net", "al@example.net", "Automatische Antwort: bitte" },
	{ "al@example.net", "al@example.net", "=?utf-8?q?R=C3=A9ponse_automatique_:_x?=" },
	{ "other-request@example.net", "other-request@example.net", "x" },
	{ "noreply@example.net", "noreply@example.net", "x" },
	/* A list subscribed to another, or to itself. */
	{ "friends@example.org", "friends@example.org", "x" },
	{ "friends+owner@example.org", "friends+owner@example.org", "x" },
	{ "listmgr@example.org", "listmgr@example.org", "x" },
};

START_TEST(test_robots)
{
	struct listcase c;
	struct fault f;
	const char *text;

	listcase_begin(&c, NULL);
	text = arena_printf(&c.arena, "From: %s\nSubject: %s\n\nsubscribe\n", robots[_i].from, robots[_i].subject);
	ck_assert_int_eq(listcase_mail(&c, robots[_i].sender, "friends+subscribe@example.org", text, &f), 0);
	ck_assert_int_eq(listcase_mail(&c, robots[_i].sender, "friends-request@example.org", text, &f), 0);
	ck_assert_int_eq(listcase_mail(&c, robots[_i].sender, "listmgr@example.org", text, &f), 0);
	ck_assert_uint_eq(c.n, 0);
	listcase_end(&c);
}
END_TEST

/* Nobody but the address itself learns whether it is on the list. */
START_TEST(test_oracle)
{
	static const char *const asks[] = { "subscribe bo@example.com", "unsubscribe bo@example.com",
					    "invite bo@example.com" };
	struct member bo = { .address = SPAN("bo@example.com") };
	struct listcase c;
	const char *member, *stranger;

	listcase_begin(&c, NULL);
	say(&c, asks[_i]);
	stranger = c.sent[c.n - 1].body;
	ck_assert_str_eq(c.sent[c.n - 1].to, "al@example.net");
	ck_assert_int_eq(members_add(&c.list, "members", &bo, NULL), 1);
	say(&c, asks[_i]);
	member = c.sent[c.n - 1].body;
	ck_assert_str_eq(c.sent[c.n - 1].to, "al@example.net");
	ck_assert_str_eq(member, stranger);
	ck_assert_ptr_null(strstr(member, "bo@"));
	listcase_end(&c);
}
END_TEST

/* Results of commands, and what is not said. */
static const struct {
	const char *commands, *want; /* of the answer's body; NULL: there is none */
} answers[] = {
	{ "lists\n", "friends@example.org" },
	{ "info\n", "friends+subscribe@example.org" },
	{ "info friends\nfaq friends@example.org\n", ">>> faq" },
	{ "help\nend\nwho\n", "subscribe" },
	{ "which\n", "None." },
	{ "who\n", "does not tell" },
	{ "index\n", "does not tell" },
	{ "get 1\n", "does not tell" },
	{ "set digest\n", "not on the list" },
	{ "set friends colour\n", "no such option" },
	{ "unknown words\nlists\n", "Line 1 is no command." },
	{ "info enemies\n", "There is no list" },
	{ "help ../../../../etc/passwd\n", "subscribe" },
	{ "info ../../../../etc/passwd\n", "There is no list" },
	{ "info ./.../....///etc/passwd\n", "There is no list" },
	{ "get ../../../../etc/passwd\n", "There is no list" },
	{ "subscribe ../friends\n", "There is no list" },
	{ "subscribe friends `id`@example.net x\n", "A message that says" },
	{ "subscribe \"a b\"@example.net\n", "There is no list" },
	{ "subscribe friends a@b@c\n", "no address" },
	{ "subscribe friends friends@example.org\n", "no address" },
	{ "subscribe friends friends+owner@example.org\n", "no address" },
	{ "confirm 0123456789abcdefghj-al=example.net\n", "not complete, or too old" },
	{ "confirm\n", "not complete, or too old" },
	{ "add new@example.com\n", "If you are an owner" },
	{ "subscribe\n", NULL },
	{ "unsubscribe\n", NULL },
	{ "quiet subscribe other@example.com\n", NULL },
	{ "quiet help\n", ">>> help" },
	{ "\n\n-- \nhelp\n", "friends+subscribe@example.org" },
	{ "", "friends+subscribe@example.org" },
};

START_TEST(test_answer)
{
	struct listcase c;

	listcase_begin(&c, NULL);
	say(&c, answers[_i].commands);
	for (size_t i = 0; i < c.n; i++)
		ck_assert_ptr_null(strstr(c.sent[i].text, "passwd"));
	if (answers[_i].want) {
		ck_assert_uint_ge(c.n, 1);
		ck_assert_int_eq(strcasecmp(c.sent[c.n - 1].to, "al@example.net"), 0);
		ck_assert_msg(strstr(c.sent[c.n - 1].body, answers[_i].want), "%s:\n%s", answers[_i].commands,
			      c.sent[c.n - 1].body);
	} else {
		ck_assert_uint_eq(c.n, 1);
		ck_assert_ptr_null(strstr(listcase_field(&c, 0, "Subject"), "results"));
	}
	listcase_end(&c);
}
END_TEST

/* A member may do what others may not, and the answer goes to him. */
static const struct {
	const char *commands, *want;
} private_answers[] = {
	{ "who\n", "bo@example.com" },
	{ "which\n", "friends@example.org" },
	{ "set digest noack\n", "digest noack" },
	{ "SET friends CONCEAL\n", "hidden" },
	{ "set * nomail\n", "nomail" },
	{ "index\n", "no such posts" },
};

START_TEST(test_member)
{
	static const char *const settings[] = { "member_visibility=members", NULL };
	const struct member people[] = { { .address = SPAN("AL@example.net") },
					 { .address = SPAN("bo@example.com") },
					 { .address = SPAN("carla@example.com"), .flags = MEMBER_HIDDEN } };
	struct listcase c;
	struct fault f;

	listcase_begin(&c, settings);
	for (int i = 0; i < COUNT(people); i++)
		ck_assert_int_eq(members_add(&c.list, "members", &people[i], NULL), 1);
	/* Whoever writes in his name learns nothing. */
	ck_assert_int_eq(
		listcase_mail(&c, "mallory@example.com", "friends-request@example.org",
			      arena_printf(&c.arena, "From: al@example.net\n\n%s", private_answers[_i].commands), &f),
		0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.sent[0].to, "al@example.net");
	ck_assert_msg(strstr(c.sent[0].body, private_answers[_i].want), "%s", c.sent[0].body);
	ck_assert_ptr_null(strstr(c.sent[0].body, "carla"));
	listcase_end(&c);
}
END_TEST

/* Nobody changes a member's options unseen. */
START_TEST(test_unseen)
{
	const struct member al = { .address = SPAN("al@example.net") };
	struct listcase c;

	listcase_begin(&c, (const char *const[]){ "reply_rate=3", NULL });
	members_add(&c.list, "members", &al, NULL);
	say(&c, "quiet set nomail\n");
	ck_assert_uint_eq(c.n, 1);
	say(&c, "lists\n");
	say(&c, "lists\n");
	say(&c, "set mail\n");
	ck_assert_uint_eq(c.n, 0);
	ck_assert_str_eq(members(&c), "al@example.net nomail\n");
	listcase_end(&c);
}
END_TEST

/* An owner adds and removes by a reply; in his name it is he who gets the question. */
START_TEST(test_owner_commands)
{
	struct listcase c;
	struct fault f;

	listcase_begin(&c, NULL);
	ck_assert_int_eq(listcase_mail(&c, "mallory@example.com", "friends-request@example.org",
				       "From: boss@example.net\n\nadd friends new@example.com\n", &f),
			 0);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(c.sent[0].to, "boss@example.net");
	ck_assert_str_eq(c.sent[1].to, "mallory@example.com");
	ck_assert_ptr_null(strstr(c.sent[1].text, "new@"));
	mail(&c, listcase_field(&c, 0, "Reply-To"), reply_to(&c, 0, ""));
	ck_assert_str_eq(members(&c), "new@example.com\n");
	listcase_forget(&c);
	ck_assert_int_eq(listcase_mail(&c, "boss@example.net", "friends-request@example.org",
				       "From: boss@example.net\n\nQUIET DEL friends new@example.com\n", &f),
			 0);
	ck_assert_uint_eq(c.n, 1);
	mail(&c, listcase_field(&c, 0, "Reply-To"), reply_to(&c, 0, ""));
	ck_assert_str_eq(members(&c), "");
	listcase_end(&c);
}
END_TEST

START_TEST(test_moderated)
{
	static const char *const settings[] = { "subscription=moderated", NULL };
	struct listcase c;

	listcase_begin(&c, settings);
	mail(&c, "friends+subscribe-digest@example.org", from_al);
	mail(&c, listcase_field(&c, 0, "Reply-To"), reply_to(&c, 0, ""));
	ck_assert_str_eq(members(&c), "");
	ck_assert_uint_eq(c.n, 3);
	ck_assert_str_eq(c.sent[1].to, "boss@example.net");
	ck_assert_str_eq(c.sent[2].to, "al@example.net");
	/* Once more is nothing new to anybody. */
	mail(&c, listcase_field(&c, 0, "Reply-To"), reply_to(&c, 0, ""));
	ck_assert_uint_eq(c.n, 3);
	mail(&c, listcase_field(&c, 1, "Reply-To"),
	     arena_printf(&c.arena, "From: boss@example.net\nSubject: Re: %s\n\n", listcase_field(&c, 1, "Subject")));
	ck_assert_str_eq(members(&c), "al@example.net digest\n");
	ck_assert_str_eq(listcase_field(&c, 3, "Subject"), "Welcome to friends");
	listcase_end(&c);
}
END_TEST

static const struct {
	const char *setting;
	const char *members;
	size_t sent;
} rules[] = {
	{ "subscription=open", "Al@example.net\n", 2 },
	{ "subscription=closed", "", 1 },
};

START_TEST(test_rules)
{
	const char *const settings[] = { rules[_i].setting, NULL };
	struct listcase c;

	listcase_begin(&c, settings);
	mail(&c, "friends+subscribe@example.org", from_al);
	ck_assert_str_eq(members(&c), rules[_i].members);
	ck_assert_uint_eq(c.n, rules[_i].sent);
	listcase_end(&c);
}
END_TEST

START_TEST(test_unsubscription_open)
{
	static const char *const settings[] = { "unsubscription=open", "goodbye=no", NULL };
	const struct member al = { .address = SPAN("al@example.net") };
	struct listcase c;

	listcase_begin(&c, settings);
	members_add(&c.list, "members", &al, NULL);
	say(&c, "SIGNOFF friends\n");
	ck_assert_str_eq(members(&c), "");
	ck_assert_uint_eq(c.n, 1);
	ck_assert_ptr_nonnull(strstr(c.sent[0].body, "no longer"));
	listcase_end(&c);
}
END_TEST

START_TEST(test_oneclick)
{
	const struct member al = { .address = SPAN("al@example.net") };
	struct listcase c;
	struct fault f;
	const char *address;

	listcase_begin(&c, NULL);
	members_add(&c.list, "members", &al, NULL);
	address = token_address(&c.list, &c.arena, TOKEN_ONECLICK, "al@example.net", c.run.now, &f);
	/* A provider's program writes for him. */
	ck_assert_int_eq(listcase_mail(&c, "unsubscribe@provider.example", address,
				       "From: unsubscribe@provider.example\nAuto-Submitted: auto-generated\n\n", &f),
			 0);
	ck_assert_str_eq(members(&c), "");
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.sent[0].to, "al@example.net");
	listcase_end(&c);
}
END_TEST

/* (b) Made up, for another, another action, too old: refused at RCPT, and when they come all the same. */
START_TEST(test_tokens)
{
	struct listcase c;
	struct fault f = { 0 };
	const char *good, *address;
	struct list_target t = { LIST_SIGNED, "friends", "confirm", "" };

	listcase_begin(&c, NULL);
	good = token_address(&c.list, &c.arena, TOKEN_SUBSCRIBE, "al@example.net", c.run.now - 8 * 86400, &f);
	address = _i == 0   ? good
		  : _i == 1 ? "friends+confirm-0000000000000000000-al=example.net@example.org"
		  : _i == 2 ? "friends+confirm-al=example.net@example.org"
			    : "friends+confirm@example.org";
	ck_assert_int_eq(listcase_mail(&c, "al@example.net", address, from_al, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	/* An MTA that does not ask: a sentence, and no more than some of them a day. */
	t.rest = arena_printf(&c.arena, "%.*s", (int)(strcspn(address + strlen("friends+confirm-"), "@")),
			      address + strlen("friends+confirm-"));
	for (int i = 0; i < 100; i++) {
		listcase_incoming(&c, "al@example.net", address, from_al);
		ck_assert_int_eq(request_run(&c.run, &t, &f), 0);
	}
	ck_assert_uint_eq(c.n, 10);
	ck_assert_str_eq(listcase_field(&c, 0, "Subject"), "friends: this confirmation has expired");
	ck_assert_str_eq(members(&c), "");
	listcase_end(&c);
}
END_TEST

START_TEST(test_owner)
{
	struct listcase c;
	struct fault f = { 0 };
	const char *first;

	listcase_begin(&c, NULL);
	ck_assert_int_eq(listcase_mail(&c, "al@example.net", "owner-friends@example.org", from_al, &f), 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_str_eq(c.sent[0].to, "boss@example.net");
	ck_assert_str_eq(c.sent[0].sender, "friends+bounces@example.org");
	first = c.sent[0].text;
	ck_assert_str_eq(first + strlen("X-Loop: friends+owner@example.org\n"), from_al);
	/* An owner's address that leads back. */
	ck_assert_int_eq(listcase_mail(&c, "al@example.net", "friends+owner@example.org", first, &f), -1);
	ck_assert_str_eq(f.status, "5.4.6");
	ck_assert_int_eq(listcase_mail(&c, "", "friends+owner@example.org", from_al, &f), 0);
	ck_assert_str_eq(c.sent[1].sender, "");
	listcase_end(&c);
}
END_TEST

/* In any charset and form; in the subject when there is nothing in the body. */
static const char *const forms[] = {
	"Subject: who\n\n",
	"Subject: WHO friends\n\n-- \nAl Green\n",
	"Content-Type: text/html\n\n<html><body><p>who</p></body></html>\n",
	"Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\ndwBoAG8ACgA=\n",
	"Content-Transfer-Encoding: quoted-printable\n\n=77ho\n",
	("MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nwho\n\n--b\n"
	 "Content-Type: text/html\n\n<b>who</b>\n--b--\n"),
	"\r\nwho\r\n",
};

START_TEST(test_form)
{
	static const char *const settings[] = { "member_visibility=all", NULL };
	const struct member bo = { .address = SPAN("bo@example.com") };
	struct listcase c;

	listcase_begin(&c, settings);
	members_add(&c.list, "members", &bo, NULL);
	mail(&c, "friends-request@example.org", arena_printf(&c.arena, "From: al@example.net\n%s", forms[_i]));
	ck_assert_uint_eq(c.n, 1);
	ck_assert_msg(strstr(c.sent[0].body, "bo@example.com"), "%s", c.sent[0].body);
	listcase_end(&c);
}
END_TEST

/* The site's address: commands name the list. */
START_TEST(test_site)
{
	struct listcase c;

	listcase_begin(&c, NULL);
	mailing_list_create("hidden", (const char *const[]){ "advertised=no", NULL });
	mail(&c, "listmgr@example.org", "From: al@example.net\n\nlists\ninfo\nsubscribe friends\n");
	ck_assert_uint_eq(c.n, 2);
	ck_assert_str_eq(listcase_field(&c, 0, "Subject"), "friends: please confirm your subscription");
	ck_assert_ptr_nonnull(strstr(c.sent[1].body, "friends@example.org"));
	ck_assert_ptr_nonnull(strstr(c.sent[1].body, "Which list?"));
	ck_assert_ptr_null(strstr(c.sent[1].body, "hidden"));
	ck_assert_str_eq(listcase_field(&c, 1, "List-Id"), "");
	mail(&c, "listmgr@example.org", "From: al@example.net\n\n");
	ck_assert_str_eq(listcase_field(&c, 2, "Subject"), "Mailing lists: what can be asked here");
	listcase_end(&c);
}
END_TEST

/* More lists than are looked at: it says so. */
START_TEST(test_many_lists)
{
	struct listcase c;

	listcase_begin(&c, NULL);
	for (int i = 0; i < REQUEST_LISTS_MAX; i++) {
		tempdir_write(arena_printf(&c.arena, "lists/l%04d/config", i), "", 0600);
		ck_assert_int_eq(chmod(tempdir_path(arena_printf(&c.arena, "lists/l%04d", i)), 0700), 0);
	}
	say(&c, "lists\n");
	ck_assert_ptr_nonnull(strstr(c.sent[0].body, "\nl0000@example.org\n"));
	ck_assert_ptr_null(strstr(c.sent[0].body, "l0999@"));
	ck_assert_ptr_nonnull(strstr(c.sent[0].body, "more than an answer can have"));
	listcase_end(&c);
}
END_TEST

/* As many commands, and as many mistakes, as one message may have. */
START_TEST(test_many)
{
	struct listcase c;
	struct buf text;

	listcase_begin(&c, NULL);
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_put_str(&text, _i ? "subscribe x@example.com\n" : "nonsense\n");
	say(&c, buf_str(&text));
	buf_clear(&text);
	ck_assert_uint_le(c.n, 2);
	ck_assert_ptr_nonnull(
		strstr(c.sent[c.n - 1].body, _i ? "enough for one message" : "friends+subscribe@example.org"));
	ck_assert_uint_lt(strlen(c.sent[c.n - 1].body), 10000);
	listcase_end(&c);
}
END_TEST

/* (g) Addresses as nobody should write them. */
static const char *const addresses[] = {
	"friends+subscribe-victim=dom\r\nBcc: x@example.org@example.org",
	"friends+subscribe-\001=example.net@example.org",
	"friends+subscribe-@example.org",
	"friends+subscribe-a=b=@example.org",
	"friends+subscribe-=example.net@example.org",
	"friends+get-../../etc/passwd@example.org",
	"friends+../../x-request@example.org",
	"../friends-request@example.org",
	"friends+help-`id`@example.org",
	"friends+subscribe-"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	"aaaaa"
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=example.net@example.org",
};

START_TEST(test_bad_address)
{
	struct listcase c;
	struct fault f = { 0 };
	int rc;

	listcase_begin(&c, NULL);
	rc = listcase_mail(&c, "al@example.net", addresses[_i], from_al, &f);
	ck_assert(rc == 0 || f.kind == FAULT_PERM);
	for (size_t i = 0; i < c.n; i++) {
		ck_assert_msg(strcasecmp(c.sent[i].to, "al@example.net") == 0, "%s", c.sent[i].to);
		ck_assert_ptr_null(strstr(c.sent[i].text, "passwd"));
	}
	ck_assert_str_eq(members(&c), "");
	listcase_end(&c);
}
END_TEST

/* ---- the archive ---- */

static const char *const subjects[] = { "lunch", "[friends] Re: lunch", "dinner", "RE: LUNCH", "" };

/* Posts 1 to n; their subjects go round. */
static void fill_archive(struct listcase *c, unsigned n, size_t octets)
{
	struct mailbox box;
	struct buf text;

	ck_assert_int_eq(mailbox_open(&box, arena_printf(&c->arena, "%s/archive", c->list.path), MAILBOX_CREATE, NULL),
			 0);
	mailbox_close(&box);
	buf_init(&text, octets + 1000);
	for (unsigned i = 1; i <= n; i++) {
		struct post p = { .number = i,
				  .when = 1795305600,
				  .hash = "0123456789abcdef",
				  .from = SPAN("carla@example.net"),
				  .subject = span_str(subjects[(i - 1) % 5]) };

		buf_reset(&text);
		buf_printf(&text, "From: carla@example.net\nSubject: %s\n\npost %u\n", subjects[(i - 1) % 5], i);
		while (text.n < octets)
			buf_put_str(&text, "line\n");
		tempdir_write(arena_printf(&c->arena, "lists/friends/archive/new/%u.M%u.x", 1790000000 + i, i),
			      buf_str(&text), 0600);
		ck_assert_int_eq(list_lock(&c->list, NULL), 0);
		ck_assert_int_eq(posts_append(&c->list, &p, NULL), 0);
		list_unlock(&c->list);
	}
	buf_clear(&text);
	ck_assert_int_eq(mailbox_open(&box, arena_printf(&c->arena, "%s/archive", c->list.path), 0, NULL), 0);
	ck_assert_uint_eq(box.view.n, n);
	mailbox_close(&box);
}

/* "1 2 4": the posts in a message, by what they say. */
static const char *posts_in(struct listcase *c, const char *message)
{
	const char *got = "";

	for (const char *at = strstr(message, "\npost "); at; at = strstr(at + 1, "\npost "))
		got = arena_printf(&c->arena, "%s%s%lu", got, got[0] ? " " : "", strtoul(at + 6, NULL, 10));
	return got;
}

static const struct {
	const char *command, *posts, *want;
} gets[] = {
	{ "get 2", "2", "Posts attached: 1." },
	{ "get 2-4", "2 3 4", "Posts attached: 3." },
	{ "get friends 1 5 3-", "1 5 3 4 5 6 7 8 9 10", "Posts attached: 10." },
	{ "get 11", "", "no such posts" },
	{ "get 0", "", "no list of that name" },
	{ "last", "10", "Posts attached: 1." },
	{ "thread 2", "1 2 4 6 7 9", "Posts attached: 6." },
	{ "thread 3", "3 8", "Posts attached: 2." },
	{ "thread 5", "5", "Posts attached: 1." },
	{ "thread 99", "", "no such posts" },
	{ "thread", "", "no such posts" },
	{ "index", "", "     4  2026-11-22  carla@example.net  RE: LUNCH" },
	{ "index 9-10", "", "    10  2026-11-22  carla@example.net" },
	{ "index 11-", "", "no such posts" },
};

START_TEST(test_archive)
{
	struct listcase c;

	listcase_begin(&c, (const char *const[]){ "archive_access=public", NULL });
	fill_archive(&c, 10, 0);
	say(&c, gets[_i].command);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_msg(strstr(c.sent[0].text, gets[_i].want), "%s", c.sent[0].text);
	ck_assert_str_eq(posts_in(&c, c.sent[0].text), gets[_i].posts);
	ck_assert_int_eq(strstr(c.sent[0].text, "multipart/digest") != NULL, gets[_i].posts[0] != '\0');
	listcase_end(&c);
}
END_TEST

/* By address; and members alone, to whom the answer goes whoever writes. */
START_TEST(test_archive_access)
{
	const struct member al = { .address = SPAN("al@example.net") };
	struct listcase c;
	struct fault f;

	listcase_begin(&c, (const char *const[]){ "archive_access=members", NULL });
	fill_archive(&c, 3, 0);
	mail(&c, "friends+get-1-2@example.org", from_al);
	ck_assert_ptr_nonnull(strstr(c.sent[0].body, "does not tell"));
	members_add(&c.list, "members", &al, NULL);
	listcase_mail(&c, "mallory@example.com", "friends-get-1-2@example.org", from_al, &f);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_int_eq(strcasecmp(c.sent[1].to, "al@example.net"), 0);
	ck_assert_str_eq(posts_in(&c, c.sent[1].text), "1 2");
	listcase_end(&c);
}
END_TEST

/* No more than one message should have, and it says so. */
START_TEST(test_archive_limits)
{
	struct listcase c;

	listcase_begin(&c, (const char *const[]){ "archive_access=public", NULL });
	fill_archive(&c, _i ? 3 : REQUEST_POSTS_MAX + 10, _i ? REQUEST_POSTS_SIZE / 2 - 100 : 0);
	say(&c, "get 1-");
	ck_assert_uint_eq(c.n, 1);
	ck_assert_msg(strstr(c.sent[0].text, _i ? "first 2 are\nattached" : "first 50 are\nattached") ||
			      strstr(c.sent[0].text, _i ? "first 2 are attached" : "first 50 are attached"),
		      "%.2000s", c.sent[0].text);
	listcase_end(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_archive, 0, COUNT(gets));
	tcase_add_test(tc, test_archive_access);
	tcase_add_loop_test(tc, test_archive_limits, 0, 2);
	tcase_add_test(tc, test_subscribe);
	tcase_add_loop_test(tc, test_options, 0, COUNT(options));
	tcase_add_loop_test(tc, test_hash, 0, 3);
	tcase_add_loop_test(tc, test_spelling, 0, COUNT(spellings));
	tcase_add_test(tc, test_bombing);
	tcase_add_loop_test(tc, test_automatic, 0, COUNT(automatic));
	tcase_add_loop_test(tc, test_robots, 0, COUNT(robots));
	tcase_add_loop_test(tc, test_oracle, 0, 3);
	tcase_add_loop_test(tc, test_answer, 0, COUNT(answers));
	tcase_add_loop_test(tc, test_member, 0, COUNT(private_answers));
	tcase_add_test(tc, test_unseen);
	tcase_add_test(tc, test_owner_commands);
	tcase_add_test(tc, test_moderated);
	tcase_add_loop_test(tc, test_rules, 0, COUNT(rules));
	tcase_add_test(tc, test_unsubscription_open);
	tcase_add_test(tc, test_oneclick);
	tcase_add_loop_test(tc, test_tokens, 0, 4);
	tcase_add_test(tc, test_owner);
	tcase_add_loop_test(tc, test_form, 0, COUNT(forms));
	tcase_add_test(tc, test_site);
	tcase_add_test(tc, test_many_lists);
	tcase_add_loop_test(tc, test_many, 0, 2);
	tcase_add_loop_test(tc, test_bad_address, 0, COUNT(addresses));
}

CHECK_MAIN(request, add_tests)
