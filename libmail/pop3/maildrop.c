/* SPDX-License-Identifier: ISC */
/*
 * maildrop - a Maildir as the callbacks of a POP3 session want it.
 */
#include "pop3/maildrop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/msgname.h"
#include "store/uidl.h"
#include "store/uidlist.h"

/* The mailbox's index of the session's. */
static size_t at(const struct maildrop *m, size_t i)
{
	return m->index ? m->index[i] : i;
}

/* Messages up to the last one that somebody has read. */
static size_t find_last_read(const struct maildrop *m)
{
	size_t n = m->n;

	while (n > 0 && !(m->box.view.flags[at(m, n - 1)] & MSGNAME_SEEN))
		n--;
	return n;
}

/* ---- the order of a server before us ---- */

struct place {
	uint32_t order, uid;
	size_t i;
};

/* Those without a place come last; among equals the UIDs decide. */
static int compare_places(const void *p, const void *q)
{
	const struct place *a = p, *b = q;
	uint32_t x = a->order - 1, y = b->order - 1;

	if (x == y)
		return (a->uid > b->uid) - (a->uid < b->uid);
	return x < y ? -1 : 1;
}

/* Both ascend. */
static void find_orders(const struct uidlist *uids, struct place *v, size_t n)
{
	for (size_t i = 0, k = 0; i < n; i++) {
		while (k < uids->n && uids->records[k].uid < v[i].uid)
			k++;
		if (k < uids->n && uids->records[k].uid == v[i].uid && uids->records[k].fields_n)
			v[i].order = uidlist_order(&uids->records[k]);
	}
}

static int sort(struct maildrop *m, struct place *v, size_t n, struct fault *f)
{
	struct uidlist uids = { .n = 0 };

	if (!m->box.view.has_order)
		return 0;
	if (uidlist_read(&uids, m->box.dir, f) < 0)
		return -1;
	find_orders(&uids, v, n);
	uidlist_clear(&uids);
	qsort(v, n, sizeof(*v), compare_places);
	return 0;
}

/* ---- what cannot be read ---- */

static void look_for_unreadable(struct maildrop *m)
{
	struct cache_name name;

	for (size_t i = 0; i < m->box.view.n; i++) {
		if (m->box.view.size[i] != CACHE_UNKNOWN || m->unreadable++ > 0)
			continue;
		m->first_unreadable = mailbox_find_name(&m->box, i, &name) == 0 ? arena_str(&m->arena, name.name) : "";
	}
	m->n = m->box.view.n - m->unreadable;
}

static int arrange(struct maildrop *m, struct fault *f)
{
	struct place *v;
	size_t n = 0;
	int rc;

	look_for_unreadable(m);
	if (m->n == 0 || (!m->box.view.has_order && m->unreadable == 0))
		return 0;
	v = arena_heap(m->n * sizeof(*v));
	for (size_t i = 0; i < m->box.view.n; i++)
		if (m->box.view.size[i] != CACHE_UNKNOWN)
			v[n++] = (struct place){ .uid = m->box.view.uid[i], .i = i };
	rc = sort(m, v, n, f);
	m->index = arena_alloc(&m->arena, n * sizeof(*m->index));
	m->sizes = arena_alloc(&m->arena, n * sizeof(*m->sizes));
	for (size_t i = 0; i < n; i++) {
		m->index[i] = v[i].i;
		m->sizes[i] = m->box.view.size[v[i].i];
	}
	free(v);
	return rc;
}

/* ---- the session ---- */

static int lock(struct maildrop *m, struct fault *f)
{
	struct lock_rules patience = lock_pop3_session;
	int rc;

	patience.wait = MAILDROP_LOCK_SECONDS;
	rc = m->rules->pop3_lock_session ? lock_take(&m->lock, m->box.dir, &patience, f) : 0;
	m->touched = clock_mono_ms();
	if (rc > 0)
		fault_temp(f, 451, "4.2.0", "the mailbox is in use by another session");
	return rc;
}

static void close_file(struct maildrop *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	m->i = POP3_NONE;
	m->ahead_at = m->ahead_n = 0;
}

int maildrop_open(struct maildrop *m, const char *path, const struct maildrop_rules *rules, struct pop3_maildrop *out,
		  struct fault *f)
{
	int rc;

	*m = (struct maildrop){ .rules = rules, .i = POP3_NONE, .fd = -1 };
	if (mailbox_open(&m->box, path, MAILBOX_CREATE, f) < 0)
		return -1;
	m->is_open = true;
	rc = lock(m, f);
	if (rc == 0)
		rc = mailbox_load_sizes(&m->box, NULL, f);
	if (rc == 0)
		rc = arrange(m, f);
	if (rc != 0) {
		maildrop_close(m);
		return rc;
	}
	*out = (struct pop3_maildrop){ .n = m->n,
				       .size = m->sizes ? m->sizes : m->box.view.size,
				       .last = find_last_read(m) };
	return 0;
}

