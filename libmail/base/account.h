/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_ACCOUNT_H
#define LIBMAIL_BASE_ACCOUNT_H

/*
 * account - who a process acts for: a name, ids, a home directory.
 *
 * Plain data; auth/users.h finds accounts by name. A virtual account without
 * ids of its own carries those of the process.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/fault.h"

struct account {
	const char *name;
	uid_t uid;
	gid_t gid;
	const char *home;
	const char *full_name;	/* may be "" */
	const char *mail;	/* its mail_location, expanded: "maildir:/home/al/Maildir" */
	const char *quota_rule; /* how much its mailbox may hold (store/quota.h); NULL: nothing is said */
	bool quota_full_tempfail;
	bool is_virtual; /* known to be none of the system's: not even its groups have to be looked up */
};

/*
 * The system's account of exactly this name, or with this user id: 1 found, 0 there is none, -1 cannot be
 * known now (temporary). *out lives in the arena; `mail` is "".
 */
int account_find(struct arena *a, const char *name, struct account *out, struct fault *f);
int account_find_uid(struct arena *a, uid_t uid, struct account *out, struct fault *f);

/* The id of the system's group of this name: 1, 0, -1 as above. */
int account_find_group(const char *name, gid_t *out, struct fault *f);

#endif
