/* SPDX-License-Identifier: ISC */
/*
 * nexthop - where mail for other machines goes.
 */
#include "route/nexthop.h"

#include <string.h>

#include "route/host.h"

enum { PORT_MAX = 65535, STATUS_MAX = 9 /* octets of "5.123.456" */ };

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
static int parse_host(struct arena *a, const char *prefix, struct span s, unsigned port, const char **out,
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
		return fault_usage(f, "%s\"%.*s\": this is no port number", prefix, SPAN_ARG(s));
	if (literal && host_parse_address(host, &address))
		host = span_str(address.text);
	else if (!host_is_name(host))
		return fault_usage(f, "%s\"%.*s\": write host:port or [host]:port", prefix, SPAN_ARG(s));
	*out = arena_printf(a, literal ? "[%.*s]:%u" : "%.*s:%u", SPAN_ARG(host), (unsigned)number);
	return 0;
}

/* What is read, and what the words around it are. */
struct reading {
	struct arena *arena;
	const char *prefix;    /* of faults: the parameter, or file and line; ends with ": " */
	const char *relayhost; /* where mail goes if the text does not say; NULL: to the recipient's domain */
	const char *relayhost_prefix;
	bool in_table;
};

static int parse_socket(const struct reading *r, struct span s, const char **out, struct fault *f)
{
	if (!span_starts(s, SPAN("unix:/")) || span_has_control(s))
		return fault_usage(f, "%s\"%.*s\": a socket is unix:/PATH", r->prefix, SPAN_ARG(s));
	*out = arena_span(r->arena, s);
	return 0;
}

/* "[host]:port" behind smtp: or lmtp:, or nothing, and then relayhost. */
static int parse_place(const struct reading *r, struct span text, unsigned port, const char **out, struct fault *f)
{
	bool given = text.n > 0;

	if (!given)
		text = span_trim(span_str(r->relayhost));
	if (text.n == 0)
		return 0;
	if (given && span_starts(text, SPAN("unix:")))
		return parse_socket(r, text, out, f);
	if (given && span_starts(text, SPAN("inet:")))
		text = span_from(text, 5);
	return parse_host(r->arena, given ? r->prefix : r->relayhost_prefix, text, port, out, f);
}

static int parse_smtp(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	out->transport = ROUTE_SMTP;
	return parse_place(r, rest, 25, &out->host, f);
}

static int parse_lmtp(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	out->transport = ROUTE_LMTP;
	if (parse_place(r, rest, 24, &out->host, f) < 0)
		return -1;
	/* RFC 2033 5: LMTP is not for the wide area, where there would be an MX. */
	return out->host ? 0 : fault_usage(f, "%slmtp needs a host: lmtp:HOST:PORT or lmtp:unix:PATH", r->prefix);
}

static int parse_pipe(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	out->transport = ROUTE_PIPE;
	if (rest.n == 0 || span_has_control(rest))
		return fault_usage(f, "%spipe needs a command: pipe:COMMAND", r->prefix);
	out->command = arena_span(r->arena, rest);
	if (r->relayhost && r->relayhost[0])
		out->host = arena_str(r->arena, r->relayhost);
	return 0;
}

/* "5.1.2 " or "4.3.0 " in front of the text. */
static const char *cut_status(struct arena *a, struct span *text)
{
	struct span rest = *text, word = span_word(&rest);
	size_t dots = 0;

	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] != '.' && (word.p[i] < '0' || word.p[i] > '9'))
			return NULL;
		dots += word.p[i] == '.';
	}
	if (dots != 2 || word.n > STATUS_MAX || (word.p[0] != '4' && word.p[0] != '5') || word.p[1] != '.' ||
	    word.p[2] == '.' || word.p[word.n - 1] == '.')
		return NULL;
	*text = span_trim(rest);
	return arena_span(a, word);
}

static int parse_refusal(const struct reading *r, struct span rest, const char *status, const char *text,
			 struct nexthop *out, struct fault *f)
{
	const char *given;

	if (span_has_control(rest))
		return fault_usage(f, "%sthere is a control byte in the text", r->prefix);
	given = cut_status(r->arena, &rest);
	out->action = NEXTHOP_ERROR;
	out->status = given ? given : status;
	out->error = rest.n ? arena_span(r->arena, rest) : text;
	return 0;
}

