/* SPDX-License-Identifier: ISC */
/*
 * parse - the words of an IMAP command.
 *
 * Which byte may stand where is one table of bits. A function that fails leaves the cursor where it was, so that the
 * next form can be tried.
 */
#include "imap/parse.h"

#include <string.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/utf8.h"
#include "message/mutf7.h"
#include "store/folders.h"
#include "store/keywords.h"

enum {
	ATOM = 1,
	ASTRING = 2, /* and "]" */
	LIST = 4,    /* and "%" and "*" */
};

/* RFC 9051 9: ATOM-CHAR, ASTRING-CHAR, list-char. */
static unsigned classes_of(char c)
{
	if (c <= ' ' || c == 0x7f)
		return 0;
	switch (c) {
	case '(':
	case ')':
	case '{':
	case '"':
	case '\\':
		return 0;
	case '%':
	case '*':
		return LIST;
	case ']':
		return ASTRING | LIST;
	}
	return ATOM | ASTRING | LIST;
}

void imap_parse_init(struct imap_parse *p, struct arena *a, struct span text, bool utf8)
{
	*p = (struct imap_parse){ .p = text.p, .end = text.p + text.n, .arena = a, .utf8 = utf8 };
}

int imap_parse_fail(struct imap_parse *p, const char *wrong)
{
	p->wrong = wrong;
	p->cannot = false;
	return -1;
}

static int fail_meaning(struct imap_parse *p, const char *wrong)
{
	p->wrong = wrong;
	p->cannot = true;
	return -1;
}

static size_t left(const struct imap_parse *p)
{
	return (size_t)(p->end - p->p);
}

/* ---- marks ---- */

static void skip_blanks(struct imap_parse *p)
{
	while (p->p < p->end && *p->p == ' ')
		p->p++;
}

int imap_parse_sp(struct imap_parse *p)
{
	if (!imap_parse_is(p, ' '))
		return imap_parse_fail(p, imap_parse_is_end(p) ? "An argument is missing" : "Expected a blank");
	skip_blanks(p);
	return 0;
}

int imap_parse_end(struct imap_parse *p)
{
	if (!imap_parse_is_end(p))
		return imap_parse_fail(p, "Too many arguments, or something is behind them");
	p->p = p->end;
	return 0;
}

int imap_parse_char(struct imap_parse *p, char c)
{
	if (imap_parse_take(p, c))
		return 0;
	switch (c) {
	case '(':
		return imap_parse_fail(p, "Expected (");
	case ')':
		return imap_parse_fail(p, "Expected )");
	case '[':
		return imap_parse_fail(p, "Expected [");
	case ']':
		return imap_parse_fail(p, "Expected ]");
	}
	return imap_parse_fail(p, "Expected another character");
}

bool imap_parse_is(const struct imap_parse *p, char c)
{
	return p->p < p->end && *p->p == c;
}

bool imap_parse_is_end(const struct imap_parse *p)
{
	struct imap_parse rest = *p;

	skip_blanks(&rest);
	return rest.p == rest.end;
}

bool imap_parse_is_word(const struct imap_parse *p, const char *word)
{
	struct span rest = span_of(p->p, left(p));
	size_t n = strlen(word);

	return span_starts_nocase(rest, span_of(word, n)) && (rest.n == n || strchr(" ()[]<", rest.p[n]));
}

bool imap_parse_take(struct imap_parse *p, char c)
{
	bool is = imap_parse_is(p, c);

	p->p += is;
	return is;
}

bool imap_parse_take_word(struct imap_parse *p, const char *word)
{
	bool is = imap_parse_is_word(p, word);

	if (is)
		p->p += strlen(word);
	return is;
}

/* ---- words ---- */

static struct span peek(const struct imap_parse *p, unsigned class)
{
	const char *at = p->p;

	while (at < p->end && classes_of(*at) & class)
		at++;
	return span_of(p->p, (size_t)(at - p->p));
}

int imap_parse_atom(struct imap_parse *p, struct span *out)
{
	struct span word = peek(p, ATOM);

	if (word.n == 0)
		return imap_parse_fail(p, imap_parse_is_end(p) ? "An argument is missing" : "Expected an atom");
	*out = word;
	p->p += word.n;
	return 0;
}

