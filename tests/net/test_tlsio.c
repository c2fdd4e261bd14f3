/* SPDX-License-Identifier: ISC */
#include "net/tlsio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/certs.h"
#include "support/check_main.h"

/* Both ends in one process, each continued in turn. */
struct pair {
	struct tlsio_server *server;
	struct tlsio_client *client;
	struct stream a, b; /* the client's, the server's */
	struct tlsio_info client_info, server_info;
	struct fault client_fault, server_fault;
	int client_rc, server_rc;
};

static struct fault fault;

static void start(struct pair *p, const struct tlsio_server_rules *server, const struct tlsio_client_rules *client)
{
	*p = (struct pair){ .server = tlsio_server_open(server, &fault) };
	ck_assert_msg(p->server != NULL, "%s", fault.text);
	p->client = tlsio_client_open(client, &fault);
	ck_assert_msg(p->client != NULL, "%s", fault.text);
}

static void connect_streams(struct pair *p, const struct tlsio_expect *e)
{
	int ends[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	stream_plain(&p->a, ends[0], ends[0]);
	stream_plain(&p->b, ends[1], ends[1]);
	p->client_fault = p->server_fault = (struct fault){ 0 };
	p->client_rc = tlsio_connect(p->client, &p->a, e, &p->client_fault);
	ck_assert_int_eq(tlsio_accept(p->server, &p->b, "192.0.2.9", &p->server_fault), 0);
	p->server_rc = 0;
	for (int i = 0; i < 20 && (p->client_rc == 0 || p->server_rc == 0); i++) {
		if (p->client_rc == 0)
			p->client_rc = tlsio_handshake(&p->a, &p->client_fault);
		if (p->client_rc < 0)
			shutdown(p->a.out, SHUT_WR);
		if (p->server_rc == 0)
			p->server_rc = tlsio_handshake(&p->b, &p->server_fault);
	}
	if (p->client_rc > 0)
		tlsio_info(&p->a, &p->client_info);
	if (p->server_rc > 0)
		tlsio_info(&p->b, &p->server_info);
}

static void hang_up(struct pair *p)
{
	stream_close(&p->a);
	stream_close(&p->b);
}

static void end(struct pair *p)
{
	hang_up(p);
	tlsio_client_close(p->client);
	tlsio_server_close(p->server);
}

static void put_and_get(struct stream *from, struct stream *to, const char *text)
{
	char got[100];
	ssize_t n;

	ck_assert_int_eq(stream_write(from, text, strlen(text)), (ssize_t)strlen(text));
	n = stream_read(to, got, sizeof(got));
	ck_assert_int_eq(n, (ssize_t)strlen(text));
	ck_assert(memcmp(got, text, strlen(text)) == 0);
}

/* ---- who it is ---- */

static const struct {
	const char *name; /* the server's certificate */
	enum tlsio_check check;
	const char *host, *other; /* and another name that will do */
	const char *want;	  /* NULL: it succeeds */
	const char *peer;	  /* the name that matched */
} checks[] = {
	{ "mx", TLSIO_PKIX, "mx.example", NULL, NULL, "mx.example" },
	{ "mx", TLSIO_PKIX, "MX.Example.", NULL, NULL, "mx.example" },
	{ "mx", TLSIO_PKIX, "a.wild.example", NULL, NULL, "*.wild.example" },
	{ "mx", TLSIO_PKIX, "a.b.wild.example", NULL, "hostname mismatch", NULL },
	{ "mx", TLSIO_PKIX, "wild.example", NULL, "hostname mismatch", NULL },
	{ "mx", TLSIO_PKIX, "mx.example\\", NULL, "hostname mismatch", NULL },
	{ "mx", TLSIO_PKIX, "far.example", "mx.example", NULL, "mx.example" },
	{ "mx", TLSIO_PKIX, "127.0.0.1", NULL, "IP address mismatch", NULL },
	{ "other", TLSIO_PKIX, "mx.example", NULL, "hostname mismatch", NULL },
	{ "expired", TLSIO_PKIX, "mx.example", NULL, "certificate has expired", NULL },
	{ "early", TLSIO_PKIX, "mx.example", NULL, "certificate is not yet valid", NULL },
	{ "cn", TLSIO_PKIX, "mx.example", NULL, "hostname mismatch", NULL },
	{ "alone", TLSIO_PKIX, "mx.example", NULL, "self-signed certificate", NULL },
	{ "ca2", TLSIO_PKIX, "ca2", NULL, "self-signed certificate", NULL },
	{ "client", TLSIO_PKIX, "mx.example", NULL, "un", NULL },
	{ "chain", TLSIO_PKIX, "mx.example", NULL, NULL, "mx.example" },
	{ "idn", TLSIO_PKIX, "xn--mx-eka.example", NULL, NULL, "xn--mx-eka.example" },
	{ "idn", TLSIO_PKIX, "m\303\266x.example", NULL, "is no name that a certificate can have", NULL },
	{ "address", TLSIO_PKIX, "127.0.0.1", NULL, NULL, "" },
	{ "address", TLSIO_PKIX, "127.0.0.2", NULL, "IP address mismatch", NULL },
	{ "address", TLSIO_PKIX, "::1", NULL, "IP address mismatch", NULL },
	{ "mx", TLSIO_PKIX, "", NULL, "is no name that a certificate can have", NULL },
	/* Whoever it is. */
	{ "expired", TLSIO_ANY, "mx.example", NULL, NULL, "" },
	{ "alone", TLSIO_ANY, "far.example", NULL, NULL, "" },
	{ "client", TLSIO_ANY, "127.0.0.1", NULL, NULL, "" },
};

START_TEST(test_check)
{
	const struct tlsio_server_rules server = { .keys = certs_pair(checks[_i].name), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = certs_path("ca.pem") };
	const struct tlsio_expect e = { .peer = "mx.example[192.0.2.1]",
					.host = checks[_i].host,
					.check = checks[_i].check,
					.names = { checks[_i].other },
					.n_names = checks[_i].other != NULL };
	struct pair p;

	start(&p, &server, &client);
	connect_streams(&p, &e);
	if (checks[_i].want) {
		ck_assert_int_eq(p.client_rc, -1);
		ck_assert_int_eq(p.client_fault.kind, FAULT_TEMP);
		ck_assert_str_eq(p.client_fault.status, "4.7.5");
		ck_assert_msg(strstr(p.client_fault.text, checks[_i].want) != NULL, "%s", p.client_fault.text);
		ck_assert_msg(strstr(p.client_fault.text, "mx.example[192.0.2.1]") != NULL, "%s", p.client_fault.text);
		ck_assert_int_eq(p.server_rc, -1);
	} else {
		ck_assert_msg(p.client_rc == 1, "%s", p.client_fault.text);
		ck_assert_int_eq(p.server_rc, 1);
		ck_assert_str_eq(p.client_info.protocol, "TLSv1.3");
		ck_assert_int_ge(p.client_info.bits, 128);
		ck_assert_int_eq(p.client_info.verified, checks[_i].check != TLSIO_ANY);
		ck_assert_int_eq(p.client_info.why[0] == '\0', p.client_info.verified);
		ck_assert_str_eq(p.client_info.peer, checks[_i].peer);
		put_and_get(&p.a, &p.b, "EHLO\r\n");
		put_and_get(&p.b, &p.a, "250 ok\r\n");
	}
	end(&p);
}
END_TEST

/* ---- DANE ---- */

static const struct {
	const char *name, *key; /* the server's certificate; the key that the record has */
	uint8_t usage, selector, mtype;
	int cut;		 /* octets of the digest that are missing */
	const char *host, *want; /* NULL: it succeeds */
	bool verified;
} danes[] = {
	{ "mx", "mx", 3, 1, 1, 0, "mx.example", NULL, true },
	/* RFC 7672 3.1.1: with usage 3 neither names nor dates matter. */
	{ "mx", "mx", 3, 1, 1, 0, "far.example", NULL, true },
	{ "mx", "other", 3, 1, 1, 0, "mx.example", "", false },
	{ "full", "ca", 2, 1, 1, 0, "mx.example", NULL, true },
	{ "full", "ca", 2, 1, 1, 0, "far.example", "hostname mismatch", false },
	{ "mx", "ca", 2, 1, 1, 0, "mx.example", "", false }, /* the anchor is not sent */
	{ "full", "other", 2, 1, 1, 0, "mx.example", "", false },
	/* What is not usable, and nothing else: encrypted, not verified. */
	{ "mx", "mx", 1, 1, 1, 0, "mx.example", NULL, false },
	{ "mx", "mx", 0, 1, 1, 0, "mx.example", NULL, false },
	{ "mx", "mx", 3, 1, 9, 0, "mx.example", NULL, false },
	{ "mx", "mx", 3, 9, 1, 0, "mx.example", NULL, false },
	{ "mx", "mx", 3, 1, 1, 1, "mx.example", NULL, false },
	{ "mx", "mx", 3, 1, 1, 32, "mx.example", NULL, false },
	{ "mx", "mx", 3, 0, 0, 0, "mx.example", NULL, false }, /* no certificate at all */
};

START_TEST(test_dane)
{
	const struct tlsio_server_rules server = { .keys = certs_pair(danes[_i].name), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = NULL };
	struct span spki = certs_spki(danes[_i].key);
	const struct tlsio_tlsa record = { danes[_i].usage, danes[_i].selector, danes[_i].mtype,
					   (const uint8_t *)spki.p, spki.n - (size_t)danes[_i].cut };
	const struct tlsio_expect e = {
		.peer = "mx", .host = danes[_i].host, .check = TLSIO_DANE, .tlsa = &record, .n_tlsa = 1
	};
	struct pair p;

	start(&p, &server, &client);
	for (int i = 0; i < 2; i++) {
		connect_streams(&p, &e);
		if (danes[_i].want) {
			ck_assert_int_eq(p.client_rc, -1);
			ck_assert_str_eq(p.client_fault.status, "4.7.5");
			ck_assert_msg(strstr(p.client_fault.text, danes[_i].want) != NULL, "%s", p.client_fault.text);
		} else {
			ck_assert_msg(p.client_rc == 1, "%s", p.client_fault.text);
			ck_assert_int_eq(p.client_info.verified, danes[_i].verified);
		}
		hang_up(&p);
	}
	end(&p);
}
END_TEST

/* One that agrees is enough. */
START_TEST(test_dane_many)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("expired"), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = NULL };
	struct tlsio_tlsa records[TLSIO_TLSA_MAX + 1];
	struct span bad = certs_spki("other");
	struct tlsio_expect e = { .peer = "mx", .host = "mx.example", .check = TLSIO_DANE, .tlsa = records };
	struct pair p;

	for (int i = 0; i <= TLSIO_TLSA_MAX; i++)
		records[i] = (struct tlsio_tlsa){ 3, 1, 1, (const uint8_t *)bad.p, bad.n };
	start(&p, &server, &client);
	e.n_tlsa = TLSIO_TLSA_MAX;
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, -1);
	hang_up(&p);
	e.n_tlsa = TLSIO_TLSA_MAX + 1;
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, -1);
	ck_assert_str_eq(p.client_fault.text, "TLS with mx: more than 64 TLSA records");
	end(&p);
}
END_TEST

