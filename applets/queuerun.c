/* SPDX-License-Identifier: ISC */
/*
 * queuerun - run mta-relay once.
 */
#include "queuerun.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "applet.h"
#include "base/proc.h"

#define RELAY	   "mta-relay"
#define OWN_BINARY "/proc/self/exe"

static void add_common(const struct queuerun *q, struct arena *a, struct opt_list *args)
{
	opt_list_add(a, args, RELAY);
	if (q->from->file) {
		opt_list_add(a, args, "-C");
		opt_list_add(a, args, q->from->file);
	}
	for (size_t i = 0; i < q->from->assign.n; i++) {
		opt_list_add(a, args, "-o");
		opt_list_add(a, args, q->from->assign.v[i]);
	}
	opt_list_add(a, args, "--spool");
	opt_list_add(a, args, q->spool);
}

static char **as_argv(struct arena *a, const struct opt_list *args)
{
	char **argv = arena_alloc(a, (args->n + 1) * sizeof(*argv));

	for (size_t i = 0; i < args->n; i++)
		argv[i] = arena_str(a, args->v[i]);
	return argv;
}

static void become(char **argv) __attribute__((noreturn));
static void become(char **argv)
{
	execv(OWN_BINARY, argv);
	_exit(EX_OSERR);
}

static int run_and_wait(char **argv, int *code, struct fault *f)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return fault_errno(f, "cannot start " RELAY);
	if (pid == 0)
		become(argv);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fault_errno(f, "cannot wait for " RELAY);
	*code = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	return 0;
}

static int run_detached(char **argv, struct fault *f)
{
	int rc;

	fflush(stdout);
	rc = proc_detach(f);
	if (rc == 0)
		become(argv);
	return rc < 0 ? -1 : 0;
}

static int check_built_in(struct fault *f)
{
	if (applet_find(RELAY))
		return 0;
	return fault_temp(f, 451, "4.3.5", "this binary has no " RELAY ": mail waits until another runs one");
}

int queuerun_start(const struct queuerun *q, struct arena *a, int *code, struct fault *f)
{
	struct opt_list args = { 0 };

	if (check_built_in(f) < 0)
		return -1;
	add_common(q, a, &args);
	opt_list_add(a, &args, "--once");
	if (q->how == QUEUERUN_SHOWN)
		opt_list_add(a, &args, "-v");
	for (size_t i = 0; i < q->ids.n && q->ids.n <= QUEUERUN_IDS_MAX; i++)
		opt_list_add(a, &args, q->ids.v[i]);
	if (q->how == QUEUERUN_BACKGROUND)
		return run_detached(as_argv(a, &args), f);
	return run_and_wait(as_argv(a, &args), code, f);
}

int queuerun_daemon(const struct queuerun *q, struct arena *a, const char *interval, struct fault *f)
{
	struct opt_list args = { 0 };

	if (check_built_in(f) < 0)
		return -1;
	add_common(q, a, &args);
	if (interval) {
		opt_list_add(a, &args, "-o");
		opt_list_add(a, &args, arena_printf(a, "queue_run_delay=%s", interval));
	}
	opt_list_add(a, &args, "--daemon");
	return run_detached(as_argv(a, &args), f);
}
