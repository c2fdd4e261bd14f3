/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/disk.h"
#include "store/unpack.h"
#include "support/check_main.h"

enum { ROOM = 1 << 24 };

struct tale {
	struct buf text;
	bool fails;    /* data is refused */
	bool messages; /* those within are wanted as a whole */
	size_t open;
};

static int tell_begin(void *context, struct unpack_item *item, struct fault *f)
{
	struct tale *t = context;

	(void)f;
	if (item->kind == UNPACK_MESSAGE && !t->messages)
		return 0;
	t->open++;
	/* Contents may lie within each other: each is collected by itself. */
	item->user = arena_heap(sizeof(struct buf));
	buf_init(item->user, ROOM);
	return 1;
}

static int tell_data(void *context, struct unpack_item *item, struct span bytes, struct fault *f)
{
	struct tale *t = context;

	if (t->fails)
		return fault_perm(f, 550, "5.0.0", "refused");
	buf_put_span(item->user, bytes);
	return 0;
}

static int tell_end(void *context, struct unpack_item *item, struct fault *f)
{
	struct tale *t = context;
	struct buf *content = item->user;

	(void)f;
	t->open--;
	ck_assert(t->fails || item->size == content->n);
	buf_printf(&t->text, "%s %s %s%s%s%s{%s}\n", item->section, item->type ? item->type : "-",
		   item->name ? item->name : "-", item->whole ? "" : " cut", item->junk ? " junk" : "",
		   item->opened ? " opened" : "", buf_str(content));
	buf_clear(content);
	free(content);
	return 0;
}

static const struct unpack_events events = { tell_begin, tell_data, tell_end };

