/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_AUTH_SCHEME_H
#define LIBMAIL_AUTH_SCHEME_H

/*
 * scheme - how a password is stored: the second field of a users file, or of shadow(5).
 *
 *	{PLAIN}text, {CLEARTEXT}text        the password itself
 *	{CRYPT}$y$..., or $y$... alone      crypt(3), every method that the system's has; also {SHA512-CRYPT},
 *	                                    {SHA256-CRYPT}, {BLF-CRYPT}, {MD5-CRYPT}
 *	{SSHA256}base64                     SHA-256 of password and salt, then the salt
 *	{SCRAM-SHA-256}iterations,salt,StoredKey,ServerKey    RFC 5803's values, as Dovecot writes them
 *
 * Behind the name may stand how the rest is written, as Dovecot has it: {PLAIN.b64}, {PLAIN.base64}, {SSHA256.hex}.
 * Scheme names are the same in upper and lower case. An empty secret, "x", and one that begins with "*" or "!"
 * fit no password. Anything else is a temporary fault that names the account, and never the secret.
 *
 * All comparisons take a time that does not depend on how much is right.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	SCHEME_SECRET_MAX = 2048, /* octets of a stored secret */
	SCHEME_SALT_MAX = 64,	  /* octets of a salt of SCRAM */
	SCHEME_SALT = 16,	  /* octets of one that is made here */
	SCHEME_ITERATIONS = 4096, /* of SCRAM keys that are made here: RFC 7677's and Dovecot's number */
};

/* What a server needs for SCRAM-SHA-256: RFC 5802 3. */
struct scheme_keys {
	unsigned iterations;
	uint8_t salt[SCHEME_SALT_MAX];
	size_t salt_n;
	uint8_t stored[DIGEST_SHA256], server[DIGEST_SHA256];
};

/* Does the password fit? 1 yes, 0 no, -1 cannot be known (temporary). `user` is for the fault. */
int scheme_verify(struct span secret, const char *user, struct span password, struct fault *f);

/*
 * The keys for SCRAM, from {SCRAM-SHA-256}, or from {PLAIN} with this salt: 1. 0: the secret gives none.
 * -1: temporary.
 */
int scheme_find_keys(struct span secret, const char *user, struct span salt, struct scheme_keys *out, struct fault *f);

/* RFC 5802 3, from the password. It is prepared first (prep.h); one that cannot be is a permanent fault. */
int scheme_make_keys(struct span password, struct span salt, unsigned iterations, struct scheme_keys *out,
		     struct fault *f);

/* May there be a password that fits? Not with "*", "!", "x" and the empty secret. */
bool scheme_is_locked(struct span secret);

/* A number for how the secret is stored, so that secrets of the same kind can be counted: 0 to SCHEME_KINDS - 1. */
enum { SCHEME_KINDS = 16 };
unsigned scheme_kind(struct span secret);

/*
 * Append what goes into the users file for this password, with a salt of its own. `scheme` is a name from above, in
 * any case; CRYPT is yescrypt. Usage faults: the scheme is not known, the password is empty, too long
 * (DIGEST_PASSWORD_MAX), or has a control byte in it.
 */
int scheme_put(struct buf *out, const char *scheme, struct span password, struct fault *f);

/* The names that scheme_put() knows, NULL at the end; the first is what is recommended. */
extern const char *const scheme_names[];

#endif
