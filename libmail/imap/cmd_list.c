/* SPDX-License-Identifier: ISC */
/*
 * cmd_list - LIST and LSUB: RFC 9051 6.3.9, RFC 3501 6.3.9, RFC 5258 (extended), RFC 5819 (with STATUS), RFC 6154
 * (special use), RFC 3348 (children).
 *
 * All names are sorted level by level, so that what is below a mailbox follows on it; names that only others stand
 * below
 * ("a" of "a/b") are met on the way, between a name and the one before it, and never stored.
 */
#include "imap/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "imap/glob.h"
#include "imap/places.h"
#include "imap/status.h"
#include "store/specialuse.h"
#include "store/subscriptions.h"

enum {
	/* Selection. */
	SELECT_SUBSCRIBED = 1,
	SELECT_RECURSIVEMATCH = 2,
	SELECT_SPECIAL_USE = 4,
	SELECT_REMOTE = 8,
	/* Return. */
	RETURN_SUBSCRIBED = 16,
	RETURN_CHILDREN = 32,
	RETURN_SPECIAL_USE = 64,
	RETURN_STATUS = 128,
	IS_LSUB = 256,
};

enum { PATTERNS_MAX = 100 };

struct entry {
	const char *name;
	bool exists, subscribed;
	unsigned uses;
};

struct list {
	unsigned options, items;
	const char *reference;
	struct glob *globs;
	size_t globs_n;
	bool asks_root; /* LIST "" "" asks for the separator: RFC 9051 6.3.9 */
	struct entry *entries;
	size_t n;
	size_t at, level; /* the next to be looked at: entries[at] as far as octet `level`; 0: its first level */
};

/* ---- words ---- */

static const struct {
	const char *name;
	unsigned bit;
} selections[] = {
	{ "SUBSCRIBED", SELECT_SUBSCRIBED },
	{ "REMOTE", SELECT_REMOTE },
	{ "RECURSIVEMATCH", SELECT_RECURSIVEMATCH },
	{ "SPECIAL-USE", SELECT_SPECIAL_USE },
}, returns[] = {
	{ "SUBSCRIBED", RETURN_SUBSCRIBED },
	{ "CHILDREN", RETURN_CHILDREN },
	{ "SPECIAL-USE", RETURN_SPECIAL_USE },
	{ "STATUS", RETURN_STATUS },
};

static int parse_selection(struct imap_parse *p, struct list *l)
{
	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++)
		if (imap_parse_take_word(p, selections[i].name)) {
			l->options |= selections[i].bit;
			return 0;
		}
	return imap_parse_fail(p, "Unknown option of LIST");
}

static int parse_return(struct imap_parse *p, struct list *l)
{
	for (size_t i = 0; i < sizeof(returns) / sizeof(returns[0]); i++) {
		if (!imap_parse_take_word(p, returns[i].name))
			continue;
		l->options |= returns[i].bit;
		if (returns[i].bit != RETURN_STATUS)
			return 0;
		return imap_parse_sp(p) < 0 ? -1 : imap_status_parse(p, &l->items);
	}
	return imap_parse_fail(p, "Unknown option of LIST RETURN");
}

/* "(A B)", which may be empty. */
static int parse_options(struct imap_parse *p, struct list *l, int (*parse)(struct imap_parse *p, struct list *l))
{
	if (imap_parse_open(p) < 0)
		return -1;
	while (!imap_parse_is(p, ')')) {
		if (parse(p, l) < 0)
			return -1;
		if (!imap_parse_is(p, ')') && imap_parse_sp(p) < 0)
			return -1;
	}
	return imap_parse_close(p);
}

/* "INBOX.a.*", as clients say that were set up for another server. */
static const char *without_prefix(struct arena *a, const char *pattern)
{
	char *out;

	if (!span_starts_nocase(span_str(pattern), SPAN("INBOX.")))
		return pattern;
	out = arena_str(a, pattern + sizeof("INBOX.") - 1);
	for (char *dot = out; (dot = strchr(dot, '.'));)
		*dot = '/';
	return out;
}

