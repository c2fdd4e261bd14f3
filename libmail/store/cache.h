/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_CACHE_H
#define LIBMAIL_STORE_CACHE_H

/*
 * cache - the messages of a folder as one array each of UIDs, flags and sizes, in memory and in the file
 * letterbox.cache.
 *
 * With it a folder that nobody touched since is opened by three stat(2) calls and one read. It is only a cache: it can
 * be removed at any time and is made anew, it has a version and checksums, and one that is of another version, of
 * another kind of machine, damaged or older than what it describes is not used. It is read and never mapped. What it
 * holds beyond the files of the folder are sizes that had to be counted, and, should dovecot-uidlist be lost, the UIDs.
 *
 * Memory: 20 octets a message. The names stay in the file (about 60 octets a message) and are read where one is needed;
 * only what was not written yet is in memory. The file is replaced as a whole, so the descriptor keeps the names that
 * belong to the arrays.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "store/stamp.h"
#include "store/uidlist.h"

#define CACHE_FILE "letterbox.cache"

#define CACHE_UNKNOWN UINT64_MAX /* a size that nobody has asked for yet */

enum {
	CACHE_MESSAGES_MAX = 4 << 20, /* in one folder */
	CACHE_TEXT_MAX = 512,	      /* octets in a UIDL or GUID of the uidlist that is used */
};

struct cache {
	/* What it was true of. It is of use only if `settled`: see store/stamp.h. */
	struct stamp uidlist, cur, new;
	bool settled;
	uint32_t uidvalidity, next_uid;
	char guid[UIDLIST_GUID + 1];
	uint32_t in_new; /* how many were in new/ */
	bool has_uidl;	 /* the uidlist has P fields */
	bool has_order;	 /* and O fields: uidlist_order() */

	size_t n;
	uint32_t *uid; /* ascending */
	uint32_t *flags;
	uint64_t *size; /* octets with CR LF line ends, or CACHE_UNKNOWN */
	uint32_t *at;	/* where the name is */
	void *block;	/* the memory of the four */

	int fd; /* of the file whose names these are, -1: none */
	uint64_t names_at, names_n;
	struct buf names; /* those that are not in the file */
	bool changed;	  /* since it was read or written */
	bool resting;	  /* the arrays are only in the file: cache_wake() */
};

/* One message's name, and what the uidlist says of it that is not in the name. */
struct cache_name {
	char name[NAME_MAX + 1];
	bool in_new;		       /* else it is in cur/ */
	char uidl[CACHE_TEXT_MAX + 1]; /* P; "" if there is none */
	char guid[CACHE_TEXT_MAX + 1]; /* G; "" if there is none */
};

/* The same to be kept; the spans are the caller's. */
struct cache_label {
	struct span name, uidl, guid;
	bool in_new;
};

static inline struct cache_label cache_label(const struct cache_name *n)
{
	return (struct cache_label){ span_str(n->name), span_str(n->uidl), span_str(n->guid), n->in_new };
}

void cache_init(struct cache *c);
void cache_clear(struct cache *c);

/* Read the file: 1; 0 when there is none that can be used; *c is then empty. Never fails. */
int cache_read(struct cache *c, int dir);

/*
 * Replace the file, by way of tmp/ in the folder, and give up the names in memory. Not synced, as it can be made anew.
 * -1: it could not be written; *c is as useful as before. Not while a message is marked as gone.
 */
int cache_write(struct cache *c, int dir, struct fault *f);

/*
 * The arrays are what the file says: give their memory up, until cache_wake(). Does nothing where they have changed.
 * -1: the file cannot be read any more.
 */
void cache_rest(struct cache *c);
int cache_wake(struct cache *c, struct fault *f);

/* Make room for n messages, all fields unset; what was there is given up. */
void cache_resize(struct cache *c, size_t n);

/* As many more at the end, all their fields unset. */
void cache_extend(struct cache *c, size_t more);

/* Set a message's name; the UIDL and the GUID have at most CACHE_TEXT_MAX octets. */
void cache_set_name(struct cache *c, size_t i, const struct cache_label *label);

/* A message's name: 0, or -1 when the file was damaged after it had been read. */
int cache_find_name(struct cache *c, size_t i, struct cache_name *out);

/* The message with this UID; false if there is none. */
bool cache_find(const struct cache *c, uint32_t uid, size_t *i);

/* The message has been removed. It keeps its place until cache_drop_gone(), which moves those behind it. */
void cache_mark_gone(struct cache *c, size_t i);
bool cache_is_gone(const struct cache *c, size_t i);
void cache_drop_gone(struct cache *c);
/* What an older state of the folder has and this one has not joins it, marked as gone: how many messages that is. */
size_t cache_keep_gone(struct cache *c, const struct cache *old);

#endif
