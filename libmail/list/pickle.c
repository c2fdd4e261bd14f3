/* SPDX-License-Identifier: ISC */
/*
 * pickle - the stack machine of Python's pickles, without any of its calls.
 */
#include "list/pickle.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/utf8.h"

enum { TEXT_GROWTH = 4 };

struct machine {
	struct arena *a;
	struct span all, rest;
	struct pickle **stack;
	size_t n, room;
	size_t *marks; /* heights of the stack */
	size_t nmarks, marks_room;
	struct pickle **memo;
	size_t nmemo;
	bool done;
	struct fault *fault;
};

static int complain(struct machine *m, const char *what)
{
	fault_perm(m->fault, 0, "5.6.0", "at octet %zu: %s", m->all.n - m->rest.n, what);
	return -1;
}

static struct pickle *make(struct machine *m, enum pickle_kind kind)
{
	struct pickle *p = arena_alloc(m->a, sizeof(*p));

	p->kind = kind;
	return p;
}

static int push(struct machine *m, struct pickle *p)
{
	if (m->n == m->room) {
		m->room = m->room ? 2 * m->room : 256;
		m->stack = arena_heap_resize(m->stack, m->room * sizeof(struct pickle *));
	}
	m->stack[m->n++] = p;
	return 0;
}

/* The bottom of what belongs to nobody above the last mark. */
static size_t floor_of(const struct machine *m)
{
	return m->nmarks ? m->marks[m->nmarks - 1] : 0;
}

static struct pickle *pop(struct machine *m)
{
	return m->n > floor_of(m) ? m->stack[--m->n] : NULL;
}

static struct pickle *top(const struct machine *m)
{
	return m->n > floor_of(m) ? m->stack[m->n - 1] : NULL;
}

/* An array grows at the end of the arena; what it outgrew is at most as much again. */
static void append(struct machine *m, struct pickle *to, struct pickle *value)
{
	if (to->n == to->room) {
		size_t room = to->room ? 2 * to->room : 4;
		struct pickle **v = arena_alloc(m->a, room * sizeof(struct pickle *));

		if (to->n)
			memcpy(v, to->v, to->n * sizeof(struct pickle *));
		to->v = v;
		to->room = room;
	}
	to->v[to->n++] = value;
}

/* ---- what opcodes have behind them ---- */

static int take(struct machine *m, size_t n, struct span *out)
{
	if (n > m->rest.n)
		return complain(m, "the pickle ends here");
	*out = span_of(m->rest.p, n);
	m->rest = span_from(m->rest, n);
	return 0;
}

static int take_line(struct machine *m, struct span *out)
{
	size_t n = span_find(m->rest, '\n');

	if (n == m->rest.n)
		return complain(m, "the pickle ends here");
	*out = span_of(m->rest.p, n);
	if (n && m->rest.p[n - 1] == '\r')
		out->n--;
	m->rest = span_from(m->rest, n + 1);
	return 0;
}

/* Little-endian, n octets. */
static int take_number(struct machine *m, size_t n, uint64_t *out)
{
	struct span bytes;

	*out = 0;
	if (take(m, n, &bytes) < 0)
		return -1;
	for (size_t i = n; i-- > 0;)
		*out = *out << 8 | (unsigned char)bytes.p[i];
	return 0;
}

static int push_number(struct machine *m, int64_t number)
{
	struct pickle *p = make(m, PICKLE_NUMBER);

	p->number = number;
	return push(m, p);
}

static int push_text(struct machine *m, struct span text)
{
	struct pickle *p = make(m, PICKLE_TEXT);

	p->text = text;
	return push(m, p);
}

/* ---- opcodes ---- */

static int op_mark(struct machine *m, unsigned arg)
{
	(void)arg;
	if (m->nmarks == m->marks_room) {
		m->marks_room = m->marks_room ? 2 * m->marks_room : 64;
		m->marks = arena_heap_resize(m->marks, m->marks_room * sizeof(*m->marks));
	}
	m->marks[m->nmarks++] = m->n;
	return 0;
}

