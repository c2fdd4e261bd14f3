/* SPDX-License-Identifier: ISC */
#include "relay/submit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/scripted.h"
#include "support/tempdir.h"
#include "support/timeouts.h"
#include "support/village.h"

static struct village v;
static struct spool spool;
static struct submit_rules rules;
static struct submit s;
static struct envelope e;
static struct envelope_rcpt rcpts[2];

static void start(const char *first, const char *second)
{
	struct fault f;

	village_init(&v, "");
	village_start(&v);
	ck_assert_msg(spool_open(&spool, tempdir_path("spool"), "root", &f) == 0, "%s", f.text);
	rules = (struct submit_rules){ .intake = { .spool = &spool, .route = &v.route, .message_size_limit = 3 << 20 },
				       .hostname = "m.example",
				       .origin = "m.example",
				       .header_size_limit = 10000 };
	rcpts[0] = (struct envelope_rcpt){ .address = first, .state = ENVELOPE_QUEUED };
	rcpts[1] = (struct envelope_rcpt){ .address = second, .state = ENVELOPE_QUEUED };
	e = (struct envelope){
		.sender = "al@m.example", .origin = "test", .rcpts = rcpts, .n = second ? 2 : 1, .arrived_us = 1
	};
	submit_init(&s, &rules);
}

static void end(void)
{
	submit_clear(&s);
	spool_close(&spool);
	village_clear(&v);
}

static int repair(struct fault *f)
{
	struct repair_rules how = {
		.origin = "m.example", .host = "m.example", .id = "ID", .sender = "al@m.example", .now = 1764000000
	};

	return submit_end(&s, f) < 0 ? -1 : submit_repair(&s, &v.arena, &how, f);
}

static int submit(struct fault *f)
{
	if (repair(f) < 0 || submit_begin(&s, &v.arena, &e, f) < 0)
		return -1;
	return submit_commit(&s, f);
}

/* The files in a directory: how many, and the content of the last. */
static int files(const char *directory, struct span *content)
{
	DIR *dir = opendir(tempdir_path(directory));
	const struct dirent *d;
	struct fault f;
	int n = 0;

	while (dir && (d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		n++;
		if (content)
			ck_assert_msg(disk_read_file(&v.arena, dirfd(dir), d->d_name, 100 << 20, content, &f) == 0,
				      "%s", f.text);
	}
	if (dir)
		closedir(dir);
	return n;
}

static bool contains(struct span s1, const char *text)
{
	return memmem(s1.p, s1.n, text, strlen(text)) != NULL;
}

START_TEST(test_direct)
{
	struct span got;
	struct fault f;

	start("al@m.example", "bo@m.example");
	submit_put(&s, SPAN("Subject: x\nBcc: carla\n\nhel"));
	submit_put(&s, SPAN("lo\r\n"));
	ck_assert_msg(submit(&f) == 0, "%s", f.text);
	ck_assert(s.in.direct);
	ck_assert_int_eq(files("home/al/Maildir/new", &got), 1);
	ck_assert(contains(got, "Subject: x\n"));
	ck_assert(contains(got, "From: al@m.example\n"));
	ck_assert(contains(got, "\n\nhello\n"));
	ck_assert(!contains(got, "Bcc"));
	ck_assert(!contains(got, "\nReceived:"));
	ck_assert_int_eq(files("home/bo/Maildir/new", &got), 1);
	end();
}
END_TEST

START_TEST(test_queued)
{
	struct span got;
	struct fault f;

	start("x@far.example", NULL);
	rules.trace = true;
	submit_put(&s, SPAN("hello"));
	ck_assert_msg(submit(&f) == 0, "%s", f.text);
	ck_assert_int_eq(files("spool/new", &got), 1);
	ck_assert(contains(got, "rcpt Q <x@far.example>\n"));
	ck_assert(contains(got, arena_printf(&v.arena, "id %s", e.id)));
	ck_assert(contains(got, "for <x@far.example>"));
	ck_assert(contains(got, "\n\nhello\n"));
	end();
}
END_TEST

/* More than memory is to hold: read, repaired and written in pieces. */
START_TEST(test_large)
{
	enum { LINES = 40000, LINE = 64 };
	char line[LINE + 1];
	struct span got;
	struct fault f;

	start("x@far.example", NULL);
	submit_put(&s, SPAN("Subject: x\n\n"));
	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "%0*d\n", LINE - 1, i);
		submit_put(&s, span_of(line, LINE));
	}
	ck_assert_int_ge(s.raw.fd, 0);
	ck_assert_msg(submit(&f) == 0, "%s", f.text);
	ck_assert_int_eq(files("spool/new", &got), 1);
	got = span_from(got, (size_t)((const char *)memmem(got.p, got.n, "\n000", 4) - got.p) + 1);
	ck_assert_uint_eq(got.n, LINES * LINE);
	for (int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "%0*d\n", LINE - 1, i);
		ck_assert_mem_eq(got.p + i * LINE, line, LINE);
	}
	end();
}
END_TEST

