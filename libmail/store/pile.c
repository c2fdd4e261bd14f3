/* SPDX-License-Identifier: ISC */
/*
 * pile - the messages that a name stands for.
 */
#include "store/pile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/disk.h"

static int read_some(int fd, void *to, size_t n, const char *path, size_t *got, struct fault *f)
{
	ssize_t rc;

	do
		rc = read(fd, to, n);
	while (rc < 0 && errno == EINTR);
	*got = rc > 0 ? (size_t)rc : 0;
	return rc < 0 ? fault_errno(f, "cannot read %s", path) : 0;
}

/* ---- a file, an mbox ---- */

static bool is_from_line(struct span s)
{
	return span_starts(s, SPAN("From "));
}

/* Enough to see what it is. */
static int read_start(struct pile *p, struct fault *f)
{
	size_t got = 1;

	while (p->nstart < 5 && got > 0) {
		if (read_some(p->fd, p->bytes + p->nstart, PILE_PIECE - p->nstart, p->path, &got, f) < 0)
			return -1;
		p->nstart += got;
	}
	return 0;
}

static int open_file(struct pile *p, struct fault *f)
{
	if (read_start(p, f) < 0)
		return -1;
	if (!is_from_line(span_of(p->bytes, p->nstart)))
		return 0;
	p->kind = PILE_MBOX;
	p->many = true;
	if (!p->regular || !p->owned) {
		mboxread_adopt(&p->mbox, p->fd, span_of(p->bytes, p->nstart), p->path);
		return 0;
	}
	return mboxread_open(&p->mbox, p->path, f);
}

/* ---- a Maildir ---- */

static int by_name(const void *a, const void *b)
{
	const struct pile_entry *one = a, *two = b;

	return strcmp(one->name, two->name);
}

static int open_maildir(struct pile *p, struct fault *f)
{
	p->kind = PILE_MAILDIR;
	p->many = true;
	p->cur = openat(p->fd, "cur", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p->new = openat(p->fd, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->cur < 0 || p->new < 0) {
		errno = ENOTDIR;
		return fault_perm(f, 550, "5.3.5", "%s is a directory, but no Maildir: it lacks cur or new", p->path);
	}
	if (scan_folder(&p->scan, p->cur, p->new, f) < 0)
		return -1;
	p->order = arena_alloc(&p->arena, p->scan.n * sizeof(*p->order));
	for (size_t i = 0; i < p->scan.n; i++)
		if (p->scan.entries[i].name)
			p->order[p->norder++] =
				(struct pile_entry){ p->scan.entries[i].name, p->scan.entries[i].in_new };
	if (p->norder > 0)
		qsort(p->order, p->norder, sizeof(*p->order), by_name);
	return 0;
}

/* 1, 0, -1: of the message that is next. */
static int next_of_maildir(struct pile *p, struct fault *f)
{
	struct stat st;

	while (p->number < p->norder) {
		const struct pile_entry *e = &p->order[p->number++];

		if (p->begun)
			close(p->fd);
		p->begun = true;
		p->fd = openat(e->in_new ? p->new : p->cur, e->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		p->name = arena_printf(&p->name_arena, "%s/%s/%s", p->path, e->in_new ? "new" : "cur", e->name);
		if (p->fd < 0 && (errno == ENOENT || errno == ELOOP)) {
			p->begun = false;
			continue;
		}
		if (p->fd < 0 || fstat(p->fd, &st) < 0) {
			p->begun = p->fd >= 0;
			return fault_errno(f, "cannot open %s", p->name);
		}
		if (S_ISREG(st.st_mode))
			return 1;
	}
	return 0;
}

/* ---- what all share ---- */

int pile_open(struct pile *p, const char *path, struct fault *f)
{
	struct stat st;
	int rc;

	memset(p, 0, sizeof(*p));
	p->path = p->name = path;
	p->cur = p->new = -1;
	p->bytes = arena_heap(PILE_PIECE);
	spill_init(&p->spill, 0);
	p->owned = strcmp(path, "-") != 0;
	p->fd = p->owned ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	if (!p->owned)
		p->path = p->name = "standard input";
	if (p->fd < 0 || fstat(p->fd, &st) < 0) {
		fault_errno(f, "cannot open %s", path);
		rc = -1;
	} else {
		p->regular = S_ISREG(st.st_mode);
		rc = S_ISDIR(st.st_mode) ? open_maildir(p, f) : open_file(p, f);
	}
	if (rc == 0)
		return 0;
	rc = errno;
	pile_close(p);
	errno = rc;
	return -1;
}

void pile_close(struct pile *p)
{
	if (p->kind == PILE_MBOX && p->mbox.path)
		mboxread_close(&p->mbox);
	if (p->fd >= 0 && p->owned && (p->kind != PILE_MAILDIR || p->begun))
		close(p->fd);
	if (p->cur >= 0)
		close(p->cur);
	if (p->new >= 0)
		close(p->new);
	p->fd = p->cur = p->new = -1;
	free(p->bytes);
	p->bytes = NULL;
	scan_clear(&p->scan);
	spill_clear(&p->spill);
	arena_clear(&p->arena);
	arena_clear(&p->name_arena);
}

int pile_next(struct pile *p, struct fault *f)
{
	int rc;

	if (p->held)
		spill_reset(&p->spill);
	p->held = false;
	if (p->kind == PILE_FILE)
		return p->number++ == 0;
	arena_reset(&p->name_arena);
	if (p->kind == PILE_MAILDIR) {
		if (!p->begun && p->number == 0) {
			/* That of the directory is not needed any more. */
			close(p->fd);
			p->fd = -1;
		}
		return next_of_maildir(p, f);
	}
	rc = mboxread_next(&p->mbox, &p->message, f);
	p->name = arena_printf(&p->name_arena, "%s:%zu", p->path, ++p->number);
	return rc;
}

int pile_piece(struct pile *p, struct span *piece, struct fault *f)
{
	size_t n;

	if (p->kind == PILE_MBOX)
		return mboxread_piece(&p->mbox, piece, f);
	if (p->kind == PILE_FILE && p->nstart > 0) {
		*piece = span_of(p->bytes, p->nstart);
		p->nstart = 0;
		return 1;
	}
	if (read_some(p->fd, p->bytes, PILE_PIECE, p->name, &n, f) < 0)
		return -1;
	*piece = span_of(p->bytes, n);
	return n > 0;
}

int pile_hold(struct pile *p, int *fd, uint64_t *size, struct fault *f)
{
	struct span piece;
	struct stat st;
	int rc;

	if (p->kind == PILE_MAILDIR || (p->kind == PILE_FILE && p->regular && p->owned)) {
		if (fstat(p->fd, &st) < 0)
			return fault_errno(f, "cannot stat %s", p->name);
		*fd = p->fd;
		*size = (uint64_t)st.st_size;
		return 0;
	}
	while ((rc = pile_piece(p, &piece, f)) > 0)
		if (spill_put(&p->spill, piece, f) < 0)
			return -1;
	if (rc < 0)
		return -1;
	p->held = true;
	*fd = spill_file(&p->spill, f);
	*size = (uint64_t)p->spill.size;
	return *fd < 0 ? -1 : 0;
}
