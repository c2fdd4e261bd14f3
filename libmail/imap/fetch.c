/* SPDX-License-Identifier: ISC */
/*
 * fetch - what a FETCH command asks for.
 */
#include "imap/fetch.h"

#include <string.h>

/* How what follows the name is read. */
enum form { ALONE, SECTION, BINARY, BINARY_SIZE, PREVIEW };

static const struct row {
	const char *word; /* of the command; "[" follows where it takes a section */
	const char *name; /* of the answer, if it is not the same */
	enum imap_fetch_what what;
	enum form form;
	enum imap_section_what section; /* of RFC822 and its like */
	bool reads;
} rows[] = {
	{ "UID", NULL, IMAP_FETCH_UID, ALONE, 0, false },
	{ "FLAGS", NULL, IMAP_FETCH_FLAGS, ALONE, 0, false },
	{ "MODSEQ", NULL, IMAP_FETCH_MODSEQ, ALONE, 0, false },
	{ "INTERNALDATE", NULL, IMAP_FETCH_INTERNALDATE, ALONE, 0, false },
	{ "SAVEDATE", NULL, IMAP_FETCH_SAVEDATE, ALONE, 0, false },
	{ "EMAILID", NULL, IMAP_FETCH_EMAILID, ALONE, 0, false },
	{ "THREADID", NULL, IMAP_FETCH_THREADID, ALONE, 0, false },
	{ "PREVIEW", NULL, IMAP_FETCH_PREVIEW, PREVIEW, 0, false },
	{ "ENVELOPE", NULL, IMAP_FETCH_ENVELOPE, ALONE, 0, false },
	{ "BODYSTRUCTURE", NULL, IMAP_FETCH_BODYSTRUCTURE, ALONE, 0, false },
	{ "BODY.PEEK", "BODY", IMAP_FETCH_SECTION, SECTION, 0, false },
	{ "BODY", NULL, IMAP_FETCH_SECTION, SECTION, 0, true },
	{ "BODY", NULL, IMAP_FETCH_BODY, ALONE, 0, false },
	{ "BINARY.PEEK", "BINARY", IMAP_FETCH_BINARY, BINARY, 0, false },
	{ "BINARY.SIZE", NULL, IMAP_FETCH_BINARY_SIZE, BINARY_SIZE, 0, false },
	{ "BINARY", NULL, IMAP_FETCH_BINARY, BINARY, 0, true },
	{ "RFC822.SIZE", NULL, IMAP_FETCH_SIZE, ALONE, 0, false },
	{ "RFC822.HEADER", NULL, IMAP_FETCH_SECTION, ALONE, IMAP_SECTION_HEADER, false },
	{ "RFC822.TEXT", NULL, IMAP_FETCH_SECTION, ALONE, IMAP_SECTION_TEXT, true },
	{ "RFC822", NULL, IMAP_FETCH_SECTION, ALONE, IMAP_SECTION_ALL, true },
};

static const struct {
	const char *name;
	enum imap_fetch_what items[5];
	size_t n;
} macros[] = {
	{ "ALL", { IMAP_FETCH_FLAGS, IMAP_FETCH_INTERNALDATE, IMAP_FETCH_SIZE, IMAP_FETCH_ENVELOPE }, 4 },
	{ "FAST", { IMAP_FETCH_FLAGS, IMAP_FETCH_INTERNALDATE, IMAP_FETCH_SIZE }, 3 },
	{ "FULL",
	  { IMAP_FETCH_FLAGS, IMAP_FETCH_INTERNALDATE, IMAP_FETCH_SIZE, IMAP_FETCH_ENVELOPE, IMAP_FETCH_BODY },
	  5 },
};

static const struct row *find_row(enum imap_fetch_what what)
{
	const struct row *row = rows;

	while (row->what != what)
		row++;
	return row;
}

static void make_room(struct arena *a, struct imap_fetch *f)
{
	size_t room = f->room ? 2 * f->room : 8;
	struct imap_fetch_item *items;

	if (f->n < f->room)
		return;
	items = arena_alloc(a, room * sizeof(*items));
	if (f->n > 0)
		memcpy(items, f->items, f->n * sizeof(*items));
	f->items = items;
	f->room = room;
}

/* What every message has at hand is noted once, and put first. */
static struct imap_fetch_item *add(struct arena *a, struct imap_fetch *f, const struct row *row)
{
	struct imap_fetch_item *item;

	f->has_uid |= row->what == IMAP_FETCH_UID;
	f->has_flags |= row->what == IMAP_FETCH_FLAGS;
	f->has_modseq |= row->what == IMAP_FETCH_MODSEQ;
	f->reads |= row->reads;
	if (row->what <= IMAP_FETCH_MODSEQ)
		return NULL;
	make_room(a, f);
	item = &f->items[f->n];
	*item = (struct imap_fetch_item){
		.what = row->what,
		.name = row->name ? row->name : row->word,
		.shows_section = row->form == SECTION || row->form == BINARY || row->form == BINARY_SIZE,
		.reads = row->reads,
		.section = { .what = row->section, .octets = UINT64_MAX },
	};
	f->n++;
	return item;
}

