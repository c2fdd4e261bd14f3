/* SPDX-License-Identifier: ISC */
/*
 * reformime_text - what reformime prints of headers, texts and reports.
 */
#include "reformime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/disk.h"
#include "message/address.h"
#include "message/body.h"
#include "message/charset.h"
#include "message/compose.h"
#include "message/header.h"
#include "message/words.h"

enum { ROOM = 16 << 20, REPORT_MAX = 4 << 20, NO_REPORT = 1 };

/* ---- -d, -D: RFC 3464 ---- */

static int collect(void *context, struct span piece, struct fault *f)
{
	struct buf *out = context;

	buf_put_span(out, piece);
	return out->overflow ? fault_perm(f, 554, "5.6.0", "the report is larger than %d octets", REPORT_MAX) : 0;
}

static const struct mime_node *find_report(const struct mime_node *node)
{
	const struct mime_node *found = NULL;

	for (; node && !found; node = node->next)
		found = entity_is(&node->part.entity, "message", "delivery-status") ||
					entity_is(&node->part.entity, "message", "global-delivery-status")
				? node
				: find_report(node->children);
	return found;
}

/* "rfc822; a@b": what follows the type. */
static char *value_of(struct reformime *r, const struct header_field *field)
{
	struct span value = span_str(header_unfold(&r->arena, field->body));
	size_t semicolon = span_find(value, ';');

	return arena_span(&r->arena, span_trim(semicolon < value.n ? span_from(value, semicolon + 1) : value));
}

/* The fields of one recipient, or those of the message, which have no action. */
static void put_recipient(struct reformime *r, struct span *rest, bool original)
{
	const char *action = NULL, *final = NULL, *first = NULL;
	struct header_field field;
	int more;

	while ((more = header_next(rest, &field)) != 0) {
		if (more < 0)
			*rest = span_from(*rest, span_find(*rest, '\n') + 1);
		else if (span_is_nocase(field.name, SPAN("Action")))
			action = header_unfold(&r->arena, field.body);
		else if (span_is_nocase(field.name, SPAN("Final-Recipient")))
			final = value_of(r, &field);
		else if (span_is_nocase(field.name, SPAN("Original-Recipient")))
			first = value_of(r, &field);
	}
	if (action && (final || first))
		buf_printf(&r->out, "%s %s\n", action, (original && first) || !final ? first : final);
}

int reformime_put_report(struct reformime *r, bool original, struct fault *f)
{
	const struct mime_node *node = find_report(r->root);
	struct buf text;
	struct span rest;
	int rc = 0;

	if (!node) {
		r->status = NO_REPORT;
		return 0;
	}
	buf_init(&text, REPORT_MAX);
	rc = reformime_decode(r, node, collect, &text, f);
	for (rest = buf_span(&text); rc == 0 && rest.n > 0;)
		put_recipient(r, &rest, original);
	buf_clear(&text);
	return rc;
}

/* ---- -u ---- */

static int put_header(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	size_t n = (size_t)(node->part.body.at - node->part.header.at);
	struct header_field field;
	struct span rest;
	char *header;

	if (n > MIME_HEADER_MAX)
		n = MIME_HEADER_MAX;
	header = arena_alloc(&r->arena, n);
	if (disk_read_at(r->fd, header, n, (off_t)node->part.header.at, r->pile.name, f) < 0)
		return -1;
	rest = span_of(header, n);
	for (int more; (more = header_next(&rest, &field)) != 0;) {
		if (more < 0) {
			rest = span_from(rest, span_find(rest, '\n') + 1);
			continue;
		}
		buf_printf(&r->out, "%.*s: ", SPAN_ARG(field.name));
		words_decode(&r->out, span_str(header_unfold(&r->arena, field.body)));
		buf_put_char(&r->out, '\n');
	}
	return 0;
}

static int put_leaf(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	uint64_t at = node->part.body.at, end = node->part.end.at;
	char piece[BODY_PIECE];
	struct body body;
	int rc = 0;

	body_init(&body, &r->arena, &node->part.entity);
	while (at < end && rc == 0) {
		size_t n = end - at < BODY_PIECE ? (size_t)(end - at) : BODY_PIECE;

		rc = disk_read_at(r->fd, piece, n, (off_t)at, r->pile.name, f);
		if (rc == 0)
			body_feed(&body, span_of(piece, n), &r->out);
		if (rc == 0 && r->out.n > ROOM) {
			rc = disk_write(STDOUT_FILENO, r->out.p, r->out.n, "standard output", f);
			buf_reset(&r->out);
		}
		at += n;
	}
	body_end(&body, &r->out);
	body_clear(&body);
	if (r->out.n > 0 && r->out.p[r->out.n - 1] != '\n')
		buf_put_char(&r->out, '\n');
	return rc;
}

