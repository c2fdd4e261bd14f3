/* SPDX-License-Identifier: ISC */
#include "auth/users.h"

#include <stdio.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static const char users_text[] =
	"# name:password:uid:gid:gecos:home:shell:extra\n"
	"al:{PLAIN}secret:1001:1002:Al Example,,,:/home/al::\n"
	"bo:x:::::\n"
	"carla@example.org::5000:5000::/srv/example.org/carla::userdb_quota=x userdb_mail=mbox:/var/mail/%n:INDEX=~/i\n"
	"short:x\n"
	"root:x:0:0::/root::\n"
	"named:x:root:root::/home/named\n"
	"baduid:x:-1:1::/h\n"
	"biguid:x:4294967295:1::/h\n"
	"nouser:x:no-such-user:1::/h\n"
	"nogroup:x:1:no-such-group::/h\n"
	"control:x:1:1::/h\tx\n"
	"relative:x:1:1::home\n"
	".dot:x:1:1::/h\n"
	"mixed:x:1:1::/h::\r\n";

struct row {
	const char *name;
	int rc;
	const char *want; /* "name uid gid home full mail", or part of the fault */
};

static const struct row rows[] = {
	{ "al", 1, "al 1001 1002 /home/al \"Al Example,,,\" maildir:/home/al/Maildir" },
	{ "AL", 1, "al 1001 1002 /home/al \"Al Example,,,\" maildir:/home/al/Maildir" },
	{ "carla@example.org", 1,
	  "carla@example.org 5000 5000 /srv/example.org/carla \"\" "
	  "mbox:/var/mail/carla:INDEX=/srv/example.org/carla/i" },
	{ "Carla@Example.ORG", 1,
	  "carla@example.org 5000 5000 /srv/example.org/carla \"\" "
	  "mbox:/var/mail/carla:INDEX=/srv/example.org/carla/i" },
	{ "named", 1, "named 0 0 /home/named \"\" maildir:/home/named/Maildir" },
	{ "mixed", 1, "mixed 1 1 /h \"\" maildir:/h/Maildir" },
	{ "", 1, "al 1001 1002 /home/al \"Al Example,,,\" maildir:/home/al/Maildir" },
	/* names are keys and nothing else */
	{ "carla", 0, "" },
	{ "a", 0, "" },
	{ "al:", 0, "" },
	{ "al:{PLAIN}secret", 0, "" },
	{ "# name", 0, "" },
	{ "../al", 0, "" },
	{ "/etc/passwd", 0, "" },
	{ "al\nbo", 0, "" },
	{ "-f", 0, "" },
	{ "%s%n", 0, "" },
	{ "$(id)", 0, "" },
	/* temporary, and say where */
	{ "bo", -1, "mail_location needs the home directory of bo" },
	{ "short", -1, "mail_location needs the home directory of short" },
	{ "relative", -1, "mail_location needs the home directory of relative" },
	{ "baduid", -1, "T/users:8: the user id \"-1\" is no user" },
	{ "biguid", -1, "T/users:9: the user id \"4294967295\" is no user" },
	{ "nouser", -1, "T/users:10: the user id \"no-such-user\" is no user" },
	{ "nogroup", -1, "T/users:11: the group id \"no-such-group\" is no group" },
	{ "control", -1, "T/users:12: there is a control byte" },
	{ ".dot", -1, "begins with a dot" },
};

START_TEST(test_find)
{
	const struct row *row = &rows[_i];
	struct users u;
	struct arena a = { 0 };
	struct account who = { .name = "untouched" };
	struct fault f = { .kind = FAULT_NONE };
	int rc;

	users_init(&u, tempdir_write("users", users_text, 0600), "maildir:~/Maildir");
	rc = users_find(&u, &a, span_str(row->name), &who, &f);
	ck_assert_msg(rc == row->rc, "\"%s\": %d %s", row->name, rc, rc < 0 ? f.text : "");
	if (rc == 1) {
		ck_assert_str_eq(arena_printf(&a, "%s %u %u %s \"%s\" %s", who.name, who.uid, who.gid, who.home,
					      who.full_name, who.mail),
				 row->want);
	} else if (rc < 0) {
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		ck_assert_msg(strstr(tempdir_hide(f.text), row->want), "%s", f.text);
	}
	arena_clear(&a);
	users_clear(&u);
}
END_TEST

