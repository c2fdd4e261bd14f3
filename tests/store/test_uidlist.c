/* SPDX-License-Identifier: ISC */
#include "store/uidlist.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define GUID "18cf150821ab026ba014000083ecc375"
#define HEAD "3 V5 N1 G" GUID "\n"

static struct fault fault;
static struct arena arena;
static struct uidlist list;
static struct lock lock;
static int dir = -1;

static void setup(void)
{
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(dir, 0);
	memset(&list, 0, sizeof(list));
	ck_assert_int_eq(lock_take(&lock, dir, &lock_uidlist, &fault), 0);
}

static void teardown(void)
{
	lock_release(&lock);
	uidlist_clear(&list);
	arena_clear(&arena);
	close(dir);
	tempdir_remove();
}

static const char *content(void)
{
	struct span text;

	ck_assert_int_eq(disk_read_file(&arena, dir, UIDLIST_FILE, 1 << 20, &text, &fault), 0);
	return arena_span(&arena, text);
}

static void read_list(const char *text)
{
	tempdir_write(UIDLIST_FILE, text, 0600);
	ck_assert_int_eq(uidlist_read(&list, dir, &fault), 1);
}

/* ---- reading ---- */

/* What is read, as "uidvalidity next [fields]" and then " uid=base" of each record; the first line that is bad. */
static const struct {
	const char *text, *want;
	size_t bad;
	bool torn;
} rows[] = {
	{ HEAD, "5 1", 0, false },
	{ HEAD "1 :a\n2 :b\n", "5 3 1=a 2=b", 0, false },
	{ "3 V5 N100 G" GUID "\n7 :a\n", "5 100 7=a", 0, false },
	{ "3 N9 V5 Xfoo G" GUID " Yb\n", "5 9 Xfoo Yb", 0, false },
	{ "3 V5 N9\n1 :a\n", "5 9 1=a", 0, false },
	{ HEAD "1 S12 W34 :a\n2 G77 :b:2,S\n", "5 3 1=a 2=b", 0, false },
	{ HEAD "1   S12   :a b\n", "5 2 1=a b", 0, false },
	{ "1 5 3\n1 a\n2 b:2,S\n", "5 3 1=a 2=b", 0, false },
	{ HEAD "1 :a\n2 :b", "5 2 1=a", 0, true },
	{ HEAD "1 :a\n1 :b\n", "5 2 1=a", 3, false },
	{ HEAD "2 :a\n1 :b\n3 :c\n", "5 3 2=a", 3, false },
	{ HEAD "1 :a\n\n3 :c\n", "5 2 1=a", 3, false },
	{ HEAD "0 :a\n", "5 1", 2, false },
	{ HEAD "4294967295 :a\n", "5 1", 2, false },
	{ HEAD "4294967294 :a\n", "5 4294967295 4294967294=a", 0, false },
	{ HEAD "99999999999 :a\n", "5 1", 2, false },
	{ HEAD "1 :\n", "5 1", 2, false },
	{ HEAD "1 S5\n", "5 1", 2, false },
	{ HEAD "1 :a/b\n", "5 1", 2, false },
	{ HEAD "1 :../b\n", "5 1", 2, false },
	{ HEAD "-1 :a\n", "5 1", 2, false },
	{ HEAD "1\n", "5 1", 2, false },
	{ "", "0 1", 1, false },
	{ "3", "0 1", 1, false },
	{ "3 V0 N1\n1 :a\n", "0 1", 1, false },
	{ "3 V5 N0\n1 :a\n", "0 1", 1, false },
	{ "3 V5 N1 Gxyz\n", "0 1", 1, false },
	{ "3 V4294967296 N1\n", "0 1", 1, false },
	{ "2 V5 N1\n", "0 1", 1, false },
	{ "\n3 V5 N1\n", "0 1", 1, false },
};

START_TEST(test_parse)
{
	struct buf got;

	buf_init(&got, 1000);
	uidlist_parse(&list, span_str(rows[_i].text));
	buf_printf(&got, "%u %u%.*s", list.uidvalidity, list.next_uid, SPAN_ARG(list.extra));
	for (size_t i = 0; i < list.n; i++)
		buf_printf(&got, " %u=%.*s", list.records[i].uid, (int)list.records[i].base_n, list.records[i].base);
	ck_assert_str_eq(buf_str(&got), rows[_i].want);
	ck_assert_uint_eq(list.damaged_line, rows[_i].bad);
	ck_assert_int_eq(list.torn, rows[_i].torn);
	buf_clear(&got);
}
END_TEST

