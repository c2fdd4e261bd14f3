/* SPDX-License-Identifier: ISC */
/*
 * serve - run sessions in processes that wait in accept(2).
 *
 * Who does what is on a board in shared memory, one place a process. Nothing
 * on it is a count, so a process that is killed leaves nothing wrong: the parent
 * frees its place. Signals are blocked but while a process waits.
 */
#include "net/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "net/rate.h"
#include "net/wire.h"

enum { RETRY_MS = 1000 /* after a process could not be started, or failed */ };

enum place_state { PLACE_FREE, PLACE_IDLE, PLACE_BUSY };

struct place {
	_Atomic int state;
	struct addr client; /* while it is busy; whole or stale, never torn in a way that matters: it is only counted */
	_Atomic bool is_network;
};

struct server {
	struct serve_rules *rules;
	struct listen_sockets *sockets;
	struct place *board;
	pid_t *pids; /* parallel to the board, but not shared: whom the parent signals is not for others to say */
	size_t places;
	struct rate rate;
	int wake[2]; /* processes write a byte when the last idle one has become busy */
	pid_t parent;
	int64_t full_since, not_before; /* monotonic ms; 0: no */
	int64_t kill_at;
	int64_t refresh_at;
	struct {
		struct sigaction actions[4];
		sigset_t mask;
	} saved;
};

static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };

static volatile sig_atomic_t told_to_end, told_to_reload;

static bool is_end(int number)
{
	return number == SIGTERM || number == SIGINT;
}

static void on_signal(int number)
{
	if (is_end(number))
		told_to_end = 1;
	else if (number == SIGHUP)
		told_to_reload = 1;
}

__attribute__((format(printf, 2, 3))) static void warn(const struct server *s, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (s->rules->warn)
		s->rules->warn(s->rules->ctx, text);
}

static size_t count(const struct server *s, enum place_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < s->places; i++)
		n += atomic_load(&s->board[i].state) == (int)state;
	return n;
}

/* ---- a process that serves ---- */

struct worker {
	struct server *server;
	struct place *place;
	int epoll;
};

static bool is_under_stress(void *worker)
{
	const struct worker *w = worker;

	return count(w->server, PLACE_BUSY) == w->server->places;
}

/* Somebody who is started after us may want to listen while we still serve. */
static void stop_listening(void *worker)
{
	struct worker *w = worker;

	for (size_t i = 0; i < w->server->sockets->n; i++)
		close(w->server->sockets->v[i].fd);
	w->server->sockets->n = 0;
}

static bool is_crowd(const struct worker *w, const struct addr *client)
{
	long limit = w->server->rules->client_limit, n = 0;

	for (size_t i = 0; limit > 0 && i < w->server->places; i++) {
		const struct place *p = &w->server->board[i];

		if (atomic_load(&p->state) == PLACE_BUSY && atomic_load(&p->is_network))
			n += memcmp(&p->client, client, sizeof(*client)) == 0;
	}
	return limit > 0 && n > limit;
}

static bool is_too_fast(const struct worker *w, const struct addr *client)
{
	long limit = w->server->rules->rate_limit;

	return limit > 0 && rate_count(&w->server->rate, client, clock_mono_ms()) > (unsigned long)limit;
}

static void take_place(struct worker *w, const struct peer *peer)
{
	ssize_t ignored;

	w->place->client = addr_client(&peer->addr);
	atomic_store(&w->place->is_network, peer->is_network);
	atomic_store(&w->place->state, PLACE_BUSY);
	if (count(w->server, PLACE_IDLE) == 0) {
		ignored = write(w->server->wake[1], "", 1);
		(void)ignored;
	}
}

static bool is_exempt(const struct serve_rules *rules, const struct peer *peer)
{
	return rules->is_exempt && rules->is_exempt(rules->ctx, peer);
}

