/* SPDX-License-Identifier: ISC */
/*
 * save - messages that a client puts into a folder.
 */
#include "store/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGES_MIN = 4 };

int save_open(struct save *s, const char *path, struct fault *f)
{
	int error;

	memset(s, 0, sizeof(*s));
	s->maildir.tmp = s->maildir.new = -1;
	path = arena_str(&s->arena, path);
	if (insert_open(&s->into, path, f) == 0 && maildir_open(&s->maildir, path, true, f) == 0)
		return 0;
	error = errno;
	save_close(s);
	errno = error;
	return -1;
}

int save_begin(struct save *s, struct fault *f)
{
	if (s->n == SAVE_MAX)
		return fault_perm(f, 552, "5.3.4", "more than %d messages at once", SAVE_MAX);
	s->writer = arena_heap(sizeof(*s->writer));
	s->held = false;
	s->last = '\0';
	s->virtual = 0;
	if (maildir_begin(&s->maildir, s->writer, f) == 0)
		return 0;
	free(s->writer);
	s->writer = NULL;
	return -1;
}

/* ---- line ends ---- */

static void put(struct save *s, const char *p, size_t n)
{
	if (n == 0)
		return;
	disk_out_put(&s->writer->out, p, n);
	s->last = p[n - 1];
}

/* A LF that no CR stands in front of in the file counts as two, as it is read. */
static void put_line_end(struct save *s)
{
	s->virtual += s->last != '\r';
	put(s, "\n", 1);
}

/* The CR that was held back: left out in front of LF, unless another CR would then be taken for it. */
static void settle(struct save *s, bool is_line_end)
{
	if (!s->held)
		return;
	s->held = false;
	if (!is_line_end || s->last == '\r')
		put(s, "\r", 1);
}

void save_put(struct save *s, const void *bytes, size_t n)
{
	const char *p = bytes, *end = p + n;

	while (p < end) {
		const char *at = p;

		if (*p == '\n') {
			settle(s, true);
			put_line_end(s);
			p++;
			continue;
		}
		settle(s, false);
		if (*p == '\r') {
			s->held = true;
			p++;
			continue;
		}
		while (p < end && *p != '\r' && *p != '\n')
			p++;
		put(s, at, (size_t)(p - at));
	}
}

/* ---- one message ---- */

void save_drop(struct save *s)
{
	if (!s->writer)
		return;
	maildir_abort(s->writer);
	free(s->writer);
	s->writer = NULL;
}

static int set_time(struct save *s, const struct save_terms *terms, struct fault *f)
{
	const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)terms->when } };

	if (terms->when != SAVE_NOW && futimens(s->writer->out.fd, times) < 0)
		return fault_errno(f, "cannot set the time of a message in %s", s->into.path);
	return 0;
}

static void copy_terms(struct save *s, struct save_terms *out, const struct save_terms *terms)
{
	struct span *keywords = arena_alloc(&s->arena, terms->keywords_n * sizeof(*keywords));

	for (size_t i = 0; i < terms->keywords_n; i++)
		keywords[i] = span_str(arena_span(&s->arena, terms->keywords[i]));
	*out = *terms;
	out->keywords = keywords;
}

static void add_message(struct save *s, const struct save_terms *terms)
{
	struct save_message *m;

	if (s->n == s->room) {
		s->room = s->room ? 2 * s->room : MESSAGES_MIN;
		s->messages = arena_heap_resize(s->messages, s->room * sizeof(*s->messages));
	}
	m = &s->messages[s->n++];
	m->tmp = arena_str(&s->arena, s->writer->name);
	m->size = (uint64_t)s->writer->out.written;
	m->virtual = m->size + s->virtual;
	s->octets += (int64_t)m->size;
	copy_terms(s, &m->terms, terms);
}

int save_end(struct save *s, const struct save_terms *terms, struct fault *f)
{
	settle(s, false);
	if (maildir_sync(s->writer, f) < 0 || set_time(s, terms, f) < 0) {
		save_drop(s);
		return -1;
	}
	add_message(s, terms);
	close(s->writer->out.fd);
	free(s->writer);
	s->writer = NULL;
	return 0;
}

/* ---- all ---- */

static int take(struct save *s, const struct save_message *m, struct fault *f)
{
	struct insert_terms terms = { m->size, m->virtual, m->terms.flags, "" };

	for (size_t i = 0; i < m->terms.keywords_n; i++) {
		uint32_t bit;

		if (insert_keyword(&s->into, m->terms.keywords[i], &bit, f) < 0)
			return -1;
		terms.flags |= bit;
	}
	return insert_take(&s->into, s->maildir.tmp, m->tmp, INSERT_GIVE, &terms, f);
}

int save_commit(struct save *s, const struct quota_limits *limits, struct fault *f)
{
	if (insert_reserve(&s->into, limits, s->octets, (int64_t)s->n, f) < 0 || insert_begin(&s->into, s->n, f) < 0)
		return -1;
	for (size_t i = 0; i < s->n; i++)
		if (take(s, &s->messages[i], f) < 0)
			return -1;
	if (insert_commit(&s->into, f) < 0)
		return -1;
	s->uidvalidity = s->into.uidvalidity;
	s->first = s->into.first;
	return 0;
}

void save_close(struct save *s)
{
	save_drop(s);
	insert_close(&s->into);
	for (size_t i = 0; i < s->n; i++)
		unlinkat(s->maildir.tmp, s->messages[i].tmp, 0);
	free(s->messages);
	s->messages = NULL;
	s->n = 0;
	maildir_close(&s->maildir);
	arena_clear(&s->arena);
}
