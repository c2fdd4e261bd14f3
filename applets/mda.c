/* SPDX-License-Identifier: ISC */
/*
 * mda - deliver standard input into a user's mailbox, for other programs to call.
 *
 * For one user the message streams from standard input into the mailbox. For several it is kept until the
 * last has it, and each is served by a process of its own, as rights that were given up do
 * not come back.
 */
#include "applet.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/users.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/proc.h"
#include "base/spill.h"
#include "message/address.h"
#include "message/header.h"
#include "message/lines.h"
#include "message/uucp.h"
#include "queuerun.h"
#include "relay/intake.h"
#include "settings.h"
#include "site.h"
#include "store/deliver.h"

enum {
	PIECE = 32 << 10,     /* octets read at a time */
	HEADER_MAX = 1 << 20, /* octets in which an old Return-Path is looked for */
	FOLDER_MAX = 200,     /* octets in the name of a folder */
};

struct options {
	struct settings_options from;
	const char *sender, *recipient, *folder;
	struct opt_list users;
	bool forward;
};

struct mda {
	struct options options;
	struct site site;
	struct arena arena;
	struct opt_list users;
	bool kept; /* in the spill, to be read more than once */
	struct spill spill;
	off_t at;
	struct lines lines;
	struct buf in; /* what was read and is not delivered yet, LF lines */
	off_t size;
	bool ended;
	const char *sender; /* "" is the null sender; NULL: not known */
	/* Last, as they are large: what is small lies together. */
	struct deliver deliver;
	char room[PIECE];
};

extern const struct applet applet_mda;

/* ---- the message ---- */

/* The next bytes as they came: 1, 0, -1. */
static int read_piece(struct mda *m, struct span *piece, struct fault *f)
{
	ssize_t n;

	if (m->kept)
		return spill_next(&m->spill, &m->at, piece, f);
	do
		n = read(STDIN_FILENO, m->room, PIECE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fault_errno(f, "cannot read the message");
	*piece = span_of(m->room, (size_t)n);
	return n > 0;
}

/* Read on: 1 there is more in m->in, 0 the message has ended, -1. */
static int fill(struct mda *m, struct fault *f)
{
	struct span piece;
	long limit = m->site.settings.message_size_limit;
	int rc;

	if (m->ended)
		return 0;
	rc = read_piece(m, &piece, f);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		m->ended = true;
		lines_in_end(&m->lines, &m->in);
		return m->in.n > 0;
	}
	m->size += (off_t)piece.n;
	if (limit > 0 && m->size > limit)
		return fault_perm(f, 552, "5.3.4", "message is larger than message_size_limit (%ld bytes)", limit);
	lines_in_feed(&m->lines, piece, &m->in);
	if (m->in.overflow)
		return fault_perm(f, 554, "5.6.0", "message header is larger than %d bytes", HEADER_MAX);
	return 1;
}

/* A program that reads from mbox files or UUCP leaves its "From " line at the front: it tells the sender. */
static int take_from_line(struct mda *m, struct fault *f)
{
	struct span rest;
	int rc = 1;

	while (rc > 0 && m->in.n < 5)
		rc = fill(m, f);
	if (rc < 0 || m->in.n < 5 || memcmp(m->in.p, "From ", 5) != 0)
		return rc < 0 ? -1 : 0;
	while (rc > 0 && span_find(buf_span(&m->in), '\n') == m->in.n && m->in.n < HEADER_MAX)
		rc = fill(m, f);
	if (rc < 0)
		return -1;
	rest = buf_span(&m->in);
	if (!m->sender && uucp_path(&m->arena, &rest, &m->sender) == 1) {
		m->sender = uucp_address(&m->arena, m->sender);
		if (!address_is_valid(span_str(m->sender), true, true))
			m->sender = NULL;
	} else {
		span_cut(&rest, '\n');
	}
	buf_consume(&m->in, m->in.n - rest.n);
	return 0;
}

/* What the message is given to: a mailbox, or the queue. */
struct target {
	void (*put)(void *ctx, const void *p, size_t n);
	void *ctx;
};

