/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a pickle, as Python's assignments, and as what Mailman keeps: it ends, and what there is can be looked
 * at.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fault.h"
#include "list/migration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LOOKED_AT = 10000 };

/* Not all of it: a value may be part of itself. */
static size_t look(const struct pickle *p, size_t left)
{
	assert(p->kind <= PICKLE_OBJECT);
	assert(p->kind != PICKLE_TEXT || p->text.n == 0 || p->text.p);
	for (size_t i = 0; i < p->n && left > 0; i++)
		left = look(p->v[i], left - 1);
	return left;
}

static void check_fault(const struct fault *f)
{
	assert(f->kind == FAULT_PERM && f->text[0]);
}

static void read_as(const char *kind, const char *path)
{
	struct arena a = { 0 };
	struct migration m = { .arena = &a };
	struct fault f = { 0 };

	if (migration_read(&m, kind, path, &f) < 0)
		check_fault(&f);
	for (size_t i = 0; i < m.members.n; i++)
		assert(member_identity(&a, m.members.v[i].address));
	for (size_t i = 0; i < m.assignments.n; i++)
		assert(!span_has_control(span_str(m.assignments.v[i])));
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = { "mailman2", "mailman3", "majordomo", "csv", "text" };
	struct span bytes = span_of((const char *)data, size);
	struct arena a = { 0 };
	const struct pickle *p;
	struct fault f = { 0 };
	int fd = memfd_create("input", 0);
	const char *path = arena_printf(&a, "/proc/self/fd/%d", fd);

	if (pickle_parse(&a, bytes, &p, &f) == 0)
		look(p, LOOKED_AT);
	else
		check_fault(&f);
	if (pickle_parse_assignments(&a, bytes, &p, &f) == 0)
		look(p, LOOKED_AT);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		read_as(kinds[i], path);
	close(fd);
	arena_clear(&a);
	return 0;
}
