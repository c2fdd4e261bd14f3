/* SPDX-License-Identifier: ISC */
#include "list/pickle.h"

#include "base/buf.h"
#include "support/check_main.h"

enum { DEEP = 6 };

/* As Python writes it, so that a value is one text; what is part of itself ends. */
static void put(struct buf *out, const struct pickle *p, int depth)
{
	static const char open[] = "   [{", close[] = "   ]}";

	if (p->kind == PICKLE_NONE)
		buf_put_str(out, "None");
	else if (p->kind == PICKLE_NUMBER)
		buf_printf(out, "%lld", (long long)p->number);
	else if (p->kind == PICKLE_TEXT)
		buf_printf(out, "'%.*s'", SPAN_ARG(p->text));
	else if (p->kind == PICKLE_OBJECT)
		buf_put_str(out, "<object>");
	else if (depth == DEEP)
		buf_put_str(out, "...");
	else {
		buf_put_char(out, open[p->kind]);
		for (size_t i = 0; i < p->n; i++) {
			buf_put_str(out, i == 0 ? "" : p->kind == PICKLE_DICT && i % 2 ? ":" : ",");
			put(out, p->v[i], depth + 1);
		}
		buf_put_char(out, close[p->kind]);
	}
}

#define BYTES(literal)                                                                                                 \
	{                                                                                                              \
		literal, sizeof(literal) - 1                                                                           \
	}

static const struct {
	struct span bytes;
	const char *want; /* "!" and part of the fault */
} rows[] = {
	{ BYTES("N."), "None" },
	{ BYTES("I42\n."), "42" },
	{ BYTES("I01\n."), "1" },
	{ BYTES("I-7\n."), "-7" },
	{ BYTES("L99L\n."), "99" },
	{ BYTES("F1.5\n."), "1" },
	{ BYTES("G\x40\x09\x21\xfb\x54\x44\x2d\x18."), "3" },
	{ BYTES("K\x2a."), "42" },
	{ BYTES("M\x01\x02."), "513" },
	{ BYTES("J\xff\xff\xff\xff."), "-1" },
	{ BYTES("\x80\x02\x8a\x01\xff."), "-1" },
	{ BYTES("\x80\x02\x8a\x00."), "0" },
	{ BYTES("\x80\x02\x88."), "1" },
	{ BYTES("\x80\x02\x89."), "0" },
	{ BYTES("S'a\\'b\\n\\x41\\101\\q'\np0\n."), "'a'b\nAA\\q'" },
	{ BYTES("S\"it's\"\n."), "'it's'" },
	{ BYTES("V\\u00e9\xe9\\U0001f600\n."), "'\303\251\303\251\360\237\230\200'" },
	{ BYTES("U\x02hi."), "'hi'" },
	{ BYTES("T\x02\x00\x00\x00hi."), "'hi'" },
	{ BYTES("X\x02\x00\x00\x00\xc3\xa9."), "'\303\251'" },
	{ BYTES("]q\x00(K\x01K\x02"
		"e."),
	  "[1,2]" },
	{ BYTES("(lp0\nI1\naI2\na."), "[1,2]" },
	{ BYTES("(I1\nI2\nt."), "[1,2]" },
	{ BYTES("\x80\x02K\x01K\x02\x86."), "[1,2]" },
	{ BYTES("\x80\x02K\x01K\x02K\x03\x87."), "[1,2,3]" },
	{ BYTES("}q\x00(U\x01"
		"aK\x01U\x01"
		"bK\x02u."),
	  "{'a':1,'b':2}" },
	{ BYTES("(dp0\nS'a'\nI1\ns."), "{'a':1}" },
	{ BYTES("]q\x01U\x01xq\x02"
		"ah\x02"
		"a."),
	  "['x','x']" },
	/* Itself. */
	{ BYTES("]q\x01h\x01"
		"a."),
	  "[[[[[[...]]]]]]" },
	/* Classes and calls are objects, and nothing is called. */
	{ BYTES("cos\nsystem\n(S'id'\ntR."), "<object>" },
	{ BYTES("(ios\nsystem\nS'id'\n."), "'id'" },
	{ BYTES("(S'id'\nios\nsystem\n."), "<object>" },
	{ BYTES("(cMailman.Bouncer\n_BounceInfo\noq\x01}(U\x01"
		"aK\x01ub."),
	  "<object>" },
	{ BYTES("ccopy_reg\n_reconstructor\n(c__main__\nA\nc__builtin__\nobject\nNtR(dS'x'\nI1\nsb."), "<object>" },
	{ BYTES("\x80\x02"
		"c__main__\nA\n)\x81}(U\x01xK\x01ub."),
	  "<object>" },
	{ BYTES("Pid\n."), "<object>" },
	{ BYTES("K\x01K\x02"
		"0."),
	  "1" },
	{ BYTES("K\x01(K\x02K\x03"
		"1."),
	  "1" },
	{ BYTES("K\x01"
		"2\x86."),
	  "[1,1]" },
	/* What is none. */
	{ BYTES(""), "!ends here" },
	{ BYTES("."), "!stack is empty" },
	{ BYTES("K"), "!ends here" },
	{ BYTES("T\xff\xff\xff\xffx."), "!ends here" },
	{ BYTES("I42"), "!ends here" },
	{ BYTES("t."), "!no mark" },
	{ BYTES("a."), "!stack is empty" },
	{ BYTES("K\x01(u."), "1" },
	{ BYTES("(0."), "!stack is empty" },
	{ BYTES("h\x07."), "!nothing to refer to" },
	{ BYTES("Nr\xff\xff\xff\x7f."), "!too many references" },
	{ BYTES("Npx\n."), "!no number" },
	{ BYTES("Sno quotes\n."), "!without quotes" },
	{ BYTES("\x80\x04\x8c\x01x."), "!opcode" },
	{ BYTES("R."), "!stack is empty" },
	{ BYTES("Nb."), "!stack is empty" },
};

