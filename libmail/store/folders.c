/* SPDX-License-Identifier: ISC */
/*
 * folders - the tree of folders in a Maildir++.
 */
#include "store/folders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/disk.h"
#include "base/entropy.h"
#include "base/utf8.h"
#include "message/mutf7.h"

/* What is being removed; nobody lists names that begin with two dots. */
#define TRASH "..letterbox-removed."

enum { DEPTH = 4 /* of directories in one folder */, INBOX = 5 /* octets */ };

int folders_open(struct folders *t, const char *root, struct fault *f)
{
	int n = snprintf(t->root, sizeof(t->root), "%s", root);

	t->fd = -1;
	if (n <= 0 || (size_t)n >= sizeof(t->root))
		return fault_perm(f, 550, "5.3.5", "mailbox path is empty or longer than %d bytes", PATH_MAX - 1);
	t->fd = disk_open_dir(AT_FDCWD, t->root, f);
	return t->fd < 0 ? -1 : 0;
}

void folders_close(struct folders *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}

/* ---- names ---- */

static bool is_inbox(struct span name)
{
	return span_is_nocase(name, SPAN("INBOX"));
}

const char *folders_normal_name(struct arena *a, struct span name)
{
	char *copy = arena_span(a, name);

	if (is_inbox(span_of(name.p, span_find(name, '/'))))
		memcpy(copy, "INBOX", INBOX);
	return copy;
}

static void put_level(struct buf *out, struct span level)
{
	for (size_t i = 0; i < level.n; i++) {
		if (level.p[i] == '.')
			buf_put_str(out, "\\2e");
		else if (level.p[i] == '\\')
			buf_put_str(out, "\\5c");
		else
			buf_put_char(out, level.p[i]);
	}
}

int folders_put_disk_name(struct buf *out, struct span name, char separator)
{
	struct buf escaped;
	bool first = true;
	int rc = name.n > 0 && name.n <= FOLDERS_NAME_MAX ? 0 : -1;

	buf_init(&escaped, 4 * FOLDERS_NAME_MAX);
	while (rc == 0) {
		bool last = span_find(name, '/') == name.n;
		struct span level = span_cut(&name, '/');

		if (level.n == 0)
			rc = -1;
		if (first && is_inbox(level))
			level = SPAN("INBOX");
		buf_reset(&escaped);
		put_level(&escaped, level);
		if (!first)
			buf_put_char(out, separator);
		if (rc == 0)
			rc = mutf7_put(out, buf_span(&escaped));
		first = false;
		if (last)
			break;
	}
	rc = escaped.overflow ? -1 : rc;
	buf_clear(&escaped);
	return rc;
}

static void parse_level(struct buf *out, struct span level)
{
	for (size_t i = 0; i < level.n; i++) {
		struct span rest = span_from(level, i);

		if (span_starts(rest, SPAN("\\2e")) || span_starts(rest, SPAN("\\5c"))) {
			buf_put_char(out, rest.p[1] == '2' ? '.' : '\\');
			i += 2;
		} else {
			buf_put_char(out, level.p[i]);
		}
	}
}

int folders_parse_disk_name(struct buf *out, struct span disk, char separator)
{
	size_t before = out->n;
	struct span rest = disk;
	struct buf decoded, again;
	int rc = 0;

	buf_init(&decoded, FOLDERS_NAME_MAX);
	while (rc == 0 && rest.n > 0) {
		buf_reset(&decoded);
		rc = mutf7_parse(&decoded, span_cut(&rest, separator));
		if (out->n > before)
			buf_put_char(out, '/');
		parse_level(out, buf_span(&decoded));
	}
	buf_clear(&decoded);
	/* Only what the name would be written as: so "/", empty levels and other ways to write it are none. */
	buf_init(&again, FOLDERS_NAME_MAX * 4);
	if (rc == 0 &&
	    (out->overflow || folders_put_disk_name(&again, span_from(buf_span(out), before), separator) < 0 ||
	     again.overflow || !span_is(buf_span(&again), disk)))
		rc = -1;
	buf_clear(&again);
	if (rc < 0 && !out->overflow)
		buf_cut(out, before);
	return rc;
}

