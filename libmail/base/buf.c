/* SPDX-License-Identifier: ISC */
/*
 * buf - growable bytes with a maximum.
 */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"

enum { BUF_MIN = 256 };

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_clear(struct buf *b)
{
	size_t max = b->max;

	free(b->p);
	buf_init(b, max);
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->size);
	buf_clear(b);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
	if (b->p)
		b->p[0] = '\0';
}

char *buf_room(struct buf *b, size_t n)
{
	assert(b->max > 0);
	if (b->overflow || n > b->max - b->n) {
		b->overflow = true;
		return NULL;
	}
	if (b->n + n + 1 > b->size) {
		size_t size = b->size ? b->size * 2 : BUF_MIN;

		if (size < b->n + n + 1)
			size = b->n + n + 1;
		b->p = arena_heap_resize(b->p, size);
		b->size = size;
	}
	return b->p + b->n;
}

void buf_added(struct buf *b, size_t n)
{
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	char *room = buf_room(b, n);

	if (!room)
		return;
	if (n)
		memcpy(room, p, n);
	buf_added(b, n);
}

void buf_put_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}

void buf_put_str(struct buf *b, const char *z)
{
	buf_put(b, z, strlen(z));
}

void buf_put_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void buf_put_number(struct buf *b, uint64_t number)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + number % 10);
	while (number /= 10);
	buf_put(b, digits + n, sizeof(digits) - n);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	char *room;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	room = n < 0 ? NULL : buf_room(b, (size_t)n);
	b->overflow |= !room;
	if (room) {
		vsnprintf(room, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_consume(struct buf *b, size_t n)
{
	assert(n <= b->n);
	if (n == 0)
		return;
	b->n -= n;
	memmove(b->p, b->p + n, b->n + 1);
}

void buf_cut(struct buf *b, size_t n)
{
	if (n < b->n) {
		b->n = n;
		b->p[n] = '\0';
	}
}

const char *buf_str(const struct buf *b)
{
	return b->p ? b->p : "";
}
