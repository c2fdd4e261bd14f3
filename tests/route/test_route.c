/* SPDX-License-Identifier: ISC */
#include "route/route.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

struct init_row {
	const char *parameter, *value;
	const char *fault; /* NULL: fine */
};

static const struct init_row init_rows[] = {
	{ "", "", NULL },
	{ "forward_path", "", NULL },
	{ "forward_path", "mail/forward", NULL },
	{ "forward_path", "/etc/forward", "forward_path: \"/etc/forward\" is not relative to the home directory" },
	{ "forward_path", "mail/../../x", "forward_path: \"mail/../../x\" leaves the home directory" },
	{ "myorigin", "/etc/mailname", "myorigin: \"/etc/mailname\" is not a domain" },
	{ "myorigin", "a b", "myorigin: \"a b\" is not a domain" },
	{ "myorigin", "-x.example", "myorigin: \"-x.example\" is not a domain" },
	{ "mydestination", "hash:/etc/x", "mydestination: \"hash:/etc/x\" is not a domain" },
	{ "alias_maps", "nis:x", "alias_maps: \"nis:x\" is not the absolute name of a text file" },
	{ "relayhost", "[x", "relayhost: \"[x\": write host:port or [host]:port" },
	{ "default_transport", "uucp", "default_transport: \"uucp\" is no transport: smtp, lmtp, pipe, error" },
};

START_TEST(test_init)
{
	const struct init_row *row = &init_rows[_i];
	struct village v;
	const struct {
		const char *name;
		const char **value;
	} parameters[] = {
		{ "forward_path", &v.route.forward_path },   { "myorigin", &v.route.myorigin },
		{ "mydestination", &v.route.mydestination }, { "alias_maps", &v.route.alias_maps },
		{ "relayhost", &v.route.relayhost },	     { "default_transport", &v.route.default_transport }
	};
	struct fault f;
	int rc;

	village_init(&v, "");
	for (int i = 0; i < COUNT(parameters); i++)
		if (strcmp(parameters[i].name, row->parameter) == 0)
			*parameters[i].value = row->value;
	rc = route_init(&v.route, &f);
	ck_assert_int_eq(rc, row->fault ? -1 : 0);
	if (rc < 0) {
		ck_assert_str_eq(f.text, row->fault);
		ck_assert_int_eq(f.kind, FAULT_USAGE);
	}
	village_clear(&v);
}
END_TEST

/* Parameters that nobody set. */
START_TEST(test_nothing_set)
{
	struct route r = { 0 };
	struct arena a = { 0 };
	struct fault f;

	ck_assert_int_eq(route_init(&r, &f), 0);
	ck_assert_int_eq(route_load(&r, &f), 0);
	ck_assert_str_eq(route_qualify(&r, &a, SPAN("al")), "al");
	ck_assert(route_is_local(&r, SPAN("")));
	ck_assert(!route_is_local(&r, SPAN("localhost")));
	route_clear(&r);
	route_clear(&r);
	arena_clear(&a);
}
END_TEST

START_TEST(test_is_local)
{
	static const struct {
		const char *domain;
		bool want;
	} rows[] = {
		{ "", true },
		{ ".", true },
		{ "m.example", true },
		{ "M.EXAMPLE", true },
		{ "m.example.", true },
		{ "localhost", true },
		{ "[127.0.0.1]", true },
		{ "[IPv6:::1]", true },
		{ "virtual.example", true },
		{ "example", false },
		{ "x.m.example", false },
		{ "m.example..", false },
		{ "[192.0.2.1]", false },
		{ "m.example,localhost", false },
	};
	struct village v;

	village_init(&v, "");
	village_start(&v);
	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_msg(route_is_local(&v.route, span_str(rows[i].domain)) == rows[i].want, "%s", rows[i].domain);
	village_clear(&v);
}
END_TEST

START_TEST(test_qualify)
{
	static const char *const rows[][2] = {
		{ "al", "al@m.example" },
		{ "al@x.example", "al@x.example" },
		{ "\"a@b\"", "\"a@b\"@m.example" },
		{ "al@", "al@m.example" },
		{ "", "@m.example" },
	};
	struct village v;

	village_init(&v, "");
	village_start(&v);
	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_str_eq(route_qualify(&v.route, &v.arena, span_str(rows[i][0])), rows[i][1]);
	village_clear(&v);
}
END_TEST

struct check_row {
	const char *recipient;
	const char *want;
};

static const char check_aliases[] = "list: al, gone\n"
				    "dead: gone\n"
				    "deader: dead, gone2, dead\n"
				    "self: self\n"
				    "a: b\nb: a\n"
				    "cmd: |x\n"
				    "null: /dev/null\n"
				    "out: x@example.org\n"
				    "broken: a b\n"
				    "mixed: gone, a b\n"
				    "half: a b, al\n"
				    "empty:\n"
				    "unreadable: :include:/nonexistent/list\n";

#define NOBODY(who) "550 5.1.1 <" who "@m.example>: nobody whom this alias names can be reached"

