/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SECTION_H
#define LIBMAIL_IMAP_SECTION_H

/*
 * section - a piece of a message as FETCH names it, "[1.2.HEADER.FIELDS (DATE)]<0.100>" (RFC 9051 6.4.5), and where it
 * stands.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "imap/parse.h"
#include "message/mime_tree.h"

enum {
	IMAP_SECTION_NAMES_MAX = 500, /* names of fields in one section */
	IMAP_SECTION_PART_MAX = 1000, /* octets in the number of a part */
};

enum imap_section_what {
	IMAP_SECTION_ALL,    /* the message, or a part's content */
	IMAP_SECTION_HEADER, /* of the message, or of the message within the part, as the next three */
	IMAP_SECTION_FIELDS,
	IMAP_SECTION_FIELDS_NOT,
	IMAP_SECTION_TEXT,
	IMAP_SECTION_MIME, /* of the part itself: its header */
};

struct imap_section {
	struct span part; /* "1.2"; "" for the message */
	enum imap_section_what what;
	const struct span *names;
	size_t n;
	bool is_partial;
	uint64_t from, octets; /* of a partial one; else 0 and UINT64_MAX */
};

/* From "[" on, with the "<from.octets>" behind it if there is one. */
int imap_section_parse(struct imap_parse *p, struct imap_section *out);
/* BINARY's: no more than the number of a part. BINARY.SIZE has no `partial`. */
int imap_section_parse_binary(struct imap_parse *p, bool partial, struct imap_section *out);

/* "[1.2.HEADER.FIELDS (DATE)]<0>", as the answer names it. */
void imap_section_put(struct buf *out, const struct imap_section *s);

/*
 * Between which places of the message it stands; false when there is no such part. Of FIELDS and FIELDS_NOT it is the
 * header that they are taken from.
 */
bool imap_section_find(const struct imap_section *s, struct mime_node *root, struct mime_place *from,
		       struct mime_place *to);

/* The fields of a header that it names, in the header's order, with CR LF, and the empty line. */
void imap_section_put_fields(struct buf *out, const struct imap_section *s, struct span header);

#endif