/* With escapes undone, in the arena; without any, where it is. */
static int parse_quoted(struct imap_parse *p, struct span *out)
{
	const char *start = p->p + 1, *at = start;
	size_t escapes = 0;
	char *copy, *to;

	for (; at < p->end && *at != '"'; at++) {
		if (*at == '\\') {
			at++;
			escapes++;
			if (at == p->end || (*at != '"' && *at != '\\'))
				return imap_parse_fail(p, "In a quoted string \\ stands before \" or \\ only");
		} else if (*at == '\r' || *at == '\n' || *at == '\0') {
			return imap_parse_fail(p, "A quoted string has no line end and no NUL");
		}
	}
	if (at == p->end)
		return imap_parse_fail(p, "A quoted string has no end");
	*out = span_of(start, (size_t)(at - start));
	if (p->utf8 && !utf8_is_valid(*out))
		return imap_parse_fail(p, "A quoted string is not valid UTF-8");
	p->p = at + 1;
	if (escapes == 0)
		return 0;
	to = copy = arena_alloc(p->arena, out->n);
	for (at = start; at < p->p - 1; at++) {
		at += *at == '\\';
		*to++ = *at;
	}
	*out = span_of(copy, (size_t)(to - copy));
	return 0;
}

/* "{12}", "{12+}" and the line end: how many octets follow it, which stay. */
static int parse_announcement(struct imap_parse *p, uint64_t *octets)
{
	struct span rest = span_of(p->p + 1, left(p) - 1), number = span_of(rest.p, span_find(rest, '}'));

	if (number.n == rest.n)
		return -1;
	rest = span_from(rest, number.n + 1);
	if (number.n && number.p[number.n - 1] == '+')
		number.n--;
	if (span_number(number, INT64_MAX, octets) < 0)
		return -1;
	if (rest.n && rest.p[0] == '\r')
		rest = span_from(rest, 1);
	if (rest.n && rest.p[0] != '\n')
		return -1;
	p->p = rest.n ? rest.p + 1 : p->end;
	return 0;
}

/* The session has gathered it, so that it is whole; not so where only its announcement is there. */
static int parse_literal(struct imap_parse *p, bool may_have_nul, struct span *out)
{
	struct imap_parse behind = *p;
	uint64_t octets;

	if (parse_announcement(&behind, &octets) < 0 || octets > left(&behind))
		return imap_parse_fail(p, "A literal is not whole");
	if (!may_have_nul && memchr(behind.p, '\0', octets))
		return imap_parse_fail(p, "A literal has a NUL in it");
	*out = span_of(behind.p, octets);
	p->p = behind.p + octets;
	return 0;
}

bool imap_parse_is_announced(const struct imap_parse *p)
{
	struct imap_parse at = *p;
	uint64_t octets;

	imap_parse_take(&at, '~');
	return imap_parse_is(&at, '{') && parse_announcement(&at, &octets) == 0 && at.p == at.end;
}

int imap_parse_string(struct imap_parse *p, struct span *out)
{
	if (imap_parse_is(p, '"'))
		return parse_quoted(p, out);
	if (imap_parse_is(p, '{'))
		return parse_literal(p, false, out);
	return imap_parse_fail(p, imap_parse_is_end(p) ? "An argument is missing" : "Expected a string");
}

int imap_parse_nstring(struct imap_parse *p, struct span *out)
{
	if (!imap_parse_take_word(p, "NIL"))
		return imap_parse_string(p, out);
	*out = span_of(NULL, 0);
	return 0;
}

static int parse_string_or(struct imap_parse *p, unsigned class, struct span *out)
{
	struct span word = peek(p, class);

	if (word.n == 0)
		return imap_parse_string(p, out);
	*out = word;
	p->p += word.n;
	return 0;
}

int imap_parse_astring(struct imap_parse *p, struct span *out)
{
	return parse_string_or(p, ASTRING, out);
}

int imap_parse_literal8(struct imap_parse *p, struct span *out)
{
	struct imap_parse at = *p;

	if (!imap_parse_take(&at, '~') || !imap_parse_is(&at, '{'))
		return imap_parse_string(p, out);
	if (parse_literal(&at, true, out) < 0)
		return imap_parse_fail(p, at.wrong);
	*p = at;
	return 0;
}

