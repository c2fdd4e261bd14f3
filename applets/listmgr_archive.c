/* SPDX-License-Identifier: ISC */
/*
 * listmgr_archive - the pages of a list's archive.
 */
#include <stdio.h>

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

static int archive(struct listmgr *m, void *options, struct fault *f)
{
	const struct options *o = options;
	struct page_options how = { .output = o->output, .base_url = o->base_url, .rebuild = o->rebuild };
	struct page_report report;

	if (check_url(o->base_url, f) < 0 || listmgr_open_first(m, &o->from, f) < 0 ||
	    page_build(&m->list, &how, &report, f) < 0)
		return -1;
	printf("%zu message%s, %zu file%s written, %zu removed\n", report.messages, report.messages == 1 ? "" : "s",
	       report.written, report.written == 1 ? "" : "s", report.removed);
	return 0;
}

static int archive_run(int argc, char **argv)
{
	struct options o = { .rebuild = false };

	return listmgr_main(&listmgr_archive, &(struct listmgr_command){ archive, 1, 1, "a list" }, &o, argc, argv);
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
