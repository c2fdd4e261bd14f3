/* SPDX-License-Identifier: ISC */
/*
 * disk - files that must be right.
 */
#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/entropy.h"

enum { FEED_PIECE = 32 << 10 };

/* statfs(2); <linux/magic.h> is not there for every libc. */
enum { MAGIC_EXT4 = 0xEF53, MAGIC_XFS = 0x58465342 };

/* ext2 to ext4, XFS, Btrfs, F2FS, tmpfs, overlayfs, UBIFS, JFFS2, ZFS, bcachefs, FAT. */
static const unsigned long local_systems[] = {
	MAGIC_EXT4, MAGIC_XFS,	0x9123683E, 0xF2F52010, 0x01021994, 0x794C7630,
	0x24051905, 0x000072B6, 0x2FC12FC1, 0xCA451A4E, 0x00004D44,
};

/* A new directory's name lives in its parent: without this a power loss takes it, and all that was synced in it. */
static int sync_parent(const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	int fd, rc;

	snprintf(parent, sizeof(parent), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = disk_open_dir(AT_FDCWD, parent, f);
	/* A directory that may be written but not read cannot be synced by anybody but its owner. */
	if (fd < 0)
		return errno == EACCES ? 0 : -1;
	rc = disk_sync(fd, parent, f);
	close(fd);
	return rc;
}

static int make_dir(const char *path, mode_t mode, struct fault *f)
{
	if (mkdir(path, mode) == 0)
		return sync_parent(path, f);
	return errno == EEXIST ? 0 : fault_errno(f, "cannot create directory %s", path);
}

int disk_make_dirs(const char *path, mode_t mode, struct fault *f)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof(part))
		return fault_usage(f, "directory name is empty or longer than %zu bytes", sizeof(part) - 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (make_dir(part, mode, f) < 0)
			return -1;
	}
	return 0;
}

int disk_open_dir(int at, const char *path, struct fault *f)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 ? fd : fault_errno(f, "cannot open directory %s", path);
}

int disk_open_private_dir(const char *path, const char *name, struct fault *f)
{
	int at = disk_open_dir(AT_FDCWD, path, f), dir = -1;

	if (at < 0)
		return -1;
	if (mkdirat(at, name, 0700) < 0 && errno != EEXIST)
		fault_errno(f, "cannot create %s/%s", path, name);
	else
		dir = disk_open_dir(at, name, f);
	close(at);
	return dir;
}

int disk_open_single(int dir, const char *name, int flags, struct stat *st, struct fault *f)
{
	int fd = openat(dir, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return fault_errno(f, "cannot open %s", name);
	if (fstat(fd, st) < 0) {
		fault_errno(f, "cannot stat %s", name);
	} else if (!S_ISREG(st->st_mode)) {
		errno = EINVAL;
		fault_temp(f, 451, "4.3.5", "%s is not a regular file", name);
	} else if (st->st_nlink == 0) {
		/* Removed between the look-up and the open. */
		errno = ENOENT;
		fault_errno(f, "cannot open %s", name);
	} else if (st->st_nlink > 1) {
		errno = EMLINK;
		fault_temp(f, 451, "4.3.5", "%s has a second link", name);
	} else {
		return fd;
	}
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

int disk_read_file(struct arena *a, int dir, const char *path, size_t max, struct span *out, struct fault *f)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	char *p;
	int rc = -1;

	if (fd < 0)
		return fault_errno(f, "cannot open %s", path);
	if (fstat(fd, &st) < 0) {
		fault_errno(f, "cannot stat %s", path);
	} else if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		fault_usage(f, "%s is not a regular file", path);
	} else if ((uintmax_t)st.st_size > max) {
		errno = EFBIG;
		fault_usage(f, "%s is larger than %zu bytes", path, max);
	} else {
		p = arena_alloc(a, (size_t)st.st_size + 1);
		rc = disk_read_at(fd, p, (size_t)st.st_size, 0, path, f);
		if (rc == 0)
			*out = span_of(p, (size_t)st.st_size);
	}
	int error = errno;

	close(fd);
	errno = error;
	return rc;
}

int disk_check_secret(const struct stat *st, const char *name, struct fault *f)
{
	if (!S_ISREG(st->st_mode))
		return fault_temp(f, 451, "4.3.5", "%s is not a regular file", name);
	if (st->st_mode & (S_IRWXO | S_IWGRP))
		return fault_temp(f, 451, "4.3.5",
				  "%s: others may read or write it (mode %03o); it should have mode 600", name,
				  (unsigned)st->st_mode & 07777);
	return 0;
}

