/* SPDX-License-Identifier: ISC */
/*
 * span - borrowed bytes: compare, search, cut.
 */
#include "base/span.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool same_nocase(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool span_is(struct span s, struct span want)
{
	return s.n == want.n && (s.n == 0 || memcmp(s.p, want.p, s.n) == 0);
}

bool span_is_nocase(struct span s, struct span want)
{
	return s.n == want.n && same_nocase(s.p, want.p, s.n);
}

bool span_starts(struct span s, struct span prefix)
{
	return s.n >= prefix.n && span_is(span_of(s.p, prefix.n), prefix);
}

bool span_starts_nocase(struct span s, struct span prefix)
{
	return s.n >= prefix.n && same_nocase(s.p, prefix.p, prefix.n);
}

bool span_ends_nocase(struct span s, struct span suffix)
{
	return s.n >= suffix.n && span_is_nocase(span_from(s, s.n - suffix.n), suffix);
}

size_t span_find(struct span s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

size_t span_find_last(struct span s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Eight octets at a time: high bits tell of one below 0x20 or of 0x7f. They may err about one behind such, so look. */
bool span_has_control(struct span s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t word, del;
	size_t i = 0;

	for (; s.n - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.p + i, sizeof(word));
		del = word ^ ones * 0x7f;
		if (((word - ones * 0x20) & ~word & high) || ((del - ones) & ~del & high))
			break;
	}
	for (; i < s.n; i++)
		if (is_control(s.p[i]))
			return true;
	return false;
}

/* 64 octets at a time: text is looked at as a whole, and most of it has none. */
bool span_has_8bit(struct span s)
{
	uint64_t words[8], all;
	size_t i = 0;

	for (; s.n - i >= sizeof(words); i += sizeof(words)) {
		memcpy(words, s.p + i, sizeof(words));
		all = words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7];
		if (all & UINT64_C(0x8080808080808080))
			return true;
	}
	for (; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return true;
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span span_cut(struct span *rest, char sep)
{
	size_t i = span_find(*rest, sep);
	struct span head = span_of(rest->p, i);

	*rest = span_from(*rest, i + 1);
	return head;
}

struct span span_word(struct span *rest)
{
	struct span s = *rest;
	size_t n = 0;

	while (s.n && is_blank(s.p[0]))
		s.p++, s.n--;
	while (n < s.n && !is_blank(s.p[n]))
		n++;
	*rest = span_from(s, n);
	return span_of(s.p, n);
}

struct span span_list_word(struct span *rest)
{
	struct span s = *rest;
	size_t n = 0;

	while (s.n && (is_blank(s.p[0]) || s.p[0] == ','))
		s.p++, s.n--;
	while (n < s.n && !is_blank(s.p[n]) && s.p[n] != ',')
		n++;
	*rest = span_from(s, n);
	return span_of(s.p, n);
}

bool span_list_has(struct span list, struct span word)
{
	struct span each;

	while ((each = span_list_word(&list)).n)
		if (span_is_nocase(each, word))
			return true;
	return false;
}

int span_number(struct span s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return -1;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = (unsigned char)s.p[i] - (unsigned)'0';

		if (d > 9 || d > max || v > (max - d) / 10)
			return -1;
		v = v * 10 + d;
	}
	*out = v;
	return 0;
}
