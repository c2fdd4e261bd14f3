/* SPDX-License-Identifier: ISC */
/*
 * audience - from members to recipients.
 */
#include "list/audience.h"

#include <stdlib.h>

#include "base/map.h"
#include "list/incoming.h"
#include "list/members.h"
#include "list/token.h"
#include "message/address.h"

enum { SCRATCH_ROUND = 256 /* members after which what was made for them is given up */ };

struct seat {
	struct span address, domain; /* of the members' text */
};

/* ---- who ---- */

static bool has_topic(struct span chosen, struct span topics)
{
	struct span word;

	while ((word = span_list_word(&topics)).n)
		if (span_list_has(chosen, word))
			return true;
	return false;
}

struct choice {
	struct arena *arena; /* for what is compared, and given up then */
	const char *author, *own;
	struct span topics;
	struct map named;    /* identities in To and Cc */
	unsigned absent;     /* flags of members who get no single posts */
	bool everybody_once; /* not only those with nodupes get none that names them */
};

/* Has he another copy, or written it? */
static bool has_one(const struct choice *c, const struct member *m)
{
	bool may_be_author = c->author && m->flags & MEMBER_NOTMETOO,
	     may_be_named = c->named.n && (c->everybody_once || m->flags & MEMBER_NODUPES);
	const char *his = may_be_author || may_be_named ? member_identity(c->arena, m->address) : NULL;
	bool has = his && ((may_be_author && strcmp(his, c->author) == 0) ||
			   (may_be_named && map_find(&c->named, span_str(his))));

	arena_reset(c->arena);
	return has;
}

static bool is_wanted(const struct choice *c, const struct member *m)
{
	if (m->flags & c->absent)
		return false;
	if (m->topics.n && c->topics.n && !has_topic(m->topics, c->topics))
		return false;
	return !span_is_nocase(m->address, span_str(c->own)) && !has_one(c, m);
}

static int by_domain(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;
	size_t n = x->domain.n < y->domain.n ? x->domain.n : y->domain.n;
	int rc = strncasecmp(x->domain.p, y->domain.p, n);

	if (rc != 0)
		return rc;
	if (x->domain.n != y->domain.n)
		return x->domain.n < y->domain.n ? -1 : 1;
	return x->address.p < y->address.p ? -1 : 1;
}

static size_t gather(struct members *all, const struct choice *c, struct seat *seats)
{
	struct members_walk walk = { .at = 0 };
	struct member m;
	struct span local;
	size_t n = 0;
	int rc;

	while ((rc = members_next(all, &walk, &m, NULL)) != 0) {
		if (rc < 0 || !is_wanted(c, &m))
			continue;
		seats[n].address = m.address;
		address_split(m.address, &local, &seats[n].domain);
		n++;
	}
	qsort(seats, n, sizeof(*seats), by_domain);
	return n;
}

static void find_named(struct choice *c, struct arena *a, struct span header)
{
	struct incoming_named walk = { .rest = header };
	struct address one;
	int rc;

	map_init(&c->named, a);
	while ((rc = incoming_next_named(&walk, a, &one)) != 0) {
		const char *identity = rc > 0 ? member_identity(a, span_str(one.mailbox)) : NULL;

		if (identity)
			map_add(&c->named, span_str(identity), c);
	}
}

/* ---- how ---- */

static const char *keep(struct arena *a, const char *z)
{
	return z ? arena_str(a, z) : NULL;
}

/* Without it, or a sender of his own, a bounce would name whatever his address has become on its way. */
static const char *original(struct arena *a, const char *address)
{
	return span_has_8bit(span_str(address)) ? NULL : arena_printf(a, "rfc822;%s", address);
}

static int take_seat(struct list_run *r, struct arena *a, struct arena *scratch, const struct audience *who,
		     const struct seat *seat, struct envelope_rcpt *out, struct fault *f)
{
	const char *address = arena_span(a, seat->address);

	*out = (struct envelope_rcpt){ .address = address,
				       .notify = ENVELOPE_NOTIFY_FAILURE,
				       .state = ENVELOPE_QUEUED };
	if (!r->list->settings.verp) {
		out->orcpt = original(a, address);
		return 0;
	}
	out->sender = keep(a, token_address(r->list, scratch, TOKEN_BOUNCES, address, r->now, f));
	if (who->oneclick)
		out->put = keep(a, token_text(r->list, scratch, TOKEN_ONECLICK, address, r->now, f));
	return out->sender && (out->put || !who->oneclick) ? 0 : -1;
}

static int take_seats(struct list_run *r, struct arena *a, const struct audience *who, const struct seat *seats,
		      size_t n, struct envelope *e, struct fault *f)
{
	struct arena scratch = { NULL };
	int rc = 0;

	e->rcpts = arena_alloc(a, n * sizeof(*e->rcpts));
	for (e->n = 0; rc == 0 && e->n < n; e->n += rc == 0) {
		rc = take_seat(r, a, &scratch, who, &seats[e->n], &e->rcpts[e->n], f);
		e->smtputf8 |= rc == 0 && span_has_8bit(span_str(e->rcpts[e->n].address));
		if (e->n % SCRATCH_ROUND == 0)
			arena_reset(&scratch);
	}
	arena_clear(&scratch);
	return rc;
}

static int fill(struct list_run *r, struct arena *a, const struct audience *who, struct members *all,
		struct envelope *e, struct fault *f)
{
	long seconds, posts;
	struct arena compared = { NULL };
	struct choice c = { .arena = &compared,
			    .author = member_identity(a, span_str(who->author)),
			    .own = list_address(r->list, a, NULL),
			    .topics = who->topics,
			    .everybody_once = r->list->settings.nodupes,
			    .absent = MEMBER_NOMAIL | MEMBER_PAUSED };
	struct seat *seats = arena_heap(members_count(all) * sizeof(*seats) + 1);
	size_t n;
	int rc;

	find_named(&c, a, who->header);
	/* Without digests nobody should miss posts for having asked for them. */
	list_settings_digest(&r->list->settings, &seconds, &posts);
	if (seconds || posts)
		c.absent |= MEMBER_DIGEST | MEMBER_PLAIN_DIGEST;
	n = gather(all, &c, seats);
	rc = take_seats(r, a, who, seats, n, e, f);
	free(seats);
	arena_clear(&compared);
	return rc;
}

int audience_fill(struct list_run *r, struct arena *a, const struct audience *who, struct envelope *e, struct fault *f)
{
	struct members all;
	int rc;

	e->sender = list_address(r->list, a, "bounces");
	e->ret = ENVELOPE_RET_HDRS;
	e->envid = who->envid;
	if (members_open(&all, r->list, "members", f) < 0)
		return -1;
	rc = fill(r, a, who, &all, e, f);
	members_close(&all);
	return rc;
}
