/* SPDX-License-Identifier: ISC */
/*
 * blast - an SMTP or LMTP client that sends as fast as it can, for measurements.
 *
 * A process for each session; all take messages from one shared count. It prints one line of
 * figures:
 *
 *	messages=1000 failed=0 connections=10 seconds=0.512 per_second=1953.1 p50_ms=4.901 p99_ms=9.332
 *	delivered_seconds=0.512 delivered_per_second=1953.1
 *
 * p50 and p99 are of one message: from MAIL to the reply to its end. With --until the clock of
 * the delivered_ figures runs until the directories named hold as many more files as messages were accepted.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/opt.h"

enum { REPLY_SECONDS = 60, UNTIL_SECONDS = 120, COMMANDS_SIZE = 2048, MESSAGE_SIZE = 64 << 20 };

struct options {
	const char *address, *from, *to;
	long port, sessions, messages, per_connection, size, recipients, seconds;
	bool no_pipelining, lmtp, hold;
	struct opt_list until;
};

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt blast_opts[] = {
	OPT("--port", "N", port, OPT_NUMBER, "the server's port"),
	OPT("--address", "ADDRESS", address, OPT_STRING, "and its IPv4 address (127.0.0.1)"),
	OPT("--sessions", "N", sessions, OPT_NUMBER, "so many clients at a time (1)"),
	OPT("--messages", "N", messages, OPT_NUMBER, "so many messages in all (1000)"),
	OPT("--per-connection", "N", per_connection, OPT_NUMBER, "so many on one connection (1); 0: all"),
	OPT("--size", "BYTES", size, OPT_NUMBER, "of a message (4096)"),
	OPT("--from", "ADDRESS", from, OPT_STRING, "the sender"),
	OPT("--to", "ADDRESS", to, OPT_STRING, "the recipient; %d is a number below --recipients"),
	OPT("--recipients", "N", recipients, OPT_NUMBER, "see --to (1)"),
	OPT("--seconds", "N", seconds, OPT_NUMBER, "end after so long (60)"),
	OPT("--no-pipelining", NULL, no_pipelining, OPT_BOOL, "wait for each reply"),
	OPT("--lmtp", NULL, lmtp, OPT_BOOL, "speak LMTP"),
	OPT("--hold", NULL, hold, OPT_BOOL,
	    "no messages: greet, print \"holding\", and wait for the end of standard input"),
	OPT("--until", "DIR", until, OPT_LIST, "wait until the messages are files here; may be given more than once"),
	OPT_END,
};

struct client {
	int fd;
	char in[8192];
	size_t n, at;
};

/* Of all the processes. */
struct shared {
	long next, done, failed, connections;
	float ms[];
};

static struct options options = { .address = "127.0.0.1",
				  .from = "bench@bench.example",
				  .to = "user%d@bench.example",
				  .sessions = 1,
				  .messages = 1000,
				  .per_connection = 1,
				  .size = 4096,
				  .recipients = 1,
				  .seconds = 60 };
static struct shared *shared;
static struct buf message;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int next_byte(struct client *c)
{
	if (c->at == c->n) {
		ssize_t got = recv(c->fd, c->in, sizeof(c->in), 0);

		if (got <= 0)
			return -1;
		c->n = (size_t)got;
		c->at = 0;
	}
	return (unsigned char)c->in[c->at++];
}

/* The code of the next reply, its last line that is; -1 when there is none. */
static int reply(struct client *c)
{
	for (;;) {
		char line[4] = "";
		size_t n = 0;
		int byte;

		while ((byte = next_byte(c)) >= 0 && byte != '\n')
			if (n < sizeof(line))
				line[n++] = (char)byte;
		if (byte < 0 || n < 3)
			return -1;
		if (line[3] != '-')
			return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	}
}

static bool put(struct client *c, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(c->fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		p += sent;
		n -= (size_t)sent;
	}
	return true;
}

static bool put_str(struct client *c, const char *z)
{
	return put(c, z, strlen(z));
}

static bool dial(struct client *c)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons((uint16_t)options.port) };
	struct timeval limit = { .tv_sec = REPLY_SECONDS };
	int one = 1;

	*c = (struct client){ .fd = socket(AF_INET, SOCK_STREAM, 0) };
	inet_pton(AF_INET, options.address, &sin.sin_addr);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(c->fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 && reply(c) == 220 &&
	    put_str(c, options.lmtp ? "LHLO client.bench.example\r\n" : "EHLO client.bench.example\r\n") &&
	    reply(c) == 250) {
		__atomic_add_fetch(&shared->connections, 1, __ATOMIC_SEQ_CST);
		return true;
	}
	close(c->fd);
	c->fd = -1;
	return false;
}

static void hang_up(struct client *c)
{
	if (c->fd < 0)
		return;
	if (put_str(c, "QUIT\r\n"))
		reply(c);
	close(c->fd);
	c->fd = -1;
}

/* "%d" in --to is the only thing that is replaced. */
static void put_recipient(struct buf *b, long number)
{
	const char *mark = strstr(options.to, "%d");

	if (mark)
		buf_printf(b, "%.*s%ld%s", (int)(mark - options.to), options.to, number % options.recipients, mark + 2);
	else
		buf_put_str(b, options.to);
}

