/* SPDX-License-Identifier: ISC */
/*
 * pop3 - a POP3 client that measures a server on this machine. Times are milliseconds, medians of ROUNDS.
 *
 *	pop3 list PORT USER PASSWORD ROUNDS [MAILDIR]	connect, login, STAT, LIST, UIDL; with MAILDIR what servers
 *							keep beside the messages is removed before each round
 *	pop3 retr PORT USER PASSWORD ROUNDS DEPTH	fetch all, so many commands ahead; 1: one at a time
 *	pop3 hold PORT USER PASSWORD COUNT login|stat	open so many sessions, say "ready", keep them until the input
 *ends pop3 greet ROUNDS PROGRAM ARGUMENT...		start it with a socket as inetd does, to the end of the greeting
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/mailclient.h"

static const char *read_status(struct mailclient *c)
{
	size_t n;
	const char *line = mailclient_line(c, &n);

	if (n < 3 || memcmp(line, "+OK", 3) != 0) {
		fprintf(stderr, "pop3: %.*s\n", (int)n, line);
		exit(1);
	}
	return line;
}

/* Octets to the end of the answer. */
static size_t read_lines(struct mailclient *c)
{
	size_t octets = 0, n;
	const char *line;

	do {
		line = mailclient_line(c, &n);
		octets += n + 1;
	} while (n > 2 || line[0] != '.');
	return octets;
}

static const char *command(struct mailclient *c, const char *verb, const char *argument)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s%s%s\r\n", verb, argument ? " " : "", argument ? argument : "");

	mailclient_send(c, line, (size_t)n);
	return read_status(c);
}

static void log_in(struct mailclient *c, char **account)
{
	mailclient_dial(c, account[0]);
	read_status(c);
	command(c, "USER", account[1]);
	command(c, "PASS", account[2]);
}

static void list(struct mailclient *c, char **account, int rounds, const char *maildir)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		if (maildir)
			mailclient_forget(maildir);
		ms[i] = mailclient_now_ms();
		log_in(c, account);
		command(c, "STAT", NULL);
		command(c, "LIST", NULL);
		read_lines(c);
		command(c, "UIDL", NULL);
		read_lines(c);
		ms[i] = mailclient_now_ms() - ms[i];
		command(c, "QUIT", NULL);
		close(c->fd);
	}
	mailclient_print_median(ms, rounds);
}

static void fetch_all(struct mailclient *c, long count, long depth)
{
	long sent = 0;
	char line[64];

	for (long received = 0; received < count; received++) {
		char batch[64 * 128];
		size_t n = 0;

		/* Half of them at a time, so that the server never waits. */
		while (sent < count && sent < received + depth && (n || sent <= received + depth / 2)) {
			int length = snprintf(line, sizeof(line), "RETR %ld\r\n", ++sent);

			memcpy(batch + n, line, (size_t)length);
			n += (size_t)length;
		}
		mailclient_send(c, batch, n);
		read_status(c);
		read_lines(c);
	}
}

static void retr(struct mailclient *c, char **account, int rounds, long depth)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		long count;

		log_in(c, account);
		count = strtol(command(c, "STAT", NULL) + 4, NULL, 10);
		ms[i] = mailclient_now_ms();
		fetch_all(c, count, depth);
		ms[i] = mailclient_now_ms() - ms[i];
		command(c, "QUIT", NULL);
		close(c->fd);
	}
	mailclient_print_median(ms, rounds);
}

static void hold(struct mailclient *c, char **account, int count, const char *what)
{
	for (int i = 0; i < count; i++) {
		log_in(c, account);
		if (strcmp(what, "stat") == 0)
			command(c, "STAT", NULL);
	}
	mailclient_hold();
}

static int usage(void)
{
	fputs("usage: pop3 list|retr|hold PORT USER PASSWORD ROUNDS [MORE], pop3 greet ROUNDS PROGRAM...\n", stderr);
	return 64;
}

int main(int argc, char **argv)
{
	struct mailclient *c = malloc(sizeof(*c));
	int rounds;

	if (!c || argc < 4)
		return usage();
	rounds = (int)strtol(strcmp(argv[1], "greet") == 0 ? argv[2] : argv[argc > 5 ? 5 : 2], NULL, 10);
	if (rounds < 1 || rounds > MAILCLIENT_ROUNDS_MAX)
		return usage();
	if (strcmp(argv[1], "greet") == 0)
		mailclient_measure_greeting(c, argv + 3, rounds);
	else if (strcmp(argv[1], "list") == 0 && argc >= 6)
		list(c, argv + 2, rounds, argv[6]);
	else if (strcmp(argv[1], "retr") == 0 && argc == 7)
		retr(c, argv + 2, rounds, strtol(argv[6], NULL, 10));
	else if (strcmp(argv[1], "hold") == 0 && argc == 7)
		hold(c, argv + 2, rounds, argv[6]);
	else
		return usage();
	return 0;
}
