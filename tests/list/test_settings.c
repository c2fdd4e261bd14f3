/* SPDX-License-Identifier: ISC */
#include "list/settings.h"

#include "support/check_main.h"

static const struct {
	const char *assignment, *want; /* NULL: it is right */
} rows[] = {
	{ "address=friends@example.org", NULL },
	{ "address=friends@localhost", NULL },
	{ "address=friends", "address" },
	{ "address=\"a b\"@example.org", "address" },
	{ "address=a@[192.0.2.1]", "address" },
	{ "subject_prefix=[friends]", NULL },
	{ "subject_prefix=[friends %d]", NULL },
	{ "subject_prefix=%d %d", "subject_prefix" },
	{ "subject_prefix=%s", "subject_prefix" },
	{ "subject_prefix=100%", "subject_prefix" },
	{ "reply_to=list", NULL },
	{ "reply_to=al@example.org", NULL },
	{ "reply_to=everybody", "reply_to" },
	{ "digest=no", NULL },
	{ "digest=weekly", NULL },
	{ "digest=20 posts", NULL },
	{ "digest=0 posts", "digest" },
	{ "digest=20", "digest" },
	{ "digest=daily weekly", "digest" },
	{ "archive_url=https://lists.example.org/friends/", NULL },
	{ "archive_url=javascript:alert(1)", "archive_url" },
	{ "archive_url=https://a/\"onclick=", "archive_url" },
	{ "add_headers=X-A: 1 | X-B: 2", NULL },
	{ "add_headers=X-A", "add_headers" },
	{ "add_headers=X A: 1", "add_headers" },
};

static int set(struct arena *a, const char *assignment, struct list_settings *s, struct fault *f)
{
	size_t n;
	const struct config_param *table = list_settings_table(&n);
	struct config c;

	config_init(&c, a, table, n);
	config_suppose(&c, "address", "friends@example.org", "its name");
	if (config_set(&c, assignment, "-o", f) < 0 || config_finish(&c, s, f) < 0)
		return -1;
	return list_settings_check(s, f);
}

START_TEST(test_check)
{
	struct arena a = { 0 };
	struct list_settings s;
	struct fault f = { 0 };
	int rc = set(&a, rows[_i].assignment, &s, &f);

	ck_assert_msg((rc < 0) == (rows[_i].want != NULL), "%s: %s", rows[_i].assignment, f.text);
	if (rows[_i].want)
		ck_assert_msg(strncmp(f.text, rows[_i].want, strlen(rows[_i].want)) == 0, "%s", f.text);
	arena_clear(&a);
}
END_TEST

START_TEST(test_digest)
{
	struct arena a = { 0 };
	struct list_settings s;
	struct fault f;
	long seconds, posts;

	ck_assert_int_eq(set(&a, "digest=weekly", &s, &f), 0);
	list_settings_digest(&s, &seconds, &posts);
	ck_assert_int_eq(seconds, 7 * 24 * 3600);
	ck_assert_int_eq(posts, 0);
	ck_assert_int_eq(set(&a, "digest=20 posts", &s, &f), 0);
	list_settings_digest(&s, &seconds, &posts);
	ck_assert_int_eq(seconds, 0);
	ck_assert_int_eq(posts, 20);
	ck_assert_int_eq(set(&a, "digest=no", &s, &f), 0);
	list_settings_digest(&s, &seconds, &posts);
	ck_assert_int_eq(seconds + posts, 0);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_check, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	tcase_add_test(tc, test_digest);
}

CHECK_MAIN(settings, add_tests)
