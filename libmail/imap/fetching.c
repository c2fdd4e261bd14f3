/* SPDX-License-Identifier: ISC */
/*
 * fetching - messages as FETCH responses.
 *
 * A message is prepared before a word is said of it: its file is open, and what is asked for is found. So a message
 * that vanished is left out, and a response that has begun can be finished. Sections are not in memory, they flow.
 */
#include "imap/fetching.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/linescan.h"
#include "imap/bodystructure.h"
#include "imap/cmd.h"
#include "imap/flow.h"
#include "imap/objectid.h"
#include "imap/source.h"

/* What an item is for the message at hand. */
struct prepared {
	struct span text;
	uint64_t number;
	bool is_nil;
	struct mime_place from, to; /* of a section */
	enum encoding encoding;	    /* of BINARY */
	bool binary;
};

/* What an item is for all messages. */
struct asked {
	struct span name; /* in the answer, with its section */
	bool is_kept;	  /* its fields are among those that imap_source_keeps() */
};

struct imap_fetching {
	struct imap_fetch fetch;
	struct asked *asked;
	struct seqset numbers;
	struct seqset_iter at;
	struct imap_session *s;
	struct imap_source *source;
	struct prepared *prepared; /* one an item */

	size_t i;
	size_t item; /* of the message at hand; 0 before the first */
	bool in_message;
	bool tells_flags, tells_modseq;
	bool flows;
	struct imap_flow flow;
	struct imap_fetching_end end;
};

/* ---- preparing ---- */

typedef int prepare_fn(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
		       struct fault *f);

static int prepare_date(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			struct fault *f)
{
	int64_t when;

	(void)item;
	if (imap_source_date(w->source, &when, f) < 0)
		return -1;
	out->number = (uint64_t)when;
	return 0;
}

static int prepare_saved(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			 struct fault *f)
{
	int64_t when;

	(void)item;
	if (imap_source_saved(w->source, &when, f) < 0)
		return -1;
	out->number = (uint64_t)when;
	return 0;
}

static int prepare_id(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
		      struct fault *f)
{
	struct buf id;
	int rc;

	buf_init(&id, IMAP_OBJECTID_ROOM);
	rc = (item->what == IMAP_FETCH_EMAILID ? imap_objectid_email : imap_objectid_thread)(w->source, &id, f);
	out->text = span_of(arena_span(&w->source->arena, buf_span(&id)), id.n);
	buf_clear(&id);
	return rc;
}

static int prepare_size(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			struct fault *f)
{
	(void)item;
	return imap_source_size(w->source, &out->number, f);
}

static int prepare_preview(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			   struct fault *f)
{
	if (!item->lazy)
		return imap_source_preview(w->source, &out->text, f);
	out->is_nil = !imap_source_has_preview(w->source, &out->text);
	return 0;
}

static int prepare_envelope(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			    struct fault *f)
{
	(void)item;
	return imap_source_envelope(w->source, &out->text, f);
}

static int prepare_structure(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			     struct fault *f)
{
	(void)item;
	return imap_source_structure(w->source, &out->text, f);
}

static int prepare_by_tree(struct imap_fetching *w, const struct imap_section *section, struct prepared *out,
			   struct fault *f)
{
	struct mime_node *root;

	if (imap_source_tree(w->source, &root, f) < 0)
		return -1;
	out->is_nil = !imap_section_find(section, root, &out->from, &out->to);
	return 0;
}

/* HEADER and TEXT of the message itself: what the header is tells it all. */
static int prepare_by_header(struct imap_fetching *w, const struct imap_section *section, struct prepared *out,
			     struct fault *f)
{
	struct linescan lines = { 0 };
	struct mime_place body;
	struct span header;

	if (imap_source_header(w->source, &header, f) < 0)
		return -1;
	if (header.n >= MIME_HEADER_MAX / 2)
		return prepare_by_tree(w, section, out, f);
	linescan_count(header, '\0', &lines);
	body = (struct mime_place){ header.n, lines.lines, lines.bare };
	if (section->what == IMAP_SECTION_HEADER) {
		out->to = body;
		return 0;
	}
	out->from = body;
	return imap_source_measure(w->source, &out->to, f);
}

static bool are_kept(const struct imap_section *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!imap_source_keeps(s->names[i]))
			return false;
	return s->what == IMAP_SECTION_FIELDS && s->part.n == 0;
}

