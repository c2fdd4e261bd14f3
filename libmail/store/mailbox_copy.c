/* SPDX-License-Identifier: ISC */
/*
 * mailbox_copy - messages of a mailbox into another folder of the tree, or the same.
 *
 * A move is a rename: at no time is a message in both folders, or in none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/disk.h"
#include "store/insert.h"
#include "store/mailbox.h"
#include "store/mailbox_sync.h"
#include "store/maildir.h"

struct transfer {
	struct mailbox *m;
	struct insert into;
	enum insert_how how;
	uint32_t keywords[MSGNAME_KEYWORDS]; /* bits there; 0: none */
	size_t at;			     /* the message */
	bool is_own;			     /* it is the folder that they are in */
	const char *guid;
	struct fault *f;
};

/* ---- flags ---- */

static uint32_t translate(const struct transfer *t, uint32_t flags)
{
	uint32_t out = flags & ~MSGNAME_KEYWORD_BITS;

	for (int i = 0; i < MSGNAME_KEYWORDS; i++)
		if (flags & (UINT32_C(1) << i))
			out |= t->keywords[i];
	return out;
}

static int find_keywords(struct transfer *t, const size_t *which, size_t n, struct fault *f)
{
	uint32_t used = 0;

	for (size_t i = 0; i < n; i++)
		used |= t->m->view.flags[which[i]];
	if (mailbox_load_keywords(t->m, f) < 0)
		return -1;
	for (int i = 0; i < MSGNAME_KEYWORDS; i++) {
		const char *name = t->m->keywords.names[i];

		if (name && used & (UINT32_C(1) << i) &&
		    insert_keyword(&t->into, span_str(name), &t->keywords[i], f) < 0)
			return -1;
	}
	return 0;
}

/* ---- files ---- */

static void put_bytes(void *to, const void *p, size_t n)
{
	disk_out_put(to, p, n);
}

static int copy_bytes(int from, int to, const char *name, struct fault *f)
{
	struct stat st;
	struct disk_out out;

	if (fstat(from, &st) < 0)
		return fault_errno(f, "cannot stat %s", name);
	disk_out_init(&out, to, name);
	if (disk_feed(from, 0, st.st_size, put_bytes, &out, name, f) < 0 || disk_out_flush(&out, f) < 0 ||
	    disk_sync_ahead(to, name, f) < 0)
		return -1;
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, st.st_mtim };

	return futimens(to, times) < 0 ? fault_errno(f, "cannot set the time of %s", name) : 0;
}

/* Where no link can be made: another file with the same content. */
static int take_copy(struct transfer *t, int dir, const char *name, const struct insert_terms *terms)
{
	char tmp[MAILDIR_NAME];
	int from = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), to, rc = -1;

	if (from < 0)
		return -1;
	maildir_make_name(tmp, sizeof(tmp));
	to = openat(t->into.tmp, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to >= 0)
		rc = copy_bytes(from, to, tmp, t->f);
	if (rc == 0)
		rc = insert_take(&t->into, t->into.tmp, tmp, INSERT_GIVE, terms, t->f);
	if (rc < 0 && to >= 0) {
		unlinkat(t->into.tmp, tmp, 0);
		errno = EIO;
	}
	if (to >= 0)
		close(to);
	close(from);
	return rc;
}

static bool must_copy(int error)
{
	return error == EXDEV || error == EMLINK || error == EPERM || error == EOPNOTSUPP;
}

static int take(void *context, int dir, const char *name)
{
	struct transfer *t = context;
	struct insert_terms terms = { .guid = t->guid };
	struct msgname parsed;
	int rc;

	msgname_parse(span_str(name), &parsed);
	terms.size = parsed.size;
	terms.virtual = parsed.virtual;
	terms.flags = translate(t, parsed.flags);
	rc = insert_take(&t->into, dir, name, t->how, &terms, NULL);
	if (rc < 0 && must_copy(errno) && t->how == INSERT_LINK)
		return take_copy(t, dir, name, &terms);
	return rc;
}

