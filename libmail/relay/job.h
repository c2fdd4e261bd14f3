/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_RELAY_JOB_H
#define LIBMAIL_RELAY_JOB_H

/*
 * job - what the scheduler asks of a worker process, and what the worker answers.
 *
 * One packet of a SOCK_SEQPACKET socket each; the queue file goes with the job
 * as a descriptor (SCM_RIGHTS), so that a worker needs no access to the spool. Both ends are one program
 * (fork without exec), so numbers are in the machine's form; all the same every length is checked.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/entropy.h"
#include "base/fault.h"
#include "queue/envelope.h"

enum {
	JOB_PACKET_MAX = 64 << 10, /* octets of a packet, either way */
	JOB_RCPT_MAX = 1000,	   /* recipients of a job */
};

struct job_rcpt {
	uint32_t index;	     /* in the envelope */
	const char *address; /* where it goes: the recipient, or what an alias made of it */
	const char *orcpt;   /* or NULL */
	const char *key;     /* of the target, or NULL: see envelope.h's journal; not sent to the worker */
	unsigned notify;
};

struct job {
	uint32_t number; /* to tell answers apart */
	char id[ENTROPY_ID + 1];
	const char *sender;
	const char *delivered_to; /* a header field to put in front: the local address that was forwarded; or NULL */
	int fd;			  /* the queue file */
	off_t at, size;
	int64_t arrived; /* seconds since 1970 */
	bool is_8bit, smtputf8;
	const char *envid;
	const char *ret; /* "FULL", "HDRS" or NULL */
	struct envelope_by deliver_by;
	int priority;
	bool require_tls;
	struct patch patch; /* of all its recipients */
	struct job_rcpt *rcpts;
	uint32_t n;
};

/* How many octets the recipient takes in a packet, about. */
size_t job_rcpt_size(const struct job_rcpt *r);

/* 0; -1 when the worker is gone. */
int job_send(int socket, const struct job *job);
/* 1, 0 when the scheduler has closed, -1 on nonsense. Everything is in the arena; job->fd is the caller's to close. */
int job_receive(int socket, struct arena *a, struct job *job);
/* Is there one to receive now? */
bool job_is_waiting(int socket);

enum answer_kind {
	ANSWER_OUTCOME = 1, /* of one target of one recipient */
	ANSWER_TARGETS,	  /* `count` outcomes and forwards of the recipient will come; `multi` if it expands to several
			     targets */
	ANSWER_FORWARD,	  /* the target is for another machine: address, sender (or NULL), key, delivered_to */
	ANSWER_CONNECTED, /* the destination welcomes us: others may connect, too */
	ANSWER_SLOW,	  /* the job may take its time: until its end the worker takes no other */
	ANSWER_BACK,	  /* the job was not begun, and is for another worker */
	ANSWER_END,	  /* the job is finished: what was not answered was not tried */
};

struct answer {
	enum answer_kind kind;
	uint32_t number; /* of the job */
	uint32_t index;	 /* of the recipient in the envelope */
	uint32_t count;
	const char *address; /* the target's */
	const char *sender;
	const char *delivered_to;
	const char *key;
	const char *peer; /* "host[192.0.2.1]", "local", "pipe"; may be NULL */
	bool remote;	  /* the outcome is the peer's own words */
	bool dsn_passed;  /* the peer takes care of NOTIFY=SUCCESS */
	bool final;	  /* the peer has put it into the mailbox: LMTP */
	bool down;	  /* the destination could not be reached at all */
	bool multi;
	struct fault outcome; /* FAULT_NONE: delivered; reply, status and text are then the peer's */
	/* Set by the scheduler, and not sent: */
	int64_t retry_at; /* the destination is dead until then, seconds since 1970; 0: it is not */
	bool untried;	  /* ... so it was not tried */
	bool offline;	  /* ... because this machine has no network */
};

/* Answers are collected into packets: answer_put() as often as there is something to say, answer_flush() before
 * waiting. */
struct answer_out {
	int socket;
	struct buf packet;
	bool broken; /* an answer could not be sent: the socket is shut down, and nothing more should be tried */
};

void answer_out_init(struct answer_out *o, int socket);
void answer_put(struct answer_out *o, const struct answer *a);
void answer_flush(struct answer_out *o);

/*
 * Receive one packet into *packet (JOB_PACKET_MAX), without waiting: 1, 0 nothing there, -1 the worker is gone. Then
 * answer_next() until it returns 0; strings point into the packet. -1 is nonsense.
 */
int answer_receive(int socket, struct buf *packet);
int answer_next(struct span *rest, struct answer *a);

#endif
