/* SPDX-License-Identifier: ISC */
/*
 * listmgr_archive - the pages of a list's archive.
 */
#include <stdio.h>
#include <sysexits.h>

#include "list/page.h"
#include "listmgr.h"

struct options {
	struct settings_options from;
	const char *output, *base_url;
	bool rebuild;
};

static int check_url(const char *url, struct fault *f)
{
	struct span s = span_str(url);

	if (!url || ((span_starts(s, SPAN("https://")) || span_starts(s, SPAN("http://"))) && !span_has_control(s)))
		return 0;
	return fault_usage(f, "--base-url: \"%.100s\" is no http or https URL", url);
}

static int work(struct listmgr *m, const struct options *o, const char *name, struct fault *f)
{
	struct page_options how = { .output = o->output, .base_url = o->base_url, .rebuild = o->rebuild };
	struct page_report report;

	if (check_url(o->base_url, f) < 0 || listmgr_open(m, &o->from, f) < 0 || listmgr_open_list(m, name, f) < 0 ||
	    page_build(&m->list, &how, &report, f) < 0)
		return -1;
	printf("%zu message%s, %zu file%s written, %zu removed\n", report.messages, report.messages == 1 ? "" : "s",
	       report.written, report.written == 1 ? "" : "s", report.removed);
	return 0;
}

static int archive_run(int argc, char **argv)
{
	static struct listmgr m = { .page = &listmgr_archive };
	struct options o = { .rebuild = false };
	struct fault f;
	int first, code = EX_OK, rc = applet_options(m.page, &m.arena, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	if (listmgr_operands(argc - first, 1, 1, "a list", &f) < 0 || work(&m, &o, argv[first], &f) < 0)
		code = applet_fail(m.page, &f);
	listmgr_close(&m);
	return code;
}

static const struct opt archive_opts[] = {
	{ .name = "--rebuild",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, rebuild),
	  .help = "write all pages anew, and remove what is none" },
	{ .name = "--output",
	  .arg = "DIR",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, output),
	  .help = "the pages' directory, instead of html in the list's" },
	{ .name = "--base-url",
	  .arg = "URL",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, base_url),
	  .help = "where they are published, instead of archive_url" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet listmgr_archive = {
	.name = "listmgr archive",
	.summary = "bring the pages of a list's archive up to date",
	.synopsis = "[--rebuild] [--output DIR] [--base-url URL] LIST",
	.opts = archive_opts,
	.run = archive_run,
};
