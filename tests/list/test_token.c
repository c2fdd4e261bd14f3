/* SPDX-License-Identifier: ISC */
#include "list/token.h"

#include <unistd.h>

#include "message/address.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

#define DAY INT64_C(86400)
#define NOW (TOKEN_EPOCH + 325 * DAY + 3600)

/* "friends+confirm-TOKEN-WHO@..." cut at its first "-". */
static void split(struct arena *a, const char *address, const char **word, const char **rest)
{
	struct span local, domain, at;

	address_split(span_str(address), &local, &domain);
	at = span_from(local, span_find(local, '+') + 1);
	*word = arena_span(a, span_cut(&at, '-'));
	*rest = arena_span(a, at);
}

static const struct {
	enum token_action action;
	const char *who, *word;
	int days;
	const char *want; /* read back */
} rows[] = {
	{ TOKEN_BOUNCES, "al@ex.net", "bounces", 30, "al@ex.net" },
	{ TOKEN_PROBE, "AL@Ex.NET", "bounces", 30, "al@ex.net" },
	{ TOKEN_SUBSCRIBE, "al@ex.net", "confirm", 7, "al@ex.net" },
	{ TOKEN_UNSUBSCRIBE, "al+x-y@ex-a.net", "confirm", 7, "al+x-y@ex-a.net" },
	/* Of one length, whoever it is. */
	{ TOKEN_ONECLICK, "al@ex.net", "oneclick", 90, NULL },
	{ TOKEN_ACCEPT, "01KAF0A1B2C3D4E5", "accept", 14, "01kaf0a1b2c3d4e5" },
	{ TOKEN_REJECT, "01kaf0a1b2c3d4e5", "reject", 14, "01kaf0a1b2c3d4e5" },
	{ TOKEN_APPROVE, "al@ex.net", "approve", 14, "al@ex.net" },
	{ TOKEN_SUBSCRIBE_DIGEST, "al@ex.net", "confirm", 7, "al@ex.net" },
	{ TOKEN_SUBSCRIBE_NOMAIL, "al@ex.net", "confirm", 7, "al@ex.net" },
	{ TOKEN_APPROVE_DIGEST, "al@ex.net", "approve", 14, "al@ex.net" },
	{ TOKEN_APPROVE_NOMAIL, "al@ex.net", "approve", 14, "al@ex.net" },
};

START_TEST(test_good)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct token t;
	struct list l;
	const char *address, *word, *rest;

	mailing_list_open(&l, "friends", NULL);
	address = token_address(&l, &a, rows[_i].action, rows[_i].who, NOW, &f);
	ck_assert_msg(address, "%s", f.text);
	ck_assert(address_is_valid(span_str(address), false, false));
	ck_assert_uint_le(strchr(address, '@') - address, TOKEN_LOCAL_MAX);
	split(&a, address, &word, &rest);
	ck_assert_str_eq(word, rows[_i].word);
	ck_assert(token_is_word(span_str(word)));
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW, &t, &f), 0);
	ck_assert_int_eq(t.action, rows[_i].action);
	if (rows[_i].want)
		ck_assert_str_eq(t.who, rows[_i].want);
	else
		ck_assert_uint_eq(strlen(rest), 33);
	ck_assert(strchr(t.who, '@') || !strchr(rows[_i].who, '@') || token_is_for(&l, &t, rows[_i].who));
	ck_assert_int_eq(t.day, 325);
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW + rows[_i].days * DAY, &t, &f), 0);
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW + (rows[_i].days + 1) * DAY, &t, &f), -1);
	ck_assert(strstr(f.text, "too long ago"));
	/* From the future, by more than a day. */
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW - DAY, &t, &f), 0);
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW - 2 * DAY, &t, &f), -1);
	list_close(&l);
	arena_clear(&a);
}
END_TEST

