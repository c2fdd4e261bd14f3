/* SPDX-License-Identifier: ISC */
#include "list/strip.h"

#include "support/check_main.h"

static struct arena arena;

static int put(void *ctx, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(ctx, piece);
	return 0;
}

/* The message without what the rules do not want; how many parts went. */
static const char *strip(const struct strip_rules *rules, const char *message, size_t *n, const char **note)
{
	struct mime_node *root = mime_tree_parse(&arena, span_str(message));
	struct edits edits;
	struct spill spill;
	struct buf out;
	struct fault f;
	const char *got;

	edits_init(&edits, &arena);
	spill_init(&spill, 0);
	buf_init(&out, 1 << 20);
	ck_assert_int_eq(spill_put(&spill, span_str(message), &f), 0);
	*n = strip_plan(rules, &arena, root, &edits, note);
	ck_assert_int_eq(edits_write(&edits, &spill, put, &out, &f), 0);
	got = arena_span(&arena, buf_span(&out));
	buf_clear(&out);
	spill_clear(&spill);
	return got;
}

#define HEAD(type)	 "Subject: x\nContent-Type: multipart/" type "; boundary=B\n\n"
#define PART(type, text) "--B\nContent-Type: " type "\n\n" text "\n"
#define END		 "--B--\n"
#define NOTE(what, octets)                                                                                             \
	"--B\nContent-Type: text/plain; charset=us-ascii\nContent-Disposition: inline\n\n"                             \
	"[A part of this message was taken out by the list: " what ", " octets " octets]\n\n"
#define PLAIN PART("text/plain", "hi")
#define HTML  PART("text/html", "<p>hi")
#define FILE  PART("application/pdf; name=\"a plan.pdf\"", "%PDF")

static const struct {
	struct strip_rules rules;
	const char *in;
	const char *want; /* NULL: as it was */
	size_t n;
} rows[] = {
	{ { "", "", false }, HEAD("mixed") PLAIN FILE END, NULL, 0 },
	{ { "image/*", "", false }, HEAD("mixed") PLAIN FILE END, NULL, 0 },
	{ { "application/*", "", false },
	  HEAD("mixed") PLAIN FILE END,
	  HEAD("mixed") PLAIN NOTE("application/pdf \"a plan.pdf\"", "4") END,
	  1 },
	{ { "APPLICATION", "", false },
	  HEAD("mixed") FILE FILE END,
	  HEAD("mixed") NOTE("application/pdf \"a plan.pdf\"", "4") NOTE("application/pdf \"a plan.pdf\"", "4") END,
	  2 },
	{ { "image/png, .PDF", "", false },
	  HEAD("mixed") FILE END,
	  HEAD("mixed") NOTE("application/pdf \"a plan.pdf\"", "4") END,
	  1 },
	{ { "application/pd", "", false }, HEAD("mixed") FILE END, NULL, 0 },
	/* What is not on the list of what stays; the multipart itself need not be. */
	{ { "", "text/plain", false },
	  HEAD("mixed") PLAIN HTML END,
	  HEAD("mixed") PLAIN NOTE("text/html", "5") END,
	  1 },
	{ { "", "text/*", false }, HEAD("mixed") PLAIN HTML END, NULL, 0 },
	/* Forms of the same go without a trace. */
	{ { "text/html", "", false }, HEAD("alternative") PLAIN HTML END, HEAD("alternative") PLAIN END, 1 },
	{ { "text/html", "", false }, HEAD("alternative") HTML PLAIN END, HEAD("alternative") PLAIN END, 1 },
	{ { "text/html", "", false },
	  HEAD("alternative") HTML HTML PLAIN HTML PLAIN HTML END,
	  HEAD("alternative") PLAIN PLAIN END,
	  4 },
	{ { "text/*", "", false }, HEAD("alternative") HTML END, HEAD("alternative") NOTE("text/html", "5") END, 1 },
	{ { "", "", true }, HEAD("alternative") PLAIN HTML END, HEAD("alternative") PLAIN END, 1 },
	{ { "", "", true }, HEAD("alternative") HTML PLAIN FILE END, HEAD("alternative") PLAIN END, 2 },
	{ { "", "", true }, HEAD("alternative") HTML FILE END, NULL, 0 },
	{ { "", "", true }, HEAD("mixed") PLAIN HTML END, NULL, 0 },
	/* Within each other: the outer alternative goes on behind the inner one. */
	{ { "", "", true },
	  HEAD("alternative") PLAIN PART("multipart/related; boundary=C", "--C\nContent-Type: text/html\n\nx\n--C--\n")
		  HTML END,
	  HEAD("alternative") PLAIN END,
	  2 },
	{ { "image/*", "", false },
	  HEAD("alternative")
		  PLAIN PART("multipart/related; boundary=C",
			     "--C\nContent-Type: text/html\n\nx\n--C\nContent-Type: image/png\n\nx\n--C--\n") END,
	  HEAD("alternative")
		  PLAIN PART("multipart/related; boundary=C",
			     "--C\nContent-Type: text/html\n\nx\n--C\nContent-Type: text/plain; charset=us-ascii\n"
			     "Content-Disposition: inline\n\n[A part of this message was taken out by the list: "
			     "image/png, 1 octets]\n\n"
			     "--C--\n") END,
	  1 },
	{ { "", "", true },
	  HEAD("mixed") PART("multipart/alternative; boundary=C",
			     "--C\n\nx\n--C\nContent-Type: text/html\n\nx\n--C--\n") FILE END,
	  HEAD("mixed") PART("multipart/alternative; boundary=C", "--C\n\nx\n--C--\n") FILE END,
	  1 },
	/* A message within is looked into, and may be unwanted itself. */
	{ { "application/pdf", "", false },
	  HEAD("mixed") "--B\nContent-Type: message/rfc822\n\nContent-Type: application/pdf\n\nx\n" END,
	  HEAD("mixed") "--B\nContent-Type: message/rfc822\n\nContent-Type: text/plain; "
			"charset=us-ascii\nContent-Disposition: "
			"inline\n\n[A part of this message was taken out by the list: application/pdf, 1 "
			"octets]\n\n" END,
	  1 },
	{ { "message/rfc822", "", false },
	  HEAD("mixed") "--B\nContent-Type: message/rfc822\n\nSubject: y\n\nx\n" END,
	  HEAD("mixed") NOTE("message/rfc822", "13") END,
	  1 },
	/* A multipart that was never closed, and one without parts. */
	{ { "application/pdf", "", false },
	  HEAD("mixed") FILE,
	  HEAD("mixed") "--B\nContent-Type: text/plain; charset=us-ascii\nContent-Disposition: inline\n\n"
			"[A part of this message was taken out by the list: application/pdf \"a plan.pdf\", 5 "
			"octets]\n",
	  1 },
	{ { "application/pdf", "", false }, HEAD("mixed") "nothing\n", NULL, 0 },
};

