/* SPDX-License-Identifier: ISC */
/*
 * tlspolicy_table - smtp_tls_policy_maps: the line for a next hop, and what it says.
 */
#include <string.h>

#include "net/dial.h"
#include "relay/tlspolicy.h"
#include "route/table.h"

#define PARAMETER    "smtp_tls_policy_maps"
#define DEFAULT_PORT "25"

enum { SHOWN_MAX = 100 /* octets of a word in a fault */ };

int tlspolicy_level_parse(struct span name, enum tlspolicy_level *out)
{
	static const char *const names[] = {
		[TLSPOLICY_NONE] = "none",	     [TLSPOLICY_MAY] = "may",	    [TLSPOLICY_ENCRYPT] = "encrypt",
		[TLSPOLICY_VERIFY] = "verify",	     [TLSPOLICY_SECURE] = "secure", [TLSPOLICY_DANE] = "dane",
		[TLSPOLICY_DANE_ONLY] = "dane-only",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_is_nocase(name, span_str(names[i]))) {
			*out = (enum tlspolicy_level)i;
			return 0;
		}
	return -1;
}

/* ---- a line ---- */

struct line {
	struct arena *arena;
	const char *place;
	struct tlspolicy_line *out;
	struct fault *f;
};

static struct span shown(struct span word)
{
	return span_of(word.p, word.n < SHOWN_MAX ? word.n : SHOWN_MAX);
}

static int wrong(const struct line *l, struct span word, const char *what)
{
	return fault_temp(l->f, 451, "4.3.5", "%s\"%.*s\" %s", l->place, SPAN_ARG(shown(word)), what);
}

static int take_level(const struct line *l, struct span word)
{
	if (tlspolicy_level_parse(word, &l->out->level) == 0)
		return 0;
	if (span_is_nocase(word, SPAN("fingerprint")))
		return wrong(l, word,
			     "is not supported: dane, or verify with smtp_tls_CAfile, pins a certificate, too");
	return wrong(l, word, "is none of the levels none, may, encrypt, verify, secure, dane and dane-only");
}

/* The host's own address comes by the word hostname. */
static bool is_name(struct arena *a, struct span s)
{
	struct addr address;

	if (addr_parse(arena_span(a, s), &address) == 0)
		return false;
	if (s.n && s.p[0] == '.')
		s = span_from(s, 1);
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
		      c == '_' || c == '.'))
			return false;
	}
	return s.n > 0 && s.n < DNSMSG_NAME_MAX && s.p[0] != '.';
}

static int take_match(const struct line *l, struct span value)
{
	if (l->out->level != TLSPOLICY_VERIFY && l->out->level != TLSPOLICY_SECURE)
		return wrong(l, value, "is to be matched, but only verify and secure look at names");
	while (value.n) {
		struct span name = span_cut(&value, ':');

		if (!is_name(l->arena, name))
			return wrong(l, name, "is no name that a certificate can have");
		if (l->out->n_match == TLSIO_NAMES_MAX)
			return wrong(l, name, "is one name too many");
		l->out->match[l->out->n_match++] = arena_span(l->arena, name);
	}
	return l->out->n_match ? 0 : wrong(l, value, "has no names to match");
}

static int take_protocols(const struct line *l, struct span value)
{
	static const char *const known[] = { "TLSv1.2", "TLSv1.3" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_starts(value, SPAN(">=")) && span_is_nocase(span_from(value, 2), span_str(known[i]))) {
			l->out->min_protocol = known[i];
			return 0;
		}
	return wrong(l, value, "is neither >=TLSv1.2 nor >=TLSv1.3");
}

static int take_attribute(const struct line *l, struct span word)
{
	static const struct {
		struct span name;
		int (*take)(const struct line *l, struct span value);
	} attributes[] = {
		{ SPAN_INIT("match="), take_match },
		{ SPAN_INIT("protocols="), take_protocols },
	};

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (span_starts_nocase(word, attributes[i].name))
			return attributes[i].take(l, span_from(word, attributes[i].name.n));
	return wrong(l, word, "is neither match=NAMES nor protocols=VERSION");
}

int tlspolicy_line_parse(struct arena *a, const char *place, struct span value, struct tlspolicy_line *out,
			 struct fault *f)
{
	const struct line l = { .arena = a, .place = place, .out = out, .f = f };

	*out = (struct tlspolicy_line){ 0 };
	if (take_level(&l, span_list_word(&value)) < 0)
		return -1;
	for (struct span word = span_list_word(&value); word.n; word = span_list_word(&value))
		if (take_attribute(&l, word) < 0)
			return -1;
	return 0;
}

/* ---- the table ---- */

/* As it is, and a domain as every domain is looked up: its own name, then ".parent". */
static bool find(struct table *t, const char *nexthop, const struct dial_target *to, struct table_entry *e)
{
	if (table_find(t, span_str(nexthop), e))
		return true;
	if (to->is_bracketed)
		return false;
	return table_find_domain(t, span_str(to->host), false, e);
}

static int look_up(struct tlspolicy *p, struct table *t, const char *nexthop, const struct dial_target *to)
{
	struct table_entry e;

	if (table_open(&p->arena, PARAMETER, p->rules->maps, 0, t, &p->trouble) < 0 ||
	    table_refresh(t, &p->trouble) < 0)
		return -1;
	if (!find(t, nexthop, to, &e))
		return 0;
	p->is_listed = true;
	return tlspolicy_line_parse(&p->arena, table_place(&p->arena, t, &e), e.value, &p->line, &p->trouble);
}

void tlspolicy_init(struct tlspolicy *p, const struct tlspolicy_rules *rules, const char *nexthop)
{
	struct dial_target to;
	struct table table = { 0 };

	*p = (struct tlspolicy){ .rules = rules, .line = { .level = rules->level } };
	if (dial_parse(span_str(nexthop), DEFAULT_PORT, &to, NULL) < 0)
		return;
	if (to.is_unix)
		return;
	p->host = arena_str(&p->arena, to.host);
	if (rules->maps && rules->maps[0] && look_up(p, &table, nexthop, &to) < 0)
		p->trouble.kind = FAULT_TEMP;
	table_close(&table);
}

void tlspolicy_set_lmtp(struct tlspolicy *p)
{
	if (!p->is_listed)
		p->line.level = p->rules->lmtp;
}

void tlspolicy_clear(struct tlspolicy *p)
{
	arena_clear(&p->arena);
}
