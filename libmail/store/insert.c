/* SPDX-License-Identifier: ISC */
/*
 * insert - put messages into cur/ of a folder, all of them or none.
 */
#include "store/insert.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/maildir.h"
#include "store/mailbox.h"
#include "store/msgname.h"

enum { ITEMS_MIN = 16, TRIES = 3 };

static int open_part(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Other software leaves out what it does not need. */
static int open_tmp(int dir)
{
	int fd = open_part(dir, "tmp");

	if (fd < 0 && errno == ENOENT && faccessat(dir, "cur", F_OK, 0) == 0 && mkdirat(dir, "tmp", 0700) == 0)
		fd = open_part(dir, "tmp");
	return fd;
}

int insert_open(struct insert *t, const char *path, struct fault *f)
{
	int error;

	memset(t, 0, sizeof(*t));
	t->path = path;
	t->tmp = t->cur = -1;
	t->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t->tmp = t->dir < 0 ? -1 : open_tmp(t->dir);
	t->cur = t->tmp < 0 ? -1 : open_part(t->dir, "cur");
	if (t->cur >= 0)
		return 0;
	error = errno;
	fault_errno(f, "cannot open Maildir %s", path);
	insert_close(t);
	errno = error;
	return -1;
}

/* ---- quota ---- */

static void note_quota(const struct insert *t, int64_t octets, int64_t messages)
{
	int root = quota_root(t->dir);

	if (root < 0)
		return;
	quota_note(root, octets, messages);
	close(root);
}

static int check_quota(int root, const struct quota_limits *limits, int64_t octets, int64_t messages, struct fault *f)
{
	struct quota q;

	if (quota_read(&q, root, limits, f) < 0)
		return -1;
	return quota_check(&q, root, octets, messages, f);
}

bool insert_is_limited(const struct insert *t, const struct quota_limits *limits)
{
	int root = quota_root(t->dir);
	bool has_file = root >= 0 && faccessat(root, "maildirsize", F_OK, AT_SYMLINK_NOFOLLOW) == 0;

	if (root >= 0)
		close(root);
	return has_file || limits->octets > 0 || limits->messages > 0;
}

int insert_reserve(struct insert *t, const struct quota_limits *limits, int64_t octets, int64_t messages,
		   struct fault *f)
{
	int root = quota_root(t->dir), rc;

	if (root < 0)
		return fault_errno(f, "cannot open the root of %s", t->path);
	rc = messages > 0 ? check_quota(root, limits, octets - t->freed_octets, messages - t->freed_messages, f) : 0;
	if (rc == 0) {
		/* Counted before they are there: of several at once none is forgotten. */
		quota_note(root, octets, messages);
		t->octets = octets;
		t->messages = messages;
	}
	close(root);
	return rc;
}

void insert_return(struct insert *t, int64_t octets)
{
	if (t->messages == 0)
		return;
	note_quota(t, -octets, -1);
	t->octets -= octets;
	t->messages--;
}

/* ---- the folder ---- */

/* Opening it for reading mends what is wrong with the uidlist, and makes one. */
static int mend(const struct insert *t, struct fault *f)
{
	struct mailbox m;

	if (mailbox_open(&m, t->path, 0, f) < 0)
		return -1;
	mailbox_close(&m);
	return 0;
}

int insert_begin(struct insert *t, size_t messages, struct fault *f)
{
	t->is_batch = messages > 1;
	for (int i = 0; i < TRIES; i++) {
		int rc = lock_take(&t->lock, t->dir, &lock_uidlist, f) == 0 ? 0 : -1;

		if (rc == 0)
			rc = intent_settle(t->dir, t->cur, f) < 0 ? -1
								  : uidlist_read_end(&t->uids, t->dir, UINT32_MAX, f);
		if (rc > 0)
			return keywords_read(&t->keywords, t->dir, f);
		lock_release(&t->lock);
		if (rc < 0 || mend(t, f) < 0)
			return -1;
	}
	return fault_temp(f, 451, "4.3.0", "the " UIDLIST_FILE " of %s cannot be mended", t->path);
}

int insert_keyword(struct insert *t, struct span name, uint32_t *bit, struct fault *f)
{
	struct fault own;
	int index = keywords_add(&t->keywords, t->dir, &t->lock, name, &own);

	*bit = index < 0 ? 0 : UINT32_C(1) << index;
	if (index < 0 && own.kind != FAULT_PERM) {
		if (f)
			*f = own;
		return -1;
	}
	return 0;
}

/* ---- files ---- */

/* The base is new in any case: the folder may have a message by the old one. */
static int make_name(char out[NAME_MAX + 1], const struct insert_terms *terms, size_t *base_n)
{
	char base[NAME_MAX + 1];
	size_t n;

	maildir_make_name(base, MAILDIR_NAME);
	n = strlen(base);
	if (terms->size != MSGNAME_UNKNOWN)
		n += (size_t)snprintf(base + n, sizeof(base) - n, ",S=%" PRIu64, terms->size);
	if (terms->virtual != MSGNAME_UNKNOWN)
		n += (size_t)snprintf(base + n, sizeof(base) - n, ",W=%" PRIu64, terms->virtual);
	*base_n = n;
	return msgname_set_flags(out, span_of(base, n), terms->flags);
}

static struct insert_item *new_item(struct insert *t)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : ITEMS_MIN;
		t->items = arena_heap_resize(t->items, t->room * sizeof(*t->items));
	}
	return &t->items[t->n];
}

