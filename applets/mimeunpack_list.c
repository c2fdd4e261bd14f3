/* SPDX-License-Identifier: ISC */
/*
 * mimeunpack_list - the structure of a message, for people as a tree, for programs as JSON.
 */
#include "mimeunpack.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/printable.h"
#include "message/filename.h"
#include "message/words.h"

enum { ROOM = 1 << 20, TYPE_COLUMN = 34, HUMAN_FROM = 10000 };

/* ---- for people ---- */

static void put_octets(struct buf *out, uint64_t n)
{
	static const char units[] = "KMGT";
	double size = (double)n;
	int unit = -1;

	if (n < HUMAN_FROM) {
		buf_printf(out, "%" PRIu64, n);
		return;
	}
	for (; size >= 1000 && units[unit + 1]; unit++)
		size /= 1024;
	buf_printf(out, size < 10 ? "%.1f%c" : "%.0f%c", size, units[unit]);
}

static void put_words(struct buf *out, struct mimeunpack *m, const char *text)
{
	struct buf decoded;

	buf_init(&decoded, ROOM);
	words_decode(&decoded, span_str(text));
	if (m->tty)
		printable_put(out, buf_span(&decoded));
	else
		buf_put_span(out, buf_span(&decoded));
	buf_clear(&decoded);
}

static void put_notes(struct mimeunpack *m, const struct mime_node *node)
{
	const struct entity *e = &node->part.entity;
	const char *charset = params_text(&m->message_arena, &e->params, "charset");
	struct params_value name;

	if (charset)
		buf_printf(&m->out, "  %s", charset);
	if (e->kind == ENTITY_LEAF && e->encoding != ENCODING_7BIT)
		buf_printf(&m->out, "  %s",
			   e->encoding == ENCODING_OTHER ? e->transfer_encoding : encoding_name(e->encoding));
	if (entity_filename(&m->message_arena, e, &name)) {
		buf_put_str(&m->out, "  \"");
		printable_put(&m->out, span_str(name.text));
		buf_put_char(&m->out, '"');
	}
	if (node->envelope && node->envelope->subject) {
		buf_put_str(&m->out, "  ");
		put_words(&m->out, m, node->envelope->subject);
	}
}

static void put_problems(struct mimeunpack *m, const struct mime_node *node, int indent)
{
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((node->part.problems & bit) && entity_problem(bit))
			buf_printf(&m->out, "%*s! %s\n", indent + 4, "", entity_problem(bit));
}

/* One line; the message itself has no number. */
static void put_row(struct mimeunpack *m, const struct mime_node *node)
{
	const struct mime_part *part = &node->part;
	int indent = 2 * (int)part->depth, used;
	size_t before = m->out.n;
	bool numbered = !node->parent || node->parent->part.entity.kind == ENTITY_MULTIPART ||
			part->entity.kind != ENTITY_MULTIPART;

	buf_printf(&m->out, "%*s", indent, "");
	if (numbered && (node->parent || part->entity.kind != ENTITY_MULTIPART)) {
		mime_tree_put_section(&m->out, node);
		buf_put_char(&m->out, ' ');
	}
	printable_put(&m->out, span_str(part->entity.type));
	buf_put_char(&m->out, '/');
	printable_put(&m->out, span_str(part->entity.subtype));
	used = (int)(m->out.n - before);
	buf_printf(&m->out, "%*s", used < TYPE_COLUMN ? TYPE_COLUMN - used : 2, "");
	put_octets(&m->out, mime_octets(part->body, part->end));
	put_notes(m, node);
	if (part->problems && !m->options.verbose)
		buf_put_str(&m->out, "  !");
	buf_put_char(&m->out, '\n');
	if (m->options.verbose)
		put_problems(m, node, indent);
}

/* ---- for programs ---- */

static void put_json_text(struct mimeunpack *m, const char *key, const char *text)
{
	struct buf decoded;

	if (!text)
		return;
	buf_init(&decoded, ROOM);
	words_decode(&decoded, span_str(text));
	json_put_span(&m->out, key, buf_span(&decoded));
	buf_clear(&decoded);
}

