/* SPDX-License-Identifier: ISC */
/*
 * sasl - the server's half of an authentication: the table of mechanisms, and what all of them share.
 */
#include "auth/sasl.h"

#include <stdio.h>

#include "auth/sasl_mechanism.h"
#include "base/base64.h"

static const struct sasl_mechanism mechanisms[] = {
	{ "PLAIN", sasl_plain_step, SASL_CLIENT_FIRST },
	{ "LOGIN", sasl_login_step, 0 },
	{ "SCRAM-SHA-256", sasl_scram_step, SASL_CLIENT_FIRST },
	{ "SCRAM-SHA-256-PLUS", sasl_scram_plus_step, SASL_CLIENT_FIRST | SASL_BINDING },
	{ "EXTERNAL", sasl_external_step, SASL_CLIENT_FIRST | SASL_CERTIFICATE },
};

enum { MECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

static const struct sasl_mechanism *find_mechanism(struct span name)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if (span_is_nocase(name, span_str(mechanisms[i].name)))
			return &mechanisms[i];
	return NULL;
}

static bool is_possible(const struct sasl_rules *rules, const struct sasl_mechanism *m)
{
	if ((m->flags & SASL_BINDING) && rules->tls_exporter.n == 0 && rules->tls_server_end_point.n == 0)
		return false;
	return !(m->flags & SASL_CERTIFICATE) || rules->certificate_user.n > 0;
}

static bool is_allowed(const struct sasl_rules *rules, const struct sasl_mechanism *m)
{
	struct span rest = span_str(rules->mechanisms), word;

	while ((word = span_list_word(&rest)).n)
		if (find_mechanism(word) == m)
			return true;
	return false;
}

bool sasl_is_offered(const struct sasl_rules *rules, const struct sasl_mechanism *m)
{
	return rules->is_private && is_possible(rules, m) && is_allowed(rules, m);
}

bool sasl_offers_binding(const struct sasl_rules *rules)
{
	for (size_t i = 0; i < MECHANISMS; i++)
		if ((mechanisms[i].flags & SASL_BINDING) && sasl_is_offered(rules, &mechanisms[i]))
			return true;
	return false;
}

void sasl_put_offers(struct buf *out, const struct sasl_rules *rules)
{
	struct span rest = span_str(rules->mechanisms), word;

	while ((word = span_list_word(&rest)).n) {
		const struct sasl_mechanism *m = find_mechanism(word);

		if (m && sasl_is_offered(rules, m))
			buf_printf(out, " %s", m->name);
	}
}

int sasl_check_mechanisms(const char *text, struct fault *f)
{
	struct span rest = span_str(text), word;

	while ((word = span_list_word(&rest)).n)
		if (!find_mechanism(word))
			return fault_usage(f, "there is no mechanism \"%.*s\"", SPAN_ARG(word));
	return 0;
}

const char *sasl_name(const struct sasl *s)
{
	return s->mechanism ? s->mechanism->name : "password";
}

/* ---- endings ---- */

enum sasl_turn sasl_malformed(struct fault *f)
{
	fault_perm(f, 501, "5.5.2", "The response is not of the mechanism's form");
	return SASL_FAILURE;
}

enum sasl_turn sasl_accept(struct sasl *s)
{
	snprintf(s->user, sizeof(s->user), "%s", s->answer.name);
	return SASL_SUCCESS;
}

enum sasl_turn sasl_reject(struct sasl *s, struct span guess, const char *reason, struct fault *f)
{
	const struct sasl_rules *r = s->rules;
	unsigned count = 1;

	if (r->is_network && r->penalty)
		count = penalty_add(r->penalty, r->counted_as, guess);
	s->pause_ms = penalty_delay_ms(count, r->failure_delay);
	snprintf(s->tried, sizeof(s->tried), "%s", s->answer.name);
	s->reason = s->answer.refused[0] ? s->answer.refused : reason;
	fault_perm(f, 535, "5.7.8", "Authentication failed");
	return SASL_FAILURE;
}

bool sasl_is_same(struct sasl *s, struct span authzid, struct span name)
{
	return authzid.n == 0 || span_is(authzid, name) || span_is(authzid, span_str(s->answer.name));
}

int sasl_ask(struct sasl *s, enum authority_form form, struct span name, struct span password, struct fault *f)
{
	const struct authority *a = s->rules->authority;
	struct authority_question q = {
		.form = form, .name = name, .password = password, .is_network = s->rules->is_network
	};

	memcpy(q.client, s->rules->client, sizeof(q.client));
	return a->ask(a->ctx, &q, &s->answer, f);
}

/* Will another host be asked whether the password is right? */
static bool is_left_to_host(const struct sasl *s)
{
	const struct authority_answer *a = &s->answer;

	return s->rules->hands_over && a->proxied.host[0] && a->proxied.unchecked && !a->refused[0];
}