START_TEST(test_read)
{
	static const struct {
		bool dot_ends;
		const char *want;
	} rows[] = { { true, "\n\none\n" }, { false, "\n\none\n.\ntwo\n" } };
	struct span got;
	struct fault f;
	int fd;

	start("x@far.example", NULL);
	submit_clear(&s);
	rules.dot_ends = rows[_i].dot_ends;
	submit_init(&s, &rules);
	fd = open(tempdir_write("input", "Subject: x\n\none\n.\ntwo\n", 0600), O_RDONLY | O_CLOEXEC);
	ck_assert_int_eq(submit_read(&s, fd, &f), 0);
	close(fd);
	ck_assert_msg(submit(&f) == 0, "%s", f.text);
	ck_assert_int_eq(files("spool/new", &got), 1);
	got = span_from(got, got.n - strlen(rows[_i].want));
	ck_assert(span_is(got, span_str(rows[_i].want)));
	ck_assert_int_eq(submit_read(&s, -1, &f), rows[_i].dot_ends ? 0 : -1);
	end();
}
END_TEST

/* Whatever is wrong, and whenever: nothing stays, and the next message can be submitted. */
START_TEST(test_faults)
{
	static const struct {
		const char *field;
		size_t field_size, body_size;
		const char *address, *status;
	} rows[] = {
		{ "X: ", 20000, 0, "x@far.example", "5.3.4" },
		{ "X: ", 10, 4 << 20, "x@far.example", "5.3.4" },
		{ "X: ", 10, 10, "x\n@far.example", "" },
	};
	struct fault f = { 0 };

	start(rows[_i].address, NULL);
	submit_put(&s, span_str(rows[_i].field));
	for (size_t i = 0; i < rows[_i].field_size; i += 10)
		submit_put(&s, SPAN("x234567 90"));
	submit_put(&s, SPAN("\n\n"));
	for (size_t i = 0; i < rows[_i].body_size; i += 10)
		submit_put(&s, SPAN("x23456789\n"));
	ck_assert_int_eq(submit(&f), -1);
	ck_assert_int_ne(f.kind, FAULT_NONE);
	if (rows[_i].status[0])
		ck_assert_str_eq(f.status, rows[_i].status);
	submit_reset(&s);
	ck_assert_int_eq(files("spool/new", NULL) + files("spool/tmp", NULL), 0);

	rcpts[0].address = "x@far.example";
	submit_put(&s, SPAN("next\n"));
	ck_assert_msg(submit(&f) == 0, "%s", f.text);
	ck_assert_int_eq(files("spool/new", NULL), 1);
	end();
}
END_TEST

