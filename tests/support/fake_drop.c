/* SPDX-License-Identifier: ISC */
/*
 * fake_drop - a POP3 session with a mailbox behind it that exists in memory.
 */
#include "support/fake_drop.h"

#include <stdio.h>
#include <stdlib.h>

enum { MUCH = 64 << 20 };

static const char *const messages[FAKE_DROP_MESSAGES] = {
	"Subject: one\n\nhello\n.dot\n",
	"Subject: two\r\n\r\nCR LF\r\n",
	"Subject: three\n\nno end",
};

static uint64_t size_of(const char *text)
{
	uint64_t n = strlen(text);

	for (const char *p = text; *p; p++)
		n += *p == '\n' && (p == text || p[-1] != '\r');
	return n;
}

static int on_open(void *ctx, const char *user, struct pop3_maildrop *out, struct fault *f)
{
	struct fake_drop *d = ctx;

	buf_printf(&d->login.log, "open %s\n", user);
	if (strcmp(user, "busy") == 0)
		return 1;
	if (strcmp(user, "broken") == 0)
		return fault_temp(f, 451, "4.3.0", "No disk");
	if (strcmp(user, "mbox") == 0)
		return fault_perm(f, 550, "5.3.5", "No Maildir");
	*out = (struct pop3_maildrop){ .n = d->n, .size = d->sizes, .last = d->last };
	return 0;
}

static int on_uidl(void *ctx, size_t i, struct buf *out, struct fault *f)
{
	const struct fake_drop *d = ctx;

	if (d->fail_uidl && i == 1)
		return fault_temp(f, 451, "4.3.0", "No id");
	buf_printf(out, "id%zu", i + 1);
	return 0;
}

static int on_begin(void *ctx, size_t i, struct fault *f)
{
	struct fake_drop *d = ctx;

	if (d->fail_begin)
		return fault_temp(f, 451, "4.3.0", "Gone");
	buf_printf(&d->login.log, "begin %zu\n", i + 1);
	d->rest = span_str(d->texts[i]);
	return 0;
}

static long on_read(void *ctx, void *p, size_t n, struct fault *f)
{
	struct fake_drop *d = ctx;

	if (d->fail_read && d->rest.n < 10)
		return fault_temp(f, 451, "4.3.0", "Bad disk");
	/* Never as much as there is, so that it must ask again. */
	if (n > d->rest.n / 2 + 1)
		n = d->rest.n / 2 + 1;
	if (n > d->rest.n)
		n = d->rest.n;
	memcpy(p, d->rest.p, n);
	d->rest = span_from(d->rest, n);
	return (long)n;
}

static void on_end(void *ctx, size_t i, uint64_t octets)
{
	struct fake_drop *d = ctx;

	if (octets == POP3_PART)
		buf_printf(&d->login.log, "end %zu part\n", i + 1);
	else
		buf_printf(&d->login.log, "end %zu %llu\n", i + 1, (unsigned long long)octets);
}

static void on_mark_read(void *ctx, size_t i)
{
	struct fake_drop *d = ctx;

	buf_printf(&d->login.log, "read %zu\n", i + 1);
}

static int on_remove(void *ctx, size_t i, struct fault *f)
{
	struct fake_drop *d = ctx;

	if (d->fail_remove && i == 1)
		return fault_temp(f, 451, "4.3.0", "Not permitted");
	buf_printf(&d->login.log, "remove %zu\n", i + 1);
	return 0;
}

static void on_prepare(void *ctx, size_t i)
{
	struct fake_drop *d = ctx;

	buf_printf(&d->login.log, "prepare %zu\n", i + 1);
}

static const struct pop3_callbacks callbacks = {
	.start_tls = fake_login_start_tls,
	.authenticated = fake_login_authenticated,
	.hand_over = fake_login_hand_over,
	.open = on_open,
	.uidl = on_uidl,
	.begin = on_begin,
	.read = on_read,
	.end = on_end,
	.prepare = on_prepare,
	.mark_read = on_mark_read,
	.remove = on_remove,
};

void fake_drop_init(struct fake_drop *d)
{
	*d = (struct fake_drop){ .server = { .greeting = "ready", .offers_tls = true } };
	fake_login_init(&d->login);
	d->login.rules.failure_delay = 2;
	buf_init(&d->out, POP3_OUT_MAX);
	buf_init(&d->replies, MUCH);
	fake_drop_set(d, messages, FAKE_DROP_MESSAGES);
	pop3_session_init(&d->session, &d->server, &d->login.rules, &callbacks, d, &d->out);
}

void fake_drop_set(struct fake_drop *d, const char *const *texts, size_t n)
{
	d->texts = texts;
	d->n = n;
	d->sizes = arena_heap_resize(d->sizes, (n + 1) * sizeof(*d->sizes));
	for (size_t i = 0; i < n; i++)
		d->sizes[i] = size_of(texts[i]);
}

static void take_out(struct fake_drop *d)
{
	if (d->most < d->out.n)
		d->most = d->out.n;
	buf_put_span(&d->replies, buf_span(&d->out));
	buf_reset(&d->out);
}

const char *fake_drop_say(struct fake_drop *d, struct span bytes, size_t piece)
{
	size_t before = d->replies.n;

	while (bytes.n) {
		size_t n = bytes.n < piece ? bytes.n : piece;

		pop3_session_feed(&d->session, bytes.p, n);
		bytes = span_from(bytes, n);
		while (pop3_session_produce(&d->session)) {
			if (d->session.pause_ms)
				buf_printf(&d->login.log, "pause %ld\n", pop3_session_pause_ms(&d->session));
			take_out(d);
		}
		take_out(d);
	}
	return buf_str(&d->replies) + before;
}

const char *fake_drop_ask(struct fake_drop *d, const char *text)
{
	return fake_drop_say(d, span_str(text), POP3_PIECE);
}

void fake_drop_log_in(struct fake_drop *d)
{
	fake_drop_ask(d, "USER al\r\nPASS secret\r\n");
	buf_reset(&d->replies);
	buf_reset(&d->login.log);
}

void fake_drop_clear(struct fake_drop *d)
{
	pop3_session_clear(&d->session);
	buf_clear(&d->out);
	buf_clear(&d->replies);
	fake_login_clear(&d->login);
	free(d->sizes);
	d->sizes = NULL;
}
