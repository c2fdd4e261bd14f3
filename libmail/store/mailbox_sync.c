/* SPDX-License-Identifier: ISC */
/*
 * mailbox_sync - bring the view, the files and the uidlist together.
 *
 * First without the lock: most of the time there is nothing to write. Only where a message has no UID yet, or one is
 * to be moved out of new/, the lock is taken, the uidlist read again if it changed, and the rest done.
 */
#include "store/mailbox_sync.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/entropy.h"
#include "base/log.h"
#include "store/intent.h"
#include "store/quota.h"
#include "store/scan.h"
#include "store/uidlist.h"
#include "store/uidvalidity.h"

enum {
	KEPT_PERCENT = 75, /* of the uidlist's records that must be of use for it not to be written anew */
	KEPT_MIN = 64,	   /* records that are never worth it */
	AHEAD = 8,	   /* messages */
	NO_ROOM = 452,	   /* the reply of a fault that says so */
};

struct sync {
	struct mailbox *m;
	struct scan scan;
	struct uidlist uids;
	size_t known;	/* entries of the scan that have a UID */
	size_t written; /* records that are in the file */
	bool rewrite;	/* the file must be written anew, not only added to */
	bool in_use;	/* a client knows the view's messages by their numbers */
	bool hides;	/* a message is left out: its number would be another's, or it can get none */
};

/* ---- which file has which UID ---- */

static struct span record_base(const struct uidlist_record *r)
{
	return span_of(r->base, r->base_n);
}

/* Of two records for the same file the later one counts, as with Dovecot. */
static void match(struct sync *s)
{
	s->known = 0;
	for (size_t i = 0; i < s->scan.n; i++)
		s->scan.entries[i].uid = 0;
	for (size_t i = 0; i < s->uids.n; i++) {
		struct scan_entry *e = scan_find(&s->scan, record_base(&s->uids.records[i]));

		if (!e)
			continue;
		s->known += e->uid == 0;
		e->uid = s->uids.records[i].uid;
		e->record = (uint32_t)i;
	}
}

static size_t count_messages(const struct sync *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->scan.n; i++)
		n += !s->scan.entries[i].is_twin;
	return n;
}

/* For each record the file that has its UID; NULL where it is gone or has another. */
static const struct scan_entry **files_by_record(struct sync *s)
{
	const struct scan_entry **files = arena_alloc(&s->scan.arena, s->uids.n * sizeof(struct scan_entry *));

	for (size_t i = 0; i < s->scan.n; i++)
		if (!s->scan.entries[i].is_twin && s->scan.entries[i].uid != 0)
			files[s->scan.entries[i].record] = &s->scan.entries[i];
	return files;
}

/* ---- a uidlist that was lost ---- */

