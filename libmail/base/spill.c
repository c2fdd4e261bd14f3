/* SPDX-License-Identifier: ISC */
/*
 * spill - bytes kept in memory or, when they are many, in an unlinked file.
 */
#include "base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/disk.h"

void spill_init(struct spill *s, off_t max)
{
	*s = (struct spill){ .fd = -1, .max = max };
	buf_init(&s->memory, SPILL_MEMORY + SPILL_PIECE);
}

void spill_clear(struct spill *s)
{
	if (s->fd >= 0)
		close(s->fd);
	buf_clear(&s->memory);
	spill_init(s, s->max);
}

void spill_reset(struct spill *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->size = 0;
	buf_reset(&s->memory);
}

/* In this directory: a descriptor, or -1 with errno. */
static int open_in(const char *dir)
{
	char name[4096];
	int fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0)
		return fd;
	/* Not every file system has nameless files (NFS, overlays). */
	if (snprintf(name, sizeof(name), "%s/letterbox.XXXXXX", dir) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

/* A TMPDIR that was inherited from somebody else, or is gone, is no reason to lose a message. */
static int open_file(struct fault *f)
{
	const char *given = getenv("TMPDIR");
	const char *const dirs[] = { given && given[0] == '/' ? given : "/tmp", "/tmp", "/var/tmp" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		int fd = open_in(dirs[i]);

		if (fd >= 0)
			return fd;
	}
	return fault_errno(f, "cannot create a temporary file in %s, /tmp or /var/tmp", dirs[0]);
}

int spill_file(struct spill *s, struct fault *f)
{
	if (s->fd >= 0)
		return s->fd;
	s->fd = open_file(f);
	if (s->fd < 0)
		return -1;
	if (disk_write_at(s->fd, s->memory.p, s->memory.n, 0, "a temporary file", f) < 0) {
		close(s->fd);
		return s->fd = -1;
	}
	return s->fd;
}

int spill_put(struct spill *s, struct span bytes, struct fault *f)
{
	if (s->max > 0 && (off_t)bytes.n > s->max - s->size)
		return fault_perm(f, 552, "5.3.4", "message is larger than %lld bytes", (long long)s->max);
	if (s->fd < 0 && s->size + (off_t)bytes.n <= SPILL_MEMORY) {
		buf_put_span(&s->memory, bytes);
		s->size += (off_t)bytes.n;
		return 0;
	}
	if (spill_file(s, f) < 0 || disk_write_at(s->fd, bytes.p, bytes.n, s->size, "a temporary file", f) < 0)
		return -1;
	s->size += (off_t)bytes.n;
	return 0;
}

int spill_put_all(struct spill *s, int fd, struct fault *f)
{
	char piece[SPILL_PIECE];

	for (;;) {
		ssize_t n = read(fd, piece, sizeof(piece));

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "cannot read the message");
		if (spill_put(s, span_of(piece, (size_t)n), f) < 0)
			return -1;
	}
}

int spill_next(struct spill *s, off_t *at, struct span *piece, struct fault *f)
{
	size_t n = s->size - *at < SPILL_PIECE ? (size_t)(s->size - *at) : SPILL_PIECE;
	char *room;

	if (n == 0)
		return 0;
	if (s->fd < 0) {
		*piece = span_of(s->memory.p + *at, n);
	} else {
		buf_reset(&s->memory);
		room = buf_room(&s->memory, n);
		if (disk_read_at(s->fd, room, n, *at, "a temporary file", f) < 0)
			return -1;
		*piece = span_of(room, n);
	}
	*at += (off_t)n;
	return 1;
}