int disk_write(int fd, const void *p, size_t n, const char *name, struct fault *f)
{
	const char *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fault_errno(f, "cannot write %s", name);
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int disk_write_at(int fd, const void *p, size_t n, off_t at, const char *name, struct fault *f)
{
	const char *from = p;

	while (n > 0) {
		ssize_t done = pwrite(fd, from, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fault_errno(f, "cannot write %s", name);
		from += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

int disk_read_at(int fd, void *p, size_t n, off_t at, const char *name, struct fault *f)
{
	char *to = p;

	while (n > 0) {
		ssize_t got = pread(fd, to, n, at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fault_errno(f, "cannot read %s", name);
		if (got == 0)
			return fault_temp(f, 451, "4.3.0", "%s is shorter than it should be", name);
		to += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

int disk_feed(int fd, off_t at, off_t size, disk_put_fn put, void *to, const char *name, struct fault *f)
{
	char piece[FEED_PIECE];

	while (size > 0) {
		size_t n = size < (off_t)sizeof(piece) ? (size_t)size : sizeof(piece);

		if (disk_read_at(fd, piece, n, at, name, f) < 0)
			return -1;
		put(to, piece, n);
		at += (off_t)n;
		size -= (off_t)n;
	}
	return 0;
}

int disk_sync(int fd, const char *name, struct fault *f)
{
	while (fsync(fd) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EINVAL || errno == EROFS)
			return 0;
		return fault_errno(f, "cannot sync %s", name);
	}
	return 0;
}

/* Of a block device, as the kernel calls it; empty if sysfs does not say. */
static void find_device_name(dev_t device, char name[NAME_MAX + 1])
{
	char link[64], target[PATH_MAX];
	const char *slash;
	ssize_t n;

	name[0] = '\0';
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(device), minor(device));
	n = readlink(link, target, sizeof(target) - 1);
	if (n < 0)
		return;
	target[n] = '\0';
	slash = strrchr(target, '/');
	if (slash && strlen(slash + 1) <= NAME_MAX)
		memcpy(name, slash + 1, strlen(slash + 1) + 1);
}

enum order {
	NO_ORDER,  /* that we know of */
	JOURNALED, /* names and sizes are written down in order, and behind data that is on its way */
	WITH_NAME, /* the sync of a file that has a new name writes that, too */
};

/* ext2, ext3 and ext4 share a number. What the driver of ext4 has is here; without a journal no process writes it. */
static enum order find_ext4_order(dev_t device)
{
	char name[NAME_MAX + 1], path[sizeof("/sys/fs/ext4//journal_task") + NAME_MAX], process = '\0';
	int fd;

	find_device_name(device, name);
	snprintf(path, sizeof(path), "/sys/fs/ext4/%s/journal_task", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NO_ORDER;
	if (read(fd, &process, 1) < 0)
		process = '\0';
	close(fd);
	if (process >= '0' && process <= '9')
		return JOURNALED;
	return process == '<' ? WITH_NAME : NO_ORDER;
}

/* Remembered, as a server's files are mostly on one file system. */
static enum order order_of(int fd)
{
	static struct {
		bool known;
		enum order order;
		dev_t device;
	} last;
	struct stat st;
	struct statfs s;

	if (fstat(fd, &st) < 0)
		return NO_ORDER;
	if (last.known && last.device == st.st_dev)
		return last.order;
	last.order = NO_ORDER;
	if (fstatfs(fd, &s) < 0)
		s.f_type = 0;
	if (s.f_type == MAGIC_XFS)
		last.order = JOURNALED;
	else if (s.f_type == MAGIC_EXT4)
		last.order = find_ext4_order(st.st_dev);
	last.device = st.st_dev;
	last.known = true;
	return last.order;
}

bool disk_is_local(const char *path)
{
	struct statfs s;

	if (statfs(path, &s) < 0)
		return false;
	for (size_t i = 0; i < sizeof(local_systems) / sizeof(local_systems[0]); i++)
		if ((unsigned long)s.f_type == local_systems[i])
			return true;
	return false;
}

static int write_data(int fd, const char *name, struct fault *f)
{
	const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;

	while (sync_file_range(fd, 0, 0, all) < 0) {
		if (errno == ENOSYS)
			return disk_sync(fd, name, f);
		if (errno != EINTR)
			return fault_errno(f, "cannot sync %s", name);
	}
	return 0;
}

int disk_sync_ahead(int fd, const char *name, struct fault *f)
{
	return order_of(fd) == JOURNALED ? write_data(fd, name, f) : disk_sync(fd, name, f);
}

int disk_write_ahead(int fd, const char *name, struct fault *f)
{
	return order_of(fd) != NO_ORDER ? write_data(fd, name, f) : disk_sync(fd, name, f);
}

void disk_write_begin(int fd)
{
	int ignored = sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);

	(void)ignored;
}

bool disk_syncs_all_names(int fd)
{
	return order_of(fd) != WITH_NAME;
}

int disk_sync_name(int fd, int dir, const char *name, struct fault *f)
{
	return disk_sync(order_of(fd) == WITH_NAME ? fd : dir, name, f);
}

int disk_sync_moved(int dir, const char *name, struct fault *f)
{
	return order_of(dir) == JOURNALED ? 0 : disk_sync(dir, name, f);
}

static int write_whole(int fd, struct span content, const char *name, struct fault *f)
{
	int rc = disk_write(fd, content.p, content.n, name, f);

	if (rc == 0)
		rc = disk_sync_ahead(fd, name, f);
	if (close(fd) < 0 && rc == 0)
		rc = fault_errno(f, "cannot close %s", name);
	return rc;
}

/* Whose a file is. */
struct holder {
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

/* First the owner: a mode with more rights is for him. */
static int give(int fd, const struct holder *to)
{
	if ((to->uid != (uid_t)-1 || to->gid != (gid_t)-1) && fchown(fd, to->uid, to->gid) < 0)
		return -1;
	return fchmod(fd, to->mode);
}

static int replace(int dir, const char *name, struct span content, mode_t mode, const struct holder *to,
		   struct fault *f)
{
	char temporary[300], id[ENTROPY_ID + 1];
	int fd;

	if (strchr(name, '/'))
		return fault_bug(f, "cannot replace %s: it is not in the directory itself", name);
	entropy_id(id);
	snprintf(temporary, sizeof(temporary), ".%.250s.%s", name, id);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return fault_errno(f, "cannot create %s", temporary);
	if (to && give(fd, to) < 0) {
		fault_errno(f, "cannot give %s to its owner", name);
		close(fd);
		unlinkat(dir, temporary, 0);
		return -1;
	}
	if (write_whole(fd, content, name, f) < 0) {
		unlinkat(dir, temporary, 0);
		return -1;
	}
	if (renameat(dir, temporary, dir, name) < 0) {
		fault_errno(f, "cannot rename %s to %s", temporary, name);
		unlinkat(dir, temporary, 0);
		return -1;
	}
	return disk_sync(dir, name, f);
}

int disk_replace(int dir, const char *name, struct span content, mode_t mode, struct fault *f)
{
	return replace(dir, name, content, mode, NULL, f);
}

int disk_replace_as(int dir, const char *name, struct span content, mode_t mode, uid_t uid, gid_t gid, struct fault *f)
{
	const struct holder to = { .mode = mode, .uid = uid, .gid = gid };

	return replace(dir, name, content, mode, &to, f);
}

void disk_out_init(struct disk_out *o, int fd, const char *name)
{
	o->fd = fd;
	o->name = name;
	o->failed = false;
	o->fault.kind = FAULT_NONE;
	o->written = 0;
	o->n = 0;
}

static void write_out(struct disk_out *o, const void *p, size_t n)
{
	if (!o->failed && disk_write(o->fd, p, n, o->name, &o->fault) < 0)
		o->failed = true;
}

void disk_out_put(struct disk_out *o, const void *p, size_t n)
{
	o->written += (off_t)n;
	if (n > sizeof(o->bytes) - o->n) {
		write_out(o, o->bytes, o->n);
		o->n = 0;
	}
	if (n >= sizeof(o->bytes)) {
		write_out(o, p, n);
		return;
	}
	if (n > 0)
		memcpy(o->bytes + o->n, p, n);
	o->n += n;
}

int disk_out_flush(struct disk_out *o, struct fault *f)
{
	write_out(o, o->bytes, o->n);
	o->n = 0;
	if (!o->failed)
		return 0;
	if (f)
		*f = o->fault;
	return -1;
}

int disk_lock(int fd, bool wait, const char *name, struct fault *f)
{
	while (flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0) {
		if (errno == EINTR)
			continue;
		if (!wait && errno == EWOULDBLOCK)
			return 1;
		return fault_errno(f, "cannot lock %s", name);
	}
	return 0;
}
