/* SPDX-License-Identifier: ISC */
/*
 * token - addresses that carry a right, made and checked with a list's key alone.
 */
#include "list/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/disk.h"
#include "base/entropy.h"
#include "base/hex.h"
#include "list/members.h"
#include "message/address.h"

enum {
	DAY = 24 * 3600,
	DAY_DIGITS = 3,
	DAY_MAX = 1 << (5 * DAY_DIGITS),
	MAC_DIGITS = TOKEN_TEXT - DAY_DIGITS,
	HASH_DIGITS = 12,
	KEY_DIGITS = 2 * TOKEN_KEY,
	KEY_FILE_MAX = 4096,
	SIGNED_MAX = 2048, /* octets that the MAC is of */
};

struct token_key {
	unsigned char bytes[TOKEN_KEY];
};

/* `name` is what is signed, so that a token for one action is none for another with the same word. */
static const struct action {
	const char *name, *word;
	int days;
} actions[TOKEN_ACTIONS] = {
	[TOKEN_BOUNCES] = { "bounces", "bounces", 30 },
	[TOKEN_PROBE] = { "probe", "bounces", 30 },
	[TOKEN_SUBSCRIBE] = { "subscribe", "confirm", 7 },
	[TOKEN_UNSUBSCRIBE] = { "unsubscribe", "confirm", 7 },
	[TOKEN_ONECLICK] = { "oneclick", "oneclick", 90 },
	[TOKEN_ACCEPT] = { "accept", "accept", 14 },
	[TOKEN_REJECT] = { "reject", "reject", 14 },
	[TOKEN_APPROVE] = { "approve", "approve", 14 },
	[TOKEN_SUBSCRIBE_DIGEST] = { "subscribe digest", "confirm", 7 },
	[TOKEN_SUBSCRIBE_NOMAIL] = { "subscribe nomail", "confirm", 7 },
	[TOKEN_APPROVE_DIGEST] = { "approve digest", "approve", 14 },
	[TOKEN_APPROVE_NOMAIL] = { "approve nomail", "approve", 14 },
};

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void put_digits(char *out, int digits, uint64_t v)
{
	for (int i = digits - 1; i >= 0; i--, v >>= 5)
		out[i] = alphabet[v & 31];
}

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* -1 for what is no digit. */
static int read_digits(struct span s, uint64_t *out)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++) {
		const char *at = s.p[i] ? strchr(alphabet, to_lower(s.p[i])) : NULL;

		if (!at)
			return -1;
		v = v << 5 | (uint64_t)(at - alphabet);
	}
	*out = v;
	return 0;
}

/* The first 5 * digits bits. */
static void put_bits(char *out, int digits, const uint8_t *bytes)
{
	for (int i = 0; i < digits; i++) {
		int bit = 5 * i;
		unsigned two = (unsigned)bytes[bit / 8] << 8 | bytes[bit / 8 + 1];

		out[i] = alphabet[two >> (11 - bit % 8) & 31];
	}
}

