/* SPDX-License-Identifier: ISC */
/*
 * maildir - deliver into a Maildir.
 *
 * The name is fixed before the size is known, so S= and W= are added by the
 * rename into new/.
 */
#include "store/maildir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/msgname.h"

static const char *const parts[] = { "tmp", "new", "cur" };

static int make_parts(const char *path, struct fault *f)
{
	char part[PATH_MAX + 8];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(part, sizeof(part), "%s/%s", path, parts[i]);
		if (disk_make_dirs(part, 0700, f) < 0)
			return -1;
	}
	return 0;
}

static int open_part(const char *path, const char *part)
{
	char whole[PATH_MAX + 8];

	snprintf(whole, sizeof(whole), "%s/%s", path, part);
	return open(whole, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool open_parts(struct maildir *md)
{
	md->tmp = open_part(md->path, "tmp");
	md->new = md->tmp < 0 ? -1 : open_part(md->path, "new");
	return md->new >= 0;
}

int maildir_open(struct maildir *md, const char *path, bool create, struct fault *f)
{
	int n = snprintf(md->path, sizeof(md->path), "%s", path);

	md->tmp = md->new = -1;
	md->limits = (struct quota_limits){ 0 };
	if (n <= 0 || (size_t)n >= sizeof(md->path))
		return fault_perm(f, 550, "5.3.5", "mailbox path is empty or longer than %d bytes", PATH_MAX - 1);
	while (n > 1 && md->path[n - 1] == '/')
		md->path[--n] = '\0';
	if (open_parts(md))
		return 0;
	maildir_close(md);
	if (errno == ENOENT && create) {
		if (make_parts(md->path, f) < 0)
			return -1;
		if (open_parts(md))
			return 0;
		maildir_close(md);
	}
	return fault_errno(f, "cannot open Maildir %s", md->path);
}

void maildir_close(struct maildir *md)
{
	int error = errno;

	if (md->tmp >= 0)
		close(md->tmp);
	if (md->new >= 0)
		close(md->new);
	md->tmp = md->new = -1;
	errno = error;
}

/* ":" and "/" have a meaning in Maildir names. */
static void put_host(char *out, size_t size)
{
	size_t n;

	if (gethostname(out, size) < 0)
		snprintf(out, size, "localhost");
	out[size - 1] = '\0';
	n = strlen(out);
	for (size_t i = 0; i < n; i++)
		if (out[i] == '/' || out[i] == ':' || out[i] == ',' || (unsigned char)out[i] <= 0x20)
			out[i] = '_';
}

void maildir_make_name(char *out, size_t size)
{
	static unsigned delivery;
	char host[65];
	int64_t now = clock_wall_us();

	put_host(host, sizeof(host));
	snprintf(out, size, "%jd.M%06dP%dQ%u.%s", (intmax_t)(now / 1000000), (int)(now % 1000000), (int)getpid(),
		 delivery++, host);
}

int maildir_begin(struct maildir *md, struct maildir_writer *w, struct fault *f)
{
	int fd;

	w->maildir = md;
	w->lines = 0;
	w->is_synced = false;
	maildir_make_name(w->name, sizeof(w->name));
	memcpy(w->final, w->name, sizeof(w->final));
	fd = openat(md->tmp, w->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	disk_out_init(&w->out, fd, w->name);
	if (fd < 0)
		return fault_errno(f, "cannot create %s/tmp/%s", md->path, w->name);
	return 0;
}

static off_t count_lines(const char *p, size_t n)
{
	off_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

void maildir_put(struct maildir_writer *w, const void *p, size_t n)
{
	w->lines += count_lines(p, n);
	disk_out_put(&w->out, p, n);
}

int maildir_sync(struct maildir_writer *w, struct fault *f)
{
	if (disk_out_flush(&w->out, f) < 0 || disk_sync_ahead(w->out.fd, w->name, f) < 0)
		return -1;
	w->is_synced = true;
	return 0;
}

static void final_name(char out[NAME_MAX + 1], const struct maildir_writer *w)
{
	snprintf(out, NAME_MAX + 1, "%.180s,S=%jd,W=%jd", w->final, (intmax_t)w->out.written,
		 (intmax_t)(w->out.written + w->lines));
}

/* ---- quota ---- */

int maildir_set_quota(struct maildir *md, const struct account *who, struct fault *f)
{
	if (quota_parse_rule(who->quota_rule ? who->quota_rule : "", &md->limits, f) < 0) {
		/* The administrator has to mend it; the mail waits. */
		if (f)
			f->kind = FAULT_TEMP;
		return -1;
	}
	md->limits.tempfail = who->quota_full_tempfail;
	return 0;
}

bool maildir_has_quota(const char *path, const struct account *who)
{
	char file[PATH_MAX + 16];

	snprintf(file, sizeof(file), "%s/maildirsize", path);
	return (who->quota_rule && who->quota_rule[0]) || access(file, F_OK) == 0;
}

/* The root of the tree that it is in, which has the sums. */
static int open_root(const struct maildir *md)
{
	int dir = open(md->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), root = dir < 0 ? -1 : quota_root(dir);

	if (dir >= 0)
		close(dir);
	return root;
}

int maildir_check_quota(const char *path, const struct account *who, off_t octets, struct fault *f)
{
	struct maildir md = { .tmp = -1, .new = -1 };
	struct quota quota;
	int root, rc = 0;

	if (!maildir_has_quota(path, who) || strlen(path) >= sizeof(md.path) || maildir_set_quota(&md, who, NULL) < 0)
		return 0;
	memcpy(md.path, path, strlen(path) + 1);
	root = open_root(&md);
	if (root < 0)
		return 0;
	if (quota_read(&quota, root, &md.limits, NULL) == 0)
		rc = quota_check(&quota, root, octets, f);
	close(root);
	return rc;
}

/* Counted before it is there: of several deliveries at once none is forgotten. */
static int reserve(const struct maildir *md, off_t size, struct fault *f)
{
	int root = open_root(md), rc;
	struct quota quota;

	if (root < 0)
		return fault_errno(f, "cannot open Maildir %s", md->path);
	rc = quota_read(&quota, root, &md->limits, f);
	if (rc == 0)
		rc = quota_check(&quota, root, size, f);
	if (rc == 0)
		quota_note(root, size, 1);
	close(root);
	return rc;
}

static void release(const struct maildir *md, off_t size)
{
	int error = errno, root = open_root(md);

	if (root >= 0) {
		quota_note(root, -size, -1);
		close(root);
	}
	errno = error;
}

/* ---- into new/ ---- */

/* The name is there but may not survive: take it back. */
static int sync_new(struct maildir *md, const char *name, struct fault *f)
{
	if (disk_sync(md->new, md->path, f) == 0)
		return 0;
	maildir_retract(md, name);
	return -1;
}

int maildir_link(struct maildir_writer *w, struct maildir *other, struct fault *f)
{
	char name[NAME_MAX + 1];

	final_name(name, w);
	if (reserve(other, w->out.written, f) < 0) {
		errno = EDQUOT;
		return -1;
	}
	if (linkat(w->maildir->tmp, w->name, other->new, name, 0) < 0) {
		fault_errno(f, "cannot link into %s/new", other->path);
		release(other, w->out.written);
		return -1;
	}
	if (sync_new(other, name, f) == 0)
		return 0;
	errno = EIO;
	return -1;
}

void maildir_unlink(const struct maildir_writer *w, struct maildir *other)
{
	char name[NAME_MAX + 1];

	final_name(name, w);
	maildir_retract(other, name);
}

static void put_copy(void *to, const void *p, size_t n)
{
	maildir_put(to, p, n);
}

int maildir_copy(struct maildir_writer *w, struct maildir *other, struct fault *f)
{
	struct maildir_writer copy;

	if (maildir_begin(other, &copy, f) < 0)
		return -1;
	/* By the same name, as a link would have. */
	snprintf(copy.final, sizeof(copy.final), "%s", w->name);
	if (disk_feed(w->out.fd, 0, w->out.written, put_copy, &copy, w->name, f) < 0 || maildir_sync(&copy, f) < 0) {
		maildir_abort(&copy);
		return -1;
	}
	return maildir_commit(&copy, f);
}

static int give_name(struct maildir_writer *w, char name[NAME_MAX + 1], struct fault *f)
{
	final_name(name, w);
	if (reserve(w->maildir, w->out.written, f) < 0) {
		maildir_abort(w);
		return -1;
	}
	if (renameat(w->maildir->tmp, w->name, w->maildir->new, name) < 0) {
		fault_errno(f, "cannot rename into %s/new", w->maildir->path);
		release(w->maildir, w->out.written);
		maildir_abort(w);
		return -1;
	}
	return 0;
}

static void close_file(struct maildir_writer *w)
{
	close(w->out.fd);
	w->out.fd = -1;
}

int maildir_publish(struct maildir_writer *w, char name[NAME_MAX + 1], struct fault *f)
{
	if (give_name(w, name, f) < 0)
		return -1;
	close_file(w);
	return 0;
}

int maildir_settle(struct maildir *md, struct fault *f)
{
	return disk_sync(md->new, md->path, f);
}

void maildir_retract(struct maildir *md, const char *name)
{
	struct msgname parsed;

	msgname_parse(span_str(name), &parsed);
	if (unlinkat(md->new, name, 0) == 0 && parsed.size != MSGNAME_UNKNOWN)
		release(md, (off_t)parsed.size);
}

int maildir_commit(struct maildir_writer *w, struct fault *f)
{
	struct maildir *md = w->maildir;
	char name[NAME_MAX + 1];
	int rc;

	if (!w->is_synced && (disk_out_flush(&w->out, f) < 0 || disk_write_ahead(w->out.fd, w->name, f) < 0)) {
		maildir_abort(w);
		return -1;
	}
	if (give_name(w, name, f) < 0)
		return -1;
	rc = w->is_synced ? disk_sync(md->new, md->path, f) : disk_sync_name(w->out.fd, md->new, md->path, f);
	close_file(w);
	if (rc < 0)
		maildir_retract(md, name);
	return rc;
}

void maildir_abort(struct maildir_writer *w)
{
	if (w->out.fd < 0)
		return;
	unlinkat(w->maildir->tmp, w->name, 0);
	close(w->out.fd);
	w->out.fd = -1;
}
