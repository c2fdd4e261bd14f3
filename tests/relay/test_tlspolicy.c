/* SPDX-License-Identifier: ISC */
#include "relay/tlspolicy.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/nameserver.h"
#include "support/tempdir.h"

static struct arena arena;

static void teardown(void)
{
	arena_clear(&arena);
}

/* ---- which line ---- */

static const char table[] = "far.example          encrypt\n"
			    ".far.example         none\n"
			    "[mail.example]:587   verify match=a.example:.b.example protocols=>=TLSv1.3\n"
			    "[mail.example]       may\n"
			    "x--1.example         dane-only\n"
			    "pin.example          fingerprint match=aa:bb\n"
			    "level.example        always\n"
			    "word.example         secure,cipher=high\n"
			    "match.example        encrypt match=a\n"
			    "names.example        secure match=a:b:c:d:e:f:g:h:i\n"
			    "empty.example        secure match=\n"
			    "name.example         secure match=a::b\n"
			    "number.example       secure match=192.0.2.1\n"
			    "old.example          may protocols=!TLSv1.3\n";

static const struct {
	const char *nexthop;
	const char *want; /* "-" for none */
} lines[] = {
	{ "far.example", "2" },
	{ "FAR.example", "2" },
	{ "far.example:26", "2" },
	{ "a.b.far.example", "0" },
	{ "[far.example]", "-" },
	{ "[mail.example]:587", "3 a.example .b.example TLSv1.3" },
	{ "[mail.example]", "1" },
	{ "[mail.example]:25", "-" },
	{ "mail.example", "-" },
	{ "unix:/run/lmtp", "-" },
	{ "x--1.example", "6" },
	{ "pin.example", "!T/policy:6: \"fingerprint\" is not supported: dane, or verify with smtp_tls_CAfile, pins a "
			 "certificate, too" },
	{ "level.example", "!T/policy:7: \"always\" is none of the levels none, may, encrypt, verify, secure, dane and "
			   "dane-only" },
	{ "word.example", "!T/policy:8: \"cipher=high\" is neither match=NAMES nor protocols=VERSION" },
	{ "match.example", "!T/policy:9: \"a\" is to be matched, but only verify and secure look at names" },
	{ "names.example", "!T/policy:10: \"i\" is one name too many" },
	{ "empty.example", "!T/policy:11: \"\" has no names to match" },
	{ "name.example", "!T/policy:12: \"\" is no name that a certificate can have" },
	{ "number.example", "!T/policy:13: \"192.0.2.1\" is no name that a certificate can have" },
	{ "old.example", "!T/policy:14: \"!TLSv1.3\" is neither >=TLSv1.2 nor >=TLSv1.3" },
};

START_TEST(test_lines)
{
	const struct tlspolicy_rules rules = { .maps = tempdir_write("policy", table, 0644), .level = TLSPOLICY_DANE };
	struct tlspolicy p;
	const char *got;

	tlspolicy_init(&p, &rules, lines[_i].nexthop);
	got = p.is_listed ? arena_printf(&arena, "%d", p.line.level) : "-";
	for (size_t i = 0; i < p.line.n_match; i++)
		got = arena_printf(&arena, "%s %s", got, p.line.match[i]);
	if (p.line.min_protocol)
		got = arena_printf(&arena, "%s %s", got, p.line.min_protocol);
	if (p.trouble.kind != FAULT_NONE) {
		got = arena_printf(&arena, "!%s", tempdir_hide(p.trouble.text));
		ck_assert_str_eq(p.trouble.status, "4.3.5");
		ck_assert_int_eq(p.trouble.kind, FAULT_TEMP);
	}
	if (!p.is_listed)
		ck_assert_int_eq(p.line.level, TLSPOLICY_DANE);
	ck_assert_str_eq(got, lines[_i].want);
	tlspolicy_clear(&p);
}
END_TEST