START_TEST(test_fields)
{
	read_list(HEAD "1 S12 W34 Pabc:def G77 :a\n2 :b\n");
	ck_assert(span_is(uidlist_field(&list.records[0], 'W'), SPAN("34")));
	ck_assert(span_is(uidlist_field(&list.records[0], 'G'), SPAN("77")));
	ck_assert(span_is(uidlist_field(&list.records[0], 'P'), SPAN("abc:def")));
	ck_assert_ptr_null(uidlist_field(&list.records[0], 'X').p);
	ck_assert_ptr_null(uidlist_field(&list.records[1], 'S').p);
}
END_TEST

START_TEST(test_missing)
{
	ck_assert_int_eq(uidlist_read(&list, dir, &fault), 0);
	ck_assert_uint_eq(list.uidvalidity, 0);
	ck_assert_uint_eq(list.next_uid, 1);
	ck_assert_int_eq(symlinkat("/etc/passwd", dir, UIDLIST_FILE), 0);
	ck_assert_int_eq(uidlist_read(&list, dir, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
}
END_TEST

/* A hundred thousand lines: in order, all of them. */
START_TEST(test_many)
{
	struct buf text;

	buf_init(&text, 32 << 20);
	buf_put_str(&text, HEAD);
	for (unsigned i = 1; i <= 100000; i++)
		buf_printf(&text, "%u :17%08u.M%06uP1.host,S=100,W=110\n", i * 2, i, i);
	uidlist_parse(&list, buf_span(&text));
	ck_assert_uint_eq(list.n, 100000);
	ck_assert_uint_eq(list.next_uid, 200001);
	ck_assert_uint_eq(list.records[99999].uid, 200000);
	uidlist_clear(&list);
	buf_clear(&text);
}
END_TEST

/* ---- writing ---- */

START_TEST(test_append)
{
	read_list(HEAD "3 S1 :a\n");
	ck_assert_uint_eq(uidlist_add(&list, SPAN("b")), 4);
	ck_assert_uint_eq(uidlist_add(&list, SPAN("c")), 5);
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 1, &fault), 0);
	ck_assert_str_eq(content(), HEAD "3 S1 :a\n4 :b\n5 :c\n");
	/* Once more, by the stamp of what was written. */
	uidlist_add(&list, SPAN("d"));
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 3, &fault), 0);
	ck_assert_str_eq(content(), HEAD "3 S1 :a\n4 :b\n5 :c\n6 :d\n");
}
END_TEST

START_TEST(test_append_refused)
{
	read_list(HEAD "3 :a\n");
	uidlist_add(&list, SPAN("b"));
	tempdir_write(UIDLIST_FILE, HEAD "3 :a\n4 :z\n", 0600);
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 1, &fault), -1);
	ck_assert_str_eq(content(), HEAD "3 :a\n4 :z\n");
	ck_assert_int_eq(uidlist_read(&list, dir, &fault), 1);
	uidlist_add(&list, SPAN("b"));
	lock_release(&lock);
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 2, &fault), -1);
	ck_assert_int_eq(uidlist_rewrite(&list, dir, &lock, &fault), -1);
	ck_assert_str_eq(content(), HEAD "3 :a\n4 :z\n");
	ck_assert_int_ne(faccessat(dir, UIDLIST_FILE ".tmp", F_OK, 0), 0);
}
END_TEST

/* What nobody of us knows is kept; a record with UID 0 is left out. */
START_TEST(test_rewrite)
{
	struct stamp before;

	read_list("3 V5 N1 Xq G" GUID "\n3 S1 Zfoo W2 :a\n4 :b\n7 Pp :c\n");
	before = list.stamp;
	list.records[1].uid = 0;
	uidlist_add(&list, SPAN("d"));
	ck_assert_int_eq(uidlist_rewrite(&list, dir, &lock, &fault), 0);
	ck_assert_str_eq(content(), "3 V5 N9 G" GUID " Xq\n3 S1 Zfoo W2 :a\n7 Pp :c\n8 :d\n");
	ck_assert_int_gt(list.stamp.mtime_ns, before.mtime_ns);
}
END_TEST

