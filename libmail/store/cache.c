/* SPDX-License-Identifier: ISC */
/*
 * cache - the messages of a folder, in memory and in one file.
 *
 * The file is: struct head, the four arrays, then the names in the arrays' order. The checksum in the head covers
 * head and arrays; each name has its own, so that one can be read without the others.
 */
#include "store/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/checksum.h"
#include "base/disk.h"
#include "base/entropy.h"

enum {
	VERSION = 2,
	ROW = 3 * sizeof(uint32_t) + sizeof(uint64_t), /* octets of a message in the arrays */
	NAMES_MAX = 0x7ffffff0,
};

#define MAGIC "lbcache"
/* In `at`: the name is in memory, not in the file. */
#define IN_MEMORY UINT32_C(0x80000000)
#define GONE	  UINT32_MAX

/* Never read on another kind of machine: `order` and `size` tell. */
struct head {
	char magic[8];
	uint32_t order, version, size, settled, in_new, has_uidl, has_order;
	struct stamp uidlist, cur, new;
	uint32_t uidvalidity, next_uid;
	char guid[UIDLIST_GUID];
	uint64_t n, names_n;
	uint64_t check; /* last */
};

/* In front of each name. Its checksum is made when it is written: what is in memory has none. */
struct name_head {
	uint32_t uid, check;
	uint16_t name_n, uidl_n, guid_n, in_new;
};

enum { ORDER = 0x01020304, NAME_RECORD_MAX = sizeof(struct name_head) + NAME_MAX + 2 * CACHE_TEXT_MAX };

static size_t name_octets(const struct name_head *h)
{
	return (size_t)h->name_n + h->uidl_n + h->guid_n;
}

static uint32_t name_checksum(const struct name_head *h, const char *bytes)
{
	struct name_head bare = *h;

	bare.check = 0;
	return (uint32_t)checksum_add(checksum_add(0, &bare, sizeof(bare)), bytes, name_octets(h));
}

void cache_init(struct cache *c)
{
	*c = (struct cache){ .fd = -1, .next_uid = 1 };
	buf_init(&c->names, NAMES_MAX);
}

void cache_clear(struct cache *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->block);
	buf_clear(&c->names);
	cache_init(c);
}

static void lay_out(struct cache *c, size_t n)
{
	c->n = n;
	c->size = c->block;
	c->uid = (uint32_t *)(c->size + n);
	c->flags = c->uid + n;
	c->at = c->flags + n;
}

void cache_resize(struct cache *c, size_t n)
{
	free(c->block);
	c->block = arena_heap(n * ROW);
	memset(c->block, 0, n * ROW);
	lay_out(c, n);
	c->changed = true;
}

void cache_extend(struct cache *c, size_t more)
{
	struct cache old = *c;

	c->block = arena_heap((old.n + more) * ROW);
	memset(c->block, 0, (old.n + more) * ROW);
	lay_out(c, old.n + more);
	if (old.n > 0) {
		memcpy(c->size, old.size, old.n * sizeof(*c->size));
		memcpy(c->uid, old.uid, old.n * sizeof(*c->uid));
		memcpy(c->flags, old.flags, old.n * sizeof(*c->flags));
		memcpy(c->at, old.at, old.n * sizeof(*c->at));
	}
	free(old.block);
	c->changed = true;
}

/* ---- names ---- */

void cache_set_name(struct cache *c, size_t i, const struct cache_label *label)
{
	struct name_head h = {
		.uid = c->uid[i],
		.in_new = label->in_new,
		.name_n = (uint16_t)label->name.n,
		.uidl_n = (uint16_t)label->uidl.n,
		.guid_n = (uint16_t)label->guid.n,
	};
	size_t at = c->names.n;

	buf_put(&c->names, &h, sizeof(h));
	buf_put_span(&c->names, label->name);
	buf_put_span(&c->names, label->uidl);
	buf_put_span(&c->names, label->guid);
	c->at[i] = (uint32_t)at | IN_MEMORY;
	c->changed = true;
}

/* The record's bytes, from memory or by way of `room`; empty if there are none. */
static struct span find_record(struct cache *c, size_t i, char room[NAME_RECORD_MAX])
{
	uint32_t at = c->at[i] & ~IN_MEMORY;
	ssize_t n;

