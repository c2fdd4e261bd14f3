/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_TALLY_H
#define LIBMAIL_BASE_TALLY_H

/*
 * tally - how often something happened lately, for each of many keys, counted by all processes together.
 *
 * A table of fixed size in a file that they map: each key is one 64-bit word that is only changed as a whole, so there
 * is no lock that somebody could hold, and a process that is killed leaves nothing half done. Only a keyed hash of the
 * key is kept, so nobody can choose keys that meet, and who reads the file learns none. When a part of the table is
 * full, what was counted longest ago is forgotten; so is what is older than the form says.
 *
 * A file of another form is made anew. What is in the words may be anything: at worst a count is lost or a stranger has
 * one. The file is private to its owner (mode 0600), as a secret is in it too.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

enum {
	TALLY_COUNT_MAX = 250, /* what is counted up to */
	TALLY_SECRET = 32,     /* octets */
	TALLY_WAYS = 8,	       /* words that one key can have */
	TALLY_TICK = 16,       /* seconds: how exact times are */
	TALLY_SECONDS_MAX = 7 * 86400,
};

struct tally_form {
	char magic[17];	  /* 16 octets that begin the file */
	const char *what; /* "failed logins", for faults */
	uint32_t words;	  /* a multiple of TALLY_WAYS */
	long seconds;	  /* after which a key is forgotten, at most TALLY_SECONDS_MAX... */
	bool from_first;  /* ...from its first time on, else from its last */
};

struct tally {
	const struct tally_form *form;
	struct tally_table *table; /* NULL: not open, nothing is counted */
};

/* Open or make the file `name` in a directory. The form must stay. */
int tally_open(struct tally *t, const struct tally_form *form, int dir, const char *name, struct fault *f);
/* Where there can be no file: for this process and those that it forks from now on. */
int tally_share(struct tally *t, const struct tally_form *form, struct fault *f);
void tally_close(struct tally *t);

/* How often, up to TALLY_COUNT_MAX? */
unsigned tally_count(const struct tally *t, struct span key);
/* Once more: the new count; 1 if the table is not open. */
unsigned tally_add(struct tally *t, struct span key);
/* The same, but not if the key's last mark was this one. Of a mark 8 bits of a hash are kept: one in 256 others is
 * taken for it. */
unsigned tally_add_marked(struct tally *t, struct span key, struct span mark);

/* Bytes that nobody else knows, the same for all who use the file, as long as it is there. */
struct span tally_secret(const struct tally *t);

#endif
