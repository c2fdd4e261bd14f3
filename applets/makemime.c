/* SPDX-License-Identifier: ISC */
/*
 * makemime - entities and multiparts of files, for scripts: the command of maildrop, and that of BusyBox.
 *
 * Where maildrop's starts a process for each pair of parentheses, here they become a tree of parts that compose.h
 * writes in one go. Entities that were made before are copied as they are; of a collection that -j adds to, the parts
 * are taken out and put into a new one, whose boundary stands in none of them.
 */
#include "applet.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/spill.h"
#include "content.h"
#include "message/filetype.h"
#include "message/header.h"
#include "message/mime_tree.h"
#include "outlet.h"

enum {
	NODES_DEPTH_MAX = COMPOSE_DEPTH_MAX,
	OPTION_FILE_MAX = 1 << 20, /* octets of a file of options */
	FIELD_MAX = COMPOSE_FIELD_MAX,
	FD_MAX = 1 << 20,
};

/* A file, or what is between parentheses. */
struct input {
	const char *file;
	struct node *node;
	struct input *next;
};

struct node {
	enum { NODE_FILES, NODE_ENTITY, NODE_MULTIPART, NODE_JOIN } kind;
	const char *type, *encoding, *charset, *name, *output;
	struct opt_list headers;
	struct input *first, *last;
	size_t ninputs;
};

struct kept {
	struct spill spill;
	struct kept *next;
};

struct makemime {
	struct arena arena;
	struct kept *kept; /* what could not be read twice */
	char **words;
	int at, n, depth;
	struct outlet outlet;
};

extern const struct applet applet_makemime;

/* ---- options ---- */

/* The value of an option: behind its letter, or the next word. */
static const char *value_of(struct makemime *m, const char *word, struct fault *f)
{
	if (word[2] != '\0')
		return word + 2;
	if (m->at < m->n)
		return m->words[m->at++];
	fault_usage(f, "option %s needs an argument", word);
	return NULL;
}

static int parse_node(struct makemime *m, struct node **out, struct fault *f);

static int add_input(struct makemime *m, struct node *node, const char *word, struct fault *f)
{
	struct input *input = arena_alloc(&m->arena, sizeof(*input));

	input->file = word;
	*(node->last ? &node->last->next : &node->first) = input;
	node->last = input;
	node->ninputs++;
	if (strcmp(word, "(") != 0)
		return 0;
	if (++m->depth > NODES_DEPTH_MAX)
		return fault_usage(f, "parentheses are nested more than %d deep", NODES_DEPTH_MAX);
	if (parse_node(m, &input->node, f) < 0)
		return -1;
	if (m->at == m->n || strcmp(m->words[m->at++], ")") != 0)
		return fault_usage(f, "a parenthesis is not closed");
	m->depth--;
	return 0;
}

static int set_kind(struct node *node, int kind, const char *word, struct fault *f)
{
	if (node->kind != NODE_FILES)
		return fault_usage(f, "%s: there can be one of -c, -m and -j", word);
	node->kind = kind;
	return 0;
}

/* Its type may be missing. */
static const char *multipart_type(struct makemime *m, const char *word)
{
	if (word[2] != '\0')
		return word + 2;
	if (m->at < m->n && strncasecmp(m->words[m->at], "multipart/", 10) == 0)
		return m->words[m->at++];
	return "multipart/mixed";
}

static int parse_option(struct makemime *m, struct node *node, const char *word, struct fault *f)
{
	const char *value;

	if (word[1] == 'm') {
		node->type = multipart_type(m, word);
		return set_kind(node, NODE_MULTIPART, word, f);
	}
	if (!strchr("ceoCNaj", word[1]))
		return fault_usage(f, "unknown option %s", word);
	value = value_of(m, word, f);
	if (!value)
		return -1;
	switch (word[1]) {
	case 'c':
		node->type = value;
		return set_kind(node, NODE_ENTITY, word, f);
	case 'j':
		return set_kind(node, NODE_JOIN, word, f) < 0 ? -1 : add_input(m, node, value, f);
	case 'a':
		opt_list_add(&m->arena, &node->headers, value);
		return 0;
	default:
		*(word[1] == 'e'   ? &node->encoding
		  : word[1] == 'o' ? &node->output
		  : word[1] == 'C' ? &node->charset
				   : &node->name) = value;
		return 0;
	}
}

