/* SPDX-License-Identifier: ISC */
/*
 * scheme - how a password is stored. A scheme is a row: its name, how a password is compared with it, and how one is
 * written.
 */
#include "auth/scheme.h"

#include <stdio.h>

#include "auth/prep.h"
#include "base/base64.h"
#include "base/entropy.h"
#include "base/hex.h"

struct scheme;

/* A password that is compared. */
struct attempt {
	const struct scheme *scheme;
	const char *user; /* for faults */
	struct span text; /* the secret without its {SCHEME} */
	struct span password;
	bool is_decoded; /* text is what the scheme makes, and not in the scheme's own encoding */
	size_t decoded_n;
	char decoded[SCHEME_SECRET_MAX];
};

struct scheme {
	const char *name;
	int (*verify)(const struct attempt *t, struct fault *f);
	int (*put)(struct buf *out, const struct scheme *scheme, struct span password, struct fault *f);
	unsigned kind;
	/* For crypt(3): what stands before the salt and behind it, and characters of the salt, of six bits each. */
	const char *setting, *setting_end;
	size_t salt;
};

static int damaged(const struct attempt *t, struct fault *f)
{
	return fault_temp(f, 454, "4.3.5", "the secret of %s is no {%s} secret", t->user, t->scheme->name);
}

/* ---- {PLAIN} ---- */

static int verify_plain(const struct attempt *t, struct fault *f)
{
	(void)f;
	return digest_is_equal(t->text, t->password);
}

static int put_plain(struct buf *out, const struct scheme *scheme, struct span password, struct fault *f)
{
	/* What separates fields would end it. */
	if (span_find(password, ':') < password.n)
		return fault_usage(f, "a password with a colon in it cannot be stored as {%s}", scheme->name);
	buf_put_span(out, password);
	return 0;
}

/* ---- crypt(3) ---- */

static int verify_crypt(const struct attempt *t, struct fault *f)
{
	char password[DIGEST_PASSWORD_MAX + 1], setting[DIGEST_CRYPT_MAX], made[DIGEST_CRYPT_MAX];
	int rc;

	if (t->text.n >= sizeof(setting))
		return damaged(t, f);
	memcpy(setting, t->text.p, t->text.n);
	setting[t->text.n] = '\0';
	memcpy(password, t->password.p, t->password.n);
	password[t->password.n] = '\0';
	rc = digest_crypt(password, setting, made, f);
	explicit_bzero(password, sizeof(password));
	if (rc < 0)
		return -1;
	return digest_is_equal(t->text, span_str(made));
}

static void put_salt(struct buf *out, size_t n)
{
	static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char random[32];

	entropy_fill(random, sizeof(random));
	for (size_t i = 0; i < n; i++)
		buf_put_char(out, digits[random[i] & 63]);
}

static int put_crypt(struct buf *out, const struct scheme *scheme, struct span password, struct fault *f)
{
	char text[DIGEST_PASSWORD_MAX + 1], made[DIGEST_CRYPT_MAX];
	struct buf setting;
	int rc;

	memcpy(text, password.p, password.n);
	text[password.n] = '\0';
	buf_init(&setting, sizeof(made));
	buf_put_str(&setting, scheme->setting);
	put_salt(&setting, scheme->salt);
	buf_put_str(&setting, scheme->setting_end);
	rc = digest_crypt(text, buf_str(&setting), made, f);
	explicit_bzero(text, sizeof(text));
	buf_clear(&setting);
	if (rc == 0)
		buf_put_str(out, made);
	return rc;
}

/* ---- {SSHA256} ---- */

static int hash_salted(struct span password, struct span salt, uint8_t out[DIGEST_SHA256], struct fault *f)
{
	struct buf both;
	int rc;

	buf_init(&both, DIGEST_PASSWORD_MAX + SCHEME_SECRET_MAX);
	buf_room(&both, password.n + salt.n);
	buf_put_span(&both, password);
	buf_put_span(&both, salt);
	rc = digest_sha256(buf_span(&both), out, f);
	buf_wipe(&both);
	return rc;
}

static int verify_salted(const struct attempt *t, struct fault *f)
{
	uint8_t made[DIGEST_SHA256];
	struct buf stored;
	int rc = -1;

	buf_init(&stored, SCHEME_SECRET_MAX);
	if (t->is_decoded)
		buf_put_span(&stored, t->text);
	else if (base64_parse(&stored, t->text, BASE64_UNPADDED) < 0)
		buf_reset(&stored);
	if (stored.n < DIGEST_SHA256)
		damaged(t, f);
	else if (hash_salted(t->password, span_from(buf_span(&stored), DIGEST_SHA256), made, f) == 0)
		rc = digest_is_equal(span_of(stored.p, DIGEST_SHA256), span_of((const char *)made, sizeof(made)));
	buf_clear(&stored);
	return rc;
}

