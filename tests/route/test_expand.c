/* SPDX-License-Identifier: ISC */
#include "route/expand.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

/*
 * In what is wanted, "OWNER" is whose rights aliases give here (nobody's when the tests run as root, else those of
 * who runs them), "USER" whose a user's forward file gives.
 */
struct row {
	const char *aliases;
	const char *forward; /* of al, or NULL */
	const char *recipient;
	const char *want;
};

#define BOX(who)     "account " #who ": maildir T/home/" #who "/Maildir"
#define UNKNOWN(who) who "@m.example fault: 550 5.1.1 <" who "@m.example>: there is no such user here\n"

static const struct row rows[] = {
	/* users */
	{ "", NULL, "al", "al@m.example " BOX(al) "\n" },
	{ "", NULL, "AL@M.Example", "AL@M.Example " BOX(al) "\n" },
	{ "", NULL, "al@localhost", "al@localhost " BOX(al) "\n" },
	{ "", NULL, "al@m.example.", "al@m.example. " BOX(al) "\n" },
	{ "", NULL, "al@[127.0.0.1]", "al@[127.0.0.1] " BOX(al) "\n" },
	{ "", NULL, "\"al\"@m.example", "\"al\"@m.example " BOX(al) "\n" },
	{ "", NULL, "al+lists@m.example", "al+lists@m.example " BOX(al) ", detail lists\n" },
	{ "", NULL, "x@virtual.example", "x@virtual.example account x@virtual.example: maildir T/home/x/Maildir\n" },
	{ "", NULL, "x+y@virtual.example",
	  "x+y@virtual.example account x@virtual.example: maildir T/home/x/Maildir, detail y\n" },
	{ "", NULL, "x", UNKNOWN("x") },
	{ "", NULL, "no", UNKNOWN("no") },
	{ "", NULL, "x@example.org", "x@example.org remote: smtp to [relay]:25\n" },
	{ "", NULL, "x@[192.0.2.1]", "x@[192.0.2.1] remote: smtp to [relay]:25\n" },
	/* what is no user's name is no path, option, or command either */
	{ "", NULL, "../../x", UNKNOWN("../../x") },
	{ "", NULL, "a/../../b", UNKNOWN("a/../../b") },
	{ "", NULL, ".", UNKNOWN(".") },
	{ "", NULL, "\"al/../bo\"", UNKNOWN("\"al/../bo\"") },
	{ "", NULL, "/etc/passwd", UNKNOWN("/etc/passwd") },
	{ "", NULL, "|id", UNKNOWN("|id") },
	{ "", NULL, ":include:/etc/passwd", UNKNOWN(":include:/etc/passwd") },
	{ "", NULL, "-X/tmp/x", UNKNOWN("-X/tmp/x") },
	{ "", NULL, "$(id)", UNKNOWN("$(id)") },
	{ "", NULL, "%s%n%x", UNKNOWN("%s%n%x") },
	{ "", NULL, "\"\"@m.example", UNKNOWN("\"\"") },
	{ "", NULL, "al+/../../tmp", "al+/../../tmp@m.example " BOX(al) ", detail /../../tmp\n" },
	{ "", NULL, "", " fault: 501 5.1.3 the recipient is empty\n" },
	{ "", NULL, "a\nb", " fault: 501 5.1.3 there is a control byte in the recipient's address\n" },
	/* aliases */
	{ "dupont: al\n", NULL, "dupont", "al@m.example " BOX(al) "\n" },
	{ "Dupont: AL\n", NULL, "dUPONT@m.example", "AL@m.example " BOX(al) "\n" },
	{ "dupont: al\n", NULL, "dupont@example.org", "dupont@example.org remote: smtp to [relay]:25\n" },
	{ "team: al, bo,\n\tal, Al, team2\nteam2: bo, carla, x@example.org, x@EXAMPLE.org\n", NULL, "team",
	  "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\ncarla@m.example " BOX(
		  carla) "\nx@example.org remote: smtp to [relay]:25\n" },
	{ "\"a b\": al\n", NULL, "\"a b\"@m.example", "al@m.example " BOX(al) "\n" },
	{ "out: x@[IPv6:2001:db8::1]\n", NULL, "out", "x@[IPv6:2001:db8::1] remote: smtp to [relay]:25\n" },
	{ "none: /dev/null\n", NULL, "none", "none@m.example discard\n" },
	{ "arch: /var/arch, /var/box/, \"|cat -n\"\n", NULL, "arch",
	  "arch@m.example file /var/arch as OWNER\narch@m.example file /var/box/ as OWNER\n"
	  "arch@m.example command cat -n as OWNER\n" },
	{ "dead: gone\n", NULL, "dead", UNKNOWN("gone") },
	{ "empty:\n", NULL, "empty", "empty@m.example fault: 451 4.3.5 T/aliases:1: the alias empty has no targets\n" },
	{ "bad: a b, al\n", NULL, "bad",
	  "bad@m.example fault: 451 4.3.5 T/aliases:1: an address has a blank in it; a comma separates addresses\n"
	  "al@m.example " BOX(al) "\n" },
	/* an alias before the account, detail before user, and not with a backslash */
	{ "al: bo\n", NULL, "al", "bo@m.example " BOX(bo) "\n" },
	{ "al: bo\n", NULL, "al+x", "bo@m.example " BOX(bo) "\n" },
	{ "al+x: bo\nal: carla\n", NULL, "al+x", "bo@m.example " BOX(bo) "\n" },
	{ "al+x: bo\n", NULL, "al+y", "al+y@m.example " BOX(al) ", detail y\n" },
	{ "al: bo\n", NULL, "\\al", "al@m.example " BOX(al) "\n" },
	{ "al: bo\nx: \\al\n", "carla\n", "x", "al@m.example " BOX(al) "\n" },
	{ "x: \\al@example.org\n", NULL, "x", "al@example.org remote: smtp to [relay]:25\n" },
	/* owners */
	{ "list: al, x@example.org\nowner-list: bo\n", NULL, "list",
	  "al@m.example " BOX(al) " from owner-list@m.example\nx@example.org remote: smtp to [relay]:25 from "
				  "owner-list@m.example\n" },
	{ "list: inner, bo\ninner: al\nowner-list: bo\nowner-inner: carla\n", NULL, "list",
	  "al@m.example " BOX(al) " from owner-inner@m.example\nbo@m.example " BOX(bo) " from owner-list@m.example\n" },
	{ "list: inner\ninner: al\nowner-list: bo\n", NULL, "list",
	  "al@m.example " BOX(al) " from owner-list@m.example\n" },
	{ "owner-list: bo\nowner-owner-list: al\n", NULL, "owner-list", "bo@m.example " BOX(bo) "\n" },
	{ "\"a b\": al\n\"owner-a b\": bo\n", NULL, "\"a b\"",
	  "al@m.example " BOX(al) " from \"owner-a b\"@m.example\n" },
	/* an alias that names itself is its user */
	{ "al: al, bo\n", NULL, "al", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\n" },
	{ "al: AL@localhost\n", NULL, "al", "AL@localhost " BOX(al) "\n" },
	{ "al: al\n", "al, bo\n", "al", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\n" },
	{ "list: al, list\n", NULL, "list",
	  "al@m.example " BOX(
		  al) "\nlist@m.example fault: 554 5.4.6 <list@m.example>: aliases lead in a loop: list -> list\n" },
	/* loops */
	{ "a: b\nb: a\n", NULL, "a",
	  "a@m.example fault: 554 5.4.6 <a@m.example>: aliases lead in a loop: a -> b -> a\n" },
	{ "A: b\nB: a\n", NULL, "a",
	  "a@m.example fault: 554 5.4.6 <a@m.example>: aliases lead in a loop: A -> B -> A\n" },
	{ "a: b, al\nb: c\nc: a@localhost\n", NULL, "a",
	  "a@localhost fault: 554 5.4.6 <a@localhost>: aliases lead in a loop: a -> b -> c -> a\nal@m.example " BOX(
		  al) "\n" },
	{ "boss: al\n", "boss\n", "boss",
	  "boss@m.example fault: 554 5.4.6 <boss@m.example>: aliases lead in a loop: boss -> al -> boss\n" },
	/* postmaster is always somebody */
	{ "", NULL, "postmaster", "postmaster@m.example " BOX(al) "\n" },
	{ "", NULL, "Postmaster@localhost", "Postmaster@localhost " BOX(al) "\n" },
	{ "", NULL, "MAILER-DAEMON", "MAILER-DAEMON@m.example " BOX(al) "\n" },
	{ "", NULL, "root", "root@m.example " BOX(al) "\n" },
	{ "root: bo\n", NULL, "postmaster", "bo@m.example " BOX(bo) "\n" },
	{ "postmaster: carla\nroot: bo\n", NULL, "postmaster", "carla@m.example " BOX(carla) "\n" },
	{ "postmaster: root\nroot: postmaster\n", NULL, "postmaster",
	  "postmaster@m.example fault: 554 5.4.6 <postmaster@m.example>: aliases lead in a loop: postmaster -> root -> "
	  "postmaster\n" },
	{ "root: root, bo\n", NULL, "root", "root@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\n" },
	/* forward files */
	{ "", "bo\n", "al", "bo@m.example " BOX(bo) "\n" },
	{ "", "# nothing\n\n", "al", "al@m.example " BOX(al) "\n" },
	{ "", "", "al", "al@m.example " BOX(al) "\n" },
	{ "", "\\al, x@example.org\n/var/al\n\"|vacation al\"\n", "al+d",
	  "al@m.example " BOX(al) "\nx@example.org remote: smtp to [relay]:25\nal+d@m.example file /var/al as USER\n"
				  "al+d@m.example command vacation al as USER\n" },
	{ "", "al\nbo\n", "al", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\n" },
	{ "", "al+copy\n", "al", "al+copy@m.example " BOX(al) ", detail copy\n" },
	{ "boss: al, bo\n", "x@example.org\n", "boss",
	  "x@example.org remote: smtp to [relay]:25\nbo@m.example " BOX(bo) "\n" },
	{ "cmd: |alias\n", "cmd\n", "al", "cmd@m.example command alias as OWNER\n" },
	{ "list: al\nowner-list: bo\n", "x@example.org\n", "list",
	  "x@example.org remote: smtp to [relay]:25 from owner-list@m.example\n" },
	{ "", "/dev/null\n", "al", "al@m.example discard\n" },
	/* a broken line does not cost the user mail */
	{ "", "\"|open\nbo\n", "al+d", "al+d@m.example " BOX(al) ", detail d\nbo@m.example " BOX(bo) "\n" },
};

static const char *with_names(struct arena *a, const char *want)
{
	struct account me = { .name = "?" };
	const char *from, *at;
	struct buf out;

	if (geteuid() != 0 && account_find_uid(a, geteuid(), &me, NULL) != 1)
		me.name = arena_printf(a, "#%u", (unsigned)geteuid());
	buf_init(&out, 100000);
	for (from = want; (at = strstr(from, " as ")); from = at + (at[4] == 'O' ? 9 : 8)) {
		buf_put(&out, from, (size_t)(at + 4 - from));
		buf_put_str(&out, geteuid() == 0 ? "nobody" : at[4] == 'O' ? me.name : "al");
	}
	buf_put_str(&out, from);
	want = arena_str(a, buf_str(&out));
	buf_clear(&out);
	return want;
}

START_TEST(test_rows)
{
	const struct row *row = &rows[_i];
	struct village v;

	village_init(&v, row->aliases);
	if (row->forward)
		village_forward(&v, "al", row->forward);
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, row->recipient), with_names(&v.arena, row->want));
	village_clear(&v);
}
END_TEST

START_TEST(test_steps)
{
	struct village v;

	village_init(&v, "# x\ndupont: henri.dupont\nhenri.dupont: al, x@example.org\n");
	village_forward(&v, "al", "|cat\n");
	v.route.default_privs = "nobody";
	village_start(&v);
	village_expand(&v, "dupont");
	ck_assert_str_eq(buf_str(&v.steps),
			 with_names(&v.arena, "0 append origin: dupont@m.example (myorigin)\n"
					      "0 m.example is local (mydestination)\n"
					      "0 dupont: alias in T/aliases:2 -> henri.dupont\n"
					      "1 append origin: henri.dupont@m.example (myorigin)\n"
					      "1 m.example is local (mydestination)\n"
					      "1 henri.dupont: alias in T/aliases:3 -> al, x@example.org\n"
					      "2 append origin: al@m.example (myorigin)\n"
					      "2 m.example is local (mydestination)\n"
					      "2 al: forward file T/home/al/.forward\n"
					      "3 command cat as USER\n"
					      "2 remote: smtp to [relay]:25\n"));
	village_clear(&v);
}
END_TEST

/* :include: files: read, refused what may not be in them, loops, missing, empty. */
START_TEST(test_include)
{
	struct village v;
	struct arena a = { 0 };

	village_init(&v, "");
	tempdir_write("list", "# members\nal, bo\n\\carla\n|command\n/file\nx@example.org\n", 0644);
	tempdir_write("loop", arena_printf(&a, "al\n:include:%s\nself\n", tempdir_path("loop")), 0644);
	tempdir_write("none", "# nobody\n", 0644);
	tempdir_write("open", "al\n", 0666);
	tempdir_write("aliases",
		      arena_printf(&a,
				   "list: :include:%s/list\nloop: :include:%s/loop\nself: :include:%s/loop\n"
				   "none: :include:%s/none\nmissing: :include:%s/missing\nopen: :include:%s/open\n"
				   "twice: :include:%s/list, :include:%s/list, bo\n",
				   tempdir(), tempdir(), tempdir(), tempdir(), tempdir(), tempdir(), tempdir(),
				   tempdir()),
		      0600);
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "list"),
			 "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\ncarla@m.example " BOX(
				 carla) "\n"
					"list@m.example fault: 550 5.7.1 <list@m.example>: an :include: file may not "
					"name a command\n"
					"list@m.example fault: 550 5.7.1 <list@m.example>: an :include: file may not "
					"name a file\n"
					"x@example.org remote: smtp to [relay]:25\n");
	ck_assert_str_eq(village_expand(&v, "self"),
			 "al@m.example " BOX(al) "\n"
						 "self@m.example fault: 554 5.4.6 <self@m.example>: aliases lead in a "
						 "loop: self -> T/loop -> T/loop\n"
						 "self@m.example fault: 554 5.4.6 <self@m.example>: aliases lead in a "
						 "loop: self -> T/loop -> self\n");
	ck_assert_str_eq(village_expand(&v, "none"),
			 "none@m.example fault: 550 5.1.1 <none@m.example>: the list in T/none has no members\n");
	ck_assert_str_eq(village_expand(&v, "missing"),
			 "missing@m.example fault: 451 4.3.5 <missing@m.example>: the list cannot be read: there is no "
			 "T/missing\n");
	ck_assert_str_eq(
		village_expand(&v, "open"),
		"open@m.example fault: 451 4.3.5 <open@m.example>: the list cannot be read: T/open: everybody may "
		"write to it\n");
	ck_assert_ptr_nonnull(strstr(village_expand(&v, "twice"), "carla@m.example " BOX(carla) "\n"));
	arena_clear(&a);
	village_clear(&v);
}
END_TEST

