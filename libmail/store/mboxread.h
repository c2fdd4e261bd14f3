/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MBOXREAD_H
#define LIBMAIL_STORE_MBOXREAD_H

/*
 * mboxread - the messages of an mbox file, one after the other.
 *
 * A message begins with a line "From " that ends in a date with a year, at the start of the file or behind an empty
 * line; the empty line in front of it belongs to neither. So a "From " in a text that nobody quoted divides it only if
 * it looks like the real thing. Thunderbird writes "From " and nothing else: it is one in front of a field. Where the
 * empty line is missing, as a message was cut off, a date with the day of the week and the month is one.
 * ">From " lines are given with one ">" less (mboxrd); what was written as mboxo
 * and had ">From " of its own loses that. Content-Length is not believed. Lines may end with CR LF; they are given as
 * they are.
 *
 * The file is locked as store/mboxlock.h says while it is read, shared where it cannot be written. It is read once, in
 * pieces: memory does not depend on its size.
 */

#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "store/lock.h"

enum {
	MBOXREAD_LINE_MAX = 1000, /* octets in a "From " line that is one */
	MBOXREAD_PIECE = 64 << 10,
};

struct mboxread {
	int fd;
	const char *path;
	struct lock lock;
	struct buf in; /* what was read; from `pos` on not given yet */
	size_t pos;
	size_t given;  /* octets at `pos` that the caller is looking at */
	off_t at;      /* of in.p[pos] in the file */
	bool ended;    /* the file has */
	bool at_start; /* of a line */
	bool in_message, is_begun;
	bool adopted;
};

/* One message. */
struct mboxread_message {
	off_t offset;			  /* of its "From " line */
	char from[MBOXREAD_LINE_MAX + 1]; /* what follows "From ": sender and date */
	int64_t date;			  /* seconds since 1970 from that line; 0 when it has none that can be read */
};

/* -1 with errno kept: temporary, also when it stays locked (errno EAGAIN). An empty file is an mbox, one that begins
 * otherwise is none (permanent). */
int mboxread_open(struct mboxread *r, const char *path, struct fault *f);
/* The same for what is open already and cannot be read again, as standard input: `start` is what was read of it. Not
 * locked; the descriptor stays the caller's. */
void mboxread_adopt(struct mboxread *r, int fd, struct span start, const char *name);
void mboxread_close(struct mboxread *r);

/* Go to the next message, past what is left of this one: 1, 0 at the end, -1. */
int mboxread_next(struct mboxread *r, struct mboxread_message *out, struct fault *f);

/* The next piece of the message, valid until the next call: 1, 0 at its end, -1. */
int mboxread_piece(struct mboxread *r, struct span *piece, struct fault *f);

#endif
