/* SPDX-License-Identifier: ISC */
/*
 * mimeunpack_lint - what is wrong with a message, and the message without that.
 */
#include "mimeunpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/json.h"
#include "base/printable.h"
#include "message/lint.h"
#include "message/normalise.h"

enum { ROOM = 1 << 16, PIECE = 64 << 10 };

static void put_section(struct buf *out, const struct mime_part *part)
{
	buf_init(out, ROOM);
	mime_put_section(out, part);
}

static void put_json(struct mimeunpack *m, const struct lint_finding *found)
{
	struct buf section;

	put_section(&section, found->part);
	json_begin(&m->out, NULL, '{');
	json_put_string(&m->out, "message", m->pile.name);
	json_put_number(&m->out, "line", (int64_t)found->line);
	json_put_span(&m->out, "part", buf_span(&section));
	json_put_string(&m->out, "kind", lint_kind_name(found->kind));
	json_put_string(&m->out, "code", found->code);
	json_put_string(&m->out, "text", found->text);
	json_put_string(&m->out, "reference", found->reference);
	if (found->name.n > 0)
		json_put_span(&m->out, "name", found->name);
	json_put_bool(&m->out, "mended", found->mended);
	json_end(&m->out, '}');
	buf_put_char(&m->out, '\n');
	buf_clear(&section);
}

/* As compilers write it: "FILE:LINE: ...". */
static void put_line(struct mimeunpack *m, const struct lint_finding *found)
{
	struct buf section;

	put_section(&section, found->part);
	printable_put(&m->out, span_str(m->pile.name));
	buf_printf(&m->out, ":%" PRIu64 ": %s: ", found->line, lint_kind_name(found->kind));
	if (section.n > 0)
		buf_printf(&m->out, "part %s: ", buf_str(&section));
	if (found->name.n > 0) {
		printable_put(&m->out, found->name);
		buf_put_str(&m->out, ": ");
	}
	buf_printf(&m->out, "%s [%s%s%s]\n", found->text, found->code, found->reference[0] ? ", " : "",
		   found->reference);
	buf_clear(&section);
}

static void report(void *context, const struct lint_finding *found)
{
	struct mimeunpack *m = context;

	if (found->kind == LINT_LIMIT)
		m->code = EXIT_EXCEEDED;
	else if (m->code == 0)
		m->code = EXIT_FOUND;
	if (m->options.json)
		put_json(m, found);
	else
		put_line(m, found);
	/* However many there are. */
	if (m->out.n > ROOM)
		m->failed |= mimeunpack_flush(m, &m->fault) < 0;
}

int mimeunpack_lint(struct mimeunpack *m, struct fault *f)
{
	struct lint *l = arena_heap(sizeof(*l));
	struct span piece;
	int rc;

	lint_init(l, &m->limits, report, m);
	while ((rc = pile_piece(&m->pile, &piece, f)) > 0)
		lint_feed(l, piece);
	lint_end(l);
	lint_clear(l);
	free(l);
	if (m->failed) {
		*f = m->fault;
		return -1;
	}
	return rc;
}

/* ---- --normalise ---- */

static int put(void *context, struct span piece, struct fault *f)
{
	(void)context;
	return disk_write(STDOUT_FILENO, piece.p, piece.n, "standard output", f);
}

/* The message from its first octet, to one pass or the other. */
static int pass(struct mimeunpack *m, struct normalise *n, bool second, int fd, uint64_t size, struct fault *f)
{
	char piece[PIECE];

	for (uint64_t at = 0; at < size; at += PIECE) {
		size_t length = size - at < PIECE ? (size_t)(size - at) : PIECE;

		if (disk_read_at(fd, piece, length, (off_t)at, m->pile.name, f) < 0)
			return -1;
		if (!second)
			normalise_survey_feed(n, span_of(piece, length));
		else if (normalise_feed(n, span_of(piece, length), f) < 0)
			return -1;
	}
	return 0;
}

int mimeunpack_normalise(struct mimeunpack *m, struct fault *f)
{
	struct normalise *n;
	uint64_t size;
	int fd, rc;

	if (m->number > 1)
		return fault_usage(f, "--normalise takes one message: %s has more", m->pile.path);
	if (pile_hold(&m->pile, &fd, &size, f) < 0)
		return -1;
	n = arena_heap(sizeof(*n));
	normalise_init(n, &m->limits, NORMALISE_7BIT);
	rc = pass(m, n, false, fd, size, f);
	if (rc == 0 && normalise_survey_end(n, f) < 0) {
		mimeunpack_exceeded(m, f->text);
	} else if (rc == 0) {
		normalise_begin(n, put, NULL);
		rc = pass(m, n, true, fd, size, f) < 0 || normalise_end(n, f) < 0 ? -1 : 0;
	}
	normalise_clear(n);
	free(n);
	return rc;
}
