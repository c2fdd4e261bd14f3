/* SPDX-License-Identifier: ISC */
/*
 * place - which list an address means: names are looked for from the longest on.
 */
#include "list/place.h"

#include "base/clock.h"
#include "list/token.h"

static const struct word {
	struct span word;
	enum list_role role;
} words[] = {
	{ SPAN_INIT("owner"), LIST_OWNER },	    { SPAN_INIT("request"), LIST_REQUEST },
	{ SPAN_INIT("bounces"), LIST_BOUNCES },	    { SPAN_INIT("confirm"), LIST_SIGNED },
	{ SPAN_INIT("accept"), LIST_SIGNED },	    { SPAN_INIT("reject"), LIST_SIGNED },
	{ SPAN_INIT("approve"), LIST_SIGNED },	    { SPAN_INIT("oneclick"), LIST_SIGNED },
	{ SPAN_INIT("subscribe"), LIST_COMMAND },   { SPAN_INIT("join"), LIST_COMMAND },
	{ SPAN_INIT("unsubscribe"), LIST_COMMAND }, { SPAN_INIT("leave"), LIST_COMMAND },
	{ SPAN_INIT("help"), LIST_COMMAND },	    { SPAN_INIT("faq"), LIST_COMMAND },
	{ SPAN_INIT("info"), LIST_COMMAND },	    { SPAN_INIT("lists"), LIST_COMMAND },
	{ SPAN_INIT("who"), LIST_COMMAND },	    { SPAN_INIT("index"), LIST_COMMAND },
	{ SPAN_INIT("get"), LIST_COMMAND },	    { SPAN_INIT("thread"), LIST_COMMAND },
};

static const struct word *find_word(struct span s)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is_nocase(s, words[i].word))
			return &words[i];
	return NULL;
}

bool place_is_word(struct span word)
{
	return find_word(word) != NULL;
}

const char *place_role_name(enum list_role role)
{
	static const char *const names[] = {
		[LIST_POST] = "post",	    [LIST_OWNER] = "owner",	[LIST_REQUEST] = "request",
		[LIST_COMMAND] = "command", [LIST_BOUNCES] = "bounces", [LIST_SIGNED] = "signed",
		[LIST_SITE] = "site",
	};

	return names[role];
}

/* What is looked for: an address, its parts in the form that names have. */
struct question {
	const struct list_places *p;
	struct arena *a;
	struct span domain; /* lower case, ASCII; empty: no list has it */
	bool is_local;
	struct fault *f;
};

/* The list of this local part; names with a domain first, as they say more. 1, 0, -1. */
static int find_list(const struct question *q, struct span local, const char **name)
{
	int rc = 0;

	if (local.n > LIST_NAME_MAX)
		return 0;
	*name = NULL;
	if (q->domain.n)
		*name = list_name_of(q->a,
				     span_str(arena_printf(q->a, "%.*s@%.*s", SPAN_ARG(local), SPAN_ARG(q->domain))));
	if (*name)
		rc = list_exists(q->p, *name, q->f);
	if (rc == 0 && q->is_local) {
		*name = list_name_of(q->a, local);
		rc = *name ? list_exists(q->p, *name, q->f) : 0;
	}
	return rc;
}

static char *lowered(struct arena *a, struct span s)
{
	char *z = arena_span(a, s);

	for (size_t i = 0; i < s.n; i++)
		if (z[i] >= 'A' && z[i] <= 'Z')
			z[i] = (char)(z[i] - 'A' + 'a');
	return z;
}

void place_set_word(struct arena *a, struct span s, struct list_target *out)
{
	size_t dash = span_find(s, '-');
	const struct word *w = find_word(span_of(s.p, dash));

	out->role = w ? w->role : LIST_COMMAND;
	out->word = lowered(a, span_of(s.p, dash));
	out->rest = arena_span(a, span_from(s, dash + 1));
}

static bool is_delimiter(const struct list_places *p, char c)
{
	const char *all = p->delimiters && p->delimiters[0] ? p->delimiters : "+";

	return c == '-' || (c != '\0' && strchr(all, c));
}

/* Names that end at a delimiter, from the longest on. "-" can be part of a name: behind it a word must be a known one.
 */
