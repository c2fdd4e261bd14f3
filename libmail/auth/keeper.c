/* SPDX-License-Identifier: ISC */
/*
 * keeper - a process that may read the stored passwords, for those that may not.
 */
#include "auth/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "auth/pam.h"
#include "base/clock.h"
#include "base/enclose.h"
#include "base/proc.h"

/* Both ends are the same program. Behind the head of a question stand name and password. */
struct question {
	uint32_t form, is_network;
	uint8_t client[AUTHORITY_CLIENT];
	uint32_t name_n, password_n;
	char bytes[USERS_NAME_MAX + DIGEST_PASSWORD_MAX];
};

struct reply {
	int32_t rc;
	struct fault fault;
	struct authority_answer answer;
};

/* ---- the keeper's side ---- */

/* A packet and the socket in it, which is the caller's. 1, 0: nobody can ask any more, -1: it is no question. */
static int receive(int fd, struct question *q, size_t *n, int *back)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec bytes = { q, sizeof(*q) };
	struct msghdr m = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
	};
	const struct cmsghdr *c;
	ssize_t got;

	*back = -1;
	do
		got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(back, CMSG_DATA(c), sizeof(*back));
	*n = got > 0 ? (size_t)got : 0;
	/* Without a socket in it an empty packet cannot be told from the end. */
	if (got <= 0)
		return *back >= 0 ? -1 : 0;
	return *back < 0 || (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ? -1 : 1;
}

static int read_question(const struct question *q, size_t n, struct authority_question *out)
{
	const size_t head = offsetof(struct question, bytes);

	if (n < head || q->form > AUTHORITY_FIND || q->name_n > USERS_NAME_MAX || q->password_n > DIGEST_PASSWORD_MAX ||
	    n != head + q->name_n + q->password_n)
		return -1;
	*out = (struct authority_question){
		.form = (enum authority_form)q->form,
		.name = span_of(q->bytes, q->name_n),
		.password = span_of(q->bytes + q->name_n, q->password_n),
		.is_network = q->is_network != 0,
	};
	memcpy(out->client, q->client, sizeof(out->client));
	return 0;
}

static void give_answer(const struct authority *local, const struct question *q, size_t n, int back)
{
	struct reply *r = arena_heap(sizeof(*r));
	struct authority_question question;
	ssize_t ignored;

	memset(r, 0, sizeof(*r));
	if (read_question(q, n, &question) == 0) {
		r->rc = local->ask(local->ctx, &question, &r->answer, &r->fault);
		ignored = send(back, r, sizeof(*r), MSG_DONTWAIT | MSG_NOSIGNAL);
		(void)ignored;
	}
	explicit_bzero(r, sizeof(*r));
	free(r);
}

static bool is_servers(int number)
{
	return number == SIGINT || number == SIGHUP || number == SIGTERM;
}

/*
 * The standard descriptors may be a client's connection. Of Ctrl-C, and of a signal to the whole group, the server
 * hears, and lets its sessions end first: some of them may still log in.
 */
static int separate(const struct keeper *k)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;

	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			_exit(EXIT_FAILURE);
	for (int i = 1; i < NSIG; i++)
		sigaction(i, &(struct sigaction){ .sa_handler = is_servers(i) ? SIG_IGN : SIG_DFL }, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return proc_keep_only(k->answer);
}

static void __attribute__((noreturn)) serve(struct keeper *k)
{
	struct authority local = authority_local(k->local);
	struct question *q = arena_heap(sizeof(*q));
	/* PAM's modules expect to be root. */
	bool whole = !k->local->users->path && pam_is_built_in();
	int fd = separate(k), back, rc;
	size_t n;

	if (!whole && proc_keep_reading(KEEPER_IDS, KEEPER_IDS, NULL) < 0) {
		/* Another will be started. */
		sleep(1);
		_exit(EXIT_FAILURE);
	}
	/* It goes on where the kernel has no such thing. */
	if (!whole && k->enclosed)
		enclose(&(struct enclosure){ .write = NULL }, NULL);
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == k->parent && (rc = receive(fd, q, &n, &back)) != 0) {
		if (rc > 0)
			give_answer(&local, q, n, back);
		if (back >= 0)
			close(back);
		explicit_bzero(q, sizeof(*q));
	}
	_exit(EXIT_SUCCESS);
}

/* ---- the other side ---- */

