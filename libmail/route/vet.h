/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_VET_H
#define LIBMAIL_ROUTE_VET_H

/*
 * vet - read every table of a route, and say what is wrong with its lines (letterbox config --check).
 *
 * Errors are what makes mail wait: files that cannot be read, lines that are no entries, values that cannot be
 * understood. Warnings are what is never found: a second entry with the same key, a key of a form that is not looked
 * up. Linear in the size of the files.
 */

#include "route/audit.h"
#include "route/route.h"

struct vet {
	struct route *route;
	void *ctx;
	void (*report)(void *ctx, const struct audit_finding *finding);
	/* the results */
	size_t errors, warnings;
	size_t files, entries;
};

/* With the first three members set. */
void vet_run(struct vet *v);

/*
 * After that, a table that somebody else reads: the parameter's name and value, and who says what is wrong with a value
 * (in a fault with `place` in front); NULL takes any.
 */
typedef int (*vet_value)(struct arena *a, const char *place, struct span value, struct fault *f);
void vet_table(struct vet *v, const char *name, const char *list, vet_value value);

#endif
