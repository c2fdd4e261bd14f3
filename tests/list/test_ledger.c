/* SPDX-License-Identifier: ISC */
#include "list/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/disk.h"
#include "support/check_main.h"
#include "support/tempdir.h"

enum { ROOM = 1 << 20 };

#define NOON INT64_C(1795348800) /* 2026-11-22T12:00:00Z */

static struct list open_list(void)
{
	return (struct list){
		.name = "friends", .path = tempdir(), .dir = disk_open_dir(AT_FDCWD, tempdir(), NULL), .lock = -1
	};
}

static void close_list(struct list *l)
{
	close(l->dir);
	tempdir_remove();
}

static const struct {
	struct ledger_entry entry;
	const char *line;
} rows[] = {
	{ { NOON, LEDGER_BOUNCE, SPAN_INIT("al@example.net"), 2, SPAN_INIT("5.1.1"), 12,
	    SPAN_INIT("550 no such user") },
	  "2026-11-22T12:00:00Z bounce al@example.net 2 5.1.1 12 550 no such user\n" },
	{ { NOON, LEDGER_PROBE, SPAN_INIT("al@example.net"), 1, { "", 0 }, 0, { "", 0 } },
	  "2026-11-22T12:00:00Z probe al@example.net 1 - - -\n" },
	{ { NOON, LEDGER_PAUSE, { "", 0 }, 31, SPAN_INIT("5.7.26"), 12, { "", 0 } },
	  "2026-11-22T12:00:00Z pause - 31 5.7.26 12 -\n" },
	{ { NOON, LEDGER_RESET, SPAN_INIT("\"a b%\"@example.net"), 0, { "", 0 }, 0, SPAN_INIT("by hand") },
	  "2026-11-22T12:00:00Z reset \"a%20b%25\"@example.net 0 - - by hand\n" },
	{ { NOON, LEDGER_RETURNED, SPAN_INIT("d\303\266rte@example.net"), 3, SPAN_INIT("4.4.7"), 99, SPAN_INIT("x") },
	  "2026-11-22T12:00:00Z returned d\303\266rte@example.net 3 4.4.7 99 x\n" },
};

static void is_same(const struct ledger_entry *got, const struct ledger_entry *want)
{
	ck_assert_int_eq(got->when, want->when);
	ck_assert_int_eq(got->what, want->what);
	ck_assert_uint_eq(got->number, want->number);
	ck_assert_uint_eq(got->post, want->post);
	ck_assert(span_is(got->who, want->who) && span_is(got->status, want->status) && span_is(got->text, want->text));
}

