/* SPDX-License-Identifier: ISC */
#include "message/mime.h"
#include "base/linescan.h"
#include "support/check_main.h"

enum { ROOM = 1 << 24 };

/* What the events said, in words: "[N header]", "{content}", "|" between; and all bytes as they came. */
struct tale {
	struct buf text, all;
	const struct mime_part *leaf;
	struct linescan lines;
	unsigned problems;
	size_t parts;
	uint64_t at;
};

static void check_place(const struct tale *t, struct mime_place place)
{
	struct linescan lines = { 0 };

	ck_assert_uint_eq(place.at, t->all.n);
	linescan_count(buf_span(&t->all), '\0', &lines);
	ck_assert_uint_eq(place.lines, lines.lines);
	ck_assert_uint_eq(place.bare, lines.bare);
}

static void put_visible(struct buf *out, struct span piece)
{
	for (size_t i = 0; i < piece.n; i++)
		if (piece.p[i] == '\r')
			buf_put_str(out, "^");
		else
			buf_put_char(out, piece.p[i]);
}

static void leave(struct tale *t, const struct mime_part *leaf)
{
	if (t->leaf && t->leaf != leaf)
		buf_put_str(&t->text, "}");
	if (leaf && t->leaf != leaf)
		buf_put_str(&t->text, "{");
	t->leaf = leaf;
}

static void tell_begin(void *context, const struct mime_part *part, struct span header)
{
	struct tale *t = context;

	leave(t, NULL);
	ck_assert_uint_eq(part->number, t->parts++);
	ck_assert_uint_eq(part->header.at, t->all.n);
	buf_printf(&t->text, "[%zu %s/%s%s%s%s%s ", part->number, part->entity.type, part->entity.subtype,
		   part->problems & MIME_DEPTH ? " DEPTH" : "", part->problems & MIME_PARTS ? " PARTS" : "",
		   part->problems & MIME_HEADER_LONG ? " LONG" : "", part->problems & MIME_HEADER_CUT ? " CUT" : "");
	put_visible(&t->text, header);
	buf_put_str(&t->text, "]");
	buf_put_span(&t->all, header);
	if (!(part->problems & MIME_HEADER_LONG))
		check_place(t, part->body);
}

