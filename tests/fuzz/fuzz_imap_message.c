/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a message, as IMAP tells of it: ENVELOPE, BODYSTRUCTURE and BODY are valid syntax, sizes are those of
 * the octets that are sent, every part that BODYSTRUCTURE has is found, and a preview is a short line of UTF-8.
 */
#include <assert.h>
#include <stdint.h>

#include "base/linescan.h"
#include "base/utf8.h"
#include "imap/bodystructure.h"
#include "imap/envelope.h"
#include "imap/section.h"
#include "message/crlf.h"
#include "message/preview.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 14, ROOM = 16 << 20 };

/* What stands at s as RFC 9051 has it, strictly: its length. Fails where it is nothing. */
static size_t check_string(struct span s)
{
	uint64_t octets;
	size_t n;

	if (s.p[0] == '"') {
		for (n = 1; n < s.n && s.p[n] != '"'; n++) {
			assert((unsigned char)s.p[n] < 0x80 && s.p[n] && s.p[n] != '\r' && s.p[n] != '\n');
			n += s.p[n] == '\\';
		}
		assert(n < s.n);
		return n + 1;
	}
	n = span_find(s, '}');
	assert(s.p[0] == '{' && n + 3 <= s.n && span_number(span_of(s.p + 1, n - 1), s.n, &octets) == 0);
	assert(s.p[n + 1] == '\r' && s.p[n + 2] == '\n' && n + 3 + octets <= s.n);
	assert(!memchr(s.p + n + 3, '\0', octets));
	return n + 3 + (size_t)octets;
}

static void check_lists(struct span s)
{
	size_t depth = 0;
	char before = '(';

	for (size_t n; s.n > 0; s = span_from(s, n)) {
		n = 1;
		if (s.p[0] == '(') {
			assert(before == '(' || before == ' ' || before == ')');
			depth++;
		} else if (s.p[0] == ')') {
			assert(before != ' ' && depth > 0);
			depth--;
		} else if (s.p[0] == ' ') {
			assert(before != ' ' && before != '(');
		} else {
			assert(before == ' ' || before == '(');
			if (s.p[0] == '"' || s.p[0] == '{')
				n = check_string(s);
			else if (span_starts(s, SPAN("NIL")))
				n = 3;
			else
				for (n = 0; n < s.n && s.p[n] >= '0' && s.p[n] <= '9';)
					n++;
			assert(n > 0);
		}
		before = s.p[n - 1] == ' ' || s.p[n - 1] == '(' || s.p[n - 1] == ')' ? s.p[0] : 'x';
	}
	assert(depth == 0);
}

static void check_crlf(struct span message, struct mime_place from, struct mime_place to)
{
	struct span octets = span_of(message.p + from.at, (size_t)mime_octets(from, to));
	struct crlf c;
	struct buf out;

	buf_init(&out, 2 * octets.n + 1);
	crlf_init(&c, 0, UINT64_MAX);
	crlf_feed(&c, octets, &out);
	assert(out.n == mime_octets_crlf(from, to));
	buf_clear(&out);
}

static void check_sections(struct span message, struct mime_node *root, const struct mime_node *node)
{
	struct imap_section s = { .octets = UINT64_MAX };
	struct mime_place from, to;
	struct buf number, fields;

	buf_init(&number, ROOM);
	buf_init(&fields, ROOM);
	mime_tree_put_section(&number, node);
	s.part = buf_span(&number);
	for (int what = IMAP_SECTION_ALL; what <= IMAP_SECTION_MIME; what++) {
		s.what = (enum imap_section_what)what;
		if (!imap_section_find(&s, root, &from, &to))
			continue;
		assert(from.at <= to.at && to.at <= message.n);
		check_crlf(message, from, to);
		if (what == IMAP_SECTION_FIELDS_NOT)
			imap_section_put_fields(&fields, &s,
						span_of(message.p + from.at, (size_t)mime_octets(from, to)));
	}
	assert(!memchr(buf_str(&fields), '\0', fields.n));
	buf_clear(&fields);
	buf_clear(&number);
}

static void check_preview(struct span message, const struct mime_node *root)
{
	struct span text, rest;
	size_t characters = 0;
	struct buf out;
	uint32_t c;

	buf_init(&out, ROOM);
	for (const struct mime_node *node = preview_first(root); node && out.n == 0; node = preview_next(node))
		preview_put(
			&out, &node->part.entity,
			span_of(message.p + node->part.body.at, (size_t)mime_octets(node->part.body, node->part.end)));
	rest = text = buf_span(&out);
	assert(utf8_is_valid(text) && !span_has_control(text));
	while (utf8_next(&rest, &c) != 0)
		characters++;
	assert(characters <= PREVIEW_CHARACTERS);
	buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span message = span_of((const char *)data, size);
	struct arena a = { 0 };
	struct mime_node *root;
	struct buf out, body;

	if (size > INPUT_MAX)
		return 0;
	root = mime_tree_parse(&a, message);
	buf_init(&out, ROOM);
	buf_init(&body, ROOM);
	imap_envelope_put(&out, &a, root->envelope);
	check_lists(buf_span(&out));
	buf_reset(&out);
	imap_bodystructure_put(&out, &a, root);
	check_lists(buf_span(&out));
	assert(imap_bodystructure_put_body(&body, buf_span(&out)) == 0);
	check_lists(buf_span(&body));
	for (const struct mime_node *node = root; node; node = mime_tree_next(node))
		check_sections(message, root, node);
	check_preview(message, root);
	buf_clear(&out);
	buf_clear(&body);
	arena_clear(&a);
	return 0;
}
