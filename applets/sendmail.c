/* SPDX-License-Identifier: ISC */
/*
 * sendmail - the classic submission command.
 *
 * Flags are those of sendmail 8, Postfix and Exim. Programs build this command line from what others gave them
 * (CVE-2016-10033), so no flag writes a file, reads one, or names a configuration or a spool: the environment
 * does that. See sendmail.8.
 */
#include "applet.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/printable.h"
#include "classic.h"
#include "message/header.h"
#include "message/trace.h"
#include "message/uucp.h"
#include "outcome.h"
#include "queuerun.h"
#include "relay/author.h"
#include "relay/converse.h"
#include "relay/recipients.h"
#include "relay/submit.h"
#include "relay/terms.h"
#include "resolve.h"
#include "route/canonical.h"
#include "settings.h"
#include "site.h"

enum {
	TIMEOUT_DEFAULT = 300, /* seconds, of --wait=delivered */
	PRINTED_MAX = 1 << 20  /* bytes of a line that is shown */
};

#define SUBMIT_SOCKET "submit.sock"

enum wait { WAIT_NOT, WAIT_QUEUED, WAIT_DELIVERED };

struct options {
	/* whose mail, and to whom */
	bool extract, ignore_dots;
	const char *sender, *full_name;
	/* DSN */
	const char *notify, *ret, *envid;
	const char *verp; /* "": with the usual delimiters */
	const char *body;
	/* when, and how urgently */
	const char *at, *expires, *priority;
	bool require_tls;
	/* what is to be done */
	bool smtp, batch, list, aliases, verify, test, daemon, foreground;
	bool verbose, json, lint;
	const char *wait, *timeout;
	const char *delivery; /* the letter of -od */
	/* the queue */
	const char *interval; /* "" is now */
	const char *queue_id, *queue_recipient, *queue_sender;
};

struct sendmail {
	struct options options;
	struct settings_options from; /* never filled from the command line */
	struct site site;
	struct arena arena;
	char **operands;
	int noperands;
	bool is_rmail;
	struct submit_rules rules;
	struct submit submit;
	struct envelope envelope;
	struct recipients recipients;
	enum wait wait;
	int64_t deadline_ms;
	struct author author;
};

extern const struct applet applet_sendmail;

/* ---- to whom ---- */

/* uux hands "(user)" over, and paths through other hosts. */
static const char *rmail_operand(struct arena *a, const char *operand)
{
	size_t n = strlen(operand);

	if (n > 2 && operand[0] == '(' && operand[n - 1] == ')')
		operand = arena_span(a, span_of(operand + 1, n - 2));
	return uucp_address(a, operand);
}

static int find_recipients(struct sendmail *s, struct fault *f)
{
	const struct options *o = &s->options;
	const struct repair_list *found = &s->submit.result.recipients;
	struct recipients *r = &s->recipients;
	int64_t now = clock_wall();

	if (terms_set_hold(&s->envelope, o->at, now, f) < 0 ||
	    terms_set_deadline(&s->envelope, o->expires, now, f) < 0 ||
	    terms_set_priority(&s->envelope, o->priority, f) < 0)
		return -1;
	s->envelope.require_tls = o->require_tls;
	recipients_init(r, &s->arena, &s->site.route, &s->envelope);
	if (recipients_set_dsn(r, o->notify, o->ret, o->envid, f) < 0 ||
	    (o->verp && recipients_set_verp(r, o->verp[0] ? o->verp : s->site.settings.default_verp_delimiters, f) < 0))
		return -1;
	for (int i = 0; i < s->noperands; i++) {
		const char *operand = s->is_rmail ? rmail_operand(&s->arena, s->operands[i]) : s->operands[i];

		if (recipients_add_list(r, operand, f) < 0)
			return -1;
	}
	for (size_t i = 0; o->extract && i < found->n; i++)
		if (recipients_add(r, found->v[i], f) < 0)
			return -1;
	return s->envelope.n ? 0 : fault_usage(f, "there is no recipient in the message's header");
}

