/* SPDX-License-Identifier: ISC */
/*
 * member - one line of a members file, and who an address is.
 */
#include "list/member.h"

#include "message/address.h"
#include "message/casemap.h"
#include "message/idna.h"
#include "message/date.h"

enum { MAPPED_MAX = 4, IDENTITY_MAX = CASEMAP_GROWTH * ADDRESS_MAX + CASEMAP_ROOM };

static const struct {
	unsigned flag;
	struct span name;
} flags[] = {
	{ MEMBER_DIGEST, SPAN_INIT("digest") },	      { MEMBER_NOMAIL, SPAN_INIT("nomail") },
	{ MEMBER_NOACK, SPAN_INIT("noack") },	      { MEMBER_NOTMETOO, SPAN_INIT("notmetoo") },
	{ MEMBER_MODERATED, SPAN_INIT("moderated") }, { MEMBER_HIDDEN, SPAN_INIT("hidden") },
	{ MEMBER_PLAIN_DIGEST, SPAN_INIT("plain") },  { MEMBER_PAUSED, SPAN_INIT("paused") },
	{ MEMBER_NODUPES, SPAN_INIT("nodupes") },
};

enum { FLAGS = sizeof(flags) / sizeof(flags[0]) };

const char *member_flag_name(unsigned flag)
{
	for (size_t i = 0; i < FLAGS; i++)
		if (flags[i].flag == flag)
			return flags[i].name.p;
	return NULL;
}

unsigned member_flag_parse(struct span word)
{
	for (size_t i = 0; i < FLAGS; i++)
		if (span_is_nocase(word, flags[i].name))
			return flags[i].flag;
	return 0;
}

static int wrong(struct fault *f, const char *what, struct span s)
{
	return fault_perm(f, 0, "5.3.5", "%s: \"%.*s\"", what, s.n > 100 ? 100 : (int)s.n, s.p);
}

static int take_name(struct span *rest, struct member *out, struct fault *f)
{
	size_t n = span_find(span_from(*rest, 1), '"') + 2;

	if (n > rest->n || (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t'))
		return wrong(f, "the name has no closing quote", *rest);
	if (n > MEMBERS_NAME_MAX + 2)
		return wrong(f, "the name is too long", *rest);
	out->name = span_of(rest->p + 1, n - 2);
	*rest = span_from(*rest, n);
	return 0;
}

static int take_since(struct span value, struct member *out, struct fault *f)
{
	char text[sizeof("2026-11-22T00:00:00Z")];

	if (value.n != 10)
		return wrong(f, "since is no date as 2026-11-22", value);
	memcpy(text, value.p, value.n);
	memcpy(text + value.n, "T00:00:00Z", sizeof("T00:00:00Z"));
	return date_parse_rfc3339(span_str(text), &out->since) < 0 ? wrong(f, "since is no date as 2026-11-22", value)
								   : 0;
}

static int take_option(struct span *rest, struct member *out, struct fault *f)
{
	struct span word;
	unsigned flag;

	if (span_starts(*rest, SPAN("name=\""))) {
		*rest = span_from(*rest, sizeof("name=") - 1);
		return take_name(rest, out, f);
	}
	word = span_word(rest);
	flag = member_flag_parse(word);
	if (flag) {
		out->flags |= flag;
		return 0;
	}
	if (span_starts(word, SPAN("since=")))
		return take_since(span_from(word, sizeof("since=") - 1), out, f);
	if (span_starts(word, SPAN("topics="))) {
		out->topics = span_from(word, sizeof("topics=") - 1);
		return 0;
	}
	return wrong(f, "this is no option of a member", word);
}

/* Length of a quoted local part at the front, its quotes included; 0: it does not end. */
static size_t quoted_length(struct span s)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		if (s.p[i] == '\\')
			i++;
	}
	return 0;
}

struct span member_cut_address(struct span *rest)
{
	struct span s = *rest;
	size_t n = s.p[0] == '"' ? quoted_length(s) : 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	*rest = span_from(s, n);
	return span_of(s.p, n);
}