static int parse_preview(struct imap_parse *p, struct imap_fetch_item *item)
{
	struct imap_parse at = *p;

	if (!imap_parse_take(&at, ' ') || !imap_parse_take(&at, '('))
		return 0;
	/* Else they are the command's. */
	if (!imap_parse_take_word(&at, "LAZY"))
		return 0;
	item->lazy = true;
	p->p = at.p;
	return imap_parse_close(p);
}

static int parse_form(struct imap_parse *p, const struct row *row, struct imap_fetch_item *item)
{
	switch (row->form) {
	case SECTION:
		return imap_section_parse(p, &item->section);
	case BINARY:
	case BINARY_SIZE:
		return imap_section_parse_binary(p, row->form == BINARY, &item->section);
	case PREVIEW:
		return parse_preview(p, item);
	default:
		return 0;
	}
}

/* Is it this row's word, up to what may follow it? */
static bool take_row(struct imap_parse *p, const struct row *row)
{
	struct span word = span_str(row->word);
	struct imap_parse at = *p;
	bool has_section = row->form == SECTION || row->form == BINARY || row->form == BINARY_SIZE;

	if (!span_starts_nocase(span_of(p->p, (size_t)(p->end - p->p)), word))
		return false;
	at.p += word.n;
	if (has_section ? !imap_parse_is(&at, '[')
			: !(imap_parse_is(&at, ' ') || imap_parse_is(&at, ')') || imap_parse_is_end(&at)))
		return false;
	p->p = at.p;
	return true;
}

static int parse_item(struct imap_parse *p, struct imap_fetch *f)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct imap_fetch_item *item;

		if (!take_row(p, &rows[i]))
			continue;
		if (f->n == IMAP_FETCH_ITEMS_MAX)
			return imap_parse_fail(p, "Too many items");
		item = add(p->arena, f, &rows[i]);
		return item ? parse_form(p, &rows[i], item) : 0;
	}
	return imap_parse_fail(p, "Unknown item of FETCH");
}

static bool take_macro(struct imap_parse *p, struct imap_fetch *f)
{
	for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++) {
		if (!imap_parse_take_word(p, macros[i].name))
			continue;
		for (size_t k = 0; k < macros[i].n; k++)
			add(p->arena, f, find_row(macros[i].items[k]));
		return true;
	}
	return false;
}

static int parse_list(struct imap_parse *p, struct imap_fetch *f)
{
	if (imap_parse_open(p) < 0)
		return -1;
	do {
		if (parse_item(p, f) < 0)
			return -1;
	} while (imap_parse_take(p, ' '));
	return imap_parse_close(p);
}

static int parse_items(struct imap_parse *p, struct imap_fetch *f)
{
	if (take_macro(p, f))
		return 0;
	if (!imap_parse_is(p, '('))
		return parse_item(p, f);
	return parse_list(p, f);
}

/* RFC 9394 3.3: "-1:-30", "1:30". */
static int parse_range(struct imap_parse *p, struct imap_fetch *f)
{
	uint32_t last;

	f->from_end = imap_parse_take(p, '-');
	if (imap_parse_nz_number(p, &f->first) < 0 || imap_parse_char(p, ':') < 0)
		return -1;
	if (imap_parse_take(p, '-') != f->from_end)
		return imap_parse_fail(p, "Both ends of a range are counted from the same end");
	if (imap_parse_nz_number(p, &last) < 0)
		return -1;
	f->last = last > f->first ? last : f->first;
	f->first = last > f->first ? f->first : last;
	f->has_range = true;
	return 0;
}

static int parse_modifier(struct imap_parse *p, bool uid, struct imap_fetch *f)
{
	if (imap_parse_take_word(p, "CHANGEDSINCE")) {
		f->has_since = true;
		return imap_parse_sp(p) < 0 ? -1 : imap_parse_number64(p, &f->since);
	}
	if (uid && imap_parse_take_word(p, "VANISHED")) {
		f->vanished = true;
		return 0;
	}
	if (uid && imap_parse_take_word(p, "PARTIAL"))
		return imap_parse_sp(p) < 0 ? -1 : parse_range(p, f);
	return imap_parse_fail(p, "Unknown modifier of FETCH");
}

static int parse_modifiers(struct imap_parse *p, bool uid, struct imap_fetch *f)
{
	if (imap_parse_sp(p) < 0 || imap_parse_open(p) < 0)
		return -1;
	do {
		if (parse_modifier(p, uid, f) < 0)
			return -1;
	} while (imap_parse_take(p, ' '));
	if (f->vanished && !f->has_since)
		return imap_parse_fail(p, "VANISHED needs CHANGEDSINCE");
	return imap_parse_close(p);
}

int imap_fetch_parse(struct imap_parse *p, bool uid, struct imap_fetch *out)
{
	*out = (struct imap_fetch){ .items = NULL };
	if (parse_items(p, out) < 0)
		return -1;
	if (!imap_parse_is_end(p) && parse_modifiers(p, uid, out) < 0)
		return -1;
	out->has_uid |= uid;
	out->has_modseq |= out->has_since;
	return imap_parse_end(p);
}

int imap_fetch_parse_list(struct imap_parse *p, struct imap_fetch *out)
{
	*out = (struct imap_fetch){ .items = NULL };
	if (parse_list(p, out) < 0)
		return -1;
	out->reads = false;
	return 0;
}