static int op_stop(struct machine *m, unsigned arg)
{
	(void)arg;
	m->done = true;
	return 0;
}

static int op_pop(struct machine *m, unsigned arg)
{
	(void)arg;
	if (pop(m))
		return 0;
	if (m->nmarks == 0)
		return complain(m, "the stack is empty");
	m->nmarks--;
	return 0;
}

static int op_pop_mark(struct machine *m, unsigned arg)
{
	(void)arg;
	if (m->nmarks == 0)
		return complain(m, "there is no mark");
	m->n = m->marks[--m->nmarks];
	return 0;
}

static int op_dup(struct machine *m, unsigned arg)
{
	struct pickle *p = top(m);

	(void)arg;
	return p ? push(m, p) : complain(m, "the stack is empty");
}

static int op_none(struct machine *m, unsigned arg)
{
	(void)arg;
	return push(m, make(m, PICKLE_NONE));
}

static int op_bool(struct machine *m, unsigned arg)
{
	return push_number(m, arg);
}

/* A decimal number in a line: "I01" is True, "12L" a long, "1.5" a float. What is larger than 64 bits is the largest.
 */
static int op_decimal(struct machine *m, unsigned arg)
{
	struct span line;
	char text[32];

	(void)arg;
	if (take_line(m, &line) < 0)
		return -1;
	if (line.n >= sizeof(text))
		line.n = sizeof(text) - 1;
	memcpy(text, line.p, line.n);
	text[line.n] = '\0';
	return push_number(m, strtoll(text, NULL, 10));
}

static int op_integer(struct machine *m, unsigned octets)
{
	uint64_t number;

	if (take_number(m, octets, &number) < 0)
		return -1;
	return push_number(m, octets == 4 ? (int64_t)(int32_t)(uint32_t)number : (int64_t)number);
}

/* Two's complement of some length. */
static int op_long(struct machine *m, unsigned octets)
{
	uint64_t n, number = 0;
	struct span bytes;

	if (take_number(m, octets, &n) < 0 || take(m, n, &bytes) < 0)
		return -1;
	if (n && n <= 8 && (bytes.p[n - 1] & 0x80))
		number = UINT64_MAX;
	for (size_t i = n <= 8 ? n : 8; i-- > 0;)
		number = number << 8 | (unsigned char)bytes.p[i];
	return push_number(m, (int64_t)number);
}

static int op_double(struct machine *m, unsigned arg)
{
	struct span bytes;
	uint64_t bits = 0;
	double value;

	(void)arg;
	if (take(m, sizeof(bits), &bytes) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(bits); i++)
		bits = bits << 8 | (unsigned char)bytes.p[i];
	memcpy(&value, &bits, sizeof(value));
	return push_number(m, value > -1e18 && value < 1e18 ? (int64_t)value : 0);
}

static int op_counted_text(struct machine *m, unsigned octets)
{
	struct span bytes;
	uint64_t n;

	if (take_number(m, octets, &n) < 0 || take(m, n, &bytes) < 0)
		return -1;
	return push_text(m, bytes);
}

static int op_memo_put(struct machine *m, unsigned octets)
{
	struct pickle *p = top(m);
	uint64_t i = 0;
	struct span line;

	if (octets ? take_number(m, octets, &i) < 0
		   : take_line(m, &line) < 0 ||
			     (span_number(line, PICKLE_MEMO_MAX, &i) < 0 && complain(m, "no number")))
		return -1;
	if (!p)
		return complain(m, "the stack is empty");
	/* They are numbered in order; a number far beyond would cost memory for nothing. */
	if (i >= PICKLE_MEMO_MAX || i > m->all.n)
		return complain(m, "there are too many references");
	while (m->nmemo <= i) {
		size_t room = m->nmemo ? 2 * m->nmemo : 256;

		m->memo = arena_heap_resize(m->memo, room * sizeof(struct pickle *));
		memset(m->memo + m->nmemo, 0, (room - m->nmemo) * sizeof(struct pickle *));
		m->nmemo = room;
	}
	m->memo[i] = p;
	return 0;
}

