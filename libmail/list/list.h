/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_LIST_H
#define LIBMAIL_LIST_LIST_H

/*
 * list - a mailing list: a directory of plain files.
 *
 *	friends/              its name: a local part, or a whole address "friends@lists.example.org"
 *	  config              parameters (list/settings.h)
 *	  key                 what its signed addresses are made with (list/token.h); mode 600
 *	  members             a line a member (list/members.h); moderators and owners are the same
 *	  posters             who else may post, or may not
 *	  texts/NAME          its own wording of a reply
 *	  lock                flock(2)ed by whoever changes anything
 *	  log                 what happened, a line each
 *	  ...                 posts, outbox/, held/, archive/, html/, bounces, digest
 *
 * All of it belongs to the owner of the spool. Files are appended to, or replaced as a whole: who only reads needs no
 * lock. A list exists when its `config` does, which is the last that list_create() writes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "list/settings.h"

enum {
	LIST_NAME_MAX = 41,	     /* octets of the local part of a list's name */
	LIST_ADDRESS_MAX = 200,	     /* octets of a whole one: of a file's name */
	LIST_TEXT_MAX = 64 << 10,    /* octets of a file in texts/ */
	LIST_LOG_LINE_MAX = 2 << 10, /* octets of a line in the log */
	LIST_COUNT_MAX = 100000,     /* lists in a directory */
};

/* Where lists are, and what addresses lead to them: parameters of the site. */
struct list_places {
	const char *directory;	     /* list_directory, absolute */
	const char *origin;	     /* myorigin: the domain of a list whose name has none */
	const char *delimiters;	     /* recipient_delimiter; "+" where it is empty */
	const char *request_address; /* list_request_address; "" none */
	const char *http_url;	     /* list_http_url: what archive_url is made of where it is not set; NULL, "" none */
};

struct list {
	const char *name; /* the directory's */
	const char *path; /* of it, for faults */
	int dir;
	struct list_settings settings;
	struct span local, domain; /* of settings.address */
	char delimiter;		   /* what its own addresses are written with */
	struct arena arena;	   /* all of the above, and the keys */
	int lock;		   /* the descriptor of `lock`, -1: not open */
	unsigned locked;	   /* how many list_lock() have no list_unlock() yet */
	struct token_key *keys;	   /* when they have been read (list/token.h) */
	size_t nkeys;
};

/* Is it a list's name: "[a-z0-9][a-z0-9._-]*" without "..", at most LIST_NAME_MAX octets, maybe with "@" and a domain?
 */
bool list_is_name(struct span name);

/*
 * The name that an address means as somebody has written it: lower case, the domain without the dot at its end and in
 * ASCII. NULL: it cannot be one.
 */
const char *list_name_of(struct arena *a, struct span written);

/* Is there such a list? `name` is a valid one. 1, 0; -1 when it cannot be known (errno is kept). */
int list_exists(const struct list_places *p, const char *name, struct fault *f);

/*
 * Open it and read its config, which is checked. *p must stay. A permanent fault 550 5.1.1 if there is none, one of
 * status 5.3.5 that names file and line for what is wrong in its config.
 */
int list_open(struct list *l, const struct list_places *p, const char *name, struct fault *f);
/* The same, and *c says of each parameter where it comes from. It lives as long as the list is open. */
int list_open_config(struct list *l, const struct list_places *p, const char *name, struct config *c, struct fault *f);
void list_close(struct list *l);

/* Settings out of a file that is not the list's config yet. They live in the arena. */
int list_read_settings(struct arena *a, const struct list_places *p, const char *name, const char *path,
		       struct list_settings *out, struct fault *f);

/* Nobody else changes anything now. They nest. */
int list_lock(struct list *l, struct fault *f);
void list_unlock(struct list *l);

/* What a new list starts with. */
struct list_terms {
	const char *address; /* NULL: the name, at the origin */
	const char *description;
	const char *const *owners; /* addresses; at least one */
	size_t nowners;
	const char *const *assignments; /* "name=value" of its config, checked */
	size_t nassignments;
};

/*
 * Make a list: directory, key, owners, and at last its config, durably. A directory that somebody else has begun and
 * not finished is taken over. A permanent fault if there is a list of that name.
 */
int list_create(const struct list_places *p, const char *name, const struct list_terms *t, struct fault *f);

/* Append a line to its log, the time in front; what is not printable is written out. It can fail: the log is for
 * people. */
int list_log(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* All lists of the directory, by name. Start with { .places = ..., .arena = ... }. */
struct list_walk {
	const struct list_places *places;
	struct arena *arena;
	const char **names; /* private from here on */
	size_t n, at;
	bool read;
};
/* 1, 0 at the end, -1. A directory that is not there has none. */
int list_next(struct list_walk *w, const char **name, struct fault *f);

/* Is there any? 1, 0, -1. Cheaper than the first of list_next(). */
int list_any(const struct list_places *p, struct fault *f);

/* texts/NAME: 1, 0 there is none, -1. `name` is one of ours: letters, digits and "-". */
int list_text(struct list *l, struct arena *a, const char *name, struct span *out, struct fault *f);

/* "friends@example.org"; with a word "friends+help@example.org". `word` may be what follows the delimiter in all. */
const char *list_address(const struct list *l, struct arena *a, const char *word);

/* What List-Id says, RFC 2919, without angle brackets: "friends.example.org". */
const char *list_id(const struct list *l, struct arena *a);

#endif
