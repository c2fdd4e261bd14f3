/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_DIGEST_PART_H
#define LIBMAIL_LIST_DIGEST_PART_H

/*
 * digest_part - a post as a part of a digest, message/rfc822: what its reader needs of the header (RFC 1153 3.2, and
 * what answers and the structure need), and the body as it is.
 *
 * The file is opened when it is read and closed at its end: a digest of a thousand posts needs one descriptor.
 */

#include <sys/types.h>

#include "base/buf.h"
#include "message/compose.h"

enum { DIGEST_PART_HEADER_MAX = 1 << 20 /* octets of a post's header; what is longer is no header */ };

/* Opens the post with this number: the descriptor and *size, or -1. */
typedef int (*digest_open_fn)(void *ctx, uint64_t number, off_t *size, struct fault *f);

struct digest_part {
	struct compose_part part; /* to be linked to the others */
	uint64_t number;
	digest_open_fn open;
	void *ctx;
	/* private */
	int fd;
	off_t size, at; /* of the file; what is read next of it */
	struct buf header;
	size_t header_at;
};

/* `open` and ctx must stay. */
void digest_part_init(struct digest_part *p, uint64_t number, digest_open_fn open, void *ctx);
void digest_part_clear(struct digest_part *p);

/* What stays of a header, with its empty line. */
void digest_part_put_header(struct buf *out, struct span header);

#endif
