/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_IMAP_LOOKOUT_H
#define LIBMAIL_IMAP_LOOKOUT_H

/*
 * lookout - tells a client of what it has asked for by NOTIFY (RFC 5465), whenever it happens: LIST of names and
 * subscriptions, STATUS of mailboxes that are not selected, METADATA without values. What happens in the selected
 * mailbox is told by report.c, which asks here what of it.
 *
 *	imap_lookout_set(s, text, &f)                 NOTIFY: text is behind "NOTIFY "
 *	while (imap_lookout_prepare(s, &f) > 0)       in parts; between them *s->out is written
 *	imap_lookout_mark(s, id)                      what s->watch says
 *	while (imap_lookout_has_news(s))              only between two commands' answers
 *		imap_lookout_put(s)
 *	imap_lookout_drop(s)
 *
 * What changed is found by comparing (imap/places.h), so it does not matter who has changed it, and something that was
 * done and undone between two looks is not told. What this client does itself is not told to it (RFC 5465 5): commands
 * say what they did, and only that is passed over.
 *
 * Where there are more than LOOKOUT_PLACES_MAX mailboxes to be watched NOTIFY is refused; if they become that many
 *later the client hears OK [NOTIFICATIONOVERFLOW], and nothing more is told: RFC 5465 5.8.
 */

#include <stdbool.h>
#include <stdint.h>

#include "imap/fetch.h"
#include "imap/session.h"

enum {
	LOOKOUT_PLACES_MAX = 1000, /* mailboxes that are watched */
	LOOKOUT_TEXT_MAX = 16384,  /* octets in a NOTIFY that is kept */
	LOOKOUT_STEP = 32,	   /* mailboxes looked at before *s->out is written */
	LOOKOUT_AGAIN_MS = 500,	   /* see imap_lookout_wait_ms() */
	LOOKOUT_SOON_MS = 20,	   /* the same, while names are being changed */
	LOOKOUT_RELOADS = 3,	   /* of the names, until they stay the same */
	LOOKOUT_ID = 1,		   /* ids in s->watch from here on */
};

/*
 * Instead of what was asked for before. 1; 0 it is more than is told (NO [NOTIFICATIONOVERFLOW]), and what was asked
 * for before stays; -1 temporary, and the same. `text` was parsed without a mistake.
 */
int imap_lookout_set(struct imap_session *s, struct span text, struct fault *f);
/* Learn what some more of the mailboxes are like, and say it where STATUS asks for that: 1 there are more; 0; -1. */
int imap_lookout_prepare(struct imap_session *s, struct fault *f);
void imap_lookout_drop(struct imap_session *s);

void imap_lookout_mark(struct imap_session *s, uint32_t id);
/*
 * How long to wait at most before imap_lookout_attend() is asked; -1 for ever. A folder that was made may be no folder
 * yet when that is seen, as its directories are made one after another: so names are looked at once more.
 */
int imap_lookout_wait_ms(const struct imap_session *s);
void imap_lookout_attend(struct imap_session *s);
bool imap_lookout_has_news(const struct imap_session *s);
/* Tell some of them. */
void imap_lookout_put(struct imap_session *s);

/* ---- the selected mailbox ---- */

/* Of NOTIFY_MESSAGES; all, where NOTIFY was never said. */
unsigned imap_lookout_selected_events(const struct imap_session *s);
/* Are they told whenever they happen, and not only where the base protocol would? */
bool imap_lookout_is_immediate(const struct imap_session *s);
/* But what goes away: only where the base protocol allows it. */
bool imap_lookout_delays_expunges(const struct imap_session *s);
/* What of a message that has come; NULL: nothing but that it has. */
const struct imap_fetch *imap_lookout_fetch(const struct imap_session *s);
/* Was it put there by this client? Once that was asked of all that came it is forgotten. */
bool imap_lookout_is_own(const struct imap_session *s, uint32_t uid);
void imap_lookout_forget_own(struct imap_session *s);
/* It will not be selected any more: from here on it is as the others. */
void imap_lookout_leave(struct imap_session *s);

/* ---- what this client does ---- */

/* Names and subscriptions: before, when others' changes are told, and after. */
void imap_lookout_before_names(struct imap_session *s);
void imap_lookout_own_names(struct imap_session *s);
/* n messages were put into the mailbox, from this UID on. */
void imap_lookout_own_messages(struct imap_session *s, const char *name, uint32_t first, size_t n);
/* Entries of a mailbox, or of the account (""), were set. */
void imap_lookout_own_notes(struct imap_session *s, const char *name, const struct span *entries, size_t n);

#endif
