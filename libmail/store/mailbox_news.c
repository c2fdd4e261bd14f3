/* SPDX-License-Identifier: ISC */
/*
 * mailbox_news - what came into new/ joins the view behind its last message, and cur/ is not read.
 *
 * That is nearly every change that somebody waits for, and a folder may hold a hundred thousand others. It is done
 * under the lock of the uidlist, where nothing but new/ differs from the view. Of several sessions that wait for it one
 * is first: the others find in the end of the uidlist what that one has moved. mailbox_sync() is the authority:
 * whatever is unusual is left to it, at any step.
 */
#include "store/mailbox_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/scan.h"
#include "store/uidlist.h"

struct arrival {
	struct msgname_order order;
	const struct scan_entry *entry;
};

struct news {
	struct mailbox *m;
	struct scan scan;
	struct uidlist uids; /* its end: records of what others have moved, then of the arrivals */
	size_t moved;	     /* by others */
	struct arrival *arrivals;
	size_t n;
	char names[2 * MAILBOX_NEWS_MAX][NAME_MAX + 1]; /* in cur/, as the records */
};

/*
 * What somebody renamed in cur/ in the same tick as we moved something there does not show, but in a whole look; or to
 * who watches the folder.
 */
static bool is_trusted(const struct mailbox *m, enum mailbox_hint hint)
{
	return hint || m->view.settled || clock_mono_ms() - m->unsettled_ms < MAILBOX_UNSETTLED_MS;
}

static bool is_possible(const struct mailbox *m, enum mailbox_hint hint)
{
	return (m->how & MAILBOX_MOVE_NEW) && !(m->how & MAILBOX_READ_ONLY) && m->view.in_new == 0 &&
	       m->view.uidvalidity != 0 && is_trusted(m, hint);
}

static bool is_cur_as_seen(const struct mailbox *m)
{
	struct stamp cur;

	return stamp_of(m->cur, &cur) == 0 && stamp_is(&cur, &m->view.cur);
}

static bool is_in_cur(const struct mailbox *m, const char *name)
{
	struct stat st;

	return fstatat(m->cur, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* Written anew it may have other UIDs for what is in the view. */
static bool is_longer(const struct stamp *now, const struct stamp *before)
{
	return now->dev == before->dev && now->ino == before->ino && now->size > before->size;
}

/* What others gave UIDs is in cur/ by the name that a session gives it. One that has flags since is no such thing. */
static bool find_moved(struct news *n)
{
	n->moved = n->uids.n;
	if (n->moved > MAILBOX_NEWS_MAX)
		return false;
	for (size_t i = 0; i < n->moved; i++) {
		const struct uidlist_record *r = &n->uids.records[i];

		if (msgname_set_flags(n->names[i], span_of(r->base, r->base_n), 0) < 0 || !is_in_cur(n->m, n->names[i]))
			return false;
	}
	return true;
}

/*
 * The uidlist is that of the view, so each file in cur/ has a record in it; or has more records at its end. Where cur/
 * has changed without that somebody moves files and gives no UIDs.
 */
static bool are_uids_as_seen(struct news *n, enum mailbox_hint hint)
{
	const struct cache *view = &n->m->view;
	struct fault ignored;

	if (uidlist_read_end(&n->uids, n->m->dir, view->next_uid, &ignored) != 1 ||
	    n->uids.uidvalidity != view->uidvalidity)
		return false;
	if (n->uids.n > 0)
		return hint == MAILBOX_ARRIVED_ONLY && is_longer(&n->uids.stamp, &view->uidlist) && find_moved(n);
	return stamp_is(&n->uids.stamp, &view->uidlist) && n->uids.next_uid == view->next_uid && is_cur_as_seen(n->m);
}

/* Has one of them the base name of a message that was there before? */
static bool is_any_known(const struct news *n)
{
	struct span bases[MAILBOX_NEWS_MAX];

	for (size_t i = 0; i < n->scan.n; i++)
		bases[i] = span_of(n->scan.entries[i].name, n->scan.entries[i].base_n);
	return uidlist_has_any(n->m->dir, bases, n->scan.n) != 0;
}

static int compare(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;

	return msgname_compare(&x->order, &y->order);
}

static void list_arrivals(struct news *n)
{
	n->arrivals = arena_alloc(&n->scan.arena, n->scan.n * sizeof(*n->arrivals));
	for (size_t i = 0; i < n->scan.n; i++) {
		const struct scan_entry *e = &n->scan.entries[i];

		n->arrivals[i] = (struct arrival){ .order = msgname_order(e->name), .entry = e };
	}
	qsort(n->arrivals, n->scan.n, sizeof(*n->arrivals), compare);
}

/* 0; -1: one stays where it is. Who was removed meanwhile is none. */
static int move_all(struct news *n)
{
	for (size_t i = 0; i < n->scan.n; i++) {
		const struct arrival a = n->arrivals[i];
		const char *from = a.entry->name;
		char *to = n->names[n->moved + n->n];

		if (strchr(from, ':') || msgname_set_flags(to, span_str(from), 0) < 0)
			snprintf(to, NAME_MAX + 1, "%s", from);
		if (renameat(n->m->new, from, n->m->cur, to) == 0)
			n->arrivals[n->n++] = a;
		else if (errno != ENOENT)
			return -1;
	}
	return 0;
}

static int give_uids(struct news *n, struct fault *f)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct scan_entry *e = n->arrivals[i].entry;

		if (uidlist_add(&n->uids, span_of(e->name, e->base_n)) == 0)
			return fault_temp(f, 451, "4.3.0", "%s has no UIDs left", n->m->path);
	}
	return n->n ? uidlist_append(&n->uids, n->m->dir, &n->m->lock, n->moved, f) : 0;
}

