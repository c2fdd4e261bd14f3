/* SPDX-License-Identifier: ISC */
/*
 * summary - what was read out of messages, in one file.
 *
 * The file is: struct head; an index, which is the columns' entries one behind the other; the records that the index
 * names, column by column and by UID; then records as they were added. Each has a head with a checksum, so those that
 * were added are found by running over them, and a torn one ends the run.
 */
#include "store/summary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/checksum.h"
#include "base/disk.h"
#include "base/entropy.h"

enum {
	VERSION = 1,
	ORDER = 0x01020304,
	GAP = SUMMARY_PIECE / 4, /* between records that are still read as if one followed the other */
	/* Octets of records that were added. */
	PENDING_MAX = SUMMARY_PIECE + SUMMARY_KINDS * (SUMMARY_RECORD_MAX + 64),
};

#define MAGIC "lbsumma"

/* Never read on another kind of machine: `order` and `size` tell. */
struct head {
	char magic[8];
	uint32_t order, version, size, uidvalidity;
	uint64_t end;		   /* behind the records that are in the index */
	uint64_t n[SUMMARY_KINDS]; /* entries in the index */
	uint64_t check;		   /* of the head, with 0 here, and the index */
};

struct record {
	uint32_t uid, n, kind, check;
};

enum { WHOLE_MAX = sizeof(struct record) + SUMMARY_RECORD_MAX };
_Static_assert((int)WHOLE_MAX < (int)SUMMARY_PIECE, "a piece holds the largest record");

static uint32_t record_check(struct record r, const char *bytes)
{
	r.check = 0;
	return (uint32_t)checksum_add(checksum_add(0, &r, sizeof(r)), bytes, r.n);
}

/* Is there a whole and sound record at the front of s? */
static bool take_record(struct span s, struct record *r, struct span *bytes)
{
	if (s.n < sizeof(*r))
		return false;
	memcpy(r, s.p, sizeof(*r));
	s = span_from(s, sizeof(*r));
	*bytes = span_of(s.p, r->n);
	return r->n <= SUMMARY_RECORD_MAX && r->n <= s.n && r->kind < SUMMARY_KINDS && r->uid > 0 &&
	       r->check == record_check(*r, s.p);
}

void summary_init(struct summary *s, int dir, uint32_t uidvalidity, bool read_only)
{
	*s = (struct summary){ .dir = dir, .fd = -1, .uidvalidity = uidvalidity, .read_only = read_only };
	buf_init(&s->pending, PENDING_MAX);
}

/* Forget the file. */
static void unload(struct summary *s)
{
	for (size_t i = 0; i < SUMMARY_KINDS; i++) {
		free(s->columns[i].v);
		free(s->columns[i].window);
		s->columns[i] = (struct summary_column){ 0 };
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->is_loaded = false;
	s->end = s->tidy_end = 0;
}

/* ---- the index in memory ---- */

static void push(struct summary_column *c, struct summary_entry e)
{
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 64;
		c->v = arena_heap_resize(c->v, c->room * sizeof(*c->v));
	}
	c->v[c->n++] = e;
}

static int compare(const void *a, const void *b)
{
	const struct summary_entry *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* Entries from `from` on are new: bring all in order. As a rule they are behind the others already. */
static void settle(struct summary_column *c, size_t from)
{
	size_t n = c->n - from, left = from, to = c->n;
	struct summary_entry *fresh;
	bool sorted = true;

	for (size_t i = from > 0 ? from : 1; i < c->n; i++)
		sorted = sorted && c->v[i - 1].uid <= c->v[i].uid;
	if (sorted)
		return;
	fresh = arena_heap(n * sizeof(*fresh));
	memcpy(fresh, c->v + from, n * sizeof(*fresh));
	qsort(fresh, n, sizeof(*fresh), compare);
	while (n > 0)
		c->v[--to] = left > 0 && c->v[left - 1].uid > fresh[n - 1].uid ? c->v[--left] : fresh[--n];
	free(fresh);
}

/* Entries for the records at the front of `bytes`, which stand at `at` in the file. Returns how much they are. */
static size_t push_all(struct summary *s, struct span bytes, uint64_t at)
{
	struct span rest = bytes, ignored;
	struct record r;

	while (take_record(rest, &r, &ignored)) {
		push(&s->columns[r.kind], (struct summary_entry){ at, r.uid, r.n });
		at += sizeof(r) + r.n;
		rest = span_from(rest, sizeof(r) + r.n);
	}
	return bytes.n - rest.n;
}

/* What others have added. */
static void run_over(struct summary *s, uint64_t size)
{
	size_t before[SUMMARY_KINDS], used;
	char *piece;

	if (s->end >= size)
		return;
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		before[i] = s->columns[i].n;
	piece = arena_heap(SUMMARY_PIECE);
	do {
		ssize_t n = pread(s->fd, piece, SUMMARY_PIECE, (off_t)s->end);

		used = n > 0 ? push_all(s, span_of(piece, (size_t)n), s->end) : 0;
		s->end += used;
	} while (used > 0 && s->end < size);
	free(piece);
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		settle(&s->columns[i], before[i]);
}

/* ---- the file ---- */

static bool is_ours(const struct head *h, uint32_t uidvalidity, uint64_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < SUMMARY_KINDS; i++) {
		if (h->n[i] > CACHE_MESSAGES_MAX)
			return false;
		n += h->n[i];
	}
	return memcmp(h->magic, MAGIC, sizeof(MAGIC)) == 0 && h->order == ORDER && h->version == VERSION &&
	       h->size == sizeof(*h) && h->uidvalidity == uidvalidity && h->end <= size &&
	       h->end >= sizeof(*h) + n * sizeof(struct summary_entry);
}

