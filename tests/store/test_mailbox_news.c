/* SPDX-License-Identifier: ISC */
/* What of a refresh reads new/ alone: a file that is hidden in cur/ is not seen by it. */
#include "store/mailbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/maildir.h"
#include "store/uidlist.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct fault fault;
static struct arena arena;
static struct mailbox box;
static struct buf told;

static const char *path(const char *name)
{
	return tempdir_path(arena_printf(&arena, "m/%s", name));
}

static void put(const char *name)
{
	tempdir_write(arena_printf(&arena, "m/%s", name), "Subject: x\n\nx\n", 0600);
}

static void open_box(unsigned how)
{
	if (mailbox_open(&box, tempdir_path("m"), how, &fault) < 0)
		ck_abort_msg("%s", fault.text);
}

static void setup(void)
{
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &fault), 0);
	maildir_close(&md);
	buf_init(&told, 10000);
	put("cur/1.a.h:2,S");
	put("cur/2.b.h:2,");
	open_box(MAILBOX_MOVE_NEW);
	ck_assert_uint_eq(box.view.n, 2);
}

static void teardown(void)
{
	mailbox_close(&box);
	buf_clear(&told);
	arena_clear(&arena);
	tempdir_remove();
}

/* Put a file into cur/, or take one away, and leave the directory's time as it was. */
static void change_unseen(const char *name, bool there)
{
	struct stat st;

	ck_assert_int_eq(stat(path("cur"), &st), 0);
	if (there)
		put(name);
	else
		ck_assert_int_eq(unlink(path(name)), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path("cur"), (struct timespec[]){ st.st_atim, st.st_mtim }, 0), 0);
}

static void on_gone(void *context, uint32_t uid)
{
	(void)context;
	buf_printf(&told, " -%u", uid);
}

static void on_changed(void *context, uint32_t uid, uint32_t flags)
{
	(void)context;
	buf_printf(&told, " %u:%x", uid, flags);
}

static void on_added(void *context, uint32_t uid)
{
	(void)context;
	buf_printf(&told, " +%u", uid);
}

static void check_refresh(const char *want)
{
	static const struct mailbox_watch watch = { .gone = on_gone, .changed = on_changed, .added = on_added };
	int rc;

	buf_reset(&told);
	rc = mailbox_refresh(&box, &watch, &fault);
	ck_assert_msg(rc >= 0, "%s", fault.text);
	ck_assert_str_eq(buf_str(&told), want);
	ck_assert_int_eq(rc, want[0] != '\0');
}

static void check_name(size_t i, const char *want)
{
	struct cache_name name;

	ck_assert_int_eq(mailbox_find_name(&box, i, &name), 0);
	ck_assert_str_eq(name.name, want);
}

START_TEST(test_news)
{
	uint64_t size = 0;
	uint32_t uid;
	size_t at = 0;

	change_unseen("cur/3.hidden.h:2,", true);
	put("new/5.d.h,S=14,W=17");
	put("new/4.c.h");
	check_refresh(" +3 +4");
	ck_assert_uint_eq(box.view.n, 4);
	ck_assert_uint_eq(box.view.uid[3], 4);
	check_name(2, "4.c.h:2,");
	check_name(3, "5.d.h,S=14,W=17:2,");
	ck_assert_uint_eq(box.view.size[3], 17);
	ck_assert_int_eq(mailbox_load_size(&box, 2, &fault), 0);
	size = box.view.size[2];
	ck_assert_uint_eq(size, 17);
	ck_assert(mailbox_next_recent(&box, &at, &uid) && uid == 3);
	ck_assert(mailbox_next_recent(&box, &at, &uid) && uid == 4);
	ck_assert(!mailbox_next_recent(&box, &at, &uid));
	ck_assert_int_eq(access(path("new/4.c.h"), F_OK), -1);
	/* And again, although the directories have just been changed. */
	put("new/6.e.h");
	mailbox_expect(&box, MAILBOX_ARRIVED);
	check_refresh(" +5");
	/* All is seen by who looks at all, and those behind it keep their UIDs. */
	mailbox_doubt(&box);
	check_refresh(" +6");
	check_name(5, "3.hidden.h:2,");
	check_name(2, "4.c.h:2,");
	mailbox_close(&box);
	open_box(0);
	ck_assert_uint_eq(box.view.n, 6);
	check_name(4, "6.e.h:2,");
	ck_assert_uint_eq(box.view.uid[4], 5);
}
END_TEST

START_TEST(test_nothing_came)
{
	mailbox_expect(&box, MAILBOX_ARRIVED);
	change_unseen("cur/3.hidden.h:2,", true);
	check_refresh("");
	put("tmp/x");
	mailbox_expect(&box, MAILBOX_ARRIVED);
	check_refresh("");
}
END_TEST

