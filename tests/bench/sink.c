/* SPDX-License-Identifier: ISC */
/*
 * sink - an SMTP or LMTP server that takes everything, for measurements and tests.
 *
 * One process on epoll(7). It can answer as late as a distant server would, and keep
 * what it was given. It prints "listening on ADDRESS:PORT" first, and when it ends (after
 * --count messages, --idle seconds without one, or TERM) one line of figures:
 *
 *	messages=5000 recipients=5000 connections=20 most=20 commands=15040 bare=0 seconds=2.113
 *
 * seconds: from the first connection to the last message. bare: CR or LF on its own
 * that arrived in a message. A recipient whose local part begins with "reject" is answered 550, with "defer" 451.
 *
 * The round trip is modelled, as not every kernel can delay packets: replies are sent
 * --rtt milliseconds after their commands arrived, the greeting two round trips after the connection
 * (handshake and greeting). Commands sent together are answered together, so pipelining pays as it does on a wire.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/opt.h"

enum {
	LINE_SIZE = 4096,
	READ_SIZE = 65536,
	EVENTS = 64,
	MESSAGE_SIZE = 64 << 20,
	REPLIES_SIZE = 1 << 20,
	MARKS = 1024, /* groups of replies that wait on one connection */
};

struct options {
	long port, rtt, count, recipients, idle;
	const char *save;
	bool lmtp, no_pipelining, chunking, unused;
};

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt sink_opts[] = {
	OPT("--port", "N", port, OPT_NUMBER, "listen on this port of 127.0.0.1; 0, the default: the kernel chooses"),
	OPT("--rtt", "MS", rtt, OPT_NUMBER, "answer as if the round trip took this long"),
	OPT("--count", "N", count, OPT_NUMBER, "end after N messages"),
	OPT("--recipients", "N", recipients, OPT_NUMBER, "end after messages to N recipients"),
	OPT("--idle", "SECONDS", idle, OPT_NUMBER, "end when no message came for so long, after the first"),
	OPT("--save", "DIR", save, OPT_STRING,
	    "keep each message in DIR/NUMBER, with its envelope in DIR/NUMBER.envelope"),
	OPT("--lmtp", NULL, lmtp, OPT_BOOL, "speak LMTP"),
	OPT("--no-pipelining", NULL, no_pipelining, OPT_BOOL, "do not offer PIPELINING"),
	OPT("--chunking", NULL, chunking, OPT_BOOL, "offer CHUNKING"),
	OPT("--unused", NULL, unused, OPT_BOOL,
	    "only print a port where nobody listens, below those that the kernel chooses"),
	OPT_END,
};

#define LINGER 0.5

enum state { STATE_COMMAND, STATE_DATA, STATE_CHUNK };

/* What the last bytes of a message were. LINE_DOT: a dot at the start of a line, which is not kept. */
enum place { LINE_START, LINE_DOT, LINE_DOT_CR, IN_LINE, AFTER_CR };

struct session {
	int fd;
	enum state state;
	bool closing, lost;
	unsigned rcpts;
	char line[LINE_SIZE];
	size_t length;
	enum place place; /* DATA */
	/* BDAT */
	uint64_t chunk;
	bool last_chunk;
	struct buf message, envelope;
	/* Replies, and when each group of them may leave. */
	struct buf out;
	struct mark {
		int64_t due;
		size_t end;
	} marks[MARKS];
	size_t n_marks;
	int64_t latest;
	struct session *next;
};

static struct options options;
static struct session *sessions;
static int events_fd;
static volatile sig_atomic_t stopped;
static struct {
	long messages, recipients, connections, open, most, commands, bare;
	double first, last;
	int64_t last_us; /* since 1970 */
} figures;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(EX_OSERR);
}

/* ---- replies ---- */

static void reply_after(struct session *s, int64_t delay, const char *text)
{
	int64_t due = clock_mono_ms() + delay;
	struct mark *m;

	if (due < s->latest)
		due = s->latest;
	s->latest = due;
	buf_put_str(&s->out, text);
	m = s->n_marks ? &s->marks[s->n_marks - 1] : NULL;
	if (!m || (m->due != due && s->n_marks < MARKS))
		m = &s->marks[s->n_marks++];
	m->due = due;
	m->end = s->out.n;
}

