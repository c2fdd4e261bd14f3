/* SPDX-License-Identifier: ISC */
#ifndef LIBMAIL_STORE_MODSEQ_FILE_H
#define LIBMAIL_STORE_MODSEQ_FILE_H

/*
 * modseq_file - the file "letterbox.modseq" of modseq.h, as it stands on the disk: a head, then records in the order in
 * which they were given. Only modseq.c includes this.
 *
 * It is read and never mapped. Whoever writes has lock_uidlist; whoever reads need not: records are written behind
 * those that count, then the head says that they do, with a sum of them all. What is not as the head says is no file.
 */

#include "store/modseq.h"
#include "store/stamp.h"

/* Never read on another kind of machine: `order` and `size` tell. */
struct modseq_file_head {
	char magic[8];
	uint32_t order, version, size, uidvalidity;
	struct stamp cur, new; /* the folder, when it was as the records say; of use only if `settled` */
	uint32_t settled, reserved;
	uint64_t last, floor;
	uint64_t records, check; /* how many count, and their checksum */
	uint64_t head_check;	 /* last */
};

/* All is 0 but what says what it is. */
void modseq_file_init_head(struct modseq_file_head *h, uint32_t uidvalidity);

/* A descriptor; -1 with errno. */
int modseq_file_open(int dir, int flags);
/* false: it is no such file, of another uidvalidity or version, or damaged. */
bool modseq_file_read_head(int fd, uint32_t uidvalidity, struct modseq_file_head *h);
/*
 * The records from `from` on, the sum of those in front of them being `check`: to be freed; NULL if they are not what
 * the head says.
 */
struct modseq_record *modseq_file_read(int fd, const struct modseq_file_head *h, uint64_t from, uint64_t check);

/*
 * Make a file of these records, in place of what is there: 0, with h->records and h->check set, and its stamp; -1, and
 * what was there stays.
 */
int modseq_file_replace(int dir, struct modseq_file_head *h, const struct modseq_record *r, size_t n,
			struct stamp *stamp);
/* The head as it is now; of as many records as before. */
int modseq_file_write_head(int fd, struct modseq_file_head *h);
/* Add records behind those of *h, which was read from it; *next is its head then: 0, -1. */
int modseq_file_append(int fd, const struct modseq_file_head *h, struct modseq_file_head *next,
		       const struct modseq_record *r, size_t n);

#endif
