/* SPDX-License-Identifier: ISC */
/*
 * dns - questions to the domain name system.
 *
 * res_nsend(3) does the sending: our own query (dnsmsg.c) asks for the AD bit whatever resolv.conf says. Since 2.34
 * it is in glibc's libc itself; musl has res_send() only, which knows no other servers than resolv.conf's.
 */
#include "net/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/entropy.h"

enum { DNS_PORT = 53, PORT_MAX = 65535, CACHE_ENTRY = 64 /* octets beside name and answer, about */ };

struct cached {
	int64_t until; /* monotonic, milliseconds */
	struct span message;
};

/* ---- the name servers ---- */

static int bad_server(struct span word, const char *why, struct fault *f)
{
	return fault_usage(f, "dns_servers: \"%.*s\": %s", SPAN_ARG(span_of(word.p, word.n < 100 ? word.n : 100)), why);
}

/* "192.0.2.1", "192.0.2.1:53", "[2001:db8::1]", "[2001:db8::1]:53", "2001:db8::1" */
static int parse_server(struct span word, struct sockaddr_in6 *out, struct fault *f)
{
	struct span host = word, port = { 0 };
	char text[ADDR_TEXT_MAX];
	struct addr address;
	uint64_t number = DNS_PORT;
	size_t end = span_find(word, ']');

	if (word.p[0] == '[' && end < word.n) {
		host = span_of(word.p + 1, end - 1);
		port = span_from(word, end + 1);
	} else if (span_find(word, ':') == span_find_last(word, ':')) {
		host = span_of(word.p, span_find(word, ':'));
		port = span_from(word, host.n);
	}
	if (host.n >= sizeof(text))
		return bad_server(word, "write ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT", f);
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	if (addr_parse(text, &address) < 0)
		return bad_server(word, "a name server is given by its address", f);
	if (port.n && (port.p[0] != ':' || span_number(span_from(port, 1), PORT_MAX, &number) < 0 || number == 0))
		return bad_server(word, "this is no port number", f);
	*out = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)number) };
	memcpy(&out->sin6_addr, address.bytes, sizeof(address.bytes));
	if (addr_is_v4(&address)) {
		struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons((uint16_t)number) };

		memcpy(&four.sin_addr, address.bytes + 12, sizeof(four.sin_addr));
		memcpy(out, &four, sizeof(four));
	}
	return 0;
}

int dns_init(struct dns *d, const char *servers, bool believes, struct fault *f)
{
	struct span rest = span_str(servers), word;

	*d = (struct dns){ .believes = believes };
	map_init(&d->cache, &d->kept);
	while ((word = span_list_word(&rest)).n) {
		if (d->n == DNS_SERVERS_MAX)
			return bad_server(word, "there are more than three", f);
		if (parse_server(word, &d->servers[d->n++], f) < 0)
			return -1;
	}
#ifndef __GLIBC__
	if (d->n)
		return fault_usage(f,
				   "dns_servers: this program's C library asks the servers of /etc/resolv.conf only");
#endif
	return 0;
}

/* ---- the C library ---- */

#ifdef __GLIBC__

static void close_resolver(struct dns *d)
{
	if (d->is_open)
		res_nclose(&d->state);
	d->is_open = false;
}

/* Where res_nsend() looks for addresses of both families is in no manual, but has been the same since IPv6 came. */
static void use_servers(struct dns *d)
{
	struct __res_state *s = &d->state;

	for (size_t i = 0; i < MAXNS; i++) {
		struct sockaddr_in6 **place = &s->_u._ext.nsaddrs[i];

		if (i >= d->n) {
			free(*place);
			*place = NULL;
			continue;
		}
		*place = arena_heap_resize(*place, sizeof(**place));
		**place = d->servers[i];
		s->_u._ext.nssocks[i] = -1;
		s->nsaddr_list[i] = (struct sockaddr_in){ .sin_family = 0 };
	}
	s->nscount = (int)d->n;
	s->_u._ext.nscount = (uint16_t)d->n;
}

static bool is_here(const struct sockaddr *sa)
{
	struct addr a;

	if (!addr_from(sa, &a))
		return false;
	return addr_is_v4(&a) ? a.bytes[12] == 127 : memcmp(a.bytes, &in6addr_loopback, sizeof(a.bytes)) == 0;
}

static bool are_all_here(const struct __res_state *s)
{
	for (int i = 0; i < s->nscount; i++) {
		const struct sockaddr_in6 *six = s->_u._ext.nsaddrs[i];

		if (!(s->nsaddr_list[i].sin_family ? is_here((const struct sockaddr *)&s->nsaddr_list[i])
						   : six && is_here((const struct sockaddr *)six)))
			return false;
	}
	return s->nscount > 0;
}