/* RFC 5321 4.4: the final delivery takes Return-Path fields away and writes its own. */
static void put_header(struct mda *m, struct span header, const struct target *t)
{
	struct header_field field;
	struct span rest = header;

	while (m->sender && header_next(&rest, &field) == 1) {
		if (!span_is_nocase(field.name, SPAN("Return-Path")))
			t->put(t->ctx, field.whole.p, field.whole.n);
		header = span_from(header, (size_t)(field.whole.p + field.whole.n - header.p));
	}
	t->put(t->ctx, header.p, header.n);
}

static int copy(struct mda *m, const struct target *t, struct fault *f)
{
	size_t length = 0, seen = 0;
	int rc = 1;

	while (rc > 0 && (length = header_length(buf_span(&m->in), seen)) == 0 && m->in.n < HEADER_MAX) {
		seen = m->in.n;
		rc = fill(m, f);
	}
	if (rc < 0)
		return -1;
	put_header(m, span_of(m->in.p, length ? length : m->in.n), t);
	buf_consume(&m->in, length ? length : m->in.n);
	do {
		t->put(t->ctx, m->in.p, m->in.n);
		buf_reset(&m->in);
	} while ((rc = fill(m, f)) > 0);
	return rc;
}

/* ---- into a mailbox ---- */

static bool is_folder_name(struct span name)
{
	if (name.n == 0 || name.n > FOLDER_MAX || span_has_control(name))
		return false;
	/* "." and "/" both separate the levels; neither may stand at an end, or twice. */
	for (size_t i = 0; i < name.n; i++) {
		bool separator = name.p[i] == '.' || name.p[i] == '/';

		if (separator && (i == 0 || i + 1 == name.n || name.p[i + 1] == '.' || name.p[i + 1] == '/'))
			return false;
	}
	return true;
}

/* Maildir++: the folder a/b is the directory .a.b in the Maildir. */
static int folder_location(struct mda *m, const char *mail, const char **out, struct fault *f)
{
	const char *folder = m->options.folder, *path;
	char *name;
	int rc;

	*out = mail;
	if (!folder || strcmp(folder, "INBOX") == 0)
		return 0;
	if (!is_folder_name(span_str(folder)))
		return fault_usage(f, "\"%s\" cannot be the name of a folder", folder);
	rc = deliver_location(mail, &path, f);
	if (rc <= 0)
		return rc < 0 ? -1 : fault_usage(f, "-m needs a Maildir, and %s is none", mail);
	name = arena_str(&m->arena, folder);
	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '.';
	*out = arena_printf(&m->arena, "maildir:%s/.%s", path, name);
	return 0;
}

static void put_field(struct deliver *d, const char *before, const char *value, const char *after)
{
	deliver_put(d, before, strlen(before));
	deliver_put(d, value, strlen(value));
	deliver_put(d, after, strlen(after));
}

static void put_deliver(void *ctx, const void *p, size_t n)
{
	deliver_put(ctx, p, n);
}

static const char *delivered_to(struct mda *m, const struct account *who)
{
	const char *recipient = m->options.recipient ? m->options.recipient : who->name;

	return route_qualify(&m->site.route, &m->arena, span_str(recipient));
}

static int deliver(struct mda *m, const struct account *who, struct fault *f)
{
	struct deliver *d = &m->deliver;
	struct target target = { put_deliver, d };
	const char *location;

	if (folder_location(m, who->mail, &location, f) < 0 || take_from_line(m, f) < 0)
		return -1;
	if (deliver_begin(d, location, m->sender ? m->sender : "", clock_wall(), f) < 0)
		return -1;
	if (deliver_set_quota(d, who, f) < 0)
		return -1;
	if (m->sender)
		put_field(d, "Return-Path: <", m->sender, ">\n");
	put_field(d, "Delivered-To: ", delivered_to(m, who), "\n");
	if (copy(m, &target, f) < 0) {
		deliver_abort(d);
		return -1;
	}
	return deliver_commit(d, f);
}

