/* SPDX-License-Identifier: ISC */
/*
 * letterbox - the binary under its own name: what is built in, links to it, the
 * effective configuration, and the way of a mail step by step.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "applet.h"
#include "base/nearest.h"
#include "checkup.h"
#include "doctor.h"
#include "findings.h"
#include "install.h"
#include "migrate.h"
#include "parameters.h"
#include "passwd.h"
#include "relay/tlspolicy.h"
#include "route/vet.h"
#include "settings.h"
#include "site.h"

struct options {
	bool list, help, install, dump;
	bool verbose, only_set, values_only, check, json;
	struct settings_options settings;
};

struct job {
	struct arena arena;
	struct options options;
	char **operands;
	int noperands;
};

#define FLAG(option, member, words)                                                                                    \
	{                                                                                                              \
		.name = option, .kind = OPT_BOOL, .at = offsetof(struct options, member), .help = words                \
	}

#define CONFIG_OPTS                                                                                                    \
	FLAG("-n", only_set, "config: only what is set somewhere"),                                                    \
		FLAG("-h", values_only, "config: only the values"),                                                    \
		FLAG("--check", check, "config: check the alias files and tables that it names instead")
#define DOCTOR_OPTS FLAG("--json", json, "doctor: print each step as an object on a line")

static const struct opt letterbox_opts[] = {
	FLAG("--list", list, "print the names of all applets; with -v, what they are for"),
	FLAG("--help", help, "explain letterbox, or the applet or command that follows"),
	FLAG("--install", install, "link all names to this binary in the directory that follows"),
	FLAG("--dump-options", dump, "print every applet's options, separated by tabs"),
	FLAG("-v", verbose, "say more: summaries with --list, help with config"),
	CONFIG_OPTS,
	DOCTOR_OPTS,
	{ .name = "-s", .kind = OPT_IGNORE, .help = "links are symbolic with and without it" },
	SETTINGS_OPTS(struct options, settings),
	OPT_END,
};

extern const struct applet applet_letterbox;

/* What letterbox does itself. For --help each looks like an applet. */
struct command {
	const char *word;
	const struct applet *page; /* with a `run` it has options of its own */
	int (*run)(struct job *job);
};

static const struct command *find_command(const char *word);
static void offer_commands(struct nearest *near);
static void dump_commands(struct arena *a);

static int usage_fault(const char *what, const char *word, const char *near)
{
	struct fault f;

	if (near)
		fault_usage(&f, "%s %s (did you mean %s?)", what, word, near);
	else
		fault_usage(&f, "%s %s", what, word);
	return applet_fail(&applet_letterbox, &f);
}

static int unknown_applet(const char *word)
{
	struct nearest near;

	nearest_init(&near, span_str(word));
	offer_commands(&near);
	for (const struct applet *const *applet = applets; *applet; applet++) {
		nearest_offer(&near, (*applet)->name);
		for (const char *const *alias = (*applet)->aliases; alias && *alias; alias++)
			nearest_offer(&near, *alias);
	}
	return usage_fault("there is no applet", word, nearest_name(&near));
}

static void list_name(const struct job *job, const char *name, const char *summary)
{
	if (job->options.verbose)
		printf("%-12s %s\n", name, summary);
	else
		puts(name);
}

static int run_list(struct job *job)
{
	for (const struct applet *const *applet = applets; *applet; applet++) {
		list_name(job, (*applet)->name, (*applet)->summary);
		for (const char *const *alias = (*applet)->aliases; alias && *alias; alias++)
			list_name(job, *alias, arena_printf(&job->arena, "another name of %s", (*applet)->name));
	}
	return EX_OK;
}

static int run_help(struct job *job)
{
	const struct applet *applet = job->noperands > 0 ? applet_find(job->operands[0]) : &applet_letterbox;
	const struct command *command = job->noperands > 0 ? find_command(job->operands[0]) : NULL;

	if (command)
		applet = command->page;
	if (!applet)
		return unknown_applet(job->operands[0]);
	applet_help(applet);
	if (applet != &applet_letterbox)
		return EX_OK;
	puts("\nApplets:");
	job->options.verbose = true;
	return run_list(job);
}

