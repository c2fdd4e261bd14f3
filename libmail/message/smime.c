/* SPDX-License-Identifier: ISC */
/*
 * smime - messages signed and encrypted: what is MIME about it. The rest is in the module, smime_cms.c.
 */
#include "message/smime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/entropy.h"
#include "base/module.h"
#include "message/address.h"
#include "message/cms.h"
#include "message/crlf.h"

enum {
	HEADER_ROOM = 1024,    /* octets of the fields that we write */
	DER_ROOM = 128 << 10,  /* of what the module makes of a piece, and SMIME_SIGNATURE_MAX */
	PIECE = COMPOSE_PIECE, /* octets that are made CR LF, or read, at once */
	BOUNDARY_MAX = 70,     /* RFC 2046 5.1.1 */
};

struct smime {
	const struct smime_functions *functions;
	struct smime_keys *keys;
};

struct smime_put {
	struct smime *smime;
	struct smime_rules rules;
	int (*sink)(void *context, struct span piece, struct fault *f);
	void *context;
	struct smime_cipher *cipher;
	struct base64_encode base64;
	struct crlf lines; /* the canonical form of text, RFC 8551 3.1.1 */
	struct buf crlf, der, text;
	char boundary[BOUNDARY_MAX + 1];
};

struct smime *smime_new(struct fault *f)
{
	const struct smime_functions *functions = module_open("smime", f);
	struct smime *s;

	if (!functions)
		return NULL;
	s = arena_heap(sizeof(*s));
	*s = (struct smime){ functions, functions->make() };
	if (s->keys)
		return s;
	free(s);
	fault_temp(f, 451, "4.3.0", "libcrypto cannot be set up");
	return NULL;
}

void smime_free(struct smime *s)
{
	if (s)
		s->functions->free(s->keys);
	free(s);
}

int smime_add_identity(struct smime *s, const char *name, struct span certificate, struct span key,
		       const char *passphrase, struct fault *f)
{
	return s->functions->add_identity(s->keys, name, certificate, key, passphrase, f);
}

int smime_add_recipient(struct smime *s, const char *name, struct span certificate, struct fault *f)
{
	return s->functions->add_recipient(s->keys, name, certificate, f);
}

int smime_add_certificates(struct smime *s, const char *name, struct span certificates, struct fault *f)
{
	return s->functions->add_certificates(s->keys, name, certificates, f);
}

int smime_trust_file(struct smime *s, const char *path, struct fault *f)
{
	return s->functions->trust(s->keys, path, NULL, f);
}

int smime_trust_directory(struct smime *s, const char *path, struct fault *f)
{
	return s->functions->trust(s->keys, NULL, path, f);
}

int smime_trust_system(struct smime *s, struct fault *f)
{
	return s->functions->trust(s->keys, NULL, NULL, f);
}

/* ---- writing ---- */

static bool is_detached(const struct smime_put *put)
{
	return put->rules.kind == SMIME_SIGN_DETACHED;
}

static int put_text(struct smime_put *put, struct fault *f)
{
	int rc = put->text.n > 0 ? put->sink(put->context, buf_span(&put->text), f) : 0;

	if (put->text.overflow)
		rc = fault_bug(f, "the S/MIME structure is larger than it can be");
	buf_reset(&put->text);
	return rc;
}

/* What the module has made, in base64. */
static int put_der(struct smime_put *put, struct fault *f)
{
	if (put->der.overflow)
		return fault_temp(f, 451, "4.3.0", "the signature would be larger than %d octets", SMIME_SIGNATURE_MAX);
	base64_encode_feed(&put->base64, buf_span(&put->der), &put->text);
	buf_reset(&put->der);
	return put_text(put, f);
}

static const char *smime_type(enum smime_kind kind, const char *cipher)
{
	size_t n = cipher ? strlen(cipher) : 0;

	if (kind == SMIME_SIGN_OPAQUE)
		return "signed-data";
	return n > 3 && strcasecmp(cipher + n - 3, "gcm") == 0 ? "authEnveloped-data" : "enveloped-data";
}

