/* SPDX-License-Identifier: ISC */
#include "list/list.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

#define LETTERS_41 "abcdefghijabcdefghijabcdefghijabcdefghija"

static const struct {
	const char *written, *want;
} names[] = {
	{ "friends", "friends" },
	{ "Friends", "friends" },
	{ "a.b_c-d", "a.b_c-d" },
	{ "7", "7" },
	{ LETTERS_41, LETTERS_41 },
	{ "friends@lists.example.org", "friends@lists.example.org" },
	{ "Friends@Lists.Example.ORG.", "friends@lists.example.org" },
	{ "friends@m\303\274ller.example", "friends@xn--mller-kva.example" },
	{ "", NULL },
	{ ".", NULL },
	{ "..", NULL },
	{ "a..b", NULL },
	{ ".../....///", NULL },
	{ "../friends", NULL },
	{ "a/b", NULL },
	{ "a\\b", NULL },
	{ "a b", NULL },
	{ "a\nb", NULL },
	{ "-a", NULL },
	{ "_a", NULL },
	{ ".a", NULL },
	{ "a.", NULL },
	{ "a+b", NULL },
	{ "\"a\"", NULL },
	{ "a`id`", NULL },
	{ "\303\274", NULL },
	{ LETTERS_41 "b", NULL },
	{ "a@", NULL },
	{ "@b", NULL },
	{ "a@b/../c", NULL },
	{ "a@..", NULL },
	{ "a@b..c", NULL },
	{ "a@.b", NULL },
	{ "a@[192.0.2.1]", NULL },
	{ "a@b@c", NULL },
};

START_TEST(test_name)
{
	struct arena a = { 0 };
	const char *got = list_name_of(&a, span_str(names[_i].written));

	ck_assert_msg(!got == !names[_i].want && (!got || strcmp(got, names[_i].want) == 0), "\"%s\": %s",
		      names[_i].written, got ? got : "none");
	arena_clear(&a);
}
END_TEST

/* A directory's name is one component: it may not have more than 255 octets. */
START_TEST(test_long_name)
{
	struct arena a = { 0 };
	char name[300];
	size_t n = 0;

	memcpy(name, "a@", n = 2);
	while (n + 10 < LIST_ADDRESS_MAX) {
		memcpy(name + n, "abcdefghi.", 10);
		n += 10;
	}
	ck_assert(list_name_of(&a, span_of(name, n - 1)));
	for (size_t i = 0; i < 2; i++, n += 10)
		memcpy(name + n, "abcdefghi.", 10);
	ck_assert(!list_name_of(&a, span_of(name, n - 1)));
	arena_clear(&a);
}
END_TEST