START_TEST(test_no_table)
{
	const struct tlspolicy_rules none = { .level = TLSPOLICY_MAY, .maps = "" };
	const struct tlspolicy_rules gone = { .level = TLSPOLICY_MAY, .maps = "/nonexistent/policy" };
	const struct tlspolicy_rules bad = { .level = TLSPOLICY_MAY, .maps = "ldap:/x" };
	struct tlspolicy p;

	tlspolicy_init(&p, &none, "far.example");
	ck_assert_int_eq(p.trouble.kind, FAULT_NONE);
	tlspolicy_clear(&p);
	tlspolicy_init(&p, &gone, "far.example");
	ck_assert_int_eq(p.trouble.kind, FAULT_TEMP);
	tlspolicy_clear(&p);
	/* A socket needs none. */
	tlspolicy_init(&p, &gone, "unix:/run/lmtp");
	ck_assert_int_eq(p.trouble.kind, FAULT_NONE);
	tlspolicy_clear(&p);
	tlspolicy_init(&p, &bad, "far.example");
	ck_assert_int_eq(p.trouble.kind, FAULT_TEMP);
	ck_assert_msg(strstr(p.trouble.text, "smtp_tls_policy_maps: ") != NULL, "%s", p.trouble.text);
	tlspolicy_clear(&p);
}
END_TEST

/* ---- which TLS ---- */

enum { IMPLICIT = 1, SIGNED = 2, NO_STS = 4 };

#define ENFORCE "version: STSv1\nmode: enforce\nmax_age: 1\nmx: *.far.example\n"
#define OTHER	"version: STSv1\nmode: enforce\nmax_age: 1\nmx: other.example\n"
#define TESTING "version: STSv1\nmode: testing\nmax_age: 1\nmx: other.example\n"

