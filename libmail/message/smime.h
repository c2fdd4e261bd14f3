/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_SMIME_H
#define LIBMAIL_MESSAGE_SMIME_H

/*
 * smime - messages signed and encrypted, S/MIME 4.0: RFC 8551 (messages), 8550 (certificates), 5652 and 5083 (CMS).
 *
 * The work is done by the module "smime" (libcrypto), which smime_new() loads; a temporary fault says that it is not
 * there. Contents stream, in both directions: memory does not grow with them.
 *
 *	struct smime *s = smime_new(&f);
 *	smime_add_identity(s, "me.pem", certificate, key, NULL, &f);
 *	put = smime_put_begin(&arena, s, &rules, sink, context, &f);	writes the header from MIME-Version on
 *	... smime_put_feed(put, piece, &f) ...				an entity: its Content- fields, empty line,
 *content smime_put_end(put, &f); smime_free(s);
 *
 * What is signed or encrypted is a MIME entity with CR LF lines, RFC 8551 3.1.1. It is given, and written, with LF
 * lines, or CR LF: each is made CR LF on the way to the cipher or digest. An entity that is to be signed should have no
 * 8-bit bytes and no lines over 998 octets, as what relays do to them breaks the signature.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "message/compose.h"

enum {
	SMIME_SIGNATURE_MAX = 1 << 20, /* octets of a detached signature (certificates included), or of all in a
					  structure that is not its content */
	SMIME_SIGNERS_MAX = 20,	       /* signatures on one content; more are a fault */
	SMIME_RECIPIENTS_MAX = 1000,   /* certificates that something is encrypted for */
	SMIME_EMAILS_MAX = 50,	       /* addresses of a certificate that are told */
	SMIME_PASSPHRASE_MAX = 1024,   /* octets */
};

/* ---- keys, certificates and whom to trust ---- */

struct smime;

/* NULL with a fault: the module is not there. */
struct smime *smime_new(struct fault *f);
/* Keys are wiped. s may be NULL. */
void smime_free(struct smime *s);

/*
 * Who we are: for signing (each identity signs) and for decrypting (whichever fits). `certificate` is PEM or DER, PEM
 * with the chain that is sent along behind the first; `key` is PEM or DER and may be encrypted with the passphrase.
 * With an empty key it is in `certificate` too: behind the others in PEM, or PKCS#12. `name` is for faults. The key
 * must be the certificate's.
 */
int smime_add_identity(struct smime *s, const char *name, struct span certificate, struct span key,
		       const char *passphrase, struct fault *f);
/* Whom to encrypt for: the first certificate, PEM or DER. One that is expired, or not for this use, is a fault. */
int smime_add_recipient(struct smime *s, const char *name, struct span certificate, struct fault *f);
/* Certificates, PEM or DER, that may be signers' or lead from them to a root: they are not trusted for being there. */
int smime_add_certificates(struct smime *s, const char *name, struct span certificates, struct fault *f);

/*
 * Roots: a file of PEM certificates, a directory as openssl-rehash(1) makes it, those of the system. Without any nobody
 * is trusted.
 */
int smime_trust_file(struct smime *s, const char *path, struct fault *f);
int smime_trust_directory(struct smime *s, const char *path, struct fault *f);
int smime_trust_system(struct smime *s, struct fault *f);

/* ---- writing ---- */

enum smime_kind {
	SMIME_SIGN_DETACHED, /* multipart/signed: every program can read it, RFC 8551 3.5.3 */
	SMIME_SIGN_OPAQUE,   /* application/pkcs7-mime; smime-type=signed-data: survives relays, needs S/MIME to be read
			      */
	SMIME_ENCRYPT	     /* application/pkcs7-mime; smime-type=enveloped-data, or authEnveloped-data */
};

struct smime_rules {
	enum smime_kind kind;
	const char *digest;   /* NULL: sha-256; "sha-384", "sha-512" */
	const char *cipher;   /* NULL: aes-256-cbc, which all programs read; "aes-128-gcm", "aes-256-gcm" ... */
	const char *boundary; /* of multipart/signed: must stand in no line of the entity; NULL: made of the clock */
};

struct smime_put;

/*
 * To sign and to encrypt, the sink of the first is the feed of the second. The sink gets LF lines, from "MIME-Version:
 * 1.0" on: fields of the message (From, Subject) stand in front of it, and are neither signed nor encrypted. What *put
 * has is the arena's, and the module's until smime_put_end() or smime_put_abort(). NULL with a fault.
 */
struct smime_put *smime_put_begin(struct arena *a, struct smime *s, const struct smime_rules *rules,
				  int (*sink)(void *context, struct span piece, struct fault *f), void *context,
				  struct fault *f);
int smime_put_feed(struct smime_put *put, struct span piece, struct fault *f);
/* Ends it, also where it fails. */
int smime_put_end(struct smime_put *put, struct fault *f);
void smime_put_abort(struct smime_put *put);

