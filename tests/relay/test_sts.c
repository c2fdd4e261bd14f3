/* SPDX-License-Identifier: ISC */
#include "relay/sts.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/disk.h"
#include "support/check_main.h"
#include "support/provider.h"
#include "support/tempdir.h"

static struct arena arena;
static struct fault fault;
static int asked; /* TXT look-ups */

static void teardown(void)
{
	arena_clear(&arena);
	tempdir_remove();
	asked = 0;
}

static const struct {
	const char *record, *id;
} records[] = {
	{ "v=STSv1; id=20160831085700Z;", "20160831085700Z" },
	{ "v=STSv1;id=1", "1" },
	{ "v=STSv1 ; x=y ; id=a1B2 ;", "a1B2" },
	{ "v=STSv1; id=12345678901234567890123456789012;", "12345678901234567890123456789012" },
	{ "v=STSv1; id=123456789012345678901234567890123;", "" },
	{ "v=STSv1; id=a-b;", "" },
	{ "v=STSv1; id=;", "" },
	{ "v=STSv1;", "" },
	{ "v=STSv10; id=1;", "" },
	{ "v=stsv1; id=1;", "" },
	{ "id=1; v=STSv1;", "" },
	{ "v=spf1 -all", "" },
	{ "", "" },
};

START_TEST(test_record)
{
	struct span id = sts_record_id(span_str(records[_i].record));

	ck_assert_msg(span_is(id, span_str(records[_i].id)), "%.*s", SPAN_ARG(id));
}
END_TEST

#define HEAD "version: STSv1\r\nmode: enforce\r\n"

static const struct {
	const char *text;
	const char *want; /* "MODE MAX_AGE mx mx", or part of the fault */
	bool wrong;
} policies[] = {
	{ "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n",
	  "2 604800 mail.example.com *.example.net", false },
	{ "version: STSv1\nmode: testing\nmx: a.example.\nmax_age: 0", "1 0 a.example", false },
	{ "max_age:60\nmx:a.b\nmode:enforce\nversion:STSv1\n\n", "2 60 a.b", false },
	{ "version: STSv1\nmode: none\nmax_age: 86400\n", "0 86400", false },
	{ HEAD "mx: a.b\nmax_age: 9999999999\n", "2 31557600 a.b", false },
	{ HEAD "mx: a.b\nmax_age: 5\nfuture: x\nmax_age: 6\nmode: none\nversion: STSv2\n", "2 5 a.b", false },
	{ "mode: enforce\nmx: a.b\nmax_age: 5\n", "there is no version", true },
	{ "version: STSv1\nmx: a.b\nmax_age: 5\n", "there is no mode", true },
	{ HEAD "mx: a.b\n", "there is no max_age", true },
	{ HEAD "max_age: 5\n", "there is no mx", true },
	{ "version: STSv2\n", "line 1 of the policy: the version", true },
	{ "version: STSv1\nmode: Enforce\n", "line 2 of the policy: the mode", true },
	{ HEAD "mx: a.b\nmax_age: -1\n", "line 4 of the policy: max_age", true },
	{ HEAD "mx: a.b\nmax_age: 1d\n", "line 4 of the policy: max_age", true },
	{ HEAD "mx: a.b\nmax_age: 99999999999\n", "max_age", true },
	{ HEAD "mx: *\n", "mx is no host name", true },
	{ HEAD "mx: *.*.b\n", "mx is no host name", true },
	{ HEAD "mx: a.*.b\n", "mx is no host name", true },
	{ HEAD "mx: a..b\n", "mx is no host name", true },
	{ HEAD "mx: a.b..\n", "mx is no host name", true },
	{ HEAD "mx: .a\n", "mx is no host name", true },
	{ HEAD "mx: a b\n", "mx is no host name", true },
	{ HEAD "mx:\n", "mx is no host name", true },
	{ "<!DOCTYPE html>\n", "line 1 of the policy: this is no", true },
	{ "", "there is no version", true },
};

static const char *show(const struct sts_policy *p)
{
	const char *text = arena_printf(&arena, "%d %ld", p->mode, p->max_age);

	for (size_t i = 0; i < p->n; i++)
		text = arena_printf(&arena, "%s %.*s", text, SPAN_ARG(p->mx[i]));
	return text;
}

START_TEST(test_parse)
{
	struct sts_policy p;
	int rc = sts_parse(&arena, span_str(policies[_i].text), &p, &fault);

	ck_assert_msg(rc == (policies[_i].wrong ? -1 : 0), "%s", fault.text);
	if (policies[_i].wrong)
		ck_assert_msg(strstr(fault.text, policies[_i].want) != NULL, "%s", fault.text);
	else
		ck_assert_str_eq(show(&p), policies[_i].want);
}
END_TEST

