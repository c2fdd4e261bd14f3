/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_TNEF_H
#define LIBMAIL_MESSAGE_TNEF_H

/*
 * tnef - what is in a winmail.dat: the attachments and bodies of a message that Outlook has packed up, [MS-OXTNEF],
 * application/ms-tnef.
 *
 * The name of an attachment stands behind its content, so a stream is read twice: tnef_parse() finds what there is,
 * with names, times and places; the caller then takes the octets from where they are. Nothing is kept but names: memory
 * does not depend on contents. What is damaged or cut off is read as far as it goes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"

enum {
	TNEF_ITEMS_MAX = 1000, /* attachments and bodies; those behind are not reported, `problems` says so */
	TNEF_TEXT_MAX = 4096,  /* octets of a name or a type; a longer one is taken for none */
	TNEF_WINDOW = 4096,    /* octets that are read at once */
};

enum tnef_kind {
	TNEF_FILE,
	TNEF_OBJECT,	/* an OLE document */
	TNEF_MESSAGE,	/* a message within, itself a TNEF stream */
	TNEF_BODY_TEXT, /* in `codepage` */
	TNEF_BODY_HTML,
	TNEF_BODY_RTF, /* compressed: tnef_rtf */
};

enum tnef_problem {
	TNEF_CUT = 1 << 0,	/* it ends in the middle of something */
	TNEF_CHECKSUM = 1 << 1, /* an attribute has not the sum that it should have */
	TNEF_MANY = 1 << 2,	/* more than TNEF_ITEMS_MAX */
	TNEF_PROPERTY = 1 << 3, /* a list of properties cannot be read to its end */
};

/* Strings are the arena's, UTF-8, NULL where there is none. */
struct tnef_item {
	enum tnef_kind kind;
	const char *name, *type, *id; /* of a file: as it is given, its Content-Type, its Content-ID */
	int64_t modified;	      /* seconds since 1970, 0: not known */
	uint64_t at, size;	      /* its octets in the stream */
};

struct tnef {
	struct tnef_item *items;
	size_t n;
	unsigned codepage; /* of 8-bit texts; 0: not known */
	unsigned problems;
};

struct tnef_source {
	uint64_t size;
	/* Exactly n octets at `at`, which are there: 0, or -1 when they cannot be read. */
	int (*read)(void *context, uint64_t at, void *to, size_t n);
	void *context;
};

/* A stream in memory; *bytes must stay. */
struct tnef_source tnef_bytes(struct span *bytes);

/* Do the first octets look like a TNEF stream? */
bool tnef_is(struct span start);

/* 0, or -1 when it is none, or cannot be read. */
int tnef_parse(struct arena *a, const struct tnef_source *source, struct tnef *out);

/* A charset's name for a code page of Windows, as charset.h knows it; NULL for an unknown one. */
const char *tnef_charset(unsigned codepage);

/*
 * Compressed RTF, [MS-OXRTFCP], as a stream. Output is at most TNEF_RTF_GROWTH times the input. What is
 * damaged ends it; `broken` then says so.
 */
enum { TNEF_RTF_GROWTH = 9, TNEF_RTF_WINDOW = 4096 };

struct tnef_rtf {
	unsigned char window[TNEF_RTF_WINDOW];
	size_t at; /* where the next octet goes */
	unsigned char head[16];
	size_t nhead;
	uint64_t left;		/* octets that are still to come, by the head */
	unsigned control, bits; /* the control octet, and how many of its bits are left */
	int reference;		/* the first octet of a reference, or -1 */
	bool compressed, ended, broken;
};

void tnef_rtf_init(struct tnef_rtf *r);
void tnef_rtf_feed(struct tnef_rtf *r, struct span piece, struct buf *out);
/* Where it ends too early it is broken. */
void tnef_rtf_end(struct tnef_rtf *r);

#endif
