/* SPDX-License-Identifier: ISC */
#include "net/curl.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/provider.h"
#include "support/scripted.h"
#include "support/tempdir.h"

static struct scripted server;
static struct buf dialogue;
static struct fault fault;
static struct stream stream;
static char address[DIAL_ADDRESS_MAX], port[16];

static void note(void *ctx, char direction, struct span line)
{
	(void)ctx;
	buf_printf(&dialogue, "%c%.*s|", direction, SPAN_ARG(line));
}

static void setup(void)
{
	server = (struct scripted){ .log_fd = 0 };
	buf_init(&dialogue, 1 << 16);
	stream_plain(&stream, -1, -1);
}

static void teardown(void)
{
	stream_close(&stream);
	buf_clear(&dialogue);
}

/* Dial the scripted server in clear as al:s3cret. */
static int dial_as(const char *extensions, const struct scripted_rule *rules, const char *password, const char *bearer,
		   const char *mechanisms)
{
	struct curl_target t = {
		.scheme = "smtp",
		.host = "127.0.0.1",
		.port = port,
		.helo = "client.example",
		.user = password || bearer ? "al" : NULL,
		.password = password,
		.bearer = bearer,
		.mechanisms = mechanisms,
		.reply_timeout = scripted_patience(rules),
		.way = { .trace = note, .connect_timeout = scripted_patience(rules) },
	};

	server.extensions = extensions;
	server.rules = rules;
	ck_assert_int_eq(scripted_listen(&server), 0);
	snprintf(port, sizeof(port), "%d", server.port);
	return curl_dial(&t, &stream, address, &fault);
}

static const char *heard(void)
{
	scripted_end(&server);
	return server.heard->packets;
}

static const struct {
	const char *extensions;
	struct scripted_rule rules[2];
	const char *password, *bearer, *mechanisms;
	const char *status; /* NULL: it works */
	const char *text;   /* part of the fault */
	const char *heard;
} rows[] = {
	{ "AUTH=PLAIN",
	  { { .on = "AUTH", .say = "235 2.7.0 Ok\r\n" } },
	  "s3cret",
	  NULL,
	  NULL,
	  NULL,
	  NULL,
	  "EHLO client.example\r\n|AUTH PLAIN AGFsAHMzY3JldA==\r\n|" },
	{ "AUTH=PLAIN=XOAUTH2",
	  { { .on = "AUTH", .say = "235 2.7.0 Ok\r\n" } },
	  NULL,
	  "t0ken",
	  "XOAUTH2",
	  NULL,
	  NULL,
	  "EHLO client.example\r\n|AUTH XOAUTH2 dXNlcj1hbAFhdXRoPUJlYXJlciB0MGtlbgEB\r\n|" },
	{ "PIPELINING", { { 0 } }, NULL, NULL, NULL, NULL, NULL, "EHLO client.example\r\n|" },
	{ "AUTH=PLAIN",
	  { { .on = "AUTH", .say = "535 5.7.8 No\r\n" } },
	  "s3cret",
	  NULL,
	  NULL,
	  "4.7.8",
	  "the server said: 535 5.7.8 No",
	  NULL },
	{ "AUTH=PLAIN",
	  { { .on = "AUTH", .say = "535 5.7.8 AGFsAHMzY3JldA==?\r\n" } },
	  "s3cret",
	  NULL,
	  NULL,
	  "4.7.8",
	  "(what we sent it)",
	  NULL },
	{ "AUTH=PLAIN",
	  { { .on = "AUTH", .say = "535 5.7.8 al:s3cret?\r\n" } },
	  "s3cret",
	  NULL,
	  NULL,
	  "4.7.8",
	  "(what we sent it)",
	  NULL },
	/* Something that is neither yes nor no. */
	{ "AUTH=PLAIN", { { .on = "AUTH", .say = "250 Ok\r\n" } }, "s3cret", NULL, NULL, "4.7.8", "", NULL },
	{ "AUTH=LOGIN",
	  { { 0 } },
	  "s3cret",
	  NULL,
	  "PLAIN",
	  "4.7.8",
	  "no mechanism that the server offers may be used",
	  "EHLO client.example\r\n|" },
	{ "PIPELINING", { { 0 } }, "s3cret", NULL, NULL, "4.7.8", "no mechanism", "EHLO client.example\r\n|" },
	{ "", { { .on = "CONNECT", .say = "554 5.7.1 Go away\r\n" } }, "s3cret", NULL, NULL, "4.5.0", "", "" },
	{ "", { { .on = "CONNECT", .say = "", .hang_up = true } }, "s3cret", NULL, NULL, "4.", "", "" },
	{ "", { { .on = "CONNECT", .say = "", .wait_ms = 9000 } }, "s3cret", NULL, NULL, "4.4.2", "timed out", "" },
};

