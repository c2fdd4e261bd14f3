/* SPDX-License-Identifier: ISC */
/*
 * rewrite - other addresses in the header of a message, and all else as it was.
 */
#include "message/rewrite.h"

#include <string.h>

#include "message/fold.h"

enum rewrite_side rewrite_side_of(struct span field_name)
{
	static const struct {
		const char *name;
		enum rewrite_side side;
	} fields[] = {
		{ "From", REWRITE_SENDER },
		{ "Sender", REWRITE_SENDER },
		{ "Reply-To", REWRITE_SENDER },
		{ "To", REWRITE_RECIPIENT },
		{ "Cc", REWRITE_RECIPIENT },
		{ "Bcc", REWRITE_RECIPIENT },
		{ "Resent-From", REWRITE_SENDER },
		{ "Resent-Sender", REWRITE_SENDER },
		{ "Resent-Reply-To", REWRITE_SENDER },
		{ "Resent-To", REWRITE_RECIPIENT },
		{ "Resent-Cc", REWRITE_RECIPIENT },
		{ "Resent-Bcc", REWRITE_RECIPIENT },
		{ "Errors-To", REWRITE_SENDER },
		{ "Apparently-To", REWRITE_RECIPIENT },
		{ "Return-Receipt-To", REWRITE_SENDER },
		{ "Disposition-Notification-To", REWRITE_SENDER },
		{ "Mail-Followup-To", REWRITE_SENDER },
		{ "Mail-Reply-To", REWRITE_SENDER },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (span_is_nocase(field_name, span_str(fields[i].name)))
			return fields[i].side;
	return REWRITE_NOTHING;
}

/* ---- one field ---- */

void rewrite_begin(struct rewrite *w, const struct header_field *field, struct buf *out)
{
	*w = (struct rewrite){ .field = field, .out = out, .rest = field->body, .done = field->whole.p };
}

int rewrite_next(struct rewrite *w, struct arena *a, struct address *address)
{
	return address_next(&w->rest, a, address);
}

void rewrite_put(struct rewrite *w, const struct address *address, const char *mailbox)
{
	buf_put(w->out, w->done, (size_t)(address->spec.p - w->done));
	buf_put_str(w->out, mailbox);
	w->done = address->spec.p + address->spec.n;
	w->changes++;
}

void rewrite_end(struct rewrite *w)
{
	const struct span whole = w->field->whole;

	buf_put(w->out, w->done, (size_t)(whole.p + whole.n - w->done));
}

/* ---- a message in pieces ---- */

void rewrite_stream_begin(struct rewrite_stream *s, const struct rewrite_rules *rules)
{
	*s = (struct rewrite_stream){ .rules = rules };
	buf_init(&s->header, rules->header_max);
}

void rewrite_stream_clear(struct rewrite_stream *s)
{
	buf_clear(&s->header);
	arena_clear(&s->arena);
	*s = (struct rewrite_stream){ .rules = s->rules, .in_body = true };
}

static void put(struct rewrite_stream *s, const void *p, size_t n)
{
	if (n)
		s->rules->put(s->rules->to, p, n);
}

/* The field with its addresses mapped, if one of them changes. */
static bool map_field(struct rewrite_stream *s, const struct header_field *field, enum rewrite_side side,
		      struct buf *out)
{
	struct rewrite w;
	struct address address;
	const char *mapped;
	int rc;

	rewrite_begin(&w, field, out);
	while (s->fault.kind == FAULT_NONE && (rc = rewrite_next(&w, &s->arena, &address)) != 0) {
		/* What may not go into an envelope is no key either, but is the reader's to make sense of. */
		if (rc < 0 || !address_is_valid(span_str(address.mailbox), true, true))
			continue;
		if (s->rules->map(s->rules->ctx, &s->arena, address.mailbox, side, &mapped, &s->fault) == 0 &&
		    strcmp(mapped, address.mailbox) != 0 && address_is_valid(span_str(mapped), false, true))
			rewrite_put(&w, &address, mapped);
	}
	rewrite_end(&w);
	return w.changes > 0;
}

static void put_mapped(struct rewrite_stream *s, const struct buf *text)
{
	struct span rest = buf_span(text);
	struct header_field changed;
	struct buf folded;

	buf_init(&folded, 8 * text->n + HEADER_LINE_MAX);
	if (header_next(&rest, &changed) == 1)
		fold_put_field(&s->arena, &folded, &changed);
	put(s, folded.p, folded.n);
	buf_clear(&folded);
}

static void put_field(struct rewrite_stream *s, const struct header_field *field)
{
	enum rewrite_side side = rewrite_side_of(field->name);
	struct buf text;

	if (side == REWRITE_NOTHING) {
		put(s, field->whole.p, field->whole.n);
		return;
	}
	buf_init(&text, REWRITE_GROWTH * s->rules->header_max);
	if (map_field(s, field, side, &text) && !text.overflow)
		put_mapped(s, &text);
	else
		put(s, field->whole.p, field->whole.n);
	if (text.overflow && s->fault.kind == FAULT_NONE)
		fault_perm(&s->fault, 552, "5.3.4", "a field, rewritten, is longer than %zu octets", text.max);
	buf_clear(&text);
	arena_reset(&s->arena);
}

static void put_header(struct rewrite_stream *s)
{
	struct span all = buf_span(&s->header), rest = all;
	struct header_field field;
	size_t done = 0;

	while (header_next(&rest, &field) == 1) {
		put_field(s, &field);
		done += field.whole.n;
	}
	rest = span_from(all, done);
	put(s, rest.p, rest.n);
	buf_clear(&s->header);
	s->in_body = true;
}

void rewrite_stream_put(struct rewrite_stream *s, const void *p, size_t n)
{
	size_t room, taken;

	if (s->in_body) {
		put(s, p, n);
		return;
	}
	room = s->rules->header_max - s->header.n;
	taken = n < room ? n : room;
	buf_put(&s->header, p, taken);
	if (taken < n || header_length(buf_span(&s->header), s->seen)) {
		put_header(s);
		put(s, (const char *)p + taken, n - taken);
	}
	s->seen = s->header.n;
}

int rewrite_stream_end(struct rewrite_stream *s, struct fault *f)
{
	struct fault fault;

	if (!s->in_body)
		put_header(s);
	fault = s->fault;
	rewrite_stream_clear(s);
	if (fault.kind == FAULT_NONE)
		return 0;
	if (f)
		*f = fault;
	return -1;
}
