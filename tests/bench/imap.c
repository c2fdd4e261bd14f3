/* SPDX-License-Identifier: ISC */
/*
 * imap - an IMAP client that measures a server on this machine. Times are milliseconds, medians of ROUNDS.
 *
 *	imap open PORT USER PASSWORD ROUNDS [MAILDIR]		connect, login, SELECT; with MAILDIR what servers keep
 *beside the messages is removed before each round imap first PORT USER PASSWORD ROUNDS MAILDIR COMMAND	the command
 *alone, in a new session with nothing kept
 *	imap again PORT USER PASSWORD ROUNDS COMMAND...		the same session, in which each command was said before;
 *								with several, one after the other each round
 *	imap append PORT USER PASSWORD COUNT			one message after the other, each of 2.7 kB
 *	imap idle PORT USER PASSWORD ROUNDS MAILDIR		from a delivery to what IDLE says of it
 *	imap hold PORT USER PASSWORD COUNT login|select|idle	open so many sessions, say "ready", keep them until the
 *								input ends
 *	imap greet ROUNDS PROGRAM ARGUMENT...			start it with a socket as inetd does, to the greeting
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/mailclient.h"

/* Mail comes now and then: what a server puts off for two seconds after a change is to be seen. */
enum { COMMANDS_MAX = 8, QUIET_US = 2500 * 1000, TIME_MAX = 300 /* seconds, for all */ };

/* The next line; literals in it are passed over. */
static const char *read_line(struct mailclient *c, size_t *n)
{
	const char *line = mailclient_line(c, n);
	size_t brace = *n;

	if (*n < 3 || line[*n - 2] != '}')
		return line;
	while (brace > 0 && line[brace - 1] != '{')
		brace--;
	if (brace > 0)
		mailclient_skip(c, (size_t)strtoul(line + brace, NULL, 10));
	return "";
}

/* Up to the line that begins so. A tagged answer ends it in any case, and must be OK. */
static void wait_for(struct mailclient *c, const char *start)
{
	const char *line;
	size_t n;

	do {
		line = read_line(c, &n);
		if (strncmp(line, "t ", 2) == 0 && strncmp(line, "t OK", 4) != 0) {
			fprintf(stderr, "imap: %.*s\n", (int)n, line);
			exit(1);
		}
	} while (strncmp(line, start, strlen(start)) != 0);
}

static void say(struct mailclient *c, const char *command)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), "t %s\r\n", command);

	mailclient_send(c, line, (size_t)n);
}

static void command(struct mailclient *c, const char *text)
{
	say(c, text);
	wait_for(c, "t ");
}

static void log_in(struct mailclient *c, char **account)
{
	char line[512];
	size_t n;

	mailclient_dial(c, account[0]);
	read_line(c, &n);
	snprintf(line, sizeof(line), "LOGIN %s %s", account[1], account[2]);
	command(c, line);
}

static void log_out(struct mailclient *c)
{
	command(c, "LOGOUT");
	close(c->fd);
}

static void measure_open(struct mailclient *c, char **account, int rounds, const char *maildir)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		if (maildir)
			mailclient_forget(maildir);
		ms[i] = mailclient_now_ms();
		log_in(c, account);
		command(c, "SELECT INBOX");
		ms[i] = mailclient_now_ms() - ms[i];
		log_out(c);
	}
	mailclient_print_median(ms, rounds);
}

static void measure_first(struct mailclient *c, char **account, int rounds, const char *maildir, const char *text)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		mailclient_forget(maildir);
		log_in(c, account);
		command(c, "SELECT INBOX");
		ms[i] = mailclient_now_ms();
		command(c, text);
		ms[i] = mailclient_now_ms() - ms[i];
		log_out(c);
	}
	mailclient_print_median(ms, rounds);
}

static void measure_again(struct mailclient *c, char **account, int rounds, char **commands, int count)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	log_in(c, account);
	command(c, "SELECT INBOX");
	for (int k = 0; k < count; k++)
		command(c, commands[k]);
	for (int i = 0; i < rounds; i++) {
		ms[i] = mailclient_now_ms();
		command(c, commands[i % count]);
		ms[i] = mailclient_now_ms() - ms[i];
	}
	log_out(c);
	mailclient_print_median(ms, rounds);
}

