/* SPDX-License-Identifier: ISC */
/*
 * reformime_file - contents into files and programs.
 */
#include "reformime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/disk.h"
#include "message/filename.h"
#include "store/outdir.h"

enum { ROOM = 1 << 20, ANSWER_MAX = 1000, FAILED = 20 /* and the program's status */ };

const char *reformime_name(struct reformime *r, const struct mime_node *node)
{
	struct params_value name;
	struct buf safe;
	const char *out;

	buf_init(&safe, ROOM);
	if (entity_filename(&r->arena, &node->part.entity, &name))
		filename_put(&safe, span_str(name.text));
	if (safe.n == 0)
		buf_printf(&safe, "attachment%zu.dat", ++r->number);
	out = arena_str(&r->arena, buf_str(&safe));
	buf_clear(&safe);
	return out;
}

static int put(void *context, struct span piece, struct fault *f)
{
	return outdir_put(context, piece, f);
}

/* Into a directory, with something in front of its name. */
static int save_in(struct reformime *r, const struct mime_node *node, const char *directory, const char *prefix,
		   const char *name, struct fault *f)
{
	struct outdir dir;
	struct outdir_file file;
	int rc;

	if (outdir_open(&dir, directory, false, f) < 0)
		return -1;
	rc = outdir_begin(&dir, prefix, span_str(name), "attachment.dat", &file, f);
	if (rc == 0) {
		rc = reformime_decode(r, node, put, &file, f);
		if (rc < 0)
			outdir_abort(&file);
		else
			rc = outdir_end(&file, 0, f);
	}
	outdir_close(&dir);
	return rc;
}

int reformime_save(struct reformime *r, const struct mime_node *node, const char *prefix, struct fault *f)
{
	const char *slash = strrchr(prefix, '/');
	const char *directory =
		slash ? arena_span(&r->arena, span_of(prefix, slash == prefix ? 1 : (size_t)(slash - prefix))) : ".";

	return save_in(r, node, directory, slash ? slash + 1 : prefix, reformime_name(r, node), f);
}

/* One line of the terminal: 0, or -1 at its end. */
static int ask(FILE *terminal, char answer[ANSWER_MAX])
{
	fflush(terminal);
	if (!fgets(answer, ANSWER_MAX, terminal))
		return -1;
	answer[strcspn(answer, "\n")] = '\0';
	return 0;
}

/* The message is on standard input, so questions are asked at the terminal. */
int reformime_ask(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	const struct entity *e = &node->part.entity;
	const char *name = reformime_name(r, node);
	char answer[ANSWER_MAX];
	FILE *terminal = fopen("/dev/tty", "r+e");
	int rc = 0;

	if (!terminal)
		return fault_usage(f, "-x without a prefix needs a terminal to ask at");
	fprintf(terminal, "Extract %s/%s? ", e->type, e->subtype);
	if (ask(terminal, answer) == 0 && (answer[0] == 'y' || answer[0] == 'Y')) {
		fprintf(terminal, "Filename [%s]: ", name);
		if (ask(terminal, answer) == 0 && answer[0])
			rc = reformime_save(r, node, answer, f);
		else
			rc = save_in(r, node, ".", "", name, f);
	}
	fclose(terminal);
	return rc;
}

/* ---- -X ---- */

static int feed(void *context, struct span piece, struct fault *f)
{
	const int *fd = context;

	return disk_write(*fd, piece.p, piece.n, "the program", f);
}

static void run_program(struct reformime *r, const struct mime_node *node, int in)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	const struct entity *e = &node->part.entity;

	if (dup2(in, STDIN_FILENO) < 0)
		_exit(EX_OSERR);
	sigaction(SIGPIPE, &usual, NULL);
	sigaction(SIGXFSZ, &usual, NULL);
	setenv("CONTENT_TYPE", arena_printf(&r->arena, "%s/%s", e->type, e->subtype), 1);
	setenv("FILENAME", reformime_name(r, node), 1);
	execvp(r->program[0], r->program);
	fprintf(stderr, "reformime: cannot run %s: %s\n", r->program[0], strerror(errno));
	_exit(127);
}

int reformime_pipe(struct reformime *r, const struct mime_node *node, struct fault *f)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_errno(f, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		run_program(r, node, ends[0]);
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return fault_errno(f, "cannot start a process");
	}
	/* A program that reads only the beginning may do so: its status says what it thinks. */
	(void)reformime_decode(r, node, feed, &ends[1], NULL);
	close(ends[1]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fault_errno(f, "cannot wait for %s", r->program[0]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		r->status = FAILED + (WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
