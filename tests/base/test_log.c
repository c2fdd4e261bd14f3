/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
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

/* Nor may he turn the operator's line around, or speak to his terminal: C1 as a character and as a byte. */
START_TEST(test_no_hidden_character)
{
	begin();
	log_open("smtpd", LOG_TO_STDERR, LOG_LEVEL_ERROR);
	log_error("from=<%s>", "j\xc3\xb6rg \xe2\x80\xae \xc2\x9b \x9b \xc0\x80 \xf3\xa0\x81\x81 \xe2\x80");
	ck_assert_str_eq(end(),
			 "smtpd: error: from=<j\xc3\xb6rg \\u{202e} \\u{9b} \\233 \\300\\200 \\u{e0041} \\342\\200>\n");
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

/* To the system's log: one datagram a line; and what is done without one, or with one that comes back. */
START_TEST(test_socket)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char got[1000], want[100];
	ssize_t n;
	int fd;

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", tempdir_path("devlog"));
	unlink(at.sun_path);
	log_use_socket(at.sun_path);
	log_open("smtpd", LOG_TO_SYSLOG, LOG_LEVEL_INFO);
	log_info("nobody is there");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	/* It is not looked for again at once; but by a process that has closed its descriptors. */
	log_info("still not looked for");
	ck_assert_int_eq(recv(fd, got, sizeof(got), 0), -1);
	log_forget();
	log_warning("from=<%s>", "a\nb");
	n = recv(fd, got, sizeof(got) - 1, 0);
	ck_assert_int_gt(n, 0);
	got[n] = '\0';
	ck_assert_int_eq(strncmp(got, "<20>", 4), 0);
	snprintf(want, sizeof(want), " smtpd[%ld]: warning: from=<a\\012b>", (long)getpid());
	ck_assert_str_eq(got + strlen("<20>Nov 22 08:00:00"), want);
	/* The log was started again. */
	close(fd);
	unlink(at.sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	log_info("again");
	ck_assert_int_gt(recv(fd, got, sizeof(got), 0), 0);
	close(fd);
	log_use_socket("/dev/log");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_levels);
	tcase_add_test(tc, test_one_line);
	tcase_add_test(tc, test_no_hidden_character);
	tcase_add_test(tc, test_socket);
	tcase_add_test(tc, test_cut_is_shown);
}

CHECK_MAIN(log, add_tests)