static int open_resolver(struct dns *d)
{
	bool trusts = d->believes;

	memset(&d->state, 0, sizeof(d->state));
	if (res_ninit(&d->state) < 0)
		return -1;
	d->is_open = true;
	if (d->n)
		use_servers(d);
#ifdef RES_TRUSTAD
	/* The library would clear the bit otherwise; it is we who decide. */
	trusts |= (d->state.options & RES_TRUSTAD) && d->n == 0;
	d->state.options |= RES_TRUSTAD;
#endif
	d->is_trusted = trusts || are_all_here(&d->state);
	return 0;
}

static int send_query(struct dns *d, const uint8_t *query, size_t n)
{
	return res_nsend(&d->state, query, (int)n, d->answer, DNSMSG_MAX);
}

/* Seconds that a server has to answer. */
static int patience(const struct dns *d)
{
	return d->state.retrans;
}

#else

static void close_resolver(struct dns *d)
{
	d->is_open = false;
}

/* Who the servers are it does not say, so that nobody is believed unasked. */
static int open_resolver(struct dns *d)
{
	d->is_open = true;
	d->is_trusted = d->believes;
	return 0;
}

static int send_query(struct dns *d, const uint8_t *query, size_t n)
{
	return res_send(query, (int)n, d->answer, DNSMSG_MAX);
}

static int patience(const struct dns *d)
{
	(void)d;
	return 5;
}

#endif

void dns_clear(struct dns *d)
{
	close_resolver(d);
	free(d->answer);
	arena_clear(&d->kept);
	*d = (struct dns){ 0 };
}

static int ready(struct dns *d, struct fault *f)
{
	int64_t now = clock_mono_ms();

	if (d->is_open && now - d->opened > DNS_REREAD_SECONDS * 1000)
		close_resolver(d);
	if (d->is_open)
		return 0;
	if (!d->answer)
		d->answer = arena_heap(DNSMSG_MAX);
	d->opened = now;
	if (open_resolver(d) == 0)
		return 0;
	close_resolver(d);
	return fault_temp(f, 451, "4.4.3", "the resolver cannot be used: %s", strerror(errno));
}

/* ---- one question ---- */

/*
 * The library goes on to the next server when one fails, and in the end says no more than that there is no answer. When
 * it was quick about it then all of them have answered, and none with one.
 */
static int no_answer(const struct dns *d, const char *name, enum dns_type type, int64_t began, struct fault *f)
{
	bool was_quick = clock_mono_ms() - began < patience(d) * INT64_C(1000);
	const char *why = errno == ECONNREFUSED ? "there is no name server"
			  : was_quick		? "the name servers fail (SERVFAIL, REFUSED, no recursion)"
						: "no name server has answered in time";

	return fault_temp(f, 451, "4.4.3", "looking up %s for %s: %s", dnsmsg_type_name(type), name, why);
}

/* The answer's octets, in d->answer until the next question. */
static int fetch(struct dns *d, const char *name, enum dns_type type, struct span *message, struct fault *f)
{
	enum { FORMERR = 1, NOTIMP = 4 };
	uint8_t query[DNSMSG_QUERY_MAX];
	uint16_t id;
	int64_t began;
	size_t n;
	int got, rcode;

	entropy_fill(&id, sizeof(id));
	n = dnsmsg_put_query(query, id, name, type);
	if (n == 0)
		return fault_perm(f, 550, "5.1.2", "\"%.255s\" is no domain name", name);
	if (ready(d, f) < 0)
		return -1;
	began = clock_mono_ms();
	got = send_query(d, query, n);
	rcode = got < 0 ? -1 : dnsmsg_rcode(span_of((const char *)d->answer, (size_t)got));
	if (rcode == FORMERR || rcode == NOTIMP)
		got = send_query(d, query, dnsmsg_drop_edns(query, n));
	if (got < 0)
		return no_answer(d, name, type, began, f);
	*message = span_of((const char *)d->answer, (size_t)got);
	return 0;
}

/* ---- what is known already ---- */

static void forget_all(struct dns *d)
{
	arena_reset(&d->kept);
	map_init(&d->cache, &d->kept);
	d->cached = 0;
}

/* Names are the same in upper and lower case. */
static struct span key_of(struct arena *a, const char *name, enum dns_type type)
{
	char *key = arena_printf(a, "%d %s", (int)type, name);

	for (char *p = key; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 'a' - 'A');
	return span_str(key);
}

