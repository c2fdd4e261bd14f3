/* SPDX-License-Identifier: ISC */
#include "list/place.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "list/token.h"
#include "message/address.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

#define LOCAL "example.org"

static void make_lists(void)
{
	mailing_list_create("friends", NULL);
	mailing_list_create("friends-of-beer", NULL);
	mailing_list_create("owner-club", NULL);
	mailing_list_create("friends@lists.example.net", NULL);
}

static int find(struct arena *a, const char *address, struct list_target *t, struct fault *f)
{
	struct span local, domain;

	address_split(span_str(address), &local, &domain);
	return place_find(mailing_list_places(), a, local, domain,
			  span_is_nocase(domain, SPAN(LOCAL)) || span_is_nocase(domain, SPAN(LOCAL ".")), t, f);
}

static const struct {
	const char *address;
	const char *want; /* "NAME ROLE WORD REST", NULL: no list's */
} rows[] = {
	{ "friends@example.org", "friends post  " },
	{ "FRIENDS@Example.ORG", "friends post  " },
	{ "friends@example.org.", "friends post  " },
	{ "friends@example.com", NULL },
	{ "friend@example.org", NULL },
	{ "friends@lists.example.net", "friends@lists.example.net post  " },
	{ "Friends+Help@Lists.Example.NET", "friends@lists.example.net command help " },
	{ "friends-of-beer@lists.example.net", NULL },
	{ "friends+owner@example.org", "friends owner owner " },
	{ "friends-owner@example.org", "friends owner owner " },
	{ "owner-friends@example.org", "friends owner owner " },
	{ "owner-nobody@example.org", NULL },
	{ "owner-club@example.org", "owner-club post  " },
	{ "owner-club-owner@example.org", "owner-club owner owner " },
	{ "friends-request@example.org", "friends request request " },
	{ "friends+bounces@example.org", "friends bounces bounces " },
	{ "friends+bounces-abc-al=ex-a.net@example.org", "friends bounces bounces abc-al=ex-a.net" },
	{ "friends-bounces-abc-al=ex.net@example.org", "friends bounces bounces abc-al=ex.net" },
	{ "friends+confirm-abc-al+b=ex.net@example.org", "friends signed confirm abc-al+b=ex.net" },
	{ "friends-accept-abc@example.org", "friends signed accept abc" },
	{ "friends+Subscribe-Digest@example.org", "friends command subscribe Digest" },
	{ "friends-join@example.org", "friends command join " },
	{ "friends-subscribe-al=help-me.net@example.org", "friends command subscribe al=help-me.net" },
	{ "friends+get-12-20@example.org", "friends command get 12-20" },
	{ "friends-of-beer@example.org", "friends-of-beer post  " },
	{ "friends-of-beer-leave@example.org", "friends-of-beer command leave " },
	{ "friends-of-beer+help@example.org", "friends-of-beer command help " },
	{ "friends-of-wine@example.org", NULL },
	{ "friends-of-wine-help@example.org", NULL },
	{ "friends+nonsense@example.org", "friends command nonsense " },
	{ "friends-nonsense@example.org", NULL },
	{ "friends+@example.org", "friends command  " },
	{ "friends-@example.org", NULL },
	{ "listmgr@example.org", " site  " },
	{ "listmgr@example.com", NULL },
	{ "listmgr+help@example.org", " site help " },
	{ "listmgrs@example.org", NULL },
	{ "..@example.org", NULL },
	{ "../friends@example.org", NULL },
	{ ".../....///friends@example.org", NULL },
	{ "friends/../friends@example.org", NULL },
	{ "friends/@example.org", NULL },
	{ "./friends@example.org", NULL },
	{ "\"friends\"@example.org", NULL },
	{ "friends\n@example.org", NULL },
	{ "friends+a\rb@example.org", NULL },
	{ "fr\303\274nde@example.org", NULL },
	{ "friends+subscribe-fr\303\274nde=ex.net@example.org", "friends command subscribe fr\303\274nde=ex.net" },
	{ "@example.org", NULL },
	{ "-help@example.org", NULL },
	{ "+@example.org", NULL },
};

START_TEST(test_find)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list_target t;
	const char *got;
	int rc;

	make_lists();
	rc = find(&a, rows[_i].address, &t, &f);
	ck_assert_msg(rc == (rows[_i].want != NULL), "%s: %d %s", rows[_i].address, rc, f.text);
	if (rc > 0) {
		got = arena_printf(&a, "%s %s %s %s", t.name, place_role_name(t.role), t.word, t.rest);
		ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%s: \"%s\"", rows[_i].address, got);
	}
	arena_clear(&a);
}
END_TEST

