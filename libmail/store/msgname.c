/* SPDX-License-Identifier: ISC */
/*
 * msgname - the file name of a message in a Maildir.
 */
#include "store/msgname.h"

#include <stdbool.h>
#include <string.h>

enum { FIELD = 3 /* octets of ":2," */ };

static const struct {
	char letter;
	uint32_t bit;
} letters[] = {
	{ 'D', MSGNAME_DRAFT },	   { 'F', MSGNAME_FLAGGED }, { 'P', MSGNAME_PASSED },
	{ 'R', MSGNAME_ANSWERED }, { 'S', MSGNAME_SEEN },    { 'T', MSGNAME_DELETED },
};

enum { LETTERS = sizeof(letters) / sizeof(letters[0]) };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct span msgname_base(struct span name)
{
	return span_of(name.p, span_find(name, ':'));
}

static uint32_t bit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return UINT32_C(1) << (c - 'a');
	for (size_t i = 0; i < LETTERS; i++)
		if (letters[i].letter == c)
			return letters[i].bit;
	return 0;
}

/* What follows ":2,", empty if that is not there. */
static struct span flags_of(struct span name, struct span base)
{
	struct span info = span_from(name, base.n);

	return span_starts(info, SPAN(":2,")) ? span_from(info, FIELD) : span_of(NULL, 0);
}

/* The number behind ",X=". */
static uint64_t number_of(struct span base, char key)
{
	struct span rest = base, field;
	uint64_t number;

	span_cut(&rest, ',');
	while (rest.n > 0) {
		field = span_cut(&rest, ',');
		if (field.n >= 2 && field.p[0] == key && field.p[1] == '=')
			return span_number(span_from(field, 2), INT64_MAX, &number) == 0 ? number : MSGNAME_UNKNOWN;
	}
	return MSGNAME_UNKNOWN;
}

void msgname_parse(struct span name, struct msgname *out)
{
	struct span flags;
	const char *comma;

	out->base = msgname_base(name);
	flags = flags_of(name, out->base);
	out->flags = 0;
	for (size_t i = 0; i < flags.n && flags.p[i] != ','; i++)
		out->flags |= bit_of(flags.p[i]);
	comma = out->base.n ? memchr(out->base.p, ',', out->base.n) : NULL;
	if (!comma) {
		out->size = out->virtual = MSGNAME_UNKNOWN;
		return;
	}
	out->size = number_of(out->base, 'S');
	out->virtual = number_of(out->base, 'W');
}

/* All letters of these flags, sorted; `out` has room for 32. */
static size_t put_letters(char *out, uint32_t flags)
{
	size_t n = 0;

	for (size_t i = 0; i < LETTERS; i++)
		if (flags & letters[i].bit)
			out[n++] = letters[i].letter;
	for (int i = 0; i < MSGNAME_KEYWORDS; i++)
		if (flags & (UINT32_C(1) << i))
			out[n++] = (char)('a' + i);
	return n;
}

int msgname_set_flags(char out[NAME_MAX + 1], struct span name, uint32_t flags)
{
	struct span base = msgname_base(name), old = flags_of(name, base);
	char ours[32];
	size_t left = put_letters(ours, flags), i = 0, n = base.n + FIELD;

	if (n + left + old.n > NAME_MAX)
		return -1;
	memcpy(out, base.p, base.n);
	memcpy(out + base.n, ":2,", FIELD);
	/* Merged with the unknown letters, which are in order too if anybody's are. */
	for (size_t k = 0; k < old.n && old.p[k] != ','; k++) {
		if (bit_of(old.p[k]))
			continue;
		while (i < left && (unsigned char)ours[i] < (unsigned char)old.p[k])
			out[n++] = ours[i++];
		out[n++] = old.p[k];
	}
	while (i < left)
		out[n++] = ours[i++];
	for (size_t k = span_find(old, ','); k < old.n; k++)
		out[n++] = old.p[k];
	out[n] = '\0';
	return 0;
}

/* The number at the front, cut off; too large ones stay at the largest. */
static uint64_t take_number(struct span *s)
{
	uint64_t value = 0;

	while (s->n > 0 && is_digit(s->p[0])) {
		value = value > INT64_MAX / 10 - 1 ? value : value * 10 + (uint64_t)(s->p[0] - '0');
		*s = span_from(*s, 1);
	}
	return value;
}

static uint64_t find_microseconds(struct span rest)
{
	size_t end;

	if (rest.n == 0 || rest.p[0] != '.')
		return MSGNAME_UNKNOWN;
	rest = span_from(rest, 1);
	end = span_find(rest, '.');
	rest.n = end;
	end = span_find(rest, 'M');
	if (end == rest.n)
		return MSGNAME_UNKNOWN;
	rest = span_from(rest, end + 1);
	return take_number(&rest);
}

struct msgname_order msgname_order(const char *name)
{
	struct msgname_order o = { .name = name };
	struct span rest = span_str(name);

	o.seconds = take_number(&rest);
	o.microseconds = find_microseconds(rest);
	return o;
}

static const char *behind_seconds(const char *name)
{
	while (is_digit(*name))
		name++;
	return name;
}

int msgname_compare(const struct msgname_order *a, const struct msgname_order *b)
{
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	if (a->microseconds != b->microseconds && a->microseconds != MSGNAME_UNKNOWN &&
	    b->microseconds != MSGNAME_UNKNOWN)
		return a->microseconds < b->microseconds ? -1 : 1;
	return strcmp(behind_seconds(a->name), behind_seconds(b->name));
}