/* The host is mx.far.example, for far.example. */
static const struct {
	enum tlspolicy_level level;
	const char *line; /* of the table, or NULL */
	const char *sts;  /* the domain's policy, or NULL */
	const char *tlsa; /* usages, each with a digest by SHA-256: "3", "x" with one that is too short */
	int flags;
	enum tlspolicy_need need;
	const char *want;
} rows[] = {
	/* the level alone */
	{ TLSPOLICY_NONE, NULL, ENFORCE, "3", 0, TLSPOLICY_USUAL, "none" },
	{ TLSPOLICY_MAY, NULL, NULL, "", 0, TLSPOLICY_USUAL, "may" },
	{ TLSPOLICY_ENCRYPT, NULL, OTHER, "", 0, TLSPOLICY_USUAL, "encrypt" },
	{ TLSPOLICY_VERIFY, NULL, OTHER, "", 0, TLSPOLICY_USUAL, "verify only mx.far.example" },
	{ TLSPOLICY_SECURE, NULL, OTHER, "", 0, TLSPOLICY_USUAL, "verify only far.example .far.example" },
	/* MTA-STS */
	{ TLSPOLICY_MAY, NULL, ENFORCE, "", 0, TLSPOLICY_USUAL, "verify" },
	{ TLSPOLICY_MAY, NULL, TESTING, "", 0, TLSPOLICY_USUAL, "may, in doubt" },
	{ TLSPOLICY_MAY, NULL, OTHER, "", 0, TLSPOLICY_USUAL,
	  "!4.7.5 the MTA-STS policy of far.example does not allow mail to host mx.far.example" },
	{ TLSPOLICY_DANE, NULL, ENFORCE, "", 0, TLSPOLICY_USUAL, "verify" },
	/* DANE */
	{ TLSPOLICY_DANE, NULL, NULL, "", 0, TLSPOLICY_USUAL, "may" },
	{ TLSPOLICY_DANE, NULL, NULL, "3", 0, TLSPOLICY_USUAL, "dane base.example: 1, far.example" },
	{ TLSPOLICY_DANE, NULL, NULL, "13", 0, TLSPOLICY_USUAL, "dane base.example: 2, far.example" },
	{ TLSPOLICY_DANE, NULL, NULL, "3", IMPLICIT, TLSPOLICY_USUAL, "dane base.example: 1" },
	{ TLSPOLICY_DANE, NULL, NULL, "01", 0, TLSPOLICY_USUAL, "encrypt" },
	{ TLSPOLICY_DANE, NULL, NULL, "x", 0, TLSPOLICY_USUAL, "encrypt" },
	{ TLSPOLICY_DANE, NULL, ENFORCE, "1", 0, TLSPOLICY_USUAL, "verify" },
	{ TLSPOLICY_DANE, NULL, OTHER, "2", 0, TLSPOLICY_USUAL, "dane base.example: 1, far.example" },
	{ TLSPOLICY_DANE_ONLY, NULL, NULL, "2", 0, TLSPOLICY_USUAL, "dane base.example: 1, far.example" },
	{ TLSPOLICY_DANE_ONLY, NULL, ENFORCE, "", 0, TLSPOLICY_USUAL,
	  "!4.7.5 host mx.far.example has no TLSA record that is signed, and the policy is dane-only" },
	{ TLSPOLICY_DANE_ONLY, NULL, NULL, "1", 0, TLSPOLICY_USUAL,
	  "!4.7.5 host mx.far.example has no TLSA record that can be used, and the policy is dane-only" },
	/* the table comes before the level */
	{ TLSPOLICY_NONE, "encrypt", NULL, "", 0, TLSPOLICY_USUAL, "encrypt" },
	{ TLSPOLICY_VERIFY, "none", NULL, "", 0, TLSPOLICY_USUAL, "none" },
	{ TLSPOLICY_MAY, "dane", NULL, "3", 0, TLSPOLICY_USUAL, "dane base.example: 1, far.example" },
	{ TLSPOLICY_MAY, "verify match=nexthop", NULL, "", 0, TLSPOLICY_USUAL, "verify only far.example" },
	{ TLSPOLICY_MAY, "secure match=hostname:dot-nexthop:x.example", NULL, "", 0, TLSPOLICY_USUAL,
	  "verify only mx.far.example .far.example x.example" },
	{ TLSPOLICY_MAY, "verify protocols=>=TLSv1.3", NULL, "", 0, TLSPOLICY_USUAL,
	  "verify only mx.far.example TLSv1.3" },
	/* TLS-Required: No */
	{ TLSPOLICY_MAY, NULL, OTHER, "", 0, TLSPOLICY_WAIVED, "may" },
	{ TLSPOLICY_DANE_ONLY, NULL, NULL, "3", 0, TLSPOLICY_WAIVED, "may" },
	{ TLSPOLICY_MAY, "secure", NULL, "", 0, TLSPOLICY_WAIVED, "may" },
	{ TLSPOLICY_NONE, NULL, NULL, "", 0, TLSPOLICY_WAIVED, "none" },
	/* REQUIRETLS */
	{ TLSPOLICY_MAY, NULL, NULL, "3", 0, TLSPOLICY_REQUIRED, "dane base.example: 1, far.example" },
	{ TLSPOLICY_MAY, NULL, NULL, "", 0, TLSPOLICY_REQUIRED, "verify only far.example .far.example" },
	{ TLSPOLICY_MAY, NULL, NULL, "", SIGNED, TLSPOLICY_REQUIRED, "verify" },
	{ TLSPOLICY_MAY, NULL, NULL, "", IMPLICIT, TLSPOLICY_REQUIRED, "verify" },
	{ TLSPOLICY_MAY, NULL, ENFORCE, "", 0, TLSPOLICY_REQUIRED, "verify" },
	{ TLSPOLICY_MAY, NULL, ENFORCE, "", NO_STS, TLSPOLICY_REQUIRED, "verify only far.example .far.example" },
	{ TLSPOLICY_MAY, NULL, TESTING, "", 0, TLSPOLICY_REQUIRED, "verify only far.example .far.example, in doubt" },
	{ TLSPOLICY_MAY, NULL, OTHER, "", SIGNED, TLSPOLICY_REQUIRED,
	  "!4.7.5 the MTA-STS policy of far.example does not allow mail to host mx.far.example" },
	{ TLSPOLICY_VERIFY, NULL, NULL, "", 0, TLSPOLICY_REQUIRED, "verify only mx.far.example" },
	{ TLSPOLICY_MAY, "secure match=x.example", NULL, "", SIGNED, TLSPOLICY_REQUIRED, "verify only x.example" },
	{ TLSPOLICY_MAY, "none", NULL, "3", SIGNED, TLSPOLICY_REQUIRED,
	  "!5.7.30 message needs REQUIRETLS, and there is no TLS with host mx.far.example" },
};

