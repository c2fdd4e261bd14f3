/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_AUDIT_H
#define LIBMAIL_ROUTE_AUDIT_H

/*
 * audit - read the alias files as newaliases(1) does, and say everything that is wrong with them.
 *
 * Errors are what would make mail wait or come back: lines that are no aliases, elements that cannot be read,
 * loops. Warnings are what may be meant: a second alias of the same name, local users that do not
 * exist, files that cannot be read now, no alias and no account for postmaster. :include: files are read
 * too. Linear in the size of the files, whatever refers to what.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "route/route.h"

struct audit_finding {
	bool error;
	const char *file;
	size_t line; /* 0: the file as a whole */
	const char *text;
};

struct audit_counts {
	const char *file;
	bool exists;
	size_t aliases;
	size_t longest; /* octets of the longest value */
	size_t bytes;	/* octets of all names and values */
};

struct audit {
	struct route *route;
	void *ctx;
	void (*report)(void *ctx, const struct audit_finding *finding);
	/* After each file; may be NULL. */
	void (*summary)(void *ctx, const struct audit_counts *counts);
	/* the results */
	size_t errors, warnings;
	/* its own */
	struct arena arena;
	struct map included, walked;
};

/* With the first four members set. -1: an alias file cannot be read at all. */
int audit_run(struct audit *au, struct fault *f);

#endif
