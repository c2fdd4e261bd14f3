/* SPDX-License-Identifier: ISC */
/*
 * compose - write a message.
 *
 * First pass: what every content is like, from the leaves up, as a multipart's own encoding depends on its parts'. Then
 * the boundaries, then it is written. A boundary begins with "=_", which nothing in quoted-printable or base64 does;
 * lines of other contents that begin with "--=_" are remembered by a hash, so that no boundary is one of them.
 */
#include "message/compose.h"

#include <string.h>
#include <strings.h>

#include "base/entropy.h"
#include "base/utf8.h"
#include "message/address.h"
#include "message/header.h"
#include "message/params.h"
#include "message/words.h"

enum {
	/* All boundaries have the same length, so none is the beginning of another. */
	BOUNDARY_LENGTH = COMPOSE_BOUNDARY,
	MARK_HELD = 2 + BOUNDARY_LENGTH,
};

/* Finds lines that begin with "--=_" in a stream. */
struct marks {
	char line[MARK_HELD]; /* the beginning of the line at hand */
	size_t n;	      /* MARK_HELD + 1: the rest of the line is of no interest */
};

struct writer {
	struct arena *arena;
	const struct compose_rules *rules;
	int (*sink)(void *context, struct span piece, struct fault *f);
	void *context;
	struct compose_result *result;
	struct buf piece, header;
	uint64_t *taken; /* hashes of boundaries that a content has */
	size_t ntaken, counter;
	bool random;  /* not all contents are known */
	bool in_line; /* the last byte written was no LF */
};

static int read_bytes(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct compose_bytes *b = context;
	struct span rest = span_from(b->bytes, b->at);

	(void)f;
	*got = rest.n < n ? rest.n : n;
	if (*got > 0)
		memcpy(to, rest.p, *got);
	b->at += *got;
	return 0;
}

static int rewind_bytes(void *context, struct fault *f)
{
	struct compose_bytes *b = context;

	(void)f;
	b->at = 0;
	return 0;
}

struct compose_source compose_bytes(struct compose_bytes *b)
{
	return (struct compose_source){ read_bytes, rewind_bytes, b };
}

/* ---- fields ---- */

static const struct {
	const char *name;
	enum compose_kind kind;
} kinds[] = {
	{ "From", COMPOSE_ADDRESSES },
	{ "Sender", COMPOSE_ADDRESSES },
	{ "Reply-To", COMPOSE_ADDRESSES },
	{ "To", COMPOSE_ADDRESSES },
	{ "Cc", COMPOSE_ADDRESSES },
	{ "Bcc", COMPOSE_ADDRESSES },
	{ "Resent-From", COMPOSE_ADDRESSES },
	{ "Resent-To", COMPOSE_ADDRESSES },
	{ "Resent-Cc", COMPOSE_ADDRESSES },
	{ "Resent-Sender", COMPOSE_ADDRESSES },
	{ "Date", COMPOSE_PLAIN },
	{ "Message-ID", COMPOSE_PLAIN },
	{ "In-Reply-To", COMPOSE_PLAIN },
	{ "References", COMPOSE_PLAIN },
	{ "MIME-Version", COMPOSE_PLAIN },
	{ "Auto-Submitted", COMPOSE_PLAIN },
	{ "Content-ID", COMPOSE_PLAIN },
	{ "List-Id", COMPOSE_TEXT },
};

enum compose_kind compose_kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcasecmp(name, kinds[i].name) == 0)
			return kinds[i].kind;
	return strncasecmp(name, "List-", 5) == 0 ? COMPOSE_PLAIN : COMPOSE_TEXT;
}

/* Words as they are, folded at their blanks. */
static void put_folded(struct buf *out, struct span s)
{
	while (s.n > 0) {
		struct span gap = s, word;

		for (gap.n = 0; gap.n < s.n && (s.p[gap.n] == ' ' || s.p[gap.n] == '\t'); gap.n++)
			;
		word = s = span_from(s, gap.n);
		for (word.n = 0; word.n < s.n && s.p[word.n] != ' ' && s.p[word.n] != '\t'; word.n++)
			;
		words_put_gap(out, gap, word.n);
		buf_put_span(out, word);
		s = span_from(s, word.n);
	}
}

