/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_APPLET_H
#define APPLETS_APPLET_H

/*
 * applet - what main.c knows of an applet: its name, its words for --help, its
 * options, and the function that runs it.
 *
 * A file applets/NAME.c that ends with "const struct applet applet_NAME" is an
 * applet ("-" in a name is "_" in C). Nothing else needs to be touched: the
 * Makefile writes the table from the files.
 */

#include "base/opt.h"

/*
 * What main.c has done before run() is called: descriptors 0, 1 and 2 are
 * open; no signal is blocked; SIGPIPE and SIGXFSZ are ignored, so that a
 * reader who left and a size limit are errors of write(2) and not the end of a
 * delivery (whoever runs another program sets both back to default);
 * SIGCHLD and SIGALRM are default. What run() left in stdout is written afterwards,
 * and the exit code is EX_IOERR instead of EX_OK if that fails.
 */
struct applet {
	const char *name;
	const char *summary;  /* one line, no full stop */
	const char *synopsis; /* behind the name in the usage line */
	const struct opt *opts;
	/* Other names that run it, NULL-terminated; argv[0] tells which: { "rmail", NULL }. */
	const char *const *aliases;
	/* Words behind its name that are like applets themselves, NULL-terminated: their names are "listmgr add". */
	const struct applet *const *commands;
	/* The process's exit code. argv[0] is the name it was called by, without its directory. */
	int (*run)(int argc, char **argv);
};

/* All applets that are built in, in alphabetical order; NULL at the end. */
extern const struct applet *const applets[];

/* By name or alias; NULL if there is none. */
const struct applet *applet_find(const char *name);

/*
 * Run the applet that argv[0] names, or for "letterbox NAME ..." the one that
 * argv[1] names; its exit code. argc may be 0.
 */
int applet_run(int argc, char **argv);

/* "letterbox 0.1.0" */
const char *applet_version(void);

/*
 * The usual start of run(): options into *options, --help and --version
 * handled. 0: go on with operands from argv[*first]; 1: done, return EX_OK; -1: a usage error was
 * printed, return EX_USAGE.
 */
int applet_options(const struct applet *applet, struct arena *a, int argc, char **argv, unsigned how, void *options,
		   int *first);

/* The command of this word ("add"); NULL: it has none. */
const struct applet *applet_find_command(const struct applet *applet, const char *word);
/* "add", of "listmgr add". */
const char *applet_command_word(const struct applet *command);

/* Print "NAME: text" for a fault on standard error, escaped as in base/printable.h, and return its exit code. */
int applet_fail(const struct applet *applet, const struct fault *f);

/* --help on standard output. */
void applet_help(const struct applet *applet);
/* An option as people write it: "-f ADDR", "-q[TIME]", "--listen ADDR". The text lives in the arena. */
const char *applet_option_text(struct arena *a, const struct opt *o);

#endif
