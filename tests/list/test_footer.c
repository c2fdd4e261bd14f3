/* SPDX-License-Identifier: ISC */
#include "list/footer.h"

#include <stdio.h>

#include "message/header.h"

#include "support/check_main.h"

#define FOOT "____\nfriends\n"

static struct arena arena;

static int put(void *ctx, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(ctx, piece);
	return 0;
}

static struct footer_end end_of(const struct mime_node *root, struct span message)
{
	struct span body = span_from(message, root->part.body.at), line;

	struct footer_end end = { .is_empty = body.n == 0, .ends_line = body.n && body.p[body.n - 1] == '\n' };

	line = body;
	if (end.ends_line)
		line.n--;
	end.soft_break = line.n && line.p[line.n - 1] == '=';
	return end;
}

/* The message with the footer: "WAY\n", then its body, or of a wrapped one Content-Type and body. */
static const char *add(struct span message, const char *footer, bool auto_text)
{
	struct mime_node *root = mime_tree_parse(&arena, message);
	enum footer_way way = footer_way(&arena, root, span_str(footer), auto_text);
	struct footer_end end = end_of(root, message);
	const char *type = "";
	struct edits edits;
	struct spill spill;
	struct buf out;
	struct fault f;
	const char *got;

	edits_init(&edits, &arena);
	spill_init(&spill, 0);
	buf_init(&out, 1 << 20);
	ck_assert_int_eq(spill_put(&spill, message, &f), 0);
	if (way == FOOTER_TEXT)
		footer_plan_text(&arena, root, span_str(footer), &end, &edits);
	if (way == FOOTER_PART)
		footer_plan_part(&arena, root, span_str(footer), &edits);
	if (way == FOOTER_WRAP)
		type = footer_plan_wrap(&arena, root, span_str(footer), SPAN("Content-X: y\n"), &edits);
	edits_replace(&edits, 0, (off_t)root->part.body.at, SPAN(""));
	buf_printf(&out, "%s\n%s", (const char *[]){ "none", "text", "part", "wrap" }[way], type);
	ck_assert_int_eq(edits_write(&edits, &spill, put, &out, &f), 0);
	got = arena_span(&arena, buf_span(&out));
	buf_clear(&out);
	spill_clear(&spill);
	return got;
}

#define TEXT(params, encoding, text)                                                                                   \
	"Content-Type: text/plain" params "\nContent-Transfer-Encoding: " encoding "\n\n" text
#define MIXED "Content-Type: multipart/mixed; boundary=B\n\n"
#define ADDED "\n--B\nContent-Type: text/plain; charset=us-ascii\nContent-Disposition: inline\n\n" FOOT

static const struct {
	const char *in, *footer, *want;
} rows[] = {
	{ "Subject: x\n\nhi\n", FOOT, "text\nhi\n\n" FOOT },
	{ "Subject: x\n\nhi", FOOT, "text\nhi\n\n" FOOT },
	{ "Subject: x\n\n", FOOT, "text\n\n" FOOT },
	{ "Subject: x\n\nhi\n", "", "none\nhi\n" },
	{ TEXT("", "8bit", "gr\xc3\xbcn\n"), FOOT, "text\ngr\xc3\xbcn\n\n" FOOT },
	{ TEXT("; charset=iso-8859-1", "8bit", "gr\xfcn\n"), FOOT, "text\ngr\xfcn\n\n" FOOT },
	{ TEXT("; charset=utf-8", "8bit", "hi\n"), "grün\n", "text\nhi\n\ngrün\n" },
	/* Quoted-printable: only what is new is encoded; it begins on a line of its own whatever was there. */
	{ TEXT("; charset=utf-8", "quoted-printable", "gr=C3=BCn\n"), "grün=\n", "text\ngr=C3=BCn\n\ngr=C3=BCn=3D\n" },
	{ TEXT("", "quoted-printable", "hi=\n"), FOOT, "text\nhi=\n\n\n" FOOT },
	{ TEXT("", "quoted-printable", "hi="), FOOT, "text\nhi=\n\n\n" FOOT },
	{ TEXT("", "quoted-printable", "hi=3D"), FOOT, "text\nhi=3D\n\n" FOOT },
	/* Base64 is encoded anew: "hi\n", and with DOS line ends. */
	{ TEXT("; charset=utf-8", "base64", "aGkK\n"), "grün\n", "text\naGkKCmdyw7xuCg==\n" },
	{ TEXT("; charset=utf-8", "base64", "aGkNCg=="), "bye\n", "text\naGkNCg0KYnllDQo=\n" },
	{ TEXT("; charset=utf-8", "base64", "aGk="), "bye\n", "text\naGkKCmJ5ZQo=\n" },
	/* Lines of flowed text stay lines. */
	{ TEXT("; format=flowed", "7bit", "a b \n"), "____ \n-- \n> x\n y\nFrom z\n",
	  "text\na b \n\n____\n-- \n > x\n  y\n From z\n" },
	/* As a part. */
	{ MIXED "--B\n\nhi\n--B--\n", FOOT, "part\n--B\n\nhi" ADDED "\n--B--\n" },
	{ MIXED "--B\n\nhi\n\n--B--", FOOT, "part\n--B\n\nhi\n" ADDED "\n--B--" },
	{ MIXED "pre\n--B\n\nhi\n--B\n\nyo\n--B--\nepilogue\n", FOOT,
	  "part\npre\n--B\n\nhi\n--B\n\nyo" ADDED "\n--B--\nepilogue\n" },
	/* Signed, encrypted: not at all. */
	{ "Content-Type: multipart/signed; boundary=B\n\n--B\n\nhi\n--B\n\nsig\n--B--\n", FOOT,
	  "none\n--B\n\nhi\n--B\n\nsig\n--B--\n" },
	{ "Content-Type: application/pkcs7-mime\n\nMII\n", FOOT, "none\nMII\n" },
	{ "Content-Type: multipart/encrypted; boundary=B\n\n--B--\n", FOOT, "none\n--B--\n" },
};

