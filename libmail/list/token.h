/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_TOKEN_H
#define LIBMAIL_LIST_TOKEN_H

/*
 * token - addresses that carry a right: to confirm, to be counted as a bounce, to be accepted, to leave.
 *
 * Nothing is kept: such an address is
 *
 *	friends+confirm-0a1xk3f0q8zj2m5tw7c-al=example.net@example.org
 *	        WORD    DAY MAC             WHO
 *
 * DAY is 3 characters, days since 2026-01-01; MAC 16 characters, the first 80 bits of HMAC-SHA256 under the list's
 * key of: the list's address, the action, the day, and who, with NUL between. Characters are digits and small letters
 * without i, l, o, u; case is ignored when they are read, as what carries mail may change it.
 *
 * WHO is "user=domain", the identity of a member (member_identity()), where that can stand in a local part and all of
 * it has at most TOKEN_LOCAL_MAX octets; else, and for TOKEN_ONECLICK always, "=" and 12 characters, the first 60 bits
 *of the HMAC of the identity. Or it is anything else that the action is about, such as the id of a message that is
 *held.
 *
 * The key file has one key a line, 64 hexadecimal digits: the first makes tokens, all are good. HMAC needs the module
 * "crypto" (base/digest.h).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "list/list.h"

enum {
	TOKEN_KEY = 32,		  /* octets of a key */
	TOKEN_KEYS_MAX = 8,	  /* keys of a list */
	TOKEN_TEXT = 19,	  /* characters of DAY and MAC */
	TOKEN_LOCAL_MAX = 64,	  /* octets of a local part, RFC 5321 4.5.3.1.1 */
	TOKEN_WHO_MAX = 254,	  /* octets of WHO that is read */
	TOKEN_EPOCH = 1767225600, /* 2026-01-01T00:00:00Z */
};

/* What it is for. The word in the address, and how many days it is good: */
enum token_action {
	TOKEN_BOUNCES,	   /* bounces, 30 */
	TOKEN_PROBE,	   /* bounces, 30 */
	TOKEN_SUBSCRIBE,   /* confirm, 7 */
	TOKEN_UNSUBSCRIBE, /* confirm, 7 */
	TOKEN_ONECLICK,	   /* oneclick, 90 */
	TOKEN_ACCEPT,	   /* accept, 14 */
	TOKEN_REJECT,	   /* reject, 14 */
	TOKEN_APPROVE,	   /* approve, 14: a subscription, by a moderator */
	/* The same with an option of the new member. */
	TOKEN_SUBSCRIBE_DIGEST,
	TOKEN_SUBSCRIBE_NOMAIL,
	TOKEN_APPROVE_DIGEST,
	TOKEN_APPROVE_NOMAIL,
	TOKEN_ACTIONS
};

struct token {
	enum token_action action;
	int64_t day;	 /* since 2026-01-01 */
	const char *who; /* "al@example.net", "=0123456789ab", or what else was given; lower case */
};

/*
 * A whole address; `now` in seconds since 1970. `who` is a member's address (with an "@"), or letters, digits and
 * "-", which become lower case. NULL, and a temporary fault, where the key cannot be read or there is no libcrypto.
 */
const char *token_address(struct list *l, struct arena *a, enum token_action action, const char *who, int64_t now,
			  struct fault *f);

/* "TOKEN-WHO" alone, for URLs: WHO then is what it would be in an address. */
const char *token_text(struct list *l, struct arena *a, enum token_action action, const char *who, int64_t now,
		       struct fault *f);

/* The word in its address, and how many days it is good. */
const char *token_word(enum token_action action);
int token_days(enum token_action action);

/* Is it a word that a token follows? */
bool token_is_word(struct span word);

/*
 * Read what followed the word: 0; -1: 550 5.7.1, made up or too old, compared in constant time; or a temporary fault,
 * if it cannot be told now. out->who lives in the arena.
 */
int token_check(struct list *l, struct arena *a, const char *word, const char *rest, int64_t now, struct token *out,
		struct fault *f);

/* Is it about this address? Also where who is a hash. */
bool token_is_for(struct list *l, const struct token *t, const char *address);

/* A new key in front of the others, of which `keep` stay (at most TOKEN_KEYS_MAX in all). Takes the list's lock. */
int token_rotate(struct list *l, size_t keep, struct fault *f);

/* The key file's content for a new list. Wipe it. */
void token_key_put(struct buf *out);

/* Read the keys now: what is wrong with the file is said as "PATH/key:2: ...". */
int token_load(struct list *l, struct fault *f);

#endif
