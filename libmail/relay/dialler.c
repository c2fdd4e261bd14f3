/* SPDX-License-Identifier: ISC */
/*
 * dialler - connections that libcurl dials.
 */
#include "relay/dialler.h"

#include <stdio.h>

#define WRAPPER_PORT "465"

/* ---- with what ---- */

static const struct {
	const char *name;
	bool plain;	/* what is secret is sent as it is */
	bool token;	/* it takes an access token */
	bool on_demand; /* libcurl prefers it to what was meant: used only if it is named */
} mechanisms[] = {
	{ "EXTERNAL", false, false, false },	{ "SCRAM-SHA-256", false, false, false },
	{ "SCRAM-SHA-1", false, false, false }, { "DIGEST-MD5", false, false, false },
	{ "CRAM-MD5", false, false, false },	{ "PLAIN", true, false, false },
	{ "LOGIN", true, false, false },	{ "GSSAPI", false, false, true },
	{ "NTLM", false, false, true },		{ "OAUTHBEARER", true, true, false },
	{ "XOAUTH2", true, true, false },
};

/* Postfix's way with such lists: the first word that fits decides, "!" in front means no, and what fits none is out. */
static bool is_filtered_in(const char *filter, size_t i)
{
	struct span rest = span_str(filter);
	struct span name = span_str(mechanisms[i].name);

	if (span_trim(rest).n == 0)
		return !mechanisms[i].on_demand;
	for (struct span word = span_list_word(&rest); word.n; word = span_list_word(&rest)) {
		bool no = word.p[0] == '!';

		word = span_from(word, no);
		if (span_is_nocase(word, name))
			return !no;
		if (span_is_nocase(word, SPAN("static:all")))
			return !no && !mechanisms[i].on_demand;
	}
	return false;
}

/* "noanonymous" is always so. */
static int read_options(const char *name, const char *value, bool *no_plain, struct fault *f)
{
	struct span rest = span_str(value);

	*no_plain = false;
	for (struct span word = span_list_word(&rest); word.n; word = span_list_word(&rest)) {
		if (span_is_nocase(word, SPAN("noplaintext")))
			*no_plain = true;
		else if (!span_is_nocase(word, SPAN("noanonymous")))
			return fault_temp(f, 451, "4.3.5", "%s: \"%.*s\" is not noplaintext or noanonymous", name,
					  SPAN_ARG(span_of(word.p, word.n < 60 ? word.n : 60)));
	}
	return 0;
}

/* EXTERNAL says who we are by the certificate: it needs one, and no password. */
static bool is_fit(const struct dialler *d, size_t i)
{
	const struct credential *c = &d->credential;

	if (mechanisms[i].token != (c->oauth != NULL))
		return false;
	if (strcmp(mechanisms[i].name, "EXTERNAL") == 0)
		return d->rules->way.cert_file && c->password && !c->password[0];
	return true;
}

int dialler_mechanisms(const struct dialler *d, bool tls, char out[DIALLER_MECHANISMS_MAX], struct fault *f)
{
	const struct dialler_rules *r = d->rules;
	bool no_plain;
	size_t n = 0;

	if (read_options(tls ? "smtp_sasl_tls_security_options" : "smtp_sasl_security_options",
			 tls ? r->tls_security_options : r->security_options, &no_plain, f) < 0)
		return -1;
	out[0] = '\0';
	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++) {
		if (!is_fit(d, i) || (no_plain && mechanisms[i].plain) || !is_filtered_in(r->mechanism_filter, i))
			continue;
		n += (size_t)snprintf(out + n, DIALLER_MECHANISMS_MAX - n, "%s%s", n ? " " : "", mechanisms[i].name);
	}
	if (n > 0)
		return 0;
	return fault_temp(f, 454, "4.7.8", "no SASL mechanism may be used%s: see %s and smtp_sasl_mechanism_filter",
			  tls ? "" : " without TLS",
			  tls ? "smtp_sasl_tls_security_options" : "smtp_sasl_security_options");
}

/* ---- life ---- */

void dialler_init(struct dialler *d, const struct dialler_rules *rules, const char *nexthop, const char *sender)
{
	int rc;

	*d = (struct dialler){ .rules = rules };
	rc = credential_find(&rules->credential, &d->arena, nexthop, sender, &d->credential, &d->trouble);
	d->has_credential = rc > 0;
}

