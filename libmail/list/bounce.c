/* SPDX-License-Identifier: ISC */
/*
 * bounce - mail that came back to a list's bounces address.
 *
 * What a message says is first made a list of members that it is about (struct news), then that is written down.
 */
#include "list/bounce.h"

#include <strings.h>

#include "list/blame.h"
#include "list/incoming.h"
#include "list/members.h"
#include "list/owners.h"
#include "list/posts.h"
#include "list/probe.h"
#include "list/score.h"
#include "list/token.h"
#include "message/address.h"
#include "message/dsn.h"

#define POST_WORD "post-"

/* What a message says. */
struct news {
	struct list_run *r;
	struct arena arena;
	struct dsn dsn;
	struct members members;
	uint64_t post; /* 0: not known */
	/* Those it is about, by identity, none twice: */
	const char **who;
	struct ledger_entry *entries; /* parallel */
	size_t n;
};

/* ---- what came ---- */

static int read_report(struct news *w, struct fault *f)
{
	struct spill *raw = &w->r->in->raw;
	struct span piece;
	off_t at = 0;
	int rc;

	dsn_init(&w->dsn, &w->arena);
	while ((rc = spill_next(raw, &at, &piece, f)) > 0)
		dsn_feed(&w->dsn, piece);
	dsn_end(&w->dsn);
	return rc;
}

/*
 * Is a message without a report one of a mailer-daemon's that says that it could not deliver? Its prose is not read:
 * only fields that nobody writes who answers for a person.
 */
static bool is_plain_bounce(struct incoming *in)
{
	static const struct span daemons[] = { SPAN_INIT("mailer-daemon"), SPAN_INIT("postmaster") };
	struct span local, domain;

	if (in->sender[0])
		return false;
	if (incoming_field(in, SPAN("X-Failed-Recipients")))
		return true;
	if (incoming_field(in, SPAN("Auto-Submitted")) || incoming_field(in, SPAN("X-Autoreply")))
		return false;
	address_split(span_str(in->from), &local, &domain);
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++)
		if (span_is_nocase(local, daemons[i]))
			return true;
	return false;
}

/* ---- which post ---- */

/* "post-12", of a token's who. */
static bool read_post(const char *who, uint64_t *post)
{
	struct span s = span_str(who);

	return span_starts(s, SPAN(POST_WORD)) &&
	       span_number(span_from(s, sizeof(POST_WORD) - 1), UINT64_MAX, post) == 0 && *post > 0;
}

const char *bounce_envid(struct list *l, struct arena *a, const char *what, int64_t now, struct fault *f)
{
	return token_text(l, a, TOKEN_BOUNCES, what, now, f);
}

/* 1: the report has the envelope id of one of our messages; 0 not; -1 cannot be known now. */
static int check_envid(struct news *w, struct fault *f)
{
	struct token token;
	struct fault why;

	if (!w->dsn.envelope_id[0])
		return 0;
	if (token_check(w->r->list, &w->arena, "bounces", w->dsn.envelope_id, w->r->now, &token, &why) < 0) {
		if (f && why.kind != FAULT_PERM)
			*f = why;
		return why.kind == FAULT_PERM ? 0 : -1;
	}
	if (token.action != TOKEN_BOUNCES || strchr(token.who, '@'))
		return 0;
	read_post(token.who, &w->post);
	return 1;
}

/* Behind a signed address the Message-ID of what is returned will do. */
static int find_post(struct news *w, struct fault *f)
{
	if (check_envid(w, f) < 0)
		return -1;
	if (w->post || !w->dsn.message_id[0])
		return 0;
	return posts_find(w->r->list, w->dsn.message_id, &w->post, f) < 0 ? -1 : 0;
}

/* ---- who ---- */

/* Once, whatever a report repeats: its worst counts. */
static void add(struct news *w, struct map *seen, const char *who, enum blame blame, struct span status,
		struct span text)
{
	struct ledger_entry *e = map_find(seen, span_str(who));

	if (!e) {
		e = &w->entries[w->n];
		w->who[w->n++] = who;
		map_add(seen, span_str(who), e);
	} else if (e->number >= (unsigned)blame) {
		return;
	}
	*e = (struct ledger_entry){ .when = w->r->now,
				    .what = LEDGER_BOUNCE,
				    .who = span_str(who),
				    .number = (unsigned)blame,
				    .status = status,
				    .post = w->post,
				    .text = text };
}

static bool is_failure(const struct dsn_recipient *d)
{
	return d->known && d->action == REPORT_FAILED;
}

static void add_recipient(struct news *w, struct map *seen, const char *who, const struct dsn_recipient *d)
{
	add(w, seen, who, blame_of(d), span_str(d->status), span_str(d->diagnostic));
}

