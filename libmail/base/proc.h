/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_PROC_H
#define LIBMAIL_BASE_PROC_H

/*
 * proc - processes: whose rights they have, and running commands.
 *
 * Supplementary groups are those of the system account that has both the name and the
 * user id; a virtual account has none, whatever it is called.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "base/account.h"
#include "base/buf.h"
#include "base/fault.h"

/*
 * Become the account for good: groups, gid, uid; checked that there is no way back. A process that already is it does
 * nothing; one that may not be it gets a temporary fault.
 */
int proc_drop(const struct account *who, struct fault *f);

/*
 * Root keeps one right for good, to read any file (CAP_DAC_READ_SEARCH), becomes this user and group, without
 * supplementary groups, and can gain nothing by exec(2). Who is not root stays what he is.
 */
int proc_keep_reading(uid_t uid, gid_t gid, struct fault *f);

/*
 * Root puts its rights aside until it knows whom to become: it keeps the one to change ids (CAP_SETUID, CAP_SETGID), is
 * this user and group, without supplementary groups, and can gain nothing by exec(2). proc_resume() makes it root
 * again, with that right only, to look an account up and proc_drop() to it. Who is not root stays what he is.
 */
int proc_suspend(uid_t uid, gid_t gid, struct fault *f);
int proc_resume(struct fault *f);

/*
 * Act as the account on the file system until proc_restore(): effective ids
 * and supplementary groups. Only root changes; for everybody else it succeeds only when
 * the account is the process's own (else a temporary fault: "not permitted").
 * Does not nest: a second proc_assume() takes the place of the first, and one that fails leaves
 * the process as it was before any. A process that cannot be restored is aborted,
 * as it must not go on with the wrong rights.
 */
int proc_assume(const struct account *who, struct fault *f);
void proc_restore(void);

/* Has the process, before any proc_assume(), the account's user id? And could it assume it? */
bool proc_is(const struct account *who);
bool proc_may_be(const struct account *who);

struct proc_command {
	const char *const *argv;  /* run directly, found in the PATH of env; or... */
	const char *shell;	  /* ...by /bin/sh -c */
	const char *const *env;	  /* the whole environment, "NAME=value", NULL at the end; NULL: a PATH only */
	const char *dir;	  /* working directory, entered with the account's rights; or NULL */
	const struct account *as; /* or NULL: as this process */
	int input;		  /* becomes its standard input; -1: /dev/null */
	bool errors_apart;	  /* its standard error is this process's, and not in the output */
	long time_limit;	  /* seconds; then TERM, and KILL a little later, to its process group */
};

enum {
	PROC_OUTPUT_MAX = 4096, /* bytes of output kept; the rest is read and dropped */
	PROC_GRACE_MS = 2000,	/* between TERM and KILL, and then until the process is given up */
};

/*
 * Run it and wait. Standard output and error go to *output (may be NULL); all
 * other descriptors are closed in it, signals have their defaults, the umask is 077, it
 * is in a session of its own. *status is wait(2)'s. 0 if it ran and ended; -1 (temporary) when it
 * could not be started or the time was up. What it left running in the background lives
 * on, but is not waited for. Not between proc_assume() and proc_restore().
 */
int proc_run(const struct proc_command *c, struct buf *output, int *status, struct fault *f);

/*
 * The process may have so many descriptors open (RLIMIT_NOFILE), or as many as the hard limit allows. Commands of
 * proc_run(), and whatever is executed after proc_restore_files(), have the limit from before: select(2) knows 1024.
 * Returns the limit that is in force now.
 */
unsigned long proc_raise_files(unsigned long wanted);
void proc_restore_files(void);

/* Block SIGPIPE's effect, so that a broken connection is an error of write(2). */
void proc_ignore_sigpipe(void);

/* Continue in the background: fork, setsid, standard descriptors to /dev/null. 1 in the parent, 0 in the child. */
int proc_detach(struct fault *f);

/*
 * After a fork without exec: keep the standard descriptors and this one, which gets the lowest
 * free number, and close all others, so that no lock or connection of the parent lives on here. The number is returned.
 */
int proc_keep_only(int fd);

#endif
