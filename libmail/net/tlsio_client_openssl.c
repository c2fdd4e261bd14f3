/* SPDX-License-Identifier: ISC */
/*
 * tlsio - the context of a client, by libssl: whom to trust, and sessions to resume.
 *
 * A session carries what was verified when it was made. So it is remembered
 * by everything that was expected then, and never resumed where something else is.
 */
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/tlsio_openssl.h"

enum { NAME_MAX_OCTETS = 255 };

struct tlsio_client {
	SSL_CTX *ctx;
	bool has_roots;
	char *ca_file; /* NULL: the system's roots */
	unsigned clock;
	struct memory {
		SSL_SESSION *session;
		unsigned used;
		unsigned char key[32];
	} v[TLSIO_SESSIONS_MAX];
};

/* ---- sessions ---- */

static void digest(EVP_MD_CTX *md, const void *p, size_t n)
{
	uint64_t size = n;

	EVP_DigestUpdate(md, &size, sizeof(size));
	EVP_DigestUpdate(md, p, n);
}

static void make_key(unsigned char key[32], const struct tlsio_expect *e)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned check = e->check, only = e->only_names;

	memset(key, 0, 32);
	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(md);
		return;
	}
	digest(md, &check, sizeof(check));
	digest(md, &only, sizeof(only));
	digest(md, e->host, strlen(e->host));
	for (size_t i = 0; i < e->n_names; i++)
		digest(md, e->names[i], strlen(e->names[i]));
	for (size_t i = 0; i < e->n_tlsa; i++) {
		const uint8_t head[] = { e->tlsa[i].usage, e->tlsa[i].selector, e->tlsa[i].mtype };

		digest(md, head, sizeof(head));
		digest(md, e->tlsa[i].data, e->tlsa[i].n);
	}
	EVP_DigestFinal_ex(md, key, NULL);
	EVP_MD_CTX_free(md);
}

static struct memory *find(struct tlsio_client *c, const unsigned char key[32])
{
	for (size_t i = 0; i < TLSIO_SESSIONS_MAX; i++)
		if (c->v[i].session && memcmp(c->v[i].key, key, 32) == 0)
			return &c->v[i];
	return NULL;
}

static struct memory *oldest(struct tlsio_client *c)
{
	struct memory *m = &c->v[0];

	for (size_t i = 0; i < TLSIO_SESSIONS_MAX; i++)
		if (!c->v[i].session)
			return &c->v[i];
		else if (c->v[i].used < m->used)
			m = &c->v[i];
	return m;
}

/* 1: it is ours now. */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
	const struct tlsio *t = SSL_get_app_data(ssl);
	struct memory *m = find(t->client, t->key);

	if (!m)
		m = oldest(t->client);
	SSL_SESSION_free(m->session);
	*m = (struct memory){ .session = session, .used = ++t->client->clock };
	memcpy(m->key, t->key, sizeof(m->key));
	return 1;
}

/* A ticket of TLS 1.3 is used once (RFC 8446 C.4); its use brings the next one. */
static void resume(struct tlsio *t, const struct tlsio_expect *e)
{
	const unsigned char *p = (const unsigned char *)e->session.p;
	SSL_SESSION *session = e->session.n ? d2i_SSL_SESSION(NULL, &p, (long)e->session.n) : NULL;
	struct memory *m = session ? NULL : find(t->client, t->key);

	if (m && SSL_SESSION_is_resumable(m->session))
		SSL_set_session(t->ssl, m->session);
	if (m && SSL_SESSION_get_protocol_version(m->session) >= TLS1_3_VERSION) {
		SSL_SESSION_free(m->session);
		m->session = NULL;
	}
	if (session && SSL_SESSION_is_resumable(session))
		SSL_set_session(t->ssl, session);
	SSL_SESSION_free(session);
	ERR_clear_error();
}

/* ---- who it must be ---- */

static bool is_address(const char *host)
{
	struct in6_addr a;

	return inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
}

/* As certificates have it: no dot at the end. false: no certificate can have it. */
static bool read_name(const char *text, char out[NAME_MAX_OCTETS + 1])
{
	size_t n = strlen(text);

	if (n > 1 && text[n - 1] == '.')
		n--;
	if (n == 0 || n > NAME_MAX_OCTETS || span_has_8bit(span_of(text, n)) || span_has_control(span_of(text, n)))
		return false;
	memcpy(out, text, n);
	out[n] = '\0';
	return true;
}

static int bad_name(const struct tlsio_expect *e, const char *name, struct fault *f)
{
	return fault_temp(f, 454, "4.7.5", "TLS with %s: \"%.100s\" is no name that a certificate can have", e->peer,
			  name);
}

static int libssl_fault(const struct tlsio_expect *e, struct fault *f)
{
	return fault_temp(f, 454, "4.7.0", "TLS with %s: %s", e->peer, tlsio_reason());
}

