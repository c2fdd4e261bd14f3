/* SPDX-License-Identifier: ISC */
/*
 * lineage - what THREAD wants to know of a message.
 */
#include "imap/lineage.h"

#include <string.h>

#include "imap/fields.h"
#include "store/summary.h"

enum { TEXTS = 4 };

/* A record is this, and the texts behind it. */
struct head {
	int64_t date;
	uint32_t is_reply, n[TEXTS];
};

static void list_texts(struct thread_message *m, struct span *texts[TEXTS])
{
	texts[0] = &m->id;
	texts[1] = &m->references;
	texts[2] = &m->reply_to;
	texts[3] = &m->subject;
}

int lineage_date(struct imap_source *s, int64_t *when, struct fault *f)
{
	struct imap_sent sent;

	if (imap_source_sent(s, &sent, f) < 0)
		return -1;
	*when = sent.when;
	return sent.is_known ? 0 : imap_source_date(s, when, f);
}

static bool read_record(struct span kept, struct thread_message *out)
{
	struct span *texts[TEXTS];
	struct head h;

	if (kept.n < sizeof(h))
		return false;
	memcpy(&h, kept.p, sizeof(h));
	kept = span_from(kept, sizeof(h));
	out->date = h.date;
	out->is_reply = h.is_reply != 0;
	list_texts(out, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		if (h.n[i] > kept.n)
			return false;
		*texts[i] = span_of(kept.p, h.n[i]);
		kept = span_from(kept, h.n[i]);
	}
	return kept.n == 0;
}

static void keep(struct imap_source *s, struct thread_message *m)
{
	struct head h = { .date = m->date, .is_reply = m->is_reply };
	struct span *texts[TEXTS];
	struct buf record;

	list_texts(m, texts);
	buf_init(&record, SUMMARY_RECORD_MAX);
	for (size_t i = 0; i < TEXTS; i++)
		h.n[i] = (uint32_t)texts[i]->n;
	buf_put(&record, &h, sizeof(h));
	for (size_t i = 0; i < TEXTS; i++)
		buf_put_span(&record, *texts[i]);
	/* One that is larger is made anew each time. */
	if (!record.overflow)
		summary_add(mailbox_summary(s->box), SUMMARY_LINEAGE, s->uid, buf_span(&record));
	buf_clear(&record);
}

static struct span base_subject(struct imap_source *s, struct span body, bool *is_reply)
{
	struct buf text;
	struct span out;

	buf_init(&text, FIELDS_MAPPED_MAX);
	fields_put_base_subject(&text, &s->arena, body, is_reply);
	out = span_of(arena_span(&s->arena, buf_span(&text)), text.n);
	buf_clear(&text);
	return out;
}

int lineage_find(struct imap_source *s, struct thread_message *out, struct fault *f)
{
	struct span kept, header;
	struct fields fields;

	if (summary_find(mailbox_summary(s->box), SUMMARY_LINEAGE, s->uid, &kept) && read_record(kept, out))
		return 0;
	if (lineage_date(s, &out->date, f) < 0 || imap_source_fields(s, &header, f) < 0)
		return -1;
	fields_find(header, &fields);
	out->id = fields.body[FIELD_MESSAGE_ID];
	out->references = fields.body[FIELD_REFERENCES];
	out->reply_to = fields.body[FIELD_IN_REPLY_TO];
	out->subject = base_subject(s, fields.body[FIELD_SUBJECT], &out->is_reply);
	keep(s, out);
	return 0;
}