/* Behind a proxy *peer becomes the client, and it is the client whose connections are counted. */
static bool admit(struct worker *w, int fd, struct peer *peer)
{
	const struct serve_rules *rules = w->server->rules;
	struct fault f;

	if (upstream_read(&rules->upstream, fd, peer, &f) < 0) {
		warn(w->server, "connection from %s: %s", peer->text, f.text);
		return false;
	}
	w->place->client = addr_client(&peer->addr);
	if (!peer->is_network || is_exempt(rules, peer))
		return true;
	if (!is_crowd(w, &w->place->client) && !is_too_fast(w, &w->place->client))
		return true;
	warn(w->server, "too many connections from %s", peer->text);
	wire_refuse(fd, rules->crowd);
	return false;
}

static void serve_one(struct worker *w, int fd, bool tls_first)
{
	const struct serve_rules *rules = w->server->rules;
	struct wire wire = {
		.protocol = rules->protocol,
		.ctx = rules->ctx,
		.in = fd,
		.out = fd,
		.timeout = rules->timeout,
		.tls_first = tls_first,
		.told_to_end = &told_to_end,
		.unblocked = &w->server->saved.mask,
		.draining = stop_listening,
		.is_under_stress = is_under_stress,
		.server = w,
	};
	struct peer peer;

	/* A client that is gone already has no name. */
	if (peer_of_socket(fd, &peer)) {
		take_place(w, &peer);
		if (admit(w, fd, &peer))
			wire_run(&wire, &peer);
	}
	/* In this order, so that a client that has seen the end finds a place when it comes again. */
	atomic_store(&w->place->state, PLACE_IDLE);
	close(fd);
}

/* 1: there may be a connection; 0: idle for long enough. */
static int wait_for_connection(struct worker *w, const sigset_t *unblocked, int *socket_index)
{
	struct epoll_event event;
	int n = epoll_pwait(w->epoll, &event, 1, SERVE_IDLE_SECONDS * 1000, unblocked);

	if (n == 1)
		*socket_index = (int)event.data.u32;
	return n == 0 ? 0 : 1;
}

/*
 * Signals are held back while there is something to do, as epoll_pwait(2) and ppoll(2) let them in only when they have
 * to wait. Who has connected after the server was told to read its configuration is for a process that knows it.
 */
static bool is_outdated(const sigset_t *unblocked)
{
	sigset_t before;

	sigprocmask(SIG_SETMASK, unblocked, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return told_to_reload;
}

static int accept_one(const struct worker *w, int i)
{
	int fd = i < 0 ? -1 : accept4(w->server->sockets->v[i].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		wire_tune(fd);
	return fd;
}

static bool is_spent(const struct serve_rules *rules)
{
	return rules->is_spent && rules->is_spent(rules->ctx);
}

static void work(struct worker *w)
{
	const sigset_t *unblocked = &w->server->saved.mask;
	int served = 0;

	while (served < SERVE_REUSE_MAX && !told_to_end && !told_to_reload && !is_spent(w->server->rules)) {
		int i = -1, fd;

		if (!wait_for_connection(w, unblocked, &i)) {
			if (count(w->server, PLACE_IDLE) > 1)
				return;
			continue;
		}
		if (is_outdated(unblocked))
			return;
		fd = accept_one(w, i);
		if (fd >= 0)
			serve_one(w, fd, w->server->sockets->v[i].tls);
		served += fd >= 0;
	}
}

static int watch_sockets(struct worker *w)
{
	w->epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; w->epoll >= 0 && i < w->server->sockets->n; i++) {
		/* Exclusive: a connection wakes one process and not all. */
		struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.u32 = (uint32_t)i };

		if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->server->sockets->v[i].fd, &event) < 0)
			return -1;
	}
	return w->epoll < 0 ? -1 : 0;
}

