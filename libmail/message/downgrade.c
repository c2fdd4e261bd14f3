/* SPDX-License-Identifier: ISC */
/*
 * downgrade - 8-bit bodies for 7-bit servers.
 *
 * What repair does for lines that are too long is done for 8-bit bytes; only the message's own header is ours.
 */
#include "message/downgrade.h"

#include "message/header.h"

void downgrade_init(struct downgrade *d)
{
	repair_scan_init(&d->scan, DOWNGRADE_HEADER_MAX, false);
	d->scan.seven_bit = true;
	d->begun = false;
}

int downgrade_scan(struct downgrade *d, struct span piece, struct fault *f)
{
	return repair_scan_feed(&d->scan, piece, f);
}

/* The encoding that the header is to name instead; NULL: its own. */
static const char *new_encoding(const struct repair_scan *s)
{
	if (!encoding_is_identity(s->encoding))
		return NULL;
	return s->structured ? "7bit" : "quoted-printable";
}

/* What a message without MIME fields lacks. */
static void put_mime(const struct repair_scan *s, struct buf *out, const char *encoding)
{
	struct span header = buf_span(&s->header);
	struct header_field field;

	if (!header_find(header, SPAN("MIME-Version"), &field))
		buf_put_str(out, "MIME-Version: 1.0\n");
	if (!header_find(header, SPAN("Content-Type"), &field))
		buf_printf(out, "Content-Type: text/plain; charset=%s\n", s->body_utf8 ? "utf-8" : "unknown-8bit");
	buf_printf(out, "Content-Transfer-Encoding: %s\n", encoding);
}

static void put_header(const struct repair_scan *s, struct buf *out)
{
	const char *encoding = new_encoding(s);
	struct span rest = buf_span(&s->header);
	struct header_field field;
	int more;

	while ((more = header_next(&rest, &field)) == 1)
		if (!encoding || !span_is_nocase(field.name, SPAN("Content-Transfer-Encoding")))
			buf_put_span(out, field.whole);
	if (more < 0)
		buf_put_span(out, rest);
	if (encoding)
		put_mime(s, out, encoding);
	if (!s->no_blank && !s->no_header)
		buf_put_char(out, '\n');
}

int downgrade_begin(struct downgrade *d, struct buf *out, struct fault *f)
{
	if (repair_scan_end(&d->scan, f) < 0)
		return -1;
	if (!d->scan.recode)
		return 1;
	put_header(&d->scan, out);
	repair_body_init(&d->body, &d->scan);
	d->begun = true;
	return out->overflow ? fault_bug(f, "the buffer for the downgraded message is too small") : 0;
}

int downgrade_feed(struct downgrade *d, struct span piece, struct buf *out, struct fault *f)
{
	return repair_body_feed(&d->body, piece, out, f);
}

int downgrade_end(struct downgrade *d, struct buf *out, struct fault *f)
{
	return repair_body_end(&d->body, out, f);
}

void downgrade_clear(struct downgrade *d)
{
	if (d->begun)
		repair_body_clear(&d->body);
	repair_scan_clear(&d->scan);
	d->begun = false;
}