static int send_question(const struct keeper *k, const struct authority_question *in, int back)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct question q = { .form = (uint32_t)in->form,
			      .is_network = in->is_network,
			      .name_n = (uint32_t)in->name.n,
			      .password_n = (uint32_t)in->password.n };
	struct iovec bytes = { &q, offsetof(struct question, bytes) + in->name.n + in->password.n };
	struct msghdr m = {
		.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control.room, .msg_controllen = sizeof(control.room)
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	ssize_t n;

	memcpy(q.client, in->client, sizeof(q.client));
	if (in->name.n)
		memcpy(q.bytes, in->name.p, in->name.n);
	if (in->password.n)
		memcpy(q.bytes + in->name.n, in->password.p, in->password.n);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &back, sizeof(back));
	n = sendmsg(k->ask, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	explicit_bzero(&q, sizeof(q));
	return n < 0 ? -1 : 0;
}

/* When too many wait for it, so do we, but not for ever. */
static int wait_to_send(const struct keeper *k, const struct authority_question *q, int back, int64_t until)
{
	struct pollfd p = { .fd = k->ask, .events = POLLOUT };

	while (send_question(k, q, back) < 0)
		if ((errno != EAGAIN && errno != EINTR) || poll(&p, 1, clock_until_ms(until)) == 0)
			return -1;
	return 0;
}

static bool is_string(const char *p, size_t size)
{
	return memchr(p, '\0', size) != NULL;
}

static bool is_proxied(const struct proxied *p)
{
	return is_string(p->host, sizeof(p->host)) && is_string(p->port, sizeof(p->port)) &&
	       is_string(p->user, sizeof(p->user)) && is_string(p->password, sizeof(p->password));
}

static int check_reply(const struct reply *r, size_t n)
{
	if (n != sizeof(*r) || r->rc < -1 || r->rc > 1 || r->answer.keys.salt_n > SCHEME_SALT_MAX ||
	    !is_string(r->answer.name, sizeof(r->answer.name)) ||
	    !is_string(r->answer.refused, sizeof(r->answer.refused)) || !is_proxied(&r->answer.proxied) ||
	    !is_string(r->fault.text, sizeof(r->fault.text)) || !is_string(r->fault.status, sizeof(r->fault.status)))
		return -1;
	return 0;
}

static int wait_for_reply(int fd, struct reply *r, int64_t until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int ready;

	do
		ready = poll(&p, 1, clock_until_ms(until));
	while (ready < 0 && errno == EINTR);
	return ready == 1 ? check_reply(r, (size_t)recv(fd, r, sizeof(*r), MSG_DONTWAIT)) : -1;
}

static int converse(const struct keeper *k, const struct authority_question *q, struct reply *r)
{
	int64_t until = clock_mono_ms() + KEEPER_TIMEOUT_MS;
	int pair[2], rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -1;
	rc = wait_to_send(k, q, pair[1], until);
	close(pair[1]);
	if (rc == 0)
		rc = wait_for_reply(pair[0], r, until);
	close(pair[0]);
	return rc;
}

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	const struct keeper *k = ctx;
	struct reply *r;
	int rc;

	*out = (struct authority_answer){ .name = "" };
	/* No account has such a name, and none such a password. */
	if (q->name.n > USERS_NAME_MAX || q->password.n > DIGEST_PASSWORD_MAX)
		return 0;
	r = arena_heap(sizeof(*r));
	if (converse(k, q, r) < 0) {
		rc = fault_temp(f, 454, "4.3.0", "the process that keeps the passwords does not answer");
	} else {
		rc = r->rc;
		*out = r->answer;
		if (rc < 0 && f)
			*f = r->fault;
	}
	explicit_bzero(r, sizeof(*r));
	free(r);
	return rc;
}

struct authority keeper_authority(struct keeper *k)
{
	return (struct authority){ .ask = ask, .ctx = k };
}

/* ---- its life ---- */

static int begin(struct keeper *k)
{
	k->parent = getpid();
	k->pid = fork();
	if (k->pid == 0)
		serve(k);
	return k->pid < 0 ? -1 : 0;
}

int keeper_start(struct keeper *k, struct authority_local *local, bool enclosed, struct fault *f)
{
	int pair[2];

	*k = (struct keeper){ .pid = -1, .local = local, .enclosed = enclosed, .ask = -1, .answer = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fault_errno(f, "socket for the keeper of passwords");
	k->ask = pair[0];
	k->answer = pair[1];
	if (begin(k) == 0)
		return 0;
	fault_errno(f, "fork of the keeper of passwords");
	keeper_stop(k);
	return -1;
}

void keeper_leave(struct keeper *k)
{
	if (k->answer >= 0)
		close(k->answer);
	k->answer = -1;
	k->pid = -1;
}

bool keeper_reaped(struct keeper *k, pid_t pid)
{
	if (k->pid != pid || pid <= 0)
		return false;
	begin(k);
	return true;
}

void keeper_stop(struct keeper *k)
{
	if (k->ask >= 0)
		close(k->ask);
	keeper_leave(k);
	k->ask = -1;
}
