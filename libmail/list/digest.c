/* SPDX-License-Identifier: ISC */
/*
 * digest - several posts in one message.
 *
 * An issue is planned from the file `posts` alone; the posts themselves are read while the message is written.
 */
#include "list/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/disk.h"
#include "list/digest_mail.h"

#define STATE_FILE "digest"

enum { DAY = 24 * 3600, STATE_MAX = 4096, MONDAY = 3 /* 1970-01-01 was a Thursday */ };

/* ---- state ---- */

static void read_line(struct span line, struct digest_state *s)
{
	struct span name = span_cut(&line, ' ');
	uint64_t number;

	if (span_number(line, UINT64_MAX, &number) < 0)
		return;
	if (span_is(name, SPAN("last")))
		s->last = number;
	else if (span_is(name, SPAN("volume")))
		s->volume = (unsigned)number;
	else if (span_is(name, SPAN("issue")))
		s->issue = (unsigned)number;
}

int digest_read_state(struct list *l, struct digest_state *s, struct fault *f)
{
	struct arena a = { 0 };
	struct span text;
	struct fault why;
	int rc = disk_read_file(&a, l->dir, STATE_FILE, STATE_MAX, &text, &why) < 0 ? -1 : 1;

	*s = (struct digest_state){ 0 };
	if (rc < 0)
		rc = errno == ENOENT ? 0 : fault_temp(f, 451, "4.3.0", "%s: %s", l->path, why.text);
	while (rc > 0 && text.n)
		read_line(span_cut(&text, '\n'), s);
	arena_clear(&a);
	return rc;
}

static int write_state(struct list *l, const struct digest_state *s, struct fault *f)
{
	struct buf text;
	int rc;

	buf_init(&text, STATE_MAX);
	buf_printf(&text, "last %ju\nvolume %u\nissue %u\n", (uintmax_t)s->last, s->volume, s->issue);
	rc = disk_replace(l->dir, STATE_FILE, buf_span(&text), 0600, f);
	buf_clear(&text);
	return rc;
}

/* ---- when ---- */

static int64_t local_day(int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return when / DAY;
	return (when + tm.tm_gmtoff) / DAY;
}

bool digest_is_due(const struct list_settings *s, size_t posts, uint64_t octets, int64_t first, int64_t now)
{
	int64_t then = local_day(first), today = local_day(now);
	long seconds, wanted;

	list_settings_digest(s, &seconds, &wanted);
	if (posts == 0 || (seconds == 0 && wanted == 0))
		return false;
	if (posts >= (size_t)s->digest_max || octets >= (uint64_t)s->digest_max_size)
		return true;
	if (wanted > 0)
		return posts >= (size_t)wanted;
	return seconds > DAY ? (today + MONDAY) / 7 > (then + MONDAY) / 7 : today > then;
}

/* ---- what ---- */

/* Posts that wait, and how many of them make the next issue. */
struct plan {
	struct arena arena;
	struct span rest; /* of the file `posts` */
	struct post *posts;
	size_t n, room;
	uint64_t octets;
};

static void add(struct plan *p, const struct post *post)
{
	if (p->n == p->room) {
		struct post *more;

		p->room = p->room ? 2 * p->room : 64;
		more = arena_alloc(&p->arena, p->room * sizeof(*more));
		if (p->n)
			memcpy(more, p->posts, p->n * sizeof(*more));
		p->posts = more;
	}
	p->posts[p->n++] = *post;
	p->octets += post->octets;
}

/* The next issue's: up to one of the limits. *due: is it to be sent now? */
static void fill(struct plan *p, const struct list_settings *s, uint64_t last, int64_t now, bool *due)
{
	struct post post;

	p->n = 0;
	p->octets = 0;
	while (p->n < (size_t)s->digest_max && p->octets < (uint64_t)s->digest_max_size &&
	       posts_next(&p->rest, &p->arena, &post))
		if (post.number > last)
			add(p, &post);
	*due = digest_is_due(s, p->n, p->octets, p->n ? p->posts[0].when : now, now);
}

/*
 * A list that begins with digests begins with the posts of its last interval, a week where that is a number: who has
 * just chosen digests does not get what all have read.
 */
static int find_start(struct list_run *r, uint64_t *last, struct fault *f)
{
	struct arena a = { 0 };
	struct post post;
	struct span text;
	long seconds, posts;

	list_settings_digest(&r->list->settings, &seconds, &posts);
	*last = 0;
	if (posts_read(r->list, &a, &text, f) < 0)
		return -1;
	while (posts_next(&text, &a, &post))
		if (post.when < r->now - (seconds ? seconds : 7 * DAY))
			*last = post.number;
	arena_clear(&a);
	return 0;
}