/* The bytes themselves, with "/" between levels. */
static int put_bytes(struct buf *out, struct span disk, char separator)
{
	size_t before = out->n;
	struct span made;

	if (span_find(disk, '/') < disk.n)
		return -1;
	for (size_t i = 0; i < disk.n; i++)
		buf_put_char(out, disk.p[i] == separator ? '/' : disk.p[i]);
	if (out->overflow)
		return -1;
	made = span_from(buf_span(out), before);
	if (made.n > 0 && utf8_is_valid(made) && !span_has_control(made) && !is_inbox(made))
		return 0;
	buf_cut(out, before);
	return -1;
}

int folders_show_disk_name(struct buf *out, struct span disk, char separator)
{
	return folders_parse_disk_name(out, disk, separator) == 0 ? 0 : put_bytes(out, disk, separator);
}

int folders_check_name(struct span name, struct fault *f)
{
	struct buf disk;
	bool good;

	buf_init(&disk, NAME_MAX - 1);
	good = folders_put_disk_name(&disk, name, '.') == 0 && !disk.overflow;
	buf_clear(&disk);
	if (good)
		return 0;
	return fault_perm(
		f, 550, "5.1.3",
		"the name of the folder is empty or too long, is not UTF-8, or has an empty level or a control "
		"character");
}

/* ---- the directory ---- */

/* What a directory is listed as; 0 if it is no folder. */
static bool show(struct buf *out, const char *disk)
{
	struct span name = span_from(span_str(disk), 1);

	buf_reset(out);
	if (disk[0] != '.' || disk[1] == '\0' || disk[1] == '.')
		return false;
	return folders_show_disk_name(out, name, '.') == 0 && !is_inbox(buf_span(out));
}

