/* SPDX-License-Identifier: ISC */
/*
 * thread - which message answers which, RFC 5256 3.
 *
 * A node is a message, or an id of which only others speak (number 0). Links are made between ids as they are named;
 * trees that were joined are known as one set, so that a link which would close a loop is seen at once. All orders come
 * from one sorted array of the messages: a list of siblings is in order when its members are appended in the order of
 * that array.
 */
#include "message/thread.h"

#include <assert.h>
#include <stdlib.h>

#include "message/msgid.h"

struct thread_node {
	uint32_t number;
	uint32_t place; /* among the messages in the order they came, from 1 on; 0: it is none */
	bool is_reply;
	int64_t date; /* of a thread's top: what its place is decided by */
	struct span subject;
	struct thread_node **references;
	size_t nreferences;
	struct thread_node *parent;
	struct thread_node *set; /* one that is in the same tree, and on the way to the one which stands for it */
	struct thread_node *child, *last, *next;
};

void thread_init(struct thread *t, enum thread_algorithm algorithm, struct arena *a, size_t room)
{
	*t = (struct thread){ .algorithm = algorithm, .arena = a, .room = room };
	t->messages = arena_alloc(a, (room + 1) * sizeof(struct thread_node *));
	map_init(&t->ids, a);
	map_init(&t->subjects, a);
}

static struct thread_node *new_node(struct thread *t)
{
	struct thread_node *node = arena_alloc(t->arena, sizeof(*node));

	node->set = node;
	return node;
}

static struct span keep(struct thread *t, struct span s)
{
	return span_of(arena_span(t->arena, s), s.n);
}

static struct thread_node *intern(struct thread *t, struct span id)
{
	struct map_entry *e = map_enter(&t->ids, id);

	if (!e->value) {
		e->key = keep(t, id);
		e->value = new_node(t);
	}
	return e->value;
}

/* NULL: there are too many that no message has. */
static struct thread_node *intern_other(struct thread *t, struct span id)
{
	return t->ids.n < t->n + THREAD_OTHERS_MIN + THREAD_OTHERS * t->room ? intern(t, id) : map_find(&t->ids, id);
}

/* The ids that it refers to, the last one being what it answers. */
static void take_references(struct thread *t, struct thread_node *node, const struct thread_message *m)
{
	struct span ids[THREAD_REFERENCES_MAX], rest = m->references, id;
	size_t n = 0, count;

	while (msgid_next(&rest, &id) > 0)
		ids[n++ % THREAD_REFERENCES_MAX] = id;
	rest = m->reply_to;
	if (n == 0 && msgid_next(&rest, &id) > 0)
		ids[n++] = id;
	count = n < THREAD_REFERENCES_MAX ? n : THREAD_REFERENCES_MAX;
	node->references = arena_alloc(t->arena, count * sizeof(struct thread_node *));
	for (size_t i = n - count; i < n; i++) {
		struct thread_node *other = intern_other(t, ids[i % THREAD_REFERENCES_MAX]);

		if (other)
			node->references[node->nreferences++] = other;
	}
}

/* An id counts for the first message that has it: RFC 5256 step 1. */
static struct thread_node *find_node(struct thread *t, const struct thread_message *m)
{
	struct span rest = m->id, id;
	struct thread_node *node;

	if (t->algorithm == THREAD_ORDEREDSUBJECT || msgid_next(&rest, &id) <= 0)
		return new_node(t);
	node = intern(t, id);
	return node->place == 0 ? node : new_node(t);
}

void thread_add(struct thread *t, const struct thread_message *m)
{
	struct thread_node *node = find_node(t, m);

	assert(t->n < t->room);
	t->messages[t->n++] = node;
	node->place = (uint32_t)t->n;
	node->number = m->number;
	node->date = m->date;
	node->is_reply = m->is_reply;
	if (t->algorithm != THREAD_REFS)
		node->subject = keep(t, m->subject);
	if (t->algorithm != THREAD_ORDEREDSUBJECT)
		take_references(t, node, m);
}

/* ---- step 1: links ---- */

static struct thread_node *find_set(struct thread_node *node)
{
	while (node->set != node) {
		node->set = node->set->set;
		node = node->set;
	}
	return node;
}

/* Unless the child has a parent, or would become its own ancestor. */
static void link_nodes(struct thread_node *parent, struct thread_node *child)
{
	struct thread_node *set = find_set(child);

	if (child->parent || find_set(parent) == set)
		return;
	child->parent = parent;
	set->set = find_set(parent);
}

