/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as text with uuencoded files in it: the events are the same however it is cut, and begin and end alternate.
 * Any bytes encoded and decoded are what they were.
 */
#include <assert.h>
#include <stdint.h>

#include "message/uuencode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24 };

struct tale {
	struct buf text;
	bool in_file;
};

static void tell_begin(void *context, struct span name, unsigned mode)
{
	struct tale *t = context;

	assert(!t->in_file && name.n > 0 && mode <= 07777);
	t->in_file = true;
	buf_printf(&t->text, "[%o ", mode);
	buf_put_span(&t->text, name);
}

static void tell_data(void *context, struct span bytes)
{
	struct tale *t = context;

	assert(t->in_file && bytes.n <= UUENCODE_PIECE);
	buf_put_span(&t->text, bytes);
}

static void tell_end(void *context, bool whole)
{
	struct tale *t = context;

	assert(t->in_file);
	t->in_file = false;
	buf_put_str(&t->text, whole ? "]" : "!");
}

static void tell_text(void *context, struct span piece)
{
	struct tale *t = context;

	assert(!t->in_file);
	buf_put_span(&t->text, piece);
}

static void decode(struct tale *t, struct span in, size_t piece)
{
	static const struct uuencode_events events = { tell_begin, tell_data, tell_end, tell_text };
	static struct uuencode u;

	*t = (struct tale){ 0 };
	buf_init(&t->text, ROOM);
	uuencode_init(&u, &events, t);
	for (size_t i = 0; i < in.n; i += piece)
		uuencode_feed(&u, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
	uuencode_end(&u);
	assert(!t->in_file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	struct tale whole, cut;
	struct buf encoded;

	decode(&whole, in, in.n + 1);
	decode(&cut, in, size > 0 ? 1 + data[0] : 1);
	assert(span_is(buf_span(&whole.text), buf_span(&cut.text)));
	buf_clear(&whole.text);
	buf_clear(&cut.text);
	buf_init(&encoded, ROOM);
	assert(uuencode_put(&encoded, "x", 0644, in) == 0);
	decode(&whole, buf_span(&encoded), in.n + 100);
	assert(span_is(span_of(whole.text.p, 6), SPAN("[644 x")) && whole.text.p[whole.text.n - 1] == ']');
	assert(span_is(span_of(whole.text.p + 6, whole.text.n - 7), in));
	buf_clear(&whole.text);
	buf_clear(&encoded);
	return 0;
}