static int compare_records(const void *a, const void *b)
{
	const struct uidlist_record *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* The view of before, which may come from the cache, remembers what the file does not have any more. */
static void restore_records(struct sync *s)
{
	struct cache *view = &s->m->view;
	size_t had = s->uids.n;
	struct cache_name name;

	for (size_t i = 0; i < view->n; i++) {
		struct uidlist_record key = { .uid = view->uid[i] };
		char *fields;

		if ((had > 0 && bsearch(&key, s->uids.records, had, sizeof(key), compare_records)) ||
		    cache_is_gone(view, i) || cache_find_name(view, i, &name) < 0)
			continue;
		if (uidlist_add(&s->uids, msgname_base(span_str(name.name))) == 0)
			break;
		s->uids.records[s->uids.n - 1].uid = view->uid[i];
		fields = arena_printf(&s->uids.added, "%s%s%s%s%s", name.uidl[0] ? "P" : "", name.uidl,
				      name.uidl[0] && name.guid[0] ? " " : "", name.guid[0] ? "G" : "", name.guid);
		s->uids.records[s->uids.n - 1].fields = fields;
		s->uids.records[s->uids.n - 1].fields_n = (uint16_t)strlen(fields);
	}
	if (s->uids.n > had)
		qsort(s->uids.records, s->uids.n, sizeof(*s->uids.records), compare_records);
}

static void restore(struct sync *s)
{
	const struct cache *view = &s->m->view;
	struct uidlist *u = &s->uids;

	if (view->uidvalidity == 0 || (u->uidvalidity != 0 && u->uidvalidity != view->uidvalidity))
		return;
	if (u->version == 0 || u->damaged_line > 0) {
		u->uidvalidity = view->uidvalidity;
		if (u->guid[0] == '\0')
			memcpy(u->guid, view->guid, sizeof(u->guid));
		restore_records(s);
	}
	/* A number that was given once is never given again, also when the file is a copy from yesterday. */
	if (u->next_uid < view->next_uid)
		u->next_uid = view->next_uid;
	if (u->n > 0 && u->next_uid <= u->records[u->n - 1].uid)
		u->next_uid = u->records[u->n - 1].uid + 1;
}

static int read_uids(struct sync *s, struct fault *f)
{
	if (uidlist_read(&s->uids, s->m->dir, f) < 0)
		return -1;
	s->rewrite = s->uids.version != 3 || s->uids.damaged_line > 0 || s->uids.torn || s->uids.guid[0] == '\0';
	restore(s);
	s->written = s->uids.n;
	return 0;
}

/* ---- what is there ---- */

static bool is_missed(const struct sync *s, size_t record)
{
	return !scan_find(&s->scan, record_base(&s->uids.records[record]));
}

/* Is a message of the view missing that nobody of us removed, or one that got its UID since? */
static bool misses_any(const struct sync *s)
{
	const struct cache *view = &s->m->view;
	size_t record = 0;

	if (view->uidvalidity != s->uids.uidvalidity)
		return false;
	for (size_t i = 0; i < view->n; i++) {
		while (record < s->uids.n && s->uids.records[record].uid < view->uid[i])
			record++;
		if (!cache_is_gone(view, i) && record < s->uids.n && s->uids.records[record].uid == view->uid[i] &&
		    is_missed(s, record))
			return true;
	}
	while (record < s->uids.n && s->uids.records[record].uid < view->next_uid)
		record++;
	for (; record < s->uids.n; record++)
		if (is_missed(s, record))
			return true;
	return false;
}

/* readdir(3) may pass over what is being renamed, so what is missed is looked for again while anything moves. */
static int look(struct sync *s, struct fault *f)
{
	struct mailbox *m = s->m;

	if (scan_folder(&s->scan, m->cur, m->new, f) < 0)
		return -1;
	for (int i = 1; i < MAILBOX_RESCANS && !s->scan.stable && misses_any(s); i++) {
		struct scan earlier = s->scan;

		memset(&s->scan, 0, sizeof(s->scan));
		if (scan_folder(&s->scan, m->cur, m->new, f) < 0) {
			scan_clear(&earlier);
			return -1;
		}
		scan_add_missed(&s->scan, &earlier, m->cur, m->new);
		scan_clear(&earlier);
	}
	if (s->scan.n > CACHE_MESSAGES_MAX)
		return fault_temp(f, 451, "4.3.0", "%s holds more than %d messages", m->path, CACHE_MESSAGES_MAX);
	match(s);
	return 0;
}

/* ---- under the lock ---- */

/* Another base name for the second of two files that have the same one. If it is gone it was no second file. */
static void part_twin(struct sync *s, struct scan_entry *e)
{
	char id[ENTROPY_ID + 1], name[NAME_MAX + 1];
	struct span rest = span_from(span_str(e->name), span_find(span_str(e->name), '.'));
	int n, dir = e->in_new ? s->m->new : s->m->cur;

	entropy_id(id);
	n = snprintf(name, sizeof(name), "%jd.%s%.*s", (intmax_t)clock_wall(), id, SPAN_ARG(rest));
	if (n < 0 || (size_t)n >= sizeof(name) || renameat(dir, e->name, dir, name) < 0)
		return;
	e->name = arena_str(&s->scan.arena, name);
	e->base_n = (uint16_t)msgname_base(span_str(name)).n;
	e->is_twin = !map_add(&s->scan.by_base, span_of(e->name, e->base_n), e);
}

static void move_out_of_new(struct sync *s, struct scan_entry *e)
{
	char name[NAME_MAX + 1];
	const char *to = e->name;

	if (!strchr(to, ':') && msgname_set_flags(name, span_str(to), 0) == 0)
		to = name;
	/* Gone: somebody else moved it. No room or no right: it stays where it is. */
	if (renameat(s->m->new, e->name, s->m->cur, to) < 0)
		return;
	e->in_new = false;
	e->was_new = true;
	e->name = arena_str(&s->scan.arena, to);
}

static void move_files(struct sync *s)
{
	bool moved = false;

	for (size_t i = 0; i < s->scan.n; i++) {
		struct scan_entry *e = &s->scan.entries[i];

		if (e->is_twin && e->name)
			part_twin(s, e);
		if (!e->is_twin && e->in_new && (s->m->how & MAILBOX_MOVE_NEW))
			move_out_of_new(s, e);
		moved |= e->was_new;
	}
	/* Where that fails the next delivery's sync of new/ fails, too, and its sender is told. */
	if (moved)
		disk_sync_moved(s->m->cur, "cur", NULL);
}

/*
 * A directory's order is not that of its messages, so each entry and name is somewhere else in memory: half the time of
 * a large folder would be waiting for it.
 */
static void fetch_ahead(const void *entry_or_name)
{
	__builtin_prefetch(entry_or_name);
}

/* What the order goes by is read out of each name once, and not at each comparison. */
struct fresh {
	struct msgname_order order;
	struct scan_entry *entry;
};

static int compare_fresh(const void *a, const void *b)
{
	const struct fresh *x = a, *y = b;

	return msgname_compare(&x->order, &y->order);
}

static size_t count_fresh(const struct sync *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->scan.n; i++)
		n += !s->scan.entries[i].is_twin && s->scan.entries[i].uid == 0;
	return n;
}