	if (c->at[i] == GONE)
		return span_of(NULL, 0);
	if (c->at[i] & IN_MEMORY)
		return span_from(buf_span(&c->names), at);
	do
		n = pread(c->fd, room, NAME_RECORD_MAX, (off_t)(c->names_at + at));
	while (n < 0 && errno == EINTR);
	return span_of(room, n > 0 ? (size_t)n : 0);
}

static void copy_text(char *out, const char *p, size_t n)
{
	memcpy(out, p, n);
	out[n] = '\0';
}

static bool is_whole(const struct name_head *h, struct span bytes, uint32_t uid)
{
	return h->uid == uid && h->name_n > 0 && h->name_n <= NAME_MAX && h->uidl_n <= CACHE_TEXT_MAX &&
	       h->guid_n <= CACHE_TEXT_MAX && name_octets(h) <= bytes.n && h->check == name_checksum(h, bytes.p) &&
	       !memchr(bytes.p, '/', h->name_n) && !memchr(bytes.p, '\0', name_octets(h));
}

int cache_find_name(struct cache *c, size_t i, struct cache_name *out)
{
	char room[NAME_RECORD_MAX];
	struct span record = find_record(c, i, room);
	struct name_head h;

	if (record.n < sizeof(h))
		return -1;
	memcpy(&h, record.p, sizeof(h));
	record = span_from(record, sizeof(h));
	if (!(c->at[i] & IN_MEMORY) && !is_whole(&h, record, c->uid[i]))
		return -1;
	out->in_new = h.in_new;
	copy_text(out->name, record.p, h.name_n);
	copy_text(out->uidl, record.p + h.name_n, h.uidl_n);
	copy_text(out->guid, record.p + h.name_n + h.uidl_n, h.guid_n);
	return 0;
}

/* ---- messages ---- */

bool cache_find(const struct cache *c, uint32_t uid, size_t *i)
{
	size_t low = 0, high = c->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->uid[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	*i = low;
	return low < c->n && c->uid[low] == uid;
}

void cache_mark_gone(struct cache *c, size_t i)
{
	c->at[i] = GONE;
	c->changed = true;
}

bool cache_is_gone(const struct cache *c, size_t i)
{
	return c->at[i] == GONE;
}

void cache_drop_gone(struct cache *c)
{
	size_t kept = 0;

	if (c->resting)
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (c->at[i] == GONE)
			continue;
		c->uid[kept] = c->uid[i];
		c->flags[kept] = c->flags[i];
		c->size[kept] = c->size[i];
		c->at[kept++] = c->at[i];
	}
	c->n = kept;
}

static size_t count_missing(const struct cache *c, const struct cache *old)
{
	size_t missing = 0, i = 0;

	for (size_t k = 0; k < old->n; k++) {
		while (i < c->n && c->uid[i] < old->uid[k])
			i++;
		missing += i == c->n || c->uid[i] != old->uid[k];
	}
	return missing;
}

static void copy_row(struct cache *c, size_t to, const struct cache *from, size_t i)
{
	c->uid[to] = from->uid[i];
	c->flags[to] = from->flags[i];
	c->size[to] = from->size[i];
	c->at[to] = from->at[i];
}

/* From the last to the first, so each is moved once, to where nothing is that is still needed. */
size_t cache_keep_gone(struct cache *c, const struct cache *old)
{
	size_t missing = count_missing(c, old), left = missing, i = c->n, k = old->n, to;

	if (missing == 0)
		return 0;
	cache_extend(c, missing);
	for (to = c->n; left > 0;) {
		if (i > 0 && c->uid[i - 1] >= old->uid[k - 1]) {
			k -= c->uid[--i] == old->uid[k - 1];
			copy_row(c, --to, c, i);
		} else {
			copy_row(c, --to, old, --k);
			cache_mark_gone(c, to);
			left--;
		}
	}
	return missing;
}

/* ---- the file ---- */

static bool is_sound(const struct cache *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->uid[i] == 0 || (i > 0 && c->uid[i] <= c->uid[i - 1]) || c->at[i] >= c->names_n)
			return false;
	return c->n == 0 || c->uid[c->n - 1] < c->next_uid;
}

