/* SPDX-License-Identifier: ISC */
#include "list/http_site.h"

#include <stdio.h>
#include <unistd.h>

#include "list/members.h"
#include "list/token.h"
#include "support/check_main.h"
#include "support/mailing_list.h"
#include "support/tempdir.h"

enum { ROOM = 1 << 20, NOW = 1795334400 };

static struct list list;
static struct spool spool;
static struct arena arena;
static struct buf body, notes;
static struct http_site site;
static size_t queued;

static void on_queued(void *ctx, const char *id)
{
	(void)ctx;
	(void)id;
	queued++;
}

static void on_log(void *ctx, const char *text)
{
	(void)ctx;
	buf_printf(&notes, "%s\n", text);
}

static void set_up(void)
{
	static const char *const assignments[] = { "archive_access=public", "description=For <us>", NULL };
	struct fault f;

	ck_assert_msg(spool_open(&spool, tempdir_path("spool"), NULL, &f) == 0, "%s", f.text);
	mailing_list_open(&list, "friends", assignments);
	ck_assert_int_eq(members_add(&list, "members", &(struct member){ .address = SPAN("al@example.net") }, &f), 1);
	mailing_list_create("closed", (const char *const[]){ "subscription=closed", NULL });
	mailing_list_create("silent", (const char *const[]){ "list_http=no", NULL });
	tempdir_write("lists/friends/html/index.html", "front", 0600);
	tempdir_write("lists/friends/html/.pages", "secret", 0600);
	tempdir_write("lists/friends/html/attachments/3/1-a.txt", "attached", 0600);
	tempdir_write("lists/closed/html/index.html", "hidden", 0600);
	ck_assert_int_eq(symlink("../config", tempdir_path("lists/friends/html/link.txt")), 0);
	buf_init(&body, ROOM);
	buf_init(&notes, ROOM);
	queued = 0;
	site = (struct http_site){ .run = { .places = mailing_list_places(),
					    .spool = &spool,
					    .hostname = "mx.example.org",
					    .now = NOW,
					    .http_url = "https://lists.example.org",
					    .request = "",
					    .queued = on_queued },
				   .log = on_log };
}

static void tear_down(void)
{
	list_close(&list);
	spool_close(&spool);
	buf_clear(&body);
	buf_clear(&notes);
	arena_clear(&arena);
	tempdir_remove();
}

/* The status; the page is in `body`. */
static int ask(enum http_method method, const char *path, const char *form)
{
	struct http_request q = { .method = method,
				  .path = span_str(path),
				  .target = span_str(path),
				  .content_type = SPAN("application/x-www-form-urlencoded"),
				  .body = span_str(form) };
	struct http_response r = { .status = 500, .fd = -1, .body = &body, .arena = &arena };
	char *p;

	buf_reset(&body);
	http_site_respond(&site, &q, &r);
	if (r.fd >= 0) {
		p = buf_room(&body, (size_t)r.size);
		ck_assert_int_eq(read(r.fd, p, (size_t)r.size), (ssize_t)r.size);
		buf_added(&body, (size_t)r.size);
		close(r.fd);
	}
	return r.status;
}

#define HAS(text) ck_assert_msg(strstr(buf_str(&body), text) != NULL, "%s in %s", text, buf_str(&body))

