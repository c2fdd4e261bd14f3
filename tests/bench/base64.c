/* SPDX-License-Identifier: ISC */
/*
 * base64 - how fast bodies are encoded and decoded, in memory, in pieces as large as compose.h's.
 *
 *	encode_gbs=6.1 decode_gbs=9.2
 *
 * Gigabytes of the content a second; the best of some rounds.
 */
#include "base/base64.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "message/compose.h"

enum { SIZE = 64 << 20, ROUNDS = 7 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A piece is encoded again and again: what is measured is not the memory. */
static double encode(struct span piece, struct buf *out)
{
	struct base64_encode e;
	double start = now();

	base64_encode_init(&e, false);
	for (size_t done = 0; done < SIZE; done += piece.n) {
		buf_reset(out);
		base64_encode_feed(&e, piece, out);
	}
	return SIZE / (now() - start) / 1e9;
}

static double decode(struct span text, size_t stands_for, struct buf *out)
{
	double start = now();

	for (size_t done = 0; done < SIZE; done += stands_for) {
		struct base64_decode d;

		base64_decode_init(&d);
		buf_reset(out);
		base64_decode_feed(&d, text, out);
		base64_decode_end(&d, out);
	}
	return SIZE / (now() - start) / 1e9;
}

int main(void)
{
	static char bytes[COMPOSE_PIECE];
	struct span piece = span_of(bytes, sizeof(bytes));
	double best[2] = { 0 };
	struct buf text, back;
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (char)(x >> 24);
	}
	buf_init(&text, 1 << 20);
	buf_init(&back, 1 << 20);
	for (int i = 0; i < ROUNDS; i++) {
		double encoded = encode(piece, &text), decoded = decode(buf_span(&text), sizeof(bytes), &back);

		best[0] = encoded > best[0] ? encoded : best[0];
		best[1] = decoded > best[1] ? decoded : best[1];
	}
	if (!span_is(buf_span(&back), piece)) {
		fprintf(stderr, "base64: what is decoded is not what was encoded\n");
		return 1;
	}
	printf("encode_gbs=%.2f decode_gbs=%.2f\n", best[0], best[1]);
	buf_clear(&text);
	buf_clear(&back);
	return 0;
}
