/* SPDX-License-Identifier: ISC */
/*
 * mimepack_tree - from the pieces that the command line names to a tree of parts.
 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "content.h"
#include "message/filetype.h"
#include "message/flowed.h"
#include "message/params.h"
#include "mimepack.h"

/* Parts that belong together, in order. */
struct row {
	struct compose_part *first, *last;
	size_t n;
};

static void append(struct row *row, struct compose_part *part)
{
	if (!part)
		return;
	*(row->last ? &row->last->next : &row->first) = part;
	row->last = part;
	row->n++;
}

static struct compose_part *new_part(struct mimepack_tree *t, const char *type)
{
	struct compose_part *part = arena_alloc(t->arena, sizeof(*part));

	part->type = type;
	return part;
}

static struct compose_part *multipart(struct mimepack_tree *t, const char *type, const struct row *row)
{
	struct compose_part *part = new_part(t, type);

	part->children = row->first;
	return part;
}

/* ---- one part ---- */

static void add_param(struct mimepack_tree *t, struct compose_part *part, const char *name, const char *value)
{
	struct compose_param *all = arena_alloc(t->arena, (part->nparams + 1) * sizeof(*all));

	if (part->nparams)
		memcpy(all, part->params, part->nparams * sizeof(*all));
	all[part->nparams++] = (struct compose_param){ name, value };
	part->params = all;
}

/* "text/plain; charset=utf-8" */
static int set_type(struct mimepack_tree *t, struct compose_part *part, const char *type, struct fault *f)
{
	struct span rest = span_str(type), main = span_trim(span_cut(&rest, ';'));
	struct params params;

	part->type = arena_span(t->arena, main);
	if (strncasecmp(part->type, "multipart/", 10) == 0)
		return fault_usage(f, "--type cannot be %s; see --multipart", part->type);
	params_parse(t->arena, arena_printf(t->arena, ";%.*s", SPAN_ARG(rest)), &params);
	if (rest.n > 0 && params.problems)
		return fault_usage(f, "\"%s\" is no media type with parameters", type);
	for (size_t i = 0; i < params.n; i++)
		add_param(t, part, arena_span(t->arena, params.v[i].name), arena_span(t->arena, params.v[i].value));
	return 0;
}

static int set_encoding(struct compose_part *part, const char *name, struct fault *f)
{
	if (!name)
		return 0;
	part->encoded = true;
	part->encoding = encoding_parse(span_str(name));
	if (part->encoding == ENCODING_OTHER || part->encoding == ENCODING_UUENCODE)
		return fault_usage(f, "there is no encoding \"%s\"; there are: 7bit 8bit quoted-printable base64",
				   name);
	return 0;
}

static const char *default_type(const struct mimepack_piece *piece)
{
	switch (piece->kind) {
	case PIECE_TEXT:
		return "text/plain";
	case PIECE_HTML:
		return "text/html";
	case PIECE_MESSAGE:
		return "message/rfc822";
	default:
		return NULL;
	}
}

static int guess_type(struct mimepack_tree *t, struct content *content, const struct mimepack_piece *piece,
		      struct compose_part *part, struct fault *f)
{
	const char *type = piece->type ? piece->type : default_type(piece);
	struct span front;

