/* SPDX-License-Identifier: ISC */
#include "route/way.h"

#include "support/check_main.h"

enum { FRAMES = 4 };

/* What was begun, from the outermost: kinds A alias, F forward, I include. */
struct row {
	const char *kinds;
	const char *names[FRAMES];
	enum way_kind kind;
	const char *name;
	enum way_relation want;
};

static const struct row rows[] = {
	{ "", { NULL }, WAY_ALIAS, "al", WAY_NEW },
	{ "A", { "al" }, WAY_ALIAS, "bo", WAY_NEW },
	{ "A", { "al" }, WAY_ALIAS, "AL", WAY_SELF },
	{ "A", { "al" }, WAY_FORWARD, "al", WAY_NEW },
	{ "AF", { "al", "al" }, WAY_ALIAS, "al", WAY_SELF },
	{ "AF", { "al", "al" }, WAY_FORWARD, "al", WAY_SELF },
	{ "AI", { "al", "/f" }, WAY_ALIAS, "al", WAY_SELF },
	{ "AA", { "al", "bo" }, WAY_ALIAS, "al", WAY_LOOP },
	{ "AAA", { "al", "bo", "al" }, WAY_ALIAS, "al", WAY_SELF },
	{ "FA", { "al", "bo" }, WAY_FORWARD, "al", WAY_LOOP },
	{ "FF", { "al", "bo" }, WAY_FORWARD, "Al", WAY_LOOP },
	{ "AI", { "al", "/f" }, WAY_INCLUDE, "/f", WAY_LOOP },
	{ "AI", { "al", "/f" }, WAY_INCLUDE, "/F", WAY_NEW },
	{ "AII", { "al", "/f", "/g" }, WAY_INCLUDE, "/f", WAY_LOOP },
};

static struct way *build(struct way *frames, const struct row *row)
{
	frames[0] = (struct way){ .kind = WAY_TOP };
	for (int i = 0; row->kinds[i]; i++) {
		frames[i + 1] = (struct way){ .up = &frames[i], .name = span_str(row->names[i]) };
		frames[i + 1].kind = row->kinds[i] == 'A'   ? WAY_ALIAS
				     : row->kinds[i] == 'F' ? WAY_FORWARD
							    : WAY_INCLUDE;
	}
	return &frames[strlen(row->kinds)];
}

START_TEST(test_relate)
{
	const struct row *row = &rows[_i];
	struct way frames[FRAMES + 1];

	ck_assert_int_eq(way_relate(build(frames, row), row->kind, span_str(row->name)), row->want);
}
END_TEST

START_TEST(test_put)
{
	static const struct row row = { "AFI", { "list", "al", "/f" }, WAY_ALIAS, "", WAY_NEW };
	struct way frames[FRAMES + 1];
	struct buf out;

	buf_init(&out, 100);
	way_put(&out, build(frames, &row));
	ck_assert_str_eq(buf_str(&out), "list -> al -> /f -> ");
	buf_clear(&out);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_relate, 0, COUNT(rows));
	tcase_add_test(tc, test_put);
}

CHECK_MAIN(way, add_tests)
