/* SPDX-License-Identifier: ISC */
/*
 * content - a file, or what comes from a descriptor, as the content of a part.
 */
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "message/filetype.h"
#include "progress.h"

static int no_input(const struct content *c, struct fault *f)
{
	return fault_perm(f, 554, FAULT_NO_INPUT, "%s: %s", c->name, strerror(errno));
}

static int open_again(struct content *c, struct fault *f)
{
	struct stat st;

	c->fd = open(c->name, O_RDONLY | O_CLOEXEC);
	if (c->fd < 0 || fstat(c->fd, &st) < 0)
		return no_input(c, f);
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return no_input(c, f);
	}
	if (!c->is_read)
		c->first = st;
	else if (st.st_dev != c->first.st_dev || st.st_ino != c->first.st_ino || st.st_size != c->first.st_size ||
		 st.st_mtim.tv_sec != c->first.st_mtim.tv_sec || st.st_mtim.tv_nsec != c->first.st_mtim.tv_nsec)
		return fault_temp(f, 451, "4.3.0", "%s: the file was changed while it was read", c->name);
	c->is_read = true;
	return 0;
}

static void set_kind(struct content *c)
{
	c->is_regular = S_ISREG(c->first.st_mode);
	c->size = c->end = c->is_regular ? c->first.st_size : -1;
}

int content_open(struct content *c, const char *path, struct progress *progress, struct fault *f)
{
	if (strcmp(path, "-") == 0)
		return content_open_fd(c, STDIN_FILENO, "standard input", progress, f);
	*c = (struct content){ .name = path, .fd = -1, .progress = progress };
	if (open_again(c, f) < 0) {
		content_close(c);
		return -1;
	}
	set_kind(c);
	/* A FIFO can be opened once only. */
	if (c->is_regular)
		content_close(c);
	return 0;
}

int content_open_fd(struct content *c, int fd, const char *name, struct progress *progress, struct fault *f)
{
	*c = (struct content){ .name = name, .fd = fd, .is_given = true, .progress = progress };
	if (fstat(fd, &c->first) < 0)
		return no_input(c, f);
	if (S_ISDIR(c->first.st_mode)) {
		errno = EISDIR;
		return no_input(c, f);
	}
	set_kind(c);
	if (!c->is_regular)
		return 0;
	/* What somebody else has read of it already does not count. */
	c->start = c->at = lseek(fd, 0, SEEK_CUR);
	if (c->start < 0)
		c->start = c->at = 0;
	c->size = c->end > c->start ? c->end - c->start : 0;
	return 0;
}

void content_set_range(struct content *c, off_t start, off_t end)
{
	c->start = c->at = start;
	c->end = end;
	c->size = end - start;
}

void content_close(struct content *c)
{
	if (c->fd >= 0 && !c->is_given)
		close(c->fd);
	if (!c->is_given)
		c->fd = -1;
}

void content_set_lf(struct content *c)
{
	c->lf = true;
}

static ssize_t read_some(struct content *c, char *to, size_t n)
{
	ssize_t got;

	do
		got = c->is_regular ? pread(c->fd, to, n, c->at) : read(c->fd, to, n);
	while (got < 0 && errno == EINTR);
	return got;
}

/* Up to n octets as they are; fewer only at the end. */
static int read_raw(struct content *c, char *to, size_t n, size_t *got, struct fault *f)
{
	if (c->is_regular && c->end - c->at < (off_t)n)
		n = c->end > c->at ? (size_t)(c->end - c->at) : 0;
	if (c->fd < 0 && open_again(c, f) < 0)
		return -1;
	for (*got = 0; *got < n;) {
		ssize_t more = read_some(c, to + *got, n - *got);

		if (more < 0)
			return no_input(c, f);
		if (more == 0 && c->is_regular)
			return fault_temp(f, 451, "4.3.0", "%s: the file was changed while it was read", c->name);
		if (more == 0)
			break;
		*got += (size_t)more;
		c->at += more;
	}
	return 0;
}

/* CR LF becomes LF; a CR at the end waits for what follows. In place: it only gets shorter. */
static size_t drop_cr(struct content *c, char *p, size_t n, bool at_end)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\r' && i + 1 < n && p[i + 1] == '\n')
			continue;
		p[kept++] = p[i];
	}
	c->cr = kept > 0 && p[kept - 1] == '\r' && !at_end;
	return kept - c->cr;
}

static int read_lf(struct content *c, char *to, size_t n, size_t *got, struct fault *f)
{
	size_t held;

	do {
		held = c->cr;
		if (held)
			to[0] = '\r';
		c->cr = false;
		if (read_raw(c, to + held, n - held, got, f) < 0)
			return -1;
		*got = drop_cr(c, to, *got + held, *got == 0);
	} while (*got == 0 && c->cr);
	return 0;
}

static int read_content(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct content *c = context;
	struct span rest = span_from(c->front, c->front_at);

	if (rest.n > 0) {
		*got = rest.n < n ? rest.n : n;
		memcpy(to, rest.p, *got);
		c->front_at += *got;
		return 0;
	}
	if ((c->lf ? read_lf : read_raw)(c, to, n, got, f) < 0)
		return -1;
	if (*got == 0)
		content_close(c);
	if (c->progress)
		progress_add(c->progress, *got);
	return 0;
}

static int rewind_content(void *context, struct fault *f)
{
	struct content *c = context;

	(void)f;
	c->at = c->start;
	c->cr = false;
	return 0;
}

struct compose_source content_source(struct content *c)
{
	return (struct compose_source){ read_content, c->is_regular ? rewind_content : NULL, c };
}

int content_look(struct content *c, struct arena *a, struct span *front, struct fault *f)
{
	size_t room = c->is_regular && c->size < FILETYPE_LOOK ? (size_t)c->size : FILETYPE_LOOK, n;
	char *to = arena_alloc(a, room);

	if (read_raw(c, to, room, &n, f) < 0)
		return -1;
	*front = span_of(to, n);
	if (c->is_regular)
		rewind_content(c, f);
	else
		c->front = *front;
	content_close(c);
	return 0;
}

int content_read(struct arena *a, const char *path, size_t max, struct span *out, struct fault *f)
{
	struct content c;
	struct buf all;
	size_t n = 0;
	int rc = content_open(&c, path, NULL, f);

	buf_init(&all, max + COMPOSE_PIECE);
	while (rc == 0) {
		rc = read_raw(&c, buf_room(&all, COMPOSE_PIECE), COMPOSE_PIECE, &n, f);
		if (rc < 0 || n == 0)
			break;
		buf_added(&all, n);
		if (all.n > max)
			rc = fault_perm(f, 554, "5.3.4", "%s: it has over %zu octets", path, max);
	}
	if (rc == 0)
		*out = span_of(arena_span(a, buf_span(&all)), all.n);
	content_close(&c);
	buf_wipe(&all);
	return rc;
}
