/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_SEARCH_H
#define LIBMAIL_IMAP_SEARCH_H

/*
 * search - what SEARCH, SORT and THREAD look for: the search keys of RFC 9051 6.4.4 and RFC 3501 6.4.4, OLDER and
 * YOUNGER (RFC 5032), MODSEQ (RFC 7162), SAVEDBEFORE, SAVEDON and SAVEDSINCE (RFC 8514), EMAILID and THREADID (RFC
 * 8474), "$" (RFC 5182).
 *
 * A program is an array of keys in which each that holds others (a list, OR) stands in front of them, so neither
 * reading nor evaluating it needs recursion, and keys may be nested as deeply as their number allows. It is good for
 * any mailbox: what depends on one is looked up by search_match.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "imap/fields.h"
#include "imap/parse.h"
#include "imap/seqset.h"
#include "message/needle.h"

enum {
	SEARCH_KEYS_MAX = 10000, /* in one program */
	SEARCH_TEXTS_MAX = 500,	 /* of them BODY, and TEXT: each kind is looked for all at once */
};

/* In the order of what it costs to know, as search_cost() says. */
enum search_kind {
	SEARCH_AND, /* of the keys whose parent it is */
	SEARCH_OR,
	SEARCH_FLAGS,
	SEARCH_KEYWORD,
	SEARCH_NUMBERS,
	SEARCH_UIDS,
	SEARCH_MODSEQ,
	SEARCH_SIZE,
	SEARCH_EMAILID,
	SEARCH_ARRIVED,
	SEARCH_AGE,
	SEARCH_SAVED,
	SEARCH_SENT,
	SEARCH_THREADID,
	SEARCH_FIELD,  /* one of enum field */
	SEARCH_KEPT,   /* another that imap_source_keeps() */
	SEARCH_HEADER, /* any other */
	SEARCH_BODY,
	SEARCH_TEXT,
};

/* What has to be looked at. */
enum search_cost {
	SEARCH_INDEX,	 /* the view */
	SEARCH_STATUS,	 /* when it arrived, its size */
	SEARCH_ENVELOPE, /* the fields that are kept beside the mailbox */
	SEARCH_MESSAGE,	 /* the file */
	SEARCH_COSTS,
};

struct search_key {
	enum search_kind kind;
	bool negate;
	uint32_t parent; /* its place; the first key is its own */
	uint32_t left;	 /* while it is read: keys that an OR lacks */
	union {
		struct {
			uint32_t set, clear; /* MSGNAME_... that must be, must not be */
			int8_t recent;	     /* 1: it must be \Recent, -1: not */
		} flags;
		struct span keyword, id;
		struct seqset set; /* unresolved */
		uint64_t modseq;   /* from this on */
		struct {
			uint64_t least, most;
		} size; /* octets */
		struct {
			int64_t first, end;
		} days; /* since 1970; `end` is behind them */
		struct {
			uint32_t seconds;
			bool older;
		} age;
		struct {
			enum field field;
			struct span name;
			struct needle needle;
			size_t index; /* of BODY and of TEXT: among them */
		} text;
	};
};

struct search {
	struct search_key *v;
	size_t n, room;
	size_t bodies, texts; /* how many are BODY, and TEXT */
	bool has_modseq;      /* a key is MODSEQ */
	bool has_numbers;     /* a key is a set of message numbers, or "$" */
	unsigned costs;	      /* bits 1 << enum search_cost: of its keys */
};

enum {
	SEARCH_NO_CHARSET = 1,	/* CHARSET may not be given: RFC 6855 3 */
	SEARCH_HAS_CHARSET = 2, /* the charset was given before: SORT, THREAD */
};

/*
 * "[CHARSET name ]key key ..." to the end of the command: 0; -1 with p->wrong; 1 the charset is not known (NO
 * [BADCHARSET]), and nothing was read behind it.
 */
int search_parse(struct imap_parse *p, unsigned how, struct span charset, struct search *out);

enum search_cost search_cost(enum search_kind kind);

#endif