START_TEST(test_footer)
{
	ck_assert_str_eq(add(span_str(rows[_i].in), rows[_i].footer, true), rows[_i].want);
	arena_clear(&arena);
}
END_TEST

/* What becomes the first part of a multipart/mixed, byte for byte. */
static const struct {
	const char *in, *footer;
	bool auto_text;
} wrapped[] = {
	{ "Subject: x\n\nhi\n", FOOT, false },
	{ "Content-Type: text/html\n\n<p>hi\n", FOOT, true },
	{ "Content-Type: text/html\n\n<p>no line end", FOOT, true },
	{ TEXT("; charset=utf-16", "base64", "/v8AaABpAAo=\n"), FOOT, true },
	{ TEXT("; charset=iso-2022-jp", "7bit", "hi\n"), FOOT, true },
	{ TEXT("; charset=x-klingon", "8bit", "hi\n"), FOOT, true },
	{ TEXT("; charset=iso-8859-1", "8bit", "gr\xfcn\n"), "grün\n", true },
	{ TEXT("", "7bit", "hi\n"), "grün\n", true },
	{ TEXT("; charset=utf-8", "7bit", "hi\n"), "grün\n", true },
	{ TEXT("; charset=utf-8; charset=x", "8bit", "hi\n"), FOOT, true },
	{ TEXT("", "x-uuencode", "hi\n"), FOOT, true },
	{ "Content-Type: text/plain\nContent-Disposition: attachment\n\nhi\n", FOOT, true },
	{ "Content-Type: image/png\nContent-Transfer-Encoding: base64\n\naGkK\n", FOOT, true },
	{ "Content-Type: multipart/alternative; boundary=B\n\n--B\n\nhi\n--B--\n", FOOT, true },
	{ "Content-Type: multipart/mixed; boundary=B\n\n--B\n\nnot closed\n", FOOT, true },
	{ "Content-Type: multipart/mixed; boundary=B\n\nno part\n", FOOT, true },
	{ "Content-Type: multipart/mixed\n\nno boundary\n", FOOT, true },
	{ "Content-Type: message/rfc822\n\nSubject: y\n\nhi\n", FOOT, true },
};

START_TEST(test_wrapped)
{
	struct span in = span_str(wrapped[_i].in), got = span_str(add(in, wrapped[_i].footer, wrapped[_i].auto_text));
	struct span body = span_from(in, header_length(in, 0)), content, rest;
	struct mime_node *root;
	struct params_value value;

	ck_assert_msg(span_starts(got, SPAN("wrap\nContent-Type: multipart/mixed; boundary=\"=_")), "%s", got.p);
	got = span_from(got, 5);
	/* As it would stand in the message. */
	rest = span_from(got, span_find(got, '\n') + 1);
	got = span_str(arena_printf(&arena, "%.*s\n\n%.*s", (int)span_find(got, '\n'), got.p, SPAN_ARG(rest)));
	root = mime_tree_parse(&arena, got);
	ck_assert(!(root->part.problems & MIME_UNCLOSED));
	ck_assert_ptr_nonnull(root->children);
	ck_assert_ptr_nonnull(root->children->next);
	ck_assert_ptr_null(root->children->next->next);
	content = span_of(got.p + root->children->part.header.at,
			  (size_t)(root->children->part.end.at - root->children->part.header.at));
	ck_assert(span_starts(content, SPAN("Content-X: y\n\n")));
	content = span_from(content, SPAN("Content-X: y\n\n").n);
	ck_assert_msg(span_is(content, body), "[%.*s]", SPAN_ARG(content));
	ck_assert(entity_is(&root->children->next->part.entity, "text", "plain"));
	ck_assert(!entity_filename(&arena, &root->children->next->part.entity, &value));
	arena_clear(&arena);
}
END_TEST

/* A footer with the boundary in it does not end the message, nor begin a part. */
START_TEST(test_boundary)
{
	const char *got = add(SPAN(MIXED "--B\n\nhi\n--B--\n"), "--B\n\nevil\n--B--\n", true);
	struct mime_node *root = mime_tree_parse(&arena, span_str(arena_printf(&arena, MIXED "%s", got + 5)));

	ck_assert_ptr_nonnull(root->children->next);
	ck_assert_ptr_null(root->children->next->next);
	arena_clear(&arena);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_footer, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_wrapped, 0, COUNT(wrapped));
	tcase_add_test(tc, test_boundary);
}

CHECK_MAIN(footer, add_tests)
