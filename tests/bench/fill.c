/* SPDX-License-Identifier: ISC */
/*
 * fill - put messages into the deferred queue of a spool, as if they had been tried: fill SPOOL COUNT SECONDS.
 *
 * They are due in SECONDS, each for another address at other.example. Nothing is synced: this is for measurements of a
 * large queue, on a spool that mta-relay or mailq has created.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "queue/envelope.h"

enum { FILE_SIZE = 8192, COUNT_MAX = 10000000 };

static const char message[] =
	"From: <sender@test.example>\nTo: <someone@other.example>\nSubject: a message that waits\n"
	"Date: Sat, 22 Nov 2025 03:30:00 +0000\nMessage-ID: <1@test.example>\n\n"
	"The other machine did not answer.\n";

static void put_file(struct buf *file, struct envelope *e, int64_t now)
{
	static const size_t rcpts[] = { 0 };
	char line[64];
	struct buf size = { .p = line, .size = sizeof(line), .max = sizeof(line) - 1 };

	buf_reset(file);
	envelope_put(file, e);
	envelope_put_size(&size, (off_t)file->n, sizeof(message) - 1);
	memcpy(file->p + ENVELOPE_SIZE_AT, line, size.n);
	buf_put(file, message, sizeof(message) - 1);
	envelope_put_log(file, now, ENVELOPE_QUEUED, "4.4.1", rcpts, 1, "connect to mx.other.example: timed out");
}

static int write_file(int dir, const char *name, const struct buf *file, int64_t due)
{
	const struct timespec times[2] = { { .tv_sec = due }, { .tv_sec = due } };
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct stat st;
	bool ok = fd >= 0 && !file->overflow && write(fd, file->p, file->n) == (ssize_t)file->n;

	/* The spool's owner is the owner of what is in it. */
	if (ok && fstat(dir, &st) == 0 && st.st_uid != geteuid())
		ok = fchown(fd, st.st_uid, st.st_gid) == 0;
	ok = ok && futimens(fd, times) == 0;
	return close(fd) == 0 && ok ? 0 : -1;
}

static int fill(const char *spool, uint64_t count, uint64_t seconds)
{
	struct arena a = { 0 };
	int64_t now = clock_wall();
	char path[4096];
	struct buf file;
	int dir, rc = 0;

	snprintf(path, sizeof(path), "%s/deferred", spool);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -1;
	buf_init(&file, FILE_SIZE);
	for (uint64_t i = 0; rc == 0 && i < count; i++) {
		struct envelope_rcpt rcpt = { .address = arena_printf(&a, "user%ju@other.example", (uintmax_t)i),
					      .state = ENVELOPE_QUEUED };
		struct envelope e = { .arrived_us = (now - 3600) * 1000000,
				      .origin = "uid 0",
				      .rcpts = &rcpt,
				      .n = 1,
				      .sender = "sender@test.example" };

		entropy_id(e.id);
		put_file(&file, &e, now - 1800);
		rc = write_file(dir, e.id, &file, now + (int64_t)seconds);
		arena_reset(&a);
	}
	buf_clear(&file);
	arena_clear(&a);
	close(dir);
	return rc;
}

int main(int argc, char **argv)
{
	uint64_t count, seconds;

	if (argc != 4 || span_number(span_str(argv[2]), COUNT_MAX, &count) < 0 ||
	    span_number(span_str(argv[3]), INT32_MAX, &seconds) < 0) {
		fprintf(stderr, "usage: fill SPOOL COUNT SECONDS\n");
		return EX_USAGE;
	}
	if (fill(argv[1], count, seconds) == 0)
		return EX_OK;
	perror("fill");
	return EX_OSERR;
}
