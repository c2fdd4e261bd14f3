/* SPDX-License-Identifier: ISC */
/*
 * A server that says anything: its replies are the same however they are cut,
 * and nothing in them can hurt a file or a terminal.
 */
#include <assert.h>
#include <stdint.h>

#include "base/utf8.h"
#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUCH = 64 << 20 };

static void check(const struct reply *r)
{
	struct span rest = buf_span(&r->text);

	assert(r->code >= 200 && r->code <= 599 && strlen(r->status) < REPLY_STATUS_MAX);
	assert(utf8_is_valid(rest));
	while (rest.n)
		assert(!span_has_control(span_cut(&rest, '\n')));
}

static void read_all(struct span in, size_t piece, struct buf *out)
{
	struct reply r;
	struct fault f = { .kind = FAULT_NONE };
	int rc = 0;

	reply_init(&r);
	while (in.n && rc >= 0) {
		size_t n = in.n < piece ? in.n : piece, used;

		rc = reply_feed(&r, in.p, n, &used, &f);
		assert(used <= n && (rc != 0 || used == n));
		if (rc == 1) {
			check(&r);
			buf_printf(out, "%d %s %s\n", r.code, r.status, buf_str(&r.text));
			assert(reply_fault(&r, &f) == -1 && !span_has_control(span_str(f.text)));
		}
		in = span_from(in, used);
	}
	if (rc < 0)
		buf_printf(out, "%s\n", f.text);
	reply_clear(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole, cut;
	struct span in = span_of((const char *)data, size);

	buf_init(&whole, MUCH);
	buf_init(&cut, MUCH);
	read_all(in, size, &whole);
	read_all(in, size ? 1 + data[0] % 7u : 1, &cut);
	assert(span_is(buf_span(&whole), buf_span(&cut)));
	buf_clear(&whole);
	buf_clear(&cut);
	return 0;
}
