/* SPDX-License-Identifier: ISC */
/*
 * request - what people ask of a list by mail: finds the commands, does each, and writes one answer.
 */
#include "list/request.h"

#include <string.h>

#include "base/log.h"
#include "list/forward.h"
#include "list/letter.h"
#include "list/members.h"
#include "list/request_do.h"
#include "list/token.h"
#include "message/address.h"

/* ---- what is said ---- */

void request_put(struct request *q, struct span text)
{
	if (q->results.n + text.n + 1 > REQUEST_RESULTS_MAX) {
		q->is_full = true;
		return;
	}
	buf_put_span(&q->results, text);
	if (text.n && text.p[text.n - 1] != '\n')
		buf_put_char(&q->results, '\n');
}

static void say(struct request *q, const struct list_run *r, const char *line, struct texts_vars *vars)
{
	struct texts_vars none = { .n = 0 };

	if (q->is_quiet)
		return;
	if (!vars)
		vars = &none;
	if (r->list)
		texts_set_list(vars, &q->arena, r->list);
	request_put(q, span_str(texts_line(&q->arena, q->language, line, vars)));
}

void request_say(struct request *q, const struct list_run *r, const char *line, struct texts_vars *vars)
{
	say(q, r, line, vars);
	q->has_answer |= !q->is_quiet;
}

void request_mention(struct request *q, const struct list_run *r, const char *line)
{
	say(q, r, line, NULL);
}

/* ---- who may ---- */

int request_is_in(struct list *l, const char *file, const char *address, struct fault *f)
{
	struct members m;
	struct member ignored;
	int rc;

	if (!address[0])
		return 0;
	if (members_open(&m, l, file, f) < 0)
		return -1;
	rc = members_find(&m, address, &ignored);
	members_close(&m);
	return rc;
}

int request_may(struct request *q, struct list_run *r, const char *access, struct fault *f)
{
	static const char *const files[] = { "owners", "moderators", "members" };
	size_t n = strcmp(access, "members") == 0 ? 3 : strcmp(access, "moderators") == 0 ? 2 : 0;
	int rc = 0;

	if (strcmp(access, "all") == 0 || strcmp(access, "public") == 0)
		return 1;
	q->is_private = true;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = request_is_in(r->list, files[i], q->author, f);
	return rc;
}

/* ---- which list ---- */

typedef int each_fn(struct request *q, struct list_run *r, void *ctx, struct fault *f);

static int with_list(struct request *q, const char *name, each_fn *fn, void *ctx, struct fault *f)
{
	struct list_run r = *q->run;
	struct list other;
	int rc;

	if (q->run->list && strcmp(q->run->list->name, name) == 0)
		return fn(q, q->run, ctx, f);
	if (list_open(&other, q->run->places, name, f) < 0)
		return -1;
	r.list = &other;
	rc = fn(q, &r, ctx, f);
	list_close(&other);
	return rc;
}

int request_each_list(struct request *q, each_fn *fn, void *ctx, struct fault *f)
{
	struct list_walk walk = { .places = q->run->places, .arena = &q->arena };
	const char *name;
	int rc = 0;

	for (int i = 0; (rc = list_next(&walk, &name, f)) > 0; i++) {
		struct fault broken = { 0 };

		if (i == REQUEST_LISTS_MAX) {
			q->is_full = true;
			break;
		}
		/* What is wrong with one list's files is no reason not to speak of the others. */
		if (with_list(q, name, fn, ctx, &broken) < 0)
			log_debug("list %s: %s", name, broken.text);
	}
	return rc < 0 ? -1 : 0;
}

struct mine {
	each_fn *fn;
	void *ctx;
};

static int if_member(struct request *q, struct list_run *r, void *ctx, struct fault *f)
{
	struct mine *mine = ctx;
	int on = request_is_in(r->list, "members", q->author, f);

	return on > 0 ? mine->fn(q, r, mine->ctx, f) : on;
}

int request_each(struct request *q, each_fn *fn, void *ctx, struct fault *f)
{
	struct mine mine = { fn, ctx };

	return request_each_list(q, if_member, &mine, f);
}

/* The list that an operand names, by its name or its address: 1, 0, -1. */
static int find_list(struct request *q, struct span operand, const char **name, struct fault *f)
{
	const struct list_places *p = q->run->places;
	struct span local, domain;

	*name = list_name_of(&q->arena, operand);
	if (*name) {
		int rc = list_exists(p, *name, f);

		if (rc != 0)
			return rc;
	}
	address_split(operand, &local, &domain);
	if (domain.n == 0 || !span_is_nocase(domain, span_str(p->origin)))
		return 0;
	*name = list_name_of(&q->arena, local);
	return *name ? list_exists(p, *name, f) : 0;
}

