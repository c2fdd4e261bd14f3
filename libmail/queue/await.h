/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_AWAIT_H
#define LIBMAIL_QUEUE_AWAIT_H

/*
 * await - wait for what becomes of a message that this process has put into the queue.
 *
 * The queue file is opened before it is accepted, and kept open: states and
 * journal are written into the same file wherever it is moved to, and can be read
 * when it has been removed. So nothing is missed, however fast a relay is.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "queue/spool.h"

struct await {
	int fd;
	int notify; /* inotify(7), -1: look again every AWAIT_LOOK_MS */
	char id[ENTROPY_ID + 1];
};

enum { AWAIT_LOOK_MS = 50 };

/* Between spool_begin() and spool_commit(). */
int await_open(struct await *w, const struct spool *s, const char *id, struct fault *f);
void await_close(struct await *w);

/*
 * Wait until every recipient is delivered or has failed, or the file was removed: 1; or until the
 * monotonic time is deadline_ms: 0. *out is how it stands; it lives in the arena. A recipient that is still
 * ENVELOPE_QUEUED after 1 was deleted by an operator.
 */
int await_wait(struct await *w, int64_t deadline_ms, struct arena *a, struct envelope *out, struct fault *f);

#endif