/* ---- where it is put ---- */

/* Is it a spool that this process may write, or make, or a mistake to be told of? For root there is no other. */
static bool may_write(const char *directory)
{
	struct stat st;

	if (geteuid() == 0 || access(directory, W_OK | X_OK) == 0 || errno != EACCES)
		return true;
	return stat(directory, &st) == 0 && !S_ISDIR(st.st_mode);
}

static void show_dialogue(void *ctx, char direction, struct span line)
{
	struct buf out;

	(void)ctx;
	buf_init(&out, PRINTED_MAX);
	printable_put(&out, line);
	printf("%s%s\n", direction == '>' ? ">>> " : "", buf_str(&out));
	buf_clear(&out);
}

static int open_own_spool(struct sendmail *s, struct fault *f)
{
	struct fault why;

	/* -bs knows its recipients only later: what cannot be delivered is bounced then. */
	if (s->envelope.n && recipients_check_reach(&s->recipients, f) < 0)
		return -1;
	if (site_open_spool(&s->site, &why) < 0)
		return fault_temp(f, why.reply, why.status, "the mail service (smtpd --submit) does not run: %.400s",
				  why.text);
	return 0;
}

/*
 * The configured spool; else the server behind the socket in it, or in the system's; else the user's own spool.
 * A message that is handed over cannot be watched.
 */
static int choose_place(struct sendmail *s, struct fault *f)
{
	struct settings *set = &s->site.settings;
	const char *own = settings_user_spool(&s->arena), *socket;
	bool is_own = strcmp(set->queue_directory, own) == 0;

	if (!is_own && may_write(set->queue_directory))
		return site_open_spool(&s->site, f);
	socket = arena_printf(&s->arena, "%s/" SUBMIT_SOCKET, is_own ? SETTINGS_SYSTEM_SPOOL : set->queue_directory);
	set->queue_directory = own;
	if (s->wait != WAIT_DELIVERED && access(socket, W_OK) == 0) {
		s->rules.socket = socket;
		site_client_rules(&s->site, &s->rules.client);
		s->rules.client.trace = s->options.verbose ? show_dialogue : NULL;
		return 0;
	}
	return open_own_spool(s, f);
}

static int prepare(struct sendmail *s, struct fault *f)
{
	const struct settings *set = &s->site.settings;

	if (site_open(&s->site, &s->arena, &s->from, f) < 0)
		return -1;
	s->rules.hostname = set->myhostname;
	s->rules.origin = set->myorigin;
	s->rules.header_size_limit = (size_t)set->header_size_limit;
	s->rules.intake = (struct intake_rules){ .spool = &s->site.spool,
						 .route = &s->site.route,
						 .message_size_limit = set->message_size_limit,
						 .queue_minfree = set->queue_minfree };
	return 0;
}

static void start_delivery(struct sendmail *s)
{
	struct queuerun run = { .from = &s->from, .spool = s->site.settings.queue_directory, .how = QUEUERUN_SHOWN };
	struct fault f;
	int code;

	if (!s->options.verbose || strcmp(s->site.settings.delivery_mode, "queue") == 0) {
		site_deliver(&s->site, &s->arena, &s->from, s->envelope.id);
		return;
	}
	opt_list_add(&s->arena, &run.ids, s->envelope.id);
	if (queuerun_start(&run, &s->arena, &code, &f) < 0)
		log_warning("%s: queued, but not delivered now: %s", s->envelope.id, f.text);
}

/* ---- the message ---- */

/* UUCP tells the sender in front of the message. */
static int take_uucp_sender(struct sendmail *s, struct span *message, struct fault *f)
{
	const char *path;
	int rc = uucp_path(&s->arena, message, &path);

	if (rc < 0)
		return fault_perm(f, 501, "5.6.0", "more than %d From lines, or one over %d octets", UUCP_LINES_MAX,
				  UUCP_LINE_MAX);
	if (rc > 0 && !s->options.sender)
		s->options.sender = uucp_address(&s->arena, path);
	return 0;
}