/* The fields of a header: those, or the header, as it is in the file. */
static int prepare_fields(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			  struct fault *f)
{
	const struct imap_section *section = &item->section;
	struct span piece;
	struct buf header;
	int rc = 0;

	if (w->asked[item - w->fetch.items].is_kept)
		return imap_source_fields(w->source, &out->text, f);
	if (section->part.n == 0)
		return imap_source_header(w->source, &out->text, f);
	if (prepare_by_tree(w, section, out, f) < 0)
		return -1;
	buf_init(&header, MIME_HEADER_MAX);
	for (uint64_t at = out->from.at; rc == 0 && !out->is_nil && at < out->to.at && !header.overflow;
	     at += piece.n) {
		rc = imap_source_read(w->source, at, out->to.at - at, &piece, f);
		if (rc == 0)
			buf_put_span(&header, piece);
	}
	out->text = span_of(arena_span(&w->source->arena, buf_span(&header)), header.n);
	buf_clear(&header);
	return rc;
}

static int prepare_section(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			   struct fault *f)
{
	const struct imap_section *s = &item->section;

	out->encoding = ENCODING_7BIT;
	if (s->what == IMAP_SECTION_FIELDS || s->what == IMAP_SECTION_FIELDS_NOT)
		return prepare_fields(w, item, out, f);
	if (s->part.n > 0)
		return prepare_by_tree(w, s, out, f);
	if (s->what == IMAP_SECTION_ALL)
		return imap_source_measure(w->source, &out->to, f);
	return prepare_by_header(w, s, out, f);
}

/* Whatever has parts is no more encoded than they are: it is put as it stands. */
static int prepare_binary(struct imap_fetching *w, const struct imap_fetch_item *item, struct prepared *out,
			  struct fault *f)
{
	const struct mime_node *node;
	struct mime_node *root;

	out->binary = true;
	if (imap_source_tree(w->source, &root, f) < 0)
		return -1;
	node = mime_tree_find(root, item->section.part);
	out->is_nil = !node || !imap_section_find(&item->section, root, &out->from, &out->to);
	if (out->is_nil)
		return 0;
	if (item->section.part.n > 0 && node->part.entity.kind == ENTITY_LEAF)
		out->encoding = node->part.entity.encoding;
	if (imap_flow_decodes(out->encoding))
		return 0;
	out->is_nil = true;
	w->end.unknown_encoding = true;
	return 0;
}

/* ---- putting ---- */

typedef void put_fn(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p);

static void put_date(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item;
	imap_put_date_time(w->s->out, (int64_t)p->number);
}

static void put_number(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item;
	buf_put_number(w->s->out, p->number);
}

static void put_id(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item;
	buf_put_char(w->s->out, '(');
	buf_put_span(w->s->out, p->text);
	buf_put_char(w->s->out, ')');
}

static void put_nil(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item, (void)p;
	buf_put_str(w->s->out, "NIL");
}

/* RFC 8970 6: UTF-8, in a literal where the client has not said that it takes it quoted. */
static void put_preview(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	if (p->is_nil)
		put_nil(w, item, p);
	else
		imap_put_string(w->s->out, p->text, imap_utf8(w->s));
}

static void put_text(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item;
	buf_put_span(w->s->out, p->text);
}

static void put_body(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item;
	if (imap_bodystructure_put_body(w->s->out, p->text) < 0)
		buf_put_str(w->s->out, "(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" 0)");
}

/* How much of so many octets a partial section is. */
static uint64_t window(const struct imap_section *section, uint64_t octets)
{
	uint64_t n = section->from < octets ? octets - section->from : 0;

	return n < section->octets ? n : section->octets;
}

static void put_fields(struct imap_fetching *w, const struct imap_section *section, struct span header)
{
	struct span all;
	struct buf fields;

	buf_init(&fields, 3 * MIME_HEADER_MAX);
	imap_section_put_fields(&fields, section, header);
	all = span_from(buf_span(&fields), section->from < fields.n ? (size_t)section->from : fields.n);
	all.n = (size_t)window(section, fields.n);
	imap_put_literal(w->s->out, all.n);
	buf_put_span(w->s->out, all);
	buf_clear(&fields);
}

/* Was the same section fetched last? */
static bool is_marked(const struct imap_source *source, const struct prepared *p)
{
	const struct imap_flow *mark = &source->mark;

	return source->mark_uid == source->uid && mark->start == p->from.at && mark->end == p->to.at &&
	       mark->encoding == p->encoding && mark->crlf.hides_nul == !p->binary;
}

/* Go on where the last fetch of the same section stopped, if that is in front of this one. */
static void begin_flow(struct imap_fetching *w, const struct imap_section *section, const struct prepared *p)
{
	if (is_marked(w->source, p) && w->source->mark.passed <= section->from)
		w->flow = w->source->mark;
	else
		imap_flow_init(&w->flow, p->from.at, p->to.at, p->encoding, p->binary);
}

static void start_flow(struct imap_fetching *w, const struct imap_section *section, const struct prepared *p,
		       uint64_t octets)
{
	uint64_t n = window(section, octets);

	imap_put_literal(w->s->out, n);
	if (n == 0)
		return;
	begin_flow(w, section, p);
	imap_flow_window(&w->flow, section->from, n);
	w->flows = true;
}

