/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_SPOOL_H
#define LIBMAIL_QUEUE_SPOOL_H

/*
 * spool - the queue on disk: one file a message, Maildir-shaped.
 *
 *	tmp/       being written; not yet accepted
 *	new/       accepted, not yet tried
 *	deferred/  tried; the file's modification time is when to try again
 *	hold/      not to be tried until released
 *	corrupt/   could not be read; set aside, never deleted
 *	dead/      a Maildir of bounces that could not be delivered
 *	trigger    a FIFO: ids of new messages, read by the relay that runs
 *
 * A message is written in tmp/, synced, renamed into new/, and new/ is synced:
 * only then is it accepted. A file is worked on only while it is locked with
 * flock(2), so any number of relays and mailq commands may run; the lock ends with
 * the process. A crash at any point leaves no message or a whole one; it
 * may repeat a delivery, it never loses one.
 *
 * Files belong to the owner of the spool directory. A queue file that is not regular, has
 * a second link, or another owner, is refused.
 */

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/disk.h"
#include "base/entropy.h"
#include "queue/envelope.h"

enum spool_box { SPOOL_TMP, SPOOL_NEW, SPOOL_DEFERRED, SPOOL_HOLD, SPOOL_CORRUPT, SPOOL_BOXES };

enum {
	SPOOL_TMP_AGE = 36 * 3600, /* seconds after which a file left in tmp/ is removed */
	SPOOL_DOMAIN_MAX = 256,	   /* octets: of a domain, and "@" */
};

struct spool {
	const char *path;
	int dir;
	int box[SPOOL_BOXES];
	uid_t owner;
	gid_t group;
	bool moved[SPOOL_BOXES]; /* messages came there from another box; see spool_settle() */
};

/*
 * Open the spool, creating what is missing. When root begins a spool it
 * gives it to `owner` (NULL or "": "letterbox" if there is such an account, else "mail", else root).
 * A spool directory that others than its owner may write is refused.
 */
int spool_open(struct spool *s, const char *path, const char *owner, struct fault *f);
void spool_close(struct spool *s);

const char *spool_box_name(enum spool_box box);

/* A message being written. */
struct spool_writer {
	struct spool *spool;
	char id[ENTROPY_ID + 1];
	off_t message_at;
	int64_t hold_until; /* it goes into deferred/, due then; 0: into new/ */
	struct disk_out out;
};

/* Sets e->id. `minfree`: octets that must be left on the file system. */
int spool_begin(struct spool *s, struct spool_writer *w, struct envelope *e, long minfree, struct fault *f);
void spool_put(struct spool_writer *w, const void *p, size_t n);
/* Durable in new/, or in deferred/ until the envelope's hold_until, on return 0; on -1 there is nothing. */
int spool_commit(struct spool_writer *w, struct fault *f);
void spool_abort(struct spool_writer *w);

/*
 * In two steps, for who has to do something of his own when a message is accepted and before a relay may see it: first
 * durable under any name in a directory of his, on the same file system; then from there into new/ as `id`, which is
 * the writer's. Between the two he may be killed: he finds the name, and goes on with the second.
 */
int spool_commit_into(struct spool_writer *w, int dir, const char *name, struct fault *f);
int spool_adopt(struct spool *s, int dir, const char *name, const char *id, struct fault *f);

/* A message that this process holds the lock of. */
struct spool_message {
	struct spool *spool;
	enum spool_box box;
	int fd;
	time_t due;  /* its modification time */
	off_t end;   /* where the journal ends */
	bool locked; /* spool_claim() gave 0 because another process works on it */
	struct envelope envelope;
};

/*
 * Lock and read a message. 1; 0 when it is gone or somebody else works on it;
 * -1 when it is damaged (the fault says how; spool_set_aside() is the answer) or
 * cannot be opened now. `look` only reads: no lock is taken or needed, and it is not to be changed.
 */
enum spool_claim { SPOOL_CLAIM_WORK, SPOOL_CLAIM_LOOK };
int spool_claim(struct spool *s, enum spool_box box, const char *id, enum spool_claim how, struct arena *a,
		struct spool_message *m, struct fault *f);
/* In whichever box it is: for commands that name a message. */
int spool_find(struct spool *s, const char *id, enum spool_claim how, struct arena *a, struct spool_message *m,
	       struct fault *f);
void spool_release(struct spool_message *m);

/* Overwrite a recipient's state in place. */
int spool_mark(struct spool_message *m, size_t rcpt, enum envelope_state state, struct fault *f);
/* Append to the journal. */
int spool_note(struct spool_message *m, struct span lines, struct fault *f);
/* To be tried again at `when`, seconds since 1970: into deferred/. Also releases from hold (when = now). */
int spool_defer(struct spool_message *m, int64_t when, struct fault *f);
int spool_hold(struct spool_message *m, struct fault *f);
/*
 * Where a disk has no journal, those that were moved to another box might be in none after a power loss: this syncs the
 * boxes that some came to since the last call. spool_close() does it, too; who goes on working does it often.
 */
int spool_settle(struct spool *s, struct fault *f);
int spool_remove(struct spool_message *m, struct fault *f);
/* Into corrupt/, by name: nothing of it is read. */
int spool_set_aside(struct spool *s, enum spool_box box, const char *id, struct fault *f);

/* Names in a box, in no order. */
struct spool_scan {
	struct spool *spool;
	enum spool_box box;
	DIR *dir;
};

struct spool_entry {
	char id[ENTROPY_ID + 1];
	int64_t due; /* modification time, seconds since 1970 */
	off_t size;
};

int spool_scan_open(struct spool_scan *scan, struct spool *s, enum spool_box box, struct fault *f);
/* 1, 0 at the end. Foreign names are skipped. */
int spool_scan_next(struct spool_scan *scan, struct spool_entry *out);
void spool_scan_close(struct spool_scan *scan);

/* Remove what crashed writers left in tmp/ longer than SPOOL_TMP_AGE ago. */
void spool_clean(struct spool *s);

/*
 * Tell the relay that there is a new message. true: a relay is running and will
 * look. id "" asks it to try everything now (mta-relay --kick). The caller ignores
 * SIGPIPE: the relay may end between our open and our write.
 */
bool spool_kick(const struct spool *s, const char *id);
/* The same for what waits for a domain, or with "@" in front also for its subdomains: at most SPOOL_DOMAIN_MAX octets,
 * no control bytes. */
bool spool_kick_domain(const struct spool *s, const char *domain);
/*
 * The relay's end: a descriptor that poll() reports readable. What comes are lines: an id; ENTROPY_ID times "-" for
 * everything; "@" and a domain.
 */
int spool_listen(struct spool *s, struct fault *f);

/* Is it a well-formed id? */
bool spool_is_id(struct span s);

#endif