/* An unsafe forward file is ignored aloud, and the mailbox gets the mail. */
START_TEST(test_unsafe_forward)
{
	struct village v;

	village_init(&v, "");
	village_forward(&v, "al", "x@example.org\n");
	chmod(tempdir_path("home/al/.forward"), 0620);
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "al"), "al@m.example " BOX(al) "\n");
	ck_assert_str_eq(buf_str(&v.warnings),
			 "the forward file of al is ignored: T/home/al/.forward: others may write to it\n");
	chmod(tempdir_path("home/al/.forward"), 0600);
	ck_assert_str_eq(village_expand(&v, "al"), "x@example.org remote: smtp to [relay]:25\n");
	buf_reset(&v.warnings);
	village_forward(&v, "al", "\n\n\"|open\n");
	ck_assert_str_eq(village_expand(&v, "al"), "al@m.example " BOX(al) "\n");
	ck_assert_str_eq(buf_str(&v.warnings), "the forward file of al is ignored: T/home/al/.forward:3: a quote, "
					       "parenthesis or angle bracket is not closed\n");
	village_clear(&v);
}
END_TEST

/* eve's ids are not root's: her commands are hers, and her files are read with her rights only. */
START_TEST(test_rights)
{
	struct village v;

	if (geteuid() != 0)
		return;
	village_init(&v, "cmd: |x\nlist: :include:/\n");
	village_forward(&v, "eve", "|x\n");
	ck_assert_int_eq(chown(tempdir_path("home/eve"), 65534, 65534), 0);
	ck_assert_int_eq(chown(tempdir_path("home/eve/.forward"), 65534, 65534), 0);
	ck_assert_int_eq(chmod(tempdir_path("home"), 0755), 0);
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "eve"), "eve@m.example command x as eve\n");
	village_forward(&v, "eve", arena_printf(&v.arena, ":include:%s\n", tempdir_write("secret", "bo\n", 0600)));
	ck_assert_int_eq(chown(tempdir_path("home/eve/.forward"), 65534, 65534), 0);
	ck_assert_str_eq(
		village_expand(&v, "eve"),
		"eve@m.example fault: 451 4.3.5 <eve@m.example>: the list cannot be read: T/secret: its owner may "
		"not read it\n");
	/* An alias file that is not root's gives its owner's rights. */
	ck_assert_int_eq(chown(tempdir_path("aliases"), 12345, 12345), 0);
	ck_assert_str_eq(village_expand(&v, "cmd"), "cmd@m.example command x as #12345\n");
	v.route.default_privs = "root";
	ck_assert_int_eq(chown(tempdir_path("aliases"), 0, 0), 0);
	ck_assert_str_eq(village_expand(&v, "cmd"),
			 "cmd@m.example fault: 451 4.3.5 default_privs: root has root's rights\n");
	village_clear(&v);
}
END_TEST