static void reply(struct session *s, const char *text)
{
	reply_after(s, options.rtt, text);
}

static void drop(struct session *s)
{
	if (s->lost)
		return;
	close(s->fd);
	s->lost = true;
	figures.open--;
}

/* Send what is due. */
static void flush(struct session *s, int64_t time)
{
	size_t ready = 0, n = 0;

	while (n < s->n_marks && s->marks[n].due <= time)
		ready = s->marks[n++].end;
	if (n == 0 || s->lost)
		return;
	if (send(s->fd, s->out.p, ready, MSG_NOSIGNAL) != (ssize_t)ready) {
		drop(s);
		return;
	}
	buf_consume(&s->out, ready);
	s->n_marks -= n;
	memmove(s->marks, s->marks + n, s->n_marks * sizeof(s->marks[0]));
	for (size_t i = 0; i < s->n_marks; i++)
		s->marks[i].end -= ready;
	if (s->closing && s->n_marks == 0)
		drop(s);
}

/* ---- a message ---- */

static void save_as(const char *suffix, const struct buf *b)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%06ld%s", options.save, figures.messages, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, b->p, b->n) != (ssize_t)b->n || close(fd) < 0)
		die(path);
}

static void reset(struct session *s)
{
	s->state = STATE_COMMAND;
	s->rcpts = 0;
	buf_reset(&s->message);
	buf_reset(&s->envelope);
}

static void accept_message(struct session *s)
{
	figures.messages++;
	figures.recipients += s->rcpts;
	figures.last = now();
	figures.last_us = clock_wall_us();
	if (options.save) {
		save_as("", &s->message);
		save_as(".envelope", &s->envelope);
	}
	for (unsigned i = 0; i < (options.lmtp ? s->rcpts : 1); i++)
		reply(s, "250 2.0.0 Taken\r\n");
	reset(s);
	if ((options.count && figures.messages >= options.count) ||
	    (options.recipients && figures.recipients >= options.recipients))
		stopped = 1;
}

static void put_byte(struct session *s, char c)
{
	if (options.save)
		buf_put_char(&s->message, c);
}

/* A byte after DATA; RFC 5321 4.5.2. True at the end of the message. */
static bool data_byte(struct session *s, char c)
{
	bool after_cr = s->place == AFTER_CR || s->place == LINE_DOT_CR;

	if (s->place == LINE_DOT_CR) {
		if (c == '\n')
			return true;
		put_byte(s, '\r');
	}
	/* CR and LF only ever come together. */
	figures.bare += after_cr != (c == '\n');
	if (s->place == LINE_START && c == '.') {
		s->place = LINE_DOT;
	} else if (s->place == LINE_DOT && c == '\r') {
		s->place = LINE_DOT_CR;
	} else {
		put_byte(s, c);
		s->place = c == '\r' ? AFTER_CR : c == '\n' && s->place == AFTER_CR ? LINE_START : IN_LINE;
	}
	return false;
}

static size_t take_data(struct session *s, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!data_byte(s, p[i]))
			continue;
		accept_message(s);
		return i + 1;
	}
	return n;
}

static size_t take_chunk(struct session *s, const char *p, size_t n)
{
	size_t part = n < s->chunk ? n : (size_t)s->chunk;

	if (options.save)
		buf_put(&s->message, p, part);
	s->chunk -= part;
	if (s->chunk > 0)
		return part;
	s->state = STATE_COMMAND;
	if (s->last_chunk)
		accept_message(s);
	else
		reply(s, "250 2.0.0 Chunk taken\r\n");
	return part;
}

/* ---- commands ---- */

static void cmd_hello(struct session *s, struct span rest)
{
	(void)rest;
	reset(s);
	reply(s, options.no_pipelining ? "250-sink.example\r\n" : "250-sink.example\r\n250-PIPELINING\r\n");
	reply(s, options.chunking ? "250-CHUNKING\r\n" : "");
	reply(s, "250-SIZE 0\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 ENHANCEDSTATUSCODES\r\n");
}

static void cmd_helo(struct session *s, struct span rest)
{
	(void)rest;
	reset(s);
	reply(s, "250 sink.example\r\n");
}

