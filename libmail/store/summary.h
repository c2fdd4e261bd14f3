/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_SUMMARY_H
#define LIBMAIL_STORE_SUMMARY_H

/*
 * summary - what had to be read out of messages, kept in the file letterbox.summary: of each message a few records of
 * bytes whose meaning is the caller's (imap/source.h).
 *
 * It is only a cache. It can be removed at any time, it has a version and checksums, and what is of another version,
 * another kind of machine or another uidvalidity, or is damaged, is not used and written anew. A message never changes,
 * so what is kept of a UID stays true. It is read and never mapped.
 *
 *	if (!summary_find(s, SUMMARY_ENVELOPE, uid, &text)) {
 *		... read the message, make text
 *		summary_add(s, SUMMARY_ENVELOPE, uid, text);
 *	}
 *
 * Any number of sessions may use it at once. What they add is appended under a lock that nobody waits for: who does not
 * get it forgets what it had to add. When much has been added, or is about messages that are gone, summary_tidy()
 * replaces the file by one that is in order, with an index in front; who has the old one open goes on with that.
 *
 * Nothing here fails: where there is no file or no room there is nothing to be found. Memory: 16 octets a record once
 * something is looked for, a buffer of SUMMARY_PIECE for each kind, and what was added; summary_rest() gives it back.
 * In order of the UIDs, records are read at the speed of memory.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "store/cache.h"

#define SUMMARY_FILE "letterbox.summary"

enum {
	SUMMARY_PIECE = 128 << 10,	/* octets read, or written, at a time */
	SUMMARY_RECORD_MAX = 32 << 10,	/* octets in a record; larger ones are not kept */
	SUMMARY_TIDY_LEAST = 256 << 10, /* octets that were added, below which nothing is tidied */
};
#define SUMMARY_FILE_MAX (UINT64_C(4) << 30) /* octets in the file; beyond it nothing is added */

/* Whoever changes what a record means gives it another name here, with a new value, at the end. */
enum summary_kind {
	SUMMARY_DATE,	   /* when it arrived */
	SUMMARY_FIELDS,	   /* fields of its header that programs ask for */
	SUMMARY_ENVELOPE,  /* IMAP's ENVELOPE */
	SUMMARY_STRUCTURE, /* IMAP's BODYSTRUCTURE */
	SUMMARY_PREVIEW,   /* the beginning of its text */
	SUMMARY_SENT,	   /* what its Date says */
	SUMMARY_LINEAGE,   /* what THREAD asks */
	SUMMARY_KINDS,
};

struct summary_entry {
	uint64_t at; /* in the file */
	uint32_t uid, n;
};

/* All of it is private. */
struct summary {
	int dir, fd;
	uint32_t uidvalidity;
	bool read_only, is_loaded;
	uint64_t dev, ino;
	uint64_t tidy_end; /* behind what is in order */
	uint64_t end;	   /* behind the last whole record */
	struct buf pending;
	struct summary_column {
		struct summary_entry *v; /* by UID */
		size_t n, room, found;	 /* where the last one was */
		char *window;
		uint64_t window_at, next; /* behind the record that was read last */
		size_t window_n;
	} columns[SUMMARY_KINDS];
};

/* `dir`, the folder, is borrowed. Nothing is read yet. */
void summary_init(struct summary *s, int dir, uint32_t uidvalidity, bool read_only);
/* What was added and not written is written. */
void summary_clear(struct summary *s);

/*
 * What is kept of a message: valid until the next call with this kind, or until something is written, which may show
 * that others have put another file in its place. false: nothing.
 */
bool summary_find(struct summary *s, enum summary_kind kind, uint32_t uid, struct span *out);
/* Keep it. It is written, and may be found, from the next summary_drain() or summary_flush() on. */
void summary_add(struct summary *s, enum summary_kind kind, uint32_t uid, struct span bytes);
/* For between two messages: write what was added if it is a SUMMARY_PIECE. There is room for a further message's
 * records, and what is added beyond that is not kept. */
void summary_drain(struct summary *s);
/* Write all of it. */
void summary_flush(struct summary *s);

/* Put the file in order if it is worth it: `view` tells which messages there are. */
void summary_tidy(struct summary *s, const struct cache *view);
/* Give up what is in memory until something is looked for. */
void summary_rest(struct summary *s);

#endif