static int put_salted(struct buf *out, const struct scheme *scheme, struct span password, struct fault *f)
{
	char both[DIGEST_SHA256 + SCHEME_SALT];
	uint8_t hash[DIGEST_SHA256];

	(void)scheme;
	entropy_fill(both + DIGEST_SHA256, SCHEME_SALT);
	if (hash_salted(password, span_of(both + DIGEST_SHA256, SCHEME_SALT), hash, f) < 0)
		return -1;
	memcpy(both, hash, sizeof(hash));
	base64_put(out, span_of(both, sizeof(both)));
	return 0;
}

/* ---- {SCRAM-SHA-256} ---- */

/* RFC 5802 3: SaltedPassword, ClientKey, StoredKey, ServerKey. */
static int derive(struct span password, struct scheme_keys *keys, struct fault *f)
{
	uint8_t salted[DIGEST_SHA256], client[DIGEST_SHA256];
	struct span key = span_of((const char *)salted, sizeof(salted));
	int rc = digest_pbkdf2_sha256(password, span_of((const char *)keys->salt, keys->salt_n), keys->iterations,
				      salted, f);

	if (rc == 0)
		rc = digest_hmac_sha256(key, SPAN("Client Key"), client, f);
	if (rc == 0)
		rc = digest_sha256(span_of((const char *)client, sizeof(client)), keys->stored, f);
	if (rc == 0)
		rc = digest_hmac_sha256(key, SPAN("Server Key"), keys->server, f);
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	return rc;
}

int scheme_make_keys(struct span password, struct span salt, unsigned iterations, struct scheme_keys *out,
		     struct fault *f)
{
	struct buf prepared;
	int rc;

	*out = (struct scheme_keys){ .iterations = iterations, .salt_n = salt.n };
	if (salt.n > SCHEME_SALT_MAX)
		return fault_bug(f, "a salt of %zu octets", salt.n);
	memcpy(out->salt, salt.p, salt.n);
	buf_init(&prepared, DIGEST_PASSWORD_MAX);
	buf_room(&prepared, DIGEST_PASSWORD_MAX);
	if (prep_put(&prepared, password) < 0 || prepared.overflow)
		rc = fault_perm(f, 535, "5.7.8", "the password has characters that none may have, or is too long");
	else
		rc = derive(buf_span(&prepared), out, f);
	buf_wipe(&prepared);
	return rc;
}

static int parse_octets(struct span text, uint8_t *out, size_t min, size_t max, size_t *n)
{
	struct buf b;
	int rc;

	buf_init(&b, SCHEME_SECRET_MAX);
	rc = base64_parse(&b, text, 0);
	if (rc < 0 || b.n < min || b.n > max)
		rc = -1;
	else
		memcpy(out, b.p, b.n);
	*n = b.n;
	buf_wipe(&b);
	return rc;
}

static int parse_keys(const struct attempt *t, struct scheme_keys *out, struct fault *f)
{
	struct span rest = t->text, iterations = span_cut(&rest, ','), salt = span_cut(&rest, ','),
		    stored = span_cut(&rest, ',');
	uint64_t number;
	size_t n;

	*out = (struct scheme_keys){ 0 };
	if (span_number(iterations, DIGEST_ITERATIONS_MAX, &number) < 0 || number == 0 ||
	    parse_octets(salt, out->salt, 1, SCHEME_SALT_MAX, &out->salt_n) < 0 ||
	    parse_octets(stored, out->stored, DIGEST_SHA256, DIGEST_SHA256, &n) < 0 ||
	    parse_octets(rest, out->server, DIGEST_SHA256, DIGEST_SHA256, &n) < 0)
		return damaged(t, f);
	out->iterations = (unsigned)number;
	return 0;
}

static int verify_keys(const struct attempt *t, struct fault *f)
{
	struct scheme_keys stored, made;
	struct fault ignored = { .kind = FAULT_NONE };
	struct span salt;

	if (parse_keys(t, &stored, f) < 0)
		return -1;
	salt = span_of((const char *)stored.salt, stored.salt_n);
	if (scheme_make_keys(t->password, salt, stored.iterations, &made, &ignored) == 0)
		return digest_is_equal(span_of((const char *)stored.stored, DIGEST_SHA256),
				       span_of((const char *)made.stored, DIGEST_SHA256));
	if (ignored.kind == FAULT_PERM)
		return 0;
	if (f)
		*f = ignored;
	return -1;
}

