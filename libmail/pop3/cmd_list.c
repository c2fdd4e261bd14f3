/* SPDX-License-Identifier: ISC */
/*
 * cmd_list - STAT, LIST, UIDL, LAST: what there is.
 */
#include "pop3/cmd.h"

void pop3_ok_total(struct pop3_session *s)
{
	pop3_ok(s, "%zu message%s (%llu octets)", s->count, s->count == 1 ? "" : "s", (unsigned long long)s->octets);
}

void pop3_cmd_stat(struct pop3_session *s, struct span argument)
{
	(void)argument;
	pop3_ok(s, "%zu %llu", s->count, (unsigned long long)s->octets);
}

void pop3_cmd_last(struct pop3_session *s, struct span argument)
{
	(void)argument;
	pop3_ok(s, "%zu", s->last);
}

static void put_size(struct pop3_session *s, size_t i)
{
	buf_put_number(s->out, i + 1);
	buf_put_char(s->out, ' ');
	buf_put_number(s->out, s->drop.size[i]);
	buf_put_str(s->out, "\r\n");
}

static int put_id(struct pop3_session *s, size_t i)
{
	size_t before = s->out->n;
	struct fault f;

	buf_put_number(s->out, i + 1);
	buf_put_char(s->out, ' ');
	if (s->call->uidl(s->ctx, i, s->out, &f) < 0) {
		buf_cut(s->out, before);
		return -1;
	}
	buf_put_str(s->out, "\r\n");
	return 0;
}

/* A list that lacks one would look whole: the client might fetch it again. So there is no end, and no connection. */
static bool fail(struct pop3_session *s)
{
	pop3_set_state(s, POP3_CLOSED);
	return false;
}

static bool list_more(struct pop3_session *s, bool ids)
{
	for (; s->at < s->drop.n; s->at++) {
		if (s->out->n >= POP3_FULL)
			return true;
		if (pop3_is_set(s->deleted, s->at))
			continue;
		if (!ids)
			put_size(s, s->at);
		else if (put_id(s, s->at) < 0)
			return fail(s);
	}
	buf_put_str(s->out, ".\r\n");
	return false;
}

static bool more_sizes(struct pop3_session *s)
{
	return list_more(s, false);
}

static bool more_ids(struct pop3_session *s)
{
	return list_more(s, true);
}

void pop3_cmd_list(struct pop3_session *s, struct span argument)
{
	size_t i;

	if (argument.n == 0) {
		pop3_ok_total(s);
		s->at = 0;
		s->more = more_sizes;
	} else if (pop3_find(s, argument, &i) == 0) {
		buf_put_str(s->out, "+OK ");
		put_size(s, i);
	}
}

void pop3_cmd_uidl(struct pop3_session *s, struct span argument)
{
	size_t i, before;

	if (argument.n == 0) {
		pop3_ok(s, "Unique ids follow");
		s->at = 0;
		s->more = more_ids;
	} else if (pop3_find(s, argument, &i) == 0) {
		before = s->out->n;
		buf_put_str(s->out, "+OK ");
		if (put_id(s, i) == 0)
			return;
		buf_cut(s->out, before);
		pop3_err(s, "[SYS/TEMP] The unique id of this message is not known now");
	}
}
