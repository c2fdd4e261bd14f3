/* SPDX-License-Identifier: ISC */
/*
 * outcome - tell a script what became of its message.
 */
#include "outcome.h"

#include <stdio.h>
#include <sysexits.h>

#include "base/json.h"
#include "base/printable.h"
#include "queue/render.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static void put_json(struct buf *out, const struct envelope *e, const struct envelope_rcpt *r, const char *state)
{
	json_begin(out, NULL, '{');
	json_put_string(out, "queue_id", e->id);
	json_put_string(out, "address", r->address);
	json_put_string(out, "state", state);
	json_put_string(out, "status", r->status);
	json_put_string(out, "reply", r->last);
	json_end(out, '}');
}

static void put_text(struct buf *out, const struct envelope *e, const struct envelope_rcpt *r, const char *state)
{
	printable_put(out, span_str(r->address));
	buf_printf(out, "... %s%s", state, r->last ? " (" : " as ");
	printable_put(out, span_str(r->last ? r->last : e->id));
	buf_put_str(out, r->last ? ")" : "");
}

void outcome_put(const struct envelope *e, const struct envelope_rcpt *r, const char *state, bool json)
{
	struct buf out;

	buf_init(&out, LINE_MAX_BYTES);
	if (json)
		put_json(&out, e, r, state);
	else
		put_text(&out, e, r, state);
	buf_put_char(&out, '\n');
	fwrite(out.p, 1, out.n, stdout);
	buf_clear(&out);
}

void outcome_put_all(const struct envelope *e, const char *state, bool json)
{
	for (size_t i = 0; i < e->n; i++)
		outcome_put(e, &e->rcpts[i], state, json);
}

void outcome_set_delivered(struct arena *a, struct envelope *e, const char *const *places)
{
	for (size_t i = 0; i < e->n; i++) {
		e->rcpts[i].status = "2.0.0";
		e->rcpts[i].last = arena_printf(a, "delivered to %s", places[i]);
	}
}

static int exit_code(const struct envelope *e)
{
	int code = EX_OK;

	for (size_t i = 0; i < e->n; i++) {
		const struct envelope_rcpt *r = &e->rcpts[i];
		struct fault f = { .kind = FAULT_PERM };

		if (r->state == ENVELOPE_QUEUED)
			code = EX_TEMPFAIL;
		if (r->state != ENVELOPE_FAILED)
			continue;
		snprintf(f.status, sizeof(f.status), "%s", r->status ? r->status : "");
		return fault_exit(&f);
	}
	return code;
}

int outcome_wait(struct await *w, int64_t deadline_ms, bool json, struct fault *f)
{
	struct arena a = { 0 };
	struct envelope e;
	int rc = await_wait(w, deadline_ms, &a, &e, f), code = -1;

	for (size_t i = 0; rc >= 0 && i < e.n; i++) {
		bool deleted = rc > 0 && e.rcpts[i].state == ENVELOPE_QUEUED;

		outcome_put(&e, &e.rcpts[i], deleted ? "deleted" : render_state(e.rcpts[i].state), json);
	}
	if (rc >= 0)
		code = exit_code(&e);
	arena_clear(&a);
	return code;
}