/* RFC 6532: the name in UTF-8 as it is, quoted. */
static void put_utf8_address(struct buf *out, const char *display, const char *mailbox)
{
	buf_put_char(out, '"');
	for (const char *p = display; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_put_char(out, '\\');
		buf_put_char(out, *p);
	}
	buf_printf(out, "\" <%s>", mailbox);
}

static void put_address(struct buf *out, const char *display, const char *mailbox, bool utf8)
{
	if (utf8 && display && span_has_8bit(span_str(display)) && utf8_is_valid(span_str(display)))
		put_utf8_address(out, display, mailbox);
	else
		address_put(out, display, mailbox);
}

/* How much of the first line an address takes. */
static size_t address_width(struct arena *a, const char *display, const char *mailbox, bool utf8)
{
	struct buf alone;
	size_t n;

	(void)a;
	buf_init(&alone, COMPOSE_FIELD_MAX);
	put_address(&alone, display, mailbox, utf8);
	n = span_find(buf_span(&alone), '\n');
	buf_clear(&alone);
	return n;
}

static int put_addresses(struct arena *a, struct buf *out, const struct compose_field *field, bool utf8,
			 struct fault *f)
{
	struct span rest = span_str(field->value);
	struct address address;
	bool first = true;
	int more;

	while ((more = address_next(&rest, a, &address)) == 1) {
		struct span name = address.display.n > 0 ? address.display : address.comment;
		const char *display = name.n > 0 ? address_display(a, name) : NULL;

		if (!address_is_valid(span_str(address.mailbox), true, utf8))
			return fault_usage(f, "%s: \"%.*s\" is no address", field->name, SPAN_ARG(address.text));
		if (!first)
			buf_put_char(out, ',');
		words_put_gap(out, SPAN(" "), address_width(a, display, address.mailbox, utf8) + 1);
		put_address(out, display, address.mailbox, utf8);
		first = false;
	}
	if (more < 0)
		return fault_usage(f, "%s: \"%.*s\" is no address", field->name, SPAN_ARG(address.text));
	if (first) {
		/* "undisclosed-recipients:;" */
		buf_put_char(out, ' ');
		put_folded(out, span_trim(span_str(field->value)));
	}
	return 0;
}