/* Local parts of 300 octets, and more, all of dashes. */
START_TEST(test_long)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list_target t;
	char address[2000];

	make_lists();
	memset(address, '-', sizeof(address));
	memcpy(address, "friends+get-", 12);
	ck_assert_int_eq(place_find(mailing_list_places(), &a, span_of(address, 300), SPAN(LOCAL), true, &t, &f), 1);
	ck_assert_uint_eq(strlen(t.rest), 300 - 12);
	ck_assert_int_eq(place_find(mailing_list_places(), &a, span_of(address, 301), SPAN(LOCAL), true, &t, &f), 0);
	memset(address, '-', 12);
	ck_assert_int_eq(place_find(mailing_list_places(), &a, span_of(address, 300), SPAN(LOCAL), true, &t, &f), 0);
	arena_clear(&a);
}
END_TEST

/* Where there are no lists, nothing is ours; where it cannot be seen, nothing is said. */
START_TEST(test_no_lists)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list_target t;

	ck_assert_int_eq(find(&a, "friends@example.org", &t, &f), 0);
	ck_assert_int_eq(find(&a, "listmgr@example.org", &t, &f), 0);
	tempdir_write("lists/.keep", "", 0600);
	ck_assert_int_eq(find(&a, "listmgr@example.org", &t, &f), 0);
	ck_assert_int_eq(symlink("friends", tempdir_path("lists/friends")), 0);
	ck_assert_int_eq(find(&a, "friends@example.org", &t, &f), -1);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	arena_clear(&a);
}
END_TEST

START_TEST(test_check)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list_target t;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(find(&a, "friends+help@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), 0);
	ck_assert_int_eq(find(&a, "friends+nonsense@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), -1);
	ck_assert_int_eq(f.reply, 550);
	ck_assert_str_eq(f.status, "5.1.1");
	ck_assert_int_eq(find(&a, token_address(&l, &a, TOKEN_SUBSCRIBE, "al@ex.net", clock_wall(), &f), &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), 0);
	ck_assert_int_eq(find(&a, token_address(&l, &a, TOKEN_BOUNCES, "al@ex.net", 0, &f), &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), -1);
	ck_assert_str_eq(f.status, "5.7.1");
	ck_assert_int_eq(find(&a, "friends+bounces@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), 0);
	ck_assert_int_eq(find(&a, "friends+@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), -1);
	ck_assert_str_eq(f.status, "5.1.1");
	ck_assert_int_eq(find(&a, "friends+accept@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), -1);
	list_close(&l);
	arena_clear(&a);
}
END_TEST

/* A word that is none may be a topic. */
START_TEST(test_topic)
{
	static const char *const topics[] = { "topics=beer, wine-tasting", NULL };
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list_target t;
	FILE *config;

	mailing_list_create("friends", topics);
	ck_assert_int_eq(find(&a, "friends+Beer@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), 0);
	ck_assert(!place_is_word(span_str(t.word)));
	ck_assert_str_eq(place_topic(&a, &t), "beer");
	ck_assert_int_eq(find(&a, "friends+wine-tasting@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), 0);
	ck_assert_str_eq(place_topic(&a, &t), "wine-tasting");
	ck_assert_int_eq(find(&a, "friends+wine@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), -1);
	ck_assert(place_is_word(SPAN("help")));
	config = fopen(arena_printf(&a, "%s/friends/config", mailing_list_places()->directory), "a");
	ck_assert(config && fputs("postin = open\n", config) >= 0 && fclose(config) == 0);
	ck_assert_int_eq(find(&a, "friends+beer@example.org", &t, &f), 1);
	ck_assert_int_eq(place_check(mailing_list_places(), &a, &t, &f), -1);
	ck_assert_str_eq(f.status, "4.3.5");
	arena_clear(&a);
}
END_TEST

/* recipient_delimiter can be other characters, "-" among them. */
START_TEST(test_delimiters)
{
	struct list_places p = *mailing_list_places();
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list_target t;

	make_lists();
	p.delimiters = "-";
	ck_assert_int_eq(place_find(&p, &a, SPAN("friends-help"), SPAN(LOCAL), true, &t, &f), 1);
	ck_assert_int_eq(place_find(&p, &a, SPAN("friends+help"), SPAN(LOCAL), true, &t, &f), 0);
	ck_assert_int_eq(place_find(&p, &a, SPAN("friends-nonsense"), SPAN(LOCAL), true, &t, &f), 0);
	p.delimiters = "_.";
	ck_assert_int_eq(place_find(&p, &a, SPAN("friends.help"), SPAN(LOCAL), true, &t, &f), 1);
	ck_assert_str_eq(t.word, "help");
	p.request_address = "majordomo@lists.example.net";
	ck_assert_int_eq(place_find(&p, &a, SPAN("majordomo"), SPAN("Lists.example.net"), false, &t, &f), 1);
	ck_assert_int_eq(place_find(&p, &a, SPAN("majordomo"), SPAN(LOCAL), true, &t, &f), 0);
	p.request_address = "";
	ck_assert_int_eq(place_find(&p, &a, SPAN("listmgr"), SPAN(LOCAL), true, &t, &f), 0);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_loop_test(tc, test_find, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_no_lists);
	tcase_add_test(tc, test_check);
	tcase_add_test(tc, test_topic);
	tcase_add_test(tc, test_delimiters);
}

CHECK_MAIN(place, add_tests)
