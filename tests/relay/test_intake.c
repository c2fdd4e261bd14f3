/* SPDX-License-Identifier: ISC */
#include "relay/intake.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support/check_main.h"
#include "support/station.h"
#include "support/tempdir.h"

static struct station s;
static struct intake_rules rules;
static struct arena arena;
static struct fault fault;

#define MESSAGE "Subject: x\n\nbody\n"

static void begin(const char *aliases)
{
	station_init(&s, aliases);
	station_start(&s);
	rules = (struct intake_rules){ .spool = &s.spool, .route = &s.village.route, .message_size_limit = 1000 };
}

static void teardown(void)
{
	arena_clear(&arena);
	station_clear(&s);
}

static struct envelope envelope_to(const char *recipients)
{
	static struct envelope_rcpt rcpts[100];
	struct envelope e = { .sender = "x@y", .rcpts = rcpts };
	struct span rest = span_str(recipients), word;

	memset(rcpts, 0, sizeof(rcpts));
	while ((word = span_word(&rest)).n)
		rcpts[e.n++].address = arena_span(&arena, word);
	return e;
}

static int accept_as(struct envelope *e, const char *text, struct intake *in)
{
	if (intake_begin(in, &rules, &arena, e, &fault) < 0)
		return -1;
	for (const char *p = text; *p; p++)
		intake_put(in, p, 1);
	return intake_commit(in, &fault);
}

static int accept_for(const char *recipients, const char *text, struct intake *in)
{
	struct envelope e = envelope_to(recipients);

	return accept_as(&e, text, in);
}

static bool is_nowhere(void)
{
	return station_count(&s, SPOOL_TMP) == 0 && station_count(&s, SPOOL_NEW) == 0 &&
	       station_mail_count("home/al/Maildir") == 0;
}

/* ---- where it goes ---- */

static const struct {
	const char *recipients;
	bool direct;
} ways[] = {
	{ "al@m.example", true },
	{ "al+x@m.example bo@m.example", true },
	{ "staff@m.example", true },
	{ "al@m.example staff@m.example", true },
	{ "gone@m.example", false }, /* there will be a bounce */
	{ "al@m.example c@d.example", false },
	{ "away@m.example", false },
	{ "mixed@m.example", false },
	{ "command@m.example", false },
	{ "file@m.example", false },
	{ "black@m.example", false },
};

START_TEST(test_way)
{
	struct intake in;

	begin("staff: al, bo\naway: c@d.example\nmixed: al, c@d.example\ncommand: |cat\nfile: /tmp/x\nblack: "
	      "/dev/null\n");
	ck_assert_int_eq(accept_for(ways[_i].recipients, MESSAGE, &in), 0);
	ck_assert_int_eq(in.direct, ways[_i].direct);
	ck_assert(spool_is_id(span_str(in.id)));
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), !ways[_i].direct);
	ck_assert_int_eq(station_count(&s, SPOOL_TMP), 0);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), ways[_i].direct);
	ck_assert_int_eq(in.size, strlen(MESSAGE));
}
END_TEST

START_TEST(test_content)
{
	struct intake in;

	begin("");
	ck_assert_int_eq(accept_for("al+d@m.example", MESSAGE, &in), 0);
	ck_assert_str_eq(station_mail(&s, "home/al/Maildir"),
			 "Return-Path: <x@y>\nDelivered-To: al+d@m.example\n" MESSAGE);
	ck_assert_int_eq(accept_for("bo@m.example carla@m.example", MESSAGE, &in), 0);
	ck_assert_str_eq(station_mail(&s, "home/bo/Maildir"), "Return-Path: <x@y>\n" MESSAGE);
	ck_assert_str_eq(station_mail(&s, "home/carla/Maildir"), "Return-Path: <x@y>\n" MESSAGE);
}
END_TEST

START_TEST(test_queued_when_asked)
{
	struct envelope e;
	struct intake in;

	begin("");
	/* The report of the success is the relay's work. */
	e = envelope_to("al@m.example");
	e.rcpts[0].notify = ENVELOPE_NOTIFY_SUCCESS;
	ck_assert_int_eq(accept_as(&e, MESSAGE, &in), 0);
	ck_assert(!in.direct);
	rules.queue_only = true;
	ck_assert_int_eq(accept_for("al@m.example", MESSAGE, &in), 0);
	ck_assert(!in.direct);
	rules.queue_only = false;
	rules.route = NULL;
	ck_assert_int_eq(accept_for("al@m.example", MESSAGE, &in), 0);
	ck_assert(!in.direct);
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 3);
}
END_TEST

