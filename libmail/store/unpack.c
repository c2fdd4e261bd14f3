/* SPDX-License-Identifier: ISC */
/*
 * unpack - the files in a message.
 *
 * The events of mime.h cannot fail; what does is kept in `fault`, and nothing more is done until the caller
 * hears of it.
 */
#include "store/unpack.h"

#include <string.h>
#include <strings.h>

#include "base/disk.h"
#include "message/date.h"

enum { PIECE = 64 << 10, ROOM = 1 << 30 };

/* ---- one content ---- */

static void begin_item(struct unpack *u, struct unpack_item *item)
{
	int rc;

	item->whole = true;
	if (u->failed)
		return;
	rc = u->rules->events->begin(u->rules->context, item, &u->fault);
	u->failed = rc < 0;
	item->wanted = rc > 0;
}

static void give(struct unpack *u, struct unpack_item *item, struct span bytes)
{
	uint64_t limit = u->rules->decoded;

	if (!item->wanted || !item->whole || u->failed || bytes.n == 0)
		return;
	if (limit > 0 && bytes.n > limit - u->decoded) {
		u->exceeded = true;
		item->whole = false;
		bytes.n = (size_t)(limit - u->decoded);
	}
	u->decoded += bytes.n;
	item->size += bytes.n;
	u->failed = u->rules->events->data(u->rules->context, item, bytes, &u->fault) < 0;
}

static void end_item(struct unpack *u, struct unpack_item *item)
{
	/* The caller may have something to clean up: it hears of the end also when something has failed. */
	if (item->wanted && u->rules->events->end(u->rules->context, item, u->failed ? NULL : &u->fault) < 0)
		u->failed = true;
	item->wanted = false;
}

/* ---- uuencode in a text ---- */

static void begin_file(void *context, struct span name, unsigned mode)
{
	struct unpack *u = context;

	(void)mode;
	u->file = (struct unpack_item){ .kind = UNPACK_UUENCODE,
					.part = u->item.part,
					.section = u->item.section,
					.name = arena_span(&u->part_arena, name) };
	u->in_file = true;
	begin_item(u, &u->file);
}

static void file_data(void *context, struct span bytes)
{
	struct unpack *u = context;

	give(u, &u->file, bytes);
}

static void end_file(void *context, bool whole)
{
	struct unpack *u = context;

	u->file.junk = !whole;
	u->in_file = false;
	end_item(u, &u->file);
}

static const struct uuencode_events uuencode_events = { .begin = begin_file, .data = file_data, .end = end_file };

/* ---- TNEF ---- */

static int read_spill(void *context, uint64_t at, void *to, size_t n)
{
	struct spill *s = context;

	if (s->fd >= 0)
		return disk_read_at(s->fd, to, n, (off_t)at, "a TNEF stream", NULL);
	memcpy(to, s->memory.p + at, n);
	return 0;
}

static const char *type_of(const struct tnef_item *found)
{
	static const char *const types[] = { [TNEF_BODY_TEXT] = "text/plain",
					     [TNEF_BODY_HTML] = "text/html",
					     [TNEF_BODY_RTF] = "text/rtf",
					     [TNEF_MESSAGE] = "application/ms-tnef" };

	return found->kind == TNEF_FILE || found->kind == TNEF_OBJECT ? found->type : types[found->kind];
}

static const char *name_of(struct unpack *u, const struct tnef_item *found)
{
	static const char *const names[] = {
		[TNEF_BODY_TEXT] = "message.txt", [TNEF_BODY_HTML] = "message.html", [TNEF_BODY_RTF] = "message.rtf"
	};

	if (found->kind >= TNEF_BODY_TEXT)
		return names[found->kind];
	if (found->kind == TNEF_MESSAGE)
		return arena_printf(&u->part_arena, "%s.tnef", found->name ? found->name : "message");
	return found->name;
}

/* The octets of one, where they are in the stream. */
static void give_range(struct unpack *u, struct spill *stream, const struct tnef_item *found, struct unpack_item *item)
{
	bool is_rtf = found->kind == TNEF_BODY_RTF;
	struct tnef_rtf rtf;
	struct buf piece;

	tnef_rtf_init(&rtf);
	buf_init(&piece, PIECE);
	for (uint64_t at = 0; at < found->size && !u->failed && item->whole;) {
		size_t n = found->size - at < PIECE / 2 ? (size_t)(found->size - at) : PIECE / 2;

		buf_reset(&piece);
		if (read_spill(stream, found->at + at, buf_room(&piece, n), n) < 0) {
			u->failed = true;
			fault_temp(&u->fault, 451, "4.3.0", "cannot read a temporary file");
			break;
		}
		buf_added(&piece, n);
		at += n;
		if (is_rtf) {
			tnef_rtf_feed(&rtf, buf_span(&piece), &u->out);
			give(u, item, buf_span(&u->out));
			buf_reset(&u->out);
		} else {
			give(u, item, buf_span(&piece));
		}
	}
	tnef_rtf_end(&rtf);
	item->junk += is_rtf && rtf.broken;
	buf_clear(&piece);
}

