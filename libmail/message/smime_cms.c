/* SPDX-License-Identifier: ISC */
/*
 * smime_cms - the module "smime": libcrypto's Cryptographic Message Syntax.
 *
 * libcrypto would read a structure whole. So it is given the frame that cms.h has made, and the content is written
 * through its digests or its cipher.
 */
#include "message/smime.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/module.h"
#include "message/smime_keys.h"

struct smime_cipher {
	struct smime_keys *keys;
	CMS_ContentInfo *cms;
	BIO *chain; /* digests or cipher, and below them `memory` */
	BIO *memory;
	enum { WRITE_DETACHED, WRITE_CONTENT, READ_SIGNED, READ_ENCRYPTED } way;
};

static void close_cipher(struct smime_cipher *c)
{
	if (!c)
		return;
	/* A chain that was pushed onto `memory` ends with it. */
	BIO_free_all(c->chain ? c->chain : c->memory);
	CMS_ContentInfo_free(c->cms);
	free(c);
}

static struct smime_cipher *new_cipher(struct smime_keys *keys)
{
	struct smime_cipher *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->keys = keys;
	c->memory = BIO_new(BIO_s_mem());
	if (c->memory)
		return c;
	free(c);
	return NULL;
}

/* ---- writing ---- */

static const EVP_MD *find_digest(const char *name)
{
	static const struct {
		const char *name;
		const EVP_MD *(*digest)(void);
	} digests[] = { { "sha-256", EVP_sha256 }, { "sha-384", EVP_sha384 }, { "sha-512", EVP_sha512 } };

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (strcasecmp(name, digests[i].name) == 0)
			return digests[i].digest();
	return NULL;
}

static const EVP_CIPHER *find_cipher(const char *name)
{
	static const struct {
		const char *name;
		const EVP_CIPHER *(*cipher)(void);
	} ciphers[] = {
		{ "aes-256-cbc", EVP_aes_256_cbc }, { "aes-192-cbc", EVP_aes_192_cbc },
		{ "aes-128-cbc", EVP_aes_128_cbc }, { "aes-256-gcm", EVP_aes_256_gcm },
		{ "aes-192-gcm", EVP_aes_192_gcm }, { "aes-128-gcm", EVP_aes_128_gcm },
	};

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (strcasecmp(name, ciphers[i].name) == 0)
			return ciphers[i].cipher();
	return NULL;
}

static int add_signer(struct smime_cipher *c, const struct smime_identity *who, const EVP_MD *digest, struct fault *f)
{
	if (smime_keys_check(who->certificate, who->name, X509_PURPOSE_SMIME_SIGN, "sign", f) < 0)
		return -1;
	if (!CMS_add1_signer(c->cms, who->certificate, who->key, digest, 0))
		return smime_keys_fault(f, "cannot sign with %s", who->name);
	for (int i = 0; i < sk_X509_num(who->chain); i++)
		if (!CMS_add1_cert(c->cms, sk_X509_value(who->chain, i)))
			ERR_clear_error(); /* it is there already */
	return 0;
}

static int begin_sign(struct smime_cipher *c, const struct smime_rules *rules, struct fault *f)
{
	bool detached = rules->kind == SMIME_SIGN_DETACHED;
	const EVP_MD *digest = find_digest(rules->digest ? rules->digest : "sha-256");

	if (!digest)
		return fault_usage(f, "there is no digest \"%.40s\"; there are: sha-256 sha-384 sha-512",
				   rules->digest);
	if (c->keys->nidentities == 0)
		return fault_usage(f, "there is no certificate to sign with");
	c->cms =
		CMS_sign(NULL, NULL, NULL, NULL, CMS_PARTIAL | CMS_STREAM | CMS_BINARY | (detached ? CMS_DETACHED : 0));
	for (size_t i = 0; c->cms && i < c->keys->nidentities; i++)
		if (add_signer(c, &c->keys->identities[i], digest, f) < 0)
			return -1;
	if (!c->cms)
		return smime_keys_fault(f, "cannot sign");
	c->way = detached ? WRITE_DETACHED : WRITE_CONTENT;
	c->chain = detached ? CMS_dataInit(c->cms, c->memory) : BIO_new_CMS(c->memory, c->cms);
	return c->chain ? 0 : smime_keys_fault(f, "cannot sign");
}

static int begin_encrypt(struct smime_cipher *c, const struct smime_rules *rules, struct fault *f)
{
	const EVP_CIPHER *cipher = find_cipher(rules->cipher ? rules->cipher : "aes-256-cbc");

	if (!cipher)
		return fault_usage(f,
				   "there is no cipher \"%.40s\"; there are: aes-128-cbc aes-192-cbc aes-256-cbc "
				   "aes-128-gcm aes-192-gcm aes-256-gcm",
				   rules->cipher);
	if (sk_X509_num(c->keys->recipients) <= 0)
		return fault_usage(f, "there is no certificate to encrypt for");
	c->cms = CMS_encrypt(c->keys->recipients, NULL, cipher, CMS_PARTIAL | CMS_STREAM | CMS_BINARY);
	c->way = WRITE_CONTENT;
	c->chain = c->cms ? BIO_new_CMS(c->memory, c->cms) : NULL;
	return c->chain ? 0 : smime_keys_fault(f, "cannot encrypt");
}