int imap_parse_nstring8(struct imap_parse *p, struct span *out)
{
	return imap_parse_is(p, '~') ? imap_parse_literal8(p, out) : imap_parse_nstring(p, out);
}

/* ---- numbers and sets ---- */

static int parse_number(struct imap_parse *p, uint64_t max, uint64_t *out)
{
	struct span word = peek(p, ATOM);
	size_t n = 0;

	while (n < word.n && word.p[n] >= '0' && word.p[n] <= '9')
		n++;
	if (span_number(span_of(word.p, n), max, out) < 0)
		return imap_parse_fail(p, n ? "A number is too large" : "Expected a number");
	p->p += n;
	return 0;
}

int imap_parse_number(struct imap_parse *p, uint32_t *out)
{
	uint64_t value;

	if (parse_number(p, UINT32_MAX, &value) < 0)
		return -1;
	*out = (uint32_t)value;
	return 0;
}

int imap_parse_nz_number(struct imap_parse *p, uint32_t *out)
{
	struct imap_parse at = *p;

	if (imap_parse_number(&at, out) < 0 || *out == 0)
		return imap_parse_fail(p, at.wrong ? at.wrong : "A number must not be 0");
	*p = at;
	return 0;
}

int imap_parse_number64(struct imap_parse *p, uint64_t *out)
{
	return parse_number(p, INT64_MAX, out);
}

/* Set characters are digits, ":", "," and "*"; or it is "$". */
int imap_parse_seqset(struct imap_parse *p, struct seqset *out)
{
	struct span word = peek(p, LIST);

	if (seqset_parse(p->arena, word, out) < 0)
		return imap_parse_fail(p, "Expected a set of messages, as 1,3:5,7:*");
	p->p += word.n;
	return 0;
}

/* ---- mailboxes ---- */

/* What the bytes say, as UTF-8: -1 when they say nothing. */
static int decode_mailbox(struct imap_parse *p, struct span bytes, const char **out)
{
	struct buf text;
	int rc = 0;

	if (p->utf8) {
		*out = arena_span(p->arena, bytes);
		return utf8_is_valid(bytes) ? 0 : -1;
	}
	buf_init(&text, IMAP_PARSE_MAILBOX_MAX);
	if (bytes.n > IMAP_PARSE_MAILBOX_MAX || mutf7_parse(&text, bytes) < 0)
		rc = -1;
	else
		*out = arena_span(p->arena, buf_span(&text));
	buf_clear(&text);
	return rc;
}

/* "INBOX.a.b": the name that it has here. */
static const char *without_prefix(char *name)
{
	static const char prefix[] = "INBOX.";

	if (!span_starts_nocase(span_str(name), SPAN("INBOX.")))
		return name;
	name += sizeof(prefix) - 1;
	for (char *dot = name; (dot = strchr(dot, '.'));)
		*dot = '/';
	return name;
}

static const char *normal_name(struct imap_parse *p, const char *name)
{
	return without_prefix(arena_str(p->arena, folders_normal_name(p->arena, span_str(name))));
}

static const char *without_end(struct arena *a, const char *name)
{
	size_t n = strlen(name);

	return n > 1 && name[n - 1] == '/' ? arena_span(a, span_of(name, n - 1)) : name;
}

static int parse_mailbox(struct imap_parse *p, const char **out, bool is_new)
{
	struct imap_parse at = *p;
	const char *name = NULL;
	struct span bytes;
	struct fault f;

	if (imap_parse_astring(&at, &bytes) < 0)
		return imap_parse_fail(p, at.wrong);
	if (decode_mailbox(&at, bytes, &name) < 0)
		return fail_meaning(p, at.utf8 ? "The name of the mailbox is not valid UTF-8"
					       : "The name of the mailbox is not valid modified UTF-7");
	name = normal_name(&at, is_new ? without_end(p->arena, name) : name);
	if (folders_check_name(span_str(name), &f) < 0)
		return fail_meaning(p, arena_str(p->arena, f.text));
	*out = name;
	p->p = at.p;
	return 0;
}

int imap_parse_mailbox(struct imap_parse *p, const char **out)
{
	return parse_mailbox(p, out, false);
}

int imap_parse_new_mailbox(struct imap_parse *p, const char **out)
{
	return parse_mailbox(p, out, true);
}

