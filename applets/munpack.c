/* SPDX-License-Identifier: ISC */
/*
 * munpack - mpack's command of that name: files out of messages, and out of messages that were sent in parts.
 *
 * A part of a message (message/partial, RFC 2046 5.2.2) is kept in a directory until the others are there. It is
 * found by the message's id, which is a stranger's: so is the name of the directory, made safe and with a hash of all
 * of it.
 */
#include "applet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/printable.h"
#include "message/filename.h"
#include "store/outdir.h"
#include "store/pile.h"
#include "store/unpack.h"

enum { PARTS_MAX = 10000, DESCRIPTION_MAX = 256 << 10, OUT_MAX = 1 << 20 };

struct options {
	bool force, quiet, texts;
	const char *replacement, *directory;
};

struct munpack {
	struct options options;
	struct arena arena; /* of the message */
	struct outdir outdir;
	struct pile pile;
	struct unpack_rules rules;
	struct unpack *unpack;
	struct buf description; /* the text in front of a file */
	struct buf out;
	size_t number; /* of files without a name */
	size_t found;
	int kept; /* where the parts of messages are; -1 */
	int code;
	/* A part of a message: where it is kept. */
	struct outdir_file partial;
	const char *id;
	uint64_t part, total;
	bool joining;
};

extern const struct applet applet_munpack;

/* ---- files ---- */

static bool is_description(const struct munpack *m, const struct unpack_item *item)
{
	return !m->options.texts && item->kind == UNPACK_PART && !item->name && strncmp(item->type, "text/", 5) == 0;
}

static bool is_partial(const struct unpack_item *item)
{
	return item->kind == UNPACK_PART && strcmp(item->type, "message/partial") == 0;
}

static int begin_partial(struct munpack *m, struct unpack_item *item, struct fault *f);

static const char *put_name(struct munpack *m, const struct unpack_item *item)
{
	struct buf name;
	const char *out;

	buf_init(&name, OUT_MAX);
	if (item->name)
		filename_put_with(&name, span_str(item->name),
				  m->options.replacement ? m->options.replacement[0] : 'X');
	out = name.n > 0 ? arena_str(&m->arena, buf_str(&name)) : arena_printf(&m->arena, "part%zu", ++m->number);
	buf_clear(&name);
	return out;
}

static int begin(void *context, struct unpack_item *item, struct fault *f)
{
	struct munpack *m = context;
	struct outdir_file *file;

	/* A part within a message that was joined is a file like others. */
	if (is_partial(item) && !m->joining)
		return begin_partial(m, item, f);
	if (item->kind == UNPACK_MESSAGE || item->opened)
		return 0;
	if (is_description(m, item)) {
		buf_reset(&m->description);
		return 1;
	}
	file = arena_alloc(&m->arena, sizeof(*file));
	item->user = file;
	return outdir_begin(&m->outdir, "", span_str(put_name(m, item)), "part", file, f) < 0 ? -1 : 1;
}

static int put(void *context, struct unpack_item *item, struct span bytes, struct fault *f)
{
	struct munpack *m = context;

	if (item->user)
		return outdir_put(item->user, bytes, f);
	/* Of a text that is longer only its front is a description. */
	if (bytes.n > DESCRIPTION_MAX - m->description.n)
		bytes.n = DESCRIPTION_MAX - m->description.n;
	buf_put_span(&m->description, bytes);
	return 0;
}

/* The text that stood in front, in a file beside: NAME.desc. */
static int put_description(struct munpack *m, const char *name, struct fault *f)
{
	struct span stem = span_str(name);
	size_t dot = span_find_last(stem, '.');
	struct outdir_file file;
	int rc;

	if (span_trim(buf_span(&m->description)).n == 0)
		return 0;
	stem.n = dot > 0 ? dot : stem.n;
	rc = outdir_begin(&m->outdir, "", span_str(arena_printf(&m->arena, "%.*s.desc", SPAN_ARG(stem))), "desc", &file,
			  f);
	if (rc == 0 && outdir_put(&file, buf_span(&m->description), f) < 0) {
		outdir_abort(&file);
		rc = -1;
	}
	buf_reset(&m->description);
	return rc == 0 ? outdir_end(&file, 0, f) : -1;
}

static int end(void *context, struct unpack_item *item, struct fault *f)
{
	struct munpack *m = context;
	struct outdir_file *file = item->user;

	if (!file)
		return 0;
	if (m->unpack->failed) {
		outdir_abort(file);
		return 0;
	}
	if (outdir_end(file, item->modified, f) < 0)
		return -1;
	if (file == &m->partial)
		return 0;
	m->found++;
	printable_put(&m->out, span_str(file->name));
	buf_printf(&m->out, " (%s)\n", item->type ? item->type : "application/octet-stream");
	/* A file in a text has all of that text in front of it. */
	return item->kind == UNPACK_PART ? put_description(m, file->name, f) : 0;
}

