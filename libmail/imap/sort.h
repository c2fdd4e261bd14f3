/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SORT_H
#define LIBMAIL_IMAP_SORT_H

/*
 * sort - messages in the order that SORT asks for: RFC 5256 3, and DISPLAYFROM and DISPLAYTO of RFC 5957.
 *
 *	sort_parse(p, arena, &keys)
 *	sort_init(&s, &keys, arena, expected)
 *	sort_add(&s, number, &facts)     for each, in the order of the mailbox; sort_needs() says which facts
 *	sort_run(&s)
 *	s.number[0 .. s.n-1]
 *
 * Texts are compared by i;unicode-casemap (message/casemap.h). Messages for which all keys are equal stay in the order
 *of the mailbox, also with REVERSE. n log n; memory is 24 octets and 16 for each key of each message, and the texts.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "imap/fields.h"
#include "imap/parse.h"

enum {
	SORT_KEYS_MAX = 20,   /* in one command */
	SORT_TEXT_MAX = 1000, /* octets of a text that are compared */
};

enum sort_by {
	SORT_ARRIVAL,
	SORT_CC,
	SORT_DATE,
	SORT_FROM,
	SORT_SIZE,
	SORT_SUBJECT,
	SORT_TO,
	SORT_DISPLAYFROM,
	SORT_DISPLAYTO,
};

enum {
	SORT_NEEDS_ARRIVAL = 1,
	SORT_NEEDS_SIZE = 2,
	SORT_NEEDS_FIELDS = 4,
	SORT_NEEDS_SENT = 8,
};

struct sort_keys {
	struct sort_key {
		enum sort_by by;
		bool reverse;
	} v[SORT_KEYS_MAX];
	size_t n;
};

/* "(REVERSE DATE SUBJECT)": 0; -1 with p->wrong. */
int sort_parse(struct imap_parse *p, struct sort_keys *out);
/* Bits of SORT_NEEDS_...: what sort_add() will look at. */
unsigned sort_needs(const struct sort_keys *keys);

struct sort_facts {
	int64_t arrival; /* the internal date */
	int64_t sent;	 /* the header's date, and where there is none the internal one */
	uint64_t size;
	const struct fields *fields;
};

struct sort {
	const struct sort_keys *keys;
	struct arena *arena;
	struct sort_item *items;
	uint32_t *number; /* after sort_run() */
	size_t n, room;
	struct arena scratch;
	struct buf text, mapped;
};

/* `room` is how many messages there will be at most; *keys stays where it is. */
void sort_init(struct sort *s, const struct sort_keys *keys, struct arena *a, size_t room);
/* Nothing of *facts is needed behind it. */
void sort_add(struct sort *s, uint32_t number, const struct sort_facts *facts);
void sort_run(struct sort *s);
/* What is not in the arena. May be called twice. */
void sort_clear(struct sort *s);

#endif
