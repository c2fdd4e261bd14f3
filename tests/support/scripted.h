/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_SCRIPTED_H
#define TESTS_SUPPORT_SCRIPTED_H

/*
 * scripted - an SMTP or LMTP server in a process of its own that says what a script wants, at the
 * place where it wants it, and remembers what it was told.
 *
 * Without a rule it is a well-behaved server. What it hears is kept in memory that the test shares:
 * packets as they came from recv(2), messages as they came between DATA and the last dot.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { SCRIPTED_BYTES = 4 << 20, SCRIPTED_RULES = 32 };

struct scripted_rule {
	const char *on;	 /* "CONNECT", a verb in capitals, or "." for the end of a message */
	int nth;	 /* only at the n-th of them, from 1, over all connections; 0: at each */
	const char *say; /* octets; "" says nothing; NULL: the usual reply */
	int wait_ms;	 /* before it is said */
	bool hang_up;	 /* after it is said */
	bool dribble;	 /* an octet at a time, with a pause between */
};

struct scripted_heard {
	int connections, open, most; /* most: at a time */
	int messages;		     /* that were accepted */
	int lock;
	size_t n_packets, n_messages;
	int counts[SCRIPTED_RULES];
	char packets[SCRIPTED_BYTES]; /* each with "|" behind it */
	char bodies[SCRIPTED_BYTES];  /* each with its end mark, so that nothing is hidden */
};

struct scripted {
	const char *extensions; /* separated by blanks, with "=" for a blank within one: "PIPELINING SIZE=1000" */
	bool lmtp;
	int limit;  /* connections at a time; more get a 421. 0: no limit */
	int log_fd; /* lines "CONNECTION COMMAND" and "CONNECTION . SUBJECT" of accepted messages; 0: none */
	const struct scripted_rule *rules; /* on NULL at the end */

	struct scripted_heard *heard;
	pid_t pid;
	int port;
};

/* One session on a socket pair; returns our end, or -1. */
int scripted_pair(struct scripted *s);
/* On 127.0.0.1, any number of sessions at a time; s->port. 0 or -1. */
int scripted_listen(struct scripted *s);
/* The same in this process, for ever. */
void scripted_serve(struct scripted *s, int listener);
int scripted_listener(int *port);
/*
 * For so many seconds a client should wait for each thing that a server with these rules says: one, if it is to find
 * out that nothing comes, else longer than a busy machine takes for an answer.
 */
int scripted_patience(const struct scripted_rule *rules);
/* End it and wait for it. What was heard can be read until scripted_forget(). */
void scripted_end(struct scripted *s);
void scripted_forget(struct scripted *s);

#endif
