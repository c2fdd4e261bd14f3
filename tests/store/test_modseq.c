/* SPDX-License-Identifier: ISC */
#include "store/modseq.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "store/maildir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static const char *path; /* a child has no tempdir() of its own */
static struct arena arena;
static struct mailbox box, other;
static struct modseq seq, seq2;

static void put(const char *name)
{
	tempdir_write(arena_printf(&arena, "m/%s", name), "text\n", 0600);
}

static void move(const char *from, const char *to)
{
	const char *old = tempdir_path(arena_printf(&arena, "m/%s", from));

	ck_assert_int_eq(rename(old, tempdir_path(arena_printf(&arena, "m/%s", to))), 0);
}

/* The directories' times as if nothing had happened for a while; never the same twice. */
static void age(void)
{
	static int64_t earlier = 1000;
	struct timespec times[2] = { { .tv_sec = clock_wall() - earlier }, { .tv_sec = clock_wall() - earlier } };

	earlier -= 10;
	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur"), times, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/new"), times, 0), 0);
}

static void open_box(struct mailbox *m, struct modseq *q)
{
	ck_assert_msg(mailbox_open(m, path, MAILBOX_MOVE_NEW, &fault) == 0, "%s", fault.text);
	modseq_init(q);
	ck_assert_int_eq(modseq_load(q, m, &fault), 0);
}

static void close_box(struct mailbox *m, struct modseq *q)
{
	mailbox_close(m);
	modseq_clear(q);
}

static void reopen(void)
{
	close_box(&box, &seq);
	open_box(&box, &seq);
}

static void setup(void)
{
	struct maildir md;

	box.dir = other.dir = -1;
	path = tempdir_path("m");
	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &fault), 0);
	maildir_close(&md);
	put("cur/1.h:2,");
	put("cur/2.h:2,S");
	put("cur/3.h:2,");
	open_box(&box, &seq);
}

static void teardown(void)
{
	if (box.lock.held)
		mailbox_unlock(&box);
	close_box(&box, &seq);
	close_box(&other, &seq2);
	arena_clear(&arena);
	tempdir_remove();
}

static void refresh(void)
{
	usleep(STAMP_TICK_MS * 1000 + 5000);
	ck_assert_int_ge(modseq_refresh(&seq, &box, NULL, &fault), 0);
}

/* Which messages changed after `since`, and what vanished: "2 3 -1:1". */
static const char *changes(uint64_t since)
{
	const char *all = "";
	uint32_t at = 0, first, last;

	for (size_t i = 0; i < box.view.n; i++)
		if (modseq_of(&seq, &box, i) > since)
			all = arena_printf(&arena, "%s%s%u", all, *all ? " " : "", box.view.uid[i]);
	while (modseq_next_vanished(&seq, &box, since, &at, &first, &last))
		all = arena_printf(&arena, "%s%s-%u:%u", all, *all ? " " : "", first, last);
	return all;
}

/* ---- values ---- */

START_TEST(test_first)
{
	uint64_t highest = seq.highest;

	ck_assert_uint_gt(highest, 0);
	ck_assert_str_eq(changes(highest), "");
	ck_assert_str_eq(changes(highest - 1), "1 2 3");
	reopen();
	ck_assert_uint_eq(seq.highest, highest);
	ck_assert_uint_eq(modseq_of(&seq, &box, 1), highest);
	/* As a session that does not use CONDSTORE asks for it. */
	struct modseq plain;

	modseq_init(&plain);
	ck_assert_int_eq(modseq_load_highest(&plain, &box, &fault), 0);
	ck_assert_uint_eq(plain.highest, highest);
	ck_assert_ptr_null(plain.all);
	age();
	reopen();
	ck_assert_int_eq(modseq_load_highest(&plain, &box, &fault), 0);
	ck_assert_uint_eq(plain.highest, highest);
	modseq_clear(&plain);
}
END_TEST

START_TEST(test_empty)
{
	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(mailbox_remove(&box, (size_t)i - 1, &fault), 0);
	ck_assert_int_eq(unlink(tempdir_path("m/" MODSEQ_FILE)), 0);
	reopen();
	ck_assert_uint_eq(box.view.n, 0);
	ck_assert_uint_gt(seq.highest, 0);
	uint64_t highest = seq.highest;

	reopen();
	ck_assert_uint_eq(seq.highest, highest);
}
END_TEST

static void flag(void)
{
	move("cur/1.h:2,", "cur/1.h:2,F");
}

static void deliver(void)
{
	put("new/4.h");
}