static int give_uids(struct sync *s, struct fault *f)
{
	size_t n = count_fresh(s), k = 0;
	struct fresh *fresh = arena_alloc(&s->scan.arena, n * sizeof(*fresh));

	for (size_t i = 0; i < s->scan.n; i++) {
		struct scan_entry *e = &s->scan.entries[i];

		if (!e->is_twin && e->uid == 0)
			fresh[k++] = (struct fresh){ .order = msgname_order(e->name), .entry = e };
	}
	qsort(fresh, n, sizeof(*fresh), compare_fresh);
	for (size_t i = 0; i < n; i++) {
		struct scan_entry *e = fresh[i].entry;

		if (i + AHEAD < n) {
			fetch_ahead(fresh[i + AHEAD].entry);
			fetch_ahead(fresh[i + AHEAD].order.name);
		}
		e->record = (uint32_t)s->uids.n;
		e->uid = uidlist_add(&s->uids, span_of(e->name, e->base_n));
		if (e->uid == 0)
			return fault_temp(f, 451, "4.3.0", "%s has no UIDs left", s->m->path);
	}
	return 0;
}

/* Most records are of messages that are gone: the file becomes shorter. */
static void drop_records(struct sync *s)
{
	size_t n = s->uids.n, live = count_messages(s);
	const struct scan_entry **files;

	/* A message that a scan has passed over must not lose its UID. */
	if (n < KEPT_MIN || live >= n * KEPT_PERCENT / 100 || !s->scan.stable)
		return;
	files = files_by_record(s);
	for (size_t i = 0; i < n; i++)
		if (!files[i])
			s->uids.records[i].uid = 0;
	s->rewrite = true;
}

/* UIDVALIDITY numbers are given in the root of the mailbox tree: above a Maildir++ folder. */
static uint32_t new_uidvalidity(const struct mailbox *m)
{
	int root = quota_root(m->dir);
	uint32_t number = uidvalidity_next(root >= 0 ? root : m->dir);

	if (root >= 0)
		close(root);
	return number;
}

static int write_uids(struct sync *s, struct fault *f)
{
	drop_records(s);
	if (!s->rewrite && s->uids.n == s->written)
		return 0;
	if (!s->rewrite)
		return uidlist_append(&s->uids, s->m->dir, &s->m->lock, s->written, f);
	if (s->uids.uidvalidity == 0)
		s->uids.uidvalidity = new_uidvalidity(s->m);
	if (s->uids.guid[0] == '\0')
		uidlist_make_guid(s->uids.guid);
	return uidlist_rewrite(&s->uids, s->m->dir, &s->m->lock, f);
}

