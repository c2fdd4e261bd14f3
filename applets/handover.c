/* SPDX-License-Identifier: ISC */
/*
 * handover - a client whose mailbox is at another host is logged in there.
 *
 * libcurl dials and logs in (net/curl.h), with whatever mechanism both know.
 */
#include "handover.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/addr.h"
#include "net/curl.h"

static const char *find_port(const struct proxied *p, const struct handover_protocol *protocol)
{
	if (p->port[0])
		return p->port;
	return p->tls == PROXIED_TLS ? protocol->port_tls : protocol->port;
}

/* ---- is it this one? ---- */

/* Who speaks with his own address does so from it. */
static bool is_own_address(const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage local;
	socklen_t n = sizeof(local);
	struct addr here, there;
	bool own;

	if (fd < 0)
		return false;
	own = connect(fd, ai->ai_addr, ai->ai_addrlen) == 0 && getsockname(fd, (struct sockaddr *)&local, &n) == 0 &&
	      addr_from((const struct sockaddr *)&local, &here) && addr_from(ai->ai_addr, &there) &&
	      memcmp(here.bytes, there.bytes, sizeof(here.bytes)) == 0;
	close(fd);
	return own;
}

int handover_is_here(const struct proxied *p, const struct handover_protocol *protocol,
		     const struct daemon_sockets *sockets, struct fault *f)
{
	if (!daemon_has_port(sockets, (unsigned)strtoul(find_port(p, protocol), NULL, 10)))
		return 0;
	return handover_is_local(p, f);
}

int handover_is_local(const struct proxied *p, struct fault *f)
{
	/* Some port, as an address without one cannot be connected to. */
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
	struct addrinfo *list;
	bool here = false;
	int rc = getaddrinfo(p->host, "143", &hints, &list);

	if (rc != 0)
		return fault_temp(f, 454, "4.4.3", "%s: %s", p->host, gai_strerror(rc));
	for (const struct addrinfo *ai = list; ai && !here; ai = ai->ai_next)
		here = is_own_address(ai);
	freeaddrinfo(list);
	return here;
}

/* ---- going there ---- */

/* Says a server that it is not the password? RFC 2449, 3206, 5530. */
static bool is_other_trouble(const char *words)
{
	static const char *const codes[] = {
		"[IN-USE]", "[SYS/",	      "[LOGIN-DELAY]",	   "[UNAVAILABLE]", "[INUSE]",
		"[LIMIT]",  "[CONTACTADMIN]", "[PRIVACYREQUIRED]", "[SERVERBUG]",
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strstr(words, codes[i]))
			return true;
	return false;
}

static int dial(const struct curl_target *t, const struct proxied *p, struct stream *out, struct fault *f)
{
	char address[DIAL_ADDRESS_MAX] = "";
	struct fault why = { .kind = FAULT_NONE };

	if (curl_dial(t, out, address, &why) == 0)
		return 0;
	if (p->unchecked && strcmp(why.status, "4.7.8") == 0 && !is_other_trouble(why.text))
		return fault_perm(f, 535, "5.7.8", "%s", why.text);
	return fault_temp(f, 454, why.status, "%s", why.text);
}

int handover_open(const struct sasl *sasl, const struct handover_protocol *protocol, const struct settings *s,
		  struct stream *out, struct fault *f)
{
	const struct proxied *p = &sasl->answer.proxied;
	char password[SASL_RESPONSE_MAX + 1];
	struct curl_target t = {
		.scheme = p->tls == PROXIED_TLS ? protocol->scheme_tls : protocol->scheme,
		.host = p->host,
		.port = find_port(p, protocol),
		.starttls = p->tls == PROXIED_STARTTLS ? CURL_STARTTLS_MUST : CURL_STARTTLS_NEVER,
		.verify = !p->any_certificate,
		.reply_timeout = p->timeout,
		.user = p->user,
		.password = p->password,
		.way = { .ca_file = s->ssl_client_ca_file[0] ? s->ssl_client_ca_file : NULL,
			 .connect_timeout = p->timeout },
	};
	int rc;

	if (p->password[0])
		return dial(&t, p, out, f);
	if (sasl->password.n == 0)
		return fault_temp(f, 454, "4.7.0", "%s is served by %s, which wants a password, and %s gives us none",
				  sasl->user, p->host, sasl_name(sasl));
	memcpy(password, sasl->password.p, sasl->password.n);
	password[sasl->password.n] = '\0';
	t.password = password;
	rc = dial(&t, p, out, f);
	explicit_bzero(password, sizeof(password));
	return rc;
}
