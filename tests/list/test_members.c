/* SPDX-License-Identifier: ISC */
#include "list/members.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

#define FILE_OF "lists/friends/members"

static struct member person(const char *address)
{
	return (struct member){ .address = span_str(address) };
}

START_TEST(test_add_and_find)
{
	struct fault f = { 0 };
	struct members m;
	struct member one = person("Al@example.net"), found;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	one.flags = MEMBER_DIGEST;
	ck_assert_int_eq(members_add(&l, "members", &one, &f), 1);
	one = person("aL@EXAMPLE.net.");
	ck_assert_int_eq(members_add(&l, "members", &one, &f), 0);
	one = person("bo@example.net.");
	ck_assert_int_eq(members_add(&l, "members", &one, &f), 1);
	ck_assert_str_eq(mailing_list_file(&l, "members"), "Al@example.net digest\nbo@example.net\n");
	ck_assert_int_eq(members_open(&m, &l, "members", &f), 0);
	ck_assert_uint_eq(members_count(&m), 2);
	/* By scanning, and then by the index. */
	for (int i = 0; i < 2 * MEMBERS_SCANS; i++) {
		ck_assert_int_eq(members_find(&m, "AL@example.net", &found), 1);
		ck_assert(span_is(found.address, SPAN("Al@example.net")));
		ck_assert_uint_eq(found.flags, MEMBER_DIGEST);
		ck_assert_int_eq(members_find(&m, "al@example.ne", &found), 0);
		ck_assert_int_eq(members_find(&m, "nobody", &found), 0);
	}
	ck_assert(m.slots);
	members_close(&m);
	ck_assert_int_eq(members_open(&m, &l, "moderators", &f), 0);
	ck_assert_int_eq(members_find(&m, "al@example.net", &found), 0);
	members_close(&m);
	list_close(&l);
}
END_TEST

static const char *const unfit[] = { "al",
				     "",
				     "al@example.net\nmallory@example.net",
				     "a b@example.net",
				     "al@example.net mallory@example.net",
				     "#al@exam ple" };

START_TEST(test_add_refused)
{
	struct fault f = { 0 };
	struct member one = person(unfit[_i]);
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(members_add(&l, "members", &one, &f), -1);
	ck_assert_str_eq(f.status, "5.1.3");
	ck_assert_str_eq(mailing_list_file(&l, "members"), "");
	list_close(&l);
}
END_TEST

/* Such an address is a valid one, but its line would be a comment. */
START_TEST(test_add_comment)
{
	struct fault f = { 0 };
	struct member one = person("#al@example.net"), topics = person("al@example.net");
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(members_add(&l, "members", &one, &f), -1);
	topics.topics = SPAN("beer digest\nmallory@example.net");
	ck_assert_int_eq(members_add(&l, "members", &topics, &f), -1);
	ck_assert_str_eq(mailing_list_file(&l, "members"), "");
	list_close(&l);
}
END_TEST

START_TEST(test_remove_and_change)
{
	const char *const gone[] = { "BO@example.net", "nobody@example.net" };
	struct fault f = { 0 };
	struct member one = person("AL@example.net");
	struct list l;
	size_t n;

	mailing_list_open(&l, "friends", NULL);
	tempdir_write(FILE_OF, "# ours\nal@example.net digest\n\nnonsense\nbo@example.net\nca@example.net\n", 0600);
	ck_assert_int_eq(members_remove_all(&l, "members", gone, 2, &n, &f), 0);
	ck_assert_uint_eq(n, 1);
	one.flags = MEMBER_NOMAIL;
	ck_assert_int_eq(members_change(&l, "members", &one, &f), 1);
	ck_assert_str_eq(mailing_list_file(&l, "members"),
			 "# ours\nAL@example.net nomail\n\nnonsense\nca@example.net\n");
	one = person("da@example.net");
	ck_assert_int_eq(members_change(&l, "members", &one, &f), 0);
	ck_assert_int_eq(members_remove(&l, "members", "da@example.net", &f), 0);
	ck_assert_int_eq(members_remove(&l, "members", "da", &f), -1);
	ck_assert_int_eq(members_remove(&l, "members", "ca@example.net", &f), 1);
	ck_assert_str_eq(mailing_list_file(&l, "members"), "# ours\nAL@example.net nomail\n\nnonsense\n");
	list_close(&l);
}
END_TEST

/* What a crash has left of a line is no member, and stays in sight. */
START_TEST(test_torn)
{
	struct fault f = { 0 };
	struct member one = person("ca@example.net"), found;
	struct members_walk w = { 0 };
	struct members m;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	tempdir_write(FILE_OF, "al@example.net\nbo@exam", 0600);
	ck_assert_int_eq(members_open(&m, &l, "members", &f), 0);
	ck_assert_int_eq(members_find(&m, "bo@exam", &found), 0);
	ck_assert_int_eq(members_next(&m, &w, &found, &f), 1);
	ck_assert_int_eq(members_next(&m, &w, &found, &f), -1);
	ck_assert_msg(strstr(f.text, "friends/members:2: "), "%s", f.text);
	ck_assert_int_eq(members_next(&m, &w, &found, &f), 0);
	members_close(&m);
	ck_assert_int_eq(members_add(&l, "members", &one, &f), 1);
	ck_assert_str_eq(mailing_list_file(&l, "members"), "al@example.net\n# cut off: bo@exam\nca@example.net\n");
	list_close(&l);
}
END_TEST

