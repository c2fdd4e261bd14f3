/* SPDX-License-Identifier: ISC */
/* Messages put without a command; what FETCH makes of each item is in test_cmd_fetch.c. */
#include "imap/fetching.h"

#include <sys/stat.h>
#include <unistd.h>

#include "imap/parse.h"
#include "support/check_main.h"
#include "support/imapcase.h"
#include "support/tempdir.h"

#define CR "\r\n"

enum { LARGE = 300000 };

static struct imapcase c;
static struct arena a;

static void setup(void)
{
	imapcase_init(&c);
	imapcase_put(&c, "cur/1.a.h:2,", "Subject: one\n\n1\n");
	imapcase_put(&c, "cur/2.a.h:2,", "Subject: two\n\n2\n");
	imapcase_put(&c, "cur/3.a.h:2,", "Subject: three\n\n3\n");
}

static void teardown(void)
{
	arena_clear(&a);
	imapcase_clear(&c);
	tempdir_remove();
}

static struct imap_fetching *begin(const char *items, uint32_t first, uint32_t last)
{
	struct seqset numbers = { 0 };
	struct imap_fetch fetch;
	struct imap_parse p;

	imap_parse_init(&p, &a, span_str(items), false);
	ck_assert_int_eq(imap_fetch_parse_list(&p, &fetch), 0);
	seqset_add(&a, &numbers, first, last);
	return imap_fetching_new(&c.s, &a, &fetch, &numbers);
}

/* Whatever is asked for, nothing is marked as seen by it. */
START_TEST(test_unasked)
{
	struct imap_fetching *w;

	imapcase_select(&c);
	w = begin("(UID BODY[TEXT] FLAGS)", 2, 3);
	ck_assert_int_eq(imap_fetching_go_on(w), 0);
	ck_assert_str_eq(buf_str(&c.out), "* 2 FETCH (UID 2 FLAGS () BODY[TEXT] {3}" CR "2" CR ")" CR
					  "* 3 FETCH (UID 3 FLAGS () BODY[TEXT] {3}" CR "3" CR ")" CR);
	ck_assert(imapcase_is_there(&c, "cur/2.a.h:2,"));
	ck_assert(!imap_fetching_how(w)->missed);
}
END_TEST

START_TEST(test_gone)
{
	struct imap_fetching *w;

	imapcase_select(&c);
	imapcase_remove(&c, "cur/2.a.h:2,");
	w = begin("(BODY.PEEK[HEADER])", 1, 2);
	ck_assert_int_eq(imap_fetching_go_on(w), 0);
	ck_assert_str_eq(buf_str(&c.out), "* 1 FETCH (BODY[HEADER] {16}" CR "Subject: one" CR CR ")" CR);
	ck_assert(imap_fetching_how(w)->missed);
}
END_TEST

/* A message that is longer than what is put at a time, and one that shrinks meanwhile. */
START_TEST(test_large)
{
	struct imap_fetching *w;
	uint64_t octets = 0;
	struct buf text;
	int rc;

	buf_init(&text, 2 * LARGE);
	buf_put_str(&text, "\n");
	while (text.n < LARGE)
		buf_put_str(&text, "0123456789\n");
	imapcase_put(&c, "cur/4.a.h:2,", buf_str(&text));
	imapcase_select(&c);
	w = begin("(BODY.PEEK[])", 4, 4);
	while ((rc = imap_fetching_go_on(w)) > 0) {
		ck_assert_uint_ge(c.out.n, IMAP_FULL);
		octets += c.out.n;
		buf_reset(&c.out);
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_gt(octets + c.out.n, LARGE);
	buf_reset(&c.out);
	w = begin("(BODY.PEEK[])", 4, 4);
	ck_assert_int_eq(imap_fetching_go_on(w), 1);
	ck_assert_int_eq(truncate(tempdir_path("m/cur/4.a.h:2,"), 100), 0);
	do {
		buf_reset(&c.out);
		rc = imap_fetching_go_on(w);
	} while (rc > 0);
	ck_assert_int_eq(rc, -1);
	buf_clear(&text);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_unasked);
	tcase_add_test(tc, test_gone);
	tcase_add_test(tc, test_large);
}

CHECK_MAIN(fetching, add_tests)
