/* SPDX-License-Identifier: ISC */
/*
 * scripted - a server that says what a script wants.
 */
#include "support/scripted.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 8192, DRIBBLE_MS = 5, RCPTS_MAX = 2000 };

struct session {
	struct scripted *s;
	int fd, number;
	bool closing, has_mail, in_data;
	size_t rcpts; /* accepted */
	size_t n;
	char line[LINE_SIZE];
	char *data; /* of the message so far */
	size_t n_data, data_size;
};

static void pause_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* ---- what was heard ---- */

static void lock(struct scripted_heard *h)
{
	while (__atomic_exchange_n(&h->lock, 1, __ATOMIC_ACQUIRE))
		pause_ms(1);
}

static void unlock(struct scripted_heard *h)
{
	__atomic_store_n(&h->lock, 0, __ATOMIC_RELEASE);
}

static void keep(char *to, size_t *at, const char *p, size_t n)
{
	if (*at + n >= SCRIPTED_BYTES)
		return;
	memcpy(to + *at, p, n);
	*at += n;
	to[*at] = '\0';
}

static void keep_packet(struct scripted_heard *h, const char *p, size_t n)
{
	lock(h);
	keep(h->packets, &h->n_packets, p, n);
	keep(h->packets, &h->n_packets, "|", 1);
	unlock(h);
}

static void log_line(const struct session *x, const char *text, size_t n)
{
	char line[LINE_SIZE + 32];
	int length = snprintf(line, sizeof(line), "%d %.*s\n", x->number, (int)n, text);
	ssize_t ignored = x->s->log_fd > 0 ? write(x->s->log_fd, line, (size_t)length) : 0;

	(void)ignored;
}

/* ---- saying ---- */

static void say(struct session *x, const char *p, size_t n, bool dribble)
{
	while (n > 0) {
		ssize_t done = send(x->fd, p, dribble ? 1 : n, MSG_NOSIGNAL);

		if (done <= 0) {
			x->closing = true;
			return;
		}
		p += done;
		n -= (size_t)done;
		if (dribble)
			pause_ms(DRIBBLE_MS);
	}
}

static const struct scripted_rule *find_rule(struct session *x, const char *on)
{
	const struct scripted_rule *r = x->s->rules, *found = NULL;

	for (int i = 0; r && r[i].on && i < SCRIPTED_RULES; i++) {
		if (strcmp(r[i].on, on) != 0)
			continue;
		int count = __atomic_add_fetch(&x->s->heard->counts[i], 1, __ATOMIC_RELAXED);

		if (!found && (r[i].nth == 0 || r[i].nth == count))
			found = &r[i];
	}
	return found;
}

static const char *choose(struct session *x, const char *on, const char *usual, const struct scripted_rule **rule)
{
	*rule = find_rule(x, on);
	return *rule && (*rule)->say ? (*rule)->say : usual;
}

static void utter(struct session *x, const struct scripted_rule *r, const char *text)
{
	if (r && r->wait_ms)
		pause_ms(r->wait_ms);
	say(x, text, strlen(text), r && r->dribble);
	if (r && r->hang_up)
		x->closing = true;
}

/* Returns the first digit of what was said, 0 if nothing was. */
static char answer(struct session *x, const char *on, const char *usual)
{
	const struct scripted_rule *r;
	const char *text = choose(x, on, usual, &r);

	utter(x, r, text);
	return text[0];
}

/* ---- hearing ---- */

static void hello(struct session *x, const char *verb)
{
	char text[LINE_SIZE] = "250-scripted.example\r\n";
	size_t n = strlen(text);
	const char *e = x->s->extensions;

	while (e && *e) {
		size_t length = strcspn(e, " ");

		n += (size_t)snprintf(text + n, sizeof(text) - n, "250-%.*s\r\n", (int)length, e);
		e += length + strspn(e + length, " ");
	}
	for (size_t i = 0; i < n; i++)
		if (text[i] == '=')
			text[i] = ' ';
	snprintf(text + n, sizeof(text) - n, "250 HELP\r\n");
	answer(x, verb, text);
}

static void accepted(struct session *x)
{
	const char *subject;
	size_t n = 0;

	__atomic_add_fetch(&x->s->heard->messages, 1, __ATOMIC_RELAXED);
	subject = strstr(x->data, "Subject:");
	if (subject)
		n = strcspn(subject, "\r\n");
	char line[LINE_SIZE];

	log_line(x, line, (size_t)snprintf(line, sizeof(line), ". %.*s", (int)n, subject ? subject : ""));
}

static void end_data(struct session *x)
{
	struct scripted_heard *h = x->s->heard;
	size_t replies = x->s->lmtp ? x->rcpts : 1;
	bool any = false;

	x->data[x->n_data] = '\0';
	lock(h);
	keep(h->bodies, &h->n_messages, x->data, x->n_data);
	unlock(h);
	x->in_data = false;
	for (size_t i = 0; i < replies && !x->closing; i++) {
		const struct scripted_rule *r;
		const char *text = choose(x, ".", "250 2.0.0 Ok\r\n", &r);

		/* First remembered, then told: as a server has to. */
		if (text[0] == '2' && !any)
			accepted(x);
		any |= text[0] == '2';
		utter(x, r, text);
	}
	x->rcpts = 0;
	x->has_mail = false;
	x->n_data = 0;
}