	if (!type && content_look(content, t->arena, &front, f) < 0)
		return -1;
	if (!type)
		type = filetype_guess(t->arena, piece->name ? piece->name : content->name, front);
	if (set_type(t, part, type, f) < 0)
		return -1;
	if (piece->charset)
		add_param(t, part, "charset", piece->charset);
	return 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Text and HTML have no name unless one is given; standard input has none. */
static const char *file_name(const struct mimepack_piece *piece)
{
	bool has_name = piece->kind == PIECE_ATTACH || piece->kind == PIECE_INLINE;

	if (piece->name)
		return piece->name;
	return has_name && strcmp(piece->path, "-") != 0 ? base_name(piece->path) : NULL;
}

/* Names with other characters than those of a message id are to be found by --cid. */
static const char *content_id(struct mimepack_tree *t, const struct mimepack_piece *piece)
{
	if (piece->cid)
		return arena_printf(t->arena, "<%s>", piece->cid);
	if (piece->kind != PIECE_INLINE)
		return NULL;
	return arena_printf(t->arena, "<%s@mimepack>", base_name(piece->path));
}

static int check_id(const char *id, struct fault *f)
{
	for (const char *p = id; id && *p; p++)
		if (*p <= ' ' || *p == 0x7f || (strchr("<>\"()", *p) && p != id && p[1]))
			return fault_usage(f, "%s cannot be a Content-ID; --cid gives one", id);
	return 0;
}

static int set_names(struct mimepack_tree *t, const struct mimepack_piece *piece, struct compose_part *part,
		     struct fault *f)
{
	part->filename = file_name(piece);
	part->description = piece->description;
	part->disposition = piece->disposition;
	if (!part->disposition && (piece->kind == PIECE_ATTACH || piece->kind == PIECE_INLINE))
		part->disposition = piece->kind == PIECE_ATTACH ? "attachment" : "inline";
	if (!part->disposition && part->filename)
		part->disposition = "inline";
	part->id = content_id(t, piece);
	return check_id(part->id, f);
}

/* Lines become paragraphs that every program can wrap: read whole, as it is written anew. */
static int make_flowed(struct mimepack_tree *t, struct compose_part *part, const char *path, struct fault *f)
{
	struct compose_bytes *bytes = arena_alloc(t->arena, sizeof(*bytes));
	struct span text;
	struct buf out;

	if (content_read(t->arena, path, MIMEPACK_FLOWED_MAX, &text, f) < 0)
		return -1;
	buf_init(&out, 3 * MIMEPACK_FLOWED_MAX);
	flowed_put(&out, text);
	bytes->bytes = span_of(arena_span(t->arena, buf_span(&out)), out.n);
	buf_clear(&out);
	part->source = compose_bytes(bytes);
	part->text = true;
	add_param(t, part, "format", "flowed");
	return 0;
}

static int make_leaf(struct mimepack_tree *t, const struct mimepack_piece *piece, struct compose_part **out,
		     struct fault *f)
{
	struct content *content = arena_alloc(t->arena, sizeof(*content));
	struct compose_part *part = new_part(t, NULL);

	if (content_open(content, piece->path, t->progress, f) < 0)
		return -1;
	if (guess_type(t, content, piece, part, f) < 0 || set_encoding(part, piece->encoding, f) < 0 ||
	    set_names(t, piece, part, f) < 0)
		return -1;
	if (strncasecmp(part->type, "message/", 8) == 0)
		content_set_lf(content);
	t->size += content->size > 0 ? (uint64_t)content->size : 0;
	part->source = content_source(content);
	*out = part;
	if (t->flowed && piece->kind == PIECE_TEXT)
		return make_flowed(t, part, piece->path, f);
	return 0;
}

/* ---- the tree ---- */

/* Everything up to --end, *piece is moved to it. */
static int make_group(struct mimepack_tree *t, struct mimepack_piece **piece, size_t depth, struct compose_part **out,
		      struct fault *f)
{
	const struct mimepack_piece *open = *piece;
	struct compose_part *part;
	struct row row = { 0 };