/* Mail may lower and raise letters: it is the same address. Any other change is another one. */
START_TEST(test_changed)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct token t;
	struct list l;
	const char *word, *rest;

	mailing_list_open(&l, "friends", NULL);
	split(&a, token_address(&l, &a, TOKEN_SUBSCRIBE, "al@ex.net", NOW, &f), &word, &rest);
	for (size_t i = 0; rest[i]; i++) {
		char *changed = arena_str(&a, rest);

		if (changed[i] >= 'a' && changed[i] <= 'z') {
			changed[i] = (char)(changed[i] - 'a' + 'A');
			ck_assert_int_eq(token_check(&l, &a, word, changed, NOW, &t, &f), 0);
			ck_assert_str_eq(t.who, "al@ex.net");
		}
		changed[i] = changed[i] == 'Z' || changed[i] == 'z' ? '0' : 'z';
		f.kind = FAULT_NONE;
		ck_assert_int_eq(token_check(&l, &a, word, changed, NOW, &t, &f), -1);
		ck_assert_int_eq(f.reply, 550);
		ck_assert_str_eq(f.status, "5.7.1");
	}
	list_close(&l);
	arena_clear(&a);
}
END_TEST

static const char *const nonsense[] = {
	"",
	"-",
	"0",
	"0a1xk3f0q8zj2m5tw7c",
	"0a1xk3f0q8zj2m5tw7c-",
	"0a1xk3f0q8zj2m5tw7cal=ex.net",
	"0a1xk3f0q8zj2m5tw7c-al=ex.net",
	"uuuxk3f0q8zj2m5tw7c-al=ex.net",
	"0a1xk3f0q8zj2m5tw7c-a\rb=ex.net",
	"0a1xk3f0q8zj2m5tw7c-a\nb=ex.net",
};

START_TEST(test_nonsense)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct token t;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(token_check(&l, &a, "confirm", nonsense[_i], NOW, &t, &f), -1);
	ck_assert_str_eq(f.status, "5.7.1");
	list_close(&l);
	arena_clear(&a);
}
END_TEST

/* A token is good for its list, its word and its action only. */
START_TEST(test_foreign)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct token t;
	struct list l, other;
	const char *word, *rest;

	mailing_list_open(&l, "friends", NULL);
	mailing_list_open(&other, "others", NULL);
	split(&a, token_address(&l, &a, TOKEN_UNSUBSCRIBE, "al@ex.net", NOW, &f), &word, &rest);
	ck_assert_int_eq(token_check(&other, &a, word, rest, NOW, &t, &f), -1);
	ck_assert_int_eq(token_check(&l, &a, "accept", rest, NOW, &t, &f), -1);
	ck_assert_int_eq(token_check(&l, &a, "bounces", rest, NOW, &t, &f), -1);
	/* The same key does not help: the list's address is part of it. */
	ck_assert_int_eq(renameat(l.dir, "key", other.dir, "key"), 0);
	list_close(&other);
	ck_assert_int_eq(list_open(&other, mailing_list_places(), "others", &f), 0);
	ck_assert_int_eq(token_check(&other, &a, word, rest, NOW, &t, &f), -1);
	list_close(&other);
	list_close(&l);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *who;
	bool hash;
} people[] = {
	{ "al@ex.net", false },
	{ "al.green@ex.net", false },
	{ "al=b@ex.net", true },
	{ "\"al green\"@ex.net", true },
	{ "al@[192.0.2.1]", true },
	{ "ren\303\251@ex.net", true },
	{ "al.green.of.the.long.name@example.net", true },
};

START_TEST(test_who)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct token t;
	struct list l;
	const char *address, *word, *rest;

	mailing_list_open(&l, "friends", NULL);
	address = token_address(&l, &a, TOKEN_BOUNCES, people[_i].who, NOW, &f);
	ck_assert_uint_le(strchr(address, '@') - address, TOKEN_LOCAL_MAX);
	split(&a, address, &word, &rest);
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW, &t, &f), 0);
	ck_assert_msg((t.who[0] == '=') == people[_i].hash, "%s", t.who);
	ck_assert(token_is_for(&l, &t, people[_i].who));
	ck_assert(!token_is_for(&l, &t, "bo@ex.net"));
	ck_assert(!token_is_for(&l, &t, "nobody"));
	/* Also when there is a new key. */
	ck_assert_int_eq(token_rotate(&l, 1, &f), 0);
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW, &t, &f), 0);
	ck_assert(token_is_for(&l, &t, people[_i].who));
	ck_assert_int_eq(token_rotate(&l, 0, &f), 0);
	ck_assert_int_eq(token_check(&l, &a, word, rest, NOW, &t, &f), -1);
	list_close(&l);
	arena_clear(&a);
}
END_TEST