/* ---- sessions ---- */

/* With TLS 1.3 the ticket comes with the first words. */
static void talk(struct pair *p)
{
	put_and_get(&p->b, &p->a, "250 ok\r\n");
}

START_TEST(test_resumption)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp", .tickets = true };
	const struct tlsio_client_rules client = { .ca_file = certs_path("ca.pem") };
	struct tlsio_expect e = { .peer = "mx", .host = "mx.example", .check = TLSIO_ANY };
	struct pair p;

	start(&p, &server, &client);
	for (int i = 0; i < 4; i++) {
		connect_streams(&p, &e);
		ck_assert_int_eq(p.client_info.resumed, i > 0);
		ck_assert_int_eq(p.server_info.resumed, i > 0);
		ck_assert(!p.client_info.verified);
		talk(&p);
		hang_up(&p);
	}
	/* What was not verified then does not count as verified now. */
	e.check = TLSIO_PKIX;
	for (int i = 0; i < 2; i++) {
		connect_streams(&p, &e);
		ck_assert_int_eq(p.client_info.resumed, i > 0);
		ck_assert(p.client_info.verified);
		talk(&p);
		hang_up(&p);
	}
	e.host = "other.example";
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, -1);
	end(&p);
}
END_TEST

START_TEST(test_no_tickets)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = NULL };
	const struct tlsio_expect e = { .peer = "mx", .host = "mx.example" };
	struct pair p;

	start(&p, &server, &client);
	for (int i = 0; i < 2; i++) {
		connect_streams(&p, &e);
		ck_assert(!p.client_info.resumed);
		talk(&p);
		hang_up(&p);
	}
	end(&p);
}
END_TEST

