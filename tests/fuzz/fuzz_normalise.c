/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a message: normalised it has the same parts with the same contents, nothing that lint says is mended,
 * and normalised again it is the same. Lint finds the same however the message is cut.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "message/lint.h"
#include "message/mime_tree.h"
#include "message/normalise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 26 };

static int collect(void *context, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(context, piece);
	return 0;
}

static int normalise_all(struct span in, size_t piece, struct buf *out)
{
	static const struct mime_limits limits = { .depth = 20, .header = 1 << 20, .headers = 1 << 24 };
	static struct normalise n;
	int rc;

	buf_init(out, ROOM);
	normalise_init(&n, &limits, NORMALISE_7BIT);
	for (size_t i = 0; i < in.n; i += piece)
		normalise_survey_feed(&n, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
	rc = normalise_survey_end(&n, NULL);
	if (rc == 0) {
		normalise_begin(&n, collect, out);
		for (size_t i = 0; i < in.n; i += piece)
			assert(normalise_feed(&n, span_of(in.p + i, in.n - i < piece ? in.n - i : piece), NULL) == 0);
		assert(normalise_end(&n, NULL) == 0);
	}
	normalise_clear(&n);
	return rc;
}

/* The order of findings on one line may differ. */
struct findings {
	uint64_t sum;
	size_t n, mended;
};

static uint64_t hash(struct span s)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 1099511628211u;
	return h;
}

static void note(void *context, const struct lint_finding *found)
{
	struct findings *all = context;

	all->n++;
	all->mended += found->mended;
	all->sum += hash(span_str(found->code)) * (found->line * 1000003 + found->part->number);
}

static void lint_all(struct span in, size_t piece, struct findings *out)
{
	static struct lint l;

	*out = (struct findings){ .n = 0 };
	lint_init(&l, NULL, note, out);
	for (size_t i = 0; i < in.n; i += piece)
		lint_feed(&l, span_of(in.p + i, in.n - i < piece ? in.n - i : piece));
	lint_end(&l);
	lint_clear(&l);
}

/* Decoded; with `lines` LF for CR LF. */
static void put_content(struct span message, const struct mime_node *node, bool lines, struct buf *out)
{
	struct encoding_decode d;
	struct buf bytes;

	buf_init(&bytes, ROOM);
	buf_init(out, ROOM);
	encoding_decode_init(&d, node->part.entity.encoding);
	encoding_decode_feed(&d, span_of(message.p + node->part.body.at, mime_octets(node->part.body, node->part.end)),
			     &bytes);
	encoding_decode_end(&d, &bytes);
	for (size_t i = 0; i < bytes.n; i++)
		if (!lines || bytes.p[i] != '\r' || i + 1 == bytes.n || bytes.p[i + 1] != '\n')
			buf_put_char(out, bytes.p[i]);
	buf_clear(&bytes);
}

static void compare(struct span one, const struct mime_node *a, struct span two, const struct mime_node *b)
{
	for (; a; a = a->next, b = b->next) {
		struct buf x, y;

		assert(b && a->part.entity.kind == b->part.entity.kind);
		if (a->part.entity.kind == ENTITY_LEAF) {
			/* Line ends are the file's where nothing was encoded, and in what is signed. */
			enum encoding was = a->part.entity.encoding, is = b->part.entity.encoding;
			bool text = encoding_is_identity(was) || was == ENCODING_OTHER;

			put_content(one, a, text && is != ENCODING_BASE64, &x);
			put_content(two, b, encoding_is_identity(is) || is == ENCODING_OTHER, &y);
			assert(span_is(buf_span(&x), buf_span(&y)));
			buf_clear(&x);
			buf_clear(&y);
		}
		compare(one, a->children, two, b->children);
	}
	assert(!b);
}

/* In what is signed a CR in front of a line end stays, and is then taken for a part of it. */
static bool has_signed_cr(struct span s)
{
	size_t first = span_find(s, '\n');
	const char *wrong = first > 0 && first < s.n && s.p[first - 1] == '\r' ? "\r\r\n" : "\r\n";

	return memmem(s.p, s.n, wrong, strlen(wrong)) != NULL;
}

/* Done again it is the same, nothing is left to be mended, and the contents are what they were. */
static void check_result(struct span in, struct span once)
{
	struct findings left;
	struct arena a = { 0 };
	struct buf twice;

	assert(normalise_all(once, once.n + 1, &twice) == 0);
	assert(span_is(once, buf_span(&twice)));
	buf_clear(&twice);
	lint_all(once, once.n + 1, &left);
	assert(left.mended == 0);
	compare(in, mime_tree_parse(&a, in), once, mime_tree_parse(&a, once));
	arena_clear(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	size_t piece = size > 0 ? 1 + data[0] : 1;
	struct findings whole, cut;
	struct buf once, other;

	if (in.n > 1 << 13)
		return 0;
	lint_all(in, in.n + 1, &whole);
	lint_all(in, piece, &cut);
	assert(whole.n == cut.n && whole.sum == cut.sum);
	if (normalise_all(in, in.n + 1, &once) == 0) {
		assert(normalise_all(in, piece, &other) == 0);
		assert(span_is(buf_span(&once), buf_span(&other)));
		buf_clear(&other);
		if (!has_signed_cr(buf_span(&once)))
			check_result(in, buf_span(&once));
	}
	buf_clear(&once);
	return 0;
}