/* Several files without more words are BusyBox's way to ask for a multipart. */
static int check_node(const struct makemime *m, struct node *node, struct fault *f)
{
	size_t want = node->kind == NODE_JOIN ? 2 : 1;

	if (node->output && m->depth > 0)
		return fault_usage(f, "-o cannot be between parentheses");
	if (node->kind == NODE_ENTITY && node->ninputs > 1)
		node->kind = NODE_FILES;
	if (node->kind == NODE_FILES ? node->ninputs == 0 : node->ninputs != want)
		return fault_usage(f, "%s",
				   node->kind == NODE_JOIN    ? "-j needs two files"
				   : node->kind == NODE_FILES ? "there is no file"
							      : "-c and -m need one file");
	return 0;
}

static int parse_node(struct makemime *m, struct node **out, struct fault *f)
{
	struct node *node = arena_alloc(&m->arena, sizeof(*node));
	bool only_files = false;

	*out = node;
	while (m->at < m->n && strcmp(m->words[m->at], ")") != 0) {
		const char *word = m->words[m->at++];

		if (!only_files && strcmp(word, "--") == 0) {
			only_files = true;
			continue;
		}
		if ((only_files || word[0] != '-' || word[1] == '\0' ? add_input(m, node, word, f)
								     : parse_option(m, node, word, f)) < 0)
			return -1;
	}
	return check_node(m, node, f);
}

/* "&5"; -1: it is no descriptor. */
static int descriptor(const char *word)
{
	uint64_t fd;

	return word[0] == '&' && span_number(span_str(word + 1), FD_MAX, &fd) == 0 ? (int)fd : -1;
}

