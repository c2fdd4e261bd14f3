/* SPDX-License-Identifier: ISC */
/*
 * linescan - count lines and find the next of a kind.
 *
 * One pass does both. Blocks are the compiler's vectors, which every target has; each is compared with itself and
 * with what precedes its bytes, by a load one byte before.
 */
#include "base/linescan.h"

enum {
	LANES = 16,
	STEP = 4 * LANES,
	STEPS_MAX = 63, /* before the counts in a lane would wrap: 4 a step */
};

typedef unsigned char block __attribute__((vector_size(LANES)));

static inline block load(const char *p)
{
	block b;

	memcpy(&b, p, sizeof(b));
	return b;
}

static inline block fill(char c)
{
	return (block){ 0 } + (unsigned char)c;
}

static inline bool has_any(block b)
{
	uint64_t halves[2];

	memcpy(halves, &b, sizeof(b));
	return (halves[0] | halves[1]) != 0;
}

static uint64_t sum(block b)
{
	unsigned char bytes[LANES];
	uint64_t n = 0;

	memcpy(bytes, &b, sizeof(b));
	for (size_t i = 0; i < LANES; i++)
		n += bytes[i];
	return n;
}

static inline void count_byte(char c, char previous, struct linescan *count)
{
	if (c != '\n')
		return;
	count->lines++;
	count->bare += previous != '\r';
}

/* Whole steps from offset i on, up to one that has what is looked for. Returns where it stands. */
static size_t find_in_steps(struct span s, size_t i, char c, struct linescan *count)
{
	const block lf = fill('\n'), cr = fill('\r'), wanted = fill(c);

	for (;;) {
		block lines = fill(0), bare = fill(0), found = fill(0);
		size_t steps = 0;

		for (; steps < STEPS_MAX && s.n - i >= STEP && !has_any(found); steps++, i += STEP) {
			block step_lines = fill(0), step_bare = fill(0);

			for (size_t k = 0; k < STEP; k += LANES) {
				block here = load(s.p + i + k), before = load(s.p + i + k - 1);
				block ends = (block)(here == lf);

				step_lines -= ends;
				step_bare -= ends & (block)(before != cr);
				found |= (block)(here == wanted) & (block)(before == lf);
			}
			if (has_any(found))
				break;
			lines += step_lines;
			bare += step_bare;
		}
		count->lines += sum(lines);
		count->bare += sum(bare);
		if (has_any(found) || s.n - i < STEP)
			return i;
	}
}

size_t linescan_find(struct span s, char c, char previous, struct linescan *count)
{
	size_t i;

	if (s.n == 0)
		return 0;
	count_byte(s.p[0], previous, count);
	for (i = find_in_steps(s, 1, c, count); i < s.n; i++) {
		if (s.p[i] == c && s.p[i - 1] == '\n')
			return i;
		count_byte(s.p[i], s.p[i - 1], count);
	}
	return s.n;
}

void linescan_count(struct span s, char previous, struct linescan *count)
{
	/* An LF never follows an LF as a line's first character without being counted: step over each. */
	for (size_t i = 0; i < s.n;) {
		size_t n = linescan_find(span_from(s, i), '\0', i > 0 ? s.p[i - 1] : previous, count);

		i += n;
	}
}
