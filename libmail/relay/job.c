/* SPDX-License-Identifier: ISC */
/*
 * job - packets between the scheduler and its workers.
 *
 * A string is its bytes and a NUL behind a one-byte mark that says whether it
 * is there at all; a number is eight bytes.
 */
#include "relay/job.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* ---- writing ---- */

static void put_number(struct buf *out, uint64_t v)
{
	buf_put(out, &v, sizeof(v));
}

static void put_string(struct buf *out, const char *z)
{
	buf_put_char(out, z ? 1 : 0);
	if (z)
		buf_put(out, z, strlen(z) + 1);
}

/* ---- reading ---- */

static int take_number(struct span *rest, uint64_t *v)
{
	if (rest->n < sizeof(*v))
		return -1;
	memcpy(v, rest->p, sizeof(*v));
	*rest = span_from(*rest, sizeof(*v));
	return 0;
}

static int take_string(struct span *rest, const char **z)
{
	size_t end;

	if (rest->n == 0)
		return -1;
	*z = NULL;
	if (rest->p[0] == 0) {
		*rest = span_from(*rest, 1);
		return 0;
	}
	*rest = span_from(*rest, 1);
	end = span_find(*rest, '\0');
	if (end == rest->n)
		return -1;
	*z = rest->p;
	*rest = span_from(*rest, end + 1);
	return 0;
}

/* ---- jobs ---- */

size_t job_rcpt_size(const struct job_rcpt *r)
{
	size_t n = 64 + strlen(r->address) + (r->orcpt ? strlen(r->orcpt) : 0);

	return n;
}

static void put_rcpt(struct buf *out, const struct job_rcpt *r)
{
	put_number(out, r->index);
	put_number(out, r->notify);
	put_string(out, r->address);
	put_string(out, r->orcpt);
}

static void put_terms(struct buf *out, const struct job *job)
{
	const struct envelope_by *by = &job->deliver_by;

	put_number(out, by->mode);
	put_number(out, (uint64_t)by->at);
	put_number(out, by->trace);
	put_number(out, by->strict);
	put_number(out, (uint64_t)(job->priority - ENVELOPE_PRIORITY_MIN));
	put_number(out, job->require_tls);
}

static void put_job(struct buf *out, const struct job *job)
{
	put_number(out, job->number);
	put_string(out, job->id);
	put_string(out, job->sender);
	put_string(out, job->delivered_to);
	put_number(out, (uint64_t)job->at);
	put_number(out, (uint64_t)job->size);
	put_number(out, (uint64_t)job->arrived);
	put_number(out, job->is_8bit);
	put_number(out, job->smtputf8);
	put_string(out, job->envid);
	put_string(out, job->ret);
	put_terms(out, job);
	put_number(out, (uint64_t)job->patch.at);
	put_string(out, job->patch.text);
	put_number(out, job->n);
	for (uint32_t i = 0; i < job->n; i++)
		put_rcpt(out, &job->rcpts[i]);
}

int job_send(int socket, const struct job *job)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct buf packet;
	struct iovec v;
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n = -1;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &job->fd, sizeof(int));
	buf_init(&packet, JOB_PACKET_MAX);
	put_job(&packet, job);
	v = (struct iovec){ .iov_base = packet.p, .iov_len = packet.n };
	if (!packet.overflow) {
		do {
			n = sendmsg(socket, &m, MSG_NOSIGNAL);
		} while (n < 0 && errno == EINTR);
	}
	buf_clear(&packet);
	return n < 0 ? -1 : 0;
}

static int take_rcpt(struct span *rest, struct job_rcpt *r)
{
	uint64_t index, notify;

	if (take_number(rest, &index) < 0 || take_number(rest, &notify) < 0 || take_string(rest, &r->address) < 0 ||
	    take_string(rest, &r->orcpt) < 0 || !r->address)
		return -1;
	r->index = (uint32_t)index;
	r->notify = (unsigned)notify;
	return 0;
}

static bool is_by_mode(uint64_t mode)
{
	return mode == ENVELOPE_BY_NONE || mode == ENVELOPE_BY_RETURN || mode == ENVELOPE_BY_NOTIFY;
}

static int take_terms(struct span *rest, struct job *job)
{
	uint64_t mode, at, trace, strict, priority, require_tls;

	if (take_number(rest, &mode) < 0 || take_number(rest, &at) < 0 || take_number(rest, &trace) < 0 ||
	    take_number(rest, &strict) < 0 || take_number(rest, &priority) < 0 || take_number(rest, &require_tls) < 0)
		return -1;
	if (!is_by_mode(mode) || priority > ENVELOPE_PRIORITY_MAX - ENVELOPE_PRIORITY_MIN)
		return -1;
	job->deliver_by.mode = (enum envelope_by_mode)mode;
	job->deliver_by.at = (int64_t)at;
	job->deliver_by.trace = trace != 0;
	job->deliver_by.strict = strict != 0;
	job->priority = (int)priority + ENVELOPE_PRIORITY_MIN;
	job->require_tls = require_tls != 0;
	return 0;
}

static bool is_inside(uint64_t at, const char *text, uint64_t size)
{
	return !text || (at <= size && strlen(text) <= size - at);
}

