/* SPDX-License-Identifier: ISC */
/*
 * worker - a process that makes deliveries to one destination.
 */
#include "relay/worker.h"

#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/enclose.h"
#include "base/log.h"
#include "base/proc.h"

enum { REMARK_MAX = 2000 };

static int become_spool_owner(const struct relay_rules *rules, struct fault *f)
{
	const struct passwd *pw;
	struct account who = { .name = "", .uid = rules->spool->owner, .gid = rules->spool->group };

	if (geteuid() != 0 || who.uid == 0)
		return 0;
	pw = getpwuid(who.uid);
	if (pw)
		who.name = pw->pw_name;
	return proc_drop(&who, f);
}

static void default_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct sigaction dfl = { .sa_handler = SIG_DFL }, ignore = { .sa_handler = SIG_IGN };
	sigset_t none;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &dfl, NULL);
	/* On a terminal Ctrl-C reaches the whole group; the scheduler decides when we end. */
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * What speaks with strangers needs its connection and the queue files that it is handed. It goes on where the kernel
 * has no such thing.
 */
static void enclose_remote(const struct worker *w)
{
	struct enclosure e = { .write = w->rules->spool->path };
	struct fault f;

	if (w->rules->enclosed && enclose(&e, &f) < 0)
		worker_remark(w, "not enclosed: %s", f.text);
}

/*
 * Who delivers here writes mailboxes. What he starts would be enclosed, too, and not every command could bear that: so
 * this is for where there are none.
 */
static void enclose_local(const struct worker *w)
{
	struct enclosure e = { .write = w->rules->spool->path, .writes_mailboxes = true };
	struct fault f;

	if (w->rules->enclosed && !w->rules->route->allow_mail_to_commands && enclose(&e, &f) < 0)
		worker_remark(w, "not enclosed: %s", f.text);
}

static bool is_remote(const struct worker_place *place)
{
	return place->kind == WORKER_SMTP || place->kind == WORKER_LMTP;
}

static void run(const struct relay_rules *rules, const struct worker_place *place, int socket)
{
	static void (*const work[])(struct worker * w) = {
		[WORKER_LOCAL] = local_work,
		[WORKER_SMTP] = remote_work,
		[WORKER_LMTP] = remote_work,
		[WORKER_PIPE] = pipe_work,
	};
	struct worker w = { .rules = rules, .place = place };
	struct fault f;

	default_signals();
	log_forget();
	w.socket = proc_keep_only(socket);
	answer_out_init(&w.out, w.socket);
	if (place->kind == WORKER_SMTP)
		dialler_init(&w.dialler, &rules->dialler, place->nexthop, place->sender);
	if (is_remote(place))
		tlspolicy_init(&w.policy, &rules->tlspolicy, place->nexthop);
	if (place->kind == WORKER_LMTP)
		tlspolicy_set_lmtp(&w.policy);
	if (place->kind == WORKER_LOCAL || become_spool_owner(rules, &f) == 0) {
		if (is_remote(place))
			enclose_remote(&w);
		if (place->kind == WORKER_LOCAL)
			enclose_local(&w);
		work[place->kind](&w);
	}
	answer_flush(&w.out);
	if (place->kind == WORKER_SMTP)
		dialler_clear(&w.dialler);
	tlspolicy_clear(&w.policy);
}

int worker_start(const struct relay_rules *rules, const struct worker_place *place, int *socket, struct fault *f)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return fault_errno(f, "cannot create a socket for a worker");
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		run(rules, place, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return fault_errno(f, "cannot fork a worker");
	}
	*socket = ends[0];
	return pid;
}

void worker_answer(struct worker *w, const struct job *job, const struct job_rcpt *r, const struct route_target *target,
		   const char *key, const char *peer, const struct fault *outcome)
{
	struct answer a = {
		.kind = ANSWER_OUTCOME,
		.number = job->number,
		.index = r->index,
		.address = target ? target->recipient : r->address,
		.sender = target ? target->sender : NULL,
		.key = key,
		.peer = peer,
		.outcome = *outcome,
	};

	fault_defer(&a.outcome);
	answer_put(&w->out, &a);
}

static void put_kind(struct worker *w, const struct job *job, enum answer_kind kind)
{
	struct answer a = { .kind = kind, .number = job->number };

	answer_put(&w->out, &a);
}

void worker_end(struct worker *w, const struct job *job)
{
	put_kind(w, job, ANSWER_END);
	answer_flush(&w->out);
}

void worker_end_all(struct worker *w, const struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_kind(w, &jobs[i], ANSWER_END);
	answer_flush(&w->out);
}

void worker_slow(struct worker *w, const struct job *job)
{
	struct arena a = { 0 };
	struct job behind;

	put_kind(w, job, ANSWER_SLOW);
	answer_flush(&w->out);
	while (job_is_waiting(w->socket) && job_receive(w->socket, &a, &behind) > 0) {
		put_kind(w, &behind, ANSWER_BACK);
		close(behind.fd);
		arena_reset(&a);
	}
	answer_flush(&w->out);
	arena_clear(&a);
}

void worker_close_later(struct worker *w, const struct job *jobs, size_t n)
{
	while (w->nkept > 0)
		close(w->kept[--w->nkept]);
	for (; w->nkept < n; w->nkept++)
		w->kept[w->nkept] = jobs[w->nkept].fd;
}

void worker_remark(const struct worker *w, const char *format, ...)
{
	char text[REMARK_MAX];
	va_list args;

	if (!w->rules->on_dialogue)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	w->rules->on_dialogue(w->rules->ctx, '*', span_str(text));
}

void worker_remark_outcome(const struct worker *w, const char *address, const struct fault *outcome)
{
	static const char *const words[] = {
		[FAULT_NONE] = "Sent",	  [FAULT_TEMP] = "Deferred", [FAULT_PERM] = "Failed",
		[FAULT_USAGE] = "Failed", [FAULT_BUG] = "Deferred",
	};
	const char *text = outcome->text;

	/* That it was sent says what the code does. */
	if (outcome->kind == FAULT_NONE && strncmp(text, "250 ", 4) == 0)
		text += 4;
	worker_remark(w, "%s... %s (%s)", address, words[outcome->kind], text);
}

void worker_success(struct fault *out, const char *format, ...)
{
	va_list args;

	*out = (struct fault){ .kind = FAULT_NONE, .reply = 250 };
	snprintf(out->status, sizeof(out->status), "2.0.0");
	va_start(args, format);
	vsnprintf(out->text, sizeof(out->text), format, args);
	va_end(args);
}