static int read_uucp(struct sendmail *s, struct fault *f)
{
	struct spill all;
	struct span piece;
	off_t at = 0;
	bool first = true;
	int rc;

	spill_init(&all, s->rules.intake.message_size_limit);
	rc = spill_put_all(&all, STDIN_FILENO, f);
	while (rc >= 0 && (rc = spill_next(&all, &at, &piece, f)) > 0) {
		if (first && take_uucp_sender(s, &piece, f) < 0)
			rc = -1;
		else
			submit_put(&s->submit, piece);
		first = false;
	}
	spill_clear(&all);
	return rc;
}

static int read_message(struct sendmail *s, struct fault *f)
{
	return s->is_rmail ? read_uucp(s, f) : submit_read(&s->submit, STDIN_FILENO, f);
}

/* The name is only wanted where the message does not say who it is from; rmail's is not from who runs it. */
static int find_author(struct sendmail *s, struct fault *f)
{
	const struct options *o = &s->options;
	const char *full_name = s->is_rmail && !o->full_name ? "" : o->full_name;
	struct header_field from;
	bool has_from = header_find(buf_span(&s->submit.scan.header), SPAN("From"), &from) == 1;

	return author_find(&s->arena, &s->site.users, &s->site.route, o->sender, full_name, !has_from, &s->author, f);
}

static int repair(struct sendmail *s, struct fault *f)
{
	const struct settings *set = &s->site.settings;
	char id[ENTROPY_ID + 1];
	struct repair_rules rules = { .origin = set->myorigin,
				      .host = set->myhostname,
				      .id = id,
				      .sender = s->author.sender,
				      .full_name = s->author.full_name,
				      .now = clock_wall(),
				      .recipients = s->options.extract,
				      .map = canonical_map,
				      .ctx = &s->site.route };
	const struct repair_result *result = &s->submit.result;

	/* A forward file or an alias may hand a message back to this command. */
	if (trace_hops(buf_span(&s->submit.scan.header)) > (size_t)set->hopcount_limit)
		return fault_perm(f, 554, "5.4.6", "mail loop: more than %ld hops (hopcount_limit)",
				  set->hopcount_limit);
	entropy_id(id);
	if (canonical_load(&s->site.route, f) < 0 || submit_repair(&s->submit, &s->arena, &rules, f) < 0 ||
	    canonical_rewrite(&s->site.route, &s->arena, CANONICAL_ENVELOPE_SENDER, span_str(s->author.sender),
			      &s->envelope.sender, f) < 0)
		return -1;
	s->envelope.body = result->has_8bit_body || result->has_8bit_header ? ENVELOPE_8BITMIME : ENVELOPE_7BIT;
	s->envelope.smtputf8 |= result->has_8bit_header;
	for (size_t i = 0; i < result->bad.n; i++)
		log_warning("\"%s\" in the header is no address", result->bad.v[i]);
	return 0;
}

static void put_stdout(void *ctx, const void *p, size_t n)
{
	(void)ctx;
	fwrite(p, 1, n, stdout);
}

static int lint(struct sendmail *s, struct fault *f)
{
	const struct repair_list *changes = &s->submit.result.changes;
	struct buf out;

	if (s->options.verbose)
		return submit_put_to(&s->submit, put_stdout, NULL, f);
	buf_init(&out, PRINTED_MAX);
	for (size_t i = 0; i < changes->n; i++) {
		buf_reset(&out);
		printable_put(&out, span_str(changes->v[i]));
		puts(buf_str(&out));
	}
	buf_clear(&out);
	return EX_OK;
}

