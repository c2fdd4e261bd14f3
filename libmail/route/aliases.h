/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_ALIASES_H
#define LIBMAIL_ROUTE_ALIASES_H

/*
 * aliases - the alias files.
 *
 * aliases(5): "name: value, value", "#" comments, a line that begins with a blank continues the one before; names in
 * double quotes if they have a colon or blanks in them, without regard to case, without domain.
 * The value's elements are read by entry.h. The text itself is searched, see base/textmap.h. The
 * first file that has a name counts, and in it the first line.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/textmap.h"
#include "route/entry.h"

/* The file that may be missing: where nobody has aliases, none is made. */
#define ALIASES_USUAL "/etc/aliases"

enum { ALIASES_FILE_MAX = 64 << 20, ALIASES_NAME_MAX = 1000 /* octets; longer names are never found */ };

struct aliases_file {
	const char *path;
	struct textmap map;
};

struct route_aliases {
	struct aliases_file *v;
	size_t n;
};

/* Its spans live until the next aliases_refresh(). */
struct alias {
	struct span name;
	struct span value;
	const struct aliases_file *file;
	size_t line;
};

/*
 * The files of alias_maps: absolute paths, separated by commas or blanks, each with or without a type in front
 * ("hash:"), which is ignored where it is one that is made from a text file. Nothing is read yet.
 */
int aliases_open(struct arena *a, const char *alias_maps, struct route_aliases *out, struct fault *f);
void aliases_close(struct route_aliases *t);

/*
 * Read what is new or changed. ALIASES_USUAL is empty when it is missing. Another file that is missing, one that cannot
 * be read, or that everybody may write, is a temporary fault.
 */
int aliases_refresh(struct route_aliases *t, struct fault *f);

/* Is there an alias of this name? */
bool aliases_find(struct route_aliases *t, struct span name, struct alias *out);

/* The elements of its value. */
void aliases_entries(const struct alias *alias, struct entries *out);

/*
 * All aliases of one file, as textmap_next(): -1 at a line that is none, or whose name cannot be one; the fault says
 * "FILE:LINE: what", and out->line is that line.
 */
int aliases_next(struct aliases_file *file, struct textmap_walk *walk, struct alias *out, struct fault *f);

#endif
