/* SPDX-License-Identifier: ISC */
/*
 * source - messages read for IMAP.
 *
 * The front of a file is read in one piece, which is all of most messages: one open(2), one read(2), whatever is asked.
 */
#include "imap/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/linescan.h"
#include "imap/bodystructure.h"
#include "imap/envelope.h"
#include "imap/fields.h"
#include "message/header.h"
#include "message/preview.h"
#include "store/summary.h"

void imap_source_init(struct imap_source *s, struct mailbox *box)
{
	*s = (struct imap_source){ .box = box, .fd = -1 };
	buf_init(&s->text[IMAP_SOURCE_HEADER], MIME_HEADER_MAX);
	buf_init(&s->text[IMAP_SOURCE_ENVELOPE], IMAP_SOURCE_TEXT_MAX);
	buf_init(&s->text[IMAP_SOURCE_STRUCTURE], IMAP_SOURCE_TEXT_MAX);
}

static void close_file(struct imap_source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->piece_at = s->piece_n = 0;
	s->has_header = false;
}

void imap_source_turn(struct imap_source *s, size_t i)
{
	close_file(s);
	/* Now, as nothing that was found is in use. */
	if (s->box->summary)
		summary_drain(s->box->summary);
	s->i = i;
	s->uid = s->box->view.uid[i];
	arena_reset(&s->arena);
}

static void forget_tree(struct imap_source *s)
{
	arena_clear(&s->tree);
	s->root = NULL;
}

static bool is_large(const struct mime_node *root)
{
	size_t n = 0;

	for (const struct mime_node *node = root; node && n <= IMAP_SOURCE_TREE_KEPT; node = mime_tree_next(node))
		n++;
	return n > IMAP_SOURCE_TREE_KEPT;
}

void imap_source_end(struct imap_source *s)
{
	close_file(s);
	if (s->box->summary)
		summary_flush(s->box->summary);
}

void imap_source_rest(struct imap_source *s)
{
	imap_source_end(s);
	if (s->root && is_large(s->root))
		forget_tree(s);
	if (s->parser) {
		mime_tree_clear(s->parser);
		free(s->parser);
		s->parser = NULL;
	}
	free(s->piece);
	s->piece = NULL;
	arena_clear(&s->arena);
	for (size_t i = 0; i < IMAP_SOURCE_TEXTS; i++)
		buf_clear(&s->text[i]);
	if (s->box->summary)
		summary_rest(s->box->summary);
}

void imap_source_clear(struct imap_source *s)
{
	imap_source_rest(s);
	forget_tree(s);
}

/* ---- the file ---- */

static int fail(const struct imap_source *s, int error, struct fault *f)
{
	errno = error;
	fault_errno(f, "cannot read the message with UID %u in %s", (unsigned)s->uid, s->box->path);
	errno = EIO;
	return -1;
}

/* Fill the piece from there on: 0, also at the end of the file; -1. */
static int load_piece(struct imap_source *s, uint64_t at, struct fault *f)
{
	ssize_t n;

	if (!s->piece)
		s->piece = arena_heap(IMAP_SOURCE_PIECE);
	do
		n = pread(s->fd, s->piece, IMAP_SOURCE_PIECE, (off_t)at);
	while (n < 0 && errno == EINTR);
	s->piece_at = at;
	s->piece_n = n > 0 ? (size_t)n : 0;
	return n < 0 ? fail(s, errno, f) : 0;
}

int imap_source_open(struct imap_source *s, struct fault *f)
{
	if (s->fd >= 0)
		return 0;
	s->fd = mailbox_open_message(s->box, s->i, &s->st, f);
	return s->fd < 0 ? -1 : 0;
}

int imap_source_read(struct imap_source *s, uint64_t at, uint64_t most, struct span *out, struct fault *f)
{
	if ((at < s->piece_at || at >= s->piece_at + s->piece_n) && load_piece(s, at, f) < 0)
		return -1;
	*out = span_from(span_of(s->piece, s->piece_n), (size_t)(at - s->piece_at));
	out->n = out->n < most ? out->n : (size_t)most;
	return out->n > 0 ? 0 : fail(s, ENODATA, f);
}

