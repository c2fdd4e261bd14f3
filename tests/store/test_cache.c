/* SPDX-License-Identifier: ISC */
#include "store/cache.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct cache c;
static int dir = -1;

static void setup(void)
{
	dir = open(tempdir(), O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(mkdirat(dir, "tmp", 0700), 0);
	cache_init(&c);
}

static void teardown(void)
{
	cache_clear(&c);
	close(dir);
	tempdir_remove();
}

static void set_name(size_t i, const char *text, bool in_new)
{
	struct cache_name name = { .in_new = in_new };

	snprintf(name.name, sizeof(name.name), "%s", text);
	snprintf(name.uidl, sizeof(name.uidl), "uidl-%zu", i);
	cache_set_name(&c, i,
		       &(struct cache_label){ span_str(name.name), span_str(name.uidl), span_str(name.guid), in_new });
}

static void fill(size_t n)
{
	char name[100];

	cache_resize(&c, n);
	for (size_t i = 0; i < n; i++) {
		c.uid[i] = (uint32_t)i * 3 + 1;
		c.flags[i] = (uint32_t)i * 7;
		c.size[i] = i % 5 ? i * 1000000007 : CACHE_UNKNOWN;
		snprintf(name, sizeof(name), "%zu.name:2,", i);
		set_name(i, name, i % 2);
	}
	c.next_uid = (uint32_t)n * 3 + 1;
	c.uidvalidity = 99;
	c.settled = true;
	memcpy(c.guid, "0123456789abcdef0123456789abcdef", sizeof(c.guid));
}

static void check(size_t n)
{
	struct cache_name name;
	char want[100];

	ck_assert_uint_eq(c.n, n);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(c.uid[i], i * 3 + 1);
		ck_assert_uint_eq(c.flags[i], i * 7);
		ck_assert_uint_eq(c.size[i], i % 5 ? i * 1000000007 : CACHE_UNKNOWN);
		ck_assert_int_eq(cache_find_name(&c, i, &name), 0);
		snprintf(want, sizeof(want), "%zu.name:2,", i);
		ck_assert_str_eq(name.name, want);
		snprintf(want, sizeof(want), "uidl-%zu", i);
		ck_assert_str_eq(name.uidl, want);
		ck_assert_str_eq(name.guid, "");
		ck_assert_int_eq(name.in_new, i % 2);
	}
}

static const size_t counts[] = { 0, 1, 2, 1000 };

START_TEST(test_round_trip)
{
	size_t n = counts[_i];

	fill(n);
	check(n);
	ck_assert_int_eq(cache_write(&c, dir, &fault), 0);
	/* The names are no longer in memory. */
	ck_assert_uint_eq(c.names.n, 0);
	check(n);
	ck_assert_int_eq(cache_read(&c, dir), 1);
	check(n);
	ck_assert_uint_eq(c.uidvalidity, 99);
	ck_assert_uint_eq(c.next_uid, n * 3 + 1);
	ck_assert_str_eq(c.guid, "0123456789abcdef0123456789abcdef");
	ck_assert(c.settled && !c.changed);
}
END_TEST

/* Some names from the file, some from memory, some messages gone. */
START_TEST(test_mixed)
{
	struct cache_name name;
	size_t i;

	fill(100);
	ck_assert_int_eq(cache_write(&c, dir, &fault), 0);
	set_name(50, "new-name", true);
	cache_mark_gone(&c, 0);
	cache_mark_gone(&c, 99);
	ck_assert_int_eq(cache_find_name(&c, 0, &name), -1);
	ck_assert(cache_is_gone(&c, 99));
	cache_drop_gone(&c);
	ck_assert_uint_eq(c.n, 98);
	ck_assert_int_eq(cache_write(&c, dir, &fault), 0);
	ck_assert_int_eq(cache_read(&c, dir), 1);
	ck_assert(cache_find(&c, 151, &i));
	ck_assert_uint_eq(i, 49);
	ck_assert_int_eq(cache_find_name(&c, i, &name), 0);
	ck_assert_str_eq(name.name, "new-name");
	ck_assert_int_eq(cache_find_name(&c, 97, &name), 0);
	ck_assert_str_eq(name.name, "98.name:2,");
	ck_assert(!cache_find(&c, 1, &i) && !cache_find(&c, 150, &i) && !cache_find(&c, 9999, &i));
}
END_TEST

/* UIDs of an older state, of a newer one, and of both together: "3-" is marked as gone. */
static const struct {
	const char *old, *now, *want;
} kept[] = {
	{ "", "", "" },
	{ "", "1 2", "1 2" },
	{ "1 2 3", "1 2 3", "1 2 3" },
	{ "1 2 3", "", "1- 2- 3-" },
	{ "1 2 3", "2", "1- 2 3-" },
	{ "1 2 3", "1 3 4 5", "1 2- 3 4 5" },
	{ "1 5 9", "2 5 10", "1- 2 5 9- 10" },
	{ "7", "8 9", "7- 8 9" },
};