static int run_install(struct job *job)
{
	struct fault f;

	if (job->noperands != 1)
		return usage_fault("one directory must follow", "--install", NULL);
	if (install_links(&job->arena, job->operands[0], &f) < 0)
		return applet_fail(&applet_letterbox, &f);
	return EX_OK;
}

/* The words of the fourth column, from what distinguishes one row from another for a reader of the dump. */
static const char *flag_words(struct arena *a, const struct opt *o)
{
	const char *kind = o->kind == OPT_IGNORE   ? ",ignored"
			   : o->kind == OPT_REFUSE ? ",refused"
			   : o->kind == OPT_LIST   ? ",repeatable"
						   : "";
	const char *words =
		arena_printf(a, "%s%s%s%s", kind, o->flags & OPT_ATTACHED ? ",attached" : "",
			     o->flags & OPT_ANY_REST ? ",any-rest" : "", o->flags & OPT_HIDDEN ? ",hidden" : "");

	return words[0] ? words + 1 : "-";
}

static void dump(struct arena *a, const char *name, const char *kind, const struct applet *applet)
{
	printf("%s\t-\t-\t%s\t%s\n", name, kind, applet->summary);
	for (const char *const *alias = applet->aliases; alias && *alias; alias++)
		printf("%s\t-\t-\talias\t%s\n", *alias, name);
	for (const struct opt *o = applet->opts; o->name; o++)
		printf("%s\t%s\t%s\t%s\t%s\n", name, o->name, o->arg ? o->arg : "-", flag_words(a, o),
		       o->help ? o->help : "-");
}

static int run_dump(struct job *job)
{
	for (const struct applet *const *applet = applets; *applet; applet++) {
		dump(&job->arena, (*applet)->name, "applet", *applet);
		for (const struct applet *const *sub = (*applet)->commands; sub && *sub; sub++)
			dump(&job->arena, (*sub)->name, "subcommand", *sub);
	}
	dump_commands(&job->arena);
	return EX_OK;
}

static int tls_policy(struct arena *a, const char *place, struct span value, struct fault *f)
{
	struct tlspolicy_line line;

	return tlspolicy_line_parse(a, place, value, &line, f);
}

/* Those that no route has. Of passwords nothing is said. */
static void vet_others(struct vet *vet, const struct settings *s)
{
	vet_table(vet, "smtp_tls_policy_maps", s->smtp_tls_policy_maps, tls_policy);
	vet_table(vet, "smtp_sasl_password_maps", s->smtp_sasl_password_maps, NULL);
	vet_table(vet, "smtpd_sender_login_maps", s->smtpd_sender_login_maps, NULL);
}

/* Is everything that the configuration names as it should be? */
static int check_files(struct job *job)
{
	static struct site site;
	struct audit audit = { .route = &site.route, .report = findings_print };
	struct vet vet = { .route = &site.route, .report = findings_print };
	struct checkup checkup = { .site = &site, .report = findings_print };
	struct fault f;
	int code = EX_OK;

	if (site_open(&site, &job->arena, &job->options.settings, &f) < 0 || audit_run(&audit, &f) < 0) {
		applet_fail(&applet_letterbox, &f);
		code = EX_CONFIG;
	} else {
		vet_run(&vet);
		vet_others(&vet, &site.settings);
		checkup_run(&checkup);
		printf("%zu table files, %zu entries; %zu errors, %zu warnings\n", vet.files, vet.entries,
		       audit.errors + vet.errors + checkup.errors, audit.warnings + vet.warnings + checkup.warnings);
		if (audit.errors + vet.errors + checkup.errors)
			code = EX_CONFIG;
	}
	site_close(&site);
	return code;
}

