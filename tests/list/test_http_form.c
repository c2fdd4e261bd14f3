/* SPDX-License-Identifier: ISC */
#include "list/http_form.h"

#include "support/check_main.h"

#define URLENCODED "application/x-www-form-urlencoded"
#define MULTIPART  "multipart/form-data; boundary=b"

static const struct {
	const char *type, *body, *want; /* NULL: there is none; "!": it is refused */
} rows[] = {
	{ URLENCODED, "List-Unsubscribe=One-Click", "One-Click" },
	{ URLENCODED "; charset=utf-8", "a=b&List-Unsubscribe=One-Click&c", "One-Click" },
	{ "Application/X-WWW-form-URLencoded", "List%2DUnsubscribe=One%2dClick\r\n", "One-Click" },
	{ URLENCODED, "List-Unsubscribe=1+2%2B", "1 2+" },
	{ URLENCODED, "List-Unsubscribe=a&List-Unsubscribe=b", "a" },
	{ URLENCODED, "List-Unsubscribe", "" },
	{ URLENCODED, "", NULL },
	{ URLENCODED, "list-unsubscribe=x", NULL },
	{ URLENCODED, "List-Unsubscribe=%4", "!" },
	{ URLENCODED, "%zz=1&List-Unsubscribe=a", "!" },
	{ "text/plain", "List-Unsubscribe=One-Click", "!" },
	{ "", "List-Unsubscribe=One-Click", "!" },
	{ MULTIPART, "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
	  "One-Click" },
	{ MULTIPART,
	  "--b\r\nContent-Disposition: form-data; name=x\r\n\r\ny\r\n--b\r\n"
	  "content-disposition: form-data; name=List-Unsubscribe\r\nContent-Type: text/plain\r\n\r\nOne-Click\r\n--b--",
	  "One-Click" },
	{ MULTIPART, "--b\r\nContent-Disposition: attachment; name=List-Unsubscribe\r\n\r\nOne-Click\r\n--b--\r\n",
	  NULL },
	{ MULTIPART, "List-Unsubscribe=One-Click", "!" },
	{ "multipart/form-data", "--b\r\n\r\n\r\n--b--", "!" },
};

START_TEST(test_find)
{
	struct http_request q = { .content_type = span_str(rows[_i].type), .body = span_str(rows[_i].body) };
	struct arena a = { 0 };
	struct span value = SPAN("untouched");
	int rc = http_form_find(&a, &q, "List-Unsubscribe", &value);

	if (!rows[_i].want)
		ck_assert_int_eq(rc, 0);
	else if (strcmp(rows[_i].want, "!") == 0)
		ck_assert_int_eq(rc, -1);
	else
		ck_assert_msg(rc == 1 && span_is(value, span_str(rows[_i].want)), "%d %.*s", rc, SPAN_ARG(value));
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_find, 0, COUNT(rows));
}

CHECK_MAIN(http_form, add_tests)