/* What must not be taken for new mail alone. */
START_TEST(test_more)
{
	struct uidlist u = { .n = 0 };
	struct lock lock = { .held = false };

	switch (_i) {
	case 0: /* a flag was set, too */
		ck_assert_int_eq(rename(path("cur/2.b.h:2,"), path("cur/2.b.h:2,F")), 0);
		put("new/3.c.h");
		check_refresh(arena_printf(&arena, " 2:%x +3", MSGNAME_FLAGGED));
		break;
	case 1: /* somebody has given UIDs */
		change_unseen("cur/3.other.h:2,", true);
		ck_assert_int_eq(lock_take(&lock, box.dir, &lock_uidlist, &fault), 0);
		ck_assert_int_eq(uidlist_read(&u, box.dir, &fault), 1);
		uidlist_add(&u, SPAN("3.other.h"));
		ck_assert_int_eq(uidlist_append(&u, box.dir, &lock, 2, &fault), 0);
		lock_release(&lock);
		uidlist_clear(&u);
		put("new/4.c.h");
		check_refresh(" +3 +4");
		check_name(2, "3.other.h:2,");
		break;
	case 2: /* the same base name as a message that is there: another file, another UID, no name twice */
		put("new/2.b.h");
		check_refresh(" +3");
		ck_assert_uint_eq(box.view.n, 3);
		check_name(1, "2.b.h:2,");
		break;
	case 3: /* a message comes back that has a record */
		ck_assert_int_eq(unlink(path("cur/2.b.h:2,")), 0);
		mailbox_doubt(&box);
		check_refresh(" -2");
		change_unseen("cur/9.hidden.h:2,", true);
		put("new/2.b.h");
		check_refresh(" +2 +3");
		break;
	case 4: /* more than a few */
		change_unseen("cur/0.hidden.h:2,", true);
		for (int i = 0; i < 40; i++)
			put(arena_printf(&arena, "new/%d.n.h", 10 + i));
		ck_assert_int_eq(mailbox_refresh(&box, NULL, &fault), 1);
		ck_assert_uint_eq(box.view.n, 43);
		break;
	default: /* all is looked at once in a while */
		put("new/3.c.h");
		check_refresh(" +3");
		change_unseen("cur/4.hidden.h:2,", true);
		box.unsettled_ms -= MAILBOX_UNSETTLED_MS;
		put("new/5.d.h");
		check_refresh(" +4 +5");
		/* But not where somebody watches it. */
		change_unseen("cur/6.hidden.h:2,", true);
		box.unsettled_ms -= MAILBOX_UNSETTLED_MS;
		put("new/7.e.h");
		mailbox_expect(&box, MAILBOX_ARRIVED);
		check_refresh(" +6");
		break;
	}
}
END_TEST

/* Another session takes what is in new/. */
static void take_over(void)
{
	struct mailbox other;

	ck_assert_int_eq(mailbox_open(&other, tempdir_path("m"), MAILBOX_MOVE_NEW, &fault), 0);
	mailbox_close(&other);
}

static void let_other_have(const char *name)
{
	put(name);
	take_over();
}

/* Who waits finds what the first of those that wait has moved. */
START_TEST(test_taken_by_other)
{
	struct lock lock = { .held = false };
	struct uidlist u = { .n = 0 };
	struct cache_name name;
	size_t at = 0;
	uint32_t uid;

	let_other_have("new/4.c.h");
	let_other_have("new/5.d.h,S=14,W=17");
	put("cur/3.hidden.h:2,");
	put("new/6.e.h");
	mailbox_expect(&box, MAILBOX_ARRIVED_ONLY);
	check_refresh(" +3 +4 +5");
	check_name(2, "4.c.h:2,");
	check_name(3, "5.d.h,S=14,W=17:2,");
	ck_assert_uint_eq(box.view.size[3], 17);
	check_name(4, "6.e.h:2,");
	/* Recent is what was moved here. */
	ck_assert(mailbox_next_recent(&box, &at, &uid) && uid == 5);
	ck_assert(!mailbox_next_recent(&box, &at, &uid));
	/* What a record says comes, too. */
	put("cur/7.f.h:2,");
	ck_assert_int_eq(lock_take(&lock, box.dir, &lock_uidlist, &fault), 0);
	ck_assert_int_eq(uidlist_read(&u, box.dir, &fault), 1);
	uidlist_add(&u, SPAN("7.f.h"));
	u.records[u.n - 1].fields = "W99 Pold O3";
	u.records[u.n - 1].fields_n = 11;
	ck_assert_int_eq(uidlist_append(&u, box.dir, &lock, u.n - 1, &fault), 0);
	lock_release(&lock);
	uidlist_clear(&u);
	mailbox_expect(&box, MAILBOX_ARRIVED_ONLY);
	check_refresh(" +6");
	ck_assert_uint_eq(box.view.size[5], 99);
	ck_assert(box.view.has_uidl && box.view.has_order);
	ck_assert_int_eq(mailbox_find_name(&box, 5, &name), 0);
	ck_assert_str_eq(name.uidl, "old");
	mailbox_expect(&box, MAILBOX_ARRIVED_ONLY);
	check_refresh("");
	/* Nothing is given twice. */
	mailbox_doubt(&box);
	check_refresh(" +7");
	check_name(6, "3.hidden.h:2,");
	check_name(2, "4.c.h:2,");
}
END_TEST

