/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_ARENA_H
#define LIBMAIL_BASE_ARENA_H

/*
 * arena - scoped allocation: one arena per lifetime, freed as a whole.
 *
 * An arena is the first parameter of every function that returns new memory,
 * so that its owner and its lifetime stand in the call. There is one for the
 * process (short-lived applets), one per connection, one per command or
 * message. A zeroed struct arena is a valid empty one.
 *
 * Running out of memory ends the process with EX_TEMPFAIL: every input is
 * bounded elsewhere, so it means that the machine is in trouble, and a caller
 * that is told "temporary" keeps its message.
 *
 * Built with -DARENA_DEBUG each allocation is a malloc of its own, so that
 * AddressSanitizer sees an overrun and a use after reset.
 */

#include <stdarg.h>
#include <stddef.h>

#include "base/span.h"

struct arena {
	struct arena_block *blocks;
};

/* Zeroed memory, aligned for any type. n may be 0. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((alloc_size(2), returns_nonnull));
/* A NUL-terminated copy. */
char *arena_str(struct arena *a, const char *z);
char *arena_span(struct arena *a, struct span s);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Give up everything that was allocated; keeps one block for the next round. */
void arena_reset(struct arena *a);
/* Give up everything, the blocks too. */
void arena_clear(struct arena *a);

/* The same for what held secrets: every byte is overwritten first. */
void arena_wipe(struct arena *a);

/* malloc and realloc for the few objects that outlive a scope; never NULL, end the process as the arena does. */
void *arena_heap(size_t n) __attribute__((malloc, returns_nonnull));
void *arena_heap_resize(void *p, size_t n) __attribute__((returns_nonnull));

#endif
