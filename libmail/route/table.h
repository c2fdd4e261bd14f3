/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_TABLE_H
#define LIBMAIL_ROUTE_TABLE_H

/*
 * table - a parameter that names look-up tables: canonical_maps, transport_maps and their like.
 *
 * Its value is a list, separated by commas and blanks, of
 *
 *	hash:/etc/letterbox/virtual    a text file; types that are made from one by postmap(1) are as none
 *	/etc/letterbox/virtual         the same
 *	static:VALUE                   has this value for every key
 *	example.org                    only with TABLE_WORDS: a key by itself
 *
 * The first source that has the key counts, and in a file the first line. The file's text is searched as it is, and
 * read again when it changed, see base/textmap.h. A file that is missing is a fault, not an empty table: mail that it
 * should have led elsewhere waits. One that somebody else than its owner may write is not used.
 *
 * Keys are found without regard to case. A parameter without sources costs no system call.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/textmap.h"

enum { TABLE_FILE_MAX = 64 << 20, TABLE_KEY_MAX = 1100 /* octets; longer keys are never found */ };

enum table_kind { TABLE_FILE, TABLE_STATIC, TABLE_WORD };

struct table_source {
	enum table_kind kind;
	const char *text;    /* the file's path, the value, the word */
	struct textmap *map; /* FILE */
	bool is_shared;	     /* the map is another table's, which is refreshed before */
};

/* Zeroed it is a valid one without sources. */
struct table {
	const char *name; /* the parameter's */
	struct table_source *v;
	size_t n;
};

/* What was found. The spans live until the next table_refresh(). */
struct table_entry {
	struct span key;
	struct span value;
	const char *file; /* NULL: static, or a word */
	size_t line;
};

enum { TABLE_WORDS = 1 };

/* Nothing is read yet. A usage fault names the parameter. The strings must outlive it. */
int table_open(struct arena *a, const char *name, const char *list, unsigned flags, struct table *out, struct fault *f);
void table_close(struct table *t);

/* Read what is new or changed. Faults are temporary and name the parameter. */
int table_refresh(struct table *t, struct fault *f);

/* Read files only once that both have: t uses those of `other`, which must be refreshed before and closed after it. */
void table_share(struct table *t, const struct table *other);

/*
 * A word of the list without the types whose tables postmap(1), postalias(1) and their like make from a text file;
 * "proxy:" may stand before one.
 */
struct span table_path(struct span word);

/*
 * Who but its owner may write a file like this: "everybody", "its group", or NULL. Whoever may can read the mail that
 * it leads elsewhere, and by an alias file run commands.
 */
const char *table_find_writer(const struct stat *st);

/* Is there anything to search? */
static inline bool table_is_set(const struct table *t)
{
	return t->n > 0;
}

bool table_find(struct table *t, struct span key, struct table_entry *out);

/*
 * By address, as Postfix does: user+extension@domain, user@domain, and with `bare` (the domain is one of this machine)
 * user+extension, user; then @domain. *extension is what the key that was found has not, delimiter included ("+lists");
 * empty for @domain, which says nothing about users. A quoted local part has no extension.
 */
struct table_search {
	const char *delimiters; /* recipient_delimiter */
	bool bare;
};
bool table_find_address(struct table *t, struct arena *a, const struct table_search *how, struct span address,
			struct table_entry *out, struct span *extension);

/*
 * By domain: "example.org", then its parents with a dot in front: ".org"; with `parents` also without the dot, as in
 * Postfix's relay_domains.
 */
bool table_find_domain(struct table *t, struct span domain, bool parents, struct table_entry *out);

/*
 * The address that a value makes of another: "@other.example" keeps the local part, all else takes its place, with the
 * extension added to its local part.
 */
const char *table_replace(struct arena *a, struct span value, struct span original, struct span extension);

/* "FILE:LINE: ", or "PARAMETER: " where there is no file; in the arena. */
const char *table_place(struct arena *a, const struct table *t, const struct table_entry *e);

#endif