int imap_parse_any_mailbox(struct imap_parse *p, const char **out)
{
	struct imap_parse at = *p;
	struct span bytes;

	if (imap_parse_astring(&at, &bytes) < 0)
		return imap_parse_fail(p, at.wrong);
	if (decode_mailbox(&at, bytes, out) < 0)
		*out = arena_span(p->arena, bytes);
	*out = normal_name(&at, without_end(p->arena, *out));
	p->p = at.p;
	return 0;
}

int imap_parse_list_mailbox(struct imap_parse *p, const char **out)
{
	struct span bytes;

	if (parse_string_or(p, LIST, &bytes) < 0)
		return -1;
	if (decode_mailbox(p, bytes, out) < 0)
		*out = arena_span(p->arena, bytes);
	return 0;
}

/* ---- flags ---- */

static const struct {
	const char *name;
	uint32_t bit;
} system_flags[] = {
	{ "Seen", MSGNAME_SEEN },	{ "Answered", MSGNAME_ANSWERED }, { "Flagged", MSGNAME_FLAGGED },
	{ "Deleted", MSGNAME_DELETED }, { "Draft", MSGNAME_DRAFT },	  { "Recent", 0 },
};

static int parse_system_flag(struct imap_parse *p, struct imap_flags *flags)
{
	struct span name;

	imap_parse_take(p, '\\');
	if (imap_parse_atom(p, &name) < 0)
		return imap_parse_fail(p, "There is no such flag");
	for (size_t i = 0; i < sizeof(system_flags) / sizeof(system_flags[0]); i++)
		if (span_is_nocase(name, span_str(system_flags[i].name))) {
			flags->bits |= system_flags[i].bit;
			return 0;
		}
	return imap_parse_fail(p, "There is no such flag");
}

static int parse_flag(struct imap_parse *p, struct imap_flags *flags, struct span *keywords)
{
	struct span name;

	if (imap_parse_is(p, '\\'))
		return parse_system_flag(p, flags);
	if (imap_parse_atom(p, &name) < 0)
		return imap_parse_fail(p, "Expected a flag");
	if (!keywords_is_valid(name))
		return fail_meaning(p, "A keyword is too long");
	for (size_t i = 0; i < flags->n; i++)
		if (span_is_nocase(keywords[i], name))
			return 0;
	if (flags->n == IMAP_KEYWORDS_MAX)
		return fail_meaning(p, "Too many keywords");
	keywords[flags->n++] = name;
	return 0;
}

static int parse_flags(struct imap_parse *p, struct imap_flags *out)
{
	struct span *keywords = arena_alloc(p->arena, IMAP_KEYWORDS_MAX * sizeof(*keywords));
	bool in_brackets = imap_parse_take(p, '(');
	struct imap_flags flags = { .keywords = keywords };

	while (!(in_brackets && imap_parse_is(p, ')'))) {
		if (parse_flag(p, &flags, keywords) < 0)
			return -1;
		if (in_brackets ? imap_parse_is(p, ')') : imap_parse_is_end(p))
			break;
		if (imap_parse_sp(p) < 0)
			return -1;
	}
	if (in_brackets && imap_parse_close(p) < 0)
		return -1;
	*out = flags;
	return 0;
}

int imap_parse_flags(struct imap_parse *p, struct imap_flags *out)
{
	const char *start = p->p;
	int rc = parse_flags(p, out);

	if (rc < 0)
		p->p = start;
	return rc;
}

/* ---- dates ---- */

int imap_parse_date(struct imap_parse *p, int64_t *days)
{
	struct imap_parse at = *p;
	struct span text;

	if (imap_parse_astring(&at, &text) < 0 || date_parse_imap_day(text, days) < 0)
		return imap_parse_fail(p, "Expected a date, as 1-Feb-1994");
	p->p = at.p;
	return 0;
}

int imap_parse_date_time(struct imap_parse *p, struct date *out)
{
	struct imap_parse at = *p;
	struct span text;

	if (!imap_parse_is(p, '"') || parse_quoted(&at, &text) < 0 || date_parse_imap(text, out) < 0)
		return imap_parse_fail(p, "Expected a date and time, as \"17-Jul-1996 02:44:25 -0700\"");
	p->p = at.p;
	return 0;
}
