/* SPDX-License-Identifier: ISC */
/*
 * penalty - failed logins by client address.
 *
 * A word is, from its low bits: the count in 8, a mark of the last guess in 8, the time in 16 (units of
 * TICK seconds, modulo 2^16: 12 days), and 32 of the address's hash; others of its bits choose the set. The
 * hash is keyed, so that nobody can choose addresses that meet in one set.
 */
#include "auth/penalty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/disk.h"
#include "base/entropy.h"

enum {
	WAYS = 8,
	SETS = PENALTY_CLIENTS / WAYS,
	TICK = 16, /* seconds */
	COUNT_BITS = 8,
	GUESS_BITS = 8,
	TIME_BITS = 16,
};

static const char magic[16] = "letterbox fail1\n";

struct penalty_table {
	char magic[sizeof(magic)];
	uint8_t secret[PENALTY_SECRET];
	_Atomic uint64_t words[PENALTY_CLIENTS];
};

static int map_table(struct penalty *p, int fd, int flags, struct fault *f)
{
	void *at = mmap(NULL, sizeof(struct penalty_table), PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, 0);

	if (at == MAP_FAILED)
		return fault_errno(f, "memory for the table of failed logins");
	p->table = at;
	return 0;
}

static void begin_table(struct penalty_table *t)
{
	memset(t, 0, sizeof(*t));
	entropy_fill(t->secret, sizeof(t->secret));
	memcpy(t->magic, magic, sizeof(magic));
}

/* Whoever holds the lock may begin it; the others wait for that moment. */
static int prepare(struct penalty *p, int fd, const char *name, struct fault *f)
{
	struct stat st;

	if (disk_lock(fd, true, name, f) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return fault_errno(f, "cannot stat %s", name);
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1 || (st.st_mode & 077))
		return fault_temp(f, 454, "4.3.5", "%s is no private file", name);
	if (st.st_size != (off_t)sizeof(struct penalty_table) &&
	    posix_fallocate(fd, 0, sizeof(struct penalty_table)) != 0)
		return fault_temp(f, 454, "4.3.1", "there is no room for %s", name);
	if (map_table(p, fd, 0, f) < 0)
		return -1;
	if (memcmp(p->table->magic, magic, sizeof(magic)) != 0)
		begin_table(p->table);
	return 0;
}

int penalty_open(struct penalty *p, int dir, const char *name, struct fault *f)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600), rc;

	p->table = NULL;
	if (fd < 0)
		return fault_errno(f, "cannot open %s", name);
	rc = prepare(p, fd, name, f);
	/* The mapping keeps the file open, and a lock with it. */
	flock(fd, LOCK_UN);
	close(fd);
	return rc;
}

int penalty_share(struct penalty *p, struct fault *f)
{
	p->table = NULL;
	if (map_table(p, -1, MAP_ANONYMOUS, f) < 0)
		return -1;
	begin_table(p->table);
	return 0;
}

void penalty_close(struct penalty *p)
{
	if (p->table)
		munmap(p->table, sizeof(*p->table));
	p->table = NULL;
}

struct span penalty_secret(const struct penalty *p)
{
	return span_of(p->table ? (const char *)p->table->secret : NULL, p->table ? PENALTY_SECRET : 0);
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
static uint64_t hash(const struct penalty_table *t, struct span bytes)
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

static unsigned guess_of(uint64_t word)
{
	return (word >> COUNT_BITS) & ((1u << GUESS_BITS) - 1);
}

/* In ticks. What was written in the future, by a clock that was wrong then, is very old. */
static unsigned age_of(uint64_t word, unsigned now)
{
	unsigned then = (word >> (COUNT_BITS + GUESS_BITS)) & ((1u << TIME_BITS) - 1);

	return (now - then) & ((1u << TIME_BITS) - 1);
}

static uint64_t word_of(uint32_t tag, unsigned now, unsigned guess, unsigned count)
{
	return (uint64_t)tag << 32 | (uint64_t)(now & 0xffff) << (COUNT_BITS + GUESS_BITS) |
	       (uint64_t)guess << COUNT_BITS | count;
}

static unsigned ticks(void)
{
	return (unsigned)(clock_wall() / TICK);
}

static bool is_dead(uint64_t word, unsigned now)
{
	return count_of(word) == 0 || age_of(word, now) > PENALTY_SECONDS / TICK;
}

/* The client's place in its set, or NULL; *room is where it would go. */
static _Atomic uint64_t *find(const struct penalty *p, uint64_t h, unsigned now, _Atomic uint64_t **room)
{
	_Atomic uint64_t *set = &p->table->words[h % SETS * WAYS];
	unsigned oldest = 0;

	*room = set;
	for (int i = 0; i < WAYS; i++) {
		uint64_t word = atomic_load(&set[i]);
		unsigned age = is_dead(word, now) ? 1u << TIME_BITS : age_of(word, now);

		if (word >> 32 == h >> 32 && !is_dead(word, now))
			return &set[i];
		if (age > oldest) {
			oldest = age;
			*room = &set[i];
		}
	}
	return NULL;
}

static uint64_t hash_client(const struct penalty *p, const uint8_t client[PENALTY_ADDRESS])
{
	return hash(p->table, span_of((const char *)client, PENALTY_ADDRESS));
}

unsigned penalty_count(const struct penalty *p, const uint8_t client[PENALTY_ADDRESS])
{
	_Atomic uint64_t *room, *at = p->table ? find(p, hash_client(p, client), ticks(), &room) : NULL;

	return at ? count_of(atomic_load(at)) : 0;
}

unsigned penalty_add(struct penalty *p, const uint8_t client[PENALTY_ADDRESS], struct span guess)
{
	unsigned now = ticks(), mark, count;
	_Atomic uint64_t *room, *at;
	uint64_t h, old;

	if (!p->table)
		return 1;
	h = hash_client(p, client);
	mark = hash(p->table, guess) >> (64 - GUESS_BITS);
	do {
		at = find(p, h, now, &room);
		old = atomic_load(at ? at : room);
		count = at ? count_of(old) : 0;
		if (!at || guess_of(old) != mark)
			count += count < PENALTY_MAX;
	} while (!atomic_compare_exchange_weak(at ? at : room, &old, word_of((uint32_t)(h >> 32), now, mark, count)));
	return count;
}

long penalty_delay_ms(unsigned count, long seconds)
{
	long delay = seconds;

	for (unsigned i = 1; i < count && delay < PENALTY_DELAY_MAX; i++)
		delay *= 2;
	return (delay < PENALTY_DELAY_MAX ? delay : PENALTY_DELAY_MAX > seconds ? PENALTY_DELAY_MAX : seconds) * 1000;
}
