/* SPDX-License-Identifier: ISC */
/*
 * station - a relay with a village around it.
 */
#include "support/station.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "support/tempdir.h"
#include "support/timeouts.h"

enum { TEXT_MAX = 16 << 20, ANSWER_SECONDS = 20 };

/* ---- the whole ---- */

static void on_result(void *ctx, const struct relay_result *r)
{
	static const char *const statuses[] = { [RELAY_SENT] = "sent",
						[RELAY_DEFERRED] = "deferred",
						[RELAY_BOUNCED] = "bounced",
						[RELAY_EXPANDED] = "expanded" };
	struct station *s = ctx;

	buf_printf(&s->results, "%s %s %s %s %s\n", statuses[r->status], r->recipient, r->outcome->status, r->peer,
		   tempdir_hide(r->outcome->text));
}

static void on_trouble(void *ctx, const char *id, const struct fault *f)
{
	struct station *s = ctx;

	(void)id;
	buf_printf(&s->trouble, "%s\n", tempdir_hide(f->text));
}

void station_init(struct station *s, const char *aliases)
{
	*s = (struct station){ .spool.dir = -1 };
	village_init(&s->village, aliases);
	buf_init(&s->results, TEXT_MAX);
	buf_init(&s->trouble, TEXT_MAX);
	s->rules = (struct relay_rules){
		.spool = &s->spool,
		.route = &s->village.route,
		.client = { .helo = "m.example", CLIENT_TIMEOUTS(20) },
		.myhostname = "m.example",
		.process_limit = 20,
		.destination_concurrency_limit = 5,
		.initial_destination_concurrency = 5,
		.destination_recipient_limit = 50,
		.active_limit = 100,
		.run_delay = 300,
		.minimal_backoff = 300,
		.maximal_backoff = 4000,
		.queue_lifetime = 5 * 24 * 3600,
		.bounce_lifetime = 5 * 24 * 3600,
		.bounce_size_limit = 50000,
		.command_time_limit = 10,
		.on_result = on_result,
		.on_trouble = on_trouble,
		.ctx = s,
	};
}

void station_relay_to(struct station *s, int port)
{
	snprintf(s->relayhost, sizeof(s->relayhost), "[127.0.0.1]:%d", port);
	s->village.route.relayhost = s->relayhost;
}

void station_start(struct station *s)
{
	struct fault f;

	village_start(&s->village);
	/* A worker is another process: what it says there nobody hears. */
	s->village.call.step = NULL;
	s->village.call.warn = NULL;
	ck_assert_msg(spool_open(&s->spool, tempdir_path("spool"), "root", &f) == 0, "%s", f.text);
}

void station_clear(struct station *s)
{
	spool_close(&s->spool);
	buf_clear(&s->results);
	buf_clear(&s->trouble);
	arena_clear(&s->arena);
	village_clear(&s->village);
}

const char *station_enqueue_as(struct station *s, struct envelope *e, const char *text)
{
	struct spool_writer w;
	struct fault f;

	if (!e->arrived_us)
		e->arrived_us = clock_wall_us();
	ck_assert_msg(spool_begin(&s->spool, &w, e, 0, &f) == 0, "%s", f.text);
	spool_put(&w, text, strlen(text));
	ck_assert_msg(spool_commit(&w, &f) == 0, "%s", f.text);
	return arena_str(&s->arena, e->id);
}

const char *station_enqueue(struct station *s, const char *sender, const char *recipients, const char *text)
{
	struct envelope_rcpt rcpts[50] = { 0 };
	struct envelope e = { .sender = sender, .rcpts = rcpts };
	struct span rest = span_str(recipients), word;

	while ((word = span_word(&rest)).n)
		rcpts[e.n++].address = arena_span(&s->arena, word);
	return station_enqueue_as(s, &e, text);
}

void station_run_ids(struct station *s, const char *const *ids)
{
	struct relay_run how = { .mode = RELAY_ONCE, .ids = ids };
	enum relay_end end;
	struct fault f;

	buf_reset(&s->results);
	buf_reset(&s->trouble);
	ck_assert_msg(relay_run(&s->rules, &how, &end, &f) == 0, "%s", f.text);
	ck_assert_int_eq(end, RELAY_FINISHED);
}