/* What the others' References say of a message counts only if it was there before them: it knows better itself. */
static void link_references(struct thread_node *message)
{
	for (size_t i = 1; i < message->nreferences; i++)
		if (message->references[i]->place < message->place)
			link_nodes(message->references[i - 1], message->references[i]);
	if (message->nreferences > 0)
		link_nodes(message->references[message->nreferences - 1], message);
}

/* ---- step 3: nodes without a message go, but for a top that holds several threads together ---- */

/* The nearest ancestor that is a message, or else the top. Each node on the way is told for the next time. */
static struct thread_node *find_anchor(struct thread_node *node)
{
	struct thread_node *anchor = node, *up;

	while (anchor->number == 0 && anchor->parent)
		anchor = anchor->parent;
	for (; node != anchor; node = up) {
		up = node->parent;
		node->parent = anchor;
	}
	return anchor;
}

static void prune(struct thread *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->messages[i]->parent)
			t->messages[i]->parent = find_anchor(t->messages[i]->parent);
	/* Counted in `child`: the first, and in `last`: another one. */
	for (size_t i = 0; i < t->n; i++) {
		struct thread_node *parent = t->messages[i]->parent;

		if (parent && parent->number == 0)
			*(parent->child ? &parent->last : &parent->child) = t->messages[i];
	}
	for (size_t i = 0; i < t->n; i++) {
		struct thread_node *parent = t->messages[i]->parent;

		if (parent && parent->number == 0 && !parent->last)
			t->messages[i]->parent = NULL;
	}
}

/* ---- orders ---- */

/* Messages, and tops that have the date and the place of one. */
static int compare_dates(const void *a, const void *b)
{
	const struct thread_node *x = *(struct thread_node *const *)a, *y = *(struct thread_node *const *)b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* As mail comes in the order of its dates, they are often sorted already. */
static void sort_by_date(struct thread_node **nodes, size_t n)
{
	size_t i = 1;

	while (i < n && compare_dates(&nodes[i - 1], &nodes[i]) <= 0)
		i++;
	if (i < n)
		qsort(nodes, n, sizeof(struct thread_node *), compare_dates);
}

static void append(struct thread *t, struct thread_node *node)
{
	struct thread_node *parent = node->parent;
	struct thread_node **first = parent ? &parent->child : &t->first, **last = parent ? &parent->last : &t->last;

	node->next = NULL;
	*(*first ? &(*last)->next : first) = node;
	*last = node;
}

/* Lists of threads and of siblings, from the links and the order of the messages. A top without a message comes where
 * its first child would. */
static void list_nodes(struct thread *t)
{
	t->first = t->last = NULL;
	for (size_t i = 0; i < t->n; i++) {
		t->messages[i]->child = NULL;
		if (t->messages[i]->parent)
			t->messages[i]->parent->child = NULL;
	}
	for (size_t i = 0; i < t->n; i++) {
		struct thread_node *parent = t->messages[i]->parent;

		if (parent && parent->number == 0 && !parent->child)
			append(t, parent);
		append(t, t->messages[i]);
	}
}

/* ---- step 5: threads with the same subject ---- */

static struct thread_node *subject_of(struct thread_node *top)
{
	return top->number ? top : top->child;
}

/* Which of the threads with the same subject the others are joined to: step 5.B. */
static bool is_better(const struct thread_node *top, const struct thread_node *known)
{
	return known->number && (!top->number || (known->is_reply && !top->is_reply));
}

static void move_children(struct thread_node *from, struct thread_node *to)
{
	for (struct thread_node *child = from->child; child; child = child->next)
		child->parent = to;
}

/* Step 5.C. What `known` stands in is what later threads with the subject are joined to. */
static void join_threads(struct thread *t, struct thread_node *top, struct thread_node *known)
{
	struct thread_node *both;

	if (!known->number && !top->number) {
		move_children(top, known);
	} else if (!known->number || (top->is_reply && !known->is_reply)) {
		top->parent = known;
	} else {
		both = new_node(t);
		top->parent = known->parent = both;
		map_set(&t->subjects, subject_of(top)->subject, both);
	}
}

static void join_subjects(struct thread *t)
{
	for (struct thread_node *top = t->first; top; top = top->next) {
		struct span subject = subject_of(top)->subject;
		struct map_entry *e = subject.n > 0 ? map_enter(&t->subjects, subject) : NULL;

		if (e && (!e->value || is_better(top, e->value)))
			e->value = top;
	}
	for (struct thread_node *top = t->first, *next; top; top = next) {
		struct span subject = subject_of(top)->subject;
		struct thread_node *known = subject.n > 0 ? map_find(&t->subjects, subject) : NULL;

		next = top->next;
		if (known && known != top && top->parent != known)
			join_threads(t, top, known);
	}
}

/* ---- REFS: by the most recent message ---- */

/* The messages come in order, so the last one of each thread decides; a thread's nodes are one set. */
static void order_by_latest(struct thread *t)
{
	struct thread_node **tops = arena_alloc(t->arena, (t->n + 1) * sizeof(struct thread_node *));
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		find_set(t->messages[i])->last = t->messages[i];
	for (struct thread_node *top = t->first; top; top = top->next)
		tops[n++] = top;
	for (size_t i = 0; i < n; i++) {
		const struct thread_node *latest = find_set(tops[i])->last;

		tops[i]->date = latest->date;
		tops[i]->place = latest->place;
	}
	sort_by_date(tops, n);
	t->first = t->last = NULL;
	for (size_t i = 0; i < n; i++)
		append(t, tops[i]);
}

/* ---- ORDEREDSUBJECT ---- */

static void link_subjects(struct thread *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct thread_node *node = t->messages[i];

		if (!map_add(&t->subjects, node->subject, node))
			node->parent = map_find(&t->subjects, node->subject);
	}
}

