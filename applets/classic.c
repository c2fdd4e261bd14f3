/* SPDX-License-Identifier: ISC */
/*
 * classic - the other programs that sendmail is by its flags.
 */
#include "classic.h"

#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "applet.h"
#include "base/config.h"
#include "base/proc.h"
#include "queuerun.h"

static int run_applet(struct arena *a, const char *name, const struct opt_list *args, struct fault *f)
{
	const struct applet *applet = applet_find(name);
	char **argv;
	int code;

	if (!applet) {
		arena_clear(a);
		return fault_perm(f, 0, "5.3.5", "this binary has no %s", name);
	}
	argv = arena_alloc(a, (args->n + 2) * sizeof(*argv));
	argv[0] = arena_str(a, name);
	for (size_t i = 0; i < args->n; i++)
		argv[i + 1] = arena_str(a, args->v[i]);
	code = applet->run((int)args->n + 1, argv);
	arena_clear(a);
	return code;
}

static void add_flags(const struct classic *c, struct arena *a, struct opt_list *args)
{
	if (c->verbose)
		opt_list_add(a, args, "-v");
	if (c->json)
		opt_list_add(a, args, "--json");
}

int classic_list(const struct classic *c, struct fault *f)
{
	struct arena a = { 0 };
	struct opt_list args = { 0 };

	add_flags(c, &a, &args);
	return run_applet(&a, "mailq", &args, f);
}

int classic_aliases(const struct classic *c, struct fault *f)
{
	struct arena a = { 0 };
	struct opt_list args = { 0 };

	add_flags(c, &a, &args);
	return run_applet(&a, "newaliases", &args, f);
}

/* What sendmail calls a part is a glob to mailq. */
static const char *as_glob(struct arena *a, const char *part)
{
	char *glob = arena_alloc(a, 2 * strlen(part) + 3), *p = glob;

	*p++ = '*';
	for (; *part; part++) {
		if (strchr("*?[\\", *part))
			*p++ = '\\';
		*p++ = *part;
	}
	*p = '*';
	return glob;
}

static int flush_queue(const struct classic *c, struct fault *f)
{
	const char *const selections[][2] = { { "--recipient", c->recipient }, { "--sender", c->sender } };
	struct arena a = { 0 };
	struct opt_list args = { 0 };

	opt_list_add(&a, &args, "--flush");
	opt_list_add(&a, &args, "-o");
	opt_list_add(&a, &args, "delivery_mode=interactive");
	for (size_t i = 0; i < 2; i++) {
		if (!selections[i][1])
			continue;
		opt_list_add(&a, &args, selections[i][0]);
		opt_list_add(&a, &args, as_glob(&a, selections[i][1]));
	}
	if (c->id) {
		opt_list_add(&a, &args, "--");
		opt_list_add(&a, &args, c->id);
	}
	return run_applet(&a, "mailq", &args, f);
}

/* "f" is sendmail's for "in the foreground", as it always is here. */
static bool has_interval(const struct classic *c)
{
	return c->interval && c->interval[0] && strcmp(c->interval, "f") != 0;
}

static int start_relay(const struct classic *c, struct fault *f)
{
	struct queuerun run = { .from = c->from };
	struct arena a = { 0 };
	struct settings settings;
	long seconds;
	int rc = -1;

	if (config_parse_time(c->interval, &seconds, f) == 0 && settings_load(&settings, &a, c->from, f) == 0) {
		run.spool = settings.queue_directory;
		rc = queuerun_daemon(&run, &a, c->interval, f);
	}
	arena_clear(&a);
	return rc;
}

int classic_run_queue(const struct classic *c, struct fault *f)
{
	if (!has_interval(c))
		return flush_queue(c, f);
	return start_relay(c, f) < 0 ? -1 : EX_OK;
}

int classic_listen(const struct classic *c, struct fault *f)
{
	static const char *const listen[] = { "0.0.0.0:25", "[::]:25" };
	size_t n = access("/proc/net/if_inet6", F_OK) == 0 ? 2 : 1;
	struct arena a = { 0 };
	struct opt_list args = { 0 };
	int rc = 0;

	if (has_interval(c) && start_relay(c, f) < 0)
		return -1;
	if (!c->foreground)
		rc = proc_detach(f);
	if (rc != 0)
		return rc < 0 ? -1 : EX_OK;
	for (size_t i = 0; i < n; i++) {
		opt_list_add(&a, &args, "--listen");
		opt_list_add(&a, &args, listen[i]);
	}
	return run_applet(&a, "smtpd", &args, f);
}