START_TEST(test_own_ids)
{
	struct users u;
	struct arena a = { 0 };
	struct account who;
	struct fault f;

	/* Whatever was there before is replaced. */
	memset(&who, 0xff, sizeof(who));
	users_init(&u, tempdir_write("users", users_text, 0600), "maildir:/var/vmail/%u");
	ck_assert_int_eq(users_find(&u, &a, SPAN("bo"), &who, &f), 1);
	ck_assert(!who.is_virtual && !who.quota_full_tempfail);
	ck_assert_uint_eq(who.uid, geteuid());
	ck_assert_uint_eq(who.gid, getegid());
	ck_assert_str_eq(who.mail, "maildir:/var/vmail/bo");
	arena_clear(&a);
	users_clear(&u);
}
END_TEST

/* Lines that are none are passed over, and one that is wrong is not the last. */
START_TEST(test_next)
{
	struct users u;
	struct users_walk walk = { 0 };
	struct arena a = { 0 };
	struct account who;
	struct fault f;

	users_init(&u, tempdir_write("users", "al:::::/home/al\n# none\nnonsense\nbo:::::home\ncarla:::::/c\n", 0600),
		   "maildir:~/Maildir");
	ck_assert_int_eq(users_load(&u, &f), 0);
	ck_assert_int_eq(users_next(&u, &walk, &a, &who, &f), 1);
	ck_assert_str_eq(who.mail, "maildir:/home/al/Maildir");
	ck_assert_int_eq(users_next(&u, &walk, &a, &who, &f), -1);
	ck_assert_uint_eq(walk.line, 4);
	ck_assert_int_eq(users_next(&u, &walk, &a, &who, &f), 1);
	ck_assert_str_eq(who.name, "carla");
	ck_assert_int_eq(users_next(&u, &walk, &a, &who, &f), 0);
	users_clear(&u);

	walk = (struct users_walk){ 0 };
	users_init(&u, NULL, "maildir:/var/vmail/%u");
	ck_assert_int_eq(users_next(&u, &walk, &a, &who, &f), 1);
	ck_assert_str_eq(who.name, "root");
	ck_assert_int_eq(users_next(&u, &walk, &a, &who, &f), 0);
	users_clear(&u);
	arena_clear(&a);
}
END_TEST

