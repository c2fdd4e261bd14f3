/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_SUBSCRIPTIONS_H
#define LIBMAIL_STORE_SUBSCRIPTIONS_H

/*
 * subscriptions - the file of that name in the Maildir: which folders a client shows.
 *
 * Dovecot's: version 2 ("V\t2", an empty line, then a name a line, its levels separated by tabs) is read and written,
 * version 1 (a name a line, levels separated by ".") is read. Names need not exist; what Dovecot wrote with
 * UTF-8 names, or without its listescape plugin, is a name as in store/folders.h. Other lines are kept as they are.
 * Writers hold subscriptions.lock.
 */

#include "base/arena.h"
#include "store/folders.h"

enum { SUBSCRIPTIONS_FILE_MAX = 16 << 20 /* octets; a longer file is a temporary fault */ };

/* The names, in the file's order. A missing file is an empty list. */
int subscriptions_list(struct folders *t, struct arena *a, const char *const **names, size_t *n, struct fault *f);

/* Add or remove a name: 0, also when nothing had to be done. */
int subscriptions_set(struct folders *t, struct span name, bool subscribed, struct fault *f);

#endif
