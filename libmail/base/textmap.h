/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_TEXTMAP_H
#define LIBMAIL_BASE_TEXTMAP_H

/*
 * textmap - a text file of "key: value" or "key value" lines, searched as it is.
 *
 * There is no index file to rebuild. The file is read whole when it is first
 * needed and again when it changed; a few look-ups scan the text
 * (about 1 ms for 5 MB), and a process that asks for more gets an index in memory, so that n look-ups
 * take linear time. Of several lines with the same key the first counts.
 *
 * Lines that begin with "#", empty lines, and lines without a key and what follows it are no
 * entries. In the aliases and the table form a line that begins with a blank
 * continues the entry before it, comment lines within an entry are
 * skipped, and keys are the same in upper and lower case (ASCII). An alias's key may be "quoted".
 * A table's key ends at its first blank outside of double quotes, which stay part of it as in the address
 * "al b"@example.org; its value is one line without blanks at its ends, whatever lines it came from, and not empty.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/map.h"
#include "base/span.h"

enum textmap_form {
	TEXTMAP_PLAIN,	 /* passwd-file: one line an entry, exact keys */
	TEXTMAP_ALIASES, /* aliases(5) */
	TEXTMAP_TABLE,	 /* the "key value" lines of Postfix's tables, before postmap(1) */
};

enum { TEXTMAP_SCANS = 8 /* look-ups that scan before the index is built */ };

/* An entry. The spans point into the map (an escaped key, a value that was joined: into its arena) and live until the
 * next refresh. */
struct textmap_entry {
	struct span key; /* without its quotes */
	struct span
		value; /* what follows the colon, with the newlines of continuation lines in it; in a table without */
	size_t line;   /* its first line's number, from 1 */
};

struct textmap {
	const char *path;
	enum textmap_form form;
	size_t max;
	struct arena arena;
	struct span text;
	struct stat seen; /* of the file that was read; its owner and mode are asked for by callers */
	bool loaded;
	bool unsettled; /* changed so shortly before that another change may not show in its times */
	unsigned scans;
	struct map index;
};

/* `path` must outlive the map. Files above max bytes are refused. */
void textmap_init(struct textmap *t, const char *path, enum textmap_form form, size_t max);
void textmap_clear(struct textmap *t);

/*
 * Look whether the file changed, and read it if so. 1 it is there, 0 there is no such file (the map is
 * then empty), -1 it cannot be read now (temporary; the map is empty).
 */
int textmap_refresh(struct textmap *t, struct fault *f);

/* The first entry with this key: true if there is one. An empty key is never found. */
bool textmap_find(struct textmap *t, struct span key, struct textmap_entry *out);

/* All entries in order. Begin with a zeroed walk. */
struct textmap_walk {
	size_t at;
	size_t line; /* lines before `at` */
};

/*
 * The next entry: 1; 0 at the end; -1 at a line that is no entry: out->line and out->value are that line, and the
 * call may be repeated for what follows.
 */
int textmap_next(struct textmap *t, struct textmap_walk *walk, struct textmap_entry *out);

#endif