static int take_job(struct span rest, struct arena *a, struct job *job)
{
	uint64_t number, at, size, arrived, is_8bit, smtputf8, patch_at, n;
	const char *id;

	if (take_number(&rest, &number) < 0 || take_string(&rest, &id) < 0 || take_string(&rest, &job->sender) < 0 ||
	    take_string(&rest, &job->delivered_to) < 0 || take_number(&rest, &at) < 0 ||
	    take_number(&rest, &size) < 0 || take_number(&rest, &arrived) < 0 || take_number(&rest, &is_8bit) < 0 ||
	    take_number(&rest, &smtputf8) < 0 || take_string(&rest, &job->envid) < 0 ||
	    take_string(&rest, &job->ret) < 0 || take_terms(&rest, job) < 0 || take_number(&rest, &patch_at) < 0 ||
	    take_string(&rest, &job->patch.text) < 0 || take_number(&rest, &n) < 0)
		return -1;
	/* They become off_t. */
	if (at > INT64_MAX || size > INT64_MAX)
		return -1;
	if (!id || !job->sender || n > JOB_RCPT_MAX || !is_inside(patch_at, job->patch.text, size))
		return -1;
	job->patch.at = (off_t)patch_at;
	snprintf(job->id, sizeof(job->id), "%s", id);
	job->number = (uint32_t)number;
	job->at = (off_t)at;
	job->size = (off_t)size;
	job->arrived = (int64_t)arrived;
	job->is_8bit = is_8bit != 0;
	job->smtputf8 = smtputf8 != 0;
	job->n = (uint32_t)n;
	job->rcpts = arena_alloc(a, (size_t)n * sizeof(*job->rcpts));
	for (uint64_t i = 0; i < n; i++)
		if (take_rcpt(&rest, &job->rcpts[i]) < 0)
			return -1;
	return 0;
}

static int take_fd(struct msghdr *m)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd;

	if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

int job_receive(int socket, struct arena *a, struct job *job)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	static char packet[JOB_PACKET_MAX];
	struct iovec v = { .iov_base = packet, .iov_len = sizeof(packet) };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	ssize_t n;

	*job = (struct job){ .fd = -1 };
	do {
		n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n < 0 || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return -1;
	job->fd = take_fd(&m);
	/* The packet's bytes go into the arena: several jobs may be known at a time. */
	return job->fd >= 0 && take_job(span_of(arena_span(a, span_of(packet, (size_t)n)), (size_t)n), a, job) == 0
		       ? 1
		       : -1;
}

bool job_is_waiting(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLIN);
}

/* ---- answers ---- */

void answer_out_init(struct answer_out *o, int socket)
{
	o->socket = socket;
	o->broken = false;
	buf_init(&o->packet, JOB_PACKET_MAX);
}

void answer_flush(struct answer_out *o)
{
	ssize_t n = 0;

	if (o->packet.n) {
		do {
			n = send(o->socket, o->packet.p, o->packet.n, MSG_NOSIGNAL);
		} while (n < 0 && errno == EINTR);
	}
	/* Then the scheduler must not wait for it: it learns that we are gone, and the message is still in the queue.
	 */
	if (n < 0 && !o->broken) {
		o->broken = true;
		shutdown(o->socket, SHUT_RDWR);
	}
	buf_reset(&o->packet);
}

static void put_fault(struct buf *out, const struct fault *f)
{
	put_number(out, f->kind);
	put_number(out, (uint64_t)f->reply);
	put_string(out, f->status);
	put_string(out, f->text);
}

void answer_put(struct answer_out *o, const struct answer *a)
{
	size_t before = o->packet.n;
	struct buf *out = &o->packet;

	put_number(out, a->kind);
	put_number(out, a->number);
	put_number(out, a->index);
	put_number(out, a->count);
	put_string(out, a->address);
	put_string(out, a->sender);
	put_string(out, a->delivered_to);
	put_string(out, a->key);
	put_string(out, a->peer);
	put_number(out, (uint64_t)(a->remote | a->dsn_passed << 1 | a->down << 2 | a->multi << 3 | a->final << 4));
	put_fault(out, &a->outcome);
	if (!out->overflow || before == 0)
		return;
	buf_cut(out, before);
	out->overflow = false;
	answer_flush(o);
	answer_put(o, a);
}

int answer_receive(int socket, struct buf *packet)
{
	char *room;
	ssize_t n;

	buf_reset(packet);
	room = buf_room(packet, JOB_PACKET_MAX);
	do {
		n = recv(socket, room, JOB_PACKET_MAX, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	buf_added(packet, (size_t)n);
	return 1;
}

static int take_fault(struct span *rest, struct fault *f)
{
	uint64_t kind, reply;
	const char *status, *text;

	if (take_number(rest, &kind) < 0 || take_number(rest, &reply) < 0 || take_string(rest, &status) < 0 ||
	    take_string(rest, &text) < 0 || kind > FAULT_BUG || !status || !text)
		return -1;
	f->kind = (enum fault_kind)kind;
	f->reply = (int)reply;
	snprintf(f->status, sizeof(f->status), "%s", status);
	snprintf(f->text, sizeof(f->text), "%s", text);
	return 0;
}

int answer_next(struct span *rest, struct answer *a)
{
	uint64_t kind, number, index, count, flags;

	if (rest->n == 0)
		return 0;
	*a = (struct answer){ 0 };
	if (take_number(rest, &kind) < 0 || take_number(rest, &number) < 0 || take_number(rest, &index) < 0 ||
	    take_number(rest, &count) < 0 || take_string(rest, &a->address) < 0 || take_string(rest, &a->sender) < 0 ||
	    take_string(rest, &a->delivered_to) < 0 || take_string(rest, &a->key) < 0 ||
	    take_string(rest, &a->peer) < 0 || take_number(rest, &flags) < 0)
		return -1;
	if (kind < ANSWER_OUTCOME || kind > ANSWER_END)
		return -1;
	a->kind = (enum answer_kind)kind;
	a->number = (uint32_t)number;
	a->index = (uint32_t)index;
	a->count = (uint32_t)count;
	a->remote = flags & 1;
	a->dsn_passed = flags & 2;
	a->down = flags & 4;
	a->multi = flags & 8;
	a->final = flags & 16;
	return take_fault(rest, &a->outcome) < 0 ? -1 : 1;
}
