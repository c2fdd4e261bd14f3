/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_DESTINATION_H
#define LIBMAIL_RELAY_DESTINATION_H

/*
 * destination - where messages wait for workers: a queue of tasks and the
 * processes that serve it.
 *
 * A destination that cannot be reached is dead for minimal_backoff seconds: what waits for it is put
 * off without a try, so that it costs one probe and not one per message. One that refuses further
 * connections while others work gets no more of them than work; after LIMIT_RAISE deliveries one more is tried.
 */

#include "base/map.h"
#include "relay/active.h"
#include "relay/worker.h"

enum {
	WORKER_IDLE_SECONDS = 5, /* after which it is let go */
	LIMIT_RAISE = 200,	 /* deliveries after which a lowered limit is raised by one */
	TASK_TRIES = 2,		 /* workers that may die of a task */
};

/* Recipients of one message that go to one destination in one transaction. */
struct task {
	struct active *active;
	struct destination *destination;
	struct job job;
	unsigned *open; /* parallel to job.rcpts: outcomes that are still to come; set when it is sent */
	size_t room, bytes;
	unsigned tries;
	bool down;	  /* the worker could not reach the destination... */
	struct fault why; /* ...because */
	struct task *next;
};

struct process {
	int pid;
	int socket;
	struct destination *destination;
	struct task *flight[WORKER_DEPTH];
	unsigned n;
	bool works;	    /* it has reached the destination, and not failed to since */
	int64_t idle_since; /* monotonic, milliseconds */
	struct process *next;
};

struct destination {
	const char *key;
	struct worker_place place;
	struct task *head, **tail;
	struct process *processes;
	unsigned nprocesses;
	unsigned limit;		  /* of processes, now */
	unsigned good;		  /* deliveries since it was set */
	bool proven;		  /* it has answered since it was last dead */
	int64_t died, dead_until; /* monotonic, milliseconds */
	struct fault why;
	/* The task that is being filled. */
	struct task *open;
};

struct destinations {
	struct arena arena;
	struct map map;
	long limit;
};

void destinations_init(struct destinations *all, long limit);
void destinations_clear(struct destinations *all);
struct destination *destination_for(struct destinations *all, const struct worker_place *place);

/*
 * Add a recipient to the task that is open for the same message, sender and delivered_to, or begin one. The
 * strings must live as long as the active message.
 */
void destination_add(struct destination *d, struct active *a, const struct job_rcpt *rcpt, const char *sender,
		     const char *delivered_to, long rcpt_limit);
struct task *destination_take(struct destination *d);
void destination_put_back(struct destination *d, struct task *t);
bool destination_is_dead(const struct destination *d);
/* It may be probed again, if somebody asked for that since it was found dead. */
void destination_revive(struct destination *d, int64_t asked);

#endif
