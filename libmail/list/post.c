/* SPDX-License-Identifier: ISC */
/*
 * post - from a message to what is in the outbox.
 */
#include "list/post.h"

#include <inttypes.h>

#include "base/clock.h"
#include "list/audience.h"
#include "list/digest.h"
#include "list/held.h"
#include "list/members.h"
#include "list/outbox.h"
#include "list/page.h"
#include "list/probe.h"
#include "list/reply.h"
#include "list/shape.h"
#include "list/token.h"
#include "list/webname.h"

enum { HASHED_MAX = SPILL_PIECE + INCOMING_HEADER_MAX };

/* ---- what it is ---- */

static const char *hash_of(struct incoming *in, struct arena *a, struct fault *f)
{
	off_t at = in->body_at;
	struct span piece;
	struct buf bytes;
	const char *hash;
	int rc;

	if (in->message_id[0])
		return posts_hash(a, span_str(in->message_id), f);
	buf_init(&bytes, HASHED_MAX);
	buf_put_span(&bytes, in->header);
	rc = spill_next(&in->raw, &at, &piece, f);
	if (rc > 0)
		buf_put_span(&bytes, piece);
	hash = rc < 0 ? NULL : posts_hash(a, buf_span(&bytes), f);
	buf_clear(&bytes);
	return hash;
}

static int find_footer(struct list *l, struct arena *a, struct span *footer, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	const char *subject;

	*footer = SPAN("");
	if (strcmp(l->settings.footer, "none") == 0)
		return 0;
	texts_set_list(&vars, a, l);
	return texts_compose(l, a, "footer", &vars, &subject, footer, f);
}

/* Where html/ is published under a name that does not change. */
static const char *page_of(const struct list *l, const struct incoming *in, struct arena *a)
{
	const char *url = l->settings.archive_url;
	char name[WEBNAME_HASH + 1];

	if (!l->settings.archive || url[0] == '\0' || in->message_id[0] == '\0' ||
	    webname_hash(span_str(in->message_id), name, NULL) < 0)
		return NULL;
	return arena_printf(a, "%s%s%s.html", url, url[strlen(url) - 1] == '/' ? "" : "/", name);
}

/* ---- into the queue file ---- */

static int put_to_spool(void *ctx, struct span piece, struct fault *f)
{
	(void)f;
	spool_put(ctx, piece.p, piece.n);
	return 0;
}

static int fill_envelope(struct list_run *r, struct arena *a, const struct policy *policy, const struct shape *s,
			 struct envelope *e, struct fault *f)
{
	const struct audience who = {
		.author = policy->author,
		.topics = policy->topics,
		.header = r->in->header,
		.envid = token_text(r->list, a, TOKEN_BOUNCES, arena_printf(a, "post-%" PRIu64, s->number), r->now, f),
		.oneclick = s->patch_size > 0,
	};

	*e = (struct envelope){ .arrived_us = clock_wall_us(),
				.origin = "listmgr",
				.body = s->has_8bit ? ENVELOPE_8BITMIME : ENVELOPE_7BIT,
				.smtputf8 = s->has_8bit_header,
				.patch_at = s->patch_at,
				.patch_size = s->patch_size };
	return who.envid ? audience_fill(r, a, &who, e, f) : -1;
}

/* Nobody is to get it now: it is archived and numbered all the same. */
static void seat_nobody(struct list_run *r, struct arena *a, struct envelope *e)
{
	e->rcpts = arena_alloc(a, sizeof(*e->rcpts));
	e->rcpts[0].address = list_address(r->list, a, NULL);
	e->n = 1;
}

static int write_post(struct list_run *r, struct arena *a, const struct policy *policy, struct shape *s,
		      const char *hash, struct fault *f)
{
	struct envelope e;
	struct spool_writer w;
	bool nobody;

	if (shape_plan(s, a, f) < 0 || fill_envelope(r, a, policy, s, &e, f) < 0)
		return -1;
	nobody = e.n == 0;
	if (nobody)
		seat_nobody(r, a, &e);
	if (spool_begin(r->spool, &w, &e, 0, f) < 0)
		return -1;
	if (shape_write(s, put_to_spool, &w, f) < 0) {
		spool_abort(&w);
		return -1;
	}
	return outbox_commit(r, &w, s->number, hash, nobody, f);
}