static void nothing(void)
{
}

static void flag_it(void)
{
	ck_assert_int_eq(rename(path("cur/4.c.h:2,"), path("cur/4.c.h:2,F")), 0);
}

static void move_it_on(void)
{
	put("new/5.d.h");
	ck_assert_int_eq(rename(path("new/5.d.h"), path("cur/5.d.h:2,")), 0);
}

static void remove_it(void)
{
	ck_assert_int_eq(unlink(path("cur/4.c.h:2,")), 0);
}

static void make_it_a_directory(void)
{
	remove_it();
	ck_assert_int_eq(mkdir(path("cur/4.c.h:2,"), 0700), 0);
}

static void write_list_anew(void)
{
	struct lock lock = { .held = false };
	struct uidlist u = { .n = 0 };

	ck_assert_int_eq(lock_take(&lock, box.dir, &lock_uidlist, &fault), 0);
	ck_assert_int_eq(uidlist_read(&u, box.dir, &fault), 1);
	ck_assert_int_eq(uidlist_rewrite(&u, box.dir, &lock, &fault), 0);
	lock_release(&lock);
	uidlist_clear(&u);
}

/* What of it is more than that is found by who looks at all: the hidden file, too. */
static const struct {
	const char *what;
	int taken; /* messages by another session */
	void (*happens)(void);
	enum mailbox_hint hint;
	const char *want;
} beside[] = {
	{ "nobody watches", 1, nothing, MAILBOX_NO_HINT, " +3 +4" },
	{ "he who watches is not told of all", 1, nothing, MAILBOX_ARRIVED, " +3 +4" },
	{ "it has flags since", 1, flag_it, MAILBOX_ARRIVED_ONLY, " +3 +4" },
	{ "somebody moves one and gives no UID", 0, move_it_on, MAILBOX_ARRIVED_ONLY, " +3 +4" },
	{ "it is gone", 1, remove_it, MAILBOX_ARRIVED_ONLY, " +4" },
	{ "it is no file", 1, make_it_a_directory, MAILBOX_ARRIVED_ONLY, " +4" },
	{ "the list was written anew", 1, write_list_anew, MAILBOX_ARRIVED_ONLY, " +3 +4" },
	{ "they are many", 17, nothing, MAILBOX_ARRIVED_ONLY,
	  " +3 +4 +5 +6 +7 +8 +9 +10 +11 +12 +13 +14 +15 +16 +17 +18 +19 +20" },
};

START_TEST(test_more_than_taken)
{
	for (int i = 0; i < beside[_i].taken; i++)
		put(arena_printf(&arena, "new/%d.c.h", 4 + i));
	take_over();
	put("cur/30.hidden.h:2,");
	beside[_i].happens();
	mailbox_expect(&box, beside[_i].hint);
	check_refresh(beside[_i].want);
}
END_TEST

/* The times have settled since, and he who watches was told of nothing; but for what he was told of and is not there.
 */
static const struct {
	const char *what;
	bool comes;	     /* a message that somebody moves who gives no UIDs, in the tick of a change of ours */
	const char *settled; /* what a refresh finds */
} quiet[] = {
	{ "nothing", false, "" },
	{ "something that is not there", true, " +4 +5" },
};

START_TEST(test_settle)
{
	put("new/4.c.h");
	mailbox_expect(&box, MAILBOX_ARRIVED_ONLY);
	check_refresh(" +3");
	change_unseen("cur/5.hidden.h:2,", true);
	if (quiet[_i].comes) {
		change_unseen("cur/6.d.h:2,", true);
		mailbox_expect(&box, MAILBOX_ARRIVED_ONLY);
		check_refresh("");
	}
	mailbox_settle(&box);
	ck_assert(!box.view.settled);
	usleep((STAMP_SETTLE_MS + STAMP_TICK_MS) * 1000);
	mailbox_settle(&box);
	ck_assert(box.view.settled == !quiet[_i].comes);
	check_refresh(quiet[_i].settled);
	/* The next session has it from the cache. */
	mailbox_close(&box);
	open_box(MAILBOX_MOVE_NEW);
	ck_assert_uint_eq(box.view.n, quiet[_i].comes ? 5 : 3);
}
END_TEST

