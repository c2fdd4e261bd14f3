/* SPDX-License-Identifier: ISC */
/*
 * request_tell - commands that tell something: help, what a list is about, who is on it, which lists there are.
 */
#include <string.h>

#include "base/printable.h"
#include "list/members.h"
#include "list/request_do.h"

/* A wording, with its own subject where nothing else is asked for. */
static int tell(struct request *q, struct list_run *r, const char *name, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	const char *subject;
	struct span body;

	if (q->by_address) {
		q->wording = name;
		q->has_answer = true;
		return 0;
	}
	if (r->list)
		texts_set_list(&vars, &q->arena, r->list);
	else
		texts_set(&vars, "request", r->request ? r->request : "");
	if (texts_compose(r->list, &q->arena, name, &vars, &subject, &body, f) < 0)
		return -1;
	request_put(q, body);
	q->has_answer = true;
	return 0;
}

int request_help(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	(void)c;
	return tell(q, r, r->list ? "help" : "site-help", f);
}

int request_faq(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	(void)c;
	return tell(q, r, "faq", f);
}

int request_info(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	(void)c;
	return tell(q, r, "info", f);
}

/* ---- lists ---- */

static void put_list(struct request *q, const struct list *l)
{
	struct buf line;

	buf_init(&line, LIST_TEXT_MAX);
	printable_put(&line, span_str(l->settings.address));
	if (l->settings.description[0]) {
		buf_put_str(&line, "  ");
		printable_put(&line, span_str(l->settings.description));
	}
	request_put(q, buf_span(&line));
	buf_clear(&line);
}

static int put_advertised(struct request *q, struct list_run *r, void *ctx, struct fault *f)
{
	bool *any = ctx;

	(void)f;
	if (r->list->settings.advertised) {
		put_list(q, r->list);
		*any = true;
	}
	return 0;
}

int request_lists(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	bool any = false;

	(void)c;
	if (request_each_list(q, put_advertised, &any, f) < 0)
		return -1;
	q->has_answer = true;
	if (!any)
		request_say(q, r, "line-no-lists", NULL);
	return 0;
}

static int put_mine(struct request *q, struct list_run *r, void *ctx, struct fault *f)
{
	bool *any = ctx;

	(void)f;
	put_list(q, r->list);
	*any = true;
	return 0;
}

int request_which(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	bool any = false;

	(void)c;
	q->is_private = true;
	q->has_answer = true;
	if (request_each(q, put_mine, &any, f) < 0)
		return -1;
	if (!any)
		request_say(q, r, "line-no-lists", NULL);
	return 0;
}

/* ---- members ---- */

static void put_member(struct request *q, const struct member *m)
{
	struct buf line;

	buf_init(&line, MEMBERS_LINE_MAX * 8);
	printable_put(&line, m->address);
	if (m->name.n) {
		buf_put_str(&line, "  ");
		printable_put(&line, m->name);
	}
	request_put(q, buf_span(&line));
	buf_clear(&line);
}

int request_who(struct request *q, struct list_run *r, const struct command *c, struct fault *f)
{
	struct members members;
	struct members_walk walk = { 0 };
	struct member m;
	int rc = request_may(q, r, r->list->settings.member_visibility, f);
	size_t before = q->results.n;

	(void)c;
	if (rc < 0)
		return -1;
	if (rc == 0) {
		request_say(q, r, "line-not-told", NULL);
		return 0;
	}
	if (members_open(&members, r->list, "members", f) < 0)
		return -1;
	while ((rc = members_next(&members, &walk, &m, NULL)) != 0)
		if (rc > 0 && !(m.flags & MEMBER_HIDDEN))
			put_member(q, &m);
	members_close(&members);
	q->has_answer = true;
	if (q->results.n == before)
		request_say(q, r, "line-nobody", NULL);
	return 0;
}