static int send_locked(struct list_run *r, struct arena *a, const struct policy *policy, uint64_t *number,
		       struct fault *f)
{
	struct shape s = { .list = r->list, .in = r->in, .http_url = r->http_url, .guard = policy->guard };
	const char *hash = hash_of(r->in, a, f);
	struct post before;
	int rc;

	if (!hash || outbox_recover(r, f) < 0 || find_footer(r->list, a, &s.footer, f) < 0)
		return -1;
	rc = posts_find_hash(r->list, a, hash, &before, f);
	if (rc != 0) {
		*number = rc > 0 ? before.number : 0;
		return rc < 0 ? -1 : 0;
	}
	if (posts_last(r->list, &s.number, f) < 0)
		return -1;
	*number = ++s.number;
	s.oneclick = r->list->settings.verp;
	s.archived_at = page_of(r->list, r->in, a);
	if (r->in->message_id[0] == '\0')
		s.message_id = arena_printf(a, "<%s.list@%s>", hash, r->hostname);
	if (write_post(r, a, policy, &s, hash, f) < 0 || outbox_recover(r, f) < 0)
		return -1;
	return 1;
}

void post_follow_up(struct list_run *r)
{
	struct fault f;

	if (r->list->settings.archive && page_update(r->list, &f) < 0)
		list_log(r->list, "cannot make pages of the archive: %s", f.text);
	if (digest_run(r, false, &f) < 0)
		list_log(r->list, "cannot send a digest: %s", f.text);
	if (probe_tick(r, &f) < 0)
		list_log(r->list, "cannot look after members whose mail comes back: %s", f.text);
}

int post_send(struct list_run *r, const struct policy *policy, uint64_t *number, struct fault *f)
{
	struct arena a = { NULL };
	int rc;

	if (list_lock(r->list, f) < 0)
		return -1;
	rc = send_locked(r, &a, policy, number, f);
	list_unlock(r->list);
	arena_clear(&a);
	return rc;
}

/* ---- what becomes of it ---- */

static int tell(struct list_run *r, struct arena *a, const struct policy *policy, const char *text, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	struct reply reply = { .to = policy->author, .text = text, .vars = &vars };

	if (policy->no_ack && policy->verdict == POLICY_POST)
		return 0;
	if (policy->author[0] == '\0' || reply_bar(r->in))
		return 0;
	texts_set_list(&vars, a, r->list);
	texts_set(&vars, "reason", policy->why);
	texts_set(&vars, "subject", r->in->subject);
	return reply_send(r, &reply, f) < 0 ? -1 : 0;
}

static int send_on(struct list_run *r, struct arena *a, const struct policy *policy, struct fault *f)
{
	uint64_t number = 0;
	int rc = post_send(r, policy, &number, f);

	if (rc < 0)
		return -1;
	if (rc == 0) {
		list_log(r->list, "dropped a post of %s: it was sent as number %" PRIu64, policy->author, number);
		return 0;
	}
	list_log(r->list, "sent post %" PRIu64 " of %s", number, policy->author);
	post_follow_up(r);
	/* It is sent: whether its author hears of that is no reason to bring it again. */
	if (r->list->settings.acknowledge)
		tell(r, a, policy, "post-sent", NULL);
	return 0;
}

static int hold(struct list_run *r, struct arena *a, const struct policy *policy, const char *topic, struct fault *f)
{
	const char *hash = hash_of(r->in, a, f);

	return hash ? held_add(r, policy, topic, hash, f) : -1;
}

static int act(struct list_run *r, struct arena *a, const struct policy *policy, const char *topic, struct fault *f)
{
	switch (policy->verdict) {
	case POLICY_POST:
		return send_on(r, a, policy, f);
	case POLICY_HOLD:
		return hold(r, a, policy, topic, f);
	case POLICY_REJECT:
		list_log(r->list, "refused a post of %s: %s", policy->author, policy->why);
		return tell(r, a, policy, "post-refused", f);
	case POLICY_DISCARD:
		list_log(r->list, "dropped a post of %s: %s", policy->author, policy->why);
		break;
	}
	return 0;
}

int post_run(struct list_run *r, const struct list_target *t, struct fault *f)
{
	struct arena a = { NULL };
	struct policy policy;
	int rc = policy_judge(r, &a, t->word, &policy, f);

	if (rc == 0)
		rc = act(r, &a, &policy, t->word, f);
	arena_clear(&a);
	return rc;
}