static int unpack_all(struct tale *t, struct unpack_rules *rules, struct span message, size_t piece, struct fault *f)
{
	static struct unpack u;
	int rc = 0;

	buf_init(&t->text, ROOM);
	rules->events = &events;
	rules->context = t;
	unpack_init(&u, rules);
	for (size_t i = 0; i < message.n && rc == 0; i += piece)
		rc = unpack_feed(&u, span_of(message.p + i, message.n - i < piece ? message.n - i : piece), f);
	if (unpack_end(&u, f) < 0)
		rc = -1;
	if (u.exceeded)
		buf_put_str(&t->text, "exceeded\n");
	if (u.problems & UNPACK_TNEF_DAMAGED)
		buf_put_str(&t->text, "damaged\n");
	unpack_clear(&u);
	ck_assert_uint_eq(t->open, 0);
	return rc;
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"

static const struct {
	const char *message;
	struct unpack_rules rules;
	bool messages;
	const char *want;
} rows[] = {
	{ "Subject: x\n\ntext\n", { .decoded = 0 }, false, "1 text/plain -{text\n}\n" },
	{ MIXED "pre\n--b\n\none\n--b\nContent-Type: Image/PNG; name=x.png\nContent-Transfer-Encoding: "
		"base64\n\nQUJD\n--b--\npost\n",
	  { .decoded = 0 },
	  false,
	  "1 text/plain -{one}\n2 image/png x.png{ABC}\n" },
	/* The bytes are those that were encoded. */
	{ MIXED "--b\nContent-Transfer-Encoding: base64\n\nYQ0KYg0KAGM=\n--b--\n",
	  { .decoded = 0 },
	  false,
	  "1 text/plain -{a\r\nb\r\n" /* a NUL ends the string of the tale */ "}\n" },
	{ "Content-Transfer-Encoding: base64\n\nQUJD!*\n", { .decoded = 0 }, false, "1 text/plain - junk{ABC}\n" },
	/* Files in uuencode, in the text and as an encoding. */
	{ "\nsee\nbegin 644 ../a\n#86)C\n`\nend\nbye\n",
	  { .decoded = 0 },
	  false,
	  "1 - ../a{abc}\n1 text/plain -{see\nbegin 644 ../a\n#86)C\n`\nend\nbye\n}\n" },
	{ "\nbegin 644 a\n#86)C\n",
	  { .decoded = 0 },
	  false,
	  "1 - a junk{abc}\n1 text/plain -{begin 644 a\n#86)C\n}\n" },
	{ "\nbegin 644 a\n#86)C\n`\nend\n",
	  { .as_is = true },
	  false,
	  "1 text/plain -{begin 644 a\n#86)C\n`\nend\n}\n" },
	{ "Content-Type: image/png\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#86)C\n`\nend\n",
	  { .decoded = 0 },
	  false,
	  "1 image/png -{abc}\n" },
	/* Messages within. */
	{ MIXED "--b\nContent-Type: message/rfc822\n\nSubject: y\n\nz\n--b--\n",
	  { .decoded = 0 },
	  false,
	  "1.1 text/plain -{z}\n" },
	{ MIXED "--b\nContent-Type: message/rfc822\n\n" MIXED "p\n--b\n\nz\n--b--\n--b--\n",
	  { .decoded = 0 },
	  true,
	  "1.1 text/plain -{z}\n1 message/rfc822 -{" MIXED "p\n--b\n\nz\n--b--}\n" },
	/* Limits. */
	{ MIXED "--b\n\n12345\n--b\n\n67890\n--b\n\n1\n--b--\n",
	  { .decoded = 8 },
	  false,
	  "1 text/plain -{12345}\n2 text/plain - cut{678}\n3 text/plain - cut{}\nexceeded\n" },
	{ MIXED "--b\n\none\n--b\n\ntwo\n--b--\n",
	  { .mime = { .parts = 2 } },
	  false,
	  "1 text/plain -{\none\n--b\n\ntwo\n--b--\n}\n" },
};

START_TEST(test_rows)
{
	for (size_t piece = 1; piece < 200; piece += 66) {
		struct unpack_rules rules = rows[_i].rules;
		struct tale t = { .messages = rows[_i].messages };

		ck_assert_int_eq(unpack_all(&t, &rules, span_str(rows[_i].message), piece, NULL), 0);
		ck_assert_str_eq(buf_str(&t.text), rows[_i].want);
		buf_clear(&t.text);
	}
}
END_TEST

/* A winmail.dat of the corpus in base64. */
static void wrap(struct arena *a, const char *sample, struct buf *message)
{
	struct base64_encode e;
	struct span bytes;

	ck_assert_int_eq(
		disk_read_file(a, AT_FDCWD, arena_printf(a, "tests/fuzz/corpus/tnef/%s", sample), ROOM, &bytes, NULL),
		0);
	buf_init(message, ROOM);
	buf_put_str(message,
		    "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n");
	base64_encode_init(&e, false);
	base64_encode_feed(&e, bytes, message);
	base64_encode_end(&e, message);
}

static const struct {
	const char *sample;
	bool as_is;
	const char *want[6];
} streams[] = {
	{ "full",
	  false,
	  { "winmail.dat opened", "application/pdf Pl\xc3\xa4ne f\xc3\xbcr 2027.pdf{%PDF-1.4",
	    "1 - ../note.txt{a note\r\n}", "1 text/html message.html{<p>h", "{\\rtf1\\ansi\\ansicpg1252\\pard" } },
	{ "body", false, { "1 text/plain message.txt{Only text\r\n}" } },
	{ "cut", false, { "winmail.dat{", "damaged" } },
	{ "none", false, { "winmail.dat{not one}" } },
	{ "message", false, { "1 application/ms-tnef Re: meeting.tnef{" } },
	{ "full", true, { "winmail.dat{" } },
};

START_TEST(test_tnef)
{
	struct unpack_rules rules = { .as_is = streams[_i].as_is };
	struct arena a = { 0 };
	struct tale t = { 0 };
	struct buf message;

	wrap(&a, streams[_i].sample, &message);
	ck_assert_int_eq(unpack_all(&t, &rules, buf_span(&message), 1000, NULL), 0);
	for (const char *const *want = streams[_i].want; *want; want++)
		ck_assert_msg(memmem(t.text.p, t.text.n, *want, strlen(*want)), "%s is not in %s", *want,
			      buf_str(&t.text));
	buf_clear(&t.text);
	buf_clear(&message);
	arena_clear(&a);
}
END_TEST

/* A content that cannot be written ends it all, and is told. */
START_TEST(test_fault)
{
	struct unpack_rules rules = { .decoded = 0 };
	struct tale t = { .fails = true };
	struct fault f;

	ck_assert_int_eq(unpack_all(&t, &rules, SPAN(MIXED "--b\n\none\n--b\n\ntwo\n--b--\n"), 7, &f), -1);
	ck_assert_str_eq(f.text, "refused");
	buf_clear(&t.text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_tnef, 0, COUNT(streams));
	tcase_add_test(tc, test_fault);
}

CHECK_MAIN(unpack, add_tests)
