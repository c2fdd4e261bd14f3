/* SPDX-License-Identifier: ISC */
/*
 * keep - a post into a Maildir, with its number as UID.
 *
 * The file's name is the post's own, and not a new one: who was killed between rename and uidlist finds it again.
 */
#include "list/keep.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "store/insert.h"
#include "store/maildir.h"

struct counter {
	struct maildir_writer *writer;
	uint64_t lines;
};

static void put(void *to, const void *p, size_t n)
{
	struct counter *c = to;
	struct span rest = span_of(p, n);

	while (span_find(rest, '\n') < rest.n) {
		span_cut(&rest, '\n');
		c->lines++;
	}
	maildir_put(c->writer, p, n);
}

static int write_file(struct maildir_writer *w, const struct keep_post *p, uint64_t *lines, struct fault *f)
{
	struct counter c = { .writer = w };

	if (disk_feed(p->fd, p->at, p->size, put, &c, "the post", f) < 0 || maildir_sync(w, f) < 0)
		return -1;
	*lines = c.lines;
	return 0;
}

/* Under the lock of the uidlist, in which it is not yet. */
static int give_name(struct insert *t, struct maildir *md, const struct maildir_writer *w, const struct keep_post *p,
		     uint64_t lines, struct fault *f)
{
	char base[NAME_MAX - 8], name[NAME_MAX + 1];

	snprintf(base, sizeof(base), "%" PRId64 ".P%" PRIu64 ".%s,S=%jd,W=%jd", p->when, p->number, p->hash,
		 (intmax_t)p->size, (intmax_t)p->size + (intmax_t)lines);
	snprintf(name, sizeof(name), "%s:2,", base);
	if (renameat(md->tmp, w->name, t->cur, name) < 0)
		return fault_errno(f, "cannot put a post into %s", t->path);
	t->uids.next_uid = (uint32_t)p->number;
	if (uidlist_add(&t->uids, span_str(base)) == 0)
		return fault_temp(f, 451, "4.3.0", "%s has no UIDs left", t->path);
	if (uidlist_append(&t->uids, t->dir, &t->lock, 0, f) < 0)
		return -1;
	return disk_sync(t->cur, t->path, f);
}

static int add(struct insert *t, struct maildir *md, const struct keep_post *p, struct fault *f)
{
	struct maildir_writer w;
	uint64_t lines = 0;
	int rc;

	if (maildir_begin(md, &w, f) < 0)
		return -1;
	rc = write_file(&w, p, &lines, f);
	if (rc == 0)
		rc = insert_begin(t, 1, f);
	if (rc == 0 && t->uids.next_uid <= p->number)
		rc = give_name(t, md, &w, p, lines, f);
	maildir_abort(&w);
	return rc;
}

int keep_post(struct list *l, const char *folder, const struct keep_post *p, struct fault *f)
{
	struct arena a = { NULL };
	const char *path = arena_printf(&a, "%s/%s", l->path, folder);
	struct maildir md;
	struct insert t;
	int rc = -1;

	if (p->number == 0 || p->number >= UINT32_MAX) {
		fault_bug(f, "%" PRIu64 " is no number of a post", p->number);
	} else if (maildir_open(&md, path, true, f) == 0) {
		if (insert_open(&t, path, f) == 0) {
			rc = add(&t, &md, p, f);
			insert_close(&t);
		}
		maildir_close(&md);
	}
	arena_clear(&a);
	return rc;
}
