/* SPDX-License-Identifier: ISC */
#include "message/address.h"
#include "support/check_main.h"

enum { ITEMS = 5 };

/* Each item as "mailbox|spec|display|comment", or "!text" for what is no address. */
static const struct {
	const char *in, *items[ITEMS];
} lists[] = {
	{ "", { NULL } },
	{ " , ;, (only a comment) ", { NULL } },
	{ "a@b", { "a@b|a@b||" } },
	{ "root", { "root|root||" } },
	{ "root (Cron Daemon)", { "root|root||Cron Daemon" } },
	{ " root@example.org (Cron (nested \\) one) Daemon)\n",
	  { "root@example.org|root@example.org||Cron (nested \\) one) Daemon" } },
	{ "Al <a@b>", { "a@b|a@b|Al|" } },
	{ "Al Q. Doe <a@b>", { "a@b|a@b|Al Q. Doe|" } },
	{ "\"Doe, Al\" <a@b>, c@d", { "a@b|a@b|\"Doe, Al\"|", "c@d|c@d||" } },
	{ "a@b,c@d;e@f", { "a@b|a@b||", "c@d|c@d||", "e@f|e@f||" } },
	{ "a@b,,\n c@d,", { "a@b|a@b||", "c@d|c@d||" } },
	{ "<a@b>", { "a@b|a@b||" } },
	{ "< a @ b . c >", { "a@b.c|a @ b . c||" } },
	{ "<>", { "|||" } },
	{ "Nobody <>", { "||Nobody|" } },
	{ "Mail (c1) System <> (c2)", { "||Mail (c1) System|c2" } },
	{ "<@x,@y:a@b>", { "a@b|a@b||" } },
	{ "<@x : a@b>", { "a@b|a@b||" } },
	{ "<(c)@x:a@b>", { "a@b|a@b||c" } },
	{ "Friends: a@b, Al <c@d>;, e@f", { "a@b|a@b||", "c@d|c@d|Al|", "e@f|e@f||" } },
	{ "undisclosed-recipients:;", { NULL } },
	{ "Empty:;,a", { "a|a||" } },
	{ "\"a b\"@c", { "\"a b\"@c|\"a b\"@c||" } },
	{ "\"ab\"@c", { "ab@c|\"ab\"@c||" } },
	{ "\"a\\\"b\"@c", { "\"a\\\"b\"@c|\"a\\\"b\"@c||" } },
	{ "\"a\\b\"@c", { "ab@c|\"a\\b\"@c||" } },
	{ "\"\"@c", { "\"\"@c|\"\"@c||" } },
	{ "\"a@b\"@c", { "\"a@b\"@c|\"a@b\"@c||" } },
	{ "\"a\".b@c", { "a.b@c|\"a\".b@c||" } },
	{ "\"a \".b@c", { "\"a .b\"@c|\"a \".b@c||" } },
	{ "a..b@c", { "\"a..b\"@c|a..b@c||" } },
	{ "a.@c", { "\"a.\"@c|a.@c||" } },
	{ "a(x)@(y)b(z)", { "a@b|a(x)@(y)b||z" } },
	{ "a . b@c . d", { "a.b@c.d|a . b@c . d||" } },
	{ "a@[192.0.2.1]", { "a@[192.0.2.1]|a@[192.0.2.1]||" } },
	{ "a@[IPv6:2001:db8::1]", { "a@[IPv6:2001:db8::1]|a@[IPv6:2001:db8::1]||" } },
	{ "a@b.c <d@e>", { "d@e|d@e|a@b.c|" } },
	{ "x+y=z!%/{}@c", { "x+y=z!%/{}@c|x+y=z!%/{}@c||" } },
	{ "j\xc3\xb6rg@b\xc3\xbc.de", { "j\xc3\xb6rg@b\xc3\xbc.de|j\xc3\xb6rg@b\xc3\xbc.de||" } },
	{ "=?utf-8?Q?J=C3=B6rg?= <a@b>", { "a@b|a@b|=?utf-8?Q?J=C3=B6rg?=|" } },
	/* No address, and what follows is still read. */
	{ "a b, c@d", { "!a b", "c@d|c@d||" } },
	{ "Al Doe a@b, c@d", { "!Al Doe a@b", "c@d|c@d||" } },
	{ "a@b@c, d", { "!a@b@c", "d|d||" } },
	{ "@b, d", { "!@b", "d|d||" } },
	{ "a@, d", { "!a@", "d|d||" } },
	{ "a@b (x, c@d", { "!a@b (x, c@d" } },
	{ "alice@a.org)bob@b.org, d", { "!alice@a.org)bob@b.org", "d|d||" } },
	{ "\"a@b, d", { "!\"a@b, d" } },
	{ "<a@b, d@e", { "!<a@b", "d@e|d@e||" } },
	{ "<a@b; d@e", { "!<a@b", "d@e|d@e||" } },
	{ "Al <a@b", { "!Al <a@b" } },
	{ "a@b>, d", { "!a@b>", "d|d||" } },
	{ "<a@b> <c@d>, e", { "!<a@b> <c@d>", "e|e||" } },
	{ "<a@b> Al, e", { "!<a@b> Al", "e|e||" } },
	{ "<<a@b>>, e", { "!<<a@b>>", "e|e||" } },
	{ "<a b>, e", { "!<a b>", "e|e||" } },
	{ "<mailto:a@b>, e", { "!<mailto:a@b>", "e|e||" } },
	{ "<@x:>, e", { "|||", "e|e||" } },
	{ "<@x,@y>, e", { "!<@x,@y>", "e|e||" } },
	{ "a@b:c@d, e", { "!a@b", "c@d|c@d||", "e|e||" } },
	{ "a@[x, e", { "!a@[x", "e|e||" } },
	{ "a@[x]y, e", { "!a@[x]y", "e|e||" } },
	{ "[x]@y, e", { "![x]@y", "e|e||" } },
	{ "a@\"b\", e", { "!a@\"b\"", "e|e||" } },
	{ "a\\@b, e", { "!a\\@b", "e|e||" } },
	{ "a\x01@b, e", { "!a\x01@b", "e|e||" } },
	{ "\"a\x01\"@b, e", { "!\"a\x01\"@b", "e|e||" } },
	{ "\"victim@a x\"@internal.b", { "\"victim@a x\"@internal.b|\"victim@a x\"@internal.b||" } },
};