static void cmd_mail(struct session *s, struct span rest)
{
	reset(s);
	buf_put_str(&s->envelope, "MAIL ");
	buf_put_span(&s->envelope, rest);
	buf_put_char(&s->envelope, '\n');
	reply(s, "250 2.1.0 Sender ok\r\n");
}

static void cmd_rcpt(struct session *s, struct span rest)
{
	if (span_starts_nocase(rest, SPAN("TO:<reject"))) {
		reply(s, "550 5.1.1 There is no such user\r\n");
		return;
	}
	if (span_starts_nocase(rest, SPAN("TO:<defer"))) {
		reply(s, "451 4.2.0 Not now\r\n");
		return;
	}
	s->rcpts++;
	buf_put_str(&s->envelope, "RCPT ");
	buf_put_span(&s->envelope, rest);
	buf_put_char(&s->envelope, '\n');
	reply(s, "250 2.1.5 Recipient ok\r\n");
}

static void cmd_data(struct session *s, struct span rest)
{
	(void)rest;
	if (s->rcpts == 0) {
		reply(s, "503 5.5.1 No recipients\r\n");
		return;
	}
	s->state = STATE_DATA;
	s->place = LINE_START;
	reply(s, "354 Go on\r\n");
}

static void cmd_bdat(struct session *s, struct span rest)
{
	uint64_t size;

	if (span_number(span_word(&rest), MESSAGE_SIZE, &size) < 0) {
		reply(s, "501 5.5.4 A size is missing\r\n");
		s->closing = true;
		return;
	}
	s->chunk = size;
	s->last_chunk = span_is_nocase(span_word(&rest), SPAN("LAST"));
	s->state = STATE_CHUNK;
	if (size == 0)
		take_chunk(s, NULL, 0);
}

static void cmd_rset(struct session *s, struct span rest)
{
	(void)rest;
	reset(s);
	reply(s, "250 2.0.0 Ok\r\n");
}

static void cmd_quit(struct session *s, struct span rest)
{
	(void)rest;
	reply(s, "221 2.0.0 Bye\r\n");
	s->closing = true;
}

static const struct {
	const char *verb;
	void (*run)(struct session *s, struct span rest);
} commands[] = {
	{ "HELO", cmd_helo }, { "EHLO", cmd_hello }, { "LHLO", cmd_hello }, { "MAIL", cmd_mail }, { "RCPT", cmd_rcpt },
	{ "DATA", cmd_data }, { "BDAT", cmd_bdat },  { "RSET", cmd_rset },  { "NOOP", cmd_rset }, { "QUIT", cmd_quit },
};

static void take_command(struct session *s)
{
	struct span rest = span_trim(span_of(s->line, s->length));
	struct span verb = span_word(&rest);

	s->length = 0;
	figures.commands++;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (span_is_nocase(verb, span_str(commands[i].verb))) {
			commands[i].run(s, span_trim(rest));
			return;
		}
	reply(s, "500 5.5.2 Unknown command\r\n");
}

static size_t take_line(struct session *s, const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	size_t part = end ? (size_t)(end - p) + 1 : n;

	if (part > sizeof(s->line) - s->length) {
		reply(s, "500 5.5.2 Line too long\r\n");
		s->closing = true;
		return n;
	}
	memcpy(s->line + s->length, p, part);
	s->length += part;
	if (end)
		take_command(s);
	return part;
}

static void take(struct session *s, const char *p, size_t n)
{
	static size_t (*const takers[])(struct session *, const char *, size_t) = {
		[STATE_COMMAND] = take_line,
		[STATE_DATA] = take_data,
		[STATE_CHUNK] = take_chunk,
	};

	while (n > 0 && !s->closing) {
		size_t part = takers[s->state](s, p, n);

		p += part;
		n -= part;
	}
}

/* ---- connections ---- */