static const struct {
	enum http_method method;
	const char *path;
	int status;
	const char *has;
} rows[] = {
	{ HTTP_GET, "/", 200, "friends" },
	{ HTTP_GET, "/style.css", 200, "prefers-color-scheme" },
	{ HTTP_GET, "/friends", 308, "" },
	{ HTTP_GET, "/friends/", 200, "For &lt;us&gt;" },
	{ HTTP_HEAD, "/friends/", 200, "" },
	{ HTTP_GET, "/friends/style.css", 200, "prefers-color-scheme" },
	{ HTTP_GET, "/friends/unsubscribe", 200, "Leave" },
	{ HTTP_GET, "/friends/archive", 308, "" },
	{ HTTP_GET, "/friends/archive/", 200, "front" },
	{ HTTP_GET, "/friends/archive/index.html", 200, "front" },
	{ HTTP_GET, "/friends/archive/attachments/3/1-a.txt", 200, "attached" },
	{ HTTP_GET, "/friends/subscribe", 308, "" },
	/* what is not there, or is nobody's business, is not there in the same way */
	{ HTTP_GET, "/foes/", 404, "no such page" },
	{ HTTP_GET, "/silent/", 404, "no such page" },
	{ HTTP_GET, "/closed/archive/index.html", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/none.html", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/.pages", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/link.txt", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/attachments", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/attachments/3/", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/attachments/../index.html", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/attachments/3x/1-a.txt", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/..%2f..%2fkey", 404, "no such page" },
	{ HTTP_GET, "/friends/../closed/", 404, "no such page" },
	{ HTTP_GET, "/friends/key", 404, "no such page" },
	{ HTTP_GET, "/friends/archive/a/b/c/d/e/f", 404, "no such page" },
	{ HTTP_GET, "/../../etc/passwd", 404, "no such page" },
	{ HTTP_GET, "/FRIENDS/", 404, "no such page" },
	{ HTTP_GET, "/.replies", 404, "no such page" },
	{ HTTP_GET, "//", 404, "no such page" },
	{ HTTP_GET, "/friends/unsubscribe/", 404, "no such page" },
	{ HTTP_GET, "/friends/oneclick-", 404, "no such page" },
	{ HTTP_GET, "/friends/confirmed", 404, "no such page" },
	{ HTTP_GET, "/friends/oneclick-0000000000000000000-al=example.net", 404, "no such page" },
	{ HTTP_POST, "/friends/unsubscribe/0000000000000000000-al=example.net", 404, "no such page" },
	{ HTTP_POST, "/friends/archive/index.html", 405, "" },
	{ HTTP_POST, "/friends/", 405, "" },
};

START_TEST(test_paths)
{
	ck_assert_int_eq(ask(rows[_i].method, rows[_i].path, ""), rows[_i].status);
	HAS(rows[_i].has);
}
END_TEST

static bool is_member(const char *address)
{
	struct members m;
	struct member found;
	bool is;

	ck_assert_int_eq(members_open(&m, &list, "members", NULL), 0);
	is = members_find(&m, address, &found);
	members_close(&m);
	return is;
}

#define ONE_CLICK "List-Unsubscribe=One-Click"

static const char *link_of(const char *front, enum token_action action, const char *who, int64_t when)
{
	const char *token = token_text(&list, &arena, action, who, when, NULL);

	ck_assert_ptr_nonnull(token);
	return arena_printf(&arena, "%s%s", front, token);
}

/* GET changes nothing, a body that does not say so neither; POST does it, and doing it again is the same. */
START_TEST(test_one_click)
{
	static const char *const forms[] = { "/friends/oneclick-", "/friends/unsubscribe/", "/friends/oneclick/" };
	const char *path = link_of(forms[_i], TOKEN_ONECLICK, "al@example.net", NOW - 86400);

	ck_assert_int_eq(ask(HTTP_GET, path, ""), 200);
	HAS("<form method=\"post\">");
	HAS("value=\"One-Click\"");
	ck_assert_int_eq(ask(HTTP_HEAD, path, ""), 200);
	ck_assert_int_eq(ask(HTTP_POST, path, ""), 422);
	ck_assert_int_eq(ask(HTTP_POST, path, "List-Unsubscribe=no"), 422);
	ck_assert(is_member("al@example.net"));
	ck_assert_int_eq(ask(HTTP_POST, path, ONE_CLICK), 200);
	HAS("You are unsubscribed");
	ck_assert(!is_member("al@example.net"));
	ck_assert_int_eq(ask(HTTP_POST, path, ONE_CLICK), 200);
	HAS("You are unsubscribed");
}
END_TEST

