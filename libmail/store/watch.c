/* SPDX-License-Identifier: ISC */
/*
 * watch - be told when something changes in folders.
 *
 * A place is one or two directories. Events only mark places; watch_next() hands the marks out. So a thousand
 * deliveries that came together are told once.
 */
#include "store/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/span.h"
#include "store/stamp.h"

enum { NEW, CUR, DIRS, ROOT = NEW };
enum { NONE = -1, EVENTS_ROOM = 8192, PLACES_MIN = 4 };

#define EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_ONLYDIR)

struct watch_place {
	uint32_t id;
	enum watch_kind kind;
	bool changed, arrived; /* arrived: something came into new/ */
	bool young;	       /* young: a change in the same tick of the clock would not show in the times */
	bool local;	       /* nobody but this machine changes it */
	int wd[DIRS];
	struct stamp seen[DIRS];
	char *path;
};

void watch_init(struct watch *w)
{
	*w = (struct watch){ .fd = NONE };
}

static void close_instance(struct watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = NONE;
	w->no_instance = false;
}

void watch_clear(struct watch *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->places[i].path);
	free(w->places);
	close_instance(w);
	watch_init(w);
}

/* ---- places ---- */

static int dirs_of(const struct watch_place *p)
{
	return p->kind == WATCH_FOLDER ? DIRS : 1;
}

/* What is looked at: a directory, or the file. */
static void look_path(const struct watch_place *p, int dir, char out[PATH_MAX])
{
	static const char *const names[] = { "/new", "/cur" };

	snprintf(out, PATH_MAX, "%s%s", p->path, p->kind == WATCH_FOLDER ? names[dir] : "");
}

static struct span file_name(const struct watch_place *p)
{
	struct span path = span_str(p->path);

	return span_from(path, span_find_last(path, '/') + 1);
}

/* Whose events say that it changed. */
static void dir_path(const struct watch_place *p, int dir, char out[PATH_MAX])
{
	look_path(p, dir, out);
	if (p->kind == WATCH_FILE)
		out[strlen(out) - file_name(p).n] = '\0';
}

static bool is_polled(const struct watch_place *p)
{
	for (int i = 0; i < dirs_of(p); i++)
		if (p->wd[i] == NONE)
			return true;
	return false;
}

static void count_polled(struct watch *w)
{
	w->polled = 0;
	for (size_t i = 0; i < w->n; i++)
		w->polled += is_polled(&w->places[i]);
}

/* Remember the times: did they change since they were remembered? */
static bool take_times(struct watch_place *p)
{
	int64_t now = clock_wall_us();
	bool differs = p->young;
	char path[PATH_MAX];

	p->young = false;
	for (int i = 0; i < dirs_of(p); i++) {
		struct stamp stamp = { 0 };

		look_path(p, i, path);
		stamp_at(AT_FDCWD, path, &stamp);
		differs |= !stamp_is(&stamp, &p->seen[i]);
		p->young |= stamp.mtime_ns != 0 && !stamp_is_older(&stamp, now, STAMP_TICK_MS);
		p->seen[i] = stamp;
	}
	return differs;
}

static void watch_dirs(struct watch *w, struct watch_place *p)
{
	char path[PATH_MAX];

	if (w->fd < 0 && !w->no_instance) {
		w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		w->no_instance = w->fd < 0;
	}
	for (int i = 0; i < dirs_of(p) && w->fd >= 0; i++) {
		if (p->wd[i] != NONE)
			continue;
		dir_path(p, i, path);
		p->wd[i] = inotify_add_watch(w->fd, path, EVENTS);
	}
}

void watch_add(struct watch *w, uint32_t id, enum watch_kind kind, const char *path)
{
	struct watch_place *p;

	if (w->n == WATCH_MAX || strlen(path) + sizeof("/new") > PATH_MAX)
		return;
	if (w->n == w->room) {
		w->room = w->room ? 2 * w->room : PLACES_MIN;
		w->places = arena_heap_resize(w->places, w->room * sizeof(*w->places));
	}
	if (w->n == 0)
		w->looked_ms = clock_mono_ms();
	p = &w->places[w->n++];
	*p = (struct watch_place){ .id = id, .kind = kind, .wd = { NONE, NONE } };
	p->path = arena_heap(strlen(path) + 1);
	memcpy(p->path, path, strlen(path) + 1);
	p->local = disk_is_local(path);
	watch_dirs(w, p);
	take_times(p);
	count_polled(w);
}

/* Two places may be the same directory, and have the same watch then. */
static bool is_used(const struct watch *w, int wd)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->places[i].wd[NEW] == wd || w->places[i].wd[CUR] == wd)
			return true;
	return false;
}

static void remove_place(struct watch *w, size_t i)
{
	struct watch_place gone = w->places[i];

	memmove(&w->places[i], &w->places[i + 1], (w->n - i - 1) * sizeof(*w->places));
	w->n--;
	for (int k = 0; k < DIRS; k++)
		if (gone.wd[k] != NONE && !is_used(w, gone.wd[k]))
			inotify_rm_watch(w->fd, gone.wd[k]);
	free(gone.path);
}