static const struct check_row check_rows[] = {
	{ "al", "ok" },
	{ "al+x@m.example", "ok" },
	{ "x@example.org", "ok" },
	{ "postmaster", "ok" },
	{ "Postmaster@m.example", "ok" },
	{ "list", "ok" },
	{ "cmd", "ok" },
	{ "null", "ok" },
	{ "out", "ok" },
	{ "half", "ok" },
	{ "unreadable", "ok" },
	{ "gone", "550 5.1.1 <gone@m.example>: there is no such user here" },
	{ "gone@localhost", "550 5.1.1 <gone@localhost>: there is no such user here" },
	{ "dead", NOBODY("dead") },
	{ "dead+x", NOBODY("dead+x") },
	{ "deader", NOBODY("deader") },
	{ "self", "554 5.4.6 <self@m.example>: aliases lead in a loop: self -> self" },
	{ "a", "554 5.4.6 <a@m.example>: aliases lead in a loop: a -> b -> a" },
	{ "broken", "451 4.3.5 T/aliases:10: an address has a blank in it; a comma separates addresses" },
	{ "mixed", "451 4.3.5 T/aliases:11: an address has a blank in it; a comma separates addresses" },
	{ "empty", "451 4.3.5 T/aliases:13: the alias empty has no targets" },
	{ "", "501 5.1.3 the recipient is empty" },
	{ "a\r\nb", "501 5.1.3 there is a control byte in the recipient's address" },
};

START_TEST(test_check)
{
	const struct check_row *row = &check_rows[_i];
	struct village v;

	village_init(&v, check_aliases);
	/* Forward files are not looked at: this one would be a loop. */
	village_forward(&v, "al", "a\n");
	village_start(&v);
	ck_assert_str_eq(village_check(&v, row->recipient), row->want);
	village_clear(&v);
}
END_TEST

/* The first target that is good is enough. */
START_TEST(test_check_is_brief)
{
	struct village v;
	struct buf text;

	buf_init(&text, 1000000);
	buf_put_str(&text, "list: al");
	for (int i = 0; i < 1000; i++)
		buf_printf(&text, ", user%d", i);
	village_init(&v, buf_str(&text));
	buf_clear(&text);
	village_start(&v);
	ck_assert_str_eq(village_check(&v, "list"), "ok");
	ck_assert_uint_le(v.lookups, 2);
	village_clear(&v);
}
END_TEST

START_TEST(test_long_recipient)
{
	char recipient[2000];
	struct village v;

	memset(recipient, 'x', sizeof(recipient) - 1);
	recipient[sizeof(recipient) - 1] = '\0';
	village_init(&v, "");
	village_start(&v);
	ck_assert_str_eq(village_check(&v, recipient), "501 5.1.3 the recipient's address is longer than 1000 octets");
	village_clear(&v);
}
END_TEST

/* What cannot be known now is temporary: alias files and users files that cannot be read. */
START_TEST(test_unreadable)
{
	struct village v;

	village_init(&v, "list: al\n");
	village_start(&v);
	ck_assert_int_eq(chmod(tempdir_path("aliases"), 0602), 0);
	ck_assert_str_eq(village_check(&v, "al"), "451 4.3.5 alias_maps: everybody may write to T/aliases");
	ck_assert_str_eq(village_expand(&v, "al"), "-1: alias_maps: everybody may write to T/aliases\n");
	unlink(tempdir_path("aliases"));
	ck_assert_str_eq(village_check(&v, "al"), "451 4.3.5 alias_maps: there is no T/aliases");
	tempdir_write("aliases", "", 0600);
	ck_assert_str_eq(village_check(&v, "al"), "ok");
	unlink(tempdir_path("users"));
	ck_assert_str_eq(village_check(&v, "al"), "451 4.3.5 users_file: T/users does not exist");
	ck_assert_str_eq(village_expand(&v, "al"),
			 "al@m.example fault: 451 4.3.5 users_file: T/users does not exist\n");
	village_clear(&v);
}
END_TEST

/* A changed alias file counts from the next recipient on. */
START_TEST(test_change)
{
	struct village v;

	village_init(&v, "list: al\n");
	village_start(&v);
	ck_assert_str_eq(village_expand(&v, "list"), "al@m.example account al: maildir T/home/al/Maildir\n");
	tempdir_write("aliases", "list: bo\n", 0600);
	ck_assert_str_eq(village_expand(&v, "list"), "bo@m.example account bo: maildir T/home/bo/Maildir\n");
	village_clear(&v);
}
END_TEST