START_TEST(test_not_allowed)
{
	struct village v;

	village_init(&v, "x: |cmd, /file, /dev/null, al\n");
	v.route.allow_mail_to_commands = v.route.allow_mail_to_files = false;
	village_start(&v);
	ck_assert_str_eq(
		village_expand(&v, "x"),
		"x@m.example fault: 550 5.7.1 <x@m.example>: mail to a command is not allowed "
		"(allow_mail_to_commands)\n"
		"x@m.example fault: 550 5.7.1 <x@m.example>: mail to a file is not allowed (allow_mail_to_files)\n"
		"x@m.example discard\nal@m.example " BOX(al) "\n");
	village_clear(&v);
}
END_TEST

struct transport_row {
	const char *transport, *relayhost, *want;
};

static const struct transport_row transport_rows[] = {
	{ "smtp", "", "x@example.org remote: smtp to example.org\n" },
	{ "lmtp:unix:/run/l", "", "x@example.org remote: lmtp to unix:/run/l\n" },
	{ "pipe:uux - $nexthop", "", "x@example.org remote: pipe to example.org by uux - $nexthop\n" },
	{ "pipe:uux", "hub", "x@example.org remote: pipe to hub by uux\n" },
	{ "error:stay here", "", "x@example.org fault: 550 5.7.1 <x@example.org>: stay here\n" },
};

