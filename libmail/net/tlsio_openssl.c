/* SPDX-License-Identifier: ISC */
/*
 * tlsio - a TLS connection, by libssl.
 *
 * libssl reads and writes by functions of ours, so that nothing blocks or
 * raises a signal whatever kind the descriptors are of, and input and output may be
 * two of them.
 */
#include "net/tlsio_openssl.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/module.h"
#include "net/tlsio_backend.h"

/* ---- bytes of the connection ---- */

static bool is_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 0) > 0;
}

static int would_wait(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static int bio_read(BIO *b, char *p, int size)
{
	struct tlsio *t = BIO_get_data(b);
	ssize_t n = recv(t->in, p, (size_t)size, MSG_DONTWAIT);

	BIO_clear_retry_flags(b);
	if (n < 0 && errno == ENOTSOCK) {
		errno = EAGAIN;
		if (is_ready(t->in, POLLIN))
			n = read(t->in, p, (size_t)size);
	}
	if (would_wait(n))
		BIO_set_retry_read(b);
	t->is_eof = n == 0;
	return (int)n;
}

static int bio_write(BIO *b, const char *p, int size)
{
	struct tlsio *t = BIO_get_data(b);
	ssize_t n = send(t->out, p, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);

	BIO_clear_retry_flags(b);
	if (n < 0 && errno == ENOTSOCK) {
		errno = EAGAIN;
		if (is_ready(t->out, POLLOUT))
			n = write(t->out, p, (size_t)size);
	}
	if (would_wait(n))
		BIO_set_retry_write(b);
	return (int)n;
}

static long bio_ctrl(BIO *b, int command, long number, void *p)
{
	const struct tlsio *t = BIO_get_data(b);

	(void)number;
	(void)p;
	if (command == BIO_CTRL_EOF)
		return t->is_eof;
	return command == BIO_CTRL_FLUSH;
}

static BIO *new_bio(struct tlsio *t)
{
	static BIO_METHOD *method;
	BIO *b;

	if (!method) {
		method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
		if (!method || !BIO_meth_set_read(method, bio_read) || !BIO_meth_set_write(method, bio_write) ||
		    !BIO_meth_set_ctrl(method, bio_ctrl))
			return NULL;
	}
	b = BIO_new(method);
	if (b) {
		BIO_set_data(b, t);
		BIO_set_init(b, 1);
	}
	return b;
}

/* ---- a stream ---- */

/* -1 and errno, from what SSL_read and SSL_write have returned. *wants: what to poll for. */
static ssize_t refused(struct tlsio *t, int rc, short *wants)
{
	switch (SSL_get_error(t->ssl, rc)) {
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
		*wants = POLLIN;
		errno = EAGAIN;
		return -1;
	case SSL_ERROR_WANT_WRITE:
		*wants = POLLOUT;
		errno = EAGAIN;
		return -1;
	default:
		ERR_clear_error();
		t->is_broken = true;
		errno = ECONNRESET;
		return -1;
	}
}

static ssize_t read_some(void *impl, void *p, size_t n)
{
	struct tlsio *t = impl;
	size_t got;
	int rc;

	ERR_clear_error();
	t->read_wants = POLLIN;
	rc = SSL_read_ex(t->ssl, p, n, &got);
	t->is_starved = rc != 1;
	return rc == 1 ? (ssize_t)got : refused(t, rc, &t->read_wants);
}

static ssize_t write_some(void *impl, const void *p, size_t n)
{
	struct tlsio *t = impl;
	size_t sent;
	int rc;

	ERR_clear_error();
	t->write_wants = POLLOUT;
	rc = SSL_write_ex(t->ssl, p, n, &sent);
	return rc == 1 ? (ssize_t)sent : refused(t, rc, &t->write_wants);
}

static bool is_pending(const void *impl)
{
	const struct tlsio *t = impl;

	return t->is_done && !t->is_starved && SSL_has_pending(t->ssl);
}

static short events(const void *impl, short wanted)
{
	const struct tlsio *t = impl;
	short out = 0;

	if (wanted & POLLIN)
		out |= t->read_wants;
	if (wanted & POLLOUT)
		out |= t->write_wants;
	return out;
}

static void close_it(void *impl)
{
	struct tlsio *t = impl;

	if (t->is_done && !t->is_broken)
		SSL_shutdown(t->ssl);
	ERR_clear_error();
	SSL_free(t->ssl);
	free(t);
}

static const struct stream_ops ops = {
	.read = read_some, .write = write_some, .is_pending = is_pending, .events = events, .close = close_it
};

struct tlsio *tlsio_attach(SSL_CTX *ctx, struct stream *s, const char *peer, struct fault *f)
{
	size_t n = strlen(peer) + 1;
	struct tlsio *t = arena_heap(sizeof(*t) + n);
	BIO *b;

	*t = (struct tlsio){ .in = s->in, .out = s->out, .read_wants = POLLIN, .write_wants = POLLOUT };
	memcpy(t->peer, peer, n);
	t->ssl = SSL_new(ctx);
	b = t->ssl ? new_bio(t) : NULL;
	if (!b) {
		SSL_free(t->ssl);
		free(t);
		fault_temp(f, 454, "4.7.0", "TLS with %s: %s", peer, tlsio_reason());
		return NULL;
	}
	SSL_set_bio(t->ssl, b, b);
	SSL_set_app_data(t->ssl, t);
	s->ops = &ops;
	s->impl = t;
	return t;
}

/* ---- the handshake ---- */

const char *tlsio_reason(void)
{
	unsigned long code = ERR_get_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (!reason && code && ERR_SYSTEM_ERROR(code))
		reason = strerror(ERR_GET_REASON(code));
	ERR_clear_error();
	return reason ? reason : "no reason is given";
}

static int failed(struct tlsio *t, int error, int number, struct fault *f)
{
	long verdict = SSL_get_verify_result(t->ssl);
	const char *reason;

	t->is_broken = true;
	if (t->check != TLSIO_ANY && verdict != X509_V_OK) {
		ERR_clear_error();
		return fault_temp(f, 454, "4.7.5", "TLS with %s: its certificate is not accepted: %s", t->peer,
				  X509_verify_cert_error_string(verdict));
	}
	if (t->is_eof || (error == SSL_ERROR_SYSCALL && number == 0))
		reason = "the connection was closed";
	else if (error == SSL_ERROR_SYSCALL)
		reason = strerror(number);
	else
		reason = tlsio_reason();
	ERR_clear_error();
	return fault_temp(f, 454, "4.7.0", "TLS with %s: the handshake failed: %s", t->peer, reason);
}

static int handshake(void *impl, struct fault *f)
{
	struct tlsio *t = impl;
	int rc, error, number;

	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(t->ssl);
	number = errno;
	if (rc == 1) {
		t->is_done = true;
		return 1;
	}
	error = SSL_get_error(t->ssl, rc);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		return failed(t, error, number, f);
	t->read_wants = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
	return 0;
}

/* ---- what is known then ---- */

/* A subject that does not fit is none: it might be taken for another one. */
static void put_subject(char *out, size_t size, const X509 *cert)
{
	BIO *b = BIO_new(BIO_s_mem());
	const char *p = NULL;
	long n = 0;

	out[0] = '\0';
	if (b && X509_NAME_print_ex(b, X509_get_subject_name(cert), 0, XN_FLAG_RFC2253) > 0)
		n = BIO_get_mem_data(b, &p);
	if (p && n > 0 && (size_t)n < size && !memchr(p, '\0', (size_t)n)) {
		memcpy(out, p, (size_t)n);
		out[n] = '\0';
	}
	BIO_free(b);
}

/* RFC 5929 4.1: the digest of the signature, SHA-256 where that is MD5 or SHA-1; none for Ed25519 and the like. */
static void put_end_point(struct tlsio_info *out, const X509 *cert)
{
	unsigned n = 0;
	int digest;

	if (!cert || !X509_get_signature_info((X509 *)(uintptr_t)cert, &digest, NULL, NULL, NULL) ||
	    digest == NID_undef)
		return;
	if (digest == NID_md5 || digest == NID_sha1)
		digest = NID_sha256;
	if (X509_digest(cert, EVP_get_digestbynid(digest), out->end_point, &n) && n <= sizeof(out->end_point))
		out->end_point_n = n;
}

/* RFC 9266 2: before TLS 1.3 only with the extended master secret. */
static void put_exporter(struct tlsio_info *out, SSL *ssl)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1)
		return;
	out->has_exporter = SSL_export_keying_material(ssl, out->exporter, sizeof(out->exporter), label,
						       sizeof(label) - 1, NULL, 0, 0) == 1;
}

