/* SPDX-License-Identifier: ISC */
/*
 * entry - the elements of alias values, forward and :include: files.
 *
 * An element is first cut off at its separator, which depends on whether it is
 * a command (only double quotes protect a comma) or an address (parentheses
 * and angle brackets do too); then what was cut is read by itself.
 */
#include "route/entry.h"

#include <string.h>

#include "message/address.h"

void entries_init(struct entries *e, enum entries_form form, const char *file, size_t line, struct span text)
{
	*e = (struct entries){ .rest = text, .form = form, .file = file, .line = line };
	/* The first line of an alias has its name in front. */
	e->line_start = form == ENTRIES_FILE;
}

static int wrong(const struct entries *e, size_t line, const char *what, struct fault *f)
{
	return fault_temp(f, 451, "4.3.5", "%s:%zu: %s", e->file, line, what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Go over n bytes, counting lines. */
static void advance(struct entries *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		e->line += e->rest.p[i] == '\n';
	e->rest = span_from(e->rest, n);
}

static void skip_comment(struct entries *e)
{
	advance(e, span_find(e->rest, '\n'));
}

/* To the first byte of an element; false: there is none. */
static bool skip_separators(struct entries *e)
{
	while (e->rest.n) {
		char c = e->rest.p[0];

		if (c == '#' && e->line_start) {
			skip_comment(e);
			continue;
		}
		if (!is_blank(c) && c != ',')
			return true;
		e->line_start = c == '\n' || (e->line_start && c != ',');
		advance(e, 1);
	}
	return false;
}

/* What protects a separator in the element that is cut off. */
struct cutter {
	bool address; /* parentheses and angle brackets count */
	bool quoted, escaped;
	size_t parens;
	bool angle;
};

static void take(struct cutter *c, char byte)
{
	if (c->escaped) {
		c->escaped = false;
	} else if (byte == '\\' && (c->quoted || c->parens)) {
		c->escaped = true;
	} else if (byte == '"' && !c->parens) {
		c->quoted = !c->quoted;
	} else if (c->address && !c->quoted) {
		c->parens += byte == '(';
		c->parens -= byte == ')' && c->parens > 0;
		if (!c->parens && (byte == '<' || byte == '>'))
			c->angle = byte == '<';
	}
}

/*
 * The element at the front of rest. A line end in a forward file ends it even in quotes, and so an open
 * quote costs one line, not the rest of the file; *open says so. In an alias it is what continuation lines leave.
 */
static struct span cut_element(struct entries *e, bool *open)
{
	struct cutter c = { .address = !strchr("|/:\\", e->rest.p[0]) };
	struct span s = e->rest;
	size_t n = 0;

	for (; n < s.n; n++) {
		if (s.p[n] == '\n' && e->form == ENTRIES_FILE)
			break;
		if (s.p[n] == ',' && !c.quoted && !c.parens && !c.angle)
			break;
		take(&c, s.p[n]);
	}
	*open = c.quoted || c.parens || c.angle;
	e->line_start = false;
	advance(e, n);
	return span_trim(span_of(s.p, n));
}

/* Drop the line ends, and comment lines, that stand within the value of an alias. */
static struct span join_lines(struct arena *a, struct span s)
{
	char *p;
	size_t n = 0;

	if (span_find(s, '\n') == s.n)
		return s;
	p = arena_alloc(a, s.n);
	while (s.n) {
		struct span line = span_cut(&s, '\n'), text = span_trim(line);

		if (n > 0 && text.n && text.p[0] == '#')
			continue;
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (line.n)
			memcpy(p + n, line.p, line.n);
		n += line.n;
	}
	return span_trim(span_of(p, n));
}

/* If all of s is one quoted string: true, and its content. */
static bool unquote(struct arena *a, struct span s, struct span *out)
{
	size_t n = 0, i = 1;
	char *p;

	if (s.n < 2 || s.p[0] != '"')
		return false;
	p = arena_alloc(a, s.n);
	for (; i < s.n && s.p[i] != '"'; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		p[n++] = s.p[i];
	}
	if (i + 1 != s.n)
		return false;
	*out = span_of(p, n);
	return true;
}

/* What the first bytes of an element say it is. */
static const struct mark {
	const char *text;
	enum entry_kind kind;
} marks[] = {
	{ "|", ENTRY_COMMAND },
	{ "/", ENTRY_FILE },
	{ ":include:", ENTRY_INCLUDE },
	{ "\\", ENTRY_USER },
};

static const struct mark *find_mark(struct span s)
{
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (span_starts_nocase(s, span_str(marks[i].text)))
			return &marks[i];
	return NULL;
}

static bool has_blank(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (is_blank(s.p[i]))
			return true;
	return false;
}

/* An address as people write it: comments, a display name and angle brackets. */
static const char *clean_address(struct arena *a, struct span s)
{
	struct address parsed;
	struct span rest = s;

	/* Nearly every one is plain. */
	if (!has_blank(s) && !memchr(s.p, '(', s.n) && !memchr(s.p, '<', s.n))
		return address_is_valid(s, true, true) ? arena_span(a, s) : NULL;
	if (address_next(&rest, a, &parsed) != 1 || span_trim(rest).n || !parsed.mailbox[0])
		return NULL;
	return address_is_valid(span_str(parsed.mailbox), true, true) ? parsed.mailbox : NULL;
}

static int read_address(const struct entries *e, size_t line, struct arena *a, struct span s, struct entry *out,
			struct fault *f)
{
	if (s.n && s.p[0] == '#')
		return wrong(e, line, "a comment begins at the start of a line", f);
	if (s.n && s.p[0] == ':')
		return wrong(e, line, "\":include:/file\" is the only word that begins with a colon", f);
	out->text = clean_address(a, s);
	if (out->text)
		return 1;
	if (has_blank(s) && span_find(s, '<') == s.n && span_find(s, '(') == s.n)
		return wrong(e, line, "an address has a blank in it; a comma separates addresses", f);
	return wrong(e, line, "this is not an address", f);
}

/* Commands and paths: what follows the mark. */
static int read_argument(const struct entries *e, size_t line, struct arena *a, struct span s, bool quoted,
			 struct entry *out, struct fault *f)
{
	static const char *const empty[ENTRY_KINDS] = {
		[ENTRY_COMMAND] = "there is no command behind the \"|\"",
		[ENTRY_INCLUDE] = ":include: needs a file name that begins with a slash",
		[ENTRY_USER] = "there is no user behind the backslash",
	};
	struct span inner;

	if (!quoted && out->kind != ENTRY_USER && unquote(a, s, &inner)) {
		s = inner;
		quoted = true;
	}
	s = span_trim(s);
	if (s.n == 0 || (out->kind == ENTRY_INCLUDE && s.p[0] != '/'))
		return wrong(e, line, empty[out->kind], f);
	if (!quoted && out->kind != ENTRY_COMMAND && has_blank(s))
		return wrong(e, line, "a name with a blank in it must be in double quotes", f);
	if (out->kind == ENTRY_USER && !address_is_valid(s, true, true))
		return wrong(e, line, "there is no user name behind the backslash", f);
	out->text = arena_span(a, s);
	return 1;
}

/* A tab is a blank; a line end has become none by now. */
static bool has_control(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\t' && span_has_control(span_of(s.p + i, 1)))
			return true;
	return false;
}

static int read_element(const struct entries *e, size_t line, struct arena *a, struct span s, struct entry *out,
			struct fault *f)
{
	const struct mark *mark;
	bool quoted = false;
	struct span inner;

	if (has_control(s))
		return wrong(e, line, "there is a control byte", f);
	/* "|command" and "/file" in quotes; but "a b"@domain is an address. */
	if (unquote(a, s, &inner) && (mark = find_mark(inner)) && mark->kind != ENTRY_USER) {
		quoted = true;
		s = inner;
	}
	mark = find_mark(s);
	out->kind = mark ? mark->kind : ENTRY_ADDRESS;
	if (!mark)
		return read_address(e, line, a, s, out, f);
	/* A file's slash belongs to its name. */
	return read_argument(e, line, a, mark->kind == ENTRY_FILE ? s : span_from(s, strlen(mark->text)), quoted, out,
			     f);
}

int entry_next(struct entries *e, struct arena *a, struct entry *out, struct fault *f)
{
	bool open;
	struct span s;
	size_t line;

	if (!skip_separators(e))
		return 0;
	out->line = line = e->line;
	s = cut_element(e, &open);
	if (open)
		return wrong(e, line, "a quote, parenthesis or angle bracket is not closed", f);
	s = join_lines(a, s);
	if (s.n > ENTRY_MAX)
		return fault_temp(f, 451, "4.3.5", "%s:%zu: this is longer than %d bytes", e->file, line, ENTRY_MAX);
	return read_element(e, line, a, s, out, f);
}