START_TEST(test_dial)
{
	int rc = dial_as(rows[_i].extensions, rows[_i].rules, rows[_i].password, rows[_i].bearer, rows[_i].mechanisms);

	if (!rows[_i].status) {
		ck_assert_msg(rc == 0, "%s", fault.text);
		ck_assert_int_ge(stream.in, 0);
		ck_assert_str_eq(address, "127.0.0.1");
	} else {
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert_msg(strncmp(fault.status, rows[_i].status, strlen(rows[_i].status)) == 0, "%s %s",
			      fault.status, fault.text);
		ck_assert_msg(strstr(fault.text, rows[_i].text) != NULL, "%s", fault.text);
		ck_assert_int_eq(stream.in, -1);
	}
	ck_assert_ptr_null(strstr(buf_str(&dialogue), "s3cret"));
	ck_assert_ptr_null(strstr(buf_str(&dialogue), "AGFsAHMzY3JldA"));
	ck_assert_ptr_null(strstr(buf_str(&dialogue), "t0ken"));
	ck_assert_ptr_null(strstr(fault.text, "s3cret"));
	heard();
	if (rows[_i].heard)
		ck_assert_str_eq(server.heard->packets, rows[_i].heard);
	scripted_forget(&server);
}
END_TEST

static void ask(const char *command)
{
	ck_assert_int_eq(stream_write(&stream, command, strlen(command)), (ssize_t)strlen(command));
}

/* The channel as a stream: nothing waits, and what is left of a reply is not forgotten. */
START_TEST(test_stream)
{
	static const struct scripted_rule rules[] = { { .on = "AUTH", .say = "235 Ok\r\n" },
						      { .on = "NOOP", .say = "250 one two three\r\n" },
						      { .on = "RSET", .say = "", .hang_up = true },
						      { 0 } };
	struct pollfd p = { .events = POLLIN };
	char text[8];

	ck_assert_msg(dial_as("AUTH=PLAIN", rules, "s3cret", NULL, NULL) == 0, "%s", fault.text);
	p.fd = stream.in;
	ck_assert(stream_is_quiet(&stream));
	ck_assert_int_eq(stream_read(&stream, text, sizeof(text)), -1);
	ask("NOOP\r\n");
	ck_assert_int_eq(poll(&p, 1, 5000), 1);
	ck_assert_int_eq(stream_read(&stream, text, 4), 4);
	ck_assert_int_eq(memcmp(text, "250 ", 4), 0);
	ck_assert(stream_is_pending(&stream));
	ck_assert(!stream_is_quiet(&stream));
	ck_assert_int_eq(stream_read(&stream, text, 3), 3);
	ck_assert_int_eq(memcmp(text, "one", 3), 0);
	while (stream_read(&stream, text, sizeof(text)) > 0)
		;
	ck_assert(!stream_is_pending(&stream));
	ask("RSET\r\n");
	ck_assert_int_eq(poll(&p, 1, 5000), 1);
	ck_assert_int_eq(stream_read(&stream, text, sizeof(text)), 0);
	heard();
	scripted_forget(&server);
}
END_TEST

/* Where nobody listens, and names that could be more than names. */
static const struct {
	const char *host, *port, *status;
} nowhere[] = {
	{ "127.0.0.1", "1", "4.4.1" },
	{ "::1", "1", "4.4.1" },
	{ "no.such.host.invalid", "25", "4.4.3" },
	{ "user@127.0.0.1", "1", "4.4.3" },
	{ "127.0.0.1/x", "1", "4.4.3" },
	{ "a\r\nb", "1", "4.4.3" },
	{ "", "1", "4." },
};

