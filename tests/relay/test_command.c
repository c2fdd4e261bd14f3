/* SPDX-License-Identifier: ISC */
#include "relay/command.h"

#include <stdio.h>

#include "support/check_main.h"
#include "support/tempdir.h"

static struct relay_rules rules = { .command_time_limit = 10 };
static struct worker worker = { .rules = &rules };

static void teardown(void)
{
	tempdir_remove();
}

/* Run it on a message of this text that begins somewhere in a file. */
static bool speaks;

static void run(const char *shell, const char *before, const char *text, struct fault *outcome)
{
	struct job job = { .at = 9, .size = (off_t)strlen(text) };
	struct command c = { .shell = shell, .before = span_str(before), .speaks = speaks };
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fprintf(file, "not this\n%s", text);
	fflush(file);
	job.fd = fileno(file);
	*outcome = (struct fault){ .kind = FAULT_BUG };
	command_run(&worker, &job, &c, outcome);
	fclose(file);
}

static const struct {
	const char *shell;
	enum fault_kind kind;
	const char *status, *text;
} rows[] = {
	{ "true", FAULT_NONE, "2.0.0", "delivered to command" },
	{ "echo taken", FAULT_NONE, "2.0.0", "delivered to command: taken" },
	{ "exit 1", FAULT_PERM, "5.3.0", "command exited with 1 (unknown exit status)" },
	{ "exit 64", FAULT_PERM, "5.3.0", "command exited with 64 (command line usage error)" },
	{ "exit 65", FAULT_PERM, "5.6.0", "command exited with 65 (data format error)" },
	{ "echo 'no such user'; exit 67", FAULT_PERM, "5.1.1", "command exited with 67 (user unknown): no such user" },
	{ "exit 69", FAULT_PERM, "5.3.0", "command exited with 69 (service unavailable)" },
	{ "exit 71", FAULT_TEMP, "4.3.0", "command exited with 71 (system error)" },
	{ "exit 74", FAULT_TEMP, "4.3.0", "command exited with 74 (input/output error)" },
	{ "echo later >&2; exit 75", FAULT_TEMP, "4.3.0", "command exited with 75 (temporary failure): later" },
	{ "exit 77", FAULT_PERM, "5.7.0", "command exited with 77 (permission denied)" },
	{ "exit 78", FAULT_TEMP, "4.3.5", "command exited with 78 (configuration error)" },
	{ "exit 125", FAULT_PERM, "5.3.0", "command exited with 125 (unknown exit status)" },
	{ "exit 126", FAULT_TEMP, "4.3.5", "command exited with 126 (command cannot be executed)" },
	{ "exit 127", FAULT_TEMP, "4.3.5", "command exited with 127 (command not found)" },
	{ "kill -9 $$", FAULT_TEMP, "4.3.0", "command was ended by signal 9" },
	/* What it says becomes one line without control characters, and not a long one. */
	{ "printf 'a\\nb\\r\\033[2J'; exit 75", FAULT_TEMP, "4.3.0",
	  "command exited with 75 (temporary failure): a b  [2J" },
	/* Reading the message is up to it. */
	{ "exec <&-; exit 0", FAULT_NONE, "2.0.0", "delivered to command" },
	{ "head -c 3", FAULT_NONE, "2.0.0", "delivered to command: Sub" },
	{ "cat >/dev/null; cat", FAULT_NONE, "2.0.0", "delivered to command" },
};

START_TEST(test_outcome)
{
	struct fault outcome;

	run(rows[_i].shell, "", "Subject: x\n\nbody\n", &outcome);
	ck_assert_str_eq(outcome.text, rows[_i].text);
	ck_assert_str_eq(outcome.status, rows[_i].status);
	ck_assert_int_eq(outcome.kind, rows[_i].kind);
}
END_TEST

/* Whose own words count, if they say the same as its exit code. */
static const struct {
	const char *shell;
	enum fault_kind kind;
	const char *status, *text;
} speakers[] = {
	{ "echo 5.7.1 only members may post; exit 77", FAULT_PERM, "5.7.1", "only members may post" },
	{ "echo 4.3.1 the disk is full; exit 75", FAULT_TEMP, "4.3.1", "the disk is full" },
	{ "echo 5.7.1 no; exit 75", FAULT_TEMP, "4.3.0", "command exited with 75 (temporary failure): 5.7.1 no" },
	{ "echo 5.7 no; exit 77", FAULT_PERM, "5.7.0", "command exited with 77 (permission denied): 5.7 no" },
	{ "echo 5.7.1.x no; exit 77", FAULT_PERM, "5.7.0", "command exited with 77 (permission denied): 5.7.1.x no" },
	{ "echo 5.123456789.1 no; exit 77", FAULT_PERM, "5.7.0",
	  "command exited with 77 (permission denied): 5.123456789.1 no" },
	{ "exit 77", FAULT_PERM, "5.7.0", "command exited with 77 (permission denied)" },
	{ "echo 2.0.0 done", FAULT_NONE, "2.0.0", "delivered to command: 2.0.0 done" },
};