static uint64_t check_of(const struct head *h, const struct summary *s)
{
	struct head bare = *h;
	uint64_t sum;

	bare.check = 0;
	sum = checksum_add(0, &bare, sizeof(bare));
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		sum = checksum_add(sum, s->columns[i].v, s->columns[i].n * sizeof(struct summary_entry));
	return sum;
}

static bool is_in_order(const struct summary_column *c, uint64_t end)
{
	for (size_t i = 0; i < c->n; i++)
		if ((i > 0 && c->v[i - 1].uid >= c->v[i].uid) || c->v[i].n > SUMMARY_RECORD_MAX || c->v[i].at > end)
			return false;
	return true;
}

static bool read_index(struct summary *s, const struct head *h)
{
	off_t at = sizeof(*h);

	for (size_t i = 0; i < SUMMARY_KINDS; i++) {
		struct summary_column *c = &s->columns[i];
		size_t n = (size_t)h->n[i] * sizeof(*c->v);

		if (n == 0)
			continue;
		c->v = arena_heap(n);
		c->n = c->room = (size_t)h->n[i];
		if (disk_read_at(s->fd, c->v, n, at, SUMMARY_FILE, NULL) < 0 || !is_in_order(c, h->end))
			return false;
		at += (off_t)n;
	}
	return check_of(h, s) == h->check;
}

/* Open it if there is one that can be used. */
static void load(struct summary *s)
{
	struct stat st;
	struct head h;

	unload(s);
	s->is_loaded = true;
	s->fd = openat(s->dir, SUMMARY_FILE, (s->read_only ? O_RDONLY : O_RDWR) | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (s->fd < 0)
		return;
	if (fstat(s->fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    disk_read_at(s->fd, &h, sizeof(h), 0, SUMMARY_FILE, NULL) < 0 ||
	    !is_ours(&h, s->uidvalidity, (uint64_t)st.st_size) || !read_index(s, &h)) {
		unload(s);
		s->is_loaded = true;
		return;
	}
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	s->end = s->tidy_end = h.end;
	run_over(s, (uint64_t)st.st_size);
}

/* ---- reading ---- */

/* As a rule it is the one behind the last. */
static const struct summary_entry *find(struct summary_column *c, uint32_t uid)
{
	size_t low = 0, high = c->n;

	if (c->found + 1 < c->n && c->v[c->found].uid < uid && c->v[c->found + 1].uid >= uid)
		low = high = c->found + 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->v[middle].uid < uid)
			low = middle + 1;
		else
			high = middle;
	}
	c->found = low;
	return low < c->n && c->v[low].uid == uid ? &c->v[low] : NULL;
}

/* The record's bytes in the window. Those that follow are likely to be asked for if this one follows the last. */
static struct span look(const struct summary *s, struct summary_column *c, const struct summary_entry *e)
{
	size_t whole = sizeof(struct record) + e->n;
	bool follows = e->at >= c->next && e->at - c->next < GAP;