static int parse_error(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	return parse_refusal(r, rest, r->in_table ? "5.0.0" : "5.7.1",
			     r->in_table ? "mail for this address is not accepted"
					 : "mail for other machines is not accepted here",
			     out, f);
}

static int parse_retry(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	return parse_refusal(r, rest, "4.0.0", "mail for this address has to wait", out, f);
}

static int parse_local(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	(void)r;
	(void)rest;
	(void)f;
	out->action = NEXTHOP_LOCAL;
	return 0;
}

static int parse_virtual(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	(void)r;
	(void)rest;
	(void)f;
	out->action = NEXTHOP_VIRTUAL;
	return 0;
}

static int parse_discard(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	(void)r;
	(void)rest;
	(void)f;
	out->action = NEXTHOP_DISCARD;
	return 0;
}

static const struct transport {
	const char *name;
	int (*parse)(const struct reading *, struct span, struct nexthop *, struct fault *);
	bool in_table; /* only there */
} transports[] = {
	{ "smtp", parse_smtp, false },	    { "lmtp", parse_lmtp, false },  { "pipe", parse_pipe, false },
	{ "error", parse_error, false },    { "local", parse_local, true }, { "virtual", parse_virtual, true },
	{ "discard", parse_discard, true }, { "retry", parse_retry, true },
};

static int parse_transport(const struct reading *r, struct span rest, struct nexthop *out, struct fault *f)
{
	struct span name = span_cut(&rest, ':');

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (span_is(name, span_str(transports[i].name)) && (r->in_table || !transports[i].in_table))
			return transports[i].parse(r, span_trim(rest), out, f);
	return fault_usage(f, "%s\"%.*s\" is no transport: smtp, lmtp, pipe, error%s", r->prefix, SPAN_ARG(name),
			   r->in_table ? ", retry, local, virtual, discard" : "");
}

int nexthop_parse(struct arena *a, const char *default_transport, const char *relayhost, struct nexthop *out,
		  struct fault *f)
{
	const struct reading r = {
		.arena = a, .prefix = "default_transport: ", .relayhost = relayhost, .relayhost_prefix = "relayhost: "
	};
	struct span text = span_trim(span_str(default_transport));

	*out = (struct nexthop){ .transport = ROUTE_SMTP };
	return parse_transport(&r, text.n ? text : SPAN("smtp"), out, f);
}

/* The default transport, but to another place. */
static int parse_elsewhere(struct arena *a, const char *prefix, struct span place, const char *default_transport,
			   struct nexthop *out, struct fault *f)
{
	const struct reading r = {
		.arena = a, .prefix = prefix, .relayhost = arena_span(a, place), .relayhost_prefix = prefix
	};
	struct span rest = span_trim(span_str(default_transport)), text = rest, name = span_cut(&rest, ':');

	if (!span_is(name, SPAN("pipe")) && !span_is(name, SPAN("error")))
		text = name;
	return parse_transport(&r, text.n ? text : SPAN("smtp"), out, f);
}

int nexthop_parse_transport(struct arena *a, const char *place, struct span value, const char *default_transport,
			    struct nexthop *out, struct fault *f)
{
	const struct reading r = { .arena = a, .prefix = place, .relayhost_prefix = place, .in_table = true };
	struct span text = span_trim(value);

	*out = (struct nexthop){ .transport = ROUTE_SMTP };
	if (text.n == 0 || text.p[0] != ':')
		return parse_transport(&r, text, out, f);
	text = span_trim(span_from(text, 1));
	if (text.n)
		return parse_elsewhere(a, place, text, default_transport, out, f);
	out->action = NEXTHOP_KEEP;
	return 0;
}

int nexthop_parse_relayhost(struct arena *a, const char *place, struct span value, const char *default_transport,
			    struct nexthop *out, struct fault *f)
{
	*out = (struct nexthop){ .transport = ROUTE_SMTP };
	if (!span_is_nocase(value, SPAN("DUNNO")))
		return parse_elsewhere(a, place, value, default_transport, out, f);
	out->action = NEXTHOP_KEEP;
	return 0;
}

bool nexthop_is_named(const char *nexthop)
{
	/* They have a port, or are a socket. */
	return strchr(nexthop, ':') != NULL;
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
