/* SPDX-License-Identifier: ISC */
/*
 * cmd_dele - DELE, RSET, QUIT: what is marked, and what becomes of it.
 */
#include "pop3/cmd.h"

#include <limits.h>

bool pop3_is_set(const uint8_t *bits, size_t i)
{
	return bits[i / CHAR_BIT] >> i % CHAR_BIT & 1;
}

void pop3_set(uint8_t *bits, size_t i)
{
	bits[i / CHAR_BIT] |= (uint8_t)(1u << i % CHAR_BIT);
}

static void unmark(struct pop3_session *s)
{
	size_t bytes = s->drop.n / CHAR_BIT + 1;

	memset(s->deleted, 0, bytes);
	s->count = s->drop.n;
	s->octets = 0;
	for (size_t i = 0; i < s->drop.n; i++)
		s->octets += s->drop.size[i];
	s->last = s->drop.last;
}

void pop3_begin_transaction(struct pop3_session *s)
{
	size_t bytes = s->drop.n / CHAR_BIT + 1;

	s->deleted = arena_alloc(&s->arena, bytes);
	s->seen = arena_alloc(&s->arena, bytes);
	unmark(s);
	s->errors = 0;
	pop3_set_state(s, POP3_TRANSACTION);
}

int pop3_find(struct pop3_session *s, struct span number, size_t *i)
{
	uint64_t n;

	if (span_number(number, SIZE_MAX, &n) < 0 || n == 0) {
		pop3_wrong(s, "This is no message number");
		return -1;
	}
	if (n > s->drop.n || pop3_is_set(s->deleted, (size_t)n - 1)) {
		pop3_err(s, n > s->drop.n ? "There is no such message" : "The message is deleted");
		return -1;
	}
	*i = (size_t)n - 1;
	return 0;
}

void pop3_accessed(struct pop3_session *s, size_t i)
{
	if (s->last < i + 1)
		s->last = i + 1;
}

void pop3_cmd_dele(struct pop3_session *s, struct span argument)
{
	size_t i;

	if (pop3_find(s, argument, &i) < 0)
		return;
	pop3_set(s->deleted, i);
	s->count--;
	s->octets -= s->drop.size[i];
	pop3_accessed(s, i);
	pop3_ok(s, "Marked to be deleted");
}

/* What was read stays read. */
void pop3_cmd_rset(struct pop3_session *s, struct span argument)
{
	(void)argument;
	unmark(s);
	pop3_ok_total(s);
}

void pop3_mark_read(struct pop3_session *s)
{
	for (size_t i = 0; s->seen && i < s->drop.n; i++)
		if (pop3_is_set(s->seen, i))
			s->call->mark_read(s->ctx, i);
	s->seen = NULL;
}

/* How many could not be. */
static size_t remove_marked(struct pop3_session *s)
{
	size_t failed = 0;
	struct fault f;

	for (size_t i = 0; s->count < s->drop.n && i < s->drop.n; i++) {
		if (!pop3_is_set(s->deleted, i))
			continue;
		/* It will not be there to be marked. */
		if (s->call->remove(s->ctx, i, &f) == 0)
			s->seen[i / CHAR_BIT] &= (uint8_t) ~(1u << i % CHAR_BIT);
		else
			failed++;
	}
	return failed;
}

void pop3_cmd_quit(struct pop3_session *s, struct span argument)
{
	size_t failed = 0;

	(void)argument;
	if (s->state == POP3_TRANSACTION) {
		failed = remove_marked(s);
		pop3_mark_read(s);
	}
	if (failed)
		pop3_err(s, "[SYS/TEMP] %zu of %zu messages could not be deleted", failed, s->drop.n - s->count);
	else
		pop3_ok(s, "Bye");
	pop3_set_state(s, POP3_CLOSED);
}
