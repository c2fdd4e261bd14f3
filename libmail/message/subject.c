/* SPDX-License-Identifier: ISC */
/*
 * subject - the base subject of RFC 5256 2.1. The names are those of its grammar in section 5.
 */
#include "message/subject.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Step 1: every run of blanks becomes one. */
static struct span squeeze(struct arena *a, struct span text)
{
	char *to = arena_alloc(a, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (!is_blank(text.p[i]))
			to[n++] = text.p[i];
		else if (n > 0 && to[n - 1] != ' ')
			to[n++] = ' ';
	return span_of(to, n);
}

static struct span trim_front(struct span s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = span_from(s, 1);
	return s;
}

/* Octets of the subj-blob at the front, with the blanks behind it; 0: there is none. */
static size_t blob_length(struct span s)
{
	size_t n = 1;

	if (s.n == 0 || s.p[0] != '[')
		return 0;
	while (n < s.n && s.p[n] != '[' && s.p[n] != ']')
		n++;
	if (n == s.n || s.p[n] != ']')
		return 0;
	return s.n - trim_front(span_from(s, n + 1)).n;
}

/* Octets of the subj-refwd at the front. */
static size_t refwd_length(struct span s)
{
	static const struct span words[] = { SPAN_INIT("re"), SPAN_INIT("fwd"), SPAN_INIT("fw") };

	if (s.n == 0 || ((s.p[0] | 0x20) != 'r' && (s.p[0] | 0x20) != 'f'))
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct span rest;

		if (!span_starts_nocase(s, words[i]))
			continue;
		rest = trim_front(span_from(s, words[i].n));
		rest = span_from(rest, blob_length(rest));
		if (rest.n > 0 && rest.p[0] == ':')
			return s.n - rest.n + 1;
	}
	return 0;
}

/* Step 2: subj-trailer. */
static struct span trim_back(struct span s, bool *is_reply)
{
	for (;;) {
		while (s.n > 0 && s.p[s.n - 1] == ' ')
			s.n--;
		if (!span_ends_nocase(s, SPAN("(fwd)")))
			return s;
		s.n -= SPAN("(fwd)").n;
		*is_reply = true;
	}
}

/* Steps 3 to 5. Blobs that no subj-refwd follows are looked at once, and then taken away one by one. */
static struct span strip_front(struct span s, bool *is_reply)
{
	for (;;) {
		struct span rest = s = trim_front(s);
		size_t n;

		while ((n = blob_length(rest)) > 0)
			rest = span_from(rest, n);
		n = refwd_length(rest);
		if (n > 0) {
			s = span_from(rest, n);
			*is_reply = true;
			continue;
		}
		if (rest.n > 0)
			return rest;
		while ((n = blob_length(s)) > 0 && n < s.n)
			s = span_from(s, n);
		return s;
	}
}

struct span subject_base(struct arena *a, struct span text, bool *is_reply)
{
	struct span s = squeeze(a, text);
	bool marked = false;

	for (;;) {
		s = strip_front(trim_back(s, &marked), &marked);
		if (!span_starts_nocase(s, SPAN("[fwd:")) || s.p[s.n - 1] != ']')
			break;
		s = span_of(s.p + SPAN("[fwd:").n, s.n - SPAN("[fwd:]").n);
		marked = true;
	}
	if (is_reply)
		*is_reply = marked;
	return s;
}
