/* SPDX-License-Identifier: ISC */
/*
 * render - a message of the queue, for people and for scripts.
 */
#include "queue/render.h"

#include <inttypes.h>

#include "base/json.h"
#include "base/printable.h"
#include "message/date.h"

enum {
	COLUMN_TEXT = 33, /* where sender and recipients begin */
	INDENT = 2,
	WIDTH_MIN = 20, /* a narrower column of text is not worth wrapping for */
};

const char *render_state(enum envelope_state state)
{
	switch (state) {
	case ENVELOPE_QUEUED:
		return "queued";
	case ENVELOPE_DELIVERED:
		return "delivered";
	case ENVELOPE_FAILED:
		return "failed";
	}
	return "unknown";
}

void render_put_size(struct buf *out, int64_t octets)
{
	static const char units[] = "KMGTP";
	double size = (double)octets;
	size_t unit = 0;

	if (octets < 1024) {
		buf_printf(out, "%" PRId64, octets);
		return;
	}
	size /= 1024;
	while (size >= 1000 && units[unit + 1]) {
		size /= 1024;
		unit++;
	}
	buf_printf(out, size < 9.95 ? "%.1f%c" : "%.0f%c", size, units[unit]);
}

void render_put_age(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t below, unit;
		char letter;
	} units[] = {
		{ 60, 1, 's' },
		{ 3600, 60, 'm' },
		{ 48 * 3600, 3600, 'h' },
		{ INT64_MAX, 86400, 'd' },
	};
	size_t i = 0;

	if (seconds <= 0) {
		buf_put_str(out, "now");
		return;
	}
	while (seconds >= units[i].below)
		i++;
	buf_printf(out, "%" PRId64 "%c", seconds / units[i].unit, units[i].letter);
}

/* Octets of s that fit into `columns`, cut behind a blank where there is one. */
static size_t fitting(struct span s, size_t columns)
{
	size_t seen = 0, blank = 0, i = 0;

	for (; i < s.n; i++) {
		if (((unsigned char)s.p[i] & 0xc0) != 0x80 && seen++ == columns)
			return blank ? blank : i;
		if (s.p[i] == ' ')
			blank = i + 1;
	}
	return i;
}

void render_put_wrapped(struct buf *out, const char *text, size_t indent, size_t width)
{
	size_t columns = width >= indent + WIDTH_MIN ? width - indent : SIZE_MAX;
	struct buf safe;
	struct span rest;

	buf_init(&safe, RENDER_MAX);
	printable_put(&safe, span_str(text));
	rest = buf_span(&safe);
	if (rest.n == 0)
		buf_put_char(out, '\n');
	for (size_t n; rest.n; rest = span_from(rest, n)) {
		n = fitting(rest, columns);
		if (rest.p != safe.p)
			buf_printf(out, "%*s", (int)indent, "");
		buf_put_span(out, span_of(rest.p, n));
		buf_put_char(out, '\n');
	}
	buf_clear(&safe);
}

void render_put_head(struct buf *out)
{
	buf_printf(out, "%-18s%6s %6s  %s\n", "Queue ID", "Size", "Age", "Sender, recipients");
}

static void put_cell(struct buf *out, void (*put)(struct buf *out, int64_t value), int64_t value, int width)
{
	char bytes[32];
	struct buf cell = { .p = bytes, .size = sizeof(bytes), .max = sizeof(bytes) - 1 };

	put(&cell, value);
	buf_printf(out, "%*.*s", width, (int)cell.n, cell.p);
}

/* What its sender has said about when: "held until then", "by then". */
static void put_terms(struct buf *out, const struct render *how, const struct spool_message *m)
{
	const struct envelope *e = &m->envelope;

	if (e->hold_until <= how->now && e->deliver_by.mode == ENVELOPE_BY_NONE && e->priority == 0)
		return;
	buf_printf(out, "%*s", COLUMN_TEXT + INDENT, "");
	if (e->hold_until > how->now) {
		buf_put_str(out, "to be sent at ");
		date_put(out, e->hold_until);
		buf_put_str(out, e->deliver_by.mode != ENVELOPE_BY_NONE || e->priority ? ", " : "");
	}
	if (e->deliver_by.mode != ENVELOPE_BY_NONE) {
		buf_put_str(out, "to be delivered by ");
		date_put(out, e->deliver_by.at);
		buf_put_str(out, e->priority ? ", " : "");
	}
	if (e->priority)
		buf_printf(out, "priority %d", e->priority);
	buf_put_char(out, '\n');
}