static bool is_end(const struct imap_source *s, uint64_t at)
{
	return at >= (uint64_t)s->st.st_size;
}

static void note_end(struct imap_source *s, struct mime_place end)
{
	s->end = end;
	s->end_uid = s->uid;
	mailbox_correct_size(s->box, s->i, end.at + end.bare);
}

int imap_source_measure(struct imap_source *s, struct mime_place *end, struct fault *f)
{
	struct linescan lines = { 0 };
	struct mime_place at = { 0 };
	struct span piece;
	char last = '\0';

	if (imap_source_open(s, f) < 0)
		return -1;
	while (s->end_uid != s->uid && !is_end(s, at.at)) {
		if (imap_source_read(s, at.at, UINT64_MAX, &piece, f) < 0)
			return -1;
		linescan_count(piece, last, &lines);
		last = piece.p[piece.n - 1];
		at.at += piece.n;
	}
	at.lines = lines.lines;
	at.bare = lines.bare;
	if (s->end_uid != s->uid)
		note_end(s, at);
	*end = s->end;
	return 0;
}

int imap_source_tree(struct imap_source *s, struct mime_node **out, struct fault *f)
{
	struct span piece;

	*out = s->root;
	if (imap_source_open(s, f) < 0)
		return -1;
	if (s->root && s->tree_uid == s->uid)
		return 0;
	s->root = NULL;
	if (s->parser) {
		arena_reset(&s->tree);
		mime_tree_restart(s->parser);
	} else {
		arena_clear(&s->tree);
		s->parser = arena_heap(sizeof(*s->parser));
		mime_tree_init(s->parser, &s->tree, NULL);
	}
	for (uint64_t at = 0; !is_end(s, at); at += piece.n) {
		if (imap_source_read(s, at, UINT64_MAX, &piece, f) < 0)
			return -1;
		mime_tree_feed(s->parser, piece);
	}
	*out = s->root = mime_tree_end(s->parser);
	s->tree_uid = s->uid;
	note_end(s, s->root->part.end);
	return 0;
}

/* ---- what is kept ---- */

static bool is_kept(struct imap_source *s, enum summary_kind kind, struct span *out)
{
	return summary_find(mailbox_summary(s->box), kind, s->uid, out);
}

static void keep(struct imap_source *s, enum summary_kind kind, struct span text)
{
	summary_add(mailbox_summary(s->box), kind, s->uid, text);
}

int imap_source_date(struct imap_source *s, int64_t *out, struct fault *f)
{
	struct span kept;
	int fd;

	if (is_kept(s, SUMMARY_DATE, &kept) && kept.n == sizeof(*out)) {
		memcpy(out, kept.p, sizeof(*out));
		return 0;
	}
	if (s->fd < 0) {
		fd = mailbox_open_message(s->box, s->i, &s->st, f);
		if (fd < 0)
			return -1;
		close(fd);
	}
	*out = s->st.st_mtim.tv_sec;
	keep(s, SUMMARY_DATE, span_of((const char *)out, sizeof(*out)));
	return 0;
}

int imap_source_saved(struct imap_source *s, int64_t *out, struct fault *f)
{
	struct cache_name name;
	uint64_t seconds;

	if (mailbox_find_name(s->box, s->i, &name) == 0 &&
	    span_number(span_of(name.name, strcspn(name.name, ".")), INT32_MAX, &seconds) == 0) {
		*out = (int64_t)seconds;
		return 0;
	}
	if (imap_source_open(s, f) < 0)
		return -1;
	*out = s->st.st_ctim.tv_sec;
	return 0;
}

int imap_source_size(struct imap_source *s, uint64_t *out, struct fault *f)
{
	const uint64_t *size = &s->box->view.size[s->i];
	struct mime_place end;

	if (*size == CACHE_UNKNOWN && s->fd >= 0 && imap_source_measure(s, &end, f) < 0)
		return -1;
	if (mailbox_load_size(s->box, s->i, f) < 0)
		return -1;
	*out = *size;
	return 0;
}

