/* SPDX-License-Identifier: ISC */
#include "list/digest_plain.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "support/check_main.h"
#include "support/tempdir.h"

#define HYPHENS "------------------------------"

static const char *text_of(struct spill *s, struct arena *a)
{
	struct span piece;
	struct buf all;
	const char *z;
	off_t at = 0;

	buf_init(&all, 1 << 24);
	while (spill_next(s, &at, &piece, NULL) > 0)
		buf_put_span(&all, piece);
	z = arena_str(a, buf_str(&all));
	buf_clear(&all);
	return z;
}

static const char *put(struct arena *a, const char *message, size_t n, const char *get)
{
	int fd = open(tempdir_write_bytes("post", message, n, 0600), O_RDONLY | O_CLOEXEC);
	struct spill out;
	const char *z;

	spill_init(&out, 0);
	ck_assert_int_eq(digest_plain_put(&out, fd, (off_t)n, get, NULL), 0);
	z = text_of(&out, a);
	spill_clear(&out);
	close(fd);
	return z;
}

static const struct {
	const char *what, *message, *want;
} rows[] = {
	{ "as it is",
	  "Received: x\nDate: Sun, 22 Nov 2026 12:00:00 +0000\nFrom: =?utf-8?q?J=C3=BCrgen?= <j@example.net>\n"
	  "To: friends@example.org\nSubject: lunch\n folded\nMessage-ID: <1@x>\nX-Other: y\n\nBody\n",
	  "Date: Sun, 22 Nov 2026 12:00:00 +0000\nFrom: J\303\274rgen <j@example.net>\nTo: friends@example.org\n"
	  "Subject: lunch folded\nMessage-ID: <1@x>\n\nBody\n" },
	{ "decoded, to one charset",
	  "Subject: x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
	  "J=FCrgen =3D you\n",
	  "Subject: x\n\nJ\303\274rgen = you\n" },
	{ "what looks like the line between posts", "Subject: x\n\n" HYPHENS "\n-\n" HYPHENS "---\n" HYPHENS,
	  "Subject: x\n\n " HYPHENS "\n-\n " HYPHENS "---\n " HYPHENS "\n" },
	{ "attachments are notes",
	  "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b\n"
	  "Content-Type: image/png; name=\"plan\033.png\"\nContent-Transfer-Encoding: base64\n\nAAAA\n--b--\n",
	  "Subject: x\n\ntext\n\n[plan\357\277\2751B.png, image/png, 4 octets]\n[friends+get-7@example.org]\n" },
	{ "of alternatives one",
	  "Subject: x\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n--b\n"
	  "Content-Type: text/html\n\n<p>html\n--b--\n",
	  "Subject: x\n\nplain\n" },
	{ "HTML", "Subject: x\nContent-Type: text/html\n\n<p>a <b>b</b></p>\n", "Subject: x\n\na b\n" },
	{ "a digest within",
	  "Subject: x\nContent-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nfirst\n--b\n\n"
	  "Subject: two\n\nsecond\n--b--\n",
	  "Subject: x\n\nfirst\n\nsecond\n" },
	{ "nothing", "Subject: x\n\n", "Subject: x\n\n" },
};

START_TEST(test_post)
{
	struct arena a = { NULL };

	ck_assert_str_eq(put(&a, rows[_i].message, strlen(rows[_i].message), "friends+get-7@example.org"),
			 rows[_i].want);
	arena_clear(&a);
	tempdir_remove();
}
END_TEST

/* A megabyte of hyphens, in one line and in many, takes no time and is text. */
START_TEST(test_hyphens)
{
	enum { LINES = 1 << 15, SIZE = 6 + 32 * LINES };
	struct arena a = { NULL };
	char *message = arena_alloc(&a, SIZE);
	const char *made;

	memset(message, '-', SIZE);
	memcpy(message, "A: b\n\n", 6);
	made = put(&a, message, SIZE, "");
	ck_assert_uint_eq(strlen(made), 1 + SIZE - 6 + 1 + 1);
	for (size_t i = 6; i < SIZE; i += 32)
		message[i + 31] = '\n';
	made = put(&a, message, SIZE, "");
	ck_assert_ptr_null(strstr(made, "\n---"));
	arena_clear(&a);
	tempdir_remove();
}
END_TEST

START_TEST(test_frame)
{
	struct arena a = { NULL };
	struct spill out;

	spill_init(&out, 0);
	ck_assert_int_eq(digest_plain_put_start(&out, NULL), 0);
	ck_assert_int_eq(digest_plain_put_between(&out, NULL), 0);
	ck_assert_int_eq(digest_plain_put_end(&out, "F\303\266 Digest", NULL), 0);
	ck_assert_str_eq(text_of(&out, &a), HYPHENS HYPHENS "----------\n\n\n" HYPHENS "\n\nEnd of F\303\266 Digest\n"
							    "****************\n");
	spill_clear(&out);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_post, 0, COUNT(rows));
	tcase_add_test(tc, test_hyphens);
	tcase_add_test(tc, test_frame);
}

CHECK_MAIN(digest_plain, add_tests)
