/* SPDX-License-Identifier: ISC */
/*
 * request_subscribe - commands that change who is on a list, and how.
 */
#include <string.h>

#include "list/held.h"
#include "list/letter.h"
#include "list/members.h"
#include "list/request_do.h"
#include "list/subscribe.h"
#include "message/address.h"

/* Who is meant: the address among the operands, else who writes. */
struct subject {
	const char *address; /* NULL: none that can be on a list */
	bool is_own;
	unsigned flags;
	struct span name;
};

static bool is_usable(const struct request *q, const char *address)
{
	struct span s = span_str(address);

	return address_is_valid(s, false, true) && !reply_is_robot(s) && !reply_is_ours(q->run, s);
}

static bool is_same(struct arena *a, const char *one, const char *other)
{
	const char *x = member_identity(a, span_str(one)), *y = member_identity(a, span_str(other));

	return x && y && strcmp(x, y) == 0;
}

static struct subject find_subject(struct request *q, const struct command *c)
{
	struct subject s = { .address = q->author };
	const char *name = "";

	for (size_t i = 0; i < c->n; i++) {
		unsigned set, clear;

		if (span_find(c->operands[i], '@') < c->operands[i].n) {
			s.address = arena_span(&q->arena, c->operands[i]);
		} else if (command_option(c->operands[i], &set, &clear)) {
			s.flags = (s.flags & ~clear) | set;
		} else {
			name = arena_printf(&q->arena, "%s%s%.*s", name, name[0] ? " " : "", SPAN_ARG(c->operands[i]));
		}
	}
	s.is_own = is_same(&q->arena, s.address, q->author);
	if (s.is_own && strlen(name) <= MEMBERS_NAME_MAX)
		s.name = span_str(name);
	if (!is_usable(q, s.address))
		s.address = NULL;
	return s;
}

/* What follows is in a message to that address. Who has asked for himself needs no second one. */
static void say_sent(struct request *q, struct list_run *r, const struct subject *s)
{
	if (s->is_own || q->by_address)
		request_mention(q, r, "line-sent");
	else
		request_say(q, r, "line-sent", NULL);
}

int request_subscribe(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct subject s = find_subject(q, c);
	struct member m = { .address = span_str(s.address), .flags = s.flags, .name = s.name };
	int rc = 0;

	if (strcmp(r->list->settings.subscription, "closed") == 0) {
		request_say(q, r, "line-closed", NULL);
	} else if (!s.address) {
		request_say(q, r, "line-no-address", NULL);
	} else {
		rc = subscribe_ask(r, &m, s.is_own, f);
		if (rc > 0)
			request_say(q, r, "line-subscribed", NULL);
		else if (rc == 0)
			say_sent(q, r, &s);
	}
	return rc < 0 ? -1 : 0;
}

int request_unsubscribe(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct subject s = find_subject(q, c);
	int rc;

	if (!s.address) {
		request_say(q, r, "line-no-address", NULL);
		return 0;
	}
	rc = unsubscribe_ask(r, s.address, s.is_own, f);
	if (rc > 0)
		request_say(q, r, "line-unsubscribed", NULL);
	else if (rc == 0)
		say_sent(q, r, &s);
	return rc < 0 ? -1 : 0;
}

/* ---- confirming ---- */

static int read_letter(struct request *q, struct fault *f)
{
	return q->letter.n ? 0 : letter_text(q->run->in, &q->letter, f);
}

/* All of the message in which the address may stand that a token has but the hash of. */
static int read_hints(struct request *q, struct buf *out, struct fault *f)
{
	static const struct span fields[] = { SPAN_INIT("From"), SPAN_INIT("To"), SPAN_INIT("Subject") };

	if (read_letter(q, f) < 0)
		return -1;
	buf_printf(out, "%s\n", q->run->in->sender);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *body = incoming_field(q->run->in, fields[i]);

		if (body)
			buf_printf(out, "%s\n", body);
	}
	buf_put_span(out, buf_span(&q->letter));
	return 0;
}

/* Somebody else may have been quicker. */
static int settle(struct list_run *r, const struct token *t, struct fault *f)
{
	int rc = t->action == TOKEN_ACCEPT ? held_accept(r, t->who, f) : held_reject(r, t->who, "", f);

	return rc == 0 ? fault_perm(f, 550, "5.1.1", "no such message waits any more") : rc;
}