static int put_header(struct smime_put *put, struct fault *f)
{
	const struct smime_rules *r = &put->rules;

	buf_put_str(&put->text, "MIME-Version: 1.0\n");
	if (is_detached(put))
		buf_printf(&put->text,
			   "Content-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\n"
			   " micalg=%s; boundary=\"%s\"\n\n--%s\n",
			   r->digest, put->boundary, put->boundary);
	else
		buf_printf(&put->text,
			   "Content-Type: application/pkcs7-mime; smime-type=%s; name=smime.p7m\n"
			   "Content-Transfer-Encoding: base64\n"
			   "Content-Disposition: attachment; filename=smime.p7m\n\n",
			   smime_type(r->kind, r->cipher));
	return put_text(put, f);
}

static int set_boundary(struct smime_put *put, struct fault *f)
{
	const char *wanted = put->rules.boundary;
	char id[ENTROPY_ID + 1];

	entropy_id(id);
	if (wanted && (strlen(wanted) > BOUNDARY_MAX || strpbrk(wanted, "\"\\\r\n")))
		return fault_usage(f, "the boundary of a signed message is none");
	memcpy(put->boundary, "=_", 3);
	memcpy(wanted ? put->boundary : put->boundary + 2, wanted ? wanted : id,
	       wanted ? strlen(wanted) + 1 : sizeof(id));
	return 0;
}

struct smime_put *smime_put_begin(struct arena *a, struct smime *s, const struct smime_rules *rules,
				  int (*sink)(void *context, struct span piece, struct fault *f), void *context,
				  struct fault *f)
{
	struct smime_put *put = arena_alloc(a, sizeof(*put));

	*put = (struct smime_put){ .smime = s, .rules = *rules, .sink = sink, .context = context };
	if (!put->rules.digest)
		put->rules.digest = "sha-256";
	if (set_boundary(put, f) < 0)
		return NULL;
	put->cipher = s->functions->begin(s->keys, &put->rules, f);
	if (!put->cipher)
		return NULL;
	base64_encode_init(&put->base64, false);
	crlf_init(&put->lines, 0, UINT64_MAX);
	buf_init(&put->crlf, 2 * PIECE);
	buf_init(&put->der, DER_ROOM + SMIME_SIGNATURE_MAX);
	buf_init(&put->text, base64_lines_size(DER_ROOM + SMIME_SIGNATURE_MAX, false) + HEADER_ROOM);
	if (put_header(put, f) == 0)
		return put;
	smime_put_abort(put);
	return NULL;
}

static int feed_canonical(struct smime_put *put, struct span piece, struct fault *f)
{
	crlf_feed(&put->lines, piece, &put->crlf);
	if (put->smime->functions->feed(put->cipher, buf_span(&put->crlf), &put->der, f) < 0)
		return -1;
	buf_reset(&put->crlf);
	return is_detached(put) ? put->sink(put->context, piece, f) : put_der(put, f);
}

int smime_put_feed(struct smime_put *put, struct span piece, struct fault *f)
{
	while (piece.n > 0) {
		size_t n = piece.n < PIECE ? piece.n : PIECE;

		if (feed_canonical(put, span_of(piece.p, n), f) < 0)
			return -1;
		piece = span_from(piece, n);
	}
	return 0;
}

/* The second part of multipart/signed; the line end in front of its boundary is not the content's. */
static int put_signature_header(struct smime_put *put, struct fault *f)
{
	buf_printf(&put->text,
		   "\n--%s\nContent-Type: application/pkcs7-signature; name=smime.p7s\n"
		   "Content-Transfer-Encoding: base64\n"
		   "Content-Disposition: attachment; filename=smime.p7s\n\n",
		   put->boundary);
	return put_text(put, f);
}

