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

/* In the order in which they are made: who finds the last has all of them, whatever was killed before. */
static const char *const parts[] = { "tmp", "cur", "new" };

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

	md->tmp = md->new = md->root = -1;
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
	if (md->root >= 0)
		close(md->root);
	md->tmp = md->new = md->root = -1;
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
			fault_defer(f);
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

/* The root of the tree that it is in, which has the sums: 0, or -1 with errno. */
static int find_root(struct maildir *md)
{
	int dir;

	if (md->root >= 0)
		return 0;
	dir = open(md->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	if (!quota_is_folder(dir)) {
		md->root = dir;
		return 0;
	}
	md->root = quota_root(dir);
	close(dir);
	return md->root < 0 ? -1 : 0;
}

int maildir_check_quota(const char *path, const struct account *who, off_t octets, struct fault *f)
{
	struct maildir md = { .tmp = -1, .new = -1, .root = -1 };
	struct quota quota;
	int rc = 0;

	if (!maildir_has_quota(path, who) || strlen(path) >= sizeof(md.path) || maildir_set_quota(&md, who, NULL) < 0)
		return 0;
	memcpy(md.path, path, strlen(path) + 1);
	if (find_root(&md) < 0)
		return 0;
	if (quota_read(&quota, md.root, &md.limits, NULL) == 0)
		rc = quota_check(&quota, md.root, octets, 1, f);
	maildir_close(&md);
	return rc;
}

/* Counted before it is there: of several deliveries at once none is forgotten. */
static int reserve(struct maildir *md, off_t size, struct fault *f)
{
	struct quota quota;

	if (find_root(md) < 0)
		return fault_errno(f, "cannot open Maildir %s", md->path);
	if (quota_read(&quota, md->root, &md->limits, f) < 0 || quota_check(&quota, md->root, size, 1, f) < 0)
		return -1;
	if (quota.has_file)
		quota_note(md->root, size, 1);
	return 0;
}

static void release(struct maildir *md, off_t size)
{
	int error = errno;

	if (find_root(md) == 0)
		quota_note(md->root, -size, -1);
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

static void drop(struct maildir *md, const char *name, int fd)
{
	unlinkat(md->tmp, name, 0);
	close(fd);
}

static int give_name(struct maildir *md, const struct maildir_parked *p, struct fault *f)
{
	if (renameat(md->tmp, p->name, md->new, p->final) == 0)
		return 0;
	return fault_errno(f, "cannot rename into %s/new", md->path);
}

/* While the disk is busy with the message there is time for the quota. */
int maildir_park(struct maildir_writer *w, struct maildir_parked *p, struct fault *f)
{
	if (disk_out_flush(&w->out, f) < 0) {
		maildir_abort(w);
		return -1;
	}
	if (!w->is_synced)
		disk_write_begin(w->out.fd);
	p->is_synced = w->is_synced;
	p->fd = w->out.fd;
	p->size = w->out.written;
	memcpy(p->name, w->name, sizeof(p->name));
	final_name(p->final, w);
	p->next = NULL;
	w->out.fd = -1;
	return 0;
}

int maildir_publish(struct maildir *md, struct maildir_parked *p, struct fault *f)
{
	if (reserve(md, p->size, f) == 0) {
		if ((p->is_synced || disk_write_ahead(p->fd, p->name, f) == 0) && give_name(md, p, f) == 0)
			return 0;
		release(md, p->size);
	}
	drop(md, p->name, p->fd);
	p->fd = -1;
	return -1;
}

/* One that was synced may have links elsewhere: then the file does not tell which of its names is meant. */
int maildir_settle(struct maildir *md, struct maildir_parked *first, struct fault *f)
{
	bool is_done = false;
	int rc = 0;

	for (struct maildir_parked *p = first; p; p = p->next) {
		bool by_directory = p->is_synced || disk_syncs_all_names(p->fd);

		if (rc == 0 && !is_done)
			rc = by_directory ? disk_sync(md->new, md->path, f)
					  : disk_sync_name(p->fd, md->new, md->path, f);
		is_done = is_done || by_directory;
		close(p->fd);
		p->fd = -1;
	}
	return rc;
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
	struct maildir_parked p;

	if (maildir_park(w, &p, f) < 0 || maildir_publish(md, &p, f) < 0)
		return -1;
	if (maildir_settle(md, &p, f) == 0)
		return 0;
	maildir_retract(md, p.final);
	return -1;
}

void maildir_abort(struct maildir_writer *w)
{
	if (w->out.fd < 0)
		return;
	unlinkat(w->maildir->tmp, w->name, 0);
	close(w->out.fd);
	w->out.fd = -1;
}