/* One octet at a time: what is behind the options may be a file that they name. */
static int read_line(int fd, struct buf *line, bool *more, struct fault *f)
{
	char c;
	ssize_t n;

	buf_reset(line);
	while ((n = read(fd, &c, 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fault_errno(f, "cannot read the options");
		if (c == '\n')
			break;
		buf_put_char(line, c);
	}
	*more = n > 0;
	return line->overflow ? fault_usage(f, "a line of options is longer than %d octets", OPTION_FILE_MAX) : 0;
}

static int read_words(struct makemime *m, int fd, struct opt_list *words, struct fault *f)
{
	struct buf line;
	bool more = true;
	int rc = 0;

	buf_init(&line, OPTION_FILE_MAX);
	while (more && (rc = read_line(fd, &line, &more, f)) == 0) {
		struct span s = buf_span(&line);

		while (s.n > 0 && isspace((unsigned char)s.p[0]))
			s = span_from(s, 1);
		while (s.n > 0 && s.p[s.n - 1] == '\r')
			s.n--;
		if (span_is(s, SPAN("-")))
			break;
		if (s.n > 0 && s.p[0] != '#')
			opt_list_add(&m->arena, words, arena_span(&m->arena, s));
	}
	buf_clear(&line);
	return rc;
}

/* "@file": the options are in it, each on a line. */
static int take_words(struct makemime *m, const char *word, struct fault *f)
{
	struct opt_list words = { 0 };
	int given = strcmp(word, "-") == 0 ? STDIN_FILENO : descriptor(word);
	int fd = given >= 0 ? given : open(word, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return fault_perm(f, 554, FAULT_NO_INPUT, "%s: %s", word, strerror(errno));
	rc = read_words(m, fd, &words, f);
	if (given < 0)
		close(fd);
	m->words = arena_alloc(&m->arena, (words.n + 1) * sizeof(*m->words));
	for (size_t i = 0; i < words.n; i++)
		m->words[i] = arena_str(&m->arena, words.v[i]);
	m->n = (int)words.n;
	m->at = 0;
	return rc;
}

/* ---- parts ---- */

static int build(struct makemime *m, const struct node *node, struct compose_part **out, struct fault *f);

static int open_content(struct makemime *m, const char *file, struct content **out, struct fault *f)
{
	int fd = descriptor(file);

	*out = arena_alloc(&m->arena, sizeof(**out));
	return fd >= 0 ? content_open_fd(*out, fd, file, NULL, f) : content_open(*out, file, NULL, f);
}

static const struct compose_rules rules = {
	.allow_8bit = true, .message_8bit = true, .no_version = true, .name_7bit = true
};

static int put_spill(void *context, struct span piece, struct fault *f)
{
	return spill_put(context, piece, f);
}

/* What must be read twice, or is written first: the file that it is kept in. */
static int open_spill(struct spill *spill, struct content *content, struct fault *f)
{
	int fd = spill_file(spill, f);

	return fd < 0 || lseek(fd, 0, SEEK_SET) < 0 ? -1 : content_open_fd(content, fd, "standard input", NULL, f);
}

static struct spill *new_spill(struct makemime *m)
{
	struct kept *kept = arena_alloc(&m->arena, sizeof(*kept));

	spill_init(&kept->spill, 0);
	kept->next = m->kept;
	m->kept = kept;
	return &kept->spill;
}

/* An entity that is made here and is a file for what is around it: a message within. */
static int open_node(struct makemime *m, const struct node *node, struct content **out, struct fault *f)
{
	struct spill *spill = new_spill(m);
	struct compose_result result;
	struct compose_part *part;

	*out = arena_alloc(&m->arena, sizeof(**out));
	if (build(m, node, &part, f) < 0 || compose_put(&m->arena, part, &rules, put_spill, spill, &result, f) < 0)
		return -1;
	return open_spill(spill, *out, f);
}

static struct compose_part *new_part(struct makemime *m, const char *type)
{
	struct compose_part *part = arena_alloc(&m->arena, sizeof(*part));

	part->type = type;
	return part;
}

static void add_param(struct makemime *m, struct compose_part *part, const char *name, const char *value)
{
	struct compose_param *all = arena_alloc(&m->arena, (part->nparams + 1) * sizeof(*all));

	if (part->nparams)
		memcpy(all, part->params, part->nparams * sizeof(*all));
	all[part->nparams++] = (struct compose_param){ name, value };
	part->params = all;
}

/* "text/plain; charset=iso-8859-1" */
static int set_type(struct makemime *m, struct compose_part *part, const char *type, struct fault *f)
{
	struct span rest = span_str(type), main = span_trim(span_cut(&rest, ';'));
	struct params params;

	part->type = arena_span(&m->arena, main);
	params_parse(&m->arena, arena_printf(&m->arena, ";%.*s", SPAN_ARG(rest)), &params);
	if (rest.n > 0 && params.problems)
		return fault_usage(f, "\"%s\" is no media type with parameters", type);
	for (size_t i = 0; i < params.n; i++)
		if (!span_is_nocase(params.v[i].name, SPAN("boundary")))
			add_param(m, part, arena_span(&m->arena, params.v[i].name),
				  arena_span(&m->arena, params.v[i].value));
	return 0;
}

/* What is ASCII stands as it is: it may be encoded already. */
static int set_fields(struct makemime *m, struct compose_part *part, const struct opt_list *headers, struct fault *f)
{
	struct compose_field *fields = arena_alloc(&m->arena, headers->n * sizeof(*fields));

	for (size_t i = 0; i < headers->n; i++) {
		struct span rest = span_str(headers->v[i]), name = span_trim(span_cut(&rest, ':'));

		if (!header_is_name(name) || !memchr(headers->v[i], ':', strlen(headers->v[i])))
			return fault_usage(f, "-a needs \"Name: value\", not \"%s\"", headers->v[i]);
		fields[i].name = arena_span(&m->arena, name);
		fields[i].value = arena_span(&m->arena, span_trim(rest));
		fields[i].kind = span_has_8bit(rest) ? COMPOSE_TEXT : COMPOSE_PLAIN;
		if (strcasecmp(fields[i].name, "Content-Type") == 0 ||
		    strcasecmp(fields[i].name, "Content-Transfer-Encoding") == 0)
			return fault_usage(f, "-a cannot give %s; -c, -m and -e do", fields[i].name);
	}
	part->fields = fields;
	part->nfields = headers->n;
	return 0;
}

static int set_encoding(struct compose_part *part, const char *name, struct fault *f)
{
	if (!name)
		return 0;
	part->encoded = true;
	part->encoding = encoding_parse(span_str(name));
	if (part->encoding != ENCODING_OTHER && part->encoding != ENCODING_UUENCODE)
		return 0;
	return fault_usage(f, "there is no encoding \"%s\"; there are: 7bit 8bit quoted-printable base64", name);
}

static int open_input(struct makemime *m, const struct input *input, struct content **out, struct fault *f)
{
	return input->node ? open_node(m, input->node, out, f) : open_content(m, input->file, out, f);
}

static int build_entity(struct makemime *m, const struct node *node, const struct input *input,
			struct compose_part **out, struct fault *f)
{
	const char *type = node->type ? node->type : "application/octet-stream";
	struct compose_part *part = new_part(m, NULL);
	struct content *content;
	struct span front;

	*out = part;
	if (open_input(m, input, &content, f) < 0)
		return -1;
	if (strcasecmp(type, "auto") == 0) {
		if (content_look(content, &m->arena, &front, f) < 0)
			return -1;
		type = filetype_is_text(front) ? "text/plain" : "application/octet-stream";
	}
	if (strncasecmp(type, "multipart/", 10) == 0)
		return fault_usage(f, "-c cannot make a %s; -m does", type);
	if (set_type(m, part, type, f) < 0 || set_encoding(part, node->encoding, f) < 0 ||
	    set_fields(m, part, &node->headers, f) < 0)
		return -1;
	if (node->charset)
		add_param(m, part, "charset", node->charset);
	if (node->name)
		add_param(m, part, "name", node->name);
	part->source = content_source(content);
	return 0;
}

/* ---- collections that were made before ---- */

/* The fields of its header but those that are written anew. */
static int copy_fields(struct makemime *m, struct span header, struct compose_part *part, struct fault *f)
{
	struct opt_list kept = { 0 };
	struct header_field field;

	while (header_next(&header, &field) == 1)
		if (!span_is_nocase(field.name, SPAN("Content-Type")) &&
		    !span_is_nocase(field.name, SPAN("Content-Transfer-Encoding")))
			opt_list_add(&m->arena, &kept,
				     arena_printf(&m->arena, "%.*s: %s", SPAN_ARG(field.name),
						  header_unfold(&m->arena, field.body)));
	return set_fields(m, part, &kept, f);
}

static int read_tree(struct makemime *m, struct content *content, struct mime_node **root, struct fault *f)
{
	struct compose_source source = content_source(content);
	struct mime_tree *tree = arena_alloc(&m->arena, sizeof(*tree));
	char *piece = arena_alloc(&m->arena, COMPOSE_PIECE);
	size_t n;
	int rc;

	mime_tree_init(tree, &m->arena, NULL);
	while ((rc = source.read(source.context, piece, COMPOSE_PIECE, &n, f)) == 0 && n > 0)
		mime_tree_feed(tree, span_of(piece, n));
	*root = mime_tree_end(tree);
	mime_tree_clear(tree);
	return rc < 0 ? rc : source.rewind(source.context, f);
}

/* Its parts, each a piece of the file. */
static int take_children(struct makemime *m, const char *file, const struct content *content,
			 const struct mime_node *root, struct compose_part *part, struct fault *f)
{
	struct compose_part **end = &part->children;

	for (const struct mime_node *child = root->children; child; child = child->next) {
		struct compose_part *raw = new_part(m, NULL);
		struct content *range = arena_alloc(&m->arena, sizeof(*range));

		*range = *content;
		content_set_range(range, content->start + (off_t)child->part.header.at,
				  content->start + (off_t)child->part.end.at);
		raw->raw = true;
		raw->source = content_source(range);
		*end = raw;
		end = &raw->next;
	}
	return part->children ? 0 : fault_perm(f, 554, "5.6.0", "%s: there is no part in it", file);
}

/* A pipe is kept, as it is read for its structure first. */
static int make_regular(struct makemime *m, struct content *content, struct fault *f)
{
	struct compose_source source = content_source(content);
	struct spill *spill = new_spill(m);
	char *piece;
	size_t n;

	if (content->is_regular)
		return 0;
	piece = arena_alloc(&m->arena, COMPOSE_PIECE);
	do {
		if (source.read(source.context, piece, COMPOSE_PIECE, &n, f) < 0 ||
		    spill_put(spill, span_of(piece, n), f) < 0)
			return -1;
	} while (n > 0);
	return open_spill(spill, content, f);
}

static int load_collection(struct makemime *m, const char *file, struct compose_part **out, struct fault *f)
{
	struct content *content;
	struct mime_node *root;
	struct compose_part *part = new_part(m, NULL);
	struct span header;

	*out = part;
	if (open_content(m, file, &content, f) < 0 || make_regular(m, content, f) < 0 ||
	    read_tree(m, content, &root, f) < 0)
		return -1;
	if (root->part.entity.kind != ENTITY_MULTIPART)
		return fault_perm(f, 554, "5.6.0", "%s: this is no multipart that -m has made", content->name);
	if (content_look(content, &m->arena, &header, f) < 0)
		return -1;
	header.n = header.n < root->part.body.at ? header.n : (size_t)root->part.body.at;
	part->type = arena_printf(&m->arena, "%s/%s", root->part.entity.type, root->part.entity.subtype);
	for (size_t i = 0; i < root->part.entity.params.n; i++)
		if (!span_is_nocase(root->part.entity.params.v[i].name, SPAN("boundary")))
			add_param(m, part, arena_span(&m->arena, root->part.entity.params.v[i].name),
				  arena_span(&m->arena, root->part.entity.params.v[i].value));
	if (copy_fields(m, header, part, f) < 0)
		return -1;
	return take_children(m, content->name, content, root, part, f);
}

static int build_raw(struct makemime *m, const char *file, struct compose_part **out, struct fault *f)
{
	struct content *content;

	*out = new_part(m, NULL);
	if (open_content(m, file, &content, f) < 0)
		return -1;
	(*out)->raw = true;
	(*out)->source = content_source(content);
	return 0;
}

/* ---- nodes ---- */

static int build_input(struct makemime *m, const struct input *input, struct compose_part **out, struct fault *f)
{
	return input->node ? build(m, input->node, out, f) : build_raw(m, input->file, out, f);
}

static int build_multipart(struct makemime *m, const struct node *node, struct compose_part **out, struct fault *f)
{
	struct compose_part *part = new_part(m, NULL);

	*out = part;
	if (set_type(m, part, node->type, f) < 0 || set_fields(m, part, &node->headers, f) < 0)
		return -1;
	if (strncasecmp(part->type, "multipart/", 10) != 0)
		return fault_usage(f, "-m cannot make a %s", part->type);
	return build_input(m, node->first, &part->children, f);
}

static int build_join(struct makemime *m, const struct node *node, struct compose_part **out, struct fault *f)
{
	const struct input *first = node->first;
	struct compose_part **end;

	if ((first->node ? build(m, first->node, out, f) : load_collection(m, first->file, out, f)) < 0)
		return -1;
	if (!(*out)->children)
		return fault_usage(f, "-j joins to what -m or -j has made");
	for (end = &(*out)->children; *end; end = &(*end)->next)
		;
	return build_input(m, first->next, end, f);
}

/* BusyBox: each file becomes a part, with its name. */
static int build_files(struct makemime *m, const struct node *node, struct compose_part **out, struct fault *f)
{
	struct node each = { .type = node->type, .charset = node->charset, .encoding = "base64" };
	struct compose_part *part = new_part(m, "multipart/mixed"), **end = &part->children;

	*out = part;
	for (const struct input *input = node->first; input; input = input->next) {
		const char *slash = strrchr(input->file, '/');

		if (build_entity(m, &each, input, end, f) < 0)
			return -1;
		(*end)->disposition = "inline";
		if (strcmp(input->file, "-") != 0 && !input->node)
			(*end)->filename = slash ? slash + 1 : input->file;
		end = &(*end)->next;
	}
	return set_fields(m, part, &node->headers, f);
}

static int build(struct makemime *m, const struct node *node, struct compose_part **out, struct fault *f)
{
	switch (node->kind) {
	case NODE_ENTITY:
		return build_entity(m, node, node->first, out, f);
	case NODE_MULTIPART:
		return build_multipart(m, node, out, f);
	case NODE_JOIN:
		return build_join(m, node, out, f);
	default:
		return build_files(m, node, out, f);
	}
}

/* ---- the whole ---- */

static int open_output(struct makemime *m, const char *output, struct fault *f)
{
	int fd = output ? descriptor(output) : -1;

	if (fd >= 0)
		return outlet_open_fd(&m->outlet, fd, f);
	if (!output || strcmp(output, "-") == 0)
		return outlet_open_stdout(&m->outlet, f);
	return outlet_open_file(&m->outlet, &m->arena, output, f);
}

static int make(struct makemime *m, struct fault *f)
{
	struct compose_rules outer = rules;
	struct compose_result result;
	struct compose_part *part;
	struct node *node;

	if (m->n == 1 && m->words[0][0] == '@' && take_words(m, m->words[0] + 1, f) < 0)
		return -1;
	if (parse_node(m, &node, f) < 0)
		return -1;
	if (m->at < m->n)
		return fault_usage(f, "a parenthesis was not opened");
	/* BusyBox's is a whole message. */
	outer.no_version = node->kind != NODE_FILES;
	if (build(m, node, &part, f) < 0 || open_output(m, node->output, f) < 0)
		return -1;
	if (compose_put(&m->arena, part, &outer, outlet_put, &m->outlet, &result, f) == 0)
		return outlet_finish(&m->outlet, f);
	outlet_abort(&m->outlet);
	return -1;
}

static int makemime_run(int argc, char **argv)
{
	struct makemime m = { .words = argv + 1, .n = argc > 0 ? argc - 1 : 0 };
	struct fault f = { 0 };
	int rc = EX_OK;

	if (m.n > 0 && strcmp(argv[1], "--help") == 0) {
		applet_help(&applet_makemime);
	} else if (m.n > 0 && strcmp(argv[1], "--version") == 0) {
		puts(applet_version());
	} else if (make(&m, &f) < 0) {
		rc = applet_fail(&applet_makemime, &f);
		if (f.kind == FAULT_USAGE)
			fprintf(stderr, "usage: %s %s\n", applet_makemime.name, applet_makemime.synopsis);
	}
	for (struct kept *kept = m.kept; kept; kept = kept->next)
		spill_clear(&kept->spill);
	arena_clear(&m.arena);
	return rc;
}

#define ROW(option, argument, words)                                                                                   \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = OPT_IGNORE, .help = words                                     \
	}

/* For --help and completions; parse_option() reads them, as each pair of parentheses has its own. */
static const struct opt makemime_opts[] = {
	ROW("-c", "TYPE", "make an entity of a file; auto: text/plain or application/octet-stream"),
	ROW("-m", "TYPE", "make a multipart with one entity in it; without a type multipart/mixed"),
	ROW("-j", "FILE", "add an entity to the multipart in FILE"),
	ROW("-e", "ENCODING", "7bit, 8bit, quoted-printable or base64; the smallest that is safe else"),
	ROW("-C", "CHARSET", "of a text"),
	ROW("-N", "NAME", "the parameter name of Content-Type"),
	ROW("-a", "HEADER", "\"Name: value\", another field of the header"),
	ROW("-o", "FILE", "write it there, and not to standard output"),
	OPT_END,
};

const struct applet applet_makemime = {
	.name = "makemime",
	.summary = "make MIME entities and multiparts of files",
	.synopsis = "{-c TYPE | -m [TYPE] | -j FILE} [OPTION ...] FILE | @FILE | [OPTION ...] FILE ...",
	.opts = makemime_opts,
	.run = makemime_run,
};
