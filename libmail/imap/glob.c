/* SPDX-License-Identifier: ISC */
/*
 * glob - patterns of LIST.
 *
 * Bit i is set when the pattern's first i octets have matched what was read. Runs of wildcards were made one, so a
 * wildcard that may be empty never leads to another.
 */
#include "imap/glob.h"

#include <string.h>

enum { BITS = 64, OCTETS = 256, INBOX = 5 /* octets */ };

static bool is_wildcard(char c)
{
	return c == '*' || c == '%';
}

/* The pattern with each run of wildcards as one: "*" if there is one in it. */
static struct span simplify(struct arena *a, struct span pattern)
{
	char *out = arena_alloc(a, pattern.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < pattern.n; i++) {
		if (is_wildcard(pattern.p[i]) && n > 0 && is_wildcard(out[n - 1])) {
			if (pattern.p[i] == '*')
				out[n - 1] = '*';
			continue;
		}
		out[n++] = pattern.p[i];
	}
	return span_of(out, n);
}

static void set(uint64_t *bits, size_t i)
{
	bits[i / BITS] |= UINT64_C(1) << i % BITS;
}

static bool is_set(const uint64_t *bits, size_t i)
{
	return bits[i / BITS] >> i % BITS & 1;
}

void glob_init(struct glob *g, struct arena *a, struct span pattern)
{
	struct span p = simplify(a, pattern);

	*g = (struct glob){ .words = p.n / BITS + 1, .end = p.n, .is_all = span_is(p, SPAN("*")) };
	g->literal = arena_alloc(a, OCTETS * g->words * sizeof(uint64_t));
	g->star = arena_alloc(a, g->words * sizeof(uint64_t));
	g->level = arena_alloc(a, g->words * sizeof(uint64_t));
	g->now = arena_alloc(a, g->words * sizeof(uint64_t));
	g->next = arena_alloc(a, g->words * sizeof(uint64_t));
	for (size_t i = 0; i < p.n; i++) {
		if (p.p[i] == '*')
			set(g->star, i);
		else if (p.p[i] == '%')
			set(g->level, i);
		else
			set(g->literal + (unsigned char)p.p[i] * g->words, i);
	}
}

/* A wildcard may be empty: what stands in front of one stands behind it, too. */
static void pass_wildcards(const struct glob *g, uint64_t *bits)
{
	uint64_t carry = 0;

	for (size_t i = 0; i < g->words; i++) {
		uint64_t found = bits[i] & (g->star[i] | g->level[i]);

		bits[i] |= found << 1 | carry;
		carry = found >> (BITS - 1);
	}
}

/* One octet more; `other` is what it may be instead. */
static void step(const struct glob *g, unsigned char c, unsigned char other)
{
	const uint64_t *literal = g->literal + c * g->words, *second = g->literal + other * g->words;
	uint64_t carry = 0;

	for (size_t i = 0; i < g->words; i++) {
		uint64_t moves = g->now[i] & (literal[i] | second[i]);
		uint64_t stays = g->now[i] & (c == '/' ? g->star[i] : g->star[i] | g->level[i]);

		g->next[i] = moves << 1 | carry | stays;
		carry = moves >> (BITS - 1);
	}
	pass_wildcards(g, g->next);
	memcpy(g->now, g->next, g->words * sizeof(uint64_t));
}

bool glob_match(const struct glob *g, struct span name)
{
	bool is_inbox = span_is(span_of(name.p, span_find(name, '/')), SPAN("INBOX"));

	if (g->is_all)
		return true;
	memset(g->now, 0, g->words * sizeof(uint64_t));
	set(g->now, 0);
	pass_wildcards(g, g->now);
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		step(g, c, is_inbox && i < INBOX ? c | 0x20 : c);
	}
	return is_set(g->now, g->end);
}