static int become_worker(struct server *s, struct place *place)
{
	struct worker w = { .server = s, .place = place };
	struct fault f;

	close(s->wake[0]);
	told_to_end = told_to_reload = 0;
	if (s->rules->enter && s->rules->enter(s->rules->ctx, &f) < 0) {
		warn(s, "%s", f.text);
		return EXIT_FAILURE;
	}
	/* After enter(): a change of the user id clears it. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != s->parent)
		return EXIT_SUCCESS;
	if (watch_sockets(&w) < 0) {
		warn(s, "epoll: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	work(&w);
	return EXIT_SUCCESS;
}

/* ---- the parent ---- */

static struct place *free_place(const struct server *s)
{
	for (size_t i = 0; i < s->places; i++)
		if (atomic_load(&s->board[i].state) == PLACE_FREE)
			return &s->board[i];
	return NULL;
}

static void signal_workers(const struct server *s, int number)
{
	for (size_t i = 0; i < s->places; i++)
		if (atomic_load(&s->board[i].state) != PLACE_FREE)
			kill(s->pids[i], number);
}

static void refresh(struct server *s)
{
	if (!s->rules->refresh)
		return;
	s->refresh_at = clock_mono_ms() + SERVE_REFRESH_SECONDS * 1000;
	if (s->rules->refresh(s->rules->ctx) > 0)
		signal_workers(s, SIGHUP);
}

/* Keep one process waiting, if there is a place. */
static void start_worker(struct server *s)
{
	struct place *place = free_place(s);
	pid_t pid;

	if (!place || count(s, PLACE_IDLE) > 0 || clock_mono_ms() < s->not_before)
		return;
	refresh(s);
	atomic_store(&place->state, PLACE_IDLE);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		exit(become_worker(s, place));
	if (pid < 0) {
		warn(s, "fork: %s", strerror(errno));
		atomic_store(&place->state, PLACE_FREE);
		s->not_before = clock_mono_ms() + RETRY_MS;
		return;
	}
	s->pids[place - s->board] = pid;
}

/* The place of a process that has ended. */
static void free_places(struct server *s, pid_t pid)
{
	bool ours = false;

	for (size_t i = 0; i < s->places; i++)
		if (s->pids[i] == pid && atomic_load(&s->board[i].state) != PLACE_FREE) {
			atomic_store(&s->board[i].state, PLACE_FREE);
			ours = true;
		}
	if (!ours && s->rules->reaped)
		s->rules->reaped(s->rules->ctx, pid);
}

static void reap(struct server *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		free_places(s, pid);
		if (WIFSIGNALED(status) && s->kill_at == 0)
			warn(s, "process %ld was ended by signal %d", (long)pid, WTERMSIG(status));
		/* What fails at once must not be started again at once. */
		if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
			s->not_before = clock_mono_ms() + RETRY_MS;
	}
}

static void reload(struct server *s)
{
	struct fault f;

	told_to_reload = 0;
	if (!s->rules->reload)
		return;
	if (s->rules->reload(s->rules->ctx, s->rules, &f) < 0)
		warn(s, "not reloaded: %s", f.text);
	else
		signal_workers(s, SIGHUP);
}

