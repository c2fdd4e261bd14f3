/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_KEEPER_H
#define LIBMAIL_AUTH_KEEPER_H

/*
 * keeper - a process that may read the stored passwords, for those that speak with the network and may not.
 *
 * It is forked before they give up root. It keeps the right to read files and no other (proc_keep_reading()), answers
 * one question after another, which bounds its work to one processor, and ends with the process that started it.
 * What it says is yes or no, and the keys for SCRAM, from which a password cannot be found but by guessing.
 *
 * A question is one packet on a socket that all share, with the socket for its answer in it, so that nobody hears
 * what is said to another. Both sides check every length.
 */

#include <sys/types.h>

#include "auth/authority.h"
#include "base/fault.h"

enum {
	KEEPER_TIMEOUT_MS = 30000, /* for an answer; then 454 */
	KEEPER_IDS = 65534,	   /* user and group that it becomes: nobody's */
};

struct keeper {
	pid_t pid;
	pid_t parent;
	struct authority_local *local;
	bool enclosed;
	int ask, answer; /* the two ends of the socket; the starter keeps both, so that another can take its place */
};

/* Start it. `local` must outlive it, in this process. */
/* enclosed: it gives up writing and executing, too (base/enclose.h), unless it asks PAM, whose modules may do either.
 */
int keeper_start(struct keeper *k, struct authority_local *local, bool enclosed, struct fault *f);

/* In a process that only asks. */
void keeper_leave(struct keeper *k);

/* A child has ended. Was it this one (true)? Then another was started, which goes on with the questions that wait. */
bool keeper_reaped(struct keeper *k, pid_t pid);

/* It is not needed here any more, and ends when nobody else has the socket to ask it. It is the caller's child. */
void keeper_stop(struct keeper *k);

/* What the others ask. `k` must outlive it. */
struct authority keeper_authority(struct keeper *k);

#endif
