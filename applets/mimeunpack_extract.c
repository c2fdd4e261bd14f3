/* SPDX-License-Identifier: ISC */
/*
 * mimeunpack_extract - contents into files, or to standard output.
 */
#include "mimeunpack.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/json.h"
#include "base/printable.h"
#include "message/filename.h"

/* ---- which ---- */

static bool matches_any(const struct opt_list *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (fnmatch(patterns->v[i], text, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

/* "2" selects part 2 and, if that is a multipart, what is in it; of a message part the whole. */
static bool is_part(const struct opt_list *parts, const struct unpack_item *item)
{
	for (size_t i = 0; i < parts->n; i++) {
		size_t n = strlen(parts->v[i]);

		if (strcmp(item->section, parts->v[i]) == 0)
			return true;
		if (item->kind != UNPACK_MESSAGE && strncmp(item->section, parts->v[i], n) == 0 &&
		    item->section[n] == '.')
			return true;
	}
	return false;
}

/* Is it in a message that is extracted as a whole? */
static bool is_within(const struct mimeunpack *m, const struct unpack_item *item)
{
	return item != &m->unpack.message && m->unpack.in_message;
}

static bool is_attachment(const struct unpack_item *item)
{
	const struct entity *e = &item->part->entity;

	return item->name || item->kind != UNPACK_PART ||
	       (e->disposition && strcasecmp(e->disposition, "attachment") == 0);
}

static bool is_selected(const struct mimeunpack *m, const struct unpack_item *item)
{
	const struct mimeunpack_options *o = &m->options;

	if (o->parts.n > 0 && (!is_part(&o->parts, item) || is_within(m, item)))
		return false;
	if (o->types.n > 0 && (!item->type || !matches_any(&o->types, item->type)))
		return false;
	if (o->names.n > 0 && (!item->name || !matches_any(&o->names, item->name)))
		return false;
	if (o->attachments && !is_attachment(item))
		return false;
	/* A message is extracted as its parts unless it is asked for. */
	if (item->kind == UNPACK_MESSAGE)
		return o->parts.n > 0 || o->types.n > 0 || o->names.n > 0;
	/* And a winmail.dat as what is in it. */
	return !item->opened || o->parts.n > 0 || o->types.n > 0 || o->names.n > 0;
}

/* ---- where to ---- */

/* "part-2.1.txt"; of many messages each has its number in front. */
static const char *spare_name(struct mimeunpack *m, const struct unpack_item *item)
{
	const char *slash = item->type ? strchr(item->type, '/') : NULL, *extension = ".bin";

	if (slash)
		extension = filename_extension(
			arena_span(&m->message_arena, span_of(item->type, (size_t)(slash - item->type))), slash + 1);
	return arena_printf(&m->message_arena, "part-%s%s", item->section[0] ? item->section : "1", extension);
}

static int begin(void *context, struct unpack_item *item, struct fault *f)
{
	struct mimeunpack *m = context;
	struct outdir_file *file;

	if (!is_selected(m, item))
		return 0;
	m->chosen++;
	if (m->options.to_stdout)
		return 1;
	file = arena_alloc(&m->message_arena, sizeof(*file));
	if (outdir_begin(&m->outdir, m->pile.many ? arena_printf(&m->message_arena, "%zu-", m->number) : "",
			 span_str(item->name), spare_name(m, item), file, f) < 0)
		return -1;
	item->user = file;
	return 1;
}

static int put(void *context, struct unpack_item *item, struct span bytes, struct fault *f)
{
	struct mimeunpack *m = context;

	if (m->options.to_stdout)
		return disk_write(STDOUT_FILENO, bytes.p, bytes.n, "standard output", f);
	return outdir_put(item->user, bytes, f);
}

static void put_json(struct mimeunpack *m, const struct unpack_item *item, const struct outdir_file *file)
{
	json_begin(&m->out, NULL, '{');
	json_put_string(&m->out, "message", m->pile.name);
	json_put_string(&m->out, "part", item->section);
	json_put_string(&m->out, "type", item->type);
	json_put_string(&m->out, "name", item->name);
	json_put_string(&m->out, "file", file->name);
	json_put_number(&m->out, "octets", (int64_t)item->size);
	json_put_bool(&m->out, "damaged", item->junk > 0);
	json_end(&m->out, '}');
	buf_put_char(&m->out, '\n');
}

static void report(struct mimeunpack *m, const struct unpack_item *item, const struct outdir_file *file)
{
	if (m->options.json) {
		put_json(m, item, file);
	} else if (m->options.verbose) {
		printable_put(&m->out, span_str(file->name));
		buf_put_char(&m->out, '\n');
	}
}

static int end(void *context, struct unpack_item *item, struct fault *f)
{
	struct mimeunpack *m = context;
	struct outdir_file *file = item->user;

	if (item->junk > 0)
		mimeunpack_warn(m, "part %s: the encoding is damaged; what could be decoded is there", item->section);
	if (m->options.to_stdout)
		return 0;
	if (!item->whole || m->unpack.failed) {
		outdir_abort(file);
		return 0;
	}
	if (outdir_end(file, item->modified, f) < 0)
		return -1;
	report(m, item, file);
	return 0;
}

static const struct unpack_events events = { begin, put, end };

/* ---- a message ---- */

int mimeunpack_extract_begin(struct mimeunpack *m, struct fault *f)
{
	const struct mimeunpack_options *o = &m->options;

	if (o->to_stdout && o->directory)
		return fault_usage(f, "-O and -d cannot be given together");
	if (!o->to_stdout && outdir_open(&m->outdir, o->directory ? o->directory : ".", o->directory != NULL, f) < 0)
		return -1;
	m->rules = (struct unpack_rules){
		.mime = m->limits, .decoded = (uint64_t)o->max_size, .as_is = o->as_is, .events = &events, .context = m
	};
	unpack_init(&m->unpack, &m->rules);
	return 0;
}

void mimeunpack_extract_end(struct mimeunpack *m)
{
	if (m->rules.events)
		unpack_clear(&m->unpack);
	outdir_close(&m->outdir);
}

/* The first octets may be those of a winmail.dat that somebody has saved. */
static int extract_stream(struct mimeunpack *m, struct span start, struct fault *f)
{
	struct spill stream;
	struct span piece;
	int rc;

	spill_init(&stream, 0);
	rc = spill_put(&stream, start, f) < 0 ? -1 : 1;
	while (rc > 0 && (rc = pile_piece(&m->pile, &piece, f)) > 0)
		if (spill_put(&stream, piece, f) < 0)
			rc = -1;
	if (rc == 0)
		rc = unpack_tnef(&m->unpack, &stream, f);
	spill_clear(&stream);
	return rc;
}

int mimeunpack_extract(struct mimeunpack *m, struct fault *f)
{
	bool first = true;
	struct span piece;
	int rc;

	arena_reset(&m->message_arena);
	unpack_restart(&m->unpack);
	while ((rc = pile_piece(&m->pile, &piece, f)) > 0) {
		if (first && tnef_is(piece) && !m->options.as_is)
			return extract_stream(m, piece, f);
		first = false;
		if (unpack_feed(&m->unpack, piece, f) < 0)
			break;
	}
	/* Ended in any case: what is open is closed. */
	if (unpack_end(&m->unpack, f) < 0 || rc < 0)
		return -1;
	if (m->unpack.problems & MIME_OPAQUE)
		mimeunpack_exceeded(m, "beyond a limit, not all of it is taken apart");
	if (m->unpack.exceeded)
		mimeunpack_exceeded(m, "beyond --max-size, not all of it is extracted");
	if (m->unpack.problems & UNPACK_TNEF_DAMAGED)
		mimeunpack_warn(m, "a TNEF stream is damaged; what could be read is there");
	return 0;
}
