/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_QUEUE_ENVELOPE_H
#define LIBMAIL_QUEUE_ENVELOPE_H

/*
 * envelope - who a message is from and for, and how it stands with each
 * recipient; as a struct, and as the text at the start of a queue file.
 *
 * A queue file (version 1) is the envelope, an empty line, the message with LF
 * line ends, then the journal:
 *
 *	letterbox-queue 1
 *	message 0000000193 0000002048      where the message begins, its octets
 *	arrived 1764000000123456           microseconds since 1970
 *	origin uid 1000                    where it came from, for people
 *	body 8bitmime                      optional: 7bit is the default
 *	smtputf8                           optional
 *	ret hdrs                           optional, RFC 3461
 *	envid QQ314159                     optional, xtext
 *	hold 1764003600                    optional, seconds since 1970: not to be tried before (RFC 4865)
 *	by 1764003600 R trace strict       optional: deliver by then (RFC 2852), return or notify; trace, strict or not
 *	priority 4                         optional, -9 to 9 (RFC 6710)
 *	requiretls                         optional, RFC 8689
 *	patch 211 22                       optional: octets of the message, from 0, that each recipient has of his own
 *	sender <al@example.org>
 *	rcpt Q notify=failure orcpt=rfc822;bo@example.org <bo@example.org>
 *	rcpt Q from=al+2Bda+3Dexample.org@example.org <da@example.org>     with a sender of its own: VERP
 *	rcpt Q put=7K2M9Q4R1S8T3V6W5X0Y2Z <di@example.org>                 who gets that at the place of the patch
 *
 *	...message...
 *	log 1764000300 Q 4.4.1 0,2-5 connect to mx.example.org: timed out
 *	offline 1764000300                 at that attempt this machine had no network
 *	told 1764014700 0,2-5              then the sender was told that these are delayed
 *	done 3 remote:carla@example.net
 *
 * A recipient's state letter is overwritten in place. "log" keeps what
 * happened at an attempt; "done" names a target of a recipient that expands to
 * several which needs no more delivery. A journal line that is not known is
 * skipped. A last one without its line end was cut by a crash and is ignored. Nothing in an envelope contains a control
 *byte.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/entropy.h"
#include "base/fault.h"
#include "base/span.h"
#include "queue/patch.h"

enum {
	ENVELOPE_VERSION = 1,
	ENVELOPE_RCPT_MAX = 1000000,  /* recipients of one message */
	ENVELOPE_TEXT_MAX = 64 << 20, /* bytes of envelope or journal */
	ENVELOPE_PRIORITY_MIN = -9,
	ENVELOPE_PRIORITY_MAX = 9,
	ENVELOPE_PATCH_MAX = 512, /* octets of a patch */
};

#define ENVELOPE_OCTETS_MAX INT64_C(9999999999) /* of a queue file when it is accepted */

enum envelope_body { ENVELOPE_7BIT, ENVELOPE_8BITMIME };
enum envelope_ret { ENVELOPE_RET_UNSET, ENVELOPE_RET_FULL, ENVELOPE_RET_HDRS };

/* RFC 3461 4.1; NOTIFY absent means failure (and delay, as everybody does). */
enum {
	ENVELOPE_NOTIFY_UNSET = 0,
	ENVELOPE_NOTIFY_NEVER = 1,
	ENVELOPE_NOTIFY_SUCCESS = 2,
	ENVELOPE_NOTIFY_FAILURE = 4,
	ENVELOPE_NOTIFY_DELAY = 8,
};

/* What happens when a message is not delivered by the time that its sender has set. */
enum envelope_by_mode { ENVELOPE_BY_NONE = 0, ENVELOPE_BY_RETURN = 'R', ENVELOPE_BY_NOTIFY = 'N' };

enum envelope_state {
	ENVELOPE_QUEUED = 'Q',
	ENVELOPE_DELIVERED = 'D',
	ENVELOPE_FAILED = 'F', /* and the sender has been told, or did not want to be */
};

struct envelope_rcpt {
	const char *address; /* as accepted, qualified */
	const char *orcpt;   /* "rfc822;al@example.org" (decoded), or NULL */
	const char *sender;  /* who is its sender, and told of it: VERP; NULL: the message's */
	const char *put;     /* patch_size octets; or NULL: it gets the message as it is in the file */
	unsigned notify;
	enum envelope_state state;
	off_t state_at; /* where its letter is in the queue file */
	/* From the journal: */
	const char *last;   /* text of the last attempt, or NULL */
	const char *status; /* its enhanced status, or NULL */
	int64_t last_at;    /* seconds since 1970, 0: none */
	unsigned attempts;
	bool told; /* its sender has been told that it is delayed */
	struct envelope_done {
		const char *key;
		struct envelope_done *next;
	} * done;
};

