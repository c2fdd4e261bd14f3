/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_DESTINATION_H
#define LIBMAIL_RELAY_DESTINATION_H

/*
 * destination - where messages wait for workers: a queue of tasks and the
 * processes that serve it.
 *
 * A destination that cannot be reached is dead for minimal_backoff seconds, for twice as long when it still is then,
 * and so on up to maximal_backoff: what waits for it is put off without a try, so that it costs one probe and not one
 * per message. When a probe succeeds, what was put off is tried at once.
 *
 * It begins with one process, and with a few when that is welcomed. Each that is welcomed makes room for two more, and
 * each delivery without a failed connection for one, as with Postfix. One that refuses further connections while others
 * work gets no more of them than work; then LIMIT_RAISE deliveries are needed for the next one.
 *
 * Tasks are served in the order of priority; those of the same priority fairly: each message that waits has its first
 * task served before any has its second, and so on, so that 10,000 recipients are in nobody's way.
 */

#include "base/map.h"
#include "relay/active.h"
#include "relay/tray.h"
#include "relay/worker.h"

enum {
	WORKER_IDLE_SECONDS = 5, /* after which it is let go */
	LIMIT_RAISE = 200,	 /* deliveries after which a lowered limit is raised by one */
	TURN_TASKS = 10,	 /* that a process serves at least before it makes room for another destination */
	TASK_TRIES = 2,		 /* workers that may die of a task; the last one has no other */
};

/* Recipients of one message that go to one destination in one transaction. */
struct task {
	struct active *active;
	struct destination *destination;
	struct job job;
	unsigned *open; /* parallel to job.rcpts: outcomes that are still to come; set when it is sent */
	size_t room, bytes;
	unsigned tries;		/* workers that died while they had it */
	bool down;		/* the worker could not reach the destination... */
	struct fault *why;	/* ...because; in the message's arena */
	uint64_t round, number; /* place in the queue: which task of its message it is, then the order of coming */
};

struct process {
	int pid;
	int socket;
	struct destination *destination;
	struct task *flight[WORKER_BATCH];
	unsigned n;
	size_t bytes;	    /* of their packets, about */
	unsigned served;    /* tasks */
	bool works;	    /* it has reached the destination, and not failed to since */
	bool leaving;	    /* gets no more: another destination needs its place */
	bool alone;	    /* gets no more until the task it has is done: that is slow, or may be the death of it */
	bool slow;	    /* the last task was: it gets one at a time */
	int64_t idle_since; /* monotonic, milliseconds */
	struct process *next;
};

struct destination {
	const char *key;
	struct worker_place place;
	struct destinations *all;
	struct task **queue; /* a heap of n tasks */
	size_t n, room;
	uint64_t round; /* of the last task that was taken */
	unsigned nprocesses;
	unsigned limit;		  /* of processes, now */
	unsigned good;		  /* deliveries since it was set */
	bool lowered;		  /* it was too much once */
	bool proven;		  /* it has answered since it was last dead */
	unsigned deaths;	  /* in a row */
	bool offline;		  /* when it died this machine had no network */
	int64_t died, dead_until; /* monotonic, milliseconds */
	struct fault why;
	struct task *open;   /* that is being filled */
	struct tray put_off; /* because it is dead; tried when it is not */
	struct tray crowd;   /* too many for the active ones: tried when there is room */
	bool is_waiting;     /* it is on the list of those with tasks */
	struct destination *next_waiting;
};

struct destinations {
	struct arena arena;
	struct map map;
	long limit, initial; /* processes of each: at most, and for the network at first */
	struct destination *waiting, **tail;
	size_t nwaiting;
};

void destinations_init(struct destinations *all, long limit, long initial);
void destinations_clear(struct destinations *all);
struct destination *destination_for(struct destinations *all, const struct worker_place *place);

/*
 * Those that have tasks take turns: take the first off the list, and put it back behind the others if tasks are left.
 * NULL: none.
 */
struct destination *destinations_next(struct destinations *all);
void destinations_put_back(struct destinations *all, struct destination *d);
/* A chain of such, in front of all others. */
void destinations_put_first(struct destinations *all, struct destination *chain);

/*
 * Add a recipient to the task that is open for the same message, patch, sender and delivered_to, or begin one. The
 * strings must live as long as the active message.
 */
void destination_add(struct destination *d, struct active *a, const struct job_rcpt *rcpt, const char *sender,
		     const char *delivered_to, long rcpt_limit);
/* The next one; there must be one. */
const struct task *destination_first(const struct destination *d);
struct task *destination_take(struct destination *d);
/* It keeps its place. */
void destination_put_back(struct destination *d, struct task *t);

/* It could not be reached, for a pause that begins with `least` and grows up to `most` seconds. */
void destination_die(struct destination *d, long least, long most, const struct fault *why);
bool destination_is_dead(const struct destination *d);
/* It may be probed again, if somebody asked for that since it was found dead. */
void destination_revive(struct destination *d, int64_t asked);
/* It answers. */
void destination_live(struct destination *d);

/* A connection was made, or a delivery; and a connection failed while `working` processes had one. */
void destination_grow(struct destination *d);
void destination_shrink(struct destination *d, unsigned working);

#endif
