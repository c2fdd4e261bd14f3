/* SPDX-License-Identifier: ISC */
/*
 * mta-relay - deliver what is in the queue.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "applet.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/proc.h"
#include "net/online.h"
#include "relay/flush.h"
#include "relay/relay.h"
#include "route/forward.h"
#include "site.h"

enum {
	LINE_MAX_BYTES = 1 << 16,
	OTHER_FILES = 64, /* open besides queue files and sockets of workers */
};

struct options {
	struct settings_options from;
	bool once, daemon, next, kick, all, wait, verbose, json, foreground;
	const char *flush;
};

static const struct opt mta_relay_opts[] = {
	{ .name = "--once",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, once),
	  .help = "deliver what is due, or the messages named by ID, and exit (the default)" },
	{ .name = "--daemon",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, daemon),
	  .help = "stay, and deliver what comes and when it is due" },
	{ .name = "--next",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, next),
	  .help = "print the seconds until the next attempt is due" },
	{ .name = "--kick",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, kick),
	  .help = "ask the running daemon to try everything now" },
	{ .name = "--flush",
	  .arg = "DOMAIN",
	  .kind = OPT_STRING,
	  .at = offsetof(struct options, flush),
	  .help = "try now what waits for DOMAIN; @DOMAIN: also for its subdomains" },
	{ .name = "--all",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, all),
	  .help = "with --once: also what is not due yet" },
	{ .name = "--wait",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, wait),
	  .help = "with ID: wait while another process works on it" },
	{ .name = "--json",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, json),
	  .help = "print each outcome as an object on a line" },
	{ .name = "--foreground",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, foreground),
	  .help = "log to standard error instead of syslog" },
	{ .name = "-v",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, verbose),
	  .help = "print the dialogue with the servers" },
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

/* ---- what happens, in words ---- */

static const char *const statuses[] = {
	[RELAY_SENT] = "sent", [RELAY_DEFERRED] = "deferred", [RELAY_BOUNCED] = "bounced", [RELAY_EXPANDED] = "expanded"
};

static void print_json(const struct relay_result *r)
{
	struct buf line;

	buf_init(&line, LINE_MAX_BYTES);
	json_begin(&line, NULL, '{');
	json_put_string(&line, "id", r->envelope->id);
	json_put_string(&line, "sender", r->envelope->sender);
	json_put_string(&line, "recipient", r->recipient);
	json_put_string(&line, "original", r->original);
	json_put_string(&line, "status", statuses[r->status]);
	json_put_number(&line, "reply", r->outcome->reply);
	json_put_string(&line, "dsn", r->outcome->status);
	json_put_string(&line, "relay", r->peer);
	json_put_string(&line, "text", r->outcome->text);
	json_end(&line, '}');
	printf("%s\n", buf_str(&line));
	fflush(stdout);
	buf_clear(&line);
}

static void on_result(void *ctx, const struct relay_result *r)
{
	const struct options *o = ctx;

	log_info("%s: to=<%s>, %s%s%srelay=%s, delay=%.2f, dsn=%s, status=%s (%s)", r->envelope->id, r->recipient,
		 strcmp(r->original, r->recipient) != 0 ? "orig_to=<" : "",
		 strcmp(r->original, r->recipient) != 0 ? r->original : "",
		 strcmp(r->original, r->recipient) != 0 ? ">, " : "", r->peer, r->delay, r->outcome->status,
		 statuses[r->status], r->outcome->text);
	if (o->json)
		print_json(r);
}

static void on_trouble(void *ctx, const char *id, const struct fault *f)
{
	(void)ctx;
	log_warning("%s%s%s", id, id[0] ? ": " : "", f->text);
}

/* In the form that sendmail -v has always had. Called in a worker: one write a line, so that lines do not mix. */
static void on_dialogue(void *ctx, char direction, struct span line)
{
	struct buf out;
	ssize_t ignored;

	(void)ctx;
	buf_init(&out, LINE_MAX_BYTES);
	if (direction == '>')
		buf_put_str(&out, ">>> ");
	printable_put(&out, line);
	buf_put_char(&out, '\n');
	ignored = write(STDOUT_FILENO, out.p, out.n);
	(void)ignored;
	buf_clear(&out);
}

/* ---- running ---- */

static bool is_private(const struct settings *s)
{
	struct arena a = { 0 };
	bool is = geteuid() != 0 && strcmp(s->queue_directory, settings_user_spool(&a)) == 0;

	arena_clear(&a);
	return is;
}

