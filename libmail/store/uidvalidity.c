/* SPDX-License-Identifier: ISC */
/*
 * uidvalidity - numbers that are given once.
 */
#include "store/uidvalidity.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/span.h"

#define FILE_NAME "dovecot-uidvalidity"

enum { TRIES = 10, DIGITS = 8, NAME_SIZE = 64 };

static bool parse_hex(struct span s, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t value = 0;

	if (s.n == 0 || s.n > DIGITS)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		const char *digit = s.p[i] ? strchr(digits, s.p[i]) : NULL;

		if (!digit)
			return false;
		value = value << 4 | (uint32_t)(digit - digits);
	}
	*out = value;
	return true;
}

static void number_name(char out[NAME_SIZE], uint32_t number)
{
	snprintf(out, NAME_SIZE, FILE_NAME ".%08x", number);
}

static bool read_last(int root, uint32_t *out)
{
	char text[DIGITS];
	int fd = openat(root, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	return n == DIGITS && parse_hex(span_of(text, DIGITS), out);
}

static mode_t mode_for(int root)
{
	struct stat st;

	return fstat(root, &st) == 0 ? st.st_mode & 0666 : 0600;
}

static void write_last(int root, uint32_t number)
{
	char text[DIGITS + 1];
	int fd = openat(root, FILE_NAME, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, mode_for(root));

	if (fd < 0)
		return;
	snprintf(text, sizeof(text), "%08x", number);
	/* It is only a hint where the empty file is: one that was not written is found to be wrong. */
	if (pwrite(fd, text, DIGITS, 0) != DIGITS)
		unlinkat(root, FILE_NAME, 0);
	close(fd);
}

/* Take the number behind `last`, or behind those that others are taking meanwhile. */
static bool take_next(int root, uint32_t last, uint32_t *out)
{
	char from[NAME_SIZE], to[NAME_SIZE];

	for (int i = 0; i < TRIES && last < UINT32_MAX; i++, last++) {
		number_name(from, last);
		number_name(to, last + 1);
		if (renameat(root, from, root, to) == 0) {
			*out = last + 1;
			return true;
		}
		if (errno != ENOENT)
			return false;
	}
	return false;
}

/* The largest number that an empty file names; 0: there is none. */
static uint32_t search(int root)
{
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	uint32_t largest = 0, number;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((d = readdir(dir))) {
		struct span name = span_str(d->d_name);

		if (span_starts(name, SPAN(FILE_NAME ".")) && parse_hex(span_from(name, sizeof(FILE_NAME)), &number) &&
		    number > largest)
			largest = number;
	}
	closedir(dir);
	return largest;
}

static uint32_t begin(int root)
{
	uint32_t number = (uint32_t)clock_wall();
	char name[NAME_SIZE];

	for (int i = 0; i < TRIES; i++, number++) {
		int fd;

		number_name(name, number);
		fd = openat(root, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
		if (fd >= 0)
			close(fd);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return number;
}

uint32_t uidvalidity_next(int root)
{
	uint32_t last, number;

	if (!read_last(root, &last) || !take_next(root, last, &number)) {
		last = search(root);
		if (last == 0 || !take_next(root, last, &number))
			number = begin(root);
	}
	write_last(root, number);
	return number;
}
