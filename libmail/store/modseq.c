/* SPDX-License-Identifier: ISC */
/*
 * modseq - which messages of a folder changed since when.
 *
 * In memory all records are by UID. What is read, and what is noted, is sorted and merged into them, the later of
 * two records for one UID being the one that counts. The file (modseq_file.c) is only ever changed under the lock.
 */
#include "store/modseq.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "store/modseq_file.h"

enum {
	PATIENCE = 5, /* seconds for the lock: values can be given without it */
	NOTED_MIN = 16,
	REST_MIN = 256,		     /* records: fewer are less than a page */
	SLACK = 2 * MODSEQ_GONE_MAX, /* records of no use that a small folder's file may have */
};

static const struct lock_rules patient = {
	.name = "dovecot-uidlist.lock", .guards = "dovecot-uidlist", .stale = 120, .wait = PATIENCE, .is_signed = true
};
static const struct lock_rules impatient = {
	.name = "dovecot-uidlist.lock", .guards = "dovecot-uidlist", .stale = 120, .wait = 0, .is_signed = true
};

void modseq_init(struct modseq *q)
{
	memset(q, 0, sizeof(*q));
}

/* Forget the values; q->highest stays. */
static void drop_arrays(struct modseq *q)
{
	uint64_t highest = q->highest, floor = q->floor, last = q->last;

	free(q->all);
	free(q->news);
	free(q->noted);
	if (q->resting)
		close(q->fd);
	modseq_init(q);
	q->highest = highest;
	q->floor = floor;
	q->last = last;
}

void modseq_clear(struct modseq *q)
{
	drop_arrays(q);
	modseq_init(q);
}

static uint64_t value_of(const struct modseq_record *r)
{
	return r->value & ~MODSEQ_GONE;
}

static bool is_gone(const struct modseq_record *r)
{
	return r->value & MODSEQ_GONE;
}

/* ---- in memory ---- */

/* The first record whose UID is not smaller. */
static size_t lower_bound(const struct modseq_record *r, size_t n, uint32_t uid)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (r[middle].uid < uid)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

static const struct modseq_record *find(const struct modseq_record *r, size_t n, uint32_t uid)
{
	size_t i = lower_bound(r, n, uid);

	return i < n && r[i].uid == uid ? &r[i] : NULL;
}

static int compare_records(const void *a, const void *b)
{
	const struct modseq_record *x = a, *y = b;

	if (x->uid != y->uid)
		return x->uid < y->uid ? -1 : 1;
	return (value_of(x) > value_of(y)) - (value_of(x) < value_of(y));
}

/* Of each UID the last one. `r` must be sorted. */
static size_t keep_last(struct modseq_record *r, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (i + 1 == n || r[i + 1].uid != r[i].uid)
			r[kept++] = r[i];
	return kept;
}

/* More records, which count more than those that are there. They are sorted here. */
static void fold(struct modseq *q, struct modseq_record *more, size_t n)
{
	struct modseq_record *all;
	size_t i = 0, k = 0, out = 0;

	for (size_t j = 0; j < n; j++)
		if (value_of(&more[j]) > q->last)
			q->last = value_of(&more[j]);
	qsort(more, n, sizeof(*more), compare_records);
	n = keep_last(more, n);
	all = arena_heap((q->n + n) * sizeof(*all));
	while (i < q->n || k < n) {
		if (k == n || (i < q->n && q->all[i].uid < more[k].uid)) {
			all[out++] = q->all[i++];
			continue;
		}
		i += i < q->n && q->all[i].uid == more[k].uid;
		all[out++] = more[k++];
	}
	free(q->all);
	q->all = all;
	q->n = out;
}

/* Records as they are in the file: mostly those of a file that was written anew, in order, and a few behind them. */
static void fold_file(struct modseq *q, struct modseq_record *r, size_t n)
{
	size_t sorted = n > 0;

	while (sorted < n && r[sorted].uid > r[sorted - 1].uid)
		sorted++;
	if (q->n == 0 && sorted > 0) {
		q->all = arena_heap(sorted * sizeof(*r));
		memcpy(q->all, r, sorted * sizeof(*r));
		q->n = sorted;
		for (size_t i = 0; i < sorted; i++)
			q->last = value_of(&r[i]) > q->last ? value_of(&r[i]) : q->last;
		r += sorted;
		n -= sorted;
	}
	if (n > 0)
		fold(q, r, n);
}