/* From one process's context into another's. */
START_TEST(test_session_bytes)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp", .tickets = true };
	const struct tlsio_client_rules client = { .ca_file = certs_path("ca.pem") };
	struct tlsio_expect e = { .peer = "mx", .host = "mx.example", .check = TLSIO_PKIX };
	struct buf session;
	struct pair p;

	buf_init(&session, 1 << 16);
	start(&p, &server, &client);
	connect_streams(&p, &e);
	talk(&p);
	tlsio_put_session(&p.a, &session);
	ck_assert_uint_gt(session.n, 0);
	hang_up(&p);
	tlsio_client_close(p.client);
	p.client = tlsio_client_open(&client, &fault);
	e.session = SPAN("nonsense");
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, 1);
	ck_assert(!p.client_info.resumed);
	hang_up(&p);
	e.session = buf_span(&session);
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, 1);
	ck_assert(p.client_info.resumed && p.client_info.verified);
	end(&p);
	buf_clear(&session);
}
END_TEST

/* ---- channel bindings, client certificates, SNI ---- */

START_TEST(test_bindings)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = NULL };
	const struct tlsio_expect e = { .peer = "mx", .host = "mx.example" };
	const struct tlsio_info *c, *s;
	struct pair p;
	uint8_t first[32];

	start(&p, &server, &client);
	connect_streams(&p, &e);
	c = &p.client_info;
	s = &p.server_info;
	ck_assert(c->has_exporter && s->has_exporter);
	ck_assert(memcmp(c->exporter, s->exporter, sizeof(c->exporter)) == 0);
	ck_assert_uint_eq(c->end_point_n, 32);
	ck_assert_uint_eq(s->end_point_n, 32);
	ck_assert(memcmp(c->end_point, s->end_point, 32) == 0);
	memcpy(first, c->exporter, sizeof(first));
	hang_up(&p);
	connect_streams(&p, &e);
	ck_assert(memcmp(first, p.client_info.exporter, sizeof(first)) != 0);
	end(&p);
}
END_TEST

