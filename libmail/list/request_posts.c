/* SPDX-License-Identifier: ISC */
/*
 * request_posts - commands about the archive: what is in it, posts, all posts about the same.
 *
 * UIDs of the archive's Maildir are the numbers of the posts. What the index says, and what a thread is, is in the file
 * `posts`; so no message has to be opened that is not sent.
 */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/printable.h"
#include "list/posts.h"
#include "list/request_do.h"
#include "message/casemap.h"
#include "message/compose.h"
#include "message/subject.h"
#include "store/mailbox.h"

struct request_posts {
	size_t n;
	off_t size;
	uint64_t last;
	bool is_full; /* another would be too much */
	struct compose_part digest;
	struct one {
		int fd;
		struct compose_part part;
	} v[REQUEST_POSTS_MAX];
};

/* ---- what is attached ---- */

static int read_fd(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct one *one = context;
	ssize_t rc = read(one->fd, to, n);

	if (rc < 0)
		return fault_errno(f, "cannot read a post");
	*got = (size_t)rc;
	return 0;
}

static int rewind_fd(void *context, struct fault *f)
{
	struct one *one = context;

	return lseek(one->fd, 0, SEEK_SET) < 0 ? fault_errno(f, "cannot read a post") : 0;
}

struct compose_part *request_posts_parts(struct request *q)
{
	struct request_posts *p = q->posts;

	if (!p || p->n == 0)
		return NULL;
	p->digest = (struct compose_part){ .type = "multipart/digest", .children = &p->v[0].part };
	for (size_t i = 0; i + 1 < p->n; i++)
		p->v[i].part.next = &p->v[i + 1].part;
	return &p->digest;
}

void request_posts_clear(struct request *q)
{
	for (size_t i = 0; q->posts && i < q->posts->n; i++)
		close(q->posts->v[i].fd);
	q->posts = NULL;
}

static struct request_posts *posts_of(struct request *q)
{
	if (!q->posts)
		q->posts = arena_alloc(&q->arena, sizeof(*q->posts));
	return q->posts;
}

/* The box's message i, if there is room: 1, 0 it is gone, or does not fit any more (is_full), -1. */
static int attach(struct request *q, struct mailbox *box, size_t i, struct fault *f)
{
	struct request_posts *p = posts_of(q);
	struct one *one = &p->v[p->n];
	struct stat st;
	int fd;

	if (p->n == REQUEST_POSTS_MAX) {
		p->is_full = true;
		return 0;
	}
	fd = mailbox_open_message(box, i, &st, f);
	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	if (p->n && p->size + st.st_size > REQUEST_POSTS_SIZE) {
		p->is_full = true;
		close(fd);
		return 0;
	}
	one->fd = fd;
	one->part = (struct compose_part){ .type = "message/rfc822",
					   .source = { .read = read_fd, .rewind = rewind_fd, .context = one } };
	p->n++;
	p->size += st.st_size;
	p->last = box->view.uid[i];
	return 1;
}

/* ---- the archive ---- */

/* Open it if the author may know: 1; 0 he may not, or there is none, and he is told so; -1. */
static int open_archive(struct request *q, struct list_run *r, struct mailbox *box, struct fault *f)
{
	int rc = request_may(q, r, r->list->settings.archive_access, f);
	struct fault why = { 0 };

	if (rc < 0)
		return -1;
	if (rc == 0) {
		request_say(q, r, "line-not-told", NULL);
		return 0;
	}
	if (mailbox_open(box, arena_printf(&q->arena, "%s/archive", r->list->path), MAILBOX_READ_ONLY, &why) == 0)
		return 1;
	if (errno != ENOENT) {
		if (f)
			*f = why;
		return -1;
	}
	request_say(q, r, "line-no-posts", NULL);
	return 0;
}

/* How many were attached, and whether that is all that was asked for. */
static int say_attached(struct request *q, struct list_run *r, size_t before)
{
	struct request_posts *p = posts_of(q);
	struct texts_vars vars = { .n = 0 };

	texts_set(&vars, "count", arena_printf(&q->arena, "%zu", p->n - before));
	texts_set(&vars, "last", arena_printf(&q->arena, "%llu", (unsigned long long)p->last));
	request_say(q, r, p->is_full ? "line-some-posts" : p->n > before ? "line-posts" : "line-no-posts", &vars);
	return 0;
}

static int attach_range(struct request *q, struct mailbox *box, uint32_t from, uint32_t to, struct fault *f)
{
	for (size_t i = 0; i < box->view.n && !posts_of(q)->is_full; i++)
		if (box->view.uid[i] >= from && box->view.uid[i] <= to && attach(q, box, i, f) < 0)
			return -1;
	return 0;
}

int request_get(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct mailbox box;
	size_t before = posts_of(q)->n;
	uint32_t from, to;
	int rc = open_archive(q, r, &box, f);

	if (rc <= 0)
		return rc;
	for (size_t i = 0; i < c->n && rc >= 0; i++)
		if (command_range(c->operands[i], &from, &to) == 0)
			rc = attach_range(q, &box, from, to, f);
	mailbox_close(&box);
	return rc < 0 ? -1 : say_attached(q, r, before);
}