/* The server refused some: they are told of here, as nobody else will. */
static int report_handed(struct sendmail *s)
{
	int code = EX_OK;

	for (size_t i = 0; i < s->envelope.n; i++) {
		const struct transaction_rcpt *r = &s->submit.handed[i];

		if (r->outcome.kind == FAULT_NONE)
			continue;
		log_error("%s: %s", r->address, r->outcome.text);
		if (code == EX_OK)
			code = fault_exit(&r->outcome);
	}
	return code;
}

/* The server that cannot take it now is not waited for: the user's own queue can. */
static int accept_otherwise(struct sendmail *s, struct fault *f)
{
	if (f->kind != FAULT_TEMP)
		return -1;
	s->rules.socket = NULL;
	if (open_own_spool(s, f) < 0 || submit_begin(&s->submit, &s->arena, &s->envelope, f) < 0)
		return -1;
	return submit_commit(&s->submit, f);
}

static int accept_message(struct sendmail *s, struct await *w, struct fault *f)
{
	if (submit_begin(&s->submit, &s->arena, &s->envelope, f) < 0)
		return -1;
	if (s->wait == WAIT_DELIVERED && !s->submit.in.direct && await_open(w, &s->site.spool, s->envelope.id, f) < 0)
		return -1;
	if (submit_commit(&s->submit, f) == 0)
		return 0;
	return s->rules.socket ? accept_otherwise(s, f) : -1;
}

/* An exit code. From here on the message is safe, and what goes wrong with its delivery is the relay's to tell. */
static int after_commit(struct sendmail *s, struct await *w, struct fault *f)
{
	bool handed = s->rules.socket != NULL, direct = !handed && s->submit.in.direct;

	/* --wait=queued asks for the id, which JSON has in any case. */
	if (direct && (s->wait == WAIT_DELIVERED || s->options.json))
		outcome_set_delivered(&s->arena, &s->envelope, s->submit.in.places);
	if (direct && (s->wait != WAIT_NOT || s->options.verbose))
		outcome_put_all(&s->envelope, s->wait == WAIT_NOT ? "Sent" : "delivered", s->options.json);
	if (direct)
		return EX_OK;
	if (s->wait == WAIT_QUEUED)
		outcome_put_all(&s->envelope, "queued", s->options.json);
	if (handed)
		return report_handed(s);
	/* Nobody waits for a day. */
	if (s->envelope.hold_until > clock_wall())
		return EX_OK;
	start_delivery(s);
	return s->wait == WAIT_DELIVERED ? outcome_wait(w, s->deadline_ms, s->options.json, f) : EX_OK;
}

static int send_message(struct sendmail *s, struct await *w, struct fault *f)
{
	if (!s->options.extract && !s->options.lint && s->noperands == 0)
		return fault_usage(f, "there is no recipient; they are arguments, or in the header with -t");
	if (read_message(s, f) < 0 || submit_end(&s->submit, f) < 0 || find_author(s, f) < 0 || repair(s, f) < 0)
		return -1;
	if (s->options.lint)
		return lint(s, f);
	if (find_recipients(s, f) < 0 || recipients_check(&s->recipients, f) < 0 || choose_place(s, f) < 0 ||
	    accept_message(s, w, f) < 0)
		return -1;
	return after_commit(s, w, f);
}

static void set_delivery_mode(struct sendmail *s)
{
	static const struct {
		const char *letters, *mode;
	} modes[] = { { "b", "background" }, { "i", "interactive" }, { "qd", "queue" } };
	const char *letter = s->options.delivery;

	for (size_t i = 0; letter && letter[0] && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strchr(modes[i].letters, letter[0]))
			s->site.settings.delivery_mode = modes[i].mode;
}

static int mail(struct sendmail *s, struct fault *f)
{
	struct await w = { .fd = -1, .notify = -1 };
	int code;

	if (prepare(s, f) < 0)
		return -1;
	set_delivery_mode(s);
	s->envelope.origin = arena_printf(&s->arena, "uid %ld", (long)getuid());
	s->rules.trace = true;
	s->rules.dot_ends = !s->options.ignore_dots && !s->is_rmail;
	submit_init(&s->submit, &s->rules);
	code = send_message(s, &w, f);
	await_close(&w);
	submit_clear(&s->submit);
	return code;
}

