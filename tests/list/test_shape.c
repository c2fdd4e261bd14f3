/* SPDX-License-Identifier: ISC */
#include "list/shape.h"

#include <sys/mman.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

#define FOOT "____\nfriends\n"

static struct list list;
static struct arena arena;
static struct incoming in;
static struct shape shape;
static struct buf out;

static void setup(void)
{
	buf_init(&out, 64 << 20);
	shape = (struct shape){ .number = 12, .http_url = "" };
}

static void teardown(void)
{
	buf_clear(&out);
	arena_clear(&arena);
	tempdir_remove();
}

static int put(void *ctx, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(ctx, piece);
	return 0;
}

static void receive(struct span message)
{
	int fd = memfd_create("message", MFD_CLOEXEC);
	struct fault f;

	ck_assert_int_eq(write(fd, message.p, message.n), (ssize_t)message.n);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	ck_assert_msg(incoming_read(&in, fd, 0, "al@x", "friends@example.org", &f) == 0, "%s", f.text);
	close(fd);
}

/* The post, as a list with this configuration sends it. */
static struct span make(struct span message, const char *const *config, const char *footer)
{
	struct fault f;

	mailing_list_open(&list, "friends", config);
	receive(message);
	shape.list = &list;
	shape.in = &in;
	shape.footer = span_str(footer);
	ck_assert_msg(shape_plan(&shape, &arena, &f) == 0, "%s", f.text);
	ck_assert_int_eq(shape_write(&shape, put, &out, &f), 0);
	incoming_clear(&in);
	list_close(&list);
	return buf_span(&out);
}

static struct span body_of(struct span message)
{
	return span_from(message, header_length(message, 0));
}

static const char *const automatic[] = { "footer=auto", NULL };
static const char *const as_part[] = { "footer=part", NULL };

/* ---- every message in every way ---- */

#define LONG "A line of text that is as long as lines of text are.\n"

static const char *const messages[] = {
	"From: al@x\nSubject: hi\n\nhello\n",
	"From: al@x\n\nno line end",
	"From: al@x\n\n",
	"From: al@x\n",
	"From: al@x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\ngr\xc3\xbcn\n",
	"From: al@x\nContent-Type: text/plain; charset=utf-16\nContent-Transfer-Encoding: base64\n\n/v8AaABpAAo=\n",
	"From: al@x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n",
	"From: al@x\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nhello =\nworld\n",
	"From: al@x\nContent-Type: text/plain; format=flowed\n\nhello \nworld\n",
	"From: al@x\nContent-Type: text/html\n\n<p>hello\n",
	"From: al@x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nhello\n--B--\n",
	"From: al@x\nContent-Type: multipart/alternative; boundary=B\n\n--B\n\nhello\n--B\nContent-Type: "
	"text/html\n\n<p>hello\n--B--\n",
	"From: al@x\nContent-Type: multipart/signed; boundary=B; "
	"protocol=\"application/pgp-signature\"\n\n--B\n\nhello\n--B\n"
	"Content-Type: application/pgp-signature\n\nxyz\n--B--\n",
	"From: al@x\nContent-Type: message/rfc822\n\nSubject: y\n\nhello\n",
	"From: al@x\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nnot closed\n",
	"From: al@x\n\n" LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG,
};

/* The header is ours, the structure whole, and what was said is in it, byte for byte. */
START_TEST(test_whole)
{
	struct span before = span_str(messages[_i / 6]), after;
	const char *const *config = _i % 2 ? as_part : automatic;
	struct mime_node *root;
	struct header_field field;

	shape.guard = (enum shape_guard)(_i % 6 / 2);
	shape.oneclick = true;
	shape.http_url = "https://l.example.org";
	after = make(before, config, FOOT);
	root = mime_tree_parse(&arena, after);
	ck_assert(header_find(span_of(after.p, root->part.body.at), SPAN("List-Id"), &field));
	ck_assert_uint_eq(shape.patch_size, HEADING_ONECLICK);
	ck_assert_str_eq(arena_span(&arena, span_of(after.p + shape.patch_at - 9, 11)), "oneclick-00");
	if (shape.guard == SHAPE_WRAP) {
		ck_assert(root->children->part.entity.kind == ENTITY_MESSAGE);
		/* A header alone is written with its empty line. */
		if (header_length(before, 0) == 0)
			before = span_str(arena_printf(&arena, "%s\n", before.p));
		else if (before.p[before.n - 1] != '\n')
			before = span_str(arena_printf(&arena, "%s\n", before.p));
		ck_assert_str_eq(arena_span(&arena, span_of(after.p + root->children->part.body.at,
							    (size_t)(root->children->part.end.at -
								     root->children->part.body.at))),
				 before.p);
	}
	ck_assert_int_eq(memmem(after.p, after.n, "friends\n", 8) || strstr(messages[_i / 6], "base64"),
			 !strstr(messages[_i / 6], "signed") || shape.guard == SHAPE_WRAP);
}
END_TEST

