/* SPDX-License-Identifier: ISC */
/*
 * idna - a domain in UTF-8 as DNS has it.
 */
#include "message/idna.h"

#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"

enum {
	LABEL_MAX = 63,
	/* RFC 3492 5 */
	BASE = 36,
	TMIN = 1,
	TMAX = 26,
	SKEW = 38,
	DAMP = 700,
	INITIAL_BIAS = 72,
	INITIAL_N = 0x80,
};

struct label {
	uint32_t v[LABEL_MAX];
	uint32_t n;
};

static int read_label(struct span s, struct label *out)
{
	uint32_t character;
	int rc;

	for (out->n = 0; (rc = utf8_next(&s, &character)) > 0; out->v[out->n++] = character)
		if (out->n == LABEL_MAX)
			return -1;
	return rc;
}

/* RFC 3492 6.1 */
static uint32_t adapt(uint32_t delta, uint32_t points, bool is_first)
{
	uint32_t k = 0;

	delta = is_first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > (BASE - TMIN) * TMAX / 2; k += BASE)
		delta /= BASE - TMIN;
	return k + (BASE - TMIN + 1) * delta / (delta + SKEW);
}

static void put_digit(struct buf *out, uint32_t digit)
{
	buf_put_char(out, (char)(digit < 26 ? 'a' + digit : '0' + digit - 26));
}

static void put_number(struct buf *out, uint32_t q, uint32_t bias)
{
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;

		if (q < t)
			break;
		put_digit(out, t + (q - t) % (BASE - t));
		q = (q - t) / (BASE - t);
	}
	put_digit(out, q);
}

static uint32_t next_point(const struct label *l, uint32_t n)
{
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i] >= n && l->v[i] < least)
			least = l->v[i];
	return least;
}

/* RFC 3492 6.3. A label is short, so nothing can overflow: 63 characters below 0x110000. */
static void put_punycode(struct buf *out, const struct label *l)
{
	uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS, done = 0, basic;

	for (uint32_t i = 0; i < l->n; i++)
		if (l->v[i] < INITIAL_N) {
			buf_put_char(out, (char)l->v[i]);
			done++;
		}
	basic = done;
	if (basic)
		buf_put_char(out, '-');
	for (; done < l->n; n++, delta++) {
		uint32_t next = next_point(l, n);

		delta += (next - n) * (done + 1);
		n = next;
		for (uint32_t i = 0; i < l->n; i++) {
			delta += l->v[i] < n;
			if (l->v[i] != n)
				continue;
			put_number(out, delta, bias);
			bias = adapt(delta, done + 1, done == basic);
			delta = 0;
			done++;
		}
	}
}

static int put_label(struct buf *out, struct span s)
{
	size_t start = out->n;
	struct label label;

	if (!span_has_8bit(s)) {
		buf_put_span(out, s);
		return 0;
	}
	if (read_label(s, &label) < 0)
		return -1;
	buf_put_str(out, "xn--");
	put_punycode(out, &label);
	return out->n - start > LABEL_MAX ? -1 : 0;
}

const char *idna_to_ascii(struct arena *a, struct span domain)
{
	const char *text = NULL;
	struct buf out;
	bool bad = false;

	buf_init(&out, IDNA_DOMAIN_MAX);
	while (domain.n && !bad) {
		struct span label = span_of(domain.p, span_find(domain, '.'));

		bad = put_label(&out, label) < 0;
		if (label.n < domain.n)
			buf_put_char(&out, '.');
		domain = span_from(domain, label.n + 1);
	}
	if (!bad && !out.overflow)
		text = arena_span(a, buf_span(&out));
	buf_clear(&out);
	return text;
}
