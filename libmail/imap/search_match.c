/* SPDX-License-Identifier: ISC */
/*
 * search_match - does a message fit a search program?
 *
 * The value of a key is no, unknown or yes, as numbers: AND is the least of its keys, OR the largest, NOT the other
 * end. As keys stand behind the one that holds them, one pass from the end settles all, and one from the front tells
 * which still matter.
 */
#include "imap/search_match.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "imap/objectid.h"
#include "message/casemap.h"
#include "message/header.h"

enum { NO, UNKNOWN, YES };
enum { IN_BODY, IN_TEXT };
enum { DAY = 86400 };

struct search_bound {
	uint32_t bits;	   /* of a keyword */
	struct seqset set; /* resolved */
};

/* ---- what a program is in a mailbox ---- */

static void copy_set(struct arena *a, const struct seqset *from, struct seqset *to)
{
	*to = (struct seqset){ .n = from->n, .room = from->n };
	to->v = arena_alloc(a, from->n * sizeof(*to->v));
	if (from->n > 0)
		memcpy(to->v, from->v, from->n * sizeof(*to->v));
}

static void bind_set(struct search_match *m, struct arena *a, const struct search_key *key, struct seqset *set)
{
	const struct cache *view = &m->place.box->view;
	uint32_t last = key->kind == SEARCH_NUMBERS ? (uint32_t)view->n : view->n ? view->uid[view->n - 1] : 0;

	if (key->set.is_saved) {
		*set = *m->place.saved;
		return;
	}
	copy_set(a, &key->set, set);
	seqset_resolve(set, last);
}

void search_match_renew(struct search_match *m, struct arena *a)
{
	for (size_t i = 0; i < m->program->n; i++) {
		const struct search_key *key = &m->program->v[i];
		int letter;

		if (key->kind == SEARCH_NUMBERS || key->kind == SEARCH_UIDS)
			bind_set(m, a, key, &m->bound[i].set);
		if (key->kind != SEARCH_KEYWORD)
			continue;
		letter = keywords_find(&m->place.box->keywords, key->keyword);
		m->bound[i].bits = letter < 0 ? 0 : UINT32_C(1) << letter;
	}
}

static void gather_needles(struct search_match *m, struct arena *a)
{
	const size_t n[2] = { m->program->bodies, m->program->texts };

	for (int kind = IN_BODY; kind <= IN_TEXT; kind++) {
		m->needles[kind] = arena_alloc(a, n[kind] * sizeof(struct needle));
		m->found[kind] = arena_alloc(a, n[kind] * sizeof(bool));
	}
	for (size_t i = 0; i < m->program->n; i++) {
		const struct search_key *key = &m->program->v[i];

		if (key->kind >= SEARCH_BODY)
			m->needles[key->kind - SEARCH_BODY][key->text.index] = key->text.needle;
	}
}

void search_match_init(struct search_match *m, struct arena *a, const struct search *program,
		       const struct search_place *place)
{
	*m = (struct search_match){ .program = program, .place = *place };
	m->bound = arena_alloc(a, program->n * sizeof(m->bound[0]));
	m->value = arena_alloc(a, program->n);
	m->live = arena_alloc(a, program->n * sizeof(bool));
	buf_init(&m->decoded, MIME_HEADER_MAX * 4);
	buf_init(&m->mapped, (size_t)CASEMAP_GROWTH * MIME_HEADER_MAX * 4 + CASEMAP_ROOM);
	buf_init(&m->id, IMAP_OBJECTID_ROOM);
	gather_needles(m, a);
	search_match_renew(m, a);
}

void search_match_clear(struct search_match *m)
{
	if (m->text)
		search_text_clear(m->text);
	free(m->text);
	m->text = NULL;
	arena_clear(&m->scratch);
	buf_clear(&m->decoded);
	buf_clear(&m->mapped);
	buf_clear(&m->id);
}

/* ---- keys that the view answers ---- */

static bool has_flags(const struct search_match *m, const struct search_key *key)
{
	const struct cache *view = &m->place.box->view;
	uint32_t flags = view->flags[m->i];
	bool recent = m->place.recent && seqset_has(m->place.recent, view->uid[m->i]);

	return (flags & key->flags.set) == key->flags.set && !(flags & key->flags.clear) &&
	       (key->flags.recent == 0 || recent == (key->flags.recent > 0));
}

