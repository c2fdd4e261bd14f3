/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_MIGRATION_H
#define LIBMAIL_LIST_MIGRATION_H

/*
 * migration - what another list manager knows of a list: members, moderators, owners, parameters, texts.
 *
 *	mlmmj		the list's directory (control/, subscribers.d/, digesters.d/, nomailsubs.d/)
 *	mailman2	config.pck, or the directory that it is in; what "config_list -o" has written
 *	mailman3	JSON of its REST interface: a list's config, or its members
 *	majordomo	the list's file of members, and beside it .config, .info, .intro, .auto
 *	csv		a table with a line of names on top: email, name, digest ...
 *	text		addresses, a line each, as in a header or a members file: "list_members -f", "mailman members"
 *
 * Nothing of it is run, and nothing is written here. What there is no equivalent for is told, each by its name.
 */

#include "base/opt.h"
#include "list/member.h"
#include "list/pickle.h"

enum {
	MIGRATION_FILE_MAX = 32 << 20, /* octets of one file that is read */
	MIGRATION_TEXTS = 8,
};

struct migration_people {
	struct member *v; /* spans live in the arena */
	size_t n, room;
};

struct migration {
	struct arena *arena;
	void (*note)(void *ctx, const char *text); /* what has no equivalent, or was left out */
	void *ctx;
	/* the results */
	const char *address; /* NULL: it is not said */
	const char *description;
	struct migration_people members, moderators, owners;
	struct opt_list assignments; /* "name=value" of the config */
	struct opt_list posters;     /* lines of the file: "ADDRESS allow" */
	struct {
		const char *name;
		struct span text;
	} texts[MIGRATION_TEXTS];
	size_t ntexts;
};

/* `kind` is one of the words above; NULL: it is guessed. The results of several paths come together. */
int migration_read(struct migration *m, const char *kind, const char *path, struct fault *f);

/* ---- for the parts, one for each kind ---- */

void migration_note(struct migration *m, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A parameter; the value is text, in which "$" means nothing. A later one of the same name counts. */
void migration_set(struct migration *m, const char *name, struct span value);
/* texts/NAME. */
void migration_text(struct migration *m, const char *name, struct span text);
/* Copied; who is no address is noted. With an empty name there is none. */
void migration_person(struct migration *m, struct migration_people *to, struct span address, unsigned flags,
		      struct span name);
/* Whoever a line is about, as migration_person(); "#" begins a comment. */
void migration_line(struct migration *m, struct migration_people *to, struct span line, unsigned flags);
/* Read a line as migration_line() does: 1; 0 nobody; -1. Spans live in the line or the arena. */
int migration_person_parse(struct arena *a, struct span line, struct member *out, struct fault *f);
void migration_poster(struct migration *m, struct span address, const char *what);
/* A file that may be missing: 1, 0, -1. */
int migration_file(struct migration *m, const char *path, struct span *out, struct fault *f);

int migration_mlmmj(struct migration *m, const char *path, struct fault *f);
int migration_mailman2(struct migration *m, const char *path, struct fault *f);
int migration_mailman3(struct migration *m, const char *path, struct fault *f);
int migration_majordomo(struct migration *m, const char *path, struct fault *f);

#endif
