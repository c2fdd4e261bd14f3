/* SPDX-License-Identifier: ISC */
#include "smtp/session.h"

#include <stdio.h>

#include "base/base64.h"
#include "support/check_main.h"
#include "support/fake_host.h"

/* The one account is al, whose password is "secret". */
static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	(void)ctx;
	*out = (struct authority_answer){ .name = "" };
	if (span_is(q->name, SPAN("later")))
		return fault_temp(f, 454, "4.7.0", "Not now");
	if (!span_is(q->name, SPAN("al")))
		return 0;
	snprintf(out->name, sizeof(out->name), "al");
	return span_is(q->password, SPAN("secret"));
}

struct login_host {
	struct fake_host host;
	struct authority authority;
	struct sasl_rules rules;
};

static void init(struct login_host *h)
{
	fake_host_init(&h->host);
	h->authority = (struct authority){ .ask = ask };
	h->rules = (struct sasl_rules){
		.authority = &h->authority, .mechanisms = "plain login external", .is_private = true, .failure_delay = 2
	};
	h->host.client.sasl = &h->rules;
}

static const char *say(struct login_host *h, const char *text)
{
	size_t before = h->host.replies.n;

	fake_host_feed(&h->host, span_str(text), SMTP_PIECE);
	return buf_str(&h->host.replies) + before;
}

#define AL "AGFsAHNlY3JldA=="

START_TEST(test_success)
{
	struct login_host h;

	init(&h);
	ck_assert_ptr_nonnull(strstr(say(&h, "EHLO c\r\n"), "\r\n250 AUTH PLAIN LOGIN\r\n"));
	ck_assert_str_eq(say(&h, "AUTH PLAIN " AL "\r\n"), "235 2.7.0 Authentication successful\r\n");
	ck_assert(h.host.session.authenticated);
	ck_assert_str_eq(h.host.session.sasl.user, "al");
	ck_assert_int_eq(smtp_session_pause_ms(&h.host.session), 0);
	ck_assert_ptr_null(strstr(say(&h, "EHLO c\r\n"), "AUTH"));
	ck_assert(h.host.session.authenticated);
	fake_host_clear(&h.host);
}
END_TEST

START_TEST(test_failure)
{
	struct login_host h;

	init(&h);
	say(&h, "EHLO c\r\n");
	ck_assert_str_eq(say(&h, "AUTH PLAIN AGFsAHdyb25n\r\n"), "535 5.7.8 Authentication failed\r\n");
	ck_assert_int_eq(smtp_session_pause_ms(&h.host.session), 2000);
	ck_assert_int_eq(smtp_session_pause_ms(&h.host.session), 0);
	ck_assert(!h.host.session.authenticated);
	/* In one piece: all of them are waited for. */
	say(&h, "AUTH PLAIN AGFsAHdyb25n\r\nAUTH PLAIN AGFsAHdyb25n\r\nNOOP\r\n");
	ck_assert_int_eq(smtp_session_pause_ms(&h.host.session), 4000);
	ck_assert_str_eq(say(&h, "AUTH PLAIN AGxhdGVyAHg=\r\n"), "454 4.7.0 Not now\r\n");
	ck_assert_int_eq(smtp_session_pause_ms(&h.host.session), 0);
	ck_assert_str_eq(buf_str(&h.host.refused), "AUTH 535\nAUTH 535\nAUTH 535\nAUTH 454\n");
	fake_host_clear(&h.host);
}
END_TEST

#define NO_BASE64 "501 5.5.2 The response is no base64\r\n"

static const struct {
	const char *text, *want;
} exchanges[] = {
	{ "AUTH PLAIN " AL "\r\nAUTH PLAIN " AL "\r\n",
	  "235 2.7.0 Authentication successful\r\n503 5.5.1 Already authenticated\r\n" },
	{ "AUTH PLAIN\r\n" AL "\r\n", "334 \r\n235 2.7.0 Authentication successful\r\n" },
	{ "AUTH PLAIN\r\n*\r\nNOOP\r\n", "334 \r\n501 5.7.0 Authentication cancelled\r\n250 2.0.0 Ok\r\n" },
	{ "AUTH PLAIN AGFs!\r\n", NO_BASE64 },
	{ "AUTH PLAIN\r\nAGFs!\r\nNOOP\r\n", "334 \r\n" NO_BASE64 "250 2.0.0 Ok\r\n" },
	{ "AUTH PLAIN =\r\n", "501 5.5.2 The response is not of the mechanism's form\r\n" },
};

