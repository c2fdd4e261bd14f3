/* SPDX-License-Identifier: ISC */
/*
 * held - what waits for a moderator.
 */
#include "list/held.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/disk.h"
#include "list/held_notice.h"
#include "list/posts.h"
#include "list/post.h"
#include "list/reply.h"
#include "message/words.h"

#define DIRECTORY     "held"
#define MAGIC	      "letterbox-held 1\n"
#define NEW	      ".new"
#define NOTHING_KNOWN .rule = "", .sender = "", .recipient = "", .topic = "", .author = "", .why = "", .subject = ""

enum { TOLD_AT = sizeof(MAGIC "told ") - 1, DAY = 24 * 3600, SUBJECT_MAX = 64 << 10 };

static bool is_id(const char *id)
{
	return strlen(id) == HELD_ID && strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz") == HELD_ID;
}

static int open_directory(const struct list *l, struct fault *f)
{
	if (mkdirat(l->dir, DIRECTORY, 0700) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot make %s/" DIRECTORY, l->path);
	return disk_open_dir(l->dir, DIRECTORY, f);
}

/* ---- writing ---- */

static void put_head(struct buf *out, const struct list_run *r, const struct policy *p, const char *topic)
{
	buf_put_str(out, MAGIC "told 0\n");
	buf_printf(out, "held %" PRId64 "\nrule %s\nsender <%s>\nrecipient <%s>\ntopic %s\nauthor <%s>\nreason %s\n\n",
		   r->now, p->rule, r->in->sender, r->in->recipient, topic, p->author, p->why);
}

static int put_message(struct list_run *r, struct disk_out *out, struct fault *f)
{
	struct span piece;
	off_t at = 0;
	int rc;

	while ((rc = spill_next(&r->in->raw, &at, &piece, f)) > 0)
		disk_out_put(out, piece.p, piece.n);
	return rc < 0 ? -1 : disk_out_flush(out, f);
}

static int write_file(struct list_run *r, int dir, const char *id, struct span head, struct fault *f)
{
	struct disk_out out;
	int fd = openat(dir, NEW, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600), rc = -1;

	if (fd < 0)
		return fault_errno(f, "cannot make %s/" DIRECTORY "/" NEW, r->list->path);
	disk_out_init(&out, fd, id);
	disk_out_put(&out, head.p, head.n);
	if (put_message(r, &out, f) == 0 && disk_write_ahead(fd, id, f) == 0) {
		rc = renameat(dir, NEW, dir, id);
		if (rc < 0)
			fault_errno(f, "cannot rename " NEW " in %s/" DIRECTORY, r->list->path);
		else if (disk_sync_name(fd, dir, id, f) < 0)
			rc = -1;
	}
	if (rc < 0) {
		unlinkat(dir, NEW, 0);
		unlinkat(dir, id, 0);
	}
	close(fd);
	return rc;
}

static int write_held(struct list_run *r, const struct policy *p, const char *topic, const char *id, struct fault *f)
{
	int dir = open_directory(r->list, f), rc;
	struct buf head;

	if (dir < 0)
		return -1;
	buf_init(&head, HELD_HEAD_MAX);
	put_head(&head, r, p, topic);
	rc = head.overflow ? fault_perm(f, 553, "5.1.7", "the addresses of the message are too long")
			   : write_file(r, dir, id, buf_span(&head), f);
	buf_clear(&head);
	close(dir);
	return rc;
}

/* ---- reading ---- */

/* "<address>" */
static const char *path_of(struct arena *a, struct span value)
{
	return value.n >= 2 ? arena_span(a, span_of(value.p + 1, value.n - 2)) : "";
}

static void take_line(struct held *h, struct arena *a, struct span line)
{
	struct span name = span_cut(&line, ' ');
	uint64_t number;

	if (span_is(name, SPAN("told")))
		h->told = span_is(line, SPAN("1"));
	else if (span_is(name, SPAN("held")) && span_number(line, INT64_MAX, &number) == 0)
		h->when = (int64_t)number;
	else if (span_is(name, SPAN("rule")))
		h->rule = arena_span(a, line);
	else if (span_is(name, SPAN("sender")))
		h->sender = path_of(a, line);
	else if (span_is(name, SPAN("recipient")))
		h->recipient = path_of(a, line);
	else if (span_is(name, SPAN("topic")))
		h->topic = arena_span(a, line);
	else if (span_is(name, SPAN("author")))
		h->author = path_of(a, line);
	else if (span_is(name, SPAN("reason")))
		h->why = arena_span(a, line);
}

static const char *subject_of(struct arena *a, struct span header)
{
	struct header_field field;
	struct buf text;
	const char *got;

	if (!header_find(header, SPAN("Subject"), &field))
		return "";
	buf_init(&text, SUBJECT_MAX);
	words_decode(&text, span_str(header_unfold(a, field.body)));
	got = arena_span(a, buf_span(&text));
	buf_clear(&text);
	return got;
}

static int parse(struct held *h, struct arena *a, struct span text, off_t size, struct fault *f)
{
	struct span rest = text, line;

	if (!span_starts(text, SPAN(MAGIC)))
		return fault_temp(f, 451, "4.3.0", DIRECTORY "/%s is no message that is held", h->id);
	for (line = span_cut(&rest, '\n'); line.n; line = span_cut(&rest, '\n'))
		take_line(h, a, line);
	h->at = (off_t)(rest.p - text.p);
	h->size = size - h->at;
	h->subject = subject_of(a, rest);
	return 0;
}

/* What is kept is copied: of a thousand messages only that. */
static int read_head(struct held *h, struct arena *a, int fd, struct fault *f)
{
	enum { PEEK = HELD_HEAD_MAX + (64 << 10) };
	off_t size = lseek(fd, 0, SEEK_END);
	size_t n = size < PEEK ? (size_t)(size > 0 ? size : 0) : PEEK;
	char *text = arena_heap(n + 1);
	int rc = disk_read_at(fd, text, n, 0, h->id, f);

	if (rc == 0)
		rc = parse(h, a, span_of(text, n), size, f);
	free(text);
	return rc;
}

int held_open(struct list *l, struct arena *a, const char *id, struct held *out, int *fd, struct fault *f)
{
	int dir;
	struct stat st;

	*out = (struct held){ .id = arena_str(a, id), NOTHING_KNOWN };
	if (!is_id(id))
		return 0;
	dir = open_directory(l, f);
	if (dir < 0)
		return -1;
	*fd = disk_open_single(dir, id, O_RDWR, &st, f);
	close(dir);
	if (*fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (read_head(out, a, *fd, f) == 0)
		return 1;
	close(*fd);
	return -1;
}

static int by_time(const void *a, const void *b)
{
	const struct held *x = a, *y = b;

	if (x->when != y->when)
		return x->when < y->when ? -1 : 1;
	return strcmp(x->id, y->id);
}

static int read_all(struct list *l, DIR *d, struct arena *a, struct held **out, size_t *n)
{
	size_t room = 0;
	const struct dirent *e;
	struct held *more;
	int fd;

	while ((e = readdir(d)) != NULL) {
		if (!is_id(e->d_name))
			continue;
		if (*n == room) {
			room = room ? room * 2 : 16;
			more = arena_alloc(a, room * sizeof(*more));
			if (*n)
				memcpy(more, *out, *n * sizeof(*more));
			*out = more;
		}
		if (held_open(l, a, e->d_name, &(*out)[*n], &fd, NULL) <= 0)
			continue;
		close(fd);
		++*n;
	}
	if (*n)
		qsort(*out, *n, sizeof(**out), by_time);
	return 0;
}

int held_list(struct list *l, struct arena *a, struct held **out, size_t *n, struct fault *f)
{
	int dir = open_directory(l, f), rc;
	DIR *d;

	*out = NULL;
	*n = 0;
	if (dir < 0)
		return -1;
	d = fdopendir(dir);
	if (!d) {
		close(dir);
		return fault_errno(f, "cannot read %s/" DIRECTORY, l->path);
	}
	rc = read_all(l, d, a, out, n);
	closedir(d);
	return rc;
}

/* ---- coming and going ---- */

static int take_away(struct list *l, const char *id, struct fault *f)
{
	int dir = open_directory(l, f), rc;

	if (dir < 0)
		return -1;
	rc = unlinkat(dir, id, 0) < 0 && errno != ENOENT ? fault_errno(f, "cannot remove " DIRECTORY "/%s", id)
							 : disk_sync(dir, DIRECTORY, f);
	close(dir);
	return rc;
}

static int expire(struct list_run *r, const struct held *all, size_t n, size_t *left, struct fault *f)
{
	int64_t oldest = r->now - (int64_t)r->list->settings.held_days * DAY;

	*left = n;
	for (size_t i = 0; i < n && all[i].when < oldest; i++) {
		if (take_away(r->list, all[i].id, f) < 0)
			return -1;
		list_log(r->list, "dropped a post of %s that nobody accepted", all[i].author);
		--*left;
	}
	return 0;
}

static int expire_all(struct list_run *r, size_t *left, struct fault *f)
{
	struct arena a = { NULL };
	struct held *all;
	size_t n;
	int rc = held_list(r->list, &a, &all, &n, f);

	if (rc == 0)
		rc = expire(r, all, n, left, f);
	arena_clear(&a);
	return rc;
}

int held_expire(struct list_run *r, struct fault *f)
{
	size_t left;
	int rc;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = expire_all(r, &left, f);
	list_unlock(r->list);
	return rc;
}

/* 1 it is there, new or not; 0 it need not be. */
static int hold(struct list_run *r, struct arena *a, const struct policy *p, const char *topic, const char *id,
		struct held *h, int *fd, struct fault *f)
{
	struct post sent;
	size_t left = 0;
	int rc = posts_find_hash(r->list, a, id, &sent, f);

	/* It was accepted, and comes once more. */
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = held_open(r->list, a, id, h, fd, f);
	if (rc != 0)
		return rc;
	if (expire_all(r, &left, f) < 0)
		return -1;
	if (left >= (size_t)r->list->settings.hold_limit) {
		list_log(r->list, "refused a post of %s: hold_limit messages wait already", p->author);
		return fault_temp(f, 452, "4.3.1", "too many messages wait for the moderators of this list");
	}
	if (write_held(r, p, topic, id, f) < 0)
		return -1;
	list_log(r->list, "held a post of %s: %s", p->author, p->why);
	return held_open(r->list, a, id, h, fd, f);
}

static int tell_once(struct list_run *r, struct arena *a, const struct held *h, int fd, struct fault *f)
{
	if (h->told)
		return 0;
	if (held_notice(r, a, h, fd, f) < 0 || disk_write_at(fd, "1", 1, TOLD_AT, h->id, f) < 0)
		return -1;
	return 0;
}

int held_add(struct list_run *r, const struct policy *policy, const char *topic, const char *hash, struct fault *f)
{
	struct arena a = { NULL };
	struct held h;
	int fd = -1, rc;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = hold(r, &a, policy, topic, hash, &h, &fd, f);
	if (rc > 0) {
		rc = tell_once(r, &a, &h, fd, f);
		close(fd);
	}
	list_unlock(r->list);
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

/* ---- decided ---- */

/* As post_send(). */
static int send_on(struct list_run *r, struct arena *a, const struct held *h, int fd, struct fault *f)
{
	struct incoming in, *before = r->in;
	struct policy policy;
	uint64_t number = 0;
	int rc;

	if (lseek(fd, h->at, SEEK_SET) < 0)
		return fault_errno(f, "cannot seek in " DIRECTORY "/%s", h->id);
	if (incoming_read(&in, fd, 0, h->sender, h->recipient, f) < 0)
		return -1;
	r->in = &in;
	rc = policy_accepted(r, a, h->topic, &policy, f);
	if (rc == 0)
		rc = post_send(r, &policy, &number, f);
	r->in = before;
	incoming_clear(&in);
	if (rc < 0)
		return -1;
	list_log(r->list, "accepted a post of %s as number %" PRIu64, h->author, number);
	return rc;
}

static int turn_down(struct list_run *r, struct arena *a, const struct held *h, const char *note, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	const struct reply reply = { .to = h->author, .text = "post-rejected", .vars = &vars };

	texts_set_list(&vars, a, r->list);
	texts_set(&vars, "subject", h->subject);
	texts_set(&vars, "note", note);
	if (h->author[0] && reply_send(r, &reply, f) < 0)
		return -1;
	list_log(r->list, "rejected a post of %s", h->author);
	return 0;
}

/* note NULL: it is accepted. */
static int settle(struct list_run *r, const char *id, const char *note, struct fault *f)
{
	struct arena a = { NULL };
	struct held h;
	int fd = -1, rc, sent = 0;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = held_open(r->list, &a, id, &h, &fd, f);
	if (rc > 0) {
		sent = note ? turn_down(r, &a, &h, note, f) : send_on(r, &a, &h, fd, f);
		if (sent < 0 || take_away(r->list, h.id, f) < 0)
			rc = -1;
		close(fd);
	}
	list_unlock(r->list);
	arena_clear(&a);
	if (sent > 0)
		post_follow_up(r);
	return rc;
}

int held_accept(struct list_run *r, const char *id, struct fault *f)
{
	return settle(r, id, NULL, f);
}

int held_reject(struct list_run *r, const char *id, const char *note, struct fault *f)
{
	return settle(r, id, note, f);
}