static int run_config(struct job *job)
{
	const struct options *o = &job->options;
	struct settings settings;
	struct config config;
	struct fault f;

	if (settings_read(&settings, &config, &job->arena, &job->options.settings, &f) < 0)
		return applet_fail(&applet_letterbox, &f);
	for (int i = 1; i < job->noperands; i++)
		if (!config_text(&config, job->operands[i]))
			return usage_fault("unknown parameter", job->operands[i],
					   config_nearest(&config, job->operands[i]));
	if (job->options.check)
		return check_files(job);
	parameters_print(&config, &(struct parameters_how){ job->operands + 1, job->noperands - 1, o->only_set,
							    o->values_only, o->verbose });
	return EX_OK;
}

static int run_doctor(struct job *job)
{
	struct fault f;
	int rc;

	if (job->noperands != 2)
		return usage_fault("one domain or address must follow", "doctor", NULL);
	rc = doctor_run(&job->options.settings, job->operands[1], job->options.json, &f);
	if (rc < 0)
		return applet_fail(&applet_letterbox, &f);
	return rc == 0 ? EX_OK : fault_exit(&f);
}

/* ---- commands ---- */

static const struct opt config_opts[] = {
	CONFIG_OPTS,
	FLAG("-v", verbose, "what each parameter means"),
	SETTINGS_OPTS(struct options, settings),
	OPT_END,
};

static const struct opt doctor_opts[] = { DOCTOR_OPTS, SETTINGS_OPTS(struct options, settings), OPT_END };

static const struct applet config_page = {
	.name = "letterbox config",
	.summary = "show the effective configuration, and check it",
	.synopsis = "[-hnv] [--check] [NAME ...]",
	.opts = config_opts,
};

static const struct applet doctor_page = {
	.name = "letterbox doctor",
	.summary = "try the way of a mail step by step, without sending one",
	.synopsis = "[--json] DOMAIN | ADDRESS",
	.opts = doctor_opts,
};

static const struct command commands[] = {
	{ "config", &config_page, run_config },
	{ "doctor", &doctor_page, run_doctor },
	{ "import", &migrate_page, NULL },
	{ "passwd", &passwd_page, NULL },
};

static const struct command *find_command(const char *word)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].word, word) == 0)
			return &commands[i];
	return NULL;
}

static void offer_commands(struct nearest *near)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		nearest_offer(near, commands[i].word);
}

static void dump_commands(struct arena *a)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		dump(a, commands[i].word, "command", commands[i].page);
}

static int run(struct job *job)
{
	const struct command *command;
	static const struct {
		size_t at;
		int (*run)(struct job *job);
	} actions[] = {
		{ offsetof(struct options, help), run_help },
		{ offsetof(struct options, list), run_list },
		{ offsetof(struct options, install), run_install },
		{ offsetof(struct options, dump), run_dump },
	};

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (*(const bool *)((const char *)&job->options + actions[i].at))
			return actions[i].run(job);
	if (job->noperands == 0)
		return run_help(job);
	command = find_command(job->operands[0]);
	return command ? command->run(job) : unknown_applet(job->operands[0]);
}

static int run_own(int argc, char **argv)
{
	struct job job = { 0 };
	int first, code = EX_OK;
	int rc = applet_options(&applet_letterbox, &job.arena, argc, argv, OPT_PERMUTE, &job.options, &first);

	if (rc < 0)
		code = EX_USAGE;
	if (rc == 0) {
		job.operands = argv + first;
		job.noperands = argc - first;
		code = run(&job);
	}
	arena_clear(&job.arena);
	return code;
}

static int letterbox_run(int argc, char **argv)
{
	const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;

	return command && command->page->run ? command->page->run(argc - 1, argv + 1) : run_own(argc, argv);
}

const struct applet applet_letterbox = {
	.name = "letterbox",
	.summary = "mail for a machine, in one binary",
	.synopsis = "APPLET [ARGUMENT ...] | config [-hnv] [--check] [NAME ...] | passwd [OPTION ...] [USER] | "
		    "import [OPTION ...] MBOX ... | doctor [--json] DOMAIN|ADDRESS | --list [-v] | "
		    "--help [APPLET] | --install DIR",
	.opts = letterbox_opts,
	.run = letterbox_run,
};
