/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_QUOTA_H
#define LIBMAIL_STORE_QUOTA_H

/*
 * quota - how much a Maildir++ holds and may hold: the file maildirsize.
 *
 *	<octets>S,<messages>C
 *	<octets> <messages>       one line for each change, the first the sum when the file was made
 *
 * Everybody who delivers or removes appends a line, in one write. The file is made anew, from the names of all files
 * (S=, else their size), when it is missing, damaged, longer than QUOTA_FILE_MAX, of other limits, or leaves
 * no room for a message and may not be right: it has more lines than one or is older than QUOTA_OLD seconds. All
 *folders count, new and read. As deliverers do not wait for each other, several at once may exceed the limit by a
 *message each.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"

enum {
	QUOTA_FILE_MAX = 5120, /* octets */
	QUOTA_OLD = 15 * 60,   /* seconds */
};

/* 0: no limit. */
struct quota_limits {
	int64_t octets, messages;
	bool tempfail; /* quota_full_tempfail: over quota is 452 4.2.2 instead of 552 5.2.2 */
};

struct quota {
	struct quota_limits limits;
	int64_t octets, messages; /* used */
	bool exact;		  /* counted shortly before */
	bool has_file;		  /* there is something to note changes in */
};

/*
 * A limit in Dovecot's form: "*:storage=1G:messages=1000", also "*:bytes=...". Sizes: b k M G T; `storage` without a
 * letter is in kilobytes. "" is no limit. A usage fault for other mailboxes than "*", and for what is relative
 * ("+10%").
 */
int quota_parse_rule(const char *rule, struct quota_limits *out, struct fault *f);

/*
 * What the Maildir at `dir`, its root, uses. Without limits those in the file count; without a file there is then
 * nothing to count, and all is 0. -1 temporary.
 */
int quota_read(struct quota *q, int dir, const struct quota_limits *limits, struct fault *f);

/* Count anew whatever the file says. */
int quota_recalculate(struct quota *q, int dir, const struct quota_limits *limits, struct fault *f);

/*
 * May so many octets in so many messages be added? What adds neither of them always may. Counts anew before it says no.
 * A fault if not: 552 5.2.2, or temporary 452 4.2.2.
 */
int quota_check(struct quota *q, int dir, int64_t octets, int64_t messages, struct fault *f);

/*
 * Note a change, negative when something was removed. Does nothing where there is no file. Failing is no fault: the
 * file is then removed, so that it is counted anew.
 */
void quota_note(int dir, int64_t octets, int64_t messages);

/* Is it one below a root? Such a one has a file "maildirfolder" in it. */
bool quota_is_folder(int dir);
/* The root of the tree that the folder `dir` is in: a new descriptor, or -1. */
int quota_root(int dir);

#endif
