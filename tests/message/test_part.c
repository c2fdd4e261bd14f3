/* SPDX-License-Identifier: ISC */
#include "message/part.h"
#include "base/arena.h"
#include "support/check_main.h"

enum { ROOM = 1 << 22 };

static const struct {
	const char *header;
	bool digest;
	enum part_type type;
	enum part_encoding encoding;
	const char *boundary;
} parses[] = {
	{ "", false, PART_LEAF, PART_IDENTITY, "" },
	{ "", true, PART_MESSAGE, PART_IDENTITY, "" },
	{ "Content-Type: text/plain\n", true, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Type: text\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "content-type: MULTIPART/mixed; boundary=abc\n", false, PART_MULTIPART, PART_IDENTITY, "abc" },
	{ "Content-Type: multipart/x; boundary=\"a b;c\\\"d\"\n", false, PART_MULTIPART, PART_IDENTITY, "a b;c\"d" },
	{ "Content-Type: multipart/x; charset=x; boundary=\"a\" ; boundary=b\n", false, PART_MULTIPART, PART_IDENTITY,
	  "a" },
	{ "Content-Type: multipart/mixed;\n\tboundary=\n \"a\"\n", false, PART_MULTIPART, PART_IDENTITY, "a" },
	{ "Content-Type: (c) multipart (d) / (e) mixed (f;) ; (g) boundary (h) = (i) a/b?c\n", false, PART_MULTIPART,
	  PART_IDENTITY, "a/b?c" },
	{ "Content-Type: multipart/mixed; x; ;; =; boundary=a\n", false, PART_MULTIPART, PART_IDENTITY, "a" },
	{ "Content-Type: multipart/mixed; boundary=\"a  \"\n", false, PART_MULTIPART, PART_IDENTITY, "a" },
	{ "Content-Type: multipart/mixed; boundary=\"\"\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Type: multipart/mixed; boundary=\"a", false, PART_MULTIPART, PART_IDENTITY, "a" },
	{ "Content-Type: multipart/mixed; boundary\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Type: multipart/mixed\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Type: multipart/mixed; xboundary=a\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Type: message/rfc822\n", false, PART_MESSAGE, PART_IDENTITY, "" },
	{ "Content-Type: message/global\n", false, PART_MESSAGE, PART_IDENTITY, "" },
	{ "Content-Type: message/delivery-status\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n", false, PART_LEAF, PART_BASE64, "" },
	{ "Content-Transfer-Encoding: QUOTED-printable (x)\n", false, PART_LEAF, PART_QP, "" },
	{ "Content-Transfer-Encoding: 8BIT\n", false, PART_LEAF, PART_IDENTITY, "" },
	{ "Content-Transfer-Encoding: x-uuencode\n", false, PART_LEAF, PART_OTHER, "" },
	{ "Content-Transfer-Encoding:\n", false, PART_LEAF, PART_OTHER, "" },
	{ "Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n", false, PART_LEAF, PART_IDENTITY, "" },
};

START_TEST(test_parse)
{
	struct part part;

	part_parse(span_str(parses[_i].header), parses[_i].digest, &part);
	ck_assert_int_eq(part.type, parses[_i].type);
	ck_assert_int_eq(part.encoding, parses[_i].encoding);
	ck_assert_msg(span_is(span_of(part.boundary, part.boundary_length), span_str(parses[_i].boundary)), "\"%.*s\"",
		      (int)part.boundary_length, part.boundary);
}
END_TEST

START_TEST(test_boundary_limit)
{
	for (size_t n = PART_BOUNDARY_MAX - 1; n <= PART_BOUNDARY_MAX + 1; n++) {
		struct arena a = { 0 };
		char *boundary = arena_alloc(&a, n + 1), *header;
		struct part part;

		memset(boundary, 'b', n);
		header = arena_printf(&a, "Content-Type: multipart/mixed; boundary=%s\n", boundary);
		part_parse(span_str(header), false, &part);
		ck_assert_uint_eq(part.boundary_length, n <= PART_BOUNDARY_MAX ? n : 0);
		arena_clear(&a);
	}
}
END_TEST

/* A walk as a text: H{header}, each leaf as N{content}, what is between as it is. */
struct tale {
	struct buf text, all;
	bool in_leaf;
};

