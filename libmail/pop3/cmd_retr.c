/* SPDX-License-Identifier: ISC */
/*
 * cmd_retr - RETR and TOP: a message, read piece by piece while the client takes it.
 */
#include "pop3/cmd.h"

/*
 * The client was told "+OK" and waits for the end. If there is none it must not take half a message for a whole
 * one: the connection is closed without.
 */
static void fail(struct pop3_session *s)
{
	s->call->end(s->ctx, s->at, POP3_PART);
	pop3_set_state(s, POP3_CLOSED);
}

static bool more_text(struct pop3_session *s)
{
	char piece[POP3_READ];
	struct fault f;
	long n = s->call->read(s->ctx, piece, sizeof(piece), &f);

	if (n < 0) {
		fail(s);
		return false;
	}
	dots_feed(&s->dots, span_of(piece, (size_t)n), s->out);
	if (n > 0 && !dots_is_full(&s->dots))
		return true;
	dots_end(&s->dots, s->out);
	s->call->end(s->ctx, s->at, s->dots.left == DOTS_ALL ? s->dots.octets : POP3_PART);
	return false;
}

void pop3_break_off(struct pop3_session *s)
{
	if (s->more == more_text)
		s->call->end(s->ctx, s->at, POP3_PART);
	s->more = NULL;
}

static int begin(struct pop3_session *s, size_t i, uint64_t lines)
{
	struct fault f;

	if (s->call->begin(s->ctx, i, &f) < 0) {
		pop3_err(s, "[SYS/TEMP] The message cannot be read: it may have been removed by another session");
		return -1;
	}
	s->at = i;
	dots_init(&s->dots, lines);
	s->more = more_text;
	return 0;
}

void pop3_cmd_retr(struct pop3_session *s, struct span argument)
{
	size_t i;

	if (pop3_find(s, argument, &i) < 0 || begin(s, i, DOTS_ALL) < 0)
		return;
	pop3_ok(s, "%llu octets", (unsigned long long)s->drop.size[i]);
	pop3_set(s->seen, i);
	pop3_accessed(s, i);
	s->expected = i == s->retrieved + 1 ? i + 1 : POP3_NONE;
	s->retrieved = i;
}

void pop3_cmd_top(struct pop3_session *s, struct span argument)
{
	struct span rest = argument, number = span_word(&rest);
	uint64_t lines;
	size_t i;

	if (span_number(span_trim(rest), DOTS_ALL - 1, &lines) < 0) {
		pop3_wrong(s, "Syntax: TOP number lines");
		return;
	}
	if (pop3_find(s, number, &i) == 0 && begin(s, i, lines) == 0)
		pop3_ok(s, "Top of message follows");
}
