/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_REPLY_H
#define LIBMAIL_LIST_REPLY_H

/*
 * reply - what a list writes because of a message that came: to whom, how often, and when not at all.
 *
 * RFC 3834: never for mail of machines and lists, and never to one. The reply has the null sender, Auto-Submitted, and
 * In-Reply-To. Unlike section 3.1.5 would have it, its subject is ours and not the request's, and nothing else of the
 * request is in it: else everybody could write to everybody in the list's name.
 */

#include "list/incoming.h"
#include "list/quench.h"
#include "list/run.h"
#include "list/texts.h"

/*
 * Must nothing be done or answered because of it? incoming_automatic(), a report, or a subject as auto-replies without
 * any other mark have it ("Out of office: ..."). NULL: no; else what says so, for the log.
 */
const char *reply_bar(struct incoming *in);

/* Is that an address that a program reads: mailer-daemon, noreply, friends-request, owner-friends? */
bool reply_is_robot(struct span address);

/* Is it one of a list of this site, whose replies would be answered in turn? */
bool reply_is_ours(const struct list_run *r, struct span address);

struct reply {
	const char *to;	  /* one address */
	const char *text; /* a wording: texts.h */
	const struct texts_vars *vars;
	const char *reply_to;	    /* NULL: who answers writes to the owners */
	bool is_question;	    /* it asks for a confirmation, or stands in for that: quench.h */
	bool is_due;		    /* it was confirmed: no limit */
	struct compose_part *parts; /* behind the text; or NULL */
};

/*
 * Send it. 1; 0 not sent: that address is none, is a program's or ours, or has had enough today; -1. Replies that are
 * not due are counted.
 */
int reply_send(struct list_run *r, const struct reply *m, struct fault *f);

#endif