/* ---- -bs and -bS ---- */

static void deliver_accepted(void *ctx, const char *id)
{
	struct sendmail *s = ctx;

	site_deliver(&s->site, &s->arena, &s->from, id);
}

static void tell_refused(void *ctx, const char *command, const struct fault *f)
{
	(void)ctx;
	log_error("%s: %s", command, f->text);
}

static int smtp(struct sendmail *s, struct fault *f)
{
	const struct settings *set = &s->site.settings;
	bool batch = s->options.batch;
	struct smtp_server server;
	struct smtp_client client = { .uid = (long)getuid(), .may = SMTP_MAY_VERP | SMTP_MAY_SEE_LOCAL };
	struct converse_rules rules = { .server = &server,
					.client = &client,
					.submit = &s->rules,
					.batch = batch,
					.accepted = deliver_accepted,
					.refused = tell_refused,
					.ctx = s };

	if (prepare(s, f) < 0 || choose_place(s, f) < 0)
		return -1;
	set_delivery_mode(s);
	server = (struct smtp_server){
		.hostname = set->myhostname,
		.banner = set->smtpd_banner,
		.message_size_limit = (uint64_t)set->message_size_limit,
		.header_size_limit = (uint64_t)set->header_size_limit,
		.hopcount_limit = set->hopcount_limit,
		.recipient_limit = ENVELOPE_RCPT_MAX,
		.hard_error_limit = batch ? LONG_MAX : set->smtpd_hard_error_limit,
		.junk_command_limit = LONG_MAX,
		.verp_delimiters = set->default_verp_delimiters,
	};
	rules.timeout = set->smtpd_timeout;
	return converse(&rules, STDIN_FILENO, STDOUT_FILENO, f) < 0 ? -1 : EX_OK;
}

/* ---- the applet ---- */

static struct classic as_classic(const struct sendmail *s)
{
	const struct options *o = &s->options;

	return (struct classic){ .from = &s->from,
				 .verbose = o->verbose,
				 .json = o->json,
				 .foreground = o->foreground,
				 .interval = o->interval,
				 .id = o->queue_id,
				 .recipient = o->queue_recipient,
				 .sender = o->queue_sender };
}

static int list(struct sendmail *s, struct fault *f)
{
	struct classic c = as_classic(s);

	return classic_list(&c, f);
}

static int aliases(struct sendmail *s, struct fault *f)
{
	struct classic c = as_classic(s);

	return classic_aliases(&c, f);
}

static int run_queue(struct sendmail *s, struct fault *f)
{
	struct classic c = as_classic(s);

	return classic_run_queue(&c, f);
}

static int listen_for_mail(struct sendmail *s, struct fault *f)
{
	struct classic c = as_classic(s);

	return classic_listen(&c, f);
}

/* Where mail goes may depend on -f. */
static int open_for_test(struct sendmail *s, struct fault *f)
{
	struct route *r = &s->site.route;
	const char *sender;

	if (site_open(&s->site, &s->arena, &s->from, f) < 0)
		return -1;
	if (!s->options.sender)
		return 0;
	if (author_parse_sender(&s->arena, r, s->options.sender, &sender, f) < 0 || canonical_load(r, f) < 0)
		return -1;
	return canonical_rewrite(r, &s->arena, CANONICAL_ENVELOPE_SENDER, span_str(sender), &r->sender, f);
}

static int verify(struct sendmail *s, struct fault *f)
{
	if (s->noperands == 0)
		return fault_usage(f, "-bv needs an address");
	if (open_for_test(s, f) < 0)
		return -1;
	return resolve_operands(&s->site, s->operands, s->noperands);
}

static int test(struct sendmail *s, struct fault *f)
{
	if (open_for_test(s, f) < 0)
		return -1;
	return resolve_step_by_step(&s->site, s->operands, s->noperands);
}

