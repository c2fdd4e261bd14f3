/* SPDX-License-Identifier: ISC */
/*
 * A client that sends anything: the session does the same however its bytes are cut, holds no more than it says, every
 * line that it sends has its end, a message in it can be read back, and nothing is removed without QUIT.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "pop3/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MUCH = 256 << 20, PLAIN = 1, TLS = 2, FAIL_READ = 4, FAIL_BEGIN = 8, MESSAGES = 3 };

struct host {
	struct buf out, replies, done;
	unsigned options;
	struct span rest;
	bool reading;
};

/* The message that the fuzzer gave is the second one. */
static struct span messages[MESSAGES] = { SPAN_INIT("A: b\n\n.c\n"), SPAN_INIT(""), SPAN_INIT("no end") };
static const uint64_t sizes[MESSAGES] = { 11, 0, 6 };

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	(void)ctx;
	assert(q->form == AUTHORITY_VERIFY);
	*out = (struct authority_answer){ .name = "" };
	if (span_is(q->name, SPAN("x")))
		return fault_temp(f, 454, "4.7.0", "Not now");
	snprintf(out->name, sizeof(out->name), "al");
	return span_is(q->password, SPAN("p"));
}

static int on_start_tls(void *ctx, struct fault *f)
{
	(void)ctx;
	(void)f;
	return 0;
}

static int on_open(void *ctx, const char *user, struct pop3_maildrop *out, struct fault *f)
{
	(void)ctx;
	(void)f;
	assert(user[0]);
	*out = (struct pop3_maildrop){ .n = MESSAGES, .size = sizes };
	return 0;
}

static int on_uidl(void *ctx, size_t i, struct buf *out, struct fault *f)
{
	(void)ctx;
	(void)f;
	assert(i < MESSAGES);
	buf_printf(out, "u%zu", i);
	return 0;
}

static int on_begin(void *ctx, size_t i, struct fault *f)
{
	struct host *h = ctx;

	assert(!h->reading && i < MESSAGES);
	if (h->options & FAIL_BEGIN)
		return fault_temp(f, 451, "4.3.0", "gone");
	h->reading = true;
	h->rest = messages[i];
	return 0;
}

static long on_read(void *ctx, void *p, size_t n, struct fault *f)
{
	struct host *h = ctx;

	assert(h->reading && n <= POP3_READ);
	if (h->options & FAIL_READ && h->rest.n == 0)
		return fault_temp(f, 451, "4.3.0", "broken");
	n = n < h->rest.n ? n : h->rest.n;
	if (n)
		memcpy(p, h->rest.p, n);
	h->rest = span_from(h->rest, n);
	return (long)n;
}

static void on_end(void *ctx, size_t i, uint64_t octets)
{
	struct host *h = ctx;

	assert(h->reading);
	h->reading = false;
	buf_printf(&h->done, "end %zu %llu\n", i, (unsigned long long)octets);
}

static void on_prepare(void *ctx, size_t i)
{
	const struct host *h = ctx;

	assert(!h->reading && i < MESSAGES);
}

static void on_mark_read(void *ctx, size_t i)
{
	struct host *h = ctx;

	buf_printf(&h->done, "read %zu\n", i);
}

static int on_remove(void *ctx, size_t i, struct fault *f)
{
	struct host *h = ctx;

	(void)f;
	buf_printf(&h->done, "remove %zu\n", i);
	return 0;
}

static const struct pop3_callbacks callbacks = {
	.start_tls = on_start_tls,
	.open = on_open,
	.uidl = on_uidl,
	.begin = on_begin,
	.read = on_read,
	.end = on_end,
	.prepare = on_prepare,
	.mark_read = on_mark_read,
	.remove = on_remove,
};

static void produce(struct host *h, struct pop3_session *s)
{
	bool more;

	do {
		more = pop3_session_produce(s);
		pop3_session_pause_ms(s);
		assert(h->out.n <= POP3_OUT_MAX && !h->out.overflow);
		buf_put_span(&h->replies, buf_span(&h->out));
		buf_reset(&h->out);
	} while (more);
}

static void run(struct host *h, struct span in, size_t piece)
{
	struct authority authority = { .ask = ask };
	struct sasl_rules rules = { .authority = &authority,
				    .mechanisms = "plain login",
				    .is_private = !(h->options & PLAIN) };
	struct pop3_server server = { .greeting = "ready", .offers_tls = h->options & TLS };
	struct pop3_session *s = arena_heap(sizeof(*s));

	buf_init(&h->out, POP3_OUT_MAX);
	buf_init(&h->replies, MUCH);
	buf_init(&h->done, MUCH);
	pop3_session_init(s, &server, &rules, &callbacks, h, &h->out);
	pop3_session_greet(s);
	while (in.n) {
		size_t n = in.n < piece ? in.n : piece;

		pop3_session_feed(s, in.p, n);
		produce(h, s);
		pop3_session_prepare(s);
		in = span_from(in, n);
	}
	/* What is pipelined behind STLS depends on how it was cut, and is not used: so the handshake comes last. */
	if (pop3_session_wants_tls(s))
		pop3_session_secured(s);
	pop3_session_clear(s);
	assert(!h->reading);
	free(s);
}

static void check_lines(struct span rest)
{
	while (rest.n) {
		size_t n = span_find(rest, '\n');

		assert(n < rest.n && n > 0 && rest.p[n - 1] == '\r');
		rest = span_from(rest, n + 1);
	}
}

static void clear(struct host *h)
{
	buf_clear(&h->out);
	buf_clear(&h->replies);
	buf_clear(&h->done);
}

/* The first line is the message, in which "|" is a line end; then come the client's. */
static struct span take_message(struct span in, char *text, size_t room)
{
	struct span rest = in, message = span_cut(&rest, '\n');
	size_t n = message.n < room ? message.n : room;

	if (n)
		memcpy(text, message.p, n);
	for (size_t i = 0; i < n; i++)
		if (text[i] == '|')
			text[i] = '\n';
	messages[1] = span_of(text, n);
	return rest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host whole = { .reading = false }, cut = { .reading = false };
	char text[4096];
	struct span in;

	if (size < 2)
		return 0;
	in = take_message(span_of((const char *)data + 2, size - 2), text, sizeof(text));
	whole.options = cut.options = data[0];
	run(&whole, in, POP3_PIECE);
	run(&cut, in, 1 + data[1] % 16u);
	assert(span_is(buf_span(&whole.replies), buf_span(&cut.replies)));
	assert(span_is(buf_span(&whole.done), buf_span(&cut.done)));
	if (!(whole.options & FAIL_READ))
		check_lines(buf_span(&whole.replies));
	clear(&whole);
	clear(&cut);
	return 0;
}
