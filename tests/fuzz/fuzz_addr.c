/* SPDX-License-Identifier: ISC */
/*
 * A list of networks of any bytes is read or refused with a reason; every
 * network in it holds its own address, and an address reads back from its text.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "net/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const struct addr *a)
{
	char text[ADDR_TEXT_MAX];
	struct addr again;

	addr_text(a, text);
	assert(addr_parse(text, &again) == 0 && memcmp(&again, a, sizeof(again)) == 0);
	addr_literal(a, text);
	assert(strlen(text) < ADDR_TEXT_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	const char *text = arena_span(&a, span_of((const char *)data, size));
	struct addr_networks list;
	struct fault f = { .text = "" };

	if (addr_networks_parse(&a, text, &list, &f) < 0)
		assert(f.kind == FAULT_USAGE && f.text[0]);
	else
		for (size_t i = 0; i < list.n; i++) {
			struct addr_networks one = { &list.v[i], 1 };

			assert(addr_networks_match(&one, &list.v[i].address) == !list.v[i].not );
			check_text(&list.v[i].address);
		}
	arena_clear(&a);
	return 0;
}
