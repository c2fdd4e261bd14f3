/* SPDX-License-Identifier: ISC */
#include "message/mime_tree.h"
#include "support/check_main.h"

enum { ROOM = 1 << 20 };

static const char message[] =
	"From: a@b\nSubject: =?utf-8?q?x?=\nDate: Sun, 22 Nov 2026 06:00:00 +0000\nSubject: second\n"
	"Content-Type: multipart/mixed; boundary=b\n\n"
	"pre\n"
	"--b\nContent-Type: text/plain; charset=utf-8\nContent-ID: <i@d>\n\none\nline two\n"
	"--b\nContent-Type: message/rfc822\n\n"
	"From: c@d\nTo: e@f\nContent-Type: multipart/alternative; boundary=c\n\n"
	"--c\n\nalt one\n--c\nContent-Type: text/html\n\n<b>\n--c--\n"
	"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner text\n"
	"--b--\n";

/* Section, type, content. */
static const struct {
	const char *section, *type, *content;
} rows[] = {
	{ "1", "text/plain", "one\nline two" }, { "2.1", "text/plain", "alt one" },
	{ "2.2", "text/html", "<b>" },		{ "3", "message/rfc822", "Subject: inner\n\ninner text" },
	{ "3.1", "text/plain", "inner text" },
};

static struct span content(const struct mime_node *node)
{
	return span_of(message + node->part.body.at, (size_t)mime_octets(node->part.body, node->part.end));
}

START_TEST(test_sections)
{
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, SPAN(message)), *node;
	struct buf section;

	node = mime_tree_find(root, span_str(rows[_i].section));
	ck_assert_ptr_nonnull(node);
	ck_assert_str_eq(arena_printf(&a, "%s/%s", node->part.entity.type, node->part.entity.subtype), rows[_i].type);
	ck_assert_str_eq(arena_span(&a, content(node)), rows[_i].content);
	buf_init(&section, ROOM);
	mime_tree_put_section(&section, node);
	ck_assert_str_eq(buf_str(&section), rows[_i].section);
	buf_clear(&section);
	arena_clear(&a);
}
END_TEST

START_TEST(test_tree)
{
	static const char *const none[] = {
		"0", "4", "1.1", "2.3", "3.2", "3.1.1", "x", "1.", ".", "-1", "99999999999999999999"
	};
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, SPAN(message)), *within;
	struct buf section;

	ck_assert_ptr_eq(mime_tree_find(root, SPAN("")), root);
	for (int i = 0; i < COUNT(none); i++)
		ck_assert_ptr_null(mime_tree_find(root, span_str(none[i])));
	ck_assert_str_eq(root->envelope->from, "a@b");
	ck_assert_str_eq(root->envelope->subject, "=?utf-8?q?x?=");
	ck_assert_str_eq(root->envelope->date, "Sun, 22 Nov 2026 06:00:00 +0000");
	ck_assert_ptr_null(root->envelope->to);
	ck_assert_ptr_null(root->children->envelope);
	ck_assert_str_eq(root->children->part.entity.id, "<i@d>");
	ck_assert_uint_eq(root->children->part.end.lines - root->children->part.body.lines, 1);
	within = root->children->next->children;
	ck_assert_str_eq(within->envelope->to, "e@f");
	ck_assert_ptr_eq(within->parent, root->children->next);
	ck_assert_ptr_eq(within->part.parent, &root->children->next->part);
	buf_init(&section, ROOM);
	mime_tree_put_section(&section, within);
	ck_assert_str_eq(buf_str(&section), "2");
	buf_reset(&section);
	mime_tree_put_section(&section, root);
	ck_assert_str_eq(buf_str(&section), "");
	buf_clear(&section);
	ck_assert_uint_eq(root->part.end.at, sizeof(message) - 1);
	arena_clear(&a);
}
END_TEST

/* A message without structure is its part 1; a message in a message in one, 1.1.1. */
START_TEST(test_simple)
{
	struct arena a = { 0 };
	struct mime_node *root = mime_tree_parse(&a, SPAN("A: b\n\ntext\n"));
	struct buf section;

	ck_assert_ptr_eq(mime_tree_find(root, SPAN("1")), root);
	ck_assert_ptr_null(mime_tree_find(root, SPAN("1.1")));
	root = mime_tree_parse(&a, SPAN("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nA: b\n\nx\n"));
	ck_assert_ptr_eq(mime_tree_find(root, SPAN("1.1.1")), root->children->children);
	buf_init(&section, ROOM);
	mime_tree_put_section(&section, root->children->children);
	ck_assert_str_eq(buf_str(&section), "1.1.1");
	buf_clear(&section);
	arena_clear(&a);
}
END_TEST

/* The same with CR LF: offsets are the file's, sizes for IMAP do not differ. */
START_TEST(test_line_ends)
{
	struct arena a = { 0 };
	struct mime_node *lf = mime_tree_parse(&a, SPAN(message)), *crlf;
	struct buf text;

	buf_init(&text, ROOM);
	for (const char *p = message; *p; p++) {
		if (*p == '\n')
			buf_put_char(&text, '\r');
		buf_put_char(&text, *p);
	}
	crlf = mime_tree_parse(&a, buf_span(&text));
	for (int i = 0; i < COUNT(rows); i++) {
		const struct mime_node *one = mime_tree_find(lf, span_str(rows[i].section));
		const struct mime_node *two = mime_tree_find(crlf, span_str(rows[i].section));

		ck_assert_uint_eq(mime_octets_crlf(one->part.body, one->part.end),
				  mime_octets(two->part.body, two->part.end));
		ck_assert_uint_eq(mime_octets_crlf(two->part.body, two->part.end),
				  mime_octets(two->part.body, two->part.end));
		ck_assert_uint_eq(one->part.end.lines - one->part.body.lines,
				  two->part.end.lines - two->part.body.lines);
		ck_assert_uint_eq(mime_octets_crlf(one->part.header, one->part.body),
				  mime_octets(two->part.header, two->part.body));
	}
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

/* One struct for many messages. */
START_TEST(test_restart)
{
	static struct mime_tree t;
	struct arena a = { 0 };

	mime_tree_init(&t, &a, NULL);
	for (int i = 0; i < 3; i++) {
		for (const char *p = message; *p; p++)
			mime_tree_feed(&t, span_of(p, 1));
		ck_assert_str_eq(arena_span(&a, content(mime_tree_find(mime_tree_end(&t), SPAN("2.2")))), "<b>");
		ck_assert_uint_eq(t.problems, 0);
		arena_reset(&a);
		mime_tree_restart(&t);
	}
	mime_tree_end(&t);
	mime_tree_clear(&t);
	arena_clear(&a);
}
END_TEST

START_TEST(test_next)
{
	struct arena a = { 0 };
	const struct mime_node *root = mime_tree_parse(&a, SPAN(message));
	size_t n = 0;

	for (const struct mime_node *node = root; node; node = mime_tree_next(node))
		ck_assert_uint_eq(node->part.number, n++);
	ck_assert_uint_eq(n, 8);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_next);
	tcase_add_loop_test(tc, test_sections, 0, COUNT(rows));
	tcase_add_test(tc, test_tree);
	tcase_add_test(tc, test_simple);
	tcase_add_test(tc, test_line_ends);
	tcase_add_test(tc, test_restart);
}

CHECK_MAIN(mime_tree, add_tests)
