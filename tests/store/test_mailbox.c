/* SPDX-License-Identifier: ISC */
#include "store/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "store/maildir.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define GUID "18cf150821ab026ba014000083ecc375"

static struct fault fault;
static struct arena arena;
static struct mailbox box;

static void teardown(void)
{
	mailbox_close(&box);
	arena_clear(&arena);
	tempdir_remove();
}

static void setup(void)
{
	struct maildir md;

	memset(&box, 0, sizeof(box));
	box.dir = -1;
	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &fault), 0);
	maildir_close(&md);
}

static void put(const char *name, const char *text)
{
	tempdir_write(arena_printf(&arena, "m/%s", name), text, 0600);
}

static void take(const char *name)
{
	ck_assert_int_eq(unlink(tempdir_path(arena_printf(&arena, "m/%s", name))), 0);
}

static void move(const char *from, const char *to)
{
	const char *old = tempdir_path(arena_printf(&arena, "m/%s", from));

	ck_assert_int_eq(rename(old, tempdir_path(arena_printf(&arena, "m/%s", to))), 0);
}

static bool is_there(const char *name)
{
	return access(tempdir_path(arena_printf(&arena, "m/%s", name)), F_OK) == 0;
}

static const char *content(const char *name)
{
	struct span text;

	ck_assert_int_eq(disk_read_file(&arena, AT_FDCWD, tempdir_path(arena_printf(&arena, "m/%s", name)), 1 << 20,
					&text, &fault),
			 0);
	return arena_span(&arena, text);
}

static void open_box(unsigned how)
{
	ck_assert_msg(mailbox_open(&box, tempdir_path("m"), how, &fault) == 0, "%s", fault.text);
}

static void reopen(unsigned how)
{
	mailbox_close(&box);
	open_box(how);
}

/* The directories' times as if nothing had happened for a while. */
static void age(void)
{
	static int64_t earlier = 1000;
	struct timespec times[2] = { { .tv_sec = clock_wall() - earlier }, { .tv_sec = clock_wall() - earlier } };

	/* Never the same twice. */
	earlier -= 10;
	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur"), times, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/new"), times, 0), 0);
}

/* "uid=name ..." */
static const char *view(void)
{
	const char *all = "";
	struct cache_name name;

	for (size_t i = 0; i < box.view.n; i++) {
		if (cache_is_gone(&box.view, i))
			continue;
		ck_assert_int_eq(mailbox_find_name(&box, i, &name), 0);
		all = arena_printf(&arena, "%s%s%u=%s%s", all, *all ? " " : "", box.view.uid[i],
				   name.in_new ? "new/" : "", name.name);
	}
	return all;
}

static const char *read_message(size_t i)
{
	struct stat st;
	char text[100];
	int fd = mailbox_open_message(&box, i, &st, &fault);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	ck_assert_int_ge(n, 0);
	text[n] = '\0';
	return arena_str(&arena, text);
}

/* ---- opening ---- */

START_TEST(test_empty)
{
	open_box(0);
	ck_assert_uint_eq(box.view.n, 0);
	ck_assert_uint_ne(box.view.uidvalidity, 0);
	ck_assert_uint_eq(box.view.next_uid, 1);
	uint32_t validity = box.view.uidvalidity;

	reopen(0);
	ck_assert_uint_eq(box.view.uidvalidity, validity);
}
END_TEST

START_TEST(test_create)
{
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("none"), 0, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("none"), MAILBOX_CREATE, &fault), 0);
	ck_assert_int_eq(access(tempdir_path("none/tmp"), F_OK), 0);
}
END_TEST

/* New UIDs in the order of the names, and what is no message is none. */
START_TEST(test_uids)
{
	put("new/20.M2.h", "b");
	put("new/20.M10.h", "c");
	put("cur/3.h:2,S", "a");
	put("cur/.hidden", "x");
	put("cur/line\nend", "x");
	ck_assert_int_eq(mkdir(tempdir_path("m/cur/5.dir"), 0700), 0);
	ck_assert_int_eq(mkfifo(tempdir_path("m/cur/6.fifo"), 0600), 0);
	ck_assert_int_eq(symlink("/etc/passwd", tempdir_path("m/cur/7.link")), 0);
	open_box(0);
	ck_assert_str_eq(view(), "1=3.h:2,S 2=new/20.M2.h 3=new/20.M10.h");
	ck_assert_uint_eq(box.view.flags[0], MSGNAME_SEEN);
	ck_assert_str_eq(content(UIDLIST_FILE), arena_printf(&arena, "3 V%u N4 G%s\n1 :3.h\n2 :20.M2.h\n3 :20.M10.h\n",
							     box.view.uidvalidity, box.view.guid));
	put("new/1.h", "older by its name, but later");
	reopen(0);
	ck_assert_str_eq(view(), "1=3.h:2,S 2=new/20.M2.h 3=new/20.M10.h 4=new/1.h");
	ck_assert_str_eq(content(UIDLIST_FILE),
			 arena_printf(&arena, "3 V%u N4 G%s\n1 :3.h\n2 :20.M2.h\n3 :20.M10.h\n4 :1.h\n",
				      box.view.uidvalidity, box.view.guid));
}
END_TEST

