/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_COMMAND_H
#define LIBMAIL_LIST_COMMAND_H

/*
 * command - what somebody asks of a list: a line of a message, its Subject, or a word in an address.
 *
 * The words are those of Majordomo (subscribe, who, which, end ...), Sympa and LISTSERV (SIGNOFF, REVIEW, SET, QUIET
 * ...) and Mailman (join, leave, confirm), case ignored; a word may be shortened to its first three letters or so, as
 * Sympa has it. Operands are separated by blanks; what they mean depends on which lists there are, and is not known
 * here. An address may stand in <> and behind "mailto:".
 *
 * In a message there is one a line. Empty lines and quoted ones (">") are passed over; "end", a line that begins with
 * "--" or "__", and the end of the text end it. Text is UTF-8; a no-break space is a blank.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/span.h"

enum {
	COMMAND_OPERANDS_MAX = 16, /* a line with more is no command */
	COMMAND_LINE_MAX = 998,	   /* octets; so is a longer one */
};

enum command_kind {
	COMMAND_SUBSCRIBE,   /* [LIST] [OPTION...] [ADDRESS] [NAME...] */
	COMMAND_UNSUBSCRIBE, /* [LIST|*] [ADDRESS] */
	COMMAND_CONFIRM,     /* [LIST] TOKEN-WHO: whatever the token is for */
	COMMAND_HELP,
	COMMAND_FAQ,  /* [LIST] */
	COMMAND_INFO, /* [LIST] */
	COMMAND_LISTS,
	COMMAND_WHO,	/* [LIST] */
	COMMAND_WHICH,	/* the lists that the sender is on */
	COMMAND_INDEX,	/* [LIST] [NUMBER[-NUMBER]] */
	COMMAND_GET,	/* [LIST] NUMBER[-NUMBER]... */
	COMMAND_LAST,	/* [LIST] */
	COMMAND_THREAD, /* [LIST] NUMBER */
	COMMAND_SET,	/* [LIST|*] OPTION... */
	COMMAND_ADD,	/* [LIST] ADDRESS, by an owner */
	COMMAND_DELETE, /* [LIST] ADDRESS, by an owner */
	COMMAND_END,
};

struct command {
	enum command_kind kind;
	const char *verb; /* the word that we use for it: "subscribe" */
	const char *word; /* the word in the table that was written, "accept" being one of COMMAND_CONFIRM */
	struct span operands[COMMAND_OPERANDS_MAX];
	size_t n;
	bool is_quiet; /* QUIET in front: no result is wanted */
	size_t line;   /* from 1; 0: it is not from a text */
};

/* One line: is it a command? `line` must stay. */
bool command_parse(struct span line, struct command *out);

/* Those of a text. Start with { .rest = text }. 1; 0 at the end; -1 a line that is none: out->line is its number. */
struct command_walk {
	struct span rest;
	size_t line;
};
int command_next(struct command_walk *w, struct command *out);

/* What an address asks: friends+WORD-REST@. "subscribe", "digest-al=example.net"; "get", "12-20". */
bool command_of_address(struct arena *a, const char *word, const char *rest, struct command *out);

/* An option of a member by its name, "digest", "nomail", "conceal": MEMBER_ flags to be set and to be cleared. */
bool command_option(struct span word, unsigned *set, unsigned *clear);

/* "12", "12-20", "12-": of posts. 0; -1: it is none, or the second is less than the first. */
int command_range(struct span word, uint32_t *from, uint32_t *to);

#endif
