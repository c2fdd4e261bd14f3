/* SPDX-License-Identifier: ISC */
/*
 * step - what an expansion did, in one line for people.
 */
#include "route/step.h"

#include <stdio.h>
#include <string.h>

#include "base/printable.h"

/* "maildir:/home/al/Maildir" as "maildir /home/al/Maildir". */
static void put_mailbox(struct buf *out, const struct route_target *t)
{
	struct span rest = span_str(t->as.mail), kind = span_cut(&rest, ':');

	buf_printf(out, "account %s: %.*s", t->as.name, SPAN_ARG(kind));
	if (rest.n)
		buf_printf(out, " %.*s", SPAN_ARG(rest));
	if (t->detail[0])
		buf_printf(out, ", detail %s", t->detail);
}

static void put_argument(struct buf *out, const struct route_target *t)
{
	buf_printf(out, "%s %s", t->kind == ROUTE_FILE ? "file" : "command", t->argument);
	if (t->as.name)
		buf_printf(out, " as %s", t->as.name);
}

static void put_list(struct buf *out, const struct route_target *t)
{
	if (t->argument[0])
		buf_printf(out, "mailing list %s", t->argument);
	else
		buf_put_str(out, "commands for mailing lists");
}

static void put_remote(struct buf *out, const struct route_target *t)
{
	static const char *const names[] = { [ROUTE_SMTP] = "smtp", [ROUTE_LMTP] = "lmtp", [ROUTE_PIPE] = "pipe" };

	buf_printf(out, "remote: %s to %s", names[t->transport], t->nexthop);
	if (t->transport == ROUTE_PIPE)
		buf_printf(out, " by %s", t->argument);
}

static void put_discard(struct buf *out, const struct route_target *t)
{
	(void)t;
	buf_put_str(out, "discard");
}

static void put_fault(struct buf *out, const struct route_target *t)
{
	buf_printf(out, "fault: %d %s %s", t->fault->reply, t->fault->status, t->fault->text);
}

void step_put_target(struct buf *out, const struct route_target *t)
{
	static void (*const by_kind[])(struct buf *, const struct route_target *) = {
		[ROUTE_MAILBOX] = put_mailbox, [ROUTE_FILE] = put_argument,   [ROUTE_COMMAND] = put_argument,
		[ROUTE_REMOTE] = put_remote,   [ROUTE_DISCARD] = put_discard, [ROUTE_FAULT] = put_fault,
		[ROUTE_LIST] = put_list,
	};

	by_kind[t->kind](out, t);
}

/* By lines and words, so that continuation lines look like one and comments between them are not seen. */
static void put_value(struct buf *out, struct span value)
{
	while (value.n) {
		struct span line = span_cut(&value, '\n'), word = span_word(&line);

		if (word.n && word.p[0] == '#')
			continue;
		for (; word.n; word = span_word(&line))
			buf_printf(out, " %.*s", SPAN_ARG(word));
	}
}

static void put_start(struct buf *out, struct span value)
{
	value = span_trim(value);
	put_value(out, span_of(value.p, value.n < STEP_VALUE_MAX ? value.n : STEP_VALUE_MAX));
	if (value.n > STEP_VALUE_MAX)
		buf_printf(out, " ... (%zu bytes)", value.n);
}

void step_put_alias(struct buf *out, const struct alias *alias)
{
	buf_printf(out, "%.*s: alias in %s:%zu ->", SPAN_ARG(alias->name), alias->file->path, alias->line);
	put_start(out, alias->value);
}

void step_put_entry(struct buf *out, const char *what, const struct table_entry *e)
{
	buf_printf(out, "%.*s: %s", SPAN_ARG(e->key), what);
	if (e->file)
		buf_printf(out, " in %s:%zu", e->file, e->line);
	buf_put_str(out, " ->");
	put_start(out, e->value);
}

/* ---- to whoever listens ---- */

static void say(const struct route *r, int depth, struct buf *text)
{
	struct buf shown;

	buf_init(&shown, 8 * STEP_MAX);
	printable_put(&shown, buf_span(text));
	r->call->step(r->ctx, depth, buf_str(&shown));
	buf_clear(&shown);
	buf_clear(text);
}

static bool is_heard(const struct route *r)
{
	return r->call && r->call->step;
}

void step_say(const struct route *r, int depth, const char *format, ...)
{
	char text[STEP_MAX];
	struct buf b;
	va_list args;

	if (!is_heard(r))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_init(&b, sizeof(text));
	buf_put_str(&b, text);
	say(r, depth, &b);
}

void step_say_target(const struct route *r, int depth, const struct route_target *t)
{
	struct buf b;

	if (!is_heard(r))
		return;
	buf_init(&b, STEP_MAX);
	step_put_target(&b, t);
	say(r, depth, &b);
}

void step_say_alias(const struct route *r, int depth, const struct alias *alias)
{
	struct buf b;

	if (!is_heard(r))
		return;
	buf_init(&b, STEP_MAX);
	step_put_alias(&b, alias);
	say(r, depth, &b);
}

void step_say_entry(const struct route *r, int depth, const char *what, const struct table_entry *e)
{
	struct buf b;

	if (!is_heard(r))
		return;
	buf_init(&b, STEP_MAX);
	step_put_entry(&b, what, e);
	say(r, depth, &b);
}
