/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_ADDRESS_H
#define LIBMAIL_MESSAGE_ADDRESS_H

/*
 * address - the addresses in header fields, and the parts of one address.
 *
 * RFC 5322 3.4 with its obsolete forms (4.4: source routes, blanks and comments anywhere,
 * empty list elements), RFC 6532 (UTF-8). Linear in the input whatever it is; comments nest to
 * ADDRESS_COMMENT_DEPTH. Where real senders are wrong the most useful reading
 * is taken: "root (Cron Daemon)" is the mailbox root, "a.b. <c@d>" has a display name, commas or
 * semicolons separate, "a..b@c" is the mailbox "a..b"@c. Where two readings would give two different mailboxes
 * (text behind the ">", a second "@" or "<", unbalanced parentheses or quotes) there is none.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

enum { ADDRESS_COMMENT_DEPTH = 100, ADDRESS_MAX = 1000 /* octets in one addr-spec; RFC 5321 4.5.3.1 allows 320 */ };

struct address {
	struct span text;    /* the mailbox as written, blanks trimmed; the caller's bytes */
	struct span display; /* display name as written (still quoted and encoded), may be empty */
	struct span comment; /* the last comment, without its parentheses: "Cron Daemon" */
	struct span route;   /* "@a,@b" of "<@a,@b:c@d>", as written; else empty */
	struct span spec;    /* addr-spec as written, from its first to its last byte */
	const char *mailbox; /* addr-spec without blanks, comments, source route and needless quotes; arena */
	struct span local;   /* of mailbox: "a b"@c keeps its quotes */
	struct span domain;  /* of mailbox: empty when unqualified */
	bool angle;	     /* was written in < > */
};

/*
 * The next address of a (folded or unfolded) list: 1; 0 at its end; -1 at an
 * element that is no address: out->text is that element, and the call may be
 * repeated for what follows it. The null address "<>" is an item with an empty mailbox.
 * The members of a group come one by one, its name and empty elements not at all. A mailbox holds no control
 * byte; whether it may go into an envelope is address_is_valid()'s question.
 */
int address_next(struct span *rest, struct arena *a, struct address *out);

/*
 * The same, and groups are told (RFC 5322 3.4): *kind is ADDRESS_GROUP where one begins, whose name is out->display,
 * and ADDRESS_GROUP_END behind its members. Each that begins ends; there are none within each other. Start with { .rest
 * = ... }.
 */
enum address_kind { ADDRESS_MAILBOX, ADDRESS_GROUP, ADDRESS_GROUP_END };
struct address_list {
	struct span rest;
	bool in_group, ends; /* private */
};
int address_list_next(struct address_list *l, struct arena *a, struct address *out, enum address_kind *kind);

/*
 * Append the display name as text: quotes and backslashes undone, encoded words decoded (words.h), also those within
 * quotes, as they are in the wild. Nothing where there is none.
 */
void address_put_display(struct buf *out, struct arena *a, const struct address *x);

/*
 * Split an envelope address at its last "@" outside quotes. domain is empty when there is none.
 * Pure cutting, no checks.
 */
void address_split(struct span mailbox, struct span *local, struct span *domain);

/*
 * Is it a mailbox that may go into an SMTP envelope (RFC 5321 4.1.2, RFC 6531 with utf8):
 * dot-string or quoted local part, domain or address literal, lengths within RFC 5321's
 * limits (local part 64 is not enforced: VERP is longer; ADDRESS_MAX is). A missing domain is allowed
 * when `unqualified`.
 */
bool address_is_valid(struct span mailbox, bool unqualified, bool utf8);

/* A display name as it is written (struct address) as what it says: without quotes, decoded to UTF-8. In the arena. */
const char *address_display(struct arena *a, struct span display);

/*
 * Put "Name <mailbox>", the name quoted or RFC 2047-encoded and folded as needed; without a name (NULL or
 * nothing but blanks) just the mailbox. Control bytes in the name become blanks; the mailbox must be a valid one.
 */
void address_put(struct buf *out, const char *display, const char *mailbox);

#endif