static void put_verdict(struct tlsio_info *out, const struct tlsio *t, X509 *cert)
{
	long verdict = SSL_get_verify_result(t->ssl);
	const char *name = SSL_get0_peername(t->ssl);

	if (t->client && t->check == TLSIO_ANY)
		snprintf(out->why, sizeof(out->why), "%s",
			 t->unchecked ? t->unchecked : "it was not asked to prove anything");
	else if (!cert && !SSL_session_reused(t->ssl))
		snprintf(out->why, sizeof(out->why), "there is no certificate");
	else if (verdict != X509_V_OK)
		snprintf(out->why, sizeof(out->why), "%s", X509_verify_cert_error_string(verdict));
	else
		out->verified = t->client || cert;
	if (!out->verified)
		return;
	if (!t->client)
		put_subject(out->peer, sizeof(out->peer), cert);
	else if (name && strlen(name) < sizeof(out->peer))
		memcpy(out->peer, name, strlen(name) + 1);
}

static void info(const void *impl, struct tlsio_info *out)
{
	const struct tlsio *t = impl;
	X509 *cert = SSL_get1_peer_certificate(t->ssl);

	*out = (struct tlsio_info){ .resumed = SSL_session_reused(t->ssl) };
	snprintf(out->protocol, sizeof(out->protocol), "%s", SSL_get_version(t->ssl));
	snprintf(out->cipher, sizeof(out->cipher), "%s", SSL_get_cipher_name(t->ssl));
	out->bits = SSL_get_cipher_bits(t->ssl, NULL);
	put_verdict(out, t, cert);
	put_exporter(out, t->ssl);
	put_end_point(out, t->client ? cert : SSL_get_certificate(t->ssl));
	X509_free(cert);
	ERR_clear_error();
}

