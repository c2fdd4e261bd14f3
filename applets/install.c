/* SPDX-License-Identifier: ISC */
/*
 * install - links from the names of the applets to this binary.
 */
#include "install.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "base/disk.h"
#include "base/entropy.h"

struct installation {
	struct arena *arena;
	const char *directory;
	int dir;
	const char *target; /* what the links say */
	const char *binary; /* the target without its directory */
	struct stat self;
};

typedef int (*name_fn)(const struct installation *in, const char *name, struct fault *f);

static int read_link(int dir, const char *name, char target[PATH_MAX])
{
	ssize_t n = readlinkat(dir, name, target, PATH_MAX);

	if (n < 0 || n >= PATH_MAX)
		return -1;
	target[n] = '\0';
	return 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Where the binary is, and how a link in the directory should name it. */
static int find_self(struct installation *in, struct fault *f)
{
	char path[PATH_MAX];
	struct stat there;

	if (read_link(AT_FDCWD, "/proc/self/exe", path) < 0 || stat(path, &in->self) < 0)
		return fault_errno(f, "cannot find the running binary in /proc/self/exe");
	in->binary = arena_str(in->arena, last_part(path));
	in->target = in->binary;
	if (fstatat(in->dir, in->binary, &there, AT_SYMLINK_NOFOLLOW) < 0 || there.st_dev != in->self.st_dev ||
	    there.st_ino != in->self.st_ino)
		in->target = arena_str(in->arena, path);
	return 0;
}

/* The name is free, the same file, or a link to a binary of our name, which may have moved since. */
static int check_name(const struct installation *in, const char *name, struct fault *f)
{
	char target[PATH_MAX];
	struct stat st;

	if (fstatat(in->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot stat %s/%s", in->directory, name);
	if (st.st_dev == in->self.st_dev && st.st_ino == in->self.st_ino)
		return 0;
	if (S_ISLNK(st.st_mode) && read_link(in->dir, name, target) == 0 && strcmp(last_part(target), in->binary) == 0)
		return 0;
	return fault_perm(f, 0, "5.7.1", "%s/%s exists and is not a link to %s; nothing was changed", in->directory,
			  name, in->binary);
}

static int link_name(const struct installation *in, const char *name, struct fault *f)
{
	char target[PATH_MAX], id[ENTROPY_ID + 1];
	const char *temporary;

	/* The binary itself, under its own name. */
	if (strcmp(name, in->target) == 0)
		return 0;
	if (read_link(in->dir, name, target) == 0 && strcmp(target, in->target) == 0)
		return 0;
	entropy_id(id);
	temporary = arena_printf(in->arena, ".%s.%s", name, id);
	if (symlinkat(in->target, in->dir, temporary) < 0)
		return fault_errno(f, "cannot create a link in %s", in->directory);
	if (renameat(in->dir, temporary, in->dir, name) == 0)
		return 0;
	fault_errno(f, "cannot create %s/%s", in->directory, name);
	unlinkat(in->dir, temporary, 0);
	return -1;
}

/* letterbox itself is not a link: it is what they point to. */
static int each_name(const struct installation *in, name_fn fn, struct fault *f)
{
	for (const struct applet *const *applet = applets; *applet; applet++) {
		const char *const *alias = (*applet)->aliases;

		if (strcmp((*applet)->name, "letterbox") != 0 && fn(in, (*applet)->name, f) < 0)
			return -1;
		for (; alias && *alias; alias++)
			if (fn(in, *alias, f) < 0)
				return -1;
	}
	return 0;
}

int install_links(struct arena *a, const char *directory, struct fault *f)
{
	struct installation in = { .arena = a, .directory = directory };
	int rc;

	in.dir = disk_open_dir(AT_FDCWD, directory, f);
	if (in.dir < 0)
		return -1;
	rc = find_self(&in, f);
	if (rc == 0)
		rc = each_name(&in, check_name, f);
	if (rc == 0)
		rc = each_name(&in, link_name, f);
	close(in.dir);
	return rc;
}
