/* SPDX-License-Identifier: ISC */
/*
 * letter - what somebody has written to a list's program.
 */
#include "list/letter.h"

#include <string.h>

#include "message/body.h"

static int read_front(struct incoming *in, struct buf *out, struct fault *f)
{
	struct span piece;
	off_t at = 0;
	int rc = 0;

	while (out->n < LETTER_READ && (rc = spill_next(&in->raw, &at, &piece, f)) > 0)
		buf_put(out, piece.p, piece.n < LETTER_READ - out->n ? piece.n : LETTER_READ - out->n);
	return rc < 0 ? -1 : 0;
}

/* As much as there is room for, but for a line end. */
static void put_front(struct buf *out, struct span text)
{
	size_t room = LETTER_MAX - 1 - out->n;

	buf_put(out, text.p, text.n < room ? text.n : room);
}

static void put_part(struct arena *a, struct buf *out, const struct mime_part *part, struct span message)
{
	struct span content = span_of(message.p + part->body.at, mime_octets(part->body, part->end));
	struct body body;
	struct buf text;

	if (!body_is_text(&part->entity))
		return;
	buf_init(&text, BODY_PIECE * BODY_GROWTH + (1 << 20));
	body_init(&body, a, &part->entity);
	while (content.n && out->n < LETTER_MAX - 1) {
		struct span piece = span_of(content.p, content.n < BODY_PIECE ? content.n : BODY_PIECE);

		content = span_from(content, piece.n);
		body_feed(&body, piece, &text);
		if (content.n == 0)
			body_end(&body, &text);
		put_front(out, buf_span(&text));
		buf_reset(&text);
	}
	body_clear(&body);
	buf_clear(&text);
	if (out->n && out->n < LETTER_MAX - 1 && out->p[out->n - 1] != '\n')
		buf_put_char(out, '\n');
}

int letter_text(struct incoming *in, struct buf *out, struct fault *f)
{
	struct arena a = { 0 };
	struct buf message;
	int rc;

	buf_init(&message, LETTER_READ);
	buf_reset(out);
	rc = read_front(in, &message, f);
	if (rc == 0) {
		struct mime_node *root = mime_tree_parse(&a, buf_span(&message));

		for (struct mime_node *node = body_first(root); node; node = body_next(root, node))
			put_part(&a, out, &node->part, buf_span(&message));
	}
	buf_clear(&message);
	arena_clear(&a);
	return rc;
}

/* What an address that can be in a token may have: atext, dots, and what is not ASCII. */
static bool is_address_octet(char c)
{
	return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

int letter_next_address(struct span *rest, struct span *out)
{
	while (rest->n) {
		size_t at = span_find(*rest, '@'), from = at, to = at + 1;

		if (at == rest->n)
			break;
		while (from > 0 && is_address_octet(rest->p[from - 1]))
			from--;
		while (to < rest->n && is_address_octet(rest->p[to]))
			to++;
		*out = span_of(rest->p + from, to - from);
		while (out->n && out->p[out->n - 1] == '.')
			out->n--;
		*rest = span_from(*rest, to);
		if (from < at && to > at + 1)
			return 1;
	}
	*rest = span_of(NULL, 0);
	return 0;
}
