/* SPDX-License-Identifier: ISC */
#include "list/audience.h"

#include "list/token.h"
#include "message/address.h"
#include "support/check_main.h"
#include "support/post_case.h"

static struct post_case c;
static struct envelope e;

static void fill(const char *config, const char *members, struct audience who)
{
	struct fault f;

	post_case_open(&c, config, members);
	e = (struct envelope){ .patch_size = 0 };
	if (!who.author)
		who.author = "";
	ck_assert_msg(audience_fill(&c.run, &c.arena, &who, &e, &f) == 0, "%s", f.text);
}

static const struct {
	const char *config, *members;
	struct audience who;
	const char *want;
} rows[] = {
	{ "", "", { 0 }, "" },
	/* By domain, whatever its case, and within it as in the file. */
	{ "", "z@b\nal@a\ny@B\nbo@a\nx@b\n", { 0 }, "al@a bo@a z@b y@B x@b " },
	{ "", "al@a nomail\nbo@a paused\ncy@a\ndi@a hidden moderated noack\n", { 0 }, "cy@a di@a " },
	/* Who wants digests gets posts all the same where there are none. */
	{ "", "al@a digest\nbo@a plain\ncy@a\n", { 0 }, "al@a bo@a cy@a " },
	{ "digest=daily", "al@a digest\ncy@a\n", { 0 }, "cy@a " },
	{ "digest=5 posts", "al@a digest\ncy@a\n", { 0 }, "cy@a " },
	{ "", "al@a notmetoo\nbo@a notmetoo\n", { .author = "AL@A." }, "bo@a " },
	{ "", "al@a topics=beer\nbo@a topics=wine,beer\ncy@a\n", { 0 }, "al@a bo@a cy@a " },
	{ "", "al@a topics=beer\nbo@a topics=wine,beer\ncy@a\n", { .topics = SPAN_INIT("wine") }, "bo@a cy@a " },
	{ "", "al@a topics=beer\nbo@a topics=wine\ncy@a\n", { .topics = SPAN_INIT("Beer,tea") }, "al@a cy@a " },
	/* Whom the header names, in any spelling, once: if he or the list says so. */
	{ "",
	  "al@a nodupes\nbo@a\ncy@a nodupes\ndi@b nodupes\n",
	  { .header = SPAN_INIT("From: di@b\nTo: Friends <friends@example.org>, AL@A.\ncc: x: bo@a;,\n \"cy\"@A\n\n") },
	  "bo@a di@b " },
	{ "nodupes=yes",
	  "al@a nodupes\nbo@a\ncy@a\n",
	  { .header = SPAN_INIT("To: nonsense <, bo@a\nResent-To: cy@a\nBcc: al@a\n\nTo: al@a\n") },
	  "al@a " },
	{ "nodupes=yes", "al@a\n", { .author = "al@a", .header = SPAN_INIT("To: al+x@a\n\n") }, "al@a " },
	/* A list that is its own member. */
	{ "", "al@a\nFriends@Example.org\n", { 0 }, "al@a " },
	{ "", "al@a\nno line end@b", { 0 }, "al@a " },
};

START_TEST(test_who)
{
	struct buf got;

	buf_init(&got, 10000);
	fill(rows[_i].config, rows[_i].members, rows[_i].who);
	for (size_t i = 0; i < e.n; i++)
		buf_printf(&got, "%s ", e.rcpts[i].address);
	ck_assert_str_eq(buf_str(&got), rows[_i].want);
	buf_clear(&got);
	post_case_close(&c);
}
END_TEST

/* Each sender is his own, and proves it; so does each patch. */
START_TEST(test_verp)
{
	fill("", "al@a\nbo@example.net\n\xc3\xbc@b\n", (struct audience){ .envid = "x", .oneclick = true });
	ck_assert_str_eq(e.sender, "friends+bounces@example.org");
	ck_assert_int_eq(e.ret, ENVELOPE_RET_HDRS);
	ck_assert_str_eq(e.envid, "x");
	ck_assert(e.smtputf8);
	ck_assert_uint_eq(e.n, 3);
	for (size_t i = 0; i < e.n; i++) {
		struct span local, domain, rest;
		struct token token;
		struct fault f;

		ck_assert_uint_eq(e.rcpts[i].notify, ENVELOPE_NOTIFY_FAILURE);
		address_split(span_str(e.rcpts[i].sender), &local, &domain);
		rest = span_from(local, SPAN("friends+bounces-").n);
		ck_assert_msg(token_check(&c.list, &c.arena, "bounces", arena_span(&c.arena, rest), c.run.now, &token,
					  &f) == 0,
			      "%s: %s", e.rcpts[i].sender, f.text);
		ck_assert(token_is_for(&c.list, &token, e.rcpts[i].address));
		ck_assert_uint_eq(strlen(e.rcpts[i].put), 33);
		ck_assert_int_eq(token_check(&c.list, &c.arena, "oneclick", e.rcpts[i].put, c.run.now, &token, &f), 0);
		ck_assert(token_is_for(&c.list, &token, e.rcpts[i].address));
		ck_assert(!token_is_for(&c.list, &token, "other@example.net"));
	}
	post_case_close(&c);
}
END_TEST

START_TEST(test_grouped)
{
	fill("verp=no", "al@a\nbo@a\n", (struct audience){ .envid = "x" });
	ck_assert_str_eq(e.sender, "friends+bounces@example.org");
	for (size_t i = 0; i < e.n; i++) {
		ck_assert_ptr_null(e.rcpts[i].sender);
		ck_assert_ptr_null(e.rcpts[i].put);
		ck_assert_str_eq(e.rcpts[i].orcpt, i ? "rfc822;bo@a" : "rfc822;al@a");
	}
	post_case_close(&c);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_who, 0, COUNT(rows));
	tcase_add_test(tc, test_verp);
	tcase_add_test(tc, test_grouped);
}

CHECK_MAIN(audience, add_tests)