/* Several certificates: the one whose name is asked for, else the first. */
static const struct {
	const char *host, *want;
} names[] = {
	{ "mx.example", "mx.example" },
	{ "other.example", "other.example" },
	{ "OTHER.example.", "other.example" },
};

START_TEST(test_names)
{
	struct keypairs k;
	struct tlsio_server_rules server = { .keys = &k, .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = certs_path("ca.pem") };
	struct tlsio_expect e = { .peer = "mx", .host = names[_i].host, .check = TLSIO_PKIX };
	char certs[4096], keys[4096];
	struct pair p;

	snprintf(certs, sizeof(certs), "%s, %s", certs_path("mx.pem"), certs_path("other.pem"));
	snprintf(keys, sizeof(keys), "%s, %s", certs_path("mx.key"), certs_path("other.key"));
	ck_assert_int_eq(keypair_read(&k, certs, keys, &fault), 0);
	start(&p, &server, &client);
	connect_streams(&p, &e);
	ck_assert_msg(p.client_rc == 1, "%s", p.client_fault.text);
	ck_assert_str_eq(p.client_info.peer, names[_i].want);
	hang_up(&p);
	e = (struct tlsio_expect){
		.peer = "mx", .host = "far.example", .check = TLSIO_PKIX, .names = { "mx.example" }, .n_names = 1
	};
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, 1);
	end(&p);
	keypair_clear(&k);
}
END_TEST

