/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_UNPACK_H
#define LIBMAIL_STORE_UNPACK_H

/*
 * unpack - the files in a message, as a stream: its parts, and what is in uuencode and TNEF (winmail.dat) in them.
 *
 * A message is fed in pieces of any size; each content begins, comes decoded, and ends. Memory does not grow with the
 * message: a TNEF stream, whose names stand behind the contents, is kept in a file without a name while it is read.
 * Everything that is decoded is passed on as it is, line ends too.
 *
 * A text with files in uuencode is one content, as it stands, and each of the files is one more. So is a
 * winmail.dat: first itself (`opened` says that all of what is in it follows), then what is in it. A message within a
 * message is offered as a whole, too, before what is in it; its octets come as they stand.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/spill.h"
#include "message/encoding.h"
#include "message/mime.h"
#include "message/tnef.h"
#include "message/uuencode.h"

enum unpack_kind { UNPACK_PART, UNPACK_MESSAGE, UNPACK_UUENCODE, UNPACK_TNEF };

/* Behind those of mime.h in `problems`. */
enum { UNPACK_TNEF_DAMAGED = 1 << 30 };

/* A content. Strings live until its end. */
struct unpack_item {
	enum unpack_kind kind;
	const struct mime_part *part; /* that it is, or is in */
	const char *section;	      /* of the part, "1.2" */
	const char *type;	      /* "image/png", in small letters; NULL: not known */
	const char *name;	      /* as the sender wrote it, UTF-8; NULL: none */
	const char *id;		      /* Content-ID; NULL */
	int64_t modified;	      /* seconds since 1970; 0: not known */
	uint64_t size;		      /* octets so far */
	uint64_t junk;		      /* at the end: octets that no encoder would have written */
	bool whole;		      /* at the end: false if a limit cut it off */
	bool opened;		      /* a TNEF stream that was understood */
	bool wanted;
	void *user; /* for the caller */
};

struct unpack_events {
	/* Is the content wanted? 1, 0, or -1. */
	int (*begin)(void *context, struct unpack_item *item, struct fault *f);
	int (*data)(void *context, struct unpack_item *item, struct span bytes, struct fault *f);
	/* Of what was wanted. */
	int (*end)(void *context, struct unpack_item *item, struct fault *f);
};

struct unpack_rules {
	struct mime_limits mime;
	uint64_t decoded; /* octets of all contents that are wanted together; 0: no limit */
	bool as_is;	  /* do not look into uuencode and TNEF */
	const struct unpack_events *events;
	void *context;
};

struct unpack {
	const struct unpack_rules *rules;
	unsigned problems; /* behind unpack_end(): of all parts, entity.h and mime.h, and UNPACK_TNEF_DAMAGED */
	bool exceeded;	   /* rules->decoded was not enough: the rest is left out */

	/* Private. */
	struct fault fault;
	bool failed;
	uint64_t decoded;
	struct mime mime;
	struct encoding_decode decode;
	struct uuencode uuencode;
	struct buf out;
	struct arena part_arena, message_arena;
	struct unpack_item item, file, message;
	unsigned problems_found;
	bool in_file, in_message, scans_text;
	struct spill spill; /* a TNEF stream */
	bool spills;
};

void unpack_init(struct unpack *u, const struct unpack_rules *rules);
/* The next message. */
void unpack_restart(struct unpack *u);
/* 0, or -1: a fault of the caller's functions, or no space for a file without a name. Nothing is to be fed behind it.
 */
int unpack_feed(struct unpack *u, struct span piece, struct fault *f);
int unpack_end(struct unpack *u, struct fault *f);
void unpack_clear(struct unpack *u);

/* A TNEF stream by itself, without a message around it: what is in it. */
int unpack_tnef(struct unpack *u, struct spill *stream, struct fault *f);

#endif
