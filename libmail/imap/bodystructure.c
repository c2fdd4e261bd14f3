/* SPDX-License-Identifier: ISC */
/*
 * bodystructure - BODYSTRUCTURE, and BODY out of it.
 *
 * Recursion is as deep as the message, MIME_DEPTH_MAX at most.
 */
#include "imap/bodystructure.h"

#include <strings.h>

#include "imap/envelope.h"
#include "imap/put.h"

static void put_text(struct buf *out, const char *text)
{
	imap_put_nstring(out, span_str(text), false);
}

/* A blank and a string. */
static void put_more(struct buf *out, const char *text)
{
	buf_put_char(out, ' ');
	put_text(out, text);
}

static bool has_charset(const struct params *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (span_starts_nocase(p->v[i].name, SPAN("charset")) &&
		    (p->v[i].name.n == 7 || p->v[i].name.p[7] == '*'))
			return true;
	return false;
}

static void put_params(struct buf *out, const struct params *p, bool add_charset)
{
	char before = '(';

	for (size_t i = 0; i < p->n; i++) {
		buf_put_char(out, before);
		imap_put_string(out, p->v[i].name, false);
		buf_put_char(out, ' ');
		imap_put_string(out, p->v[i].value, false);
		before = ' ';
	}
	if (add_charset) {
		buf_put_char(out, before);
		buf_put_str(out, "\"charset\" \"us-ascii\"");
		before = ' ';
	}
	buf_put_str(out, before == '(' ? "NIL" : ")");
}

static void put_disposition(struct buf *out, const struct entity *e)
{
	if (!e->disposition || !e->disposition[0]) {
		buf_put_str(out, " NIL");
		return;
	}
	buf_put_str(out, " (");
	put_text(out, e->disposition);
	buf_put_char(out, ' ');
	put_params(out, &e->disposition_params, false);
	buf_put_char(out, ')');
}

static bool is_tag_char(char c)
{
	return c == '-' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* RFC 3282: tags with commas between them; what is none (comments) is passed over. */
static void put_languages(struct buf *out, const char *text)
{
	struct span rest = span_str(text);
	char before = '(';

	buf_put_char(out, ' ');
	while (rest.n > 0) {
		struct span tag = span_trim(span_cut(&rest, ','));
		size_t n = 0;

		while (n < tag.n && is_tag_char(tag.p[n]))
			n++;
		if (n == 0)
			continue;
		buf_put_char(out, before);
		imap_put_string(out, span_of(tag.p, n), false);
		before = ' ';
	}
	buf_put_str(out, before == '(' ? "NIL" : ")");
}

static void put_extension(struct buf *out, const struct entity *e)
{
	put_disposition(out, e);
	put_languages(out, e->language);
	put_more(out, e->location);
	buf_put_char(out, ')');
}

static const char empty_text[] = "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL)";

static void put_node(struct buf *out, struct arena *a, const struct mime_node *node);

static void put_multipart(struct buf *out, struct arena *a, const struct mime_node *node)
{
	buf_put_char(out, '(');
	for (const struct mime_node *child = node->children; child; child = child->next)
		put_node(out, a, child);
	if (!node->children)
		buf_put_str(out, empty_text);
	put_more(out, node->part.entity.subtype);
	buf_put_char(out, ' ');
	put_params(out, &node->part.entity.params, false);
	put_extension(out, &node->part.entity);
}

/* What the type of a leaf is to a client: the syntax of some types wants what it does not have. */
static void choose_type(const struct mime_part *part, const char **type, const char **subtype)
{
	bool is_opaque = part->problems & MIME_OPAQUE;

	*type = part->entity.type;
	*subtype = part->entity.subtype;
	if (part->entity.kind == ENTITY_LEAF && strcasecmp(*type, "multipart") == 0) {
		*type = is_opaque ? "application" : "text";
		*subtype = is_opaque ? "octet-stream" : "plain";
	}
}

/* Whether there is an envelope in it is a matter of the name alone, for clients that parse it. */
static bool is_message(const char *type, const char *subtype)
{
	return strcasecmp(type, "message") == 0 &&
	       (strcasecmp(subtype, "rfc822") == 0 || strcasecmp(subtype, "global") == 0);
}

static void put_within(struct buf *out, struct arena *a, const struct mime_node *node)
{
	static const struct mime_envelope none = { 0 };

	buf_put_char(out, ' ');
	imap_envelope_put(out, a, node->children && node->children->envelope ? node->children->envelope : &none);
	buf_put_char(out, ' ');
	if (node->children)
		put_node(out, a, node->children);
	else
		buf_put_str(out, empty_text);
}

static void put_single(struct buf *out, struct arena *a, const struct mime_node *node)
{
	const struct mime_part *part = &node->part;
	const struct entity *e = &part->entity;
	const char *type, *subtype;
	bool is_text, has_message;

	choose_type(part, &type, &subtype);
	is_text = strcasecmp(type, "text") == 0;
	has_message = is_message(type, subtype);
	buf_put_char(out, '(');
	put_text(out, type);
	put_more(out, subtype);
	buf_put_char(out, ' ');
	put_params(out, &e->params, is_text && !has_charset(&e->params));
	put_more(out, e->id);
	put_more(out, e->description);
	put_more(out, e->transfer_encoding && e->transfer_encoding[0] ? e->transfer_encoding : "7bit");
	buf_put_char(out, ' ');
	buf_put_number(out, mime_octets_crlf(part->body, part->end));
	if (has_message)
		put_within(out, a, node);
	if (is_text || has_message) {
		buf_put_char(out, ' ');
		buf_put_number(out, part->end.lines - part->body.lines);
	}
	put_more(out, e->md5);
	put_extension(out, e);
}

static void put_node(struct buf *out, struct arena *a, const struct mime_node *node)
{
	if (node->part.entity.kind == ENTITY_MULTIPART)
		put_multipart(out, a, node);
	else
		put_single(out, a, node);
}

void imap_bodystructure_put(struct buf *out, struct arena *a, const struct mime_node *root)
{
	put_node(out, a, root);
}

/* ---- BODY ---- */

/* A quoted string or a literal at the front of s: its length, 0 if it has no end. */
static size_t string_length(struct span s)
{
	uint64_t octets;
	size_t brace;

	if (s.p[0] == '"') {
		for (size_t i = 1; i < s.n; i++) {
			if (s.p[i] == '\\')
				i++;
			else if (s.p[i] == '"')
				return i + 1;
		}
		return 0;
	}
	brace = span_find(s, '}');
	if (brace + 3 > s.n || span_number(span_of(s.p + 1, brace - 1), s.n, &octets) < 0 || octets > s.n - brace - 3)
		return 0;
	return brace + 3 + (size_t)octets;
}

static size_t atom_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '(' && s.p[n] != ')')
		n++;
	return n;
}

