/* SPDX-License-Identifier: ISC */
/*
 * subscribe - how somebody comes onto a list and leaves it.
 */
#include "list/subscribe.h"

#include <string.h>

#include "list/letter.h"
#include "list/outmail.h"
#include "list/owners.h"
#include "list/place.h"
#include "list/reply.h"
#include "message/address.h"
#include "message/markup.h"
#include "message/words.h"

/* ---- what is written ---- */

struct note {
	struct arena arena;
	struct texts_vars vars;
};

static void begin_note(struct note *n, const struct list_run *r, const char *address)
{
	*n = (struct note){ 0 };
	texts_set_list(&n->vars, &n->arena, r->list);
	texts_set(&n->vars, "address", address);
}

static int end_note(struct note *n, int rc)
{
	arena_clear(&n->arena);
	return rc;
}

/* What an address is told because it, or an owner, has confirmed. */
static int tell(struct list_run *r, const char *text, const char *address, struct fault *f)
{
	struct reply m = { .to = address, .text = text, .is_due = true };
	struct note n;

	begin_note(&n, r, address);
	m.vars = &n.vars;
	return end_note(&n, reply_send(r, &m, f) < 0 ? -1 : 0);
}

/* What it is told because somebody has asked. */
static int tell_asked(struct list_run *r, const char *text, const char *address, struct fault *f)
{
	struct reply m = { .to = address, .text = text, .is_question = true };
	struct note n;

	begin_note(&n, r, address);
	m.vars = &n.vars;
	return end_note(&n, reply_send(r, &m, f) < 0 ? -1 : 0);
}

static int tell_moderators(struct list_run *r, struct note *n, const char *approve, struct fault *f)
{
	struct outmail mail = { .reply_to = approve };
	const char *const *to;
	size_t count;

	if (owners_read(r->list, "moderators", &n->arena, &to, &count, f) < 0 ||
	    (count == 0 && owners_read(r->list, "owners", &n->arena, &to, &count, f) < 0) ||
	    texts_compose(r->list, &n->arena, "approve", &n->vars, &mail.subject, &mail.body, f) < 0)
		return -1;
	return outmail_send(r, &mail, to, count, f);
}

static int tell_owners(struct list_run *r, const char *text, const char *address, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };

	texts_set(&vars, "address", address);
	return r->list->settings.notify_owner ? owners_tell(r, text, &vars, f) : 0;
}

/* ---- it is decided ---- */

static bool is_this_list(const struct list_run *r, struct arena *a, struct span address)
{
	struct span local, domain;
	struct list_target target;

	address_split(address, &local, &domain);
	return place_find(r->places, a, local, domain, span_is_nocase(domain, span_str(r->places->origin)), &target,
			  NULL) > 0 &&
	       strcmp(target.name, r->list->name) == 0;
}

static int finish(struct list_run *r, bool written, const char *text, const char *address, const char *owner_text,
		  struct fault *f)
{
	if (written && tell(r, text, address, f) < 0)
		return -1;
	return tell_owners(r, owner_text, address, f) < 0 ? -1 : 1;
}

int subscribe(struct list_run *r, const struct member *m, struct fault *f)
{
	struct arena a = { 0 };
	const char *address = arena_span(&a, m->address);
	struct member member = *m;
	int rc = 0;

	if (!member.since)
		member.since = r->now;
	if (is_this_list(r, &a, m->address))
		rc = fault_perm(f, 553, "5.1.3", "the list %s cannot be on itself", r->list->name);
	if (rc == 0)
		rc = members_add(r->list, "members", &member, f);
	if (rc > 0) {
		list_log(r->list, "subscribed %s", address);
		rc = finish(r, r->list->settings.welcome, "welcome", address, "owner-subscribed", f);
	}
	arena_clear(&a);
	return rc;
}

int unsubscribe(struct list_run *r, const char *address, struct fault *f)
{
	int rc = members_remove(r->list, "members", address, f);

	if (rc <= 0)
		return rc;
	list_log(r->list, "unsubscribed %s", address);
	return finish(r, r->list->settings.goodbye, "goodbye", address, "owner-unsubscribed", f);
}

/* ---- it is asked ---- */

