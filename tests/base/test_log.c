/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <fcntl.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"

/* What goes to standard error between begin() and end(). */
static struct {
	int saved, fd;
	char text[20000];
} capture;

static void begin(void)
{
	capture.fd = open(tempdir_path("log"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(capture.fd, 0);
	capture.saved = dup(STDERR_FILENO);
	ck_assert_int_ge(dup2(capture.fd, STDERR_FILENO), 0);
}

static const char *end(void)
{
	ssize_t n = pread(capture.fd, capture.text, sizeof(capture.text) - 1, 0);

	dup2(capture.saved, STDERR_FILENO);
	close(capture.saved);
	close(capture.fd);
	ck_assert_int_ge(n, 0);
	capture.text[n] = '\0';
	return capture.text;
}

START_TEST(test_levels)
{
	begin();
	log_open("smtpd", LOG_TO_STDERR, LOG_LEVEL_INFO);
	log_error("disk %d", 1);
	log_warning("odd");
	log_info("connect from %s", "[::1]");
	log_debug("not this");
	ck_assert_str_eq(end(), "smtpd: error: disk 1\nsmtpd: warning: odd\nsmtpd: connect from [::1]\n");
}
END_TEST

/* Who sends a newline in an address must not write a line of the log. */
START_TEST(test_one_line)
{
	begin();
	log_open("smtpd", LOG_TO_STDERR, LOG_LEVEL_ERROR);
	log_error("from=<%s>", "a\r\nsmtpd: error: forged\x1b[2J\x7f\t");
	ck_assert_str_eq(end(), "smtpd: error: from=<a\\015\\012smtpd: error: forged\\033[2J\\177\\011>\n");
}
END_TEST

START_TEST(test_cut_is_shown)
{
	char text[10000];
	const char *got;

	memset(text, '\n', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	begin();
	log_open("smtpd", LOG_TO_STDERR, LOG_LEVEL_ERROR);
	log_error("%s", text);
	got = end();
	ck_assert_int_eq(strncmp(got, "smtpd: error: \\012\\012", 22), 0);
	ck_assert_str_eq(got + strlen(got) - 11, "\\012 [...]\n");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_levels);
	tcase_add_test(tc, test_one_line);
	tcase_add_test(tc, test_cut_is_shown);
}

CHECK_MAIN(log, add_tests)