static int op_memo_get(struct machine *m, unsigned octets)
{
	struct span line;
	uint64_t i = 0;

	if (octets ? take_number(m, octets, &i) < 0
		   : take_line(m, &line) < 0 ||
			     (span_number(line, PICKLE_MEMO_MAX, &i) < 0 && complain(m, "no number")))
		return -1;
	if (i >= m->nmemo || !m->memo[i])
		return complain(m, "there is nothing to refer to");
	return push(m, m->memo[i]);
}

static int op_empty(struct machine *m, unsigned kind)
{
	return push(m, make(m, (enum pickle_kind)kind));
}

/* What is above the mark becomes the elements of `to`, and the mark goes. */
static int gather(struct machine *m, struct pickle *to)
{
	if (m->nmarks == 0)
		return complain(m, "there is no mark");
	for (size_t i = floor_of(m); i < m->n; i++)
		append(m, to, m->stack[i]);
	m->n = m->marks[--m->nmarks];
	return 0;
}

/* A list, a tuple, a dict, or the arguments of a class. */
static int op_collect(struct machine *m, unsigned kind)
{
	struct pickle *p = make(m, (enum pickle_kind)kind);

	return gather(m, p) < 0 ? -1 : push(m, p);
}

static int op_tuple(struct machine *m, unsigned n)
{
	struct pickle *p = make(m, PICKLE_LIST);

	if (m->n - floor_of(m) < n)
		return complain(m, "the stack is empty");
	for (size_t i = m->n - n; i < m->n; i++)
		append(m, p, m->stack[i]);
	m->n -= n;
	return push(m, p);
}

/* Objects take what lists and dicts take, and forget it. */
static int op_add(struct machine *m, unsigned n)
{
	struct pickle *to;

	if (m->n - floor_of(m) < n + 1)
		return complain(m, "the stack is empty");
	to = m->stack[m->n - n - 1];
	for (size_t i = m->n - n; i < m->n && to->kind != PICKLE_OBJECT; i++)
		append(m, to, m->stack[i]);
	m->n -= n;
	return 0;
}

static int op_add_all(struct machine *m, unsigned arg)
{
	struct pickle all = { .kind = PICKLE_LIST }, *to;

	(void)arg;
	if (gather(m, &all) < 0)
		return -1;
	to = top(m);
	if (!to)
		return complain(m, "the stack is empty");
	for (size_t i = 0; i < all.n && to->kind != PICKLE_OBJECT; i++)
		append(m, to, all.v[i]);
	return 0;
}

/* The name of a class or function, in two lines, or a persistent id, in one. */
static int op_name(struct machine *m, unsigned lines)
{
	struct span line;

	for (unsigned i = 0; i < lines; i++)
		if (take_line(m, &line) < 0)
			return -1;
	return push(m, make(m, PICKLE_OBJECT));
}

/* An instance: class and arguments become an object. */
static int op_call(struct machine *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (!pop(m))
			return complain(m, "the stack is empty");
	return push(m, make(m, PICKLE_OBJECT));
}

static int op_inst(struct machine *m, unsigned arg)
{
	struct span line;

	(void)arg;
	if (take_line(m, &line) < 0 || take_line(m, &line) < 0)
		return -1;
	return op_collect(m, PICKLE_OBJECT);
}

/* The state goes to the object below it, which stays. */
static int op_build(struct machine *m, unsigned arg)
{
	(void)arg;
	return pop(m) && top(m) ? 0 : complain(m, "the stack is empty");
}

static int op_skip(struct machine *m, unsigned octets)
{
	struct span bytes;

	return take(m, octets, &bytes);
}

/* Extensions are objects, whose number is not known here. */
static int op_extension(struct machine *m, unsigned octets)
{
	struct span bytes;

	return take(m, octets, &bytes) < 0 ? -1 : push(m, make(m, PICKLE_OBJECT));
}

/* ---- texts in lines ---- */

