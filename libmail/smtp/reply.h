/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_SMTP_REPLY_H
#define LIBMAIL_SMTP_REPLY_H

/*
 * reply - what an SMTP or LMTP server says: written by ours, read from others.
 *
 * RFC 5321 4.2, RFC 2034 and 3463 (enhanced status codes).
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/fault.h"

enum {
	REPLY_PUT_MAX = 512,	   /* octets of a line that we write, CR LF included: RFC 5321 4.5.3.1.5 */
	REPLY_SAY_MAX = 4096,	   /* octets of text in a reply that we write; what is longer is cut */
	REPLY_LINE_MAX = 2048,	   /* octets of a line that we read; longer ones than 512 are met */
	REPLY_LINES_MAX = 512,	   /* lines of one reply that we read */
	REPLY_TEXT_MAX = 64 << 10, /* octets of text of one reply that we read */
	REPLY_STATUS_MAX = 12,	   /* "5.123.456" and its NUL */
};

/*
 * Append a reply. Each line of the text (separated by '\n') becomes a line of the
 * reply; one that would exceed REPLY_PUT_MAX is continued on the next, at a blank
 * where there is one. `status` may be NULL: no enhanced code. Control and 8-bit bytes become
 * '?', so that whatever a client said may be quoted.
 */
void reply_put(struct buf *out, int code, const char *status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void reply_vput(struct buf *out, int code, const char *status, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

/* The reply that a fault stands for: its own code, or 451, 501 (usage) or 554. */
void reply_put_fault(struct buf *out, const struct fault *f);
int reply_code(const struct fault *f);

/*
 * A reply being read. Fed bytes in any pieces it gives the same result; time and
 * memory are bounded by the limits above.
 */
struct reply {
	int code;		       /* 200 to 599 */
	char status[REPLY_STATUS_MAX]; /* enhanced status code of the first line that has one, or "" */
	/*
	 * The lines joined by '\n', without code and status. CR, NUL, other control bytes and what is not UTF-8
	 * are written out (base/printable.h): it may go into a file or a log as it is, line by line.
	 */
	struct buf text;

	bool complete;
	size_t lines;
	size_t n; /* of line */
	char line[REPLY_LINE_MAX];
};

void reply_init(struct reply *r);
void reply_clear(struct reply *r);
/* On a new connection: what was not whole on the last one is no part of the next reply. */
void reply_begin(struct reply *r);

/*
 * Consume bytes up to the end of the reply; *used says how many, what follows
 * belongs to the next one. 1: complete; 0: all n bytes used, more are needed;
 * -1: this is no SMTP reply (temporary, 4.5.0): a line without code, with
 * another code than the line before, too long, too many; nothing more can be
 * read from that server. After 1 the next call begins a new reply. Lines end
 * with LF; a CR before it is dropped.
 */
int reply_feed(struct reply *r, const char *p, size_t n, size_t *used, struct fault *f);

/*
 * The reply as a fault, on one line: 4yz temporary, 5yz permanent, anything
 * else is unexpected here and temporary. Returns -1.
 */
int reply_fault(const struct reply *r, struct fault *f);

#endif
