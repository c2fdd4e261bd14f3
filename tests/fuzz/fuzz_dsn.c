/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a report: what is read does not depend on how they are cut, is of the form that is promised, and no
 * recipient comes from nothing.
 */
#include <assert.h>
#include <stdint.h>

#include "message/address.h"
#include "message/dsn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_mailbox_or_nothing(const char *z)
{
	return !*z || address_is_valid(span_str(z), false, true);
}

static void check(const struct dsn *d)
{
	assert(d->n <= DSN_RECIPIENTS_MAX && (d->kind != DSN_NONE || d->n == 0));
	assert(is_mailbox_or_nothing(d->sender));
	assert(!strpbrk(d->message_id, " \t\r\n") && !strpbrk(d->envelope_id, "\r\n"));
	for (size_t i = 0; i < d->n; i++) {
		const struct dsn_recipient *r = &d->list[i];
		unsigned numbers[3];

		assert(is_mailbox_or_nothing(r->final) && is_mailbox_or_nothing(r->original));
		assert(!*r->status || dsn_parse_status(span_str(r->status), numbers) == 0);
		assert(r->reply == 0 || (r->reply >= 200 && r->reply <= 599));
		assert(!strpbrk(r->diagnostic, "\r\n") && !strpbrk(r->remote, "\r\n"));
	}
}

static void compare(const struct dsn *a, const struct dsn *b)
{
	assert(a->kind == b->kind && a->cut == b->cut && a->n == b->n);
	assert(strcmp(a->message_id, b->message_id) == 0 && strcmp(a->envelope_id, b->envelope_id) == 0);
	for (size_t i = 0; i < a->n; i++) {
		const struct dsn_recipient *x = &a->list[i], *y = &b->list[i];

		assert(strcmp(x->final, y->final) == 0 && strcmp(x->original, y->original) == 0);
		assert(strcmp(x->status, y->status) == 0 && strcmp(x->diagnostic, y->diagnostic) == 0);
		assert(x->known == y->known && x->reply == y->reply);
	}
}

static void read_pieces(struct dsn *d, struct arena *a, struct span s, size_t piece)
{
	dsn_init(d, a);
	for (; s.n; s = span_from(s, piece))
		dsn_feed(d, span_of(s.p, s.n < piece ? s.n : piece));
	dsn_end(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span s = span_of((const char *)data, size);
	struct arena a = { 0 };
	struct dsn whole, bytes;

	read_pieces(&whole, &a, s, size + 1);
	read_pieces(&bytes, &a, s, 1);
	check(&whole);
	compare(&whole, &bytes);
	arena_clear(&a);
	return 0;
}
