/* SPDX-License-Identifier: ISC */
/*
 * modseq_file - the file of mod-sequences, as it stands on the disk.
 */
#include "store/modseq_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/checksum.h"
#include "base/disk.h"
#include "base/entropy.h"

enum {
	VERSION = 1,
	ORDER = 0x01020304,
	HEAD_TRIES = 3, /* of reading a head that is just being written */
};

#define MAGIC "lbmodsq"

/* Record by record, as the sum of those in front of it is what a record is added to. */
static uint64_t check_records(uint64_t check, const struct modseq_record *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check = checksum_add(check, &r[i], sizeof(r[i]));
	return check;
}

static uint64_t check_head(const struct modseq_file_head *h)
{
	return checksum_add(0, h, offsetof(struct modseq_file_head, head_check));
}

static bool is_ours(const struct modseq_file_head *h, uint32_t uidvalidity)
{
	return memcmp(h->magic, MAGIC, sizeof(MAGIC)) == 0 && h->order == ORDER && h->version == VERSION &&
	       h->size == sizeof(*h) && h->uidvalidity == uidvalidity && h->records <= MODSEQ_RECORDS_MAX &&
	       h->last <= MODSEQ_MAX && h->floor <= h->last && h->head_check == check_head(h);
}

void modseq_file_init_head(struct modseq_file_head *h, uint32_t uidvalidity)
{
	memset(h, 0, sizeof(*h));
	memcpy(h->magic, MAGIC, sizeof(MAGIC));
	h->order = ORDER;
	h->version = VERSION;
	h->size = sizeof(*h);
	h->uidvalidity = uidvalidity;
}

/* ---- reading ---- */

int modseq_file_open(int dir, int flags)
{
	return openat(dir, MODSEQ_FILE, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/* Somebody may be writing it: then it is asked again. */
bool modseq_file_read_head(int fd, uint32_t uidvalidity, struct modseq_file_head *h)
{
	for (int i = 0; i < HEAD_TRIES; i++)
		if (disk_read_at(fd, h, sizeof(*h), 0, MODSEQ_FILE, NULL) == 0 && is_ours(h, uidvalidity))
			return true;
	return false;
}

struct modseq_record *modseq_file_read(int fd, const struct modseq_file_head *h, uint64_t from, uint64_t check)
{
	size_t n = (size_t)(h->records - from);
	struct modseq_record *r = arena_heap(n * sizeof(*r));

	if (disk_read_at(fd, r, n * sizeof(*r), (off_t)(sizeof(*h) + from * sizeof(*r)), MODSEQ_FILE, NULL) == 0 &&
	    check_records(check, r, n) == h->check)
		return r;
	free(r);
	return NULL;
}

/* ---- writing ---- */

int modseq_file_write_head(int fd, struct modseq_file_head *h)
{
	h->head_check = check_head(h);
	return disk_write_at(fd, h, sizeof(*h), 0, MODSEQ_FILE, NULL);
}

int modseq_file_replace(int dir, struct modseq_file_head *h, const struct modseq_record *r, size_t n,
			struct stamp *stamp)
{
	char temporary[sizeof("tmp/" MODSEQ_FILE ".") + ENTROPY_ID], id[ENTROPY_ID + 1];
	int fd, rc;

	h->records = n;
	h->check = check_records(0, r, n);
	entropy_id(id);
	snprintf(temporary, sizeof(temporary), "tmp/" MODSEQ_FILE ".%s", id);
	fd = openat(dir, temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = disk_write_at(fd, r, n * sizeof(*r), sizeof(*h), MODSEQ_FILE, NULL);
	if (rc == 0)
		rc = modseq_file_write_head(fd, h);
	if (rc == 0)
		rc = renameat(dir, temporary, dir, MODSEQ_FILE);
	if (rc < 0)
		unlinkat(dir, temporary, 0);
	else
		rc = stamp_of(fd, stamp);
	close(fd);
	return rc;
}

int modseq_file_append(int fd, const struct modseq_file_head *h, struct modseq_file_head *next,
		       const struct modseq_record *r, size_t n)
{
	next->records = h->records + n;
	next->check = check_records(h->check, r, n);
	if (disk_write_at(fd, r, n * sizeof(*r), (off_t)(sizeof(*h) + h->records * sizeof(*r)), MODSEQ_FILE, NULL) < 0)
		return -1;
	return modseq_file_write_head(fd, next);
}
