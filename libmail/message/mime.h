/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_MIME_H
#define LIBMAIL_MESSAGE_MIME_H

/*
 * mime - the structure of a message, streaming: RFC 5322, 2045, 2046.
 *
 * A parser is fed a message in pieces of any size, with LF or CR LF lines or both, and calls back: a part begins
 * (its header has been read), pieces of its content, it ends. The events do not depend on how the pieces were
 * cut. Every byte comes back exactly once and in order, in `begin`, `header_rest`, `content` or `between`: who puts
 * all that he gets has the message again. See mime_tree.h for the same as a tree.
 *
 *	struct mime m;
 *
 *	mime_init(&m, NULL, NULL, &events, context);
 *	while (...)
 *		mime_feed(&m, piece);
 *	mime_end(&m);
 *	mime_clear(&m);
 *
 * Where real mail is wrong: see VIOLATIONS.md in this folder. In short: a boundary is a line that is the whole boundary
 * with nothing but blanks behind it, of any multipart that is open, the innermost first; it closes what was left open
 *inside. The line end in front of a boundary belongs to it. Only an empty line ends a header, or a boundary, or the
 *end.
 *
 * Time is linear in the input and memory bounded by the limits whatever comes. What is beyond a limit is an opaque
 * leaf, and its `problems` say so:
 *   MIME_DEPTH        a multipart or message that is nested too deeply is a leaf;
 *   MIME_PARTS        the part over the limit is a leaf that goes to the end of the message, whatever is in it;
 *   MIME_HEADER_LONG  so is a part whose header is too long, or for which no octets are left of those for all headers,
 *to its boundary. `header` is then the front of it, whole lines, and `header_rest` brings the rest.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/entity.h"

enum {
	MIME_DEPTH_MAX = 100,	     /* multiparts and messages within each other */
	MIME_PARTS_MAX = 10000,	     /* parts in a message, multiparts too */
	MIME_HEADER_MAX = 256 << 10, /* octets in the header of a part */
	MIME_HEADERS_MAX = 4 << 20,  /* octets in the headers of all parts */
};

/* Behind the bits of enum entity_problem, in the same word. */
enum mime_problem {
	MIME_HEADER_CUT =
		1 << 16, /* a boundary or the end of the message breaks off the header: there is no empty line */
	MIME_UNCLOSED = 1 << 17, /* a multipart without its closing boundary */
	MIME_EMPTY = 1 << 18,	 /* a multipart without a part */
	MIME_DEPTH = 1 << 19,
	MIME_PARTS = 1 << 20,
	MIME_HEADER_LONG = 1 << 21,
	MIME_OPAQUE =
		MIME_DEPTH | MIME_PARTS | MIME_HEADER_LONG, /* any: beyond a limit, so what is in it is not known */
};

/* Smaller or larger than usual; zero stands for the constants above. No more than MIME_DEPTH_MAX deep. */
struct mime_limits {
	size_t depth, parts, header, headers;
};

/* A place in the message. The difference of two says how large what lies between is, and how many lines it has. */
struct mime_place {
	uint64_t at;	/* octets in front of it, as they were fed */
	uint64_t lines; /* LFs in front of it */
	uint64_t bare;	/* those of them that no CR precedes: in a file with LF lines all */
};

/* Octets from one place to another as they are in the file, and as they would be with CR LF lines. */
static inline uint64_t mime_octets(struct mime_place from, struct mime_place to)
{
	return to.at - from.at;
}

static inline uint64_t mime_octets_crlf(struct mime_place from, struct mime_place to)
{
	return to.at - from.at + (to.bare - from.bare);
}

struct mime_part {
	const struct mime_part *parent; /* NULL: the message itself */
	size_t number;			/* of all parts in the order of their beginning, from 0 */
	size_t index;			/* among the parts of its parent, from 0 */
	size_t depth;			/* how many parents it has */
	struct mime_place header;	/* where its header begins */
	struct mime_place body;		/* behind the empty line that ends the header */
	struct mime_place end;		/* behind its content; known when it ends */
	struct entity entity;
	unsigned problems; /* entity.problems, and bits of enum mime_problem: all that are known by then */
};

/* Any may be NULL. Parts are valid to their end, entity's strings with them (or as long as the arena). */
struct mime_events {
	/*
	 * A part begins. `header` is all of it with its empty line (which it lacks with MIME_HEADER_CUT), valid during
	 * the call. Of a multipart or message its parts begin and end next; only leaves have content.
	 */
	void (*begin)(void *context, const struct mime_part *part, struct span header);
	/* With MIME_HEADER_LONG: what of the header did not fit, with its empty line. `body` is known behind it. */
	void (*header_rest)(void *context, const struct mime_part *part, struct span piece);
	/* A piece of a leaf's content as it is encoded (encoding.h decodes it). */
	void (*content)(void *context, const struct mime_part *part, struct span piece);
	void (*end)(void *context, const struct mime_part *part);
	/* Boundaries with the line ends around them, and the text before the first and behind the last. */
	void (*between)(void *context, struct span piece);
};

enum {
	MIME_HELD_MAX =
		500, /* octets of a line that may be a boundary, with its end: blanks behind one come to an end */
};

/* All of it is private. What it allocates it keeps: better one for many messages, with mime_restart(). */
struct mime {
	const struct mime_events *events;
	void *context;
	struct mime_limits limits;
	struct arena *arena; /* of the entities; NULL: one for each level, reused */
	size_t nlevels;	     /* that have been allocated: few messages are deep */
	size_t depth;	     /* of the part at hand: levels[depth] */
	size_t parts;
	size_t headers; /* octets that are left for them */
	size_t armed;	/* multiparts that are open and not closed: whose boundary may come */
	int state;
	bool fresh; /* a line begins here, and what ended the last is not held */
	char last;  /* the last octet that was counted, for CRs */
	unsigned problems;
	size_t line_length, line_at; /* of a header: octets of the line at hand, and where it begins in `header` */
	struct mime_place place;     /* behind what was passed on */
	struct buf held;	     /* a line end, and the beginning of a line that may be a boundary */
	struct buf header;
	struct mime_level {
		struct mime_part part;
		struct arena arena;
		uint32_t hash; /* of the boundary */
		size_t children;
		bool closed; /* its closing boundary has been seen */
	} * levels[MIME_DEPTH_MAX + 1];
};

/* `limits` may be NULL. `arena` NULL: what a part says about itself is valid until its end, else as long as the arena.
 */
void mime_init(struct mime *m, const struct mime_limits *limits, struct arena *arena, const struct mime_events *events,
	       void *context);
/* The next message, with the same limits and events. */
void mime_restart(struct mime *m);
void mime_feed(struct mime *m, struct span piece);
/* The message is over: ends whatever is open. Then mime_problems() is that of all parts together. */
void mime_end(struct mime *m);
void mime_clear(struct mime *m);

/*
 * The number of a part in IMAP's counting (RFC 9051 6.4.5.1): "1", "2.1.3". The message itself, and one that is a
 * multipart within a message/rfc822, have that of what they are in: of the whole message it is empty.
 */
void mime_put_section(struct buf *out, const struct mime_part *part);

static inline unsigned mime_problems(const struct mime *m)
{
	return m->problems;
}

#endif