static int act(struct request *q, struct list_run *r, const struct token *t, struct fault *f)
{
	struct buf hints;
	int rc = 0;

	if (t->action == TOKEN_ACCEPT || t->action == TOKEN_REJECT)
		return settle(r, t, f);
	buf_init(&hints, LETTER_MAX + INCOMING_HEADER_MAX);
	if (t->who[0] == '=')
		rc = read_hints(q, &hints, f);
	if (rc == 0)
		rc = subscribe_by_token(r, t, buf_span(&hints), f);
	buf_clear(&hints);
	return rc;
}

int request_token(struct request *q, struct list_run *r, const char *word, const char *rest, struct fault *f)
{
	struct fault why = { 0 };
	struct token t;
	int rc = token_check(r->list, &q->arena, word, rest, r->now, &t, &why);

	if (rc == 0)
		rc = act(q, r, &t, &why);
	if (rc >= 0)
		return 1;
	if (why.kind != FAULT_PERM) {
		if (f)
			*f = why;
		return -1;
	}
	list_log(r->list, "%s not done: %s", word, why.text);
	request_say(q, r, "line-expired", NULL);
	return 0;
}

int request_confirm(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	const char *word = strcmp(c->word, "auth") == 0 ? "confirm" : c->word;
	int rc = request_token(q, r, word, c->n ? arena_span(&q->arena, c->operands[0]) : "", f);

	if (rc > 0)
		request_say(q, r, "line-done", NULL);
	return rc < 0 ? -1 : 0;
}

/* ---- options ---- */

static void say_options(struct request *q, struct list_run *r, unsigned flags)
{
	struct texts_vars vars = { .n = 0 };
	const char *text = "";

	for (unsigned flag = 1; flag < MEMBER_FLAGS; flag <<= 1)
		if ((flags & flag) && member_flag_name(flag))
			text = arena_printf(&q->arena, "%s%s%s", text, text[0] ? " " : "", member_flag_name(flag));
	texts_set(&vars, "options", text[0] ? text : "mail");
	request_say(q, r, "line-set", &vars);
}

static int change_locked(struct request *q, struct list_run *r, unsigned set, unsigned clear, struct fault *f)
{
	struct members members;
	struct member m;
	int rc = 0;

	if (members_open(&members, r->list, "members", f) < 0)
		return -1;
	if (!members_find(&members, q->author, &m)) {
		request_say(q, r, "line-not-on", NULL);
	} else {
		m.flags = (m.flags & ~clear) | set;
		if (set | clear)
			rc = members_change(r->list, "members", &m, f);
		if (rc > 0)
			list_log(r->list, "options of %.*s changed", SPAN_ARG(m.address));
		say_options(q, r, m.flags);
	}
	members_close(&members);
	return rc < 0 ? -1 : 0;
}

/*
 * He is told, so that nobody changes anything in his name unseen: neither by QUIET nor when he has had enough replies.
 * The lock is held meanwhile, so that what was read is what is changed.
 */
static int change_member(struct request *q, struct list_run *r, unsigned set, unsigned clear, struct fault *f)
{
	int rc = quench_allows(q->run, NULL, q->author, f);

	q->is_quiet = false;
	if (rc <= 0)
		return rc;
	if (list_lock(r->list, f) < 0)
		return -1;
	rc = change_locked(q, r, set, clear, f);
	list_unlock(r->list);
	return rc;
}

int request_set(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	unsigned all_set = 0, all_clear = 0;

	q->is_private = true;
	for (size_t i = 0; i < c->n; i++) {
		unsigned set, clear;

		if (!command_option(c->operands[i], &set, &clear)) {
			request_say(q, r, "line-not-option", NULL);
			return 0;
		}
		all_set = (all_set & ~clear) | set;
		all_clear |= clear;
	}
	return change_member(q, r, all_set, all_clear, f);
}

/* ---- owners ---- */

/* From can be anybody's: who reads the owner's mail decides. Whether he is one is not told. */
static int ask_owner(struct request *q, struct list_run *r, const struct command *c, bool add, struct fault *f)
{
	struct span address = c->n ? c->operands[0] : span_of(NULL, 0);
	int rc = request_is_in(r->list, "owners", q->author, f);

	if (rc == 0)
		rc = request_is_in(r->list, "moderators", q->author, f);
	if (rc < 0)
		return -1;
	if (!address_is_valid(address, false, true) || !member_identity(&q->arena, address)) {
		request_say(q, r, "line-no-address", NULL);
		return 0;
	}
	if (rc > 0 && subscribe_ask_owner(r, q->author, arena_span(&q->arena, address), add, f) < 0)
		return -1;
	request_say(q, r, "line-owners", NULL);
	return 0;
}

int request_add(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	return ask_owner(q, r, c, true, f);
}

int request_delete(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	return ask_owner(q, r, c, false, f);
}