/* An escape behind a backslash, of octets; what is none stays. */
static void put_escape(struct buf *out, struct span *rest)
{
	static const char from[] = "abfnrtv\\'\"", to[] = "\a\b\f\n\r\t\v\\'\"";
	const char *at = rest->n ? strchr(from, rest->p[0]) : NULL;

	if (rest->n && rest->p[0] && at) {
		buf_put_char(out, to[at - from]);
		*rest = span_from(*rest, 1);
	} else if (rest->n > 2 && rest->p[0] == 'x' && hex_value(rest->p[1]) >= 0 && hex_value(rest->p[2]) >= 0) {
		buf_put_char(out, (char)(hex_value(rest->p[1]) << 4 | hex_value(rest->p[2])));
		*rest = span_from(*rest, 3);
	} else if (rest->n > 2 && rest->p[0] >= '0' && rest->p[0] <= '3' && rest->p[1] >= '0' && rest->p[1] <= '7' &&
		   rest->p[2] >= '0' && rest->p[2] <= '7') {
		buf_put_char(out, (char)((rest->p[0] - '0') << 6 | (rest->p[1] - '0') << 3 | (rest->p[2] - '0')));
		*rest = span_from(*rest, 3);
	} else {
		buf_put_char(out, '\\');
	}
}

static struct span unescape(struct arena *a, struct span s)
{
	struct buf out;
	struct span text;

	buf_init(&out, s.n + 1);
	while (s.n) {
		char c = s.p[0];

		s = span_from(s, 1);
		if (c == '\\')
			put_escape(&out, &s);
		else
			buf_put_char(&out, c);
	}
	text = span_of(arena_span(a, buf_span(&out)), out.n);
	buf_clear(&out);
	return text;
}

/* repr() of a string. */
static int op_string(struct machine *m, unsigned arg)
{
	struct span line;

	(void)arg;
	if (take_line(m, &line) < 0)
		return -1;
	if (line.n < 2 || (line.p[0] != '\'' && line.p[0] != '"') || line.p[line.n - 1] != line.p[0])
		return complain(m, "a text without quotes");
	return push_text(m, unescape(m->a, span_of(line.p + 1, line.n - 2)));
}

static int hex_digits(struct span s, size_t n, uint32_t *out)
{
	*out = 0;
	if (s.n < n)
		return -1;
	for (size_t i = 0; i < n; i++) {
		int digit = hex_value(s.p[i]);

		if (digit < 0)
			return -1;
		*out = *out << 4 | (uint32_t)digit;
	}
	return 0;
}

/* Raw Unicode escapes: \uXXXX and \UXXXXXXXX, and octets that are Latin-1. */
static int op_unicode(struct machine *m, unsigned arg)
{
	struct span s;
	struct buf out;
	uint32_t character;

	(void)arg;
	if (take_line(m, &s) < 0)
		return -1;
	buf_init(&out, TEXT_GROWTH * s.n + UTF8_MAX);
	while (s.n) {
		size_t n = s.n > 1 && s.p[0] == '\\' ? (s.p[1] == 'u' ? 4 : s.p[1] == 'U' ? 8 : 0) : 0;

		if (n && hex_digits(span_from(s, 2), n, &character) == 0) {
			s = span_from(s, n + 2);
		} else {
			character = (unsigned char)s.p[0];
			s = span_from(s, 1);
		}
		utf8_put(&out, character);
	}
	s = span_of(arena_span(m->a, buf_span(&out)), out.n);
	buf_clear(&out);
	return push_text(m, s);
}

/* ---- the machine ---- */