static const char *describe(struct arena *a, int rc, const struct address *at)
{
	if (rc < 0)
		return arena_printf(a, "!%.*s", SPAN_ARG(at->text));
	return arena_printf(a, "%s|%.*s|%.*s|%.*s", at->mailbox, SPAN_ARG(at->spec), SPAN_ARG(at->display),
			    SPAN_ARG(at->comment));
}

START_TEST(test_next)
{
	struct span rest = span_str(lists[_i].in);
	struct arena a = { 0 };
	struct address at;
	int rc;

	for (int i = 0; (rc = address_next(&rest, &a, &at)) != 0; i++) {
		const char *got = describe(&a, rc, &at);

		ck_assert_msg(i < ITEMS && lists[_i].items[i], "%s: %d: also \"%s\"", lists[_i].in, i, got);
		ck_assert_msg(strcmp(got, lists[_i].items[i]) == 0, "%s: %d: \"%s\" instead of \"%s\"", lists[_i].in, i,
			      got, lists[_i].items[i]);
		ck_assert(at.text.p >= lists[_i].in && at.text.n <= strlen(lists[_i].in));
	}
	for (int i = 0; i < ITEMS && lists[_i].items[i]; i++)
		rc++;
	rest = span_str(lists[_i].in);
	while (address_next(&rest, &a, &at) != 0)
		rc--;
	ck_assert_msg(rc == 0, "%s: %d items are missing", lists[_i].in, rc);
	ck_assert_uint_eq(rest.n, 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_parts)
{
	struct span rest = SPAN("A <\"x@y\" @ Example.ORG>, u@v, w");
	struct arena a = { 0 };
	struct address at;

	ck_assert_int_eq(address_next(&rest, &a, &at), 1);
	ck_assert(at.angle && span_is(at.local, SPAN("\"x@y\"")) && span_is(at.domain, SPAN("Example.ORG")));
	ck_assert_int_eq(address_next(&rest, &a, &at), 1);
	ck_assert(!at.angle && span_is(at.local, SPAN("u")) && span_is(at.domain, SPAN("v")));
	ck_assert_int_eq(address_next(&rest, &a, &at), 1);
	ck_assert(!at.angle && span_is(at.local, SPAN("w")) && at.domain.n == 0);
	arena_clear(&a);
}
END_TEST

START_TEST(test_nul)
{
	struct span rest = SPAN("a\0b@c, \"d\0e\"@f, g");
	struct arena a = { 0 };
	struct address at;

	ck_assert_int_eq(address_next(&rest, &a, &at), -1);
	ck_assert_int_eq(address_next(&rest, &a, &at), -1);
	ck_assert_int_eq(address_next(&rest, &a, &at), 1);
	ck_assert_str_eq(at.mailbox, "g");
	arena_clear(&a);
}
END_TEST

/* ADDRESS_MAX, and ADDRESS_COMMENT_DEPTH, to the octet. */
START_TEST(test_limits)
{
	struct arena a = { 0 };
	char text[2 * ADDRESS_MAX];

	for (int over = 0; over <= 1; over++) {
		struct span rest = span_of(text, (size_t)(ADDRESS_MAX + over));
		struct address at;

		memset(text, 'a', sizeof(text));
		text[10] = '@';
		ck_assert_int_eq(address_next(&rest, &a, &at), over ? -1 : 1);
		rest = span_of(text, (size_t)(2 * (ADDRESS_COMMENT_DEPTH + over) + 1));
		memset(text, '(', (size_t)(ADDRESS_COMMENT_DEPTH + over));
		memset(text + ADDRESS_COMMENT_DEPTH + over, ')', (size_t)(ADDRESS_COMMENT_DEPTH + over));
		text[rest.n - 1] = 'a';
		ck_assert_int_eq(address_next(&rest, &a, &at), over ? -1 : 1);
	}
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *in, *local, *domain;
} splits[] = {
	{ "a@b", "a", "b" },
	{ "a", "a", "" },
	{ "a@", "a", "" },
	{ "@b", "", "b" },
	{ "a@b@c", "a@b", "c" },
	{ "\"a@b\"", "\"a@b\"", "" },
	{ "\"a@b\"@c", "\"a@b\"", "c" },
	{ "", "", "" },
	{ "\"a\\\"@b\"@c", "\"a\\\"@b\"", "c" },
};

START_TEST(test_split)
{
	struct span local, domain;

	address_split(span_str(splits[_i].in), &local, &domain);
	ck_assert_msg(span_is(local, span_str(splits[_i].local)), "%.*s", SPAN_ARG(local));
	ck_assert_msg(span_is(domain, span_str(splits[_i].domain)), "%.*s", SPAN_ARG(domain));
}
END_TEST

static const struct {
	struct span in;
	bool plain, unqualified, utf8;
} valids[] = {
	{ SPAN_INIT("a@b"), true, true, true },
	{ SPAN_INIT("a"), false, true, false },
	{ SPAN_INIT(""), false, false, false },
	{ SPAN_INIT("a@"), false, false, false },
	{ SPAN_INIT("@b"), false, false, false },
	{ SPAN_INIT("a.b+c=d@example.org"), true, true, true },
	{ SPAN_INIT("a..b@c"), false, false, false },
	{ SPAN_INIT(".a@c"), false, false, false },
	{ SPAN_INIT("a.@c"), false, false, false },
	{ SPAN_INIT("a b@c"), false, false, false },
	{ SPAN_INIT("a@b@c"), false, false, false },
	{ SPAN_INIT("\"a b\"@c"), true, true, true },
	{ SPAN_INIT("\"\"@c"), true, true, true },
	{ SPAN_INIT("\"a\"b@c"), false, false, false },
	{ SPAN_INIT("\"a@c"), false, false, false },
	{ SPAN_INIT("\"a\\\"@c"), false, false, false },
	{ SPAN_INIT("\"a\nb\"@c"), false, false, false },
	{ SPAN_INIT("\"a\0b\"@c"), false, false, false },
	{ SPAN_INIT("a\0@c"), false, false, false },
	{ SPAN_INIT("a@c\n"), false, false, false },
	{ SPAN_INIT("a@c\0"), false, false, false },
	{ SPAN_INIT("a@[192.0.2.1]"), true, true, true },
	{ SPAN_INIT("a@[192.0.2.256]"), false, false, false },
	{ SPAN_INIT("a@[IPv6:2001:db8::1]"), true, true, true },
	{ SPAN_INIT("a@[ipv6:::1]"), true, true, true },
	{ SPAN_INIT("a@[2001:db8::1]"), false, false, false },
	{ SPAN_INIT("a@[192.0.2.1"), false, false, false },
	{ SPAN_INIT("a@[]"), false, false, false },
	{ SPAN_INIT("a@[x]"), false, false, false },
	{ SPAN_INIT("a@b."), false, false, false },
	{ SPAN_INIT("a@.b"), false, false, false },
	{ SPAN_INIT("a@b..c"), false, false, false },
	{ SPAN_INIT("a@-b.c"), false, false, false },
	{ SPAN_INIT("a@b-.c"), false, false, false },
	{ SPAN_INIT("a@b_c.d"), true, true, true },
	{ SPAN_INIT("a@b/c"), false, false, false },
	{ SPAN_INIT("a@b c"), false, false, false },
	{ SPAN_INIT("a@b>"), false, false, false },
	{ SPAN_INIT("a(x)@b"), false, false, false },
	{ SPAN_INIT("a@123456789012345678901234567890123456789012345678901234567890123.d"), true, true, true },
	{ SPAN_INIT("a@1234567890123456789012345678901234567890123456789012345678901234.d"), false, false, false },
	{ SPAN_INIT("j\xc3\xb6rg@b"), false, false, true },
	{ SPAN_INIT("a@b\xc3\xbc.de"), false, false, true },
	{ SPAN_INIT("\"j\xc3\xb6 rg\"@b"), false, false, true },
	{ SPAN_INIT("j\xc0\x80@b"), false, false, false },
	{ SPAN_INIT("j\xff@b"), false, false, false },
	/* What an old attack on a delivery command looked like is an address, or not, by the grammar alone. */
	{ SPAN_INIT(";sleep 66;"), false, false, false },
	{ SPAN_INIT("${run{id}}@localhost"), true, true, true },
	{ SPAN_INIT("$(id)@l"), false, false, false },
	{ SPAN_INIT("`id`@l"), true, true, true },
	{ SPAN_INIT("-oQ/tmp@l"), true, true, true },
	{ SPAN_INIT("../../x@l"), false, false, false },
};

START_TEST(test_valid)
{
	ck_assert_int_eq(address_is_valid(valids[_i].in, false, false), valids[_i].plain);
	ck_assert_int_eq(address_is_valid(valids[_i].in, true, false), valids[_i].unqualified);
	ck_assert_int_eq(address_is_valid(valids[_i].in, false, true), valids[_i].utf8);
}
END_TEST

static const struct {
	const char *name, *want;
} writes[] = {
	{ NULL, "a@b" },
	{ "", "a@b" },
	{ "  ", "a@b" },
	{ "Al Doe", "Al Doe <a@b>" },
	{ "Al Q. Doe", "\"Al Q. Doe\" <a@b>" },
	{ "Doe, Al", "\"Doe, Al\" <a@b>" },
	{ "say \"hi\" \\", "\"say \\\"hi\\\" \\\\\" <a@b>" },
	{ "x\nBcc: evil", "\"x Bcc: evil\" <a@b>" },
	{ "x\r\n\ty", "\"x   y\" <a@b>" },
	{ "J\xc3\xb6rg", "=?UTF-8?B?SsO2cmc=?= <a@b>" },
	{ "J\xc3\xb6rg of Z", "=?UTF-8?Q?J=C3=B6rg_of_Z?= <a@b>" },
	{ "=?x?Q?y?=", "=?UTF-8?B?PT94P1E/eT89?= <a@b>" },
	{ "J\xf6rg", "=?unknown-8bit?Q?J=F6rg?= <a@b>" },
};

START_TEST(test_put)
{
	struct buf out;

	buf_init(&out, 1000);
	address_put(&out, writes[_i].name, "a@b");
	ck_assert_str_eq(buf_str(&out), writes[_i].want);
	buf_clear(&out);
}
END_TEST

static const struct {
	const char *piece;
	int items; /* at least; -1: whatever */
} floods[] = {
	{ ",", 0 },    { "(", 1 },  { "\"", -1 },  { "<", 1 },	 { ":", 0 },	 { ";", 0 },
	{ "[", 1 },    { "@", 1 },  { ")", 1 },	   { "a,", 1 },	 { "a:", -1 },	 { "<@a:", 1 },
	{ "<@a,", 1 }, { "\\", 1 }, { "a@b,", 1 }, { "(a)", 0 }, { "\"\" ", 1 }, { "\"a\".", 1 },
	{ "[x", 1 },   { "((", 1 }, { "<>,", 1 },  { "[,", 1 },
};

/* A million octets of each within a moment, and memory by what is found. */
START_TEST(test_linear)
{
	const size_t n = 1000000, step = strlen(floods[_i].piece);
	char *text = arena_heap(n);
	struct span rest = span_of(text, n / step * step);
	struct arena a = { 0 };
	struct address at;
	int items = 0;

	for (size_t i = 0; i + step <= n; i += step)
		memcpy(text + i, floods[_i].piece, step);
	while (address_next(&rest, &a, &at) != 0)
		items++;
	ck_assert_int_ge(items, floods[_i].items);
	arena_clear(&a);
	free(text);
}
END_TEST

/* Items as above; "{name" begins a group, "}" ends it, and "@route" stands behind the comment. */
static const struct {
	const char *in, *want;
} grouped[] = {
	{ "", "" },
	{ "a@b, c", "a@b c " },
	{ "Friends: a@b, Al <c@d>;, e@f", "{Friends a@b c@d } e@f " },
	{ "undisclosed-recipients:;", "{undisclosed-recipients } " },
	{ "A Group (c) : a@b", "{A Group a@b } " },
	{ "A:a;B:b;c", "{A a } {B b } c " },
	{ "A:a,B:b;c", "{A a b } c " },
	{ "A:, ,x y, ;", "{A !x y } " },
	{ ":a;b", "{ a } b " },
	{ "a;b;", "a b " },
	{ "Re: x <a@b>", "{Re a@b } " },
	{ "<@r1, @r2:a@b>, <@x : c@d>", "a@b@r1, @r2 c@d@x " },
	{ "a@b:c;", "!a@b c " },
	{ "A:<a@b;c@d;e", "{A !<a@b c@d } e " },
};

START_TEST(test_groups)
{
	struct address_list l = { .rest = span_str(grouped[_i].in) };
	struct arena a = { 0 };
	struct address item;
	enum address_kind kind;
	struct buf got;
	int more;

	buf_init(&got, 1000);
	while ((more = address_list_next(&l, &a, &item, &kind)) != 0) {
		if (more < 0)
			buf_printf(&got, "!%.*s ", SPAN_ARG(item.text));
		else if (kind == ADDRESS_GROUP)
			buf_printf(&got, "{%.*s ", SPAN_ARG(item.display));
		else if (kind == ADDRESS_GROUP_END)
			buf_put_str(&got, "} ");
		else
			buf_printf(&got, "%s%.*s ", item.mailbox, SPAN_ARG(item.route));
	}
	ck_assert_str_eq(buf_str(&got), grouped[_i].want);
	buf_clear(&got);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *list, *want;
} displays[] = {
	{ "al@x", "" },
	{ "Al Green <al@x>", "Al Green" },
	{ "\"Green, \\\"Al\\\"\" <al@x>", "Green, \"Al\"" },
	{ "Al \"B\" Green <al@x>", "Al B Green" },
	{ "=?utf-8?q?J=C3=B6rg?=\n =?utf-8?q?_M?= <al@x>", "J\xc3\xb6rg M" },
	{ "\"=?utf-8?b?SsO2cmc=?=\" <al@x>", "J\xc3\xb6rg" },
	{ "\"\" <al@x>", "" },
};

START_TEST(test_display)
{
	struct span rest = span_str(displays[_i].list);
	struct arena a = { 0 };
	struct address x;
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_int_eq(address_next(&rest, &a, &x), 1);
	address_put_display(&out, &a, &x);
	ck_assert_str_eq(buf_str(&out), displays[_i].want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_display, 0, COUNT(displays));
	tcase_add_loop_test(tc, test_groups, 0, COUNT(grouped));
	tcase_add_loop_test(tc, test_next, 0, COUNT(lists));
	tcase_add_test(tc, test_parts);
	tcase_add_test(tc, test_nul);
	tcase_add_test(tc, test_limits);
	tcase_add_loop_test(tc, test_split, 0, COUNT(splits));
	tcase_add_loop_test(tc, test_valid, 0, COUNT(valids));
	tcase_add_loop_test(tc, test_put, 0, COUNT(writes));
	tcase_add_loop_test(tc, test_linear, 0, COUNT(floods));
}

CHECK_MAIN(address, add_tests)
