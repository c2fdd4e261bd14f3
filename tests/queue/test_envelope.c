/* SPDX-License-Identifier: ISC */
#include "queue/envelope.h"

#include <stdio.h>

#include "support/check_main.h"

enum { TEXT_MAX = 1 << 20 };

/* ---- values ---- */

static uint64_t state = 88172645463325252u;

static unsigned any(unsigned below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state % below);
}

/* Anything but control bytes: addresses may be quoted strings, UTF-8, or lies. */
static const char *any_text(struct arena *a, size_t longest)
{
	static const char often[] = "<>\"\\ @=+,;'*\xc3\xbc{}$`|";
	size_t n = any((unsigned)longest + 1);
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++) {
		do {
			p[i] = any(3) ? (char)any(256) : often[any(sizeof(often) - 1)];
		} while ((unsigned char)p[i] < 0x20 || p[i] == 0x7f);
	}
	return p;
}

static const char *text_of(struct arena *a, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(' ' + any(95));
	return p;
}

static void any_envelope(struct arena *a, struct envelope *e)
{
	*e = (struct envelope){ .arrived_us = (int64_t)any(1u << 30) << 20, .sender = any_text(a, 100) };
	if (any(2))
		e->origin = arena_printf(a, "o%s", any_text(a, 50));
	e->body = any(2) ? ENVELOPE_8BITMIME : ENVELOPE_7BIT;
	e->smtputf8 = any(2);
	e->ret = any(3);
	if (any(2))
		e->envid = any_text(a, 100);
	if (any(2))
		e->hold_until = any(1u << 31);
	if (any(2))
		e->deliver_by = (struct envelope_by){ .mode = any(2) ? ENVELOPE_BY_RETURN : ENVELOPE_BY_NOTIFY,
						      .at = 1 + (int64_t)any(1u << 31),
						      .trace = any(2),
						      .strict = any(2) };
	e->priority = (int)any(19) - 9;
	e->require_tls = any(2);
	if (any(2)) {
		e->patch_at = any(1u << 31);
		e->patch_size = 1 + any(ENVELOPE_PATCH_MAX);
	}
	e->n = 1 + any(10);
	e->rcpts = arena_alloc(a, e->n * sizeof(*e->rcpts));
	for (size_t i = 0; i < e->n; i++) {
		e->rcpts[i].address = any_text(a, 100);
		e->rcpts[i].state = ENVELOPE_QUEUED;
		e->rcpts[i].notify = any(2) ? 0 : any(2) ? ENVELOPE_NOTIFY_NEVER : 2 * any(8);
		if (any(2))
			e->rcpts[i].orcpt = any_text(a, 100);
		if (any(2))
			e->rcpts[i].sender = any_text(a, 100);
		if (e->patch_size && any(2))
			e->rcpts[i].put = text_of(a, e->patch_size);
	}
}

static void is_same_text(const char *got, const char *want)
{
	if (want)
		ck_assert_str_eq(got, want);
	else
		ck_assert_ptr_null(got);
}

static void is_same(const struct envelope *got, const struct envelope *want)
{
	ck_assert_int_eq(got->arrived_us, want->arrived_us);
	is_same_text(got->origin, want->origin);
	ck_assert_str_eq(got->sender, want->sender);
	ck_assert_int_eq(got->body, want->body);
	ck_assert_int_eq(got->smtputf8, want->smtputf8);
	ck_assert_int_eq(got->ret, want->ret);
	is_same_text(got->envid, want->envid);
	ck_assert_int_eq(got->hold_until, want->hold_until);
	ck_assert_int_eq(got->deliver_by.mode, want->deliver_by.mode);
	ck_assert_int_eq(got->deliver_by.at, want->deliver_by.at);
	ck_assert_int_eq(got->deliver_by.trace, want->deliver_by.trace);
	ck_assert_int_eq(got->deliver_by.strict, want->deliver_by.strict);
	ck_assert_int_eq(got->priority, want->priority);
	ck_assert_int_eq(got->require_tls, want->require_tls);
	ck_assert_int_eq(got->patch_at, want->patch_at);
	ck_assert_uint_eq(got->patch_size, want->patch_size);
	ck_assert_uint_eq(got->n, want->n);
	for (size_t i = 0; i < got->n; i++) {
		ck_assert_str_eq(got->rcpts[i].address, want->rcpts[i].address);
		is_same_text(got->rcpts[i].orcpt, want->rcpts[i].orcpt);
		is_same_text(got->rcpts[i].sender, want->rcpts[i].sender);
		is_same_text(got->rcpts[i].put, want->rcpts[i].put);
		ck_assert_uint_eq(got->rcpts[i].notify, want->rcpts[i].notify);
		ck_assert_int_eq(got->rcpts[i].state, want->rcpts[i].state);
	}
}

