/* SPDX-License-Identifier: ISC */
/*
 * What a client says to an HTTP server: fed at once and in pieces whose length is the first octet it is answered in the
 * same way; each answer is a whole one, with the length that it names; a form and the segments of a path are found in
 * what was sent.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "list/http.h"
#include "list/http_form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 8 << 20 };

static bool is_in(struct span s, struct span whole)
{
	return s.n == 0 || (s.p >= whole.p && s.p + s.n <= whole.p + whole.n);
}

static void on_respond(void *ctx, const struct http_request *q, struct http_response *out)
{
	struct span rest = q->path, segment, value;

	(void)ctx;
	assert(q->path.n > 0 && q->path.p[0] == '/' && is_in(q->path, q->target) && q->body.n <= HTTP_BODY_MAX);
	while (http_segment_next(&rest, out->arena, &segment) > 0)
		assert(!memchr(segment.p, '/', segment.n) && !memchr(segment.p, '\0', segment.n));
	if (http_form_find(out->arena, q, "List-Unsubscribe", &value) > 0)
		buf_put_span(out->body, value);
	buf_put_span(out->body, q->body);
	out->status = 200;
	out->etag = "\"a\"";
}

static int64_t on_now(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct http_callbacks callbacks = { .respond = on_respond, .now = on_now };

static void speak(struct span in, size_t piece, struct buf *said)
{
	struct http_session *s = arena_heap(sizeof(*s));
	struct buf out;

	buf_init(&out, HTTP_OUT_MAX);
	http_session_init(s, &callbacks, NULL, &out);
	while (in.n > 0 && http_session_is_open(s)) {
		size_t n = in.n < piece ? in.n : piece;

		http_session_feed(s, in.p, n);
		in = span_from(in, n);
		do {
			assert(!out.overflow);
			buf_put_span(said, buf_span(&out));
			buf_reset(&out);
		} while (http_session_produce(s));
		buf_put_span(said, buf_span(&out));
		buf_reset(&out);
	}
	http_session_clear(s);
	buf_clear(&out);
	free(s);
}

/* It is said only where the body is not there yet. */
static void without_continue(struct buf *said)
{
	static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	size_t n = strlen(line);
	char *at;

	while ((at = memmem(buf_str(said), said->n, line, n))) {
		memmove(at, at + n, said->n - (size_t)(at - said->p) - n);
		buf_cut(said, said->n - n);
	}
}

/* An answer begins as one does, and its header ends. */
static void check(struct span said)
{
	assert(said.n == 0 || (span_starts(said, SPAN("HTTP/1.1 ")) && memmem(said.p, said.n, "\r\n\r\n", 4)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from(span_of((const char *)data, size), 1);
	struct buf whole, pieces;

	if (size > ROOM / 100)
		return 0;
	buf_init(&whole, ROOM);
	buf_init(&pieces, ROOM);
	speak(in, HTTP_FEED, &whole);
	speak(in, size ? (size_t)data[0] % 64 + 1 : 1, &pieces);
	without_continue(&whole);
	without_continue(&pieces);
	if (!whole.overflow && !pieces.overflow)
		assert(span_is(buf_span(&whole), buf_span(&pieces)));
	check(buf_span(&whole));
	buf_clear(&whole);
	buf_clear(&pieces);
	return 0;
}
