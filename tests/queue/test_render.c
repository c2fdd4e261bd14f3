/* SPDX-License-Identifier: ISC */
#include "queue/render.h"

#include "support/check_main.h"

static const struct {
	int64_t octets;
	const char *want;
} sizes[] = {
	{ 0, "0" },	     { 1023, "1023" },	    { 1024, "1.0K" },	   { 2150, "2.1K" },
	{ 10188, "9.9K" },   { 10189, "10K" },	    { 1023999, "1000K" },  { 1024000, "1.0M" },
	{ 50 << 20, "50M" }, { 5LL << 30, "5.0G" }, { 1LL << 50, "1.0P" }, { INT64_MAX, "8192P" },
};

START_TEST(test_size)
{
	struct buf b;

	buf_init(&b, 100);
	render_put_size(&b, sizes[_i].octets);
	ck_assert_str_eq(buf_str(&b), sizes[_i].want);
	buf_clear(&b);
}
END_TEST

static const struct {
	int64_t seconds;
	const char *want;
} ages[] = {
	{ -5, "now" },
	{ 0, "now" },
	{ 1, "1s" },
	{ 59, "59s" },
	{ 60, "1m" },
	{ 3599, "59m" },
	{ 3600, "1h" },
	{ 172799, "47h" },
	{ 172800, "2d" },
	{ 864000, "10d" },
	{ INT64_MAX - 1, "106751991167300d" },
};

START_TEST(test_age)
{
	struct buf b;

	buf_init(&b, 100);
	render_put_age(&b, ages[_i].seconds);
	ck_assert_str_eq(buf_str(&b), ages[_i].want);
	buf_clear(&b);
}
END_TEST

#define UE "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"

