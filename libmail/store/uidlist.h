/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_UIDLIST_H
#define LIBMAIL_STORE_UIDLIST_H

/*
 * uidlist - the file dovecot-uidlist: which UID each message of a Maildir folder has.
 *
 *	3 V<uidvalidity> N<next uid> G<32 hex digits of the folder's GUID> [other fields]
 *	<uid> [<key><value> ...] :<base name>
 *
 * This is the only authority on UIDs, shared with Dovecot, so that a Maildir can be served by either. UIDs ascend and
 * are never given twice. Records of messages that are gone may stay for a while. Keys: S and W, sizes as in
 * file names; P, a UIDL from another server; O, its place in POP3; G, a GUID (else the base name is it); others are
 *kept. The next UID is the larger of N and the last record's plus one, as lines are appended without a change of N.
 *Version 1 ("1 <uidvalidity> <next uid>", "<uid> <name>": Dovecot 1.0, Courier) is read, and written as version 3.
 *
 * It is read without a lock: lines are only ever appended, else a new file is renamed into place. Whoever writes
 * holds lock_uidlist (store/lock.h), has read the file since, and passes the lock.
 *
 * In a damaged file the records before the damage count, as with Dovecot. The caller gives those behind it new UIDs,
 *unless he knows better (store/cache.h), and writes it anew; the uidvalidity stays when the first line is whole.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "store/lock.h"
#include "store/stamp.h"

#define UIDLIST_FILE "dovecot-uidlist"

enum {
	UIDLIST_FILE_MAX = 512 << 20, /* octets in the file; beyond it, temporary fault */
	UIDLIST_GUID = 32,	      /* hex digits */
	UIDLIST_LINE_MAX = 4096,      /* octets in a record that is believed */
	/* octets of records that uidlist_read_end() reads at most */
	UIDLIST_END_MAX = 16 * (UIDLIST_LINE_MAX + 2),
};

struct uidlist_record {
	uint32_t uid; /* 0: to be left out when the file is written */
	uint16_t fields_n, base_n;
	const char *fields; /* "S123 W130", without blanks around it */
	const char *base;
};

struct uidlist {
	struct uidlist_record *records; /* by UID */
	size_t n, room;
	uint32_t uidvalidity; /* 0: none yet */
	uint32_t next_uid;
	char guid[UIDLIST_GUID + 1]; /* "" if none yet */
	struct span extra;	     /* other fields of the first line */
	unsigned version;	     /* 0: there is no file */
	size_t damaged_line;	     /* 0: all is well; else the first line that could not be understood */
	bool torn;		     /* the last line has no end: a writer stopped, or is just writing */
	struct stamp stamp;	     /* of the file that was read */
	char *text;		     /* the file */
	struct arena added;	     /* base names of records that were added */
};

/* A zeroed struct is an empty one. */
void uidlist_clear(struct uidlist *u);

/*
 * Understand the text, which is borrowed. Never fails: see damaged_line. Linear, one pass; 100,000
 * records take a few milliseconds.
 */
void uidlist_parse(struct uidlist *u, struct span text);

/* Read the file in the directory: 1, 0 there is none, -1 (temporary). What *u held is given up. */
int uidlist_read(struct uidlist *u, int dir, struct fault *f);

/*
 * Only its first line and the records of UIDs from `from` on, for whoever adds messages or knows those before: as
 * uidlist_read() without the others, next_uid and stamp being right. 0: there is no file, or it is one that has to be
 * read whole (damaged, torn, of version 1, without GUID), or they take more than UIDLIST_END_MAX octets.
 */
int uidlist_read_end(struct uidlist *u, int dir, uint32_t from, struct fault *f);

/* Is there a record of one of these base names? 1, 0; -1: it cannot be read, or is no list of version 3. */
int uidlist_has_any(int dir, const struct span *bases, size_t n);

/* A field's value; .p is NULL if there is none. */
struct span uidlist_field(const struct uidlist_record *r, char key);

/* O: 1 and up, the message's place in POP3 sessions; 0: none, it comes behind those that have one. */
uint32_t uidlist_order(const struct uidlist_record *r);

/* Add a message behind all others, with the next UID, which is returned; 0 when there are no more. Its fields: "". */
uint32_t uidlist_add(struct uidlist *u, struct span base);

/*
 * Write records[first ..] to the end of the file: durable, or not there at all. -1, temporary (452 4.3.1 when the disk
 * is full): the UIDs must not be told to anybody.
 */
int uidlist_append(struct uidlist *u, int dir, const struct lock *l, size_t first, struct fault *f);

/* Write the file anew, in place of the old one: durable. A missing uidvalidity or GUID must have been filled in. */
int uidlist_rewrite(struct uidlist *u, int dir, const struct lock *l, struct fault *f);

/* A random GUID. */
void uidlist_make_guid(char out[UIDLIST_GUID + 1]);

#endif
