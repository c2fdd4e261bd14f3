/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MODSEQ_H
#define LIBMAIL_STORE_MODSEQ_H

/*
 * modseq - which messages of a folder changed since when: mod-sequences of CONDSTORE and QRESYNC, RFC 7162.
 *
 * How an IMAP session uses it, beside its mailbox:
 *
 *	modseq_init(&q)
 *	modseq_load_highest(&q, &m, &f)               SELECT, STATUS: q.highest is HIGHESTMODSEQ; no arrays are kept
 *	modseq_load(&q, &m, &f)                       CONDSTORE is used: the values too
 *	modseq_refresh(&q, &m, &watch, &f)            from then on instead of mailbox_refresh()
 *	modseq_of(&q, &m, i)                          FETCH MODSEQ, CHANGEDSINCE
 *	at = 0; while (modseq_next_vanished(&q, &m, since, &at, &first, &last))    VANISHED (EARLIER)
 *	modseq_begin(&q, &m, &f)                      STORE, EXPUNGE: nobody else changes anything until commit
 *		modseq_is_unchanged(&q, &m, i, since)     UNCHANGEDSINCE
 *		mailbox_set_flags() or mailbox_remove(), then modseq_note(&q, &m, i)
 *	modseq_commit(&q, &m, &f)                     modseq_of() tells the new value of each that was noted
 *	modseq_clear(&q)
 *
 * Sessions that do not use CONDSTORE call no more than modseq_load_highest(), and need not lock. What they change, as
 * what Dovecot, POP3, MUAs and scripts change, is found to be different from what the file "letterbox.modseq" in the
 * folder says, by whoever looks next, and gets its value then. So the file can be removed or damaged at any time:
 * everything has then changed.
 *
 * New values are the larger of the last plus one and the microseconds since 1970, so they do not go back when the file
 * is lost. Where it cannot be written (read-only, full disk) values are given in memory only, and given again, larger,
 * by whoever can write.
 *
 * The file: a head, then records of 16 octets, one for each change, appended under lock_uidlist (store/lock.h); it is
 * written anew, by rename, when most of them are of no use any more. Of messages that were removed it remembers the
 *last MODSEQ_GONE_MAX at least; who asks for what was removed before is told that everything is gone that is not there.
 * Nothing is synced: what a power failure takes away is found to be different again.
 *
 * Memory: 16 octets a message, while loaded and not at rest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "store/mailbox.h"

#define MODSEQ_FILE "letterbox.modseq"

#define MODSEQ_MAX (UINT64_MAX >> 1) /* RFC 7162 1: 63 bits */

enum {
	MODSEQ_GONE_MAX = 4096,	       /* removed messages that are remembered, when the file is written anew */
	MODSEQ_RECORDS_MAX = 16 << 20, /* in a file that is believed */
};

struct modseq_record {
	uint32_t uid;
	uint32_t flags; /* as in struct cache */
	uint64_t value; /* with MODSEQ_GONE when the message was removed */
};

#define MODSEQ_GONE (UINT64_C(1) << 63)

struct modseq {
	uint64_t highest; /* HIGHESTMODSEQ: of all that the view shows */
	uint64_t floor;	  /* removals up to this one are forgotten */
	bool loaded;

	struct modseq_record *all; /* by UID, each once: what is there and what was removed */
	size_t n;

	/* The file as far as it was read; what others wrote behind that and the view does not show yet. */
	bool has_file;
	struct stamp file;
	uint64_t records, check;
	bool recorded; /* all values are in the file, */
	bool ahead;    /* some of them behind what was read of it */
	bool resting;  /* and there only: modseq_wake() */
	int fd;	       /* of that file, while resting */
	struct modseq_record *news;
	size_t news_n;
	uint64_t last; /* the largest value that was given, as far as is known */

	/* Changes that have no value yet. */
	struct modseq_record *noted;
	size_t noted_n, noted_room;
};

void modseq_init(struct modseq *q);
void modseq_clear(struct modseq *q);

/*
 * Make q->highest what it is for m->view. Costs a stat(2) and a read when nothing changed since somebody did. Otherwise
 * everything is compared, and the view may be refreshed, so this comes before the client is told how many messages
 * there are. -1 temporary: the folder cannot be read.
 */
int modseq_load_highest(struct modseq *q, struct mailbox *m, struct fault *f);

/* The same, and keep the values. */
int modseq_load(struct modseq *q, struct mailbox *m, struct fault *f);

/*
 * The same while the numbers of the view are in use: it stays as it is, and what others did that it does not show is
 * found by the next modseq_refresh(). (That may give a message a value once too often, which says no more than "look".)
 */
void modseq_load_quietly(struct modseq *q, struct mailbox *m);

/* mailbox_refresh(), and what it finds gets its value: as that returns. Only when loaded. */
int modseq_refresh(struct modseq *q, struct mailbox *m, const struct mailbox_watch *watch, struct fault *f);

/* The value of message i of the view. */
uint64_t modseq_of(const struct modseq *q, const struct mailbox *m, size_t i);

/*
 * What was removed after `since`, as ranges of UIDs that ascend: true with *first and *last. *at is 0 at the
 * beginning. Also what never was there, if it is too long ago to be known.
 */
bool modseq_next_vanished(const struct modseq *q, const struct mailbox *m, uint64_t since, uint32_t *at,
			  uint32_t *first, uint32_t *last);

/*
 * Take the folder's lock (mailbox_lock()) and learn what others changed meanwhile, which the view does not show
 * yet. -1 temporary.
 */
int modseq_begin(struct modseq *q, struct mailbox *m, struct fault *f);

/* Is message i as it was at `since`: did nobody change it after that? Only behind modseq_begin(). */
bool modseq_is_unchanged(const struct modseq *q, const struct mailbox *m, size_t i, uint64_t since);

/* Message i has new flags, or was removed, by us. */
void modseq_note(struct modseq *q, const struct mailbox *m, size_t i);

/*
 * Give all that were noted the next value, write it down and unlock: that value, or 0 when nothing was noted. Never
 * fails: see above.
 */
uint64_t modseq_commit(struct modseq *q, struct mailbox *m);

/*
 * Nothing will be asked for a while: give up the memory of the values, which are read from the file by modseq_wake().
 * Does nothing where they are not all there. The mailbox is to be awake for modseq_wake(), which never fails: where the
 * file was damaged meanwhile it is as modseq_load_quietly().
 */
void modseq_rest(struct modseq *q, const struct mailbox *m);
void modseq_wake(struct modseq *q, struct mailbox *m);

#endif
