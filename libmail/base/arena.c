/* SPDX-License-Identifier: ISC */
/*
 * arena - scoped allocation.
 *
 * Blocks grow by doubling up to BLOCK_MAX; a request that does not fit gets a
 * block of its own size. The newest block is first in the list and the only
 * one that is filled.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

enum { BLOCK_MIN = 2048, BLOCK_MAX = 1 << 16, ALIGN = alignof(max_align_t) };

struct arena_block {
	struct arena_block *next;
	size_t size; /* usable bytes behind the struct */
	size_t used;
};

#define HEAD ((sizeof(struct arena_block) + ALIGN - 1) / ALIGN * ALIGN)

static void out_of_memory(void)
{
	static const char text[] = "letterbox: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);

	(void)ignored;
	_exit(EX_TEMPFAIL);
}

void *arena_heap(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *arena_heap_resize(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		out_of_memory();
	return p;
}

/* What is larger than a block of its time has one to itself, behind the one that is being filled: that goes on. */
static struct arena_block *add_block(struct arena *a, size_t need)
{
	size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN;
	struct arena_block *b;
	bool is_apart;

	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
#ifdef ARENA_DEBUG
	size = 0;
#endif
	is_apart = size < need && a->blocks;
	if (size < need)
		size = need;
	b = arena_heap(HEAD + size);
	b->size = size;
	b->used = 0;
	if (is_apart) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

/* n octets of anything. */
static void *take(struct arena *a, size_t n)
{
	struct arena_block *b = a->blocks;
	size_t need = n ? n : 1;
	char *p;

	if (n > SIZE_MAX - HEAD - ALIGN)
		out_of_memory();
#ifndef ARENA_DEBUG
	need = (need + ALIGN - 1) / ALIGN * ALIGN;
#endif
	if (!b || b->size - b->used < need)
		b = add_block(a, need);
	p = (char *)b + HEAD + b->used;
	b->used += need;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

char *arena_span(struct arena *a, struct span s)
{
	char *p = take(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

char *arena_str(struct arena *a, const char *z)
{
	return arena_span(a, span_str(z));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	struct arena_block *b = a->blocks;
	size_t room = b ? b->size - b->used : 0;
	char *here = b ? (char *)b + HEAD + b->used : NULL, *p;
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	/* Where it would come to be, if it fits there: it mostly does, and is written once. */
	n = vsnprintf(here, room, format, args);
	va_end(args);
	p = take(a, n < 0 ? 1 : (size_t)n + 1);
	if (n < 0)
		p[0] = '\0';
	else if ((size_t)n >= room)
		vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	/* It may be a secret, and arena_wipe() knows only what is used. */
	if (p != here && room)
		memset(here, 0, room);
	return p;
}

static void free_blocks(struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
}

void arena_reset(struct arena *a)
{
#ifdef ARENA_DEBUG
	arena_clear(a);
#else
	if (!a->blocks)
		return;
	free_blocks(a->blocks->next);
	a->blocks->next = NULL;
	a->blocks->used = 0;
	/* One large message must not stay for the life of the connection. */
	if (a->blocks->size > BLOCK_MAX)
		arena_clear(a);
#endif
}

void arena_clear(struct arena *a)
{
	free_blocks(a->blocks);
	a->blocks = NULL;
}

void arena_wipe(struct arena *a)
{
	for (struct arena_block *b = a->blocks; b; b = b->next)
		explicit_bzero((char *)b + HEAD, b->used);
	arena_clear(a);
}