START_TEST(test_younger)
{
	struct timespec future[2] = { { .tv_sec = 4000000000 }, { .tv_sec = 4000000000 } };

	read_list(HEAD);
	ck_assert_int_eq(utimensat(dir, UIDLIST_FILE, future, 0), 0);
	ck_assert_int_eq(uidlist_rewrite(&list, dir, &lock, &fault), 0);
	ck_assert_int_gt(list.stamp.mtime_ns, INT64_C(4000000000) * 1000000000);
}
END_TEST

START_TEST(test_version_1)
{
	read_list("1 5 3\n1 a\n2 b:2,S\n");
	memcpy(list.guid, GUID, sizeof(GUID));
	ck_assert_int_eq(uidlist_rewrite(&list, dir, &lock, &fault), 0);
	ck_assert_str_eq(content(), "3 V5 N3 G" GUID "\n1 :a\n2 :b\n");
}
END_TEST

/* A full disk: what was there stays, and no half line. */
START_TEST(test_full)
{
	struct rlimit limit = { .rlim_cur = sizeof(HEAD) + 2, .rlim_max = RLIM_INFINITY };

	read_list(HEAD);
	uidlist_add(&list, SPAN("a-name-that-does-not-fit"));
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 0, &fault), -1);
	ck_assert_int_eq(fault.reply, 452);
	ck_assert_int_eq(uidlist_rewrite(&list, dir, &lock, &fault), -1);
	ck_assert_int_eq(fault.reply, 452);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_str_eq(content(), HEAD);
	ck_assert_int_ne(faccessat(dir, UIDLIST_FILE ".tmp", F_OK, 0), 0);
}
END_TEST

/* What uidlist_read() would say of its end; 0: it has to be read whole. */
static const struct {
	const char *text;
	uint32_t next_uid;
} ends[] = {
	{ HEAD, 1 },
	{ "3 V5 N9 G" GUID "\n", 9 },
	{ "3 V5 N9 G" GUID "\n3 :a\n8 :b\n", 9 },
	{ "3 V5 N1 G" GUID "\n3 :a\n8 W5 :b\n", 9 },
	{ "3 V5 N1 G" GUID "\n3 :a\n8 W5 :b", 0 },
	{ "3 V5 N1 G" GUID "\n3 :a\n\n", 0 },
	{ "3 V5 N1 G" GUID "\n3 :a\n4294967295 :b\n", 0 },
	{ "3 V5 N1\n3 :a\n", 0 },
	{ "1 5 9\n8 a\n", 0 },
	{ "3 V5 N1 G" GUID, 0 },
	{ "garbage\n", 0 },
	{ "", 0 },
};

START_TEST(test_ends)
{
	tempdir_write(UIDLIST_FILE, ends[_i].text, 0600);
	ck_assert_int_eq(uidlist_read_end(&list, dir, UINT32_MAX, &fault), ends[_i].next_uid != 0);
	if (ends[_i].next_uid == 0)
		return;
	ck_assert_uint_eq(list.next_uid, ends[_i].next_uid);
	ck_assert_uint_eq(list.uidvalidity, 5);
	ck_assert_str_eq(list.guid, GUID);
	ck_assert_uint_eq(uidlist_add(&list, SPAN("new")), ends[_i].next_uid);
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 0, &fault), 0);
	ck_assert_str_eq(content(), arena_printf(&arena, "%s%u :new\n", ends[_i].text, ends[_i].next_uid));
}
END_TEST

/* Records of UIDs from `from` on, however many are before them; none: they take too much. */
static const struct {
	uint32_t from;
	int rc;
	uint32_t first;
	size_t n;
} tails[] = {
	{ UINT32_MAX, 1, 0, 0 }, { 5001, 1, 0, 0 },    { 5000, 1, 5000, 1 },
	{ 4999, 1, 5000, 1 },	 { 4998, 1, 4998, 2 }, { 4900, 1, 4900, 100 },
	{ 4300, 1, 4300, 700 },	 { 100, 0, 0, 0 },     { 1, 0, 0, 0 },
};

