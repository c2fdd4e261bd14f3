/* SPDX-License-Identifier: ISC */
/*
 * A TXT record in the first line and a policy behind it: patterns are host names, each matches itself with a label in
 * the place of "*", and nothing matches an empty name.
 */
#include <assert.h>
#include <stdint.h>

#include "relay/sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *a, const struct sts_policy *p)
{
	assert(p->n <= STS_PATTERNS_MAX && p->max_age >= 0 && p->max_age <= STS_AGE_MAX);
	assert(p->mode == STS_NONE || p->n > 0);
	for (size_t i = 0; i < p->n; i++) {
		bool star = p->mx[i].p[0] == '*';
		const char *host = arena_printf(a, "%s%.*s", star ? "x" : "", SPAN_ARG(span_from(p->mx[i], star)));

		assert(!span_has_control(p->mx[i]) && span_find(span_str(host), '*') == strlen(host));
		assert(sts_matches(p, span_str(host)));
	}
	assert(!sts_matches(p, SPAN("")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size), record = span_cut(&text, '\n');
	struct span id = sts_record_id(record);
	struct arena a = { 0 };
	struct sts_policy p;
	struct fault f = { .kind = FAULT_NONE };

	assert(id.n <= STS_ID_MAX && !span_has_control(id));
	if (sts_parse(&a, text, &p, &f) == 0)
		check(&a, &p);
	else
		assert(f.kind == FAULT_TEMP && f.text[0]);
	arena_clear(&a);
	return 0;
}
