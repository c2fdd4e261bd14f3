/* SPDX-License-Identifier: ISC */
/*
 * score - what the ledger's entries come to.
 *
 * Two passes: whether a post's bounces count is only known when all of the file has been seen.
 */
#include "list/score.h"

#include "base/printable.h"
#include "message/date.h"

/* ---- posts that do not count ---- */

/* A post by its number, one that is not known by its day. */
static struct span post_key(struct arena *a, uint64_t post, int64_t when)
{
	return span_str(post ? arena_printf(a, "%ju", (uintmax_t)post)
			     : arena_printf(a, "day %jd", (intmax_t)(when / SCORE_DAY)));
}

static void find_paused(struct scores *s)
{
	struct span rest = s->text;
	struct ledger_entry e;

	while (ledger_next(&rest, &s->arena, &e) == 1)
		if (e.what == LEDGER_PAUSE)
			map_add(&s->paused, post_key(&s->arena, e.post, e.when), s);
}

/* ---- a member ---- */

static void note_missed(struct scores *s, struct score *m, uint64_t post)
{
	if (post == 0 || m->nmissed == SCORE_MISSED_MAX || (m->nmissed && post <= m->missed[m->nmissed - 1]))
		return;
	if (m->nmissed == m->room) {
		uint64_t *more;

		m->room = m->room ? 2 * m->room : 8;
		more = arena_alloc(&s->arena, m->room * sizeof(*more));
		if (m->nmissed)
			memcpy(more, m->missed, m->nmissed * sizeof(*more));
		m->missed = more;
	}
	m->missed[m->nmissed++] = post;
}

/* The worst of each day. */
static void count(struct score *m, const struct ledger_entry *e)
{
	int64_t day = e->when / SCORE_DAY;

	if (m->since == 0)
		m->since = e->when;
	if (m->day != day)
		m->day_halves = 0;
	m->day = day;
	if (e->number > m->day_halves) {
		m->halves += e->number - m->day_halves;
		m->day_halves = e->number;
	}
}

static void take_bounce(struct scores *s, struct score *m, const struct ledger_entry *e)
{
	m->last = e->when;
	m->status = e->status;
	m->text = e->text;
	note_missed(s, m, e->post);
	if (e->when >= s->counts_from && e->number > 0 && !map_find(&s->paused, post_key(&s->arena, e->post, e->when)))
		count(m, e);
}

static void take(struct scores *s, struct score *m, const struct ledger_entry *e)
{
	switch (e->what) {
	case LEDGER_BOUNCE:
		take_bounce(s, m, e);
		break;
	case LEDGER_PROBE:
		m->state = SCORE_PROBED;
		m->probes = e->number;
		m->probed = e->when;
		break;
	case LEDGER_RETURNED:
		m->state = SCORE_PAUSED;
		m->returned++;
		m->last = e->when;
		m->status = e->status;
		m->text = e->text;
		if (m->paused_at == 0)
			m->paused_at = e->post;
		break;
	case LEDGER_RESET:
	case LEDGER_PAUSE:
		*m = (struct score){ .address = m->address };
		break;
	}
}

static void add_member(struct scores *s, const char *address)
{
	struct score *m = arena_alloc(&s->arena, sizeof(*m));

	m->address = arena_str(&s->arena, address);
	map_add(&s->by_address, span_str(m->address), m);
}

static struct score *find_member(struct scores *s, struct span who, bool all)
{
	struct score *m = map_find(&s->by_address, who);

	if (!m && all) {
		add_member(s, arena_span(&s->arena, who));
		m = map_find(&s->by_address, who);
	}
	return m;
}

static bool is_same_post(const struct ledger_entry *e, uint64_t post, int64_t now)
{
	return e->post == post && (post || e->when / SCORE_DAY == now / SCORE_DAY);
}

static void add_up(struct scores *s, bool all, uint64_t post)
{
	struct span rest = s->text;
	struct ledger_entry e;

	while (ledger_next(&rest, &s->arena, &e) == 1) {
		bool same = e.what == LEDGER_BOUNCE && is_same_post(&e, post, s->now);
		struct score *m = e.who.n ? find_member(s, e.who, all) : NULL;

		s->senders_back += same;
		if (!m)
			continue;
		take(s, m, &e);
		m->seen_post |= same;
	}
}

