/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_SCHEDULER_H
#define LIBMAIL_RELAY_SCHEDULER_H

/*
 * scheduler - the state of a running relay, for the files that share the work: scheduler.c waits and is woken,
 * sorter.c takes messages from the spool to their destinations, dispatch.c gives tasks to workers and takes answers.
 * relay.h is what others see.
 */

#include <poll.h>

#include "relay/destination.h"
#include "relay/pool.h"
#include "relay/relay.h"
#include "relay/worklist.h"

struct scheduler {
	const struct relay_rules *rules;
	const struct relay_run *how;
	struct destinations destinations;
	struct pool pool;
	unsigned nactive;
	struct worklist work;
	int trigger, signals;
	struct buf packet;
	struct pollfd *polls;
	size_t polls_room;
	bool ending, reload;
	int64_t grace; /* monotonic, milliseconds */
};

/* Tell the operator; id "" when it is about no message. */
void scheduler_trouble(const struct scheduler *s, const char *id, const struct fault *f);

#endif