	if (depth > COMPOSE_DEPTH_MAX)
		return fault_usage(f, "--multipart is nested more than %d deep", COMPOSE_DEPTH_MAX);
	while ((*piece = (*piece)->next) != NULL && (*piece)->kind != PIECE_CLOSE) {
		if (((*piece)->kind == PIECE_OPEN ? make_group(t, piece, depth + 1, &part, f)
						  : make_leaf(t, *piece, &part, f)) < 0)
			return -1;
		append(&row, part);
	}
	if (!*piece)
		return fault_usage(f, "--multipart %s has no --end", open->path);
	if (row.n == 0)
		return fault_usage(f, "there is nothing between --multipart %s and its --end", open->path);
	*out = multipart(t, arena_printf(t->arena, "multipart/%s", open->path), &row);
	(*out)->description = open->description;
	return 0;
}

struct body {
	struct compose_part *text, *html;
	const struct mimepack_piece *html_piece;
	struct row inlines, others;
	bool whole; /* the one part there is may be the message itself */
};

static int take_piece(struct mimepack_tree *t, struct body *body, struct mimepack_piece **piece, struct fault *f)
{
	enum mimepack_kind kind = (*piece)->kind;
	struct compose_part *part;

	if (kind == PIECE_CLOSE)
		return fault_usage(f, "--end without --multipart");
	if ((kind == PIECE_OPEN ? make_group(t, piece, 1, &part, f) : make_leaf(t, *piece, &part, f)) < 0)
		return -1;
	if ((kind == PIECE_TEXT && body->text) || (kind == PIECE_HTML && body->html))
		return fault_usage(f, "there are two texts, or two HTML texts; --part adds more");
	body->whole |= kind == PIECE_OPEN || kind == PIECE_PART;
	if (kind == PIECE_TEXT) {
		body->text = part;
	} else if (kind == PIECE_HTML) {
		body->html = part;
		body->html_piece = *piece;
	} else {
		append(kind == PIECE_INLINE ? &body->inlines : &body->others, part);
	}
	return 0;
}

/* Text from standard input, unless there is none in it and something else in the message. */
static int take_input(struct mimepack_tree *t, struct body *body, struct mimepack_piece *first, struct fault *f)
{
	struct mimepack_piece piece = { .kind = PIECE_TEXT, .path = "-" };
	bool is_empty = !first;
	struct content *content;
	struct span front;

	for (struct mimepack_piece *p = first; p; p = p->next)
		if (p->kind == PIECE_TEXT || (p->kind < PIECE_OPEN && strcmp(p->path, "-") == 0))
			return 0;
	if (t->no_text || (!is_empty && (body->whole || isatty(STDIN_FILENO))))
		return 0;
	if (make_leaf(t, &piece, &body->text, f) < 0)
		return -1;
	if (is_empty || t->flowed)
		return 0;
	content = body->text->source.context;
	if (content_look(content, t->arena, &front, f) < 0)
		return -1;
	if (front.n == 0)
		body->text = NULL;
	return 0;
}

/* The HTML with its pictures, and the text beside it. */
static struct compose_part *join_body(struct mimepack_tree *t, struct body *body)
{
	struct row related = { 0 }, alternative = { 0 };
	struct compose_part *html = body->html;

	if (!html)
		return body->text;
	append(&related, html);
	if (body->inlines.n > 0) {
		html->next = body->inlines.first;
		html = multipart(t, "multipart/related", &related);
		add_param(t, html, "type", "text/html");
	}
	if (!body->text)
		return html;
	append(&alternative, body->text);
	append(&alternative, html);
	return multipart(t, "multipart/alternative", &alternative);
}

static struct compose_part *join(struct mimepack_tree *t, struct body *body)
{
	struct compose_part *main = join_body(t, body);
	struct row mixed = { 0 };

	append(&mixed, main);
	for (struct compose_part *next, *part = body->html ? NULL : body->inlines.first; part; part = next) {
		next = part->next;
		part->next = NULL;
		append(&mixed, part);
	}
	if (body->others.n > 0) {
		append(&mixed, body->others.first);
		mixed.n += body->others.n - 1;
	}
	if (mixed.n == 1 && (main || body->whole))
		return mixed.first;
	return mixed.n > 0 ? multipart(t, "multipart/mixed", &mixed) : new_part(t, "text/plain");
}

int mimepack_build(struct mimepack_tree *t, struct mimepack_piece *first, struct fault *f)
{
	struct body body = { 0 };

	for (struct mimepack_piece *piece = first; piece; piece = piece->next)
		if (take_piece(t, &body, &piece, f) < 0)
			return -1;
	if (take_input(t, &body, first, f) < 0)
		return -1;
	if (body.html && !body.text && !t->no_text && mimepack_render(t, body.html_piece, &body.text, f) < 0)
		return -1;
	t->root = join(t, &body);
	return 0;
}