static const char *describe(const struct client_tls *tls)
{
	static const char *const levels[] = { "none", "may", "encrypt", "verify", "dane" };
	const char *text = levels[tls->level];

	if (tls->level == CLIENT_TLS_DANE)
		text = arena_printf(&arena, "dane %s: %zu%s", tls->host, tls->n_tlsa, tls->n_names ? "," : "");
	if (tls->only_names)
		text = arena_printf(&arena, "%s only", text);
	for (size_t i = 0; i < tls->n_names; i++)
		text = arena_printf(&arena, "%s %s", text, tls->names[i]);
	return tls->min_protocol ? arena_printf(&arena, "%s %s", text, tls->min_protocol) : text;
}

static void put_tlsa(struct host_candidate *c, const char *usages)
{
	static const char digest[32];

	c->tlsa = arena_alloc(&arena, (strlen(usages) + 1) * sizeof(*c->tlsa));
	for (; *usages; usages++)
		c->tlsa[c->n_tlsa++] = (struct dns_record){
			.usage = *usages == 'x' ? 3 : (uint8_t)(*usages - '0'),
			.selector = 1,
			.match_type = 1,
			.data = span_of(digest, *usages == 'x' ? 31 : 32),
		};
}

START_TEST(test_host)
{
	struct tlspolicy_rules rules = { .level = rows[_i].level, .sts = true };
	struct host_candidate c = { .name = "mx.far.example", .tlsa_base = "base.example" };
	struct tlspolicy_domain domain = { .name = "far.example" };
	/* what was left by the host before */
	struct client_tls tls = { .level = CLIENT_TLS_DANE, .host = "x", .names = { "x" }, .n_names = 1, .n_tlsa = 1 };
	struct tlspolicy p;
	struct fault f;
	const char *got;

	if (rows[_i].line)
		rules.maps = tempdir_write("policy", arena_printf(&arena, "far.example %s\n", rows[_i].line), 0644);
	tlspolicy_init(&p, &rules, "far.example");
	ck_assert_msg(p.trouble.kind == FAULT_NONE, "%s", p.trouble.text);
	c.is_mx = !(rows[_i].flags & IMPLICIT);
	c.is_secure = rows[_i].flags & SIGNED;
	put_tlsa(&c, rows[_i].tlsa);
	domain.has_sts = rows[_i].sts && !(rows[_i].flags & NO_STS);
	if (domain.has_sts)
		ck_assert_int_eq(sts_parse(&arena, span_str(rows[_i].sts), &domain.sts, NULL), 0);
	if (tlspolicy_host(&p, &arena, &domain, &c, rows[_i].need, &tls, &f) < 0)
		got = arena_printf(&arena, "!%s %s", f.status, f.text);
	else
		got = arena_printf(
			&arena, "%s%s", describe(&tls),
			rows[_i].need != TLSPOLICY_WAIVED && tlspolicy_is_in_doubt(&domain, &c) ? ", in doubt" : "");
	ck_assert_msg(strcmp(got, rows[_i].want) == 0, "%d: got \"%s\", want \"%s\"", _i, got, rows[_i].want);
	tlspolicy_clear(&p);
}
END_TEST

/* An address is matched as the host, or not at all. */
START_TEST(test_address)
{
	const struct tlspolicy_rules rules = { .level = TLSPOLICY_SECURE };
	const struct host_candidate c = { .name = "192.0.2.1", .is_native = true };
	const struct tlspolicy_domain domain = { 0 };
	struct client_tls tls = { 0 };
	struct tlspolicy p;
	struct fault f;

	tlspolicy_init(&p, &rules, "[192.0.2.1]:25");
	ck_assert_int_eq(tlspolicy_host(&p, &arena, &domain, &c, TLSPOLICY_USUAL, &tls, &f), 0);
	ck_assert_str_eq(describe(&tls), "verify");
	tlspolicy_clear(&p);
}
END_TEST

