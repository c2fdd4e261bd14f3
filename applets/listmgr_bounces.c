/* SPDX-License-Identifier: ISC */
/*
 * listmgr_bounces - whose mail comes back: shown, sent to the owners, forgiven; and what is due is done.
 */
#include <stdio.h>

#include "base/json.h"
#include "list/members.h"
#include "list/owners.h"
#include "list/posts.h"
#include "list/probe.h"
#include "listmgr.h"

enum { LINE_MAX_OCTETS = 64 << 10, REPORT_MAX = 16 << 20 };

struct options {
	struct settings_options from;
	struct opt_list reset;
	bool json, run, report;
};

/* ---- show ---- */

static void put_time(struct buf *out, const char *key, int64_t when)
{
	if (when)
		json_put_number(out, key, when);
	else
		json_put_string(out, key, NULL);
}

/* A score of 2.5 is no whole number: it is given in halves. */
static void put_json(struct buf *out, const struct score *s)
{
	json_begin(out, NULL, '{');
	json_put_string(out, "address", s->address);
	json_put_string(out, "state", score_state_name(s->state));
	json_put_number(out, "halves", s->halves);
	put_time(out, "since", s->since);
	put_time(out, "last", s->last);
	json_put_span(out, "status", s->status);
	json_put_span(out, "text", s->text);
	json_put_number(out, "probes", s->probes);
	json_put_number(out, "returned", s->returned);
	put_time(out, "probed", s->probed);
	json_begin(out, "missed", '[');
	for (size_t i = 0; i < s->nmissed; i++)
		json_put_number(out, NULL, (int64_t)s->missed[i]);
	json_end(out, ']');
	json_end(out, '}');
	buf_put_char(out, '\n');
}

/* All of whom there is something to tell, to *out; who == NULL is standard output. */
static int put_all(struct listmgr *m, bool json, struct buf *report, struct fault *f)
{
	const struct score *each;
	struct scores s;
	struct buf line;
	uint64_t last;
	size_t at = 0;

	if (posts_last(&m->list, &last, f) < 0 || scores_read(&s, &m->list, NULL, 0, 0, m->run.now, f) < 0)
		return -1;
	buf_init(&line, LINE_MAX_OCTETS);
	while ((each = scores_next(&s, &at)) != NULL) {
		if (!score_is_known(each))
			continue;
		buf_reset(&line);
		if (json)
			put_json(&line, each);
		else
			score_put_text(&line, each, &m->list.settings, last);
		if (report)
			buf_put_span(report, buf_span(&line));
		else
			fwrite(line.p, 1, line.n, stdout);
	}
	buf_clear(&line);
	scores_close(&s);
	return 0;
}

/* ---- act ---- */

static int send_report(struct listmgr *m, struct fault *f)
{
	struct texts_vars vars = { .n = 0 };
	struct buf report;
	int rc;

	buf_init(&report, REPORT_MAX);
	rc = put_all(m, false, &report, f);
	if (rc == 0 && report.overflow)
		rc = fault_perm(f, 552, "5.3.4", "the report is larger than %d octets", REPORT_MAX);
	if (rc == 0 && report.n) {
		texts_set_block(&vars, "bounces", buf_span(&report));
		rc = owners_tell(&m->run, "owner-bounces", &vars, f);
	}
	buf_clear(&report);
	return rc;
}

static int forgive(struct listmgr *m, const char *address, struct fault *f)
{
	const char *who = member_identity(&m->arena, span_str(address));
	int rc;

	if (!who)
		return fault_usage(f, "%.200s is no address", address);
	rc = probe_forgive(&m->run, who, "by hand", f);
	return rc == 0 ? fault_perm(f, 0, "5.1.1", "no mail to %.200s has come back", address) : rc;
}

static int bounces(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;

	if (o->json && (o->run || o->report || o->reset.n))
		return fault_usage(f, "--json is for what is shown");
	if (listmgr_open_first(m, &o->from, f) < 0)
		return -1;
	for (size_t i = 0; i < o->reset.n; i++)
		if (forgive(m, o->reset.v[i], f) < 0)
			return -1;
	if (o->run && probe_tick(&m->run, f) < 0)
		return -1;
	if (o->report)
		return send_report(m, f);
	return o->run || o->reset.n ? 0 : put_all(m, o->json, NULL, f);
}

static int bounces_run(int argc, char **argv)
{
	struct options o = { .json = false };

	return listmgr_main(&listmgr_bounces, &(struct listmgr_command){ bounces, 1, 1, "a list" }, &o, argc, argv);
}

static const struct opt bounces_opts[] = {
	{ .name = "--json",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, json),
	  .help = "one JSON object a line, for scripts" },
	{ .name = "--report",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, report),
	  .help = "send it to the owners, if there is anything to tell" },
	{ .name = "--reset",
	  .arg = "ADDRESS",
	  .kind = OPT_LIST,
	  .at = offsetof(struct options, reset),
	  .help = "forget the bounces of a member, who gets mail again" },
	{ .name = "--run",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, run),
	  .help = "do what is due: probes, removals, members who are well again" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_bounces = {
	.name = "listmgr bounces",
	.summary = "show whose mail comes back, and what is done about it",
	.synopsis = "[--json | --report | --run | --reset ADDRESS] LIST",
	.opts = bounces_opts,
	.run = bounces_run,
};
