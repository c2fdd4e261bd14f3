/* SPDX-License-Identifier: ISC */
#include "imap/objectid.h"

#include <unistd.h>

#include "support/sourcetest.h"

static const struct {
	const char *in, *want;
} rows[] = {
	{ "1700000000.M123P45.host:2,S", "1700000000_2eM123P45_2ehost" },
	{ "1700000000.M123P45.host,S=10,W=12:2,", "1700000000_2eM123P45_2ehost" },
	{ "a-b_c", "a-b_5fc" },
	{ "x\xff y", "x_ff_20y" },
};

static const char *put(struct buf *out, struct span name)
{
	buf_reset(out);
	imap_objectid_put(out, name);
	return buf_str(out);
}

START_TEST(test_rows)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_str_eq(put(&out, span_str(rows[_i].in)), rows[_i].want);
	buf_clear(&out);
}
END_TEST

/* However long, however odd: one to 255 of the characters, and others for others. */
START_TEST(test_long)
{
	struct buf out, other;
	char name[256];

	buf_init(&out, 1000);
	buf_init(&other, 1000);
	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, _i, n);
		put(&out, span_of(name, n));
		ck_assert_uint_ge(out.n, 1);
		ck_assert_uint_le(out.n, IMAP_OBJECTID_MAX);
		ck_assert_uint_eq(
			strspn(buf_str(&out), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"),
			out.n);
		ck_assert_str_ne(buf_str(&out), put(&other, span_of(name, n - 1)));
	}
	buf_clear(&out);
	buf_clear(&other);
}
END_TEST

/* Clients keep it: it is the same in each version, and on each machine. */
static const struct {
	const char *root, *want;
} threads[] = {
	{ "<1@x>", "T5261d2b5a614cb59f0994c6f8326da6e" },
	{ "<1@test.example>", "Tcd3b5b1cab9bceab61b55a352c00d340" },
	{ "", "T00000000000000009e3779b9e17d05ac" },
};

START_TEST(test_thread)
{
	struct buf out;

	buf_init(&out, 100);
	imap_objectid_put_thread(&out, span_str(threads[_i].root));
	ck_assert_str_eq(buf_str(&out), threads[_i].want);
	buf_clear(&out);
}
END_TEST

/* What the header of a message makes of it; "": what its name does. */
static const struct {
	const char *header, *root;
} messages[] = {
	{ "Message-ID: <1@x>\n", "<1@x>" },
	{ "Message-ID: <2@x>\nIn-Reply-To: <1@x>\n", "<1@x>" },
	{ "references:\n <1@x>\n\t<2@x>\nMessage-ID: <3@x>\nIn-Reply-To: <2@x>\n", "<1@x>" },
	{ "Subject: Re: hello\n", "" },
	{ "Message-ID: none\nReferences: <>\n", "" },
	{ "no header\n", "" },
	/* of several fields the first */
	{ "Message-ID: <1@x>\nMessage-ID: <2@x>\n", "<1@x>" },
};

static void check_thread(int i, struct span root)
{
	struct buf got, want;

	buf_init(&got, IMAP_OBJECTID_ROOM);
	buf_init(&want, IMAP_OBJECTID_ROOM);
	imap_source_turn(&source, 0);
	ck_assert_int_eq(imap_objectid_thread(&source, &got, &fault), 0);
	imap_objectid_put_thread(&want, root.n ? root : SPAN("1_2ea"));
	ck_assert_msg(span_is(buf_span(&got), buf_span(&want)), "row %d: %s, not %s", i, buf_str(&got), buf_str(&want));
	buf_clear(&got);
	buf_clear(&want);
}

/* Out of the message, and then out of what was kept. */
START_TEST(test_message)
{
	make_box();
	write_message("1.a", span_str(messages[_i].header));
	open_box();
	check_thread(_i, span_str(messages[_i].root));
	close_box();
	ck_assert_int_eq(truncate(tempdir_path("box/cur/1.a:2,"), 0), 0);
	open_box();
	check_thread(_i, span_str(messages[_i].root));
	teardown();
}
END_TEST

/* Headers of strangers: the longest id that is one, ids without end, a References field of a megabyte. */
START_TEST(test_hostile)
{
	static const char *const pieces[] = { "<", "<x", "<x>", "<@>", ">", "x@x>", "(", "\"", "\\", "\n ", "\xff" };
	struct buf text;

	buf_init(&text, 2 << 20);
	buf_put_str(&text, "Message-ID: <1@x>\nReferences: ");
	while (text.n < 1 << 20)
		buf_put_str(&text, pieces[_i]);
	buf_put_str(&text, "\n\nx\n");
	make_box();
	write_message("1.a", buf_span(&text));
	open_box();
	check_thread(_i, SPAN("<1@x>"));
	buf_clear(&text);
	teardown();
}
END_TEST

START_TEST(test_gone)
{
	struct buf out;

	make_box();
	write_message("1.a", SPAN("Message-ID: <1@x>\n\n"));
	open_box();
	ck_assert_int_eq(unlink(tempdir_path("box/cur/1.a:2,")), 0);
	buf_init(&out, 100);
	imap_source_turn(&source, 0);
	ck_assert_int_eq(imap_objectid_thread(&source, &out, &fault), -1);
	ck_assert_uint_eq(out.n, 0);
	buf_clear(&out);
	teardown();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_thread, 0, COUNT(threads));
	tcase_add_loop_test(tc, test_message, 0, COUNT(messages));
	tcase_add_loop_test(tc, test_hostile, 0, 11);
	tcase_add_test(tc, test_gone);
	tcase_add_loop_test(tc, test_rows, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_long, '.', '4');
}

CHECK_MAIN(objectid, add_tests)