static const struct {
	enum token_action asked, approved;
	unsigned flags;
} kinds[] = {
	{ TOKEN_SUBSCRIBE, TOKEN_APPROVE, 0 },
	{ TOKEN_SUBSCRIBE_DIGEST, TOKEN_APPROVE_DIGEST, MEMBER_DIGEST },
	{ TOKEN_SUBSCRIBE_NOMAIL, TOKEN_APPROVE_NOMAIL, MEMBER_NOMAIL },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static size_t kind_of_flags(unsigned flags)
{
	for (size_t i = 1; i < KINDS; i++)
		if (flags & kinds[i].flags)
			return i;
	return 0;
}

/* An address may have whatever means something in a URL. */
static const char *component(struct arena *a, const char *text)
{
	struct buf b;
	const char *result;

	buf_init(&b, 3 * strlen(text) + 1);
	markup_put_component(&b, span_str(text));
	result = arena_span(a, buf_span(&b));
	buf_clear(&b);
	return result;
}

const char *subscribe_url(struct list_run *r, struct arena *a, enum token_action action, const char *who,
			  struct fault *f)
{
	const char *token;

	if (!r->http_url || !r->http_url[0] || !r->list->settings.list_http)
		return "";
	token = token_text(r->list, a, action, who, r->now, f);
	return token ? arena_printf(a, "%s/%s/%s-%s", r->http_url, component(a, r->list->name), token_word(action),
				    component(a, token))
		     : NULL;
}

/* The question to an address, that can be answered by a reply, and maybe in a browser. */
static int ask(struct list_run *r, const char *text, const char *address, enum token_action action, struct fault *f)
{
	struct reply m = { .to = address, .text = text, .is_question = true };
	struct note n;
	const char *url;
	int rc = -1;

	begin_note(&n, r, address);
	m.reply_to = token_address(r->list, &n.arena, action, address, r->now, f);
	url = m.reply_to ? subscribe_url(r, &n.arena, action, address, f) : NULL;
	if (url) {
		texts_set(&n.vars, "confirm", m.reply_to);
		texts_set(&n.vars, "confirm_url", url);
		texts_set(&n.vars, "days", arena_printf(&n.arena, "%d", token_days(action)));
		m.vars = &n.vars;
		rc = reply_send(r, &m, f);
	}
	if (rc > 0)
		list_log(r->list, "asked %s to confirm: %s", address, text);
	return end_note(&n, rc < 0 ? -1 : 0);
}

/* 1, 0, -1 */
static int is_on(struct list *l, const char *file, const char *address, struct fault *f)
{
	struct members m;
	struct member ignored;
	int rc;

	if (members_open(&m, l, file, f) < 0)
		return -1;
	rc = members_find(&m, address, &ignored);
	members_close(&m);
	return rc;
}

int subscribe_ask(struct list_run *r, const struct member *m, bool is_own, struct fault *f)
{
	struct arena a = { 0 };
	const char *address = arena_span(&a, m->address);
	int rc = 0, on = is_on(r->list, "members", address, f);

	if (on < 0)
		rc = -1;
	else if (strcmp(r->list->settings.subscription, "open") == 0 && is_own)
		rc = on || subscribe(r, m, f) >= 0 ? 1 : -1;
	else if (on)
		rc = tell_asked(r, "is-member", address, f);
	else
		rc = ask(r, "confirm-subscribe", address, kinds[kind_of_flags(m->flags)].asked, f);
	arena_clear(&a);
	return rc;
}

int unsubscribe_ask(struct list_run *r, const char *address, bool is_own, struct fault *f)
{
	int on = is_on(r->list, "members", address, f);

	if (on < 0)
		return -1;
	if (strcmp(r->list->settings.unsubscription, "open") == 0 && is_own)
		return on == 0 || unsubscribe(r, address, f) >= 0 ? 1 : -1;
	if (on)
		return ask(r, "confirm-unsubscribe", address, TOKEN_UNSUBSCRIBE, f);
	return is_own ? tell_asked(r, "not-member", address, f) : 0;
}

/* The address in the subject is what a reply has of it when the token has but a hash. */
int subscribe_ask_owner(struct list_run *r, const char *owner, const char *address, bool add, struct fault *f)
{
	enum token_action action = add ? TOKEN_APPROVE : TOKEN_UNSUBSCRIBE;
	struct reply m = { .to = owner, .text = add ? "owner-add" : "owner-remove" };
	struct note n;
	int rc = -1;

	begin_note(&n, r, address);
	texts_set(&n.vars, "days", arena_printf(&n.arena, "%d", token_days(action)));
	m.vars = &n.vars;
	m.reply_to = token_address(r->list, &n.arena, action, address, r->now, f);
	if (m.reply_to)
		rc = reply_send(r, &m, f);
	return end_note(&n, rc < 0 ? -1 : 0);
}

/* ---- it is confirmed ---- */

static const char *find_in_hints(struct list *l, struct arena *a, const struct token *t, struct span hints)
{
	struct span candidate;

	for (int i = 0; i < LETTER_ADDRESSES_MAX && letter_next_address(&hints, &candidate) > 0; i++) {
		const char *address = arena_span(a, candidate);

		if (token_is_for(l, t, address))
			return address;
	}
	return NULL;
}

/* NULL in *who: none. */
static int find_in_members(struct list *l, struct arena *a, const struct token *t, const char **who, struct fault *f)
{
	struct arena scratch = { 0 };
	struct members members;
	struct members_walk walk = { 0 };
	struct member m;
	int rc;

	*who = NULL;
	if (members_open(&members, l, "members", f) < 0)
		return -1;
	while (!*who && (rc = members_next(&members, &walk, &m, NULL)) != 0) {
		if (rc > 0 && token_is_for(l, t, arena_span(&scratch, m.address)))
			*who = arena_span(a, m.address);
		arena_reset(&scratch);
	}
	members_close(&members);
	arena_clear(&scratch);
	return 0;
}

/* Whom it is for, written as he writes himself where that is known. */
static int find_who(struct list_run *r, struct arena *a, const struct token *t, struct span hints, const char **who,
		    struct fault *f)
{
	bool is_his = r->in && r->in->from[0] && token_is_for(r->list, t, r->in->from);

	*who = is_his ? r->in->from : t->who;
	if (is_his || t->who[0] != '=')
		return 0;
	*who = find_in_hints(r->list, a, t, hints);
	if (!*who && find_in_members(r->list, a, t, who, f) < 0)
		return -1;
	return *who ? 0 : fault_perm(f, 550, "5.7.1", "confirm from the address that is to be confirmed");
}

/* The name that he gives himself in From. */
static struct span own_name(struct list_run *r, struct arena *a, const char *who)
{
	struct span rest, name = span_of(NULL, 0);
	struct address from;
	struct buf text;

	if (!r->in || strcmp(r->in->from, who) != 0)
		return name;
	rest = span_str(incoming_field(r->in, SPAN("From")));
	if (address_next(&rest, a, &from) <= 0)
		return name;
	buf_init(&text, 4 * MEMBERS_NAME_MAX);
	words_decode(&text, from.display);
	name = span_trim(buf_span(&text));
	if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
		name = span_of(name.p + 1, name.n - 2);
	name = name.n <= MEMBERS_NAME_MAX && !text.overflow ? span_of(arena_span(a, name), name.n) : span_of(NULL, 0);
	buf_clear(&text);
	return name;
}

static int ask_moderators(struct list_run *r, const char *who, enum token_action action, struct fault *f)
{
	const char *approve;
	struct note n;
	int rc = quench_allows(r, "pending", who, f);

	if (rc <= 0)
		return rc;
	rc = -1;
	begin_note(&n, r, who);
	approve = token_address(r->list, &n.arena, action, who, r->now, f);
	if (approve) {
		/* An address with a hash alone does not tell whom it is for: a reply, which has the subject, does. */
		texts_set(&n.vars, "approve", strstr(approve, "-=") ? "" : approve);
		texts_set(&n.vars, "days", arena_printf(&n.arena, "%d", token_days(action)));
		list_log(r->list, "asked moderators to approve %s", who);
		rc = tell_moderators(r, &n, approve, f);
	}
	end_note(&n, 0);
	return rc < 0 || tell_asked(r, "pending", who, f) < 0 ? -1 : 1;
}

static int take_subscription(struct list_run *r, struct arena *a, const struct token *t, size_t kind, const char *who,
			     struct fault *f)
{
	struct member m = { .address = span_str(who), .flags = kinds[kind].flags };
	int on = is_on(r->list, "members", who, f);

	if (on != 0)
		return on < 0 ? -1 : 0;
	if (t->action == kinds[kind].asked && strcmp(r->list->settings.subscription, "closed") == 0)
		return fault_perm(f, 550, "5.7.1", "nobody can join the list %s by asking", r->list->name);
	if (t->action == kinds[kind].asked && strcmp(r->list->settings.subscription, "moderated") == 0)
		return ask_moderators(r, who, kinds[kind].approved, f);
	m.name = own_name(r, a, who);
	return subscribe(r, &m, f);
}

static int take(struct list_run *r, struct arena *a, const struct token *t, const char *who, struct fault *f)
{
	if (t->action == TOKEN_UNSUBSCRIBE || t->action == TOKEN_ONECLICK)
		return unsubscribe(r, who, f);
	for (size_t i = 0; i < KINDS; i++)
		if (t->action == kinds[i].asked || t->action == kinds[i].approved)
			return take_subscription(r, a, t, i, who, f);
	return fault_perm(f, 550, "5.7.1", "this confirms no subscription");
}

int subscribe_by_token(struct list_run *r, const struct token *t, struct span hints, struct fault *f)
{
	struct arena a = { 0 };
	const char *who;
	int rc = find_who(r, &a, t, hints, &who, f);

	if (rc == 0)
		rc = take(r, &a, t, who, f);
	arena_clear(&a);
	return rc;
}
