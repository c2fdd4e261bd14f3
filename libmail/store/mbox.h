/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MBOX_H
#define LIBMAIL_STORE_MBOX_H

/*
 * mbox - append to an mbox file: "From " line, ">From " quoting (mboxrd), an
 * empty line behind. Locked as store/mboxlock.h has it; what a failed append wrote is truncated away.
 */

#include <stdint.h>

#include "base/disk.h"
#include "base/fault.h"
#include "store/lock.h"

struct mbox_writer {
	const char *path;
	struct lock lock;
	off_t before; /* size to return to */
	bool at_line_start;
	size_t held; /* bytes of a possible ">*From " at the start of a line */
	char hold[8];
	size_t quotes; /* ">" seen in front of it */
	struct disk_out out;
};

/* Opens (creating it, mode 0600), locks, writes the "From sender date" line. */
int mbox_begin(struct mbox_writer *w, const char *path, const char *sender, int64_t when, struct fault *f);
void mbox_put(struct mbox_writer *w, const void *p, size_t n);
/* Durable on return 0. */
int mbox_commit(struct mbox_writer *w, struct fault *f);
void mbox_abort(struct mbox_writer *w);

#endif