static int expect_names(SSL *ssl, const struct tlsio_expect *e, struct fault *f)
{
	char name[NAME_MAX_OCTETS + 1];

	/* The checks of further names would say yes to a certificate of any of them. */
	if (!e->only_names && is_address(e->host) && e->n_names == 0)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), e->host) == 1 ? 0 : libssl_fault(e, f);
	for (size_t i = e->only_names ? 1 : 0; i <= e->n_names; i++) {
		const char *text = i ? e->names[i - 1] : e->host;

		if (is_address(text) || !read_name(text, name))
			return bad_name(e, text, f);
		if (SSL_add1_host(ssl, name) != 1)
			return libssl_fault(e, f);
	}
	return e->only_names && e->n_names == 0 ? bad_name(e, "", f) : 0;
}

static int expect_pkix(struct tlsio *t, const struct tlsio_expect *e, struct fault *f)
{
	struct tlsio_client *c = t->client;

	if (!c->has_roots &&
	    (c->ca_file ? SSL_CTX_load_verify_file(c->ctx, c->ca_file) : SSL_CTX_set_default_verify_paths(c->ctx)) != 1)
		return fault_temp(f, 454, "4.3.5", "no trusted certificates in %s: %s",
				  c->ca_file ? c->ca_file : "the system's place for them", tlsio_reason());
	c->has_roots = true;
	SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
	/* Who has a certificate by a public root can do without what level 2 forbids: RSA under 2048 bits. */
	SSL_set_security_level(t->ssl, 2);
	return expect_names(t->ssl, e, f);
}

/*
 * Usages 0 and 1 are not used (RFC 7672 3.1.3), nor what libssl does not know. With
 * none left the server is to be spoken to in TLS whoever it is (2.2).
 */
static int expect_dane(struct tlsio *t, const struct tlsio_expect *e, struct fault *f)
{
	char base[NAME_MAX_OCTETS + 1];
	size_t usable = 0;

	if (e->n_tlsa > TLSIO_TLSA_MAX)
		return fault_temp(f, 454, "4.7.5", "TLS with %s: more than %d TLSA records", e->peer, TLSIO_TLSA_MAX);
	if (!read_name(e->host, base))
		return bad_name(e, e->host, f);
	if (SSL_dane_enable(t->ssl, base) <= 0)
		return libssl_fault(e, f);
	SSL_dane_set_flags(t->ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
	for (size_t i = 0; i < e->n_tlsa; i++) {
		const struct tlsio_tlsa *r = &e->tlsa[i];

		if ((r->usage == 2 || r->usage == 3) && r->n > 0 &&
		    SSL_dane_tlsa_add(t->ssl, r->usage, r->selector, r->mtype, r->data, r->n) > 0)
			usable++;
	}
	ERR_clear_error();
	if (usable == 0) {
		t->check = TLSIO_ANY;
		t->unchecked = "none of the TLSA records can be used";
		return 0;
	}
	SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	SSL_set_verify(t->ssl, SSL_VERIFY_PEER, NULL);
	for (size_t i = 0; i < e->n_names; i++)
		if (!read_name(e->names[i], base) || SSL_add1_host(t->ssl, base) != 1)
			return bad_name(e, e->names[i], f);
	return 0;
}

static int set_expectations(struct tlsio *t, const struct tlsio_expect *e, struct fault *f)
{
	char name[NAME_MAX_OCTETS + 1];

	if (e->check != TLSIO_DANE && !is_address(e->host) && read_name(e->host, name) &&
	    SSL_set_tlsext_host_name(t->ssl, name) != 1)
		return libssl_fault(e, f);
	if (e->check == TLSIO_PKIX)
		return expect_pkix(t, e, f);
	return e->check == TLSIO_DANE ? expect_dane(t, e, f) : 0;
}

/* ---- the context ---- */

struct tlsio_client *tlsio_openssl_client(const struct tlsio_client_rules *rules, struct fault *f)
{
	SSL_CTX *ctx;
	struct tlsio_client *c;

	ERR_clear_error();
	ctx = tlsio_context(TLS_client_method(), rules->min_protocol, f);
	if (!ctx)
		return NULL;
	if (SSL_CTX_dane_enable(ctx) <= 0) {
		fault_temp(f, 454, "4.7.0", "TLS cannot be used: %s", tlsio_reason());
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
	c = arena_heap(sizeof(*c));
	*c = (struct tlsio_client){ .ctx = ctx };
	if (rules->ca_file && rules->ca_file[0]) {
		c->ca_file = arena_heap(strlen(rules->ca_file) + 1);
		memcpy(c->ca_file, rules->ca_file, strlen(rules->ca_file) + 1);
	}
	return c;
}

void tlsio_openssl_end_client(struct tlsio_client *c)
{
	for (size_t i = 0; i < TLSIO_SESSIONS_MAX; i++)
		SSL_SESSION_free(c->v[i].session);
	SSL_CTX_free(c->ctx);
	free(c->ca_file);
	free(c);
}

int tlsio_openssl_connect(struct tlsio_client *client, struct stream *s, const struct tlsio_expect *expect,
			  struct fault *f)
{
	struct tlsio *t;

	ERR_clear_error();
	t = tlsio_attach(client->ctx, s, expect->peer, f);
	if (!t)
		return -1;
	t->client = client;
	t->check = expect->check;
	make_key(t->key, expect);
	SSL_set_connect_state(t->ssl);
	if (set_expectations(t, expect, f) < 0)
		return -1;
	resume(t, expect);
	return 0;
}