/* What has changed is not settled. */
START_TEST(test_settle_change)
{
	put("new/4.c.h");
	mailbox_expect(&box, MAILBOX_ARRIVED_ONLY);
	check_refresh(" +3");
	usleep((STAMP_SETTLE_MS + STAMP_TICK_MS) * 1000);
	if (_i == 0)
		put("cur/5.d.h:2,");
	else
		write_list_anew();
	mailbox_settle(&box);
	ck_assert(!box.view.settled);
	check_refresh(_i == 0 ? " +4" : "");
}
END_TEST

/* Who does not move files to cur/, or may not write, looks at all. */
START_TEST(test_others)
{
	static const unsigned hows[] = { 0, MAILBOX_READ_ONLY, MAILBOX_READ_ONLY | MAILBOX_MOVE_NEW };

	mailbox_close(&box);
	open_box(hows[_i]);
	change_unseen("cur/3.hidden.h:2,", true);
	put("new/4.c.h");
	ck_assert_int_ge(mailbox_refresh(&box, NULL, &fault), 0);
	ck_assert_int_eq(access(path("new/4.c.h"), F_OK), 0);
	ck_assert_uint_eq(box.view.n, _i == 0 ? 4 : 2);
}
END_TEST

/* The list cannot be written: the message is nobody's yet, and is told of later. */
START_TEST(test_failure)
{
	put("new/3.c.h");
	ck_assert_int_eq(rename(path(UIDLIST_FILE), path("kept")), 0);
	ck_assert_int_eq(mkdir(path(UIDLIST_FILE), 0700), 0);
	ck_assert_int_eq(mailbox_refresh(&box, NULL, &fault), -1);
	ck_assert_int_eq(rmdir(path(UIDLIST_FILE)), 0);
	ck_assert_int_eq(rename(path("kept"), path(UIDLIST_FILE)), 0);
	check_refresh(" +3");
}
END_TEST

/* What has flags, and no room for ":2,", keeps its name. */
START_TEST(test_names)
{
	char longest[NAME_MAX + 1];

	memset(longest, 'x', NAME_MAX);
	longest[NAME_MAX] = '\0';
	longest[0] = '4';
	put("new/3.c.h:2,S");
	put(arena_printf(&arena, "new/%s", longest));
	check_refresh(" +3 +4");
	check_name(2, "3.c.h:2,S");
	check_name(3, longest);
	ck_assert_uint_eq(box.view.flags[2], MSGNAME_SEEN);
}
END_TEST

/* Its name in cur/ is a directory's: it is a message all the same, where it is. */
START_TEST(test_stays)
{
	struct stat st;

	ck_assert_int_eq(stat(path("cur"), &st), 0);
	ck_assert_int_eq(mkdir(path("cur/3.c.h:2,"), 0700), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, path("cur"), (struct timespec[]){ st.st_atim, st.st_mtim }, 0), 0);
	put("new/3.c.h");
	check_refresh(" +3");
	check_name(2, "3.c.h");
	ck_assert_int_eq(access(path("new/3.c.h"), F_OK), 0);
}
END_TEST

/* The record cannot be written: it is an error, and what was moved is found by the next look. */
START_TEST(test_no_record)
{
	struct rlimit before, limit;
	struct stat st, cur;

	put("new/3.c.h");
	ck_assert_int_eq(stat(path(UIDLIST_FILE), &st), 0);
	ck_assert_int_eq(stat(path("cur"), &cur), 0);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st.st_size;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int rc = mailbox_refresh(&box, NULL, &fault);
	setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_int_eq(rc, -1);
	ck_assert_uint_eq(box.view.n, 2);
	ck_assert_int_eq(access(path("cur/3.c.h:2,"), F_OK), 0);
	/* Also where its time says that there is nothing to see. */
	ck_assert_int_eq(utimensat(AT_FDCWD, path("cur"), (struct timespec[]){ cur.st_atim, cur.st_mtim }, 0), 0);
	check_refresh(" +3");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_news);
	tcase_add_test(tc, test_nothing_came);
	tcase_add_loop_test(tc, test_more, 0, 6);
	tcase_add_test(tc, test_taken_by_other);
	tcase_add_loop_test(tc, test_more_than_taken, 0, sizeof(beside) / sizeof(beside[0]));
	tcase_add_loop_test(tc, test_settle, 0, sizeof(quiet) / sizeof(quiet[0]));
	tcase_add_loop_test(tc, test_settle_change, 0, 2);
	tcase_add_loop_test(tc, test_others, 0, 3);
	tcase_add_test(tc, test_failure);
	tcase_add_test(tc, test_names);
	tcase_add_test(tc, test_stays);
	tcase_add_test(tc, test_no_record);
}

CHECK_MAIN(mailbox_news, add_tests)
