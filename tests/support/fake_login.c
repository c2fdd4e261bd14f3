/* SPDX-License-Identifier: ISC */
/*
 * fake_login - who logs in to a server of mailboxes, and what its callbacks say to that.
 */
#include "support/fake_login.h"

#include <stdio.h>
#include <string.h>

enum { MUCH = 64 << 20 };

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	static const char *const names[] = { "al",	 "busy", "broken", "blocked", "mbox",
					     "\xc3\xa9", "far",	 "gone",   "theirs" };

	(void)ctx;
	*out = (struct authority_answer){ .name = "" };
	if (span_is(q->name, SPAN("later")))
		return fault_temp(f, 454, "4.7.0", "Not now");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is(q->name, span_str(names[i])))
			snprintf(out->name, sizeof(out->name), "%s", names[i]);
	return out->name[0] && span_is(q->password, SPAN("secret"));
}

void fake_login_init(struct fake_login *l)
{
	*l = (struct fake_login){ .authority = { .ask = ask } };
	l->rules = (struct sasl_rules){ .authority = &l->authority, .mechanisms = "plain login", .is_private = true };
	buf_init(&l->log, MUCH);
}

void fake_login_clear(struct fake_login *l)
{
	buf_clear(&l->log);
}

int fake_login_start_tls(void *ctx, struct fault *f)
{
	const struct fake_login *l = ctx;

	return l->fail_tls ? fault_temp(f, 454, "4.7.0", "TLS is broken") : 0;
}

void fake_login_authenticated(void *ctx, const struct sasl *sasl, const struct fault *f)
{
	struct fake_login *l = ctx;

	(void)sasl;
	if (f)
		buf_printf(&l->log, "auth %d\n", f->reply);
}

int fake_login_hand_over(void *ctx, const struct sasl *sasl, struct fault *f)
{
	struct fake_login *l = ctx;

	if (strcmp(sasl->user, "gone") == 0)
		return fault_temp(f, 454, "4.4.1", "Connection refused");
	if (strcmp(sasl->user, "theirs") == 0)
		return fault_perm(f, 535, "5.7.8", "No");
	if (strcmp(sasl->user, "far") != 0)
		return 0;
	buf_printf(&l->log, "hand over %s\n", sasl->user);
	return 1;
}
