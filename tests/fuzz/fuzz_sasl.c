/* SPDX-License-Identifier: ISC */
/*
 * The name of a mechanism and responses, a line each: the exchange ends after a few turns, challenges are of bounded
 * size, a fault has one of the codes that it may have and no control byte, and only who knows the password gets in.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>

#include "auth/sasl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	bool *told = ctx;

	assert(q->name.n <= USERS_NAME_MAX);
	*out = (struct authority_answer){ .keys = { .iterations = 1, .salt_n = 4 } };
	if (span_is(q->name, SPAN("later")))
		return fault_temp(f, 454, "4.7.0", "not now");
	if (!span_is(q->name, SPAN("al")))
		return 0;
	snprintf(out->name, sizeof(out->name), "al");
	*told = q->form == AUTHORITY_FIND || span_is(q->password, SPAN("pw"));
	return q->form == AUTHORITY_VERIFY ? *told : 1;
}

static void check_fault(const struct fault *f)
{
	static const int codes[] = { 535, 501, 504, 538, 454 };
	bool known = false;

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		known |= f->reply == codes[i];
	assert(known && f->text[0] && !span_has_control(span_str(f->text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool told = false;
	struct authority authority = { .ask = ask, .ctx = &told };
	struct sasl_rules rules = { .authority = &authority,
				    .mechanisms = "plain login scram-sha-256 scram-sha-256-plus external",
				    .failure_delay = 2 };
	struct span rest, mechanism, response;
	enum sasl_turn turn;
	struct fault f = { .text = "" };
	struct sasl s;
	int turns = 0;

	if (size < 1)
		return 0;
	rules.is_private = data[0] & 1;
	rules.tls_exporter = data[0] & 2 ? SPAN("exporter") : span_of(NULL, 0);
	rules.certificate_user = data[0] & 4 ? SPAN("al") : span_of(NULL, 0);
	rest = span_of((const char *)data + 1, size - 1);
	mechanism = span_cut(&rest, '\n');
	response = span_cut(&rest, '\n');
	turn = sasl_begin(&s, &rules, mechanism, data[0] & 8 ? &response : NULL, &f);
	while (turn == SASL_CONTINUE) {
		assert(!s.challenge.overflow && s.challenge.n <= SASL_CHALLENGE_MAX && ++turns <= SASL_STEPS_MAX + 1);
		response = span_cut(&rest, '\n');
		turn = sasl_step(&s, response, &f);
	}
	if (turn == SASL_SUCCESS)
		assert(strcmp(s.user, "al") == 0 && told && rules.is_private);
	else
		check_fault(&f);
	sasl_clear(&s);
	return 0;
}
