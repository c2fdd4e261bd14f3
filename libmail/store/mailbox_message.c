/* SPDX-License-Identifier: ISC */
/*
 * mailbox_message - one message of a mailbox: its file, flags and size.
 *
 * Each works on the name that was last seen. ENOENT means that somebody renamed or removed the file: then the
 * directories are read once, for all messages, and it is tried again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/mailbox.h"
#include "store/mailbox_sync.h"
#include "store/quota.h"

enum { PIECE = 64 << 10 };

int mailbox_find_name(struct mailbox *m, size_t i, struct cache_name *out)
{
	return cache_find_name(&m->view, i, out);
}

static int gone(const struct mailbox *m, size_t i, struct fault *f)
{
	fault_temp(f, 451, "4.3.0", "the message with UID %u in %s is gone", m->view.uid[i], m->path);
	errno = ENOENT;
	return -1;
}

int mailbox_load_name(struct mailbox *m, size_t i, struct cache_name *out, struct fault *f)
{
	if (cache_is_gone(&m->view, i))
		return gone(m, i, f);
	if (cache_find_name(&m->view, i, out) == 0)
		return 0;
	/* The cache is damaged: the next refresh makes it anew. */
	m->lost = m->names_lost = true;
	fault_temp(f, 451, "4.3.0", "the names of %s must be read again", m->path);
	errno = EIO;
	return -1;
}

static bool is_elsewhere(int error)
{
	return error == ENOENT || error == ESTALE;
}

int mailbox_act(struct mailbox *m, size_t i, mailbox_act_fn *fn, void *context, struct cache_name *name,
		struct fault *f)
{
	struct cache_name before = { .in_new = false };

	for (int tries = 0; tries < MAILBOX_RESCANS; tries++) {
		int rc;

		if (mailbox_load_name(m, i, name, f) < 0)
			return -1;
		if (tries > 0 && strcmp(name->name, before.name) == 0 && name->in_new == before.in_new)
			break;
		rc = fn(context, name->in_new ? m->new : m->cur, name->name);
		if (rc >= 0)
			return rc;
		if (!is_elsewhere(errno)) {
			int error = errno;

			fault_errno(f, "%s/%s/%s", m->path, name->in_new ? "new" : "cur", name->name);
			errno = error;
			return -1;
		}
		before = *name;
		if (mailbox_sync_names(m, f) < 0) {
			errno = EIO;
			return -1;
		}
	}
	/* Somebody has removed it: the next refresh tells, whatever the times say. */
	m->lost = true;
	return gone(m, i, f);
}

/* ---- reading ---- */

static int open_file(void *context, int dir, const char *name)
{
	struct stat *st = context;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

int mailbox_open_message(struct mailbox *m, size_t i, struct stat *st, struct fault *f)
{
	struct cache_name name;

	return mailbox_act(m, i, open_file, st, &name, f);
}

/* Octets with each LF that has no CR in front of it counted as two. `last` is the octet before. */
static uint64_t count(const char *p, size_t n, char *last)
{
	uint64_t bare = 0;
	const char *at = p, *end = p + n;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		bare += (at > p ? at[-1] : *last) != '\r';
		at++;
	}
	*last = end[-1];
	return n + bare;
}