START_TEST(test_class)
{
	static const struct {
		const char *domain;
		enum route_class want;
	} rows[] = {
		{ "", ROUTE_LOCAL },
		{ "m.example", ROUTE_LOCAL },
		{ "[127.0.0.1]", ROUTE_LOCAL },
		{ "alias.example", ROUTE_VIRTUAL_ALIAS },
		{ "Alias.Example.", ROUTE_VIRTUAL_ALIAS },
		{ "table.example", ROUTE_VIRTUAL_ALIAS },
		{ "x.alias.example", ROUTE_ELSEWHERE },
		{ "mailbox.example", ROUTE_VIRTUAL_MAILBOX },
		{ "relay.example", ROUTE_RELAY },
		{ "x.y.relay.example", ROUTE_RELAY },
		{ "notrelay.example", ROUTE_ELSEWHERE },
		{ "example", ROUTE_ELSEWHERE },
		{ "[192.0.2.1]", ROUTE_ELSEWHERE },
	};
	struct village v;
	struct fault f;

	village_init(&v, "");
	v.route.virtual_alias_domains = arena_printf(
		&v.arena, "alias.example %s", tempdir_write("domains", "table.example x\nal@table.example x\n", 0600));
	v.route.virtual_mailbox_domains = "mailbox.example";
	v.route.relay_domains = "relay.example, m.example";
	village_start(&v);
	ck_assert_int_eq(route_load(&v.route, &f), 0);
	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_msg(route_class_of(&v.route, span_str(rows[i].domain)) == rows[i].want, "row %d", i);
	village_clear(&v);
}
END_TEST

/* Where the relay takes a recipient before anything is expanded, and after. */
START_TEST(test_place)
{
	static const struct {
		const char *recipient, *sender;
		bool expanded;
		const char *want; /* next hop, "here", or the fault's text */
	} rows[] = {
		{ "al", "", false, "here" },
		{ "al@m.example", "", false, "here" },
		{ "x@far.example", "", false, "[relay]:25" },
		{ "x@far.example", "s@s.example", false, "[mine]:25" },
		{ "info@far.example", "", false, "here" },
		{ "info@far.example", "", true, "[relay]:25" },
		{ "x@alias.example", "", false, "here" },
		{ "x@no.example", "", false, "<x@no.example>: no" },
		{ "x@null.example", "", false, "here" },
		{ "x@bad.example", "", false,
		  "! T/transport:3: \"foo\" is no transport: smtp, lmtp, pipe, error, retry, local, virtual, discard" },
	};
	struct village v;

	village_init(&v, "");
	v.route.virtual_alias_maps = arena_str(&v.arena, tempdir_write("virtual", "info@far.example al\n", 0600));
	v.route.virtual_alias_domains = "alias.example";
	v.route.transport_maps = arena_str(
		&v.arena,
		tempdir_write("transport", "no.example error:no\nnull.example discard:\nbad.example foo:\n", 0600));
	v.route.sender_dependent_relayhost_maps =
		arena_str(&v.arena, tempdir_write("sender", "@s.example [mine]\n", 0600));
	village_start(&v);
	for (int i = 0; i < COUNT(rows); i++) {
		struct route_target t;
		struct fault f;
		const char *got = "here";

		if (route_place(&v.route, &v.arena, span_str(rows[i].recipient), rows[i].sender, rows[i].expanded, &t,
				&f) < 0)
			got = arena_printf(&v.arena, "! %s", tempdir_hide(f.text));
		else if (t.kind == ROUTE_FAULT)
			got = t.fault->text;
		else if (t.kind == ROUTE_REMOTE)
			got = t.nexthop;
		ck_assert_msg(strcmp(got, rows[i].want) == 0, "row %d: %s", i, got);
	}
	village_clear(&v);
}
END_TEST

/* Of addresses on other machines only relay_recipient_maps know. */
START_TEST(test_relay_recipients)
{
	struct village v;

	village_init(&v, "");
	v.route.relay_domains = "relay.example";
	v.route.relay_recipient_maps = tempdir_write("recipients", "x@relay.example y\n@sub.relay.example y\n", 0600);
	village_start(&v);
	ck_assert_str_eq(village_check(&v, "x+y@relay.example"), "ok");
	ck_assert_str_eq(village_check(&v, "any@sub.relay.example"), "ok");
	ck_assert_str_eq(village_check(&v, "y@relay.example"),
			 "550 5.1.1 <y@relay.example>: there is no such user here");
	ck_assert_str_eq(village_check(&v, "y@far.example"), "ok");
	ck_assert_str_eq(village_expand(&v, "y@relay.example"), "y@relay.example remote: smtp to [relay]:25\n");
	village_clear(&v);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_class);
	tcase_add_test(tc, test_place);
	tcase_add_test(tc, test_relay_recipients);
	tcase_add_loop_test(tc, test_init, 0, COUNT(init_rows));
	tcase_add_test(tc, test_nothing_set);
	tcase_add_test(tc, test_is_local);
	tcase_add_test(tc, test_qualify);
	tcase_add_loop_test(tc, test_check, 0, COUNT(check_rows));
	tcase_add_test(tc, test_check_is_brief);
	tcase_add_test(tc, test_long_recipient);
	tcase_add_test(tc, test_unreadable);
	tcase_add_test(tc, test_change);
}

CHECK_MAIN(route, add_tests)