/* ---- parse of put ---- */

START_TEST(test_round_trip)
{
	struct arena a = { 0 };
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (int round = 0; round < 500; round++) {
		struct envelope e, back = { 0 };
		size_t length = 0;
		struct fault f;

		any_envelope(&a, &e);
		ck_assert_int_eq(envelope_check(&e, &f), 0);
		buf_reset(&text);
		envelope_put(&text, &e);
		/* What follows is the message, and is not looked at. */
		size_t end = text.n;
		buf_put_str(&text, "rcpt Q <not@one>\n\nSubject: x\n");
		ck_assert_msg(envelope_parse(&a, buf_span(&text), &back, &length, &f) == 0, "%s in:\n%s", f.text,
			      buf_str(&text));
		ck_assert_uint_eq(length, end);
		is_same(&back, &e);
		/* An empty message: nothing follows. */
		back = (struct envelope){ 0 };
		ck_assert_int_eq(envelope_parse(&a, span_of(text.p, end), &back, &length, &f), 0);
		ck_assert_uint_eq(length, end);
		is_same(&back, &e);
		for (size_t i = 0; i < back.n; i++)
			ck_assert_int_eq(text.p[back.rcpts[i].state_at], 'Q');
		arena_reset(&a);
	}
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

#define HEAD "letterbox-queue 1\nmessage 0000000137 0000000005\n"
#define WHOLE                                                                                                          \
	HEAD "arrived 1764000000123456\norigin uid 1000\nbody 8bitmime\nsmtputf8\nret hdrs\nenvid QQ+20x\n"            \
	     "hold 1764003600\nby 1764007200 N trace\npriority -3\nrequiretls\npatch 1 3\n"                            \
	     "sender <al@example.org>\nrcpt Q notify=failure,delay orcpt=rfc822;bo@example.org <bo@example.org>\n"     \
	     "rcpt D put=a+2Bc <carla@example.org>\n\n"

START_TEST(test_by_hand)
{
	struct arena a = { 0 };
	struct envelope e = { 0 };
	struct fault f;
	size_t length;

	ck_assert_int_eq(envelope_parse(&a, SPAN(WHOLE "body"), &e, &length, &f), 0);
	ck_assert_uint_eq(length, strlen(WHOLE));
	ck_assert_int_eq(e.message_at, 137);
	ck_assert_int_eq(e.message_size, 5);
	ck_assert_int_eq(e.arrived_us, 1764000000123456);
	ck_assert_str_eq(e.origin, "uid 1000");
	ck_assert_int_eq(e.body, ENVELOPE_8BITMIME);
	ck_assert(e.smtputf8);
	ck_assert_int_eq(e.ret, ENVELOPE_RET_HDRS);
	ck_assert_str_eq(e.envid, "QQ x");
	ck_assert_int_eq(e.hold_until, 1764003600);
	ck_assert_int_eq(e.deliver_by.mode, ENVELOPE_BY_NOTIFY);
	ck_assert_int_eq(e.deliver_by.at, 1764007200);
	ck_assert(e.deliver_by.trace);
	ck_assert_int_eq(e.priority, -3);
	ck_assert(e.require_tls);
	ck_assert_str_eq(e.sender, "al@example.org");
	ck_assert_uint_eq(e.n, 2);
	ck_assert_uint_eq(e.rcpts[0].notify, ENVELOPE_NOTIFY_FAILURE | ENVELOPE_NOTIFY_DELAY);
	ck_assert_str_eq(e.rcpts[0].orcpt, "rfc822;bo@example.org");
	ck_assert_int_eq(e.rcpts[1].state, ENVELOPE_DELIVERED);
	ck_assert_int_eq(WHOLE[e.rcpts[1].state_at], 'D');
	ck_assert_ptr_null(e.rcpts[0].put);
	ck_assert_str_eq(e.rcpts[1].put, "a+c");
	ck_assert_int_eq(e.patch_at, 1);
	arena_clear(&a);
}
END_TEST

/* ---- damage ---- */

/* Bytes of exactly this size, so that AddressSanitizer sees one too many. */
static int parse_copy(const char *p, size_t n, struct fault *f)
{
	struct arena a = { 0 };
	struct envelope e = { 0 };
	char *copy = arena_heap(n);
	size_t length = 0;
	off_t at = 0;
	int rc;

	memcpy(copy, p, n);
	*f = (struct fault){ .kind = FAULT_NONE };
	if (envelope_peek(span_of(copy, n < ENVELOPE_PEEK ? n : ENVELOPE_PEEK), &at, NULL) == 0)
		ck_assert_int_gt(at, 0);
	rc = envelope_parse(&a, span_of(copy, n), &e, &length, f);
	if (rc == 0) {
		/* Whatever it is, it is something that may be written again. */
		ck_assert_int_eq(envelope_check(&e, f), 0);
		ck_assert_uint_le(length, n);
		for (size_t i = 0; i < e.n; i++)
			ck_assert_ptr_nonnull(strchr("QDF", copy[e.rcpts[i].state_at]));
	} else {
		ck_assert_int_eq(f->kind, FAULT_PERM);
		ck_assert_str_ne(f->text, "");
	}
	free(copy);
	arena_clear(&a);
	return rc;
}

START_TEST(test_truncated)
{
	struct fault f;

	for (size_t n = 0; n < strlen(WHOLE); n++)
		ck_assert_int_eq(parse_copy(WHOLE, n, &f), -1);
	ck_assert_int_eq(parse_copy(WHOLE, strlen(WHOLE), &f), 0);
}
END_TEST

START_TEST(test_flipped)
{
	char text[] = WHOLE;
	struct fault f;
	int refused = 0;

	for (size_t i = 0; i < strlen(WHOLE); i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(WHOLE[i] ^ 1 << bit);
			refused += parse_copy(text, sizeof(text) - 1, &f) < 0;
		}
		text[i] = WHOLE[i];
		/* A control byte is nowhere. */
		text[i] = '\001';
		ck_assert_int_eq(parse_copy(text, sizeof(text) - 1, &f), -1);
		text[i] = WHOLE[i];
	}
	ck_assert_int_gt(refused, 8 * (int)strlen(WHOLE) / 3);
}
END_TEST

