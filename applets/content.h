/* SPDX-License-Identifier: ISC */
#ifndef APPLETS_CONTENT_H
#define APPLETS_CONTENT_H

/*
 * content - a file, or what comes from a descriptor, as the content of a part: compose.h reads it, as often as it likes
 * where it is a regular file.
 *
 * A file is open only while it is read, so there may be any number. One that is changed between two readings is a
 * fault, as the first has said what the second will be like.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/fault.h"
#include "base/span.h"
#include "message/compose.h"

struct progress;

struct content {
	const char *name; /* for faults; its last component is the file's name */
	off_t size;	  /* octets; -1: not known before the end */
	bool is_regular;

	/* Private. */
	int fd;
	bool is_given; /* the descriptor is somebody else's */
	bool lf;       /* CR LF is made LF */
	bool cr;       /* one that the last piece ended with */
	bool is_read;  /* at least once */
	struct stat first;
	off_t start, end, at; /* of a range in a file */
	struct span front;    /* what was read to guess the type, of a descriptor that cannot be read again */
	size_t front_at;
	struct progress *progress;
};

/*
 * The file `path`, "-" for standard input. A missing file, a directory, one that may not be read: a permanent fault,
 * FAULT_NO_INPUT. `progress` may be NULL.
 */
int content_open(struct content *c, const char *path, struct progress *progress, struct fault *f);
/* A descriptor; it is not closed. */
int content_open_fd(struct content *c, int fd, const char *name, struct progress *progress, struct fault *f);
/* Only these octets of a regular file. */
void content_set_range(struct content *c, off_t start, off_t end);
void content_close(struct content *c);

/* The first octets, at most FILETYPE_LOOK; they will be read again. */
int content_look(struct content *c, struct arena *a, struct span *front, struct fault *f);

/* It is a message: its lines will end with LF. */
void content_set_lf(struct content *c);

struct compose_source content_source(struct content *c);

/* A whole small file: text of options, a certificate. At most max octets. */
int content_read(struct arena *a, const char *path, size_t max, struct span *out, struct fault *f);

#endif