static void note(struct modseq *q, uint32_t uid, uint32_t flags, bool gone)
{
	if (q->noted_n == q->noted_room) {
		q->noted_room = q->noted_room ? 2 * q->noted_room : NOTED_MIN;
		q->noted = arena_heap_resize(q->noted, q->noted_room * sizeof(*q->noted));
	}
	q->noted[q->noted_n++] = (struct modseq_record){ uid, gone ? 0 : flags, gone ? MODSEQ_GONE : 0 };
}

/* Note all in which the view is not what the records say. Those who only ask stop at the first. */
static bool compare(struct modseq *q, const struct cache *view, bool take)
{
	size_t i = 0, k = 0, before = q->noted_n;

	while (i < q->n || k < view->n) {
		const struct modseq_record *r = i < q->n ? &q->all[i] : NULL;
		uint32_t uid = k < view->n ? view->uid[k] : UINT32_MAX;

		if (r && r->uid < uid) {
			if (!is_gone(r))
				note(q, r->uid, 0, true);
			i++;
		} else {
			bool here = r && r->uid == uid, gone = cache_is_gone(view, k);

			if (gone ? here && !is_gone(r) : !here || is_gone(r) || r->flags != view->flags[k])
				note(q, uid, view->flags[k], gone);
			i += here;
			k++;
		}
		if (!take && q->noted_n > before) {
			q->noted_n = before;
			return true;
		}
	}
	return q->noted_n > before;
}

/* ---- reading ---- */

static bool is_same_file(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

/* Start again: what the file holds is all that is known. */
static void forget(struct modseq *q)
{
	free(q->all);
	free(q->news);
	q->all = q->news = NULL;
	q->n = q->news_n = 0;
	q->has_file = q->recorded = q->ahead = false;
	q->floor = 0;
}

/* Read all of an open file. Is it good? */
static bool read_whole(struct modseq *q, int fd, const struct modseq_file_head *h, const struct stamp *stamp)
{
	struct modseq_record *r = modseq_file_read(fd, h, 0, 0);

	if (!r)
		return false;
	forget(q);
	fold_file(q, r, (size_t)h->records);
	free(r);
	q->last = h->last > q->last ? h->last : q->last;
	q->floor = h->floor;
	q->records = h->records;
	q->check = h->check;
	q->has_file = q->recorded = true;
	q->file = *stamp;
	return true;
}

static bool read_behind(struct modseq *q, int fd, const struct modseq_file_head *h)
{
	struct modseq_record *r = modseq_file_read(fd, h, q->records, q->check);

	if (!r)
		return false;
	fold(q, r, (size_t)(h->records - q->records));
	free(r);
	q->ahead = false;
	q->last = h->last > q->last ? h->last : q->last;
	q->records = h->records;
	q->check = h->check;
	return true;
}

enum news { NO_FILE = -1, NO_NEWS = 0, NEWS = 1 };

/* Learn what the file says. NO_FILE: there is none that can be used; what was known stays. */
static enum news read_news(struct modseq *q, const struct mailbox *m)
{
	int fd = modseq_file_open(m->dir, O_RDONLY);
	enum news rc = NO_FILE;
	struct stamp stamp;
	struct modseq_file_head h;

	if (fd < 0)
		return NO_FILE;
	if (stamp_of(fd, &stamp) == 0 && modseq_file_read_head(fd, m->view.uidvalidity, &h)) {
		bool same = q->has_file && is_same_file(&stamp, &q->file) && h.records >= q->records;

		if (same && h.records == q->records && h.check == q->check)
			rc = NO_NEWS;
		else if ((same && read_behind(q, fd, &h)) || read_whole(q, fd, &h, &stamp))
			rc = NEWS;
	}
	close(fd);
	return rc;
}

/* The same. A file that was lost: all that was known is void. Where none could be written it stays. */
static enum news learn(struct modseq *q, const struct mailbox *m)
{
	enum news news = read_news(q, m);

	if (news == NO_FILE && q->has_file)
		forget(q);
	return news;
}

/* ---- writing ---- */

static void fill_head(const struct modseq *q, const struct mailbox *m, struct modseq_file_head *h)
{
	modseq_file_init_head(h, m->view.uidvalidity);
	h->cur = m->view.cur;
	h->new = m->view.new;
	h->settled = m->view.settled;
	h->last = q->last;
	h->floor = q->floor;
}

static int compare_values(const void *a, const void *b)
{
	const struct modseq_record *x = a, *y = b;

	return (x->value < y->value) - (x->value > y->value);
}

/* Forget all but the last of those that were removed. */
static void drop_gone(struct modseq *q)
{
	struct modseq_record *gone = arena_heap(q->n * sizeof(*gone));
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < q->n; i++)
		if (is_gone(&q->all[i]))
			gone[n++] = q->all[i];
	if (n > MODSEQ_GONE_MAX) {
		qsort(gone, n, sizeof(*gone), compare_values);
		q->floor = value_of(&gone[MODSEQ_GONE_MAX]);
		for (size_t i = 0; i < q->n; i++)
			if (!is_gone(&q->all[i]) || value_of(&q->all[i]) > q->floor)
				q->all[kept++] = q->all[i];
		q->n = kept;
	}
	free(gone);
}

