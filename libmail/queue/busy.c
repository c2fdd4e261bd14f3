/* SPDX-License-Identifier: ISC */
/*
 * busy - which messages are being worked on.
 *
 * The device in /proc/locks is not stat(2)'s on every file system (btrfs),
 * so only inode numbers are compared: a wrong mark needs another flock(2)ed file of the same number.
 */
#include "queue/busy.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/span.h"

/* "1: FLOCK  ADVISORY  WRITE 1234 fe:01:393225 0 EOF" */
static bool parse_line(struct span line, ino_t *inode)
{
	struct span word;
	uint64_t number;

	span_word(&line);
	if (!span_is(span_word(&line), SPAN("FLOCK")))
		return false;
	span_word(&line);
	if (!span_is(span_word(&line), SPAN("WRITE")))
		return false;
	span_word(&line);
	word = span_word(&line);
	word = span_from(word, span_find_last(word, ':') + 1);
	if (span_number(word, UINT64_MAX, &number) < 0)
		return false;
	*inode = (ino_t)number;
	return true;
}

static int compare(const void *a, const void *b)
{
	const ino_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

void busy_read(struct busy *b)
{
	FILE *in = fopen("/proc/locks", "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	*b = (struct busy){ 0 };
	if (!in)
		return;
	while (b->n < BUSY_MAX && (n = getline(&line, &room, in)) > 0) {
		ino_t inode;

		if (!parse_line(span_of(line, (size_t)n), &inode))
			continue;
		if (b->n == b->room) {
			b->room = b->room ? b->room * 2 : 16;
			b->inodes = arena_heap_resize(b->inodes, b->room * sizeof(*b->inodes));
		}
		b->inodes[b->n++] = inode;
	}
	free(line);
	fclose(in);
	if (b->n)
		qsort(b->inodes, b->n, sizeof(*b->inodes), compare);
}

void busy_clear(struct busy *b)
{
	free(b->inodes);
	*b = (struct busy){ 0 };
}

bool busy_is(const struct busy *b, int fd)
{
	struct stat st;

	if (b->n == 0 || fstat(fd, &st) < 0)
		return false;
	return bsearch(&st.st_ino, b->inodes, b->n, sizeof(*b->inodes), compare) != NULL;
}