static bool is_folder(int root, const char *disk)
{
	char cur[NAME_MAX + 8];
	struct stat st;

	snprintf(cur, sizeof(cur), "%s/cur", disk);
	return fstatat(root, disk, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode) &&
	       fstatat(root, cur, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* Call fn for each directory of a folder, until it returns other than 0: that; -1 temporary. */
typedef int (*each_fn)(void *context, const char *disk, const char *name);

static int each(struct folders *t, each_fn fn, void *context, struct fault *f)
{
	int fd = openat(t->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	struct buf name;

	if (!dir) {
		fault_errno(f, "cannot read %s", t->root);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	buf_init(&name, FOLDERS_NAME_MAX);
	while (rc == 0 && (d = readdir(dir)))
		if (show(&name, d->d_name) && is_folder(t->fd, d->d_name))
			rc = fn(context, d->d_name, buf_str(&name));
	buf_clear(&name);
	closedir(dir);
	return rc;
}

struct listing {
	struct arena *arena;
	const char **names;
	size_t n, room;
};

static int add_to_listing(void *context, const char *disk, const char *name)
{
	struct listing *l = context;

	(void)disk;
	if (l->n == FOLDERS_MAX)
		return 1;
	if (l->n == l->room) {
		l->room = l->room ? l->room * 2 : 16;
		l->names = arena_heap_resize(l->names, l->room * sizeof(*l->names));
	}
	l->names[l->n++] = arena_str(l->arena, name);
	return 0;
}

/* Level by level: what is below a folder follows on it. */
static int compare_names(const void *a, const void *b)
{
	const unsigned char *x = *(const unsigned char *const *)a, *y = *(const unsigned char *const *)b;

	while (*x && *x == *y) {
		x++;
		y++;
	}
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

int folders_list(struct folders *t, struct arena *a, const char *const **names, size_t *n, struct fault *f)
{
	struct listing l = { .arena = a };
	const char **copy;
	int rc = each(t, add_to_listing, &l, f);

	if (rc > 0)
		rc = fault_temp(f, 451, "4.3.0", "%s has more than %d folders", t->root, FOLDERS_MAX);
	if (rc == 0) {
		if (l.n > 0)
			qsort(l.names, l.n, sizeof(*l.names), compare_names);
		copy = arena_alloc(a, (l.n + 1) * sizeof(*copy));
		copy[0] = "INBOX";
		*n = 1;
		/* Bytes that no name gives may look like a name that there is. */
		for (size_t i = 0; i < l.n; i++)
			if (strcmp(copy[*n - 1], l.names[i]) != 0)
				copy[(*n)++] = l.names[i];
		*names = copy;
	}
	free(l.names);
	return rc;
}

struct search {
	const char *name;
	char disk[NAME_MAX + 1];
};

static int match(void *context, const char *disk, const char *name)
{
	struct search *s = context;

	if (strcmp(name, s->name) != 0)
		return 0;
	snprintf(s->disk, sizeof(s->disk), "%s", disk);
	return 1;
}

static int disk_name(struct span name, char out[NAME_MAX + 1], struct fault *f)
{
	struct buf disk;

	if (folders_check_name(name, f) < 0)
		return -1;
	buf_init(&disk, NAME_MAX);
	buf_put_char(&disk, '.');
	folders_put_disk_name(&disk, name, '.');
	memcpy(out, buf_str(&disk), disk.n + 1);
	buf_clear(&disk);
	return 0;
}

/* The directory: 1 it is there, 0 it would be that one, -1. "." is INBOX. */
static int find_disk(struct folders *t, struct span name, char out[NAME_MAX + 1], struct fault *f)
{
	struct arena a = { 0 };
	struct search s;
	int rc;

	if (is_inbox(name)) {
		memcpy(out, ".", 2);
		return 1;
	}
	if (disk_name(name, out, f) < 0)
		return -1;
	if (is_folder(t->fd, out))
		return 1;
	s.name = folders_normal_name(&a, name);
	rc = each(t, match, &s, f);
	if (rc > 0)
		memcpy(out, s.disk, sizeof(s.disk));
	arena_clear(&a);
	return rc;
}

int folders_find(struct folders *t, struct span name, char path[PATH_MAX], struct fault *f)
{
	char disk[NAME_MAX + 1];
	int rc = find_disk(t, name, disk, f), n;

	if (rc < 0)
		return -1;
	n = snprintf(path, PATH_MAX, "%s%s%s", t->root, strcmp(disk, ".") == 0 ? "" : "/",
		     strcmp(disk, ".") == 0 ? "" : disk);
	return n < PATH_MAX ? rc : fault_perm(f, 550, "5.1.3", "the folder's path is too long");
}

/* ---- changes ---- */

static int make_parts(struct folders *t, const char *disk, struct fault *f)
{
	static const char *const parts[] = { "", "/tmp", "/new", "/cur" };
	char path[NAME_MAX + 32];
	int fd;

	/* cur/ last: with it the directory is a folder. */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", disk, parts[i]);
		if (mkdirat(t->fd, path, 0700) < 0 && errno != EEXIST)
			return fault_errno(f, "cannot create %s/%s", t->root, path);
	}
	snprintf(path, sizeof(path), "%s/maildirfolder", disk);
	fd = openat(t->fd, path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, "cannot create %s/%s", t->root, path);
	close(fd);
	return disk_sync(t->fd, t->root, f);
}

static int exists_already(struct fault *f)
{
	return fault_perm(f, 550, "5.1.3", "there is a folder of that name already");
}

static int is_missing(struct fault *f)
{
	return fault_perm(f, 550, "5.1.1", "there is no folder of that name");
}

/*
 * On disk these are names as any other. But clients keep copies in directories of such names (CVE-2021-20247), so no
 * folder gets one.
 */
static int refuse_dots(struct span name, struct fault *f)
{
	while (name.n) {
		struct span level = span_cut(&name, '/');

		if (span_is(level, SPAN(".")) || span_is(level, SPAN("..")))
			return fault_perm(f, 550, "5.1.3", "a level of the folder's name is \".\" or \"..\"");
	}
	return 0;
}

int folders_create(struct folders *t, struct span name, struct fault *f)
{
	char disk[NAME_MAX + 1];
	int rc = find_disk(t, name, disk, f);

	if (rc != 0)
		return rc < 0 ? -1 : exists_already(f);
	if (refuse_dots(name, f) < 0)
		return -1;
	return make_parts(t, disk, f);
}

/* Remove a directory's content, and it. What cannot be removed stays, hidden. */
static void remove_tree(int at, const char *name, int depth)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((d = readdir(dir))) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, d->d_name, 0) < 0 && depth < DEPTH)
			remove_tree(fd, d->d_name, depth + 1);
	}
	closedir(dir);
	unlinkat(at, name, AT_REMOVEDIR);
}

