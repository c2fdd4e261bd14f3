/* SPDX-License-Identifier: ISC */
/*
 * lint - where a message violates the RFCs, or is read differently.
 *
 * What mime.h and entity.h found is told by its bit; the rest is looked for in each field, and line by line in bodies.
 */
#include "message/lint.h"

#include <string.h>
#include <strings.h>

#include "message/address.h"
#include "message/charset.h"
#include "message/date.h"
#include "message/flaws.h"
#include "message/header.h"
#include "message/lint_rows.h"
#include "message/msgid.h"

static void tell_named(struct lint *l, const struct mime_part *part, enum lint_row_number row, uint64_t line,
		       struct span name)
{
	const struct lint_row *d = &lint_rows[row];
	struct lint_finding finding = { d->kind, d->code, d->text, d->reference, line, part, name, d->mended };

	if (l->told & UINT64_C(1) << row)
		return;
	l->told |= UINT64_C(1) << row;
	if (l->signed_depth > 0 && part->depth >= l->signed_depth)
		finding.mended = false;
	l->findings++;
	l->ambiguous += d->kind == LINT_AMBIGUOUS;
	l->report(l->context, &finding);
}

static void tell(struct lint *l, const struct mime_part *part, enum lint_row_number row, uint64_t line)
{
	tell_named(l, part, row, line, span_of(NULL, 0));
}

/* ---- fields ---- */

/* A header while it is looked through. */
struct header {
	const struct mime_part *part;
	bool message; /* it is a message's, not a part's */
	uint64_t line;
	unsigned seen; /* flaws_single() */
	uint64_t type_line, encoding_line, disposition_line;
	bool has_date, has_from, has_sender, has_version, has_content;
	size_t authors;
};

static void check_date(struct lint *l, struct header *h, const struct header_field *field)
{
	struct date date;

	h->has_date = true;
	if (date_parse(span_str(header_unfold(&l->arena, field->body)), &date) < 0)
		tell_named(l, h->part, DATE_BAD, h->line, field->name);
}

static void check_addresses(struct lint *l, struct header *h, const struct header_field *field)
{
	bool from = span_is_nocase(field->name, SPAN("From"));
	struct span rest = field->body;
	struct address address;
	int more;

	h->has_from |= from;
	h->has_sender |= span_is_nocase(field->name, SPAN("Sender"));
	while ((more = address_next(&rest, &l->arena, &address)) != 0) {
		h->authors += from && more > 0;
		if (more < 0)
			tell_named(l, h->part, ADDRESS_BAD, h->line, field->name);
	}
}

static void check_message_id(struct lint *l, struct header *h, const struct header_field *field)
{
	if (!msgid_is_valid(span_trim(field->body)))
		tell_named(l, h->part, MESSAGE_ID_BAD, h->line, field->name);
}

/* "1.0", with comments anywhere. */
static void check_version(struct lint *l, struct header *h, const struct header_field *field)
{
	struct span rest = field->body;
	char version[4];
	size_t n = 0, depth = 0;

	h->has_version = true;
	for (; rest.n > 0; rest = span_from(rest, 1)) {
		depth += rest.p[0] == '(';
		if (depth == 0 && !strchr(" \t\r\n", rest.p[0]) && n < sizeof(version))
			version[n++] = rest.p[0];
		depth -= depth > 0 && rest.p[0] == ')';
	}
	if (n != 3 || memcmp(version, "1.0", 3) != 0)
		tell_named(l, h->part, MIME_VERSION_BAD, h->line, field->name);
}

