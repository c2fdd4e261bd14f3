/* SPDX-License-Identifier: ISC */
/*
 * mailq - the queue seen and managed.
 */
#include "applet.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/printable.h"
#include "message/header.h"
#include "queue/busy.h"
#include "queue/listing.h"
#include "queue/render.h"
#include "queuerun.h"
#include "settings.h"

enum {
	WAITING = 1 << SPOOL_NEW | 1 << SPOOL_DEFERRED | 1 << SPOOL_HOLD,
	SHOW_PIECE = 65536,	  /* bytes of a message in memory at a time */
	SHOW_HEADER_MAX = 1 << 20 /* bytes in which the end of a header is looked for */
};

struct options {
	struct settings_options from;
	struct listing_select select;
	bool verbose, json, all;
	bool show, hold, release, remove, requeue, flush;
};

struct mailq {
	struct options options;
	struct settings settings;
	struct arena arena;   /* for the process */
	struct arena message; /* for one message */
	struct spool spool;
	struct buf out;
	struct render render;
	struct busy busy;
	char **ids;
	size_t nids;
	struct opt_list changed; /* ids that a relay should look at now */
	size_t listed, counts[SPOOL_BOXES], dead;
	int64_t octets;
	int code;
};

extern const struct applet applet_mailq;

static void fail(struct mailq *q, const char *id, const struct fault *f)
{
	log_error("%s: %s", id, f->text);
	if (q->code == EX_OK)
		q->code = f->kind == FAULT_TEMP ? EX_TEMPFAIL : EX_DATAERR;
}

static void flush_out(struct mailq *q)
{
	fputs(buf_str(&q->out), stdout);
	buf_reset(&q->out);
}

static size_t terminal_width(void)
{
	struct winsize size;
	const char *columns = getenv("COLUMNS");
	uint64_t n;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (columns && span_number(span_str(columns), 10000, &n) == 0)
		return n;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 80;
}

/* ---- what is done with a message; 0, or -1 with the fault ---- */

static int list(struct mailq *q, struct spool_message *m, struct fault *f)
{
	bool active = m->box != SPOOL_HOLD && busy_is(&q->busy, m->fd);

	(void)f;
	if (q->listed++ == 0 && !q->options.json)
		render_put_head(&q->out);
	q->counts[m->box]++;
	q->octets += m->envelope.message_size;
	if (q->options.json)
		render_put_json(&q->out, m, active);
	else
		render_put_row(&q->out, &q->render, m, active);
	return 0;
}

static int hold(struct mailq *q, struct spool_message *m, struct fault *f)
{
	(void)q;
	return spool_hold(m, f);
}

static int retry_now(struct mailq *q, struct spool_message *m, struct fault *f)
{
	if (spool_defer(m, clock_wall(), f) < 0)
		return -1;
	opt_list_add(&q->arena, &q->changed, arena_str(&q->arena, m->envelope.id));
	return 0;
}

static int release(struct mailq *q, struct spool_message *m, struct fault *f)
{
	return m->box == SPOOL_HOLD ? retry_now(q, m, f) : 0;
}

/* What an operator has put on hold stays there, and what its sender has put off waits. */
static int flush(struct mailq *q, struct spool_message *m, struct fault *f)
{
	return m->box == SPOOL_HOLD || m->envelope.hold_until > clock_wall() ? 0 : retry_now(q, m, f);
}

static int remove_message(struct mailq *q, struct spool_message *m, struct fault *f)
{
	(void)q;
	return spool_remove(m, f);
}

/* Bytes at the end of a piece that may be the start of a character that goes on in the next. */
static size_t unfinished(const char *p, size_t n)
{
	size_t held = 0;

	while (held < 3 && held < n && ((unsigned char)p[n - 1 - held] & 0xc0) == 0x80)
		held++;
	return held < n && (unsigned char)p[n - 1 - held] >= 0xc0 ? held + 1 : 0;
}