static void take_data(struct session *x, char c)
{
	static const char mark[] = "\r\n.\r\n";
	size_t n = sizeof(mark) - 1;

	if (x->n_data + 2 > x->data_size) {
		x->data_size = x->data_size ? 2 * x->data_size : 65536;
		x->data = realloc(x->data, x->data_size);
		if (!x->data)
			_exit(1);
	}
	x->data[x->n_data++] = c;
	if ((x->n_data == 3 && memcmp(x->data, mark + 2, 3) == 0) ||
	    (x->n_data >= n && memcmp(x->data + x->n_data - n, mark, n) == 0))
		end_data(x);
}

static void take_command(struct session *x)
{
	char verb[16] = "";

	while (x->n && (x->line[x->n - 1] == '\n' || x->line[x->n - 1] == '\r'))
		x->n--;
	log_line(x, x->line, x->n);
	for (size_t i = 0; i < x->n && i < sizeof(verb) - 1 && x->line[i] != ' '; i++)
		verb[i] = (char)(x->line[i] >= 'a' && x->line[i] <= 'z' ? x->line[i] - 32 : x->line[i]);
	x->n = 0;
	if (strcmp(verb, "EHLO") == 0 || strcmp(verb, "LHLO") == 0) {
		hello(x, verb);
	} else if (strcmp(verb, "RCPT") == 0) {
		x->rcpts += answer(x, verb, x->has_mail ? "250 2.1.5 Ok\r\n" : "503 5.5.1 No sender\r\n") == '2';
	} else if (strcmp(verb, "DATA") == 0) {
		x->in_data = answer(x, verb, x->rcpts ? "354 Go on\r\n" : "503 5.5.1 No recipients\r\n") == '3';
	} else if (strcmp(verb, "QUIT") == 0) {
		answer(x, verb, "221 2.0.0 Bye\r\n");
		x->closing = true;
	} else {
		bool ok = answer(x, verb, "250 2.0.0 Ok\r\n") == '2';

		if (strcmp(verb, "MAIL") == 0 || strcmp(verb, "RSET") == 0) {
			x->rcpts = 0;
			x->has_mail = ok && verb[0] == 'M';
		}
	}
}

static void take(struct session *x, const char *p, size_t n)
{
	for (size_t i = 0; i < n && !x->closing; i++) {
		if (x->in_data) {
			take_data(x, p[i]);
		} else if (x->n < sizeof(x->line)) {
			x->line[x->n++] = p[i];
			if (p[i] == '\n')
				take_command(x);
		}
	}
}

static void converse(struct scripted *s, int fd, int number)
{
	static char bytes[65536];
	static struct session x;
	struct scripted_heard *h = s->heard;
	int open = __atomic_add_fetch(&h->open, 1, __ATOMIC_RELAXED);
	ssize_t n;

	x = (struct session){ .s = s, .fd = fd, .number = number };
	x.data = malloc(x.data_size = 65536);
	lock(h);
	if (open > h->most)
		h->most = open;
	unlock(h);
	if (s->limit && open > s->limit) {
		say(&x, "421 4.7.0 Too many connections\r\n", 32, false);
		x.closing = true;
	} else {
		answer(&x, "CONNECT", "220 scripted.example ESMTP\r\n");
	}
	while (x.data && !x.closing && (n = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
		keep_packet(h, bytes, (size_t)n);
		take(&x, bytes, (size_t)n);
	}
	free(x.data);
	__atomic_sub_fetch(&h->open, 1, __ATOMIC_RELAXED);
	close(fd);
}

/* Without a line that ends a reply, and without an end of the connection, the client waits on. */
static bool is_unanswered(const struct scripted_rule *r)
{
	size_t n = r->say ? strlen(r->say) : 0, at;

	if (!r->say || r->hang_up)
		return false;
	for (at = n ? n - 1 : 0; at > 0 && r->say[at - 1] != '\n'; at--)
		;
	return n == 0 || r->say[n - 1] != '\n' || (n - at > 3 && r->say[at + 3] == '-');
}

int scripted_patience(const struct scripted_rule *rules)
{
	for (const struct scripted_rule *r = rules; r && r->on; r++)
		if (is_unanswered(r))
			return 1;
	return 20;
}

/* ---- processes ---- */

static int share(struct scripted *s)
{
	void *p = mmap(NULL, sizeof(*s->heard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	s->heard = p == MAP_FAILED ? NULL : p;
	return s->heard ? 0 : -1;
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid;
}

int scripted_pair(struct scripted *s)
{
	int ends[2];

	if (share(s) < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	s->pid = start();
	if (s->pid == 0) {
		close(ends[0]);
		s->heard->connections++;
		converse(s, ends[1], 1);
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

int scripted_listener(int *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 || listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)&sin, &n) < 0)
		return -1;
	*port = ntohs(sin.sin_port);
	return fd;
}

void scripted_serve(struct scripted *s, int listener)
{
	if (!s->heard && share(s) < 0)
		_exit(1);
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		int number = ++s->heard->connections;

		if (start() == 0) {
			close(listener);
			converse(s, fd, number);
			_exit(0);
		}
		close(fd);
	}
}

int scripted_listen(struct scripted *s)
{
	int listener = scripted_listener(&s->port);

	if (listener < 0 || share(s) < 0)
		return -1;
	s->pid = start();
	if (s->pid == 0)
		scripted_serve(s, listener);
	close(listener);
	return s->pid < 0 ? -1 : 0;
}

void scripted_end(struct scripted *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	s->pid = 0;
}

void scripted_forget(struct scripted *s)
{
	scripted_end(s);
	if (s->heard)
		munmap(s->heard, sizeof(*s->heard));
	s->heard = NULL;
}
