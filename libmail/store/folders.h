/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_FOLDERS_H
#define LIBMAIL_STORE_FOLDERS_H

/*
 * folders - the tree of folders in a Maildir++: INBOX is the Maildir itself, the folder a/b is the directory .a.b in
 * it.
 *
 * Names here are UTF-8, levels are separated by "/". On disk each level is in modified UTF-7, as Dovecot and
 * Courier write it; a "." or "\" in a level is written "\2e", "\5c", as Dovecot's listescape plugin does. A name
 * can be neither empty nor longer than NAME_MAX on disk, nor have an empty level or a control character, so it never
 * leaves the mail directory. INBOX is the same in upper and lower case, also as a first level.
 *
 * No folder is made, or renamed to, whose name has a level "." or ".."; one that exists is a folder like others.
 *
 * Directories that no name gives (made by other software: 8-bit, bad encodings) are listed by their bytes if
 * those are UTF-8, and found by them; others are passed over. Links are not followed.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	FOLDERS_MAX = 100000,	 /* folders in one tree that are listed; more is a temporary fault */
	FOLDERS_NAME_MAX = 1000, /* octets in a name */
};

struct folders {
	char root[PATH_MAX];
	int fd;
};

/* The Maildir must exist. -1 temporary, errno kept. */
int folders_open(struct folders *t, const char *root, struct fault *f);
void folders_close(struct folders *t);

/* All folders by name, INBOX first. Names live in the arena. A level that has folders below but is none itself is not
 * listed. */
int folders_list(struct folders *t, struct arena *a, const char *const **names, size_t *n, struct fault *f);

/* May it be the name of a folder? A permanent fault says why not. */
int folders_check_name(struct span name, struct fault *f);

/* The name as it is compared: INBOX in upper case. */
const char *folders_normal_name(struct arena *a, struct span name);

/* The folder's path, for mailbox_open(), and whether it is there: 1, 0, -1 when it cannot be a name (permanent) or be
 * known. */
int folders_find(struct folders *t, struct span name, char path[PATH_MAX], struct fault *f);

/* Each -1: permanent when the name is wrong, exists already or not at all; else temporary. */
int folders_create(struct folders *t, struct span name, struct fault *f);
/* Those below it are kept. INBOX cannot be removed. */
int folders_remove(struct folders *t, struct span name, struct fault *f);
/* With those below it, and a level that is no folder itself too. INBOX cannot be renamed, and nothing into what is
 * below itself. */
int folders_rename(struct folders *t, struct span from, struct span to, struct fault *f);

/*
 * The name on disk, without the "." in front; levels are separated by `separator`. -1: it cannot be one. For
 * `subscriptions` too.
 */
struct buf;
int folders_put_disk_name(struct buf *out, struct span name, char separator);
/* The other way; -1: no name gives it. */
int folders_parse_disk_name(struct buf *out, struct span disk, char separator);
/* What it is listed as: its name, else its bytes; -1: neither. */
int folders_show_disk_name(struct buf *out, struct span disk, char separator);

#endif