static const struct {
	int (*run)(struct machine *m, unsigned arg);
	unsigned arg;
} opcodes[] = {
	['('] = { op_mark, 0 },
	['.'] = { op_stop, 0 },
	['0'] = { op_pop, 0 },
	['1'] = { op_pop_mark, 0 },
	['2'] = { op_dup, 0 },
	['F'] = { op_decimal, 0 },
	['I'] = { op_decimal, 0 },
	['J'] = { op_integer, 4 },
	['K'] = { op_integer, 1 },
	['L'] = { op_decimal, 0 },
	['M'] = { op_integer, 2 },
	['N'] = { op_none, 0 },
	['P'] = { op_name, 1 },
	['Q'] = { op_call, 1 },
	['R'] = { op_call, 2 },
	['S'] = { op_string, 0 },
	['T'] = { op_counted_text, 4 },
	['U'] = { op_counted_text, 1 },
	['V'] = { op_unicode, 0 },
	['X'] = { op_counted_text, 4 },
	['a'] = { op_add, 1 },
	['b'] = { op_build, 0 },
	['c'] = { op_name, 2 },
	['d'] = { op_collect, PICKLE_DICT },
	['}'] = { op_empty, PICKLE_DICT },
	['e'] = { op_add_all, 0 },
	['g'] = { op_memo_get, 0 },
	['h'] = { op_memo_get, 1 },
	['i'] = { op_inst, 0 },
	['j'] = { op_memo_get, 4 },
	['l'] = { op_collect, PICKLE_LIST },
	[']'] = { op_empty, PICKLE_LIST },
	['o'] = { op_collect, PICKLE_OBJECT },
	['p'] = { op_memo_put, 0 },
	['q'] = { op_memo_put, 1 },
	['r'] = { op_memo_put, 4 },
	['s'] = { op_add, 2 },
	['t'] = { op_collect, PICKLE_LIST },
	[')'] = { op_empty, PICKLE_LIST },
	['u'] = { op_add_all, 0 },
	['G'] = { op_double, 0 },
	[0x80] = { op_skip, 1 },
	[0x81] = { op_call, 2 },
	[0x82] = { op_extension, 1 },
	[0x83] = { op_extension, 2 },
	[0x84] = { op_extension, 4 },
	[0x85] = { op_tuple, 1 },
	[0x86] = { op_tuple, 2 },
	[0x87] = { op_tuple, 3 },
	[0x88] = { op_bool, 1 },
	[0x89] = { op_bool, 0 },
	[0x8a] = { op_long, 1 },
	[0x8b] = { op_long, 4 },
};

static int step(struct machine *m)
{
	struct span code;
	unsigned char i;

	if (take(m, 1, &code) < 0)
		return -1;
	i = (unsigned char)code.p[0];
	if (i >= sizeof(opcodes) / sizeof(opcodes[0]) || !opcodes[i].run)
		return complain(m, "an opcode that pickles of protocol 2 do not have");
	return opcodes[i].run(m, opcodes[i].arg);
}

int pickle_parse(struct arena *a, struct span bytes, const struct pickle **out, struct fault *f)
{
	struct machine m = { .a = a, .all = bytes, .rest = bytes, .fault = f };
	int rc = bytes.n > PICKLE_MAX ? fault_perm(f, 0, "5.3.4", "a pickle of more than %d octets", PICKLE_MAX) : 0;

	while (rc == 0 && !m.done)
		rc = step(&m);
	if (rc == 0) {
		*out = pop(&m);
		rc = *out ? 0 : complain(&m, "the stack is empty");
	}
	free(m.stack);
	free(m.marks);
	free(m.memo);
	return rc;
}

/* ---- what is in it ---- */

const struct pickle *pickle_find(const struct pickle *dict, const char *key)
{
	if (!dict || dict->kind != PICKLE_DICT)
		return NULL;
	for (size_t i = dict->n / 2; i-- > 0;)
		if (dict->v[2 * i]->kind == PICKLE_TEXT && span_is(dict->v[2 * i]->text, span_str(key)))
			return dict->v[2 * i + 1];
	return NULL;
}

int64_t pickle_number(const struct pickle *dict, const char *key, int64_t fallback)
{
	const struct pickle *p = pickle_find(dict, key);

	return p && p->kind == PICKLE_NUMBER ? p->number : fallback;
}

struct span pickle_text(const struct pickle *dict, const char *key)
{
	const struct pickle *p = pickle_find(dict, key);

	return p && p->kind == PICKLE_TEXT ? p->text : span_of("", 0);
}

const struct pickle *pickle_list(const struct pickle *dict, const char *key)
{
	const struct pickle *p = pickle_find(dict, key);

	return p && p->kind == PICKLE_LIST ? p : NULL;
}
