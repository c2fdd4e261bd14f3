/* SPDX-License-Identifier: ISC */
/*
 * progress - how far long work has come, on a terminal.
 */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

enum { LINE_MAX_OUT = 200 };

void progress_begin(struct progress *p, uint64_t total)
{
	*p = (struct progress){ .total = total };
	if (isatty(STDERR_FILENO))
		p->next_ms = clock_mono_ms() + PROGRESS_AFTER_MS;
}

static double megabytes(uint64_t octets)
{
	return (double)octets / 1e6;
}

void progress_put(const struct progress *p, struct buf *out)
{
	uint64_t done = p->total && p->done > p->total ? p->total : p->done;
	size_t filled;

	if (!p->total) {
		buf_printf(out, "%.1f MB", megabytes(done));
		return;
	}
	filled = (size_t)((double)done / (double)p->total * PROGRESS_WIDTH);
	buf_printf(out, "%3.0f%% [", (double)done / (double)p->total * 100);
	for (size_t i = 0; i < PROGRESS_WIDTH; i++)
		buf_put_char(out, i < filled ? '=' : i == filled ? '>' : ' ');
	buf_printf(out, "] %.1f of %.1f MB", megabytes(done), megabytes(p->total));
}

static void show(struct progress *p)
{
	struct buf line;

	buf_init(&line, LINE_MAX_OUT);
	progress_put(p, &line);
	fprintf(stderr, "\r%s\033[K", buf_str(&line));
	buf_clear(&line);
	p->shown = true;
}

void progress_add(struct progress *p, size_t octets)
{
	int64_t now;

	p->done += octets;
	if (!p->next_ms)
		return;
	now = clock_mono_ms();
	if (now < p->next_ms)
		return;
	show(p);
	p->next_ms = now + PROGRESS_EACH_MS;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
	p->next_ms = 0;
}