static bool is_ours(const struct head *h, uint64_t file_size)
{
	return memcmp(h->magic, MAGIC, sizeof(MAGIC)) == 0 && h->order == ORDER && h->version == VERSION &&
	       h->size == sizeof(*h) && h->n <= CACHE_MESSAGES_MAX && h->names_n <= NAMES_MAX &&
	       file_size == sizeof(*h) + h->n * ROW + h->names_n;
}

static bool read_arrays(struct cache *c, struct head *h)
{
	uint64_t want = h->check;
	size_t n = (size_t)h->n * ROW;

	c->block = arena_heap(n);
	if (disk_read_at(c->fd, c->block, n, sizeof(*h), CACHE_FILE, NULL) < 0)
		return false;
	h->check = 0;
	if (checksum_add(checksum_add(0, h, sizeof(*h)), c->block, n) != want)
		return false;
	lay_out(c, (size_t)h->n);
	c->names_at = sizeof(*h) + n;
	c->names_n = h->names_n;
	c->uidlist = h->uidlist;
	c->cur = h->cur;
	c->new = h->new;
	c->settled = h->settled;
	c->has_uidl = h->has_uidl;
	c->has_order = h->has_order;
	c->in_new = h->in_new;
	c->uidvalidity = h->uidvalidity;
	c->next_uid = h->next_uid;
	copy_text(c->guid, h->guid, strnlen(h->guid, sizeof(h->guid)));
	return is_sound(c);
}

int cache_read(struct cache *c, int dir)
{
	struct stat st;
	struct head h;

	cache_clear(c);
	c->fd = openat(dir, CACHE_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (c->fd < 0)
		return 0;
	if (fstat(c->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    disk_read_at(c->fd, &h, sizeof(h), 0, CACHE_FILE, NULL) == 0 && is_ours(&h, (uint64_t)st.st_size) &&
	    read_arrays(c, &h))
		return 1;
	cache_clear(c);
	return 0;
}

/* False: what the file has is damaged. */
static bool put_record(const struct cache *c, size_t i, struct span old, struct buf *out)
{
	bool in_memory = c->at[i] & IN_MEMORY;
	struct span record = span_from(in_memory ? buf_span(&c->names) : old, c->at[i] & ~IN_MEMORY);
	struct span bytes = span_from(record, sizeof(struct name_head));
	struct name_head h = { 0 };

	memcpy(&h, record.p, record.n < sizeof(h) ? record.n : sizeof(h));
	if (in_memory)
		h.check = name_checksum(&h, bytes.p);
	else if (!is_whole(&h, bytes, c->uid[i]))
		return false;
	buf_put(out, &h, sizeof(h));
	buf_put(out, bytes.p, name_octets(&h));
	return true;
}

/* All names in the order of the arrays, and in at[] where each will be. The names in the file are read in one go. */
static int collect_names(struct cache *c, struct buf *out, uint32_t *at, struct fault *f)
{
	size_t n = c->fd < 0 ? 0 : (size_t)c->names_n;
	char *old = arena_heap(n);
	int rc = c->fd < 0 ? 0 : disk_read_at(c->fd, old, n, (off_t)c->names_at, CACHE_FILE, f);

	if (n + c->names.n < NAMES_MAX)
		buf_room(out, n + c->names.n);
	for (size_t i = 0; rc == 0 && i < c->n; i++) {
		at[i] = (uint32_t)out->n;
		if (!put_record(c, i, span_of(old, n), out))
			rc = fault_temp(f, 451, "4.3.0", CACHE_FILE " is damaged");
	}
	free(old);
	return rc == 0 && out->overflow ? fault_temp(f, 452, "4.3.1", CACHE_FILE " would be too large") : rc;
}

static void fill_head(const struct cache *c, struct head *h, size_t names_n)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, MAGIC, sizeof(MAGIC));
	h->order = ORDER;
	h->version = VERSION;
	h->size = sizeof(*h);
	h->settled = c->settled;
	h->has_uidl = c->has_uidl;
	h->has_order = c->has_order;
	h->in_new = c->in_new;
	h->uidlist = c->uidlist;
	h->cur = c->cur;
	h->new = c->new;
	h->uidvalidity = c->uidvalidity;
	h->next_uid = c->next_uid;
	memcpy(h->guid, c->guid, sizeof(h->guid));
	h->n = c->n;
	h->names_n = names_n;
}

