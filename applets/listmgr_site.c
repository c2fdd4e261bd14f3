/* SPDX-License-Identifier: ISC */
/*
 * listmgr_site - the site on which listmgr's commands work, with the rights of the spool's owner.
 */
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "listmgr.h"
#include "message/address.h"

struct settings_options listmgr_before;

/* The later of two counts, so what stands behind the command is last. */
const struct settings_options *listmgr_join(struct arena *a, const struct settings_options *own)
{
	struct settings_options *both = arena_alloc(a, sizeof(*both));

	both->file = own->file ? own->file : listmgr_before.file;
	both->spool = own->spool ? own->spool : listmgr_before.spool;
	for (size_t i = 0; i < listmgr_before.assign.n; i++)
		opt_list_add(a, &both->assign, listmgr_before.assign.v[i]);
	for (size_t i = 0; i < own->assign.n; i++)
		opt_list_add(a, &both->assign, own->assign.v[i]);
	return both;
}

/* Lists belong to whom the queue belongs to. What is queued is delivered by who we are, so the rights come back. */
static int become_owner(struct listmgr *m, struct fault *f)
{
	const struct account owner = { .name = "", .uid = m->site.spool.owner, .gid = m->site.spool.group };

	if (geteuid() != 0 || owner.uid == 0)
		return 0;
	if (proc_assume(&owner, f) < 0)
		return -1;
	m->is_assumed = true;
	return 0;
}

static void remember(void *ctx, const char *id)
{
	struct listmgr *m = ctx;

	opt_list_add(&m->arena, &m->queued, arena_str(&m->arena, id));
}

static int check_places(struct listmgr *m, struct fault *f)
{
	const char *url = m->site.settings.list_http_url, *request = m->places.request_address;

	if (m->places.directory[0] != '/')
		return fault_perm(f, 0, "5.3.5", "list_directory: \"%s\" is no absolute path", m->places.directory);
	if (url[0] && !span_starts(span_str(url), SPAN("https://")) && !span_starts(span_str(url), SPAN("http://")))
		return fault_perm(f, 0, "5.3.5", "list_http_url: \"%s\" is no http or https URL", url);
	if (request[0] && !address_is_valid(span_str(request), true, false))
		return fault_perm(f, 0, "5.3.5", "list_request_address: \"%s\" is no address", request);
	return 0;
}

static void set_run(struct listmgr *m)
{
	struct span url = span_str(m->site.settings.list_http_url);

	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	m->run = (struct list_run){
		.places = &m->places,
		.spool = &m->site.spool,
		.hostname = m->site.settings.myhostname,
		.now = clock_wall(),
		.http_url = arena_span(&m->arena, url),
		.request = m->places.request_address[0]
				   ? route_qualify(&m->site.route, &m->arena, span_str(m->places.request_address))
				   : "",
		.dns = &m->dns,
		.queued = remember,
		.ctx = m,
	};
}

int listmgr_open(struct listmgr *m, const struct settings_options *from, struct fault *f)
{
	log_open("listmgr", LOG_TO_STDERR, LOG_LEVEL_WARNING);
	m->from = listmgr_join(&m->arena, from);
	if (site_open(&m->site, &m->arena, m->from, f) < 0)
		return -1;
	site_list_places(&m->site, &m->places);
	if (check_places(m, f) < 0 || site_open_spool(&m->site, f) < 0 || become_owner(m, f) < 0)
		return -1;
	set_run(m);
	return dns_init(&m->dns, m->site.settings.dns_servers, false, f);
}

int listmgr_open_list(struct listmgr *m, const char *name, struct fault *f)
{
	const char *want = list_name_of(&m->arena, span_str(name));
	size_t at = want ? span_find(span_str(want), '@') : 0;

	if (!want)
		return fault_perm(f, 550, "5.1.1", "\"%.100s\" is no name of a list", name);
	/* By its address. */
	if (want[at] == '@' && list_exists(&m->places, want, NULL) == 0 &&
	    route_is_local(&m->site.route, span_str(want + at + 1)))
		want = arena_span(&m->arena, span_of(want, at));
	if (list_open(&m->list, &m->places, want, f) < 0)
		return -1;
	m->has_list = true;
	m->run.list = &m->list;
	return 0;
}

int listmgr_open_first(struct listmgr *m, const struct settings_options *from, struct fault *f)
{
	return listmgr_open(m, from, f) < 0 ? -1 : listmgr_open_list(m, m->operands[0], f);
}

void listmgr_close_list(struct listmgr *m)
{
	if (m->has_list)
		list_close(&m->list);
	m->has_list = false;
	m->run.list = NULL;
}

static void work_on(struct listmgr *m, const char *name, int (*work)(struct listmgr *, const void *, struct fault *),
		    const void *options)
{
	struct fault f = { 0 };

	if (listmgr_open_list(m, name, &f) < 0 || work(m, options, &f) < 0)
		m->code = applet_fail(m->page, &f);
	listmgr_close_list(m);
}

void listmgr_each(struct listmgr *m, int (*work)(struct listmgr *, const void *, struct fault *), const void *options)
{
	struct list_walk w = { .places = &m->places, .arena = &m->arena };
	struct fault f = { 0 };
	const char *name;
	int rc = 0;

	for (int i = 0; i < m->n; i++)
		work_on(m, m->operands[i], work, options);
	while (m->n == 0 && (rc = list_next(&w, &name, &f)) > 0)
		work_on(m, name, work, options);
	if (rc < 0)
		m->code = applet_fail(m->page, &f);
}

/* ---- a command ---- */

static int check_operands(const struct listmgr *m, const struct listmgr_command *c, struct fault *f)
{
	if (m->n >= c->min && (c->max == 0 || m->n <= c->max))
		return 0;
	return fault_usage(f, "what is expected: %s", c->operands);
}

static void finish(struct listmgr *m)
{
	listmgr_close_list(m);
	if (m->is_assumed)
		proc_restore();
	if (m->queued.n)
		site_deliver_all(&m->site, &m->arena, m->from, &m->queued);
	dns_clear(&m->dns);
	site_close(&m->site);
	arena_clear(&m->arena);
}

int listmgr_main(const struct applet *page, const struct listmgr_command *c, void *options, int argc, char **argv)
{
	struct listmgr m = { .page = page };
	struct fault f = { 0 };
	int first, rc = applet_options(page, &m.arena, argc, argv, OPT_PERMUTE, options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	m.operands = argv + first;
	m.n = argc - first;
	if (check_operands(&m, c, &f) < 0 || c->work(&m, options, &f) < 0)
		m.code = applet_fail(page, &f);
	finish(&m);
	return m.code;
}
