/* SPDX-License-Identifier: ISC */
/*
 * address - the addresses in header fields, and the parts of one address.
 *
 * An element of the list is read twice: once up to its separator, which finds
 * the angle brackets and so what is display name and what is address; then
 * the address alone. Both passes take tokens, each byte belongs to one, so the time is linear.
 */
#include "message/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "message/header.h"
#include "message/words.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_COMMENT, TOKEN_LITERAL, TOKEN_SPECIAL, TOKEN_BAD };

struct token {
	enum token_kind kind;
	struct span text; /* with its delimiters */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_special(char c)
{
	return c != '\0' && strchr("()<>[]:;@\\,.\"", c);
}

/* RFC 5322 atext with RFC 6532's UTF8-non-ascii. */
static bool is_atext(char c)
{
	return (unsigned char)c > 0x20 && c != 0x7f && !is_special(c);
}

/* Length of a quoted string or domain literal at the front of s; 0 when it has no end. */
static size_t delimited_length(struct span s, char open, char close)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == close)
			return i + 1;
		else if (s.p[i] == open)
			return 0;
	}
	return 0;
}

/* Length of a comment; sets *bad when it nests too deep or has no end. */
static size_t comment_length(struct span s, bool *bad)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(' && ++depth > ADDRESS_COMMENT_DEPTH)
			*bad = true;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	*bad = true;
	return s.n;
}

static size_t word_length(struct span s)
{
	size_t n = 0;

	while (n < s.n && !is_blank(s.p[n]) && !is_special(s.p[n]))
		n++;
	return n;
}

/* A "[" or quote that nothing closes is a bad token: the literal by itself, the string up to the end of all. */
static struct token delimited_token(struct span s, enum token_kind kind, char open, char close)
{
	size_t n = delimited_length(s, open, close);

	if (n > 0)
		return (struct token){ kind, span_of(s.p, n) };
	return (struct token){ TOKEN_BAD, span_of(s.p, kind == TOKEN_QUOTED ? s.n : 1) };
}

static struct token read_token(struct span s)
{
	bool bad = false;
	size_t n;

	if (s.n == 0)
		return (struct token){ TOKEN_END, s };
	if (s.p[0] == '(') {
		n = comment_length(s, &bad);
		return (struct token){ bad ? TOKEN_BAD : TOKEN_COMMENT, span_of(s.p, n) };
	}
	if (s.p[0] == '"')
		return delimited_token(s, TOKEN_QUOTED, '"', '"');
	if (s.p[0] == '[')
		return delimited_token(s, TOKEN_LITERAL, '[', ']');
	if (s.p[0] == ')' || s.p[0] == ']' || s.p[0] == '\\')
		return (struct token){ TOKEN_BAD, span_of(s.p, 1) };
	n = word_length(s);
	return n ? (struct token){ TOKEN_WORD, span_of(s.p, n) } : (struct token){ TOKEN_SPECIAL, span_of(s.p, 1) };
}

static struct token next_token(struct span *rest)
{
	struct token t;

	while (rest->n && is_blank(rest->p[0]))
		*rest = span_from(*rest, 1);
	t = read_token(*rest);
	*rest = span_from(*rest, t.text.n);
	return t;
}

/* Make *s reach from its own start (or, if it has none yet, from that of `to`) to the end of `to`. */
static void extend(struct span *s, struct span to)
{
	if (!s->p)
		s->p = to.p;
	s->n = (size_t)(to.p + to.n - s->p);
}

struct element {
	struct span text, words, angle, comment;
	enum { BEFORE_ANGLE, IN_ANGLE, BEHIND_ANGLE } place;
	bool at;    /* there was an "@" before an angle bracket */
	bool route; /* the angle bracket began with "@", and its ":" is still to come */
	bool bad;
	bool groups; /* a colon ends it: what stands in front is the name of a group */
	bool names_group, ends_group;
};

/* What a token in angle brackets does; false: it ends the element, which is then a bad one. */
static bool take_in_angle(struct element *e, struct token t)
{
	char c = t.kind == TOKEN_SPECIAL ? t.text.p[0] : '\0';

	if (c == '>') {
		e->place = BEHIND_ANGLE;
		return true;
	}
	if (c == '@' && e->angle.n == 0)
		e->route = true;
	if (c == '<' || ((c == ',' || c == ':') && !e->route))
		e->bad = true;
	if (c == ':')
		e->route = false;
	extend(&e->angle, t.text);
	return c != ';' && !(c == ',' && e->bad);
}

