/* SPDX-License-Identifier: ISC */
/*
 * mailbox - one folder of a Maildir, read.
 *
 * What is here opens, looks whether anything changed, and closes; mailbox_sync.c looks what; mailbox_message.c works on
 * one message.
 */
#include "store/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/disk.h"
#include "store/maildir.h"
#include "store/mailbox_sync.h"
#include "store/summary.h"

static void close_all(struct mailbox *m)
{
	int error = errno, *const all[] = { &m->dir, &m->cur, &m->new };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (*all[i] >= 0)
			close(*all[i]);
		*all[i] = -1;
	}
	keywords_clear(&m->keywords);
	cache_clear(&m->view);
	free(m->moved);
	m->moved = NULL;
	errno = error;
}

static void close_summary(struct mailbox *m)
{
	if (!m->summary)
		return;
	summary_tidy(m->summary, &m->view);
	summary_clear(m->summary);
	free(m->summary);
	m->summary = NULL;
}

static int create(const char *path, struct fault *f)
{
	struct maildir md;

	if (maildir_open(&md, path, true, f) < 0)
		return -1;
	maildir_close(&md);
	return 0;
}

/* Other software leaves out what it does not need. */
static int open_part(const struct mailbox *m, const char *name)
{
	int fd = openat(m->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !(m->how & MAILBOX_READ_ONLY) && mkdirat(m->dir, name, 0700) == 0)
		fd = openat(m->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

static int open_dirs(struct mailbox *m, struct fault *f)
{
	m->dir = disk_open_dir(AT_FDCWD, m->path, f);
	m->cur = m->dir < 0 ? -1 : openat(m->dir, "cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m->new = m->cur < 0 ? -1 : open_part(m, "new");
	if (m->new >= 0)
		return 0;
	return m->dir < 0 ? -1 : fault_errno(f, "cannot open Maildir %s", m->path);
}

/* Are the times those of the view? */
static bool is_as_seen(const struct mailbox *m)
{
	struct stamp uidlist, cur, new;

	return stamp_of(m->cur, &cur) == 0 && stamp_of(m->new, &new) == 0 &&
	       stamp_at(m->dir, UIDLIST_FILE, &uidlist) == 0 && stamp_is(&cur, &m->view.cur) &&
	       stamp_is(&new, &m->view.new) && stamp_is(&uidlist, &m->view.uidlist);
}

static int load(struct mailbox *m, struct fault *f)
{
	cache_read(&m->view, m->dir);
	/* What POP3 left in new/ is still to be moved. */
	if (m->view.settled && is_as_seen(m) && (!(m->how & MAILBOX_MOVE_NEW) || m->view.in_new == 0)) {
		m->named_cur = m->view.cur;
		m->named_new = m->view.new;
		m->whole = true;
		return 0;
	}
	return mailbox_sync(m, false, NULL, f) < 0 ? -1 : 0;
}

int mailbox_open(struct mailbox *m, const char *path, unsigned how, struct fault *f)
{
	int n;

	memset(m, 0, sizeof(*m));
	m->dir = m->cur = m->new = -1;
	m->how = how;
	cache_init(&m->view);
	n = snprintf(m->path, sizeof(m->path), "%s", path);
	if (n <= 0 || (size_t)n >= sizeof(m->path))
		return fault_perm(f, 550, "5.3.5", "mailbox path is empty or longer than %d bytes", PATH_MAX - 1);
	if (open_dirs(m, f) < 0) {
		close_all(m);
		if (errno != ENOENT || !(how & MAILBOX_CREATE) || create(path, f) < 0)
			return -1;
		if (open_dirs(m, f) < 0) {
			close_all(m);
			return -1;
		}
	}
	if (load(m, f) == 0)
		return 0;
	errno = EIO;
	close_all(m);
	return -1;
}

struct summary *mailbox_summary(struct mailbox *m)
{
	if (m->summary && m->summary->uidvalidity != m->view.uidvalidity)
		close_summary(m);
	if (!m->summary) {
		m->summary = arena_heap(sizeof(*m->summary));
		summary_init(m->summary, m->dir, m->view.uidvalidity, m->how & MAILBOX_READ_ONLY);
	}
	return m->summary;
}

void mailbox_save(struct mailbox *m)
{
	if (!m->view.changed || (m->how & MAILBOX_READ_ONLY) || m->lost)
		return;
	cache_write(&m->view, m->dir, NULL);
#ifdef __GLIBC__
	/* A session may wait for hours: what the first reading took goes back now. */
	malloc_trim(0);
#endif
}

void mailbox_rest(struct mailbox *m)
{
	int64_t now = clock_mono_ms();

	if (m->removed)
		return;
	if (m->view.changed && (m->rested == 0 || now - m->rested > MAILBOX_REST_SECONDS * 1000)) {
		m->rested = now;
		mailbox_save(m);
	}
	cache_rest(&m->view);
}

int mailbox_wake(struct mailbox *m, struct fault *f)
{
	return cache_wake(&m->view, f);
}

void mailbox_close(struct mailbox *m)
{
	if (m->dir < 0)
		return;
	cache_drop_gone(&m->view);
	close_summary(m);
	mailbox_save(m);
	close_all(m);
}

/* What was removed here leaves the view: 1 something did, 0. */
static int drop_removed(struct mailbox *m, const struct mailbox_watch *watch)
{
	if (!m->removed)
		return 0;
	for (size_t i = 0; watch && watch->gone && i < m->view.n; i++)
		if (cache_is_gone(&m->view, i))
			watch->gone(watch->context, m->view.uid[i]);
	cache_drop_gone(&m->view);
	m->removed = false;
	return 1;
}

int mailbox_refresh(struct mailbox *m, const struct mailbox_watch *watch, struct fault *f)
{
	struct stamp cur, new;
	int64_t now = clock_wall_us();
	int removed = watch && watch->keeps_gone ? 0 : drop_removed(m, watch), rc;
	enum mailbox_hint hint = m->hint;

	m->hint = MAILBOX_NO_HINT;
	if (stamp_of(m->cur, &cur) < 0 || stamp_of(m->new, &new) < 0)
		return fault_errno(f, "cannot stat %s", m->path);
	if (!m->lost && (hint == MAILBOX_ARRIVED_ONLY ||
			 (stamp_is(&cur, &m->view.cur) && (hint || !stamp_is(&new, &m->view.new))))) {
		rc = mailbox_take_news(m, hint, watch, f);
		if (rc != MAILBOX_LOOK_AT_ALL)
			return rc < 0 ? -1 : rc | removed;
		m->lost = true;
	}
	if (!m->lost && stamp_is(&cur, &m->view.cur) && stamp_is(&new, &m->view.new) &&
	    (m->view.settled || !stamp_is_older(&cur, now, STAMP_SETTLE_MS) ||
	     !stamp_is_older(&new, now, STAMP_SETTLE_MS)))
		return removed;
	rc = mailbox_sync(m, true, watch, f);
	return rc < 0 ? -1 : rc | removed;
}

void mailbox_begin_change(struct mailbox *m)
{
	struct stamp cur, new;

	if (stamp_of(m->cur, &cur) < 0 || stamp_of(m->new, &new) < 0 || !stamp_is(&cur, &m->view.cur) ||
	    !stamp_is(&new, &m->view.new))
		m->lost = true;
}

void mailbox_doubt(struct mailbox *m)
{
	m->lost = true;
}

void mailbox_expect(struct mailbox *m, enum mailbox_hint hint)
{
	m->hint = hint;
}

void mailbox_settle(struct mailbox *m)
{
	int64_t now = clock_wall_us();

	if (m->view.settled || m->lost || !m->whole || !is_as_seen(m) ||
	    !stamp_is_older(&m->view.cur, now, STAMP_SETTLE_MS) || !stamp_is_older(&m->view.new, now, STAMP_SETTLE_MS))
		return;
	m->view.settled = true;
	m->view.changed = true;
}

/* ---- the lock ---- */

int mailbox_lock(struct mailbox *m, struct fault *f)
{
	if (m->how & MAILBOX_READ_ONLY)
		return 0;
	return lock_take(&m->lock, m->dir, &lock_uidlist, f) == 0 ? 0 : -1;
}

void mailbox_unlock(struct mailbox *m)
{
	lock_release(&m->lock);
}

bool mailbox_find(const struct mailbox *m, uint32_t uid, size_t *i)
{
	return cache_find(&m->view, uid, i);
}

bool mailbox_next_recent(struct mailbox *m, size_t *at, uint32_t *uid)
{
	struct cache_name name;

	if (m->how & MAILBOX_MOVE_NEW) {
		if (*at == m->moved_n)
			return false;
		*uid = m->moved[(*at)++];
		return true;
	}
	while (m->view.in_new > 0 && *at < m->view.n) {
		size_t i = (*at)++;

		if (cache_find_name(&m->view, i, &name) == 0 && name.in_new) {
			*uid = m->view.uid[i];
			return true;
		}
	}
	return false;
}

int mailbox_load_keywords(struct mailbox *m, struct fault *f)
{
	return keywords_read(&m->keywords, m->dir, f);
}

uint32_t mailbox_add_keyword(struct mailbox *m, struct span name, struct fault *f)
{
	bool held = m->lock.held;
	int index;

	if (mailbox_load_keywords(m, f) < 0)
		return 0;
	index = keywords_find(&m->keywords, name);
	if (index >= 0)
		return UINT32_C(1) << index;
	if (m->how & MAILBOX_READ_ONLY) {
		fault_perm(f, 550, "5.7.1", "the mailbox is opened for reading only");
		return 0;
	}
	if (!held && mailbox_lock(m, f) < 0)
		return 0;
	index = mailbox_load_keywords(m, f);
	if (index == 0)
		index = keywords_add(&m->keywords, m->dir, &m->lock, name, f);
	if (!held)
		mailbox_unlock(m);
	return index < 0 ? 0 : UINT32_C(1) << index;
}
