/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_SMIME_KEYS_H
#define LIBMAIL_MESSAGE_SMIME_KEYS_H

/*
 * smime_keys - keys and certificates in the module "smime": only its own files include this.
 */

#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "message/smime.h"

struct smime_identity {
	char *name;
	X509 *certificate;
	EVP_PKEY *key;
	STACK_OF(X509) * chain;
};

struct smime_keys {
	struct smime_identity *identities;
	size_t nidentities;
	STACK_OF(X509) * recipients, *others;
	X509_STORE *store;
};

struct smime_keys *smime_keys_new(void);
void smime_keys_free(struct smime_keys *keys);
int smime_keys_add_identity(struct smime_keys *keys, const char *name, struct span certificate, struct span key,
			    const char *passphrase, struct fault *f);
int smime_keys_add_recipient(struct smime_keys *keys, const char *name, struct span certificate, struct fault *f);
int smime_keys_add_certificates(struct smime_keys *keys, const char *name, struct span certificates, struct fault *f);
int smime_keys_trust(struct smime_keys *keys, const char *file, const char *directory, struct fault *f);

/* A fault, permanent, with libcrypto's reason behind the text. */
int smime_keys_fault(struct fault *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Is the certificate valid now, and for this (`verb`: "sign")? */
int smime_keys_check(X509 *certificate, const char *name, int purpose, const char *verb, struct fault *f);

/* What a certificate says of its owner. */
void smime_keys_describe(struct arena *a, X509 *certificate, struct smime_signer *out);
/* Seconds since 1970; 0: it is not said. */
int64_t smime_keys_signing_time(const CMS_SignerInfo *si);
struct span smime_keys_put_pem(struct arena *a, STACK_OF(X509) * certificates);

#endif
