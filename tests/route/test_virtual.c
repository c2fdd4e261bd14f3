/* SPDX-License-Identifier: ISC */
#include "route/virtual.h"

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

static const char mailbox_text[] = "al@v.example     v.example/al/\n"
				   "bo@v.example     v.example/bo\n"
				   "up@v.example     ../../etc/x\n"
				   "abs@v.example    /etc/x\n"
				   "cmd@v.example    |cat\n"
				   "low@v.example    v.example/low/\n"
				   "root@v.example   v.example/root/\n"
				   "noid@v.example   v.example/noid/\n"
				   "text@v.example   v.example/text/\n"
				   "@all.example     all/\n"
				   "least@v.example  v.example/least/\n";

static const struct {
	const char *address;
	const char *want; /* "NAME UID:GID MAIL", "none", "! fault" */
} rows[] = {
	{ "al@v.example", "al@v.example 5000:6000 maildir:/var/vmail/v.example/al" },
	{ "AL@V.example", "al@v.example 5000:6000 maildir:/var/vmail/v.example/al" },
	{ "al+x@v.example", "al@v.example 5000:6000 maildir:/var/vmail/v.example/al" },
	{ "bo@v.example", "bo@v.example 5000:6000 mbox:/var/vmail/v.example/bo" },
	{ "x@all.example", "x@all.example 5001:6000 maildir:/var/vmail/all" },
	{ "nobody@v.example", "none" },
	{ "../../x@v.example", "none" },
	{ "up@v.example", "! T/mailbox:3: \"../../etc/x\" is not a path below virtual_mailbox_base" },
	{ "abs@v.example", "! T/mailbox:4: \"/etc/x\" is not a path below virtual_mailbox_base" },
	{ "cmd@v.example", "! T/mailbox:5: \"|cat\" is not a path below virtual_mailbox_base" },
	{ "low@v.example", "! T/uid:3: the id 99 is too low (virtual_minimum_uid)" },
	{ "least@v.example", "least@v.example 100:6000 maildir:/var/vmail/v.example/least" },
	{ "root@v.example", "! T/uid:4: the id 0 is too low (virtual_minimum_uid)" },
	{ "noid@v.example", "! virtual_uid_maps: there is no entry for <noid@v.example>" },
	{ "text@v.example", "! T/uid:5: \"vmail\" is no id" },
};

static void start(struct village *v, const char *mailboxes)
{
	struct fault f;

	village_init(v, "");
	v->route.virtual_mailbox_base = "/var/vmail";
	v->route.virtual_mailbox_maps = mailboxes ? arena_str(&v->arena, mailboxes) : "";
	v->route.virtual_uid_maps = arena_str(
		&v->arena, tempdir_write("uid",
					 "al@v.example 5000\nbo@v.example 5000\nlow@v.example 99\nroot@v.example 0\n"
					 "text@v.example vmail\n@all.example 5001\nleast@v.example 100\n",
					 0600));
	v->route.virtual_gid_maps = "static:6000";
	v->route.virtual_minimum_uid = 100;
	village_start(v);
	ck_assert_msg(route_load(&v->route, &f) == 0, "%s", f.text);
}

static const char *find(struct village *v, const char *address)
{
	struct account who = { 0 };
	struct table_entry e;
	struct fault f;
	int rc = virtual_find(&v->route, &v->arena, address, &who, &e, &f);

	if (rc < 0)
		ck_assert_int_eq(f.kind, FAULT_TEMP);
	if (rc <= 0)
		return rc == 0 ? "none" : arena_printf(&v->arena, "! %s", tempdir_hide(f.text));
	return arena_printf(&v->arena, "%s %ld:%ld %s", who.name, (long)who.uid, (long)who.gid, who.mail);
}

START_TEST(test_find)
{
	struct village v;

	start(&v, tempdir_write("mailbox", mailbox_text, 0600));
	ck_assert_str_eq(find(&v, rows[_i].address), rows[_i].want);
	village_clear(&v);
}
END_TEST

/* Without maps they are accounts, by the whole address and never by its local part. */
START_TEST(test_accounts)
{
	struct village v;

	start(&v, NULL);
	ck_assert_ptr_nonnull(strstr(find(&v, "x@virtual.example"), "x@virtual.example "));
	ck_assert_ptr_nonnull(strstr(find(&v, "x+detail@virtual.example"), "x@virtual.example "));
	ck_assert_str_eq(find(&v, "al@virtual.example"), "none");
	ck_assert_str_eq(find(&v, "@virtual.example"), "none");
	village_clear(&v);
}
END_TEST

/* The spool's owner has them if nothing is said; but not if that is root. */
START_TEST(test_default_owner)
{
	struct village v;
	struct fault f;

	village_init(&v, "");
	v.route.virtual_mailbox_base = "/var/vmail";
	v.route.virtual_mailbox_maps = tempdir_write("mailbox", mailbox_text, 0600);
	village_start(&v);
	ck_assert_int_eq(route_load(&v.route, &f), 0);
	ck_assert_str_eq(find(&v, "al@v.example"), "al@v.example 1000:1000 maildir:/var/vmail/v.example/al");
	v.route.virtual_uid = 0;
	ck_assert_str_eq(find(&v, "al@v.example"), "! virtual_uid_maps: the mailbox of <al@v.example> would be root's");
	village_clear(&v);
}
END_TEST

START_TEST(test_check)
{
	static const struct {
		struct route r;
		const char *fault;
	} bad[] = {
		{ { .virtual_mailbox_maps = "/x" }, "virtual_mailbox_maps: virtual_mailbox_base is not set" },
		{ { .virtual_mailbox_base = "var" }, "virtual_mailbox_base: \"var\" is not an absolute path" },
		{ { .virtual_mailbox_base = "/var/../etc" },
		  "virtual_mailbox_base: \"/var/../etc\" is not an absolute path" },
	};
	const struct route good = { .virtual_mailbox_base = "/var/vmail", .virtual_mailbox_maps = "/x" }, none = { 0 };
	struct fault f;

	ck_assert_int_eq(virtual_check(&good, &f), 0);
	ck_assert_int_eq(virtual_check(&none, &f), 0);
	for (int i = 0; i < COUNT(bad); i++) {
		ck_assert_int_eq(virtual_check(&bad[i].r, &f), -1);
		ck_assert_str_eq(f.text, bad[i].fault);
	}
}
END_TEST

START_TEST(test_is_path)
{
	ck_assert(virtual_is_path(SPAN("a/b/")));
	ck_assert(virtual_is_path(SPAN("..a/b")));
	ck_assert(!virtual_is_path(SPAN("a/../b")));
	ck_assert(!virtual_is_path(SPAN("..")));
	ck_assert(!virtual_is_path(SPAN("")));
	ck_assert(!virtual_is_path(SPAN("a\nb")));
	ck_assert(!virtual_is_path(SPAN(":include:/x")));
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_accounts);
	tcase_add_test(tc, test_default_owner);
	tcase_add_test(tc, test_check);
	tcase_add_test(tc, test_is_path);
}

CHECK_MAIN(virtual, add_tests)