START_TEST(test_speaks)
{
	struct fault outcome;

	speaks = true;
	run(speakers[_i].shell, "", "", &outcome);
	speaks = false;
	ck_assert_str_eq(outcome.text, speakers[_i].text);
	ck_assert_str_eq(outcome.status, speakers[_i].status);
	ck_assert_int_eq(outcome.kind, speakers[_i].kind);
}
END_TEST

START_TEST(test_input)
{
	static const char message[] = "Subject: x\n\nbody\n";
	char large[200001], shell[300];
	struct fault outcome;

	run("cat", "From al\n", message, &outcome);
	ck_assert_str_eq(outcome.text, "delivered to command: From al Subject: x  body");
	/* More than a pipe holds, to who reads none of it, and whole to who does. */
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	run("true", "", large, &outcome);
	ck_assert_int_eq(outcome.kind, FAULT_NONE);
	snprintf(shell, sizeof(shell), "test $(wc -c) = %zu", strlen(large) + 2);
	run(shell, "xx", large, &outcome);
	ck_assert_int_eq(outcome.kind, FAULT_NONE);
}
END_TEST

START_TEST(test_flood)
{
	struct fault outcome;

	run("yes | head -n 1000000; exit 75", "", "x\n", &outcome);
	ck_assert_int_eq(outcome.kind, FAULT_TEMP);
	ck_assert_uint_lt(strlen(outcome.text), 300);
	ck_assert_ptr_nonnull(strstr(outcome.text, "(temporary failure): y y y"));
}
END_TEST

START_TEST(test_time_limit)
{
	struct fault outcome;

	rules.command_time_limit = 1;
	run("sleep 30", "", "x\n", &outcome);
	rules.command_time_limit = 10;
	ck_assert_int_eq(outcome.kind, FAULT_TEMP);
}
END_TEST

START_TEST(test_missing)
{
	static const char *const argv[] = { "/nonexistent/uux", NULL };
	struct command c = { .argv = argv };
	struct fault outcome = { .kind = FAULT_NONE };
	struct job job = { .fd = 0 };

	command_run(&worker, &job, &c, &outcome);
	ck_assert_int_eq(outcome.kind, FAULT_TEMP);
	ck_assert_ptr_nonnull(strstr(outcome.text, "/nonexistent/uux"));
}
END_TEST

/* The queue file cannot be read: the command must not get half a message and call it delivered. */
START_TEST(test_short_file)
{
	struct command c = { .shell = "true" };
	struct fault outcome = { .kind = FAULT_NONE };
	FILE *file = tmpfile();
	struct job job = { .fd = fileno(file), .size = 100 };

	command_run(&worker, &job, &c, &outcome);
	ck_assert_int_eq(outcome.kind, FAULT_TEMP);
	fclose(file);
}
END_TEST

START_TEST(test_from_line)
{
	static const struct {
		const char *sender;
		int64_t when;
		const char *remote, *line;
	} lines[] = {
		{ "al@m.example", 1763791200, NULL, "From al@m.example  Sat Nov 22 06:00:00 2025\n" },
		{ "", 1767225599, NULL, "From MAILER-DAEMON  Wed Dec 31 23:59:59 2025\n" },
		{ "al@m.example", 1709164800, "m.example",
		  "From al@m.example  Thu Feb 29 00:00:00 2024 remote from m.example\n" },
		{ "a@b", 0, NULL, "From a@b  Thu Jan  1 00:00:00 1970\n" },
	};
	struct arena a = { 0 };

	for (int i = 0; i < COUNT(lines); i++)
		ck_assert_str_eq(command_from_line(&a, lines[i].sender, lines[i].when, lines[i].remote), lines[i].line);
	arena_clear(&a);
}
END_TEST

static void add_tests(TCase *tc)
{
	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, test_outcome, 0, COUNT(rows));
	tcase_add_loop_test(tc, test_speaks, 0, COUNT(speakers));
	tcase_add_test(tc, test_input);
	tcase_add_test(tc, test_flood);
	tcase_add_test(tc, test_time_limit);
	tcase_add_test(tc, test_missing);
	tcase_add_test(tc, test_short_file);
	tcase_add_test(tc, test_from_line);
}

CHECK_MAIN(command, add_tests)
