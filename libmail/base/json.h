/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_JSON_H
#define LIBMAIL_BASE_JSON_H

/*
 * json - write JSON (RFC 8259) into a buf, one object a line for scripts; read the members of an object that
 * somebody else wrote.
 *
 *	json_begin(&b, NULL, '{');
 *	json_put_string(&b, "id", id);
 *	json_begin(&b, "recipients", '[');
 *	...
 *	json_end(&b, ']');
 *	json_end(&b, '}');
 *
 * Commas are put where they belong. `key` is a literal of ours that needs no escape, NULL in an array
 * and at the top. The result is ASCII but for valid UTF-8, and has no line end; a
 * byte that is not UTF-8 becomes U+FFFD, as no JSON text can hold it. Characters that turn
 * a terminal's writing direction are written as \uXXXX.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

/* bracket is '{' or '['; '}' or ']' to end. */
void json_begin(struct buf *out, const char *key, char bracket);
void json_end(struct buf *out, char bracket);

/* z NULL is written as null. */
void json_put_string(struct buf *out, const char *key, const char *z);
void json_put_span(struct buf *out, const char *key, struct span s);
void json_put_number(struct buf *out, const char *key, int64_t number);
void json_put_bool(struct buf *out, const char *key, bool value);

/*
 * Reading: the members of one object, in its order. What is nested in it is checked and skipped, to
 * JSON_DEPTH levels. Time is linear, no memory is taken.
 *
 *	struct json_reader r;
 *	json_read(&r, text);
 *	while ((rc = json_next(&r, &member)) > 0)
 *		...
 */
enum { JSON_DEPTH = 32 };

enum json_type { JSON_STRING, JSON_NUMBER, JSON_WORD /* true, false, null */, JSON_OBJECT, JSON_ARRAY };

struct json_member {
	struct span key; /* as it is written, between the quotes: escapes are not undone */
	enum json_type type;
	struct span value; /* as it is written; of a string what is between the quotes */
};

struct json_reader {
	struct span rest;
	enum { JSON_BEFORE, JSON_INSIDE, JSON_BEHIND } state;
	bool is_array;
};

void json_read(struct json_reader *r, struct span text);
/* The same for an array, whose elements have empty keys. */
void json_read_array(struct json_reader *r, struct span text);
/* 1; 0 at the end of the object, behind which only blanks may follow; -1 where the text is not a JSON object. */
int json_next(struct json_reader *r, struct json_member *out);

/* Append a string's value with its escapes undone: -1, with part of it appended, if it is no JSON string. */
int json_put_value(struct buf *out, struct span value);

#endif
