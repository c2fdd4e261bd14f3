/* SPDX-License-Identifier: ISC */
/*
 * outdir - a directory into which files from strangers are put.
 */
#include "store/outdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"
#include "message/filename.h"

int outdir_open(struct outdir *o, const char *path, bool make, struct fault *f)
{
	*o = (struct outdir){ .fd = -1, .path = path };
	if (make && disk_make_dirs(path, 0777, f) < 0)
		return -1;
	o->fd = disk_open_dir(AT_FDCWD, path, f);
	if (o->fd < 0)
		return -1;
	map_init(&o->used, &o->arena);
	return 0;
}

void outdir_close(struct outdir *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
	arena_clear(&o->arena);
}

static int create(struct outdir *o, const char *name)
{
	return openat(o->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/* The name, or the next number of it that is free. */
static int create_numbered(struct outdir *o, const char *name, unsigned *number, struct outdir_file *out)
{
	struct buf numbered;

	buf_init(&numbered, PATH_MAX);
	for (; *number < OUTDIR_NUMBER_MAX; ++*number) {
		buf_reset(&numbered);
		if (*number == 1)
			buf_put_str(&numbered, name);
		else if (o->dotted)
			buf_printf(&numbered, "%s.%u", name, *number - 1);
		else
			filename_put_numbered(&numbered, span_str(name), *number);
		if (o->replace && *number == 1)
			unlinkat(o->fd, name, 0);
		out->fd = create(o, buf_str(&numbered));
		if (out->fd >= 0 || errno != EEXIST)
			break;
	}
	out->name = arena_span(&o->arena, buf_span(&numbered));
	buf_clear(&numbered);
	return out->fd;
}

int outdir_begin(struct outdir *o, const char *prefix, struct span wanted, const char *otherwise,
		 struct outdir_file *out, struct fault *f)
{
	struct buf safe;
	const char *name;
	unsigned *number;

	buf_init(&safe, PATH_MAX);
	filename_put(&safe, wanted);
	if (safe.n == 0)
		filename_put(&safe, span_str(otherwise));
	name = arena_printf(&o->arena, "%s%s", prefix, buf_str(&safe));
	buf_clear(&safe);
	number = map_find(&o->used, span_str(name));
	if (!number) {
		number = arena_alloc(&o->arena, sizeof(*number));
		map_set(&o->used, span_str(name), number);
	}
	++*number;
	*out = (struct outdir_file){ .dir = o, .fd = -1 };
	if (create_numbered(o, name, number, out) < 0)
		return fault_errno(f, "cannot create %s/%s", o->path, out->name);
	return 0;
}

int outdir_put(struct outdir_file *file, struct span bytes, struct fault *f)
{
	file->size += bytes.n;
	return disk_write(file->fd, bytes.p, bytes.n, file->name, f);
}

int outdir_end(struct outdir_file *file, int64_t modified, struct fault *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)modified } };
	int rc;

	/* That a file system cannot keep the time is no reason to lose the content. */
	if (modified > 0)
		(void)futimens(file->fd, times);
	rc = close(file->fd);
	file->fd = -1;
	return rc < 0 ? fault_errno(f, "cannot write %s/%s", file->dir->path, file->name) : 0;
}

void outdir_abort(struct outdir_file *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	file->fd = -1;
	unlinkat(file->dir->fd, file->name, 0);
}