/* ---- what is between ---- */

START_TEST(test_stream)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"),
						   .alpn = "smtp",
						   .min_protocol = "TLSv1.3" };
	const struct tlsio_client_rules client = { .ca_file = NULL };
	const struct tlsio_expect e = { .peer = "mx", .host = "mx.example" };
	static char big[1 << 20];
	char got[3];
	struct pair p;
	size_t sent = 0, received = 0;
	ssize_t n;

	start(&p, &server, &client);
	connect_streams(&p, &e);
	/* A ticket would not count as words, nor does nothing. */
	ck_assert(stream_is_quiet(&p.a));
	ck_assert_int_eq(stream_read(&p.a, got, 3), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(stream_events(&p.a, POLLIN), POLLIN);
	/* A record is read in parts: the rest is pending, and poll knows nothing of it. */
	ck_assert_int_eq(stream_write(&p.b, "abcdef", 6), 6);
	ck_assert_int_eq(stream_read(&p.a, got, 3), 3);
	ck_assert(stream_is_pending(&p.a));
	ck_assert(!stream_is_quiet(&p.a));
	while (stream_read(&p.a, got, 3) > 0)
		continue;
	ck_assert(!stream_is_pending(&p.a));
	/* More than the socket takes. */
	while ((n = stream_write(&p.a, big, sizeof(big))) > 0)
		sent += (size_t)n;
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(stream_events(&p.a, POLLOUT), POLLOUT);
	while ((n = stream_read(&p.b, big, sizeof(big))) > 0)
		received += (size_t)n;
	ck_assert_uint_le(received, sent + (1 << 14));
	ck_assert_uint_ge(received, sent);
	/* Goodbye, and an end without one. */
	stream_close(&p.a);
	while ((n = stream_read(&p.b, big, sizeof(big))) > 0)
		continue;
	ck_assert_int_le(n, 0);
	ck_assert(n == 0 || errno == ECONNRESET);
	end(&p);
}
END_TEST

START_TEST(test_goodbye)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = NULL };
	const struct tlsio_expect e = { .peer = "mx", .host = "mx.example" };
	char byte;
	struct pair p;

	start(&p, &server, &client);
	connect_streams(&p, &e);
	stream_finish(&p.a);
	ck_assert_int_eq(stream_read(&p.b, &byte, 1), 0);
	hang_up(&p);
	connect_streams(&p, &e);
	shutdown(p.a.out, SHUT_RDWR);
	ck_assert_int_eq(stream_read(&p.b, &byte, 1), -1);
	ck_assert_int_eq(errno, ECONNRESET);
	ck_assert_int_eq(stream_write(&p.b, "x", 1), -1);
	end(&p);
}
END_TEST

/* Who does not speak TLS. */
static const char *const strangers[] = { "EHLO x\r\n", "GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01", "\x80\x2e\x01\x03\x01",
					 "" };