START_TEST(test_transports)
{
	const struct transport_row *row = &transport_rows[_i];
	struct village v;

	village_init(&v, "");
	v.route.default_transport = row->transport;
	v.route.relayhost = row->relayhost;
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "x@example.org"), row->want);
	village_clear(&v);
}
END_TEST

/* A null client: nothing is local but what has a backslash. */
START_TEST(test_null_client)
{
	struct village v;

	village_init(&v, "al: bo\n");
	v.route.mydestination = "";
	v.route.myorigin = "corp.example";
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "al"), "al@corp.example remote: smtp to [relay]:25\n");
	ck_assert_str_eq(village_expand(&v, "\\al"), "al@corp.example " BOX(al) "\n");
	village_clear(&v);
}
END_TEST

/* Where nobody can say who postmaster is, his mail waits. */
START_TEST(test_postmaster_unknown)
{
	struct village v;

	village_init(&v, "");
	village_start(&v);
	tempdir_write("users", "baduid:x:-1:100::/home/x:\n", 0600);
	ck_assert_str_eq(village_expand(&v, "postmaster"),
			 "postmaster@m.example fault: 451 4.3.5 T/users:1: the user id \"-1\" is no user\n");
	village_clear(&v);
}
END_TEST

/* Nesting: fifty aliases or lists deep is fine, more is a fault; what is shared is walked once, so 2^45 ways take no
 * time. */
