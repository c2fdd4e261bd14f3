/* SPDX-License-Identifier: ISC */
#include "message/compose.h"
#include "base/entropy.h"
#include "message/header.h"
#include "message/mime_tree.h"
#include "message/words.h"
#include "support/check_main.h"

enum { ROOM = 1 << 24 };

static int collect(void *context, struct span piece, struct fault *f)
{
	struct buf *out = context;

	(void)f;
	buf_put_span(out, piece);
	return 0;
}

static const struct compose_rules usual = { .seed = "seed" };

static int compose(struct arena *a, struct compose_part *root, const struct compose_rules *rules, struct buf *out,
		   struct compose_result *result, struct fault *f)
{
	int r = compose_put(a, root, rules, collect, out, result, f);

	ck_assert(!out->overflow);
	if (r == 0)
		ck_assert_uint_eq(result->octets, out->n);
	return r;
}

static void decode(struct arena *a, struct span message, const struct mime_node *node, struct buf *out)
{
	struct encoding_decode d;

	(void)a;
	buf_reset(out);
	encoding_decode_init(&d, node->part.entity.encoding);
	encoding_decode_feed(
		&d, span_of(message.p + node->part.body.at, (size_t)mime_octets(node->part.body, node->part.end)), out);
	encoding_decode_end(&d, out);
}

/* ---- fields ---- */

static const struct {
	struct compose_field field;
	bool utf8;
	const char *want; /* NULL: refused */
} fields[] = {
	{ { "Subject", "hello", COMPOSE_TEXT }, false, "Subject: hello\n" },
	{ { "Subject", "caf\xc3\xa9", COMPOSE_TEXT }, false, "Subject: =?UTF-8?B?Y2Fmw6k=?=\n" },
	{ { "Subject", "caf\xc3\xa9", COMPOSE_TEXT }, true, "Subject: caf\xc3\xa9\n" },
	{ { "Subject", "caf\xe9", COMPOSE_TEXT }, true, "Subject: =?unknown-8bit?Q?caf=E9?=\n" },
	{ { "Subject", "a\nBcc: x@y", COMPOSE_TEXT }, false, NULL },
	{ { "Subject", "a\r\nBcc: x@y", COMPOSE_TEXT }, true, NULL },
	{ { "Subject", "a\x1b[2J", COMPOSE_TEXT }, false, NULL },
	{ { "Sub ject", "a", COMPOSE_TEXT }, false, NULL },
	{ { "Subject:", "a", COMPOSE_TEXT }, false, NULL },
	{ { "A\nB", "a", COMPOSE_TEXT }, false, NULL },
	{ { "", "a", COMPOSE_TEXT }, false, NULL },
	{ { "To", "a@b", COMPOSE_ADDRESSES }, false, "To: a@b\n" },
	{ { "To", "Jos\xc3\xa9 <a@b>, \"x, y\" <c@d>", COMPOSE_ADDRESSES },
	  false,
	  "To: =?UTF-8?B?Sm9zw6k=?= <a@b>, \"x, y\" <c@d>\n" },
	{ { "To", "Jos\xc3\xa9 <a@b>", COMPOSE_ADDRESSES }, true, "To: \"Jos\xc3\xa9\" <a@b>\n" },
	{ { "To", "root (Cron)", COMPOSE_ADDRESSES }, false, "To: Cron <root>\n" },
	{ { "To", "undisclosed-recipients:;", COMPOSE_ADDRESSES }, false, "To: undisclosed-recipients:;\n" },
	{ { "To", "a@b@c", COMPOSE_ADDRESSES }, false, NULL },
	{ { "To", "a@b>, <c@d", COMPOSE_ADDRESSES }, false, NULL },
	{ { "To", "a@b\n, c@d", COMPOSE_ADDRESSES }, false, NULL },
	{ { "To", "\xc3\xa9@b.example", COMPOSE_ADDRESSES }, false, NULL },
	{ { "To", "\xc3\xa9@b.example", COMPOSE_ADDRESSES }, true, "To: \xc3\xa9@b.example\n" },
	{ { "Message-ID", "<a@b>", COMPOSE_PLAIN }, false, "Message-ID: <a@b>\n" },
	{ { "Message-ID", "<\xc3\xa9@b>", COMPOSE_PLAIN }, false, NULL },
	{ { "References", "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example> <bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@example>",
	    COMPOSE_PLAIN },
	  false,
	  "References: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example>\n <bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@example>\n" },
};