void station_run(struct station *s)
{
	station_run_ids(s, NULL);
}

/* ---- looking ---- */

static void put_message(struct station *s, struct buf *out, enum spool_box box, const char *id)
{
	struct spool_message m;
	struct fault f;

	ck_assert_msg(spool_claim(&s->spool, box, id, SPOOL_CLAIM_LOOK, &s->arena, &m, &f) == 1, "%s", f.text);
	buf_printf(out, "%s <%s>", spool_box_name(box), m.envelope.sender);
	for (size_t i = 0; i < m.envelope.n; i++) {
		const struct envelope_rcpt *r = &m.envelope.rcpts[i];

		buf_printf(out, " %c %s", (char)r->state, r->address);
		if (r->last)
			buf_printf(out, " [%s]", tempdir_hide(r->last));
		for (const struct envelope_done *d = r->done; d; d = d->next)
			buf_printf(out, " done:%s", tempdir_hide(d->key));
	}
	buf_put_char(out, '\n');
	spool_release(&m);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct spool_entry *)a)->id, ((const struct spool_entry *)b)->id);
}

static size_t list(struct station *s, enum spool_box box, struct spool_entry *entries, size_t room)
{
	struct spool_scan scan;
	size_t n = 0;
	struct fault f;

	ck_assert_int_eq(spool_scan_open(&scan, &s->spool, box, &f), 0);
	while (n < room && spool_scan_next(&scan, &entries[n]) > 0)
		n++;
	spool_scan_close(&scan);
	return n;
}

int station_count(struct station *s, enum spool_box box)
{
	struct spool_entry *entries = arena_heap(10000 * sizeof(*entries));
	size_t n = list(s, box, entries, 10000);

	free(entries);
	return (int)n;
}

const char *station_queue(struct station *s)
{
	static const enum spool_box boxes[] = { SPOOL_NEW, SPOOL_DEFERRED, SPOOL_HOLD };
	struct spool_entry entries[100];
	const char *text;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	for (int b = 0; b < 3; b++) {
		size_t n = list(s, boxes[b], entries, 100);

		qsort(entries, n, sizeof(entries[0]), compare);
		for (size_t i = 0; i < n; i++)
			put_message(s, &out, boxes[b], entries[i].id);
	}
	text = arena_str(&s->arena, buf_str(&out));
	buf_clear(&out);
	return text;
}

bool station_is_in(int64_t when, int64_t seconds)
{
	return llabs(when - clock_wall() - seconds) <= 30;
}

static DIR *open_new(const char *maildir)
{
	char path[500];

	snprintf(path, sizeof(path), "%s/new", maildir);
	return opendir(tempdir_path(path));
}

