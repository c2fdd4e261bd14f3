/* SPDX-License-Identifier: ISC */
#include "message/thread.h"

#include <stdio.h>

#include "support/check_main.h"

enum { MESSAGES = 12, OUT = 4 << 20 };

/* Message number n is row n - 1. Ids are written without brackets, several separated by blanks. */
struct message {
	const char *id, *references, *reply_to, *subject; /* a subject with ">" in front had the mark of a reply */
	int date;
};

static const struct {
	enum thread_algorithm algorithm;
	struct message messages[MESSAGES];
	const char *want;
} rows[] = {
	{ THREAD_REFERENCES, { { 0 } }, "" },
	{ THREAD_REFERENCES, { { "a@x", "", "", "", 1 } }, "(1)" },
	/* an answer, an answer to it, and another; dates decide about siblings */
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "s", 1 }, { "b@x", "a@x", "", "s", 2 }, { "c@x", "a@x b@x", "", "s", 3 } },
	  "(1 2 3)" },
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "s", 1 }, { "b@x", "a@x", "", "s", 3 }, { "c@x", "a@x", "", "s", 2 } },
	  "(1 (3)(2))" },
	/* RFC 5256's example, by the shape: a chain that branches, and branches again */
	{ THREAD_REFERENCES,
	  { { "1@x", "", "", "", 1 },
	    { "2@x", "", "", "", 2 },
	    { "3@x", "", "", "", 3 },
	    { "4@x", "3@x", "", "", 4 },
	    { "5@x", "3@x 4@x", "", "", 5 },
	    { "6@x", "3@x 4@x 5@x", "", "", 6 },
	    { "7@x", "3@x 4@x", "", "", 7 },
	    { "8@x", "3@x 4@x 7@x", "", "", 8 } },
	  "(1)(2)(3 4 (5 6)(7 8))" },
	/* In-Reply-To counts when References has no id, and its first id only */
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "", 1 }, { "b@x", "", "a@x c@x", "", 2 }, { "c@x", "junk", "b@x", "", 3 } },
	  "(1 2 3)" },
	{ THREAD_REFERENCES, { { "a@x", "", "", "", 1 }, { "b@x", "z@x", "a@x", "", 2 } }, "(1)(2)" },
	/* the parent is missing: one child takes its place, two stand beside each other */
	{ THREAD_REFERENCES, { { "b@x", "a@x", "", "", 1 } }, "(1)" },
	{ THREAD_REFERENCES, { { "b@x", "a@x", "", "", 2 }, { "c@x", "a@x", "", "", 1 } }, "((2)(1))" },
	/* several missing in a row, within a thread and at its top */
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "", 1 }, { "d@x", "a@x b@x c@x", "", "", 2 }, { "e@x", "a@x b@x", "", "", 3 } },
	  "(1 (2)(3))" },
	{ THREAD_REFERENCES,
	  { { "d@x", "a@x b@x c@x", "", "", 1 }, { "e@x", "a@x b@x", "", "", 2 }, { "f@x", "d@x", "", "", 3 } },
	  "((1 3)(2))" },
	/* the answer came first, and says more of the question than it does itself */
	{ THREAD_REFERENCES, { { "b@x", "a@x", "", "", 2 }, { "a@x", "", "", "", 1 } }, "(2 1)" },
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "", 1 }, { "b@x", "", "", "", 2 }, { "c@x", "a@x b@x", "", "", 3 } },
	  "(1 2 3)" },
	/* a truncated References field is mended by the message itself */
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "", 1 }, { "c@x", "a@x b@x", "", "", 2 }, { "b@x", "z@x", "", "", 3 } },
	  "(1)(3 2)" },
	/* loops: of one, of two, of three */
	{ THREAD_REFERENCES, { { "a@x", "a@x", "", "", 1 } }, "(1)" },
	{ THREAD_REFERENCES, { { "a@x", "b@x", "", "", 1 }, { "b@x", "a@x", "", "", 2 } }, "(2 1)" },
	{ THREAD_REFERENCES, { { "a@x", "a@x b@x a@x", "", "", 1 }, { "b@x", "a@x b@x", "", "", 2 } }, "(1)(2)" },
	{ THREAD_REFERENCES,
	  { { "a@x", "c@x", "", "", 1 }, { "b@x", "a@x", "", "", 2 }, { "c@x", "b@x", "", "", 3 } },
	  "(3 1 2)" },
	/* the second with an id is as one without; those without are alone */
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "", 1 }, { "a@x", "", "", "", 2 }, { "b@x", "a@x", "", "", 3 }, { "", "", "", "", 4 } },
	  "(1 3)(2)(4)" },
	{ THREAD_REFERENCES, { { "", "a@x", "", "", 2 }, { "a@x", "", "", "", 1 } }, "(2 1)" },
	/* subjects: an answer without References; two that are equal; none without a subject */
	{ THREAD_REFERENCES, { { "a@x", "", "", "s", 1 }, { "b@x", "", "", ">s", 2 } }, "(1 2)" },
	{ THREAD_REFERENCES, { { "b@x", "", "", ">s", 1 }, { "a@x", "", "", "s", 2 } }, "(2 1)" },
	{ THREAD_REFERENCES, { { "a@x", "", "", "s", 1 }, { "b@x", "", "", "s", 2 } }, "((1)(2))" },
	{ THREAD_REFERENCES, { { "a@x", "", "", ">s", 1 }, { "b@x", "", "", ">s", 2 } }, "((1)(2))" },
	{ THREAD_REFERENCES,
	  { { "a@x", "", "", "s", 1 }, { "b@x", "", "", "s", 2 }, { "c@x", "", "", ">s", 3 } },
	  "((1)(2)(3))" },
	{ THREAD_REFERENCES, { { "a@x", "", "", "", 1 }, { "b@x", "", "", "", 2 } }, "(1)(2)" },
	/* a top without a message is what others with its subject are joined to */
	{ THREAD_REFERENCES,
	  { { "b@x", "a@x", "", ">s", 2 }, { "c@x", "a@x", "", ">s", 3 }, { "d@x", "", "", "s", 1 } },
	  "((3)(1)(2))" },
	{ THREAD_REFERENCES,
	  { { "b@x", "a@x", "", ">s", 1 },
	    { "c@x", "a@x", "", ">s", 2 },
	    { "e@x", "d@x", "", ">s", 3 },
	    { "f@x", "d@x", "", ">s", 4 } },
	  "((1)(2)(3)(4))" },
	/* REFS leaves subjects alone; the thread that was written to last is the last */
	{ THREAD_REFS,
	  { { "a@x", "", "", "s", 1 }, { "b@x", "", "", ">s", 2 }, { "c@x", "a@x", "", "s", 3 } },
	  "(2)(1 3)" },
	{ THREAD_REFS,
	  { { "b@x", "a@x", "", "", 1 }, { "c@x", "a@x", "", "", 5 }, { "d@x", "", "", "", 3 } },
	  "(3)((1)(2))" },
	/* ORDEREDSUBJECT: the first is the parent, all others are its children */
	{ THREAD_ORDEREDSUBJECT,
	  { { "", "", "", "a", 5 },
	    { "", "", "", "b", 1 },
	    { "", "", "", "a", 3 },
	    { "", "", "", "a", 4 },
	    { "", "", "", "b", 2 },
	    { "", "", "", "c", 1 } },
	  "(2 5)(6)(3 (4)(1))" },
	/* the same date: the order of the mailbox */
	{ THREAD_ORDEREDSUBJECT, { { "", "", "", "a", 1 }, { "", "", "", "a", 1 } }, "(1 2)" },
};