START_TEST(test_field)
{
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct buf out;
	int r;

	buf_init(&out, ROOM);
	r = compose_put_field(&a, &out, &fields[_i].field, fields[_i].utf8, &f);
	if (fields[_i].want) {
		ck_assert_msg(r == 0, "%s", f.text);
		ck_assert_str_eq(buf_str(&out), fields[_i].want);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(f.kind, FAULT_USAGE);
		ck_assert(strchr(f.text, '\n') == NULL || strchr(fields[_i].field.name, '\n'));
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* Many long names: no line is over the limit. */
START_TEST(test_long_list)
{
	struct arena a = { 0 };
	struct buf value, out;
	struct compose_field field = { .name = "To", .kind = COMPOSE_ADDRESSES };
	struct span rest;

	buf_init(&value, ROOM);
	buf_init(&out, ROOM);
	for (int i = 0; i < 50; i++)
		buf_printf(&value, "%sJos\xc3\xa9 number %d of a family with a long name <user%d@mail.example.com>",
			   i ? ", " : "", i, i);
	field.value = buf_str(&value);
	ck_assert_int_eq(compose_put_field(&a, &out, &field, false, NULL), 0);
	for (rest = buf_span(&out); rest.n > 0;)
		ck_assert_uint_le(span_cut(&rest, '\n').n, HEADER_LINE_WANTED);
	buf_clear(&value);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* ---- messages ---- */

START_TEST(test_simple)
{
	struct compose_bytes body = { SPAN("Gr\xc3\xbc\xc3\x9f aus Bonn, und noch etwas Text\n"), 0 };
	const struct compose_field head[] = { { "From", "a@b", COMPOSE_ADDRESSES }, { "Subject", "x", COMPOSE_TEXT } };
	struct compose_part root = { .fields = head, .nfields = 2, .source = compose_bytes(&body) };
	struct compose_rules rules = usual;
	struct compose_result result;
	struct arena a = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	ck_assert_int_eq(compose(&a, &root, &rules, &out, &result, NULL), 0);
	ck_assert_str_eq(buf_str(&out), "From: a@b\nSubject: x\nMIME-Version: 1.0\n"
					"Content-Type: text/plain; charset=utf-8\n"
					"Content-Transfer-Encoding: quoted-printable\n\n"
					"Gr=C3=BC=C3=9F aus Bonn, und noch etwas Text\n");
	ck_assert(!result.has_8bit && !result.has_8bit_header);
	rules.allow_8bit = true;
	buf_reset(&out);
	ck_assert_int_eq(compose(&a, &root, &rules, &out, &result, NULL), 0);
	ck_assert(strstr(buf_str(&out), "Encoding: 8bit\n\nGr\xc3\xbc") != NULL);
	ck_assert(result.has_8bit);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* A mixed of an alternative and two files, and a message; its text is what the header says. */
START_TEST(test_tree)
{
	static char binary[100000];
	struct compose_bytes texts[] = {
		{ SPAN("plain\n"), 0 },
		{ SPAN("<p>html"), 0 },
		{ { binary, sizeof(binary) }, 0 },
		{ SPAN("Subject: within\n\ntext\n--=_looks like one of ours, and is long\n"), 0 },
	};
	struct compose_part parts[] = {
		{ .type = "text/plain", .source = compose_bytes(&texts[0]) },
		{ .type = "text/html", .source = compose_bytes(&texts[1]) },
		{ .type = "application/octet-stream",
		  .filename = "\xc3\xa9t\xc3\xa9.bin",
		  .source = compose_bytes(&texts[2]) },
		{ .type = "message/rfc822",
		  .disposition = "inline",
		  .description = "the first",
		  .id = "<i@d>",
		  .source = compose_bytes(&texts[3]) },
	};
	struct compose_part alternative = { .type = "multipart/alternative", .children = &parts[0], .next = &parts[2] };
	struct compose_part root = { .type = "multipart/mixed", .children = &alternative };
	struct compose_result result;
	struct params_value name;
	struct mime_node *tree;
	struct arena a = { 0 };
	struct buf out, again, content;

	parts[0].next = &parts[1];
	parts[2].next = &parts[3];
	entropy_fill(binary, sizeof(binary));
	buf_init(&out, ROOM);
	buf_init(&again, ROOM);
	buf_init(&content, ROOM);
	ck_assert_int_eq(compose(&a, &root, &usual, &out, &result, NULL), 0);
	tree = mime_tree_parse(&a, buf_span(&out));
	decode(&a, buf_span(&out), mime_tree_find(tree, SPAN("1.1")), &content);
	ck_assert_str_eq(buf_str(&content), "plain\n");
	decode(&a, buf_span(&out), mime_tree_find(tree, SPAN("1.2")), &content);
	ck_assert_str_eq(buf_str(&content), "<p>html");
	decode(&a, buf_span(&out), mime_tree_find(tree, SPAN("2")), &content);
	ck_assert(span_is(buf_span(&content), span_of(binary, sizeof(binary))));
	ck_assert(entity_filename(&a, &mime_tree_find(tree, SPAN("2"))->part.entity, &name));
	ck_assert_str_eq(name.text, "\xc3\xa9t\xc3\xa9.bin");
	decode(&a, buf_span(&out), mime_tree_find(tree, SPAN("3")), &content);
	ck_assert(span_is(buf_span(&content), texts[3].bytes));
	ck_assert_str_eq(mime_tree_find(tree, SPAN("3"))->part.entity.description, "the first");
	ck_assert_str_eq(mime_tree_find(tree, SPAN("3.1"))->envelope->subject, "within");
	ck_assert_ptr_null(mime_tree_find(tree, SPAN("4")));
	/* The same seed, the same bytes. */
	ck_assert_int_eq(compose(&a, &root, &usual, &again, &result, NULL), 0);
	ck_assert_str_eq(buf_str(&again), buf_str(&out));
	buf_clear(&out);
	buf_clear(&again);
	buf_clear(&content);
	arena_clear(&a);
}
END_TEST

/* A message that was made with the same seed, as a part of another, of another ... */
START_TEST(test_same_seed)
{
	struct arena a = { 0 };
	struct compose_result result;
	struct buf inner, outer;
	struct mime_node *tree;

	buf_init(&inner, ROOM);
	buf_init(&outer, ROOM);
	buf_put_str(&inner, "Subject: x\n\ny\n");
	for (int i = 0; i < 5; i++) {
		struct compose_bytes bytes = { buf_span(&inner), 0 };
		struct compose_part part = { .type = "message/rfc822", .source = compose_bytes(&bytes) };
		struct compose_part root = { .type = "multipart/mixed", .children = &part };

		buf_reset(&outer);
		ck_assert_int_eq(compose(&a, &root, &usual, &outer, &result, NULL), 0);
		tree = mime_tree_parse(&a, buf_span(&outer));
		ck_assert_uint_eq(mime_octets(tree->children->part.body, tree->children->part.end), inner.n);
		ck_assert_ptr_null(tree->children->next);
		buf_reset(&inner);
		buf_put_span(&inner, buf_span(&outer));
	}
	buf_clear(&inner);
	buf_clear(&outer);
	arena_clear(&a);
}
END_TEST

/* A source that gives what is random in small pieces, once or again. */
struct stream {
	struct span bytes;
	size_t at, fail_at;
};

static int read_stream(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct stream *s = context;
	size_t left = s->bytes.n - s->at;

	if (s->fail_at && s->at >= s->fail_at)
		return fault_temp(f, 451, "4.3.0", "cannot read");
	*got = left < n ? left : n;
	*got = *got < 1000 ? *got : 1000;
	memcpy(to, s->bytes.p + s->at, *got);
	s->at += *got;
	return 0;
}

START_TEST(test_once)
{
	static char text[3 * COMPOSE_HELD];
	const char *type = _i ? "text/plain" : "image/png";
	struct arena a = { 0 };
	struct compose_result result;
	struct buf out, content;
	struct fault f = { 0 };

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 50 ? 'x' : '\n';
	buf_init(&out, ROOM);
	buf_init(&content, ROOM);
	for (size_t n = 0; n <= sizeof(text); n += sizeof(text) / 6) {
		struct stream s = { { text, n }, 0, 0 };
		struct compose_part part = { .type = type, .source = { read_stream, NULL, &s } };
		struct compose_part root = { .type = "multipart/mixed", .children = &part };
		struct mime_node *tree;

		buf_reset(&out);
		ck_assert_int_eq(compose(&a, &root, &usual, &out, &result, &f), 0);
		tree = mime_tree_parse(&a, buf_span(&out));
		decode(&a, buf_span(&out), tree->children, &content);
		ck_assert(span_is(buf_span(&content), s.bytes));
		if (_i && n < COMPOSE_HELD)
			ck_assert_int_eq(tree->children->part.entity.encoding, ENCODING_7BIT);
		if (n > 100) {
			s.at = 0;
			s.fail_at = n / 2;
			ck_assert_int_eq(compose(&a, &root, &usual, &out, &result, &f), -1);
			ck_assert_str_eq(f.text, "cannot read");
		}
	}
	buf_clear(&out);
	buf_clear(&content);
	arena_clear(&a);
}
END_TEST

static const struct {
	struct compose_part part;
	const char *content, *fault;
} refused[] = {
	{ { .type = "text" }, "", "\"text\" is no media type" },
	{ { .type = "text/pl ain" }, "", "\"text/pl ain\" is no media type" },
	{ { .type = "text/plain\nX: y" }, "", "is no media type" },
	{ { .type = "multipart/mixed" }, "", "a multipart must have a part" },
	{ { .disposition = "in line" }, "", "\"in line\" is no disposition" },
	{ { .filename = "a\nb" }, "", "the parameter filename has a control character in it, or is none" },
	{ { .filename = "a\rb" }, "", "the parameter filename has a control character in it, or is none" },
	{ { .id = "<a\n@b>" }, "", "Content-ID: there is a control character in it" },
	{ { .description = "x\ny" }, "", "Content-Description: there is a control character in it" },
	{ { .encoded = true, .encoding = ENCODING_7BIT }, "\xe9\n", "the content of a part cannot be 7bit" },
	{ { .encoded = true, .encoding = ENCODING_8BIT }, "\xe9\n", "the content of a part cannot be 8bit" },
	{ { .encoded = true, .encoding = ENCODING_UUENCODE }, "x\n", "the content of a part cannot be x-uuencode" },
	{ { .type = "message/rfc822" }, "A: \xe9\n", "a message in 8bit can only be" },
	{ { .type = "message/rfc822" }, "A: b\rc\n", "a message with NULs, bare CRs" },
};

START_TEST(test_refused)
{
	struct compose_bytes body = { span_str(refused[_i].content), 0 };
	struct compose_part part = refused[_i].part;
	struct compose_result result;
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct buf out;

	part.source = compose_bytes(&body);
	buf_init(&out, ROOM);
	ck_assert_int_eq(compose(&a, &part, &usual, &out, &result, &f), -1);
	ck_assert_msg(strstr(f.text, refused[_i].fault) != NULL, "%s", f.text);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

START_TEST(test_wanted)
{
	static const enum encoding wanted[] = { ENCODING_QP, ENCODING_BASE64, ENCODING_7BIT, ENCODING_8BIT,
						ENCODING_BINARY };
	struct compose_bytes body = { SPAN("plain\n"), 0 };
	struct compose_part part = { .source = compose_bytes(&body), .encoded = true, .encoding = wanted[_i] };
	struct compose_result result;
	struct arena a = { 0 };
	struct buf out, content;

	buf_init(&out, ROOM);
	buf_init(&content, ROOM);
	ck_assert_int_eq(compose(&a, &part, &usual, &out, &result, NULL), 0);
	decode(&a, buf_span(&out), mime_tree_parse(&a, buf_span(&out)), &content);
	ck_assert_str_eq(buf_str(&content), "plain\n");
	ck_assert_int_eq(mime_tree_parse(&a, buf_span(&out))->part.entity.encoding, wanted[_i]);
	buf_clear(&out);
	buf_clear(&content);
	arena_clear(&a);
}
END_TEST

START_TEST(test_depth)
{
	static struct compose_part parts[COMPOSE_DEPTH_MAX + 3];
	struct compose_result result;
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct buf out;

	buf_init(&out, ROOM);
	for (int depth = COMPOSE_DEPTH_MAX; depth <= COMPOSE_DEPTH_MAX + 1; depth++) {
		memset(parts, 0, sizeof(parts));
		for (int i = 0; i < depth; i++) {
			parts[i].type = "multipart/mixed";
			parts[i].children = &parts[i + 1];
		}
		buf_reset(&out);
		if (depth > COMPOSE_DEPTH_MAX) {
			ck_assert_int_eq(compose(&a, &parts[0], &usual, &out, &result, &f), -1);
			continue;
		}
		ck_assert_int_eq(compose(&a, &parts[0], &usual, &out, &result, &f), 0);
		ck_assert_uint_eq(mime_tree_parse(&a, buf_span(&out))->part.problems, 0);
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

START_TEST(test_kinds)
{
	ck_assert_int_eq(compose_kind_of("to"), COMPOSE_ADDRESSES);
	ck_assert_int_eq(compose_kind_of("References"), COMPOSE_PLAIN);
	ck_assert_int_eq(compose_kind_of("List-Unsubscribe"), COMPOSE_PLAIN);
	ck_assert_int_eq(compose_kind_of("X-Anything"), COMPOSE_TEXT);
}
END_TEST

/* ---- what other writers need ---- */

struct counted {
	struct span bytes;
	size_t at, reads;
};

static int read_counted(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct counted *c = context;
	struct span rest = span_from(c->bytes, c->at);

	(void)f;
	*got = rest.n < n ? rest.n : n;
	if (*got > 0)
		memcpy(to, rest.p, *got);
	c->at += *got;
	c->reads += *got > 0;
	return 0;
}

static int rewind_counted(void *context, struct fault *f)
{
	(void)f;
	((struct counted *)context)->at = 0;
	return 0;
}

/* A file that is no text is read once, text twice. */
START_TEST(test_passes)
{
	static const struct {
		const char *type;
		size_t reads;
	} rows[] = { { "image/png", 1 }, { "application/json", 1 }, { "text/plain", 2 }, { "message/rfc822", 2 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct counted content = { .bytes = SPAN("some\n") };
		struct compose_part root = { .type = rows[i].type,
					     .source = { read_counted, rewind_counted, &content } };
		struct compose_result result;
		struct arena a = { 0 };
		struct fault f = { 0 };
		struct buf out;

		buf_init(&out, ROOM);
		ck_assert_int_eq(compose(&a, &root, &usual, &out, &result, &f), 0);
		ck_assert_uint_eq(content.reads, rows[i].reads);
		buf_clear(&out);
		arena_clear(&a);
	}
}
END_TEST

/* An entity that exists goes in as it is, and no boundary, nor the one to spare, is in it. */
START_TEST(test_raw)
{
	struct compose_bytes first = { .bytes = SPAN("X-A: b\nContent-Type: text/x\n\n\xff\n") }, second = { 0 };
	struct compose_part raw[2] = { { .raw = true, .source = compose_bytes(&first) },
				       { .raw = true, .source = compose_bytes(&second) } };
	struct compose_part root = { .type = "multipart/mixed", .children = &raw[0] };
	struct compose_rules rules = { .seed = "s", .allow_8bit = true, .no_version = true };
	struct compose_result result, again;
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct buf out, other;

	buf_init(&out, ROOM);
	buf_init(&other, ROOM);
	ck_assert_int_eq(compose(&a, &root, &rules, &out, &result, &f), 0);
	ck_assert(memmem(out.p, out.n, first.bytes.p, first.bytes.n) != NULL);
	ck_assert(strncmp(buf_str(&out), "Content-Type: multipart/mixed; ", 31) == 0);
	ck_assert(strstr(buf_str(&out), "Content-Transfer-Encoding: 8bit\n") != NULL);
	ck_assert_uint_eq(strlen(result.boundary), COMPOSE_BOUNDARY);
	ck_assert(strstr(buf_str(&out), result.boundary) == NULL);
	/* Both boundaries are taken now. */
	buf_printf(&other, "X: y\n\n--%s\n%s", result.boundary, buf_str(&out));
	second.bytes = buf_span(&other);
	raw[0].next = &raw[1];
	buf_reset(&out);
	ck_assert_int_eq(compose(&a, &root, &rules, &out, &again, &f), 0);
	ck_assert_str_ne(again.boundary, result.boundary);
	ck_assert_uint_eq(mime_tree_parse(&a, buf_span(&out))->children->next->part.index, 1);
	buf_clear(&out);
	buf_clear(&other);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *type, *text;
	struct compose_rules rules;
	const char *want; /* in the header; NULL: refused */
} rules_rows[] = {
	{ "text/plain", "a\n", { .name_7bit = true }, "Content-Transfer-Encoding: 7bit\n" },
	{ "text/plain", "a\n", { 0 }, "MIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n" },
	{ "message/rfc822", "a: \xff\n\n", { .message_8bit = true }, "Content-Transfer-Encoding: 8bit\n" },
	{ "message/rfc822", "a: \xff\n\n", { .allow_8bit = true }, "Content-Transfer-Encoding: 8bit\n" },
	{ "message/rfc822", "a: \xff\n\n", { 0 }, NULL },
	{ "text/plain", "\xff\n", { .message_8bit = true }, "Content-Transfer-Encoding: quoted-printable\n" },
};

START_TEST(test_rules)
{
	struct compose_bytes bytes = { .bytes = span_str(rules_rows[_i].text) };
	struct compose_part root = { .type = rules_rows[_i].type, .source = compose_bytes(&bytes) };
	struct compose_result result;
	struct arena a = { 0 };
	struct fault f = { 0 };
	struct buf out;
	int rc;

	buf_init(&out, ROOM);
	rc = compose_put(&a, &root, &rules_rows[_i].rules, collect, &out, &result, &f);
	ck_assert_int_eq(rc, rules_rows[_i].want ? 0 : -1);
	if (rules_rows[_i].want)
		ck_assert_msg(strstr(buf_str(&out), rules_rows[_i].want) != NULL, "%s", buf_str(&out));
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_passes);
	tcase_add_test(tc, test_raw);
	tcase_add_loop_test(tc, test_rules, 0, COUNT(rules_rows));
	tcase_add_loop_test(tc, test_field, 0, COUNT(fields));
	tcase_add_test(tc, test_long_list);
	tcase_add_test(tc, test_simple);
	tcase_add_test(tc, test_tree);
	tcase_add_test(tc, test_same_seed);
	tcase_add_loop_test(tc, test_once, 0, 2);
	tcase_add_loop_test(tc, test_refused, 0, COUNT(refused));
	tcase_add_loop_test(tc, test_wanted, 0, 5);
	tcase_add_test(tc, test_depth);
	tcase_add_test(tc, test_kinds);
}

CHECK_MAIN(compose, add_tests)