START_TEST(test_stranger)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp" };
	struct tlsio_server *s = tlsio_server_open(&server, &fault);
	struct stream b;
	int ends[2], rc;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stream_plain(&b, ends[0], ends[0]);
	ck_assert_int_eq(tlsio_accept(s, &b, "192.0.2.9", &fault), 0);
	ck_assert_int_eq(tlsio_handshake(&b, &fault), 0);
	if (strangers[_i][0])
		ck_assert_int_gt(write(ends[1], strangers[_i], strlen(strangers[_i])), 0);
	shutdown(ends[1], SHUT_WR);
	rc = tlsio_handshake(&b, &fault);
	ck_assert_int_eq(rc, -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_msg(strstr(fault.text, "TLS with 192.0.2.9: the handshake failed: ") != NULL, "%s", fault.text);
	stream_close(&b);
	close(ends[1]);
	tlsio_server_close(s);
}
END_TEST

/* ---- files ---- */

static const struct {
	const char *cert, *key, *want, *file;
} files[] = {
	{ "mx.pem", "other.key", "no key without a password for this certificate in ", "/certs/other.key: " },
	{ "mx.key", "mx.key", "no certificate in ", "/certs/mx.key: " },
	{ "mx.pem", "mx.pem", "no key without a password for this certificate in ", "/certs/mx.pem: " },
	{ "mx.pem", "locked.key", "no key without a password for this certificate in ", "/certs/locked.key: " },
	{ "log", "mx.key", "no certificate in ", "/certs/log: " },
};

START_TEST(test_files)
{
	struct keypairs k;
	const struct tlsio_server_rules rules = { .keys = &k, .alpn = "smtp" };

	ck_assert_int_eq(keypair_read(&k, certs_path(files[_i].cert), certs_path(files[_i].key), &fault), 0);
	ck_assert(tlsio_server_open(&rules, &fault) == NULL);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_msg(strncmp(fault.text, files[_i].want, strlen(files[_i].want)) == 0, "%s", fault.text);
	ck_assert(strstr(fault.text, files[_i].file) != NULL);
	keypair_clear(&k);
}
END_TEST

START_TEST(test_no_roots)
{
	const struct tlsio_server_rules server = { .keys = certs_pair("mx"), .alpn = "smtp" };
	const struct tlsio_client_rules client = { .ca_file = "/nonexistent/ca.pem" };
	const struct tlsio_expect e = { .peer = "mx", .host = "mx.example", .check = TLSIO_PKIX };
	struct pair p;

	start(&p, &server, &client);
	connect_streams(&p, &e);
	ck_assert_int_eq(p.client_rc, -1);
	ck_assert_msg(strstr(p.client_fault.text, "no trusted certificates in /nonexistent/ca.pem: ") != NULL, "%s",
		      p.client_fault.text);
	end(&p);
}
END_TEST

static void make_certs(void)
{
	certs_path("");
}

static void add_tests(TCase *tc)
{
	tcase_add_unchecked_fixture(tc, make_certs, NULL);
	tcase_add_loop_test(tc, test_check, 0, COUNT(checks));
	tcase_add_loop_test(tc, test_dane, 0, COUNT(danes));
	tcase_add_test(tc, test_dane_many);
	tcase_add_test(tc, test_resumption);
	tcase_add_test(tc, test_no_tickets);
	tcase_add_test(tc, test_session_bytes);
	tcase_add_test(tc, test_bindings);
	tcase_add_loop_test(tc, test_names, 0, COUNT(names));
	tcase_add_test(tc, test_stream);
	tcase_add_test(tc, test_goodbye);
	tcase_add_loop_test(tc, test_stranger, 0, COUNT(strangers));
	tcase_add_loop_test(tc, test_files, 0, COUNT(files));
	tcase_add_test(tc, test_no_roots);
}

CHECK_MAIN(tlsio, add_tests)
