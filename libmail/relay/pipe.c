/* SPDX-License-Identifier: ISC */
/*
 * pipe - the worker that hands messages for other machines to a program: UUCP's
 * "uux -r - host!rmail ($recipient)", or any other.
 *
 * The command is split at blanks and run without a shell, so that no address is ever
 * read as shell text. An argument that has $recipient, $user or $domain in it is
 * repeated for each recipient.
 */
#include <stdio.h>
#include <unistd.h>

#include "relay/command.h"
#include "relay/worker.h"

struct expansion {
	struct arena *arena;
	const struct job *job;
	const char **argv;
	size_t n;
	struct span flags;
	bool is_unsafe; /* an address would be read as an option */
};

static bool per_recipient(struct span arg)
{
	static const struct span names[] = { { "$recipient", 10 }, { "$user", 5 }, { "$domain", 7 } };

	for (size_t i = 0; i < arg.n; i++)
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			if (span_starts(span_from(arg, i), names[k]))
				return true;
	return false;
}

static bool has_flag(const struct expansion *x, char flag)
{
	return span_find(x->flags, flag) < x->flags.n;
}

static void put_lower(struct buf *out, struct span s, bool lower)
{
	for (size_t i = 0; i < s.n; i++)
		buf_put_char(out, lower && s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + 32) : s.p[i]);
}

static size_t put_variable(const struct expansion *x, struct buf *out, struct span at, const char *recipient)
{
	struct span all = span_str(recipient);
	size_t cut = span_find_last(all, '@');
	struct span user = span_of(all.p, cut), domain = span_from(all, cut + 1);

	if (span_starts(at, SPAN("$recipient"))) {
		put_lower(out, user, has_flag(x, 'u'));
		if (domain.n)
			buf_put_char(out, '@');
		put_lower(out, domain, has_flag(x, 'h'));
		return sizeof("$recipient") - 1;
	}
	if (span_starts(at, SPAN("$user"))) {
		put_lower(out, user, has_flag(x, 'u'));
		return sizeof("$user") - 1;
	}
	if (span_starts(at, SPAN("$domain"))) {
		put_lower(out, domain, has_flag(x, 'h'));
		return sizeof("$domain") - 1;
	}
	if (span_starts(at, SPAN("$sender"))) {
		buf_put_str(out, x->job->sender[0] ? x->job->sender : "MAILER-DAEMON");
		return sizeof("$sender") - 1;
	}
	buf_put_char(out, '$');
	return 1;
}

static void add_arg(struct expansion *x, struct span arg, const char *recipient)
{
	struct buf out;

	buf_init(&out, JOB_PACKET_MAX);
	for (size_t i = 0; i < arg.n;) {
		if (arg.p[i] == '$')
			i += put_variable(x, &out, span_from(arg, i), recipient);
		else
			buf_put_char(&out, arg.p[i++]);
	}
	x->is_unsafe |= arg.p[0] == '$' && out.n > 0 && out.p[0] == '-';
	x->argv[x->n++] = arena_span(x->arena, buf_span(&out));
	buf_clear(&out);
}

static size_t count_words(struct span s)
{
	size_t n = 0;

	while (span_word(&s).n)
		n++;
	return n;
}

static void expand(struct expansion *x, const char *command)
{
	struct span rest = span_str(command), word;

	x->argv = arena_alloc(x->arena, (count_words(rest) * x->job->n + 1) * sizeof(*x->argv));
	while ((word = span_word(&rest)).n) {
		if (x->n == 0 && span_starts(word, SPAN("flags="))) {
			x->flags = span_from(word, sizeof("flags=") - 1);
			continue;
		}
		if (!per_recipient(word)) {
			add_arg(x, word, "");
			continue;
		}
		for (uint32_t i = 0; i < x->job->n; i++)
			add_arg(x, word, x->job->rcpts[i].address);
	}
}

/* An address that would be read as an option never becomes an argument. */
static bool is_dangerous(const char *address)
{
	const char *at = strrchr(address, '@');

	return address[0] == '-' || address[0] == '\0' || (at && at[1] == '-');
}

static struct span fields(const struct worker *w, const struct expansion *x)
{
	const struct job *job = x->job;
	struct buf out;
	char *p;

	buf_init(&out, JOB_PACKET_MAX);
	if (has_flag(x, 'F') || x->flags.n == 0)
		buf_put_str(&out, command_from_line(x->arena, job->sender, job->arrived, w->rules->myhostname));
	if (has_flag(x, 'R'))
		buf_printf(&out, "Return-Path: <%s>\n", job->sender);
	if (has_flag(x, 'D') && job->n == 1)
		buf_printf(&out, "Delivered-To: %s\n", job->rcpts[0].address);
	p = arena_span(x->arena, buf_span(&out));
	buf_clear(&out);
	return span_str(p);
}

static void refuse(struct worker *w, const struct job *job, const struct job_rcpt *r)
{
	struct fault outcome;

	fault_perm(&outcome, 553, "5.1.3", "address \"%s\" cannot be given to a command", r->address);
	worker_answer(w, job, r, NULL, NULL, "pipe", &outcome);
}

static void run_command(struct worker *w, struct arena *a, const struct job *job)
{
	static const char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
					   "HOME=/", NULL };
	struct expansion x = { .arena = a, .job = job };
	struct command c = { .env = env };
	struct fault outcome;

	expand(&x, w->place->command);
	c.argv = x.argv;
	c.before = fields(w, &x);
	if (x.is_unsafe)
		fault_perm(&outcome, 553, "5.1.7", "sender \"%s\" cannot be given to a command", job->sender);
	else
		command_run(w, job, &c, &outcome);
	for (uint32_t i = 0; i < job->n; i++)
		worker_answer(w, job, &job->rcpts[i], NULL, NULL, "pipe", &outcome);
}

static void deliver_job(struct worker *w, struct arena *a, const struct job *job)
{
	struct job safe = *job;

	safe.rcpts = arena_alloc(a, job->n * sizeof(*safe.rcpts));
	safe.n = 0;
	for (uint32_t i = 0; i < job->n; i++) {
		if (is_dangerous(job->rcpts[i].address))
			refuse(w, job, &job->rcpts[i]);
		else
			safe.rcpts[safe.n++] = job->rcpts[i];
	}
	if (safe.n > 0)
		run_command(w, a, &safe);
	worker_end(w, job);
}

void pipe_work(struct worker *w)
{
	struct arena a = { 0 };
	struct job job;

	while (!w->out.broken && job_receive(w->socket, &a, &job) > 0) {
		deliver_job(w, &a, &job);
		worker_close_later(w, &job, 1);
		arena_reset(&a);
	}
	arena_clear(&a);
}