static int take_key(struct span line, struct token_key *out)
{
	if (line.n != KEY_DIGITS)
		return -1;
	for (size_t i = 0; i < TOKEN_KEY; i++) {
		int high = hex_value(line.p[2 * i]), low = hex_value(line.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out->bytes[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

static int take_keys(struct list *l, struct span text, struct fault *f)
{
	struct token_key *keys = arena_alloc(&l->arena, TOKEN_KEYS_MAX * sizeof(*keys));
	size_t n = 0, number = 0;

	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		number++;
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (n == TOKEN_KEYS_MAX)
			return fault_temp(f, 451, "4.3.5", "%s/key:%zu: there are more than %d keys", l->path, number,
					  TOKEN_KEYS_MAX);
		if (take_key(line, &keys[n++]) < 0)
			return fault_temp(f, 451, "4.3.5", "%s/key:%zu: a key is %d hexadecimal digits", l->path,
					  number, KEY_DIGITS);
	}
	if (n == 0)
		return fault_temp(f, 451, "4.3.5", "%s/key: there is no key", l->path);
	l->keys = keys;
	l->nkeys = n;
	return 0;
}

int token_load(struct list *l, struct fault *f)
{
	char text[KEY_FILE_MAX];
	struct stat st;
	int fd, rc = -1;

	if (l->keys)
		return 0;
	fd = openat(l->dir, "key", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fault_errno(f, "cannot open %s/key", l->path);
	if (fstat(fd, &st) < 0)
		fault_errno(f, "cannot stat %s/key", l->path);
	else if (!S_ISREG(st.st_mode) || (st.st_mode & 077))
		fault_temp(f, 451, "4.3.5", "%s/key: it must be a file that its owner alone may read", l->path);
	else if (st.st_size > KEY_FILE_MAX)
		fault_temp(f, 451, "4.3.5", "%s/key: it is larger than %d octets", l->path, KEY_FILE_MAX);
	else if (disk_read_at(fd, text, (size_t)st.st_size, 0, "key", f) == 0)
		rc = take_keys(l, span_of(text, (size_t)st.st_size), f);
	close(fd);
	explicit_bzero(text, sizeof(text));
	return rc;
}

static int sign(const struct token_key *key, struct span bytes, char *out, int digits, struct fault *f)
{
	uint8_t mac[DIGEST_SHA256];

	if (digest_hmac_sha256(span_of((const char *)key->bytes, TOKEN_KEY), bytes, mac, f) < 0)
		return -1;
	put_bits(out, digits, mac);
	return 0;
}

static int make_mac(struct list *l, const struct token_key *key, enum token_action action, const char *day,
		    const char *who, char out[MAC_DIGITS], struct fault *f)
{
	char text[SIGNED_MAX];
	int n = snprintf(text, sizeof(text), "%.*s@%.*s%c%s%c%.*s%c%s", SPAN_ARG(l->local), SPAN_ARG(l->domain), 0,
			 actions[action].name, 0, DAY_DIGITS, day, 0, who);

	if (n < 0 || n >= (int)sizeof(text))
		return fault_bug(f, "what a token is about has %d octets", n);
	return sign(key, span_of(text, (size_t)n), out, MAC_DIGITS, f);
}

/* "=" and a hash. The "=" before who keeps it apart from what make_mac() signs: an address has no such local part. */
static int make_hash(const struct token_key *key, const char *identity, char out[HASH_DIGITS + 2], struct fault *f)
{
	char text[SIGNED_MAX];
	int n = snprintf(text, sizeof(text), "=%c%s", 0, identity);

	if (n < 0 || n >= (int)sizeof(text))
		return fault_bug(f, "an address has %d octets", n);
	out[0] = '=';
	out[HASH_DIGITS + 1] = '\0';
	return sign(key, span_of(text, (size_t)n), out + 1, HASH_DIGITS, f);
}

/* May it stand in a local part as it is? "=" stands for the "@", and would be read as one. */
static bool is_plain(struct span local, struct span domain)
{
	if (local.n == 0 || local.p[0] == '.' || local.p[local.n - 1] == '.')
		return false;
	for (size_t i = 0; i < local.n; i++) {
		unsigned char c = (unsigned char)local.p[i];

		if (c <= ' ' || c > '~' || strchr("\"(),:;<>@[\\]=", c) || (c == '.' && local.p[i + 1] == '.'))
			return false;
	}
	for (size_t i = 0; i < domain.n; i++)
		if (domain.p[i] == '[' || domain.p[i] == '=')
			return false;
	return domain.n > 0;
}

static char *lowered(struct arena *a, struct span s)
{
	char *z = arena_span(a, s);

	for (size_t i = 0; i < s.n; i++)
		z[i] = to_lower(z[i]);
	return z;
}

/* How who is written, if WORD-TOKEN-WHO shall have at most `max` octets. What is no address is written as it is. */
static const char *shorten(struct list *l, struct arena *a, enum token_action action, const char *who, size_t max,
			   struct fault *f)
{
	const char *identity;
	struct span local, domain;
	char hash[HASH_DIGITS + 2];

	if (!strchr(who, '@'))
		return lowered(a, span_str(who));
	identity = member_identity(a, span_str(who));
	if (!identity) {
		fault_perm(f, 553, "5.1.3", "\"%.100s\" is no address", who);
		return NULL;
	}
	address_split(span_str(identity), &local, &domain);
	/* In posts all of them are of one length, and a post that is passed on names nobody. */
	if (action != TOKEN_ONECLICK && is_plain(local, domain) &&
	    strlen(actions[action].word) + 1 + TOKEN_TEXT + 1 + strlen(identity) <= max)
		return arena_printf(a, "%.*s=%.*s", SPAN_ARG(local), SPAN_ARG(domain));
	return make_hash(&l->keys[0], identity, hash, f) < 0 ? NULL : arena_str(a, hash);
}

static const char *make_text(struct list *l, struct arena *a, enum token_action action, const char *who, int64_t now,
			     size_t max, struct fault *f)
{
	char token[TOKEN_TEXT];
	const char *written;

	if (token_load(l, f) < 0)
		return NULL;
	written = shorten(l, a, action, who, max, f);
	if (!written)
		return NULL;
	put_digits(token, DAY_DIGITS, now > TOKEN_EPOCH ? (uint64_t)(now - TOKEN_EPOCH) / DAY : 0);
	if (make_mac(l, &l->keys[0], action, token, written, token + DAY_DIGITS, f) < 0)
		return NULL;
	return arena_printf(a, "%.*s-%s", TOKEN_TEXT, token, written);
}

const char *token_text(struct list *l, struct arena *a, enum token_action action, const char *who, int64_t now,
		       struct fault *f)
{
	return make_text(l, a, action, who, now, TOKEN_WHO_MAX, f);
}

const char *token_address(struct list *l, struct arena *a, enum token_action action, const char *who, int64_t now,
			  struct fault *f)
{
	size_t max = l->local.n + 1 < TOKEN_LOCAL_MAX ? TOKEN_LOCAL_MAX - l->local.n - 1 : 0;
	const char *text = make_text(l, a, action, who, now, max, f);

	return text ? list_address(l, a, arena_printf(a, "%s-%s", actions[action].word, text)) : NULL;
}

const char *token_word(enum token_action action)
{
	return actions[action].word;
}

int token_days(enum token_action action)
{
	return actions[action].days;
}

bool token_is_word(struct span word)
{
	for (size_t i = 0; i < TOKEN_ACTIONS; i++)
		if (span_is_nocase(word, span_str(actions[i].word)))
			return true;
	return false;
}

static int refuse(struct fault *f, const char *why)
{
	return fault_perm(f, 550, "5.7.1", "%s", why);
}

/* 1 it is, 0, -1. Every key and every action of the word is tried, so that the time tells nothing. */
static int find_action(struct list *l, const char *word, struct span text, const char *who, enum token_action *out,
		       struct fault *f)
{
	char mac[MAC_DIGITS];
	struct span given = span_from(text, DAY_DIGITS);
	int found = 0;

	for (int action = 0; action < TOKEN_ACTIONS; action++) {
		if (strcmp(actions[action].word, word) != 0)
			continue;
		for (size_t k = 0; k < l->nkeys; k++) {
			if (make_mac(l, &l->keys[k], (enum token_action)action, text.p, who, mac, f) < 0)
				return -1;
			if (digest_is_equal(span_of(mac, MAC_DIGITS), given)) {
				*out = (enum token_action)action;
				found = 1;
			}
		}
	}
	return found;
}

static const char *read_who(struct arena *a, const char *written)
{
	struct span s = span_str(written);
	size_t at = span_find_last(s, '=');

	if (at == s.n || at == 0)
		return written;
	return arena_printf(a, "%.*s@%s", (int)at, written, written + at + 1);
}

int token_check(struct list *l, struct arena *a, const char *word, const char *rest, int64_t now, struct token *out,
		struct fault *f)
{
	struct span text = span_str(lowered(a, span_str(rest))), written;
	int64_t today = (now - TOKEN_EPOCH) / DAY;
	uint64_t day;
	int found;

	written = span_from(text, TOKEN_TEXT + 1);
	if (text.n < TOKEN_TEXT + 2 || text.p[TOKEN_TEXT] != '-' || written.n > TOKEN_WHO_MAX ||
	    span_has_control(text) || read_digits(span_of(text.p, DAY_DIGITS), &day) < 0)
		return refuse(f, "this is not an address that the list has given out");
	if (token_load(l, f) < 0)
		return -1;
	found = find_action(l, word, span_of(text.p, TOKEN_TEXT), written.p, &out->action, f);
	if (found < 0)
		return -1;
	if (found == 0 || (int64_t)day > today + 1)
		return refuse(f, "this is not an address that the list has given out");
	if (today - (int64_t)day > actions[out->action].days)
		return refuse(f, "this address was given out too long ago");
	out->day = (int64_t)day;
	out->who = read_who(a, written.p);
	return 0;
}

bool token_is_for(struct list *l, const struct token *t, const char *address)
{
	struct arena a = { 0 };
	const char *identity = member_identity(&a, span_str(address));
	char hash[HASH_DIGITS + 2];
	bool is = false;

	if (identity && t->who[0] != '=')
		is = strcmp(t->who, identity) == 0;
	else if (identity && token_load(l, NULL) == 0)
		for (size_t k = 0; k < l->nkeys; k++)
			is |= make_hash(&l->keys[k], identity, hash, NULL) == 0 && strcmp(hash, t->who) == 0;
	arena_clear(&a);
	return is;
}

static void put_key(struct buf *out, const unsigned char *bytes)
{
	for (size_t i = 0; i < TOKEN_KEY; i++)
		buf_printf(out, "%02x", bytes[i]);
	buf_put_char(out, '\n');
}

void token_key_put(struct buf *out)
{
	unsigned char bytes[TOKEN_KEY];

	entropy_fill(bytes, sizeof(bytes));
	put_key(out, bytes);
	explicit_bzero(bytes, sizeof(bytes));
}

int token_rotate(struct list *l, size_t keep, struct fault *f)
{
	struct buf out;
	int rc;

	if (list_lock(l, f) < 0)
		return -1;
	/* Another process may have made a new one since ours were read. */
	l->keys = NULL;
	rc = keep ? token_load(l, f) : 0;
	buf_init(&out, KEY_FILE_MAX);
	buf_room(&out, (KEY_DIGITS + 1) * TOKEN_KEYS_MAX + 1);
	token_key_put(&out);
	for (size_t k = 0; rc == 0 && k < l->nkeys && k < keep && k + 1 < TOKEN_KEYS_MAX; k++)
		put_key(&out, l->keys[k].bytes);
	if (rc == 0)
		rc = disk_replace(l->dir, "key", buf_span(&out), 0600, f);
	buf_wipe(&out);
	l->keys = NULL;
	l->nkeys = 0;
	list_unlock(l);
	return rc;
}