/* ---- drafts ---- */

/* "0000000012-mime.ID" */
static bool parse_draft(const char *name, uint64_t *last, const char **id)
{
	const char *hyphen = strchr(name, '-'), *dot = strchr(name, '.');

	if (!hyphen || !dot || dot < hyphen ||
	    span_number(span_of(name, (size_t)(hyphen - name)), UINT64_MAX, last) < 0)
		return false;
	*id = dot + 1;
	return spool_is_id(span_str(*id));
}

static int settle_draft(struct list_run *r, int dir, const char *name, uint64_t last, struct fault *f)
{
	const char *id;
	uint64_t number;

	if (!parse_draft(name, &number, &id))
		return 0;
	if (number > last)
		return unlinkat(dir, name, 0) < 0 && errno != ENOENT ? fault_errno(f, "cannot remove %s", name) : 0;
	if (spool_adopt(r->spool, dir, name, id, f) < 0)
		return -1;
	list_run_queued(r, id);
	return 0;
}

/* Those that the state knows of are sent, the others are of somebody who was killed before he had decided. */
static int settle(struct list_run *r, uint64_t last, struct fault *f)
{
	int fd = openat(r->list->dir, DIGEST_MAIL_DRAFTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot open %s/%s", r->list->path, DIGEST_MAIL_DRAFTS);
	dir = fdopendir(fd);
	if (!dir) {
		fault_errno(f, "cannot read %s/%s", r->list->path, DIGEST_MAIL_DRAFTS);
		close(fd);
		return -1;
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL)
		rc = settle_draft(r, fd, entry->d_name, last, f);
	closedir(dir);
	return rc;
}

/* ---- an issue ---- */

static void count_issue(struct digest_state *s, int64_t now)
{
	time_t t = (time_t)now;
	struct tm tm = { .tm_year = 70 };
	unsigned year;

	localtime_r(&t, &tm);
	year = (unsigned)tm.tm_year + 1900;
	s->issue = s->volume == year ? s->issue + 1 : 1;
	s->volume = year;
}

static int send_issue(struct list_run *r, const struct plan *p, struct digest_state *state, struct fault *f)
{
	struct digest_state next = *state;
	struct digest_mail mail = { .posts = p->posts, .n = p->n };
	int sent;

	count_issue(&next, r->now);
	mail.volume = next.volume;
	mail.issue = next.issue;
	sent = digest_mail_write(r, &mail, f);
	if (sent < 0)
		return -1;
	/* Nobody wants any: then there is no issue of that number. */
	if (sent == 0)
		next = *state;
	next.last = p->posts[p->n - 1].number;
	if (write_state(r->list, &next, f) < 0)
		return -1;
	*state = next;
	if (sent > 0)
		list_log(r->list, "digest %u/%u: posts %ju to %ju for %d members", next.volume, next.issue,
			 (uintmax_t)p->posts[0].number, (uintmax_t)next.last, sent);
	if (settle(r, state->last, f) < 0)
		return -1;
	return digest_mail_forget(r->list, state->last, f);
}

static int send_all(struct list_run *r, struct digest_state *state, bool force, struct fault *f)
{
	struct plan p = { .n = 0 };
	bool due;
	int rc = posts_read(r->list, &p.arena, &p.rest, f);

	while (rc == 0) {
		fill(&p, &r->list->settings, state->last, r->now, &due);
		if (p.n == 0 || (!due && !force))
			break;
		rc = send_issue(r, &p, state, f);
	}
	arena_clear(&p.arena);
	return rc;
}

static int run(struct list_run *r, bool force, struct fault *f)
{
	struct digest_state state;
	int rc = digest_read_state(r->list, &state, f);

	if (rc < 0)
		return -1;
	if (rc == 0 && (find_start(r, &state.last, f) < 0 || write_state(r->list, &state, f) < 0))
		return -1;
	/* What was decided and not sent. */
	return settle(r, state.last, f) < 0 ? -1 : send_all(r, &state, force, f);
}

int digest_run(struct list_run *r, bool force, struct fault *f)
{
	long seconds, posts;
	int rc;

	list_settings_digest(&r->list->settings, &seconds, &posts);
	if (seconds == 0 && posts == 0)
		return 0;
	if (list_lock(r->list, f) < 0)
		return -1;
	rc = run(r, force, f);
	list_unlock(r->list);
	return rc;
}
