/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_QUEUERUN_H
#define APPLETS_QUEUERUN_H

/*
 * queuerun - run mta-relay once, from an applet that has put something into the queue.
 *
 * It is our own binary started anew (/proc/self/exe as "mta-relay"), so that a delivery that takes an
 * hour holds nothing of the command that caused it.
 */

#include "base/arena.h"
#include "base/fault.h"
#include "settings.h"

enum { QUEUERUN_IDS_MAX = 1000 /* more are not named: the run takes all that is due */ };

enum queuerun_how {
	QUEUERUN_BACKGROUND, /* return at once */
	QUEUERUN_FOREGROUND, /* wait for it */
	QUEUERUN_SHOWN,	     /* wait for it, with the SMTP dialogue on standard output */
};

struct queuerun {
	const struct settings_options *from; /* its configuration is ours */
	const char *spool;
	struct opt_list ids; /* empty: all that is due */
	enum queuerun_how how;
};

/*
 * 0 when it was started (and, unless in the background, has ended: *code is then its exit code). -1
 * when it could not be: the queue is as it was, a later run will find it.
 */
int queuerun_start(const struct queuerun *q, struct arena *a, int *code, struct fault *f);

/* "mta-relay --daemon" in the background; `interval` replaces queue_run_delay, or is NULL. */
int queuerun_daemon(const struct queuerun *q, struct arena *a, const char *interval, struct fault *f);

#endif
