/* SPDX-License-Identifier: ISC */
/*
 * search - what SEARCH looks for.
 *
 * Reading goes along one list of keys: the one that is open (a list in brackets, an OR that lacks keys) is known by its
 * place, and where it ends its parent is open again.
 */
#include "imap/search.h"

#include <string.h>

#include "imap/source.h"
#include "message/charset.h"
#include "store/keywords.h"

enum {
	ROOM_MIN = 8,
	CONVERTED_MAX = 1 << 20, /* octets of a string in UTF-8 */
};

/* While a program is read. */
struct reader {
	struct imap_parse *p;
	struct search *out;
	const char *charset; /* NULL: UTF-8 */
	uint32_t open;	     /* the key that takes others */
	bool negate;	     /* an odd number of NOTs stands in front of the next */
};

typedef int take_fn(struct reader *r, struct search_key *key);

enum search_cost search_cost(enum search_kind kind)
{
	if (kind >= SEARCH_HEADER)
		return SEARCH_MESSAGE;
	if (kind >= SEARCH_SENT)
		return SEARCH_ENVELOPE;
	return kind >= SEARCH_SIZE ? SEARCH_STATUS : SEARCH_INDEX;
}

/* ---- arguments ---- */

/* A string, in UTF-8 then. */
static int take_string(struct reader *r, struct span *out)
{
	struct buf text;

	if (imap_parse_sp(r->p) < 0 || imap_parse_astring(r->p, out) < 0)
		return -1;
	if (!r->charset)
		return 0;
	buf_init(&text, CONVERTED_MAX);
	charset_put(&text, span_str(r->charset), *out, 0, NULL);
	*out = span_of(arena_span(r->p->arena, buf_span(&text)), text.n);
	buf_clear(&text);
	return 0;
}

static int take_needle(struct reader *r, struct search_key *key)
{
	struct span text;

	if (take_string(r, &text) < 0)
		return -1;
	needle_init(&key->text.needle, r->p->arena, text);
	return 0;
}

static int take_body(struct reader *r, struct search_key *key)
{
	size_t *n = key->kind == SEARCH_BODY ? &r->out->bodies : &r->out->texts;

	if (*n == SEARCH_TEXTS_MAX)
		return imap_parse_fail(r->p, "Too many keys are BODY or TEXT");
	key->text.index = (*n)++;
	return take_needle(r, key);
}

/* What is kept beside the mailbox need not be read from the message. */
static int take_header(struct reader *r, struct search_key *key)
{
	if (imap_parse_sp(r->p) < 0 || imap_parse_astring(r->p, &key->text.name) < 0)
		return -1;
	key->text.field = fields_named(key->text.name);
	if (key->text.field != FIELDS)
		key->kind = SEARCH_FIELD;
	else if (imap_source_keeps(key->text.name))
		key->kind = SEARCH_KEPT;
	return take_needle(r, key);
}

static int take_keyword(struct reader *r, struct search_key *key)
{
	if (imap_parse_sp(r->p) < 0 || imap_parse_atom(r->p, &key->keyword) < 0)
		return -1;
	return 0;
}

static int take_id(struct reader *r, struct search_key *key)
{
	if (imap_parse_sp(r->p) < 0 || imap_parse_astring(r->p, &key->id) < 0)
		return -1;
	return 0;
}

static int take_day(struct reader *r, int64_t *day)
{
	return imap_parse_sp(r->p) < 0 ? -1 : imap_parse_date(r->p, day);
}

static int take_before(struct reader *r, struct search_key *key)
{
	key->days.first = INT64_MIN;
	return take_day(r, &key->days.end);
}

static int take_on(struct reader *r, struct search_key *key)
{
	if (take_day(r, &key->days.first) < 0)
		return -1;
	key->days.end = key->days.first + 1;
	return 0;
}

static int take_since(struct reader *r, struct search_key *key)
{
	key->days.end = INT64_MAX;
	return take_day(r, &key->days.first);
}