/* Of files that somebody has begun to put here together there are all or none. */
static int settle(struct sync *s, struct fault *f)
{
	int rc = intent_settle(s->m->dir, s->m->cur, f);

	if (rc <= 0)
		return rc;
	scan_clear(&s->scan);
	return read_uids(s, f) < 0 || look(s, f) < 0 ? -1 : 0;
}

static int work_locked(struct sync *s, struct fault *f)
{
	struct stamp now;

	if (stamp_at(s->m->dir, UIDLIST_FILE, &now) < 0)
		return fault_errno(f, "cannot stat " UIDLIST_FILE);
	/* Others gave UIDs, perhaps to files that came behind our scan: what gets the next ones comes behind them. */
	if (!stamp_is(&now, &s->uids.stamp)) {
		scan_clear(&s->scan);
		if (read_uids(s, f) < 0 || look(s, f) < 0)
			return -1;
	}
	if (settle(s, f) < 0)
		return -1;
	move_files(s);
	if (give_uids(s, f) < 0)
		return -1;
	return write_uids(s, f);
}

static bool needs_lock(const struct sync *s)
{
	if (s->m->how & MAILBOX_READ_ONLY)
		return false;
	return s->rewrite || s->scan.twins > 0 || s->known < count_messages(s) ||
	       ((s->m->how & MAILBOX_MOVE_NEW) && s->scan.in_new > 0);
}

static int finish_files(struct sync *s, struct fault *f)
{
	bool held = s->m->lock.held;
	int rc;

	if (!needs_lock(s))
		return 0;
	if (!held && mailbox_lock(s->m, f) < 0)
		return -1;
	rc = work_locked(s, f);
	if (!held)
		mailbox_unlock(s->m);
	return rc;
}

/* What has a UID is shown, as in a mailbox that is opened for reading. */
static bool hide_new(struct sync *s)
{
	scan_clear(&s->scan);
	if (read_uids(s, NULL) < 0 || look(s, NULL) < 0 || s->rewrite || s->uids.uidvalidity == 0)
		return false;
	s->hides = true;
	return true;
}

/* On a full disk nothing can be noted. Whoever wants to make room by removing messages has to get at them. */
static int finish_if_there_is_room(struct sync *s, struct fault *f)
{
	struct fault own;

	if (finish_files(s, &own) == 0)
		return 0;
	if (own.reply == NO_ROOM && hide_new(s)) {
		log_debug("%s: new messages are not shown: %s", s->m->path, own.text);
		return 0;
	}
	if (f)
		*f = own;
	return -1;
}

/* ---- the view ---- */

static uint64_t size_by_name(const struct msgname *name, const struct uidlist_record *r)
{
	uint64_t size;

	if (name->virtual != MSGNAME_UNKNOWN)
		return name->virtual;
	return span_number(uidlist_field(r, 'W'), INT64_MAX, &size) == 0 ? size : CACHE_UNKNOWN;
}

static struct span short_field(const struct uidlist_record *r, char key)
{
	struct span value = r->fields_n ? uidlist_field(r, key) : span_of(NULL, 0);

	return value.n <= CACHE_TEXT_MAX ? value : span_of(NULL, 0);
}

void mailbox_put_message(struct cache *view, size_t i, const struct uidlist_record *r, const char *name, bool in_new)
{
	const struct cache_label label = { span_str(name), short_field(r, 'P'), short_field(r, 'G'), in_new };
	struct msgname parsed;

	msgname_parse(label.name, &parsed);
	view->in_new += in_new;
	view->has_uidl |= label.uidl.n > 0;
	view->has_order |= r->fields_n && uidlist_order(r) != 0;
	view->uid[i] = r->uid;
	view->flags[i] = parsed.flags;
	view->size[i] = size_by_name(&parsed, r);
	cache_set_name(view, i, &label);
}

static void put_message(const struct sync *s, struct cache *next, size_t i, const struct scan_entry *e)
{
	const struct cache *old = &s->m->view;
	size_t before;

	mailbox_put_message(next, i, &s->uids.records[e->record], e->name, e->in_new);
	if (old->uidvalidity == s->uids.uidvalidity && cache_find(old, e->uid, &before) &&
	    old->size[before] != CACHE_UNKNOWN)
		next->size[i] = old->size[before];
}

