/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_DIGEST_PLAIN_H
#define LIBMAIL_LIST_DIGEST_PLAIN_H

/*
 * digest_plain - posts as the text of a digest, RFC 1153: a few fields of the header, decoded, and what a person reads
 * of the body (message/body.h), all in UTF-8. Of attachments there are notes, and where to have the whole post.
 *
 * What would be taken for the line between two posts has a blank in front.
 */

#include "base/spill.h"

enum {
	DIGEST_PLAIN_NOTES_MAX = 100, /* attachments of one post that are named; the others are counted */
};

/* The line of 70 hyphens behind the preamble, that of 30 behind each post, and the end. */
int digest_plain_put_start(struct spill *out, struct fault *f);
int digest_plain_put_between(struct spill *out, struct fault *f);
/* "End of Friends Digest, Vol 2026, Issue 12", with as many asterisks below. */
int digest_plain_put_end(struct spill *out, const char *title, struct fault *f);

/* One post; `get` is the address that it can be had from, "" none. */
int digest_plain_put(struct spill *out, int fd, off_t size, const char *get, struct fault *f);

#endif
