/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_PROGRESS_H
#define APPLETS_PROGRESS_H

/*
 * progress - how far long work has come, on a terminal: one line on standard error, after PROGRESS_AFTER_MS, and gone
 * at the end. Where standard error is no terminal nothing is shown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { PROGRESS_AFTER_MS = 1000, PROGRESS_EACH_MS = 200, PROGRESS_WIDTH = 30 /* columns of the bar */ };

struct progress {
	uint64_t total; /* octets; 0: not known */
	uint64_t done;
	int64_t next_ms; /* when it is to be shown; 0: never */
	bool shown;
};

void progress_begin(struct progress *p, uint64_t total);
void progress_add(struct progress *p, size_t octets);
void progress_end(struct progress *p);

/* What is shown: " 45% [=============>                ] 120.0 of 260.3 MB". */
void progress_put(const struct progress *p, struct buf *out);

#endif