static enum sasl_turn accept_password(struct sasl *s, struct span password)
{
	if (s->rules->hands_over && s->answer.proxied.host[0]) {
		buf_init(&s->password, SASL_RESPONSE_MAX);
		buf_room(&s->password, password.n);
		buf_put_span(&s->password, password);
	}
	return sasl_accept(s);
}

static enum sasl_turn reject_password(struct sasl *s, struct span name, struct span password, struct fault *f)
{
	enum sasl_turn turn;
	struct buf guess;

	buf_init(&guess, 2 * SASL_RESPONSE_MAX + 1);
	buf_room(&guess, name.n + 1 + password.n);
	buf_put_span(&guess, name);
	buf_put_char(&guess, '\0');
	buf_put_span(&guess, password);
	turn = sasl_reject(s, buf_span(&guess), NULL, f);
	buf_wipe(&guess);
	return turn;
}

enum sasl_turn sasl_check_password(struct sasl *s, struct span name, struct span password, struct fault *f)
{
	int rc = sasl_ask(s, AUTHORITY_VERIFY, name, password, f);

	if (rc < 0)
		return SASL_FAILURE;
	return rc > 0 || is_left_to_host(s) ? accept_password(s, password) : reject_password(s, name, password, f);
}

enum sasl_turn sasl_refuse(struct sasl *s, struct fault *f)
{
	return reject_password(s, span_str(s->user), buf_span(&s->password), f);
}

/* ---- lines ---- */

void sasl_put_challenge(struct buf *out, const char *word, const struct sasl *s)
{
	buf_put_str(out, word);
	base64_put(out, buf_span(&s->challenge));
	buf_put_str(out, "\r\n");
}

int sasl_parse_response(struct buf *out, struct span text)
{
	size_t room = text.n / 4 * 3;

	buf_init(out, SASL_RESPONSE_MAX);
	/* All at once: what is outgrown would be left behind with a password in it. */
	buf_room(out, room < SASL_RESPONSE_MAX ? room : SASL_RESPONSE_MAX);
	return base64_parse(out, text, 0) < 0 || out->overflow ? -1 : 0;
}

int sasl_parse_initial(struct buf *out, struct span text)
{
	return sasl_parse_response(out, span_is(text, SPAN("=")) ? span_of(NULL, 0) : text);
}

/* ---- an exchange ---- */

static enum sasl_turn begin(struct sasl *s, const struct sasl_rules *rules, struct fault *f)
{
	*s = (struct sasl){ .rules = rules };
	buf_init(&s->challenge, SASL_CHALLENGE_MAX);
	if (rules->failure_limit && rules->is_network && rules->penalty &&
	    penalty_count(rules->penalty, rules->counted_as) >= (unsigned long)rules->failure_limit) {
		s->reason = "too many failures from this address";
		fault_temp(f, 454, "4.7.0", "Too many failed logins from your address, try again later");
		return SASL_FAILURE;
	}
	return SASL_CONTINUE;
}

enum sasl_turn sasl_step(struct sasl *s, struct span response, struct fault *f)
{
	buf_reset(&s->challenge);
	if (response.n > SASL_RESPONSE_MAX || ++s->steps > SASL_STEPS_MAX)
		return sasl_malformed(f);
	return s->mechanism->step(s, response, f);
}

enum sasl_turn sasl_begin(struct sasl *s, const struct sasl_rules *rules, struct span mechanism,
			  const struct span *initial, struct fault *f)
{
	const struct sasl_mechanism *m = find_mechanism(mechanism);

	if (begin(s, rules, f) == SASL_FAILURE)
		return SASL_FAILURE;
	if (!m || !is_allowed(rules, m) || !is_possible(rules, m)) {
		fault_perm(f, 504, "5.5.4", "This mechanism is not offered");
		return SASL_FAILURE;
	}
	if (!rules->is_private) {
		fault_perm(f, 538, "5.7.11", "Encryption is needed first: STARTTLS");
		return SASL_FAILURE;
	}
	s->mechanism = m;
	if (initial)
		return sasl_step(s, *initial, f);
	return m->flags & SASL_CLIENT_FIRST ? SASL_CONTINUE : m->step(s, span_of(NULL, 0), f);
}

enum sasl_turn sasl_login(struct sasl *s, const struct sasl_rules *rules, struct span name, struct span password,
			  struct fault *f)
{
	if (begin(s, rules, f) == SASL_FAILURE)
		return SASL_FAILURE;
	if (!rules->is_private) {
		fault_perm(f, 538, "5.7.11", "Encryption is needed first: STARTTLS");
		return SASL_FAILURE;
	}
	return sasl_check_password(s, name, password, f);
}

void sasl_clear(struct sasl *s)
{
	buf_wipe(&s->challenge);
	buf_wipe(&s->password);
	explicit_bzero(&s->answer, sizeof(s->answer));
	arena_clear(&s->arena);
	s->scram = NULL;
}
