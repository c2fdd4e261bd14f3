/* SPDX-License-Identifier: ISC */
/*
 * scan - the names in new/ and cur/.
 */
#include "store/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "store/msgname.h"

enum { ENTRIES_MIN = 256, STALE_RETRIES = 5 };

void scan_clear(struct scan *s)
{
	free(s->entries);
	arena_clear(&s->arena);
	memset(s, 0, sizeof(*s));
}

static struct scan_entry *new_entry(struct scan *s)
{
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : ENTRIES_MIN;
		s->entries = arena_heap_resize(s->entries, s->room * sizeof(*s->entries));
	}
	return &s->entries[s->n++];
}

static void add(struct scan *s, const char *name, bool in_new)
{
	struct span whole = span_str(name);
	struct scan_entry *e = new_entry(s);

	*e = (struct scan_entry){ .name = arena_span(&s->arena, whole), .in_new = in_new };
	e->base_n = (uint16_t)msgname_base(whole).n;
}

/* A FIFO or a directory in cur/ is no message, and opening it would do harm. */
static bool is_file(int dir, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_REG;
	return fstatat(dir, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static bool is_message(int dir, const struct dirent *d)
{
	return d->d_name[0] != '.' && d->d_name[0] != ':' && !span_has_control(span_str(d->d_name)) && is_file(dir, d);
}

static int read_names(struct scan *s, int dir, bool in_new)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	int error;

	if (!d) {
		error = errno;
		if (fd >= 0)
			close(fd);
		errno = error;
		return -1;
	}
	while (errno = 0, (e = readdir(d)))
		if (is_message(dir, e))
			add(s, e->d_name, in_new);
	error = errno;
	closedir(d);
	errno = error;
	return error ? -1 : 0;
}

static bool is_there(const struct scan_entry *e, int cur, int new, struct stat *st)
{
	return fstatat(e->in_new ? new : cur, e->name, st, AT_SYMLINK_NOFOLLOW) == 0;
}

/*
 * Two entries with one base: mostly one file, met by its old and its new name. It is also one file when both names
 * are there: it was renamed there and back between the questions, or is being moved by link and unlink.
 */
static void settle_pair(struct scan *s, struct scan_entry *first, struct scan_entry *second, int cur, int new)
{
	struct stat a, b;
	bool has_first = is_there(first, cur, new, &a), has_second = is_there(second, cur, new, &b);

	second->is_twin = true;
	if (has_first && has_second && (a.st_ino != b.st_ino || a.st_dev != b.st_dev)) {
		s->twins++;
		return;
	}
	if (!has_first || (has_second && first->in_new)) {
		first->name = second->name;
		first->in_new = second->in_new;
	}
	second->name = NULL;
}

static void index_names(struct scan *s, int cur, int new)
{
	map_init(&s->by_base, &s->arena);
	for (size_t i = 0; i < s->n; i++) {
		struct scan_entry *e = &s->entries[i];
		struct span base = span_of(e->name, e->base_n);

		if (!map_add(&s->by_base, base, e))
			settle_pair(s, map_find(&s->by_base, base), e, cur, new);
	}
	for (size_t i = 0; i < s->n; i++)
		s->in_new += !s->entries[i].is_twin && s->entries[i].in_new;
}

static int scan_once(struct scan *s, int cur, int new)
{
	struct stamp cur_after, new_after;

	scan_clear(s);
	s->began_us = clock_wall_us();
	if (stamp_of(new, &s->new) < 0 || stamp_of(cur, &s->cur) < 0 || read_names(s, new, true) < 0 ||
	    read_names(s, cur, false) < 0 || stamp_of(new, &new_after) < 0 || stamp_of(cur, &cur_after) < 0)
		return -1;
	index_names(s, cur, new);
	s->stable = stamp_is(&s->cur, &cur_after) && stamp_is(&s->new, &new_after) &&
		    stamp_is_older(&s->cur, s->began_us, STAMP_TICK_MS) &&
		    stamp_is_older(&s->new, s->began_us, STAMP_TICK_MS);
	return 0;
}

int scan_folder(struct scan *s, int cur, int new, struct fault *f)
{
	int rc = -1;

	for (int i = 0; i < STALE_RETRIES && (rc = scan_once(s, cur, new)) < 0 && errno == ESTALE; i++)
		;
	if (rc == 0)
		return 0;
	fault_errno(f, "cannot read the folder");
	scan_clear(s);
	return -1;
}

int scan_new(struct scan *s, int new, struct fault *f)
{
	scan_clear(s);
	s->began_us = clock_wall_us();
	if (stamp_of(new, &s->new) < 0 || read_names(s, new, true) < 0) {
		fault_errno(f, "cannot read the folder");
		scan_clear(s);
		return -1;
	}
	index_names(s, new, new);
	return 0;
}

struct scan_entry *scan_find(const struct scan *s, struct span base)
{
	return map_find(&s->by_base, base);
}

void scan_add_missed(struct scan *s, const struct scan *earlier, int cur, int new)
{
	size_t before = s->n;

	for (size_t i = 0; i < earlier->n; i++) {
		const struct scan_entry *e = &earlier->entries[i];
		struct stat st;

		if (!e->is_twin && !scan_find(s, span_of(e->name, e->base_n)) && is_there(e, cur, new, &st))
			add(s, e->name, e->in_new);
	}
	if (s->n == before)
		return;
	/* The table points into the entries, which may have moved. */
	s->twins = s->in_new = 0;
	for (size_t i = 0, n = s->n, kept = 0; i < n; i++) {
		if (!s->entries[i].name)
			continue;
		s->entries[kept] = s->entries[i];
		s->entries[kept++].is_twin = false;
		s->n = kept;
	}
	index_names(s, cur, new);
}
