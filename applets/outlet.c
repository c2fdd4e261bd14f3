/* SPDX-License-Identifier: ISC */
/*
 * outlet - where a message that is being made goes.
 */
#include "outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "applet.h"
#include "base/entropy.h"

enum { FILE_MODE = 0666 };

int outlet_open_fd(struct outlet *o, int fd, struct fault *f)
{
	(void)f;
	*o = (struct outlet){ 0 };
	disk_out_init(&o->out, fd, fd == STDOUT_FILENO ? "standard output" : "the output");
	return 0;
}

int outlet_open_stdout(struct outlet *o, struct fault *f)
{
	return outlet_open_fd(o, STDOUT_FILENO, f);
}

/* Beside it, so that it can be renamed; not for what is no regular file. */
static const char *temporary_name(struct arena *a, const char *path)
{
	char id[ENTROPY_ID + 1];
	struct stat st;

	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return NULL;
	entropy_id(id);
	return arena_printf(a, "%s.%s", path, id);
}

int outlet_open_file(struct outlet *o, struct arena *a, const char *path, struct fault *f)
{
	int fd;

	*o = (struct outlet){ .path = path, .temporary = temporary_name(a, path) };
	fd = open(o->temporary ? o->temporary : path,
		  O_WRONLY | O_CREAT | O_CLOEXEC | (o->temporary ? O_EXCL : O_TRUNC), FILE_MODE);
	if (fd < 0)
		return fault_perm(f, 554, FAULT_NO_OUTPUT, "%s: %s", path, strerror(errno));
	disk_out_init(&o->out, fd, path);
	return 0;
}

/* ---- another program ---- */

/* The first place counts where PATH has none. */
struct program {
	const char *name;
	const char *const *places;
};

static const char *const sendmail_places[] = { "/usr/sbin/sendmail", "/usr/lib/sendmail", NULL };
static const char *const inews_places[] = { "/usr/lib/news/inews", "/usr/lib/news/bin/inews",
					    "/usr/local/news/bin/inews", NULL };

/* Returns if it cannot be run: the exit code. */
static int run_other(const struct program *program, char **argv)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };

	sigaction(SIGPIPE, &usual, NULL);
	sigaction(SIGXFSZ, &usual, NULL);
	execvp(program->name, argv);
	for (const char *const *place = program->places; *place && errno == ENOENT; place++)
		execv(*place, argv);
	fprintf(stderr, "%s: %s\n", program->name, strerror(errno));
	return EX_UNAVAILABLE;
}

_Noreturn static void run_program(struct arena *a, const struct program *program, const struct opt_list *args,
				  int input)
{
	const struct applet *applet = applet_find(program->name);
	char **argv = arena_alloc(a, (args->n + 2) * sizeof(*argv));
	int code;

	dup2(input, STDIN_FILENO);
	argv[0] = arena_str(a, program->name);
	for (size_t i = 0; i < args->n; i++)
		argv[i + 1] = arena_str(a, args->v[i]);
	code = applet ? applet->run((int)args->n + 1, argv) : run_other(program, argv);
	fflush(stdout);
	_exit(code);
}

static int open_program(struct outlet *o, struct arena *a, const struct program *program, const struct opt_list *args,
			struct fault *f)
{
	int ends[2];

	*o = (struct outlet){ 0 };
	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return fault_errno(f, "cannot make a pipe");
	o->child = fork();
	if (o->child == 0) {
		/* Its end of the input is that nobody has this one. */
		close(ends[1]);
		run_program(a, program, args, ends[0]);
	}
	close(ends[0]);
	if (o->child < 0) {
		close(ends[1]);
		o->child = 0;
		return fault_errno(f, "cannot start %s", program->name);
	}
	disk_out_init(&o->out, ends[1], program->name);
	return 0;
}

int outlet_open_sendmail(struct outlet *o, struct arena *a, const struct opt_list *args, struct fault *f)
{
	static const struct program sendmail = { "sendmail", sendmail_places };

	return open_program(o, a, &sendmail, args, f);
}

int outlet_open_inews(struct outlet *o, struct arena *a, struct fault *f)
{
	static const struct program inews = { "inews", inews_places };
	struct opt_list args = { 0 };

	opt_list_add(a, &args, "-h");
	return open_program(o, a, &inews, &args, f);
}

static int wait_for(struct outlet *o)
{
	int status = 0;

	while (waitpid(o->child, &status, 0) < 0)
		if (errno != EINTR)
			return EX_OSERR;
	o->child = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

/* ---- */

int outlet_put(void *outlet, struct span piece, struct fault *f)
{
	struct outlet *o = outlet;

	disk_out_put(&o->out, piece.p, piece.n);
	if (!o->out.failed)
		return 0;
	if (f)
		*f = o->out.fault;
	return -1;
}

static void close_output(struct outlet *o)
{
	if (o->out.fd > STDERR_FILENO)
		close(o->out.fd);
	o->out.fd = -1;
}

static int finish_file(struct outlet *o, struct fault *f)
{
	/* close(2) is where a network file system says that there is no space. */
	int rc = close(o->out.fd);

	o->out.fd = -1;
	if (rc == 0 && o->temporary)
		rc = rename(o->temporary, o->path);
	return rc < 0 ? fault_errno(f, "cannot write %s", o->path) : 0;
}

int outlet_finish(struct outlet *o, struct fault *f)
{
	int rc = disk_out_flush(&o->out, f);

	if (rc == 0 && o->path)
		rc = finish_file(o, f);
	if (rc == 0 && o->child) {
		close_output(o);
		o->code = wait_for(o);
		if (o->code == EX_OK)
			return 0;
		*f = (struct fault){ 0 };
		return -1;
	}
	if (rc < 0)
		outlet_abort(o);
	return rc;
}

void outlet_abort(struct outlet *o)
{
	/* To close the pipe first would tell it that the message is whole. */
	if (o->child) {
		kill(o->child, SIGKILL);
		wait_for(o);
	}
	close_output(o);
	if (o->temporary)
		unlink(o->temporary);
}