void maildrop_close(struct maildrop *m)
{
	if (!m->is_open)
		return;
	close_file(m);
	for (const struct maildrop_size *found = m->found; found; found = found->next)
		mailbox_correct_size(&m->box, found->i, found->octets);
	/* Whoever has the lock next is to see what was learned here. */
	cache_drop_gone(&m->box.view);
	mailbox_save(&m->box);
	lock_release(&m->lock);
	mailbox_close(&m->box);
	arena_clear(&m->arena);
	m->index = NULL;
	m->sizes = NULL;
	m->is_open = false;
}

int maildrop_uidl(struct maildrop *m, size_t i, struct buf *out, struct fault *f)
{
	return uidl_put(out, m->rules->pop3_uidl_format, &m->box, at(m, i), f);
}

static int open_file(struct maildrop *m, size_t i, struct fault *f)
{
	struct stat st;

	close_file(m);
	m->fd = mailbox_open_message(&m->box, at(m, i), &st, f);
	if (m->fd < 0)
		return -1;
	m->i = i;
	m->left = st.st_size;
	return 0;
}

/* Files in a Maildir do not grow: when as much was read as there was, nobody is asked whether there is more. */
static long read_file(struct maildrop *m, void *p, size_t n, struct fault *f)
{
	ssize_t got;

	if (m->left == 0)
		return 0;
	if ((off_t)n > m->left)
		n = (size_t)m->left;
	do
		got = read(m->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return fault_errno(f, "cannot read a message in %s", m->box.path);
	/* Half a message is none. */
	if (got == 0 && n > 0)
		return fault_temp(f, 451, "4.3.0", "a message in %s became shorter while it was read", m->box.path);
	m->left -= got;
	return got;
}

/*
 * Opening and reading a small message takes longer than answering: for who asks for one after the other it is done
 * while the answer before is on its way.
 */
void maildrop_prepare(struct maildrop *m, size_t i)
{
	struct fault f;
	long n;

	if (open_file(m, i, &f) < 0)
		return;
	if (!m->ahead)
		m->ahead = arena_alloc(&m->arena, POP3_READ);
	n = read_file(m, m->ahead, POP3_READ, &f);
	if (n < 0) {
		close_file(m);
		return;
	}
	m->ahead_n = (size_t)n;
	if (m->left == 0) {
		close(m->fd);
		m->fd = -1;
	}
}

int maildrop_begin(struct maildrop *m, size_t i, struct fault *f)
{
	return m->i == i ? 0 : open_file(m, i, f);
}

long maildrop_read(struct maildrop *m, void *p, size_t n, struct fault *f)
{
	size_t ready = m->ahead_n - m->ahead_at;

	if (ready == 0)
		return read_file(m, p, n, f);
	if (n > ready)
		n = ready;
	memcpy(p, m->ahead + m->ahead_at, n);
	m->ahead_at += n;
	return (long)n;
}

/* What this session was told does not change; the next one is told what was found. */
static void note_size(struct maildrop *m, size_t i, uint64_t octets)
{
	struct maildrop_size *found = arena_alloc(&m->arena, sizeof(*found));

	log_debug("%s: the message with UID %u has %llu octets, its name or cache says %llu", m->box.path,
		  m->box.view.uid[i], (unsigned long long)octets, (unsigned long long)m->box.view.size[i]);
	*found = (struct maildrop_size){ .next = m->found, .i = i, .octets = octets };
	m->found = found;
}

void maildrop_end(struct maildrop *m, size_t i, uint64_t octets)
{
	close_file(m);
	if (octets == POP3_PART)
		return;
	m->retrieved++;
	m->retrieved_octets += octets;
	if (octets != m->box.view.size[at(m, i)])
		note_size(m, at(m, i), octets);
}

void maildrop_mark_read(struct maildrop *m, size_t i)
{
	struct fault f;

	if (m->rules->pop3_no_flag_updates || m->box.view.flags[at(m, i)] & MSGNAME_SEEN)
		return;
	if (mailbox_set_flags(&m->box, at(m, i), MSGNAME_SEEN, 0, &f) < 0)
		log_debug("%s", f.text);
}

int maildrop_remove(struct maildrop *m, size_t i, struct fault *f)
{
	if (mailbox_remove(&m->box, at(m, i), f) < 0)
		return -1;
	m->removed++;
	return 0;
}

void maildrop_touch(struct maildrop *m)
{
	int64_t now = clock_mono_ms();
	struct fault f;

	if (!m->lock.held || now - m->touched < MAILDROP_TOUCH_MS)
		return;
	m->touched = now;
	if (lock_touch(&m->lock, &f) < 0)
		log_debug("%s", f.text);
}
