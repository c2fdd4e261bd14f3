/* SPDX-License-Identifier: ISC */
#include "route/transport.h"

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

static const char transport_text[] = "far.example        smtp:[gw]:26\n"
				     ".far.example       lmtp:unix:/run/lmtp\n"
				     "vip@far.example    smtp:\n"
				     "@at.example        smtp:[never]\n"
				     "al                 smtp:[never]\n"
				     "keep.example       :\n"
				     "host.example       :[other]:27\n"
				     "pipe.example       pipe:uux - $nexthop!rmail\n"
				     "here.example       local:\n"
				     "box.example        virtual:\n"
				     "null.example       discard:\n"
				     "no.example         error:5.1.2 nobody there\n"
				     "wait.example       retry:4.4.1 later\n"
				     "bad.example        uucp:x\n"
				     "gone.m.example     :\n";

static const struct {
	const char *address, *sender;
	const char *want; /* "ACTION ...", or "! fault" */
} rows[] = {
	{ "x@far.example", NULL, "smtp [gw]:26" },
	{ "x@FAR.example", NULL, "smtp [gw]:26" },
	{ "x@a.b.far.example", NULL, "lmtp unix:/run/lmtp" },
	{ "vip@far.example", NULL, "smtp far.example" },
	{ "vip+x@far.example", NULL, "smtp far.example" },
	{ "x@at.example", NULL, "smtp [relay]:25" },
	{ "al@m.example", NULL, "local" },
	{ "x@keep.example", NULL, "smtp [relay]:25" },
	{ "x@host.example", NULL, "smtp [other]:27" },
	{ "x@pipe.example", NULL, "pipe uux - $nexthop!rmail to pipe.example" },
	{ "x@here.example", NULL, "local" },
	{ "x@box.example", NULL, "virtual" },
	{ "x@null.example", NULL, "discard" },
	{ "x@no.example", NULL, "error 5.1.2 nobody there" },
	{ "x@wait.example", NULL, "error 4.4.1 later" },
	{ "x@bad.example", NULL,
	  "! T/transport:14: \"uucp\" is no transport: smtp, lmtp, pipe, error, retry, local, virtual, discard" },
	{ "x@else.example", NULL, "smtp [relay]:25" },
	{ "x@m.example", NULL, "local" },
	{ "x@alias.example", NULL, "error 5.1.1 there is no such address here" },
	{ "x@mailbox.example", NULL, "virtual" },
	{ "x@relay.example", NULL, "smtp [relay]:25" },
	{ "x@[192.0.2.1]", NULL, "smtp [relay]:25" },
	{ "gone@m.example", NULL, "error 5.1.6 the user has moved to new@else.example" },
	{ "gone+x@far.example", NULL, "error 5.1.6 the user has moved to elsewhere" },
	/* by sender */
	{ "x@else.example", "al@s.example", "smtp [mine]:587" },
	{ "x@else.example", "AL+x@S.example", "smtp [mine]:587" },
	{ "x@else.example", "bo@s.example", "smtp s-relay.example:25" },
	{ "x@else.example", "carla@s.example", "smtp [relay]:25" },
	{ "x@else.example", "bad@s.example", "! T/sender:4: \"[x\": write host:port or [host]:port" },
	{ "x@else.example", "", "smtp [null]:25" },
	{ "x@else.example", "x@y.example", "smtp [relay]:25" },
	{ "x@relay.example", "al@s.example", "smtp [mine]:587" },
	{ "x@far.example", "al@s.example", "smtp [gw]:26" },
	{ "x@m.example", "al@s.example", "local" },
};

static void start(struct village *v)
{
	struct fault f;

	village_init(v, "");
	v->route.transport_maps = arena_str(&v->arena, tempdir_write("transport", transport_text, 0600));
	v->route.relocated_maps = arena_str(
		&v->arena, tempdir_write("relocated", "gone new@else.example\ngone@far.example elsewhere\n", 0600));
	v->route.sender_dependent_relayhost_maps =
		arena_str(&v->arena, tempdir_write("sender",
						   "al@s.example [mine]:587\n@s.example s-relay.example\n"
						   "carla@s.example DUNNO\nbad@s.example [x\n<> [null]\n",
						   0600));
	v->route.virtual_alias_domains = "alias.example";
	v->route.virtual_mailbox_domains = "mailbox.example";
	v->route.relay_domains = "relay.example";
	village_start(v);
	ck_assert_msg(route_load(&v->route, &f) == 0, "%s", f.text);
}

static const char *describe(struct arena *a, const struct nexthop *to)
{
	static const char *const transports[] = { "smtp", "lmtp", "pipe" };
	static const char *const actions[] = {
		[NEXTHOP_LOCAL] = "local", [NEXTHOP_VIRTUAL] = "virtual", [NEXTHOP_DISCARD] = "discard"
	};

	if (to->action == NEXTHOP_ERROR)
		return arena_printf(a, "error %s %s", to->status, to->error);
	if (to->action != NEXTHOP_SEND)
		return actions[to->action];
	if (to->transport == ROUTE_PIPE)
		return arena_printf(a, "pipe %s to %s", to->command, to->host);
	return arena_printf(a, "%s %s", transports[to->transport], to->host);
}

START_TEST(test_find)
{
	struct village v;
	struct transport t;
	struct fault f = { 0 };
	const char *got;

	start(&v);
	if (transport_find(&v.route, &v.arena, span_str(rows[_i].address), rows[_i].sender, &t, &f) < 0) {
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		got = arena_printf(&v.arena, "! %s", tempdir_hide(f.text));
	} else {
		got = describe(&v.arena, &t.to);
	}
	ck_assert_str_eq(got, rows[_i].want);
	village_clear(&v);
}
END_TEST

/* "*" is for everything that nothing else is for, our own domains among it. */
START_TEST(test_all_others)
{
	struct village v;
	struct transport t;
	struct fault f;

	village_init(&v, "");
	v.route.transport_maps = tempdir_write("transport", "m.example :\n* smtp:[all]\n", 0600);
	village_start(&v);
	ck_assert_int_eq(route_load(&v.route, &f), 0);
	ck_assert_int_eq(transport_find(&v.route, &v.arena, SPAN("x@y.example"), NULL, &t, &f), 0);
	ck_assert_str_eq(t.to.host, "[all]:25");
	ck_assert_int_eq(transport_find(&v.route, &v.arena, SPAN("al@localhost"), NULL, &t, &f), 0);
	ck_assert_str_eq(t.to.host, "[all]:25");
	ck_assert_int_eq(transport_find(&v.route, &v.arena, SPAN("al@m.example"), NULL, &t, &f), 0);
	ck_assert_int_eq(t.to.action, NEXTHOP_LOCAL);
	village_clear(&v);
}
END_TEST

START_TEST(test_fault)
{
	const struct nexthop never = { .action = NEXTHOP_ERROR, .status = "5.1.2", .error = "no" };
	const struct nexthop later = { .action = NEXTHOP_ERROR, .status = "4.1.2", .error = "not yet" };
	struct fault f;

	transport_fault(&never, "al@x.example", &f);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	ck_assert_int_eq(f.reply, 550);
	ck_assert_str_eq(f.text, "<al@x.example>: no");
	transport_fault(&later, "al@x.example", &f);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	ck_assert_int_eq(f.reply, 450);
	ck_assert_str_eq(f.status, "4.1.2");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_all_others);
	tcase_add_test(tc, test_fault);
}

CHECK_MAIN(transport, add_tests)