/* A first level that is INBOX in any case. */
static void normalize(char *pattern)
{
	if (span_is_nocase(span_of(pattern, span_find(span_str(pattern), '/')), SPAN("INBOX")))
		memcpy(pattern, "INBOX", sizeof("INBOX") - 1);
}

static int parse_pattern(struct imap_parse *p, struct list *l)
{
	const char *pattern;
	char *whole;

	if (l->globs_n == PATTERNS_MAX)
		return imap_parse_fail(p, "Too many patterns");
	if (imap_parse_list_mailbox(p, &pattern) < 0)
		return -1;
	l->asks_root = pattern[0] == '\0';
	whole = arena_printf(p->arena, "%s%s", l->reference, pattern);
	whole = arena_str(p->arena, without_prefix(p->arena, whole));
	normalize(whole);
	glob_init(&l->globs[l->globs_n++], p->arena, span_str(whole));
	return 0;
}

static int parse_patterns(struct imap_parse *p, struct list *l)
{
	l->globs = arena_alloc(p->arena, PATTERNS_MAX * sizeof(*l->globs));
	if (!imap_parse_take(p, '('))
		return parse_pattern(p, l);
	do {
		if (parse_pattern(p, l) < 0)
			return -1;
	} while (!imap_parse_is(p, ')') && imap_parse_sp(p) == 0);
	return imap_parse_close(p);
}

static int parse(struct imap_parse *p, struct list *l)
{
	bool is_extended = false;

	if (imap_parse_sp(p) < 0)
		return -1;
	if (imap_parse_is(p, '(')) {
		if (parse_options(p, l, parse_selection) < 0 || imap_parse_sp(p) < 0)
			return -1;
		is_extended = true;
	}
	if (imap_parse_list_mailbox(p, &l->reference) < 0 || imap_parse_sp(p) < 0)
		return -1;
	is_extended |= imap_parse_is(p, '(');
	if (parse_patterns(p, l) < 0)
		return -1;
	if (!imap_parse_is_end(p) && (imap_parse_sp(p) < 0 || !imap_parse_take_word(p, "RETURN") ||
				      imap_parse_sp(p) < 0 || parse_options(p, l, parse_return) < 0))
		return p->wrong ? -1 : imap_parse_fail(p, "Expected RETURN");
	if (l->options & SELECT_RECURSIVEMATCH && !(l->options & (SELECT_SUBSCRIBED | SELECT_SPECIAL_USE)))
		return imap_parse_fail(p, "RECURSIVEMATCH needs another option");
	if (imap_parse_end(p) < 0)
		return -1;
	l->asks_root &= !is_extended;
	return 0;
}

/* ---- names ---- */

