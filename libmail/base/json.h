/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_BASE_JSON_H
#define LIBMAIL_BASE_JSON_H

/*
 * json - write JSON (RFC 8259) into a buf, one object a line for scripts.
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

#endif
