/* SPDX-License-Identifier: ISC */
/*
 * tempdir - a directory for the files of one test.
 */
#include "support/tempdir.h"

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/disk.h"

static char *directory;
static pid_t owner;
static struct arena names;
static const char *wanted = "TMPDIR";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void tempdir_remove(void)
{
	if (directory && owner == getpid())
		nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	directory = NULL;
	arena_clear(&names);
}

void tempdir_in_memory(void)
{
	wanted = getenv("MEMDIR") ? "MEMDIR" : "TMPDIR";
}

const char *tempdir(void)
{
	static pid_t registered;
	const char *base = getenv(wanted);
	char path[4096], *whole;

	if (directory && owner == getpid())
		return directory;
	snprintf(path, sizeof(path), "%s/letterbox-test.XXXXXX", base && base[0] == '/' ? base : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chmod(path, 0711), 0);
	whole = realpath(path, NULL);
	ck_assert_ptr_nonnull(whole);
	directory = arena_str(&names, whole);
	free(whole);
	owner = getpid();
	if (registered != owner)
		atexit(tempdir_remove);
	registered = owner;
	return directory;
}

const char *tempdir_path(const char *name)
{
	const char *base = tempdir();

	return arena_printf(&names, "%s/%s", base, name);
}

const char *tempdir_write_bytes(const char *name, const void *content, size_t n, mode_t mode)
{
	const char *path = tempdir_path(name);
	char *parent = arena_str(&names, path);
	struct fault f;
	int fd;

	*strrchr(parent, '/') = '\0';
	ck_assert_int_eq(disk_make_dirs(parent, 0755, &f), 0);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(disk_write(fd, content, n, path, &f), 0);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

const char *tempdir_write(const char *name, const char *content, mode_t mode)
{
	return tempdir_write_bytes(name, content, strlen(content), mode);
}

const char *tempdir_hide(const char *text)
{
	const char *base = tempdir(), *at;
	size_t n = strlen(base);
	char *out = arena_alloc(&names, strlen(text) + 1), *to = out;

	while ((at = strstr(text, base))) {
		memcpy(to, text, (size_t)(at - text));
		to += at - text;
		*to++ = 'T';
		text = at + n;
	}
	memcpy(to, text, strlen(text));
	return out;
}
