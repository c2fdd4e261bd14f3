/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_INTAKE_H
#define LIBMAIL_RELAY_INTAKE_H

/*
 * intake - a message being accepted, by sendmail, smtpd or mda, until it is durable.
 *
 * Where every recipient expands to local Maildirs that belong to this process's user, the
 * message is written once, straight into the first Maildir, and linked into the others:
 * the Maildir is the queue. Otherwise it is written into the spool, also where this process cannot
 * find out now what the targets are. The caller does not see the difference but in intake.direct.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "queue/envelope.h"
#include "queue/spool.h"
#include "route/route.h"

struct intake_rules {
	struct spool *spool; /* may be NULL in an applet that only delivers */
	struct route *route;
	long message_size_limit; /* octets; 0: none */
	long queue_minfree;	 /* octets */
	bool queue_only;	 /* never deliver directly */
	bool each;		 /* the caller reports on each recipient, by intake_outcome(): LMTP */
};

/* Zeroed it is a valid one that nothing was begun in. */
struct intake {
	const struct intake_rules *rules;
	const struct envelope *envelope;
	char id[ENTROPY_ID + 1]; /* set by intake_begin */
	bool direct;
	off_t size; /* octets put so far */
	struct arena *arena;
	const char **places; /* if direct and not rules.each: each recipient's mail_location, of several one */
	const struct fault **outcomes; /* of each recipient, NULL: all are well */
	union intake_writer *writer;
};

/*
 * Begin a message. The envelope is checked and must live until commit or abort, as must the arena's content; its
 * id is set here. On a fault nothing is left behind. The caller then puts the trace fields and the message
 * itself, LF line ends, in pieces of any size.
 */
int intake_begin(struct intake *in, const struct intake_rules *rules, struct arena *a, struct envelope *e,
		 struct fault *f);
void intake_put(struct intake *in, const void *p, size_t n);

/*
 * Make it durable: file and name. 0: it is accepted, in->id names it. -1: there is no message, and the
 * fault says why (552 5.3.4 over the size limit, 452 4.3.1 disk full, ...). In both cases the
 * intake is over.
 */
int intake_commit(struct intake *in, struct fault *f);
/*
 * With rules.each, after a commit that returned 0: has the recipient e->rcpts[i] got it? 0, or -1 with the reason. Such
 * a recipient has nothing of it, here or in the queue, and the others are not sent it again.
 */
int intake_outcome(const struct intake *in, size_t i, struct fault *f);
/* Leave no trace; also after a failed begin, or none. */
void intake_abort(struct intake *in);

#endif