/*
 * Numbers ascend with UIDs, and a client that counts on them can only hear of messages behind all others. One that was
 * missed until now, in spite of all, is there for the next session.
 */
static void hide_late(struct sync *s, const struct scan_entry **files)
{
	const struct cache *view = &s->m->view;
	uint32_t last = view->n ? view->uid[view->n - 1] : 0;
	size_t i;

	if (!s->in_use || view->uidvalidity != s->uids.uidvalidity)
		return;
	for (size_t k = 0; k < s->uids.n && s->uids.records[k].uid < last; k++)
		if (files[k] && !cache_find(view, s->uids.records[k].uid, &i)) {
			files[k] = NULL;
			s->hides = true;
		}
}

static void build(struct sync *s, struct cache *next)
{
	const struct scan_entry **files = files_by_record(s);
	size_t n = 0, i = 0;

	hide_late(s, files);

	cache_init(next);
	for (size_t k = 0; k < s->uids.n; k++)
		n += files[k] != NULL;
	cache_resize(next, n);
	for (size_t k = 0; k < s->uids.n; k++)
		if (files[k]) {
			if (k + 2 * AHEAD < s->uids.n)
				fetch_ahead(files[k + 2 * AHEAD]);
			if (k + AHEAD < s->uids.n && files[k + AHEAD])
				fetch_ahead(files[k + AHEAD]->name);
			put_message(s, next, i++, files[k]);
			if (files[k]->was_new)
				mailbox_note_moved(s->m, files[k]->uid);
		}
	next->uidvalidity = s->uids.uidvalidity;
	next->next_uid = s->uids.next_uid;
	memcpy(next->guid, s->uids.guid, sizeof(next->guid));
	next->uidlist = s->uids.stamp;
	next->cur = s->scan.cur;
	next->new = s->scan.new;
	next->settled = !s->hides && stamp_is_older(&next->cur, s->scan.began_us, STAMP_SETTLE_MS) &&
			stamp_is_older(&next->new, s->scan.began_us, STAMP_SETTLE_MS);
}

static bool tell_old(const struct cache *old, const struct cache *next, const struct mailbox_watch *w)
{
	bool any = false;

	for (size_t i = 0, k = 0; i < old->n; i++) {
		while (k < next->n && next->uid[k] < old->uid[i])
			k++;
		if (k == next->n || next->uid[k] != old->uid[i]) {
			if (w && w->gone)
				w->gone(w->context, old->uid[i]);
			any = true;
		} else if (next->flags[k] != old->flags[i]) {
			if (w && w->changed)
				w->changed(w->context, old->uid[i], next->flags[k]);
			any = true;
		}
	}
	return any;
}

static bool tell_new(const struct cache *old, const struct cache *next, const struct mailbox_watch *w)
{
	bool any = false;

	for (size_t i = 0, k = 0; k < next->n; k++) {
		while (i < old->n && old->uid[i] < next->uid[k])
			i++;
		if (i < old->n && old->uid[i] == next->uid[k])
			continue;
		if (w && w->added)
			w->added(w->context, next->uid[k]);
		any = true;
	}
	return any;
}

/* Are the numbers of the messages void? */
static bool tell(const struct cache *old, const struct cache *next, const struct mailbox_watch *w)
{
	struct cache none = { .n = 0 };
	bool any;

	if (old->uidvalidity != next->uidvalidity) {
		if (w && w->reset)
			w->reset(w->context);
		tell_new(&none, next, w);
		return true;
	}
	any = tell_old(old, next, w);
	return tell_new(old, next, w) || any;
}

/* But for what tell() has not found: a message's name may have got letters that are no flags. */
static bool is_same(const struct mailbox *m, const struct cache *next)
{
	const struct cache *old = &m->view;

	return old->uidvalidity == next->uidvalidity && old->n == next->n && old->in_new == 0 && next->in_new == 0 &&
	       old->has_uidl == next->has_uidl && old->has_order == next->has_order &&
	       strcmp(old->guid, next->guid) == 0 && !m->removed && !m->names_lost;
}

