/* SPDX-License-Identifier: ISC */
/*
 * A domain of any bytes becomes ASCII within the limits, or nothing. What was ASCII is as it was, and what came out
 * stays as it is.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "message/idna.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span domain = span_of((const char *)data, size);
	struct arena a = { 0 };
	const char *ascii = size && memchr(data, 0, size) ? NULL : idna_to_ascii(&a, domain);

	if (ascii) {
		assert(strlen(ascii) <= IDNA_DOMAIN_MAX && !span_has_8bit(span_str(ascii)));
		assert(span_has_8bit(domain) || span_is(domain, span_str(ascii)));
		assert(strcmp(idna_to_ascii(&a, span_str(ascii)), ascii) == 0);
	}
	if (size && !memchr(data, 0, size)) {
		const char *utf8 = idna_to_utf8(&a, domain), *back = utf8 ? idna_to_ascii(&a, span_str(utf8)) : NULL;

		/* What was changed comes back. */
		assert(!back || span_has_8bit(domain) || span_is_nocase(span_str(back), domain));
		assert(!utf8 || !memchr(utf8, '\n', strlen(utf8)) || memchr(data, '\n', size));
		idna_other_form(&a, domain);
	}
	arena_clear(&a);
	return 0;
}