static void keep(struct dns *d, struct span key, struct span message, const struct dns_answer *answer)
{
	size_t size = key.n + message.n + CACHE_ENTRY;
	uint32_t ttl = answer->status == DNS_FOUND ? answer->ttl : DNS_NEGATIVE_TTL;
	struct cached *c;

	if (ttl == 0 || size > DNS_CACHE_MAX)
		return;
	if (d->cached + size > DNS_CACHE_MAX)
		forget_all(d);
	d->cached += size;
	c = arena_alloc(&d->kept, sizeof(*c));
	c->until = clock_mono_ms() + (int64_t)(ttl < DNS_TTL_MAX ? ttl : DNS_TTL_MAX) * 1000;
	c->message = span_of(arena_span(&d->kept, message), message.n);
	map_set(&d->cache, span_of(arena_span(&d->kept, key), key.n), c);
}

int dns_ask(struct dns *d, struct arena *a, const char *name, enum dns_type type, struct dns_answer *out,
	    struct fault *f)
{
	struct span key = key_of(a, name, type), message;
	const struct cached *c = map_find(&d->cache, key);
	bool known = c && c->until > clock_mono_ms();

	if (known)
		message = c->message;
	else if (fetch(d, name, type, &message, f) < 0)
		return -1;
	if (dnsmsg_parse(a, message, name, type, out, f) < 0)
		return -1;
	if (!known)
		keep(d, key, message, out);
	out->secure = out->secure && d->is_trusted;
	return 0;
}

/* ---- addresses ---- */

static void shuffle(struct dns_record *v, size_t n)
{
	for (; n > 1; n--) {
		uint32_t random;
		struct dns_record last = v[n - 1];

		entropy_fill(&random, sizeof(random));
		random %= (uint32_t)n;
		v[n - 1] = v[random];
		v[random] = last;
	}
}

/* RFC 8305 4: the families alternate, so that one that does not work costs little. */
static void mix(const struct dns_answer *six, const struct dns_answer *four, struct dns_addresses *out)
{
	for (size_t i = 0; out->n < DNS_ADDRESSES_MAX && (i < six->n || i < four->n); i++) {
		if (i < six->n)
			out->v[out->n++] = six->v[i].address;
		if (i < four->n && out->n < DNS_ADDRESSES_MAX)
			out->v[out->n++] = four->v[i].address;
	}
}

int dns_addresses(struct dns *d, struct arena *a, const char *host, struct dns_addresses *out, struct fault *f)
{
	struct dns_answer six = { 0 }, four = { 0 };
	const struct dns_answer *named;
	int rc6, rc4;

	*out = (struct dns_addresses){ .name = host };
	rc6 = dns_ask(d, a, host, DNS_AAAA, &six, f);
	rc4 = dns_ask(d, a, host, DNS_A, &four, f);
	if ((rc6 < 0 || rc4 < 0) && six.n + four.n == 0)
		return -1;
	shuffle(six.v, six.n);
	shuffle(four.v, four.n);
	out->v = arena_alloc(a, DNS_ADDRESSES_MAX * sizeof(*out->v));
	mix(&six, &four, out);
	named = four.n ? &four : &six;
	out->name = named->name;
	out->is_alias = named->is_alias;
	out->secure = rc6 == 0 && rc4 == 0 && six.secure && four.secure;
	if (out->n == 0)
		out->status = four.status == DNS_NXDOMAIN ? DNS_NXDOMAIN : DNS_NODATA;
	return 0;
}

/* ---- DANE ---- */

/* RFC 7672 2.2.2: is the host, whose addresses are not signed, at least a signed alias for them? */
static int is_signed_alias(struct dns *d, struct arena *a, const char *host, struct fault *f)
{
	struct dns_answer alias;

	if (dns_ask(d, a, host, DNS_CNAME, &alias, f) < 0)
		return -1;
	return alias.status == DNS_FOUND && alias.secure;
}

static int ask_tlsa(struct dns *d, struct arena *a, const char *host, unsigned port, struct dns_answer *out,
		    struct fault *f)
{
	if (dns_ask(d, a, arena_printf(a, "_%u._tcp.%s", port, host), DNS_TLSA, out, f) < 0)
		return -1;
	if (out->status == DNS_FOUND && out->secure)
		return 1;
	*out = (struct dns_answer){ .status = DNS_NODATA };
	return 0;
}

int dns_tlsa(struct dns *d, struct arena *a, const char *host, const struct dns_addresses *addresses, unsigned port,
	     struct dns_answer *out, const char **base, struct fault *f)
{
	int rc = 0;

	*out = (struct dns_answer){ .status = DNS_NODATA };
	*base = host;
	if (!addresses->secure && (!addresses->is_alias || (rc = is_signed_alias(d, a, host, f)) <= 0))
		return rc;
	if (addresses->secure && addresses->is_alias) {
		*base = addresses->name;
		rc = ask_tlsa(d, a, *base, port, out, f);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
		*base = host;
	}
	return ask_tlsa(d, a, host, port, out, f) < 0 ? -1 : 0;
}