/* One thing at the front of s, a list with all that is in it; 0 if it is not whole. */
static size_t thing_length(struct span s)
{
	size_t depth = 0, at = 0;

	while (at < s.n) {
		struct span rest = span_from(s, at);
		size_t n = 1;

		if (rest.p[0] == '"' || rest.p[0] == '{')
			n = string_length(rest);
		else if (rest.p[0] == '(')
			depth++;
		else if (rest.p[0] == ')')
			depth -= depth > 0;
		else if (rest.p[0] != ' ')
			n = atom_length(rest);
		if (n == 0 || (rest.p[0] == ' ' && depth == 0))
			return 0;
		at += n;
		if (depth == 0)
			return at;
	}
	return 0;
}

/* Copy a thing, with the blank in front of it. */
static int copy(struct buf *out, struct span *rest)
{
	size_t blank = rest->n > 0 && rest->p[0] == ' ';
	size_t n = thing_length(span_from(*rest, blank));

	if (n == 0)
		return -1;
	buf_put(out, rest->p, blank + n);
	*rest = span_from(*rest, blank + n);
	return 0;
}

/* Behind the bracket that closes what is at hand. */
static int skip_rest(struct buf *out, struct span *rest)
{
	while (rest->n > 0 && rest->p[0] == ' ') {
		size_t n = thing_length(span_from(*rest, 1));

		if (n == 0)
			return -1;
		*rest = span_from(*rest, 1 + n);
	}
	if (rest->n == 0 || rest->p[0] != ')')
		return -1;
	buf_put_char(out, ')');
	*rest = span_from(*rest, 1);
	return 0;
}

static int strip(struct buf *out, struct span *rest, size_t depth);

static int strip_single(struct buf *out, struct span *rest, size_t depth)
{
	enum { BASIC = 7 /* type to size */ };
	bool is_text = span_starts_nocase(*rest, SPAN("\"text\" "));
	bool has_message = span_starts_nocase(*rest, SPAN("\"message\" \"rfc822\"")) ||
			   span_starts_nocase(*rest, SPAN("\"message\" \"global\""));

	for (int i = 0; i < BASIC; i++)
		if (copy(out, rest) < 0)
			return -1;
	if (has_message) {
		if (copy(out, rest) < 0 || rest->n == 0)
			return -1;
		buf_put_char(out, ' ');
		*rest = span_from(*rest, 1);
		if (strip(out, rest, depth + 1) < 0)
			return -1;
	}
	return (is_text || has_message) && copy(out, rest) < 0 ? -1 : 0;
}

static int strip(struct buf *out, struct span *rest, size_t depth)
{
	if (rest->n == 0 || rest->p[0] != '(' || depth > MIME_DEPTH_MAX + 1)
		return -1;
	buf_put_char(out, '(');
	*rest = span_from(*rest, 1);
	if (rest->n > 0 && rest->p[0] == '(') {
		while (rest->n > 0 && rest->p[0] == '(')
			if (strip(out, rest, depth + 1) < 0)
				return -1;
		if (copy(out, rest) < 0)
			return -1;
	} else if (strip_single(out, rest, depth) < 0) {
		return -1;
	}
	return skip_rest(out, rest);
}

int imap_bodystructure_put_body(struct buf *out, struct span bodystructure)
{
	size_t before = out->n;

	if (strip(out, &bodystructure, 0) == 0 && bodystructure.n == 0)
		return 0;
	buf_cut(out, before);
	return -1;
}