/* footer=none changes no octet of the body. */
START_TEST(test_untouched)
{
	struct span before = span_str(messages[_i]), after;
	struct span want = span_from(before, header_length(before, 0) ? header_length(before, 0) : before.n);

	after = body_of(make(before, NULL, ""));
	if (want.n && want.p[want.n - 1] != '\n')
		want = span_str(arena_printf(&arena, "%.*s\n", SPAN_ARG(want)));
	ck_assert_msg(span_is(after, want), "[%.*s]", SPAN_ARG(after));
	ck_assert_int_eq(shape.has_8bit, span_has_8bit(want));
}
END_TEST

/* ---- and some to look at ---- */

START_TEST(test_text)
{
	struct span got = make(SPAN("From: al@x\nSubject: hi\n\nhello\n"), automatic, FOOT);

	ck_assert_str_eq(arena_span(&arena, body_of(got)), "hello\n\n" FOOT);
}
END_TEST

START_TEST(test_wrapped_html)
{
	struct span got = make(SPAN("From: al@x\nMIME-Version: 1.0\nContent-Type: text/html;\n charset=utf-8\n"
				    "Content-Transfer-Encoding: 8bit\nX-Y: z\n\n<p>gr\xc3\xbcn\n"),
			       automatic, FOOT);
	const char *text = arena_span(&arena, got), *boundary = strstr(text, "boundary=\"") + 10;

	ck_assert(shape.has_8bit);
	ck_assert_ptr_nonnull(strstr(text, "\nX-Y: z\nSender: "));
	ck_assert_str_eq(arena_span(&arena, body_of(got)),
			 arena_printf(&arena,
				      "--%.34s\nContent-Type: text/html;\n charset=utf-8\nContent-Transfer-Encoding: "
				      "8bit\n\n<p>gr\xc3\xbcn\n\n--%.34s\nContent-Type: text/plain; charset=us-ascii\n"
				      "Content-Disposition: inline\n\n" FOOT "\n--%.34s--\n",
				      boundary, boundary, boundary));
	ck_assert_ptr_nonnull(strstr(text, "\"\nContent-Transfer-Encoding: 8bit\n\n--"));
}
END_TEST

/* Parts that are not wanted, and the footer behind what is left. */
START_TEST(test_stripped)
{
	static const char *const config[] = { "footer=auto", "keep_types=text/plain", NULL };
	struct span got =
		make(SPAN("From: al@x\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nhello\n--B\nContent-Type: "
			  "image/png\n\nPNG\n--B--\n"),
		     config, FOOT);

	ck_assert_uint_eq(shape.stripped, 1);
	ck_assert_str_eq(
		arena_span(&arena, body_of(got)),
		"--B\n\nhello\n--B\nContent-Type: text/plain; charset=us-ascii\nContent-Disposition: inline\n\n[A part "
		"of this message was taken out by the list: image/png, 3 octets]\n\n--B\nContent-Type: text/plain; "
		"charset=us-ascii\nContent-Disposition: inline\n\n" FOOT "\n--B--\n");
}
END_TEST

START_TEST(test_stripped_whole)
{
	static const char *const config[] = { "footer=auto", "keep_types=text/plain", NULL };
	struct span got = make(SPAN("From: al@x\nMIME-Version: 1.0\nContent-Type: image/png\n"
				    "Content-Transfer-Encoding: base64\n\nUE5H\n"),
			       config, FOOT);
	const char *text = arena_span(&arena, got);

	ck_assert_ptr_nonnull(strstr(text, "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n"));
	ck_assert_ptr_null(strstr(text, "base64"));
	ck_assert_str_eq(arena_span(&arena, body_of(got)),
			 "[A part of this message was taken out by the list: image/png, 5 octets]\n\n" FOOT);
}
END_TEST

/* Larger than what is kept in memory. */
START_TEST(test_large)
{
	struct buf message;
	struct span got;

	buf_init(&message, 16 << 20);
	buf_put_str(&message, "From: al@x\n\n");
	while (message.n < (8 << 20))
		buf_put_str(&message, LONG);
	got = body_of(make(buf_span(&message), automatic, FOOT));
	ck_assert_uint_eq(got.n, message.n - 12 + 1 + strlen(FOOT));
	ck_assert_int_eq(memcmp(got.p, message.p + 12, message.n - 12), 0);
	ck_assert(span_ends_nocase(got, SPAN(LONG "\n" FOOT)));
	buf_clear(&message);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, test_whole, 0, 6 * COUNT(messages));
	tcase_add_loop_test(tc, test_untouched, 0, COUNT(messages));
	tcase_add_test(tc, test_text);
	tcase_add_test(tc, test_wrapped_html);
	tcase_add_test(tc, test_stripped);
	tcase_add_test(tc, test_stripped_whole);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(shape, add_tests)