static int take_larger(struct reader *r, struct search_key *key)
{
	if (imap_parse_sp(r->p) < 0 || imap_parse_number64(r->p, &key->size.least) < 0)
		return -1;
	key->size.least++;
	key->size.most = UINT64_MAX;
	return 0;
}

/* Of 0 octets nothing is smaller. */
static int take_smaller(struct reader *r, struct search_key *key)
{
	if (imap_parse_sp(r->p) < 0 || imap_parse_number64(r->p, &key->size.most) < 0)
		return -1;
	key->size.least = key->size.most == 0;
	key->size.most -= key->size.most > 0;
	return 0;
}

static int take_seconds(struct reader *r, struct search_key *key)
{
	return imap_parse_sp(r->p) < 0 ? -1 : imap_parse_nz_number(r->p, &key->age.seconds);
}

static int take_older(struct reader *r, struct search_key *key)
{
	key->age.older = true;
	return take_seconds(r, key);
}

static int take_set(struct reader *r, struct search_key *key)
{
	if (imap_parse_seqset(r->p, &key->set) < 0)
		return -1;
	r->out->has_numbers |= key->kind == SEARCH_NUMBERS || key->set.is_saved;
	return 0;
}

static int take_uids(struct reader *r, struct search_key *key)
{
	return imap_parse_sp(r->p) < 0 ? -1 : take_set(r, key);
}

/* RFC 7162 3.1.5: [entry-name SP entry-type SP] mod-sequence. There is one value for all of a message. */
static int take_modseq(struct reader *r, struct search_key *key)
{
	struct span entry;

	r->out->has_modseq = true;
	if (imap_parse_sp(r->p) < 0)
		return -1;
	if (imap_parse_is(r->p, '"')) {
		if (imap_parse_string(r->p, &entry) < 0 || imap_parse_sp(r->p) < 0)
			return -1;
		if (!imap_parse_take_word(r->p, "all") && !imap_parse_take_word(r->p, "priv") &&
		    !imap_parse_take_word(r->p, "shared"))
			return imap_parse_fail(r->p, "Expected all, priv or shared");
		if (imap_parse_sp(r->p) < 0)
			return -1;
	}
	return imap_parse_number64(r->p, &key->modseq);
}

/* ---- keys ---- */

