/* SPDX-License-Identifier: ISC */
/*
 * fuzz_uucp - the lines in front of a message, and what is made of them: nothing is taken that is no such line, and a
 * path is one word however long the chain is.
 */
#include <stdlib.h>

#include "message/uucp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rest(struct span whole, struct span rest)
{
	struct uucp_from from;

	if (rest.n > whole.n || (rest.n && rest.p + rest.n != whole.p + whole.n))
		abort();
	if (rest.n < whole.n && whole.p[whole.n - rest.n - 1] != '\n' && rest.n > 0)
		abort();
	if (rest.n && uucp_parse_from(span_cut(&rest, '\n'), &from))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span whole = span_of((const char *)data, size), rest = whole;
	struct arena a = { 0 };
	const char *path = NULL;
	int rc = uucp_path(&a, &rest, &path);

	if ((rc == 1) != (path != NULL))
		abort();
	if (rc >= 0)
		check_rest(whole, rest);
	if (rc == 0 && rest.n != whole.n)
		abort();
	if (path && (strpbrk(path, " \t\r\n") || strlen(uucp_address(&a, path)) != strlen(path)))
		abort();
	arena_clear(&a);
	return 0;
}