/* The member with this address: his identity, NULL if there is none. */
static const char *find_member(struct news *w, const char *address)
{
	struct member one;

	if (!address[0] || members_find(&w->members, address, &one) != 1)
		return NULL;
	return member_identity(&w->arena, one.address);
}

static const char *find_hashed(struct news *w, const struct token *token)
{
	struct members_walk walk = { 0 };
	struct member one;
	int rc;

	while ((rc = members_next(&w->members, &walk, &one, NULL)) != 0)
		if (rc > 0 && token_is_for(w->r->list, token, arena_span(&w->arena, one.address)))
			return member_identity(&w->arena, one.address);
	return NULL;
}

/* The member that a signed address was made for. */
static const char *find_signed(struct news *w, const struct token *token)
{
	return token->who[0] == '=' ? find_hashed(w, token) : find_member(w, token->who);
}

static void make_room(struct news *w, size_t n)
{
	w->who = arena_alloc(&w->arena, n * sizeof(*w->who));
	w->entries = arena_alloc(&w->arena, n * sizeof(*w->entries));
}

/* All that a report says of others (a forwarder's next address) is said of him. */
static void read_signed(struct news *w, const char *who)
{
	struct map seen;

	map_init(&seen, &w->arena);
	make_room(w, 1);
	for (size_t i = 0; i < w->dsn.n; i++)
		if (is_failure(&w->dsn.list[i]))
			add_recipient(w, &seen, who, &w->dsn.list[i]);
	if (w->dsn.kind == DSN_NONE && is_plain_bounce(w->r->in))
		add(w, &seen, who, BLAME_HALF, span_of("", 0), SPAN("a bounce without a report"));
}

static void read_plain(struct news *w)
{
	struct map seen;

	map_init(&seen, &w->arena);
	make_room(w, w->dsn.n);
	for (size_t i = 0; i < w->dsn.n; i++) {
		const struct dsn_recipient *d = &w->dsn.list[i];
		const char *who = is_failure(d) ? find_member(w, d->original) : NULL;

		if (!who && is_failure(d))
			who = find_member(w, d->final);
		if (who)
			add_recipient(w, &seen, who, d);
	}
}

/* ---- what is written down ---- */

static int pause_post(struct list_run *r, uint64_t post, size_t count, size_t members, struct span status,
		      struct fault *f)
{
	const struct ledger_entry e = {
		.when = r->now, .what = LEDGER_PAUSE, .number = (unsigned)count, .status = status, .post = post
	};
	struct texts_vars vars = { .n = 0 };
	struct arena a = { NULL };
	int rc;

	texts_set(&vars, "post", post ? arena_printf(&a, "%ju", (uintmax_t)post) : "");
	texts_set(&vars, "count", arena_printf(&a, "%zu", count));
	texts_set(&vars, "members", arena_printf(&a, "%zu", members));
	texts_set(&vars, "status", arena_span(&a, status));
	rc = ledger_append(r->list, &e, 1, f);
	if (rc == 0)
		rc = owners_tell(r, "owner-post-bounced", &vars, f);
	if (rc == 0)
		list_log(r->list, "%zu of %zu members sent post %ju back: its bounces do not count", count, members,
			 (uintmax_t)post);
	arena_clear(&a);
	return rc;
}

/* Are there too many for it to be the members? Then it is written down, once. */
static int look_at_weather(struct news *w, struct scores *s, struct fault *f)
{
	long percent = w->r->list->settings.bounce_pause_percent;
	size_t count = s->senders_back, members;

	if (percent == 0 || count <= SCORE_FEW)
		return 0;
	members = members_count(&w->members);
	if (count * 100 <= members * (size_t)percent)
		return 0;
	s->is_paused = true;
	return pause_post(w->r, w->post, count, members, w->entries[0].status, f);
}

static int probe_reached(struct news *w, const struct scores *s, struct fault *f)
{
	const struct score *m;
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && !s->is_paused && (m = scores_next(s, &at)) != NULL)
		if (m->state == SCORE_COUNTING && score_is_reached(m, &w->r->list->settings))
			rc = probe_send(w->r, m, f);
	return rc;
}

/* Those that came back from somebody for the first time. */
static size_t keep_new(struct news *w, const struct scores *s)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (!scores_find(s, w->who[i])->seen_post)
			w->entries[n++] = w->entries[i];
	return n;
}