/* All of it, in place of what is there; all noted are among q->all. */
static int write_whole(struct modseq *q, const struct mailbox *m)
{
	struct modseq_file_head h;
	int rc;

	drop_gone(q);
	fill_head(q, m, &h);
	rc = modseq_file_replace(m->dir, &h, q->all, q->n, &q->file);
	q->has_file = q->recorded = rc == 0;
	q->ahead = false;
	if (q->has_file) {
		q->records = h.records;
		q->check = h.check;
	}
	return rc;
}

/* Those that were noted, behind what is in the file. -1: there is none, or it is to be written anew. */
static int append(struct modseq *q, const struct mailbox *m)
{
	int fd = q->has_file ? modseq_file_open(m->dir, O_RDWR) : -1, rc = -1;
	struct modseq_file_head h, next;
	struct stamp stamp;

	if (fd < 0)
		return -1;
	if (stamp_of(fd, &stamp) == 0 && modseq_file_read_head(fd, m->view.uidvalidity, &h) &&
	    h.records + q->noted_n <= 2 * m->view.n + SLACK) {
		bool all_read = is_same_file(&stamp, &q->file) && h.records == q->records && h.check == q->check;

		fill_head(q, m, &next);
		/* What is not shown yet is not compared either. */
		next.settled = next.settled && all_read;
		rc = modseq_file_append(fd, &h, &next, q->noted, q->noted_n);
		q->ahead = q->ahead || !all_read;
		if (rc == 0 && all_read) {
			q->records = next.records;
			q->check = next.check;
		}
	}
	close(fd);
	return rc;
}

static uint64_t next_value(const struct modseq *q)
{
	uint64_t now = (uint64_t)clock_wall_us();

	return now > q->last && now <= MODSEQ_MAX ? now : q->last + 1;
}

/* The file gets them in the order in which they were noted. */
static void fold_noted(struct modseq *q)
{
	size_t size = q->noted_n * sizeof(*q->noted);
	struct modseq_record *copy;

	if (size == 0)
		return;
	copy = arena_heap(size);
	memcpy(copy, q->noted, size);
	fold(q, copy, q->noted_n);
	free(copy);
}

/* Give what was noted its value, in memory and in the file if that can be. */
static uint64_t give_values(struct modseq *q, const struct mailbox *m)
{
	uint64_t value = next_value(q);

	if (q->noted_n == 0 && q->floor > 0)
		return 0;
	/* The first value of a folder of which nothing is known. */
	if (q->floor == 0)
		q->floor = value;
	q->last = value;
	for (size_t i = 0; i < q->noted_n; i++)
		q->noted[i].value |= value;
	fold_noted(q);
	if ((m->how & MAILBOX_READ_ONLY) || !m->lock.held)
		q->recorded = q->recorded && q->noted_n == 0;
	else if (append(q, m) < 0)
		write_whole(q, m);
	q->noted_n = 0;
	return value;
}

/* The records are what the folder is, and it has settled since they were written: the next one can see it at once. */
static void note_settled(struct modseq *q, struct mailbox *m)
{
	struct fault ignored;
	struct modseq_file_head h;
	int fd;

	if (!m->view.settled || (m->how & MAILBOX_READ_ONLY) || m->lock.held ||
	    lock_take(&m->lock, m->dir, &impatient, &ignored) != 0)
		return;
	fd = modseq_file_open(m->dir, O_RDWR);
	if (fd >= 0 && modseq_file_read_head(fd, m->view.uidvalidity, &h) && h.records == q->records &&
	    h.check == q->check) {
		uint64_t records = h.records, check = h.check;

		fill_head(q, m, &h);
		h.records = records;
		h.check = check;
		modseq_file_write_head(fd, &h);
	}
	if (fd >= 0)
		close(fd);
	lock_release(&m->lock);
}