/* Whose mailbox is out of reach, the forward file is, too: that the mailbox is will be the answer. */
static int read_own(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward,
		    struct span *out, struct fault *f)
{
	return forward && as && !proc_may_be(as) ? 0 : forward_read(ctx, a, path, as, forward, out, f);
}

/* The configuration's file; NULL: the usual one. Whoever is told may be in another directory. */
static const char *find_file(const struct options *o, struct arena *a)
{
	const char *file = o->from.file ? o->from.file : getenv("LETTERBOX_CONF");
	char *real = file && file[0] ? realpath(file, NULL) : NULL;

	if (real)
		file = arena_str(a, real);
	free(real);
	return file && file[0] ? file : NULL;
}

/* Our own binary as listmgr, with the configuration that we have; its environment is another. */
static const char *const *list_command(struct site *site, const struct options *o, struct arena *a)
{
	struct opt_list words = { NULL, 0 };
	const char *file = find_file(o, a);

	if (!applet_find("listmgr"))
		return NULL;
	opt_list_add(a, &words, "/proc/self/exe");
	opt_list_add(a, &words, "listmgr");
	if (file) {
		opt_list_add(a, &words, "-C");
		opt_list_add(a, &words, file);
	}
	for (size_t i = 0; i < o->from.assign.n; i++) {
		opt_list_add(a, &words, "-o");
		opt_list_add(a, &words, o->from.assign.v[i]);
	}
	opt_list_add(a, &words, "--spool");
	opt_list_add(a, &words, site->settings.queue_directory);
	opt_list_add(a, &words, NULL);
	return words.v;
}

static int set_rules(struct relay_rules *r, struct site *site, struct options *o, struct arena *a, struct fault *f)
{
	const struct settings *s = &site->settings;

	if (is_private(s))
		site->call.read_file = read_own;

	*r = (struct relay_rules){
		.spool = &site->spool,
		.route = &site->route,
		.myhostname = s->myhostname,
		.process_limit = s->default_process_limit,
		.destination_concurrency_limit = s->default_destination_concurrency_limit,
		.initial_destination_concurrency = s->initial_destination_concurrency,
		.destination_recipient_limit = s->default_destination_recipient_limit,
		.active_limit = s->qmgr_message_active_limit,
		.run_delay = s->queue_run_delay,
		.minimal_backoff = s->minimal_backoff_time,
		.maximal_backoff = s->maximal_backoff_time,
		.queue_lifetime = s->maximal_queue_lifetime,
		.bounce_lifetime = s->bounce_queue_lifetime,
		.delay_warning_time = s->delay_warning_time,
		.bounce_size_limit = s->bounce_size_limit,
		.command_time_limit = s->command_time_limit,
		.list_command = list_command(site, o, a),
		.is_online = online,
		.enclosed = s->enclose_processes,
		.is_private = is_private(s),
		.on_result = on_result,
		.on_trouble = on_trouble,
		.on_dialogue = o->verbose ? on_dialogue : NULL,
		.ctx = o,
	};
	site_client_rules(site, &r->client);
	site_dialler_rules(site, &r->dialler);
	site_tlspolicy_rules(site, &r->tlspolicy);
	return site_hosts_rules(site, &r->hosts, f);
}

static int print_next(struct site *site, struct fault *f)
{
	int64_t when, left;
	int rc = relay_next(&site->spool, &when, f);

	if (rc < 0)
		return applet_fail(applet_find("mta-relay"), f);
	if (rc == 0)
		return EX_UNAVAILABLE;
	left = when - clock_wall();
	printf("%" PRId64 "\n", left > 0 ? left : 0);
	return EX_OK;
}

static int kick(struct site *site)
{
	if (spool_kick(&site->spool, ""))
		return EX_OK;
	fprintf(stderr, "mta-relay: no relay is running on %s\n", site->spool.path);
	return EX_UNAVAILABLE;
}

/* With a configuration that is wrong there would be no relay: the one that runs goes on with what it has. */
static bool may_restart(const struct options *o)
{
	static struct site site;
	struct arena arena = { 0 };
	struct fault f;
	bool may = site_open(&site, &arena, &o->from, &f) == 0;

	if (!may)
		log_error("the configuration is not read again: %s", f.text);
	site_close(&site);
	arena_clear(&arena);
	return may;
}

/* A SIGHUP before the new program reads its configuration asks for nothing else. */
static void restart(char **argv)
{
	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	proc_restore_files();
	execv("/proc/self/exe", argv);
	log_error("cannot start again: /proc/self/exe");
}

static int check_ids(char **ids, struct fault *f)
{
	for (; *ids; ids++)
		if (!spool_is_id(span_str(*ids)))
			return fault_usage(f, "\"%.40s\" is not a queue id", *ids);
	return 0;
}