static int put_text(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	for (; node; node = node->next) {
		if (put_header(r, node, f) < 0)
			return -1;
		if (node->part.entity.kind == ENTITY_LEAF && entity_is(&node->part.entity, "text", NULL) &&
		    put_leaf(r, node, f) < 0)
			return -1;
		if (put_text(r, node->children, f) < 0)
			return -1;
	}
	return 0;
}

int reformime_put_text(struct reformime *r, struct fault *f)
{
	return put_text(r, r->root, f);
}

/* ---- -h, -H, -o, -O ---- */

static void decode_addresses(struct reformime *r, struct span rest)
{
	struct address address;
	bool first = true;
	int more;

	while ((more = address_next(&rest, &r->arena, &address)) != 0) {
		struct span name = address.display;

		buf_put_str(&r->out, first ? "" : ", \n");
		first = false;
		if (more < 0 || name.n == 0) {
			buf_put_span(&r->out, address.text);
			continue;
		}
		if (name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"')
			name = span_of(name.p + 1, name.n - 2);
		words_decode(&r->out, name);
		buf_printf(&r->out, " <%s>", address.mailbox);
	}
}

/* On one line: whoever asked folds as he likes. */
static void put_unfolded(struct reformime *r, struct span text)
{
	for (text = span_trim(text); text.n > 0;)
		buf_put_span(&r->out, span_cut(&text, '\n'));
}

static int encode_addresses(struct reformime *r, const char *text, struct fault *f)
{
	struct compose_field field = { "To", text, COMPOSE_ADDRESSES };
	struct buf line;

	buf_init(&line, ROOM);
	if (compose_put_field(&r->arena, &line, &field, false, f) < 0) {
		buf_clear(&line);
		return -1;
	}
	put_unfolded(r, span_from(buf_span(&line), 3));
	buf_clear(&line);
	return 0;
}

static void encode_text(struct reformime *r, struct span text)
{
	struct buf line;

	buf_init(&line, ROOM);
	words_put_text(&line, text);
	put_unfolded(r, buf_span(&line));
	buf_clear(&line);
}

int reformime_put_words(struct reformime *r, char what, const char *text, struct fault *f)
{
	struct buf utf8;
	int rc = 0;

	buf_init(&utf8, ROOM);
	if (charset_put(&utf8, span_str(r->charset), span_str(text), 0, NULL) < 0)
		rc = fault_usage(f, "the charset \"%.40s\" is unknown", r->charset);
	else if (what == 'h')
		words_decode(&r->out, span_str(text));
	else if (what == 'H')
		decode_addresses(r, span_str(text));
	else if (what == 'o')
		encode_text(r, buf_span(&utf8));
	else
		rc = encode_addresses(r, buf_str(&utf8), f);
	buf_put_char(&r->out, '\n');
	buf_clear(&utf8);
	return rc;
}

/* ---- -m ---- */

struct file {
	const char *path;
	int fd;
};

/* Open only while it is read: a digest may be of more files than a process may have open. */
static int read_file(void *context, char *to, size_t n, size_t *got, struct fault *f)
{
	struct file *file = context;
	ssize_t rc;

	if (file->fd < 0)
		file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
	if (file->fd < 0)
		return fault_errno(f, "cannot open %s", file->path);
	do
		rc = read(file->fd, to, n);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return fault_errno(f, "cannot read %s", file->path);
	*got = (size_t)rc;
	return 0;
}

static int rewind_file(void *context, struct fault *f)
{
	struct file *file = context;

	(void)f;
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	return 0;
}

static int put_piece(void *context, struct span piece, struct fault *f)
{
	(void)context;
	return disk_write(STDOUT_FILENO, piece.p, piece.n, "standard output", f);
}

/* The names on standard input, a line each. */
static size_t read_names(struct reformime *r, struct compose_part **out)
{
	struct compose_part **end = out;
	char *line = NULL;
	size_t room = 0, n = 0;

	while (getline(&line, &room, stdin) > 0) {
		struct compose_part *part = arena_alloc(&r->arena, sizeof(*part));
		struct file *file = arena_alloc(&r->arena, sizeof(*file));

		line[strcspn(line, "\n")] = '\0';
		if (!line[0])
			continue;
		*file = (struct file){ arena_str(&r->arena, line), -1 };
		*part = (struct compose_part){ .type = "message/rfc822", .source = { read_file, rewind_file, file } };
		*end = part;
		end = &part->next;
		n++;
	}
	free(line);
	return n;
}

int reformime_put_digest(struct reformime *r, struct fault *f)
{
	struct compose_part root = { .type = "multipart/digest" };
	struct compose_rules rules = { .allow_8bit = true };
	struct compose_result result;

	if (read_names(r, &root.children) == 0)
		return fault_usage(f, "-m reads names of files from standard input, and there are none");
	return compose_put(&r->arena, &root, &rules, put_piece, NULL, &result, f);
}
