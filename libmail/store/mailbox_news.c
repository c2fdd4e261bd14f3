/* SPDX-License-Identifier: ISC */
/*
 * mailbox_news - what came into new/ joins the view behind its last message, and cur/ is not read.
 *
 * That is nearly every change that somebody waits for, and a folder may hold a hundred thousand others. It is done
 * under the lock of the uidlist, where nothing but new/ differs from the view. mailbox_sync() is the authority:
 * whatever is unusual is left to it, at any step.
 */
#include "store/mailbox_sync.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/scan.h"
#include "store/uidlist.h"

struct arrival {
	struct msgname_order order;
	const struct scan_entry *entry;
	char name[NAME_MAX + 1]; /* in cur/ */
	uint32_t uid;
};

struct news {
	struct mailbox *m;
	struct scan scan;
	struct uidlist uids;
	struct arrival *arrivals;
	size_t n;
};

/*
 * What somebody renamed in cur/ in the same tick as we moved something there does not show, but in a whole look; or to
 * who watches the folder.
 */
static bool is_trusted(const struct mailbox *m, bool expected)
{
	return expected || m->view.settled || clock_mono_ms() - m->unsettled_ms < MAILBOX_UNSETTLED_MS;
}

static bool is_possible(const struct mailbox *m, bool expected)
{
	return (m->how & MAILBOX_MOVE_NEW) && !(m->how & MAILBOX_READ_ONLY) && m->view.in_new == 0 &&
	       m->view.uidvalidity != 0 && is_trusted(m, expected);
}

static bool is_cur_as_seen(const struct mailbox *m)
{
	struct stamp cur;

	return stamp_of(m->cur, &cur) == 0 && stamp_is(&cur, &m->view.cur);
}

/* The uidlist is that of the view, so each file in cur/ has a record in it. */
static bool are_uids_as_seen(struct news *n)
{
	const struct cache *view = &n->m->view;
	struct fault ignored;

	return uidlist_read_ends(&n->uids, n->m->dir, &ignored) == 1 && stamp_is(&n->uids.stamp, &view->uidlist) &&
	       n->uids.uidvalidity == view->uidvalidity && n->uids.next_uid == view->next_uid;
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
		struct arrival a = n->arrivals[i];
		const char *from = a.entry->name;

		if (strchr(from, ':') || msgname_set_flags(a.name, span_str(from), 0) < 0)
			snprintf(a.name, sizeof(a.name), "%s", from);
		if (renameat(n->m->new, from, n->m->cur, a.name) == 0)
			n->arrivals[n->n++] = a;
		else if (errno != ENOENT)
			return -1;
	}
	return 0;
}

static int give_uids(struct news *n, struct fault *f)
{
	for (size_t i = 0; i < n->n; i++) {
		struct arrival *a = &n->arrivals[i];

		a->uid = uidlist_add(&n->uids, span_of(a->entry->name, a->entry->base_n));
		if (a->uid == 0)
			return fault_temp(f, 451, "4.3.0", "%s has no UIDs left", n->m->path);
	}
	return n->n ? uidlist_append(&n->uids, n->m->dir, &n->m->lock, 0, f) : 0;
}

static void add_message(struct mailbox *m, size_t i, const struct arrival *a)
{
	const struct cache_label label = { .name = span_str(a->name) };
	struct msgname parsed;

	msgname_parse(label.name, &parsed);
	m->view.uid[i] = a->uid;
	m->view.flags[i] = parsed.flags;
	m->view.size[i] = parsed.virtual == MSGNAME_UNKNOWN ? CACHE_UNKNOWN : parsed.virtual;
	cache_set_name(&m->view, i, &label);
}

static void join(struct news *n, const struct mailbox_watch *watch)
{
	struct mailbox *m = n->m;
	size_t before = m->view.n;

	cache_extend(&m->view, n->n);
	for (size_t i = 0; i < n->n; i++) {
		add_message(m, before + i, &n->arrivals[i]);
		mailbox_note_moved(m, n->arrivals[i].uid);
		if (watch && watch->added)
			watch->added(watch->context, n->arrivals[i].uid);
	}
	m->view.next_uid = n->uids.next_uid;
	m->view.uidlist = n->uids.stamp;
	mailbox_note_own_change(m);
	m->named_cur = m->view.cur;
	m->named_new = m->view.new;
}

static int take(struct news *n, const struct mailbox_watch *watch, struct fault *f)
{
	struct mailbox *m = n->m;

	if (!is_cur_as_seen(m) || scan_new(&n->scan, m->new, f) < 0)
		return MAILBOX_LOOK_AT_ALL;
	if (n->scan.n > MAILBOX_NEWS_MAX || n->scan.twins > 0 || !are_uids_as_seen(n))
		return MAILBOX_LOOK_AT_ALL;
	/* It was here the last time. Had another session moved it since, there would be more UIDs. */
	if (n->scan.n == 0)
		return 0;
	if (is_any_known(n))
		return MAILBOX_LOOK_AT_ALL;
	list_arrivals(n);
	if (move_all(n) < 0)
		return MAILBOX_LOOK_AT_ALL;
	if (give_uids(n, f) < 0) {
		m->lost = true;
		return -1;
	}
	join(n, watch);
	return n->n > 0;
}

int mailbox_take_news(struct mailbox *m, bool expected, const struct mailbox_watch *watch, struct fault *f)
{
	struct news n = { .m = m };
	bool held = m->lock.held;
	int rc;

	if (!is_possible(m, expected))
		return MAILBOX_LOOK_AT_ALL;
	if (!held && mailbox_lock(m, f) < 0)
		return -1;
	rc = take(&n, watch, f);
	if (!held)
		mailbox_unlock(m);
	scan_clear(&n.scan);
	uidlist_clear(&n.uids);
	return rc;
}