static int find_with_word(const struct question *q, struct span local, struct list_target *out)
{
	for (size_t i = local.n; i-- > 1;) {
		struct span rest = span_from(local, i + 1);
		int rc;

		if (!is_delimiter(q->p, local.p[i]) || i > LIST_NAME_MAX)
			continue;
		if (local.p[i] == '-' && !find_word(span_of(rest.p, span_find(rest, '-'))))
			continue;
		rc = find_list(q, span_of(local.p, i), &out->name);
		if (rc > 0)
			place_set_word(q->a, rest, out);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* listmgr@, listmgr+help@: where there are lists at all. */
static int find_site(const struct question *q, struct span local, struct list_target *out)
{
	struct span want, where, mine = span_str(q->p->request_address);
	size_t at = span_find(mine, '@');

	want = span_of(mine.p, at);
	where = span_from(mine, at + 1);
	if (want.n == 0 || !span_starts_nocase(local, want) || (at < mine.n && !span_is_nocase(q->domain, where)) ||
	    (at == mine.n && !q->is_local))
		return 0;
	local = span_from(local, want.n);
	if (local.n && !is_delimiter(q->p, local.p[0]))
		return 0;
	if (local.n > 1)
		place_set_word(q->a, span_from(local, 1), out);
	out->role = LIST_SITE;
	return list_any(q->p, q->f);
}

static int find_any(const struct question *q, struct span local, struct list_target *out)
{
	int rc = find_list(q, local, &out->name);

	if (rc == 0 && span_starts_nocase(local, SPAN("owner-"))) {
		rc = find_list(q, span_from(local, sizeof("owner-") - 1), &out->name);
		if (rc > 0)
			*out = (struct list_target){ LIST_OWNER, out->name, "owner", "" };
	}
	if (rc == 0)
		rc = find_with_word(q, local, out);
	if (rc == 0) {
		out->name = "";
		rc = find_site(q, local, out);
	}
	return rc;
}

int place_find(const struct list_places *p, struct arena *a, struct span local, struct span domain, bool is_local,
	       struct list_target *out, struct fault *f)
{
	struct question q = { .p = p, .a = a, .is_local = is_local, .f = f };
	const char *name;

	*out = (struct list_target){ LIST_POST, "", "", "" };
	if (local.n == 0 || local.n > PLACE_LOCAL_MAX || span_has_control(local))
		return 0;
	/* The form that the domain has in names. */
	name = list_name_of(a, span_str(arena_printf(a, "x@%.*s", SPAN_ARG(domain))));
	if (name)
		q.domain = span_from(span_str(name), 2);
	return find_any(&q, local, out);
}

/* A config that is wrong waits to be mended: what it would say cannot be told now. */
static int open_list(struct list *l, const struct list_places *p, const char *name, struct fault *f)
{
	struct fault why = { 0 };

	if (list_open(l, p, name, &why) == 0)
		return 0;
	if (why.kind == FAULT_PERM && strcmp(why.status, "5.3.5") == 0)
		return fault_temp(f, 451, "4.3.5", "%s", why.text);
	if (f)
		*f = why;
	return -1;
}

static int check_token(const struct list_places *p, struct arena *a, const struct list_target *t, struct fault *f)
{
	struct list l;
	struct token token;
	int rc;

	if (open_list(&l, p, t->name, f) < 0)
		return -1;
	rc = token_check(&l, a, t->word, t->rest, clock_wall(), &token, f);
	list_close(&l);
	return rc;
}

const char *place_topic(struct arena *a, const struct list_target *t)
{
	return arena_printf(a, "%s%s%s", t->word, t->rest[0] ? "-" : "", t->rest);
}

/* A post for those members only who want the topic. */
static int check_topic(const struct list_places *p, struct arena *a, const struct list_target *t, struct fault *f)
{
	const char *topic = place_topic(a, t);
	struct list l;
	bool has;

	if (t->role != LIST_SITE && topic[0]) {
		if (open_list(&l, p, t->name, f) < 0)
			return -1;
		has = span_list_has(span_str(l.settings.topics), span_str(topic));
		list_close(&l);
		if (has)
			return 0;
	}
	return fault_perm(f, 550, "5.1.1", "the list knows no word \"%.60s\"", topic);
}

int place_check(const struct list_places *p, struct arena *a, const struct list_target *t, struct fault *f)
{
	if (t->role == LIST_SIGNED || (t->role == LIST_BOUNCES && t->rest[0]))
		return check_token(p, a, t, f);
	if ((t->word[0] || t->role == LIST_COMMAND) && !place_is_word(span_str(t->word)))
		return check_topic(p, a, t, f);
	return 0;
}
