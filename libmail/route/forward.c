/* SPDX-License-Identifier: ISC */
/*
 * forward - read a user's forward file or an :include: file, if it is to be trusted.
 */
#include "route/forward.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

#include "base/proc.h"

enum { OPEN_FLAGS = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, PATH_LIMIT = 4096 };

static int distrust(const char *path, const char *why, struct fault *f)
{
	return fault_perm(f, 550, "5.7.0", "%s: %s", path, why);
}

/* Is it gone, the owner's doing, or the machine's? */
static int open_fault(const char *path, struct fault *f)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return 0;
	case EXDEV:
	case ELOOP:
		return distrust(path, "a symbolic link leads out of the home directory", f);
	case EACCES:
	case EPERM:
		return distrust(path, "its owner may not read it", f);
	case ENXIO:
	case ENODEV:
		return distrust(path, "it is not a regular file", f);
	}
	return fault_errno(f, "cannot open %s", path);
}

/* Open `name` below the directory; links do not leave it. */
static int open_beneath(int dir, const char *name)
{
#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
	struct open_how how = { .flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));

	if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
		return fd;
#endif
	return openat(dir, name, OPEN_FLAGS | O_NOFOLLOW);
}

static bool belongs_to(const struct stat *st, const struct account *who)
{
	return st->st_uid == 0 || st->st_uid == who->uid;
}

static const char *find_forward_error(const struct stat *home, const struct stat *st, const struct account *who)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (!belongs_to(st, who))
		return "it belongs to somebody else";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to it";
	if (!belongs_to(home, who))
		return "the home directory belongs to somebody else";
	if (home->st_mode & (S_IWGRP | S_IWOTH))
		return "others may write to the home directory";
	return NULL;
}

static const char *find_include_error(const struct stat *dir, const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_mode & S_IWOTH)
		return "everybody may write to it";
	if ((dir->st_mode & S_IWOTH) && !(dir->st_mode & S_ISVTX))
		return "everybody may write to its directory";
	return NULL;
}

/* An open file and its directory: the home, or where the :include: file lies. */
struct opened {
	int dir, fd;
	struct stat dir_stat, stat;
};

static void close_both(struct opened *o)
{
	if (o->fd >= 0)
		close(o->fd);
	if (o->dir >= 0)
		close(o->dir);
}

/* Open the directory, which is the first n bytes of the path, and the file: 1, 0 or -1. */
static int open_both(struct opened *o, const char *path, size_t n, bool forward, struct fault *f)
{
	const char *name = path + n + strspn(path + n, "/");
	char directory[PATH_LIMIT];

	*o = (struct opened){ .dir = -1, .fd = -1 };
	if (n >= sizeof(directory))
		return distrust(path, "the name of its directory is too long", f);
	snprintf(directory, sizeof(directory), "%.*s", n ? (int)n : 1, path);
	o->dir = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A home that can be passed through but not listed. */
	if (o->dir < 0 && errno == EACCES)
		o->dir = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (o->dir < 0)
		return open_fault(path, f);
	o->fd = forward ? open_beneath(o->dir, name) : openat(o->dir, name, OPEN_FLAGS);
	if (o->fd < 0)
		return open_fault(path, f);
	if (fstat(o->fd, &o->stat) < 0 || fstat(o->dir, &o->dir_stat) < 0)
		return fault_errno(f, "cannot stat %s", path);
	return 1;
}

/* Up to its size at the time of the check; what is appended meanwhile is for the next message. */
static int read_content(const struct opened *o, struct arena *a, const char *path, size_t max, struct span *out,
			struct fault *f)
{
	size_t size = (size_t)o->stat.st_size, n = 0;
	ssize_t got = 1;
	char *p;

	if ((uintmax_t)o->stat.st_size > max)
		return fault_perm(f, 550, "5.7.0", "%s: it is larger than %zu bytes", path, max);
	p = arena_alloc(a, size + 1);
	while (n < size && got != 0) {
		got = read(o->fd, p + n, size - n);
		if (got < 0 && errno != EINTR)
			return fault_errno(f, "cannot read %s", path);
		n += got > 0 ? (size_t)got : 0;
	}
	*out = span_of(p, n);
	return 1;
}

static int read_checked(struct arena *a, const char *path, const struct account *as, bool forward, struct span *out,
			struct fault *f)
{
	size_t n = forward ? strlen(as->home) : (size_t)(strrchr(path, '/') - path);
	struct opened o;
	const char *error;
	int rc = open_both(&o, path, n, forward, f);

	if (rc == 1) {
		error = forward ? find_forward_error(&o.dir_stat, &o.stat, as)
				: find_include_error(&o.dir_stat, &o.stat);
		rc = error ? distrust(path, error, f)
			   : read_content(&o, a, path, forward ? FORWARD_MAX : FORWARD_INCLUDE_MAX, out, f);
	}
	close_both(&o);
	return rc;
}

int forward_read(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward, struct span *out,
		 struct fault *f)
{
	int rc;

	(void)ctx;
	if (path[0] != '/' || (forward && strncmp(path, as->home, strlen(as->home)) != 0))
		return fault_bug(f, "forward_read: \"%s\" is not in the home directory", path);
	if (as && proc_assume(as, f) < 0)
		return -1;
	rc = read_checked(a, path, as, forward, out, f);
	if (as)
		proc_restore();
	return rc;
}
