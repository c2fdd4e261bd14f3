/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_PATCH_H
#define LIBMAIL_QUEUE_PATCH_H

/*
 * patch - octets that differ from recipient to recipient in a message of which the queue has one copy.
 *
 * The message has a place of fixed length, inside of one line; a recipient's text of the same length is read there
 * instead of what the file has. So sizes and offsets are those of the file, and it costs nobody a copy. See
 * queue/envelope.h for how it is written down, and RFC 8058 for what it is good for: a List-Unsubscribe that knows whom
 * it is for.
 */

#include <sys/types.h>

#include "base/disk.h"
#include "base/fault.h"

struct patch {
	off_t at;	  /* octets in front of the place, counted from where the message begins */
	const char *text; /* as long as the place; NULL: the message is as in the file */
};

/* `bytes` are n octets of the message, of which `from` stand in front: put what of the text is among them. */
void patch_apply(const struct patch *p, off_t from, char *bytes, size_t n);

/* disk_feed() of a message of `size` octets at offset `at`, the place inside of it. */
int patch_feed(const struct patch *p, int fd, off_t at, off_t size, disk_put_fn put, void *to, const char *name,
	       struct fault *f);

#endif
