/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_REPORT_H
#define LIBMAIL_MESSAGE_REPORT_H

/*
 * report - delivery status notifications: multipart/report, RFC 3464, 6522, 6533.
 *
 * Readable by a person first: the first part says in a few sentences what
 * happened to whom, why, what can be done, and what the server said. Auto-Submitted (RFC 3834) is set. Strings from
 * others are escaped (printable.h), what is longer than REPORT_TEXT_MAX is shortened and says so, and lines are folded:
 * each is at most 998 octets, and without utf8 all is ASCII.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"

enum { REPORT_TEXT_MAX = 4000 /* octets of one string, escaped */ };

enum report_action { REPORT_FAILED, REPORT_DELAYED, REPORT_DELIVERED, REPORT_RELAYED, REPORT_EXPANDED };

struct report_recipient {
	enum report_action action;
	const char *final;	  /* the address that was tried */
	const char *original;	  /* ORCPT, "rfc822;a@b", or NULL */
	const char *status;	  /* "5.1.1" */
	const char *remote;	  /* the host that said it, or NULL when we did */
	const char *text;	  /* its reply ("550 5.1.1 no such user"), or our own sentence */
	int64_t last_attempt;	  /* 0: not said */
	int64_t will_retry_until; /* delayed only; 0: not said */
	const char *advice;	  /* what that means and what can be done (advice.h), or NULL */
};

struct report {
	const char *reporting_mta; /* this host */
	const char *from;	   /* "MAILER-DAEMON@host", a real address */
	const char *to;		   /* the sender of the message that is reported on */
	const char *queue_id;
	const char *envid;	/* or NULL */
	const char *message_id; /* of the report: "<...>" */
	const char *boundary;	/* unique; letters, digits, =_ */
	int64_t now, arrived;
	const struct report_recipient *recipients;
	size_t n;
	bool utf8;	    /* an address is UTF-8: RFC 6533 types */
	bool has_8bit;	    /* what is returned has 8-bit bytes: the report needs 8BITMIME */
	int64_t deliver_by; /* RFC 2852; 0: no time was set */
	int64_t tried;	    /* seconds, after which it was given up, or is delayed; 0: it is not about that */
};

/* Everything up to where the returned message (or its header) begins; LF lines. */
void report_put_head(struct buf *out, const struct report *r, bool headers_only);
/* The returned bytes follow, then this: */
void report_put_tail(struct buf *out, const struct report *r);

#endif
