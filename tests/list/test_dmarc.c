/* SPDX-License-Identifier: ISC */
#include "list/dmarc.h"

#include <stdlib.h>

#include "support/check_main.h"
#include "support/nameserver.h"

static const struct {
	const char *record;
	bool is_parent;
	int want; /* -1: it is none */
} records[] = {
	{ "v=DMARC1; p=reject", false, DMARC_REJECT },
	{ "v=DMARC1;p=quarantine;pct=0", false, DMARC_QUARANTINE },
	{ " v = DMARC1 ; P = None ; rua=mailto:a@b", false, DMARC_NONE },
	{ "v=DMARC1; p=reject; sp=none", false, DMARC_REJECT },
	{ "v=DMARC1; p=reject; sp=none", true, DMARC_NONE },
	{ "v=DMARC1; p=none; sp=reject", true, DMARC_REJECT },
	{ "v=DMARC1; p=reject", true, DMARC_REJECT },
	{ "v=DMARC1; p=reject; t=y", false, DMARC_QUARANTINE },
	{ "v=DMARC1; p=quarantine; t=y", false, DMARC_NONE },
	{ "v=DMARC1; p=none; t=y", false, DMARC_NONE },
	{ "v=DMARC1; p=reject;;;", false, DMARC_REJECT },
	{ "v=DMARC1", false, -1 },
	{ "v=DMARC1; p=strict", false, -1 },
	{ "v=DMARC1; rua=mailto:a@b; sp=reject", true, DMARC_REJECT },
	{ "v=DMARC2; p=reject", false, -1 },
	{ "v=dmarc1; p=reject", false, -1 },
	{ "p=reject; v=DMARC1", false, -1 },
	{ "v=spf1 -all", false, -1 },
	{ "", false, -1 },
};

START_TEST(test_record)
{
	enum dmarc_policy got = DMARC_NONE;
	int rc = dmarc_parse(span_str(records[_i].record), records[_i].is_parent, &got);

	ck_assert_int_eq(rc ? (int)got : -1, records[_i].want);
}
END_TEST

static const char script[] = "_dmarc.strict.example TXT v=DMARC1; p=reject\n"
			     "_dmarc.none.example TXT v=DMARC1; p=none; sp=quarantine\n"
			     "_dmarc.own.none.example TXT v=DMARC1; p=none\n"
			     "_dmarc.two.example TXT v=DMARC1; p=reject\n"
			     "_dmarc.two.example TXT v=DMARC1; p=reject\n"
			     "_dmarc.spf.example TXT v=spf1 -all\n"
			     "_dmarc.spf.example TXT v=DMARC1; p=quarantine\n"
			     "_dmarc.fails.example RCODE 2\n"
			     "_dmarc.xn--grn-ioa.example TXT v=DMARC1; p=reject\n"
			     "_dmarc.example TXT v=DMARC1; p=reject\n";

static const struct {
	const char *domain;
	enum dmarc_policy want;
} domains[] = {
	{ "strict.example", DMARC_REJECT },
	{ "STRICT.example", DMARC_REJECT },
	{ "a.b.strict.example", DMARC_REJECT },
	{ "a.b.c.d.e.f.g.h.i.j.k.strict.example", DMARC_REJECT },
	{ "none.example", DMARC_NONE },
	{ "sub.none.example", DMARC_QUARANTINE },
	{ "own.none.example", DMARC_NONE },
	{ "two.example", DMARC_NONE },
	{ "spf.example", DMARC_QUARANTINE },
	{ "fails.example", DMARC_REJECT },
	{ "grün.example", DMARC_REJECT },
	{ "nobody.example", DMARC_NONE },
	{ "", DMARC_NONE },
	{ "a..b", DMARC_NONE },
};

START_TEST(test_domain)
{
	struct nameserver server;
	struct arena a = { 0 };
	struct dns dns;
	struct fault f;

	setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
	nameserver_start(&server, script);
	ck_assert_msg(dns_init(&dns, server.address, false, &f) == 0, "%s", f.text);
	ck_assert_int_eq(dmarc_find(&dns, &a, domains[_i].domain), domains[_i].want);
	ck_assert_int_le(server.heard->udp + server.heard->tcp, DMARC_QUERIES_MAX);
	dns_clear(&dns);
	nameserver_end(&server);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_record, 0, COUNT(records));
	tcase_add_loop_test(tc, test_domain, 0, COUNT(domains));
}

CHECK_MAIN(dmarc, add_tests)