/* ---- the header ---- */

/* Whole lines at the front of what there is room for. */
static void cut_line(struct buf *header)
{
	size_t lf = span_find_last(buf_span(header), '\n');

	if (lf < header->n)
		buf_cut(header, lf + 1);
}

int imap_source_header(struct imap_source *s, struct span *out, struct fault *f)
{
	struct buf *header = &s->text[IMAP_SOURCE_HEADER];
	size_t length = 0, before;
	struct span piece;

	if (imap_source_open(s, f) < 0)
		return -1;
	if (!s->has_header) {
		buf_reset(header);
		while (length == 0 && !is_end(s, header->n) && header->n < header->max) {
			if (imap_source_read(s, header->n, header->max - header->n, &piece, f) < 0)
				return -1;
			/* As a rule it is all in the first piece, and only it is copied. */
			length = header->n == 0 ? header_length(piece, 0) : 0;
			before = header->n;
			buf_put(header, piece.p, length ? length : piece.n);
			if (length == 0)
				length = header_length(buf_span(header), before);
		}
		if (length > 0)
			buf_cut(header, length);
		else if (!is_end(s, header->n))
			cut_line(header);
		s->has_header = true;
	}
	*out = buf_span(header);
	return 0;
}

/* What mail programs ask for to make their lists, and what is searched and sorted by. */
static const char kept_fields[][32] = {
	"Archived-At",
	"Autocrypt",
	"Bcc",
	"Cc",
	"Comments",
	"Content-Description",
	"Content-Language",
	"Content-Type",
	"Date",
	"Delivered-To",
	"Disposition-Notification-To",
	"Errors-To",
	"From",
	"Importance",
	"In-Reply-To",
	"Keywords",
	"Lines",
	"List-Archive",
	"List-Help",
	"List-Id",
	"List-Owner",
	"List-Post",
	"List-Subscribe",
	"List-Unsubscribe",
	"Mail-Followup-To",
	"Mail-Reply-To",
	"Mailing-List",
	"Message-ID",
	"MIME-Version",
	"Newsgroups",
	"Organization",
	"Original-To",
	"Precedence",
	"Priority",
	"References",
	"Reply-To",
	"Return-Path",
	"Return-Receipt-To",
	"Sender",
	"Status",
	"Subject",
	"To",
	"User-Agent",
	"X-Bogosity",
	"X-Label",
	"X-List",
	"X-Mailer",
	"X-Mozilla-Draft-Info",
	"X-MSMail-Priority",
	"X-Original-To",
	"X-Priority",
	"X-Spam-Flag",
	"X-Spam-Level",
	"X-Spam-Status",
	"X-TUID",
	"X-UID",
};

bool imap_source_keeps(struct span name)
{
	for (size_t i = 0; i < sizeof(kept_fields) / sizeof(kept_fields[0]); i++)
		if (name.n > 0 && (name.p[0] | 0x20) == (kept_fields[i][0] | 0x20) &&
		    span_is_nocase(name, span_str(kept_fields[i])))
			return true;
	return false;
}

static void choose_fields(struct buf *out, struct span header)
{
	struct header_field field;
	int more;

	while ((more = header_next(&header, &field)) != 0) {
		if (more < 0)
			header = span_from(header, span_find(header, '\n') + 1);
		else if (imap_source_keeps(field.name))
			buf_put_span(out, field.whole);
	}
}

/* Of what is put together: into the arena, where it stays when the next thing is put together. */
static struct span settle(struct imap_source *s, struct buf *text)
{
	return span_of(arena_span(&s->arena, buf_span(text)), text->n);
}

int imap_source_fields(struct imap_source *s, struct span *out, struct fault *f)
{
	struct span header;
	struct buf fields;

	if (is_kept(s, SUMMARY_FIELDS, out))
		return 0;
	if (imap_source_header(s, &header, f) < 0)
		return -1;
	buf_init(&fields, MIME_HEADER_MAX);
	choose_fields(&fields, header);
	keep(s, SUMMARY_FIELDS, buf_span(&fields));
	*out = settle(s, &fields);
	buf_clear(&fields);
	return 0;
}