static bool is_in_set(const struct search_match *m, const struct search_key *key, const struct seqset *set)
{
	bool by_number = key->kind == SEARCH_NUMBERS && !key->set.is_saved;

	return seqset_has(set, by_number ? (uint32_t)m->i + 1 : m->place.box->view.uid[m->i]);
}

static bool match_index(const struct search_match *m, const struct search_key *key, const struct search_bound *bound)
{
	switch (key->kind) {
	case SEARCH_KEYWORD:
		return (m->place.box->view.flags[m->i] & bound->bits) != 0;
	case SEARCH_NUMBERS:
	case SEARCH_UIDS:
		return is_in_set(m, key, &bound->set);
	case SEARCH_MODSEQ:
		return modseq_of(m->place.modseq, m->place.box, m->i) >= key->modseq;
	default:
		return has_flags(m, key);
	}
}

/* ---- keys about when and how large: 1, 0, -1 ---- */

static bool is_day(const struct search_key *key, int64_t day)
{
	return day >= key->days.first && day < key->days.end;
}

/* Days are those of this machine's zone, as in INTERNALDATE. */
static bool is_on_day(const struct search_key *key, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!localtime_r(&t, &tm))
		return false;
	when += tm.tm_gmtoff;
	return is_day(key, when >= 0 ? when / DAY : -((DAY - 1 - when) / DAY));
}

static bool is_of_age(const struct search_match *m, const struct search_key *key, int64_t when)
{
	int64_t age = m->place.now - when;

	return key->age.older ? age >= key->age.seconds : age <= key->age.seconds;
}

static int match_id(struct search_match *m, const struct search_key *key, struct fault *f)
{
	buf_reset(&m->id);
	if ((key->kind == SEARCH_EMAILID ? imap_objectid_email : imap_objectid_thread)(m->place.source, &m->id, f) < 0)
		return -1;
	return span_is(buf_span(&m->id), key->id);
}

static int match_status(struct search_match *m, const struct search_key *key, struct fault *f)
{
	uint64_t size;
	int64_t when;

	switch (key->kind) {
	case SEARCH_SIZE:
		if (imap_source_size(m->place.source, &size, f) < 0)
			return -1;
		return size >= key->size.least && size <= key->size.most;
	case SEARCH_ARRIVED:
	case SEARCH_AGE:
		if (imap_source_date(m->place.source, &when, f) < 0)
			return -1;
		return key->kind == SEARCH_AGE ? is_of_age(m, key, when) : is_on_day(key, when);
	case SEARCH_SAVED:
		return imap_source_saved(m->place.source, &when, f) < 0 ? -1 : is_on_day(key, when);
	default:
		return match_id(m, key, f);
	}
}

/* ---- keys about fields ---- */

/* Is the needle in the field, as people read it? */
static bool is_in_field(struct search_match *m, const struct needle *needle, struct span body)
{
	struct span text;

	buf_reset(&m->decoded);
	fields_put_text(&m->decoded, &m->scratch, body);
	text = buf_span(&m->decoded);
	if (span_has_8bit(text)) {
		buf_reset(&m->mapped);
		casemap_put(&m->mapped, text);
		text = buf_span(&m->mapped);
	}
	arena_reset(&m->scratch);
	return needle_is_in(needle, text);
}

/* In any field with that name. */
static bool is_in_header(struct search_match *m, const struct search_key *key, struct span header)
{
	struct header_field field;
	int more;

	while ((more = header_next(&header, &field)) != 0)
		if (more < 0)
			span_cut(&header, '\n');
		else if (span_is_nocase(field.name, key->text.name) && is_in_field(m, &key->text.needle, field.body))
			return true;
	return false;
}

static int load_fields(struct search_match *m, struct span *header, struct fault *f)
{
	if (imap_source_fields(m->place.source, header, f) < 0)
		return -1;
	if (!m->has_fields)
		fields_find(*header, &m->fields);
	m->has_fields = true;
	return 0;
}

static int match_envelope(struct search_match *m, const struct search_key *key, struct fault *f)
{
	struct span header;
	int64_t when, day;

	if (key->kind == SEARCH_THREADID)
		return match_id(m, key, f);
	if (load_fields(m, &header, f) < 0)
		return -1;
	if (key->kind == SEARCH_KEPT)
		return is_in_header(m, key, header);
	if (key->kind == SEARCH_FIELD) {
		struct span body = m->fields.body[key->text.field];

		return body.p && is_in_field(m, &key->text.needle, body);
	}
	return fields_date(&m->fields, &when, &day) && is_day(key, day);
}

