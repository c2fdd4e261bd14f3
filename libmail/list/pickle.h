/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_PICKLE_H
#define LIBMAIL_LIST_PICKLE_H

/*
 * pickle - read what Python has written: pickles of protocol 0 to 2, as Mailman 2 keeps its lists in, and the literals
 * of its config_list.
 *
 * A pickle is a program for a stack machine that may call any function. Here nothing is ever called: an instance of a
 * class, or what a function would have made, is a value of kind PICKLE_OBJECT of which nothing is known. Values can be
 * part of themselves, so nobody may walk through all of them.
 *
 * Time and memory are linear in the input: each opcode makes one value at most, of some 64 octets.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"

enum {
	PICKLE_MAX = 32 << 20,	   /* octets */
	PICKLE_MEMO_MAX = 1 << 22, /* values that can be referred to */
	PICKLE_DEPTH = 32,	   /* brackets within each other in a literal */
};

enum pickle_kind {
	PICKLE_NONE,
	PICKLE_NUMBER, /* also True, False, and a float without its fraction */
	PICKLE_TEXT,   /* octets as they are in the input, or in the arena */
	PICKLE_LIST,   /* or a tuple */
	PICKLE_DICT,
	PICKLE_OBJECT,
};

struct pickle {
	enum pickle_kind kind;
	int64_t number;
	struct span text;
	struct pickle **v; /* LIST: the elements; DICT: key, value, key, value ... */
	size_t n, room;
};

/* The whole pickle's value; the fault, permanent, says at which octet what is wrong. */
int pickle_parse(struct arena *a, struct span bytes, const struct pickle **out, struct fault *f);

/* "name = literal" lines of Python, comments among them, as a dict. */
int pickle_parse_assignments(struct arena *a, struct span text, const struct pickle **out, struct fault *f);

/* The last value of that key; NULL: none, or this is no dict. */
const struct pickle *pickle_find(const struct pickle *dict, const char *key);

/* Shorthands for members of a dict: what is there if it is of that kind, else the fallback. */
int64_t pickle_number(const struct pickle *dict, const char *key, int64_t fallback);
struct span pickle_text(const struct pickle *dict, const char *key);
/* NULL for none: its elements are v[0] to v[n-1]. */
const struct pickle *pickle_list(const struct pickle *dict, const char *key);

#endif