START_TEST(test_nowhere)
{
	struct curl_target t = { .scheme = "smtp", .host = nowhere[_i].host, .port = nowhere[_i].port };

	ck_assert_int_eq(curl_dial(&t, &stream, address, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	ck_assert_msg(strncmp(fault.status, nowhere[_i].status, strlen(nowhere[_i].status)) == 0, "%s %s", fault.status,
		      fault.text);
}
END_TEST

/* ---- HTTPS ---- */

static struct provider web;

static void serve_web(void)
{
	provider_start_web(&web, "mta-sts.example.org");
}

static int get(const char *path, const struct curl_request *like, struct curl_answer *answer)
{
	struct curl_request r = *like;
	char url[200], to[64];

	snprintf(url, sizeof(url), "https://mta-sts.example.org/%s", path);
	snprintf(to, sizeof(to), "::127.0.0.1:%d", web.port);
	r.url = url;
	r.way.connect_to = to;
	if (!r.way.ca_file)
		r.way.ca_file = web.ca_file;
	if (r.max == 0)
		r.max = 1000;
	return curl_fetch(&r, answer, &fault);
}

START_TEST(test_fetch)
{
	struct curl_answer answer;

	serve_web();
	provider_page(&web, "a.txt", "200 Text/Plain;charset=utf-8", "hello\n");
	ck_assert_msg(get("a.txt", &(struct curl_request){ 0 }, &answer) == 0, "%s", fault.text);
	ck_assert_int_eq(answer.status, 200);
	ck_assert_str_eq(answer.type, "text/plain");
	ck_assert_str_eq(buf_str(&answer.body), "hello\n");
	curl_answer_clear(&answer);
	ck_assert_int_eq(get("none", &(struct curl_request){ 0 }, &answer), 0);
	ck_assert_int_eq(answer.status, 404);
	curl_answer_clear(&answer);
	/* A redirection is an answer like others, unless it is wanted; and then it does not leave https. */
	provider_page(&web, "b.txt", "302 text/html Location: https://mta-sts.example.org/a.txt", "moved");
	ck_assert_int_eq(get("b.txt", &(struct curl_request){ 0 }, &answer), 0);
	ck_assert_int_eq(answer.status, 302);
	curl_answer_clear(&answer);
	ck_assert_int_eq(get("b.txt", &(struct curl_request){ .redirects = true }, &answer), 0);
	ck_assert_int_eq(answer.status, 200);
	curl_answer_clear(&answer);
	provider_page(&web, "c.txt", "302 text/html Location: http://mta-sts.example.org/a.txt", "moved");
	ck_assert_int_eq(get("c.txt", &(struct curl_request){ .redirects = true }, &answer), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	provider_end(&web);
}
END_TEST

START_TEST(test_fetch_limits)
{
	struct curl_answer answer;
	char other[300];

	serve_web();
	provider_page(&web, "a.txt", "200 text/plain", "0123456789");
	ck_assert_int_eq(get("a.txt", &(struct curl_request){ .max = 10 }, &answer), 0);
	curl_answer_clear(&answer);
	ck_assert_int_eq(get("a.txt", &(struct curl_request){ .max = 9 }, &answer), -1);
	ck_assert_msg(strstr(fault.text, "longer than 9 octets") != NULL, "%s", fault.text);
	/* The certificate: by another CA, for another name. */
	snprintf(other, sizeof(other), "%s/other.crt", web.directory);
	ck_assert_int_eq(get("a.txt", &(struct curl_request){ .way = { .ca_file = other } }, &answer), -1);
	ck_assert_msg(strcmp(fault.status, "4.7.5") == 0, "%s %s", fault.status, fault.text);
	ck_assert_int_eq(curl_fetch(&(struct curl_request){ .url = "http://127.0.0.1/", .max = 1 }, &answer, &fault),
			 -1);
	ck_assert_int_eq(
		curl_fetch(&(struct curl_request){ .url = "https://127.0.0.1:1/x?s3cret", .max = 1 }, &answer, &fault),
		-1);
	ck_assert_str_eq(fault.status, "4.4.1");
	ck_assert_ptr_null(strstr(fault.text, "s3cret"));
	provider_end(&web);
}
END_TEST

START_TEST(test_escaped)
{
	buf_reset(&dialogue);
	curl_put_escaped(&dialogue, span_of("aZ09-._~ +&=%/\0\xc3\xa9", 17));
	ck_assert_str_eq(buf_str(&dialogue), "aZ09-._~%20%2B%26%3D%25%2F%00%C3%A9");
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, test_escaped);
	if (!provider_has_curl())
		return;
	tcase_add_loop_test(tc, test_dial, 0, COUNT(rows));
	tcase_add_test(tc, test_stream);
	tcase_add_loop_test(tc, test_nowhere, 0, COUNT(nowhere));
	tcase_add_test(tc, test_fetch);
	tcase_add_test(tc, test_fetch_limits);
}

CHECK_MAIN(curl, add_tests)