/* The name of a group is not an element of the list: begin again behind the colon. */
static bool take_colon(struct element *e)
{
	if (e->at || e->bad || e->place == BEHIND_ANGLE) {
		e->bad = true;
		return false;
	}
	if (e->groups) {
		e->names_group = true;
		return false;
	}
	*e = (struct element){ 0 };
	return true;
}

/* What a token outside angle brackets does; false: it ends the element. */
static bool take_outside(struct element *e, struct token t)
{
	char c = t.kind == TOKEN_SPECIAL ? t.text.p[0] : '\0';

	e->ends_group = c == ';';
	if (c == ',' || c == ';')
		return false;
	if (c == ':')
		return take_colon(e);
	if (e->place == BEHIND_ANGLE || c == '>') {
		e->bad = true;
	} else if (c == '<') {
		e->place = IN_ANGLE;
		e->angle = span_of(t.text.p + 1, 0);
	} else {
		e->at |= c == '@';
		extend(&e->words, t.text);
	}
	return true;
}

static struct element next_element(struct span *rest, bool groups)
{
	struct element e = { .groups = groups };

	for (;;) {
		struct token t = next_token(rest);
		bool more;

		if (t.kind == TOKEN_END)
			break;
		if (t.kind == TOKEN_COMMENT) {
			e.comment = span_of(t.text.p + 1, t.text.n - 2);
			more = true;
		} else {
			e.bad |= t.kind == TOKEN_BAD;
			more = e.place == IN_ANGLE ? take_in_angle(&e, t) : take_outside(&e, t);
		}
		if (!more)
			break;
		/* A colon has emptied the element: its text begins behind it. */
		if (t.kind != TOKEN_SPECIAL || t.text.p[0] != ':' || e.place == IN_ANGLE)
			extend(&e.text, t.text);
	}
	e.bad |= e.place == IN_ANGLE;
	return e;
}

/* An addr-spec as it is put together: the local part without its quoting, the domain. */
struct spec {
	char local[ADDRESS_MAX], domain[ADDRESS_MAX];
	size_t nlocal, ndomain;
	struct span text;
	bool in_domain;
	bool glued; /* the token before was a word: only "." or "@" may follow */
	bool quoted;
	bool bad;
};

static void add_char(struct spec *s, char c)
{
	char *to = s->in_domain ? s->domain : s->local;
	size_t *n = s->in_domain ? &s->ndomain : &s->nlocal;

	if (*n == ADDRESS_MAX || (unsigned char)c < 0x20 || c == 0x7f)
		s->bad = true;
	else
		to[(*n)++] = c;
}

/* The content of a quoted string: pairs resolved, unfolded. */
static void add_quoted(struct spec *s, struct span text)
{
	text = span_of(text.p + 1, text.n - 2);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '\\' && i + 1 < text.n)
			add_char(s, text.p[++i]);
		else if (c != '\r' && c != '\n')
			add_char(s, c == '\t' ? ' ' : c);
	}
	s->quoted = true;
}

/* Without what an address of any network has no use for: an "@" in it would be a second one. */
static void add_literal(struct spec *s, struct span text)
{
	s->bad |= !s->in_domain || s->ndomain > 0;
	for (size_t i = 0; i < text.n; i++) {
		s->bad |= i > 0 && i + 1 < text.n && is_special(text.p[i]) && text.p[i] != '.' && text.p[i] != ':';
		if (!is_blank(text.p[i]))
			add_char(s, text.p[i]);
	}
}

static void add_special(struct spec *s, char c)
{
	if (c == '.') {
		add_char(s, c);
	} else if (c == '@' && !s->in_domain && (s->nlocal || s->quoted)) {
		s->in_domain = true;
	} else {
		s->bad = true;
	}
	s->glued = false;
}

static void add_token(struct spec *s, struct token t)
{
	if (t.kind == TOKEN_COMMENT)
		return;
	extend(&s->text, t.text);
	if (t.kind == TOKEN_SPECIAL) {
		add_special(s, t.text.p[0]);
		return;
	}
	s->bad |= s->glued || t.kind == TOKEN_BAD || (t.kind == TOKEN_QUOTED && s->in_domain);
	s->glued = true;
	if (t.kind == TOKEN_QUOTED)
		add_quoted(s, t.text);
	else if (t.kind == TOKEN_LITERAL)
		add_literal(s, t.text);
	else
		for (size_t i = 0; i < t.text.n; i++)
			add_char(s, t.text.p[i]);
}