static void put_json_names(struct mimeunpack *m, const struct entity *e)
{
	struct params_value name;
	struct buf safe;

	if (!entity_filename(&m->message_arena, e, &name))
		return;
	buf_init(&safe, ROOM);
	filename_put(&safe, span_str(name.text));
	json_put_string(&m->out, "name", name.text);
	json_put_span(&m->out, "safe_name", buf_span(&safe));
	buf_clear(&safe);
}

static void put_json_problems(struct mimeunpack *m, unsigned problems)
{
	if (!problems)
		return;
	json_begin(&m->out, "problems", '[');
	for (unsigned bit = 1; bit != 0; bit <<= 1)
		if ((problems & bit) && entity_problem(bit))
			json_put_string(&m->out, NULL, entity_problem(bit));
	json_end(&m->out, ']');
}

static void put_json_envelope(struct mimeunpack *m, const struct mime_envelope *e)
{
	put_json_text(m, "date", e->date);
	put_json_text(m, "subject", e->subject);
	put_json_text(m, "from", e->from);
	put_json_text(m, "sender", e->sender);
	put_json_text(m, "reply_to", e->reply_to);
	put_json_text(m, "to", e->to);
	put_json_text(m, "cc", e->cc);
	put_json_text(m, "bcc", e->bcc);
	put_json_text(m, "in_reply_to", e->in_reply_to);
	put_json_text(m, "message_id", e->message_id);
}

static void put_json_entity(struct mimeunpack *m, const struct entity *e)
{
	json_put_string(&m->out, "type", arena_printf(&m->message_arena, "%s/%s", e->type, e->subtype));
	put_json_text(m, "charset", params_text(&m->message_arena, &e->params, "charset"));
	json_put_string(&m->out, "encoding",
			e->encoding == ENCODING_OTHER ? e->transfer_encoding : encoding_name(e->encoding));
	if (e->disposition)
		json_put_string(&m->out, "disposition", e->disposition);
	put_json_names(m, e);
	if (e->id)
		json_put_string(&m->out, "id", e->id);
	put_json_text(m, "description", e->description);
}

/* Everything of a part but the parts in it; the object stays open. */
static void begin_json_part(struct mimeunpack *m, const struct mime_node *node)
{
	const struct mime_part *part = &node->part;
	struct buf section;

	buf_init(&section, ROOM);
	mime_tree_put_section(&section, node);
	json_begin(&m->out, NULL, '{');
	json_put_span(&m->out, "part", buf_span(&section));
	buf_clear(&section);
	put_json_entity(m, &part->entity);
	json_put_number(&m->out, "header_at", (int64_t)part->header.at);
	json_put_number(&m->out, "body_at", (int64_t)part->body.at);
	json_put_number(&m->out, "octets", (int64_t)mime_octets(part->body, part->end));
	json_put_number(&m->out, "lines", (int64_t)(part->end.lines - part->body.lines));
	put_json_problems(m, part->problems);
	if (node->envelope)
		put_json_envelope(m, node->envelope);
	if (node->children)
		json_begin(&m->out, "parts", '[');
}

static void end_json_part(struct mimeunpack *m, const struct mime_node *node)
{
	if (node->children)
		json_end(&m->out, ']');
	json_end(&m->out, '}');
}

/* ---- all of it ---- */

static void put_tree(struct mimeunpack *m, const struct mime_node *node)
{
	bool json = m->options.json;

	for (; node; node = node->next) {
		if (json)
			begin_json_part(m, node);
		else
			put_row(m, node);
		put_tree(m, node->children);
		if (json)
			end_json_part(m, node);
	}
}

int mimeunpack_list(struct mimeunpack *m, struct fault *f)
{
	const struct mime_node *root = mimeunpack_parse(m, f);

	if (!root)
		return -1;
	if (m->options.json) {
		json_begin(&m->out, NULL, '{');
		json_put_string(&m->out, "message", m->pile.name);
		json_put_number(&m->out, "octets", (int64_t)root->part.end.at);
		json_begin(&m->out, "structure", '[');
		put_tree(m, root);
		json_end(&m->out, ']');
		json_end(&m->out, '}');
		buf_put_char(&m->out, '\n');
	} else {
		if (m->pile.many) {
			printable_put(&m->out, span_str(m->pile.name));
			buf_put_char(&m->out, '\n');
		}
		put_tree(m, root);
	}
	return m->out.overflow ? fault_perm(f, 554, "5.6.0", "the structure does not fit into memory") : 0;
}