/* ---- what is asked for ---- */

START_TEST(test_asks)
{
	struct tlspolicy_rules rules = { .level = TLSPOLICY_MAY };
	struct tlspolicy p;

	tlspolicy_init(&p, &rules, "far.example");
	ck_assert(!tlspolicy_asks_dane(&p, TLSPOLICY_USUAL));
	ck_assert(tlspolicy_asks_dane(&p, TLSPOLICY_REQUIRED));
	tlspolicy_clear(&p);
	rules.level = TLSPOLICY_DANE_ONLY;
	tlspolicy_init(&p, &rules, "far.example");
	ck_assert(tlspolicy_asks_dane(&p, TLSPOLICY_USUAL));
	ck_assert(!tlspolicy_asks_dane(&p, TLSPOLICY_WAIVED));
	tlspolicy_clear(&p);
}
END_TEST

/* Which policies ask the domain: by the TXT record that the name server is asked for. */
static const struct {
	enum tlspolicy_level level;
	const char *line;
	bool sts;
	enum tlspolicy_need need;
	bool want;
} questions[] = {
	{ TLSPOLICY_MAY, NULL, true, TLSPOLICY_USUAL, true },
	{ TLSPOLICY_DANE, NULL, true, TLSPOLICY_USUAL, true },
	{ TLSPOLICY_MAY, NULL, false, TLSPOLICY_USUAL, false },
	{ TLSPOLICY_MAY, NULL, false, TLSPOLICY_REQUIRED, false },
	{ TLSPOLICY_MAY, NULL, true, TLSPOLICY_WAIVED, false },
	{ TLSPOLICY_VERIFY, NULL, true, TLSPOLICY_USUAL, false },
	{ TLSPOLICY_VERIFY, NULL, true, TLSPOLICY_REQUIRED, true },
	{ TLSPOLICY_NONE, NULL, true, TLSPOLICY_REQUIRED, false },
	{ TLSPOLICY_MAY, "may", true, TLSPOLICY_USUAL, false },
	{ TLSPOLICY_MAY, "may", true, TLSPOLICY_REQUIRED, true },
};

START_TEST(test_asks_domain)
{
	struct tlspolicy_rules rules = { .level = questions[_i].level, .sts = questions[_i].sts, .spool = tempdir() };
	const struct hosts_list list = { .domain = "far.example" };
	struct tlspolicy_domain domain;
	struct nameserver server;
	struct tlspolicy p;
	struct fault why;
	struct dns dns;

	if (questions[_i].line)
		rules.maps =
			tempdir_write("policy", arena_printf(&arena, "far.example %s\n", questions[_i].line), 0644);
	nameserver_start(&server, "far.example A 192.0.2.1\n");
	ck_assert_int_eq(dns_init(&dns, server.address, false, &why), 0);
	tlspolicy_init(&p, &rules, "far.example");
	tlspolicy_ask(&p, &arena, &dns, &list, questions[_i].need, &domain, &why);
	ck_assert_int_eq(why.kind, FAULT_NONE);
	ck_assert(!domain.has_sts);
	ck_assert_str_eq(domain.name, "far.example");
	ck_assert_int_eq(server.heard->udp, questions[_i].want);
	tlspolicy_clear(&p);
	dns_clear(&dns);
	nameserver_end(&server);
}
END_TEST

/* ---- what the message says ---- */

