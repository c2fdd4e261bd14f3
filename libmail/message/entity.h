/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_ENTITY_H
#define LIBMAIL_MESSAGE_ENTITY_H

/*
 * entity - what the header of a message or of a part says about the content behind it: the Content- fields.
 *
 * RFC 2045, 2183 (disposition), 3282 (language), 2557 (location), 1864 (MD5). Every field counts where it stands
 * first. A line that can be no field is passed over, and what stands behind it still counts. Everything that
 * another program could read differently is named in `problems`.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/span.h"
#include "message/encoding.h"
#include "message/params.h"

enum {
	ENTITY_BOUNDARY_MAX = 200, /* octets; RFC 2046 5.1.1 allows 70 */
};

enum entity_kind {
	ENTITY_LEAF,
	ENTITY_MULTIPART, /* with a usable boundary */
	ENTITY_MESSAGE,	  /* message/rfc822 or message/global, not encoded */
};

/* The first 16 bits are for what entity_parse() finds, the others for mime.h. */
enum entity_problem {
	ENTITY_TYPE_TWICE = 1 << 0,	   /* two Content-Type fields */
	ENTITY_ENCODING_TWICE = 1 << 1,	   /* two Content-Transfer-Encoding fields */
	ENTITY_DISPOSITION_TWICE = 1 << 2, /* two Content-Disposition fields */
	ENTITY_TYPE_BAD = 1 << 3,	   /* Content-Type without type and subtype: taken for text/plain */
	ENTITY_PARAMS = 1 << 4,		   /* params.h has something to say about the parameters */
	ENTITY_BOUNDARY_NONE =
		1 << 5, /* a multipart without a boundary, or with one over ENTITY_BOUNDARY_MAX: a leaf */
	ENTITY_BOUNDARY_TWICE = 1 << 6, /* several: the first counts */
	ENTITY_BOUNDARY_LONG = 1 << 7,	/* over the 70 octets of RFC 2046 */
	ENTITY_ENCODED =
		1
		<< 8, /* a multipart that says it is encoded: it is looked into as if it were not; a message: a leaf */
	ENTITY_ENCODING_UNKNOWN = 1 << 9,
	ENTITY_BAD_LINE = 1 << 10,     /* a line in the header that is no field */
	ENTITY_NUL = 1 << 11,	       /* a NUL in a Content- field; a blank stands for it */
	ENTITY_NAMES_DIFFER = 1 << 12, /* filename= and name= are both there and not the same */
};

struct entity {
	enum entity_kind kind;
	enum encoding encoding; /* of a multipart: always an identity */
	bool digest;		/* multipart/digest: its parts are messages unless they say otherwise */
	bool typed;		/* there is a usable Content-Type field; else type and subtype are the default */
	unsigned problems;
	/* C strings in the arena, as written, unfolded; never NULL: */
	const char *type, *subtype;
	/* NULL where the field is not there: */
	const char *transfer_encoding;
	const char *disposition; /* the word: "attachment" */
	const char *id, *description, *language, *location, *md5;
	struct params params, disposition_params;
	struct span boundary; /* of a multipart */
};

/* `digest`: the entity is a part of a multipart/digest. Line ends are LF or CR LF. Everything is copied to the arena.
 */
void entity_parse(struct arena *a, struct span header, bool digest, struct entity *out);

/* Case ignored; subtype may be NULL for any. */
bool entity_is(const struct entity *e, const char *type, const char *subtype);

/* The name that the sender gave the file: disposition's filename, else the type's name. False when there is none. */
bool entity_filename(struct arena *a, const struct entity *e, struct params_value *out);

/* A sentence for people about one bit of `problems`, those of mime.h too; NULL for a bit that is none. */
const char *entity_problem(unsigned bit);

#endif
