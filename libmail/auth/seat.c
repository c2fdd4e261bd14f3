/* SPDX-License-Identifier: ISC */
/*
 * seat - how many sessions a user may have from one client at a time.
 *
 * The locks belong to the open file and not to the process (F_OFD_SETLK), so closing another descriptor of the same
 * file, as a library might, does not give them back.
 */
#include "auth/seat.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

enum { PLACE_BITS = 39, SEAT_BITS = 16, FILE_MODE = 0600 };

int seat_open(int dir, const char *name, struct fault *f)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, FILE_MODE);

	return fd < 0 ? fault_errno(f, "cannot open %s", name) : fd;
}

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, const void *p, size_t n)
{
	const unsigned char *byte = p;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static off_t place_of(struct span user, const uint8_t client[SEAT_CLIENT])
{
	uint64_t hash = hash_bytes(UINT64_C(0xcbf29ce484222325), client, SEAT_CLIENT);

	hash = hash_bytes(hash, user.p, user.n);
	return (off_t)((hash >> (64 - PLACE_BITS)) << SEAT_BITS);
}

int seat_take(int fd, struct span user, const uint8_t client[SEAT_CLIENT], long limit, struct fault *f)
{
	struct flock seat = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = place_of(user, client), .l_len = 1 };

	for (long i = 0; i < limit && i < SEAT_MAX; i++, seat.l_start++) {
		if (fcntl(fd, F_OFD_SETLK, &seat) == 0)
			return 1;
		if (errno != EAGAIN && errno != EACCES)
			return fault_errno(f, "cannot count the sessions of a user");
	}
	return 0;
}

void seat_return(int fd)
{
	struct flock all = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_OFD_SETLK, &all);
}