/* One that is too old, of another list, for something else, or changed is as one that was made up. */
START_TEST(test_token)
{
	char *changed = arena_str(&arena, link_of("/friends/oneclick-", TOKEN_ONECLICK, "al@example.net", NOW));
	const char *const paths[] = {
		link_of("/friends/oneclick-", TOKEN_ONECLICK, "al@example.net", NOW - INT64_C(91) * 86400),
		link_of("/closed/oneclick-", TOKEN_ONECLICK, "al@example.net", NOW),
		link_of("/friends/oneclick-", TOKEN_SUBSCRIBE, "al@example.net", NOW),
		link_of("/friends/confirm/", TOKEN_ONECLICK, "al@example.net", NOW),
		link_of("/friends/confirm/", TOKEN_BOUNCES, "al@example.net", NOW),
		changed,
	};
	struct buf first;

	changed[strlen("/friends/oneclick-xxxxxx")] ^= 1;
	buf_init(&first, ROOM);
	ask(HTTP_GET, "/friends/oneclick-junk", "");
	buf_put_span(&first, buf_span(&body));
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		ck_assert_int_eq(ask(HTTP_POST, paths[i], ONE_CLICK), 404);
		ck_assert_int_eq(ask(HTTP_GET, paths[i], ""), 404);
	}
	ck_assert(is_member("al@example.net"));
	buf_clear(&first);
}
END_TEST

START_TEST(test_confirm)
{
	const char *join = link_of("/friends/confirm-", TOKEN_SUBSCRIBE, "bo@example.net", NOW);
	const char *leave = link_of("/friends/confirm/", TOKEN_UNSUBSCRIBE, "bo@example.net", NOW);

	ck_assert_int_eq(ask(HTTP_GET, join, ""), 200);
	HAS("Subscribe?");
	ck_assert(!is_member("bo@example.net"));
	ck_assert_int_eq(ask(HTTP_POST, join, ONE_CLICK), 200);
	ck_assert(is_member("bo@example.net"));
	ck_assert_int_eq(ask(HTTP_GET, leave, ""), 200);
	HAS("../style.css");
	HAS("Unsubscribe?");
	ck_assert_int_eq(ask(HTTP_POST, leave, ONE_CLICK), 200);
	ck_assert(!is_member("bo@example.net"));
}
END_TEST

/* Who is a member and who is not look the same; the question goes to the address, once a day. */
START_TEST(test_forms)
{
	struct buf first;

	buf_init(&first, ROOM);
	ck_assert_int_eq(ask(HTTP_POST, "/friends/subscribe", "email=bo%40example.net"), 200);
	ck_assert_uint_eq(queued, 1);
	buf_put_span(&first, buf_span(&body));
	ck_assert_int_eq(ask(HTTP_POST, "/friends/subscribe", "email=bo%40example.net"), 200);
	ck_assert_uint_eq(queued, 1);
	ck_assert(span_is(buf_span(&first), buf_span(&body)));
	ck_assert_int_eq(ask(HTTP_POST, "/friends/subscribe", "email=al%40example.net"), 200);
	ck_assert(span_is(buf_span(&first), buf_span(&body)));
	ck_assert_int_eq(ask(HTTP_POST, "/friends/leave", "email=nobody%40example.net"), 200);
	ck_assert(span_is(buf_span(&first), buf_span(&body)));
	ck_assert_int_eq(ask(HTTP_POST, "/friends/leave", "email=al%40example.net"), 200);
	ck_assert(span_is(buf_span(&first), buf_span(&body)));
	ck_assert(is_member("al@example.net") && !is_member("bo@example.net"));
	buf_clear(&first);
}
END_TEST

static const struct {
	const char *path, *form;
	int status;
} wrong[] = {
	{ "/friends/subscribe", "", 422 },
	{ "/friends/subscribe", "email=", 422 },
	{ "/friends/subscribe", "email=bo", 422 },
	{ "/friends/subscribe", "email=a%40b%0d%0ac%40d", 422 },
	{ "/friends/subscribe", "email=%zz", 415 },
	{ "/friends/leave", "email=a b%40c d", 422 },
	{ "/closed/subscribe", "email=bo%40example.net", 404 },
};

START_TEST(test_wrong)
{
	ck_assert_int_eq(ask(HTTP_POST, wrong[_i].path, wrong[_i].form), wrong[_i].status);
	ck_assert_uint_eq(queued, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, test_paths, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_one_click, 0, 3);
	tcase_add_test(tc, test_token);
	tcase_add_test(tc, test_confirm);
	tcase_add_test(tc, test_forms);
	tcase_add_loop_test(tc, test_wrong, 0, COUNT(wrong));
}

CHECK_MAIN(http_site, add_tests)