START_TEST(test_parse)
{
	struct arena a = { 0 };
	const struct pickle *p;
	struct fault f = { 0 };
	struct buf out;
	int rc = pickle_parse(&a, rows[_i].bytes, &p, &f);

	buf_init(&out, 1000);
	if (rows[_i].want[0] == '!') {
		ck_assert_msg(rc < 0, "row %d is taken", _i);
		ck_assert_msg(strstr(f.text, rows[_i].want + 1), "row %d: %s", _i, f.text);
	} else {
		ck_assert_msg(rc == 0, "row %d: %s", _i, f.text);
		put(&out, p, 0);
		ck_assert_str_eq(buf_str(&out), rows[_i].want);
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

static const struct {
	const char *text, *want;
} literals[] = {
	{ "", "{}" },
	{ "# -*- python -*-\n\n# comment\nreal_name = 'Friends'\n", "{'real_name':'Friends'}" },
	{ "a = 1\nb = True\nc = None\nd = -5\ne = 1.5\nf = False\n", "{'a':1,'b':1,'c':None,'d':-5,'e':1,'f':0}" },
	{ "a = \"\"\"one\n'two' \\\"x\\\"\n\"\"\"\nb = ''\n", "{'a':'one\n'two' \"x\"\n','b':''}" },
	{ "a = ['x', \"y\",\n  # more\n 'z',]\nb = ()\n", "{'a':['x','y','z'],'b':[]}" },
	{ "a = [('n', 'p', 0), ('m', 'q', 1)]", "{'a':[['n','p',0],['m','q',1]]}" },
	{ "a = {'x': 1, 'y': [2]}\n", "{'a':{'x':1,'y':[2]}}" },
	{ "a = u'x\\n' # remark\n", "{'a':'x\n'}" },
	{ "a = 'x", "!has no end" },
	{ "a = 'x\n'", "!has no end" },
	{ "a = [1", "!bracket" },
	{ "a = os.system('id')", "!no value" },
	{ "a = 1 + 1", "!follows" },
	{ "a", "!no assignment" },
	{ "a = ", "!no value" },
	{ "a = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]", "!too deep" },
};

START_TEST(test_literal)
{
	struct arena a = { 0 };
	const struct pickle *p;
	struct fault f = { 0 };
	struct buf out;
	int rc = pickle_parse_assignments(&a, span_str(literals[_i].text), &p, &f);

	buf_init(&out, 1000);
	if (literals[_i].want[0] == '!') {
		ck_assert_int_lt(rc, 0);
		ck_assert_msg(strstr(f.text, literals[_i].want + 1), "%s: %s", literals[_i].text, f.text);
	} else {
		ck_assert_msg(rc == 0, "%s: %s", literals[_i].text, f.text);
		put(&out, p, 0);
		ck_assert_str_eq(buf_str(&out), literals[_i].want);
	}
	buf_clear(&out);
	arena_clear(&a);
}
END_TEST

START_TEST(test_find)
{
	struct arena a = { 0 };
	const struct pickle *p;
	struct fault f = { 0 };

	ck_assert_int_eq(pickle_parse_assignments(&a, SPAN("a = 1\nb = 'x'\nc = [2]\na = 3\n"), &p, &f), 0);
	ck_assert_int_eq(pickle_number(p, "a", 9), 3);
	ck_assert_int_eq(pickle_number(p, "b", 9), 9);
	ck_assert(span_is(pickle_text(p, "b"), SPAN("x")));
	ck_assert(span_is(pickle_text(p, "z"), SPAN("")));
	ck_assert_uint_eq(pickle_list(p, "c")->n, 1);
	ck_assert(!pickle_list(p, "a"));
	ck_assert(!pickle_find(pickle_find(p, "a"), "x"));
	ck_assert(!pickle_find(NULL, "x"));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_parse, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_literal, 0, COUNT(literals));
	tcase_add_test(tc, test_find);
}

CHECK_MAIN(pickle, add_tests)