static void tell_header(void *context, struct span header, const struct part *part, size_t leaf)
{
	struct tale *t = context;

	(void)leaf;
	buf_printf(&t->text, "H%s{", part->message ? "m" : "");
	buf_put_span(&t->text, header);
	buf_put_char(&t->text, '}');
	buf_put_span(&t->all, header);
}

static void tell_content(void *context, struct span piece, size_t leaf)
{
	struct tale *t = context;

	if (!t->in_leaf)
		buf_printf(&t->text, "%zu{", leaf);
	t->in_leaf = true;
	buf_put_span(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static void tell_leaf_end(void *context, size_t leaf)
{
	struct tale *t = context;

	if (!t->in_leaf)
		buf_printf(&t->text, "%zu{", leaf);
	t->in_leaf = false;
	buf_put_char(&t->text, '}');
}

static void tell_between(void *context, struct span piece)
{
	struct tale *t = context;

	ck_assert(!t->in_leaf);
	buf_put_span(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static const struct part_events events = { tell_header, tell_content, tell_leaf_end, tell_between };

static void walk(struct tale *t, const char *header, struct span body, size_t piece)
{
	struct part_walk w;
	struct part part;

	*t = (struct tale){ 0 };
	buf_init(&t->text, ROOM);
	buf_init(&t->all, ROOM);
	part_parse(span_str(header), false, &part);
	part_walk_init(&w, &part, &events, t);
	for (size_t i = 0; i < body.n; i += piece)
		part_walk_feed(&w, span_of(body.p + i, body.n - i < piece ? body.n - i : piece));
	part_walk_end(&w);
	part_walk_clear(&w);
	/* Every byte comes back once and in order. */
	ck_assert(span_is(buf_span(&t->all), body));
}

static void forget(struct tale *t)
{
	buf_clear(&t->text);
	buf_clear(&t->all);
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n"

static const struct {
	const char *header, *body, *want;
} walks[] = {
	{ "", "text\n--b\n\n", "0{text\n--b\n\n}" },
	{ "", "", "0{}" },
	{ MIXED, "pre\n--b\n\none\n--b\nA: x\n\ntwo\n--b--\npost\n",
	  "pre\n--b\nH{\n}0{one\n}--b\nH{A: x\n\n}1{two\n}--b--\npost\n" },
	{ MIXED, "--b  \t\n\none\n--b-- \n", "--b  \t\nH{\n}0{one\n}--b-- \n" },
	{ MIXED, "--b\n\n--bx\n-b\n--b-\n --b\n--b--x\n--B\n", "--b\nH{\n}0{--bx\n-b\n--b-\n --b\n--b--x\n--B\n}" },
	{ MIXED, "--b\n\n--b\n\n--b\n\n", "--b\nH{\n}0{}--b\nH{\n}1{}--b\nH{\n}2{}" },
	{ MIXED, "--b\nA: x\n--b\n\ny\n", "--b\nH{A: x\n}0{}--b\nH{\n}1{y\n}" },
	{ MIXED, "--b\nA: x\n", "--b\nH{A: x\n}0{}" },
	{ MIXED, "--b\n", "--b\nH{}0{}" },
	{ MIXED, "--b", "--bH{}0{}" },
	{ MIXED, "--b--\n--b\n\nx\n", "--b--\n--b\n\nx\n" },
	{ MIXED, "no part\n", "no part\n" },
	{ MIXED,
	  "--b\n"
	  "Content-Type: multipart/mixed; boundary=c\n\n"
	  "--c\n\none\n--c--\nepi\n--b\n\ntwo\n",
	  "--b\nH{Content-Type: multipart/mixed; boundary=c\n\n}--c\nH{\n}0{one\n}--c--\nepi\n--b\nH{\n}1{two\n}" },
	/* An outer boundary closes what was left open inside. */
	{ MIXED, "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--b\n\ntwo\n",
	  "--b\nH{Content-Type: multipart/mixed; boundary=c\n\n}--c\nH{\n}0{one\n}--b\nH{\n}1{two\n}" },
	{ MIXED, "--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\none\n--b\n\ntwo\n--b--\n",
	  "--b\nH{Content-Type: multipart/mixed; boundary=bb\n\n}--bb\nH{\n}0{one\n}--b\nH{\n}1{two\n}--b--\n" },
	{ MIXED, "--b\nContent-Type: message/rfc822\n\nSubject: x\n\nhi\n--b--\n",
	  "--b\nH{Content-Type: message/rfc822\n\n}Hm{Subject: x\n\n}0{hi\n}--b--\n" },
	{ "Content-Type: message/rfc822\n", "Subject: x\n\nhi\n", "Hm{Subject: x\n\n}0{hi\n}" },
	{ "Content-Type: message/rfc822\n", MIXED "\n--b\n\nx\n--b--\n", "Hm{" MIXED "\n}--b\nH{\n}0{x\n}--b--\n" },
	{ "Content-Type: message/rfc822\n", "", "Hm{}0{}" },
	{ "Content-Type: multipart/digest; boundary=b\n",
	  "--b\n\nSubject: x\n\nhi\n--b\nContent-Type: text/plain\n\nt\n",
	  "--b\nH{\n}Hm{Subject: x\n\n}0{hi\n}--b\nH{Content-Type: text/plain\n\n}1{t\n}" },
	{ MIXED, "--b\nContent-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: base64\n\n--c\nx\n--b--\n",
	  "--b\nH{Content-Type: multipart/mixed; boundary=c\nContent-Transfer-Encoding: base64\n\n}0{"
	  "--c\nx\n}--b--\n" },
};

START_TEST(test_walk)
{
	struct span body = span_str(walks[_i].body);

	for (size_t piece = 1; piece <= body.n + 1; piece++) {
		struct tale t;

		walk(&t, walks[_i].header, body, piece);
		ck_assert_str_eq(buf_str(&t.text), walks[_i].want);
		forget(&t);
	}
}
END_TEST

/* What is nested deeper than the limit is a leaf; a header over the limit and its part are one too. */
START_TEST(test_depth)
{
	struct buf body;
	struct tale t;

	buf_init(&body, ROOM);
	for (int i = 0; i < 3 * PART_DEPTH_MAX; i++)
		buf_put_str(&body, "Content-Type: message/rfc822\n\n");
	buf_put_str(&body, "text\n");
	walk(&t, "Content-Type: message/rfc822\n", buf_span(&body), 1000);
	ck_assert(span_ends_nocase(buf_span(&t.text), SPAN("rfc822\n\ntext\n}")));
	forget(&t);
	buf_clear(&body);
}
END_TEST

START_TEST(test_long_header)
{
	struct buf body;
	struct tale t;

	buf_init(&body, ROOM);
	buf_put_str(&body, "--b\n");
	while (body.n < 2 * PART_HEADER_MAX)
		buf_put_str(&body, "A: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	buf_put_str(&body, "\ntext\n--b\n\nnext\n--b--\n");
	for (size_t piece = 1; piece < body.n; piece = piece * 7 + 100) {
		walk(&t, MIXED, buf_span(&body), piece);
		ck_assert(span_starts(buf_span(&t.text), SPAN("--b\n0{A: x")));
		ck_assert(span_ends_nocase(buf_span(&t.text), SPAN("text\n}--b\nH{\n}1{next\n}--b--\n")));
		forget(&t);
	}
	buf_clear(&body);
}
END_TEST

static const struct {
	const char *header, *piece;
} floods[] = {
	{ MIXED, "--b\n" },
	{ MIXED, "--b\n\n" },
	{ MIXED, "-" },
	{ MIXED, "--\n" },
	{ MIXED, "--b" },
	{ MIXED, "--b--\n" },
	{ MIXED, "\n" },
	{ MIXED, "x" },
	{ "Content-Type: message/rfc822\n", "Content-Type: message/rfc822\n\n" },
	{ MIXED, "--b\nContent-Type: multipart/mixed; boundary=b\n\n" },
	{ MIXED, "--b\nContent-Type: ((((((;;;;;;=====\n\n" },
};

START_TEST(test_linear)
{
	const size_t n = 1 << 21, step = strlen(floods[_i].piece);
	char *text = arena_heap(n);
	struct tale t;

	for (size_t i = 0; i < n; i++)
		text[i] = floods[_i].piece[i % step];
	walk(&t, floods[_i].header, span_of(text, n), 16384);
	forget(&t);
	free(text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(parses));
	tcase_add_test(tc, test_boundary_limit);
	tcase_add_loop_test(tc, test_walk, 0, COUNT(walks));
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_long_header);
	tcase_add_loop_test(tc, test_linear, 0, COUNT(floods));
}

CHECK_MAIN(part, add_tests)