static const struct {
	const char *text;
	size_t indent, width;
	const char *want;
} wraps[] = {
	{ "", 2, 0, "\n" },
	{ "short", 2, 0, "short\n" },
	{ "one two three", 4, 24, "one two three\n" },
	{ "aaaa bbbb cccc dddd eeee ffff", 4, 24, "aaaa bbbb cccc dddd \n    eeee ffff\n" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaa", 4, 24, "aaaaaaaaaaaaaaaaaaaa\n    aaaaa\n" },
	{ "aaaa bbbb cccc dddd eeee ffff", 4, 23, "aaaa bbbb cccc dddd eeee ffff\n" },
	{ UE UE UE UE UE "\xc3\xbc", 0, 20, UE UE UE UE UE "\n\xc3\xbc\n" },
	{ "a\033[2Jb\n", 2, 0, "a\\033[2Jb\\012\n" },
};

START_TEST(test_wrap)
{
	struct buf b;

	buf_init(&b, 1000);
	render_put_wrapped(&b, wraps[_i].text, wraps[_i].indent, wraps[_i].width);
	ck_assert_str_eq(buf_str(&b), wraps[_i].want);
	buf_clear(&b);
}
END_TEST

static struct envelope_rcpt rcpts[] = {
	{ .address = "bo@example.net",
	  .state = ENVELOPE_QUEUED,
	  .last = "timed out",
	  .status = "4.4.1",
	  .last_at = 900,
	  .attempts = 2 },
	{ .address = "new@example.net", .state = ENVELOPE_QUEUED },
	{ .address = "done@example.net", .state = ENVELOPE_DELIVERED },
	{ .address = "bad@example.net",
	  .state = ENVELOPE_FAILED,
	  .last = "no such \"user\"",
	  .status = "5.1.1",
	  .last_at = 950,
	  .attempts = 1 },
};

static struct spool_message message(enum spool_box box)
{
	struct envelope e = { .id = "1GQ8M0D4V7WYC2K3",
			      .sender = "al@example.org",
			      .origin = "uid 1000",
			      .arrived_us = 820000000,
			      .message_size = 2150,
			      .rcpts = rcpts,
			      .n = 4 };

	return (struct spool_message){ .box = box, .fd = -1, .due = 1240, .envelope = e };
}

static const struct {
	enum spool_box box;
	bool active, verbose;
	const char *want;
} rows[] = {
	{ SPOOL_DEFERRED, false, false,
	  "1GQ8M0D4V7WYC2K3    2.1K     3m  al@example.org\n"
	  "                                 bo@example.net\n"
	  "                                   4.4.1 timed out (2 attempts, next in 4m)\n"
	  "                                 new@example.net\n"
	  "                                   not tried yet\n" },
	{ SPOOL_HOLD, true, false,
	  "1GQ8M0D4V7WYC2K3!   2.1K     3m  al@example.org\n"
	  "                                 bo@example.net\n"
	  "                                   4.4.1 timed out (2 attempts)\n"
	  "                                 new@example.net\n"
	  "                                   not tried yet\n" },
	{ SPOOL_NEW, true, true,
	  "1GQ8M0D4V7WYC2K3*   2.1K     3m  al@example.org\n"
	  "                                   from uid 1000\n"
	  "                                 bo@example.net\n"
	  "                                   4.4.1 timed out (2 attempts)\n"
	  "                                 new@example.net\n"
	  "                                   not tried yet\n"
	  "                                 done@example.net\n"
	  "                                   delivered\n"
	  "                                 bad@example.net\n"
	  "                                   failed: 5.1.1 no such \"user\"\n" },
};

START_TEST(test_row)
{
	struct spool_message m = message(rows[_i].box);
	struct render how = { .now = 1000, .verbose = rows[_i].verbose };
	struct buf b;

	buf_init(&b, RENDER_MAX);
	render_put_row(&b, &how, &m, rows[_i].active);
	ck_assert_str_eq(buf_str(&b), rows[_i].want);
	buf_clear(&b);
}
END_TEST

/* The columns of the head are those of the rows. */
START_TEST(test_head)
{
	struct spool_message m = message(SPOOL_NEW);
	struct render how = { .now = 1000 };
	struct buf head, row;

	buf_init(&head, 1000);
	buf_init(&row, RENDER_MAX);
	render_put_head(&head);
	render_put_row(&row, &how, &m, false);
	ck_assert_int_eq(strstr(buf_str(&head), "Sender") - buf_str(&head),
			 strstr(buf_str(&row), "al@") - buf_str(&row));
	buf_clear(&head);
	buf_clear(&row);
}
END_TEST

START_TEST(test_json)
{
	struct spool_message m = message(SPOOL_DEFERRED);
	struct buf b;

	m.envelope.n = 2;
	m.envelope.sender = "";
	buf_init(&b, RENDER_MAX);
	render_put_json(&b, &m, true);
	ck_assert_str_eq(buf_str(&b),
			 "{\"queue_name\":\"deferred\",\"queue_id\":\"1GQ8M0D4V7WYC2K3\",\"arrival_time\":820,"
			 "\"message_size\":2150,\"active\":true,\"next_attempt\":1240,\"origin\":\"uid 1000\","
			 "\"sender\":\"\","
			 "\"recipients\":[{\"address\":\"bo@example.net\",\"state\":\"queued\","
			 "\"delay_reason\":\"timed out\","
			 "\"status\":\"4.4.1\",\"attempts\":2,\"last_attempt\":900},{\"address\":\"new@example.net\","
			 "\"state\":\"queued\",\"delay_reason\":null,\"status\":null,\"attempts\":0,"
			 "\"last_attempt\":null}]}\n");
	buf_clear(&b);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_size, 0, COUNT(sizes));
	tcase_add_loop_test(tc, test_age, 0, COUNT(ages));
	tcase_add_loop_test(tc, test_wrap, 0, COUNT(wraps));
	tcase_add_loop_test(tc, test_row, 0, COUNT(rows));
	tcase_add_test(tc, test_head);
	tcase_add_test(tc, test_json);
}

CHECK_MAIN(render, add_tests)