/* ---- the commands ---- */

enum need { NO_LIST, A_LIST, MANY_LISTS };

static const struct doing {
	request_fn *run;
	enum need need;
} doings[] = {
	[COMMAND_SUBSCRIBE] = { request_subscribe, A_LIST },
	[COMMAND_UNSUBSCRIBE] = { request_unsubscribe, MANY_LISTS },
	[COMMAND_CONFIRM] = { request_confirm, A_LIST },
	[COMMAND_HELP] = { request_help, NO_LIST },
	[COMMAND_FAQ] = { request_faq, A_LIST },
	[COMMAND_INFO] = { request_info, A_LIST },
	[COMMAND_LISTS] = { request_lists, NO_LIST },
	[COMMAND_WHO] = { request_who, A_LIST },
	[COMMAND_WHICH] = { request_which, NO_LIST },
	[COMMAND_INDEX] = { request_index, A_LIST },
	[COMMAND_GET] = { request_get, A_LIST },
	[COMMAND_LAST] = { request_last, A_LIST },
	[COMMAND_THREAD] = { request_thread, A_LIST },
	[COMMAND_SET] = { request_set, MANY_LISTS },
	[COMMAND_ADD] = { request_add, A_LIST },
	[COMMAND_DELETE] = { request_delete, A_LIST },
};

static int call(struct request *q, struct list_run *r, void *ctx, struct fault *f)
{
	const struct command *c = ctx;

	return doings[c->kind].run(q, r, c, f);
}

static void drop_operand(struct command *c)
{
	memmove(c->operands, c->operands + 1, (c->n - 1) * sizeof(c->operands[0]));
	c->n--;
}

/* An operand that cannot be but a list's name: what it is instead of one depends on the command. */
static bool could_be_other(const struct command *c)
{
	struct span s = c->operands[0];
	uint32_t from, to;
	unsigned set, clear;

	return c->kind == COMMAND_CONFIRM || span_find(s, '@') < s.n || command_option(s, &set, &clear) ||
	       command_range(s, &from, &to) == 0;
}

static int run_with_list(struct request *q, struct command *c, struct fault *f)
{
	const char *name = NULL;
	int rc = 0;

	if (c->n && !q->by_address)
		rc = find_list(q, c->operands[0], &name, f);
	if (rc < 0)
		return -1;
	if (rc > 0) {
		drop_operand(c);
		return with_list(q, name, call, c, f);
	}
	if (c->n && !q->by_address && !could_be_other(c)) {
		request_say(q, q->run, "line-no-list", NULL);
		return 0;
	}
	if (q->run->list)
		return call(q, q->run, c, f);
	request_say(q, q->run, "line-which-list", NULL);
	return 0;
}

static int run_command(struct request *q, struct command *c, struct fault *f)
{
	const struct doing *doing = &doings[c->kind];

	q->is_quiet = c->is_quiet;
	if (doing->need == NO_LIST)
		return doing->run(q, q->run, c, f);
	if (doing->need == MANY_LISTS && c->n && span_is(c->operands[0], SPAN("*"))) {
		drop_operand(c);
		q->is_private = true;
		if (request_each(q, call, c, f) < 0)
			return -1;
		request_say(q, q->run, "line-done", NULL);
		return 0;
	}
	return run_with_list(q, c, f);
}

/* ">>> subscribe": our own words for it, and none of his. */
static void put_echo(struct request *q, const struct command *c)
{
	if (q->results.n)
		request_put(q, SPAN("\n"));
	request_put(q, span_str(arena_printf(&q->arena, ">>> %s", c->verb)));
}

static void complain_line(struct request *q, const struct command *c)
{
	struct texts_vars vars = { .n = 0 };

	texts_set(&vars, "line", arena_printf(&q->arena, "%zu", c->line));
	if (q->results.n)
		request_put(q, SPAN("\n"));
	q->is_quiet = false;
	request_say(q, q->run, "line-no-command", &vars);
}

/* The commands of the text: how many there were, -1. */
static int run_text(struct request *q, struct span text, struct fault *f)
{
	struct command_walk walk = { .rest = text };
	struct command c = { .line = 0 };
	int rc, commands = 0, errors = 0;

	while ((rc = command_next(&walk, &c)) != 0) {
		if (commands == REQUEST_COMMANDS_MAX || errors == REQUEST_ERRORS_MAX) {
			request_say(q, q->run, "line-too-many", NULL);
			break;
		}
		if (rc < 0) {
			errors++;
			complain_line(q, &c);
			continue;
		}
		commands++;
		put_echo(q, &c);
		if (run_command(q, &c, f) < 0)
			return -1;
	}
	return commands;
}

