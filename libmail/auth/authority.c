/* SPDX-License-Identifier: ISC */
/*
 * authority - who knows whether a password is right: this process itself.
 */
#include "auth/authority.h"

#include <stdio.h>
#include <string.h>

#include "auth/pam.h"
#include "base/entropy.h"

/* Where nobody has a password to learn from: what the system's passwd(1) would have made, as far as crypt(3) knows it.
 */
static const char *const stand_ins[] = { "$y$j9T$letterbox.........$", "$6$letterbox$" };

/* Say no, and take the time that a look at a password takes. */
static void waste(struct authority_local *l, struct arena *a, struct span password)
{
	char made[DIGEST_CRYPT_MAX];
	struct span sample;

	if (password.n == 0 || password.n > DIGEST_PASSWORD_MAX || memchr(password.p, '\0', password.n))
		return;
	if (users_find_sample(l->users, a, &sample)) {
		scheme_verify(sample, "nobody", password, NULL);
		return;
	}
	for (size_t i = 0; i < sizeof(stand_ins) / sizeof(stand_ins[0]); i++)
		if (digest_crypt("letterbox", stand_ins[i], made, NULL) == 0)
			return;
}

/* "local" in the list stands for clients without an address. */
static int check_networks(const struct authority_local *l, const struct authority_question *q, struct arena *a,
			  struct span list, struct fault *f)
{
	struct span rest = list, word;
	struct buf networks;
	bool local = false;
	int rc = 0;

	buf_init(&networks, list.n + 1);
	while ((word = span_list_word(&rest)).n) {
		if (span_is_nocase(word, SPAN("local"))) {
			local = true;
			continue;
		}
		buf_put_span(&networks, word);
		buf_put_char(&networks, ' ');
	}
	if (!q->is_network)
		rc = local;
	else if (networks.n)
		rc = l->is_in_networks(arena_str(a, buf_str(&networks)), q->client, f);
	buf_clear(&networks);
	return rc;
}

static int refuse(struct authority_answer *out, const char *why)
{
	snprintf(out->refused, sizeof(out->refused), "%s", why);
	return 0;
}

/* May who has proved to be this account log in? */
static int check_fields(const struct authority_local *l, const struct authority_question *q, struct arena *a,
			const struct users_login *who, struct authority_answer *out, struct fault *f)
{
	struct span value;
	int rc = 1;

	if (who->refused)
		return refuse(out, who->refused);
	if (users_find_extra(who->extra, "nologin", &value))
		return refuse(out, "nologin");
	if (users_find_extra(who->extra, "allow_nets", &value))
		rc = check_networks(l, q, a, value, f);
	return rc == 0 ? refuse(out, "the client is not in allow_nets") : rc;
}

static int verify(struct authority_local *l, const struct authority_question *q, struct arena *a,
		  const struct users_login *who, struct fault *f)
{
	if (!l->users->path && pam_is_built_in())
		return pam_check(who ? span_str(who->name) : q->name, q->password, f);
	if (who && !scheme_is_locked(who->secret))
		return scheme_verify(who->secret, who->name, q->password, f);
	waste(l, a, q->password);
	return 0;
}

/* Keys that fit no password, but look and cost as those of most accounts do. */
static void make_up_keys(struct authority_local *l, struct arena *a, const uint8_t salt[DIGEST_SHA256],
			 struct scheme_keys *out)
{
	struct span sample;

	if (!users_find_sample(l->users, a, &sample) ||
	    scheme_find_keys(sample, "nobody", span_of((const char *)salt, SCHEME_SALT), out, NULL) != 1)
		*out = (struct scheme_keys){ .iterations = SCHEME_ITERATIONS, .salt_n = SCHEME_SALT };
	if (out->salt_n > DIGEST_SHA256)
		out->salt_n = DIGEST_SHA256;
	memcpy(out->salt, salt, out->salt_n);
	entropy_fill(out->stored, sizeof(out->stored));
	entropy_fill(out->server, sizeof(out->server));
}

/*
 * The salt of a name is the same whether the account is not there, has no keys, or has a {PLAIN} password, from
 * which they are made now.
 */
static int give_keys(struct authority_local *l, const struct authority_question *q, struct arena *a,
		     const struct users_login *who, struct scheme_keys *out, struct fault *f)
{
	struct span name = who ? span_str(who->name) : q->name;
	uint8_t salt[DIGEST_SHA256];
	int rc = 0;

	if (digest_hmac_sha256(span_of((const char *)l->secret, sizeof(l->secret)), name, salt, f) < 0)
		return -1;
	if (who)
		rc = scheme_find_keys(who->secret, who->name, span_of((const char *)salt, SCHEME_SALT), out, f);
	if (rc == 0)
		make_up_keys(l, a, salt, out);
	return rc;
}

/*
 * What a process that becomes the account would have to ask, and its memory keeps what nsswitch.conf's modules leave in
 * it. For keys it is asked of a name that nobody has, too, as the rest.
 */
static bool is_virtual(const struct authority_local *l, struct arena *a, const struct users_login *who)
{
	const char *name = who ? who->name : "letterbox-nobody";
	struct account ignored;

	return l->users->path && (strchr(name, '@') || account_find(a, name, &ignored, NULL) == 0);
}

static int answer(struct authority_local *l, const struct authority_question *q, struct arena *a,
		  struct authority_answer *out, struct fault *f)
{
	struct users_login login, *who = NULL;
	int found = users_find_login(l->users, a, q->name, &login, f), rc = 1;

	if (found < 0)
		return -1;
	if (found) {
		who = &login;
		snprintf(out->name, sizeof(out->name), "%s", login.name);
	}
	if (q->form == AUTHORITY_VERIFY)
		rc = verify(l, q, a, who, f);
	else if (q->form == AUTHORITY_KEYS)
		rc = give_keys(l, q, a, who, &out->keys, f);
	if (rc > 0 || q->form == AUTHORITY_KEYS)
		out->is_virtual = is_virtual(l, a, who);
	if (rc < 0 || !who)
		return rc < 0 ? -1 : 0;
	found = check_fields(l, q, a, who, out, f);
	if (found >= 0 && proxied_parse(who->extra, who->name, &out->proxied, f) < 0)
		return -1;
	return rc == 0 && found > 0 ? 0 : found;
}

static int ask(void *ctx, const struct authority_question *q, struct authority_answer *out, struct fault *f)
{
	struct authority_local *l = ctx;
	struct arena a = { 0 };
	int rc;

	*out = (struct authority_answer){ .name = "" };
	rc = answer(l, q, &a, out, f);
	arena_clear(&a);
	return rc;
}

struct authority authority_local(struct authority_local *l)
{
	return (struct authority){ .ask = ask, .ctx = l };
}
