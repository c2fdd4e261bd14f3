/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_ROUTE_ENTRY_H
#define LIBMAIL_ROUTE_ENTRY_H

/*
 * entry - the elements of an alias's value, of a forward file, and of an :include: file.
 *
 *   user, user@domain, Name <user@domain>     an address (comments in parentheses are dropped)
 *   \user                                     the user's mailbox, without more expansion
 *   /file   /dir/                             an mbox, a Maildir
 *   |command   "|command, with anything"      fed to /bin/sh -c
 *   |"command, with anything"                 the same, as sendmail has it
 *   :include:/file                            more of these, one or several a line
 *
 * Elements are separated by commas; in forward and :include: files by line ends too. In double quotes a backslash takes
 * the next character as it is. "#" at the start of a line begins a comment. Unquoted commands may have blanks in them,
 * nothing else may.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum { ENTRY_MAX = 4096 /* octets of one path or command; of an address ADDRESS_MAX */ };

enum entry_kind { ENTRY_ADDRESS, ENTRY_USER, ENTRY_FILE, ENTRY_COMMAND, ENTRY_INCLUDE, ENTRY_KINDS };

struct entry {
	enum entry_kind kind;
	const char *text; /* without its mark: the address, user, path, command; arena */
	size_t line;
};

enum entries_form {
	ENTRIES_ALIAS, /* the value of an alias: a line end is a blank */
	ENTRIES_FILE,  /* a line end ends the element */
};

struct entries {
	struct span rest;
	enum entries_form form;
	const char *file; /* for faults */
	size_t line;	  /* of rest's first byte */
	bool line_start;
};

/* `line` is the number of the text's first line. */
void entries_init(struct entries *e, enum entries_form form, const char *file, size_t line, struct span text);

/*
 * The next element: 1; 0 at the end; -1 for one that is wrong: the fault (temporary, as somebody has to mend the file)
 * says "FILE:LINE: what", out->line is that line, and the call may be repeated for what follows.
 */
int entry_next(struct entries *e, struct arena *a, struct entry *out, struct fault *f);

#endif