static const struct mode {
	size_t option; /* where its bool is in struct options */
	int (*run)(struct sendmail *s, struct fault *f);
} modes[] = {
	{ offsetof(struct options, smtp), smtp },
	{ offsetof(struct options, batch), smtp },
	{ offsetof(struct options, list), list },
	{ offsetof(struct options, aliases), aliases },
	{ offsetof(struct options, verify), verify },
	{ offsetof(struct options, test), test },
	{ offsetof(struct options, daemon), listen_for_mail },
	{ offsetof(struct options, foreground), listen_for_mail },
};

static int parse_wait(struct sendmail *s, struct fault *f)
{
	const struct options *o = &s->options;
	long seconds = TIMEOUT_DEFAULT;

	if (o->timeout && config_parse_time(o->timeout, &seconds, f) < 0)
		return -1;
	s->deadline_ms = clock_mono_ms() + (int64_t)seconds * 1000;
	if (!o->wait)
		return 0;
	s->wait = strcmp(o->wait, "queued") == 0 ? WAIT_QUEUED : strcmp(o->wait, "delivered") == 0 ? WAIT_DELIVERED : 0;
	if (s->wait == WAIT_DELIVERED && o->at)
		return fault_usage(f, "--wait=delivered waits for no --at");
	return s->wait ? 0 : fault_usage(f, "--wait needs queued or delivered, not \"%s\"", o->wait);
}

/* A script that reads what nobody writes would take it for a success. */
static int check_json(const struct sendmail *s, struct fault *f)
{
	if (!s->options.json || s->wait != WAIT_NOT || s->options.list)
		return 0;
	return fault_usage(f, "--json needs --wait or -bp");
}

static int check_body(const char *type, struct fault *f)
{
	if (!type || span_is_nocase(span_str(type), SPAN("7BIT")) || span_is_nocase(span_str(type), SPAN("8BITMIME")))
		return 0;
	return fault_usage(f, "-B needs 7BIT or 8BITMIME, not \"%s\"", type);
}