START_TEST(test_line)
{
	struct arena a = { NULL };
	struct ledger_entry got;
	struct span rest;
	struct buf out;

	buf_init(&out, ROOM);
	ledger_put(&out, &rows[_i].entry);
	ck_assert_str_eq(buf_str(&out), rows[_i].line);
	rest = buf_span(&out);
	ck_assert_int_eq(ledger_next(&rest, &a, &got), 1);
	is_same(&got, &rows[_i].entry);
	ck_assert_int_eq(ledger_next(&rest, &a, &got), 0);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* What a host has said makes no second line, and no long one. */
START_TEST(test_hostile_text)
{
	struct ledger_entry e = { NOON,
				  LEDGER_BOUNCE,
				  SPAN_INIT("al@example.net"),
				  2,
				  { "", 0 },
				  0,
				  SPAN_INIT("550 no\n2026-11-22T12:00:00Z reset bo@example.net 0 - - \033[2J") };
	struct arena a = { NULL };
	struct ledger_entry got;
	char longer[4 * LEDGER_TEXT_MAX];
	struct span rest;
	struct buf out;

	buf_init(&out, ROOM);
	ledger_put(&out, &e);
	memset(longer, 'x', sizeof(longer));
	e.text = span_of(longer, sizeof(longer));
	ledger_put(&out, &e);
	rest = buf_span(&out);
	ck_assert_int_eq(ledger_next(&rest, &a, &got), 1);
	ck_assert_int_eq(got.what, LEDGER_BOUNCE);
	ck_assert(!span_has_control(got.text));
	ck_assert_int_eq(ledger_next(&rest, &a, &got), 1);
	ck_assert_uint_eq(got.text.n, LEDGER_TEXT_MAX + 3);
	ck_assert(span_ends_nocase(got.text, SPAN("x...")));
	ck_assert_int_eq(ledger_next(&rest, &a, &got), 0);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* Lines that are none are passed over, and the last without its end. */
START_TEST(test_damaged)
{
	struct span rest = SPAN("2026-11-22T12:00:00Z bounce al@example.net 2 5.1.1\n"
				"# a comment\n\n\0\n"
				"2026-11-22T12:00:00Z bounced al@example.net 2 - - -\n"
				"2026-11-22T12:00:00Z bounce - 2 - - -\n"
				"2026-11-22T12:00:00Z bounce al@example.net -2 - - -\n"
				"2026-11-22T12:00:00Z bounce al@example.net 2 - x -\n"
				"2026-11-22T12:00:00Z bounce ok@example.net 2 - 7 -\n"
				"2026-11-22T12:00:00Z bounce al@example.net 2 - - half a li");
	struct arena a = { NULL };
	struct ledger_entry got;

	ck_assert_int_eq(ledger_next(&rest, &a, &got), 1);
	ck_assert(span_is(got.who, SPAN("ok@example.net")) && got.post == 7);
	ck_assert_int_eq(ledger_next(&rest, &a, &got), 0);
	arena_clear(&a);
}
END_TEST

static size_t count_entries(struct list *l)
{
	struct arena a = { NULL };
	struct ledger_entry got;
	struct span rest;
	size_t n = 0;

	ck_assert_int_eq(ledger_read(l, &a, &rest, NULL), 0);
	while (ledger_next(&rest, &a, &got))
		n++;
	arena_clear(&a);
	return n;
}

/* Half a line that a crash left does not swallow the next. */
START_TEST(test_append)
{
	struct list l = open_list();

	ck_assert_uint_eq(count_entries(&l), 0);
	ck_assert_int_eq(ledger_append(&l, &rows[0].entry, 1, NULL), 0);
	tempdir_write("bounces", "2026-11-22T12:00:00Z bounce al@example.net 2 5", 0600);
	ck_assert_int_eq(ledger_append(&l, &rows[0].entry, 1, NULL), 0);
	ck_assert_int_eq(ledger_append(&l, &rows[1].entry, 1, NULL), 0);
	ck_assert_uint_eq(count_entries(&l), 2);
	close_list(&l);
}
END_TEST

START_TEST(test_compact)
{
	struct list l = open_list();
	struct arena a = { NULL };
	struct ledger_entry e = rows[0].entry;
	struct ledger_entry many[2000];
	struct span text;

	for (size_t i = 0; i < 2000; i++) {
		many[i] = e;
		many[i].when = NOON + (int64_t)i;
	}
	ck_assert_int_eq(ledger_append(&l, many, 2000, NULL), 0);
	ck_assert_int_eq(ledger_read(&l, &a, &text, NULL), 0);
	ck_assert_int_eq(ledger_compact(&l, text, NOON + 900, NULL), 0);
	ck_assert_uint_eq(count_entries(&l), 2000);
	ck_assert_int_eq(ledger_compact(&l, text, NOON + 1500, NULL), 0);
	ck_assert_uint_eq(count_entries(&l), 500);
	ck_assert_int_eq(ledger_compact(&l, text, NOON + 10000, NULL), 0);
	ck_assert_uint_eq(count_entries(&l), 0);
	arena_clear(&a);
	close_list(&l);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_line, 0, COUNT(rows));
	tcase_add_test(tc, test_hostile_text);
	tcase_add_test(tc, test_damaged);
	tcase_add_test(tc, test_append);
	tcase_add_test(tc, test_compact);
}

CHECK_MAIN(ledger, add_tests)