int station_mail_count(const char *maildir)
{
	DIR *dir = open_new(maildir);
	const struct dirent *d;
	int n = 0;

	while (dir && (d = readdir(dir)) != NULL)
		n += d->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

const char *station_mail(struct station *s, const char *maildir)
{
	DIR *dir = open_new(maildir);
	const struct dirent *d;
	struct span text;
	const char *all;
	struct buf out;
	struct fault f;

	buf_init(&out, TEXT_MAX);
	while (dir && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		ck_assert_int_eq(disk_read_file(&s->arena, dirfd(dir), d->d_name, TEXT_MAX, &text, &f), 0);
		buf_put_span(&out, text);
	}
	if (dir)
		closedir(dir);
	all = arena_str(&s->arena, buf_str(&out));
	buf_clear(&out);
	return all;
}

/* ---- one worker ---- */

void station_worker_start(struct station *s, struct station_worker *w, const struct worker_place *place)
{
	struct fault f;

	*w = (struct station_worker){ .station = s };
	buf_init(&w->packet, JOB_PACKET_MAX + 1);
	w->pid = worker_start(&s->rules, place, &w->socket, &f);
	ck_assert_msg(w->pid > 0, "%s", f.text);
}

void station_worker_send_job(struct station_worker *w, const char *id, struct job *job)
{
	struct station *s = w->station;
	const struct envelope *e;
	struct spool_message m;
	struct fault f;

	ck_assert_int_eq(spool_find(&s->spool, id, SPOOL_CLAIM_LOOK, &s->arena, &m, &f), 1);
	e = &m.envelope;
	if (!job->rcpts) {
		job->n = (uint32_t)e->n;
		job->rcpts = arena_alloc(&s->arena, e->n * sizeof(*job->rcpts));
		for (uint32_t i = 0; i < job->n; i++)
			job->rcpts[i] = (struct job_rcpt){ .index = i,
							   .address = e->rcpts[i].address,
							   .orcpt = e->rcpts[i].orcpt,
							   .notify = e->rcpts[i].notify };
	}
	job->number = ++w->number;
	memcpy(job->id, e->id, sizeof(job->id));
	job->sender = e->sender;
	job->fd = m.fd;
	job->at = e->message_at;
	job->size = e->message_size;
	job->arrived = 1763791200;
	job->is_8bit = e->body == ENVELOPE_8BITMIME;
	job->smtputf8 = e->smtputf8;
	job->envid = e->envid;
	job->require_tls = e->require_tls;
	ck_assert_int_eq(job_send(w->socket, job), 0);
	spool_release(&m);
}

void station_worker_send(struct station_worker *w, const char *id, struct job_rcpt *rcpts, uint32_t n)
{
	struct job job = { .rcpts = rcpts, .n = n };

	station_worker_send_job(w, id, &job);
}

static const char *or_dash(const char *z)
{
	return z ? z : "-";
}

static void put_answer(struct buf *out, const struct answer *a)
{
	static const char *const kinds[] = { "ok", "temporary", "permanent", "usage", "bug" };

	switch (a->kind) {
	case ANSWER_OUTCOME:
		buf_printf(out, "outcome %u %s %s%s%s %s %s %s\n", (unsigned)a->index, or_dash(a->address),
			   or_dash(a->peer), a->remote ? " remote" : "", a->down ? " down" : "", kinds[a->outcome.kind],
			   a->outcome.status, tempdir_hide(a->outcome.text));
		break;
	case ANSWER_TARGETS:
		buf_printf(out, "targets %u %u%s\n", (unsigned)a->index, (unsigned)a->count, a->multi ? " multi" : "");
		break;
	case ANSWER_FORWARD:
		buf_printf(out, "forward %u %s %s %s %s\n", (unsigned)a->index, or_dash(a->address), or_dash(a->sender),
			   or_dash(a->delivered_to), or_dash(a->key));
		break;
	case ANSWER_CONNECTED:
		buf_put_str(out, "connected\n");
		break;
	case ANSWER_SLOW:
		buf_printf(out, "slow %u\n", (unsigned)a->number);
		break;
	case ANSWER_BACK:
		buf_printf(out, "back %u\n", (unsigned)a->number);
		break;
	case ANSWER_END:
		buf_printf(out, "end %u\n", (unsigned)a->number);
		break;
	}
}

const char *station_worker_answers(struct station_worker *w)
{
	struct pollfd p = { .fd = w->socket, .events = POLLIN };
	bool ended = false;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	while (!ended) {
		struct span rest;
		struct answer a;
		int rc, next;

		ck_assert_msg(poll(&p, 1, ANSWER_SECONDS * 1000) == 1, "the worker says nothing; so far:\n%s",
			      buf_str(&out));
		rc = answer_receive(w->socket, &w->packet);
		if (rc < 0) {
			buf_put_str(&out, "dead\n");
			break;
		}
		rest = buf_span(&w->packet);
		while (rc > 0 && (next = answer_next(&rest, &a)) != 0) {
			ck_assert_int_eq(next, 1);
			put_answer(&out, &a);
			ended |= a.kind == ANSWER_END;
		}
	}
	const char *text = arena_str(&w->station->arena, buf_str(&out));

	buf_clear(&out);
	return text;
}

int station_worker_end(struct station_worker *w)
{
	int status = -1;

	close(w->socket);
	buf_clear(&w->packet);
	ck_assert_int_eq(waitpid(w->pid, &status, 0), w->pid);
	return status;
}