static void take(void)
{
	ck_assert_int_eq(unlink(tempdir_path("m/cur/2.h:2,S")), 0);
}

static void all_of_it(void)
{
	flag();
	deliver();
	take();
}

static const struct {
	void (*happens)(void);
	const char *want;
} others[] = {
	{ flag, "1" },
	{ deliver, "4" },
	{ take, "-2:2" },
	{ all_of_it, "1 4 -2:2" },
};

/* What others do is found by a refresh, and by whoever opens the folder next. */
START_TEST(test_others)
{
	uint64_t before = seq.highest, after;

	others[_i].happens();
	refresh();
	after = seq.highest;
	ck_assert_uint_gt(after, before);
	ck_assert_str_eq(changes(before), others[_i].want);
	ck_assert_str_eq(changes(after), "");
	reopen();
	ck_assert_uint_eq(seq.highest, after);
	ck_assert_str_eq(changes(before), others[_i].want);
}
END_TEST

START_TEST(test_others_meanwhile)
{
	uint64_t before = seq.highest, after;

	close_box(&box, &seq);
	others[_i].happens();
	age();
	open_box(&box, &seq);
	after = seq.highest;
	ck_assert_str_eq(changes(before), others[_i].want);
	reopen();
	ck_assert_uint_eq(seq.highest, after);
}
END_TEST

START_TEST(test_highest_only)
{
	uint64_t before = seq.highest, after;

	close_box(&box, &seq);
	all_of_it();
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("m"), MAILBOX_MOVE_NEW, &fault), 0);
	ck_assert_int_eq(modseq_load_highest(&seq, &box, &fault), 0);
	after = seq.highest;
	ck_assert_uint_gt(after, before);
	reopen();
	ck_assert_uint_eq(seq.highest, after);
	ck_assert_str_eq(changes(before), "1 4 -2:2");
}
END_TEST

/* ---- own changes ---- */

static uint64_t set(struct mailbox *m, struct modseq *q, size_t i, uint32_t add)
{
	ck_assert_int_eq(modseq_begin(q, m, &fault), 0);
	ck_assert_int_eq(mailbox_set_flags(m, i, add, 0, &fault), 0);
	modseq_note(q, m, i);
	return modseq_commit(q, m);
}

START_TEST(test_own)
{
	uint64_t before = seq.highest, value = set(&box, &seq, 2, MSGNAME_FLAGGED);

	ck_assert_uint_gt(value, before);
	ck_assert_uint_eq(modseq_of(&seq, &box, 2), value);
	ck_assert_uint_eq(seq.highest, value);
	refresh();
	ck_assert_uint_eq(seq.highest, value);
	ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
	ck_assert_uint_eq(modseq_commit(&seq, &box), 0);
	ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
	ck_assert_int_eq(mailbox_remove(&box, 0, &fault), 0);
	modseq_note(&seq, &box, 0);
	ck_assert_uint_gt(modseq_commit(&seq, &box), value);
	mailbox_doubt(&box);
	refresh();
	ck_assert_str_eq(changes(before), "3 -1:1");
	ck_assert_str_eq(changes(value), "-1:1");
	reopen();
	ck_assert_str_eq(changes(before), "3 -1:1");
}
END_TEST

/* What the other session did is known under the lock, and shown by the next refresh. */
START_TEST(test_two_sessions)
{
	uint64_t before = seq.highest, theirs, ours;

	open_box(&other, &seq2);
	theirs = set(&other, &seq2, 0, MSGNAME_FLAGGED);
	ck_assert_uint_gt(theirs, before);
	ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
	ck_assert(!modseq_is_unchanged(&seq, &box, 0, before));
	ck_assert(modseq_is_unchanged(&seq, &box, 0, theirs));
	ck_assert(modseq_is_unchanged(&seq, &box, 1, before));
	ck_assert_int_eq(mailbox_set_flags(&box, 1, MSGNAME_DRAFT, 0, &fault), 0);
	modseq_note(&seq, &box, 1);
	ours = modseq_commit(&seq, &box);
	ck_assert_uint_gt(ours, theirs);
	/* What is not shown has its old value here. */
	ck_assert_uint_eq(modseq_of(&seq, &box, 0), before);
	ck_assert_uint_eq(modseq_of(&seq, &box, 1), ours);
	ck_assert_uint_eq(seq.highest, before);
	refresh();
	ck_assert_uint_eq(modseq_of(&seq, &box, 0), theirs);
	ck_assert_uint_eq(seq.highest, ours);
	ck_assert_str_eq(changes(before), "1 2");
	ck_assert_int_ge(modseq_refresh(&seq2, &other, NULL, &fault), 0);
	ck_assert_uint_eq(seq2.highest, ours);
	ck_assert_uint_eq(modseq_of(&seq2, &other, 1), ours);
}
END_TEST

