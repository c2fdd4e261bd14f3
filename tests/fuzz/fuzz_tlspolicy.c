/* SPDX-License-Identifier: ISC */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "relay/tlspolicy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is a level that exists and names that a certificate can have; what is not leaves one clean line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = { 0 };
	struct tlspolicy_line line;
	struct fault f = { 0 };
	struct span text = span_of((const char *)data, size);

	if (span_has_control(text))
		return 0;
	if (tlspolicy_line_parse(&arena, "table:1: ", text, &line, &f) < 0) {
		assert(f.kind == FAULT_TEMP && strcmp(f.status, "4.3.5") == 0);
		assert(strncmp(f.text, "table:1: ", strlen("table:1: ")) == 0 && !strchr(f.text, '\n'));
	} else {
		assert(f.kind == FAULT_NONE && line.level <= TLSPOLICY_DANE_ONLY && line.n_match <= TLSIO_NAMES_MAX);
		for (size_t i = 0; i < line.n_match; i++)
			assert(line.match[i][0] &&
			       strspn(line.match[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
						     "UVWXYZ0123456789-_.") == strlen(line.match[i]));
	}
	arena_clear(&arena);
	return 0;
}
