/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_VIRTUAL_H
#define LIBMAIL_ROUTE_VIRTUAL_H

/*
 * virtual - mailboxes of addresses that are no accounts: virtual_mailbox_maps below virtual_mailbox_base.
 *
 * Without virtual_mailbox_maps the mailboxes are those of accounts that are named by the whole address, in the users
 * file.
 */

#include <stdbool.h>

#include "base/account.h"
#include "route/route.h"
#include "route/table.h"

/* Are the parameters right? */
int virtual_check(const struct route *r, struct fault *f);

/* Does a value name a file or directory below virtual_mailbox_base, and nothing else? */
bool virtual_is_path(struct span value);

/*
 * The mailbox of the address as an account: its name is the address without what the table does not have, its `mail`
 * the mailbox. 1 found, 0 there is none, -1 (temporary). *entry->file is NULL if no table file said so. Where
 * virtual_mailbox_maps end with a slash it is a Maildir, else an mbox. Never root's, nor of a user id below
 * virtual_minimum_uid.
 */
int virtual_find(const struct route *r, struct arena *a, const char *address, struct account *out,
		 struct table_entry *entry, struct fault *f);

#endif
