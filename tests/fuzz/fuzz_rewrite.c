/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a header whose addresses are rewritten. Without a change a field comes out as it went in; with one it is
 * still one field of that name, and has the new address as often as there were some: unless something in it was no
 * address, whose end may be elsewhere when what follows is another one.
 */
#include <assert.h>
#include <stdint.h>

#include "message/rewrite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 26 };

#define NEW_ADDRESS "\"new one\"@domain.example"

static size_t rewrite(const struct header_field *field, bool changes, struct buf *out)
{
	struct arena a = { 0 };
	struct rewrite w;
	struct address address;
	int rc;

	buf_init(out, ROOM);
	rewrite_begin(&w, field, out);
	while ((rc = rewrite_next(&w, &a, &address)) != 0)
		if (changes && rc > 0 && address_is_valid(span_str(address.mailbox), true, true))
			rewrite_put(&w, &address, NEW_ADDRESS);
	rewrite_end(&w);
	arena_clear(&a);
	return w.changes;
}

static bool is_list(struct span body)
{
	struct arena a = { 0 };
	struct address address;
	int rc;

	do
		rc = address_next(&body, &a, &address);
	while (rc > 0);
	arena_clear(&a);
	return rc == 0;
}

static size_t count_new(struct span body)
{
	struct arena a = { 0 };
	struct address address;
	size_t n = 0;
	int rc;

	while ((rc = address_next(&body, &a, &address)) != 0)
		n += rc > 0 && strcmp(address.mailbox, NEW_ADDRESS) == 0;
	arena_clear(&a);
	return n;
}

static void check_field(const struct header_field *field)
{
	struct header_field changed;
	struct buf out;
	struct span rest;
	size_t n;

	assert(rewrite(field, false, &out) == 0);
	assert(span_is(buf_span(&out), field->whole));
	buf_clear(&out);
	n = rewrite(field, true, &out);
	rest = buf_span(&out);
	assert(header_next(&rest, &changed) == 1 && rest.n == 0);
	assert(span_is(changed.name, field->name));
	assert(!is_list(field->body) || count_new(changed.body) >= n);
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size);
	struct header_field field;

	while (header_next(&rest, &field) == 1)
		check_field(&field);
	return 0;
}
