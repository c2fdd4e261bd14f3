/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the fields of a header, and as the value of a parameter: what is put is read again; what is read has no
 * control character.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "message/entity.h"
#include "message/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 22 };

static void check_value(const char *text)
{
	struct span s = span_str(text);

	assert(utf8_is_valid(s));
	for (size_t i = 0; i < s.n; i++)
		assert(((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f) || s.p[i] == '\t');
}

static void check_params(struct arena *a, const struct params *params)
{
	assert(params->n <= PARAMS_MAX);
	for (size_t i = 0; i < params->n; i++) {
		struct span name = params->v[i].name;
		struct params_value value;

		name.n = span_find(name, '*');
		if (params_find(a, params, arena_span(a, name), &value))
			check_value(value.text);
	}
}

static void check_put(struct arena *a, struct span value, unsigned how)
{
	struct params_value back;
	struct params params;
	struct buf out;

	buf_init(&out, ROOM);
	if (params_put(&out, "name", value, how) == 0) {
		bool utf8 = utf8_is_valid(value);

		assert(span_find(buf_span(&out), '\r') == out.n && span_find(buf_span(&out), '\0') == out.n);
		assert(utf8 || !span_has_8bit(buf_span(&out)));
		params_parse(a, header_unfold(a, buf_span(&out)), &params);
		assert(params.problems == 0 && params_find(a, &params, "name", &back));
		/* A long one is cut into more sections than are read. */
		if (utf8 && !back.problems && params.n < PARAMS_MAX && !memmem(value.p, value.n, "\xc2", 1) &&
		    !memmem(value.p, value.n, "\xef\xbf\xbd", 3))
			assert(span_is(value, span_str(back.text)));
	} else {
		assert(out.n == 0 && span_has_control(value));
	}
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of((const char *)data, size);
	struct params_value name;
	struct arena a = { 0 };
	struct params params;
	struct entity e;

	if (size > 1 << 13)
		return 0;
	params_parse(&a, header_unfold(&a, in), &params);
	check_params(&a, &params);
	entity_parse(&a, in, false, &e);
	check_params(&a, &e.params);
	check_params(&a, &e.disposition_params);
	assert(e.boundary.n <= ENTITY_BOUNDARY_MAX && (e.kind == ENTITY_MULTIPART) == (e.boundary.n > 0));
	if (entity_filename(&a, &e, &name))
		check_value(name.text);
	check_put(&a, in, 0);
	check_put(&a, in, PARAMS_UTF8);
	arena_clear(&a);
	return 0;
}