/*
 * The view of before is kept if it can be: its names are in the file, and need no memory. A name that is not right any
 * more is found again when it is needed.
 */
static void take_view(struct mailbox *m, struct cache *next, bool differs)
{
	if (differs || !is_same(m, next)) {
		cache_clear(&m->view);
		m->view = *next;
		m->names_lost = false;
		m->named_cur = next->cur;
		m->named_new = next->new;
		return;
	}
	m->view.uidlist = next->uidlist;
	m->view.cur = next->cur;
	m->view.new = next->new;
	m->view.settled = next->settled;
	m->view.next_uid = next->next_uid;
	m->view.changed = true;
	cache_clear(next);
}

static void keep_gone(struct mailbox *m, struct cache *next)
{
	if (m->view.uidvalidity == next->uidvalidity && cache_keep_gone(next, &m->view) > 0)
		m->removed = true;
}

int mailbox_sync(struct mailbox *m, bool in_use, const struct mailbox_watch *watch, struct fault *f)
{
	struct sync s = { .m = m, .in_use = in_use };
	struct cache next;
	int rc = -1;

	if (read_uids(&s, f) == 0 && look(&s, f) == 0 && finish_if_there_is_room(&s, f) == 0) {
		build(&s, &next);
		if (watch && watch->keeps_gone)
			keep_gone(m, &next);
		rc = tell(&m->view, &next, watch);
		take_view(m, &next, rc != 0);
		m->lost = false;
		m->whole = !s.hides;
		m->unsettled_ms = clock_mono_ms();
		/* Our own moves. What came meanwhile is found when the times have settled. */
		if (s.scan.in_new > 0 && (m->how & MAILBOX_MOVE_NEW))
			mailbox_note_own_change(m);
	}
	scan_clear(&s.scan);
	uidlist_clear(&s.uids);
	return rc;
}

/* ---- names ---- */

static bool is_news(struct mailbox *m, const struct stamp *cur, const struct stamp *new)
{
	return !stamp_is(cur, &m->named_cur) || !stamp_is(new, &m->named_new) ||
	       !stamp_is_older(cur, clock_wall_us(), STAMP_SETTLE_MS) ||
	       !stamp_is_older(new, clock_wall_us(), STAMP_SETTLE_MS);
}

int mailbox_sync_names(struct mailbox *m, struct fault *f)
{
	struct scan s = { 0 };
	struct cache_label label;
	struct cache_name name;
	struct stamp cur, new;

	if (stamp_of(m->cur, &cur) < 0 || stamp_of(m->new, &new) < 0)
		return fault_errno(f, "cannot stat %s", m->path);
	if (!is_news(m, &cur, &new))
		return 0;
	if (scan_folder(&s, m->cur, m->new, f) < 0)
		return -1;
	for (size_t i = 0; i < m->view.n; i++) {
		const struct scan_entry *e;

		if (cache_find_name(&m->view, i, &name) < 0)
			continue;
		e = scan_find(&s, msgname_base(span_str(name.name)));
		if (!e || (e->in_new == name.in_new && strcmp(e->name, name.name) == 0))
			continue;
		label = cache_label(&name);
		label.name = span_str(e->name);
		label.in_new = e->in_new;
		cache_set_name(&m->view, i, &label);
	}
	m->named_cur = s.cur;
	m->named_new = s.new;
	scan_clear(&s);
	return 0;
}

void mailbox_note_moved(struct mailbox *m, uint32_t uid)
{
	if (m->moved_n == m->moved_room) {
		m->moved_room = m->moved_room ? 2 * m->moved_room : 16;
		m->moved = arena_heap_resize(m->moved, m->moved_room * sizeof(*m->moved));
	}
	m->moved[m->moved_n++] = uid;
}

void mailbox_note_own_change(struct mailbox *m)
{
	if (stamp_of(m->cur, &m->view.cur) < 0 || stamp_of(m->new, &m->view.new) < 0)
		m->lost = true;
	if (m->view.settled)
		m->unsettled_ms = clock_mono_ms();
	m->view.settled = false;
	m->view.changed = true;
}