START_TEST(test_parse_limits)
{
	struct sts_policy p;
	struct buf text;

	buf_init(&text, 1 << 20);
	buf_put_str(&text, HEAD "max_age: 5\n");
	for (int i = 0; i < STS_PATTERNS_MAX; i++)
		buf_printf(&text, "mx: m%d.example\n", i);
	ck_assert_int_eq(sts_parse(&arena, buf_span(&text), &p, &fault), 0);
	ck_assert_uint_eq(p.n, STS_PATTERNS_MAX);
	buf_put_str(&text, "mx: one.more\n");
	ck_assert_int_eq(sts_parse(&arena, buf_span(&text), &p, &fault), -1);
	while (text.n <= STS_POLICY_MAX)
		buf_put_str(&text, "x: y\n");
	ck_assert_int_eq(sts_parse(&arena, buf_span(&text), &p, &fault), -1);
	ck_assert_ptr_nonnull(strstr(fault.text, "longer than"));
	buf_clear(&text);
}
END_TEST

/* RFC 8461 4.1. */
static const struct {
	const char *pattern, *host;
	bool want;
} matches[] = {
	{ "mail.example.com", "mail.example.com", true },   { "mail.example.com", "MAIL.Example.COM.", true },
	{ "mail.example.com", "xmail.example.com", false }, { "*.example.com", "mail.example.com", true },
	{ "*.example.com", "example.com", false },	    { "*.example.com", "a.b.example.com", false },
	{ "*.example.com", ".example.com", false },	    { "*.example.com", "mail.example.com.evil.org", false },
	{ "example.com", "mail.example.com", false },	    { "a.b", "", false },
};

START_TEST(test_matches)
{
	struct span mx = span_str(matches[_i].pattern);
	struct sts_policy p = { .mx = &mx, .n = 1 };

	ck_assert_int_eq(sts_matches(&p, span_str(matches[_i].host)), matches[_i].want);
}
END_TEST

/* ---- looking up ---- */

static struct provider web;
static char to[64];
static struct sts_rules rules;
static const char *txt[3]; /* what DNS says; txt[0] NULL: it does not answer */

static int say_txt(void *ctx, struct arena *a, const char *name, struct span **out, size_t *n, struct fault *f)
{
	(void)ctx;
	asked++;
	ck_assert_str_eq(name, "_mta-sts.example.org");
	if (!txt[0])
		return fault_temp(f, 451, "4.4.3", "no answer");
	*out = arena_alloc(a, sizeof(txt) / sizeof(txt[0]) * sizeof(**out));
	for (*n = 0; *n < 3 && txt[*n]; ++*n)
		(*out)[*n] = span_str(txt[*n]);
	return 0;
}

static void say(const char *record)
{
	txt[0] = record;
	txt[1] = NULL;
}

static void publish(const char *mode, const char *mx)
{
	provider_page(&web, "mta-sts.txt", "200 text/plain",
		      arena_printf(&arena, "version: STSv1\nmode: %s\nmx: %s\nmax_age: 1000\n", mode, mx));
}

static void start(void)
{
	provider_start_web(&web, "mta-sts.example.org");
	tempdir_write("spool/x", "", 0600);
	snprintf(to, sizeof(to), "mta-sts.example.org:443:127.0.0.1:%d", web.port);
	rules = (struct sts_rules){
		.spool = tempdir_path("spool"),
		.txt = say_txt,
		.way = { .ca_file = web.ca_file, .connect_to = to, .connect_timeout = 5 },
	};
}

static const char *look(const char *domain)
{
	struct sts_policy p;
	int rc = sts_lookup(&rules, &arena, domain, &p, &fault);

	ck_assert_int_ge(rc, 0);
	return rc ? show(&p) : "none";
}

/* Change a line of what is kept, as if time had gone by. */
static void set_kept(const char *name, int64_t value)
{
	struct span text, line;
	struct buf out;

	ck_assert_int_eq(
		disk_read_file(&arena, AT_FDCWD, tempdir_path("spool/mta-sts/example.org"), 1 << 20, &text, NULL), 0);
	buf_init(&out, 1 << 20);
	while (text.n) {
		line = span_cut(&text, '\n');
		if (span_starts(line, span_str(name)))
			buf_printf(&out, "%s %" PRId64 "\n", name, value);
		else
			buf_printf(&out, "%.*s\n", SPAN_ARG(line));
	}
	tempdir_write("spool/mta-sts/example.org", buf_str(&out), 0600);
	buf_clear(&out);
}

