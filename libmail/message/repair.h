/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_REPAIR_H
#define LIBMAIL_MESSAGE_REPAIR_H

/*
 * repair - make a valid message of what programs hand to sendmail.
 *
 * Cron, scripts and old programs write headers without a Date, addresses
 * without a domain, "From: root (Cron Daemon)", text without a header, DOS line
 * ends, lines of a megabyte, 8-bit text without a label. This does what their
 * authors would wish for (RFC 6409 section 8) and nothing else: a field that needs no change stays
 * byte for byte, in its place, and the content of the body what it was.
 *
 * It takes two passes over the same input, so that no more than the header is in memory:
 *
 *	repair_scan_init(&scan, REPAIR_HEADER_LIMIT, !ignore_dots);
 *	... repair_scan_feed(&scan, piece, &f) ...       first pass, pieces of any size
 *	repair_scan_end(&scan, &f);
 *	repair_header(&arena, &scan, &rules, &header, &result, &f);
 *	repair_body_init(&body, &scan);
 *	... repair_body_feed(&body, piece, &out, &f) ... the same input from its first byte
 *	repair_body_end(&body, &out, &f);
 *	repair_body_clear(&body);
 *	repair_scan_clear(&scan);
 *
 * The new message is `header` (its empty line included) and then all that the body functions put. Both have LF
 * lines of at most HEADER_LINE_MAX (998) octets, without NUL and CR, and the last one is ended.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fault.h"
#include "base/span.h"
#include "base/utf8.h"
#include "message/lines.h"
#include "message/mime.h"
#include "message/qp.h"
#include "message/rewrite.h"

enum {
	REPAIR_HEADER_LIMIT = 102400,	  /* the usual header_size_limit, octets */
	REPAIR_PARTS_MAX = 1 << 15,	  /* parts that are told apart; what is behind them is one part */
	REPAIR_PART_HEADER_MAX = 1 << 20, /* octets in the header of a part; a part with more is not looked into */
};

/* What both passes give to mime.h, so that they see the same. */
extern const struct mime_limits repair_limits;

/* ---- first pass: repair_scan.c ---- */

struct repair_scan {
	/* For the caller, right after repair_scan_end(): */
	struct buf header;	 /* as it came, LF lines without NUL, without its empty line */
	struct lines_facts body; /* of the body as it came */
	bool structured;	 /* the body is a multipart or a message */
	enum encoding encoding;	 /* of the body; ENCODING_OTHER also for a header over REPAIR_PART_HEADER_MAX */
	bool from_line;		 /* an mbox "From " line in front was dropped */
	bool no_header;		 /* the first line is no field: the header is empty, all is body */
	bool no_blank;		 /* no empty line ends the header but one that is no field and begins the body */
	bool header_nul;	 /* there were NULs in the header; they are blanks now */
	bool body_utf8;		 /* the body is valid UTF-8 */
	bool recode;		 /* lines over 998 octets or NULs: parts of the body are re-encoded */
	bool seven_bit;		 /* set by the caller behind init: parts with 8-bit bytes are re-encoded, too */

	/* For repair_body: */
	bool dot_ends;
	uint64_t body_at;			   /* octets of LF lines before the body */
	unsigned char needs[REPAIR_PARTS_MAX / 8]; /* bit n: part n needs to be re-encoded */

	/* Private. */
	struct lines in, count;
	struct buf scratch;
	struct mime mime;
	uint64_t leaf_column;
	size_t limit, at, line, from_length;
	int state;
	bool from_sure;
	struct utf8_check utf8;
};

/*
 * header_limit: octets of header at most; a longer one is a permanent fault
 * 552 5.3.4. dot_ends: a line that is a single dot ends the input (sendmail without -i); what is fed after
 * it is ignored, see repair_scan_is_ended().
 *
 * A first line "From ..." is taken for mbox's, and dropped, if it has a time of day in it or if a field follows it;
 * else it is text.
 */
void repair_scan_init(struct repair_scan *s, size_t header_limit, bool dot_ends);
int repair_scan_feed(struct repair_scan *s, struct span piece, struct fault *f);
int repair_scan_end(struct repair_scan *s, struct fault *f);
bool repair_scan_is_ended(const struct repair_scan *s);
void repair_scan_clear(struct repair_scan *s);

/* ---- the new header: repair.c ---- */

