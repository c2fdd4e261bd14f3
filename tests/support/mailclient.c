/* SPDX-License-Identifier: ISC */
/*
 * mailclient - a connection to a server on this machine, and times.
 */
#include "support/mailclient.h"

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

double mailclient_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

_Noreturn void mailclient_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

void mailclient_dial(struct mailclient *c, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((unsigned short)strtol(port, NULL, 10)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1;

	c->at = c->n = 0;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		mailclient_die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

/* More, behind what there is. */
static void fill(struct mailclient *c)
{
	ssize_t got;

	memmove(c->in, c->in + c->at, c->n - c->at);
	c->n -= c->at;
	c->at = 0;
	if (c->n == sizeof(c->in))
		mailclient_die("a line is too long");
	got = read(c->fd, c->in + c->n, sizeof(c->in) - c->n);
	if (got <= 0)
		mailclient_die("the server closed the connection");
	c->n += (size_t)got;
}

const char *mailclient_line(struct mailclient *c, size_t *n)
{
	for (;;) {
		const char *start = c->in + c->at, *end = memchr(start, '\n', c->n - c->at);

		if (end) {
			c->at = (size_t)(end + 1 - c->in);
			*n = (size_t)(end - start);
			return start;
		}
		fill(c);
	}
}

void mailclient_skip(struct mailclient *c, size_t n)
{
	while (n > c->n - c->at) {
		n -= c->n - c->at;
		c->at = c->n;
		fill(c);
	}
	c->at += n;
}

void mailclient_send(struct mailclient *c, const char *text, size_t n)
{
	while (n) {
		ssize_t sent = write(c->fd, text, n);

		if (sent < 0)
			mailclient_die("write");
		text += sent;
		n -= (size_t)sent;
	}
}

void mailclient_forget(const char *maildir)
{
	static const char *const kept[] = { "dovecot", "letterbox" };
	char path[4096];
	DIR *d = opendir(maildir);

	if (!d)
		mailclient_die(maildir);
	for (const struct dirent *e; (e = readdir(d));)
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			if (strncmp(e->d_name, kept[i], strlen(kept[i])) == 0) {
				snprintf(path, sizeof(path), "%s/%s", maildir, e->d_name);
				unlink(path);
			}
	closedir(d);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void mailclient_print_median(double *ms, int n)
{
	qsort(ms, (size_t)n, sizeof(*ms), compare);
	printf("ms=%.3f\n", ms[n / 2]);
}

static double greet(struct mailclient *c, char **program)
{
	int pair[2], status;
	double start = mailclient_now_ms(), ms;
	size_t ignored;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		mailclient_die("socketpair");
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
	c->fd = pair[0];
	c->at = c->n = 0;
	mailclient_line(c, &ignored);
	ms = mailclient_now_ms() - start;
	close(pair[0]);
	waitpid(pid, &status, 0);
	return ms;
}

void mailclient_measure_greeting(struct mailclient *c, char **program, int rounds)
{
	double ms[MAILCLIENT_ROUNDS_MAX];

	for (int i = 0; i < rounds; i++)
		ms[i] = greet(c, program);
	mailclient_print_median(ms, rounds);
}

void mailclient_hold(void)
{
	char ignored;

	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &ignored, 1) > 0)
		continue;
}