/* ---- to whom ---- */

/* The name as it is given; without its domain if that is ours; without its +detail. */
static int find_user(struct mda *m, const char *name, struct account *out, struct fault *f)
{
	struct span local, domain, whole = span_str(name);
	const char *delimiter = m->site.settings.recipient_delimiter;
	int rc = users_find(&m->site.users, &m->arena, whole, out, f);
	size_t n;

	address_split(whole, &local, &domain);
	if (rc == 0 && name[0] && domain.n && route_is_local(&m->site.route, domain))
		rc = users_find(&m->site.users, &m->arena, local, out, f);
	if (rc == 0 && local.n && (n = strcspn(name, delimiter)) > 0 && n < local.n &&
	    (domain.n == 0 || route_is_local(&m->site.route, domain)))
		rc = users_find(&m->site.users, &m->arena, span_of(local.p, n), out, f);
	if (rc == 0 || name[0] == '\0')
		return fault_perm(f, 550, "5.1.1", "there is no user \"%s\"", name);
	return rc < 0 ? -1 : 0;
}

static int account_for(struct mda *m, const char *name, struct account *out, struct fault *f)
{
	if (name ? find_user(m, name, out, f) < 0 : users_self(&m->site.users, &m->arena, out, f) < 0)
		return -1;
	if (!proc_may_be(out))
		return fault_perm(f, 550, "5.7.1", "not permitted to deliver to %s", out->name);
	return 0;
}

static int deliver_as(struct mda *m, const char *name, struct fault *f)
{
	struct account who;

	if (account_for(m, name, &who, f) < 0 || proc_drop(&who, f) < 0)
		return -1;
	return deliver(m, &who, f);
}

