/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a list of addresses: it ends, all that is said of an address lies in the input, and a mailbox read
 * again is the same mailbox.
 */
#include <assert.h>
#include <stdint.h>

#include "message/address.h"
#include "message/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct span part, struct span whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_again(struct arena *a, const struct address *first)
{
	struct span mailbox = span_str(first->mailbox), rest = mailbox, local, domain;
	struct address again;

	assert(address_next(&rest, a, &again) == 1 && rest.n == 0);
	assert(strcmp(again.mailbox, first->mailbox) == 0);
	assert(span_is(again.spec, mailbox) && again.comment.n == 0);
	address_split(mailbox, &local, &domain);
	assert(span_is(local, first->local) && span_is(domain, first->domain));
}

/* With its display name it is one address, in lines that are short enough. */
static void check_put(struct arena *a, const struct address *first)
{
	const char *name = header_unfold(a, first->display);
	struct address again;
	struct buf out;
	struct span rest;

	buf_init(&out, 1 << 24);
	address_put(&out, name, first->mailbox);
	rest = buf_span(&out);
	assert(span_find(rest, '\0') == rest.n && span_find(rest, '\r') == rest.n);
	assert(address_next(&rest, a, &again) == 1 && rest.n == 0);
	assert(strcmp(again.mailbox, first->mailbox) == 0);
	for (rest = buf_span(&out); rest.n;)
		assert(span_cut(&rest, '\n').n <= ADDRESS_MAX + 3);
	buf_clear(&out);
}

static void check_address(struct arena *a, const struct address *at, struct span in)
{
	struct span mailbox = span_str(at->mailbox);

	assert(is_inside(at->text, in) && is_inside(at->spec, in) && is_inside(at->display, in));
	assert(is_inside(at->comment, in) && mailbox.n <= ADDRESS_MAX && !span_has_control(mailbox));
	if (mailbox.n == 0)
		return;
	check_again(a, at);
	if (address_is_valid(mailbox, true, true))
		check_put(a, at);
	if (address_is_valid(mailbox, false, false))
		assert(address_is_valid(mailbox, true, false) && address_is_valid(mailbox, false, true));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size), rest = in, local, domain;
	struct arena a = { 0 };
	struct address at;
	int more;

	while ((more = address_next(&rest, &a, &at)) != 0) {
		assert(is_inside(at.text, in));
		if (more > 0)
			check_address(&a, &at, in);
		arena_reset(&a);
	}
	assert(rest.n == 0);
	address_split(in, &local, &domain);
	assert(local.n + domain.n <= in.n);
	if (address_is_valid(in, true, true))
		assert(!span_has_control(in) && in.n <= ADDRESS_MAX);
	arena_clear(&a);
	return 0;
}