static int show_part(struct mailq *q, const struct spool_message *m, off_t from, off_t to, struct fault *f)
{
	char *piece = arena_alloc(&q->message, SHOW_PIECE);

	while (from < to) {
		size_t n = to - from < SHOW_PIECE ? (size_t)(to - from) : SHOW_PIECE;

		if (disk_read_at(m->fd, piece, n, from, m->envelope.id, f) < 0)
			return -1;
		if (from + (off_t)n < to)
			n -= unfinished(piece, n);
		printable_put_lines(&q->out, span_of(piece, n));
		flush_out(q);
		from += (off_t)n;
	}
	return 0;
}

static off_t header_end(struct mailq *q, const struct spool_message *m)
{
	const struct envelope *e = &m->envelope;
	size_t n = e->message_size < SHOW_HEADER_MAX ? (size_t)e->message_size : SHOW_HEADER_MAX, length;
	char *p = arena_alloc(&q->message, n);

	if (disk_read_at(m->fd, p, n, e->message_at, e->id, NULL) < 0)
		return e->message_at;
	length = header_length(span_of(p, n), 0);
	return e->message_at + (off_t)(length ? length : n);
}

static int show(struct mailq *q, struct spool_message *m, struct fault *f)
{
	const struct envelope *e = &m->envelope;
	off_t end = e->message_at + e->message_size;
	const char *box = spool_box_name(m->box);

	buf_printf(&q->out, "*** envelope of %s/%s ***\n", box, e->id);
	if (show_part(q, m, 0, e->message_at, f) < 0)
		return -1;
	buf_printf(&q->out, "*** %s ***\n", q->options.verbose ? "message" : "header");
	if (show_part(q, m, e->message_at, q->options.verbose ? end : header_end(q, m), f) < 0)
		return -1;
	buf_put_str(&q->out, "*** journal ***\n");
	return show_part(q, m, end, m->end, f);
}

struct action {
	size_t option; /* where its bool is in struct options */
	const char *name;
	enum spool_claim how;
	unsigned boxes;
	bool for_all; /* may be done without saying to which messages */
	int (*act)(struct mailq *q, struct spool_message *m, struct fault *f);
};

#define ACTION(member) offsetof(struct options, member), "--" #member

static const struct action actions[] = {
	{ ACTION(show), SPOOL_CLAIM_LOOK, WAITING, false, show },
	{ ACTION(hold), SPOOL_CLAIM_WORK, WAITING, false, hold },
	{ ACTION(release), SPOOL_CLAIM_WORK, 1 << SPOOL_HOLD, true, release },
	{ offsetof(struct options, remove), "--delete", SPOOL_CLAIM_WORK, WAITING, false, remove_message },
	{ ACTION(requeue), SPOOL_CLAIM_WORK, WAITING, false, retry_now },
	{ ACTION(flush), SPOOL_CLAIM_WORK, 1 << SPOOL_NEW | 1 << SPOOL_DEFERRED, true, flush },
};

static const struct action listing_action = { 0, "list", SPOOL_CLAIM_LOOK, WAITING, true, list };

/* ---- which messages ---- */

static void act(struct mailq *q, const struct action *action, struct spool_message *m)
{
	struct fault f;

	if (listing_selects(&q->options.select, &m->envelope) && action->act(q, m, &f) < 0)
		fail(q, m->envelope.id, &f);
	spool_release(m);
	flush_out(q);
}