/* NUL cannot be in it; nothing else that could end a line may be. */
static int check_value(const char *name, const char *value, struct fault *f)
{
	for (const char *p = value; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return fault_usage(f, "%s: there is a control character in it", name);
	return 0;
}

int compose_put_field(struct arena *a, struct buf *out, const struct compose_field *field, bool utf8, struct fault *f)
{
	struct span value = span_trim(span_str(field->value));
	bool as_is = !span_has_8bit(value) || (utf8 && utf8_is_valid(value));

	if (!header_is_name(span_str(field->name)))
		return fault_usage(f, "\"%.80s\" is no name of a header field", field->name);
	if (check_value(field->name, field->value, f) < 0)
		return -1;
	if (field->kind == COMPOSE_PLAIN && !as_is)
		return fault_usage(f, "%s: only ASCII may stand there", field->name);
	buf_printf(out, "%s:", field->name);
	if (field->kind == COMPOSE_ADDRESSES) {
		if (put_addresses(a, out, field, utf8, f) < 0)
			return -1;
	} else {
		buf_put_char(out, ' ');
		if (field->kind == COMPOSE_PLAIN || (utf8 && as_is))
			put_folded(out, value);
		else
			words_put_text(out, value);
	}
	buf_put_char(out, '\n');
	return 0;
}

/* ---- first pass ---- */

/* FNV-1a, 64 bits, with its bits mixed at the end. */
static uint64_t hash(uint64_t h, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h ^ h >> 29;
}

static const uint64_t hash_start = 14695981039346656037u;

static void note_mark(struct writer *w, const struct marks *marks)
{
	if (w->ntaken == COMPOSE_MARKS_MAX) {
		w->random = true;
		return;
	}
	if (!w->taken)
		w->taken = arena_alloc(w->arena, COMPOSE_MARKS_MAX * sizeof(*w->taken));
	w->taken[w->ntaken++] = hash(hash_start, span_of(marks->line + 2, BOUNDARY_LENGTH));
}

/* The next bytes of a line, up to where it is known that it is no mark. */
static void feed_mark(struct writer *w, struct marks *marks, struct span line)
{
	static const char start[] = "--=_";

	for (size_t i = 0; i < line.n && marks->n < MARK_HELD; i++) {
		if (marks->n < sizeof(start) - 1 && line.p[i] != start[marks->n]) {
			marks->n = MARK_HELD + 1;
			return;
		}
		marks->line[marks->n++] = line.p[i];
		if (marks->n == MARK_HELD)
			note_mark(w, marks);
	}
}

static void find_marks(struct writer *w, struct marks *marks, struct span piece)
{
	while (piece.n > 0) {
		size_t n = span_find(piece, '\n');

		feed_mark(w, marks, span_of(piece.p, n));
		if (n < piece.n)
			marks->n = 0;
		piece = span_from(piece, n + 1);
	}
}

struct survey {
	struct encoding_survey facts;
	struct utf8_check utf8;
	struct marks marks;
};

static void survey_piece(struct writer *w, struct survey *s, struct span piece)
{
	encoding_survey_feed(&s->facts, piece);
	utf8_check_feed(&s->utf8, piece);
	find_marks(w, &s->marks, piece);
}

static int survey_source(struct writer *w, struct compose_part *part, struct survey *s, struct fault *f)
{
	char *to = buf_room(&w->piece, COMPOSE_PIECE);
	size_t n;

	if (part->source.rewind(part->source.context, f) < 0)
		return -1;
	do {
		if (part->source.read(part->source.context, to, COMPOSE_PIECE, &n, f) < 0)
			return -1;
		survey_piece(w, s, span_of(to, n));
	} while (n > 0);
	part->known = true;
	return part->source.rewind(part->source.context, f);
}

/* A source that can be read once only: what of it can be held is looked at. */
static int survey_held(struct writer *w, struct compose_part *part, struct survey *s, struct fault *f)
{
	size_t n;

	part->held = arena_alloc(w->arena, COMPOSE_HELD);
	do {
		if (part->source.read(part->source.context, part->held + part->nheld, COMPOSE_HELD - part->nheld, &n,
				      f) < 0)
			return -1;
		part->nheld += n;
	} while (n > 0 && part->nheld < COMPOSE_HELD);
	survey_piece(w, s, span_of(part->held, part->nheld));
	part->more = part->nheld == COMPOSE_HELD;
	part->known = !part->more;
	return 0;
}

static bool is_type(const char *type, const char *main)
{
	return strncasecmp(type, main, strlen(main)) == 0;
}

static bool has_param(const struct compose_part *part, const char *name)
{
	for (size_t i = 0; i < part->nparams; i++)
		if (strcasecmp(part->params[i].name, name) == 0)
			return true;
	return false;
}

/* A message within is not encoded, RFC 2046 5.2.1. */
static int choose_for_message(struct writer *w, struct compose_part *part, const struct survey *s, struct fault *f)
{
	const struct encoding_survey *facts = &s->facts;

	w->random |= !part->known;
	part->chosen = facts->bits8 || !part->known ? ENCODING_8BIT : ENCODING_7BIT;
	if (facts->has_nul || facts->bare_cr || facts->longest > HEADER_LINE_MAX)
		return fault_usage(f,
				   "a message with NULs, bare CRs or lines over %d octets cannot be a part of another",
				   HEADER_LINE_MAX);
	if (part->chosen == ENCODING_8BIT && !w->rules->allow_8bit && !w->rules->message_8bit)
		return fault_usage(f, "a message in 8bit can only be a part of another that is sent as 8bit");
	return 0;
}

/* The one that was asked for, if the content allows it. */
static int use_wanted(struct compose_part *part, const struct survey *s, unsigned how, struct fault *f)
{
	enum encoding best = encoding_choose(&s->facts, how | ENCODING_TEXT);
	bool safe = part->encoding == ENCODING_BASE64 || part->encoding == ENCODING_QP;

	if (encoding_is_identity(part->encoding))
		safe = part->known && encoding_is_identity(best) && best <= part->encoding;
	if (!safe)
		return fault_usage(f, "the content of a part cannot be %s",
				   encoding_name(part->encoding) ? encoding_name(part->encoding)
								 : "in an unknown encoding");
	part->chosen = part->encoding;
	return 0;
}

/* What is no text is base64 whatever it is like, in which no boundary can be. */
static bool is_plain_file(const struct compose_part *part)
{
	return part->source.read && !part->text && !part->is_message && !part->raw &&
	       (!part->encoded || part->encoding == ENCODING_BASE64);
}

static int survey_leaf(struct writer *w, struct compose_part *part, struct fault *f)
{
	unsigned how = w->rules->allow_8bit ? ENCODING_8BIT_OK : 0;
	struct survey *s;
	int r;

	part->text |= is_type(part->type, "text/");
	if (is_plain_file(part)) {
		part->chosen = ENCODING_BASE64;
		return part->source.rewind ? part->source.rewind(part->source.context, f) : 0;
	}
	s = arena_alloc(w->arena, sizeof(*s));
	if (!part->source.read)
		part->known = true;
	else if ((r = part->source.rewind ? survey_source(w, part, s, f) : survey_held(w, part, s, f)) < 0)
		return r;
	part->is_ascii = part->known && s->facts.bits8 == 0;
	part->is_utf8 = part->known && utf8_check_end(&s->utf8);
	if (part->is_message || part->raw)
		return choose_for_message(w, part, s, f);
	if (part->encoded)
		return use_wanted(part, s, how, f);
	if (part->known)
		part->chosen = encoding_choose(&s->facts, how | (part->text ? ENCODING_TEXT : 0));
	else
		part->chosen = part->text && !s->facts.has_nul ? ENCODING_QP : ENCODING_BASE64;
	return 0;
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] >= 0x7f ||
		    strchr("()<>@,;:\\\"/[]?=", s.p[i]))
			return false;
	return s.n > 0;
}