struct envelope {
	char id[ENTROPY_ID + 1];
	int64_t arrived_us;
	const char *origin; /* "uid 1000", "192.0.2.1 (host.example)" */
	const char *sender; /* "" is the null sender */
	const char *verp;   /* recipients are to get senders of their own, with these delimiters (message/verp.h), when
			       they are added; or NULL. It is not in the queue file. */
	enum envelope_body body;
	bool smtputf8;
	enum envelope_ret ret;
	const char *envid;  /* decoded, or NULL */
	int64_t hold_until; /* seconds since 1970, RFC 4865; 0: it may be tried at once */
	struct envelope_by {
		enum envelope_by_mode mode; /* ENVELOPE_BY_NONE: no time is set, and the others mean nothing */
		int64_t at;		    /* seconds since 1970; by RFC 2852 it may be past with mode N */
		bool trace;		    /* each relay on the way is reported */
		bool strict;		    /* RETURN: no host may get it that does not offer DELIVERBY */
	} deliver_by;
	int priority;	   /* RFC 6710: -9 to 9, 0 is that of mail without one */
	bool require_tls;  /* RFC 8689: only over TLS with a verified peer, to hosts that offer REQUIRETLS */
	off_t patch_at;	   /* the place of queue/patch.h, from where the message begins; */
	size_t patch_size; /* 0: there is none */
	struct envelope_rcpt *rcpts;
	size_t n;
	/* From the journal: when it was tried, in the order in which it was. */
	struct envelope_attempt {
		int64_t at; /* seconds since 1970, by a clock that may have been wrong */
		bool offline;
		struct envelope_attempt *next;
	} * attempts, *last_attempt;
	/* of the queue file */
	off_t message_at, message_size;
};

/* One more recipient, zeroed; *room (0 at first) is how many there is memory for. */
struct envelope_rcpt *envelope_add_rcpt(struct arena *a, struct envelope *e, size_t *room);

/* Who is the sender of the message for this recipient? */
static inline const char *envelope_sender_of(const struct envelope *e, const struct envelope_rcpt *r)
{
	return r->sender ? r->sender : e->sender;
}

/* What the message has for this recipient alone. */
static inline struct patch envelope_patch_of(const struct envelope *e, const struct envelope_rcpt *r)
{
	return (struct patch){ .at = e->patch_at, .text = r->put };
}

/* Check what would be written: no control bytes, lengths, counts. A fault names the field. */
int envelope_check(const struct envelope *e, struct fault *f);

/*
 * Write the text, up to and with its empty line, with zeros for the message's
 * place; envelope_put_size() makes the line that replaces them.
 */
void envelope_put(struct buf *out, const struct envelope *e);
/* The same in parts of some ENVELOPE_PART octets: *at is 0 at first; false behind the last part. */
enum { ENVELOPE_PART = 64 << 10 };
bool envelope_put_part(struct buf *out, const struct envelope *e, size_t *at);
enum { ENVELOPE_SIZE_AT = 18 /* offset of the "message" line */ };
void envelope_put_size(struct buf *out, off_t at, off_t size);

/* Where the message begins, from the first bytes of a queue file (ENVELOPE_PEEK of them are enough). */
enum { ENVELOPE_PEEK = 64 };
int envelope_peek(struct span text, off_t *message_at, struct fault *f);

/*
 * Read the text at the start of a queue file; everything lives in the arena. `length` receives how many bytes
 * the envelope took. -1: not a queue file of a version that this program knows, or damaged.
 */
int envelope_parse(struct arena *a, struct span text, struct envelope *e, size_t *length, struct fault *f);
/* Read the journal that follows the message; never fails: a damaged line is skipped. */
void envelope_parse_journal(struct arena *a, struct span text, struct envelope *e);

/* A journal line for the recipients listed in rcpts[0..n-1] (indexes, ascending). */
void envelope_put_log(struct buf *out, int64_t when, enum envelope_state state, const char *status, const size_t *rcpts,
		      size_t n, const char *text);
void envelope_put_offline(struct buf *out, int64_t when);
void envelope_put_told(struct buf *out, int64_t when, const size_t *rcpts, size_t n);
void envelope_put_done(struct buf *out, size_t rcpt, const char *key);
bool envelope_is_done(const struct envelope_rcpt *r, const char *key);

#endif