static const struct unpack_events events = { begin, put, end };

/* ---- messages in parts ---- */

static uint64_t hash(const char *text)
{
	uint64_t h = 14695981039346656037u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 1099511628211u;
	return h;
}

/* $TMPDIR/m-prts-USER, which must be ours alone: in /tmp anybody may have made it. */
static int open_kept(struct munpack *m, struct fault *f)
{
	const char *given = getenv("TMPDIR"), *dir = given && given[0] ? given : "/tmp";
	struct stat st;

	if (m->kept >= 0)
		return 0;
	m->kept = disk_open_private_dir(dir, arena_printf(&m->arena, "m-prts-%ld", (long)getuid()), f);
	if (m->kept < 0)
		return -1;
	if (fstat(m->kept, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077)) {
		close(m->kept);
		m->kept = -1;
		return fault_temp(f, 451, "4.3.0", "%s/m-prts-%ld belongs to somebody else, or others may use it", dir,
				  (long)getuid());
	}
	return 0;
}

/* The directory of the message at hand. */
static const char *kept_name(struct munpack *m, const char *number)
{
	struct buf safe;
	const char *out;

	buf_init(&safe, OUT_MAX);
	filename_put(&safe, span_str(m->id));
	buf_cut(&safe, safe.n < 40 ? safe.n : 40);
	out = arena_printf(&m->arena, "%s-%016" PRIx64 "%s%s", buf_str(&safe), hash(m->id), number ? "/" : "",
			   number ? number : "");
	buf_clear(&safe);
	return out;
}

static const char *part_name(struct munpack *m, uint64_t number)
{
	return kept_name(m, arena_printf(&m->arena, "%" PRIu64, number));
}

static uint64_t number_of(struct munpack *m, const struct params *params, const char *name)
{
	const char *text = params_text(&m->arena, params, name);
	uint64_t n = 0;

	return text && span_number(span_str(text), PARTS_MAX, &n) == 0 ? n : 0;
}

