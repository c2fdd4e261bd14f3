/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_STAMP_H
#define LIBMAIL_STORE_STAMP_H

/*
 * stamp - what stat(2) says of a file or directory, kept to see later whether it changed.
 *
 * Times have a granularity: a change that follows shortly on another may leave the same time. So a stamp says
 * something only once it is settled: when the time in it was STAMP_SETTLE_MS ago at the moment that it was taken.
 * Clocks of machines that share a file system may differ by as much.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

enum {
	STAMP_SETTLE_MS = 2000, /* covers times in whole seconds, and clocks that differ */
	STAMP_TICK_MS = 20,	/* covers what a local file system does within one tick of its clock */
};

struct stamp {
	uint64_t dev, ino;
	int64_t size;	  /* 0 of a directory */
	int64_t mtime_ns; /* 0: not there */
};

/* Of an open file or directory; errno on -1. */
int stamp_of(int fd, struct stamp *out);
/* Of a name in a directory; a missing one gives a zeroed stamp and 0. */
int stamp_at(int dir, const char *name, struct stamp *out);
bool stamp_is(const struct stamp *a, const struct stamp *b);
/* Was its time at least `ms` before `now_us` (clock_wall_us())? */
bool stamp_is_older(const struct stamp *s, int64_t now_us, int ms);

#endif
