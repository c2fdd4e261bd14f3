/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_DIGEST_MAIL_H
#define LIBMAIL_LIST_DIGEST_MAIL_H

/*
 * digest_mail - one issue of a digest, in both forms, written as drafts of the queue.
 */

#include "list/posts.h"
#include "list/run.h"

#define DIGEST_MAIL_DRAFTS     "digests"
#define DIGEST_MAIL_UNDIGESTED "undigested" /* the Maildir of posts, where no archive is kept */

struct digest_mail {
	const struct post *posts;
	size_t n; /* at least one */
	unsigned volume, issue;
};

/*
 * Write a draft for each form that somebody wants, durably, as "LAST-FORM.ID" (LAST: the number of the last post) into
 * the list's directory DIGEST_MAIL_DRAFTS. How many members they are for; 0: nothing was written, as nobody wants one
 * or none of the posts is there; -1.
 */
int digest_mail_write(struct list_run *r, const struct digest_mail *m, struct fault *f);

/* Remove posts up to `last` from DIGEST_MAIL_UNDIGESTED. */
int digest_mail_forget(struct list *l, uint64_t last, struct fault *f);

#endif