/* The arrays, which may have become shorter than their block, as one piece. */
static char *copy_arrays(const struct cache *c, const uint32_t *at)
{
	char *all = arena_heap(c->n * ROW), *p = all;

	memcpy(p, c->size, c->n * sizeof(*c->size));
	p += c->n * sizeof(*c->size);
	memcpy(p, c->uid, c->n * sizeof(*c->uid));
	p += c->n * sizeof(*c->uid);
	memcpy(p, c->flags, c->n * sizeof(*c->flags));
	p += c->n * sizeof(*c->flags);
	memcpy(p, at, c->n * sizeof(*at));
	return all;
}

static int write_parts(int fd, struct head *h, const char *arrays, struct span names, struct fault *f)
{
	size_t n = (size_t)h->n * ROW;

	h->check = checksum_add(checksum_add(0, h, sizeof(*h)), arrays, n);
	if (disk_write(fd, h, sizeof(*h), CACHE_FILE, f) < 0 || disk_write(fd, arrays, n, CACHE_FILE, f) < 0)
		return -1;
	return disk_write(fd, names.p, names.n, CACHE_FILE, f);
}

/* Written in tmp/, where what a crash leaves is cleared away by everybody. Returns the descriptor. */
static int write_file(struct cache *c, int dir, const uint32_t *at, struct span names, struct fault *f)
{
	char temporary[sizeof("tmp/" CACHE_FILE ".") + ENTROPY_ID], id[ENTROPY_ID + 1];
	struct head h;
	char *arrays;
	int fd, rc;

	entropy_id(id);
	snprintf(temporary, sizeof(temporary), "tmp/" CACHE_FILE ".%s", id);
	fd = openat(dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fault_errno(f, "cannot create %s", temporary);
	fill_head(c, &h, names.n);
	arrays = copy_arrays(c, at);
	rc = write_parts(fd, &h, arrays, names, f);
	free(arrays);
	if (rc == 0 && renameat(dir, temporary, dir, CACHE_FILE) == 0)
		return fd;
	if (rc == 0)
		fault_errno(f, "cannot rename to " CACHE_FILE);
	unlinkat(dir, temporary, 0);
	close(fd);
	return -1;
}

int cache_write(struct cache *c, int dir, struct fault *f)
{
	uint32_t *at = arena_heap(c->n * sizeof(*at));
	struct buf names;
	int fd = -1;

	buf_init(&names, NAMES_MAX);
	if (collect_names(c, &names, at, f) == 0)
		fd = write_file(c, dir, at, buf_span(&names), f);
	if (fd >= 0) {
		if (c->fd >= 0)
			close(c->fd);
		c->fd = fd;
		c->names_at = sizeof(struct head) + c->n * ROW;
		c->names_n = names.n;
		memcpy(c->at, at, c->n * sizeof(*at));
		buf_clear(&c->names);
		buf_init(&c->names, NAMES_MAX);
		c->changed = false;
	}
	buf_clear(&names);
	free(at);
	return fd < 0 ? -1 : 0;
}

/* ---- rest ---- */

void cache_rest(struct cache *c)
{
	if (c->fd < 0 || c->changed || c->resting || c->n == 0)
		return;
	free(c->block);
	c->block = NULL;
	c->size = NULL;
	c->uid = c->flags = c->at = NULL;
	c->resting = true;
}

/* The descriptor is still that of the file that had them, whoever has replaced it. */
int cache_wake(struct cache *c, struct fault *f)
{
	if (!c->resting)
		return 0;
	c->block = arena_heap(c->n * ROW);
	lay_out(c, c->n);
	if (disk_read_at(c->fd, c->block, c->n * ROW, sizeof(struct head), CACHE_FILE, f) < 0)
		return -1;
	c->resting = false;
	return is_sound(c) ? 0 : fault_temp(f, 451, "4.3.0", CACHE_FILE " was damaged");
}