static const struct key_row {
	char name[20];
	enum search_kind kind;
	take_fn *take;	     /* NULL: it has no argument */
	uint32_t set, clear; /* of SEARCH_FLAGS */
	int recent;
	enum field field; /* of SEARCH_FIELD */
	bool negate;
} rows[] = {
	{ "ALL", .kind = SEARCH_FLAGS },
	{ "ANSWERED", .kind = SEARCH_FLAGS, .set = MSGNAME_ANSWERED },
	{ "BCC", .kind = SEARCH_FIELD, .take = take_needle, .field = FIELD_BCC },
	{ "BEFORE", .kind = SEARCH_ARRIVED, .take = take_before },
	{ "BODY", .kind = SEARCH_BODY, .take = take_body },
	{ "CC", .kind = SEARCH_FIELD, .take = take_needle, .field = FIELD_CC },
	{ "DELETED", .kind = SEARCH_FLAGS, .set = MSGNAME_DELETED },
	{ "DRAFT", .kind = SEARCH_FLAGS, .set = MSGNAME_DRAFT },
	{ "FLAGGED", .kind = SEARCH_FLAGS, .set = MSGNAME_FLAGGED },
	{ "FROM", .kind = SEARCH_FIELD, .take = take_needle, .field = FIELD_FROM },
	{ "HEADER", .kind = SEARCH_HEADER, .take = take_header },
	{ "KEYWORD", .kind = SEARCH_KEYWORD, .take = take_keyword },
	{ "LARGER", .kind = SEARCH_SIZE, .take = take_larger },
	{ "ON", .kind = SEARCH_ARRIVED, .take = take_on },
	{ "SEEN", .kind = SEARCH_FLAGS, .set = MSGNAME_SEEN },
	{ "SENTBEFORE", .kind = SEARCH_SENT, .take = take_before },
	{ "SENTON", .kind = SEARCH_SENT, .take = take_on },
	{ "SENTSINCE", .kind = SEARCH_SENT, .take = take_since },
	{ "SINCE", .kind = SEARCH_ARRIVED, .take = take_since },
	{ "SMALLER", .kind = SEARCH_SIZE, .take = take_smaller },
	{ "SUBJECT", .kind = SEARCH_FIELD, .take = take_needle, .field = FIELD_SUBJECT },
	{ "TEXT", .kind = SEARCH_TEXT, .take = take_body },
	{ "TO", .kind = SEARCH_FIELD, .take = take_needle, .field = FIELD_TO },
	{ "UID", .kind = SEARCH_UIDS, .take = take_uids },
	{ "UNANSWERED", .kind = SEARCH_FLAGS, .clear = MSGNAME_ANSWERED },
	{ "UNDELETED", .kind = SEARCH_FLAGS, .clear = MSGNAME_DELETED },
	{ "UNDRAFT", .kind = SEARCH_FLAGS, .clear = MSGNAME_DRAFT },
	{ "UNFLAGGED", .kind = SEARCH_FLAGS, .clear = MSGNAME_FLAGGED },
	{ "UNKEYWORD", .kind = SEARCH_KEYWORD, .take = take_keyword, .negate = true },
	{ "UNSEEN", .kind = SEARCH_FLAGS, .clear = MSGNAME_SEEN },
	/* RFC 3501 6.4.4 */
	{ "NEW", .kind = SEARCH_FLAGS, .clear = MSGNAME_SEEN, .recent = 1 },
	{ "OLD", .kind = SEARCH_FLAGS, .recent = -1 },
	{ "RECENT", .kind = SEARCH_FLAGS, .recent = 1 },
	/* RFC 5032 */
	{ "OLDER", .kind = SEARCH_AGE, .take = take_older },
	{ "YOUNGER", .kind = SEARCH_AGE, .take = take_seconds },
	/* RFC 7162 */
	{ "MODSEQ", .kind = SEARCH_MODSEQ, .take = take_modseq },
	/* RFC 8514 */
	{ "SAVEDATESUPPORTED", .kind = SEARCH_FLAGS },
	{ "SAVEDBEFORE", .kind = SEARCH_SAVED, .take = take_before },
	{ "SAVEDON", .kind = SEARCH_SAVED, .take = take_on },
	{ "SAVEDSINCE", .kind = SEARCH_SAVED, .take = take_since },
	/* RFC 8474 */
	{ "EMAILID", .kind = SEARCH_EMAILID, .take = take_id },
	{ "THREADID", .kind = SEARCH_THREADID, .take = take_id },
};

static const struct key_row set_row = { "", .kind = SEARCH_NUMBERS, .take = take_set };

static const struct key_row *take_row(struct imap_parse *p)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (imap_parse_take_word(p, rows[i].name))
			return &rows[i];
	if (p->p < p->end && ((*p->p >= '1' && *p->p <= '9') || *p->p == '*' || *p->p == '$'))
		return &set_row;
	return NULL;
}

static struct search_key key_of(const struct key_row *row)
{
	struct search_key key = { .kind = row->kind, .negate = row->negate };

	if (row->kind == SEARCH_FLAGS) {
		key.flags.set = row->set;
		key.flags.clear = row->clear;
		key.flags.recent = (int8_t)row->recent;
	} else if (row->kind == SEARCH_FIELD) {
		key.text.field = row->field;
	}
	return key;
}

static struct search_key *add_key(struct reader *r, struct search_key key)
{
	struct search *out = r->out;