static bool send_envelope(struct client *c, struct buf *b, long number)
{
	static const int want[] = { 250, 250, 354 };
	struct span rest;
	bool ok = true;

	buf_reset(b);
	buf_printf(b, "MAIL FROM:<%s>\r\nRCPT TO:<", options.from);
	put_recipient(b, number);
	buf_put_str(b, ">\r\nDATA\r\n");
	if (!options.no_pipelining) {
		ok = put(c, b->p, b->n);
		for (size_t i = 0; ok && i < 3; i++)
			ok = reply(c) == want[i];
		return ok;
	}
	rest = buf_span(b);
	for (size_t i = 0; ok && i < 3; i++) {
		size_t n = span_find(rest, '\n') + 1;

		ok = put(c, rest.p, n) && reply(c) == want[i];
		rest = span_from(rest, n);
	}
	return ok;
}

static void session(void)
{
	struct client c = { .fd = -1 };
	double start = now();
	struct buf commands;
	long on_this = 0, number;

	buf_init(&commands, COMMANDS_SIZE);
	while ((number = __atomic_fetch_add(&shared->next, 1, __ATOMIC_SEQ_CST)) < options.messages &&
	       now() - start < (double)options.seconds) {
		double began;

		if (c.fd < 0)
			on_this = 0;
		if (c.fd < 0 && !dial(&c)) {
			__atomic_add_fetch(&shared->failed, 1, __ATOMIC_SEQ_CST);
			continue;
		}
		began = now();
		if (send_envelope(&c, &commands, number) && put(&c, message.p, message.n) && reply(&c) == 250) {
			long slot = __atomic_fetch_add(&shared->done, 1, __ATOMIC_SEQ_CST);

			shared->ms[slot] = (float)((now() - began) * 1e3);
		} else {
			__atomic_add_fetch(&shared->failed, 1, __ATOMIC_SEQ_CST);
			on_this = options.per_connection;
		}
		if (options.per_connection && ++on_this >= options.per_connection)
			hang_up(&c);
	}
	hang_up(&c);
	buf_clear(&commands);
}

/* ---- what the server made of them ---- */

static long count_files(void)
{
	long n = 0;

	for (size_t i = 0; i < options.until.n; i++) {
		DIR *dir = opendir(options.until.v[i]);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			n += entry->d_name[0] != '.';
		if (dir)
			closedir(dir);
	}
	return n;
}

static void wait_for_files(long want)
{
	double end = now() + UNTIL_SECONDS;

	while (options.until.n && count_files() < want) {
		if (now() > end) {
			fprintf(stderr, "blast: %ld of %ld files after %d seconds\n", count_files(), want,
				UNTIL_SECONDS);
			exit(EX_UNAVAILABLE);
		}
		usleep(2000);
	}
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

static void print_figures(double seconds, double delivered)
{
	long n = shared->done;

	qsort(shared->ms, (size_t)n, sizeof(float), by_value);
	printf("messages=%ld failed=%ld connections=%ld seconds=%.3f per_second=%.1f p50_ms=%.3f p99_ms=%.3f "
	       "delivered_seconds=%.3f delivered_per_second=%.1f\n",
	       n, shared->failed, shared->connections, seconds, (double)n / seconds, n ? (double)shared->ms[n / 2] : 0,
	       n ? (double)shared->ms[n * 99 / 100] : 0, delivered, (double)n / delivered);
}

static void make_message(void)
{
	static const char line[] = "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\r\n";

	buf_init(&message, MESSAGE_SIZE);
	buf_printf(&message,
		   "From: <%s>\r\nTo: <user@bench.example>\r\nSubject: a message to measure with\r\n"
		   "Date: Sat, 22 Nov 2025 03:30:00 +0000\r\nMessage-ID: <1@bench.example>\r\n\r\n",
		   options.from);
	while (message.n + sizeof(line) < (size_t)options.size)
		buf_put(&message, line, sizeof(line) - 1);
	buf_put_str(&message, ".\r\n");
}

/* ---- the two ways of running ---- */

static int send_all(void)
{
	long before = count_files();
	double start = now(), sent;

	for (long i = 0; i < options.sessions; i++)
		if (fork() == 0) {
			session();
			_exit(EX_OK);
		}
	while (wait(NULL) > 0)
		;
	sent = now() - start;
	wait_for_files(before + shared->done);
	print_figures(sent, now() - start);
	return shared->failed ? EX_UNAVAILABLE : EX_OK;
}

static int hold_all(void)
{
	struct client *clients = arena_heap((size_t)options.sessions * sizeof(*clients));
	char byte;

	for (long i = 0; i < options.sessions; i++)
		if (!dial(&clients[i])) {
			fprintf(stderr, "blast: connection %ld was refused\n", i + 1);
			return EX_UNAVAILABLE;
		}
	puts("holding");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	free(clients);
	return EX_OK;
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct fault f;
	int first, code;
	size_t size;

	if (opt_parse(&a, blast_opts, argc, argv, 0, &options, &first, &f) != 0) {
		fprintf(stderr, "blast: %s\n", f.text);
		return EX_USAGE;
	}
	if (first < argc || options.port < 1 || options.port > 65535 || options.sessions < 1 ||
	    options.recipients < 1) {
		fprintf(stderr, "usage: blast --port N [--sessions N] [--messages N] ...\n");
		return EX_USAGE;
	}
	size = sizeof(*shared) + (size_t)options.messages * sizeof(float);
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("blast");
		return EX_OSERR;
	}
	make_message();
	code = options.hold ? hold_all() : send_all();
	buf_clear(&message);
	arena_clear(&a);
	return code;
}
