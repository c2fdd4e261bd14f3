/* SPDX-License-Identifier: ISC */
/*
 * idna - a domain in UTF-8 as DNS has it.
 */
#include "message/idna.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

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

/* ---- the other way ---- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0' + 26;
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	return c >= 'a' && c <= 'z' ? c - 'a' : -1;
}

/* A number from the front of *rest, RFC 3492 6.2. No label is so long that w could overflow before q is too large. */
static int take_number(struct span *rest, uint32_t bias, uint32_t *out)
{
	uint64_t w = 1, q = 0;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t t = k <= bias ? TMIN : k >= bias + TMAX ? TMAX : k - bias;
		int digit = rest->n ? digit_of(rest->p[0]) : -1;

		if (digit < 0)
			return -1;
		*rest = span_from(*rest, 1);
		q += (uint64_t)digit * w;
		if (q > UINT32_MAX)
			return -1;
		if ((uint32_t)digit < t)
			break;
		w *= BASE - t;
	}
	*out = (uint32_t)q;
	return 0;
}

static int insert(struct label *l, uint32_t at, uint32_t character)
{
	if (l->n == LABEL_MAX)
		return -1;
	memmove(l->v + at + 1, l->v + at, (l->n - at) * sizeof(*l->v));
	l->v[at] = character;
	l->n++;
	return 0;
}

static int parse_punycode(struct span s, struct label *out)
{
	uint32_t n = INITIAL_N, i = 0, bias = INITIAL_BIAS, delta;
	size_t basic = span_find_last(s, '-');
	struct span rest = s;

	out->n = 0;
	if (basic < s.n) {
		for (size_t k = 0; k < basic; k++)
			if (insert(out, out->n, (unsigned char)s.p[k]) < 0)
				return -1;
		rest = span_from(s, basic + 1);
	}
	while (rest.n) {
		if (take_number(&rest, bias, &delta) < 0 || delta > 0x110000 * (out->n + 1))
			return -1;
		bias = adapt(delta, out->n + 1, i == 0 && n == INITIAL_N);
		i += delta;
		n += i / (out->n + 1);
		i %= out->n + 1;
		if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff) || insert(out, i++, n) < 0)
			return -1;
	}
	return 0;
}

/* Does it need the other form, and could it be a name: no control character? */
static bool is_u_label(const struct label *l)
{
	bool needs = false;

	for (uint32_t i = 0; i < l->n; i++) {
		if (l->v[i] >= INITIAL_N && l->v[i] < 0xa0)
			return false;
		needs |= l->v[i] >= INITIAL_N;
	}
	return needs;
}

/* What does not come back the same way is left as it is. */
static bool put_utf8_label(struct buf *out, struct span s)
{
	struct label label;
	struct buf back;
	bool good;

	if (!span_starts_nocase(s, SPAN("xn--")) || parse_punycode(span_from(s, 4), &label) < 0 || !is_u_label(&label))
		return false;
	buf_init(&back, IDNA_DOMAIN_MAX);
	put_punycode(&back, &label);
	good = span_is_nocase(buf_span(&back), span_from(s, 4));
	buf_clear(&back);
	for (uint32_t i = 0; good && i < label.n; i++)
		utf8_put(out, label.v[i]);
	return good;
}

const char *idna_to_utf8(struct arena *a, struct span domain)
{
	const char *text = NULL;
	struct buf out;

	/* A label of 63 octets is 59 characters at most. */
	buf_init(&out, 4 * IDNA_DOMAIN_MAX);
	while (domain.n) {
		struct span label = span_of(domain.p, span_find(domain, '.'));

		if (!put_utf8_label(&out, label))
			buf_put_span(&out, label);
		if (label.n < domain.n)
			buf_put_char(&out, '.');
		domain = span_from(domain, label.n + 1);
	}
	if (!out.overflow)
		text = arena_span(a, buf_span(&out));
	buf_clear(&out);
	return text;
}

static bool has_a_label(struct span domain)
{
	for (; domain.n; domain = span_from(domain, span_find(domain, '.') + 1))
		if (span_starts_nocase(domain, SPAN("xn--")))
			return true;
	return false;
}

const char *idna_other_form(struct arena *a, struct span domain)
{
	const char *text = NULL;

	if (span_has_8bit(domain))
		text = idna_to_ascii(a, domain);
	else if (has_a_label(domain))
		text = idna_to_utf8(a, domain);
	return text && !span_is_nocase(span_str(text), domain) ? text : NULL;
}
