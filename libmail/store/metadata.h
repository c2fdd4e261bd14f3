/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_METADATA_H
#define LIBMAIL_STORE_METADATA_H

/*
 * metadata - annotations of a folder, or of the whole account: RFC 5464's entries and their values.
 *
 * The file "letterbox.metadata" in the folder's directory, so that it goes where the folder goes; for the account
 * "letterbox.account-metadata" in the root. A line for each entry, its name and its value with a blank between; octets
 * that are not printable ASCII, blanks and "%" are written "%XX". It is replaced as a whole, durably, under a lock file
 * of its own, so all of a change is made or none of it. Lines that are no entry are left out when it is written anew.
 *
 * Names are "/private/..." or "/shared/...", the same in upper and lower case; whoever owns the mail owns both.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	METADATA_NAME_MAX = 255,     /* octets */
	METADATA_VALUE_MAX = 61440,  /* octets; 552 5.3.4 beyond it. Less than an IMAP command may have */
	METADATA_ENTRIES_MAX = 100,  /* in a folder; 552 5.3.0 beyond it */
	METADATA_FILE_MAX = 4 << 20, /* octets in the file, a permanent fault, 552 5.3.4, beyond it */
};

#define METADATA_FILE	      "letterbox.metadata"
#define METADATA_ACCOUNT_FILE "letterbox.account-metadata"

enum metadata_of { METADATA_FOLDER, METADATA_ACCOUNT };

struct metadata_entry {
	struct span name;  /* in lower case */
	struct span value; /* .p NULL, in a change: remove it */
};

struct metadata {
	struct metadata_entry *entries;
	size_t n;
};

/* May it be an entry's name? A permanent fault, 550 5.1.3, says why not. */
int metadata_check_name(struct span name, struct fault *f);

/* All entries of the folder `dir`, in the file's order; a missing file has none. -1 temporary. */
int metadata_read(struct arena *a, int dir, enum metadata_of of, struct metadata *out, struct fault *f);

/* The value; .p NULL if there is no such entry. */
struct span metadata_find(const struct metadata *m, struct span name);

/* Set and remove n entries, whose names have been checked. */
int metadata_set(int dir, enum metadata_of of, const struct metadata_entry *changes, size_t n, struct fault *f);

/* The two forms, for tests: understand a file's text, which is borrowed; put it. */
struct buf;
void metadata_parse(struct arena *a, struct span text, struct metadata *out);
void metadata_put(struct buf *out, const struct metadata *m);

#endif
