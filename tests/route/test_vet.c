/* SPDX-License-Identifier: ISC */
#include "route/vet.h"

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

static void report(void *ctx, const struct audit_finding *finding)
{
	struct buf *out = ctx;

	buf_printf(out, "%s:%zu:%s %s\n", tempdir_hide(finding->file), finding->line,
		   finding->error ? "" : " warning:", tempdir_hide(finding->text));
}

struct row {
	size_t at; /* the parameter, in struct route */
	const char *text;
	const char *want;
};

#define IN(member) offsetof(struct route, member)

static const struct row rows[] = {
	{ IN(canonical_maps), "# fine\nal bo\nbo@x.example Bo <bo@y.example>\n@x.example @y.example\n", "" },
	{ IN(canonical_maps), "al bo carla\nbo bo, al\nx |\ny @\n",
	  "T/table:1: \"bo carla\" is not one address\nT/table:2: \"bo, al\" is not one address\n"
	  "T/table:4: \"@\" is not one address\n" },
	{ IN(canonical_maps), "alone\n not\n", "" },
	{ IN(canonical_maps), "alone\nal bo\n\"open x\n",
	  "T/table:1: this is not a key and a value with blanks between them\n"
	  "T/table:3: this is not a key and a value with blanks between them\n" },
	{ IN(virtual_alias_maps), "x.example anything at all\nal@x.example al, bo@y.example\n@y.example @x.example\n",
	  "" },
	{ IN(virtual_alias_maps), "al@x.example |cat\nbo@x.example al, /etc/x\ncy@x.example :include:/etc/x\n",
	  "T/table:1: \"|cat\" is not a list of addresses and nothing else\n"
	  "T/table:2: \"al, /etc/x\" is not a list of addresses and nothing else\n"
	  "T/table:3: \":include:/etc/x\" is not a list of addresses and nothing else\n" },
	{ IN(virtual_alias_maps), "al: bo\nal@x.example a\nAL@x.example b\na b@c x\na@b@c,d x\n",
	  "T/table:1: warning: al:: no colon belongs behind the key; is this an alias file?\n"
	  "T/table:3: warning: AL@x.example: the entry in T/table:2 counts, this one does not\n"
	  "T/table:4: \"b@c x\" is not a list of addresses and nothing else\n"
	  "T/table:5: warning: a@b@c,d: this is no address\n" },
	{ IN(transport_maps), "* smtp:[x]\nx.example :\n.x.example lmtp:unix:/x\na@x.example error:no\n", "" },
	{ IN(transport_maps), "@x.example smtp:\nx.example nosuch:\ny.example smtp:[\nal smtp:\n",
	  "T/table:1: warning: @x.example: a domain is looked up without the @ here\n"
	  "T/table:2: \"nosuch\" is no transport: smtp, lmtp, pipe, error, retry, local, virtual, discard\n"
	  "T/table:3: \"[\": write host:port or [host]:port\n" },
	{ IN(sender_dependent_relayhost_maps), "<> [x]\nal@x.example [x]:587\nbo@x.example [\n",
	  "T/table:3: \"[\": write host:port or [host]:port\n" },
	{ IN(virtual_mailbox_maps), "x.example x\nal@x.example x/al/\nbo@x.example ../x\n",
	  "T/table:3: \"../x\" is not a path below virtual_mailbox_base\n" },
	{ IN(virtual_uid_maps), "al@x.example 1000\nbo@x.example bo\ncy@x.example 0\n",
	  "T/table:2: \"bo\" is not a user or group id\nT/table:3: \"0\" is not a user or group id\n" },
	{ IN(relay_domains), "x.example x\nal@x.example x\n", "T/table:2: warning: al@x.example: this is no domain\n" },
	{ IN(relocated_maps), "al whatever it is\n", "" },
};

START_TEST(test_rows)
{
	struct village v;
	struct vet vet = { .report = report };
	struct buf out;

	village_init(&v, "");
	v.route.virtual_mailbox_base = "/var/vmail";
	*(const char **)(void *)((char *)&v.route + rows[_i].at) = tempdir_write("table", rows[_i].text, 0600);
	village_start(&v);
	buf_init(&out, 100000);
	vet.route = &v.route;
	vet.ctx = &out;
	vet_run(&vet);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	ck_assert_uint_eq(vet.files, 1);
	buf_clear(&out);
	village_clear(&v);
}
END_TEST

START_TEST(test_missing)
{
	struct village v;
	struct vet vet = { .report = report };
	struct buf out;

	village_init(&v, "");
	v.route.relocated_maps = "/nonexistent/x";
	v.route.relay_domains = "x.example";
	village_start(&v);
	buf_init(&out, 100000);
	vet.route = &v.route;
	vet.ctx = &out;
	vet_run(&vet);
	ck_assert_str_eq(buf_str(&out), "relocated_maps:0: there is no /nonexistent/x\n");
	ck_assert_uint_eq(vet.errors, 1);
	ck_assert_uint_eq(vet.files, 0);
	buf_clear(&out);
	village_clear(&v);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_test(tc, test_missing);
}

CHECK_MAIN(vet, add_tests)