START_TEST(test_depth)
{
	struct arena a = { 0 };
	struct village v;
	struct buf text;

	buf_init(&text, 100000);
	for (int i = 0; i < 60; i++)
		buf_printf(&text, "a%d: a%d\n", i, i + 1);
	buf_put_str(&text, "a60: al\n");
	for (int i = 0; i < 45; i++)
		buf_printf(&text, "d%d: d%d, \"D%d\"@localhost\n", i, i + 1, i + 1);
	buf_put_str(&text, "d45: al\n");
	for (int i = 0; i < 60; i++)
		tempdir_write(arena_printf(&a, "i%d", i),
			      i == 59 ? "al\n"
				      : arena_printf(&a, ":include:%s\n", tempdir_path(arena_printf(&a, "i%d", i + 1))),
			      0644);
	buf_printf(&text, "l11: :include:%s\n", tempdir_path("i11"));
	buf_printf(&text, "l10: :include:%s\n", tempdir_path("i10"));
	village_init(&v, buf_str(&text));
	buf_clear(&text);
	arena_clear(&a);
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "l11"), "al@m.example " BOX(al) "\n");
	ck_assert_str_eq(village_expand(&v, "l10"),
			 "l10@m.example fault: 554 5.4.6 <l10@m.example>: aliases are nested deeper than 50\n");
	ck_assert_str_eq(village_expand(&v, "a11"), "al@m.example " BOX(al) "\n");
	ck_assert_str_eq(village_expand(&v, "a10"),
			 "a60@m.example fault: 554 5.4.6 <a60@m.example>: aliases are nested deeper than 50\n");
	ck_assert_str_eq(village_expand(&v, "d0"), "al@m.example " BOX(al) "\n");
	village_clear(&v);
}
END_TEST