static void tell_rest(void *context, const struct mime_part *part, struct span piece)
{
	struct tale *t = context;

	(void)part;
	put_visible(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static void tell_content(void *context, const struct mime_part *part, struct span piece)
{
	struct tale *t = context;

	leave(t, part);
	put_visible(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static void tell_end(void *context, const struct mime_part *part)
{
	struct tale *t = context;

	leave(t, NULL);
	check_place(t, part->end);
	buf_printf(&t->text, "<%zu%s%s>", part->number, part->problems & MIME_UNCLOSED ? " OPEN" : "",
		   part->problems & MIME_EMPTY ? " EMPTY" : "");
}

static void tell_between(void *context, struct span piece)
{
	struct tale *t = context;

	leave(t, NULL);
	put_visible(&t->text, piece);
	buf_put_span(&t->all, piece);
}

static const struct mime_events events = { tell_begin, tell_rest, tell_content, tell_end, tell_between };

static void parse(struct tale *t, const struct mime_limits *limits, struct span message, size_t piece)
{
	static struct mime m;

	*t = (struct tale){ 0 };
	buf_init(&t->text, ROOM);
	buf_init(&t->all, ROOM);
	mime_init(&m, limits, NULL, &events, t);
	for (size_t i = 0; i < message.n; i += piece)
		mime_feed(&m, span_of(message.p + i, message.n - i < piece ? message.n - i : piece));
	mime_end(&m);
	t->problems = mime_problems(&m);
	mime_clear(&m);
	/* Every byte comes back once and in order. */
	ck_assert(span_is(buf_span(&t->all), message));
}

static void forget(struct tale *t)
{
	buf_clear(&t->text);
	buf_clear(&t->all);
}

#define MIXED  "Content-Type: multipart/mixed; boundary=b\n"
#define HEAD0  "[0 multipart/mixed " MIXED "\n]"
#define RFC822 "Content-Type: message/rfc822\n\n"

static const struct {
	const char *message, *want;
	unsigned problems;
} rows[] = {
	{ "", "[0 text/plain CUT ]<0>", MIME_HEADER_CUT },
	{ "\n", "[0 text/plain \n]<0>", 0 },
	{ "A: x\n", "[0 text/plain CUT A: x\n]<0>", MIME_HEADER_CUT },
	{ "A: x\n\ntext\n--b\n\n", "[0 text/plain A: x\n\n]{text\n--b\n\n}<0>", 0 },
	{ "A: x\r\n\r\ntext\r\n", "[0 text/plain A: x^\n^\n]{text^\n}<0>", 0 },
	{ MIXED "\npre\n--b\n\none\n--b\nA: x\n\ntwo\n--b--\npost\n",
	  HEAD0 "pre\n--b\n[1 text/plain \n]{one}<1>\n--b\n[2 text/plain A: x\n\n]{two}<2>\n--b--\npost\n<0>", 0 },
	{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n\r\n--b--\r\n",
	  "[0 multipart/mixed Content-Type: multipart/mixed; boundary=b^\n^\n]--b^\n[1 text/plain "
	  "^\n]{one^\n}<1>^\n--b--^\n<0>",
	  0 },
	/* Blanks behind a boundary are legal; text is not, nor is a prefix a boundary. */
	{ MIXED "\n--b  \t\n\none\n--b-- \n", HEAD0 "--b  \t\n[1 text/plain \n]{one}<1>\n--b-- \n<0>", 0 },
	{ MIXED "\n--b\n\n--bx\n-b\n--b-\n --b\n--b--x\n--B\n",
	  HEAD0 "--b\n[1 text/plain \n]{--bx\n-b\n--b-\n --b\n--b--x\n--B\n}<1><0 OPEN>", MIME_UNCLOSED },
	{ MIXED "\n--b\n\n--b\n\n--b\n\n",
	  HEAD0 "--b\n[1 text/plain \n]<1>--b\n[2 text/plain \n]<2>--b\n[3 text/plain \n]<3><0 OPEN>", MIME_UNCLOSED },
	{ MIXED "\n--b\n\n\n--b--", HEAD0 "--b\n[1 text/plain \n]<1>\n--b--<0>", 0 },
	{ MIXED "\n--b\n\n\r\n--b--", HEAD0 "--b\n[1 text/plain \n]<1>^\n--b--<0>", 0 },
	{ MIXED "\n--b\n\nx\r--b--", HEAD0 "--b\n[1 text/plain \n]{x^--b--}<1><0 OPEN>", MIME_UNCLOSED },
	{ MIXED "\n--b\n\n-\r\n--\r\n--b--", HEAD0 "--b\n[1 text/plain \n]{-^\n--}<1>^\n--b--<0>", 0 },
	/* A header that a boundary or the end breaks off. */
	{ MIXED "\n--b\nA: x\n--b\n\ny\n",
	  HEAD0 "--b\n[1 text/plain CUT A: x\n]<1>--b\n[2 text/plain \n]{y\n}<2><0 OPEN>",
	  MIME_HEADER_CUT | MIME_UNCLOSED },
	{ MIXED "\n--b\nA: x", HEAD0 "--b\n[1 text/plain CUT A: x]<1><0 OPEN>", MIME_HEADER_CUT | MIME_UNCLOSED },
	{ MIXED "\n--b", HEAD0 "--b[1 text/plain CUT ]<1><0 OPEN>", MIME_HEADER_CUT | MIME_UNCLOSED },
	{ MIXED "\n--b\n--x: y\n-: z\n\nt\n--b--\n", HEAD0 "--b\n[1 text/plain --x: y\n-: z\n\n]{t}<1>\n--b--\n<0>",
	  0 },
	/* Behind the end there are no boundaries. */
	{ MIXED "\n--b--\n--b\n\nx\n", HEAD0 "--b--\n--b\n\nx\n<0 EMPTY>", MIME_EMPTY },
	{ MIXED "\nno part\n", HEAD0 "no part\n<0 OPEN EMPTY>", MIME_EMPTY | MIME_UNCLOSED },
	{ "Content-Type: multipart/mixed\n\n--b\n", "[0 multipart/mixed Content-Type: multipart/mixed\n\n]{--b\n}<0>",
	  ENTITY_BOUNDARY_NONE },
	/* An outer boundary closes what was left open inside; of two the innermost counts. */
	{ MIXED "\n--b\nContent-Type: multipart/x; boundary=c\n\n--c\n\none\n--c--\nepi\n--b\n\ntwo\n--b--\n",
	  HEAD0 "--b\n[1 multipart/x Content-Type: multipart/x; boundary=c\n\n]--c\n[2 text/plain \n]{one}<2>\n--c--\n"
		"epi<1>\n--b\n[3 text/plain \n]{two}<3>\n--b--\n<0>",
	  0 },
	{ MIXED "\n--b\nContent-Type: multipart/x; boundary=bb\n\n--bb\n\none\n--b\n\ntwo\n--b--\n",
	  HEAD0
	  "--b\n[1 multipart/x Content-Type: multipart/x; boundary=bb\n\n]--bb\n[2 text/plain \n]{one}<2><1 OPEN>\n"
	  "--b\n[3 text/plain \n]{two}<3>\n--b--\n<0>",
	  MIME_UNCLOSED },
	{ MIXED "\n--b\n" MIXED "\n--b\n\none\n--b--\n--b--\n",
	  HEAD0 "--b\n[1 multipart/mixed " MIXED "\n]--b\n[2 text/plain \n]{one}<2>\n--b--<1>\n--b--\n<0>", 0 },
	/* Boundaries of which one looks like the end of the other. */
	{ MIXED "\n--b\nContent-Type: multipart/x; boundary=\"b--\"\n\n--b--\n\none\n--b----\n--b--\n",
	  HEAD0 "--b\n[1 multipart/x Content-Type: multipart/x; boundary=\"b--\"\n\n]--b--\n[2 text/plain \n]{one}<2>\n"
		"--b----<1>\n--b--\n<0>",
	  0 },
	{ MIXED "\n--b\n" RFC822 "Subject: x\n\nhi\n--b--\n",
	  HEAD0 "--b\n[1 message/rfc822 " RFC822 "][2 text/plain Subject: x\n\n]{hi}<2><1>\n--b--\n<0>", 0 },
	{ RFC822 RFC822 "A: x\n\nhi\n",
	  "[0 message/rfc822 " RFC822 "][1 message/rfc822 " RFC822 "][2 text/plain A: x\n\n]{hi\n}<2><1><0>", 0 },
	{ RFC822 MIXED "\n--b\n\nx\n--b--\n",
	  "[0 message/rfc822 " RFC822 "][1 multipart/mixed " MIXED "\n]--b\n[2 text/plain \n]{x}<2>\n--b--\n<1><0>",
	  0 },
	{ RFC822, "[0 message/rfc822 " RFC822 "][1 text/plain CUT ]<1><0>", MIME_HEADER_CUT },
	{ MIXED "\n--b\nContent-Type: message/rfc822\n--b--\n",
	  HEAD0 "--b\n[1 message/rfc822 CUT Content-Type: message/rfc822\n][2 text/plain CUT ]<2><1>--b--\n<0>",
	  MIME_HEADER_CUT },
	{ "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: x\n\nhi\n--b\nContent-Type: "
	  "text/plain\n\nt\n--b--\n",
	  "[0 multipart/digest Content-Type: multipart/digest; boundary=b\n\n]--b\n[1 message/rfc822 \n]"
	  "[2 text/plain Subject: x\n\n]{hi}<2><1>\n--b\n[3 text/plain Content-Type: text/plain\n\n]{t}<3>\n--b--\n<0>",
	  0 },
	/* A multipart that says it is encoded is not; an encoded message is a leaf. */
	{ "Content-Transfer-Encoding: base64\n" MIXED "\n--b\n\nx\n--b--\n",
	  "[0 multipart/mixed Content-Transfer-Encoding: base64\n" MIXED "\n]--b\n[1 text/plain \n]{x}<1>\n--b--\n<0>",
	  ENTITY_ENCODED },
	{ "Content-Transfer-Encoding: base64\n" RFC822 "QTogeAoKaGkK\n",
	  "[0 message/rfc822 Content-Transfer-Encoding: base64\n" RFC822 "]{QTogeAoKaGkK\n}<0>", ENTITY_ENCODED },
	/* A line that is no field does not end a header; only an empty one does. */
	{ "A: x\nno field\n" MIXED "\n--b\n\nx\n--b--\n",
	  "[0 multipart/mixed A: x\nno field\n" MIXED "\n]--b\n[1 text/plain \n]{x}<1>\n--b--\n<0>", ENTITY_BAD_LINE },
	{ "A: x\n \nB: y\n\nz", "[0 text/plain A: x\n \nB: y\n\n]{z}<0>", 0 },
};

START_TEST(test_events)
{
	struct span message = span_str(rows[_i].message);

	for (size_t piece = 1; piece <= message.n + 1; piece++) {
		struct tale t;

		parse(&t, NULL, message, piece);
		ck_assert_str_eq(buf_str(&t.text), rows[_i].want);
		ck_assert_uint_eq(t.problems, rows[_i].problems);
		forget(&t);
	}
}
END_TEST

static const struct {
	struct mime_limits limits;
	const char *message, *want;
} limits[] = {
	{ { .depth = 1 },
	  MIXED "\n--b\n" RFC822 RFC822 "--b--\n",
	  HEAD0 "--b\n[1 message/rfc822 DEPTH " RFC822 "]{Content-Type: message/rfc822\n}<1>\n--b--\n<0>" },
	{ { .depth = 2 },
	  RFC822 RFC822 RFC822 "\n",
	  "[0 message/rfc822 " RFC822 "][1 message/rfc822 " RFC822 "][2 message/rfc822 DEPTH " RFC822
	  "]{\n}<2><1><0>" },
	{ { .parts = 3 },
	  MIXED "\n--b\n\none\n--b\n\ntwo\n--b\n\nthree\n--b--\n",
	  HEAD0 "--b\n[1 text/plain \n]{one}<1>\n--b\n[2 text/plain PARTS ]{\ntwo\n--b\n\nthree\n--b--\n}<2><0 OPEN>" },
	{ { .header = 10 },
	  "A: 123\nB: 4567\nC: 8\n\ntext\n",
	  "[0 text/plain LONG A: 123\n]B: 4567\nC: 8\n\n{text\n}<0>" },
	{ { .header = 60 },
	  MIXED
	  "\n--b\nA: 12345678901234567890\nB: 12345678901234567890\nC: 12345678901234567890\n\ntext\n--b\n\nx\n--b--\n",
	  HEAD0 "--b\n[1 text/plain LONG A: 12345678901234567890\nB: 12345678901234567890\n]C: 12345678901234567890\n\n"
		"{text}<1>\n--b\n[2 text/plain \n]{x}<2>\n--b--\n<0>" },
	{ { .header = 60 },
	  MIXED "\n--b\nA: 12345678901234567890\nB: 12345678901234567890\nC: 12345678901234567890\n--b--\n",
	  HEAD0 "--b\n[1 text/plain LONG A: 12345678901234567890\nB: 12345678901234567890\n]C: 12345678901234567890\n"
		"<1>--b--\n<0>" },
	{ { .headers = 52 },
	  MIXED "\n--b\nA: x\n\none\n--b\nB: 1\nC: 2\n\ntwo\n--b\n\nthree\n--b--\n",
	  HEAD0 "--b\n[1 text/plain A: x\n\n]{one}<1>\n--b\n[2 text/plain LONG ]B: 1\nC: 2\n\n{two}<2>\n"
		"--b\n[3 text/plain \n]{three}<3>\n--b--\n<0>" },
};

START_TEST(test_limits)
{
	struct span message = span_str(limits[_i].message);

	for (size_t piece = 1; piece <= message.n + 1; piece++) {
		struct tale t;

		parse(&t, &limits[_i].limits, message, piece);
		ck_assert_str_eq(buf_str(&t.text), limits[_i].want);
		ck_assert(t.problems & MIME_OPAQUE);
		forget(&t);
	}
}
END_TEST

/* A line that is too long to be a boundary is none, wherever the pieces were cut. */
START_TEST(test_long_line)
{
	struct buf message, want;
	struct tale t;

	buf_init(&message, ROOM);
	buf_init(&want, ROOM);
	buf_put_str(&message, MIXED "\n--b\nA: x\n--");
	for (int i = 0; i < 3 * MIME_HELD_MAX; i++)
		buf_put_char(&message, i < 2 * MIME_HELD_MAX ? '-' : ' ');
	buf_put_str(&message, "\n\none\n--b");
	for (int i = 0; i < 2 * MIME_HELD_MAX; i++)
		buf_put_char(&message, ' ');
	buf_put_str(&message, "\n--b  \n\ntwo\n--b--\n");
	parse(&t, NULL, buf_span(&message), message.n);
	ck_assert_uint_eq(t.parts, 3);
	buf_put_span(&want, buf_span(&t.text));
	forget(&t);
	for (size_t piece = 1; piece < message.n; piece += piece < 10 ? 1 : piece / 3) {
		parse(&t, NULL, buf_span(&message), piece);
		ck_assert_str_eq(buf_str(&t.text), buf_str(&want));
		forget(&t);
	}
	buf_clear(&message);
	buf_clear(&want);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_events, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_limits, 0, COUNT(limits));
	tcase_add_test(tc, test_long_line);
}

CHECK_MAIN(mime, add_tests)