int imap_source_sent(struct imap_source *s, struct imap_sent *out, struct fault *f)
{
	struct imap_sent sent = { 0 };
	struct span kept, header;
	struct fields fields;

	if (is_kept(s, SUMMARY_SENT, &kept) && kept.n == sizeof(*out)) {
		memcpy(out, kept.p, sizeof(*out));
		return 0;
	}
	if (imap_source_fields(s, &header, f) < 0)
		return -1;
	fields_find(header, &fields);
	sent.is_known = fields_date(&fields, &sent.when, &sent.day);
	*out = sent;
	keep(s, SUMMARY_SENT, span_of((const char *)&sent, sizeof(sent)));
	return 0;
}

/* ---- what IMAP makes of it ---- */

int imap_source_envelope(struct imap_source *s, struct span *out, struct fault *f)
{
	struct buf *text = &s->text[IMAP_SOURCE_ENVELOPE];
	struct span header;

	if (is_kept(s, SUMMARY_ENVELOPE, out))
		return 0;
	if (imap_source_header(s, &header, f) < 0)
		return -1;
	buf_reset(text);
	imap_envelope_put(text, &s->arena, mime_envelope_parse(&s->arena, header));
	if (text->overflow) {
		buf_reset(text);
		buf_put_str(text, "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
	}
	*out = buf_span(text);
	keep(s, SUMMARY_ENVELOPE, *out);
	return 0;
}

int imap_source_structure(struct imap_source *s, struct span *out, struct fault *f)
{
	struct buf *text = &s->text[IMAP_SOURCE_STRUCTURE];
	struct mime_node *root;

	if (is_kept(s, SUMMARY_STRUCTURE, out))
		return 0;
	if (imap_source_tree(s, &root, f) < 0)
		return -1;
	buf_reset(text);
	imap_bodystructure_put(text, &s->arena, root);
	if (text->overflow) {
		buf_reset(text);
		buf_printf(text, "(\"application\" \"octet-stream\" NIL NIL NIL \"7bit\" %ju NIL NIL NIL NIL)",
			   (uintmax_t)mime_octets_crlf(root->part.body, root->part.end));
	}
	*out = buf_span(text);
	keep(s, SUMMARY_STRUCTURE, *out);
	return 0;
}

bool imap_source_has_preview(struct imap_source *s, struct span *out)
{
	return is_kept(s, SUMMARY_PREVIEW, out);
}

/* The front of a part's content, together. */
static int read_front(struct imap_source *s, const struct mime_part *part, struct buf *out, struct fault *f)
{
	uint64_t n = mime_octets(part->body, part->end);
	struct span piece;

	buf_reset(out);
	n = n < PREVIEW_READ ? n : PREVIEW_READ;
	while (out->n < n) {
		if (imap_source_read(s, part->body.at + out->n, n - out->n, &piece, f) < 0)
			return -1;
		buf_put_span(out, piece);
	}
	return 0;
}

static int make_preview(struct imap_source *s, struct buf *out, struct fault *f)
{
	const struct mime_node *node;
	struct mime_node *root;
	struct buf content;
	int rc = 0, tries = 0;

	if (imap_source_tree(s, &root, f) < 0)
		return -1;
	buf_init(&content, PREVIEW_READ);
	for (node = preview_first(root); node && tries++ < PREVIEW_PARTS; node = preview_next(node)) {
		rc = read_front(s, &node->part, &content, f);
		if (rc < 0 || preview_put(out, &node->part.entity, buf_span(&content)))
			break;
	}
	buf_clear(&content);
	return rc;
}

int imap_source_preview(struct imap_source *s, struct span *out, struct fault *f)
{
	struct buf text;
	int rc;

	if (is_kept(s, SUMMARY_PREVIEW, out))
		return 0;
	buf_init(&text, PREVIEW_TEXT);
	rc = make_preview(s, &text, f);
	if (rc == 0) {
		keep(s, SUMMARY_PREVIEW, buf_span(&text));
		*out = settle(s, &text);
	}
	buf_clear(&text);
	return rc;
}