/* ---- the answer ---- */

static void set_site(struct request *q, struct texts_vars *vars)
{
	const char *address = q->run->request ? q->run->request : "";

	texts_set(vars, "list", address);
	texts_set(vars, "request", address);
}

static int send_answer(struct request *q, struct fault *f)
{
	struct list_run *r = q->run;
	const char *to = q->is_private ? q->author : r->in->sender;
	struct texts_vars vars = { .n = 0 };
	struct reply m = { .to = to, .text = q->wording ? q->wording : "answer", .vars = &vars };

	if (!q->has_answer || !to[0])
		return 0;
	if (r->list)
		texts_set_list(&vars, &q->arena, r->list);
	else
		set_site(q, &vars);
	if (q->is_full) {
		buf_put_char(&q->results, '\n');
		buf_put_str(&q->results, texts_line(&q->arena, q->language, "line-cut", &vars));
	}
	texts_set_block(&vars, "results", buf_span(&q->results));
	m.parts = request_posts_parts(q);
	return reply_send(r, &m, f) < 0 ? -1 : 0;
}

/* ---- the addresses ---- */

static int run_owner(struct request *q, const struct list_target *t, struct fault *f)
{
	(void)t;
	return forward_to_owners(q->run, f);
}

/* Does the text have a line that is a command? Else the subject may. */
static bool has_command(struct span text)
{
	struct command_walk walk = { .rest = text };
	struct command c = { .line = 0 };
	int rc;

	while ((rc = command_next(&walk, &c)) < 0)
		continue;
	return rc > 0;
}

static int run_commands(struct request *q, const struct list_target *t, struct fault *f)
{
	struct command subject = { .line = 0 };
	struct buf *letter = &q->letter;
	int rc;

	(void)t;
	if (letter_text(q->run->in, letter, f) < 0)
		return -1;
	if (!has_command(buf_span(letter)) && command_parse(span_str(q->run->in->subject), &subject) &&
	    subject.kind != COMMAND_END) {
		put_echo(q, &subject);
		rc = run_command(q, &subject, f);
	} else {
		rc = run_text(q, buf_span(letter), f);
		/* Nobody knows what he wanted. */
		if (rc == 0) {
			q->wording = q->run->list ? "help" : "site-help";
			q->has_answer = true;
		}
	}
	return rc < 0 ? -1 : send_answer(q, f);
}

static int run_word(struct request *q, const struct list_target *t, struct fault *f)
{
	struct command c;

	q->by_address = true;
	if (!command_of_address(&q->arena, t->word, t->rest, &c))
		return fault_perm(f, 550, "5.1.1", "there is no such address of the list %s", t->name);
	return run_command(q, &c, f) < 0 ? -1 : send_answer(q, f);
}

static int run_signed(struct request *q, const struct list_target *t, struct fault *f)
{
	q->by_address = true;
	q->wording = "expired";
	return request_token(q, q->run, t->word, t->rest, f) < 0 ? -1 : send_answer(q, f);
}

static int run_site(struct request *q, const struct list_target *t, struct fault *f)
{
	return t->word[0] ? run_word(q, t, f) : run_commands(q, t, f);
}

/* A one-click address is written to by programs, for people: mail providers mark that as automatic. */
static const char *find_bar(struct list_run *r, const struct list_target *t)
{
	if (t->role == LIST_OWNER)
		return NULL;
	if (strcmp(t->word, "oneclick") == 0)
		return r->in->sender[0] ? NULL : "the null sender";
	return reply_bar(r->in);
}

int request_run(struct list_run *r, const struct list_target *t, struct fault *f)
{
	static int (*const runs[])(struct request *, const struct list_target *, struct fault *) = {
		[LIST_OWNER] = run_owner,   [LIST_REQUEST] = run_commands, [LIST_COMMAND] = run_word,
		[LIST_SIGNED] = run_signed, [LIST_SITE] = run_site,
	};
	struct request q = { .run = r, .language = r->list ? r->list->settings.language : "", .author = r->in->from };
	const char *bar = find_bar(r, t);
	int rc;

	if (bar) {
		if (r->list)
			list_log(r->list, "not answered, %s: %s", bar, r->in->sender);
		return 0;
	}
	buf_init(&q.results, REQUEST_RESULTS_MAX + TEXTS_LINE_MAX);
	buf_init(&q.letter, LETTER_MAX);
	rc = runs[t->role](&q, t, f);
	request_posts_clear(&q);
	buf_clear(&q.results);
	buf_clear(&q.letter);
	arena_clear(&q.arena);
	return rc;
}