static struct span field(struct arena *a, const char *ids)
{
	struct span rest = span_str(ids), word;
	struct buf out;

	buf_init(&out, 1000);
	while ((word = span_word(&rest)).n > 0)
		buf_printf(&out, "%s%.*s%s\r\n\t", span_find(word, '@') < word.n ? "<" : "", SPAN_ARG(word), ">");
	rest = span_of(arena_span(a, buf_span(&out)), out.n);
	buf_clear(&out);
	return rest;
}

static void add(struct thread *t, const struct message *message, uint32_t number)
{
	struct span subject = span_str(message->subject);
	bool is_reply = span_starts(subject, SPAN(">"));

	thread_add(t, &(struct thread_message){
			      .number = number,
			      .date = message->date,
			      .id = field(t->arena, message->id),
			      .references = field(t->arena, message->references),
			      .reply_to = field(t->arena, message->reply_to),
			      .subject = span_from(subject, is_reply),
			      .is_reply = is_reply,
		      });
}

START_TEST(test_arrange)
{
	struct arena a = { 0 };
	struct thread t;
	struct buf out;

	thread_init(&t, rows[_i].algorithm, &a, MESSAGES);
	for (uint32_t i = 0; i < MESSAGES && rows[_i].messages[i].id; i++)
		add(&t, &rows[_i].messages[i], i + 1);
	thread_arrange(&t);
	buf_init(&out, 1000);
	thread_put(&t, &out);
	ck_assert_str_eq(buf_str(&out), rows[_i].want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* ---- what strangers send: that it comes to an end soon, with each message once, is the test ---- */

enum { MANY = 5000 };

/* Each answers the one before; the last comes first. */
static void refer_back(struct buf *references, int i)
{
	buf_printf(references, "<%d@x>", MANY - i + 1);
}

/* All in a circle, and each names many. */
/* Number, parent and depth of each, "/" in front of each thread. */
static const struct {
	enum thread_algorithm algorithm;
	struct message messages[MESSAGES];
	const char *want;
} walks[] = {
	{ THREAD_REFS, { { 0 } }, "" },
	{ THREAD_REFS, { { "a@x", "", "", "", 1 } }, "/ 1<0:0" },
	{ THREAD_REFS,
	  { { "3@x", "", "", "", 1 },
	    { "4@x", "3@x", "", "", 2 },
	    { "5@x", "3@x 4@x", "", "", 3 },
	    { "6@x", "3@x 4@x 5@x", "", "", 4 },
	    { "7@x", "3@x", "", "", 5 },
	    { "8@x", "", "", "", 6 } },
	  "/ 1<0:0 2<1:1 3<2:2 4<3:3 5<1:1/ 6<0:0" },
	/* the parent of two is missing */
	{ THREAD_REFS,
	  { { "b@x", "a@x", "", "", 1 }, { "c@x", "a@x", "", "", 2 }, { "d@x", "b@x", "", "", 3 } },
	  "/ 1<0:0 3<1:1 2<0:0" },
};

START_TEST(test_walk)
{
	struct arena a = { 0 };
	struct thread t;
	struct buf out;

	thread_init(&t, walks[_i].algorithm, &a, MESSAGES);
	for (uint32_t i = 0; i < MESSAGES && walks[_i].messages[i].id; i++)
		add(&t, &walks[_i].messages[i], i + 1);
	thread_arrange(&t);
	buf_init(&out, OUT);
	for (struct thread_walk w = { .thread = &t }; thread_walk_next(&w) > 0;)
		buf_printf(&out, "%s %u<%u:%u", w.is_first ? "/" : "", w.number, w.parent, w.depth);
	ck_assert_str_eq(buf_str(&out), walks[_i].want);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static void refer_around(struct buf *references, int i)
{
	for (int k = 400; k > 0; k--)
		buf_printf(references, "<%d@x> ", (i + MANY - k) % MANY);
}

/* Each names many that nobody else knows. */
static void refer_nowhere(struct buf *references, int i)
{
	for (int k = 0; k < 200; k++)
		buf_printf(references, "<%d.%d@y>", i, k);
}

/* All under one that is missing, and the same subject. */
static void refer_to_one(struct buf *references, int i)
{
	(void)i;
	buf_put_str(references, "<missing@x>");
}

static void refer_to_none(struct buf *references, int i)
{
	(void)references;
	(void)i;
}

static void (*const kinds[])(struct buf *references, int i) = { refer_back, refer_around, refer_nowhere, refer_to_one,
								refer_to_none };

START_TEST(test_hostile)
{
	enum thread_algorithm algorithm = (enum thread_algorithm)(_i % 3);
	struct arena a = { 0 };
	struct buf references, id, out;
	struct thread t;
	size_t numbers = 0, depth = 0;

	buf_init(&references, 100000);
	buf_init(&id, 100);
	buf_init(&out, OUT);
	thread_init(&t, algorithm, &a, MANY);
	for (int i = 0; i < MANY; i++) {
		buf_reset(&references);
		buf_reset(&id);
		kinds[_i / 3](&references, i);
		buf_printf(&id, "<%d@x>", i);
		thread_add(&t, &(struct thread_message){
				       .number = (uint32_t)i + 1,
				       .date = i % 100,
				       .id = buf_span(&id),
				       .references = buf_span(&references),
				       .subject = SPAN("S"),
				       .is_reply = i % 2,
			       });
	}
	thread_arrange(&t);
	thread_put(&t, &out);
	ck_assert(!out.overflow);
	for (size_t i = 0; i < out.n; i++) {
		numbers += out.p[i] >= '0' && out.p[i] <= '9' && (out.p[i + 1] < '0' || out.p[i + 1] > '9');
		depth += out.p[i] == '(';
		depth -= out.p[i] == ')';
	}
	ck_assert_uint_eq(numbers, MANY);
	ck_assert_uint_eq(depth, 0);
	buf_clear(&references);
	buf_clear(&id);
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

/* What a message tells of its conversation: References, In-Reply-To, Message-ID. */
static const struct {
	const char *references, *reply_to, *id, *want;
} roots[] = {
	{ "", "", "", "" },
	{ "", "", " <a@x>", "<a@x>" },
	{ "", " <b@x>", " <a@x>", "<b@x>" },
	{ " <c@x> <b@x>", " <b@x>", " <a@x>", "<c@x>" },
	{ " <c@x>\n\t<b@x>", "", "", "<c@x>" },
	/* words and comments around them; the case of letters counts */
	{ "", " Your message of Monday <B@x> (was: \"x\")", " <a@x>", "<B@x>" },
	/* of several, an answer's References would have none: RFC 5322 3.6.4 */
	{ "", " Bo <bo@x> wrote <b@x>", " <a@x>", "<a@x>" },
	{ "", " <b@x> <c@x>", "", "" },
	/* what is no id is not there */
	{ " <no-at> <b@x>", "", " <a@x>", "<b@x>" },
	{ " nothing", " <b@x>", " <a@x>", "<b@x>" },
	{ " <c@x", " <b@x>", "", "<b@x>" },
	{ " <<<<c@x>", "", "", "<c@x>" },
	{ " <c d@x>", " <>", " <a@x>", "<a@x>" },
	{ "", "", " a@x", "" },
	{ "", "", " <a@x> <b@x>", "<a@x>" },
	/* a message that answers itself */
	{ " <a@x>", " <a@x>", " <a@x>", "<a@x>" },
};

START_TEST(test_root)
{
	struct span got = thread_root(&(struct thread_message){
		.references = span_str(roots[_i].references),
		.reply_to = span_str(roots[_i].reply_to),
		.id = span_str(roots[_i].id),
	});

	ck_assert_msg(span_is(got, span_str(roots[_i].want)), "%.*s, not %s", SPAN_ARG(got), roots[_i].want);
}
END_TEST

/* However the conversation goes on: each answer as RFC 5322 3.6.4 has it written, from the message that it answers. */
START_TEST(test_root_stays)
{
	struct thread_message m = { .id = SPAN("<0@x>"), .reply_to = span_str(_i ? "<p@x>" : "<p@x> <q@x>") };
	struct span root = thread_root(&m);
	struct arena a = { 0 };

	ck_assert(span_is(root, span_str(_i ? "<p@x>" : "<0@x>")));
	for (int i = 1; i < 50; i++) {
		const char *before = arena_span(&a, m.references);

		if (i == 1 && _i)
			before = "<p@x>";
		m.references = span_str(arena_printf(&a, "%s %.*s", before, SPAN_ARG(m.id)));
		m.reply_to = m.id;
		m.id = span_str(arena_printf(&a, "<%d@x>", i));
		ck_assert(span_is(thread_root(&m), root));
	}
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, test_arrange, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_walk, 0, COUNT(walks));
	tcase_add_loop_test(tc, test_root, 0, COUNT(roots));
	tcase_add_loop_test(tc, test_root_stays, 0, 2);
	tcase_add_loop_test(tc, test_hostile, 0, 3 * COUNT(kinds));
}

CHECK_MAIN(thread, add_tests)
