/* SPDX-License-Identifier: ISC */
/*
 * A client that sends anything: the session does the same however its bytes
 * are cut, every reply is a whole and short line, and what is accepted has LF
 * lines only.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "smtp/reply.h"
#include "smtp/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	MUCH = 256 << 20,
	LMTP = 1,
	REJECT = 2,
	FAIL_BEGIN = 4,
	FAIL_END = 8,
	LOCAL = 16,
	TRUSTED = 32,
	TLS = 64,
	LOGIN = 128
};

struct host {
	struct buf replies, accepted, message;
	unsigned options;
	int open; /* messages begun and neither ended nor aborted: at most one */
	bool has_field;
};

static int on_sender(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	(void)ctx;
	(void)a;
	return e->sender[0] == 'x' ? fault_perm(f, 550, "5.7.1", "%s", e->sender) : 0;
}

static int on_recipient(void *ctx, struct arena *a, const struct envelope *e, struct envelope_rcpt *r, struct fault *f)
{
	(void)ctx;
	(void)a;
	(void)e;
	return r->address[0] == 'x' ? fault_temp(f, 450, "4.2.1", "%s", r->address) : 0;
}

static int on_begin(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	struct host *h = ctx;

	(void)a;
	assert(h->open == 0 && e->sender && e->n > 0);
	assert(envelope_check(e, f) == 0);
	if (h->options & FAIL_BEGIN)
		return fault_temp(f, 452, "4.3.1", "full");
	h->open = 1;
	h->has_field = false;
	memcpy(e->id, "0123456789ABCDEF", sizeof(e->id));
	buf_reset(&h->message);
	return 0;
}

static void on_put(void *ctx, const void *p, size_t n)
{
	struct host *h = ctx;

	assert(h->open == 1);
	/* The Received field has the time in it. */
	if (h->has_field)
		buf_put(&h->message, p, n);
	h->has_field = true;
}

static int on_end(void *ctx, const struct envelope *e, uint64_t octets, struct fault *f)
{
	struct host *h = ctx;

	(void)octets;
	assert(h->open == 1);
	h->open = 0;
	if (h->options & FAIL_END)
		return fault_temp(f, 452, "4.3.1", "full");
	assert(!memchr(h->message.p ? h->message.p : "", '\r', h->message.n));
	assert(!memchr(h->message.p ? h->message.p : "", '\0', h->message.n));
	assert(h->message.n == 0 || h->message.p[h->message.n - 1] == '\n');
	buf_printf(&h->accepted, "%s %zu\n", e->sender, e->n);
	buf_put_span(&h->accepted, buf_span(&h->message));
	return 0;
}

static void on_abort(void *ctx)
{
	struct host *h = ctx;

	assert(h->open == 1);
	h->open = 0;
}

static int on_verify(void *ctx, const char *address, struct fault *f)
{
	(void)ctx;
	return address[0] == 'x' ? fault_perm(f, 550, "5.1.1", "%s", address) : 0;
}

static int on_flush(void *ctx, const char *domain, struct fault *f)
{
	(void)ctx;
	assert(domain[0] && !span_has_control(span_str(domain)));
	return domain[0] == 'x' ? fault_temp(f, 451, "4.3.2", "%s", domain) : 0;
}

static int on_xclient(void *ctx, const struct smtp_xclient *x, struct fault *f)
{
	const char *const values[] = {
		x->name, x->addr, x->port, x->proto, x->helo, x->login, x->destaddr, x->destport
	};

	(void)ctx;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert(!values[i] || !span_has_control(span_str(values[i])));
	return x->name && x->name[0] == 'x' ? fault_perm(f, 501, "5.5.4", "%s", x->name) : 0;
}

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	(void)ctx;
	(void)f;
	*out = (struct authority_answer){ .name = "al" };
	return span_is(q->password, SPAN("pw"));
}

static const struct smtp_callbacks callbacks = {
	.sender = on_sender,
	.recipient = on_recipient,
	.begin = on_begin,
	.put = on_put,
	.end = on_end,
	.abort = on_abort,
	.verify = on_verify,
	.flush = on_flush,
	.xclient = on_xclient,
};

static void run(struct host *h, struct span in, size_t piece)
{
	struct smtp_server server = {
		.hostname = "mx.example",
		.banner = "mx.example",
		.lmtp = h->options & LMTP,
		.message_size_limit = 1000,
		.header_size_limit = 500,
		.hopcount_limit = 3,
		.recipient_limit = 3,
		.hard_error_limit = 20,
		.junk_command_limit = 20,
		.reject_bare_newline = h->options & REJECT,
	};
	struct authority authority = { .ask = ask };
	struct sasl_rules rules = { .authority = &authority, .mechanisms = "plain login", .is_private = true };
	struct smtp_client client = {
		.address = h->options & LOCAL ? NULL : "192.0.2.1",
		.uid = h->options & LOCAL ? 1 : -1,
		/* Not SMTP_MAY_HOLD: the reply to EHLO would have the time in it; and no ids. */
		.may = SMTP_MAY_SEE_LOCAL |
		       (h->options & TRUSTED ? SMTP_MAY_PRIORITY | SMTP_MAY_FLUSH | SMTP_MAY_XCLIENT : 0),
		.sasl = h->options & LOGIN ? &rules : NULL
	};
	static const struct tlsio_info info = { .protocol = "TLSv1.3", .cipher = "X", .bits = 256 };
	struct smtp_session *s = arena_heap(sizeof(*s));

	buf_init(&h->replies, MUCH);
	buf_init(&h->accepted, MUCH);
	buf_init(&h->message, MUCH);
	smtp_session_init(s, &server, &client, &callbacks, h, &h->replies);
	if (h->options & TLS)
		smtp_session_secured(s, &info);
	smtp_session_greet(s);
	while (in.n) {
		size_t n = in.n < piece ? in.n : piece;

		smtp_session_feed(s, in.p, n);
		in = span_from(in, n);
	}
	smtp_session_clear(s);
	assert(h->open == 0);
	free(s);
}

static void clear(struct host *h)
{
	buf_clear(&h->replies);
	buf_clear(&h->accepted);
	buf_clear(&h->message);
}

static void check_replies(struct span rest)
{
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		assert(line.n >= 5 && line.n < REPLY_PUT_MAX && line.p[line.n - 1] == '\r');
		assert(line.p[0] >= '2' && line.p[0] <= '5' && (line.p[3] == ' ' || line.p[3] == '-'));
		line.n--;
		assert(!span_has_control(line) && !span_has_8bit(line));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host whole = { .open = 0 }, cut = { .open = 0 };
	struct span in;

	if (size < 2)
		return 0;
	in = span_of((const char *)data + 2, size - 2);
	whole.options = cut.options = data[0];
	run(&whole, in, SMTP_PIECE);
	run(&cut, in, 1 + data[1] % 16u);
	assert(span_is(buf_span(&whole.replies), buf_span(&cut.replies)));
	assert(span_is(buf_span(&whole.accepted), buf_span(&cut.accepted)));
	check_replies(buf_span(&whole.replies));
	clear(&whole);
	clear(&cut);
	return 0;
}
