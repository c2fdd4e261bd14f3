/* SPDX-License-Identifier: ISC */
#include "imap/search_text.h"

#include "support/check_main.h"

static const char plain[] = "Subject: a needle\r\n in =two lines\r\nFrom: x@y\r\n\r\nThe body\r\nhas another text.\r\n";

static const char words[] = "Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= =?iso-8859-1?q?_aus_K=F6ln?=\r\n"
			    "Junk line\r\nX-Raw: \xc3\xa4rger\r\n\r\nbody\r\n";

static const char encoded[] =
	"Content-Type: multipart/mixed; boundary=b\r\nSubject: outer\r\n\r\npreamble\r\n--b\r\n"
	"Content-Type: text/plain; charset=iso-8859-1\r\n"
	"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
	"gr=FC=\r\n=DFe und soft=\r\nbreak\r\n--b\r\n"
	"Content-Type: text/plain; charset=utf-8; name=\"=?utf-8?q?n=C3=A4me?=\"\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\nQmFzZSBzaXh0eWZvdXIgdGV4dA==\r\n--b\r\n"
	"Content-Type: image/png; name=picture.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	"aGlkZGVu\r\n--b\r\n"
	"Content-Type: message/rfc822\r\n\r\nSubject: inner =?utf-8?q?s=C3=BCbject?=\r\n\r\ninner body\r\n"
	"--b\r\nContent-Type: application/x-patch\r\n\r\ndiff --git\r\n--b\r\n"
	"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B4A;z\x1b(B\r\n--b--\r\nepilogue\r\n";

static const char eight[] = "Subject: x\n\nUTF-8 without a label: \xc3\xa4rger\n";
static const char unknown[] = "Content-Type: text/plain; charset=x-nobody\n\nstill \xc3\xa4rger, and needle\n";
static const char latin[] = "Content-Type: text/plain; charset=iso-8859-1\n\nlatin \xe4rger\n";
static const char wide[] =
	"Content-Type: text/plain; charset=utf-16be\nContent-Transfer-Encoding: base64\n\nAGEAYgBj\n";

static const struct {
	struct span message;
	const char *needle;
	bool text, body;
} rows[] = {
	{ SPAN_INIT(plain), "NEEDLE", true, false },
	{ SPAN_INIT(plain), "needle in =two", true, false },
	{ SPAN_INIT(plain), "subject: a", true, false },
	{ SPAN_INIT(plain), "another text", true, true },
	{ SPAN_INIT(plain), "body has", false, false },
	{ SPAN_INIT(plain), "x@y the", false, false },
	{ SPAN_INIT(plain), "", true, true },
	{ SPAN_INIT(words),
	  "gr\xc3\xbc\xc3\x9f"
	  "e aus k\xc3\xb6ln",
	  true, false },
	{ SPAN_INIT(words), "=?utf-8", false, false },
	{ SPAN_INIT(words), "Junk", true, false },
	{ SPAN_INIT(words), "\xc3\x84RGER", true, false },
	{ SPAN_INIT(encoded), "outer", true, false },
	{ SPAN_INIT(encoded), "preamble", true, true },
	{ SPAN_INIT(encoded), "epilogue", true, true },
	{ SPAN_INIT(encoded),
	  "gr\xc3\xbc\xc3\x9f"
	  "e",
	  true, true },
	{ SPAN_INIT(encoded), "softbreak", true, true },
	{ SPAN_INIT(encoded), "base sixtyfour", true, true },
	{ SPAN_INIT(encoded), "QmFzZS", false, false },
	{ SPAN_INIT(encoded), "n\xc3\xa4me", true, true },
	{ SPAN_INIT(encoded), "picture.png", true, true },
	{ SPAN_INIT(encoded), "hidden", false, false },
	{ SPAN_INIT(encoded),
	  "inner s\xc3\xbc"
	  "bject",
	  true, true },
	{ SPAN_INIT(encoded), "INNER BODY", true, true },
	{ SPAN_INIT(encoded), "diff --git", true, true },
	{ SPAN_INIT(encoded), "\xe6\xbc\xa2\xe5\xad\x97", true, true },
	{ SPAN_INIT(eight), "\xc3\x84rger", true, true },
	{ SPAN_INIT(unknown), "\xc3\x84rger", true, true },
	{ SPAN_INIT(unknown), "needle", true, true },
	{ SPAN_INIT(latin), "\xc3\x84rger", true, true },
	{ SPAN_INIT(wide), "abc", true, true },
};

static void run(struct search_text *t, struct span message, size_t piece)
{
	search_text_begin(t);
	for (size_t at = 0; at < message.n; at += piece) {
		size_t left = message.n - at;

		search_text_feed(t, span_of(message.p + at, left < piece ? left : piece));
	}
	search_text_end(t);
}

START_TEST(test_find)
{
	struct arena a = { 0 };
	struct search_text t;
	struct needle needle;
	bool text, body;

	needle_init(&needle, &a, span_str(rows[_i].needle));
	search_text_init(&t, &needle, 1, &text, &needle, 1, &body);
	for (size_t piece = 1; piece < rows[_i].message.n + 20; piece += piece < 10 ? 1 : 97) {
		run(&t, rows[_i].message, piece);
		ck_assert_int_eq(text, rows[_i].text);
		ck_assert_int_eq(body, rows[_i].body);
	}
	search_text_clear(&t);
	arena_clear(&a);
}
END_TEST

START_TEST(test_enough)
{
	struct arena a = { 0 };
	struct search_text t;
	struct needle needles[2];
	bool found[2];

	needle_init(&needles[0], &a, SPAN("needle"));
	needle_init(&needles[1], &a, SPAN("another"));
	search_text_init(&t, needles, 2, found, NULL, 0, NULL);
	search_text_begin(&t);
	ck_assert(search_text_feed(&t, SPAN("Subject: needle\r\n\r\n")));
	ck_assert(!search_text_feed(&t, SPAN("and another\r\n")));
	/* The next does not see the last, which was not fed to its end. */
	search_text_begin(&t);
	ck_assert(search_text_feed(&t, SPAN("Subject: x\r\n\r\ny\r\n")));
	ck_assert(!found[0] && !found[1]);
	search_text_clear(&t);
	arena_clear(&a);
}
END_TEST

/* A mebibyte of one line after the other, with what is looked for behind it. */
START_TEST(test_long)
{
	struct arena a = { 0 };
	struct search_text t;
	struct needle needle;
	struct buf message;
	bool found;

	buf_init(&message, 2 << 20);
	buf_put_str(&message, "Subject: =?utf-8?q?x?=\n\n");
	while (message.n < 1 << 20)
		buf_put_str(&message, "line after line, \xc3\xa4nd so on\n");
	buf_put_str(&message, "needle\n");
	needle_init(&needle, &a, SPAN("needle"));
	search_text_init(&t, &needle, 1, &found, NULL, 0, NULL);
	run(&t, buf_span(&message), SEARCH_TEXT_PIECE);
	ck_assert(found);
	search_text_clear(&t);
	buf_clear(&message);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
	tcase_add_test(tc, test_enough);
	tcase_add_test(tc, test_long);
}

CHECK_MAIN(search_text, add_tests)