/* A hundred thousand targets in one alias, and a tree of as many aliases, in linear time. */
START_TEST(test_large)
{
	enum { LEAVES = ROUTE_TARGETS };
	struct village v;
	struct buf text;
	struct route_targets targets;
	struct fault f;

	buf_init(&text, 20 << 20);
	buf_put_str(&text, "flat:");
	for (int i = 0; i < LEAVES; i++)
		buf_printf(&text, "\n user%d@example.org,", i);
	buf_put_str(&text, "\nmore: flat, one@example.org\n");
	for (int i = 1; i < LEAVES / 2; i++)
		buf_printf(&text, "t%d: t%d, t%d\n", i, 2 * i, 2 * i + 1);
	for (int i = LEAVES / 2; i < LEAVES; i++)
		buf_printf(&text, "t%d: leaf%d@example.org\n", i, i);
	village_init(&v, buf_str(&text));
	buf_clear(&text);
	village_start(&v);
	v.call.step = NULL;
	ck_assert_int_eq(route_expand(&v.route, &v.arena, SPAN("flat"), &targets, &f), 0);
	ck_assert_uint_eq(targets.n, LEAVES);
	ck_assert_str_eq(targets.v[LEAVES - 1].recipient, "user99999@example.org");
	ck_assert_int_eq(route_expand(&v.route, &v.arena, SPAN("t1"), &targets, &f), 0);
	ck_assert_uint_eq(targets.n, LEAVES / 2);
	ck_assert_int_eq(route_expand(&v.route, &v.arena, SPAN("more"), &targets, &f), -1);
	ck_assert_str_eq(f.text, "more than 100000 targets");
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	village_clear(&v);
}
END_TEST

/* ---- virtual aliases ---- */

static const char virtual_text[] = "v.example        anything\n"
				   "info@v.example   al, bo@m.example, x@far.example\n"
				   "self@v.example   self@v.example, al\n"
				   "a@v.example      b@v.example\n"
				   "b@v.example      a@v.example\n"
				   "cmd@v.example    |cat\n"
				   "file@v.example   al, /etc/passwd\n"
				   "incl@v.example   :include:/etc/passwd\n"
				   "user@v.example   \\al\n"
				   "bare@v.example   team\n"
				   "@w.example       @v.example\n"
				   "@all.example     al\n"
				   "grow@v.example   grow+x@v.example\n"
				   "carla            x@far.example\n"
				   "back@v.example   list\n"
				   "twice@v.example  info@v.example, info@v.example, al\n"
				   "bad@v.example    a@b@c\n";

#define NO_COMMAND(line, who)                                                                                          \
	who "@v.example fault: 451 4.3.5 T/virtual:" line ": a virtual alias names addresses and nothing else\n"

