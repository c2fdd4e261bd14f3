/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_PARSE_H
#define LIBMAIL_IMAP_PARSE_H

/*
 * parse - the words of an IMAP command, RFC 9051 9: a cursor over its bytes, literals and all
 * ("LOGIN {3+}\r\nbob pw", without the tag, and without the line end behind it).
 *
 * Each function reads one thing at the cursor and moves behind it: 0; or -1, and p->wrong says what was expected (for a
 * BAD, see imap/cmd.h), and the cursor stays. Spans point into the command, or into the arena where quoting had to be
 * undone; both last until the command is answered. Nothing here is recursive, all is linear.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "imap/seqset.h"
#include "message/date.h"
#include "store/msgname.h"

enum {
	IMAP_KEYWORDS_MAX = 100,       /* keywords in one list of flags */
	IMAP_PARSE_MAILBOX_MAX = 8000, /* octets in the name of a mailbox, as it is sent */
};

struct imap_parse {
	const char *p, *end;
	struct arena *arena;
	bool utf8;	   /* UTF8=ACCEPT or IMAP4rev2 is enabled: strings and names of mailboxes are UTF-8 */
	const char *wrong; /* NULL as long as nothing was */
	bool cannot;	   /* what is wrong is no matter of syntax: NO [CANNOT] */
};

void imap_parse_init(struct imap_parse *p, struct arena *a, struct span text, bool utf8);
/* Fail with this text: -1. */
int imap_parse_fail(struct imap_parse *p, const char *wrong);

/* ---- marks ---- */

/* One blank. Some clients send two: they are taken. */
int imap_parse_sp(struct imap_parse *p);
/* The end of the command. Blanks in front of it are taken. */
int imap_parse_end(struct imap_parse *p);
int imap_parse_char(struct imap_parse *p, char c);
static inline int imap_parse_open(struct imap_parse *p)
{
	return imap_parse_char(p, '(');
}
static inline int imap_parse_close(struct imap_parse *p)
{
	return imap_parse_char(p, ')');
}

/* Is this next? Nothing is read, nothing goes wrong. */
bool imap_parse_is(const struct imap_parse *p, char c);
bool imap_parse_is_end(const struct imap_parse *p);
/* Is it a word (an atom, case ignored) that is followed by a blank, a bracket of any kind or the end? */
bool imap_parse_is_word(const struct imap_parse *p, const char *word);
/* Is it the announcement of a literal whose bytes are not here yet, and all that remains? See imap_stream in cmd.h. */
bool imap_parse_is_announced(const struct imap_parse *p);
/* The same two, and if so it is read. */
bool imap_parse_take(struct imap_parse *p, char c);
bool imap_parse_take_word(struct imap_parse *p, const char *word);

/* ---- words ---- */

int imap_parse_atom(struct imap_parse *p, struct span *out);
/*
 * string: quoted or literal; astring: or an atom, in which "]" is allowed; nstring: or NIL, which gives .p == NULL.
 * None has a NUL. With utf8 a quoted one is valid UTF-8; without it 8-bit characters are taken as they are, as clients
 * send them all the same. literal8 may come as "~{n}" and may then have NULs.
 */
int imap_parse_string(struct imap_parse *p, struct span *out);
int imap_parse_nstring(struct imap_parse *p, struct span *out);
int imap_parse_astring(struct imap_parse *p, struct span *out);
int imap_parse_literal8(struct imap_parse *p, struct span *out);
/* nstring, or a literal8: METADATA's values. */
int imap_parse_nstring8(struct imap_parse *p, struct span *out);

int imap_parse_number(struct imap_parse *p, uint32_t *out);
int imap_parse_nz_number(struct imap_parse *p, uint32_t *out);
/* RFC 9051's number64: below 2^63. */
int imap_parse_number64(struct imap_parse *p, uint64_t *out);

/* Not resolved; see imap_parse_messages() in cmd.h for sets that name messages. "$" is one. */
int imap_parse_seqset(struct imap_parse *p, struct seqset *out);

/* ---- what words mean ---- */

/*
 * The name of a mailbox: UTF-8, with "/" between levels, INBOX in upper case; modified UTF-7 was undone, strictly,
 * unless utf8. A name that cannot be one (folders_check_name()) is wrong, with `cannot` set. "INBOX.a.b", as clients
 * say that were set up for another server, is a/b.
 */
int imap_parse_mailbox(struct imap_parse *p, const char **out);
/* The same, but "/" may be its end: a client says of a name that it will make others below it (RFC 9051 6.3.4). */
int imap_parse_new_mailbox(struct imap_parse *p, const char **out);
/* The same without checks, as what there is not is passed over: "", names that cannot be, and such as are no UTF-7. */
int imap_parse_any_mailbox(struct imap_parse *p, const char **out);
/* A pattern of LIST: without checks; what is no modified UTF-7 stays as it is, and matches nothing. */
int imap_parse_list_mailbox(struct imap_parse *p, const char **out);

/* "(\Seen kw)", or the same without brackets to the end of the command. \Recent is allowed, and forgotten. */
struct imap_flags {
	uint32_t bits;		     /* MSGNAME_SEEN and so on */
	const struct span *keywords; /* valid ones: keywords_is_valid() */
	size_t n;
};
int imap_parse_flags(struct imap_parse *p, struct imap_flags *out);

/* 1-Feb-1994, quoted or not: days since 1970-01-01. */
int imap_parse_date(struct imap_parse *p, int64_t *days);
/* "17-Jul-1996 02:44:25 -0700" */
int imap_parse_date_time(struct imap_parse *p, struct date *out);

#endif
