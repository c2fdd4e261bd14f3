/* SPDX-License-Identifier: ISC */
/*
 * posts - what a list has sent, a line a post.
 */
#include "list/posts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/disk.h"
#include "list/record.h"
#include "message/date.h"

#define FILE_NAME "posts"

enum {
	LINE_MAX_OCTETS = 16 << 10,
	TAIL = 128 << 10, /* octets that are read for the last line */
};

const char *posts_hash(struct arena *a, struct span bytes, struct fault *f)
{
	static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
	uint8_t sum[DIGEST_SHA256];
	char *hash = arena_alloc(a, POSTS_HASH + 1);

	if (digest_sha256(bytes, sum, f) < 0)
		return NULL;
	for (int i = 0, bit = 0; i < POSTS_HASH; i++, bit += 5)
		hash[i] = alphabet[((unsigned)sum[bit / 8] << 8 | sum[bit / 8 + 1]) >> (11 - bit % 8) & 31];
	return hash;
}

int posts_read(struct list *l, struct arena *a, struct span *text, struct fault *f)
{
	return record_read(l, FILE_NAME, a, text, f);
}

static int parse(struct span line, struct arena *a, struct post *out)
{
	struct span number = span_cut(&line, ' '), when = span_cut(&line, ' '), hash = span_cut(&line, ' ');

	*out = (struct post){ .number = 0 };
	if (span_number(number, UINT64_MAX, &out->number) < 0 || out->number == 0 ||
	    date_parse_rfc3339(when, &out->when) < 0 || hash.n == 0 || span_has_control(hash) ||
	    span_number(span_cut(&line, ' '), UINT64_MAX, &out->octets) < 0)
		return -1;
	out->hash = arena_span(a, hash);
	out->from = record_cut_word(&line, a);
	out->subject = record_cut_word(&line, a);
	return 0;
}

int posts_next(struct span *rest, struct arena *a, struct post *out)
{
	struct span line;

	while (record_next(rest, &line))
		if (parse(line, a, out) == 0)
			return 1;
	return 0;
}

/* ---- look-ups ---- */

/* The line around an octet of the text, without its end; one that has none is not whole, and empty. */
static struct span line_around(struct span text, size_t at)
{
	const char *start = at ? memrchr(text.p, '\n', at) : NULL, *end = memchr(text.p + at, '\n', text.n - at);

	start = start ? start + 1 : text.p;
	return end ? span_of(start, (size_t)(end - start)) : span_of(start, 0);
}

/* The file is searched as text: lines are only read where the hash stands. */
static int find_in(struct span text, struct arena *a, const char *hash, struct post *out)
{
	const char *needle = arena_printf(a, " %s ", hash), *hit;
	size_t n = strlen(needle), at = 0;

	while ((hit = memmem(text.p + at, text.n - at, needle, n)) != NULL) {
		at = (size_t)(hit - text.p);
		if (parse(line_around(text, at), a, out) == 0 && strcmp(out->hash, hash) == 0)
			return 1;
		at += n;
	}
	return 0;
}

int posts_find_hash(struct list *l, struct arena *a, const char *hash, struct post *out, struct fault *f)
{
	struct span text;

	if (posts_read(l, a, &text, f) < 0)
		return -1;
	return text.n ? find_in(text, a, hash, out) : 0;
}

int posts_find(struct list *l, const char *message_id, uint64_t *number, struct fault *f)
{
	struct arena a = { NULL };
	const char *hash = posts_hash(&a, span_str(message_id), f);
	struct post p;
	int rc = hash ? posts_find_hash(l, &a, hash, &p, f) : -1;

	if (rc == 1)
		*number = p.number;
	arena_clear(&a);
	return rc;
}

/* The last whole line that is one. */
static int last_in(struct span text, struct arena *a, struct post *out)
{
	struct post p;
	int rc = 0;

	while (posts_next(&text, a, &p)) {
		*out = p;
		rc = 1;
	}
	return rc;
}

static int read_last(int fd, struct arena *a, struct post *out, struct fault *f)
{
	off_t size = lseek(fd, 0, SEEK_END), from = size > TAIL ? size - TAIL : 0;
	char *tail;

	if (size < 0)
		return fault_errno(f, "cannot seek in %s", FILE_NAME);
	tail = arena_alloc(a, (size_t)(size - from));
	if (disk_read_at(fd, tail, (size_t)(size - from), from, FILE_NAME, f) < 0)
		return -1;
	return last_in(span_of(tail, (size_t)(size - from)), a, out);
}

int posts_last(struct list *l, uint64_t *number, struct fault *f)
{
	int fd = openat(l->dir, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), rc;
	struct arena a = { NULL };
	struct post p = { .number = 0 };

	*number = 0;
	if (fd < 0)
		return errno == ENOENT ? 0 : fault_errno(f, "cannot open %s/%s", l->path, FILE_NAME);
	rc = read_last(fd, &a, &p, f);
	*number = p.number;
	arena_clear(&a);
	close(fd);
	return rc < 0 ? -1 : 0;
}

/* What is too long for an index ends with "..."; the post itself has it all. */
static void put_subject(struct buf *line, struct span subject)
{
	size_t n = record_fit(subject, POSTS_SUBJECT_MAX);
	struct buf text;

	buf_init(&text, POSTS_SUBJECT_MAX + sizeof("..."));
	buf_put(&text, subject.p, n);
	if (n < subject.n)
		buf_put_str(&text, "...");
	record_put_word(line, buf_span(&text));
	buf_clear(&text);
	/* The last word of a line needs no blank behind it. */
	buf_cut(line, line->n - 1);
	buf_put_char(line, '\n');
}

int posts_append(struct list *l, const struct post *p, struct fault *f)
{
	struct buf line;
	int rc;

	buf_init(&line, LINE_MAX_OCTETS);
	buf_put_number(&line, p->number);
	buf_put_char(&line, ' ');
	date_put_rfc3339(&line, p->when);
	buf_printf(&line, " %s ", p->hash);
	buf_put_number(&line, p->octets);
	buf_put_char(&line, ' ');
	record_put_word(&line, p->from);
	put_subject(&line, p->subject);
	rc = line.overflow
		     ? fault_perm(f, 552, "5.3.4", "a line of %s is longer than %d octets", FILE_NAME, LINE_MAX_OCTETS)
		     : record_append(l, FILE_NAME, buf_span(&line), f);
	buf_clear(&line);
	return rc;
}