static void unpack_stream(struct unpack *u, struct spill *stream, const struct tnef *t)
{
	for (size_t i = 0; i < t->n && !u->failed; i++) {
		struct unpack_item item = { .kind = UNPACK_TNEF,
					    .part = u->item.part,
					    .section = u->item.section,
					    .type = type_of(&t->items[i]),
					    .name = name_of(u, &t->items[i]),
					    .id = t->items[i].id,
					    .modified = t->items[i].modified };

		begin_item(u, &item);
		if (item.wanted)
			give_range(u, stream, &t->items[i], &item);
		end_item(u, &item);
	}
}

/* A stream that is complete: false when it is none. */
static bool parse_stream(struct unpack *u, struct spill *stream, struct tnef *t)
{
	struct tnef_source source = { (uint64_t)stream->size, read_spill, stream };

	return tnef_parse(&u->part_arena, &source, t) == 0;
}

static int tell(const struct unpack *u, struct fault *f)
{
	if (!u->failed)
		return 0;
	if (f)
		*f = u->fault;
	return -1;
}

int unpack_tnef(struct unpack *u, struct spill *stream, struct fault *f)
{
	struct tnef t;

	arena_reset(&u->part_arena);
	u->item = (struct unpack_item){ .section = "" };
	if (!parse_stream(u, stream, &t))
		return fault_perm(f, 554, "5.6.0", "this is no TNEF stream");
	u->problems = t.problems ? UNPACK_TNEF_DAMAGED : 0;
	unpack_stream(u, stream, &t);
	return tell(u, f);
}

/* The whole stream as a content, and what is in it. */
static void end_stream(struct unpack *u)
{
	const struct tnef_item all = { .kind = TNEF_FILE, .size = (uint64_t)u->spill.size };
	struct tnef t;
	bool good = parse_stream(u, &u->spill, &t);

	u->item.opened = good && t.n > 0 && t.problems == 0;
	if (good && t.problems)
		u->problems_found |= UNPACK_TNEF_DAMAGED;
	begin_item(u, &u->item);
	if (u->item.wanted)
		give_range(u, &u->spill, &all, &u->item);
	end_item(u, &u->item);
	if (good)
		unpack_stream(u, &u->spill, &t);
}

/* ---- parts ---- */