struct repair_rules {
	const char *origin;    /* domain for addresses that have none */
	const char *host;      /* this host, for message ids */
	const char *id;	       /* unique, for message ids */
	const char *sender;    /* envelope sender, for a missing From; "" (or what is no address): MAILER-DAEMON */
	const char *full_name; /* of the sender, for a missing From; UTF-8 or any bytes; NULL: none */
	int64_t now;
	bool recipients; /* sendmail -t: report those that the header names */
	bool keep_bcc;
	/* What an address in the header, which has a domain, becomes: a valid one, in the arena, or itself. May be
	 * NULL. */
	int (*map)(void *ctx, struct arena *a, const char *mailbox, enum rewrite_side side, const char **out,
		   struct fault *f);
	void *ctx;
};

struct repair_list {
	const char **v;
	size_t n, room;
};

struct repair_result {
	struct repair_list recipients; /* qualified, not mapped, valid (address_is_valid()), each once, in order */
	struct repair_list bad;	       /* destinations in the header that are no addresses, as written */
	struct repair_list changes;    /* sentences for people: "added Date" */
	bool resent;	      /* the recipients are those of the newest block of Resent- fields (RFC 5322 3.6.6) */
	bool has_8bit_header; /* kept as it was: the message needs SMTPUTF8 */
	bool has_8bit_body;   /* of the new body: 8BITMIME */
};

/*
 * Append the new header to *out. Recipients, in To, Cc and Bcc or their Resent- forms, are reported with
 * rules.recipients only. What is changed:
 *   - Bcc, Resent-Bcc (unless keep_bcc), Return-Path, Content-Length are removed, and fields of addresses, Date and
 *     Message-ID if they have no content;
 *   - addresses without a domain get @origin, in all fields that have addresses; and then what rules.map says;
 *   - domains that are not ASCII become A-labels (idna.h) where the local part is ASCII;
 *   - From, Date and Message-ID are added if they are missing, or with Resent- fields their Resent- forms to the
 *     newest block; "To: undisclosed-recipients:;" when no destination is left; MIME fields for a body that is 8-bit
 *     or re-encoded and has none;
 *   - Content-Transfer-Encoding tells the new encoding of a re-encoded single-part body;
 *   - lines over 998 octets are folded (fold.h).
 * A result that does not fit into *out is a permanent fault 552 5.3.4; a fault of rules.map is passed on. Lists and
 * strings are the arena's.
 */
int repair_header(struct arena *a, const struct repair_scan *s, const struct repair_rules *rules, struct buf *out,
		  struct repair_result *result, struct fault *f);

/* ---- second pass: repair_body.c ---- */

/*
 * Lines over 998 octets, and NULs, are kept by encoding: in a message without structure its whole text becomes
 * quoted-printable; in a multipart, and in messages within, only the leaves that have such lines do, and their
 * headers say so. Leaves in base64 are wrapped again, in quoted-printable softly broken. Only where nothing
 * can be encoded (text between the parts, unknown encodings such as x-uuencode, what is beyond the limits of mime.h
 * and REPAIR_PART_HEADER_MAX) are lines broken at 998 and NULs made question marks.
 */
struct repair_body {
	const struct repair_scan *scan;
	struct lines in;
	uint64_t skip; /* octets of the header still to come */
	struct buf scratch;
	struct mime mime;
	struct arena arena;
	struct buf *out;
	int method;
	uint64_t column; /* of a leaf that is broken or wrapped */
	uint64_t between_column;
	bool unended; /* base64 was put whose last line has no end yet */
	struct qp_encode encode;
	struct qp_wrap wrap;
};

/* The scan must outlive it. */
void repair_body_init(struct repair_body *b, const struct repair_scan *s);

/*
 * Feed a piece of the input, from its very first byte on; the caller empties *out between feeds. *out must be able to
 * hold REPAIR_GROWTH times the piece and REPAIR_ROOM bytes; if it cannot, that is a FAULT_BUG.
 */
enum { REPAIR_GROWTH = 8, REPAIR_ROOM = 1 << 23 };
int repair_body_feed(struct repair_body *b, struct span piece, struct buf *out, struct fault *f);
int repair_body_end(struct repair_body *b, struct buf *out, struct fault *f);
void repair_body_clear(struct repair_body *b);

#endif
