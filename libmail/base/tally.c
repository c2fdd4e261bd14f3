/* SPDX-License-Identifier: ISC */
/*
 * tally - how often something happened lately.
 *
 * A word is, from its low bits: the count in 8, a mark in 8, the time in 16 (units of TALLY_TICK seconds,
 * modulo 2^16: 12 days), and 32 of the key's hash; others of its bits choose the set.
 */
#include "base/tally.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/entropy.h"

enum {
	COUNT_BITS = 8,
	MARK_BITS = 8,
	TIME_BITS = 16,
	MAGIC = 16,
};

struct tally_table {
	char magic[MAGIC];
	uint8_t secret[TALLY_SECRET];
	_Atomic uint64_t words[];
};

static size_t table_size(const struct tally_form *form)
{
	return sizeof(struct tally_table) + form->words * sizeof(uint64_t);
}

static int map_table(struct tally *t, int fd, int flags, struct fault *f)
{
	void *at = mmap(NULL, table_size(t->form), PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, 0);

	if (at == MAP_FAILED)
		return fault_errno(f, "memory for the table of %s", t->form->what);
	t->table = at;
	return 0;
}

static void begin_table(struct tally *t)
{
	memset(t->table, 0, table_size(t->form));
	entropy_fill(t->table->secret, sizeof(t->table->secret));
	memcpy(t->table->magic, t->form->magic, sizeof(t->table->magic));
}

/* Whoever holds the lock may begin it; the others wait for that moment. */
static int prepare(struct tally *t, int fd, const char *name, struct fault *f)
{
	off_t size = (off_t)table_size(t->form);
	struct stat st;

	if (disk_lock(fd, true, name, f) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1 || (st.st_mode & 077))
		return fault_temp(f, 454, "4.3.5", "%s is no private file", name);
	if (st.st_size != size && posix_fallocate(fd, 0, size) != 0)
		return fault_temp(f, 454, "4.3.1", "there is no room for %s", name);
	if (map_table(t, fd, 0, f) < 0)
		return -1;
	if (memcmp(t->table->magic, t->form->magic, sizeof(t->table->magic)) != 0)
		begin_table(t);
	return 0;
}

int tally_open(struct tally *t, const struct tally_form *form, int dir, const char *name, struct fault *f)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600), rc;

	*t = (struct tally){ .form = form };
	if (fd < 0)
		return fault_errno(f, "cannot open %s", name);
	rc = prepare(t, fd, name, f);
	/* The mapping keeps the file open, and a lock with it. */
	flock(fd, LOCK_UN);
	close(fd);
	return rc;
}

int tally_share(struct tally *t, const struct tally_form *form, struct fault *f)
{
	*t = (struct tally){ .form = form };
	if (map_table(t, -1, MAP_ANONYMOUS, f) < 0)
		return -1;
	begin_table(t);
	return 0;
}

void tally_close(struct tally *t)
{
	if (t->table)
		munmap(t->table, table_size(t->form));
	t->table = NULL;
}

struct span tally_secret(const struct tally *t)
{
	return span_of(t->table ? (const char *)t->table->secret : NULL, t->table ? TALLY_SECRET : 0);
}

/* ---- words ---- */

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ (h >> 33);
}

/* Keyed by half of the secret at each end. */
static uint64_t hash(const struct tally_table *t, struct span bytes)
{
	uint64_t key[2], h, word;

	memcpy(key, t->secret, sizeof(key));
	h = mix(key[0] ^ bytes.n);
	for (; bytes.n; bytes = span_from(bytes, sizeof(word))) {
		word = 0;
		memcpy(&word, bytes.p, bytes.n < sizeof(word) ? bytes.n : sizeof(word));
		h = mix(h ^ word) + key[1];
	}
	return mix(h ^ key[1]);
}

static unsigned count_of(uint64_t word)
{
	return word & ((1u << COUNT_BITS) - 1);
}

static unsigned mark_of(uint64_t word)
{
	return (word >> COUNT_BITS) & ((1u << MARK_BITS) - 1);
}

static unsigned time_of(uint64_t word)
{
	return (word >> (COUNT_BITS + MARK_BITS)) & ((1u << TIME_BITS) - 1);
}

/* In ticks. What was written in the future, by a clock that was wrong then, is very old. */
static unsigned age_of(uint64_t word, unsigned now)
{
	return (now - time_of(word)) & ((1u << TIME_BITS) - 1);
}

static uint64_t word_of(uint32_t tag, unsigned now, unsigned mark, unsigned count)
{
	return (uint64_t)tag << 32 | (uint64_t)(now & 0xffff) << (COUNT_BITS + MARK_BITS) |
	       (uint64_t)mark << COUNT_BITS | count;
}

static unsigned ticks(void)
{
	return (unsigned)(clock_wall() / TALLY_TICK);
}

static bool is_dead(const struct tally *t, uint64_t word, unsigned now)
{
	return count_of(word) == 0 || age_of(word, now) > t->form->seconds / TALLY_TICK;
}

/* The key's place in its set, or NULL; *room is where it would go. */
static _Atomic uint64_t *find(const struct tally *t, uint64_t h, unsigned now, _Atomic uint64_t **room)
{
	_Atomic uint64_t *set = &t->table->words[h % (t->form->words / TALLY_WAYS) * TALLY_WAYS];
	unsigned oldest = 0;

	*room = set;
	for (int i = 0; i < TALLY_WAYS; i++) {
		uint64_t word = atomic_load(&set[i]);
		unsigned age = is_dead(t, word, now) ? 1u << TIME_BITS : age_of(word, now);

		if (word >> 32 == h >> 32 && !is_dead(t, word, now))
			return &set[i];
		if (age > oldest) {
			oldest = age;
			*room = &set[i];
		}
	}
	return NULL;
}

unsigned tally_count(const struct tally *t, struct span key)
{
	_Atomic uint64_t *room, *at = t->table ? find(t, hash(t->table, key), ticks(), &room) : NULL;

	return at ? count_of(atomic_load(at)) : 0;
}

static unsigned add(struct tally *t, struct span key, bool has_mark, unsigned mark)
{
	uint64_t h = hash(t->table, key), old;
	unsigned now = ticks(), when, count;
	_Atomic uint64_t *room, *at;

	do {
		at = find(t, h, now, &room);
		old = atomic_load(at ? at : room);
		count = at ? count_of(old) : 0;
		when = at && t->form->from_first ? time_of(old) : now;
		if (!at || !has_mark || mark_of(old) != mark)
			count += count < TALLY_COUNT_MAX;
	} while (!atomic_compare_exchange_weak(at ? at : room, &old, word_of((uint32_t)(h >> 32), when, mark, count)));
	return count;
}

unsigned tally_add(struct tally *t, struct span key)
{
	return t->table ? add(t, key, false, 0) : 1;
}

unsigned tally_add_marked(struct tally *t, struct span key, struct span mark)
{
	return t->table ? add(t, key, true, (unsigned)(hash(t->table, mark) >> (64 - MARK_BITS))) : 1;
}
