/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MAILDIR_H
#define LIBMAIL_STORE_MAILDIR_H

/*
 * maildir - deliver into a Maildir: tmp/, sync, rename into new/, sync of new/.
 *
 * Names are TIME.MusecPpidQn.HOST,S=octets,W=octets-with-CRLF, as Dovecot writes
 * them (S and W: Maildir++). No lock is needed by any number of writers on any
 * number of hosts. Lines end with LF in the file.
 *
 * Nothing here changes the process's rights: the caller has assumed those of the mailbox's
 * owner (base/proc.h).
 */

#include <limits.h>
#include <sys/types.h>

#include "base/account.h"
#include "base/disk.h"
#include "base/fault.h"
#include "store/quota.h"

struct maildir {
	char path[PATH_MAX];
	int tmp, new;
	struct quota_limits limits;
	int root; /* where its maildirsize is; -1: not looked for yet */
};

/* Open; with `create` also make the directory, its missing parents, and tmp new cur, mode 0700. */
int maildir_open(struct maildir *md, const char *path, bool create, struct fault *f);
void maildir_close(struct maildir *md);

/*
 * What its owner may store there, from his quota_rule; otherwise what its maildirsize says, if there is one, counts. A
 * message that would be too much is refused when it gets its name in new/: 552 5.2.2, or 452 4.2.2 with
 * quota_full_tempfail.
 */
int maildir_set_quota(struct maildir *md, const struct account *who, struct fault *f);

/* Is there a limit, by rule or by file? */
bool maildir_has_quota(const char *path, const struct account *who);

/*
 * Would a message of so many octets be too much? The fault that it would be refused with. 0 also where that cannot be
 * known: there is no Maildir yet, or it may not be looked at.
 */
int maildir_check_quota(const char *path, const struct account *who, off_t octets, struct fault *f);

/* A name that no message has, on any host: TIME.MusecPpidQn.HOST, of at most MAILDIR_NAME octets with its end. */
enum { MAILDIR_NAME = 160 };
void maildir_make_name(char *out, size_t size);

/* A message being delivered. */
struct maildir_writer {
	struct maildir *maildir;
	char name[MAILDIR_NAME];  /* in tmp/ */
	char final[MAILDIR_NAME]; /* in new/, without S= and W= */
	off_t lines;
	bool is_synced; /* maildir_sync() was called */
	struct disk_out out;
};

int maildir_begin(struct maildir *md, struct maildir_writer *w, struct fault *f);
void maildir_put(struct maildir_writer *w, const void *p, size_t n);

/*
 * Write out and sync the file, still in tmp/. Then it can be given to this and other Maildirs with
 * maildir_link(), and is done with maildir_commit() or maildir_abort().
 */
int maildir_sync(struct maildir_writer *w, struct fault *f);
/* Durable in another Maildir's new/, as a hard link. EXDEV, EPERM and EMLINK are kept in errno: then it must be copied.
 */
int maildir_link(struct maildir_writer *w, struct maildir *other, struct fault *f);
/* Copy it there instead, by the same name. */
int maildir_copy(struct maildir_writer *w, struct maildir *other, struct fault *f);
/* Take back what was linked or copied, because the whole cannot be finished. */
void maildir_unlink(const struct maildir_writer *w, struct maildir *other);
/* Durable in its own new/. On -1 there is nothing in it. Where maildir_sync() was not called one sync may do for both.
 */
int maildir_commit(struct maildir_writer *w, struct fault *f);
void maildir_abort(struct maildir_writer *w);

/*
 * maildir_commit() in steps, so that several messages wait for the disk together. maildir_park() has the disk begin
 * with one that is written, and ends the writer; maildir_publish() gives it its name in new/. On -1 of either it is
 * gone. maildir_settle() makes a list of those that were published in `md` durable, and closes them; on -1 each is to
 * be taken back with maildir_retract().
 */
struct maildir_parked {
	int fd;
	off_t size;
	bool is_synced;
	char name[MAILDIR_NAME];  /* in tmp/ */
	char final[NAME_MAX + 1]; /* in new/ */
	struct maildir_parked *next;
};

int maildir_park(struct maildir_writer *w, struct maildir_parked *p, struct fault *f);
int maildir_publish(struct maildir *md, struct maildir_parked *p, struct fault *f);
int maildir_settle(struct maildir *md, struct maildir_parked *first, struct fault *f);
void maildir_retract(struct maildir *md, const char *name);

#endif