static void put_section(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	const struct imap_section *section = &item->section;

	if (p->is_nil)
		put_nil(w, item, p);
	else if (section->what == IMAP_SECTION_FIELDS || section->what == IMAP_SECTION_FIELDS_NOT)
		put_fields(w, section, p->text);
	else
		start_flow(w, section, p, mime_octets_crlf(p->from, p->to));
}

/* How many octets it is when decoded; what was counted last is remembered. A file that cannot be read has none. */
static uint64_t count_binary(struct imap_fetching *w, const struct prepared *p)
{
	struct imap_source *source = w->source;
	struct imap_flow *mark = &source->mark;
	struct fault f;

	if (encoding_is_identity(p->encoding))
		return mime_octets_crlf(p->from, p->to);
	if (is_marked(source, p))
		return source->mark_octets;
	imap_flow_init(mark, p->from.at, p->to.at, p->encoding, p->binary);
	source->mark_uid = 0;
	if (imap_flow_measure(mark, source, &source->mark_octets, &f) < 0) {
		w->end.failed = true;
		return 0;
	}
	source->mark_uid = source->uid;
	return source->mark_octets;
}

static void put_binary(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	uint64_t octets = p->is_nil ? 0 : count_binary(w, p);

	if (p->is_nil) {
		put_nil(w, item, p);
		return;
	}
	/* literal8: it may have NULs. */
	buf_put_char(w->s->out, '~');
	start_flow(w, &item->section, p, octets);
}

static void put_binary_size(struct imap_fetching *w, const struct imap_fetch_item *item, const struct prepared *p)
{
	(void)item;
	buf_put_number(w->s->out, p->is_nil ? 0 : count_binary(w, p));
}

static const struct {
	prepare_fn *prepare;
	put_fn *put;
	bool late; /* cheaper when the file is open for others */
} acts[] = {
	[IMAP_FETCH_INTERNALDATE] = { prepare_date, put_date, true },
	[IMAP_FETCH_SAVEDATE] = { prepare_saved, put_date, true },
	[IMAP_FETCH_SIZE] = { prepare_size, put_number, true },
	[IMAP_FETCH_EMAILID] = { prepare_id, put_id, false },
	[IMAP_FETCH_THREADID] = { prepare_id, put_id, false },
	[IMAP_FETCH_PREVIEW] = { prepare_preview, put_preview, false },
	[IMAP_FETCH_ENVELOPE] = { prepare_envelope, put_text, false },
	[IMAP_FETCH_BODY] = { prepare_structure, put_body, false },
	[IMAP_FETCH_BODYSTRUCTURE] = { prepare_structure, put_text, false },
	[IMAP_FETCH_SECTION] = { prepare_section, put_section, false },
	[IMAP_FETCH_BINARY] = { prepare_binary, put_binary, false },
	[IMAP_FETCH_BINARY_SIZE] = { prepare_binary, put_binary_size, false },
};

/* ---- messages ---- */

static int prepare_all(struct imap_fetching *w, struct fault *f)
{
	for (int late = 0; late < 2; late++)
		for (size_t k = 0; k < w->fetch.n; k++) {
			const struct imap_fetch_item *item = &w->fetch.items[k];

			if (acts[item->what].late != (late > 0) || !acts[item->what].prepare)
				continue;
			w->prepared[k] = (struct prepared){ .encoding = ENCODING_7BIT };
			if (acts[item->what].prepare(w, item, &w->prepared[k], f) < 0)
				return -1;
		}
	return 0;
}

/* It is read by that. Where the flag cannot be set, the message is shown all the same. */
static void mark_seen(struct imap_session *s, struct imap_fetching *w)
{
	struct fault f;

	if (!w->fetch.reads || s->read_only || (s->box->view.flags[w->i] & MSGNAME_SEEN))
		return;
	if (s->modseq.loaded && modseq_begin(&s->modseq, s->box, &f) < 0)
		return;
	if (mailbox_set_flags(s->box, w->i, MSGNAME_SEEN, 0, &f) == 0) {
		w->tells_flags = true;
		w->tells_modseq |= (s->enabled & IMAP_CONDSTORE) != 0;
		if (s->modseq.loaded)
			modseq_note(&s->modseq, s->box, w->i);
	}
	if (s->modseq.loaded)
		modseq_commit(&s->modseq, s->box);
}

/* A blank in front of all but the first. */
static void separate(struct imap_session *s, bool *is_first)
{
	if (!*is_first)
		buf_put_char(s->out, ' ');
	*is_first = false;
}

