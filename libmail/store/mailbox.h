/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MAILBOX_H
#define LIBMAIL_STORE_MAILBOX_H

/*
 * mailbox - one folder of a Maildir, read: its messages by UID, their sizes, flags and files.
 *
 * How a POP3 session uses it:
 *
 *	mailbox_open(&m, path, MAILBOX_CREATE, &f)        after login, with the user's rights
 *	lock_take(&session, m.dir, &lock_pop3_session, &f)   if it shall be alone: 1 is -ERR [IN-USE]
 *	mailbox_load_sizes(&m, NULL, &f)                  for STAT and LIST; m.view.n, m.view.size[i] are final then
 *	uidl_put(&out, format, &m, i, &f)                 UIDL (store/uidl.h)
 *	fd = mailbox_open_message(&m, i, &st, &f)         RETR, TOP
 *	mailbox_set_flags(&m, i, MSGNAME_SEEN, 0, &f)     it was read
 *	mailbox_remove(&m, i, &f)                         at QUIT, for each that DELE marked
 *	mailbox_close(&m)
 *
 * Message number i + 1 stays the same message until mailbox_refresh(), which POP3 never calls.
 * An IMAP session calls it between commands and learns by `struct mailbox_watch` what others did.
 *
 * Any number of deliverers, POP3 and IMAP servers (Dovecot too), MUAs and scripts may work in the folder at once, on
 *this and other machines; none of them has to lock anything but the uidlist (store/uidlist.h). Files that are renamed
 *under our hands are found again by what stands before the ":" of their names. A message that is missed in one scan of
 *the directory is not taken as gone unless nothing changed during the scan: readdir(3) may pass over a file that is
 *just being renamed.
 *
 * New messages get their UIDs when they are first seen, durably before the caller sees them. Where that is impossible
 *(full disk, no rights) opening fails with a temporary fault, as a UID that might be given again is worse than none;
 *with MAILBOX_READ_ONLY they are left out instead. Only regular files are messages; names with control bytes, and those
 *that begin with ".", are none.
 *
 * Memory is 20 octets a message (store/cache.h); opening is three stat(2) calls and one read when nothing changed
 * since the last time, else one reading of the directories. A refresh that finds new mail and nothing else reads new/
 * only. Nothing here changes the process's rights.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/fault.h"
#include "base/span.h"
#include "store/cache.h"
#include "store/keywords.h"
#include "store/lock.h"
#include "store/msgname.h"
#include "store/quota.h"

struct summary;

enum {
	MAILBOX_CREATE = 1,    /* make the folder if there is none */
	MAILBOX_MOVE_NEW = 2,  /* move what is in new/ to cur/: IMAP does, POP3 does not */
	MAILBOX_READ_ONLY = 4, /* write nothing at all, no UIDs and no cache either */
};

enum {
	MAILBOX_REST_SECONDS = 300,
	MAILBOX_UNSETTLED_MS =
		STAMP_SETTLE_MS, /* after a change of ours: then all is looked at again, not new/ alone */
};

/* What somebody who watches the folder knows (store/watch.h): nothing; */
enum mailbox_hint {
	MAILBOX_NO_HINT,
	MAILBOX_ARRIVED,      /* that something came into new/, and that he was told of nothing else; */
	MAILBOX_ARRIVED_ONLY, /* and that he is told of all that happens */
};

enum { MAILBOX_RESCANS = 5 /* of the directories, when they keep changing meanwhile */ };

struct mailbox {
	char path[PATH_MAX];
	int dir, cur, new;
	unsigned how;
	struct cache view;		   /* uidvalidity, next_uid, n; uid[i], flags[i] and size[i] of each message */
	int64_t rested;			   /* monotonic ms: when its cache was written for mailbox_rest(); 0: never */
	struct keywords keywords;	   /* after mailbox_load_keywords() */
	struct stamp named_cur, named_new; /* of the directories when names were last looked for */
	struct summary *summary;	   /* see mailbox_summary() */
	uint32_t *moved;		   /* UIDs of messages that were moved out of new/ here */
	size_t moved_n, moved_room;
	bool removed;	 /* messages of the view are gone by mailbox_remove() */
	bool lost;	 /* the view is not what the files say: the next refresh must look */
	bool names_lost; /* and its names cannot be read */
	bool whole;	 /* nothing that was told of is missing in the view */
	enum mailbox_hint hint;
	int64_t unsettled_ms; /* monotonic: since when the times of the view are too young to be trusted, if they are */
	struct lock lock;     /* of the uidlist; see mailbox_lock() */
};

/* What a refresh found: what mailbox_remove() did, then what others did, in ascending order of UIDs. Any may be NULL.
 */
struct mailbox_watch {
	void *context;
	void (*gone)(void *context, uint32_t uid);
	void (*changed)(void *context, uint32_t uid, uint32_t flags);
	void (*added)(void *context, uint32_t uid);
	void (*reset)(void *context); /* another uidvalidity: all that was known is void; the others follow */
	bool keeps_gone; /* what is gone keeps its place, as by mailbox_remove(), until a refresh without this */
};

/* On a fault nothing stays open. ENOENT is kept in errno. Where there is no room for UIDs of what is new, the rest is
 * shown, so that it can be removed. A symbolic link at the end of `path` is followed. */
int mailbox_open(struct mailbox *m, const char *path, unsigned how, struct fault *f);

/* Writes the cache if it learned something. */
void mailbox_close(struct mailbox *m);

/*
 * Look again: 1 something changed, 0 nothing did (two stat(2) calls), -1 temporary, and the view is what it was. What
 * somebody else does within STAMP_SETTLE_MS of a change of ours may be told as late as that.
 */
