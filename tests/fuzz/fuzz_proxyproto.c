/* SPDX-License-Identifier: ISC */
/* Any bytes in front of a connection: what is found does not depend on what follows, nor on how much has come. */
#include "net/proxyproto.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxyproto whole, part;
	struct span in = span_of((const char *)data, size);
	size_t used = 0, n = 0;
	int rc = proxyproto_parse(in, &used, &whole, NULL);

	assert(rc != 0 || size < PROXYPROTO_MAX);
	if (rc <= 0)
		return 0;
	assert(used <= size && used <= PROXYPROTO_MAX);
	assert(proxyproto_parse(span_of(in.p, used), &n, &part, NULL) == 1 && n == used);
	assert(part.is_nameless == whole.is_nameless);
	assert(memcmp(&part.client, &whole.client, sizeof(part.client)) == 0);
	for (size_t i = 0; i < used; i += 1 + used / 64)
		assert(proxyproto_parse(span_of(in.p, i), &n, &part, NULL) == 0);
	return 0;
}
