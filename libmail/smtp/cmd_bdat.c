/* SPDX-License-Identifier: ISC */
/*
 * cmd_bdat - BDAT: the message in chunks of announced length (RFC 3030).
 *
 * Whatever is wrong, the announced octets are data and must not be read as
 * commands. So a refused chunk is swallowed first and answered then, and the
 * transaction is over: nothing of it may be taken up by a later DATA or BDAT.
 */
#include "smtp/cmd.h"

static int parse(struct smtp_session *s, struct span argument, bool *good)
{
	struct span count = span_word(&argument), last = span_word(&argument);

	*good = argument.n == 0;
	s->chunk_last = span_is_nocase(last, SPAN("LAST"));
	if (last.n && !s->chunk_last)
		*good = false;
	return span_number(count, INT64_MAX, &s->chunk_size);
}

/* May the chunk come here and now? The first one of a message begins it. */
static int admit(struct smtp_session *s, bool good, struct fault *f)
{
	uint64_t limit = s->server->message_size_limit;

	if (!good)
		return fault_perm(f, 501, "5.5.4", "Syntax: BDAT octets [LAST]");
	if (s->state != SMTP_MAIL && s->state != SMTP_CHUNKS)
		return fault_perm(f, 503, "5.5.1", "Send MAIL first");
	if (s->envelope.n == 0)
		return fault_perm(f, s->server->lmtp ? 503 : 554, "5.5.1", "No valid recipients");
	if (s->state == SMTP_MAIL) {
		lines_bdat_in_init(&s->lines);
		if (smtp_message_begin(s, f) < 0)
			return -1;
	}
	/* A chunk may shrink by its CRs, so its length alone decides only what is beyond doubt. */
	if (limit && s->chunk_size / 2 > limit)
		return fault_perm(f, 552, "5.3.4", "Message size exceeds the limit of %llu octets",
				  (unsigned long long)limit);
	return 0;
}

static void end_chunk(struct smtp_session *s)
{
	if (s->failure.kind != FAULT_NONE) {
		(s->chunk_last ? smtp_message_refuse : smtp_refuse)(s, "BDAT", &s->failure);
		smtp_reset(s);
	} else if (s->chunk_last) {
		lines_bdat_in_end(&s->lines, &s->clean);
		smtp_message_put(s);
		smtp_message_end(s, "BDAT");
	} else {
		smtp_set_state(s, SMTP_CHUNKS);
		smtp_reply(s, 250, "2.0.0", "%llu octets received", (unsigned long long)s->chunk_size);
	}
}

void smtp_cmd_bdat(struct smtp_session *s, struct span argument)
{
	struct fault f;
	bool good;

	if (parse(s, argument, &good) < 0) {
		fault_perm(&f, 501, "5.5.4", "Syntax: BDAT octets [LAST]");
		smtp_refuse(s, "BDAT", &f);
		smtp_reset(s);
		return;
	}
	if (admit(s, good, &f) < 0)
		smtp_message_fail(s, &f);
	/* Nothing bounds the number of empty chunks but this. */
	if (s->chunk_size == 0 && !s->chunk_last)
		smtp_count_junk(s);
	if (!smtp_session_is_open(s))
		return;
	s->chunk_left = s->chunk_size;
	smtp_set_state(s, SMTP_CHUNK);
	if (s->chunk_left == 0)
		end_chunk(s);
}

size_t smtp_chunk_feed(struct smtp_session *s, struct span bytes)
{
	if (bytes.n > SMTP_PIECE)
		bytes.n = SMTP_PIECE;
	if (bytes.n > s->chunk_left)
		bytes.n = (size_t)s->chunk_left;
	if (s->is_watched) {
		lines_bdat_in_feed(&s->lines, bytes, &s->clean);
		smtp_message_put(s);
	}
	s->chunk_left -= bytes.n;
	if (s->chunk_left == 0)
		end_chunk(s);
	return bytes.n;
}