static int check_part(struct compose_part *part, struct fault *f)
{
	struct span rest, main;

	if (!part->type)
		part->type = "text/plain";
	rest = span_str(part->type);
	main = span_cut(&rest, '/');
	if (!is_token(main) || !is_token(rest))
		return fault_usage(f, "\"%.80s\" is no media type", part->type);
	if (part->disposition && !is_token(span_str(part->disposition)))
		return fault_usage(f, "\"%.80s\" is no disposition", part->disposition);
	part->is_multipart = is_type(part->type, "multipart/");
	part->is_message =
		strcasecmp(part->type, "message/rfc822") == 0 || strcasecmp(part->type, "message/global") == 0;
	part->nheld = part->at = 0;
	part->more = part->known = false;
	if (part->raw)
		part->is_multipart = part->is_message = false;
	if (part->is_multipart && !part->children)
		return fault_usage(f, "a multipart must have a part");
	if (!part->is_multipart && part->children)
		return fault_usage(f, "%s cannot have parts", part->type);
	return 0;
}

static int survey_part(struct writer *w, struct compose_part *part, size_t depth, struct fault *f)
{
	if (depth > COMPOSE_DEPTH_MAX)
		return fault_usage(f, "parts are nested more than %d deep", COMPOSE_DEPTH_MAX);
	if (check_part(part, f) < 0)
		return -1;
	if (!part->is_multipart)
		return survey_leaf(w, part, f);
	part->chosen = ENCODING_7BIT;
	for (struct compose_part *child = part->children; child; child = child->next) {
		if (survey_part(w, child, depth + 1, f) < 0)
			return -1;
		if (child->chosen == ENCODING_8BIT || child->chosen == ENCODING_BINARY)
			part->chosen = ENCODING_8BIT;
	}
	return 0;
}

/* ---- boundaries ---- */

static bool is_taken(const struct writer *w, const char *boundary)
{
	uint64_t h = hash(hash_start, span_str(boundary));

	for (size_t i = 0; i < w->ntaken; i++)
		if (w->taken[i] == h)
			return true;
	return false;
}

