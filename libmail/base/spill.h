/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_SPILL_H
#define LIBMAIL_BASE_SPILL_H

/*
 * spill - bytes that are written once and then read from the start, any number of times:
 * in memory while they are few, beyond that in a temporary file without a name.
 *
 * The file is made in $TMPDIR, or where that does not go in /tmp or /var/tmp. Nothing of it stays when the process
 * ends, however it ends.
 */

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	SPILL_MEMORY = 256 << 10, /* octets kept in memory */
	SPILL_PIECE = 64 << 10	  /* octets that a read gives at most */
};

struct spill {
	struct buf memory; /* all of it; with a file: the piece being read */
	int fd;		   /* -1 while memory suffices */
	off_t size;
	off_t max;
};

/* `max` octets at most; 0: no limit. */
void spill_init(struct spill *s, off_t max);
void spill_clear(struct spill *s);
/* Empty it, for the next message; a file is given up. */
void spill_reset(struct spill *s);

/* Append. Over the maximum: a permanent fault 552 5.3.4. */
int spill_put(struct spill *s, struct span bytes, struct fault *f);

/* All that read(2) gives until its end; EINTR does not end it. */
int spill_put_all(struct spill *s, int fd, struct fault *f);

/*
 * The piece at *at, which is moved behind it: 1, 0 at the end, -1. It is valid
 * until the next call with this spill.
 */
int spill_next(struct spill *s, off_t *at, struct span *piece, struct fault *f);

/* A descriptor whose content is the bytes, for pread(2); it belongs to the spill. */
int spill_file(struct spill *s, struct fault *f);

#endif