void dialler_clear(struct dialler *d)
{
	arena_wipe(&d->arena);
	*d = (struct dialler){ .rules = d->rules };
}

static bool is_wrapped(const struct dialler *d, const char *port)
{
	return d->rules->wrapper_mode || strcmp(port, WRAPPER_PORT) == 0;
}

bool dialler_is_needed(const struct dialler *d)
{
	const char *proxy = d->rules->way.proxy;

	return d->has_credential || d->trouble.kind != FAULT_NONE || (proxy && proxy[0]);
}

/* ---- dialling ---- */

static const char *or_null(const char *z)
{
	return z && z[0] ? z : NULL;
}

static bool is_level(const struct dialler *d, const char *level)
{
	return d->rules->security_level && strcmp(d->rules->security_level, level) == 0;
}

static void set_tls(const struct dialler *d, struct curl_target *t)
{
	bool optional = !d->has_credential && (is_level(d, "may") || !or_null(d->rules->security_level));
	bool wrapped = is_wrapped(d, t->port);

	t->scheme = wrapped ? "smtps" : "smtp";
	t->verify = !optional && !is_level(d, "encrypt") && !is_level(d, "none");
	if (wrapped || is_level(d, "none"))
		t->starttls = CURL_STARTTLS_NEVER;
	else
		t->starttls = optional ? CURL_STARTTLS_MAY : CURL_STARTTLS_MUST;
}

static void set_way(const struct dialler *d, const struct client *c, struct curl_way *way)
{
	*way = d->rules->way;
	way->ca_file = or_null(way->ca_file);
	way->ca_path = or_null(way->ca_path);
	way->cert_file = or_null(way->cert_file);
	way->key_file = or_null(way->key_file);
	way->proxy = or_null(way->proxy);
	way->connect_timeout = c->rules->connect_timeout;
	way->trace = c->rules->trace;
	way->ctx = c->rules->ctx;
}

static int dial(struct client *c, const struct curl_target *t, struct fault *f)
{
	struct stream channel;

	if (curl_dial(t, &channel, c->address, f) < 0)
		return -1;
	if (client_adopt(c, &channel, t->host, f) == 0)
		return 0;
	client_quit(c);
	return -1;
}

/* A token that was good for hours may have been revoked: then the server is right, and another one may do. */
static int dial_with_token(struct dialler *d, struct client *c, struct curl_target *t, struct fault *f)
{
	const struct oauth_rules rules = {
		.spool = d->rules->spool,
		.way = {
			.ca_file = t->way.ca_file,
			.ca_path = t->way.ca_path,
			.proxy = t->way.proxy,
			.resolve = t->way.resolve,
			.connect_timeout = t->way.connect_timeout,
		},
	};
	struct fault first;

	if (oauth_token(d->credential.oauth, &rules, &d->arena, &t->bearer, f) < 0)
		return -1;
	if (dial(c, t, &first) == 0)
		return 0;
	if (f)
		*f = first;
	if (strcmp(first.status, "4.7.8") != 0)
		return -1;
	oauth_forget(d->credential.oauth, &rules, t->bearer);
	return oauth_token(d->credential.oauth, &rules, &d->arena, &t->bearer, f) < 0 ? -1 : dial(c, t, f);
}

int dialler_open(struct dialler *d, struct client *c, const char *host, const char *port, struct fault *f)
{
	char allowed[DIALLER_MECHANISMS_MAX];
	struct curl_target t = {
		.host = host, .port = port, .helo = c->rules->helo, .reply_timeout = c->rules->helo_timeout
	};

	if (d->trouble.kind != FAULT_NONE) {
		if (f)
			*f = d->trouble;
		return -1;
	}
	set_tls(d, &t);
	set_way(d, c, &t.way);
	if (!d->has_credential)
		return dial(c, &t, f);
	if (dialler_mechanisms(d, t.starttls != CURL_STARTTLS_NEVER || is_wrapped(d, port), allowed, f) < 0)
		return -1;
	t.user = d->credential.user;
	t.password = d->credential.password;
	t.mechanisms = allowed;
	return d->credential.oauth ? dial_with_token(d, c, &t, f) : dial(c, &t, f);
}