static const struct {
	const char *text, *fault;
} bad[] = {
	{ "", "not a queue file of version 1" },
	{ "letterbox-queue 2\n\n", "not a queue file of version 1" },
	{ HEAD, "incomplete envelope, it ends at line 2" },
	{ HEAD "\n", "incomplete envelope, it ends at line 3" },
	{ HEAD "sender <>\n\n", "incomplete envelope, it ends at line 4" },
	{ HEAD "rcpt Q <a@b>\n\n", "incomplete envelope, it ends at line 4" },
	{ HEAD "sender <>\nrcpt Q <a@b>\n", "incomplete envelope, it ends at line 4" },
	{ HEAD "sender <>\nrcpt Q <a@b>", "incomplete envelope, it ends at line 3" },
	{ HEAD "sender a@b\n", "damaged envelope at line 3" },
	{ HEAD "sender <a@b\n", "damaged envelope at line 3" },
	{ HEAD "sender <>\nrcpt X <a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q a@b\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt QQ<a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q notify=often <a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q orcpt=+0A <a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q colour=blue <a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "arrived -5\n", "damaged envelope at line 3" },
	{ HEAD "arrived 99999999999999999999\n", "damaged envelope at line 3" },
	{ HEAD "message 1\n", "damaged envelope at line 3" },
	{ HEAD "message 1 9999999999999999999\n", "damaged envelope at line 3" },
	{ HEAD "body binary\n", "damaged envelope at line 3" },
	{ HEAD "smtputf8 yes\n", "damaged envelope at line 3" },
	{ HEAD "ret some\n", "damaged envelope at line 3" },
	{ HEAD "envid a b\n", "damaged envelope at line 3" },
	{ HEAD "patch 5\n", "damaged envelope at line 3" },
	{ HEAD "patch 5 0\n", "damaged envelope at line 3" },
	{ HEAD "patch 5 513\n", "damaged envelope at line 3" },
	{ HEAD "patch 99999999999 5\n", "damaged envelope at line 3" },
	{ HEAD "patch 5 5\npatch 6 5\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q put=abc <a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "sender <>\nrcpt Q put= <a@b>\n\n", "damaged envelope at line 4" },
	{ HEAD "patch 5 2\nsender <>\nrcpt Q put=abc <a@b>\n\n", "damaged envelope at line 5" },
	{ HEAD "patch 5 1\nsender <>\nrcpt Q put=+0A <a@b>\n\n", "damaged envelope at line 5" },
	{ HEAD "hold soon\n", "damaged envelope at line 3" },
	{ HEAD "by 0 R\n", "damaged envelope at line 3" },
	{ HEAD "by 1764003600\n", "damaged envelope at line 3" },
	{ HEAD "by 1764003600 X\n", "damaged envelope at line 3" },
	{ HEAD "by 1764003600 R slowly\n", "damaged envelope at line 3" },
	{ HEAD "priority 10\n", "damaged envelope at line 3" },
	{ HEAD "priority -\n", "damaged envelope at line 3" },
	{ HEAD "requiretls no\n", "damaged envelope at line 3" },
	{ HEAD "colour blue\n", "damaged envelope at line 3" },
	{ HEAD "sender <a\tb>\n", "damaged envelope at line 3" },
	{ HEAD "sender <a@b>\r\nrcpt Q <a@b>\r\n\r\n", "damaged envelope at line 3" },
};

START_TEST(test_bad)
{
	struct fault f;

	ck_assert_int_eq(parse_copy(bad[_i].text, strlen(bad[_i].text), &f), -1);
	ck_assert_str_eq(f.text, bad[_i].fault);
}
END_TEST

START_TEST(test_peek)
{
	static const struct {
		const char *text;
		off_t at;
	} rows[] = {
		{ HEAD, 137 },
		{ WHOLE, 137 },
		{ "letterbox-queue 1\nmessage 0000000000 0000000000\n", -1 }, /* never committed */
		{ "letterbox-queue 1\nmessage \n", -1 },
		{ "letterbox-queue 1\n", -1 },
		{ "letterbox-queue 1\nsender <>\n", -1 },
		{ "letterbox-queue 9\nmessage 1 1\n", -1 },
		{ "", -1 },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].text);
		off_t at = -1;
		struct fault f;

		ck_assert_int_eq(envelope_peek(span_of(rows[i].text, n < ENVELOPE_PEEK ? n : ENVELOPE_PEEK), &at, &f),
				 rows[i].at < 0 ? -1 : 0);
		ck_assert_int_eq(at, rows[i].at);
	}
}
END_TEST