/* One that was set aside cannot be read, or could not be once. */
static int act_on_corrupt(struct mailq *q, const struct action *action, const char *id)
{
	struct spool_message m = { .spool = &q->spool, .box = SPOOL_CORRUPT, .fd = -1 };
	struct stat st;
	struct fault f;

	if (fstatat(q->spool.box[SPOOL_CORRUPT], id, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	memcpy(m.envelope.id, id, sizeof(m.envelope.id));
	if (action->act == remove_message) {
		if (spool_remove(&m, &f) < 0)
			fail(q, id, &f);
	} else if (action->act == show) {
		m.fd = disk_open_single(q->spool.box[SPOOL_CORRUPT], id, O_RDONLY, &st, &f);
		if (m.fd < 0 || show_part(q, &m, 0, st.st_size, &f) < 0)
			fail(q, id, &f);
		spool_release(&m);
	} else if (spool_claim(&q->spool, SPOOL_CORRUPT, id, action->how, &q->message, &m, &f) == 1) {
		act(q, action, &m);
	} else {
		fail(q, id, &f);
	}
	return 1;
}

static void act_on_id(struct mailq *q, const struct action *action, const char *id)
{
	struct spool_message m;
	struct fault f;
	int rc;

	if (!spool_is_id(span_str(id))) {
		log_error("\"%s\" is not a queue id", id);
		q->code = EX_USAGE;
		return;
	}
	rc = spool_find(&q->spool, id, action->how, &q->message, &m, &f);
	if (rc > 0) {
		act(q, action, &m);
	} else if (rc < 0) {
		fail(q, id, &f);
	} else if (act_on_corrupt(q, action, id) == 0) {
		bool there = spool_find(&q->spool, id, SPOOL_CLAIM_LOOK, &q->message, &m, NULL) == 1;

		if (there)
			spool_release(&m);
		log_error("%s: %s", id, there ? "is being delivered now" : "there is no such message");
		q->code = there ? EX_TEMPFAIL : EX_NOINPUT;
	}
	arena_reset(&q->message);
}

static void put_damaged(struct mailq *q, const struct listing_entry *entry, const struct fault *f)
{
	if (q->options.json) {
		json_begin(&q->out, NULL, '{');
		json_put_string(&q->out, "queue_name", spool_box_name((enum spool_box)entry->box));
		json_put_string(&q->out, "queue_id", entry->id);
		json_put_string(&q->out, "error", f->text);
		json_end(&q->out, '}');
		buf_put_char(&q->out, '\n');
	} else {
		buf_printf(&q->out, "%s  damaged, in %s/: ", entry->id, spool_box_name((enum spool_box)entry->box));
		render_put_wrapped(&q->out, f->text, ENTROPY_ID + 2, q->render.width);
	}
	flush_out(q);
}

static int act_on_boxes(struct mailq *q, const struct action *action, unsigned boxes, struct fault *f)
{
	struct listing l;
	struct listing_entry entry;
	struct spool_message m;
	struct fault damage;
	int rc;

	if (listing_open(&l, &q->spool, boxes, f) < 0)
		return -1;
	while ((rc = listing_next(&l, action->how, &q->message, &entry, &m, &damage)) != 0) {
		if (rc > 0) {
			act(q, action, &m);
		} else if (action->act == list) {
			q->counts[SPOOL_CORRUPT]++;
			put_damaged(q, &entry, &damage);
		} else {
			fail(q, entry.id, &damage);
		}
		arena_reset(&q->message);
	}
	listing_clear(&l);
	return 0;
}

/* ---- corrupt and dead messages, and the last lines ---- */

static void put_dead(struct mailq *q, const char *name, const struct stat *st)
{
	if (q->options.json) {
		json_begin(&q->out, NULL, '{');
		json_put_string(&q->out, "queue_name", "dead");
		json_put_string(&q->out, "file", name);
		json_put_number(&q->out, "arrival_time", st->st_mtime);
		json_put_number(&q->out, "message_size", st->st_size);
		json_end(&q->out, '}');
	} else {
		buf_put_str(&q->out, "dead, ");
		render_put_size(&q->out, st->st_size);
		buf_put_str(&q->out, ", in ");
		printable_put(&q->out, span_str(name));
	}
	buf_put_char(&q->out, '\n');
	flush_out(q);
}

static void look_at_dead(struct mailq *q, const char *box)
{
	int fd = openat(q->spool.dir, box, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *d;
	struct stat st;

	if (!dir)
		return;
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' || fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		q->dead++;
		if (q->options.all)
			put_dead(q, arena_printf(&q->message, "%s/%s", box, d->d_name), &st);
		arena_reset(&q->message);
	}
	closedir(dir);
}

static int look_at_corrupt(struct mailq *q, struct fault *f)
{
	struct listing l;
	struct fault damage;

	if (listing_open(&l, &q->spool, 1 << SPOOL_CORRUPT, f) < 0)
		return -1;
	q->counts[SPOOL_CORRUPT] += l.n;
	for (size_t i = 0; i < l.n && q->options.all; i++) {
		struct spool_message m;
		int rc = spool_claim(&q->spool, SPOOL_CORRUPT, l.entries[i].id, SPOOL_CLAIM_LOOK, &q->message, &m,
				     &damage);

		if (rc > 0) {
			fault_temp(&damage, 0, "4.3.0", "readable now");
			spool_release(&m);
		}
		if (rc != 0)
			put_damaged(q, &l.entries[i], &damage);
		arena_reset(&q->message);
	}
	listing_clear(&l);
	return 0;
}

static void put_summary(struct mailq *q)
{
	const size_t *n = q->counts;
	bool selected = q->nids || q->options.select.sender.n || q->options.select.recipient.n ||
			q->options.select.destination.n;

	if (q->options.json)
		return;
	if (q->listed == 0)
		buf_put_str(&q->out, selected ? "(no mail)\n" : "Mail queue is empty\n");
	if (q->listed || n[SPOOL_CORRUPT] || q->dead)
		buf_printf(&q->out, "-- new %zu, deferred %zu, hold %zu, corrupt %zu, dead %zu\n", n[SPOOL_NEW],
			   n[SPOOL_DEFERRED], n[SPOOL_HOLD], n[SPOOL_CORRUPT], q->dead);
	buf_printf(&q->out, "-- %" PRId64 " Kbytes in %zu request%s.\n", (q->octets + 1023) / 1024, q->listed,
		   q->listed == 1 ? "" : "s");
	flush_out(q);
}

/* ---- the applet ---- */

static int choose_action(const struct mailq *q, const struct action **out, struct fault *f)
{
	const struct listing_select *select = &q->options.select;
	const struct action *chosen = NULL;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (!*(const bool *)((const char *)&q->options + actions[i].option))
			continue;
		if (chosen)
			return fault_usage(f, "%s and %s cannot be done together", chosen->name, actions[i].name);
		chosen = &actions[i];
	}
	*out = chosen ? chosen : &listing_action;
	if (!(*out)->for_all && q->nids == 0 && select->sender.n + select->recipient.n + select->destination.n == 0)
		return fault_usage(f, "%s needs to know which messages: ids, or --sender '*' for all", (*out)->name);
	return 0;
}

/* A relay that runs is told; else one is started, as after sendmail. */
static int wake_relay(struct mailq *q, struct fault *f)
{
	struct queuerun run = { .from = &q->options.from, .spool = q->settings.queue_directory, .ids = q->changed };
	bool told = false;

	if (q->changed.n > QUEUERUN_IDS_MAX)
		told = spool_kick(&q->spool, "");
	for (size_t i = 0; i < q->changed.n && q->changed.n <= QUEUERUN_IDS_MAX; i++)
		told = spool_kick(&q->spool, q->changed.v[i]);
	if (told || q->changed.n == 0 || strcmp(q->settings.delivery_mode, "queue") == 0)
		return 0;
	run.how = strcmp(q->settings.delivery_mode, "interactive") ? QUEUERUN_BACKGROUND : QUEUERUN_FOREGROUND;
	return queuerun_start(&run, &q->arena, &q->code, f);
}

static int work(struct mailq *q, const struct action *action, struct fault *f)
{
	bool listing = action->act == list;

	/* Who only looks at a queue that is not there need not make it. */
	if (listing && access(q->settings.queue_directory, F_OK) < 0 && errno == ENOENT) {
		put_summary(q);
		return 0;
	}
	if (spool_open(&q->spool, q->settings.queue_directory, q->settings.mail_owner, f) < 0)
		return -1;
	if (listing)
		busy_read(&q->busy);
	for (size_t i = 0; i < q->nids; i++)
		act_on_id(q, action, q->ids[i]);
	if (q->nids == 0 && act_on_boxes(q, action, action->boxes, f) < 0)
		return -1;
	if (!listing)
		return wake_relay(q, f);
	if (q->nids == 0 && look_at_corrupt(q, f) < 0)
		return -1;
	look_at_dead(q, "dead/new");
	look_at_dead(q, "dead/cur");
	put_summary(q);
	return 0;
}

static int mailq_run(int argc, char **argv)
{
	static struct mailq q;
	const struct action *action = &listing_action;
	struct fault f;
	int first, rc = applet_options(&applet_mailq, &q.arena, argc, argv, OPT_PERMUTE, &q.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	log_open("mailq", LOG_TO_STDERR, LOG_LEVEL_WARNING);
	q.ids = argv + first;
	q.nids = (size_t)(argc - first);
	q.render = (struct render){ .now = clock_wall(), .width = terminal_width(), .verbose = q.options.verbose };
	q.code = EX_OK;
	buf_init(&q.out, RENDER_MAX);
	if (choose_action(&q, &action, &f) < 0 || settings_load(&q.settings, &q.arena, &q.options.from, &f) < 0 ||
	    work(&q, action, &f) < 0)
		q.code = applet_fail(&applet_mailq, &f);
	buf_clear(&q.out);
	busy_clear(&q.busy);
	arena_clear(&q.message);
	arena_clear(&q.arena);
	return q.code;
}

#define OPT(option, member, type, text)                                                                                \
	{                                                                                                              \
		.name = option, .kind = type, .at = offsetof(struct options, member), .help = text                     \
	}
#define GLOB(option, member, text)                                                                                     \
	{                                                                                                              \
		.name = option, .arg = "GLOB", .kind = OPT_LIST, .at = offsetof(struct options, select.member),        \
		.help = text                                                                                           \
	}

static const struct opt mailq_opts[] = {
	OPT("-v", verbose, OPT_BOOL, "show recipients that are done, too; with --show the whole message"),
	OPT("--json", json, OPT_BOOL, "one JSON object a line"),
	OPT("--all", all, OPT_BOOL, "list corrupt and dead messages, too"),
	GLOB("--sender", sender, "only messages from these senders"),
	GLOB("--recipient", recipient, "only messages that wait for these recipients"),
	GLOB("--destination", destination, "only messages that wait for these domains"),
	OPT("--show", show, OPT_BOOL, "print envelope, header and journal"),
	OPT("--hold", hold, OPT_BOOL, "do not deliver them until they are released"),
	OPT("--release", release, OPT_BOOL, "take them off hold and try them now"),
	OPT("--delete", remove, OPT_BOOL, "delete them; nobody is told"),
	OPT("--requeue", requeue, OPT_BOOL, "try them now, wherever they are: also from hold and corrupt"),
	OPT("--flush", flush, OPT_BOOL, "try now what is waiting for its next attempt"),
	SETTINGS_OPTS(struct options, from),
	OPT_END,
};

const struct applet applet_mailq = {
	.name = "mailq",
	.summary = "list and manage the messages that wait in the queue",
	.synopsis = "[-v] [--json] [--all] [--sender GLOB] [--recipient GLOB] [--destination GLOB] "
		    "[--show | --hold | --release | --delete | --requeue | --flush] [ID ...]",
	.opts = mailq_opts,
	.run = mailq_run,
};