/* ---- the file ---- */

START_TEST(test_lost)
{
	uint64_t before = seq.highest;

	ck_assert_int_eq(unlink(tempdir_path("m/cur/2.h:2,S")), 0);
	refresh();
	ck_assert_int_eq(unlink(tempdir_path("m/" MODSEQ_FILE)), 0);
	if (_i)
		refresh();
	else
		reopen();
	ck_assert_uint_gt(seq.highest, before);
	ck_assert_str_eq(changes(before), "1 3 -2:2");
	ck_assert_str_eq(changes(seq.highest), "");
	before = seq.highest;
	reopen();
	ck_assert_uint_eq(seq.highest, before);
}
END_TEST

/* Whatever is wrong with it: values do not go back, and nothing that changed is missed. */
START_TEST(test_damaged)
{
	const char *name = tempdir_path("m/" MODSEQ_FILE);
	uint64_t before = seq.highest;
	struct span good;

	ck_assert_int_eq(disk_read_file(&arena, AT_FDCWD, name, 1 << 20, &good, &fault), 0);
	move("cur/1.h:2,", "cur/1.h:2,F");
	for (size_t i = 0; i < good.n; i++) {
		char *bad = arena_span(&arena, good);
		bool found = false;

		bad[i] ^= 0x40;
		close_box(&box, &seq);
		tempdir_write_bytes("m/" MODSEQ_FILE, bad, i % 3 ? good.n : i, 0600);
		open_box(&box, &seq);
		for (size_t k = 0; k < box.view.n; k++)
			found |= box.view.uid[k] == 1 && modseq_of(&seq, &box, k) > before;
		ck_assert_msg(found && seq.highest > before, "octet %zu", i);
		ck_assert_uint_eq(box.view.n, 3);
	}
}
END_TEST

START_TEST(test_not_a_file)
{
	uint64_t before = seq.highest;

	close_box(&box, &seq);
	ck_assert_int_eq(unlink(tempdir_path("m/" MODSEQ_FILE)), 0);
	ck_assert_int_eq(mkfifo(tempdir_path("m/" MODSEQ_FILE), 0600), 0);
	open_box(&box, &seq);
	ck_assert_uint_gt(seq.highest, before);
}
END_TEST

/* It cannot be written: there are values all the same, and they stay while the session lasts. */
START_TEST(test_read_only)
{
	uint64_t value;

	close_box(&box, &seq);
	ck_assert_int_eq(unlink(tempdir_path("m/" MODSEQ_FILE)), 0);
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("m"), MAILBOX_READ_ONLY, &fault), 0);
	ck_assert_int_eq(modseq_load(&seq, &box, &fault), 0);
	value = seq.highest;
	ck_assert_uint_gt(value, 0);
	ck_assert_int_ge(modseq_refresh(&seq, &box, NULL, &fault), 0);
	ck_assert_uint_eq(seq.highest, value);
	move("cur/1.h:2,", "cur/1.h:2,F");
	refresh();
	ck_assert_uint_gt(seq.highest, value);
	ck_assert_str_eq(changes(value), "1");
	ck_assert_int_eq(access(tempdir_path("m/" MODSEQ_FILE), F_OK), -1);
}
END_TEST

START_TEST(test_full_disk)
{
	struct rlimit before, limit;
	uint64_t value;
	int begun;

	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	/* Room for the lock, but not for a record. */
	limit.rlim_cur = 150;
	setrlimit(RLIMIT_FSIZE, &limit);
	/* No assertion meanwhile: the test's own report has no room either. */
	begun = modseq_begin(&seq, &box, &fault);
	mailbox_set_flags(&box, 0, MSGNAME_FLAGGED, 0, &fault);
	modseq_note(&seq, &box, 0);
	value = modseq_commit(&seq, &box);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(begun, 0);
	ck_assert_uint_gt(value, 0);
	ck_assert_uint_eq(modseq_of(&seq, &box, 0), value);
	close_box(&box, &seq);
	age();
	open_box(&box, &seq);
	ck_assert_uint_gt(modseq_of(&seq, &box, 0), value);
	ck_assert_uint_lt(modseq_of(&seq, &box, 1), value);
}
END_TEST

static int64_t file_size(void)
{
	struct stat st;

	ck_assert_int_eq(stat(tempdir_path("m/" MODSEQ_FILE), &st), 0);
	return st.st_size;
}