/* ---- what may not be written ---- */

START_TEST(test_check)
{
	static const struct {
		const char *sender, *origin, *envid, *address, *orcpt, *fault;
	} rows[] = {
		{ "a@b", "uid 1", "x", "c@d", "rfc822;c@d", NULL },
		{ "", NULL, NULL, "c@d", NULL, NULL },
		{ "a@b>\nrcpt Q <evil@c", NULL, NULL, "c@d", NULL, "sender address has a control character" },
		{ "a\rb", NULL, NULL, "c@d", NULL, "sender address has a control character" },
		{ "", "uid 1\nrcpt Q <evil@c>", NULL, "c@d", NULL, "origin has a control character" },
		{ "", NULL, "x\ny", "c@d", NULL, "ENVID has a control character" },
		{ "", NULL, NULL, "c\177@d", NULL, "recipient address has a control character" },
		{ "", NULL, NULL, "c@d", "rfc822;a\001", "ORCPT has a control character" },
	};

	for (int i = 0; i < COUNT(rows); i++) {
		struct envelope_rcpt rcpts[2] = { { .address = "first@d" },
						  { .address = rows[i].address, .orcpt = rows[i].orcpt } };
		struct envelope e = { .sender = rows[i].sender,
				      .origin = rows[i].origin,
				      .envid = rows[i].envid,
				      .rcpts = rcpts,
				      .n = 2 };
		struct fault f = { .text = "" };

		ck_assert_int_eq(envelope_check(&e, &f), rows[i].fault ? -1 : 0);
		ck_assert_str_eq(f.text, rows[i].fault ? rows[i].fault : "");
		e.n = 0;
		ck_assert_int_eq(envelope_check(&e, &f), -1);
		e.n = ENVELOPE_RCPT_MAX + 1;
		ck_assert_int_eq(envelope_check(&e, &f), -1);
	}
}
END_TEST

