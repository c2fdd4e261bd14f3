/* SPDX-License-Identifier: ISC */
#include "imap/places.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/maildir.h"
#include "store/specialuse.h"
#include "store/subscriptions.h"
#include "support/check_main.h"
#include "support/tempdir.h"

static struct folders t;
static struct fault f;

static void setup(void)
{
	struct maildir md;

	ck_assert_int_eq(maildir_open(&md, tempdir_path("m"), true, &f), 0);
	maildir_close(&md);
	ck_assert_int_eq(folders_open(&t, tempdir_path("m"), &f), 0);
	ck_assert_int_eq(folders_create(&t, SPAN("a"), &f), 0);
	ck_assert_int_eq(folders_create(&t, SPAN("a b"), &f), 0);
	ck_assert_int_eq(folders_create(&t, SPAN("a/x"), &f), 0);
	ck_assert_int_eq(folders_create(&t, SPAN("Sent"), &f), 0);
	tempdir_write("m/cur/1.h:2,", "1\n", 0600);
}

static void teardown(void)
{
	folders_close(&t);
	tempdir_remove();
}

START_TEST(test_names)
{
	static const char *const want[] = { "INBOX", "Sent", "a", "a/x", "a b", "gone" };
	struct places p;

	ck_assert_int_eq(subscriptions_set(&t, SPAN("a"), true, &f), 0);
	ck_assert_int_eq(subscriptions_set(&t, SPAN("gone"), true, &f), 0);
	ck_assert_int_eq(places_load(&p, &t, &f), 0);
	ck_assert_uint_eq(p.n, COUNT(want));
	for (size_t i = 0; i < p.n; i++) {
		ck_assert_str_eq(p.v[i].name, want[i]);
		ck_assert_ptr_eq(places_find(&p, want[i]), &p.v[i]);
		ck_assert_int_eq(p.v[i].exists, i != 5);
		ck_assert_int_eq(p.v[i].is_subscribed, i == 2 || i == 5);
		ck_assert_int_eq(places_has_below(&p, want[i]), i == 2);
	}
	ck_assert_uint_eq(p.v[1].uses, SPECIALUSE_SENT);
	ck_assert_ptr_null(places_find(&p, "b"));
	ck_assert(!places_has_below(&p, "a/x/y"));
	places_clear(&p);
}
END_TEST

static void rename_message(const char *from, const char *to)
{
	const char *old = tempdir_path(from);

	ck_assert_int_eq(rename(old, tempdir_path(to)), 0);
}

static void touch_nothing(void)
{
}

static void set_flag(void)
{
	rename_message("m/cur/1.h:2,", "m/cur/1.h:2,S");
}

static void add_message(void)
{
	tempdir_write("m/new/2.h", "2\n", 0600);
}

static void remove_message(void)
{
	ck_assert_int_eq(unlink(tempdir_path("m/cur/1.h:2,")), 0);
}

static void replace_message(void)
{
	remove_message();
	add_message();
}

static const struct {
	const char *what;
	void (*happens)(void);
	bool same, same_uids;
	size_t messages;
	uint32_t next_uid;
} rows[] = {
	{ "nothing", touch_nothing, true, true, 1, 2 },	  { "a flag", set_flag, false, true, 1, 2 },
	{ "a message", add_message, false, false, 2, 3 }, { "a removal", remove_message, false, false, 0, 2 },
	{ "both", replace_message, false, false, 1, 3 },
};

/* To know a mailbox again nothing is written. */
START_TEST(test_only_name)
{
	struct place_state before, after;

	ck_assert_int_eq(place_read_state(&t, "a", true, &before, &f), 1);
	ck_assert_str_eq(before.guid, "");
	ck_assert_int_ne(access(tempdir_path("m/.a/dovecot-uidlist"), F_OK), 0);
	ck_assert_int_eq(place_read_state(&t, "a", false, &after, &f), 1);
	ck_assert_int_eq(place_read_state(&t, "a", true, &before, &f), 1);
	ck_assert_str_ne(before.guid, "");
	ck_assert_str_eq(before.guid, after.guid);
}
END_TEST

START_TEST(test_state)
{
	struct place_state before, after;

	ck_assert_int_eq(place_read_state(&t, "INBOX", false, &before, &f), 1);
	rows[_i].happens();
	ck_assert_int_eq(place_read_state(&t, "INBOX", false, &after, &f), 1);
	ck_assert_msg(place_state_is(&before, &after) == rows[_i].same, "%s", rows[_i].what);
	ck_assert_msg((before.uids == after.uids) == rows[_i].same_uids, "%s", rows[_i].what);
	ck_assert_uint_eq(after.messages, rows[_i].messages);
	ck_assert_uint_eq(after.next_uid, rows[_i].next_uid);
	ck_assert_str_eq(before.guid, after.guid);
	ck_assert_int_eq(place_read_state(&t, "none", false, &after, &f), 0);
}
END_TEST

static void set_note(const char *name, const char *value)
{
	struct metadata_entry e = { .name = span_str(name), .value = value ? span_str(value) : span_of(NULL, 0) };
	int dir = open(tempdir_path("m/.a"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(dir, 0);
	ck_assert_int_eq(metadata_set(dir, METADATA_FOLDER, &e, 1, &f), 0);
	close(dir);
}

/* What differs, each with a blank behind it. */
static const char *differences(const struct place_notes *before, const struct place_notes *after)
{
	static char text[200];
	struct span name;
	size_t at = 0, n = 0;

	text[0] = '\0';
	while (place_next_note(before, after, &at, &name))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s ", SPAN_ARG(name));
	return text;
}

START_TEST(test_notes)
{
	struct place_notes none, before, after;

	ck_assert_int_eq(place_read_notes(&t, "a", &none, &f), 0);
	set_note("/private/stays", "1");
	set_note("/private/changes", "1");
	set_note("/private/goes", "1");
	ck_assert_int_eq(place_read_notes(&t, "a", &before, &f), 0);
	ck_assert_str_eq(differences(&none, &before), "/private/stays /private/changes /private/goes ");
	set_note("/private/changes", "2");
	set_note("/private/goes", NULL);
	set_note("/private/comes", "");
	ck_assert_int_eq(place_read_notes(&t, "a", &after, &f), 0);
	ck_assert_str_eq(differences(&before, &after), "/private/changes /private/comes /private/goes ");
	place_adopt_note(&before, &after, SPAN("/private/goes"));
	ck_assert_str_eq(differences(&before, &after), "/private/changes /private/comes ");
	place_adopt_note(&before, &after, SPAN("/private/comes"));
	ck_assert_str_eq(differences(&before, &after), "/private/changes ");
	place_adopt_note(&before, &after, SPAN("/private/changes"));
	ck_assert_str_eq(differences(&before, &after), "");
	place_clear_notes(&before);
	place_clear_notes(&after);
	ck_assert_int_eq(place_read_notes(&t, "", &after, &f), 0);
	ck_assert_uint_eq(after.n, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_names);
	tcase_add_loop_test(tc, test_state, 0, COUNT(rows));
	tcase_add_test(tc, test_only_name);
	tcase_add_test(tc, test_notes);
}

CHECK_MAIN(places, add_tests)
