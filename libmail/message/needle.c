/* SPDX-License-Identifier: ISC */
/*
 * needle - a text looked for in another.
 *
 * A block of text is compared with two octets of the needle at once, those that are rarest in mail; where both are, the
 * whole is compared. A text that is made to be compared in vain again and again is given to memmem(3), which is linear.
 */
#include "message/needle.h"

#include <stdint.h>
#include <string.h>

#include "message/casemap.h"

enum {
	LANES = 16,
	CASE = 0x20,	  /* what makes a letter small */
	VAIN_FACTOR = 16, /* octets compared in vain for one of the text, before memmem(3) is asked */
};

typedef unsigned char block __attribute__((vector_size(LANES)));

static inline block load(const char *p)
{
	block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

static inline block fill(unsigned char c)
{
	return (block){ 0 } + c;
}

static inline bool has_any(block b)
{
	uint64_t halves[2];

	memcpy(halves, &b, sizeof(b));
	return (halves[0] | halves[1]) != 0;
}

static bool is_letter(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static unsigned char to_upper(unsigned char c)
{
	return c >= 'a' && c <= 'z' ? (unsigned char)(c - CASE) : c;
}

/* Also of what was mapped: a ligature becomes small letters. */
static void to_upper_all(struct buf *b)
{
	for (size_t i = 0; i < b->n; i++)
		b->p[i] = (char)to_upper((unsigned char)b->p[i]);
}

/* How common it is: the place in this list, of upper-case letters and what else is in mail, is enough. */
static unsigned commonness(unsigned char c)
{
	static const char common[] = " ETAOINSRHLDCUMFPGWYB.,\n-V=<>K/0:1\"2;3495786_XJ'QZ()@+%";
	const char *at = c ? strchr(common, c) : NULL;

	return at ? (unsigned)(sizeof(common) - (size_t)(at - common)) : c >= 0x80 ? 3 : 1;
}

static size_t find_rarest(struct span text, size_t but)
{
	size_t best = but == 0 ? text.n - 1 : 0;

	for (size_t i = 0; i < text.n; i++)
		if (i != but && commonness((unsigned char)text.p[i]) < commonness((unsigned char)text.p[best]))
			best = i;
	return best;
}

void needle_init(struct needle *n, struct arena *a, struct span text)
{
	struct buf mapped;

	*n = (struct needle){ 0 };
	buf_init(&mapped, (size_t)CASEMAP_GROWTH * text.n + CASEMAP_ROOM);
	casemap_put(&mapped, text);
	to_upper_all(&mapped);
	n->text = span_of(arena_span(a, buf_span(&mapped)), mapped.n);
	buf_clear(&mapped);
	if (n->text.n == 0)
		return;
	n->probe[0] = find_rarest(n->text, SIZE_MAX);
	n->probe[1] = n->text.n > 1 ? find_rarest(n->text, n->probe[0]) : n->probe[0];
	for (size_t i = 0; i < 2; i++) {
		unsigned char c = (unsigned char)n->text.p[n->probe[i]];

		n->mask[i] = is_letter(c) ? CASE : 0;
		n->want[i] = c | n->mask[i];
	}
}

/* Octets that are the same at p, up to the first that is not. */
static size_t match(const struct needle *n, const char *p)
{
	size_t i = 0;

	while (i < n->text.n && to_upper((unsigned char)p[i]) == (unsigned char)n->text.p[i])
		i++;
	return i;
}

static bool find_plainly(const struct needle *n, struct span s)
{
	struct buf upper;
	bool found;

	buf_init(&upper, s.n + 1);
	buf_put_span(&upper, s);
	to_upper_all(&upper);
	found = memmem(upper.p, upper.n, n->text.p, n->text.n) != NULL;
	buf_clear(&upper);
	return found;
}

/* Where the needle may begin in the `lanes` octets from p on: 1 it does, 0 nowhere; *vain counts what was compared. */
static bool try_lanes(const struct needle *n, const char *p, size_t lanes, size_t *vain)
{
	for (size_t i = 0; i < lanes; i++) {
		size_t same;

		if (((unsigned char)p[i + n->probe[0]] | n->mask[0]) != n->want[0] ||
		    ((unsigned char)p[i + n->probe[1]] | n->mask[1]) != n->want[1])
			continue;
		same = match(n, p + i);
		if (same == n->text.n)
			return true;
		*vain += same;
	}
	return false;
}

bool needle_is_in(const struct needle *n, struct span s)
{
	const block mask[2] = { fill(n->mask[0]), fill(n->mask[1]) };
	const block want[2] = { fill(n->want[0]), fill(n->want[1]) };
	size_t places = s.n >= n->text.n ? s.n - n->text.n + 1 : 0; /* where it can begin */
	size_t i = 0, vain = 0;

	if (n->text.n == 0)
		return true;
	for (; i + LANES <= places; i += LANES) {
		block a = (block)((load(s.p + i + n->probe[0]) | mask[0]) == want[0]);
		block b = (block)((load(s.p + i + n->probe[1]) | mask[1]) == want[1]);

		if (!has_any(a & b))
			continue;
		if (try_lanes(n, s.p + i, LANES, &vain))
			return true;
		if (vain / VAIN_FACTOR > i + LANES)
			return find_plainly(n, span_from(s, i));
	}
	return try_lanes(n, s.p + i, places - i, &vain);
}

/* ---- streams ---- */

void haystack_init(struct haystack *h, const struct needle *needles, size_t n, bool *found)
{
	*h = (struct haystack){ .needles = needles, .n = n, .found = found };
	for (size_t i = 0; i < n; i++)
		if (needles[i].text.n > h->reach + 1)
			h->reach = needles[i].text.n - 1;
	buf_init(&h->seam, 2 * h->reach + 1);
	buf_init(&h->mapped, (size_t)CASEMAP_GROWTH * NEEDLE_PIECE + CASEMAP_ROOM);
	haystack_reset(h);
}

void haystack_reset(struct haystack *h)
{
	h->left = 0;
	for (size_t i = 0; i < h->n; i++) {
		h->found[i] = h->needles[i].text.n == 0;
		h->left += !h->found[i];
	}
	buf_reset(&h->seam);
}

void haystack_restart(struct haystack *h)
{
	buf_reset(&h->seam);
}

void haystack_clear(struct haystack *h)
{
	buf_clear(&h->seam);
	buf_clear(&h->mapped);
}

static void look(struct haystack *h, struct span s)
{
	for (size_t i = 0; i < h->n && h->left > 0; i++)
		if (!h->found[i] && needle_is_in(&h->needles[i], s)) {
			h->found[i] = true;
			h->left--;
		}
}

/* The seam is the end of what was seen, `reach` octets at most. */
static void feed_mapped(struct haystack *h, struct span piece)
{
	size_t n = piece.n < h->reach ? piece.n : h->reach;

	if (h->seam.n > 0) {
		buf_put(&h->seam, piece.p, n);
		look(h, buf_span(&h->seam));
	}
	look(h, piece);
	if (n == h->reach)
		buf_reset(&h->seam);
	else if (h->seam.n > h->reach)
		buf_consume(&h->seam, h->seam.n - h->reach);
	if (n == h->reach || h->seam.n == 0)
		buf_put(&h->seam, piece.p + piece.n - n, n);
}

/* Octets at the front of s, about NEEDLE_PIECE, that end with a whole character. */
static size_t cut(struct span s)
{
	size_t n = s.n < NEEDLE_PIECE ? s.n : NEEDLE_PIECE - 8;

	for (size_t most = n + 4; n < s.n && n < most && ((unsigned char)s.p[n] & 0xc0) == 0x80;)
		n++;
	return n;
}

void haystack_feed(struct haystack *h, struct span piece)
{
	while (h->left > 0 && piece.n > 0) {
		struct span part = span_of(piece.p, cut(piece));

		piece = span_from(piece, part.n);
		if (!span_has_8bit(part)) {
			feed_mapped(h, part);
			continue;
		}
		buf_reset(&h->mapped);
		casemap_put(&h->mapped, part);
		feed_mapped(h, buf_span(&h->mapped));
	}
}
