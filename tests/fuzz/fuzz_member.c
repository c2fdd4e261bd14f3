/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as lines of a members file: what is read is written as one line, and read again the same; an identity is
 * one for itself.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "list/member.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 16 };

static void check_identity(struct arena *a, struct span address)
{
	const char *identity = member_identity(a, address);

	if (identity) {
		const char *again = member_identity(a, span_str(identity));

		assert(again && strcmp(again, identity) == 0);
		assert(!span_has_control(span_str(identity)));
	}
}

static void check_line(struct arena *a, struct span line)
{
	struct member one, again;
	struct fault f;
	struct buf out;

	if (member_parse(line, &one, &f) <= 0)
		return;
	buf_init(&out, ROOM);
	member_put(&out, &one);
	assert(!out.overflow && out.n > 0 && out.p[out.n - 1] == '\n');
	assert(memchr(out.p, '\n', out.n) == out.p + out.n - 1);
	assert(member_parse(span_of(out.p, out.n - 1), &again, &f) == 1);
	assert(span_is(one.address, again.address) && one.flags == again.flags);
	assert(span_is(one.topics, again.topics) && one.name.n == again.name.n);
	check_identity(a, one.address);
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size);
	struct arena a = { 0 };

	check_identity(&a, rest);
	while (rest.n)
		check_line(&a, span_cut(&rest, '\n'));
	arena_clear(&a);
	return 0;
}
