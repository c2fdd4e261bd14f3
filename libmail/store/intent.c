/* SPDX-License-Identifier: ISC */
/*
 * intent - which files are about to be put into a folder together.
 */
#include "store/intent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/disk.h"
#include "base/map.h"
#include "store/msgname.h"
#include "store/uidlist.h"

/* Where a file system knows no locks nobody is known to live. */
static bool is_held(int fd)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_OFD_SETLK, &whole) < 0 && (errno == EAGAIN || errno == EACCES);
}

int intent_open(struct intent *t, int dir, struct fault *f)
{
	int fd = openat(dir, INTENT_FILE, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fault_errno(f, "cannot make " INTENT_FILE);
	is_held(fd);
	*t = (struct intent){ .dir = dir, .fd = fd, .is_open = true };
	return 0;
}

int intent_add(struct intent *t, const char *name, struct fault *f)
{
	char line[NAME_MAX + 2];
	int n = snprintf(line, sizeof(line), "%s\n", name);

	if (n < 0 || (size_t)n >= sizeof(line)) {
		errno = ENAMETOOLONG;
		return fault_errno(f, "cannot write " INTENT_FILE);
	}
	return disk_write(t->fd, line, (size_t)n, INTENT_FILE, f);
}

void intent_close(struct intent *t)
{
	if (!t->is_open)
		return;
	unlinkat(t->dir, INTENT_FILE, 0);
	close(t->fd);
	*t = (struct intent){ .is_open = false };
}

/* ---- one that was left over ---- */

static void learn_names(struct map *names, const struct uidlist *u)
{
	for (size_t i = 0; i < u->n; i++)
		map_set(names, span_of(u->records[i].base, u->records[i].base_n), u->records);
}

/* A name of a file in cur/, and nothing else. */
static bool is_name(struct span name)
{
	return name.n > 0 && name.n <= NAME_MAX && name.p[0] != '.' && span_find(name, '/') == name.n &&
	       memchr(name.p, '\0', name.n) == NULL;
}

static bool is_last_known(struct span text, const struct map *names)
{
	struct span last = { 0 };

	while (span_find(text, '\n') < text.n)
		last = span_cut(&text, '\n');
	return last.n > 0 && map_find(names, msgname_base(last)) != NULL;
}

/* A line without its end was never acted on. */
static int take_back(int cur, struct span text, const struct map *names)
{
	char path[NAME_MAX + 1];
	int removed = 0;

	while (span_find(text, '\n') < text.n) {
		struct span name = span_cut(&text, '\n');

		if (!is_name(name) || map_find(names, msgname_base(name)))
			continue;
		snprintf(path, sizeof(path), "%.*s", SPAN_ARG(name));
		removed |= unlinkat(cur, path, 0) == 0;
	}
	return removed;
}

static int settle(int dir, int cur, struct arena *a, struct fault *f)
{
	struct uidlist u = { 0 };
	struct map names;
	struct span text;
	int rc = 0;

	if (disk_read_file(a, dir, INTENT_FILE, INTENT_FILE_MAX, &text, f) < 0)
		return errno == ENOENT ? 0 : -1;
	if (uidlist_read(&u, dir, f) < 0)
		return -1;
	map_init(&names, a);
	learn_names(&names, &u);
	if (!is_last_known(text, &names))
		rc = take_back(cur, text, &names);
	uidlist_clear(&u);
	unlinkat(dir, INTENT_FILE, 0);
	return rc;
}

int intent_settle(int dir, int cur, struct fault *f)
{
	int fd = openat(dir, INTENT_FILE, O_RDWR | O_NOFOLLOW | O_CLOEXEC), rc;
	struct arena a = { 0 };

	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot open " INTENT_FILE);
	rc = is_held(fd) ? 0 : settle(dir, cur, &a, f);
	close(fd);
	arena_clear(&a);
	return rc;
}