int scores_read(struct scores *s, struct list *l, const char *const *addresses, size_t n, uint64_t post, int64_t now,
		struct fault *f)
{
	*s = (struct scores){ .now = now, .counts_from = now - l->settings.bounce_score_days * SCORE_DAY };
	map_init(&s->by_address, &s->arena);
	map_init(&s->paused, &s->arena);
	if (ledger_read(l, &s->arena, &s->text, f) < 0) {
		scores_close(s);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		add_member(s, addresses[i]);
	find_paused(s);
	s->is_paused = map_find(&s->paused, post_key(&s->arena, post, now));
	add_up(s, n == 0, post);
	return 0;
}

void scores_add(struct scores *s, const struct ledger_entry *e)
{
	struct score *m = find_member(s, e->who, false);

	s->senders_back += e->what == LEDGER_BOUNCE;
	if (m)
		take(s, m, e);
}

void scores_close(struct scores *s)
{
	arena_clear(&s->arena);
}

/* ---- what is asked ---- */

struct score *scores_find(const struct scores *s, const char *address)
{
	return map_find(&s->by_address, span_str(address));
}

struct score *scores_next(const struct scores *s, size_t *at)
{
	return *at < s->by_address.n ? s->by_address.entries[(*at)++].value : NULL;
}

bool score_is_reached(const struct score *s, const struct list_settings *settings)
{
	return settings->bounce_score_limit > 0 && s->halves >= 2 * (unsigned long)settings->bounce_score_limit;
}

void score_put_halves(struct buf *out, unsigned halves)
{
	buf_printf(out, halves % 2 ? "%u.5" : "%u", halves / 2);
}

const char *score_state_name(enum score_state state)
{
	static const char *const names[] = {
		[SCORE_COUNTING] = "counting", [SCORE_PROBED] = "probed", [SCORE_PAUSED] = "paused"
	};

	return names[state];
}

static void put_range(struct buf *out, uint64_t first, uint64_t last, bool is_first)
{
	buf_printf(out, "%s%ju", is_first ? "" : ", ", (uintmax_t)first);
	if (last > first)
		buf_printf(out, "%s%ju", last == first + 1 ? ", " : "-", (uintmax_t)last);
}

void score_put_missed(struct buf *out, const struct score *s, uint64_t last, size_t ranges)
{
	bool was_paused = s->paused_at > 0 && last > s->paused_at;
	size_t done = 0, i = 0;

	while (i < s->nmissed && !(was_paused && s->missed[i] > s->paused_at)) {
		size_t to = i;

		while (to + 1 < s->nmissed && s->missed[to + 1] == s->missed[to] + 1 &&
		       !(was_paused && s->missed[to] == s->paused_at))
			to++;
		if (done == ranges) {
			buf_put_str(out, " ...");
			return;
		}
		put_range(out, s->missed[i], s->missed[to], done++ == 0);
		i = to + 1;
	}
	if (was_paused)
		put_range(out, s->paused_at + 1, last, done == 0);
}

bool score_is_known(const struct score *s)
{
	return s->last > 0 || s->probes > 0;
}

enum { DATE = 10 /* octets of "2026-11-22" */, TEXT_RANGES = 20 };

static void put_day(struct buf *out, const char *before, int64_t when)
{
	size_t at;

	buf_put_str(out, before);
	at = out->n;
	date_put_rfc3339(out, when);
	if (!out->overflow)
		buf_cut(out, at + DATE);
}

static void put_missed_line(struct buf *out, const struct score *s, uint64_t last)
{
	size_t at = out->n, empty;

	buf_put_str(out, "    missed: ");
	empty = out->n;
	score_put_missed(out, s, last, TEXT_RANGES);
	if (out->n == empty)
		buf_cut(out, at);
	else
		buf_put_char(out, '\n');
}

void score_put_text(struct buf *out, const struct score *s, const struct list_settings *settings, uint64_t last)
{
	printable_put(out, span_str(s->address));
	buf_put_str(out, ": ");
	score_put_halves(out, s->halves);
	buf_printf(out, " of %ld", settings->bounce_score_limit);
	if (s->since)
		put_day(out, " since ", s->since);
	if (s->probes) {
		buf_printf(out, ", probe %u", s->probes);
		put_day(out, " on ", s->probed);
	}
	buf_printf(out, "%s\n", s->paused_at || s->state == SCORE_PAUSED ? ", paused" : "");
	if (s->last) {
		put_day(out, "    ", s->last);
		buf_printf(out, " %.*s %.*s\n", SPAN_ARG(s->status), SPAN_ARG(s->text));
	}
	put_missed_line(out, s, last);
}
