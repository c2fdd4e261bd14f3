/* SPDX-License-Identifier: ISC */
/*
 * sort - messages in the order that SORT asks for.
 *
 * What a key says of a message is worked out once, as a number or as octets that memcmp(3) can compare.
 */
#include "imap/sort.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct sort_value {
	int64_t number;
	const char *text; /* NULL: the number counts; else it is how many octets there are */
};

struct sort_item {
	const struct sort_keys *keys; /* qsort(3) has nothing else to hand down */
	const struct sort_value *values;
	uint32_t number;
	uint32_t place;
};

static const struct {
	const char *name;
	unsigned needs;
	enum field field;
} kinds[] = {
	[SORT_ARRIVAL] = { "ARRIVAL", SORT_NEEDS_ARRIVAL, FIELDS },
	[SORT_CC] = { "CC", SORT_NEEDS_FIELDS, FIELD_CC },
	[SORT_DATE] = { "DATE", SORT_NEEDS_SENT, FIELDS },
	[SORT_FROM] = { "FROM", SORT_NEEDS_FIELDS, FIELD_FROM },
	[SORT_SIZE] = { "SIZE", SORT_NEEDS_SIZE, FIELDS },
	[SORT_SUBJECT] = { "SUBJECT", SORT_NEEDS_FIELDS, FIELD_SUBJECT },
	[SORT_TO] = { "TO", SORT_NEEDS_FIELDS, FIELD_TO },
	[SORT_DISPLAYFROM] = { "DISPLAYFROM", SORT_NEEDS_FIELDS, FIELD_FROM },
	[SORT_DISPLAYTO] = { "DISPLAYTO", SORT_NEEDS_FIELDS, FIELD_TO },
};

static int parse_key(struct imap_parse *p, struct sort_key *out)
{
	out->reverse = imap_parse_take_word(p, "REVERSE");
	if (out->reverse && imap_parse_sp(p) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (imap_parse_take_word(p, kinds[i].name)) {
			out->by = (enum sort_by)i;
			return 0;
		}
	return imap_parse_fail(p, "Unknown sort key");
}

int sort_parse(struct imap_parse *p, struct sort_keys *out)
{
	out->n = 0;
	if (imap_parse_open(p) < 0)
		return -1;
	do {
		if (out->n == SORT_KEYS_MAX)
			return imap_parse_fail(p, "Too many sort keys");
		if ((out->n > 0 && imap_parse_sp(p) < 0) || parse_key(p, &out->v[out->n]) < 0)
			return -1;
		out->n++;
	} while (!imap_parse_is(p, ')'));
	return imap_parse_close(p);
}

unsigned sort_needs(const struct sort_keys *keys)
{
	unsigned needs = 0;

	for (size_t i = 0; i < keys->n; i++)
		needs |= kinds[keys->v[i].by].needs;
	return needs;
}

void sort_init(struct sort *s, const struct sort_keys *keys, struct arena *a, size_t room)
{
	*s = (struct sort){ .keys = keys, .arena = a, .room = room };
	s->items = arena_alloc(a, room * sizeof(s->items[0]));
	buf_init(&s->text, FIELDS_TEXT_MAX);
	buf_init(&s->mapped, FIELDS_MAPPED_MAX);
}

void sort_clear(struct sort *s)
{
	arena_clear(&s->scratch);
	buf_clear(&s->text);
	buf_clear(&s->mapped);
}

/* The beginning of what is in s->mapped. */
static struct sort_value keep_text(struct sort *s)
{
	size_t n = s->mapped.n < SORT_TEXT_MAX ? s->mapped.n : SORT_TEXT_MAX;

	return (struct sort_value){ (int64_t)n, arena_span(s->arena, span_of(s->mapped.p, n)) };
}

static struct sort_value value_of(struct sort *s, enum sort_by by, const struct sort_facts *facts)
{
	struct span body;

	switch (by) {
	case SORT_ARRIVAL:
		return (struct sort_value){ facts->arrival, NULL };
	case SORT_SIZE:
		return (struct sort_value){ (int64_t)facts->size, NULL };
	case SORT_DATE:
		return (struct sort_value){ facts->sent, NULL };
	default:
		break;
	}
	body = facts->fields->body[kinds[by].field];
	buf_reset(&s->text);
	buf_reset(&s->mapped);
	if (by == SORT_SUBJECT) {
		fields_put_base_subject(&s->mapped, &s->scratch, body, NULL);
	} else {
		fields_put_address(&s->text, &s->scratch, body, by == SORT_DISPLAYFROM || by == SORT_DISPLAYTO);
		casemap_put(&s->mapped, buf_span(&s->text));
	}
	return keep_text(s);
}

void sort_add(struct sort *s, uint32_t number, const struct sort_facts *facts)
{
	struct sort_value *values = arena_alloc(s->arena, s->keys->n * sizeof(*values));

	assert(s->n < s->room);
	for (size_t i = 0; i < s->keys->n; i++)
		values[i] = value_of(s, s->keys->v[i].by, facts);
	arena_reset(&s->scratch);
	s->items[s->n] = (struct sort_item){ s->keys, values, number, (uint32_t)s->n };
	s->n++;
}

static int compare_values(const struct sort_value *a, const struct sort_value *b)
{
	if (a->text) {
		int64_t n = a->number < b->number ? a->number : b->number;
		int order = memcmp(a->text, b->text, (size_t)n);

		if (order != 0)
			return order;
	}
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_items(const void *a, const void *b)
{
	const struct sort_item *x = a, *y = b;

	for (size_t i = 0; i < x->keys->n; i++) {
		int order = compare_values(&x->values[i], &y->values[i]);

		if (order != 0)
			return x->keys->v[i].reverse ? -order : order;
	}
	return x->place < y->place ? -1 : x->place > y->place;
}

void sort_run(struct sort *s)
{
	s->number = arena_alloc(s->arena, s->n * sizeof(s->number[0]));
	if (s->n > 0)
		qsort(s->items, s->n, sizeof(s->items[0]), compare_items);
	for (size_t i = 0; i < s->n; i++)
		s->number[i] = s->items[i].number;
	sort_clear(s);
}