int folders_remove(struct folders *t, struct span name, struct fault *f)
{
	char disk[NAME_MAX + 1], trash[sizeof(TRASH) + ENTROPY_ID], id[ENTROPY_ID + 1];
	int rc = find_disk(t, name, disk, f);

	if (rc <= 0)
		return rc < 0 ? -1 : is_missing(f);
	if (is_inbox(name))
		return fault_perm(f, 550, "5.7.1", "INBOX cannot be removed");
	entropy_id(id);
	snprintf(trash, sizeof(trash), TRASH "%s", id);
	/* Gone at once for everybody; the files follow. */
	if (renameat(t->fd, disk, t->fd, trash) < 0)
		return fault_errno(f, "cannot remove %s/%s", t->root, disk);
	remove_tree(t->fd, trash, 0);
	return disk_sync(t->fd, t->root, f);
}

struct rename {
	struct folders *t;
	struct span from, to; /* on disk */
	struct fault *f;
	bool check; /* only whether all of them can be renamed */
};

static int rename_one(void *context, const char *disk, const char *name)
{
	struct rename *r = context;
	struct span rest = span_from(span_str(disk), r->from.n);
	char to[2 * NAME_MAX];
	struct stat st;

	(void)name;
	if (!span_starts(span_str(disk), r->from) || (rest.n > 0 && rest.p[0] != '.'))
		return 0;
	snprintf(to, sizeof(to), "%.*s%.*s", SPAN_ARG(r->to), SPAN_ARG(rest));
	if (strlen(to) > NAME_MAX)
		return fault_perm(r->f, 550, "5.1.3", "the name of a folder below it would be too long");
	if (fstatat(r->t->fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return exists_already(r->f);
	if (!r->check && renameat(r->t->fd, disk, r->t->fd, to) < 0)
		return fault_errno(r->f, "cannot rename %s/%s", r->t->root, disk);
	return 0;
}

static int is_below(void *context, const char *disk, const char *name)
{
	struct span above = *(const struct span *)context;

	(void)name;
	return span_starts(span_str(disk), above) && disk[above.n] == '.';
}

/* A level that is no folder itself is renamed with what is below it. */
static int find_to_rename(struct folders *t, struct span name, char out[NAME_MAX + 1], struct fault *f)
{
	int rc = find_disk(t, name, out, f);
	struct span above;

	if (rc != 0)
		return rc;
	above = span_str(out);
	return each(t, is_below, &above, f);
}

int folders_rename(struct folders *t, struct span from, struct span to, struct fault *f)
{
	char old[NAME_MAX + 1], new[NAME_MAX + 1];
	struct rename r = { .t = t, .f = f, .check = true };
	int rc = find_to_rename(t, from, old, f);

	if (rc <= 0)
		return rc < 0 ? -1 : is_missing(f);
	if (is_inbox(from) || is_inbox(to))
		return fault_perm(f, 550, "5.7.1", "INBOX cannot be renamed");
	rc = find_disk(t, to, new, f);
	if (rc != 0)
		return rc < 0 ? -1 : exists_already(f);
	if (refuse_dots(to, f) < 0)
		return -1;
	r.from = span_str(old);
	r.to = span_str(new);
	if (span_starts(r.to, r.from) && new[r.from.n] == '.')
		return fault_perm(f, 550, "5.1.3", "a folder cannot be moved below itself");
	if (each(t, rename_one, &r, f) < 0)
		return -1;
	r.check = false;
	/* It first, so that who looks on sees why those below it have other names. */
	if (renameat(t->fd, old, t->fd, new) < 0 && errno != ENOENT)
		return fault_errno(f, "cannot rename %s/%s", t->root, old);
	if (each(t, rename_one, &r, f) < 0)
		return -1;
	return disk_sync(t->fd, t->root, f);
}
