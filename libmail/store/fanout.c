/* SPDX-License-Identifier: ISC */
/*
 * fanout - the same message into several Maildirs.
 */
#include "store/fanout.h"

#include <assert.h>
#include <errno.h>

static void close_all(struct fanout *o)
{
	for (size_t i = 0; i < o->n; i++)
		maildir_close(&o->mailboxes[i]);
	o->n = 0;
}

int fanout_begin(struct fanout *o, struct arena *a, const char *const *paths, size_t n, struct fault *f)
{
	assert(n > 0 && n <= FANOUT_MAX);
	o->mailboxes = arena_alloc(a, n * sizeof(*o->mailboxes));
	for (o->n = 0; o->n < n; o->n++) {
		if (maildir_open(&o->mailboxes[o->n], paths[o->n], true, f) < 0) {
			close_all(o);
			return -1;
		}
	}
	if (maildir_begin(&o->mailboxes[0], &o->writer, f) == 0)
		return 0;
	close_all(o);
	return -1;
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

int fanout_commit(struct fanout *o, struct fault *f)
{
	int rc = maildir_sync(&o->writer, f);
	size_t linked = 1;

	while (rc == 0 && linked < o->n) {
		rc = link_or_copy(&o->writer, &o->mailboxes[linked], f);
		linked += rc == 0;
	}
	if (rc == 0)
		rc = maildir_commit(&o->writer, f);
	else
		maildir_abort(&o->writer);
	/* All or none: whoever is told of a failure will send it again. */
	while (rc < 0 && --linked > 0)
		maildir_unlink(&o->writer, &o->mailboxes[linked]);
	close_all(o);
	return rc;
}

void fanout_abort(struct fanout *o)
{
	maildir_abort(&o->writer);
	close_all(o);
}