static struct smime_cipher *begin(struct smime_keys *keys, const struct smime_rules *rules, struct fault *f)
{
	struct smime_cipher *c = new_cipher(keys);
	int rc;

	if (!c) {
		smime_keys_fault(f, "cannot sign or encrypt");
		return NULL;
	}
	rc = rules->kind == SMIME_ENCRYPT ? begin_encrypt(c, rules, f) : begin_sign(c, rules, f);
	if (rc == 0)
		return c;
	close_cipher(c);
	return NULL;
}

/* What has come through. Of a content that is only digested nothing is wanted. */
static void take(struct smime_cipher *c, struct buf *out)
{
	char *p = NULL;
	long n = BIO_get_mem_data(c->memory, &p);

	if (n > 0 && c->way != WRITE_DETACHED)
		buf_put(out, p, (size_t)n);
	(void)BIO_reset(c->memory);
}

static int feed(struct smime_cipher *c, struct span piece, struct buf *out, struct fault *f)
{
	size_t written = 0;

	if (piece.n > 0 && (BIO_write_ex(c->chain, piece.p, piece.n, &written) != 1 || written != piece.n))
		return smime_keys_fault(f, c->way == READ_ENCRYPTED ? "cannot decrypt" : "cannot sign or encrypt");
	take(c, out);
	return 0;
}

static int end(struct smime_cipher *c, struct buf *out, struct fault *f)
{
	/* The last block of a cipher may be wrong: that is asked for below. */
	if (BIO_flush(c->chain) != 1 && c->way != READ_ENCRYPTED)
		return smime_keys_fault(f, "cannot sign or encrypt");
	take(c, out);
	if (c->way == READ_ENCRYPTED && BIO_get_cipher_status(c->chain) != 1) {
		ERR_clear_error();
		return fault_perm(f, 554, "5.6.0", "what was encrypted has been altered, or is not whole");
	}
	if (c->way != WRITE_DETACHED)
		return 0;
	if (CMS_dataFinal(c->cms, c->chain) != 1 || i2d_CMS_bio(c->memory, c->cms) != 1)
		return smime_keys_fault(f, "cannot sign");
	c->way = WRITE_CONTENT;
	take(c, out);
	return 0;
}

/* ---- reading ---- */

static char *lower(struct arena *a, const char *name)
{
	char *copy = arena_str(a, name ? name : "unknown");

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return copy;
}

static int open_encrypted(struct smime_cipher *c, struct arena *a, struct smime_report *report, struct fault *f)
{
	EVP_CIPHER_CTX *context = NULL;
	const EVP_CIPHER *cipher;
	bool fits = false;

	report->is_encrypted = true;
	for (size_t i = 0; i < c->keys->nidentities && !fits; i++)
		fits = CMS_decrypt_set1_pkey(c->cms, c->keys->identities[i].key, c->keys->identities[i].certificate) ==
		       1;
	ERR_clear_error();
	if (!fits)
		return fault_perm(f, 554, "5.7.5", "it is encrypted, and %s",
				  c->keys->nidentities ? "for none of the certificates that are given with a key"
						       : "no key is given to decrypt it");
	c->way = READ_ENCRYPTED;
	c->chain = CMS_dataInit(c->cms, c->memory);
	if (!c->chain)
		return smime_keys_fault(f, "cannot decrypt");
	(void)BIO_get_cipher_ctx(c->chain, &context);
	cipher = context ? EVP_CIPHER_CTX_get0_cipher(context) : NULL;
	report->cipher = lower(a, cipher ? EVP_CIPHER_get0_name(cipher) : NULL);
	report->is_authenticated = cipher && EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER;
	return 0;
}

static int open_signed(struct smime_cipher *c, struct smime_report *report, struct fault *f)
{
	report->is_signed = true;
	if (sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(c->cms)) > SMIME_SIGNERS_MAX)
		return fault_perm(f, 554, "5.6.0", "there are more than %d signatures", SMIME_SIGNERS_MAX);
	c->way = READ_SIGNED;
	c->chain = CMS_dataInit(c->cms, c->memory);
	return c->chain ? 0 : smime_keys_fault(f, "cannot verify the signature");
}

static struct smime_cipher *open_read(struct arena *a, struct smime_keys *keys, struct span frame,
				      struct smime_report *report, struct fault *f)
{
	struct smime_cipher *c = new_cipher(keys);
	const unsigned char *p = (const unsigned char *)frame.p;
	int rc = -1;

	if (c)
		c->cms = d2i_CMS_ContentInfo(NULL, &p, (long)frame.n);
	if (!c || !c->cms) {
		ERR_clear_error();
		fault_perm(f, 554, "5.6.0", "the S/MIME structure cannot be read");
		close_cipher(c);
		return NULL;
	}
	switch (OBJ_obj2nid(CMS_get0_type(c->cms))) {
	case NID_pkcs7_signed:
		rc = open_signed(c, report, f);
		break;
	case NID_pkcs7_enveloped:
	case NID_id_smime_ct_authEnvelopedData:
		rc = open_encrypted(c, a, report, f);
		break;
	default:
		fault_perm(f, 554, "5.6.0", "the S/MIME structure is neither signed nor encrypted (%s)",
			   OBJ_nid2ln(OBJ_obj2nid(CMS_get0_type(c->cms))));
	}
	if (rc == 0)
		return c;
	close_cipher(c);
	return NULL;
}

