/* SPDX-License-Identifier: ISC */
/*
 * subscriptions - which folders a client shows.
 */
#include "store/subscriptions.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/disk.h"
#include "store/lock.h"

#define FILE_NAME "subscriptions"
#define HEAD	  "V\t2\n\n"

static const struct lock_rules rules = { .name = FILE_NAME ".lock", .guards = FILE_NAME, .stale = 30, .wait = 10 };

/* The text behind the head, and the separator of levels in it. */
static int read_file(struct folders *t, struct arena *a, struct span *text, char *separator, struct fault *f)
{
	*text = span_of(NULL, 0);
	*separator = '\t';
	if (disk_read_file(a, t->fd, FILE_NAME, SUBSCRIPTIONS_FILE_MAX, text, f) < 0)
		return errno == ENOENT ? 0 : -1;
	if (span_starts(*text, SPAN(HEAD)))
		*text = span_from(*text, sizeof(HEAD) - 1);
	else
		*separator = '.';
	return 0;
}

/* INBOX has no other form. */
static int parse_line(struct buf *out, struct span line, char separator)
{
	buf_reset(out);
	if (line.n == 0)
		return -1;
	return folders_show_disk_name(out, line, separator);
}

int subscriptions_list(struct folders *t, struct arena *a, const char *const **names, size_t *n, struct fault *f)
{
	struct span text, count;
	const char **all;
	struct buf name;
	size_t lines = 1;
	char separator;

	if (read_file(t, a, &text, &separator, f) < 0)
		return -1;
	for (count = text; count.n > 0; lines++)
		span_cut(&count, '\n');
	all = arena_alloc(a, lines * sizeof(*all));
	*n = 0;
	buf_init(&name, FOLDERS_NAME_MAX);
	while (text.n > 0)
		if (parse_line(&name, span_cut(&text, '\n'), separator) == 0)
			all[(*n)++] = arena_str(a, buf_str(&name));
	buf_clear(&name);
	*names = all;
	return 0;
}

static void put_line(struct buf *out, struct span disk, char separator)
{
	for (size_t i = 0; i < disk.n; i++)
		buf_put_char(out, disk.p[i] == separator ? '\t' : disk.p[i]);
	buf_put_char(out, '\n');
}

/* A folder that is there has the name that it has on disk: whoever made it knows it by that. */
static void put_name(struct buf *out, struct folders *t, struct span name)
{
	char path[PATH_MAX];
	struct fault ignored;

	if (folders_find(t, name, path, &ignored) > 0 && strcmp(path, t->root) != 0) {
		put_line(out, span_str(strrchr(path, '/') + 2), '.');
		return;
	}
	folders_put_disk_name(out, name, '\t');
	buf_put_char(out, '\n');
}

/* The file with the name left out. Lines of version 1 are written as version 2 has them. */
static void put_others(struct buf *out, struct span text, char separator, struct span want)
{
	struct buf name;

	buf_init(&name, FOLDERS_NAME_MAX);
	buf_put_str(out, HEAD);
	while (text.n > 0) {
		struct span line = span_cut(&text, '\n');
		bool is_name = parse_line(&name, line, separator) == 0;

		if (line.n > 0 && (!is_name || !span_is(buf_span(&name), want)))
			put_line(out, line, separator);
	}
	buf_clear(&name);
}

static int change(struct folders *t, struct arena *a, struct span name, bool subscribed, struct fault *f)
{
	const char *const *names;
	struct span text, want = span_str(folders_normal_name(a, name));
	bool is_there = false;
	char separator;
	struct buf out;
	size_t n;
	int rc;

	if (read_file(t, a, &text, &separator, f) < 0 || subscriptions_list(t, a, &names, &n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		is_there |= span_is(span_str(names[i]), want);
	if (is_there == subscribed)
		return 0;
	buf_init(&out, SUBSCRIPTIONS_FILE_MAX);
	put_others(&out, text, separator, want);
	if (subscribed)
		put_name(&out, t, want);
	rc = out.overflow ? fault_perm(f, 552, "5.3.0", "there are too many subscriptions")
			  : disk_replace(t->fd, FILE_NAME, buf_span(&out), 0600, f);
	buf_clear(&out);
	return rc;
}

int subscriptions_set(struct folders *t, struct span name, bool subscribed, struct fault *f)
{
	struct arena a = { 0 };
	struct lock lock;
	int rc;

	if (folders_check_name(name, f) < 0 || lock_take(&lock, t->fd, &rules, f) != 0)
		return -1;
	rc = change(t, &a, name, subscribed, f);
	lock_release(&lock);
	arena_clear(&a);
	return rc;
}
