/* SPDX-License-Identifier: ISC */
/*
 * newaliases - the alias files checked. There is no table to build from them: their text is what is searched.
 */
#include "applet.h"

#include <stdio.h>
#include <sysexits.h>

#include "findings.h"
#include "route/audit.h"
#include "route/explain.h"
#include "site.h"

/* Of one line of output, in octets; a command in it has up to 4096. */
enum { LINE_MAX_OUT = 1 << 16 };

struct options {
	struct settings_options from;
	bool verbose, quiet;
};

struct newaliases {
	struct options options;
	struct site site;
	struct arena arena;
	struct buf out;
};

extern const struct applet applet_newaliases;

static void show_counts(void *ctx, const struct audit_counts *counts)
{
	struct newaliases *n = ctx;

	if (n->options.quiet)
		return;
	printf("%s: %zu aliases, longest %zu bytes, %zu bytes total\n", counts->file, counts->aliases, counts->longest,
	       counts->bytes);
}

static void show_step(void *ctx, int depth, const char *text)
{
	(void)ctx;
	printf("%*s%s\n", 2 + 2 * depth, "", text);
}

static int check(struct newaliases *n, struct fault *f)
{
	struct audit audit = { .route = &n->site.route, .ctx = n, .report = findings_print, .summary = show_counts };

	if (audit_run(&audit, f) < 0)
		return -1;
	if (n->options.verbose)
		printf("%zu errors, %zu warnings\n", audit.errors, audit.warnings);
	return audit.errors ? EX_DATAERR : EX_OK;
}

/* Where a name's mail goes; the exit code for it, or -1. */
static int show_expansion(struct newaliases *n, const char *name, struct fault *f)
{
	struct route_targets targets;
	int code = EX_OK;

	if (route_expand(&n->site.route, &n->arena, span_str(name), &targets, f) < 0)
		return -1;
	for (size_t i = 0; i < targets.n; i++) {
		explain_put(&n->out, &targets.v[i]);
		fputs(buf_str(&n->out), stdout);
		buf_reset(&n->out);
		if (targets.v[i].kind == ROUTE_FAULT && code == EX_OK)
			code = fault_exit(targets.v[i].fault);
	}
	return code;
}

static int show_expansions(struct newaliases *n, char **names, int count, struct fault *f)
{
	int code = EX_OK;

	if (n->options.verbose)
		n->site.call.step = show_step;
	for (int i = 0; i < count; i++) {
		int one = show_expansion(n, names[i], f);

		if (one < 0)
			return -1;
		if (code == EX_OK)
			code = one;
	}
	return code;
}

static int newaliases_run(int argc, char **argv)
{
	struct newaliases n = { 0 };
	struct fault f;
	int first, rc = applet_options(&applet_newaliases, &n.arena, argc, argv, OPT_PERMUTE, &n.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	buf_init(&n.out, LINE_MAX_OUT);
	if (site_open(&n.site, &n.arena, &n.options.from, &f) < 0) {
		applet_fail(&applet_newaliases, &f);
		rc = EX_CONFIG;
	} else {
		rc = first < argc ? show_expansions(&n, argv + first, argc - first, &f) : check(&n, &f);
		if (rc < 0)
			rc = applet_fail(&applet_newaliases, &f);
	}
	buf_clear(&n.out);
	site_close(&n.site);
	arena_clear(&n.arena);
	return rc;
}

static const struct opt newaliases_opts[] = {
	{ .name = "-v",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, verbose),
	  .help = "show each step of an expansion; after a check, how many errors and warnings there are" },
	{ .name = "-q",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, quiet),
	  .help = "print errors and warnings only" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet applet_newaliases = {
	.name = "newaliases",
	.summary = "check the alias files, or show where a name's mail goes",
	.synopsis = "[-qv] [-C FILE] [-o NAME=VALUE] [NAME ...]",
	.opts = newaliases_opts,
	.run = newaliases_run,
};