/* ---- reading ---- */

enum smime_status {
	SMIME_GOOD,	      /* the signature is right, and the signer's certificate leads to a trusted root */
	SMIME_ALTERED,	      /* this is not what was signed */
	SMIME_UNSUPPORTED,    /* an algorithm that is not known, or not safe */
	SMIME_NO_CERTIFICATE, /* the signer's certificate is not in the message, nor given */
	SMIME_UNTRUSTED,      /* the content is what the key's owner signed, but nobody trusted says who that is */
	SMIME_EXPIRED,	      /* the same: the certificate, or one that leads to the root, is not valid at that time */
};

struct smime_signer {
	enum smime_status status;
	const char *reason;	      /* a sentence for people; "" where all is well */
	const char *subject, *issuer; /* names, RFC 2253; "" without a certificate */
	const char *serial;	      /* hexadecimal */
	const char *const *emails;    /* of the certificate: subjectAltName, else the subject's emailAddress */
	size_t nemails;
	const char *digest;	       /* "sha256" */
	int64_t signed_at;	       /* what the signer says, seconds since 1970; 0: nothing */
	int64_t not_before, not_after; /* of the certificate */
};

struct smime_report {
	bool is_signed, is_encrypted;
	const char *cipher;    /* of what was encrypted: "aes-256-cbc" */
	bool is_authenticated; /* encrypted with a cipher that notices when something was changed */
	struct smime_signer *signers;
	size_t nsigners;
	struct span certificates; /* those in the message, PEM, for whoever wants to write to the signers */
};

/*
 * multipart/signed: `content` is its first part from the first byte of its header to the line end that belongs to the
 * boundary (mime_part's `header` to `end`), `signature` the second, decoded. The content is read once. `at` is the time
 * for which certificates are judged, seconds since 1970; 0: now. 0 where the report says all; a fault is a structure
 * that cannot be read, or the source's.
 */
int smime_verify(struct arena *a, struct smime *s, const struct compose_source *content, struct span signature,
		 int64_t at, struct smime_report *report, struct fault *f);

/*
 * application/pkcs7-mime, decoded: signed or encrypted as it says itself. The sink is given the entity within, with the
 * line ends that it has (CR LF). A source with `rewind` is read twice if it is signed, one without is held in memory up
 * to SMIME_HELD_MAX octets.
 *
 * The sink gets what comes out while it is being checked: nothing of it may be shown, or acted on, before this
 * returned 0 and the report was looked at (EFAIL, CVE-2017-17688). A fault: no identity fits (permanent, 5.7.5), the
 * content was altered, or what is read is no such structure.
 */
enum { SMIME_HELD_MAX = 64 << 20 };
int smime_read(struct arena *a, struct smime *s, const struct compose_source *source, int64_t at,
	       int (*sink)(void *context, struct span piece, struct fault *f), void *context,
	       struct smime_report *report, struct fault *f);

/*
 * Does the certificate say that it is this mailbox's? RFC 8550 3: a reader warns where no signer is the From address.
 * The domain is compared without regard to case.
 */
bool smime_signer_is(const struct smime_signer *signer, struct span mailbox);

/* "good", "altered", "untrusted" ...: for --json and tests. */
const char *smime_status_name(enum smime_status status);

/* ---- the module ---- */

/* What it exports: the same as above for contents that have CR LF lines already, and structures in DER. */
struct smime_keys;
struct smime_cipher;

struct smime_functions {
	struct smime_keys *(*make)(void);
	void (*free)(struct smime_keys *keys);
	int (*add_identity)(struct smime_keys *keys, const char *name, struct span certificate, struct span key,
			    const char *passphrase, struct fault *f);
	int (*add_recipient)(struct smime_keys *keys, const char *name, struct span certificate, struct fault *f);
	int (*add_certificates)(struct smime_keys *keys, const char *name, struct span certificates, struct fault *f);
	/* Any may be NULL: both are, for the system's. */
	int (*trust)(struct smime_keys *keys, const char *file, const char *directory, struct fault *f);
	/* Write: what is put comes to *out, to be taken away before the next call. */
	struct smime_cipher *(*begin)(struct smime_keys *keys, const struct smime_rules *rules, struct fault *f);
	/* Read: `frame` is the structure without its content, see cms.h. What comes out of it comes to *out. */
	struct smime_cipher *(*open)(struct arena *a, struct smime_keys *keys, struct span frame,
				     struct smime_report *report, struct fault *f);
	int (*feed)(struct smime_cipher *c, struct span piece, struct buf *out, struct fault *f);
	int (*end)(struct smime_cipher *c, struct buf *out, struct fault *f);
	/* After the end of what was read: the signers. */
	int (*judge)(struct smime_cipher *c, struct arena *a, int64_t at, struct smime_report *report, struct fault *f);
	void (*close)(struct smime_cipher *c);
};

#endif
