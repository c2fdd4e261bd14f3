/* SPDX-License-Identifier: ISC */
/*
 * proxied - an account whose mailbox is served by another host.
 */
#include "auth/proxied.h"

#include <string.h>

static int bad_field(const char *name, const char *field, const char *why, struct fault *f)
{
	return fault_temp(f, 454, "4.3.5", "users_file: %s= of %s %s", field, name, why);
}

/* A field that is copied as it is; without it `out` stays empty. */
static int copy(struct span extra, const char *name, const char *field, char *out, size_t max, struct fault *f)
{
	struct span value;

	if (!users_find_extra(extra, field, &value))
		return 0;
	if (value.n == 0 || value.n > max)
		return bad_field(name, field, value.n ? "is too long" : "is empty", f);
	memcpy(out, value.p, value.n);
	out[value.n] = '\0';
	return 0;
}

static int read_number(struct span extra, const char *name, const char *field, uint64_t max, uint64_t *out,
		       struct fault *f)
{
	struct span value;

	if (!users_find_extra(extra, field, &value))
		return 0;
	if (span_number(value, max, out) < 0 || *out == 0)
		return bad_field(name, field, "is no number that it may be", f);
	return 0;
}

static int read_tls(struct span extra, const char *name, const char *field, enum proxied_tls tls, struct proxied *out,
		    struct fault *f)
{
	struct span value;

	if (!users_find_extra(extra, field, &value) || span_is_nocase(value, SPAN("no")))
		return 0;
	out->any_certificate = span_is_nocase(value, SPAN("any-cert"));
	if (!out->any_certificate && value.n && !span_is_nocase(value, SPAN("yes")) &&
	    !span_is_nocase(value, SPAN("y")))
		return bad_field(name, field, "is not yes, no or any-cert", f);
	out->tls = tls;
	return 0;
}

/* A switch may stand alone, or as "proxy=y". */
static bool is_on(struct span extra, const char *field)
{
	struct span value;

	return users_find_extra(extra, field, &value) && !span_is_nocase(value, SPAN("no")) &&
	       !span_is_nocase(value, SPAN("n"));
}

int proxied_parse(struct span extra, const char *name, struct proxied *out, struct fault *f)
{
	uint64_t port = 0, timeout = PROXIED_TIMEOUT;
	struct proxied p = { .unless_here = is_on(extra, "proxy_maybe"), .unchecked = is_on(extra, "nopassword") };

	*out = (struct proxied){ .host = "" };
	if (!p.unless_here && !is_on(extra, "proxy"))
		return 0;
	if (copy(extra, name, "host", p.host, PROXIED_HOST_MAX, f) < 0 ||
	    read_number(extra, name, "port", UINT16_MAX, &port, f) < 0 ||
	    copy(extra, name, "port", p.port, PROXIED_PORT_MAX, f) < 0 ||
	    copy(extra, name, "destuser", p.user, USERS_NAME_MAX, f) < 0 ||
	    copy(extra, name, "pass", p.password, PROXIED_PASSWORD_MAX, f) < 0 ||
	    read_tls(extra, name, "ssl", PROXIED_TLS, &p, f) < 0 ||
	    read_tls(extra, name, "starttls", PROXIED_STARTTLS, &p, f) < 0 ||
	    read_number(extra, name, "proxy_timeout", PROXIED_TIMEOUT_MAX, &timeout, f) < 0)
		return -1;
	if (!p.host[0])
		return fault_temp(f, 454, "4.3.5", "users_file: %s has proxy, but no host=", name);
	if (!p.user[0] && strlen(name) <= USERS_NAME_MAX)
		memcpy(p.user, name, strlen(name) + 1);
	p.timeout = (long)timeout;
	*out = p;
	explicit_bzero(&p, sizeof(p));
	return 0;
}