static void measure_append(struct mailclient *c, char **account, int rounds)
{
	static const char head[] = "From: a@test.example\r\nTo: b@test.example\r\nSubject: append\r\n\r\n";
	static const char line[] = "line of text\r\n";
	double ms[MAILCLIENT_ROUNDS_MAX];
	char message[4096], announced[64];
	size_t n = sizeof(head) - 1;

	memcpy(message, head, n);
	for (; n < 2700; n += sizeof(line) - 1)
		memcpy(message + n, line, sizeof(line) - 1);
	snprintf(announced, sizeof(announced), "APPEND INBOX {%zu}", n);
	message[n] = '\r';
	message[n + 1] = '\n';
	log_in(c, account);
	for (int i = 0; i < rounds; i++) {
		ms[i] = mailclient_now_ms();
		say(c, announced);
		wait_for(c, "+ ");
		mailclient_send(c, message, n + 2);
		wait_for(c, "t ");
		ms[i] = mailclient_now_ms() - ms[i];
	}
	log_out(c);
	mailclient_print_median(ms, rounds);
}

/* As deliverers do it: written in tmp/, renamed into new/. */
static void deliver(const char *maildir, int i)
{
	static const char text[] = "Subject: delivered\n\ntext\n";
	char from[4096], to[4096];
	int fd;

	snprintf(from, sizeof(from), "%s/tmp/1800000000.M%dP%d.bench", maildir, i, (int)getpid());
	snprintf(to, sizeof(to), "%s/new/1800000000.M%dP%d.bench", maildir, i, (int)getpid());
	fd = open(from, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, sizeof(text) - 1) < 0 || fchmod(fd, 0666) < 0 || close(fd) < 0)
		mailclient_die(from);
	if (rename(from, to) < 0)
		mailclient_die(to);
}

static void wait_for_exists(struct mailclient *c)
{
	const char *line;
	size_t n;

	do {
		line = read_line(c, &n);
	} while (!memmem(line, n, " EXISTS", 7));
}

static void measure_idle(struct mailclient *c, char **account, int rounds, const char *maildir)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	log_in(c, account);
	command(c, "SELECT INBOX");
	say(c, "IDLE");
	wait_for(c, "+ ");
	for (int i = 0; i < rounds; i++) {
		usleep(QUIET_US);
		ms[i] = mailclient_now_ms();
		deliver(maildir, i);
		wait_for_exists(c);
		ms[i] = mailclient_now_ms() - ms[i];
	}
	mailclient_send(c, "DONE\r\n", 6);
	wait_for(c, "t ");
	log_out(c);
	mailclient_print_median(ms, rounds);
}

static void hold(struct mailclient *c, char **account, int count, const char *what)
{
	for (int i = 0; i < count; i++) {
		log_in(c, account);
		if (strcmp(what, "login") != 0)
			command(c, "SELECT INBOX");
		if (strcmp(what, "idle") == 0) {
			say(c, "IDLE");
			wait_for(c, "+ ");
		}
	}
	mailclient_hold();
}

static int usage(void)
{
	fputs("usage: imap open|first|again|append|idle|hold PORT USER PASSWORD ROUNDS [MORE...], imap greet ROUNDS "
	      "PROGRAM...\n",
	      stderr);
	return 64;
}

int main(int argc, char **argv)
{
	static struct mailclient client;
	struct mailclient *c = &client;
	const char *what = argc > 1 ? argv[1] : "";
	bool is_greet = strcmp(what, "greet") == 0;
	int rounds;

	alarm(TIME_MAX);
	if (argc < 4 || (!is_greet && argc < 6))
		return usage();
	rounds = (int)strtol(argv[is_greet ? 2 : 5], NULL, 10);
	if (rounds < 1 || rounds > MAILCLIENT_ROUNDS_MAX)
		return usage();
	if (is_greet)
		mailclient_measure_greeting(c, argv + 3, rounds);
	else if (strcmp(what, "open") == 0)
		measure_open(c, argv + 2, rounds, argv[6]);
	else if (strcmp(what, "first") == 0 && argc == 8)
		measure_first(c, argv + 2, rounds, argv[6], argv[7]);
	else if (strcmp(what, "again") == 0 && argc > 6 && argc - 6 <= COMMANDS_MAX)
		measure_again(c, argv + 2, rounds, argv + 6, argc - 6);
	else if (strcmp(what, "append") == 0)
		measure_append(c, argv + 2, rounds);
	else if (strcmp(what, "idle") == 0 && argc == 7)
		measure_idle(c, argv + 2, rounds, argv[6]);
	else if (strcmp(what, "hold") == 0 && argc == 7)
		hold(c, argv + 2, rounds, argv[6]);
	else
		return usage();
	return 0;
}
