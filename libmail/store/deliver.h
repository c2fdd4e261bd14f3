/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_DELIVER_H
#define LIBMAIL_STORE_DELIVER_H

/*
 * deliver - one message into one mailbox, of whichever kind its location names:
 * "maildir:PATH", "mbox:PATH", a path that ends with "/" (Maildir) or does not (mbox).
 *
 * The process already has the rights of the mailbox's owner.
 */

#include <stdint.h>

#include "base/fault.h"
#include "store/maildir.h"
#include "store/mbox.h"

struct deliver {
	bool is_mbox;
	struct maildir maildir;
	struct maildir_writer to_maildir;
	struct mbox_writer to_mbox;
};

/*
 * Is it a Maildir, and where? 1 with *path set, 0 an mbox with *path set, -1 an unknown kind, or a path that is not
 * absolute: a fault of the configuration (5.3.5; see fault_defer()).
 */
int deliver_location(const char *location, const char **path, struct fault *f);

int deliver_begin(struct deliver *d, const char *location, const char *sender, int64_t when, struct fault *f);
/* What the mailbox's owner may store in it: see maildir_set_quota(). An mbox has no limit. On -1 it has been aborted.
 */
int deliver_set_quota(struct deliver *d, const struct account *who, struct fault *f);
void deliver_put(struct deliver *d, const void *p, size_t n);
/* Durable on return 0; on -1 nothing was delivered. */
int deliver_commit(struct deliver *d, struct fault *f);
void deliver_abort(struct deliver *d);

#endif