/* ---- all together ---- */

/* Whoever renames first and records then does both under the lock: with it, what is recorded can be seen. */
static int look_again(struct modseq *q, struct mailbox *m, const struct mailbox_watch *watch, struct fault *f)
{
	enum news news = learn(q, m);

	if (news != NEWS)
		return 0;
	mailbox_doubt(m);
	return mailbox_refresh(m, watch, f);
}

/*
 * `unsure`: the view may be older than the records. 1 the view changed, 0 it did not, -1. Differences are looked for
 * without the lock first, as there are mostly none.
 */
static int bring_together(struct modseq *q, struct mailbox *m, const struct mailbox_watch *watch, bool unsure,
			  struct fault *f)
{
	struct fault ignored;
	bool held = false;
	int rc = 0;

	if (q->floor > 0 && !compare(q, &m->view, false)) {
		q->highest = q->last;
		return 0;
	}
	if (!(m->how & MAILBOX_READ_ONLY))
		held = lock_take(&m->lock, m->dir, &patient, &ignored) == 0;
	if (unsure)
		mailbox_doubt(m);
	rc = unsure ? mailbox_refresh(m, watch, f) : 0;
	if (rc >= 0) {
		int again = look_again(q, m, watch, f);

		rc = again < 0 ? -1 : rc | again;
	}
	if (rc >= 0) {
		compare(q, &m->view, true);
		give_values(q, m);
		q->highest = q->last;
	}
	if (held)
		lock_release(&m->lock);
	return rc;
}

static bool is_young(const struct modseq *q)
{
	return q->has_file && !stamp_is_older(&q->file, clock_wall_us(), STAMP_SETTLE_MS);
}

int modseq_load(struct modseq *q, struct mailbox *m, struct fault *f)
{
	drop_arrays(q);
	q->floor = 0;
	read_news(q, m);
	if (bring_together(q, m, NULL, is_young(q) && !m->view.settled, f) < 0)
		return -1;
	q->loaded = true;
	return 0;
}

void modseq_load_quietly(struct modseq *q, struct mailbox *m)
{
	struct fault ignored;
	bool held = false;

	drop_arrays(q);
	q->floor = 0;
	read_news(q, m);
	if (q->floor == 0 || compare(q, &m->view, false)) {
		if (!(m->how & MAILBOX_READ_ONLY))
			held = lock_take(&m->lock, m->dir, &patient, &ignored) == 0;
		compare(q, &m->view, true);
		give_values(q, m);
		if (held)
			lock_release(&m->lock);
	}
	q->highest = q->last;
	q->loaded = true;
}

int modseq_load_highest(struct modseq *q, struct mailbox *m, struct fault *f)
{
	int fd = modseq_file_open(m->dir, O_RDONLY);
	bool good = false;
	struct modseq_file_head h = { .last = 0 };

	if (fd >= 0) {
		good = modseq_file_read_head(fd, m->view.uidvalidity, &h);
		close(fd);
	}
	if (good && h.settled && m->view.settled && stamp_is(&h.cur, &m->view.cur) && stamp_is(&h.new, &m->view.new)) {
		q->highest = h.last;
		return 0;
	}
	if (modseq_load(q, m, f) < 0)
		return -1;
	if (good && h.last == q->highest)
		note_settled(q, m);
	drop_arrays(q);
	return 0;
}

int modseq_refresh(struct modseq *q, struct mailbox *m, const struct mailbox_watch *watch, struct fault *f)
{
	uint32_t uidvalidity = m->view.uidvalidity;
	enum news news = learn(q, m);
	int rc = mailbox_refresh(m, watch, f), again;

	if (rc < 0)
		return -1;
	if (m->view.uidvalidity != uidvalidity)
		forget(q);
	again = bring_together(q, m, watch, news == NEWS && rc == 0 && !m->view.settled, f);
	return again < 0 ? -1 : rc | again;
}

/* ---- asked ---- */

uint64_t modseq_of(const struct modseq *q, const struct mailbox *m, size_t i)
{
	const struct modseq_record *r = find(q->all, q->n, m->view.uid[i]);

	return r ? value_of(r) : q->highest;
}

/* From *at + 1 on, what the view does not have: gaps between its UIDs. */
static bool next_gap(const struct cache *view, uint32_t *at, uint32_t *first, uint32_t *last)
{
	uint32_t uid = *at + 1;
	size_t i;

	for (cache_find(view, uid, &i); i < view->n && view->uid[i] == uid; i++)
		uid++;
	if (uid >= view->next_uid)
		return false;
	*first = uid;
	*at = *last = i < view->n ? view->uid[i] - 1 : view->next_uid - 1;
	return true;
}

