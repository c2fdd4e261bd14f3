/* SPDX-License-Identifier: ISC */
/*
 * command - a message on the standard input of a program.
 *
 * The input is a memory file rather than a pipe: a program that reads none of
 * it, or all of it before it works, is no special case.
 */
#include "relay/command.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/disk.h"
#include "base/proc.h"
#include "message/date.h"

enum { SAID_MAX = 200, FAULT_STATUS = sizeof(((struct fault *)NULL)->status) };

/* As the shell has them, and proc_run(). */
enum { NOT_EXECUTABLE = 126, NOT_FOUND = 127 };

static const struct {
	int code;
	char status[8], text[32];
} exits[] = {
	{ EX_USAGE, "5.3.0", "command line usage error" },
	{ EX_DATAERR, "5.6.0", "data format error" },
	{ EX_NOINPUT, "5.3.0", "cannot open input" },
	{ EX_NOUSER, "5.1.1", "user unknown" },
	{ EX_NOHOST, "5.1.2", "host unknown" },
	{ EX_UNAVAILABLE, "5.3.0", "service unavailable" },
	{ EX_SOFTWARE, "5.3.0", "internal error" },
	{ EX_OSERR, "4.3.0", "system error" },
	{ EX_OSFILE, "5.3.0", "system file missing" },
	{ EX_CANTCREAT, "5.2.0", "cannot create output" },
	{ EX_IOERR, "4.3.0", "input/output error" },
	{ EX_TEMPFAIL, "4.3.0", "temporary failure" },
	{ EX_PROTOCOL, "5.5.0", "protocol error" },
	{ EX_NOPERM, "5.7.0", "permission denied" },
	/* Somebody has to mend it here, and the sender cannot: mail waits. */
	{ EX_CONFIG, "4.3.5", "configuration error" },
	{ NOT_EXECUTABLE, "4.3.5", "command cannot be executed" },
	{ NOT_FOUND, "4.3.5", "command not found" },
};

static void put_input(void *to, const void *p, size_t n)
{
	disk_out_put(to, p, n);
}

static int fill_input(int fd, const struct job *job, struct span before, struct fault *f)
{
	struct disk_out out;

	disk_out_init(&out, fd, "command input");
	disk_out_put(&out, before.p, before.n);
	if (patch_feed(&job->patch, job->fd, job->at, job->size, put_input, &out, "queue file", f) < 0 ||
	    disk_out_flush(&out, f) < 0)
		return -1;
	return lseek(fd, 0, SEEK_SET) < 0 ? fault_errno(f, "cannot seek in command input") : 0;
}

static void set_outcome(struct fault *outcome, int code, const char *said)
{
	const char *status = "5.3.0", *text = "unknown exit status";

	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		if (exits[i].code != code)
			continue;
		status = exits[i].status;
		text = exits[i].text;
	}
	if (status[0] == '4')
		fault_temp(outcome, 451, status, "command exited with %d (%s)%s%s", code, text, said[0] ? ": " : "",
			   said);
	else
		fault_perm(outcome, 550, status, "command exited with %d (%s)%s%s", code, text, said[0] ? ": " : "",
			   said);
}

/* "5.7.1 ": -1 if there is none, or it does not say the same as the exit code. */
static int cut_status(struct span *said, char first, char status[FAULT_STATUS])
{
	struct span word = span_word(said);
	unsigned dots = 0;

	if (word.n < sizeof("5.7.1") - 1 || word.n >= FAULT_STATUS || word.p[0] != first)
		return -1;
	for (size_t i = 0; i < word.n; i++) {
		dots += word.p[i] == '.';
		if (word.p[i] != '.' && (word.p[i] < '0' || word.p[i] > '9'))
			return -1;
	}
	memcpy(status, word.p, word.n);
	status[word.n] = '\0';
	return dots == 2 ? 0 : -1;
}

/* The program's own words, if they have the form. */
static void let_speak(struct fault *outcome, const char *line)
{
	struct span said = span_str(line);
	char status[FAULT_STATUS];

	if (cut_status(&said, outcome->status[0], status) < 0)
		return;
	said = span_trim(said);
	if (outcome->kind == FAULT_TEMP)
		fault_temp(outcome, 451, status, "%.*s", SPAN_ARG(said));
	else
		fault_perm(outcome, 550, status, "%.*s", SPAN_ARG(said));
}

static void judge(int status, struct buf *said, bool speaks, struct fault *outcome)
{
	struct span text = span_trim(buf_span(said));
	char line[SAID_MAX];
	size_t n = text.n < sizeof(line) - 1 ? text.n : sizeof(line) - 1;

	for (size_t i = 0; i < n; i++)
		line[i] = (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7f ? ' ' : text.p[i];
	line[n] = '\0';
	if (WIFSIGNALED(status)) {
		fault_temp(outcome, 451, "4.3.0", "command was ended by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) != 0) {
		set_outcome(outcome, WEXITSTATUS(status), line);
		if (speaks)
			let_speak(outcome, line);
	} else {
		worker_success(outcome, "delivered to command%s%s", line[0] ? ": " : "", line);
	}
}

void command_run(const struct worker *w, const struct job *job, const struct command *c, struct fault *outcome)
{
	struct proc_command run = {
		.argv = c->argv,
		.shell = c->shell,
		.env = c->env,
		.dir = c->as ? c->as->home : NULL,
		.as = c->as,
		.time_limit = w->rules->command_time_limit,
	};
	struct buf said;
	int status;

	run.input = memfd_create("message", MFD_CLOEXEC);
	if (run.input < 0) {
		fault_errno(outcome, "cannot create a memory file");
		return;
	}
	buf_init(&said, PROC_OUTPUT_MAX);
	if (fill_input(run.input, job, c->before, outcome) == 0 && proc_run(&run, &said, &status, outcome) == 0)
		judge(status, &said, c->speaks, outcome);
	buf_clear(&said);
	close(run.input);
}

const char *command_from_line(struct arena *a, const char *sender, int64_t when, const char *remote)
{
	char date[DATE_ASCTIME];

	date_asctime(date, when);
	return arena_printf(a, "From %s  %s%s%s\n", sender[0] ? sender : "MAILER-DAEMON", date,
			    remote ? " remote from " : "", remote ? remote : "");
}