int64_t mailbox_file_size(struct mailbox *m, size_t i)
{
	struct cache_name name;
	struct msgname parsed;
	struct stat st;

	if (mailbox_find_name(m, i, &name) < 0)
		return 0;
	msgname_parse(span_str(name.name), &parsed);
	if (parsed.size != MSGNAME_UNKNOWN)
		return parsed.size < INT64_MAX / CACHE_MESSAGES_MAX ? (int64_t)parsed.size : 0;
	return fstatat(name.in_new ? m->new : m->cur, name.name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_size : 0;
}

static int take_message(struct transfer *t, struct mailbox_copied *out, struct fault *f)
{
	char guid[NAME_MAX + 1];
	struct cache_name name;
	struct span base;

	/* Dovecot's GUID of a message is its base name where the uidlist has no other. */
	if (mailbox_find_name(t->m, t->at, &name) == 0) {
		base = name.guid[0] ? span_str(name.guid) : msgname_base(span_str(name.name));
		snprintf(guid, sizeof(guid), "%.*s", SPAN_ARG(base));
		t->guid = span_find(base, ' ') == base.n ? guid : "";
	} else {
		t->guid = "";
	}
	if (mailbox_act(t->m, t->at, take, t, &name, f) < 0) {
		if (errno != ENOENT)
			return -1;
		out->missed = true;
		insert_return(&t->into, mailbox_file_size(t->m, t->at));
		return 0;
	}
	out->uid[out->n++] = t->m->view.uid[t->at];
	return 0;
}

/* ---- quota ---- */

static int reserve(struct transfer *t, const size_t *which, size_t n, const struct quota_limits *limits,
		   struct fault *f)
{
	int64_t octets = 0;

	if (!insert_is_limited(&t->into, limits))
		return 0;
	for (size_t i = 0; i < n; i++)
		octets += mailbox_file_size(t->m, which[i]);
	return insert_reserve(&t->into, limits, octets, (int64_t)n, f);
}

/* ---- all ---- */

static int take_all(struct transfer *t, const size_t *which, size_t n, struct mailbox_copied *out, struct fault *f)
{
	if (insert_begin(&t->into, n, f) < 0 || find_keywords(t, which, n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		t->at = which[i];
		if (take_message(t, out, f) < 0)
			return -1;
	}
	if (insert_commit(&t->into, f) < 0)
		return -1;
	out->uidvalidity = t->into.uidvalidity;
	out->first = t->into.first;
	return 0;
}

static bool is_same_dir(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int transfer(struct transfer *t, struct arena *a, const size_t *which, size_t n, const char *path,
		    const struct quota_limits *limits, struct mailbox_copied *out, struct fault *f)
{
	int rc;

	*out = (struct mailbox_copied){ .uid = arena_alloc(a, n * sizeof(*out->uid)) };
	if (insert_open(&t->into, path, f) < 0)
		return -1;
	t->is_own = is_same_dir(t->m->cur, t->into.cur);
	t->f = f;
	rc = limits ? reserve(t, which, n, limits, f) : 0;
	if (rc == 0)
		rc = take_all(t, which, n, out, f);
	insert_close(&t->into);
	if (rc < 0)
		errno = EIO;
	return rc;
}

int mailbox_copy(struct mailbox *m, struct arena *a, const size_t *which, size_t n, const char *path,
		 const struct quota_limits *limits, struct mailbox_copied *out, struct fault *f)
{
	struct transfer t = { .m = m, .how = INSERT_LINK };

	return transfer(&t, a, which, n, path, limits, out, f);
}

int mailbox_move(struct mailbox *m, struct arena *a, const size_t *which, size_t n, const char *path,
		 struct mailbox_copied *out, struct fault *f)
{
	struct transfer t = { .m = m, .how = INSERT_MOVE };
	size_t i, k = 0;

	if (m->how & MAILBOX_READ_ONLY)
		return fault_perm(f, 550, "5.7.1", "the mailbox is opened for reading only");
	mailbox_begin_change(m);
	if (transfer(&t, a, which, n, path, NULL, out, f) < 0)
		return -1;
	for (i = 0; i < n && k < out->n; i++)
		if (m->view.uid[which[i]] == out->uid[k]) {
			cache_mark_gone(&m->view, which[i]);
			m->removed = true;
			k++;
		}
	/* What came into this very folder is news. */
	if (t.is_own)
		mailbox_doubt(m);
	else
		mailbox_note_own_change(m);
	return 0;
}