static const struct {
	const char *text;
	bool require, strict, heeds;
	enum tlspolicy_need want;
} messages[] = {
	{ "Subject: x\n\nTLS-Required: No\n", false, true, true, TLSPOLICY_USUAL },
	{ "Subject: x\nTLS-Required: No\n\n", false, true, true, TLSPOLICY_WAIVED },
	{ "Subject: x\ntls-required:no\n", false, true, true, TLSPOLICY_WAIVED },
	{ "TLS-Required:\n no \n\n", false, true, true, TLSPOLICY_WAIVED },
	{ "TLS-Required: Nope\n\n", false, true, true, TLSPOLICY_USUAL },
	{ "TLS-Required: Yes\n\n", false, true, true, TLSPOLICY_USUAL },
	{ "TLS-Required: No\n\n", true, true, true, TLSPOLICY_REQUIRED },
	{ "TLS-Required: No\n\n", false, false, true, TLSPOLICY_USUAL },
	{ "TLS-Required: No\n\n", false, true, false, TLSPOLICY_USUAL },
	{ "", false, true, true, TLSPOLICY_USUAL },
	{ "", true, false, false, TLSPOLICY_REQUIRED },
};

static enum tlspolicy_need need_of(const char *text, bool require, bool strict, bool heeds)
{
	const struct tlspolicy_rules rules = { .level = strict ? TLSPOLICY_ENCRYPT : TLSPOLICY_MAY,
					       .heeds_header = heeds };
	int fd = open(tempdir_write("message", arena_printf(&arena, "envelope\n%s", text), 0644), O_RDONLY);
	enum tlspolicy_need need;
	struct tlspolicy p;

	ck_assert_int_ge(fd, 0);
	tlspolicy_init(&p, &rules, "far.example");
	need = tlspolicy_need(&p, require, fd, (off_t)strlen("envelope\n"), (off_t)strlen(text));
	tlspolicy_clear(&p);
	close(fd);
	return need;
}

START_TEST(test_need)
{
	ck_assert_int_eq(need_of(messages[_i].text, messages[_i].require, messages[_i].strict, messages[_i].heeds),
			 messages[_i].want);
}
END_TEST

/* A header of any length: what is in its first TLSPOLICY_HEADER_MAX octets counts. */
START_TEST(test_long_header)
{
	static const struct {
		size_t before;
		enum tlspolicy_need want;
	} cases[] = {
		{ 5000, TLSPOLICY_WAIVED },
		{ 8190, TLSPOLICY_WAIVED },
		{ TLSPOLICY_HEADER_MAX - 100, TLSPOLICY_WAIVED },
		{ TLSPOLICY_HEADER_MAX + 100, TLSPOLICY_USUAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text;

		buf_init(&text, 4 * (size_t)TLSPOLICY_HEADER_MAX);
		while (text.n < cases[i].before)
			buf_put_str(&text, "X: y\n");
		buf_put_str(&text, "TLS-Required: No\n");
		while (text.n < 2 * (size_t)TLSPOLICY_HEADER_MAX)
			buf_put_str(&text, "X: y\n");
		buf_put_str(&text, "\nbody\n");
		ck_assert_int_eq(need_of(buf_str(&text), false, true, true), cases[i].want);
		buf_clear(&text);
	}
}
END_TEST

START_TEST(test_unreadable)
{
	const struct tlspolicy_rules rules = { .level = TLSPOLICY_ENCRYPT, .heeds_header = true };
	struct tlspolicy p;

	tlspolicy_init(&p, &rules, "far.example");
	ck_assert_int_eq(tlspolicy_need(&p, false, -1, 0, 100), TLSPOLICY_USUAL);
	tlspolicy_clear(&p);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_loop_test(t, test_lines, 0, sizeof(lines) / sizeof(lines[0]));
	tcase_add_test(t, test_no_table);
	tcase_add_loop_test(t, test_host, 0, sizeof(rows) / sizeof(rows[0]));
	tcase_add_test(t, test_address);
	tcase_add_test(t, test_asks);
	tcase_add_loop_test(t, test_asks_domain, 0, sizeof(questions) / sizeof(questions[0]));
	tcase_add_loop_test(t, test_need, 0, sizeof(messages) / sizeof(messages[0]));
	tcase_add_test(t, test_long_header);
	tcase_add_test(t, test_unreadable);
}

CHECK_MAIN(tlspolicy, add_tests)
