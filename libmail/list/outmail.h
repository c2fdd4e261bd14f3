/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_LIST_OUTMAIL_H
#define LIBMAIL_LIST_OUTMAIL_H

/*
 * outmail - a message that a list itself sends: a reply, a notice, a probe, a digest. It goes straight into the queue.
 *
 * Date, From, To, Subject, Message-ID, MIME fields, Auto-Submitted (RFC 3834), Precedence and List-Id (RFC 2919) are
 * written here; what else the header has is the caller's.
 */

#include <stdbool.h>

#include "list/run.h"
#include "message/compose.h"

struct outmail {
	const char *sender;		    /* envelope; NULL: "" */
	const char *const *senders;	    /* one for each recipient, or NULL: m->sender for all */
	const char *from;		    /* an address field's body; NULL: the list's owner address with its name */
	const char *to;			    /* the same; NULL: the recipients, if there is one, else the list */
	const char *subject;		    /* UTF-8 */
	const char *reply_to, *in_reply_to; /* NULL none; in_reply_to is a message id, References is the same */
	const char *precedence;		    /* NULL: "bulk" */
	bool auto_replied;	    /* it answers a message: Auto-Submitted: auto-replied, else auto-generated */
	bool no_list_id;	    /* it is not the list's but the site's */
	struct span body;	    /* UTF-8, LF lines: text/plain; or... */
	struct compose_part *parts; /* ...a tree, whose top part gets the fields */
	const struct compose_field *fields; /* more of them */
	size_t nfields;
	const char *envid; /* RFC 3461, or NULL */
	/* Not into the queue yet, but as "NAME.ID" into this directory, for spool_adopt(); or NULL. */
	const struct outmail_draft {
		int dir;
		const char *name;
	} * draft;
};

enum { OUTMAIL_FIELDS_MAX = 32 /* more of them */ };

/*
 * Into the queue, durable, one message for all of `to`; addresses that are none are a permanent fault.
 */
int outmail_send(struct list_run *r, const struct outmail *m, const char *const *to, size_t n, struct fault *f);

#endif
