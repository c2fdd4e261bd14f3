/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_ACTIVE_H
#define LIBMAIL_RELAY_ACTIVE_H

/*
 * active - a message under way: locked, some of its recipients with workers.
 *
 * Outcomes are collected here until nothing is open any more; then the queue file is brought up to
 * date in one go: bounces first, durably, then the states, then the file is
 * removed or deferred. A crash before that repeats deliveries and loses none.
 */

#include "base/map.h"
#include "relay/job.h"
#include "relay/relay.h"

struct active_rcpt {
	unsigned open; /* targets without an outcome */
	bool multi;    /* expands to several targets: each done one is written down */
	bool expanded; /* ... and the author has been told that, who wanted to know of success */
	bool failed;   /* it, or one of its targets, and the sender has been told */
	bool deferred; /* it, or one of its targets, is to be tried again */
	bool told;     /* its sender has been told just now that it is delayed */
	const struct active_last {
		const char *status, *text;
	} * last; /* what is written down as the reason, or the success; recipients who have the same share it */
};

/* Something to report to a sender. */
struct active_note {
	struct active_note *next;
	uint32_t index;
	const char *address;
	const char *sender; /* who is told */
	const char *key;    /* of the target, or NULL */
	const char *peer;
	struct fault outcome; /* FAULT_NONE: success that was asked for; FAULT_TEMP: it is delayed */
	bool expired;	      /* failure, because it was tried for too long */
	bool relayed;	      /* success, but the next host will not tell of delivery */
	bool expanded;	      /* success: it was an alias of several */
	bool handled;
};

struct active {
	const struct relay_rules *rules;
	struct spool_message m;
	struct arena arena;
	struct active_rcpt *rcpts;
	unsigned open;	/* of all recipients */
	unsigned tasks; /* that point here: a worker may have said all of a task, and not yet that it is done with it */
	bool several;	/* it may have more than one task */
	struct map rounds;		/* of its last task at each destination (destination.h) */
	bool tried;			/* it has an outcome that is to be written down */
	struct destination *put_off_by; /* it is dead, and waits for it */
	bool retried;			/* something is to be tried again for another reason */
	bool probed;			/* it was the one that found out */
	int64_t retry_at;		/* when that destination may be tried again, seconds since 1970 */
	bool offline;			/* it was tried without a network */
	int64_t asked; /* somebody wants it tried, dead destination or not: since then, monotonic ms; 0: nobody */
	const struct active_last *recent; /* of the recipient before */
	struct active_note *failures, *successes, *delays;
	struct buf journal;
};

/* Takes over the claimed message and its arena. */
struct active *active_new(const struct relay_rules *rules, struct spool_message *m, struct arena *arena);

/* The recipient is an alias of several, or of a list with an owner: RFC 3461 5.2.7. */
void active_expanded(struct active *a, uint32_t index);

/* One more target of the recipient waits for an outcome; or has one. */
void active_open_target(struct active *a, uint32_t index);
void active_close_target(struct active *a, uint32_t index);
void active_outcome(struct active *a, const struct answer *answer);

/*
 * Nothing is open any more: finish and free it. Returns when it is due again (seconds since 1970), 0 when
 * it is gone. `enqueued` is called with the id of each bounce.
 */
int64_t active_finish(struct active *a, void (*enqueued)(void *ctx, const char *id), void *ctx);

/* Let go of it as it is: its state in the queue does not change. */
void active_abandon(struct active *a);

#endif