START_TEST(test_keys)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list l;
	const char *first, *second;

	mailing_list_open(&l, "friends", NULL);
	mailing_list_create("others", NULL);
	first = arena_str(&a, mailing_list_file(&l, "key"));
	ck_assert_uint_eq(strspn(first, "0123456789abcdef"), 64);
	ck_assert_int_eq(token_rotate(&l, TOKEN_KEYS_MAX, &f), 0);
	second = mailing_list_file(&l, "key");
	ck_assert_uint_eq(strlen(second), 130);
	ck_assert_str_eq(second + 65, first);
	ck_assert(strncmp(second, first, 64) != 0);
	for (int i = 0; i < 2 * TOKEN_KEYS_MAX; i++)
		ck_assert_int_eq(token_rotate(&l, TOKEN_KEYS_MAX, &f), 0);
	ck_assert_uint_eq(strlen(mailing_list_file(&l, "key")), 65 * TOKEN_KEYS_MAX);
	/* One more, by hand; and a file of anything. */
	tempdir_write("lists/friends/key", arena_printf(&a, "%s%s", mailing_list_file(&l, "key"), first), 0600);
	ck_assert(!token_address(&l, &a, TOKEN_BOUNCES, "al@ex.net", NOW, &f));
	ck_assert_ptr_nonnull(strstr(f.text, "there are more than"));
	tempdir_write("lists/friends/key", arena_printf(&a, "%5000s\n%s", "#", first), 0600);
	ck_assert(!token_address(&l, &a, TOKEN_BOUNCES, "al@ex.net", NOW, &f));
	ck_assert_ptr_nonnull(strstr(f.text, "it is larger than"));
	/* Nor is another's file its key. */
	ck_assert_int_eq(unlink(tempdir_path("lists/friends/key")), 0);
	ck_assert_int_eq(symlink("../others/key", tempdir_path("lists/friends/key")), 0);
	ck_assert(!token_address(&l, &a, TOKEN_BOUNCES, "al@ex.net", NOW, &f));
	list_close(&l);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *text;
	int mode;
	const char *want;
} keys[] = {
	{ "", 0600, "no key" },
	{ "# none\n", 0600, "no key" },
	{ "0123\n", 0600, "key:1: " },
	{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg\n",
	  0600, "key:2: " },
	{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n", 0644, "its owner alone" },
};

START_TEST(test_bad_key)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	tempdir_write("lists/friends/key", keys[_i].text, (mode_t)keys[_i].mode);
	ck_assert(!token_address(&l, &a, TOKEN_BOUNCES, "al@ex.net", NOW, &f));
	ck_assert_msg(strstr(f.text, keys[_i].want), "%s", f.text);
	ck_assert(!strstr(f.text, "0123456789abcdef"));
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	list_close(&l);
	arena_clear(&a);
}
END_TEST

/* What must not change from one version to the next: addresses are in messages that were sent. Made with Python. */
START_TEST(test_known)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	tempdir_write("lists/friends/key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600);
	ck_assert_str_eq(token_address(&l, &a, TOKEN_BOUNCES, "al@ex.net", NOW, &f),
			 "friends+bounces-0a5rzd3t0nrmph9n00n-al=ex.net@example.org");
	ck_assert_str_eq(token_text(&l, &a, TOKEN_ONECLICK, "ren\303\251@ex.net", NOW, &f),
			 "0a58j8wss41j4j52f6b-=7x1pbh9r1zzc");
	list_close(&l);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_loop_test(tc, test_good, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_changed);
	tcase_add_loop_test(tc, test_nonsense, 0, (int)(sizeof(nonsense) / sizeof(nonsense[0])));
	tcase_add_test(tc, test_foreign);
	tcase_add_loop_test(tc, test_who, 0, (int)(sizeof(people) / sizeof(people[0])));
	tcase_add_test(tc, test_keys);
	tcase_add_loop_test(tc, test_bad_key, 0, (int)(sizeof(keys) / sizeof(keys[0])));
	tcase_add_test(tc, test_known);
}

CHECK_MAIN(token, add_tests)
