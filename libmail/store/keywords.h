/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_KEYWORDS_H
#define LIBMAIL_STORE_KEYWORDS_H

/*
 * keywords - the file dovecot-keywords: which keyword each of the letters a to z in file names stands for.
 *
 * Lines "<0 to 25> <keyword>", shared with Dovecot. There is room for 26; who wants to set another is told that there
 * is none. It is read without a lock and written, by rename, under lock_uidlist. Keywords are the same in upper and
 * lower case (RFC 9051 2.3.2). Letters stay taken when no message has them any more.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "store/lock.h"
#include "store/msgname.h"
#include "store/stamp.h"

#define KEYWORDS_FILE "dovecot-keywords"

enum {
	KEYWORDS_FILE_MAX = 64 << 10,
	KEYWORDS_NAME_MAX = 200, /* octets in a keyword */
};

struct keywords {
	const char *names[MSGNAME_KEYWORDS]; /* NULL: that letter is free */
	struct stamp stamp;
	struct arena arena;
};

/* A zeroed struct is an empty one. */
void keywords_clear(struct keywords *k);

/* Lines that say nothing sensible are passed over. */
void keywords_parse(struct keywords *k, struct span text);

/* Read the file if it changed: 0, also when there is none; -1 temporary. */
int keywords_read(struct keywords *k, int dir, struct fault *f);

/* The letter's number of a keyword; -1 if it has none. */
int keywords_find(const struct keywords *k, struct span name);

/*
 * Give a keyword a letter: its number, also when it had one already. -1: all are taken (permanent), it is no IMAP
 * atom (permanent), or the file cannot be written (temporary). The caller has the lock and has read the file since.
 */
int keywords_add(struct keywords *k, int dir, const struct lock *l, struct span name, struct fault *f);

/* May it be one: an atom (RFC 9051 9) that does not begin with a backslash, of at most KEYWORDS_NAME_MAX octets? */
bool keywords_is_valid(struct span name);

#endif