int request_last(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct mailbox box;
	size_t before = posts_of(q)->n;
	int rc = open_archive(q, r, &box, f);

	(void)c;
	if (rc <= 0)
		return rc;
	if (box.view.n)
		rc = attach(q, &box, box.view.n - 1, f);
	mailbox_close(&box);
	return rc < 0 ? -1 : say_attached(q, r, before);
}

/* ---- threads ---- */

/* What it is about, for comparing. */
static struct span topic_of(struct arena *a, const struct post *p)
{
	struct span base = subject_base(a, p->subject, NULL), topic;
	struct buf b;

	buf_init(&b, base.n * CASEMAP_GROWTH + CASEMAP_ROOM);
	casemap_put(&b, base);
	topic = span_of(arena_span(a, buf_span(&b)), b.n);
	buf_clear(&b);
	return topic;
}

static bool find_topic(struct arena *a, struct span text, uint32_t number, struct span *topic)
{
	struct post p;

	while (posts_next(&text, a, &p) > 0)
		if (p.number == number) {
			*topic = topic_of(a, &p);
			return true;
		}
	return false;
}

/* Posts about the same; one without a subject is alone. */
static int attach_thread(struct request *q, struct mailbox *box, struct span text, uint32_t number, struct fault *f)
{
	struct span topic;
	struct arena a = { 0 };
	struct post p;
	size_t i;
	int rc = 0;

	if (!find_topic(&q->arena, text, number, &topic))
		return 0;
	while (rc >= 0 && !posts_of(q)->is_full && posts_next(&text, &a, &p) > 0) {
		if ((p.number == number || (topic.n && span_is(topic_of(&a, &p), topic))) && p.number <= UINT32_MAX &&
		    mailbox_find(box, (uint32_t)p.number, &i))
			rc = attach(q, box, i, f);
		arena_reset(&a);
	}
	arena_clear(&a);
	return rc < 0 ? -1 : 0;
}

int request_thread(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct mailbox box;
	size_t before = posts_of(q)->n;
	struct span text;
	uint32_t from = 0, to = 0;
	int rc = open_archive(q, r, &box, f);

	if (rc <= 0)
		return rc;
	if (c->n && command_range(c->operands[0], &from, &to) == 0)
		rc = posts_read(r->list, &q->arena, &text, f) < 0 ? -1 : attach_thread(q, &box, text, from, f);
	mailbox_close(&box);
	return rc < 0 ? -1 : say_attached(q, r, before);
}

/* ---- the index ---- */

static void put_row(struct request *q, const struct post *p)
{
	time_t when = (time_t)p->when;
	struct tm tm;
	char day[32];
	struct buf line;

	gmtime_r(&when, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	buf_init(&line, 16 << 10);
	buf_printf(&line, "%6llu  %s  ", (unsigned long long)p->number, day);
	printable_put(&line, p->from);
	buf_put_str(&line, "  ");
	printable_put(&line, p->subject);
	request_put(q, buf_span(&line));
	buf_clear(&line);
}

static bool is_wanted(const struct mailbox *box, const struct post *p, uint32_t from, uint32_t to)
{
	size_t i;

	return p->number >= from && p->number <= to && mailbox_find(box, (uint32_t)p->number, &i);
}

/* The last REQUEST_INDEX_MAX of what is wanted. */
static size_t put_index(struct request *q, const struct mailbox *box, struct span text, uint32_t from, uint32_t to)
{
	struct arena a = { 0 };
	struct span rest = text;
	struct post p;
	size_t n = 0, skip;

	for (; posts_next(&rest, &a, &p) > 0; arena_reset(&a))
		n += is_wanted(box, &p, from, to);
	skip = n > REQUEST_INDEX_MAX ? n - REQUEST_INDEX_MAX : 0;
	for (rest = text; posts_next(&rest, &a, &p) > 0; arena_reset(&a))
		if (is_wanted(box, &p, from, to)) {
			if (skip == 0)
				put_row(q, &p);
			else
				skip--;
		}
	arena_clear(&a);
	return n;
}

int request_index(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct mailbox box;
	struct span text;
	struct texts_vars vars = { .n = 0 };
	uint32_t from = 1, to = UINT32_MAX;
	size_t n;
	int rc = open_archive(q, r, &box, f);

	if (rc <= 0)
		return rc;
	if (posts_read(r->list, &q->arena, &text, f) < 0) {
		mailbox_close(&box);
		return -1;
	}
	if (c->n && command_range(c->operands[0], &from, &to) < 0)
		to = 0;
	n = put_index(q, &box, text, from, to);
	mailbox_close(&box);
	texts_set(&vars, "count", arena_printf(&q->arena, "%d", REQUEST_INDEX_MAX));
	q->has_answer = true;
	if (n == 0 || n > REQUEST_INDEX_MAX)
		request_say(q, r, n ? "line-index-cut" : "line-no-posts", &vars);
	return 0;
}
