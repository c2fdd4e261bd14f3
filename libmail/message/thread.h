/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_THREAD_H
#define LIBMAIL_MESSAGE_THREAD_H

/*
 * thread - which message answers which: the algorithms of THREAD, RFC 5256 3.
 *
 *	thread_init(&t, THREAD_REFERENCES, arena, expected)
 *	thread_add(&t, &message)       for each, in the order of the mailbox
 *	thread_arrange(&t)
 *	thread_put(&t, out)
 *
 * ORDEREDSUBJECT: those with the same base subject are a thread. REFERENCES: by Message-ID, References and In-Reply-To,
 * and then threads with the same base subject are joined. REFS: as REFERENCES, but subjects do not matter, and the
 * threads stand in the order of their most recent messages (the expired draft-ietf-morg-inthread; Dovecot and Cyrus
 *have it too).
 *
 * The time is n log n, whatever the messages claim: ids are found by a keyed hash, and whether a link would make a loop
 * is known without walking along the thread. Nothing is recursive. Memory is about 170 octets for each message and for
 * each other id that is named, and the ids.
 *
 * Where RFC 5256 would first make a link between two others' ids and then break it when it comes to the message that
 * says better (its step 1.B), the link is not made in the first place. That differs only where the link which is not
 * there would have closed a loop.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "base/span.h"

enum thread_algorithm { THREAD_ORDEREDSUBJECT, THREAD_REFERENCES, THREAD_REFS };

enum {
	THREAD_REFERENCES_MAX = 200, /* ids of a References field that count: the last ones */
	THREAD_OTHERS = 8,	     /* ids that no message has, for each message, */
	THREAD_OTHERS_MIN = 10000,   /* and as many more; what is beyond is taken as if it were not there */
};

struct thread_message {
	uint32_t number;	/* that is put: a message number or a UID */
	int64_t date;		/* when it was sent: for the order */
	struct span id;		/* Message-ID, the field's body */
	struct span references; /* References, the field's body */
	struct span reply_to;	/* In-Reply-To, the field's body: when there is no id in References */
	struct span subject;	/* its base (message/subject.h), as casemap.h makes it */
	bool is_reply;		/* the subject has the mark of a reply or a forward */
};

struct thread {
	enum thread_algorithm algorithm;
	struct arena *arena;
	struct map ids, subjects;
	struct thread_node **messages; /* in the order in which they came */
	size_t n, room;
	struct thread_node *first, *last; /* the threads, after thread_arrange() */
};

/*
 * The id that a conversation is known by, as one of its messages tells it: the first one that References of an answer
 * to it have (RFC 5322 3.6.4). That is the first of its References, else the only one of In-Reply-To, else its own; .n
 * == 0: it has none that is valid. No other message is needed to know it, and none that comes can change it. Messages
 * of one thread have the same one but where a References field was lost or lacks its front.
 */
struct span thread_root(const struct thread_message *m);

/* `room` is how many messages there will be at most. */
void thread_init(struct thread *t, enum thread_algorithm algorithm, struct arena *a, size_t room);
/* Nothing of *m is needed behind it. */
void thread_add(struct thread *t, const struct thread_message *m);
void thread_arrange(struct thread *t);
/* The threads as THREAD's answer has them: "(2)(3 6 (4 23)(44 7 96))". */
void thread_put(const struct thread *t, struct buf *out);

/*
 * The arranged messages one by one: each before its answers, threads one behind the other. Start with { .thread = t }.
 * 1 with number, parent and depth set; 0 at the end. Those that stand beside each other under an id of which only
 * others speak are children of nobody, and of one thread: `is_first` tells where a thread begins.
 */
struct thread_walk {
	const struct thread *thread;
	uint32_t number, parent; /* of the message, and of the one that it answers; 0: none */
	unsigned depth;		 /* how many ancestors it has that are messages */
	bool is_first;
	const struct thread_node *at, *top; /* private */
};
int thread_walk_next(struct thread_walk *w);

#endif
