/* SPDX-License-Identifier: ISC */
/*
 * reformime - maildrop's command of that name: sections of a message listed, extracted, rewritten; encoded words.
 */
#include "reformime.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "applet.h"
#include "base/disk.h"
#include "message/normalise.h"

extern const struct applet applet_reformime;

enum { PIECE = 64 << 10, ROOM = 1 << 20 };

struct options {
	bool extract, info, report, report_original, text, digest;
	const char *sections, *save, *rewrite, *charset, *program;
	const char *decode, *decode_addresses, *encode, *encode_addresses;
};

/* ---- sections ---- */

/* "1.2.1": the message is 1, and each part within another has its number behind a dot. */
static void put_tag(struct buf *out, const struct mime_node *node)
{
	if (!node->parent) {
		buf_put_char(out, '1');
		return;
	}
	put_tag(out, node->parent);
	buf_printf(out, ".%zu", node->part.index + 1);
}

static const struct mime_node *find_tag(const struct mime_node *root, struct span tag)
{
	const struct mime_node *node = NULL;
	uint64_t n;

	while (tag.n > 0) {
		if (span_number(span_cut(&tag, '.'), MIME_PARTS_MAX, &n) < 0 || n == 0)
			return NULL;
		if (!node) {
			node = n == 1 ? root : NULL;
		} else {
			for (node = node->children; node && --n > 0; node = node->next)
				;
		}
		if (!node)
			return NULL;
	}
	return node;
}

static void put_tags(struct reformime *r, const struct mime_node *node)
{
	for (; node; node = node->next) {
		put_tag(&r->out, node);
		buf_put_char(&r->out, '\n');
		put_tags(r, node->children);
	}
}

static void put_value(struct reformime *r, const char *name, const char *value)
{
	struct buf line;

	if (!value)
		return;
	buf_init(&line, ROOM);
	/* One line each, whatever is in it. */
	for (const char *p = value; *p; p++)
		buf_put_char(&line, *p == '\n' || *p == '\r' ? ' ' : *p);
	buf_printf(&r->out, "%s: %s\n", name, buf_str(&line));
	buf_clear(&line);
}

static int put_info(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	const struct mime_part *part = &node->part;
	const struct entity *e = &part->entity;
	const char *charset = params_text(&r->arena, &e->params, "charset");

	(void)f;
	buf_put_str(&r->out, "section: ");
	put_tag(&r->out, node);
	buf_put_char(&r->out, '\n');
	put_value(r, "content-type", arena_printf(&r->arena, "%s/%s", e->type, e->subtype));
	put_value(r, "content-name", params_text(&r->arena, &e->params, "name"));
	put_value(r, "content-transfer-encoding", e->transfer_encoding ? e->transfer_encoding : "8bit");
	put_value(r, "charset", charset ? charset : r->charset);
	put_value(r, "content-disposition", e->disposition);
	put_value(r, "content-disposition-filename", params_text(&r->arena, &e->disposition_params, "filename"));
	put_value(r, "content-id", e->id);
	put_value(r, "content-description", e->description);
	buf_printf(&r->out,
		   "starting-pos: %" PRIu64 "\nstarting-pos-body: %" PRIu64 "\nending-pos: %" PRIu64
		   "\nline-count: %" PRIu64 "\nbody-line-count: %" PRIu64 "\n\n",
		   part->header.at, part->body.at, part->end.at, part->end.lines - part->header.lines,
		   part->end.lines - part->body.lines);
	return 0;
}

static int put_bytes(void *context, struct span piece, struct fault *f)
{
	(void)context;
	return disk_write(STDOUT_FILENO, piece.p, piece.n, "standard output", f);
}

static int put_content(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	return reformime_decode(r, node, put_bytes, NULL, f);
}

int reformime_decode(struct reformime *r, const struct mime_node *node,
		     int (*put)(void *context, struct span piece, struct fault *f), void *context, struct fault *f)
{
	uint64_t at = node->part.body.at, end = node->part.end.at;
	bool leaf = node->part.entity.kind == ENTITY_LEAF;
	struct encoding_decode d;
	char piece[PIECE];
	struct buf out;
	int rc = 0;

	buf_init(&out, REFORMIME_OUT);
	encoding_decode_init(&d, leaf ? node->part.entity.encoding : ENCODING_BINARY);
	while (at < end && rc == 0) {
		size_t n = end - at < PIECE ? (size_t)(end - at) : PIECE;

		rc = disk_read_at(r->fd, piece, n, (off_t)at, r->pile.name, f);
		if (rc == 0) {
			encoding_decode_feed(&d, span_of(piece, n), &out);
			rc = put(context, buf_span(&out), f);
		}
		buf_reset(&out);
		at += n;
	}
	encoding_decode_end(&d, &out);
	if (rc == 0)
		rc = put(context, buf_span(&out), f);
	buf_clear(&out);
	return rc;
}