int mailbox_refresh(struct mailbox *m, const struct mailbox_watch *watch, struct fault *f);

/*
 * Changes of ours follow: what others did until now is not to be mistaken for them, so the next refresh finds it at
 * once. Two stat(2) calls.
 */
void mailbox_begin_change(struct mailbox *m);

/* Somebody says that something changed (store/watch.h): the next refresh looks, whatever the times say. */
void mailbox_doubt(struct mailbox *m);
/*
 * Or that something came into new/: the next refresh looks there alone. If that is all that happened, it finds at the
 * end of the uidlist what another session has moved to cur/ first.
 */
void mailbox_expect(struct mailbox *m, enum mailbox_hint hint);
/*
 * He who is told of all that happens was told of nothing else since the last refresh, and all was looked at since he
 * watches: the times, if they are old enough now, are those of the view, and the next refresh has no reason to look.
 */
void mailbox_settle(struct mailbox *m);

/*
 * Hold lock_uidlist over several calls, so that no other session gives UIDs, moves messages out of new/ or changes what
 * is recorded under it. 0; -1 temporary. It is not nested. Not with MAILBOX_READ_ONLY: then it does nothing.
 */
int mailbox_lock(struct mailbox *m, struct fault *f);
void mailbox_unlock(struct mailbox *m);

/* The message with this UID; false if there is none. */
bool mailbox_find(const struct mailbox *m, uint32_t uid, size_t *i);

/*
 * Make every view.size[i] known: from names, uidlist, cache; the rest is read and counted, once. A message that
 * vanishes meanwhile leads to a refresh, so numbers may change, and `watch` (may be NULL) is told. One that may not be
 * read stays CACHE_UNKNOWN.
 */
int mailbox_load_sizes(struct mailbox *m, const struct mailbox_watch *watch, struct fault *f);
/* Of one message: 0, or -1 with errno ENOENT when it is gone. */
int mailbox_load_size(struct mailbox *m, size_t i, struct fault *f);
/* It was sent and had another size than its name says: remembered. */
void mailbox_correct_size(struct mailbox *m, size_t i, uint64_t size);

/* Open it for reading, st->st_mtim is the internal date: the descriptor; -1 with errno ENOENT when it is gone. */
int mailbox_open_message(struct mailbox *m, size_t i, struct stat *st, struct fault *f);

/*
 * Add and take away flags of the file: 0, -1 with errno ENOENT when it is gone. What others did to its flags
 * meanwhile stays. view.flags[i] is then what the file has.
 */
int mailbox_set_flags(struct mailbox *m, size_t i, uint32_t add, uint32_t remove, struct fault *f);

/*
 * Remove the file; 0 also when somebody else did. It keeps its place in the view until the next refresh, which tells
 * that it is gone.
 */
int mailbox_remove(struct mailbox *m, size_t i, struct fault *f);

/*
 * Copy or move messages which[0 .. n-1], in ascending order, into the folder at `path`, which may be this one: all that
 * are still there, or none. They keep flags, keywords (those that the other folder has letters for), dates and GUIDs.
 * Copies are hard links where that is possible. A moved message keeps its place in the view until the next refresh, as
 * a removed one. -1: temporary, with errno ENOENT when the folder is not there; 552 5.2.2 or 452 4.2.2 when the quota
 * does not allow it.
 */
struct mailbox_copied {
	uint32_t uidvalidity, first; /* of the new messages, which have the UIDs from first to first + n - 1 */
	size_t n;
	uint32_t *uid; /* what they have here, in the same order; in the arena */
	bool missed;   /* some were gone */
};
int mailbox_copy(struct mailbox *m, struct arena *a, const size_t *which, size_t n, const char *path,
		 const struct quota_limits *limits, struct mailbox_copied *out, struct fault *f);
int mailbox_move(struct mailbox *m, struct arena *a, const size_t *which, size_t n, const char *path,
		 struct mailbox_copied *out, struct fault *f);

/* Octets of its file, as the quota counts them; 0: it is gone. */
int64_t mailbox_file_size(struct mailbox *m, size_t i);
/* The file's name as it was last seen, and UIDL and GUID from the uidlist. -1: not known any more. */
int mailbox_find_name(struct mailbox *m, size_t i, struct cache_name *out);
/* The same: 0, or -1 with errno ENOENT when it is gone. */
int mailbox_load_name(struct mailbox *m, size_t i, struct cache_name *out, struct fault *f);

/*
 * IMAP's \Recent: the UIDs, in no order, of messages that this mailbox has moved out of new/, or, without
 * MAILBOX_MOVE_NEW, of those that are there. true with *uid; *at is 0 at the beginning.
 */
bool mailbox_next_recent(struct mailbox *m, size_t *at, uint32_t *uid);

/* Read dovecot-keywords if it changed. */
int mailbox_load_keywords(struct mailbox *m, struct fault *f);
/* The flag bit of a keyword, which gets a letter if it has none; 0 with a fault, permanent when there is no room. */
uint32_t mailbox_add_keyword(struct mailbox *m, struct span name, struct fault *f);

/* What was kept of the messages' content, opened when it is first asked for; the mailbox's own. */
struct summary *mailbox_summary(struct mailbox *m);

/*
 * Nothing will be asked of it for a while: its arrays go into the cache file, and their memory is given up until
 * mailbox_wake(). Where the file would have to be written that is done every MAILBOX_REST_SECONDS at most, as it may be
 * large. -1: they cannot be had back, and the mailbox is to be closed.
 */
void mailbox_rest(struct mailbox *m);
int mailbox_wake(struct mailbox *m, struct fault *f);

/* Write the cache now, and give up what memory that makes needless. Failing is no fault: it is only a cache. */
void mailbox_save(struct mailbox *m);

#endif