static int write_down(struct news *w, struct scores *s, struct fault *f)
{
	size_t n = s->is_paused ? 0 : keep_new(w, s);

	if (n == 0)
		return 0;
	if (ledger_append(w->r->list, w->entries, n, f) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		scores_add(s, &w->entries[i]);
		list_log(w->r->list, "bounce of %.*s: %.*s %.*s", SPAN_ARG(w->entries[i].who),
			 SPAN_ARG(w->entries[i].status), SPAN_ARG(w->entries[i].text));
	}
	if (look_at_weather(w, s, f) < 0)
		return -1;
	return probe_reached(w, s, f);
}

static int count_bounces(struct news *w, struct fault *f)
{
	struct scores s;
	int rc;

	if (w->n == 0)
		return 0;
	if (scores_read(&s, w->r->list, w->who, w->n, w->post, w->r->now, f) < 0)
		return -1;
	rc = write_down(w, &s, f);
	scores_close(&s);
	return rc;
}

/* ---- the three kinds ---- */

static int take_off(struct news *w, const char *who, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	int rc = members_remove(w->r->list, "members", who, f);

	if (rc <= 0)
		return rc;
	list_log(w->r->list, "removed %s: his provider complained (%.100s)", who, w->dsn.feedback);
	texts_set(&vars, "address", who);
	texts_set(&vars, "reason", w->dsn.feedback);
	return owners_tell(w->r, "owner-complaint", &vars, f);
}

/* RFC 5965 7.3: what is no complaint is said in the same form. */
static bool is_complaint(const struct dsn *d)
{
	return d->kind == DSN_COMPLAINT && strcasecmp(d->feedback, "not-spam") != 0;
}

static int take_signed(struct news *w, const struct token *token, struct fault *f)
{
	const char *who = find_signed(w, token);

	if (!who)
		return 0;
	if (is_complaint(&w->dsn))
		return take_off(w, who, f);
	if (token->action != TOKEN_PROBE && find_post(w, f) < 0)
		return -1;
	read_signed(w, who);
	if (token->action != TOKEN_PROBE)
		return count_bounces(w, f);
	/* A probe that was refused for what it is has not shown that there is nobody. */
	if (w->n == 0 || w->entries[0].number == BLAME_NONE)
		return 0;
	return probe_returned(w->r, who, w->entries[0].status, w->entries[0].text, f);
}

/* The sender of what is complained about may be an address of ours that is signed. 1, 0, -1. */
static int find_complained(struct news *w, struct token *token, struct fault *f)
{
	struct list_target t;
	struct span local, domain;
	struct fault why;

	address_split(span_str(w->dsn.sender), &local, &domain);
	if (place_find(w->r->places, &w->arena, local, domain, span_is_nocase(domain, w->r->list->domain), &t, &why) !=
	    1)
		return 0;
	if (t.role != LIST_BOUNCES || !t.rest[0] || strcmp(t.name, w->r->list->name) != 0)
		return 0;
	if (token_check(w->r->list, &w->arena, t.word, t.rest, w->r->now, token, &why) == 0)
		return 1;
	if (f && why.kind != FAULT_PERM)
		*f = why;
	return why.kind == FAULT_PERM ? 0 : -1;
}

static int take_complaint(struct news *w, struct fault *f)
{
	struct token token;
	int rc = find_complained(w, &token, f);
	const char *who = rc == 1 ? find_signed(w, &token) : NULL;

	return who ? take_off(w, who, f) : rc < 0 ? -1 : 0;
}

static int take_plain(struct news *w, struct fault *f)
{
	int rc;

	if (is_complaint(&w->dsn))
		return take_complaint(w, f);
	rc = w->dsn.kind == DSN_STATUS ? check_envid(w, f) : 0;
	if (rc == 0)
		list_log(w->r->list, "what came to %s is no report about a message of ours",
			 list_address(w->r->list, &w->arena, "bounces"));
	if (rc <= 0)
		return rc;
	read_plain(w);
	return count_bounces(w, f);
}

static int take(struct news *w, const struct list_target *t, struct fault *f)
{
	struct token token;

	if (read_report(w, f) < 0)
		return -1;
	if (!t->rest[0])
		return take_plain(w, f);
	if (token_check(w->r->list, &w->arena, t->word, t->rest, w->r->now, &token, f) < 0)
		return -1;
	return take_signed(w, &token, f);
}

static int open_and_take(struct list_run *r, const struct list_target *t, struct fault *f)
{
	struct news w = { .r = r };
	int rc;

	if (members_open(&w.members, r->list, "members", f) < 0)
		return -1;
	rc = take(&w, t, f);
	members_close(&w.members);
	arena_clear(&w.arena);
	return rc;
}

int bounce_run(struct list_run *r, const struct list_target *t, struct fault *f)
{
	int rc;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = open_and_take(r, t, f);
	list_unlock(r->list);
	return rc;
}
