/* SPDX-License-Identifier: ISC */
/*
 * fanout - the same message into several Maildirs.
 */
#include "store/fanout.h"

#include <assert.h>
#include <errno.h>

static bool is_well(const struct fanout *o, size_t i)
{
	return !o->faults || o->faults[i].kind == FAULT_NONE;
}

static void close_all(struct fanout *o)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->mailboxes[i].path[0])
			maildir_close(&o->mailboxes[i]);
	o->n = 0;
}

/* Open all of them, or with faults those that can be. */
static int open_all(struct fanout *o, const char *const *paths, size_t n, struct fault *f)
{
	for (o->n = 0; o->n < n; o->n++) {
		struct fault *own = o->faults ? &o->faults[o->n] : f;

		if (maildir_open(&o->mailboxes[o->n], paths[o->n], true, own) == 0)
			continue;
		o->mailboxes[o->n].path[0] = '\0';
		if (!o->faults)
			return -1;
	}
	return 0;
}

/* In the first that takes it. */
static int begin_writer(struct fanout *o, struct fault *f)
{
	for (o->first = 0; o->first < o->n; o->first++) {
		struct fault *own = o->faults ? &o->faults[o->first] : f;

		if (is_well(o, o->first) && maildir_begin(&o->mailboxes[o->first], &o->writer, own) == 0)
			return 0;
		if (!o->faults)
			return -1;
	}
	if (f)
		*f = o->faults[0];
	return -1;
}

static int begin(struct fanout *o, struct arena *a, const char *const *paths, size_t n, struct fault *f)
{
	assert(n > 0 && n <= FANOUT_MAX);
	o->mailboxes = arena_alloc(a, n * sizeof(*o->mailboxes));
	if (open_all(o, paths, n, f) == 0 && begin_writer(o, f) == 0)
		return 0;
	close_all(o);
	return -1;
}

int fanout_begin(struct fanout *o, struct arena *a, const char *const *paths, size_t n, struct fault *f)
{
	o->faults = NULL;
	return begin(o, a, paths, n, f);
}

int fanout_begin_each(struct fanout *o, struct arena *a, const char *const *paths, size_t n, struct fault *f)
{
	o->faults = arena_alloc(a, n * sizeof(*o->faults));
	return begin(o, a, paths, n, f);
}

void fanout_put(struct fanout *o, const void *p, size_t n)
{
	maildir_put(&o->writer, p, n);
}

static int link_or_copy(struct maildir_writer *w, struct maildir *other, struct fault *f)
{
	if (maildir_link(w, other, f) == 0)
		return 0;
	if (errno != EXDEV && errno != EPERM && errno != EMLINK)
		return -1;
	return maildir_copy(w, other, f);
}

/* Into all but the one that is written to: how many it reached, all or those before the one that failed. */
static size_t link_all(struct fanout *o, struct fault *f)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		struct fault *own = o->faults ? &o->faults[i] : f;

		if (i == o->first || !is_well(o, i) || link_or_copy(&o->writer, &o->mailboxes[i], own) == 0)
			continue;
		if (!o->faults)
			return i;
	}
	return i;
}

/* All or none: whoever is told of a failure will send it again. */
static void take_back(struct fanout *o, size_t linked)
{
	for (size_t i = 0; i < linked; i++)
		if (i != o->first)
			maildir_unlink(&o->writer, &o->mailboxes[i]);
}

/* Before there are links to it. A message for one mailbox is synced with its name. */
static int sync_first(struct fanout *o, struct fault *f)
{
	if (o->n == 1 || maildir_sync(&o->writer, f) == 0)
		return 0;
	maildir_abort(&o->writer);
	return -1;
}

static int commit_all(struct fanout *o, struct fault *f)
{
	size_t linked;

	if (sync_first(o, f) < 0)
		return -1;
	linked = link_all(o, f);
	if (linked == o->n && maildir_commit(&o->writer, f) == 0)
		return 0;
	if (linked < o->n)
		maildir_abort(&o->writer);
	take_back(o, linked);
	return -1;
}

/* What the others have, they have: only those that are told of a failure will be tried again. */
static int commit_each(struct fanout *o, struct fault *f)
{
	if (sync_first(o, f) < 0)
		return -1;
	link_all(o, f);
	maildir_commit(&o->writer, &o->faults[o->first]);
	for (size_t i = 0; i < o->n; i++)
		if (is_well(o, i))
			return 0;
	if (f)
		*f = o->faults[o->first];
	return -1;
}

int fanout_commit(struct fanout *o, struct fault *f)
{
	int rc = o->faults ? commit_each(o, f) : commit_all(o, f);

	close_all(o);
	return rc;
}

void fanout_abort(struct fanout *o)
{
	maildir_abort(&o->writer);
	close_all(o);
}