/* It does not grow for ever, and what was removed long ago is forgotten. */
START_TEST(test_shrinks)
{
	uint64_t before = seq.highest, middle;

	open_box(&other, &seq2);
	ck_assert_int_eq(mailbox_remove(&box, 1, &fault), 0);
	ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
	modseq_note(&seq, &box, 1);
	middle = modseq_commit(&seq, &box);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
		for (int k = 0; k < 1000; k++)
			modseq_note(&seq, &box, 0);
		modseq_commit(&seq, &box);
	}
	ck_assert_int_lt(file_size(), 10000 * (int)sizeof(struct modseq_record));
	mailbox_doubt(&box);
	refresh();
	ck_assert_str_eq(changes(before), "1 -2:2");
	ck_assert_str_eq(changes(middle), "1");
	/* The other session had read the file that is no more. */
	usleep(STAMP_TICK_MS * 1000 + 5000);
	ck_assert_int_ge(modseq_refresh(&seq2, &other, NULL, &fault), 0);
	ck_assert_uint_eq(seq2.highest, seq.highest);
	ck_assert_uint_eq(other.view.n, 2);
	/* Removals that there is no room for. */
	free(seq.noted);
	seq.noted_room = 3 * MODSEQ_GONE_MAX;
	seq.noted = arena_heap(seq.noted_room * sizeof(*seq.noted));
	ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
	for (uint32_t i = 0; i < seq.noted_room; i++)
		seq.noted[i] = (struct modseq_record){ 1000 + i, 0, MODSEQ_GONE };
	seq.noted_n = seq.noted_room;
	modseq_commit(&seq, &box);
	ck_assert_int_lt(file_size(), 10000 * (int)sizeof(struct modseq_record));
	ck_assert_uint_gt(seq.floor, before);
}
END_TEST

/* Other UIDs: all that was known is void. */
START_TEST(test_uidvalidity)
{
	uint64_t before = seq.highest;

	tempdir_write("m/" UIDLIST_FILE, "3 V5 N9 G18cf150821ab026ba014000083ecc375\n8 :1.h\n", 0600);
	put("cur/5.h:2,");
	refresh();
	ck_assert_uint_eq(box.view.uidvalidity, 5);
	ck_assert_uint_gt(seq.highest, before);
	ck_assert_uint_gt(modseq_of(&seq, &box, 0), before);
	reopen();
	ck_assert_uint_gt(modseq_of(&seq, &box, 0), before);
}
END_TEST

/* ---- a crowd ---- */

enum { WORKERS = 4, STEPS = 40, EACH = 5 };

/* Only where nobody else was since: how often that was so. */
static int work(void)
{
	int done = 0;

	for (int i = 0; i < STEPS; i++) {
		uint64_t since = seq.highest, value;
		size_t at = (size_t)i % box.view.n;
		uint32_t flags = box.view.flags[at];

		if (modseq_begin(&seq, &box, &fault) < 0)
			_exit(255);
		value = 0;
		if (modseq_is_unchanged(&seq, &box, at, since) &&
		    mailbox_set_flags(&box, at, ~flags & MSGNAME_FLAGGED, flags & MSGNAME_FLAGGED, &fault) == 0) {
			modseq_note(&seq, &box, at);
			done++;
		}
		value = modseq_commit(&seq, &box);
		if (value && value <= since)
			_exit(255);
		mailbox_doubt(&box);
		if (modseq_refresh(&seq, &box, NULL, &fault) < 0 || seq.highest < value || seq.highest < since)
			_exit(255);
	}
	return done;
}

START_TEST(test_crowd)
{
	int done = 0;
	uint64_t before = seq.highest;

	close_box(&box, &seq);
	for (int i = 0; i < WORKERS; i++) {
		if (fork() != 0)
			continue;
		modseq_init(&seq);
		if (mailbox_open(&box, path, MAILBOX_MOVE_NEW, &fault) < 0 || modseq_load(&seq, &box, &fault) < 0)
			_exit(255);
		done = work();
		close_box(&box, &seq);
		_exit(done);
	}
	for (int i = 0; i < WORKERS; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_ne(WEXITSTATUS(status), 255);
		done += WEXITSTATUS(status);
	}
	ck_assert_int_gt(done, STEPS);
	open_box(&box, &seq);
	ck_assert_uint_gt(seq.highest, before);
	before = seq.highest;
	reopen();
	ck_assert_uint_eq(seq.highest, before);
}
END_TEST

