/* SPDX-License-Identifier: ISC */
/*
 * stamp - what stat(2) says, kept for comparison.
 */
#include "store/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void fill(struct stamp *out, const struct stat *st)
{
	*out = (struct stamp){ .dev = st->st_dev, .ino = st->st_ino };
	/* A directory grows and shrinks as the file system likes. */
	out->size = S_ISDIR(st->st_mode) ? 0 : (int64_t)st->st_size;
	out->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

int stamp_of(int fd, struct stamp *out)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	fill(out, &st);
	return 0;
}

int stamp_at(int dir, const char *name, struct stamp *out)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -1;
	fill(out, &st);
	return 0;
}

bool stamp_is(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size && a->mtime_ns == b->mtime_ns;
}

bool stamp_is_older(const struct stamp *s, int64_t now_us, int ms)
{
	return s->mtime_ns / 1000 + (int64_t)ms * 1000 <= now_us;
}
