/* SPDX-License-Identifier: ISC */
#include "route/canonical.h"

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

static const char canonical_text[] = "dupont     Henri.Dupont\n"
				     "al@x.example   Al@y.example\n"
				     "al@y.example   al@z.example\n"
				     "@old.example   @new.example\n"
				     "self@x.example self@x.example\n"
				     "one@x.example  two@x.example\n"
				     "two@x.example  one@x.example\n"
				     "list@x.example a@x.example, b@x.example\n"
				     "pipe@x.example |cat\n"
				     "text@x.example a b\n"
				     "grow@x.example grow+more@x.example\n"
				     "name@x.example \"Na Me\"@y.example\n"
				     "ctl@x.example  a\x01@x.example\n";

struct row {
	enum canonical_class class;
	const char *address;
	const char *want; /* the address, or "! fault" */
};

#define ES CANONICAL_ENVELOPE_SENDER
#define ER CANONICAL_ENVELOPE_RECIPIENT
#define HS CANONICAL_HEADER_SENDER
#define HR CANONICAL_HEADER_RECIPIENT

static const struct row rows[] = {
	{ ES, "", "" },
	{ ES, "al", "al@m.example" },
	{ ES, "dupont", "Henri.Dupont@m.example" },
	{ ES, "dupont@localhost", "Henri.Dupont@m.example" },
	{ ES, "dupont@far.example", "dupont@far.example" },
	{ ES, "dupont+lists", "Henri.Dupont+lists@m.example" },
	{ ES, "al@x.example", "al@z.example" },
	{ ER, "al+e@x.example", "al+e@z.example" },
	{ HS, "AL@X.EXAMPLE", "al@z.example" },
	{ HR, "who+e@old.example", "who+e@new.example" },
	{ HR, "\"a b\"@old.example", "\"a b\"@new.example" },
	{ HR, "self@x.example", "self@x.example" },
	{ HR, "name@x.example", "\"Na Me\"@y.example" },
	{ HR, "name+e@x.example", "\"Na Me+e\"@y.example" },
	{ ES, "sender@s.example", "known@s.example" },
	{ HS, "sender@s.example", "known@s.example" },
	{ ER, "sender@s.example", "sender@s.example" },
	{ ER, "recipient@s.example", "known@s.example" },
	{ HR, "recipient@s.example", "known@s.example" },
	{ HS, "recipient@s.example", "recipient@s.example" },
	/* hidden hosts */
	{ ES, "al@host.hide.example", "al@hide.example" },
	{ HS, "al@a.b.hide.example", "al@hide.example" },
	{ HR, "al@host.hide.example", "al@hide.example" },
	{ ER, "al@host.hide.example", "al@host.hide.example" },
	{ HS, "al@hide.example", "al@hide.example" },
	{ HS, "al@host.HIDE.example", "al@hide.example" },
	{ HS, "root@host.hide.example", "root@host.hide.example" },
	{ HS, "al@lab.hide.example", "al@lab.hide.example" },
	{ HS, "al@x.lab.hide.example", "al@x.lab.hide.example" },
	{ HS, "al@nothide.example", "al@nothide.example" },
	{ HS, "al@[192.0.2.1]", "al@[192.0.2.1]" },
	/* no rewriting by what an address has in it */
	{ ER, "a%old.example@x.example", "a%old.example@x.example" },
	{ ER, "old.example!a@x.example", "old.example!a@x.example" },
	{ ER, "\"a@old.example\"@x.example", "\"a@old.example\"@x.example" },
	{ ER, "-oQ/tmp@x.example", "-oQ/tmp@x.example" },
	/* tables that are wrong */
	{ ES, "one@x.example", "! canonical_maps: entries lead in a loop, by way of <one@x.example>" },
	{ ES, "list@x.example", "! T/canonical:8: \"a@x.example, b@x.example\" is not one address" },
	{ ES, "pipe@x.example", "|cat@m.example" }, /* an address like any other, and never a command */
	{ ES, "text@x.example", "! T/canonical:10: \"a b\" is not one address" },
	{ ES, "ctl@x.example", "! T/canonical:13: \"a\x01@x.example\" is not one address" },
};

static void start(struct village *v)
{
	struct fault f;

	village_init(v, "");
	v->route.canonical_maps = arena_str(&v->arena, tempdir_write("canonical", canonical_text, 0600));
	v->route.sender_canonical_maps =
		arena_str(&v->arena, tempdir_write("sender", "sender@s.example known@s.example\n", 0600));
	v->route.recipient_canonical_maps =
		arena_str(&v->arena, tempdir_write("recipient", "recipient@s.example known@s.example\n", 0600));
	v->route.masquerade_domains = "!lab.hide.example hide.example";
	v->route.masquerade_exceptions = "root";
	village_start(v);
	ck_assert_int_eq(canonical_load(&v->route, &f), 0);
}

