/* SPDX-License-Identifier: ISC */
/*
 * clients - whom a server trusts with what.
 */
#include "clients.h"

#include <ifaddrs.h>

#include "base/buf.h"

enum { REWRITE_OWN = 1, REWRITE_MYNETWORKS = 2, REWRITE_AUTHENTICATED = 4 };

enum { OWN_TEXT_MAX = ADDR_TEXT_MAX * ADDR_NETWORKS_MAX };

static const struct {
	struct span word;
	unsigned flag;
} rewrite_words[] = {
	{ SPAN_INIT("permit_inet_interfaces"), REWRITE_OWN },
	{ SPAN_INIT("permit_mynetworks"), REWRITE_MYNETWORKS },
	{ SPAN_INIT("permit_sasl_authenticated"), REWRITE_AUTHENTICATED },
};

static int parse_rewritten(struct clients *c, const char *text, struct fault *f)
{
	struct span rest = span_str(text), word;

	while ((word = span_list_word(&rest)).n) {
		unsigned flag = 0;

		for (size_t i = 0; i < sizeof(rewrite_words) / sizeof(rewrite_words[0]); i++)
			if (span_is(word, rewrite_words[i].word))
				flag = rewrite_words[i].flag;
		if (!flag)
			return fault_usage(f,
					   "local_header_rewrite_clients: \"%.*s\" is none of permit_inet_interfaces, "
					   "permit_mynetworks and permit_sasl_authenticated",
					   SPAN_ARG(word));
		c->rewritten |= flag;
	}
	return 0;
}

static int parse_networks(struct arena *a, const char *parameter, const char *text, struct addr_networks *out,
			  struct fault *f)
{
	struct fault own;

	if (addr_networks_parse(a, text, out, &own) == 0)
		return 0;
	return fault_usage(f, "%s: %s", parameter, own.text);
}

/* Each of the interfaces' addresses; loopback's whole network. Once, so that no session has to ask the kernel. */
static int find_own(struct clients *c, struct arena *a, struct fault *f)
{
	struct ifaddrs *list = NULL;
	struct buf text;
	int rc;

	/* A kernel that does not tell leaves loopback: nobody's mail is to fail for it. */
	if (getifaddrs(&list) < 0)
		list = NULL;
	buf_init(&text, OWN_TEXT_MAX);
	buf_put_str(&text, "127.0.0.0/8 ::1");
	for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
		char one[ADDR_TEXT_MAX];
		struct addr address;

		if (!i->ifa_addr || !addr_from(i->ifa_addr, &address))
			continue;
		addr_text(&address, one);
		buf_printf(&text, " %s", one);
	}
	if (list)
		freeifaddrs(list);
	rc = addr_networks_parse(a, buf_str(&text), &c->own, f);
	buf_clear(&text);
	return rc;
}

static int set_upstream(struct clients *c, const struct settings *s, struct fault *f)
{
	if (strcmp(s->smtpd_upstream_proxy_protocol, "haproxy") != 0)
		return 0;
	if (c->proxies.n == 0)
		return fault_usage(
			f, "smtpd_upstream_proxy_protocol needs haproxy_trusted_networks: nobody would be believed");
	c->upstream = (struct upstream){ .trusted = &c->proxies, .timeout = s->smtpd_upstream_proxy_timeout };
	return 0;
}

int clients_load(struct clients *c, struct arena *a, const struct settings *s, struct fault *f)
{
	*c = (struct clients){ .rewritten = 0 };
	if (parse_networks(a, "mynetworks", s->mynetworks, &c->relaying, f) < 0 ||
	    parse_networks(a, "smtpd_authorized_xclient_hosts", s->smtpd_authorized_xclient_hosts, &c->xclient, f) <
		    0 ||
	    parse_networks(a, "smtpd_authorized_verp_clients", s->smtpd_authorized_verp_clients, &c->verp, f) < 0 ||
	    parse_networks(a, "haproxy_trusted_networks", s->haproxy_trusted_networks, &c->proxies, f) < 0)
		return -1;
	return set_upstream(c, s, f);
}

int clients_load_rewritten(struct clients *c, struct arena *a, const struct settings *s, struct fault *f)
{
	if (parse_rewritten(c, s->local_header_rewrite_clients, f) < 0)
		return -1;
	return c->rewritten & REWRITE_OWN ? find_own(c, a, f) : 0;
}

static bool is_in(const struct addr_networks *networks, const struct peer *peer)
{
	return peer->is_network && !peer->is_nameless && addr_networks_match(networks, &peer->addr);
}

bool clients_may_relay(const struct clients *c, const struct peer *peer)
{
	return !peer->is_network || is_in(&c->relaying, peer);
}

bool clients_may_xclient(const struct clients *c, const struct peer *peer)
{
	return is_in(&c->xclient, peer);
}

bool clients_may_verp(const struct clients *c, const struct peer *peer)
{
	return !peer->is_network || is_in(&c->verp, peer);
}

bool clients_is_rewritten(const struct clients *c, const struct peer *peer, bool authenticated)
{
	if (c->rewritten & REWRITE_AUTHENTICATED && authenticated)
		return true;
	if (c->rewritten & REWRITE_MYNETWORKS && is_in(&c->relaying, peer))
		return true;
	return c->rewritten & REWRITE_OWN && is_in(&c->own, peer);
}