/* ---- signers ---- */

/* Does the certificate lead to a root at that time? */
static void judge_certificate(struct smime_cipher *c, struct arena *a, X509 *certificate, STACK_OF(X509) * given,
			      int64_t at, struct smime_signer *out)
{
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	int error = X509_V_ERR_UNSPECIFIED;

	if (context && X509_STORE_CTX_init(context, c->keys->store, certificate, given) == 1) {
		X509_STORE_CTX_set_default(context, "smime_sign");
		if (at)
			X509_STORE_CTX_set_time(context, 0, (time_t)at);
		error = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
	}
	X509_STORE_CTX_free(context);
	ERR_clear_error();
	if (error == X509_V_OK)
		return;
	out->status = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID ? SMIME_EXPIRED
												     : SMIME_UNTRUSTED;
	out->reason = arena_printf(a, "the certificate: %s", X509_verify_cert_error_string(error));
}

/* The content, then what the signer says about it. */
static void judge_content(struct smime_cipher *c, struct arena *a, CMS_SignerInfo *si, struct smime_signer *out)
{
	X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *object = NULL;
	int digest;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &algorithm, NULL);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	digest = OBJ_obj2nid(object);
	out->digest = lower(a, digest == NID_undef ? NULL : OBJ_nid2sn(digest));
	if (digest == NID_undef || digest == NID_md5 || digest == NID_md4 || digest == NID_md2 || digest == NID_sha1) {
		out->status = SMIME_UNSUPPORTED;
		out->reason = arena_printf(a, "a signature with %s proves nothing", out->digest);
		return;
	}
	if (CMS_SignerInfo_verify_content(si, c->chain) == 1 &&
	    (CMS_signed_get_attr_count(si) < 0 || CMS_SignerInfo_verify(si) == 1))
		return;
	ERR_clear_error();
	out->status = SMIME_ALTERED;
	out->reason = "the content is not what was signed";
}

static void judge_signer(struct smime_cipher *c, struct arena *a, CMS_SignerInfo *si, STACK_OF(X509) * given,
			 int64_t at, struct smime_signer *out)
{
	X509 *certificate = NULL;

	*out = (struct smime_signer){ .reason = "", .subject = "", .issuer = "", .serial = "", .digest = "" };
	out->signed_at = smime_keys_signing_time(si);
	CMS_SignerInfo_get0_algs(si, NULL, &certificate, NULL, NULL);
	if (!certificate) {
		out->status = SMIME_NO_CERTIFICATE;
		out->reason = "the signer's certificate is not there";
		return;
	}
	smime_keys_describe(a, certificate, out);
	judge_content(c, a, si, out);
	if (out->status == SMIME_GOOD)
		judge_certificate(c, a, certificate, given, at, out);
}

/* All that may lead to a root: what came along, and what we were given. */
static STACK_OF(X509) * given_certificates(struct smime_cipher *c, struct arena *a, struct smime_report *report)
{
	STACK_OF(X509) *given = CMS_get1_certs(c->cms);

	if (!given)
		given = sk_X509_new_null();
	report->certificates = smime_keys_put_pem(a, given);
	for (int i = 0; i < sk_X509_num(c->keys->others); i++)
		X509_add_cert(given, sk_X509_value(c->keys->others, i), X509_ADD_FLAG_UP_REF);
	return given;
}

static int judge(struct smime_cipher *c, struct arena *a, int64_t at, struct smime_report *report, struct fault *f)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(c->cms);
	STACK_OF(X509) *given = given_certificates(c, a, report);
	int n = sk_CMS_SignerInfo_num(signers);

	if (!given)
		return smime_keys_fault(f, "cannot verify the signature");
	CMS_set1_signers_certs(c->cms, given, 0);
	report->nsigners = n > 0 ? (size_t)n : 0;
	report->signers = arena_alloc(a, report->nsigners * sizeof(*report->signers));
	for (size_t i = 0; i < report->nsigners; i++)
		judge_signer(c, a, sk_CMS_SignerInfo_value(signers, (int)i), given, at, &report->signers[i]);
	sk_X509_pop_free(given, X509_free);
	ERR_clear_error();
	return n > 0 ? 0 : fault_perm(f, 554, "5.6.0", "there is no signature in it");
}

static const struct smime_functions functions = {
	.make = smime_keys_new,
	.free = smime_keys_free,
	.add_identity = smime_keys_add_identity,
	.add_recipient = smime_keys_add_recipient,
	.add_certificates = smime_keys_add_certificates,
	.trust = smime_keys_trust,
	.begin = begin,
	.open = open_read,
	.feed = feed,
	.end = end,
	.judge = judge,
	.close = close_cipher,
};

MODULE_EXPORT(smime, &functions);
