/* SPDX-License-Identifier: ISC */
/*
 * Any queue file: an envelope that can be read can be written and read again and is then the same; the journal
 * behind it harms nobody.
 */
#include <assert.h>
#include <stdint.h>

#include "queue/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same_text(const char *a, const char *b)
{
	assert((a && b && strcmp(a, b) == 0) || (!a && !b));
}

static void same(const struct envelope *a, const struct envelope *b)
{
	assert(a->arrived_us == b->arrived_us && a->body == b->body && a->smtputf8 == b->smtputf8 && a->ret == b->ret);
	assert(a->n == b->n);
	same_text(a->sender, b->sender);
	same_text(a->origin && a->origin[0] ? a->origin : NULL, b->origin);
	same_text(a->envid, b->envid);
	for (size_t i = 0; i < a->n; i++) {
		same_text(a->rcpts[i].address, b->rcpts[i].address);
		same_text(a->rcpts[i].orcpt, b->rcpts[i].orcpt);
		assert(a->rcpts[i].notify == b->rcpts[i].notify);
		assert(b->rcpts[i].state == ENVELOPE_QUEUED);
	}
}

static void read_journal(struct arena *a, struct span text, struct envelope *e)
{
	envelope_parse_journal(a, text, e);
	for (size_t i = 0; i < e->n; i++) {
		const struct envelope_rcpt *r = &e->rcpts[i];

		assert(!r->last || (!span_has_control(span_str(r->last)) && r->status && r->attempts > 0));
		for (const struct envelope_done *d = r->done; d; d = d->next)
			assert(envelope_is_done(r, d->key));
	}
}

static void write_again(struct arena *a, const struct envelope *e)
{
	struct envelope back = { 0 };
	struct fault f = { .text = "" };
	size_t length;
	struct buf out;

	assert(envelope_check(e, &f) == 0);
	buf_init(&out, ENVELOPE_TEXT_MAX);
	envelope_put(&out, e);
	assert(!out.overflow);
	assert(envelope_parse(a, buf_span(&out), &back, &length, &f) == 0);
	assert(length == out.n);
	same(e, &back);
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size);
	struct envelope e = { 0 };
	struct fault f = { .text = "" };
	struct arena a = { 0 };
	size_t length;
	off_t at = 0;

	if (envelope_peek(text, &at, &f) == 0)
		assert(at > 0);
	if (envelope_parse(&a, text, &e, &length, &f) == 0) {
		assert(length <= size);
		write_again(&a, &e);
		read_journal(&a, span_from(text, length), &e);
	} else {
		assert(f.kind == FAULT_PERM && f.text[0]);
	}
	arena_clear(&a);
	return 0;
}
