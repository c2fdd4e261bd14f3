/* SPDX-License-Identifier: ISC */
#include "relay/converse.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/tempdir.h"
#include "support/village.h"

static struct village v;
static struct spool spool;
static struct submit_rules submit;
static struct smtp_server server;
static const struct smtp_client client = { .uid = 1000 };
static struct buf told; /* what the callbacks were called with */

static void accepted(void *ctx, const char *id)
{
	(void)ctx;
	ck_assert(spool_is_id(span_str(id)));
	buf_put_str(&told, "accepted\n");
}

static void refused(void *ctx, const char *command, const struct fault *f)
{
	(void)ctx;
	buf_printf(&told, "%s %d\n", command, f->reply);
}

static void start(void)
{
	struct fault f;

	village_init(&v, "");
	village_start(&v);
	ck_assert_msg(spool_open(&spool, tempdir_path("spool"), "root", &f) == 0, "%s", f.text);
	submit = (struct submit_rules){ .intake = { .spool = &spool, .route = &v.route, .message_size_limit = 1 << 20 },
					.hostname = "m.example",
					.origin = "m.example",
					.header_size_limit = 10000 };
	server = (struct smtp_server){ .hostname = "m.example",
				       .banner = "m.example",
				       .message_size_limit = 1 << 20,
				       .header_size_limit = 10000,
				       .hopcount_limit = 50,
				       .recipient_limit = 1000,
				       .hard_error_limit = 20,
				       .junk_command_limit = LONG_MAX };
	buf_init(&told, 1 << 16);
}

static void end(void)
{
	buf_clear(&told);
	spool_close(&spool);
	village_clear(&v);
}

/* Say it; the codes of the replies go to *codes, "220 250 ". */
static int say(const char *words, bool batch, struct buf *codes, struct fault *f)
{
	struct converse_rules rules = { .server = &server,
					.client = &client,
					.submit = &submit,
					.timeout = 10,
					.batch = batch,
					.accepted = accepted,
					.refused = refused };
	int in = open(tempdir_write("in", words, 0600), O_RDONLY | O_CLOEXEC);
	int out = open(tempdir_write("out", "", 0600), O_RDWR | O_CLOEXEC);
	struct span replies;
	int rc = converse(&rules, in, out, f);

	ck_assert_int_eq(disk_read_file(&v.arena, AT_FDCWD, tempdir_path("out"), 1 << 20, &replies, NULL), 0);
	while (replies.n) {
		struct span line = span_cut(&replies, '\n');

		if (line.n > 3 && line.p[3] == ' ')
			buf_put(codes, line.p, 4);
	}
	close(in);
	close(out);
	return rc;
}

#define TO(who) "MAIL FROM:<al>\nRCPT TO:<" who ">\nDATA\n"

static const struct {
	bool batch;
	const char *words, *codes, *told;
	int rc;
} rows[] = {
	{ false, "EHLO x\r\nMAIL FROM:<al>\r\nRCPT TO:<x@far>\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n",
	  "220 250 250 250 354 250 221 ", "accepted\n", 0 },
	{ false, "EHLO x\r\nMAIL FROM:<al>\r\nRCPT TO:<al>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n",
	  "220 250 250 250 354 250 221 ", "", 0 },
	{ false, "EHLO x\r\nMAIL FROM:<al>\r\nRCPT TO:<no>\r\nQUIT\r\n", "220 250 250 550 221 ", "", 0 },
	{ false, "EHLO x\r\nMAIL FROM:<al>\r\nRCPT TO:<al>\r\nDATA\r\nhalf", "220 250 250 250 354 ", "", 0 },
	{ false, "", "220 ", "", 0 },
	{ false, "NOOP\r\nQUIT\r\nMAIL FROM:<x>\r\n", "220 250 221 ", "", 0 },
	{ true, TO("x@far") "x\n.\nQUIT\n", "", "accepted\n", 0 },
	{ true, "HELO x\n" TO("x@far") "x\n.\n" TO("y@far") "..\n.\n", "", "accepted\naccepted\n", 0 },
	{ true, TO("x@far") "x\r\n.\r\nQUIT\r\n", "", "accepted\n", 0 },
	/* What follows a DATA that is refused is no command. */
	{ true, TO("no") "x\n" TO("evil@far") ".\n" TO("x@far") "x\n.\nQUIT\n", "", "RCPT 550\nDATA 554\naccepted\n",
	  -1 },
	{ true, "data \n..\n. \nMAIL FROM:<al>\n.\n" TO("x@far") "DATA\n.\n", "", "DATA 503\naccepted\n", -1 },
	{ true, "MAIL FROM:<al>\nRCPT TO:<x@far>\nBDAT 6 LAST\na\nb\nc\nQUIT\n", "", "accepted\n", 0 },
	{ true, "MAIL FROM:<al>\nRCPT TO:<no>\nRCPT TO:<x@far>\nDATA\nx\n.\n", "", "RCPT 550\naccepted\n", -1 },
	{ true, TO("x@far") "half", "", "", -1 },
	{ true, "QUIT\n", "", "", 0 },
	{ true, "", "", "", 0 },
};

START_TEST(test_converse)
{
	struct buf codes;
	struct fault f = { 0 };
	int rc;

	start();
	buf_init(&codes, 1 << 16);
	rc = say(rows[_i].words, rows[_i].batch, &codes, &f);
	ck_assert_msg(rc == rows[_i].rc, "row %d: %s", _i, f.text);
	ck_assert_str_eq(buf_str(&codes), rows[_i].codes);
	ck_assert_str_eq(buf_str(&told), rows[_i].told);
	buf_clear(&codes);
	end();
}
END_TEST

/* A client that says nothing is told so, and left. */
START_TEST(test_silence)
{
	struct converse_rules rules = { .server = &server, .client = &client, .submit = &submit, .timeout = 1 };
	int ends[2];
	char bytes[1000];
	struct fault f;
	ssize_t n;
	int out;

	start();
	ck_assert_int_eq(pipe(ends), 0);
	out = open(tempdir_write("out", "", 0600), O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(converse(&rules, ends[0], out, &f), 0);
	n = pread(out, bytes, sizeof(bytes), 0);
	ck_assert_int_gt(n, 0);
	ck_assert(memmem(bytes, (size_t)n, "421 4.4.2", 9) != NULL);
	close(ends[0]);
	close(ends[1]);
	close(out);
	end();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_converse, 0, COUNT(rows));
	tcase_add_test(tc, test_silence);
}

CHECK_MAIN(converse, add_tests)
