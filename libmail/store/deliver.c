/* SPDX-License-Identifier: ISC */
/*
 * deliver - one message into one mailbox of either kind.
 */
#include "store/deliver.h"

#include "base/span.h"

static int find_kind(const char *location, const char **path)
{
	static const struct {
		struct span prefix;
		int is_maildir;
	} kinds[] = { { { "maildir:", 8 }, 1 }, { { "mbox:", 5 }, 0 } };
	struct span s = span_str(location);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!span_starts_nocase(s, kinds[i].prefix))
			continue;
		*path = location + kinds[i].prefix.n;
		return kinds[i].is_maildir;
	}
	*path = location;
	return s.n && s.p[s.n - 1] == '/';
}

/* A relative path would be another one in each directory that a program is started in. */
int deliver_location(const char *location, const char **path, struct fault *f)
{
	int kind = find_kind(location, path);

	if ((*path)[0] == '/')
		return kind;
	return fault_perm(f, 550, "5.3.5", "mail_location \"%s\" is neither maildir:/PATH, mbox:/PATH nor /PATH",
			  location);
}

int deliver_begin(struct deliver *d, const char *location, const char *sender, int64_t when, struct fault *f)
{
	const char *path;
	int kind = deliver_location(location, &path, f);

	if (kind < 0)
		return -1;
	d->is_mbox = kind == 0;
	if (d->is_mbox)
		return mbox_begin(&d->to_mbox, path, sender, when, f);
	if (maildir_open(&d->maildir, path, true, f) < 0)
		return -1;
	if (maildir_begin(&d->maildir, &d->to_maildir, f) == 0)
		return 0;
	maildir_close(&d->maildir);
	return -1;
}

int deliver_set_quota(struct deliver *d, const struct account *who, struct fault *f)
{
	if (d->is_mbox || maildir_set_quota(&d->maildir, who, f) == 0)
		return 0;
	deliver_abort(d);
	return -1;
}

void deliver_put(struct deliver *d, const void *p, size_t n)
{
	if (d->is_mbox)
		mbox_put(&d->to_mbox, p, n);
	else
		maildir_put(&d->to_maildir, p, n);
}

int deliver_commit(struct deliver *d, struct fault *f)
{
	int rc;

	if (d->is_mbox)
		return mbox_commit(&d->to_mbox, f);
	rc = maildir_commit(&d->to_maildir, f);
	maildir_close(&d->maildir);
	return rc;
}

void deliver_abort(struct deliver *d)
{
	if (d->is_mbox) {
		mbox_abort(&d->to_mbox);
		return;
	}
	maildir_abort(&d->to_maildir);
	maildir_close(&d->maildir);
}
