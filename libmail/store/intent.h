/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_INTENT_H
#define LIBMAIL_STORE_INTENT_H

/*
 * intent - which files are about to be put into a folder together: so that, when their writer is killed half-way,
 *whoever looks at the folder next takes back those that are there already. Then there are all of them or none.
 *
 *	intent_open(&t, dir, &f)                      the folder's uidlist is locked (store/lock.h)
 *	intent_add(&t, name, &f)                      before the file gets this name in cur/
 *	... the uidlist gets their records, which is what makes them messages
 *	intent_close(&t)                              also when they were taken back
 *
 *	intent_settle(dir, cur, &f)                   whoever has the lock, before he gives UIDs
 *
 * The file "letterbox.intent" in the folder: a line for each name, written before the name is. It is locked (fcntl(2))
 *by its writer as long as he lives. What counts is the last name: if the uidlist has it the messages are there, and the
 * file is only left over. Else those of its names are removed that the uidlist does not have. It is not synced: it
 *holds against a writer that ends, not against power that fails.
 */

#include "base/fault.h"
#include "base/span.h"

#define INTENT_FILE "letterbox.intent"

enum { INTENT_FILE_MAX = 8 << 20 /* octets of one that is believed */ };

/* A zeroed struct is none. */
struct intent {
	int dir, fd;
	bool is_open;
};

/* 0; -1 temporary. `dir` stays open. One that was left over is settled before. */
int intent_open(struct intent *t, int dir, struct fault *f);
int intent_add(struct intent *t, const char *name, struct fault *f);
void intent_close(struct intent *t);

/* 1: files were removed from cur/; 0: there is nothing to be done, or its writer lives; -1 temporary. */
int intent_settle(int dir, int cur, struct fault *f);

#endif