/* Take "@a,@b:" off the front of what stands in angle brackets, RFC 5322 4.4. */
static struct span without_route(struct span text, struct span *route)
{
	struct span rest = text;
	struct token t = next_token(&rest);

	while (t.kind == TOKEN_COMMENT)
		t = next_token(&rest);
	if (t.kind != TOKEN_SPECIAL || t.text.p[0] != '@')
		return text;
	while (t.kind != TOKEN_END && t.kind != TOKEN_BAD) {
		if (t.kind == TOKEN_SPECIAL && t.text.p[0] == ':') {
			*route = span_trim(span_of(text.p, (size_t)(t.text.p - text.p)));
			return rest;
		}
		t = next_token(&rest);
	}
	return text;
}

/* RFC 5322 dot-atom. */
static bool is_dot_atom(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '.' && !is_atext(p[i]))
			return false;
		if (p[i] == '.' && (i == 0 || i + 1 == n || p[i - 1] == '.'))
			return false;
	}
	return n > 0;
}

static size_t put_local(char *to, const struct spec *s)
{
	size_t n = 0;

	if (is_dot_atom(s->local, s->nlocal)) {
		memcpy(to, s->local, s->nlocal);
		return s->nlocal;
	}
	to[n++] = '"';
	for (size_t i = 0; i < s->nlocal; i++) {
		if (s->local[i] == '"' || s->local[i] == '\\')
			to[n++] = '\\';
		to[n++] = s->local[i];
	}
	to[n++] = '"';
	return n;
}

/* Build out->mailbox and its parts; -1 when it is no address. */
static int finish_spec(const struct spec *s, struct arena *a, struct address *out)
{
	char text[2 * ADDRESS_MAX + 2 + 1 + ADDRESS_MAX];
	size_t local, n;

	if (s->bad || (s->in_domain && s->ndomain == 0))
		return -1;
	local = n = s->nlocal || s->quoted ? put_local(text, s) : 0;
	if (s->in_domain) {
		text[n++] = '@';
		memcpy(text + n, s->domain, s->ndomain);
		n += s->ndomain;
	}
	if (n > ADDRESS_MAX)
		return -1;
	out->spec = s->text;
	out->mailbox = arena_span(a, span_of(text, n));
	out->local = span_of(out->mailbox, local);
	out->domain = s->in_domain ? span_of(out->mailbox + local + 1, s->ndomain) : span_of(out->mailbox + n, 0);
	return 0;
}

static int parse_spec(struct span text, struct arena *a, struct address *out)
{
	struct spec s;
	struct token t;

	s.nlocal = s.ndomain = 0;
	s.in_domain = s.glued = s.quoted = s.bad = false;
	s.text = span_of(NULL, 0);
	while (!s.bad && (t = next_token(&text)).kind != TOKEN_END)
		add_token(&s, t);
	if (!s.text.p)
		s.text = text;
	return finish_spec(&s, a, out);
}

static bool is_empty(const struct element *e)
{
	return !e->bad && !e->words.p && e->place == BEFORE_ANGLE;
}

static int finish_element(const struct element *e, struct arena *a, struct address *out)
{
	*out = (struct address){ .text = e->text, .comment = e->comment };
	if (e->bad)
		return -1;
	out->angle = e->place == BEHIND_ANGLE;
	if (!out->angle)
		return parse_spec(e->words, a, out) < 0 ? -1 : 1;
	out->display = e->words;
	return parse_spec(without_route(e->angle, &out->route), a, out) < 0 ? -1 : 1;
}

int address_next(struct span *rest, struct arena *a, struct address *out)
{
	struct element e;

	do {
		if (rest->n == 0)
			return 0;
		e = next_element(rest, false);
	} while (is_empty(&e));
	return finish_element(&e, a, out);
}

static int end_group(struct address_list *l, struct address *out, enum address_kind *kind)
{
	*out = (struct address){ 0 };
	*kind = ADDRESS_GROUP_END;
	l->ends = l->in_group = false;
	return 1;
}

int address_list_next(struct address_list *l, struct arena *a, struct address *out, enum address_kind *kind)
{
	struct element e;

	do {
		if (l->ends || (l->in_group && l->rest.n == 0))
			return end_group(l, out, kind);
		if (l->rest.n == 0)
			return 0;
		e = next_element(&l->rest, !l->in_group);
		l->ends = l->in_group && e.ends_group;
	} while (is_empty(&e) && !e.names_group);
	*kind = e.names_group ? ADDRESS_GROUP : ADDRESS_MAILBOX;
	if (!e.names_group)
		return finish_element(&e, a, out);
	l->in_group = true;
	*out = (struct address){ .text = e.text, .display = e.words };
	return 1;
}