static int begin_partial(struct munpack *m, struct unpack_item *item, struct fault *f)
{
	const struct params *params = &item->part->entity.params;

	m->id = params_text(&m->arena, params, "id");
	m->part = number_of(m, params, "number");
	m->total = number_of(m, params, "total");
	if (!m->id || m->part == 0 || (m->total > 0 && m->part > m->total))
		return fault_perm(f, 554, "5.6.0", "a part of a message does not say which it is");
	if (open_kept(m, f) < 0)
		return -1;
	if (mkdirat(m->kept, kept_name(m, NULL), 0700) < 0 && errno != EEXIST)
		return fault_errno(f, "cannot make a directory for parts of messages");
	unlinkat(m->kept, part_name(m, m->part), 0);
	m->partial = (struct outdir_file){ .dir = &m->outdir, .name = part_name(m, m->part) };
	m->partial.fd = openat(m->kept, m->partial.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (m->partial.fd < 0)
		return fault_errno(f, "cannot keep a part of a message");
	item->user = &m->partial;
	m->found++;
	if (!m->options.quiet)
		buf_printf(&m->out, "Saving part %" PRIu64 " of %" PRIu64 "\n", m->part, m->total);
	return 1;
}

/* How many parts there are is said in the last one at least: that of others is looked for in a file beside them. */
static uint64_t find_total(struct munpack *m)
{
	const char *name = kept_name(m, "total");
	struct arena *a = &m->arena;
	struct span text;
	uint64_t total = 0;
	int fd;

	if (m->total > 0) {
		fd = openat(m->kept, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return m->total;
		dprintf(fd, "%" PRIu64 "\n", m->total);
		close(fd);
		return m->total;
	}
	if (disk_read_file(a, m->kept, name, 100, &text, NULL) == 0 &&
	    span_number(span_trim(text), PARTS_MAX, &total) < 0)
		total = 0;
	return total;
}

static int feed_part(struct munpack *m, struct unpack *u, uint64_t number, struct fault *f)
{
	int fd = openat(m->kept, part_name(m, number), O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc = 0;
	char bytes[SPILL_PIECE];
	ssize_t n;

	if (fd < 0)
		return fault_errno(f, "cannot read part %" PRIu64 " of a message", number);
	while (rc == 0 && (n = read(fd, bytes, sizeof(bytes))) != 0)
		if (n > 0)
			rc = unpack_feed(u, span_of(bytes, (size_t)n), f);
		else if (errno != EINTR)
			rc = fault_errno(f, "cannot read part %" PRIu64 " of a message", number);
	close(fd);
	return rc;
}

static void forget_parts(struct munpack *m, uint64_t total)
{
	for (uint64_t i = 1; i <= total; i++)
		unlinkat(m->kept, part_name(m, i), 0);
	unlinkat(m->kept, kept_name(m, "total"), 0);
	unlinkat(m->kept, kept_name(m, NULL), AT_REMOVEDIR);
}

/* When all are there: they are the message, one behind the other. */
static int join(struct munpack *m, struct fault *f)
{
	uint64_t total = find_total(m);
	struct unpack *u;
	int rc = 0;

	for (uint64_t i = 1; i <= total; i++)
		if (faccessat(m->kept, part_name(m, i), F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			return 0;
	if (total == 0)
		return 0;
	u = m->unpack;
	m->joining = true;
	unpack_restart(u);
	for (uint64_t i = 1; i <= total && rc == 0; i++)
		rc = feed_part(m, u, i, f);
	if (unpack_end(u, f) < 0)
		rc = -1;
	m->joining = false;
	if (rc < 0)
		return -1;
	forget_parts(m, total);
	return 0;
}

/* ---- messages ---- */

static int unpack_message(struct munpack *m, struct fault *f)
{
	struct span piece;
	int rc;

	m->found = 0;
	m->partial = (struct outdir_file){ .fd = -1 };
	buf_reset(&m->description);
	arena_reset(&m->arena);
	unpack_restart(m->unpack);
	while ((rc = pile_piece(&m->pile, &piece, f)) > 0 && (rc = unpack_feed(m->unpack, piece, f)) == 0)
		;
	if (unpack_end(m->unpack, f) < 0 || rc < 0)
		return -1;
	if (m->partial.name && join(m, f) < 0)
		return -1;
	if (m->found == 0 && !m->options.quiet)
		fprintf(stderr, "Did not find anything to unpack from %s\n", m->pile.name);
	rc = disk_write(STDOUT_FILENO, m->out.p, m->out.n, "standard output", f);
	buf_reset(&m->out);
	return rc;
}

static void unpack_file(struct munpack *m, const char *path)
{
	struct fault f;
	int rc;

	if (pile_open(&m->pile, path, &f) < 0) {
		applet_fail(&applet_munpack, &f);
		m->code = EXIT_FAILURE;
		return;
	}
	while ((rc = pile_next(&m->pile, &f)) > 0 && (rc = unpack_message(m, &f)) == 0)
		;
	if (rc < 0)
		m->code = applet_fail(&applet_munpack, &f);
	pile_close(&m->pile);
}

static int open_all(struct munpack *m, struct fault *f)
{
	const struct options *o = &m->options;

	if (o->replacement && (strlen(o->replacement) != 1 || span_has_control(span_str(o->replacement)) ||
			       strchr("/\\.-~ <>:\"|?*", o->replacement[0]) || (o->replacement[0] & 0x80)))
		return fault_usage(f, "-r takes one character, which must be allowed in a name itself");
	if (o->directory && chdir(o->directory) < 0)
		return fault_errno(f, "cannot go to %s", o->directory);
	if (outdir_open(&m->outdir, ".", false, f) < 0)
		return -1;
	m->outdir.dotted = true;
	m->outdir.replace = o->force;
	m->rules = (struct unpack_rules){ .events = &events, .context = m };
	m->unpack = arena_heap(sizeof(*m->unpack));
	unpack_init(m->unpack, &m->rules);
	return 0;
}

static int munpack_run(int argc, char **argv)
{
	static struct munpack m = { .kept = -1, .outdir = { .fd = -1 } };
	struct arena options = { 0 };
	struct fault f;
	int first, rc = applet_options(&applet_munpack, &options, argc, argv, 0, &m.options, &first);

	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	buf_init(&m.description, DESCRIPTION_MAX);
	buf_init(&m.out, OUT_MAX);
	if (open_all(&m, &f) < 0) {
		m.code = applet_fail(&applet_munpack, &f);
	} else {
		for (int i = first; i < argc; i++)
			unpack_file(&m, argv[i]);
		if (first == argc)
			unpack_file(&m, "-");
		unpack_clear(m.unpack);
		free(m.unpack);
	}
	outdir_close(&m.outdir);
	if (m.kept >= 0)
		close(m.kept);
	buf_clear(&m.description);
	buf_clear(&m.out);
	arena_clear(&m.arena);
	arena_clear(&options);
	return m.code;
}

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt munpack_opts[] = {
	OPT("-f", NULL, force, OPT_BOOL, "replace files that are there"),
	OPT("-q", NULL, quiet, OPT_BOOL, "do not say that a part was kept, or that there was nothing"),
	OPT("-t", NULL, texts, OPT_BOOL, "also write texts without a name into files"),
	OPT("-r", "CHARACTER", replacement, OPT_STRING, "for those that may not be in a name (X)"),
	OPT("-C", "DIR", directory, OPT_STRING, "go there first"),
	OPT_END,
};

const struct applet applet_munpack = {
	.name = "munpack",
	.summary = "files out of messages, as mpack's command",
	.synopsis = "[-fqt] [-r CHARACTER] [-C DIR] [FILE ...]",
	.opts = munpack_opts,
	.run = munpack_run,
};
