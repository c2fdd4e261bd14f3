/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_PART_H
#define LIBMAIL_MESSAGE_PART_H

/*
 * part - the MIME structure of a message, streaming: RFC 2045, 2046.
 *
 * A walk is fed the body of a message, LF lines in pieces of any size, and calls back with
 * the headers and the contents of its leaves. Every byte comes back
 * exactly once and in order: who puts all that he gets has the message again.
 * Memory is bounded by the limits below whatever the input is, and time is linear.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	PART_DEPTH_MAX = 50,	  /* multiparts and messages within each other */
	PART_BOUNDARY_MAX = 200,  /* octets; RFC 2046 5.1.1 allows 70 */
	PART_HEADER_MAX = 1 << 16 /* octets in the header of a part */
};

enum part_type { PART_LEAF, PART_MULTIPART, PART_MESSAGE };
enum part_encoding { PART_IDENTITY /* 7bit, 8bit, binary, none */, PART_QP, PART_BASE64, PART_OTHER };

/* What a header says about the content behind it. The first of several fields of one name counts. */
struct part {
	enum part_type type; /* multipart: with a usable boundary; message: message/rfc822 and message/global */
	enum part_encoding encoding;
	bool digest;  /* multipart/digest: its parts are messages unless they say otherwise */
	bool message; /* set by the walk: the header is that of a message within this one, not of a body part */
	size_t boundary_length;
	char boundary[PART_BOUNDARY_MAX];
};

/* `digest`: the part stands in a multipart/digest. */
void part_parse(struct span header, bool digest, struct part *out);

struct part_events {
	/*
	 * The header of a part with its empty line (which it lacks where a boundary or the end breaks it off). `leaf`
	 * is the number of the leaf that follows, if one does. Not called for the message's own header.
	 */
	void (*header)(void *context, struct span header, const struct part *part, size_t leaf);
	/* A piece of the leaf's content as it is encoded, its lines with their ends. */
	void (*content)(void *context, struct span piece, size_t leaf);
	/* The leaf is over; called for every leaf, also an empty one. */
	void (*leaf_end)(void *context, size_t leaf);
	/* Boundaries, and the text before the first and behind the last. */
	void (*between)(void *context, struct span piece);
};

struct part_walk {
	const struct part_events *events;
	void *context;
	struct part_level {
		size_t n; /* 0: a message, which has no boundary of its own */
		bool digest;
		char boundary[PART_BOUNDARY_MAX];
	} levels[PART_DEPTH_MAX];
	size_t depth;
	size_t leaf;	   /* number of the current or next one, from 0 */
	int place;	   /* in what */
	bool in_line;	   /* the line at hand has been judged, or its beginning passed on */
	bool too_long;	   /* a part's header was longer than PART_HEADER_MAX: it and its part came as one leaf */
	struct buf line;   /* the beginning of a line that may be a boundary */
	struct buf header; /* of a part, as far as it has come */
	struct part part;  /* the current leaf's */
};

/* `part` is what part_parse() said of the message's own header. */
void part_walk_init(struct part_walk *w, const struct part *part, const struct part_events *events, void *context);
void part_walk_feed(struct part_walk *w, struct span piece);
void part_walk_end(struct part_walk *w);
void part_walk_clear(struct part_walk *w);

#endif
