/* SPDX-License-Identifier: ISC */
/*
 * smime_keys - keys and certificates in the module "smime".
 */
#include "message/smime_keys.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IDENTITIES_MAX = 100, TEXT_MAX = 200 };

int smime_keys_fault(struct fault *f, const char *format, ...)
{
	unsigned long error = ERR_peek_last_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	char text[TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ERR_clear_error();
	return fault_perm(f, 554, "5.7.5", "%s%s%s", text, reason ? ": " : "", reason ? reason : "");
}

struct smime_keys *smime_keys_new(void)
{
	struct smime_keys *keys = calloc(1, sizeof(*keys));

	if (!keys)
		return NULL;
	keys->identities = calloc(IDENTITIES_MAX, sizeof(*keys->identities));
	keys->recipients = sk_X509_new_null();
	keys->others = sk_X509_new_null();
	keys->store = X509_STORE_new();
	if (keys->identities && keys->recipients && keys->others && keys->store)
		return keys;
	smime_keys_free(keys);
	return NULL;
}

static void clear_identity(struct smime_identity *who)
{
	X509_free(who->certificate);
	EVP_PKEY_free(who->key);
	sk_X509_pop_free(who->chain, X509_free);
	free(who->name);
}

void smime_keys_free(struct smime_keys *keys)
{
	for (size_t i = 0; i < keys->nidentities; i++)
		clear_identity(&keys->identities[i]);
	free(keys->identities);
	sk_X509_pop_free(keys->recipients, X509_free);
	sk_X509_pop_free(keys->others, X509_free);
	X509_STORE_free(keys->store);
	free(keys);
}

/* ---- what files hold ---- */

static bool is_pem(struct span s)
{
	return s.n > 0 && memmem(s.p, s.n, "-----BEGIN ", 11) != NULL;
}

static BIO *open_span(struct span s)
{
	return s.n <= INT_MAX ? BIO_new_mem_buf(s.n ? s.p : "", (int)s.n) : NULL;
}

/* How many there are; -1: one is damaged. */
static int read_certificates(struct span bytes, STACK_OF(X509) * out)
{
	BIO *in = open_span(bytes);
	bool pem = is_pem(bytes);
	X509 *one;
	int n = 0;

	while (in && (one = pem ? PEM_read_bio_X509(in, NULL, NULL, NULL) : d2i_X509_bio(in, NULL)) != NULL) {
		if (!sk_X509_push(out, one)) {
			X509_free(one);
			break;
		}
		n++;
		if (!pem)
			break;
	}
	BIO_free(in);
	/* Behind the last one there is no more begin line. */
	if (pem && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		n = -1;
	ERR_clear_error();
	return n;
}

/* Never asked for on the terminal: there may be none, or somebody else's. */
static int give_passphrase(char *to, int size, int writing, void *passphrase)
{
	size_t n = passphrase ? strlen(passphrase) : 0;

	(void)writing;
	if (!passphrase || n >= (size_t)size)
		return -1;
	memcpy(to, passphrase, n + 1);
	return (int)n;
}

static EVP_PKEY *read_key(struct span bytes, const char *passphrase)
{
	union {
		const char *text;
		void *argument;
	} pass = { .text = passphrase };
	EVP_PKEY *key = NULL;
	BIO *in = open_span(bytes);

	if (in && is_pem(bytes)) {
		key = PEM_read_bio_PrivateKey(in, NULL, give_passphrase, pass.argument);
	} else if (in) {
		key = d2i_PrivateKey_bio(in, NULL);
		if (!key && BIO_reset(in) >= 0)
			key = d2i_PKCS8PrivateKey_bio(in, NULL, give_passphrase, pass.argument);
	}
	BIO_free(in);
	return key;
}

/* Certificate, key and chain in one, as browsers export them. */
static int read_pkcs12(struct span bytes, const char *passphrase, struct smime_identity *out)
{
	BIO *in = open_span(bytes);
	PKCS12 *box = in ? d2i_PKCS12_bio(in, NULL) : NULL;
	int rc = box && PKCS12_parse(box, passphrase, &out->key, &out->certificate, &out->chain) == 1 ? 0 : -1;

	PKCS12_free(box);
	BIO_free(in);
	return rc;
}

static int read_pair(struct span certificate, struct span key, const char *passphrase, struct smime_identity *out)
{
	int n;

	out->chain = sk_X509_new_null();
	n = out->chain ? read_certificates(certificate, out->chain) : -1;
	if (n <= 0)
		return -1;
	out->certificate = sk_X509_shift(out->chain);
	out->key = read_key(key.n > 0 ? key : certificate, passphrase);
	return 0;
}

static int add_identity(const char *name, struct span certificate, struct span key, const char *passphrase,
			struct smime_identity *out, struct fault *f)
{
	bool box = key.n == 0 && !is_pem(certificate);
	int rc = box ? read_pkcs12(certificate, passphrase, out) : read_pair(certificate, key, passphrase, out);

	if (rc < 0)
		return smime_keys_fault(f, "%s: %s", name,
					box ? "cannot be opened as PKCS#12 with the passphrase that is given"
					    : "there is no certificate in it");
	if (!out->certificate)
		return smime_keys_fault(f, "%s: there is no certificate in it", name);
	if (!out->key)
		return smime_keys_fault(f, "%s: cannot read the key%s", name,
					passphrase ? " with the passphrase that is given" : "");
	if (X509_check_private_key(out->certificate, out->key) != 1)
		return smime_keys_fault(f, "%s: the key is not the certificate's", name);
	out->name = strdup(name);
	return out->name ? 0 : smime_keys_fault(f, "%s: out of memory", name);
}

int smime_keys_add_identity(struct smime_keys *keys, const char *name, struct span certificate, struct span key,
			    const char *passphrase, struct fault *f)
{
	struct smime_identity *who = &keys->identities[keys->nidentities];

	if (keys->nidentities == IDENTITIES_MAX)
		return fault_usage(f, "more than %d certificates with keys", IDENTITIES_MAX);
	ERR_clear_error();
	if (add_identity(name, certificate, key, passphrase, who, f) == 0) {
		keys->nidentities++;
		return 0;
	}
	clear_identity(who);
	memset(who, 0, sizeof(*who));
	return -1;
}

int smime_keys_check(X509 *certificate, const char *name, int purpose, const char *verb, struct fault *f)
{
	if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0 ||
	    X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
		return smime_keys_fault(f, "%s: the certificate is not valid at this time", name);
	if (X509_check_purpose(certificate, purpose, 0) != 1)
		return smime_keys_fault(f, "%s: the certificate is not one to %s mail with", name, verb);
	return 0;
}

int smime_keys_add_recipient(struct smime_keys *keys, const char *name, struct span certificate, struct fault *f)
{
	STACK_OF(X509) *read = sk_X509_new_null();
	int n, rc = -1;

	ERR_clear_error();
	n = read ? read_certificates(certificate, read) : -1;
	if (n <= 0)
		smime_keys_fault(f, "%s: there is no certificate in it", name);
	else if (sk_X509_num(keys->recipients) >= SMIME_RECIPIENTS_MAX)
		fault_usage(f, "more than %d certificates to encrypt for", SMIME_RECIPIENTS_MAX);
	else
		rc = smime_keys_check(sk_X509_value(read, 0), name, X509_PURPOSE_SMIME_ENCRYPT, "encrypt", f);
	if (rc == 0 && !sk_X509_push(keys->recipients, sk_X509_value(read, 0)))
		rc = smime_keys_fault(f, "%s: out of memory", name);
	if (rc == 0)
		sk_X509_shift(read);
	sk_X509_pop_free(read, X509_free);
	return rc;
}

int smime_keys_add_certificates(struct smime_keys *keys, const char *name, struct span certificates, struct fault *f)
{
	ERR_clear_error();
	if (read_certificates(certificates, keys->others) > 0)
		return 0;
	return smime_keys_fault(f, "%s: there is no certificate in it", name);
}

int smime_keys_trust(struct smime_keys *keys, const char *file, const char *directory, struct fault *f)
{
	int ok;

	ERR_clear_error();
	if (file)
		ok = X509_STORE_load_file(keys->store, file);
	else if (directory)
		ok = X509_STORE_load_path(keys->store, directory);
	else
		ok = X509_STORE_set_default_paths(keys->store);
	if (ok == 1)
		return 0;
	return smime_keys_fault(f, "cannot read certificates from %s",
				file	    ? file
				: directory ? directory
					    : "the system's directory");
}

/* ---- what a certificate says ---- */

static char *take_text(struct arena *a, BIO *text)
{
	char *p = NULL;
	long n = BIO_get_mem_data(text, &p);

	return arena_span(a, span_of(p, n > 0 ? (size_t)n : 0));
}

static const char *name_text(struct arena *a, const X509_NAME *name)
{
	BIO *text = BIO_new(BIO_s_mem());
	const char *out = "";

	if (text && X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
		out = take_text(a, text);
	BIO_free(text);
	return out;
}

static const char *serial_text(struct arena *a, const X509 *certificate)
{
	BIO *text = BIO_new(BIO_s_mem());
	const char *out = "";

	if (text && i2a_ASN1_INTEGER(text, X509_get0_serialNumber(certificate)) > 0)
		out = take_text(a, text);
	BIO_free(text);
	return out;
}

static int64_t seconds(const ASN1_TIME *when)
{
	struct tm tm = { 0 };

	return when && ASN1_TIME_to_tm(when, &tm) == 1 ? (int64_t)timegm(&tm) : 0;
}

static void put_emails(struct arena *a, X509 *certificate, struct smime_signer *out)
{
	STACK_OF(OPENSSL_STRING) *found = X509_get1_email(certificate);
	int n = sk_OPENSSL_STRING_num(found);
	const char **emails;

	if (n > SMIME_EMAILS_MAX)
		n = SMIME_EMAILS_MAX;
	emails = arena_alloc(a, (n > 0 ? (size_t)n : 0) * sizeof(*emails));
	for (int i = 0; i < n; i++)
		emails[out->nemails++] = arena_str(a, sk_OPENSSL_STRING_value(found, i));
	out->emails = emails;
	X509_email_free(found);
}

void smime_keys_describe(struct arena *a, X509 *certificate, struct smime_signer *out)
{
	out->subject = name_text(a, X509_get_subject_name(certificate));
	out->issuer = name_text(a, X509_get_issuer_name(certificate));
	out->serial = serial_text(a, certificate);
	out->not_before = seconds(X509_get0_notBefore(certificate));
	out->not_after = seconds(X509_get0_notAfter(certificate));
	put_emails(a, certificate, out);
}

int64_t smime_keys_signing_time(const CMS_SignerInfo *si)
{
	int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1);
	X509_ATTRIBUTE *attribute = at >= 0 ? CMS_signed_get_attr(si, at) : NULL;
	const ASN1_TYPE *type = attribute ? X509_ATTRIBUTE_get0_type(attribute, 0) : NULL;

	if (!type || (type->type != V_ASN1_UTCTIME && type->type != V_ASN1_GENERALIZEDTIME))
		return 0;
	return seconds(type->value.asn1_string);
}

struct span smime_keys_put_pem(struct arena *a, STACK_OF(X509) * certificates)
{
	BIO *text = BIO_new(BIO_s_mem());
	struct span out = span_of("", 0);

	for (int i = 0; text && i < sk_X509_num(certificates); i++)
		PEM_write_bio_X509(text, sk_X509_value(certificates, i));
	if (text)
		out = span_str(take_text(a, text));
	BIO_free(text);
	return out;
}