void watch_remove(struct watch *w, uint32_t id)
{
	for (size_t i = w->n; i-- > 0;)
		if (w->places[i].id == id)
			remove_place(w, i);
	count_polled(w);
	/* There are few: whoever waits for nothing shall not have one. */
	if (w->n == 0)
		close_instance(w);
}

/* ---- events ---- */

/* Without a name it is about the directory, or everything. */
static struct span event_name(const struct inotify_event *e)
{
	return e->len ? span_str(e->name) : span_of(NULL, 0);
}

static bool is_of_tree(struct span name)
{
	if (span_starts(name, SPAN(".")))
		return !span_starts(name, SPAN(".."));
	return name.n == 0 || span_is(name, SPAN("subscriptions"));
}

static bool concerns(const struct inotify_event *e, const struct watch_place *p)
{
	struct span name = event_name(e);

	if (p->kind == WATCH_FILE)
		return name.n == 0 || span_is(name, file_name(p));
	return p->kind == WATCH_FOLDER || is_of_tree(name);
}

static bool is_arrival(const struct inotify_event *e, const struct watch_place *p, int dir)
{
	return p->kind == WATCH_FOLDER && dir == NEW && e->mask & (IN_MOVED_TO | IN_CREATE) && e->len > 0;
}

/* What a directory's event says; IN_IGNORED: it is gone, and what comes in its place is found by its times. */
static void take_event(struct watch *w, const struct inotify_event *e)
{
	for (size_t i = 0; i < w->n; i++) {
		struct watch_place *p = &w->places[i];

		for (int k = 0; k < dirs_of(p); k++) {
			if (p->wd[k] != e->wd && !(e->mask & IN_Q_OVERFLOW))
				continue;
			if (e->mask & IN_IGNORED)
				p->wd[k] = NONE;
			if (is_arrival(e, p, k))
				p->arrived = true;
			else
				p->changed |= concerns(e, p);
		}
	}
	if (e->mask & IN_IGNORED)
		count_polled(w);
}

/* Do the two say that a message went from new/ to cur/ of one place, and has no flags there? */
static bool is_move_to_cur(const struct watch *w, const struct inotify_event *from, const struct inotify_event *to)
{
	struct span name = event_name(to);

	if (!(from->mask & IN_MOVED_FROM) || !(to->mask & IN_MOVED_TO) || from->cookie != to->cookie)
		return false;
	for (size_t i = 0; i < w->n; i++)
		if (w->places[i].wd[NEW] == from->wd && w->places[i].wd[CUR] == to->wd)
			return span_starts(span_from(name, span_find(name, ':')), SPAN(":2,")) &&
			       span_find(name, ':') + 3 == name.n;
	return false;
}

static const struct inotify_event *event_at(const char *bytes, size_t at, size_t n)
{
	const void *p = bytes + at;

	return at < n ? p : NULL;
}

static size_t event_size(const struct inotify_event *e)
{
	return sizeof(*e) + e->len;
}

static void take_events(struct watch *w, const char *bytes, size_t n)
{
	const struct inotify_event *e, *next;

	for (size_t at = 0; (e = event_at(bytes, at, n)); at += event_size(e)) {
		next = event_at(bytes, at + event_size(e), n);
		if (next && is_move_to_cur(w, e, next)) {
			at += event_size(e);
			e = next;
			continue;
		}
		take_event(w, e);
	}
}

static void read_events(struct watch *w)
{
	_Alignas(struct inotify_event) char bytes[EVENTS_ROOM];
	ssize_t n;

	while (w->fd >= 0 && ((n = read(w->fd, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR)))
		if (n > 0)
			take_events(w, bytes, (size_t)n);
}

/* ---- times ---- */

static int interval(const struct watch *w)
{
	return w->polled ? WATCH_POLL_MS : WATCH_RECHECK_MS;
}

static void compare_times(struct watch *w)
{
	int64_t now = clock_mono_ms();

	if (now < w->looked_ms + interval(w))
		return;
	w->looked_ms = now;
	/* Somebody else may have given back what there was too little of. */
	w->no_instance = false;
	for (size_t i = 0; i < w->n; i++) {
		struct watch_place *p = &w->places[i];

		if (is_polled(p))
			watch_dirs(w, p);
		p->changed |= take_times(p);
	}
	count_polled(w);
}

/* ---- the interface ---- */

int watch_fd(const struct watch *w)
{
	return w->fd;
}

int watch_wait_ms(const struct watch *w)
{
	return w->n ? clock_until_ms(w->looked_ms + interval(w)) : -1;
}

static bool take_changed(struct watch *w, uint32_t *id)
{
	for (size_t i = 0; i < w->n; i++) {
		if (!w->places[i].changed && !w->places[i].arrived)
			continue;
		w->arrival = !w->places[i].changed && !is_polled(&w->places[i]);
		w->places[i].changed = w->places[i].arrived = false;
		*id = w->places[i].id;
		return true;
	}
	return false;
}

bool watch_next(struct watch *w, uint32_t *id)
{
	if (take_changed(w, id))
		return true;
	read_events(w);
	compare_times(w);
	return take_changed(w, id);
}

bool watch_is_arrival(const struct watch *w)
{
	return w->arrival;
}

bool watch_sees_all(const struct watch *w, uint32_t id)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->places[i].id == id && (is_polled(&w->places[i]) || !w->places[i].local))
			return false;
	return true;
}