START_TEST(test_files_that_cannot_be_read)
{
	struct users u;
	struct arena a = { 0 };
	struct account who;
	struct fault f;

	users_init(&u, tempdir_path("missing"), "maildir:~/Maildir");
	ck_assert_int_eq(users_load(&u, &f), -1);
	ck_assert_int_eq(users_find(&u, &a, SPAN("al"), &who, &f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_str_eq(tempdir_hide(f.text), "users_file: T/missing does not exist");
	users_init(&u, tempdir_write("empty", "# nobody\n", 0600), "maildir:~/Maildir");
	ck_assert_int_eq(users_find(&u, &a, SPAN(""), &who, &f), 0);
	users_clear(&u);
	arena_clear(&a);
}
END_TEST

START_TEST(test_system)
{
	static const char *const missing[] = {
		"root@localhost", "no-such-user", "root:x", "../root", "root/", "-root"
	};
	struct users u;
	struct arena a = { 0 };
	struct account who;
	struct fault f;

	users_init(&u, "", "maildir:~/Maildir");
	ck_assert_int_eq(users_load(&u, &f), 0);
	ck_assert_int_eq(users_find(&u, &a, SPAN("root"), &who, &f), 1);
	ck_assert_uint_eq(who.uid, 0);
	ck_assert_str_eq(who.mail, arena_printf(&a, "maildir:%s/Maildir", who.home));
	ck_assert_int_eq(users_find(&u, &a, SPAN("ROOT"), &who, &f), 1);
	ck_assert_str_eq(who.name, "root");
	ck_assert_int_eq(users_find(&u, &a, SPAN(""), &who, &f), 1);
	ck_assert_str_eq(who.name, "root");
	for (int i = 0; i < COUNT(missing); i++)
		ck_assert_msg(users_find(&u, &a, span_str(missing[i]), &who, &f) == 0, "%s", missing[i]);
	ck_assert_int_eq(users_find(&u, &a, span_of("root\0x", 6), &who, &f), 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_self)
{
	struct users u;
	struct arena a = { 0 };
	struct account who;
	struct fault f;
	int rc;

	users_init(&u, NULL, "maildir:/nowhere/%x");
	rc = users_self(&u, &a, &who, &f);
	ck_assert_int_ge(rc, 0);
	ck_assert_uint_eq(who.uid, geteuid());
	ck_assert_str_eq(who.mail, "");
	u.mail_location = "maildir:/var/vmail/%u";
	ck_assert_int_eq(users_self(&u, &a, &who, &f), rc);
	ck_assert_str_eq(who.mail, arena_printf(&a, "maildir:/var/vmail/%s", who.name));
	arena_clear(&a);
}
END_TEST

struct expand_row {
	const char *template, *name, *home;
	const char *want; /* NULL: a fault */
};

static const struct expand_row expand_rows[] = {
	{ "maildir:~/Maildir", "al", "/home/al", "maildir:/home/al/Maildir" },
	{ "maildir:%h/Maildir", "al", "/home/al", "maildir:/home/al/Maildir" },
	{ "~", "al", "/home/al", "/home/al" },
	{ "maildir:~:INDEX=~/index", "al", "/home/al", "maildir:/home/al:INDEX=/home/al/index" },
	{ "mbox:/var/mail/%u", "al@example.org", "", "mbox:/var/mail/al@example.org" },
	{ "maildir:/v/%d/%n", "al@example.org", "", "maildir:/v/example.org/al" },
	{ "maildir:/v/%d/%n", "al", "", "maildir:/v//al" },
	{ "maildir:/v/100%%/a~b/%n", "al", "", "maildir:/v/100%/a~b/al" },
	{ "maildir:~bo/x", "al", "/home/al", "maildir:~bo/x" },
	/* what %u brings in is not expanded again */
	{ "maildir:/v/%u", "%h~", "/home/al", "maildir:/v/%h~" },
	{ "maildir:/v/%u", "-rf", "", "maildir:/v/-rf" },
	{ "%d", "al@example.org", "", "example.org" },
	{ "%d", "al", "", NULL },
	{ "", "al", "", NULL },
	{ "maildir:~/Maildir", "al", "", NULL },
	{ "maildir:~/Maildir", "al", "home/al", NULL },
	{ "maildir:~/Maildir", "al", "/home/al\nx", NULL },
	{ "maildir:/v/%x", "al", "/home/al", NULL },
	{ "maildir:/v/%", "al", "/home/al", NULL },
	{ "maildir:/v/%u", "a/b", "/home/al", NULL },
	{ "maildir:/v/%u", "..", "/home/al", NULL },
	{ "maildir:/v/%u", ".", "/home/al", NULL },
	{ "maildir:/v/%u", ".al", "/home/al", NULL },
	{ "maildir:/v/%u", "", "/home/al", NULL },
	{ "maildir:/v/%u", "@example.org", "/home/al", NULL },
	{ "maildir:/v/%d/%n", "al@..", "/home/al", NULL },
	{ "maildir:/v/%d/%n", "al@../x", "/home/al", NULL },
	{ "maildir:/v/%u", "a\nb", "/home/al", NULL },
};

START_TEST(test_expand)
{
	const struct expand_row *row = &expand_rows[_i];
	struct account who = { .name = row->name, .home = row->home };
	struct arena a = { 0 };
	const char *out = NULL;
	struct fault f;
	int rc = users_expand(&a, row->template, &who, &out, &f);

	ck_assert_msg(rc == (row->want ? 0 : -1), "%s", rc ? f.text : out);
	if (rc == 0)
		ck_assert_str_eq(out, row->want);
	else
		ck_assert_int_eq(f.kind, FAULT_TEMP);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_own_ids);
	tcase_add_test(tc, test_next);
	tcase_add_test(tc, test_files_that_cannot_be_read);
	tcase_add_test(tc, test_system);
	tcase_add_test(tc, test_self);
	tcase_add_loop_test(tc, test_expand, 0, COUNT(expand_rows));
}

CHECK_MAIN(users, add_tests)
