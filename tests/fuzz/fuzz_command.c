/* SPDX-License-Identifier: ISC */
/* Any text: the lines of a command mail, its operands within the text, none with a control character; and as an
 * address. */
#include <assert.h>
#include <stdint.h>

#include "list/command.h"
#include "list/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct command *c, struct span text)
{
	assert(c->kind != COMMAND_END && c->verb && c->word && c->n <= COMMAND_OPERANDS_MAX);
	for (size_t i = 0; i < c->n; i++) {
		assert(c->operands[i].p >= text.p && c->operands[i].p + c->operands[i].n <= text.p + text.n);
		assert(!span_has_control(c->operands[i]));
	}
}

/* What a reply has of an address: in order, each within the text and with one "@". */
static void check_addresses(struct span text)
{
	struct span rest = text, found;

	while (letter_next_address(&rest, &found) > 0) {
		assert(found.p >= text.p && found.p + found.n <= text.p + text.n);
		assert(span_find(found, '@') > 0 && span_find(found, '@') < found.n);
		assert(span_find(found, '@') == span_find_last(found, '@') && !span_has_control(found));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_of((const char *)data, size);
	struct command_walk w = { .rest = text };
	struct command c;
	struct arena a = { 0 };
	size_t line = 0;
	uint32_t from, to;
	int rc;

	while ((rc = command_next(&w, &c)) != 0) {
		assert(c.line > line);
		line = c.line;
		if (rc > 0)
			check(&c, text);
	}
	if (command_of_address(&a, "subscribe", arena_span(&a, text), &c))
		assert(c.n <= COMMAND_OPERANDS_MAX);
	check_addresses(text);
	if (command_range(text, &from, &to) == 0)
		assert(from > 0 && from <= to);
	arena_clear(&a);
	return 0;
}