/* All places have been taken for a while: say so, rather than let them wait for a greeting. */
static void refuse_waiting(struct server *s)
{
	for (size_t i = 0; i < s->sockets->n; i++) {
		int fd = accept4(s->sockets->v[i].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			continue;
		warn(s, "all %zu places are taken, a connection was refused", s->places);
		wire_refuse(fd, s->rules->full);
		close(fd);
	}
}

static bool is_full(struct server *s)
{
	if (count(s, PLACE_BUSY) < s->places)
		s->full_since = 0;
	else if (s->full_since == 0)
		s->full_since = clock_mono_ms();
	return s->full_since && clock_mono_ms() >= s->full_since + SERVE_FULL_SECONDS * 1000;
}

static struct timespec until_refresh(const struct server *s)
{
	int ms = clock_until_ms(s->refresh_at);

	return (struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
}

/* Wait for a byte from a process, a signal, or when full for connections to refuse. */
static void watch(struct server *s)
{
	struct pollfd p[1 + LISTEN_MAX] = { { .fd = s->wake[0], .events = POLLIN } };
	struct timespec second = { .tv_sec = 1 }, refreshing = until_refresh(s);
	bool full = is_full(s), busy = s->full_since || s->not_before > clock_mono_ms() || s->kill_at;
	size_t n = 1;
	char bytes[64];

	for (size_t i = 0; full && i < s->sockets->n; i++)
		p[n++] = (struct pollfd){ .fd = s->sockets->v[i].fd, .events = POLLIN };
	if (ppoll(p, n, busy ? &second : s->rules->refresh ? &refreshing : NULL, &s->saved.mask) > 0) {
		while (read(s->wake[0], bytes, sizeof(bytes)) > 0)
			continue;
		if (full && is_full(s))
			refuse_waiting(s);
	}
	reap(s);
}

/* Let the processes finish, but not for ever. */
static void drain(struct server *s)
{
	listen_close(s->sockets);
	signal_workers(s, SIGTERM);
	s->kill_at = clock_mono_ms() + (WIRE_GRACE_SECONDS + WIRE_STRESS_SECONDS) * 1000;
	while (count(s, PLACE_FREE) < s->places) {
		watch(s);
		if (clock_mono_ms() > s->kill_at)
			signal_workers(s, SIGKILL);
	}
}

static void set_signals(struct server *s)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	told_to_end = told_to_reload = 0;
	sigemptyset(&block);
	for (int i = 0; i < SIGNALS; i++) {
		sigaddset(&block, signals[i]);
		sigaction(signals[i], &sa, &s->saved.actions[i]);
	}
	sigprocmask(SIG_BLOCK, &block, &s->saved.mask);
	for (int i = 0; i < SIGNALS; i++)
		sigdelset(&s->saved.mask, signals[i]);
}

/* Who was told to end ends, with 0, however often he is told: supervisors tell the whole group, and then the server. */
static void restore_signals(const struct server *s)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], is_end(signals[i]) ? &ignore : &s->saved.actions[i], NULL);
	sigprocmask(SIG_SETMASK, &s->saved.mask, NULL);
}

static void free_board(struct server *s)
{
	munmap(s->board, s->places * sizeof(*s->board));
	rate_clear(&s->rate);
	free(s->pids);
}

static int make_board(struct server *s, struct fault *f)
{
	s->places = (size_t)s->rules->process_limit;
	if (s->rules->process_limit < 1 || s->places > SERVE_PROCESSES_MAX)
		return fault_usage(f, "the limit of processes is not 1 to %d", SERVE_PROCESSES_MAX);
	s->board = mmap(NULL, s->places * sizeof(*s->board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->board == MAP_FAILED)
		return fault_errno(f, "memory for %zu processes", s->places);
	if (rate_init(&s->rate, f) < 0) {
		munmap(s->board, s->places * sizeof(*s->board));
		return -1;
	}
	s->pids = arena_heap(s->places * sizeof(*s->pids));
	memset(s->pids, 0, s->places * sizeof(*s->pids));
	if (pipe2(s->wake, O_CLOEXEC | O_NONBLOCK) == 0)
		return 0;
	fault_errno(f, "pipe");
	free_board(s);
	return -1;
}

int serve_listen(struct serve_rules *rules, struct listen_sockets *sockets, struct fault *f)
{
	struct server s = { .rules = rules, .sockets = sockets, .parent = getpid() };

	if (make_board(&s, f) < 0)
		return -1;
	set_signals(&s);
	/* A child that ended before its signal was heeded. */
	reap(&s);
	if (rules->ready)
		rules->ready(rules->ctx, sockets);
	while (!told_to_end) {
		start_worker(&s);
		watch(&s);
		if (told_to_reload)
			reload(&s);
		if (clock_mono_ms() >= s.refresh_at)
			refresh(&s);
	}
	drain(&s);
	restore_signals(&s);
	close(s.wake[0]);
	close(s.wake[1]);
	free_board(&s);
	return 0;
}
