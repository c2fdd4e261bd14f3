/* SPDX-License-Identifier: ISC */
/*
 * await - wait for what becomes of a message.
 *
 * inotify is only asked when to look; what counts is what the file says.
 */
#include "queue/await.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"

static int open_notify(int fd)
{
	int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char name[64];

	if (notify < 0)
		return -1;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	/* IN_ATTRIB: also a change of the number of links. */
	if (inotify_add_watch(notify, name, IN_MODIFY | IN_ATTRIB) >= 0)
		return notify;
	close(notify);
	return -1;
}

int await_open(struct await *w, const struct spool *s, const char *id, struct fault *f)
{
	*w = (struct await){ .fd = -1, .notify = -1 };
	memcpy(w->id, id, sizeof(w->id));
	w->fd = openat(s->box[SPOOL_TMP], id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (w->fd < 0)
		return fault_errno(f, "cannot watch %s/tmp/%s", s->path, id);
	w->notify = open_notify(w->fd);
	return 0;
}

void await_close(struct await *w)
{
	if (w->fd >= 0)
		close(w->fd);
	if (w->notify >= 0)
		close(w->notify);
	w->fd = w->notify = -1;
}

static bool is_done(const struct envelope *e)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->rcpts[i].state == ENVELOPE_QUEUED)
			return false;
	return true;
}

static void pause_until(struct await *w, int64_t deadline_ms)
{
	struct pollfd p = { .fd = w->notify, .events = POLLIN };
	char events[4096];
	int left = clock_until_ms(deadline_ms);

	if (w->notify < 0 && left > AWAIT_LOOK_MS)
		left = AWAIT_LOOK_MS;
	if (poll(&p, w->notify >= 0, left) > 0)
		while (read(w->notify, events, sizeof(events)) > 0)
			;
}

static int read_part(const struct await *w, struct arena *a, off_t at, off_t n, struct span *out, struct fault *f)
{
	char *p;

	if (n < 0 || n > ENVELOPE_TEXT_MAX)
		return fault_perm(f, 0, "5.3.0", "%s: damaged sizes", w->id);
	p = arena_alloc(a, (size_t)n + 1);
	*out = span_of(p, (size_t)n);
	return disk_read_at(w->fd, p, (size_t)n, at, w->id, f);
}

/* *is_gone: it had been removed already when its states were read, so they are the last. */
static int look(const struct await *w, struct arena *a, struct envelope *e, bool *is_gone, struct fault *f)
{
	struct stat st;
	struct span text;
	off_t at, end;
	size_t length;

	*e = (struct envelope){ 0 };
	memcpy(e->id, w->id, sizeof(e->id));
	if (fstat(w->fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", w->id);
	*is_gone = st.st_nlink == 0;
	if (read_part(w, a, 0, st.st_size < ENVELOPE_PEEK ? st.st_size : ENVELOPE_PEEK, &text, f) < 0 ||
	    envelope_peek(text, &at, f) < 0 || read_part(w, a, 0, at, &text, f) < 0 ||
	    envelope_parse(a, text, e, &length, f) < 0)
		return -1;
	/* What led to the states that were read is in the journal by now; it may have grown since the first look. */
	if (fstat(w->fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", w->id);
	end = e->message_at + e->message_size;
	if (read_part(w, a, end, st.st_size - end, &text, f) < 0)
		return -1;
	envelope_parse_journal(a, text, e);
	return 0;
}

int await_wait(struct await *w, int64_t deadline_ms, struct arena *a, struct envelope *out, struct fault *f)
{
	for (;;) {
		/* The time first, so that there is always a look after the end of the wait. */
		bool late = clock_mono_ms() >= deadline_ms, is_gone = false;

		if (look(w, a, out, &is_gone, f) < 0)
			return -1;
		if (is_done(out) || is_gone)
			return 1;
		if (late)
			return 0;
		arena_reset(a);
		pause_until(w, deadline_ms);
	}
}