/*
 * A message under way is an open file, as a worker is a socket. Where the hard limit has no room for all of them there
 * are fewer: messages that took every descriptor would wait for ever for a worker.
 */
static void fit_files(struct relay_rules *r)
{
	long wanted = r->process_limit + r->active_limit + OTHER_FILES;
	unsigned long have = proc_raise_files((unsigned long)wanted);
	long room, workers;

	if (have >= (unsigned long)wanted)
		return;
	room = have > 2 * OTHER_FILES ? (long)have - OTHER_FILES : (long)have / 2;
	workers = room / 4 > 0 ? room / 4 : 1;
	if (r->process_limit > workers)
		r->process_limit = workers;
	r->active_limit = room > r->process_limit ? room - r->process_limit : 1;
	log_debug("%lu files may be open: %ld messages and %ld deliveries at a time", have, r->active_limit,
		  r->process_limit);
}

static int run(struct site *site, struct options *o, char **argv, char **ids, struct fault *f)
{
	struct arena arena = { NULL };
	struct relay_rules rules;
	struct relay_run how = { .mode = o->daemon ? RELAY_DAEMON : RELAY_ONCE, .all = o->all, .wait = o->wait };
	enum relay_end end;
	int rc;

	if (set_rules(&rules, site, o, &arena, f) < 0) {
		arena_clear(&arena);
		return -1;
	}
	fit_files(&rules);
	how.domain = o->flush;
	if (ids[0])
		how.ids = (const char *const *)ids;
	do
		rc = relay_run(&rules, &how, &end, f);
	while (rc == 0 && end == RELAY_RELOAD && !may_restart(o));
	arena_clear(&arena);
	if (rc < 0)
		return -1;
	if (end == RELAY_RELOAD)
		restart(argv);
	return 0;
}

static void hold_signals(void)
{
	relay_hold_signals(NULL);
	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
}

/* In a container there is often no syslog: then only what went wrong is worth standard error, but for a daemon. */
static void open_log(const struct options *o)
{
	bool has_syslog = access("/dev/log", F_OK) == 0, is_shown = o->foreground || isatty(STDERR_FILENO);
	bool is_quiet = o->verbose || (!has_syslog && !is_shown && !o->daemon);

	log_open("mta-relay", is_shown || o->verbose || !has_syslog ? LOG_TO_STDERR : LOG_TO_SYSLOG,
		 is_quiet ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO);
}

static int check_modes(const struct options *o, struct fault *f)
{
	if (o->once + o->daemon + o->next + o->kick + (o->flush != NULL) > 1)
		return fault_usage(f, "--once, --daemon, --next, --kick and --flush exclude each other");
	return 0;
}

/* The daemon does it, or if there is none we do. */
static int flush(struct site *site, struct options *o, char **argv, struct fault *f)
{
	char *none[] = { NULL };
	int told = relay_flush_destination(&site->spool, o->flush, f);

	return told ? (told < 0 ? -1 : 0) : run(site, o, argv, none, f);
}

static int act(struct site *site, struct options *o, char **argv, char **ids)
{
	struct fault f = { 0 };

	if (o->next)
		return print_next(site, &f);
	if (o->kick)
		return kick(site);
	if ((o->flush ? flush(site, o, argv, &f) : run(site, o, argv, ids, &f)) < 0)
		return applet_fail(applet_find("mta-relay"), &f);
	return EX_OK;
}

static int mta_relay_run(int argc, char **argv)
{
	static struct site site;
	struct arena arena = { 0 };
	struct options o = { 0 };
	struct fault f = { 0 };
	int first, rc = applet_options(applet_find("mta-relay"), &arena, argc, argv, OPT_PERMUTE, &o, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	open_log(&o);
	/* The modes of what is created are explicit. */
	umask(022);
	proc_ignore_sigpipe();
	if (!o.next && !o.kick)
		hold_signals();
	if (check_modes(&o, &f) == 0 && check_ids(argv + first, &f) == 0 &&
	    site_open(&site, &arena, &o.from, &f) == 0 && site_open_spool(&site, &f) == 0)
		rc = act(&site, &o, argv, argv + first);
	else
		rc = applet_fail(applet_find("mta-relay"), &f);
	site_close(&site);
	arena_clear(&arena);
	return rc;
}

const struct applet applet_mta_relay = {
	.name = "mta-relay",
	.summary = "deliver what is in the queue",
	.synopsis = "[--once [--all] [--wait] | --daemon | --next | --kick | --flush DOMAIN] [-v] [--json] [ID ...]",
	.opts = mta_relay_opts,
	.run = mta_relay_run,
};