static void read_session(struct session *s)
{
	static char bytes[READ_SIZE];
	ssize_t n;

	if (s->lost)
		return;
	n = recv(s->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0)
		take(s, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		drop(s);
}

static void accept_session(int listener)
{
	int one = 1, fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct session *s;

	if (fd < 0)
		return;
	s = arena_heap(sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	buf_init(&s->out, REPLIES_SIZE);
	buf_init(&s->message, MESSAGE_SIZE);
	buf_init(&s->envelope, MESSAGE_SIZE);
	s->next = sessions;
	sessions = s;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	epoll_ctl(events_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.ptr = s });
	if (figures.connections++ == 0)
		figures.first = figures.last = now();
	if (++figures.open > figures.most)
		figures.most = figures.open;
	reply_after(s, 2 * options.rtt, "220 sink.example ESMTP\r\n");
}

static void sweep(void)
{
	struct session **at = &sessions;

	while (*at) {
		struct session *s = *at;

		if (!s->lost) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		buf_clear(&s->out);
		buf_clear(&s->message);
		buf_clear(&s->envelope);
		free(s);
	}
}

/* Milliseconds until the next reply is due; 200 at most, to look at --idle. */
static int flush_all(void)
{
	int64_t time = clock_mono_ms(), next = time + 200;

	for (struct session *s = sessions; s; s = s->next) {
		flush(s, time);
		if (!s->lost && s->n_marks && s->marks[0].due < next)
			next = s->marks[0].due;
	}
	return next > time ? (int)(next - time) : 0;
}

/* Whoever is connected at the end may still say QUIT, for LINGER seconds. */
static bool is_over(void)
{
	static double end;

	if (options.idle && figures.messages && now() - figures.last > (double)options.idle)
		stopped = 1;
	if (stopped && end == 0)
		end = now() + LINGER;
	return stopped && (!sessions || now() > end);
}

static void serve(int listener)
{
	struct epoll_event ready[EVENTS];
	int n, wait = 0;

	while (!is_over()) {
		n = epoll_wait(events_fd, ready, EVENTS, wait);
		for (int i = 0; i < n; i++) {
			if (ready[i].data.ptr)
				read_session(ready[i].data.ptr);
			else
				accept_session(listener);
		}
		wait = flush_all();
		sweep();
	}
}

/* The port is in *port; 0 for one that the kernel chooses. Returns -1 if that cannot be done. */
static int listen_at(unsigned *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_port = htons((uint16_t)*port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd >= 0 && bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == 0 && listen(fd, 1024) == 0 &&
	    getsockname(fd, (struct sockaddr *)&sin, &n) == 0) {
		*port = ntohs(sin.sin_port);
		return fd;
	}
	close(fd);
	return -1;
}

/*
 * By chance, and below what the kernel gives to sockets that name none: so nobody has it by the time that it is used,
 * or listens where somebody is to be refused.
 */
static unsigned find_unused_port(void)
{
	enum { LOWEST = 10000, KERNELS = 32768 };
	unsigned port;

	for (int i = 0; i < 1000; i++) {
		if (getentropy(&port, sizeof(port)) < 0)
			break;
		port = LOWEST + port % (KERNELS - LOWEST);
		if (listen_at(&port) >= 0)
			return port;
	}
	die("no port");
}

static int open_listener(void)
{
	unsigned port = (unsigned)options.port;
	int fd = listen_at(&port);

	if (fd < 0)
		die("listen");
	printf("listening on 127.0.0.1:%u\n", port);
	fflush(stdout);
	return fd;
}

int main(int argc, char **argv)
{
	struct arena a = { 0 };
	struct fault f;
	int first, listener;

	if (opt_parse(&a, sink_opts, argc, argv, 0, &options, &first, &f) != 0 || first < argc ||
	    options.port > 65535) {
		fprintf(stderr, "sink: %s\n", first < argc ? "there are no operands" : f.text);
		return EX_USAGE;
	}
	arena_clear(&a);
	if (options.unused) {
		printf("%u\n", find_unused_port());
		return EX_OK;
	}
	listener = open_listener();
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	sigaction(SIGINT, &(struct sigaction){ .sa_handler = on_signal }, NULL);
	events_fd = epoll_create1(EPOLL_CLOEXEC);
	if (events_fd < 0 ||
	    epoll_ctl(events_fd, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN }) < 0)
		die("epoll");
	serve(listener);
	printf("messages=%ld recipients=%ld connections=%ld most=%ld commands=%ld bare=%ld seconds=%.3f last=%.3f\n",
	       figures.messages, figures.recipients, figures.connections, figures.most, figures.commands, figures.bare,
	       figures.last - figures.first, (double)figures.last_us / 1e6);
	return EX_OK;
}