START_TEST(test_end_of_many)
{
	struct buf text;

	ck_assert_int_eq(uidlist_read_end(&list, dir, 1, &fault), 0);
	buf_init(&text, 1 << 20);
	buf_put_str(&text, HEAD);
	for (int i = 1; i <= 5000; i++)
		if (i != 4999)
			buf_printf(&text, "%d W%d :1763812345.M%d.host.example\n", i, i, i);
	tempdir_write(UIDLIST_FILE, buf_str(&text), 0600);
	ck_assert_int_eq(uidlist_read_end(&list, dir, tails[_i].from, &fault), tails[_i].rc);
	if (tails[_i].rc > 0) {
		ck_assert_uint_eq(list.next_uid, 5001);
		ck_assert_uint_eq(list.n, tails[_i].n);
	}
	if (tails[_i].n > 0) {
		ck_assert_uint_eq(list.records[0].uid, tails[_i].first);
		ck_assert_uint_eq(list.records[list.n - 1].uid, 5000);
		ck_assert(span_is(uidlist_field(&list.records[list.n - 1], 'W'), SPAN("5000")));
	}
	buf_clear(&text);
}
END_TEST

/* Of a short file all of them, and what is new after those. */
START_TEST(test_end_of_few)
{
	tempdir_write(UIDLIST_FILE, HEAD "1 :a\n3 :b\n", 0600);
	ck_assert_int_eq(uidlist_read_end(&list, dir, 1, &fault), 1);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_uint_eq(uidlist_add(&list, SPAN("c")), 4);
	ck_assert_int_eq(uidlist_append(&list, dir, &lock, 2, &fault), 0);
	ck_assert_str_eq(content(), HEAD "1 :a\n3 :b\n4 :c\n");
}
END_TEST

START_TEST(test_last_uid)
{
	uidlist_parse(&list, SPAN("3 V5 N4294967294\n"));
	ck_assert_uint_eq(uidlist_add(&list, SPAN("a")), 4294967294);
	ck_assert_uint_eq(uidlist_add(&list, SPAN("b")), 0);
}
END_TEST

START_TEST(test_guid)
{
	char a[UIDLIST_GUID + 1], b[UIDLIST_GUID + 1];

	uidlist_make_guid(a);
	uidlist_make_guid(b);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef"), UIDLIST_GUID);
	ck_assert_str_ne(a, b);
}
END_TEST

/* Base names, and nothing that looks like one; also where a record lies across two pieces of the file. */
START_TEST(test_has_any)
{
	enum { RECORDS = 20000 };
	struct span one[] = { SPAN("a:b"), SPAN("12.x.h") }, other = SPAN("x.y"), last = SPAN("last.h");
	struct buf text;

	buf_init(&text, 10 << 20);
	ck_assert_int_eq(uidlist_has_any(dir, one, 2), -1);
	buf_put_str(&text, "3 V1 N99999 G0123456789abcdef0123456789abcdef\n1 Px:x.y :11.x.h\n2 S1 W1 :12.x.h:2,S\n");
	for (unsigned i = 0; i < RECORDS; i++)
		buf_printf(&text, "%u :%u.record.h\n", 10 + i, 10 + i);
	buf_put_str(&text, "30011 :last.h\n");
	tempdir_write(UIDLIST_FILE, buf_str(&text), 0600);
	ck_assert_int_eq(uidlist_has_any(dir, one, 2), 1);
	ck_assert_int_eq(uidlist_has_any(dir, one, 1), 0);
	ck_assert_int_eq(uidlist_has_any(dir, &other, 1), 0);
	ck_assert_int_eq(uidlist_has_any(dir, &last, 1), 1);
	for (unsigned i = 0; i < RECORDS; i += 97) {
		char name[100];

		snprintf(name, sizeof(name), "%u.record.h", 10 + i);
		last = span_str(name);
		ck_assert_int_eq(uidlist_has_any(dir, &last, 1), 1);
	}
	buf_clear(&text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_has_any);
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_test(tc, test_fields);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_many);
	tcase_add_test(tc, test_append);
	tcase_add_test(tc, test_append_refused);
	tcase_add_test(tc, test_rewrite);
	tcase_add_test(tc, test_younger);
	tcase_add_test(tc, test_version_1);
	tcase_add_test(tc, test_full);
	tcase_add_loop_test(tc, test_ends, 0, COUNT(ends));
	tcase_add_loop_test(tc, test_end_of_many, 0, COUNT(tails));
	tcase_add_test(tc, test_end_of_few);
	tcase_add_test(tc, test_last_uid);
	tcase_add_test(tc, test_guid);
}

CHECK_MAIN(uidlist, add_tests)
