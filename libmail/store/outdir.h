/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_OUTDIR_H
#define LIBMAIL_STORE_OUTDIR_H

/*
 * outdir - a directory into which files from strangers are put: by safe names, and nothing that is there is ever
 * followed or overwritten.
 *
 * Files are made with openat(2), O_CREAT, O_EXCL and O_NOFOLLOW, relative to a descriptor of the directory, so a
 * symbolic link that waits there is a name that is taken. Names that are taken, in the directory or by what was put
 * there before, get numbers: "plan.pdf", "plan-2.pdf". What could not be written whole is removed again.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/map.h"
#include "base/span.h"

enum { OUTDIR_NUMBER_MAX = 1000000 /* files of one name */ };

struct outdir {
	int fd;
	const char *path;
	bool replace; /* set by the caller: what is there is removed first, unless it was put there by this one */
	bool dotted;  /* set by the caller: names that are taken get ".1" at their end, not "-2" before the extension */
	struct arena arena;
	struct map used; /* safe name: how many files have it */
};

struct outdir_file {
	struct outdir *dir;
	int fd;
	const char *name; /* in the directory; the outdir's arena */
	uint64_t size;	  /* octets written */
};

/* `path` must stay. Made, with its parents, if it is missing and `make` is set. */
int outdir_open(struct outdir *o, const char *path, bool make, struct fault *f);
void outdir_close(struct outdir *o);

/*
 * Begin a file. `wanted` is a name as a stranger wrote it, or empty; `otherwise` is taken when nothing of that is left.
 * `prefix`, which may be "", stands in front.
 */
int outdir_begin(struct outdir *o, const char *prefix, struct span wanted, const char *otherwise,
		 struct outdir_file *out, struct fault *f);
int outdir_put(struct outdir_file *file, struct span bytes, struct fault *f);
/* Close it; `modified` are seconds since 1970 for the file, 0: now. */
int outdir_end(struct outdir_file *file, int64_t modified, struct fault *f);
/* Close and remove it. */
void outdir_abort(struct outdir_file *file);

#endif