/* A mailbox of somebody else's is not written to by this process. */
START_TEST(test_other_owner)
{
	struct intake in;

	begin("");
	ck_assert_int_eq(accept_for("eve@m.example", MESSAGE, &in), 0);
	ck_assert_int_eq(in.direct, geteuid() == 65534);
}
END_TEST

/* Where the mailbox cannot be begun now, the queue takes it. */
START_TEST(test_mailbox_trouble)
{
	struct intake in;

	begin("");
	tempdir_write("home/al/Maildir", "a file", 0600);
	ck_assert_int_eq(accept_for("al@m.example bo@m.example", MESSAGE, &in), 0);
	ck_assert(!in.direct);
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 1);
	ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 0);
}
END_TEST

/* ---- what leaves no trace ---- */

START_TEST(test_too_large)
{
	static const char *const recipients[] = { "al@m.example", "c@d.example" };
	char large[1002];
	struct intake in;

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	begin("");
	ck_assert_int_eq(accept_for(recipients[_i], large, &in), -1);
	ck_assert_int_eq(fault.kind, FAULT_PERM);
	ck_assert_int_eq(fault.reply, 552);
	ck_assert_str_eq(fault.status, "5.3.4");
	ck_assert(is_nowhere());
	large[1000] = '\0';
	ck_assert_int_eq(accept_for(recipients[_i], large, &in), 0);
}
END_TEST

START_TEST(test_abort)
{
	static const char *const recipients[] = { "al@m.example", "c@d.example" };
	struct envelope e;
	struct intake in = { .rules = NULL };

	begin("");
	/* Nothing was begun. */
	intake_abort(&in);
	e = envelope_to(recipients[_i]);
	ck_assert_int_eq(intake_begin(&in, &rules, &arena, &e, &fault), 0);
	intake_put(&in, MESSAGE, strlen(MESSAGE));
	intake_abort(&in);
	intake_abort(&in);
	ck_assert(is_nowhere());
	/* What could not be begun. */
	e.sender = "x\ny";
	ck_assert_int_eq(intake_begin(&in, &rules, &arena, &e, &fault), -1);
	intake_abort(&in);
	e.sender = "x@y";
	e.rcpts[0].address = "c@d.example";
	rules.spool = NULL;
	ck_assert_int_eq(intake_begin(&in, &rules, &arena, &e, &fault), -1);
	ck_assert_str_eq(fault.text, "there is no queue to put the message in");
	intake_abort(&in);
	ck_assert(is_nowhere());
}
END_TEST

START_TEST(test_full_disk)
{
	static const char *const recipients[] = { "al@m.example", "c@d.example", "al@m.example bo@m.example" };
	static char large[60001];
	struct rlimit limit, before;
	struct intake in;
	int rc;

	memset(large, 'x', sizeof(large) - 1);
	begin("");
	rules.message_size_limit = 0;
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	for (rlim_t max = 1; max < sizeof(large); max += 20000) {
		limit = before;
		limit.rlim_cur = max;
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
		rc = accept_for(recipients[_i], large, &in);
		setrlimit(RLIMIT_FSIZE, &before);
		ck_assert_int_eq(rc, -1);
		ck_assert_int_eq(fault.kind, FAULT_TEMP);
		ck_assert_int_eq(fault.reply, 452);
		ck_assert(is_nowhere());
		ck_assert_int_eq(station_mail_count("home/bo/Maildir"), 0);
	}
}
END_TEST

/* ---- each for itself ---- */

static const struct {
	const char *recipients, *want; /* for each recipient "+", or its status */
	bool broken;		       /* bo's mailbox is */
} outcomes[] = {
	{ "al@m.example bo@m.example carla@m.example", "+ + +", false },
	{ "al@m.example bo@m.example carla@m.example", "+ 4.3.0 +", true },
	{ "bo@m.example al@m.example", "4.3.0 +", true },
	{ "bo@m.example bo+x@m.example al@m.example", "4.3.0 4.3.0 +", true },
	{ "gone@m.example al@m.example", "5.1.1 +", false },
};