START_TEST(test_create_and_open)
{
	static const char *const more[] = { "subject_prefix=[f %d]", "posting = open", NULL };
	static const char *const owner = "boss@example.net";
	struct list_terms terms = { .owners = &owner, .nowners = 1, .description = "costs $5 & more" };
	struct fault f = { 0 };
	struct stat st;
	struct list l;

	mailing_list_open(&l, "friends", more);
	ck_assert_str_eq(l.settings.address, "friends@example.org");
	ck_assert_str_eq(l.settings.subject_prefix, "[f %d]");
	ck_assert_str_eq(l.settings.posting, "open");
	ck_assert(span_is(l.local, SPAN("friends")));
	ck_assert(span_is(l.domain, SPAN("example.org")));
	ck_assert_int_eq(l.delimiter, '+');
	ck_assert_str_eq(mailing_list_file(&l, "owners"), "boss@example.net\n");
	ck_assert_int_eq(fstatat(l.dir, "key", &st, 0), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(st.st_size, 65);
	ck_assert_int_eq(fstat(l.dir, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
	list_close(&l);
	ck_assert_int_eq(list_create(mailing_list_places(), "friends", &terms, &f), -1);
	ck_assert(strstr(f.text, "there is a list"));

	ck_assert_int_eq(list_create(mailing_list_places(), "other@lists.example.net", &terms, &f), 0);
	ck_assert_int_eq(list_open(&l, mailing_list_places(), "other@lists.example.net", &f), 0);
	ck_assert_str_eq(l.settings.address, "other@lists.example.net");
	ck_assert_str_eq(l.settings.description, "costs $5 & more");
	list_close(&l);
}
END_TEST

static const struct {
	const char *http_url, *assignments[3], *want;
} urls[] = {
	{ NULL, { "archive_access=public" }, "" },
	{ "", { "archive_access=public" }, "" },
	{ "https://l.example", { "archive_access=members" }, "" },
	{ "https://l.example", { "archive_access=public", "list_http=no" }, "" },
	{ "https://l.example", { "archive_access=public" }, "https://l.example/friends/archive/" },
	{ "https://l.example/a/", { "archive_access=public" }, "https://l.example/a/friends/archive/" },
	{ "https://l.example", { "archive_access=public", "archive_url=http://x.example/" }, "http://x.example/" },
};

START_TEST(test_archive_url)
{
	struct list_places places = *mailing_list_places();
	struct fault f = { 0 };
	struct list l;

	mailing_list_create("friends", urls[_i].assignments);
	places.http_url = urls[_i].http_url;
	ck_assert_msg(list_open(&l, &places, "friends", &f) == 0, "%s", f.text);
	ck_assert_str_eq(l.settings.archive_url, urls[_i].want);
	list_close(&l);
}
END_TEST

static const struct {
	const char *name, *owner, *assignment, *want;
} refused[] = {
	{ "..", "boss@example.net", NULL, "no name of a list" },
	{ "a/b", "boss@example.net", NULL, "no name of a list" },
	{ "Friends", "boss@example.net", NULL, "no name of a list" },
	{ "friends", "boss", NULL, "no address" },
	{ "friends", "boss@example.net\nevil@example.net", NULL, "no address" },
	{ "friends", NULL, NULL, "an owner" },
	{ "friends", "boss@example.net", "postng=open", "postng" },
	{ "friends", "boss@example.net", "posting=all", "posting" },
	{ "friends", "boss@example.net", "subject_prefix=[%s]", "subject_prefix" },
	{ "friends", "boss@example.net", "address=nobody", "address" },
	{ "friends", "boss@example.net", "posting=open\nfooter=auto", "control" },
};

START_TEST(test_create_refused)
{
	struct list_terms terms = { .owners = &refused[_i].owner,
				    .nowners = refused[_i].owner != NULL,
				    .assignments = &refused[_i].assignment,
				    .nassignments = refused[_i].assignment != NULL };
	struct fault f = { 0 };

	ck_assert_int_eq(list_create(mailing_list_places(), refused[_i].name, &terms, &f), -1);
	ck_assert_msg(strstr(f.text, refused[_i].want), "%s", f.text);
	ck_assert_int_ne(f.kind, FAULT_TEMP);
	ck_assert_int_eq(access(tempdir_path("lists"), F_OK), -1);
}
END_TEST

/* What was begun and not finished is no list, and can be finished with the same key. */
START_TEST(test_unfinished)
{
	struct fault f = { 0 };
	struct list l;
	const char *key;

	mailing_list_open(&l, "friends", NULL);
	key = arena_str(&l.arena, mailing_list_file(&l, "key"));
	ck_assert_int_eq(unlinkat(l.dir, "config", 0), 0);
	ck_assert_int_eq(list_exists(mailing_list_places(), "friends", &f), 0);
	mailing_list_create("friends", NULL);
	ck_assert_int_eq(list_exists(mailing_list_places(), "friends", &f), 1);
	ck_assert_str_eq(mailing_list_file(&l, "key"), key);
	list_close(&l);
}
END_TEST

START_TEST(test_open_refused)
{
	struct fault f = { 0 };
	struct list l;

	ck_assert_int_eq(list_open(&l, mailing_list_places(), "friends", &f), -1);
	ck_assert_int_eq(f.reply, 550);
	ck_assert_str_eq(f.status, "5.1.1");
	ck_assert_int_eq(list_open(&l, mailing_list_places(), "../lists/friends", &f), -1);
	ck_assert_int_eq(f.reply, 550);
	mailing_list_create("friends", NULL);
	tempdir_write("lists/friends/config", "posting = open\nfootr = auto\n", 0600);
	ck_assert_int_eq(list_open(&l, mailing_list_places(), "friends", &f), -1);
	ck_assert_msg(strstr(f.text, "friends/config:2: ") && strstr(f.text, "footer?"), "%s", f.text);
	tempdir_write("lists/friends/config", "digest = sometimes\n", 0600);
	ck_assert_int_eq(list_open(&l, mailing_list_places(), "friends", &f), -1);
	ck_assert_msg(strstr(f.text, "digest: "), "%s", f.text);
	ck_assert_str_eq(f.status, "5.3.5");
}
END_TEST

START_TEST(test_lock)
{
	struct fault f = { 0 };
	struct list l;
	int fd;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(list_lock(&l, &f), 0);
	ck_assert_int_eq(list_lock(&l, &f), 0);
	list_unlock(&l);
	fd = openat(l.dir, "lock", O_RDWR);
	ck_assert_int_eq(disk_lock(fd, false, "lock", &f), 1);
	list_unlock(&l);
	ck_assert_int_eq(disk_lock(fd, false, "lock", &f), 0);
	close(fd);
	list_close(&l);
}
END_TEST

START_TEST(test_log)
{
	struct list l;
	const char *log;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(list_log(&l, "subscribed %s", "al@example.net\nremoved all"), 0);
	ck_assert_int_eq(list_log(&l, "removed %d", 7), 0);
	log = mailing_list_file(&l, "log");
	ck_assert_int_eq(log[10], 'T');
	ck_assert_str_eq(log + 20,
			 arena_printf(&l.arena, " subscribed al@example.net\\012removed all\n%.20s removed 7\n",
				      log + 20 + sizeof(" subscribed al@example.net\\012removed all\n") - 1));
	list_close(&l);
}
END_TEST

START_TEST(test_walk)
{
	struct arena a = { 0 };
	struct list_walk w = { .places = mailing_list_places(), .arena = &a };
	const char *name;
	struct fault f = { 0 };

	ck_assert_int_eq(list_any(w.places, &f), 0);
	ck_assert_int_eq(list_next(&w, &name, &f), 0);
	mailing_list_create("friends", NULL);
	mailing_list_create("b@lists.example.org", NULL);
	tempdir_write("lists/notes.txt", "no list", 0600);
	tempdir_write("lists/.hidden/config", "", 0600);
	tempdir_write("lists/begun/members", "", 0600);
	ck_assert_int_eq(list_any(w.places, &f), 1);
	w = (struct list_walk){ .places = mailing_list_places(), .arena = &a };
	ck_assert_int_eq(list_next(&w, &name, &f), 1);
	ck_assert_str_eq(name, "b@lists.example.org");
	ck_assert_int_eq(list_next(&w, &name, &f), 1);
	ck_assert_str_eq(name, "friends");
	ck_assert_int_eq(list_next(&w, &name, &f), 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_text_and_address)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct span text;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(list_text(&l, &a, "welcome", &text, &f), 0);
	tempdir_write("lists/friends/texts/welcome", "Hello\n", 0600);
	ck_assert_int_eq(list_text(&l, &a, "welcome", &text, &f), 1);
	ck_assert(span_is(text, SPAN("Hello\n")));
	ck_assert_int_eq(list_text(&l, &a, "../key", &text, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_BUG);
	ck_assert_str_eq(list_address(&l, &a, NULL), "friends@example.org");
	ck_assert_str_eq(list_address(&l, &a, "help"), "friends+help@example.org");
	ck_assert_str_eq(list_id(&l, &a), "friends.example.org");
	list_close(&l);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_loop_test(tc, test_name, 0, (int)(sizeof(names) / sizeof(names[0])));
	tcase_add_test(tc, test_long_name);
	tcase_add_test(tc, test_create_and_open);
	tcase_add_loop_test(tc, test_archive_url, 0, COUNT(urls));
	tcase_add_loop_test(tc, test_create_refused, 0, (int)(sizeof(refused) / sizeof(refused[0])));
	tcase_add_test(tc, test_unfinished);
	tcase_add_test(tc, test_open_refused);
	tcase_add_test(tc, test_lock);
	tcase_add_test(tc, test_log);
	tcase_add_test(tc, test_walk);
	tcase_add_test(tc, test_text_and_address);
}

CHECK_MAIN(list, add_tests)