static void put_session(const void *impl, struct buf *out)
{
	const struct tlsio *t = impl;
	SSL_SESSION *session = SSL_get0_session(t->ssl);
	int n = session && SSL_SESSION_is_resumable(session) ? i2d_SSL_SESSION(session, NULL) : 0;
	unsigned char *p = n > 0 ? (unsigned char *)buf_room(out, (size_t)n) : NULL;

	if (p && i2d_SSL_SESSION(session, &p) == n)
		buf_added(out, (size_t)n);
}

SSL_CTX *tlsio_context(const SSL_METHOD *method, const char *min_protocol, struct fault *f)
{
	SSL_CTX *ctx = SSL_CTX_new(method);
	int least = min_protocol && strcmp(min_protocol, "TLSv1.3") == 0 ? TLS1_3_VERSION : TLS1_2_VERSION;

	if (!ctx || SSL_CTX_set_min_proto_version(ctx, least) != 1) {
		fault_temp(f, 454, "4.7.0", "TLS cannot be used: %s", tlsio_reason());
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	/* A record costs one system call instead of two. */
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_timeout(ctx, TLSIO_SESSION_SECONDS);
	SSL_CTX_set_verify_depth(ctx, TLSIO_DEPTH_MAX);
	/* What the peer cannot do better is better than mail in clear; see tlsio_client_openssl.c for who must. */
	SSL_CTX_set_security_level(ctx, 1);
	return ctx;
}

static const struct tlsio_backend backend = {
	.server_open = tlsio_openssl_server,
	.server_close = tlsio_openssl_end_server,
	.client_open = tlsio_openssl_client,
	.client_close = tlsio_openssl_end_client,
	.accept = tlsio_openssl_accept,
	.connect = tlsio_openssl_connect,
	.handshake = handshake,
	.info = info,
	.put_session = put_session,
};

MODULE_EXPORT(tls, &backend);
