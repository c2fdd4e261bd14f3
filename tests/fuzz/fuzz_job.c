/* SPDX-License-Identifier: ISC */
/*
 * Packets between the scheduler and a worker that are none: refused, or read without a byte too many. The
 * first byte says which way; a job that was read is sent and read again, and is then the same.
 */
#include <assert.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay/job.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void send_packet(int socket, const uint8_t *p, size_t n)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec v = { .iov_base = (void *)(uintptr_t)p, .iov_len = n };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	int fd = STDERR_FILENO;
	ssize_t ignored;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(int));
	ignored = sendmsg(socket, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)ignored;
}

static void same_text(const char *a, const char *b)
{
	assert((a && b && strcmp(a, b) == 0) || (!a && !b));
}

static void same(const struct job *a, const struct job *b)
{
	assert(a->number == b->number && a->at == b->at && a->size == b->size && a->arrived == b->arrived);
	assert(a->n == b->n);
	assert(a->is_8bit == b->is_8bit && a->smtputf8 == b->smtputf8);
	same_text(a->id, b->id);
	same_text(a->sender, b->sender);
	same_text(a->delivered_to, b->delivered_to);
	same_text(a->envid, b->envid);
	same_text(a->ret, b->ret);
	assert(a->patch.at == b->patch.at);
	assert(!a->patch.text || a->patch.at + (off_t)strlen(a->patch.text) <= a->size);
	same_text(a->patch.text, b->patch.text);
	for (uint32_t i = 0; i < a->n; i++) {
		assert(a->rcpts[i].index == b->rcpts[i].index && a->rcpts[i].notify == b->rcpts[i].notify);
		same_text(a->rcpts[i].address, b->rcpts[i].address);
		same_text(a->rcpts[i].orcpt, b->rcpts[i].orcpt);
	}
}

static void read_job(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct job job, back;
	int ends[2], rc;

	if (size == 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
		return;
	send_packet(ends[0], data, size);
	shutdown(ends[0], SHUT_WR);
	rc = job_receive(ends[1], &a, &job);
	if (rc > 0 && job_send(ends[1], &job) == 0) {
		assert(job_receive(ends[0], &a, &back) == 1);
		same(&job, &back);
		close(back.fd);
	}
	if (job.fd >= 0)
		close(job.fd);
	close(ends[0]);
	close(ends[1]);
	arena_clear(&a);
}

static void read_answers(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size);
	struct answer a;
	size_t before = rest.n;

	while (answer_next(&rest, &a) > 0) {
		assert(rest.n < before);
		before = rest.n;
		assert(a.kind >= ANSWER_OUTCOME && a.kind <= ANSWER_END);
		assert(strlen(a.outcome.text) < sizeof(a.outcome.text));
		assert(!a.address || strlen(a.address) < size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'j')
		read_job(data + 1, size - 1);
	else
		read_answers(data + 1, size - 1);
	return 0;
}
