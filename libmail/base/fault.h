/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_FAULT_H
#define LIBMAIL_BASE_FAULT_H

/*
 * fault - one error value for the exit code, the SMTP reply, the decision to
 * try again, and the text of a bounce.
 *
 * Whoever detects an error knows whether it is temporary, and says so here.
 * A fault is the last parameter of what can fail, may be NULL where nobody
 * reads it, and is untouched on success. The text is a complete sentence
 * without a full stop, and has a fixed size so that reporting never fails.
 *
 * Return values everywhere: 0 or -1; iterators 1 (item), 0 (end), -1 (fault);
 * bool only for questions.
 */

#include <stdbool.h>
#include <stddef.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_TEMP,  /* the same thing may work later */
	FAULT_PERM,  /* it never will */
	FAULT_USAGE, /* the caller's words are wrong: arguments, configuration */
	FAULT_BUG,   /* ours */
};

struct fault {
	enum fault_kind kind;
	int reply;	 /* SMTP reply code, 0 when none was given */
	char status[12]; /* enhanced status code, RFC 3463: "4.3.0" */
	char text[400];
};

/* Each fills *f (which may be NULL) and returns -1, so that "return fault_temp(...)" is the usual form. */
int fault_temp(struct fault *f, int reply, const char *status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int fault_perm(struct fault *f, int reply, const char *status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
int fault_usage(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
int fault_bug(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * A system call failed: errno decides. ENOSPC, EDQUOT and EFBIG give 452
 * 4.3.1, EACCES and EPERM 451 4.3.5, all else 451 4.3.0; always temporary, as a message must
 * never be refused for good because of the state of this machine. The text is
 * "WHAT: strerror".
 */
int fault_errno(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Whoever delivers says by this what the sender of a mail can do nothing about: a fault of the configuration (5.3.5, or
 * a usage fault) or of the program becomes temporary, 451 4.3.x, and the mail waits until it is mended. Others stay.
 */
void fault_defer(struct fault *f);

/*
 * Does it tell of this machine: files, accounts, its configuration? That is 4.3.0, 4.3.1, 4.3.5, 5.3.5, and what is
 * nobody else's fault by its kind. Log and local users are told all of it, and the world that there is something:
 * fault_hide() leaves kind, reply and 4.3.1 (no space), and says "(ID)" where id is not NULL, for whoever looks into
 * the log. Others stay as they are.
 */
bool fault_is_private(const struct fault *f);
void fault_hide(struct fault *f, const char *id);

/*
 * Statuses for fault_perm() about files that a command line names: EX_NOINPUT and EX_CANTCREAT. No peer is told of
 * them, so they are outside of RFC 3463.
 */
#define FAULT_NO_INPUT	"5.9.1"
#define FAULT_NO_OUTPUT "5.9.2"

/* The sysexits(3) code that says the same to a calling program: from kind and status. */
int fault_exit(const struct fault *f);

#endif
