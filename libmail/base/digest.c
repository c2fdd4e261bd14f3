/* SPDX-License-Identifier: ISC */
/*
 * digest - hashes, HMAC, PBKDF2 and crypt(3), by a module that is opened when one is wanted.
 */
#include "base/digest.h"

#include "base/module.h"

static const struct digest_functions *functions(struct fault *f)
{
	static const struct digest_functions *opened;

	if (!opened)
		opened = module_open("crypto", f);
	return opened;
}

/* libcrypto can be told by its configuration to do without an algorithm. */
static int done(int rc, const char *what, struct fault *f)
{
	return rc == 0 ? 0 : fault_temp(f, 454, "4.7.0", "libcrypto does not give %s", what);
}

int digest_sha1(struct span bytes, uint8_t out[DIGEST_SHA1], struct fault *f)
{
	const struct digest_functions *d = functions(f);

	return d ? done(d->sha1(bytes, out), "SHA-1", f) : -1;
}

int digest_sha256(struct span bytes, uint8_t out[DIGEST_SHA256], struct fault *f)
{
	const struct digest_functions *d = functions(f);

	return d ? done(d->sha256(bytes, out), "SHA-256", f) : -1;
}

int digest_hmac_sha256(struct span key, struct span bytes, uint8_t out[DIGEST_SHA256], struct fault *f)
{
	const struct digest_functions *d = functions(f);

	return d ? done(d->hmac_sha256(key, bytes, out), "HMAC", f) : -1;
}

int digest_pbkdf2_sha256(struct span password, struct span salt, unsigned iterations, uint8_t out[DIGEST_SHA256],
			 struct fault *f)
{
	const struct digest_functions *d = functions(f);

	if (iterations == 0 || iterations > DIGEST_ITERATIONS_MAX)
		return fault_temp(f, 454, "4.7.0", "%u iterations are not 1 to %d", iterations, DIGEST_ITERATIONS_MAX);
	return d ? done(d->pbkdf2_sha256(password, salt, iterations, out), "PBKDF2", f) : -1;
}

/* What names the method of a hash, "$6$", and is no secret. */
static struct span method_of(const char *setting)
{
	struct span s = span_str(setting), rest = span_from(s, 1);

	if (s.n == 0 || s.p[0] != '$')
		return span_of("DES", 3);
	return span_of(s.p, span_find(rest, '$') + 1);
}

int digest_crypt(const char *password, const char *setting, char out[DIGEST_CRYPT_MAX], struct fault *f)
{
	const struct digest_functions *d = functions(f);
	struct span method = method_of(setting);

	if (!d)
		return -1;
	if (d->crypt(password, setting, out) == 0)
		return 0;
	return fault_temp(f, 454, "4.7.0", "crypt(3) cannot make a hash by the method %.*s",
			  method.n < 10 ? (int)method.n : 10, method.p);
}

bool digest_is_equal(struct span secret, struct span given)
{
	volatile unsigned char difference = secret.n != given.n;

	for (size_t i = 0; i < given.n; i++) {
		unsigned char want = secret.n ? (unsigned char)secret.p[i % secret.n] : 0;

		difference = (unsigned char)(difference | (want ^ (unsigned char)given.p[i]));
	}
	return difference == 0;
}
