/* SPDX-License-Identifier: ISC */
/*
 * head - what must be known of a message's header while it streams by.
 */
#include "smtp/head.h"

/* Blanks before the colon are obsolete (RFC 5322 4.5.3) but a loop may be made of such mail. */
static void match(struct head *h, char c)
{
	static const char name[] = "received:";

	if (h->matched == sizeof(name) - 2 && (c == ' ' || c == '\t'))
		return;
	if (h->matched > sizeof(name) - 2)
		return;
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	h->matched = c == name[h->matched] ? h->matched + 1 : sizeof(name);
	h->received += h->matched == sizeof(name) - 1;
}

static void end_line(struct head *h)
{
	h->over = h->column == 0;
	h->column = 0;
	h->matched = 0;
}

void head_feed(struct head *h, struct span piece)
{
	while (piece.n && !h->over) {
		size_t n = span_find(piece, '\n');

		for (size_t i = 0; i < n && h->matched < sizeof("received:") - 1; i++)
			match(h, piece.p[i]);
		h->column += n;
		h->octets += n + (n < piece.n);
		if (n < piece.n)
			end_line(h);
		piece = span_from(piece, n + 1);
	}
}
