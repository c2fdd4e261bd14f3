/* SPDX-License-Identifier: ISC */
#include "route/tables.h"

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

/* A user without domain is one of this machine, in those tables that are about people. */
START_TEST(test_bare)
{
	static const struct {
		enum tables_name name;
		const char *address;
		bool want;
	} rows[] = {
		{ TABLES_CANONICAL, "al@m.example", true },	   { TABLES_CANONICAL, "al+x@localhost", true },
		{ TABLES_CANONICAL, "al@origin.example", true },   { TABLES_CANONICAL, "al@far.example", false },
		{ TABLES_VIRTUAL_ALIAS, "al@m.example", true },	   { TABLES_RELOCATED, "al@m.example", true },
		{ TABLES_TRANSPORT, "al@m.example", false },	   { TABLES_VIRTUAL_MAILBOX, "al@m.example", false },
		{ TABLES_RELAY_RECIPIENT, "al@m.example", false },
	};
	struct village v;
	struct table_entry e;
	struct span extension;
	struct fault f;

	village_init(&v, "");
	v.route.canonical_maps = v.route.virtual_alias_maps = v.route.relocated_maps = v.route.transport_maps =
		v.route.virtual_mailbox_maps = v.route.relay_recipient_maps = tempdir_write("table", "al x\n", 0600);
	v.route.virtual_mailbox_base = "/var/vmail";
	v.route.myorigin = "origin.example";
	village_start(&v);
	ck_assert_int_eq(tables_refresh(v.route.tables, &f), 0);
	for (int i = 0; i < COUNT(rows); i++)
		ck_assert_msg(tables_find_address(&v.route, &v.arena, rows[i].name, span_str(rows[i].address), &e,
						  &extension) == rows[i].want,
			      "row %d", i);
	village_clear(&v);
}
END_TEST

START_TEST(test_faults)
{
	struct village v;
	struct fault f;

	village_init(&v, "");
	v.route.relay_domains = "x.example ldap:/etc/x";
	ck_assert_int_eq(route_init(&v.route, &f), -1);
	ck_assert_str_eq(
		f.text,
		"relay_domains: tables of type \"ldap\" are not read here; hash, texthash, lmdb and static are");
	v.route.relay_domains = "";
	v.route.relocated_maps = "/nonexistent/relocated";
	village_start(&v);
	ck_assert_int_eq(tables_refresh(v.route.tables, &f), -1);
	ck_assert_str_eq(f.text, "relocated_maps: there is no /nonexistent/relocated");
	village_clear(&v);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_bare);
	tcase_add_test(tc, test_faults);
}

CHECK_MAIN(tables, add_tests)
