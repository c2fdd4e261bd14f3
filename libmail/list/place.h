/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_PLACE_H
#define LIBMAIL_LIST_PLACE_H

/*
 * place - which list an address means, and what it asks of it.
 *
 *	friends@                            a post
 *	friends+owner@, owner-friends@      its owners
 *	friends+request@                    commands in subject and body
 *	friends+subscribe@, friends-leave@  a word asked by address, what follows it behind a "-": get-12-20
 *	friends+bounces@, +bounces-TOKEN@   bounces
 *	friends+confirm-TOKEN@              one that is signed (list/token.h)
 *	friends+beer@                       a post, if beer is one of the list's topics
 *	listmgr@                            the site: list_request_address
 *
 * The delimiter is one of recipient_delimiter ("+" if that is empty), or "-", behind which only known words count. Of
 * several lists that an address may mean the one with the longest name is meant. No file is read but for place_check()
 * of a signed address; nothing that is not a list's name (list_is_name()) ever becomes a path.
 */

#include <stdbool.h>

#include "list/list.h"

enum { PLACE_LOCAL_MAX = 300 /* octets of a local part that is looked at */ };

enum list_role {
	LIST_POST,
	LIST_OWNER,
	LIST_REQUEST, /* commands in subject and body */
	LIST_COMMAND, /* a word asked by address; also one that is not known, until place_check() */
	LIST_BOUNCES, /* plain, or signed */
	LIST_SIGNED,  /* confirm, accept, reject, approve, oneclick */
	LIST_SITE,    /* list_request_address */
	LIST_ROLES
};

struct list_target {
	enum list_role role;
	const char *name; /* the directory's; "" for LIST_SITE */
	const char *word; /* lower case: "subscribe", or "" */
	const char *rest; /* as written, without the "-" before it; or "" */
};

/*
 * 1 a list's address, 0 none of ours, -1 cannot be known now (errno is kept: EACCES for who may not look). is_local:
 * the domain is one of mydestination, in which lists without a domain in their name have their addresses.
 */
int place_find(const struct list_places *p, struct arena *a, struct span local, struct span domain, bool is_local,
	       struct list_target *out, struct fault *f);

/*
 * May mail for it be accepted? 0; 550 5.1.1 no such word, nor a topic; 550 5.7.1 a token that is wrong or too old;
 * temporary where it cannot be told.
 */
int place_check(const struct list_places *p, struct arena *a, const struct list_target *t, struct fault *f);

/* What stands behind the delimiter, "get-12-20", into role, word and rest. */
void place_set_word(struct arena *a, struct span s, struct list_target *out);

/* Is it one of the words above? What is none may be a topic of the list, and the message then a post. */
bool place_is_word(struct span word);

/* The topic: what stands behind the delimiter in all, as "home-brew" has a "-". In the arena. */
const char *place_topic(struct arena *a, const struct list_target *t);

/* "post", "owner" ...: for people. */
const char *place_role_name(enum list_role role);

#endif