static int run(struct sendmail *s, struct fault *f)
{
	const struct options *o = &s->options;

	if (parse_wait(s, f) < 0 || check_json(s, f) < 0 || check_body(o->body, f) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (*(const bool *)((const char *)o + modes[i].option))
			return modes[i].run(s, f);
	if (o->interval || o->queue_id || o->queue_recipient || o->queue_sender)
		return run_queue(s, f);
	return mail(s, f);
}

static int sendmail_run(int argc, char **argv)
{
	static struct sendmail s;
	struct fault f;
	int first, rc = applet_options(&applet_sendmail, &s.arena, argc, argv, 0, &s.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	/* What is made has a mode of its own; a caller's mask may neither widen nor cut it. */
	umask(022);
	log_open("sendmail", LOG_TO_STDERR, LOG_LEVEL_WARNING);
	s.is_rmail = argc > 0 && strcmp(argv[0], "rmail") == 0;
	s.operands = argv + first;
	s.noperands = argc - first;
	rc = run(&s, &f);
	if (rc < 0)
		rc = applet_fail(&applet_sendmail, &f);
	site_close(&s.site);
	arena_clear(&s.arena);
	return rc;
}

/* ---- the options ---- */

static int set_require_tls(struct options *o, struct span value, struct fault *f)
{
	o->require_tls = span_is_nocase(value, SPAN("yes"));
	if (o->require_tls || span_is_nocase(value, SPAN("no")))
		return 0;
	return fault_usage(f, "option -O requiretls is yes or no");
}

/* sendmail.cf's: those that name files are refused, one is honoured, as is Postfix's own; the rest means nothing here.
 */
static int set_historic(struct arena *a, void *options, const char *value, struct fault *f)
{
	static const char *const refused[] = { "AliasFile",	  "ControlSocketName",	 "DeadLetterDrop",
					       "ErrorHeader",	  "ForwardPath",	 "HelpFile",
					       "HostsFile",	  "HostStatusDirectory", "PidFile",
					       "QueueDirectory",  "ServiceSwitchFile",	 "StatusFile",
					       "UserDatabaseSpec" };
	struct options *o = options;
	struct span rest = span_str(value), name = span_cut(&rest, '=');

	(void)a;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (span_is_nocase(name, span_str(refused[i])))
			return fault_usage(f, "option -O %s is refused: it would name a file", refused[i]);
	if (span_is_nocase(name, SPAN("DeliveryMode")))
		o->delivery = rest.p;
	if (span_is_nocase(name, SPAN("requiretls")))
		return set_require_tls(o, rest, f);
	return 0;
}

#define FLAG(option, member, text)                                                                                     \
	{                                                                                                              \
		.name = option, .kind = OPT_BOOL, .at = offsetof(struct options, member), .help = text                 \
	}
#define VALUE(option, argument, member, text)                                                                          \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = OPT_STRING, .at = offsetof(struct options, member),           \
		.help = text                                                                                           \
	}
#define IGNORE(option)                                                                                                 \
	{                                                                                                              \
		.name = option, .kind = OPT_IGNORE, .flags = OPT_HIDDEN, .help = "ignored"                             \
	}
#define IGNORE_VALUE(option)                                                                                           \
	{                                                                                                              \
		.name = option, .arg = "VALUE", .kind = OPT_IGNORE, .flags = OPT_HIDDEN, .help = "ignored"             \
	}
#define REFUSE(option, text)                                                                                           \
	{                                                                                                              \
		.name = option, .arg = "VALUE", .kind = OPT_REFUSE, .flags = OPT_HIDDEN | OPT_ATTACHED, .help = text   \
	}
#define NO_CONFIGURATION "the configuration is named by LETTERBOX_CONF"

static const struct opt sendmail_opts[] = {
	FLAG("-t", extract, "recipients are in To, Cc and Bcc, too; Bcc is removed"),
	FLAG("-i", ignore_dots, "a line that is a single dot does not end the message"),
	{ .name = "-oi",
	  .kind = OPT_BOOL,
	  .at = offsetof(struct options, ignore_dots),
	  .flags = OPT_ANY_REST,
	  .help = "the same" },
	VALUE("-f", "ADDRESS", sender, "the envelope sender; '' and '<>' are the null sender"),
	VALUE("-r", "ADDRESS", sender, "the same"),
	VALUE("-F", "NAME", full_name, "the sender's full name, for a missing From"),
	VALUE("-N", "WHEN", notify, "report when: never, or success,failure,delay (RFC 3461)"),
	VALUE("-R", "WHAT", ret, "reports return: full or hdrs"),
	VALUE("-V", "ENVID", envid, "an identifier that reports contain"),
	{ .name = "-XV",
	  .arg = "DELIMITERS",
	  .kind = OPT_STRING,
	  .flags = OPT_ATTACHED,
	  .at = offsetof(struct options, verp),
	  .help = "a sender of its own for each recipient: VERP (+=)" },
	VALUE("-B", "TYPE", body, "7BIT or 8BITMIME; what the message is decides"),
	IGNORE("-bm"),
	FLAG("-bs", smtp, "speak SMTP on standard input and output"),
	FLAG("-bS", batch, "batch SMTP on standard input"),
	FLAG("-bp", list, "list the queue: mailq"),
	FLAG("-bi", aliases, "check the aliases: newaliases"),
	FLAG("-bv", verify, "say where the recipients' mail would go"),
	FLAG("-bt", test, "the same, step by step; without arguments asks for addresses"),
	FLAG("-bd", daemon, "accept SMTP on port 25, in the background"),
	FLAG("-bD", foreground, "the same in the foreground"),
	{ .name = "-q",
	  .arg = "TIME",
	  .kind = OPT_STRING,
	  .flags = OPT_ATTACHED,
	  .at = offsetof(struct options, interval),
	  .help = "try what is queued now, or always again after this time" },
	VALUE("-qI", "ID", queue_id, "try this message now"),
	VALUE("-qR", "PART", queue_recipient, "try messages now that wait for such recipients"),
	VALUE("-qS", "PART", queue_sender, "try messages now from such senders"),
	FLAG("-v", verbose, "deliver in the foreground and show the dialogue"),
	{ .name = "-od",
	  .arg = "MODE",
	  .kind = OPT_STRING,
	  .flags = OPT_ATTACHED,
	  .at = offsetof(struct options, delivery),
	  .help = "deliver in the background (b), now (i), later (q)" },
	VALUE("--wait", "UNTIL", wait, "queued, or delivered: say what became of each recipient"),
	VALUE("--timeout", "TIME", timeout, "how long to wait until delivered (300s)"),
	VALUE("--at", "TIME", at, "deliver it then: +2h, 2026-11-23T08:00, @SECONDS (RFC 4865)"),
	VALUE("--expires", "DURATION", expires, "return it when it is not delivered by then (RFC 2852)"),
	VALUE("--priority", "NUMBER", priority, "-9 to 9, which is the most urgent (RFC 6710)"),
	FLAG("--requiretls", require_tls, "send it over verified TLS all the way, or return it (RFC 8689)"),
	FLAG("--json", json, "say it as one JSON object a line"),
	FLAG("--lint", lint, "print what would be changed in the message; with -v the message"),

	/* What the callers of thirty years give. */
	{ .name = "-O",
	  .arg = "NAME=VALUE",
	  .kind = OPT_CALL,
	  .call = set_historic,
	  .flags = OPT_HIDDEN,
	  .help = "DeliveryMode and requiretls are honoured, the rest ignored" },
	{ .name = "-oe", .arg = "MODE", .kind = OPT_IGNORE, .flags = OPT_HIDDEN | OPT_ATTACHED, .help = "ignored" },
	IGNORE_VALUE("-o"),
	IGNORE_VALUE("-A"),
	IGNORE("-c"),
	{ .name = "-d", .arg = "LEVEL", .kind = OPT_IGNORE, .flags = OPT_HIDDEN | OPT_ATTACHED, .help = "ignored" },
	IGNORE_VALUE("-e"),
	IGNORE("-G"),
	IGNORE_VALUE("-h"),
	{ .name = "-I", .kind = OPT_BOOL, .at = offsetof(struct options, aliases), .flags = OPT_HIDDEN, .help = "-bi" },
	IGNORE_VALUE("-L"),
	IGNORE("-m"),
	IGNORE("-n"),
	IGNORE_VALUE("-p"),
	IGNORE("-U"),
	IGNORE("-x"),
	REFUSE("-C", NO_CONFIGURATION),
	REFUSE("-D", NO_CONFIGURATION),
	REFUSE("-X", "it would write a file"),
	REFUSE("-be", "it would expand strings"),
	REFUSE("-bf", "it would read a filter file"),
	REFUSE("-bF", "it would read a filter file"),
	REFUSE("-bP", NO_CONFIGURATION),
	REFUSE("-oA", "it would read an alias file"),
	REFUSE("-oH", "it would read a file"),
	REFUSE("-oM", "where a message comes from is known"),
	REFUSE("-oP", "it would write a file"),
	REFUSE("-oQ", "the spool is named by LETTERBOX_SPOOL"),
	REFUSE("-oS", "it would write a file"),
	REFUSE("-oX", "ports are chosen by smtpd --listen"),
	OPT_END,
};

static const char *const sendmail_aliases[] = { "rmail", NULL };

const struct applet applet_sendmail = {
	.name = "sendmail",
	.summary = "submit a message that is read from standard input",
	.synopsis = "[-ti] [-f SENDER] [-F NAME] [OPTION ...] [--] [RECIPIENT ...]",
	.opts = sendmail_opts,
	.aliases = sendmail_aliases,
	.run = sendmail_run,
};