static int put_keys(struct buf *out, const struct scheme *scheme, struct span password, struct fault *f)
{
	struct scheme_keys keys;
	char salt[SCHEME_SALT];

	(void)scheme;
	entropy_fill(salt, sizeof(salt));
	if (scheme_make_keys(password, span_of(salt, sizeof(salt)), SCHEME_ITERATIONS, &keys, f) < 0)
		return -1;
	buf_printf(out, "%u,", keys.iterations);
	base64_put(out, span_of(salt, sizeof(salt)));
	buf_put_char(out, ',');
	base64_put(out, span_of((const char *)keys.stored, sizeof(keys.stored)));
	buf_put_char(out, ',');
	base64_put(out, span_of((const char *)keys.server, sizeof(keys.server)));
	return 0;
}

/* ---- the table ---- */

enum { KIND_OTHER, KIND_PLAIN, KIND_KEYS, KIND_SALTED, KIND_CRYPT /* and what methods[] tells apart */ };

static const struct scheme schemes[] = {
	{ "CRYPT", verify_crypt, put_crypt, KIND_CRYPT, "$y$j9T$", "", 20 },
	{ "SCRAM-SHA-256", verify_keys, put_keys, KIND_KEYS, NULL, NULL, 0 },
	{ "SHA512-CRYPT", verify_crypt, put_crypt, KIND_CRYPT, "$6$", "", 16 },
	{ "SHA256-CRYPT", verify_crypt, put_crypt, KIND_CRYPT, "$5$", "", 16 },
	/* The last of 22 characters has two bits only. */
	{ "BLF-CRYPT", verify_crypt, put_crypt, KIND_CRYPT, "$2b$12$", ".", 21 },
	{ "MD5-CRYPT", verify_crypt, NULL, KIND_CRYPT, NULL, NULL, 0 },
	{ "SSHA256", verify_salted, put_salted, KIND_SALTED, NULL, NULL, 0 },
	{ "PLAIN", verify_plain, put_plain, KIND_PLAIN, NULL, NULL, 0 },
	{ "CLEARTEXT", verify_plain, put_plain, KIND_PLAIN, NULL, NULL, 0 },
};

enum { SCHEMES = sizeof(schemes) / sizeof(schemes[0]) };

const char *const scheme_names[] = { "CRYPT",	  "SCRAM-SHA-256", "SHA512-CRYPT", "SHA256-CRYPT",
				     "BLF-CRYPT", "SSHA256",	   "PLAIN",	   NULL };

static const struct scheme *find_scheme(struct span name)
{
	for (size_t i = 0; i < SCHEMES; i++)
		if (span_is_nocase(name, span_str(schemes[i].name)))
			return &schemes[i];
	return NULL;
}

bool scheme_is_locked(struct span secret)
{
	return secret.n == 0 || span_is(secret, SPAN("x")) || secret.p[0] == '*' || secret.p[0] == '!';
}

static bool has_scheme(struct span secret)
{
	return secret.n && secret.p[0] == '{' && span_find(secret, '}') < secret.n;
}

static int parse_base64(struct buf *out, struct span text)
{
	return base64_parse(out, text, BASE64_UNPADDED);
}

