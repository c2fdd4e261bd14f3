/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_ARCHIVE_H
#define LIBMAIL_LIST_ARCHIVE_H

/*
 * archive - what is known of every message of an archive: who, when, about what, and which thread it is in.
 *
 * It is kept in a file beside the pages, so that a new message costs no look at the old ones. The file is text, a
 * record a line, its fields separated by tabs; the last record about a thing counts:
 *
 *	pages 1 STAMP              STAMP tells what all pages depend on; with another one nothing of it is used
 *	m NUMBER ...               a message
 *	x NUMBER                   it is gone
 *	p NUMBER SUM               its page is written, and was made of what has this sum
 *	t NUMBER SUM               so is the page of the thread whose first message it is
 *	i YYYY-MM SUM              so are the pages of a month
 *
 * Records are appended when everything that they speak of is on the disk; a torn last line is ignored. A file in which
 * most records are out of date is replaced. It is only a cache: without it all is read again from the messages.
 *
 * Memory is about 1 KB a message while threads are arranged; time n log n.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "list/webname.h"
#include "store/mailbox.h"

#define ARCHIVE_FILE ".pages"

enum {
	ARCHIVE_ID = 13,		   /* characters of an id's hash (webname.h) that tell it from others */
	ARCHIVE_REFERENCES_MAX = 10,	   /* ids of a References field that count: the last ones */
	ARCHIVE_TEXT_MAX = 300,		   /* octets of a subject or an author's name */
	ARCHIVE_PREVIEW_MAX = 160,	   /* octets of a message's first words */
	ARCHIVE_LINE_MAX = 4096,	   /* octets of a record */
	ARCHIVE_FILE_MAX = 1 << 30,	   /* octets of the file */
	ARCHIVE_DATE_MIN = 315532800,	   /* 1980: a Date before that is none */
	ARCHIVE_DATE_AHEAD = 24 * 60 * 60, /* seconds that a Date may be ahead of the arrival */
	ARCHIVE_NONE = -1,
};

/* A message. Spans are in the archive's arena; indexes are into archive.v, ARCHIVE_NONE: there is none. */
struct archive_entry {
	uint32_t number; /* of the post: the UID */
	bool is_gone;
	bool leaves;	    /* it is since this run: its pages are to be removed */
	bool is_new;	    /* read in this run */
	bool has_files;	    /* attachments */
	bool has_permalink; /* no message before it has the same Message-ID */
	int64_t date;
	struct span hash;	/* WEBNAME_HASH characters; empty: it has no Message-ID */
	struct span references; /* hashes of ARCHIVE_ID characters, without anything between them */
	struct span author;	/* a name, or an address that is obscured: UTF-8 */
	struct span author_key; /* the same for messages of one address */
	struct span subject;	/* UTF-8, without the list's prefix */
	struct span preview;
	uint64_t page_sum, thread_sum; /* as recorded, 0: not written */
	uint64_t facts;		       /* of what its record says */

	/* After archive_arrange(). */
	int32_t date_previous, date_next;
	int32_t parent, first_child, last_child, next_sibling;
	int32_t thread;			      /* the thread's first message; itself for that */
	int32_t thread_previous, thread_next; /* in the order in which a thread is read */
	uint32_t depth;
	uint32_t position; /* among all, threads being read one after the other */
	/* Of a thread's first. */
	uint32_t thread_count;
	int32_t thread_latest;
};

struct archive_month {
	int key;	 /* 12 * year + month, from 0 */
	size_t first, n; /* in by_date */
	uint64_t sum;	 /* as recorded */
};

struct archive {
	struct arena arena;
	int fd; /* of the file, locked */
	uint64_t stamp;
	struct archive_entry *v; /* by number */
	size_t n, room;
	size_t records, outdated; /* of the file */
	bool is_torn;		  /* the last line of the file is: it is replaced */
	bool is_anew;		  /* nothing of the file is used: it is replaced */
	struct buf appended;

	/* After archive_arrange(). */
	int32_t *by_date; /* ascending */
	int32_t *threads; /* their first messages, by their latest ones, ascending */
	size_t nthreads;
	struct archive_month *months; /* ascending */
	size_t nmonths;
	struct archive_month *known; /* as the file has them */
	size_t nknown, known_room;
};

/*
 * Open the file in `dir`, make it if it is missing, wait for its lock, and read it. `stamp` is a sum of all that every
 * page depends on; `anew`: forget what it says.
 */
int archive_open(struct archive *a, int dir, uint64_t stamp, bool anew, struct fault *f);
void archive_close(struct archive *a);

/* How texts are kept. */
struct archive_rules {
	const char *prefix; /* of subjects, as subject_prefix has it; "" */
	int addresses;	    /* enum prose_addresses */
};

/*
 * Bring it up to date: messages of the box that it does not know are read, those that the box does not have are gone.
 * One that cannot be read is a fault, but for one that is gone meanwhile.
 */
int archive_sync(struct archive *a, struct mailbox *box, const struct archive_rules *rules, struct fault *f);

/* Threads, months and neighbours. Gone ones are in none. */
void archive_arrange(struct archive *a);

/* The entry of that number; NULL. */
struct archive_entry *archive_find(struct archive *a, uint32_t number);

/* What was recorded of a month, 0. */
uint64_t archive_month_sum(const struct archive *a, int key);

/* Note what is written; nothing is on the disk before archive_save(). */
void archive_note_page(struct archive *a, struct archive_entry *e, uint64_t sum);
void archive_note_thread(struct archive *a, struct archive_entry *e, uint64_t sum);
void archive_note_month(struct archive *a, int key, uint64_t sum);
void archive_note_gone(struct archive *a, struct archive_entry *e);

/* Durable on 0. */
int archive_save(struct archive *a, int dir, struct fault *f);

/* "2026-11"; the name of a page of it is that and a suffix. */
void archive_put_month(struct buf *out, int key);
/* The month of a time, in UTC. */
int archive_month_of(int64_t date);

/* Read the facts of the box's message i. errno ENOENT: it is gone. archive_sync()'s own. */
struct article;
int archive_read(struct archive *a, struct mailbox *box, size_t i, struct article *x, const struct archive_rules *rules,
		 struct archive_entry *out, struct fault *f);

#endif