static void begin_message(struct imap_session *s, struct imap_fetching *w)
{
	bool more = w->fetch.n > 0 || w->tells_flags || w->tells_modseq, is_first = true;

	imap_fetch_begin(s, w->i, w->fetch.has_uid, more);
	if (w->tells_flags) {
		separate(s, &is_first);
		imap_put_message_flags(s, s->out, w->i);
	}
	if (w->tells_modseq) {
		separate(s, &is_first);
		imap_put_modseq(s, s->out, w->i);
	}
	if (w->fetch.n > 0 && !is_first)
		buf_put_char(s->out, ' ');
	w->item = 0;
	w->in_message = true;
}

static bool is_wanted(const struct imap_session *s, const struct imap_fetching *w)
{
	return !w->fetch.has_since || modseq_of(&s->modseq, s->box, w->i) > w->fetch.since;
}

/* 0; 1 the message is gone; -1 it cannot be read. */
static int prepare_message(struct imap_session *s, struct imap_fetching *w, struct fault *f)
{
	w->tells_flags = w->fetch.has_flags;
	w->tells_modseq = w->fetch.has_modseq;
	imap_source_turn(w->source, w->i);
	if (prepare_all(w, f) < 0)
		return errno == ENOENT ? 1 : -1;
	mark_seen(s, w);
	return 0;
}

static void complain(struct imap_session *s, struct imap_fetching *w, const struct fault *f)
{
	w->end.failed = true;
	if (s->call->failed)
		s->call->failed(s->ctx, f);
}

/* false: there are no more. */
static bool next_message(struct imap_session *s, struct imap_fetching *w)
{
	uint32_t number;
	struct fault f;
	int rc;

	if (!seqset_next(&w->numbers, &w->at, &number))
		return false;
	w->i = number - 1;
	if (!is_wanted(s, w))
		return true;
	rc = prepare_message(s, w, &f);
	if (rc == 0)
		begin_message(s, w);
	else if (rc > 0)
		w->end.missed = true;
	else
		complain(s, w, &f);
	return true;
}

static void next_item(struct imap_session *s, struct imap_fetching *w)
{
	const struct imap_fetch_item *item;

	if (w->item == w->fetch.n) {
		imap_fetch_end(s);
		w->in_message = false;
		return;
	}
	item = &w->fetch.items[w->item];
	if (w->item > 0)
		buf_put_char(s->out, ' ');
	buf_put_span(s->out, w->asked[w->item].name);
	buf_put_char(s->out, ' ');
	acts[item->what].put(w, item, &w->prepared[w->item]);
	w->item++;
}

/* The client was told how many octets come. If they do not, nothing that could be said would be understood. */
static int next_piece(struct imap_session *s, struct imap_fetching *w)
{
	struct fault f;

	w->source->mark = w->flow;
	w->source->mark_uid = w->source->uid;
	if (imap_flow_put(&w->flow, w->source, s->out, &f) < 0) {
		complain(s, w, &f);
		return -1;
	}
	w->flows = !imap_flow_is_done(&w->flow);
	if (w->flows || w->flow.crlf.left == 0)
		return 0;
	fault_temp(&f, 451, "4.3.0", "the message with UID %u in %s has changed", (unsigned)w->source->uid,
		   s->box->path);
	complain(s, w, &f);
	return -1;
}

/* ---- the interface ---- */

/* What needs to be found out once only. */
static void look_at_items(struct imap_fetching *w, struct arena *a)
{
	struct buf name;

	buf_init(&name, 2 * IMAP_LINE_MAX);
	w->asked = arena_alloc(a, w->fetch.n * sizeof(*w->asked));
	for (size_t k = 0; k < w->fetch.n; k++) {
		const struct imap_fetch_item *item = &w->fetch.items[k];

		buf_reset(&name);
		buf_put_str(&name, item->name);
		if (item->shows_section)
			imap_section_put(&name, &item->section);
		w->asked[k].name = span_of(arena_span(a, buf_span(&name)), name.n);
		w->asked[k].is_kept = are_kept(&item->section);
	}
	buf_clear(&name);
	w->prepared = arena_alloc(a, w->fetch.n * sizeof(*w->prepared));
}

struct imap_fetching *imap_fetching_new(struct imap_session *s, struct arena *a, const struct imap_fetch *fetch,
					const struct seqset *numbers)
{
	struct imap_fetching *w = arena_alloc(a, sizeof(*w));

	w->s = s;
	w->fetch = *fetch;
	w->numbers = *numbers;
	w->source = imap_session_source(s);
	look_at_items(w, a);
	return w;
}

int imap_fetching_go_on(struct imap_fetching *w)
{
	struct imap_session *s = w->s;

	while (s->out->n < IMAP_FULL) {
		if (w->in_message && w->flows) {
			if (next_piece(s, w) < 0)
				return -1;
		} else if (w->in_message) {
			next_item(s, w);
		} else if (!next_message(s, w)) {
			imap_source_end(w->source);
			return 0;
		}
	}
	return 1;
}

const struct imap_fetching_end *imap_fetching_how(const struct imap_fetching *w)
{
	return &w->end;
}
