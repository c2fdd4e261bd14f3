/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a header: the fields stand one behind the other, names are names, what is unfolded is one
 * line, what is folded keeps to the limit.
 */
#include <assert.h>
#include <stdint.h>

#include "message/date.h"
#include "message/fold.h"
#include "message/header.h"
#include "message/msgid.h"
#include "message/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_folded(struct arena *a, const struct header_field *field)
{
	struct header_field again;
	struct span rest;
	struct buf out;

	buf_init(&out, 1 << 24);
	fold_put_field(a, &out, field);
	assert(!out.overflow);
	rest = buf_span(&out);
	assert(header_next(&rest, &again) == 1 && rest.n == 0);
	assert(span_is(again.name, field->name));
	assert(span_find(again.whole, '\r') == again.whole.n && span_find(again.whole, '\0') == again.whole.n);
	while (again.whole.n)
		assert(span_cut(&again.whole, '\n').n <= HEADER_LINE_MAX);
	buf_clear(&out);
}

static void check_field(struct arena *a, const struct header_field *field)
{
	struct span ids = field->body, id;
	struct date date;
	char *line = header_unfold(a, field->body);

	assert(header_is_name(field->name));
	assert(field->body.p >= field->whole.p && field->body.p + field->body.n <= field->whole.p + field->whole.n);
	assert(!strchr(line, '\n') && !strchr(line, '\r'));
	assert(strlen(line) <= field->body.n);
	while (msgid_next(&ids, &id) == 1)
		assert(msgid_is_valid(id) && !span_has_control(id));
	if (date_parse(field->body, &date) == 0)
		assert(date.when >= -2208988800 - 6000 * 60 && date.zone < 6000 && date.zone > -6000);
	check_folded(a, field);
}

static void check_length(struct span in)
{
	size_t want = header_length(in, 0), got = 0;

	for (size_t n = 0, seen = 0; n <= in.n && got == 0; seen = n, n += 1 + n / 16)
		got = header_length(span_of(in.p, n), seen);
	if (got)
		assert(got == want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size), rest = in;
	struct arena a = { 0 };
	struct header_field field;
	const char *at = in.p;
	size_t received = 0;
	int more;

	while ((more = header_next(&rest, &field)) == 1) {
		assert(field.whole.p == at && field.whole.n > 0);
		at += field.whole.n;
		received += span_is_nocase(field.name, SPAN("received"));
		check_field(&a, &field);
		arena_reset(&a);
	}
	assert(more == 0 || rest.p == at);
	assert(trace_hops(in) == received);
	check_length(in);
	arena_clear(&a);
	return 0;
}