/* A file that is as long as it was said to be has been read: a system call less for each message. */
static int measure(int fd, off_t expected, uint64_t *out)
{
	char piece[PIECE], last = '\0';
	off_t done = 0;
	ssize_t n;

	*out = 0;
	while ((n = read(fd, piece, sizeof(piece))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		*out += count(piece, (size_t)n, &last);
		done += n;
		if (done == expected)
			break;
	}
	return 0;
}

int mailbox_load_size(struct mailbox *m, size_t i, struct fault *f)
{
	uint64_t size;
	struct stat st;
	int fd, rc;

	if (m->view.size[i] != CACHE_UNKNOWN)
		return 0;
	fd = mailbox_open_message(m, i, &st, f);
	if (fd < 0)
		return -1;
	rc = measure(fd, st.st_size, &size);
	if (rc < 0)
		fault_errno(f, "cannot read the message with UID %u in %s", m->view.uid[i], m->path);
	else
		mailbox_correct_size(m, i, size);
	close(fd);
	errno = EIO;
	return rc;
}

void mailbox_correct_size(struct mailbox *m, size_t i, uint64_t size)
{
	if (m->view.size[i] == size)
		return;
	m->view.size[i] = size;
	m->view.changed = true;
}

/* Is it this file that cannot be read, and nothing of the mailbox? */
static bool is_of_file(int error)
{
	return error == EACCES || error == EPERM || error == EINVAL || error == ELOOP || error == ENXIO;
}

/* 1 all are known that can be, 0 one is gone, -1. */
static int load_all(struct mailbox *m, struct fault *f)
{
	struct fault own;

	for (size_t i = 0; i < m->view.n; i++) {
		if (cache_is_gone(&m->view, i) || mailbox_load_size(m, i, &own) == 0)
			continue;
		if (errno == ENOENT)
			return 0;
		if (!is_of_file(errno)) {
			if (f)
				*f = own;
			return -1;
		}
	}
	return 1;
}

int mailbox_load_sizes(struct mailbox *m, const struct mailbox_watch *watch, struct fault *f)
{
	int rc = 0;

	for (int tries = 0; rc == 0 && tries < MAILBOX_RESCANS; tries++) {
		rc = load_all(m, f);
		if (rc == 0 && mailbox_sync(m, true, watch, f) < 0)
			return -1;
	}
	mailbox_save(m);
	return rc > 0 ? 0 : -1;
}

/* ---- changing ---- */

static int read_only(struct fault *f)
{
	errno = EROFS;
	return fault_perm(f, 550, "5.7.1", "the mailbox is opened for reading only");
}

struct change {
	struct mailbox *m;
	uint32_t add, remove, flags;
	bool renamed;
	char name[NAME_MAX + 1]; /* the new one */
};

static int rename_file(void *context, int dir, const char *name)
{
	struct change *c = context;
	struct msgname old;

	msgname_parse(span_str(name), &old);
	c->flags = (old.flags & ~c->remove) | c->add;
	c->renamed = c->flags != old.flags;
	if (!c->renamed)
		return 0;
	if (msgname_set_flags(c->name, span_str(name), c->flags) < 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return renameat(dir, name, c->m->cur, c->name);
}

int mailbox_set_flags(struct mailbox *m, size_t i, uint32_t add, uint32_t remove, struct fault *f)
{
	struct change c = { .m = m, .add = add, .remove = remove };
	struct cache_label label;
	struct cache_name name;

	if (m->how & MAILBOX_READ_ONLY)
		return read_only(f);
	if (mailbox_act(m, i, rename_file, &c, &name, f) < 0)
		return -1;
	m->view.flags[i] = c.flags;
	if (!c.renamed)
		return 0;
	memcpy(name.name, c.name, sizeof(name.name));
	name.in_new = false;
	label = cache_label(&name);
	cache_set_name(&m->view, i, &label);
	mailbox_note_own_change(m);
	return 0;
}

/* Its size is told, for the quota. */
static int unlink_file(void *context, int dir, const char *name)
{
	int64_t *size = context;
	struct msgname parsed;
	struct stat st;

	msgname_parse(span_str(name), &parsed);
	*size = (int64_t)parsed.size;
	if (parsed.size == MSGNAME_UNKNOWN)
		*size = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : 0;
	return unlinkat(dir, name, 0);
}

static void note_removal(const struct mailbox *m, int64_t size)
{
	int root = quota_root(m->dir);

	if (root < 0)
		return;
	quota_note(root, -size, -1);
	close(root);
}

int mailbox_remove(struct mailbox *m, size_t i, struct fault *f)
{
	struct cache_name name;
	struct fault own;
	int64_t size;

	if (m->how & MAILBOX_READ_ONLY)
		return read_only(f);
	if (mailbox_act(m, i, unlink_file, &size, &name, &own) == 0) {
		note_removal(m, size);
	} else if (errno != ENOENT) {
		if (f)
			*f = own;
		return -1;
	}
	cache_mark_gone(&m->view, i);
	m->removed = true;
	mailbox_note_own_change(m);
	return 0;
}