static int deliver_apart(struct mda *m, const char *name, struct fault *f)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return fault_errno(f, "cannot start a process to deliver to %s", name);
	if (pid == 0)
		_exit(deliver_as(m, name, f) < 0 ? applet_fail(&applet_mda, f) : EX_OK);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fault_errno(f, "cannot wait for the delivery to %s", name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

/* 75 counts more than a permanent failure: the caller keeps the message, and who has it gets it twice. */
static int deliver_to_all(struct mda *m, struct fault *f)
{
	int code = EX_OK;

	if (spill_put_all(&m->spill, STDIN_FILENO, f) < 0)
		return -1;
	m->kept = true;
	for (size_t i = 0; i < m->users.n; i++) {
		int rc = deliver_apart(m, m->users.v[i], f);

		if (rc < 0)
			return -1;
		if (code == EX_OK || rc == EX_TEMPFAIL)
			code = rc;
	}
	return code;
}

/* ---- --forward: by way of the queue ---- */

static void put_intake(void *ctx, const void *p, size_t n)
{
	intake_put(ctx, p, n);
}

static int add_recipients(struct mda *m, struct envelope *e, struct fault *f)
{
	struct account self;

	e->n = m->users.n ? m->users.n : 1;
	e->rcpts = arena_alloc(&m->arena, e->n * sizeof(*e->rcpts));
	if (m->users.n == 0 && users_self(&m->site.users, &m->arena, &self, f) < 0)
		return -1;
	for (size_t i = 0; i < e->n; i++) {
		e->rcpts[i].state = ENVELOPE_QUEUED;
		e->rcpts[i].address =
			route_qualify(&m->site.route, &m->arena, span_str(m->users.n ? m->users.v[i] : self.name));
		if (route_check(&m->site.route, &m->arena, span_str(e->rcpts[i].address), f) < 0)
			return -1;
	}
	return 0;
}

static int forward(struct mda *m, struct fault *f)
{
	struct site *site = &m->site;
	struct intake_rules rules = { .route = &site->route,
				      .spool = &site->spool,
				      .message_size_limit = site->settings.message_size_limit,
				      .queue_minfree = site->settings.queue_minfree };
	struct envelope e = { .body = ENVELOPE_8BITMIME };
	struct intake in = { 0 };
	struct target target = { put_intake, &in };

	if (site_open_spool(site, f) < 0 || take_from_line(m, f) < 0 || add_recipients(m, &e, f) < 0)
		return -1;
	e.origin = arena_printf(&m->arena, "uid %ld", (long)getuid());
	e.sender = m->sender ? m->sender : "";
	if (intake_begin(&in, &rules, &m->arena, &e, f) < 0)
		return -1;
	if (copy(m, &target, f) < 0) {
		intake_abort(&in);
		return -1;
	}
	if (intake_commit(&in, f) < 0)
		return -1;
	if (!in.direct)
		site_deliver(site, &m->arena, &m->options.from, in.id);
	return 0;
}

/* ---- the applet ---- */

static int check_address(const char *option, const char *given, const char **out, struct fault *f)
{
	*out = given && strcmp(given, "<>") == 0 ? "" : given;
	if (!*out || (*out)[0] == '\0' || address_is_valid(span_str(*out), true, true))
		return 0;
	return fault_perm(f, 501, "5.1.7", "%s: \"%s\" is no address", option, given);
}

/* An exit code, or -1 with the fault. */
static int work(struct mda *m, struct fault *f)
{
	const char *recipient;

	if (check_address("-f", m->options.sender, &m->sender, f) < 0 ||
	    check_address("-a", m->options.recipient, &recipient, f) < 0 ||
	    site_open(&m->site, &m->arena, &m->options.from, f) < 0)
		return -1;
	if (m->options.forward && (m->options.folder || recipient))
		return fault_usage(f, "--forward cannot be given together with -m or -a");
	if (m->options.forward)
		return forward(m, f);
	if (m->users.n > 1)
		return deliver_to_all(m, f);
	return deliver_as(m, m->users.n ? m->users.v[0] : NULL, f);
}

static int mda_run(int argc, char **argv)
{
	static struct mda m;
	struct fault f;
	int first, rc = applet_options(&applet_mda, &m.arena, argc, argv, OPT_PERMUTE, &m.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	/* What is made has a mode of its own; a caller's mask may neither widen nor cut it. */
	umask(022);
	log_open("mda", LOG_TO_STDERR, LOG_LEVEL_WARNING);
	m.users = m.options.users;
	for (int i = first; i < argc; i++)
		opt_list_add(&m.arena, &m.users, argv[i]);
	buf_init(&m.in, 2 * HEADER_MAX);
	lines_in_init(&m.lines, false);
	spill_init(&m.spill, 0);
	rc = work(&m, &f);
	/* Whoever calls us keeps the message until the configuration is mended, and does not return it. */
	if (rc < 0 && f.kind != FAULT_USAGE)
		fault_defer(&f);
	if (rc < 0)
		rc = applet_fail(&applet_mda, &f);
	spill_clear(&m.spill);
	buf_clear(&m.in);
	site_close(&m.site);
	arena_clear(&m.arena);
	return rc;
}

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}
#define IGNORE(option)                                                                                                 \
	{                                                                                                              \
		.name = option, .kind = OPT_IGNORE, .flags = OPT_HIDDEN, .help = "ignored"                             \
	}

static const struct opt mda_opts[] = {
	OPT("-d", "USER", users, OPT_LIST, "deliver to this user; without any: to whoever runs it"),
	OPT("-f", "SENDER", sender, OPT_STRING, "the envelope sender; '' and '<>' are the null sender"),
	OPT("-a", "ADDRESS", recipient, OPT_STRING, "the address for Delivered-To, if it is not the user's"),
	OPT("-m", "FOLDER", folder, OPT_STRING, "into this folder of the Maildir, which is made if need be"),
	OPT("--forward", NULL, forward, OPT_BOOL, "honour aliases and forward files"),
	IGNORE("-e"),
	IGNORE("-t"),
	IGNORE("-Y"),
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet applet_mda = {
	.name = "mda",
	.summary = "deliver standard input into a user's mailbox",
	.synopsis = "[-f SENDER] [-a ADDRESS] [-m FOLDER | --forward] [-d USER | USER ...]",
	.opts = mda_opts,
	.run = mda_run,
};
