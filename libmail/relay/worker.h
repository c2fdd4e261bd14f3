/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_WORKER_H
#define LIBMAIL_RELAY_WORKER_H

/*
 * worker - a process that makes deliveries to one destination, one job after the other.
 *
 * It ends when the scheduler closes its socket. What it may do is what its work
 * needs: a local worker keeps root's rights (if it has them) to become each mailbox's owner,
 * every other becomes the owner of the spool before it does anything; but one that speaks with servers reads first the
 * password with which it has to log in, if any (credential.h), and the line of smtp_tls_policy_maps.
 */

#include "relay/dialler.h"
#include "relay/job.h"
#include "relay/relay.h"

/*
 * Jobs that a worker has: one under way, one begun behind it, one so that there always is one. One that delivers here
 * has as many as go to the disk together (batch.h); but what takes its time (a command, an mbox that may be locked)
 * keeps no other waiting: worker_slow().
 */
enum { WORKER_DEPTH = 3, WORKER_BATCH = 32 };

enum worker_kind { WORKER_LOCAL, WORKER_SMTP, WORKER_LMTP, WORKER_PIPE };

struct worker_place {
	enum worker_kind kind;
	const char *nexthop; /* SMTP, LMTP: as dial_parse() takes it */
	const char *command; /* PIPE */
	const char *sender;  /* SMTP: for whom alone, where who logs in depends on that; or NULL */
};

/* Fork one. Returns its pid and the scheduler's end of the socket; -1 with a fault. */
int worker_start(const struct relay_rules *rules, const struct worker_place *place, int *socket, struct fault *f);

/* What a worker is while it runs; for the three kinds of work. */
struct worker {
	const struct relay_rules *rules;
	const struct worker_place *place;
	int socket;
	struct answer_out out;
	struct dialler dialler;	 /* SMTP */
	struct tlspolicy policy; /* SMTP, LMTP */
	int kept[WORKER_BATCH];	 /* the queue files of the jobs before */
	size_t nkept;
};

void remote_work(struct worker *w);
void local_work(struct worker *w);
void pipe_work(struct worker *w);

/* The outcome of one recipient of a job, or of one of its targets (NULL: none), with the target's key. */
void worker_answer(struct worker *w, const struct job *job, const struct job_rcpt *r, const struct route_target *target,
		   const char *key, const char *peer, const struct fault *outcome);
void worker_end(struct worker *w, const struct job *job);
/* Of several jobs at once. */
void worker_end_all(struct worker *w, const struct job *jobs, size_t n);
/* The job may take its time: those that wait behind it are for other workers. */
void worker_slow(struct worker *w, const struct job *job);
void worker_remark(const struct worker *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * Up to WORKER_BATCH jobs are done with; their queue files are closed when the next ones are. Who closes a removed file
 * last has the work of freeing it, 0.6 ms on some file systems: the scheduler should not be the one.
 */
void worker_close_later(struct worker *w, const struct job *jobs, size_t n);

/* "al@example.org... Sent (ok 1014808040)", as sendmail 8 puts it */
void worker_remark_outcome(const struct worker *w, const char *address, const struct fault *outcome);

/* Success in words, for outcomes that no server words. */
void worker_success(struct fault *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
