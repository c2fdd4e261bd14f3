/* SPDX-License-Identifier: ISC */
#ifndef TESTS_SUPPORT_MAILCLIENT_H
#define TESTS_SUPPORT_MAILCLIENT_H

/*
 * mailclient - what the programs that measure POP3 and IMAP servers share: a connection to this machine, and times.
 * What fails ends the program.
 */

#include <stddef.h>

enum { MAILCLIENT_PIECE = 1 << 18, MAILCLIENT_ROUNDS_MAX = 1000 };

struct mailclient {
	int fd;
	size_t at, n;
	char in[MAILCLIENT_PIECE];
};

double mailclient_now_ms(void);
_Noreturn void mailclient_die(const char *what);

void mailclient_dial(struct mailclient *c, const char *port);
/* The next line without its LF, which lives until the next call. */
const char *mailclient_line(struct mailclient *c, size_t *n);
/* Pass over so many octets. */
void mailclient_skip(struct mailclient *c, size_t n);
void mailclient_send(struct mailclient *c, const char *text, size_t n);

/* Remove what servers keep beside the messages of a Maildir. */
void mailclient_forget(const char *maildir);

/* "ms=...", the middle one. */
void mailclient_print_median(double *ms, int n);

/* Start a program with a socket as inetd does, so many times: the median of the times to the end of its first line. */
void mailclient_measure_greeting(struct mailclient *c, char **program, int rounds);

/* Say "ready", and wait for the end of the input: connections stay open meanwhile. */
void mailclient_hold(void);

#endif