void thread_arrange(struct thread *t)
{
	if (t->algorithm != THREAD_ORDEREDSUBJECT) {
		for (size_t i = 0; i < t->n; i++)
			link_references(t->messages[i]);
		prune(t);
	}
	sort_by_date(t->messages, t->n);
	if (t->algorithm == THREAD_ORDEREDSUBJECT)
		link_subjects(t);
	list_nodes(t);
	if (t->algorithm == THREAD_REFS)
		order_by_latest(t);
	if (t->algorithm != THREAD_REFERENCES)
		return;
	join_subjects(t);
	list_nodes(t);
}

/* ---- what one message tells ---- */

struct span thread_root(const struct thread_message *m)
{
	struct span id = { .n = 0 }, other, rest = m->references;

	if (msgid_next(&rest, &id) > 0)
		return id;
	rest = m->reply_to;
	if (msgid_next(&rest, &id) > 0 && msgid_next(&rest, &other) == 0)
		return id;
	rest = m->id;
	return msgid_next(&rest, &id) > 0 ? id : span_of(NULL, 0);
}

/* ---- the answer ---- */

static void put_thread(const struct thread_node *top, struct buf *out)
{
	const struct thread_node *node = top;

	buf_put_char(out, '(');
	for (;;) {
		if (node->number)
			buf_put_number(out, node->number);
		if (node->child) {
			if (node->number)
				buf_put_char(out, ' ');
			if (node->child->next)
				buf_put_char(out, '(');
			node = node->child;
			continue;
		}
		for (; node != top && !node->next; node = node->parent)
			if (node->parent->child != node)
				buf_put_char(out, ')');
		if (node == top)
			break;
		buf_put_str(out, ")(");
		node = node->next;
	}
	buf_put_char(out, ')');
}

void thread_put(const struct thread *t, struct buf *out)
{
	for (const struct thread_node *top = t->first; top; top = top->next)
		put_thread(top, out);
}

/* ---- a walk ---- */

/* The node behind this one, a child before a sibling; NULL behind the thread's last. */
static const struct thread_node *next_in_thread(const struct thread_node *top, const struct thread_node *node,
						unsigned *depth)
{
	if (node->child) {
		*depth += node->number != 0;
		return node->child;
	}
	while (node != top && !node->next) {
		node = node->parent;
		*depth -= node->number != 0;
	}
	return node == top ? NULL : node->next;
}

int thread_walk_next(struct thread_walk *w)
{
	const struct thread_node *node = w->at ? next_in_thread(w->top, w->at, &w->depth) : NULL;

	w->is_first = !node;
	if (!node) {
		node = w->top = w->top ? w->top->next : w->thread->first;
		w->depth = 0;
	}
	if (node && node->number == 0)
		node = node->child;
	w->at = node;
	if (!node)
		return 0;
	w->number = node->number;
	w->parent = node->parent ? node->parent->number : 0;
	return 1;
}