static int compare_entries(const void *a, const void *b)
{
	return places_compare(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void join_equals(struct list *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct entry *e = &l->entries[i];

		if (kept > 0 && strcmp(l->entries[kept - 1].name, e->name) == 0) {
			l->entries[kept - 1].exists |= e->exists;
			l->entries[kept - 1].subscribed |= e->subscribed;
			l->entries[kept - 1].uses |= e->uses;
		} else {
			l->entries[kept++] = *e;
		}
	}
	l->n = kept;
}

static int load(struct imap_session *s, struct list *l, struct fault *f)
{
	bool wants_subscribed = l->options & (SELECT_SUBSCRIBED | RETURN_SUBSCRIBED | IS_LSUB);
	const char *const *names, *const *subscribed;
	unsigned *uses = NULL;
	size_t n, subscribed_n = 0;

	if (folders_list(&s->folders, &s->command, &names, &n, f) < 0 ||
	    (wants_subscribed && subscriptions_list(&s->folders, &s->command, &subscribed, &subscribed_n, f) < 0) ||
	    (!(l->options & IS_LSUB) && specialuse_load(&s->folders, &s->command, names, n, &uses, f) < 0))
		return -1;
	l->entries = arena_alloc(&s->command, (n + subscribed_n) * sizeof(*l->entries));
	for (size_t i = 0; i < n; i++)
		l->entries[l->n++] = (struct entry){ .name = names[i], .exists = true, .uses = uses ? uses[i] : 0 };
	for (size_t i = 0; i < subscribed_n; i++)
		l->entries[l->n++] = (struct entry){ .name = subscribed[i], .subscribed = true };
	qsort(l->entries, l->n, sizeof(*l->entries), compare_entries);
	join_equals(l);
	return 0;
}

static bool is_below(const char *name, struct span parent)
{
	return strncmp(name, parent.p, parent.n) == 0 && name[parent.n] == '/';
}

static bool is_selected(const struct list *l, const struct entry *e)
{
	if (l->options & (SELECT_SUBSCRIBED | IS_LSUB) && !e->subscribed)
		return false;
	return !(l->options & SELECT_SPECIAL_USE) || e->uses;
}

static bool is_matched(const struct list *l, struct span name)
{
	for (size_t i = 0; i < l->globs_n; i++)
		if (glob_match(&l->globs[i], name))
			return true;
	return false;
}

/* What stands below the name, from entries[i] on. `exists`: some of it is a mailbox. */
struct below {
	bool any, exists, subscribed, special;
};

static struct below look_below(const struct list *l, size_t i, struct span name)
{
	bool wants_all = l->options & (SELECT_RECURSIVEMATCH | IS_LSUB);
	struct below b = { .any = false };

	for (; i < l->n && is_below(l->entries[i].name, name); i++) {
		const struct entry *e = &l->entries[i];
		bool hidden = is_selected(l, e) && !is_matched(l, span_str(e->name));

		b.any = true;
		b.exists |= e->exists;
		b.subscribed |= e->subscribed && hidden;
		b.special |= e->uses && hidden;
		if (b.exists && !wants_all)
			break;
	}
	return b;
}

/* ---- responses ---- */

static void put_attribute(struct buf *out, const char *name, const char **blank)
{
	buf_put_str(out, *blank);
	buf_put_str(out, name);
	*blank = " ";
}

static void put_attributes(const struct list *l, struct buf *out, const struct entry *e, const struct below *b,
			   bool is_rev2)
{
	const char *blank = "";

	if (l->options & IS_LSUB) {
		buf_put_str(out, e->subscribed ? "" : "\\Noselect");
		return;
	}
	/* RFC 5258 3: \NonExistent implies \Noselect, but older clients know only that. */
	if (!e->exists)
		put_attribute(out, is_rev2 ? "\\NonExistent" : "\\NonExistent \\Noselect", &blank);
	if (e->subscribed && l->options & (SELECT_SUBSCRIBED | RETURN_SUBSCRIBED))
		put_attribute(out, "\\Subscribed", &blank);
	put_attribute(out, b->exists ? "\\HasChildren" : "\\HasNoChildren", &blank);
	if (e->uses) {
		buf_put_str(out, blank);
		specialuse_put(out, e->uses);
	}
}

static void put_childinfo(const struct list *l, struct buf *out, const struct below *b)
{
	bool subscribed = l->options & SELECT_SUBSCRIBED && b->subscribed;
	bool special = l->options & SELECT_SPECIAL_USE && b->special;

	if (!(l->options & SELECT_RECURSIVEMATCH) || (!subscribed && !special))
		return;
	buf_put_str(out, " (\"CHILDINFO\" (");
	buf_put_str(out, subscribed ? "\"SUBSCRIBED\"" : "");
	buf_put_str(out, subscribed && special ? " " : "");
	buf_put_str(out, special ? "\"SPECIAL-USE\"" : "");
	buf_put_str(out, "))");
}

static void say(struct imap_session *s, const struct list *l, const struct entry *e, struct span name,
		const struct below *b)
{
	struct fault f;

	imap_begin(s, l->options & IS_LSUB ? "LSUB (" : "LIST (");
	put_attributes(l, s->out, e, b, s->enabled & IMAP_REV2);
	buf_put_str(s->out, ") \"/\" ");
	imap_put_mailbox(s->out, arena_span(&s->command, name), imap_utf8(s));
	put_childinfo(l, s->out, b);
	imap_end(s);
	/* RFC 5819 2: one that cannot be had is left out. */
	if (e->exists && l->options & RETURN_STATUS && imap_status_say(s, e->name, l->items, &f) < 0 &&
	    f.kind == FAULT_TEMP && s->call->failed)
		s->call->failed(s->ctx, &f);
}

/* Is there something under it that the client looks for, and does not get to see otherwise? */
static bool is_shown_for_children(const struct list *l, const struct below *b)
{
	if (l->options & IS_LSUB)
		return b->subscribed;
	return l->options & SELECT_RECURSIVEMATCH && (b->subscribed || b->special);
}

static bool is_shown(const struct list *l, const struct entry *e, const struct below *b)
{
	/* What is only a way to others is told where all is asked for. */
	if (!e->exists && !(l->options & (SELECT_SUBSCRIBED | SELECT_SPECIAL_USE | IS_LSUB)))
		return b->exists;
	return is_selected(l, e) && (e->exists || e->subscribed);
}

/* A name as far as one of its levels; e: what it is. */
static void look_at(struct imap_session *s, const struct list *l, const struct entry *e, struct span name, size_t next)
{
	struct below b;

	if (!is_matched(l, name))
		return;
	b = look_below(l, next, name);
	if (is_shown_for_children(l, &b) || is_shown(l, e, &b))
		say(s, l, e, name, &b);
}

/* How many octets the names have in common, in whole levels. */
static size_t common(const char *a, const char *b)
{
	size_t i = 0, whole = 0;

	while (a[i] && a[i] == b[i]) {
		i++;
		if ((a[i] == '/' || !a[i]) && (b[i] == '/' || !b[i]))
			whole = i;
	}
	return whole;
}

/* The levels of entries[at] that the entry before it does not have, each a name; the last is the entry. */
static void next(struct imap_session *s, struct list *l)
{
	static const struct entry nothing = { .exists = false };
	const struct entry *e = &l->entries[l->at];
	size_t n = strlen(e->name), end;

	if (l->level == 0 && l->at > 0)
		l->level = common(l->entries[l->at - 1].name, e->name);
	end = l->level + (l->level > 0);
	end += span_find(span_of(e->name + end, n - end), '/');
	if (end < n) {
		look_at(s, l, &nothing, span_of(e->name, end), l->at);
		l->level = end;
		return;
	}
	look_at(s, l, e, span_of(e->name, n), l->at + 1);
	l->at++;
	l->level = 0;
}

static bool more(struct imap_session *s)
{
	struct list *l = s->work;

	while (l->at < l->n && s->out->n < IMAP_FULL)
		next(s, l);
	if (l->at < l->n)
		return true;
	imap_ok(s, NULL, "That is all");
	return false;
}

static void run(struct imap_session *s, struct imap_parse *p, unsigned options)
{
	struct list *l = arena_alloc(&s->command, sizeof(*l));
	struct fault f;

	l->options = options;
	if (parse(p, l) < 0)
		return;
	if (l->asks_root) {
		imap_say(s, "%s (\\Noselect) \"/\" \"\"", options & IS_LSUB ? "LSUB" : "LIST");
		imap_ok(s, NULL, "That is all");
		return;
	}
	if (l->items & IMAP_STATUS_HIGHESTMODSEQ)
		imap_use_condstore(s);
	if (load(s, l, &f) < 0) {
		imap_fail(s, NULL, &f);
		return;
	}
	s->work = l;
	s->more = more;
}

void imap_cmd_list(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	run(s, p, 0);
}

void imap_cmd_lsub(struct imap_session *s, struct imap_parse *p, unsigned how)
{
	(void)how;
	run(s, p, IS_LSUB);
}