static void make_boundary(struct writer *w, char *to)
{
	static const char letters[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t bits[2];

	if (w->random || !w->rules->seed) {
		entropy_fill(bits, sizeof(bits));
	} else {
		w->counter++;
		bits[0] = hash(hash(hash_start, span_str(w->rules->seed)),
			       span_of((char *)&w->counter, sizeof(w->counter)));
		bits[1] = hash(bits[0], span_str(w->rules->seed));
	}
	*to++ = '=';
	*to++ = '_';
	for (size_t i = 0; i < BOUNDARY_LENGTH - 2; i++) {
		*to++ = letters[bits[i % 2] & 31];
		bits[i % 2] >>= 5;
	}
	*to = '\0';
}

static void set_boundary(struct writer *w, char *to)
{
	do {
		make_boundary(w, to);
	} while (is_taken(w, to));
}

static void set_boundaries(struct writer *w, struct compose_part *part)
{
	if (!part->is_multipart)
		return;
	set_boundary(w, part->boundary);
	for (struct compose_part *child = part->children; child; child = child->next)
		set_boundaries(w, child);
}

/* ---- second pass ---- */

static int put(struct writer *w, struct span piece, struct fault *f)
{
	if (piece.n == 0)
		return 0;
	w->in_line = piece.p[piece.n - 1] != '\n';
	w->result->octets += piece.n;
	return w->sink(w->context, piece, f);
}

static int put_param(struct buf *out, const char *name, const char *value, bool utf8, struct fault *f)
{
	if (params_put(out, name, span_str(value), utf8 ? PARAMS_UTF8 : 0) < 0)
		return fault_usage(f, "the parameter %.80s has a control character in it, or is none", name);
	return 0;
}

static int put_type(struct writer *w, const struct compose_part *part, struct fault *f)
{
	struct buf *out = &w->header;
	const char *charset = part->is_ascii ? "us-ascii" : part->is_utf8 || !part->known ? "utf-8" : "unknown-8bit";

	buf_printf(out, "Content-Type: %s", part->type);
	if (is_type(part->type, "text/") && !has_param(part, "charset") &&
	    put_param(out, "charset", charset, false, f) < 0)
		return -1;
	for (size_t i = 0; i < part->nparams; i++)
		if (put_param(out, part->params[i].name, part->params[i].value, w->rules->utf8, f) < 0)
			return -1;
	if (part->is_multipart && put_param(out, "boundary", part->boundary, false, f) < 0)
		return -1;
	buf_put_char(out, '\n');
	return 0;
}

static int put_disposition(struct writer *w, const struct compose_part *part, struct fault *f)
{
	if (!part->disposition && !part->filename)
		return 0;
	buf_printf(&w->header, "Content-Disposition: %s", part->disposition ? part->disposition : "attachment");
	if (part->filename && put_param(&w->header, "filename", part->filename, w->rules->utf8, f) < 0)
		return -1;
	buf_put_char(&w->header, '\n');
	return 0;
}

static int put_optional(struct writer *w, const char *name, const char *value, enum compose_kind kind, struct fault *f)
{
	const struct compose_field field = { name, value, kind };

	return value ? compose_put_field(w->arena, &w->header, &field, w->rules->utf8, f) : 0;
}

static int put_fields(struct writer *w, const struct compose_part *part, bool root, struct fault *f)
{
	bool has_version = false;

	for (size_t i = 0; i < part->nfields; i++) {
		if (compose_put_field(w->arena, &w->header, &part->fields[i], w->rules->utf8, f) < 0)
			return -1;
		has_version |= strcasecmp(part->fields[i].name, "MIME-Version") == 0;
	}
	if (root && !has_version && !w->rules->no_version)
		buf_put_str(&w->header, "MIME-Version: 1.0\n");
	return 0;
}

static int put_header(struct writer *w, const struct compose_part *part, bool root, struct fault *f)
{
	buf_reset(&w->header);
	if (put_fields(w, part, root, f) < 0 || put_type(w, part, f) < 0)
		return -1;
	if (part->chosen != ENCODING_7BIT || w->rules->name_7bit)
		buf_printf(&w->header, "Content-Transfer-Encoding: %s\n", encoding_name(part->chosen));
	if (put_disposition(w, part, f) < 0 || put_optional(w, "Content-ID", part->id, COMPOSE_PLAIN, f) < 0 ||
	    put_optional(w, "Content-Description", part->description, COMPOSE_TEXT, f) < 0)
		return -1;
	buf_put_char(&w->header, '\n');
	if (w->header.overflow)
		return fault_usage(f, "the header of a part would be longer than %d octets", COMPOSE_FIELD_MAX);
	w->result->has_8bit_header |= span_has_8bit(buf_span(&w->header));
	return put(w, buf_span(&w->header), f);
}

/* The next piece of the content: what was held first. */
static int next_piece(struct writer *w, struct compose_part *part, struct span *piece, struct fault *f)
{
	char *to = w->piece.p;
	size_t n = 0;

	if (part->at < part->nheld) {
		n = part->nheld - part->at < COMPOSE_PIECE ? part->nheld - part->at : COMPOSE_PIECE;
		*piece = span_of(part->held + part->at, n);
		part->at += n;
		return 0;
	}
	if (part->source.read && (!part->held || part->more) &&
	    part->source.read(part->source.context, to, COMPOSE_PIECE, &n, f) < 0)
		return -1;
	*piece = span_of(to, n);
	return 0;
}

static int put_encoded(struct writer *w, struct buf *out, struct fault *f)
{
	int r = put(w, buf_span(out), f);

	buf_reset(out);
	return r;
}

static int put_leaf(struct writer *w, struct compose_part *part, struct fault *f)
{
	struct encoding_encode encode;
	struct span piece;
	struct buf out;
	int r;

	buf_init(&out, COMPOSE_PIECE * QP_GROWTH + QP_ROOM);
	encoding_encode_init(&encode, part->chosen);
	while ((r = next_piece(w, part, &piece, f)) == 0 && piece.n > 0) {
		if (encoding_is_identity(part->chosen)) {
			r = put(w, piece, f);
		} else {
			encoding_encode_feed(&encode, piece, &out);
			r = put_encoded(w, &out, f);
		}
		if (r < 0)
			break;
	}
	encoding_encode_end(&encode, &out);
	if (r == 0)
		r = put_encoded(w, &out, f);
	buf_clear(&out);
	return r;
}

/*
 * The line end in front of a boundary belongs to it, so that a content comes out as it went in. That of base64, and of
 * a multipart's last boundary, means nothing and may be it.
 */
static int put_boundary(struct writer *w, const struct compose_part *part, const struct compose_part *before,
			const struct compose_part *next, struct fault *f)
{
	bool has_end = !before || (!w->in_line && (before->is_multipart || before->chosen == ENCODING_BASE64));

	buf_reset(&w->header);
	buf_printf(&w->header, "%s--%s%s\n", has_end ? "" : "\n", part->boundary, next ? "" : "--");
	return put(w, buf_span(&w->header), f);
}

static int put_part(struct writer *w, struct compose_part *part, bool root, struct fault *f)
{
	struct compose_part *before = NULL;

	if (part->chosen == ENCODING_8BIT || part->chosen == ENCODING_BINARY)
		w->result->has_8bit = true;
	if (!part->raw && put_header(w, part, root, f) < 0)
		return -1;
	if (!part->is_multipart)
		return put_leaf(w, part, f);
	for (struct compose_part *child = part->children; child; child = child->next) {
		if (put_boundary(w, part, before, child, f) < 0 || put_part(w, child, false, f) < 0)
			return -1;
		before = child;
	}
	return put_boundary(w, part, before, NULL, f);
}

int compose_put(struct arena *a, struct compose_part *root, const struct compose_rules *rules,
		int (*sink)(void *context, struct span piece, struct fault *f), void *context,
		struct compose_result *result, struct fault *f)
{
	struct writer w = { .arena = a, .rules = rules, .sink = sink, .context = context, .result = result };
	int r;

	*result = (struct compose_result){ 0 };
	buf_init(&w.piece, COMPOSE_PIECE);
	buf_init(&w.header, COMPOSE_FIELD_MAX);
	buf_room(&w.piece, COMPOSE_PIECE);
	r = survey_part(&w, root, 0, f);
	if (r == 0) {
		set_boundaries(&w, root);
		set_boundary(&w, result->boundary);
		r = put_part(&w, root, true, f);
	}
	buf_clear(&w.piece);
	buf_clear(&w.header);
	return r;
}
