/* SPDX-License-Identifier: ISC */
#include "message/amend.h"

#include "support/check_main.h"

#define ADDED "Date: Mon, 24 Nov 2025 16:00:00 +0000\nMessage-ID: <ID@host.example>\n"

static const struct {
	const char *in, *want;
} rows[] = {
	/* Nothing to do: as it was. */
	{ "From: al@x.example\nTo: bo@x.example\nDate: x\nMessage-ID: <1@x>\n\nbody\n.\n\n\nmore\n",
	  "From: al@x.example\nTo: bo@x.example\nDate: x\nMessage-ID: <1@x>\n\nbody\n.\n\n\nmore\n" },
	{ "From: al\nTo: bo@x.example\nBcc: carla\nDate: x\nMessage-ID: <1@x>\n\nbody\n",
	  "From: al@origin.example\nTo: bo@x.example\nDate: x\nMessage-ID: <1@x>\n\nbody\n" },
	/* What is missing is added; the body's eighth bit, long lines and structure are not looked at. */
	{ "To: bo@x.example\nFrom: al@x.example\n\n\xc3\xa9\n",
	  "To: bo@x.example\nFrom: al@x.example\n" ADDED "\n\xc3\xa9\n" },
	/* No header, or not all of one. */
	{ "To: bo@x.example\nFrom: al@x.example\nno field\n",
	  "To: bo@x.example\nFrom: al@x.example\n" ADDED "\nno field\n" },
	{ "To: bo@x.example\nFrom: al@x.example\n", "To: bo@x.example\nFrom: al@x.example\n" ADDED "\n" },
	{ "hello\nworld\n", "From: al@x.example\n" ADDED "To: undisclosed-recipients:;\n\nhello\nworld\n" },
	{ "\nhello\n", "From: al@x.example\n" ADDED "To: undisclosed-recipients:;\n\nhello\n" },
	{ "", "From: al@x.example\n" ADDED "To: undisclosed-recipients:;\n\n" },
};

static const struct repair_rules rules = {
	.origin = "origin.example", .host = "host.example", .id = "ID", .sender = "al@x.example", .now = 1764000000
};

static void put(void *ctx, const void *p, size_t n)
{
	buf_put(ctx, p, n);
}

static int amend(struct span in, size_t piece, size_t limit, struct buf *out, struct fault *f)
{
	struct amend m;
	int rc;

	buf_reset(out);
	amend_init(&m, &rules, limit, put, out);
	while (in.n) {
		amend_feed(&m, span_of(in.p, in.n < piece ? in.n : piece));
		in = span_from(in, piece);
	}
	rc = amend_end(&m, f);
	amend_clear(&m);
	return rc;
}

/* The fields that are added may stand in any order: compared as sets of lines, the body as it is. */
static void check_same(const char *got, const char *want)
{
	const char *body = strstr(want, "\n\n");
	struct span lines = span_of(want, (size_t)(body - want) + 1);

	ck_assert_uint_eq(strlen(got), strlen(want));
	ck_assert_msg(strstr(got, "\n\n") && strcmp(strstr(got, "\n\n"), body) == 0, "%s", got);
	while (lines.n) {
		struct span line = span_cut(&lines, '\n');

		ck_assert_msg(memmem(got, strlen(got), line.p, line.n + 1) != NULL, "no \"%.*s\" in\n%s",
			      SPAN_ARG(line), got);
	}
}

START_TEST(test_amend)
{
	struct buf out;
	struct fault f;

	setenv("TZ", "UTC0", 1);
	buf_init(&out, 100000);
	for (size_t piece = 1; piece < 100; piece += piece < 5 ? 1 : 47) {
		ck_assert_int_eq(amend(span_str(rows[_i].in), piece, 1000, &out, &f), 0);
		check_same(buf_str(&out), rows[_i].want);
	}
	buf_clear(&out);
}
END_TEST

/* A long line in the body is passed on as it is, and the header says nothing about it. */
START_TEST(test_long_line)
{
	struct buf in, out;
	struct fault f;

	buf_init(&in, 100000);
	buf_init(&out, 100000);
	for (int i = 0; i < 300; i++)
		buf_put_str(&in, "long line ");
	buf_put_char(&in, '\n');
	ck_assert_int_eq(amend(buf_span(&in), 8192, 50000, &out, &f), 0);
	ck_assert(memmem(out.p, out.n, in.p, in.n) != NULL);
	ck_assert_ptr_null(strstr(buf_str(&out), "Content-Transfer-Encoding"));
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

/* The limit is the header's, however the pieces are cut. */
START_TEST(test_limit)
{
	static const struct {
		size_t header, body;
		int rc;
	} limits[] = { { 900, 5000, 0 }, { 1100, 0, -1 }, { 1100, 10, -1 } };
	struct buf in, out;
	struct fault f;

	buf_init(&in, 100000);
	buf_init(&out, 100000);
	for (size_t i = 0; i < limits[_i].header; i += 10)
		buf_put_str(&in, "X: 678901\n");
	buf_put_char(&in, '\n');
	for (size_t i = 0; i < limits[_i].body; i += 10)
		buf_put_str(&in, "X: 678901\n");
	for (size_t piece = 1; piece < 9000; piece *= 10) {
		ck_assert_int_eq(amend(buf_span(&in), piece, 1000, &out, &f), limits[_i].rc);
		if (limits[_i].rc < 0)
			ck_assert_str_eq(f.status, "5.3.4");
	}
	buf_clear(&in);
	buf_clear(&out);
}
END_TEST

/* The header is looked at as it came, and a fault stops it. */
static int check(void *ctx, struct span header, struct fault *f)
{
	struct buf *seen = ctx;

	buf_put_span(seen, header);
	return span_starts(header, SPAN("From: al")) ? 0 : fault_perm(f, 553, "5.7.1", "not you");
}

START_TEST(test_check)
{
	static const struct {
		const char *in;
		int rc;
		const char *seen;
	} checks[] = {
		{ "From: al\nBcc: bo\n\nFrom: x\n", 0, "From: al\nBcc: bo\n\n" },
		{ "From: bo\n\nx\n", -1, "From: bo\n\n" },
		{ "From: bo\n", -1, "From: bo\n" },
	};
	struct amend m;
	struct fault f;
	struct buf out;

	buf_init(&out, 10000);
	for (size_t i = 0; i < COUNT(checks); i++) {
		buf_reset(&out);
		amend_init(&m, &rules, 1000, put, &out);
		m.check = check;
		amend_feed(&m, span_str(checks[i].in));
		ck_assert_int_eq(amend_end(&m, &f), checks[i].rc);
		ck_assert_int_eq(strncmp(buf_str(&out), checks[i].seen, strlen(checks[i].seen)), 0);
		if (checks[i].rc < 0)
			ck_assert_uint_eq(out.n, strlen(checks[i].seen));
		amend_clear(&m);
	}
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_check);
	tcase_add_loop_test(tc, test_amend, 0, COUNT(rows));
	tcase_add_test(tc, test_long_line);
	tcase_add_loop_test(tc, test_limit, 0, 3);
}

CHECK_MAIN(amend, add_tests)