static int finish(struct smime_put *put, struct fault *f)
{
	if (put->smime->functions->end(put->cipher, &put->der, f) < 0)
		return -1;
	if (is_detached(put) && put_signature_header(put, f) < 0)
		return -1;
	if (put_der(put, f) < 0)
		return -1;
	base64_encode_end(&put->base64, &put->text);
	if (is_detached(put))
		buf_printf(&put->text, "\n--%s--\n", put->boundary);
	return put_text(put, f);
}

int smime_put_end(struct smime_put *put, struct fault *f)
{
	int rc = finish(put, f);

	smime_put_abort(put);
	return rc;
}

void smime_put_abort(struct smime_put *put)
{
	put->smime->functions->close(put->cipher);
	put->cipher = NULL;
	buf_wipe(&put->crlf);
	buf_wipe(&put->der);
	buf_wipe(&put->text);
}

/* ---- reading ---- */

struct reader {
	const struct smime_functions *functions;
	struct smime_cipher *cipher;
	struct cms cms;
	const struct compose_source *source;
	struct buf piece, out, held;
	int (*sink)(void *context, struct span piece, struct fault *f);
	void *context;
	struct crlf lines;
	bool failed;
	struct fault fault;
};

static void reader_init(struct reader *r, const struct smime *s, const struct compose_source *source)
{
	*r = (struct reader){ .functions = s->functions, .source = source };
	crlf_init(&r->lines, 0, UINT64_MAX);
	buf_init(&r->piece, PIECE);
	/* A cipher gives no more than it was given, but for the block that it held back. */
	buf_init(&r->out, 2 * PIECE + HEADER_ROOM);
	buf_init(&r->held, SMIME_HELD_MAX);
}

static void reader_clear(struct reader *r)
{
	if (r->cipher)
		r->functions->close(r->cipher);
	cms_clear(&r->cms);
	buf_wipe(&r->piece);
	buf_wipe(&r->out);
	buf_clear(&r->held);
}

static int next_piece(struct reader *r, struct span *piece, struct fault *f)
{
	size_t n = 0;

	if (r->source->read(r->source->context, buf_room(&r->piece, PIECE), PIECE, &n, f) < 0)
		return -1;
	*piece = span_of(r->piece.p, n);
	return n > 0;
}

int smime_verify(struct arena *a, struct smime *s, const struct compose_source *content, struct span signature,
		 int64_t at, struct smime_report *report, struct fault *f)
{
	struct reader r;
	struct span piece;
	int rc;

	*report = (struct smime_report){ 0 };
	if (signature.n > SMIME_SIGNATURE_MAX)
		return fault_perm(f, 554, "5.6.0", "the signature has over %d octets", SMIME_SIGNATURE_MAX);
	reader_init(&r, s, content);
	r.cipher = s->functions->open(a, s->keys, signature, report, f);
	rc = r.cipher ? 0 : -1;
	if (rc == 0 && !report->is_signed)
		rc = fault_perm(f, 554, "5.6.0", "this is no signature");
	while (rc == 0 && (rc = next_piece(&r, &piece, f)) > 0) {
		crlf_feed(&r.lines, piece, &r.out);
		rc = s->functions->feed(r.cipher, buf_span(&r.out), &r.held, f);
		buf_reset(&r.out);
		buf_reset(&r.held);
	}
	if (rc == 0)
		rc = s->functions->end(r.cipher, &r.held, f);
	if (rc == 0)
		rc = s->functions->judge(r.cipher, a, at, report, f);
	reader_clear(&r);
	return rc;
}

