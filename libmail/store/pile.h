/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_PILE_H
#define LIBMAIL_STORE_PILE_H

/*
 * pile - the messages that a name stands for, one after the other, to be read: a file that is one message, an mbox, a
 * Maildir (or a folder of one), standard input.
 *
 *	pile_open(&p, path, &f);
 *	while ((rc = pile_next(&p, &f)) > 0)
 *		while ((rc = pile_piece(&p, &piece, &f)) > 0)
 *			...
 *	pile_close(&p);
 *
 * What begins with "From " is an mbox (mboxread.h), also on standard input. Messages of a Maildir come in the order of
 * their names, which is about that of their arrival; those that disappear meanwhile are passed over. Files are
 * only ever read; a FIFO or device that is named is read like standard input.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/spill.h"
#include "store/mboxread.h"
#include "store/scan.h"

enum { PILE_PIECE = 128 << 10 /* octets that a piece has at most */ };

struct pile {
	const char *name; /* of the message at hand, for people: "Maildir/cur/1.M2P3", "mbox:2" */
	bool many;	  /* it may be more than one */

	/* Private. */
	enum pile_kind { PILE_FILE, PILE_MBOX, PILE_MAILDIR } kind;
	const char *path;
	int fd; /* of the file, or of the message */
	bool owned, regular, begun;
	bool held; /* the message at hand is in `spill` */
	size_t number;
	char *bytes;
	size_t nstart; /* octets that were read to see what it is */
	struct mboxread mbox;
	struct mboxread_message message;
	struct scan scan;
	struct pile_entry {
		const char *name;
		bool in_new;
	} * order;
	size_t norder;
	int cur, new;
	struct spill spill;
	struct arena arena, name_arena;
};

/* "-" is standard input. `path` must stay. A fault keeps errno. */
int pile_open(struct pile *p, const char *path, struct fault *f);
void pile_close(struct pile *p);

/* The next message: 1, 0, -1. */
int pile_next(struct pile *p, struct fault *f);
/* Its next piece, valid until the next call: 1, 0 at its end, -1. */
int pile_piece(struct pile *p, struct span *piece, struct fault *f);

/*
 * For what has to be read more than once, called before pile_piece(): *fd and *size are a file from whose first octet
 * on the message stands (pread(2)). A message that has no file of its own is put into one without a name.
 */
int pile_hold(struct pile *p, int *fd, uint64_t *size, struct fault *f);

#endif