START_TEST(test_walk)
{
	struct fault f = { 0 };
	struct members_walk w = { 0 };
	struct members m;
	struct member one;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	tempdir_write(FILE_OF, "# ours\n\nal@example.net\nnonsense\nbo@example.net digest\n", 0600);
	ck_assert_int_eq(members_open(&m, &l, "members", &f), 0);
	ck_assert_int_eq(members_next(&m, &w, &one, &f), 1);
	ck_assert_uint_eq(w.line, 3);
	ck_assert_int_eq(members_next(&m, &w, &one, &f), -1);
	ck_assert_msg(strstr(f.text, "friends/members:4: "), "%s", f.text);
	ck_assert_int_eq(members_next(&m, &w, &one, &f), 1);
	ck_assert(span_is(one.address, SPAN("bo@example.net")));
	ck_assert_int_eq(members_next(&m, &w, &one, &f), 0);
	members_close(&m);
	list_close(&l);
}
END_TEST

/* A link, or a directory, instead of the file. */
START_TEST(test_odd_files)
{
	struct fault f = { 0 };
	struct members m;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(symlinkat("/etc/passwd", l.dir, "members"), 0);
	ck_assert_int_eq(members_open(&m, &l, "members", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(members_open(&m, &l, ".", &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	list_close(&l);
}
END_TEST

START_TEST(test_add_all)
{
	const struct member v[] = { person("al@example.net"), person("AL@example.net"), person("bo@example.net") };
	struct fault f = { 0 };
	struct list l;
	size_t n;

	mailing_list_open(&l, "friends", NULL);
	ck_assert_int_eq(members_add_all(&l, "members", v, 3, &n, &f), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(members_add_all(&l, "members", v, 3, &n, &f), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_str_eq(mailing_list_file(&l, "members"), "al@example.net\nbo@example.net\n");
	list_close(&l);
}
END_TEST

enum { WRITERS = 8, EACH = 25 };

static void write_some(const struct list_places *places, int who)
{
	struct fault f;
	struct list l;

	if (list_open(&l, places, "friends", &f) < 0)
		_exit(1);
	for (int i = 0; i < EACH; i++) {
		const char *address = arena_printf(&l.arena, "p%d-%d@example.net", who, i);
		struct member one = person(address);

		if (members_add(&l, "members", &one, &f) != 1 ||
		    (i % 5 == 0 && members_remove(&l, "members", address, &f) != 1))
			_exit(1);
	}
	_exit(0);
}

/* Many processes add and remove: nobody is lost, nobody comes back. */
START_TEST(test_concurrent)
{
	const struct list_places *places = mailing_list_places();
	struct fault f = { 0 };
	struct members m;
	struct list l;
	int status;

	mailing_list_open(&l, "friends", NULL);
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_some(places, i);
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_int_eq(members_open(&m, &l, "members", &f), 0);
	ck_assert_uint_eq(members_count(&m), WRITERS * (EACH - EACH / 5));
	members_close(&m);
	list_close(&l);
}
END_TEST

enum { MANY = 100000 };

static void write_many(void)
{
	struct buf b;

	buf_init(&b, MEMBERS_FILE_MAX);
	for (int i = 0; i < MANY; i++)
		buf_printf(&b, "Person.%d@Example%d.NET digest since=2026-11-22 name=\"Person %d\"\n", i, i % 500, i);
	tempdir_write_bytes(FILE_OF, b.p, b.n, 0600);
	buf_clear(&b);
}

/* 100,000 members are read, and all looked up, in less memory than their file and 4 MB. */
START_TEST(test_many)
{
	struct rusage before, after;
	struct fault f = { 0 };
	struct member found;
	struct members m;
	struct list l;

	mailing_list_open(&l, "friends", NULL);
	write_many();
	getrusage(RUSAGE_SELF, &before);
	ck_assert_int_eq(members_open(&m, &l, "members", &f), 0);
	for (int i = 0; i < MANY; i++) {
		char address[64];

		snprintf(address, sizeof(address), "person.%d@example%d.net", i, i % 500);
		ck_assert_int_eq(members_find(&m, address, &found), 1);
	}
	getrusage(RUSAGE_SELF, &after);
#if !defined(ARENA_DEBUG) && !defined(__SANITIZE_THREAD__)
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, (long)(m.n / 1024) + 4096);
#else
	(void)before;
	(void)after;
#endif
	members_close(&m);
	list_close(&l);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tempdir_remove);
	tcase_add_test(tc, test_add_and_find);
	tcase_add_loop_test(tc, test_add_refused, 0, (int)(sizeof(unfit) / sizeof(unfit[0])));
	tcase_add_test(tc, test_add_comment);
	tcase_add_test(tc, test_remove_and_change);
	tcase_add_test(tc, test_torn);
	tcase_add_test(tc, test_walk);
	tcase_add_test(tc, test_odd_files);
	tcase_add_test(tc, test_add_all);
	tcase_add_test(tc, test_concurrent);
	tcase_add_test(tc, test_many);
}

CHECK_MAIN(members, add_tests)
