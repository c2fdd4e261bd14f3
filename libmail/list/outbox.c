/* SPDX-License-Identifier: ISC */
/*
 * outbox - what is left to do for a post that is accepted.
 */
#include "list/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "list/incoming.h"
#include "list/keep.h"
#include "message/address.h"
#include "message/words.h"

#define DIRECTORY "outbox"
#define NOBODY	  "nobody" /* for an id */

enum { NAME_ROOM = 80, HEADER_MAX = INCOMING_HEADER_MAX + (64 << 10) };

static int open_outbox(struct list_run *r, struct fault *f)
{
	if (mkdirat(r->list->dir, DIRECTORY, 0700) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot make %s/" DIRECTORY, r->list->path);
	return disk_open_dir(r->list->dir, DIRECTORY, f);
}

int outbox_commit(struct list_run *r, struct spool_writer *w, uint64_t number, const char *hash, bool nobody,
		  struct fault *f)
{
	char name[NAME_ROOM];
	int dir = open_outbox(r, f), rc;

	if (dir < 0) {
		spool_abort(w);
		return -1;
	}
	snprintf(name, sizeof(name), "%" PRIu64 ".%s.%s", number, hash, nobody ? NOBODY : w->id);
	rc = spool_commit_into(w, dir, name, f);
	close(dir);
	return rc;
}

/* ---- going on ---- */

struct name {
	uint64_t number;
	struct span hash, id;
};

struct item {
	struct list_run *run;
	struct arena *arena;
	int dir, fd;
	const char *name;
	uint64_t number;
	const char *hash, *id;
	off_t at, size; /* of the message */
	int64_t when;
};

/* False: nobody of ours has made it. */
static bool parse_name(struct span text, struct name *out)
{
	struct span number = span_cut(&text, '.');

	out->hash = span_cut(&text, '.');
	out->id = text;
	return span_number(number, UINT32_MAX - 1, &out->number) == 0 && out->number > 0 && out->hash.n == POSTS_HASH &&
	       (spool_is_id(out->id) || span_is(out->id, SPAN(NOBODY)));
}

static int find_message(struct item *t, struct fault *f)
{
	char head[ENVELOPE_PEEK];
	struct stat st;

	t->fd = disk_open_single(t->dir, t->name, O_RDONLY, &st, f);
	if (t->fd < 0 || disk_read_at(t->fd, head, sizeof(head), 0, t->name, f) < 0 ||
	    envelope_peek(span_of(head, sizeof(head)), &t->at, f) < 0)
		return -1;
	t->size = st.st_size - t->at;
	t->when = st.st_mtime;
	return t->size >= 0
		       ? 0
		       : fault_temp(f, 451, "4.3.0", "%s/" DIRECTORY "/%s is damaged", t->run->list->path, t->name);
}

static struct span decoded(struct arena *a, struct span header, const char *name)
{
	struct header_field field;
	struct buf text;
	struct span got;

	if (!header_find(header, span_str(name), &field))
		return SPAN("");
	buf_init(&text, HEADER_MAX);
	words_decode(&text, span_str(header_unfold(a, field.body)));
	got = span_str(arena_span(a, buf_span(&text)));
	buf_clear(&text);
	return got;
}

/* Where From is the list's, Author has who wrote it. */
static struct span author_of(struct arena *a, struct span header)
{
	struct header_field field;
	struct address author;
	struct span rest;

	if (!header_find(header, SPAN("Author"), &field) && !header_find(header, SPAN("From"), &field))
		return SPAN("");
	rest = field.body;
	return address_next(&rest, a, &author) > 0 ? span_str(author.mailbox) : SPAN("");
}

/* It is the last one, so far, or is there already. */
static int write_down(const struct item *t, struct fault *f)
{
	size_t n = t->size < HEADER_MAX ? (size_t)t->size : HEADER_MAX, length;
	char *text = arena_alloc(t->arena, n + 1);
	struct post p = { .number = t->number, .when = t->when, .hash = t->hash, .octets = (uint64_t)t->size };
	uint64_t last;

	if (posts_last(t->run->list, &last, f) < 0)
		return -1;
	if (last >= t->number)
		return 0;
	if (disk_read_at(t->fd, text, n, t->at, t->name, f) < 0)
		return -1;
	length = header_length(span_of(text, n), 0);
	p.from = author_of(t->arena, span_of(text, length));
	p.subject = decoded(t->arena, span_of(text, length), "Subject");
	return posts_append(t->run->list, &p, f);
}

static int keep(const struct item *t, struct fault *f)
{
	const struct keep_post p = {
		.number = t->number, .hash = t->hash, .when = t->when, .fd = t->fd, .at = t->at, .size = t->size
	};
	const struct list_settings *s = &t->run->list->settings;
	long seconds, posts;

	if (s->archive)
		return keep_post(t->run->list, "archive", &p, f);
	list_settings_digest(s, &seconds, &posts);
	return seconds || posts ? keep_post(t->run->list, "undigested", &p, f) : 0;
}

static int go_on(struct item *t, struct fault *f)
{
	if (find_message(t, f) < 0 || keep(t, f) < 0 || write_down(t, f) < 0)
		return -1;
	if (strcmp(t->id, NOBODY) == 0)
		return unlinkat(t->dir, t->name, 0) < 0 ? fault_errno(f, "cannot remove %s", t->name) : 0;
	if (spool_adopt(t->run->spool, t->dir, t->name, t->id, f) < 0)
		return -1;
	list_run_queued(t->run, t->id);
	return 0;
}

static int finish(struct list_run *r, int dir, const char *name, struct fault *f)
{
	struct arena a = { NULL };
	struct item t = { .run = r, .arena = &a, .dir = dir, .fd = -1, .name = name };
	struct name parts;
	int rc;

	parse_name(span_str(name), &parts);
	t.number = parts.number;
	t.hash = arena_span(&a, parts.hash);
	t.id = arena_span(&a, parts.id);
	rc = go_on(&t, f);
	if (t.fd >= 0)
		close(t.fd);
	arena_clear(&a);
	return rc;
}

/* Of several that are left the first comes first: numbers in `posts` ascend. */
static bool first_name(DIR *d, char out[NAME_ROOM])
{
	const struct dirent *e;
	struct name name;
	uint64_t best = 0;

	rewinddir(d);
	while ((e = readdir(d)) != NULL) {
		struct span text = span_str(e->d_name);

		if (text.n >= NAME_ROOM || !parse_name(text, &name) || (best && name.number >= best))
			continue;
		best = name.number;
		memcpy(out, text.p, text.n + 1);
	}
	return best != 0;
}

int outbox_recover(struct list_run *r, struct fault *f)
{
	int dir = open_outbox(r, f), rc = 0;
	char name[NAME_ROOM];
	DIR *d;

	if (dir < 0)
		return -1;
	d = fdopendir(dir);
	if (!d) {
		close(dir);
		return fault_errno(f, "cannot read %s/" DIRECTORY, r->list->path);
	}
	/* What is finished is not there any more. */
	while (rc == 0 && first_name(d, name))
		rc = finish(r, dir, name, f);
	closedir(d);
	return rc;
}
