/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a submitted message. The result is a message whatever the pieces were: lines within the limit, no
 * NUL, no CR, the decoded content of every part what it was. The first byte says how pieces are cut, the second is
 * flags.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "message/address.h"
#include "message/header.h"
#include "message/repair.h"
#include "support/content.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 24, DOT_ENDS = 1, RECIPIENTS = 2, KEEP_BCC = 4 };

struct repaired {
	struct arena arena;
	struct repair_scan scan;
	struct repair_result result;
	struct buf header, body;
	int rc;
};

static void feed_body(struct repaired *r, struct span in, size_t piece)
{
	struct repair_body body;
	struct buf out;

	buf_init(&out, ROOM);
	repair_body_init(&body, &r->scan);
	for (size_t i = 0; i < in.n; i += piece) {
		struct span at = span_of(in.p + i, in.n - i < piece ? in.n - i : piece);

		if (repair_body_feed(&body, at, &out, NULL) < 0)
			abort();
		buf_put_span(&r->body, buf_span(&out));
		assert(out.n <= REPAIR_GROWTH * at.n + REPAIR_ROOM);
		buf_reset(&out);
	}
	if (repair_body_end(&body, &out, NULL) < 0)
		abort();
	buf_put_span(&r->body, buf_span(&out));
	buf_clear(&out);
	repair_body_clear(&body);
}

static void repair(struct repaired *r, struct span in, unsigned flags, size_t piece)
{
	static const struct repair_rules rules = { .origin = "o.example", .host = "h", .id = "I", .sender = "al" };
	struct repair_rules mine = rules;

	memset(r, 0, sizeof(*r));
	mine.recipients = flags & RECIPIENTS;
	mine.keep_bcc = flags & KEEP_BCC;
	buf_init(&r->header, ROOM);
	buf_init(&r->body, ROOM);
	repair_scan_init(&r->scan, 4096, flags & DOT_ENDS);
	for (size_t i = 0; i < in.n && r->rc == 0; i += piece)
		r->rc = repair_scan_feed(&r->scan, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), NULL);
	if (r->rc == 0)
		r->rc = repair_scan_end(&r->scan, NULL);
	if (r->rc == 0)
		r->rc = repair_header(&r->arena, &r->scan, &mine, &r->header, &r->result, NULL);
	if (r->rc == 0)
		feed_body(r, in, piece);
}

static void forget(struct repaired *r)
{
	repair_scan_clear(&r->scan);
	buf_clear(&r->header);
	buf_clear(&r->body);
	arena_clear(&r->arena);
}

static void check_lines(struct span text)
{
	assert(span_find(text, '\r') == text.n && span_find(text, '\0') == text.n);
	assert(text.n == 0 || text.p[text.n - 1] == '\n');
	while (text.n)
		assert(span_cut(&text, '\n').n <= HEADER_LINE_MAX);
}

static void check_header(const struct repaired *r)
{
	struct span header = buf_span(&r->header);
	struct header_field field;

	assert(header_length(header, 0) == header.n);
	if (!r->result.resent)
		assert(header_find(header, SPAN("From"), &field) && header_find(header, SPAN("Date"), &field));
	while (header_next(&header, &field) == 1)
		assert(!span_is_nocase(field.name, SPAN("Return-Path")));
	assert(header.n == 0);
	for (size_t i = 0; i < r->result.recipients.n; i++)
		assert(address_is_valid(span_str(r->result.recipients.v[i]), false, true));
}

static size_t count(struct span s, const char *what)
{
	size_t n = 0;

	for (const char *at; s.n && (at = memmem(s.p, s.n, what, strlen(what))) != NULL; n++)
		s = span_from(s, (size_t)(at - s.p) + 1);
	return n;
}

static size_t encoded_words(struct span s)
{
	return count(s, "=?UTF-8?") + count(s, "=?unknown-8bit?");
}

/* A token of a Content- field that no line can hold has become encoded words, which have no meaning there. */
static bool has_new_words(const struct repaired *r, struct span in)
{
	return encoded_words(buf_span(&r->header)) + encoded_words(buf_span(&r->body)) > encoded_words(in);
}

/* Of more than 40 blanks in a line that must be folded one is left (fold.c), also in a boundary parameter. */
static bool has_gap(struct span text)
{
	bool is_long = false, has_gap = false;

	while (text.n) {
		struct span line = span_cut(&text, '\n');
		size_t blanks = 0;

		is_long |= line.n > HEADER_LINE_MAX;
		for (size_t i = 0; i < line.n; i++) {
			blanks = line.p[i] == ' ' || line.p[i] == '\t' || line.p[i] == '\0' ? blanks + 1 : 0;
			has_gap |= blanks > 40;
		}
	}
	return is_long && has_gap;
}

static void check_content(const struct repaired *r, struct span in, unsigned flags)
{
	struct content before, after;
	struct lines lines;
	struct buf text, head;

	buf_init(&text, ROOM);
	lines_in_init(&lines, flags & DOT_ENDS);
	lines_in_feed(&lines, in, &text);
	lines_in_end(&lines, &text);
	buf_init(&head, ROOM);
	buf_put_span(&head, buf_span(&r->scan.header));
	buf_put_char(&head, '\n');
	content_see_body(&before, buf_span(&head), span_from(buf_span(&text), (size_t)r->scan.body_at));
	content_see_body(&after, buf_span(&r->header), buf_span(&r->body));
	buf_clear(&head);
	assert(before.header_nul || content_is_same(&after, &before));
	content_clear(&before);
	content_clear(&after);
	buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 2);
	unsigned flags = size > 1 ? data[1] : 0;
	struct repaired a, b;

	repair(&a, in, flags, in.n + 1);
	repair(&b, in, flags, size > 0 ? 1 + data[0] : 1);
	assert(a.rc == b.rc);
	if (a.rc == 0) {
		assert(span_is(buf_span(&a.header), buf_span(&b.header)));
		assert(span_is(buf_span(&a.body), buf_span(&b.body)));
		assert(a.result.recipients.n == b.result.recipients.n);
		check_lines(buf_span(&a.header));
		check_lines(buf_span(&a.body));
		check_header(&a);
		if (!has_new_words(&a, in) && !has_gap(in))
			check_content(&a, in, flags);
	}
	forget(&a);
	forget(&b);
	return 0;
}
