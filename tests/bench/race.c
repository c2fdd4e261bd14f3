/* SPDX-License-Identifier: ISC */
/*
 * race - how long commands take, in turns: a b c a b c ..., so that whatever else the machine does hits all alike.
 *
 *	race --count 100 --input message -- sendmail -t --vs dma -t --vs nullmailer-inject
 *
 * A line for each command, in their order:
 *
 *	p50_ms=2.291 p95_ms=2.503 min_ms=2.190 cpu_ms=2.011 rss_kb=3712 failed=0
 *
 * p50, p95 and min are wall time from before the spawn to after the end; cpu is user and system time, the mean; rss
 * the largest resident size. Each command gets the input on standard input; what it prints is
 * dropped, unless with --show-errors. "%i" in an argument becomes the number of the round.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/opt.h"

enum { RUNNERS = 16, ARGUMENTS = 64 };

extern char **environ;

struct options {
	long count, warm_up;
	const char *input;
	bool show_errors;
};

#define OPT(option, argument, member, type, text)                                                                      \
	{                                                                                                              \
		.name = option, .arg = argument, .kind = type, .at = offsetof(struct options, member), .help = text    \
	}

static const struct opt race_opts[] = {
	OPT("--count", "N", count, OPT_NUMBER, "rounds (100)"),
	OPT("--warm-up", "N", warm_up, OPT_NUMBER, "rounds before them that are not counted (3)"),
	OPT("--input", "FILE", input, OPT_STRING, "standard input of each command"),
	OPT("--show-errors", NULL, show_errors, OPT_BOOL, "let standard error through"),
	OPT_END,
};

struct runner {
	char *argv[ARGUMENTS];
	double *ms;
	double cpu_ms;
	long rss_kb, failed;
};

static struct options options = { .count = 100, .warm_up = 3, .input = "/dev/null" };

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double ms_of(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec * 1e-3;
}

static _Noreturn void die(const char *what)
{
	perror(what);
	exit(EX_OSERR);
}

static void number_arguments(struct arena *a, const struct runner *r, long round, char *argv[ARGUMENTS])
{
	size_t i = 0;

	for (; r->argv[i]; i++) {
		char *mark = strstr(r->argv[i], "%i");

		argv[i] = mark ? arena_printf(a, "%.*s%ld%s", (int)(mark - r->argv[i]), r->argv[i], round, mark + 2)
			       : r->argv[i];
	}
	argv[i] = NULL;
}

static void run(struct runner *r, long round, const posix_spawn_file_actions_t *actions)
{
	struct arena a = { 0 };
	char *argv[ARGUMENTS];
	struct rusage usage;
	double start;
	int status;
	pid_t pid;

	number_arguments(&a, r, round, argv);
	start = now_ms();
	if (posix_spawnp(&pid, argv[0], actions, NULL, argv, environ) != 0 || wait4(pid, &status, 0, &usage) < 0)
		die(argv[0]);
	arena_clear(&a);
	if (round < 0)
		return;
	r->ms[round] = now_ms() - start;
	r->cpu_ms += ms_of(usage.ru_utime) + ms_of(usage.ru_stime);
	if (usage.ru_maxrss > r->rss_kb)
		r->rss_kb = usage.ru_maxrss;
	r->failed += status != 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_figures(struct runner *r)
{
	qsort(r->ms, (size_t)options.count, sizeof(*r->ms), by_value);
	printf("p50_ms=%.3f p95_ms=%.3f min_ms=%.3f cpu_ms=%.3f rss_kb=%ld failed=%ld\n", r->ms[options.count / 2],
	       r->ms[options.count * 95 / 100], r->ms[0], r->cpu_ms / (double)options.count, r->rss_kb, r->failed);
}

/* Operands, cut at "--vs". */
static size_t read_commands(struct arena *a, int argc, char **argv, struct runner *runners)
{
	size_t n = 0, words = 0;

	for (int i = 0; i < argc; i++) {
		if (words == 0)
			runners[n].ms = arena_alloc(a, (size_t)options.count * sizeof(double));
		if (strcmp(argv[i], "--vs") != 0 && words < ARGUMENTS - 1) {
			runners[n].argv[words++] = argv[i];
			continue;
		}
		if (words == 0 || words == ARGUMENTS - 1 || ++n == RUNNERS)
			return 0;
		words = 0;
	}
	return words ? n + 1 : 0;
}

int main(int argc, char **argv)
{
	static struct runner runners[RUNNERS];
	posix_spawn_file_actions_t actions;
	struct arena a = { 0 };
	struct fault f;
	int first;
	size_t n;

	if (opt_parse(&a, race_opts, argc, argv, 0, &options, &first, &f) != 0) {
		fprintf(stderr, "race: %s\n", f.text);
		return EX_USAGE;
	}
	n = options.count > 0 ? read_commands(&a, argc - first, argv + first, runners) : 0;
	if (n == 0) {
		fprintf(stderr, "usage: race [--count N] [--input FILE] -- COMMAND... [--vs COMMAND...]...\n");
		return EX_USAGE;
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, options.input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (!options.show_errors)
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	for (long round = -options.warm_up; round < options.count; round++)
		for (size_t i = 0; i < n; i++)
			run(&runners[i], round, &actions);
	for (size_t i = 0; i < n; i++)
		print_figures(&runners[i]);
	posix_spawn_file_actions_destroy(&actions);
	arena_clear(&a);
	return EX_OK;
}