/* ---- what is done with which sections ---- */

struct work {
	int (*act)(struct reformime *r, const struct mime_node *node, struct fault *f);
	const char *prefix;
	bool leaves; /* without -s only they count */
};

static int act_on(struct reformime *r, const struct work *w, const struct mime_node *node, struct fault *f)
{
	return w->act ? w->act(r, node, f) : reformime_save(r, node, w->prefix, f);
}

static int act_on_all(struct reformime *r, const struct work *w, const struct mime_node *node, struct fault *f)
{
	for (; node; node = node->next) {
		if ((!w->leaves || node->part.entity.kind == ENTITY_LEAF) && act_on(r, w, node, f) < 0)
			return -1;
		if (r->status != EX_OK || act_on_all(r, w, node->children, f) < 0)
			return r->status != EX_OK ? 0 : -1;
	}
	return 0;
}

static int act_on_sections(struct reformime *r, const struct work *w, struct fault *f)
{
	struct span rest = span_str(r->sections);

	if (!r->sections)
		return act_on_all(r, w, r->root, f);
	while (rest.n > 0 && r->status == EX_OK) {
		struct span tag = span_cut(&rest, ',');
		const struct mime_node *node = find_tag(r->root, tag);

		if (!node)
			return fault_perm(f, 550, "5.6.0", "there is no section %.*s", SPAN_ARG(tag));
		if (act_on(r, w, node, f) < 0)
			return -1;
	}
	return 0;
}

/* ---- the message ---- */

static int open_message(struct reformime *r, struct fault *f)
{
	char piece[PIECE];

	if (pile_open(&r->pile, "-", f) < 0 || pile_next(&r->pile, f) < 0 ||
	    pile_hold(&r->pile, &r->fd, &r->size, f) < 0)
		return -1;
	mime_tree_init(&r->tree, &r->arena, NULL);
	for (uint64_t at = 0; at < r->size; at += PIECE) {
		size_t n = r->size - at < PIECE ? (size_t)(r->size - at) : PIECE;

		if (disk_read_at(r->fd, piece, n, (off_t)at, r->pile.name, f) < 0)
			return -1;
		mime_tree_feed(&r->tree, span_of(piece, n));
	}
	r->root = mime_tree_end(&r->tree);
	return 0;
}

static int pass(struct reformime *r, struct normalise *n, bool second, struct fault *f)
{
	char piece[PIECE];

	for (uint64_t at = 0; at < r->size; at += PIECE) {
		size_t length = r->size - at < PIECE ? (size_t)(r->size - at) : PIECE;

		if (disk_read_at(r->fd, piece, length, (off_t)at, r->pile.name, f) < 0)
			return -1;
		if (!second)
			normalise_survey_feed(n, span_of(piece, length));
		else if (normalise_feed(n, span_of(piece, length), f) < 0)
			return -1;
	}
	return 0;
}

static int rewrite(struct reformime *r, const char *how, struct fault *f)
{
	struct normalise *n;
	int rc;

	if (strcmp(how, "") != 0 && strcmp(how, "7") != 0 && strcmp(how, "8") != 0)
		return fault_usage(f, "-r takes 7, 8 or nothing");
	n = arena_heap(sizeof(*n));
	normalise_init(n, NULL,
		       how[0] == '7'   ? NORMALISE_7BIT
		       : how[0] == '8' ? NORMALISE_TO_8BIT
				       : NORMALISE_KEEP_8BIT);
	rc = pass(r, n, false, f) < 0 || normalise_survey_end(n, f) < 0 ? -1 : 0;
	if (rc == 0) {
		normalise_begin(n, put_bytes, NULL);
		rc = pass(r, n, true, f) < 0 || normalise_end(n, f) < 0 ? -1 : 0;
	}
	normalise_clear(n);
	free(n);
	return rc;
}

/* busybox has the prefix in a word of its own. */
static int save(struct reformime *r, const char *prefix, const char *operand, struct fault *f)
{
	struct work w = { .leaves = true, .prefix = prefix[0] ? prefix : operand };

	if (!w.prefix)
		w.act = reformime_ask;
	return act_on_sections(r, &w, f);
}

