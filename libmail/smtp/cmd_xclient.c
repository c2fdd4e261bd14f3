/* SPDX-License-Identifier: ISC */
/*
 * cmd_xclient - XCLIENT: a trusted proxy or test says whose session this is, as in Postfix.
 *
 * The session begins anew, with a greeting; what is told of HELO and PROTO holds until the client greets.
 */
#include "smtp/cmd.h"

#include "message/xtext.h"

enum { VALUE_MAX = 255 /* octets of a value, decoded */ };

static const struct attribute {
	const char *name;
	size_t at; /* in struct smtp_xclient */
} attributes[] = {
	{ "NAME", offsetof(struct smtp_xclient, name) },
	{ "ADDR", offsetof(struct smtp_xclient, addr) },
	{ "PORT", offsetof(struct smtp_xclient, port) },
	{ "PROTO", offsetof(struct smtp_xclient, proto) },
	{ "HELO", offsetof(struct smtp_xclient, helo) },
	{ "LOGIN", offsetof(struct smtp_xclient, login) },
	{ "DESTADDR", offsetof(struct smtp_xclient, destaddr) },
	{ "DESTPORT", offsetof(struct smtp_xclient, destport) },
};

enum { ATTRIBUTES = sizeof(attributes) / sizeof(attributes[0]) };

bool smtp_offers_xclient(const struct smtp_session *s)
{
	return s->call->xclient && s->client->may & SMTP_MAY_XCLIENT;
}

static const struct attribute *find_attribute(struct span name)
{
	for (size_t i = 0; i < ATTRIBUTES; i++)
		if (span_is_nocase(name, span_str(attributes[i].name)))
			return &attributes[i];
	return NULL;
}

static int parse_value(struct arena *a, struct span text, const char **out)
{
	if (span_is_nocase(text, SPAN("[UNAVAILABLE]")) || span_is_nocase(text, SPAN("[TEMPUNAVAIL]"))) {
		*out = "";
		return 0;
	}
	return xtext_parse(a, text, out) < 0 || **out == '\0' || strlen(*out) > VALUE_MAX ? -1 : 0;
}

static int parse(struct arena *a, struct span argument, struct smtp_xclient *x, struct fault *f)
{
	struct span word;

	while ((word = span_word(&argument)).n) {
		struct span value = word, name = span_cut(&value, '=');
		const struct attribute *t = find_attribute(name);

		if (!t)
			return fault_perm(f, 501, "5.5.4", "Unknown attribute: %.*s", SPAN_ARG(name));
		if (parse_value(a, value, (const char **)((char *)x + t->at)) < 0)
			return fault_perm(f, 501, "5.5.4", "Bad value: %.*s", SPAN_ARG(word));
	}
	if (x->proto && x->proto[0] && !span_is_nocase(span_str(x->proto), SPAN("SMTP")) &&
	    !span_is_nocase(span_str(x->proto), SPAN("ESMTP")))
		return fault_perm(f, 501, "5.5.4", "Bad value: PROTO=%s", x->proto);
	return 0;
}

void smtp_cmd_xclient(struct smtp_session *s, struct span argument)
{
	struct smtp_xclient x = { .name = NULL };
	struct arena a = { 0 };
	struct fault f;
	int rc = 0;

	if (!smtp_offers_xclient(s))
		rc = fault_perm(&f, 550, "5.7.0", "Not from this client");
	if (rc == 0)
		rc = parse(&a, argument, &x, &f);
	if (rc == 0)
		rc = s->call->xclient(s->ctx, &x, &f);
	if (rc < 0) {
		smtp_refuse(s, "XCLIENT", &f);
	} else {
		memcpy(s->helo, x.helo ? x.helo : "", x.helo ? strlen(x.helo) + 1 : 1);
		s->esmtp = x.proto && span_is_nocase(span_str(x.proto), SPAN("ESMTP"));
		smtp_reset(s);
		smtp_session_greet(s);
	}
	arena_clear(&a);
}