START_TEST(test_move_new)
{
	put("new/1.h", "a");
	put("new/2.h:2,F", "b");
	open_box(0);
	age();
	reopen(0);
	reopen(MAILBOX_MOVE_NEW);
	ck_assert_str_eq(view(), "1=1.h:2, 2=2.h:2,F");
	ck_assert(is_there("cur/1.h:2,") && is_there("cur/2.h:2,F") && !is_there("new/1.h"));
}
END_TEST

START_TEST(test_sizes)
{
	put("cur/1.h,S=5,W=7:2,", "12345");
	put("cur/2.h,S=5:2,", "1\n3\n5");
	put("cur/3.h:2,", "1\r\n\n\r\n");
	put("cur/4.h:2,", "");
	put(UIDLIST_FILE, "3 V5 N9 G" GUID "\n6 W99 :6.h\n");
	put("cur/6.h:2,", "x");
	open_box(0);
	ck_assert_int_eq(mailbox_load_sizes(&box, NULL, &fault), 0);
	ck_assert_uint_eq(box.view.size[0], 99);
	ck_assert_uint_eq(box.view.size[1], 7);
	ck_assert_uint_eq(box.view.size[2], 7);
	ck_assert_uint_eq(box.view.size[3], 7);
	ck_assert_uint_eq(box.view.size[4], 0);
	/* They are remembered: nobody reads the file again. What was sent counts more than the name. */
	put("cur/2.h,S=5:2,", "other");
	mailbox_correct_size(&box, 1, 8);
	reopen(0);
	ck_assert_uint_eq(box.view.size[1], 8);
	ck_assert_uint_eq(box.view.size[2], 7);
}
END_TEST

/* A line end that falls between two pieces of a long message. */
START_TEST(test_long_size)
{
	char *text = arena_alloc(&arena, 200001);

	memset(text, 'x', 200000);
	memcpy(text + 65535, "\r\n", 2);
	memcpy(text + 131071, "y\n", 2);
	put("cur/1.h", text);
	open_box(0);
	ck_assert_int_eq(mailbox_load_sizes(&box, NULL, &fault), 0);
	ck_assert_uint_eq(box.view.size[0], 200001);
}
END_TEST

/* ---- the cache ---- */

