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
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 1000, PIECE = 1 << 18 };

struct client {
	int fd;
	size_t at, n;
	char in[PIECE];
};

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void die(const char *what)
{
	fprintf(stderr, "pop3: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void dial(struct client *c, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((unsigned short)strtol(port, NULL, 10)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	c->at = c->n = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* The next line, which lives until the next call. */
static const char *read_line(struct client *c, size_t *n)
{
	for (;;) {
		const char *start = c->in + c->at, *end = memchr(start, '\n', c->n - c->at);
		ssize_t got;

		if (end) {
			c->at = (size_t)(end + 1 - c->in);
			*n = (size_t)(end - start);
			return start;
		}
		memmove(c->in, start, c->n - c->at);
		c->n -= c->at;
		c->at = 0;
		got = read(c->fd, c->in + c->n, sizeof(c->in) - c->n);
		if (got <= 0)
			die("the server closed the connection");
		c->n += (size_t)got;
	}
}

static const char *read_status(struct client *c)
{
	size_t n;
	const char *line = read_line(c, &n);

	if (n < 3 || memcmp(line, "+OK", 3) != 0) {
		fprintf(stderr, "pop3: %.*s\n", (int)n, line);
		exit(1);
	}
	return line;
}

/* Octets to the end of the answer. */
static size_t read_lines(struct client *c)
{
	size_t octets = 0, n;
	const char *line;

	do {
		line = read_line(c, &n);
		octets += n + 1;
	} while (n > 2 || line[0] != '.');
	return octets;
}

static void send_text(struct client *c, const char *text, size_t n)
{
	while (n) {
		ssize_t sent = write(c->fd, text, n);

		if (sent < 0)
			die("write");
		text += sent;
		n -= (size_t)sent;
	}
}

static const char *command(struct client *c, const char *verb, const char *argument)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s%s%s\r\n", verb, argument ? " " : "", argument ? argument : "");

	send_text(c, line, (size_t)n);
	return read_status(c);
}

static void log_in(struct client *c, char **account)
{
	dial(c, account[0]);
	read_status(c);
	command(c, "USER", account[1]);
	command(c, "PASS", account[2]);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_median(double *ms, int n)
{
	qsort(ms, (size_t)n, sizeof(*ms), compare);
	printf("ms=%.3f\n", ms[n / 2]);
}

static void forget(const char *maildir)
{
	static const char *const kept[] = { "dovecot", "letterbox" };
	char path[4096];
	DIR *d = opendir(maildir);

	if (!d)
		die(maildir);
	for (const struct dirent *e; (e = readdir(d));)
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strncmp(e->d_name, kept[i], strlen(kept[i])) == 0) {
				snprintf(path, sizeof(path), "%s/%s", maildir, e->d_name);
				unlink(path);
			}
	closedir(d);
}

static void list(struct client *c, char **account, int rounds, const char *maildir)
{
	double ms[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		if (maildir)
			forget(maildir);
		ms[i] = now_ms();
		log_in(c, account);
		command(c, "STAT", NULL);
		command(c, "LIST", NULL);
		read_lines(c);
		command(c, "UIDL", NULL);
		read_lines(c);
		ms[i] = now_ms() - ms[i];
		command(c, "QUIT", NULL);
		close(c->fd);
	}
	print_median(ms, rounds);
}

static void fetch_all(struct client *c, long count, long depth)
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
		send_text(c, batch, n);
		read_status(c);
		read_lines(c);
	}
}

static void retr(struct client *c, char **account, int rounds, long depth)
{
	double ms[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		long count;

		log_in(c, account);
		count = strtol(command(c, "STAT", NULL) + 4, NULL, 10);
		ms[i] = now_ms();
		fetch_all(c, count, depth);
		ms[i] = now_ms() - ms[i];
		command(c, "QUIT", NULL);
		close(c->fd);
	}
	print_median(ms, rounds);
}

static void hold(struct client *c, char **account, int count, const char *what)
{
	char ignored;

	for (int i = 0; i < count; i++) {
		log_in(c, account);
		if (strcmp(what, "stat") == 0)
			command(c, "STAT", NULL);
	}
	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &ignored, 1) > 0)
		continue;
}

static double greet_once(struct client *c, char **program)
{
	int pair[2], status;
	double start = now_ms(), ms;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		die("socketpair");
	pid = fork();
	if (pid == 0) {
		dup2(pair[1], STDIN_FILENO);
		dup2(pair[1], STDOUT_FILENO);
		close(pair[0]);
		close(pair[1]);
		execv(program[0], program);
		_exit(127);
	}
	close(pair[1]);
	*c = (struct client){ .fd = pair[0] };
	read_status(c);
	ms = now_ms() - start;
	close(pair[0]);
	waitpid(pid, &status, 0);
	return ms;
}

static void greet(struct client *c, int rounds, char **program)
{
	double ms[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++)
		ms[i] = greet_once(c, program);
	print_median(ms, rounds);
}

static int usage(void)
{
	fputs("usage: pop3 list|retr|hold PORT USER PASSWORD ROUNDS [MORE], pop3 greet ROUNDS PROGRAM...\n", stderr);
	return 64;
}

int main(int argc, char **argv)
{
	struct client *c = malloc(sizeof(*c));
	int rounds;

	if (!c || argc < 4)
		return usage();
	rounds = (int)strtol(strcmp(argv[1], "greet") == 0 ? argv[2] : argv[argc > 5 ? 5 : 2], NULL, 10);
	if (rounds < 1 || rounds > ROUNDS_MAX)
		return usage();
	if (strcmp(argv[1], "greet") == 0)
		greet(c, rounds, argv + 3);
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