int member_parse(struct span line, struct member *out, struct fault *f)
{
	struct span rest = span_trim(line);

	*out = (struct member){ 0 };
	if (rest.n == 0 || rest.p[0] == '#')
		return 0;
	if (rest.n > MEMBERS_LINE_MAX)
		return wrong(f, "the line is too long", rest);
	out->address = member_cut_address(&rest);
	if (!address_is_valid(out->address, false, true))
		return wrong(f, "this is no address", out->address);
	for (rest = span_trim(rest); rest.n; rest = span_trim(rest))
		if (take_option(&rest, out, f) < 0)
			return -1;
	return 1;
}

static void put_quoted(struct buf *out, struct span s)
{
	buf_put_str(out, " name=\"");
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"')
			c = '\'';
		buf_put_char(out, c < ' ' || c == 0x7f ? ' ' : (char)c);
	}
	buf_put_char(out, '"');
}

void member_put(struct buf *out, const struct member *m)
{
	buf_put_span(out, m->address);
	for (size_t i = 0; i < FLAGS; i++) {
		if (!(m->flags & flags[i].flag))
			continue;
		buf_put_char(out, ' ');
		buf_put_span(out, flags[i].name);
	}
	if (m->since) {
		struct buf when;

		buf_init(&when, 64);
		date_put_rfc3339(&when, m->since);
		buf_printf(out, " since=%.10s", buf_str(&when));
		buf_clear(&when);
	}
	if (m->topics.n) {
		buf_put_str(out, " topics=");
		buf_put_span(out, m->topics);
	}
	if (m->name.n)
		put_quoted(out, m->name);
	buf_put_char(out, '\n');
}

/* "al" and al are the same local part. */
static struct span without_quotes(struct arena *a, struct span local, struct span domain)
{
	struct span inside;

	if (local.n < 3 || local.p[0] != '"')
		return local;
	inside = span_of(local.p + 1, local.n - 2);
	if (span_find(inside, '\\') < inside.n || span_find(inside, '"') < inside.n)
		return local;
	return address_is_valid(span_str(arena_printf(a, "%.*s@%.*s", SPAN_ARG(inside), SPAN_ARG(domain))), false, true)
		       ? inside
		       : local;
}

static void lower(char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] >= 'A' && p[i] <= 'Z')
			p[i] = (char)(p[i] - 'A' + 'a');
}

static struct span map_once(struct arena *a, struct span s)
{
	struct buf out;
	char *z;

	buf_init(&out, IDENTITY_MAX);
	casemap_put(&out, s);
	z = arena_span(a, buf_span(&out));
	s = span_of(z, out.n);
	lower(z, out.n);
	buf_clear(&out);
	return s;
}

/* Until nothing changes: what a character is made of may have another case, too. */
static struct span casemapped(struct arena *a, struct span s)
{
	for (int i = 0; i < MAPPED_MAX; i++) {
		struct span mapped = map_once(a, s);

		if (span_is(mapped, s))
			break;
		s = mapped;
	}
	return s;
}

static const char *join(struct arena *a, struct span local, const char *domain)
{
	char *z = arena_printf(a, "%.*s@%s", SPAN_ARG(local), domain);

	lower(z, strlen(z));
	return z;
}

const char *member_identity(struct arena *a, struct span address)
{
	struct span local, domain;
	const char *ascii, *plain, *mapped;

	if (address.n && address.p[address.n - 1] == '.')
		address.n--;
	if (!address_is_valid(address, false, true))
		return NULL;
	address_split(address, &local, &domain);
	local = without_quotes(a, local, domain);
	ascii = span_has_8bit(domain) ? idna_to_ascii(a, domain) : arena_span(a, domain);
	if (!ascii)
		return NULL;
	plain = join(a, local, ascii);
	/* A domain may be longer in ASCII. */
	if (!address_is_valid(span_str(plain), false, true))
		return NULL;
	if (!span_has_8bit(local))
		return plain;
	/* What looks like "@" becomes one: that is no address, and then it stays what it is. */
	mapped = join(a, casemapped(a, local), ascii);
	return address_is_valid(span_str(mapped), false, true) ? mapped : plain;
}