static const struct {
	const char *recipient, *want;
} virtual_rows[] = {
	{ "info@v.example", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\nx@far.example remote: smtp to "
									      "[relay]:25\n" },
	{ "INFO@V.Example", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\nx@far.example remote: smtp to "
									      "[relay]:25\n" },
	{ "info+lists@w.example", "al+lists@m.example " BOX(al) ", detail lists\nbo+lists@m.example " BOX(
					  bo) ", detail "
					      "lists\nx+lists@far.example remote: smtp to [relay]:25\n" },
	{ "self@v.example", "self@v.example fault: 550 5.1.1 <self@v.example>: there is no such address here\n"
			    "al@m.example " BOX(al) "\n" },
	{ "a@v.example",
	  "a@v.example fault: 554 5.4.6 <a@v.example>: aliases lead in a loop: a@v.example -> b@v.example "
	  "-> a@v.example\n" },
	{ "cmd@v.example", NO_COMMAND("6", "cmd") },
	{ "file@v.example", "al@m.example " BOX(al) "\n" NO_COMMAND("7", "file") },
	{ "incl@v.example", NO_COMMAND("8", "incl") },
	{ "user@v.example", NO_COMMAND("9", "user") },
	{ "bare@v.example", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\n" },
	{ "anybody+x@all.example", "al@m.example " BOX(al) "\n" },
	{ "nobody@v.example", "nobody@v.example fault: 550 5.1.1 <nobody@v.example>: there is no such address here\n" },
	{ "carla", "x@far.example remote: smtp to [relay]:25\n" },
	{ "carla+e@localhost", "x+e@far.example remote: smtp to [relay]:25\n" },
	{ "carla@far.example", "carla@far.example remote: smtp to [relay]:25\n" },
	{ "\\carla", "carla@m.example " BOX(carla) "\n" },
	{ "back@v.example",
	  "back@v.example fault: 554 5.4.6 <back@v.example>: aliases lead in a loop: back@v.example -> "
	  "list -> back@v.example\n" },
	{ "twice@v.example", "al@m.example " BOX(al) "\nbo@m.example " BOX(bo) "\nx@far.example remote: smtp to "
									       "[relay]:25\n" },
	{ "bad@v.example", "bad@v.example fault: 451 4.3.5 T/virtual:17: this is not an address\n" },
	{ "box@mailbox.example", "box@mailbox.example account box@mailbox.example: maildir /var/vmail/box\n" },
	{ "no@mailbox.example",
	  "no@mailbox.example fault: 550 5.1.1 <no@mailbox.example>: there is no such user here\n" },
	{ "x%far.example@v.example",
	  "x%far.example@v.example fault: 550 5.1.1 <x%far.example@v.example>: there is no such address here\n" },
	{ "far.example!x@v.example",
	  "far.example!x@v.example fault: 550 5.1.1 <far.example!x@v.example>: there is no such address here\n" },
	{ "\"info@v.example\"@v.example",
	  "\"info@v.example\"@v.example fault: 550 5.1.1 <\"info@v.example\"@v.example>: "
	  "there is no such address here\n" },
	{ "-oQ/tmp@v.example",
	  "-oQ/tmp@v.example fault: 550 5.1.1 <-oQ/tmp@v.example>: there is no such address here\n" },
};

static void start_virtual(struct village *v)
{
	village_init(v, "team: al, bo\nlist: back@v.example\n");
	v->route.virtual_alias_maps = v->route.virtual_alias_domains =
		arena_str(&v->arena, tempdir_write("virtual", virtual_text, 0600));
	v->route.virtual_mailbox_domains = "mailbox.example";
	v->route.virtual_mailbox_base = "/var/vmail";
	v->route.virtual_mailbox_maps =
		arena_str(&v->arena, tempdir_write("mailbox", "box@mailbox.example box/\n", 0600));
	village_start(v);
}

START_TEST(test_virtual)
{
	struct village v;

	start_virtual(&v);
	ck_assert_str_eq(village_expand(&v, virtual_rows[_i].recipient), virtual_rows[_i].want);
	village_clear(&v);
}
END_TEST

/* Each step adds an extension to the one before: it ends, and is refused. */
START_TEST(test_virtual_growth)
{
	struct village v;

	start_virtual(&v);
	ck_assert_ptr_nonnull(strstr(village_expand(&v, "grow@v.example"), "aliases are nested deeper than 50"));
	village_clear(&v);
}
END_TEST

START_TEST(test_virtual_limits)
{
	struct village v;

	start_virtual(&v);
	v.route.virtual_alias_expansion_limit = 3;
	ck_assert_ptr_nonnull(strstr(village_expand(&v, "info@v.example"), "x@far.example remote"));
	v.route.virtual_alias_expansion_limit = 2;
	ck_assert_str_eq(village_expand(&v, "info@v.example"),
			 "-1: more than 2 addresses behind a virtual alias (virtual_alias_expansion_limit)\n");
	v.route.virtual_alias_expansion_limit = 0;
	v.route.propagate_unmatched_extensions = "canonical";
	ck_assert_ptr_nonnull(strstr(village_expand(&v, "info+lists@v.example"), "\nx@far.example remote"));
	village_clear(&v);
}
END_TEST

/* What RCPT says of them. */
START_TEST(test_virtual_check)
{
	struct village v;

	start_virtual(&v);
	ck_assert_str_eq(village_check(&v, "info@v.example"), "ok");
	ck_assert_str_eq(village_check(&v, "box+x@mailbox.example"), "ok");
	ck_assert_str_eq(village_check(&v, "nobody@v.example"),
			 "550 5.1.1 <nobody@v.example>: there is no such address here");
	ck_assert_str_eq(village_check(&v, "no@mailbox.example"),
			 "550 5.1.1 <no@mailbox.example>: there is no such user here");
	ck_assert_str_eq(village_check(&v, "cmd@v.example"),
			 "451 4.3.5 T/virtual:6: a virtual alias names addresses and nothing else");
	village_clear(&v);
}
END_TEST

/* Mail that was only readdressed has not been here: no Delivered-To stops it at its own name. */
START_TEST(test_forwarded)
{
	struct village v;
	struct route_targets targets;
	struct fault f;

	start_virtual(&v);
	ck_assert_int_eq(route_expand(&v.route, &v.arena, SPAN("info@v.example"), &targets, &f), 0);
	ck_assert(!targets.v[2].forwarded);
	village_forward(&v, "al", "y@far.example\n");
	ck_assert_int_eq(route_expand(&v.route, &v.arena, SPAN("info@v.example"), &targets, &f), 0);
	ck_assert_str_eq(targets.v[0].recipient, "y@far.example");
	ck_assert(targets.v[0].forwarded);
	village_clear(&v);
}
END_TEST

/* ---- mailing lists ---- */

/* friends@, also as a virtual mailbox's domain; what is not known of it is refused; lists@ may not be seen. */
static int find_list(void *ctx, struct arena *a, struct span local, struct span domain, bool is_local,
		     struct route_list *out, struct fault *f)
{
	(void)ctx;
	(void)a;
	if (span_is(local, SPAN("friends+x")))
		return fault_perm(f, 550, "5.1.1", "the list knows no word x");
	if (span_is(local, SPAN("later")))
		return fault_temp(f, 451, "4.3.0", "not now");
	if (span_is(local, SPAN("lists")))
		out->is_hidden = true;
	if (!span_starts(local, SPAN("friends")) || (!is_local && !span_is(domain, SPAN("mailbox.example"))))
		return 0;
	*out = (struct route_list){ .name = "friends", .as = { .name = "lists", .uid = 8, .gid = 8 } };
	return 1;
}

static const struct {
	const char *recipient, *want, *check;
} list_rows[] = {
	{ "friends@m.example", "friends@m.example mailing list friends\n", "ok" },
	{ "friends+help@m.example", "friends+help@m.example mailing list friends\n", "ok" },
	{ "friends@mailbox.example", "friends@mailbox.example mailing list friends\n", "ok" },
	{ "friends@far.example", "friends@far.example remote: smtp to [relay]:25\n", "ok" },
	{ "friends+x@m.example", "friends+x@m.example fault: 550 5.1.1 the list knows no word x\n",
	  "550 5.1.1 the list knows no word x" },
	{ "later@m.example", "later@m.example fault: 451 4.3.0 not now\n", "451 4.3.0 not now" },
	{ "al@m.example", "al@m.example account al: maildir T/home/al/Maildir\n", "ok" },
	{ "lists@m.example",
	  "lists@m.example fault: 451 4.3.5 <lists@m.example>: it is not known here if this is a mailing list\n",
	  "451 4.3.5 <lists@m.example>: it is not known here if this is a mailing list" },
	{ "lists@mailbox.example",
	  "lists@mailbox.example fault: 451 4.3.5 <lists@mailbox.example>: it is not known here if this is a mailing "
	  "list\n",
	  "451 4.3.5 <lists@mailbox.example>: it is not known here if this is a mailing list" },
	/* Aliases come first, and lead to lists; a backslash means an account. */
	{ "team@m.example",
	  "al@m.example account al: maildir T/home/al/Maildir\n"
	  "bo@m.example account bo: maildir T/home/bo/Maildir\n",
	  "ok" },
	{ "both@m.example", "friends@m.example mailing list friends\nfriends+help@m.example mailing list friends\n",
	  "ok" },
	{ "\\friends", "friends@m.example fault: 550 5.1.1 <friends@m.example>: there is no such user here\n",
	  "550 5.1.1 <\\friends@m.example>: nobody whom this alias names can be reached" },
};

START_TEST(test_lists)
{
	struct village v;

	village_init(&v, "team: al, bo\nboth: friends, friends+help, friends@M.example\n");
	v.route.virtual_mailbox_domains = "mailbox.example";
	v.route.virtual_mailbox_base = "/var/vmail";
	v.route.virtual_mailbox_maps =
		arena_str(&v.arena, tempdir_write("mailbox", "box@mailbox.example box/\n", 0600));
	village_start(&v);
	v.call.find_list = find_list;
	ck_assert_str_eq(village_expand(&v, list_rows[_i].recipient), list_rows[_i].want);
	ck_assert_str_eq(village_check(&v, list_rows[_i].recipient), list_rows[_i].check);
	village_clear(&v);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_lists, 0, COUNT(list_rows));
	tcase_add_loop_test(tc, test_virtual, 0, COUNT(virtual_rows));
	tcase_add_test(tc, test_virtual_growth);
	tcase_add_test(tc, test_virtual_limits);
	tcase_add_test(tc, test_virtual_check);
	tcase_add_test(tc, test_forwarded);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_steps);
	tcase_add_test(tc, test_include);
	tcase_add_test(tc, test_unsafe_forward);
	tcase_add_test(tc, test_rights);
	tcase_add_test(tc, test_not_allowed);
	tcase_add_loop_test(tc, test_transports, 0, COUNT(transport_rows));
	tcase_add_test(tc, test_null_client);
	tcase_add_test(tc, test_postmaster_unknown);
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(expand, add_tests)