void address_split(struct span mailbox, struct span *local, struct span *domain)
{
	size_t at = mailbox.n;
	bool quoted = false;

	for (size_t i = 0; i < mailbox.n; i++) {
		if (mailbox.p[i] == '"')
			quoted = !quoted;
		else if (mailbox.p[i] == '\\' && quoted)
			i++;
		else if (mailbox.p[i] == '@' && !quoted)
			at = i;
	}
	*local = span_of(mailbox.p, at);
	*domain = span_from(mailbox, at + 1);
}

/* RFC 5321 Quoted-string: no control bytes, quotes only at the ends. */
static bool is_quoted_string(struct span s)
{
	if (delimited_length(s, '"', '"') != s.n || span_has_control(s))
		return false;
	return s.n >= 2;
}

enum { LABEL_MAX = 63, DOMAIN_MAX = 255, DISPLAY_MAX = 1 << 20 };

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Letters, digits and hyphens inside; underscores too, which hosts of Windows networks have. */
static bool is_label(struct span s, bool utf8)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && !(utf8 && (unsigned char)s.p[i] >= 0x80))
			return false;
	return s.n > 0 && s.n <= LABEL_MAX && s.p[0] != '-' && s.p[s.n - 1] != '-';
}

/* RFC 5321 4.1.3: "[192.0.2.1]" or "[IPv6:2001:db8::1]". */
static bool is_literal(struct span s)
{
	unsigned char bytes[16];
	char text[INET6_ADDRSTRLEN];
	int family = AF_INET;

	if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	s = span_of(s.p + 1, s.n - 2);
	if (span_starts_nocase(s, SPAN("IPv6:"))) {
		family = AF_INET6;
		s = span_from(s, 5);
	}
	if (s.n >= sizeof(text) || span_has_control(s))
		return false;
	snprintf(text, sizeof(text), "%.*s", SPAN_ARG(s));
	return inet_pton(family, text, bytes) == 1;
}

static bool is_domain(struct span s, bool utf8)
{
	if (s.n > DOMAIN_MAX)
		return false;
	if (s.n && s.p[0] == '[')
		return is_literal(s);
	if (s.n && s.p[s.n - 1] == '.')
		return false;
	while (s.n)
		if (!is_label(span_cut(&s, '.'), utf8))
			return false;
	return true;
}

bool address_is_valid(struct span mailbox, bool unqualified, bool utf8)
{
	struct span local, domain;

	if (mailbox.n == 0 || mailbox.n > ADDRESS_MAX)
		return false;
	if (utf8 ? !utf8_is_valid(mailbox) : span_has_8bit(mailbox))
		return false;
	address_split(mailbox, &local, &domain);
	if (local.n == mailbox.n ? !unqualified : domain.n == 0 || !is_domain(domain, utf8))
		return false;
	return is_dot_atom(local.p, local.n) || is_quoted_string(local);
}

const char *address_display(struct arena *a, struct span written)
{
	char *plain = arena_alloc(a, written.n + 1);
	struct buf text;
	size_t n = 0;

	for (size_t i = 0; i < written.n; i++) {
		if (written.p[i] == '"')
			continue;
		if (written.p[i] == '\\' && i + 1 < written.n)
			i++;
		plain[n++] = written.p[i];
	}
	buf_init(&text, DISPLAY_MAX);
	words_decode(&text, span_of(plain, n));
	plain = arena_span(a, buf_span(&text));
	buf_clear(&text);
	return plain;
}

void address_put(struct buf *out, const char *display, const char *mailbox)
{
	struct span name = span_trim(span_str(display));

	if (name.n == 0) {
		buf_put_str(out, mailbox);
		return;
	}
	words_put_phrase(out, name);
	words_put_gap(out, SPAN(" "), strlen(mailbox) + 2);
	buf_printf(out, "<%s>", mailbox);
}

void address_put_display(struct buf *out, struct arena *a, const struct address *x)
{
	struct span s = span_str(header_unfold(a, x->display));
	char *text = arena_alloc(a, s.n + 1);
	bool quoted = false;
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '"') {
			quoted = !quoted;
			continue;
		}
		i += quoted && s.p[i] == '\\' && i + 1 < s.n;
		text[n++] = s.p[i];
	}
	words_decode(out, span_trim(span_of(text, n)));
}
