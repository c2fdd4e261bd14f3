/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_SAVE_H
#define LIBMAIL_STORE_SAVE_H

/*
 * save - messages that a client puts into a folder, with flags and dates: IMAP's APPEND, MULTIAPPEND and REPLACE.
 *
 *	save_open(&s, path, &f)                       errno ENOENT: [TRYCREATE]
 *	for each message
 *		save_begin(&s, &f)
 *		save_put(&s, p, n) ...                in pieces of any size
 *		save_end(&s, &terms, &f)
 *	save_commit(&s, limits, &f)                   s.uidvalidity; UIDs s.first to s.first + s.n - 1
 *	save_close(&s)                                what was not committed leaves nothing behind
 *
 * Lines end with CR LF where they come from and with LF in the file, and are made CR LF again when they are read; a CR
 * that is no part of a line end, and any other octet, is kept as it is. (A bare LF, which no mail has, is read as CR
 *LF.)
 *
 * Files are written in tmp/; they get their names in cur/ when all are there. All or none are there afterwards,
 * durably, also when the disk is full at any point or the process is killed; see store/insert.h. One message is in
 * memory by pieces only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "store/insert.h"
#include "store/maildir.h"

enum { SAVE_MAX = 10000 /* messages in one commit; more is a permanent fault */ };

struct save_terms {
	uint32_t flags; /* MSGNAME_SEEN and so on, no keywords */
	const struct span *keywords;
	size_t keywords_n;
	int64_t when; /* internal date, seconds since 1970; SAVE_NOW */
};

#define SAVE_NOW INT64_MIN

struct save_message {
	const char *tmp; /* its name there */
	uint64_t size, virtual;
	struct save_terms terms;
};

struct save {
	struct insert into;
	struct maildir maildir;
	struct maildir_writer *writer; /* of the message that is being written, or NULL */
	char last;		       /* octet that was put */
	bool held;		       /* a CR that may be part of a line end is not written yet */
	uint64_t virtual;
	int64_t octets;
	struct save_message *messages; /* those that are whole */
	size_t n, room;
	struct arena arena;
	/* After save_commit(). */
	uint32_t uidvalidity, first;
};

int save_open(struct save *s, const char *path, struct fault *f);
int save_begin(struct save *s, struct fault *f);
/* A fault is told by save_end(). */
void save_put(struct save *s, const void *p, size_t n);
/* terms and what it points to are copied. */
int save_end(struct save *s, const struct save_terms *terms, struct fault *f);
/* Give the message up that was begun; the others stay. */
void save_drop(struct save *s);
/* Durable on 0. -1: nothing was added; 552 5.2.2 or 452 4.2.2 when the quota does not allow it. */
int save_commit(struct save *s, const struct quota_limits *limits, struct fault *f);
void save_close(struct save *s);

#endif