static int put_there(const struct insert *t, int dir, const char *from, enum insert_how how, const char *to)
{
	return how == INSERT_LINK ? linkat(dir, from, t->cur, to, 0) : renameat(dir, from, t->cur, to);
}

/* One that is moved is somewhere in any case, and has to be put back there and not removed. */
static int announce(struct insert *t, enum insert_how how, const char *to, struct fault *f)
{
	if (!t->is_batch || how == INSERT_MOVE)
		return 0;
	if (!t->intent.is_open && intent_open(&t->intent, t->dir, f) < 0)
		return -1;
	return intent_add(&t->intent, to, f);
}

int insert_take(struct insert *t, int dir, const char *name, enum insert_how how, const struct insert_terms *terms,
		struct fault *f)
{
	struct insert_item *item = new_item(t);
	char to[NAME_MAX + 1];
	size_t base_n;

	if (make_name(to, terms, &base_n) < 0) {
		errno = ENAMETOOLONG;
		return fault_errno(f, "cannot name a message in %s", t->path);
	}
	if (announce(t, how, to, f) < 0) {
		errno = EIO;
		return -1;
	}
	if (put_there(t, dir, name, how, to) < 0) {
		int error = errno;

		fault_errno(f, "cannot put a message into %s", t->path);
		errno = error;
		return -1;
	}
	*item = (struct insert_item){ arena_str(&t->arena, name), arena_str(&t->arena, to), dir, how };
	t->n++;
	if (uidlist_add(&t->uids, span_of(item->name, base_n)) == 0) {
		errno = EOVERFLOW;
		return fault_temp(f, 451, "4.3.0", "%s has no UIDs left", t->path);
	}
	if (terms->guid[0]) {
		struct uidlist_record *r = &t->uids.records[t->uids.n - 1];

		r->fields = arena_printf(&t->arena, "G%s", terms->guid);
		r->fields_n = (uint16_t)strlen(r->fields);
	}
	return 0;
}

/* As if nothing had happened. A file that cannot be taken back stays; it is whole. */
static void undo(struct insert *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct insert_item *item = &t->items[i];

		if (item->how == INSERT_MOVE)
			renameat(t->cur, item->name, item->dir, item->from);
		else
			unlinkat(t->cur, item->name, 0);
	}
	t->n = 0;
	intent_close(&t->intent);
}

int insert_commit(struct insert *t, struct fault *f)
{
	if (t->n == 0)
		return 0;
	t->uidvalidity = t->uids.uidvalidity;
	t->first = t->uids.records[0].uid;
	if (uidlist_append(&t->uids, t->dir, &t->lock, 0, f) < 0 || disk_sync(t->cur, t->path, f) < 0) {
		undo(t);
		return -1;
	}
	t->n = 0;
	t->octets = t->messages = 0;
	intent_close(&t->intent);
	lock_release(&t->lock);
	return 0;
}

void insert_close(struct insert *t)
{
	int *const all[] = { &t->dir, &t->tmp, &t->cur };

	undo(t);
	lock_release(&t->lock);
	if (t->octets || t->messages)
		note_quota(t, -t->octets, -t->messages);
	uidlist_clear(&t->uids);
	keywords_clear(&t->keywords);
	arena_clear(&t->arena);
	free(t->items);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (*all[i] >= 0)
			close(*all[i]);
	memset(t, 0, sizeof(*t));
	t->dir = t->tmp = t->cur = -1;
}
