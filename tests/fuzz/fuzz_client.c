/* SPDX-License-Identifier: ISC */
/*
 * A server that says anything, at once, and hangs up: two messages, one behind the other, get an outcome for each
 * recipient; none is sent without a 354, nothing but a clean line gets into an outcome. The first byte chooses LMTP
 * and what the messages need.
 */
#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "smtp/transaction.h"
#include "support/timeouts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RCPTS = 3, LMTP = 1, UTF8 = 2, AHEAD = 4, EIGHT = 8 };

struct letter {
	struct transaction t;
	struct transaction_rcpt rcpts[RCPTS];
};

static struct transaction *give(void *ctx)
{
	return ctx;
}

static void make(struct letter *l, unsigned how)
{
	static const char text[] = "Subject: x\n\n.\nbody\n";
	static const char *const names[RCPTS] = { "a@x", "b@x", "c@x" };

	*l = (struct letter){ .t = { .sender = "s@x",
				     .n = RCPTS,
				     .size = sizeof(text) - 1,
				     .is_8bit = how & EIGHT,
				     .smtputf8 = how & UTF8,
				     .envid = "E",
				     .ret = "HDRS",
				     .prefix = "X-Y: z\n" } };
	l->t.rcpts = l->rcpts;
	for (int i = 0; i < RCPTS; i++)
		l->rcpts[i] = (struct transaction_rcpt){ .address = names[i], .orcpt = "rfc822;o@x", .notify = 4 };
	l->t.fd = memfd_create("message", MFD_CLOEXEC);
	assert(pwrite(l->t.fd, text, sizeof(text) - 1, 0) == (ssize_t)sizeof(text) - 1);
}

static void check(const struct letter *l, struct span said)
{
	for (int i = 0; i < RCPTS; i++) {
		const struct fault *f = &l->rcpts[i].outcome;

		assert(f->reply >= 200 && f->reply <= 599);
		assert(!span_has_control(span_str(f->text)));
		if (f->kind == FAULT_NONE)
			assert(f->reply / 100 == 2 && memmem(said.p, said.n, "354", 3));
		else
			assert(f->status[0] == '4' || f->status[0] == '5');
	}
}

static void run(struct client *c, struct span said, unsigned how)
{
	struct letter one, two;
	struct fault f;

	make(&one, how);
	make(&two, how);
	transaction_run(c, &one.t, give, how & AHEAD ? &two.t : NULL, &f);
	check(&one, said);
	if (client_is_connected(c)) {
		transaction_run(c, &two.t, NULL, NULL, &f);
		check(&two, said);
	}
	close(one.t.fd);
	close(two.t.fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct client_rules rules = { .helo = "client.example", CLIENT_TIMEOUTS(1) };
	struct span said = span_from(span_of((const char *)data, size), 1);
	struct client c;
	struct fault f;
	int ends[2];

	if (size == 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0)
		return 0;
	rules.lmtp = data[0] & LMTP;
	if (said.n && send(ends[1], said.p, said.n, MSG_NOSIGNAL) != (ssize_t)said.n) {
		close(ends[0]);
		close(ends[1]);
		return 0;
	}
	shutdown(ends[1], SHUT_WR);
	client_init(&c, &rules);
	if (client_greet(&c, ends[0], "server.example", &f) == 0)
		run(&c, said, data[0]);
	else
		assert(!client_is_connected(&c) && f.kind != FAULT_NONE && !span_has_control(span_str(f.text)));
	client_quit(&c);
	client_clear(&c);
	close(ends[1]);
	return 0;
}
