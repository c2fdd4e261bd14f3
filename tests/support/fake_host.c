/* SPDX-License-Identifier: ISC */
/*
 * fake_host - an SMTP session with a mail system behind it that exists in memory.
 */
#include "support/fake_host.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { MUCH = 64 << 20 };

static int on_sender(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	(void)ctx;
	(void)a;
	return strncmp(e->sender, "bad@", 4) == 0 ? fault_perm(f, 550, "5.7.1", "Sender refused") : 0;
}

static int on_recipient(void *ctx, struct arena *a, const struct envelope *e, struct envelope_rcpt *r, struct fault *f)
{
	(void)ctx;
	(void)a;
	(void)e;
	if (strncmp(r->address, "alias", 5) == 0)
		r->address = "bo@y";
	if (strncmp(r->address, "no@", 3) == 0)
		return fault_perm(f, 550, "5.1.1", "<%s>: no such user", r->address);
	if (strncmp(r->address, "later@", 6) == 0)
		return fault_temp(f, 451, "4.3.0", "Try again later");
	return 0;
}

static int on_begin(void *ctx, struct arena *a, struct envelope *e, struct fault *f)
{
	struct fake_host *h = ctx;

	(void)a;
	if (h->fail_begin)
		return fault_temp(f, 452, "4.3.1", "Disk full");
	h->begun++;
	h->has_field = false;
	buf_reset(&h->message);
	buf_reset(&h->received);
	snprintf(e->id, sizeof(e->id), "ID%d", h->begun);
	return 0;
}

static void on_put(void *ctx, const void *p, size_t n)
{
	struct fake_host *h = ctx;

	buf_put(h->has_field ? &h->message : &h->received, p, n);
	h->has_field = true;
}

static int on_end(void *ctx, const struct envelope *e, uint64_t octets, struct fault *f)
{
	struct fake_host *h = ctx;

	h->ended++;
	if (octets != h->message.n)
		return fault_bug(f, "%llu octets were announced, %zu came", (unsigned long long)octets, h->message.n);
	if (h->fail_end)
		return fault_temp(f, 452, "4.3.1", "Disk full");
	buf_printf(&h->accepted, "<%s>", e->sender);
	for (size_t i = 0; i < e->n; i++)
		buf_printf(&h->accepted, " <%s>", e->rcpts[i].address);
	buf_put_char(&h->accepted, '\n');
	buf_put_span(&h->accepted, buf_span(&h->message));
	buf_put_str(&h->accepted, "--\n");
	return 0;
}

static void on_abort(void *ctx)
{
	struct fake_host *h = ctx;

	h->aborted++;
}

static int on_verify(void *ctx, const char *address, struct fault *f)
{
	(void)ctx;
	return strncmp(address, "no@", 3) == 0 ? fault_perm(f, 550, "5.1.1", "no such user") : 0;
}

static int on_flush(void *ctx, const char *domain, struct fault *f)
{
	struct fake_host *h = ctx;

	if (strcmp(domain, "down.example") == 0)
		return fault_temp(f, 451, "4.3.2", "No relay");
	buf_printf(&h->accepted, "flush %s\n", domain);
	return 0;
}

static int on_xclient(void *ctx, const struct smtp_xclient *x, struct fault *f)
{
	struct fake_host *h = ctx;

	if (x->addr && strcmp(x->addr, "wrong") == 0)
		return fault_perm(f, 501, "5.5.4", "Bad address");
	buf_printf(&h->accepted, "xclient %s %s %s\n", x->addr ? x->addr : "-", x->name ? x->name : "-",
		   x->login ? x->login : "-");
	return 0;
}

static void on_refused(void *ctx, const char *what, const struct fault *f, const char *id)
{
	struct fake_host *h = ctx;

	buf_printf(&h->refused, "%s %d%s%s\n", what, f->reply, id ? " " : "", id ? f->text : "");
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
	.refused = on_refused,
};

void fake_host_init(struct fake_host *h)
{
	*h = (struct fake_host){
		.server = {
			.hostname = "mx.example",
			.banner = "mx.example ESMTP",
			.message_size_limit = 100000,
			.header_size_limit = 10000,
			.hopcount_limit = 5,
			.recipient_limit = 3,
			.hard_error_limit = 20,
			.junk_command_limit = 10,
		},
		.client = { .address = "192.0.2.1", .uid = -1, .may = SMTP_MAY_SEE_LOCAL },
	};
	buf_init(&h->replies, MUCH);
	buf_init(&h->accepted, MUCH);
	buf_init(&h->received, MUCH);
	buf_init(&h->message, MUCH);
	buf_init(&h->refused, MUCH);
	buf_init(&h->codes, MUCH);
	smtp_session_init(&h->session, &h->server, &h->client, &callbacks, h, &h->replies);
}

void fake_host_feed(struct fake_host *h, struct span bytes, size_t piece)
{
	while (bytes.n) {
		size_t n = bytes.n < piece ? bytes.n : piece;

		smtp_session_feed(&h->session, bytes.p, n);
		bytes = span_from(bytes, n);
	}
}

void fake_host_clear(struct fake_host *h)
{
	smtp_session_clear(&h->session);
	buf_clear(&h->replies);
	buf_clear(&h->accepted);
	buf_clear(&h->received);
	buf_clear(&h->message);
	buf_clear(&h->refused);
	buf_clear(&h->codes);
}

const char *fake_host_codes(struct fake_host *h)
{
	struct span rest = buf_span(&h->replies);
	struct buf *out = &h->codes;

	buf_reset(out);
	while (rest.n) {
		struct span line = span_cut(&rest, '\n');

		if (line.n < 4 || line.p[3] == '-')
			continue;
		if (out->n)
			buf_put_char(out, ' ');
		buf_put(out, line.p, 3);
	}
	return buf_str(out);
}

void fake_host_check(const struct fake_host_dialogue *d)
{
	static const size_t pieces[] = { SMTP_PIECE, 1, 2, 3, 5, 7, 17, 64 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct fake_host h;

		fake_host_init(&h);
		fake_host_feed(&h, d->in, pieces[i]);
		ck_assert_msg(strcmp(fake_host_codes(&h), d->codes) == 0, "%s, in pieces of %zu:\n%s", d->name,
			      pieces[i], buf_str(&h.replies));
		ck_assert_str_eq(buf_str(&h.accepted), d->accepted);
		ck_assert_int_eq(h.ended + h.aborted, h.begun);
		fake_host_clear(&h);
	}
}
