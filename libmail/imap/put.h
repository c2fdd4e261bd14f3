/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_PUT_H
#define LIBMAIL_IMAP_PUT_H

/*
 * put - the words of an IMAP response, RFC 9051 9. Whatever the bytes are, what is put is one word: no line end, quote
 * or bracket gets out that could be taken for the server's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "imap/seqset.h"
#include "store/keywords.h"

enum {
	IMAP_QUOTED_MAX = 1000, /* octets in a quoted string; what is longer is a literal */
};

/*
 * Quoted; or, where it cannot be (NUL left out, see below), as a literal: CR, LF, 8-bit characters unless utf8 and they
 * are valid UTF-8, or more than IMAP_QUOTED_MAX octets. A NUL, which neither can have, becomes 0x80 as RFC 9051 6.4.5
 * would have it for clients without BINARY.
 */
void imap_put_string(struct buf *out, struct span text, bool utf8);
/* .p == NULL: NIL. */
void imap_put_nstring(struct buf *out, struct span text, bool utf8);
/* As an atom where it is one (and not NIL), else as a string. */
void imap_put_astring(struct buf *out, struct span text, bool utf8);
/* "{n}" and the line end; the n octets are the caller's. */
void imap_put_literal(struct buf *out, uint64_t octets);

/* The name of a mailbox, as a string: UTF-8 if utf8, else in modified UTF-7; one that is not UTF-8 as it is. */
void imap_put_mailbox(struct buf *out, const char *name, bool utf8);

/* "(\Seen kw)": of MSGNAME_... bits; keywords that have no name are left out. */
void imap_put_flags(struct buf *out, uint32_t flags, const struct keywords *keywords, bool is_recent);

/* "17-Jul-1996 02:44:25 -0700", quoted, in the zone of this process. */
void imap_put_date_time(struct buf *out, int64_t when);

/* "4:6,9": of ascending UIDs, of a set that is in order. Nothing for an empty one. */
void imap_put_uids(struct buf *out, const uint32_t *uid, size_t n);
void imap_put_seqset(struct buf *out, const struct seqset *s);

#endif