static void check_value(struct lint *l, struct header *h, const struct params_value *value, struct span name)
{
	static const struct {
		unsigned problem;
		enum lint_row_number row;
	} rows[] = {
		{ PARAMS_TWICE, PARAMETER_TWICE },     { PARAMS_BOTH, PARAMETER_BOTH },
		{ PARAMS_GAP, PARAMETER_GAP },	       { PARAMS_WORDS, PARAMETER_WORDS },
		{ PARAMS_SYNTAX, PARAMETER_SYNTAX },   { PARAMS_CHARSET, PARAMETER_CHARSET },
		{ PARAMS_CONTROL, PARAMETER_CONTROL }, { PARAMS_MANY, PARAMETERS_MANY },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (value->problems & rows[i].problem)
			tell_named(l, h->part, rows[i].row, h->line, name);
}

static void check_params(struct lint *l, struct header *h, const struct params *params)
{
	struct params_value value = { .problems = params->problems };

	check_value(l, h, &value, span_of(NULL, 0));
	for (size_t i = 0; i < params->n; i++) {
		struct span name = params->v[i].name;

		name.n = span_find(name, '*');
		if (!params_find(&l->arena, params, arena_span(&l->arena, name), &value))
			continue;
		if ((value.problems & PARAMS_TWICE) && span_is_nocase(name, SPAN("boundary")))
			tell_named(l, h->part, BOUNDARY_TWICE, h->line, name);
		check_value(l, h, &value, name);
	}
}

static void check_type(struct lint *l, struct header *h, const struct header_field *field)
{
	(void)field;
	if (h->type_line > 0)
		return;
	h->type_line = h->line;
	check_params(l, h, &h->part->entity.params);
}

static void check_encoding(struct lint *l, struct header *h, const struct header_field *field)
{
	(void)l;
	(void)field;
	if (h->encoding_line == 0)
		h->encoding_line = h->line;
}

static void check_disposition(struct lint *l, struct header *h, const struct header_field *field)
{
	(void)field;
	if (h->disposition_line > 0)
		return;
	h->disposition_line = h->line;
	check_params(l, h, &h->part->entity.disposition_params);
}

static const struct check {
	const char *name;
	bool message;
	void (*check)(struct lint *l, struct header *h, const struct header_field *field);
} checks[] = {
	{ "Date", true, check_date },
	{ "From", true, check_addresses },
	{ "Sender", true, check_addresses },
	{ "Reply-To", true, check_addresses },
	{ "To", true, check_addresses },
	{ "Cc", true, check_addresses },
	{ "Bcc", true, check_addresses },
	{ "Message-ID", true, check_message_id },
	{ "MIME-Version", true, check_version },
	{ "Content-Type", false, check_type },
	{ "Content-Transfer-Encoding", false, check_encoding },
	{ "Content-Disposition", false, check_disposition },
};

static void check_flaws(struct lint *l, struct header *h, const struct header_field *field)
{
	static const struct {
		unsigned flaw;
		enum lint_row_number row;
	} rows[] = {
		{ FLAW_LONG, FIELD_LONG },
		{ FLAW_CONTROL, FIELD_CONTROL },
		{ FLAW_BARE_CR, FIELD_BARE_CR },
		{ FLAW_8BIT, FIELD_8BIT },
		{ FLAW_BLANK_LINE, FIELD_BLANK_LINE },
		{ FLAW_BLANK_COLON, FIELD_BLANK_COLON },
	};
	size_t line;
	unsigned flaws = flaws_find(field, &line);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (flaws & rows[i].flaw)
			tell_named(l, h->part, rows[i].row, h->line + line, field->name);
}

static void check_field(struct lint *l, struct header *h, const struct header_field *field)
{
	unsigned single = flaws_single(field->name, h->message);

	l->told = 0;
	check_flaws(l, h, field);
	if (single > 0 && (h->seen & 1u << single))
		tell_named(l, h->part, FIELD_TWICE, h->line, field->name);
	h->seen |= single > 0 ? 1u << single : 0;
	h->has_content |= span_starts_nocase(field->name, SPAN("Content-"));
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if ((h->message || !checks[i].message) && span_is_nocase(field->name, span_str(checks[i].name)))
			checks[i].check(l, h, field);
}

static uint64_t count_lines(struct span s)
{
	struct linescan lines = { 0 };

	linescan_count(s, '\0', &lines);
	return lines.lines;
}

static void check_fields(struct lint *l, struct header *h, struct span rest)
{
	struct header_field field;
	int more;

	for (;;) {
		struct span before = rest;

		more = header_next(&rest, &field);
		if (more == 0)
			return;
		if (more > 0) {
			check_field(l, h, &field);
		} else {
			l->told = 0;
			tell(l, h->part, NO_FIELD, h->line);
			rest = span_from(rest, span_find(rest, '\n') + 1);
		}
		h->line += count_lines(span_of(before.p, before.n - rest.n));
	}
}

static void check_missing(struct lint *l, const struct header *h)
{
	uint64_t line = h->part->header.lines + 1;

	l->told = 0;
	if (!h->message || (h->part->problems & MIME_PARTS))
		return;
	if (!h->has_date)
		tell(l, h->part, DATE_MISSING, line);
	if (!h->has_from)
		tell(l, h->part, FROM_MISSING, line);
	if (h->authors > 1 && !h->has_sender)
		tell(l, h->part, SENDER_MISSING, line);
	if (h->has_content && !h->has_version)
		tell(l, h->part, MIME_VERSION_MISSING, line);
}

/* ---- what the header says ---- */

static uint64_t or_header(const struct header *h, uint64_t line)
{
	return line > 0 ? line : h->part->header.lines + 1;
}

static bool has_path(struct lint *l, const struct entity *e)
{
	struct params_value name;

	return entity_filename(&l->arena, e, &name) && strpbrk(name.text, "/\\");
}

static void check_entity(struct lint *l, const struct header *h)
{
	const struct mime_part *part = h->part;
	uint64_t type = or_header(h, h->type_line), encoding = or_header(h, h->encoding_line);
	const struct {
		unsigned problem;
		enum lint_row_number row;
		uint64_t line;
	} rows[] = {
		{ ENTITY_TYPE_BAD, TYPE_BAD, type },
		{ ENTITY_BOUNDARY_NONE, BOUNDARY_MISSING, type },
		{ ENTITY_BOUNDARY_LONG, BOUNDARY_LONG, type },
		{ ENTITY_ENCODING_UNKNOWN, ENCODING_UNKNOWN, encoding },
		{ ENTITY_NAMES_DIFFER, NAMES_DIFFER, or_header(h, h->disposition_line) },
		{ MIME_HEADER_CUT, HEADER_CUT, part->body.lines + 1 },
		{ MIME_OPAQUE, LIMIT, part->header.lines + 1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (part->problems & rows[i].problem)
			tell(l, part, rows[i].row, rows[i].line);
	if (part->problems & ENTITY_ENCODED)
		tell(l, part, entity_is(&part->entity, "multipart", NULL) ? MULTIPART_ENCODED : MESSAGE_ENCODED,
		     encoding);
	if (has_path(l, &part->entity))
		tell(l, part, NAME_PATH, or_header(h, h->disposition_line ? h->disposition_line : h->type_line));
}

/* RFC 2046 5.1.1: bchars. */
static bool is_boundary_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c && strchr("'()+_,-./:=? ", c));
}

static void check_boundary(struct lint *l, const struct header *h)
{
	struct span boundary = h->part->entity.boundary;
	uint64_t line = or_header(h, h->type_line);

	for (size_t i = 0; i < boundary.n; i++)
		if (!is_boundary_char(boundary.p[i]))
			tell(l, h->part, BOUNDARY_CHARACTERS, line);
	for (const struct mime_part *p = h->part->parent; p; p = p->parent)
		if (p->entity.kind == ENTITY_MULTIPART &&
		    (span_starts(p->entity.boundary, boundary) || span_starts(boundary, p->entity.boundary)))
			tell(l, h->part, BOUNDARY_PREFIX, line);
}

/* ---- bodies ---- */

static void begin_file(void *context, struct span name, unsigned mode)
{
	struct lint *l = context;

	(void)name;
	(void)mode;
	tell(l, l->part, UUENCODED_FILE, l->line + 1);
}

static const struct uuencode_events uuencode_events = { .begin = begin_file };

static void begin_body(struct lint *l, const struct header *h)
{
	const struct entity *e = &h->part->entity;
	const char *charset = params_text(&l->arena, &e->params, "charset");
	const char *name = charset ? charset_name(span_str(charset)) : NULL;

	l->told = 0;
	encoding_decode_init(&l->decode, e->encoding);
	l->utf8 = (struct utf8_check){ 0 };
	l->escape = 0;
	l->is_text = entity_is(e, "text", NULL);
	l->looks_for_files = l->is_text && entity_is(e, "text", "plain");
	/* HTML and XML may say it in the text itself. */
	l->charset_missing = entity_is(e, "text", "plain") && (!charset || (name && strcmp(name, "us-ascii") == 0));
	l->charset_is_utf8 = name && strcmp(name, "utf-8") == 0;
	if (l->is_text && charset && !name)
		tell(l, h->part, CHARSET_UNKNOWN, or_header(h, h->type_line));
	uuencode_init(&l->uuencode, &uuencode_events, l);
}

/* The text that is behind the encoding. */
static void check_text(struct lint *l)
{
	struct span text = buf_span(&l->out);

	if (l->looks_for_files)
		uuencode_feed(&l->uuencode, text);
	if (l->charset_missing && span_has_8bit(text))
		tell(l, l->part, CHARSET_MISSING, l->line + 1);
	if (l->charset_is_utf8)
		utf8_check_feed(&l->utf8, text);
	if (l->utf8.bad)
		tell(l, l->part, CHARSET_BROKEN, l->line + 1);
	buf_reset(&l->out);
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* "=" and two digits, or "=", blanks and a line end. */
static void check_escapes(struct lint *l, struct span s)
{
	enum { NONE, BEGUN, DIGIT, BLANKS };

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool blank = c == ' ' || c == '\t' || c == '\r';

		if (l->escape == BEGUN && is_hex(c))
			l->escape = DIGIT;
		else if ((l->escape == BEGUN || l->escape == BLANKS) && blank)
			l->escape = BLANKS;
		else if (l->escape == NONE || (l->escape == DIGIT && is_hex(c)) || (c == '\n' && l->escape != DIGIT))
			l->escape = c == '=' && l->escape == NONE ? BEGUN : NONE;
		else {
			tell(l, l->part, QP_DAMAGED, l->line + 1);
			l->escape = c == '=' ? BEGUN : NONE;
		}
	}
}

/* The octets of a line of a leaf, or some of them. */
static void check_octets(struct lint *l, struct span s)
{
	enum encoding encoding = l->part->entity.encoding;
	bool binary = encoding == ENCODING_BINARY && !l->is_text;
	uint64_t junk = encoding_decode_junk(&l->decode);

	if (span_has_8bit(s) && encoding != ENCODING_8BIT && encoding != ENCODING_BINARY)
		tell(l, l->part, BODY_8BIT, l->line + 1);
	if (!binary && memchr(s.p, '\0', s.n))
		tell(l, l->part, BODY_NUL, l->line + 1);
	if (encoding == ENCODING_QP)
		check_escapes(l, s);
	encoding_decode_feed(&l->decode, s, &l->out);
	if (encoding == ENCODING_BASE64 && encoding_decode_junk(&l->decode) > junk)
		tell(l, l->part, BASE64_DAMAGED, l->line + 1);
	check_text(l);
}

static void check_length(struct lint *l)
{
	enum encoding encoding = l->part->entity.encoding;
	bool leaf = l->part->entity.kind == ENTITY_LEAF;

	if (l->column > HEADER_LINE_MAX && !(leaf && encoding == ENCODING_BINARY && !l->is_text))
		tell(l, l->part, BODY_LONG, l->line + 1);
	if (leaf && encoding == ENCODING_BASE64 && l->column > BASE64_LINE)
		tell(l, l->part, BASE64_LONG, l->line + 1);
	if (leaf && encoding == ENCODING_QP && l->column > QP_LINE_MAX)
		tell(l, l->part, QP_LONG, l->line + 1);
}

/* A line that begins with two hyphens: is the beginning a boundary, and the line none? */
static void check_dashes(struct lint *l, struct span line)
{
	struct span text = span_from(line, 2);

	while (text.n > 0 && strchr(" \t\r", text.p[text.n - 1]))
		text.n--;
	for (const struct mime_part *p = l->part; p; p = p->parent) {
		struct span boundary = p->entity.boundary, rest = span_from(text, boundary.n);

		if (p->entity.kind != ENTITY_MULTIPART || !span_starts(text, boundary))
			continue;
		if (p != l->part || l->epilogue || (rest.n > 0 && !span_is(rest, SPAN("--"))))
			tell(l, l->part, BOUNDARY_LIKE, l->line + 1);
		l->epilogue |= p == l->part && rest.n > 0;
		return;
	}
}

static void end_line(struct lint *l)
{
	struct span line = span_of(l->start, l->column < LINT_LINE_START ? (size_t)l->column : LINT_LINE_START);

	if (line.n > 0 && l->last == '\r' && l->column <= LINT_LINE_START)
		line.n--;
	l->column -= l->column > 0 && l->last == '\r';
	check_length(l);
	if (span_starts(line, SPAN("--")))
		check_dashes(l, line);
	else if (l->epilogue && span_trim(line).n > 0)
		tell(l, l->part, EPILOGUE, l->line + 1);
	l->column = 0;
}

/* Part of a line, or all of it, with its LF if that has come. */
static void check_line(struct lint *l, struct span s)
{
	bool ends = s.p[s.n - 1] == '\n',
	     binary = l->part->entity.kind == ENTITY_LEAF && !l->is_text && l->part->entity.encoding == ENCODING_BINARY;

	if (!binary && ((l->last == '\r' && s.p[0] != '\n') || span_find(s, '\r') + 1 + ends < s.n))
		tell(l, l->part, BODY_BARE_CR, l->line + 1);
	if (l->part->entity.kind == ENTITY_LEAF)
		check_octets(l, s);
	for (size_t i = 0; i < s.n - ends && l->column + i < LINT_LINE_START; i++)
		l->start[l->column + i] = s.p[i];
	l->column += s.n - ends;
	if (s.n > ends)
		l->last = s.p[s.n - ends - 1];
	if (!ends)
		return;
	end_line(l);
	l->last = '\n';
	l->line++;
}

static void check_body(struct lint *l, struct span piece)
{
	while (piece.n > 0) {
		size_t lf = span_find(piece, '\n'), n = lf < piece.n ? lf + 1 : lf;

		check_line(l, span_of(piece.p, n));
		piece = span_from(piece, n);
	}
}

/* ---- events ---- */

static void part_begins(void *context, const struct mime_part *part, struct span header)
{
	struct lint *l = context;
	struct header h = { .part = part,
			    .message = !part->parent || part->parent->entity.kind == ENTITY_MESSAGE,
			    .line = part->header.lines + 1 };

	arena_reset(&l->arena);
	if (l->signed_depth == 0 && part->parent && part->index == 0 &&
	    entity_is(&part->parent->entity, "multipart", "signed"))
		l->signed_depth = part->depth;
	check_fields(l, &h, header);
	check_missing(l, &h);
	check_entity(l, &h);
	if (part->entity.kind == ENTITY_MULTIPART)
		check_boundary(l, &h);
	begin_body(l, &h);
	l->part = part;
	l->line = part->body.lines;
	l->column = 0;
	l->last = '\n';
	l->epilogue = false;
}

static void header_goes_on(void *context, const struct mime_part *part, struct span piece)
{
	struct lint *l = context;

	(void)part;
	l->line += count_lines(piece);
}

static void content_comes(void *context, const struct mime_part *part, struct span piece)
{
	(void)part;
	check_body(context, piece);
}

static void end_leaf(struct lint *l, const struct mime_part *part)
{
	uint64_t junk = encoding_decode_junk(&l->decode);

	if (l->column > 0)
		end_line(l);
	encoding_decode_end(&l->decode, &l->out);
	if (part->entity.encoding == ENCODING_BASE64 && encoding_decode_junk(&l->decode) > junk)
		tell(l, part, BASE64_DAMAGED, l->line + 1);
	check_text(l);
	if (l->looks_for_files)
		uuencode_end(&l->uuencode);
	if (l->charset_is_utf8 && !utf8_check_end(&l->utf8))
		tell(l, part, CHARSET_BROKEN, l->line + 1);
}

static void part_ends(void *context, const struct mime_part *part)
{
	struct lint *l = context;

	if (part->entity.kind == ENTITY_LEAF)
		end_leaf(l, part);
	else if (l->column > 0)
		end_line(l);
	if (part->problems & MIME_UNCLOSED)
		tell(l, part, UNCLOSED, part->end.lines + 1);
	if (part->problems & MIME_EMPTY)
		tell(l, part, EMPTY_MULTIPART, part->end.lines + 1);
	if (part->depth == l->signed_depth)
		l->signed_depth = 0;
	l->part = part->parent ? part->parent : &l->nothing;
	l->told = 0;
	l->column = 0;
	l->last = '\n';
	l->epilogue = false;
}

static void between_comes(void *context, struct span piece)
{
	check_body(context, piece);
}

static const struct mime_events events = { part_begins, header_goes_on, content_comes, part_ends, between_comes };

/* ---- a message ---- */

void lint_init(struct lint *l, const struct mime_limits *limits, lint_report report, void *context)
{
	memset(l, 0, sizeof(*l));
	l->report = report;
	l->context = context;
	buf_init(&l->out, SIZE_MAX / 4);
	mime_init(&l->mime, limits, NULL, &events, l);
	lint_restart(l);
}

void lint_restart(struct lint *l)
{
	l->part = &l->nothing;
	l->findings = l->ambiguous = 0;
	l->signed_depth = 0;
	l->ends = (struct linescan){ 0 };
	l->mixed_line = 0;
	l->last_fed = '\0';
	mime_restart(&l->mime);
}

/* Where the first line is that ends otherwise than those before it. */
static void look_at_line_ends(struct lint *l, struct span piece)
{
	while (l->mixed_line == 0 && piece.n > 0) {
		size_t lf = span_find(piece, '\n'), n = lf < piece.n ? lf + 1 : lf;

		linescan_count(span_of(piece.p, n), l->last_fed, &l->ends);
		l->last_fed = piece.p[n - 1];
		piece = span_from(piece, n);
		if (l->ends.bare != 0 && l->ends.bare != l->ends.lines)
			l->mixed_line = l->ends.lines;
	}
}

void lint_feed(struct lint *l, struct span piece)
{
	look_at_line_ends(l, piece);
	mime_feed(&l->mime, piece);
}

void lint_end(struct lint *l)
{
	mime_end(&l->mime);
	if (l->mixed_line > 0)
		tell(l, &l->nothing, LINE_ENDS, l->mixed_line);
}

void lint_clear(struct lint *l)
{
	mime_clear(&l->mime);
	arena_clear(&l->arena);
	buf_clear(&l->out);
}

const char *lint_kind_name(enum lint_kind kind)
{
	static const char *const names[] = { "violation", "ambiguous", "limit" };

	return names[kind];
}
