/* SPDX-License-Identifier: ISC */
/*
 * listmgr_held - listmgr hold, accept and reject: messages that wait for a moderator.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/printable.h"
#include "list/held.h"
#include "listmgr.h"
#include "queue/render.h"

enum { LINE_MAX_OCTETS = 64 << 10, PIECE = 16 << 10 };

struct options {
	struct settings_options from;
	bool json;
	const char *reason;
};

/* ---- hold ---- */

static void put_row(struct buf *out, const struct listmgr *m, const struct held *h)
{
	buf_printf(out, "%s ", h->id);
	render_put_age(out, m->run.now - h->when);
	buf_put_char(out, ' ');
	render_put_size(out, h->size);
	buf_put_char(out, ' ');
	printable_put(out, span_str(h->author));
	buf_put_str(out, "\n    ");
	printable_put(out, span_str(h->subject));
	buf_put_str(out, "\n    ");
	printable_put(out, span_str(h->why));
	buf_put_char(out, '\n');
}

static void put_json(struct buf *out, const struct held *h)
{
	json_begin(out, NULL, '{');
	json_put_string(out, "id", h->id);
	json_put_number(out, "held", h->when);
	json_put_number(out, "size", (int64_t)h->size);
	json_put_string(out, "author", h->author);
	json_put_string(out, "subject", h->subject);
	json_put_string(out, "rule", h->rule);
	json_put_string(out, "reason", h->why);
	json_end(out, '}');
	buf_put_char(out, '\n');
}

static int show_all(struct listmgr *m, bool json, struct fault *f)
{
	struct held *all;
	struct buf line;
	size_t n;

	if (held_expire(&m->run, f) < 0 || held_list(&m->list, &m->arena, &all, &n, f) < 0)
		return -1;
	buf_init(&line, LINE_MAX_OCTETS);
	for (size_t i = 0; i < n; i++) {
		if (json)
			put_json(&line, &all[i]);
		else
			put_row(&line, m, &all[i]);
		fwrite(line.p, 1, line.n, stdout);
		buf_reset(&line);
	}
	buf_clear(&line);
	return 0;
}

static int none(const struct listmgr *m, const char *id, struct fault *f)
{
	return fault_perm(f, 0, FAULT_NO_INPUT, "no message %.100s waits for the list %s", id, m->list.name);
}

static void put_to_stdout(void *to, const void *p, size_t n)
{
	(void)to;
	fwrite(p, 1, n, stdout);
}

static int show(struct listmgr *m, const char *id, struct fault *f)
{
	struct held h;
	int fd = -1, rc = held_open(&m->list, &m->arena, id, &h, &fd, f);

	if (rc <= 0)
		return rc < 0 ? -1 : none(m, id, f);
	rc = disk_feed(fd, h.at, h.size, put_to_stdout, NULL, h.id, f);
	close(fd);
	return rc;
}

static int hold(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;

	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	if (m->n == 1)
		return show_all(m, o->json, f);
	for (int i = 1; i < m->n; i++)
		if (show(m, m->operands[i], f) < 0)
			return -1;
	return 0;
}

/* ---- accept, reject ---- */

static int settle(struct listmgr *m, const struct options *o, const char *id, struct fault *f)
{
	int rc = m->page == &listmgr_accept ? held_accept(&m->run, id, f)
					    : held_reject(&m->run, id, o->reason ? o->reason : "", f);

	return rc == 0 ? none(m, id, f) : rc;
}

static int settle_all(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;

	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	for (int i = 1; i < m->n; i++)
		if (settle(m, o, m->operands[i], f) < 0)
			return -1;
	return 0;
}

static const struct listmgr_command show_held = { hold, 1, 0, "a list, and messages" };
static const struct listmgr_command settle_held = { settle_all, 2, 0, "a list, and messages" };

static int hold_run(int argc, char **argv)
{
	return listmgr_main(&listmgr_hold, &show_held, &(struct options){ .json = false }, argc, argv);
}

static int accept_run(int argc, char **argv)
{
	return listmgr_main(&listmgr_accept, &settle_held, &(struct options){ .reason = NULL }, argc, argv);
}

static int reject_run(int argc, char **argv)
{
	return listmgr_main(&listmgr_reject, &settle_held, &(struct options){ .reason = NULL }, argc, argv);
}

static const struct opt hold_opts[] = {
	{ .name = "--json", .kind = OPT_BOOL, .at = offsetof(struct options, json), .help = "one JSON object a line" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

static const struct opt accept_opts[] = {
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

static const struct opt reject_opts[] = {
	{ .name = "--reason",
	  .arg = "TEXT",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, reason),
	  .help = "what the author is told" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_hold = {
	.name = "listmgr hold",
	.summary = "list or show the messages that wait for a moderator",
	.synopsis = "[--json] LIST [ID ...]",
	.opts = hold_opts,
	.run = hold_run,
};

const struct applet listmgr_accept = {
	.name = "listmgr accept",
	.summary = "send messages on that wait for a moderator",
	.synopsis = "LIST ID ...",
	.opts = accept_opts,
	.run = accept_run,
};

const struct applet listmgr_reject = {
	.name = "listmgr reject",
	.summary = "do not send messages that wait for a moderator, and tell their authors",
	.synopsis = "[--reason TEXT] LIST ID ...",
	.opts = reject_opts,
	.run = reject_run,
};