START_TEST(test_exchange)
{
	struct login_host h;

	init(&h);
	say(&h, "EHLO c\r\n");
	ck_assert_str_eq(say(&h, exchanges[_i].text), exchanges[_i].want);
	fake_host_clear(&h.host);
}
END_TEST

/* A response has a limit, and what is behind it is no command. */
START_TEST(test_too_long)
{
	struct login_host h;
	char line[SMTP_AUTH_LINE_MAX + 4];

	init(&h);
	say(&h, "EHLO c\r\nAUTH PLAIN\r\n");
	memset(line, 'A', sizeof(line));
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	ck_assert_str_eq(say(&h, line), "500 5.5.6 Response too long\r\n");
	ck_assert_str_eq(say(&h, "NOOP\r\n"), "250 2.0.0 Ok\r\n");
	ck_assert(!h.host.session.authenticated);
	fake_host_clear(&h.host);
}
END_TEST

/* Nothing of a password stays in the line's buffer. */
START_TEST(test_wiped)
{
	struct login_host h;
	const struct smtp_session *s = &h.host.session;

	init(&h);
	say(&h, "EHLO c\r\nAUTH LOGIN\r\nYWw=\r\nc2VjcmV0\r\n");
	ck_assert(s->authenticated);
	for (size_t i = 0; i < sizeof(s->line); i++)
		ck_assert_int_eq(s->line[i], 0);
	ck_assert_ptr_null(s->sasl.challenge.p);
	fake_host_clear(&h.host);
}
END_TEST

static const struct {
	const char *what;
	bool offered, is_private, lmtp;
	const char *want;
} places[] = {
	{ "no AUTH here", false, true, false, "503 5.5.1 Authentication is not offered here\r\n" },
	{ "before TLS", true, false, false, "538 5.7.11 Encryption is needed first: STARTTLS\r\n" },
	{ "LMTP", false, true, true, "500 5.5.2 Command not known\r\n" },
};

START_TEST(test_places)
{
	struct login_host h;

	init(&h);
	h.rules.is_private = places[_i].is_private;
	h.host.server.lmtp = places[_i].lmtp;
	if (!places[_i].offered)
		h.host.client.sasl = NULL;
	ck_assert_ptr_null(strstr(say(&h, places[_i].lmtp ? "LHLO c\r\n" : "EHLO c\r\n"), "AUTH"));
	ck_assert_str_eq(say(&h, "AUTH PLAIN " AL "\r\n"), places[_i].want);
	fake_host_clear(&h.host);
}
END_TEST

/* Errors of AUTH count as others do. */
START_TEST(test_too_many)
{
	struct login_host h;
	int n = 0;

	init(&h);
	say(&h, "EHLO c\r\n");
	while (smtp_session_is_open(&h.host.session) && n++ < 100)
		say(&h, "AUTH PLAIN AGFsAHdyb25n\r\n");
	ck_assert_int_eq(n, h.host.server.hard_error_limit + 1);
	fake_host_clear(&h.host);
}
END_TEST

START_TEST(test_not_idle)
{
	struct login_host h;

	init(&h);
	say(&h, "EHLO c\r\n");
	ck_assert(smtp_session_is_idle(&h.host.session));
	say(&h, "AUTH LOGIN\r\n");
	ck_assert(!smtp_session_is_idle(&h.host.session));
	say(&h, "*\r\n");
	ck_assert(smtp_session_is_idle(&h.host.session));
	/* The end in the middle of an exchange leaves nothing behind. */
	say(&h, "AUTH LOGIN\r\nYWw=\r\n");
	fake_host_clear(&h.host);
}
END_TEST

START_TEST(test_bare_newline)
{
	struct login_host h;

	init(&h);
	h.host.server.reject_bare_newline = true;
	say(&h, "EHLO c\r\nAUTH LOGIN\r\n");
	ck_assert_ptr_nonnull(strstr(say(&h, "YWw=\n"), "Bare <LF> received"));
	ck_assert(!smtp_session_is_open(&h.host.session));
	fake_host_clear(&h.host);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_success);
	tcase_add_test(tc, test_failure);
	tcase_add_loop_test(tc, test_exchange, 0, COUNT(exchanges));
	tcase_add_test(tc, test_too_long);
	tcase_add_test(tc, test_wiped);
	tcase_add_loop_test(tc, test_places, 0, COUNT(places));
	tcase_add_test(tc, test_too_many);
	tcase_add_test(tc, test_not_idle);
	tcase_add_test(tc, test_bare_newline);
}

CHECK_MAIN(cmd_auth, add_tests)
