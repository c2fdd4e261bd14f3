/* SPDX-License-Identifier: ISC */
/*
 * rewrite - other addresses in the header of a message, and all else as it was.
 */
#include "message/rewrite.h"

enum rewrite_side rewrite_side_of(struct span field_name)
{
	static const struct {
		const char *name;
		enum rewrite_side side;
	} fields[] = {
		{ "From", REWRITE_SENDER },
		{ "Sender", REWRITE_SENDER },
		{ "Reply-To", REWRITE_SENDER },
		{ "To", REWRITE_RECIPIENT },
		{ "Cc", REWRITE_RECIPIENT },
		{ "Bcc", REWRITE_RECIPIENT },
		{ "Resent-From", REWRITE_SENDER },
		{ "Resent-Sender", REWRITE_SENDER },
		{ "Resent-Reply-To", REWRITE_SENDER },
		{ "Resent-To", REWRITE_RECIPIENT },
		{ "Resent-Cc", REWRITE_RECIPIENT },
		{ "Resent-Bcc", REWRITE_RECIPIENT },
		{ "Errors-To", REWRITE_SENDER },
		{ "Apparently-To", REWRITE_RECIPIENT },
		{ "Return-Receipt-To", REWRITE_SENDER },
		{ "Disposition-Notification-To", REWRITE_SENDER },
		{ "Mail-Followup-To", REWRITE_SENDER },
		{ "Mail-Reply-To", REWRITE_SENDER },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (span_is_nocase(field_name, span_str(fields[i].name)))
			return fields[i].side;
	return REWRITE_NOTHING;
}

void rewrite_begin(struct rewrite *w, const struct header_field *field, struct buf *out)
{
	*w = (struct rewrite){ .field = field, .out = out, .rest = field->body, .done = field->whole.p };
}

int rewrite_next(struct rewrite *w, struct arena *a, struct address *address)
{
	return address_next(&w->rest, a, address);
}

void rewrite_put(struct rewrite *w, const struct address *address, const char *mailbox)
{
	buf_put(w->out, w->done, (size_t)(address->spec.p - w->done));
	buf_put_str(w->out, mailbox);
	w->done = address->spec.p + address->spec.n;
	w->changes++;
}

void rewrite_end(struct rewrite *w)
{
	const struct span whole = w->field->whole;

	buf_put(w->out, w->done, (size_t)(whole.p + whole.n - w->done));
}
