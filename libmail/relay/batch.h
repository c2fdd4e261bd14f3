/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_BATCH_H
#define LIBMAIL_RELAY_BATCH_H

/*
 * batch - deliveries into Maildirs of several jobs that become durable together.
 *
 * Where many messages wait, most of the time of a delivery goes into waiting for the disk. Those of a batch are parked:
 * the disk has begun with each. When the batch is settled all get their names, and a mailbox's names are synced
 * together. Nothing is answered before that.
 */

#include "base/map.h"
#include "relay/worker.h"
#include "store/maildir.h"

/* Open at a time. */
enum { BATCH_MAILBOXES = 16, BATCH_MESSAGES = 64 };

struct batch {
	struct worker *worker;
	struct arena *arena; /* of everything in it; to be reset when it is settled */
	struct map by_path;
	struct batch_mailbox {
		struct maildir maildir;
		struct batch_landing *landings, **tail;
		struct batch_mailbox *next;
	} * mailboxes, **tail;
	size_t n, messages;
};

/* One message in one mailbox. */
struct batch_landing {
	const struct job *job;
	const struct job_rcpt *rcpt;
	const struct route_target *target;
	const char *key, *location; /* the latter for people */
	struct maildir_parked file;
	struct fault *failure; /* NULL: none */
	struct batch_landing *next;
};

void batch_init(struct batch *b, struct worker *w, struct arena *a);

/* Is it time to settle before another message is taken? */
bool batch_is_full(const struct batch *b);
/* The Maildir there, created if need be; with the rights of its owner, who is the caller now. NULL with a fault. */
struct batch_mailbox *batch_open(struct batch *b, const char *path, struct fault *f);
/* A message is parked there. The pointers must live until the batch is settled; next is set here. */
void batch_add(struct batch *b, struct batch_mailbox *m, struct batch_landing *landing);

/* Publish, sync, answer, close. The batch is empty then. */
void batch_settle(struct batch *b);

#endif
