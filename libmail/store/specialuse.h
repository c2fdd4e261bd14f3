/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_SPECIALUSE_H
#define LIBMAIL_STORE_SPECIALUSE_H

/*
 * specialuse - what folders are for: \Sent, \Trash and the like, RFC 6154 and RFC 8457.
 *
 * A folder's uses are its annotation /private/specialuse (store/metadata.h), words with blanks between. For a use that
 * no folder was given, the folder that is called as such folders mostly are ("Sent", "Trash") has it.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "store/folders.h"

enum {
	SPECIALUSE_ALL = 1,
	SPECIALUSE_ARCHIVE = 2,
	SPECIALUSE_DRAFTS = 4,
	SPECIALUSE_FLAGGED = 8,
	SPECIALUSE_JUNK = 16,
	SPECIALUSE_SENT = 32,
	SPECIALUSE_TRASH = 64,
	SPECIALUSE_IMPORTANT = 128,
};

#define SPECIALUSE_ENTRY "/private/specialuse"

/* The bit of an attribute ("\Sent", in any case); 0: there is no such use. */
unsigned specialuse_find(struct span attribute);
/* Of an annotation's value; words that are no use are passed over. */
unsigned specialuse_parse(struct span value);
/* Words with blanks between. */
void specialuse_put(struct buf *out, unsigned uses);

/* The uses of each of n folders, in the arena. -1 temporary. */
int specialuse_load(struct folders *t, struct arena *a, const char *const *names, size_t n, unsigned **uses,
		    struct fault *f);

/* Give a folder these uses, or none. */
int specialuse_set(struct folders *t, struct span name, unsigned uses, struct fault *f);

#endif