static void join(struct news *n, const struct mailbox_watch *watch)
{
	struct mailbox *m = n->m;
	size_t before = m->view.n;

	cache_extend(&m->view, n->uids.n);
	for (size_t i = 0; i < n->uids.n; i++) {
		const struct uidlist_record *r = &n->uids.records[i];

		mailbox_put_message(&m->view, before + i, r, n->names[i], false);
		if (i >= n->moved)
			mailbox_note_moved(m, r->uid);
		if (watch && watch->added)
			watch->added(watch->context, r->uid);
	}
	m->view.next_uid = n->uids.next_uid;
	m->view.uidlist = n->uids.stamp;
	mailbox_note_own_change(m);
	m->named_cur = m->view.cur;
	m->named_new = m->view.new;
}

static int take(struct news *n, enum mailbox_hint hint, const struct mailbox_watch *watch, struct fault *f)
{
	struct mailbox *m = n->m;

	if ((hint != MAILBOX_ARRIVED_ONLY && !is_cur_as_seen(m)) || scan_new(&n->scan, m->new, f) < 0)
		return MAILBOX_LOOK_AT_ALL;
	if (n->scan.n > MAILBOX_NEWS_MAX || n->scan.twins > 0 || !are_uids_as_seen(n, hint))
		return MAILBOX_LOOK_AT_ALL;
	if (n->scan.n > 0 && is_any_known(n))
		return MAILBOX_LOOK_AT_ALL;
	list_arrivals(n);
	if (move_all(n) < 0)
		return MAILBOX_LOOK_AT_ALL;
	if (give_uids(n, f) < 0) {
		m->lost = true;
		return -1;
	}
	if (n->uids.n == 0) {
		/* It was here the last time; or somebody has moved it who gives no UIDs. */
		m->whole = false;
		return 0;
	}
	join(n, watch);
	return 1;
}

int mailbox_take_news(struct mailbox *m, enum mailbox_hint hint, const struct mailbox_watch *watch, struct fault *f)
{
	struct news n = { .m = m };
	bool held = m->lock.held;
	int rc;

	if (!is_possible(m, hint))
		return MAILBOX_LOOK_AT_ALL;
	if (!held && mailbox_lock(m, f) < 0)
		return -1;
	rc = take(&n, hint, watch, f);
	if (!held)
		mailbox_unlock(m);
	scan_clear(&n.scan);
	uidlist_clear(&n.uids);
	return rc;
}
