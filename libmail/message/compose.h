/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_COMPOSE_H
#define LIBMAIL_MESSAGE_COMPOSE_H

/*
 * compose - write a message: any tree of parts, contents of any size, as a stream with LF lines.
 *
 *	struct compose_part text = { .type = "text/plain", .source = compose_bytes(&body) };
 *	struct compose_part file = { .type = "image/png", .filename = "plan.png", .disposition = "attachment", .source =
 *... }; struct compose_part root = { .type = "multipart/mixed", .children = &text, .fields = fields, .nfields = 3 };
 *	text.next = &file;
 *	compose_put(&arena, &root, &rules, sink, context, &result, &fault);
 *
 * Text and messages are read twice where their source can be (`rewind`): first to see what they are like, then to write
 * them. So each gets the smallest encoding that is safe (encoding.h), a message/rfc822 one that is allowed, and
 * boundaries that stand in no part. A source that can be read only once is held up to COMPOSE_HELD octets; what is
 *longer is quoted-printable, and boundaries are then random. What is neither text nor message is base64, and read once.
 *
 * The same parts, rules and seed give the same bytes. No value gets a line end or a NUL into the message: such a value
 * is a fault that names the field. Memory does not grow with the contents.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "message/encoding.h"

enum {
	COMPOSE_DEPTH_MAX = 90,	     /* parts within each other: less than mime.h reads */
	COMPOSE_FIELD_MAX = 1 << 20, /* octets in a header field as written */
	COMPOSE_PIECE = 57 << 10,    /* octets that a source is asked for at once: whole lines of base64 */
	COMPOSE_HELD = 256 << 10,    /* octets of a source that cannot be rewound */
	COMPOSE_MARKS_MAX =
		1 << 14,       /* lines that look like our boundaries in messages within; beyond that: random ones */
	COMPOSE_BOUNDARY = 26, /* octets: "=_" and 24 others */
};

/* Where the content of a leaf comes from. */
struct compose_source {
	/* Up to n octets to *to; *got 0 at the end. */
	int (*read)(void *context, char *to, size_t n, size_t *got, struct fault *f);
	/* To the start; NULL: it can be read only once. */
	int (*rewind)(void *context, struct fault *f);
	void *context;
};

/* Bytes in memory; *bytes must stay. Private to it: `at`. */
struct compose_bytes {
	struct span bytes;
	size_t at;
};
struct compose_source compose_bytes(struct compose_bytes *b);

enum compose_kind {
	COMPOSE_TEXT,	   /* unstructured: UTF-8, becomes encoded words where needed */
	COMPOSE_ADDRESSES, /* a list; display names are encoded where needed. An element that is no address is a fault.
			    */
	COMPOSE_PLAIN, /* structured (Date, Message-ID, References): ASCII, folded at blanks. Anything else is a fault.
			*/
};

struct compose_field {
	const char *name;
	const char *value;
	enum compose_kind kind;
};

/* What kind a field of that name has, for those who have only names: To and the like, Date and the like, all else text.
 */
enum compose_kind compose_kind_of(const char *name);

struct compose_param {
	const char *name, *value;
};

struct compose_part {
	const char *type;		    /* "text/plain", "multipart/mixed"; NULL: text/plain */
	const struct compose_param *params; /* of it, but no boundary */
	size_t nparams;
	const char *disposition;	    /* "attachment", "inline"; NULL: no such field */
	const char *filename;		    /* NULL: none; with it and no disposition: attachment */
	const char *id;			    /* "<a@b>" */
	const char *description;	    /* UTF-8 */
	const struct compose_field *fields; /* in front of the others, in this order */
	size_t nfields;
	struct compose_part *children; /* of a multipart */
	struct compose_part *next;     /* the multipart's next */
	struct compose_source source;  /* of what is none */
	enum encoding encoding;	       /* with `encoded`: wanted; a fault if it is not safe */
	bool encoded;		       /* else the smallest is chosen */
	bool text;		       /* lines: set for text/ types without being asked */
	/*
	 * The source is a whole entity: Content- fields, an empty line, content, LF lines. It is written as it is; of
	 * the other members none counts.
	 */
	bool raw;

	/* Private. */
	enum encoding chosen;
	char boundary[COMPOSE_BOUNDARY + 1];
	char *held;
	size_t nheld, at;
	bool is_multipart, is_message, is_ascii, is_utf8, more, known;
};

struct compose_rules {
	const char *seed;  /* boundaries are made of it; NULL: they are random */
	bool allow_8bit;   /* text may stay 8bit: BODY=8BITMIME */
	bool message_8bit; /* a message within may, which cannot be encoded */
	bool utf8;	   /* header fields in UTF-8 as they are: SMTPUTF8, RFC 6532 */
	bool name_7bit;	   /* Content-Transfer-Encoding also where it says no more than its absence: 7bit */
	bool no_version;   /* the root is going to be a part: no MIME-Version */
};

struct compose_result {
	bool has_8bit;	      /* 8-bit content: it needs 8BITMIME */
	bool has_8bit_header; /* needs SMTPUTF8 */
	uint64_t octets;      /* written, with LF lines */
	/* One more boundary that stands in no part, known when the sink gets its first piece: for smime.h. */
	char boundary[COMPOSE_BOUNDARY + 1];
};

/*
 * Write the message. `sink` is given pieces in order and may fail. MIME-Version is added to the root's header if it is
 * not among its fields; nothing else is (see repair.h for Date and the like). 0, or -1: the source's or the sink's
 * fault, or a FAULT_USAGE one about what cannot be written.
 */
int compose_put(struct arena *a, struct compose_part *root, const struct compose_rules *rules,
		int (*sink)(void *context, struct span piece, struct fault *f), void *context,
		struct compose_result *result, struct fault *f);

/* One field with its name and line end, as compose_put() writes it. */
int compose_put_field(struct arena *a, struct buf *out, const struct compose_field *field, bool utf8, struct fault *f);

#endif