static int work_on_message(struct reformime *r, const struct options *o, const char *operand, struct fault *f)
{
	if (open_message(r, f) < 0)
		return -1;
	if (o->report || o->report_original)
		return reformime_put_report(r, o->report_original, f);
	if (o->text)
		return reformime_put_text(r, f);
	if (o->rewrite)
		return rewrite(r, o->rewrite, f);
	if (o->extract && !r->sections)
		return fault_usage(f, "-e needs -s");
	if (o->extract)
		return act_on_sections(r, &(struct work){ .act = put_content }, f);
	if (r->program)
		return act_on_sections(r, &(struct work){ .act = reformime_pipe, .leaves = true }, f);
	if (o->save)
		return save(r, o->save, operand, f);
	if (o->info || r->sections)
		return act_on_sections(r, &(struct work){ .act = put_info }, f);
	put_tags(r, r->root);
	return 0;
}

static int work(struct reformime *r, const struct options *o, const char *operand, struct fault *f)
{
	const struct {
		char what;
		const char *text;
	} words[] = {
		{ 'h', o->decode }, { 'H', o->decode_addresses }, { 'o', o->encode }, { 'O', o->encode_addresses }
	};
	int rc;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].text)
			return reformime_put_words(r, words[i].what, words[i].text, f);
	rc = o->digest ? reformime_put_digest(r, f) : work_on_message(r, o, operand, f);
	return rc;
}

/* What follows -X is another program's command line. */
static int cut_program(int argc, char **argv, char ***program)
{
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "-X") == 0 && i + 1 < argc) {
			*program = argv + i + 1;
			return i;
		}
	return argc;
}

static int reformime_run(int argc, char **argv)
{
	static struct reformime r;
	struct options o = { 0 };
	char **program = NULL;
	struct fault f;
	int first, rc;

	argc = cut_program(argc, argv, &program);
	rc = applet_options(&applet_reformime, &r.arena, argc, argv, OPT_PERMUTE, &o, &first);
	if (rc != 0)
		return rc < 0 ? EX_USAGE : EX_OK;
	r.sections = o.sections;
	r.charset = o.charset ? o.charset : "UTF-8";
	r.program = program;
	buf_init(&r.out, REFORMIME_OUT);
	rc = work(&r, &o, first < argc ? argv[first] : NULL, &f);
	if (rc == 0)
		rc = disk_write(STDOUT_FILENO, r.out.p, r.out.n, "standard output", &f);
	if (rc < 0)
		r.status = applet_fail(&applet_reformime, &f);
	buf_clear(&r.out);
	if (r.pile.bytes)
		pile_close(&r.pile);
	if (r.root)
		mime_tree_clear(&r.tree);
	arena_clear(&r.arena);
	return r.status;
}

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt reformime_opts[] = {
	OPT("-e", NULL, extract, OPT_BOOL, "print the contents of the sections that -s names, decoded"),
	{ .name = "-x",
	  .arg = "PREFIX",
	  .kind = OPT_STRING,
	  .flags = OPT_ATTACHED,
	  .at = offsetof(struct options, save),
	  .help = "save contents in files whose names begin so; without a prefix, ask for each" },
	OPT("-X", "PROGRAM", program, OPT_STRING,
	    "give each content to this program; the rest of the line is its arguments"),
	OPT("-i", NULL, info, OPT_BOOL, "describe the sections"),
	OPT("-s", "SECTION", sections, OPT_STRING, "only these, separated by commas: 1.2,1.3"),
	OPT("-d", NULL, report, OPT_BOOL, "print what a delivery status notification says of each recipient"),
	OPT("-D", NULL, report_original, OPT_BOOL, "the same, with the addresses that the sender used"),
	OPT("-u", NULL, text, OPT_BOOL, "print headers and texts in UTF-8, for searching"),
	{ .name = "-r",
	  .arg = "7|8",
	  .kind = OPT_STRING,
	  .flags = OPT_ATTACHED,
	  .at = offsetof(struct options, rewrite),
	  .help = "write the message anew, with its MIME fields; 7: in 7 bits; 8: decode quoted-printable" },
	OPT("-m", NULL, digest, OPT_BOOL, "make a digest of the messages in files, whose names are on standard input"),
	OPT("-h", "TEXT", decode, OPT_STRING, "decode the encoded words of a header field"),
	OPT("-H", "TEXT", decode_addresses, OPT_STRING, "decode a list of addresses"),
	OPT("-o", "TEXT", encode, OPT_STRING, "encode text for a header field"),
	OPT("-O", "TEXT", encode_addresses, OPT_STRING, "encode a list of addresses"),
	OPT("-c", "CHARSET", charset, OPT_STRING, "of the text of -o and -O (utf-8)"),
	OPT_END,
};

const struct applet applet_reformime = {
	.name = "reformime",
	.summary = "list, extract and rewrite the sections of a message, as maildrop's command",
	.synopsis = "[-i | -e | -x[PREFIX] | -d | -D | -u | -r[7|8] | -m] [-s SECTION] [-X PROGRAM ...]",
	.opts = reformime_opts,
	.run = reformime_run,
};
