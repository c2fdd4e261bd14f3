/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_STATION_H
#define TESTS_SUPPORT_STATION_H

/*
 * station - a relay with a spool and a village around it, all in the test's directory; whole, or one worker of it.
 *
 * Backoff is 300 to 4000 s, timeouts are 2 s, mail for other machines goes to the village's relayhost.
 * What happens is written down: results as "STATUS RECIPIENT DSN PEER text", trouble as text.
 */

#include "relay/worker.h"
#include "support/village.h"

struct station {
	struct village village;
	struct spool spool;
	struct relay_rules rules;
	struct buf results, trouble;
	struct arena arena; /* of what the functions return */
	char relayhost[64];
};

/* Parameters of rules and village.route may be changed between the two. */
void station_init(struct station *s, const char *aliases);
void station_start(struct station *s);
void station_clear(struct station *s);

/* Mail for other machines goes to 127.0.0.1 and this port; before station_start(). */
void station_relay_to(struct station *s, int port);

/* Put a message into the queue; `recipients` are separated by blanks. Its id. */
const char *station_enqueue(struct station *s, const char *sender, const char *recipients, const char *text);
const char *station_enqueue_as(struct station *s, struct envelope *e, const char *text);

/* relay_run() once over what is due; or over these ids. */
void station_run(struct station *s);
void station_run_ids(struct station *s, const char *const *ids);

/*
 * The queue: each message as "BOX <sender>" and " STATE address [last text]" for each recipient with " done:KEY" behind
 * it, one message a line, oldest first; and how many there are in a box.
 */
const char *station_queue(struct station *s);
int station_count(struct station *s, enum spool_box box);

/* What is in new/ of a Maildir below the directory ("home/al/Maildir", "spool/dead"): how many, and all of it. */
int station_mail_count(const char *maildir);
/* Is that so many seconds from now on? A busy machine may have taken some of them since. */
bool station_is_in(int64_t when, int64_t seconds);
const char *station_mail(struct station *s, const char *maildir);

/* ---- one worker ---- */

struct station_worker {
	struct station *station;
	pid_t pid;
	int socket;
	uint32_t number; /* of the last job */
	struct buf packet;
};

void station_worker_start(struct station *s, struct station_worker *w, const struct worker_place *place);
/* Give it a message of the queue, for these recipients (those of the message if NULL). */
void station_worker_send(struct station_worker *w, const char *id, struct job_rcpt *rcpts, uint32_t n);
void station_worker_send_job(struct station_worker *w, const char *id, struct job *job);
/*
 * What it answers, up to the end of that job or its death: lines "outcome INDEX address peer[ remote][ down] KIND
 * STATUS text", "targets INDEX COUNT[ multi]", "forward INDEX address SENDER DELIVERED-TO KEY", "connected", "end
 * NUMBER", "dead".
 */
const char *station_worker_answers(struct station_worker *w);
/* Close its socket; its exit status as wait(2) has it. */
int station_worker_end(struct station_worker *w);

#endif
