/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_OPT_H
#define LIBMAIL_BASE_OPT_H

/*
 * opt - command line options as a table.
 *
 * One table an applet yields parsing, --help, the shell completions and the
 * check of the man page. A row's name is the option as it is typed:
 *
 *   "-t"        one letter; letters may be clustered: -ti
 *   "-f" + arg  its argument is the rest of the word, or the next word
 *   "-oi"       a longer name behind one dash; the longest name that fits wins.
 *               It fits if nothing follows it in the word, if it takes an
 *               argument, or with OPT_ANY_REST, which ignores the rest: -oiem
 *   "--listen"  a long option: --listen X, --listen=X
 *
 * "--" ends the options. The first word that is no option ends them too,
 * unless the table is read with OPT_PERMUTE by opt_parse.
 *
 * Where the value goes is said by `at`, the offset of a member of the applet's
 * own options structure:
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"

enum opt_kind {
	OPT_BOOL,   /* bool: set to true */
	OPT_STRING, /* const char *: the last one given */
	OPT_LIST,   /* struct opt_list: every one given, in order */
	OPT_NUMBER, /* long: a decimal number in [0, LONG_MAX] */
	OPT_CALL,   /* calls `call`, for what the others cannot say */
	OPT_IGNORE, /* taken for compatibility, does nothing */
	OPT_REFUSE, /* a usage fault that gives `help` as the reason */
	OPT_STOP,   /* opt_parse returns 1 at once, with *first at this word: --help */
};

enum {
	/*
	 * The argument is only ever the rest of the same word, and may be missing: -q, -q30m. A string is then
	 * "", a call gets NULL, a number stays what it was.
	 */
	OPT_ATTACHED = 1,
	OPT_ANY_REST = 2, /* what follows in the word is ignored */
	OPT_HIDDEN = 4,	  /* not in --help; still in completions' dump and the man page check */
};

struct opt_list {
	const char **v;
	size_t n;
};

struct opt {
	const char *name;
	const char *arg; /* what the argument is called in --help, or NULL: takes none */
	const char *help;
	/* OPT_CALL: `options` is the applet's structure; value is NULL where none was given. */
	int (*call)(struct arena *a, void *options, const char *value, struct fault *f);
	unsigned at;
	enum opt_kind kind : 16;
	unsigned flags : 16;
};

/* The row that ends a table. */
#define OPT_END                                                                                                        \
	{                                                                                                              \
		.name = NULL                                                                                           \
	}

enum { OPT_PERMUTE = 1 };

/*
 * Read argv[1] .. argv[argc-1] into *options. *first becomes the index of the
 * first operand; with OPT_PERMUTE operands and options may be mixed, and argv
 * is rearranged so that the operands are last. Values point into argv.
 * Unknown options, missing arguments and bad numbers are usage faults that
 * name the option. Returns 0, 1 for OPT_STOP, or -1. Of two rows with the same
 * name the first counts.
 */
int opt_parse(struct arena *a, const struct opt *table, int argc, char **argv, unsigned how, void *options, int *first,
	      struct fault *f);

/* Append to a list; the vector lives in the arena. */
void opt_list_add(struct arena *a, struct opt_list *list, const char *value);

#endif