/* "4.4.1 connect to ...: timed out (2 attempts, next in 4m)" */
static void put_state(struct buf *out, const struct render *how, const struct spool_message *m,
		      const struct envelope_rcpt *r)
{
	struct buf line;

	buf_init(&line, RENDER_MAX);
	if (r->state != ENVELOPE_QUEUED)
		buf_printf(&line, "%s%s", render_state(r->state), r->last ? ": " : "");
	else if (!r->last)
		buf_put_str(&line, "not tried yet");
	if (r->last)
		buf_printf(&line, "%s %s", r->status ? r->status : "", r->last);
	if (r->state == ENVELOPE_QUEUED && r->attempts)
		buf_printf(&line, " (%u attempt%s", r->attempts, r->attempts == 1 ? "" : "s");
	if (r->state == ENVELOPE_QUEUED && r->attempts && m->box == SPOOL_DEFERRED) {
		buf_put_str(&line, m->due > how->now ? ", next in " : ", next ");
		render_put_age(&line, m->due - how->now);
	}
	if (r->state == ENVELOPE_QUEUED && r->attempts)
		buf_put_char(&line, ')');
	buf_printf(out, "%*s", COLUMN_TEXT + INDENT, "");
	render_put_wrapped(out, buf_str(&line), COLUMN_TEXT + INDENT, how->width);
	buf_clear(&line);
}

void render_put_row(struct buf *out, const struct render *how, const struct spool_message *m, bool active)
{
	const struct envelope *e = &m->envelope;

	buf_printf(out, "%s%-2c", e->id, m->box == SPOOL_HOLD ? '!' : active ? '*' : ' ');
	put_cell(out, render_put_size, e->message_size, 6);
	buf_put_char(out, ' ');
	put_cell(out, render_put_age, how->now - e->arrived_us / 1000000, 6);
	buf_put_str(out, "  ");
	render_put_wrapped(out, e->sender[0] ? e->sender : "<>", COLUMN_TEXT, how->width);
	if (how->verbose && e->origin) {
		buf_printf(out, "%*sfrom ", COLUMN_TEXT + INDENT, "");
		render_put_wrapped(out, e->origin, COLUMN_TEXT + INDENT, how->width);
	}
	put_terms(out, how, m);
	for (size_t i = 0; i < e->n; i++) {
		if (e->rcpts[i].state != ENVELOPE_QUEUED && !how->verbose)
			continue;
		buf_printf(out, "%*s", COLUMN_TEXT, "");
		render_put_wrapped(out, e->rcpts[i].address, COLUMN_TEXT, how->width);
		put_state(out, how, m, &e->rcpts[i]);
	}
}

static void put_json_rcpt(struct buf *out, const struct envelope_rcpt *r)
{
	json_begin(out, NULL, '{');
	json_put_string(out, "address", r->address);
	json_put_string(out, "state", render_state(r->state));
	json_put_string(out, "delay_reason", r->last);
	json_put_string(out, "status", r->status);
	json_put_number(out, "attempts", r->attempts);
	if (r->last_at)
		json_put_number(out, "last_attempt", r->last_at);
	else
		json_put_string(out, "last_attempt", NULL);
	json_end(out, '}');
}

void render_put_json(struct buf *out, const struct spool_message *m, bool active)
{
	const struct envelope *e = &m->envelope;

	json_begin(out, NULL, '{');
	json_put_string(out, "queue_name", spool_box_name(m->box));
	json_put_string(out, "queue_id", e->id);
	json_put_number(out, "arrival_time", e->arrived_us / 1000000);
	json_put_number(out, "message_size", e->message_size);
	json_put_bool(out, "active", active);
	if (m->box == SPOOL_DEFERRED)
		json_put_number(out, "next_attempt", m->due);
	else
		json_put_string(out, "next_attempt", NULL);
	if (e->hold_until)
		json_put_number(out, "hold_until", e->hold_until);
	if (e->deliver_by.mode != ENVELOPE_BY_NONE)
		json_put_number(out, "deliver_by", e->deliver_by.at);
	if (e->priority)
		json_put_number(out, "priority", e->priority);
	json_put_string(out, "origin", e->origin);
	json_put_string(out, "sender", e->sender);
	json_begin(out, "recipients", '[');
	for (size_t i = 0; i < e->n; i++)
		put_json_rcpt(out, &e->rcpts[i]);
	json_end(out, ']');
	json_end(out, '}');
	buf_put_char(out, '\n');
}