	c->next = e->at + whole;
	if (!c->window)
		c->window = arena_heap(SUMMARY_PIECE);
	if (e->at < c->window_at || e->at + whole > c->window_at + c->window_n) {
		ssize_t n = pread(s->fd, c->window, follows ? SUMMARY_PIECE : whole, (off_t)e->at);

		c->window_at = e->at;
		c->window_n = n > 0 ? (size_t)n : 0;
	}
	return span_from(span_of(c->window, c->window_n), (size_t)(e->at - c->window_at));
}

/* A record that turns out to be damaged may have been added again behind it. */
bool summary_find(struct summary *s, enum summary_kind kind, uint32_t uid, struct span *out)
{
	struct summary_column *c = &s->columns[kind];
	const struct summary_entry *e;
	struct record r;

	if (!s->is_loaded)
		load(s);
	for (e = find(c, uid); e && e < c->v + c->n && e->uid == uid; e++)
		if (take_record(look(s, c, e), &r, out) && r.uid == uid && r.kind == kind)
			return true;
	return false;
}

/* ---- writing ---- */

/* A new file of these parts, renamed into its place: the descriptor, or -1. Not synced: it can be made anew. */
static int replace(struct summary *s, int (*put)(int fd, struct summary *from, void *context), void *context)
{
	char temporary[sizeof("tmp/" SUMMARY_FILE ".") + ENTROPY_ID], id[ENTROPY_ID + 1];
	int fd;

	entropy_id(id);
	snprintf(temporary, sizeof(temporary), "tmp/" SUMMARY_FILE ".%s", id);
	fd = openat(s->dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (put(fd, s, context) == 0 && renameat(s->dir, temporary, s->dir, SUMMARY_FILE) == 0)
		return fd;
	unlinkat(s->dir, temporary, 0);
	close(fd);
	return -1;
}

static void fill_head(struct head *h, const struct summary *s, uint64_t end)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, MAGIC, sizeof(MAGIC));
	h->order = ORDER;
	h->version = VERSION;
	h->size = sizeof(*h);
	h->uidvalidity = s->uidvalidity;
	h->end = end;
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		h->n[i] = s->columns[i].n;
	h->check = check_of(h, s);
}

static int put_empty(int fd, struct summary *s, void *context)
{
	struct head h;

	(void)context;
	fill_head(&h, s, sizeof(h));
	return disk_write(fd, &h, sizeof(h), SUMMARY_FILE, NULL);
}

