/* SPDX-License-Identifier: ISC */
/*
 * digest_part - a post as a part of a digest.
 */
#include "list/digest_part.h"

#include <unistd.h>

#include "base/disk.h"
#include "message/header.h"

static const struct span kept[] = {
	SPAN_INIT("Date"),	  SPAN_INIT("From"),	     SPAN_INIT("Sender"),   SPAN_INIT("Reply-To"),
	SPAN_INIT("To"),	  SPAN_INIT("Cc"),	     SPAN_INIT("Subject"),  SPAN_INIT("Message-ID"),
	SPAN_INIT("In-Reply-To"), SPAN_INIT("References"),   SPAN_INIT("Keywords"), SPAN_INIT("Author"),
	SPAN_INIT("Archived-At"), SPAN_INIT("MIME-Version"),
};

static bool is_kept(struct span name)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (span_is_nocase(name, kept[i]))
			return true;
	return span_starts_nocase(name, SPAN("Content-"));
}

void digest_part_put_header(struct buf *out, struct span header)
{
	struct header_field field;
	int rc;

	while ((rc = header_next(&header, &field)) != 0)
		if (rc < 0)
			span_cut(&header, '\n');
		else if (is_kept(field.name))
			buf_put_span(out, field.whole);
	buf_put_char(out, '\n');
}

/* ---- as a source ---- */

static void close_file(struct digest_part *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* The header's length, and what is kept of it; a file without one is a body. */
static int take_header(struct digest_part *p, struct fault *f)
{
	size_t n = p->size < DIGEST_PART_HEADER_MAX ? (size_t)p->size : DIGEST_PART_HEADER_MAX, length = 0;
	struct buf front;
	char *room;
	int rc = 0;

	buf_init(&front, n + 1);
	room = buf_room(&front, n);
	if (n > 0)
		rc = disk_read_at(p->fd, room, n, 0, "a post", f);
	if (rc == 0) {
		length = header_length(span_of(room, n), 0);
		digest_part_put_header(&p->header, span_of(room, length));
	}
	p->at = (off_t)length;
	buf_clear(&front);
	return rc;
}

static int open_file(struct digest_part *p, struct fault *f)
{
	p->fd = p->open(p->ctx, p->number, &p->size, f);
	if (p->fd < 0)
		return -1;
	return take_header(p, f);
}

static int read_header(struct digest_part *p, char *to, size_t n, size_t *got)
{
	size_t left = p->header.n - p->header_at;

	*got = left < n ? left : n;
	memcpy(to, p->header.p + p->header_at, *got);
	p->header_at += *got;
	return 0;
}

static int read_some(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct digest_part *p = context;
	off_t left;

	*got = 0;
	if (p->fd < 0 && p->header.n == 0 && open_file(p, f) < 0)
		return -1;
	if (p->header_at < p->header.n)
		return read_header(p, to, n, got);
	left = p->fd < 0 ? 0 : p->size - p->at;
	if (left == 0) {
		close_file(p);
		return 0;
	}
	*got = (uintmax_t)left < n ? (size_t)left : n;
	p->at += (off_t)*got;
	return disk_read_at(p->fd, to, *got, p->at - (off_t)*got, "a post", f);
}

static int rewind_it(void *context, struct fault *f)
{
	struct digest_part *p = context;

	(void)f;
	close_file(p);
	buf_reset(&p->header);
	p->header_at = 0;
	return 0;
}

void digest_part_init(struct digest_part *p, uint64_t number, digest_open_fn open, void *ctx)
{
	*p = (struct digest_part){ .number = number, .open = open, .ctx = ctx, .fd = -1 };
	buf_init(&p->header, DIGEST_PART_HEADER_MAX + 1);
	p->part = (struct compose_part){ .type = "message/rfc822",
					 .source = { .read = read_some, .rewind = rewind_it, .context = p } };
}

void digest_part_clear(struct digest_part *p)
{
	close_file(p);
	buf_clear(&p->header);
}