START_TEST(test_rewrite)
{
	const struct row *row = &rows[_i];
	struct village v;
	const char *got;
	struct fault f = { 0 };

	start(&v);
	if (canonical_rewrite(&v.route, &v.arena, row->class, span_str(row->address), &got, &f) < 0) {
		ck_assert_int_eq(f.kind, FAULT_TEMP);
		got = arena_printf(&v.arena, "! %s", tempdir_hide(f.text));
	}
	ck_assert_str_eq(got, row->want);
	village_clear(&v);
}
END_TEST

START_TEST(test_steps)
{
	struct village v;
	const char *got;
	struct fault f;

	start(&v);
	v.route.myorigin = "host.hide.example";
	ck_assert_int_eq(canonical_rewrite(&v.route, &v.arena, HS, SPAN("dupont"), &got, &f), 0);
	ck_assert_str_eq(buf_str(&v.steps), "0 append origin: dupont@host.hide.example (myorigin)\n"
					    "0 dupont: canonical in T/canonical:1 -> Henri.Dupont\n"
					    "0 append origin: Henri.Dupont@host.hide.example (myorigin)\n"
					    "0 hide the host: Henri.Dupont@hide.example (masquerade_domains)\n");
	village_clear(&v);
}
END_TEST

/* An extension that grows with each step is a loop, too. */
START_TEST(test_growth)
{
	struct village v;
	const char *got;
	struct fault f;

	start(&v);
	ck_assert_int_eq(canonical_rewrite(&v.route, &v.arena, ES, SPAN("grow@x.example"), &got, &f), -1);
	ck_assert_str_eq(f.status, "4.3.5");
	village_clear(&v);
}
END_TEST

START_TEST(test_classes)
{
	struct village v;
	const char *got;
	struct fault f;

	start(&v);
	v.route.canonical_classes = "header_sender";
	v.route.masquerade_classes = "";
	v.route.propagate_unmatched_extensions = "virtual";
	ck_assert_int_eq(canonical_rewrite(&v.route, &v.arena, ES, SPAN("dupont"), &got, &f), 0);
	ck_assert_str_eq(got, "dupont@m.example");
	ck_assert_int_eq(canonical_rewrite(&v.route, &v.arena, HS, SPAN("dupont+x"), &got, &f), 0);
	ck_assert_str_eq(got, "Henri.Dupont@m.example");
	ck_assert_int_eq(canonical_rewrite(&v.route, &v.arena, HS, SPAN("al@host.hide.example"), &got, &f), 0);
	ck_assert_str_eq(got, "al@host.hide.example");
	village_clear(&v);
}
END_TEST

/* In the header an address without change is the same string: nothing is put in its place. */
START_TEST(test_map)
{
	struct village v;
	const char *in = "al@far.example", *got;
	struct fault f;

	village_init(&v, "");
	village_start(&v);
	ck_assert(!canonical_is_set(&v.route));
	ck_assert_int_eq(canonical_map(&v.route, &v.arena, in, REWRITE_SENDER, &got, &f), 0);
	ck_assert_ptr_eq(got, in);
	ck_assert_int_eq(canonical_map(&v.route, &v.arena, "al", REWRITE_SENDER, &got, &f), 0);
	ck_assert_str_eq(got, "al@m.example");
	village_clear(&v);
	start(&v);
	ck_assert(canonical_is_set(&v.route));
	ck_assert_int_eq(canonical_map(&v.route, &v.arena, "sender@s.example", REWRITE_SENDER, &got, &f), 0);
	ck_assert_str_eq(got, "known@s.example");
	ck_assert_int_eq(canonical_map(&v.route, &v.arena, "sender@s.example", REWRITE_RECIPIENT, &got, &f), 0);
	ck_assert_str_eq(got, "sender@s.example");
	village_clear(&v);
}
END_TEST

START_TEST(test_check)
{
	static const struct {
		struct route r;
		const char *fault;
	} bad[] = {
		{ { .canonical_classes = "envelope" },
		  "canonical_classes: what is \"envelope\"? There are envelope_sender, envelope_recipient, "
		  "header_sender, header_recipient" },
		{ { .masquerade_classes = "header_sender x" },
		  "masquerade_classes: what is \"x\"? There are envelope_sender, envelope_recipient, header_sender, "
		  "header_recipient" },
		{ { .propagate_unmatched_extensions = "aliases" },
		  "propagate_unmatched_extensions: what is \"aliases\"? There are canonical, virtual" },
		{ { .masquerade_domains = "!x.example ." }, "masquerade_domains: \".\" is not a domain" },
		{ { .masquerade_domains = "!" }, "masquerade_domains: \"!\" is not a domain" },
	};
	struct fault f;

	for (int i = 0; i < COUNT(bad); i++) {
		ck_assert_int_eq(canonical_check(&bad[i].r, &f), -1);
		ck_assert_str_eq(f.text, bad[i].fault);
	}
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rewrite, 0, COUNT(rows));
	tcase_add_test(tc, test_steps);
	tcase_add_test(tc, test_growth);
	tcase_add_test(tc, test_classes);
	tcase_add_test(tc, test_map);
	tcase_add_test(tc, test_check);
}

CHECK_MAIN(canonical, add_tests)