START_TEST(test_size_line)
{
	struct buf out;

	buf_init(&out, 100);
	envelope_put_size(&out, 193, 2048);
	ck_assert_str_eq(buf_str(&out), "message 0000000193 0000002048\n");
	/* The line that it takes the place of. */
	ck_assert_str_eq(&WHOLE[ENVELOPE_SIZE_AT + out.n], strstr(WHOLE, "arrived"));
	buf_clear(&out);
}
END_TEST

/* ---- the journal ---- */

static void five(struct arena *a, struct envelope *e)
{
	*e = (struct envelope){ .sender = "", .n = 5 };
	e->rcpts = arena_alloc(a, e->n * sizeof(*e->rcpts));
	for (size_t i = 0; i < e->n; i++)
		e->rcpts[i] =
			(struct envelope_rcpt){ .address = arena_printf(a, "r%zu@d", i), .state = ENVELOPE_QUEUED };
}

START_TEST(test_journal)
{
	static const size_t most[] = { 0, 2, 3, 4 }, one[] = { 2 };
	struct arena a = { 0 };
	struct envelope e;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	envelope_put_log(&out, 1764000300, ENVELOPE_QUEUED, "4.4.1", most, 4, "connect to mx: timed out");
	envelope_put_done(&out, 3, "remote:carla@example.net");
	envelope_put_done(&out, 3, "command:al:/bin/x \"a b\"");
	envelope_put_log(&out, 1764000900, ENVELOPE_QUEUED, NULL, one, 1, "said\r\nlog 1 Q 5.0.0 1 forged");
	ck_assert_str_eq(buf_str(&out), "log 1764000300 Q 4.4.1 0,2-4 connect to mx: timed out\n"
					"done 3 remote:carla@example.net\n"
					"done 3 command:al:/bin/x+20\"a+20b\"\n"
					"log 1764000900 Q - 2 said  log 1 Q 5.0.0 1 forged\n");
	five(&a, &e);
	envelope_parse_journal(&a, buf_span(&out), &e);
	ck_assert_uint_eq(e.rcpts[0].attempts, 1);
	ck_assert_str_eq(e.rcpts[0].last, "connect to mx: timed out");
	ck_assert_str_eq(e.rcpts[0].status, "4.4.1");
	ck_assert_int_eq(e.rcpts[0].last_at, 1764000300);
	ck_assert_ptr_null(e.rcpts[1].last);
	ck_assert_uint_eq(e.rcpts[1].attempts, 0);
	ck_assert_uint_eq(e.rcpts[2].attempts, 2);
	ck_assert_int_eq(e.rcpts[2].last_at, 1764000900);
	ck_assert_uint_eq(e.rcpts[4].attempts, 1);
	ck_assert(envelope_is_done(&e.rcpts[3], "remote:carla@example.net"));
	ck_assert(envelope_is_done(&e.rcpts[3], "command:al:/bin/x \"a b\""));
	ck_assert(!envelope_is_done(&e.rcpts[3], "remote:carla@example.ne"));
	ck_assert(!envelope_is_done(&e.rcpts[2], "remote:carla@example.net"));
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* Torn at any byte: what was whole counts, and nothing else. */
START_TEST(test_torn)
{
	static const char text[] = "log 5 Q 4.0.0 0-4 first\ndone 1 x:y\nlog 6 Q 4.0.0 0-4 second\ndone 2 z\n";

	for (size_t n = 0; n < sizeof(text); n++) {
		struct arena a = { 0 };
		struct envelope e;
		char *copy = arena_heap(n);
		unsigned whole = 0;

		memcpy(copy, text, n);
		for (size_t i = 0; i < n; i++)
			whole += text[i] == '\n';
		five(&a, &e);
		envelope_parse_journal(&a, span_of(copy, n), &e);
		ck_assert_uint_eq(e.rcpts[0].attempts, whole >= 3 ? 2 : whole >= 1);
		ck_assert_int_eq(envelope_is_done(&e.rcpts[1], "x:y"), whole >= 2);
		ck_assert_int_eq(envelope_is_done(&e.rcpts[2], "z"), whole >= 4);
		free(copy);
		arena_clear(&a);
	}
}
END_TEST

static const char *const odd_lines[] = {
	"log\n",
	"log 1\n",
	"log x Q 4.0.0 0 text\n",
	"log 1 QQ 4.0.0 0 text\n",
	"log 1 Q 4.0.0 x text\n",
	"log 1 Q 4.0.0 99-100 text\n",
	"log 1 Q 4.0.0 9999999999 text\n",
	"log 1 Q 4.0.0 4-0 text\n",
	"done\n",
	"done 9 x\n",
	"done -1 x\n",
	"done 0 +\n",
	"done 0 +0A\n",
	"undone 0 x\n",
	"\n",
	"\001\n",
	"log 1 Q 4.0.0 0 te\001xt\n",
	"done 99999999999999999999 x\n",
};

START_TEST(test_odd_line)
{
	struct arena a = { 0 };
	struct envelope e;
	struct buf text;

	buf_init(&text, 1000);
	buf_put_str(&text, odd_lines[_i]);
	buf_put_str(&text, "log 7 Q 4.0.0 1 whole\n");
	five(&a, &e);
	envelope_parse_journal(&a, buf_span(&text), &e);
	for (size_t i = 0; i < e.n; i++) {
		ck_assert_uint_eq(e.rcpts[i].attempts, i == 1);
		ck_assert_ptr_null(e.rcpts[i].done);
	}
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

/* When it was tried, without a network or with one, and whom it was told of. */
START_TEST(test_attempts)
{
	struct arena a = { 0 };
	struct envelope_rcpt rcpts[4] = { { .address = "a@b" }, { .address = "c@d" }, { .address = "e@f" } };
	struct envelope e = { .sender = "", .rcpts = rcpts, .n = 3 };
	const size_t all[] = { 0, 1, 2 }, some[] = { 0, 2 };
	struct buf text;

	buf_init(&text, TEXT_MAX);
	envelope_put_log(&text, 100, ENVELOPE_QUEUED, "4.4.1", all, 2, "no");
	envelope_put_log(&text, 100, ENVELOPE_QUEUED, "4.4.1", all + 2, 1, "never");
	envelope_put_offline(&text, 100);
	envelope_put_log(&text, 50, ENVELOPE_QUEUED, "4.4.1", all, 3, "no");
	envelope_put_offline(&text, 100);
	envelope_put_told(&text, 50, some, 2);
	buf_put_str(&text, "told x 1\ntold 50 1-x\noffline\ncolour blue\nlog 77 Q - 9 nobody\ntold 99 1");
	envelope_parse_journal(&a, buf_span(&text), &e);
	ck_assert_int_eq(e.attempts->at, 100);
	ck_assert(e.attempts->offline);
	ck_assert_int_eq(e.attempts->next->at, 50);
	ck_assert(!e.attempts->next->offline);
	ck_assert_int_eq(e.last_attempt->at, 77);
	ck_assert_ptr_null(e.last_attempt->next);
	ck_assert(rcpts[0].told && !rcpts[1].told && rcpts[2].told && !rcpts[3].told);
	ck_assert_uint_eq(rcpts[0].attempts, 2);
	buf_clear(&text);
	arena_clear(&a);
}
END_TEST

/* Recipients that join one after another, as a client names them: those before stay. */
START_TEST(test_add_rcpt)
{
	struct arena a = { 0 };
	struct envelope e = { 0 };
	size_t room = 0;

	for (size_t i = 0; i < 100; i++) {
		struct envelope_rcpt *r = envelope_add_rcpt(&a, &e, &room);

		ck_assert_ptr_null(r->address);
		r->address = arena_printf(&a, "r%zu", i);
		ck_assert_uint_eq(e.n, i + 1);
		ck_assert_uint_le(e.n, room);
	}
	for (size_t i = 0; i < e.n; i++)
		ck_assert_str_eq(e.rcpts[i].address, arena_printf(&a, "r%zu", i));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_round_trip);
	tcase_add_test(tc, test_by_hand);
	tcase_add_test(tc, test_truncated);
	tcase_add_test(tc, test_flipped);
	tcase_add_loop_test(tc, test_bad, 0, COUNT(bad));
	tcase_add_test(tc, test_peek);
	tcase_add_test(tc, test_check);
	tcase_add_test(tc, test_size_line);
	tcase_add_test(tc, test_journal);
	tcase_add_test(tc, test_torn);
	tcase_add_loop_test(tc, test_odd_line, 0, COUNT(odd_lines));
	tcase_add_test(tc, test_attempts);
	tcase_add_test(tc, test_add_rcpt);
}

CHECK_MAIN(envelope, add_tests)
