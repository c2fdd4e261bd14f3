/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_TEXTS_H
#define LIBMAIL_LIST_TEXTS_H

/*
 * texts - what a list writes to people: wordings with variables in them, in several languages.
 *
 *	Subject: Welcome to $list
 *
 *	You are on the list $list_address now.
 *
 *	To leave it, write to $unsubscribe.
 *	Its archive: $archive_url
 *
 * A wording is the list's own file texts/NAME, else the built-in one in the list's language (texts_words.c has them
 * all). It may begin with a line "Subject:" and an empty line; one without has the built-in subject.
 *
 * $name and ${name} stand for a variable, $$ for "$". What is no variable stays as it is. A line in which a variable is
 * empty is left out, so that a list without an archive does not speak of one; several empty lines become one.
 * Lines end with LF, and so does the result.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

struct list;

enum {
	TEXTS_VARS_MAX = 40,	   /* variables of one wording */
	TEXTS_NAME_MAX = 32,	   /* octets in the name of one */
	TEXTS_LINE_MAX = 1000,	   /* octets of a built-in wording of one line */
	TEXTS_RESULT_MAX = 1 << 20 /* octets of what comes out of texts_compose() */
};

struct texts_vars {
	struct texts_var {
		const char *name;
		struct span value;
		bool is_block; /* lines of ours */
	} v[TEXTS_VARS_MAX];
	size_t n;
};

/* Both are borrowed. A value that is one of several lines, or has what is not printable, is written out: printable.h.
 */
void texts_set(struct texts_vars *v, const char *name, const char *value);
/* Lines that we have made: they stand as they are, alone on a line of the wording. */
void texts_set_block(struct texts_vars *v, const char *name, struct span lines);
/* What every wording has: list, list_address, description, owner, request, subscribe, unsubscribe, help, archive_url.
 */
void texts_set_list(struct texts_vars *v, struct arena *a, const struct list *l);

/* The built-in wording; `language` is "de", "fr_CH" or the like, English for one that there is none in. {NULL, 0}: no
 * such name. */
struct span texts_default(const char *language, const char *name);

/* Their names in order, for `listmgr check`: false behind the last. */
bool texts_name(size_t i, const char **name);

/* A wording in two: its subject (empty where it has none) and what follows. */
void texts_split(struct span text, struct span *subject, struct span *body);

/* Put the variables in. Linear. */
void texts_put(struct buf *out, struct span text, const struct texts_vars *v);

/*
 * The wording `name` for this list (NULL: the site), variables put in: a subject of one line and a body, both in the
 * arena. -1: the file cannot be read, or what comes out has more than TEXTS_RESULT_MAX octets.
 */
int texts_compose(struct list *l, struct arena *a, const char *name, const struct texts_vars *v, const char **subject,
		  struct span *body, struct fault *f);

/* A wording of one line without a subject, in a language; for the lines of an answer. */
const char *texts_line(struct arena *a, const char *language, const char *name, const struct texts_vars *v);

/* texts_words.c */
enum { TEXTS_LANGUAGES = 3 };
struct texts_words {
	const char *name;
	const char *text[TEXTS_LANGUAGES]; /* as texts_languages */
};
extern const char texts_languages[TEXTS_LANGUAGES][3];
extern const struct texts_words texts_words[];
extern const size_t texts_words_n;

#endif