START_TEST(test_each)
{
	struct envelope e;
	struct intake in;
	struct buf got;

	begin("");
	rules.each = true;
	if (outcomes[_i].broken)
		tempdir_write("home/bo/Maildir", "a file", 0600);
	e = envelope_to(outcomes[_i].recipients);
	ck_assert_msg(accept_as(&e, MESSAGE, &in) == 0, "%s", fault.text);
	ck_assert(in.direct);
	buf_init(&got, 1000);
	for (size_t i = 0; i < e.n; i++)
		buf_printf(&got, "%s%s", i ? " " : "", intake_outcome(&in, i, &fault) < 0 ? fault.status : "+");
	ck_assert_str_eq(buf_str(&got), outcomes[_i].want);
	buf_clear(&got);
	ck_assert_int_eq(station_mail_count("home/al/Maildir"), 1);
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 0);
}
END_TEST

/* A list is not told by halves: the queue takes it. And where nobody can get it, nothing is begun. */
START_TEST(test_each_refused)
{
	struct envelope e;
	struct intake in;

	begin("staff: al, bo\n");
	rules.each = true;
	tempdir_write("home/bo/Maildir", "a file", 0600);
	ck_assert_int_eq(accept_for("staff@m.example", MESSAGE, &in), 0);
	ck_assert(!in.direct);
	ck_assert_int_eq(intake_outcome(&in, 0, &fault), 0);
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 1);
	e = envelope_to("bo@m.example");
	ck_assert_int_eq(intake_begin(&in, &rules, &arena, &e, &fault), -1);
	ck_assert_int_eq(fault.kind, FAULT_TEMP);
	intake_abort(&in);
	e = envelope_to("gone@m.example");
	ck_assert_int_eq(intake_begin(&in, &rules, &arena, &e, &fault), -1);
	ck_assert_str_eq(fault.status, "5.1.1");
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 1);
}
END_TEST

static int not_permitted(void *ctx, struct arena *a, const char *path, const struct account *as, bool forward,
			 struct span *out, struct fault *f)
{
	(void)ctx, (void)a, (void)path, (void)forward, (void)out;
	return fault_temp(f, 451, "4.3.5", "not permitted to act as %s", as->name);
}

/* As in a server that is not root: whose forward file it may not read can still be reached by the relay. */
START_TEST(test_each_out_of_reach)
{
	struct route_callbacks call;
	struct intake in;

	begin("");
	call = *s.village.route.call;
	call.read_file = not_permitted;
	s.village.route.call = &call;
	rules.each = true;
	ck_assert_msg(accept_for("eve@m.example", MESSAGE, &in) == 0, "%s", fault.text);
	ck_assert(!in.direct);
	ck_assert_int_eq(intake_outcome(&in, 0, &fault), 0);
	ck_assert_int_eq(station_count(&s, SPOOL_NEW), 1);
}
END_TEST

/* What is to be held waits in the queue. */
START_TEST(test_held)
{
	struct envelope e;
	struct intake in;

	begin("");
	e = envelope_to("al@m.example");
	e.hold_until = INT64_C(4000000000);
	ck_assert_int_eq(accept_as(&e, MESSAGE, &in), 0);
	ck_assert(!in.direct);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_loop_test(tc, test_each, 0, COUNT(outcomes));
	tcase_add_test(tc, test_each_refused);
	tcase_add_test(tc, test_each_out_of_reach);
	tcase_add_test(tc, test_held);
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_way, 0, COUNT(ways));
	tcase_add_test(tc, test_content);
	tcase_add_test(tc, test_queued_when_asked);
	tcase_add_test(tc, test_other_owner);
	tcase_add_test(tc, test_mailbox_trouble);
	tcase_add_loop_test(tc, test_too_large, 0, 2);
	tcase_add_loop_test(tc, test_abort, 0, 2);
	tcase_add_loop_test(tc, test_full_disk, 0, 3);
}

CHECK_MAIN(intake, add_tests)
