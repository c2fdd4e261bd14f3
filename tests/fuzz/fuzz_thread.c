/* SPDX-License-Identifier: ISC */
/*
 * A mailbox: the first byte chooses the algorithm; each line is a message, "ID REFERENCES", of single letters, its
 * second letter being the subject. Each message is put once, in brackets that are balanced.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "message/thread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGES = 200, ROOM = 1 << 20 };

static struct span put_ids(struct buf *out, struct span letters)
{
	size_t at = out->n;

	for (size_t i = 0; i < letters.n; i++)
		if (letters.p[i] > ' ')
			buf_printf(out, "<%02x@x>", (unsigned char)letters.p[i]);
	return span_from(buf_span(out), at);
}

/* An answer, whose References are the message's and its own id, is in the same conversation. */
static void check_root(const struct thread_message *m)
{
	struct thread_message answer = { .id = SPAN("<answer@x>"), .reply_to = m->id };
	struct span root = thread_root(m);
	struct buf references;

	buf_init(&references, 2 * ROOM);
	buf_put_span(&references, m->references);
	buf_put_span(&references, m->id);
	answer.references = buf_span(&references);
	assert(m->id.n == 0 || span_is(thread_root(&answer), root));
	buf_clear(&references);
}

static void add(struct thread *t, struct span line, uint32_t number)
{
	struct thread_message m;
	struct buf id, references;

	buf_init(&id, ROOM);
	buf_init(&references, ROOM);
	m = (struct thread_message){
		.number = number,
		.date = line.n % 8,
		.id = put_ids(&id, span_of(line.p, line.n > 0)),
		.references = put_ids(&references, span_from(line, 2)),
		.subject = span_of(line.n > 1 ? line.p + 1 : "", line.n > 1 && line.p[1] != ' '),
		.is_reply = line.n % 2,
	};
	thread_add(t, &m);
	check_root(&m);
	buf_clear(&id);
	buf_clear(&references);
}

static void check(struct span out, uint32_t n)
{
	bool seen[MESSAGES + 1] = { false };
	long depth = 0;

	while (out.n > 0) {
		uint32_t number = 0;

		for (; out.n > 0 && out.p[0] >= '0' && out.p[0] <= '9'; out = span_from(out, 1))
			number = number * 10 + (uint32_t)(out.p[0] - '0');
		if (number > 0) {
			assert(number <= n && !seen[number] && depth > 0);
			seen[number] = true;
			continue;
		}
		depth += out.p[0] == '(';
		depth -= out.p[0] == ')';
		assert(depth >= 0);
		out = span_from(out, 1);
	}
	assert(depth == 0);
	for (uint32_t i = 1; i <= n; i++)
		assert(seen[i]);
}

/* A walk comes to each once, behind its parent and one deeper. */
static void check_walk(const struct thread *t, uint32_t n)
{
	unsigned depth[MESSAGES + 1] = { 0 };
	uint32_t count = 0;

	for (struct thread_walk w = { .thread = t }; thread_walk_next(&w) > 0; count++) {
		assert(w.number > 0 && w.number <= n && depth[w.number] == 0);
		assert(w.parent > 0 || w.depth == 0);
		assert(w.parent == 0 || w.depth == depth[w.parent]);
		depth[w.number] = w.depth + 1;
	}
	assert(count == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_of((const char *)data, size);
	struct arena a = { 0 };
	struct thread t;
	struct buf out;
	uint32_t n = 0;

	thread_init(&t, (enum thread_algorithm)(size ? data[0] % 3 : 0), &a, MESSAGES);
	rest = span_from(rest, 1);
	while (rest.n > 0 && n < MESSAGES)
		add(&t, span_cut(&rest, '\n'), ++n);
	thread_arrange(&t);
	buf_init(&out, ROOM);
	thread_put(&t, &out);
	check(buf_span(&out), n);
	check_walk(&t, n);
	buf_clear(&out);
	arena_clear(&a);
	return 0;
}
