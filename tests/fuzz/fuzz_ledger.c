/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the files `bounces` and `posts` of a list: what an entry says is read again as it was when it is
 * written, on one line, and every whole line is looked at once.
 */
#include <assert.h>
#include <stdint.h>

#include "list/ledger.h"
#include "list/posts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

static void check_entry(const struct ledger_entry *e)
{
	struct arena a = { 0 };
	struct ledger_entry again;
	struct span rest;
	struct buf line;

	buf_init(&line, ROOM);
	ledger_put(&line, e);
	assert(!line.overflow && memchr(line.p, '\n', line.n) == line.p + line.n - 1);
	rest = buf_span(&line);
	/* Not of a year that has more digits than a time has room for. */
	if (ledger_next(&rest, &a, &again)) {
		assert(again.when == e->when && again.what == e->what && again.number == e->number);
		assert(again.post == e->post && span_is(again.who, e->who) && span_is(again.status, e->status));
		assert(!span_has_control(again.text) && again.text.n <= 4 * LEDGER_TEXT_MAX * 3);
	}
	buf_clear(&line);
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_of((const char *)data, size), rest = all;
	struct arena a = { 0 };
	struct ledger_entry e;
	struct post p;

	while (ledger_next(&rest, &a, &e)) {
		assert(e.who.n > 0 || e.what == LEDGER_PAUSE);
		check_entry(&e);
	}
	rest = all;
	while (posts_next(&rest, &a, &p))
		assert(p.number > 0 && p.hash[0] && !strchr(p.hash, ' '));
	arena_clear(&a);
	return 0;
}
