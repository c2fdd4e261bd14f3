/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_MESSAGE_DSN_H
#define LIBMAIL_MESSAGE_DSN_H

/*
 * dsn - read what others report about mail: delivery status notifications (multipart/report of RFC 6522 with
 * message/delivery-status of RFC 3464, or message/global-delivery-status of RFC 6533), and complaints
 * (message/feedback-report, RFC 5965). report.h writes the former.
 *
 *	struct dsn d;
 *
 *	dsn_init(&d, &arena);
 *	while (...)
 *		dsn_feed(&d, piece);
 *	switch (dsn_end(&d)) ...
 *
 * Nothing is read but fields: no sentence, no subject, no text of a person's. A report counts where it stands in the
 * message itself, a multipart/report, or in multiparts around that (a gateway has added a footer), never in a message
 * that the message holds. The first that is found counts, and of several fields of one name the first.
 *
 * Streaming; memory is bounded by DSN_STATUS_MAX and time is linear whatever comes. Nothing that is read is checked
 * against anything: who sent it, and whether it is true, is the caller's question.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/span.h"
#include "message/encoding.h"
#include "message/mime.h"
#include "message/report.h"

enum {
	DSN_STATUS_MAX = 1 << 20,    /* octets that are read of the part with the fields */
	DSN_RETURNED_MAX = 64 << 10, /* octets that are read of the header of the message that is returned */
	DSN_RECIPIENTS_MAX = 10000,  /* recipients in one report */
};

enum dsn_kind {
	DSN_NONE,      /* it is no report */
	DSN_STATUS,    /* delivery status */
	DSN_COMPLAINT, /* feedback */
};

/* Strings are in the arena, unfolded, and never NULL: "" is what was not said. Control characters may be in them. */
struct dsn_recipient {
	bool known;		   /* the action is one that RFC 3464 2.3.3 knows */
	enum report_action action; /* if so */
	const char *final;	   /* a mailbox; of a type that has none (X.400) "" */
	const char *original;	   /* as the sender of the message wrote it, by ORCPT */
	/*
	 * "5.1.1". Where the field says no more than the class ("5.0.0", as Exim writes always) or nothing, and the
	 * diagnostic is an SMTP reply with an enhanced status, it is that one.
	 */
	const char *status;
	unsigned reply;		/* 550: of the diagnostic, if that is an SMTP reply; else 0 */
	const char *diagnostic; /* what the host said, without its type */
	const char *remote;	/* that host */
};

struct dsn {
	enum dsn_kind kind;
	bool cut;		    /* it goes over a limit: there was more */
	const char *envelope_id;    /* what the sender gave with MAIL, RFC 3461 4.4 */
	const char *message_id;	    /* "<a@b>", of the message that is returned */
	const char *feedback;	    /* of a complaint, "abuse" (RFC 5965 7.3) */
	const char *sender;	    /* of a complaint: the return path of the message */
	struct dsn_recipient *list; /* of a complaint: those whose address it has, `original` only */
	size_t n;

	/* Private. */
	size_t room; /* of the list */
	struct arena *arena;
	struct mime mime;
	struct encoding_decode decode;
	struct buf text;   /* the part at hand, decoded */
	const void *taken; /* the part at hand, NULL: one that is not read */
	bool is_returned;  /* that part is, or has, a header of the message */
	bool has_message_id;
};

void dsn_init(struct dsn *d, struct arena *a);
void dsn_feed(struct dsn *d, struct span piece);
/* The message is over; what the reader needed for itself is given back. */
enum dsn_kind dsn_end(struct dsn *d);

/* The three numbers of an enhanced status, "5.1.1" (RFC 3463 2): 0, or -1 when it is none. */
int dsn_parse_status(struct span text, unsigned numbers[3]);

#endif
