/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MAILBOX_SYNC_H
#define LIBMAIL_STORE_MAILBOX_SYNC_H

/*
 * mailbox_sync - bring a mailbox's view, the files and the uidlist together. Only for mailbox.c and its parts.
 */

#include "store/mailbox.h"

/*
 * Read the directories and the uidlist, give UIDs to what is new, build the view anew and tell `watch` (may be NULL)
 * the difference: 1 there was one, 0 none, -1 and the view is what it was. `in_use`: a client knows the messages of the
 * view by their numbers, so nothing may come in front of its last.
 */
int mailbox_sync(struct mailbox *m, bool in_use, const struct mailbox_watch *watch, struct fault *f);

/*
 * The same where only new/ has changed: what came there joins the view; cur/ is not read. MAILBOX_LOOK_AT_ALL: there is
 * more to it, and mailbox_sync() is to be asked. By MAILBOX_ARRIVED_ONLY what other sessions have taken out of new/
 * joins it, too.
 */
enum { MAILBOX_NEWS_MAX = 16 /* messages; more are mailbox_sync()'s */, MAILBOX_LOOK_AT_ALL = 2 };
int mailbox_take_news(struct mailbox *m, enum mailbox_hint hint, const struct mailbox_watch *watch, struct fault *f);

/* Message i of a view, all of whose fields are unset: what a file's name and its record say of it. */
void mailbox_put_message(struct cache *view, size_t i, const struct uidlist_record *r, const char *name, bool in_new);

/* Find the names of the view's messages again, after one turned out to be wrong. Flags and numbers stay. */
int mailbox_sync_names(struct mailbox *m, struct fault *f);

/*
 * Do something to the file of message i, by whatever name it has now: what fn returns, 0 or more; -1 with errno, ENOENT
 * when it is gone. `name` is then what it was called.
 */
typedef int mailbox_act_fn(void *context, int dir, const char *name);
int mailbox_act(struct mailbox *m, size_t i, mailbox_act_fn *fn, void *context, struct cache_name *name,
		struct fault *f);

/* It has moved this message out of new/. */
void mailbox_note_moved(struct mailbox *m, uint32_t uid);

/* After a change of ours: the directories' new times are no news. */
void mailbox_note_own_change(struct mailbox *m);

#endif
