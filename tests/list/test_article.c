/* SPDX-License-Identifier: ISC */
#include "list/article.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

enum { ROOM = 4 << 20 };

static struct mailbox box;

static void open_box(const char *message, size_t n)
{
	struct fault f;

	tempdir_write("box/cur/.keep", "", 0600);
	tempdir_write("box/tmp/.keep", "", 0600);
	tempdir_write_bytes("box/new/1700000000.M1.test", message, n, 0600);
	ck_assert_msg(mailbox_open(&box, tempdir_path("box"), MAILBOX_CREATE | MAILBOX_MOVE_NEW, &f) == 0, "%s",
		      f.text);
}

static void tear_down(void)
{
	tempdir_remove();
}

#define MULTI "MIME-Version: 1.0\nContent-Type: multipart/"
#define PLAIN "Content-Type: text/plain\n\n"

static const struct {
	const char *message, *text, *preview;
	const char *files[4]; /* their names, in order; "" for one without */
} rows[] = {
	{ "Subject: x\n\nHello\n> quoted\n", "Hello\n> quoted\n", "Hello", { NULL } },
	{ "Subject: x\n\n", "", "", { NULL } },
	{ "Subject: x\nContent-Type: text/html\n\n<p>a <b>b</b><script>x</script>", "a b\n", "a b", { NULL } },
	/* text, its HTML form, a picture beside that, an attachment, a signature */
	{ MULTI "mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n--a\n" PLAIN "one\n--a\n"
		"Content-Type: text/html\n\n<p>one\n--a--\n--m\nContent-Type: application/pdf; "
		"name=plan.pdf\n\nx\n--m\n" PLAIN "two\n--m\nContent-Type: image/png\n\nx\n--m--\n",
	  "one\ntwo",
	  "one",
	  { "plan.pdf", "", NULL } },
	{ MULTI
	  "related; boundary=r\n\n--r\nContent-Type: text/html\n\n<img src=cid:a>hi\n--r\nContent-Type: image/gif\n"
	  "Content-ID: <a>\n\nGIF\n--r--\n",
	  "hi\n",
	  "hi",
	  { "", NULL } },
	/* a message is one attachment, whatever is in it */
	{ MULTI "mixed; boundary=m\n\n--m\n" PLAIN
		"see\n--m\nContent-Type: message/rfc822\nContent-Disposition: attachment;"
		" filename=old.eml\n\n" MULTI "mixed; boundary=n\n\n--n\n" PLAIN
		"old\n--n\nContent-Type: image/png\n\nx\n--n--\n"
		"\n--m--\n",
	  "see",
	  "see",
	  { "old.eml", NULL } },
};

START_TEST(test_article)
{
	struct article x = { .fd = -1 };
	const struct mime_node *node = NULL;
	struct buf out;
	struct fault f;
	size_t n = 0;

	buf_init(&out, ROOM);
	open_box(rows[_i].message, strlen(rows[_i].message));
	ck_assert_msg(article_open(&x, &box, 0, &f) == 0, "%s", f.text);
	ck_assert_int_eq(article_put_text(&x, &out, &f), 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].text);
	ck_assert_uint_eq(x.left_out, 0);
	buf_reset(&out);
	ck_assert_int_eq(article_put_preview(&x, &out, 100, &f), 0);
	ck_assert_str_eq(buf_str(&out), rows[_i].preview);
	for (; (node = article_next_file(&x, node)); n++)
		ck_assert_str_eq(article_file_name(&x, node), rows[_i].files[n]);
	ck_assert_ptr_null(rows[_i].files[n]);
	article_close(&x);
	article_clear(&x);
	buf_clear(&out);
	mailbox_close(&box);
}
END_TEST

START_TEST(test_fields)
{
	struct article x = { .fd = -1 };
	struct buf out;

	buf_init(&out, ROOM);
	open_box("Subject: =?utf-8?q?a=C3=A9?=\n b\nX: y\n\nz", 37);
	ck_assert_int_eq(article_open(&x, &box, 0, NULL), 0);
	article_put_field(&x, &out, SPAN("subject"));
	ck_assert_str_eq(buf_str(&out), "a\303\251 b");
	ck_assert(span_is(span_trim(article_field(&x, SPAN("X"))), SPAN("y")));
	ck_assert_ptr_null(article_field(&x, SPAN("Y")).p);
	article_clear(&x);
	buf_clear(&out);
	mailbox_close(&box);
}
END_TEST

/* More text than is shown: whole lines, and how much is left out. */
START_TEST(test_long)
{
	struct article x = { .fd = -1 };
	struct buf message, out;

	buf_init(&message, ROOM);
	buf_init(&out, ROOM);
	buf_put_str(&message, "Subject: x\n\n");
	while (message.n < ARTICLE_TEXT_MAX + 100000)
		buf_put_str(&message, "0123456789\n");
	open_box(message.p, message.n);
	ck_assert_int_eq(article_open(&x, &box, 0, NULL), 0);
	ck_assert_int_eq(article_put_text(&x, &out, NULL), 0);
	ck_assert(out.n <= ARTICLE_TEXT_MAX && out.n > ARTICLE_TEXT_MAX - 20 && out.p[out.n - 1] == '\n');
	ck_assert_uint_eq(x.left_out, message.n - 12 - out.n);
	article_clear(&x);
	buf_clear(&message);
	buf_clear(&out);
	mailbox_close(&box);
}
END_TEST

START_TEST(test_copy)
{
	struct article x = { .fd = -1 };
	const char *path = tempdir_path("copy");
	char bytes[10];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	open_box("Content-Type: application/x\nContent-Transfer-Encoding: base64\n\naGVs\nbG8=\n", 73);
	ck_assert_int_eq(article_open(&x, &box, 0, NULL), 0);
	ck_assert_int_eq(article_copy_file(&x, article_next_file(&x, NULL), fd, path, NULL), 0);
	ck_assert_int_eq(pread(fd, bytes, sizeof(bytes), 0), 5);
	ck_assert_mem_eq(bytes, "hello", 5);
	close(fd);
	article_clear(&x);
	mailbox_close(&box);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, tear_down);
	tcase_add_loop_test(tc, test_article, 0, COUNT(rows));
	tcase_add_test(tc, test_fields);
	tcase_add_test(tc, test_long);
	tcase_add_test(tc, test_copy);
}

CHECK_MAIN(article, add_tests)