bool modseq_next_vanished(const struct modseq *q, const struct mailbox *m, uint64_t since, uint32_t *at,
			  uint32_t *first, uint32_t *last)
{
	size_t i, in_view;

	if (since < q->floor || q->floor == 0)
		return next_gap(&m->view, at, first, last);
	for (i = lower_bound(q->all, q->n, *at + 1); i < q->n; i++)
		if (is_gone(&q->all[i]) && value_of(&q->all[i]) > since && !mailbox_find(m, q->all[i].uid, &in_view))
			break;
	if (i == q->n)
		return false;
	*first = *last = q->all[i].uid;
	for (i++; i < q->n && q->all[i].uid == *last + 1 && is_gone(&q->all[i]) && value_of(&q->all[i]) > since; i++)
		*last = q->all[i].uid;
	*at = *last;
	return true;
}

/* ---- own changes ---- */

static void read_aside(struct modseq *q, const struct mailbox *m)
{
	struct modseq aside = { 0 };

	free(q->news);
	q->news = NULL;
	q->news_n = 0;
	if (read_news(&aside, m) != NO_FILE) {
		size_t n = 0;

		for (size_t i = 0; i < aside.n; i++)
			if (value_of(&aside.all[i]) > q->highest)
				aside.all[n++] = aside.all[i];
		q->news = aside.all;
		q->news_n = n;
		q->last = aside.last > q->last ? aside.last : q->last;
		aside.all = NULL;
	} else {
		q->has_file = false;
	}
	modseq_clear(&aside);
}

static bool has_changed(const struct modseq *q, const struct mailbox *m)
{
	int fd = modseq_file_open(m->dir, O_RDONLY);
	struct stamp stamp;
	struct modseq_file_head h;
	bool same;

	if (fd < 0)
		return false;
	same = stamp_of(fd, &stamp) == 0 && is_same_file(&stamp, &q->file) &&
	       modseq_file_read_head(fd, m->view.uidvalidity, &h) && h.records == q->records && h.check == q->check;
	close(fd);
	return !same;
}

int modseq_begin(struct modseq *q, struct mailbox *m, struct fault *f)
{
	if (mailbox_lock(m, f) < 0)
		return -1;
	if (has_changed(q, m))
		read_aside(q, m);
	q->noted_n = 0;
	return 0;
}

bool modseq_is_unchanged(const struct modseq *q, const struct mailbox *m, size_t i, uint64_t since)
{
	const struct modseq_record *r = find(q->news, q->news_n, m->view.uid[i]);

	return modseq_of(q, m, i) <= since && (!r || value_of(r) <= since);
}

void modseq_note(struct modseq *q, const struct mailbox *m, size_t i)
{
	note(q, m->view.uid[i], m->view.flags[i], cache_is_gone(&m->view, i));
}

uint64_t modseq_commit(struct modseq *q, struct mailbox *m)
{
	uint64_t value = give_values(q, m);

	if (value && q->news_n == 0)
		q->highest = value;
	free(q->news);
	q->news = NULL;
	q->news_n = 0;
	mailbox_unlock(m);
	return value;
}

/* ---- rest ---- */

void modseq_rest(struct modseq *q, const struct mailbox *m)
{
	struct stamp stamp;
	int fd;

	if (!q->loaded || q->resting || !q->has_file || !q->recorded || q->ahead || q->n < REST_MIN)
		return;
	fd = modseq_file_open(m->dir, O_RDONLY);
	if (fd < 0)
		return;
	if (stamp_of(fd, &stamp) < 0 || !is_same_file(&stamp, &q->file)) {
		close(fd);
		return;
	}
	free(q->all);
	q->all = NULL;
	q->fd = fd;
	q->resting = true;
}

/* What others have written behind that since is read by the next refresh. */
void modseq_wake(struct modseq *q, struct mailbox *m)
{
	const struct modseq_file_head h = { .records = q->records, .check = q->check };
	struct modseq_record *r;
	size_t n = q->n;

	if (!q->resting)
		return;
	r = modseq_file_read(q->fd, &h, 0, 0);
	close(q->fd);
	q->resting = false;
	q->n = 0;
	if (r)
		fold_file(q, r, (size_t)h.records);
	free(r);
	if (q->n != n)
		modseq_load_quietly(q, m);
}
