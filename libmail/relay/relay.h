/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_RELAY_H
#define LIBMAIL_RELAY_RELAY_H

/*
 * relay - the queue runner: takes messages from the spool, has them delivered by worker processes, and
 * puts them back, bounces them or removes them.
 *
 *	scheduler.c  the loop (one process, no blocking); sorter.c: from messages to destinations; dispatch.c: from
 *	             destinations to workers
 *	worker.c     the processes: one destination each, a connection kept
 *	remote.c local.c pipe.c  what a worker does: SMTP and LMTP, aliases and mailboxes, a command
 *	active.c     from outcomes to the queue file and the log; bounce.c tells senders
 *
 * Any number of relays may run on one spool: a message is worked on under its lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "queue/spool.h"
#include "relay/dialler.h"
#include "relay/hosts.h"
#include "relay/job.h"
#include "relay/tlspolicy.h"
#include "route/route.h"
#include "smtp/client.h"

enum relay_status { RELAY_SENT, RELAY_DEFERRED, RELAY_BOUNCED, RELAY_EXPANDED };

/* What became of one recipient (or of one target, where it expanded to several). */
struct relay_result {
	const struct envelope *envelope;
	const char *recipient; /* where it went */
	const char *original;  /* whom it was for */
	const char *peer;      /* "host[192.0.2.1]", "local", "pipe", "none" */
	enum relay_status status;
	const struct fault *outcome; /* text and codes, also of a success */
	double delay;		     /* seconds since the message arrived */
};

enum { RELAY_DELAY = 4 * 3600 /* seconds after which NOTIFY=DELAY is answered, if no time is configured */ };

struct relay_rules {
	struct spool *spool;
	struct route *route;
	struct client_rules client;
	struct dialler_rules dialler;
	struct hosts_rules hosts;
	struct tlspolicy_rules tlspolicy; /* it sets level and names of client.tls for each host */

	/* parameters, seconds and octets */
	const char *myhostname;
	long process_limit;
	long destination_concurrency_limit;
	long initial_destination_concurrency;
	long destination_recipient_limit;
	long active_limit;
	long run_delay;
	long minimal_backoff, maximal_backoff;
	long queue_lifetime, bounce_lifetime;
	long delay_warning_time; /* 0: only who asked for it is told that his mail is delayed, after RELAY_DELAY */
	long bounce_size_limit;
	long command_time_limit;
	/*
	 * What a mailing list's mail is given to, with deliver, --sender S, --recipient R and the list's name behind
	 * it: its words, NULL at the end. NULL: there is no such command.
	 */
	const char *const *list_command;
	bool enclosed;	 /* workers that speak with other machines give up what they do not need (base/enclose.h) */
	bool is_private; /* it is a user's own spool: what belongs to others can never be delivered from it, and is
			    bounced */

	/* Has this machine a network? What is tried without one does not use up a message's time. NULL: it has. */
	bool (*is_online)(void);

	/* What happens; called in the relay's own process. Each may be NULL. */
	void (*on_result)(void *ctx, const struct relay_result *r);
	void (*on_trouble)(void *ctx, const char *id, const struct fault *f);
	/* Called in a worker: a line of what is going on, for people who watch (sendmail -v); direction as in
	 * client_rules, '*' for a remark. */
	void (*on_dialogue)(void *ctx, char direction, struct span line);
	void *ctx;
};

enum relay_mode {
	RELAY_DAEMON, /* until SIGTERM; woken by the trigger and by time */
	RELAY_ONCE,   /* what is due now */
};

enum relay_end { RELAY_FINISHED, RELAY_RELOAD /* SIGHUP */ };

/*
 * Run. With RELAY_ONCE and ids (NULL-terminated) only these, due or not; with a domain only what waits for it, due or
 * not (flush.h). A message that another process works on is waited for if `wait` is set and it was named. SIGTERM,
 * SIGINT and SIGHUP end the daemon: nothing new is begun, what is under way may finish for RELAY_GRACE seconds, or
 * until a second signal. What has been delivered of a message that is then broken off is written down.
 */
enum { RELAY_GRACE = 10 };

struct relay_run {
	enum relay_mode mode;
	const char *const *ids;
	const char *domain;
	bool all; /* also what is not due yet */
	bool wait;
};

int relay_run(const struct relay_rules *rules, const struct relay_run *how, enum relay_end *end, struct fault *f);
/*
 * Hold back the signals that relay_run() heeds. Who does it first loses none that comes before it or between two runs,
 * and none that comes late ends him by default. *before, if not NULL, is the mask that was.
 */
void relay_hold_signals(sigset_t *before);

/* When the next attempt is due, seconds since 1970: 1; 0 when the queue is empty. */
int relay_next(struct spool *s, int64_t *when, struct fault *f);

/* Seconds from now until the next attempt at a message of that age; see lifetime.h for what the age is. */
long relay_backoff(const struct relay_rules *rules, int64_t age);

#endif