START_TEST(test_lookup)
{
	struct stat st;

	start();
	publish("enforce", "mx.example.org");
	say("v=STSv1; id=1;");
	ck_assert_str_eq(look("Example.ORG."), "2 1000 mx.example.org");
	ck_assert_int_eq(fault.kind, FAULT_NONE);
	ck_assert_int_eq(stat(tempdir_path("spool/mta-sts"), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	/* The same id: nothing is fetched, and what is there counts. */
	publish("testing", "other.example.org");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	ck_assert_int_eq(provider_requests(&web), 1);
	/* Another one; but not at once after the last. */
	say("v=STSv1; id=2;");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	set_kept("tried", clock_wall() - STS_PAUSE);
	ck_assert_str_eq(look("example.org"), "1 1000 other.example.org");
	ck_assert_int_eq(provider_requests(&web), 2);
	ck_assert_int_eq(asked, 4);
	provider_end(&web);
}
END_TEST

/* Whoever can keep DNS or the web server from answering cannot take a policy away. */
START_TEST(test_lookup_keeps)
{
	start();
	publish("enforce", "mx.example.org");
	say("v=STSv1; id=1;");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	say(NULL);
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	ck_assert_str_eq(fault.text, "no answer");
	say("v=spf1 -all");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	say("v=STSv1; id=2;");
	provider_page(&web, "mta-sts.txt", "200 text/html", "version: STSv1\nmode: none\nmax_age: 1000\n");
	set_kept("tried", 1);
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	ck_assert_ptr_nonnull(strstr(fault.text, "\"text/html\" and not text/plain"));
	/* It was tried just now; the policy is still the old one, in memory and on disk. */
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	ck_assert_int_eq(fault.kind, FAULT_NONE);
	ck_assert_int_eq(provider_requests(&web), 2);
	/* At the end of its life it is over; and one from the future never was. */
	set_kept("fetched", clock_wall() - 1000);
	ck_assert_str_eq(look("example.org"), "none");
	set_kept("fetched", clock_wall() + 500);
	ck_assert_str_eq(look("example.org"), "none");
	provider_end(&web);
}
END_TEST

/* At half of its life it is fetched again though the id is the same. */
START_TEST(test_lookup_renews)
{
	start();
	publish("enforce", "mx.example.org");
	say("v=STSv1; id=1;");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	set_kept("fetched", clock_wall() - 501);
	set_kept("tried", clock_wall() - 501);
	publish("enforce", "new.example.org");
	ck_assert_str_eq(look("example.org"), "2 1000 new.example.org");
	provider_end(&web);
}
END_TEST

static const struct {
	const char *head, *body;
	const char *why;
} bad[] = {
	{ "404 text/plain", "", "HTTP status 404" },
	{ "500 text/plain", "version: STSv1\nmode: none\nmax_age: 1\n", "HTTP status 500" },
	{ "301 text/plain Location: https://mta-sts.example.org/.well-known/mta-sts2.txt", "", "HTTP status 301" },
	{ "200 text/html", "version: STSv1\nmode: none\nmax_age: 1\n", "not text/plain" },
	{ "200 text/plain", "hello", "line 1 of the policy" },
};

START_TEST(test_lookup_bad)
{
	start();
	provider_page(&web, "mta-sts.txt", bad[_i].head, bad[_i].body);
	provider_page(&web, "mta-sts2.txt", "200 text/plain", "version: STSv1\nmode: none\nmax_age: 1000\n");
	say("v=STSv1; id=1;");
	ck_assert_str_eq(look("example.org"), "none");
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_msg(strstr(fault.text, bad[_i].why) != NULL, "%s", fault.text);
	/* It is left alone for a while. */
	ck_assert_str_eq(look("example.org"), "none");
	ck_assert_int_eq(provider_requests(&web), 1);
	set_kept("tried", clock_wall() - STS_PAUSE);
	publish("enforce", "mx.example.org");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	provider_end(&web);
}
END_TEST

START_TEST(test_lookup_nothing)
{
	rules = (struct sts_rules){ .spool = tempdir(), .txt = say_txt, .way = { .connect_timeout = 1 } };
	say("v=STSv1; id=1;");
	txt[1] = "v=STSv1; id=2;";
	ck_assert_str_eq(look("example.org"), "none");
	ck_assert_int_eq(asked, 1);
	say("v=spf1 -all");
	ck_assert_str_eq(look("example.org"), "none");
	ck_assert_int_eq(asked, 2);
	/* No names of hosts, and none that a file could not have. */
	ck_assert_str_eq(look("localhost"), "none");
	ck_assert_str_eq(look("../../etc/passwd.x"), "none");
	ck_assert_str_eq(look(".example.org"), "none");
	ck_assert_str_eq(look("[192.0.2.1]"), "none");
	ck_assert_str_eq(look(""), "none");
	ck_assert_int_eq(asked, 2);
}
END_TEST

static int count_files(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* A full directory: the oldest go. */
START_TEST(test_lookup_room)
{
	start();
	for (int i = 0; i < STS_DOMAINS; i++)
		tempdir_write(arena_printf(&arena, "spool/mta-sts/d%d.example", i), "", 0600);
	publish("enforce", "mx.example.org");
	say("v=STSv1; id=1;");
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	ck_assert_int_lt(count_files(tempdir_path("spool/mta-sts")), STS_DOMAINS);
	ck_assert_str_eq(look("example.org"), "2 1000 mx.example.org");
	ck_assert_int_eq(provider_requests(&web), 1);
	provider_end(&web);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_record, 0, COUNT(records));
	tcase_add_loop_test(tc, test_parse, 0, COUNT(policies));
	tcase_add_test(tc, test_parse_limits);
	tcase_add_loop_test(tc, test_matches, 0, COUNT(matches));
	tcase_add_test(tc, test_lookup_nothing);
	if (!provider_has_curl())
		return;
	tcase_add_test(tc, test_lookup);
	tcase_add_test(tc, test_lookup_keeps);
	tcase_add_test(tc, test_lookup_renews);
	tcase_add_loop_test(tc, test_lookup_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_lookup_room);
}

CHECK_MAIN(sts, add_tests)
