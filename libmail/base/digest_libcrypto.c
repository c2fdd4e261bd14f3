/* SPDX-License-Identifier: ISC */
/*
 * digest_libcrypto - the module "crypto": libcrypto's hashes and libcrypt's crypt(3).
 */
#include "base/digest.h"

#include <crypt.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/module.h"

static int hash(const EVP_MD *method, struct span bytes, uint8_t *out)
{
	return EVP_Digest(bytes.p ? bytes.p : "", bytes.n, out, NULL, method, NULL) == 1 ? 0 : -1;
}

static int sha1(struct span bytes, uint8_t *out)
{
	return hash(EVP_sha1(), bytes, out);
}

static int sha256(struct span bytes, uint8_t *out)
{
	return hash(EVP_sha256(), bytes, out);
}

static int hmac_sha256(struct span key, struct span bytes, uint8_t *out)
{
	unsigned n = 0;

	if (key.n > INT_MAX)
		return -1;
	return HMAC(EVP_sha256(), key.p ? key.p : "", (int)key.n, (const unsigned char *)(bytes.p ? bytes.p : ""),
		    bytes.n, out, &n)
		       ? 0
		       : -1;
}

static int pbkdf2_sha256(struct span password, struct span salt, unsigned iterations, uint8_t *out)
{
	if (password.n > INT_MAX || salt.n > INT_MAX)
		return -1;
	return PKCS5_PBKDF2_HMAC(password.p ? password.p : "", (int)password.n,
				 (const unsigned char *)(salt.p ? salt.p : ""), (int)salt.n, (int)iterations,
				 EVP_sha256(), DIGEST_SHA256, out) == 1
		       ? 0
		       : -1;
}

/* libxcrypt has a function that says NULL when it cannot; and AddressSanitizer cannot follow crypt_r() into a module.
 */
static const char *crypt_in(struct crypt_data *area, const char *password, const char *setting)
{
#ifdef CRYPT_OUTPUT_SIZE
	return crypt_rn(password, setting, area, (int)sizeof(*area));
#else
	return crypt_r(password, setting, area);
#endif
}

/* The work area is large in some libraries, and holds what the password can be found from. */
static int hash_password(const char *password, const char *setting, char out[DIGEST_CRYPT_MAX])
{
	struct crypt_data *area = calloc(1, sizeof(*area));
	const char *made = area ? crypt_in(area, password, setting) : NULL;
	size_t n = made ? strlen(made) : 0;
	int rc = -1;

	if (n && made[0] != '*' && n < DIGEST_CRYPT_MAX) {
		memcpy(out, made, n + 1);
		rc = 0;
	}
	if (area)
		explicit_bzero(area, sizeof(*area));
	free(area);
	return rc;
}

static const struct digest_functions functions = { sha1, sha256, hmac_sha256, pbkdf2_sha256, hash_password };

MODULE_EXPORT(crypto, &functions);