/* The first pass: all but the content. */
static int read_frame(struct reader *r, struct fault *f)
{
	struct span piece;
	int rc;

	while ((rc = next_piece(r, &piece, f)) > 0) {
		if (!r->source->rewind)
			buf_put_span(&r->held, piece);
		if (r->held.overflow)
			return fault_perm(f, 554, "5.3.4", "the S/MIME structure has over %d octets", SMIME_HELD_MAX);
		if (cms_feed(&r->cms, piece, f) < 0)
			return -1;
	}
	if (rc < 0 || cms_end(&r->cms, f) < 0)
		return -1;
	return r->cms.has_content ? 0 : fault_perm(f, 554, "5.6.0", "there is no content in the S/MIME structure");
}

/* Content that cms.h passes on, to the cipher and out. */
static void take_content(void *context, struct span piece)
{
	struct reader *r = context;

	if (r->failed)
		return;
	if (r->functions->feed(r->cipher, piece, &r->out, &r->fault) < 0 ||
	    (r->out.n > 0 && r->sink(r->context, buf_span(&r->out), &r->fault) < 0))
		r->failed = true;
	buf_reset(&r->out);
}

/* The next octets of the second pass. */
static int next_again(struct reader *r, size_t *at, struct span *piece, struct fault *f)
{
	if (r->source->rewind)
		return next_piece(r, piece, f);
	*piece = span_from(buf_span(&r->held), *at);
	if (piece->n > PIECE)
		piece->n = PIECE;
	*at += piece->n;
	return piece->n > 0;
}

static int read_content(struct reader *r, struct fault *f)
{
	struct span piece;
	size_t at = 0;
	int rc;

	if (r->source->rewind && r->source->rewind(r->source->context, f) < 0)
		return -1;
	cms_clear(&r->cms);
	cms_init(&r->cms, take_content, r);
	while ((rc = next_again(r, &at, &piece, f)) > 0) {
		rc = cms_feed(&r->cms, piece, f);
		if (rc == 0 && r->failed) {
			if (f)
				*f = r->fault;
			rc = -1;
		}
		if (rc < 0)
			break;
	}
	if (rc < 0 || r->functions->end(r->cipher, &r->out, f) < 0)
		return -1;
	return r->out.n > 0 ? r->sink(r->context, buf_span(&r->out), f) : 0;
}

int smime_read(struct arena *a, struct smime *s, const struct compose_source *source, int64_t at,
	       int (*sink)(void *context, struct span piece, struct fault *f), void *context,
	       struct smime_report *report, struct fault *f)
{
	struct reader r;
	int rc;

	*report = (struct smime_report){ 0 };
	reader_init(&r, s, source);
	r.sink = sink;
	r.context = context;
	cms_init(&r.cms, NULL, NULL);
	rc = read_frame(&r, f);
	if (rc == 0) {
		r.cipher = s->functions->open(a, s->keys, buf_span(&r.cms.frame), report, f);
		rc = r.cipher ? read_content(&r, f) : -1;
	}
	if (rc == 0 && report->is_signed)
		rc = s->functions->judge(r.cipher, a, at, report, f);
	reader_clear(&r);
	return rc;
}

/* RFC 8550 3: the local part exactly, as RFC 5280 7.5 wants; the domain by its letters. */
bool smime_signer_is(const struct smime_signer *signer, struct span mailbox)
{
	struct span local, domain, their_local, their_domain;

	address_split(mailbox, &local, &domain);
	for (size_t i = 0; i < signer->nemails; i++) {
		address_split(span_str(signer->emails[i]), &their_local, &their_domain);
		if (domain.n > 0 && span_is(local, their_local) && span_is_nocase(domain, their_domain))
			return true;
	}
	return false;
}

const char *smime_status_name(enum smime_status status)
{
	static const char *const names[] = {
		[SMIME_GOOD] = "good",
		[SMIME_ALTERED] = "altered",
		[SMIME_UNSUPPORTED] = "unsupported",
		[SMIME_NO_CERTIFICATE] = "no-certificate",
		[SMIME_UNTRUSTED] = "untrusted",
		[SMIME_EXPIRED] = "expired",
	};

	return names[status];
}
