/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_INSERT_H
#define LIBMAIL_STORE_INSERT_H

/*
 * insert - put messages into cur/ of a folder, with flags and UIDs: all of them or none. What IMAP's APPEND
 *(store/save.h) and COPY and MOVE (mailbox_copy()) have in common.
 *
 *	insert_open(&t, path, limits, &f)
 *	insert_reserve(&t, octets, messages, &f)      quota, for all
 *	insert_begin(&t, messages, &f)                the folder's lock
 *	bit = insert_keyword(&t, name, &f)            the bit of a keyword in this folder
 *	insert_take(&t, ...)                          for each file
 *	insert_commit(&t, &f)                         t.uidvalidity, and UIDs from t.first on, in the order of the calls
 *	insert_close(&t)                              what was not committed is undone
 *
 * Under the lock the files get their names, then the uidlist gets its records and is synced, then the directory is. Of
 * several that are not moved store/intent.h remembers the names: when their writer is killed in between, whoever looks
 *next takes back those that are there. Who moves messages leaves them where they are, whole and without a UID, as
 *deliveries do; so does a power failure.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "store/intent.h"
#include "store/keywords.h"
#include "store/lock.h"
#include "store/quota.h"
#include "store/uidlist.h"

enum insert_how {
	INSERT_LINK, /* the file stays where it was, too */
	INSERT_MOVE, /* it is taken from there, and put back if it is undone */
	INSERT_GIVE, /* it was made for this, and is removed if it is undone */
};

/* What a message has here. */
struct insert_terms {
	uint64_t size, virtual; /* as in a name; MSGNAME_UNKNOWN if that is not known */
	uint32_t flags;
	const char *guid; /* if it is that of another message; or "" */
};

struct insert_item {
	const char *from, *name;
	int dir; /* that it came from */
	enum insert_how how;
};

struct insert {
	const char *path;
	int dir, tmp, cur;
	struct lock lock;
	bool is_batch; /* several are to come */
	struct intent intent;
	struct keywords keywords;
	struct uidlist uids;
	struct arena arena;
	int64_t octets, messages; /* reserved, not committed yet */
	/* The caller's: what goes as soon as the rest is there, so that room is needed for the difference only. */
	int64_t freed_octets, freed_messages;
	struct insert_item *items;
	size_t n, room;
	/* After insert_commit(). */
	uint32_t uidvalidity, first;
};

/* `path` lives as long. -1: temporary, with ENOENT kept in errno when there is no such folder. */
int insert_open(struct insert *t, const char *path, struct fault *f);
void insert_close(struct insert *t);

/* Is there a quota, so that sizes have to be known? */
bool insert_is_limited(const struct insert *t, const struct quota_limits *limits);

/* May so much be added? 552 5.2.2 or 452 4.2.2 if not. To be called once. `limits` as for quota_read(). */
int insert_reserve(struct insert *t, const struct quota_limits *limits, int64_t octets, int64_t messages,
		   struct fault *f);

/* One message of so many octets was reserved for, and is not put here after all. */
void insert_return(struct insert *t, int64_t octets);

/*
 * Take the lock, and learn where UIDs are. A uidlist that is missing or damaged is mended, and what somebody has left
 * half done is undone. So many messages are to come at most. -1 temporary.
 */
int insert_begin(struct insert *t, size_t messages, struct fault *f);

/* The flag bit of a keyword in this folder; 0 when it can have no letter here; -1 temporary. */
int insert_keyword(struct insert *t, struct span name, uint32_t *bit, struct fault *f);

/*
 * Put the file `name` of the directory `dir` here, by a name of its own. The caller keeps `dir` open. -1 with errno:
 * ENOENT when it is gone; EXDEV, EMLINK and EPERM when it has to be copied.
 */
int insert_take(struct insert *t, int dir, const char *name, enum insert_how how, const struct insert_terms *terms,
		struct fault *f);

/* Durable on 0. On -1 (temporary) all is as it was. */
int insert_commit(struct insert *t, struct fault *f);

#endif
