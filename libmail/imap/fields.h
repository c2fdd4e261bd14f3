/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_FIELDS_H
#define LIBMAIL_IMAP_FIELDS_H

/*
 * fields - what SEARCH, SORT and THREAD want to know of a header: its fields, found in one pass, and what they mean.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/casemap.h"

enum {
	FIELDS_BODY_MAX = 8192, /* octets of a field's body that are looked at where texts are compared */
	FIELDS_TEXT_MAX = 3 * FIELDS_BODY_MAX + 100, /* and octets of what they become as text, mapped: */
	FIELDS_MAPPED_MAX = CASEMAP_GROWTH * FIELDS_TEXT_MAX + CASEMAP_ROOM,
};

enum field {
	FIELD_DATE,
	FIELD_SUBJECT,
	FIELD_FROM,
	FIELD_TO,
	FIELD_CC,
	FIELD_BCC,
	FIELD_MESSAGE_ID,
	FIELD_IN_REPLY_TO,
	FIELD_REFERENCES,
	FIELDS
};

/* The body of the first field with each name, folded as it is; .p == NULL: there is none. */
struct fields {
	struct span body[FIELDS];
};

/* FIELDS: it is none of these. */
enum field fields_named(struct span name);

/* Spans point into the header. Lines that can be no field are passed over. */
void fields_find(struct span header, struct fields *out);

/*
 * Append a field's text, for people: unfolded, with its encoded words decoded, UTF-8. What is needed meanwhile is in
 * the arena.
 */
void fields_put_text(struct buf *out, struct arena *a, struct span body);

/*
 * The same of the Subject without the marks of replies and lists (message/subject.h), and mapped for comparison
 * (message/casemap.h). *is_reply, which may be NULL, says whether it had such of a reply or a forward.
 */
void fields_put_base_subject(struct buf *out, struct arena *a, struct span body, bool *is_reply);

/* Date in seconds since 1970, and in days of the zone that it was written in; false when there is no usable one. */
bool fields_date(const struct fields *f, int64_t *when, int64_t *day);

/*
 * Append the first address of a list as SORT compares it, not mapped yet: its local part (RFC 5256 3), or with
 * `display` the name that is shown, else the whole address (RFC 5957 3). Nothing when there is no address. At most
 * FIELDS_TEXT_MAX octets.
 */
void fields_put_address(struct buf *out, struct arena *a, struct span body, bool display);

#endif
