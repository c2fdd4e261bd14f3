/* SPDX-License-Identifier: ISC */
/*
 * A post of any bytes: with footer, without parts, in a message of the list's. The first byte says which way. What
 * comes out has a header that ends, List-Id once, and of what is wrapped every octet of the body.
 */
#include <assert.h>
#include <stdint.h>

#include "list/shape.h"
#include "message/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int put(void *ctx, struct span piece, struct fault *f)
{
	(void)f;
	buf_put_span(ctx, piece);
	return 0;
}

static void set_list(struct list *l, uint8_t how)
{
	*l = (struct list){ .name = "friends",
			    .path = "friends",
			    .local = SPAN("friends"),
			    .domain = SPAN("example.org"),
			    .delimiter = '+' };
	l->settings = (struct list_settings){ .address = "friends@example.org",
					      .description = "",
					      .subject_prefix = how & 1 ? "[f %d]" : "",
					      .posting = "open",
					      .reply_to = how & 2 ? "list" : "poster",
					      .strip_types = how & 4 ? "text/html, .exe" : "",
					      .keep_types = how & 8 ? "text, multipart" : "",
					      .plain_text_only = how & 16,
					      .attachment_action = "strip",
					      .footer = how & 32 ? "auto" : "part",
					      .remove_headers = "X-A",
					      .add_headers = "X-B: c",
					      .archive_url = "",
					      .list_headers = true,
					      .list_http = true };
}

static void check(const struct shape *s, struct span message, struct span body)
{
	struct span header = span_of(message.p, header_length(message, 0)), rest = header;
	struct header_field field;
	size_t ids = 0;
	int rc;

	assert(header.n > 0);
	while ((rc = header_next(&rest, &field)) != 0) {
		assert(rc > 0);
		ids += span_is_nocase(field.name, SPAN("List-Id"));
	}
	assert(ids == 1);
	assert(s->patch_at + (off_t)s->patch_size <= (off_t)header.n);
	if (s->guard == SHAPE_WRAP && body.n)
		assert(memmem(message.p, message.n, body.p, body.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct incoming in = { .sender = "", .recipient = "", .from = "", .message_id = "", .subject = "" };
	struct shape s = { .in = &in, .http_url = "https://x", .oneclick = true, .footer = SPAN("____\nfriends\n") };
	struct arena a = { 0 };
	struct list l;
	struct buf out;
	struct span message;

	if (size < 2)
		return 0;
	set_list(&l, data[0]);
	s.list = &l;
	s.guard = (enum shape_guard)(data[0] >> 6) % 3;
	message = span_of((const char *)data + 1, size - 1);
	spill_init(&in.raw, 0);
	assert(spill_put(&in.raw, message, NULL) == 0);
	in.body_at = (off_t)(header_length(message, 0) ? header_length(message, 0) : message.n);
	in.header = span_of(message.p, (size_t)in.body_at);
	buf_init(&out, 64 << 20);
	if (shape_plan(&s, &a, NULL) == 0) {
		assert(shape_write(&s, put, &out, NULL) == 0);
		check(&s, buf_span(&out), span_from(message, (size_t)in.body_at));
	}
	buf_clear(&out);
	spill_clear(&in.raw);
	arena_clear(&a);
	return 0;
}
