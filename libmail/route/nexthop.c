/* SPDX-License-Identifier: ISC */
/*
 * nexthop - where mail for other machines goes.
 */
#include "route/nexthop.h"

#include "route/host.h"

enum { PORT_MAX = 65535 };

static int parse_port(struct span s, uint64_t *out)
{
	static const struct {
		const char *name;
		uint16_t port;
	} services[] = {
		{ "smtp", 25 }, { "submission", 587 }, { "submissions", 465 }, { "smtps", 465 }, { "lmtp", 24 }
	};

	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		if (!span_is_nocase(s, span_str(services[i].name)))
			continue;
		*out = services[i].port;
		return 0;
	}
	return span_number(s, PORT_MAX, out) < 0 || *out == 0 ? -1 : 0;
}

/* "[host]:port" and its shorter forms, into the one form with a port. */
static int parse_host(struct arena *a, const char *parameter, struct span s, unsigned port, const char **out,
		      struct fault *f)
{
	struct span rest = s, host;
	struct host_address address;
	uint64_t number = port;
	bool literal = host_cut_brackets(&rest, &host);

	if (!literal) {
		host = span_of(rest.p, span_find(rest, ':'));
		rest = span_from(rest, host.n);
	}
	if (rest.n && (rest.p[0] != ':' || parse_port(span_from(rest, 1), &number) < 0))
		return fault_usage(f, "%s: \"%.*s\": this is no port number", parameter, SPAN_ARG(s));
	if (literal && host_parse_address(host, &address))
		host = span_str(address.text);
	else if (!host_is_name(host))
		return fault_usage(f, "%s: \"%.*s\": write host:port or [host]:port", parameter, SPAN_ARG(s));
	*out = arena_printf(a, literal ? "[%.*s]:%u" : "%.*s:%u", SPAN_ARG(host), (unsigned)number);
	return 0;
}

static int parse_socket(struct arena *a, struct span s, const char **out, struct fault *f)
{
	if (!span_starts(s, SPAN("unix:/")) || span_has_control(s))
		return fault_usage(f, "default_transport: \"%.*s\": a socket is unix:/PATH", SPAN_ARG(s));
	*out = arena_span(a, s);
	return 0;
}

/* "[host]:port" behind smtp: or lmtp:, or nothing, and then relayhost. */
static int parse_place(struct arena *a, struct span text, const char *relayhost, unsigned port, const char **out,
		       struct fault *f)
{
	bool given = text.n > 0;

	if (!given)
		text = span_trim(span_str(relayhost));
	if (text.n == 0)
		return 0;
	if (given && span_starts(text, SPAN("unix:")))
		return parse_socket(a, text, out, f);
	if (given && span_starts(text, SPAN("inet:")))
		text = span_from(text, 5);
	return parse_host(a, given ? "default_transport" : "relayhost", text, port, out, f);
}

static int parse_smtp(struct arena *a, struct span rest, const char *relayhost, struct nexthop *out, struct fault *f)
{
	out->transport = ROUTE_SMTP;
	return parse_place(a, rest, relayhost, 25, &out->host, f);
}

static int parse_lmtp(struct arena *a, struct span rest, const char *relayhost, struct nexthop *out, struct fault *f)
{
	out->transport = ROUTE_LMTP;
	if (parse_place(a, rest, relayhost, 24, &out->host, f) < 0)
		return -1;
	/* RFC 2033 5: LMTP is not for the wide area, where there would be an MX. */
	return out->host ? 0 : fault_usage(f, "default_transport: lmtp needs a host: lmtp:HOST:PORT or lmtp:unix:PATH");
}

static int parse_pipe(struct arena *a, struct span rest, const char *relayhost, struct nexthop *out, struct fault *f)
{
	out->transport = ROUTE_PIPE;
	if (rest.n == 0 || span_has_control(rest))
		return fault_usage(f, "default_transport: pipe needs a command: pipe:COMMAND");
	out->command = arena_span(a, rest);
	if (relayhost && relayhost[0])
		out->host = arena_str(a, relayhost);
	return 0;
}

static int parse_error(struct arena *a, struct span rest, const char *relayhost, struct nexthop *out, struct fault *f)
{
	(void)relayhost;
	if (span_has_control(rest))
		return fault_usage(f, "default_transport: there is a control byte in the text");
	out->error = rest.n ? arena_span(a, rest) : "mail for other machines is not accepted here";
	return 0;
}

int nexthop_parse(struct arena *a, const char *default_transport, const char *relayhost, struct nexthop *out,
		  struct fault *f)
{
	static const struct {
		const char *name;
		int (*parse)(struct arena *, struct span, const char *, struct nexthop *, struct fault *);
	} transports[] = {
		{ "smtp", parse_smtp }, { "lmtp", parse_lmtp }, { "pipe", parse_pipe }, { "error", parse_error }
	};
	struct span rest = span_trim(span_str(default_transport)), name;

	*out = (struct nexthop){ .transport = ROUTE_SMTP };
	if (rest.n == 0)
		rest = SPAN("smtp");
	name = span_cut(&rest, ':');
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (span_is(name, span_str(transports[i].name)))
			return transports[i].parse(a, span_trim(rest), relayhost, out, f);
	return fault_usage(f, "default_transport: \"%.*s\" is no transport: smtp, lmtp, pipe, error", SPAN_ARG(name));
}

const char *nexthop_of_domain(struct arena *a, struct span domain)
{
	struct host_address address;
	char *lower;

	if (host_parse_literal(domain, &address))
		return arena_printf(a, "[%s]:25", address.text);
	/* However it is written it is one destination. */
	lower = arena_span(a, domain);
	for (size_t i = 0; i < domain.n; i++)
		if (lower[i] >= 'A' && lower[i] <= 'Z')
			lower[i] = (char)(lower[i] + 'a' - 'A');
	return lower;
}
