/* SPDX-License-Identifier: ISC */
/*
 * tlsio - the context of a server, by libssl: certificates, and which of them is shown.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/tlsio_openssl.h"

struct tlsio_server {
	size_t n;
	SSL_CTX *v[KEYPAIR_MAX]; /* parallel to the key pairs; sessions and their tickets are the first one's */
	char alpn[32];
};

/* ---- certificates ---- */

/* What is encrypted is a mistake: there is nobody to ask. */
static int no_password(char *out, int size, int writing, void *ctx)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static int bad_file(const char *what, const char *path, struct fault *f)
{
	return fault_perm(f, 0, "5.3.5", "%s %s: %s", what, path, tlsio_reason());
}

/* The server's own certificate, then those between it and a root. */
static bool use_chain(SSL_CTX *ctx, BIO *b)
{
	X509 *cert = PEM_read_bio_X509_AUX(b, NULL, no_password, NULL);
	bool ok = cert && SSL_CTX_use_certificate(ctx, cert) == 1;

	X509_free(cert);
	while (ok && (cert = PEM_read_bio_X509(b, NULL, no_password, NULL)) != NULL) {
		ok = SSL_CTX_add1_chain_cert(ctx, cert) == 1;
		X509_free(cert);
	}
	/* The end of the file is an error, too. */
	if (ok)
		ERR_clear_error();
	return ok;
}

static bool use_key(SSL_CTX *ctx, BIO *b)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(b, NULL, no_password, NULL);
	bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;

	EVP_PKEY_free(key);
	return ok;
}

static int use_pair(SSL_CTX *ctx, const struct keypair *p, struct fault *f)
{
	BIO *cert = BIO_new_mem_buf(p->cert.p, (int)p->cert.n), *key = BIO_new_mem_buf(p->key.p, (int)p->key.n);
	int rc = 0;

	if (!cert || !use_chain(ctx, cert))
		rc = bad_file("no certificate in", p->cert_file, f);
	else if (!key || !use_key(ctx, key))
		rc = bad_file("no key without a password for this certificate in", p->key_file, f);
	else if (SSL_CTX_check_private_key(ctx) != 1)
		rc = bad_file("another certificate's key is in", p->key_file, f);
	BIO_free(cert);
	BIO_free(key);
	return rc;
}

/* ---- what the client names ---- */

static int on_name(SSL *ssl, int *alert, void *arg)
{
	const struct tlsio_server *server = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	for (size_t i = 0; name && i < server->n; i++) {
		X509 *cert = SSL_CTX_get0_certificate(server->v[i]);

		if (X509_check_host(cert, name, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) != 1)
			continue;
		if (i > 0)
			SSL_set_SSL_CTX(ssl, server->v[i]);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_NOACK;
}

/* The list is of names with a length octet in front; ours must be among them. */
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *list, unsigned size,
		   void *arg)
{
	const struct tlsio_server *server = arg;
	size_t want = strlen(server->alpn);

	(void)ssl;
	for (unsigned i = 0; i < size && i + 1 + list[i] <= size; i += 1u + list[i])
		if (list[i] == want && memcmp(list + i + 1, server->alpn, want) == 0) {
			*out = list + i + 1;
			*n = list[i];
			return SSL_TLSEXT_ERR_OK;
		}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Whatever the client's certificate is worth, it gets its session: what it may do then is for others to decide. */
static int on_verify(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 1;
}

static int ask_clients(SSL_CTX *ctx, const char *ca_file, struct fault *f)
{
	STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca_file);

	if (!names || SSL_CTX_load_verify_file(ctx, ca_file) != 1) {
		sk_X509_NAME_pop_free(names, X509_NAME_free);
		return bad_file("no certificates in", ca_file, f);
	}
	SSL_CTX_set_client_CA_list(ctx, names);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verify);
	return 0;
}

/* ---- the context ---- */

static SSL_CTX *new_context(struct tlsio_server *server, const struct tlsio_server_rules *rules, size_t i,
			    struct fault *f)
{
	static const unsigned char id[] = "letterbox";
	SSL_CTX *ctx = tlsio_context(TLS_server_method(), rules->min_protocol, f);

	if (!ctx)
		return NULL;
	SSL_CTX_set_dh_auto(ctx, 1);
	SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1);
	/* Sessions are in tickets, sealed with a key of the context that forked processes share; nothing is kept here.
	 */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	if (!rules->tickets)
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_num_tickets(ctx, rules->tickets ? 1 : 0);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_name);
	SSL_CTX_set_tlsext_servername_arg(ctx, server);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, server);
	if (use_pair(ctx, &rules->keys->v[i], f) == 0 &&
	    (!rules->ca_file || !rules->ca_file[0] || ask_clients(ctx, rules->ca_file, f) == 0))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

struct tlsio_server *tlsio_openssl_server(const struct tlsio_server_rules *rules, struct fault *f)
{
	struct tlsio_server *server = arena_heap(sizeof(*server));

	*server = (struct tlsio_server){ .n = 0 };
	memcpy(server->alpn, rules->alpn, strnlen(rules->alpn, sizeof(server->alpn) - 1));
	ERR_clear_error();
	if (rules->keys->n == 0)
		fault_perm(f, 0, "5.3.5", "tls_cert_file is not set");
	for (size_t i = 0; i < rules->keys->n; i++) {
		server->v[i] = new_context(server, rules, i, f);
		if (!server->v[i])
			break;
		server->n++;
	}
	if (server->n && server->n == rules->keys->n)
		return server;
	tlsio_openssl_end_server(server);
	return NULL;
}

void tlsio_openssl_end_server(struct tlsio_server *server)
{
	for (size_t i = 0; i < server->n; i++)
		SSL_CTX_free(server->v[i]);
	free(server);
}

int tlsio_openssl_accept(struct tlsio_server *server, struct stream *s, const char *peer, struct fault *f)
{
	struct tlsio *t = tlsio_attach(server->v[0], s, peer, f);

	if (!t)
		return -1;
	SSL_set_accept_state(t->ssl);
	return 0;
}
