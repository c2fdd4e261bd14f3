/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_BUF_H
#define LIBMAIL_BASE_BUF_H

/*
 * buf - growable bytes with a maximum.
 *
 * The maximum is given at init, in bytes, and is never exceeded: a put that
 * would is dropped whole and sets `overflow`, which stays set until
 * buf_reset(). So a sequence of puts is checked once, at its end, and
 * nothing is ever cut silently. buf_str() is always NUL-terminated.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

struct buf {
	char *p;
	size_t n;
	size_t size;
	size_t max;
	bool overflow;
};

void buf_init(struct buf *b, size_t max);
/* Give the memory back; the buf is empty and may be used again. */
void buf_clear(struct buf *b);
/* The same for a secret: what it held is overwritten first. What it outgrew is not, so give it its size at once. */
void buf_wipe(struct buf *b);
/* Empty it and forget an overflow; keeps the memory. */
void buf_reset(struct buf *b);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_span(struct buf *b, struct span s);
void buf_put_str(struct buf *b, const char *z);
void buf_put_char(struct buf *b, char c);
/* A decimal number: what printf(3) does, for lists of 100,000. */
void buf_put_number(struct buf *b, uint64_t number);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for n more bytes, to be filled by the caller and added with buf_added(); NULL on overflow. */
char *buf_room(struct buf *b, size_t n);
void buf_added(struct buf *b, size_t n);

/* Drop n bytes from the front. */
void buf_consume(struct buf *b, size_t n);
/* Shorten to n bytes. */
void buf_cut(struct buf *b, size_t n);

static inline struct span buf_span(const struct buf *b)
{
	return span_of(b->p, b->n);
}

const char *buf_str(const struct buf *b);

#endif
