/* SPDX-License-Identifier: ISC */
/*
 * Any command line: words end with a newline in the input. Every word is an
 * option, an argument or an operand, none is lost, and the operands stand last.
 */
#include <assert.h>
#include <stdint.h>

#include "base/opt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct options {
	bool b, long_b;
	const char *s;
	struct opt_list list;
	long n;
};

#define AT(member) .at = offsetof(struct options, member)

static const struct opt table[] = {
	{ "-b", .kind = OPT_BOOL, AT(b) },
	{ "-oi", .kind = OPT_BOOL, AT(b), .flags = OPT_ANY_REST },
	{ "-o", .arg = "X", .kind = OPT_LIST, AT(list) },
	{ "-q", .arg = "X", .kind = OPT_STRING, AT(s), .flags = OPT_ATTACHED },
	{ "-n", .arg = "N", .kind = OPT_NUMBER, AT(n) },
	{ "--list", .arg = "X", .kind = OPT_LIST, AT(list) },
	{ "--bool", .kind = OPT_BOOL, AT(long_b) },
	{ "--stop", .kind = OPT_STOP },
	OPT_END,
};

static int split(struct arena *a, struct span input, char **argv)
{
	int argc = 0;

	while (input.n > 0)
		argv[argc++] = arena_span(a, span_cut(&input, '\n'));
	argv[argc] = NULL;
	return argc;
}

static size_t total(char *const *argv, int argc)
{
	size_t n = 0;

	for (int i = 0; i < argc; i++)
		n += (uintptr_t)argv[i];
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned how = 0; how <= OPT_PERMUTE; how++) {
		struct arena a = { 0 };
		struct options o = { .n = 1 };
		char **argv = arena_alloc(&a, (size + 2) * sizeof(*argv));
		int argc = split(&a, span_of((const char *)data, size), argv), first = -1;
		size_t before = total(argv, argc);
		struct fault f = { .text = "" };
		int rc = opt_parse(&a, table, argc, argv, how, &o, &first, &f);

		assert(first >= 0 && first <= argc);
		assert(total(argv, argc) == before);
		assert(argv[argc] == NULL);
		assert((rc < 0) == (f.text[0] != '\0'));
		assert(o.n >= 0);
		arena_clear(&a);
	}
	return 0;
}
