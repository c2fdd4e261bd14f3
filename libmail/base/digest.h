/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_DIGEST_H
#define LIBMAIL_BASE_DIGEST_H

/*
 * digest - hashes, and what is made of them for passwords: HMAC (RFC 2104), PBKDF2 (RFC 8018), crypt(3).
 *
 * The work is done by the module "crypto" (libcrypto and libcrypt), which is opened at the first call; the only
 * faults are that it is not there, or that crypt(3) does not know a method. To compare needs no module.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/span.h"

enum {
	DIGEST_SHA1 = 20,		  /* octets */
	DIGEST_SHA256 = 32,		  /* octets */
	DIGEST_CRYPT_MAX = 384,		  /* octets of what crypt(3) gives, with its NUL */
	DIGEST_PASSWORD_MAX = 512,	  /* octets of a password: libcrypt's own limit */
	DIGEST_ITERATIONS_MAX = 10000000, /* of PBKDF2: some seconds */
};

int digest_sha1(struct span bytes, uint8_t out[DIGEST_SHA1], struct fault *f);
int digest_sha256(struct span bytes, uint8_t out[DIGEST_SHA256], struct fault *f);
int digest_hmac_sha256(struct span key, struct span bytes, uint8_t out[DIGEST_SHA256], struct fault *f);
int digest_pbkdf2_sha256(struct span password, struct span salt, unsigned iterations, uint8_t out[DIGEST_SHA256],
			 struct fault *f);

/*
 * crypt(3): the hash of the password by the method, cost and salt that `setting`, which may be a whole hash,
 * names. A fault, temporary, is that the method is not known here.
 */
int digest_crypt(const char *password, const char *setting, char out[DIGEST_CRYPT_MAX], struct fault *f);

/*
 * Are they the same bytes? The time that it takes depends on the length of `given` alone, and so tells who has sent
 * it nothing about `secret`.
 */
bool digest_is_equal(struct span secret, struct span given);

/* What the module exports. Each returns 0 or -1. */
struct digest_functions {
	int (*sha1)(struct span bytes, uint8_t *out);
	int (*sha256)(struct span bytes, uint8_t *out);
	int (*hmac_sha256)(struct span key, struct span bytes, uint8_t *out);
	int (*pbkdf2_sha256)(struct span password, struct span salt, unsigned iterations, uint8_t *out);
	int (*crypt)(const char *password, const char *setting, char out[DIGEST_CRYPT_MAX]);
};

#endif