static const char *put_type(struct arena *a, const struct entity *e)
{
	char *type = arena_printf(a, "%s/%s", e->type, e->subtype);

	for (char *p = type; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	return type;
}

static void fill_item(struct arena *a, const struct mime_part *part, struct unpack_item *item)
{
	struct params_value name;
	struct date date;
	struct buf section;
	const char *modified = params_text(a, &part->entity.disposition_params, "modification-date");

	buf_init(&section, ROOM);
	mime_put_section(&section, part);
	*item = (struct unpack_item){ .part = part,
				      .section = arena_str(a, buf_str(&section)),
				      .type = put_type(a, &part->entity),
				      .id = part->entity.id };
	buf_clear(&section);
	if (entity_filename(a, &part->entity, &name))
		item->name = name.text;
	if (modified && date_parse(span_str(modified), &date) == 0 && date.when > 0)
		item->modified = date.when;
}

static bool is_tnef(const struct unpack_item *item)
{
	static const char suffix[] = "winmail.dat";

	return strcmp(item->type, "application/ms-tnef") == 0 || strcmp(item->type, "application/vnd.ms-tnef") == 0 ||
	       (strcmp(item->type, "application/octet-stream") == 0 && item->name &&
		strcasecmp(item->name, suffix) == 0);
}

static void begin_leaf(struct unpack *u, const struct mime_part *part)
{
	arena_reset(&u->part_arena);
	fill_item(&u->part_arena, part, &u->item);
	u->item.kind = UNPACK_PART;
	encoding_decode_init(&u->decode, part->entity.encoding);
	u->scans_text = !u->rules->as_is && !u->item.name && strncmp(u->item.type, "text/", 5) == 0;
	u->spills = !u->rules->as_is && is_tnef(&u->item);
	if (u->scans_text)
		uuencode_init(&u->uuencode, &uuencode_events, u);
	/* Of a TNEF stream the end says whether it is one. */
	if (u->spills)
		spill_reset(&u->spill);
	else
		begin_item(u, &u->item);
}

/* Octets of a message that is wanted as a whole. */
static void give_message(struct unpack *u, struct span piece)
{
	if (u->in_message)
		give(u, &u->message, piece);
}

static void part_begins(void *context, const struct mime_part *part, struct span header)
{
	struct unpack *u = context;

	give_message(u, header);
	if (part->entity.kind == ENTITY_LEAF) {
		begin_leaf(u, part);
		return;
	}
	if (part->entity.kind != ENTITY_MESSAGE || u->in_message)
		return;
	arena_reset(&u->message_arena);
	fill_item(&u->message_arena, part, &u->message);
	u->message.kind = UNPACK_MESSAGE;
	begin_item(u, &u->message);
	u->in_message = u->message.wanted;
}

static void header_goes_on(void *context, const struct mime_part *part, struct span piece)
{
	(void)part;
	give_message(context, piece);
}

static void pass_decoded(struct unpack *u)
{
	struct span bytes = buf_span(&u->out);

	give(u, &u->item, bytes);
	if (u->scans_text && !u->failed)
		uuencode_feed(&u->uuencode, bytes);
	if (u->spills && !u->failed)
		u->failed = spill_put(&u->spill, bytes, &u->fault) < 0;
	buf_reset(&u->out);
}

static void content_comes(void *context, const struct mime_part *part, struct span piece)
{
	struct unpack *u = context;

	(void)part;
	give_message(u, piece);
	if (u->failed || !(u->item.wanted || u->scans_text || u->spills))
		return;
	/* What is not encoded needs no copy. */
	if (encoding_is_identity(u->decode.encoding) && !u->spills && !u->scans_text) {
		give(u, &u->item, piece);
		return;
	}
	encoding_decode_feed(&u->decode, piece, &u->out);
	pass_decoded(u);
}

static void end_leaf(struct unpack *u)
{
	encoding_decode_end(&u->decode, &u->out);
	pass_decoded(u);
	if (u->scans_text && !u->failed)
		uuencode_end(&u->uuencode);
	if (u->in_file)
		end_file(u, false);
	u->item.junk = encoding_decode_junk(&u->decode);
	if (u->spills && !u->failed)
		end_stream(u);
	else
		end_item(u, &u->item);
	u->spills = u->scans_text = false;
}

static void part_ends(void *context, const struct mime_part *part)
{
	struct unpack *u = context;

	if (part->entity.kind == ENTITY_LEAF) {
		end_leaf(u);
	} else if (u->in_message && u->message.part == part) {
		u->in_message = false;
		end_item(u, &u->message);
	}
}

static void between_comes(void *context, struct span piece)
{
	give_message(context, piece);
}

static const struct mime_events events = { part_begins, header_goes_on, content_comes, part_ends, between_comes };

/* ---- a message ---- */

void unpack_init(struct unpack *u, const struct unpack_rules *rules)
{
	memset(u, 0, sizeof(*u));
	u->rules = rules;
	buf_init(&u->out, ROOM);
	spill_init(&u->spill, 0);
	mime_init(&u->mime, &rules->mime, NULL, &events, u);
}

void unpack_restart(struct unpack *u)
{
	u->problems = u->problems_found = 0;
	u->exceeded = u->failed = false;
	u->decoded = 0;
	u->in_file = u->in_message = false;
	mime_restart(&u->mime);
}

int unpack_feed(struct unpack *u, struct span piece, struct fault *f)
{
	while (piece.n > 0 && !u->failed) {
		size_t n = piece.n < PIECE ? piece.n : PIECE;

		mime_feed(&u->mime, span_of(piece.p, n));
		piece = span_from(piece, n);
	}
	return tell(u, f);
}

int unpack_end(struct unpack *u, struct fault *f)
{
	mime_end(&u->mime);
	u->problems = mime_problems(&u->mime) | u->problems_found;
	return tell(u, f);
}

void unpack_clear(struct unpack *u)
{
	mime_clear(&u->mime);
	buf_clear(&u->out);
	spill_clear(&u->spill);
	arena_clear(&u->part_arena);
	arena_clear(&u->message_arena);
}