static void fill_uids(struct cache *to, const char *uids)
{
	size_t n = 0;
	char *end;

	cache_resize(to, 10);
	for (uint32_t uid; (uid = (uint32_t)strtoul(uids, &end, 10)) > 0; uids = end) {
		to->uid[n] = uid;
		to->flags[n] = uid * 7;
		to->size[n++] = uid * 1000;
	}
	to->n = n;
}

START_TEST(test_keep_gone)
{
	struct cache old;
	struct buf got;
	size_t gone = 0, joined;

	cache_init(&old);
	buf_init(&got, 1000);
	fill_uids(&old, kept[_i].old);
	fill_uids(&c, kept[_i].now);
	joined = cache_keep_gone(&c, &old);
	for (size_t i = 0; i < c.n; i++) {
		gone += cache_is_gone(&c, i);
		buf_printf(&got, "%s%u%s", i > 0 ? " " : "", c.uid[i], cache_is_gone(&c, i) ? "-" : "");
		ck_assert_uint_eq(c.flags[i], c.uid[i] * 7);
		ck_assert_uint_eq(c.size[i], c.uid[i] * 1000);
	}
	ck_assert_str_eq(buf_str(&got), kept[_i].want);
	ck_assert_uint_eq(joined, gone);
	buf_clear(&got);
	cache_clear(&old);
}
END_TEST

/* The names are those of the arrays, also when somebody replaced the file since. */
START_TEST(test_replaced)
{
	struct cache other;

	fill(10);
	ck_assert_int_eq(cache_write(&c, dir, &fault), 0);
	cache_init(&other);
	ck_assert_int_eq(cache_read(&other, dir), 1);
	other.uid[9] = 28;
	cache_mark_gone(&other, 0);
	cache_drop_gone(&other);
	ck_assert_int_eq(cache_write(&other, dir, &fault), 0);
	check(10);
	cache_clear(&other);
}
END_TEST

/* The arrays come back as they were, though somebody replaced the file; what has changed does not rest. */
START_TEST(test_rest)
{
	struct cache other;

	fill(10);
	cache_rest(&c);
	ck_assert(!c.resting);
	ck_assert_int_eq(cache_write(&c, dir, &fault), 0);
	cache_mark_gone(&c, 9);
	cache_drop_gone(&c);
	ck_assert_int_eq(cache_write(&c, dir, &fault), 0);
	cache_rest(&c);
	ck_assert(c.resting && c.n == 9 && !c.block);
	cache_rest(&c);
	cache_drop_gone(&c);
	cache_init(&other);
	ck_assert_int_eq(cache_read(&other, dir), 1);
	other.changed = true;
	other.flags[0] = 77;
	ck_assert_int_eq(cache_write(&other, dir, &fault), 0);
	cache_clear(&other);
	ck_assert_int_eq(cache_wake(&c, &fault), 0);
	ck_assert(!c.resting);
	ck_assert_int_eq(cache_wake(&c, &fault), 0);
	check(9);
	cache_rest(&c);
	ck_assert_int_eq(ftruncate(c.fd, 10), 0);
	ck_assert_int_eq(cache_wake(&c, &fault), -1);
}
END_TEST

START_TEST(test_unusable)
{
	ck_assert_int_eq(cache_read(&c, dir), 0);
	tempdir_write(CACHE_FILE, "lbcache", 0600);
	ck_assert_int_eq(cache_read(&c, dir), 0);
	ck_assert_int_eq(unlinkat(dir, CACHE_FILE, 0), 0);
	ck_assert_int_eq(symlinkat("/etc/passwd", dir, CACHE_FILE), 0);
	ck_assert_int_eq(cache_read(&c, dir), 0);
	ck_assert_int_eq(unlinkat(dir, CACHE_FILE, 0), 0);
	ck_assert_int_eq(mkfifoat(dir, CACHE_FILE, 0600), 0);
	ck_assert_int_eq(cache_read(&c, dir), 0);
	ck_assert_uint_eq(c.n, 0);
}
END_TEST

START_TEST(test_cannot_write)
{
	fill(10);
	ck_assert_int_eq(unlinkat(dir, "tmp", AT_REMOVEDIR), 0);
	ck_assert_int_eq(cache_write(&c, dir, &fault), -1);
	check(10);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_round_trip, 0, COUNT(counts));
	tcase_add_test(tc, test_mixed);
	tcase_add_loop_test(tc, test_keep_gone, 0, COUNT(kept));
	tcase_add_test(tc, test_replaced);
	tcase_add_test(tc, test_rest);
	tcase_add_test(tc, test_unusable);
	tcase_add_test(tc, test_cannot_write);
}

CHECK_MAIN(cache, add_tests)