static int parse_hex(struct buf *out, struct span text)
{
	for (size_t i = 0; i + 1 < text.n; i += 2) {
		int high = hex_value(text.p[i]), low = hex_value(text.p[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		buf_put_char(out, (char)(high << 4 | low));
	}
	return text.n % 2 ? -1 : 0;
}

/* Dovecot's: what stands behind the dot of {PLAIN.b64} says how the rest is written. */
static const struct {
	struct span name;
	int (*parse)(struct buf *out, struct span text);
} encodings[] = {
	{ SPAN_INIT("b64"), parse_base64 },
	{ SPAN_INIT("base64"), parse_base64 },
	{ SPAN_INIT("hex"), parse_hex },
};

/* 1, 0: there is no such encoding, -1: the text is not in it. */
static int decode(struct attempt *t, struct span encoding)
{
	struct buf out;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (!span_is_nocase(encoding, encodings[i].name))
			continue;
		buf_init(&out, sizeof(t->decoded));
		buf_room(&out, t->text.n < sizeof(t->decoded) ? t->text.n : sizeof(t->decoded));
		rc = encodings[i].parse(&out, t->text) < 0 || out.overflow || out.n == 0 ? -1 : 1;
		t->decoded_n = rc > 0 ? out.n : 0;
		if (rc > 0)
			memcpy(t->decoded, out.p, out.n);
		buf_wipe(&out);
	}
	t->is_decoded = rc > 0;
	if (rc > 0)
		t->text = span_of(t->decoded, t->decoded_n);
	return rc;
}

/* Take the secret apart. To be ended with end(). */
static int begin(struct span secret, struct attempt *t, struct fault *f)
{
	struct span name = SPAN("CRYPT"), encoding;
	int decoded = 1;

	t->text = secret;
	if (has_scheme(secret)) {
		name = span_from(secret, 1);
		name.n = span_find(name, '}');
		t->text = span_from(secret, name.n + 2);
	}
	encoding = name;
	name = span_cut(&encoding, '.');
	t->scheme = find_scheme(name);
	if (t->scheme && secret.n > SCHEME_SECRET_MAX)
		return damaged(t, f);
	if (t->scheme && encoding.n)
		decoded = decode(t, encoding);
	if (t->scheme && decoded > 0)
		return 0;
	if (decoded < 0)
		return damaged(t, f);
	fault_temp(f, 454, "4.3.5", "the secret of %s has a scheme that is not known here", t->user);
	return -1;
}

/* Not the whole: most of it is room. */
static void start(struct attempt *t, const char *user)
{
	memset(t, 0, offsetof(struct attempt, decoded));
	t->user = user;
}

static void end(struct attempt *t)
{
	explicit_bzero(t->decoded, t->decoded_n);
}

int scheme_verify(struct span secret, const char *user, struct span password, struct fault *f)
{
	struct attempt t;
	int rc;

	if (scheme_is_locked(secret) || password.n == 0 || password.n > DIGEST_PASSWORD_MAX ||
	    memchr(password.p, '\0', password.n))
		return 0;
	start(&t, user);
	t.password = password;
	if (begin(secret, &t, f) < 0)
		return -1;
	/* passwd -l puts its "!" behind {CRYPT}, too. */
	rc = t.scheme->kind == KIND_CRYPT && scheme_is_locked(t.text) ? 0 : t.scheme->verify(&t, f);
	end(&t);
	return rc;
}

static int find_keys(const struct attempt *t, struct span salt, struct scheme_keys *out, struct fault *f)
{
	struct fault why = { .kind = FAULT_NONE };

	if (t->scheme->kind == KIND_KEYS)
		return parse_keys(t, out, f) < 0 ? -1 : 1;
	if (t->scheme->kind != KIND_PLAIN || t->text.n == 0)
		return 0;
	if (scheme_make_keys(t->text, salt, SCHEME_ITERATIONS, out, &why) == 0)
		return 1;
	if (why.kind == FAULT_PERM)
		return damaged(t, f);
	if (f)
		*f = why;
	return -1;
}

int scheme_find_keys(struct span secret, const char *user, struct span salt, struct scheme_keys *out, struct fault *f)
{
	struct attempt t;
	int rc;

	if (scheme_is_locked(secret))
		return 0;
	start(&t, user);
	if (begin(secret, &t, f) < 0)
		return -1;
	rc = find_keys(&t, salt, out, f);
	end(&t);
	return rc;
}

unsigned scheme_kind(struct span secret)
{
	static const char methods[] = "y65217g";
	struct attempt t;
	const char *method;
	unsigned kind;

	start(&t, "");
	if (begin(secret, &t, NULL) < 0)
		return KIND_OTHER;
	kind = t.scheme->kind;
	if (kind == KIND_CRYPT && t.text.n >= 2 && t.text.p[0] == '$') {
		method = memchr(methods, t.text.p[1], sizeof(methods) - 1);
		kind += method ? 1 + (unsigned)(method - methods) : 0;
	}
	end(&t);
	return kind;
}

static int check_password(struct span password, struct fault *f)
{
	if (password.n == 0)
		return fault_usage(f, "the password is empty");
	if (password.n > DIGEST_PASSWORD_MAX)
		return fault_usage(f, "the password is longer than %d bytes", DIGEST_PASSWORD_MAX);
	return span_has_control(password) ? fault_usage(f, "there is a control byte in the password") : 0;
}

int scheme_put(struct buf *out, const char *scheme, struct span password, struct fault *f)
{
	const struct scheme *s = find_scheme(span_str(scheme));

	if (!s || !s->put)
		return fault_usage(f, "no password can be stored by the scheme %s", scheme);
	if (check_password(password, f) < 0)
		return -1;
	buf_printf(out, "{%s}", s->name);
	return s->put(out, s, password, f);
}