START_TEST(test_strip)
{
	const char *note, *got;
	size_t n;

	got = strip(&rows[_i].rules, rows[_i].in, &n, &note);
	ck_assert_ptr_null(note);
	ck_assert_str_eq(got, rows[_i].want ? rows[_i].want : rows[_i].in);
	ck_assert_uint_eq(n, rows[_i].n);
	arena_clear(&arena);
}
END_TEST

/* The message itself: its content becomes the note. */
START_TEST(test_root)
{
	static const struct strip_rules rules = { "application/*", "", false };
	const char *note;
	size_t n;

	strip(&rules, "Content-Type: application/x-thing\n\nx\n", &n, &note);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(note,
			 "Content-Type: text/plain; charset=us-ascii\nContent-Disposition: inline\n\n[A part of this "
			 "message was taken out by the list: application/x-thing, 2 octets]\n");
	arena_clear(&arena);
}
END_TEST

/* What cannot be looked into. */
START_TEST(test_opaque)
{
	static const struct strip_rules rules = { "application/x-evil", "", false }, none = { "", "", true };
	struct buf message;
	const struct mime_node *found;

	buf_init(&message, 1 << 20);
	buf_put_str(&message, "Content-Type: multipart/mixed; boundary=0\n\n");
	for (int i = 0; i < MIME_DEPTH_MAX + 1; i++)
		buf_printf(&message, "--%d\nContent-Type: multipart/mixed; boundary=%d\n\n", i, i + 1);
	found = strip_find(&rules, &arena, mime_tree_parse(&arena, buf_span(&message)));
	ck_assert_ptr_nonnull(found);
	ck_assert(found->part.problems & MIME_DEPTH);
	ck_assert_ptr_null(strip_find(&none, &arena, mime_tree_parse(&arena, buf_span(&message))));
	buf_clear(&message);
	arena_clear(&arena);
}
END_TEST

/* A boundary that a sender has chosen for the sake of the note. */
START_TEST(test_boundary)
{
	static const struct strip_rules rules = { "application/*", "", false };
	const char *note, *got;
	struct mime_node *root;
	size_t n;

	got = strip(&rules,
		    "Content-Type: multipart/mixed; boundary=\"x\"\n\n--x\nContent-Type: application/y; "
		    "name=\"a\"\n\nx\n--x--\n",
		    &n, &note);
	root = mime_tree_parse(&arena, span_str(got));
	ck_assert_ptr_nonnull(root->children);
	ck_assert_ptr_null(root->children->next);
	arena_clear(&arena);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_strip, 0, COUNT(rows));
	tcase_add_test(tc, test_root);
	tcase_add_test(tc, test_opaque);
	tcase_add_test(tc, test_boundary);
}

CHECK_MAIN(strip, add_tests)