/* Nothing is read but the cache: a name that is not in the directory any more is still there. */
START_TEST(test_warm)
{
	put("cur/1.h:2,", "a");
	open_box(0);
	age();
	reopen(0);
	ck_assert(box.view.settled);
	take("cur/1.h:2,");
	age();
	reopen(0);
	ck_assert_str_eq(view(), "");
	put("cur/2.h:2,", "a");
	age();
	reopen(0);
	mailbox_close(&box);
	struct stat st;

	ck_assert_int_eq(stat(tempdir_path("m/cur"), &st), 0);
	take("cur/2.h:2,");
	struct timespec same[2] = { st.st_atim, st.st_mtim };

	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur"), same, 0), 0);
	open_box(0);
	ck_assert_str_eq(view(), "2=2.h:2,");
	ck_assert_ptr_null(read_message(0));
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* A change in the same moment as the look before is seen: times that are young prove nothing. */
START_TEST(test_unsettled)
{
	struct stat st;

	put("cur/1.h:2,", "a");
	open_box(0);
	mailbox_close(&box);
	ck_assert_int_eq(stat(tempdir_path("m/cur"), &st), 0);
	put("cur/2.h:2,", "b");
	struct timespec same[2] = { st.st_atim, st.st_mtim };

	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur"), same, 0), 0);
	open_box(0);
	ck_assert_str_eq(view(), "1=1.h:2, 2=2.h:2,");
}
END_TEST

/* Whatever octet of the cache is changed, the view is right. */
START_TEST(test_damaged_cache)
{
	struct span whole;

	put("cur/1.h,S=5:2,S", "a");
	put("cur/2.h:2,", "bcd");
	open_box(0);
	age();
	reopen(0);
	ck_assert_int_eq(mailbox_load_sizes(&box, NULL, &fault), 0);
	mailbox_close(&box);
	ck_assert_int_eq(disk_read_file(&arena, AT_FDCWD, tempdir_path("m/" CACHE_FILE), 1 << 20, &whole, &fault), 0);
	for (size_t i = 0; i < whole.n; i++) {
		char *copy = arena_span(&arena, whole);

		copy[i] ^= 0x41;
		tempdir_write_bytes("m/" CACHE_FILE, copy, whole.n, 0600);
		open_box(0);
		for (size_t k = 0; k < box.view.n; k++)
			if (!read_message(k))
				ck_assert_int_ge(mailbox_refresh(&box, NULL, &fault), 0);
		ck_assert_str_eq(view(), "1=1.h,S=5:2,S 2=2.h:2,");
		ck_assert_int_eq(mailbox_load_sizes(&box, NULL, &fault), 0);
		ck_assert_uint_eq(box.view.size[1], 3);
		mailbox_close(&box);
	}
	for (size_t n = 0; n < whole.n; n += 7) {
		tempdir_write_bytes("m/" CACHE_FILE, whole.p, n, 0600);
		open_box(0);
		ck_assert_str_eq(view(), "1=1.h,S=5:2,S 2=2.h:2,");
		mailbox_close(&box);
	}
}
END_TEST

/* ---- the uidlist ---- */

/* It is lost or damaged: the cache knows the UIDs, and no number is given twice. */
static const struct {
	const char *uidlist; /* %V is the uidvalidity; NULL: there is none */
	bool with_cache;
	const char *want;
	bool same_validity;
} losses[] = {
	{ NULL, true, "1=1.h:2, 2=2.h:2, 3=3.h:2, 5=5.h:2,", true },
	{ "", true, "1=1.h:2, 2=2.h:2, 3=3.h:2, 5=5.h:2,", true },
	{ "3 V%V N1 G" GUID "\n1 :1.h\n2 garbage\n", true, "1=1.h:2, 2=2.h:2, 3=3.h:2, 5=5.h:2,", true },
	{ "3 V%V N1 G" GUID "\n1 :1.h\n2 garbage\n", false, "1=1.h:2, 2=2.h:2, 3=3.h:2, 4=5.h:2,", true },
	{ "3 V%V N1 G" GUID "\n1 :1.h\n3 :3.h\n2 garbage\n", true, "1=1.h:2, 2=2.h:2, 3=3.h:2, 5=5.h:2,", true },
	{ "3 V%V N4 G" GUID "\n1 :1.h\n2 :2.h\n3 :3.h\n", true, "1=1.h:2, 2=2.h:2, 3=3.h:2, 5=5.h:2,", true },
	{ "3 V%V N1 G" GUID "\n1 :1.h\n2 :2.h\n3 :3.h\n4 :5.", true, "1=1.h:2, 2=2.h:2, 3=3.h:2, 5=5.h:2,", true },
	{ "3 V77 N1 G" GUID "\n3 :1.h\n", true, "3=1.h:2, 4=2.h:2, 5=3.h:2, 6=5.h:2,", false },
	{ NULL, false, "1=1.h:2, 2=2.h:2, 3=3.h:2, 4=5.h:2,", false },
	{ "3 V%V N1 G" GUID "\n1 :1.h\n2 :2.h\n3 :3.h\n9 :3.h\n", true, "1=1.h:2, 2=2.h:2, 9=3.h:2, 10=5.h:2,", true },
};

START_TEST(test_lost)
{
	uint32_t validity;
	char *text;

	for (int i = 1; i <= 4; i++)
		put(arena_printf(&arena, "cur/%d.h:2,", i), "a");
	open_box(0);
	take("cur/4.h:2,");
	/* UID 4 was given to what is gone; the cache remembers that 5 is next. */
	reopen(0);
	validity = box.view.uidvalidity;
	mailbox_close(&box);
	put("cur/5.h:2,", "a");
	if (losses[_i].uidlist) {
		const char *v = strstr(losses[_i].uidlist, "%V");

		text = v ? arena_printf(&arena, "%.*s%u%s", (int)(v - losses[_i].uidlist), losses[_i].uidlist, validity,
					v + 2)
			 : arena_str(&arena, losses[_i].uidlist);
		put(UIDLIST_FILE, text);
	} else {
		take(UIDLIST_FILE);
	}
	if (!losses[_i].with_cache)
		take(CACHE_FILE);
	open_box(0);
	ck_assert_str_eq(view(), losses[_i].want);
	ck_assert_int_eq(box.view.uidvalidity == validity, losses[_i].same_validity);
	/* And so it is in the file. */
	mailbox_close(&box);
	take(CACHE_FILE);
	open_box(MAILBOX_READ_ONLY);
	ck_assert_str_eq(view(), losses[_i].want);
}
END_TEST

/* Records of what is gone are dropped once they are many; the next UID stays. */
START_TEST(test_shrinks)
{
	for (int i = 0; i < 100; i++)
		put(arena_printf(&arena, "cur/%d.h:2,", 100 + i), "a");
	open_box(0);
	for (size_t i = 0; i < 98; i++)
		ck_assert_int_eq(mailbox_remove(&box, i, &fault), 0);
	reopen(0);
	put("cur/300.h:2,", "a");
	age();
	reopen(0);
	ck_assert_str_eq(view(), "99=198.h:2, 100=199.h:2, 101=300.h:2,");
	ck_assert_str_eq(content(UIDLIST_FILE),
			 arena_printf(&arena, "3 V%u N102 G%s\n99 :198.h\n100 :199.h\n101 :300.h\n",
				      box.view.uidvalidity, box.view.guid));
}
END_TEST

/* What is removed counts for nobody's quota any more: its size is that of its name, or of its file. */
START_TEST(test_quota)
{
	put("cur/1.h,S=100:2,", "a");
	put("cur/2.h:2,", "bcd");
	put("maildirsize", "0S\n103 2\n");
	open_box(0);
	ck_assert_int_eq(mailbox_remove(&box, 0, &fault), 0);
	ck_assert_str_eq(content("maildirsize"), "0S\n103 2\n-100 -1\n");
	ck_assert_int_eq(mailbox_remove(&box, 1, &fault), 0);
	ck_assert_str_eq(content("maildirsize"), "0S\n103 2\n-100 -1\n-3 -1\n");
}
END_TEST

/* And the names by which POP3 clients and Dovecot know the messages: nobody gets his mail a second time. */
START_TEST(test_lost_names)
{
	for (int i = 1; i <= 4; i++)
		put(arena_printf(&arena, "cur/%d.h:2,", i), "a");
	put(UIDLIST_FILE, "3 V5 N5 G" GUID "\n1 Pold :1.h\n2 Pold-2 G77aa :2.h\n3 G78bb :3.h\n4 :4.h\n");
	open_box(0);
	mailbox_close(&box);
	take(UIDLIST_FILE);
	open_box(0);
	ck_assert_str_eq(strchr(content(UIDLIST_FILE), '\n'),
			 "\n1 Pold :1.h\n2 Pold-2 G77aa :2.h\n3 G78bb :3.h\n4 :4.h\n");
}
END_TEST

/* Without room for the uidlist nobody gets a UID that may be given again. */
START_TEST(test_full_disk)
{
	struct rlimit limit = { .rlim_cur = 20, .rlim_max = RLIM_INFINITY };

	put("cur/1.h:2,", "a");
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(mailbox_open(&box, tempdir_path("m"), 0, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_int_eq(fault.reply, 452);
	limit.rlim_cur = 80;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	open_box(0);
	mailbox_close(&box);
	put("cur/2.h-with-a-name-that-is-quite-long-so-that-its-line-does-not-fit:2,", "a");
	/* What has a UID can be read, and removed to make room. */
	open_box(0);
	ck_assert_str_eq(view(), "1=1.h:2,");
	reopen(MAILBOX_READ_ONLY);
	ck_assert_str_eq(view(), "1=1.h:2,");
	reopen(0);
	ck_assert_int_eq(mailbox_remove(&box, 0, &fault), 0);
	limit.rlim_cur = RLIM_INFINITY;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	reopen(0);
	ck_assert_uint_eq(box.view.n, 1);
	ck_assert_uint_eq(box.view.uid[0], 2);
}
END_TEST

START_TEST(test_read_only)
{
	put("new/1.h", "a");
	open_box(MAILBOX_READ_ONLY | MAILBOX_MOVE_NEW);
	ck_assert_uint_eq(box.view.n, 0);
	ck_assert(!is_there(UIDLIST_FILE));
	reopen(0);
	reopen(MAILBOX_READ_ONLY | MAILBOX_MOVE_NEW);
	ck_assert_str_eq(view(), "1=new/1.h");
	ck_assert_int_eq(mailbox_set_flags(&box, 0, MSGNAME_SEEN, 0, &fault), -1);
	ck_assert_int_eq(mailbox_remove(&box, 0, &fault), -1);
	ck_assert(is_there("new/1.h"));
}
END_TEST

/* ---- others at work ---- */

START_TEST(test_renamed)
{
	put("cur/1.h:2,", "text");
	put("new/2.h", "more");
	open_box(0);
	move("cur/1.h:2,", "cur/1.h:2,FSx");
	move("new/2.h", "cur/2.h:2,");
	ck_assert_str_eq(read_message(0), "text");
	ck_assert_str_eq(read_message(1), "more");
	ck_assert_str_eq(view(), "1=1.h:2,FSx 2=2.h:2,");
	/* Both flags stay. */
	move("cur/1.h:2,FSx", "cur/1.h:2,DFx");
	ck_assert_int_eq(mailbox_set_flags(&box, 0, MSGNAME_ANSWERED, MSGNAME_FLAGGED, &fault), 0);
	ck_assert(is_there("cur/1.h:2,DRx"));
	ck_assert_uint_eq(box.view.flags[0], MSGNAME_DRAFT | MSGNAME_ANSWERED | 1 << 23);
	move("cur/1.h:2,DRx", "cur/1.h:2,");
	ck_assert_int_eq(mailbox_remove(&box, 0, &fault), 0);
	ck_assert(!is_there("cur/1.h:2,"));
}
END_TEST

START_TEST(test_gone)
{
	struct stat st;

	put("cur/1.h:2,", "a");
	put("cur/2.h:2,", "b");
	open_box(0);
	take("cur/1.h:2,");
	ck_assert_int_eq(mailbox_open_message(&box, 0, &st, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(mailbox_set_flags(&box, 0, MSGNAME_SEEN, 0, &fault), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(mailbox_remove(&box, 0, &fault), 0);
	ck_assert_str_eq(read_message(1), "b");
	ck_assert_int_eq(mailbox_load_sizes(&box, NULL, &fault), 0);
}
END_TEST

/* Whoever knows of no lock and no uidlist removes all, as cron's find -delete: nobody has to begin anew. */
START_TEST(test_all_gone)
{
	uint32_t uidvalidity;

	put("cur/1.h:2,", "a");
	put("cur/2.h:2,S", "b");
	put("new/3.h", "c");
	open_box(0);
	uidvalidity = box.view.uidvalidity;
	take("cur/1.h:2,");
	take("cur/2.h:2,S");
	take("new/3.h");
	age();
	reopen(0);
	ck_assert_str_eq(view(), "");
	ck_assert_uint_eq(box.view.uidvalidity, uidvalidity);
	put("new/4.h", "d");
	reopen(0);
	ck_assert_str_eq(view(), "4=new/4.h");
	ck_assert_uint_eq(box.view.uidvalidity, uidvalidity);
}
END_TEST

/* It vanishes between the look and the measuring. */
START_TEST(test_gone_while_measured)
{
	put("cur/1.h:2,", "a");
	put("cur/2.h:2,", "bb");
	open_box(0);
	take("cur/1.h:2,");
	ck_assert_int_eq(mailbox_load_sizes(&box, NULL, &fault), 0);
	ck_assert_str_eq(view(), "2=2.h:2,");
	ck_assert_uint_eq(box.view.size[0], 2);
}
END_TEST

/* Something else has its name: never followed, never waited for. */
START_TEST(test_replaced)
{
	struct stat st;

	put("cur/1.h:2,", "a");
	open_box(0);
	take("cur/1.h:2,");
	ck_assert_int_eq(symlink("/etc/passwd", tempdir_path("m/cur/1.h:2,")), 0);
	ck_assert_int_eq(mailbox_open_message(&box, 0, &st, &fault), -1);
	take("cur/1.h:2,");
	ck_assert_int_eq(mkfifo(tempdir_path("m/cur/1.h:2,"), 0600), 0);
	ck_assert_int_eq(mailbox_open_message(&box, 0, &st, &fault), -1);
}
END_TEST

/* One message twice in the directories: two messages then, and none is lost. */
START_TEST(test_twins)
{
	put("cur/1.h:2,S", "a");
	put("cur/1.h:2,F", "b");
	put("new/2.h", "c");
	put("cur/2.h:2,", "d");
	open_box(0);
	ck_assert_uint_eq(box.view.n, 4);
	const char *before = view();

	reopen(MAILBOX_MOVE_NEW);
	ck_assert_uint_eq(box.view.n, 4);
	reopen(0);
	ck_assert_uint_eq(box.view.n, 4);
	ck_assert_uint_eq(strlen(before) > 0, 1);
	size_t sum = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *text = read_message(i);

		ck_assert_ptr_nonnull(text);
		sum += (size_t)text[0];
	}
	ck_assert_uint_eq(sum, 'a' + 'b' + 'c' + 'd');
}
END_TEST

/* What was removed and comes back is there again by the same UID, as long as the uidlist has it. */
START_TEST(test_comes_back)
{
	put("cur/1.h:2,", "a");
	put("cur/2.h:2,", "b");
	open_box(0);
	move("cur/1.h:2,", "tmp/1.h");
	age();
	reopen(0);
	ck_assert_str_eq(view(), "2=2.h:2,");
	move("tmp/1.h", "cur/1.h:2,S");
	reopen(0);
	ck_assert_str_eq(view(), "1=1.h:2,S 2=2.h:2,");
}
END_TEST

/* ---- refresh ---- */

static const char *news;

static void note(const char *what, uint32_t uid)
{
	news = arena_printf(&arena, "%s%s%s%u", news, *news ? " " : "", what, uid);
}

static void on_gone(void *context, uint32_t uid)
{
	(void)context;
	note("-", uid);
}

static void on_changed(void *context, uint32_t uid, uint32_t flags)
{
	(void)context;
	(void)flags;
	note("!", uid);
}

static void on_added(void *context, uint32_t uid)
{
	(void)context;
	note("+", uid);
}

static void on_reset(void *context)
{
	(void)context;
	note("reset", 0);
}

static const struct mailbox_watch watch = {
	.gone = on_gone, .changed = on_changed, .added = on_added, .reset = on_reset
};

static const char *refresh(int want)
{
	news = "";
	ck_assert_int_eq(mailbox_refresh(&box, &watch, &fault), want);
	return news;
}

START_TEST(test_refresh)
{
	put("cur/1.h:2,", "a");
	put("cur/2.h:2,", "b");
	put("cur/3.h:2,", "c");
	open_box(0);
	ck_assert_str_eq(refresh(0), "");
	take("cur/1.h:2,");
	move("cur/2.h:2,", "cur/2.h:2,S");
	put("new/4.h", "d");
	usleep(30000);
	ck_assert_str_eq(refresh(1), "-1 !2 +4");
	ck_assert_str_eq(view(), "2=2.h:2,S 3=3.h:2, 4=new/4.h");
	ck_assert_str_eq(refresh(0), "");
	/* A new name alone is no news, and our own changes are none. */
	move("new/4.h", "cur/4.h:2,");
	ck_assert_str_eq(refresh(0), "");
	ck_assert_str_eq(view(), "2=2.h:2,S 3=3.h:2, 4=4.h:2,");
	ck_assert_int_eq(mailbox_set_flags(&box, 0, MSGNAME_FLAGGED, 0, &fault), 0);
	ck_assert_str_eq(refresh(0), "");
}
END_TEST

static const struct mailbox_watch keeping = {
	.gone = on_gone, .changed = on_changed, .added = on_added, .reset = on_reset, .keeps_gone = true
};

/* What is gone keeps its number until somebody wants to hear of it; the rest is told. */
START_TEST(test_refresh_keeps_gone)
{
	put("cur/1.h:2,", "a");
	put("cur/2.h:2,", "b");
	put("cur/3.h:2,", "c");
	open_box(MAILBOX_MOVE_NEW);
	take("cur/1.h:2,");
	put("new/4.h", "d");
	usleep(30000);
	news = "";
	ck_assert_int_eq(mailbox_refresh(&box, &keeping, &fault), 1);
	ck_assert_str_eq(news, "+4");
	ck_assert_uint_eq(box.view.n, 4);
	ck_assert(cache_is_gone(&box.view, 0));
	ck_assert_ptr_null(read_message(0));
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_str_eq(read_message(3), "d");
	/* By the quick way, by the long one, and by ourselves. */
	put("new/5.h", "e");
	mailbox_expect(&box, MAILBOX_ARRIVED);
	ck_assert_int_eq(mailbox_refresh(&box, &keeping, &fault), 1);
	move("cur/2.h:2,", "cur/2.h:2,S");
	mailbox_doubt(&box);
	ck_assert_int_eq(mailbox_refresh(&box, &keeping, &fault), 1);
	ck_assert_str_eq(news, "+4 +5 !2");
	ck_assert_uint_eq(box.view.n, 5);
	ck_assert_int_eq(mailbox_remove(&box, 2, &fault), 0);
	mailbox_rest(&box);
	ck_assert(!box.view.resting);
	ck_assert_str_eq(refresh(1), "-1 -3");
	ck_assert_str_eq(view(), "2=2.h:2,S 4=4.h:2, 5=5.h:2,");
	ck_assert_str_eq(refresh(0), "");
	/* Nor does the next session see it. */
	take("cur/4.h:2,");
	mailbox_doubt(&box);
	ck_assert_int_eq(mailbox_refresh(&box, &keeping, &fault), 0);
	reopen(0);
	ck_assert_str_eq(view(), "2=2.h:2,S 5=5.h:2,");
}
END_TEST

START_TEST(test_refresh_reset)
{
	put("cur/1.h:2,", "a");
	open_box(0);
	put(UIDLIST_FILE, "3 V5 N9 G" GUID "\n8 :1.h\n");
	put("cur/2.h:2,", "a");
	ck_assert_str_eq(refresh(1), "reset0 +8 +9");
	ck_assert_uint_eq(box.view.uidvalidity, 5);
}
END_TEST

/*
 * What has a UID below one that is known already, as it was missed until now, does not come between numbers that are in
 * use: it is there when the mailbox is opened the next time.
 */
START_TEST(test_refresh_late)
{
	put(UIDLIST_FILE, "3 V5 N9 G" GUID "\n3 :1.h\n5 :2.h\n6 :3.h\n");
	put("cur/1.h:2,", "a");
	put("cur/3.h:2,", "c");
	open_box(0);
	ck_assert_str_eq(view(), "3=1.h:2, 6=3.h:2,");
	put("cur/2.h:2,", "b");
	put("cur/4.h:2,", "d");
	age();
	ck_assert_str_eq(refresh(1), "+9");
	ck_assert_str_eq(view(), "3=1.h:2, 6=3.h:2, 9=4.h:2,");
	ck_assert_str_eq(refresh(0), "");
	reopen(0);
	ck_assert_str_eq(view(), "3=1.h:2, 5=2.h:2, 6=3.h:2, 9=4.h:2,");
}
END_TEST

/* Who finds that a message is gone hears of it at the next refresh, also where no time of a directory says so. */
START_TEST(test_refresh_missed)
{
	struct stat st;

	put("cur/1.h:2,", "a");
	put("cur/2.h:2,", "b");
	open_box(0);
	ck_assert_int_eq(mailbox_set_flags(&box, 0, MSGNAME_SEEN, 0, &fault), 0);
	ck_assert_int_eq(stat(tempdir_path("m/cur"), &st), 0);
	take("cur/2.h:2,");
	struct timespec same[2] = { st.st_atim, st.st_mtim };

	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur"), same, 0), 0);
	ck_assert_str_eq(refresh(0), "");
	ck_assert_ptr_null(read_message(1));
	ck_assert_str_eq(refresh(1), "-2");
}
END_TEST

/* A change by somebody else right after one of ours, in the same tick of the clock, is seen when the times have
 * settled. */
/* Where all is as before the names stay in the file; one that is another by a letter that is no flag is found. */
START_TEST(test_refresh_same)
{
	put("cur/1.h:2,", "text");
	put("cur/2.h:2,S", "more");
	open_box(0);
	reopen(0);
	ck_assert_uint_eq(box.view.names.n, 0);
	move("cur/1.h:2,", "cur/1.h:2,X");
	age();
	ck_assert_str_eq(refresh(0), "");
	ck_assert(box.view.settled);
	ck_assert_uint_eq(box.view.names.n, 0);
	ck_assert_str_eq(read_message(0), "text");
	ck_assert_str_eq(read_message(1), "more");
	move("cur/1.h:2,X", "cur/1.h:2,FX");
	age();
	ck_assert_str_eq(refresh(1), "!1");
	ck_assert_str_eq(view(), "1=1.h:2,FX 2=2.h:2,S");
}
END_TEST

START_TEST(test_refresh_settles)
{
	struct stat st;

	put("cur/1.h:2,", "a");
	open_box(0);
	ck_assert_int_eq(mailbox_set_flags(&box, 0, MSGNAME_SEEN, 0, &fault), 0);
	ck_assert_int_eq(stat(tempdir_path("m/cur"), &st), 0);
	put("cur/2.h:2,", "b");
	struct timespec same[2] = { st.st_atim, st.st_mtim };

	ck_assert_int_eq(utimensat(AT_FDCWD, tempdir_path("m/cur"), same, 0), 0);
	ck_assert_str_eq(refresh(0), "");
	usleep((STAMP_SETTLE_MS + 100) * 1000);
	ck_assert_str_eq(refresh(1), "+2");
	ck_assert(!box.view.settled || box.view.n == 2);
}
END_TEST

/* ---- keywords ---- */

START_TEST(test_keywords)
{
	put("cur/1.h:2,", "a");
	open_box(0);
	ck_assert_uint_eq(mailbox_add_keyword(&box, SPAN("$Work"), &fault), 1);
	ck_assert_uint_eq(mailbox_add_keyword(&box, SPAN("other"), &fault), 2);
	ck_assert_uint_eq(mailbox_add_keyword(&box, SPAN("$work"), &fault), 1);
	ck_assert_int_eq(mailbox_set_flags(&box, 0, 3, 0, &fault), 0);
	ck_assert_str_eq(view(), "1=1.h:2,ab");
	ck_assert_str_eq(content(KEYWORDS_FILE), "0 $Work\n1 other\n");
	ck_assert_uint_eq(mailbox_add_keyword(&box, SPAN("\\Bad"), &fault), 0);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
}
END_TEST

/* ---- a crowd ---- */

enum { WORKERS = 5, STEPS = 60 };

/* Deliver, rename and remove at random; what this worker left is told by its exit status. */
static int work(int dir, int number)
{
	char name[100], other[100];
	int left = 0;

	for (int i = 0; i < STEPS; i++) {
		int fd;

		snprintf(name, sizeof(name), "17%08d.M%dP%d.h:2,", i, i, number);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || write(fd, "x\n", 2) != 2)
			return 255;
		close(fd);
		for (int k = 0; k < 5; k++) {
			snprintf(other, sizeof(other), "17%08d.M%dP%d.h:2,%s", i, i, number, k % 2 ? "" : "S");
			if (renameat(dir, name, dir, other) < 0)
				return 255;
			memcpy(name, other, sizeof(name));
			usleep(200);
		}
		if (i % 3 == 0)
			unlinkat(dir, name, 0);
		else
			left++;
	}
	return left;
}

/* Whoever was in the view and is still there stays in it, by the same UID, whatever happens meanwhile. */
START_TEST(test_crowd)
{
	uint32_t uids[100];
	int left = 0, running = WORKERS;

	for (int i = 0; i < 100; i++)
		put(arena_printf(&arena, "cur/1%03d.h:2,", i), "a");
	open_box(0);
	ck_assert_uint_eq(box.view.n, 100);
	memcpy(uids, box.view.uid, sizeof(uids));
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			_exit(work(box.cur, i));
	while (running > 0) {
		int status;

		if (waitpid(-1, &status, WNOHANG) > 0) {
			ck_assert_int_ne(WEXITSTATUS(status), 255);
			left += WEXITSTATUS(status);
			running--;
		}
		if (running % 2)
			ck_assert_int_ge(mailbox_refresh(&box, NULL, &fault), 0);
		else
			reopen(0);
		for (int i = 0; i < 100; i++)
			ck_assert_uint_eq(box.view.uid[i], uids[i]);
		for (size_t i = 1; i < box.view.n; i++)
			ck_assert_uint_lt(box.view.uid[i - 1], box.view.uid[i]);
		ck_assert_int_eq(mailbox_set_flags(&box, 50, MSGNAME_FLAGGED, 0, &fault), 0);
		ck_assert_int_eq(mailbox_set_flags(&box, 50, 0, MSGNAME_FLAGGED, &fault), 0);
	}
	usleep(30000);
	reopen(0);
	ck_assert_uint_eq(box.view.n, 100 + (size_t)left);
}
END_TEST

/* Two open it at once, again and again: each UID is given to one message only. */
START_TEST(test_rivals)
{
	const char *path = tempdir_path("m");

	for (int i = 0; i < 4; i++) {
		if (fork() != 0)
			continue;
		for (int k = 0; k < 15; k++) {
			static struct mailbox mine;
			struct fault f = { .text = "" };
			char name[PATH_MAX];
			int fd;

			snprintf(name, sizeof(name), "%s/new/%d.P%d.h", path, 1000 + k, i);
			fd = open(name, O_WRONLY | O_CREAT, 0600);
			close(fd);
			if (fd < 0 || mailbox_open(&mine, path, k % 2 ? MAILBOX_MOVE_NEW : 0, &f) < 0) {
				fprintf(stderr, "%s\n", f.text);
				_exit(1);
			}
			mailbox_close(&mine);
		}
		_exit(0);
	}
	for (int i = 0; i < 4; i++) {
		int status;

		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	open_box(0);
	ck_assert_uint_eq(box.view.n, 60);
	ck_assert_uint_eq(box.view.next_uid, 61);
	ck_assert_uint_eq(box.view.uid[59], 60);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_empty);
	tcase_add_test(tc, test_create);
	tcase_add_test(tc, test_uids);
	tcase_add_test(tc, test_move_new);
	tcase_add_test(tc, test_sizes);
	tcase_add_test(tc, test_long_size);
	tcase_add_test(tc, test_warm);
	tcase_add_test(tc, test_unsettled);
	tcase_add_test(tc, test_damaged_cache);
	tcase_add_loop_test(tc, test_lost, 0, COUNT(losses));
	tcase_add_test(tc, test_lost_names);
	tcase_add_test(tc, test_quota);
	tcase_add_test(tc, test_shrinks);
	tcase_add_test(tc, test_full_disk);
	tcase_add_test(tc, test_read_only);
	tcase_add_test(tc, test_renamed);
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_all_gone);
	tcase_add_test(tc, test_gone_while_measured);
	tcase_add_test(tc, test_replaced);
	tcase_add_test(tc, test_twins);
	tcase_add_test(tc, test_comes_back);
	tcase_add_test(tc, test_refresh);
	tcase_add_test(tc, test_refresh_reset);
	tcase_add_test(tc, test_refresh_late);
	tcase_add_test(tc, test_refresh_keeps_gone);
	tcase_add_test(tc, test_refresh_missed);
	tcase_add_test(tc, test_refresh_same);
	tcase_add_test(tc, test_refresh_settles);
	tcase_add_test(tc, test_keywords);
	tcase_add_test(tc, test_crowd);
	tcase_add_test(tc, test_rivals);
}

CHECK_MAIN(mailbox, add_tests)
