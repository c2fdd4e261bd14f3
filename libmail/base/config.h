/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_CONFIG_H
#define LIBMAIL_BASE_CONFIG_H

/*
 * config - typed parameters from "name = value" files.
 *
 * The syntax is Postfix's where they overlap: one parameter a line; a line
 * that starts with a blank continues the one before, the two joined by one space; empty lines
 * and those whose first visible character is "#" do not count, not even between a
 * line and its continuation; $name, ${name} and $(name) stand for another
 * parameter's value and $$ for one "$". The last of several assignments
 * counts. "include FILE" reads another file, relative to the directory of the
 * one it stands in.
 *
 * A table describes the parameters; values land in the caller's structure at
 * the offset that each row gives. Where each value came from is remembered,
 * for `letterbox config`. What is wrong with a file or a value is a permanent
 * fault of status 5.3.5 (EX_CONFIG) that says file, line and, for an unknown
 * name, the nearest known one. No value holds a control byte other than tab.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/fault.h"

enum config_type {
	CONFIG_STRING, /* const char * */
	CONFIG_BOOL,   /* bool: yes/no, true/false, on/off, 1/0 */
	CONFIG_NUMBER, /* long */
	CONFIG_SIZE,   /* long, bytes: 512, 10k, 20M, 1G */
	CONFIG_TIME,   /* long, seconds: 30, 30s, 5m, 1h, 5d, 1w */
	CONFIG_CHOICE, /* const char *: one of the words in `choices`, separated by "|" */
};

struct config_param {
	const char *name;
	const char *fallback; /* the default, in the file's syntax; may use $name */
	const char *choices;
	const char *help; /* one line, for `letterbox config -v` and the completions */
	unsigned at;
	enum config_type type;
	int min, max; /* of numbers, sizes and times; max 0: no limit */
};

struct config {
	const struct config_param *table;
	size_t n;
	struct arena *arena;
	unsigned files; /* how many were read */
	bool is_finished;
	struct config_value {
		const char *text;     /* as it was written, or the fallback */
		const char *expanded; /* after config_finish(): what the text says */
		const char *source;   /* a file, "-o", "default", or what config_suppose() said */
		unsigned line;	      /* of the file; 0: it is none */
		bool is_set;	      /* by a file or config_set() */
		bool busy;	      /* being expanded: to meet it again is a loop */
	} * values;		      /* parallel to table */
};

void config_init(struct config *c, struct arena *a, const struct config_param *table, size_t n);

enum {
	CONFIG_INCLUDE_DEPTH = 8,  /* files open at a time */
	CONFIG_FILES_MAX = 256,	   /* files read in all */
	CONFIG_FILE_MAX = 1 << 20, /* bytes in one file */
	CONFIG_VALUE_MAX = 1 << 16 /* bytes in one assignment, and in one value when it is expanded */
};

/* Read a file, which need not be a regular one (/dev/null, a pipe). `must` says whether a missing one is a fault. */
int config_read(struct config *c, const char *path, bool must, struct fault *f);

/* One "name=value", as from -o; `where` is kept for the report. */
int config_set(struct config *c, const char *assignment, const char *where, struct fault *f);

/*
 * Give a parameter that nobody has set the value found at run time (a host
 * name, say), so that $name in other defaults sees it. The value is taken as
 * it is: a "$" in it has no meaning.
 */
void config_suppose(struct config *c, const char *name, const char *value, const char *where);

/* Has a file or config_set() said something? */
bool config_is_set(const struct config *c, const char *name);

/* Expand, check and store every value into *target. Call once, after all reads. */
int config_finish(struct config *c, void *target, struct fault *f);

/*
 * The expanded text of one parameter, NULL if there is no such one. Before
 * config_finish() it is what it would be now, and the text as written if that
 * cannot be expanded.
 */
const char *config_text(struct config *c, const char *name);

/*
 * A fault of a value that was found later becomes one as those of config_finish() are: permanent, 5.3.5, and where its
 * text begins with a parameter's name ("relayhost: ..."), the place at which that was set stands in front.
 */
void config_blame(struct config *c, struct fault *f);

/* Where a value comes from: "/etc/letterbox.conf:12", "-o", "default". In the arena of the configuration. */
const char *config_where(const struct config *c, const struct config_value *v);

/* The nearest known name, or NULL if none is near. */
const char *config_nearest(const struct config *c, const char *name);

/* Time and size words, also for options: "5m" -> 300; "10k" -> 10240. What is wrong with them is a usage fault. */
int config_parse_time(const char *text, long *seconds, struct fault *f);
int config_parse_size(const char *text, long *bytes, struct fault *f);

#endif