/* ---- rest ---- */

enum { CROWD = 300 };

/* Values are what they were, whatever others did meanwhile. */
static void rest_and_wake(bool rests)
{
	size_t n = seq.n, size = n * sizeof(*seq.all);
	struct modseq_record *before = arena_alloc(&arena, size);
	uint64_t highest = seq.highest;

	memcpy(before, seq.all, size);
	modseq_rest(&seq, &box);
	ck_assert_int_eq(seq.resting, rests);
	ck_assert_int_eq(!seq.all, rests);
	modseq_rest(&seq, &box);
	if (other.dir >= 0) {
		ck_assert_int_eq(modseq_begin(&seq2, &other, &fault), 0);
		ck_assert_int_eq(mailbox_set_flags(&other, 7, 0, other.view.flags[7], &fault), 0);
		modseq_note(&seq2, &other, 7);
		modseq_commit(&seq2, &other);
	}
	modseq_wake(&seq, &box);
	ck_assert(!seq.resting && seq.loaded);
	ck_assert_uint_eq(seq.n, n);
	ck_assert_uint_eq(seq.highest, highest);
	ck_assert_mem_eq(seq.all, before, size);
}

static void flag_one(size_t i)
{
	ck_assert_int_eq(modseq_begin(&seq, &box, &fault), 0);
	ck_assert_int_eq(mailbox_set_flags(&box, i, MSGNAME_FLAGGED, 0, &fault), 0);
	modseq_note(&seq, &box, i);
	modseq_commit(&seq, &box);
}

START_TEST(test_rest)
{
	uint64_t highest;

	/* So few are not worth a file's descriptor. */
	modseq_rest(&seq, &box);
	ck_assert(!seq.resting);
	for (int i = 0; i < CROWD; i++)
		put(arena_printf(&arena, "cur/x%d.h:2,", i));
	refresh();
	rest_and_wake(true);
	flag_one(5);
	ck_assert_int_eq(mailbox_remove(&box, 9, &fault), 0);
	refresh();
	rest_and_wake(true);
	/* What another session has done is found by the next look. */
	open_box(&other, &seq2);
	highest = seq.highest;
	rest_and_wake(true);
	ck_assert_str_eq(changes(highest), "");
	refresh();
	ck_assert_str_eq(changes(highest), "8");
	/* What was written behind that which nobody has read is not rested before somebody has. */
	ck_assert_int_eq(modseq_begin(&seq2, &other, &fault), 0);
	modseq_note(&seq2, &other, 20);
	modseq_commit(&seq2, &other);
	flag_one(30);
	rest_and_wake(false);
	refresh();
	rest_and_wake(true);
	modseq_rest(&seq, &box);
	reopen();
	ck_assert(!seq.resting);
}
END_TEST

/* The file is another one, or is damaged: all that is known is what the view says. */
START_TEST(test_rest_lost)
{
	uint64_t highest = seq.highest;

	for (int i = 0; i < CROWD; i++)
		put(arena_printf(&arena, "cur/x%d.h:2,", i));
	refresh();
	modseq_rest(&seq, &box);
	ck_assert(seq.resting);
	ck_assert_int_eq(truncate(tempdir_path("m/" MODSEQ_FILE), 1000), 0);
	modseq_wake(&seq, &box);
	ck_assert(!seq.resting && seq.loaded);
	ck_assert_uint_eq(seq.n, CROWD + 3);
	ck_assert_uint_gt(modseq_of(&seq, &box, 0), highest);
	modseq_rest(&seq, &box);
	ck_assert(seq.resting);
	modseq_wake(&seq, &box);
	ck_assert_int_eq(unlink(tempdir_path("m/" MODSEQ_FILE)), 0);
	modseq_rest(&seq, &box);
	ck_assert(!seq.resting);
	flag_one(3);
	rest_and_wake(true);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_first);
	tcase_add_test(tc, test_empty);
	tcase_add_loop_test(tc, test_others, 0, COUNT(others));
	tcase_add_loop_test(tc, test_others_meanwhile, 0, COUNT(others));
	tcase_add_test(tc, test_highest_only);
	tcase_add_test(tc, test_own);
	tcase_add_test(tc, test_two_sessions);
	tcase_add_loop_test(tc, test_lost, 0, 2);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_not_a_file);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_shrinks);
	tcase_add_test(tc, test_uidvalidity);
	tcase_add_test(tc, test_crowd);
	tcase_add_test(tc, test_rest);
	tcase_add_test(tc, test_rest_lost);
}

CHECK_MAIN(modseq, add_tests)