/* Is the file that is open still the one with the name? */
static bool is_named(const struct summary *s)
{
	struct stat st;

	return s->fd >= 0 && fstatat(s->dir, SUMMARY_FILE, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == s->dev &&
	       st.st_ino == s->ino;
}

/* Make it the only one that writes, having seen what others wrote: 0; -1 when somebody else does. */
static int begin_writing(struct summary *s)
{
	struct stat st;

	if (!s->is_loaded || !is_named(s))
		load(s);
	if (s->fd < 0) {
		int fd = replace(s, put_empty, NULL);

		if (fd < 0)
			return -1;
		close(fd);
		load(s);
	}
	if (s->fd < 0 || disk_lock(s->fd, false, SUMMARY_FILE, NULL) != 0)
		return -1;
	if (is_named(s) && fstat(s->fd, &st) == 0) {
		run_over(s, (uint64_t)st.st_size);
		/* What is behind the last whole record is what somebody could not finish. */
		if ((uint64_t)st.st_size <= s->end || ftruncate(s->fd, (off_t)s->end) == 0)
			return 0;
	}
	flock(s->fd, LOCK_UN);
	return -1;
}

void summary_flush(struct summary *s)
{
	size_t before[SUMMARY_KINDS];
	struct span all = buf_span(&s->pending);

	if (all.n > 0 && begin_writing(s) == 0) {
		for (size_t i = 0; i < SUMMARY_KINDS; i++)
			before[i] = s->columns[i].n;
		if (s->end + all.n <= SUMMARY_FILE_MAX &&
		    disk_write_at(s->fd, all.p, all.n, (off_t)s->end, SUMMARY_FILE, NULL) == 0) {
			s->end += push_all(s, all, s->end);
			for (size_t i = 0; i < SUMMARY_KINDS; i++)
				settle(&s->columns[i], before[i]);
		}
		flock(s->fd, LOCK_UN);
	}
	buf_reset(&s->pending);
}

void summary_add(struct summary *s, enum summary_kind kind, uint32_t uid, struct span bytes)
{
	struct record r = { .uid = uid, .kind = kind };

	if (s->read_only || bytes.n > SUMMARY_RECORD_MAX || s->pending.n + sizeof(r) + bytes.n > PENDING_MAX)
		return;
	r.n = (uint32_t)bytes.n;
	r.check = record_check(r, bytes.p);
	buf_put(&s->pending, &r, sizeof(r));
	buf_put_span(&s->pending, bytes);
}

void summary_drain(struct summary *s)
{
	if (s->pending.n >= SUMMARY_PIECE)
		summary_flush(s);
}

/* ---- order ---- */

/* Of the old file's columns, what is to be kept; with the places in the new file. */
static void choose(const struct summary *old, const struct cache *view, struct summary *kept)
{
	uint64_t at = sizeof(struct head);
	size_t ignored;

	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		for (size_t k = 0; k < old->columns[i].n; k++) {
			struct summary_entry e = old->columns[i].v[k];
			struct summary_column *to = &kept->columns[i];

			if ((to->n > 0 && to->v[to->n - 1].uid == e.uid) || !cache_find(view, e.uid, &ignored))
				continue;
			push(to, e);
			at += sizeof(e);
		}
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		for (size_t k = 0; k < kept->columns[i].n; k++) {
			kept->columns[i].v[k].at = at;
			at += sizeof(struct record) + kept->columns[i].v[k].n;
		}
	kept->end = at;
}

/* `context` is what was chosen. -1 also when a record is damaged. */
static int put_all(int fd, struct summary *s, void *context)
{
	const struct summary *kept = context;
	struct disk_out out;
	struct head h;

	disk_out_init(&out, fd, SUMMARY_FILE);
	fill_head(&h, kept, kept->end);
	disk_out_put(&out, &h, sizeof(h));
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		disk_out_put(&out, kept->columns[i].v, kept->columns[i].n * sizeof(struct summary_entry));
	for (size_t i = 0; i < SUMMARY_KINDS; i++)
		for (size_t k = 0; k < kept->columns[i].n; k++) {
			struct summary_entry e = kept->columns[i].v[k];
			struct record r = { .uid = e.uid, .n = e.n, .kind = (uint32_t)i };
			struct span bytes;

			if (!summary_find(s, (enum summary_kind)i, e.uid, &bytes) || bytes.n != e.n)
				return -1;
			r.check = record_check(r, bytes.p);
			disk_out_put(&out, &r, sizeof(r));
			disk_out_put(&out, bytes.p, bytes.n);
		}
	return disk_out_flush(&out, NULL);
}

/* How many octets of records are about messages that are there. */
static uint64_t living(const struct summary *s, const struct cache *view)
{
	uint64_t octets = 0;

	for (size_t i = 0; i < SUMMARY_KINDS; i++) {
		const struct summary_entry *e = s->columns[i].v, *end = e + s->columns[i].n;

		for (size_t k = 0; e < end && k < view->n; k++) {
			while (e < end && e->uid < view->uid[k])
				e++;
			for (; e < end && e->uid == view->uid[k]; e++)
				octets += e->n + sizeof(struct record);
		}
	}
	return octets;
}

/* Is it worth it? Half of it was added since, or half of it is of no use. */
static bool is_untidy(const struct summary *s, const struct cache *view)
{
	uint64_t added = s->end - s->tidy_end;

	if (s->fd < 0 || s->end < SUMMARY_TIDY_LEAST)
		return false;
	return (added >= SUMMARY_TIDY_LEAST && added >= s->tidy_end) || living(s, view) < s->end / 2;
}

void summary_tidy(struct summary *s, const struct cache *view)
{
	struct summary kept;
	int fd;

	summary_flush(s);
	if (s->read_only || !is_untidy(s, view) || begin_writing(s) < 0)
		return;
	summary_init(&kept, s->dir, s->uidvalidity, true);
	choose(s, view, &kept);
	fd = replace(s, put_all, &kept);
	if (fd < 0)
		/* Damaged, or the disk is full: nothing is better than either. */
		unlinkat(s->dir, SUMMARY_FILE, 0);
	else
		close(fd);
	unload(&kept);
	unload(s);
}

void summary_rest(struct summary *s)
{
	summary_flush(s);
	unload(s);
	buf_clear(&s->pending);
	buf_init(&s->pending, PENDING_MAX);
}

void summary_clear(struct summary *s)
{
	summary_flush(s);
	unload(s);
	buf_clear(&s->pending);
}
