/* SPDX-License-Identifier: ISC */
#include "queue/listing.h"

#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static struct spool spool;

static void open_spool(void)
{
	struct fault f;

	ck_assert_msg(spool_open(&spool, tempdir_path("spool"), "root", &f) == 0, "%s", f.text);
}

static void close_spool(void)
{
	spool_close(&spool);
	tempdir_remove();
}

/* Queue a message; its id. */
static const char *queue(struct arena *a, const char *sender, const char *recipient)
{
	static struct spool_writer w;
	struct envelope_rcpt rcpt = { .address = recipient, .state = ENVELOPE_QUEUED };
	struct envelope e = { .sender = sender, .origin = "test", .rcpts = &rcpt, .n = 1, .arrived_us = 1 };
	struct fault f;

	ck_assert_int_eq(spool_begin(&spool, &w, &e, 0, &f), 0);
	spool_put(&w, "x\n", 2);
	ck_assert_int_eq(spool_commit(&w, &f), 0);
	return arena_str(a, e.id);
}

START_TEST(test_order)
{
	enum { N = 20 };
	struct arena a = { 0 }, one = { 0 };
	const char *ids[N];
	struct listing l;
	struct listing_entry entry;
	struct spool_message m;
	struct fault f;

	open_spool();
	for (int i = 0; i < N; i++)
		ids[i] = queue(&a, "al@x", "bo@x");
	/* Every third is somewhere else. */
	for (int i = 0; i < N; i += 3) {
		ck_assert_int_eq(spool_find(&spool, ids[i], SPOOL_CLAIM_WORK, &one, &m, &f), 1);
		ck_assert_int_eq(i % 2 ? spool_hold(&m, &f) : spool_defer(&m, 5, &f), 0);
		spool_release(&m);
	}
	ck_assert_int_eq(listing_open(&l, &spool, 1 << SPOOL_NEW | 1 << SPOOL_DEFERRED | 1 << SPOOL_HOLD, &f), 0);
	ck_assert_uint_eq(l.n, N);
	for (int i = 0; i < N; i++) {
		ck_assert_int_eq(listing_next(&l, SPOOL_CLAIM_LOOK, &one, &entry, &m, &f), 1);
		ck_assert_str_eq(entry.id, ids[i]);
		ck_assert_int_eq(m.box, i % 3 ? SPOOL_NEW : i % 2 ? SPOOL_HOLD : SPOOL_DEFERRED);
		spool_release(&m);
		arena_reset(&one);
	}
	ck_assert_int_eq(listing_next(&l, SPOOL_CLAIM_LOOK, &one, &entry, &m, &f), 0);
	listing_clear(&l);
	arena_clear(&a);
	arena_clear(&one);
	close_spool();
}
END_TEST

/* One goes, one moves, one is worked on, one is damaged after the names were read. */
START_TEST(test_changes_meanwhile)
{
	struct arena a = { 0 };
	const char *ids[5];
	struct listing l;
	struct listing_entry entry;
	struct spool_message m, held;
	struct fault f;

	open_spool();
	for (int i = 0; i < 5; i++)
		ids[i] = queue(&a, "al@x", "bo@x");
	ck_assert_int_eq(listing_open(&l, &spool, 1 << SPOOL_NEW, &f), 0);
	ck_assert_int_eq(unlinkat(spool.box[SPOOL_NEW], ids[0], 0), 0);
	ck_assert_int_eq(spool_find(&spool, ids[1], SPOOL_CLAIM_WORK, &a, &m, &f), 1);
	ck_assert_int_eq(spool_hold(&m, &f), 0);
	spool_release(&m);
	ck_assert_int_eq(spool_find(&spool, ids[2], SPOOL_CLAIM_WORK, &a, &held, &f), 1);
	tempdir_write(arena_printf(&a, "spool/new/%s", ids[3]), "garbage", 0600);

	ck_assert_int_eq(listing_next(&l, SPOOL_CLAIM_WORK, &a, &entry, &m, &f), 1);
	ck_assert_str_eq(entry.id, ids[1]);
	ck_assert_int_eq(m.box, SPOOL_HOLD);
	spool_release(&m);
	ck_assert_int_eq(listing_next(&l, SPOOL_CLAIM_WORK, &a, &entry, &m, &f), -1);
	ck_assert_str_eq(entry.id, ids[3]);
	ck_assert_int_eq(f.kind, FAULT_PERM);
	ck_assert_int_eq(listing_next(&l, SPOOL_CLAIM_WORK, &a, &entry, &m, &f), 1);
	ck_assert_str_eq(entry.id, ids[4]);
	spool_release(&m);
	ck_assert_int_eq(listing_next(&l, SPOOL_CLAIM_WORK, &a, &entry, &m, &f), 0);
	listing_clear(&l);
	spool_release(&held);
	arena_clear(&a);
	close_spool();
}
END_TEST

static const struct {
	const char *sender[2], *recipient[2], *destination[2];
	bool selects;
} rows[] = {
	{ { NULL }, { NULL }, { NULL }, true },		  { { "al@*" }, { NULL }, { NULL }, true },
	{ { "AL@A.EXAMPLE" }, { NULL }, { NULL }, true }, { { "bo@*" }, { NULL }, { NULL }, false },
	{ { "bo@*", "a*" }, { NULL }, { NULL }, true },	  { { "" }, { NULL }, { NULL }, false },
	{ { NULL }, { "x@b.example" }, { NULL }, true },  { { NULL }, { "y@*" }, { NULL }, true },
	{ { NULL }, { "done@*" }, { NULL }, false },	  { { NULL }, { NULL }, { "b.example" }, true },
	{ { NULL }, { NULL }, { "B.Example" }, true },	  { { NULL }, { NULL }, { "d.example" }, false },
	{ { NULL }, { "x@*" }, { "c.example" }, false },  { { NULL }, { "y@*" }, { "c.example" }, true },
	{ { "al*" }, { "y@*" }, { "c.example" }, true },  { { "bo*" }, { "y@*" }, { "c.example" }, false },
};

static struct opt_list as_list(const char *const given[2], const char *v[2])
{
	struct opt_list list = { .v = v };

	for (int i = 0; i < 2 && given[i]; i++)
		v[list.n++] = given[i];
	return list;
}

START_TEST(test_selects)
{
	struct envelope_rcpt rcpts[] = {
		{ .address = "x@b.example", .state = ENVELOPE_QUEUED },
		{ .address = "y@c.example", .state = ENVELOPE_QUEUED },
		{ .address = "done@d.example", .state = ENVELOPE_DELIVERED },
	};
	struct envelope e = { .sender = "al@a.example", .rcpts = rcpts, .n = 3 };
	const char *v[3][2];
	struct listing_select select = { as_list(rows[_i].sender, v[0]), as_list(rows[_i].recipient, v[1]),
					 as_list(rows[_i].destination, v[2]) };

	ck_assert_msg(listing_selects(&select, &e) == rows[_i].selects, "row %d", _i);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_order);
	tcase_add_test(tc, test_changes_meanwhile);
	tcase_add_loop_test(tc, test_selects, 0, COUNT(rows));
}

CHECK_MAIN(listing, add_tests)