	if (out->n == SEARCH_KEYS_MAX) {
		imap_parse_fail(r->p, "Too many search keys");
		return NULL;
	}
	if (out->n == out->room) {
		struct search_key *old = out->v;

		out->room = out->room ? 2 * out->room : ROOM_MIN;
		out->v = arena_alloc(r->p->arena, out->room * sizeof(*out->v));
		if (out->n > 0)
			memcpy(out->v, old, out->n * sizeof(*old));
	}
	key.parent = r->open;
	key.negate ^= r->negate;
	r->negate = false;
	out->v[out->n] = key;
	return &out->v[out->n++];
}

/* A key that takes others, from here on. */
static int open_key(struct reader *r, enum search_kind kind, uint32_t left)
{
	struct search_key *key = add_key(r, (struct search_key){ .kind = kind, .left = left });

	if (!key)
		return -1;
	r->open = (uint32_t)(key - r->out->v);
	return 0;
}

static int take_leaf(struct reader *r)
{
	const struct key_row *row = take_row(r->p);
	struct search_key *key;

	if (!row)
		return imap_parse_fail(r->p, "Unknown search key");
	key = add_key(r, key_of(row));
	if (!key || (row->take && row->take(r, key) < 0))
		return -1;
	r->out->costs |= 1u << search_cost(key->kind);
	return 0;
}

/* A key is complete, and with it those that it was the last of: 1 if that was all, 0 if a key follows. */
static int close_keys(struct reader *r)
{
	for (;;) {
		struct search_key *open = &r->out->v[r->open];

		if (open->kind == SEARCH_OR) {
			if (--open->left > 0)
				return imap_parse_sp(r->p);
		} else if (r->open == 0) {
			return imap_parse_is_end(r->p) ? 1 : imap_parse_sp(r->p);
		} else if (!imap_parse_take(r->p, ')')) {
			return imap_parse_sp(r->p);
		}
		r->open = open->parent;
	}
}

static int take_keys(struct reader *r)
{
	int done = 0;

	while (done == 0) {
		while (imap_parse_take_word(r->p, "NOT")) {
			r->negate = !r->negate;
			if (imap_parse_sp(r->p) < 0)
				return -1;
		}
		if (imap_parse_take(r->p, '(')) {
			done = open_key(r, SEARCH_AND, 0);
		} else if (imap_parse_take_word(r->p, "OR")) {
			done = open_key(r, SEARCH_OR, 2) < 0 ? -1 : imap_parse_sp(r->p);
		} else {
			done = take_leaf(r) < 0 ? -1 : close_keys(r);
		}
	}
	return done;
}

/* 0; 1: it is not known. */
static int set_charset(struct reader *r, struct span name)
{
	r->charset = charset_name(name);
	if (!r->charset)
		return 1;
	if (strcmp(r->charset, "utf-8") == 0 || strcmp(r->charset, "us-ascii") == 0)
		r->charset = NULL;
	return 0;
}

int search_parse(struct imap_parse *p, unsigned how, struct span charset, struct search *out)
{
	struct reader r = { .p = p, .out = out };

	*out = (struct search){ .v = NULL };
	if (how & SEARCH_HAS_CHARSET) {
		if (set_charset(&r, charset) > 0)
			return 1;
	} else if (imap_parse_take_word(p, "CHARSET")) {
		if (how & SEARCH_NO_CHARSET)
			return imap_parse_fail(p, "There is no CHARSET after ENABLE UTF8=ACCEPT");
		if (imap_parse_sp(p) < 0 || imap_parse_astring(p, &charset) < 0)
			return -1;
		if (set_charset(&r, charset) > 0)
			return 1;
		if (imap_parse_sp(p) < 0)
			return -1;
	}
	if (open_key(&r, SEARCH_AND, 0) < 0 || take_keys(&r) < 0)
		return -1;
	return imap_parse_end(p);
}