/* ---- keys about all of the message ---- */

static int read_texts(struct search_match *m, struct fault *f)
{
	struct imap_source *source = m->place.source;
	uint64_t at = 0, end;
	bool more = true;
	struct span piece;

	if (!m->text) {
		m->text = arena_heap(sizeof(*m->text));
		search_text_init(m->text, m->needles[IN_TEXT], m->program->texts, m->found[IN_TEXT],
				 m->needles[IN_BODY], m->program->bodies, m->found[IN_BODY]);
	}
	search_text_begin(m->text);
	if (imap_source_open(source, f) < 0)
		return -1;
	end = (uint64_t)source->st.st_size;
	for (; more && at < end; at += piece.n) {
		if (imap_source_read(source, at, SEARCH_TEXT_PIECE, &piece, f) < 0)
			return -1;
		more = search_text_feed(m->text, piece);
	}
	if (more)
		search_text_end(m->text);
	return 0;
}

static int match_message(struct search_match *m, const struct search_key *key, bool *has_read, struct fault *f)
{
	struct span header;

	if (key->kind == SEARCH_HEADER) {
		if (imap_source_header(m->place.source, &header, f) < 0)
			return -1;
		return is_in_header(m, key, header);
	}
	if (!*has_read && read_texts(m, f) < 0)
		return -1;
	*has_read = true;
	return m->found[key->kind - SEARCH_BODY][key->text.index];
}

/* ---- all of it ---- */

static bool holds_keys(const struct search_key *key)
{
	return key->kind <= SEARCH_OR;
}

/* The value of each key that holds others, from theirs. Returns that of the whole. */
static uint8_t settle(struct search_match *m)
{
	const struct search_key *v = m->program->v;

	for (size_t i = 0; i < m->program->n; i++)
		if (holds_keys(&v[i]))
			m->value[i] = v[i].kind == SEARCH_AND ? YES : NO;
	for (size_t i = m->program->n - 1; i > 0; i--) {
		uint8_t *parent = &m->value[v[i].parent];

		if (holds_keys(&v[i]) && v[i].negate)
			m->value[i] = YES - m->value[i];
		if ((m->value[i] < *parent) == (v[v[i].parent].kind == SEARCH_AND))
			*parent = m->value[i];
	}
	return m->value[0];
}

static int ask(struct search_match *m, size_t i, enum search_cost cost, bool *has_read, struct fault *f)
{
	const struct search_key *key = &m->program->v[i];

	switch (cost) {
	case SEARCH_INDEX:
		return match_index(m, key, &m->bound[i]);
	case SEARCH_STATUS:
		return match_status(m, key, f);
	case SEARCH_ENVELOPE:
		return match_envelope(m, key, f);
	default:
		return match_message(m, key, has_read, f);
	}
}

/* Ask the keys with this cost that can still decide. */
static int ask_all(struct search_match *m, enum search_cost cost, struct fault *f)
{
	const struct search_key *v = m->program->v;
	bool has_read = false;

	m->live[0] = true;
	for (size_t i = 1; i < m->program->n; i++) {
		int answer;

		m->live[i] = m->live[v[i].parent] && m->value[i] == UNKNOWN;
		if (!m->live[i] || holds_keys(&v[i]) || search_cost(v[i].kind) != cost)
			continue;
		answer = ask(m, i, cost, &has_read, f);
		if (answer < 0)
			return -1;
		m->value[i] = (answer > 0) != v[i].negate ? YES : NO;
	}
	return 0;
}

int search_match(struct search_match *m, size_t i, struct fault *f)
{
	uint8_t value = UNKNOWN;
	bool has_turned = false;

	m->i = i;
	m->has_fields = false;
	memset(m->value, UNKNOWN, m->program->n);
	for (int cost = SEARCH_INDEX; cost < SEARCH_COSTS && value == UNKNOWN; cost++) {
		if (!(m->program->costs & 1u << cost))
			continue;
		if (cost > SEARCH_INDEX && !has_turned)
			imap_source_turn(m->place.source, i);
		has_turned = cost > SEARCH_INDEX;
		if (ask_all(m, (enum search_cost)cost, f) < 0)
			return errno == ENOENT ? 0 : -1;
		value = settle(m);
	}
	return value == YES;
}