START_TEST(test_begin_first_and_reset)
{
	struct fault f;

	start("x@far.example", NULL);
	ck_assert_int_eq(submit_begin(&s, &v.arena, &e, &f), 0);
	submit_put(&s, SPAN("hello\n"));
	ck_assert_int_eq(files("spool/tmp", NULL), 1);
	submit_reset(&s);
	ck_assert_int_eq(files("spool/tmp", NULL), 0);
	ck_assert_int_eq(submit_begin(&s, &v.arena, &e, &f), 0);
	submit_put(&s, SPAN("hello\n"));
	ck_assert_int_eq(repair(&f), 0);
	ck_assert_int_eq(submit_commit(&s, &f), 0);
	ck_assert_int_eq(files("spool/new", NULL), 1);
	end();
}
END_TEST

static const struct scripted_rule some[] = { { .on = "RCPT", .nth = 1, .say = "550 5.1.1 no\r\n" }, { .on = NULL } };
static const struct scripted_rule none[] = { { .on = "RCPT", .say = "550 5.1.1 no\r\n" }, { .on = NULL } };
static const struct scripted_rule later[] = { { .on = ".", .say = "451 4.3.0 later\r\n" }, { .on = NULL } };
static const struct scripted_rule fine[] = { { .on = NULL } };

static const struct {
	const struct scripted_rule *script;
	int rc;
	enum fault_kind first, second; /* outcomes */
} handed[] = {
	{ fine, 0, FAULT_NONE, FAULT_NONE },
	{ some, 0, FAULT_PERM, FAULT_NONE },
	{ none, -1, FAULT_PERM, FAULT_PERM },
	{ later, -1, FAULT_TEMP, FAULT_TEMP },
};

START_TEST(test_hand_over)
{
	struct scripted server = { .extensions = "PIPELINING 8BITMIME", .rules = handed[_i].script };
	struct fault f;

	start("x@far.example", "y@far.example");
	ck_assert_int_eq(scripted_listen(&server), 0);
	rules.socket = arena_printf(&v.arena, "127.0.0.1:%d", server.port);
	rules.client = (struct client_rules){ .helo = "m.example", CLIENT_TIMEOUTS(10) };
	submit_put(&s, SPAN("Subject: x\n\n.hello\n"));
	ck_assert_int_eq(submit(&f), handed[_i].rc);
	scripted_end(&server);
	ck_assert_int_eq(s.handed[0].outcome.kind, handed[_i].first);
	ck_assert_int_eq(s.handed[1].outcome.kind, handed[_i].second);
	ck_assert_int_eq(server.heard->messages, handed[_i].rc == 0);
	if (handed[_i].rc == 0)
		ck_assert_ptr_nonnull(strstr(server.heard->bodies, "\r\n\r\n..hello\r\n.\r\n"));
	ck_assert_int_eq(files("spool/new", NULL), 0);
	scripted_forget(&server);
	end();
}
END_TEST

START_TEST(test_nobody_listens)
{
	struct fault f;

	start("x@far.example", NULL);
	rules.socket = tempdir_path("no.sock");
	rules.client = (struct client_rules){ .helo = "m.example", .connect_timeout = 10 };
	submit_put(&s, SPAN("hello\n"));
	ck_assert_int_eq(submit(&f), -1);
	ck_assert_int_eq(f.kind, FAULT_TEMP);
	/* The input is still there: it can go elsewhere. */
	rules.socket = NULL;
	ck_assert_int_eq(submit_begin(&s, &v.arena, &e, &f), 0);
	ck_assert_int_eq(submit_commit(&s, &f), 0);
	ck_assert_int_eq(files("spool/new", NULL), 1);
	end();
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_test(tc, test_direct);
	tcase_add_test(tc, test_queued);
	tcase_add_test(tc, test_large);
	tcase_add_loop_test(tc, test_read, 0, 2);
	tcase_add_loop_test(tc, test_faults, 0, 3);
	tcase_add_test(tc, test_begin_first_and_reset);
	tcase_add_loop_test(tc, test_hand_over, 0, COUNT(handed));
	tcase_add_test(tc, test_nobody_listens);
}

CHECK_MAIN(submit, add_tests)
