/* SPDX-License-Identifier: ISC */
/*
 * mailbox DIR [ROUNDS] - how long opening a Maildir takes, by what there is to build on, in milliseconds:
 * nothing (no uidlist, no cache), the uidlist alone, the cache but with directories that changed, and all. Each round
 * lists sizes and UIDLs too. The medians, and the memory that the open mailbox takes. The uidlist and the cache in DIR
 * are removed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/mailbox.h"
#include "store/uidl.h"

enum { ROUNDS = 5, ROUNDS_MAX = 99, OUT_MAX = 64 << 20 };

static const char *path;
static struct fault fault;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void fail(void)
{
	fprintf(stderr, "mailbox: %s\n", fault.text);
	exit(1);
}

static void list(struct mailbox *m)
{
	struct buf out;

	buf_init(&out, OUT_MAX);
	for (size_t i = 0; i < m->view.n; i++) {
		buf_printf(&out, "%zu %ju\r\n%zu ", i + 1, (uintmax_t)m->view.size[i], i + 1);
		if (uidl_put(&out, UIDL_FORMAT_DEFAULT, m, i, &fault) < 0)
			fail();
		buf_put_str(&out, "\r\n");
	}
	buf_clear(&out);
}

/* The open, and all that a POP3 client asks first. */
static void one_round(double *open_ms, double *all_ms)
{
	double start = now_ms();
	struct mailbox m;

	if (mailbox_open(&m, path, 0, &fault) < 0)
		fail();
	*open_ms = now_ms() - start;
	if (mailbox_load_sizes(&m, NULL, &fault) < 0)
		fail();
	list(&m);
	*all_ms = now_ms() - start;
	mailbox_close(&m);
}

static void drop(const char *name)
{
	char file[4096];

	snprintf(file, sizeof(file), "%s/%s", path, name);
	unlink(file);
}

static void prepare_nothing(void)
{
	drop(UIDLIST_FILE);
	drop(CACHE_FILE);
}

static void prepare_uidlist(void)
{
	drop(CACHE_FILE);
}

static void prepare_changed(void)
{
	char cur[4096];

	snprintf(cur, sizeof(cur), "%s/cur", path);
	utimensat(AT_FDCWD, cur, NULL, 0);
}

static void prepare_all(void)
{
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, void (*prepare)(void), int rounds)
{
	double open_ms[ROUNDS_MAX], all_ms[ROUNDS_MAX];

	for (int i = 0; i < rounds; i++) {
		prepare();
		one_round(&open_ms[i], &all_ms[i]);
	}
	qsort(open_ms, (size_t)rounds, sizeof(double), compare);
	qsort(all_ms, (size_t)rounds, sizeof(double), compare);
	printf("%-28s open %8.2f ms   with sizes and UIDLs %8.2f ms\n", name, open_ms[rounds / 2], all_ms[rounds / 2]);
}

static long private_kb(void)
{
	char line[256];
	FILE *f = fopen("/proc/self/smaps_rollup", "r");
	long kb = 0, n;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Private_Dirty: %ld", &n) == 1 || sscanf(line, "Private_Clean: %ld", &n) == 1)
			kb += n;
	if (f)
		fclose(f);
	return kb;
}

static void show_memory(const char *name)
{
	long before = private_kb();
	struct mailbox m;

	if (mailbox_open(&m, path, 0, &fault) < 0 || mailbox_load_sizes(&m, NULL, &fault) < 0)
		fail();
	printf("%-28s %zu messages, private memory before %ld kB, with it %ld kB\n", name, m.view.n, before,
	       private_kb());
	mailbox_close(&m);
}

int main(int argc, char **argv)
{
	int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : ROUNDS;
	struct timespec settle = { .tv_sec = 3 };

	if (argc < 2 || rounds < 1 || rounds > ROUNDS_MAX) {
		fputs("usage: mailbox DIR [ROUNDS]\n", stderr);
		return 64;
	}
	path = argv[1];
	prepare_nothing();
	nanosleep(&settle, NULL);
	show_memory("memory, from nothing:");
	show_memory("memory, from the cache:");
	measure("no uidlist, no cache", prepare_nothing, rounds);
	measure("uidlist, no cache", prepare_uidlist, rounds);
	measure("directory changed", prepare_changed, rounds);
	nanosleep(&settle, NULL);
	prepare_all();
	measure("nothing changed", prepare_all, rounds);
	return 0;
}
